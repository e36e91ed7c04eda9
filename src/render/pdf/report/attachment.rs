//! What is attached to the PDF: the findings, for machines.

use super::super::document::Attachment;
use crate::model::FindingId;
use crate::render::view::{FindingRow, Report};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

/// What is attached.
#[derive(Serialize)]
struct File<'a> {
    evidence_root: &'a str,
    collected: &'a str,
    findings: Findings<'a>,
}

/// One after the other: there may be half a million.
struct Findings<'a>(&'a Report);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for row in self.0.findings.rows() {
            list.serialize_element(&finding(&row))?;
        }
        list.end()
    }
}

#[derive(Serialize)]
struct Finding<'a> {
    id: FindingId,
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
        write: Box::new(|out| {
            let findings = Findings(report);
            let file = File { evidence_root: &report.evidence_root, collected: &report.collected, findings };
            Ok(serde_json::to_writer(out, &file)?)
        }),
    }
}

fn finding(row: &FindingRow) -> Finding<'_> {
    Finding {
        id: row.id,
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
