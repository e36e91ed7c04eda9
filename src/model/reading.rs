//! A value that was read, or why it was not.
//!
//! *Not read is not a value.* A denied, throttled or unparsable answer must never look like "not encrypted",
//! "no tags" or "0 events". So what comes from AWS is a [`Reading`], which has no default and no empty form.

use super::names::{AccountId, Region};
use super::operation;
use super::text::Text;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

/// A value from an answer, or the gap where it would have been.
pub type Reading<T> = Result<Read<T>, Gap>;

/// A value, and the place in a recorded answer where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What the answer says.
    pub value: T,
    /// Where it says so.
    pub at: Citation,
}

impl<T> Read<T> {
    /// The same place, another form of the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Read<U> {
        Read { value: f(self.value), at: self.at }
    }
}

impl<T> Deref for Read<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The number of a record: `EV-000123`. Numbers start at 1 and have no holes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ev(pub u32);

impl fmt::Display for Ev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EV-{:06}", self.0)
    }
}

impl FromStr for Ev {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("EV-").filter(|d| d.len() >= 6 && d.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|d| d.parse().ok()).map(Self);
        number.filter(|ev| ev.to_string() == text).ok_or_else(|| format!("{text:?} is not an evidence number"))
    }
}

impl TryFrom<String> for Ev {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Ev> for String {
    fn from(ev: Ev) -> Self {
        ev.to_string()
    }
}

/// A place in a record's body: `EV-000123#/DeliveryStreamDescription/DeliveryStreamStatus`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Citation {
    /// Which record.
    pub ev: Ev,
    /// JSON pointer (RFC 6901) into its body; empty for the whole answer.
    pub pointer: Text,
}

impl Citation {
    /// The whole answer of a record.
    #[must_use]
    pub fn whole(ev: Ev) -> Self {
        Self { ev, pointer: Text::default() }
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.ev, self.pointer)
    }
}

impl TryFrom<String> for Citation {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let (ev, pointer) = text.split_once('#').ok_or_else(|| format!("{text:?} is not a citation"))?;
        Ok(Self { ev: ev.parse()?, pointer: pointer.into() })
    }
}

impl From<Citation> for String {
    fn from(citation: Citation) -> Self {
        citation.to_string()
    }
}

/// Why something is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// AWS refused the call: a permission is missing.
    Denied,
    /// AWS kept refusing the rate of calls until our attempts were used up.
    Throttled,
    /// The call had no usable answer: a time-out, a broken connection, a server error.
    Failed,
    /// The resource was listed and was gone, or was referred to and does not exist, when it was asked for.
    Vanished,
    /// AWS answered, and the answer lacks the field or holds what we do not understand.
    Malformed,
    /// A listing did not come to its end: what came after is not known.
    Incomplete,
    /// The call was not made, because AWS never answers it here or a call that it depends on failed.
    NotAsked,
    /// There is nothing to read: AWS has no such thing for this resource. Not listed among the gaps.
    Inapplicable,
}

impl GapKind {
    /// The word that reports print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Failed => "failed",
            Self::Vanished => "vanished",
            Self::Malformed => "not understood",
            Self::Incomplete => "incomplete",
            Self::NotAsked => "not asked",
            Self::Inapplicable => "does not apply",
        }
    }
}

/// The call that gave no value, and why. It is a pointer: nearly every reading has a value, and should not be as large as
/// the reason that it does not need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "GapFacts", into = "GapFacts")]
pub struct Gap(Arc<GapFacts>);

/// What a gap says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename = "Gap")]
pub struct GapFacts {
    /// The account that was being read.
    pub account: AccountId,
    /// The Region that was being read.
    pub region: Region,
    /// `firehose`, `kms`, `cloudtrail` …
    pub service: Text,
    /// The API operation, such as `DescribeKey`.
    pub operation: Text,
    /// What would have been read: a stream's name, a key's ARN, an event name; empty for a whole listing.
    pub subject: String,
    /// Why it was not.
    pub kind: GapKind,
    /// AWS's own error code, where AWS gave one.
    pub code: Option<String>,
    /// What is missing, in a sentence.
    pub detail: String,
    /// The record of the call, where one was made.
    pub record: Option<Ev>,
}

impl From<GapFacts> for Gap {
    fn from(facts: GapFacts) -> Self {
        Self(Arc::new(facts))
    }
}

impl From<Gap> for GapFacts {
    fn from(gap: Gap) -> Self {
        Arc::unwrap_or_clone(gap.0)
    }
}

impl Deref for Gap {
    type Target = GapFacts;
    fn deref(&self) -> &GapFacts {
        &self.0
    }
}

impl Gap {
    /// Changes what it says, here and in none of its copies.
    pub fn change(&mut self, change: impl FnOnce(&mut GapFacts)) {
        change(Arc::make_mut(&mut self.0));
    }

    /// The same gap for another reason.
    #[must_use]
    pub fn of_kind(mut self, kind: GapKind) -> Self {
        self.change(|gap| gap.kind = kind);
        self
    }

    /// The IAM action that would close the gap, for a denied call.
    #[must_use]
    pub fn permission(&self) -> Option<&'static str> {
        (self.kind == GapKind::Denied)
            .then(|| operation::find(&self.service, &self.operation).map(|o| o.permission))
            .flatten()
    }

    /// One line: what was asked, of what, and why there is no value.
    #[must_use]
    pub fn sentence(&self) -> String {
        let of = if self.subject.is_empty() { String::new() } else { format!(" of {}", self.subject) };
        let code = self.code.as_deref().map(|c| format!(" ({c})")).unwrap_or_default();
        format!("{}:{}{of}: {}{code}: {}", self.service, self.operation, self.kind.word(), self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evidence_number_has_one_form() {
        assert_eq!("EV-000123".parse::<Ev>(), Ok(Ev(123)));
        assert_eq!("EV-1234567".parse::<Ev>(), Ok(Ev(1_234_567)));
        for odd in ["EV-123", "EV-0001234", "ev-000123", "EV-00012a", "EV-", "000123"] {
            assert!(odd.parse::<Ev>().is_err(), "{odd}");
        }
    }
}
