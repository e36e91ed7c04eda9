//! `--plan` beside the run that it plans: nothing is asked that the plan did not count or name; and what a scheduled run
//! has in its configuration file.

use crate::aws::members::Members;
use crate::aws::rules::on;
use crate::aws::world::{IRELAND, VIRGINIA};
use crate::aws::{Aws, World};
use crate::program::{keywitness, run};
use serde_json::json;
use std::collections::BTreeMap;

const ROLE: &str = "arn:aws:iam::{account}:role/KeywitnessReader";

/// Two streams in two Regions, each with a key of its own, and a trail.
fn account(n: u64) -> World {
    let mut world = World::empty();
    for region in [IRELAND, VIRGINIA] {
        let key = world.add_key(region, "orders");
        world.add_stream(region, &format!("orders-{n}")).encrypt(&key);
    }
    world.add_trail(IRELAND, "main");
    world
}

fn world() -> World {
    let mut world = account(0);
    world.members = Members { worlds: [("200000000001".to_owned(), account(1))].into(), ..Members::default() };
    let log = |section: &str| format!("AWSLogs/111122223333/{section}/{IRELAND}/2026/07/01/x.json.gz");
    let objects = [(log("CloudTrail"), vec![0; 3000]), (log("CloudTrail-Digest"), vec![0; 1000])];
    world.buckets.insert("example-trail-logs".to_owned(), objects.into());
    world
}

#[test]
fn a_run_asks_nothing_that_its_plan_did_not_count_or_name() {
    let file = "[run]\nkey_last_usage = true\ntrail_logs = \"s3://example-trail-logs\"\n";
    let how = ["--organization", "--account-role", ROLE, "--from", "2026-07-01", "--to", "2026-07-02"];
    let aws = Aws::start(world());
    let plan = keywitness(["run", "--plan"]).over(&aws).configured(file).args(how).done();
    let plan = plan.json();
    assert_eq!((&plan["trail_logs"]["objects"], &plan["trail_logs"]["bytes"]), (&json!(2), &json!(4000)), "{plan:#}");
    let counted: BTreeMap<String, u64> = serde_json::from_value(plan["by_operation"].clone()).unwrap();
    let open: Vec<String> = serde_json::from_value(plan["not_estimated"].clone()).unwrap();
    assert_eq!(plan["calls"].as_u64(), Some(counted.values().sum()));

    let aws = Aws::start(world());
    run(&aws).configured(file).args(how).done().expect(3);
    let mut asked = BTreeMap::<String, u64>::new();
    for request in aws.requests() {
        *asked.entry(request.action()).or_default() += 1;
    }
    // The bucket of the trail is counted in objects.
    for (action, times) in
        asked.iter().filter(|(action, _)| !["s3:ListObjectsV2", "s3:GetObject"].contains(&action.as_str()))
    {
        match counted.get(action) {
            Some(planned) => assert!(times <= planned, "{action}: {times} times, planned {planned}"),
            None => assert!(open.contains(action), "{action}: {times} times, and the plan does not know it"),
        }
    }
    for once in ["organizations:ListAccounts", "sts:AssumeRole", "kms:GetKeyLastUsage", "cloudtrail:ListPublicKeys"] {
        assert_eq!(asked.get(once), counted.get(once), "{once}");
    }
}

#[test]
fn a_query_in_the_file_is_asked_only_where_the_file_agrees_to_its_cost() {
    let file = "[run]\ntrail_athena = \"s3://example-trail-logs\"\n";
    let aws = Aws::scripted(world(), [on("athena:StartQueryExecution").denied()]);
    let outcome = run(&aws).configured(file).done().expect(2);
    assert!(outcome.stderr.contains("athena_yes"), "{}", outcome.stderr);
    assert!(aws.requests().is_empty());
    run(&aws).configured(&format!("{file}athena_yes = true\n")).done().expect(3);
    assert_eq!(aws.requests_of("athena:StartQueryExecution").len(), 1);
    let typed = keywitness(["run", "--athena-table", "a.b"]).done().expect(2);
    assert!(typed.stderr.contains("--trail-athena"), "{}", typed.stderr);
}
