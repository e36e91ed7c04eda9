//! AWS's request quotas, enforced: a bucket per account, Region and operation.
//!
//! The rates are those that AWS publishes, written down here a second time, so that a wrong figure in the program's own
//! table is found out. How much a bucket holds is not published; here it is two calls, or a tenth of a second's where
//! that is more: enough for the jitter of a network, and no burst.

use super::Request;
use keywitness::model::operation;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Instant;

/// Calls a second: Firehose's limits page, the KMS request quotas, the CloudTrail quotas.
const PUBLISHED: &[(&str, f64)] = &[
    ("firehose:ListDeliveryStreams", 5.0),
    ("firehose:DescribeDeliveryStream", 5.0),
    ("firehose:ListTagsForDeliveryStream", 5.0),
    ("kms:ListAliases", 500.0),
    ("kms:DescribeKey", 2000.0),
    ("kms:GetKeyRotationStatus", 1000.0),
    ("kms:GetKeyPolicy", 1000.0),
    ("kms:GetKeyLastUsage", 5.0),
    ("kms:ListGrants", 100.0),
    ("kms:ListKeyRotations", 100.0),
    ("kms:ListResourceTags", 2000.0),
    ("cloudtrail:DescribeTrails", 10.0),
    ("cloudtrail:GetTrailStatus", 10.0),
    ("cloudtrail:GetEventSelectors", 10.0),
    ("cloudtrail:LookupEvents", 2.0),
];

/// Who asked what where: what a quota is for.
type Bucket = (String, String, String);

/// The buckets, and what they let through.
#[derive(Default)]
pub struct Quotas {
    buckets: Mutex<HashMap<Bucket, Level>>,
}

struct Level {
    tokens: f64,
    since: Instant,
    allowed: u64,
    refused: u64,
}

/// The rate of an operation; what is not in the table above goes by the program's own.
pub fn rate(action: &str) -> f64 {
    let known = PUBLISHED.iter().find(|(name, _)| *name == action).map(|(_, rate)| *rate);
    let own = || {
        let (service, name) = action.split_once(':')?;
        operation::find(service, name).map(|o| f64::from(o.per_second))
    };
    known.or_else(own).unwrap_or(10.0)
}

impl Quotas {
    /// Whether a request may be answered now; one that may not costs nothing.
    pub fn allow(&self, request: &Request) -> bool {
        let rate = rate(&request.action());
        let holds = (rate / 10.0).max(2.0);
        let bucket = (request.access_key.clone(), request.region.clone(), request.action());
        let now = Instant::now();
        let mut buckets = self.buckets.lock().expect("the buckets");
        let level = buckets.entry(bucket).or_insert(Level { tokens: holds, since: now, allowed: 0, refused: 0 });
        level.tokens = (level.tokens + now.duration_since(level.since).as_secs_f64() * rate).min(holds);
        level.since = now;
        if level.tokens >= 1.0 {
            level.tokens -= 1.0;
            level.allowed += 1;
            return true;
        }
        level.refused += 1;
        false
    }

    /// By operation: the most calls that one bucket let through, the seconds that AWS's rate asks for so many, and how
    /// often all buckets refused.
    pub fn spent(&self) -> BTreeMap<String, (u64, f64, u64)> {
        let mut spent = BTreeMap::<String, (u64, f64, u64)>::new();
        for ((_, _, action), level) in self.buckets.lock().expect("the buckets").iter() {
            let most = spent.entry(action.clone()).or_default();
            most.2 += level.refused;
            if level.allowed > most.0 {
                #[expect(clippy::cast_precision_loss, reason = "thousands of calls")]
                let seconds = (level.allowed - 1) as f64 / rate(action);
                (most.0, most.1) = (level.allowed, seconds);
            }
        }
        spent
    }
}
