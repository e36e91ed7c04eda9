//! What the tasks of a state machine leave, in a bucket or in a folder, becomes one pack: attempts that were made again
//! never collide, and whoever has no snapshot is missed.

use crate::aws::members::Members;
use crate::aws::rules::on;
use crate::aws::world::{IRELAND, VIRGINIA};
use crate::aws::{Aws, World};
use crate::check;
use crate::program::{Outcome, Program, keywitness};
use crate::s3::{S3, Version};
use keywitness::model::Status;
use serde_json::Value;
use std::path::Path;

const OWN: &str = "111122223333";

/// Three member accounts with a stream each; the second lets nobody in.
fn organization() -> World {
    let account = |n: u64| {
        let mut world = World::empty();
        let key = world.add_key(IRELAND, "orders");
        world.add_stream(IRELAND, &format!("orders-{n}")).encrypt(&key);
        // What is asked once is asked there, and every account has it.
        world.add_stream(VIRGINIA, &format!("open-{n}"));
        world.add_trail(IRELAND, "main");
        world
    };
    let mut world = account(0);
    world.members =
        Members { worlds: (1..=3).map(|n| (format!("20000000000{n}"), account(n))).collect(), ..Members::default() };
    world.members.closed.insert("200000000002".to_owned());
    world
}

/// The command of a state, with what the state machine puts in.
pub fn command(state: &str, account: &str) -> Vec<String> {
    let text = include_str!("../../deploy/distributed-map.asl.json");
    let machine: Value = serde_json::from_str(text).expect("JSON");
    let states = &machine["States"];
    let state = match state {
        "Collect" => &states["Accounts"]["ItemProcessor"]["States"]["Collect"],
        other => &states[other],
    };
    let words = state["Arguments"]["Overrides"]["ContainerOverrides"][0]["Command"].as_array().expect("a command");
    let filled = |word: &Value| {
        let word = word.as_str().expect("a word");
        match word {
            "{% $states.input.account %}" => account.to_owned(),
            "{% $states.input.from %}" => "2026-07-01T00:00:00Z".to_owned(),
            "{% $states.input.to %}" => "2026-09-28T04:00:00.123Z".to_owned(),
            "{% $states.input.place %}" => "s3://acme-evidence/snapshots/run-1".to_owned(),
            "{% 's3://${Bucket}/snapshots/' & $states.context.Execution.Name %}" => {
                "s3://acme-evidence/snapshots/run-1".to_owned()
            }
            other => {
                let other = other.replace("${Account}", OWN).replace("${Bucket}", "acme-evidence");
                let other = other.replace("${SigningKey}", "arn:aws:kms:eu-west-1:111122223333:key/x");
                let other = other.replace("${ArchiveLock}", "governance").replace("${ArchiveRetention}", "6y");
                assert!(!other.contains(['{', '$', '%']), "{other}: what is put in there?");
                other
            }
        }
    };
    words.iter().map(filled).collect()
}

fn task(aws: &Aws, s3: &S3, account: &str) -> Program {
    let (aws, s3) = (aws.url(), s3.url());
    let role = "arn:aws:iam::{account}:role/KeywitnessReader";
    let words = command("Collect", account);
    keywitness(words.iter().map(String::as_str))
        .args(["--endpoint-url", &aws, "--upload-endpoint-url", &s3, "--no-rate-limit", "--max-attempts", "2"])
        .args(["--account-role", role, "--json"])
        .env("AWS_REGION", IRELAND)
}

/// The last task, but for the key in KMS that signs.
fn report(s3: &S3) -> Program {
    let mut words = command("Report", "");
    let at = words.iter().position(|w| w == "--sign").expect("it signs");
    words.drain(at..at + 2);
    keywitness(words.iter().map(String::as_str))
        .args(["--archive-endpoint-url", &s3.url(), "--json", "--catalog", "house-baseline"])
        .env("AWS_REGION", IRELAND)
}

fn put(s3: &S3, key: &str, text: &str) {
    let version = Version { id: "v".to_owned(), bytes: text.as_bytes().to_vec(), lock: None, deleted: false };
    s3.state().objects.insert(key.to_owned(), vec![version]);
}

#[test]
fn tasks_upload_and_the_report_joins_the_last_attempts_and_misses_who_failed() {
    let (aws, s3) = (Aws::start(organization()), S3::start([]));
    let own = task(&aws, &s3, OWN).done().expect(0);
    let place = own.json()["uploaded"].as_str().expect("where it is").to_owned();
    assert!(place.starts_with("s3://acme-evidence/snapshots/run-1/snapshot-111122223333-"), "{place}");
    task(&aws, &s3, "200000000001").done().expect(0);
    // Nobody gets in: a gap, and no failure for who knows success and failure only. Made again, as after a task that died.
    for _ in 0..2 {
        let closed = task(&aws, &s3, "200000000002").done().expect(0);
        let last = closed.stderr.lines().last().expect("a last line").to_owned();
        assert!(last.starts_with("keywitness: exit=0 result=incomplete "), "{last}");
    }
    // The third account's task failed for good, and another one died in the middle of its upload.
    put(
        &s3,
        "snapshots/run-1/accounts.json",
        &format!("[\"{OWN}\",\"200000000001\",\"200000000002\",\"200000000003\"]"),
    );
    put(&s3, "snapshots/run-1/snapshot-200000000003-half/run.json", "{");
    put(&s3, "snapshots/run-10/snapshot-x/SHA256SUMS", "of another execution");
    let outcome = report(&s3).done().expect(0);
    assert!(outcome.stderr.contains("is an earlier attempt of"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("snapshot-200000000003-half has no SHA256SUMS"), "{}", outcome.stderr);
    assert!(outcome.stderr.lines().last().is_some_and(|l| l.starts_with("keywitness: exit=0 result=incomplete ")));
    let pack = outcome.pack();
    for name in ["orders-0", "orders-1"] {
        assert_eq!(pack.finding(check::ENCRYPTED, name).status, Status::Pass, "{name}");
    }
    let gaps = pack.gaps();
    for (account, words) in [("200000000002", "AccessDenied"), ("200000000003", "no snapshot holds this account")] {
        let told = gaps.iter().any(|g| g.values().any(|v| v == account) && g.values().any(|v| v.contains(words)));
        assert!(told, "{account}: {gaps:#?}");
    }
    pack.verify(["--expect-root", &pack.root]).expect(0);
    let archived = s3.state().objects.keys().filter(|k| k.starts_with("packs/")).count();
    assert!(archived > pack.files().len(), "the pack and its receipt are in the bucket");
}

#[test]
fn what_was_changed_in_the_bucket_is_refused() {
    let (aws, s3) = (Aws::start(organization()), S3::start([]));
    task(&aws, &s3, OWN).done().expect(0);
    let key = s3.state().objects.keys().find(|k| k.contains("firehose.ListDeliveryStreams")).expect("records").clone();
    put(&s3, &key, "{}\n");
    let refused = report(&s3).done().expect(2);
    assert!(refused.stderr.contains("its SHA-256 is not the one in SHA256SUMS"), "{}", refused.stderr);
    let nobody = keywitness(["report", "s3://acme-evidence/snapshots/run-1"]).done().expect(2);
    assert!(nobody.stderr.contains("--bucket-owner"), "{}", nobody.stderr);
}

fn collect(aws: &Aws, output: &Path) -> Outcome {
    let (output, aws_url) = (output.to_str().expect("UTF-8"), aws.url());
    keywitness(["collect", "--region", IRELAND, "--output", output, "--no-rate-limit", "--max-attempts", "1", "--json"])
        .args(["--endpoint-url", &aws_url])
        .done()
}

#[test]
fn a_snapshot_is_known_by_what_it_holds_and_attempts_in_one_folder_never_collide() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = place.path();
    let aws = Aws::scripted(World::of_one_stream(), [on("kms:ListAliases").denied()]);
    // A shard that exits with 3, and that an engine starts again for it.
    let first = collect(&aws, folder).expect(3);
    let second = collect(&aws, folder).expect(3);
    let name = |outcome: &Outcome| Path::new(outcome.json()["snapshot"].as_str().expect("a path")).to_owned();
    std::fs::rename(name(&first), folder.join("shard one")).expect("moved");
    std::fs::create_dir(folder.join("notes")).expect("a folder");
    std::fs::write(folder.join("notes.txt"), "x").expect("a file");
    std::fs::write(folder.join("accounts.json"), "[\"111122223333\", \"444455556666\"]").expect("a file");
    let output = place.path().join("out");
    let arguments = ["report", folder.to_str().expect("UTF-8"), "--json", "--catalog", "house-baseline"];
    let made = keywitness(arguments).args(["--output", output.to_str().expect("UTF-8")]).done().expect(3);
    let taken = name(&second).display().to_string();
    assert!(made.stderr.contains(&format!("shard one is an earlier attempt of {taken}")), "{}", made.stderr);
    for words in ["notes is no snapshot: it has no run.json", "notes.txt is no folder"] {
        assert!(made.stderr.contains(words), "{words}: {}", made.stderr);
    }
    let gaps = made.pack().gaps();
    assert!(gaps.iter().any(|g| g.values().any(|v| v == "444455556666")), "{gaps:#?}");
    // Those that are named one by one are all meant.
    let (one, other) = (folder.join("shard one").display().to_string(), taken);
    let refused = keywitness(["report", &one, &other]).done().expect(2);
    assert!(refused.stderr.contains("is in two snapshots"), "{}", refused.stderr);
    // Alone under another name it is found as well; where there is none, that is said.
    std::fs::remove_dir_all(name(&second)).expect("removed");
    std::fs::remove_file(folder.join("accounts.json")).expect("removed");
    let alone = keywitness(arguments).args(["--output", output.to_str().expect("UTF-8")]).done().expect(3);
    assert!(alone.stderr.contains("out is no snapshot"), "{}", alone.stderr);
    let nothing = keywitness(["report", folder.join("notes").to_str().expect("UTF-8")]).done().expect(2);
    assert!(nothing.stderr.contains("there is no snapshot in"), "{}", nothing.stderr);
}
