//! What CloudTrail tells of the period, from whichever source: one model of events.
//!
//! An event that changes or refuses something is kept whole. Uses of a key are counted where they are read, because a
//! busy key has millions: each row stands for all uses that are alike.

use super::names::{AccountId, Region};
use super::reading::Citation;
use super::stream::Stream;
use super::time::Time;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where an event was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `LookupEvents`.
    Lookup,
    /// A log file of a trail.
    Log,
    /// A file with the answers of `LookupEvents`, from somebody else.
    Export,
    /// Counts by a query on Athena.
    Athena,
}

impl Origin {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lookup => "LookupEvents",
            Self::Log => "log file",
            Self::Export => "export",
            Self::Athena => "Athena",
        }
    }
}

/// By which sign an event is about a key; the earlier ones are the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// `resources[].ARN` or the `keyId` of the request names the key.
    Named,
    /// `serviceEventDetails`, `additionalEventData` or the answer names it.
    Details,
    /// An alias leads to it, as aliases stood at that time.
    Alias,
}

impl Sign {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Details => "by details",
            Self::Alias => "by alias",
        }
    }
}

/// One event, kept whole.
#[derive(Clone, Debug, PartialEq)]
pub struct PastEvent {
    /// `eventID`; empty where there is none.
    pub id: String,
    /// `eventName`.
    pub name: String,
    /// `eventSource`.
    pub source: String,
    /// `eventTime`.
    pub time: Time,
    /// `recipientAccountId`, else the account that was read.
    pub account: String,
    /// `awsRegion`.
    pub region: String,
    /// Who called.
    pub who: Caller,
    /// `errorCode`.
    pub error: Option<String>,
    /// The keys that it is about, by ARN.
    pub keys: BTreeMap<String, Sign>,
    /// The stream that it is about, by name.
    pub stream: Option<String>,
    /// The event as it was recorded.
    pub detail: Value,
    /// Where it was found first.
    pub origin: Origin,
    /// In which record.
    pub at: Citation,
    /// The log file, for one from a log file.
    pub object: Option<String>,
}

impl PastEvent {
    /// Whether it is about that stream, and not about another one of that name.
    #[must_use]
    pub fn is_about(&self, stream: &Stream) -> bool {
        self.stream.as_deref() == Some(stream.name.as_str())
            && self.account == stream.account.as_str()
            && self.region == stream.region.as_str()
    }
}

/// Who made a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// The ARN of the user or of the role behind the session, else the service, else what there is.
    pub principal: String,
    /// The ARN of the session, where a role was assumed.
    pub session: Option<String>,
    /// The service that called in somebody's name (`invokedBy`).
    pub via: Option<String>,
}

/// How it is known for which stream a key was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamSign {
    /// The encryption context names the stream. AWS promises no form of it.
    Context,
    /// Firehose called, and only this stream uses the key: a guess, and labelled so.
    OnlyUser,
    /// The event tells a name and no account, and several streams that were read have it.
    SharedName,
}

/// Uses of a key that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UseRow {
    /// The ARN of the key, or of the alias that was used; empty for an operation on a stream.
    pub subject: String,
    /// By which sign.
    pub sign: Sign,
    /// The principal: the role behind a session, else the caller.
    pub principal: String,
    /// `eventName`.
    pub operation: String,
    /// `invokedBy`.
    pub via: Option<String>,
    /// The stream: its ARN, or its name where its account is not known.
    pub stream: Option<(String, StreamSign)>,
    /// How many distinct events.
    pub events: u64,
    /// The first one.
    pub first: String,
    /// The last one.
    pub last: String,
    /// The last one that succeeded.
    pub last_success: Option<String>,
    /// Those that failed, by `errorCode`.
    pub errors: BTreeMap<String, u64>,
    /// In which records.
    pub at: Vec<Citation>,
}

/// What AWS itself says of the last use of a key (`GetKeyLastUsage`).
#[derive(Clone, Debug, PartialEq)]
pub struct LastUseSaid {
    /// The key, by ARN.
    pub key: String,
    /// The operation and when it was; nothing where AWS knows of no use since `tracked`; or why it is not known.
    pub used: Result<Option<(String, Time)>, String>,
    /// Since when AWS keeps this.
    pub tracked: Option<Time>,
    /// Where it stands.
    pub at: Citation,
}

/// One source of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Which.
    pub origin: Origin,
    /// The folder, bucket or file.
    pub name: String,
    /// Files that were read.
    pub files: u64,
    /// Events in them.
    pub events: u64,
    /// Events kept whole.
    pub kept: u64,
    /// Events that were there already, by their id.
    pub duplicates: u64,
    /// What could not be read: the file, and why.
    pub unreadable: Vec<(String, String)>,
    /// Records that are not as CloudTrail writes them: file, place in it, what is odd.
    pub odd: Vec<(String, u64, String)>,
    /// How many odd records there are; the list may be shorter.
    pub odd_count: u64,
}

/// All that the sources say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The events, by time; each once.
    pub events: Vec<PastEvent>,
    /// The uses, in the order of their subjects.
    pub uses: Vec<UseRow>,
    /// AWS's own word on last uses, where it was asked for.
    pub last_uses: Vec<LastUseSaid>,
    /// The sources that there are.
    pub sources: Vec<Source>,
    /// Whether log files were read at all: only then are uses known.
    pub has_logs: bool,
}

/// A stretch of time.
pub type Span = (Time, Time);

/// What the digests of a trail prove.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proof {
    /// Proven, not proven, or not all known.
    pub outcome: ProofOutcome,
    /// Digests: valid, invalid, missing.
    pub digests: [usize; 3],
    /// Log files: valid, invalid, missing, not vouched for, outside of the time of the digests.
    pub logs: [usize; 5],
    /// Each finding: its level, its code, chain, hour, object, what was seen.
    pub findings: Vec<ProofFinding>,
    /// For each account and Region, the time for which every log file is proven.
    pub proven: BTreeMap<(AccountId, Region), Vec<Span>>,
    /// The log files that no valid digest vouches for.
    pub unproven_objects: BTreeSet<String>,
}

/// What it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProofOutcome {
    /// Every log file is as CloudTrail delivered it, and none is missing.
    Proven,
    /// Something is invalid, missing or planted.
    NotProven,
    /// Nothing is wrong, and not everything is known.
    #[default]
    NotAllKnown,
}

impl ProofOutcome {
    /// The words of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::NotProven => "not proven",
            Self::NotAllKnown => "nothing wrong, not everything known",
        }
    }
}

/// One finding of a proof.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProofFinding {
    /// `wrong`, `unknown` or `note`.
    pub level: &'static str,
    /// The code, as `docs/cloudtrail-logs.md` lists them.
    pub code: &'static str,
    /// The chain.
    pub chain: String,
    /// The beginning of the hour.
    pub hour: String,
    /// The object.
    pub object: String,
    /// What was seen.
    pub text: String,
}
