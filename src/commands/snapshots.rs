//! Which snapshots a report is made of: named one by one, or found in a folder or below a prefix in S3.
//!
//! A snapshot is known by its `run.json`, whatever its folder is called. Of those that were found together, attempts of one
//! command count once: the last that came to its own end. Those that were named one by one are all meant: two of one
//! account are refused. Whatever else lies there is told and left out, never passed over in silence.

use super::{log, say};
use crate::archive::{self, Access, LIST, Store, Target};
use crate::error::Error;
use crate::model::run::SelectedBy;
use crate::model::{AccountId, Record, Run, joined, json};
use crate::store;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Says who was to be read, beside the snapshots.
const ACCOUNTS: &str = "accounts.json";
/// So deep a folder is searched.
const DEPTH: u8 = 4;
/// So many things that are left out are told one by one.
const TOLD: usize = 20;
/// The head of every pack.
const PACK: &str = "bagit.txt";

/// How S3 is reached, and whose bucket it is.
pub(super) struct Reach {
    pub access: Access,
    pub owner: Option<String>,
}

/// A snapshot, and where it was found.
struct Found {
    place: String,
    run: Run,
    records: Vec<Record>,
}

/// What lies together in one place.
#[derive(Default)]
struct Together {
    found: Vec<Found>,
    expected: Vec<AccountId>,
    left_out: Vec<String>,
}

/// Reads the snapshots. Several are joined, and their records numbered anew.
pub(super) fn read(named: &[PathBuf], reach: &Reach) -> Result<(Run, Vec<Record>), Error> {
    let (mut all, mut expected) = (Vec::new(), BTreeSet::new());
    for place in named {
        let text = place.to_string_lossy();
        let together = match text.strip_prefix("s3://") {
            Some(_) => within_bucket(&text, reach)?,
            None if place.join(store::RUN).exists() => Together { found: vec![folder(place)?], ..Together::default() },
            None => within_folder(place)?,
        };
        for what in together.left_out.iter().take(TOLD) {
            say(&format!("note: left out: {what}"));
        }
        if let Some(more) = together.left_out.len().checked_sub(TOLD).filter(|more| *more > 0) {
            say(&format!("note: left out: {more} more"));
        }
        if together.found.is_empty() {
            return Err(Error::new(format!("there is no snapshot in {text}"))
                .hint(format!("a folder that `keywitness collect` made holds a {}", store::RUN)));
        }
        expected.extend(together.expected);
        all.extend(last_attempts(together.found));
    }
    let several = all.len() > 1;
    let (mut run, mut records) =
        joined::join(all.into_iter().map(|s| (s.run, s.records)).collect()).map_err(|error| {
            Error::new(format!("cannot make one pack of these snapshots: {error}"))
                .hint("name each account's snapshot once")
        })?;
    if several {
        store::number(&mut records);
    }
    expect(&mut run, &expected);
    Ok((run, records))
}

/// Whoever was to be read and is in no snapshot is missed.
fn expect(run: &mut Run, expected: &BTreeSet<AccountId>) {
    let known: BTreeSet<AccountId> = run.account_ids().into_iter().cloned().collect();
    let missed: Vec<AccountId> = expected.difference(&known).cloned().collect();
    if missed.is_empty() {
        return;
    }
    say(&format!("note: {} accounts of {ACCOUNTS} are in no snapshot: each is a gap", missed.len()));
    run.selection.accounts = known.into_iter().chain(missed).collect::<BTreeSet<_>>().into_iter().collect();
    run.selection.by = SelectedBy::List;
}

fn folder(path: &Path) -> Result<Found, Error> {
    let place = path.display().to_string();
    let (run, records) = store::read(path).map_err(|error| unreadable(&place, &error))?;
    Ok(Found { place, run, records })
}

fn unreadable(place: &str, error: &store::StoreError) -> Error {
    Error::new(format!("{place}: {error}"))
        .hint(format!("{place} should be a folder that `keywitness collect` made, and no other"))
}

/// The snapshots that lie in a folder.
fn within_folder(path: &Path) -> Result<Together, Error> {
    let (mut together, mut folders) = (Together::default(), Vec::new());
    search(path, DEPTH, &mut folders, &mut together.left_out)?;
    for found in folders {
        together.found.push(folder(&found)?);
    }
    let file = path.join(ACCOUNTS);
    if file.exists() {
        let bytes = std::fs::read(&file).map_err(|e| Error::new(format!("cannot read {}: {e}", file.display())))?;
        together.expected = accounts(&bytes, &file.display().to_string())?;
    }
    Ok(together)
}

/// Looks for folders with a `run.json`; gives whether there was one.
fn search(path: &Path, depth: u8, found: &mut Vec<PathBuf>, left_out: &mut Vec<String>) -> Result<bool, Error> {
    let cannot = |e: std::io::Error| Error::new(format!("cannot read {}: {e}", path.display()));
    let entries = std::fs::read_dir(path).map_err(cannot)?.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    let mut entries: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    entries.sort();
    let mut any = false;
    for entry in entries {
        let name = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let shown = entry.display();
        if !entry.is_dir() {
            if !(name == ACCOUNTS || name == LIST || name == crate::config::FILE) {
                left_out.push(format!("{shown} is no folder"));
            }
        } else if name.starts_with('.') {
            // Journals and folders that were never renamed: what they hold never became a snapshot.
            left_out.push(format!("{shown} is hidden, as what a run leaves that broke off"));
        } else if entry.join(store::RUN).exists() {
            found.push(entry);
            any = true;
        } else if entry.join(PACK).exists() {
            left_out.push(format!("{shown} is a pack"));
        } else {
            let mut beside = Vec::new();
            if depth > 1 && !entry.is_symlink() && search(&entry, depth - 1, found, &mut beside)? {
                left_out.append(&mut beside);
                any = true;
            } else {
                left_out.push(format!("{shown} is no snapshot: it has no {}", store::RUN));
            }
        }
    }
    Ok(any)
}

/// The snapshots that tasks have put below a prefix.
fn within_bucket(place: &str, reach: &Reach) -> Result<Together, Error> {
    let target: Target = place.parse().map_err(|e: archive::ArchiveError| Error::from(e))?;
    let owner = reach.owner.as_deref().ok_or_else(|| {
        Error::new(format!("{place} is a bucket, and nobody said whose")).hint("--bucket-owner 111122223333")
    })?;
    let owner: AccountId = owner.parse().map_err(Error::new)?;
    super::collect::within(async {
        let store = Store::new(&reach.access, &target.bucket, &owner).await?;
        let below = archive::list_snapshots(&store, &target.prefix).await?;
        let mut together = Together::default();
        for name in &below.whole {
            let files = archive::fetch_snapshot(&store, &target.prefix, name).await?;
            let place = format!("{}/{name}", place.trim_end_matches('/'));
            let (run, records) = store::parse(&files).map_err(|error| unreadable(&place, &error))?;
            together.found.push(Found { place, run, records });
        }
        let half =
            below.half.iter().map(|name| format!("{place}/{name} has no {LIST}: half an upload, or no snapshot"));
        together.left_out.extend(half);
        for name in below.loose {
            if name == ACCOUNTS {
                let bytes = archive::fetch_object(&store, &target.prefix, ACCOUNTS).await?;
                together.expected = accounts(&bytes, &format!("{place}/{ACCOUNTS}"))?;
            } else {
                together.left_out.push(format!("{place}/{name} is in no folder"));
            }
        }
        Ok(together)
    })
}

/// A list of account ids.
fn accounts(bytes: &[u8], place: &str) -> Result<Vec<AccountId>, Error> {
    let wrong = |why: String| Error::new(format!("cannot read {place}: {why}")).hint("[\"111122223333\"]");
    let value = json::strict(bytes).map_err(|e| wrong(e.to_string()))?;
    let list = value.as_array().ok_or_else(|| wrong("it is no list of account ids".to_owned()))?;
    let id = |v: &serde_json::Value| {
        v.as_str().ok_or_else(|| wrong("it holds what is no text".to_owned()))?.parse().map_err(wrong)
    };
    list.iter().map(id).collect()
}

/// Of attempts of one command the last, before which one counts that the user did not stop.
fn last_attempts(found: Vec<Found>) -> Vec<Found> {
    let mut jobs: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for snapshot in found {
        jobs.entry(job(&snapshot.run)).or_default().push(snapshot);
    }
    let mut last = Vec::new();
    for mut attempts in jobs.into_values() {
        attempts.sort_by(|a, b| {
            let rank = |s: &Found| (!s.run.interrupted, s.run.ended);
            rank(a).cmp(&rank(b)).then_with(|| a.run.id.cmp(&b.run.id)).then_with(|| a.place.cmp(&b.place))
        });
        let Some(taken) = attempts.pop() else { continue };
        for earlier in attempts {
            let line = format!("note: {} is an earlier attempt of {}, which is taken", earlier.place, taken.place);
            let fields = serde_json::json!({ "snapshot": earlier.place, "taken": taken.place });
            log::tell("superseded", fields, &line);
        }
        last.push(taken);
    }
    last
}

/// What a snapshot was to hold: its command, but for where the result went and how it was told, and what the environment
/// decides beside it.
fn job(run: &Run) -> String {
    const WITH_VALUE: [&str; 5] = ["--output", "--upload", "--log-format", "--bucket-owner", "--resume"];
    const ALONE: [&str; 2] = ["--json", "--accept-gaps"];
    let mut words = Vec::new();
    let mut rest = run.command.split(' ');
    while let Some(word) = rest.next() {
        let name = word.split('=').next().unwrap_or_default();
        if WITH_VALUE.contains(&name) {
            if name == word {
                rest.next();
            }
        } else if !ALONE.contains(&word) {
            words.push(word);
        }
    }
    let Run { selection, shard, .. } = run;
    let regions: Vec<&str> = selection.regions.iter().map(crate::model::Region::as_str).collect();
    // A list that was named is part of the question; what an organization lists may change between two attempts.
    let listed = if selection.by == SelectedBy::Organization { Vec::new() } else { selection.accounts.clone() };
    format!("{words:?} {regions:?} {listed:?} {:?} {:?} {}", shard, selection.role, selection.asker.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_told_by_what_was_asked_and_not_by_where_it_went() {
        let (sample, _) = store::parse(&crate::samples::halcyon_parcels()).unwrap();
        let with = |command: &str| job(&Run { command: command.to_owned(), ..sample.clone() });
        let one = with("keywitness collect --account 111122223333 --quarter 2026Q3 --output a/1");
        assert_eq!(one, with("keywitness collect --account 111122223333 --quarter 2026Q3 --output=a/2 --json"));
        assert_ne!(one, with("keywitness collect --account 111122223333 --quarter 2026Q2 --output a/1"));
        assert_ne!(one, with("keywitness collect --account 111122223334 --quarter 2026Q3 --output a/1"));
    }

    #[test]
    fn a_list_of_accounts_is_a_list_of_ids() {
        assert_eq!(accounts(b"[\"111122223333\"]", "x").unwrap().len(), 1);
        for odd in ["", "{}", "[1]", "[\"1\"]", "[\"111122223333\"", "null"] {
            assert!(accounts(odd.as_bytes(), "x").is_err(), "{odd}");
        }
    }
}
