//! What a request asks, taken from where AWS takes it: service and Region from the signature's scope, the operation
//! from the target header, the form's action, or method and path.

use super::{Request, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

pub(super) fn understand(head: &str, raw: Vec<u8>) -> Option<Request> {
    let scope = header(head, "authorization").and_then(|a| a.split("Credential=").nth(1)).unwrap_or("");
    let scope: Vec<&str> = scope.split([',', ' ']).next().unwrap_or("").split('/').collect();
    let part = |n: usize| scope.get(n).copied().unwrap_or("").to_owned();
    let mut first = head.lines().next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let signed_for = part(3);
    let service = match signed_for.as_str() {
        "monitoring" => "cloudwatch",
        "tagging" => "tag",
        "" => "sts",
        name => name,
    };
    let (operation, body) = match service {
        "s3" => of_bucket(&method, &target)?,
        _ if header(head, "x-amz-target").is_some() => {
            let operation = header(head, "x-amz-target")?.rsplit_once('.')?.1.to_owned();
            let body = if raw.is_empty() { json!({}) } else { serde_json::from_slice(&raw).ok()? };
            (operation, body)
        }
        "es" => {
            let name = target.strip_prefix("/2021-01-01/opensearch/domain/").filter(|_| method == "GET")?;
            ("DescribeDomain".to_owned(), json!({ "DomainName": decoded(name) }))
        }
        "kafka" => {
            let arn = target.strip_prefix("/api/v2/clusters/").filter(|_| method == "GET")?;
            ("DescribeClusterV2".to_owned(), json!({ "ClusterArn": decoded(arn) }))
        }
        _ => {
            let body = fields(std::str::from_utf8(&raw).ok()?);
            (body.get("Action")?.as_str()?.to_owned(), body)
        }
    };
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    Some(Request {
        service: service.to_owned(),
        operation,
        region: part(2),
        body,
        access_key: part(0),
        method,
        target,
        headers: headers.map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned())).collect(),
        raw,
    })
}

/// S3, path style: the bucket, the key, and which subresource.
fn of_bucket(method: &str, target: &str) -> Option<(String, Value)> {
    const SUBRESOURCES: [(&str, &str); 8] = [
        ("encryption", "GetBucketEncryption"),
        ("publicAccessBlock", "GetPublicAccessBlock"),
        ("policyStatus", "GetBucketPolicyStatus"),
        ("versioning", "GetBucketVersioning"),
        ("object-lock", "GetObjectLockConfiguration"),
        ("lifecycle", "GetBucketLifecycleConfiguration"),
        ("location", "GetBucketLocation"),
        ("retention", "GetObjectRetention"),
    ];
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.strip_prefix('/')?;
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let mut body = fields(query);
    let named = SUBRESOURCES.iter().find(|(name, _)| body.get(*name).is_some());
    let operation = match (named, method, key.is_empty()) {
        (Some((_, operation)), "GET", _) => operation,
        (None, "GET", true) if body.get("list-type").is_some() => "ListObjectsV2",
        (None, "PUT", false) => "PutObject",
        (None, "GET", false) => "GetObject",
        (None, "HEAD", false) => "HeadObject",
        (None, "HEAD", true) => "HeadBucket",
        _ => return None,
    };
    body["Bucket"] = decoded(bucket).into();
    if !key.is_empty() {
        body["Key"] = decoded(key).into();
    }
    Some((operation.to_owned(), body))
}

fn fields(form: &str) -> Value {
    let pairs = form.split('&').filter(|f| !f.is_empty()).map(|f| f.split_once('=').unwrap_or((f, "")));
    Value::Object(pairs.map(|(k, v)| (decoded(k), Value::from(decoded(v)))).collect::<Map<_, _>>())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
