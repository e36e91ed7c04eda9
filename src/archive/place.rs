//! Where a pack goes, and how long it is locked there.

use super::ArchiveError;
use crate::model::{AccountId, Time};
use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The bucket.
    pub bucket: String,
    /// The prefix, without slashes at its ends; may be empty.
    pub prefix: String,
}

impl FromStr for Target {
    type Err = ArchiveError;

    fn from_str(text: &str) -> Result<Self, ArchiveError> {
        let refused = |why: &str| ArchiveError::Given {
            what: format!("{text:?} is no place for an archive: {why}"),
            hint: "s3://BUCKET/PREFIX".to_owned(),
        };
        let rest = text.strip_prefix("s3://").ok_or_else(|| refused("it does not begin with s3://"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(name) {
            return Err(refused("the bucket's name is none"));
        }
        let prefix = prefix.trim_matches('/');
        let part = |p: &str| {
            !p.is_empty()
                && p != "."
                && p != ".."
                && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        if prefix.len() > 200 || !(prefix.is_empty() || prefix.split('/').all(part)) {
            return Err(refused("the prefix may have letters, digits, . _ - and single slashes"));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

impl Target {
    fn below(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// Where a pack stands: its owner, the year of its evidence, its name, and the beginning of its root, so that two
    /// packs never share a key and one pack never has two.
    #[must_use]
    pub fn folder(&self, accounts: &[AccountId], collected: Time, name: &str, root: &str) -> String {
        let owner = match accounts {
            [one] => one.to_string(),
            many => format!("{}-accounts", many.len()),
        };
        self.below(&format!("{owner}/{}/{name}-{}/", collected.year(), root.get(..12).unwrap_or(root)))
    }

    /// Where its receipt stands.
    #[must_use]
    pub fn receipt(&self, name: &str, root: &str) -> String {
        self.below(&format!("receipts/{name}-{}.receipt.json", root.get(..12).unwrap_or(root)))
    }
}

/// Who may lift a lock before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// Whoever has `s3:BypassGovernanceRetention`.
    Governance,
    /// Nobody, the root user and AWS included.
    Compliance,
}

impl Mode {
    /// As S3 writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }

    /// From how S3 writes it.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance].into_iter().find(|m| m.word() == word)
    }
}

/// How long, and how firmly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// How firmly.
    pub mode: Mode,
    /// Until when.
    pub until: Time,
}

impl Lock {
    /// `3y`, `6y` or a day, counted from the end of the collection: the same pack has the same lock whenever it is
    /// archived, so that an upload can be gone on with the next day.
    ///
    /// # Errors
    /// When it is neither, or would have ended already.
    pub fn new(mode: Mode, retain: &str, collected: Time, now: Time) -> Result<Self, ArchiveError> {
        let refused = |why: String| ArchiveError::Given {
            what: format!("cannot lock for {retain:?}: {why}"),
            hint: "--retain 3y, --retain 6y, or the last day, such as --retain 2033-01-31".to_owned(),
        };
        let day = collected.date_naive();
        let years = |n: u32| day.checked_add_months(Months::new(12 * n));
        let until = match retain {
            "3y" => years(3),
            "6y" => years(6),
            other => NaiveDate::parse_from_str(other, "%Y-%m-%d").ok().filter(|d| d.to_string() == other),
        };
        let until = until.ok_or_else(|| refused("it is neither 3y nor 6y nor a day".to_owned()))?;
        // The whole of that day: locked until the next one begins.
        let until = until.succ_opt().map(|next| next.and_time(NaiveTime::MIN).and_utc());
        let until = until.ok_or_else(|| refused("it is beyond every calendar".to_owned()))?;
        if until <= now {
            return Err(refused("it is over".to_owned()));
        }
        if until > now + chrono::TimeDelta::days(366 * 100) {
            return Err(refused("S3 locks for at most 100 years".to_owned()));
        }
        Ok(Self { mode, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn a_place_is_a_bucket_and_a_prefix_of_plain_names() {
        let target: Target = "s3://acme-evidence/packs/prod/".parse().unwrap();
        assert_eq!((target.bucket.as_str(), target.prefix.as_str()), ("acme-evidence", "packs/prod"));
        assert_eq!("s3://acme-evidence".parse::<Target>().unwrap().prefix, "");
        for odd in [
            "acme-evidence/x",
            "s3://",
            "s3://UPPER/x",
            "s3://ab",
            "https://acme",
            "s3://acme/a//b",
            "s3://acme/a/../b",
            "s3://acme/a b",
            "s3://acme/é",
            "s3://acme?versionId=1/x",
        ] {
            assert!(odd.parse::<Target>().is_err(), "{odd}");
        }
    }

    #[test]
    fn the_same_pack_has_the_same_keys() {
        let target: Target = "s3://acme/packs".parse().unwrap();
        let account: AccountId = "111122223333".parse().unwrap();
        let folder = target.folder(&[account], at("2026-10-01T09:00:00Z"), "keywitness-x", &"ab".repeat(32));
        assert_eq!(folder, "packs/111122223333/2026/keywitness-x-abababababab/");
        assert_eq!(
            target.receipt("keywitness-x", &"ab".repeat(32)),
            "packs/receipts/keywitness-x-abababababab.receipt.json"
        );
    }

    #[test]
    fn a_lock_is_counted_from_the_evidence_and_lasts_the_whole_of_its_last_day() {
        let (collected, now) = (at("2026-10-01T09:02:44Z"), at("2026-11-28T12:00:00Z"));
        let until = |retain: &str| Lock::new(Mode::Governance, retain, collected, now).map(|l| l.until);
        assert_eq!(until("3y").unwrap(), at("2029-10-02T00:00:00Z"));
        assert_eq!(until("6y").unwrap(), at("2032-10-02T00:00:00Z"));
        assert_eq!(until("2030-12-31").unwrap(), at("2031-01-01T00:00:00Z"));
        let leap = Lock::new(Mode::Compliance, "3y", at("2028-02-29T23:59:59Z"), now).unwrap();
        assert_eq!(leap.until, at("2031-03-01T00:00:00Z"));
        for odd in ["", "7y", "forever", "2030-13-01", "2030-1-1", "2026-11-27", "9999-12-31", "2030-12-31T00:00:00Z"] {
            assert!(until(odd).is_err(), "{odd}");
        }
    }
}
