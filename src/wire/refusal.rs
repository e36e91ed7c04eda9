//! How a service says no: the code and message of its answer, in whichever form it has them.

use super::{find, xml};
use crate::model::json;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;
use std::fmt;

/// An answer outside the 200s.
#[derive(Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    metadata: ErrorMetadata,
}

impl Refusal {
    /// The service's error code, such as `NoSuchBucket`; made of the status where the answer has none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.metadata.code().unwrap_or("Malformed")
    }

    /// The service's message, if it gave one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.metadata.message()
    }

    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Where a bucket is, when it is not where it was asked for.
    pub(super) fn bucket_region(&self) -> Option<&str> {
        let elsewhere = matches!(self.status, 301 | 307 | 400);
        self.header("x-amz-bucket-region").filter(|_| elsewhere)
    }

    pub(super) fn read(status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let (code, message) = of_json(body).or_else(|| of_xml(body)).unwrap_or_default();
        let named = find(&headers, "x-amzn-errortype").map(bare);
        let code = named.or(code).unwrap_or_else(|| of_status(status));
        let mut metadata = ErrorMetadata::builder().code(code);
        if let Some(message) = message {
            metadata = metadata.message(message);
        }
        Self { status, headers, metadata: metadata.build() }
    }
}

type CodeAndMessage = (Option<String>, Option<String>);

/// `__type` of AWS JSON, `code` of some REST services; the message under either of its spellings.
fn of_json(body: &[u8]) -> Option<CodeAndMessage> {
    let value = json::strict(body).ok().filter(Value::is_object)?;
    let text = |names: &[&str]| names.iter().find_map(|n| value[*n].as_str()).map(ToOwned::to_owned);
    Some((text(&["__type", "code", "Code"]).map(|c| bare(&c)), text(&["message", "Message", "errorMessage"])))
}

/// `<Error>` alone, as S3 has it, or within `<ErrorResponse>` or `<Response><Errors>`.
fn of_xml(body: &[u8]) -> Option<CodeAndMessage> {
    let value = xml::to_json(body).ok()?;
    let places = ["/Error", "/ErrorResponse/Error", "/Response/Errors/Error", "/InvalidChangeBatch"];
    let error = places.iter().find_map(|place| value.pointer(place))?;
    let text = |name: &str| error[name].as_str().map(ToOwned::to_owned);
    Some((text("Code").map(|c| bare(&c)), text("Message")))
}

/// `AccessDeniedException` of `com.amazonaws.kafka#AccessDeniedException:http://…`.
fn bare(code: &str) -> String {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim().to_owned()
}

/// What a status says by itself: answers to HEAD have no body.
fn of_status(status: u16) -> String {
    match status {
        301 => "PermanentRedirect".to_owned(),
        400 => "BadRequest".to_owned(),
        403 => "Forbidden".to_owned(),
        404 => "NotFound".to_owned(),
        405 => "MethodNotAllowed".to_owned(),
        409 => "Conflict".to_owned(),
        412 => "PreconditionFailed".to_owned(),
        429 => "TooManyRequestsException".to_owned(),
        503 => "SlowDown".to_owned(),
        other => format!("HTTP{other}"),
    }
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.metadata
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message().unwrap_or("no message"))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({}, {})", self.status, self.code())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, header: Option<&str>, body: &str) -> (String, Option<String>) {
        let headers = header.map(|h| ("x-amzn-errortype".to_owned(), h.to_owned())).into_iter().collect();
        let refusal = Refusal::read(status, headers, body.as_bytes());
        (refusal.code().to_owned(), refusal.message().map(ToOwned::to_owned))
    }

    fn said(code: &str, message: &str) -> (String, Option<String>) {
        (code.to_owned(), Some(message.to_owned()))
    }

    #[test]
    fn every_protocol_says_no_in_its_own_way() {
        let json = r#"{"__type":"com.amazonaws.kinesis#ResourceNotFoundException","message":"gone"}"#;
        assert_eq!(read(400, None, json), said("ResourceNotFoundException", "gone"));
        let rest = r#"{"message":"no such cluster"}"#;
        assert_eq!(read(404, Some("NotFoundException:http://x"), rest), said("NotFoundException", "no such cluster"));
        let query = "<ErrorResponse xmlns='x'><Error><Type>Sender</Type><Code>NoSuchEntity</Code>\
                     <Message>no role</Message></Error><RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(read(404, None, query), said("NoSuchEntity", "no role"));
        let s3 = "<Error><Code>NoSuchBucket</Code><Message>gone</Message><BucketName>b</BucketName></Error>";
        assert_eq!(read(404, None, s3), said("NoSuchBucket", "gone"));
    }

    #[test]
    fn an_answer_without_a_body_is_named_by_its_status() {
        assert_eq!(read(403, None, "").0, "Forbidden");
        assert_eq!(read(412, None, "").0, "PreconditionFailed");
        assert_eq!(read(418, None, "<html>").0, "HTTP418");
    }

    #[test]
    fn a_bucket_elsewhere_is_told_only_where_s3_says_so() {
        let headers = vec![("x-amz-bucket-region".to_owned(), "eu-west-1".to_owned())];
        assert_eq!(Refusal::read(301, headers.clone(), b"").bucket_region(), Some("eu-west-1"));
        assert_eq!(Refusal::read(403, headers, b"").bucket_region(), None);
    }
}
