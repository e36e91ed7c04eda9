//! What the validation of a trail's digests and logs came to.

use serde::Serialize;
use std::collections::BTreeMap;

macro_rules! codes {
    ($($name:ident $word:literal $level:ident $meaning:literal;)+) => {
        /// What a finding is about. `docs/cloudtrail-logs.md` lists them; a test keeps the two equal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name,)+
        }

        impl Code {
            /// All of them, in the order of the page.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word in reports.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The code of that word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.word() == word)
            }

            /// What it means for the whole.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)+ }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }
    };
}

codes! {
    DigestUnreadable "digest-unreadable" No "the digest is not gzip, not JSON, not an object, repeats a key, is too large or cannot be read";
    DigestTrailingBytes "digest-trailing-bytes" No "bytes follow the digest's gzip stream";
    DigestName "digest-name" No "an object among the digests does not have the name of a digest";
    DigestFormat "digest-format" No "a field that a digest must have is missing or of another form";
    DigestMoved "digest-moved" No "the digest says that it belongs at another place";
    DigestMetadata "digest-metadata" No "the digest's metadata, which holds its signature, is missing or cannot be read";
    DigestAlgorithm "digest-algorithm" No "the digest names another algorithm than `SHA256withRSA`, or SHA-256 for the hash of its predecessor";
    DigestKeyUnknown "digest-key-unknown" No "no public key with the digest's fingerprint was given";
    DigestKeyUnusable "digest-key-unusable" No "the public key with the digest's fingerprint is no RSA key";
    DigestKeyPeriod "digest-key-period" No "the signature fits, but the key was not in use in that hour";
    DigestSignature "digest-signature" No "the signature does not fit the digest";
    DigestNotAsNamed "digest-not-as-named" No "the next digest vouches for another hash or signature of this one";
    DigestMissing "digest-missing" No "an hour has no digest, and something proves that there was or should be one";
    LogChanged "log-changed" No "the log file's hash is not the one in its digest";
    LogUnreadable "log-unreadable" No "the log file cannot be unpacked or read";
    LogTrailingBytes "log-trailing-bytes" No "bytes follow the log file's gzip stream";
    LogHashAlgorithm "log-hash-algorithm" No "the digest names another algorithm than SHA-256 for the log file";
    LogMissing "log-missing" No "a valid digest names a log file that is not there";
    LogNotVouchedFor "log-not-vouched-for" No "the log file is there, and no valid digest names it, though the digest of its time is there or long due";
    LogWithoutDigest "log-without-digest" No "the log file lies in an hour whose digest is missing or invalid";
    NoDigests "no-digests" Unknown "there is no digest at all, so nothing can be proven";
    HeadOpen "head-open" Unknown "the first digest has a predecessor that is not here, and nothing tells whether it should be";
    StartsLate "starts-late" Unknown "the chain begins with a starting digest, after the beginning of the period asked for";
    TailOpen "tail-open" Unknown "after the newest digest there are log files, or hours that were asked for, whose digest may not have been delivered yet";
    TailBehind "tail-behind" Unknown "another chain goes on after the end of this one";
    ChainRestarted "chain-restarted" Unknown "a starting digest in the middle: logging or validation was off for some time";
    TimeGap "time-gap" Unknown "two digests are linked as neighbours, and there is time between them";
    Overlap "digest-overlap" Unknown "two valid digests of one chain cover the same time";
    NotLinked "digest-not-linked" Unknown "a valid digest that the next one does not name as its predecessor";
    PreviousIncomplete "previous-incomplete" Unknown "some of the fields on the predecessor are null and some are not";
    PreviousElsewhere "previous-elsewhere" Unknown "the predecessor lies in another bucket";
    LogElsewhere "log-elsewhere" Unknown "a valid digest names a log file in another bucket";
    LogOutside "log-outside" Unknown "the digest of the log file may not have been delivered yet, or nobody asked for its time, or its part of the bucket has no digests";
    BucketsMixed "buckets-mixed" Unknown "the digests name more than one bucket, and --bucket does not say which one this is";
    NotRead "not-read" Unknown "an object was not read: a link, a name that is not UTF-8, a folder without permission";
    LogTwice "log-twice" Note "two digests name the same log file";
    EventOutsideDigest "event-outside-digest" Note "an event's time lies outside of what the digest says of the log file";
    DigestTimes "digest-times" Note "the digest's own end differs from the time in its name";
    DigestAccount "digest-account" Note "the digest's account differs from the one in its name";
    Prefix "prefix-found" Note "the folder is a copy of what lies below a prefix, which was not given and which all digests name";
    KeyTimeUnknown "key-time-unknown" Note "signatures fit, and the list does not say when their key was in use";
    KeyList "key-list" Note "an entry of the list of public keys is odd";
}

/// What a finding means for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not proven: something is invalid, missing or planted.
    No,
    /// Not everything is known.
    Unknown,
    /// Worth a look; changes nothing.
    Note,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What it means for the whole.
    pub level: Level,
    /// Its code.
    pub code: Code,
    /// The chain, as account/Region/trail/home Region.
    pub chain: Option<String>,
    /// The beginning of the hour, RFC 3339.
    pub hour: Option<String>,
    /// The object's key in the bucket.
    pub object: Option<String>,
    /// What was seen.
    pub text: String,
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// Counts of digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DigestCounts {
    /// With a good signature by a key in use, at their place, as the next one names them.
    pub valid: usize,
    /// There, and not valid.
    pub invalid: usize,
    /// Not there, although something proves that there was or should be one.
    pub missing: usize,
}

/// Counts of log files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogCounts {
    /// As a valid digest says.
    pub valid: usize,
    /// There, and not as a valid digest says.
    pub invalid: usize,
    /// Named by a valid digest, and not there.
    pub missing: usize,
    /// There, within the time that the digests should cover, and named by no valid digest.
    pub not_vouched_for: usize,
    /// There, and outside of that time.
    pub outside_period: usize,
}

/// An hour without a valid digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Hour {
    /// The chain.
    pub chain: String,
    /// Its beginning, RFC 3339.
    pub from: String,
    /// Its end.
    pub to: String,
    /// `missing`, `invalid` or `not_known`.
    pub state: HourState,
    /// The object that should be there, as far as its name is known or can be told from its neighbours'.
    pub object: Option<String>,
}

/// Why an hour has no valid digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HourState {
    /// Something proves that there was or should be a digest.
    Missing,
    /// A digest is there and is invalid.
    Invalid,
    /// Nothing tells whether there should be one.
    NotKnown,
}

/// One chain of digests.
#[derive(Clone, Debug, Serialize)]
pub struct ChainSummary {
    /// account/Region/trail/home Region, and `/backfill`.
    pub chain: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Trail.
    pub trail: String,
    /// Home Region of the trail.
    pub home_region: String,
    /// Digests of late files.
    pub backfill: bool,
    /// The beginning of the first valid digest.
    pub from: Option<String>,
    /// The end of the last valid digest.
    pub to: Option<String>,
    /// Whether the first valid digest is a starting digest.
    pub begins_with_starting_digest: bool,
    /// Its digests.
    pub digests: DigestCounts,
    /// The beginnings of the hours whose digest is missing.
    pub hours_missing: Vec<String>,
}

/// The whole.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Digests, of all chains.
    pub digests: DigestCounts,
    /// Log files.
    pub logs: LogCounts,
    /// Every hour that has no digest and should, or might.
    pub hours_missing: Vec<Hour>,
    /// Every hour whose digest is there and proves nothing.
    pub hours_invalid: Vec<Hour>,
    /// The chains.
    pub chains: Vec<ChainSummary>,
    /// The findings: what is wrong first, then what is not known, then notes.
    pub findings: Vec<Finding>,
}

/// What it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every log file in the period is as CloudTrail delivered it, and none is missing.
    Proven,
    /// Something is invalid, missing or planted.
    NotProven,
    /// Nothing is wrong, and not everything is known.
    NotAllKnown,
}

impl Report {
    /// What it came to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.findings.iter().map(|f| f.level).min() {
            Some(Level::No) => Outcome::NotProven,
            Some(Level::Unknown) => Outcome::NotAllKnown,
            Some(Level::Note) | None => Outcome::Proven,
        }
    }

    /// How many findings each code has.
    #[must_use]
    pub fn codes(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.findings {
            *counts.entry(finding.code.word()).or_default() += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_every_code_with_its_meaning_and_level() {
        let page = include_str!("../../docs/cloudtrail-logs.md");
        for code in Code::ALL {
            let exit = match code.level() {
                Level::No => "1",
                Level::Unknown => "3",
                Level::Note => "note",
            };
            let row = format!("| `{}` | {exit} | {} |", code.word(), code.meaning());
            assert!(page.contains(&row), "the page has no row {row}");
        }
        let rows = page.lines().filter(|l| {
            l.starts_with("| `") && (l.contains("` | 1 |") || l.contains("` | 3 |") || l.contains("` | note |"))
        });
        assert_eq!(rows.count(), Code::ALL.len());
    }
}
