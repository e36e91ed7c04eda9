//! Key lineage and what is read for it: every hop is there, and what is not known says so.

use crate::aws::rules::on;
use crate::aws::surroundings::encryption;
use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::every_class;
use crate::program::{Pack, run};
use serde_json::Value;
use std::collections::BTreeSet;

fn hops(pack: &Pack, stream: &str) -> Vec<Value> {
    let lineage: Value = serde_json::from_str(&pack.text("data/lineage.json")).expect("JSON");
    let streams = lineage["streams"].as_array().expect("streams");
    let found = streams.iter().find(|s| s["stream"] == stream).unwrap_or_else(|| panic!("no lineage of {stream}"));
    found["hops"].as_array().expect("hops").clone()
}

fn hop(pack: &Pack, stream: &str, kind: &str) -> Value {
    let all = hops(pack, stream);
    all.iter().find(|h| h["kind"] == kind).unwrap_or_else(|| panic!("{stream} has no {kind}: {all:#?}")).clone()
}

#[test]
fn a_source_is_followed_to_its_key() {
    let pack = &every_class().pack;
    for stream in ["kinesis-source", "msk-source"] {
        let source = hop(pack, stream, "source");
        assert_eq!((&source["status"], &source["class"]), (&"pass".into(), &"customer-managed".into()), "{source}");
        assert_eq!(source["alias"], "alias/orders");
        assert!(!source["evidence"].as_array().unwrap().is_empty());
    }
    assert_eq!(hop(pack, "msk-source", "source_transit")["status"], "pass");
    assert_eq!(hop(pack, "database-source", "source")["status"], "unknown");
    assert_eq!(hop(pack, "direct-customer-key", "source")["status"], "not_applicable");
}

#[test]
fn every_s3_structure_and_store_of_a_destination_is_a_hop() {
    let all = hops(&every_class().pack, "redshift");
    let kinds: Vec<&str> = all.iter().filter_map(|h| h["kind"].as_str()).collect();
    assert_eq!(kinds, ["source", "stream", "intermediate", "store", "transit", "backup", "error_log"]);
    assert_eq!(hop(&every_class().pack, "redshift", "store")["subject"], "orders");
}

#[test]
fn domains_collections_and_secrets_are_followed_to_their_keys() {
    let pack = &every_class().pack;
    for (stream, kind) in [("search", "store"), ("collection", "store"), ("hec", "secret"), ("tables", "store")] {
        let found = hop(pack, stream, kind);
        assert_eq!((&found["status"], &found["class"]), (&"pass".into(), &"customer-managed".into()), "{found}");
        assert_eq!(found["alias"], "alias/orders");
    }
    let ways: Vec<Value> = hops(pack, "search").into_iter().filter(|h| h["kind"] == "transit").collect();
    let statuses: Vec<&str> = ways.iter().filter_map(|h| h["status"].as_str()).collect();
    assert_eq!(statuses, ["pass", "pass", "fail"], "to the domain, between its nodes, and for others: {ways:#?}");
    assert_eq!(hop(pack, "tables", "store")["subject"], "table sales.orders, bucket acme-lake");
    for call in ["es:DescribeDomain", "aoss:BatchGetCollection", "secretsmanager:DescribeSecret", "glue:GetTable"] {
        let records = pack.records_of(call);
        assert_eq!(records.len(), 1, "{call}");
        assert!(!records[0].withheld.is_empty(), "{call}: what people write is not kept");
    }
}

#[test]
fn a_store_of_another_account_or_of_nobody_is_unknown_and_not_asked_for() {
    let mut world = World::of_one_stream();
    let key = world.add_key(IRELAND, "search");
    world.add_search_streams(IRELAND, &key, "acme-landing");
    let near = &mut world.place(IRELAND).surroundings;
    near.collections.clear();
    near.tables.clear();
    near.secrets.values_mut().for_each(|s| drop(s.as_object_mut().unwrap().remove("KmsKeyId")));
    let elsewhere = format!("arn:aws:es:{IRELAND}:444455556666:domain/orders");
    world.stream(IRELAND, "search").description["Destinations"][0]["AmazonopensearchserviceDestinationDescription"]["DomainARN"] =
        elsewhere.clone().into();
    let aws = Aws::start(world);
    let outcome = run(&aws).done().expect(3);
    assert!(aws.requests_of("es:DescribeDomain").is_empty());
    let pack = outcome.pack();
    let domain = hop(&pack, "search", "store");
    assert_eq!((&domain["status"], &domain["subject"]), (&"unknown".into(), &elsewhere.into()));
    let collection = hop(&pack, "collection", "store");
    assert_eq!(collection["status"], "unknown");
    assert!(collection["reason"].as_str().unwrap().contains("there is none"), "{collection}");
    let table = hop(&pack, "tables", "store");
    assert_eq!((&table["status"], &table["subject"]), (&"unknown".into(), &"table sales.orders".into()), "{table}");
    let secret = hop(&pack, "hec", "secret");
    assert_eq!((&secret["status"], &secret["class"]), (&"fail".into(), &"AWS-managed".into()), "{secret}");
}

#[test]
fn a_domain_by_its_address_counts_only_where_the_answer_has_that_address() {
    let mut world = World::of_one_stream();
    let key = world.add_key(IRELAND, "search");
    world.add_search_streams(IRELAND, &key, "acme-landing");
    let host = format!("search-orders-{}.{IRELAND}.es.amazonaws.com", "a".repeat(26));
    let description = &mut world.stream(IRELAND, "search").description["Destinations"][0];
    let description = &mut description["AmazonopensearchserviceDestinationDescription"];
    description.as_object_mut().unwrap().remove("DomainARN");
    description["ClusterEndpoint"] = format!("https://{host}").into();
    let without = Aws::start(world);
    assert_eq!(hop(&run(&without).done().pack(), "search", "store")["status"], "unknown");
    let mut world = World::of_one_stream();
    let key = world.add_key(IRELAND, "search");
    world.add_search_streams(IRELAND, &key, "acme-landing");
    let description = &mut world.stream(IRELAND, "search").description["Destinations"][0];
    let description = &mut description["AmazonopensearchserviceDestinationDescription"];
    description.as_object_mut().unwrap().remove("DomainARN");
    description["ClusterEndpoint"] = format!("https://{host}").into();
    let domain = world.place(IRELAND).surroundings.domains.get_mut("orders").unwrap();
    domain["Endpoint"] = host.into();
    let with = Aws::start(world);
    assert_eq!(hop(&run(&with).done().pack(), "search", "store")["status"], "pass");
}

/// Nothing is left out on the way from the data to the table and to the page, however the page groups streams.
#[test]
fn every_hop_is_a_row_and_every_stream_stands_below_a_drawing() {
    let pack = &every_class().pack;
    let lineage: Value = serde_json::from_str(&pack.text("data/lineage.json")).expect("JSON");
    let streams = lineage["streams"].as_array().expect("streams");
    let hops: usize = streams.iter().map(|s| s["hops"].as_array().map_or(0, Vec::len)).sum();
    let mut table =
        csv::Reader::from_reader(std::fs::File::open(pack.path.join("data/tables/lineage.csv")).expect("it"));
    assert_eq!(table.records().count(), hops);
    let page = pack.text("data/report.html");
    let section = page.split_once("<section id=\"lineage\"").expect("the section").1;
    let section = section.split_once("</section>").expect("its end").0;
    assert_eq!(section.matches("data-s=").count(), streams.len());
    let groups = section.matches("data-box=").count();
    assert!(groups > 5 && section.matches("<svg class=\"lineage\"").count() == groups, "{groups}");
}

#[test]
fn the_legacy_s3_form_is_no_second_delivery() {
    let all = hops(&every_class().pack, "direct-customer-key");
    assert_eq!(all.iter().filter(|h| h["kind"] == "delivery").count(), 1);
}

#[test]
fn a_bucket_that_is_not_asked_for_encryption_is_asked_what_it_does_itself() {
    let mut world = World::of_one_stream();
    let key = world.add_key(IRELAND, "landing");
    let rule = ("acme-landing".to_owned(), "GetBucketEncryption");
    world.once.buckets.insert(rule, Ok(encryption("aws:kms", Some(&key))));
    let aws = Aws::start(world);
    let outcome = run(&aws).done().expect(0);
    let delivery = hop(&outcome.pack(), "orders", "delivery");
    assert_eq!((&delivery["status"], &delivery["key"]), (&"pass".into(), &key.into()));
    assert_eq!(hop(&every_class().pack, "direct-customer-key", "delivery")["class"], "AWS-owned", "SSE-S3");
}

#[test]
fn a_bucket_that_may_not_be_read_is_unknown_and_there() {
    let aws = Aws::scripted(World::of_one_stream(), [on("s3:GetBucketEncryption").denied()]);
    let outcome = run(&aws).done().expect(3);
    let delivery = hop(&outcome.pack(), "orders", "delivery");
    assert_eq!(delivery["status"], "unknown");
    assert!(delivery["reason"].as_str().unwrap().contains("denied"), "{delivery}");
}

#[test]
fn an_alias_of_aws_is_found_in_the_listing_and_never_asked_by_name() {
    let mut world = World::of_every_class();
    let managed = world.add_key(IRELAND, "aws/kinesis");
    world.key(&managed).metadata["KeyManager"] = "AWS".into();
    for stream in world.place(IRELAND).surroundings.kinesis.values_mut() {
        stream["KeyId"] = "alias/aws/kinesis".into();
    }
    let aws = Aws::start(world);
    let outcome = run(&aws).done().expect(3);
    let source = hop(&outcome.pack(), "kinesis-source", "source");
    assert_eq!((&source["status"], &source["key"]), (&"fail".into(), &managed.into()));
    assert_eq!(source["class"], "AWS-managed");
    for request in aws.requests_of("kms:DescribeKey") {
        assert!(request.text("KeyId").unwrap().contains(":key/"));
    }
}

#[test]
fn everything_is_asked_once_however_many_streams_refer_to_it() {
    let requests = &every_class().requests;
    for (service, parameter) in [
        ("s3", "Bucket"),
        ("kinesis", "StreamARN"),
        ("kafka", "ClusterArn"),
        ("es", "DomainName"),
        ("secretsmanager", "SecretId"),
    ] {
        let asked: Vec<(&str, Option<&str>)> = requests
            .iter()
            .filter(|r| r.service == service)
            .map(|r| (r.operation.as_str(), r.text(parameter)))
            .collect();
        let distinct: BTreeSet<_> = asked.iter().collect();
        assert!(!asked.is_empty());
        assert_eq!(asked.len(), distinct.len(), "{service} was asked twice: {asked:?}");
    }
    let identities = requests.iter().filter(|r| r.operation == "GetAccountAuthorizationDetails");
    assert_eq!(identities.count(), World::of_every_class().once.identities.len(), "one a page");
}

#[test]
fn without_further_reads_nothing_of_them_is_asked_and_all_of_it_is_unknown() {
    let aws = Aws::start(World::of_every_class());
    let outcome = run(&aws).args(["--no-further-reads"]).done().expect(3);
    let further: BTreeSet<&str> = keywitness::model::operation::FURTHER.iter().map(|o| o.name).collect();
    let asked: Vec<String> = aws
        .requests()
        .iter()
        .filter(|r| further.contains(r.operation.as_str()))
        .map(super::aws::Request::action)
        .collect();
    assert!(asked.is_empty(), "{asked:?}");
    let pack = outcome.pack();
    assert_eq!(hop(&pack, "direct-customer-key", "stream")["status"], "pass");
    assert_eq!(hop(&pack, "direct-customer-key", "delivery")["status"], "unknown");
    assert_eq!(hop(&pack, "kinesis-source", "source")["status"], "unknown");
}

/// 500 streams over 150 plain customer keys: what a run may ask at most, all that surrounds them included.
#[test]
fn a_large_account_is_read_within_1800_calls() {
    use crate::aws::world::KeyMix;
    let plain = KeyMix { customer: 150, aws_managed: 0, foreign: 0, imported: 0, asymmetric: 0 };
    let aws = Aws::start(World::of_size(500, &plain));
    crate::program::keywitness(["collect"]).over(&aws).done();
    let calls = aws.requests().len();
    assert!(calls <= 1_800, "{calls} calls");
}
