//! How many streams, keys and calls there are, by account and Region.

use crate::model::Snapshot;
use serde::Serialize;

/// How many there are in one Region.
#[derive(Clone, Debug, Serialize)]
pub struct PopulationRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// Whether the listing of streams came to its end.
    pub listing: String,
    /// Streams that the listing named.
    pub listed: usize,
    /// Streams that were described.
    pub described: usize,
    /// Distinct keys that the described streams name.
    pub keys: usize,
    /// Keys that were described.
    pub keys_described: usize,
    /// Streams that were named and could not be read.
    pub unread: usize,
    /// Trails seen here.
    pub trails: String,
    /// Gaps here.
    pub gaps: usize,
}

pub(super) fn population(snapshot: &Snapshot) -> Vec<PopulationRow> {
    let rows = snapshot.places.iter().map(|place| PopulationRow {
        account: place.account.to_string(),
        region: place.region.to_string(),
        listing: match &place.listing {
            Ok(_) => "came to its end".to_owned(),
            Err(gap) => gap.sentence(),
        },
        listed: place.streams.len(),
        described: place.streams.iter().filter(|s| s.source.is_ok()).count(),
        keys: place.keys.len(),
        keys_described: place.keys.iter().filter(|k| k.facts.is_ok()).count(),
        unread: place.streams.iter().filter(|s| s.source.is_err()).count(),
        trails: place.trails.as_ref().map_or_else(|_| "unknown".to_owned(), |t| t.value.len().to_string()),
        gaps: snapshot.gaps.iter().filter(|g| g.account == place.account && g.region == place.region).count(),
    });
    rows.collect()
}
