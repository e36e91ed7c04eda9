//! A trail's bucket read where it is: listed, fetched, proven like a copy of it; organizations; what cannot be had.

use crate::aws::members::{Members, ORGANIZATION};
use crate::aws::rules::{Rule, on};
use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, Reply, World};
use crate::program::{Outcome, Pack, keywitness, run};
use crate::trail_pack::testchain::{Files, Maker, Signer, gzip};
use crate::trail_pack::{about, event, key_of, record};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

const BUCKET: &str = "example-trail-logs";
const MEMBER: &str = "200000000001";

/// Twenty hours that end at the last full hour but one, half an hour past the hour: two log files in each of the first
/// three hours, one use of the key in each of them.
fn chain(files: &mut Files, signer: &Signer, root: &str, account: &str, key: &str) -> DateTime<Utc> {
    let mut maker = Maker::new(signer);
    (maker.region, maker.root, maker.account) = (IRELAND.into(), root.into(), account.into());
    let hour = Utc::now().with_minute(0).unwrap().with_second(0).unwrap().with_nanosecond(0).unwrap();
    let from = hour - TimeDelta::minutes(21 * 60 + 30);
    for hour in 0..20 {
        let start = from + TimeDelta::hours(hour);
        let mut logs = Vec::new();
        for minute in [10, 40].into_iter().filter(|_| hour < 3) {
            let time = start + TimeDelta::minutes(minute);
            let log = maker.log_name(time, "x");
            let mut used =
                event(&format!("use-{account}-{hour}-{minute}"), time, &json!({"resources": [{"ARN": key}]}));
            used["recipientAccountId"] = account.into();
            files.insert(log.clone(), gzip(json!({ "Records": [used] }).to_string().as_bytes()));
            logs.push(log);
        }
        maker.digest(files, start, start + TimeDelta::hours(1), &logs);
    }
    from
}

/// A run over a bucket that holds these files; the window begins an hour after the chain.
fn over(world: World, files: Files, rules: impl IntoIterator<Item = Rule>, more: &[&str]) -> (Outcome, Aws) {
    let mut world = world;
    let first = files.keys().filter_map(|f| f.rsplit_once('_')?.1.strip_suffix(".json.gz")).min().unwrap().to_owned();
    let end = chrono::NaiveDateTime::parse_from_str(&first, "%Y%m%dT%H%M%SZ").unwrap().and_utc();
    world.buckets.insert(BUCKET.to_owned(), files);
    let aws = Aws::scripted(world, rules);
    let keys = Signer::list(&[&Signer::first()], "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    let (from, to) = (end + TimeDelta::minutes(30), end + TimeDelta::hours(19));
    let program = run(&aws);
    let keys = program.file("keys.json", std::str::from_utf8(&keys).unwrap());
    let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
    let outcome = program.args(["--trail-keys", &keys, "--from", &from, "--to", &to]).args(more.iter().copied()).done();
    (outcome, aws)
}

fn uses(pack: &Pack) -> u64 {
    let logs = record(pack, "LogFiles");
    let rows = logs.iter().flat_map(|log| log["body"]["Uses"].as_array().unwrap().clone());
    rows.map(|row| row["Events"].as_u64().unwrap()).sum()
}

/// With what each is about, and why.
fn gaps(pack: &Pack) -> String {
    pack.text("data/tables/gaps.csv")
}

#[test]
fn a_bucket_is_read_and_proven_where_it_is() {
    let (world, mut files) = (World::of_one_stream(), Files::new());
    let key = key_of(&world);
    chain(&mut files, &Signer::first(), "audit/AWSLogs/", ACCOUNT, &key);
    let (outcome, aws) = over(world, files, [], &["--trail-logs", "s3://example-trail-logs/audit"]);
    let pack = outcome.pack();
    let about = about(&pack);
    // The first digest ends half an hour before the window; the second reaches over its beginning and names a log from before.
    let counts = &about["counts"];
    assert_eq!(
        (&counts["trail_digests_valid"], &counts["trail_digests_missing"]),
        (&json!(19), &json!(0)),
        "{about:#}"
    );
    assert_eq!((&counts["trail_logs_valid"], &counts["trail_logs_missing"]), (&json!(4), &json!(0)), "{about:#}");
    assert!(!gaps(&pack).contains("DigestFiles") && !gaps(&pack).contains("LogFiles"), "{}", gaps(&pack));
    assert_eq!(uses(&pack), 3, "that of 10 minutes past the first hour was before the window");
    for log in record(&pack, "LogFiles") {
        for file in log["body"]["Files"].as_array().unwrap() {
            assert_eq!(file["ETag"].as_str().map(str::len), Some(32), "{file}");
            assert_eq!((&file["VersionId"], file["Sha256"].as_str().map(str::len)), (&json!("v1"), Some(64)));
        }
    }
    assert_eq!(record(&pack, "DigestFiles")[0]["body"]["Digests"][0]["VersionId"], "v1");
    pack.verify(["--expect-root", &pack.root]).expect(0);
    let asked = aws.requests().into_iter().filter(|r| r.service == "s3").collect::<Vec<_>>();
    assert!(asked.iter().all(|r| r.method == "GET"));
    assert_eq!(asked.iter().filter(|r| r.operation == "GetObject").count(), 19 + 4, "nothing else is fetched");
    let run: Value = serde_json::from_str(&pack.text("data/evidence/run.json")).unwrap();
    assert!(run["selection"]["endpoints"].to_string().contains("\"s3\""), "{}", run["selection"]);
}

#[test]
fn the_last_use_that_aws_tells_of_is_held_against_the_events() {
    let (mut world, mut files) = (World::of_one_stream(), Files::new());
    let key = key_of(&world);
    let from = chain(&mut files, &Signer::first(), "AWSLogs/", ACCOUNT, &key);
    let used = |time: DateTime<Utc>| {
        json!({"Operation": "Decrypt", "Timestamp": time.timestamp(),
        "CloudTrailEventId": "2f6b1d3e-0000-4000-8000-000000000001", "KmsRequestId": "2f6b1d3e-0000-4000-8000-000000000002"})
    };
    let how = ["--key-last-usage", "--trail-logs", "s3://example-trail-logs"];
    let last = from + TimeDelta::minutes(160);
    for (said, words) in [(last, "they agree"), (last + TimeDelta::hours(3), "they differ: AWS tells of a later use")] {
        world.last_usage.insert(key.clone(), used(said));
        let (outcome, aws) = over(std::mem::replace(&mut world, World::of_one_stream()), files.clone(), [], &how);
        let pack = outcome.pack();
        let table = pack.text("data/tables/last-uses.csv");
        assert!(table.contains(&key) && table.contains(words), "{table}");
        assert_eq!(aws.requests_of("kms:GetKeyLastUsage").len(), 1);
        pack.verify(["--expect-root", &pack.root]).expect(0);
    }
    let (outcome, _) = over(world, files, [on("kms:GetKeyLastUsage").denied()], &how);
    let pack = outcome.expect(3).pack();
    assert!(gaps(&pack).contains("GetKeyLastUsage"), "{}", gaps(&pack));
    assert!(pack.text("data/tables/last-uses.csv").contains("not known: AccessDenied"));
}

#[test]
fn an_organizations_trail_is_read_account_by_account() {
    let (mut world, mut files) = (World::of_one_stream(), Files::new());
    let key = key_of(&world);
    world.members = Members { worlds: [(MEMBER.to_owned(), World::of_one_stream())].into(), ..Members::default() };
    let root = format!("AWSLogs/{ORGANIZATION}/");
    for account in [ACCOUNT, MEMBER, "999988887777"] {
        chain(&mut files, &Signer::first(), &root, account, &key.replace(ACCOUNT, account));
    }
    let role = "arn:aws:iam::{account}:role/KeywitnessReader";
    let how = ["--organization", "--account-role", role, "--trail-logs", "s3://example-trail-logs"];
    let (outcome, aws) = over(world, files, [], &how);
    let pack = outcome.pack();
    assert_eq!(about(&pack)["counts"]["trail_digests_valid"], 38);
    assert_eq!(uses(&pack), 6);
    let logs = record(&pack, "LogFiles");
    let of = |account: &str| logs.iter().filter(|log| log["account"] == account).count();
    assert!(of(ACCOUNT) > 0 && of(MEMBER) > 0 && of(ACCOUNT) + of(MEMBER) == logs.len());
    let foreign = aws.requests_of("s3:GetObject").iter().any(|r| r.text("Key").unwrap().contains("999988887777"));
    assert!(!foreign, "an account that the run does not read");
    pack.verify(["--expect-root", &pack.root]).expect(0);
}

#[test]
fn what_cannot_be_listed_or_fetched_is_a_gap() {
    let (world, mut files) = (World::of_one_stream(), Files::new());
    chain(&mut files, &Signer::first(), "AWSLogs/", ACCOUNT, &key_of(&world));
    let refused = || Reply {
        status: 403,
        ..Reply::xml("<Error><Code>AccessDenied</Code><Message>no identity-based policy allows it</Message></Error>")
    };
    let log = files.keys().rfind(|f| f.contains("/CloudTrail/")).unwrap().clone();
    let rules = [on("s3:GetObject").about(&log).answers_with(refused())];
    let here = ["--trail-logs", "s3://example-trail-logs/"];
    let (outcome, _) = over(World::of_one_stream(), files.clone(), rules, &here);
    let pack = outcome.expect(3).pack();
    assert!(gaps(&pack).contains("AccessDenied") && gaps(&pack).contains(&log), "{}", gaps(&pack));
    pack.verify(["--expect-root", &pack.root]).expect(0);

    let place = format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/{IRELAND}/");
    let rules = [on("s3:ListObjectsV2").about(&place).answers_with(refused())];
    let (outcome, _) = over(World::of_one_stream(), files.clone(), rules, &here);
    let pack = outcome.expect(3).pack();
    assert!(gaps(&pack).contains("AccessDenied") && gaps(&pack).contains(&place), "{}", gaps(&pack));

    let (outcome, _) = over(world, files, [], &["--trail-logs", "s3://example-trail-logs/elsewhere"]);
    let pack = outcome.expect(3).pack();
    assert!(gaps(&pack).contains("there is no folder of account 111122223333"), "{}", gaps(&pack));
}

#[test]
fn a_place_that_is_no_bucket_is_told_before_the_first_call() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = run(&aws).args(["--trail-logs", "s3:///logs"]).done().expect(2);
    assert!(outcome.stderr.contains("does not name a bucket"), "{}", outcome.stderr);
    assert!(aws.requests().is_empty());
}

#[test]
fn the_policy_for_a_trails_bucket_is_for_its_logs_alone() {
    let key = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let arguments = ["permissions", "--trail-logs", "s3://example-trail-logs/audit", "--trail-logs-key", key];
    let policy: Value = keywitness(arguments).done().expect(0).json();
    let of = |sid: &str| policy["Statement"].as_array().unwrap().iter().find(|s| s["Sid"] == sid).unwrap().clone();
    assert_eq!(of("KeywitnessTrailLogs")["Resource"], "arn:aws:s3:::example-trail-logs/audit/AWSLogs/*");
    assert_eq!(of("KeywitnessTrailLogs")["Action"], "s3:GetObject");
    assert_eq!(of("KeywitnessTrailBucket")["Action"], "s3:ListBucket");
    assert_eq!(of("KeywitnessTrailBucket")["Condition"]["StringLike"]["s3:prefix"], "audit/AWSLogs/*");
    assert_eq!(
        (&of("KeywitnessTrailKey")["Action"], &of("KeywitnessTrailKey")["Resource"]),
        (&json!("kms:Decrypt"), &json!(key))
    );
}
