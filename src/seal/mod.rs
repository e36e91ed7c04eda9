//! Who signs and who stamps: a key in AWS KMS, a key in a file, a time stamp authority. One module for each.
//!
//! Everything that speaks to the outside while a pack is sealed is here; what is signed and stamped, and whether the
//! answers are any good, is for `pack` to say.

pub mod file;
pub mod kms;
pub mod tsa;

/// Why nothing can be signed or stamped.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// `--sign` was given something that is no signer.
    #[error("{given:?} names no signer: kms:ARN or file:PATH")]
    Signer {
        /// What was given.
        given: String,
    },
    /// A key file that cannot be used.
    #[error("cannot use the key file {}: {why}", .path.display())]
    KeyFile {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        why: String,
    },
    /// A key pair that cannot be made.
    #[error("cannot make the key file {}: {why}", .path.display())]
    KeyGen {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        why: String,
    },
    /// KMS refused, or gave what cannot be used.
    #[error("cannot {doing} with the KMS key {key}: {why}")]
    Kms {
        /// What was being done.
        doing: &'static str,
        /// The ARN of the key.
        key: String,
        /// Why it failed.
        why: String,
    },
    /// An address that is no address of a time stamp authority.
    #[error("cannot ask {url:?} for a time stamp: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The runtime for calls could not be started.
    #[error("cannot start calling out: {0}")]
    Runtime(std::io::Error),
}

/// What `--sign` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerName {
    /// `kms:ARN`
    Kms(String),
    /// `file:PATH`
    File(std::path::PathBuf),
}

impl std::str::FromStr for SignerName {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let refused = || SealError::Signer { given: text.to_owned() };
        match text.split_once(':') {
            Some(("kms", arn)) if kms::region_of(arn).is_some() => Ok(Self::Kms(arn.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(refused()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_is_a_kms_key_or_a_file() {
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(format!("kms:{arn}").parse::<SignerName>().unwrap(), SignerName::Kms(arn.to_owned()));
        assert_eq!("file:a/b.pem".parse::<SignerName>().unwrap(), SignerName::File("a/b.pem".into()));
        for odd in ["", "kms:", "kms:alias/x", "file:", "key.pem", "pkcs11:x", "kms:arn:aws:s3:::bucket"] {
            assert!(odd.parse::<SignerName>().is_err(), "{odd}");
        }
    }
}
