//! A control catalog: one edition of one framework, as data.
//!
//! The files in `frameworks/` have this form, and so have an organization's own. A catalog says what a
//! requirement is about (in our words where the text is copyrighted), which checks speak to it and how strongly,
//! what a failing check means there, and what a person must still obtain. It never holds a result.
//!
//! Order in the file is the order of print. An edition is never overwritten: a new edition is a new file.

use super::assessment::RequirementStatus;
use super::finding::SubjectKind;
use super::settings::DataClass;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The form that this program reads; a file says which one it has.
pub const SCHEMA_VERSION: u32 = 1;

/// One catalog, as its file has it.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which framework and edition, from whom, under which licence.
    pub catalog: Header,
    /// The values that only the entity can set.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// The numbered statements.
    pub requirements: Vec<Requirement>,
}

/// A catalog that was read and found sound, with the very bytes it was read from: they go into the pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What the file says.
    pub catalog: Catalog,
    /// The file's name, `gdpr.yaml`.
    pub file_name: String,
    /// The file's text.
    pub text: String,
    /// SHA-256 of the text, in hex.
    pub sha256: String,
    /// Whether the text is, byte for byte, one that comes or came with this program.
    pub published: bool,
}

/// What a catalog is.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The id that declarations and reports use; the file's name without its ending.
    pub id: String,
    /// The framework's name.
    pub framework: String,
    /// Its edition.
    pub edition: String,
    /// Who publishes it.
    pub publisher: String,
    /// When it was published: a year, a month or a day.
    #[serde(default)]
    pub published: Option<String>,
    /// Since when it is the edition in force.
    #[serde(default)]
    pub in_force_from: Option<String>,
    /// Since when every requirement with a later date of its own is in effect.
    #[serde(default)]
    pub all_dated_requirements_effective: Option<String>,
    /// When another edition took its place.
    #[serde(default)]
    pub superseded_on: Option<String>,
    /// When its text last changed.
    #[serde(default)]
    pub last_amended: Option<String>,
    /// Where the publisher keeps the text.
    #[serde(default)]
    pub source_url: Option<String>,
    /// Under which terms text may stand in the file.
    pub text_licence: TextLicence,
    /// Those terms in a sentence.
    #[serde(default)]
    pub licence_note: Option<String>,
    /// What the catalog is not.
    #[serde(default)]
    pub disclaimer: Option<String>,
    /// The version of this file, as `1.0.0`.
    pub catalog_version: String,
    /// When somebody last compared the file with its sources.
    pub reviewed_on: String,
    /// Who did.
    #[serde(default)]
    pub reviewed_by: Option<String>,
    /// When that is due again; after that day packs carry a banner.
    pub review_due: String,
    /// The regular expression that every requirement's id matches.
    pub id_pattern: String,
    /// Changes of the framework that are under way.
    #[serde(default)]
    pub pending_changes: Vec<PendingChange>,
}

/// Under which terms a framework's text may stand in a catalog.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextLicence {
    /// The text is copyrighted: ids and our own paraphrases only.
    CopyrightParaphraseOnly,
    /// United States law.
    UsGovernmentPublicDomain,
    /// European Union law.
    EuLegislationReuse,
    /// The user supplied the text under a licence of their own.
    LicensedUserSupplied,
    /// The organization's own rules.
    Own,
}

/// A change of the framework that is under way.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingChange {
    /// Which change.
    pub what: String,
    /// How far it has come.
    pub status: ChangeStatus,
    /// As of when that is known.
    pub as_of: String,
    /// What it does to this file.
    pub effect_on_catalog: String,
}

/// How far a change of a framework has come.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStatus {
    /// Somebody proposed it.
    Proposed,
    /// It was decided.
    Adopted,
    /// It was given up.
    Withdrawn,
}

/// A value that only the entity can set, in `[parameters]` of `keywitness.toml`.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub id: String,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// What holds when nothing is declared. A parameter that a check needs has none: nobody but the entity knows it.
    #[serde(default)]
    pub default: Option<Value>,
    /// Who sets it.
    pub declared_by: DeclaredBy,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub what: Option<String>,
    /// For a list: the words that mean something here.
    #[serde(default)]
    pub values: Vec<String>,
    /// The requirements that use it.
    #[serde(default)]
    pub used_by: Vec<String>,
}

/// What kind of value a parameter takes.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A whole number greater than zero.
    Integer,
    /// A list of words.
    List,
    /// A day.
    Date,
    /// Yes or no.
    Bool,
    /// A text.
    String,
}

impl ParameterKind {
    /// Whether a declared value is of this kind and says something.
    #[must_use]
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Integer => value.as_u64().is_some_and(|n| n > 0),
            Self::List => value.as_array().is_some_and(|a| !a.is_empty() && a.iter().all(Value::is_string)),
            Self::Date => value.as_str().is_some_and(is_day),
            Self::Bool => value.is_boolean(),
            Self::String => value.as_str().is_some_and(|s| !s.trim().is_empty()),
        }
    }
}

/// Who sets a parameter.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclaredBy {
    /// The assessed entity.
    Entity,
}

/// One numbered statement of a framework.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The framework's own id.
    pub id: String,
    /// A short heading: ours, or the public one.
    pub title: String,
    /// What it says, in our words.
    pub paraphrase: String,
    /// What it says in its own words, where the licence allows.
    #[serde(default)]
    pub official_text: Option<String>,
    /// The heading under which it is printed.
    #[serde(default)]
    pub group: Option<String>,
    /// The requirement that it belongs to. Nothing is computed from children.
    #[serde(default)]
    pub parent: Option<String>,
    /// How binding it is.
    pub obligation: Obligation,
    /// To whom it applies.
    pub applies_to: Vec<AppliesTo>,
    /// Which streams it is about; without it, all of them.
    #[serde(default)]
    pub applies_when: Option<AppliesWhen>,
    /// Since when, for a requirement with a date of its own.
    #[serde(default)]
    pub effective_from: Option<String>,
    /// How much of it the checks can show at best.
    pub coverage: Coverage,
    /// The assessor's procedures in which this evidence may be used.
    #[serde(default)]
    pub procedures: Vec<Procedure>,
    /// The checks that speak to it.
    #[serde(default)]
    pub checks: Vec<CheckLink>,
    /// What a person must still obtain.
    #[serde(default)]
    pub manual_evidence: Vec<ManualEvidence>,
    /// Who does what: AWS, the entity.
    #[serde(default)]
    pub shared_responsibility: Option<SharedResponsibility>,
    /// What this evidence does not show; printed on the requirement's page.
    #[serde(default)]
    pub not_shown: Option<String>,
    /// Related statements of other frameworks. No status is ever carried over one.
    #[serde(default)]
    pub crosswalk: Vec<Crosswalk>,
    /// Where the facts of this entry come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Examples: results given, status expected. The test suite runs them.
    #[serde(default, skip_serializing)]
    pub tests: Vec<Example>,
}

/// How binding a requirement is.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obligation {
    /// It must be met.
    Required,
    /// HIPAA: implement it, or document why not and what is done instead (45 CFR 164.306(d)(3)).
    Addressable,
    /// As the risk demands.
    RiskBased,
    /// Where a condition of its own holds.
    Conditional,
    /// An aim without a pass mark.
    Outcome,
}

impl Obligation {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Addressable => "addressable",
            Self::RiskBased => "risk-based",
            Self::Conditional => "conditional",
            Self::Outcome => "outcome",
        }
    }
}

/// To whom a requirement applies.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppliesTo {
    /// To everyone.
    All,
    /// PCI DSS service providers.
    ServiceProvider,
    /// PCI DSS merchants.
    Merchant,
    /// HIPAA covered entities.
    CoveredEntity,
    /// HIPAA business associates.
    BusinessAssociate,
    /// GDPR controllers.
    Controller,
    /// GDPR processors.
    Processor,
    /// PCI DSS service providers that host several customers on shared systems.
    MultiTenantSp,
}

impl AppliesTo {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::ServiceProvider => "service providers",
            Self::Merchant => "merchants",
            Self::CoveredEntity => "covered entities",
            Self::BusinessAssociate => "business associates",
            Self::Controller => "controllers",
            Self::Processor => "processors",
            Self::MultiTenantSp => "multi-tenant service providers",
        }
    }
}

/// Which streams a requirement is about.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesWhen {
    /// Streams that are declared to carry one of these.
    #[serde(default)]
    pub data_class_any: BTreeSet<DataClass>,
    /// A yes-or-no parameter that must be declared as yes.
    #[serde(default)]
    pub flag: Option<String>,
}

/// How much of a requirement the checks can show at best.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it. Only an organization's own rules can say so.
    Full,
    /// A part.
    Partial,
    /// Facts that an assessor may use; no result follows from them.
    Informs,
    /// Nothing: it is listed so that the reader sees what is left to do.
    ManualOnly,
}

impl Coverage {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Informs => "informs",
            Self::ManualOnly => "manual only",
        }
    }
}

/// One of an assessor's procedures.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its id: the framework's, or ours where the framework has none.
    pub id: String,
    /// What the assessor does.
    pub methods: Vec<Method>,
    /// With what.
    pub object: String,
    /// How much of that this evidence is.
    pub tool_contribution: Contribution,
}

/// What an assessor does.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Reads.
    Examine,
    /// Asks people.
    Interview,
    /// Watches.
    Observe,
    /// Tries.
    Test,
}

impl Method {
    /// The word of files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Examine => "examine",
            Self::Interview => "interview",
            Self::Observe => "observe",
            Self::Test => "test",
        }
    }
}

/// How much of a procedure this evidence is.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contribution {
    /// Nothing.
    None,
    /// Some of it.
    Partial,
    /// All of it.
    Full,
}

impl Contribution {
    /// The word of files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Full => "full",
        }
    }
}

/// A check, and what it means to a requirement.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckLink {
    /// The check's id.
    pub check: String,
    /// What it is asked of.
    pub scope: CheckScope,
    /// How strongly it speaks to the requirement.
    pub relation: Relation,
    /// Whether the requirement cannot be judged without it.
    pub mandatory: bool,
    /// What its failing means here.
    pub on_fail: OnFail,
    /// What its failing means when the entity has declared `measure` as its own.
    #[serde(default)]
    pub on_fail_if_declared: Option<OnFailIfDeclared>,
    /// The declared measure that `on_fail_if_declared` speaks of. Declaring encryption is not declaring whose key
    /// it is, so each check names the measure that it would contradict.
    #[serde(default)]
    pub measure: Option<String>,
    /// The parameters without which it says nothing.
    #[serde(default)]
    pub needs: Vec<String>,
}

/// What a check is asked of.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckScope {
    /// Each stream in scope.
    Streams,
    /// Each KMS key that encrypts a stream in scope.
    Keys,
    /// Each Region of each account that holds a stream in scope.
    Account,
    /// The packs themselves.
    Pack,
}

impl CheckScope {
    /// What a check of subjects of that kind is asked of.
    #[must_use]
    pub fn of(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Stream => Self::Streams,
            SubjectKind::Key => Self::Keys,
            SubjectKind::Region => Self::Account,
        }
    }

    /// The word of files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Keys => "keys",
            Self::Account => "account",
            Self::Pack => "pack",
        }
    }
}

/// How strongly a check speaks to a requirement.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It shows what the requirement asks, as far as this program sees.
    Supports,
    /// It shows a part.
    Partial,
    /// It is good to know, and supports nothing by itself.
    Informs,
}

impl Relation {
    /// The word of files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Supports => "supports",
            Self::Partial => "partial",
            Self::Informs => "informs",
        }
    }
}

/// What a failing check means to a requirement.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// The evidence contradicts the requirement.
    Contradicts,
    /// The support is weaker.
    Weakens,
    /// The entity must show its decision record (an addressable specification of HIPAA).
    NeedsDecisionRecord,
    /// Nothing.
    None,
}

impl OnFail {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Contradicts => "contradicts",
            Self::Weakens => "weakens",
            Self::NeedsDecisionRecord => "needs a decision record",
            Self::None => "none",
        }
    }
}

/// What a failing check means when the entity has declared the measure as its own.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailIfDeclared {
    /// The evidence contradicts what the entity itself has declared.
    ContradictsOwnMeasure,
}

/// What a person must still obtain.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualEvidence {
    /// Its id within the requirement: `M1`.
    pub id: String,
    /// What kind of evidence it is.
    pub kind: ManualKind,
    /// Whether the requirement cannot be shown without it.
    pub required: bool,
    /// What exactly.
    pub what: String,
}

/// Kinds of evidence that no program collects.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManualKind {
    /// A rule that the entity wrote down.
    Policy,
    /// A record of something done.
    Record,
    /// What people say.
    Interview,
    /// What the assessor watches.
    Observation,
    /// A report of somebody else, such as AWS.
    ThirdParty,
    /// A signed statement.
    Attestation,
}

impl ManualKind {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Record => "record",
            Self::Interview => "interview",
            Self::Observation => "observation",
            Self::ThirdParty => "third party",
            Self::Attestation => "attestation",
        }
    }
}

/// Who does what.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedResponsibility {
    /// AWS's part.
    pub aws: String,
    /// The entity's part.
    pub entity: String,
    /// What shows AWS's part.
    #[serde(default)]
    pub evidence_of_aws_part: Option<String>,
}

/// A related statement of another framework (NIST IR 8477). Relations are never chained.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// The other catalog.
    pub catalog: String,
    /// Its requirement.
    pub id: String,
    /// The style of the relation.
    pub style: CrosswalkStyle,
    /// The relation, in the words of that style.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// For a supportive relation: in which way.
    #[serde(default)]
    pub property: Option<String>,
    /// By what the two were compared.
    #[serde(default)]
    pub rationale: Option<Rationale>,
}

/// The relations of the set-theory style.
pub const SET_RELATIONS: [&str; 5] = ["subset-of", "intersects-with", "equal", "superset-of", "not-related"];

impl Crosswalk {
    /// The relation; where none is written it is that the two intersect.
    #[must_use]
    pub fn relation(&self) -> &str {
        self.kind.as_deref().unwrap_or(match self.style {
            CrosswalkStyle::SetTheory => "intersects-with",
            CrosswalkStyle::Supportive => "supports",
            CrosswalkStyle::Concept => "concept",
        })
    }
}

/// The relationship styles of NIST IR 8477 that we use.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrosswalkStyle {
    /// Subset, intersection, equality.
    SetTheory,
    /// One helps the other.
    Supportive,
    /// Both are about one thing.
    Concept,
}

/// By what two statements were compared.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rationale {
    /// Their meaning.
    Semantic,
    /// Their effect.
    Functional,
}

/// An example inside a catalog: given these results, that status. Population and scope are complete in it.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The result of each check on one subject; a check that is not named gave none.
    pub given: BTreeMap<String, Given>,
    /// The parameters that are declared.
    #[serde(default)]
    pub parameters: BTreeSet<String>,
    /// The measures that are declared as own.
    #[serde(default)]
    pub measures: BTreeSet<String>,
    /// Whether a decision record is on file.
    #[serde(default)]
    pub decision_record: bool,
    /// Whether all manual evidence is attached.
    #[serde(default)]
    pub manual_attached: bool,
    /// The status that follows.
    pub expect: RequirementStatus,
}

/// A result in an example.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It failed under an approved exception.
    Excepted,
    /// It was not decided.
    Unknown,
    /// The question did not arise.
    NotApplicable,
}

/// Whether a text is a day of the calendar, `2026-11-23`.
#[must_use]
pub fn is_day(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| text.as_bytes()[range].iter().all(u8::is_ascii_digit);
    text.len() == 10
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// Whether a text is a year, a month or a day: what frameworks know of their own dates.
#[must_use]
pub fn is_date(text: &str) -> bool {
    match text.len() {
        4 => is_day(&format!("{text}-01-01")),
        7 => is_day(&format!("{text}-01")),
        _ => is_day(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_may_be_partial_and_days_may_not() {
        for fine in ["2024", "2024-06", "2024-02-29"] {
            assert!(is_date(fine), "{fine}");
        }
        for odd in ["", "24", "2023-02-29", "2024-13", "2024/06", "June 2024", "2024-6-1", "+024"] {
            assert!(!is_date(odd), "{odd}");
        }
        assert!(is_day("2024-06-01") && !is_day("2024-06"));
    }

    #[test]
    fn a_parameter_of_the_wrong_kind_is_not_declared() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(ParameterKind::Integer.accepts(&json("365")));
        for odd in ["0", "-1", "\"365\"", "1.5", "null", "[]"] {
            assert!(!ParameterKind::Integer.accepts(&json(odd)), "{odd}");
        }
        assert!(ParameterKind::List.accepts(&json("[\"encryption\"]")) && !ParameterKind::List.accepts(&json("[]")));
        assert!(ParameterKind::Bool.accepts(&json("false")) && !ParameterKind::Bool.accepts(&json("\"yes\"")));
    }
}
