//! Makes buckets with log files and signed digests, for tests and the bench; nothing here is part of the program.
//!
//! Signed with the keys under `tests/keys`, which are public. The same calls give the same bytes.

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    dead_code,
    reason = "for tests and the bench only"
)]

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub type Time = DateTime<Utc>;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(bytes, 6)
}

pub fn gzip_at(bytes: &[u8], level: i32) -> Vec<u8> {
    let mut deflate = zlib_rs::Deflate::new(level, true, 16 + 15);
    let mut packed = vec![0; bytes.len() + bytes.len() / 8 + 256];
    let status = deflate.compress(bytes, &mut packed, zlib_rs::DeflateFlush::Finish).unwrap();
    assert_eq!(status, zlib_rs::Status::StreamEnd);
    packed.truncate(usize::try_from(deflate.total_out()).unwrap());
    packed
}

pub fn gunzip(packed: &[u8]) -> Vec<u8> {
    let mut inflate = zlib_rs::Inflate::new(true, 16 + 15);
    let size = u32::from_le_bytes(*packed.last_chunk().unwrap());
    let mut bytes = vec![0; size as usize + 1];
    inflate.decompress(packed, &mut bytes, zlib_rs::InflateFlush::Finish).unwrap();
    bytes.truncate(size as usize);
    bytes
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, b| {
        write!(text, "{b:02x}").unwrap();
        text
    })
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

pub fn at(text: &str) -> Time {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn written(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub struct Signer(RsaKeyPair);

impl Signer {
    pub fn first() -> Self {
        Self(RsaKeyPair::from_pkcs8(include_bytes!("../../tests/keys/test-only-first.pk8")).unwrap())
    }

    pub fn second() -> Self {
        Self(RsaKeyPair::from_pkcs8(include_bytes!("../../tests/keys/test-only-second.pk8")).unwrap())
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    pub fn pkcs1(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    /// The same key as `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> Vec<u8> {
        fn element(tag: u8, inner: &[u8]) -> Vec<u8> {
            let length = u16::try_from(inner.len()).unwrap().to_be_bytes();
            let head = if inner.len() < 0x80 {
                vec![tag, length[1]]
            } else if length[0] == 0 {
                vec![tag, 0x81, length[1]]
            } else {
                vec![tag, 0x82, length[0], length[1]]
            };
            [&head, inner].concat()
        }
        let rsa = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
        let bits = [&[0][..], &self.pkcs1()].concat();
        element(0x30, &[element(0x30, &rsa), element(0x03, &bits)].concat())
    }

    pub fn fingerprint(&self) -> String {
        use md5::{Digest, Md5};
        hex(&Md5::digest(self.pkcs1()))
    }

    /// The answer of `ListPublicKeys` for these keys.
    pub fn list(signers: &[&Self], from: &str, to: &str) -> Vec<u8> {
        use base64::Engine;
        let items: Vec<Value> = signers
            .iter()
            .map(|signer| {
                let value = base64::engine::general_purpose::STANDARD.encode(signer.pkcs1());
                json!({"Value": value, "ValidityStartTime": from, "ValidityEndTime": to, "Fingerprint": signer.fingerprint()})
            })
            .collect();
        json!({"PublicKeyList": items}).to_string().into_bytes()
    }
}

/// A bucket in memory: key of the object to its bytes. Metadata of digests is beside them.
pub type Files = BTreeMap<String, Vec<u8>>;

/// One chain that grows hour by hour.
pub struct Maker<'s> {
    pub signer: &'s Signer,
    pub bucket: String,
    pub root: String,
    pub account: String,
    pub region: String,
    pub trail: String,
    pub home: String,
    /// Changes each document before it is signed.
    pub edit: fn(&mut Value),
    pub backfill: bool,
    previous: Option<(String, Vec<u8>, String)>,
}

impl<'s> Maker<'s> {
    pub fn new(signer: &'s Signer) -> Self {
        Self {
            signer,
            bucket: "example-trail-logs".into(),
            root: "AWSLogs/".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            trail: "all_of-it".into(),
            home: "us-east-1".into(),
            edit: |_| {},
            backfill: false,
            previous: None,
        }
    }

    pub fn restart(&mut self) {
        self.previous = None;
    }

    pub fn log_name(&self, time: Time, unique: &str) -> String {
        let Self { root, account, region, .. } = self;
        let (day, minute) = (time.format("%Y/%m/%d"), time.format("%Y%m%dT%H%MZ"));
        format!("{root}{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz")
    }

    pub fn digest_name(&self, end: Time) -> String {
        let Self { root, account, region, trail, home, .. } = self;
        let (day, second) = (end.format("%Y/%m/%d"), end.format("%Y%m%dT%H%M%SZ"));
        let late = if self.backfill { "_backfill" } else { "" };
        format!(
            "{root}{account}/CloudTrail-Digest/{region}/{day}/{account}_CloudTrail-Digest_{region}_{trail}_{home}_{second}{late}.json.gz"
        )
    }

    /// A log file with one event at its minute.
    pub fn log(&self, files: &mut Files, time: Time, unique: &str) -> String {
        let name = self.log_name(time, unique);
        let event = json!({"eventVersion": "1.08", "eventTime": written(time), "eventSource": "kms.amazonaws.com",
            "eventName": "Decrypt", "awsRegion": self.region, "eventID": format!("{unique}-{}", written(time)),
            "recipientAccountId": self.account});
        files.insert(name.clone(), gzip(json!({"Records": [event]}).to_string().as_bytes()));
        name
    }

    /// The digest of an hour, and its metadata.
    pub fn digest(&mut self, files: &mut Files, start: Time, end: Time, logs: &[String]) -> String {
        let name = self.digest_name(end);
        let entries: Vec<Value> = logs
            .iter()
            .map(|log| {
                let hash = sha256(&gunzip(&files[log]));
                json!({"s3Bucket": self.bucket, "s3Object": log, "hashValue": hash, "hashAlgorithm": "SHA-256",
                    "newestEventTime": written(end), "oldestEventTime": written(start)})
            })
            .collect();
        let previous = self.previous.as_ref();
        let mut document = json!({
            "awsAccountId": self.account, "digestStartTime": written(start), "digestEndTime": written(end),
            "digestS3Bucket": self.bucket, "digestS3Object": name,
            "digestPublicKeyFingerprint": self.signer.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": previous.map(|_| &self.bucket),
            "previousDigestS3Object": previous.map(|(name, ..)| name),
            "previousDigestHashValue": previous.map(|(_, bytes, _)| sha256(bytes)),
            "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|(.., signature)| signature),
            "logFiles": entries,
        });
        (self.edit)(&mut document);
        let bytes = document.to_string().into_bytes();
        let text = |field: &str| document[field].as_str().unwrap_or("null").to_owned();
        let message = format!(
            "{}\n{}/{}\n{}\n{}",
            text("digestEndTime"),
            text("digestS3Bucket"),
            text("digestS3Object"),
            sha256(&bytes),
            text("previousDigestSignature"),
        );
        let signature = hex(&self.signer.sign(message.as_bytes()));
        let mut meta = json!({"signature": signature, "signature-algorithm": "SHA256withRSA"});
        if self.backfill {
            meta["backfill-generation-timestamp"] = written(end + TimeDelta::hours(30)).into();
        }
        files.insert(name.clone(), gzip(&bytes));
        files.insert(format!("{name}.meta.json"), meta.to_string().into_bytes());
        self.previous = Some((name.clone(), bytes, signature));
        name
    }

    /// So many hours with so many logs each, from an hour on; gives the names of the digests.
    pub fn hours(&mut self, files: &mut Files, from: Time, count: i32, logs: i32) -> Vec<String> {
        (0..count)
            .map(|hour| {
                let start = from + TimeDelta::hours(hour.into());
                let named: Vec<String> = (0..logs)
                    .map(|n| self.log(files, start + TimeDelta::minutes((3 + n * 7).into()), &format!("h{hour}n{n}")))
                    .collect();
                self.digest(files, start, start + TimeDelta::hours(1), &named)
            })
            .collect()
    }
}
