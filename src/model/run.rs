//! The run itself: who asked what of whom, when, and by which way.
//!
//! A run may have read one account or a whole organization; what differs by account stands in [`AccountRun`]. Snapshots
//! that were collected apart can be joined, and read then as if one run had made them.

use super::names::{AccountId, Region};
use super::reading::{Gap, GapFacts, GapKind};
use super::text::Text;
use super::time::{self, Time};
use crate::model::sha256::Sha256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The format of the records and of this header; a reader refuses a number that it does not know.
pub const FORMAT: u32 = 2;

/// The head of a snapshot, `run.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// [`FORMAT`].
    pub format: u32,
    /// Eight random characters `[0-9a-v]`: two runs in one second differ.
    pub id: String,
    /// The program that collected.
    pub tool: Tool,
    /// When the first call was about to be made.
    #[serde(with = "time::millis")]
    pub started: Time,
    /// When the last answer was in.
    #[serde(with = "time::millis")]
    pub ended: Time,
    /// Which accounts were to be read, and who said so.
    pub selection: Selection,
    /// The accounts that were read, in the order of their ids, each once.
    pub accounts: Vec<AccountRun>,
    /// The window of the event queries; of joined snapshots, from the earliest to the latest.
    pub window: Window,
    /// How many calls a second were allowed: the share of AWS's quota, or `none`.
    pub rate: String,
    /// The command, as it can be typed again; secrets never stand on a command line here.
    pub command: String,
    /// Set when the user stopped the run before its end.
    pub interrupted: bool,
    /// A snapshot that was made for demonstration, not read from an account.
    pub sample: bool,
    /// When the run broke off and was gone on with; empty for a run in one piece.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// Which part of the selection this run was to read; `None` is all of it.
    pub shard: Option<Shard>,
    /// The snapshots that were joined into this one, in the order of their ids; empty for a run of its own.
    pub parts: Vec<Part>,
}

/// Which accounts were to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Where the list of accounts comes from.
    pub by: SelectedBy,
    /// All of them, those of other shards included, in the order of their ids.
    pub accounts: Vec<AccountId>,
    /// The Regions that were named; empty for all that an account has.
    pub regions: Vec<Region>,
    /// The organization's id, where one was asked.
    pub organization: Option<String>,
    /// The role that was taken in each account, with `{account}` in the place of the id.
    pub role: Option<String>,
    /// Whose credentials began the run: they read their own account, or take the role in others.
    pub asker: Asker,
    /// Where the calls went that were made once a run.
    pub endpoints: Vec<Endpoint>,
}

/// Where a list of accounts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedBy {
    /// The one account that the credentials belong to.
    Credentials,
    /// The command named them.
    List,
    /// AWS Organizations listed them.
    Organization,
}

/// Whose credentials began a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asker {
    /// The account that they belong to.
    pub account: AccountId,
    /// The Region in which they were used for what is asked once a run.
    pub region: Region,
    /// The caller's ARN, as STS gave it.
    pub caller: String,
}

/// One account, as a run read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRun {
    /// The account.
    pub account: AccountId,
    /// `aws`, `aws-us-gov`, `aws-cn`: from the caller's ARN.
    pub partition: String,
    /// The caller's ARN, as STS gave it; empty when nobody got into the account.
    pub caller: String,
    /// When its first call was about to be made.
    #[serde(with = "time::millis")]
    pub started: Time,
    /// When its last answer was in.
    #[serde(with = "time::millis")]
    pub ended: Time,
    /// The window of its event queries.
    pub window: Window,
    /// The Regions that were asked for, in the order of their names; those of `unread` are among them.
    pub regions: Vec<Region>,
    /// Regions that could not be read at all, and why: one gap stands for everything in such a Region.
    pub unread: Vec<Gap>,
    /// Where each client sent its calls.
    pub endpoints: Vec<Endpoint>,
}

/// One of several equal parts of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which one, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

/// A snapshot that was joined with others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its run's id.
    pub id: String,
    /// The program that collected it.
    pub tool: Tool,
    /// When it began.
    #[serde(with = "time::millis")]
    pub started: Time,
    /// When it ended.
    #[serde(with = "time::millis")]
    pub ended: Time,
    /// Whose credentials began it.
    pub asker: Asker,
    /// Its shard, where it was one.
    pub shard: Option<Shard>,
    /// Its command.
    pub command: String,
    /// The accounts that it read.
    pub accounts: Vec<AccountId>,
}

/// Which program collected, or wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `keywitness`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its executable; `None` where nothing was written down about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<Executable>,
}

impl Tool {
    /// This very program, and nothing about its executable.
    #[must_use]
    pub fn this() -> Self {
        let (name, version) = (env!("CARGO_PKG_NAME").to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        Self { name, version, executable: None }
    }
}

/// Which build of a program ran. It is for comparison with published checksums, and proves nothing: a program that lies
/// can lie about this too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Executable {
    /// The SHA-256 of its file, in hex.
    Sha256(String),
    /// Why that is not known: one of the reasons below, for whoever writes a pack must not be able to put words here.
    Unknown(String),
}

impl Executable {
    /// It was not read yet, or by nobody.
    #[must_use]
    pub fn unread() -> Self {
        Self::Unknown(UNREAD.to_owned())
    }

    /// It is something else than a file.
    #[must_use]
    pub fn odd() -> Self {
        Self::Unknown(ODD.to_owned())
    }

    /// It is larger than any release.
    #[must_use]
    pub fn large(bytes: u64) -> Self {
        Self::Unknown(format!("{LARGE}{bytes}{LARGE_END}"))
    }

    /// The operating system did not let it be read.
    #[must_use]
    pub fn refused(error: &std::io::Error) -> Self {
        Self::Unknown(error.raw_os_error().map_or_else(|| REFUSED.to_owned(), |n| format!("{REFUSED}{OS_ERROR}{n})")))
    }

    /// Whether it is a digest, or one of the reasons.
    #[must_use]
    pub fn is_one(&self) -> bool {
        let number = |n: &str| (1..=20).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::Sha256(hex) => hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            Self::Unknown(why) => {
                let large = why.strip_prefix(LARGE).and_then(|rest| rest.strip_suffix(LARGE_END));
                let refused = why.strip_prefix(REFUSED).and_then(|rest| rest.strip_prefix(OS_ERROR)?.strip_suffix(')'));
                [UNREAD, ODD, REFUSED].contains(&why.as_str()) || large.or(refused).is_some_and(number)
            }
        }
    }
}

const UNREAD: &str = "the executable was not read";
const ODD: &str = "the executable was not read: it is not a plain file";
const LARGE: &str = "the executable was not read: it has ";
const LARGE_END: &str = " bytes, more than any release";
const REFUSED: &str = "the executable was not read: the system refused";
const OS_ERROR: &str = " (os error ";

/// A time in which nothing was asked, because the program was not running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// When the last answer before it was in.
    #[serde(with = "time::millis")]
    pub stopped: Time,
    /// When the run was gone on with.
    #[serde(with = "time::millis")]
    pub resumed: Time,
    /// How many answers had been kept by then; none of them was asked for again.
    pub kept: u64,
}

/// From when to when events were asked for; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first second.
    #[serde(with = "time::millis")]
    pub from: Time,
    /// The last second.
    #[serde(with = "time::millis")]
    pub to: Time,
}

/// Whether an endpoint is AWS's own: only then is the evidence AWS's.
#[must_use]
pub fn is_aws(url: &str) -> bool {
    let Some(host) = url.strip_prefix("https://") else { return false };
    let host = host.split(':').next().unwrap_or_default();
    [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".api.aws",
        ".api.amazonwebservices.com.cn",
        ".amazonaws.eu",
        ".api.amazonwebservices.eu",
    ]
    .iter()
    .any(|suffix| host.ends_with(suffix))
}

/// Where one client sent its calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The service.
    pub service: Text,
    /// The Region.
    pub region: Region,
    /// Scheme, host and port as the calls used them; empty when no call was answered.
    pub url: String,
    /// Whether the host is one of AWS's own; if not, the evidence is not AWS's and every cover says so.
    pub aws: bool,
}

impl Run {
    /// The endpoints of all accounts, and of what was asked once.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.accounts.iter().flat_map(|a| &a.endpoints).chain(&self.selection.endpoints)
    }

    /// The endpoints that are not AWS's own, each once.
    #[must_use]
    pub fn foreign_endpoints(&self) -> Vec<&Endpoint> {
        let found: BTreeSet<&Endpoint> = self.endpoints().filter(|e| !e.aws).collect();
        found.into_iter().collect()
    }

    /// What was read of one account.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> Option<&AccountRun> {
        self.accounts.iter().find(|a| a.account == *account)
    }

    /// Every account that was to be read, in the order of their ids.
    #[must_use]
    pub fn account_ids(&self) -> Vec<&AccountId> {
        let all: BTreeSet<&AccountId> =
            self.accounts.iter().map(|a| &a.account).chain(&self.selection.accounts).collect();
        all.into_iter().collect()
    }

    /// Every Region that was asked for somewhere, in the order of their names.
    #[must_use]
    pub fn regions(&self) -> Vec<&Region> {
        let read = self.accounts.iter().flat_map(|a| &a.regions);
        let all: BTreeSet<&Region> = read.chain(&self.selection.regions).collect();
        if all.is_empty() { vec![&self.selection.asker.region] } else { all.into_iter().collect() }
    }

    /// Who read the accounts, each once.
    #[must_use]
    pub fn callers(&self) -> Vec<&str> {
        let found: BTreeSet<&str> =
            self.accounts.iter().map(|a| a.caller.as_str()).filter(|caller| !caller.is_empty()).collect();
        found.into_iter().collect()
    }

    /// The partition of an account.
    #[must_use]
    pub fn partition(&self, account: &AccountId) -> &str {
        self.account(account).or(self.accounts.first()).map_or("aws", |a| a.partition.as_str())
    }

    /// The partitions of the accounts, each once.
    #[must_use]
    pub fn partitions(&self) -> Vec<&str> {
        let found: BTreeSet<&str> = self.accounts.iter().map(|a| a.partition.as_str()).collect();
        found.into_iter().collect()
    }

    /// Whose evidence it is, for headings: `AWS account 111122223333`, `20 AWS accounts of organization o-…`.
    #[must_use]
    pub fn subject(&self) -> String {
        match (self.account_ids().as_slice(), &self.selection.organization) {
            ([one], None) => format!("AWS account {one}"),
            (all, None) => format!("{} AWS accounts", all.len()),
            ([one], Some(id)) => format!("AWS account {one} of organization {id}"),
            (all, Some(id)) => format!("{} AWS accounts of organization {id}", all.len()),
        }
    }

    /// The same for names of files: an account id, an organization's id, or how many accounts.
    #[must_use]
    pub fn slug(&self) -> String {
        match (self.account_ids().as_slice(), &self.selection.organization) {
            ([one], _) => one.to_string(),
            (_, Some(id)) if is_organization(id) => id.clone(),
            (all, _) => format!("{}-accounts", all.len()),
        }
    }

    /// The accounts that were to be read and that nothing was read of, with a gap for each Region in which it is missed.
    #[must_use]
    pub fn missing(&self) -> Vec<Gap> {
        let missing = self.selection.accounts.iter().filter(|account| self.account(account).is_none());
        let regions = self.regions();
        let of = self.parts.iter().filter_map(|p| p.shard).chain(self.shard).map(|s| s.of).next();
        let gap = |account: &AccountId, region: &Region| {
            Gap::from(GapFacts {
                account: account.clone(),
                region: region.clone(),
                service: "sts".into(),
                operation: "AssumeRole".into(),
                subject: account.to_string(),
                kind: GapKind::NotAsked,
                code: None,
                detail: match of {
                    Some(of) => format!(
                        "the account belongs to shard {} of {of}, which is not among the snapshots",
                        Shard::holding(account, of).number
                    ),
                    None => "no snapshot holds this account".to_owned(),
                },
                record: None,
            })
        };
        missing.flat_map(|account| regions.iter().map(move |region| gap(account, region))).collect()
    }
}

#[cfg(test)]
impl AccountRun {
    /// The run that read this account alone.
    pub(crate) fn alone(self) -> Run {
        let region = self.regions[0].clone();
        Run {
            format: FORMAT,
            id: "00000000".to_owned(),
            tool: Tool::this(),
            started: self.started,
            ended: self.ended,
            selection: Selection {
                by: SelectedBy::Credentials,
                accounts: vec![self.account.clone()],
                regions: self.regions.clone(),
                organization: None,
                role: None,
                asker: Asker { account: self.account.clone(), region, caller: self.caller.clone() },
                endpoints: Vec::new(),
            },
            window: self.window,
            accounts: vec![self],
            rate: "none".to_owned(),
            command: "keywitness run".to_owned(),
            interrupted: false,
            sample: false,
            pauses: Vec::new(),
            shard: None,
            parts: Vec::new(),
        }
    }
}

/// An organization's id, by the grammar that AWS documents.
fn is_organization(id: &str) -> bool {
    let rest = id.strip_prefix("o-").unwrap_or_default();
    (10..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

impl Shard {
    /// The shard that reads an account. It follows from the account's id alone, so a list that changes between two
    /// shards moves no account from one to the other.
    #[must_use]
    pub fn holding(account: &AccountId, of: u32) -> Self {
        let digest = Sha256::digest(account.as_str().as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
        let number = u32::try_from(number % u64::from(of.max(1))).unwrap_or(0) + 1;
        Self { number, of }
    }

    /// Whether this shard reads the account.
    #[must_use]
    pub fn holds(self, account: &AccountId) -> bool {
        Self::holding(account, self.of) == self
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(n, of)| Some((n.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(format!("{text:?} is not a shard, such as 3/16")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_in_exactly_one_shard() {
        for n in 0..500_u64 {
            let account: AccountId = format!("{:012}", 100_000_000_000 + n * 7919).parse().unwrap();
            let holding = (1..=16).filter(|number| Shard { number: *number, of: 16 }.holds(&account)).count();
            assert_eq!(holding, 1, "{account}");
        }
    }

    #[test]
    fn a_shard_is_a_number_of_a_number() {
        assert_eq!("3/16".parse(), Ok(Shard { number: 3, of: 16 }));
        for odd in ["0/16", "17/16", "3", "3/", "/16", "a/b", "1/0", "-1/4"] {
            assert!(odd.parse::<Shard>().is_err(), "{odd}");
        }
    }

    #[test]
    fn only_a_host_of_aws_over_tls_counts_as_aws() {
        assert!(is_aws("https://kms.eu-west-1.amazonaws.com"));
        assert!(is_aws("https://firehose.cn-north-1.amazonaws.com.cn"));
        for other in ["http://kms.eu-west-1.amazonaws.com", "https://amazonaws.com.example", "https://127.0.0.1:4566"] {
            assert!(!is_aws(other), "{other}");
        }
    }
}
