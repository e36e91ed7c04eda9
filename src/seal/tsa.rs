//! One HTTP POST to a time stamp authority (RFC 3161, 3.4), by the HTTP client that the SDK brings.
//!
//! Plain `http` is common among authorities and no weakness: the answer is signed, and it must repeat our nonce and
//! our digest. No redirect is followed, and no more is read than an answer can have.

use super::SealError;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use std::time::Duration;

/// How long an authority may take for all of its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An address at which time stamps are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    url: String,
}

impl std::str::FromStr for Authority {
    type Err = SealError;

    fn from_str(url: &str) -> Result<Self, SealError> {
        let refused = |why| SealError::Url { url: url.to_owned(), why };
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let rest = rest.ok_or_else(|| refused("it does not begin with http:// or https://"))?;
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        if host.contains('@') {
            return Err(refused("a name and password in it would be written into the pack with the command"));
        }
        if host.is_empty() || !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains('#') {
            return Err(refused("it is not an address"));
        }
        Ok(Self { url: url.to_owned() })
    }
}

impl Authority {
    /// Hands over a request and gives the answer, unchecked, of at most `most` bytes.
    ///
    /// # Errors
    /// Why there is no answer, as a sentence that names the address.
    pub fn ask(&self, query: &[u8], most: u64) -> Result<Vec<u8>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| format!("cannot start calling out: {e}"))?;
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.post(query, most)).await });
        let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())));
        answer.map_err(|why| format!("{}: {why}", self.url))
    }

    async fn post(&self, query: &[u8], most: u64) -> Result<Vec<u8>, String> {
        let settings =
            HttpConnectorSettings::builder().connect_timeout(Duration::from_secs(10)).read_timeout(PATIENCE).build();
        let builder = Connector::builder().connector_settings(settings);
        let connector = builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build();
        let mut request = HttpRequest::new(SdkBody::from(query));
        request.set_method("POST").map_err(|e| e.to_string())?;
        request.set_uri(self.url.as_str()).map_err(|e| e.to_string())?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/timestamp-query");
        headers.insert("accept", "application/timestamp-reply");
        headers.insert("content-length", query.len().to_string());
        headers.insert("user-agent", concat!("keywitness/", env!("CARGO_PKG_VERSION")));
        let response = connector.call(request).await.map_err(|e| because(&e))?;
        if response.status().as_u16() != 200 {
            return Err(format!("it answered with HTTP status {}", response.status().as_u16()));
        }
        let kind = response.headers().get("content-type").unwrap_or_default().to_ascii_lowercase();
        if !kind.starts_with("application/timestamp-reply") {
            return Err("it answered with something else than a time stamp reply".to_owned());
        }
        let mut body = ByteStream::new(response.into_body());
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part.map_err(|e| because(&e))?);
            if bytes.len() as u64 > most {
                return Err(format!("its answer has more than {most} bytes"));
            }
        }
        Ok(bytes)
    }
}

/// An error with its causes: the first word alone is "dispatch failure".
fn because(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_and_holds_no_password() {
        for fine in ["http://127.0.0.1:8080/tsr", "https://tsa.example.com"] {
            assert_eq!(fine.parse::<Authority>().unwrap().url, fine);
        }
        for odd in ["", "tsa.example.com", "ftp://x", "http://", "http://a:b@x/", "http://x y", "file:///etc/passwd"] {
            assert!(odd.parse::<Authority>().is_err(), "{odd}");
        }
    }

    #[test]
    fn nobody_there_is_a_reason_and_no_panic() {
        // Port 9 of loopback: nothing listens there.
        let why = "http://127.0.0.1:9/".parse::<Authority>().unwrap().ask(b"x", 100).unwrap_err();
        assert!(why.starts_with("http://127.0.0.1:9/: "), "{why}");
    }
}
