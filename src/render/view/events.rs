//! Events of the window, and the queries that found them.

use crate::model::Snapshot;
use crate::model::event::Event;
use crate::model::time::seconds;
use serde::Serialize;

/// One event query.
#[derive(Clone, Debug, Serialize)]
pub struct QueryRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// The event name.
    pub name: String,
    /// What came back.
    pub returned: String,
}

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct EventRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// When.
    pub time: String,
    /// Its name.
    pub name: String,
    /// The service.
    pub source: String,
    /// Who.
    pub who: String,
    /// To what.
    pub resources: String,
    /// The error code of a call that failed.
    pub error: String,
    /// Its id at CloudTrail.
    pub id: String,
    /// Where it stands.
    pub citation: String,
    /// The record in which it stands.
    pub record: String,
    /// Where in that record: a JSON pointer.
    pub place: String,
}

pub(super) fn queries(snapshot: &Snapshot) -> Vec<QueryRow> {
    let rows = snapshot.places.iter().flat_map(|place| {
        place.events.iter().map(|query| QueryRow {
            account: place.account.to_string(),
            region: place.region.to_string(),
            name: query.name.clone(),
            returned: match &query.events {
                Ok(events) if events.value.len() == 1 => "1 event returned by this query".to_owned(),
                Ok(events) => format!("{} events returned by this query", events.value.len()),
                Err(gap) => format!("unknown: {} ({} events before the gap)", gap.sentence(), query.partial.len()),
            },
        })
    });
    rows.collect()
}

pub(super) fn events(snapshot: &Snapshot) -> Vec<EventRow> {
    let mut rows: Vec<EventRow> = Vec::new();
    for place in &snapshot.places {
        let mut found: Vec<&Event> = place
            .events
            .iter()
            .flat_map(|q| q.events.as_ref().map_or(q.partial.as_slice(), |e| e.value.as_slice()))
            .collect();
        found.sort_by(|a, b| (b.time, &a.id).cmp(&(a.time, &b.id)));
        rows.extend(found.into_iter().map(|event| EventRow {
            account: place.account.to_string(),
            region: place.region.to_string(),
            time: seconds(event.time),
            name: event.name.clone(),
            source: event.source.clone(),
            who: event.who.clone(),
            resources: event.resources.join(", "),
            error: event.error.clone().unwrap_or_default(),
            id: event.id.clone(),
            citation: event.at.to_string(),
            record: event.at.ev.to_string(),
            place: event.at.pointer.to_string(),
        }));
    }
    rows
}
