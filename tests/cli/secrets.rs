//! Secrets that AWS answers with, planted one by one, are in no file and on no screen.

use crate::aws::rules::on;
use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::program::{Outcome, SECRET_KEY, holds, run};
use serde_json::json;

/// Where an answer can hold a secret, and the canary that stands there.
fn planted() -> (World, Vec<String>) {
    let mut world = World::of_one_stream();
    let mut canaries = Vec::new();
    let mut canary = |what: &str| {
        let text = format!("canary-{what}-{:04}", canaries.len() + 7001);
        canaries.push(text.clone());
        text
    };
    let splunk = json!({
        "HECEndpoint": format!("https://feed:{}@splunk.example:8088/{}?k={}",
            canary("hec-password"), canary("hec-path"), canary("hec-query")),
        "HECEndpointType": "Raw",
        "HECToken": canary("hec-token"),
        "ProcessingConfiguration": { "Enabled": true, "Processors": [{
            "Type": "Lambda",
            "Parameters": [{ "ParameterName": "FutureSecret", "ParameterValue": canary("parameter") }],
        }]},
        "FieldThatNobodyKnows": { "deep": [canary("unknown-field")] },
    });
    world.add_stream(IRELAND, "splunk").destination("SplunkDestinationDescription", &splunk);
    let http = json!({
        "EndpointConfiguration": {
            "Url": format!("https://in:{}@intake.example/v1/{}?token={}",
                canary("http-password"), canary("http-path"), canary("http-query")),
            "Name": "intake",
            "AccessKey": canary("http-access-key"),
        },
        "RequestConfiguration": {
            "ContentEncoding": "GZIP",
            "CommonAttributes": [{ "AttributeName": "x-auth", "AttributeValue": canary("common-attribute") }],
        },
    });
    world.add_stream(IRELAND, "http").destination("HttpEndpointDestinationDescription", &http);
    let redshift = json!({
        "ClusterJDBCURL": "jdbc:redshift://warehouse.example:5439/orders",
        "CopyCommand": {
            "DataTableName": "orders",
            "CopyOptions": format!("CREDENTIALS 'aws_secret_access_key={}'", canary("copy-options")),
        },
        "Username": canary("redshift-user"),
        "Password": canary("redshift-password"),
    });
    world.add_stream(IRELAND, "redshift").destination("RedshiftDestinationDescription", &redshift);
    let snowflake = json!({
        "AccountUrl": "https://acme.snowflakecomputing.example",
        "User": canary("snowflake-user"),
        "PrivateKey": canary("snowflake-private-key"),
        "KeyPassphrase": canary("snowflake-passphrase"),
        "Database": "orders", "Schema": "public", "Table": "raw",
    });
    world.add_stream(IRELAND, "snowflake").destination("SnowflakeDestinationDescription", &snowflake);

    world.add_event(IRELAND, "CreateDeliveryStream", 1.0, "splunk");
    let event = world.place(IRELAND).events.last_mut().expect("just added");
    let text = event["CloudTrailEvent"].as_str().expect("a string").to_owned();
    let mut record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    record["requestParameters"] = json!({
        "deliveryStreamName": "splunk",
        "splunkDestinationConfiguration": { "hECToken": canary("event-hec-token") },
        "httpEndpointDestinationConfiguration": { "endpointConfiguration": { "accessKey": canary("event-access-key") } },
    });
    record["userIdentity"]["accessKeyId"] = json!(canary("event-access-key-id"));
    record["userIdentity"]["sessionContext"] = json!({ "sessionIssuer": { "userName": canary("session-context") } });
    record["responseElements"] = json!({ "credentials": { "sessionToken": canary("session-token") } });
    event["CloudTrailEvent"] = json!(record.to_string());
    event["AccessKeyId"] = json!(canary("access-key-id"));
    (world, canaries)
}

#[track_caller]
fn nowhere(outcome: &Outcome, canaries: &[String]) {
    let pack = outcome.pack();
    for file in pack.files() {
        let bytes = std::fs::read(pack.path.join(&file)).expect("a file of the pack");
        for canary in canaries {
            assert!(!holds(&bytes, canary), "{canary} is in {file}");
        }
    }
    for canary in canaries {
        assert!(!outcome.stdout.contains(canary), "{canary} is on stdout");
        assert!(!outcome.stderr.contains(canary), "{canary} is on stderr");
    }
}

#[test]
fn no_secret_of_an_answer_reaches_a_file_or_the_screen() {
    let (world, mut canaries) = planted();
    canaries.push(SECRET_KEY.to_owned());
    let aws = Aws::start(world);
    let outcome = run(&aws).done();
    nowhere(&outcome, &canaries);
    let pack = outcome.pack();
    let splunk = pack.records_of("firehose:DescribeDeliveryStream");
    let splunk = splunk.iter().find(|r| r.parameter("DeliveryStreamName") == Some("splunk")).expect("its record");
    assert!(splunk.withheld.iter().any(|p| p.ends_with("/HECToken")), "{:?}", splunk.withheld);
    assert_eq!(splunk.body["DeliveryStreamDescription"]["DeliveryStreamName"], "splunk", "the rest is kept");
}

#[test]
fn no_logging_variable_brings_them_out() {
    let (world, canaries) = planted();
    let aws = Aws::start(world);
    let outcome = run(&aws).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").done();
    nowhere(&outcome, &canaries);
}

#[test]
fn the_message_of_an_error_is_not_trusted_either() {
    let canary = "AKIAIOSFODNN7CANARY9".to_owned();
    let message = format!("the credentials {canary} are not good enough");
    let rule = on("firehose:ListTagsForDeliveryStream").fails(400, "InvalidArgumentException", &message);
    let aws = Aws::scripted(World::of_one_stream(), [rule]);
    let outcome = run(&aws).done().expect(3);
    nowhere(&outcome, &[canary]);
}

#[test]
fn strings_in_the_form_of_keys_are_withheld_wherever_they_stand() {
    let mut world = World::of_one_stream();
    let canary = "AKIAIOSFODNN7CANARY1";
    world.stream(IRELAND, "orders").tags.insert("note".to_owned(), format!("old key {canary}"));
    let aws = Aws::start(world);
    let outcome = run(&aws).done();
    nowhere(&outcome, &[canary.to_owned()]);
}
