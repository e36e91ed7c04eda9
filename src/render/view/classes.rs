//! Streams by the class of their key.

use crate::model::Snapshot;
use crate::model::key::{Key, KeyClass, KeyManager};
use crate::model::stream::{SseKey, SseState, Stream};
use serde::Serialize;
use std::collections::HashMap;

/// A part of a whole, for a bar.
#[derive(Clone, Debug, Serialize)]
pub struct Share {
    /// What.
    pub label: &'static str,
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// A stable name for colours and patterns.
    pub tone: &'static str,
}

/// How the key of a stream is classed; the order of the bars.
const CLASSES: &[(&str, &str)] = &[
    ("customer-managed", "good"),
    ("AWS-managed", "weak"),
    ("AWS-owned", "weak"),
    ("encryption off", "bad"),
    ("not settled", "open"),
    ("unknown", "open"),
    ("not applicable here", "none"),
];

/// The class of a stream's key, in the words of [`CLASSES`].
pub(super) fn class_of(snapshot: &Snapshot, stream: &Stream) -> &'static str {
    let Ok(source) = &stream.source else { return "unknown" };
    if source.value != crate::model::stream::Source::DirectPut {
        return "not applicable here";
    }
    let Ok(sse) = &stream.sse else { return "unknown" };
    match sse.value.state {
        SseState::Disabled => return "encryption off",
        SseState::Enabled => {}
        SseState::Enabling | SseState::EnablingFailed | SseState::Disabling | SseState::DisablingFailed => {
            return "not settled";
        }
    }
    match sse.value.key.as_ref().map(|k| &k.value) {
        Ok(SseKey::AwsOwned) => KeyClass::AwsOwned.word(),
        Ok(SseKey::Kms { arn }) => snapshot.key(stream, arn).ok().and_then(key_class).map_or("unknown", KeyClass::word),
        Err(_) => "unknown",
    }
}

pub(super) fn key_class(key: &Key) -> Option<KeyClass> {
    Some(match key.facts.as_ref().ok()?.value.manager.as_ref().ok()?.value {
        KeyManager::Customer => KeyClass::CustomerManaged,
        KeyManager::Aws => KeyClass::AwsManaged,
    })
}

pub(super) fn key_classes(snapshot: &Snapshot) -> Vec<Share> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for stream in snapshot.streams() {
        *counts.entry(class_of(snapshot, stream)).or_default() += 1;
    }
    let of = snapshot.streams().count();
    CLASSES
        .iter()
        .map(|(label, tone)| Share { label, count: counts.get(label).copied().unwrap_or(0), of, tone })
        .collect()
}
