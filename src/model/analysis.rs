//! What follows from the snapshot beyond yes and no: who holds which duty, what hangs on a key, what can be undone, and
//! what it costs. Rows that are ready to be written; no opinion about them.

use super::names::{AccountId, Region};
use super::text::Text;
use serde::{Serialize, Serializer};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Analysis {
    /// Administrators and users of each key.
    pub duties: Vec<KeyDuties>,
    /// What hangs on each key.
    pub blast_radius: Vec<Radius>,
    /// Which producers would be refused when Firehose asks them for both actions on the key.
    pub readiness: Vec<Readiness>,
    /// What can be undone, and by whom it can be ended.
    pub recoverability: Vec<Recovery>,
    /// What keys and remedies cost.
    pub costs: Costs,
}

/// The key that a row is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyName {
    /// The account that was read.
    pub account: AccountId,
    /// The Region that was read.
    pub region: Region,
    /// The ARN.
    pub arn: Text,
    /// An alias, or the ARN.
    pub name: Text,
}

/// The separation-of-duties matrix of one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyDuties {
    /// The key.
    pub key: KeyName,
    /// Why nothing, or not everything, is known; `None` when every source was read.
    pub unread: Option<Text>,
    /// Whether the key policy leaves the key to the IAM policies of its account; `None` when it is not known.
    pub delegates_to_iam: Option<bool>,
    /// Who holds something, as the sources name them.
    pub holders: Box<[Duty]>,
}

/// By what somebody holds a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Via {
    /// A statement of the key policy names them.
    #[serde(rename = "key policy")]
    KeyPolicy,
    /// The key policy names their whole account, whose IAM policies decide.
    #[serde(rename = "IAM of the account")]
    Account,
    /// A policy of IAM, where the key policy leaves the key to IAM.
    #[serde(rename = "IAM policy")]
    IamPolicy,
    /// A grant.
    #[serde(rename = "grant")]
    Grant,
}

impl Via {
    /// The words of tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::KeyPolicy => "key policy",
            Self::Account => "IAM of the account",
            Self::IamPolicy => "IAM policy",
            Self::Grant => "grant",
        }
    }
}

/// What one principal holds of one key by one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a cell of its own")]
pub struct Duty {
    /// The principal.
    pub principal: Text,
    /// By what.
    pub via: Via,
    /// Whether it is certain; else the lists say what it may hold.
    pub certain: bool,
    /// Critical administrative actions.
    pub administers: Box<[Text]>,
    /// Cryptographic actions.
    pub uses: Box<[Text]>,
    /// Whether it may create grants.
    pub creates_grants: bool,
    /// Whether it may retire or revoke grants.
    pub ends_grants: bool,
    /// The statements, the policy of IAM or the grant that give it; or why nothing is known of this source.
    pub by: Text,
    /// Administers and uses, by all its sources together: what should be two.
    pub both: bool,
}

/// What hangs on one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Radius {
    /// The key.
    pub key: KeyName,
    /// Whose key it is, as far as known.
    pub class: Option<Text>,
    /// Its state, as far as known.
    pub state: Option<Text>,
    /// The streams that use it, by name.
    pub streams: Box<[Text]>,
    /// Whatever else leads to it: a destination, a source, a trail.
    pub others: Box<[Text]>,
    /// Declared tenants of those streams.
    pub tenants: Box<[Text]>,
    /// Declared environments.
    pub environments: Box<[Text]>,
    /// Declared data classes.
    pub data_classes: Box<[Text]>,
    /// How many of the streams have no declared data class.
    pub undeclared: usize,
    /// Why there may be more.
    pub incomplete: Option<Text>,
}

/// Whether the producers of a key's streams are ready for what Firehose will ask of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Readiness {
    /// The key.
    pub key: KeyName,
    /// Streams that ask already, by their age.
    pub at_once: Box<[Text]>,
    /// Streams that will ask.
    pub later: Box<[Text]>,
    /// How many streams have no known age.
    pub undated: usize,
    /// From when on all of them ask.
    pub all_from: Text,
    /// Who has both actions by name.
    pub able: Box<[Text]>,
    /// Who may generate data keys and not decrypt.
    pub would_break: Box<[Text]>,
    /// What the lists do not know.
    pub open: Option<Text>,
    /// Where this comes from, and how certain it is.
    pub source: Text,
}

/// Whether what is under a key can be lost, and whether it can be lost on purpose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recovery {
    /// The key.
    pub key: KeyName,
    /// `KeyState`, as far as known.
    pub state: Option<Text>,
    /// The day of its deletion.
    pub deletion: Option<Text>,
    /// Days from the end of the run until then.
    pub days_left: Option<i64>,
    /// When the deletion was scheduled, by whom, and the waiting period that follows from both days.
    pub scheduled: Option<Text>,
    /// Where the material comes from, and what would bring it back.
    pub material: Option<Text>,
    /// Who may schedule its deletion.
    pub may_delete: Box<[Text]>,
    /// Who may disable it.
    pub may_disable: Box<[Text]>,
    /// What the two lists do not know.
    pub open: Option<Text>,
    /// Whether destroying the key would erase one tenant's data and nobody else's.
    pub shredding: Shredding,
}

/// Whether a key is a candidate for erasing by destroying it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Shredding {
    /// All streams of the key are of one tenant.
    Candidate {
        /// Whose.
        tenant: Text,
    },
    /// More than one tenant, or streams of none.
    No {
        /// Why not.
        why: Text,
    },
    /// Not known.
    Unknown {
        /// What is missing.
        why: Text,
    },
}

impl Shredding {
    /// One sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Candidate { tenant } => format!("candidate: all streams of the key are of tenant {tenant}"),
            Self::No { why } => format!("no candidate: {why}"),
            Self::Unknown { why } => format!("not known: {why}"),
        }
    }
}

/// An amount of US dollars, kept in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars(pub u64);

impl std::fmt::Display for Dollars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// An amount that lies between two; without an upper one where it depends on what was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Between {
    /// At least.
    pub from: Dollars,
    /// At most.
    pub to: Option<Dollars>,
}

impl Between {
    /// The words of tables.
    #[must_use]
    pub fn words(&self) -> String {
        match self.to {
            Some(to) if to == self.from => format!("about {to} USD"),
            Some(to) => format!("about {} to {to} USD", self.from),
            None => format!("{} USD and more, by use", self.from),
        }
    }
}

/// The monthly cost of keys and of remedies: an estimate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Costs {
    /// What kind of number it is.
    pub statement: String,
    /// The day of the price table.
    pub prices_as_of: String,
    /// The prices that were used.
    pub prices: Vec<Price>,
    /// Each key.
    pub keys: Vec<KeyCost>,
    /// The remedy of each check that failed somewhere.
    pub remedies: Vec<RemedyCost>,
}

/// One price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Price {
    /// For what.
    pub what: &'static str,
    /// How much.
    pub usd: &'static str,
}

/// What one key costs a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyCost {
    /// The key.
    pub key: KeyName,
    /// A month; `None` where it is not known.
    pub monthly: Option<Between>,
    /// How it comes about.
    pub basis: Text,
}

/// What the remedy of one check costs a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemedyCost {
    /// The check.
    pub check: Text,
    /// How many findings fail.
    pub failing: usize,
    /// A month, for one of them.
    pub each: Between,
    /// How it comes about.
    pub basis: &'static str,
}
