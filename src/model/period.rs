//! What happened over the period: who used and who administered the keys, what was encrypted with what from when to
//! when, and the measures that follow.

use super::history::{Proof, Source, Span, UseRow};
use super::reading::Citation;
use super::text::Text;
use super::time::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By what a stretch of time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The trail's digests prove that every log file of this time was read.
    Proven,
    /// `LookupEvents` answered for this time.
    LookedUp,
    /// Log files were read, and nothing proves that they are all.
    Logged,
    /// No source tells of this time.
    Nothing,
}

impl Basis {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven by the trail's digests",
            Self::LookedUp => "by LookupEvents",
            Self::Logged => "log files, not proven",
            Self::Nothing => "no source",
        }
    }
}

/// How good a state is, for the eye; the words say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Neither.
    Neutral,
    /// Not known.
    Unknown,
}

impl Tone {
    /// The word of style sheets.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
            Self::Unknown => "unknown",
        }
    }
}

/// A state from … to ….
#[derive(Clone, Debug, PartialEq)]
pub struct LaneSpan {
    /// From when on.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// What it was.
    pub state: Text,
    /// For the eye.
    pub tone: Tone,
    /// By what it is known.
    pub basis: Basis,
    /// The event that began it, or the reading of today.
    pub at: Box<[Citation]>,
}

/// One thing about one subject, over the whole period.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Where.
    pub account: Text,
    /// Where.
    pub region: Text,
    /// `stream`, `key` or `trail`.
    pub kind: &'static str,
    /// Its name, for a key its ARN.
    pub subject: Text,
    /// The name that people know it by.
    pub name: Text,
    /// What of it: `encryption`, `state`, `automatic rotation`, `logging`.
    pub topic: &'static str,
    /// The states, without a hole from the beginning of the period to its end.
    pub spans: Vec<LaneSpan>,
    /// Moments that matter and change none of the states: rotations, grants, changes of policy.
    pub marks: Vec<Mark>,
}

/// A moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When.
    pub time: Time,
    /// What: the event's name and what it said.
    pub what: String,
    /// Who.
    pub who: String,
    /// Where it stands.
    pub at: Citation,
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// `+`, `-` or a space.
    pub sign: char,
    /// The line.
    pub text: String,
}

/// Whether a change of a key policy gives more than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widening {
    /// It does; what it gives.
    Wider(Vec<String>),
    /// It does not, as far as the evaluator sees.
    NotWider,
    /// It cannot be told, and why.
    Unknown(String),
}

/// One version of a key policy, and how it differs from the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyChange {
    /// The key, by ARN.
    pub key: String,
    /// The name that people know it by.
    pub name: String,
    /// When it was put.
    pub time: Time,
    /// Who put it.
    pub who: String,
    /// The difference; empty where there is no version before it or none at all.
    pub diff: Vec<DiffLine>,
    /// What the difference is to: the version of that time, or a remark.
    pub against: String,
    /// Whether it gives more.
    pub widening: Widening,
    /// Where it stands.
    pub at: Citation,
}

/// A row of the usage matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixRow {
    /// The uses.
    pub uses: UseRow,
    /// The name that people know the key by.
    pub name: String,
    /// Whether the key policy lets one expect it.
    pub expected: Expected,
}

/// What the key policy, as it stands, says of a principal that used the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is named.
    Named,
    /// The policy hands the decision to the account's IAM policies.
    ByIam,
    /// It names neither the principal nor its account.
    Unexpected,
    /// It cannot be told, and why.
    Unknown(String),
    /// There is no key policy for this.
    NotAsked,
}

impl Expected {
    /// The words of reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Named => "named in the key policy",
            Self::ByIam => "by IAM policies of the account",
            Self::Unexpected => "not in the key policy: a grant, or unexpected",
            Self::Unknown(_) => "not known",
            Self::NotAsked => "",
        }
    }
}

/// Administrative calls that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdminRow {
    /// The key's ARN, or the stream's name.
    pub subject: String,
    /// The name that people know it by.
    pub name: String,
    /// Who.
    pub principal: String,
    /// `eventName`.
    pub operation: String,
    /// How many.
    pub events: u64,
    /// The first one.
    pub first: String,
    /// The last one.
    pub last: String,
    /// Those that failed, by `errorCode`.
    pub errors: BTreeMap<String, u64>,
    /// Where they stand.
    pub at: Vec<Citation>,
}

/// One refused or failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// When.
    pub time: Time,
    /// What was called.
    pub operation: String,
    /// By whom.
    pub principal: String,
    /// On what.
    pub subject: String,
    /// `errorCode`.
    pub error: String,
    /// From where, as CloudTrail wrote it.
    pub source: String,
    /// Where it stands.
    pub at: Citation,
}

/// What AWS itself says of the last use of a key, against the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The key, by ARN.
    pub key: String,
    /// What AWS says.
    pub said: String,
    /// The last use among the events.
    pub seen: String,
    /// Whether they contradict each other.
    pub differs: bool,
    /// Whether they agree, in a sentence.
    pub verdict: String,
}

/// One measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Kpi {
    /// Its id, the same in every pack.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its value as printed; `not known` where nothing can be said.
    pub value: String,
    /// Its value as a number, for series.
    pub number: Option<f64>,
    /// The unit of the number.
    pub unit: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Over what.
    pub population: String,
    /// What could change it and is not known.
    pub unknowns: String,
}

/// The time for which one place is known, by what.
#[derive(Clone, Debug, PartialEq)]
pub struct Covered {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// The stretch of time.
    pub span: Span,
    /// By what.
    pub basis: Basis,
}

/// The period.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// From when to when.
    pub window: Span,
    /// The sources of events.
    pub sources: Vec<Source>,
    /// What the digests prove, where log files were read.
    pub proof: Option<Proof>,
    /// What is known of which time.
    pub coverage: Vec<Covered>,
    /// The usage matrix.
    pub uses: Vec<MatrixRow>,
    /// Whether uses are known at all: only log files and exports have them.
    pub uses_known: bool,
    /// Who administered.
    pub admins: Vec<AdminRow>,
    /// What was refused.
    pub refused: Vec<RefusedRow>,
    /// The timeline.
    pub lanes: Arc<Vec<Lane>>,
    /// The changes of key policies.
    pub policies: Vec<PolicyChange>,
    /// AWS's own word on last uses.
    pub last_uses: Vec<LastUse>,
    /// The measures.
    pub kpis: Vec<Kpi>,
}
