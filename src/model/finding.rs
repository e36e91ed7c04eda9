//! What a check says of one subject.

use super::names::{AccountId, Region};
use super::reading::Citation;
use super::sha256::Sha256;
use super::text::Text;
use super::time::{self, Time};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

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

/// The name of a finding, such as `F-0a1b2c3d4e5f60`: the same check on the same subject has the same one in every run.
///
/// It is the beginning of the SHA-256 of both, in hex: 56 bits, so that of a million findings no two share one (one chance
/// in a hundred thousand), and few enough that half a million fit into a report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FindingId([u8; 7]);

impl FindingId {
    /// Of a check's answer about a subject.
    #[must_use]
    pub fn of(check: &str, subject: &Subject) -> Self {
        Self::named(&format!("{check}\0{}\0{}\0{}", subject.account, subject.region, subject.id))
    }

    /// The beginning of the digest of a name.
    pub(crate) fn named(name: &str) -> Self {
        let mut id = [0; 7];
        id.copy_from_slice(&Sha256::digest(name)[..7]);
        Self(id)
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("F-")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FindingId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not the id of a finding");
        let digits = text.strip_prefix("F-").filter(|d| d.len() == 14).ok_or_else(wrong)?;
        if !digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(wrong());
        }
        let mut id = [0; 7];
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(id))
    }
}

impl TryFrom<String> for FindingId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<FindingId> for String {
    fn from(id: FindingId) -> Self {
        id.to_string()
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
    /// Its name.
    pub id: FindingId,
    /// The check's id, such as `stream-customer-managed-key`.
    pub check: Text,
    /// What it is about. All findings about one subject share it.
    #[serde(with = "shared")]
    pub subject: Arc<Subject>,
    /// The answer.
    pub status: Status,
    /// How much a failure would matter.
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub reason: Text,
    /// Where it was seen. Never empty for a pass.
    pub citations: Box<[Citation]>,
    /// The id of the approved exception under which a failure stands. It stays a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<Text>,
    /// Since when it has this status: the beginning of the first run of the series that found it so, with every run after
    /// it. None where no pack before this one was named, or that pack is by another version, whose checks may differ.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::maybe")]
    pub first_seen: Option<Time>,
    /// The beginning of the newest run that found it so: of a finding in a pack, the pack's own. None where nothing is
    /// known of a series.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::maybe")]
    pub last_seen: Option<Time>,
}

/// A shared value is written as the value itself.
mod shared {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(value, serializer)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_finding_is_read_as_it_is_written_and_in_no_other_form() {
        let id: FindingId = "F-0a1b2c3d4e5f60".parse().unwrap();
        assert_eq!(id.to_string(), "F-0a1b2c3d4e5f60");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"F-0a1b2c3d4e5f60\"");
        assert_eq!(serde_json::from_str::<FindingId>("\"F-0a1b2c3d4e5f60\"").unwrap(), id);
        for wrong in [
            "",
            "F-",
            "0a1b2c3d4e5f60",
            "F-0A1b2c3d4e5f60",
            "F-0a1b2c3d4e5f6",
            "F-0a1b2c3d4e5f601",
            "F-+a1b2c3d4e5f60",
            "F-é1b2c3d4e5f60",
        ] {
            assert!(wrong.parse::<FindingId>().is_err(), "{wrong}");
        }
    }
}
