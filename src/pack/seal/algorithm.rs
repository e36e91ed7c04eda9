//! The algorithms of a token, by their identifiers: digests that are strong enough, and how something was signed.

use super::asn1::{Items, context};
use super::chain::RSA_PSS;
use super::tsp::{Fault, fault, weak};
use der::Tag;
use der::asn1::ObjectIdentifier;
use ring::digest::{SHA256, SHA384, SHA512, digest};

const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// The mask of RSA-PSS (RFC 8017, B.2.1).
const MGF_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// The digests that count as strong enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub fn of(oid: ObjectIdentifier, whose: &str) -> Result<Self, Fault> {
        match oid {
            SHA_256 => Ok(Self::Sha256),
            SHA_384 => Ok(Self::Sha384),
            SHA_512 => Ok(Self::Sha512),
            other => Err(weak(format!("{whose} is by the algorithm {other}; SHA-256 or stronger is needed"))),
        }
    }

    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => SHA_256,
            Self::Sha384 => SHA_384,
            Self::Sha512 => SHA_512,
        }
    }

    /// How long the digest is.
    fn bytes(self) -> u32 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
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

/// The OID of an algorithm whose parameters are absent or NULL.
pub(super) fn algorithm(items: &mut Items<'_>, what: &'static str) -> Result<ObjectIdentifier, Fault> {
    let mut algorithm = items.sequence(what)?;
    let oid = algorithm.oid(what)?;
    nothing_more(algorithm, what)?;
    Ok(oid)
}

fn nothing_more(mut algorithm: Items<'_>, what: &'static str) -> Result<(), Fault> {
    if algorithm.optional(Tag::Null)?.is_some_and(|null| !null.is_empty()) {
        return Err(fault(format!("{what}: not DER")));
    }
    Ok(algorithm.end()?)
}

/// How something was signed.
#[derive(Debug)]
pub(super) struct SignatureAlgorithm {
    pub oid: ObjectIdentifier,
    /// For RSA-PSS: the digest, where it is also that of the mask and the salt is as long (the only form in use).
    pub pss: Option<Hash>,
}

impl SignatureAlgorithm {
    pub fn read(items: &mut Items<'_>) -> Result<Self, Fault> {
        let what = "signature algorithm";
        let mut algorithm = items.sequence(what)?;
        let oid = algorithm.oid(what)?;
        if oid != RSA_PSS {
            nothing_more(algorithm, what)?;
            return Ok(Self { oid, pss: None });
        }
        Ok(Self { oid, pss: pss(algorithm)? })
    }
}

/// The parameters of RSA-PSS (RFC 4055, 3.1). What is left out stands for SHA-1 and is not strong enough.
fn pss(mut algorithm: Items<'_>) -> Result<Option<Hash>, Fault> {
    let what = "parameters of RSA-PSS";
    let absent =
        || weak("the token is signed by RSA-PSS with SHA-1, which is what parameters that are not stated mean");
    let mut parameters = Items::new(algorithm.optional(Tag::Sequence)?.ok_or_else(absent)?, what)?;
    algorithm.end()?;
    let mut digest = Items::new(parameters.optional(context(0))?.ok_or_else(absent)?, what)?;
    let hash = Hash::of(self::algorithm(&mut digest, what)?, "RSA-PSS")?;
    digest.end()?;
    let mut mask = Items::new(parameters.optional(context(1))?.ok_or_else(absent)?, what)?;
    let mut generation = mask.sequence(what)?;
    mask.end()?;
    let is_mgf1 = generation.oid(what)? == MGF_1;
    let of_mask =
        is_mgf1.then(|| Hash::of(self::algorithm(&mut generation, what)?, "the mask of RSA-PSS")).transpose()?;
    let mut salt = Items::new(parameters.optional(context(2))?.unwrap_or(&[2, 1, 20]), what)?;
    let length = salt.small(what)?;
    salt.end()?;
    let mut trailer = Items::new(parameters.optional(context(3))?.unwrap_or(&[2, 1, 1]), what)?;
    let known = trailer.small(what)? == 1;
    parameters.end()?;
    Ok(Some(hash).filter(|hash| known && of_mask == Some(*hash) && length == hash.bytes()))
}
