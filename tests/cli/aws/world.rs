//! The account that the scripted AWS answers from: plain data in the shapes that AWS sends.
//!
//! [`World::of_every_class`] has one stream of every class that a check distinguishes, in two Regions;
//! [`World::of_size`] is the large and plain account of the bench.

use super::Request;
use super::chaos::Chaos;
use super::members::Members;
use super::objects::Buckets;
use super::quotas::Quotas;
use super::surroundings::{Account, Surroundings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub const ACCOUNT: &str = "111122223333";
pub const OTHER_ACCOUNT: &str = "444455556666";
pub const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/EvidenceReader/run";
pub const IRELAND: &str = "eu-west-1";
pub const VIRGINIA: &str = "us-east-1";
const DAY: f64 = 86_400.0;
/// One for the whole process, so that two worlds made alike are alike.
static NOW: OnceLock<f64> = OnceLock::new();

/// Everything there is.
pub struct World {
    pub account: String,
    pub caller: String,
    pub places: BTreeMap<String, Place>,
    pub pages: Pages,
    /// What it has once and not in every Region.
    pub once: Account,
    /// Seconds since 1970; creation dates and events count back from here.
    pub now: f64,
    /// With a seed, answers come in an order that it decides.
    pub jitter: Option<u64>,
    /// How long every answer takes at least.
    pub wait: Duration,
    /// Other accounts of the organization.
    pub members: Members,
    /// Faults at random.
    pub chaos: Option<Chaos>,
    /// AWS's request quotas, where they are enforced.
    pub quotas: Option<Quotas>,
    /// By key: what `GetKeyLastUsage` says of its last use.
    pub last_usage: BTreeMap<String, Value>,
    /// Buckets with objects.
    pub buckets: Buckets,
}

/// How many items a page holds at most, whatever the caller asks for.
pub struct Pages {
    pub streams: usize,
    pub tags: usize,
    pub aliases: usize,
    pub rotations: usize,
    pub events: usize,
    /// Of every listing of the services around.
    pub further: usize,
}

/// One Region.
#[derive(Default)]
pub struct Place {
    /// By name; one whose description is null is listed and cannot be described.
    pub streams: BTreeMap<String, Stream>,
    /// By id; also those of other accounts that this one may describe.
    pub keys: BTreeMap<String, Key>,
    pub aliases: Vec<Value>,
    pub trails: Vec<Trail>,
    pub events: Vec<Value>,
    pub surroundings: Surroundings,
}

pub struct Stream {
    pub description: Value,
    pub tags: BTreeMap<String, String>,
}

pub struct Key {
    pub metadata: Value,
    /// `None` for a key of which KMS says that it cannot rotate.
    pub rotation: Option<Value>,
    pub rotations: Vec<Value>,
    pub policies: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub grants: Vec<Value>,
}

pub struct Trail {
    pub description: Value,
    pub status: Value,
    pub selectors: Value,
}

impl World {
    /// An account without anything.
    pub fn empty() -> Self {
        let now =
            *NOW.get_or_init(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64().floor()));
        Self {
            account: ACCOUNT.to_owned(),
            caller: CALLER.to_owned(),
            places: BTreeMap::new(),
            pages: Pages { streams: 10_000, tags: 50, aliases: 100, rotations: 1000, events: 50, further: 1000 },
            once: Account::default(),
            now,
            jitter: None,
            wait: Duration::ZERO,
            members: Members::default(),
            chaos: None,
            quotas: None,
            last_usage: BTreeMap::new(),
            buckets: Buckets::new(),
        }
    }

    /// Pages so small that every listing of [`World::of_every_class`] has more than one.
    pub fn with_small_pages(mut self) -> Self {
        self.pages = Pages { streams: 4, tags: 1, aliases: 3, rotations: 1, events: 2, further: 1 };
        // Listings of tags have pages, answers in bulk have none.
        self.once.tagging = false;
        self
    }

    /// Tags resource by resource: the Resource Groups Tagging API refuses.
    pub fn without_bulk_tags(mut self) -> Self {
        self.once.tagging = false;
        self
    }

    /// Answers in an order that depends on the seed.
    pub fn with_jitter(mut self, seed: u64) -> Self {
        self.jitter = Some(seed);
        self
    }

    /// The day, so many days ago, as arguments take it.
    pub fn day(&self, ago: f64) -> String {
        moment(self.now - ago * DAY).format("%Y-%m-%d").to_string()
    }

    pub(super) fn latency(&self, request: &Request) -> Duration {
        let Some(seed) = self.jitter else { return self.wait };
        let mut hasher = DefaultHasher::new();
        (seed, request.action(), request.body.to_string()).hash(&mut hasher);
        self.wait + Duration::from_millis(hasher.finish() % 40)
    }

    /// A Region, made when it is first asked for.
    pub fn place(&mut self, region: &str) -> &mut Place {
        self.places.entry(region.to_owned()).or_default()
    }

    /// The ARN of a stream of this account.
    pub fn stream_arn(region: &str, name: &str) -> String {
        format!("arn:aws:firehose:{region}:{ACCOUNT}:deliverystream/{name}")
    }

    /// The ARN of a key, of this account or the other one.
    pub fn key_arn(region: &str, account: &str, id: &str) -> String {
        format!("arn:aws:kms:{region}:{account}:key/{id}")
    }

    /// Adds a customer-managed symmetric key that rotates every year, and its alias; its ARN.
    pub fn add_key(&mut self, region: &str, alias: &str) -> String {
        let (id, now) = (self.next_id(region), self.now);
        let arn = Self::key_arn(region, ACCOUNT, &id);
        let place = self.place(region);
        place.aliases.push(json!({
            "AliasName": format!("alias/{alias}"),
            "AliasArn": format!("arn:aws:kms:{region}:{ACCOUNT}:alias/{alias}"),
            "TargetKeyId": id,
            "CreationDate": now - 800.0 * DAY,
            "LastUpdatedDate": now - 800.0 * DAY,
        }));
        place.keys.insert(id.clone(), Key::customer(region, ACCOUNT, &id, now));
        arn
    }

    /// Adds a key of the other account, which may be described from here; its ARN.
    pub fn add_foreign_key(&mut self, region: &str) -> String {
        let (id, now) = (self.next_id(region), self.now);
        self.place(region).keys.insert(id.clone(), Key::customer(region, OTHER_ACCOUNT, &id, now));
        Self::key_arn(region, OTHER_ACCOUNT, &id)
    }

    fn next_id(&mut self, region: &str) -> String {
        let number = self.place(region).keys.len() + 1;
        let region_part = region.bytes().map(u32::from).sum::<u32>();
        format!("{region_part:08x}-0000-4000-8000-{number:012x}")
    }

    /// The key of that ARN, to be changed.
    pub fn key(&mut self, arn: &str) -> &mut Key {
        let mut parts = arn.split(':').skip(3);
        let region = parts.next().expect("an ARN").to_owned();
        let id = arn.rsplit('/').next().expect("an ARN").to_owned();
        self.place(&region).keys.get_mut(&id).expect("a key of this world")
    }

    /// Adds a Direct PUT stream without server-side encryption, tagged with an owner.
    pub fn add_stream(&mut self, region: &str, name: &str) -> &mut Stream {
        let created = self.now - 300.0 * DAY;
        let description = json!({
            "DeliveryStreamName": name,
            "DeliveryStreamARN": Self::stream_arn(region, name),
            "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamType": "DirectPut",
            "VersionId": "1",
            "CreateTimestamp": created + 0.123,
            "LastUpdateTimestamp": created + 3600.5,
            "Destinations": [{
                "DestinationId": "destinationId-000000000001",
                "S3DestinationDescription": s3_destination(),
                "ExtendedS3DestinationDescription": {
                    "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"),
                    "BucketARN": "arn:aws:s3:::acme-landing",
                    "Prefix": "in/",
                    "BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 300 },
                    "CompressionFormat": "GZIP",
                    "EncryptionConfiguration": { "NoEncryptionConfig": "NoEncryption" },
                    "CloudWatchLoggingOptions": { "Enabled": false },
                    "S3BackupMode": "Disabled",
                },
            }],
            "HasMoreDestinations": false,
        });
        let tags = BTreeMap::from([("owner".to_owned(), "payments".to_owned())]);
        let stream = Stream { description, tags };
        let streams = &mut self.place(region).streams;
        streams.insert(name.to_owned(), stream);
        streams.get_mut(name).expect("just added")
    }

    /// The stream of that name, to be changed.
    pub fn stream(&mut self, region: &str, name: &str) -> &mut Stream {
        self.place(region).streams.get_mut(name).expect("a stream of this world")
    }

    /// Adds an event, so many days before now.
    pub fn add_event(&mut self, region: &str, name: &str, days_ago: f64, resource: &str) -> String {
        let time = self.now - days_ago * DAY;
        let source = if name.contains("Delivery") || name == "UpdateDestination" { "firehose" } else { "kms" };
        let events = &mut self.place(region).events;
        let id = format!("7e57e7e0-0000-4000-8000-{:012x}", events.len() + 1);
        let record = json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/Platform/robin"),
                "accountId": ACCOUNT,
                "accessKeyId": "ASIAQXTQYEXAMPLE0001",
                "sessionContext": { "attributes": { "mfaAuthenticated": "true" } },
            },
            "eventTime": moment(time).format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "eventSource": format!("{source}.amazonaws.com"),
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": "198.51.100.7",
            "userAgent": "aws-cli/2.31.0",
            "requestParameters": { "keyId": resource },
            "responseElements": null,
            "requestID": format!("0f0f0f0f-0000-4000-8000-{:012x}", events.len() + 1),
            "eventID": id,
            "readOnly": false,
            "resources": [{ "accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": resource }],
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        });
        events.push(json!({
            "EventId": id,
            "EventName": name,
            "ReadOnly": "false",
            "AccessKeyId": "ASIAQXTQYEXAMPLE0001",
            "EventTime": time,
            "EventSource": format!("{source}.amazonaws.com"),
            "Username": "robin",
            "Resources": [{ "ResourceType": "AWS::KMS::Key", "ResourceName": resource }],
            "CloudTrailEvent": record.to_string(),
        }));
        id
    }

    /// Adds a multi-Region trail with validation, made in `home`, to every Region there is by now.
    pub fn add_trail(&mut self, home: &str, name: &str) -> String {
        let arn = format!("arn:aws:cloudtrail:{home}:{ACCOUNT}:trail/{name}");
        let now = self.now;
        for place in self.places.values_mut() {
            place.trails.push(Trail {
                description: json!({
                    "Name": name,
                    "S3BucketName": "acme-audit-logs",
                    "IncludeGlobalServiceEvents": true,
                    "IsMultiRegionTrail": true,
                    "HomeRegion": home,
                    "TrailARN": arn,
                    "LogFileValidationEnabled": true,
                    "HasCustomEventSelectors": false,
                    "HasInsightSelectors": false,
                    "IsOrganizationTrail": false,
                }),
                status: json!({
                    "IsLogging": true,
                    "LatestDeliveryTime": now - 300.0,
                    "StartLoggingTime": now - 900.0 * DAY,
                    "LatestDigestDeliveryTime": now - 1800.0,
                }),
                selectors: json!({
                    "EventSelectors": [{
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": true,
                        "DataResources": [],
                        "ExcludeManagementEventSources": [],
                    }],
                }),
            });
        }
        arn
    }

    /// The first trail of a Region, to be changed.
    pub fn trail(&mut self, region: &str) -> &mut Trail {
        self.place(region).trails.first_mut().expect("a trail of this world")
    }

    /// One stream of every class that a check tells apart, in Ireland; a few plain ones in Virginia.
    pub fn of_every_class() -> Self {
        let mut world = Self::empty();
        let here = IRELAND;
        let orders = world.add_key(here, "orders");
        world.key(&orders).tags.insert("data-class".to_owned(), "pan".to_owned());
        let now = world.now;
        world.add_stream(here, "direct-customer-key").encrypt(&orders);
        world.stream(here, "direct-customer-key").tags.insert("data-class".to_owned(), "pan".to_owned());
        world.add_stream(here, "direct-customer-key-too").encrypt(&orders);
        world.add_stream(here, "direct-aws-owned-key").sse(json!({ "KeyType": "AWS_OWNED_CMK", "Status": "ENABLED" }));
        world.add_stream(here, "direct-no-configuration");
        world.add_stream(here, "direct-disabled").sse(json!({ "Status": "DISABLED" }));
        for status in ["ENABLING", "DISABLING"] {
            let name = format!("direct-{}", status.to_lowercase());
            let sse = json!({ "KeyARN": orders, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": status });
            world.add_stream(here, &name).sse(sse);
        }
        for status in ["ENABLING_FAILED", "DISABLING_FAILED"] {
            let name = format!("direct-{}", status.to_lowercase().replace('_', "-"));
            let failure = json!({ "Type": "KMS_ACCESS_DENIED", "Details": "the grant could not be made" });
            let sse = json!({
                "KeyARN": orders, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": status, "FailureDescription": failure,
            });
            world.add_stream(here, &name).sse(sse);
        }

        let managed = world.add_key(here, "aws/firehose");
        world.key(&managed).metadata["KeyManager"] = json!("AWS");
        world.add_stream(here, "direct-aws-managed-key").encrypt(&managed);
        let foreign = world.add_foreign_key(here);
        world.add_stream(here, "direct-key-of-another-account").encrypt(&foreign);
        let disabled = world.add_key(here, "disabled");
        world.key(&disabled).state("Disabled");
        world.add_stream(here, "direct-disabled-key").encrypt(&disabled);
        let doomed = world.add_key(here, "doomed");
        world.key(&doomed).state("PendingDeletion");
        world.key(&doomed).metadata["DeletionDate"] = json!(now + 9.0 * DAY);
        world.key(&doomed).rotation = Some(json!({ "KeyId": doomed, "KeyRotationEnabled": false }));
        world.add_stream(here, "direct-doomed-key").encrypt(&doomed);
        let imported = world.add_key(here, "imported");
        world.key(&imported).import(&imported, now);
        world.add_stream(here, "direct-imported-key").encrypt(&imported);
        let unrotated = world.add_key(here, "unrotated");
        world.key(&unrotated).rotation = Some(json!({ "KeyId": unrotated, "KeyRotationEnabled": false }));
        world.key(&unrotated).rotations.clear();
        world.add_stream(here, "direct-unrotated-key").encrypt(&unrotated);
        let slow = world.add_key(here, "slow");
        world.key(&slow).rotation = Some(json!({
            "KeyId": slow, "KeyRotationEnabled": true, "RotationPeriodInDays": 2000, "NextRotationDate": now + 900.0 * DAY,
        }));
        world.key(&slow).rotations.clear();
        world.add_stream(here, "direct-slow-rotation").encrypt(&slow);

        world.add_stream(here, "kinesis-source").source(
            "KinesisStreamAsSource",
            json!({ "KinesisStreamSourceDescription": {
                "KinesisStreamARN": format!("arn:aws:kinesis:{here}:{ACCOUNT}:stream/orders"),
                "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"),
                "DeliveryStartTimestamp": now - 299.0 * DAY,
            }}),
        );
        world.add_stream(here, "msk-source").source(
            "MSKAsSource",
            json!({ "MSKSourceDescription": {
                "MSKClusterARN": format!("arn:aws:kafka:{here}:{ACCOUNT}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-1"),
                "TopicName": "orders",
                "AuthenticationConfiguration": {
                    "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"), "Connectivity": "PRIVATE",
                },
            }}),
        );
        world.add_stream(here, "database-source").source(
            "DatabaseAsSource",
            json!({ "DatabaseSourceDescription": {
                "Type": "PostgreSQL", "Endpoint": "orders.example.internal", "Port": 5432, "SSLMode": "Enabled",
            }}),
        );
        world.add_stream(here, "untagged").tags.clear();

        let claims = world.add_key(VIRGINIA, "claims");
        world.add_stream(VIRGINIA, "claims").encrypt(&claims);
        world.add_stream(VIRGINIA, "clicks");
        world.add_trail(here, "main");
        for (name, days) in [("DisableKey", 3.0), ("EnableKey", 2.0), ("PutKeyPolicy", 10.0), ("PutKeyPolicy", 20.0)] {
            world.add_event(here, name, days, &orders);
        }
        world.surround(here, &orders);
        let second = world.key(&orders).grants[0].clone();
        world
            .key(&orders)
            .grants
            .push(json!({ "GrantId": "another", "KeyId": second["KeyId"], "Operations": ["Decrypt"] }));
        for days in 1..=5 {
            world.add_event(here, "CreateGrant", f64::from(days * 7), &orders);
        }
        world.add_event(here, "StartDeliveryStreamEncryption", 30.0, &Self::stream_arn(here, "direct-customer-key"));
        world
    }

    /// One stream with its key and a trail: for tests that run the program often.
    pub fn of_one_stream() -> Self {
        let mut world = Self::empty();
        let key = world.add_key(IRELAND, "orders");
        world.add_stream(IRELAND, "orders").encrypt(&key);
        world.add_trail(IRELAND, "main");
        world.add_event(IRELAND, "PutKeyPolicy", 10.0, &key);
        world
    }

    /// The large account of the bench: that many streams over that mix of keys, in one Region.
    pub fn of_size(streams: usize, mix: &KeyMix) -> Self {
        let mut world = Self::empty();
        let mut keys = Vec::new();
        for n in 0..mix.total() {
            let arn = if n < mix.foreign {
                world.add_foreign_key(IRELAND)
            } else {
                world.add_key(IRELAND, &format!("key-{n:04}"))
            };
            let now = world.now;
            let key = world.key(&arn);
            let rest = n.saturating_sub(mix.foreign);
            if n < mix.foreign {
            } else if rest < mix.aws_managed {
                key.metadata["KeyManager"] = json!("AWS");
            } else if rest < mix.aws_managed + mix.imported {
                key.import(&arn, now);
            } else if rest < mix.aws_managed + mix.imported + mix.asymmetric {
                key.metadata["KeySpec"] = json!("RSA_2048");
                key.metadata["CustomerMasterKeySpec"] = json!("RSA_2048");
                key.rotation = None;
            }
            keys.push(arn);
        }
        for n in 0..streams {
            let stream = world.add_stream(IRELAND, &format!("orders-{n:05}"));
            match n % 10 {
                8 => stream.sse(json!({ "KeyType": "AWS_OWNED_CMK", "Status": "ENABLED" })),
                9 => {}
                _ => stream.encrypt(&keys[n % keys.len()]),
            }
        }
        // A stream of every tenth kind has no key of its own; the keys that only those would name get one more.
        for (n, arn) in keys.iter().enumerate().filter(|(n, _)| *n < streams) {
            world.stream(IRELAND, &format!("orders-{n:05}")).encrypt(arn);
        }
        world.add_trail(IRELAND, "main");
        let key = keys.last().cloned().unwrap_or_default();
        for n in 0..40_u32 {
            world.add_event(IRELAND, "CreateGrant", 1.0 + f64::from(n), &key);
        }
        world
    }
}

/// How many keys of which class [`World::of_size`] has.
pub struct KeyMix {
    pub customer: usize,
    pub aws_managed: usize,
    pub foreign: usize,
    pub imported: usize,
    pub asymmetric: usize,
}

impl KeyMix {
    pub fn total(&self) -> usize {
        self.customer + self.aws_managed + self.foreign + self.imported + self.asymmetric
    }
}

impl Stream {
    /// Sets `DeliveryStreamEncryptionConfiguration` as a whole.
    pub fn sse(&mut self, configuration: Value) {
        self.description["DeliveryStreamEncryptionConfiguration"] = configuration;
    }

    /// Encrypted with that key, as far as Firehose says.
    pub fn encrypt(&mut self, arn: &str) {
        self.sse(json!({ "KeyARN": arn, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": "ENABLED" }));
    }

    /// Another source than Direct PUT.
    pub fn source(&mut self, kind: &str, source: Value) {
        self.description["DeliveryStreamType"] = json!(kind);
        self.description["Source"] = source;
    }

    /// Another destination than S3.
    pub fn destination(&mut self, name: &str, destination: &Value) {
        self.description["Destinations"] =
            json!([{ "DestinationId": "destinationId-000000000001", name: destination }]);
    }
}

impl Key {
    fn customer(region: &str, account: &str, id: &str, now: f64) -> Self {
        let arn = World::key_arn(region, account, id);
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                "Action": "kms:*",
                "Resource": "*",
            }],
        });
        Self {
            metadata: json!({
                "AWSAccountId": account,
                "KeyId": id,
                "Arn": arn,
                "CreationDate": now - 800.0 * DAY + 0.013,
                "Enabled": true,
                "Description": "records of the landing zone",
                "KeyUsage": "ENCRYPT_DECRYPT",
                "KeyState": "Enabled",
                "Origin": "AWS_KMS",
                "KeyManager": "CUSTOMER",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
                "MultiRegion": false,
                "CurrentKeyMaterialId": "5f2c1e0d9b8a7f6e5d4c3b2a190807060504030201000f0e0d0c0b0a09080706",
            }),
            rotation: Some(json!({
                "KeyId": arn,
                "KeyRotationEnabled": true,
                "RotationPeriodInDays": 365,
                "NextRotationDate": now + 295.0 * DAY,
            })),
            rotations: [435.0, 70.0]
                .map(
                    |days| json!({ "KeyId": arn, "RotationDate": now - days * DAY + 0.5, "RotationType": "AUTOMATIC" }),
                )
                .to_vec(),
            policies: BTreeMap::from([("default".to_owned(), policy.to_string())]),
            tags: BTreeMap::from([("owner".to_owned(), "payments".to_owned())]),
            grants: vec![json!({
                "KeyId": arn,
                "GrantId": format!("grant-of-{id}"),
                "Name": "firehose",
                "CreationDate": now - 300.0 * DAY,
                "GranteePrincipal": "firehose.amazonaws.com",
                "IssuingAccount": format!("arn:aws:iam::{account}:root"),
                "Operations": ["Decrypt", "GenerateDataKey"],
                "Constraints": {},
            })],
        }
    }

    /// Another state, with the flag that AWS derives from it.
    pub fn state(&mut self, state: &str) {
        self.metadata["KeyState"] = json!(state);
        self.metadata["Enabled"] = json!(state == "Enabled");
    }

    fn import(&mut self, arn: &str, now: f64) {
        self.metadata["Origin"] = json!("EXTERNAL");
        self.metadata["ExpirationModel"] = json!("KEY_MATERIAL_EXPIRES");
        self.metadata["ValidTo"] = json!(now + 100.0 * DAY);
        self.rotation = Some(json!({ "KeyId": arn, "KeyRotationEnabled": false }));
        self.rotations.clear();
    }
}

/// Seconds since 1970 as a time.
pub fn moment(seconds: f64) -> chrono::DateTime<chrono::Utc> {
    #[expect(clippy::cast_possible_truncation, reason = "times of this era")]
    chrono::DateTime::from_timestamp_millis((seconds * 1000.0) as i64).expect("a time of this era")
}

fn s3_destination() -> Value {
    json!({
        "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"),
        "BucketARN": "arn:aws:s3:::acme-landing",
        "Prefix": "in/",
        "BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 300 },
        "CompressionFormat": "GZIP",
        "EncryptionConfiguration": { "NoEncryptionConfig": "NoEncryption" },
        "CloudWatchLoggingOptions": { "Enabled": false },
    })
}
