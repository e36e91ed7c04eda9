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

/// The grants of a key: server-side encryption works by one, and a delivery role may have no other permission.
pub const LIST_GRANTS: Operation = op("kms", "ListGrants", "kms:ListGrants", 100, &["Marker"]);
/// The tags of up to a hundred streams or keys at once; whatever it leaves out is asked by itself.
pub const GET_RESOURCES: Operation = op("tag", "GetResources", "tag:GetResources", 5, &[]);
/// A Kinesis data stream that is a source.
pub const DESCRIBE_STREAM_SUMMARY: Operation =
    op("kinesis", "DescribeStreamSummary", "kinesis:DescribeStreamSummary", 20, &[]);
/// An MSK cluster that is a source.
pub const DESCRIBE_CLUSTER_V2: Operation = op("kafka", "DescribeClusterV2", "kafka:DescribeClusterV2", 5, &[]);
/// A Redshift cluster that is a destination.
pub const DESCRIBE_CLUSTERS: Operation =
    op("redshift", "DescribeClusters", "redshift:DescribeClusters", 5, &["Marker"]);
/// A domain of `OpenSearch` or Elasticsearch that is a destination.
pub const DESCRIBE_DOMAIN: Operation = op("es", "DescribeDomain", "es:DescribeDomain", 5, &[]);
/// Collections of `OpenSearch` Serverless that are destinations, a hundred a call.
pub const BATCH_GET_COLLECTION: Operation = op("aoss", "BatchGetCollection", "aoss:BatchGetCollection", 5, &[]);
/// A table of Glue's catalog that an Iceberg destination writes: where its files are.
pub const GET_TABLE: Operation = op("glue", "GetTable", "glue:GetTable", 10, &[]);
/// The secret with the credentials of a destination or source: what it is encrypted with, never its value.
pub const DESCRIBE_SECRET: Operation = op("secretsmanager", "DescribeSecret", "secretsmanager:DescribeSecret", 40, &[]);
/// Where a bucket is.
pub const GET_BUCKET_LOCATION: Operation = op("s3", "GetBucketLocation", "s3:GetBucketLocation", 100, &[]);
/// What S3 encrypts with where nothing is asked for.
pub const GET_BUCKET_ENCRYPTION: Operation = op("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration", 100, &[]);
/// Whether a bucket can be made public.
pub const GET_PUBLIC_ACCESS_BLOCK: Operation =
    op("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", 100, &[]);
/// Whether a bucket's policy is public.
pub const GET_BUCKET_POLICY_STATUS: Operation = op("s3", "GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", 100, &[]);
/// Whether a bucket keeps what is overwritten.
pub const GET_BUCKET_VERSIONING: Operation = op("s3", "GetBucketVersioning", "s3:GetBucketVersioning", 100, &[]);
/// Whether a bucket's objects are locked.
pub const GET_OBJECT_LOCK_CONFIGURATION: Operation =
    op("s3", "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", 100, &[]);
/// When a bucket's objects go away.
pub const GET_BUCKET_LIFECYCLE_CONFIGURATION: Operation =
    op("s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", 100, &[]);
/// A log group and its key.
pub const DESCRIBE_LOG_GROUPS: Operation =
    op("logs", "DescribeLogGroups", "logs:DescribeLogGroups", 10, &["nextToken"]);
/// What is counted in the log group of a trail.
pub const DESCRIBE_METRIC_FILTERS: Operation =
    op("logs", "DescribeMetricFilters", "logs:DescribeMetricFilters", 5, &["nextToken"]);
/// The alarms of a Region.
pub const DESCRIBE_ALARMS: Operation =
    op("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms", 9, &["NextToken"]);
/// What was counted of streams, 500 metrics a call. Its price counts metrics.
pub const GET_METRIC_DATA: Operation =
    op("cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", 10, &["NextToken"]);
/// The rules of the default event bus.
pub const LIST_RULES: Operation = op("events", "ListRules", "events:ListRules", 50, &["NextToken"]);
/// Who hears of a rule's events.
pub const LIST_TARGETS_BY_RULE: Operation =
    op("events", "ListTargetsByRule", "events:ListTargetsByRule", 50, &["NextToken"]);
/// The event data stores of `CloudTrail` Lake.
pub const LIST_EVENT_DATA_STORES: Operation =
    op("cloudtrail", "ListEventDataStores", "cloudtrail:ListEventDataStores", 1, &["NextToken"]);
/// One event data store.
pub const GET_EVENT_DATA_STORE: Operation =
    op("cloudtrail", "GetEventDataStore", "cloudtrail:GetEventDataStore", 1, &[]);
/// Every user, group and role with its policies: a thousand a call, where role by role would take three each.
pub const GET_ACCOUNT_AUTHORIZATION_DETAILS: Operation =
    op("iam", "GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails", 5, &["Marker"]);
/// What an account calls itself: one name at most.
pub const LIST_ACCOUNT_ALIASES: Operation = op("iam", "ListAccountAliases", "iam:ListAccountAliases", 5, &["Marker"]);
/// The organization's policies of one kind.
pub const LIST_POLICIES: Operation =
    op("organizations", "ListPolicies", "organizations:ListPolicies", 2, &["NextToken"]);
/// The text of one of the organization's policies.
pub const DESCRIBE_POLICY: Operation = op("organizations", "DescribePolicy", "organizations:DescribePolicy", 2, &[]);
/// What a policy of the organization is attached to.
pub const LIST_TARGETS_FOR_POLICY: Operation =
    op("organizations", "ListTargetsForPolicy", "organizations:ListTargetsForPolicy", 2, &["NextToken"]);
/// The unit or root that an account or a unit is in: asked up the chain where a policy is attached to a unit.
pub const LIST_PARENTS: Operation = op("organizations", "ListParents", "organizations:ListParents", 2, &["NextToken"]);
/// Who is told by a topic that an alarm or a rule sends to. Addresses of people are withheld.
pub const LIST_SUBSCRIPTIONS_BY_TOPIC: Operation =
    op("sns", "ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic", 30, &["NextToken"]);
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

/// The calls of every run.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    CORE.iter().chain(FURTHER)
}

/// Every call, those of wide runs and of queries and those that are asked for included.
pub fn every() -> impl Iterator<Item = &'static Operation> {
    all().chain(OPTIONAL).chain(WIDE).chain(ATHENA)
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

/// The calls of every run about streams, keys, trails and events.
pub const CORE: &[Operation] = &[
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
    GET_RESOURCES,
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

/// The calls about what surrounds streams, keys and trails: `--no-further-reads` leaves them out.
pub const FURTHER: &[Operation] = &[
    LIST_GRANTS,
    DESCRIBE_STREAM_SUMMARY,
    DESCRIBE_CLUSTER_V2,
    DESCRIBE_CLUSTERS,
    DESCRIBE_DOMAIN,
    BATCH_GET_COLLECTION,
    GET_TABLE,
    DESCRIBE_SECRET,
    GET_BUCKET_LOCATION,
    GET_BUCKET_ENCRYPTION,
    GET_PUBLIC_ACCESS_BLOCK,
    GET_BUCKET_POLICY_STATUS,
    GET_BUCKET_VERSIONING,
    GET_OBJECT_LOCK_CONFIGURATION,
    GET_BUCKET_LIFECYCLE_CONFIGURATION,
    DESCRIBE_LOG_GROUPS,
    DESCRIBE_METRIC_FILTERS,
    DESCRIBE_ALARMS,
    GET_METRIC_DATA,
    LIST_RULES,
    LIST_TARGETS_BY_RULE,
    LIST_EVENT_DATA_STORES,
    GET_EVENT_DATA_STORE,
    GET_ACCOUNT_AUTHORIZATION_DETAILS,
    LIST_POLICIES,
    DESCRIBE_POLICY,
    LIST_TARGETS_FOR_POLICY,
    LIST_PARENTS,
    LIST_SUBSCRIPTIONS_BY_TOPIC,
    LIST_ACCOUNT_ALIASES,
];
