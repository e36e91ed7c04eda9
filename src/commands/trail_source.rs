//! Where a trail's files are: a copy of its bucket on the disk, or the bucket itself.
//!
//! Of a bucket only that is listed which can matter: the folders of the accounts and Regions that the run read, and the
//! days of its window. The digests are read first. A digest that reaches over the beginning of the window names log files
//! from before it, and one of late files names old ones; those are fetched by their names, and nothing else from before.

use super::say;
use super::trail::{Found, list, read};
use crate::collect::Plan;
use crate::collect::bucket::{Absent, Bucket, Listed, Object, Wanted};
use crate::error::Error;
use crate::model::run::{Endpoint, Window};
use crate::model::{AccountId, Region, Run, Time};
use crate::trail::layout;
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Log files come up to so long after their events, and digests after the end of their hour.
const DELIVERY: TimeDelta = TimeDelta::hours(1);
/// The digest of such a log file ends up to an hour after its delivery, which is up to a quarter of an hour after its minute.
const LATE: TimeDelta = TimeDelta::minutes(60 + 75);
/// So many bytes are held at once, as stored; and as many again while they are read.
const BATCH: u64 = 24 << 20;
/// So many objects are fetched at once, however small.
const BATCH_FILES: usize = 512;
/// The largest object that is fetched, as for files on the disk.
const LARGEST: u64 = 256 << 20;
/// So many listings go on side by side.
const LISTINGS: usize = 8;

/// What was fetched, by name; of a folder on the disk nothing is.
pub(super) type Fetched = BTreeMap<String, Result<Object, Absent>>;

/// The files of a trail.
pub(super) struct Source {
    pub found: Found,
    /// What stands before the names of `found` to make them keys of objects.
    pub prefix: String,
    place: Place,
}

enum Place {
    Folder(PathBuf),
    Bucket(Runtime, Arc<Bucket>, BTreeMap<String, u64>),
}

/// A bucket and the prefix in it, of `s3://BUCKET/PREFIX`; `None` for a folder on the disk.
pub(super) fn bucket(named: &str) -> Option<Result<(&str, &str), Error>> {
    let place = named.strip_prefix("s3://")?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b) || b.is_ascii_uppercase();
    let named_well = (3..=255).contains(&bucket.len()) && bucket.bytes().all(plain);
    Some(if named_well {
        Ok((bucket, prefix))
    } else {
        Err(Error::new(format!("cannot read the trail's logs: {named} does not name a bucket"))
            .hint("--trail-logs s3://BUCKET/PREFIX, as DescribeTrails tells them: S3BucketName and S3KeyPrefix"))
    })
}

impl Source {
    /// Finds out what there is.
    pub fn open(named: &str, prefix: &str, plan: &Plan, run: &Run) -> Result<Self, Error> {
        let Some(place) = bucket(named) else {
            let prefix = slashed(prefix);
            // It was there when the run began. If it is not any more, that is told, and what was collected stays.
            let found = list(Path::new(named)).unwrap_or_else(|error| Found {
                not_read: vec![(".".to_owned(), error.what().to_owned())],
                ..Found::default()
            });
            return Ok(Self { found, prefix, place: Place::Folder(named.into()) });
        };
        let (name, below) = place?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::new(format!("cannot start reading: {e}")))?;
        let (bucket, found, sizes) = runtime.block_on(async {
            let bucket = Arc::new(Bucket::open(plan, &run.selection.asker.region, name).await);
            let signal = Arc::clone(&bucket);
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    say("stopping: the log files that were not fetched yet become gaps");
                    signal.stop();
                }
            });
            let (found, sizes) = discover(&bucket, &slashed(below), run).await;
            (bucket, found, sizes)
        });
        Ok(Self { found, prefix: String::new(), place: Place::Bucket(runtime, bucket, sizes) })
    }

    /// Whether it is a bucket and no copy of one.
    pub fn is_bucket(&self) -> bool {
        matches!(self.place, Place::Bucket(..))
    }

    /// Whether the user stopped the fetching.
    pub fn stopped(&self) -> bool {
        matches!(&self.place, Place::Bucket(_, bucket, _) if bucket.stopped())
    }

    /// How many bytes the objects have together, as listed.
    pub fn bytes(&self) -> Option<u64> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Bucket(.., sizes) => Some(sizes.values().sum()),
        }
    }

    pub fn endpoints(&self) -> Vec<Endpoint> {
        match &self.place {
            Place::Folder(_) => Vec::new(),
            Place::Bucket(_, bucket, _) => bucket.endpoints(),
        }
    }

    /// Hands the files over, of a bucket in batches that fit in memory: while one is worked on, the next is fetched.
    pub fn batches(&self, names: &[String], mut work: impl FnMut(&Fetched, &[String])) {
        let Place::Bucket(runtime, bucket, sizes) = &self.place else { return work(&Fetched::new(), names) };
        let batches = cut(names, |name| sizes.get(name).copied().unwrap_or_default());
        let get = |batch: &[String]| {
            let (large, fit): (Vec<_>, Vec<_>) =
                batch.iter().cloned().partition(|name| sizes.get(name).is_some_and(|size| *size > LARGEST));
            let mut got = runtime.block_on(bucket.get(&fit));
            let why = || Absent { nothing: false, why: format!("larger than {LARGEST} bytes") };
            got.extend(large.into_iter().map(|name| (name, Err(why()))));
            got
        };
        let mut ahead = batches.first().map(|batch| get(batch));
        for (at, batch) in batches.iter().enumerate() {
            let now = ahead.take().unwrap_or_default();
            std::thread::scope(|scope| {
                let next = batches.get(at + 1).map(|next| scope.spawn(|| get(next)));
                work(&now, batch);
                ahead = next.map(|thread| match thread.join() {
                    Ok(got) => got,
                    Err(panic) => std::panic::resume_unwind(panic),
                });
            });
        }
    }

    /// The bytes of a file: fetched before, or read now.
    pub fn bytes_of<'b>(&self, fetched: &'b Fetched, name: &str, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], String> {
        match (&self.place, fetched.get(name)) {
            (_, Some(Ok(object))) => Ok(&object.bytes),
            (_, Some(Err(absent))) => Err(absent.why.clone()),
            (Place::Folder(folder), None) => read(&folder.join(name), buffer).map_err(|error| error.to_string()),
            (Place::Bucket(..), None) => Err("it was not fetched".to_owned()),
        }
    }
}

/// Neighbours that are fetched together.
fn cut(names: &[String], size: impl Fn(&String) -> u64) -> Vec<&[String]> {
    let (mut batches, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (at, name) in names.iter().enumerate() {
        let more = size(name);
        if at > begin && (bytes + more > BATCH || at - begin == BATCH_FILES) {
            batches.push(&names[begin..at]);
            (begin, bytes) = (at, 0);
        }
        bytes += more;
    }
    batches.push(&names[begin..]);
    batches.retain(|batch| !batch.is_empty());
    batches
}

pub(super) fn slashed(prefix: &str) -> String {
    let prefix = prefix.trim_start_matches('/');
    if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") }
}

/// The folder below which accounts have theirs. What was typed behind `AWSLogs` is found by account and Region anyway.
pub(super) fn base(prefix: &str) -> String {
    match format!("/{prefix}").rfind("/AWSLogs/") {
        Some(at) => prefix[..at + "AWSLogs/".len()].to_owned(),
        None => format!("{prefix}AWSLogs/"),
    }
}

/// Whether a log file or digest can tell of the window; a name without a time can.
fn matters(object: &str, window: Window) -> bool {
    match layout::digest_name(object) {
        Some((_, end)) => window.from < end && end <= window.to + LATE,
        None => match layout::log_place(object) {
            place if place.exact => place.time.is_none_or(|t| window.from <= t && t <= window.to + DELIVERY),
            _ => true,
        },
    }
}

/// Whether a log file is from before the window or long after it: then it is read only when a digest names it.
pub(super) fn is_aside(object: &str, window: Window) -> bool {
    layout::log_place(object).time.is_some_and(|time| time < window.from || time > window.to + DELIVERY)
}

/// The folders of accounts; an organization's trail has one folder more.
async fn roots(bucket: &Bucket, base: &str, not_read: &mut Vec<(String, String)>) -> Vec<String> {
    let mut roots = Vec::new();
    match bucket.list(base, &Wanted::Folders).await {
        Err(why) => not_read.push((base.to_owned(), why)),
        Ok(listed) => {
            for folder in listed.folders {
                if last(&folder).starts_with("o-") {
                    match bucket.list(&folder, &Wanted::Folders).await {
                        Err(why) => not_read.push((folder, why)),
                        Ok(inner) => roots.extend(inner.folders),
                    }
                } else {
                    roots.push(folder);
                }
            }
        }
    }
    roots
}

/// The objects of each place between two days, both included.
async fn between(bucket: &Bucket, places: Vec<String>, days: (Time, Time)) -> Vec<(String, Result<Listed, String>)> {
    let day = |time: Time| time.format("%Y/%m/%d").to_string();
    let (first, end) = (day(days.0), day(days.1));
    let one = |place: String| {
        let (after, last) = (format!("{place}{first}"), format!("{place}{end}/~"));
        async move {
            let listed = bucket.list(&place, &Wanted::Objects { after: &after, last: &last }).await;
            (place, listed)
        }
    };
    futures_util::stream::iter(places.into_iter().map(one)).buffered(LISTINGS).collect().await
}

/// Lists the folders of the run's accounts and Regions. What cannot be listed is not read, and said so.
async fn discover(bucket: &Bucket, prefix: &str, run: &Run) -> (Found, BTreeMap<String, u64>) {
    let (mut found, mut sizes) = (Found::default(), BTreeMap::new());
    let base = base(prefix);
    let roots = roots(bucket, &base, &mut found.not_read).await;
    let listed_all = found.not_read.is_empty();
    let mut places = Vec::new();
    for account in &run.accounts {
        let own: Vec<&String> = roots.iter().filter(|root| last(root) == account.account.as_str()).collect();
        if own.is_empty() && listed_all {
            let why = format!("there is no folder of account {} below it", account.account);
            found.not_read.push((base.clone(), why));
        }
        for root in own {
            for region in &account.regions {
                places.extend(["CloudTrail", "CloudTrail-Digest"].map(|section| format!("{root}{section}/{region}/")));
            }
        }
    }
    // A day more at each end: what a name says and the folder of its day may differ around midnight.
    let days = (run.window.from - TimeDelta::days(1), run.window.to + TimeDelta::days(1));
    for (place, listed) in between(bucket, places, days).await {
        match listed {
            Err(why) => found.not_read.push((place, why)),
            Ok(listed) => {
                let here: Vec<_> = listed.objects.into_iter().filter(|(key, _)| matters(key, run.window)).collect();
                if here.is_empty() {
                    let why =
                        "nothing of the window lies there: the trail does not record this Region, or it was removed";
                    found.not_read.push((place, why.to_owned()));
                }
                found.files.extend(here.iter().map(|(key, _)| key.clone()));
                sizes.extend(here);
            }
        }
    }
    (found, sizes)
}

/// The files of the days that a window touches, with their sizes; and what could not be listed. `sections` are the folders
/// of log files, of digests or both.
pub(super) async fn sizes(
    bucket: &Bucket,
    prefix: &str,
    of: &BTreeMap<AccountId, Vec<Region>>,
    sections: &[&str],
    window: Window,
) -> (Vec<(String, u64)>, Vec<(String, String)>) {
    let mut unknown = Vec::new();
    let roots = roots(bucket, &base(&slashed(prefix)), &mut unknown).await;
    let mut places = Vec::new();
    for (account, regions) in of {
        for root in roots.iter().filter(|root| last(root) == account.as_str()) {
            let each = |region| sections.iter().map(move |section| format!("{root}{section}/{region}/"));
            places.extend(regions.iter().flat_map(each));
        }
    }
    let mut objects = Vec::new();
    for (place, listed) in between(bucket, places, (window.from, window.to + TimeDelta::days(1))).await {
        match listed {
            Err(why) => unknown.push((place, why)),
            Ok(listed) => objects.extend(listed.objects),
        }
    }
    (objects, unknown)
}

/// The place of the log files as a table names it.
pub(super) fn location(named: &str) -> String {
    match bucket(named) {
        Some(Ok((bucket, prefix))) => format!("s3://{bucket}/{}", base(&slashed(prefix))),
        _ => named.to_owned(),
    }
}

fn last(folder: &str) -> &str {
    folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_told_from_a_folder() {
        assert!(bucket("/srv/logs").is_none() && bucket("logs").is_none());
        assert_eq!(bucket("s3://acme-trail/audit/logs").unwrap().unwrap(), ("acme-trail", "audit/logs"));
        assert_eq!(bucket("s3://acme-trail").unwrap().unwrap(), ("acme-trail", ""));
        for odd in ["s3://", "s3:///x", "s3://a b c/x", "s3://ab"] {
            assert!(bucket(odd).unwrap().is_err(), "{odd}");
        }
    }

    #[test]
    fn accounts_are_looked_for_directly_below_awslogs() {
        for (typed, expected) in [
            ("", "AWSLogs/"),
            ("audit", "audit/AWSLogs/"),
            ("audit/AWSLogs", "audit/AWSLogs/"),
            ("AWSLogs/o-abc123/111122223333/", "AWSLogs/"),
            ("AWSLogs/deep/AWSLogs/o-abc123", "AWSLogs/deep/AWSLogs/"),
            ("notAWSLogs/", "notAWSLogs/AWSLogs/"),
        ] {
            assert_eq!(base(&slashed(typed)), expected, "{typed}");
        }
    }

    #[test]
    fn a_digest_that_reaches_over_the_beginning_matters_and_older_log_files_do_not() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let window = Window { from: time("2026-07-01T00:00:00Z"), to: time("2026-07-02T00:00:00Z") };
        let digest = |end: &str| {
            format!("AWSLogs/1/CloudTrail-Digest/r/d/111122223333_CloudTrail-Digest_eu-west-1_t_h_{end}.json.gz")
        };
        let log = |at: &str| {
            format!(
                "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/06/30/111122223333_CloudTrail_eu-west-1_{at}_x.json.gz"
            )
        };
        assert!(matters(&digest("20260701T003000Z"), window) && !matters(&digest("20260630T233000Z"), window));
        assert!(matters(&log("20260701T0000Z"), window) && !matters(&log("20260630T2359Z"), window));
        assert!(is_aside(&log("20260630T2359Z"), window) && !is_aside(&log("20260701T0000Z"), window));
        assert!(is_aside(&log("20260702T0130Z"), window) && !is_aside(&log("20260702T0100Z"), window));
        assert!(!matters(&log("20260702T0200Z"), window) && matters(&digest("20260702T013000Z"), window));
        assert!(matters(&digest("20260702T020731Z"), window) && !matters(&digest("20260702T023000Z"), window));
    }

    #[test]
    fn batches_hold_every_name_once_and_are_bounded() {
        let names: Vec<String> = (0..1500).map(|n| format!("{n:04}")).collect();
        let batches = cut(&names, |name| if name == "0700" { BATCH * 2 } else { 1 });
        assert_eq!(batches.concat(), names);
        assert!(batches.iter().all(|b| b.len() <= BATCH_FILES));
        assert!(batches.contains(&&names[700..701]));
        assert!(cut(&[], |_| 1).is_empty());
    }
}
