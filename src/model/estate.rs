//! What an account has once and not in every Region: buckets, who may do what, what the organization forbids.

use super::hops::{KeyRef, unasked};
use super::names::{AccountId, Region};
use super::reading::{Gap, Reading};

/// The further reads of one account. They are filed under the run's first Region.
#[derive(Clone, Debug, PartialEq)]
pub struct Estate {
    /// The account.
    pub account: AccountId,
    /// The Region whose records tell of it.
    pub region: Region,
    /// Every bucket that a stream writes to or a trail logs to, by name.
    pub buckets: Vec<Bucket>,
    /// The users and roles of the account, with all their policies.
    pub principals: Reading<Vec<Principal>>,
    /// What the organization forbids.
    pub organization: Reading<Organization>,
    /// `ListAccountAliases`: what the account calls itself; empty where it has no such name.
    pub aliases: Reading<Vec<String>>,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// `GetBucketLocation`: the Region in which its objects are.
    pub location: Reading<String>,
    /// `GetBucketEncryption`: what S3 does where nothing is asked for.
    pub encryption: Reading<BucketEncryption>,
    /// `GetPublicAccessBlock`; `None` where the bucket has none.
    pub public_access_block: Reading<Option<PublicAccessBlock>>,
    /// `GetBucketPolicyStatus`: whether S3 calls the bucket policy public; `None` where there is no policy.
    pub policy_public: Reading<Option<bool>>,
    /// `GetBucketVersioning`: `Enabled`, `Suspended`; `None` where it was never switched on.
    pub versioning: Reading<Option<String>>,
    /// `GetBucketVersioning`: whether versions are deleted by the root user with a second factor only (`MfaDelete`).
    pub mfa_delete: Reading<bool>,
    /// `GetObjectLockConfiguration`; `None` where the bucket has none.
    pub object_lock: Reading<Option<ObjectLock>>,
    /// `GetBucketLifecycleConfiguration`; empty where the bucket has none.
    pub lifecycle: Reading<Vec<LifecycleRule>>,
}

/// The default encryption of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketEncryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: String,
    /// The key; `None` with `aws:kms` is the AWS managed key `alias/aws/s3`.
    pub key: Option<KeyRef>,
    /// `BucketKeyEnabled`.
    pub bucket_key: bool,
}

/// `PublicAccessBlockConfiguration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own four switches")]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`.
    pub block_acls: bool,
    /// `IgnorePublicAcls`.
    pub ignore_acls: bool,
    /// `BlockPublicPolicy`.
    pub block_policy: bool,
    /// `RestrictPublicBuckets`.
    pub restrict_buckets: bool,
}

/// `ObjectLockConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectLock {
    /// Whether it is switched on.
    pub enabled: bool,
    /// `GOVERNANCE` or `COMPLIANCE`, of the default retention.
    pub mode: Option<String>,
    /// Days of the default retention; years count 365.
    pub days: Option<u64>,
}

/// One rule of a lifecycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its id.
    pub id: Option<String>,
    /// Whether it is `Enabled`.
    pub enabled: bool,
    /// The prefix that it is for; empty is every object.
    pub prefix: String,
    /// Whether it filters by more than a prefix.
    pub filtered: bool,
    /// After how many days current versions expire.
    pub expires_days: Option<u64>,
    /// On which date they expire.
    pub expires_date: Option<String>,
    /// After how many days versions that are no longer current go away.
    pub noncurrent_days: Option<u64>,
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
}

/// A user or role, with every policy that says what it may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// User or role.
    pub kind: PrincipalKind,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Who may assume the role: the policy's text.
    pub trust: Option<String>,
    /// The policies: its own, those attached to it, those of a user's groups.
    pub policies: Vec<IdentityPolicy>,
    /// The permissions boundary.
    pub boundary: Option<IdentityPolicy>,
    /// Policies that are attached and whose text the answer does not hold: what they allow is unknown.
    pub unread: Vec<String>,
}

/// A policy of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityPolicy {
    /// Its name or ARN.
    pub name: String,
    /// Its text, as JSON.
    pub text: String,
}

/// The organization, as far as this account may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// Service and resource control policies.
    pub policies: Vec<ControlPolicy>,
    /// The units that the account is in, and the root above them, by id; asked where a policy is attached to a unit.
    pub parents: Reading<Vec<String>>,
}

/// A policy of the organization.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPolicy {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
    pub kind: String,
    /// Whether AWS wrote it (`FullAWSAccess`).
    pub aws_managed: bool,
    /// The management account, as the policy's ARN names it: no policy of the organization binds it.
    pub owner: Option<String>,
    /// Its text.
    pub text: Reading<String>,
    /// Roots, units and accounts that it is attached to, by id.
    pub targets: Reading<Vec<String>>,
}

impl Estate {
    /// Of an account about which nothing further was asked.
    #[must_use]
    pub fn unasked(account: &AccountId, region: &Region) -> Self {
        let gap = |what| unasked(account, region, what, "", "the call was not made");
        Self {
            account: account.clone(),
            region: region.clone(),
            buckets: Vec::new(),
            principals: Err(gap(("iam", "GetAccountAuthorizationDetails"))),
            organization: Err(gap(("organizations", "ListPolicies"))),
            aliases: Err(gap(("iam", "ListAccountAliases"))),
        }
    }

    /// The bucket of that name.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|b| b.name == name)
    }

    /// The role or user of that ARN.
    ///
    /// # Errors
    /// The gap, when the account's identities could not be read.
    pub fn principal(&self, arn: &str) -> Result<Option<&Principal>, Gap> {
        let all = self.principals.as_ref().map_err(Clone::clone)?;
        Ok(all.value.iter().find(|p| p.arn == arn))
    }

    /// The gaps of these readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let mut gaps: Vec<&Gap> = self.buckets.iter().flat_map(Bucket::gaps).collect();
        gaps.extend(self.principals.as_ref().err());
        gaps.extend(self.aliases.as_ref().err());
        match &self.organization {
            Ok(organization) => {
                for policy in &organization.value.policies {
                    gaps.extend(policy.text.as_ref().err());
                    gaps.extend(policy.targets.as_ref().err());
                }
                gaps.extend(organization.value.parents.as_ref().err());
            }
            Err(gap) => gaps.push(gap),
        }
        gaps
    }
}

impl Bucket {
    /// The gaps of this bucket's own readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let key = self.encryption.as_ref().ok().and_then(|e| e.value.key.as_ref()).and_then(|k| k.arn.as_ref().err());
        let own = [
            self.location.as_ref().err(),
            self.encryption.as_ref().err(),
            key,
            self.public_access_block.as_ref().err(),
            self.policy_public.as_ref().err(),
            self.versioning.as_ref().err(),
            self.mfa_delete.as_ref().err(),
            self.object_lock.as_ref().err(),
            self.lifecycle.as_ref().err(),
        ];
        own.into_iter().flatten().collect()
    }
}
