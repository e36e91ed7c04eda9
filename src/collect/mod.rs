//! The only AWS reads: calls become records, and nothing is judged.
//!
//! Each account is read once a run: who we are there, then every Region side by side (`accounts`). What a Region is asked:
//!
//! ```text
//! ListDeliveryStreams ─> DescribeDeliveryStream                              once per stream
//!                    │    └> DescribeKey ─> rotation, policies, grants       once per distinct key
//!                    └> GetResources: tags, a hundred streams or keys a call; one by one what it does not name
//! ListAliases · DescribeTrails ─> status, selectors · LookupEvents per event name
//! ```
//!
//! and then, once each, what these refer to (`reading`, `further`).
//!
//! A call that fails is a record too. What was asked follows from the answers alone, so whoever reads the
//! records later (`crate::snapshot`) can tell a call that failed from one that never was.

mod accounts;
mod allow;
pub mod athena;
pub mod bucket;
mod clients;
mod cloudtrail;
pub mod estimate;
mod firehose;
mod further;
pub mod journal;
mod kms;
mod pace;
mod reading;
mod regions;
mod session;
mod sts;
mod tags;
mod tap;

use crate::clock;
use crate::model::run::{Asker, FORMAT, Run, SelectedBy, Selection, Tool, Window};
use crate::model::{AccountId, Record, Region, Time};
use crate::wire::Wire;
pub use accounts::{Accounts, Role};
use clients::Clients;
use futures_util::StreamExt;
pub use session::Progress;
use session::Session;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinError;

/// What to read and how fast; checked before any call is made.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Plan {
    /// The Regions; empty means the one that the AWS configuration names.
    pub regions: Vec<Region>,
    /// Whether every Region of an account is read, and not those named.
    pub all_regions: bool,
    /// Which accounts, and how they are entered.
    pub accounts: Accounts,
    /// Whether the endpoints are those validated by FIPS 140.
    pub fips: bool,
    /// Whether the endpoints are those that answer over IPv6 too.
    pub dual_stack: bool,
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
    /// Whether the surroundings of streams, keys and trails are read too.
    pub further: bool,
    /// How long one attempt of a call may take, where that is not the usual.
    pub call_timeout: Option<Duration>,
    /// Whether the last use of each key is asked for.
    pub key_last_usage: bool,
    /// Whether the public keys of CloudTrail's digests are asked for.
    pub public_keys: bool,
    /// The command as typed, for the record.
    pub command: String,
    /// The run to go on with, where one broke off; its Regions and window are those of the plan.
    pub begun: Option<journal::Begun>,
}

#[cfg(test)]
impl Plan {
    /// One Region, with all that a run asks by itself.
    fn of(region: &str) -> Self {
        Self {
            regions: vec![region.parse().expect("a Region")],
            all_regions: false,
            accounts: Accounts::default(),
            fips: false,
            dual_stack: false,
            profile: None,
            endpoint_url: None,
            window: None,
            quota_share: None,
            max_attempts: 1,
            further: true,
            call_timeout: None,
            key_last_usage: false,
            public_keys: false,
            command: String::new(),
            begun: None,
        }
    }
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
    /// The accounts of the organization could not be listed, so nobody would know what is missing.
    #[error("cannot list the accounts of the organization: {0}")]
    Organization(String),
    /// The run that is to be gone on with is of another account.
    #[error("cannot resume: the run that broke off reads account {begun}, and these credentials are of account {here}")]
    Account {
        /// The account of that run.
        begun: AccountId,
        /// The account of the credentials.
        here: AccountId,
    },
    /// No Region was given or configured.
    #[error("no Region to read: none was given and the AWS configuration names none")]
    NoRegion,
    /// A reading task broke: a fault of this program.
    #[error("a reading task broke: {0}")]
    Task(#[from] JoinError),
}

/// Reads the accounts. `stop` may be set at any time: calls that are under way come to their end, no other is made.
///
/// # Errors
/// When there are no credentials or no Region, or the accounts of the organization cannot be listed; a call that fails
/// later is a record, and an account that cannot be entered a gap.
pub async fn collect(
    plan: &Plan,
    progress: &dyn Progress,
    stop: &AtomicBool,
    announce: &dyn Fn(&Run),
) -> Result<(Run, Vec<Record>), CollectError> {
    let base = clients::configure(plan).await;
    let (plan, first) = &settle(plan, &base)?;
    let begun = plan.begun.as_ref();
    let started = begun.map_or_else(clock::now, |b| b.started);
    let caller = sts::identify(&Clients::new(&base, first).identity, first).await.map_err(CollectError::Identity)?;
    if let Some(account) = begun.map(|b| &b.account).filter(|account| **account != caller.account) {
        return Err(CollectError::Account { begun: account.clone(), here: caller.account });
    }
    let home = home(plan, &caller, first);
    let (own, own_partition) = (caller.account.clone(), caller.partition.clone());
    let mut run = begin(plan, &caller, first, started);
    let desk = Session::new(own.clone(), std::slice::from_ref(first), plan.quota_share, stop, progress);
    let found = accounts::find(&plan.accounts, &desk, first, &Wire::new(&base), &own).await?;
    run.selection.by = found.by;
    run.selection.organization = found.organization;
    run.selection.accounts = found.accounts.keys().cloned().collect();
    announce(&run);
    let mine = |id: &AccountId| plan.accounts.shard.is_none_or(|shard| shard.holds(id));
    let visits: Vec<(AccountId, Option<String>)> = found.accounts.into_iter().filter(|(id, _)| mine(id)).collect();
    let mut caller = Some(caller);
    if !visits.iter().any(|(id, _)| *id == own)
        && let Some(caller) = caller.take()
    {
        caller.record(&desk);
    }
    let (mut records, endpoints) = desk.close();
    run.selection.endpoints = endpoints;
    let tour = accounts::Tour {
        plan,
        base: &base,
        home: &home,
        own_partition: &own_partition,
        run_id: &run.id,
        started: run.started,
        stop,
        progress,
    };
    let reads = visits.iter().map(|(id, state)| {
        let caller = if *id == own { caller.take() } else { None };
        tour.read(id, state.as_deref(), caller)
    });
    let mut read = futures_util::stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(accounts::SIDE_BY_SIDE);
    while let Some((account, of_account)) = read.next().await {
        run.window.from = run.window.from.min(account.window.from);
        run.window.to = run.window.to.max(account.window.to);
        run.accounts.push(account);
        records.extend(of_account);
    }
    drop(read);
    run.accounts.sort_by(|a, b| a.account.cmp(&b.account));
    run.ended = clock::now();
    run.interrupted = stop.load(Ordering::Relaxed);
    Ok((run, records))
}

/// What a run would ask, place by place.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Whose accounts, in words.
    pub subject: String,
    /// One for each account and Region.
    pub lines: Vec<estimate::Line>,
    /// What is asked once a run and in no place of it: the accounts of the organization, and who asks.
    pub once: Vec<(&'static crate::model::Operation, u64)>,
}

impl Estimate {
    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        let once: u64 = self.once.iter().map(|(_, calls)| calls).sum();
        once + self.lines.iter().map(|line| line.calls).sum::<u64>()
    }

    /// How often each operation is needed, over all places.
    #[must_use]
    pub fn by_operation(&self) -> std::collections::BTreeMap<String, u64> {
        let mut by = std::collections::BTreeMap::new();
        for (operation, calls) in self.lines.iter().flat_map(|line| &line.by).chain(&self.once) {
            *by.entry(format!("{}:{}", operation.service, operation.name)).or_default() += calls;
        }
        by
    }

    /// The place that takes longest.
    #[must_use]
    pub fn slowest(&self) -> Option<&estimate::Line> {
        self.lines.iter().max_by(|a, b| a.seconds.unwrap_or(0.0).total_cmp(&b.seconds.unwrap_or(0.0)))
    }

    /// How long it takes: Regions side by side, accounts as many at a time as a run reads.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        let mut accounts = std::collections::BTreeMap::<&AccountId, f64>::new();
        for line in &self.lines {
            let longest = accounts.entry(&line.account).or_default();
            *longest = longest.max(line.seconds.unwrap_or(0.0));
        }
        let (longest, all) = accounts.values().fold((0.0_f64, 0.0), |(longest, all), s| (longest.max(*s), all + s));
        #[expect(clippy::cast_precision_loss, reason = "eight")]
        let side_by_side = accounts::SIDE_BY_SIDE as f64;
        self.lines.iter().any(|l| l.seconds.is_some()).then(|| longest.max(all / side_by_side))
    }

    /// Operations that are not in it, each once.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        let all: std::collections::BTreeSet<String> =
            self.lines.iter().flat_map(|l| &l.open).map(|o| format!("{}:{}", o.service, o.name)).collect();
        all.into_iter().collect()
    }
}

/// Watches nothing.
struct Unwatched;

impl Progress for Unwatched {
    fn planned(&self, _: u64) {}
    fn done(&self, _: bool) {}
}

/// Counts what a run would ask. Of AWS it reads who we are, which accounts and Regions there are, and the lists of
/// streams.
///
/// # Errors
/// As [`collect`].
pub async fn estimate(plan: &Plan) -> Result<Estimate, CollectError> {
    let (stop, progress) = (AtomicBool::new(false), Unwatched);
    let base = clients::configure(plan).await;
    let (plan, first) = &settle(plan, &base)?;
    let caller = sts::identify(&Clients::new(&base, first).identity, first).await.map_err(CollectError::Identity)?;
    let home = home(plan, &caller, first);
    let (own, own_partition) = (caller.account.clone(), caller.partition.clone());
    let mut run = begin(plan, &caller, first, clock::now());
    let desk = Session::new(own.clone(), std::slice::from_ref(first), plan.quota_share, &stop, &progress);
    let found = accounts::find(&plan.accounts, &desk, first, &Wire::new(&base), &own).await?;
    let lists = desk.close().0.len() as u64;
    let mut once = vec![(&crate::model::operation::LIST_ACCOUNTS, lists)];
    run.selection.organization = found.organization;
    run.selection.accounts = found.accounts.keys().cloned().collect();
    let tour = accounts::Tour {
        plan,
        base: &base,
        home: &home,
        own_partition: &own_partition,
        run_id: &run.id,
        started: run.started,
        stop: &stop,
        progress: &progress,
    };
    let mut caller = Some(caller);
    let mine = |id: &AccountId| plan.accounts.shard.is_none_or(|shard| shard.holds(id));
    let visits: Vec<_> = found.accounts.iter().filter(|(id, _)| mine(id)).collect();
    if !visits.iter().any(|(id, _)| **id == own) {
        once.push((&crate::model::operation::GET_CALLER_IDENTITY, 1));
    }
    once.retain(|(_, calls)| *calls > 0);
    let counts = visits.into_iter().map(|(id, state)| {
        let caller = if *id == own { caller.take() } else { None };
        tour.count(id, state.as_deref(), caller)
    });
    let counts: Vec<_> = counts.collect();
    let lines: Vec<Vec<estimate::Line>> =
        futures_util::stream::iter(counts).buffered(accounts::SIDE_BY_SIDE).collect().await;
    Ok(Estimate { subject: run.subject(), lines: lines.into_iter().flatten().collect(), once })
}

/// The Region in which an account is asked what is not of one Region.
fn home(plan: &Plan, caller: &sts::Caller, first: &Region) -> Region {
    let usual = if plan.all_regions { regions::home(&caller.partition) } else { None };
    usual.unwrap_or_else(|| first.clone())
}

/// The head of a run whose accounts are not known yet.
fn begin(plan: &Plan, caller: &sts::Caller, first: &Region, started: Time) -> Run {
    let begun = plan.begun.as_ref();
    Run {
        format: FORMAT,
        // Of its own: the part that broke off may have made a pack already, and two packs never share an id.
        id: run_id(),
        tool: Tool::this(),
        started,
        ended: started,
        selection: Selection {
            by: SelectedBy::Credentials,
            accounts: Vec::new(),
            regions: plan.regions.clone(),
            organization: None,
            role: plan.accounts.role.as_ref().map(|role| role.template().to_owned()),
            asker: Asker { account: caller.account.clone(), region: first.clone(), caller: caller.arn.clone() },
            endpoints: Vec::new(),
        },
        accounts: Vec::new(),
        window: window(plan, started),
        rate: plan.quota_share.map_or_else(|| "none".to_owned(), |s| format!("{s}")),
        command: plan.command.clone(),
        interrupted: false,
        sample: false,
        pauses: begun.map(|b| b.pauses.clone()).unwrap_or_default(),
        shard: plan.accounts.shard,
        parts: Vec::new(),
    }
}

/// The plan with its Regions, and the Region of what is asked once a run.
fn settle(plan: &Plan, base: &aws_config::SdkConfig) -> Result<(Plan, Region), CollectError> {
    let mut plan = plan.clone();
    let configured: Option<Region> = base.region().and_then(|r| r.as_ref().parse().ok());
    if plan.regions.is_empty() && !plan.all_regions {
        plan.regions.extend(configured.clone());
    }
    plan.regions.sort();
    plan.regions.dedup();
    let usual = || if plan.all_regions { regions::home("aws") } else { None };
    let first = plan.regions.first().cloned().or(configured).or_else(usual).ok_or(CollectError::NoRegion)?;
    Ok((plan, first))
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
