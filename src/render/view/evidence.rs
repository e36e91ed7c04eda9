//! Every call, for the table of evidence.

use crate::model::time::seconds;
use crate::model::{Record, Text};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;

/// One call.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceRow {
    /// Its number.
    pub ev: String,
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// The service.
    pub service: Text,
    /// The operation.
    pub operation: Text,
    /// What was asked.
    pub parameters: String,
    /// Of what: the names in the question, without what only turns the page.
    pub subject: String,
    /// The page of the listing.
    pub page: u32,
    /// When.
    pub sent: String,
    /// AWS's request id.
    pub request_id: String,
    /// HTTP status.
    pub status: String,
    /// Why there is no answer.
    pub error: String,
    /// Attempts.
    pub attempts: usize,
    /// Values that were withheld.
    pub withheld: usize,
    /// The file in the pack.
    pub file: String,
}

/// Every call: rows that are made when they are asked for, since there may be a hundred thousand.
#[derive(Clone, Debug)]
pub struct Evidence(Arc<Vec<Record>>);

impl Evidence {
    pub(super) fn of(input: &super::Input<'_>) -> Self {
        Self(Arc::clone(input.records))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = EvidenceRow> {
        self.0.iter().map(evidence_row)
    }

    /// The rows of each file.
    pub fn files(&self) -> impl Iterator<Item = Vec<EvidenceRow>> {
        let same = |a: &Record, b: &Record| {
            (&a.account, &a.region, &a.service, &a.operation) == (&b.account, &b.region, &b.service, &b.operation)
        };
        self.0.chunk_by(same).map(|records| records.iter().map(evidence_row).collect())
    }
}

fn evidence_row(record: &Record) -> EvidenceRow {
    EvidenceRow {
        ev: record.ev.to_string(),
        account: record.account.to_string(),
        region: record.region.to_string(),
        service: record.service.clone(),
        operation: record.operation.clone(),
        parameters: record.parameters.to_string(),
        subject: subject(record),
        page: record.page,
        sent: seconds(record.sent),
        request_id: record.request_id.as_deref().unwrap_or_default().to_owned(),
        status: record.status.map(|s| s.to_string()).unwrap_or_default(),
        error: record.error.as_ref().map(|e| format!("{}: {}", e.code, e.message)).unwrap_or_default(),
        attempts: record.attempts.len(),
        withheld: record.withheld.len(),
        file: format!(
            "data/evidence/{}/{}/{}.{}.jsonl",
            record.account, record.region, record.service, record.operation
        ),
    }
}

/// Names of one call that are shown; a call can ask for hundreds.
const NAMES: usize = 8;

/// The names that a call asks for, each once, shortened to what tells them apart within one operation.
fn subject(record: &Record) -> String {
    let mut names = Vec::new();
    for value in record.question().map().values() {
        collect(value, &mut names);
    }
    let mut known = HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let shown = names.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn collect(value: &serde_json::Value, names: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => {
            let short = text.strip_prefix("arn:").and_then(|_| text.rsplit(['/', ':']).next()).unwrap_or(text);
            names.push(short.to_owned());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        // An attribute and its value: the value tells. What a query is called, and how it counts, tells nothing.
        serde_json::Value::Object(fields) => {
            let idle = |name: &str| match name {
                "Name" => fields.contains_key("Value"),
                "Id" | "Namespace" | "Stat" => true,
                _ => false,
            };
            fields
                .iter()
                .filter(|(name, _)| !idle(name))
                .filter(|(name, _)| !name.ends_with("Key"))
                .for_each(|(_, item)| collect(item, names));
        }
        _ => {}
    }
}
