//! A trail's log files and exported events within a pack: read, attributed, proven, and proven again from the pack.

use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, World};
use crate::program::{Outcome, Pack, run};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

#[path = "../../src/trail/testchain.rs"]
#[allow(unreachable_pub, clippy::pedantic)]
pub mod testchain;
use testchain::{Files, Maker, Signer, gzip};

/// Two days of hourly digests that end at the last full hour, with one event of each kind in their first hour.
pub struct Bucket {
    files: Files,
    keys: Vec<u8>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    log: String,
}

pub fn event(id: &str, time: DateTime<Utc>, more: &Value) -> Value {
    let mut event = json!({"eventVersion": "1.08", "eventSource": "kms.amazonaws.com", "eventName": "Decrypt",
        "eventID": id, "eventTime": time.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "awsRegion": IRELAND,
        "recipientAccountId": ACCOUNT, "userIdentity": {"type": "AssumedRole", "accessKeyId": "ASIACANARYCANARY0001",
            "arn": "arn:aws:sts::111122223333:assumed-role/Reader/one",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/Reader"}}}});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

pub fn bucket(key: &str) -> Bucket {
    let signer = Signer::first();
    let mut maker = Maker::new(&signer);
    maker.region = IRELAND.into();
    let now = Utc::now();
    let to = now.with_minute(0).unwrap().with_second(0).unwrap().with_nanosecond(0).unwrap() - TimeDelta::hours(1);
    let from = to - TimeDelta::hours(48);
    let mut files = Files::new();
    let log = maker.log_name(from + TimeDelta::minutes(5), "first");
    let resources = json!([{"ARN": key, "accountId": ACCOUNT, "type": "AWS::KMS::Key"}]);
    let at = from + TimeDelta::minutes(4);
    let events = json!({"Records": [
        event("use-1", at, &json!({"resources": resources})),
        event("use-1", at, &json!({"resources": resources})),
        event("denied-1", at, &json!({"resources": resources, "errorCode": "AccessDenied"})),
        event("policy-1", at, &json!({"resources": resources, "eventName": "PutKeyPolicy", "readOnly": false,
            "requestParameters": {"keyId": key, "policyName": "default", "policy": "{}"}})),
        event("stop-1", at, &json!({"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging",
            "requestParameters": {"name": "main"}})),
        event("other", at, &json!({"eventSource": "ec2.amazonaws.com"})),
        {"eventSource": 7},
    ]});
    files.insert(log.clone(), gzip(events.to_string().as_bytes()));
    for hour in 0..48 {
        let start = from + TimeDelta::hours(hour);
        let logs: &[String] = if hour == 0 { std::slice::from_ref(&log) } else { &[] };
        maker.digest(&mut files, start, start + TimeDelta::hours(1), logs);
    }
    let keys = Signer::list(&[&signer], "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    Bucket { files, keys, from, to, log }
}

impl Bucket {
    pub fn lay(&self, folder: &Path) -> [String; 2] {
        for (name, bytes) in &self.files {
            let path = folder.join("bucket").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let keys = folder.join("keys.json");
        fs::write(&keys, &self.keys).unwrap();
        [folder.join("bucket").display().to_string(), keys.display().to_string()]
    }
}

/// The customer's key of the one stream.
pub fn key_of(world: &World) -> String {
    let key = world.places[IRELAND].keys.values().next().expect("a key");
    key.metadata["Arn"].as_str().unwrap().to_owned()
}

fn run_over(change: impl FnOnce(&mut Bucket), more: &[&str]) -> (Outcome, Bucket) {
    let world = World::of_one_stream();
    let mut bucket = bucket(&key_of(&world));
    change(&mut bucket);
    let aws = Aws::scripted(world, []);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let [logs, keys] = bucket.lay(folder.path());
    let (from, to) = (bucket.from.to_rfc3339(), bucket.to.to_rfc3339());
    let window = ["--trail-logs", &logs, "--trail-keys", &keys, "--from", &from, "--to", &to];
    let outcome = run(&aws).args(window).args(more.iter().copied()).done();
    (outcome, bucket)
}

pub fn about(pack: &Pack) -> Value {
    serde_json::from_str(&pack.text("pack.json")).unwrap()
}

pub fn record(pack: &Pack, operation: &str) -> Vec<Value> {
    let records = pack.records().into_iter().filter(|r| r.operation == operation);
    records.map(|r| serde_json::to_value(r).unwrap()).collect()
}

#[test]
fn the_pack_holds_events_counts_digests_and_keys_and_verify_repeats_the_proof() {
    let (outcome, bucket) = run_over(|_| {}, &[]);
    let pack = outcome.pack();
    let logs = record(&pack, "LogFiles");
    assert_eq!(logs.len(), 1);
    let body = &logs[0]["body"];
    let kept: Vec<_> =
        body["Events"].as_array().unwrap().iter().map(|e| e["Record"]["eventID"].as_str().unwrap()).collect();
    assert_eq!(kept, ["denied-1", "policy-1", "stop-1"]);
    assert_eq!(body["Duplicates"], 1);
    assert_eq!(body["OddRecords"].as_array().unwrap().len(), 1);
    assert_eq!(body["Files"][0]["Object"], bucket.log.as_str());
    let uses: u64 = body["Uses"].as_array().unwrap().iter().map(|u| u["Events"].as_u64().unwrap()).sum();
    assert_eq!(uses, 2);
    assert!(!logs[0].to_string().contains("CANARY"), "an access key got into the pack");
    assert_eq!(about(&pack)["counts"]["trail_digests_valid"], 48);
    assert_eq!(about(&pack)["counts"]["trail_logs_valid"], 1);
    pack.verify(["--expect-root", &pack.root]).expect(0);
}

#[test]
fn a_changed_log_a_missing_hour_and_a_planted_file_are_named_in_the_gaps() {
    let (outcome, bucket) = run_over(
        |bucket| {
            let changed = bucket.log.clone();
            bucket.files.insert(changed, gzip(br#"{"Records":[]}"#));
            let hour = bucket.files.keys().filter(|name| name.contains("Digest")).nth(20).unwrap().clone();
            let digest = hour.trim_end_matches(".meta.json").to_owned();
            bucket.files.remove(&digest);
            bucket.files.remove(&format!("{digest}.meta.json"));
            let maker_time = bucket.from + TimeDelta::hours(30) + TimeDelta::minutes(10);
            let planted = bucket.log.rsplit_once('/').unwrap().0.to_owned();
            let name =
                format!("{planted}/{ACCOUNT}_CloudTrail_{IRELAND}_{}_x.json.gz", maker_time.format("%Y%m%dT%H%MZ"));
            bucket.files.insert(name, gzip(br#"{"Records":[]}"#));
        },
        &[],
    );
    let pack = outcome.expect(3).pack();
    let gaps = about(&pack)["gaps"].to_string();
    for word in ["log-changed", "digest-missing", "log-not-vouched-for"] {
        assert!(gaps.contains(word), "{word} is not among the gaps: {gaps}");
    }
    assert!(gaps.contains(&bucket.log));
    pack.verify(["--expect-root", &pack.root]).expect(0);
}

#[test]
fn exported_events_are_read_in_every_form_and_once() {
    let world = World::of_one_stream();
    let key = key_of(&world);
    let now = Utc::now() - TimeDelta::hours(5);
    let inner = |id: &str| event(id, now, &json!({"eventName": "DisableKey", "requestParameters": {"keyId": key}}));
    let wrapped = |id: &str| json!({"EventId": id, "CloudTrailEvent": inner(id).to_string()});
    let aws = Aws::scripted(world, []);
    let program = run(&aws);
    let answers = format!(
        "{}\n{}",
        json!({"Events": [wrapped("a"), wrapped("b"), {"CloudTrailEvent": "no JSON"}]}),
        json!({"Events": [wrapped("a")], "NextToken": "x"})
    );
    let first = program.file("answers.json", &answers);
    let second = program.file("download.json", &json!({"Records": [inner("c"), inner("a")]}).to_string());
    let outcome = program.args(["--events-export", &first, "--events-export", &second]).done();
    let pack = outcome.pack();
    let exports = record(&pack, "EventsExport");
    let kept = |at: usize| exports[at]["body"]["Events"].as_array().unwrap().len();
    assert_eq!((kept(0), kept(1)), (2, 1));
    assert_eq!(exports[0]["body"]["OddRecords"][0]["Why"], "not the record of an event");
    pack.verify(["--expect-root", &pack.root]).expect(0);
}

#[test]
fn an_export_that_cannot_be_read_is_refused_before_the_first_call() {
    for (text, words) in [
        ("{\"Events\":null}", "no list called Events"),
        ("{\"Events\":[{\"EventId\":\"a\"", "not JSON"),
        ("{}", "no list called Events"),
        ("", "it is empty"),
        ("7", "no list called Events"),
    ] {
        let aws = Aws::scripted(World::of_one_stream(), []);
        let program = run(&aws);
        let file = program.file("events.json", text);
        let refused = program.args(["--events-export", &file]).done().expect(2);
        assert!(refused.stderr.contains(words), "{text}: {}", refused.stderr);
        assert!(aws.requests().is_empty(), "{text}: nothing was asked before");
    }
    // An export with no event in it is one.
    let aws = Aws::scripted(World::of_one_stream(), []);
    let program = run(&aws);
    let file = program.file("events.json", "{\"Events\":[]}");
    program.args(["--events-export", &file]).done().pack();
}

#[test]
fn a_source_that_is_not_there_is_told_before_the_first_call() {
    let aws = Aws::scripted(World::of_one_stream(), []);
    let outcome = run(&aws).args(["--trail-logs", "/nowhere/at/all"]).done().expect(2);
    assert!(outcome.stderr.contains("not a folder"), "{}", outcome.stderr);
    assert!(aws.requests().is_empty());
}
