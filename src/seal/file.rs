//! A key in a file: PKCS#8 in PEM, P-256, not encrypted. For use without KMS, and for tests.
//!
//! Whoever can read the file can sign as its owner, so `keygen` makes it readable for its owner alone. A key in KMS
//! is better: it cannot be copied, and each use is in CloudTrail.

use super::SealError;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustix::fs::{Mode, OFlags};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// No key file is larger, in bytes.
const FILE_MAX: u64 = 64 << 10;

/// A private key in memory.
#[derive(Debug)]
pub struct LocalKey {
    pair: EcdsaKeyPair,
}

impl LocalKey {
    /// Reads a key file.
    ///
    /// # Errors
    /// When it cannot be read or holds no P-256 key in PKCS#8.
    pub fn load(path: &Path) -> Result<Self, SealError> {
        let failed = |why: String| SealError::KeyFile { path: path.to_owned(), why };
        let mut pem = Vec::new();
        let file = File::open(path).map_err(|e| failed(e.to_string()))?;
        file.take(FILE_MAX).read_to_end(&mut pem).map_err(|e| failed(e.to_string()))?;
        Self::parse(&pem).map_err(|why| failed(why.to_owned()))
    }

    fn parse(pem: &[u8]) -> Result<Self, &'static str> {
        let holds = |words: &str| pem.windows(words.len()).any(|w| w == words.as_bytes());
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| {
            if holds("BEGIN EC PRIVATE KEY") {
                "it is in the older form: `openssl pkcs8 -topk8 -nodes -in OLD -out NEW` turns it into PKCS#8"
            } else if holds("BEGIN ENCRYPTED PRIVATE KEY") {
                "it is encrypted, and nobody can be asked for the passphrase of a scheduled job"
            } else {
                "it holds no private key in PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)"
            }
        })?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der.secret_pkcs8_der(), &random);
        pair.map(|pair| Self { pair }).map_err(|_| "it is not an ECDSA key on the curve P-256, with its public key")
    }

    /// The public key, as an uncompressed point.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// Signs: ECDSA with SHA-256, in DER.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.map(|s| s.as_ref().to_vec()).map_err(|_| "the system gave no random numbers".to_owned())
    }
}

/// Whether others than the owner of a file may read it.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

/// The file of the public key that belongs to a private one: `key.pem` has `key.pub.pem` beside it.
#[must_use]
pub fn public_path(private: &Path) -> PathBuf {
    let name = private.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    private.with_file_name(format!("{}.pub.pem", name.strip_suffix(".pem").unwrap_or(&name)))
}

/// Makes a key pair and writes it: the private key, for its owner alone, and, by `public_pem`, the public one.
/// Neither is ever written over a file that exists.
///
/// # Errors
/// When one of the files exists or cannot be written.
pub fn generate(path: &Path, public_pem: impl Fn(&[u8]) -> Result<String, String>) -> Result<LocalKey, SealError> {
    let failed = |path: &Path, why: String| SealError::KeyGen { path: path.to_owned(), why };
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .map_err(|_| failed(path, "the system gave no random numbers".to_owned()))?;
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in STANDARD.encode(document.as_ref()).as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    let key = LocalKey::parse(pem.as_bytes()).map_err(|why| failed(path, why.to_owned()))?;
    let public = public_pem(key.point()).map_err(|why| failed(path, why))?;
    let beside = public_path(path);
    if beside.symlink_metadata().is_ok() {
        return Err(failed(&beside, "something is there already, and it was left as it is".to_owned()));
    }
    create(path, pem.as_bytes(), Mode::RUSR | Mode::WUSR).map_err(|e| failed(path, told(&e)))?;
    let readable = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
    create(&beside, public.as_bytes(), readable).map_err(|e| failed(&beside, told(&e)))?;
    Ok(key)
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "something is there already, and it was left as it is".to_owned(),
        _ => error.to_string(),
    }
}

fn create(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, new, mode)?);
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[expect(clippy::unnecessary_wraps, reason = "the shape that generate() asks for")]
    fn hex(point: &[u8]) -> Result<String, String> {
        Ok(format!("{point:02x?}"))
    }

    #[test]
    fn a_new_key_is_for_its_owner_alone_and_never_replaces_another() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("seal.pem");
        let key = generate(&path, hex).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!is_open_to_others(&path));
        assert_eq!(std::fs::read_to_string(public_path(&path)).unwrap(), hex(key.point()).unwrap());
        assert_eq!(LocalKey::load(&path).unwrap().point(), key.point());
        let before = std::fs::read(&path).unwrap();
        assert!(generate(&path, hex).unwrap_err().to_string().contains("already"));
        std::fs::remove_file(public_path(&path)).unwrap();
        assert!(generate(&path, hex).unwrap_err().to_string().contains("already"));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_public_key_in_the_way_leaves_no_private_key_behind() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key");
        std::fs::write(place.path().join("key.pub.pem"), "mine").unwrap();
        assert!(generate(&path, hex).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_key_is_told_with_a_way_out() {
        for (pem, words) in [
            ("", "no private key"),
            ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "pkcs8 -topk8"),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "encrypted"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "P-256"),
        ] {
            let why = LocalKey::parse(pem.as_bytes()).unwrap_err();
            assert!(why.contains(words), "{pem}: {why}");
        }
    }
}
