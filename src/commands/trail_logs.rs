//! The other sources of events: a trail's bucket or a copy of it, and exports. What is read becomes records beside those of
//! the calls, so that the pack holds it and the replay sees the same.

use super::trail::{Found, on_all};
use super::trail_source::{Source, bucket, is_aside};
use super::{say, trail_athena};
use crate::clock;
use crate::collect::{Plan, filtered, filtered_event};
use crate::config::Past;
use crate::error::Error;
use crate::model::operation::{
    DIGEST_FILES, EVENTS_EXPORT, LIST_PUBLIC_KEYS, LOG_FILES, Operation, PUBLIC_KEYS_FILE, TRAIL_FOLDER,
};
use crate::model::record::Attempt;
use crate::model::time::seconds;
use crate::model::{AccountId, Ev, Record, Region, Run, Time, json};
use crate::snapshot;
use crate::trail::evidence::{self, region};
use crate::trail::extract::{Extract, Folder, Scope, Stored, extract, extract_plain, unreadable};
use crate::trail::layout::{self, Kind};
use crate::trail::{PublicKeys, digest, keys};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

/// Finds out before a long run whether the sources are there and can be understood.
pub(super) fn ready(past: &Past) -> Result<(), Error> {
    if let Some(folder) = &past.trail_logs {
        match bucket(folder) {
            Some(named) => {
                named?;
                if !past.trail_prefix.is_empty() {
                    return Err(Error::new("--trail-prefix is for a copy of a bucket".to_owned()).hint(format!(
                        "--trail-logs {}/{}",
                        folder.trim_end_matches('/'),
                        past.trail_prefix
                    )));
                }
            }
            None if Path::new(folder).is_dir() => {
                fs::read_dir(folder).map_err(|e| Error::new(format!("cannot read the folder {folder}: {e}")))?;
            }
            None => {
                return Err(Error::new(format!("cannot read the trail's logs: {folder} is not a folder")).hint(
                    "--trail-logs wants a copy of the trail's bucket, with AWSLogs/… in it, or s3://BUCKET/PREFIX",
                ));
            }
        }
    }
    if let Some(file) = &past.trail_keys {
        keys_of(file)?;
    }
    trail_athena::ready(past)?;
    for file in &past.events_export {
        exported(file).map_err(|why| {
            Error::new(format!("cannot read the events {}: {why}", file.display()))
                .hint("aws cloudtrail lookup-events --output json > FILE, or the event history's download as JSON")
        })?;
    }
    Ok(())
}

/// Adds the records of all sources that were named.
pub(super) fn add(past: &Past, plan: &Plan, run: &mut Run, records: &mut Vec<Record>) -> Result<(), Error> {
    trail_athena::add(past, plan, run, records)?;
    if past.trail_logs.is_none() && past.events_export.is_empty() {
        if past.athena.is_some() {
            run.ended = clock::now();
        }
        return Ok(());
    }
    let scope = scope(run, records);
    let mut book = Book { run, records, seen: HashSet::new() };
    if let Some(folder) = &past.trail_logs {
        if let Some(file) = &past.trail_keys {
            let shown = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            match keys_of(file) {
                Ok(body) => book.write(None, &PUBLIC_KEYS_FILE, json!({ "File": shown }), body, clock::now()),
                // They could be read when the run began. What was collected since is worth more: nothing is proven then.
                Err(error) => say(&format!("note: {}", error.what())),
            }
        }
        let source = Source::open(folder, &past.trail_prefix, plan, book.run)?;
        trail(&mut book, folder, &source, &scope);
        book.run.selection.endpoints.extend(source.endpoints());
        book.run.interrupted |= source.stopped();
    }
    for file in &past.events_export {
        export(&mut book, file, &scope);
    }
    run.ended = clock::now();
    Ok(())
}

/// The answer of `ListPublicKeys` in a file, once it is known to hold keys.
fn keys_of(file: &Path) -> Result<Value, Error> {
    let cannot = |why: String| Error::new(format!("cannot read the public keys {}: {why}", file.display()));
    let bytes = fs::read(file).map_err(|e| cannot(e.to_string()))?;
    PublicKeys::parse(&bytes).map_err(|e| cannot(e.to_string()))?;
    let value = json::strict(&bytes).map_err(|e| cannot(e.to_string()))?;
    let list = keys::listed(&value).unwrap_or_default();
    Ok(json!({ "PublicKeyList": list }))
}

/// The keys of the streams and their aliases, as they were just read.
fn scope(run: &Run, records: &[Record]) -> Scope {
    let snapshot = snapshot::read(run.clone(), records);
    let mut scope = Scope {
        accounts: run.accounts.iter().map(|a| a.account.to_string()).collect(),
        window: (seconds(run.window.from), seconds(run.window.to)),
        ..Scope::default()
    };
    for key in snapshot.keys() {
        if let (Ok(aliases), Some((place, _))) = (&key.aliases, key.arn.split_once(":key/")) {
            scope.aliases.extend(aliases.value.iter().map(|alias| format!("{place}:{alias}")));
        }
        scope.keys.insert(key.arn.clone());
    }
    scope
}

/// Where records are written down.
struct Book<'a> {
    run: &'a mut Run,
    records: &'a mut Vec<Record>,
    /// The ids of all events so far.
    seen: HashSet<String>,
}

impl Book<'_> {
    fn write(&mut self, place: Option<&Place>, operation: &Operation, parameters: Value, body: Value, began: Time) {
        let (body, withheld) = match operation.name {
            "PublicKeysFile" => filtered(&LIST_PUBLIC_KEYS, body),
            // Made of our own fields; the events in it went through the allow list one by one.
            _ => (body, Vec::new()),
        };
        self.note(place, operation, parameters, body, withheld, began);
    }

    fn note(
        &mut self,
        place: Option<&Place>,
        operation: &Operation,
        parameters: Value,
        body: Value,
        withheld: Vec<String>,
        began: Time,
    ) {
        // Files are no answer of an account: they stand with the account and Region that their folder names, if the run
        // read those; else where it began.
        let asker = &self.run.selection.asker;
        let read = place.filter(|(account, region)| self.run.names(account, region));
        let (account, region) = read.map_or((&asker.account, &asker.region), |(account, region)| (account, region));
        let received = clock::now();
        self.records.push(Record {
            ev: Ev(0),
            account: account.clone(),
            region: region.clone(),
            service: operation.service.into(),
            operation: operation.name.into(),
            parameters: parameters.into(),
            page: 1,
            sent: began,
            received,
            date: None,
            request_id: None,
            attempts: vec![Attempt { sent: began, received, status: None, error: None }],
            status: None,
            error: None,
            withheld,
            body: body.into(),
        });
    }

    /// Writes down log files that belong together: the events that are kept, the counts of the others.
    fn log_files(
        &mut self,
        place: Option<&Place>,
        operation: &Operation,
        parameters: Value,
        mut files: Vec<Extract>,
        began: Time,
    ) {
        files.sort_by(|a, b| a.object.cmp(&b.object));
        let mut folder = Folder::default();
        for file in &mut files {
            folder.take(file, &mut self.seen);
        }
        let mut withheld = Vec::new();
        let mut events = Vec::new();
        for (at, (object, event)) in std::mem::take(&mut folder.kept).into_iter().enumerate() {
            let (event, taken) = filtered_event(event);
            withheld.extend(taken.into_iter().map(|pointer| format!("/Events/{at}/Record{pointer}")));
            events.push(json!({ "Object": object, "Record": event }));
        }
        let body = evidence::log_files(&files, &folder, &events);
        self.note(place, operation, parameters, body, withheld, began);
    }
}

/// The account and the Region that a folder names.
type Place = (AccountId, Region);

fn place(object: &str) -> Option<Place> {
    Some((layout::account(object)?, region(object)?))
}

/// Reads a trail's bucket, or a copy of it: the digests first, because they may name log files from before the window.
fn trail(book: &mut Book<'_>, named: &str, source: &Source, scope: &Scope) {
    let began = clock::now();
    let prefix = &source.prefix;
    let mut sorted = sort(book.run, &source.found, prefix);
    say(&format!(
        "reading the trail's logs in {named}: {} log files, {} digests{}",
        sorted.logs.values().map(Vec::len).sum::<usize>(),
        sorted.digests.values().map(Vec::len).sum::<usize>(),
        source.bytes().map(|bytes| format!(", {:.1} MB", bytes as f64 / 1e6)).unwrap_or_default(),
    ));
    let asked = |folder: &str| json!({ "Source": named, "Folder": format!("{prefix}{folder}") });
    let mut aside = BTreeSet::new();
    for (folder, names) in &sorted.digests {
        let began = clock::now();
        let digests = read_digests(source, names);
        if source.is_bucket() {
            aside.extend(digests.values().flat_map(named_by).filter(|log| is_aside(log, book.run.window)));
        }
        let body = json!({ "Digests": digests.into_values().collect::<Vec<_>>() });
        let object = format!("{prefix}{}", names[0]);
        book.write(place(&object).as_ref(), &DIGEST_FILES, asked(folder), body, began);
    }
    for log in &aside {
        let logs = sorted.logs.entry(evidence::folder(log).to_owned()).or_default();
        if let Err(at) = logs.binary_search(log) {
            logs.insert(at, log.clone());
        }
    }
    for (folder, names) in &sorted.logs {
        let began = clock::now();
        let files = read_logs(source, names, &aside, scope);
        let object = format!("{prefix}{}", names[0]);
        book.log_files(place(&object).as_ref(), &LOG_FILES, asked(folder), files, began);
    }
    let not_read: Vec<Value> = source
        .found
        .not_read
        .iter()
        .map(|(object, why)| json!({ "Object": format!("{prefix}{object}"), "Why": why }))
        .collect();
    let metadata: Vec<String> = sorted.metadata.iter().map(|m| format!("{prefix}{m}")).collect();
    let body = json!({
        "Metadata": metadata, "NotRead": not_read, "OtherFiles": sorted.others,
        "FilesOfOtherRegions": sorted.elsewhere, "OtherRegions": sorted.other_regions,
    });
    book.write(None, &TRAIL_FOLDER, json!({ "Source": named }), body, began);
}

/// What the log files hold. One that only a digest names and that is not there is left out: the digest tells of it.
fn read_logs(source: &Source, names: &[String], aside: &BTreeSet<String>, scope: &Scope) -> Vec<Extract> {
    let mut files = Vec::new();
    source.batches(names, |fetched, names| {
        let parts = on_all(names, |desk, made: &mut Vec<Extract>, name: &String| {
            let object = format!("{}{name}", source.prefix);
            let got = fetched.get(name);
            if aside.contains(name) && matches!(got, Some(Err(absent)) if absent.nothing) {
                return;
            }
            let mut file = match source.bytes_of(fetched, name, &mut desk.packed) {
                Ok(packed) => extract(&object, packed, &mut desk.gunzip, scope),
                Err(why) => unreadable(&object, 0, why),
            };
            if let Some(Ok(stored)) = got {
                file.stored = Stored { etag: stored.etag.clone(), version: stored.version.clone() };
            }
            made.push(file);
        });
        files.extend(parts.into_iter().flatten());
    });
    files
}

/// The digests as they are written down, by their place in the bucket.
fn read_digests(source: &Source, names: &[String]) -> BTreeMap<String, Value> {
    let mut digests = BTreeMap::new();
    source.batches(names, |fetched, names| {
        let parts = on_all(names, |desk, made: &mut BTreeMap<String, Value>, name: &String| {
            let object = format!("{}{name}", source.prefix);
            let beside = format!("{name}{}", layout::META_ENDING);
            let got = fetched.get(name);
            let meta = match got {
                Some(Ok(stored)) => {
                    (!stored.metadata.is_empty()).then(|| json!(stored.metadata).to_string().into_bytes())
                }
                None if source.found.files.contains(&beside) => {
                    source.bytes_of(fetched, &beside, &mut desk.more).ok().map(<[u8]>::to_vec)
                }
                Some(Err(_)) | None => None,
            };
            let packed = source.bytes_of(fetched, name, &mut desk.packed);
            let mut digest = evidence::digest_file(&object, packed, meta.as_deref(), &mut desk.gunzip);
            if let Some(Ok(stored)) = got {
                let stored = Stored { etag: stored.etag.clone(), version: stored.version.clone() };
                evidence::note_stored(&mut digest, &stored);
            }
            made.insert(object, digest);
        });
        digests.extend(parts.into_iter().flatten());
    });
    digests
}

/// The log files that a digest names, as it is written down.
fn named_by(digest: &Value) -> Vec<String> {
    let document = digest["Document"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let logs = document.as_ref().and_then(|d| d["logFiles"].as_array()).into_iter().flatten();
    logs.filter_map(|log| log["s3Object"].as_str())
        .filter(|o| o.ends_with(layout::ENDING))
        .map(ToOwned::to_owned)
        .collect()
}

/// The files of a bucket, by what they are for.
#[derive(Default)]
struct Sorted {
    /// Log files by folder.
    logs: BTreeMap<String, Vec<String>>,
    /// Digests by folder.
    digests: BTreeMap<String, Vec<String>>,
    /// Metadata of digests.
    metadata: Vec<String>,
    /// What is no evidence of events.
    others: u64,
    /// Of Regions that this run does not read.
    elsewhere: u64,
    other_regions: BTreeSet<String>,
}

fn sort(run: &Run, found: &Found, prefix: &str) -> Sorted {
    let mut sorted = Sorted::default();
    for file in &found.files {
        let object = format!("{prefix}{file}");
        let kind = layout::kind(&object);
        let (is_log, is_digest) = (kind == Kind::Log, kind == Kind::Digest);
        if !(is_log || is_digest || kind == Kind::Metadata) {
            sorted.others += 1;
            continue;
        }
        match region(file).or_else(|| region(&object)) {
            Some(region) if !run.regions().contains(&&region) => {
                sorted.elsewhere += 1;
                sorted.other_regions.insert(region.to_string());
            }
            _ if is_log => sorted.logs.entry(evidence::folder(file).to_owned()).or_default().push(file.clone()),
            _ if is_digest => sorted.digests.entry(evidence::folder(file).to_owned()).or_default().push(file.clone()),
            _ => sorted.metadata.push(file.clone()),
        }
    }
    sorted
}

/// What a file of exported events holds.
struct Exported {
    sha256: String,
    bytes: u64,
    events: Vec<Value>,
    /// The places of what is no event, from 1 in each list.
    odd: Vec<usize>,
}

/// Reads answers of `LookupEvents`, or log files, from one JSON file.
fn exported(file: &Path) -> Result<Exported, String> {
    let bytes = fs::read(file).map_err(|e| e.to_string())?;
    let (mut events, mut odd, mut lists) = (Vec::new(), Vec::new(), 0);
    for answer in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
        let answer = answer.map_err(|e| format!("not JSON: {e}"))?;
        let list = match &answer {
            Value::Array(list) => Some(list),
            other => other.get("Events").or_else(|| other.get("Records")).and_then(Value::as_array),
        };
        let list = list.ok_or("it holds no list called Events or Records")?;
        lists += 1;
        for (at, item) in list.iter().enumerate() {
            match opened(item) {
                Some(event) => events.push(event),
                None => odd.push(at + 1),
            }
        }
    }
    if lists == 0 {
        return Err("it is empty".to_owned());
    }
    Ok(Exported { sha256: digest::sha256(&bytes), bytes: bytes.len() as u64, events, odd })
}

/// Writes the events of a file down. It could be read when the run began; when it cannot be any more, that is told in their
/// place: what was collected since is not thrown away for it.
fn export(book: &mut Book<'_>, file: &Path, scope: &Scope) {
    let began = clock::now();
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let found = match exported(file) {
        Ok(Exported { sha256, bytes, events, odd }) => {
            let plain = json!({ "Records": events }).to_string();
            let mut found = extract_plain(&name, plain.as_bytes(), scope);
            // The hash of what lies in the file, and not of what was made of it.
            found.sha256 = Ok(sha256);
            found.bytes = bytes;
            found.odd.extend(odd.into_iter().map(|at| (at as u64, "not the record of an event")));
            say(&format!("reading exported events in {name}: {} events", found.events));
            found
        }
        Err(why) => {
            say(&format!("note: the exported events in {name} cannot be read: {why}"));
            unreadable(&name, 0, why)
        }
    };
    book.log_files(None, &EVENTS_EXPORT, json!({ "File": name }), vec![found], began);
}

/// The record of an event: what `LookupEvents` wraps, or the thing itself.
fn opened(item: &Value) -> Option<Value> {
    let event = match item.get("CloudTrailEvent") {
        Some(Value::String(text)) => serde_json::from_str(text).ok()?,
        Some(other) => other.clone(),
        None => item.clone(),
    };
    (event.is_object() && event.get("eventName").is_some()).then_some(event)
}
