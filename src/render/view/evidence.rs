//! Every call, for the table of evidence.

use crate::model::Record;
use crate::model::time::seconds;
use serde::Serialize;

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
    pub service: String,
    /// The operation.
    pub operation: String,
    /// What was asked.
    pub parameters: String,
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

pub(super) fn evidence_row(record: &Record) -> EvidenceRow {
    EvidenceRow {
        ev: record.ev.to_string(),
        account: record.account.to_string(),
        region: record.region.to_string(),
        service: record.service.clone(),
        operation: record.operation.clone(),
        parameters: serde_json::Value::Object(record.parameters.clone()).to_string(),
        page: record.page,
        sent: seconds(record.sent),
        request_id: record.request_id.clone().unwrap_or_default(),
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
