//! How a pack is sealed: what was typed becomes a signer and an authority, ready before anything is collected.

use super::before;
use crate::cli;
use crate::error::Error;
use crate::model::series::Earlier;
use crate::model::time;
use crate::pack::about::{SealPolicy, SignerKind, SignerRef};
use crate::pack::seal::key::PublicKey;
use crate::pack::seal::{self, Signature, tsp};
use crate::pack::{self, PackJson, Sealed, Sealer, Signing, Stamping};
use crate::seal::SignerName;
use crate::seal::file::{self, LocalKey};
use crate::seal::kms::{Access, KmsKey};
use crate::seal::tsa::Authority;
use std::path::{Path, PathBuf};

/// A signer and an authority that are there and can be used.
#[derive(Default)]
pub(super) struct Seal {
    signer: Option<(SignerRef, PublicKey, Key)>,
    authority: Option<Asked>,
    previous: Option<before::Before>,
}

enum Key {
    File(Box<LocalKey>),
    Kms(Box<KmsKey>),
}

/// An authority, and what is expected of it.
pub(super) struct Asked {
    authority: Authority,
    policy: Option<tsp::Oid>,
    roots: Vec<Vec<u8>>,
}

impl Seal {
    /// Finds the signer, reads roots and the previous pack.
    pub fn new(typed: &cli::Sealing, access: &Access) -> Result<Self, Error> {
        let signer = typed.sign.as_deref().map(|name| signer(&name.parse()?, access)).transpose()?;
        let authority = asked(&typed.stamp)?;
        let previous = typed.previous.as_deref().map(before::read).transpose()?;
        Ok(Self { signer, authority, previous })
    }

    /// Seals with it.
    pub fn with<T>(&self, job: impl FnOnce(&Sealer<'_>) -> T) -> T {
        let sign = |message: &[u8]| match &self.signer {
            Some((_, _, Key::File(key))) => Ok(Signature { der: key.sign(message)?, request_id: None }),
            Some((_, _, Key::Kms(key))) => {
                let signed = key.sign(message).map_err(|e| e.to_string())?;
                Ok(Signature { der: signed.der, request_id: signed.request_id })
            }
            None => Err("there is no signer".to_owned()),
        };
        let signing = self.signer.as_ref();
        let signing = signing.map(|(signer, key, _)| Signing { signer: signer.clone(), key: key.clone(), sign: &sign });
        let ask = |query: &[u8]| match &self.authority {
            Some(asked) => asked.authority.ask(query, tsp::REPLY_MAX),
            None => Err("there is no authority".to_owned()),
        };
        let stamping = self.authority.as_ref();
        let stamping = stamping.map(|asked| Stamping { policy: asked.policy, roots: &asked.roots, ask: &ask });
        job(&Sealer { signing, stamping })
    }

    /// Signs something else than a pack, such as a receipt; nothing when there is no signer.
    pub fn sign(&self, message: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.with(|sealer| {
            let Some(signing) = &sealer.signing else { return Ok(None) };
            let failed = |why: String| Error::new(format!("cannot sign: {why}"));
            let made = (signing.sign)(message).map_err(failed)?;
            let der = seal::key::normalized(&made.der).map_err(|e| failed(e.to_string()))?;
            if !signing.key.verifies(message, &der) {
                return Err(failed("what the signer gave is no signature by its own public key".to_owned()));
            }
            Ok(Some(der))
        })
    }

    fn policy(&self) -> SealPolicy {
        let mut policy = SealPolicy::hashes_only();
        self.with(|sealer| policy = sealer.policy());
        policy
    }

    /// Writes into a description what the pack will have.
    pub fn promise(&self, about: &mut PackJson) {
        about.seal_policy = self.policy();
        about.previous = self.previous.as_ref().map(|before| before.named.clone());
    }

    /// What a full pack is to carry of those before it. It must: a previous pack that it names and tells nothing of could be
    /// any.
    pub fn earlier(&self) -> Result<Option<Earlier>, Error> {
        let Some(before) = &self.previous else { return Ok(None) };
        let refused = || {
            Error::new("a full pack cannot follow a customer edition, which has nothing that a series is made of")
                .hint("name the full pack before this one with --previous")
        };
        before.earlier.clone().map(Some).ok_or_else(refused)
    }
}

/// Adds a time stamp to a pack that has none.
pub(super) fn add_stamp(path: &Path, typed: &cli::Stamp) -> Result<crate::model::Time, Error> {
    let none = || Error::new("no time stamp authority was named").hint("--tsa http://…, or tsa in keywitness.toml");
    let asked = asked(typed)?.ok_or_else(none)?;
    let ask = |query: &[u8]| asked.authority.ask(query, tsp::REPLY_MAX);
    Ok(pack::add_stamp(path, &Stamping { policy: asked.policy, roots: &asked.roots, ask: &ask })?)
}

/// Public keys in PEM files.
pub(super) fn keys(files: &[PathBuf]) -> Result<Vec<PublicKey>, Error> {
    let mut keys = Vec::new();
    for path in files {
        let found = PublicKey::all_from_pem(&small_file(path)?);
        keys.extend(found.map_err(|e| Error::new(format!("cannot use {} as a key: {e}", path.display())))?);
    }
    Ok(keys)
}

/// Certificates in PEM files.
pub(super) fn roots(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, Error> {
    let mut roots = Vec::new();
    for path in files {
        let found = seal::certificates_from_pem(&small_file(path)?);
        roots.extend(found.map_err(|e| Error::new(format!("cannot use {} as a root: {e}", path.display())))?);
    }
    Ok(roots)
}

/// How a time stamp that was asked for ended; nothing when none was.
pub(super) fn stamp_text(sealed: &Sealed) -> Option<Result<String, String>> {
    sealed.stamped.as_ref().map(|s| s.as_ref().map(|t| time::seconds(*t)).map_err(Clone::clone))
}

/// A file that somebody else may have made: not an endless one.
pub(super) fn small_file(path: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read as _;
    const MOST: u64 = 16 << 20;
    let failed = |e: std::io::Error| Error::new(format!("cannot read {}: {e}", path.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST {
        return Err(Error::new(format!("cannot read {}: it has more than {MOST} bytes", path.display())));
    }
    Ok(bytes)
}

fn signer(name: &SignerName, access: &Access) -> Result<(SignerRef, PublicKey, Key), Error> {
    let unusable = |e: seal::key::KeyError| Error::new(format!("cannot use the signer: {e}"));
    let (kind, arn, public, key) = match name {
        SignerName::File(path) => {
            let key = LocalKey::load(path)?;
            if file::is_open_to_others(path) {
                super::say(&format!("note: {} can be read by others than its owner", path.display()));
            }
            (SignerKind::File, None, PublicKey::from_point(key.point()).map_err(unusable)?, Key::File(Box::new(key)))
        }
        SignerName::Kms(arn) => {
            let key = KmsKey::open(arn, access)?;
            let public = PublicKey::from_spki(key.spki()).map_err(unusable)?;
            (SignerKind::Kms, Some(arn.clone()), public, Key::Kms(Box::new(key)))
        }
    };
    Ok((SignerRef { kind, key: arn, public_key_sha256: public.fingerprint() }, public, key))
}

fn asked(typed: &cli::Stamp) -> Result<Option<Asked>, Error> {
    let Some(url) = &typed.tsa else { return Ok(None) };
    let policy = typed.tsa_policy.as_deref().map(|oid| oid.parse().map_err(|e: String| Error::new(e))).transpose()?;
    Ok(Some(Asked { authority: url.parse()?, policy, roots: roots(&typed.tsa_root)? }))
}
