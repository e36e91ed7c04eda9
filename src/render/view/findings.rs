//! Checks with their counts, and findings.

use crate::model::check::CheckPage;
use crate::model::{Finding, Status};
use serde::Serialize;

/// A check with its counts.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// Its words.
    pub page: CheckPage,
    /// Counts by status.
    pub pass: usize,
    /// Counts by status.
    pub fail: usize,
    /// Counts by status.
    pub unknown: usize,
    /// Counts by status.
    pub not_applicable: usize,
    /// How many of those that fail stand under an approved exception.
    pub excepted: usize,
    /// The findings that fail or are not known, failures first.
    pub open: Vec<FindingRow>,
}

/// A status, and the finding that has it.
#[derive(Clone, Debug, Serialize)]
pub struct StatusCell {
    /// The word of files.
    pub word: &'static str,
    /// The word of people.
    pub label: &'static str,
    /// The finding's id; empty when there is none.
    pub finding: String,
    /// The approved exception under which a failure stands; empty when there is none. It stands beside the status.
    pub exception: String,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct FindingRow {
    /// Its id.
    pub id: String,
    /// The check.
    pub check: String,
    /// The check's title.
    pub title: &'static str,
    /// How much a failure matters.
    pub severity: &'static str,
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// Stream, key or Region.
    pub kind: &'static str,
    /// What people call it.
    pub subject: String,
    /// Its ARN.
    pub subject_id: String,
    /// The status.
    pub status: StatusCell,
    /// What was seen.
    pub reason: String,
    /// Where it was seen.
    pub citations: String,
}

pub(super) fn check_row(page: CheckPage, findings: &[Finding]) -> CheckRow {
    let mine = || findings.iter().filter(|f| f.check == page.id);
    let count = |status| mine().filter(|f| f.status == status).count();
    let of = |status| mine().filter(move |f| f.status == status);
    let open: Vec<&Finding> = of(Status::Fail).chain(of(Status::Unknown)).collect();
    CheckRow {
        page,
        pass: count(Status::Pass),
        fail: count(Status::Fail),
        unknown: count(Status::Unknown),
        not_applicable: count(Status::NotApplicable),
        excepted: of(Status::Fail).filter(|f| f.exception.is_some()).count(),
        open: open.into_iter().map(|f| finding_row(f, std::slice::from_ref(&page))).collect(),
    }
}

/// The word of people for a status.
#[must_use]
pub fn label(status: Status) -> &'static str {
    match status {
        Status::Pass => "Pass",
        Status::Fail => "Fail",
        Status::Unknown => "Unknown",
        Status::NotApplicable => "N/A",
    }
}

pub(super) fn cell(finding: &Finding) -> StatusCell {
    StatusCell {
        word: finding.status.word(),
        label: label(finding.status),
        finding: finding.id.clone(),
        exception: finding.exception.clone().unwrap_or_default(),
    }
}

pub(super) fn finding_row(finding: &Finding, checks: &[CheckPage]) -> FindingRow {
    let citations: Vec<String> = finding.citations.iter().map(ToString::to_string).collect();
    FindingRow {
        id: finding.id.clone(),
        check: finding.check.clone(),
        title: checks.iter().find(|c| c.id == finding.check).map_or("", |c| c.title),
        severity: finding.severity.word(),
        account: finding.subject.account.to_string(),
        region: finding.subject.region.to_string(),
        kind: finding.subject.kind.word(),
        subject: finding
            .subject
            .name
            .rsplit_once(":key/")
            .map_or(finding.subject.name.as_str(), |(_, id)| id)
            .to_owned(),
        subject_id: finding.subject.id.clone(),
        status: cell(finding),
        reason: finding.reason.clone(),
        citations: citations.join(" "),
    }
}
