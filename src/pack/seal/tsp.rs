//! Time stamps by RFC 3161: the question, and everything that must be true of the answer.
//!
//! `openssl ts -verify` accepts an imprint of SHA-1, does not look at a nonce that it is not given, and judges the
//! authority's certificate by today's date. Here the imprint, all digests and all signatures are of SHA-256 or
//! stronger, the stored question must be the one that the answer repeats, and certificates are judged at the time
//! that the token names: a token is not worth less when its certificate has ended.

use super::asn1::{Items, Wrong, context, context_primitive, integer, small, write};
use super::chain::{self, Certificate, Chain, RSA_PSS};
use crate::model::Time;
use crate::model::time::seconds;
use crate::pack::report::Code;
use chrono::{NaiveDate, TimeDelta};
use der::Tag;
use der::asn1::{AnyRef, ObjectIdentifier};
use ring::digest::{SHA256, SHA384, SHA512, digest};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Largest answer that is read, in bytes. Real ones have 1 to 8 kB.
pub const REPLY_MAX: u64 = 1 << 20;

/// How far the token's time may lie before the newest evidence: clocks differ, and authorities round down.
const ALLOWANCE: TimeDelta = TimeDelta::seconds(60);

/// What is wrong with a time stamp, and of which kind it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Fault {
    /// One of the codes `E-TS…`.
    pub code: Code,
    /// The sentence.
    pub text: String,
}

impl From<Wrong> for Fault {
    fn from(text: Wrong) -> Self {
        Self { code: Code::Ts, text }
    }
}

pub(super) fn fault(text: impl Into<String>) -> Fault {
    Fault { code: Code::Ts, text: text.into() }
}

pub(super) fn weak(text: impl Into<String>) -> Fault {
    Fault { code: Code::TsWeak, text: text.into() }
}

/// The digests that count as strong enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(oid: ObjectIdentifier, whose: &str) -> Result<Self, Fault> {
        match oid {
            SHA_256 => Ok(Self::Sha256),
            SHA_384 => Ok(Self::Sha384),
            SHA_512 => Ok(Self::Sha512),
            other => Err(weak(format!("{whose} is by the algorithm {other}; SHA-256 or stronger is needed"))),
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => SHA_256,
            Self::Sha384 => SHA_384,
            Self::Sha512 => SHA_512,
        }
    }

    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        };
        digest(algorithm, bytes).as_ref().to_vec()
    }
}

/// An OID in dotted form, such as the policy of a time stamp authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid(ObjectIdentifier);

impl std::str::FromStr for Oid {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        ObjectIdentifier::new(text)
            .map(Self)
            .map_err(|_| format!("{text:?} is not an object identifier such as 1.2.3.4"))
    }
}

/// The bytes of a request: SHA-256 of the data, a nonce, and the wish for certificates.
///
/// The nonce is the content of an INTEGER.
#[must_use]
pub fn query(data: &[u8], nonce: &[u8], policy: Option<Oid>) -> Vec<u8> {
    render_query(Hash::Sha256, data, nonce, policy.map(|p| p.0))
}

fn render_query(hash: Hash, data: &[u8], nonce: &[u8], policy: Option<ObjectIdentifier>) -> Vec<u8> {
    let oid = |oid: ObjectIdentifier| write(0x06, &[oid.as_bytes()]);
    let algorithm = write(0x30, &[&oid(hash.oid()), &[0x05, 0x00]]);
    let imprint = write(0x30, &[&algorithm, &write(0x04, &[&hash.digest(data)])]);
    let policy = policy.map(oid).unwrap_or_default();
    write(0x30, &[&[0x02, 0x01, 0x01], &imprint, &policy, &write(0x02, &[nonce]), &[0x01, 0x01, 0xff]])
}

/// A nonce: 63 random bits as the content of an INTEGER, never shorter than seven bytes.
///
/// # Errors
/// When the operating system has no random numbers.
pub fn nonce() -> Result<Vec<u8>, Fault> {
    let mut bytes: [u8; 8] = super::key::random().ok_or_else(|| fault("the system gave no random numbers"))?;
    // A first byte from 0x40 to 0x7f: positive, and no leading zero to be left out.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(bytes.to_vec())
}

/// A token that says what it should of some data. Whether its authority is to be trusted is another question, for
/// [`Stamp::judge`].
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The time that the authority states.
    pub time: Time,
    /// How exact it says that is.
    accuracy: TimeDelta,
    /// The authority's policy.
    policy: ObjectIdentifier,
    chain: Chain,
    /// Whether the token has parts that are under no signature, beside certificates.
    loose: bool,
}

/// Checks an answer as it came against the request, and gives it in the one form that packs hold: status, token,
/// and nothing else.
///
/// # Errors
/// What is wrong with it.
pub fn accept(reply: &[u8], data: &[u8], query: &[u8]) -> Result<(Vec<u8>, Stamp), Fault> {
    let token = granted(reply)?;
    let stored = write(0x30, &[&write(0x30, &[&[0x02, 0x01, 0x00]]), token]);
    let stamp = read(&stored, data, query)?;
    Ok((stored, stamp))
}

/// Checks a stored answer against the data and the stored request.
///
/// # Errors
/// What is wrong with it.
pub fn read(reply: &[u8], data: &[u8], query: &[u8]) -> Result<Stamp, Fault> {
    let token = granted(reply)?;
    if reply != write(0x30, &[&write(0x30, &[&[0x02, 0x01, 0x00]]), token]) {
        return Err(fault("the reply is not in the one form that packs hold: its status and its token"));
    }
    let signed = Signed::read(token)?;
    let info = Info::read(signed.content)?;
    if info.hash.digest(data) != info.imprint {
        return Err(fault("token is for other data"));
    }
    let asked = [None, Some(info.policy)].map(|policy| render_query(info.hash, data, info.nonce, policy));
    if asked.iter().all(|asked| asked != query) {
        return Err(fault("token does not answer the request in root.tsq (nonce, policy or form)"));
    }
    let chain = signed.check()?;
    Ok(Stamp { time: info.time, accuracy: info.accuracy, policy: info.policy, chain, loose: signed.loose })
}

/// The token of an answer whose status is "granted".
fn granted(reply: &[u8]) -> Result<&[u8], Fault> {
    let mut response = Items::of_sequence(reply, "time stamp reply")?;
    let mut status = response.sequence("status")?;
    match status.small("status")? {
        0 => {}
        1 => return Err(fault("the authority changed what was asked for (status 1, granted with modifications)")),
        other => return Err(fault(format!("the authority did not grant a time stamp (status {other})"))),
    }
    if response.is_empty() {
        return Err(fault("the reply holds no token"));
    }
    let token = response.raw()?;
    response.end()?;
    Ok(token)
}

impl Stamp {
    /// The certificates of the token, as the PEM text that packs hold beside it.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.chain.pem()
    }

    /// The subject of the authority's certificate, for people.
    #[must_use]
    pub fn authority(&self) -> String {
        self.chain.subject().to_owned()
    }

    /// Whether the authority stands under one of the roots, judged at the token's own time.
    ///
    /// # Errors
    /// `E-TS-UNTRUSTED`, or `E-TS-WEAK` for a signature in the chain by a weak algorithm.
    pub fn judge(&self, roots: &[Vec<u8>]) -> Result<(), Fault> {
        self.chain.judge(roots, self.time)
    }

    /// Whether the policy is the expected one.
    ///
    /// # Errors
    /// When it is another.
    pub fn expect_policy(&self, policy: Oid) -> Result<(), Fault> {
        if self.policy == policy.0 {
            return Ok(());
        }
        Err(fault(format!("the authority stamped under the policy {}, asked was {}", self.policy, policy.0)))
    }

    /// Whether the token is later than the newest evidence, clocks allowed for.
    ///
    /// # Errors
    /// `E-TS-ORDER`.
    pub fn expect_after(&self, evidence: Time, skew_ms: u64) -> Result<(), Fault> {
        let skew = i64::try_from(skew_ms).ok().and_then(TimeDelta::try_milliseconds).unwrap_or(ALLOWANCE);
        let latest = self.time.checked_add_signed(self.accuracy + ALLOWANCE.max(skew)).unwrap_or(self.time);
        if latest >= evidence {
            return Ok(());
        }
        let text = format!("genTime {} is before the newest evidence {}", seconds(self.time), seconds(evidence));
        Err(Fault { code: Code::TsOrder, text })
    }

    /// Whether every byte of the token is under a signature, or a certificate that the signature names or a root.
    ///
    /// # Errors
    /// What is not.
    pub fn expect_nothing_loose(&self, roots: &[Vec<u8>]) -> Result<(), Fault> {
        if self.loose {
            return Err(fault("the token has attributes or revocation lists that nothing protects"));
        }
        self.chain.expect_all_used(roots, self.time)
    }
}

/// Whether some bytes are a certificate as this module reads them: for the fuzzer.
///
/// # Errors
/// What is wrong with them.
pub fn certificate(der: &[u8]) -> Result<(), String> {
    let certificate = Certificate::read(der)?;
    certificate.expect_time_stamping().map_err(|fault| fault.text)
}

/// What the authority signed.
struct Info<'a> {
    hash: Hash,
    imprint: &'a [u8],
    policy: ObjectIdentifier,
    time: Time,
    accuracy: TimeDelta,
    nonce: &'a [u8],
}

impl<'a> Info<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut info = Items::of_sequence(bytes, "token")?;
        if info.small("token version")? != 1 {
            return Err(fault("the token is of an unknown version"));
        }
        let policy = info.oid("token policy")?;
        let mut imprint = info.sequence("imprint")?;
        let hash = Hash::of(algorithm(&mut imprint, "imprint algorithm")?, "the imprint")?;
        let digest = imprint.expect(Tag::OctetString, "imprint")?;
        imprint.end()?;
        info.integer("token number")?;
        let time = gen_time(info.expect(Tag::GeneralizedTime, "genTime")?)?;
        let accuracy = match info.optional(Tag::Sequence)? {
            Some(bytes) => accuracy(bytes)?,
            None => TimeDelta::zero(),
        };
        if info.optional(Tag::Boolean)?.is_some_and(|ordering| ordering != [0xff]) {
            return Err(fault("token ordering: not DER"));
        }
        let nonce = info.optional(Tag::Integer)?.ok_or_else(|| fault("token does not repeat the nonce"))?;
        let nonce = integer(nonce, "nonce")?;
        info.optional(context(0))?;
        if let Some(extensions) = info.optional(context(1))? {
            let mut extensions = Items::new(extensions, "token extensions")?;
            while !extensions.is_empty() {
                let mut extension = extensions.sequence("token extension")?;
                let id = extension.oid("token extension")?;
                if extension.optional(Tag::Boolean)?.is_some() {
                    return Err(fault(format!("the token has a critical extension that is not known ({id})")));
                }
            }
        }
        info.end()?;
        Ok(Self { hash, imprint: digest, policy, time, accuracy, nonce })
    }
}

/// `YYYYMMDDhhmmss[.f]Z` (RFC 3161, 2.4.2).
fn gen_time(bytes: &[u8]) -> Result<Time, Fault> {
    let parsed = (|| {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let fine = whole.len() == 14 && plain(whole) && plain(fraction) && (1..=9).contains(&fraction.len());
        let number = |from: usize, to: usize| whole.get(from..to)?.parse::<u32>().ok();
        let year = i32::try_from(number(0, 4)?).ok()?;
        let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
        let day = NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?)?;
        let time = day.and_hms_nano_opt(number(8, 10)?, number(10, 12)?, number(12, 14)?, nanoseconds)?;
        fine.then(|| time.and_utc())
    })();
    parsed.ok_or_else(|| fault("genTime is not a time"))
}

fn accuracy(bytes: &[u8]) -> Result<TimeDelta, Fault> {
    let mut parts = Items::new(bytes, "accuracy")?;
    let whole = match parts.optional(Tag::Integer)? {
        Some(bytes) => small(integer(bytes, "accuracy")?, "accuracy")?,
        None => 0,
    };
    let mut fraction = |number, in_a_second: i64| -> Result<i64, Fault> {
        let Some(bytes) = parts.optional(context_primitive(number))? else { return Ok(0) };
        let value = i64::from(small(integer(bytes, "accuracy")?, "accuracy")?);
        if value < in_a_second { Ok(value) } else { Err(fault("accuracy: out of range")) }
    };
    let (millis, micros) = (fraction(0, 1000)?, fraction(1, 1000)?);
    parts.end()?;
    // A day is no accuracy: it would let a token be older than the evidence.
    if whole > 3600 {
        return Err(fault("the authority does not state the time to the hour"));
    }
    Ok(TimeDelta::seconds(i64::from(whole)) + TimeDelta::milliseconds(millis) + TimeDelta::microseconds(micros))
}

/// The OID of an algorithm whose parameters are absent or NULL.
fn algorithm(items: &mut Items<'_>, what: &'static str) -> Result<ObjectIdentifier, Fault> {
    let mut algorithm = items.sequence(what)?;
    let oid = algorithm.oid(what)?;
    // It alone has more to say; it is told by name and not read.
    if oid == RSA_PSS {
        return Ok(oid);
    }
    if algorithm.optional(Tag::Null)?.is_some_and(|null| !null.is_empty()) {
        return Err(fault(format!("{what}: not DER")));
    }
    algorithm.end()?;
    Ok(oid)
}

/// The CMS envelope of a token (RFC 5652), with its one signature.
struct Signed<'a> {
    content: &'a [u8],
    certificates: Vec<Certificate<'a>>,
    signer: Signer<'a>,
    loose: bool,
}

/// The one signature.
struct Signer<'a> {
    version: u32,
    identifier: AnyRef<'a>,
    hash: Hash,
    attributes: &'a [u8],
    algorithm: ObjectIdentifier,
    signature: &'a [u8],
    has_unsigned_attributes: bool,
}

impl<'a> Signed<'a> {
    fn read(token: &'a [u8]) -> Result<Self, Fault> {
        let mut outer = Items::of_sequence(token, "token")?;
        if outer.oid("content type")? != SIGNED_DATA {
            return Err(fault("the token is not signed data"));
        }
        let inner = outer.expect(context(0), "signed data")?;
        outer.end()?;
        let mut data = Items::of_sequence(inner, "signed data")?;
        if data.small("version of signed data")? != 3 {
            return Err(fault("the token's signed data is of an unknown version"));
        }
        let mut digests = data.set("digest algorithms")?;
        let announced = algorithm(&mut digests, "digest algorithm")?;
        digests.end()?;
        let mut encapsulated = data.sequence("content")?;
        if encapsulated.oid("type of content")? != TST_INFO {
            return Err(fault("the token's content is not a time stamp"));
        }
        let mut wrapped = Items::new(encapsulated.expect(context(0), "content")?, "content")?;
        encapsulated.end()?;
        let content = wrapped.expect(Tag::OctetString, "content")?;
        wrapped.end()?;
        let certificates = match data.optional(context(0))? {
            Some(set) => certificates(set)?,
            None => Vec::new(),
        };
        let lists = data.optional(context(1))?.is_some();
        let mut signers = data.set("signers")?;
        let signer = Signer::read(signers.sequence("signer")?)?;
        signers.end().map_err(|_| fault("the token has more than one signer"))?;
        data.end()?;
        if signer.hash.oid() != announced {
            return Err(fault("the token announces another digest than its signer uses"));
        }
        let loose = lists || signer.has_unsigned_attributes;
        Ok(Self { content, certificates, signer, loose })
    }

    /// The signature, over attributes that name content and certificate; gives the certificates, signer first.
    fn check(&self) -> Result<Chain, Fault> {
        let signer = &self.signer;
        let stated = Attributes::read(signer.attributes)?;
        if stated.digest != signer.hash.digest(self.content) {
            return Err(fault("the signed digest is not that of the token's content"));
        }
        let (v1, v2) = (stated.certificate_v1, stated.certificate_v2);
        let named = |c: &Certificate<'_>| {
            v1.is_none_or(|digest| c.sha1() == digest) && v2.is_none_or(|(hash, digest)| hash.digest(c.der()) == digest)
        };
        let place = self.certificates.iter().position(named);
        let place = place.ok_or_else(|| fault("the token does not hold the certificate that its signature names"))?;
        let certificate = &self.certificates[place];
        if !certificate.is_identified_by(signer.version, signer.identifier)? {
            return Err(fault("the signature names one certificate and its signer another"));
        }
        certificate.expect_time_stamping()?;
        // What is signed is the attributes as a SET, though they stand there as [0] (RFC 5652, 5.4).
        let message = write(0x31, &[signer.attributes]);
        certificate.expect_signature(signer.hash, signer.algorithm, &message, signer.signature)?;
        Ok(Chain::new(&self.certificates, place))
    }
}

fn certificates(set: &[u8]) -> Result<Vec<Certificate<'_>>, Fault> {
    let mut set = Items::new(set, "certificates")?;
    let mut certificates = Vec::new();
    while !set.is_empty() {
        if certificates.len() == chain::MOST {
            return Err(fault(format!("the token has more than {} certificates", chain::MOST)));
        }
        certificates.push(Certificate::read(set.raw()?)?);
    }
    Ok(certificates)
}

impl<'a> Signer<'a> {
    fn read(mut parts: Items<'a>) -> Result<Self, Fault> {
        let version = parts.small("signer version")?;
        let identifier = parts.any()?;
        let hash = Hash::of(algorithm(&mut parts, "digest algorithm")?, "the digest")?;
        let attributes = parts.expect(context(0), "signed attributes")?;
        let algorithm = algorithm(&mut parts, "signature algorithm")?;
        let signature = parts.expect(Tag::OctetString, "signature")?;
        let has_unsigned_attributes = parts.optional(context(1))?.is_some();
        parts.end()?;
        Ok(Self { version, identifier, hash, attributes, algorithm, signature, has_unsigned_attributes })
    }
}

/// What the signature says of what it signs.
struct Attributes<'a> {
    digest: &'a [u8],
    certificate_v1: Option<&'a [u8]>,
    certificate_v2: Option<(Hash, &'a [u8])>,
}

impl<'a> Attributes<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut all = Items::new(bytes, "signed attributes")?;
        let (mut seen, mut kind, mut digest) = (Vec::new(), false, None);
        let (mut certificate_v1, mut certificate_v2) = (None, None);
        while !all.is_empty() {
            let mut attribute = all.sequence("signed attribute")?;
            let id = attribute.oid("signed attribute")?;
            if seen.contains(&id) {
                return Err(fault(format!("the signed attribute {id} stands twice")));
            }
            seen.push(id);
            let mut values = attribute.set("values of a signed attribute")?;
            attribute.end()?;
            match id {
                CONTENT_TYPE => {
                    if values.oid("content type")? != TST_INFO {
                        return Err(fault("the signature is for content of another type"));
                    }
                    kind = true;
                    values.end()?;
                }
                MESSAGE_DIGEST => {
                    digest = Some(values.expect(Tag::OctetString, "message digest")?);
                    values.end()?;
                }
                SIGNING_CERTIFICATE => {
                    let mut first = first_certificate(&mut values)?;
                    certificate_v1 = Some(first.expect(Tag::OctetString, "certificate digest")?);
                }
                SIGNING_CERTIFICATE_V2 => {
                    let mut first = first_certificate(&mut values)?;
                    let hash = match first.optional(Tag::Sequence)? {
                        None => Hash::Sha256,
                        Some(bytes) => {
                            let whole = write(0x30, &[bytes]);
                            let oid = algorithm(&mut Items::new(&whole, "certificate digest")?, "certificate digest")?;
                            Hash::of(oid, "the certificate digest")?
                        }
                    };
                    certificate_v2 = Some((hash, first.expect(Tag::OctetString, "certificate digest")?));
                }
                _ => {}
            }
        }
        if !kind {
            return Err(fault("the signature does not say what it signs"));
        }
        if certificate_v1.is_none() && certificate_v2.is_none() {
            return Err(fault("the signature names no certificate (ESSCertIDv2)"));
        }
        let digest = digest.ok_or_else(|| fault("the signature states no digest"))?;
        Ok(Self { digest, certificate_v1, certificate_v2 })
    }
}

/// The first certificate id of a `SigningCertificate`: that of the signer (RFC 5035, 5).
fn first_certificate<'a>(values: &mut Items<'a>) -> Result<Items<'a>, Fault> {
    let mut value = values.sequence("signing certificate")?;
    values.end()?;
    let mut ids = value.sequence("signing certificate")?;
    Ok(ids.sequence("signing certificate")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_has_the_bytes_of_the_standard() {
        let bytes = query(b"abc", &[0x41, 2, 3, 4, 5, 6, 7, 8], None);
        assert_eq!(bytes.len(), 69);
        assert_eq!(bytes[..2], [0x30, 67]);
        assert!(bytes.ends_with(&[0x02, 8, 0x41, 2, 3, 4, 5, 6, 7, 8, 0x01, 0x01, 0xff]));
        let with_policy = query(b"abc", &[0x41], Some("1.2.3.4".parse().unwrap()));
        assert!(with_policy.windows(5).any(|w| w == [0x06, 3, 0x2a, 3, 4]));
    }

    #[test]
    fn nonces_are_positive_and_differ() {
        let (one, two) = (nonce().unwrap(), nonce().unwrap());
        assert!(one != two && one.len() == 8 && (0x40..0x80).contains(&one[0]));
    }

    #[test]
    fn times_of_the_standard_and_no_others() {
        let time = |t: &str| gen_time(t.as_bytes()).map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        assert_eq!(time("20261001090300Z").unwrap(), "2026-10-01T09:03:00.000Z");
        assert_eq!(time("20261001090300.25Z").unwrap(), "2026-10-01T09:03:00.250Z");
        for odd in [
            "",
            "Z",
            "20261001090300",
            "20261301090300Z",
            "202610010903Z",
            "20261001090300.Z",
            "+0261001090300Z",
            "20261001090300.1234567891Z",
            "20261001090300+0100",
            "20261001 90300Z",
        ] {
            assert!(time(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn an_authority_that_refuses_is_quoted() {
        for (reply, words) in [
            (&[0x30, 5, 0x30, 3, 2, 1, 2][..], "status 2"),
            (&[0x30, 5, 0x30, 3, 2, 1, 1], "modifications"),
            (&[0x30, 5, 0x30, 3, 2, 1, 0], "no token"),
            (b"<html>", "time stamp reply"),
            (b"", "time stamp reply"),
        ] {
            let text = accept(reply, b"", b"").unwrap_err().text;
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn the_accuracy_is_bounded() {
        assert_eq!(accuracy(&[2, 1, 1, 0x80, 2, 1, 0xf4]).unwrap(), TimeDelta::milliseconds(1500));
        assert!(accuracy(&[2, 3, 1, 0, 0]).is_err());
        assert!(accuracy(&[0x80, 2, 3, 0xe8]).is_err());
        assert!(accuracy(&[2, 1, 0xff]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = accept(&bytes, b"x", b"y");
            let _ = Signed::read(&bytes);
            let _ = Info::read(&bytes);
            let _ = Attributes::read(&bytes);
            let _ = Certificate::read(&bytes);
        }
    }
}
