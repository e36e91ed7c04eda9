//! The population, item by item: what an assessor chooses from, with what it is stratified by.

use super::Input;
use super::classes::key_class;
use super::keys::short_key;
use super::streams::StreamRow;
use super::words::text;
use crate::model::key::{Key, KeyClass};
use crate::model::stream::{Stream, Tags};
use crate::model::time::{Time, seconds};
use crate::model::{AccountId, Reading};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// Tags by which owners are commonly named; the first that is there counts.
const OWNER_TAGS: [&str; 4] = ["owner", "Owner", "team", "Team"];

/// A stream or a key.
#[derive(Clone, Debug, Serialize)]
pub struct ItemRow {
    /// Its number in this pack, from 1.
    pub number: usize,
    /// `stream` or `key`.
    pub kind: &'static str,
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// What people call it.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Where a stream's records come from; empty for a key.
    pub source: String,
    /// Where they go; empty for a key.
    pub destinations: String,
    /// The class of a stream's key, or of the key.
    pub key_class: String,
    /// What a stream is declared to carry, or the streams that name the key.
    pub data_classes: String,
    /// Where a stream is declared to run, or the streams that name the key.
    pub environment: String,
    /// Whose it is by its tags.
    pub owner: String,
    /// When it was made.
    pub created: String,
    /// When it was last changed, where AWS tells.
    pub changed: String,
}

/// The owner, as tags say; who may use a key is in its policy.
pub(super) fn owner(tags: &Reading<Tags>) -> String {
    text(tags, |tags| {
        OWNER_TAGS.iter().find_map(|tag| tags.get(*tag)).cloned().unwrap_or_else(|| "no owner tag".to_owned())
    })
}

/// Every stream and every key, by account and Region: first the streams, then the keys, as the snapshot has them. `shown`
/// are the rows of the streams, in that order too.
pub(super) fn items(input: &Input<'_>, shown: &[StreamRow]) -> Vec<ItemRow> {
    let rows: HashMap<(&str, &str, &str), &StreamRow> =
        shown.iter().map(|s| ((s.account.as_str(), s.region.as_str(), s.arn.as_str()), s)).collect();
    let mut of_key: HashMap<(&AccountId, &str), Vec<&StreamRow>> = HashMap::new();
    let row_of = |s: &Stream| rows.get(&(s.account.as_str(), s.region.as_str(), s.arn.as_str())).copied();
    for stream in input.snapshot.streams() {
        if let (Some(arn), Some(row)) = (stream.sse_key_arn(), row_of(stream)) {
            of_key.entry((&stream.account, arn)).or_default().push(row);
        }
    }
    let mut all = Vec::new();
    for place in &input.snapshot.places {
        let streams = place.streams.iter().filter_map(|s| Some(of_stream(s, row_of(s)?)));
        all.extend(streams);
        all.extend(place.keys.iter().map(|key| {
            let users = of_key.get(&(&place.account, key.arn.as_str()));
            of_a_key(key, users.map_or(&[][..], Vec::as_slice))
        }));
    }
    (1..).zip(&mut all).for_each(|(number, item)| item.number = number);
    all
}

fn of_stream(stream: &Stream, shown: &StreamRow) -> ItemRow {
    ItemRow {
        number: 0,
        kind: "stream",
        account: shown.account.clone(),
        region: shown.region.clone(),
        name: shown.name.clone(),
        arn: shown.arn.clone(),
        source: shown.source.clone(),
        destinations: shown.destinations.clone(),
        key_class: shown.key_class.to_owned(),
        data_classes: shown.data_classes.clone(),
        environment: shown.environment.clone(),
        owner: owner(&stream.tags),
        created: time(&stream.created, |t| Some(*t)),
        changed: time(&stream.changed, |t| *t),
    }
}

fn of_a_key(key: &Key, users: &[&StreamRow]) -> ItemRow {
    let facts = key.facts.as_ref().ok().map(|f| &f.value);
    ItemRow {
        number: 0,
        kind: "key",
        account: key.account.to_string(),
        region: key.region.to_string(),
        name: short_key(key),
        arn: key.arn.clone(),
        source: String::new(),
        destinations: String::new(),
        key_class: key_class(key).map_or("unknown", KeyClass::word).to_owned(),
        data_classes: each_once(users.iter().flat_map(|s| s.data_classes.split(", "))),
        environment: each_once(users.iter().map(|s| s.environment.as_str())),
        owner: owner(&key.tags),
        created: facts.map_or_else(|| "unknown".to_owned(), |f| time(&f.created, |t| Some(*t))),
        // KMS tells no such time: what changed in the window is among the events.
        changed: String::new(),
    }
}

fn time<T>(reading: &Reading<T>, at: impl FnOnce(&T) -> Option<Time>) -> String {
    text(reading, |read| at(read).map(seconds).unwrap_or_default())
}

/// What the streams of a key say, each word once; empty where no stream names it.
fn each_once<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}
