//! What the records say: from recorded answers to the nouns of the model, and no opinion about them.
//!
//! Pure. The collector's run, `keywitness report` and the replay of `keywitness verify` all come through here,
//! so a finding can only ever rest on what the records hold. Where a record is missing, failed or does not say
//! what it should, the reading is a [`Gap`] that names the call.

mod answers;
mod cloudtrail;
mod firehose;
mod history;
mod kms;

use crate::model::reading::{Gap, GapKind, Read, Reading};
use crate::model::snapshot::Place;
use crate::model::{AccountId, Record, Region, Run, Snapshot, operation};
use answers::Answers;
pub use history::history;
use std::collections::BTreeSet;

/// Reads a run's records. Records of places that the run does not name are left out by the caller
/// (`crate::store` refuses them).
#[must_use]
pub fn read(run: Run, records: &[Record]) -> Snapshot {
    let answers = Answers::new(records);
    let places: Vec<Place> = run.regions.iter().map(|region| place(&answers, &run, &run.account, region)).collect();
    let mut snapshot = Snapshot { run, places, gaps: Vec::new() };
    if records.iter().any(|r| operation::is_file(&r.service, &r.operation)) {
        let history = history(&snapshot, records);
        snapshot.places.iter_mut().for_each(|place| cloudtrail::add(place, &history));
    }
    let Snapshot { run, places, .. } = snapshot;
    let mut gaps: BTreeSet<Gap> = places.iter().flat_map(own_gaps).collect();
    gaps.extend(unmentioned(records, &gaps));
    Snapshot { run, places, gaps: gaps.into_iter().collect() }
}

fn place(answers: &Answers<'_>, run: &Run, account: &AccountId, region: &Region) -> Place {
    let here = answers.at(account, region);
    let (listing, streams) = firehose::streams(&here);
    let referred: BTreeSet<&str> = streams.iter().filter_map(|s| s.sse_key_arn()).collect();
    let keys = kms::keys(&here, &referred);
    let trails = cloudtrail::trails(&here);
    let events = cloudtrail::events(&here, run);
    Place { account: account.clone(), region: region.clone(), listing, streams, keys, trails, events }
}

/// The gaps of one place, without what merely does not apply.
fn own_gaps(place: &Place) -> Vec<Gap> {
    let mut gaps: Vec<&Gap> = Vec::new();
    gaps.extend(place.listing.as_ref().err());
    gaps.extend(place.streams.iter().flat_map(|s| s.gaps()));
    gaps.extend(place.keys.iter().flat_map(|k| k.gaps()));
    match &place.trails {
        Ok(trails) => gaps.extend(trails.value.iter().flat_map(|t| t.gaps())),
        Err(gap) => gaps.push(gap),
    }
    gaps.extend(place.events.iter().filter_map(|q| q.events.as_ref().err()));
    gaps.into_iter().filter(|g| g.kind != GapKind::Inapplicable).cloned().collect()
}

/// Failed calls that no reading mentions, such as that of the caller's identity.
fn unmentioned(records: &[Record], gaps: &BTreeSet<Gap>) -> Vec<Gap> {
    let named: BTreeSet<_> = gaps.iter().filter_map(|g| g.record).collect();
    let failed = records.iter().filter(|r| r.error.is_some() && !named.contains(&r.ev));
    failed.filter(|r| !kms::says_no_such_policy(r)).map(|r| answers::gap_of(r, String::new())).collect()
}

/// The place of a value that a reading takes from a record.
#[expect(clippy::unnecessary_wraps, reason = "a Reading is a Result")]
fn read_at<T>(value: T, record: &Record, pointer: &str) -> Reading<T> {
    Ok(Read { value, at: crate::model::Citation { ev: record.ev, pointer: pointer.to_owned() } })
}
