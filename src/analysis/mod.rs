//! What follows from the snapshot beyond yes and no, as rows: the separation-of-duties matrix, the blast radius of keys,
//! what can be recovered, what it costs.
//!
//! Pure, like the checks, and for the same reason: a pack can be derived again from its records. Nothing here decides a
//! finding; where something was not read, the row says so.

mod cost;
mod duties;
mod radius;
mod readiness;
mod recovery;
#[cfg(test)]
mod tests;

use crate::model::analysis::{Analysis, KeyName};
use crate::model::estate::{Estate, Principal};
use crate::model::names::Arn;
use crate::model::reading::{Gap, GapKind};
use crate::model::snapshot::Place;
use crate::model::{AccountId, Finding, Key, Settings, Snapshot, Text};
use crate::policy::{self, Explained, KeyPolicy};
use duties::Identities;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// All of it, in the order of accounts, Regions and keys.
#[must_use]
pub fn of(snapshot: &Snapshot, settings: &Settings, findings: &[Finding]) -> Analysis {
    let mut analysis = Analysis { costs: cost::sheet(snapshot, findings), ..Analysis::default() };
    let identities: BTreeMap<&AccountId, Identities> =
        snapshot.estates.iter().map(|estate| (&estate.account, prepared(estate))).collect();
    for place in &snapshot.places {
        let candidates = producers(snapshot, place);
        for key in &place.keys {
            let opened = opened(key);
            let explained = explained(opened.as_ref());
            let policy = opened.as_ref().ok().map(|(_, _, policy)| policy);
            let known = explained.as_ref().ok();
            let iam = of_account(&identities, key);
            let asked = opened.as_ref().ok().map(|(context, _, policy)| (context, policy));
            let duties = duties::of(key, &explained, asked, iam);
            analysis.blast_radius.push(radius::of(snapshot, settings, place, key));
            analysis.readiness.extend(readiness::of(snapshot, place, key, &explained, policy, candidates.as_deref()));
            analysis.recoverability.push(recovery::of(snapshot, settings, place, key, known, (&duties, iam.is_ok())));
            analysis.duties.push(duties);
        }
    }
    analysis
}

/// The identities of an account whose policies may give something of a key.
fn prepared(estate: &Estate) -> Identities {
    let principals = estate.principals.as_ref().map_err(Gap::sentence)?;
    Ok(principals.value.iter().filter_map(|p| policy::Prepared::of(&policy::identity(p))).collect())
}

/// What is known of the IAM policies that a key policy may leave its key to: those of the key's own account.
fn of_account<'a>(identities: &'a BTreeMap<&AccountId, Identities>, key: &Key) -> &'a Identities {
    static UNREAD: LazyLock<Identities> = LazyLock::new(|| Err("no record tells of them".to_owned()));
    let own = Arn::parse(&key.arn).and_then(|a| a.account.parse::<AccountId>().ok());
    own.and_then(|own| identities.get(&own)).unwrap_or(&UNREAD)
}

/// Who of the account may put records at all, where IAM was read; asked once a place, not once a key.
fn producers<'a>(snapshot: &'a Snapshot, place: &Place) -> Option<Vec<&'a Principal>> {
    let principals = snapshot.estate(&place.account)?.principals.as_ref().ok()?;
    let key = place.keys.iter().find_map(|key| policy::Context::new(&key.arn).ok())?;
    Some(policy::candidates(&principals.value, &key))
}

/// A list to be kept: the same few names stand in those of every key.
fn texts<T: Into<Text>>(list: impl IntoIterator<Item = T>) -> Box<[Text]> {
    list.into_iter().map(Into::into).collect()
}

fn name(key: &Key) -> KeyName {
    KeyName {
        account: key.account.clone(),
        region: key.region.clone(),
        arn: key.arn.as_str().into(),
        name: key.name().into(),
    }
}

/// The policies of a key as they are asked about, with the text of the first; or why they are not known.
fn opened(key: &Key) -> Result<(policy::Context, &str, KeyPolicy), String> {
    let text = key.policy.as_ref().map_err(Gap::sentence)?;
    let mut context = policy::Context::new(&key.arn).map_err(|e| e.to_string())?;
    if let Ok(shared) = &key.ram_policy
        && let Some(shared) = &shared.value
    {
        context = context.with_shared(shared.clone());
    }
    let unreadable = |_| "the key policy is not understood".to_owned();
    let policy = KeyPolicy::read(&text.value, &context).map_err(unreadable)?;
    Ok((context, &text.value, policy))
}

/// What they give, or why it is not known.
fn explained(opened: Result<&(policy::Context, &str, KeyPolicy), &String>) -> Result<Explained, String> {
    let (context, text, _) = opened.map_err(Clone::clone)?;
    let explained = policy::evaluate(text, context);
    if explained.readable { Ok(explained) } else { Err("the key policy is not understood".to_owned()) }
}

/// Why the lists of a key's holders may not be all: its second policy was not read, or a statement is not understood.
fn incomplete(key: &Key, explained: &Explained) -> Option<String> {
    let shared = key.ram_policy.as_ref().err().filter(|gap| gap.kind != GapKind::Inapplicable);
    shared
        .map(Gap::sentence)
        .or_else(|| (!explained.whole).then(|| "a statement of the key policy is not understood in full".to_owned()))
}

/// Why there may be streams that use a key and are not known to: a stream, or the end of the listing, was not read.
fn unread_streams(place: &Place) -> Option<String> {
    let of_streams = place.streams.iter().filter_map(|s| match &s.sse {
        Err(gap) => Some(gap),
        Ok(sse) => sse.value.key.as_ref().err(),
    });
    let gaps = place.listing.as_ref().err().into_iter().chain(of_streams);
    let gaps: Vec<&Gap> = gaps.filter(|gap| gap.kind != GapKind::Inapplicable).collect();
    gaps.first().map(|first| match gaps.len() {
        1 => first.sentence(),
        more => format!("{}; and {} more", first.sentence(), more - 1),
    })
}
