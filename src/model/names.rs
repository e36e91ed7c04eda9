//! Account ids, Regions and ARNs: checked against their grammar before they name a folder or a heading.

use super::text::Text;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The twelve digits of an AWS account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(Text);

/// The name of a Region, such as `eu-west-1` or `us-gov-east-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(Text);

impl FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(format!("{text:?} is not an account id of 12 digits"))
        }
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.rsplit('-');
        let number = parts.next().unwrap_or_default();
        let words: Vec<&str> = parts.collect();
        let wellformed = (1..=2).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && words.len() >= 2
            && words.iter().all(|w| (1..=12).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_lowercase()));
        if wellformed { Ok(Self(text.into())) } else { Err(format!("{text:?} is not the name of a Region")) }
    }
}

macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The bare text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same, shared.
            #[must_use]
            pub fn text(&self) -> Text {
                self.0.clone()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }
    };
}
text_newtype!(AccountId);
text_newtype!(Region);

/// The six fields of an Amazon Resource Name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: &'a str,
    /// `kms`, `firehose` …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Empty where the service has none, such as S3.
    pub account: &'a str,
    /// All that follows, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `arn:partition:service:region:account:resource`; `None` when it is not of that form.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = scheme == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        whole.then_some(Self { partition, service, region, account, resource })
    }

    /// The account and Region of the ARN, when both are well formed.
    #[must_use]
    pub fn place(&self) -> Option<(AccountId, Region)> {
        Some((self.account.parse().ok()?, self.region.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_no_region() {
        for odd in ["../etc", "eu-west-1/..", "EU-WEST-1", "eu-1", "eu--1", "", "eu-west-123"] {
            assert!(odd.parse::<Region>().is_err(), "{odd}");
        }
        for fine in ["eu-west-1", "us-gov-east-1", "ap-southeast-4", "us-iso-east-1", "cn-north-1"] {
            assert!(fine.parse::<Region>().is_ok(), "{fine}");
        }
    }

    #[test]
    fn an_account_is_twelve_digits() {
        assert!("111122223333".parse::<AccountId>().is_ok());
        assert!("11112222333".parse::<AccountId>().is_err());
        assert!("11112222333٣".parse::<AccountId>().is_err());
    }
}
