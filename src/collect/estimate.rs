//! What a run would ask, how long AWS's quotas make it take, and which of them bounds it: for `--plan`.
//!
//! Only the lists of streams are read, one call for ten thousand names. Everything else follows from how many streams
//! there are, by assumptions that are told: a key for every stream (there may be fewer), one trail, one page for every
//! listing that is not about streams.

use super::accounts::Tour;
use super::clients::Clients;
use super::sts::Caller;
use super::{Plan, firehose};
use crate::model::operation::Operation;
use crate::model::{AccountId, Region, event, operation};
use futures_util::future::join_all;

/// What was assumed, in sentences.
pub const ASSUMED: [&str; 4] = [
    "every stream has a key of its own, and neither has tags; streams that share keys, and tags, make it less",
    "one page of events for every event name, and one trail; busy accounts have more pages, at 2 a second",
    "nobody else uses the quotas; what is throttled is tried again and takes longer",
    "signing, time stamps and the archive come after the reading and are not in it",
];

/// One Region of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// How many streams the list names.
    pub streams: u64,
    /// Why that is not all, or nothing can be read here.
    pub unknown: Option<String>,
    /// How many calls it takes.
    pub calls: u64,
    /// How many seconds the calls take at the share of the quotas; `None` without limits.
    pub seconds: Option<f64>,
    /// The operation that takes so long.
    pub bound: Option<&'static Operation>,
    /// How often each operation is needed, where that can be said.
    pub by: Vec<(&'static Operation, u64)>,
    /// Operations of which it is not known how often they are needed.
    pub open: Vec<&'static Operation>,
}

/// What a Region is to its account: what is not of one Region is asked in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    First { entered: bool },
    Further,
}

/// How often an operation is needed in a Region with so many streams; `None` when that cannot be said beforehand.
fn calls(operation: &Operation, streams: u64) -> Option<u64> {
    let pages = |size: u64| streams.div_ceil(size).max(1);
    Some(match (operation.service, operation.name) {
        ("firehose", "ListDeliveryStreams") => pages(10_000),
        ("kms", "ListAliases") | ("cloudwatch", "GetMetricData") => pages(100),
        ("kms", "GetKeyPolicy") => 2 * streams,
        ("tag", "GetResources") => 2 * pages(100),
        ("organizations", "ListPolicies") => 2,
        ("firehose" | "kms", _) => streams,
        ("cloudtrail", "LookupEvents") => event::NAMES.len() as u64,
        ("cloudwatch" | "events", "DescribeAlarms" | "ListRules") | ("cloudtrail" | "iam" | "sts" | "ec2", _) => 1,
        _ => return None,
    })
}

/// What the run will ask in a Region of that rank.
fn operations(plan: &Plan, rank: Rank) -> impl Iterator<Item = &'static Operation> {
    let further: &[Operation] = if plan.further { operation::FURTHER } else { &[] };
    let last_use = plan.key_last_usage.then_some(&operation::GET_KEY_LAST_USAGE);
    let public_keys = plan.public_keys.then_some(&operation::LIST_PUBLIC_KEYS);
    let regions = plan.all_regions.then_some(&operation::DESCRIBE_REGIONS);
    let role = (rank == Rank::First { entered: true }).then_some(&operation::ASSUME_ROLE);
    let all = operation::CORE.iter().chain(further).chain(last_use).chain(public_keys).chain(regions).chain(role);
    all.filter(move |operation| rank != Rank::Further || !of_the_account(operation))
}

/// Whether it is asked once an account, and not in every Region.
fn of_the_account(operation: &Operation) -> bool {
    ["iam", "organizations", "sts", "s3", "ec2"].contains(&operation.service)
}

/// A line from how many streams there are.
fn line(place: (&AccountId, &Region), streams: u64, unknown: Option<String>, plan: &Plan, rank: Rank) -> Line {
    let ((account, region), share) = (place, plan.quota_share);
    let mut found = Line {
        account: account.clone(),
        region: region.clone(),
        streams,
        unknown,
        calls: 0,
        seconds: share.map(|_| 0.0),
        bound: None,
        by: Vec::new(),
        open: Vec::new(),
    };
    for operation in operations(plan, rank) {
        let Some(calls) = calls(operation, streams) else {
            found.open.push(operation);
            continue;
        };
        found.calls += calls;
        found.by.push((operation, calls));
        let Some(share) = share else { continue };
        #[expect(clippy::cast_precision_loss, reason = "thousands of calls")]
        let seconds = calls as f64 / (f64::from(operation.per_second) * share);
        if found.seconds.is_none_or(|longest| seconds > longest) {
            (found.seconds, found.bound) = (Some(seconds), Some(operation));
        }
    }
    found
}

impl Tour<'_> {
    /// Counts the streams of one account, in every Region.
    pub async fn count(&self, id: &AccountId, state: Option<&str>, caller: Option<Caller>) -> Vec<Line> {
        let closed = |region: &Region, why: String| Line {
            calls: 0,
            seconds: None,
            bound: None,
            by: Vec::new(),
            open: Vec::new(),
            ..line((id, region), 0, Some(why), self.plan, Rank::Further)
        };
        let entered = caller.is_none();
        let (config, _) = match self.enter(id, state, caller).await {
            Ok(entered) => entered,
            Err(why) => return vec![closed(self.home, why.detail)],
        };
        let asked = match self.regions(id, &config).await {
            Ok((asked, _)) => asked,
            Err((why, _)) => return vec![closed(self.home, why)],
        };
        let first = asked.iter().find(|a| a.enabled).map(|a| a.region.clone());
        let one = async |region: &Region| {
            let rank = if first.as_ref() == Some(region) { Rank::First { entered } } else { Rank::Further };
            let session = self.session(id, std::slice::from_ref(region));
            let clients = Clients::new(&config, region);
            let streams = firehose::list(&session, region, &clients.firehose).await.len() as u64;
            let (records, _) = session.close();
            let failed = records.iter().find_map(|r| r.error.as_ref());
            let unknown = failed.map(|e| format!("the list of streams could not be read: {}: {}", e.code, e.message));
            line((id, region), streams, unknown, self.plan, rank)
        };
        let open = asked.iter().filter(|a| a.enabled).map(|a| one(&a.region));
        let mut lines = join_all(open).await;
        lines.extend(asked.iter().filter(|a| !a.enabled).map(|a| closed(&a.region, a.gap(id).detail.clone())));
        lines.sort_by(|a, b| a.region.cmp(&b.region));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(streams: u64, change: impl FnOnce(&mut Plan)) -> Line {
        let mut plan = Plan { quota_share: Some(1.0), ..Plan::of("eu-west-1") };
        change(&mut plan);
        let place = (&"111122223333".parse().unwrap(), &"eu-west-1".parse().unwrap());
        line(place, streams, None, &plan, Rank::First { entered: false })
    }

    #[test]
    fn few_streams_are_bound_by_events_and_many_by_descriptions() {
        let few = of(10, |_| {});
        assert_eq!(few.bound.map(|o| o.name), Some("LookupEvents"));
        let many = of(1000, |_| {});
        assert_eq!(many.bound.map(|o| o.service), Some("firehose"));
        assert!((many.seconds.unwrap() - 200.0).abs() < 0.01, "{:?}", many.seconds);
    }

    #[test]
    fn half_the_quota_takes_twice_as_long() {
        let half = of(1000, |plan| plan.quota_share = Some(0.5)).seconds.unwrap();
        assert!((half - 400.0).abs() < 0.01, "{half}");
        assert_eq!(of(1000, |plan| plan.quota_share = None).seconds, None);
    }

    #[test]
    fn what_is_of_an_account_is_counted_in_one_of_its_regions() {
        let place = (&"111122223333".parse().unwrap(), &"eu-west-1".parse().unwrap());
        let plan = Plan::of("eu-west-1");
        let count = |rank| line(place, 1, None, &plan, rank);
        let (own, entered, further) =
            (count(Rank::First { entered: false }), count(Rank::First { entered: true }), count(Rank::Further));
        assert_eq!(entered.calls, own.calls + 1, "the role is taken");
        let services = |line: &Line| line.by.iter().any(|(o, _)| of_the_account(o));
        assert!(services(&own) && !services(&further) && !further.open.iter().any(|o| of_the_account(o)));
    }

    #[test]
    fn what_is_not_asked_is_not_counted_and_what_is_asked_for_is() {
        let usual = of(100, |_| {}).calls;
        let near = of(100, |plan| plan.further = false);
        assert!(near.calls < usual);
        assert!(!near.open.iter().any(|o| operation::FURTHER.contains(o)));
        assert_eq!(of(100, |plan| plan.key_last_usage = true).calls, usual + 100);
        assert_eq!(of(100, |plan| plan.public_keys = true).calls, usual + 1);
        assert_eq!(of(100, |plan| plan.all_regions = true).calls, usual + 1);
    }
}
