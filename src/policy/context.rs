//! What a policy is judged for: the key, the delivery role, and what else is known.

use crate::model::names::Arn;

/// The ARN of a key, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyName {
    pub arn: String,
    pub partition: String,
    pub region: String,
    pub account: String,
}

impl KeyName {
    pub fn parse(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let (account, region) = arn.place()?;
        let id = arn.resource.strip_prefix("key/")?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if arn.service != "kms" || id.is_empty() || !id.bytes().all(plain) || !is_partition(arn.partition) {
            return None;
        }
        let (partition, account, region) = (arn.partition.to_owned(), account.to_string(), region.to_string());
        Some(Self { arn: text.to_owned(), partition, region, account })
    }
}

fn is_partition(text: &str) -> bool {
    text == "aws"
        || text
            .strip_prefix("aws-")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

/// The key and the role that a policy is judged for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub(crate) key: KeyName,
    pub(crate) role: Option<Role>,
    pub(crate) bucket: Option<String>,
    pub(crate) shared: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub arn: String,
    pub account: String,
}

/// Why a policy cannot be judged for what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// Not the ARN of a key.
    #[error("{0:?} is not the ARN of a KMS key, such as arn:aws:kms:eu-central-1:111122223333:key/1234abcd-…")]
    Key(String),
    /// Not the ARN of a role.
    #[error("{0:?} is not the ARN of an IAM role, such as arn:aws:iam::111122223333:role/delivery")]
    Role(String),
    /// Not the ARN of a bucket.
    #[error("{0:?} is not the ARN of an S3 bucket, such as arn:aws:s3:::parcel-events")]
    Bucket(String),
}

impl Context {
    /// The key that carries the policy, by its ARN: an alias has no policy.
    ///
    /// # Errors
    /// When the text is not the ARN of a key.
    pub fn new(key_arn: &str) -> Result<Self, ContextError> {
        let key = KeyName::parse(key_arn).ok_or_else(|| ContextError::Key(key_arn.to_owned()))?;
        Ok(Self { key, role: None, bucket: None, shared: None })
    }

    /// The role by which Firehose delivers; without one, nothing is said about it.
    ///
    /// # Errors
    /// When the text is not the ARN of a role. The ARN of a session of a role is not one.
    pub fn with_role(mut self, role_arn: &str) -> Result<Self, ContextError> {
        let wrong = || ContextError::Role(role_arn.to_owned());
        let arn = Arn::parse(role_arn).ok_or_else(wrong)?;
        let named = super::principal::role_name(role_arn).is_some() && !role_arn.contains(['*', '?']);
        let whose = arn.service == "iam" && arn.region.is_empty() && super::principal::is_account(arn.account);
        if !named || !whose || !is_partition(arn.partition) {
            return Err(wrong());
        }
        self.role = Some(Role { arn: role_arn.to_owned(), account: arn.account.to_owned() });
        Ok(self)
    }

    /// The bucket that Firehose delivers to, which S3 writes into the encryption context. Without it a statement
    /// for one bucket only is undecided.
    ///
    /// # Errors
    /// When the text is not the ARN of a bucket.
    pub fn with_bucket(mut self, bucket_arn: &str) -> Result<Self, ContextError> {
        let wrong = || ContextError::Bucket(bucket_arn.to_owned());
        let arn = Arn::parse(bucket_arn).ok_or_else(wrong)?;
        if arn.service != "s3" || !arn.account.is_empty() || arn.resource.contains(['*', '?', '/']) {
            return Err(wrong());
        }
        self.bucket = Some(bucket_arn.to_owned());
        Ok(self)
    }

    /// The policy that Resource Access Manager keeps for the key (`AWS_RAM`): its statements count as well.
    #[must_use]
    pub fn with_shared(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.shared = Some(text.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_have_policies() {
        for fine in [
            "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd",
            "arn:aws-iso-b:kms:us-isob-east-1:111122223333:key/x",
        ] {
            assert!(Context::new(fine).is_ok(), "{fine}");
        }
        for odd in [
            "",
            "1234abcd",
            "arn:aws:kms:eu-central-1:111122223333:alias/x",
            "arn:aws:kms:eu-central-1:1111:key/x",
            "arn:aws:kms::111122223333:key/x",
            "arn:aws:s3:eu-central-1:111122223333:key/x",
            "arn:aws:kms:eu-central-1:111122223333:key/*",
            "arn:amazon:kms:eu-central-1:111122223333:key/x",
        ] {
            assert!(Context::new(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn only_roles_deliver() {
        let context = Context::new("arn:aws:kms:eu-central-1:111122223333:key/k").unwrap();
        assert!(context.clone().with_role("arn:aws:iam::444455556666:role/service-role/delivery").is_ok());
        for odd in [
            "delivery",
            "arn:aws:iam::111122223333:user/delivery",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:root",
            "arn:aws:sts::111122223333:assumed-role/delivery/x",
        ] {
            assert!(context.clone().with_role(odd).is_err(), "{odd}");
        }
    }
}
