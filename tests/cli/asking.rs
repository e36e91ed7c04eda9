//! What is asked of AWS: every page, nothing twice, nothing that could change anything.

use crate::aws::world::{IRELAND, OTHER_ACCOUNT, VIRGINIA, moment};
use crate::aws::{Aws, Request, World};
use crate::every_class;
use crate::program::{keywitness, run};
use keywitness::model::operation;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn of<'a>(requests: &'a [Request], action: &str) -> Vec<&'a Request> {
    requests.iter().filter(|r| r.action() == action).collect()
}

fn values<'a>(requests: &[&'a Request], parameter: &str) -> Vec<&'a str> {
    requests.iter().filter_map(|r| r.text(parameter)).collect()
}

#[test]
fn streams_are_listed_with_the_largest_limit() {
    let lists = of(&every_class().requests, "firehose:ListDeliveryStreams");
    assert!(lists.len() >= 2);
    for request in lists {
        assert_eq!(request.body["Limit"], 10_000);
    }
}

#[test]
fn every_page_of_the_stream_list_is_followed() {
    let run = every_class();
    let world = World::of_every_class();
    for (region, place) in &world.places {
        let here = run.requests.iter().filter(|r| r.region == *region && r.operation == "DescribeDeliveryStream");
        let described: BTreeSet<&str> = here.filter_map(|r| r.text("DeliveryStreamName")).collect();
        let seeded: BTreeSet<&str> = place.streams.keys().map(String::as_str).collect();
        assert_eq!(described, seeded, "{region}");
    }
    let pages = of(&run.requests, "firehose:ListDeliveryStreams");
    let ireland = world.places[IRELAND].streams.len();
    assert_eq!(pages.iter().filter(|r| r.region == IRELAND).count(), ireland.div_ceil(4));
}

#[test]
fn every_page_of_stream_tags_is_followed() {
    let records = every_class().pack.records_of("firehose:ListTagsForDeliveryStream");
    let of_one = records.iter().filter(|r| r.parameter("DeliveryStreamName") == Some("direct-customer-key"));
    let bodies: Vec<Value> = of_one.map(|r| r.body.value()).collect();
    let tags = bodies.iter().flat_map(|body| body["Tags"].as_array().unwrap());
    let keys: Vec<&str> = tags.map(|t| t["Key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["data-class", "owner"]);
}

#[test]
fn every_page_of_the_kms_listings_is_followed() {
    let pack = &every_class().pack;
    let world = World::of_every_class();
    let count = |action: &str, region: &str, list: &str| {
        let records = pack.records_of(action);
        let here = records.iter().filter(|r| r.region.as_str() == region);
        here.map(|r| r.body.value()[list].as_array().map_or(0, Vec::len)).sum::<usize>()
    };
    for region in [IRELAND, VIRGINIA] {
        assert_eq!(count("kms:ListAliases", region, "Aliases"), world.places[region].aliases.len(), "{region}");
    }
    let orders = World::key_arn(VIRGINIA, "111122223333", world.places[VIRGINIA].keys.keys().next().unwrap());
    let rotations = pack.records_of("kms:ListKeyRotations");
    let dates = rotations.iter().filter(|r| r.parameter("KeyId") == Some(&orders));
    assert_eq!(dates.map(|r| r.body.value()["Rotations"].as_array().unwrap().len()).sum::<usize>(), 2);
    let first = world.places[IRELAND].keys.values().next().unwrap();
    let tags = pack.records_of("kms:ListResourceTags");
    let of_first = tags.iter().filter(|r| r.parameter("KeyId") == first.metadata["Arn"].as_str());
    assert_eq!(of_first.map(|r| r.body.value()["Tags"].as_array().unwrap().len()).sum::<usize>(), 2);
}

#[test]
fn every_page_of_an_event_query_is_followed_with_the_same_question() {
    let requests = of(&every_class().requests, "cloudtrail:LookupEvents");
    let mut questions = BTreeMap::<String, Vec<bool>>::new();
    for request in &requests {
        let mut question = request.body.clone();
        let token = question.as_object_mut().unwrap().remove("NextToken");
        questions.entry(format!("{} {question}", request.region)).or_default().push(token.is_some());
    }
    let grants = questions.iter().find(|(q, _)| q.starts_with(IRELAND) && q.contains("CreateGrant")).unwrap();
    assert_eq!(grants.1, &[false, true, true], "five events, two a page");
    let records = every_class().pack.records_of("cloudtrail:LookupEvents");
    let events = records.iter().flat_map(|r| r.body.value()["Events"].as_array().unwrap().clone());
    assert_eq!(events.filter(|e| e["EventName"] == "CreateGrant").count(), 5);
}

#[test]
fn all_event_queries_share_one_window() {
    let requests = of(&every_class().requests, "cloudtrail:LookupEvents");
    let windows: BTreeSet<String> =
        requests.iter().map(|r| format!("{} {}", r.body["StartTime"], r.body["EndTime"])).collect();
    assert_eq!(windows.len(), 1, "{windows:?}");
}

#[test]
fn a_key_is_asked_for_once_however_many_streams_use_it() {
    let described = values(&of(&every_class().requests, "kms:DescribeKey"), "KeyId");
    let distinct: BTreeSet<&str> = described.iter().copied().collect();
    assert_eq!(described.len(), distinct.len());
    assert_eq!(distinct.len(), 9, "eight keys of Irish streams, one of a Virginian one");
}

#[test]
fn keys_are_named_by_their_arn_and_never_by_an_alias() {
    for request in every_class().requests.iter().filter(|r| r.service == "kms" && r.operation != "ListAliases") {
        let key = request.text("KeyId").expect("a KMS read names its key");
        assert!(key.starts_with("arn:aws:kms:") && key.contains(":key/"), "{} of {key}", request.operation);
    }
}

#[test]
fn an_alias_where_a_key_arn_should_stand_is_not_asked_for() {
    let mut world = World::of_one_stream();
    let alias = format!("arn:aws:kms:{IRELAND}:111122223333:alias/aws/firehose");
    world.stream(IRELAND, "orders").encrypt(&alias);
    let aws = Aws::start(world);
    run(&aws).done().expect(3);
    // DescribeKey of a predefined alias that has no key yet makes AWS create that key: a read that writes.
    assert!(aws.requests_of("kms:DescribeKey").is_empty());
}

#[test]
fn of_a_key_in_another_account_only_what_crosses_accounts_is_asked() {
    let about = every_class().requests.iter().filter(|r| r.text("KeyId").is_some_and(|k| k.contains(OTHER_ACCOUNT)));
    let asked: BTreeSet<&str> = about.map(|r| r.operation.as_str()).collect();
    assert!(asked.contains("DescribeKey"));
    for never in ["GetKeyPolicy", "ListKeyRotations", "ListResourceTags"] {
        assert!(!asked.contains(never), "{never} never answers for another account");
    }
}

#[test]
fn both_policies_of_a_key_are_asked_for() {
    let requests = of(&every_class().requests, "kms:GetKeyPolicy");
    let names: BTreeSet<&str> = requests.iter().filter_map(|r| r.text("PolicyName")).collect();
    assert_eq!(names, BTreeSet::from(["AWS_RAM", "default"]));
}

#[test]
fn a_trail_of_another_region_is_asked_for_by_its_arn() {
    let arn = format!("arn:aws:cloudtrail:{IRELAND}:111122223333:trail/main");
    let run = every_class();
    let statuses = of(&run.requests, "cloudtrail:GetTrailStatus");
    assert!(statuses.iter().any(|r| r.region == VIRGINIA));
    assert!(statuses.iter().all(|r| r.text("Name") == Some(&arn)));
    assert!(of(&run.requests, "cloudtrail:GetEventSelectors").iter().all(|r| r.text("TrailName") == Some(&arn)));
}

#[test]
fn only_the_operations_of_the_table_are_called() {
    let known: BTreeSet<String> = operation::all().map(|o| format!("{}:{}", o.service, o.name)).collect();
    let called: BTreeSet<String> = every_class().requests.iter().map(Request::action).collect();
    assert_eq!(called, known);
}

#[test]
fn every_region_that_was_named_is_read_with_its_own_signature() {
    for action in ["firehose:ListDeliveryStreams", "kms:ListAliases", "cloudtrail:DescribeTrails"] {
        let requests = of(&every_class().requests, action);
        let regions: BTreeSet<&str> = requests.iter().map(|r| r.region.as_str()).collect();
        assert_eq!(regions, BTreeSet::from([IRELAND, VIRGINIA]), "{action}");
    }
}

#[test]
fn events_outside_the_window_are_neither_asked_for_nor_there() {
    let mut world = World::of_one_stream();
    let inside = world.add_event(IRELAND, "DisableKey", 15.0, "arn:aws:kms:eu-west-1:111122223333:key/x");
    let outside = world.add_event(IRELAND, "DisableKey", 40.0, "arn:aws:kms:eu-west-1:111122223333:key/x");
    let (from, to) = (world.day(30.0), world.day(10.0));
    let aws = Aws::start(world);
    let outcome = run(&aws).args(["--from", &from, "--to", &to]).done();
    let pack = outcome.pack();
    let evidence = pack.records_of("cloudtrail:LookupEvents");
    let text: String = evidence.iter().map(|r| r.body.to_string()).collect();
    assert!(text.contains(&inside));
    assert!(!text.contains(&outside));
    for request in aws.requests_of("cloudtrail:LookupEvents") {
        let bound = |name: &str| moment(request.body[name].as_f64().unwrap()).format("%Y-%m-%d").to_string();
        assert_eq!((bound("StartTime"), bound("EndTime")), (from.clone(), to.clone()), "the last day belongs to it");
    }
}

#[test]
fn a_quarter_is_three_months() {
    let aws = Aws::start(World::of_one_stream());
    run(&aws).args(["--quarter", "2026Q3"]).done();
    let requests = aws.requests_of("cloudtrail:LookupEvents");
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.body["StartTime"].as_f64(), Some(1_782_864_000.0), "2026-07-01T00:00:00Z");
        let end = request.body["EndTime"].as_f64().unwrap();
        assert!((1_790_812_799.0..1_790_812_800.0).contains(&end), "{end} is not the last second of September");
    }
}

#[test]
fn the_environment_can_name_the_endpoint_too() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = keywitness(["run", "--region", IRELAND, "--no-rate-limit", "--json"])
        .env("AWS_ENDPOINT_URL", &aws.url())
        .done();
    let pack = outcome.pack();
    assert!(pack.text("pack.json").contains(&aws.url()), "the endpoint is recorded");
    assert!(!aws.requests().is_empty());
}
