//! Many accounts, all Regions, shards: one population, and whatever could not be read is missed in it.

use crate::aws::members::{Members, ORGANIZATION, SESSION_SECRET};
use crate::aws::rules::on;
use crate::aws::world::{IRELAND, VIRGINIA};
use crate::aws::{Aws, World};
use crate::check;
use crate::program::{Outcome, Pack, Program, holds, keywitness, run};
use keywitness::model::run::Shard;
use keywitness::model::{AccountId, Status};
use std::collections::BTreeSet;
use std::time::Duration;

const OWN: &str = "111122223333";
const ROLE: &str = "arn:aws:iam::{account}:role/KeywitnessReader";

/// Member accounts, each with two streams of its own in two Regions.
fn organization(members: u64) -> World {
    let account = |n: u64| {
        let mut world = World::empty();
        let key = world.add_key(IRELAND, "orders");
        world.add_stream(IRELAND, &format!("orders-{n}")).encrypt(&key);
        world.add_stream(VIRGINIA, &format!("open-{n}"));
        world.add_trail(IRELAND, "main");
        world
    };
    let mut world = account(0);
    world.members = Members {
        worlds: (1..=members).map(|n| (format!("2000000000{n:02}"), account(n))).collect(),
        ..Members::default()
    };
    world
}

/// The program over both Regions, entering accounts by the role.
fn wide<'a>(aws: &Aws, arguments: impl IntoIterator<Item = &'a str>) -> Program {
    keywitness(arguments).over(aws).args([
        "--account-role",
        ROLE,
        "--from",
        &aws.world().day(20.0),
        "--to",
        &aws.world().day(1.0),
    ])
}

/// What was found, without the numbers of records: account, Region, check, subject, status, reason.
fn found(pack: &Pack) -> BTreeSet<[String; 6]> {
    let row = |f: keywitness::model::Finding| {
        let s = f.subject;
        [
            s.account.to_string(),
            s.region.to_string(),
            f.check.into(),
            s.id.to_string(),
            f.status.word().to_owned(),
            f.reason.into(),
        ]
    };
    pack.findings().into_iter().map(row).collect()
}

/// The lines of a table, each number of a record (`EV-000012`) as a mark.
fn without_numbers(table: &str) -> BTreeSet<String> {
    let line = |line: &str| {
        let mut parts = line.split("EV-");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push_str("EV-");
            text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        text
    };
    table.lines().map(line).collect()
}

fn snapshot(outcome: &Outcome) -> String {
    outcome.work.join(outcome.json()["snapshot"].as_str().expect("a path")).display().to_string()
}

#[test]
fn an_organization_becomes_one_pack_with_one_population() {
    let mut world = organization(4);
    world.members.suspended.insert("200000000003".to_owned());
    world.members.closed.insert("200000000004".to_owned());
    let aws = Aws::start(world);
    let outcome = wide(&aws, ["run", "--organization"]).done().expect(3);
    let pack = outcome.pack();
    let about: serde_json::Value = serde_json::from_str(&pack.text("pack.json")).expect("JSON");
    let accounts: Vec<&str> =
        about["scope"]["accounts"].as_array().expect("a list").iter().filter_map(|a| a.as_str()).collect();
    assert_eq!(accounts, [OWN, "200000000001", "200000000002", "200000000003", "200000000004"]);
    assert!(pack.path.file_name().expect("a name").to_string_lossy().contains(ORGANIZATION));
    for name in ["orders-0", "orders-1", "orders-2"] {
        assert_eq!(pack.finding(check::ENCRYPTED, name).status, Status::Pass, "{name}");
    }
    // Those that nobody got into: unknown in every Region, with the reason.
    for (account, words) in [("200000000003", "SUSPENDED"), ("200000000004", "AccessDenied")] {
        let gaps: Vec<_> = pack.gaps().into_iter().filter(|g| g.values().any(|v| v == account)).collect();
        assert_eq!(gaps.len(), 2, "one for each Region: {gaps:#?}");
        assert!(gaps.iter().all(|g| g.values().any(|v| v.contains(words))), "{words}: {gaps:#?}");
        let inventory: Vec<_> = pack
            .findings()
            .into_iter()
            .filter(|f| f.check == check::INVENTORY && f.subject.account.as_str() == account)
            .collect();
        assert_eq!(inventory.len(), 2);
        assert!(inventory.iter().all(|f| f.status == Status::Unknown));
    }
    pack.verify(["--expect-root", &pack.root]).expect(0);
    // The role is never taken in the account of the credentials, and the secrets of sessions go nowhere.
    assert!(aws.requests_of("sts:AssumeRole").iter().all(|r| !r.text("RoleArn").unwrap_or("").contains(OWN)));
    for file in pack.files() {
        let bytes = std::fs::read(pack.path.join(&file)).expect("a file");
        assert!(!holds(&bytes, SESSION_SECRET) && !holds(&bytes, "canary-session-token"), "{file}");
        assert!(!holds(&bytes, "@example.com"), "{file} holds the address of an account's owner");
    }
}

#[test]
fn sessions_say_what_they_are_and_bring_the_external_id() {
    let mut world = organization(1);
    world.members.external_id = Some("audit-7".to_owned());
    let aws = Aws::start(world);
    let account = ["--account", "200000000001", "--external-id", "audit-7"];
    let outcome = wide(&aws, ["run"]).args(account).done();
    let pack = outcome.pack();
    assert_eq!(pack.finding(check::ENCRYPTED, "orders-1").status, Status::Pass);
    let run: serde_json::Value = serde_json::from_str(&pack.text("data/evidence/run.json")).expect("JSON");
    let session = format!("keywitness-{}", run["id"].as_str().expect("an id"));
    assert_eq!(aws.requests_of("sts:AssumeRole")[0].text("RoleSessionName"), Some(session.as_str()));
    assert_eq!(aws.requests().iter().filter(|r| r.access_key.starts_with("AKIA") && r.service != "sts").count(), 0);
}

#[test]
fn a_region_that_is_not_enabled_is_missed_and_not_empty() {
    let mut world = organization(0);
    world.members.off = vec!["me-south-1".to_owned()];
    let aws = Aws::start(world);
    let url = aws.url();
    let how = ["run", "--all-regions", "--endpoint-url", &url, "--no-rate-limit", "--json"];
    let pack = keywitness(how).done().expect(3).pack();
    let read: BTreeSet<String> =
        pack.records_of("firehose:ListDeliveryStreams").iter().map(|r| r.region.to_string()).collect();
    assert_eq!(read, BTreeSet::from([IRELAND.to_owned(), VIRGINIA.to_owned()]));
    let inventory = pack.finding(check::INVENTORY, "me-south-1");
    assert_eq!(inventory.status, Status::Unknown);
    assert!(inventory.reason.contains("not enabled"), "{}", inventory.reason);
    assert_eq!(pack.gaps().iter().filter(|g| g.values().any(|v| v == "me-south-1")).count(), 1);
}

#[test]
fn snapshots_of_single_accounts_give_the_pack_of_one_run() {
    let aws = Aws::start(organization(3));
    let whole = wide(&aws, ["run", "--organization"]).done();
    let accounts = [OWN, "200000000001", "200000000002", "200000000003"];
    let parts: Vec<Outcome> =
        accounts.iter().map(|account| wide(&aws, ["collect", "--account", account]).done()).collect();
    let snapshots: Vec<String> = parts.iter().map(snapshot).collect();
    let arguments = std::iter::once("report").chain(snapshots.iter().map(String::as_str)).chain(["--json"]);
    let joined = keywitness(arguments).done();
    assert_eq!(joined.code, whole.code);
    let (joined, whole) = (joined.pack(), whole.pack());
    // The same snapshots side by side in one folder, as the tasks of a state machine leave them.
    let side_by_side = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for path in snapshots.iter().map(std::path::Path::new) {
        std::fs::rename(path, side_by_side.path().join(path.file_name().expect("a name"))).expect("moved");
    }
    let again = keywitness(["report", side_by_side.path().to_str().expect("UTF-8"), "--json"]).done().pack();
    assert_eq!(again.root, joined.root, "the same snapshots give the same pack");
    assert_eq!(found(&joined), found(&whole));
    // Its tables say the same, but for the numbers of records.
    for table in ["streams", "keys", "findings", "populations", "requirements"] {
        let rows = |pack: &Pack| without_numbers(&pack.text(&format!("data/tables/{table}.csv")));
        assert_eq!(rows(&joined), rows(&whole), "{table}");
    }
    for pack in [&joined, &whole] {
        let page = pack.text("data/report.html");
        for account in accounts {
            assert!(page.contains(&format!("id=\"account-{account}\"")), "{account} has a place of its own");
        }
    }
    joined.verify(["--expect-root", &joined.root]).expect(0);
}

/// Statement 6 of issue 7: sixteen shards, joined, find what a single run finds; a shard that is missing is missed.
#[test]
fn sixteen_shards_joined_are_one_run_and_a_missing_one_is_missed() {
    let aws = Aws::start(organization(20));
    let whole = wide(&aws, ["run", "--organization"]).done().pack();
    let shards: Vec<(u32, Outcome)> = (1..=16)
        .map(|n| (n, wide(&aws, ["collect", "--organization", "--shard", &format!("{n}/16")]).done()))
        .collect();
    let report = |without: Option<u32>| {
        let given: Vec<String> =
            shards.iter().filter(|(n, _)| Some(*n) != without).map(|(_, outcome)| snapshot(outcome)).collect();
        keywitness(std::iter::once("report").chain(given.iter().map(String::as_str)).chain(["--json"])).done()
    };
    assert_eq!(found(&report(None).pack()), found(&whole));

    let account: AccountId = "200000000007".parse().expect("an id");
    let missing = Shard::holding(&account, 16).number;
    let pack = report(Some(missing)).expect(3).pack();
    let gaps = pack.gaps();
    let words = format!("shard {missing} of 16");
    let told =
        gaps.iter().filter(|g| g.values().any(|v| v == account.as_str()) && g.values().any(|v| v.contains(&words)));
    assert_eq!(told.count(), 2, "one for each Region: {gaps:#?}");
    let lost: Vec<[String; 6]> = found(&whole).into_iter().filter(|f| f[0] == account.as_str()).collect();
    let left = found(&pack);
    assert!(lost.iter().filter(|f| f[4] == "pass").all(|f| !left.contains(f)), "nothing of it passes any more");
    let inventory: Vec<_> = left.iter().filter(|f| f[0] == account.as_str() && f[2] == check::INVENTORY).collect();
    assert_eq!(inventory.len(), 2);
    assert!(inventory.iter().all(|f| f[4] == "unknown"));
}

#[test]
fn an_organization_that_cannot_be_listed_stops_the_run() {
    let rule = on("organizations:ListAccounts").after(1).denied();
    let aws = Aws::scripted(organization(4), [rule]);
    let outcome = wide(&aws, ["run", "--organization"]).done().expect(2);
    assert!(outcome.stderr.contains("organizations:ListAccounts"), "{}", outcome.stderr);
    assert!(aws.requests_of("firehose:ListDeliveryStreams").is_empty());
}

#[test]
fn accounts_without_a_role_and_a_role_without_accounts_are_refused() {
    for wrong in [
        &["run", "--account", "200000000001"][..],
        &["run", "--account-role", ROLE],
        &["run", "--account-role", "arn:aws:iam::1:role/x", "--organization"],
        &["run", "--account-role", ROLE, "--organization", "--shard", "17/16"],
        &["run", "--account-role", ROLE, "--organization", "--role-session-name", "a b"],
    ] {
        let outcome = keywitness(wrong.iter().copied()).done().expect(2);
        assert!(outcome.stderr.contains("error:"), "{}", outcome.stderr);
    }
}

#[test]
fn a_plan_reads_lists_only_and_says_what_bounds_it() {
    let mut world = World::empty();
    for n in 0..200 {
        world.add_stream(IRELAND, &format!("s-{n:03}"));
    }
    let aws = Aws::start(world);
    let url = aws.url();
    let how = ["run", "--plan", "--region", IRELAND, "--endpoint-url", &url, "--quota-share", "0.5", "--json"];
    let plan = keywitness(how).done().expect(0).json();
    let asked: BTreeSet<String> = aws.requests().iter().map(crate::aws::Request::action).collect();
    assert_eq!(asked, BTreeSet::from(["firehose:ListDeliveryStreams".to_owned(), "sts:GetCallerIdentity".to_owned()]));
    assert_eq!(plan["places"][0]["streams"], 200);
    assert_eq!(plan["seconds"].as_f64(), Some(80.0), "200 streams at half of five a second: {plan:#}");
    assert!(plan["bound_by"].as_str().is_some_and(|b| b.starts_with("firehose:")), "{plan:#}");
}

#[test]
fn a_paced_run_is_not_throttled_and_finds_the_same() {
    let world = || {
        let mut world = organization(0);
        for n in 0..12 {
            world.add_stream(IRELAND, &format!("more-{n}"));
        }
        world
    };
    let plain = run(&Aws::start(world())).done().pack();
    let mut limited = world();
    limited.quotas = Some(crate::aws::quotas::Quotas::default());
    let aws = Aws::start(limited);
    let url = aws.url();
    let how =
        ["run", "--region", IRELAND, "--region", VIRGINIA, "--endpoint-url", &url, "--quota-share", "1.0", "--json"];
    let paced = keywitness(how).done().pack();
    let without_times = |pack: &Pack| {
        let plain = |f: keywitness::model::Finding| (f.check, f.subject.id.clone(), f.status);
        pack.findings().into_iter().map(plain).collect::<Vec<_>>()
    };
    assert_eq!(without_times(&paced), without_times(&plain));
    let refused: u64 = aws.world().quotas.as_ref().expect("quotas").spent().values().map(|s| s.2).sum();
    assert!(refused <= 2, "{refused} calls were throttled at the very rate that AWS allows");
}

/// At the pace of AWS's quotas a run takes a quarter of a minute; the session lasts less.
#[test]
fn a_session_that_ends_is_renewed_and_nothing_is_lost() {
    let mut world = organization(1);
    world.members.session = Some(Duration::from_secs(12));
    let aws = Aws::start(world);
    let url = aws.url();
    let how = ["run", "--account", "200000000001", "--account-role", ROLE, "--region", IRELAND, "--endpoint-url", &url];
    let pack = keywitness(how).args(["--quota-share", "1.0", "--json"]).done().pack();
    assert!(aws.requests_of("sts:AssumeRole").len() > 1, "the session was taken anew");
    assert!(pack.records().iter().all(|r| r.error.as_ref().is_none_or(|e| !e.code.contains("Expired"))));
    assert_eq!(pack.finding(check::ACCESS_EVENTS, IRELAND).status, Status::Pass);
}

#[test]
fn permissions_name_what_wide_runs_need() {
    let how = ["permissions", "--all-regions", "--organization", "--account-role", ROLE];
    let text = keywitness(how).done().expect(0).stdout;
    for action in ["ec2:DescribeRegions", "organizations:ListAccounts", "sts:AssumeRole"] {
        assert!(text.contains(action), "{action}");
    }
    assert!(text.contains("arn:aws:iam::*:role/KeywitnessReader"), "{text}");
    assert!(!keywitness(["permissions"]).done().expect(0).stdout.contains("sts:AssumeRole"));
}

/// China and `GovCloud`: other partitions, whose ARNs begin differently, and whose Regions have homes of their own.
#[test]
fn another_partition_is_read_by_its_own_names() {
    for (partition, region, home) in
        [("aws-cn", "cn-northwest-1", "cn-north-1"), ("aws-us-gov", "us-gov-east-1", "us-gov-west-1")]
    {
        let begin = format!("arn:{partition}:");
        let mut world = World::empty();
        let key = world.add_key(region, "orders");
        world.add_stream(region, "orders").encrypt(&key);
        world.add_trail(region, "main");
        world.place(home);
        let member = {
            let mut world = World::empty();
            world.add_stream(region, "member");
            world.place(home);
            world
        };
        world.members = Members { worlds: [("200000000001".to_owned(), member)].into(), ..Members::default() };
        let other = begin.clone();
        let aws = Aws::scripted(world, [on("*").rewritten(move |text| text.replace("arn:aws:", &other))]);
        let role = format!("{begin}iam::{{account}}:role/KeywitnessReader");
        let url = aws.url();
        let how = ["run", "--all-regions", "--organization", "--account-role", &role, "--endpoint-url", &url];
        let pack = keywitness(how).args(["--no-rate-limit", "--json"]).env("AWS_REGION", region).done().pack();
        let run: serde_json::Value = serde_json::from_str(&pack.text("data/evidence/run.json")).expect("JSON");
        for account in run["accounts"].as_array().expect("accounts") {
            assert_eq!(account["partition"], partition, "{account:#}");
        }
        let read: BTreeSet<String> =
            pack.records_of("firehose:ListDeliveryStreams").iter().map(|r| r.region.to_string()).collect();
        assert_eq!(read, BTreeSet::from([region.to_owned(), home.to_owned()]), "no Region of another partition");
        assert!(aws.requests_of("ec2:DescribeRegions").iter().all(|r| r.region == home), "asked at home");
        let taken = aws.requests_of("sts:AssumeRole");
        assert!(
            taken.iter().all(|r| r.text("RoleArn").is_some_and(|arn| arn.starts_with(&begin))) && !taken.is_empty()
        );
        assert_eq!(pack.finding(check::ENCRYPTED, "orders").status, Status::Pass);
        let ours =
            |f: &&String| f.starts_with("data/evidence/") || f.ends_with("/streams.csv") || f.ends_with("/keys.csv");
        for file in pack.files().iter().filter(ours) {
            assert!(!pack.text(file).contains("arn:aws:"), "{file} holds an ARN of another partition");
        }
        pack.verify(["--expect-root", &pack.root]).expect(0);
    }
}

/// Credentials that end in the middle and that nobody can renew: what they had read is kept, and newer ones go on.
#[test]
fn credentials_that_end_leave_gaps_and_the_run_is_gone_on_with() {
    let world = || {
        let mut world = World::empty();
        let key = world.add_key(IRELAND, "orders");
        for n in 0..4 {
            world.add_stream(IRELAND, &format!("s-{n}")).encrypt(&key);
        }
        world
    };
    let expired = |on: crate::aws::rules::On| {
        on.fails(400, "ExpiredTokenException", "The security token included in the request is expired")
    };
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let output = place.path().to_str().expect("UTF-8");
    let aws = Aws::scripted(world(), [expired(on("firehose:DescribeDeliveryStream").after(2))]);
    let outcome = keywitness(["run", "--output", output]).over(&aws).done().expect(3);
    let pack = outcome.pack();
    let told = pack.gaps().iter().filter(|g| g.values().any(|v| v.contains("ExpiredToken"))).count();
    assert!(told >= 2, "{:#?}", pack.gaps());
    let named = |pack: &Pack| -> BTreeSet<String> {
        pack.findings().into_iter().filter(|f| f.check == check::ENCRYPTED).map(|f| f.subject.id.to_string()).collect()
    };
    assert_eq!(named(&pack).len(), 4, "no stream is lost");
    let line = outcome.stderr.lines().find(|l| l.contains("the credentials ended")).expect("a way to go on");
    let journal = line.split("--resume ").nth(1).expect("a folder");

    let again = Aws::start(world());
    let url = again.url();
    let how = ["run", "--resume", journal, "--output", output, "--endpoint-url", &url, "--no-rate-limit", "--json"];
    let resumed = keywitness(how).done().expect(0).pack();
    assert_eq!(again.requests_of("firehose:DescribeDeliveryStream").len(), 2, "what was told is not asked again");
    assert_eq!(named(&resumed), named(&pack));
    assert_eq!(resumed.gaps().len(), 0);
    let left = std::fs::read_dir(output).expect("a folder").filter_map(Result::ok).map(|e| e.file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().starts_with('.')).count(), 0, "the journal went away");
    resumed.verify(["--expect-root", &resumed.root]).expect(0);
}
