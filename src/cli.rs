//! Exactly what was typed. The doc comments are the help.

use crate::model::export::Export;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Evidence of how Amazon Data Firehose streams and their KMS keys are protected, in a pack that proves itself
///
/// Exit codes: 0 yes, done · 1 no (verification failed, --fail-on was met) · 2 could not run · 3 done, but not
/// everything is known
#[derive(Debug, Parser)]
#[command(
    name = "keywitness",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// The form of what is told on stderr: lines for people, or one JSON object a line
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        env = "KEYWITNESS_LOG_FORMAT"
    )]
    pub log_format: LogFormat,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The form of what is told on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a sealed pack from the embedded sample account: no AWS, no configuration
    Demo(Demo),
    /// Collect, judge, report and seal: the job one schedules
    Run(Box<Run>),
    /// Read the account into a snapshot folder, and judge nothing
    Collect(Box<Collect>),
    /// Make a sealed pack from a snapshot folder
    Report(Box<Report>),
    /// What changed between packs, facts apart from rules, and the measures over the series
    ///
    /// Exit codes: 0 compared · 2 could not run · 3 compared, but runs were missed, a pack has gaps, or the chain of roots is
    /// broken
    Compare(Compare),
    /// Write a starting keywitness.toml, every setting explained, with the names found in the account or a snapshot
    Init(Init),
    /// Check a pack: integrity, signature, time, completeness, and that its findings follow from its records
    Verify(Verify),
    /// Make a customer edition of a pack: redacted, sealed, with drafts of answers to questionnaires
    Share(Share),
    /// Choose which streams, keys or findings of a pack an auditor looks at: by a seed, the same everywhere
    ///
    /// The pack is verified first. It chooses and judges nothing. Exit codes: 0 chosen · 2 could not run, or the pack does not
    /// hold · 3 chosen, but the population is not complete
    Sample(Sample),
    /// Add the time stamp to a pack that was sealed without one
    Timestamp(Timestamp),
    /// Make a key pair that signs packs
    Keygen(Keygen),
    /// Put a pack into S3 under Object Lock and read it back; `archive verify RECEIPT` looks whether it is still there
    Archive(Archive),
    /// The checks: their questions, reasons and remedies
    #[command(subcommand)]
    Checks(Checks),
    /// The control catalogs
    #[command(subcommand)]
    Frameworks(Frameworks),
    /// CloudTrail's log files: how keys were used, and the proof that nothing was changed
    #[command(subcommand)]
    Trail(Trail),
    /// What a key policy really gives, and to whom
    #[command(subcommand)]
    Policy(Policy),
    /// Print the least IAM policy that reading needs, and signing
    Permissions(Permissions),
    /// Print the manual page, or write it and those of all commands into a folder
    Man {
        /// The folder for the pages of all commands
        #[arg(long, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `keywitness permissions`
#[derive(Debug, Args)]
pub struct Permissions {
    /// Also what `--all-regions` needs
    #[arg(long)]
    pub all_regions: bool,
    /// Also what `--organization` needs
    #[arg(long)]
    pub organization: bool,
    /// Also what taking this role in other accounts needs
    #[arg(long, value_name = "ARN")]
    pub account_role: Option<String>,
    /// Also what signing with this KMS key needs, such as `kms:arn:aws:kms:eu-west-1:111122223333:key/…`
    #[arg(long, value_name = "SIGNER")]
    pub sign: Option<String>,
    /// Also what archiving there needs, such as `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "S3")]
    pub archive: Option<String>,
    /// Also what reading the log files of a trail there needs, such as `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "S3")]
    pub trail_logs: Option<String>,
    /// The KMS key with which the trail encrypts its log files, by ARN
    #[arg(long, value_name = "ARN")]
    pub trail_logs_key: Option<String>,
    /// Also what asking Athena about the log files of a trail there needs, such as `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "S3", requires = "athena_output")]
    pub trail_athena: Option<String>,
    /// Where Athena puts its rows: `s3://BUCKET/PREFIX/`
    #[arg(long, value_name = "S3", requires = "trail_athena")]
    pub athena_output: Option<String>,
    /// The workgroup that is asked
    #[arg(long, value_name = "NAME", requires = "trail_athena", default_value = "primary")]
    pub athena_workgroup: String,
    /// The table that is asked
    #[arg(long, value_name = "DATABASE.TABLE", requires = "trail_athena", default_value = "default.keywitness_trail")]
    pub athena_table: String,
}

/// `keywitness demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The folder in which the pack is made
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub output: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// How the pack is sealed
    #[command(flatten)]
    pub sealing: Sealing,
}

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

/// `keywitness share`
#[derive(Debug, Args)]
pub struct Share {
    /// The full pack
    pub pack: PathBuf,
    /// For whom the edition is; the name stands in it
    #[arg(long, value_name = "NAME")]
    pub customer: String,
    /// Also say which streams, keys and requirements do not hold, and which are not known
    #[arg(long)]
    pub disclose_weaknesses: bool,
    /// A questionnaire of your own, beside CAIQ 4 and HECVAT 4: CSV with `question_id`, `our_topic`; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub questionnaire: Vec<PathBuf>,
    /// The opening of an earlier edition for the same customer: pseudonyms stay the same
    #[arg(long, value_name = "FILE")]
    pub secret: Option<PathBuf>,
    /// Declarations and settings [default: keywitness.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "KEYWITNESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// The folder in which the edition is made, and its opening beside it
    #[arg(long, value_name = "FOLDER", env = "KEYWITNESS_OUTPUT", default_value = ".")]
    pub output: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    /// How the edition is sealed
    #[command(flatten)]
    pub sealing: Sealing,
}

/// `keywitness sample`
#[derive(Debug, Args)]
pub struct Sample {
    /// The pack
    pub pack: PathBuf,
    /// How many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub n: u32,
    /// Any text of one line. The same seed chooses the same [default: the pack root]
    #[arg(long, value_name = "TEXT")]
    pub seed: Option<String>,
    /// From which table
    #[arg(long, value_enum, default_value_t = Population::Streams)]
    pub of: Population,
    /// Columns of the table whose values make the strata: each gives at least one, and the rest in proportion
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub strata: Vec<String>,
    /// Choose only from rows whose column has this value, such as status=pass; repeat it for more
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub only: Vec<String>,
    /// Draw streams that are declared to carry cardholder or health data like all others, instead of setting them aside
    /// to be looked at one and all
    #[arg(long)]
    pub no_always_include: bool,
    /// Print one JSON object, with the whole rows, instead of text
    #[arg(long)]
    pub json: bool,
}

/// What can be chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Population {
    /// Delivery streams
    Streams,
    /// KMS keys
    Keys,
    /// Findings
    Findings,
}

impl Population {
    /// The table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Keys => "keys",
            Self::Findings => "findings",
        }
    }
}

/// `keywitness timestamp`
#[derive(Debug, Args)]
pub struct Timestamp {
    /// The pack
    pub pack: PathBuf,
    /// Who stamps it
    #[command(flatten)]
    pub stamp: Stamp,
    /// Declarations and settings [default: keywitness.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "KEYWITNESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

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

/// `keywitness keygen`
#[derive(Debug, Args)]
pub struct Keygen {
    /// The file of the private key; the public one stands beside it, as NAME.pub.pem
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Which accounts to read; without any of this, the one that the credentials belong to.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Accounts")]
pub struct Accounts {
    /// The role to take in each account, with {account} for its id, such as
    /// `arn:aws:iam::{account}:role/KeywitnessReader`. The account of the credentials themselves is read without it
    #[arg(long, value_name = "ARN", env = "KEYWITNESS_ACCOUNT_ROLE")]
    pub account_role: Option<String>,
    /// An account to read; repeat it for more
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with = "organization")]
    pub account: Vec<String>,
    /// Every account that AWS Organizations lists
    #[arg(long)]
    pub organization: bool,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID", env = "KEYWITNESS_EXTERNAL_ID")]
    pub external_id: Option<String>,
    /// The name of the sessions, as CloudTrail shows it [default: keywitness-RUN]
    #[arg(long, value_name = "NAME")]
    pub role_session_name: Option<String>,
    /// Read one of several parts of the accounts, such as 3/16; `report` joins the snapshots of all parts
    #[arg(long, value_name = "N/OF")]
    pub shard: Option<String>,
}

/// What to read, for `run` and `collect`.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Reading {
    /// A Region to read; repeat it for more. Without it, the Region of your AWS configuration
    #[arg(long, value_name = "REGION", env = "KEYWITNESS_REGION", value_delimiter = ',')]
    pub region: Vec<String>,
    /// Every Region of the account; one that is not enabled is listed as not known
    #[arg(long, conflicts_with = "region", env = "KEYWITNESS_ALL_REGIONS")]
    pub all_regions: bool,
    /// The AWS profile
    #[arg(long, env = "KEYWITNESS_PROFILE")]
    pub profile: Option<String>,
    /// Which accounts
    #[command(flatten)]
    pub accounts: Accounts,
    /// Use the endpoints that are validated by FIPS 140
    #[arg(long)]
    pub fips: bool,
    /// Use the endpoints that answer over IPv6 too
    #[arg(long)]
    pub dual_stack: bool,
    /// Only say what would be asked, how long it takes and what bounds it; of AWS, only the lists of streams are read
    #[arg(long)]
    pub plan: bool,
    /// Send every call to this address instead of AWS; the cover then says so
    #[arg(long, value_name = "URL", env = "KEYWITNESS_ENDPOINT_URL")]
    pub endpoint_url: Option<String>,
    /// Look up events from this day or time on (UTC), such as 2026-07-01 or 2026-07-01T12:00:00Z [default: 90 days ago]
    #[arg(long, value_name = "TIME", conflicts_with = "quarter")]
    pub from: Option<String>,
    /// Look up events to the end of this day, or to this time (UTC) [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "quarter")]
    pub to: Option<String>,
    /// Look up the events of a quarter, such as 2026Q3. AWS shows events for 90 days only: run before the quarter ends
    #[arg(long, value_name = "YEARQn")]
    pub quarter: Option<String>,
    /// What else tells of the period
    #[command(flatten)]
    pub past: Past,
    /// Which share of AWS's request quotas to use; they are shared with everything else in the account [default: 0.8]
    #[arg(long, value_name = "0..1", env = "KEYWITNESS_QUOTA_SHARE", conflicts_with = "no_rate_limit")]
    pub quota_share: Option<f64>,
    /// Do not limit the rate of calls: for emulators only
    #[arg(long)]
    pub no_rate_limit: bool,
    /// Leave out what surrounds streams, keys and trails: sources, destinations, buckets, identities, alarms. What is not
    /// read is unknown
    #[arg(long)]
    pub no_further_reads: bool,
    /// Go on with a run that broke off, from the folder that it left (`.keywitness-….partial`): its Regions and window
    /// are kept, and only what it has no answer to is asked
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["region", "from", "to", "quarter"])]
    pub resume: Option<PathBuf>,
    /// How often a call is tried before it counts as failed [default: 8]
    #[arg(long, value_name = "N")]
    pub max_attempts: Option<u32>,
    /// How many seconds one attempt of a call may take [default: 20]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    pub call_timeout: Option<u64>,
    /// Declarations and settings [default: keywitness.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "KEYWITNESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// The folder in which the result is made
    #[arg(long, value_name = "FOLDER", env = "KEYWITNESS_OUTPUT", default_value = ".")]
    pub output: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Sources of events beside `LookupEvents`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Events of the period")]
pub struct Past {
    /// Read the log files of a trail and prove them by their digests: `s3://BUCKET/PREFIX`, or a copy of the trail's
    /// bucket with AWSLogs/… in it, each digest's S3 metadata beside it as NAME.meta.json. Organization trails too
    #[arg(long, value_name = "FOLDER|S3")]
    pub trail_logs: Option<String>,
    /// What stands in the bucket before the paths of --trail-logs, when that is a copy of what is below a prefix
    #[arg(long, value_name = "PREFIX")]
    pub trail_prefix: Option<String>,
    /// What `aws cloudtrail list-public-keys` answered, for the proof of --trail-logs [default: ask AWS]
    #[arg(long, value_name = "FILE")]
    pub trail_keys: Option<PathBuf>,
    /// Count uses of keys by a query on Amazon Athena, for a trail that is too large to read: the place of its log files,
    /// `s3://BUCKET/PREFIX`. The table must be there (`keywitness trail sql` prints it); it costs by what it reads
    #[arg(long, value_name = "S3")]
    pub trail_athena: Option<String>,
    /// The table of --trail-athena [default: `default.keywitness_trail`]
    #[arg(long, value_name = "DATABASE.TABLE")]
    pub athena_table: Option<String>,
    /// The workgroup of --trail-athena [default: primary]
    #[arg(long, value_name = "NAME")]
    pub athena_workgroup: Option<String>,
    /// Where Athena puts its rows, if the workgroup does not say: `s3://BUCKET/PREFIX/`
    #[arg(long, value_name = "S3")]
    pub athena_output: Option<String>,
    /// Ask Athena without asking me, whatever it costs
    #[arg(long)]
    pub yes: bool,
    /// Ask AWS for the last use of each key of a stream (`GetKeyLastUsage`), and hold it against the events
    #[arg(long)]
    pub key_last_usage: bool,
    /// Read events that somebody exported: answers of `aws cloudtrail lookup-events`, or a download of the event
    /// history as JSON; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub events_export: Vec<PathBuf>,
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
    /// Send the calls to S3 to this address instead of AWS
    #[arg(long, value_name = "URL", help_heading = "Archive")]
    pub archive_endpoint_url: Option<String>,
    /// How the archive is locked
    #[command(flatten)]
    pub locking: Locking,
    /// End with 0 where the exit code would be 3: for whoever starts it and knows success and failure only. The last line
    /// still says result=incomplete
    #[arg(long)]
    pub accept_gaps: bool,
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
    /// End with exit code 1 when this was found; as for `run`
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// How the pack is sealed
    #[command(flatten)]
    pub sealing: Sealing,
    /// Put the sealed pack into S3: `s3://BUCKET/PREFIX`, with --lock and --retain
    #[arg(long, value_name = "S3", env = "KEYWITNESS_ARCHIVE", help_heading = "Archive")]
    pub archive: Option<String>,
    /// Send the calls to S3, for snapshots and for the archive, to this address instead of AWS
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

/// `keywitness compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// A pack, or a snapshot folder
    pub old: PathBuf,
    /// Those to compare it with; they are put in the order of their times
    #[arg(required = true)]
    pub new: Vec<PathBuf>,
    /// How many days should lie between two runs: tells which were missed [default: what the newest pack declares, else
    /// inferred from three packs or more]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub every: Option<u32>,
    /// Also make a page of the series: packs, chain of roots, measures as lines, what changed
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// `keywitness init`
#[derive(Debug, Args)]
pub struct Init {
    /// A snapshot folder, or data/evidence of a pack; without it, the account is read
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["region", "profile", "endpoint_url", "no_rate_limit"])]
    pub from: Option<PathBuf>,
    /// A Region to read; repeat it for more. Without it, the Region of your AWS configuration
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub region: Vec<String>,
    /// The AWS profile
    #[arg(long)]
    pub profile: Option<String>,
    /// Send every call to this address instead of AWS
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Do not limit the rate of calls: for emulators only
    #[arg(long)]
    pub no_rate_limit: bool,
    /// The folder in which keywitness.toml is made; one that is there already is left as it is
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub output: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

impl Init {
    /// What to read, where no snapshot is named.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading {
            region: self.region.clone(),
            profile: self.profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
            no_rate_limit: self.no_rate_limit,
            ..Reading::default()
        }
    }
}

/// What a pack must be sealed with, whatever it says of that itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Demanded {
    /// A signature
    Signed,
    /// A time stamp
    Timestamped,
    /// Both
    Both,
    /// Nothing beyond what the pack itself promises
    None,
}

/// `keywitness verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// The pack
    pub pack: PathBuf,
    /// The pack root that you were told by another way than the pack itself. Without it or a key the best answer
    /// is "consistent, not anchored" (exit code 3)
    #[arg(long, value_name = "HEX")]
    pub expect_root: Option<String>,
    /// A public key (PEM) that you trust to sign packs, had by another way than the pack itself; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// A root certificate (PEM) of time stamp authorities that you trust; repeat it for more
    #[arg(long, value_name = "FILE")]
    pub tsa_root: Vec<PathBuf>,
    /// Fail unless the pack is sealed with these; whose key or authority it was is asked with --key and --tsa-root
    #[arg(long, value_enum, value_name = "SEAL", default_value_t = Demanded::None)]
    pub policy: Demanded,
    /// The pack before this one, to check the chain; repeat it for those before that
    #[arg(long, value_name = "PACK")]
    pub previous: Vec<PathBuf>,
    /// The templates that the HTML report was made with, where it was made with others than the program's own
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<PathBuf>,
    /// The opening of a customer edition, to check its commitments
    #[arg(long, value_name = "FILE")]
    pub opening: Option<PathBuf>,
    /// The full pack of a customer edition, to check that the edition follows from it
    #[arg(long, value_name = "PACK", requires = "opening")]
    pub internal: Option<PathBuf>,
    /// Do not derive the findings and reports again from the records
    #[arg(long)]
    pub no_replay: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// `keywitness checks …`
#[derive(Debug, Subcommand)]
pub enum Checks {
    /// One line for each check
    List {
        /// All pages as JSON
        #[arg(long)]
        json: bool,
    },
    /// The page of one check: question, why, how it is decided, what it cannot see, remedy
    Show {
        /// The check's id
        id: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// `keywitness frameworks …`
#[derive(Debug, Subcommand)]
pub enum Frameworks {
    /// The catalogs that come with the program
    List,
    /// One catalog, or one of its requirements
    Show {
        /// The catalog's id, such as pci-dss-4.0.1, or a catalog file of your own
        catalog: String,
        /// The requirement's id, such as 3.7.4
        requirement: Option<String>,
    },
    /// Check a catalog file of your own and list its mistakes
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print the JSON Schema of the catalog format, for editors
    Schema,
}

/// `keywitness policy …`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Answer six questions about a key policy, and name the statement that decides each
    ///
    /// Reads one file and asks AWS nothing. Exit codes: 0 the policy was read · 2 the file or an ARN is wrong · 3 the
    /// policy, or a statement of it, could not be read
    Explain(Explain),
}

/// `keywitness policy explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The key policy: its JSON, or the answer of `aws kms get-key-policy`
    pub file: PathBuf,
    /// The ARN of the key whose policy it is, or is to be
    #[arg(long, value_name = "ARN")]
    pub key_arn: String,
    /// The role by which Firehose delivers to S3 with this key
    #[arg(long, value_name = "ARN")]
    pub role: Option<String>,
    /// The bucket that it delivers to: decides statements that hold for one bucket
    #[arg(long, value_name = "ARN", requires = "role")]
    pub bucket: Option<String>,
    /// The policy that Resource Access Manager keeps for the key (policy name `AWS_RAM`): its statements count as well
    #[arg(long, value_name = "FILE")]
    pub ram_policy: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// `keywitness trail …`
#[derive(Debug, Subcommand)]
pub enum Trail {
    /// Count how each key and stream was used, over the log files in a folder
    ///
    /// The folder is a copy of the trail's bucket, or of a part of it. Exit codes: 0 all read · 2 could not run ·
    /// 3 something could not be read, or there was nothing to read
    Scan(TrailScan),
    /// Prove by its digests that a copy of the trail's bucket is what CloudTrail delivered
    ///
    /// Each digest's S3 metadata, which holds its signature, lies beside it as NAME.meta.json. Exit codes: 0 all proven
    /// · 1 something is invalid, missing or planted · 2 could not run · 3 nothing is wrong, but not everything is known
    Validate(TrailValidate),
    /// Print the same question as SQL for Amazon Athena: the table and the query
    Sql(TrailSql),
}

/// `keywitness trail sql`
#[derive(Debug, Args)]
pub struct TrailSql {
    /// Where the log files are: `s3://bucket/prefix/AWSLogs/`, for an organization's trail `s3://…/AWSLogs/o-…/`
    #[arg(long, value_name = "S3")]
    pub location: String,
    /// An account whose log files are read; repeat it for more
    #[arg(long, required = true, value_name = "ID", value_delimiter = ',')]
    pub account: Vec<String>,
    /// A Region whose log files are read; repeat it for more
    #[arg(long, required = true, value_name = "REGION", value_delimiter = ',')]
    pub region: Vec<String>,
    /// From this day or time on (UTC)
    #[arg(long, value_name = "TIME")]
    pub from: String,
    /// To the end of this day, or to this time (UTC)
    #[arg(long, value_name = "TIME")]
    pub to: String,
    /// The database of the table
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub database: String,
    /// The name of the table
    #[arg(long, value_name = "NAME", default_value = "keywitness_trail")]
    pub table: String,
    /// Print the query only
    #[arg(long)]
    pub query: bool,
}

/// `keywitness trail scan`
#[derive(Debug, Args)]
pub struct TrailScan {
    /// The folder, with AWSLogs/… in it
    pub folder: PathBuf,
    /// Read log files that are not packed (.json) too
    #[arg(long)]
    pub plain_json: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
}

/// `keywitness trail validate`
#[derive(Debug, Args)]
pub struct TrailValidate {
    /// The folder, with AWSLogs/… in it
    pub folder: PathBuf,
    /// What `aws cloudtrail list-public-keys` answered for the Region and the time
    #[arg(long, value_name = "FILE")]
    pub public_keys: PathBuf,
    /// The proof must reach back to this day or time (UTC) [default: as far as the folder goes]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// The proof must go on to the end of this day, or to within an hour of this time (UTC) [default: as far as the
    /// folder goes; what was removed from the end without a trace is then not seen]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// The bucket that the folder is a copy of; a digest of another one is invalid
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
    /// What stands in the bucket before the folder's paths, when the folder is a copy of what is below a prefix
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub prefix: String,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}
