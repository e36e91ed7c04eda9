//! A key in AWS KMS: asymmetric, `SIGN_VERIFY`, `ECC_NIST_P256`. The private key never leaves KMS.
//!
//! KMS is handed the digest and told so (`MessageType=DIGEST`). Handed the digest as a message it would sign the hash
//! of the hash, and messages themselves are limited to 4096 bytes. What it gives is DER, which `openssl` verifies as
//! it is.

use super::SealError;
use crate::model::sha256::Sha256;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_kms::Client;
use aws_sdk_kms::error::DisplayErrorContext;
use aws_sdk_kms::operation::RequestId as _;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;

/// How KMS is reached, beyond what the environment says.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The AWS profile.
    pub profile: Option<String>,
    /// Another address than AWS's own.
    pub endpoint_url: Option<String>,
}

/// A key in KMS, and the means to call it.
#[derive(Debug)]
pub struct KmsKey {
    runtime: tokio::runtime::Runtime,
    client: Client,
    arn: String,
    /// The public key as DER `SubjectPublicKeyInfo`.
    spki: Vec<u8>,
}

/// A signature and the request that made it.
#[derive(Debug)]
pub struct Signed {
    /// ECDSA in DER.
    pub der: Vec<u8>,
    /// The id of the request; the account's CloudTrail has it too.
    pub request_id: Option<String>,
}

/// The Region in the ARN of a KMS key; `None` when it is no such ARN.
#[must_use]
pub fn region_of(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "kms", region, account, key]
            if partition.starts_with("aws")
                && !region.is_empty()
                && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && key
                    .strip_prefix("key/")
                    .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')) =>
        {
            Some(region)
        }
        _ => None,
    }
}

impl KmsKey {
    /// Finds the key and asks for its public half: what cannot sign is known before anything is collected.
    ///
    /// # Errors
    /// When KMS cannot be reached, refuses, or has a key of another kind there.
    pub fn open(arn: &str, access: &Access) -> Result<Self, SealError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SealError::Runtime)?;
        let region = region_of(arn).ok_or_else(|| SealError::Signer { given: arn.to_owned() })?;
        let client = runtime.block_on(client(region, access));
        let mut key = Self { runtime, client, arn: arn.to_owned(), spki: Vec::new() };
        let answer = key.runtime.block_on(key.client.get_public_key().key_id(arn).send());
        let answer = answer.map_err(|e| key.failed("get the public key", DisplayErrorContext(e).to_string()))?;
        let fits = answer.signing_algorithms().contains(&SigningAlgorithmSpec::EcdsaSha256);
        let spki = answer.public_key().map(|blob| blob.as_ref().to_vec()).filter(|_| fits);
        let why = "it is not a key for signatures on P-256 (SIGN_VERIFY, ECC_NIST_P256)";
        key.spki = spki.ok_or_else(|| key.failed("sign", why.to_owned()))?;
        Ok(key)
    }

    /// The public key as DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Signs: ECDSA with SHA-256.
    ///
    /// # Errors
    /// What KMS says.
    pub fn sign(&self, message: &[u8]) -> Result<Signed, SealError> {
        let request = self.client.sign().key_id(&self.arn).message(Blob::new(Sha256::digest(message).to_vec()));
        let request = request.message_type(MessageType::Digest).signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        let answer = self.runtime.block_on(request.send());
        let answer = answer.map_err(|e| self.failed("sign", DisplayErrorContext(e).to_string()))?;
        let request_id = answer.request_id().map(ToOwned::to_owned);
        match answer.signature {
            Some(blob) => Ok(Signed { der: blob.into_inner(), request_id }),
            None => Err(self.failed("sign", "the answer holds no signature".to_owned())),
        }
    }

    fn failed(&self, doing: &'static str, why: String) -> SealError {
        SealError::Kms { doing, key: self.arn.clone(), why }
    }
}

async fn client(region: &str, access: &Access) -> Client {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts);
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &access.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    Client::new(&loader.load().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_key_has_a_region() {
        let key = "key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(region_of(&format!("arn:aws:kms:eu-west-1:111122223333:{key}")), Some("eu-west-1"));
        assert_eq!(region_of(&format!("arn:aws-us-gov:kms:us-gov-west-1:111122223333:{key}")), Some("us-gov-west-1"));
        for odd in [
            "arn:aws:kms:eu-west-1:111122223333:alias/seal",
            "arn:aws:kms::111122223333:key/1",
            "arn:aws:kms:eu-west-1:1111:key/1",
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:kms:eu-west-1/..:111122223333:key/1",
            "key/1",
        ] {
            assert_eq!(region_of(odd), None, "{odd}");
        }
    }
}
