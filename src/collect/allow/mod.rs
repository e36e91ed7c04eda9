//! What of an answer may be written down.
//!
//! An allow list, not a deny list: a field that is not named here is withheld and counted, so a field that AWS
//! adds tomorrow cannot leak. It works on the parsed answer before anything reaches a disk, a terminal or a log.
//! `HECToken` is why: it stands in the answer of `DescribeDeliveryStream`, and AWS does not mark it sensitive.

mod further;

use crate::model::json;
use regex_lite::Regex;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::LazyLock;

/// An answer that may be written down, and the places (JSON pointers) where something was taken out.
pub(super) struct Filtered {
    pub body: Value,
    pub withheld: Vec<String>,
}

/// Filters the answer of one operation. The answer of an operation that is not listed is withheld as a whole.
pub(super) fn filter(service: &str, operation: &str, body: Value) -> Filtered {
    let names = members(service, operation);
    let mut filter = Filter { names, withheld: Vec::new() };
    let body = filter.value(body, "", None);
    Filtered { body, withheld: filter.withheld }
}

/// Filters one event of CloudTrail, as a log file has it.
pub(super) fn event(body: Value) -> Filtered {
    let mut filter = Filter { names: EVENT, withheld: Vec::new() };
    let body = filter.value(body, "", None);
    Filtered { body, withheld: filter.withheld }
}

/// Takes secrets out of a text that AWS wrote for people, such as an error message.
pub(super) fn text(message: &str) -> String {
    scrub(message, true).unwrap_or_else(|| message.to_owned())
}

struct Filter {
    names: &'static [&'static str],
    withheld: Vec<String>,
}

impl Filter {
    fn value(&mut self, value: Value, pointer: &str, member: Option<&str>) -> Value {
        match value {
            Value::Object(fields) => self.object(fields, pointer),
            Value::Array(items) => {
                let numbered = items.into_iter().enumerate();
                Value::Array(numbered.map(|(i, v)| self.value(v, &format!("{pointer}/{i}"), member)).collect())
            }
            Value::String(text) => self.string(text, pointer, member),
            plain => plain,
        }
    }

    fn object(&mut self, fields: Map<String, Value>, pointer: &str) -> Value {
        let parameter = fields.get("ParameterName").and_then(Value::as_str).map(ToOwned::to_owned);
        let kept = fields.into_iter().map(|(name, value)| {
            let here = format!("{pointer}/{}", escape(&name));
            let open_parameter = name != "ParameterValue" || parameter.as_deref().is_some_and(is_open_parameter);
            let value = match name.as_str() {
                _ if !self.names.contains(&name.as_str()) => self.withhold(here, "not on the allow list"),
                "ParameterValue" if !open_parameter => self.withhold(here, "secret"),
                "CloudTrailEvent" => self.event(&value, &here),
                "Url" | "HECEndpoint" => self.address(&value, here),
                _ => self.value(value, &here, Some(&name)),
            };
            (name, value)
        });
        Value::Object(kept.collect())
    }

    fn string(&mut self, text: String, pointer: &str, member: Option<&str>) -> Value {
        let free = member.is_some_and(|m| FREE_TEXT.contains(&m)) && !text.starts_with("arn:");
        match scrub(&text, free) {
            Some(scrubbed) => {
                self.withheld.push(pointer.to_owned());
                Value::String(scrubbed)
            }
            None => Value::String(text),
        }
    }

    /// CloudTrail hands its record over as a string of JSON; it is opened, so that the list applies inside.
    fn event(&mut self, value: &Value, pointer: &str) -> Value {
        let opened = value.as_str().and_then(|text| json::strict(text.as_bytes()).ok());
        match opened {
            Some(event @ Value::Object(_)) => {
                let mut inner = Filter { names: EVENT, withheld: Vec::new() };
                let event = inner.value(event, pointer, None);
                self.withheld.append(&mut inner.withheld);
                event
            }
            _ => self.withhold(pointer.to_owned(), "not a JSON object"),
        }
    }

    /// Of an address, scheme and host say whether the way is encrypted and where it leads; the rest may be secret.
    fn address(&mut self, value: &Value, pointer: String) -> Value {
        let origin = value.as_str().and_then(|url| {
            let (scheme, rest) = url.split_once("://")?;
            let authority = rest.split(['/', '?', '#', '\\']).next()?;
            let host = authority.rsplit('@').next()?;
            let plain =
                |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
            (plain(scheme) && plain(host)).then(|| (format!("{scheme}://{host}"), url.len()))
        });
        match origin {
            Some((origin, length)) => {
                if origin.len() < length {
                    self.withheld.push(pointer);
                }
                Value::String(origin)
            }
            None => self.withhold(pointer, "secret"),
        }
    }

    fn withhold(&mut self, pointer: String, why: &str) -> Value {
        self.withheld.push(pointer);
        json!({ "withheld": why })
    }
}

/// A member name inside a JSON pointer (RFC 6901).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Processor parameters that hold names and numbers; all others are free text.
fn is_open_parameter(name: &str) -> bool {
    [
        "LambdaArn",
        "RoleArn",
        "NumberOfRetries",
        "BufferSizeInMBs",
        "BufferIntervalInSeconds",
        "CompressionFormat",
        "SubRecordType",
    ]
    .contains(&name)
}

/// Members whose text people choose freely: here a bare 40-character secret is looked for as well.
const FREE_TEXT: &[&str] =
    &["Value", "TagValue", "Description", "Details", "userAgent", "errorMessage", "message", "Message", "value"];

/// What credentials look like; before each, what a text must hold at least, since nearly all texts hold none of it.
static PATTERNS: LazyLock<Vec<(&[&str], Regex)>> = LazyLock::new(|| {
    let patterns: [(&[&str], &str); 4] = [
        (&["AKIA", "ASIA"], r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
        (&["://"], r"://[^/\s@]+@"),
        (&["-----BEGIN "], r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)"),
        (&["eyJ"], r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    ];
    patterns.into_iter().filter_map(|(needs, pattern)| Some((needs, Regex::new(pattern).ok()?))).collect()
});

/// The text without what looks like a credential; `None` when nothing does.
fn scrub(text: &str, free: bool) -> Option<String> {
    const MARK: &str = "[withheld]";
    let mut clean = Cow::Borrowed(text);
    for (needs, pattern) in PATTERNS.iter() {
        if needs.iter().any(|needed| clean.contains(needed)) {
            clean = Cow::Owned(pattern.replace_all(&clean, MARK).into_owned());
        }
    }
    if free {
        let is_token_char = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
        let tokens: Vec<String> =
            clean.split(|c| !is_token_char(c)).filter(|t| is_secret_key(t)).map(ToOwned::to_owned).collect();
        for token in tokens {
            clean = Cow::Owned(clean.replace(&token, MARK));
        }
    }
    (clean != text).then(|| clean.into_owned())
}

/// Forty characters of base64 with all kinds of letters: the form of an AWS secret access key.
fn is_secret_key(token: &str) -> bool {
    token.len() == 40
        && token.bytes().any(|b| b.is_ascii_uppercase())
        && token.bytes().any(|b| b.is_ascii_lowercase())
        && token.bytes().any(|b| b.is_ascii_digit())
}

/// The members that the answer of an operation may keep.
#[expect(clippy::too_many_lines, reason = "a table")]
fn members(service: &str, operation: &str) -> &'static [&'static str] {
    match (service, operation) {
        ("sts", "GetCallerIdentity") => &[
            "GetCallerIdentityResponse",
            "GetCallerIdentityResult",
            "Arn",
            "UserId",
            "Account",
            "ResponseMetadata",
            "RequestId",
        ],
        // No `Email`: it is a person's, and nothing here needs it.
        ("organizations", "ListAccounts") => {
            &["Accounts", "Id", "Arn", "Name", "Status", "State", "JoinedMethod", "JoinedTimestamp", "NextToken"]
        }
        ("ec2", "DescribeRegions") => &[
            "DescribeRegionsResponse",
            "requestId",
            "regionInfo",
            "item",
            "regionName",
            "regionEndpoint",
            "optInStatus",
        ],
        ("firehose", "ListDeliveryStreams") => &["DeliveryStreamNames", "HasMoreDeliveryStreams"],
        ("firehose", "DescribeDeliveryStream") => DELIVERY_STREAM,
        ("firehose", "ListTagsForDeliveryStream") => &["Tags", "Key", "Value", "HasMoreTags"],
        ("kms", "ListAliases") => &[
            "Aliases",
            "AliasName",
            "AliasArn",
            "TargetKeyId",
            "CreationDate",
            "LastUpdatedDate",
            "NextMarker",
            "Truncated",
        ],
        ("kms", "DescribeKey") => KEY,
        ("kms", "GetKeyRotationStatus") => {
            &["KeyId", "KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate", "OnDemandRotationStartDate"]
        }
        ("kms", "ListKeyRotations") => &[
            "Rotations",
            "KeyId",
            "RotationDate",
            "RotationType",
            "KeyMaterialId",
            "KeyMaterialState",
            "ImportState",
            "ExpirationModel",
            "ValidTo",
            "NextMarker",
            "Truncated",
        ],
        ("kms", "GetKeyPolicy") => &["Policy", "PolicyName"],
        ("kms", "GetKeyLastUsage") => &[
            "KeyId",
            "KeyLastUsage",
            "Operation",
            "Timestamp",
            "CloudTrailEventId",
            "KmsRequestId",
            "TrackingStartDate",
            "KeyCreationDate",
        ],
        ("kms", "ListResourceTags") => &["Tags", "TagKey", "TagValue", "NextMarker", "Truncated"],
        ("cloudtrail", "DescribeTrails") => &[
            "trailList",
            "Name",
            "S3BucketName",
            "S3KeyPrefix",
            "SnsTopicName",
            "SnsTopicARN",
            "IncludeGlobalServiceEvents",
            "IsMultiRegionTrail",
            "HomeRegion",
            "TrailARN",
            "LogFileValidationEnabled",
            "CloudWatchLogsLogGroupArn",
            "CloudWatchLogsRoleArn",
            "KmsKeyId",
            "HasCustomEventSelectors",
            "HasInsightSelectors",
            "IsOrganizationTrail",
        ],
        ("cloudtrail", "GetTrailStatus") => &[
            "IsLogging",
            "LatestDeliveryError",
            "LatestNotificationError",
            "LatestDeliveryTime",
            "LatestNotificationTime",
            "StartLoggingTime",
            "StopLoggingTime",
            "LatestCloudWatchLogsDeliveryError",
            "LatestCloudWatchLogsDeliveryTime",
            "LatestDigestDeliveryTime",
            "LatestDigestDeliveryError",
            "LatestDeliveryAttemptTime",
            "LatestNotificationAttemptTime",
            "LatestNotificationAttemptSucceeded",
            "LatestDeliveryAttemptSucceeded",
            "TimeLoggingStarted",
            "TimeLoggingStopped",
        ],
        ("cloudtrail", "GetEventSelectors") => &[
            "TrailARN",
            "EventSelectors",
            "ReadWriteType",
            "IncludeManagementEvents",
            "DataResources",
            "Type",
            "Values",
            "ExcludeManagementEventSources",
            "AdvancedEventSelectors",
            "Name",
            "FieldSelectors",
            "Field",
            "Equals",
            "StartsWith",
            "EndsWith",
            "NotEquals",
            "NotStartsWith",
            "NotEndsWith",
        ],
        ("cloudtrail", "LookupEvents") => &[
            "Events",
            "EventId",
            "EventName",
            "ReadOnly",
            "EventTime",
            "EventSource",
            "Username",
            "Resources",
            "ResourceType",
            "ResourceName",
            "CloudTrailEvent",
            "NextToken",
        ],
        ("athena", "StartQueryExecution") => &["QueryExecutionId"],
        ("athena", "GetQueryExecution") => &[
            "QueryExecution",
            "QueryExecutionId",
            "Status",
            "State",
            "StateChangeReason",
            "SubmissionDateTime",
            "CompletionDateTime",
            "Statistics",
            "DataScannedInBytes",
            "EngineExecutionTimeInMillis",
            "TotalExecutionTimeInMillis",
            "WorkGroup",
        ],
        ("athena", "GetQueryResults") => &["ResultSet", "Rows", "Data", "VarCharValue", "NextToken"],
        ("cloudtrail", "ListPublicKeys") => {
            &["PublicKeyList", "Value", "ValidityStartTime", "ValidityEndTime", "Fingerprint", "NextToken"]
        }
        _ => further::members(service, operation),
    }
}

/// `DescribeDeliveryStream`. Left out on purpose: `HECToken`, `AccessKey`, `CommonAttributes`, `CopyOptions`,
/// `Username`, `Password`, `User`, `PrivateKey`, `KeyPassphrase` and whatever AWS adds.
const DELIVERY_STREAM: &[&str] = &[
    "DeliveryStreamDescription",
    "DeliveryStreamName",
    "DeliveryStreamARN",
    "DeliveryStreamStatus",
    "FailureDescription",
    "Type",
    "Details",
    "DeliveryStreamEncryptionConfiguration",
    "KeyARN",
    "KeyType",
    "Status",
    "DeliveryStreamType",
    "VersionId",
    "CreateTimestamp",
    "LastUpdateTimestamp",
    "Source",
    "Destinations",
    "HasMoreDestinations",
    // sources
    "DirectPutSourceDescription",
    "ThroughputHintInMBs",
    "KinesisStreamSourceDescription",
    "KinesisStreamARN",
    "RoleARN",
    "DeliveryStartTimestamp",
    "MSKSourceDescription",
    "MSKClusterARN",
    "TopicName",
    "AuthenticationConfiguration",
    "Connectivity",
    "ReadFromTimestamp",
    "DatabaseSourceDescription",
    "Endpoint",
    "Port",
    "SSLMode",
    "DatabaseSourceAuthenticationConfiguration",
    "DatabaseSourceVPCConfiguration",
    "VpcEndpointServiceName",
    // destinations
    "DestinationId",
    "S3DestinationDescription",
    "ExtendedS3DestinationDescription",
    "RedshiftDestinationDescription",
    "ElasticsearchDestinationDescription",
    "AmazonopensearchserviceDestinationDescription",
    "AmazonOpenSearchServerlessDestinationDescription",
    "SplunkDestinationDescription",
    "HttpEndpointDestinationDescription",
    "SnowflakeDestinationDescription",
    "IcebergDestinationDescription",
    "S3BackupDescription",
    "S3BackupMode",
    "BucketARN",
    "Prefix",
    "ErrorOutputPrefix",
    "BufferingHints",
    "SizeInMBs",
    "IntervalInSeconds",
    "CompressionFormat",
    "EncryptionConfiguration",
    "NoEncryptionConfig",
    "KMSEncryptionConfig",
    "AWSKMSKeyARN",
    "CloudWatchLoggingOptions",
    "Enabled",
    "LogGroupName",
    "LogStreamName",
    "ProcessingConfiguration",
    "Processors",
    "Parameters",
    "ParameterName",
    "ParameterValue",
    "DataFormatConversionConfiguration",
    "SchemaConfiguration",
    "CatalogId",
    "DatabaseName",
    "TableName",
    "Region",
    "DynamicPartitioningConfiguration",
    "RetryOptions",
    "DurationInSeconds",
    "FileExtension",
    "CustomTimeZone",
    "ClusterJDBCURL",
    "CopyCommand",
    "DataTableName",
    "DomainARN",
    "ClusterEndpoint",
    "CollectionEndpoint",
    "IndexName",
    "TypeName",
    "IndexRotationPeriod",
    "VpcConfigurationDescription",
    "SubnetIds",
    "SecurityGroupIds",
    "VpcId",
    "DocumentIdOptions",
    "DefaultDocumentIdFormat",
    "HECEndpoint",
    "HECEndpointType",
    "HECAcknowledgmentTimeoutInSeconds",
    "EndpointConfiguration",
    "Url",
    "Name",
    "RequestConfiguration",
    "ContentEncoding",
    "SecretsManagerConfiguration",
    "SecretARN",
    "AccountUrl",
    "Database",
    "Schema",
    "Table",
    "DataLoadingOption",
    "MetaDataColumnName",
    "ContentColumnName",
    "SnowflakeVpcConfiguration",
    "PrivateLinkVpceId",
    "CatalogConfiguration",
    "CatalogARN",
    "WarehouseLocation",
    "AppendOnly",
    "DestinationTableConfigurationList",
    "DestinationTableName",
    "DestinationDatabaseName",
    "UniqueKeys",
    "S3ErrorOutputPrefix",
];

/// `DescribeKey`.
const KEY: &[&str] = &[
    "KeyMetadata",
    "AWSAccountId",
    "KeyId",
    "Arn",
    "CreationDate",
    "Enabled",
    "Description",
    "KeyUsage",
    "KeyState",
    "DeletionDate",
    "PendingDeletionWindowInDays",
    "ValidTo",
    "ExpirationModel",
    "Origin",
    "CustomKeyStoreId",
    "CloudHsmClusterId",
    "XksKeyConfiguration",
    "Id",
    "KeyManager",
    "KeySpec",
    "CustomerMasterKeySpec",
    "EncryptionAlgorithms",
    "SigningAlgorithms",
    "MacAlgorithms",
    "KeyAgreementAlgorithms",
    "MultiRegion",
    "MultiRegionConfiguration",
    "MultiRegionKeyType",
    "PrimaryKey",
    "ReplicaKeys",
    "Region",
    "CurrentKeyMaterialId",
];

/// The record inside `CloudTrailEvent`. Left out on purpose: `accessKeyId`, all of `sessionContext` but the role's ARN,
/// and request parameters that nothing reads; a stream's `requestParameters` can hold what its owner typed in.
const EVENT: &[&str] = &[
    "eventVersion",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestID",
    "eventID",
    "readOnly",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "sharedEventID",
    "eventCategory",
    "resources",
    "ARN",
    "accountId",
    "type",
    "userIdentity",
    "principalId",
    "arn",
    "invokedBy",
    "requestParameters",
    "keyId",
    "aliasName",
    "targetKeyId",
    "pendingWindowInDays",
    "policyName",
    "policy",
    "bypassPolicyLockoutSafetyCheck",
    "deliveryStreamName",
    "deliveryStreamEncryptionConfigurationInput",
    "keyARN",
    "keyType",
    "granteePrincipal",
    "retiringPrincipal",
    "operations",
    "grantId",
    "constraints",
    "encryptionContextSubset",
    "encryptionContextEquals",
    "rotationPeriodInDays",
    "primaryRegion",
    "deliveryStreamType",
    "currentDeliveryStreamVersionId",
    "destinationId",
    "responseElements",
    "keyState",
    "deletionDate",
    "serviceEventDetails",
    "rotationType",
    "additionalEventData",
    "origin",
    "keySpec",
    "keyUsage",
    "keyManager",
    "multiRegion",
    "deliveryStreamARN",
    "aliasArn",
    "aws:firehose:arn",
    "aws:kinesis:firehose:arn",
    // whose session it is
    "sessionContext",
    "sessionIssuer",
    // what a stream writes with
    "extendedS3DestinationConfiguration",
    "extendedS3DestinationUpdate",
    "encryptionConfiguration",
    "kMSEncryptionConfig",
    "aWSKMSKeyARN",
    "noEncryptionConfig",
    // trails
    "name",
    "s3BucketName",
    "isMultiRegionTrail",
    "isOrganizationTrail",
    "enableLogFileValidation",
    "eventSelectors",
    "includeManagementEvents",
    "readWriteType",
    "excludeManagementEventSources",
    "advancedEventSelectors",
    "fieldSelectors",
    "field",
    "equals",
    "notEquals",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hec_token_is_withheld_and_counted() {
        let body = json!({"DeliveryStreamDescription": {"Destinations": [{"SplunkDestinationDescription":
            {"HECToken": "CANARY", "HECEndpoint": "https://u:CANARY@hec.example:8088/x?token=CANARY"}}]}});
        let filtered = filter("firehose", "DescribeDeliveryStream", body);
        assert!(!filtered.body.to_string().contains("CANARY"));
        assert_eq!(filtered.withheld.len(), 2);
        let splunk = &filtered.body["DeliveryStreamDescription"]["Destinations"][0]["SplunkDestinationDescription"];
        assert_eq!(splunk["HECEndpoint"], "https://hec.example:8088");
    }

    #[test]
    fn an_unknown_field_is_withheld_at_any_depth() {
        let filtered =
            filter("kms", "DescribeKey", json!({"KeyMetadata": {"NewField": {"a": ["CANARY"]}, "Arn": "x"}}));
        assert_eq!(filtered.withheld, ["/KeyMetadata/NewField"]);
        assert!(!filtered.body.to_string().contains("CANARY"));
    }

    #[test]
    fn an_operation_that_is_not_listed_keeps_nothing() {
        let filtered = filter("kms", "GetSecret", json!({"a": "CANARY"}));
        assert!(!filtered.body.to_string().contains("CANARY"));
    }

    #[test]
    fn a_processor_parameter_is_kept_only_when_it_is_a_name_or_a_number() {
        let body = json!({"DeliveryStreamDescription": {"Destinations": [{"ExtendedS3DestinationDescription":
            {"ProcessingConfiguration": {"Processors": [{"Type": "Lambda", "Parameters": [
                {"ParameterName": "LambdaArn", "ParameterValue": "arn:aws:lambda:eu-west-1:111122223333:function:f"},
                {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "CANARY"}]}]}}}]}});
        let text = filter("firehose", "DescribeDeliveryStream", body).body.to_string();
        assert!(text.contains("function:f") && !text.contains("CANARY"));
    }

    #[test]
    fn the_record_inside_an_event_is_opened_and_filtered() {
        let record = json!({"eventName": "PutKeyPolicy", "userIdentity": {"arn": "arn:aws:iam::1:role/r",
            "accessKeyId": "CANARY", "sessionContext": {"sessionIssuer": {"userName": "CANARY"}, "attributes": "CANARY"}}, "requestParameters": {"x": "CANARY"}});
        let body = json!({"Events": [{"AccessKeyId": "CANARY", "CloudTrailEvent": record.to_string()}]});
        let text = filter("cloudtrail", "LookupEvents", body).body.to_string();
        assert!(text.contains("PutKeyPolicy") && !text.contains("CANARY"), "{text}");
    }

    #[test]
    fn what_looks_like_a_credential_is_taken_out_of_any_text() {
        let key = "AKIAIOSFODNN7EXAMPLE";
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefgh";
        let body = json!({"Tags": [{"Key": "a", "Value": format!("{key} {secret} {jwt}")}]});
        let filtered = filter("firehose", "ListTagsForDeliveryStream", body);
        assert_eq!(filtered.body["Tags"][0]["Value"], "[withheld] [withheld] [withheld]");
        assert_eq!(filtered.withheld, ["/Tags/0/Value"]);
    }

    #[test]
    fn the_user_of_an_address_is_taken_out_of_any_text() {
        assert_eq!(text("cannot reach https://me:secret@hec.example/x"), "cannot reach https[withheld]hec.example/x");
    }

    #[test]
    fn an_arn_stays_whole() {
        let arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/AbcdefghijKlmnopqrst0123456789Abcdefghij";
        let body = json!({"DeliveryStreamDescription": {"DeliveryStreamARN": arn}});
        assert!(filter("firehose", "DescribeDeliveryStream", body).withheld.is_empty());
    }
}
