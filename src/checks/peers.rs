//! Two tables of `docs/checks.md`: the short names under which the catalogs were studied, and what other tools ask of the
//! same services. A test keeps both true: every check that they name exists, and every check is named.

/// A short name, its question, and the checks that ask it; without a check, why not.
pub(super) struct Short {
    pub name: &'static str,
    pub question: &'static str,
    pub checks: &'static [&'static str],
    pub instead: &'static str,
}

const fn short(name: &'static str, question: &'static str, checks: &'static [&'static str]) -> Short {
    Short { name, question, checks, instead: "" }
}

const fn without(name: &'static str, question: &'static str, instead: &'static str) -> Short {
    Short { name, question, checks: &[], instead }
}

/// The vocabulary of the catalogs' study.
pub(super) const SHORT: &[Short] = &[
    short(
        "FH-SSE-01",
        "server-side encryption on and settled",
        &["stream-sse-enabled", "stream-encryption-change-succeeded"],
    ),
    short("FH-SSE-02", "the key is customer-managed", &["stream-customer-managed-key"]),
    short(
        "FH-SRC-01",
        "source encrypted at rest, and with which key",
        &["stream-source-encrypted", "stream-source-customer-key"],
    ),
    short(
        "FH-DST-01",
        "destination encrypted at rest, and with which key",
        &[
            "stream-destination-encrypted",
            "stream-destination-customer-key",
            "stream-destination-key-named",
            "stream-destination-key-usable",
            "stream-buckets-not-public",
            "stream-redshift-not-public",
        ],
    ),
    short("FH-DST-02", "transport is TLS", &["stream-destination-tls", "stream-source-tls", "stream-secrets-managed"]),
    short("FH-DST-03", "where the stream delivers to", &["stream-delivers-where-expected"]),
    short(
        "FH-BKP-01",
        "backup and error buckets",
        &[
            "stream-backup-encrypted",
            "stream-backup-customer-key",
            "stream-backup-of-changed-records",
            "stream-buckets-keep-versions",
        ],
    ),
    short("FH-LOG-01", "delivery errors are logged", &["stream-error-logging", "stream-error-log-customer-key"]),
    short("FH-TAG-01", "required tags on the stream", &["stream-required-tags", "stream-data-class-declared"]),
    short("FH-INV-01", "inventory of streams", &["stream-inventory-complete", "stream-active"]),
    short("KMS-STATE-01", "key enabled, usable, for encryption", &["key-enabled", "stream-key-usable"]),
    short("KMS-DEL-01", "key not pending deletion", &["key-not-pending-deletion"]),
    short(
        "KMS-DEL-02",
        "deletion events and the waiting period",
        &["event-key-deletion-not-scheduled", "event-keys-not-disabled", "event-key-material-not-deleted"],
    ),
    short("KMS-ROT-01", "automatic rotation on", &["key-rotation-enabled", "event-rotation-not-disabled"]),
    short("KMS-ROT-02", "period within the cryptoperiod", &["key-rotation-period"]),
    short(
        "KMS-ROT-03",
        "last rotation within the cryptoperiod",
        &["key-rotated-in-cryptoperiod", "key-rotation-not-overdue"],
    ),
    short("KMS-SPEC-01", "spec and algorithm", &["key-spec-symmetric"]),
    short(
        "KMS-ORIG-01",
        "origin and expiry of material",
        &["key-origin-expected", "key-material-not-expiring", "key-single-region"],
    ),
    short("KMS-INV-01", "inventory of keys", &["stream-inventory-complete", "key-has-alias", "key-stream-limit"]),
    short(
        "KMS-POL-01",
        "not public, no whole foreign account",
        &["key-policy-not-public", "key-policy-not-broad", "key-policy-statements-effective"],
    ),
    short("KMS-POL-02", "separation of duties", &["key-policy-separates-duties"]),
    short(
        "KMS-POL-04",
        "cross-account principals are approved",
        &["key-policy-accounts-expected", "key-not-shared-by-ram", "key-account-expected"],
    ),
    short(
        "KMS-POL-03",
        "roles that need the key have it, and narrowly",
        &["key-producers-ready", "stream-role-can-use-keys"],
    ),
    short("KMS-POL-05", "delegation to IAM", &["key-policy-no-lock-out"]),
    short(
        "KMS-POL-06",
        "who may delete, disable, change the policy",
        &["key-administrators-expected", "key-policy-grants-limited", "key-policy-no-deleted-principals"],
    ),
    short(
        "KMS-GRANT-01",
        "grants and grantees, none unexpected",
        &["key-grants-expected", "key-grants-limited", "stream-grant-alive"],
    ),
    short("KMS-TAG-01", "required tags on the key", &["key-required-tags", "key-tenant-tag-matches"]),
    short(
        "KMS-TEN-01",
        "not shared across tenants or environments",
        &["key-one-tenant", "key-one-environment", "stream-tenant-own-key", "key-blast-radius"],
    ),
    short("CT-TRAIL-01", "a durable trail is logging", &["trail-logging-multi-region", "trail-of-organization"]),
    short("CT-TRAIL-02", "log file validation on", &["trail-log-file-validation", "trail-delivers-digests"]),
    short("CT-TRAIL-03", "log files encrypted with a key", &["trail-encrypted-with-key", "trail-key-customer-managed"]),
    short("CT-TRAIL-04", "last delivery recent, without an error", &["trail-delivers-logs"]),
    short("CT-TRAIL-05", "log bucket not public", &["trail-bucket-not-public"]),
    short(
        "CT-TRAIL-06",
        "retention of the log store",
        &[
            "trail-bucket-retention",
            "trail-bucket-locked",
            "trail-bucket-keeps-versions",
            "trail-bucket-mfa-delete",
            "trail-stores-protected",
        ],
    ),
    short("CT-TRAIL-07", "delivered to CloudWatch Logs", &["trail-to-log-group"]),
    short(
        "CT-TRAIL-08",
        "KMS events not excluded, reads and writes",
        &["trail-records-kms-events", "trail-records-all-management-events", "trail-stores-record-kms-events"],
    ),
    short("CT-DATA-01", "data events of the log bucket", &["trail-bucket-data-events"]),
    short("CT-EVT-01", "key lifecycle events in the window", &["key-management-events"]),
    short("CT-EVT-02", "refused calls in the window", &["event-calls-not-refused"]),
    short("CT-EVT-03", "trails stopped or changed", &["event-logging-not-stopped", "event-trails-unchanged"]),
    short(
        "CT-EVT-04",
        "encryption and destination changes",
        &["stream-events", "event-encryption-not-stopped", "event-destinations-unchanged", "event-streams-not-deleted"],
    ),
    short(
        "CT-EVT-05",
        "policy and grant changes",
        &["key-access-events", "event-key-policies-unchanged", "event-grants-created-as-expected"],
    ),
    short("CT-EVT-06", "events say who did what", &["event-who-is-named", "event-root-not-used"]),
    short(
        "ALM-01",
        "alarm or rule on changes of keys and trails",
        &[
            "alarm-on-key-changes",
            "alarm-on-trail-changes",
            "stream-delivery-watched",
            "stream-keys-answered",
            "stream-delivery-succeeds",
        ],
    ),
    short(
        "ORG-01",
        "guardrails of the organization",
        &["guard-keys-not-removed", "guard-encryption-not-stopped", "guard-logging-not-stopped"],
    ),
    without("PK-01", "the pack verifies", "`keywitness verify`: a pack cannot be a subject of its own checks"),
    without("PK-02", "packs under a retention lock", "`keywitness archive verify`"),
    without("PK-03", "a series of packs", "`keywitness compare`"),
    without(
        "PK-04",
        "register of exceptions complete",
        "the register in the report, and the rules in `docs/declarations.md`",
    ),
];

/// What others ask: their ids, the question in a line, our checks; without a check, why not.
pub(super) struct Peer {
    pub ids: &'static str,
    pub question: &'static str,
    pub checks: &'static [&'static str],
    pub instead: &'static str,
}

const fn peer(ids: &'static str, question: &'static str, checks: &'static [&'static str]) -> Peer {
    Peer { ids, question, checks, instead: "" }
}

const fn not_asked(ids: &'static str, question: &'static str, instead: &'static str) -> Peer {
    Peer { ids, question, checks: &[], instead }
}

/// The union of the checks that public tools have for Firehose, Kinesis sources, KMS and CloudTrail.
pub(super) const PEERS: &[(&str, &[Peer])] =
    &[("Firehose", FIREHOSE), ("Kinesis sources", KINESIS), ("KMS", KMS), ("CloudTrail", TRAILS)];

const FIREHOSE: &[Peer] = &[
    peer(
        "Security Hub DataFirehose.1, Config KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTED, Steampipe, Prowler, \
         service-screener firehoseSSEDisabled, ElectricEye Firehose.1, CKV_AWS_240, KICS, cfn_nag W88, cdk-nag KDF1, \
         Guard, cnspec",
        "server-side encryption on",
        &["stream-sse-enabled"],
    ),
    peer(
        "CKV_AWS_241, service-screener firehoseSSEDefaultKey, Lensix kinesis_firehose_defaultkms, Custodian kms-key, \
         Steampipe's Terraform mod (encrypted with KMS CMK)",
        "with a customer-managed key",
        &["stream-customer-managed-key", "key-account-expected"],
    ),
    not_asked(
        "Config kmsKeyArns, the list of approved keys of DataFirehose.1",
        "the key is one of a list",
        "no list of keys is declared; whose key it is, its account, tags, tenant and environment are asked",
    ),
    peer(
        "(of nobody yet) ENABLING_FAILED and DISABLING_FAILED told apart from off",
        "the last change of encryption came through",
        &["stream-encryption-change-succeeded"],
    ),
    peer(
        "(of nobody yet) a key shared by several tenants",
        "what hangs on one key",
        &["key-one-tenant", "key-one-environment", "stream-tenant-own-key", "key-blast-radius", "key-stream-limit"],
    ),
    peer(
        "service-screener firehoseS3DestinationNoEncryption, CloudSploit firehoseEncrypted and deliveryStreamEncrypted, \
         Custodian encrypt-s3-destination",
        "destination in S3 encrypted with a key",
        &["stream-destination-encrypted", "stream-destination-customer-key", "stream-destination-key-named"],
    ),
    peer("service-screener firehoseLoggingDisabled", "error logging", &["stream-error-logging"]),
    peer(
        "service-screener firehoseS3BackupDisabled",
        "backup where records are changed",
        &["stream-backup-of-changed-records", "stream-backup-encrypted", "stream-backup-customer-key"],
    ),
    peer("cfn_nag F66 and F68, Guard", "no secret in the configuration", &["stream-secrets-managed"]),
    peer(
        "(of nobody yet) TLS of endpoints",
        "ways to the destination and from the source",
        &["stream-destination-tls", "stream-source-tls"],
    ),
    peer(
        "(of nobody yet) destination in another account or Region",
        "where the data goes",
        &["stream-delivers-where-expected", "stream-buckets-not-public", "stream-redshift-not-public"],
    ),
    not_asked(
        "(of nobody yet) error-output prefix, private endpoint",
        "where failures are filed; the way to the API",
        "matters of order and of the network of producers, which no answer about a stream tells",
    ),
    peer(
        "(of nobody yet) failed-delivery alarms, metrics of keys",
        "deliveries succeed, and somebody would know",
        &["stream-delivery-succeeds", "stream-keys-answered", "stream-delivery-watched"],
    ),
    peer("service-screener firehoseStreamNotActive", "stream at work", &["stream-active", "stream-key-usable"]),
    peer("service-screener firehoseNoTags", "tags", &["stream-required-tags"]),
    not_asked(
        "service-screener firehoseBufferingSuboptimal",
        "buffer sizes",
        "a matter of cost and speed; it protects nothing",
    ),
];

const KINESIS: &[Peer] = &[
    peer(
        "Kinesis.1, Config KINESIS_STREAM_ENCRYPTED, EE Kinesis.1, Prowler, Steampipe, CloudSploit kinesisEncrypted, \
         CKV_AWS_43, cdk-nag KDS1, Trivy AWS-0064, cfn_nag W49, Custodian encrypt",
        "source stream encrypted",
        &["stream-source-encrypted"],
    ),
    peer(
        "Steampipe kinesis_stream_encrypted_with_kms_cmk, service-screener kinesisSSEDefaultKey, CloudSploit \
         kinesisDataStreamsEncrypted, CKV_AWS_185, Trivy AWS-0064, cdk-nag KDS3, Custodian kms-key",
        "with a customer-managed key",
        &["stream-source-customer-key"],
    ),
    peer(
        "service-screener kinesisKMSKeyRotationDisabled",
        "rotation of the key behind the source",
        &["key-rotation-enabled"],
    ),
    not_asked(
        "Kinesis.2, kinesisNoTags",
        "tags of the source stream",
        "tags are asked for where the data enters Firehose",
    ),
    not_asked("Kinesis.3", "retention of 168 hours", "availability of the source, not the protection of its keys"),
    not_asked(
        "kinesisStreamNotActive, kinesisEnhancedMonitoring, ConsumerStuck, NoConsumers, ShardUtilizationHigh, ProvisionedModeNoAutoScaling, \
         OnDemandPredictableWorkload, NoCloudWatchAlarms, EE Kinesis.2",
        "operation of the stream, its shards and consumers",
        "operation and cost, not protection",
    ),
];

const KMS: &[Peer] = &[
    peer(
        "KMS.3, Config KMS_CMK_NOT_SCHEDULED_FOR_DELETION and KMS_KEYS_TO_NOT_DELETE, Steampipe, Prowler, CloudSploit \
         kmsScheduledDeletion, service-screener KeyInPendingDeletion, Conformity pending deletion",
        "not pending deletion",
        &["key-not-pending-deletion", "event-key-deletion-not-scheduled"],
    ),
    peer(
        "KMS.4, Config CMK_BACKING_KEY_ROTATION_ENABLED, Steampipe, Prowler, CloudSploit kmsKeyRotation, ScoutSuite, \
         service-screener KeyRotationEnabled, EE KMS.1, CKV_AWS_7, Trivy AWS-0065, cfn_nag F19, cdk-nag KMS5, CT.KMS.PR.1, \
         Panther, Custodian key-rotation-status and last-rotation, Conformity rotation",
        "rotation on",
        &["key-rotation-enabled", "key-rotation-period", "key-rotated-in-cryptoperiod", "key-rotation-not-overdue"],
    ),
    peer(
        "KMS.5, Config KMS_KEY_POLICY_NO_PUBLIC_ACCESS, Steampipe, Prowler, CloudSploit kmsKeyPolicy, service-screener \
         KeyPolicyWildcardPrincipal, EE KMS.2, CKV_AWS_33, cfn_nag F76, Guard kms_no_wildcard_principal, Panther, Conformity \
         exposed keys",
        "policy not public",
        &["key-policy-not-public"],
    ),
    peer(
        "service-screener KeyPolicyCrossAccount, CentralizedManagement, CloudSploit third parties, Custodian cross-account, \
         Conformity cross-account",
        "other accounts",
        &["key-policy-accounts-expected", "key-not-shared-by-ram", "key-account-expected"],
    ),
    peer("service-screener WildcardAction", "kms:* to anyone", &["key-policy-not-broad"]),
    peer("service-screener AdminIsGrantor", "administration and use in one hand", &["key-policy-separates-duties"]),
    peer("service-screener MissingRootAccess", "the account is named", &["key-policy-no-lock-out"]),
    peer(
        "service-screener SensitiveActionsNotRestricted, CloudSploit kmsKeyPolicy max trusted users",
        "who may delete or change the policy",
        &["key-administrators-expected"],
    ),
    not_asked(
        "service-screener NoConditions",
        "no condition anywhere in the policy",
        "a policy without conditions can be right; key-policy-not-public and key-policy-not-broad ask what it gives",
    ),
    peer("Prowler kms_cmk_not_multi_region", "one Region", &["key-single-region"]),
    peer("CKV_AWS_227, service-screener DisabledKey", "key enabled", &["key-enabled", "stream-key-usable"]),
    peer("CT.KMS.PV.1-6 (origin)", "origin of the material", &["key-origin-expected", "key-material-not-expiring"]),
    not_asked(
        "CT.KMS.PR.2",
        "RSA keys of more than 2048 bits",
        "Firehose uses symmetric keys only: key-spec-symmetric",
    ),
    not_asked(
        "Prowler kms_cmk_are_used, Steampipe kms_cmk_unused, service-screener KeyUnused, Custodian last-usage, Conformity \
         unused keys and CMK in use",
        "unused keys",
        "only keys that a stream leads to are read; the cost table shows what each costs",
    ),
    not_asked(
        "Prowler kms_key_enclave_* (6)",
        "attestation conditions of enclave keys",
        "keys of Nitro Enclaves are no keys of delivery streams",
    ),
    not_asked(
        "CloudSploit kmsDefaultKeyUsage, kmsAppTierCmk, Conformity app/db/web-tier CMK",
        "keys of other services, keys by tier",
        "outside delivery streams; the environment and tenant of a key are asked by key-one-environment and key-one-tenant",
    ),
    peer("CKV2_AWS_64", "a policy is defined", &["key-policy-statements-effective", "key-policy-not-broad"]),
    peer(
        "service-screener GrantOverlyPermissive, GrantWildcardPrincipal, GrantDuplicate, MissingEncryptionContext, \
         CloudSploit kmsDuplicateGrants and kmsGrantLeastPrivilege, CT.KMS.PR.3, Custodian grant-count",
        "grants limited to what they are for",
        &["key-grants-limited", "key-grants-expected", "key-policy-grants-limited"],
    ),
    not_asked(
        "service-screener GrantOldAge",
        "grants older than 180 days",
        "the grant of a stream is as old as its encryption; age is no fault of it",
    ),
    not_asked(
        "KMS.1, KMS.2, Config IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS and IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS, \
         Steampipe kms_key_decryption_restricted_in_iam_*",
        "IAM policies that allow decryption with all keys",
        "no finding is made for an identity; which identities may use each key that matters by such a policy stands in the \
         matrix of duties, with the policy and the statement",
    ),
    peer(
        "(of nobody yet) the grant of a stream is there, producers and delivery roles can use the key",
        "who needs the key has it",
        &["stream-grant-alive", "stream-role-can-use-keys", "key-producers-ready"],
    ),
    peer(
        "PAN aws_kms_cmk_loss, CIS 4.7, CloudWatch.7, Prowler metric filter on keys, EE 15, Trivy \
         require_cmk_disabled_alarm, Conformity configuration changes",
        "alarm when a key is disabled or scheduled for deletion",
        &["alarm-on-key-changes"],
    ),
    peer(
        "CT.KMS.PV.1-6 and other service control policies",
        "guardrails on keys",
        &["guard-keys-not-removed", "guard-encryption-not-stopped"],
    ),
];

const TRAILS: &[Peer] = &[
    peer(
        "CloudTrail.1, CloudTrail.3, Config CLOUD_TRAIL_ENABLED and MULTI_REGION_CLOUD_TRAIL_ENABLED, Steampipe, Prowler, \
         CloudSploit cloudtrailEnabled, ScoutSuite, EE 1, CKV_AWS_67, CKV_AWS_251, Trivy AWS-0014",
        "a multi-Region trail is logging",
        &["trail-logging-multi-region"],
    ),
    peer(
        "Config CLOUDTRAIL_SECURITY_TRAIL_ENABLED, Steampipe security trail",
        "everything recorded, KMS not excluded",
        &["trail-records-all-management-events", "trail-records-kms-events"],
    ),
    peer(
        "CloudTrail.2, Config CLOUD_TRAIL_ENCRYPTION_ENABLED, Prowler, CloudSploit, ScoutSuite, EE 3, CKV_AWS_35, Trivy \
         AWS-0015",
        "log files encrypted with a key",
        &["trail-encrypted-with-key"],
    ),
    peer(
        "CloudTrail.4, Config CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED, CKV_AWS_36, Trivy AWS-0016, all others",
        "log file validation on",
        &["trail-log-file-validation", "trail-delivers-digests"],
    ),
    peer(
        "CloudTrail.5, Config CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED, Steampipe (fresh in a day), EE 2, CKV2_AWS_10, Trivy \
         AWS-0162",
        "events reach CloudWatch Logs",
        &["trail-to-log-group"],
    ),
    peer(
        "CloudSploit cloudtrailDeliveryFailing, service-screener TrailDeliverError",
        "delivery works",
        &["trail-delivers-logs"],
    ),
    peer(
        "CloudTrail.6, Prowler, CloudSploit cloudtrailBucketPrivate, service-screener, Trivy AWS-0161, PAN",
        "log bucket not public",
        &["trail-bucket-not-public"],
    ),
    peer(
        "CloudTrail bucket versioning, lifecycle and Object Lock of CloudSploit cloudtrailBucketDelete and ObjectLock, \
         service-screener, Config CLOUDTRAIL_S3_BUCKET_*",
        "log bucket keeps what it has",
        &["trail-bucket-keeps-versions", "trail-bucket-locked", "trail-bucket-retention"],
    ),
    peer(
        "MFA delete of Prowler, CloudSploit, service-screener and PAN",
        "versions of the log bucket deleted with a second factor only",
        &["trail-bucket-mfa-delete"],
    ),
    not_asked(
        "CloudTrail.7, Trivy AWS-0163",
        "server access logging of the log bucket",
        "a second record of what trail-bucket-data-events asks for, delivered as far as possible and without a proof",
    ),
    peer(
        "CKV_AWS_294, CloudTrail.10",
        "event data stores",
        &["trail-stores-protected", "trail-stores-record-kms-events"],
    ),
    peer(
        "(the key of the trail, of nobody: all ask only whether one is set)",
        "whose key encrypts the log files",
        &["trail-key-customer-managed"],
    ),
    peer(
        "Prowler, EE 9-23 and Trivy on changes of trails",
        "alarm when a trail is stopped or changed",
        &["alarm-on-trail-changes", "guard-logging-not-stopped"],
    ),
    not_asked(
        "Prowler, EE 9-23 and Trivy on sign-in, root use, networks",
        "other alarms",
        "outside keys, streams and trails",
    ),
    not_asked(
        "service-screener KMSPolicySourceArn",
        "aws:SourceArn in the policy of the trail's key",
        "the policy of that key is evaluated as any other: key-policy-not-broad fails a service principal without such a bound",
    ),
    not_asked(
        "service-screener and PAN AWSCloudTrail_FullAccess",
        "who holds a certain managed policy",
        "who may change a trail by IAM is not asked; guard-logging-not-stopped asks for what stops everybody, \
         event-logging-not-stopped and event-trails-unchanged whether somebody did",
    ),
    not_asked(
        "(of nobody yet) validation run, and clean",
        "the digests of the log files fit",
        "`keywitness trail validate` and `run --trail-logs` do it; the report tells it beside the findings",
    ),
    peer(
        "service-screener OrganizationTrailEnabled, Custodian is-shadow",
        "trail of the organization",
        &["trail-of-organization"],
    ),
    peer(
        "Config CLOUDTRAIL_S3_DATAEVENTS_ENABLED, CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK and \
         CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK, Prowler, Steampipe, CloudSploit, service-screener \
         HasDataEventsCaptured, EE 8, ScoutSuite",
        "data events of S3: here those of the log files, and not of every bucket of the account",
        &["trail-bucket-data-events"],
    ),
    not_asked(
        "Prowler cloudtrail_insights_exist, Steampipe, service-screener",
        "Insights",
        "unusual rates of calls, not their record",
    ),
    not_asked("ScoutSuite, CloudSploit globalLoggingDuplicated", "global events twice", "a matter of cost"),
    not_asked(
        "CKV_AWS_252, CloudTrail.9, service-screener, designated bucket of CloudSploit",
        "SNS topic and tags of the trail; a bucket of a declared name",
        "say nothing about the record; the bucket that a trail has is asked for whatever its name",
    ),
    not_asked(
        "Prowler cloudtrail_threat_detection_*",
        "patterns of attackers over all services",
        "only events of keys, streams and trails are read: of those, event-calls-not-refused, event-root-not-used and \
         event-logging-not-stopped ask",
    ),
];
