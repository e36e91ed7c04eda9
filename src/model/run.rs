//! The run itself: who asked what of whom, when, and by which way.

use super::names::{AccountId, Region};
use super::time::{self, Time};
use serde::{Deserialize, Serialize};

/// The format of the records and of this header; a reader refuses a number that it does not know.
pub const FORMAT: u32 = 1;

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
    /// The account that was read.
    pub account: AccountId,
    /// `aws`, `aws-us-gov`, `aws-cn`: from the caller's ARN.
    pub partition: String,
    /// The caller's ARN, as STS gave it.
    pub caller: String,
    /// The Regions that were asked for, in the order of their names.
    pub regions: Vec<Region>,
    /// The window of the event queries.
    pub window: Window,
    /// Where each client sent its calls.
    pub endpoints: Vec<Endpoint>,
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
}

/// Which program collected, or wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `keywitness`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This very program.
    #[must_use]
    pub fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

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

/// Where one client sent its calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The service.
    pub service: String,
    /// The Region.
    pub region: Region,
    /// Scheme, host and port as the calls used them; empty when no call was answered.
    pub url: String,
    /// Whether the host is one of AWS's own; if not, the evidence is not AWS's and every cover says so.
    pub aws: bool,
}

impl Run {
    /// The endpoints that are not AWS's own.
    pub fn foreign_endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|e| !e.aws)
    }
}
