//! Key lineage: every place where a stream's data rests or moves, and the key that protects it there.

use super::finding::Status;
use super::names::{AccountId, Region};
use super::reading::Citation;
use super::text::Text;
use serde::Serialize;

/// The lineage of every stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lineage {
    /// What the status of a hop at rest answers.
    pub at_rest: &'static str,
    /// What the status of a hop in transit answers.
    pub in_transit: &'static str,
    /// By account, Region and name.
    pub streams: Vec<StreamLineage>,
}

/// The hops of one stream, in the order in which a record meets them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamLineage {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// Its name.
    pub stream: Text,
    /// Its ARN.
    pub arn: Text,
    /// The hops.
    pub hops: Vec<Hop>,
}

/// One place where a stream's data rests, or one way that it goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hop {
    /// What it is to the stream.
    pub kind: HopKind,
    /// Which one: an ARN, a bucket, a log group, an address.
    pub subject: Text,
    /// The kind of destination that it belongs to, as tables print it.
    pub destination: Option<&'static str>,
    /// The key, by ARN; as it was given where that is not known.
    pub key: Option<Text>,
    /// Its alias, where it has one.
    pub alias: Option<Text>,
    /// Whose key it is: customer-managed, AWS-managed, AWS-owned.
    pub class: Option<&'static str>,
    /// `KeyState`.
    pub state: Option<&'static str>,
    /// The answer to the question of its kind.
    pub status: Status,
    /// Why, or why it is not known.
    pub reason: Text,
    /// Where it says so.
    pub evidence: Box<[Citation]>,
}

/// What a hop is to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HopKind {
    /// Where the records come from.
    Source,
    /// The way from there.
    SourceTransit,
    /// The stream's own server-side encryption.
    Stream,
    /// Lambda functions that see the records.
    Processing,
    /// The table that records are converted by.
    Schema,
    /// The store from which Redshift copies.
    Intermediate,
    /// Where the records are delivered, in S3.
    Delivery,
    /// Where they are delivered, elsewhere.
    Store,
    /// The way there.
    Transit,
    /// The secret with the credentials for it.
    Secret,
    /// Where copies, or what could not be delivered, go.
    Backup,
    /// Where errors are logged.
    ErrorLog,
}

impl HopKind {
    /// The words that tables print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::SourceTransit => "way from the source",
            Self::Stream => "server-side encryption",
            Self::Processing => "processing",
            Self::Schema => "schema",
            Self::Intermediate => "intermediate store",
            Self::Delivery => "delivery",
            Self::Store => "destination",
            Self::Transit => "way to the destination",
            Self::Secret => "secret",
            Self::Backup => "backup",
            Self::ErrorLog => "error log",
        }
    }
}
