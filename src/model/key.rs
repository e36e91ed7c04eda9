//! A KMS key, as far as AWS told.

use super::names::{AccountId, Region};
use super::reading::{Gap, Reading};
use super::stream::Tags;
use super::time::Time;

/// One key that a stream refers to, read once however many streams use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The account that was read: the streams' account, not always the key's.
    pub account: AccountId,
    /// The Region that was read.
    pub region: Region,
    /// The ARN by which the streams refer to it.
    pub arn: String,
    /// `DescribeKey`.
    pub facts: Reading<KeyFacts>,
    /// The names that point to it, from the Region's one listing.
    pub aliases: Reading<Vec<String>>,
    /// `GetKeyRotationStatus`.
    pub rotation: Reading<Rotation>,
    /// `ListKeyRotations`: oldest first.
    pub rotations: Reading<Vec<RotationEvent>>,
    /// The key policy of the name `default`: its text.
    pub policy: Reading<String>,
    /// The policy that Resource Access Manager keeps (`AWS_RAM`); `None` when AWS says that there is none.
    pub ram_policy: Reading<Option<String>>,
    /// Its tags.
    pub tags: Reading<Tags>,
    /// `ListGrants`: permissions beside all policies.
    pub grants: Reading<Vec<Grant>>,
}

/// A grant: a permission beside all policies, for one grantee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `GrantId`.
    pub id: String,
    /// `Name`, where it has one.
    pub name: Option<String>,
    /// Who may use it: a principal, or the principal of a service.
    pub grantee: Option<String>,
    /// Who may retire it.
    pub retiring: Option<String>,
    /// The account that made it.
    pub issuer: Option<String>,
    /// When it was made.
    pub created: Option<Time>,
    /// What it allows.
    pub operations: Vec<String>,
    /// The encryption context that a call must have: key and value of `EncryptionContextEquals` and `…Subset`.
    pub context: Tags,
    /// `SourceArn` of its constraints.
    pub source_arn: Option<String>,
}

/// What `DescribeKey` says.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyFacts {
    /// Who manages the key: the proof of "customer-managed".
    pub manager: Reading<KeyManager>,
    /// Whether it can be used.
    pub state: Reading<KeyState>,
    /// `ENCRYPT_DECRYPT` …, as AWS wrote it.
    pub usage: Reading<String>,
    /// `SYMMETRIC_DEFAULT` …, as AWS wrote it.
    pub spec: Reading<String>,
    /// Where the key material comes from.
    pub origin: Reading<Origin>,
    /// When it was made.
    pub created: Reading<Time>,
    /// When it will be gone, for a key whose deletion is scheduled.
    pub deletion: Option<Time>,
    /// Whether imported material ends by itself; `None` where AWS does not say.
    pub material: Option<Expiry>,
    /// Whether it exists in several Regions, and is a replica here.
    pub multi_region: MultiRegion,
}

/// `KeyManager`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyManager {
    /// An AWS managed key (`alias/aws/…`): AWS writes its policy.
    Aws,
    /// A customer managed key.
    Customer,
}

/// `KeyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Not ready yet.
    Creating,
    /// Usable.
    Enabled,
    /// Switched off.
    Disabled,
    /// Will be deleted on a known day.
    PendingDeletion,
    /// Has no key material.
    PendingImport,
    /// Will be deleted once its replicas are gone; that may be never.
    PendingReplicaDeletion,
    /// Its key store is disconnected.
    Unavailable,
    /// A change of its primary Region is under way.
    Updating,
}

/// `Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// KMS made the material.
    AwsKms,
    /// The owner imported it.
    External,
    /// It lives in the owner's `CloudHSM` cluster.
    AwsCloudHsm,
    /// It lives outside AWS.
    ExternalKeyStore,
}

/// `ExpirationModel` and `ValidTo` of imported key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It stays until somebody deletes it.
    Never,
    /// KMS deletes it then, and the key cannot be used any more.
    On(Time),
}

/// `MultiRegion` and `MultiRegionConfiguration.MultiRegionKeyType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiRegion {
    /// A key of one Region, or not said.
    No,
    /// The primary of several.
    Primary,
    /// A replica: its rotation is set on the primary.
    Replica,
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// AWS's word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
            /// The value of that word, if AWS has it.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
words!(KeyManager { Aws = "AWS", Customer = "CUSTOMER" });
words!(KeyState {
    Creating = "Creating",
    Enabled = "Enabled",
    Disabled = "Disabled",
    PendingDeletion = "PendingDeletion",
    PendingImport = "PendingImport",
    PendingReplicaDeletion = "PendingReplicaDeletion",
    Unavailable = "Unavailable",
    Updating = "Updating",
});
words!(Origin {
    AwsKms = "AWS_KMS",
    External = "EXTERNAL",
    AwsCloudHsm = "AWS_CLOUDHSM",
    ExternalKeyStore = "EXTERNAL_KEY_STORE",
});

/// Automatic rotation, as `GetKeyRotationStatus` tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// `KeyRotationEnabled`. False while deletion is pending, whatever it was before.
    pub enabled: bool,
    /// `RotationPeriodInDays`, 90 to 2560; not always answered.
    pub period_days: Option<u32>,
    /// `NextRotationDate`; not always answered.
    pub next: Option<Time>,
}

/// One rotation that took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationEvent {
    /// `RotationDate`.
    pub date: Time,
    /// `RotationType`: `AUTOMATIC` or `ON_DEMAND`, as AWS wrote it.
    pub kind: String,
}

/// Whose key it is, in the words of the source article; what could not be read has no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyClass {
    /// Customer-managed, by `DescribeKey`.
    CustomerManaged,
    /// AWS-managed, by `DescribeKey`.
    AwsManaged,
    /// AWS-owned, by `KeyType`.
    AwsOwned,
}

impl KeyClass {
    /// The words that tables print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CustomerManaged => "customer-managed",
            Self::AwsManaged => "AWS-managed",
            Self::AwsOwned => "AWS-owned",
        }
    }
}

impl Key {
    /// An alias if there is one, else the ARN.
    #[must_use]
    pub fn name(&self) -> &str {
        self.aliases.as_ref().ok().and_then(|a| a.value.first()).map_or(&self.arn, |a| a)
    }

    /// Why AWS does not rotate this key by itself, where it does not: the KMS guide names asymmetric and HMAC
    /// keys, imported material and custom key stores; a replica follows its primary.
    ///
    /// # Errors
    /// The gap, where what decides it was not read.
    pub fn unrotatable(&self) -> Result<Option<String>, Gap> {
        let facts = self.facts.as_ref().map_err(Clone::clone)?;
        let spec = facts.spec.as_ref().map_err(Clone::clone)?;
        if spec.value != "SYMMETRIC_DEFAULT" {
            return Ok(Some(format!("KMS does not rotate keys of spec {}", spec.value)));
        }
        Ok(match facts.origin.as_ref().map_err(Clone::clone)?.value {
            Origin::AwsKms => None,
            Origin::External => Some("KMS does not rotate imported key material by itself".to_owned()),
            Origin::AwsCloudHsm | Origin::ExternalKeyStore => {
                Some("KMS does not rotate the keys of a custom key store".to_owned())
            }
        })
    }

    /// The gaps of this key's own readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let facts = self.facts.as_ref().ok().map(|f| &f.value);
        let mut gaps: Vec<&Gap> = [
            self.facts.as_ref().err(),
            self.aliases.as_ref().err(),
            self.rotation.as_ref().err(),
            self.rotations.as_ref().err(),
            self.policy.as_ref().err(),
            self.ram_policy.as_ref().err(),
            self.tags.as_ref().err(),
            self.grants.as_ref().err(),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(facts) = facts {
            gaps.extend(
                [
                    facts.manager.as_ref().err(),
                    facts.state.as_ref().err(),
                    facts.usage.as_ref().err(),
                    facts.spec.as_ref().err(),
                    facts.origin.as_ref().err(),
                    facts.created.as_ref().err(),
                ]
                .into_iter()
                .flatten(),
            );
        }
        gaps
    }
}
