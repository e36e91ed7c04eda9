//! Buckets tampered with in one way each, and what the report says: the code, the object and the hour.

use super::testchain::{Files, Maker, Signer, at, gunzip, gzip, sha256};
use super::{Chains, Code, Digest, Expected, Gunzip, Listing, LogFact, PublicKeys, Report};
use crate::trail::digest::Place;
use crate::trail::layout::{self, Section};
use crate::trail::report::{HourState, Outcome};
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

const START: &str = "2026-07-01T00:01:31Z";

static SIGNERS: LazyLock<(Signer, Signer)> = LazyLock::new(|| (Signer::first(), Signer::second()));

/// Twelve hours of one Region with two logs each, the fifth hour empty; and the names of the digests.
static CHAIN: LazyLock<(Files, Vec<String>)> = LazyLock::new(|| {
    let mut files = Files::new();
    let mut maker = Maker::new(&SIGNERS.0);
    let mut names = maker.hours(&mut files, at(START), 4, 2);
    names.extend(maker.hours(&mut files, at(START) + TimeDelta::hours(4), 1, 0));
    names.extend(maker.hours(&mut files, at(START) + TimeDelta::hours(5), 7, 2));
    (files, names)
});

fn keys() -> Vec<u8> {
    Signer::list(&[&SIGNERS.0], "2026-06-01T00:00:00Z", "2026-09-01T00:00:00Z")
}

struct Options {
    keys: Vec<u8>,
    bucket: Option<String>,
    expected: Expected,
}

impl Default for Options {
    fn default() -> Self {
        Self { keys: keys(), bucket: None, expected: asked() }
    }
}

/// No period, long after it.
fn asked() -> Expected {
    Expected { now: Some(at("2026-11-01T00:00:00Z")), ..Expected::default() }
}

/// No period, at this time.
fn asked_at(now: &str) -> Options {
    Options { expected: Expected { now: Some(at(now)), ..Expected::default() }, ..Options::default() }
}

/// What the command does, over a bucket in memory.
fn validate_with(files: &Files, options: &Options) -> Report {
    let keys = PublicKeys::parse(&options.keys).unwrap();
    let place = Place { bucket: options.bucket.clone() };
    let mut gunzip = Gunzip::new(1 << 20);
    let digests =
        files.iter().filter(|(name, _)| layout::section(name) == Section::Digests && name.ends_with(layout::ENDING));
    let digests = digests.map(|(name, bytes)| {
        let meta = files.get(&format!("{name}.meta.json")).map(Vec::as_slice);
        Digest::examine(name, bytes, meta, &keys, &place, &mut gunzip)
    });
    let chains = Chains::new(digests.collect());
    let named = chains.named_logs().into_iter();
    let facts = named.filter_map(|name| {
        let fact = LogFact::examine(files.get(&name)?, &mut gunzip);
        Some((name, Ok(fact)))
    });
    let facts = facts.collect();
    let listing = Listing { objects: files.keys().cloned().collect(), ..Listing::default() };
    chains.judge(&listing, &facts, options.expected)
}

fn validate(files: &Files) -> Report {
    validate_with(files, &Options::default())
}

fn chain() -> (Files, Vec<String>) {
    CHAIN.clone()
}

/// The one finding with this code: its object and hour.
fn one(report: &Report, code: Code) -> (String, String) {
    let found: Vec<_> = report.findings.iter().filter(|f| f.code == code).collect();
    assert_eq!(found.len(), 1, "{code:?}: {:#?}", report.findings);
    (found[0].object.clone().unwrap_or_default(), found[0].hour.clone().unwrap_or_default())
}

fn hour(n: i64) -> String {
    crate::model::time::seconds(at(START) + TimeDelta::hours(n))
}

fn log_of(files: &Files, n: i32, which: i32) -> String {
    files.keys().find(|name| name.contains(&format!("_h{n}n{which}."))).cloned().unwrap()
}

/// Judges a bucket with one defect in one digest: its code and hour, and that the logs of its hour lost their proof.
fn spoiled(files: &Files, names: &[String], n: usize, code: Code) {
    let report = validate(files);
    assert_eq!(one(&report, code), (names[n].clone(), hour(i64::try_from(n).unwrap())));
    assert_eq!((report.digests.valid, report.digests.invalid, report.digests.missing), (11, 1, 0), "{code:?}");
    assert_eq!(report.outcome(), Outcome::NotProven);
    let logs = report.logs;
    assert_eq!((logs.valid + logs.not_vouched_for, logs.invalid, logs.missing, logs.outside_period), (22, 0, 0, 0));
    assert_eq!(report.codes().get("log-without-digest").copied().unwrap_or_default(), logs.not_vouched_for);
    let hours: Vec<_> = report.hours_invalid.iter().map(|h| h.from.clone()).collect();
    assert_eq!((hours, report.hours_missing.len()), (vec![hour(i64::try_from(n).unwrap())], 0));
}

fn edit_json(files: &mut Files, name: &str, edit: impl Fn(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&gunzip(&files[name])).unwrap();
    edit(&mut value);
    files.insert(name.to_owned(), gzip(value.to_string().as_bytes()));
}

fn edit_meta(files: &mut Files, name: &str, edit: impl Fn(&mut Value)) {
    let name = format!("{name}.meta.json");
    let mut value: Value = serde_json::from_slice(&files[&name]).unwrap();
    edit(&mut value);
    files.insert(name, value.to_string().into_bytes());
}

#[test]
fn an_untouched_chain_is_proven() {
    let (files, _) = chain();
    let report = validate(&files);
    assert_eq!(report.findings, []);
    assert_eq!((report.digests.valid, report.logs.valid), (12, 22));
    assert_eq!((report.hours_missing.len(), report.chains.len()), (0, 1));
    assert!(report.chains[0].begins_with_starting_digest);
}

#[test]
fn logs_packed_anew_are_still_proven() {
    let (mut files, _) = chain();
    let name = log_of(&files, 2, 0);
    let again = super::testchain::gzip_at(&gunzip(&files[&name]), 1);
    files.insert(name, again);
    assert_eq!(validate(&files).outcome(), Outcome::Proven);
}

#[test]
fn a_changed_log() {
    let (mut files, _) = chain();
    let name = log_of(&files, 2, 1);
    edit_json(&mut files, &name, |log| log["Records"][0]["eventName"] = "ListKeys".into());
    let report = validate(&files);
    assert_eq!(one(&report, Code::LogChanged), (name, hour(2)));
    assert_eq!((report.logs.invalid, report.logs.valid), (1, 21));
}

#[test]
fn a_deleted_log() {
    let (mut files, _) = chain();
    let name = log_of(&files, 2, 1);
    files.remove(&name);
    let report = validate(&files);
    assert_eq!(one(&report, Code::LogMissing), (name, hour(2)));
    assert_eq!((report.logs.missing, report.outcome()), (1, Outcome::NotProven));
}

#[test]
fn a_planted_log() {
    let (mut files, _) = chain();
    let planted = Maker::new(&SIGNERS.0).log(&mut files, at("2026-07-01T03:20:00Z"), "planted");
    let report = validate(&files);
    assert_eq!(one(&report, Code::LogNotVouchedFor), (planted, "2026-07-01T03:20:00Z".into()));
    assert_eq!((report.logs.not_vouched_for, report.outcome()), (1, Outcome::NotProven));
}

#[test]
fn a_planted_log_in_an_hour_that_was_empty() {
    let (mut files, _) = chain();
    let planted = Maker::new(&SIGNERS.0).log(&mut files, at("2026-07-01T04:20:00Z"), "planted");
    assert_eq!(one(&validate(&files), Code::LogNotVouchedFor).0, planted);
}

#[test]
fn a_planted_log_with_a_name_that_is_no_log_name() {
    let (mut files, _) = chain();
    let planted = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/07/01/more.json.gz";
    files.insert(planted.into(), gzip(b"{}"));
    assert_eq!(one(&validate(&files), Code::LogNotVouchedFor).0, planted);
}

#[test]
fn whatever_passes_for_a_log_file_is_judged() {
    let folder = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/07/01";
    let named = "111122223333_CloudTrail_eu-west-1_20260701T0320Z_more";
    let mut planted: Vec<String> = [".json", ".gz", ".JSON.GZ", ".txt", ".json.gz.bak", ""]
        .into_iter()
        .flat_map(|ending| [format!("{folder}/x{ending}"), format!("{folder}/{named}{ending}")])
        .collect();
    for outside in ["", "evil/", "AWSLogs/111122223333/evil/", "AWSLogs/111122223333/cloudtrail/eu-west-1/2026/07/01/"]
    {
        planted.push(format!("{outside}{named}.json.gz"));
    }
    for object in planted {
        let (mut files, _) = chain();
        files.insert(object.clone(), gzip(b"{}"));
        let report = validate(&files);
        assert_eq!(one(&report, Code::LogNotVouchedFor).0, object);
        assert_eq!((report.logs.not_vouched_for, report.logs.valid, report.outcome()), (1, 22, Outcome::NotProven));
    }
    let (mut files, _) = chain();
    for other in ["README.txt", "keys.json", "AWSLogs/111122223333/Config/x.json.gz", &format!("{folder}/.DS_Store")] {
        files.insert(other.into(), Vec::new());
    }
    assert_eq!(validate(&files).findings, []);
}

#[test]
fn a_planted_log_in_a_region_without_digests() {
    let (mut files, _) = chain();
    let mut maker = Maker::new(&SIGNERS.0);
    maker.region = "ap-south-1".into();
    let planted = maker.log(&mut files, at("2026-07-01T04:20:00Z"), "planted");
    assert_eq!(one(&validate(&files), Code::LogNotVouchedFor).0, planted);
}

#[test]
fn a_log_cut_off() {
    let (mut files, _) = chain();
    let name = log_of(&files, 3, 0);
    files.get_mut(&name).unwrap().pop();
    assert_eq!(one(&validate(&files), Code::LogUnreadable), (name, hour(3)));
}

#[test]
fn bytes_behind_a_log() {
    for tail in [&b"\0"[..], b"x", &gzip(b"{\"Records\":[]}"), &gzip(b"")] {
        let (mut files, _) = chain();
        let name = log_of(&files, 3, 0);
        files.get_mut(&name).unwrap().extend(tail);
        let report = validate(&files);
        assert_eq!(one(&report, Code::LogTrailingBytes), (name, hour(3)));
        assert_eq!(report.logs.invalid, 1);
    }
}

#[test]
fn two_logs_exchanged() {
    let (mut files, _) = chain();
    let (one, two) = (log_of(&files, 3, 0), log_of(&files, 3, 1));
    let bytes = files[&one].clone();
    files.insert(one.clone(), files[&two].clone());
    files.insert(two, bytes);
    assert_eq!(validate(&files).codes()["log-changed"], 2);
}

#[test]
fn a_log_moved_to_another_day() {
    let (mut files, _) = chain();
    let name = log_of(&files, 3, 0);
    let bytes = files.remove(&name).unwrap();
    files.insert(name.replace("/07/01/", "/07/02/"), bytes);
    let report = validate(&files);
    assert_eq!(one(&report, Code::LogMissing).0, name);
    assert_eq!((report.logs.missing, report.logs.not_vouched_for), (1, 1));
}

#[test]
fn a_changed_digest() {
    let (mut files, names) = chain();
    edit_json(&mut files, &names[6], |d| d["logFiles"] = json!([]));
    spoiled(&files, &names, 6, Code::DigestSignature);
}

#[test]
fn a_changed_log_and_its_hash_in_the_digest_too() {
    let (mut files, names) = chain();
    let log = log_of(&files, 1, 0);
    edit_json(&mut files, &log, |l| l["Records"] = json!([]));
    let hash = sha256(&gunzip(&files[&log]));
    edit_json(&mut files, &names[1], |d| d["logFiles"][0]["hashValue"] = hash.clone().into());
    spoiled(&files, &names, 1, Code::DigestSignature);
}

#[test]
fn a_changed_signature() {
    let (mut files, names) = chain();
    edit_meta(&mut files, &names[6], |meta| {
        let text = meta["signature"].as_str().unwrap();
        let first = if text.starts_with('0') { "1" } else { "0" };
        meta["signature"] = format!("{first}{}", &text[1..]).into();
    });
    spoiled(&files, &names, 6, Code::DigestSignature);
}

#[test]
fn a_signature_that_is_not_hex_or_too_short() {
    for signature in ["", "zz", "00", "0"] {
        let (mut files, names) = chain();
        edit_meta(&mut files, &names[6], |meta| meta["signature"] = signature.into());
        spoiled(&files, &names, 6, Code::DigestSignature);
    }
}

#[test]
fn metadata_removed_or_empty_or_not_json() {
    for meta in [None, Some("{}"), Some("x"), Some(r#"{"signature":"00"}"#)] {
        let (mut files, names) = chain();
        let name = format!("{}.meta.json", names[6]);
        match meta {
            None => files.remove(&name),
            Some(text) => files.insert(name, text.into()),
        };
        spoiled(&files, &names, 6, Code::DigestMetadata);
    }
}

#[test]
fn another_algorithm_in_the_metadata() {
    for algorithm in ["SHA1withRSA", "sha256withrsa", "none", ""] {
        let (mut files, names) = chain();
        edit_meta(&mut files, &names[6], |meta| meta["signature-algorithm"] = algorithm.into());
        spoiled(&files, &names, 6, Code::DigestAlgorithm);
    }
}

#[test]
fn bytes_behind_a_digest_and_a_digest_cut_off() {
    let (mut files, names) = chain();
    files.get_mut(&names[6]).unwrap().push(0);
    spoiled(&files, &names, 6, Code::DigestTrailingBytes);
    let (mut files, names) = chain();
    files.get_mut(&names[6]).unwrap().pop();
    spoiled(&files, &names, 6, Code::DigestUnreadable);
}

#[test]
fn a_digest_that_is_no_digest() {
    for text in ["", "[]", "{", "\u{feff}{}", r#"{"a":1,"a":2}"#] {
        let (mut files, names) = chain();
        files.insert(names[6].clone(), gzip(text.as_bytes()));
        spoiled(&files, &names, 6, Code::DigestUnreadable);
    }
    let (mut files, names) = chain();
    files.insert(names[6].clone(), gzip(b"{}"));
    spoiled(&files, &names, 6, Code::DigestFormat);
}

#[test]
fn a_bomb_in_the_place_of_a_digest() {
    let (mut files, names) = chain();
    files.insert(names[6].clone(), gzip(&vec![b' '; 2 << 20]));
    spoiled(&files, &names, 6, Code::DigestUnreadable);
}

#[test]
fn an_older_digest_in_the_place_of_a_newer_one() {
    let (mut files, names) = chain();
    files.insert(names[6].clone(), files[&names[3]].clone());
    files.insert(format!("{}.meta.json", names[6]), files[&format!("{}.meta.json", names[3])].clone());
    spoiled(&files, &names, 6, Code::DigestMoved);
}

#[test]
fn a_copy_of_a_digest_under_another_name() {
    let (mut files, names) = chain();
    let copy = names[3].replace("T040131Z", "T041131Z");
    for ending in ["", ".meta.json"] {
        files.insert(format!("{copy}{ending}"), files[&format!("{}{ending}", names[3])].clone());
    }
    let report = validate(&files);
    assert_eq!(one(&report, Code::DigestMoved).0, copy);
    assert_eq!((report.digests.valid, report.digests.invalid), (12, 1));
}

#[test]
fn a_copy_of_a_digest_under_a_name_far_from_the_chain_makes_no_missing_hours() {
    for (day, second) in [("2026/07/01", "20260701T204131Z"), ("2026/06/30", "20260630T134131Z")] {
        let (mut files, names) = chain();
        let copy = names[3].replace("20260701T040131Z", second).replace("2026/07/01", day);
        for ending in ["", ".meta.json"] {
            files.insert(format!("{copy}{ending}"), files[&format!("{}{ending}", names[3])].clone());
        }
        let report = validate(&files);
        assert_eq!(one(&report, Code::DigestMoved).0, copy);
        assert_eq!((report.digests.valid, report.digests.invalid, report.digests.missing), (12, 1, 0));
        assert_eq!((report.hours_missing.len(), report.outcome()), (0, Outcome::NotProven));
    }
}

#[test]
fn a_copy_of_a_digest_in_the_place_of_the_newest_is_an_hour_that_is_not_proven() {
    let (mut files, names) = chain();
    for ending in ["", ".meta.json"] {
        files.insert(format!("{}{ending}", names[11]), files[&format!("{}{ending}", names[3])].clone());
    }
    spoiled(&files, &names, 11, Code::DigestMoved);
}

#[test]
fn the_logs_of_another_trail_in_the_same_bucket_are_not_planted() {
    let (mut files, names) = chain();
    let mut other = Maker::new(&SIGNERS.0);
    (other.root, other.trail) = ("other/AWSLogs/".into(), "second".into());
    let log = other.log(&mut files, at("2026-07-01T03:20:00Z"), "foreign");
    other.log(&mut files, at("2026-07-01T15:20:00Z"), "later");
    let report = validate(&files);
    assert_eq!((report.logs.outside_period, report.logs.not_vouched_for, report.hours_missing.len()), (2, 0, 0));
    assert_eq!(report.outcome(), Outcome::NotAllKnown);
    let found = report.findings.iter().find(|f| f.object.as_ref() == Some(&log)).unwrap();
    assert!(found.code == Code::LogOutside && found.text.contains("another trail"), "{found:?}");
    // A log of the trail itself that is taken there is missing at its place.
    let own = log_of(&files, 2, 0);
    let bytes = files.remove(&own).unwrap();
    files.insert(format!("other/{own}"), bytes);
    assert_eq!(one(&validate(&files), Code::LogMissing).0, own);
    // Where that other trail has digests too, its logs are judged by them, and not by those of the first.
    let spare = files.clone();
    other.hours(&mut files, at(START), 4, 1);
    let report = validate(&files);
    assert_eq!((report.logs.not_vouched_for, report.logs.outside_period), (2, 0), "{:#?}", report.findings);
    for (name, bytes) in spare.into_iter().filter(|(name, _)| names.contains(name)) {
        assert_eq!(files[&name], bytes);
    }
}

#[test]
fn a_change_of_keys_in_the_middle_of_a_chain_and_of_its_late_digests() {
    let (mut files, mut maker) = (Files::new(), Maker::new(&SIGNERS.0));
    maker.hours(&mut files, at(START), 4, 1);
    maker.signer = &SIGNERS.1;
    maker.hours(&mut files, at(START) + TimeDelta::hours(4), 4, 1);
    let mut late = Maker::new(&SIGNERS.1);
    late.backfill = true;
    // Of an hour of the first key, and made thirty hours later under the second.
    let log = late.log(&mut files, at(START) + TimeDelta::minutes(50), "late");
    late.digest(&mut files, at(START), at(START) + TimeDelta::hours(1), &[log]);
    let of = |signer: &Signer, from: &str, to: &str| {
        let list: Value = serde_json::from_slice(&Signer::list(&[signer], from, to)).unwrap();
        list["PublicKeyList"][0].clone()
    };
    let turn = "2026-07-01T04:01:31Z";
    let keys = json!({"PublicKeyList": [of(&SIGNERS.0, "2026-06-01T00:00:00Z", turn), of(&SIGNERS.1, turn, "2026-09-01T00:00:00Z")]});
    let with =
        |keys: &Value| validate_with(&files, &Options { keys: keys.to_string().into_bytes(), ..Options::default() });
    let report = with(&keys);
    assert_eq!(report.findings, []);
    assert_eq!((report.digests.valid, report.logs.valid), (9, 9));
    let only_first = json!({"PublicKeyList": [keys["PublicKeyList"][0]]});
    assert_eq!(with(&only_first).codes()["digest-key-unknown"], 5);
}

#[test]
fn an_object_among_the_digests_that_is_none() {
    let (mut files, names) = chain();
    let odd = names[3].replace("all_of-it", "");
    files.insert(odd.clone(), gzip(b"{}"));
    assert_eq!(validate(&files).codes()["digest-name"], 1);
}

#[test]
fn a_digest_signed_by_someone_else() {
    let (mut files, names) = chain();
    let mut forger = Maker::new(&SIGNERS.1);
    let start = at(START) + TimeDelta::hours(6);
    forger.digest(&mut files, start, start + TimeDelta::hours(1), &[]);
    spoiled(&files, &names, 6, Code::DigestKeyUnknown);
}

#[test]
fn a_digest_signed_by_someone_else_who_claims_the_real_fingerprint() {
    let (mut files, names) = chain();
    let mut forger = Maker::new(&SIGNERS.1);
    forger.edit = |document| document["digestPublicKeyFingerprint"] = Signer::first().fingerprint().into();
    let start = at(START) + TimeDelta::hours(6);
    forger.digest(&mut files, start, start + TimeDelta::hours(1), &[]);
    spoiled(&files, &names, 6, Code::DigestSignature);
}

#[test]
fn a_key_that_was_not_in_use_in_that_hour() {
    let (files, _) = chain();
    let mut options = Options {
        keys: Signer::list(&[&SIGNERS.0], "2026-07-01T06:30:00Z", "2026-09-01T00:00:00Z"),
        ..Options::default()
    };
    let report = validate_with(&files, &options);
    assert_eq!((report.codes()["digest-key-period"], report.digests.valid), (4, 8));
    options.keys = Signer::list(&[&SIGNERS.0], "2026-01-01T00:00:00Z", "2026-07-01T06:30:00Z");
    assert_eq!(validate_with(&files, &options).codes()["digest-key-period"], 6);
}

#[test]
fn digests_replaced_by_others_with_a_good_signature() {
    // Only who has the key can do this; the next digest still tells.
    let (mut files, names) = chain();
    let mut other = Maker::new(&SIGNERS.0);
    other.hours(&mut files, at(START) + TimeDelta::hours(5), 2, 1);
    let report = validate(&files);
    assert_eq!(one(&report, Code::DigestNotAsNamed), (names[6].clone(), hour(6)));
    assert_eq!(report.outcome(), Outcome::NotProven);
}

#[test]
fn a_digest_deleted_from_the_middle() {
    let (mut files, names) = chain();
    files.remove(&names[6]);
    files.remove(&format!("{}.meta.json", names[6]));
    let report = validate(&files);
    assert_eq!(one(&report, Code::DigestMissing), (names[6].clone(), hour(6)));
    assert_eq!((report.digests.missing, report.logs.not_vouched_for), (1, 2));
    assert_eq!(report.chains[0].hours_missing, [hour(6)]);
}

#[test]
fn four_digests_deleted_from_the_middle_are_four_hours_by_name() {
    let (mut files, names) = chain();
    for name in &names[5..9] {
        files.remove(name);
        files.remove(&format!("{name}.meta.json"));
    }
    let report = validate(&files);
    let found: Vec<_> = report.hours_missing.iter().map(|h| (h.from.clone(), h.object.clone().unwrap())).collect();
    let expected: Vec<_> = (5..9).map(|n| (hour(n), names[usize::try_from(n).unwrap()].clone())).collect();
    assert_eq!(found, expected);
    assert_eq!((report.digests.missing, report.codes()["log-without-digest"]), (4, 8));
}

#[test]
fn the_oldest_digests_deleted_and_their_logs_left_behind() {
    let (mut files, names) = chain();
    for name in &names[..2] {
        files.remove(name);
        files.remove(&format!("{name}.meta.json"));
    }
    let report = validate(&files);
    assert_eq!(report.chains[0].hours_missing, [hour(0), hour(1)]);
    assert_eq!((report.digests.missing, report.codes()["log-without-digest"]), (2, 4));
    assert_eq!(report.outcome(), Outcome::NotProven);
}

fn remove_hours(files: &mut Files, names: &[String], hours: std::ops::Range<usize>) {
    for n in hours {
        files.remove(&names[n]);
        files.remove(&format!("{}.meta.json", names[n]));
        files.retain(|name, _| !name.contains(&format!("_{}T{:02}", "20260701", n)) || !name.contains("/CloudTrail/"));
    }
}

#[test]
fn the_oldest_hours_deleted_without_a_trace_are_not_known() {
    let (mut files, names) = chain();
    remove_hours(&mut files, &names, 0..2);
    let report = validate(&files);
    assert_eq!(one(&report, Code::HeadOpen), (names[1].clone(), hour(1)));
    assert_eq!(report.outcome(), Outcome::NotAllKnown);
    let from = |text: &str| Options { expected: Expected { from: Some(at(text)), ..asked() }, ..Options::default() };
    assert_eq!(validate_with(&files, &from("2026-07-01T02:01:31Z")).outcome(), Outcome::Proven);
    let report = validate_with(&files, &from(START));
    assert_eq!(report.chains[0].hours_missing, [hour(0), hour(1)]);
    assert_eq!(report.outcome(), Outcome::NotProven);
}

#[test]
fn a_chain_that_begins_after_the_period() {
    let (files, _) = chain();
    let expected = Expected { from: Some(at("2026-06-30T22:01:31Z")), ..asked() };
    let report = validate_with(&files, &Options { expected, ..Options::default() });
    assert_eq!((report.codes()["starts-late"], report.outcome()), (2, Outcome::NotAllKnown));
    assert_eq!(report.hours_missing.len(), 2);
}

#[test]
fn the_newest_digests_deleted_and_their_logs_left_behind() {
    for count in 1..=4 {
        let (mut files, names) = chain();
        for name in &names[12 - count..] {
            files.remove(name);
            files.remove(&format!("{name}.meta.json"));
        }
        let report = validate(&files);
        assert!(report.hours_missing.iter().all(|h| h.state == HourState::Missing), "{:#?}", report.hours_missing);
        let objects: Vec<_> = report.hours_missing.iter().filter_map(|h| h.object.clone()).collect();
        assert_eq!(objects, names[12 - count..]);
        assert_eq!(
            (report.digests.missing, report.logs.not_vouched_for, report.logs.outside_period),
            (count, 2 * count, 0)
        );
        assert_eq!(report.outcome(), Outcome::NotProven);
    }
}

#[test]
fn the_newest_digests_of_a_running_trail_may_be_on_their_way() {
    let (mut files, names) = chain();
    for name in &names[8..] {
        files.remove(name);
        files.remove(&format!("{name}.meta.json"));
    }
    // By the clock, or by another Region's newest digest, the first two of the four hours are due.
    let mut other = files.clone();
    let mut maker = Maker::new(&SIGNERS.0);
    maker.region = "us-east-1".into();
    maker.hours(&mut other, at(START), 12, 0);
    for report in [validate_with(&files, &asked_at("2026-07-01T12:05:00Z")), validate_with(&other, &asked_at(START))] {
        let missing = report.hours_missing.iter().filter(|h| h.state == HourState::Missing).count();
        assert_eq!((report.hours_missing.len(), missing), (4, 2), "{:#?}", report.hours_missing);
        assert_eq!(report.hours_missing[0].object.as_ref(), Some(&names[8]));
        assert_eq!((report.logs.not_vouched_for, report.logs.outside_period), (4, 4));
        assert_eq!(report.outcome(), Outcome::NotProven);
    }
    // Of two hours, neither is due yet.
    let (mut files, names) = chain();
    for name in &names[10..] {
        files.remove(name);
        files.remove(&format!("{name}.meta.json"));
    }
    let report = validate_with(&files, &asked_at("2026-07-01T12:05:00Z"));
    assert_eq!((report.digests.missing, report.codes()["tail-open"], report.outcome()), (0, 2, Outcome::NotAllKnown));
}

#[test]
fn the_newest_digest_deleted_and_its_metadata_left_behind() {
    let (mut files, names) = chain();
    files.remove(&names[11]);
    assert_eq!(one(&validate(&files), Code::DigestMissing), (names[11].clone(), hour(11)));
}

#[test]
fn the_newest_hours_deleted_without_a_trace_show_against_the_period() {
    let (mut files, names) = chain();
    remove_hours(&mut files, &names, 10..12);
    let to = |text: &str| Options { expected: Expected { to: Some(at(text)), ..asked() }, ..Options::default() };
    let report = validate_with(&files, &to("2026-07-01T12:01:31Z"));
    assert_eq!(report.chains[0].hours_missing, [hour(10), hour(11)]);
    assert_eq!(report.outcome(), Outcome::NotProven);
    // One hour is as many as two, and a part of an hour is not proven by the hour before.
    let report = validate_with(&files, &to("2026-07-01T11:01:31Z"));
    assert_eq!((report.digests.missing, report.outcome()), (1, Outcome::NotProven));
    assert_eq!(validate_with(&files, &to("2026-07-01T10:30:00Z")).outcome(), Outcome::NotProven);
    assert_eq!(validate_with(&files, &to("2026-07-01T10:01:31Z")).outcome(), Outcome::Proven);
    // Nothing in the folder tells that there ever was more: the report says up to when it speaks.
    let report = validate(&files);
    assert_eq!((report.outcome(), report.chains[0].to.as_deref()), (Outcome::Proven, Some(hour(10).as_str())));
}

#[test]
fn what_was_asked_for_and_is_not_due_is_not_known() {
    let (files, _) = chain();
    let with = |now: &str, to: &str| {
        let expected = Expected { from: None, to: Some(at(to)), now: Some(at(now)) };
        validate_with(&files, &Options { expected, ..Options::default() })
    };
    let report = with("2026-07-01T14:30:00Z", "2026-07-01T13:00:00Z");
    assert_eq!((report.codes()["tail-open"], report.outcome()), (1, Outcome::NotAllKnown));
    let report = with("2026-07-01T15:02:00Z", "2026-07-01T13:00:00Z");
    assert_eq!((one(&report, Code::DigestMissing).1, report.outcome()), (hour(12), Outcome::NotProven));
    // A period that is not over has one entry for what is to come.
    let report = with("2026-07-01T15:02:00Z", "2026-12-31T00:00:00Z");
    assert_eq!((report.digests.missing, report.codes()["tail-open"], report.hours_missing.len()), (1, 1, 2));
}

#[test]
fn with_a_period_no_region_is_judged_more_mildly_than_without() {
    let (mut files, names) = chain();
    remove_hours(&mut files, &names, 11..12);
    let mut maker = Maker::new(&SIGNERS.0);
    maker.region = "us-east-1".into();
    maker.hours(&mut files, at(START), 12, 0);
    assert_eq!(validate(&files).outcome(), Outcome::NotAllKnown);
    let expected = Expected { to: Some(at("2026-07-01T12:01:31Z")), ..asked() };
    let report = validate_with(&files, &Options { expected, ..Options::default() });
    assert_eq!((one(&report, Code::DigestMissing).0, report.outcome()), (names[11].clone(), Outcome::NotProven));
}

#[test]
fn the_newest_hours_deleted_without_a_trace_show_against_another_region() {
    let (mut files, names) = chain();
    remove_hours(&mut files, &names, 10..12);
    let mut maker = Maker::new(&SIGNERS.0);
    maker.region = "us-east-1".into();
    maker.hours(&mut files, at(START), 12, 0);
    let report = validate(&files);
    assert_eq!((report.codes()["tail-behind"], report.outcome()), (2, Outcome::NotAllKnown));
}

#[test]
fn a_log_right_behind_the_newest_digest_is_not_known_yet() {
    let (mut files, _) = chain();
    let log = Maker::new(&SIGNERS.0).log(&mut files, at("2026-07-01T11:55:00Z"), "late");
    let report = validate_with(&files, &asked_at("2026-07-01T14:50:00Z"));
    assert_eq!(one(&report, Code::LogOutside).0, log);
    assert_eq!(one(&report, Code::TailOpen).1, hour(12));
    assert_eq!(report.outcome(), Outcome::NotAllKnown);
    // When the next digest is due and nothing else tells of it, no digest is missing and the log file is planted.
    let report = validate_with(&files, &asked_at("2026-07-01T15:02:00Z"));
    assert_eq!(one(&report, Code::LogNotVouchedFor).0, log);
    assert_eq!((report.digests.missing, report.outcome()), (0, Outcome::NotProven));
}

#[test]
fn a_log_from_before_the_first_digest_is_not_vouched_for_unless_the_period_begins_later() {
    for before in ["2026-07-01T00:00:00Z", "2026-06-30T20:00:00Z", "2026-06-01T20:00:00Z"] {
        let (mut files, _) = chain();
        let log = Maker::new(&SIGNERS.0).log(&mut files, at(before), "early");
        let report = validate(&files);
        assert_eq!(one(&report, Code::LogNotVouchedFor).0, log);
        assert_eq!((report.logs.not_vouched_for, report.digests.missing), (1, 0));
        let expected = Expected { from: Some(at(START)), ..asked() };
        let report = validate_with(&files, &Options { expected, ..Options::default() });
        assert_eq!((report.logs.outside_period, report.outcome()), (1, Outcome::NotAllKnown));
    }
}

#[test]
fn a_log_from_another_century_floods_no_report() {
    let (mut files, _) = chain();
    for time in ["1999-01-01T00:00:00Z", "2199-01-01T00:00:00Z"] {
        Maker::new(&SIGNERS.0).log(&mut files, at(time), "odd");
    }
    let report = validate(&files);
    assert_eq!((report.logs.not_vouched_for, report.findings.len()), (2, 2));
}

#[test]
fn a_restart_is_not_known_and_its_hours_are_listed() {
    let (mut files, _) = chain();
    let mut maker = Maker::new(&SIGNERS.0);
    maker.hours(&mut files, at("2026-07-01T15:01:31Z"), 3, 1);
    let report = validate(&files);
    assert_eq!(report.codes()["chain-restarted"], 4, "the restart and its three hours");
    assert_eq!((report.hours_missing.len(), report.outcome()), (3, Outcome::NotAllKnown));
}

#[test]
fn time_between_linked_digests_and_time_covered_twice() {
    let mut files = Files::new();
    let mut maker = Maker::new(&SIGNERS.0);
    maker.hours(&mut files, at(START), 2, 1);
    maker.hours(&mut files, at(START) + TimeDelta::hours(4), 2, 1);
    let report = validate(&files);
    assert_eq!((report.codes()["time-gap"], report.outcome()), (2, Outcome::NotAllKnown));
    let mut files = Files::new();
    let mut maker = Maker::new(&SIGNERS.0);
    maker.hours(&mut files, at(START), 2, 1);
    maker.hours(&mut files, at(START) + TimeDelta::minutes(90), 2, 1);
    assert_eq!(validate(&files).codes()["digest-overlap"], 1);
}

#[test]
fn a_whole_chain_removed_but_its_logs() {
    let (mut files, _) = chain();
    files.retain(|name, _| layout::section(name) == Section::Logs);
    let report = validate(&files);
    assert_eq!((report.codes()["no-digests"], report.logs.outside_period), (1, 22));
    assert_eq!(report.outcome(), Outcome::NotAllKnown);
    assert_eq!(validate(&Files::new()).outcome(), Outcome::NotAllKnown);
}

#[test]
fn a_copy_of_a_folder_below_the_bucket_names_its_prefix() {
    let (files, _) = chain();
    for prefix in ["AWSLogs/", "AWSLogs/111122223333/"] {
        let keys = PublicKeys::parse(&keys()).unwrap();
        let below = files.iter().map(|(name, bytes)| (name.strip_prefix(prefix).unwrap().to_owned(), bytes));
        let below: std::collections::BTreeMap<_, _> = below.collect();
        let mut digests: Vec<Digest> = below
            .iter()
            .filter(|(name, _)| layout::kind(name) == layout::Kind::Digest)
            .map(|(name, bytes)| {
                let meta = below.get(&format!("{name}.meta.json")).map(|meta| meta.as_slice());
                Digest::examine(name, bytes, meta, &keys, &Place::default(), &mut Gunzip::default())
            })
            .collect();
        assert_eq!(Chains::prefix_meant(&digests).as_deref(), Some(prefix));
        digests[3].says = Some("elsewhere".to_owned() + &digests[3].object);
        assert_eq!(Chains::prefix_meant(&digests), None);
    }
}

#[test]
fn another_bucket_than_the_one_asked_for() {
    let (files, _) = chain();
    let with = |bucket: &str| Options { bucket: Some(bucket.into()), ..Options::default() };
    assert_eq!(validate_with(&files, &with("example-trail-logs")).outcome(), Outcome::Proven);
    let report = validate_with(&files, &with("other"));
    assert_eq!((report.digests.valid, report.codes()["digest-moved"]), (0, 12));
    assert_eq!(report.logs.not_vouched_for, 22);
}

#[test]
fn late_digests_vouch_for_late_logs() {
    let (mut files, _) = chain();
    let mut late = Maker::new(&SIGNERS.0);
    late.backfill = true;
    let log = late.log(&mut files, at("2026-07-01T03:20:00Z"), "late");
    assert_eq!(validate(&files).logs.not_vouched_for, 1);
    let names: Vec<String> = [3, 5, 8]
        .into_iter()
        .map(|n| {
            let start = at(START) + TimeDelta::hours(n);
            let logs = if n == 3 { vec![log.clone()] } else { vec![] };
            late.digest(&mut files, start, start + TimeDelta::hours(1), &logs)
        })
        .collect();
    let report = validate(&files);
    assert_eq!(report.findings, []);
    assert_eq!((report.digests.valid, report.logs.valid, report.chains.len()), (15, 23, 2));
    // A late digest in the middle is missed by its successor, and one without its time of making proves nothing.
    let mut without = files.clone();
    without.remove(&names[1]);
    without.remove(&format!("{}.meta.json", names[1]));
    assert_eq!(one(&validate(&without), Code::DigestMissing).0, names[1]);
    edit_meta(&mut files, &names[0], |meta| meta["backfill-generation-timestamp"] = Value::Null);
    assert_eq!(one(&validate(&files), Code::DigestMetadata).0, names[0]);
}

#[test]
fn a_log_in_two_digests_and_one_with_another_hash_algorithm() {
    let mut files = Files::new();
    let mut maker = Maker::new(&SIGNERS.0);
    let log = maker.log(&mut files, at("2026-07-01T00:20:00Z"), "a");
    for n in 0..2 {
        let start = at(START) + TimeDelta::hours(n);
        maker.digest(&mut files, start, start + TimeDelta::hours(1), std::slice::from_ref(&log));
    }
    let report = validate(&files);
    assert_eq!((report.codes()["log-twice"], report.logs.valid, report.outcome()), (1, 1, Outcome::Proven));
    maker.restart();
    maker.edit = |document| document["logFiles"][0]["hashAlgorithm"] = "MD5".into();
    maker.digest(
        &mut files,
        at(START) + TimeDelta::hours(1),
        at(START) + TimeDelta::hours(2),
        std::slice::from_ref(&log),
    );
    assert_eq!(one(&validate(&files), Code::LogHashAlgorithm), (log, hour(1)));
}

#[test]
fn an_organization_trail_with_a_prefix_and_two_accounts() {
    let mut files = Files::new();
    for account in ["111122223333", "444455556666"] {
        for region in ["eu-west-1", "us-gov-east-1"] {
            let mut maker = Maker::new(&SIGNERS.0);
            maker.root = "audit/AWSLogs/o-abcdef1234/".into();
            maker.account = account.into();
            maker.region = region.into();
            maker.hours(&mut files, at(START), 3, 2);
        }
    }
    let report = validate(&files);
    assert_eq!(report.findings, []);
    assert_eq!((report.chains.len(), report.digests.valid, report.logs.valid), (4, 12, 24));
}

#[test]
fn the_start_of_logging_in_the_proven_logs_is_told_with_a_restart() {
    let mut files = Files::new();
    let mut maker = Maker::new(&SIGNERS.0);
    maker.hours(&mut files, at(START), 2, 1);
    maker.restart();
    let start = at("2026-07-01T05:01:31Z");
    let log = maker.log(&mut files, start, "s");
    let event = json!({"Records": [{"eventSource": "cloudtrail.amazonaws.com", "eventName": "StartLogging",
        "eventTime": "2026-07-01T05:01:40Z", "requestParameters": {"name": "all_of-it"}}]});
    files.insert(log.clone(), gzip(event.to_string().as_bytes()));
    maker.digest(&mut files, start, start + TimeDelta::hours(1), &[log]);
    let report = validate(&files);
    assert!(
        report.findings.iter().any(|f| f.text.contains("StartLogging at 2026-07-01T05:01:40Z")),
        "{:#?}",
        report.findings
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever single byte of whatever object changes, the chain is proven only when what is unpacked is the same.
    #[test]
    fn one_changed_byte_is_never_proven(pick: prop::sample::Index, at: prop::sample::Index, bit in 0_u8..8) {
        let (mut files, _) = chain();
        let name = files.keys().nth(pick.index(files.len())).unwrap().clone();
        let before = files[&name].clone();
        let bytes = files.get_mut(&name).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let after = bytes.clone();
        let report = validate(&files);
        let same = if name.ends_with(layout::ENDING) {
            // The gzip header has fields that change nothing (time, system).
            Gunzip::default().unpack(&after, crate::trail::gunzip::Members::One).is_ok_and(|b| b == gunzip(&before))
        } else {
            // The digits of the signature and the names of the metadata may be of either case, the algorithm may not.
            let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase();
            let algorithm = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("SHA256withRSA");
            lower(&after) == lower(&before) && algorithm(&after) == algorithm(&before)
        };
        prop_assert_eq!(report.outcome() == Outcome::Proven, same, "{} at {}", name, at);
    }

    /// Any object may be lost; the chain is never proven, and nothing panics.
    #[test]
    fn any_lost_object_in_the_middle_is_noticed(pick: prop::sample::Index) {
        let (mut files, _) = chain();
        let name = files.keys().nth(pick.index(files.len())).unwrap().clone();
        files.remove(&name);
        prop_assert_ne!(validate(&files).outcome(), Outcome::Proven, "{}", name);
    }

    /// Hostile names and bytes beside a good chain end in a report.
    #[test]
    fn hostile_objects_end_in_a_report(name in "[a-zA-Z0-9_./:Z-]{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60), digest: bool) {
        let (mut files, names) = chain();
        let folder = if digest { "CloudTrail-Digest" } else { "CloudTrail" };
        files.insert(format!("AWSLogs/111122223333/{folder}/eu-west-1/{name}.json.gz"), bytes.clone());
        files.insert(names[2].replace("_20260701T030131Z", &format!("_{name}")), bytes);
        let report = validate(&files);
        prop_assert!(report.digests.valid >= 11);
    }
}
