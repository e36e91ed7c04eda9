//! Exactly what was typed. The doc comments are the help.

mod archive;
mod making;
mod reading;
mod trail;

pub use archive::{Archive, ArchiveCommand, ArchiveVerify, LockMode, Locking, S3Access};
pub use making::{Collect, Ending, Judging, Report, Run, Sealing, Stamp};
pub use reading::{Accounts, Past, Reading};
pub use trail::{Trail, TrailScan, TrailSql, TrailValidate};

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
