//! Whether one identity can use a key, by all that counts in its account: the key's policies, its own policies, and grants.
//!
//! Each source is asked by itself and says yes, no or unknown for each action; a Deny anywhere stops it, and what nothing
//! decides stays unknown. So a key policy that leaves reads to IAM does not leave use to it, and a grant does not help
//! against a Deny.

use super::actions::Actions;
use super::answers;
use super::caller::{Caller, Setting};
use super::context::Context;
use super::document::Statement;
use super::explained::Answer;
use super::grants::{self, Granted};
use super::identity::{Identity, Way, may};
use super::judge::{Count, Grant as Given, Judge};
use super::principal::Who;
use super::world::World;
use crate::model::key::Grant;
use crate::model::names::Arn;

/// The policies of a key, read once for many questions.
#[derive(Clone, Debug, Default)]
pub struct KeyPolicy {
    statements: Vec<Statement>,
}

/// What the policies of a key say of one identity.
pub(super) struct Said {
    /// What they give it themselves, after their Denies.
    pub direct: Given,
    /// What they give it or leave to the IAM policies of its account, after their Denies.
    pub delegated: Given,
    /// What they deny it.
    pub denied: Given,
    /// Whether the question was given up.
    pub given_up: bool,
}

impl Said {
    fn of(given: Given, action: Actions) -> Answer {
        Answer::of(given.sure.meets(action), given.possible.meets(action))
    }
}

impl KeyPolicy {
    /// Reads the key policy and, if the context has it, the policy of Resource Access Manager.
    ///
    /// # Errors
    /// Why the text is no policy.
    pub fn read(policy: impl AsRef<[u8]>, context: &Context) -> Result<Self, String> {
        Ok(Self { statements: answers::statements(policy.as_ref(), context)? })
    }

    /// What they say of an identity, in whatever organization it may be.
    pub(super) fn of(&self, arn: &str, context: &Context, setting: Setting) -> Said {
        let judge = Judge::new(&self.statements);
        let world = World::of(&self.statements, "", context);
        let account = Arn::parse(arn).map(|a| a.account.to_owned()).unwrap_or_default();
        let who = Who::Identity { arn: arn.to_owned(), account };
        let mut said: Option<Said> = None;
        for org in world.orgs_of_identity() {
            let caller = Caller::new(who.clone(), context).in_setting(setting).of_org(org);
            let denies = self.statements.iter().filter(|s| s.may_deny()).map(|s| judge.taken(s, &caller));
            let one = Said {
                direct: judge.grant(&caller, Count::Direct),
                delegated: judge.grant(&caller, Count::Delegated),
                denied: denies.fold(Given::default(), Given::or),
                given_up: false,
            };
            // Sure is what holds in each of them, possible what holds in one.
            let both = |a: Given, b: Given| Given { sure: a.sure.and(b.sure), possible: a.possible.or(b.possible) };
            said = Some(match said {
                None => one,
                Some(before) => Said {
                    direct: both(before.direct, one.direct),
                    delegated: both(before.delegated, one.delegated),
                    denied: both(before.denied, one.denied),
                    given_up: false,
                },
            });
        }
        let none =
            || Said { direct: Given::default(), delegated: Given::default(), denied: Given::default(), given_up: true };
        Said { given_up: judge.exhausted(), ..said.unwrap_or_else(none) }
    }

    /// What they leave to the IAM policies of an identity's account, after their Denies.
    pub(super) fn left_to_iam(&self, arn: &str, context: &Context) -> Given {
        let judge = Judge::new(&self.statements);
        let world = World::of(&self.statements, "", context);
        let account = Arn::parse(arn).map(|a| a.account.to_owned()).unwrap_or_default();
        let who = Who::Identity { arn: arn.to_owned(), account };
        let in_each = world.orgs_of_identity().into_iter().map(|org| {
            let caller = Caller::new(who.clone(), context).in_setting(Setting::Certain(None)).of_org(org);
            judge.grant(&caller, Count::LeftToIam)
        });
        let both = |a: Given, b: Given| Given { sure: a.sure.and(b.sure), possible: a.possible.or(b.possible) };
        let left = in_each.reduce(both).unwrap_or_default();
        // A policy that is too large to decide may leave everything to IAM.
        if judge.exhausted() { Given { sure: Actions::NONE, possible: Actions::KNOWN } } else { left }
    }

    /// The first statement that surely denies one of the actions.
    fn denier(&self, arn: &str, context: &Context, setting: Setting, action: Actions) -> Option<&str> {
        let judge = Judge::new(&self.statements);
        let account = Arn::parse(arn).map(|a| a.account.to_owned()).unwrap_or_default();
        let who = Who::Identity { arn: arn.to_owned(), account };
        let caller = Caller::new(who, context).in_setting(setting);
        let mut denies = self.statements.iter().filter(|s| s.may_deny());
        denies.find(|s| judge.taken(s, &caller).possible.meets(action)).map(|s| s.label.as_str())
    }
}

/// An answer, and what decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usable {
    /// Whether it can do all that was asked.
    pub answer: Answer,
    /// What gives it, what stops it, what it lacks, or what is missing to know.
    pub why: String,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// By which way the identity asks the key.
    pub way: Way,
    /// The names of the actions, such as `Decrypt`.
    pub actions: &'a [&'static str],
    /// The grants of the key, or why they are not known.
    pub grants: Result<&'a [Grant], &'a str>,
}

/// Whether an identity can do all of the actions with the key. `context` names key, role and bucket.
#[must_use]
pub fn usable(identity: &Identity<'_>, policy: &KeyPolicy, context: &Context, asked: &Question<'_>) -> Usable {
    let setting = match asked.way {
        Way::Delivery => Setting::Delivery,
        Way::Service(name) => Setting::Certain(Some(name)),
        Way::Itself => Setting::Certain(None),
    };
    let said = policy.of(identity.arn, context, setting);
    if said.given_up {
        return Usable { answer: Answer::Unknown, why: "the key policy is too large to decide it".to_owned() };
    }
    let one = |action: &&'static str| one_action(identity, policy, context, asked, &said, setting, action);
    let answers: Vec<Usable> = asked.actions.iter().map(one).collect();
    let lacks: Vec<&str> =
        answers.iter().zip(asked.actions).filter(|(u, _)| u.answer == Answer::No).map(|(_, a)| *a).collect();
    let decisive = |answer: Answer| answers.iter().find(|u| u.answer == answer).cloned();
    if let Some(mut no) = decisive(Answer::No) {
        let names: Vec<String> = lacks.iter().map(|a| format!("kms:{a}")).collect();
        no.why = format!("lacks {} ({})", names.join(" and "), no.why);
        return no;
    }
    if let Some(open) = decisive(Answer::Unknown) {
        return open;
    }
    let mut ways: Vec<&str> = answers.iter().map(|u| u.why.as_str()).collect();
    ways.dedup();
    Usable { answer: Answer::Yes, why: ways.join("; ") }
}

fn one_action(
    identity: &Identity<'_>,
    policy: &KeyPolicy,
    context: &Context,
    asked: &Question<'_>,
    said: &Said,
    setting: Setting,
    action: &'static str,
) -> Usable {
    let bit = Actions::named(&[action]);
    let iam = may(identity, context, asked.way, &format!("kms:{action}"), &context.key.arn);
    let (direct, delegated) = (Said::of(said.direct, bit), Said::of(said.delegated, bit));
    let denied = Said::of(said.denied, bit);
    let is = |answer: Answer, why: String| Usable { answer, why };
    let by_whom = || policy.denier(identity.arn, context, setting, bit).unwrap_or("a statement").to_owned();
    if iam.denied == Answer::Yes {
        return is(Answer::No, iam.why);
    }
    if denied == Answer::Yes {
        return is(Answer::No, format!("denied by {} of the key policy", by_whom()));
    }
    let free = iam.denied == Answer::No && denied == Answer::No;
    let granted = match asked.grants {
        Ok(all) => grants::to(all, identity.arn, action, asked.way, context),
        Err(why) => Granted::unread(why),
    };
    if iam.denied == Answer::No && direct == Answer::Yes && iam.bounded == Answer::Yes {
        return is(Answer::Yes, "the key policy names it".to_owned());
    }
    // Where the policy also gives it by itself, what it delegates is not told apart; either is enough.
    if delegated == Answer::Yes && iam.answer == Answer::Yes {
        return is(Answer::Yes, format!("the key policy leaves it to IAM; {}", iam.why));
    }
    if free && granted.answer == Answer::Yes && iam.bounded == Answer::Yes {
        return is(Answer::Yes, granted.why);
    }
    let by_policy = direct != Answer::No;
    let by_iam = delegated != Answer::No && iam.answer != Answer::No;
    if denied == Answer::Unknown && (by_policy || by_iam || granted.answer != Answer::No) {
        return is(Answer::Unknown, format!("{} of the key policy may deny it", by_whom()));
    }
    if by_iam && iam.answer == Answer::Unknown {
        return is(Answer::Unknown, iam.why);
    }
    if by_policy || by_iam {
        let why = if iam.bounded == Answer::Yes { "the key policy does not decide it" } else { iam.why.as_str() };
        return is(Answer::Unknown, why.to_owned());
    }
    match granted.answer {
        Answer::No => {
            let left =
                if iam.answer == Answer::No { iam.why } else { "the key policy does not leave it to IAM".to_owned() };
            is(Answer::No, format!("neither the key policy nor a grant gives it; {left}"))
        }
        Answer::Yes => is(Answer::Unknown, format!("{}, and its own policies may stop it: {}", granted.why, iam.why)),
        Answer::Unknown => is(Answer::Unknown, granted.why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
    const ROLE: &str = "arn:aws:iam::111122223333:role/delivery";
    const ALLOW: &str = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;
    const OWNER: &str = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;

    fn allow(principal: &str, action: &str) -> String {
        format!(r#"{{"Sid":"A","Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*"}}"#)
    }

    fn deny(action: &str, condition: &str) -> String {
        format!(
            r#"{{"Sid":"D","Effect":"Deny","Principal":{{"AWS":"{ROLE}"}},"Action":"{action}","Resource":"*","Condition":{condition}}}"#
        )
    }

    fn grant(operations: &[&str]) -> Grant {
        Grant {
            id: "g".to_owned(),
            name: None,
            grantee: Some(ROLE.to_owned()),
            retiring: None,
            issuer: None,
            created: None,
            operations: operations.iter().map(ToString::to_string).collect(),
            context: crate::model::stream::Tags::new(),
            source_arn: None,
        }
    }

    fn of(key: &[String], own: &[&str], grants: Result<&[Grant], &str>) -> Usable {
        let context = Context::new(KEY).unwrap().with_role(ROLE).unwrap();
        let whole = |statements: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let policy = KeyPolicy::read(whole(&key.join(",")), &context).unwrap();
        let own = whole(&own.join(","));
        let identity = Identity { arn: ROLE, policies: vec![("own", &own)], boundary: None, more: false };
        let asked = Question { way: Way::Delivery, actions: &["GenerateDataKey", "Decrypt"], grants };
        usable(&identity, &policy, &context, &asked)
    }

    #[test]
    fn what_the_key_policy_leaves_to_iam_is_what_it_names() {
        assert_eq!(of(&[allow(OWNER, "kms:*")], &[ALLOW], Ok(&[])).answer, Answer::Yes);
        let reads = of(&[allow(OWNER, "kms:Describe*")], &[ALLOW], Ok(&[]));
        assert_eq!(reads.answer, Answer::No, "{reads:?}");
        assert!(reads.why.starts_with("lacks kms:GenerateDataKey and kms:Decrypt"), "{}", reads.why);
    }

    #[test]
    fn a_deny_of_the_key_policy_stops_iam_and_grants() {
        let denied = [allow(OWNER, "kms:*"), deny("kms:Decrypt", "{}")];
        let found = of(&denied, &[ALLOW], Ok(&[]));
        assert!(found.answer == Answer::No && found.why.contains("denied by D"), "{found:?}");
        let both = [grant(&["GenerateDataKey", "Decrypt"])];
        assert_eq!(of(&denied, &[], Ok(&both)).answer, Answer::No);
        let perhaps = [deny("kms:Decrypt", r#"{"StringEquals":{"aws:PrincipalTag/a":"b"}}"#)];
        assert_eq!(of(&perhaps, &[], Ok(&both)).answer, Answer::Unknown);
    }

    #[test]
    fn each_action_may_come_from_another_source() {
        let by_name = [allow(&format!(r#"{{"AWS":"{ROLE}"}}"#), "kms:Decrypt")];
        let found = of(&by_name, &[], Ok(&[grant(&["GenerateDataKey"])]));
        assert!(found.answer == Answer::Yes && found.why.contains("grant g"), "{found:?}");
        assert_eq!(of(&by_name, &[], Ok(&[])).answer, Answer::No);
    }

    #[test]
    fn grants_that_were_not_read_leave_it_open() {
        assert_eq!(of(&[allow(OWNER, "kms:*")], &[], Err("denied")).answer, Answer::Unknown);
        // Where it is given already, they change nothing.
        assert_eq!(of(&[allow(OWNER, "kms:*")], &[ALLOW], Err("denied")).answer, Answer::Yes);
        let bound =
            Grant { source_arn: Some("arn:aws:firehose:a:b:c".to_owned()), ..grant(&["GenerateDataKey", "Decrypt"]) };
        assert_eq!(of(&[allow(OWNER, "kms:*")], &[], Ok(&[bound])).answer, Answer::Unknown);
    }
}
