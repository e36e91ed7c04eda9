//! The API operations that Keywitness calls: with the permission each needs and the rate that AWS allows.
//!
//! One table serves the collectors (pacing), the gaps page (which permission would close a gap) and the
//! generated IAM policy, so none of the three can forget a call. Rates: Firehose's limits page (five a second,
//! hard, each operation by itself), the KMS request quotas, the CloudTrail quotas; see `docs/architecture.md`.

/// One API operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operation {
    /// The service's name as in its endpoint and its IAM prefix.
    pub service: &'static str,
    /// The operation's name as AWS writes it.
    pub name: &'static str,
    /// The IAM action that allows it; empty where AWS asks for none.
    pub permission: &'static str,
    /// Requests a second that AWS allows in one account and Region.
    pub per_second: u32,
    /// The parameters and answer fields that only turn pages.
    pub paging: &'static [&'static str],
}

const fn op(
    service: &'static str,
    name: &'static str,
    permission: &'static str,
    per_second: u32,
    paging: &'static [&'static str],
) -> Operation {
    Operation { service, name, permission, per_second, paging }
}

/// Who is asking.
pub const GET_CALLER_IDENTITY: Operation = op("sts", "GetCallerIdentity", "", 10, &[]);
/// The names of all streams; pages by the last name, because AWS offers no token here.
pub const LIST_DELIVERY_STREAMS: Operation =
    op("firehose", "ListDeliveryStreams", "firehose:ListDeliveryStreams", 5, &["ExclusiveStartDeliveryStreamName"]);
/// One stream.
pub const DESCRIBE_DELIVERY_STREAM: Operation =
    op("firehose", "DescribeDeliveryStream", "firehose:DescribeDeliveryStream", 5, &["ExclusiveStartDestinationId"]);
/// One stream's tags.
pub const LIST_TAGS_FOR_DELIVERY_STREAM: Operation =
    op("firehose", "ListTagsForDeliveryStream", "firehose:ListTagsForDeliveryStream", 5, &["ExclusiveStartTagKey"]);
/// All aliases of a Region in one listing: it replaces a call per key, and never creates a key.
pub const LIST_ALIASES: Operation = op("kms", "ListAliases", "kms:ListAliases", 500, &["Marker"]);
/// One key. Never called with an alias: `DescribeKey` on an unused `alias/aws/…` makes AWS create that key.
pub const DESCRIBE_KEY: Operation = op("kms", "DescribeKey", "kms:DescribeKey", 2000, &[]);
/// Whether a key rotates by itself, and how often.
pub const GET_KEY_ROTATION_STATUS: Operation = op("kms", "GetKeyRotationStatus", "kms:GetKeyRotationStatus", 1000, &[]);
/// The rotations that took place.
pub const LIST_KEY_ROTATIONS: Operation = op("kms", "ListKeyRotations", "kms:ListKeyRotations", 100, &["Marker"]);
/// One of the two policies that a key can have.
pub const GET_KEY_POLICY: Operation = op("kms", "GetKeyPolicy", "kms:GetKeyPolicy", 1000, &[]);
/// One key's tags.
pub const LIST_RESOURCE_TAGS: Operation = op("kms", "ListResourceTags", "kms:ListResourceTags", 2000, &["Marker"]);
/// The trails that a Region sees, those of other Regions included.
pub const DESCRIBE_TRAILS: Operation = op("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails", 10, &[]);
/// Whether a trail logs in this Region.
pub const GET_TRAIL_STATUS: Operation = op("cloudtrail", "GetTrailStatus", "cloudtrail:GetTrailStatus", 10, &[]);
/// Which events a trail records.
pub const GET_EVENT_SELECTORS: Operation =
    op("cloudtrail", "GetEventSelectors", "cloudtrail:GetEventSelectors", 10, &[]);
/// The management events of the last 90 days, by one attribute a query.
pub const LOOKUP_EVENTS: Operation = op("cloudtrail", "LookupEvents", "cloudtrail:LookupEvents", 2, &["NextToken"]);

/// The accounts of an organization; asked once a run, from the management account or a delegated administrator.
pub const LIST_ACCOUNTS: Operation =
    op("organizations", "ListAccounts", "organizations:ListAccounts", 2, &["NextToken"]);
/// Which Regions an account has and which of them are enabled.
pub const DESCRIBE_REGIONS: Operation = op("ec2", "DescribeRegions", "ec2:DescribeRegions", 10, &[]);
/// Entering another account. Its answer holds credentials: it is made by the SDK and never recorded.
pub const ASSUME_ROLE: Operation = op("sts", "AssumeRole", "sts:AssumeRole", 10, &[]);

/// A query on Athena begins. It writes its rows to the place that the workgroup names, and costs by what it reads.
pub const START_QUERY_EXECUTION: Operation = op("athena", "StartQueryExecution", "athena:StartQueryExecution", 20, &[]);
/// How far it is, and how many bytes it read.
pub const GET_QUERY_EXECUTION: Operation = op("athena", "GetQueryExecution", "athena:GetQueryExecution", 100, &[]);
/// Its rows.
pub const GET_QUERY_RESULTS: Operation = op("athena", "GetQueryResults", "athena:GetQueryResults", 100, &["NextToken"]);
/// The end of a query that nobody waits for any longer.
pub const STOP_QUERY_EXECUTION: Operation = op("athena", "StopQueryExecution", "athena:StopQueryExecution", 20, &[]);

/// Those of `--trail-athena`.
pub const ATHENA: &[Operation] = &[START_QUERY_EXECUTION, GET_QUERY_EXECUTION, GET_QUERY_RESULTS, STOP_QUERY_EXECUTION];

/// Those that only a run over several accounts or over all Regions makes.
pub const WIDE: &[Operation] = &[LIST_ACCOUNTS, DESCRIBE_REGIONS, ASSUME_ROLE];

/// Every call, those of wide runs and of queries and those that are asked for included.
pub fn every() -> impl Iterator<Item = &'static Operation> {
    ALL.iter().chain(OPTIONAL).chain(WIDE).chain(ATHENA)
}

/// The public keys by which CloudTrail's digests are signed.
pub const LIST_PUBLIC_KEYS: Operation =
    op("cloudtrail", "ListPublicKeys", "cloudtrail:ListPublicKeys", 1, &["NextToken"]);

/// The log files of a trail in one folder of its bucket: what they are, and what of them is evidence.
pub const LOG_FILES: Operation = op("cloudtrail", "LogFiles", "", 0, &[]);
/// The digests in one folder of the bucket, each with its metadata.
pub const DIGEST_FILES: Operation = op("cloudtrail", "DigestFiles", "", 0, &[]);
/// What else there is in a copy of a trail's bucket, and what could not be read.
pub const TRAIL_FOLDER: Operation = op("cloudtrail", "TrailFolder", "", 0, &[]);
/// A file with answers of `LookupEvents`.
pub const EVENTS_EXPORT: Operation = op("cloudtrail", "EventsExport", "", 0, &[]);

/// AWS's own word on the last use of a key; five a second, as few as descriptions of streams.
pub const GET_KEY_LAST_USAGE: Operation = op("kms", "GetKeyLastUsage", "kms:GetKeyLastUsage", 5, &[]);

/// Calls that are made only when they are asked for.
pub const OPTIONAL: &[Operation] = &[LIST_PUBLIC_KEYS, GET_KEY_LAST_USAGE];

/// A file with the answer of `ListPublicKeys`.
pub const PUBLIC_KEYS_FILE: Operation = op("cloudtrail", "PublicKeysFile", "", 0, &[]);

/// Reads of files: no call of AWS, so without permission and rate.
pub const FILES: &[Operation] = &[LOG_FILES, DIGEST_FILES, TRAIL_FOLDER, EVENTS_EXPORT, PUBLIC_KEYS_FILE];

/// The calls of every run.
pub const ALL: &[Operation] = &[
    GET_CALLER_IDENTITY,
    LIST_DELIVERY_STREAMS,
    DESCRIBE_DELIVERY_STREAM,
    LIST_TAGS_FOR_DELIVERY_STREAM,
    LIST_ALIASES,
    DESCRIBE_KEY,
    GET_KEY_ROTATION_STATUS,
    LIST_KEY_ROTATIONS,
    GET_KEY_POLICY,
    LIST_RESOURCE_TAGS,
    DESCRIBE_TRAILS,
    GET_TRAIL_STATUS,
    GET_EVENT_SELECTORS,
    LOOKUP_EVENTS,
];

/// Whether that is a read of files: it has no HTTP status.
#[must_use]
pub fn is_file(service: &str, name: &str) -> bool {
    FILES.iter().any(|o| o.service == service && o.name == name)
}

/// The operation of that name, if Keywitness calls it or reads files by that name.
#[must_use]
pub fn find(service: &str, name: &str) -> Option<&'static Operation> {
    every().chain(FILES).find(|o| o.service == service && o.name == name)
}
