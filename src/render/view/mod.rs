//! The words and counts that all formats share: rows that are ready to print.
//!
//! Everything that a reader may compare between two formats is decided here once. Order is fixed: by account,
//! Region and name, as the snapshot has it. Nothing here is "now": each statement is as of the collection.

mod classes;
mod declarations;
mod documents;
mod events;
mod evidence;
mod exceptions;
mod findings;
mod front;
mod gaps;
mod index;
mod keys;
mod method;
mod period;
mod population;
mod requirements;
mod streams;
mod words;

pub use classes::Share;
pub use declarations::DeclarationRow;
pub use documents::AttachmentRow;
pub use events::{EventRow, QueryRow};
pub use evidence::EvidenceRow;
pub use exceptions::ExceptionRow;
pub use findings::{CheckRow, FindingRow, StatusCell, label};
pub use front::NoticeRow;
pub use gaps::GapRow;
pub use keys::KeyRow;
pub use method::OperationRow;
pub use period::{PeriodView, view as period};
pub use population::PopulationRow;
pub use requirements::{
    CatalogView, ManualView, ProcedureView, ReasonView, RequirementCheck, RequirementView, StatusTotal,
};
pub use streams::StreamRow;

use crate::model::check::CheckPage;
use crate::model::finding::SubjectKind;
use crate::model::period::Period;
use crate::model::record::ClockCheck;
use crate::model::time::seconds;
use crate::model::{Assessment, Finding, Record, Settings, Snapshot};
use classes::key_classes;
use declarations::declarations;
use documents::attachments;
use events::{events, queries};
use evidence::evidence_row;
use exceptions::exception_row;
use findings::{check_row, finding_row};
use front::{NATURE, cover, notices};
use gaps::gap_row;
use index::Index;
use method::{method, operations};
use population::population;
use requirements::catalog;
use serde::Serialize;

/// All that a report is made of.
pub struct Input<'a> {
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// The calls behind it.
    pub records: &'a [Record],
    /// What the checks say.
    pub findings: &'a [Finding],
    /// What the catalogs make of it.
    pub assessment: &'a Assessment,
    /// What the entity declared.
    pub settings: &'a Settings,
    /// What happened over the period.
    pub period: &'a Period,
    /// The checks' own pages.
    pub checks: &'a [CheckPage],
    /// SHA-256 of the list of evidence files.
    pub evidence_root: &'a str,
    /// The version of the program that writes the report.
    pub version: &'a str,
}

/// A label and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The label.
    pub label: &'static str,
    /// What belongs to it.
    pub value: String,
}

/// One report, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The heading of the cover.
    pub title: String,
    /// What must be seen before anything else: a sample, an endpoint that is not AWS's, an interrupted run.
    pub notices: Vec<NoticeRow>,
    /// The facts of the cover.
    pub cover: Vec<Fact>,
    /// What the report is and is not.
    pub nature: Vec<&'static str>,
    /// Printed on every page: from when to when.
    pub collected: String,
    /// Printed on every page: the evidence root.
    pub evidence_root: String,
    /// When the evidence was complete, for the dates inside a PDF.
    #[serde(skip)]
    pub collected_to: crate::model::Time,
    /// What is not known.
    pub gaps: Vec<GapRow>,
    /// How many streams, keys and calls, by Region.
    pub population: Vec<PopulationRow>,
    /// Whether every row of the population came to its end.
    pub population_complete: bool,
    /// Streams by the class of their key.
    pub key_classes: Vec<Share>,
    /// Each check with its counts.
    pub checks: Vec<CheckRow>,
    /// The catalogs.
    pub catalogs: Vec<CatalogView>,
    /// Every stream.
    pub streams: Vec<StreamRow>,
    /// The checks of the stream table's columns.
    pub stream_checks: Vec<&'static str>,
    /// Every key.
    pub keys: Vec<KeyRow>,
    /// The checks of the key table's columns.
    pub key_checks: Vec<&'static str>,
    /// Every finding: for tables. Not for templates, which would hold each row a second time.
    #[serde(skip)]
    pub findings: Vec<FindingRow>,
    /// The event queries.
    pub queries: Vec<QueryRow>,
    /// The events.
    pub events: Vec<EventRow>,
    /// What happened over the period.
    pub period: PeriodView,
    /// The register of exceptions.
    pub exceptions: Vec<ExceptionRow>,
    /// The documents that the entity put into the pack.
    pub attachments: Vec<AttachmentRow>,
    /// What was declared.
    pub declarations: Vec<DeclarationRow>,
    /// How it was collected.
    pub method: Vec<Fact>,
    /// The operations, with how often each was called.
    pub operations: Vec<OperationRow>,
    /// Every call: for tables.
    #[serde(skip)]
    pub evidence: Vec<EvidenceRow>,
}

/// Makes the report.
#[must_use]
pub fn build(input: &Input<'_>) -> Report {
    let run = &input.snapshot.run;
    let index = Index::new(input);
    let clock = ClockCheck::of(input.records);
    Report {
        title: input.settings.entity.clone().unwrap_or_else(|| format!("AWS account {}", run.account)),
        notices: notices(input, clock),
        cover: cover(input),
        nature: NATURE.to_vec(),
        collected: format!("{} to {}", seconds(run.started), seconds(run.ended)),
        evidence_root: input.evidence_root.to_owned(),
        collected_to: run.ended,
        gaps: input.snapshot.gaps.iter().map(gap_row).collect(),
        population: population(input.snapshot),
        population_complete: input
            .snapshot
            .places
            .iter()
            .all(|p| p.listing.is_ok() && p.streams.iter().all(|s| s.source.is_ok())),
        key_classes: key_classes(input.snapshot),
        checks: input.checks.iter().map(|page| check_row(*page, input.findings)).collect(),
        catalogs: input.assessment.catalogs.iter().map(|c| catalog(c, input)).collect(),
        streams: input.snapshot.streams().map(|s| index.stream(s)).collect(),
        stream_checks: index.ids(SubjectKind::Stream),
        keys: input.snapshot.keys().map(|k| index.key(k)).collect(),
        key_checks: index.ids(SubjectKind::Key),
        findings: input.findings.iter().map(|f| finding_row(f, input.checks)).collect(),
        queries: queries(input.snapshot),
        events: events(input.snapshot),
        period: period(input.period),
        exceptions: input.assessment.exceptions.iter().map(exception_row).collect(),
        attachments: attachments(input.settings),
        declarations: declarations(input),
        method: method(input, clock),
        operations: operations(input.records),
        evidence: input.records.iter().map(evidence_row).collect(),
    }
}

pub(super) fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into() }
}
