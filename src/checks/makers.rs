//! What surrounds the streams of the small account for tests: destinations, buckets, sources, clusters, log groups.

use super::tests::{KeyMaker, StreamMaker, World, account, denied, home, key_arn, read};
use crate::model::destination::{
    Destination, DestinationKind, Endpoint, Logging, Processor, S3Encryption, S3Part, S3Structure, Secret,
};
use crate::model::estate::{Bucket, BucketEncryption, LifecycleRule, ObjectLock, PublicAccessBlock};
use crate::model::hops::{KeyRef, KinesisStream, LogGroup, MskCluster, RedshiftCluster};
use crate::model::reading::{Citation, Ev, Reading};
use crate::model::stream::Source;

/// A reference by ARN.
fn by_id(id: &str) -> KeyRef {
    KeyRef { given: key_arn(id), arn: read(key_arn(id)) }
}

/// A reference by a name that nothing was found for.
fn by_name(given: &str) -> KeyRef {
    KeyRef { given: given.to_owned(), arn: denied("kms", "ListAliases") }
}

impl World {
    pub fn bucket(mut self, bucket: BucketMaker) -> Self {
        self.estate.buckets.push(bucket.0);
        self
    }

    pub fn kinesis(mut self, stream: KinesisMaker) -> Self {
        self.place.hops.kinesis.push(stream.0);
        self
    }

    pub fn msk(mut self, cluster: MskMaker) -> Self {
        self.place.hops.msk.push(cluster.0);
        self
    }

    pub fn redshift(mut self, cluster: RedshiftMaker) -> Self {
        self.place.hops.redshift.push(cluster.0);
        self
    }

    pub fn log_group(mut self, group: LogGroupMaker) -> Self {
        self.place.hops.log_groups.push(group.0);
        self
    }

    /// The Region's whole listing of aliases: name and key id.
    pub fn aliases(mut self, pairs: &[(&str, &str)]) -> Self {
        let pair = |(name, id): &(&str, &str)| ((*name).to_owned(), (*id).to_owned());
        self.place.hops.aliases = read(pairs.iter().map(pair).collect());
        self
    }
}

impl StreamMaker {
    /// One destination more.
    pub fn delivers(mut self, to: DestinationMaker) -> Self {
        if let Ok(deliveries) = &mut self.0.deliveries {
            deliveries.value.push(to.0);
        }
        self
    }

    /// Reads from the Kinesis data stream of that name.
    pub fn reads(self, name: &str) -> Self {
        self.source(Source::Kinesis { arn: Some(format!("arn:aws:kinesis:eu-west-1:111122223333:stream/{name}")) })
    }

    pub fn ssl(mut self, mode: &str) -> Self {
        if let Ok(access) = &mut self.0.source_access {
            access.value.ssl_mode = Some(mode.to_owned());
        }
        self
    }
}

/// A destination under construction.
#[derive(Clone)]
pub(crate) struct DestinationMaker(Destination);

fn structure(part: S3Part, bucket: &str, key: Option<&str>) -> S3Structure {
    let asked = key.map_or(S3Encryption::BucketDefault, |id| S3Encryption::Kms(key_arn(id)));
    S3Structure {
        part,
        at: Citation { ev: Ev(4), pointer: format!("/{bucket}") },
        bucket: read(bucket.to_owned()),
        role: read("arn:aws:iam::111122223333:role/delivery".to_owned()),
        encryption: read(asked),
        logging: read(Logging { enabled: false, group: None }),
        error_prefix: None,
    }
}

/// A destination of that kind; its S3 structure is the bucket `main`, and asks for no key.
pub(crate) fn to(kind: DestinationKind) -> DestinationMaker {
    let part = match kind {
        DestinationKind::S3 | DestinationKind::ExtendedS3 => S3Part::Delivery,
        DestinationKind::Redshift => S3Part::Intermediate,
        _ => S3Part::Backup,
    };
    let mut own = structure(part, "main", None);
    let at = Citation { ev: Ev(4), pointer: "/main".to_owned() };
    if part != S3Part::Delivery {
        own.at.pointer.push_str("/S3DestinationDescription");
    }
    let known = kind != DestinationKind::Unknown;
    DestinationMaker(Destination {
        id: "destinationId-000000000001".to_owned(),
        kind,
        at,
        s3: if known { vec![own] } else { Vec::new() },
        backup_mode: if known { read(None) } else { denied("firehose", "DescribeDeliveryStream") },
        role: read(Some("arn:aws:iam::111122223333:role/delivery".to_owned())),
        endpoint: None,
        store: (kind == DestinationKind::Redshift).then(|| "orders".to_owned()),
        logging: if known { off() } else { denied("firehose", "DescribeDeliveryStream") },
        processors: if known { read(Vec::new()) } else { denied("firehose", "DescribeDeliveryStream") },
        schema: read(None),
        secret: read(None),
        network: None,
    })
}

fn off() -> Reading<Logging> {
    read(Logging { enabled: false, group: None })
}

impl DestinationMaker {
    pub fn change(mut self, change: impl FnOnce(&mut Destination)) -> Self {
        change(&mut self.0);
        self
    }

    /// Its first S3 structure asks for that key.
    pub fn key(self, id: &str) -> Self {
        self.key_named(&key_arn(id))
    }

    pub fn key_named(self, given: &str) -> Self {
        let given = given.to_owned();
        self.change(|d| {
            for structure in d.s3.iter_mut().take(1) {
                structure.encryption = read(S3Encryption::Kms(given.clone()));
            }
        })
    }

    /// A backup in the bucket `back`, with that key or with the bucket's default.
    pub fn backup(self, key: Option<&str>) -> Self {
        self.change(|d| d.s3.push(structure(S3Part::Backup, "back", key)))
    }

    pub fn encryption_denied(self) -> Self {
        self.change(|d| d.s3[0].encryption = denied("firehose", "DescribeDeliveryStream"))
    }

    /// All of its parts log to that group.
    pub fn logs(self, group: &str) -> Self {
        let on = || read(Logging { enabled: true, group: Some(group.to_owned()) });
        self.change(|d| {
            d.logging = on();
            d.s3.iter_mut().for_each(|s| s.logging = on());
        })
    }

    pub fn logging_denied(self) -> Self {
        self.change(|d| {
            d.logging = denied("firehose", "DescribeDeliveryStream");
            d.s3.iter_mut().for_each(|s| s.logging = denied("firehose", "DescribeDeliveryStream"));
        })
    }

    pub fn at(self, address: &str, tls: Option<bool>) -> Self {
        self.change(|d| d.endpoint = Some(Endpoint { shown: address.to_owned(), tls }))
    }

    pub fn secret(self, enabled: bool) -> Self {
        self.change(|d| d.secret = read(Some(Secret { enabled, arn: None, role: None })))
    }

    pub fn secret_denied(self) -> Self {
        self.change(|d| d.secret = denied("firehose", "DescribeDeliveryStream"))
    }

    /// A function changes the records.
    pub fn changes(self) -> Self {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:f".to_owned();
        self.change(|d| d.processors = read(vec![Processor { arn, role: None }]))
    }

    pub fn mode(self, mode: Option<&str>) -> Self {
        self.change(|d| d.backup_mode = read(mode.map(ToOwned::to_owned)))
    }

    pub fn mode_denied(self) -> Self {
        self.change(|d| d.backup_mode = denied("firehose", "DescribeDeliveryStream"))
    }
}

/// A bucket under construction.
#[derive(Clone)]
pub(crate) struct BucketMaker(Bucket);

/// A bucket of the home Region with SSE-S3, versions, no lock, no lifecycle, and all public access blocked.
pub(crate) fn bucket(name: &str) -> BucketMaker {
    BucketMaker(Bucket {
        name: name.to_owned(),
        location: read(home().to_string()),
        encryption: read(BucketEncryption { algorithm: "AES256".to_owned(), key: None, bucket_key: false }),
        public_access_block: read(Some(switches([true; 4]))),
        policy_public: read(None),
        versioning: read(Some("Enabled".to_owned())),
        object_lock: read(None),
        lifecycle: read(Vec::new()),
    })
}

fn switches([block_acls, ignore_acls, block_policy, restrict_buckets]: [bool; 4]) -> PublicAccessBlock {
    PublicAccessBlock { block_acls, ignore_acls, block_policy, restrict_buckets }
}

impl BucketMaker {
    fn change(mut self, change: impl FnOnce(&mut Bucket)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn algorithm(self, algorithm: &str) -> Self {
        let algorithm = algorithm.to_owned();
        self.change(|b| b.encryption = read(BucketEncryption { algorithm, key: None, bucket_key: false }))
    }

    pub fn key(self, id: &str) -> Self {
        let algorithm = "aws:kms".to_owned();
        let key = Some(by_id(id));
        self.change(|b| b.encryption = read(BucketEncryption { algorithm, key, bucket_key: true }))
    }

    pub fn encryption_denied(self) -> Self {
        self.change(|b| b.encryption = denied("s3", "GetBucketEncryption"))
    }

    pub fn block(self, on: Option<[bool; 4]>) -> Self {
        self.change(|b| b.public_access_block = read(on.map(switches)))
    }

    pub fn block_denied(self) -> Self {
        self.change(|b| b.public_access_block = denied("s3", "GetPublicAccessBlock"))
    }

    pub fn policy_public(self, public: Option<bool>) -> Self {
        self.change(|b| b.policy_public = read(public))
    }

    pub fn versioning(self, status: Option<&str>) -> Self {
        self.change(|b| b.versioning = read(status.map(ToOwned::to_owned)))
    }

    pub fn versioning_denied(self) -> Self {
        self.change(|b| b.versioning = denied("s3", "GetBucketVersioning"))
    }

    pub fn region(self, region: &str) -> Self {
        self.change(|b| b.location = read(region.to_owned()))
    }

    pub fn location_denied(self) -> Self {
        self.change(|b| b.location = denied("s3", "GetBucketLocation"))
    }

    pub fn lock(self, enabled: bool, mode: Option<&str>, days: Option<u64>) -> Self {
        let mode = mode.map(ToOwned::to_owned);
        self.change(|b| b.object_lock = read(Some(ObjectLock { enabled, mode, days })))
    }

    pub fn lock_denied(self) -> Self {
        self.change(|b| b.object_lock = denied("s3", "GetObjectLockConfiguration"))
    }

    /// One more lifecycle rule: everything under the prefix expires after so many days.
    pub fn expires(self, prefix: &str, days: u64) -> Self {
        let rule = LifecycleRule {
            id: None,
            enabled: true,
            prefix: prefix.to_owned(),
            filtered: false,
            expires_days: Some(days),
            expires_date: None,
            noncurrent_days: None,
        };
        self.change(|b| b.lifecycle.as_mut().unwrap().value.push(rule))
    }

    pub fn lifecycle_denied(self) -> Self {
        self.change(|b| b.lifecycle = denied("s3", "GetBucketLifecycleConfiguration"))
    }
}

/// A Kinesis data stream under construction.
#[derive(Clone)]
pub(crate) struct KinesisMaker(KinesisStream);

/// One that is not encrypted.
pub(crate) fn kinesis(name: &str) -> KinesisMaker {
    KinesisMaker(KinesisStream {
        arn: format!("arn:aws:kinesis:eu-west-1:{}:stream/{name}", account()),
        encryption: read(None),
        retention_hours: read(24),
    })
}

impl KinesisMaker {
    pub fn key(mut self, id: &str) -> Self {
        self.0.encryption = read(Some(by_id(id)));
        self
    }

    pub fn key_named(mut self, given: &str) -> Self {
        self.0.encryption = read(Some(by_name(given)));
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.encryption = denied("kinesis", "DescribeStreamSummary");
        self
    }
}

/// An MSK cluster under construction.
#[derive(Clone)]
pub(crate) struct MskMaker(MskCluster);

/// A serverless one.
pub(crate) fn msk(name: &str) -> MskMaker {
    MskMaker(MskCluster {
        arn: format!("arn:aws:kafka:eu-west-1:{}:cluster/{name}/1", account()),
        serverless: read(true),
        volume_key: denied("kafka", "DescribeClusterV2"),
        client_broker: denied("kafka", "DescribeClusterV2"),
        in_cluster: denied("kafka", "DescribeClusterV2"),
    })
}

impl MskMaker {
    /// A provisioned one with that key, and TLS.
    pub fn key(mut self, id: &str) -> Self {
        self.0.serverless = read(false);
        self.0.volume_key = read(by_id(id));
        self.0.client_broker = read("TLS".to_owned());
        self.0.in_cluster = read(true);
        self
    }

    pub fn way(self, way: &str) -> Self {
        let mut made = self.key("k");
        made.0.client_broker = read(way.to_owned());
        made
    }

    pub fn denied(mut self) -> Self {
        self.0.serverless = denied("kafka", "DescribeClusterV2");
        self
    }
}

/// A Redshift cluster under construction.
#[derive(Clone)]
pub(crate) struct RedshiftMaker(RedshiftCluster);

/// One that is encrypted without KMS, and not public.
pub(crate) fn redshift(id: &str) -> RedshiftMaker {
    RedshiftMaker(RedshiftCluster { id: id.to_owned(), encrypted: read(true), key: read(None), public: read(false) })
}

impl RedshiftMaker {
    pub fn key(mut self, id: &str) -> Self {
        self.0.key = read(Some(by_id(id)));
        self
    }

    pub fn open(mut self) -> Self {
        self.0.encrypted = read(false);
        self
    }

    pub fn public(mut self) -> Self {
        self.0.public = read(true);
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.encrypted = denied("redshift", "DescribeClusters");
        self.0.key = denied("redshift", "DescribeClusters");
        self.0.public = denied("redshift", "DescribeClusters");
        self
    }
}

/// A log group under construction.
#[derive(Clone)]
pub(crate) struct LogGroupMaker(LogGroup);

/// One without a key.
pub(crate) fn log_group(name: &str) -> LogGroupMaker {
    LogGroupMaker(LogGroup { name: name.to_owned(), key: read(None), retention_days: read(Some(365)) })
}

impl LogGroupMaker {
    pub fn key(mut self, id: &str) -> Self {
        self.0.key = read(Some(by_id(id)));
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.key = denied("logs", "DescribeLogGroups");
        self
    }
}

impl KeyMaker {
    /// The grants that KMS lists.
    pub fn grants(mut self, grants: Vec<crate::model::key::Grant>) -> Self {
        self.0.grants = read(grants);
        self
    }

    pub fn grants_denied(mut self) -> Self {
        self.0.grants = denied("kms", "ListGrants");
        self
    }
}
