//! The few calls to S3 that an archive needs, signed by the SDK's own runtime.

use super::ArchiveError;
use super::place::{Lock, Mode};
use crate::model::sha256::{Sha256, hex};
use crate::model::{AccountId, Region, Time};
use crate::wire::{self, Request, Response, Unheard, Wire, xml};
use aws_smithy_runtime_api::client::result::SdkError;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::SecondsFormat;
use serde_json::Value;
use std::time::Duration;

/// How S3 is reached, beyond what the environment says.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The AWS profile.
    pub profile: Option<String>,
    /// Another address than AWS's own.
    pub endpoint_url: Option<String>,
    /// The Region that is asked first; S3 says where the bucket is.
    pub region: Option<String>,
    /// How often a call is tried before it counts as failed; 6 where nobody says.
    pub max_attempts: Option<u32>,
}

/// One bucket, and the means to call it.
pub struct Store {
    wire: Wire,
    region: Region,
    bucket: String,
    owner: AccountId,
}

/// What S3 says of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub version: Option<String>,
    pub bytes: Option<u64>,
    /// In hex, when S3 tells it.
    pub sha256: Option<String>,
    pub lock: Option<Lock>,
    /// Whether S3 told of the lock, or was not allowed to.
    pub lock_known: bool,
}

/// One version in a listing.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub key: String,
    pub id: String,
    pub latest: bool,
    pub deleted: bool,
}

/// Why a call gave nothing.
#[derive(Debug)]
pub(super) struct Refused {
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    pub text: String,
}

type Answer = Result<Response, Refused>;

/// A large object over a slow line takes its time.
const PATIENCE: Duration = Duration::from_mins(5);

impl Store {
    /// Opens nothing; says how the bucket would be called.
    pub async fn new(access: &Access, bucket: &str, owner: &AccountId) -> Result<Self, ArchiveError> {
        let config = wire::configure(&wire::Access {
            profile: access.profile.clone(),
            endpoint_url: access.endpoint_url.clone(),
            region: access.region.clone(),
            max_attempts: access.max_attempts.unwrap_or(6).max(1),
        })
        .await;
        let region = config.region().map_or("us-east-1", |r| r.as_ref());
        let region = region
            .parse()
            .map_err(|what: String| ArchiveError::Given { what, hint: "--region eu-west-1".to_owned() })?;
        Ok(Self { wire: Wire::new(&config), region, bucket: bucket.to_owned(), owner: owner.clone() })
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Who must own it.
    #[must_use]
    pub fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn request(&self, operation: &'static str, method: &'static str) -> Request {
        // Not somebody else's bucket of that name: S3 refuses when the owner is another.
        Request::bucket(&self.region, operation, method, &self.bucket)
            .header("x-amz-expected-bucket-owner", self.owner.to_string())
    }

    async fn send(&self, request: Request) -> Answer {
        self.wire.send(request, Unheard).await.map_err(|error| match error {
            SdkError::ServiceError(refused) => {
                let refusal = refused.into_err();
                Refused { status: Some(refusal.status), text: refusal.to_string() }
            }
            SdkError::TimeoutError(_) => Refused { status: None, text: "no answer in time".to_owned() },
            SdkError::DispatchFailure(_) => {
                Refused { status: None, text: "the endpoint could not be reached or broke the connection".to_owned() }
            }
            SdkError::ConstructionFailure(_) => {
                Refused { status: None, text: "the request could not be built or signed (credentials?)".to_owned() }
            }
            _ => Refused { status: None, text: "the answer was cut off or not understood".to_owned() },
        })
    }

    async fn read(&self, request: Request) -> Result<Value, Refused> {
        let answer = self.send(request).await?;
        xml::to_json(&answer.body).map_err(|text| Refused { status: Some(answer.status), text })
    }

    /// What the bucket must be: versioned, and made for locks. Gives its Region.
    pub(super) async fn preflight(&self) -> Result<Option<String>, ArchiveError> {
        let refused = |why: String| ArchiveError::Bucket { bucket: self.bucket.clone(), why };
        let lock = self.read(self.request("GetObjectLockConfiguration", "GET").parameter("object-lock")).await;
        match lock {
            Ok(answer) if answer.pointer("/ObjectLockConfiguration/ObjectLockEnabled") == Some(&"Enabled".into()) => {}
            Ok(_) => return Err(refused("Object Lock is not enabled".to_owned())),
            Err(Refused { status: Some(404), .. }) => {
                return Err(refused("it has no Object Lock, or is not there".to_owned()));
            }
            Err(other) => return Err(refused(format!("its Object Lock could not be read: {}", other.text))),
        }
        let versions = self.read(self.request("GetBucketVersioning", "GET").parameter("versioning")).await;
        match versions {
            Ok(answer) if answer.pointer("/VersioningConfiguration/Status") == Some(&"Enabled".into()) => {}
            Ok(_) => return Err(refused("versioning is not enabled".to_owned())),
            Err(other) => return Err(refused(format!("its versioning could not be read: {}", other.text))),
        }
        let head = self.send(self.request("HeadBucket", "HEAD")).await.ok();
        Ok(head.and_then(|h| h.header("x-amz-bucket-region").map(ToOwned::to_owned)))
    }

    /// Puts an object where none is. Gives its version, when S3 tells it. Without a lock the bucket's own rule holds.
    pub(super) async fn put(&self, key: &str, bytes: Vec<u8>, lock: Option<Lock>) -> Answer {
        let digest = STANDARD.encode(Sha256::digest(&bytes));
        let mut request = self
            .request("PutObject", "PUT")
            .object(key)
            .header("if-none-match", "*")
            .header("x-amz-checksum-sha256", digest)
            .header("x-amz-sdk-checksum-algorithm", "SHA256")
            .header("content-type", media_type(key));
        if let Some(lock) = lock {
            let until = lock.until.to_rfc3339_opts(SecondsFormat::Secs, true);
            request = request
                .header("x-amz-object-lock-mode", lock.mode.word())
                .header("x-amz-object-lock-retain-until-date", until);
        }
        self.send(request.body(bytes).patient(PATIENCE)).await
    }

    /// What S3 says of a version, or of the newest one.
    pub(super) async fn head(&self, key: &str, version: Option<&str>) -> Result<Seen, Refused> {
        let mut request = self.request("HeadObject", "HEAD").object(key).header("x-amz-checksum-mode", "ENABLED");
        if let Some(id) = version {
            request = request.with("versionId", id);
        }
        let answer = self.send(request).await?;
        let mut seen = Seen {
            version: answer.header("x-amz-version-id").map(ToOwned::to_owned),
            bytes: answer.header("content-length").and_then(|v| v.parse().ok()),
            sha256: answer.header("x-amz-checksum-sha256").and_then(hex_of),
            lock: lock_of(
                answer.header("x-amz-object-lock-mode"),
                answer.header("x-amz-object-lock-retain-until-date"),
            ),
            lock_known: true,
        };
        if seen.lock.is_none() {
            // HEAD leaves the lock out for whoever may not read it, as it does when there is none.
            let id = version.map(ToOwned::to_owned).or_else(|| seen.version.clone());
            (seen.lock, seen.lock_known) = self.retention(key, id.as_deref()).await;
        }
        Ok(seen)
    }

    async fn retention(&self, key: &str, version: Option<&str>) -> (Option<Lock>, bool) {
        let mut request = self.request("GetObjectRetention", "GET").object(key).parameter("retention");
        if let Some(id) = version {
            request = request.with("versionId", id);
        }
        match self.read(request).await {
            Ok(answer) => {
                let text = |name: &str| answer.pointer(&format!("/Retention/{name}")).and_then(Value::as_str);
                let lock = lock_of(text("Mode"), text("RetainUntilDate"));
                // An answer that is no retention does not say that there is none.
                let known = lock.is_some();
                (lock, known)
            }
            // NoSuchObjectLockConfiguration: there is none.
            Err(Refused { status: Some(404 | 400), .. }) => (None, true),
            Err(_) => (None, false),
        }
    }

    /// The bytes of a version.
    pub(super) async fn get(&self, key: &str, version: Option<&str>) -> Result<Vec<u8>, Refused> {
        let mut request = self.request("GetObject", "GET").object(key).patient(PATIENCE);
        if let Some(id) = version {
            request = request.with("versionId", id);
        }
        Ok(self.send(request).await?.body)
    }

    /// The hash and size of a version: as S3 computed it when it took the bytes, or else by reading them.
    pub(super) async fn content(&self, key: &str, seen: &Seen) -> Result<(String, u64), Refused> {
        if let (Some(sha256), Some(bytes)) = (&seen.sha256, seen.bytes) {
            return Ok((sha256.clone(), bytes));
        }
        let bytes = self.get(key, seen.version.as_deref()).await?;
        Ok((Sha256::new().chain_update(&bytes).hex(), bytes.len() as u64))
    }

    /// All versions and delete markers below a prefix.
    pub(super) async fn versions(&self, prefix: &str) -> Result<Vec<Version>, Refused> {
        let (mut found, mut marker): (Vec<Version>, Option<(String, String)>) = (Vec::new(), None);
        loop {
            let mut request = self.request("ListObjectVersions", "GET").parameter("versions").with("prefix", prefix);
            if let Some((key, id)) = &marker {
                request = request.with("key-marker", key.as_str());
                if !id.is_empty() {
                    request = request.with("version-id-marker", id.as_str());
                }
            }
            let answer = self.read(request).await?;
            let odd = |text: &str| Refused { status: Some(200), text: text.to_owned() };
            let page = answer.get("ListVersionsResult").ok_or_else(|| odd("the answer is no listing of versions"))?;
            for (name, deleted) in [("Version", false), ("DeleteMarker", true)] {
                for one in list(&page[name]) {
                    let read = version(one, deleted);
                    found.push(read.ok_or_else(|| odd("the listing has a version without its key or id"))?);
                }
            }
            let text = |name: &str| page[name].as_str().unwrap_or_default().to_owned();
            let next = (text("NextKeyMarker"), text("NextVersionIdMarker"));
            match text("IsTruncated").as_str() {
                "false" => return Ok(found),
                "true" => {}
                _ => return Err(odd("the listing does not say whether it is at its end")),
            }
            if next.0.is_empty() || marker.as_ref() == Some(&next) {
                return Err(odd("the listing promises more and does not go on"));
            }
            marker = Some(next);
        }
    }
}

/// One element or many; text in their place is one that nobody understands, and not none.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn version(value: &Value, deleted: bool) -> Option<Version> {
    let text = |name: &str| value[name].as_str().map(ToOwned::to_owned);
    Some(Version { key: text("Key")?, id: text("VersionId")?, latest: value["IsLatest"] == "true", deleted })
}

fn lock_of(mode: Option<&str>, until: Option<&str>) -> Option<Lock> {
    Some(Lock { mode: Mode::read(mode?)?, until: until?.parse::<Time>().ok()? })
}

/// From S3's base64. A checksum of parts, which has a number behind it, is not the hash of the bytes.
fn hex_of(base64: &str) -> Option<String> {
    STANDARD.decode(base64).ok().filter(|b| b.len() == 32).map(|b| hex(&b))
}

/// So that whoever opens an object in a browser sees text as text. Never a page that could act in the bucket's name.
fn media_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("pdf") => "application/pdf",
        Some("json" | "jsonl") => "application/json",
        Some("txt" | "csv" | "yaml" | "pem" | "html") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
