//! The members that answers about the surroundings of streams may keep.
//!
//! Left out everywhere: tags of identities, inputs and paths of rule targets, queries, descriptions that people write.

/// The members that the answer of an operation may keep; none for an operation that is not listed.
pub(super) fn members(service: &str, operation: &str) -> &'static [&'static str] {
    match service {
        "kms" if operation == "ListGrants" => GRANTS,
        "tag" if operation == "GetResources" => {
            &["PaginationToken", "ResourceTagMappingList", "ResourceARN", "Tags", "Key", "Value"]
        }
        "kinesis" if operation == "DescribeStreamSummary" => KINESIS,
        "kafka" if operation == "DescribeClusterV2" => MSK,
        "redshift" if operation == "DescribeClusters" => REDSHIFT,
        "es" if operation == "DescribeDomain" => DOMAIN,
        "aoss" if operation == "BatchGetCollection" => COLLECTIONS,
        "glue" if operation == "GetTable" => &[
            "Table",
            "Name",
            "DatabaseName",
            "CatalogId",
            "StorageDescriptor",
            "Location",
            "TableType",
            "CreateTime",
            "UpdateTime",
        ],
        "secretsmanager" if operation == "DescribeSecret" => SECRET,
        "s3" => bucket(operation),
        "logs" | "cloudwatch" | "events" => notice(operation),
        "cloudtrail" if operation == "ListEventDataStores" => {
            &["EventDataStores", "EventDataStoreArn", "Name", "NextToken"]
        }
        "cloudtrail" if operation == "GetEventDataStore" => EVENT_DATA_STORE,
        "iam" if operation == "GetAccountAuthorizationDetails" => IDENTITIES,
        "iam" if operation == "ListAccountAliases" => ACCOUNT_ALIASES,
        "organizations" => organization(operation),
        "sns" if operation == "ListSubscriptionsByTopic" => SUBSCRIPTIONS,
        _ => &[],
    }
}

/// Without `Endpoint`: it is the address of a person, or a secret path of a product.
const SUBSCRIPTIONS: &[&str] = &[
    "ListSubscriptionsByTopicResponse",
    "ListSubscriptionsByTopicResult",
    "Subscriptions",
    "member",
    "TopicArn",
    "Protocol",
    "SubscriptionArn",
    "Owner",
    "NextToken",
    "ResponseMetadata",
    "RequestId",
];

const GRANTS: &[&str] = &[
    "Grants",
    "KeyId",
    "GrantId",
    "Name",
    "CreationDate",
    "GranteePrincipal",
    "GranteeServicePrincipal",
    "RetiringPrincipal",
    "RetiringServicePrincipal",
    "IssuingAccount",
    "Operations",
    "Constraints",
    "EncryptionContextSubset",
    "EncryptionContextEquals",
    "SourceArn",
    // the contexts that AWS's services are known to set; others are withheld, since their owner chose them
    "aws:firehose:arn",
    "aws:kinesis:firehose:arn",
    "aws:kinesis:arn",
    "aws:s3:arn",
    "NextMarker",
    "Truncated",
];

const KINESIS: &[&str] = &[
    "StreamDescriptionSummary",
    "StreamName",
    "StreamARN",
    "StreamStatus",
    "StreamModeDetails",
    "StreamMode",
    "RetentionPeriodHours",
    "StreamCreationTimestamp",
    "EncryptionType",
    "KeyId",
    "OpenShardCount",
    "ConsumerCount",
];

/// `ZookeeperConnectString`, subnets and security groups are nobody's business here.
const MSK: &[&str] = &[
    "clusterInfo",
    "clusterType",
    "clusterArn",
    "clusterName",
    "creationTime",
    "state",
    "provisioned",
    "encryptionInfo",
    "encryptionAtRest",
    "dataVolumeKMSKeyId",
    "encryptionInTransit",
    "clientBroker",
    "inCluster",
    "currentBrokerSoftwareInfo",
    "kafkaVersion",
    "numberOfBrokerNodes",
    "storageMode",
    "serverless",
];

/// `MasterUsername` and the endpoint's address are left out.
const REDSHIFT: &[&str] = &[
    "DescribeClustersResponse",
    "DescribeClustersResult",
    "Clusters",
    "Cluster",
    "ClusterIdentifier",
    "ClusterStatus",
    "NodeType",
    "Encrypted",
    "KmsKeyId",
    "PubliclyAccessible",
    "ClusterCreateTime",
    "ClusterNamespaceArn",
    "EnhancedVpcRouting",
    "Marker",
    "ResponseMetadata",
    "RequestId",
];

/// Policies, options of people's own, networks and addresses but that of the domain are left out.
const DOMAIN: &[&str] = &[
    "DomainStatus",
    "DomainId",
    "DomainName",
    "ARN",
    "Created",
    "Deleted",
    "Endpoint",
    "Endpoints",
    "vpc",
    "EngineVersion",
    "EncryptionAtRestOptions",
    "NodeToNodeEncryptionOptions",
    "Enabled",
    "KmsKeyId",
    "DomainEndpointOptions",
    "EnforceHTTPS",
    "TLSSecurityPolicy",
];

const COLLECTIONS: &[&str] = &[
    "collectionDetails",
    "collectionErrorDetails",
    "id",
    "name",
    "status",
    "type",
    "arn",
    "kmsKeyArn",
    "standbyReplicas",
    "createdDate",
    "lastModifiedDate",
    "errorCode",
    "errorMessage",
];

/// Never a value: `DescribeSecret` holds none. Description and tags are left out.
const SECRET: &[&str] = &[
    "ARN",
    "Name",
    "KmsKeyId",
    "RotationEnabled",
    "RotationRules",
    "AutomaticallyAfterDays",
    "LastRotatedDate",
    "LastChangedDate",
    "DeletedDate",
    "NextRotationDate",
    "OwningService",
    "CreatedDate",
    "PrimaryRegion",
];

fn bucket(operation: &str) -> &'static [&'static str] {
    match operation {
        "GetBucketLocation" => &["LocationConstraint"],
        "GetBucketEncryption" => &[
            "ServerSideEncryptionConfiguration",
            "Rule",
            "ApplyServerSideEncryptionByDefault",
            "SSEAlgorithm",
            "KMSMasterKeyID",
            "BucketKeyEnabled",
            "BlockedEncryptionTypes",
            "EncryptionType",
        ],
        "GetPublicAccessBlock" => &[
            "PublicAccessBlockConfiguration",
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        ],
        "GetBucketPolicyStatus" => &["PolicyStatus", "IsPublic"],
        "GetBucketVersioning" => &["VersioningConfiguration", "Status", "MfaDelete"],
        "GetObjectLockConfiguration" => {
            &["ObjectLockConfiguration", "ObjectLockEnabled", "Rule", "DefaultRetention", "Mode", "Days", "Years"]
        }
        "GetBucketLifecycleConfiguration" => &[
            "LifecycleConfiguration",
            "Rule",
            "ID",
            "Status",
            "Prefix",
            "Filter",
            "And",
            "Tag",
            "ObjectSizeGreaterThan",
            "ObjectSizeLessThan",
            "Expiration",
            "Days",
            "Date",
            "ExpiredObjectDeleteMarker",
            "NoncurrentVersionExpiration",
            "NoncurrentDays",
            "NewerNoncurrentVersions",
            "AbortIncompleteMultipartUpload",
            "DaysAfterInitiation",
            "Transition",
            "NoncurrentVersionTransition",
            "StorageClass",
        ],
        _ => &[],
    }
}

fn notice(operation: &str) -> &'static [&'static str] {
    match operation {
        "DescribeLogGroups" => &[
            "logGroups",
            "logGroupName",
            "arn",
            "logGroupArn",
            "creationTime",
            "retentionInDays",
            "kmsKeyId",
            "logGroupClass",
            "metricFilterCount",
            "storedBytes",
            "deletionProtectionEnabled",
            "nextToken",
        ],
        "DescribeMetricFilters" => &[
            "metricFilters",
            "filterName",
            "filterPattern",
            "metricTransformations",
            "metricName",
            "metricNamespace",
            "metricValue",
            "defaultValue",
            "creationTime",
            "logGroupName",
            "nextToken",
        ],
        "DescribeAlarms" => &[
            "CompositeAlarms",
            "AlarmRule",
            "ActionsSuppressor",
            "MetricAlarms",
            "AlarmName",
            "AlarmArn",
            "ActionsEnabled",
            "AlarmActions",
            "StateValue",
            "StateUpdatedTimestamp",
            "MetricName",
            "Namespace",
            "Statistic",
            "Dimensions",
            "Name",
            "Value",
            "Period",
            "EvaluationPeriods",
            "Threshold",
            "ComparisonOperator",
            "TreatMissingData",
            "NextToken",
        ],
        "GetMetricData" => &["MetricDataResults", "Id", "Timestamps", "Values", "StatusCode", "NextToken"],
        "ListRules" => &[
            "Rules",
            "Name",
            "Arn",
            "EventPattern",
            "State",
            "ScheduleExpression",
            "ManagedBy",
            "EventBusName",
            "NextToken",
        ],
        "ListTargetsByRule" => &["Targets", "Id", "Arn", "RoleArn", "NextToken"],
        _ => &[],
    }
}

const EVENT_DATA_STORE: &[&str] = &[
    "EventDataStoreArn",
    "Name",
    "Status",
    "AdvancedEventSelectors",
    "FieldSelectors",
    "Field",
    "Equals",
    "StartsWith",
    "EndsWith",
    "NotEquals",
    "NotStartsWith",
    "NotEndsWith",
    "MultiRegionEnabled",
    "OrganizationEnabled",
    "RetentionPeriod",
    "TerminationProtectionEnabled",
    "CreatedTimestamp",
    "UpdatedTimestamp",
    "KmsKeyId",
    "BillingMode",
    "FederationStatus",
];

const ACCOUNT_ALIASES: &[&str] = &[
    "ListAccountAliasesResponse",
    "ListAccountAliasesResult",
    "AccountAliases",
    "member",
    "IsTruncated",
    "Marker",
    "ResponseMetadata",
    "RequestId",
];

const IDENTITIES: &[&str] = &[
    "GetAccountAuthorizationDetailsResponse",
    "GetAccountAuthorizationDetailsResult",
    "IsTruncated",
    "Marker",
    "ResponseMetadata",
    "RequestId",
    "UserDetailList",
    "GroupDetailList",
    "RoleDetailList",
    "Policies",
    "member",
    "UserName",
    "GroupName",
    "RoleName",
    "PolicyName",
    "Path",
    "UserId",
    "GroupId",
    "RoleId",
    "PolicyId",
    "Arn",
    "CreateDate",
    "UpdateDate",
    "UserPolicyList",
    "GroupPolicyList",
    "RolePolicyList",
    "PolicyDocument",
    "AttachedManagedPolicies",
    "PolicyArn",
    "GroupList",
    "AssumeRolePolicyDocument",
    "PermissionsBoundary",
    "PermissionsBoundaryType",
    "PermissionsBoundaryArn",
    "RoleLastUsed",
    "LastUsedDate",
    "Region",
    "DefaultVersionId",
    "AttachmentCount",
    "PermissionsBoundaryUsageCount",
    "IsAttachable",
    "PolicyVersionList",
    "Document",
    "VersionId",
    "IsDefaultVersion",
];

fn organization(operation: &str) -> &'static [&'static str] {
    match operation {
        "ListPolicies" => &["Policies", "Id", "Arn", "Name", "Type", "AwsManaged", "NextToken"],
        "DescribePolicy" => &["Policy", "PolicySummary", "Id", "Arn", "Name", "Type", "AwsManaged", "Content"],
        "ListTargetsForPolicy" => &["Targets", "TargetId", "Arn", "Name", "Type", "NextToken"],
        "ListParents" => &["Parents", "Id", "Type", "NextToken"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter;
    use crate::model::operation;
    use serde_json::json;

    #[test]
    fn every_operation_has_a_list_and_no_list_has_a_wildcard() {
        for operation in operation::all() {
            let probe = filter(operation.service, operation.name, json!({ "NoSuchMemberOfAws": "CANARY" }));
            assert_eq!(probe.withheld, ["/NoSuchMemberOfAws"], "{}", operation.name);
            let names = super::super::members(operation.service, operation.name);
            assert!(!names.is_empty(), "{}:{} keeps nothing", operation.service, operation.name);
        }
    }

    #[test]
    fn what_people_write_into_targets_and_clusters_is_withheld() {
        let targets = json!({ "Targets": [{ "Id": "1", "Arn": "arn:aws:sns:x", "Input": "CANARY",
            "HttpParameters": { "HeaderParameters": { "authorization": "CANARY" } } }] });
        let cluster = json!({ "DescribeClustersResponse": { "DescribeClustersResult": { "Clusters": { "Cluster": {
            "ClusterIdentifier": "orders", "MasterUsername": "CANARY", "Endpoint": { "Address": "CANARY" } } } } } });
        let role = json!({ "GetAccountAuthorizationDetailsResponse": { "GetAccountAuthorizationDetailsResult": {
            "RoleDetailList": { "member": { "RoleName": "r", "Tags": { "member": { "Value": "CANARY" } } } } } } });
        let told = json!({ "ListSubscriptionsByTopicResponse": { "ListSubscriptionsByTopicResult": {
            "Subscriptions": { "member": { "Protocol": "email", "Endpoint": "CANARY@example.com" } } } } });
        let grant = json!({ "Grants": [{ "Constraints": { "EncryptionContextEquals": { "tenant": "CANARY" } } }] });
        let domain = json!({ "DomainStatus": { "DomainName": "orders", "AccessPolicies": "CANARY",
            "AdvancedSecurityOptions": { "SAMLOptions": "CANARY" } } });
        let secret = json!({ "ARN": "x", "Description": "CANARY", "Tags": [{ "Key": "a", "Value": "CANARY" }],
            "SecretString": "CANARY" });
        let collection = json!({ "collectionDetails": [{ "id": "a", "description": "CANARY" }] });
        for (service, operation, body) in [
            ("es", "DescribeDomain", domain),
            ("secretsmanager", "DescribeSecret", secret),
            ("aoss", "BatchGetCollection", collection),
            ("events", "ListTargetsByRule", targets),
            ("redshift", "DescribeClusters", cluster),
            ("iam", "GetAccountAuthorizationDetails", role),
            ("kms", "ListGrants", grant),
            ("sns", "ListSubscriptionsByTopic", told),
        ] {
            let filtered = filter(service, operation, body);
            assert!(!filtered.body.to_string().contains("CANARY"), "{}", filtered.body);
            assert!(!filtered.withheld.is_empty());
        }
    }
}
