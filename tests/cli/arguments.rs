//! What cannot run says so with exit code 2, a reason and a hint, before AWS hears anything.

use crate::aws::{Aws, World};
use crate::program::{keywitness, run};

#[track_caller]
fn refused<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let outcome = keywitness(arguments).done().expect(2);
    assert!(outcome.stdout.is_empty(), "stdout is the product: {}", outcome.stdout);
    assert!(outcome.stderr.contains("error"), "{}", outcome.stderr);
    outcome.stderr
}

#[test]
fn an_unknown_argument_is_refused() {
    refused(["run", "--everything"]);
    refused(["frobnicate"]);
    refused(["verify"]);
}

#[test]
fn a_region_that_is_a_path_is_refused() {
    refused(["run", "--region", "../../etc"]);
    refused(["run", "--region", "EU-WEST-1"]);
}

#[test]
fn a_window_that_is_none_is_refused() {
    refused(["run", "--region", "eu-west-1", "--quarter", "2026Q5"]);
    refused(["run", "--region", "eu-west-1", "--from", "2026-02-30", "--to", "2026-03-01"]);
    refused(["run", "--region", "eu-west-1", "--from", "2026-03-02", "--to", "2026-03-01"]);
    refused(["run", "--region", "eu-west-1", "--quarter", "2026Q3", "--from", "2026-03-01"]);
}

#[test]
fn a_share_of_the_quota_lies_between_nothing_and_all() {
    for share in ["0", "1.5", "-1", "NaN", "much"] {
        refused(["run", "--region", "eu-west-1", &format!("--quota-share={share}")]);
    }
    refused(["run", "--region", "eu-west-1", "--quota-share", "0.5", "--no-rate-limit"]);
    refused(["run", "--region", "eu-west-1", "--max-attempts", "0"]);
}

#[test]
fn what_is_not_there_cannot_be_reported_or_verified() {
    refused(["report", "no-such-snapshot"]);
    refused(["verify", "no-such-pack"]);
}

#[test]
fn a_root_that_is_no_hash_is_refused() {
    refused(["verify", "no-such-pack", "--expect-root", "abc"]);
}

#[test]
fn a_configuration_with_an_unknown_word_is_refused_before_any_call() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = run(&aws).configured("cryptoperoid_days = 365\n").done().expect(2);
    assert!(outcome.stderr.contains("keywitness.toml"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cryptoperoid_days"), "{}", outcome.stderr);
    assert!(aws.requests().is_empty());
}

#[test]
fn without_credentials_there_is_a_hint() {
    let aws = Aws::start(World::of_one_stream());
    let bare = run(&aws).env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    let outcome = bare.done().expect(2);
    assert!(outcome.stderr.contains("hint"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("credentials"), "{}", outcome.stderr);
    assert!(aws.requests().is_empty());
}

#[test]
fn without_a_region_there_is_a_hint() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = keywitness(["run", "--endpoint-url", &aws.url()]).done().expect(2);
    assert!(outcome.stderr.contains("--region"), "{}", outcome.stderr);
}

#[test]
fn an_endpoint_where_nobody_listens_cannot_run() {
    let arguments = ["run", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:1", "--max-attempts", "1"];
    let outcome = keywitness(arguments).done().expect(2);
    assert!(outcome.stderr.contains("hint"), "{}", outcome.stderr);
}

#[test]
fn an_output_that_is_a_file_is_refused() {
    let aws = Aws::start(World::of_one_stream());
    let program = run(&aws);
    let file = program.file("in-the-way", "x");
    program.args(["--output", &file]).done().expect(2);
}

#[test]
fn an_output_folder_that_is_not_there_is_made() {
    let aws = Aws::start(World::of_one_stream());
    assert!(run(&aws).args(["--output", "not/there"]).done().pack().path.is_dir());
    assert!(keywitness(["demo", "--json", "--output", "not/there"]).done().pack().path.is_dir());
    let collected = keywitness(["collect", "--output", "not/there"]).over(&aws).done();
    let snapshot = collected.json()["snapshot"].as_str().expect("the snapshot's path").to_owned();
    let snapshot = collected.work.join(snapshot).display().to_string();
    let reported = keywitness(["report", &snapshot, "--json", "--output", "not/there"]).done();
    assert!(reported.pack().path.is_dir());
}

#[test]
fn help_and_version_are_the_product() {
    let help = keywitness(["--help"]).done().expect(0);
    for command in ["demo", "run", "collect", "report", "verify"] {
        assert!(help.stdout.contains(command), "{}", help.stdout);
    }
    let version = keywitness(["--version"]).done().expect(0);
    assert_eq!(version.stdout.trim(), format!("keywitness {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_run_says_what_it_will_read_before_it_reads_it() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = run(&aws).done();
    let said = outcome.stderr;
    assert!(said.contains("111122223333") && said.contains("eu-west-1"), "{said}");
    assert!(!said.contains('\u{1b}'), "no colours where nobody looks: {said}");
}
