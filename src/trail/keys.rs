//! CloudTrail's public keys, and the one signature algorithm that its digests use.
//!
//! The list is what `aws cloudtrail list-public-keys` answers. AWS says that the keys are PKCS#1 and that this may
//! change; its own samples mix PKCS#1 and `SubjectPublicKeyInfo`, so both are read. A key is known by the MD5 of its
//! bytes as delivered, computed here; where the list has another one, by that too.

use crate::model::Time;
use crate::model::json::strict;
use crate::model::time::from_epoch;
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thiserror::Error;

/// Base64 with or without its padding: the keys pass through many hands.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How long after the end of its hour a digest may be signed: the margin that AWS's own tool asks keys for.
const SIGNED_WITHIN: TimeDelta = TimeDelta::hours(2);

/// Why a list of keys could not be read.
#[derive(Debug, Error)]
pub enum KeysError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of another form.
    #[error("there is no list called PublicKeyList")]
    NoList,
    /// No key in it can be used.
    #[error("no key in it can be used: {0}")]
    NoKey(String),
}

/// The keys, by fingerprint.
#[derive(Debug, Default)]
pub struct PublicKeys {
    keys: BTreeMap<String, Vec<Entry>>,
    /// Fingerprints that only the list has, and those of the bytes.
    listed: BTreeMap<String, String>,
    /// What was wrong with entries of the list.
    pub faults: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    pkcs1: Result<Vec<u8>, &'static str>,
    from: Option<Time>,
    to: Option<Time>,
}

/// What a signature turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Made by a listed key, within the key's time.
    Good,
    /// Made by a listed key of which the list does not say when it was in use.
    GoodKeyTimeUnknown,
    /// Made by a listed key, outside the key's time.
    KeyNotInUse,
    /// No listed key has this fingerprint.
    UnknownKey,
    /// The listed key is no RSA key that can be read.
    UnusableKey,
    /// The signature does not fit.
    Bad,
}

impl PublicKeys {
    /// Reads the answer of `ListPublicKeys`, the bare list in it, or fingerprints with their keys.
    ///
    /// # Errors
    /// When it is of another form, or no key in it can be used.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeysError> {
        let list = listed(&strict(bytes)?).ok_or(KeysError::NoList)?;
        let mut found = Self::default();
        for (at, item) in list.iter().enumerate() {
            if let Err(why) = found.add(item) {
                found.faults.push(format!("public key {}: {why}", at + 1));
            }
        }
        if found.keys.values().flatten().any(|entry| entry.pkcs1.is_ok()) {
            return Ok(found);
        }
        let why = if found.faults.is_empty() { "the list is empty".to_owned() } else { found.faults.join("; ") };
        Err(KeysError::NoKey(why))
    }

    /// How many different keys there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    fn add(&mut self, item: &Value) -> Result<(), String> {
        let text = item.get("Value").and_then(Value::as_str).ok_or("there is no Value")?;
        let text: String = text.split_ascii_whitespace().collect();
        let der = BASE64.decode(text).map_err(|error| format!("Value is not base64: {error}"))?;
        let fingerprint = crate::model::sha256::hex(&Md5::digest(&der));
        let times = time(item, "ValidityStartTime").and_then(|from| Ok((from, time(item, "ValidityEndTime")?)));
        // A key without its times verifies: what was asked of AWS for a time is in use then, and AWS's own tool looks at no
        // more than that. A time that is there must hold.
        let (from, to) = times.as_ref().copied().unwrap_or_default();
        let pkcs1 = pkcs1(&der).map(<[u8]>::to_vec);
        let unusable = pkcs1.as_ref().err().copied();
        self.keys.entry(fingerprint.clone()).or_default().push(Entry { pkcs1, from, to });
        if let Some(why) = unusable {
            return Err(why.to_owned());
        }
        times?;
        match item.get("Fingerprint").and_then(Value::as_str) {
            Some(listed) if !listed.eq_ignore_ascii_case(&fingerprint) => {
                self.listed.entry(listed.to_owned()).or_insert_with(|| fingerprint.clone());
                Err(format!(
                    "listed as {listed}, and its bytes have the fingerprint {fingerprint}; it is known by both"
                ))
            }
            _ => Ok(()),
        }
    }

    /// The entries of a fingerprint. What the bytes have goes before what the list says: AWS may deliver a key in another
    /// encoding than the one whose fingerprint it signs by.
    fn entries(&self, fingerprint: &str) -> Option<&Vec<Entry>> {
        self.keys.get(fingerprint).or_else(|| self.keys.get(self.listed.get(fingerprint)?))
    }

    /// Checks an RSASSA-PKCS1-v1_5 signature with SHA-256 by the key of this fingerprint; `at` is the end of the hour
    /// that was signed.
    #[must_use]
    pub fn check(&self, fingerprint: &str, at: Time, message: &[u8], signature: &[u8]) -> Verdict {
        let Some(entries) = self.entries(fingerprint) else { return Verdict::UnknownKey };
        // Entries of one fingerprint have the same bytes and may have different times.
        let Some(Ok(key)) = entries.first().map(|entry| &entry.pkcs1) else { return Verdict::UnusableKey };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        if key.verify(message, signature).is_err() {
            return Verdict::Bad;
        }
        let in_use = |entry: &Entry| match (entry.from, entry.to) {
            (Some(from), _) if at + SIGNED_WITHIN < from => Some(false),
            (_, Some(to)) if at > to => Some(false),
            (Some(_), Some(_)) => Some(true),
            _ => None,
        };
        if entries.iter().any(|entry| in_use(entry) == Some(true)) {
            Verdict::Good
        } else if entries.iter().any(|entry| in_use(entry).is_none()) {
            Verdict::GoodKeyTimeUnknown
        } else {
            Verdict::KeyNotInUse
        }
    }
}

/// The list of keys in the forms that it is kept in: AWS's answer, the bare list, or an object of fingerprints and keys.
#[must_use]
pub fn listed(answer: &Value) -> Option<Vec<Value>> {
    let list = answer.get("PublicKeyList").or_else(|| answer.get("publicKeyList")).unwrap_or(answer);
    match list {
        Value::Array(list) => Some(list.clone()),
        Value::Object(map) if !map.is_empty() && map.values().all(Value::is_string) => {
            Some(map.iter().map(|(print, key)| json!({ "Fingerprint": print, "Value": key })).collect())
        }
        _ => None,
    }
}

/// Seconds since 1970, or RFC 3339: what the tools of AWS print.
fn time(item: &Value, field: &str) -> Result<Option<Time>, String> {
    let read = match item.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64().and_then(from_epoch),
        Some(Value::String(text)) => instant(text),
        Some(_) => None,
    };
    read.map(Some).ok_or_else(|| format!("{field} is no time"))
}

/// RFC 3339; a time without a zone is UTC, as all of CloudTrail's are.
fn instant(text: &str) -> Option<Time> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc));
    zoned.or_else(|| text.replacen(' ', "T", 1).parse::<NaiveDateTime>().ok().map(|t| t.and_utc()))
}

/// The PKCS#1 key inside of what was delivered.
fn pkcs1(der: &[u8]) -> Result<&[u8], &'static str> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const NOT: &str = "neither a PKCS#1 nor an SPKI key in DER";
    let (sequence, after) = element(der, 0x30).ok_or(NOT)?;
    if !after.is_empty() {
        return Err("bytes follow the key");
    }
    if let Some((_modulus, rest)) = element(sequence, 0x02) {
        let (_exponent, rest) = element(rest, 0x02).ok_or(NOT)?;
        return if rest.is_empty() { Ok(der) } else { Err(NOT) };
    }
    let (algorithm, rest) = element(sequence, 0x30).ok_or(NOT)?;
    let (oid, _parameters) = element(algorithm, 0x06).ok_or(NOT)?;
    if oid != RSA {
        return Err("not an RSA key");
    }
    let (bits, rest) = element(rest, 0x03).ok_or(NOT)?;
    match bits.split_first() {
        Some((0, inner)) if rest.is_empty() && inner.first() == Some(&0x30) => Ok(inner),
        _ => Err(NOT),
    }
}

/// The contents of a DER element with this tag, and what follows it. Lengths must be in their shortest form.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&low, rest) = rest.split_first()?;
            (usize::from((low >= 0x80).then_some(low)?), rest)
        }
        0x82 => {
            let (bytes, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(Some(u16::from_be_bytes(*bytes)).filter(|n| *n >= 0x100)?), rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::testchain::Signer;
    use proptest::prelude::*;

    /// A key that AWS's documentation of `ListPublicKeys` shows.
    const SAMPLE: &str = "MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1xboEcEPHYoIYMbgfSw7KGnuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrCtR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9BnkF88qBnaPNhS44rzwIDAQAB";

    fn list(items: &Value) -> Result<PublicKeys, KeysError> {
        PublicKeys::parse(json!({"PublicKeyList": items}).to_string().as_bytes())
    }

    #[test]
    fn the_fingerprint_is_the_md5_of_the_bytes_as_delivered() {
        let keys = list(&json!([{"Value": SAMPLE, "Fingerprint": "7f3f401420072e50a65a141430817ab3"}])).unwrap();
        assert!(keys.keys.contains_key("7f3f401420072e50a65a141430817ab3") && keys.faults.is_empty());
        let keys = list(&json!([{"Value": SAMPLE, "Fingerprint": "00"}])).unwrap();
        assert_eq!((keys.count(), keys.faults.len()), (1, 1));
        assert!(keys.entries("00").is_some() && keys.entries("7f3f401420072e50a65a141430817ab3").is_some());
    }

    #[test]
    fn both_forms_of_a_key_verify() {
        let signer = Signer::first();
        let signature = signer.sign(b"message");
        for der in [signer.pkcs1(), signer.spki()] {
            let keys =
                list(&json!([{"Value": BASE64.encode(&der), "ValidityStartTime": 0, "ValidityEndTime": 4e9}])).unwrap();
            let print = keys.keys.keys().next().unwrap().clone();
            let at = from_epoch(1e9).unwrap();
            assert_eq!(keys.check(&print, at, b"message", &signature), Verdict::Good);
            assert_eq!(keys.check(&print, at, b"massage", &signature), Verdict::Bad);
            assert_eq!(keys.check("other", at, b"message", &signature), Verdict::UnknownKey);
            assert_eq!(
                keys.check(&print, from_epoch(4e9 + 1.0).unwrap(), b"message", &signature),
                Verdict::KeyNotInUse
            );
        }
    }

    #[test]
    fn a_key_without_its_times_verifies_and_a_time_that_is_there_must_hold() {
        let signer = Signer::first();
        let value = BASE64.encode(signer.pkcs1());
        let check = |list: Value| {
            let keys = PublicKeys::parse(list.to_string().as_bytes()).unwrap();
            assert_eq!(keys.faults, [""; 0]);
            keys.check(&signer.fingerprint(), from_epoch(1e9).unwrap(), b"m", &signer.sign(b"m"))
        };
        for list in [
            json!([{ "Value": value }]),
            json!([{ "Value": value, "ValidityStartTime": 0 }]),
            json!({ "PublicKeyList": { signer.fingerprint(): value } }),
            json!({ signer.fingerprint(): value }),
        ] {
            assert_eq!(check(list), Verdict::GoodKeyTimeUnknown);
        }
        for (field, time) in [("ValidityStartTime", 2e9), ("ValidityEndTime", 9e8)] {
            assert_eq!(check(json!([{ "Value": value, field: time }])), Verdict::KeyNotInUse);
        }
    }

    #[test]
    fn times_are_numbers_or_rfc_3339() {
        let item = |value: Value| time(&json!({"t": value}), "t");
        let expected = from_epoch(1_453_076_702.0);
        assert_eq!(item(json!(1_453_076_702.0)).unwrap(), expected);
        assert_eq!(item(json!("2016-01-18T00:25:02+00:00")).unwrap(), expected);
        assert_eq!(item(json!("2016-01-18T01:25:02.000000+01:00")).unwrap(), expected);
        assert_eq!(item(json!("2016-01-18 00:25:02")).unwrap(), expected);
        assert_eq!(item(json!(null)).unwrap(), None);
        assert!(item(json!("yesterday")).is_err() && item(json!([])).is_err());
    }

    #[test]
    fn what_holds_no_key_is_refused() {
        for (text, why) in
            [("{}", "PublicKeyList"), ("x", "not JSON"), ("[]", "empty"), (r#"[{"Value":"AAAA"}]"#, "DER")]
        {
            let error = PublicKeys::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = pkcs1(&bytes);
        }

        #[test]
        fn a_changed_key_verifies_nothing(at in 0_usize..600, bit in 0_u8..8) {
            let signer = Signer::first();
            let mut der = signer.spki();
            let at = at % der.len();
            der[at] ^= 1 << bit;
            if let Ok(key) = pkcs1(&der) {
                let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
                let inner_same = pkcs1(&signer.spki()).unwrap() == key.as_ref();
                prop_assert!(inner_same || key.verify(b"m", &signer.sign(b"m")).is_err());
            }
        }
    }
}
