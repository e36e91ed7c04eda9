//! What a scheduler and a log see of a run.

use crate::aws::rules::on;
use crate::aws::{Aws, World};
use crate::program::{keywitness, run};
use serde_json::Value;
use std::collections::BTreeMap;

/// The last line on stderr, as names and values.
fn last(stderr: &str) -> BTreeMap<String, String> {
    let line = stderr.lines().last().expect("a last line");
    let words = line.strip_prefix("keywitness: ").unwrap_or_else(|| panic!("{line:?} is not the line for schedulers"));
    words.split(' ').map(|w| w.split_once('=').expect("name=value")).map(|(n, v)| (n.into(), v.into())).collect()
}

#[test]
fn a_run_ends_with_a_line_that_splits_at_blanks() {
    let outcome = run(&Aws::start(World::of_one_stream())).done();
    let end = last(&outcome.stderr);
    assert_eq!(end["exit"], outcome.code.to_string());
    assert_eq!(end["pack_root"], outcome.pack().root);
    assert_eq!(end["gaps"], outcome.json()["gaps"].to_string());
    let denied = Aws::scripted(World::of_one_stream(), [on("kms:ListAliases").denied()]);
    let end = last(&run(&denied).done().expect(3).stderr);
    assert_eq!((end["result"].as_str(), end["gaps"].as_str()), ("incomplete", "1"));
    let met = last(&run(&denied).args(["--fail-on", "gaps"]).done().expect(1).stderr);
    assert_eq!((met["result"].as_str(), met["fail_on"].as_str()), ("no", "gaps"));
}

#[test]
fn a_run_that_could_not_run_says_so_in_the_same_form() {
    let aws = Aws::scripted(World::of_one_stream(), [on("sts:GetCallerIdentity").denied()]);
    let end = last(&run(&aws).done().expect(2).stderr);
    assert_eq!((end["exit"].as_str(), end["result"].as_str()), ("2", "could_not_run"));
}

#[test]
fn a_log_in_json_is_one_object_a_line() {
    let outcome = run(&Aws::start(World::of_one_stream())).args(["--log-format", "json"]).done();
    let lines: Vec<Value> = outcome
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    assert!(lines.iter().all(|l| l["time"].is_string() && l["event"].is_string()));
    let collected = lines.iter().find(|l| l["event"] == "collected").expect("the totals of the reading");
    assert!(collected["calls_per_second"].as_f64().is_some_and(|rate| rate > 0.0), "{collected}");
    let end = lines.last().expect("a last line");
    assert_eq!((end["event"].as_str(), end["exit"].as_i64()), (Some("end"), Some(i64::from(outcome.code))));
    assert_eq!(end["pack_root"].as_str(), Some(outcome.pack().root.as_str()));
}

/// Whatever is wrong with the arguments: the last line is there, and in JSON every line is an object.
#[test]
fn arguments_that_are_not_understood_keep_the_contract() {
    let wrong: [&[&str]; 6] = [
        &["run", "--call-timeout", "0"],
        &["run", "--all-regions", "--region", "eu-west-1"],
        &["run", "--quota-share", "abc"],
        &["collect", "--nonsense"],
        &["report"],
        &["collect", "--quota-share", "7"],
    ];
    for words in wrong {
        let words = || words.iter().copied();
        let end = last(&keywitness(words()).done().expect(2).stderr);
        assert_eq!((end["exit"].as_str(), end["result"].as_str()), ("2", "could_not_run"), "{:?}", words().last());
        let typed = keywitness(words()).args(["--log-format", "json"]);
        let first = keywitness(["--log-format=json"]).args(words());
        let from_environment = keywitness(words()).env("KEYWITNESS_LOG_FORMAT", "json");
        for program in [typed, first, from_environment] {
            let outcome = program.done().expect(2);
            let lines = outcome
                .stderr
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")));
            let lines: Vec<Value> = lines.collect();
            let events: Vec<&str> = lines.iter().filter_map(|l| l["event"].as_str()).collect();
            assert_eq!(events, ["error", "end"], "{}", outcome.stderr);
            assert_eq!((lines[1]["exit"].as_i64(), lines[1]["result"].as_str()), (Some(2), Some("could_not_run")));
        }
    }
}

#[test]
fn gaps_can_be_accepted_and_are_told_all_the_same() {
    let denied = Aws::scripted(World::of_one_stream(), [on("kms:ListAliases").denied()]);
    let outcome = run(&denied).args(["--accept-gaps"]).done().expect(0);
    let end = last(&outcome.stderr);
    assert_eq!((end["exit"].as_str(), end["result"].as_str(), end["gaps"].as_str()), ("0", "incomplete", "1"));
    assert_eq!(outcome.json()["exit"], 0);
    // What was asked to fail, fails.
    run(&denied).args(["--accept-gaps", "--fail-on", "gaps"]).done().expect(1);
}

#[test]
fn an_empty_variable_is_not_set() {
    let names = ["SIGN", "TSA", "CONFIG", "OUTPUT", "ARCHIVE", "LOCK", "RETAIN", "QUOTA_SHARE", "LOG_FORMAT", "REGION"];
    let aws = Aws::start(World::of_one_stream());
    let empty = names.iter().fold(run(&aws), |program, name| program.set(&format!("KEYWITNESS_{name}"), ""));
    let outcome = empty.done();
    assert_eq!(outcome.code, run(&aws).done().code, "{}", outcome.stderr);
    assert!(outcome.json()["signed_by"].is_null());
    // What is typed and empty is a mistake.
    run(&aws).args(["--sign", ""]).done().expect(2);
}

#[test]
fn commands_that_nobody_schedules_have_no_such_line() {
    let outcome = keywitness(["checks", "list"]).done().expect(0);
    assert_eq!(outcome.stderr, "");
}
