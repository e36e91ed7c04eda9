//! The certificates of a time stamp authority: what one must say of itself, and whether it stands under a root.
//!
//! Chains are built and checked by webpki, which TLS brings anyway. It leaves out three things that matter here and
//! are done beside it: the purpose of the signer (the sole one, and critical, RFC 3161, 2.3), the key usage of those
//! who issue, and whether the root itself was valid at the time.

use super::algorithm::{Hash, SignatureAlgorithm};
use super::asn1::{Items, Wrong, context, context_primitive};
use super::key::pem;
use super::tsp::{Fault, fault, weak};
use super::verification as ours;
use crate::model::Time;
use crate::model::time::seconds;
use crate::pack::report::Code;
use chrono::NaiveDateTime;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Tag, Tagged as _};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::ring as algorithms;
use webpki::{EndEntityCert, KeyUsage, VerifiedPath, anchor_from_trusted_cert};

/// The most certificates that a token may bring.
pub const MOST: usize = 16;

const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// The same, as webpki wants it.
const TIME_STAMPING_BYTES: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
const RSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
const ECDSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
pub(super) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// What there is instead, for whoever chooses an authority.
const SUPPORTED: &str = "supported are RSA (PKCS #1 and PSS) from 2048 bits and ECDSA on P-256, P-384 and P-521, with SHA-256, \
                         SHA-384 and SHA-512; this program can neither accept nor refute the time stamp, openssl can";

/// Signatures in the chain: the algorithms of webpki and what it lacks, all of SHA-256 or stronger.
static OF_CERTIFICATES: [&dyn SignatureVerificationAlgorithm; 21] = [
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    &ours::P256_SHA512,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    &ours::P384_SHA512,
    &ours::P521_SHA256,
    &ours::P521_SHA384,
    &ours::P521_SHA512,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    &ours::ANY_PSS_SHA256,
    &ours::ANY_PSS_SHA384,
    &ours::ANY_PSS_SHA512,
    &ours::ONLY_PSS_SHA256,
    &ours::ONLY_PSS_SHA384,
    &ours::ONLY_PSS_SHA512,
];

/// A certificate (RFC 5280, 4.1), as far as it matters here.
#[derive(Clone)]
pub(in crate::pack) struct Certificate<'a> {
    der: &'a [u8],
    serial: &'a [u8],
    /// With its tag.
    issuer: &'a [u8],
    /// Without its tag, as trust anchors have it.
    subject: &'a [u8],
    /// Without its tag, as trust anchors have it.
    key: &'a [u8],
    not_before: Time,
    not_after: Time,
    extensions: Vec<Extension<'a>>,
}

#[derive(Clone)]
struct Extension<'a> {
    id: ObjectIdentifier,
    critical: bool,
    value: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub fn read(der: &'a [u8]) -> Result<Self, Wrong> {
        let mut certificate = Items::of_sequence(der, "certificate")?;
        let mut fields = certificate.sequence("certificate")?;
        fields.optional(context(0))?;
        let serial = fields.integer("serial number")?;
        fields.sequence("algorithm of the certificate")?;
        let issuer = fields.raw()?;
        let mut validity = fields.sequence("validity")?;
        let (not_before, not_after) = (moment(validity.any()?)?, moment(validity.any()?)?);
        validity.end()?;
        let subject = fields.expect(Tag::Sequence, "subject")?;
        let key = fields.expect(Tag::Sequence, "public key")?;
        fields.optional(context_primitive(1))?;
        fields.optional(context_primitive(2))?;
        let extensions = match fields.optional(context(3))? {
            Some(list) => extensions(Items::of_sequence(list, "extensions")?)?,
            None => Vec::new(),
        };
        fields.end()?;
        Ok(Self { der, serial, issuer, subject, key, not_before, not_after, extensions })
    }

    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// For `ESSCertID` of RFC 2634 only, which names a certificate so; it protects nothing.
    pub fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, self.der).as_ref().to_vec()
    }

    fn extension(&self, id: ObjectIdentifier) -> Option<&Extension<'a>> {
        self.extensions.iter().find(|e| e.id == id)
    }

    /// Whether a `SignerIdentifier` means this certificate: issuer and number, or the id of its key.
    pub fn is_identified_by(&self, version: u32, identifier: AnyRef<'_>) -> Result<bool, Wrong> {
        if version == 1 && identifier.tag() == Tag::Sequence {
            let mut parts = Items::new(identifier.value(), "signer identifier")?;
            let (issuer, serial) = (parts.raw()?, parts.integer("serial number")?);
            parts.end()?;
            return Ok(issuer == self.issuer && serial == self.serial);
        }
        let Some(own) = self.extension(SUBJECT_KEY_ID) else { return Ok(false) };
        let own = Items::new(own.value, "key id")?.expect(Tag::OctetString, "key id")?;
        Ok(version == 3 && identifier.tag() == context_primitive(0) && identifier.value() == own)
    }

    /// Whether it is for time stamps and for nothing else.
    pub fn expect_time_stamping(&self) -> Result<(), Fault> {
        let usage = self.extension(EXTENDED_KEY_USAGE);
        let usage = usage.ok_or_else(|| fault("the authority's certificate states no purpose"))?;
        let mut purposes = Items::of_sequence(usage.value, "purposes")?;
        let first = purposes.oid("purpose")?;
        if !usage.critical || first != TIME_STAMPING || !purposes.is_empty() {
            return Err(fault("the authority's certificate is not for time stamps alone (sole critical purpose)"));
        }
        // Digital signature or non-repudiation (RFC 5280, 4.2.1.12).
        if self.key_usage()?.is_some_and(|bits| bits & 0b1100_0000 == 0) {
            return Err(fault("the authority's certificate is not for signatures (key usage)"));
        }
        Ok(())
    }

    /// The first eight bits of the key usage, the highest being "digital signature".
    fn key_usage(&self) -> Result<Option<u8>, Wrong> {
        let Some(usage) = self.extension(KEY_USAGE) else { return Ok(None) };
        let mut value = Items::new(usage.value, "key usage")?;
        match value.expect(Tag::BitString, "key usage")? {
            [0..8, bits, ..] => Ok(Some(*bits)),
            _ => Err("key usage: no bits".to_owned()),
        }
    }

    /// Whether its key made a signature.
    pub fn expect_signature(
        &self,
        hash: Hash,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Fault> {
        // The signer's digest is that of the signed attributes (RFC 5652, 5.4), and so of the signature.
        let fitting: &[&dyn SignatureVerificationAlgorithm] = match (algorithm.oid, hash) {
            (RSA | RSA_SHA_256, Hash::Sha256) => &[algorithms::RSA_PKCS1_2048_8192_SHA256],
            (RSA | RSA_SHA_384, Hash::Sha384) => &[algorithms::RSA_PKCS1_2048_8192_SHA384],
            (RSA | RSA_SHA_512, Hash::Sha512) => &[algorithms::RSA_PKCS1_2048_8192_SHA512],
            (RSA_PSS, hash) if algorithm.pss != Some(hash) => {
                return Err(fault(format!(
                    "the token is signed by RSA-PSS with another digest, mask or salt than its digest has: {SUPPORTED}"
                )));
            }
            (RSA_PSS, Hash::Sha256) => {
                &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY, &ours::ANY_PSS_SHA256, &ours::ONLY_PSS_SHA256]
            }
            (RSA_PSS, Hash::Sha384) => {
                &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY, &ours::ANY_PSS_SHA384, &ours::ONLY_PSS_SHA384]
            }
            (RSA_PSS, Hash::Sha512) => {
                &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY, &ours::ANY_PSS_SHA512, &ours::ONLY_PSS_SHA512]
            }
            (ECDSA_SHA_256, Hash::Sha256) => {
                &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256, &ours::P521_SHA256]
            }
            (ECDSA_SHA_384, Hash::Sha384) => {
                &[algorithms::ECDSA_P256_SHA384, algorithms::ECDSA_P384_SHA384, &ours::P521_SHA384]
            }
            (ECDSA_SHA_512, Hash::Sha512) => &[&ours::P256_SHA512, &ours::P384_SHA512, &ours::P521_SHA512],
            (RSA_SHA_1 | ECDSA_SHA_1, _) => return Err(weak("the token is signed with SHA-1")),
            (other, _) => return Err(fault(format!("the token is signed by an unknown algorithm ({other})"))),
        };
        let der = CertificateDer::from(self.der);
        let certificate = EndEntityCert::try_from(&der);
        let certificate = certificate.map_err(|e| fault(format!("the authority's certificate: {e}")))?;
        let judged: Vec<_> = fitting.iter().map(|a| certificate.verify_signature(*a, message, signature)).collect();
        let other_key =
            |r: &Result<(), _>| matches!(r, Err(webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)));
        if judged.iter().any(Result::is_ok) {
            Ok(())
        } else if judged.iter().all(other_key) {
            Err(fault(format!("the authority's key is of a kind that is not supported: {SUPPORTED}")))
        } else {
            Err(fault("the token's signature does not match"))
        }
    }

    fn is_valid_at(&self, time: Time) -> bool {
        (self.not_before..=self.not_after).contains(&time)
    }

    /// The names of the subject, for people: common name, organization and so on, as they stand there.
    pub fn subject_text(&self) -> String {
        let mut names = Vec::new();
        let Ok(mut sets) = Items::new(self.subject, "subject") else { return String::new() };
        while let Ok(set) = sets.set("name") {
            let mut set = set;
            while let Ok(mut name) = set.sequence("name") {
                if let (Ok(_), Ok(value)) = (name.oid("name"), name.any()) {
                    names.push(String::from_utf8_lossy(value.value()).into_owned());
                }
            }
        }
        names.join(", ")
    }
}

fn extensions<'a>(mut list: Items<'a>) -> Result<Vec<Extension<'a>>, Wrong> {
    let mut found: Vec<Extension<'a>> = Vec::new();
    while !list.is_empty() {
        let mut extension = list.sequence("extension")?;
        let id = extension.oid("extension")?;
        let critical = extension.optional(Tag::Boolean)?.is_some_and(|b| b == [0xff]);
        let value = extension.expect(Tag::OctetString, "extension")?;
        extension.end()?;
        if found.iter().any(|e| e.id == id) {
            return Err(format!("the extension {id} stands twice"));
        }
        found.push(Extension { id, critical, value });
    }
    Ok(found)
}

/// `UTCTime` until 2049, `GeneralizedTime` after (RFC 5280, 4.1.2.5).
fn moment(value: AnyRef<'_>) -> Result<Time, Wrong> {
    let wrong = || "validity: not a time".to_owned();
    let text = std::str::from_utf8(value.value()).map_err(|_| wrong())?;
    let text = match value.tag() {
        // Two digits of the year; 50 is 1950.
        Tag::UtcTime => {
            format!("{}{text}", if text.as_bytes().first().is_some_and(|b| *b >= b'5') { "19" } else { "20" })
        }
        Tag::GeneralizedTime => text.to_owned(),
        _ => return Err(wrong()),
    };
    let plain = text.len() == 15 && text.ends_with('Z') && text[..14].bytes().all(|b| b.is_ascii_digit());
    let time = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok().filter(|_| plain);
    time.map(|t| t.and_utc()).ok_or_else(wrong)
}

/// The certificates of a token, the signer's first.
#[derive(Clone, Debug)]
pub(in crate::pack) struct Chain {
    certificates: Vec<Vec<u8>>,
    subject: String,
}

impl Chain {
    /// From the certificates of a token, of which the one at `signer` signed it.
    pub fn new(certificates: &[Certificate<'_>], signer: usize) -> Self {
        let first = certificates.iter().skip(signer).take(1);
        let others = certificates.iter().enumerate().filter(|(place, _)| *place != signer).map(|(_, c)| c);
        let subject = certificates.get(signer).map(Certificate::subject_text).unwrap_or_default();
        Self { certificates: first.chain(others).map(|c| c.der.to_vec()).collect(), subject }
    }

    pub fn pem(&self) -> String {
        self.certificates.iter().map(|der| pem("CERTIFICATE", der)).collect()
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the signer stood under one of the roots at that time.
    pub fn judge(&self, roots: &[Vec<u8>], at: Time) -> Result<(), Fault> {
        self.path(roots, at, |_| ())
    }

    /// Whether each certificate is of use: on the way to a root, or a root that was given.
    pub fn expect_all_used(&self, roots: &[Vec<u8>], at: Time) -> Result<(), Fault> {
        let used = self
            .path(roots, at, |path| path.intermediate_certificates().map(|c| c.der().to_vec()).collect::<Vec<_>>())?;
        let others = self.certificates.iter().skip(1);
        match others.filter(|c| !used.contains(c) && !roots.contains(c)).count() {
            0 => Ok(()),
            count => Err(fault(format!("{count} certificates of the token lead to none of the given roots"))),
        }
    }

    fn path<T>(&self, roots: &[Vec<u8>], at: Time, see: impl Fn(&VerifiedPath<'_>) -> T) -> Result<T, Fault> {
        let untrusted = |text: String| Fault {
            code: Code::TsUntrusted,
            text: format!("{text} (authority {:?}, judged at {})", self.subject, seconds(at)),
        };
        let roots: Vec<CertificateDer<'_>> = roots.iter().map(|r| CertificateDer::from(r.as_slice())).collect();
        let anchors: Vec<TrustAnchor<'_>> = roots.iter().filter_map(|r| anchor_from_trusted_cert(r).ok()).collect();
        let all: Vec<CertificateDer<'_>> =
            self.certificates.iter().map(|c| CertificateDer::from(c.as_slice())).collect();
        let (signer, others) = all.split_first().ok_or_else(|| fault("the token has no certificate"))?;
        let signer = EndEntityCert::try_from(signer).map_err(|e| fault(format!("the authority's certificate: {e}")))?;
        let since = u64::try_from(at.timestamp()).map_err(|_| fault("genTime is before 1970"))?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(since));
        let beside = |path: &VerifiedPath<'_>| beside_webpki(path, &roots, at);
        // That the signer itself is for time stamps was seen before; issuers need not name a purpose.
        let usage = KeyUsage::required_if_present(TIME_STAMPING_BYTES);
        let path = signer.verify_for_usage(&OF_CERTIFICATES, &anchors, others, now, usage, None, Some(&beside));
        match path {
            Ok(path) => Ok(see(&path)),
            Err(error) => Err(explain(&error, untrusted)),
        }
    }
}

/// What webpki leaves out: issuers are for issuing, and the root was valid.
fn beside_webpki(path: &VerifiedPath<'_>, roots: &[CertificateDer<'_>], at: Time) -> Result<(), webpki::Error> {
    for issuer in path.intermediate_certificates() {
        let der = issuer.der();
        let issuer = Certificate::read(&der).map_err(|_| webpki::Error::BadDer)?;
        let usage = issuer.key_usage().map_err(|_| webpki::Error::BadDer)?;
        // keyCertSign is the sixth bit.
        if usage.is_some_and(|bits| bits & 0b0000_0100 == 0) {
            return Err(webpki::Error::EndEntityUsedAsCa);
        }
    }
    let anchor = path.anchor();
    let is_anchor =
        |c: &Certificate<'_>| c.subject == anchor.subject.as_ref() && c.key == anchor.subject_public_key_info.as_ref();
    let valid = roots.iter().filter_map(|r| Certificate::read(r).ok()).any(|c| is_anchor(&c) && c.is_valid_at(at));
    if valid { Ok(()) } else { Err(webpki::Error::InvalidCertValidity) }
}

fn explain(error: &webpki::Error, untrusted: impl Fn(String) -> Fault) -> Fault {
    use webpki::Error as E;
    match error {
        E::UnsupportedSignatureAlgorithmContext(_) => weak(format!(
            "a certificate of the chain is signed by a weak algorithm, or by one that is not supported: {SUPPORTED}"
        )),
        // An issuer of the right name with a key of another kind did not sign it.
        E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => untrusted(format!(
            "issuer not under the given root, whose key is of another kind than the signature; {SUPPORTED}"
        )),
        E::UnknownIssuer => untrusted("issuer not under the given root".to_owned()),
        E::CertExpired { .. } => untrusted("a certificate of the chain had expired".to_owned()),
        E::CertNotValidYet { .. } => untrusted("a certificate of the chain was not valid yet".to_owned()),
        E::InvalidCertValidity => untrusted("the given root was not valid".to_owned()),
        E::EndEntityUsedAsCa => untrusted("a certificate of the chain is not for issuing others".to_owned()),
        other => untrusted(format!("the chain does not hold: {other}")),
    }
}
