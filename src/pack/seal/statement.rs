//! What the signer says beyond the root: an in-toto statement in a DSSE envelope, and `signer.json`.
//!
//! The statement exists for tools that check attestations, and for one more reason: it names the signature of the
//! root and the time stamp, so nothing in `seal/` can be exchanged unnoticed. Its bytes follow from `pack.json`,
//! the root and those files; the verifier makes them again and compares. So there is nothing in it to believe that
//! is not checked, and no JSON has to be understood to check it.

use super::super::about::{PackJson, SignerRef, prefixed};
use super::super::digest::sha256;
use super::super::{PACK_JSON, ROOT_FILE};
use super::key::ALGORITHM;
use crate::model::Time;
use crate::model::time;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The type of the statement's subject matter. No domain belongs to the project, so it is a URN and no address.
pub const PREDICATE_TYPE: &str = "urn:keywitness:evidence-pack:v1";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The schema of `signer.json`.
const SIGNER_SCHEMA: &str = "keywitness-signer/1";

/// What the statement says of the seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pack) struct SealClaim {
    pub root_signature: SignatureClaim,
    pub signer: SignerRef,
    /// The time stamp that was there when the statement was signed; null when the authority was not reached, or
    /// not asked.
    pub timestamp: Option<StampClaim>,
}

/// The signature of the root file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pack) struct SignatureClaim {
    pub algorithm: String,
    /// The request id of the call to KMS that made it, to be found in the account's CloudTrail; null for a file.
    pub request_id: Option<String>,
    pub sha256: String,
}

/// The time stamp: digests of the two files it consists of. The third follows from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pack) struct StampClaim {
    #[serde(with = "time::millis")]
    pub gen_time: Time,
    pub query_sha256: String,
    pub reply_sha256: String,
}

impl SealClaim {
    pub fn new(
        signer: &SignerRef,
        signature: &[u8],
        request_id: Option<String>,
        timestamp: Option<StampClaim>,
    ) -> Self {
        let root_signature = SignatureClaim { algorithm: ALGORITHM.to_owned(), request_id, sha256: sha256(signature) };
        Self { root_signature, signer: signer.clone(), timestamp }
    }
}

/// The statement: the bytes that are signed, in their envelope's type.
pub(in crate::pack) fn statement(pack: &PackJson, root: &str, seal: &SealClaim) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&json!({
        "_type": STATEMENT_TYPE,
        "subject": [{ "name": ROOT_FILE, "digest": { "sha256": root } }],
        "predicateType": PREDICATE_TYPE,
        "predicate": { PACK_JSON: serde_json::to_value(pack)?, "seal": serde_json::to_value(seal)? },
    }))
}

/// What is signed in place of the payload (DSSE v1, the pre-authentication encoding).
pub(in crate::pack) fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// The file: one payload, one signature.
pub(in crate::pack) fn envelope(payload: &[u8], key: &str, signature: &[u8]) -> Vec<u8> {
    let value = json!({
        "payload": STANDARD.encode(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{ "keyid": key, "sig": STANDARD.encode(signature) }],
    });
    format!("{value}\n").into_bytes()
}

/// `signer.json`: who signed, for people. It is no authority: all of it follows from the statement and the root.
pub(in crate::pack) fn signer_json(seal: &SealClaim, root: &str) -> Vec<u8> {
    let value = json!({
        "schema": SIGNER_SCHEMA,
        "kind": seal.signer.kind,
        "key": seal.signer.key,
        "public_key_sha256": seal.signer.public_key_sha256,
        "algorithm": ALGORITHM,
        "root": prefixed(root),
        "request_id": seal.root_signature.request_id,
    });
    format!("{value:#}\n").into_bytes()
}

/// An envelope that was taken apart, of which nothing is believed yet.
pub(in crate::pack) struct Opened {
    pub payload: Vec<u8>,
    pub signature: Vec<u8>,
    pub seal: SealClaim,
}

/// Takes an envelope apart.
pub(in crate::pack) fn open(bytes: &[u8]) -> Result<Opened, String> {
    let value = crate::model::json::strict(bytes).map_err(|e| e.to_string())?;
    let text = |value: &Value| value.as_str().and_then(|t| STANDARD.decode(t).ok());
    let payload = text(&value["payload"]).ok_or("it has no payload")?;
    let signature = text(&value["signatures"][0]["sig"]).ok_or("it has no signature")?;
    let inner = crate::model::json::strict(&payload).map_err(|e| format!("its payload: {e}"))?;
    let seal = serde_json::from_value(inner["predicate"]["seal"].clone()).map_err(|e| format!("its payload: {e}"))?;
    Ok(Opened { payload, signature, seal })
}

#[cfg(test)]
mod tests {
    use super::super::super::about::SignerKind;
    use super::super::super::about::tests::sample;
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_protocol() {
        let text = String::from_utf8(pre_authentication(b"hello world")).unwrap();
        assert_eq!(text, "DSSEv1 28 application/vnd.in-toto+json 11 hello world");
    }

    #[test]
    fn what_is_put_into_an_envelope_comes_out_of_it() {
        let pack = sample(&"ab".repeat(32));
        let signer = SignerRef { kind: SignerKind::File, key: None, public_key_sha256: "cd".repeat(32) };
        let seal = SealClaim::new(&signer, b"signature", Some("1-2-3".to_owned()), None);
        let payload = statement(&pack, &"ef".repeat(32), &seal).unwrap();
        let opened = open(&envelope(&payload, "key", b"other")).unwrap();
        assert_eq!((opened.payload, opened.signature, opened.seal), (payload, b"other".to_vec(), seal));
    }

    #[test]
    fn what_is_no_envelope_is_told_apart() {
        for odd in ["", "{}", "[]", "null", r#"{"payload":"e30=","signatures":[{"sig":"AA=="}]}"#, "{\"payload\":1}"] {
            assert!(open(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
