//! A trail's bucket as records of a pack, and the same proof from those records alone.
//!
//! Three kinds of records. `LogFiles` is one folder of log files: of each file its place, size and hash; and of all of
//! them the events that are evidence. `DigestFiles` is one folder of digests: each document as it was signed, with the
//! metadata that holds its signature. `TrailFolder` tells what else there was. With the answer of `ListPublicKeys`
//! these are all that the proof needs, so whoever has the pack repeats it without AWS and without the bucket.

use super::chain::{Chains, Expected, Listing};
use super::digest::{Digest, FIELDS, Meta, Place};
use super::extract::{Extract, Folder, Stored, TRAIL_NAMES};
use super::gunzip::{Fault, Gunzip, Members};
use super::keys::PublicKeys;
use super::logs::{LogFact, TrailEvent, instant};
use super::report::{Code, Level, Outcome, Report};
use crate::model::history::{Proof, ProofFinding, ProofOutcome};
use crate::model::operation::{DIGEST_FILES, LIST_PUBLIC_KEYS, LOG_FILES, PUBLIC_KEYS_FILE, TRAIL_FOLDER};
use crate::model::{Record, Region, json};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The body of a `LogFiles` record. The events are put in by whoever has the allow list.
#[must_use]
pub fn log_files(files: &[Extract], folder: &Folder, events: &[Value]) -> Value {
    let list: Vec<Value> = files.iter().map(file).collect();
    let uses: Vec<Value> = folder
        .uses
        .iter()
        .map(|(key, count)| {
            json!({
                "Subject": key.subject, "Sign": key.sign.word(), "Principal": key.principal,
                "Operation": key.operation, "Via": key.via, "Stream": key.stream.as_ref().map(|(name, _)| name),
                "Events": count.events, "First": count.first, "Last": count.last,
                "LastSuccess": count.last_success, "Errors": count.errors,
            })
        })
        .collect();
    let odd: Vec<Value> = files
        .iter()
        .flat_map(|f| f.odd.iter().map(|(at, why)| json!({ "Object": f.object, "Place": at, "Why": why })))
        .collect();
    json!({
        "Files": list, "Events": events, "Uses": uses, "OddRecords": odd,
        "Duplicates": folder.duplicates, "RefusedNotKept": folder.refused_not_kept,
    })
}

fn file(file: &Extract) -> Value {
    let mut value = json!({ "Object": file.object, "Bytes": file.bytes, "Events": file.events });
    match (&file.sha256, &file.unreadable) {
        (Ok(hash), _) => value["Sha256"] = json!(hash),
        (Err(fault @ Fault::Trailing(_)), _) => {
            value["Fault"] = json!({ "Code": "trailing", "Text": fault.to_string() });
        }
        (Err(fault), unreadable) => {
            let text = unreadable.clone().unwrap_or_else(|| fault.to_string());
            value["Fault"] = json!({ "Code": "unreadable", "Text": text });
        }
    }
    if let Some(why) = &file.unreadable {
        value["Unreadable"] = json!(why);
    }
    if let Some((oldest, newest)) = &file.times {
        value["Oldest"] = json!(oldest);
        value["Newest"] = json!(newest);
    }
    note_stored(&mut value, &file.stored);
    value
}

/// Adds what S3 said of an object.
pub fn note_stored(value: &mut Value, stored: &Stored) {
    for (name, told) in [("ETag", &stored.etag), ("VersionId", &stored.version)] {
        if let Some(told) = told {
            value[name] = json!(told);
        }
    }
}

/// One element of a `DigestFiles` record. A document is written down as it is only when it has no other fields than a
/// digest has: nothing that somebody put into the bucket gets into a pack by this way.
#[must_use]
pub fn digest_file(object: &str, packed: Result<&[u8], String>, metadata: Option<&[u8]>, gunzip: &mut Gunzip) -> Value {
    let mut value = json!({ "Object": object });
    if let Some(metadata) = metadata {
        value["Metadata"] = match Meta::parse(metadata) {
            Ok(meta) => json!({
                "signature": meta.signature, "signature-algorithm": meta.algorithm,
                "backfill-generation-timestamp": meta.backfill_generated,
            }),
            Err(why) => json!({ "Fault": why }),
        };
    }
    let document = packed.map_err(|why| (Code::DigestUnreadable, why)).and_then(|packed| {
        let json = gunzip.unpack(packed, Members::One).map_err(|fault| match fault {
            Fault::Trailing(_) => (Code::DigestTrailingBytes, fault.to_string()),
            _ => (Code::DigestUnreadable, fault.to_string()),
        })?;
        let parsed = json::strict(json).map_err(|e| (Code::DigestUnreadable, format!("not JSON: {e}")))?;
        if !only_known(&parsed) {
            return Err((Code::DigestFormat, "it has fields that a digest does not have, and was not kept".to_owned()));
        }
        String::from_utf8(json.to_vec()).map_err(|_| (Code::DigestUnreadable, "not UTF-8".to_owned()))
    });
    match document {
        Ok(text) => value["Document"] = json!(text),
        Err((code, why)) => value["Fault"] = json!({ "Code": code.word(), "Text": why }),
    }
    value
}

fn only_known(value: &Value) -> bool {
    let plain = |value: &Value| match value {
        Value::Array(items) => items.iter().all(Value::is_object),
        other => !other.is_object(),
    };
    let known = |fields: &Map<String, Value>| fields.iter().all(|(k, v)| FIELDS.contains(&k.as_str()) && plain(v));
    let Value::Object(fields) = value else { return false };
    let logs = fields.get("logFiles").and_then(Value::as_array).into_iter().flatten();
    known(fields) && logs.filter_map(Value::as_object).all(|log| known(log) && !log.values().any(Value::is_array))
}

/// What the digests among the records prove; nothing, where no bucket was read.
#[must_use]
pub fn prove(records: &[Record], expected: Expected) -> Option<(Report, Proof)> {
    let of = |operation: &crate::model::Operation| {
        let (service, name) = (operation.service, operation.name);
        records.iter().filter(move |r| r.service == service && r.operation == name)
    };
    of(&TRAIL_FOLDER).next()?;
    let keys = public_keys(of(&LIST_PUBLIC_KEYS).chain(of(&PUBLIC_KEYS_FILE)));
    let digests: Vec<Digest> = of(&DIGEST_FILES)
        .flat_map(|record| {
            let body = record.body.value();
            body["Digests"].as_array().into_iter().flatten().map(|entry| digest(entry, &keys)).collect::<Vec<_>>()
        })
        .collect();
    let mut listing = Listing { key_faults: keys.faults.clone(), ..Listing::default() };
    let mut facts = BTreeMap::new();
    for record in of(&LOG_FILES) {
        let body = record.body.value();
        let events = trail_events(&body);
        for entry in body["Files"].as_array().into_iter().flatten() {
            let object = text(entry, "Object").to_owned();
            facts.insert(object.clone(), fact(entry, events.get(object.as_str()).cloned().unwrap_or_default()));
            listing.objects.insert(object);
        }
    }
    listing.objects.extend(digests.iter().map(|d| d.object.clone()));
    for record in of(&TRAIL_FOLDER) {
        let body = record.body.value();
        let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
        listing.objects.extend(list("Metadata").iter().filter_map(Value::as_str).map(ToOwned::to_owned));
        let not_read = list("NotRead");
        listing.not_read.extend(not_read.iter().map(|n| (text(n, "Object").to_owned(), text(n, "Why").to_owned())));
    }
    let chains = Chains::new(digests);
    let report = chains.judge(&listing, &facts, expected);
    let vouched = chains.vouched(&facts);
    let proof = Proof {
        outcome: match report.outcome() {
            Outcome::Proven => ProofOutcome::Proven,
            Outcome::NotProven => ProofOutcome::NotProven,
            Outcome::NotAllKnown => ProofOutcome::NotAllKnown,
        },
        digests: [report.digests.valid, report.digests.invalid, report.digests.missing],
        logs: [
            report.logs.valid,
            report.logs.invalid,
            report.logs.missing,
            report.logs.not_vouched_for,
            report.logs.outside_period,
        ],
        findings: report.findings.iter().map(finding).collect(),
        proven: chains
            .proven(&facts)
            .into_iter()
            .filter_map(|((account, region), spans)| Some(((account, region.parse::<Region>().ok()?), spans)))
            .collect(),
        unproven_objects: facts.keys().filter(|object| !vouched.contains(*object)).cloned().collect(),
    };
    Some((report, proof))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn public_keys<'r>(records: impl Iterator<Item = &'r Record>) -> PublicKeys {
    let answers = records.map(|r| r.body.value()["PublicKeyList"].as_array().cloned().unwrap_or_default());
    let mut seen = BTreeSet::new();
    // The same key is listed again in every Region.
    let list: Vec<Value> = answers.flatten().filter(|key| seen.insert(key.to_string())).collect();
    PublicKeys::parse(json!({ "PublicKeyList": list }).to_string().as_bytes()).unwrap_or_default()
}

fn digest(entry: &Value, keys: &PublicKeys) -> Digest {
    let object = text(entry, "Object");
    let metadata = match &entry["Metadata"] {
        Value::Null => None,
        // Metadata that could not be understood is read again as such.
        meta if meta.get("Fault").is_some() => Some("[]".to_owned()),
        Value::Object(meta) => {
            let filled: Map<String, Value> =
                meta.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
            Some(Value::Object(filled).to_string())
        }
        _ => Some("[]".to_owned()),
    };
    if let Some(document) = entry["Document"].as_str() {
        let metadata = metadata.as_deref().map(str::as_bytes);
        return Digest::examine_document(object, document.as_bytes(), metadata, keys, &Place::default());
    }
    let code = Code::parse(text(&entry["Fault"], "Code")).unwrap_or(Code::DigestUnreadable);
    let signature = entry["Metadata"]["signature"].as_str().map(ToOwned::to_owned);
    Digest::faulty(object, code, text(&entry["Fault"], "Text"), signature)
}

fn fact(entry: &Value, trail_events: Vec<TrailEvent>) -> Result<LogFact, String> {
    let sha256 = match (entry["Sha256"].as_str(), text(&entry["Fault"], "Code")) {
        (Some(hash), _) => Ok(hash.to_owned()),
        (None, "trailing") => Err(Fault::Trailing(1)),
        (None, _) => return Err(text(&entry["Fault"], "Text").to_owned()),
    };
    let times = instant(text(entry, "Oldest")).zip(instant(text(entry, "Newest")));
    Ok(LogFact { sha256, times, trail_events })
}

/// The calls that start, stop or change a trail, by the log file in which they stand.
fn trail_events(body: &Value) -> BTreeMap<&str, Vec<TrailEvent>> {
    let mut found: BTreeMap<&str, Vec<TrailEvent>> = BTreeMap::new();
    for kept in body["Events"].as_array().into_iter().flatten() {
        let event = &kept["Record"];
        let name = text(event, "eventName");
        let trail = event["requestParameters"]["name"].as_str();
        if let (Some(trail), Some(time), true, true) = (
            trail,
            instant(text(event, "eventTime")),
            TRAIL_NAMES.contains(&name),
            event.get("errorCode").is_none_or(Value::is_null),
        ) {
            let told = TrailEvent { name: name.to_owned(), time, trail: trail.to_owned() };
            found.entry(text(kept, "Object")).or_default().push(told);
        }
    }
    found
}

fn finding(finding: &super::report::Finding) -> ProofFinding {
    ProofFinding {
        level: match finding.level {
            Level::No => "wrong",
            Level::Unknown => "unknown",
            Level::Note => "note",
        },
        code: finding.code.word(),
        chain: finding.chain.clone().unwrap_or_default(),
        hour: finding.hour.clone().unwrap_or_default(),
        object: finding.object.clone().unwrap_or_default(),
        text: finding.text.clone(),
    }
}

/// The folder of an object.
#[must_use]
pub fn folder(object: &str) -> &str {
    object.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The Region that an object's place names.
#[must_use]
pub fn region(object: &str) -> Option<Region> {
    let parts: Vec<&str> = object.split('/').collect();
    let at = parts.iter().rposition(|p| *p == "CloudTrail" || *p == "CloudTrail-Digest")?;
    parts.get(at + 1)?.parse().ok()
}
