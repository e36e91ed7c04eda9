//! Answers that AWS really gave, recorded by another project, instead of ours.

use crate::aws::rules::on;
use crate::aws::world::VIRGINIA;
use crate::aws::{Aws, World, replies};
use crate::check;
use crate::program::{holds, run};
use keywitness::model::Status;

fn virginia() -> World {
    let mut world = World::empty();
    world.place(VIRGINIA);
    world
}

#[test]
fn a_recorded_splunk_stream_is_read_and_its_token_is_not_kept() {
    let aws = Aws::scripted(virginia(), replies::of_case("splunk-stream"));
    let outcome = run(&aws).done();
    let pack = outcome.pack();
    // Recorded in 2018, before Firehose had server-side encryption: the answer does not speak of it.
    assert_eq!(pack.finding(check::ENCRYPTED, "firehose-splunk").status, Status::Unknown);
    for file in pack.files() {
        let bytes = std::fs::read(pack.path.join(&file)).expect("a file");
        assert!(!holds(&bytes, "12345678-1234-1234-1234-1234567890AB"), "the token is in {file}");
    }
}

#[test]
fn a_recorded_key_rotates_and_its_denied_history_is_a_gap() {
    let mut world = virginia();
    let arn = "arn:aws:kms:us-east-1:644160558196:key/ffb1402c-040a-4b1f-b1e5-9918a0238aa7";
    world.account = "644160558196".to_owned();
    world.caller = "arn:aws:sts::644160558196:assumed-role/EvidenceReader/run".to_owned();
    world.add_stream(VIRGINIA, "orders").encrypt(arn);
    let aws = Aws::scripted(world, replies::of_case("rotating-key"));
    let outcome = run(&aws).done().expect(3);
    let pack = outcome.pack();
    let record = &pack.records_of("kms:DescribeKey")[0];
    assert_eq!(record.body.value()["KeyMetadata"]["CreationDate"], 1_517_327_059.013);
    assert_eq!(pack.finding(check::CUSTOMER_KEY, "orders").status, Status::Pass);
    let gaps = pack.gaps();
    let history = gaps.iter().find(|g| g.values().any(|v| v.contains("kms:ListKeyRotations")));
    assert!(history.is_some(), "{gaps:?}");
}

#[test]
fn a_recorded_trail_with_advanced_selectors_is_understood() {
    let mut rules = replies::of_case("advanced-selectors");
    rules.push(on("cloudtrail:LookupEvents").denied());
    let aws = Aws::scripted(virginia(), rules);
    let outcome = run(&aws).done().expect(3);
    let pack = outcome.pack();
    let gaps = pack.gaps();
    for operation in ["DescribeTrails", "GetTrailStatus", "GetEventSelectors"] {
        assert!(!gaps.iter().any(|g| g.values().any(|v| v.contains(operation))), "{operation}: {gaps:?}");
    }
    assert_eq!(pack.finding(check::TRAIL_KMS, VIRGINIA).status, Status::Pass);
    assert_eq!(pack.finding(check::TRAIL_VALIDATION, VIRGINIA).status, Status::Fail);
}
