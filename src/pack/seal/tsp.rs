//! Time stamps by RFC 3161: the question, and everything that must be true of the answer.
//!
//! `openssl ts -verify` accepts an imprint of SHA-1, does not look at a nonce that it is not given, and judges the
//! authority's certificate by today's date. Here the imprint, all digests and all signatures are of SHA-256 or
//! stronger, the stored question must be the one that the answer repeats, and certificates are judged at the time
//! that the token names: a token is not worth less when its certificate has ended.

use super::algorithm::{Hash, algorithm};
use super::asn1::{Items, Wrong, context, context_primitive, integer, small, write};
use super::chain::{Certificate, Chain};
use super::cms::Signed;
use crate::model::Time;
use crate::model::time::seconds;
use crate::pack::report::Code;
use chrono::{NaiveDate, TimeDelta};
use der::Tag;
use der::asn1::ObjectIdentifier;

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
            let _ = Certificate::read(&bytes);
        }
    }
}
