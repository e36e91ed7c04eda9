//! A delivery stream, as far as AWS told.

use super::destination::Destination;
use super::names::{AccountId, Region};
use super::reading::{Citation, Gap, Reading};
use super::time::Time;
use std::collections::BTreeMap;

/// Tags: key to value.
pub type Tags = BTreeMap<String, String>;

/// One stream that a listing named.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The account that was read.
    pub account: AccountId,
    /// The Region that was read.
    pub region: Region,
    /// The name in the listing.
    pub name: String,
    /// The ARN: from the description, or made of account, Region and name where that could not be read.
    pub arn: String,
    /// Where the listing names it.
    pub listed: Citation,
    /// Where records come from.
    pub source: Reading<Source>,
    /// Server-side encryption.
    pub sse: Reading<Sse>,
    /// `ACTIVE`, `CREATING` …, as AWS wrote it.
    pub status: Reading<String>,
    /// When it was made.
    pub created: Reading<Time>,
    /// When it was last changed; `None` where AWS tells of no change.
    pub changed: Reading<Option<Time>>,
    /// What AWS calls each destination (`ExtendedS3DestinationDescription` …).
    pub destinations: Reading<Vec<String>>,
    /// Each destination, in one form for all kinds.
    pub deliveries: Reading<Vec<Destination>>,
    /// How it gets at its source.
    pub source_access: Reading<SourceAccess>,
    /// Its tags.
    pub tags: Reading<Tags>,
}

/// How a stream gets at its source: who reads, with or without TLS, with which secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceAccess {
    /// The role that reads the source.
    pub role: Option<String>,
    /// `SSLMode`, of a database.
    pub ssl_mode: Option<String>,
    /// The secret with a database's credentials.
    pub secret: Option<String>,
}

/// Where a stream's records come from; only the first kind can have server-side encryption of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Producers put records.
    DirectPut,
    /// A Kinesis data stream.
    Kinesis {
        /// Its ARN, when AWS named it.
        arn: Option<String>,
    },
    /// An MSK cluster.
    Msk {
        /// Its ARN, when AWS named it.
        arn: Option<String>,
    },
    /// A database.
    Database {
        /// Host and port, when AWS named them.
        endpoint: Option<String>,
    },
}

impl Source {
    /// The name that tables print.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::DirectPut => "Direct PUT",
            Self::Kinesis { .. } => "Kinesis data stream",
            Self::Msk { .. } => "MSK cluster",
            Self::Database { .. } => "Database",
        }
    }
}

/// Server-side encryption as `DeliveryStreamEncryptionConfiguration` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sse {
    /// How the latest attempt to change it stands.
    pub state: SseState,
    /// The key, where the answer tells; no key is no statement about the key.
    pub key: Reading<SseKey>,
    /// Type and details of `FailureDescription`.
    pub failure: Option<String>,
}

/// The six values of `DeliveryStreamEncryptionConfiguration.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SseState {
    /// On.
    Enabled,
    /// Being started: not yet encrypted.
    Enabling,
    /// The latest start failed; a key that was there before stays in use.
    EnablingFailed,
    /// Off.
    Disabled,
    /// Being stopped.
    Disabling,
    /// The latest stop failed.
    DisablingFailed,
}

impl SseState {
    /// AWS's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Enabling => "ENABLING",
            Self::EnablingFailed => "ENABLING_FAILED",
            Self::Disabled => "DISABLED",
            Self::Disabling => "DISABLING",
            Self::DisablingFailed => "DISABLING_FAILED",
        }
    }

    /// The state of that name, if it is one of the six.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Enabled, Self::Enabling, Self::EnablingFailed, Self::Disabled, Self::Disabling, Self::DisablingFailed]
            .into_iter()
            .find(|s| s.word() == word)
    }
}

/// The key of server-side encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SseKey {
    /// A key that AWS owns and shares among its customers: it has no policy that anyone could show.
    AwsOwned,
    /// A key of KMS, by ARN. Whose it is, only `DescribeKey` proves.
    Kms {
        /// The ARN.
        arn: String,
    },
}

impl Stream {
    /// The ARN of the KMS key of server-side encryption, where one is named.
    #[must_use]
    pub fn sse_key_arn(&self) -> Option<&str> {
        match &self.sse.as_ref().ok()?.value.key.as_ref().ok()?.value {
            SseKey::Kms { arn } => Some(arn),
            SseKey::AwsOwned => None,
        }
    }

    /// The gaps of this stream's own readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let key = self.sse.as_ref().ok().and_then(|s| s.value.key.as_ref().err());
        let deliveries = match &self.deliveries {
            Ok(all) => all.value.iter().flat_map(Destination::gaps).collect(),
            Err(gap) => vec![gap],
        };
        [
            self.source.as_ref().err(),
            self.sse.as_ref().err(),
            key,
            self.status.as_ref().err(),
            self.created.as_ref().err(),
            self.changed.as_ref().err(),
            self.destinations.as_ref().err(),
            self.source_access.as_ref().err(),
            self.tags.as_ref().err(),
        ]
        .into_iter()
        .flatten()
        .chain(deliveries)
        .collect()
    }
}
