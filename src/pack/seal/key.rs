//! The keys that sign packs: ECDSA on P-256 with SHA-256, the one algorithm of this schema.
//!
//! AWS KMS offers it (`ECC_NIST_P256`), every `openssl` verifies it, and one algorithm leaves an attacker nothing to
//! choose. A signature is accepted in one form only, DER with the smaller of the two possible values of `s`: for
//! every ECDSA signature there is a second one that anybody can compute, and a file that can change unnoticed is
//! not what a seal is for.

use super::super::digest::sha256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use der::asn1::UintRef;
use der::{Decode as _, Reader as _, SliceReader};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;
use std::fmt::Write as _;

/// What `signer.json` and the statement call the algorithm.
pub const ALGORITHM: &str = "ECDSA_P256_SHA256";

/// The `SubjectPublicKeyInfo` of every P-256 key, up to the point itself (RFC 5480).
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The order of the curve (SEC 2, 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Why a key or a signature cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not PEM, or PEM of something else.
    #[error("it holds no public key in PEM (-----BEGIN PUBLIC KEY-----)")]
    NoPem,
    /// A public key of another kind.
    #[error("it is not an ECDSA key on the curve P-256")]
    NotP256,
    /// Not the DER of an ECDSA signature.
    #[error("the signature is not an ECDSA signature in DER")]
    Form,
}

/// A public key on P-256.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey {
    /// The uncompressed point, `04 || x || y`.
    point: [u8; 65],
}

impl PublicKey {
    /// The key of an uncompressed point.
    ///
    /// # Errors
    /// When it has not the form of one. Whether it lies on the curve shows when a signature is verified.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; 65] = point.try_into().map_err(|_| KeyError::NotP256)?;
        if point[0] == 4 { Ok(Self { point }) } else { Err(KeyError::NotP256) }
    }

    /// The key of a DER `SubjectPublicKeyInfo`, as KMS gives it.
    ///
    /// # Errors
    /// When it is of another kind.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_point(der.strip_prefix(SPKI_HEAD.as_slice()).ok_or(KeyError::NotP256)?)
    }

    /// All public keys in a PEM text; what stands around them is skipped.
    ///
    /// # Errors
    /// When there is none, or one is of another kind.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, KeyError> {
        let mut keys = Vec::new();
        for found in SubjectPublicKeyInfoDer::pem_slice_iter(pem) {
            keys.push(Self::from_spki(&found.map_err(|_| KeyError::NoPem)?)?);
        }
        if keys.is_empty() { Err(KeyError::NoPem) } else { Ok(keys) }
    }

    /// The DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        [SPKI_HEAD.as_slice(), &self.point].concat()
    }

    /// The PEM text, as `openssl pkey -pubout` writes it.
    #[must_use]
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki())
    }

    /// The fingerprint: the SHA-256 of the DER `SubjectPublicKeyInfo`, in hex.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        sha256(&self.spki())
    }

    /// Whether this key made that signature of the message, and the signature has the one accepted form.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        normalized(signature).is_ok_and(|one| one == signature)
            && UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, self.point).verify(message, signature).is_ok()
    }
}

/// DER as PEM: 64 characters a line.
pub(in crate::pack) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        let _ = writeln!(text, "{}", String::from_utf8_lossy(line)); // writing to a String cannot fail
    }
    text + &format!("-----END {label}-----\n")
}

/// The same signature in the one accepted form: `s` not above half of the curve's order, shortest DER.
///
/// # Errors
/// When it is not the DER of two numbers below the order.
pub fn normalized(signature: &[u8]) -> Result<Vec<u8>, KeyError> {
    let (r, s) = numbers(signature).ok_or(KeyError::Form)?;
    let other = minus(&ORDER, &s);
    let s = if other < s { other } else { s };
    let body = [integer(&r), integer(&s)].concat();
    Ok([&[0x30, u8::try_from(body.len()).map_err(|_| KeyError::Form)?], body.as_slice()].concat())
}

fn numbers(signature: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let mut reader = SliceReader::new(signature).ok()?;
    let (r, s) =
        reader.sequence(|inner| Ok::<_, der::Error>((UintRef::decode(inner)?, UintRef::decode(inner)?))).ok()?;
    reader.finish().ok()?;
    let fill = |number: UintRef<'_>| {
        let bytes = number.as_bytes();
        let mut all = [0; 32];
        all.get_mut(32_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
        (all != [0; 32] && all < ORDER).then_some(all)
    };
    Some((fill(r)?, fill(s)?))
}

/// `a - b` for `a` not below `b`.
fn minus(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut result = [0; 32];
    let mut borrow = false;
    for at in (0..32).rev() {
        let (first, under) = a[at].overflowing_sub(b[at]);
        let (second, again) = first.overflowing_sub(u8::from(borrow));
        result[at] = second;
        borrow = under || again;
    }
    result
}

fn integer(number: &[u8; 32]) -> Vec<u8> {
    let start = number.iter().position(|b| *b != 0).unwrap_or(31);
    let mut value = number[start..].to_vec();
    if value[0] >= 0x80 {
        value.insert(0, 0);
    }
    // At most 33 bytes, so the length is one byte.
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    [&[0x02, length], value.as_slice()].concat()
}

/// Random bytes of the operating system; `None` when it has none to give.
pub(in crate::pack) fn random<const N: usize>() -> Option<[u8; N]> {
    use ring::rand::{SecureRandom as _, SystemRandom};
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
pub(in crate::pack) mod tests {
    use super::*;
    use proptest::prelude::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    /// A new key pair for a test.
    pub fn pair() -> (EcdsaKeyPair, PublicKey) {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
        let public = PublicKey::from_point(pair.public_key().as_ref()).unwrap();
        (pair, public)
    }

    pub fn sign(pair: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
        pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }

    /// The other signature of the same message: `n - s` for `s`.
    pub fn other_form(signature: &[u8]) -> Vec<u8> {
        let (r, s) = numbers(signature).unwrap();
        let body = [integer(&r), integer(&minus(&ORDER, &s))].concat();
        [&[0x30, u8::try_from(body.len()).unwrap()], body.as_slice()].concat()
    }

    #[test]
    fn a_signature_has_one_form_and_its_twin_is_refused() {
        let (pair, public) = pair();
        for n in 0..40_u8 {
            let signature = normalized(&sign(&pair, &[n])).unwrap();
            assert!(public.verifies(&[n], &signature));
            let twin = other_form(&signature);
            assert_ne!(twin, signature);
            let valid = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public.point).verify(&[n], &twin);
            assert!(valid.is_ok(), "the twin is a signature as well");
            assert!(!public.verifies(&[n], &twin));
            assert_eq!(normalized(&twin).unwrap(), signature);
            assert!(!public.verifies(&[n, 1], &signature));
        }
    }

    #[test]
    fn a_key_goes_through_pem_and_back() {
        let (_, public) = pair();
        assert_eq!(PublicKey::all_from_pem(public.pem().as_bytes()).unwrap(), std::slice::from_ref(&public));
        let two = format!("trusted since May\n{}{}", public.pem(), public.pem());
        assert_eq!(PublicKey::all_from_pem(two.as_bytes()).unwrap().len(), 2);
        for odd in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN PUBLIC KEY-----\n"]
        {
            assert!(PublicKey::all_from_pem(odd.as_bytes()).is_err(), "{odd}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_no_signature() {
        let zero = [0x30, 6, 2, 1, 0, 2, 1, 1];
        let order = [&[0x30, 38, 2, 33, 0], ORDER.as_slice(), &[2, 1, 1]].concat();
        let negative = [0x30, 6, 2, 1, 0xff, 2, 1, 1];
        let long = [0x30, 7, 2, 2, 0, 1, 2, 1, 1];
        let trailing = [0x30, 6, 2, 1, 1, 2, 1, 1, 0];
        for odd in [zero.as_slice(), &order, &negative, &long, &trailing, b"", b"\x30\x80"] {
            assert_eq!(normalized(odd), Err(KeyError::Form), "{odd:02x?}");
        }
        assert!(normalized(&[0x30, 6, 2, 1, 1, 2, 1, 1]).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..90)) {
            if let Ok(one) = normalized(&bytes) {
                prop_assert_eq!(normalized(&one).unwrap(), one);
            }
        }
    }
}
