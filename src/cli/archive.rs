//! The arguments of `keywitness archive`, and how a pack is locked.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `keywitness archive`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Archive {
    /// Look whether an archive is what it was
    #[command(subcommand)]
    pub command: Option<ArchiveCommand>,
    /// The pack
    #[arg(required = true)]
    pub pack: Option<PathBuf>,
    /// Where to: `s3://BUCKET/PREFIX`
    #[arg(required = true, value_name = "S3")]
    pub target: Option<String>,
    /// How it is locked
    #[command(flatten)]
    pub locking: Locking,
    /// How S3 is reached
    #[command(flatten)]
    pub access: S3Access,
    /// Sign the receipt: `kms:ARN` or `file:PATH`, as for packs
    #[arg(long, value_name = "SIGNER", env = "KEYWITNESS_SIGN")]
    pub sign: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// `keywitness archive …`
#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Look at every object that a receipt names: there, by its version, unchanged, locked as long as it says, and
    /// nothing on top of it
    ///
    /// Exit codes: 0 all of it · 1 something is missing, changed, unlocked, shortened or superseded · 2 could not be read ·
    /// 3 all of it, but nothing vouches for the receipt
    Verify(ArchiveVerify),
}

/// `keywitness archive verify`
#[derive(Debug, Args)]
pub struct ArchiveVerify {
    /// The receipt that `keywitness archive` wrote
    pub receipt: PathBuf,
    /// A public key (PEM) that you trust to sign receipts; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// The signature of the receipt [default: NAME.receipt.sig beside it]
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
    /// The pack root that the receipt must be of
    #[arg(long, value_name = "HEX")]
    pub expect_root: Option<String>,
    /// How S3 is reached
    #[command(flatten)]
    pub access: S3Access,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// How firmly S3 locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LockMode {
    /// Who has `s3:BypassGovernanceRetention` can lift it
    Governance,
    /// Nobody can lift it before its time, not the root user and not AWS
    Compliance,
}

/// How an archive is locked. Nothing here has a default: it cannot be taken back.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Archive")]
pub struct Locking {
    /// The mode of Object Lock
    #[arg(long, value_enum, env = "KEYWITNESS_LOCK")]
    pub lock: Option<LockMode>,
    /// How long, counted from the end of the collection: 3y, 6y, or the last day, such as 2033-01-31
    #[arg(long, value_name = "3y|6y|DAY", env = "KEYWITNESS_RETAIN")]
    pub retain: Option<String>,
    /// The account that must own the bucket [default: the account that the pack is of]
    #[arg(long, value_name = "ACCOUNT", env = "KEYWITNESS_BUCKET_OWNER")]
    pub bucket_owner: Option<String>,
}

/// How S3 is reached.
#[derive(Clone, Debug, Default, Args)]
pub struct S3Access {
    /// The AWS profile
    #[arg(long)]
    pub profile: Option<String>,
    /// The Region that is asked first; S3 says where the bucket is
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Send every call to this address instead of AWS
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// How often a call is tried before it counts as failed [default: 6]
    #[arg(long, value_name = "N")]
    pub max_attempts: Option<u32>,
}
