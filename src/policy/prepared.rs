//! What the policies of one identity give it of any key: read once, asked for many keys.
//!
//! The same rules as in `identity`, for all actions at once. Whatever a condition asks beyond who calls is not known, so
//! what depends on it is possible and not sure.

use super::actions::Actions;
use super::caller::{Caller, Setting};
use super::context::Context;
use super::document::{self, IdentityStatement};
use super::identity::Identity;
use super::judge::{Count, Grant as Given, Judge};
use super::principal::Who;
use super::{KeyPolicy, grants};
use crate::model::key::Grant;
use crate::model::names::Arn;

/// The policies of an identity.
#[derive(Clone, Debug)]
pub struct Prepared {
    arn: String,
    own: Vec<(String, IdentityStatement)>,
    boundary: Option<Vec<(String, IdentityStatement)>>,
    /// Whether there are policies that were not read, or cannot be.
    pub more: Option<String>,
}

/// What an identity holds of one key by one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Critical administrative actions.
    pub administers: Vec<&'static str>,
    /// Cryptographic actions.
    pub uses: Vec<&'static str>,
    /// Whether it may create grants.
    pub grants: bool,
    /// Whether it may retire or revoke grants.
    pub ends_grants: bool,
    /// Whether all of it is certain.
    pub certain: bool,
    /// The policies and statements that give it.
    pub by: Vec<String>,
}

impl Holding {
    pub(super) fn of(given: Given, by: Vec<String>) -> Self {
        let held = given.possible;
        Self {
            administers: held.and(Actions::critical()).names(),
            uses: held.and(Actions::cryptographic()).names(),
            grants: held.meets(Actions::named(&["CreateGrant"])),
            ends_grants: held.meets(ends_grants()),
            certain: given.sure.holds(held.and(told())),
            by,
        }
    }

    /// Whether it is nothing that the matrix tells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.administers.is_empty() && self.uses.is_empty() && !self.grants && !self.ends_grants
    }
}

fn ends_grants() -> Actions {
    Actions::named(&["RetireGrant", "RevokeGrant"])
}

/// The actions that the matrix tells of.
fn told() -> Actions {
    Actions::critical().or(Actions::cryptographic()).or(ends_grants()).or(Actions::named(&["CreateGrant"]))
}

impl Prepared {
    /// Reads the policies of an identity; `None` where none of them can give anything of a key.
    #[must_use]
    pub fn of(identity: &Identity<'_>) -> Option<Self> {
        let mut more = identity.more.then(|| "a policy of it was not read".to_owned());
        let mut read = |policies: &[(&str, &str)]| {
            let mut all = Vec::new();
            for (name, text) in policies {
                match document::read_identity(text) {
                    Ok(statements) => all.extend(statements.into_iter().map(|s| ((*name).to_owned(), s))),
                    Err(why) => more = more.take().or_else(|| Some(format!("its policy {name} cannot be read: {why}"))),
                }
            }
            all
        };
        let own = read(&identity.policies);
        // One that cannot be read bounds somehow: what is left is perhaps all, and not nothing.
        let bound = identity.boundary.filter(|(_, text)| document::read_identity(text).is_ok());
        let boundary = bound.map(|boundary| read(&[boundary]));
        if boundary.is_none()
            && let Some((name, _)) = identity.boundary
        {
            more = more.or_else(|| Some(format!("its permissions boundary {name} cannot be read")));
        }
        let gives = own.iter().any(|(_, s)| s.statement.may_allow() && s.statement.actions.meets(told()));
        (gives || more.is_some()).then(|| Self { arn: identity.arn.to_owned(), own, boundary, more })
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// What it holds of a key by its policies, as far as the key policy leaves the key to them.
    #[must_use]
    pub fn holds(&self, policy: &KeyPolicy, context: &Context) -> Holding {
        let account = Arn::parse(&self.arn).map(|a| a.account.to_owned()).unwrap_or_default();
        let left = policy.left_to_iam(&self.arn, context);
        if left.possible.is_empty() {
            return Holding { certain: true, ..Holding::default() };
        }
        let who = Who::Identity { arn: self.arn.clone(), account };
        let caller = Caller::new(who, context).in_setting(Setting::Certain(None));
        let (own, by) = given(&self.own, &caller, context);
        let mut given_ = own;
        if let Some(boundary) = &self.boundary {
            let (bound, _) = given(boundary, &caller, context);
            given_ = both(given_, bound);
        }
        let mut found = Holding::of(both(given_, left), by);
        found.certain &= self.more.is_none();
        found
    }
}

fn both(a: Given, b: Given) -> Given {
    Given { sure: a.sure.and(b.sure), possible: a.possible.and(b.possible) }
}

/// What statements give after their Denies, and which of them give something that is told.
fn given(all: &[(String, IdentityStatement)], caller: &Caller<'_>, context: &Context) -> (Given, Vec<String>) {
    let judge = Judge::new(&[]);
    let (mut allowed, mut denied, mut by) = (Given::default(), Given::default(), Vec::new());
    for (name, s) in all {
        let Some(sure) = s.fits(&context.key) else { continue };
        let certain = |g: Given| if sure { g } else { Given { sure: Actions::NONE, ..g } };
        if s.statement.may_allow() {
            let one = certain(judge.given(&s.statement, caller, Count::Direct));
            if one.possible.meets(told()) {
                by.push(format!("{name}, {}", s.statement.label));
            }
            allowed = allowed.or(one);
        }
        if s.statement.may_deny() {
            denied = denied.or(certain(judge.taken(&s.statement, caller)));
        }
    }
    let left = Given { sure: allowed.sure.without(denied.possible), possible: allowed.possible.without(denied.sure) };
    (left, by)
}

/// What a grant gives to its grantee.
#[must_use]
pub fn of_grant(grant: &Grant) -> Holding {
    let named: Vec<&str> = grant.operations.iter().map(String::as_str).collect();
    let actions = Actions::named(&named);
    let free = grants::is_free(grant) && grant.grantee.is_some();
    let given = Given { sure: if free { actions } else { Actions::NONE }, possible: actions };
    Holding::of(given, vec![grants::shown(grant)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
    const ROLE: &str = "arn:aws:iam::111122223333:role/app";

    fn whole(statements: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
    }

    fn of(key: &str, own: &str, boundary: Option<&str>) -> Holding {
        let context = Context::new(KEY).unwrap();
        let policy = KeyPolicy::read(whole(key), &context).unwrap();
        let (own, boundary) = (whole(own), boundary.map(whole));
        let boundary = boundary.as_deref().map(|b| ("bound", b));
        let identity = Identity { arn: ROLE, policies: vec![("own", &own)], boundary, more: false };
        Prepared::of(&identity).map(|p| p.holds(&policy, &context)).unwrap_or_default()
    }

    const OWNER: &str =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;
    const ADMIN: &str = r#"{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}"#;

    #[test]
    fn delegation_and_iam_meet() {
        let all = of(OWNER, ADMIN, None);
        assert!(all.certain && all.administers.len() == 6 && all.uses.contains(&"Decrypt") && all.grants);
        assert_eq!(all.by, ["own, All"]);
        let reads = r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Describe*","Resource":"*"}"#;
        assert!(of(reads, ADMIN, None).is_empty());
        let named = format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{ROLE}"}},"Action":"kms:*","Resource":"*"}}"#);
        assert!(of(&named, ADMIN, None).is_empty(), "the key policy gives it, and IAM has no part in it");
    }

    #[test]
    fn a_deny_and_a_boundary_take_away() {
        let but = format!(r#"{ADMIN},{{"Effect":"Deny","Action":"kms:Disable*","Resource":"*"}}"#);
        assert!(!of(OWNER, &but, None).administers.contains(&"DisableKey"));
        let keyed = r#"{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#;
        assert!(!of(&format!("{OWNER},{keyed}"), ADMIN, None).uses.contains(&"Decrypt"));
        let narrow = of(OWNER, ADMIN, Some(r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#));
        assert_eq!((narrow.uses.as_slice(), narrow.administers.len()), (["Decrypt"].as_slice(), 0));
    }

    #[test]
    fn another_key_is_nothing_and_a_condition_is_perhaps() {
        let other = r#"{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:eu-west-1:111122223333:key/x"}"#;
        assert!(of(OWNER, other, None).is_empty());
        let tagged = r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}}"#;
        let perhaps = of(OWNER, tagged, None);
        assert!(!perhaps.certain && perhaps.uses == ["Decrypt"]);
        assert!(of(OWNER, r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#, None).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_not_nothing() {
        let context = Context::new(KEY).unwrap();
        let policy = KeyPolicy::read(whole(OWNER), &context).unwrap();
        let identity = Identity { arn: ROLE, policies: vec![("own", "{")], boundary: None, more: false };
        let found = Prepared::of(&identity).unwrap();
        assert!(found.more.is_some() && !found.holds(&policy, &context).certain);
    }
}
