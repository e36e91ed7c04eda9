//! When AWS does not answer, or answers what nobody can use: the run goes on, and nothing gets better by it.

use crate::aws::rules::{Rule, on};
use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::program::keywitness;
use crate::program::{Outcome, Pack, run};
use crate::{DECLARED, check, every_class};
use keywitness::model::{Finding, FindingId, Gap, Settings, Status, operation};
use keywitness::store;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn spoiled(rule: Rule) -> Outcome {
    let aws = Aws::scripted(World::of_every_class(), [rule]);
    run(&aws).configured(DECLARED).done()
}

fn passes(pack: &Pack) -> BTreeSet<FindingId> {
    let found = pack.findings();
    found.into_iter().filter(|f: &Finding| f.status == Status::Pass).map(|f| f.id).collect()
}

/// The rows of the gaps table that say all of these.
fn gaps(pack: &Pack, words: &[&str]) -> usize {
    let rows = pack.gaps();
    let says = |word: &&str, row: &BTreeMap<String, String>| row.values().any(|v| v.contains(*word));
    rows.iter().filter(|row| words.iter().all(|w| says(w, row))).count()
}

#[track_caller]
fn unknown_with_a_gap(outcome: Outcome, words: &[&str]) -> Pack {
    let outcome = outcome.expect(3);
    let pack = outcome.pack();
    // The pack goes away with the outcome, so everything is asked here.
    assert!(gaps(&pack, words) >= 1, "no gap says {words:?}: {:#?}", pack.gaps());
    for check in [check::ENCRYPTED, check::CUSTOMER_KEY] {
        assert_eq!(pack.finding(check, "direct-customer-key").status, Status::Unknown, "{check}");
    }
    assert!(passes(&pack).is_subset(&passes(&every_class().pack)));
    pack
}

fn describe() -> crate::aws::rules::On {
    on("firehose:DescribeDeliveryStream").about("direct-customer-key")
}

#[test]
fn a_denied_description_is_unknown_and_the_gap_names_the_permission() {
    let outcome = spoiled(describe().denied());
    unknown_with_a_gap(outcome, &["direct-customer-key", "firehose:DescribeDeliveryStream", "denied"]);
}

#[test]
fn a_description_throttled_for_ever_is_unknown() {
    let outcome = spoiled(describe().throttled());
    unknown_with_a_gap(outcome, &["direct-customer-key", "throttled"]);
}

#[test]
fn a_description_that_fails_for_ever_is_unknown() {
    let outcome = spoiled(describe().fails(500, "InternalFailure", "sorry"));
    unknown_with_a_gap(outcome, &["direct-customer-key", "failed"]);
}

#[test]
fn a_broken_connection_is_unknown() {
    let outcome = spoiled(describe().reset());
    unknown_with_a_gap(outcome, &["direct-customer-key", "failed"]);
}

#[test]
fn half_an_answer_is_unknown() {
    let outcome = spoiled(describe().cut_off());
    unknown_with_a_gap(outcome, &["direct-customer-key"]);
}

#[test]
fn an_answer_that_is_not_json_is_not_understood() {
    let outcome = spoiled(describe().answers(200, "<html>a proxy's page</html>"));
    unknown_with_a_gap(outcome, &["direct-customer-key", "not understood"]);
}

#[test]
fn an_answer_of_another_shape_is_not_understood() {
    let outcome = spoiled(describe().answers(200, "{\"DeliveryStreamDescription\":[]}"));
    unknown_with_a_gap(outcome, &["direct-customer-key", "not understood"]);
}

#[test]
fn an_empty_answer_is_not_understood() {
    let outcome = spoiled(describe().answers(200, "{}"));
    unknown_with_a_gap(outcome, &["direct-customer-key", "not understood"]);
}

#[test]
fn an_answer_that_says_a_thing_twice_is_not_understood() {
    let outcome = spoiled(describe().rewritten(|text| {
        let twice = text.replacen("\"Status\":\"ENABLED\"", "\"Status\":\"DISABLED\",\"Status\":\"ENABLED\"", 1);
        assert_ne!(twice, text);
        twice
    }));
    unknown_with_a_gap(outcome, &["direct-customer-key", "not understood"]);
}

#[test]
fn a_status_that_nobody_knows_is_not_understood() {
    let outcome = spoiled(describe().edited(|body| {
        body["DeliveryStreamDescription"]["DeliveryStreamEncryptionConfiguration"]["Status"] = "MOSTLY".into();
    }));
    let outcome = outcome.expect(3);
    assert_eq!(outcome.pack().finding(check::ENCRYPTED, "direct-customer-key").status, Status::Unknown);
}

#[test]
fn a_stream_that_is_gone_when_it_is_asked_for_is_a_gap_and_never_dropped() {
    let outcome = spoiled(describe().vanished());
    unknown_with_a_gap(outcome, &["direct-customer-key", "vanished"]);
}

#[test]
fn a_call_that_is_throttled_and_then_answered_is_as_good_as_any() {
    let aws = Aws::scripted(World::of_one_stream(), [on("firehose:DescribeDeliveryStream").first(1).throttled()]);
    let outcome = run(&aws).done();
    let pack = outcome.pack();
    assert_eq!(pack.finding(check::ENCRYPTED, "orders").status, Status::Pass);
    let record = &pack.records_of("firehose:DescribeDeliveryStream")[0];
    assert_eq!(record.attempts.len(), 2, "the retry is written down");
    assert_eq!(record.attempts[0].status, Some(400));
    assert_eq!(record.status, Some(200));
}

#[test]
fn no_more_attempts_are_made_than_allowed() {
    let aws = Aws::scripted(World::of_one_stream(), [on("firehose:DescribeDeliveryStream").throttled()]);
    run(&aws).args([]).done().expect(3);
    assert_eq!(aws.requests_of("firehose:DescribeDeliveryStream").len(), 2);
}

#[test]
fn a_list_that_breaks_off_keeps_what_it_gave_and_says_that_more_is_unknown() {
    let world = World::of_every_class().with_small_pages();
    let aws = Aws::scripted(world, [on("firehose:ListDeliveryStreams").in_region(IRELAND).after(1).denied()]);
    let outcome = run(&aws).configured(DECLARED).done().expect(3);
    let pack = outcome.pack();
    let described = aws.requests_of("firehose:DescribeDeliveryStream").iter().filter(|r| r.region == IRELAND).count();
    assert_eq!(described, 4, "the first page");
    assert_eq!(pack.finding(check::INVENTORY, IRELAND).status, Status::Unknown);
    let rest = pack.findings().into_iter().find(|f| f.check == check::ENCRYPTED && f.subject.id.ends_with("/*"));
    let rest = rest.expect("a finding for the streams that the list did not name");
    assert_eq!(rest.status, Status::Unknown);
    assert!(gaps(&pack, &["firehose:ListDeliveryStreams"]) >= 1);
}

#[test]
fn an_event_query_that_breaks_off_is_not_no_events() {
    let world = World::of_every_class().with_small_pages();
    let aws = Aws::scripted(world, [on("cloudtrail:LookupEvents").about("CreateGrant").after(1).throttled()]);
    let outcome = run(&aws).configured(DECLARED).done().expect(3);
    let pack = outcome.pack();
    assert!(gaps(&pack, &["LookupEvents", "CreateGrant"]) >= 1, "{:#?}", pack.gaps());
    assert_eq!(pack.finding(check::ACCESS_EVENTS, IRELAND).status, Status::Unknown);
}

#[test]
fn a_list_that_promises_more_for_ever_comes_to_an_end() {
    let rule = on("firehose:ListDeliveryStreams").edited(|body| body["HasMoreDeliveryStreams"] = true.into());
    let aws = Aws::scripted(World::of_one_stream(), [rule]);
    let outcome = run(&aws).done().expect(3);
    assert!(aws.requests_of("firehose:ListDeliveryStreams").len() <= 3);
    assert!(gaps(&outcome.pack(), &["ListDeliveryStreams"]) >= 1);
}

#[test]
fn a_marker_that_comes_again_comes_to_an_end() {
    let rule = on("kms:ListAliases").edited(|body| {
        body["Truncated"] = true.into();
        body["NextMarker"] = "AE0A-0".into();
    });
    let aws = Aws::scripted(World::of_one_stream(), [rule]);
    let outcome = run(&aws).done().expect(3);
    assert!(aws.requests_of("kms:ListAliases").len() <= 3);
    assert!(gaps(&outcome.pack(), &["ListAliases"]) >= 1);
}

#[test]
fn a_denied_policy_is_no_policy_that_was_read() {
    let outcome = spoiled(on("kms:GetKeyPolicy").denied()).expect(3);
    assert!(gaps(&outcome.pack(), &["kms:GetKeyPolicy", "denied"]) >= 1);
}

#[test]
fn denied_tags_are_not_no_tags() {
    let denied = on("firehose:ListTagsForDeliveryStream").denied();
    let aws = Aws::scripted(World::of_every_class().without_bulk_tags(), [denied]);
    let outcome = run(&aws).configured(DECLARED).done().expect(3);
    let pack = outcome.pack();
    for stream in ["direct-customer-key", "untagged"] {
        assert_eq!(pack.finding(check::STREAM_TAGS, stream).status, Status::Unknown, "{stream}");
    }
}

#[test]
fn a_region_that_answers_nothing_is_all_gaps_and_the_other_is_as_it_was() {
    let outcome = spoiled(on("*").in_region("us-east-1").fails(403, "UnrecognizedClientException", "no such token"));
    let outcome = outcome.expect(3);
    let pack = outcome.pack();
    let strict = |f: &&Finding| f.subject.region.as_str() == "us-east-1" && f.status == Status::Pass;
    assert_eq!(pack.findings().iter().filter(strict).count(), 0);
    assert_eq!(pack.finding(check::ENCRYPTED, "direct-customer-key").status, Status::Pass);
    assert!(gaps(&pack, &["us-east-1"]) >= 3);
}

/// What a collection over that world comes to, judged: the findings by id, and the gaps.
fn judged(aws: &Aws) -> (BTreeMap<FindingId, (Status, String)>, Vec<Gap>) {
    let collected = keywitness(["collect"]).over(aws).done();
    let folder = collected.json()["snapshot"].as_str().expect("a snapshot").to_owned();
    let folder = collected.work.join(folder);
    let (run, records) = store::parse(&store::load(&folder).expect("a snapshot")).expect("our own form");
    let snapshot = keywitness::snapshot::read(run, &records);
    let findings = keywitness::checks::run(&snapshot, &Settings::default());
    (findings.into_iter().map(|f| (f.id, (f.status, f.check.into()))).collect(), snapshot.gaps)
}

/// Threat 3 of the threat model, operation by operation: without it some findings become unknown, none becomes
/// anything else; and the gaps say which permission would help.
#[test]
fn denying_any_operation_only_takes_away() {
    // Tags in bulk are refused from the start: what replaces them must be asked, or nothing could be denied.
    let world = || World::of_every_class().without_bulk_tags();
    let (before, _) = judged(&Aws::start(world()));
    let replaced = |o: &&operation::Operation| **o != operation::GET_RESOURCES && !o.permission.is_empty();
    for operation in operation::all().filter(replaced) {
        let action = format!("{}:{}", operation.service, operation.name);
        let (after, gaps) = judged(&Aws::scripted(world(), [on(&action).denied()]));
        for (id, (status, check)) in &after {
            // A thing that is not known to exist has a finding less, and its place one that says so.
            let was = before.get(id).map(|(status, _)| *status);
            assert!(
                *status == Status::Unknown || was == Some(*status),
                "without {action} {check} of {id} was {was:?} and is {status:?}"
            );
        }
        let named = gaps.iter().filter(|g| g.permission() == Some(operation.permission));
        assert!(named.count() >= 1, "no gap names {}: {gaps:#?}", operation.permission);
    }
}

/// The same for a whole pack: it is sealed and verifies, and its gaps page says which permission would help.
#[test]
fn a_pack_without_an_operation_says_so_and_verifies() {
    let before = passes(&every_class().pack);
    for action in ["kms:GetKeyPolicy", "s3:GetBucketEncryption", "iam:GetAccountAuthorizationDetails"] {
        let outcome = spoiled(on(action).denied()).expect(3);
        let pack = outcome.pack();
        let added: Vec<_> = passes(&pack).difference(&before).copied().collect();
        assert!(added.is_empty(), "without {action} these became a pass: {added:?}");
        assert!(gaps(&pack, &["denied"]) >= 1);
        pack.verify(["--expect-root", &pack.root]).expect(0);
    }
}

/// A refusal of tags in bulk leaves nothing unknown: each resource is then asked by itself.
#[test]
fn tags_in_bulk_are_replaced_one_by_one() {
    let (bulk, gaps) = judged(&Aws::start(World::of_one_stream()));
    let aws = Aws::start(World::of_one_stream().without_bulk_tags());
    assert_eq!((bulk, gaps), judged(&aws));
    assert_eq!(aws.requests_of("firehose:ListTagsForDeliveryStream").len(), 1);
    assert_eq!(aws.requests_of("kms:ListResourceTags").len(), 1);
}

#[test]
fn what_an_answer_in_bulk_leaves_out_is_asked_and_not_taken_for_untagged() {
    let mut world = World::of_every_class();
    world.stream(IRELAND, "direct-customer-key").tags.clear();
    let aws = Aws::start(world);
    judged(&aws);
    let asked: BTreeSet<String> = aws
        .requests_of("firehose:ListTagsForDeliveryStream")
        .iter()
        .filter_map(|r| r.text("DeliveryStreamName").map(ToOwned::to_owned))
        .collect();
    assert_eq!(asked, BTreeSet::from(["direct-customer-key".to_owned(), "untagged".to_owned()]));
}

#[test]
fn without_the_callers_identity_nothing_is_read() {
    let aws = Aws::scripted(World::of_one_stream(), [on("sts:GetCallerIdentity").denied()]);
    let outcome = run(&aws).done().expect(2);
    assert!(outcome.stderr.contains("hint"), "{}", outcome.stderr);
    assert_eq!(aws.requests().iter().filter(|r| r.service != "sts").count(), 0);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let rule = on("firehose:DescribeDeliveryStream").waits(Duration::from_secs(2));
    let aws = Aws::scripted(World::of_one_stream(), [rule]);
    let outcome = run(&aws).done();
    assert_eq!(outcome.pack().finding(check::ENCRYPTED, "orders").status, Status::Pass);
}
