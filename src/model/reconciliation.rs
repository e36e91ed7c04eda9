//! Two sources for one count: does the population agree with itself?
//!
//! An auditor asks of every list whether it is complete. The listing is compared with the descriptions, and with the
//! events that CloudTrail has of streams that were made and deleted. Where the second source was not read, the line says
//! that nothing was compared; it never says that nothing differs. A difference makes the population incomplete, for the
//! totals of a report as for every requirement that rests on it.

use super::event::{Event, EventQuery};
use super::reading::Gap;
use super::snapshot::{Place, Snapshot};
use super::time::Time;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One comparison in one Region.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// What is compared.
    pub what: &'static str,
    /// The first source and what it gives.
    pub first: String,
    /// The second one.
    pub second: String,
    /// `agree`, `differ` or `not compared`.
    pub result: &'static str,
    /// What differs, or why nothing was compared.
    pub difference: String,
}

/// What the events know of streams that the listing does not, or the other way round, as sentences.
pub fn differences(snapshot: &Snapshot) -> impl Iterator<Item = String> + '_ {
    snapshot.places.iter().map(made_and_deleted).filter(|row| row.result == "differ").map(|row| {
        format!("The events and the list of streams in {}/{} differ: {}.", row.account, row.region, row.difference)
    })
}

/// All comparisons.
#[must_use]
pub fn reconciliation(snapshot: &Snapshot) -> Vec<Comparison> {
    snapshot.places.iter().flat_map(|place| [described(place), made_and_deleted(place)]).collect()
}

fn row(place: &Place, what: &'static str) -> Comparison {
    Comparison {
        account: place.account.to_string(),
        region: place.region.to_string(),
        what,
        first: String::new(),
        second: String::new(),
        result: "not compared",
        difference: String::new(),
    }
}

fn described(place: &Place) -> Comparison {
    let described = place.streams.iter().filter(|s| s.source.is_ok()).count();
    let mut row = row(place, "Listed and described");
    row.second = format!("DescribeDeliveryStream: {described}");
    match &place.listing {
        Ok(listed) => {
            row.first = format!("ListDeliveryStreams: {}", listed.value);
            row.result = if listed.value == described { "agree" } else { "differ" };
            if listed.value != described {
                row.difference = names(place.streams.iter().filter(|s| s.source.is_err()).map(|s| s.name.as_str()));
            }
        }
        Err(gap) => {
            "ListDeliveryStreams: unknown".clone_into(&mut row.first);
            row.difference = gap.sentence();
        }
    }
    row
}

fn made_and_deleted(place: &Place) -> Comparison {
    let mut row = row(place, "Listed, and made or deleted in the window");
    row.first = format!("ListDeliveryStreams: {}", place.streams.len());
    let (made, deleted) = (query(place, "CreateDeliveryStream"), query(place, "DeleteDeliveryStream"));
    let (made, deleted) = match (made, deleted) {
        (Ok(made), Ok(deleted)) => (made, deleted),
        (Err(why), _) | (_, Err(why)) => {
            "CloudTrail: unknown".clone_into(&mut row.second);
            row.difference = why;
            return row;
        }
    };
    row.second = format!("CloudTrail: {} made, {} deleted", made.len(), deleted.len());
    if let Err(gap) = &place.listing {
        row.difference = gap.sentence();
        return row;
    }
    let listed: BTreeSet<&str> = place.streams.iter().map(|s| s.name.as_str()).collect();
    let lost = made
        .iter()
        .filter(|(name, time)| !listed.contains(name.as_str()) && deleted.get(*name).is_none_or(|gone| gone < *time));
    let lost: Vec<String> = lost.map(|(name, _)| format!("{name} was made and is not listed")).collect();
    let back = deleted
        .iter()
        .filter(|(name, time)| listed.contains(name.as_str()) && made.get(*name).is_none_or(|again| again < *time))
        .filter(|(name, _)| !going(place, name));
    let back: Vec<String> = back.map(|(name, _)| format!("{name} was deleted and is listed")).collect();
    row.result = if lost.is_empty() && back.is_empty() { "agree" } else { "differ" };
    row.difference = names(lost.iter().chain(&back).map(String::as_str));
    row
}

/// Whether AWS is still deleting a stream: it is listed until that has come to its end.
fn going(place: &Place, name: &str) -> bool {
    place.streams.iter().any(|s| s.name == name && s.status.as_ref().is_ok_and(|status| status.value == "DELETING"))
}

/// The streams of a query's events that came to an end without an error, each with its latest one.
fn query(place: &Place, name: &str) -> Result<BTreeMap<String, Time>, String> {
    let found: Option<&EventQuery> = place.events.iter().find(|q| q.name == name);
    let Some(query) = found else { return Err(format!("{name} was not asked for")) };
    let events = query.events.as_ref().map_err(Gap::sentence)?;
    let mut latest: BTreeMap<String, Time> = BTreeMap::new();
    for event in events.value.iter().filter(|e| e.error.is_none()) {
        for stream in streams_of(event) {
            let time = latest.entry(stream).or_insert(event.time);
            *time = (*time).max(event.time);
        }
    }
    Ok(latest)
}

/// Events name a stream by its name or by its ARN; other resources of the call have ARNs of their own kind.
fn streams_of(event: &Event) -> impl Iterator<Item = String> + '_ {
    let names = event.resources.iter().filter_map(|resource| match resource.split_once(":deliverystream/") {
        Some((_, name)) => Some(name.to_owned()),
        None if resource.starts_with("arn:") => None,
        None => Some(resource.clone()),
    });
    names.collect::<BTreeSet<_>>().into_iter()
}

/// The first few, and how many more.
fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let all: Vec<&str> = all.collect();
    let more = if all.len() > SHOWN { format!(" and {} more", all.len() - SHOWN) } else { String::new() };
    format!("{}{more}", all.iter().take(SHOWN).copied().collect::<Vec<_>>().join("; "))
}
