//! What is written down of each call.

use crate::aws::rules::on;
use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, World};
use crate::every_class;
use crate::program::run;
use std::collections::BTreeSet;

#[test]
fn every_call_is_a_record_and_every_record_is_a_call() {
    let run = every_class();
    let records = run.pack.records();
    let attempts: usize = records.iter().map(|r| r.attempts.len()).sum();
    assert_eq!(attempts, run.requests.len());
    assert_eq!(run.outcome.json()["calls"], records.len());
}

#[test]
fn evidence_numbers_have_no_holes() {
    let numbers: Vec<u32> = every_class().pack.records().iter().map(|r| r.ev.0).collect();
    let count = u32::try_from(numbers.len()).unwrap();
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
}

#[test]
fn records_stand_in_a_file_per_account_region_and_operation() {
    let pack = &every_class().pack;
    let files = pack.files();
    let evidence: Vec<&String> = files.iter().filter(|f| f.starts_with("data/evidence/")).collect();
    let expected = format!("data/evidence/{ACCOUNT}/{IRELAND}/firehose.DescribeDeliveryStream.jsonl");
    assert!(evidence.contains(&&expected), "{evidence:?}");
    for file in evidence {
        let fine = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        assert!(file.chars().all(fine), "{file}");
    }
}

#[test]
fn a_record_says_when_it_was_sent_and_received_and_which_request_it_was() {
    let mut ids = BTreeSet::new();
    for record in every_class().pack.records() {
        assert!(record.sent <= record.received, "{}", record.ev);
        assert!(record.date.as_ref().is_some_and(|d| d.ends_with(" GMT")), "{} has no Date", record.ev);
        let id = record.request_id.unwrap_or_else(|| panic!("{} has no request id", record.ev));
        assert!(ids.insert(id.clone()), "{id} stands twice");
        assert_eq!(record.attempts.last().and_then(|a| a.status), record.status, "{}", record.ev);
        assert_eq!(record.account.as_str(), ACCOUNT);
    }
}

#[test]
fn the_date_header_is_kept_as_it_came() {
    let odd = "Thu, 01 Jan 2026 00:00:00 GMT";
    let aws = Aws::scripted(World::of_one_stream(), [on("kms:DescribeKey").dated(odd)]);
    let outcome = run(&aws).done();
    let record = &outcome.pack().records_of("kms:DescribeKey")[0];
    assert_eq!(record.date.as_deref(), Some(odd));
}

#[test]
fn a_failed_call_is_a_record_with_its_attempts_and_its_error() {
    let aws = Aws::scripted(World::of_one_stream(), [on("kms:DescribeKey").throttled()]);
    let outcome = run(&aws).done().expect(3);
    let record = &outcome.pack().records_of("kms:DescribeKey")[0];
    assert_eq!(record.attempts.len(), 2);
    assert_eq!(record.status, Some(400));
    assert_eq!(record.error.as_ref().map(|e| e.code.as_str()), Some("ThrottlingException"));
}

#[test]
fn pages_are_counted_from_one() {
    let records = every_class().pack.records_of("firehose:ListDeliveryStreams");
    let mut pages: Vec<u32> = records.iter().filter(|r| r.region.as_str() == IRELAND).map(|r| r.page).collect();
    pages.sort_unstable();
    assert_eq!(pages, (1..=u32::try_from(pages.len()).unwrap()).collect::<Vec<_>>());
    assert!(pages.len() > 2);
}

#[test]
fn the_summary_counts_what_the_pack_holds() {
    use keywitness::model::Status;
    let run = every_class();
    let summary = run.outcome.json();
    for status in Status::ALL {
        assert_eq!(summary["counts"][status.word()], run.pack.count(status), "{}", status.word());
    }
    assert_eq!(summary["gaps"], run.pack.gaps().len());
    assert_eq!(summary["exit"], 3);
}

#[test]
fn the_cover_says_that_the_endpoint_is_not_awss_own() {
    let pack = &every_class().pack;
    for file in ["data/report.html", "pack.json"] {
        assert!(pack.text(file).contains("127.0.0.1"), "{file}");
    }
}
