//! One digest, judged by itself: is it what CloudTrail signed, at the place for which it was signed?
//!
//! Its links to its neighbours are judged in `chain`. What a digest says is used only when it is valid; of an invalid
//! one nothing is believed but that an object of this name is there.

use super::gunzip::{Fault, Gunzip, Members};
use super::keys::{PublicKeys, Verdict};
use super::layout::{self, ChainId};
use super::logs::instant;
use super::report::Code;
use crate::model::Time;
use crate::model::json::strict;
use crate::model::sha256::Sha256;
use serde_json::{Map, Value};

/// The only signature algorithm of CloudTrail's digests.
pub const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";
/// The only hash algorithm in them.
pub const HASH_ALGORITHM: &str = "SHA-256";

/// What is known beforehand about the place of the digests.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The bucket, if it is to be this one.
    pub bucket: Option<String>,
}

/// A digest and what was found wrong with it.
#[derive(Clone, Debug)]
pub struct Digest {
    /// Its key in the bucket.
    pub object: String,
    /// Its chain and the end of its hour, as the name claims.
    pub name: Option<(ChainId, Time)>,
    /// What it says; only there when it is valid by itself.
    pub body: Option<Body>,
    /// SHA-256 of the unpacked bytes, when they could be unpacked.
    pub sha256: Option<String>,
    /// The signature in its metadata, as written.
    pub signature: Option<String>,
    /// Where it says that it lies, whether or not it is valid.
    pub says: Option<String>,
    /// What is wrong or odd.
    pub faults: Vec<(Code, String)>,
}

/// What a valid digest says.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// `digestStartTime`.
    pub start: Time,
    /// `digestEndTime`.
    pub end: Time,
    /// `digestS3Bucket`.
    pub bucket: String,
    /// Its predecessor.
    pub previous: Previous,
    /// The log files it vouches for.
    pub logs: Vec<LogEntry>,
}

/// What a digest says of its predecessor.
#[derive(Clone, Debug, PartialEq)]
pub enum Previous {
    /// There is none: a starting digest.
    Starting,
    /// This one.
    Is {
        /// `previousDigestS3Bucket`.
        bucket: String,
        /// `previousDigestS3Object`.
        object: String,
        /// `previousDigestHashValue`.
        hash: String,
        /// `previousDigestSignature`.
        signature: String,
    },
    /// Some of the fields are null.
    Incomplete {
        /// `previousDigestS3Object`.
        object: Option<String>,
    },
}

/// The fields that a digest has: one with others is not what CloudTrail writes today.
pub const FIELDS: [&str; 22] = [
    "awsAccountId",
    "digestEndTime",
    "digestPublicKeyFingerprint",
    "digestS3Bucket",
    "digestS3Object",
    "digestSignatureAlgorithm",
    "digestStartTime",
    "hashAlgorithm",
    "hashValue",
    "logFiles",
    "newestEventTime",
    "oldestEventTime",
    "previousDigestHashAlgorithm",
    "previousDigestHashValue",
    "previousDigestS3Bucket",
    "previousDigestS3Object",
    "previousDigestSignature",
    "s3Bucket",
    "s3Object",
    "backfillGenerationTimestamp",
    "digestType",
    "eventCount",
];

/// One of `logFiles`.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// `s3Bucket`.
    pub bucket: String,
    /// `s3Object`.
    pub object: String,
    /// `hashValue`.
    pub hash: String,
    /// `hashAlgorithm`.
    pub algorithm: String,
    /// `oldestEventTime`.
    pub oldest: Option<Time>,
    /// `newestEventTime`.
    pub newest: Option<Time>,
}

impl Digest {
    /// Whether it is valid, as far as has been judged.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.body.is_some()
    }

    /// Marks it as invalid: nothing it says is used from now on.
    pub fn condemn(&mut self, code: Code, why: impl Into<String>) {
        self.faults.push((code, why.into()));
        self.body = None;
    }

    /// Judges a digest by itself. `metadata` is the file with its S3 metadata, if there is one.
    #[must_use]
    pub fn examine(
        object: &str,
        packed: &[u8],
        metadata: Option<&[u8]>,
        keys: &PublicKeys,
        place: &Place,
        gunzip: &mut Gunzip,
    ) -> Self {
        let mut digest = Self::unread(object);
        if let Err((code, why)) = digest.judge(packed, metadata, keys, place, gunzip) {
            digest.condemn(code, why);
        }
        digest
    }

    /// Judges a digest that was unpacked before, as the records of a pack hold it.
    #[must_use]
    pub fn examine_document(
        object: &str,
        json: &[u8],
        metadata: Option<&[u8]>,
        keys: &PublicKeys,
        place: &Place,
    ) -> Self {
        let mut digest = Self::unread(object);
        if let Err((code, why)) = digest.judge_document(json, metadata.map(Meta::parse), keys, place) {
            digest.condemn(code, why);
        }
        digest
    }

    /// A digest of which only this is known.
    #[must_use]
    pub fn faulty(object: &str, code: Code, why: &str, signature: Option<String>) -> Self {
        let mut digest = Self::unread(object);
        digest.signature = signature;
        digest.condemn(code, why);
        digest
    }

    /// A digest whose bytes could not be had.
    #[must_use]
    pub fn unreadable(object: &str, why: &str) -> Self {
        let mut digest = Self::unread(object);
        digest.condemn(Code::DigestUnreadable, why);
        digest
    }

    fn unread(object: &str) -> Self {
        let name = layout::digest_name(object);
        Self {
            object: object.to_owned(),
            name,
            body: None,
            sha256: None,
            signature: None,
            says: None,
            faults: Vec::new(),
        }
    }

    fn judge(
        &mut self,
        packed: &[u8],
        metadata: Option<&[u8]>,
        keys: &PublicKeys,
        place: &Place,
        gunzip: &mut Gunzip,
    ) -> Result<(), (Code, String)> {
        // Whatever else is wrong, the signature and the hash are what the next digest is compared with.
        let meta = metadata.map(Meta::parse);
        self.signature = meta.as_ref().and_then(|m| m.as_ref().ok()).and_then(|m| m.signature.clone());
        let json = gunzip.unpack(packed, Members::One).map_err(|fault| match fault {
            Fault::Trailing(_) => (Code::DigestTrailingBytes, fault.to_string()),
            _ => (Code::DigestUnreadable, fault.to_string()),
        })?;
        self.judge_document(json, meta, keys, place)
    }

    fn judge_document(
        &mut self,
        json: &[u8],
        meta: Option<Result<Meta, String>>,
        keys: &PublicKeys,
        place: &Place,
    ) -> Result<(), (Code, String)> {
        self.signature = meta.as_ref().and_then(|m| m.as_ref().ok()).and_then(|m| m.signature.clone());
        let sha256 = Sha256::new().chain_update(json).hex();
        self.sha256 = Some(sha256.clone());
        let Some((chain, named_end)) = self.name.clone() else {
            return Err((Code::DigestName, "this is not the name of a digest".into()));
        };
        let fields = match strict(json) {
            Ok(Value::Object(fields)) => Fields(fields),
            Ok(_) => return Err((Code::DigestUnreadable, "not a JSON object".into())),
            Err(error) => return Err((Code::DigestUnreadable, format!("not JSON: {error}"))),
        };
        let meta = match meta {
            None => {
                return Err((Code::DigestMetadata, "its .meta.json is not there, and with it the signature".into()));
            }
            Some(meta) => meta.map_err(|why| (Code::DigestMetadata, why))?,
        };
        let body = fields.body().map_err(|why| (Code::DigestFormat, why))?;
        let says = fields.text("digestS3Object").map_err(|why| (Code::DigestFormat, why))?;
        self.says = Some(says.to_owned());
        self.is_at_its_place(says, &body.bucket, place)?;
        self.signed(&fields, &meta, chain.backfill, &body, &sha256, keys)?;
        if body.end != named_end {
            self.faults.push((Code::DigestTimes, format!("it ends at {}", crate::model::time::seconds(body.end))));
        }
        if let Ok(Some(account)) = fields.nullable("awsAccountId")
            && account != chain.account.as_str()
        {
            self.faults.push((Code::DigestAccount, format!("it is of account {account:?}")));
        }
        self.body = Some(body);
        Ok(())
    }

    fn is_at_its_place(&self, says: &str, bucket: &str, place: &Place) -> Result<(), (Code, String)> {
        if says != self.object {
            return Err((Code::DigestMoved, format!("it says that it is {says:?}")));
        }
        match &place.bucket {
            Some(expected) if expected != bucket => {
                Err((Code::DigestMoved, format!("it says that it is in bucket {bucket:?}, and not in {expected:?}")))
            }
            _ => Ok(()),
        }
    }

    fn signed(
        &mut self,
        fields: &Fields,
        meta: &Meta,
        backfill: bool,
        body: &Body,
        sha256: &str,
        keys: &PublicKeys,
    ) -> Result<(), (Code, String)> {
        let format = |why: String| (Code::DigestFormat, why);
        let missing = |what: &str| (Code::DigestMetadata, format!("its metadata has no {what}"));
        let signature = meta.signature.as_deref().ok_or_else(|| missing("signature"))?;
        let algorithm = meta.algorithm.as_deref().ok_or_else(|| missing("signature-algorithm"))?;
        let inner = fields.nullable("digestSignatureAlgorithm").map_err(format)?.unwrap_or(SIGNATURE_ALGORITHM);
        for named in [algorithm, inner] {
            if named != SIGNATURE_ALGORITHM {
                return Err((Code::DigestAlgorithm, format!("the signature is said to be by {named:?}")));
            }
        }
        let hash = fields.nullable("previousDigestHashAlgorithm").map_err(format)?;
        if let Some(other) = hash.filter(|named| *named != HASH_ALGORITHM) {
            return Err((Code::DigestAlgorithm, format!("the hash of the predecessor is said to be by {other:?}")));
        }
        // A late digest is signed when it is made, not at the end of the hour that it is about.
        let at = if backfill {
            let text = meta.backfill_generated.as_deref().ok_or_else(|| missing("backfill-generation-timestamp"))?;
            instant(text)
                .ok_or_else(|| (Code::DigestMetadata, format!("backfill-generation-timestamp {text:?} is no time")))?
        } else {
            body.end
        };
        let bytes =
            unhex(signature).ok_or_else(|| (Code::DigestSignature, "the signature is not hex digits".to_owned()))?;
        let end = fields.text("digestEndTime").map_err(format)?;
        let previous = fields.nullable("previousDigestSignature").map_err(format)?.unwrap_or("null");
        let message = format!("{end}\n{}/{}\n{sha256}\n{previous}", body.bucket, self.object);
        let fingerprint = fields.text("digestPublicKeyFingerprint").map_err(format)?;
        let (code, why) = match keys.check(fingerprint, at, message.as_bytes(), &bytes) {
            Verdict::Good => return Ok(()),
            Verdict::GoodKeyTimeUnknown => {
                let why = format!("the list does not say from when to when the key {fingerprint:?} was in use");
                self.faults.push((Code::KeyTimeUnknown, why));
                return Ok(());
            }
            Verdict::KeyNotInUse => (Code::DigestKeyPeriod, "the key was not in use at that time"),
            Verdict::UnknownKey => (
                Code::DigestKeyUnknown,
                "no key that was given has its fingerprint; ask ListPublicKeys in this Region for this time",
            ),
            Verdict::UnusableKey => (Code::DigestKeyUnusable, "the key that was given is no RSA key"),
            Verdict::Bad => (Code::DigestSignature, "the signature does not fit"),
        };
        Err((code, format!("{why} (fingerprint {fingerprint:?})")))
    }
}

/// The S3 metadata of a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// `signature`, hex digits.
    pub signature: Option<String>,
    /// `signature-algorithm`.
    pub algorithm: Option<String>,
    /// `backfill-generation-timestamp`.
    pub backfill_generated: Option<String>,
}

impl Meta {
    /// Reads metadata as S3 (`Metadata` of `HeadObject` and `GetObject`), HTTP (`x-amz-meta-…`) or a person writes it.
    ///
    /// # Errors
    /// When it is not a JSON object, or says two things of one name.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let Value::Object(fields) = strict(bytes).map_err(|error| format!("its metadata is not JSON: {error}"))? else {
            return Err("its metadata is not a JSON object".into());
        };
        let mut meta = Self::default();
        meta.take(&fields)?;
        for (_, inner) in fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("metadata")) {
            match inner {
                Value::Object(inner) => meta.take(inner)?,
                _ => return Err("its metadata is not a JSON object".into()),
            }
        }
        Ok(meta)
    }

    fn take(&mut self, fields: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in fields {
            let lower = name.to_ascii_lowercase();
            let slot = match lower.strip_prefix("x-amz-meta-").unwrap_or(&lower) {
                "signature" => &mut self.signature,
                "signature-algorithm" => &mut self.algorithm,
                "backfill-generation-timestamp" => &mut self.backfill_generated,
                _ => continue,
            };
            let text = value.as_str().ok_or_else(|| format!("its metadata's {name:?} is no text"))?;
            if slot.as_deref().is_some_and(|had| had != text) {
                return Err(format!("its metadata has two values of {name:?}"));
            }
            *slot = Some(text.to_owned());
        }
        Ok(())
    }
}

/// The fields of a digest document.
struct Fields(Map<String, Value>);

impl Fields {
    fn text(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is missing or no text"))
    }

    /// A text that may be null or absent.
    fn nullable(&self, name: &str) -> Result<Option<&str>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{name} is no text")),
        }
    }

    fn time(&self, name: &str) -> Result<Time, String> {
        let text = self.text(name)?;
        instant(text).ok_or_else(|| format!("{name} {text:?} is no time"))
    }

    fn body(&self) -> Result<Body, String> {
        let body = Body {
            start: self.time("digestStartTime")?,
            end: self.time("digestEndTime")?,
            bucket: self.text("digestS3Bucket")?.to_owned(),
            previous: self.previous()?,
            logs: self.logs()?,
        };
        if body.end < body.start { Err("it ends before it starts".into()) } else { Ok(body) }
    }

    fn previous(&self) -> Result<Previous, String> {
        // This one must be there even when it is null: it is part of what is signed.
        if !self.0.contains_key("previousDigestSignature") {
            return Err("previousDigestSignature is missing".into());
        }
        let own = |name: &str| self.nullable(name).map(|text| text.map(ToOwned::to_owned));
        let (bucket, object) = (own("previousDigestS3Bucket")?, own("previousDigestS3Object")?);
        let (hash, signature) = (own("previousDigestHashValue")?, own("previousDigestSignature")?);
        Ok(match (bucket, object, hash, signature) {
            (None, None, None, None) => Previous::Starting,
            (Some(bucket), Some(object), Some(hash), Some(signature)) => {
                Previous::Is { bucket, object, hash, signature }
            }
            (_, object, _, _) => Previous::Incomplete { object },
        })
    }

    fn logs(&self) -> Result<Vec<LogEntry>, String> {
        let list = self.0.get("logFiles").and_then(Value::as_array).ok_or("logFiles is missing or no list")?;
        list.iter()
            .enumerate()
            .map(|(at, item)| {
                let Value::Object(fields) = item else { return Err(format!("logFiles[{at}] is not an object")) };
                log_entry(fields).map_err(|why| format!("logFiles[{at}]: {why}"))
            })
            .collect()
    }
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::new().chain_update(bytes).hex()
}

fn log_entry(fields: &Map<String, Value>) -> Result<LogEntry, String> {
    let text = |name: &str| {
        let value = fields.get(name).and_then(Value::as_str);
        value.map(ToOwned::to_owned).ok_or_else(|| format!("{name} is missing or no text"))
    };
    let time = |name: &str| fields.get(name).and_then(Value::as_str).and_then(instant);
    Ok(LogEntry {
        bucket: text("s3Bucket")?,
        object: text("s3Object")?,
        hash: text("hashValue")?,
        algorithm: text("hashAlgorithm")?,
        oldest: time("oldestEventTime"),
        newest: time("newestEventTime"),
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn metadata_is_read_as_s3_http_and_people_write_it() {
        let expected = Meta { signature: Some("ab".into()), algorithm: Some("X".into()), backfill_generated: None };
        for text in [
            r#"{"signature":"ab","signature-algorithm":"X"}"#,
            r#"{"ETag":"e","Metadata":{"signature":"ab","signature-algorithm":"X"}}"#,
            r#"{"x-amz-meta-signature":"ab","X-Amz-Meta-Signature-Algorithm":"X"}"#,
            r#"{"metadata":{"Signature":"ab"},"Signature-Algorithm":"X","signature":"ab"}"#,
        ] {
            assert_eq!(Meta::parse(text.as_bytes()).as_ref(), Ok(&expected), "{text}");
        }
        for text in
            ["", "[]", r#"{"signature":1}"#, r#"{"signature":"a","Metadata":{"signature":"b"}}"#, r#"{"Metadata":1}"#]
        {
            assert!(Meta::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn hex_is_whole_bytes() {
        assert_eq!(unhex("00Ff"), Some(vec![0, 255]));
        for odd in ["", "0", "0g", "é0", "+1"] {
            assert_eq!(unhex(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_samples_of_the_documentation_are_understood() {
        let starting = r#"{"digestStartTime":"2015-08-17T14:01:31Z","digestEndTime":"2015-08-17T15:01:31Z",
            "digestS3Bucket":"b","previousDigestS3Bucket":null,"previousDigestS3Object":null,
            "previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,
            "newestEventTime":null,"oldestEventTime":null,"logFiles":[]}"#;
        let Value::Object(fields) = strict(starting.as_bytes()).unwrap() else { panic!() };
        let body = Fields(fields.clone()).body().unwrap();
        assert_eq!((body.previous, body.logs.len()), (Previous::Starting, 0));
        for needed in ["digestStartTime", "digestEndTime", "digestS3Bucket", "previousDigestSignature", "logFiles"] {
            let mut fields = fields.clone();
            fields.remove(needed);
            assert!(Fields(fields).body().unwrap_err().contains(needed));
        }
    }

    proptest! {
        #[test]
        fn any_metadata_ends_in_an_answer(text in ".{0,100}") {
            let _ = Meta::parse(text.as_bytes());
            let _ = unhex(&text);
        }
    }
}
