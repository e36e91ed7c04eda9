//! The calls that go out without an SDK crate: what is sent, how it is signed, what comes back.

use crate::aws::rules::{Rule, on};
use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, Reply, Request as Seen, World};
use aws_sdk_kms::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::SdkConfig;
use keywitness::model::sha256::Sha256;
use keywitness::wire::{Refusal, Request, Response, Unheard, Wire, service};
use ring::hmac;
use serde_json::json;
use std::time::Duration;

const SECRET: &str = "wire/test/secret";

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

/// A configuration as `collect` would have it, with invented credentials.
async fn wire(aws: &Aws) -> Wire {
    let access = keywitness::wire::Access {
        profile: None,
        endpoint_url: Some(aws.url()),
        region: Some(IRELAND.to_owned()),
        max_attempts: 2,
    };
    let credentials = Credentials::new("AKIAEXAMPLE", SECRET, Some("a-session-token".to_owned()), None, "test");
    let config: SdkConfig = keywitness::wire::configure(&access)
        .await
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    Wire::new(&config)
}

fn send(aws: &Aws, request: Request) -> Result<Response, Refusal> {
    block(async {
        wire(aws).await.send(request, Unheard).await.map_err(|error| match error {
            SdkError::ServiceError(refused) => refused.into_err(),
            other => panic!("no answer: {other}"),
        })
    })
}

fn here() -> keywitness::model::Region {
    IRELAND.parse().expect("a Region")
}

fn scripted(rules: impl IntoIterator<Item = Rule>) -> Aws {
    Aws::scripted(World::empty(), rules)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// Signature version 4, worked out again from what was received, by the rules of AWS's documentation.
fn assert_signed(seen: &Seen) {
    let authorization = seen.header("authorization").expect("a signature");
    let part = |name: &str| {
        let rest = authorization.split(&format!("{name}=")).nth(1).expect("a part");
        rest.split([',', ' ']).next().expect("a value").to_owned()
    };
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    // Every service but S3 has the path encoded once more.
    let path = if seen.service == "s3" { path.to_owned() } else { path.replace('%', "%25") };
    let mut query: Vec<String> = query
        .split('&')
        .filter(|q| !q.is_empty())
        .map(|q| if q.contains('=') { q.into() } else { format!("{q}=") })
        .collect();
    query.sort();
    let names = part("SignedHeaders");
    let value = |n: &str| seen.header(n).unwrap_or_else(|| panic!("no header {n}")).to_owned();
    let headers = names.split(';').fold(String::new(), |text, n| text + &format!("{n}:{}\n", value(n)));
    let hash = hex(&Sha256::digest(&seen.raw));
    if seen.service == "s3" {
        assert_eq!(seen.header("x-amz-content-sha256"), Some(hash.as_str()));
    }
    let canonical = format!("{}\n{path}\n{}\n{headers}\n{names}\n{hash}", seen.method, query.join("&"));
    let credential = part("Credential");
    let scope: Vec<&str> = credential.split('/').collect();
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{}\n{}",
        seen.header("x-amz-date").expect("a date"),
        scope[1..].join("/"),
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let key = scope[1..].iter().fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    assert_eq!(part("Signature"), hex(&mac(&key, &to_sign)), "of {canonical}");
    assert_eq!(seen.header("x-amz-security-token"), Some("a-session-token"));
}

/// The one request that was made.
fn only(aws: &Aws) -> Seen {
    let seen = aws.requests();
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.into_iter().next().expect("one")
}

#[test]
fn aws_json_is_signed_and_answered() {
    let aws = scripted([on("kinesis:DescribeStreamSummary").answers(200, r#"{"StreamDescriptionSummary":{}}"#)]);
    let body = json!({ "StreamARN": format!("arn:aws:kinesis:{IRELAND}:{ACCOUNT}:stream/orders") });
    let protocol = ("1.1", "Kinesis_20131202");
    let answer = send(&aws, Request::json(&service::KINESIS, &here(), protocol, "DescribeStreamSummary", &body));
    assert_eq!(answer.unwrap().body, br#"{"StreamDescriptionSummary":{}}"#);
    let seen = only(&aws);
    assert_signed(&seen);
    assert_eq!((seen.region.as_str(), &seen.body), (IRELAND, &body));
    assert!(seen.header("user-agent").is_some_and(|a| a.contains("app/keywitness")), "{:?}", seen.header("user-agent"));
}

#[test]
fn a_form_goes_to_the_signing_region_of_a_global_service() {
    let aws = scripted([on("iam:GetRole").answers(200, "<GetRoleResponse/>")]);
    let fields = [("RoleName", "delivery/é".to_owned())];
    let answer = send(&aws, Request::form(&service::IAM, &here(), "2010-05-08", "GetRole", fields));
    assert_eq!(answer.unwrap().status, 200);
    let seen = only(&aws);
    assert_signed(&seen);
    assert_eq!((seen.region.as_str(), seen.text("RoleName")), ("us-east-1", Some("delivery/é")));
}

#[test]
fn an_arn_in_a_path_is_signed_twice_encoded() {
    let aws = scripted([on("kafka:DescribeClusterV2").answers(200, "{}")]);
    let arn = format!("arn:aws:kafka:{IRELAND}:{ACCOUNT}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-1");
    let path = ["api", "v2", "clusters", &arn];
    assert!(send(&aws, Request::rest(&service::KAFKA, &here(), "DescribeClusterV2", "GET", &path)).is_ok());
    let seen = only(&aws);
    assert_signed(&seen);
    assert_eq!(seen.text("ClusterArn"), Some(arn.as_str()));
}

#[test]
fn a_subresource_of_a_bucket_is_signed_as_s3_wants_it() {
    let aws = scripted([on("s3:GetBucketEncryption").answers(200, "<ServerSideEncryptionConfiguration/>")]);
    let request = Request::bucket(&here(), "GetBucketEncryption", "GET", "acme-landing").parameter("encryption");
    assert!(send(&aws, request).is_ok());
    assert_signed(&only(&aws));
}

#[test]
fn an_object_goes_out_with_its_headers_and_comes_back_with_its_bytes() {
    let bytes: Vec<u8> = (0..=255).collect();
    let put = on("s3:PutObject").answers_with(Reply::xml("").header("x-amz-version-id", "3HL4kqtJ"));
    let get = on("s3:GetObject").answers_with(Reply { body: bytes.clone(), ..Reply::xml("") });
    let aws = scripted([put, get]);
    let object =
        |operation, method| Request::bucket(&here(), operation, method, "acme-packs").object("2026/a b+c//d.zip");
    let locked = object("PutObject", "PUT")
        .header("x-amz-object-lock-mode", "COMPLIANCE")
        .header("if-none-match", "*")
        .body(bytes.clone())
        .patient(Duration::from_mins(5));
    assert_eq!(send(&aws, locked).unwrap().header("x-amz-version-id"), Some("3HL4kqtJ"));
    assert_eq!(send(&aws, object("GetObject", "GET").with("versionId", "3HL4/kqtJ")).unwrap().body, bytes);
    let seen = aws.requests();
    seen.iter().for_each(assert_signed);
    assert_eq!((seen[0].text("Key"), &seen[0].raw), (Some("2026/a b+c//d.zip"), &bytes));
    assert_eq!(seen[0].header("x-amz-object-lock-mode"), Some("COMPLIANCE"));
    assert_eq!(seen[1].text("versionId"), Some("3HL4/kqtJ"));
}

#[test]
fn a_refused_head_has_a_status_and_headers() {
    let gone = Reply { status: 404, ..Reply::xml("") }.header("x-amz-delete-marker", "true");
    let aws = scripted([on("s3:HeadObject").answers_with(gone)]);
    let refused =
        send(&aws, Request::bucket(&here(), "HeadObject", "HEAD", "acme-packs").object("pack.zip")).unwrap_err();
    assert_eq!((refused.status, refused.code()), (404, "NotFound"));
    assert_eq!(refused.header("x-amz-delete-marker"), Some("true"));
}

#[test]
fn a_bucket_of_another_region_is_asked_there_and_remembered() {
    let elsewhere = Reply {
        status: 301,
        ..Reply::xml("<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>")
    };
    let elsewhere = elsewhere.header("x-amz-bucket-region", "eu-central-1");
    let aws = scripted([on("s3:*").in_region(IRELAND).answers_with(elsewhere), on("s3:*").answers(200, "<A/>")]);
    block(async {
        let wire = wire(&aws).await;
        for _ in 0..2 {
            let request =
                Request::bucket(&here(), "GetBucketVersioning", "GET", "acme-landing").parameter("versioning");
            assert!(wire.send(request, Unheard).await.is_ok());
        }
    });
    let regions: Vec<String> = aws.requests().into_iter().map(|r| r.region).collect();
    assert_eq!(regions, [IRELAND, "eu-central-1", "eu-central-1"]);
}

#[test]
fn a_throttled_call_is_tried_again_and_a_denied_one_is_not() {
    let aws =
        scripted([on("logs:*").first(1).fails(400, "ThrottlingException", "slower"), on("logs:*").answers(200, "{}")]);
    let ask = |aws: &Aws| {
        let protocol = ("1.1", "Logs_20140328");
        send(aws, Request::json(&service::LOGS, &here(), protocol, "DescribeLogGroups", &json!({})))
    };
    assert!(ask(&aws).is_ok());
    assert_eq!(aws.requests().len(), 2);
    let aws = scripted([on("logs:DescribeLogGroups").denied()]);
    assert_eq!(ask(&aws).unwrap_err().code(), "AccessDeniedException");
    assert_eq!(aws.requests().len(), 1);
}
