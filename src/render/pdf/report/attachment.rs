//! What is attached to the PDF: the findings, for machines.

use super::super::document::Attachment;
use crate::render::view::{FindingRow, Report};
use serde::Serialize;

/// What is attached.
#[derive(Serialize)]
struct File<'a> {
    evidence_root: &'a str,
    collected: &'a str,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    id: &'a str,
    check: &'a str,
    severity: &'a str,
    account: &'a str,
    region: &'a str,
    kind: &'a str,
    subject: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    exception: &'a str,
    reason: &'a str,
    citations: Vec<&'a str>,
    first_seen: &'a str,
    last_seen: &'a str,
}

/// The findings as a file in the file.
pub(super) fn findings(report: &Report) -> Attachment<'_> {
    Attachment {
        name: "findings.json",
        media_type: "application/json",
        description: "The findings of this report, for machines: each with its status, reason and citations",
        bytes: Box::new(|| {
            let findings = report.findings.iter().map(finding).collect();
            let file = File { evidence_root: &report.evidence_root, collected: &report.collected, findings };
            // Strings and lists of strings: nothing that JSON could not hold.
            serde_json::to_vec(&file).unwrap_or_default()
        }),
    }
}

fn finding(row: &FindingRow) -> Finding<'_> {
    Finding {
        id: &row.id,
        check: &row.check,
        severity: row.severity,
        account: &row.account,
        region: &row.region,
        kind: row.kind,
        subject: &row.subject_id,
        status: row.status.word,
        exception: &row.status.exception,
        reason: &row.reason,
        citations: row.citations.split_whitespace().collect(),
        first_seen: &row.first_seen,
        last_seen: &row.last_seen,
    }
}
