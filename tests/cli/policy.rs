//! `keywitness policy explain`, from outside: one JSON object, a page for people, and honest exit codes.

use crate::program::keywitness;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
const ROLE: &str = "arn:aws:iam::111122223333:role/delivery";
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "De\u202eliver", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/delivery"},
     "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}]}"#;

#[test]
fn the_answers_are_one_json_object() {
    let program = keywitness(["policy", "explain", "../policy.json", "--json", "--key-arn", KEY, "--role", ROLE]);
    program.file("policy.json", POLICY);
    let outcome = program.done().expect(0);
    let mut answers = outcome.json();
    let reasons = answers["reasons"].take();
    assert_eq!(
        answers,
        json!({"public": false, "cross_account": [], "broad": false, "grants_firehose_role": true,
            "delegates_to_iam": true, "admin_and_user_overlap": false, "reasons": null})
    );
    for reason in reasons.as_array().expect("a list") {
        let members: Vec<&str> = reason.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, ["about", "statement", "text", "verdict"]);
    }
    assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
}

#[test]
fn a_person_reads_answers_and_reasons_and_nothing_that_acts() {
    let program = keywitness(["policy", "explain", "../policy.json", "--key-arn", KEY, "--role", ROLE]);
    program.file("policy.json", POLICY);
    let page = program.done().expect(0).stdout;
    assert!(
        page.contains("Does the policy itself let the role deliver?        yes\n  De⟨U+202E⟩liver: allows"),
        "{page}"
    );
    assert!(page.contains("Can anyone, in any AWS account, use the key?        no\n"), "{page}");
}

#[test]
fn what_cannot_be_read_has_no_answers() {
    let program = keywitness(["policy", "explain", "../policy.json", "--json", "--key-arn", KEY]);
    program.file("policy.json", r#"{"Statement": [], "Statement": []}"#);
    let answers = program.done().expect(3).json();
    for name in ["public", "broad", "grants_firehose_role", "admin_and_user_overlap"] {
        assert_eq!(answers[name], Value::Null, "{name}");
    }
    // The contract has no null for these two.
    assert_eq!((&answers["cross_account"], &answers["delegates_to_iam"]), (&json!([]), &json!(false)));
    assert_eq!(answers["reasons"][0]["about"], "policy");
}

#[test]
fn the_policy_that_is_shared_counts_as_well() {
    let program = keywitness([
        "policy",
        "explain",
        "../policy.json",
        "--json",
        "--key-arn",
        KEY,
        "--ram-policy",
        "../shared.json",
    ]);
    program.file("policy.json", POLICY);
    let shared = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt",
        "Resource": "*"}}"#;
    program.file("shared.json", shared);
    let answers = program.done().expect(0).json();
    assert_eq!(answers["cross_account"], json!(["444455556666"]));
    assert_eq!(answers["grants_firehose_role"], Value::Null, "no role was given");
}

#[test]
fn a_wrong_arn_or_a_missing_file_cannot_run() {
    for arguments in [
        ["../policy.json", "--key-arn", "arn:aws:kms:eu-central-1:111122223333:alias/x", "--role", ROLE],
        ["../policy.json", "--key-arn", KEY, "--role", "arn:aws:sts::111122223333:assumed-role/delivery/s"],
        ["../no-such-file.json", "--key-arn", KEY, "--role", ROLE],
    ] {
        let program = keywitness(["policy", "explain"].into_iter().chain(arguments));
        program.file("policy.json", POLICY);
        let outcome = program.done().expect(2);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains("error"), "{}", outcome.stderr);
    }
}
