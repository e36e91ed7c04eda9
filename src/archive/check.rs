//! Whether everything that a receipt names is still there: each version by its id, its bytes, its lock; and whether
//! anything was put on top.

use super::receipt::{Object, Receipt};
use super::store::{Refused, Store};
use futures_util::stream::{self, StreamExt as _};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// How many objects are looked at at once.
const FLIGHTS: usize = 16;

/// Kinds of failure. A code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// S3 would not let it be read: nothing is known of it.
    Read,
    /// The version is not there.
    Missing,
    /// Its bytes are not those of the receipt.
    Changed,
    /// It is not locked, or by a weaker mode.
    Unlocked,
    /// Its lock ends before the time of the receipt.
    Shortened,
    /// A newer version, or a delete marker, is on top.
    Superseded,
    /// Something is under the prefix that the receipt does not name.
    Extra,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Missing, Self::Changed, Self::Unlocked, Self::Shortened, Self::Superseded, Self::Extra];

    /// As it is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "E-ARCHIVE-READ",
            Self::Missing => "E-ARCHIVE-MISSING",
            Self::Changed => "E-ARCHIVE-CHANGED",
            Self::Unlocked => "E-ARCHIVE-UNLOCKED",
            Self::Shortened => "E-ARCHIVE-SHORTENED",
            Self::Superseded => "E-ARCHIVE-SUPERSEDED",
            Self::Extra => "E-ARCHIVE-EXTRA",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// One thing that is wrong. What S3 said is in it as S3 said it: it is escaped where it is printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// The key.
    pub key: String,
    /// What was found.
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code.word(), self.key, self.text)
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong, in order.
    pub failures: Vec<Failure>,
    /// How many objects are as the receipt has them.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Looks at everything that a receipt names.
pub async fn check(store: &Store, receipt: &Receipt) -> Checked {
    let each = stream::iter(&receipt.objects).map(|object| one(store, receipt, object));
    let found: Vec<Vec<Failure>> = each.buffer_unordered(FLIGHTS).collect().await;
    let whole = found.iter().filter(|f| f.is_empty()).count();
    let mut failures: Vec<Failure> = found.into_iter().flatten().collect();
    failures.extend(on_top(store, receipt).await);
    failures.sort();
    Checked { failures, objects: whole, bytes: receipt.objects.iter().map(|o| o.bytes).sum() }
}

async fn one(store: &Store, receipt: &Receipt, object: &Object) -> Vec<Failure> {
    let key = format!("{}{}", receipt.prefix, object.path);
    let fail =
        |code, text: String| Failure { code, key: key.clone(), text: format!("version {}: {text}", object.version) };
    let gone = |refused: Refused| match refused.status {
        // 405: the version is a delete marker.
        Some(404 | 405) => fail(Code::Missing, "it is not there".to_owned()),
        // An id that S3 never gave.
        Some(400) => fail(Code::Missing, format!("there is no such version ({})", refused.text)),
        _ => fail(Code::Read, format!("cannot be read: {}", refused.text)),
    };
    let seen = match store.head(&key, Some(&object.version)).await {
        Ok(seen) => seen,
        Err(refused) => return vec![gone(refused)],
    };
    let mut failures = Vec::new();
    let mut seen_version = seen.clone();
    seen_version.version = Some(object.version.clone());
    match store.content(&key, &seen_version).await {
        Err(refused) => failures.push(gone(refused)),
        Ok((sha256, bytes)) if sha256 != object.sha256 || bytes != object.bytes => {
            let text =
                format!("sha256 {sha256} of {bytes} bytes, the receipt says {} of {}", object.sha256, object.bytes);
            failures.push(fail(Code::Changed, text));
        }
        Ok(_) => {}
    }
    match seen.lock {
        None if seen.lock_known => failures.push(fail(Code::Unlocked, "it is not locked".to_owned())),
        None => failures.push(fail(Code::Read, "its lock may not be read (s3:GetObjectRetention)".to_owned())),
        Some(lock) => {
            if lock.mode < object.mode {
                let text = format!("its mode is {}, the receipt says {}", lock.mode.word(), object.mode.word());
                failures.push(fail(Code::Unlocked, text));
            }
            if lock.until < object.retain_until {
                let text = format!("retention ends {}, the receipt says {}", lock.until, object.retain_until);
                failures.push(fail(Code::Shortened, text));
            }
        }
    }
    failures
}

/// What stands over or beside the versions of the receipt.
async fn on_top(store: &Store, receipt: &Receipt) -> Vec<Failure> {
    let versions = match store.versions(&receipt.prefix).await {
        Ok(versions) => versions,
        Err(refused) => {
            let text = format!("its versions cannot be listed: {}", refused.text);
            return vec![Failure { code: Code::Read, key: receipt.prefix.clone(), text }];
        }
    };
    let named: BTreeMap<String, &str> =
        receipt.objects.iter().map(|o| (format!("{}{}", receipt.prefix, o.path), o.version.as_str())).collect();
    let mut failures = Vec::new();
    for version in versions {
        let what = if version.deleted { "delete marker" } else { "version" };
        let key = version.key;
        match named.get(&key) {
            None => {
                let text = format!("{what} {} is not in the receipt", version.id);
                failures.push(Failure { code: Code::Extra, key, text });
            }
            Some(own) if version.latest && version.id != **own => {
                let text = format!("the newest is {what} {}, the receipt says {own}", version.id);
                failures.push(Failure { code: Code::Superseded, key, text });
            }
            Some(_) => {}
        }
    }
    failures
}
