//! What the records say: from recorded answers to the nouns of the model, and no opinion about them.
//!
//! Pure. The collector's run, `keywitness report` and the replay of `keywitness verify` all come through here,
//! so a finding can only ever rest on what the records hold. Where a record is missing, failed or does not say
//! what it should, the reading is a [`Gap`] that names the call.

mod aliases;
mod answers;
mod athena;
mod bulk;
mod cloudtrail;
mod destination;
mod estate;
mod firehose;
mod history;
mod hops;
mod kms;
mod references;
mod stores;
mod xml;

use crate::model::destination::S3Encryption;
use crate::model::estate::Estate;
use crate::model::event::{self, EventQuery};
use crate::model::hops::Hops;
use crate::model::names::Arn;
use crate::model::reading::{Gap, GapKind, Read, Reading};
use crate::model::refer::Site;
use crate::model::run::AccountRun;
use crate::model::snapshot::Place;
use crate::model::{Citation, Ev, Record, Region, Run, Snapshot, Stream, operation};
use answers::Answers;
pub use history::history;
use references::Aliases;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a run's records. Records of places that the run does not name are left out by the caller
/// (`crate::store` refuses them).
#[must_use]
pub fn read(run: Run, records: &[Record]) -> Snapshot {
    let answers = Answers::new(records);
    let asked = run.accounts.iter().flat_map(|a| a.regions.iter().map(move |region| (a, region)));
    let mut places: Vec<Place> = asked.map(|(account, region)| place(&answers, account, region)).collect();
    places.extend(run.missing().iter().map(unread));
    places.sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
    let mut estates = Vec::new();
    for account in &run.accounts {
        let estate = estate(&answers, account, &places);
        add_keys(&answers, account, &mut places, estate.as_ref());
        estates.extend(estate);
    }
    let mut snapshot = Snapshot { run, places, estates, gaps: Vec::new() };
    if records.iter().any(|r| operation::is_file(&r.service, &r.operation)) {
        let history = history(&snapshot, records);
        snapshot.places.iter_mut().for_each(|place| cloudtrail::add(place, &history));
    }
    let Snapshot { run, places, estates, .. } = snapshot;
    let mut gaps: BTreeSet<Gap> = places.iter().flat_map(own_gaps).collect();
    gaps.extend(athena::gaps(records));
    gaps.extend(estates.iter().flat_map(Estate::gaps).filter(|g| g.kind != GapKind::Inapplicable).cloned());
    gaps.extend(unmentioned(records, &gaps));
    Snapshot { run, places, estates, gaps: gaps.into_iter().collect() }
}

fn place(answers: &Answers<'_>, run: &AccountRun, region: &Region) -> Place {
    if let Some(gap) = run.unread.iter().find(|g| g.region == *region) {
        return unread(gap);
    }
    let opened = answers.of(&run.account, region);
    let here = opened.at(run, region);
    let (listing, streams) = firehose::streams(&here);
    let trails = cloudtrail::trails(&here);
    let events = cloudtrail::events(&here, run);
    let site = Site { partition: &run.partition, account: &run.account, region };
    let aliases = Aliases { names: kms::alias_targets(&here), site };
    let hops = hops::hops(&here, &streams, &trails, &aliases);
    let (account, region, keys) = (run.account.clone(), region.clone(), Vec::new());
    Place { account, region, listing, streams, keys, trails, events, hops }
}

/// The Regions of an account that were read.
fn open(run: &AccountRun) -> impl Iterator<Item = &Region> {
    run.regions.iter().filter(|region| run.unread.iter().all(|gap| gap.region != **region))
}

/// What an account has once; its records are those of the first Region that was read. An account that nobody got into
/// has its gaps already.
fn estate(answers: &Answers<'_>, run: &AccountRun, places: &[Place]) -> Option<Estate> {
    let own = || places.iter().filter(|p| p.account == run.account);
    let trails = own().filter_map(|p| p.trails.as_ref().ok()).flat_map(|t| &t.value);
    let destinations = own().flat_map(|p| &p.streams).filter_map(|s| s.deliveries.as_ref().ok());
    let (structures, warehouses): (Vec<_>, Vec<_>) =
        destinations.flat_map(|d| &d.value).map(|d| (&d.s3, d.warehouse.clone())).unzip();
    let buckets = structures.into_iter().flatten().filter_map(|s| s.bucket.as_ref().ok()).map(|b| b.value.clone());
    let tables = own().flat_map(|p| &p.hops.tables).filter_map(|t| t.bucket.as_ref().ok()).map(|b| b.value.clone());
    let buckets = buckets.chain(tables).chain(warehouses.into_iter().flatten());
    let buckets = buckets.chain(trails.filter_map(|t| t.bucket.clone())).collect();
    open(run).next().map(|region| {
        let opened = answers.of(&run.account, region);
        estate::estate(&opened.at(run, region), &buckets)
    })
}

/// Fills in the keys that an account's streams, trails and what surrounds them refer to: each in its own Region's place,
/// or the first.
fn add_keys(answers: &Answers<'_>, run: &AccountRun, places: &mut [Place], estate: Option<&Estate>) {
    let mut referred: BTreeMap<Region, BTreeMap<String, bool>> = BTreeMap::new();
    let mut refer = |arn: &str, sse: bool| {
        let own = Arn::parse(arn).and_then(|a| a.place()).map(|(_, region)| region);
        let filed = own.filter(|r| open(run).any(|o| o == r)).or_else(|| open(run).next().cloned());
        if let Some(region) = filed {
            *referred.entry(region).or_default().entry(arn.to_owned()).or_default() |= sse;
        }
    };
    for place in places.iter().filter(|p| p.account == run.account) {
        let site = Site { partition: &run.partition, account: &place.account, region: &place.region };
        let aliases = Aliases { names: place.hops.aliases.clone(), site };
        place.streams.iter().filter_map(Stream::sse_key_arn).for_each(|arn| refer(arn, true));
        let resolved = place.hops.keys().filter_map(|k| k.arn.as_ref().ok()).map(|a| a.value.clone());
        let trails = place.trails.iter().flat_map(|t| &t.value).filter_map(|t| t.kms_key.as_deref());
        let structures = place.streams.iter().filter_map(|s| s.deliveries.as_ref().ok()).flat_map(|d| &d.value);
        let structures = structures.flat_map(|d| &d.s3).filter_map(|s| s.encryption.as_ref().ok());
        let asked =
            structures.filter_map(|e| if let S3Encryption::Kms(key) = &e.value { Some(key.as_str()) } else { None });
        let given =
            trails.chain(asked).filter_map(|given| aliases.resolve(given, &Citation::whole(Ev::default())).arn.ok());
        resolved.chain(given.map(|a| a.value)).for_each(|arn| refer(&arn, false));
    }
    let buckets = estate.into_iter().flat_map(|e| &e.buckets).filter_map(|b| b.encryption.as_ref().ok());
    let of_buckets = buckets.filter_map(|e| e.value.key.as_ref()?.arn.as_ref().ok());
    of_buckets.for_each(|arn| refer(&arn.value, false));
    for place in places.iter_mut().filter(|p| p.account == run.account) {
        if let Some(keys) = referred.remove(&place.region) {
            let opened = answers.of(&run.account, &place.region);
            place.keys = kms::keys(&opened.at(run, &place.region), &keys);
        }
    }
}

/// A Region of which nothing was read, for one reason: it is unknown in every respect, and one gap says so.
fn unread(gap: &Gap) -> Place {
    let query = |name: &str| EventQuery { name: name.to_owned(), events: Err(gap.clone()), partial: Vec::new() };
    Place {
        account: gap.account.clone(),
        region: gap.region.clone(),
        listing: Err(gap.clone()),
        streams: Vec::new(),
        keys: Vec::new(),
        trails: Err(gap.clone()),
        events: event::NAMES.iter().map(|(name, _)| query(name)).collect(),
        hops: Hops::unread(gap),
    }
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
    gaps.extend(place.hops.gaps());
    gaps.extend(place.events.iter().filter_map(|q| q.events.as_ref().err()));
    gaps.into_iter().filter(|g| g.kind != GapKind::Inapplicable).cloned().collect()
}

/// Failed calls that no reading mentions, such as that of the caller's identity.
fn unmentioned(records: &[Record], gaps: &BTreeSet<Gap>) -> Vec<Gap> {
    let named: BTreeSet<_> = gaps.iter().filter_map(|g| g.record).collect();
    let failed = records.iter().filter(|r| r.error.is_some() && !named.contains(&r.ev));
    let answers = |r: &&Record| kms::says_no_such_policy(r) || estate::says_none(r) || bulk::is_replaced(r);
    failed.filter(|r| !answers(r)).map(|r| answers::gap_of(r, String::new())).collect()
}

/// The place of a value that a reading takes from a record.
#[expect(clippy::unnecessary_wraps, reason = "a Reading is a Result")]
fn read_at<T>(value: T, record: &Record, pointer: &str) -> Reading<T> {
    Ok(Read { value, at: crate::model::Citation { ev: record.ev, pointer: pointer.into() } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reading::GapFacts;
    use crate::model::run::{Shard, Window};

    fn account(id: &str, unread: Vec<Gap>) -> AccountRun {
        let now = crate::model::time::from_epoch(1_790_000_000.0).unwrap();
        AccountRun {
            account: id.parse().unwrap(),
            partition: "aws".to_owned(),
            caller: format!("arn:aws:sts::{id}:assumed-role/reader/run"),
            started: now,
            ended: now,
            window: Window { from: now - chrono::TimeDelta::days(9), to: now },
            regions: vec!["eu-west-1".parse().unwrap(), "me-south-1".parse().unwrap()],
            unread,
            endpoints: Vec::new(),
        }
    }

    fn disabled() -> Gap {
        Gap::from(GapFacts {
            account: "111122223333".parse().unwrap(),
            region: "me-south-1".parse().unwrap(),
            service: "account".into(),
            operation: "ListRegions".into(),
            subject: "me-south-1".to_owned(),
            kind: GapKind::NotAsked,
            code: None,
            detail: "the Region is not enabled".to_owned(),
            record: None,
        })
    }

    #[test]
    fn a_region_that_is_not_enabled_is_one_gap_and_a_place_of_which_nothing_is_known() {
        let snapshot = read(account("111122223333", vec![disabled()]).alone(), &[]);
        let place = snapshot.places.iter().find(|p| p.region.as_str() == "me-south-1").unwrap();
        assert_eq!(place.listing, Err(disabled()));
        assert!(place.events.iter().all(|q| q.events == Err(disabled())) && !place.events.is_empty());
        assert_eq!(snapshot.gaps.iter().filter(|g| g.region.as_str() == "me-south-1").count(), 1);
    }

    #[test]
    fn an_account_that_no_snapshot_holds_is_a_gap_in_each_region() {
        let mut run = account("111122223333", Vec::new()).alone();
        run.selection.accounts.push("444455556666".parse().unwrap());
        let number = Shard::holding(&"111122223333".parse().unwrap(), 1 << 20).number;
        run.shard = Some(Shard { number, of: 1 << 20 });
        let snapshot = read(run, &[]);
        let missed = snapshot.places.iter().filter(|p| p.account.as_str() == "444455556666");
        let gaps: Vec<String> = missed.map(|p| p.listing.as_ref().unwrap_err().detail.clone()).collect();
        assert_eq!(gaps.len(), 2);
        assert!(gaps.iter().all(|d| d.contains("which is not among the snapshots")), "{gaps:?}");
    }
}
