//! Snapshots in S3, on their way from the tasks that collect to the one that joins.
//!
//! Each has a folder of its own, named after its run, so an attempt that is made again never meets the one before it. The
//! list of its hashes is put last: a folder without it is half an upload. Nothing is written over.

use super::ArchiveError;
use super::store::{Refused, Store};
use crate::model::sha256::Sha256;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};

/// The list of a snapshot's hashes, as `sha256sum --check` reads it.
pub const LIST: &str = "SHA256SUMS";
/// How many objects are on their way at once.
const FLIGHTS: usize = 8;
/// A list of hashes that is longer is none of ours.
const MAX_LINES: usize = 100_000;

/// What lies below a prefix.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// Names of folders with a list of hashes.
    pub whole: Vec<String>,
    /// Names of folders without one.
    pub half: Vec<String>,
    /// Names of objects that lie in no folder.
    pub loose: Vec<String>,
}

fn failed<'a>(store: &'a Store, deed: &'static str, key: &'a str) -> impl Fn(Refused) -> ArchiveError + 'a {
    move |refused| ArchiveError::Call {
        deed,
        bucket: store.bucket().to_owned(),
        key: key.to_owned(),
        why: refused.text,
    }
}

fn wrong(store: &Store, key: &str, why: String) -> ArchiveError {
    ArchiveError::Conflict { bucket: store.bucket().to_owned(), key: key.to_owned(), why }
}

/// `snapshots/2026Q3/` of `snapshots/2026Q3`; nothing of nothing.
fn slashed(prefix: &str) -> String {
    if prefix.is_empty() { String::new() } else { format!("{}/", prefix.trim_end_matches('/')) }
}

/// Puts a snapshot below a prefix: its files, and then the list of their hashes. Gives how many objects that are.
///
/// # Errors
/// When S3 refuses, or something else has a key.
pub async fn upload_snapshot(
    store: &Store,
    prefix: &str,
    name: &str,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<usize, ArchiveError> {
    let base = format!("{}{name}/", slashed(prefix));
    let sums: String =
        files.iter().map(|(path, bytes)| format!("{}  {path}\n", Sha256::new().chain_update(bytes).hex())).collect();
    let count = files.len() + 1;
    let one = async |(path, bytes): (String, Vec<u8>)| put(store, &format!("{base}{path}"), bytes).await;
    stream::iter(files).map(&one).buffer_unordered(FLIGHTS).try_collect::<Vec<()>>().await?;
    crate::failpoint::step("upload-list");
    put(store, &format!("{base}{LIST}"), sums.into_bytes()).await?;
    Ok(count)
}

/// A lost answer looks like somebody else's object: it is ours when the bytes are.
async fn put(store: &Store, key: &str, bytes: Vec<u8>) -> Result<(), ArchiveError> {
    let sha256 = Sha256::new().chain_update(&bytes).hex();
    crate::failpoint::step("upload");
    match store.put(key, bytes, None).await {
        Ok(_) => Ok(()),
        Err(Refused { status: Some(412), .. }) => {
            let seen = store.head(key, None).await.map_err(failed(store, "look at", key))?;
            let (found, _) = store.content(key, &seen).await.map_err(failed(store, "look at", key))?;
            if found == sha256 { Ok(()) } else { Err(wrong(store, key, "something else is there".to_owned())) }
        }
        Err(refused) => Err(failed(store, "put", key)(refused)),
    }
}

/// What lies below a prefix, one level deep.
///
/// # Errors
/// When the listing cannot be had to its end.
pub async fn list_snapshots(store: &Store, prefix: &str) -> Result<Below, ArchiveError> {
    let base = slashed(prefix);
    let versions = store.versions(&base).await.map_err(failed(store, "list", &base))?;
    let (mut folders, mut listed, mut loose) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for version in versions.iter().filter(|v| v.latest && !v.deleted) {
        match version.key.strip_prefix(&base).and_then(|rest| rest.split_once('/')) {
            Some((folder, rest)) => {
                folders.insert(folder.to_owned());
                if rest == LIST {
                    listed.insert(folder.to_owned());
                }
            }
            None => loose.extend(version.key.strip_prefix(&base).map(ToOwned::to_owned)),
        }
    }
    let half = folders.difference(&listed).cloned().collect();
    Ok(Below { whole: listed.into_iter().collect(), half, loose })
}

/// An object below a prefix, by its name.
///
/// # Errors
/// When it cannot be had.
pub async fn fetch_object(store: &Store, prefix: &str, name: &str) -> Result<Vec<u8>, ArchiveError> {
    let key = format!("{}{name}", slashed(prefix));
    store.get(&key, None).await.map_err(failed(store, "get", &key))
}

/// The files of a snapshot, each with the hash that its list says.
///
/// # Errors
/// When an object cannot be had, or is not what the list says.
pub async fn fetch_snapshot(
    store: &Store,
    prefix: &str,
    name: &str,
) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let base = format!("{}{name}/", slashed(prefix));
    let key = format!("{base}{LIST}");
    let sums = store.get(&key, None).await.map_err(failed(store, "get", &key))?;
    let sums = parse(&sums).map_err(|why| wrong(store, &key, why))?;
    let base = &base;
    let one = async |(path, sha256): (String, String)| {
        let key = format!("{base}{path}");
        let bytes = store.get(&key, None).await.map_err(failed(store, "get", &key))?;
        if Sha256::new().chain_update(&bytes).hex() == sha256 {
            Ok((path, bytes))
        } else {
            Err(wrong(store, &key, format!("its SHA-256 is not the one in {LIST}")))
        }
    };
    stream::iter(sums).map(&one).buffer_unordered(FLIGHTS).try_collect().await
}

/// Path and hash of each line.
fn parse(sums: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let text = std::str::from_utf8(sums).map_err(|_| "it is no text".to_owned())?;
    let mut found = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines().take(MAX_LINES + 1)) {
        let (sha256, path) = line.split_once("  ").ok_or_else(|| format!("line {number} is no hash and path"))?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let plain = |part: &str| {
            let name = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(name)
        };
        if !is_hash || !path.split('/').all(plain) || found.len() >= MAX_LINES {
            return Err(format!("line {number} is no hash and path of a snapshot"));
        }
        if found.insert(path.to_owned(), sha256.to_owned()).is_some() {
            return Err(format!("line {number} names a path for the second time"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_hashes_names_paths_within_the_snapshot() {
        let hash = "ab".repeat(32);
        let good = format!("{hash}  run.json\n{hash}  111122223333/eu-west-1/kms.DescribeKey.jsonl\n");
        assert_eq!(parse(good.as_bytes()).unwrap().len(), 2);
        for path in ["../run.json", "/run.json", "a//b", "a/./b", ".hidden", "", "a b"] {
            assert!(parse(format!("{hash}  {path}\n").as_bytes()).is_err(), "{path}");
        }
        assert!(parse(format!("{hash}  run.json\n{hash}  run.json\n").as_bytes()).is_err(), "twice");
        assert!(parse(format!("{}  run.json\n", "AB".repeat(32)).as_bytes()).is_err());
        assert!(parse(b"\xff\n").is_err());
    }
}
