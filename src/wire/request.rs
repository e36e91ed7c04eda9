//! Requests in the four protocols that AWS's services speak.

use super::service::{S3, Service};
use crate::model::Region;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;

/// All but the unreserved characters of RFC 3986: what a signature's canonical form has.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for the key of an object, whose slashes stay.
const KEY: &AsciiSet = &RESERVED.remove(b'/');

/// One request, before it has an address and a signature.
#[derive(Clone)]
pub struct Request {
    /// Who is asked.
    pub service: &'static Service,
    /// The Region that is asked; for a partition-wide service, any of the partition.
    pub region: Region,
    /// The operation's name, as AWS writes it.
    pub operation: &'static str,
    pub(super) bucket: Option<String>,
    pub(super) patience: Option<Duration>,
    method: &'static str,
    /// Encoded, with a slash in front; without the bucket.
    path: String,
    query: Vec<(String, Option<String>)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither headers nor body: what they hold is not for a log.
        f.debug_struct("Request")
            .field("service", &self.service.id)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

/// A text as a part of a path or query.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

impl Request {
    fn new(service: &'static Service, region: &Region, operation: &'static str, method: &'static str) -> Self {
        Self {
            service,
            region: region.clone(),
            operation,
            bucket: None,
            patience: None,
            method,
            path: "/".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// AWS JSON: `version` is `1.0` or `1.1`, `target` what stands before the operation in `X-Amz-Target`.
    #[must_use]
    pub fn json(
        service: &'static Service,
        region: &Region,
        (version, target): (&str, &str),
        operation: &'static str,
        body: &Value,
    ) -> Self {
        let mut request = Self::new(service, region, operation, "POST");
        request.body = body.to_string().into_bytes();
        request
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{target}.{operation}"))
    }

    /// The query protocol: a form of the action, the version of the API and its parameters, answered in XML.
    #[must_use]
    pub fn form<'a>(
        service: &'static Service,
        region: &Region,
        version: &str,
        operation: &'static str,
        parameters: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Self {
        let mut request = Self::new(service, region, operation, "POST");
        let mut form = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            form.push_str(&format!("&{}={}", encode(name), encode(&value)));
        }
        request.body = form.into_bytes();
        request.header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
    }

    /// REST: the parts of the path are encoded here, so an ARN may be one.
    #[must_use]
    pub fn rest(
        service: &'static Service,
        region: &Region,
        operation: &'static str,
        method: &'static str,
        path: &[&str],
    ) -> Self {
        let mut request = Self::new(service, region, operation, method);
        request.path = path.iter().flat_map(|part| ["/".to_owned(), encode(part)]).collect();
        request
    }

    /// S3, of a bucket: add `.parameter("encryption")` for a subresource, or `.object(key)`.
    #[must_use]
    pub fn bucket(region: &Region, operation: &'static str, method: &'static str, bucket: &str) -> Self {
        let mut request = Self::new(&S3, region, operation, method);
        request.bucket = Some(bucket.to_owned());
        request
    }

    /// The object of that key; its slashes are part of the path.
    #[must_use]
    pub fn object(mut self, key: &str) -> Self {
        self.path = format!("/{}", utf8_percent_encode(key, KEY));
        self
    }

    /// A parameter of the query without a value.
    #[must_use]
    pub fn parameter(mut self, name: &str) -> Self {
        self.query.push((name.to_owned(), None));
        self
    }

    /// A parameter of the query.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), Some(value.into())));
        self
    }

    /// A header, which the signature covers.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body.
    #[must_use]
    pub fn body(mut self, bytes: Vec<u8>) -> Self {
        self.body = bytes;
        self
    }

    /// How long one attempt may take: for bodies larger than an answer of an API.
    #[must_use]
    pub fn patient(mut self, time: Duration) -> Self {
        self.patience = Some(time);
        self
    }

    /// As HTTP; its address comes later.
    pub(super) fn to_http(&self, path_style: bool) -> Result<HttpRequest, BoxError> {
        let bucket = self.bucket.as_ref().filter(|_| path_style).map(|b| format!("/{}", encode(b))).unwrap_or_default();
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{}={}", encode(name), encode(value)),
                None => encode(name),
            })
            .collect();
        let path = if !bucket.is_empty() && self.path == "/" { "" } else { self.path.as_str() };
        let mut uri = format!("{bucket}{path}");
        if !query.is_empty() {
            uri = format!("{uri}?{}", query.join("&"));
        }
        let mut request = HttpRequest::new(SdkBody::from(self.body.clone()));
        request.set_method(self.method)?;
        request.set_uri(uri)?;
        for (name, value) in &self.headers {
            request.headers_mut().try_insert(name.clone(), value.clone())?;
        }
        if !self.body.is_empty() || matches!(self.method, "POST" | "PUT") {
            request.headers_mut().try_insert("content-length", self.body.len().to_string())?;
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::super::service::{IAM, KAFKA, KINESIS};
    use super::*;
    use serde_json::json;

    fn here() -> Region {
        "eu-west-1".parse().unwrap()
    }

    fn text(request: &HttpRequest) -> &str {
        std::str::from_utf8(request.body().bytes().unwrap()).unwrap()
    }

    #[test]
    fn aws_json_names_its_operation_in_a_header() {
        let body = json!({ "StreamName": "orders" });
        let request = Request::json(&KINESIS, &here(), ("1.1", "Kinesis_20131202"), "DescribeStreamSummary", &body);
        let http = request.to_http(true).unwrap();
        assert_eq!(http.headers().get("x-amz-target"), Some("Kinesis_20131202.DescribeStreamSummary"));
        assert_eq!((http.uri(), text(&http)), ("/", r#"{"StreamName":"orders"}"#));
    }

    #[test]
    fn a_form_is_encoded() {
        let fields = [("RoleName", "a b&c=d/é".to_owned())];
        let http = Request::form(&IAM, &here(), "2010-05-08", "GetRole", fields).to_http(true).unwrap();
        assert_eq!(text(&http), "Action=GetRole&Version=2010-05-08&RoleName=a%20b%26c%3Dd%2F%C3%A9");
    }

    #[test]
    fn an_arn_is_one_part_of_a_path() {
        let arn = "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/1";
        let request = Request::rest(&KAFKA, &here(), "DescribeClusterV2", "GET", &["api", "v2", "clusters", arn]);
        let expected = "/api/v2/clusters/arn%3Aaws%3Akafka%3Aeu-west-1%3A111122223333%3Acluster%2Forders%2F1";
        assert_eq!(request.to_http(true).unwrap().uri(), expected);
    }

    #[test]
    fn a_bucket_stands_in_the_path_or_in_the_host() {
        let request = Request::bucket(&here(), "GetBucketEncryption", "GET", "acme").parameter("encryption");
        assert_eq!(request.to_http(true).unwrap().uri(), "/acme?encryption");
        assert_eq!(request.to_http(false).unwrap().uri(), "/?encryption");
        let object = Request::bucket(&here(), "GetObject", "GET", "acme").object("a b/c+d").with("versionId", "x/1");
        assert_eq!(object.to_http(true).unwrap().uri(), "/acme/a%20b/c%2Bd?versionId=x%2F1");
        assert_eq!(object.to_http(false).unwrap().uri(), "/a%20b/c%2Bd?versionId=x%2F1");
    }

    #[test]
    fn neither_body_nor_headers_are_printed() {
        let request = Request::bucket(&here(), "PutObject", "PUT", "acme").header("x-secret", "CANARY");
        assert!(!format!("{:?}", request.body(b"CANARY".to_vec())).contains("CANARY"));
    }
}
