//! Puts a pack into the bucket, object by object, the root file last, and reads everything back.
//!
//! Broken off at any point, it is gone on with by doing it again: what is there already is looked at and not put again.

use super::place::Lock;
use super::receipt::{Object, Receipt, SCHEMA};
use super::store::{Refused, Seen, Store};
use super::{ArchiveError, check};
use crate::failpoint;
use crate::model::Time;
use crate::model::sha256::Sha256;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::time::Duration;

/// How many objects are on their way at once.
const FLIGHTS: usize = 8;
/// How often a put that S3 calls a conflict is tried: somebody else is writing the very same key.
const CONFLICTS: u32 = 6;

/// One file of a pack.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its path within the pack.
    pub path: String,
    /// The SHA-256 that its bytes must have, in hex.
    pub sha256: String,
}

/// What is to be archived, and how.
pub struct Plan<'a> {
    /// The name of the pack.
    pub pack: String,
    /// Its run.
    pub run_id: String,
    /// The pack root in hex.
    pub root: String,
    /// What stands before the paths, with a slash at its end.
    pub prefix: String,
    /// The lock of every object.
    pub lock: Lock,
    /// The address of the calls, when it is not AWS's own.
    pub endpoint: Option<String>,
    /// The files, the root file last.
    pub items: Vec<Item>,
    /// Reads a file of the pack.
    pub read: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
    /// Told after each object: how many of how many.
    pub told: &'a dyn Fn(usize, usize),
    /// Now.
    pub now: &'a dyn Fn() -> Time,
}

/// Uploads, reads back, and gives the receipt.
///
/// # Errors
/// When the bucket is not fit, S3 refuses, or something else has a key. What was put stays, locked; the same again goes
/// on from there.
pub async fn upload(store: &Store, plan: &Plan<'_>) -> Result<Receipt, ArchiveError> {
    let region = store.preflight().await?;
    let Some((root, others)) = plan.items.split_last() else {
        return Err(ArchiveError::Pack { path: ".".to_owned(), why: "it has no files".to_owned() });
    };
    let done = std::cell::Cell::new(0);
    let one = async |item: &Item| -> Result<Object, ArchiveError> {
        let object = place(store, plan, item).await?;
        done.set(done.get() + 1);
        (plan.told)(done.get(), plan.items.len());
        Ok(object)
    };
    let mut objects: Vec<Object> = stream::iter(others).map(&one).buffer_unordered(FLIGHTS).try_collect().await?;
    // Last of all: whoever finds it finds all the others.
    failpoint::step("archive-root");
    objects.push(one(root).await?);
    objects.sort_by(|a, b| a.path.cmp(&b.path));
    let receipt = Receipt {
        schema: SCHEMA.to_owned(),
        pack: plan.pack.clone(),
        run_id: plan.run_id.clone(),
        root: format!("sha256:{}", plan.root),
        bucket: store.bucket().to_owned(),
        bucket_owner: store.owner().clone(),
        region,
        endpoint: plan.endpoint.clone(),
        prefix: plan.prefix.clone(),
        mode: plan.lock.mode,
        retain_until: plan.lock.until,
        archived: (plan.now)(),
        objects,
    };
    let back = check::check(store, &receipt).await;
    match back.failures.first() {
        None => Ok(receipt),
        Some(first) => Err(ArchiveError::ReadBack { first: first.to_string(), count: back.failures.len() }),
    }
}

/// Puts a small file beside the pack, such as its receipt, under the same lock.
///
/// # Errors
/// When S3 refuses, or something else has the key.
pub async fn put_beside(store: &Store, key: &str, bytes: Vec<u8>, lock: Lock) -> Result<(), ArchiveError> {
    let sha256 = Sha256::new().chain_update(&bytes).hex();
    put(store, key, key, bytes, &sha256, lock).await.map(drop)
}

/// One file: read, compared with the pack's own list, put.
async fn place(store: &Store, plan: &Plan<'_>, item: &Item) -> Result<Object, ArchiveError> {
    let wrong = |why: String| ArchiveError::Pack { path: item.path.clone(), why };
    let bytes = (plan.read)(&item.path).map_err(wrong)?;
    if Sha256::new().chain_update(&bytes).hex() != item.sha256 {
        return Err(wrong("it changed after the pack was verified".to_owned()));
    }
    let key = format!("{}{}", plan.prefix, item.path);
    failpoint::step("archive");
    put(store, &key, &item.path, bytes, &item.sha256, plan.lock).await
}

async fn put(
    store: &Store,
    key: &str,
    path: &str,
    bytes: Vec<u8>,
    sha256: &str,
    lock: Lock,
) -> Result<Object, ArchiveError> {
    let size = bytes.len() as u64;
    let failed = |deed, refused: Refused| ArchiveError::Call {
        deed,
        bucket: store.bucket().to_owned(),
        key: key.to_owned(),
        why: refused.text,
    };
    let mut tries = 0;
    loop {
        match store.put(key, bytes.clone(), Some(lock)).await {
            Ok(answer) => {
                let version = answer.header("x-amz-version-id").map(ToOwned::to_owned);
                let version = match version.filter(|v| v != "null") {
                    Some(version) => version,
                    // Some endpoints tell it to HEAD only.
                    None => there(store, key, sha256, size, lock).await?.version.unwrap_or_default(),
                };
                let sha256 = sha256.to_owned();
                return Ok(Object {
                    path: path.to_owned(),
                    version,
                    sha256,
                    bytes: size,
                    mode: lock.mode,
                    retain_until: lock.until,
                });
            }
            // Something has the key: by an earlier try, of this run or another one.
            Err(Refused { status: Some(412), .. }) => {
                let seen = there(store, key, sha256, size, lock).await?;
                let lock = seen.lock.unwrap_or(lock);
                return Ok(Object {
                    path: path.to_owned(),
                    version: seen.version.unwrap_or_default(),
                    sha256: sha256.to_owned(),
                    bytes: size,
                    mode: lock.mode,
                    retain_until: lock.until,
                });
            }
            Err(Refused { status: Some(409), .. }) if tries < CONFLICTS => {
                tokio::time::sleep(Duration::from_millis(100 << tries)).await;
                tries += 1;
            }
            Err(refused) => return Err(failed("put", refused)),
        }
    }
}

/// What has the key already must be the same bytes under no weaker lock.
async fn there(store: &Store, key: &str, sha256: &str, size: u64, lock: Lock) -> Result<Seen, ArchiveError> {
    let failed = |refused: Refused| ArchiveError::Call {
        deed: "look at",
        bucket: store.bucket().to_owned(),
        key: key.to_owned(),
        why: refused.text,
    };
    let conflict = |why: String| ArchiveError::Conflict { bucket: store.bucket().to_owned(), key: key.to_owned(), why };
    let seen = store.head(key, None).await.map_err(failed)?;
    let (found, bytes) = store.content(key, &seen).await.map_err(failed)?;
    if found != sha256 || bytes != size {
        return Err(conflict("something else is there".to_owned()));
    }
    match seen.lock {
        Some(has) if has.until >= lock.until && has.mode >= lock.mode => Ok(seen),
        Some(has) => Err(conflict(format!(
            "it is there, locked by {} until {}, and asked was {} until {}",
            has.mode.word(),
            has.until,
            lock.mode.word(),
            lock.until
        ))),
        None if seen.lock_known => Err(conflict("it is there, and not locked".to_owned())),
        None => Err(conflict("it is there, and its lock may not be read (s3:GetObjectRetention)".to_owned())),
    }
}
