//! What is made of each class of stream, key and trail.

use crate::aws::rules::on;
use crate::aws::world::{IRELAND, VIRGINIA};
use crate::aws::{Aws, World};
use crate::program::run;
use crate::{DECLARED, check, every_class};
use keywitness::model::{Finding, Status};
use serde_json::json;

#[track_caller]
fn says(check: &str, name: &str, status: Status) -> Finding {
    let finding = every_class().pack.finding(check, name);
    assert_eq!(finding.status, status, "{check} of {name}: {}", finding.reason);
    finding
}

#[test]
fn encryption_that_is_on_and_settled_passes() {
    for name in ["direct-customer-key", "direct-aws-owned-key", "direct-key-of-another-account"] {
        says(check::ENCRYPTED, name, Status::Pass);
    }
}

#[test]
fn encryption_that_is_off_fails() {
    says(check::ENCRYPTED, "direct-disabled", Status::Fail);
    says(check::CUSTOMER_KEY, "direct-disabled", Status::Fail);
}

#[test]
fn encryption_that_aws_does_not_mention_is_neither_on_nor_off() {
    says(check::ENCRYPTED, "direct-no-configuration", Status::Unknown);
    says(check::CUSTOMER_KEY, "direct-no-configuration", Status::Unknown);
}

#[test]
fn encryption_on_its_way_on_or_off_does_not_pass() {
    for name in ["direct-enabling", "direct-disabling"] {
        let finding = every_class().pack.finding(check::ENCRYPTED, name);
        assert_ne!(finding.status, Status::Pass, "{}", finding.reason);
    }
}

#[test]
fn a_failed_change_is_neither_on_nor_off_and_tells_why() {
    for name in ["direct-enabling-failed", "direct-disabling-failed"] {
        let finding = says(check::ENCRYPTED, name, Status::Unknown);
        assert!(finding.reason.contains("KMS_ACCESS_DENIED"), "{}", finding.reason);
    }
}

#[test]
fn a_customer_managed_key_is_one_that_describe_key_says_so_of() {
    says(check::CUSTOMER_KEY, "direct-customer-key", Status::Pass);
    let finding = says(check::CUSTOMER_KEY, "direct-aws-managed-key", Status::Fail);
    let cited: Vec<String> = finding.citations.iter().map(ToString::to_string).collect();
    assert!(cited.iter().any(|c| c.ends_with("/KeyMetadata/KeyManager")), "{cited:?}");
}

#[test]
fn an_aws_owned_key_is_not_the_customers() {
    says(check::CUSTOMER_KEY, "direct-aws-owned-key", Status::Fail);
}

#[test]
fn a_described_key_of_another_account_is_judged_by_what_it_says() {
    let finding = every_class().pack.finding(check::CUSTOMER_KEY, "direct-key-of-another-account");
    assert_ne!(finding.status, Status::Fail, "{}", finding.reason);
}

#[test]
fn what_never_crosses_accounts_is_unknown_and_not_a_failure() {
    let pack = &every_class().pack;
    let foreign: Vec<Finding> = pack.findings().into_iter().filter(|f| f.subject.id.contains("444455556666")).collect();
    assert!(!foreign.is_empty());
    // Whose the key is stands in its ARN: no answer is needed to see that nobody named that account.
    for finding in foreign.iter().filter(|f| f.check != "key-account-expected") {
        assert_ne!(finding.status, Status::Fail, "{}: {}", finding.check, finding.reason);
    }
    let tags = foreign.iter().find(|f| f.check == check::KEY_TAGS).expect("a finding about its tags");
    assert_eq!(tags.status, Status::Unknown);
}

#[test]
fn a_key_of_another_account_that_may_not_be_described_is_unknown() {
    let mut world = World::of_one_stream();
    let foreign = world.add_foreign_key(IRELAND);
    world.stream(IRELAND, "orders").encrypt(&foreign);
    let aws = Aws::scripted(world, [on("kms:DescribeKey").denied()]);
    let outcome = run(&aws).done().expect(3);
    assert_eq!(outcome.pack().finding(check::CUSTOMER_KEY, "orders").status, Status::Unknown);
}

#[test]
fn a_stream_that_another_service_feeds_is_not_applicable_with_a_reason() {
    for (name, word) in [("kinesis-source", "Kinesis"), ("msk-source", "MSK"), ("database-source", "atabase")] {
        for check in [check::ENCRYPTED, check::CUSTOMER_KEY] {
            let finding = says(check, name, Status::NotApplicable);
            assert!(finding.reason.contains(word), "{check} of {name}: {}", finding.reason);
        }
    }
}

#[track_caller]
fn key(check: &str, alias: &str, status: Status) -> Finding {
    says(check, &format!("alias/{alias}"), status)
}

#[test]
fn a_key_that_cannot_be_used_fails() {
    key(check::KEY_ENABLED, "orders", Status::Pass);
    key(check::KEY_ENABLED, "disabled", Status::Fail);
    key(check::KEY_ENABLED, "doomed", Status::Fail);
}

#[test]
fn a_key_that_will_be_deleted_fails_and_the_day_is_named() {
    let finding = key(check::KEY_STAYS, "doomed", Status::Fail);
    let in_nine_days = (chrono::Utc::now() + chrono::TimeDelta::days(9)).format("%Y-%m").to_string();
    assert!(finding.reason.contains(&in_nine_days), "{}", finding.reason);
    key(check::KEY_STAYS, "disabled", Status::Pass);
}

#[test]
fn a_rotation_that_took_place_counts_and_one_that_is_planned_does_not() {
    key(check::ROTATED, "orders", Status::Pass);
    // 800 days old, rotating every 2,000: switched on, and never rotated.
    key(check::ROTATED, "slow", Status::Fail);
    key(check::ROTATED, "unrotated", Status::Fail);
}

#[test]
fn rotation_is_judged_where_kms_can_rotate() {
    key(check::ROTATION, "orders", Status::Pass);
    key(check::ROTATION, "unrotated", Status::Fail);
    assert_ne!(every_class().pack.finding(check::ROTATION, "alias/imported").status, Status::Pass);
    // KMS answers "off" while deletion is pending, whatever was set before: that is no failure of the setting.
    assert_ne!(every_class().pack.finding(check::ROTATION, "alias/doomed").status, Status::Pass);
}

#[test]
fn a_period_longer_than_the_declared_cryptoperiod_fails() {
    key(check::PERIOD, "orders", Status::Pass);
    key(check::PERIOD, "slow", Status::Fail);
}

#[test]
fn without_a_declared_cryptoperiod_nothing_is_assumed() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = run(&aws).done();
    let finding = outcome.pack().finding(check::PERIOD, "alias/orders");
    assert_eq!(finding.status, Status::Unknown, "{}", finding.reason);
}

#[test]
fn a_required_tag_must_be_there() {
    says(check::STREAM_TAGS, "direct-customer-key", Status::Pass);
    says(check::STREAM_TAGS, "untagged", Status::Fail);
    key(check::KEY_TAGS, "orders", Status::Pass);
}

#[track_caller]
fn with_trail(change: impl Fn(&mut World), check: &str, status: Status) {
    let mut world = World::of_one_stream();
    change(&mut world);
    let aws = Aws::start(world);
    let outcome = run(&aws).configured(DECLARED).done();
    let pack = outcome.pack();
    let findings = pack.findings();
    let finding = findings.iter().find(|f| f.check == check).unwrap_or_else(|| panic!("no finding of {check}"));
    assert_eq!(finding.status, status, "{}", finding.reason);
}

#[test]
fn a_trail_that_records_all_management_events_records_kms() {
    with_trail(|_| {}, check::TRAIL_KMS, Status::Pass);
}

#[test]
fn classic_selectors_that_exclude_kms_fail() {
    let change = |w: &mut World| {
        w.trail(IRELAND).selectors["EventSelectors"][0]["ExcludeManagementEventSources"] = json!(["kms.amazonaws.com"]);
    };
    with_trail(change, check::TRAIL_KMS, Status::Fail);
}

#[test]
fn advanced_selectors_that_exclude_kms_fail() {
    let change = |w: &mut World| {
        w.trail(IRELAND).selectors = json!({ "AdvancedEventSelectors": [{
            "Name": "management without KMS",
            "FieldSelectors": [
                { "Field": "eventCategory", "Equals": ["Management"] },
                { "Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
            ],
        }]});
    };
    with_trail(change, check::TRAIL_KMS, Status::Fail);
}

#[test]
fn advanced_selectors_that_take_all_management_events_pass() {
    let change = |w: &mut World| {
        w.trail(IRELAND).selectors = json!({ "AdvancedEventSelectors": [{
            "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }],
        }]});
    };
    with_trail(change, check::TRAIL_KMS, Status::Pass);
}

#[test]
fn a_trail_that_does_not_log_here_fails() {
    with_trail(|w| w.trail(IRELAND).status["IsLogging"] = json!(false), check::TRAIL_LOGS, Status::Fail);
}

#[test]
fn a_trail_of_one_region_does_not_pass_as_multi_region() {
    let change = |w: &mut World| w.trail(IRELAND).description["IsMultiRegionTrail"] = json!(false);
    with_trail(change, check::TRAIL_LOGS, Status::Fail);
}

#[test]
fn a_trail_without_digests_fails_validation() {
    let change = |w: &mut World| w.trail(IRELAND).description["LogFileValidationEnabled"] = json!(false);
    with_trail(change, check::TRAIL_VALIDATION, Status::Fail);
}

#[test]
fn no_trail_at_all_fails() {
    with_trail(|w| w.place(IRELAND).trails.clear(), check::TRAIL_LOGS, Status::Fail);
}

#[test]
fn a_trail_of_another_region_counts_here_by_its_status_here() {
    let finding = every_class()
        .pack
        .findings()
        .into_iter()
        .find(|f| f.check == check::TRAIL_LOGS && f.subject.region.as_str() == VIRGINIA);
    assert_eq!(finding.expect("a finding about Virginia").status, Status::Pass);
}

#[test]
fn every_pass_cites_an_answer_that_came() {
    let pack = &every_class().pack;
    let records = pack.records();
    for finding in pack.findings().iter().filter(|f| f.status == Status::Pass) {
        assert!(!finding.citations.is_empty(), "{} cites nothing", finding.id);
        for citation in &finding.citations {
            let record = records.iter().find(|r| r.ev == citation.ev).expect("a record of that number");
            // That a key has no second policy is what AWS answers with this code.
            let no_second = record.operation == "GetKeyPolicy"
                && record.parameter("PolicyName") == Some("AWS_RAM")
                && record.error.as_ref().is_some_and(|e| e.code == "NotFoundException");
            assert!(record.status == Some(200) || no_second, "{} rests on {citation}", finding.id);
            assert!(record.body.value().pointer(&citation.pointer).is_some(), "{citation} points nowhere");
        }
    }
}
