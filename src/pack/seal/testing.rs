//! A certification authority and a time stamp authority for tests, each of whose mistakes can be chosen: `openssl`
//! refuses to make most of them.

use super::asn1::write;
use super::key::tests::{pair, sign};
use crate::model::Time;
use crate::model::sha256::Sha256;
use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};

pub const SHA_1: &str = "1.3.14.3.2.26";
pub const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA_256: &str = "1.2.840.10045.4.3.2";
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

pub fn oid(text: &str) -> Vec<u8> {
    let oid = der::asn1::ObjectIdentifier::new(text).unwrap();
    write(0x06, &[oid.as_bytes()])
}

pub fn algorithm(text: &str) -> Vec<u8> {
    write(0x30, &[&oid(text)])
}

fn name(text: &str) -> Vec<u8> {
    write(0x30, &[&write(0x31, &[&write(0x30, &[&oid("2.5.4.3"), &write(0x0c, &[text.as_bytes()])])])])
}

pub fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// What a certificate says.
#[derive(Clone)]
pub struct Says {
    pub from: &'static str,
    pub to: &'static str,
    pub is_ca: bool,
    pub path_length: Option<u8>,
    /// The first byte of the bits; none for no such extension.
    pub key_usage: Option<u8>,
    pub purposes: Vec<&'static str>,
    pub purposes_critical: bool,
    pub signed_with: &'static str,
}

impl Says {
    pub fn ca() -> Self {
        let (is_ca, key_usage) = (true, Some(0b0000_0100));
        Self { is_ca, key_usage, purposes: vec![], ..Self::stamper() }
    }

    pub fn stamper() -> Self {
        Self {
            from: "20200101000000Z",
            to: "20300101000000Z",
            is_ca: false,
            path_length: None,
            key_usage: Some(0b1000_0000),
            purposes: vec![TIME_STAMPING],
            purposes_critical: true,
            signed_with: ECDSA_SHA_256,
        }
    }
}

enum Key {
    P256(EcdsaKeyPair),
    /// Which signs by PSS over SHA-256.
    Rsa(RsaKeyPair),
}

impl Key {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => sign(key, message),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// A key and its certificate.
pub struct Holder {
    key: Key,
    name: &'static str,
    serial: u8,
    pub certificate: Vec<u8>,
}

impl Holder {
    /// A certificate signed by itself.
    pub fn root() -> Self {
        Self::new("root", 1, None, &Says::ca())
    }

    pub fn root_that_says(says: &Says) -> Self {
        Self::new("root", 1, None, says)
    }

    /// A certificate signed by this one.
    pub fn issue(&self, name: &'static str, says: &Says) -> Self {
        Self::new(name, self.serial + 1, Some(self), says)
    }

    /// The same for somebody who has an RSA key, of which the certificate says this.
    pub fn issue_to_rsa(&self, name: &'static str, kind: &[u8], says: &Says) -> Self {
        let key = RsaKeyPair::from_pkcs8(include_bytes!("../../../tests/keys/test-only-first.pk8")).unwrap();
        let spki = write(0x30, &[&write(0x30, &[kind]), &write(0x03, &[&[0], key.public_key().as_ref()])]);
        Self::certified((Key::Rsa(key), spki), name, self.serial + 1, Some(self), says)
    }

    fn new(subject: &'static str, serial: u8, issuer: Option<&Self>, says: &Says) -> Self {
        let (key, public) = pair();
        Self::certified((Key::P256(key), public.spki()), subject, serial, issuer, says)
    }

    fn certified(
        (key, spki): (Key, Vec<u8>),
        subject: &'static str,
        serial: u8,
        issuer: Option<&Self>,
        says: &Says,
    ) -> Self {
        let mut extensions = Vec::new();
        let mut extend = |id: &str, critical: bool, value: Vec<u8>| {
            let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
            extensions.extend(write(0x30, &[&oid(id), critical, &write(0x04, &[&value])]));
        };
        let length = says.path_length.map(|n| vec![2, 1, n]).unwrap_or_default();
        let ca: &[u8] = if says.is_ca { &[1, 1, 0xff] } else { &[] };
        extend("2.5.29.19", true, write(0x30, &[ca, &length]));
        if let Some(bits) = says.key_usage {
            extend("2.5.29.15", true, write(0x03, &[&[0, bits]]));
        }
        if !says.purposes.is_empty() {
            let purposes: Vec<u8> = says.purposes.iter().flat_map(|p| oid(p)).collect();
            extend("2.5.29.37", says.purposes_critical, write(0x30, &[&purposes]));
        }
        let fields = write(
            0x30,
            &[
                &write(0xa0, &[&[2, 1, 2]]),
                &[2, 1, serial],
                &algorithm(says.signed_with),
                &name(issuer.map_or(subject, |i| i.name)),
                &write(0x30, &[&write(0x18, &[says.from.as_bytes()]), &write(0x18, &[says.to.as_bytes()])]),
                &name(subject),
                &spki,
                &write(0xa3, &[&write(0x30, &[&extensions])]),
            ],
        );
        let signature = issuer.map_or(&key, |i| &i.key).sign(&fields);
        let certificate = write(0x30, &[&fields, &algorithm(says.signed_with), &write(0x03, &[&[0], &signature])]);
        Self { key, name: subject, serial, certificate }
    }
}

/// How a token is made; every field is a way to make it wrong.
#[derive(Clone)]
pub struct Token<'a> {
    pub time: &'static str,
    pub imprint_algorithm: &'static str,
    pub imprint: Vec<u8>,
    pub nonce: Vec<u8>,
    pub policy: &'static str,
    pub extension: Vec<u8>,
    pub certificates: Vec<&'a [u8]>,
    /// The certificate that the signature names; none for no such attribute.
    pub names: Option<&'a [u8]>,
    pub digest_of: Option<&'static [u8]>,
    pub content_type: &'static str,
    pub serial: Option<u8>,
    pub digest_algorithm: &'static str,
    /// The identifier of the signature's algorithm, whole.
    pub signed_as: Vec<u8>,
    pub twice: bool,
    pub unsigned: Vec<u8>,
    pub spoiled: bool,
    pub status: u8,
}

impl<'a> Token<'a> {
    /// A token that is right.
    pub fn new(data: &[u8], signer: &'a Holder, others: &[&'a Holder]) -> Self {
        let mut certificates = vec![signer.certificate.as_slice()];
        certificates.extend(others.iter().map(|o| o.certificate.as_slice()));
        Self {
            time: "20261001100000Z",
            imprint_algorithm: SHA_256,
            imprint: Sha256::digest(data).to_vec(),
            nonce: NONCE.to_vec(),
            policy: "1.2.3.4",
            extension: vec![],
            certificates,
            names: Some(&signer.certificate),
            digest_of: None,
            content_type: "1.2.840.113549.1.9.16.1.4",
            serial: None,
            digest_algorithm: SHA_256,
            signed_as: algorithm(ECDSA_SHA_256),
            twice: false,
            unsigned: vec![],
            spoiled: false,
            status: 0,
        }
    }

    /// The reply that holds it.
    pub fn reply(&self, signer: &Holder) -> Vec<u8> {
        let imprint = write(0x30, &[&algorithm(self.imprint_algorithm), &write(0x04, &[&self.imprint])]);
        let nonce = if self.nonce.is_empty() { vec![] } else { write(0x02, &[&self.nonce]) };
        let extension = if self.extension.is_empty() { vec![] } else { write(0xa1, &[&self.extension]) };
        let time = write(0x18, &[self.time.as_bytes()]);
        let parts: [&[u8]; 7] = [&[2, 1, 1], &oid(self.policy), &imprint, &[2, 1, 7], &time, &nonce, &extension];
        let info = write(0x30, &parts);
        let digest = Sha256::digest(self.digest_of.unwrap_or(&info)).to_vec();
        let attribute = |id: &str, value: Vec<u8>| write(0x30, &[&oid(id), &write(0x31, &[&value])]);
        let mut attributes = attribute("1.2.840.113549.1.9.3", oid(self.content_type));
        attributes.extend(attribute("1.2.840.113549.1.9.4", write(0x04, &[&digest])));
        if let Some(named) = self.names {
            let id = write(0x30, &[&write(0x04, &[&Sha256::digest(named)])]);
            attributes.extend(attribute("1.2.840.113549.1.9.16.2.47", write(0x30, &[&write(0x30, &[&id])])));
        }
        let mut signature = signer.key.sign(&write(0x31, &[&attributes]));
        if self.spoiled {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        let issuer = if signer.serial == 2 { "root" } else { "middle" };
        let identifier = write(0x30, &[&name(issuer), &[2, 1, self.serial.unwrap_or(signer.serial)]]);
        let unsigned = if self.unsigned.is_empty() { vec![] } else { write(0xa1, &[&self.unsigned]) };
        let info_of_signer = write(
            0x30,
            &[
                &[2, 1, 1],
                &identifier,
                &algorithm(self.digest_algorithm),
                &write(0xa0, &[&attributes]),
                &self.signed_as,
                &write(0x04, &[&signature]),
                &unsigned,
            ],
        );
        let signers = if self.twice { [info_of_signer.clone(), info_of_signer].concat() } else { info_of_signer };
        let content = write(0xa0, &[&write(0x04, &[&info])]);
        let data = write(
            0x30,
            &[
                &[2, 1, 3],
                &write(0x31, &[&algorithm(self.digest_algorithm)]),
                &write(0x30, &[&oid("1.2.840.113549.1.9.16.1.4"), &content]),
                &write(0xa0, &[&self.certificates.concat()]),
                &write(0x31, &[&signers]),
            ],
        );
        let token = write(0x30, &[&oid("1.2.840.113549.1.7.2"), &write(0xa0, &[&data])]);
        write(0x30, &[&write(0x30, &[&[2, 1, self.status]]), &token])
    }
}

/// The nonce of [`Token::new`].
pub const NONCE: [u8; 8] = [0x41, 2, 3, 4, 5, 6, 7, 8];

/// The nonce of a request: what stands before the last three bytes.
pub fn nonce_of(query: &[u8]) -> Vec<u8> {
    query[query.len() - 11..query.len() - 3].to_vec()
}
