//! Where CloudTrail puts things in a bucket, and what the names say.
//!
//! ```text
//! [prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/yyyy/MM/dd/ACCOUNT_CloudTrail_REGION_yyyyMMddTHHmmZ_ID.json.gz
//! [prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail-Digest/REGION/yyyy/MM/dd/
//!     ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_yyyyMMddTHHmmssZ[_backfill].json.gz
//! ```
//!
//! A name is only a claim: it sorts and groups objects, and proves nothing.

use crate::model::{AccountId, Time};
use chrono::NaiveDateTime;
use std::fmt;

/// The ending of every log and digest.
pub const ENDING: &str = ".json.gz";
/// The ending of the file with a digest's S3 metadata, behind the digest's whole name.
pub const META_ENDING: &str = ".meta.json";

/// What a folder of the bucket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `CloudTrail`: log files.
    Logs,
    /// `CloudTrail-Digest`: digests.
    Digests,
    /// `CloudTrail-Insight` and other siblings.
    Sibling,
    /// Nothing of CloudTrail's.
    Elsewhere,
}

/// The section of an object, by the nearest folder above it that bears CloudTrail's name. The nearest one, because
/// a bucket's prefix may itself be called `CloudTrail`.
#[must_use]
pub fn section(object: &str) -> Section {
    let folders = object.rsplit_once('/').map_or("", |(folders, _)| folders);
    for folder in folders.rsplit('/') {
        match folder {
            "CloudTrail" => return Section::Logs,
            "CloudTrail-Digest" => return Section::Digests,
            _ if folder.starts_with("CloudTrail-") => return Section::Sibling,
            _ => {}
        }
    }
    Section::Elsewhere
}

/// What an object is to whoever reads the bucket. Counting and proving look at the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A log file, or what may pass for one: JSON or gzip among the log files, or a log file's name wherever it is.
    Log,
    /// Something else among the log files.
    Stray,
    /// A digest.
    Digest,
    /// The metadata of a digest.
    Metadata,
    /// `CloudTrail-Insight` and other siblings.
    Sibling,
    /// Nothing of CloudTrail's.
    Other,
}

/// What an object is, by its place and name.
#[must_use]
pub fn kind(object: &str) -> Kind {
    let file = object.rsplit('/').next().unwrap_or_default();
    match section(object) {
        Section::Logs if is_packed(file) || has_ending(file, ".json") || log_place(object).exact => Kind::Log,
        // Not a folder that is an object, nor what desktops leave behind.
        Section::Logs if file.is_empty() || file.starts_with('.') => Kind::Other,
        Section::Logs => Kind::Stray,
        Section::Digests if file.ends_with(ENDING) => Kind::Digest,
        Section::Digests if file.ends_with(META_ENDING) => Kind::Metadata,
        Section::Sibling => Kind::Sibling,
        Section::Elsewhere if log_place(object).exact => Kind::Log,
        Section::Digests | Section::Elsewhere => Kind::Other,
    }
}

/// Whether a file is gzip by its name, in whatever case.
#[must_use]
pub fn is_packed(file: &str) -> bool {
    has_ending(file, ".gz")
}

fn has_ending(file: &str, ending: &str) -> bool {
    file.len().checked_sub(ending.len()).and_then(|at| file.get(at..)).is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

/// A chain of digests: each has its own, hour by hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainId {
    /// The account whose events are recorded.
    pub account: AccountId,
    /// The Region whose events are recorded.
    pub region: String,
    /// The trail's name.
    pub trail: String,
    /// The Region in which the trail was made.
    pub home: String,
    /// Digests of late log files, a chain of their own that has no hourly beat.
    pub backfill: bool,
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.account, self.region, self.trail, self.home)?;
        if self.backfill { f.write_str("/backfill") } else { Ok(()) }
    }
}

/// What the name of a digest says: its chain and the end of its hour.
#[must_use]
pub fn digest_name(object: &str) -> Option<(ChainId, Time)> {
    let file = object.rsplit('/').next()?.strip_suffix(ENDING)?;
    let (file, backfill) = file.strip_suffix("_backfill").map_or((file, false), |f| (f, true));
    let (file, end) = file.rsplit_once('_')?;
    let (file, home) = file.rsplit_once('_')?;
    let (account, rest) = file.split_once("_CloudTrail-Digest_")?;
    let (region, trail) = rest.split_once('_')?;
    if region.is_empty() || trail.is_empty() || home.is_empty() {
        return None;
    }
    let (region, trail, home) = (region.to_owned(), trail.to_owned(), home.to_owned());
    let end = stamp(end, "%Y%m%dT%H%M%SZ")?;
    Some((ChainId { account: account.parse().ok()?, region, trail, home, backfill }, end))
}

/// The name that the digest of another hour of the same chain has, given one of its objects.
#[must_use]
pub fn sibling_digest(object: &str, end: Time) -> Option<String> {
    let (folders, file) = object.rsplit_once('/')?;
    let (chain, _) = digest_name(file)?;
    // Three folders for the day stand at the end.
    let above = folders.rsplitn(4, '/').nth(3)?;
    let ChainId { account, region, trail, home, .. } = chain;
    let (day, end) = (end.format("%Y/%m/%d"), end.format("%Y%m%dT%H%M%SZ"));
    Some(format!("{above}/{day}/{account}_CloudTrail-Digest_{region}_{trail}_{home}_{end}{ENDING}"))
}

/// What the place and name of a log file say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// The folder above `CloudTrail`.
    pub account: Option<AccountId>,
    /// The folder below it.
    pub region: String,
    /// About when it was delivered: the minute in its name, else the day of its folder.
    pub time: Option<Time>,
    /// Whether `time` is the minute and not the day.
    pub exact: bool,
}

/// Reads the place of a log file.
#[must_use]
pub fn log_place(object: &str) -> LogPlace {
    let parts: Vec<&str> = object.split('/').collect();
    let at = parts.iter().rposition(|p| *p == "CloudTrail");
    let account = at.and_then(|i| parts.get(i.checked_sub(1)?)).and_then(|p| p.parse().ok());
    let region = at.and_then(|i| parts.get(i + 1)).copied().unwrap_or_default().to_owned();
    let named = parts.last().and_then(|name| {
        let (_, rest) = name.split_once("_CloudTrail_")?;
        stamp(rest.split('_').nth(1)?, "%Y%m%dT%H%MZ")
    });
    let day = at.and_then(|i| Some(format!("{}{}{}T0000Z", parts.get(i + 2)?, parts.get(i + 3)?, parts.get(i + 4)?)));
    let time = named.or_else(|| day.and_then(|d| stamp(&d, "%Y%m%dT%H%MZ")));
    LogPlace { account, region, time, exact: named.is_some() }
}

/// The account whose folder holds a log file or a digest.
#[must_use]
pub fn account(object: &str) -> Option<AccountId> {
    let parts: Vec<&str> = object.split('/').collect();
    let at = parts.iter().rposition(|p| *p == "CloudTrail" || *p == "CloudTrail-Digest")?;
    parts.get(at.checked_sub(1)?)?.parse().ok()
}

/// The part of a bucket that a trail writes into: what stands before `AWSLogs`, or before the account where there is no
/// such folder. Two trails of one bucket have different ones, or their files would mix.
#[must_use]
pub fn part(object: &str) -> &str {
    let section = ["/CloudTrail/", "/CloudTrail-Digest/"].into_iter().filter_map(|s| object.rfind(s)).max();
    let above = section.map_or("", |at| &object[..at]);
    if let Some(at) = above.rfind("AWSLogs/").filter(|at| *at == 0 || above.as_bytes()[at - 1] == b'/') {
        return &above[..at];
    }
    above.rfind('/').map_or("", |at| &above[..=at])
}

fn stamp(text: &str, format: &str) -> Option<Time> {
    NaiveDateTime::parse_from_str(text, format).ok().map(|t| t.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::seconds;

    const DIGEST: &str = "logs/AWSLogs/o-abc123/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/\
                          111122223333_CloudTrail-Digest_us-east-2_your_trail-name_us-east-1_20150817T150131Z.json.gz";

    #[test]
    fn a_digest_says_its_chain_and_hour_even_with_a_trail_name_full_of_separators() {
        let (chain, end) = digest_name(DIGEST).unwrap();
        assert_eq!(chain.to_string(), "111122223333/us-east-2/your_trail-name/us-east-1");
        assert_eq!(seconds(end), "2015-08-17T15:01:31Z");
        let (chain, _) = digest_name(&DIGEST.replace(ENDING, "_backfill.json.gz")).unwrap();
        assert!(chain.backfill);
    }

    #[test]
    fn what_is_no_digest_name_says_nothing() {
        for odd in ["", "x.json.gz", "1_CloudTrail-Digest_a_b_c_d.json.gz", "_CloudTrail-Digest____.json.gz", "é"] {
            assert!(digest_name(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn the_digest_of_another_hour_lies_in_the_folder_of_its_day() {
        let (_, end) = digest_name(DIGEST).unwrap();
        let next = sibling_digest(DIGEST, end + chrono::TimeDelta::hours(10)).unwrap();
        assert!(next.ends_with("us-east-2/2015/08/18/111122223333_CloudTrail-Digest_us-east-2_your_trail-name_us-east-1_20150818T010131Z.json.gz"));
        assert_eq!(sibling_digest(DIGEST, end).unwrap(), DIGEST);
    }

    #[test]
    fn the_nearest_folder_of_cloudtrail_decides() {
        assert_eq!(section(DIGEST), Section::Digests);
        assert_eq!(section("CloudTrail/AWSLogs/1/CloudTrail-Digest/x"), Section::Digests);
        assert_eq!(section("CloudTrail-Archive/AWSLogs/1/CloudTrail/eu-west-1/x"), Section::Logs);
        assert_eq!(section("AWSLogs/1/CloudTrail-Insight/x"), Section::Sibling);
        assert_eq!(section("AWSLogs/1/Config/CloudTrail"), Section::Elsewhere);
    }

    #[test]
    fn what_may_pass_for_a_log_file_is_one() {
        let folder = "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17";
        let named = "111122223333_CloudTrail_us-east-2_20150817T1445Z_9nYN";
        for log in ["x.json.gz", "x.JSON.GZ", "x.gz", "x.json", ".x.json.gz", &format!("{named}.bak"), named] {
            assert_eq!(kind(&format!("{folder}/{log}")), Kind::Log, "{log}");
        }
        for outside in ["", "AWSLogs/111122223333/evil/", "AWSLogs/111122223333/cloudtrail/us-east-2/2015/08/17/"] {
            assert_eq!(kind(&format!("{outside}{named}.json.gz")), Kind::Log, "{outside}");
            assert_eq!(kind(&format!("{outside}x.json.gz")), Kind::Other, "{outside}");
        }
        assert_eq!(kind(&format!("{folder}/README.txt")), Kind::Stray);
        assert_eq!((kind(&format!("{folder}/.DS_Store")), kind(&format!("{folder}/"))), (Kind::Other, Kind::Other));
        assert_eq!((kind(DIGEST), kind(&format!("{DIGEST}{META_ENDING}"))), (Kind::Digest, Kind::Metadata));
        assert_eq!(kind("AWSLogs/1/CloudTrail-Insight/x.json.gz"), Kind::Sibling);
    }

    #[test]
    fn the_part_of_a_trail_is_what_stands_before_awslogs() {
        assert_eq!(part(DIGEST), "logs/");
        assert_eq!(part("AWSLogs/o-abc123/1/CloudTrail/eu-west-1/x"), "");
        assert_eq!(part("a/AWSLogs/b/AWSLogs/1/CloudTrail/eu-west-1/x"), "a/AWSLogs/b/");
        assert_eq!(part("copy/111122223333/CloudTrail/eu-west-1/x"), "copy/");
        assert_eq!(part("notAWSLogs/1/CloudTrail/x"), "notAWSLogs/");
        assert_eq!(part("x.json.gz"), "");
    }

    #[test]
    fn a_log_says_when_by_its_name_or_its_folder() {
        let folder = "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17";
        let place = log_place(&format!("{folder}/111122223333_CloudTrail_us-east-2_20150817T1445Z_9nYN.json.gz"));
        assert_eq!(place.time.map(seconds).as_deref(), Some("2015-08-17T14:45:00Z"));
        assert_eq!((place.account.unwrap().as_str(), place.region.as_str()), ("111122223333", "us-east-2"));
        assert_eq!(
            log_place(&format!("{folder}/x.json.gz")).time.map(seconds).as_deref(),
            Some("2015-08-17T00:00:00Z")
        );
        assert_eq!(log_place("CloudTrail/x").time, None);
    }
}
