//! Signatures that webpki over ring has no algorithm for, and that authorities make all the same: ECDSA with SHA-512 and
//! on the curve P-521 (FIPS 186-5, RFC 5480, RFC 5758), and RSA keys whose certificates keep them to PSS (RFC 4055, 1.2).
//!
//! A time stamp that openssl accepts is not to be refused. The arithmetic is that of the `RustCrypto` curves and of ring;
//! here a signature is only taken apart and handed over.

use super::algorithm::Hash;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use ring::signature::{
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

/// Public point (SEC 1), digest, signature (DER).
type Verify = fn(&[u8], &[u8], &[u8]) -> Result<(), p256::ecdsa::Error>;

/// A digest on a curve.
#[derive(Debug)]
pub struct Ecdsa {
    hash: Hash,
    curve: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: Verify,
}

pub static P256_SHA512: Ecdsa =
    Ecdsa { hash: Hash::Sha512, curve: alg_id::ECDSA_P256, signature: alg_id::ECDSA_SHA512, verify: on_p256 };
pub static P384_SHA512: Ecdsa =
    Ecdsa { hash: Hash::Sha512, curve: alg_id::ECDSA_P384, signature: alg_id::ECDSA_SHA512, verify: on_p384 };
pub static P521_SHA256: Ecdsa =
    Ecdsa { hash: Hash::Sha256, curve: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA256, verify: on_p521 };
pub static P521_SHA384: Ecdsa =
    Ecdsa { hash: Hash::Sha384, curve: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA384, verify: on_p521 };
pub static P521_SHA512: Ecdsa =
    Ecdsa { hash: Hash::Sha512, curve: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA512, verify: on_p521 };

fn on_p256(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), p256::ecdsa::Error> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point)?;
    key.verify_prehash(digest, &p256::ecdsa::Signature::from_der(signature)?)
}

fn on_p384(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), p256::ecdsa::Error> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point)?;
    key.verify_prehash(digest, &p384::ecdsa::Signature::from_der(signature)?)
}

fn on_p521(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), p256::ecdsa::Error> {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point)?;
    key.verify_prehash(digest, &p521::ecdsa::Signature::from_der(signature)?)
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(&self, point: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        (self.verify)(point, &self.hash.digest(message), signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.curve
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// A digest, by a key that is for PSS alone.
#[derive(Debug)]
pub struct Pss {
    hash: Hash,
    /// What the certificate says of the key: that it is for PSS, or also for which digest.
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

/// `id-RSASSA-PSS` without parameters: a key for any of its digests.
const ANY_PSS: AlgorithmIdentifier =
    AlgorithmIdentifier::from_slice(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);

const fn any(hash: Hash, signature: AlgorithmIdentifier) -> Pss {
    Pss { hash, key: ANY_PSS, signature }
}

const fn only(hash: Hash, signature: AlgorithmIdentifier) -> Pss {
    Pss { hash, key: signature, signature }
}

pub static ANY_PSS_SHA256: Pss = any(Hash::Sha256, alg_id::RSA_PSS_SHA256);
pub static ANY_PSS_SHA384: Pss = any(Hash::Sha384, alg_id::RSA_PSS_SHA384);
pub static ANY_PSS_SHA512: Pss = any(Hash::Sha512, alg_id::RSA_PSS_SHA512);
pub static ONLY_PSS_SHA256: Pss = only(Hash::Sha256, alg_id::RSA_PSS_SHA256);
pub static ONLY_PSS_SHA384: Pss = only(Hash::Sha384, alg_id::RSA_PSS_SHA384);
pub static ONLY_PSS_SHA512: Pss = only(Hash::Sha512, alg_id::RSA_PSS_SHA512);

impl SignatureVerificationAlgorithm for Pss {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let parameters = match self.hash {
            Hash::Sha256 => &RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &RSA_PSS_2048_8192_SHA512,
        };
        UnparsedPublicKey::new(parameters, key).verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
