//! The other sources of events: a trail's bucket in a folder, and exports. What is read becomes records beside those of
//! the calls, so that the pack holds it and the replay sees the same.

use super::say;
use super::trail::{Found, list, on_all, read};
use crate::cli::Past;
use crate::clock;
use crate::collect::{filtered, filtered_event};
use crate::error::Error;
use crate::model::operation::{
    DIGEST_FILES, EVENTS_EXPORT, LIST_PUBLIC_KEYS, LOG_FILES, Operation, PUBLIC_KEYS_FILE, TRAIL_FOLDER,
};
use crate::model::record::Attempt;
use crate::model::time::seconds;
use crate::model::{Ev, Record, Region, Run, Time, json};
use crate::snapshot;
use crate::trail::evidence::{self, region};
use crate::trail::extract::{Extract, Folder, Scope, extract, extract_plain, unreadable};
use crate::trail::layout::{self, Section};
use crate::trail::{PublicKeys, digest};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

/// Finds out before a long run whether the sources are there and can be understood.
pub(super) fn ready(past: &Past) -> Result<(), Error> {
    if let Some(folder) = &past.trail_logs {
        let path = Path::new(folder);
        if !path.is_dir() {
            return Err(Error::new(format!("cannot read the trail's logs: {folder} is not a folder"))
                .hint("--trail-logs wants a copy of the trail's bucket, with AWSLogs/… in it"));
        }
    }
    if let Some(file) = &past.trail_keys {
        keys_of(file)?;
    }
    for file in &past.events_export {
        fs::metadata(file).map_err(|e| Error::new(format!("cannot read the events {}: {e}", file.display())))?;
    }
    Ok(())
}

/// Adds the records of all sources that were named.
pub(super) fn add(past: &Past, run: &mut Run, records: &mut Vec<Record>) -> Result<(), Error> {
    if past.trail_logs.is_none() && past.events_export.is_empty() {
        return Ok(());
    }
    let scope = scope(run, records);
    let mut book = Book { run, records, seen: HashSet::new() };
    if let Some(folder) = &past.trail_logs {
        if let Some(file) = &past.trail_keys {
            let body = keys_of(file)?;
            let shown = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            book.write(None, &PUBLIC_KEYS_FILE, json!({ "File": shown }), body, clock::now());
        }
        trail(&mut book, folder, &past.trail_prefix, &scope)?;
    }
    for file in &past.events_export {
        export(&mut book, file, &scope)?;
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
    let list = value.get("PublicKeyList").or_else(|| value.get("publicKeyList")).unwrap_or(&value);
    Ok(json!({ "PublicKeyList": list }))
}

/// The keys of the streams and their aliases, as they were just read.
fn scope(run: &Run, records: &[Record]) -> Scope {
    let snapshot = snapshot::read(run.clone(), records);
    let mut scope = Scope {
        account: run.selection.asker.account.to_string(),
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
    fn write(&mut self, region: Option<&Region>, operation: &Operation, parameters: Value, body: Value, began: Time) {
        let (body, withheld) = match operation.name {
            "PublicKeysFile" => filtered(&LIST_PUBLIC_KEYS, body),
            // Made of our own fields; the events in it went through the allow list one by one.
            _ => (body, Vec::new()),
        };
        self.note(region, operation, parameters, body, withheld, began);
    }

    fn note(
        &mut self,
        region: Option<&Region>,
        operation: &Operation,
        parameters: Value,
        body: Value,
        withheld: Vec<String>,
        began: Time,
    ) {
        let parameters = match parameters {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        // Files are no answer of an account: they stand where the run began, or in a Region that it read there.
        let asker = &self.run.selection.asker;
        let place = region.filter(|region| self.run.names(&asker.account, region)).unwrap_or(&asker.region);
        let received = clock::now();
        self.records.push(Record {
            ev: Ev(0),
            account: asker.account.clone(),
            region: place.clone(),
            service: operation.service.to_owned(),
            operation: operation.name.to_owned(),
            parameters,
            page: 1,
            sent: began,
            received,
            date: None,
            request_id: None,
            attempts: vec![Attempt { sent: began, received, status: None, error: None }],
            status: None,
            error: None,
            withheld,
            body,
        });
    }

    /// Writes down log files that belong together: the events that are kept, the counts of the others.
    fn log_files(
        &mut self,
        region: Option<&Region>,
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
        self.note(region, operation, parameters, body, withheld, began);
    }
}

/// Reads a copy of a trail's bucket.
fn trail(book: &mut Book<'_>, folder: &str, prefix: &str, scope: &Scope) -> Result<(), Error> {
    let began = clock::now();
    let path = Path::new(folder);
    let found = list(path)?;
    let prefix = prefix.trim_start_matches('/');
    let prefix = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
    let sorted = sort(book.run, &found, &prefix);
    say(&format!(
        "reading the trail's logs in {folder}: {} log files, {} digests",
        sorted.logs.values().map(Vec::len).sum::<usize>(),
        sorted.digests.values().map(Vec::len).sum::<usize>()
    ));
    for (place, names) in &sorted.logs {
        let began = clock::now();
        let parts = on_all(names, |desk, made: &mut Vec<Extract>, name: &String| {
            let object = format!("{prefix}{name}");
            made.push(match read(&path.join(name), &mut desk.packed) {
                Ok(packed) => extract(&object, packed, &mut desk.gunzip, scope),
                Err(error) => unreadable(&object, 0, error.to_string()),
            });
        });
        let asked = json!({ "Source": folder, "Folder": format!("{prefix}{place}") });
        book.log_files(region(&names[0]).as_ref(), &LOG_FILES, asked, parts.into_iter().flatten().collect(), began);
    }
    for (place, names) in &sorted.digests {
        let began = clock::now();
        let parts = on_all(names, |desk, made: &mut BTreeMap<String, Value>, name: &String| {
            let object = format!("{prefix}{name}");
            let meta = format!("{name}{}", layout::META_ENDING);
            let meta = found.files.contains(&meta).then(|| read(&path.join(&meta), &mut desk.more).ok()).flatten();
            let packed = read(&path.join(name), &mut desk.packed).map_err(|error| error.to_string());
            made.insert(object.clone(), evidence::digest_file(&object, packed, meta, &mut desk.gunzip));
        });
        let digests: BTreeMap<String, Value> = parts.into_iter().flatten().collect();
        let asked = json!({ "Source": folder, "Folder": format!("{prefix}{place}") });
        let body = json!({ "Digests": digests.into_values().collect::<Vec<_>>() });
        book.write(region(&names[0]).as_ref(), &DIGEST_FILES, asked, body, began);
    }
    let not_read: Vec<Value> = found
        .not_read
        .iter()
        .map(|(object, why)| json!({ "Object": format!("{prefix}{object}"), "Why": why }))
        .collect();
    let metadata: Vec<String> = sorted.metadata.iter().map(|m| format!("{prefix}{m}")).collect();
    let body = json!({
        "Metadata": metadata, "NotRead": not_read, "OtherFiles": sorted.others,
        "FilesOfOtherRegions": sorted.elsewhere, "OtherRegions": sorted.other_regions,
    });
    book.write(None, &TRAIL_FOLDER, json!({ "Source": folder }), body, began);
    Ok(())
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
        let section = layout::section(&object);
        let is_log = section == Section::Logs && file.ends_with(layout::ENDING);
        let is_digest = section == Section::Digests && file.ends_with(layout::ENDING);
        let is_meta = section == Section::Digests && file.ends_with(layout::META_ENDING);
        if !(is_log || is_digest || is_meta) {
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

/// Reads answers of `LookupEvents`, or log files, from one JSON file.
fn export(book: &mut Book<'_>, file: &Path, scope: &Scope) -> Result<(), Error> {
    let began = clock::now();
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let cannot = |why: String| Error::new(format!("cannot read the events {}: {why}", file.display()));
    let bytes = fs::read(file).map_err(|e| cannot(e.to_string()))?;
    let sha256 = digest::sha256(&bytes);
    let mut events = Vec::new();
    let mut odd = Vec::new();
    for answer in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
        let answer = answer.map_err(|e| {
            cannot(format!("not JSON: {e}"))
                .hint("aws cloudtrail lookup-events --output json > FILE, or the event history's download as JSON")
        })?;
        let list = match &answer {
            Value::Array(list) => Some(list),
            other => other.get("Events").or_else(|| other.get("Records")).and_then(Value::as_array),
        };
        let list = list.ok_or_else(|| cannot("it holds no list called Events or Records".to_owned()))?;
        for (at, item) in list.iter().enumerate() {
            match opened(item) {
                Some(event) => events.push(event),
                None => odd.push(at + 1),
            }
        }
    }
    let plain = json!({ "Records": events }).to_string();
    let mut found = extract_plain(&name, plain.as_bytes(), scope);
    // The hash of what lies in the file, and not of what was made of it.
    found.sha256 = Ok(sha256);
    found.bytes = bytes.len() as u64;
    found.odd.extend(odd.into_iter().map(|at| (at as u64, "not the record of an event")));
    say(&format!("reading exported events in {name}: {} events", found.events));
    book.log_files(None, &EVENTS_EXPORT, json!({ "File": name }), vec![found], began);
    Ok(())
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
