//! A trail's bucket: its objects listed and fetched, with the metadata that holds a digest's signature.
//!
//! A trail has more objects than a run has calls, so a fetch is no record of its own. What is written down of each object
//! is its key, `ETag`, version and SHA-256, in the records of files; nothing of a log file itself gets onto the disk here:
//! whoever reads it takes out what is evidence, by the allow list.

use super::tap::Tap;
use super::{Plan, allow, clients};
use crate::model::Region;
use crate::model::run::{Endpoint, is_aws};
use crate::wire::{self, Request, Wire, xml};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use futures_util::StreamExt as _;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many objects are under way at once. S3 takes 5,500 reads a second of one prefix; a trail's reader is not alone.
const FLIGHTS: usize = 16;
/// One attempt to fetch an object may take so long.
const PATIENCE: Duration = Duration::from_secs(90);
/// A listing has at most so many pages: ten million objects.
const MAX_PAGES: u32 = 10_000;

/// A bucket that is read.
pub struct Bucket {
    wire: Wire,
    region: Region,
    name: String,
    heard: Mutex<BTreeSet<String>>,
    stop: AtomicBool,
}

/// An object as it was fetched.
pub struct Object {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its own metadata (`x-amz-meta-…`), by name.
    pub metadata: BTreeMap<String, String>,
    /// Its entity tag, where it has the form of one.
    pub etag: Option<String>,
    /// Its version, where the bucket keeps versions.
    pub version: Option<String>,
}

/// Why there is no object.
#[derive(Clone, Debug)]
pub struct Absent {
    /// S3 says that there is none.
    pub nothing: bool,
    /// In words.
    pub why: String,
}

/// What a listing gave.
#[derive(Debug, Default)]
pub struct Listed {
    /// Keys of objects, and how large each is.
    pub objects: Vec<(String, u64)>,
    /// What stands before the next slash, where that was asked for.
    pub folders: Vec<String>,
}

/// What a listing is to give.
pub enum Wanted<'a> {
    /// The folders directly below the prefix.
    Folders,
    /// The objects behind a key, up to a last one.
    Objects {
        /// Nothing up to this key, itself included.
        after: &'a str,
        /// Nothing behind this key.
        last: &'a str,
    },
}

impl Bucket {
    /// The bucket of that name, read as the plan says; S3 tells its Region, where it is another.
    pub async fn open(plan: &Plan, region: &Region, name: &str) -> Self {
        Self {
            wire: Wire::new(&clients::configure(plan).await),
            region: region.clone(),
            name: name.to_owned(),
            heard: Mutex::default(),
            stop: AtomicBool::new(false),
        }
    }

    /// Nothing more is fetched; what is under way comes to its end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What lies below a prefix.
    ///
    /// # Errors
    /// In words, when a page could not be had: then nobody knows what is missing.
    pub async fn list(&self, prefix: &str, wanted: &Wanted<'_>) -> Result<Listed, String> {
        let mut listed = Listed::default();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut request = Request::bucket(&self.region, "ListObjectsV2", "GET", &self.name)
                .with("list-type", "2")
                .with("prefix", prefix)
                // A key may hold what XML cannot.
                .with("encoding-type", "url");
            match wanted {
                Wanted::Folders => request = request.with("delimiter", "/"),
                Wanted::Objects { after, .. } => request = request.with("start-after", *after),
            }
            if let Some(token) = &token {
                request = request.with("continuation-token", token.as_str());
            }
            let answer = self.send(request).await.map_err(|absent| absent.why)?;
            let page = xml::to_json(&answer.body)?;
            let page = page.get("ListBucketResult").ok_or("the answer is no listing")?;
            let plain = |text: &str| match page["EncodingType"].as_str() {
                Some("url") => percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned(),
                _ => text.to_owned(),
            };
            let mut past = false;
            for item in items(&page["Contents"]) {
                let key = plain(item["Key"].as_str().ok_or("the listing has an object without a key")?);
                if matches!(wanted, Wanted::Objects { last, .. } if key.as_str() > *last) {
                    past = true;
                    break;
                }
                let size = item["Size"].as_str().and_then(|size| size.parse().ok());
                let size = size.ok_or_else(|| format!("the listing does not say how large {key} is"))?;
                listed.objects.push((key, size));
            }
            for item in items(&page["CommonPrefixes"]) {
                listed.folders.push(plain(item["Prefix"].as_str().ok_or("the listing has a folder without a name")?));
            }
            match page["IsTruncated"].as_str() {
                _ if past => return Ok(listed),
                Some("false") => return Ok(listed),
                Some("true") => {}
                _ => return Err("the listing does not say whether it is at its end".to_owned()),
            }
            match page["NextContinuationToken"].as_str() {
                Some(next) if token.as_deref() != Some(next) => token = Some(next.to_owned()),
                _ => return Err("the listing promises more and does not go on".to_owned()),
            }
        }
        Err("the listing has no end".to_owned())
    }

    /// Fetches objects, several at once; each with its key.
    pub async fn get(&self, keys: &[String]) -> BTreeMap<String, Result<Object, Absent>> {
        let one = |key: String| async move {
            if self.stopped() {
                return (key, Err(Absent { nothing: false, why: "not fetched: the run was stopped".to_owned() }));
            }
            let request = Request::bucket(&self.region, "GetObject", "GET", &self.name).object(&key).patient(PATIENCE);
            let object = self.send(request).await.map(|answer| Object {
                metadata: answer
                    .headers
                    .iter()
                    .filter_map(|(name, value)| Some((name.strip_prefix("x-amz-meta-")?.to_owned(), value.clone())))
                    .collect(),
                etag: answer.header("etag").and_then(|tag| token(tag.trim_matches('"'))),
                version: answer.header("x-amz-version-id").and_then(token),
                bytes: answer.body,
            });
            (key, object)
        };
        futures_util::stream::iter(keys.iter().cloned().map(one)).buffer_unordered(FLIGHTS).collect().await
    }

    /// Where the calls went.
    #[must_use]
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = |url: &String| Endpoint {
            service: "s3".into(),
            region: self.region.clone(),
            url: url.clone(),
            aws: is_aws(url),
        };
        heard.iter().map(endpoint).collect()
    }

    async fn send(&self, request: Request) -> Result<wire::Response, Absent> {
        let tap = Tap::default();
        let outcome = self.wire.send(request, tap.clone()).await;
        if let Some(url) = tap.take().endpoint {
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(url);
        }
        outcome.map_err(|error| absent(&error))
    }
}

/// One element or several: XML does not tell.
fn items(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(list) => Box::new(list.iter()),
        Value::Null => Box::new(std::iter::empty()),
        // Text in the place of an element has no key, which is said where one is looked for.
        one => Box::new(std::iter::once(one)),
    }
}

/// What a tag or a version is made of; anything else in its place is not written down.
fn token(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (!text.is_empty() && text.len() <= 128 && text.bytes().all(plain)).then(|| text.to_owned())
}

fn absent(error: &SdkError<wire::Refusal, HttpResponse>) -> Absent {
    let plain = |why: &str| Absent { nothing: false, why: why.to_owned() };
    match error {
        SdkError::ServiceError(refused) => {
            let refusal = refused.err();
            let message = refusal.message().map(|m| format!(": {}", allow::text(m))).unwrap_or_default();
            Absent { nothing: refusal.code() == "NoSuchKey", why: format!("{}{message}", allow::text(refusal.code())) }
        }
        SdkError::TimeoutError(_) => plain("no answer in time"),
        SdkError::DispatchFailure(_) => plain("the endpoint could not be reached or broke the connection"),
        SdkError::ResponseError(_) => plain("the answer was cut off or not understood"),
        _ => plain("the call could not be made, built or signed (credentials?)"),
    }
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn a_tag_is_written_down_only_in_its_own_form() {
        assert_eq!(token("9b2cf535f27731c974343645a3985328-2").as_deref(), Some("9b2cf535f27731c974343645a3985328-2"));
        for odd in ["", "a b", "<script>", &"a".repeat(129)] {
            assert_eq!(token(odd), None, "{odd}");
        }
    }
}
