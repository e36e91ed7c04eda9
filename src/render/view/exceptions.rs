//! The register of exceptions.

use crate::model::FindingId;
use crate::model::assessment::ExceptionOutcome;
use crate::model::settings::Exception;
use serde::Serialize;

/// One exception of the register.
#[derive(Clone, Debug, Serialize)]
pub struct ExceptionRow {
    /// Its id.
    pub id: String,
    /// Whether it counts: the word of files.
    pub state: &'static str,
    /// Whether it counts: the words of people.
    pub state_label: &'static str,
    /// Why it does not count.
    pub because: String,
    /// The check.
    pub check: String,
    /// Which streams, keys or Regions.
    pub scope: String,
    /// Why the failure is accepted.
    pub reason: String,
    /// What is done instead.
    pub compensating_measure: String,
    /// Who owns the risk.
    pub owner: String,
    /// Who approved it.
    pub approver: String,
    /// When.
    pub approved: String,
    /// Until when.
    pub expires: String,
    /// Where more of it is kept: text, and never something to click; empty where nothing is told.
    pub link: String,
    /// The failing findings that stand under it.
    pub findings: Vec<FindingId>,
}

pub(super) fn exception_id(outcome: &ExceptionOutcome) -> &str {
    if outcome.exception.id.trim().is_empty() { "an exception without id" } else { &outcome.exception.id }
}

pub(super) fn exception_row(outcome: &ExceptionOutcome) -> ExceptionRow {
    let e = &outcome.exception;
    ExceptionRow {
        id: e.id.clone(),
        state: outcome.state.word(),
        state_label: outcome.state.label(),
        because: outcome.because.join("; "),
        check: e.check.clone(),
        scope: exception_scope(e),
        reason: e.reason.clone(),
        compensating_measure: e.compensating_measure.clone(),
        owner: e.owner.clone(),
        approver: e.approver.clone(),
        approved: e.approved.clone(),
        expires: e.expires.clone(),
        link: e.link.clone().unwrap_or_default(),
        findings: outcome.findings.clone(),
    }
}

fn exception_scope(exception: &Exception) -> String {
    let tag = exception.tag.as_ref().map(|tag| match &exception.value {
        Some(value) => format!("tag {tag}={value}"),
        None => format!("tag {tag}"),
    });
    let named = |what: &str, value: &Option<String>| value.as_ref().map(|v| format!("{what} {v}"));
    let parts = [
        named("stream", &exception.stream),
        named("key", &exception.key),
        tag,
        named("account", &exception.account),
        named("Region", &exception.region),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
