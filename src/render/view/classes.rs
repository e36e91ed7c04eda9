//! Streams by the class of their key.

use super::numbers::Ratio;
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
    /// All that in words.
    pub text: String,
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

/// The tone of a class.
pub(super) fn tone(class: &str) -> &'static str {
    CLASSES.iter().find(|(label, _)| *label == class).map_or("none", |(_, tone)| tone)
}

pub(super) fn key_classes(snapshot: &Snapshot, complete: bool) -> Vec<Share> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for stream in snapshot.streams() {
        *counts.entry(class_of(snapshot, stream)).or_default() += 1;
    }
    let of = snapshot.streams().count();
    let count = |label: &str| counts.get(label).copied().unwrap_or(0);
    let share = |label: &'static str, tone| {
        let text = Ratio::new(count(label), of, count("unknown"), complete).text;
        Share { label, count: count(label), of, text, tone }
    };
    CLASSES.iter().map(|(label, tone)| share(label, tone)).collect()
}
