//! What grants give to one identity: a permission beside all policies.
//!
//! A grant is for the principal that it names. What it asks of the encryption context is decided only where AWS documents
//! the context: S3 writes the ARN of the bucket or of the object, so a grant for another bucket gives nothing. All else
//! that a constraint asks for is unknown.

use super::context::Context;
use super::explained::Answer;
use super::identity::Way;
use super::principal::{is_account, role_name};
use crate::model::key::Grant;
use crate::model::names::Arn;

/// The condition under which S3 asks.
const OF_S3: &str = "aws:s3:arn";

/// What grants give.
pub(super) struct Granted {
    pub answer: Answer,
    /// Which grant, or what is not known.
    pub why: String,
}

impl Granted {
    /// Nothing is known of them.
    pub fn unread(why: &str) -> Self {
        let why =
            format!("neither the key policy nor IAM gives it, a grant could, and the grants were not read: {why}");
        Self { answer: Answer::Unknown, why }
    }
}

/// Whether some grant lets an identity do one action.
pub(super) fn to(all: &[Grant], arn: &str, action: &str, way: Way, context: &Context) -> Granted {
    let mut perhaps = None;
    for grant in all.iter().filter(|g| g.operations.iter().any(|o| o == action)) {
        let named = grant.grantee.as_deref().map_or(Answer::Unknown, |grantee| grantee_is(grantee, arn));
        match (named, constraints(grant, way, context)) {
            (Answer::No, _) | (_, Answer::No) => {}
            (Answer::Yes, Answer::Yes) => {
                return Granted { answer: Answer::Yes, why: format!("grant {} gives it", grant.id) };
            }
            (Answer::Unknown, _) => {
                let whom = grant.grantee.as_deref().unwrap_or("nobody that the answer tells");
                perhaps = perhaps.or_else(|| Some(format!("grant {} may give it: it is for {whom}", grant.id)));
            }
            (_, Answer::Unknown) => {
                let why = format!("grant {} gives it under a constraint that is not decided", grant.id);
                perhaps = perhaps.or(Some(why));
            }
        }
    }
    match perhaps {
        Some(why) => Granted { answer: Answer::Unknown, why },
        None => Granted { answer: Answer::No, why: String::new() },
    }
}

/// Whether a grantee is that identity: sure by its ARN, perhaps by one of its sessions or by its whole account.
pub(super) fn grantee_is(grantee: &str, arn: &str) -> Answer {
    if grantee == arn {
        return Answer::Yes;
    }
    let Some(own) = Arn::parse(arn) else { return Answer::Unknown };
    if is_account(grantee) {
        return if grantee == own.account { Answer::Unknown } else { Answer::No };
    }
    let Some(named) = Arn::parse(grantee) else { return Answer::No };
    let account = named.account == own.account;
    let session = role_name(arn).is_some_and(|role| named.resource.starts_with(&format!("assumed-role/{role}/")));
    if account && (named.resource == "root" || session) { Answer::Unknown } else { Answer::No }
}

/// Whether a grant asks for nothing but its grantee.
pub(super) fn is_free(grant: &Grant) -> bool {
    grant.context.is_empty() && grant.source_arn.is_none()
}

/// A grant, and whether it has a constraint, for a reader.
pub(super) fn shown(grant: &Grant) -> String {
    let mut asks = Vec::new();
    if !grant.context.is_empty() {
        let names: Vec<&str> = grant.context.keys().map(String::as_str).collect();
        asks.push(format!("a context with {}", names.join(", ")));
    }
    asks.extend(grant.source_arn.as_ref().map(|arn| format!("source {arn}")));
    let only = if asks.is_empty() { String::new() } else { format!(" (only with {})", asks.join(" and ")) };
    format!("grant {}{only}", grant.id)
}

fn constraints(grant: &Grant, way: Way, context: &Context) -> Answer {
    if is_free(grant) {
        return Answer::Yes;
    }
    let Way::Delivery = way else { return Answer::Unknown };
    let bucket = context.bucket.as_deref();
    let another = |value: &str| {
        let plain = value.starts_with("arn:") && !value.contains('[');
        bucket.is_some_and(|b| plain && value != b && !value.strip_prefix(b).is_some_and(|rest| rest.starts_with('/')))
    };
    if grant.context.get(OF_S3).is_some_and(|value| another(value)) { Answer::No } else { Answer::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stream::Tags;

    const ROLE: &str = "arn:aws:iam::111122223333:role/path/delivery";

    fn grant(grantee: &str, context: &[(&str, &str)]) -> Grant {
        Grant {
            id: "g".to_owned(),
            name: None,
            grantee: Some(grantee.to_owned()),
            retiring: None,
            issuer: None,
            created: None,
            operations: vec!["Decrypt".to_owned()],
            context: context.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Tags>(),
            source_arn: None,
        }
    }

    fn of(grant: Grant, action: &str) -> Answer {
        let context = Context::new("arn:aws:kms:eu-west-1:111122223333:key/k").unwrap();
        let context = context.with_bucket("arn:aws:s3:::lake").unwrap();
        to(&[grant], ROLE, action, Way::Delivery, &context).answer
    }

    #[test]
    fn a_grant_is_for_whom_it_names_and_for_what() {
        assert_eq!(of(grant(ROLE, &[]), "Decrypt"), Answer::Yes);
        assert_eq!(of(grant(ROLE, &[]), "GenerateDataKey"), Answer::No);
        assert_eq!(of(grant("arn:aws:iam::111122223333:role/delivery", &[]), "Decrypt"), Answer::No);
        assert_eq!(of(grant("arn:aws:iam::444455556666:role/path/delivery", &[]), "Decrypt"), Answer::No);
        assert_eq!(of(grant("firehose.amazonaws.com", &[]), "Decrypt"), Answer::No);
        assert_eq!(of(Grant { grantee: None, ..grant(ROLE, &[]) }, "Decrypt"), Answer::Unknown);
    }

    #[test]
    fn a_session_and_a_whole_account_are_perhaps_the_role() {
        assert_eq!(of(grant("arn:aws:sts::111122223333:assumed-role/delivery/x", &[]), "Decrypt"), Answer::Unknown);
        assert_eq!(of(grant("arn:aws:sts::111122223333:assumed-role/other/x", &[]), "Decrypt"), Answer::No);
        assert_eq!(of(grant("arn:aws:iam::111122223333:root", &[]), "Decrypt"), Answer::Unknown);
        assert_eq!(of(grant("444455556666", &[]), "Decrypt"), Answer::No);
    }

    #[test]
    fn a_context_is_decided_only_where_it_names_another_bucket() {
        assert_eq!(of(grant(ROLE, &[("aws:s3:arn", "arn:aws:s3:::lake")]), "Decrypt"), Answer::Unknown);
        assert_eq!(of(grant(ROLE, &[("aws:s3:arn", "arn:aws:s3:::lake/a")]), "Decrypt"), Answer::Unknown);
        assert_eq!(of(grant(ROLE, &[("aws:s3:arn", "arn:aws:s3:::lakes")]), "Decrypt"), Answer::No);
        assert_eq!(of(grant(ROLE, &[("aws:s3:arn", "[withheld]")]), "Decrypt"), Answer::Unknown);
        assert_eq!(of(grant(ROLE, &[("tenant", "acme")]), "Decrypt"), Answer::Unknown);
        let bound = Grant { source_arn: Some("arn:aws:firehose:x:1:y".to_owned()), ..grant(ROLE, &[]) };
        assert_eq!(of(bound, "Decrypt"), Answer::Unknown);
    }
}
