//! What stands in `seal/`: who signed the root file, and when it existed at the latest.
//!
//! These files come after the root, so no hash list can hold them. Nothing in them is believed for being there.
//! The key must be the one that `pack.json` names, under the root; the signed statement names signature and time
//! stamp; `signer.json`, `signer.pub.pem` and `tsa-chain.pem` must be exactly what follows from the others. Trust
//! comes from outside alone: a key, a root certificate, or the expected pack root.

mod algorithm;
mod asn1;
mod chain;
mod cms;
pub mod key;
#[cfg(test)]
mod stamp_tests;
mod statement;
#[cfg(test)]
pub(super) mod testing;
pub mod tsp;
mod verification;

use super::about::{Demand, PackJson, SealPolicy, SignerRef, prefixed};
use super::digest::sha256;
use super::report::{Code, Failure, Note, SignatureFound, StampFound};
use super::{PackError, ROOT_FILE};
use crate::model::Time;
use crate::model::time::seconds;
use key::PublicKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use statement::{SealClaim, StampClaim};
use std::collections::BTreeMap;
use tsp::{Fault, Oid, Stamp};

/// The signature of the root file: ECDSA in DER.
pub const SIGNATURE: &str = "seal/root.sig";
/// Who signed, for people.
pub const SIGNER: &str = "seal/signer.json";
/// The public key, for convenience. It is never trusted.
pub const PUBLIC_KEY: &str = "seal/signer.pub.pem";
/// The signed statement: DSSE and in-toto.
pub const STATEMENT: &str = "seal/statement.dsse.json";
/// The time stamp request.
pub const QUERY: &str = "seal/root.tsq";
/// The time stamp reply.
pub const REPLY: &str = "seal/root.tsr";
/// The certificates of the reply, for convenience. They are never trusted.
pub const CHAIN: &str = "seal/tsa-chain.pem";

/// The files of the signature.
const OF_SIGNATURE: [&str; 4] = [SIGNATURE, SIGNER, PUBLIC_KEY, STATEMENT];
/// The files of the time stamp.
pub(super) const OF_STAMP: [&str; 3] = [QUERY, CHAIN, REPLY];

/// The most a request id may have, in bytes. KMS's are UUIDs.
const REQUEST_ID_MAX: usize = 128;

/// A signature as its maker gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// ECDSA in DER; whichever of its two forms.
    pub der: Vec<u8>,
    /// The request id of the call that made it.
    pub request_id: Option<String>,
}

/// Signs a message, or says why not.
pub type Sign<'a> = dyn Fn(&[u8]) -> Result<Signature, String> + 'a;

/// Hands a request to an authority, or says why there is no answer.
pub type Ask<'a> = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + 'a;

/// Who signs a pack.
pub struct Signing<'a> {
    /// What `pack.json` says of the signer.
    pub signer: SignerRef,
    /// The public key of the signer.
    pub key: PublicKey,
    /// Signs a message with that key; or says why not.
    pub sign: &'a Sign<'a>,
}

/// Who stamps a pack.
pub struct Stamping<'a> {
    /// The policy to ask for.
    pub policy: Option<Oid>,
    /// Certificates in DER under one of which the authority must stand; with none, that is left to the verifier.
    pub roots: &'a [Vec<u8>],
    /// Hands a request to the authority; or says why there is no answer.
    pub ask: &'a Ask<'a>,
}

/// How a pack is sealed beyond its hashes.
#[derive(Default)]
pub struct Sealer<'a> {
    /// Who signs, if anybody.
    pub signing: Option<Signing<'a>>,
    /// Who stamps, if anybody.
    pub stamping: Option<Stamping<'a>>,
}

impl Sealer<'_> {
    /// What `pack.json` must promise for this sealer.
    #[must_use]
    pub fn policy(&self) -> SealPolicy {
        let demand = |asked: bool| if asked { Demand::Required } else { Demand::None };
        SealPolicy {
            signature: demand(self.signing.is_some()),
            signer: self.signing.as_ref().map(|s| s.signer.clone()),
            timestamp: demand(self.stamping.is_some()),
            ..SealPolicy::hashes_only()
        }
    }
}

/// Reads certificates in PEM: roots that a user trusts.
///
/// # Errors
/// When there is none, or one is no certificate.
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let der = certificate.map_err(|e| format!("it is not PEM: {e}"))?.to_vec();
        chain::Certificate::read(&der)?;
        found.push(der);
    }
    if found.is_empty() {
        Err("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned())
    } else {
        Ok(found)
    }
}

/// A time stamp that was got and checked, as the files that packs hold.
pub(super) struct Stamped {
    pub files: [(&'static str, Vec<u8>); 3],
    pub time: Time,
}

/// Asks the authority and checks its answer.
pub(super) fn stamp(root_file: &[u8], pack: &PackJson, stamping: &Stamping<'_>) -> Result<Stamped, String> {
    let why = |fault: Fault| format!("{}: {fault}", fault.code.word());
    let query = tsp::query(root_file, &tsp::nonce().map_err(why)?, stamping.policy);
    let answer = (stamping.ask)(&query)?;
    let (reply, stamp) = tsp::accept(&answer, root_file, &query).map_err(why)?;
    if let Some(policy) = stamping.policy {
        stamp.expect_policy(policy).map_err(why)?;
    }
    stamp.expect_after(pack.period.collected_to, pack.clock.max_abs_skew_ms.unwrap_or(0)).map_err(why)?;
    if !stamping.roots.is_empty() {
        stamp.judge(stamping.roots).map_err(why)?;
    }
    let chain = stamp.chain_pem().into_bytes();
    Ok(Stamped { files: [(QUERY, query), (CHAIN, chain), (REPLY, reply)], time: stamp.time })
}

/// Signs the root file, and checks at once that the key that is announced made the signature.
pub(super) fn sign_root(root_file: &[u8], signing: &Signing<'_>) -> Result<Signature, PackError> {
    let signature = sign(root_file, signing)?;
    let printable = |id: &String| id.len() <= REQUEST_ID_MAX && id.bytes().all(|b| b.is_ascii_graphic());
    Ok(Signature { der: signature.der, request_id: signature.request_id.filter(printable) })
}

fn sign(message: &[u8], signing: &Signing<'_>) -> Result<Signature, PackError> {
    let failed = |why: String| PackError::Sign { why };
    let made = (signing.sign)(message).map_err(failed)?;
    let der = key::normalized(&made.der).map_err(|e| failed(e.to_string()))?;
    if !signing.key.verifies(message, &der) {
        return Err(failed("what the signer gave is no signature by its own public key".to_owned()));
    }
    Ok(Signature { der, ..made })
}

/// The other files of a signature, once the time stamp is there or is known to be missing.
pub(super) fn signature_files(
    pack: &PackJson,
    root: &str,
    signature: &Signature,
    stamped: Option<&Stamped>,
    signing: &Signing<'_>,
) -> Result<[(&'static str, Vec<u8>); 3], PackError> {
    let stamp = stamped.map(|s| claim(s.time, &s.files[0].1, &s.files[2].1));
    let seal = SealClaim::new(&signing.signer, &signature.der, signature.request_id.clone(), stamp);
    let payload = statement::statement(pack, root, &seal).map_err(|e| PackError::Sign { why: e.to_string() })?;
    let signed = sign(&statement::pre_authentication(&payload), signing)?;
    Ok([
        (SIGNER, statement::signer_json(&seal, root)),
        (PUBLIC_KEY, signing.key.pem().into_bytes()),
        (STATEMENT, statement::envelope(&payload, &signing.signer.public_key_sha256, &signed.der)),
    ])
}

fn claim(gen_time: Time, query: &[u8], reply: &[u8]) -> StampClaim {
    StampClaim { gen_time, query_sha256: sha256(query), reply_sha256: sha256(reply) }
}

/// What came from outside, ready for use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trust<'a> {
    pub expected_root: Option<&'a str>,
    pub keys: &'a [PublicKey],
    pub tsa_roots: &'a [Vec<u8>],
}

/// What is judged.
pub(super) struct Subject<'a> {
    pub root_file: &'a [u8],
    pub root: &'a str,
    pub pack: &'a PackJson,
    /// The files of `seal/` that could be read.
    pub files: &'a BTreeMap<&'static str, Vec<u8>>,
    /// Whether something has that name that could not be read; that was said already.
    pub unreadable: &'a dyn Fn(&str) -> bool,
}

/// What was found.
#[derive(Default)]
pub(super) struct Judged {
    pub failures: Vec<Failure>,
    pub notes: Vec<Note>,
    /// A key that came from outside signed the root.
    pub signed: bool,
    /// There is a time stamp that nothing from outside vouches for, directly or by the signed statement.
    pub unjudged: bool,
    pub signature: Option<SignatureFound>,
    pub stamp: Option<StampFound>,
}

/// Judges everything in `seal/`.
pub(super) fn judge(subject: &Subject<'_>, trust: Trust<'_>) -> Judged {
    let mut judge = Judge { subject, trust, found: Judged::default() };
    let claim = judge.signature();
    judge.stamp(claim);
    judge.found
}

struct Judge<'a> {
    subject: &'a Subject<'a>,
    trust: Trust<'a>,
    found: Judged,
}

/// What the signed statement says of the time stamp, when the statement holds.
enum Claimed {
    /// There is no statement, or it does not hold.
    Nothing,
    /// It holds, and says so much.
    Stamp(Option<StampClaim>),
}

impl<'a> Judge<'a> {
    fn fail(&mut self, code: Code, path: &str, text: impl AsRef<str>) {
        self.found.failures.push(Failure::new(code, path, text.as_ref()));
    }

    fn note(&mut self, path: &str, text: impl AsRef<str>) {
        self.found.notes.push(Note::new(path, text.as_ref()));
    }

    fn file(&self, path: &str) -> Option<&'a [u8]> {
        self.subject.files.get(path).map(Vec::as_slice)
    }

    /// The file, or the failure that it is not there.
    fn needed(&mut self, path: &str, code: Code, text: &str) -> Option<&'a [u8]> {
        let file = self.file(path);
        if file.is_none() && !(self.subject.unreadable)(path) {
            self.fail(code, path, text);
        }
        file
    }

    fn signature(&mut self) -> Claimed {
        let Some(signer) = &self.subject.pack.seal_policy.signer else {
            self.no_signature();
            return Claimed::Nothing;
        };
        let signature = self.needed(SIGNATURE, Code::SigMissing, "seal policy asks for a signature, none found");
        let needed =
            |judge: &mut Self, path| judge.needed(path, Code::Missing, "a signed pack has it, and it is not present");
        let (pem, json) = (needed(self, PUBLIC_KEY), needed(self, SIGNER));
        let envelope = needed(self, STATEMENT);
        let Some(key) = self.key(signer, pem) else { return Claimed::Nothing };
        let fingerprint = key.fingerprint();
        let trusted = self.trust.keys.contains(&key);
        if !trusted && !self.trust.keys.is_empty() {
            self.fail(Code::SigUnknownKey, PUBLIC_KEY, format!("signed by key {fingerprint}, which you did not trust"));
        }
        let Some(signature) = signature else { return Claimed::Nothing };
        if !key.verifies(self.subject.root_file, signature) {
            self.fail(Code::Sig, SIGNATURE, format!("signature does not match {ROOT_FILE} and key {fingerprint}"));
            return Claimed::Nothing;
        }
        self.found.signed = trusted;
        let SignerRef { kind, key: arn, .. } = signer.clone();
        self.found.signature = Some(SignatureFound { key: fingerprint, kind, arn, trusted });
        let Some(envelope) = envelope else { return Claimed::Nothing };
        match self.statement(&key, signer, signature, envelope) {
            Err(text) => {
                self.fail(Code::Sig, STATEMENT, text);
                Claimed::Nothing
            }
            Ok(seal) => {
                if json.is_some_and(|json| json != statement::signer_json(&seal, self.subject.root)) {
                    self.fail(Code::Sig, SIGNER, "it does not say what root, key and signed statement say");
                }
                Claimed::Stamp(seal.timestamp)
            }
        }
    }

    fn no_signature(&mut self) {
        for path in OF_SIGNATURE.into_iter().filter(|path| self.subject.files.contains_key(path)) {
            self.fail(Code::Extra, path, "the seal policy in pack.json names no signer");
        }
        if !self.trust.keys.is_empty() {
            self.fail(Code::SigMissing, SIGNATURE, "a trusted key was given, and the pack is not signed");
        }
    }

    /// The key in the pack, which must be the one that `pack.json` names. It is not trusted for that.
    fn key(&mut self, signer: &SignerRef, pem: Option<&[u8]>) -> Option<PublicKey> {
        let pem = pem?;
        let key = PublicKey::all_from_pem(pem).ok().and_then(|mut keys| keys.pop());
        let Some(key) = key.filter(|key| key.pem().as_bytes() == pem) else {
            self.fail(Code::Sig, PUBLIC_KEY, "not a public key on P-256 in the one written form");
            return None;
        };
        if key.fingerprint() != signer.public_key_sha256 {
            let text = format!("it is key {}, but pack.json names {}", key.fingerprint(), signer.public_key_sha256);
            self.fail(Code::Sig, PUBLIC_KEY, text);
            return None;
        }
        Some(key)
    }

    fn statement(
        &self,
        key: &PublicKey,
        signer: &SignerRef,
        root_sig: &[u8],
        envelope: &[u8],
    ) -> Result<SealClaim, String> {
        let opened = statement::open(envelope).map_err(|why| format!("not a signed statement: {why}"))?;
        if envelope != statement::envelope(&opened.payload, &signer.public_key_sha256, &opened.signature) {
            return Err("not in the one written form".to_owned());
        }
        if !key.verifies(&statement::pre_authentication(&opened.payload), &opened.signature) {
            return Err("signature of the statement does not match".to_owned());
        }
        let stated = &opened.seal;
        let seal = SealClaim::new(signer, root_sig, stated.root_signature.request_id.clone(), stated.timestamp.clone());
        let expected = statement::statement(self.subject.pack, self.subject.root, &seal).map_err(|e| e.to_string())?;
        if opened.payload == expected {
            return Ok(seal);
        }
        Err(format!("the statement is not about {}, this pack.json and this signature", prefixed(self.subject.root)))
    }

    fn stamp(&mut self, claimed: Claimed) {
        let promised = matches!(&claimed, Claimed::Stamp(Some(_)));
        let Some(reply) = self.file(REPLY) else {
            if (self.subject.unreadable)(REPLY) {
                return;
            }
            self.no_stamp(promised);
            return;
        };
        let needed =
            |judge: &mut Self, path| judge.needed(path, Code::Missing, "a time stamp has it, and it is not present");
        let (query, pem) = (needed(self, QUERY), needed(self, CHAIN));
        let Some(query) = query else { return };
        let stamp = match tsp::read(reply, self.subject.root_file, query) {
            Ok(stamp) => stamp,
            Err(Fault { code, text }) => return self.fail(code, REPLY, text),
        };
        if pem.is_some_and(|pem| pem != stamp.chain_pem().as_bytes()) {
            self.fail(Code::Ts, CHAIN, "not the certificates of the token");
        }
        let pack = self.subject.pack;
        let order = stamp.expect_after(pack.period.collected_to, pack.clock.max_abs_skew_ms.unwrap_or(0));
        self.or_fail(order);
        let bound = match claimed {
            Claimed::Stamp(Some(stated)) if stated == claim(stamp.time, query, reply) => true,
            Claimed::Stamp(Some(_)) => {
                self.fail(Code::Ts, REPLY, "not the time stamp that the signed statement names");
                false
            }
            Claimed::Stamp(None) | Claimed::Nothing => false,
        };
        self.authority(&stamp, bound);
        self.late(&stamp);
    }

    fn or_fail(&mut self, result: Result<(), Fault>) -> bool {
        let fine = result.is_ok();
        if let Err(Fault { code, text }) = result {
            self.fail(code, REPLY, text);
        }
        fine
    }

    fn no_stamp(&mut self, promised: bool) {
        let required = self.subject.pack.seal_policy.timestamp == Demand::Required;
        if required {
            let text = "seal policy asks for a time stamp, none found (`keywitness timestamp` adds one)";
            let lost = "the signed statement names a time stamp, none found";
            self.fail(Code::TsMissing, REPLY, if promised { lost } else { text });
        } else if !self.trust.tsa_roots.is_empty() {
            self.fail(Code::TsMissing, REPLY, "a time stamp root was given, and the pack has no time stamp");
        }
        for path in [QUERY, CHAIN].into_iter().filter(|path| self.subject.files.contains_key(path)) {
            let text = "part of a time stamp without its token (an interrupted `keywitness timestamp`; run it again)";
            self.fail(Code::Extra, path, text);
        }
    }

    /// Who vouches for the token: a root from outside; or the signed statement, under a key or root from outside.
    fn authority(&mut self, stamp: &Stamp, bound: bool) {
        let roots = self.trust.tsa_roots;
        let trusted = !roots.is_empty() && self.or_fail(stamp.judge(roots));
        if trusted && !bound {
            self.or_fail(stamp.expect_nothing_loose(roots));
        }
        if roots.is_empty() {
            let vouched = bound && (self.found.signed || self.trust.expected_root == Some(self.subject.root));
            self.found.unjudged = !vouched;
            self.note(
                REPLY,
                if vouched {
                    "the signer vouches for this time stamp; its authority was not judged (--tsa-root FILE)"
                } else {
                    "a time stamp that nothing vouches for: give the root certificate of its authority (--tsa-root FILE)"
                },
            );
        }
        self.found.stamp = Some(StampFound { time: seconds(stamp.time), authority: stamp.authority(), trusted });
    }

    fn late(&mut self, stamp: &Stamp) {
        let after = stamp.time - self.subject.pack.period.collected_to;
        if after > chrono::TimeDelta::days(1) {
            let text = format!("late time stamp: {} days after the newest evidence", after.num_days());
            self.note(REPLY, text);
        }
    }
}
