//! What a query on Athena answered: rows for the usage matrix, and gaps where it did not come to its end.
//!
//! Its counts are proven by nothing and cannot be told apart event by event, so they are used only where neither log
//! files nor exports were read.

use super::answers::malformed;
use crate::model::operation::{GET_QUERY_EXECUTION, GET_QUERY_RESULTS, START_QUERY_EXECUTION};
use crate::model::reading::GapKind;
use crate::model::{Citation, Ev, Gap, Operation, Record};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One query that was started.
#[derive(Debug, Default)]
pub(super) struct Query<'r> {
    /// The last look at it.
    state: Option<&'r Record>,
    /// What that says.
    told: Value,
    /// Its pages, by number.
    pages: BTreeMap<u32, (Ev, Value)>,
}

fn is(record: &Record, operation: &Operation) -> bool {
    record.service == operation.service && record.operation == operation.name && record.error.is_none()
}

/// The queries, by their ids.
pub(super) fn queries(records: &[Record]) -> BTreeMap<String, Query<'_>> {
    let mut found: BTreeMap<String, Query<'_>> = BTreeMap::new();
    for record in records {
        if is(record, &START_QUERY_EXECUTION)
            && let Some(id) = record.body.value()["QueryExecutionId"].as_str()
        {
            found.entry(id.to_owned()).or_default();
        }
        let Some(id) = record.parameter("QueryExecutionId") else { continue };
        let query = found.entry(id.to_owned()).or_default();
        if is(record, &GET_QUERY_EXECUTION) && query.state.is_none_or(|last| last.page < record.page) {
            (query.state, query.told) = (Some(record), record.body.value());
        } else if is(record, &GET_QUERY_RESULTS) {
            query.pages.insert(record.page, (record.ev, record.body.value()));
        }
    }
    found
}

impl Query<'_> {
    fn status(&self) -> &Value {
        &self.told["QueryExecution"]["Status"]
    }

    /// Whether all its rows are here.
    pub fn is_whole(&self) -> bool {
        let numbered = (1..).zip(&self.pages).all(|(n, (page, _))| n == *page);
        let last = self.pages.values().next_back();
        let ended = last.is_some_and(|(_, body)| body["NextToken"].as_str().is_none_or(str::is_empty));
        self.status()["State"] == "SUCCEEDED" && numbered && ended
    }

    /// How many bytes Athena read, as it says itself.
    pub fn scanned(&self) -> Option<u64> {
        self.told["QueryExecution"]["Statistics"]["DataScannedInBytes"].as_u64()
    }

    /// The counts by key, event name, principal and error, in the form of a trail's counted uses.
    pub fn uses(&self) -> Vec<(Value, Citation)> {
        let mut columns: BTreeMap<String, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for (page, (ev, body)) in &self.pages {
            for (at, row) in body["ResultSet"]["Rows"].as_array().into_iter().flatten().enumerate() {
                let cells: Vec<Option<&str>> =
                    row["Data"].as_array().into_iter().flatten().map(|cell| cell["VarCharValue"].as_str()).collect();
                // The first row of all has the names of the columns.
                if *page == 1 && at == 0 {
                    let names = cells.iter().enumerate().filter_map(|(n, name)| Some(((*name)?.to_owned(), n)));
                    columns = names.collect();
                    continue;
                }
                let cell = |name: &str| columns.get(name).and_then(|n| cells.get(*n).copied().flatten());
                if cell("what") != Some("0") {
                    continue;
                }
                let (Some(key), Some(name), Some(count)) =
                    (cell("key"), cell("eventname"), cell("unique_events").and_then(|n| n.parse::<u64>().ok()))
                else {
                    continue;
                };
                let errors = cell("errorcode").map_or_else(|| json!({}), |code| json!({ code: count }));
                let succeeded = cell("errorcode").is_none().then(|| cell("last_event")).flatten();
                let principal = cell("principal").unwrap_or("(none)");
                let issuer = super::history::role(principal).unwrap_or_else(|| principal.to_owned());
                let row = json!({
                    "Subject": key, "Sign": "named", "Principal": issuer, "Operation": name, "Events": count,
                    "First": cell("first_event").unwrap_or_default(), "Last": cell("last_event").unwrap_or_default(),
                    "LastSuccess": succeeded, "Errors": errors,
                });
                let pointer = format!("/ResultSet/Rows/{at}");
                found.push((row, Citation { ev: *ev, pointer: pointer.into() }));
            }
        }
        found
    }
}

/// Queries that did not come to their end. Calls that failed are gaps by themselves.
pub(super) fn gaps(records: &[Record]) -> Vec<Gap> {
    let mut found = Vec::new();
    for (id, query) in queries(records) {
        let Some(state) = query.state else { continue };
        let status = query.status();
        let word = status["State"].as_str().unwrap_or_default();
        if word != "SUCCEEDED" {
            let reason = status["StateChangeReason"].as_str().unwrap_or("Athena gives no reason");
            let detail = format!("the query ended as {word:?}: {reason}");
            found.push(malformed(state, &id, &detail).of_kind(GapKind::Incomplete));
        } else if !query.is_whole() {
            found.push(malformed(state, &id, "not all of its rows could be fetched"));
        }
    }
    found
}
