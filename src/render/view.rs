//! The words and counts that all formats share: rows that are ready to print.
//!
//! Everything that a reader may compare between two formats is decided here once. Order is fixed: by account,
//! Region and name, as the snapshot has it. Nothing here is "now": each statement is as of the collection.

use crate::model::assessment::{
    Answer, CatalogResult, CheckOutcome, ExceptionOutcome, Outcome, RequirementStatus, ScopedStream,
};
use crate::model::catalog::Crosswalk;
use crate::model::check::CheckPage;
use crate::model::event::Event;
use crate::model::finding::SubjectKind;
use crate::model::key::{Key, KeyClass, KeyManager};
use crate::model::reading::Reading;
use crate::model::record::ClockCheck;
use crate::model::settings::{Attachment, Cryptoperiod, Exception, StreamRule};
use crate::model::stream::{SseKey, SseState, Stream};
use crate::model::time::{day, seconds};
use crate::model::{Assessment, Finding, Record, Settings, Snapshot, Status};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

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

/// What must be seen before anything else.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeRow {
    /// What it is about, in a word or two.
    pub word: &'static str,
    /// Why it matters.
    pub text: String,
    /// It changes what the whole report is worth, so the word stands on every page.
    pub on_every_page: bool,
}

/// One thing that is not known.
#[derive(Clone, Debug, Serialize)]
pub struct GapRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// What was asked.
    pub call: String,
    /// Of what.
    pub subject: String,
    /// Why there is no value.
    pub kind: &'static str,
    /// AWS's code.
    pub code: String,
    /// In a sentence.
    pub detail: String,
    /// What closes it.
    pub remedy: String,
    /// The record of the call.
    pub record: String,
}

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
    /// Trails seen here.
    pub trails: String,
    /// Gaps here.
    pub gaps: usize,
}

/// A part of a whole, for a bar.
#[derive(Clone, Debug, Serialize)]
pub struct Share {
    /// What.
    pub label: &'static str,
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// A stable name for colours and patterns.
    pub tone: &'static str,
}

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

/// One stream.
#[derive(Clone, Debug, Serialize)]
pub struct StreamRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// AWS's status of the stream.
    pub status: String,
    /// Where its records come from.
    pub source: String,
    /// Where they go.
    pub destinations: String,
    /// The state of server-side encryption.
    pub sse: String,
    /// The class of its key.
    pub key_class: &'static str,
    /// Its key.
    pub key: String,
    /// When it was made.
    pub created: String,
    /// What it is declared to carry.
    pub data_classes: String,
    /// Whose it is declared to be.
    pub tenant: String,
    /// Where it is declared to run.
    pub environment: String,
    /// Its tags.
    pub tags: String,
    /// One for each of [`Report::stream_checks`].
    pub results: Vec<StatusCell>,
}

/// One key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// An alias, or the key's id.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// All its aliases.
    pub aliases: String,
    /// Whose it is.
    pub class: String,
    /// `KeyState`.
    pub state: String,
    /// `KeySpec`.
    pub spec: String,
    /// `Origin`.
    pub origin: String,
    /// When it was made.
    pub created: String,
    /// Automatic rotation.
    pub rotation: String,
    /// The newest rotation.
    pub last_rotation: String,
    /// The next one.
    pub next_rotation: String,
    /// How many streams use it.
    pub streams: usize,
    /// Its tags.
    pub tags: String,
    /// One for each of [`Report::key_checks`].
    pub results: Vec<StatusCell>,
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

/// One catalog.
#[derive(Clone, Debug, Serialize)]
pub struct CatalogView {
    /// Its id.
    pub id: String,
    /// Framework and edition.
    pub name: String,
    /// Who publishes it, and the version and digest of the file.
    pub facts: Vec<Fact>,
    /// What the catalog is not.
    pub disclaimer: String,
    /// Set when nobody has compared it with its sources for too long.
    pub overdue: bool,
    /// The organization's own rules and no external framework.
    pub own_rules: bool,
    /// Whether the file is one that comes or came with this program.
    pub published: bool,
    /// How many requirements have each status.
    pub counts: Vec<StatusTotal>,
    /// Its requirements.
    pub requirements: Vec<RequirementView>,
}

/// How many requirements have a status.
#[derive(Clone, Debug, Serialize)]
pub struct StatusTotal {
    /// The word of files.
    pub word: &'static str,
    /// The words of people.
    pub label: &'static str,
    /// How many.
    pub count: usize,
}

/// One requirement: a page for an assessor's work paper.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementView {
    /// Anchor of its page.
    pub anchor: String,
    /// The catalog.
    pub catalog: String,
    /// The framework's id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Our words.
    pub paraphrase: String,
    /// Its own words, where the licence allows.
    pub official_text: String,
    /// The group under which it is printed.
    pub group: String,
    /// How binding.
    pub obligation: &'static str,
    /// How much the checks can show.
    pub coverage: &'static str,
    /// The word of files.
    pub status: &'static str,
    /// The words of people.
    pub status_label: &'static str,
    /// Why, the deciding reason first.
    pub reasons: Vec<ReasonView>,
    /// On what it was judged.
    pub population: String,
    /// The checks.
    pub checks: Vec<RequirementCheck>,
    /// The assessor's procedures.
    pub procedures: Vec<ProcedureView>,
    /// What a person must obtain.
    pub manual: Vec<ManualView>,
    /// Where the decision records are that the entity has declared; not evaluated.
    pub decision_records: Vec<String>,
    /// Statements of other catalogs that are about related things. No status is carried over.
    pub related: String,
    /// Who does what.
    pub responsibility: Vec<Fact>,
    /// What is not shown.
    pub not_shown: String,
    /// Where the facts come from.
    pub sources: String,
}

/// Why a requirement has its status.
#[derive(Clone, Debug, Serialize)]
pub struct ReasonView {
    /// The code.
    pub code: &'static str,
    /// The sentence.
    pub sentence: String,
}

/// A check on a requirement's page.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementCheck {
    /// Its id.
    pub check: String,
    /// Its title.
    pub title: &'static str,
    /// How it speaks to the requirement.
    pub relation: String,
    /// What its failing means.
    pub on_fail: &'static str,
    /// Counts, or why there are none.
    pub answer: String,
    /// Whether there are counts: a question that nothing was asked of has none, which is not the same as 0.
    pub counted: bool,
    /// Counts by status.
    pub pass: usize,
    /// Counts by status.
    pub fail: usize,
    /// Counts by status.
    pub excepted: usize,
    /// Counts by status.
    pub unknown: usize,
    /// Counts by status.
    pub not_applicable: usize,
    /// The records behind it.
    pub records: String,
}

/// One of an assessor's procedures.
#[derive(Clone, Debug, Serialize)]
pub struct ProcedureView {
    /// Its id.
    pub id: String,
    /// Examine, interview …
    pub methods: String,
    /// With what.
    pub object: String,
    /// How much of it this evidence is.
    pub contribution: &'static str,
}

/// What a person must obtain.
#[derive(Clone, Debug, Serialize)]
pub struct ManualView {
    /// Its id.
    pub id: String,
    /// What kind.
    pub kind: &'static str,
    /// What exactly.
    pub what: String,
    /// Required or welcome.
    pub required: &'static str,
    /// Where it is; empty for the assessor to fill in.
    pub reference: String,
}

/// One event query.
#[derive(Clone, Debug, Serialize)]
pub struct QueryRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// The event name.
    pub name: String,
    /// What came back.
    pub returned: String,
}

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct EventRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// When.
    pub time: String,
    /// Its name.
    pub name: String,
    /// The service.
    pub source: String,
    /// Who.
    pub who: String,
    /// To what.
    pub resources: String,
    /// The error code of a call that failed.
    pub error: String,
    /// Its id at CloudTrail.
    pub id: String,
    /// Where it stands.
    pub citation: String,
}

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
    /// The failing findings that stand under it.
    pub findings: Vec<String>,
}

/// One document that the entity put into the pack.
#[derive(Clone, Debug, Serialize)]
pub struct AttachmentRow {
    /// The path in the pack.
    pub path: String,
    /// The name that it had.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: String,
    /// What it is attached to.
    pub used_for: String,
}

/// One declaration of the entity.
#[derive(Clone, Debug, Serialize)]
pub struct DeclarationRow {
    /// Which setting.
    pub setting: String,
    /// What it says.
    pub value: String,
}

/// One API operation.
#[derive(Clone, Debug, Serialize)]
pub struct OperationRow {
    /// Where.
    pub region: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Calls recorded.
    pub calls: usize,
    /// Calls without an answer.
    pub failed: usize,
    /// Attempts beyond the first.
    pub retries: usize,
    /// First and last record.
    pub records: String,
}

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

const NATURE: &[&str] = &[
    "This report says what the named account answered to read-only calls during the collection, and what follows from \
     those answers by the published rules of each check. It is a statement about a point in time, with the management \
     events of a stated window; it does not say what was so before, between or after.",
    "It is no opinion, no attestation and no legal advice. No requirement of an external framework is shown as met by \
     this tool alone: where its technical evidence supports a requirement, the page of that requirement lists what a \
     person must still obtain.",
    "What could not be read is \"unknown\". It is listed before any total, it can only lower a result, and it is never \
     counted as a pass, as \"not encrypted\" or as \"0 events\".",
    "The organization's own baseline (a customer-managed key for every stream) is a catalog of its own. PCI DSS, HIPAA \
     and GDPR do not demand it, and their statuses do not depend on it.",
    "Every finding cites the recorded answers on which it rests, as EV number and JSON pointer. The records are in \
     data/evidence; HOW-TO-VERIFY.txt says how to check them with stock tools.",
];

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
        exceptions: input.assessment.exceptions.iter().map(exception_row).collect(),
        attachments: attachments(input.settings),
        declarations: declarations(input),
        method: method(input, clock),
        operations: operations(input.records),
        evidence: input.records.iter().map(evidence_row).collect(),
    }
}

fn notices(input: &Input<'_>, clock: ClockCheck) -> Vec<NoticeRow> {
    let run = &input.snapshot.run;
    let mut notices = Vec::new();
    let mut notice = |on_every_page, word, text: String| notices.push(NoticeRow { word, text, on_every_page });
    if run.sample {
        notice(
            true,
            "Sample",
            "This account is invented: the records were made for demonstration and are no evidence of anything."
                .to_owned(),
        );
    }
    let mut foreign: Vec<&str> = run.foreign_endpoints().map(|e| e.url.as_str()).collect();
    foreign.sort_unstable();
    foreign.dedup();
    if !foreign.is_empty() {
        notice(
            true,
            "Not AWS",
            format!(
                "The calls went to {}: an emulator or a proxy answered, and this is no evidence about an AWS account.",
                foreign.join(", ")
            ),
        );
    }
    if run.interrupted {
        notice(
            true,
            "Interrupted",
            "The run was stopped before its end; every call that was not made is listed as a gap.".to_owned(),
        );
    }
    if clock.max_abs_skew_ms > 60_000 {
        notice(
            false,
            "Clock",
            format!("The collector's clock was up to {} seconds away from AWS's.", clock.max_abs_skew_ms / 1000),
        );
    }
    for catalog in input.assessment.catalogs.iter().filter(|c| c.review_overdue) {
        notice(
            false,
            "Review due",
            format!("The catalog {} was to be compared with its sources by {}.", catalog.id, catalog.review_due),
        );
    }
    for catalog in input.assessment.catalogs.iter().filter(|c| !c.published) {
        notice(
            true,
            "Own catalog",
            format!(
                "The catalog {} is not published with this program: its rules and words are those of whoever wrote \
                 data/frameworks/{}.",
                catalog.id, catalog.file_name
            ),
        );
    }
    for outcome in input.assessment.exceptions.iter().filter(|e| !e.because.is_empty()) {
        notice(
            false,
            "Exception without effect",
            format!("{}: {}.", exception_id(outcome), outcome.because.join("; ")),
        );
    }
    for declaration in &input.assessment.unused_declarations {
        notice(false, "Declaration without effect", declaration.clone());
    }
    notices
}

fn cover(input: &Input<'_>) -> Vec<Fact> {
    let run = &input.snapshot.run;
    let regions: Vec<&str> = run.regions.iter().map(crate::model::Region::as_str).collect();
    let frameworks: Vec<String> = input.assessment.catalogs.iter().map(name_of).collect();
    vec![
        fact("Account", format!("{} (partition {})", run.account, run.partition)),
        fact("Regions", regions.join(", ")),
        fact("Collected", format!("{} to {}", seconds(run.started), seconds(run.ended))),
        fact("Events from", format!("{} to {}", seconds(run.window.from), seconds(run.window.to))),
        fact("Read as", run.caller.clone()),
        fact("Catalogs", frameworks.join("; ")),
        fact("Run", run.id.clone()),
        fact("Edition", "internal: everything but secrets"),
        fact("Evidence root", input.evidence_root),
        fact("Written by", format!("Keywitness {}", input.version)),
    ]
}

fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into() }
}

fn name_of(catalog: &CatalogResult) -> String {
    if catalog.framework == catalog.edition {
        catalog.framework.clone()
    } else {
        format!("{} {}", catalog.framework, catalog.edition)
    }
}

fn gap_row(gap: &crate::model::Gap) -> GapRow {
    use crate::model::GapKind;
    let remedy = match (gap.kind, gap.permission()) {
        (GapKind::Denied, Some(permission)) if gap.service == "kms" && !gap.subject.is_empty() => {
            format!("Allow {permission} on this key, in its key policy or (where that delegates) in IAM.")
        }
        (GapKind::Denied, Some(permission)) => format!("Allow {permission} to the reading role."),
        (GapKind::Denied, None) => "Allow the call to the reading role.".to_owned(),
        (GapKind::Throttled, _) => "Run again at a quieter time, or with a lower --quota-share.".to_owned(),
        (GapKind::Failed, _) => "Run again.".to_owned(),
        (GapKind::Vanished, _) => "Run again: what was listed or named is gone.".to_owned(),
        (GapKind::Malformed, _) => "Look at the record: this program does not understand the answer.".to_owned(),
        (GapKind::Incomplete, _) => "Run again, or choose a window that AWS can still see.".to_owned(),
        (GapKind::NotAsked, _) => "Read it where it can be read, such as the key's own account.".to_owned(),
        (GapKind::Inapplicable, _) => String::new(),
    };
    GapRow {
        account: gap.account.to_string(),
        region: gap.region.to_string(),
        call: format!("{}:{}", gap.service, gap.operation),
        subject: gap.subject.clone(),
        kind: gap.kind.word(),
        code: gap.code.clone().unwrap_or_default(),
        detail: gap.detail.clone(),
        remedy,
        record: gap.record.map(|ev| ev.to_string()).unwrap_or_default(),
    }
}

fn population(snapshot: &Snapshot) -> Vec<PopulationRow> {
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
        trails: place.trails.as_ref().map_or_else(|_| "unknown".to_owned(), |t| t.value.len().to_string()),
        gaps: snapshot.gaps.iter().filter(|g| g.account == place.account && g.region == place.region).count(),
    });
    rows.collect()
}

/// How the key of a stream is classed; the order of the bars.
const CLASSES: &[(&str, &str)] = &[
    ("customer-managed", "good"),
    ("AWS-managed", "weak"),
    ("AWS-owned", "weak"),
    ("encryption off", "bad"),
    ("not settled", "open"),
    ("unknown", "open"),
    ("not applicable here", "none"),
];

/// The class of a stream's key, in the words of [`CLASSES`].
fn class_of(snapshot: &Snapshot, stream: &Stream) -> &'static str {
    let Ok(source) = &stream.source else { return "unknown" };
    if source.value != crate::model::stream::Source::DirectPut {
        return "not applicable here";
    }
    let Ok(sse) = &stream.sse else { return "unknown" };
    match sse.value.state {
        SseState::Disabled => return "encryption off",
        SseState::Enabled => {}
        SseState::Enabling | SseState::EnablingFailed | SseState::Disabling | SseState::DisablingFailed => {
            return "not settled";
        }
    }
    match sse.value.key.as_ref().map(|k| &k.value) {
        Ok(SseKey::AwsOwned) => KeyClass::AwsOwned.word(),
        Ok(SseKey::Kms { arn }) => snapshot.key(stream, arn).ok().and_then(key_class).map_or("unknown", KeyClass::word),
        Err(_) => "unknown",
    }
}

fn key_class(key: &Key) -> Option<KeyClass> {
    Some(match key.facts.as_ref().ok()?.value.manager.as_ref().ok()?.value {
        KeyManager::Customer => KeyClass::CustomerManaged,
        KeyManager::Aws => KeyClass::AwsManaged,
    })
}

fn key_classes(snapshot: &Snapshot) -> Vec<Share> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for stream in snapshot.streams() {
        *counts.entry(class_of(snapshot, stream)).or_default() += 1;
    }
    let of = snapshot.streams().count();
    CLASSES
        .iter()
        .map(|(label, tone)| Share { label, count: counts.get(label).copied().unwrap_or(0), of, tone })
        .collect()
}

fn check_row(page: CheckPage, findings: &[Finding]) -> CheckRow {
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

fn cell(finding: &Finding) -> StatusCell {
    StatusCell {
        word: finding.status.word(),
        label: label(finding.status),
        finding: finding.id.clone(),
        exception: finding.exception.clone().unwrap_or_default(),
    }
}

/// Findings by check and subject; scope by stream; streams by key.
struct Index<'a> {
    input: &'a Input<'a>,
    findings: HashMap<(&'a str, &'a str, &'a str), &'a Finding>,
    scope: HashMap<(&'a str, &'a str), &'a ScopedStream>,
    users: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Index<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let mut users: HashMap<(&str, &str), usize> = HashMap::new();
        for stream in input.snapshot.streams() {
            if let Some(arn) = stream.sse_key_arn() {
                *users.entry((stream.region.as_str(), arn)).or_default() += 1;
            }
        }
        let place = |f: &'a Finding| (f.check.as_str(), f.subject.region.as_str(), f.subject.id.as_str());
        Self {
            input,
            findings: input.findings.iter().map(|f| (place(f), f)).collect(),
            scope: input.assessment.scope.iter().map(|s| ((s.region.as_str(), s.name.as_str()), s)).collect(),
            users,
        }
    }

    fn ids(&self, kind: SubjectKind) -> Vec<&'static str> {
        self.input.checks.iter().filter(|c| c.kind == kind).map(|c| c.id).collect()
    }

    fn results(&self, kind: SubjectKind, region: &str, id: &str) -> Vec<StatusCell> {
        let none =
            || StatusCell { word: "unknown", label: "Unknown", finding: String::new(), exception: String::new() };
        let of = |check| self.findings.get(&(check, region, id)).map_or_else(none, |f| cell(f));
        self.ids(kind).into_iter().map(of).collect()
    }

    fn stream(&self, stream: &Stream) -> StreamRow {
        let key = match stream.sse.as_ref().ok().map(|s| &s.value.key) {
            Some(Ok(key)) => match &key.value {
                SseKey::AwsOwned => "AWS-owned".to_owned(),
                SseKey::Kms { arn } => self.input.snapshot.key(stream, arn).map_or_else(|_| arn.clone(), short_key),
            },
            Some(Err(gap)) if gap.kind == crate::model::GapKind::Inapplicable => "none".to_owned(),
            _ => "unknown".to_owned(),
        };
        let source = stream.source.as_ref().ok().map(|s| &s.value);
        let elsewhere = source.is_some_and(|s| *s != crate::model::stream::Source::DirectPut);
        let scope = self.scope.get(&(stream.region.as_str(), stream.name.as_str()));
        let classes = scope.map(|s| s.data_classes.as_slice()).unwrap_or_default();
        let declared = |value: Option<&String>| value.map_or_else(|| "not declared".to_owned(), Clone::clone);
        StreamRow {
            account: stream.account.to_string(),
            region: stream.region.to_string(),
            name: stream.name.clone(),
            arn: stream.arn.clone(),
            status: text(&stream.status, Clone::clone),
            source: text(&stream.source, |s| s.word().to_owned()),
            destinations: text(&stream.destinations, |d| {
                d.iter().map(|k| destination(k)).collect::<Vec<_>>().join(", ")
            }),
            sse: if elsewhere {
                "none of its own".to_owned()
            } else {
                text(&stream.sse, |s| s.state.word().to_owned())
            },
            key_class: class_of(self.input.snapshot, stream),
            key: if elsewhere { "see its source".to_owned() } else { key },
            created: text(&stream.created, |t| day(*t)),
            data_classes: if classes.is_empty() {
                "not declared".to_owned()
            } else {
                classes.iter().map(|c| c.word()).collect::<Vec<_>>().join(", ")
            },
            tenant: declared(scope.and_then(|s| s.tenant.as_ref())),
            environment: declared(scope.and_then(|s| s.environment.as_ref())),
            tags: tags(&stream.tags),
            results: self.results(SubjectKind::Stream, stream.region.as_str(), &stream.arn),
        }
    }

    fn key(&self, key: &Key) -> KeyRow {
        let facts = key.facts.as_ref().ok().map(|f| &f.value);
        let fact = |f: Option<String>| f.unwrap_or_else(|| "unknown".to_owned());
        KeyRow {
            account: key.account.to_string(),
            region: key.region.to_string(),
            name: short_key(key),
            arn: key.arn.clone(),
            aliases: text(&key.aliases, |a| a.join(", ")),
            class: key_class(key).map_or("unknown", KeyClass::word).to_owned(),
            state: fact(facts.map(|f| text(&f.state, |s| s.word().to_owned()))),
            spec: fact(facts.map(|f| text(&f.spec, Clone::clone))),
            origin: fact(facts.map(|f| text(&f.origin, |o| o.word().to_owned()))),
            created: fact(facts.map(|f| text(&f.created, |t| day(*t)))),
            rotation: text(&key.rotation, |r| match (r.enabled, r.period_days) {
                (true, Some(days)) => format!("every {days} days"),
                (true, None) => "on, period not told".to_owned(),
                (false, _) => "off".to_owned(),
            }),
            last_rotation: text(&key.rotations, |r| r.last().map_or_else(|| "none yet".to_owned(), |r| day(r.date))),
            next_rotation: text(&key.rotation, |r| r.next.map_or_else(|| "not told".to_owned(), day)),
            streams: self.users.get(&(key.region.as_str(), key.arn.as_str())).copied().unwrap_or(0),
            tags: tags(&key.tags),
            results: self.results(SubjectKind::Key, key.region.as_str(), &key.arn),
        }
    }
}

/// A reading in a cell: its value, "does not apply" or "unknown".
fn text<T>(reading: &Reading<T>, show: impl FnOnce(&T) -> String) -> String {
    match reading {
        Ok(read) => show(&read.value),
        Err(gap) if gap.kind == crate::model::GapKind::Inapplicable => "does not apply".to_owned(),
        Err(_) => "unknown".to_owned(),
    }
}

fn tags(reading: &Reading<crate::model::stream::Tags>) -> String {
    text(reading, |tags| {
        if tags.is_empty() {
            "none".to_owned()
        } else {
            tags.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("; ")
        }
    })
}

/// An alias, else the id at the end of the ARN.
fn short_key(key: &Key) -> String {
    let name = key.name();
    name.rsplit_once(":key/").map_or(name, |(_, id)| id).to_owned()
}

/// `ExtendedS3DestinationDescription` is `S3` to people.
fn destination(member: &str) -> String {
    match member.strip_suffix("DestinationDescription").unwrap_or(member) {
        "ExtendedS3" | "S3" => "S3",
        "Amazonopensearchservice" => "OpenSearch",
        "AmazonOpenSearchServerless" => "OpenSearch Serverless",
        "HttpEndpoint" => "HTTP endpoint",
        other => other,
    }
    .to_owned()
}

fn finding_row(finding: &Finding, checks: &[CheckPage]) -> FindingRow {
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

fn catalog(result: &CatalogResult, input: &Input<'_>) -> CatalogView {
    let mut facts = vec![
        fact("Publisher", result.publisher.clone()),
        fact("Catalog file", format!("data/frameworks/{} version {}", result.file_name, result.catalog_version)),
        fact("SHA-256 of the file", result.sha256.clone()),
        fact("File", if result.published { "published with this program" } else { "not published with this program" }),
        fact("Reviewed", format!("{}; due again {}", result.reviewed_on, result.review_due)),
    ];
    facts.extend(result.source_url.iter().map(|u| fact("Publisher's text", u.clone())));
    facts.extend(result.licence_note.iter().map(|n| fact("Licence", n.clone())));
    CatalogView {
        id: result.id.clone(),
        name: name_of(result),
        facts,
        disclaimer: result.disclaimer.clone().unwrap_or_default(),
        overdue: result.review_overdue,
        own_rules: result.own_rules,
        published: result.published,
        counts: RequirementStatus::ALL
            .iter()
            .map(|s| StatusTotal { word: s.word(), label: s.label(), count: result.count(*s) })
            .collect(),
        requirements: result.outcomes.iter().map(|o| requirement(result, o, input)).collect(),
    }
}

fn requirement(catalog: &CatalogResult, outcome: &Outcome, input: &Input<'_>) -> RequirementView {
    let entry = &outcome.requirement;
    let population = input.assessment.population(outcome);
    let responsibility = entry.shared_responsibility.as_ref().map(|s| {
        let mut facts = vec![fact("AWS", s.aws.clone()), fact("Entity", s.entity.clone())];
        facts.extend(s.evidence_of_aws_part.iter().map(|e| fact("Shown by", e.clone())));
        facts
    });
    RequirementView {
        anchor: anchor(&catalog.id, &entry.id),
        catalog: catalog.id.clone(),
        id: entry.id.clone(),
        title: entry.title.clone(),
        paraphrase: entry.paraphrase.clone(),
        official_text: entry.official_text.clone().unwrap_or_default(),
        group: entry.group.clone().unwrap_or_default(),
        obligation: entry.obligation.word(),
        coverage: entry.coverage.word(),
        status: outcome.status.word(),
        status_label: outcome.status.label(),
        reasons: outcome
            .reasons
            .iter()
            .map(|r| ReasonView { code: r.code.word(), sentence: r.sentence.clone() })
            .collect(),
        population: population.map(population_sentence).unwrap_or_default(),
        checks: outcome.checks.iter().map(|c| requirement_check(c, input.checks)).collect(),
        procedures: entry
            .procedures
            .iter()
            .map(|p| ProcedureView {
                id: p.id.clone(),
                methods: p.methods.iter().map(|m| m.word()).collect::<Vec<_>>().join(", "),
                object: p.object.clone(),
                contribution: p.tool_contribution.word(),
            })
            .collect(),
        manual: outcome
            .manual
            .iter()
            .map(|m| ManualView {
                id: m.id.clone(),
                kind: m.kind.word(),
                what: m.what.clone(),
                required: if m.required { "required" } else { "welcome" },
                reference: m.references.join("; "),
            })
            .collect(),
        decision_records: outcome.decision_records.clone(),
        related: related(&entry.crosswalk),
        responsibility: responsibility.unwrap_or_default(),
        not_shown: entry.not_shown.clone().unwrap_or_default(),
        sources: entry.sources.join("; "),
    }
}

/// Related statements of other catalogs, in a sentence.
fn related(crosswalk: &[Crosswalk]) -> String {
    let one = |c: &Crosswalk| format!("{} {} ({})", c.catalog, c.id, c.relation().replace('-', " "));
    crosswalk.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn exception_id(outcome: &ExceptionOutcome) -> &str {
    if outcome.exception.id.trim().is_empty() { "an exception without id" } else { &outcome.exception.id }
}

fn exception_row(outcome: &ExceptionOutcome) -> ExceptionRow {
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

fn attachments(settings: &Settings) -> Vec<AttachmentRow> {
    let all = settings.decision_records.iter().map(|a| (a, "decision record"));
    let all: Vec<_> =
        all.chain(settings.manual_evidence.iter().map(|a| (a, a.item.as_deref().unwrap_or("")))).collect();
    let row = |attachment: &Attachment| {
        let uses = all.iter().filter(|(a, _)| a.attachment.as_ref() == Some(attachment));
        let uses: Vec<String> = uses.map(|(a, what)| format!("{} {} {what}", a.catalog, a.requirement)).collect();
        AttachmentRow {
            path: attachment.path.clone(),
            name: attachment.name.clone(),
            bytes: attachment.bytes,
            sha256: attachment.sha256.clone(),
            used_for: uses.join("; "),
        }
    };
    settings.attachments().into_iter().map(row).collect()
}

/// An anchor that HTML and PDF both can have: `pci-dss-4.0.1-3.7.4`, `hipaa-security-rule-164.312-a-2-iv`.
fn anchor(catalog: &str, id: &str) -> String {
    let mut anchor = format!("{catalog}-");
    for c in id.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => anchor.push(c),
            _ if !anchor.ends_with('-') => anchor.push('-'),
            _ => {}
        }
    }
    anchor.trim_end_matches('-').to_owned()
}

fn population_sentence(population: &crate::model::assessment::Population) -> String {
    let about = if population.data_classes.is_empty() {
        "all streams".to_owned()
    } else {
        let classes: Vec<&str> = population.data_classes.iter().map(|c| c.word()).collect();
        format!("streams declared to carry {}", classes.join(" or "))
    };
    if let Some(what) = population.to_declare.as_ref().filter(|_| !population.declared) {
        return format!("About {about}. {what}");
    }
    let complete = if population.complete {
        String::new()
    } else {
        format!(" Incomplete: {}.", population.incomplete_because.join("; "))
    };
    format!(
        "About {about}: {} of {} listed streams, {} keys, {} Regions.{complete}",
        population.streams.len(),
        population.streams_listed,
        population.keys.len(),
        population.regions.len()
    )
}

fn requirement_check(outcome: &CheckOutcome, checks: &[CheckPage]) -> RequirementCheck {
    let counts = outcome.answer.counts();
    let answer = match outcome.answer {
        Answer::NotAsked => "not asked".to_owned(),
        Answer::NoSubject => "nothing in scope to ask it of".to_owned(),
        Answer::Counted(c) => format!("{} of {}", c.pass, c.total()),
    };
    let records: Vec<String> = outcome.records.iter().map(ToString::to_string).collect();
    RequirementCheck {
        check: outcome.check.clone(),
        title: checks.iter().find(|c| c.id == outcome.check).map_or("", |c| c.title),
        relation: format!("{}{}", outcome.relation.word(), if outcome.mandatory { ", mandatory" } else { "" }),
        on_fail: outcome.on_fail.word(),
        answer,
        counted: matches!(outcome.answer, Answer::Counted(_)),
        pass: counts.pass,
        fail: counts.fail,
        excepted: counts.excepted,
        unknown: counts.unknown,
        not_applicable: counts.not_applicable,
        records: records.join(", "),
    }
}

fn queries(snapshot: &Snapshot) -> Vec<QueryRow> {
    let rows = snapshot.places.iter().flat_map(|place| {
        place.events.iter().map(|query| QueryRow {
            account: place.account.to_string(),
            region: place.region.to_string(),
            name: query.name.clone(),
            returned: match &query.events {
                Ok(events) if events.value.len() == 1 => "1 event returned by this query".to_owned(),
                Ok(events) => format!("{} events returned by this query", events.value.len()),
                Err(gap) => format!("unknown: {} ({} events before the gap)", gap.sentence(), query.partial.len()),
            },
        })
    });
    rows.collect()
}

fn events(snapshot: &Snapshot) -> Vec<EventRow> {
    let mut rows: Vec<EventRow> = Vec::new();
    for place in &snapshot.places {
        let mut found: Vec<&Event> = place
            .events
            .iter()
            .flat_map(|q| q.events.as_ref().map_or(q.partial.as_slice(), |e| e.value.as_slice()))
            .collect();
        found.sort_by(|a, b| (b.time, &a.id).cmp(&(a.time, &b.id)));
        rows.extend(found.into_iter().map(|event| EventRow {
            account: place.account.to_string(),
            region: place.region.to_string(),
            time: seconds(event.time),
            name: event.name.clone(),
            source: event.source.clone(),
            who: event.who.clone(),
            resources: event.resources.join(", "),
            error: event.error.clone().unwrap_or_default(),
            id: event.id.clone(),
            citation: event.at.to_string(),
        }));
    }
    rows
}

fn declarations(input: &Input<'_>) -> Vec<DeclarationRow> {
    let settings = input.settings;
    let mut rows = Vec::new();
    let mut row = |setting: &str, value: String| rows.push(DeclarationRow { setting: setting.to_owned(), value });
    let none = |text: String| if text.is_empty() { "not declared".to_owned() } else { text };
    row("entity", none(settings.entity.clone().unwrap_or_default()));
    row("scope.data_class_tag", none(settings.scope.data_class_tag.clone().unwrap_or_default()));
    for (value, classes) in &settings.scope.tag_values {
        row(&format!("scope.tag_values.{value}"), classes.iter().map(|c| c.word()).collect::<Vec<_>>().join(", "));
    }
    row("scope.tenant_tag", none(settings.scope.tenant_tag.clone().unwrap_or_default()));
    row("scope.environment_tag", none(settings.scope.environment_tag.clone().unwrap_or_default()));
    for rule in &settings.scope.streams {
        row("scope.streams", stream_rule(rule));
    }
    for period in &settings.cryptoperiods {
        row("cryptoperiods", period_rule(period));
    }
    for (name, value) in &settings.parameters {
        row(&format!("parameters.{name}"), value.to_string());
    }
    row("required_tags.streams", none(settings.required_tags.streams.join(", ")));
    row("required_tags.keys", none(settings.required_tags.keys.join(", ")));
    row("declared_measures", none(settings.declared_measures.iter().cloned().collect::<Vec<_>>().join(", ")));
    for item in &settings.not_applicable {
        row(
            "not_applicable",
            format!("{} {}: {} ({}, {})", item.catalog, item.requirement, item.reason, item.name, item.date),
        );
    }
    for item in &settings.decision_records {
        row("decision_records", format!("{} {}: {}", item.catalog, item.requirement, item.place()));
    }
    for item in &settings.manual_evidence {
        row(
            "manual_evidence",
            format!("{} {} {}: {}", item.catalog, item.requirement, item.item.as_deref().unwrap_or(""), item.place()),
        );
    }
    rows
}

fn stream_rule(rule: &StreamRule) -> String {
    let classes = rule.data_classes.as_ref().map(|classes| match classes.len() {
        0 => "none of the classes".to_owned(),
        _ => classes.iter().map(|c| c.word()).collect::<Vec<_>>().join(", "),
    });
    let place = [("account", &rule.account), ("Region", &rule.region)];
    let place =
        place.into_iter().filter_map(|(what, v)| v.as_ref().map(|v| format!(", {what} {v}"))).collect::<String>();
    let tenant = rule.tenant.as_ref().map(|t| format!("tenant {t}"));
    let environment = rule.environment.as_ref().map(|e| format!("environment {e}"));
    let says: Vec<String> = [classes, tenant, environment].into_iter().flatten().collect();
    format!("{}{place}: {}", rule.name, says.join("; "))
}

fn period_rule(rule: &Cryptoperiod) -> String {
    let tag = rule.tag.as_ref().map(|tag| match &rule.value {
        Some(value) => format!("tag {tag}={value}"),
        None => format!("tag {tag}"),
    });
    let parts = [
        rule.key.as_ref().map(|k| format!("key {k}")),
        tag,
        rule.data_class.map(|c| format!("data class {}", c.word())),
        rule.account.as_ref().map(|a| format!("account {a}")),
        rule.region.as_ref().map(|r| format!("Region {r}")),
    ];
    format!("{}: {} days", parts.into_iter().flatten().collect::<Vec<_>>().join(", "), rule.days)
}

fn method(input: &Input<'_>, clock: ClockCheck) -> Vec<Fact> {
    let run = &input.snapshot.run;
    let records = input.records;
    let failed = records.iter().filter(|r| r.error.is_some()).count();
    let retried: usize = records.iter().map(|r| r.attempts.len().saturating_sub(1)).sum();
    let withheld: usize = records.iter().map(|r| r.withheld.len()).sum();
    let mut hosts: Vec<&str> = run.endpoints.iter().map(|e| e.url.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    vec![
        fact("Collected by", format!("{} {}", run.tool.name, run.tool.version)),
        fact("Report by", format!("keywitness {}", input.version)),
        fact("Command", run.command.clone()),
        fact("Caller", run.caller.clone()),
        fact(
            "Rate",
            if run.rate == "none" { "not limited".to_owned() } else { format!("{} of AWS's request quotas", run.rate) },
        ),
        fact("Calls", format!("{} recorded, {failed} without an answer, {retried} attempts repeated", records.len())),
        fact("Endpoints", hosts.join(", ")),
        fact(
            "Clock",
            if clock.samples == 0 {
                "no answer had a Date header to compare with".to_owned()
            } else {
                format!(
                    "at most {} ms from AWS's Date headers, over {} answers (a Date has whole seconds)",
                    clock.max_abs_skew_ms, clock.samples
                )
            },
        ),
        fact(
            "Withheld",
            format!(
                "{withheld} values that are secret or not on the allow list; their places are named in the records"
            ),
        ),
        fact(
            "Events",
            "LookupEvents, by event name: management events of the last 90 days, one attribute a query. Delivery takes minutes, \
              and requests that another account refused are recorded only there. It shows events of KMS even where trails \
              leave them out, so it is no proof that a trail records them.",
        ),
        fact(
            "Population",
            "Streams: every name that ListDeliveryStreams gave, to HasMoreDeliveryStreams false. Keys: each distinct key that \
              a stream's server-side encryption names.",
        ),
    ]
}

fn operations(records: &[Record]) -> Vec<OperationRow> {
    let mut groups: BTreeMap<(&str, &str, &str), Vec<&Record>> = BTreeMap::new();
    for record in records {
        groups.entry((record.region.as_str(), &record.service, &record.operation)).or_default().push(record);
    }
    let rows = groups.into_iter().map(|((region, service, operation), records)| OperationRow {
        region: region.to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        calls: records.len(),
        failed: records.iter().filter(|r| r.error.is_some()).count(),
        retries: records.iter().map(|r| r.attempts.len().saturating_sub(1)).sum(),
        records: match (records.first(), records.last()) {
            (Some(first), Some(last)) if first.ev != last.ev => format!("{} to {}", first.ev, last.ev),
            (Some(first), _) => first.ev.to_string(),
            _ => String::new(),
        },
    });
    rows.collect()
}

fn evidence_row(record: &Record) -> EvidenceRow {
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
