//! The question put to Amazon Athena: what is asked before, what is recorded, what counts, and what goes wrong.

use crate::aws::rules::{Rule, on};
use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, World};
use crate::program::{Outcome, keywitness, run};
use crate::trail_pack::{about, key_of, record};
use serde_json::{Value, json};

const ID: &str = "2f6b1d3e-0000-4000-8000-00000000a7e4";
const HERE: [&str; 2] = ["--trail-athena", "s3://example-trail-logs/audit"];

fn row(cells: &[Option<&str>]) -> Value {
    let cells: Vec<Value> =
        cells.iter().map(|c| c.map_or_else(|| json!({}), |c| json!({ "VarCharValue": c }))).collect();
    json!({ "Data": cells })
}

fn page(rows: &[Value], next: Option<&str>) -> String {
    let mut body = json!({ "ResultSet": { "Rows": rows, "ResultSetMetadata": {} }, "UpdateCount": 0 });
    if let Some(token) = next {
        body["NextToken"] = token.into();
    }
    body.to_string()
}

fn state(word: &str, scanned: u64) -> String {
    json!({ "QueryExecution": { "QueryExecutionId": ID, "Query": "SELECT CANARY", "Status": { "State": word,
        "StateChangeReason": "no such table" }, "Statistics": { "DataScannedInBytes": scanned } } })
    .to_string()
}

/// Athena, with two pages of rows about a key and about another one.
pub fn answers(key: &str) -> Vec<Rule> {
    let names =
        ["what", "key", "eventname", "principal", "errorcode", "events", "unique_events", "first_event", "last_event"];
    let who = Some("arn:aws:sts::111122223333:assumed-role/Reader/one");
    let (first, last) = (Some("2026-07-01T00:00:00Z"), Some("2026-07-02T00:00:00Z"));
    let counted =
        |what, key, name, who, error, n| row(&[Some(what), Some(key), name, who, error, Some(n), Some(n), first, last]);
    let head = row(&names.map(Some));
    let decrypt = Some("Decrypt");
    let one = [head, counted("7", key, None, None, None, "8"), counted("0", key, decrypt, who, None, "5")];
    let two = [
        counted("0", key, decrypt, who, Some("AccessDenied"), "3"),
        counted("0", &key.replace("key/", "key/0"), decrypt, who, None, "70"),
    ];
    vec![
        on("athena:StartQueryExecution").answers(200, &json!({ "QueryExecutionId": ID }).to_string()),
        on("athena:GetQueryExecution").first(1).answers(200, &state("RUNNING", 0)),
        on("athena:GetQueryExecution").answers(200, &state("SUCCEEDED", 12_345_678)),
        on("athena:GetQueryResults").about("more").answers(200, &page(&two, None)),
        on("athena:GetQueryResults").answers(200, &page(&one, Some("more"))),
    ]
}

fn asked(world: World, rules: impl IntoIterator<Item = Rule>, more: &[&str]) -> (Outcome, Aws) {
    let mut world = world;
    let day = world.day(2.0).replace('-', "/");
    let log = format!("audit/AWSLogs/{ACCOUNT}/CloudTrail/{IRELAND}/{day}/x.json.gz");
    world.buckets.insert("example-trail-logs".to_owned(), [(log, vec![0; 40_000_000])].into());
    let window = [world.day(4.0), world.day(1.0)];
    let aws = Aws::scripted(world, rules);
    let window = ["--from", &window[0], "--to", &window[1]];
    let outcome = run(&aws).args(window).args(HERE).args(more.iter().copied()).done();
    (outcome, aws)
}

#[test]
fn the_answer_counts_and_every_call_is_evidence() {
    let world = World::of_one_stream();
    let key = key_of(&world);
    let (outcome, aws) = asked(world, answers(&key), &["--yes", "--athena-output", "s3://answers/here/"]);
    assert!(outcome.stderr.contains("1 log files, 40.0 MB as stored: about 0.0002 US dollars"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("12345678 bytes scanned"), "{}", outcome.stderr);
    let pack = outcome.pack();
    let usage = pack.text("data/tables/usage.csv");
    let lines: Vec<&str> = usage.lines().skip(1).collect();
    assert_eq!(lines.len(), 1, "{usage}");
    assert!(lines[0].contains("role/Reader,Decrypt") && lines[0].contains(",8,"), "{usage}");
    assert!(lines[0].contains("AccessDenied"), "{usage}");
    let start = &record(&pack, "StartQueryExecution")[0];
    assert_eq!(start["body"]["QueryExecutionId"], ID);
    let parameters = &start["parameters"];
    assert!(parameters["QueryString"].as_str().unwrap().contains("default.keywitness_trail"));
    assert_eq!(parameters["ResultConfiguration"]["OutputLocation"], "s3://answers/here/");
    let looks = record(&pack, "GetQueryExecution");
    assert_eq!(looks.len(), 2);
    assert_eq!(looks[1]["body"]["QueryExecution"]["Statistics"]["DataScannedInBytes"], 12_345_678);
    assert!(!looks[1]["body"].to_string().contains("CANARY"), "a field that is not on the list");
    assert_eq!(record(&pack, "GetQueryResults").len(), 2);
    assert!(pack.text("data/tables/event-sources.csv").contains(ID));
    let run: Value = serde_json::from_str(&pack.text("data/evidence/run.json")).unwrap();
    assert!(run["selection"]["endpoints"].to_string().contains("\"athena\""));
    pack.verify(["--expect-root", &pack.root]).expect(0);
    let token = |at: usize| aws.requests_of("athena:StartQueryExecution")[at].text("ClientRequestToken").unwrap().len();
    assert!((32..=128).contains(&token(0)));
}

#[test]
fn what_it_costs_is_told_before_and_nobody_is_asked_unasked() {
    let world = World::of_one_stream();
    let rules = answers(&key_of(&world));
    let (outcome, aws) = asked(world, rules, &[]);
    let outcome = outcome.expect(2);
    assert!(outcome.stderr.contains("--yes allows it"), "{}", outcome.stderr);
    assert!(aws.requests().is_empty());
    let (outcome, aws) = asked(World::of_one_stream(), [], &["--plan"]);
    let plan = outcome.expect(0).json();
    assert_eq!((&plan["athena"]["log_files"], &plan["athena"]["bytes"]), (&json!(1), &json!(40_000_000)));
    assert!(!aws.requests().iter().any(|r| r.service == "athena"));
}

#[test]
fn a_query_that_fails_is_a_gap_and_counts_nothing() {
    let world = World::of_one_stream();
    let key = key_of(&world);
    let mut rules = vec![on("athena:GetQueryExecution").answers(200, &state("FAILED", 0))];
    rules.extend(answers(&key));
    let (outcome, _) = asked(world, rules, &["--yes"]);
    let pack = outcome.expect(3).pack();
    let gaps = pack.text("data/tables/gaps.csv");
    assert!(gaps.contains("FAILED") && gaps.contains("no such table"), "{gaps}");
    assert_eq!(pack.text("data/tables/usage.csv").lines().count(), 1);
    pack.verify(["--expect-root", &pack.root]).expect(0);

    let rules = [on("athena:StartQueryExecution").denied()];
    let (outcome, _) = asked(World::of_one_stream(), rules, &["--yes"]);
    let pack = outcome.expect(3).pack();
    assert!(about(&pack)["gaps"].to_string().contains("StartQueryExecution"));
}

#[test]
fn the_policy_for_athena_writes_to_one_place() {
    let arguments =
        ["permissions", "--trail-athena", "s3://example-trail-logs", "--athena-output", "s3://answers/here/"];
    let policy: Value = keywitness(arguments).done().expect(0).json();
    let of = |sid: &str| policy["Statement"].as_array().unwrap().iter().find(|s| s["Sid"] == sid).unwrap().clone();
    assert_eq!(of("KeywitnessAsksAthena")["Resource"], "arn:aws:athena:*:*:workgroup/primary");
    assert_eq!(of("KeywitnessAthenaRows")["Resource"], "arn:aws:s3:::answers/here/*");
    assert_eq!(of("KeywitnessTrailLogs")["Resource"], "arn:aws:s3:::example-trail-logs/AWSLogs/*");
    let puts =
        policy["Statement"].as_array().unwrap().iter().filter(|s| s["Action"].to_string().contains("s3:PutObject"));
    assert_eq!(puts.count(), 1);
}
