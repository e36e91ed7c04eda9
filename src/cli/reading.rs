//! What is read, and how: the arguments of everything that calls AWS.

use clap::Args;
use std::path::PathBuf;

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
