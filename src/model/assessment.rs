//! What the catalogs make of the findings: every requirement, its status, and why.
//!
//! It is written to `data/assessment.json` and every report reads it, so that HTML, PDF and CSV cannot disagree.
//! A requirement's page needs nothing else than its [`Outcome`], its [`Population`] and the findings.

use super::catalog::{CheckScope, ManualKind, OnFail, Relation, Requirement};
use super::finding::FindingId;
use super::names::{AccountId, Region};
use super::reading::Ev;
use super::run::Window;
use super::settings::{DataClass, Exception};
use super::time::{self, Time};
use serde::{Deserialize, Serialize};

/// The status of a requirement. There is no eighth, and no score.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequirementStatus {
    /// A resource in scope failed a check that the requirement cannot live with.
    NotSatisfied,
    /// Something that the requirement cannot be judged without is not known, not declared or too old.
    EvidenceMissing,
    /// Nothing contradicts and nothing is missing, but a check that weakens failed, or an exception was used.
    Partly,
    /// Every mandatory check passes for the whole population; a person's part is outstanding.
    SupportedInPart,
    /// The same, where the checks cover all of it: only an organization's own rules.
    SatisfiedByEvidence,
    /// This program does not judge it: nothing to judge, or nothing that could.
    NotAssessed,
    /// The entity has declared so, with name, date and reason.
    NotApplicable,
}

impl RequirementStatus {
    /// All seven, in the order in which tables print them.
    pub const ALL: [Self; 7] = [
        Self::NotSatisfied,
        Self::EvidenceMissing,
        Self::Partly,
        Self::SupportedInPart,
        Self::SatisfiedByEvidence,
        Self::NotAssessed,
        Self::NotApplicable,
    ];

    /// The word of files and of `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotSatisfied => "not_satisfied",
            Self::EvidenceMissing => "evidence_missing",
            Self::Partly => "partly",
            Self::SupportedInPart => "supported_in_part",
            Self::SatisfiedByEvidence => "satisfied_by_evidence",
            Self::NotAssessed => "not_assessed",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotSatisfied => "Evidence contradicts",
            Self::EvidenceMissing => "Evidence missing",
            Self::Partly => "Partly supported",
            Self::SupportedInPart => "Technical evidence supports; manual evidence outstanding",
            Self::SatisfiedByEvidence => "Satisfied by evidence",
            Self::NotAssessed => "Not assessed by this tool",
            Self::NotApplicable => "Not applicable (declared)",
        }
    }

    /// How much is claimed in the entity's favour: the order in which "no result may improve" is meant. Three
    /// statuses claim nothing, and an answer that is taken away may turn one of them into another. A declared
    /// "not applicable" rests on no answer and stands outside.
    #[must_use]
    pub fn claim(self) -> Option<u8> {
        match self {
            Self::NotSatisfied | Self::EvidenceMissing | Self::NotAssessed => Some(0),
            Self::Partly => Some(1),
            Self::SupportedInPart => Some(2),
            Self::SatisfiedByEvidence => Some(3),
            Self::NotApplicable => None,
        }
    }
}

/// Everything that the catalogs make of one snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// When the first call was made. Results hold for the time of collection, and never "now".
    #[serde(with = "time::millis")]
    pub collected_from: Time,
    /// When the last answer was in.
    #[serde(with = "time::millis")]
    pub collected_to: Time,
    /// The window of the event queries.
    pub window: Window,
    /// The catalogs, in the order in which they were given.
    pub catalogs: Vec<CatalogResult>,
    /// The groups of streams that requirements are about, each once.
    pub populations: Vec<Population>,
    /// Every stream, what it is declared to carry, and what that puts it in scope of.
    pub scope: Vec<ScopedStream>,
    /// The register of exceptions, in the order in which they are declared.
    pub exceptions: Vec<ExceptionOutcome>,
    /// Declarations that named no requirement, item or catalog of this run: perhaps a slip of the pen.
    pub unused_declarations: Vec<String>,
}

impl Assessment {
    /// The population of an outcome.
    #[must_use]
    pub fn population(&self, outcome: &Outcome) -> Option<&Population> {
        self.populations.iter().find(|p| p.id == outcome.population)
    }

    /// What a check said of the population of an outcome: the findings behind the counts.
    #[must_use]
    pub fn answers(&self, outcome: &Outcome, check: &CheckOutcome) -> Option<&PopulationAnswers> {
        self.population(outcome)?.answers.iter().find(|a| a.check == check.check && a.scope == check.scope)
    }
}

/// What became of one declared exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionOutcome {
    /// As it was declared.
    pub exception: Exception,
    /// Whether it counts.
    pub state: ExceptionState,
    /// Why not, where it does not.
    pub because: Vec<String>,
    /// Ids of the failing findings that stand under it.
    pub findings: Vec<FindingId>,
}

/// Whether an exception counts, on the day on which the evidence was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionState {
    /// It counts.
    Valid,
    /// Its last day was before that day; it counts as none.
    Expired,
    /// It was approved after that day; it counts as none.
    NotYetApproved,
    /// Something is not filled in or makes no sense; it counts as none.
    Incomplete,
}

impl ExceptionState {
    /// The word of files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetApproved => "not_yet_approved",
            Self::Incomplete => "incomplete",
        }
    }

    /// The words of people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired: counts as none",
            Self::NotYetApproved => "not yet approved: counts as none",
            Self::Incomplete => "incomplete: counts as none",
        }
    }
}

/// What became of one catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogResult {
    /// Its id.
    pub id: String,
    /// The framework's name.
    pub framework: String,
    /// Its edition.
    pub edition: String,
    /// Who publishes it.
    pub publisher: String,
    /// Where the publisher keeps the text.
    pub source_url: Option<String>,
    /// The version of the file.
    pub catalog_version: String,
    /// When the file was last compared with its sources.
    pub reviewed_on: String,
    /// When that is due again.
    pub review_due: String,
    /// Whether that day was past when the evidence was collected.
    pub review_overdue: bool,
    /// The file's name in the pack.
    pub file_name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The terms of its text.
    pub licence_note: Option<String>,
    /// What the catalog is not.
    pub disclaimer: Option<String>,
    /// Whether these are the organization's own rules and no external framework.
    pub own_rules: bool,
    /// Whether the file is, byte for byte, one that comes or came with this program.
    pub published: bool,
    /// How many requirements have each status, in the order of [`RequirementStatus::ALL`], zeros included.
    pub counts: Vec<StatusCount>,
    /// Every requirement, in the order of the file.
    pub outcomes: Vec<Outcome>,
}

impl CatalogResult {
    /// How many requirements have a status.
    #[must_use]
    pub fn count(&self, status: RequirementStatus) -> usize {
        self.counts.iter().find(|c| c.status == status).map_or(0, |c| c.requirements)
    }
}

/// How many requirements have a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusCount {
    /// The status.
    pub status: RequirementStatus,
    /// How many.
    pub requirements: usize,
}

/// What became of one requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The catalog's entry: title, procedures, what is not shown, shared responsibility, sources …
    pub requirement: Requirement,
    /// The status.
    pub status: RequirementStatus,
    /// Why, the deciding reasons first. Never empty.
    pub reasons: Vec<Reason>,
    /// The id of the [`Population`] that it was judged on.
    pub population: String,
    /// Each check that speaks to it, in the order of the catalog.
    pub checks: Vec<CheckOutcome>,
    /// What a person must still obtain, and what is attached.
    pub manual: Vec<ManualOutcome>,
    /// Where the decision records are that the entity has declared for it.
    pub decision_records: Vec<String>,
    /// The declaration, where the entity has declared it not applicable.
    pub declaration: Option<Declaration>,
}

/// A declared "not applicable" that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Who declares it.
    pub name: String,
    /// When.
    pub date: String,
    /// Why.
    pub reason: String,
}

/// Why a requirement has its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The kind of reason.
    pub code: ReasonCode,
    /// The check that it is about.
    pub check: Option<String>,
    /// The reason for people.
    pub sentence: String,
}

macro_rules! reason_codes {
    ($($variant:ident = $word:literal, $doc:literal;)+) => {
        /// Kinds of reasons. The words never change their meaning: old packs cite them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ReasonCode {
            $(#[doc = $doc] #[serde(rename = $word)] $variant,)+
        }

        impl ReasonCode {
            /// All of them, with what they mean.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $doc)),+];

            /// The word of files and reports.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
reason_codes! {
    DeclaredNotApplicable = "DECLARED_NOT_APPLICABLE", "The entity has declared it not applicable.";
    DeclarationInvalid = "DECLARATION_INVALID", "A declared \"not applicable\" lacks a name, a date or a reason and does not count.";
    ManualOnly = "MANUAL_ONLY", "No check speaks to it; only a person can show it.";
    ScopeUndeclared = "SCOPE_UNDECLARED", "Nobody has declared what the streams carry, or whether the requirement concerns the entity.";
    NothingInScope = "NOTHING_IN_SCOPE", "No stream is in scope.";
    Contradicts = "CONTRADICTS", "A check failed that the requirement cannot live with.";
    ContradictsOwnMeasure = "CONTRADICTS_OWN_MEASURE", "A check failed that contradicts a measure the entity has declared as its own.";
    ParamMissing = "PARAM_MISSING", "A value is not declared that only the entity can set.";
    CheckUnknown = "CHECK_UNKNOWN", "A check that is needed was not decided for every resource.";
    NoResult = "NO_RESULT", "A check that is needed gave no result.";
    OptionalUnknown = "OPTIONAL_UNKNOWN", "A further check was not decided; had it failed, the support would be weaker, so it counts as weaker.";
    PopulationIncomplete = "POPULATION_INCOMPLETE", "Not every resource in scope is known.";
    Stale = "STALE", "The evidence is older than the limit.";
    DecisionRecordMissing = "DECISION_RECORD_MISSING", "A check of an addressable specification failed and no decision record is on file.";
    AlternativeOnFile = "ALTERNATIVE_ON_FILE_NOT_EVALUATED", "A decision record is on file; this program does not evaluate it.";
    InformsOnly = "INFORMS_ONLY", "The checks give facts and no result.";
    Weakens = "WEAKENS", "A check failed that makes the support weaker.";
    ExceptionUsed = "EXCEPTION_USED", "A failure stands under an approved exception.";
    NoPositiveEvidence = "NO_POSITIVE_EVIDENCE", "No check that could support it has passed.";
    CoveragePartial = "COVERAGE_PARTIAL", "The checks show a part of it and never all.";
    ManualOutstanding = "MANUAL_EVIDENCE_OUTSTANDING", "What a person must obtain is not attached.";
    AllShown = "ALL_SHOWN", "Every check passes for the whole population, and the checks cover all of it.";
    StreamsUndeclared = "STREAMS_UNDECLARED", "Some streams have no declared data class and are not counted.";
}

/// How many resources gave which answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Passed.
    pub pass: usize,
    /// Failed, without a valid exception.
    pub fail: usize,
    /// Failed, under an approved exception.
    pub excepted: usize,
    /// Not decided: denied, throttled, not collected, not understood, not asked.
    pub unknown: usize,
    /// The question did not arise.
    pub not_applicable: usize,
}

impl Counts {
    /// How many resources there are.
    #[must_use]
    pub fn total(self) -> usize {
        self.pass + self.fail + self.excepted + self.unknown + self.not_applicable
    }

    /// How many were decided one way or the other.
    #[must_use]
    pub fn decided(self) -> usize {
        self.pass + self.fail + self.excepted
    }
}

/// What a check said of a whole population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing: it was not asked.
    NotAsked,
    /// The population is known and holds nothing to ask it of, such as a key where no stream uses one.
    NoSubject,
    /// It was asked of every resource.
    Counted(Counts),
}

impl Answer {
    /// The counts; zeros where there are none.
    #[must_use]
    pub fn counts(self) -> Counts {
        match self {
            Self::Counted(counts) => counts,
            Self::NotAsked | Self::NoSubject => Counts::default(),
        }
    }
}

/// A check on a requirement's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckOutcome {
    /// The check's id.
    pub check: String,
    /// What it is asked of.
    pub scope: CheckScope,
    /// How strongly it speaks to the requirement.
    pub relation: Relation,
    /// Whether the requirement cannot be judged without it.
    pub mandatory: bool,
    /// What a failure means here.
    pub on_fail: OnFail,
    /// What it said.
    pub answer: Answer,
    /// The parameters that it needs and that nobody declared.
    pub parameters_missing: Vec<String>,
    /// The records that its findings cite.
    pub records: Vec<EvSpan>,
}

/// Records in a row, both ends included: what a reference column has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvSpan {
    /// The first.
    pub first: Ev,
    /// The last; the same as the first for a single record.
    pub last: Ev,
}

impl std::fmt::Display for EvSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{} to {}", self.first, self.last) }
    }
}

/// What a person must still obtain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualOutcome {
    /// Its id within the requirement.
    pub id: String,
    /// What kind of evidence it is.
    pub kind: ManualKind,
    /// Whether the requirement cannot be shown without it.
    pub required: bool,
    /// What exactly.
    pub what: String,
    /// Where it is, as the entity has declared; empty when it is outstanding. This program has not read it.
    pub references: Vec<String>,
}

/// A group of streams that requirements are about, with what the checks said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// `all`, or the data classes: `pan+sad`; with a flag `pan+sad,service_provider`.
    pub id: String,
    /// The data classes; empty for all streams.
    pub data_classes: Vec<DataClass>,
    /// The yes-or-no parameter on which it depends.
    pub flag: Option<String>,
    /// Whether the entity has declared enough to know the scope.
    pub declared: bool,
    /// What to declare, where it has not.
    pub to_declare: Option<String>,
    /// Whether every resource in scope is known.
    pub complete: bool,
    /// Why not, where not.
    pub incomplete_because: Vec<String>,
    /// Streams that were listed, in scope or not.
    pub streams_listed: usize,
    /// Streams without a declared data class, where the scope depends on one.
    pub streams_undeclared: usize,
    /// ARNs of the streams in scope.
    pub streams: Vec<String>,
    /// ARNs of the KMS keys that encrypt them, each once for every account and Region that uses it.
    pub keys: Vec<String>,
    /// Streams in scope whose key is not known.
    pub keys_unknown: usize,
    /// `account/region` of each place that holds a stream in scope.
    pub regions: Vec<String>,
    /// What each check said, in the order of the checks' ids.
    pub answers: Vec<PopulationAnswers>,
}

/// What one check said of a population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationAnswers {
    /// The check's id.
    pub check: String,
    /// What it is asked of.
    pub scope: CheckScope,
    /// The counts.
    pub answer: Answer,
    /// Ids of the findings that failed.
    pub failed: Vec<FindingId>,
    /// Ids of the findings that failed under an approved exception.
    pub excepted: Vec<FindingId>,
    /// Ids of the findings that were not decided.
    pub unknown: Vec<FindingId>,
    /// Ids of the findings that passed.
    pub passed: Vec<FindingId>,
    /// Ids of the findings where the question did not arise.
    pub not_applicable: Vec<FindingId>,
    /// Resources in scope for which there is no finding; they count as unknown.
    pub without_finding: Vec<String>,
    /// The records that the findings cite.
    pub records: Vec<EvSpan>,
}

/// One stream in the table of scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopedStream {
    /// The account in which it was read.
    pub account: AccountId,
    /// The Region in which it was read.
    pub region: Region,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What it is declared to carry; empty when nothing is declared.
    pub data_classes: Vec<DataClass>,
    /// Whose it is declared to be; `unknown` where the tag that tells could not be read.
    pub tenant: Option<String>,
    /// Where it is declared to run; `unknown` where the tag that tells could not be read.
    pub environment: Option<String>,
    /// Where that is declared: the tag, the rule.
    pub declared_by: Vec<String>,
    /// Why nothing, or not everything, is declared.
    pub undeclared_because: Option<String>,
    /// The catalogs with a requirement that this stream is in scope of.
    pub in_scope_of: Vec<String>,
}
