//! The envelope of a token: signed data by RFC 5652 with one signer, who names his certificate (RFC 5035).

use super::algorithm::{Hash, SignatureAlgorithm, algorithm};
use super::asn1::{Items, context, write};
use super::chain::{self, Certificate, Chain};
use super::tsp::{Fault, fault};
use der::Tag;
use der::asn1::{AnyRef, ObjectIdentifier};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// The CMS envelope of a token (RFC 5652), with its one signature.
pub(super) struct Signed<'a> {
    pub content: &'a [u8],
    certificates: Vec<Certificate<'a>>,
    signer: Signer<'a>,
    pub loose: bool,
}

/// The one signature.
struct Signer<'a> {
    version: u32,
    identifier: AnyRef<'a>,
    hash: Hash,
    attributes: &'a [u8],
    algorithm: SignatureAlgorithm,
    signature: &'a [u8],
    has_unsigned_attributes: bool,
}

impl<'a> Signed<'a> {
    pub fn read(token: &'a [u8]) -> Result<Self, Fault> {
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
    pub fn check(&self) -> Result<Chain, Fault> {
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
        certificate.expect_signature(signer.hash, &signer.algorithm, &message, signer.signature)?;
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
        let algorithm = SignatureAlgorithm::read(&mut parts)?;
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

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Signed::read(&bytes);
            let _ = Attributes::read(&bytes);
        }
    }
}
