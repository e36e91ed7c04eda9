//! The separation-of-duties matrix: who administers a key, who uses it, and by what.
//!
//! A key opens in three ways, and each has its rows: statements of its policies, the IAM policies to which they leave it,
//! and grants. A way that was not read has a row that says so.

use super::{incomplete, name, texts};
use crate::model::analysis::{Duty, KeyDuties, Via};
use crate::model::key::Grant;
use crate::model::names::Arn;
use crate::model::reading::GapKind;
use crate::model::{Key, Text};
use crate::policy::{self, Context, Explained, Holder, Holding, KeyPolicy, Prepared};
use std::collections::BTreeMap;

/// What is known of the IAM policies of an account.
pub(super) type Identities = Result<Vec<Prepared>, String>;

pub(super) fn of(
    key: &Key,
    explained: &Result<Explained, String>,
    opened: Option<(&Context, &KeyPolicy)>,
    identities: &Identities,
) -> KeyDuties {
    let (mut unread, delegates_to_iam, mut holders) = match explained {
        Err(why) => (Some(why.clone()), None, Vec::new()),
        Ok(explained) => {
            let holders: Vec<Duty> = explained.holders.iter().map(duty).collect();
            (incomplete(key, explained), explained.delegates_to_iam.known(), holders)
        }
    };
    let mut also = |why: String| {
        unread = Some(unread.take().map_or_else(|| why.clone(), |before| format!("{before}; {why}")));
    };
    // To another account's IAM policies nobody looks from here; that account stands in the matrix by itself.
    if let Some((context, policy)) = opened.filter(|_| delegates_to_iam != Some(false)) {
        match identities {
            Ok(all) => holders.extend(all.iter().filter_map(|one| by_iam(one, policy, context))),
            Err(why) => {
                let account = Arn::parse(&key.arn).map(|a| a.account.to_owned()).unwrap_or_default();
                let told = format!("the IAM policies of account {account} were not read: {why}");
                holders.push(unknown(format!("identities of account {account}"), Via::IamPolicy, &told));
                also(told);
            }
        }
    }
    match &key.grants {
        Ok(grants) => {
            holders.extend(grants.value.iter().map(by_grant));
            holders.extend(grants.value.iter().filter_map(retires));
        }
        Err(gap) if gap.kind == GapKind::Inapplicable => {}
        Err(gap) => {
            holders.push(unknown("grantees of the key".to_owned(), Via::Grant, &gap.sentence()));
            also(gap.sentence());
        }
    }
    join(&mut holders);
    KeyDuties { key: name(key), unread: unread.map(Text::from), delegates_to_iam, holders: holders.into() }
}

fn duty(holder: &Holder) -> Duty {
    Duty {
        principal: holder.principal.as_str().into(),
        via: if holder.delegated { Via::Account } else { Via::KeyPolicy },
        certain: holder.certain,
        administers: texts(holder.administers.iter().copied()),
        uses: texts(holder.uses.iter().copied()),
        creates_grants: holder.grants,
        ends_grants: holder.ends_grants,
        by: holder.by.join(", ").into(),
        both: false,
    }
}

/// A source of which nothing is known.
fn unknown(principal: String, via: Via, why: &str) -> Duty {
    Duty {
        principal: principal.into(),
        via,
        certain: false,
        administers: Box::default(),
        uses: Box::default(),
        creates_grants: false,
        ends_grants: false,
        by: format!("not known: {why}").into(),
        both: false,
    }
}

fn held(principal: &str, via: Via, holding: &Holding) -> Duty {
    Duty {
        principal: principal.into(),
        via,
        certain: holding.certain,
        administers: texts(holding.administers.iter().copied()),
        uses: texts(holding.uses.iter().copied()),
        creates_grants: holding.grants,
        ends_grants: holding.ends_grants,
        by: holding.by.join("; ").into(),
        both: false,
    }
}

fn by_iam(one: &Prepared, policy: &KeyPolicy, context: &Context) -> Option<Duty> {
    let holding = one.holds(policy, context);
    let certain = holding.certain;
    if holding.is_empty() {
        // Of one whose policies were read in part, nothing is no answer.
        let why = one.more.clone().filter(|_| !certain)?;
        return Some(unknown(one.arn().to_owned(), Via::IamPolicy, &why));
    }
    let mut duty = held(one.arn(), Via::IamPolicy, &holding);
    if let Some(why) = &one.more {
        duty.by = format!("{}; {why}", duty.by).into();
    }
    Some(duty)
}

fn by_grant(grant: &Grant) -> Duty {
    let grantee = grant.grantee.as_deref().unwrap_or("a grantee that the answer does not name");
    held(grantee, Via::Grant, &policy::of_grant(grant))
}

/// Who may retire a grant, where it names somebody beside its grantee.
fn retires(grant: &Grant) -> Option<Duty> {
    let retiring = grant.retiring.as_deref().filter(|who| grant.grantee.as_deref() != Some(*who))?;
    let by = vec![format!("grant {}, as its retiring principal", grant.id)];
    let holding = Holding { ends_grants: true, certain: true, by, ..Holding::default() };
    Some(held(retiring, Via::Grant, &holding))
}

/// One principal that administers by one source and uses by another holds both.
fn join(holders: &mut [Duty]) {
    let mut all: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for duty in holders.iter().filter(|d| d.via != Via::Account) {
        let of = all.entry(&duty.principal).or_default();
        of.0 |= !duty.administers.is_empty();
        of.1 |= !duty.uses.is_empty();
    }
    let both: Vec<Text> = all.iter().filter(|(_, of)| **of == (true, true)).map(|(who, _)| (*who).into()).collect();
    for duty in holders.iter_mut() {
        // An account is no identity: whether one identity of it has both, its IAM policies decide.
        duty.both = duty.via != Via::Account && both.contains(&duty.principal);
    }
}
