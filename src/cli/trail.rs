//! The arguments of `keywitness trail`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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
