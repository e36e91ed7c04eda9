//! Who used the keys, who administered them, and what was refused.

use crate::model::Snapshot;
use crate::model::event::{EventGroup, NAMES};
use crate::model::history::{History, PastEvent, Sign, Span, UseRow};
use crate::model::key::Key;
use crate::model::period::{AdminRow, Expected, MatrixRow, RefusedRow};
use crate::model::time::seconds;
use crate::policy::{self, Context, Explained};
use std::collections::{BTreeMap, HashMap};

/// Of one row, so many places are cited.
const CITED: usize = 20;

/// The usage matrix: every row of the history, with what the key policy lets one expect.
pub(super) fn uses(snapshot: &Snapshot, history: &History) -> Vec<MatrixRow> {
    let keys: HashMap<&str, &Key> = snapshot.keys().map(|key| (key.arn.as_str(), key)).collect();
    let policies: HashMap<&str, Result<Explained, String>> =
        keys.iter().map(|(arn, key)| (*arn, explain(key))).collect();
    let row = |uses: &UseRow| {
        let key = keys.get(uses.subject.as_str());
        let expected = match policies.get(uses.subject.as_str()) {
            None if uses.subject.is_empty() => Expected::NotAsked,
            None if uses.sign == Sign::Alias => Expected::Unknown("which key the alias led to is not known".to_owned()),
            None => Expected::Unknown("the policy of this key was not read".to_owned()),
            Some(Err(why)) => Expected::Unknown(why.clone()),
            Some(Ok(explained)) => expected(explained, &uses.principal, uses.via.as_deref()),
        };
        MatrixRow {
            uses: uses.clone(),
            name: key.map_or_else(|| uses.subject.clone(), |key| key.name().to_owned()),
            expected,
        }
    };
    history.uses.iter().map(row).collect()
}

fn explain(key: &Key) -> Result<Explained, String> {
    let policy = key.policy.as_ref().map_err(crate::model::Gap::sentence)?;
    let context = Context::new(&key.arn).map_err(|error| error.to_string())?;
    let explained = policy::evaluate(&policy.value, &context);
    if explained.readable { Ok(explained) } else { Err("the key policy cannot be read".to_owned()) }
}

fn expected(policy: &Explained, principal: &str, via: Option<&str>) -> Expected {
    let fits = |holder: &str| {
        holder == "everyone (*)" || [Some(principal), via].into_iter().flatten().any(|who| wild(holder, who))
    };
    let named = policy.holders.iter().filter(|h| !h.uses.is_empty() && !h.delegated);
    if named.clone().any(|h| fits(&h.principal)) {
        return Expected::Named;
    }
    let account = principal.split(':').nth(4).filter(|account| !account.is_empty());
    let delegated = policy.holders.iter().filter(|h| h.delegated && !h.uses.is_empty());
    let of_account = |holder: &str| account.is_some_and(|account| holder.contains(account));
    if delegated.clone().any(|h| of_account(&h.principal)) {
        return Expected::ByIam;
    }
    if policy.whole {
        Expected::Unexpected
    } else {
        Expected::Unknown("a statement was not understood in full".to_owned())
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn wild(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Administrative calls on keys and streams, by subject, principal and operation.
pub(super) fn admins(snapshot: &Snapshot, history: &History, window: Span) -> Vec<AdminRow> {
    let mut names: HashMap<&str, String> =
        snapshot.keys().map(|key| (key.arn.as_str(), key.name().to_owned())).collect();
    names.extend(snapshot.streams().map(|stream| (stream.arn.as_str(), stream.name.clone())));
    let mut rows: BTreeMap<(String, String, String), AdminRow> = BTreeMap::new();
    for event in history.events.iter().filter(|e| (window.0..=window.1).contains(&e.time)) {
        let group = NAMES.iter().find(|(name, _)| *name == event.name).map(|(_, group)| *group);
        let subjects: Vec<String> = match group {
            Some(EventGroup::Stream) => event.stream.iter().map(|name| subject_of(snapshot, event, name)).collect(),
            Some(_) if event.source == "kms.amazonaws.com" => event.keys.keys().cloned().collect(),
            _ => Vec::new(),
        };
        for subject in subjects {
            let id = (subject.clone(), event.who.principal.clone(), event.name.clone());
            let time = seconds(event.time);
            let row = rows.entry(id).or_insert_with(|| AdminRow {
                name: names.get(subject.as_str()).cloned().unwrap_or_else(|| subject.clone()),
                subject,
                principal: event.who.principal.clone(),
                operation: event.name.clone(),
                events: 0,
                first: time.clone(),
                last: time.clone(),
                errors: BTreeMap::new(),
                at: Vec::new(),
            });
            row.events += 1;
            row.first = row.first.clone().min(time.clone());
            row.last = row.last.clone().max(time);
            if let Some(error) = &event.error {
                *row.errors.entry(error.clone()).or_default() += 1;
            }
            if row.at.len() < CITED {
                row.at.push(event.at.clone());
            }
        }
    }
    rows.into_values().collect()
}

/// A stream by its ARN, since two accounts may have streams of one name; one that was not read, by what the event tells.
fn subject_of(snapshot: &Snapshot, event: &PastEvent, name: &str) -> String {
    let read = snapshot.streams().find(|stream| event.is_about(stream));
    read.map_or_else(|| format!("{name} in {}/{}", event.account, event.region), |stream| stream.arn.clone())
}

/// Calls on the keys and streams that were refused or failed.
pub(super) fn refused(snapshot: &Snapshot, history: &History, window: Span) -> Vec<RefusedRow> {
    let known = |event: &PastEvent| {
        snapshot.streams().any(|stream| event.is_about(stream))
            || snapshot.keys().any(|key| event.keys.contains_key(&key.arn))
    };
    let failed = history.events.iter().filter(|e| e.error.is_some() && (window.0..=window.1).contains(&e.time));
    failed
        .filter(|event| known(event))
        .map(|event| RefusedRow {
            time: event.time,
            operation: event.name.clone(),
            principal: event.who.principal.clone(),
            subject: event.stream.as_ref().map_or_else(
                || event.keys.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
                |name| subject_of(snapshot, event, name),
            ),
            error: event.error.clone().unwrap_or_default(),
            source: event.detail["sourceIPAddress"].as_str().unwrap_or_default().to_owned(),
            at: event.at.clone(),
        })
        .collect()
}
