//! What a check says of one subject.

use super::names::{AccountId, Region};
use super::reading::Citation;
use super::text::Text;
use super::time::{self, Time};
use serde::{Deserialize, Serialize};

/// The answer to a check's question. There is no fifth; an approved exception stands beside it, never instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The recorded answers show that the check's title is true.
    Pass,
    /// The recorded answers show that it is not.
    Fail,
    /// The recorded answers do not decide it.
    Unknown,
    /// The question does not arise for this subject; the reason says why.
    NotApplicable,
}

impl Status {
    /// All four, in the order in which tables print them.
    pub const ALL: [Self; 4] = [Self::Fail, Self::Unknown, Self::Pass, Self::NotApplicable];

    /// The word of files and of `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// How much a failure matters to the owner of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// To be planned.
    Medium,
    /// To be done soon.
    High,
    /// Data or evidence is at risk now.
    Critical,
}

impl Severity {
    /// The word of files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// The kinds of thing that a check asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A Firehose delivery stream.
    Stream,
    /// A KMS key.
    Key,
    /// One Region of one account: trails and events are judged there.
    Region,
}

impl SubjectKind {
    /// The word of files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Key => "key",
            Self::Region => "region",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The account in which it was read.
    pub account: AccountId,
    /// The Region in which it was read.
    pub region: Region,
    /// Stream, key or Region.
    pub kind: SubjectKind,
    /// The ARN; for a Region `account/region`; for a whole listing that failed `account/region/*`.
    pub id: Text,
    /// What people call it: the stream's name, an alias, the Region.
    pub name: Text,
}

/// One check's answer about one subject, with the places in the evidence that show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// `F-` and ten hex digits: the same check on the same subject has the same id in every run.
    pub id: String,
    /// The check's id, such as `stream-customer-managed-key`.
    pub check: Text,
    /// What it is about.
    pub subject: Subject,
    /// The answer.
    pub status: Status,
    /// How much a failure would matter.
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub reason: Text,
    /// Where it was seen. Never empty for a pass.
    pub citations: Vec<Citation>,
    /// The id of the approved exception under which a failure stands. It stays a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// Since when it has this status: the beginning of the first run of the series that found it so, with every run after
    /// it. None where no pack before this one was named, or that pack is by another version, whose checks may differ.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::maybe")]
    pub first_seen: Option<Time>,
    /// The beginning of the newest run that found it so: of a finding in a pack, the pack's own. None where nothing is
    /// known of a series.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::maybe")]
    pub last_seen: Option<Time>,
}
