//! The words and counts that all formats share: rows that are ready to print.
//!
//! Everything that a reader may compare between two formats is decided here once. Order is fixed: by account,
//! Region and name, as the snapshot has it. Nothing here is "now": each statement is as of the collection.

mod accounts;
mod charts;
mod classes;
mod declarations;
mod documents;
mod effects;
mod events;
mod evidence;
mod exceptions;
mod findings;
mod front;
mod gaps;
mod index;
mod inventory;
mod items;
mod keys;
mod lineage;
mod method;
mod numbers;
mod period;
mod population;
mod requirements;
mod responsibility;
pub mod series;
mod statements;
mod strata;
mod streams;
mod words;

pub(super) use words::spaced;

pub use accounts::{AccountRow, OpenRow};
pub use charts::{EventBar, EventChart, FULL, Flow, FlowNode, FlowRibbon, Timeline, TimelineRow};
pub use classes::Share;
pub use declarations::DeclarationRow;
pub use documents::AttachmentRow;
pub use effects::{EffectRow, UndecidedCheck};
pub use events::{EventRow, QueryRow};
pub use evidence::{Evidence, EvidenceRow};
pub use exceptions::ExceptionRow;
pub use findings::{CheckRow, FindingGroup, FindingMember, FindingRow, Findings, SettledFinding, StatusCell, label};
pub use front::NoticeRow;
pub use gaps::GapRow;
pub use index::{StripCell, StripRun};
pub use inventory::InventoryRow;
pub use items::ItemRow;
pub use keys::KeyRow;
pub use lineage::{HopRow, HopTotal, LineageDrawing, LineageEdge, LineageGroup, LineageNode, LineageRow, LineageView};
pub use method::OperationRow;
pub use numbers::Ratio;
pub use period::{LaneRow, PeriodView, view as period};
pub use population::PopulationRow;
pub use requirements::{
    CatalogView, ManualView, ProcedureView, ReasonView, RequirementCheck, RequirementView, StatusTotal,
};
pub use responsibility::ResponsibilityRow;
pub use statements::{CustodyRow, RetentionRow, SignOffRow};
pub use strata::StratumRow;
pub use streams::StreamRow;

use crate::model::check::CheckPage;
use crate::model::finding::SubjectKind;
use crate::model::lineage::Lineage;
use crate::model::period::Period;
use crate::model::reconciliation::{Comparison, reconciliation};
use crate::model::record::ClockCheck;
use crate::model::series::{Earlier, Point};
use crate::model::snapshot::Place;
use crate::model::time::seconds;
use crate::model::{Analysis, Assessment, Finding, Record, Settings, Snapshot, Status};
use accounts::accounts;
use charts::{event_chart, flow, timeline};
use classes::key_classes;
use declarations::declarations;
use documents::attachments;
use effects::effects;
use events::{events, queries};
use exceptions::exception_row;
use findings::check_row;
use front::{NATURE, cover, notices};
use gaps::gap_row;
use index::Index;
use inventory::inventory;
use method::{method, operations};
use population::population;
use requirements::catalog;
use responsibility::responsibilities;
use serde::Serialize;
use series::SeriesView;
use statements::{RETENTION, SIGN_OFF, custody};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use strata::{SAMPLING, strata};

/// All that a report is made of.
pub struct Input<'a> {
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// The calls behind it.
    pub records: &'a Arc<Vec<Record>>,
    /// What the checks say.
    pub findings: &'a Arc<Vec<Finding>>,
    /// What the catalogs make of it.
    pub assessment: &'a Assessment,
    /// What follows beyond yes and no.
    pub analysis: &'a Arc<Analysis>,
    /// Every hop of every stream.
    pub lineage: &'a Arc<Lineage>,
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
    /// Templates of the user, by name.
    pub templates: &'a BTreeMap<String, String>,
    /// What is known of the packs before it.
    pub earlier: Option<&'a Earlier>,
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
    #[serde(skip)]
    pub gaps: Vec<GapRow>,
    /// How the entity classifies the report, where it has said so.
    pub classification: Option<String>,
    /// What is left out by the choice of Regions.
    pub regions_not_asked: String,
    /// How many streams, keys and calls, by Region.
    pub population: Vec<PopulationRow>,
    /// The accounts, each with what it comes to.
    pub accounts: Vec<AccountRow>,
    /// Whether every row of the population came to its end.
    pub population_complete: bool,
    /// Streams by the class of their key.
    pub key_classes: Vec<Share>,
    /// Each check with its counts.
    pub checks: Vec<CheckRow>,
    /// The catalogs.
    pub catalogs: Vec<CatalogView>,
    /// Every stream. Templates get the rows page by page; so for all that is skipped here.
    #[serde(skip)]
    pub streams: Vec<StreamRow>,
    /// The checks of the stream table's columns.
    pub stream_checks: Vec<&'static str>,
    /// Every key.
    #[serde(skip)]
    pub keys: Vec<KeyRow>,
    /// The checks of the key table's columns.
    pub key_checks: Vec<&'static str>,
    /// Every finding: for tables. Not for templates, which would hold each row a second time.
    #[serde(skip)]
    pub findings: Findings,
    /// What first and last sight of findings rest on.
    pub seen: &'static str,
    /// The event queries.
    pub queries: Vec<QueryRow>,
    /// The events.
    #[serde(skip)]
    pub events: Vec<EventRow>,
    /// Duties, blast radius, recoverability and costs, key by key.
    #[serde(skip)]
    pub analysis: Arc<Analysis>,
    /// Which key protects each stream at each hop: streams that are alike, together.
    pub lineage: LineageView,
    /// Every hop of every stream: for tables.
    #[serde(skip)]
    pub hops: Arc<Lineage>,
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
    pub evidence: Evidence,
    /// What the gaps do to each requirement.
    pub effects: Vec<EffectRow>,
    /// Two sources for one count.
    pub reconciliation: Vec<Comparison>,
    /// Every stream and every key, numbered: for tables.
    #[serde(skip)]
    pub items: Vec<ItemRow>,
    /// The population by strata.
    pub strata: Vec<StratumRow>,
    /// How a sample is drawn.
    pub sampling: Vec<&'static str>,
    /// The cryptographic inventory.
    #[serde(skip)]
    pub inventory: Vec<InventoryRow>,
    /// Who does what.
    pub responsibilities: Vec<ResponsibilityRow>,
    /// The life of the evidence.
    pub custody: Vec<CustodyRow>,
    /// Who signs.
    pub sign_off: Vec<SignOffRow>,
    /// How long evidence is kept.
    pub retention: Vec<RetentionRow>,
    /// The series that this run is part of.
    pub series: Vec<Fact>,
    /// The packs of that series, where the one before this one was named.
    pub packs: Option<SeriesView>,
    /// Events over the window.
    pub event_chart: EventChart,
    /// When keys were made and rotated.
    pub timeline: Timeline,
    /// From source to destination, by key class.
    pub flow: Flow,
    /// How many rows there are of what.
    pub counts: RowCounts,
    /// The Regions, each once.
    pub regions: Vec<String>,
    /// How many accounts there are.
    pub account_count: usize,
    /// Whether there are so many findings that a page could not open with a mark and a link for each answer.
    pub dense: bool,
    /// Templates of the user, by name, in the place of the program's own.
    #[serde(skip)]
    pub templates: BTreeMap<String, String>,
}

/// How many rows there are: templates get the rows themselves page by page.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RowCounts {
    /// Streams.
    pub streams: usize,
    /// Keys.
    pub keys: usize,
    /// Findings, those that pass included.
    pub findings: usize,
    /// Findings that fail.
    pub fail: usize,
    /// Findings that are not known.
    pub unknown: usize,
    /// Requirements of all catalogs.
    pub requirements: usize,
    /// Gaps.
    pub gaps: usize,
    /// Events.
    pub events: usize,
    /// Calls.
    pub evidence: usize,
}

/// Makes the report.
#[must_use]
pub fn build(input: &Input<'_>) -> Report {
    let run = &input.snapshot.run;
    let index = Index::new(input);
    let clock = ClockCheck::of(input.records);
    let reconciliation = reconciliation(input.snapshot);
    let packs = input.earlier.map(|earlier| {
        let Input { snapshot, findings, assessment, period, version, .. } = input;
        let own = Point::of(snapshot, findings, assessment, period, version);
        series::series(&earlier.series(own, findings, input.settings.runs_every_days))
    });
    let read = |p: &Place| p.listing.is_ok() && p.streams.iter().all(|s| s.source.is_ok());
    let complete = input.snapshot.places.iter().all(read) && reconciliation.iter().all(|r| r.result != "differ");
    let streams: Vec<StreamRow> = input.snapshot.streams().map(|s| index.stream(s)).collect();
    let catalogs: Vec<CatalogView> = input.assessment.catalogs.iter().map(|c| catalog(c, input)).collect();
    let events = events(input.snapshot);
    let with = |status| input.findings.iter().filter(|f| f.status == status).count();
    let counts = RowCounts {
        streams: streams.len(),
        keys: input.snapshot.keys().count(),
        findings: input.findings.len(),
        fail: with(Status::Fail),
        unknown: with(Status::Unknown),
        requirements: catalogs.iter().map(|c| c.requirements.len()).sum(),
        gaps: input.snapshot.gaps.len(),
        events: events.len(),
        evidence: input.records.len(),
    };
    let regions: BTreeSet<String> = input.snapshot.places.iter().map(|p| p.region.to_string()).collect();
    let account_ids: BTreeSet<&str> = input.snapshot.places.iter().map(|p| p.account.as_str()).collect();
    Report {
        regions: regions.into_iter().collect(),
        account_count: account_ids.len(),
        dense: index.dense,
        templates: input.templates.clone(),
        title: input.settings.entity.clone().unwrap_or_else(|| run.subject()),
        notices: notices(input, clock),
        cover: cover(input),
        nature: NATURE.to_vec(),
        collected: format!("{} to {}", seconds(run.started), seconds(run.ended)),
        evidence_root: input.evidence_root.to_owned(),
        collected_to: run.ended,
        gaps: input.snapshot.gaps.iter().map(|g| gap_row(g, input.checks)).collect(),
        classification: input.settings.classification.clone(),
        regions_not_asked: front::regions_not_asked(run),
        population: population(input.snapshot),
        accounts: accounts(input),
        population_complete: complete,
        key_classes: key_classes(input.snapshot, complete),
        checks: input.checks.iter().map(|page| check_row(*page, &index)).collect(),
        stream_checks: index.ids(SubjectKind::Stream),
        keys: input.snapshot.keys().map(|k| index.key(k)).collect(),
        key_checks: index.ids(SubjectKind::Key),
        findings: Findings::of(input),
        seen: findings::seen(input.earlier, input.version),
        queries: queries(input.snapshot),
        events,
        analysis: Arc::clone(input.analysis),
        lineage: index.lineage(),
        hops: Arc::clone(input.lineage),
        period: period(input.period),
        exceptions: input.assessment.exceptions.iter().map(exception_row).collect(),
        attachments: attachments(input.settings),
        declarations: declarations(input),
        method: method(input, clock),
        operations: operations(input.records),
        evidence: Evidence::of(input),
        effects: effects(input),
        reconciliation,
        items: items::items(input, &streams),
        strata: strata(&streams),
        sampling: SAMPLING.to_vec(),
        inventory: inventory(input, &index),
        responsibilities: responsibilities(input),
        custody: custody(input),
        sign_off: SIGN_OFF.to_vec(),
        retention: RETENTION.to_vec(),
        series: statements::series(input, packs.as_ref()),
        packs,
        event_chart: event_chart(input.snapshot),
        timeline: timeline(input.snapshot, &index),
        flow: flow(&streams),
        counts,
        catalogs,
        streams,
    }
}

pub(super) fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into() }
}
