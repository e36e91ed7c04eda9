//! Who of an account may put records into streams, by IAM, and whether they may use the key that this will ask for.

use super::access::{KeyPolicy, Question, Usable, usable};
use super::context::Context;
use super::explained::Answer;
use super::identity::{Identity, Way, may};
use crate::model::estate::Principal;
use crate::model::key::Grant;

/// The calls that put records.
const PUTS: [&str; 2] = ["firehose:PutRecord", "firehose:PutRecordBatch"];
/// What they ask of the key.
pub const OF_THE_KEY: [&str; 2] = ["GenerateDataKey", "Decrypt"];

/// One identity that may put records, or perhaps may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// Its ARN.
    pub arn: String,
    /// Whether it may put records into one of the streams; never no.
    pub puts: Answer,
    /// Whether it has both actions on the key.
    pub key: Answer,
    /// What it lacks, or what is not decided.
    pub why: String,
}

/// The policies of a principal, as they are asked.
#[must_use]
pub fn identity(principal: &Principal) -> Identity<'_> {
    Identity {
        arn: &principal.arn,
        policies: principal.policies.iter().map(|p| (p.name.as_str(), p.text.as_str())).collect(),
        boundary: principal.boundary.as_ref().map(|b| (b.name.as_str(), b.text.as_str())),
        more: !principal.unread.is_empty(),
    }
}

/// The principals that may put records into any stream at all: asked once an account, since most may not.
#[must_use]
pub fn candidates<'a>(principals: &'a [Principal], key: &Context) -> Vec<&'a Principal> {
    // Statements about some streams only are about none of this name, so texts that speak of streams stay in.
    let anywhere = format!("arn:{}:firehose:{}:{}:deliverystream/", key.key.partition, key.key.region, key.key.account);
    let may_put = |principal: &&Principal| {
        let identity = identity(principal);
        let speaks = identity.policies.iter().any(|(_, text)| text.to_ascii_lowercase().contains("deliverystream"));
        speaks || PUTS.iter().any(|put| may(&identity, key, Way::Itself, put, &anywhere).answer != Answer::No)
    };
    principals.iter().filter(may_put).collect()
}

/// The producers among the candidates, for some streams and their key. An error for `grants` says why those are not known.
#[must_use]
pub fn producers(
    candidates: &[&Principal],
    streams: &[&str],
    key: &Context,
    policy: &KeyPolicy,
    grants: Result<&[Grant], &str>,
) -> Vec<Producer> {
    let one = |principal: &&Principal| {
        let identity = identity(principal);
        let puts = puts(&identity, streams, key);
        (puts != Answer::No).then(|| {
            let (key, why) = key_use(&identity, key, policy, grants);
            Producer { arn: principal.arn.clone(), puts, key, why }
        })
    };
    candidates.iter().filter_map(one).collect()
}

fn puts(identity: &Identity<'_>, streams: &[&str], key: &Context) -> Answer {
    let mut best = Answer::No;
    // What speaks of no stream by name says the same of all.
    let same = !identity.policies.iter().any(|(_, text)| text.to_ascii_lowercase().contains("firehose:"))
        || !identity.policies.iter().any(|(_, text)| text.to_ascii_lowercase().contains("deliverystream"));
    let asked = if same { &streams[..streams.len().min(1)] } else { streams };
    for stream in asked {
        for put in PUTS {
            match may(identity, key, Way::Itself, put, stream).answer {
                Answer::Yes => return Answer::Yes,
                Answer::Unknown => best = Answer::Unknown,
                Answer::No => {}
            }
        }
    }
    best
}

/// Whether an identity has both actions on the key, and what it lacks.
#[must_use]
pub fn key_use(
    identity: &Identity<'_>,
    key: &Context,
    policy: &KeyPolicy,
    grants: Result<&[Grant], &str>,
) -> (Answer, String) {
    let asked = Question { way: Way::Itself, actions: &OF_THE_KEY, grants };
    let Usable { answer, why } = usable(identity, policy, key, &asked);
    (answer, if answer == Answer::Yes { String::new() } else { why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::estate::{IdentityPolicy, PrincipalKind};

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
    const STREAM: &str = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/s";
    const OWNER: &str =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;

    fn role(name: &str, statements: &str) -> Principal {
        Principal {
            kind: PrincipalKind::Role,
            arn: format!("arn:aws:iam::111122223333:role/{name}"),
            name: name.to_owned(),
            trust: None,
            policies: vec![IdentityPolicy {
                name: "own".to_owned(),
                text: format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#),
            }],
            boundary: None,
            unread: Vec::new(),
        }
    }

    fn found(roles: &[Principal], policy: &str, grants: Result<&[Grant], &str>) -> Vec<Producer> {
        let key = Context::new(KEY).unwrap();
        let policy = KeyPolicy::read(format!(r#"{{"Version":"2012-10-17","Statement":[{policy}]}}"#), &key).unwrap();
        producers(&candidates(roles, &key), &[STREAM], &key, &policy, grants)
    }

    const PUT: &str = r#"{"Effect":"Allow","Action":"firehose:PutRecord*","Resource":"*"}"#;
    const BOTH: &str = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;

    #[test]
    fn who_puts_and_cannot_decrypt_is_found() {
        let half = r#"{"Effect":"Allow","Action":"kms:GenerateDataKey","Resource":"*"}"#;
        let roles = [
            role("able", &format!("{PUT},{BOTH}")),
            role("half", &format!("{PUT},{half}")),
            role("admin", r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
            role("reader", BOTH),
        ];
        let found = found(&roles, OWNER, Ok(&[]));
        let told: Vec<(&str, Answer)> = found.iter().map(|p| (p.arn.rsplit('/').next().unwrap(), p.key)).collect();
        assert_eq!(told, [("able", Answer::Yes), ("half", Answer::No), ("admin", Answer::Yes)]);
        assert!(found[1].why.starts_with("lacks kms:Decrypt (neither"), "{}", found[1].why);
    }

    #[test]
    fn a_stream_by_name_and_a_condition_are_heard() {
        let named =
            r#"{"Effect":"Allow","Action":"firehose:PutRecord","Resource":"arn:aws:firehose:*:*:deliverystream/s"}"#;
        assert_eq!(found(&[role("r", named)], OWNER, Ok(&[])).len(), 1);
        let other =
            r#"{"Effect":"Allow","Action":"firehose:PutRecord","Resource":"arn:aws:firehose:*:*:deliverystream/t"}"#;
        assert!(found(&[role("r", other)], OWNER, Ok(&[])).is_empty());
        let tagged = r#"{"Effect":"Allow","Action":"firehose:PutRecord","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}}"#;
        assert_eq!(found(&[role("r", tagged)], OWNER, Ok(&[]))[0].puts, Answer::Unknown);
    }

    #[test]
    fn a_key_policy_without_delegation_takes_iam_away() {
        let named = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;
        let roles = [role("r", PUT), role("other", &format!("{PUT},{BOTH}"))];
        let told: Vec<Answer> = found(&roles, named, Ok(&[])).iter().map(|p| p.key).collect();
        assert_eq!(told, [Answer::Yes, Answer::No]);
        assert_eq!(found(&roles[1..], named, Err("denied"))[0].key, Answer::Unknown);
    }
}
