//! The templates of `deploy/` grant what the program needs, and nothing but reads.
//!
//! cfn-lint, checkov and an emulator judge them in `tests/deploy/check.py`. `KEYWITNESS_UPDATE=1` writes the lists of
//! actions anew.

use crate::program::keywitness;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// What the program says that reading needs.
fn printed(arguments: &[&str]) -> BTreeSet<String> {
    let words = std::iter::once("permissions").chain(arguments.iter().copied());
    let policy: Value = serde_json::from_str(&keywitness(words).done().expect(0).stdout).expect("a policy");
    let reads = &policy["Statement"][0];
    assert_eq!(reads["Sid"], "KeywitnessReads");
    reads["Action"].as_array().expect("actions").iter().filter_map(|a| a.as_str()).map(str::to_owned).collect()
}

/// The lines of the list of actions under `KeywitnessReads`, and their indentation.
fn listed(template: &str) -> (Vec<&str>, usize) {
    let rest = template.split_once("- Sid: KeywitnessReads\n").expect("the statement").1;
    let rest = rest.split_once("Action:\n").expect("its actions").1;
    let lines: Vec<&str> =
        rest.lines().take_while(|line| line.trim_start().starts_with("- ") && line.contains(':')).collect();
    let lines: Vec<&str> = lines.into_iter().take_while(|line| !line.contains("Sid:")).collect();
    let indentation = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    (lines, indentation)
}

#[track_caller]
fn compare(name: &str, arguments: &[&str]) {
    let template = text(name);
    let (lines, indentation) = listed(&template);
    let found: BTreeSet<String> = lines.iter().map(|line| line.trim_start_matches([' ', '-']).to_owned()).collect();
    let wanted = printed(arguments);
    if std::env::var("KEYWITNESS_UPDATE").is_ok() && found != wanted {
        let block = |actions: &mut dyn Iterator<Item = &str>| -> String {
            actions.map(|action| format!("{}- {action}\n", " ".repeat(indentation))).collect()
        };
        let old: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let new = block(&mut wanted.iter().map(String::as_str));
        std::fs::write(file(name), template.replace(&old, &new)).expect("the template");
        return;
    }
    let missing: Vec<&String> = wanted.difference(&found).collect();
    assert!(missing.is_empty(), "deploy/{name} lacks {missing:?}; KEYWITNESS_UPDATE=1 writes the list");
    // A role may know a read that this version does not make, and never anything else.
    let is_read = |action: &str| {
        let name = action.split_once(':').map_or("", |(_, name)| name);
        ["Get", "List", "Describe", "Lookup"].iter().any(|verb| name.starts_with(verb)) && name != "GetObject"
    };
    let more: Vec<&String> = found.difference(&wanted).filter(|action| !is_read(action)).collect();
    assert!(more.is_empty(), "deploy/{name} grants {more:?}");
}

#[test]
fn the_role_of_member_accounts_grants_what_reading_needs() {
    compare("member-role.yaml", &["--all-regions"]);
}

#[test]
fn the_role_of_the_task_grants_what_an_organization_needs() {
    compare("keywitness.yaml", &["--all-regions", "--organization"]);
}

/// What the templates let the container do at start is what the program takes as arguments.
#[test]
fn the_commands_of_the_templates_are_understood() {
    let words = |line: &str| line.trim().trim_start_matches("- ").trim_matches('"').to_owned();
    let template = text("keywitness.yaml");
    let block = template.split_once("          Command:\n").expect("a command").1;
    let command: Vec<String> = block
        .lines()
        .take_while(|line| line.starts_with("            - "))
        .map(|line| words(line).replace("!Sub ", "").trim_matches('"').to_owned())
        .map(|word| word.replace("${AWS::Partition}", "aws").replace("${MemberRoleName}", "KeywitnessReader"))
        .map(|word| word.replace("${SigningKey.Arn}", "arn:aws:kms:eu-west-1:111122223333:key/x"))
        .map(|word| word.replace("${EvidenceBucket}", "bucket").replace("!Ref ArchiveLock", "governance"))
        .map(|word| word.replace("!Ref ArchiveRetention", "6y").replace("!Ref AWS::AccountId", "111122223333"))
        .collect();
    assert_eq!(command.first().map(String::as_str), Some("run"));
    let collect = crate::joined::command("Collect", "111122223333");
    let report = crate::joined::command("Report", "111122223333");
    for command in [command, collect, report] {
        // `--help` at the end: clap reads every argument before it, and nothing is run.
        let outcome = keywitness(command.iter().map(String::as_str).chain(["--help"])).done();
        assert_eq!(outcome.code, 0, "{command:?}: {}", outcome.stderr);
    }
}

/// Who deploys the state machine finds each value that it asks for among the outputs of the other template.
#[test]
fn what_the_state_machine_asks_for_is_an_output() {
    let template = text("step-functions.yaml");
    let (parameters, rest) = template.split_once("\nResources:\n").expect("resources");
    let all = text("keywitness.yaml");
    let outputs = all.split_once("\nOutputs:\n").expect("outputs").1;
    let lines: Vec<&str> = parameters.lines().collect();
    let mut found = 0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("Output of keywitness.yaml")) {
        let name = lines[..at].iter().rev().find(|l| l.starts_with("  ") && !l.starts_with("   ")).expect("its name");
        assert!(outputs.lines().any(|l| l == *name), "{name} is no output ({line})");
        found += 1;
    }
    assert_eq!(found, 8);
    assert!(!rest.contains("AWS::EFS"), "snapshots go into the bucket");
}

/// The script of releases with a `cargo` that builds nothing: what it lays down, and that nothing in it is without a hash.
#[test]
fn a_release_is_whole_or_says_what_is_missing() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let target = place.path().join("target");
    // Stands for `cargo build`: the program that the tests run, where cargo would have put it.
    let stub = format!(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in --target) triple=$2 ;; --profile) profile=$2 ;; esac; shift; done\n\
         folder=$CARGO_TARGET_DIR/${{triple:+$triple/}}$profile\nmkdir -p \"$folder\" && ln -sf {} \"$folder/keywitness\"\n",
        env!("CARGO_BIN_EXE_keywitness")
    );
    let cargo = place.path().join("cargo");
    std::fs::write(&cargo, stub).expect("a script");
    std::fs::set_permissions(&cargo, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("an executable script");
    let out = place.path().join("out");
    let said = std::process::Command::new("bash")
        .arg(file("release.sh"))
        .arg(&out)
        .env("CARGO", &cargo)
        .env("CARGO_TARGET_DIR", &target)
        .env("SKIP_SBOM", "1")
        .output()
        .expect("bash");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let named = |name: &str| out.join(name);
    for name in ["completions/keywitness.bash", "completions/keywitness.zsh", "completions/keywitness.fish"] {
        assert!(std::fs::read_to_string(named(name)).expect(name).contains("keywitness"), "{name}");
    }
    assert!(named("man/keywitness.1").exists(), "the manual");
    let left_out = std::fs::read_to_string(named("NOT-BUILT.txt")).expect("what is missing");
    assert!(left_out.contains("bill of materials"), "{left_out}");
    let binaries = std::fs::read_dir(&out).expect("the release").map(|e| e.expect("an entry").file_name());
    let binaries: Vec<String> =
        binaries.map(|n| n.to_string_lossy().into_owned()).filter(|n| n.starts_with("keywitness-")).collect();
    for triple in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        assert!(binaries.iter().any(|b| b.ends_with(triple)) != left_out.contains(triple), "{triple}: {left_out}");
    }
    assert!(!binaries.is_empty());
    let mut sums = std::process::Command::new("sha256sum");
    let right = sums.args(["--strict", "--quiet", "-c", "SHA256SUMS"]).current_dir(&out).status().expect("sha256sum");
    assert!(right.success());
    let listed = std::fs::read_to_string(named("SHA256SUMS")).expect("the list").lines().count();
    let mut files = 0;
    crate::program::walk(&out, &mut |_| files += 1);
    assert_eq!(listed + 1, files, "every file but the list itself has a hash");
}
