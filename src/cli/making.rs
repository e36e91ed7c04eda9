//! From an account to a pack: `keywitness run`, `collect` and `report`.

use super::archive::Locking;
use super::reading::Reading;
use crate::model::export::Export;
use clap::Args;
use std::path::PathBuf;

/// How a pack is sealed, beyond its hashes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Sealing")]
pub struct Sealing {
    /// Sign the pack: `kms:ARN`, a KMS key of the spec `ECC_NIST_P256`; or `file:PATH`, a key that `keygen` made
    #[arg(long, value_name = "SIGNER", env = "KEYWITNESS_SIGN")]
    pub sign: Option<String>,
    /// Who stamps it
    #[command(flatten)]
    pub stamp: Stamp,
    /// The pack before this one: its root is written into this one, so that the packs form a chain
    #[arg(long, value_name = "PACK")]
    pub previous: Option<PathBuf>,
}

/// Which authority gives a time stamp.
#[derive(Clone, Debug, Default, Args)]
pub struct Stamp {
    /// Get a time stamp (RFC 3161) from the authority at this address
    #[arg(long, value_name = "URL", env = "KEYWITNESS_TSA")]
    pub tsa: Option<String>,
    /// The policy that the authority must stamp under
    #[arg(long, value_name = "OID", env = "KEYWITNESS_TSA_POLICY")]
    pub tsa_policy: Option<String>,
    /// A root certificate (PEM) that the authority must stand under; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub tsa_root: Vec<PathBuf>,
}

/// By what to judge and what to write beside the reports, for `run` and `report`.
#[derive(Clone, Debug, Default, Args)]
pub struct Judging {
    /// A catalog to judge by: an id of `keywitness frameworks list`, or default, all, none; repeat it for more
    /// [default: house-baseline, pci-dss-4.0.1, hipaa-security-rule, gdpr]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub catalog: Vec<String>,
    /// A catalog file of your own, used beside the others; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub framework: Vec<PathBuf>,
    /// A folder with templates of your own for the HTML report: docs/templates.md says which there are
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<PathBuf>,
    /// Also write the findings for other programs: oscal (NIST OSCAL 1.2.1), ocsf (OCSF 1.8 compliance findings)
    #[arg(long, value_name = "FORM", value_delimiter = ',')]
    pub export: Vec<Export>,
}

/// `keywitness run`
#[derive(Debug, Args)]
pub struct Run {
    /// What to read
    #[command(flatten)]
    pub reading: Reading,
    /// By what to judge
    #[command(flatten)]
    pub judging: Judging,
    /// What becomes of it
    #[command(flatten)]
    pub ending: Ending,
}

/// `keywitness collect`
#[derive(Debug, Args)]
pub struct Collect {
    /// What to read
    #[command(flatten)]
    pub reading: Reading,
    /// Also put the snapshot into S3, in a folder of its own below `s3://BUCKET/PREFIX`: `report s3://BUCKET/PREFIX` joins
    /// those that are there
    #[arg(long, value_name = "S3", help_heading = "Upload")]
    pub upload: Option<String>,
    /// The account that must own the bucket [default: the account of the credentials]
    #[arg(long, value_name = "ACCOUNT", env = "KEYWITNESS_BUCKET_OWNER", help_heading = "Upload")]
    pub bucket_owner: Option<String>,
    /// Send the calls to S3 to this address instead of AWS
    #[arg(long, value_name = "URL", help_heading = "Upload")]
    pub upload_endpoint_url: Option<String>,
    /// End with 0 where the exit code would be 3: for whoever starts it and knows success and failure only. The last line
    /// still says result=incomplete
    #[arg(long)]
    pub accept_gaps: bool,
}

/// `keywitness report`
#[derive(Debug, Args)]
pub struct Report {
    /// The snapshot folder, or data/evidence of a pack, or a folder or `s3://BUCKET/PREFIX` in which snapshots lie; several
    /// become one pack, as if one run had read all accounts. Of those that lie together, the last attempt counts; an
    /// accounts.json beside them, a list of ids, says who was to be read
    #[arg(required = true)]
    pub snapshot: Vec<PathBuf>,
    /// Declarations and settings [default: keywitness.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "KEYWITNESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// By what to judge
    #[command(flatten)]
    pub judging: Judging,
    /// The folder in which the pack is made
    #[arg(long, value_name = "FOLDER", env = "KEYWITNESS_OUTPUT", default_value = ".")]
    pub output: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// What becomes of it
    #[command(flatten)]
    pub ending: Ending,
}

/// What becomes of what was judged: how it is sealed, where it is kept, and which exit code says so.
#[derive(Debug, Args)]
pub struct Ending {
    /// End with exit code 1 when this was found: a severity (that or a higher one failed), a check's id, a requirement
    /// status such as `not_satisfied`, or `gaps`; repeat it for more. A failure under an exception is a failure
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// How the pack is sealed
    #[command(flatten)]
    pub sealing: Sealing,
    /// Put the sealed pack into S3: `s3://BUCKET/PREFIX`, with --lock and --retain
    #[arg(long, value_name = "S3", env = "KEYWITNESS_ARCHIVE", help_heading = "Archive")]
    pub archive: Option<String>,
    /// Send the calls to S3, for the archive and for snapshots that lie there, to this address instead of AWS
    #[arg(long, value_name = "URL", help_heading = "Archive")]
    pub archive_endpoint_url: Option<String>,
    /// How the archive is locked, and whose bucket it is
    #[command(flatten)]
    pub locking: Locking,
    /// End with 0 where the exit code would be 3: for whoever starts it and knows success and failure only. The last line
    /// still says result=incomplete
    #[arg(long)]
    pub accept_gaps: bool,
}
