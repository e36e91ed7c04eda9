//! Secrets that AWS answers with, planted one by one, are in no file and on no screen.

use crate::aws::rules::on;
use crate::aws::surroundings::{encryption, role};
use crate::aws::world::{ACCOUNT, IRELAND};
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
    around(&mut world, &mut canary);
    (world, canaries)
}

/// What surrounds the streams is told with members of its own that people write, and passwords among them.
fn around(world: &mut World, canary: &mut impl FnMut(&str) -> String) {
    let key = world.add_key(IRELAND, "around");
    let cluster = format!("arn:aws:kafka:{IRELAND}:{ACCOUNT}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-1");
    let source = json!({ "MSKSourceDescription": { "MSKClusterARN": cluster, "TopicName": "orders" } });
    world.add_stream(IRELAND, "msk").source("MSKAsSource", source);
    world.add_redshift_stream(IRELAND, "warehouse", "orders", "acme-warehouse");
    world.add_stream(IRELAND, "granted").encrypt(&key);
    let context = json!({ "EncryptionContextSubset": { "tenant": canary("grant-context") } });
    world
        .key(&key)
        .grants
        .push(json!({ "GrantId": "g", "KeyId": key, "Operations": ["Decrypt"], "Constraints": context }));
    let near = &mut world.place(IRELAND).surroundings;
    near.msk.insert(
        cluster.clone(),
        json!({ "clusterArn": cluster, "clusterType": "PROVISIONED", "provisioned": {
            "encryptionInfo": { "encryptionAtRest": { "dataVolumeKMSKeyId": key },
                                "encryptionInTransit": { "clientBroker": "TLS", "inCluster": true } },
            "clientAuthentication": { "tls": { "certificateAuthorityArnList": [canary("msk-authority")] } },
            "zookeeperConnectString": canary("zookeeper"),
        } }),
    );
    let pending = format!("<MasterUserPassword>{}</MasterUserPassword>", canary("master-password"));
    near.redshift.get_mut("orders").expect("just added").push(("PendingModifiedValues", pending));
    near.alarms.push(json!({
        "AlarmName": "changes", "AlarmDescription": canary("alarm-description"), "ActionsEnabled": true,
        "StateReason": canary("alarm-reason"), "Dimensions": [], "AlarmActions": [], "StateValue": "OK",
    }));
    let pattern = json!({ "source": ["aws.kms"] }).to_string();
    let header = json!({ "HeaderParameters": { "authorization": canary("target-header") } });
    near.rules.push((
        json!({ "Name": "keys", "State": "ENABLED", "EventPattern": pattern, "Description": canary("rule-description") }),
        vec![
            json!({ "Id": "1", "Arn": "arn:aws:events:x", "Input": canary("target-input"), "HttpParameters": header }),
            json!({ "Id": "2", "Arn": format!("arn:aws:sns:{IRELAND}:{ACCOUNT}:alerts") }),
        ],
    ));
    let told = ["https", "PendingConfirmation", &canary("subscription-endpoint")].map(ToOwned::to_owned);
    near.topics.insert(format!("arn:aws:sns:{IRELAND}:{ACCOUNT}:alerts"), vec![told]);
    near.event_data_stores.push(json!({
        "EventDataStoreArn": format!("arn:aws:cloudtrail:{IRELAND}:{ACCOUNT}:eventdatastore/lake"), "Name": "lake",
        "Status": "ENABLED", "MultiRegionEnabled": true, "OrganizationEnabled": false, "RetentionPeriod": 90,
        "TerminationProtectionEnabled": true, "AdvancedEventSelectors": [],
        "PartitionKeys": [{ "Name": canary("partition-key") }],
    }));
    let tags = format!("<Tags><member><Key>k</Key><Value>{}</Value></member></Tags>", canary("role-tag"));
    let role = role("tagged", &json!({ "Statement": [] }), &[]).replace("<Tags/>", &tags);
    world.once.identities.push(("RoleDetailList", role));
    let answer = encryption("AES256", None)
        .replace("</Rule>", &format!("<Comment>{}</Comment></Rule>", canary("bucket-comment")));
    world.once.buckets.insert(("acme-landing".to_owned(), "GetBucketEncryption"), Ok(answer));
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
    assert_eq!(splunk.body.value()["DeliveryStreamDescription"]["DeliveryStreamName"], "splunk", "the rest is kept");
    for call in [
        "kafka:DescribeClusterV2",
        "redshift:DescribeClusters",
        "events:ListTargetsByRule",
        "sns:ListSubscriptionsByTopic",
        "kms:ListGrants",
    ] {
        let records = pack.records_of(call);
        assert!(records.iter().any(|r| !r.withheld.is_empty()), "{call} was asked, and something was withheld");
    }
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
    let aws = Aws::scripted(World::of_one_stream().without_bulk_tags(), [rule]);
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

/// Texts that look like credentials, in every field where somebody may have put one.
#[test]
fn what_looks_like_a_credential_is_withheld_in_every_free_field() {
    let looks = [
        "AKIAIOSFODNN7CANARY2",
        "ASIAIOSFODNN7CANARY3",
        "-----BEGIN RSA PRIVATE KEY-----\ncanarycanarycanarycanary\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOiJjYW5hcnkifQ.canarycanarycanary",
        "cAnary0123456789cAnary0123456789cAnary01",
    ];
    let mut world = World::of_one_stream();
    for (n, text) in looks.iter().enumerate() {
        let key = world.add_key(IRELAND, &format!("key-{n}"));
        world.key(&key).metadata["Description"] = json!(format!("made with {text} by hand"));
        world.key(&key).tags.insert("note".to_owned(), (*text).to_owned());
        let stream = world.add_stream(IRELAND, &format!("stream-{n}"));
        stream.encrypt(&key);
        stream.tags.insert("note".to_owned(), format!("was {text}"));
        stream.description["DeliveryStreamEncryptionConfiguration"]["FailureDescription"] =
            json!({ "Type": "UNKNOWN_ERROR", "Details": format!("refused {text}") });
        world.add_event(IRELAND, "CreateDeliveryStream", 1.0, &format!("stream-{n}"));
        let event = world.place(IRELAND).events.last_mut().expect("just added");
        let text_of_event = event["CloudTrailEvent"].as_str().expect("a string").to_owned();
        let mut record: serde_json::Value = serde_json::from_str(&text_of_event).expect("JSON");
        record["userAgent"] = json!(format!("tool {text}"));
        record["errorMessage"] = json!(format!("not with {text}"));
        event["CloudTrailEvent"] = json!(record.to_string());
    }
    let aws = Aws::start(world);
    let outcome = run(&aws).done();
    let mut canaries: Vec<String> = looks.iter().map(|t| (*t).to_owned()).collect();
    canaries.push("canarycanarycanarycanary".to_owned());
    nowhere(&outcome, &canaries);
}

#[test]
fn what_a_killed_run_leaves_behind_holds_no_secret() {
    let (world, mut canaries) = planted();
    canaries.push(SECRET_KEY.to_owned());
    let aws = Aws::start(world);
    let outcome = run(&aws).env("KEYWITNESS_TEST_KILL", "publish:1").dies();
    let mut seen = 0;
    crate::program::walk(&outcome.work, &mut |path| {
        seen += 1;
        let bytes = std::fs::read(path).expect("a file");
        for canary in &canaries {
            assert!(!holds(&bytes, canary), "{canary} is in {}", path.display());
        }
    });
    assert!(seen > 30, "journal and pack: {seen} files");
}

#[test]
fn withheld_values_are_counted_where_people_read() {
    let (world, _) = planted();
    let aws = Aws::start(world);
    let outcome = run(&aws).done();
    let pack = outcome.pack();
    let withheld: usize = pack.records().iter().map(|r| r.withheld.len()).sum();
    assert!(withheld >= 15, "{withheld}");
    let about: serde_json::Value = serde_json::from_str(&pack.text("pack.json")).expect("JSON");
    assert_eq!(about["redaction"]["withheld"], withheld);
    assert!(pack.text("data/report.html").contains(&format!("{withheld} values that are secret")));
}

#[test]
fn a_panic_says_where_and_nothing_of_what_was_read() {
    let aws = Aws::start(World::of_one_stream());
    let outcome =
        run(&aws).env("KEYWITNESS_TEST_KILL", "read-back:panic").env("RUST_BACKTRACE", "full").done().expect(2);
    assert!(outcome.stderr.contains("has a fault of its own at"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("canary-of-a-panic"), "{}", outcome.stderr);
}

/// Whatever limit the shell has, a crash writes no memory to the disk.
#[cfg(target_os = "linux")]
#[test]
fn there_is_no_core_dump() {
    let aws =
        Aws::scripted(World::of_one_stream(), [on("sts:GetCallerIdentity").waits(std::time::Duration::from_secs(3))]);
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_keywitness"))
        .args(["run", "--region", IRELAND, "--endpoint-url", &aws.url(), "--output"])
        .arg(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", "AKIACANARYCANARY0001")
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program that cargo built");
    let mut limits = String::new();
    for _ in 0..200 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("its limits");
        if !aws.requests().is_empty() {
            break;
        }
    }
    child.kill().expect("our own child");
    child.wait().expect("our own child");
    let core = limits.lines().find(|l| l.starts_with("Max core file size")).expect("the limit");
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(&words[4..6], ["0", "0"], "{core}");
}
