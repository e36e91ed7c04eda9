//! The only AWS reads: calls become records, and nothing is judged.
//!
//! Each account is read once a run: who we are, then every Region side by side. What a Region is asked:
//!
//! ```text
//! ListDeliveryStreams ─> DescribeDeliveryStream, ListTagsForDeliveryStream   once per stream
//!                         └> DescribeKey ─> rotation, policies, tags         once per distinct key
//! ListAliases · DescribeTrails ─> status, selectors · LookupEvents per event name
//! ```
//!
//! A call that fails is a record too. What was asked follows from the answers alone, so whoever reads the
//! records later (`crate::snapshot`) can tell a call that failed from one that never was.

mod allow;
mod clients;
mod cloudtrail;
mod firehose;
pub mod journal;
mod kms;
mod session;
mod sts;
mod tap;

use crate::clock;
use crate::model::run::{FORMAT, Run, Tool, Window};
use crate::model::{Record, Region, Time};
use clients::Clients;
pub use session::Progress;
use session::Session;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinError;

/// What to read and how fast; checked before any call is made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The Regions; empty means the one that the AWS configuration names.
    pub regions: Vec<Region>,
    /// The AWS profile, where not the default.
    pub profile: Option<String>,
    /// Where to send all calls instead of AWS.
    pub endpoint_url: Option<String>,
    /// From when to when events are looked up; `None` is the last 90 days.
    pub window: Option<Window>,
    /// The share of AWS's request quotas to use, above 0 and at most 1; `None` paces nothing.
    pub quota_share: Option<f64>,
    /// How often a call is tried before it counts as failed.
    pub max_attempts: u32,
    /// Whether the public keys of CloudTrail's digests are asked for.
    pub public_keys: bool,
    /// The command as typed, for the record.
    pub command: String,
    /// The run to go on with, where one broke off; its Regions and window are those of the plan.
    pub begun: Option<journal::Begun>,
}

/// What of a body may be written down, and the places where something was taken out: for answers that were not heard
/// but read from a file.
#[must_use]
pub fn filtered(operation: &crate::model::Operation, body: serde_json::Value) -> (serde_json::Value, Vec<String>) {
    let allow::Filtered { body, withheld } = allow::filter(operation.service, operation.name, body);
    (body, withheld)
}

/// What of one CloudTrail event may be written down.
#[must_use]
pub fn filtered_event(event: serde_json::Value) -> (serde_json::Value, Vec<String>) {
    let allow::Filtered { body, withheld } = allow::event(event);
    (body, withheld)
}

/// How many days back `LookupEvents` sees.
pub const LOOKUP_DAYS: i64 = 90;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// STS did not say who we are.
    #[error("cannot find out which account to read: {0}")]
    Identity(String),
    /// The run that is to be gone on with is of another account.
    #[error("cannot resume: the run that broke off reads account {begun}, and these credentials are of account {here}")]
    Account {
        /// The account of that run.
        begun: crate::model::AccountId,
        /// The account of the credentials.
        here: crate::model::AccountId,
    },
    /// No Region was given or configured.
    #[error("no Region to read: none was given and the AWS configuration names none")]
    NoRegion,
    /// A reading task broke: a fault of this program.
    #[error("a reading task broke: {0}")]
    Task(#[from] JoinError),
}

/// Reads the account. `stop` may be set at any time: calls that are under way come to their end, no other is made.
///
/// # Errors
/// When there are no credentials or no Region; a call that fails later is a record, not an error.
pub async fn collect(
    plan: &Plan,
    progress: &dyn Progress,
    stop: &AtomicBool,
    announce: &dyn Fn(&Run),
) -> Result<(Run, Vec<Record>), CollectError> {
    let base = clients::configure(plan).await;
    let regions = regions(plan, &base)?;
    let begun = plan.begun.as_ref();
    let asked = clock::now();
    let started = begun.map_or(asked, |b| b.started);
    let first = Clients::new(&base, &regions[0]);
    let caller = sts::identify(&first.identity).await?;
    let mut run = Run {
        format: FORMAT,
        id: begun.map_or_else(run_id, |b| b.id.clone()),
        tool: Tool::this(),
        started,
        ended: started,
        account: caller.account.clone(),
        partition: caller.partition.clone(),
        caller: caller.arn.clone(),
        window: window(plan, started),
        endpoints: Vec::new(),
        rate: plan.quota_share.map_or_else(|| "none".to_owned(), |s| format!("{s}")),
        command: plan.command.clone(),
        interrupted: false,
        sample: false,
        pauses: begun.map(|b| b.pauses.clone()).unwrap_or_default(),
        regions,
    };
    if let Some(account) = begun.map(|b| &b.account).filter(|a| **a != run.account) {
        return Err(CollectError::Account { begun: account.clone(), here: run.account });
    }
    announce(&run);
    let session = Session::new(run.account.clone(), &run.regions, plan.quota_share, stop, progress);
    caller.record(&session, &run.regions[0]);
    let reads = run.regions.iter().map(|region| place(&session, region, Clients::new(&base, region), plan, run.window));
    futures_util::future::join_all(reads).await;
    let (records, endpoints) = session.close();
    run.endpoints = endpoints;
    run.ended = clock::now();
    run.interrupted = stop.load(Ordering::Relaxed);
    Ok((run, records))
}

/// Everything that one Region is asked, all at once; the rate limits keep the order of things sane.
async fn place(session: &Session<'_>, region: &Region, clients: Clients, plan: &Plan, window: Window) {
    let public_keys = async {
        if plan.public_keys {
            cloudtrail::public_keys(session, region, &clients.cloudtrail, window).await;
        }
    };
    tokio::join!(
        public_keys,
        firehose::streams_and_keys(session, region, &clients),
        kms::aliases(session, region, &clients.kms),
        cloudtrail::trails(session, region, &clients.cloudtrail),
        cloudtrail::events(session, region, &clients.cloudtrail, window),
    );
}

fn regions(plan: &Plan, base: &aws_config::SdkConfig) -> Result<Vec<Region>, CollectError> {
    let mut regions = plan.regions.clone();
    if regions.is_empty() {
        let configured = base.region().and_then(|r| r.as_ref().parse().ok());
        regions.extend(configured);
    }
    regions.sort();
    regions.dedup();
    if regions.is_empty() { Err(CollectError::NoRegion) } else { Ok(regions) }
}

/// Events that have not happened yet cannot be looked up: a window that reaches into the future ends now.
fn window(plan: &Plan, now: Time) -> Window {
    match plan.window {
        Some(window) => Window { from: window.from, to: window.to.min(now) },
        None => Window { from: now - chrono::TimeDelta::days(LOOKUP_DAYS), to: now },
    }
}

/// Eight characters that no two runs share: from the operating system, through the standard library's hasher keys.
fn run_id() -> String {
    use std::hash::{BuildHasher, Hasher};
    let mut bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    let mut id = String::with_capacity(8);
    for _ in 0..8 {
        id.push(char::from(b"0123456789abcdefghijklmnopqrstuv"[(bits & 31) as usize]));
        bits >>= 5;
    }
    id
}
