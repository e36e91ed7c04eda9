//! What surrounds the streams of the small account for tests: destinations, buckets, sources, clusters, log groups.

use super::tests::{KeyMaker, StreamMaker, World, account, denied, home, key_arn, now, read};
use crate::model::destination::{
    Destination, DestinationKind, Endpoint, Logging, Processor, S3Encryption, S3Part, S3Structure, Secret, Table,
};
use crate::model::estate::{
    Bucket, BucketEncryption, ControlPolicy, IdentityPolicy, LifecycleRule, ObjectLock, Organization, Principal,
    PrincipalKind, PublicAccessBlock,
};
use crate::model::hops::{
    Alarm, Collection, CompositeAlarm, Domain, EventDataStore, EventRule, IcebergTable, KeyRef, KinesisStream,
    LogGroup, MetricFilter, MetricPoint, Metrics, MskCluster, RedshiftCluster, Subscription,
};
use crate::model::key::Grant;
use crate::model::reading::{Citation, Ev, GapKind, Reading};
use crate::model::stream::Source;
use crate::model::trail::{ClassicSelector, Selectors};

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

    pub fn domain(mut self, domain: DomainMaker) -> Self {
        self.place.hops.domains.push(domain.0);
        self
    }

    /// A table of Iceberg with its files in that bucket; `None` was denied.
    pub fn table(mut self, database: &str, name: &str, bucket: Option<&str>) -> Self {
        let bucket = bucket.map_or_else(|| denied("glue", "GetTable"), |bucket| read(bucket.to_owned()));
        self.place.hops.tables.push(IcebergTable { table: iceberg(database, name), bucket });
        self
    }

    /// A collection of `OpenSearch` Serverless, with that key or one that AWS owns.
    pub fn collection(mut self, given: &str, key: Option<&str>) -> Self {
        let key = read(key.map(by_id));
        self.place.hops.collections.push(Collection { given: given.to_owned(), key });
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

impl World {
    /// Points of the stream's metrics, one a day.
    pub fn metrics(mut self, stream: &str, points: &[(&str, f64)]) -> Self {
        let mut metrics = Metrics::default();
        for (name, value) in points {
            metrics.points.entry((*name).into()).or_default().push(MetricPoint { time: now(), value: *value });
        }
        self.place.hops.metrics.insert(stream.to_owned(), read(metrics));
        self
    }

    pub fn metrics_denied(mut self, stream: &str) -> Self {
        self.place.hops.metrics.insert(stream.to_owned(), denied("cloudwatch", "GetMetricData"));
        self
    }

    /// All alarms of the Region.
    pub fn alarms(mut self, alarms: Vec<AlarmMaker>) -> Self {
        self.place.hops.alarms = read(alarms.into_iter().map(|a| a.0).collect());
        if self.place.hops.composites.is_err() {
            self.place.hops.composites = read(Vec::new());
        }
        self.alerts()
    }

    /// One more composite alarm, which sends to the topic `alerts`, unless `change` says otherwise.
    pub fn composite(mut self, name: &str, rule: &str, change: impl FnOnce(&mut CompositeAlarm)) -> Self {
        let mut alarm = CompositeAlarm {
            name: name.to_owned(),
            rule: rule.to_owned(),
            actions_enabled: true,
            actions: vec![topic_arn("alerts")],
            suppressor: None,
        };
        change(&mut alarm);
        let mut all = self.place.hops.composites.map_or_else(|_| Vec::new(), |read| read.value);
        all.push(alarm);
        self.place.hops.composites = read(all);
        self
    }

    pub fn composites_denied(mut self) -> Self {
        self.place.hops.composites = denied("cloudwatch", "DescribeAlarms");
        self
    }

    /// Somebody is told by the topic that rules and alarms send to, unless something else was said of it.
    fn alerts(mut self) -> Self {
        let told = || read(vec![Subscription { protocol: "email".to_owned(), confirmed: true }]);
        self.place.hops.topics.entry(topic_arn("alerts")).or_insert_with(told);
        self
    }

    /// What subscribed to a topic, and whether that was confirmed.
    pub fn topic(mut self, name: &str, subscribed: &[(&str, bool)]) -> Self {
        let one = |(protocol, confirmed): &(&str, bool)| Subscription {
            protocol: (*protocol).to_owned(),
            confirmed: *confirmed,
        };
        self.place.hops.topics.insert(topic_arn(name), read(subscribed.iter().map(one).collect()));
        self
    }

    pub fn topic_denied(mut self, name: &str) -> Self {
        self.place.hops.topics.insert(topic_arn(name), denied("sns", "ListSubscriptionsByTopic"));
        self
    }

    /// All rules of the default event bus.
    pub fn rules(mut self, rules: Vec<RuleMaker>) -> Self {
        self.place.hops.rules = read(rules.into_iter().map(|r| r.0).collect());
        self.alerts()
    }

    /// All metric filters of the log groups of trails.
    pub fn filters(mut self, filters: Vec<MetricFilter>) -> Self {
        self.place.hops.metric_filters = read(filters);
        self
    }

    /// One metric filter, which feeds one metric.
    pub fn filter(self, group: &str, pattern: &str, (namespace, metric): (&str, &str)) -> Self {
        self.filters(vec![MetricFilter {
            group: group.to_owned(),
            name: "filter".to_owned(),
            pattern: pattern.to_owned(),
            metrics: vec![(namespace.to_owned(), metric.to_owned())],
        }])
    }

    /// All event data stores of the Region.
    pub fn stores(mut self, stores: Vec<StoreMaker>) -> Self {
        self.place.hops.event_data_stores = read(stores.into_iter().map(|s| s.0).collect());
        self
    }

    /// All users and roles of the account.
    pub fn identities(mut self, principals: Vec<Principal>) -> Self {
        self.estate.principals = read(principals);
        self
    }

    /// All policies of the organization.
    pub fn guardrails(mut self, policies: Vec<PolicyMaker>) -> Self {
        let policies = policies.into_iter().map(|p| p.0).collect();
        self.estate.organization = read(Organization { policies, parents: denied("organizations", "ListParents") });
        self
    }

    /// The units above the account, and the root.
    pub fn parents(mut self, ids: &[&str]) -> Self {
        if let Ok(organization) = &mut self.estate.organization {
            organization.value.parents = read(ids.iter().map(ToString::to_string).collect());
        }
        self
    }

    /// An account of no organization.
    pub fn alone(mut self) -> Self {
        let none = denied::<Organization>("organizations", "ListPolicies");
        self.estate.organization = none.map_err(|gap| gap.of_kind(GapKind::Inapplicable));
        self
    }
}

fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:eu-west-1:111122223333:{name}")
}

/// An alarm under construction.
#[derive(Clone)]
pub(crate) struct AlarmMaker(Alarm);

/// One on that metric, with an action.
pub(crate) fn alarm(namespace: &str, metric: &str) -> AlarmMaker {
    AlarmMaker(Alarm {
        name: format!("on {metric}"),
        metric: Some((namespace.to_owned(), metric.to_owned())),
        dimensions: std::collections::BTreeMap::new(),
        actions_enabled: true,
        actions: vec!["arn:aws:sns:eu-west-1:111122223333:alerts".to_owned()],
        state: None,
    })
}

impl AlarmMaker {
    pub fn of(mut self, dimension: &str, value: &str) -> Self {
        self.0.dimensions.insert(dimension.to_owned(), value.to_owned());
        self
    }

    pub fn mute(mut self) -> Self {
        self.0.actions.clear();
        self
    }

    pub fn expression(mut self) -> Self {
        self.0.metric = None;
        self
    }
}

/// A rule under construction.
#[derive(Clone)]
pub(crate) struct RuleMaker(EventRule);

/// An enabled one with that pattern, and a target.
pub(crate) fn rule(name: &str, pattern: &str) -> RuleMaker {
    RuleMaker(EventRule {
        name: name.to_owned(),
        state: "ENABLED".to_owned(),
        pattern: Some(pattern.to_owned()),
        targets: read(vec!["arn:aws:sns:eu-west-1:111122223333:alerts".to_owned()]),
    })
}

impl RuleMaker {
    pub fn disabled(mut self) -> Self {
        "DISABLED".clone_into(&mut self.0.state);
        self
    }

    pub fn without_targets(mut self) -> Self {
        self.0.targets = read(Vec::new());
        self
    }

    pub fn targets_denied(mut self) -> Self {
        self.0.targets = denied("events", "ListTargetsByRule");
        self
    }
}

/// An event data store under construction.
#[derive(Clone)]
pub(crate) struct StoreMaker(EventDataStore);

/// A protected one that records all management events for a year, without a key.
pub(crate) fn store(name: &str) -> StoreMaker {
    StoreMaker(EventDataStore {
        arn: format!("arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/{name}"),
        name: read(name.to_owned()),
        status: read("ENABLED".to_owned()),
        multi_region: read(true),
        organization: read(false),
        retention_days: read(366),
        termination_protection: read(true),
        key: read(None),
        selectors: read(all_management(&[])),
    })
}

fn all_management(excluded: &[&str]) -> Selectors {
    let excluded = excluded.iter().map(ToString::to_string).collect();
    let data = Vec::new();
    Selectors::Classic(vec![ClassicSelector { management: true, read_write: "All".to_owned(), excluded, data }])
}

impl StoreMaker {
    pub fn change(mut self, change: impl FnOnce(&mut EventDataStore)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn without_kms(mut self) -> Self {
        self.0.selectors = read(all_management(&["kms.amazonaws.com"]));
        self
    }

    pub fn key(mut self, id: &str) -> Self {
        self.0.key = read(Some(by_id(id)));
        self
    }

    pub fn unprotected(mut self) -> Self {
        self.0.termination_protection = read(false);
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.selectors = denied("cloudtrail", "GetEventDataStore");
        self.0.key = denied("cloudtrail", "GetEventDataStore");
        self
    }
}

/// A role of the account with those statements, each in a policy of its own.
pub(crate) fn role(name: &str, statements: &[&str]) -> Principal {
    let policy = |(i, statement): (usize, &&str)| IdentityPolicy {
        name: format!("policy-{i}"),
        text: format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#),
    };
    Principal {
        kind: PrincipalKind::Role,
        arn: format!("arn:aws:iam::111122223333:role/{name}"),
        name: name.to_owned(),
        trust: None,
        policies: statements.iter().enumerate().map(policy).collect(),
        boundary: None,
        unread: Vec::new(),
    }
}

/// A policy of the organization under construction.
#[derive(Clone)]
pub(crate) struct PolicyMaker(ControlPolicy);

/// A service control policy that denies those actions (as JSON) to everybody, at the root.
pub(crate) fn guardrail(actions: &str) -> PolicyMaker {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Stop","Effect":"Deny","Action":[{actions}],"Resource":"*"}}]}}"#
    );
    PolicyMaker(ControlPolicy {
        id: "p-12345678".to_owned(),
        name: "guardrail".to_owned(),
        kind: "SERVICE_CONTROL_POLICY".to_owned(),
        aws_managed: false,
        owner: Some("999988887777".to_owned()),
        text: read(text),
        targets: read(vec!["r-abcd".to_owned()]),
    })
}

impl PolicyMaker {
    pub fn on(mut self, target: &str) -> Self {
        self.0.targets = read(vec![target.to_owned()]);
        self
    }

    /// Of the organization with that management account.
    pub fn of(mut self, account: &str) -> Self {
        self.0.owner = Some(account.to_owned());
        self
    }

    /// A resource control policy.
    pub fn resources(mut self) -> Self {
        "RESOURCE_CONTROL_POLICY".clone_into(&mut self.0.kind);
        self
    }

    pub fn text_denied(mut self) -> Self {
        self.0.text = denied("organizations", "DescribePolicy");
        self
    }

    pub fn targets_denied(mut self) -> Self {
        self.0.targets = denied("organizations", "ListTargetsForPolicy");
        self
    }
}

/// A grant without a constraint for that grantee, with the operations that Firehose needs.
pub(crate) fn grant(grantee: &str) -> Grant {
    Grant {
        id: format!("grant-{}", grantee.len()),
        name: None,
        grantee: Some(grantee.to_owned()),
        retiring: None,
        issuer: Some("arn:aws:iam::111122223333:root".to_owned()),
        created: Some(now()),
        operations: vec!["Decrypt".to_owned(), "GenerateDataKey".to_owned()],
        context: crate::model::stream::Tags::new(),
        source_arn: None,
    }
}

impl StreamMaker {
    /// The role of that name reads the source.
    pub fn source_role(mut self, name: &str) -> Self {
        if let Ok(access) = &mut self.0.source_access {
            access.value.role = Some(format!("arn:aws:iam::111122223333:role/{name}"));
        }
        self
    }

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
        at: Citation { ev: Ev(4), pointer: format!("/{bucket}").into() },
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
    let at = Citation { ev: Ev(4), pointer: "/main".into() };
    if part != S3Part::Delivery {
        own.at.pointer = "/main/S3DestinationDescription".into();
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
        unnamed: None,
        tables: Vec::new(),
        warehouse: None,
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

    /// One more table of Iceberg.
    pub fn writes(self, database: &str, name: &str) -> Self {
        self.change(|d| d.tables.push(iceberg(database, name)))
    }

    /// Names that domain, collection or cluster.
    pub fn stored(self, given: &str) -> Self {
        self.change(|d| d.store = Some(given.to_owned()))
    }

    /// Its place beside S3 is not named.
    pub fn unnamed(self) -> Self {
        let gap = denied::<()>("firehose", "DescribeDeliveryStream").expect_err("a gap");
        self.change(|d| d.unnamed = Some(gap.of_kind(GapKind::NotAsked)))
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
        mfa_delete: read(false),
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
        self.change(|b| {
            b.versioning = denied("s3", "GetBucketVersioning");
            b.mfa_delete = denied("s3", "GetBucketVersioning");
        })
    }

    pub fn mfa_delete(self) -> Self {
        self.change(|b| b.mfa_delete = read(true))
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

    /// One more rule, for some objects by more than a prefix.
    pub fn expires_some(self, days: u64) -> Self {
        self.expires("", days).change(|b| {
            b.lifecycle.as_mut().unwrap().value.iter_mut().for_each(|rule| rule.filtered = true);
        })
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

fn iceberg(database: &str, name: &str) -> Table {
    Table { catalog: Some(account().to_string()), database: database.to_owned(), name: name.to_owned() }
}

/// A domain under construction.
#[derive(Clone)]
pub(crate) struct DomainMaker(Domain);

/// One that is not encrypted, and takes requests without TLS.
pub(crate) fn domain(given: &str) -> DomainMaker {
    DomainMaker(Domain { given: given.to_owned(), key: read(None), node_to_node: read(false), https: read(false) })
}

impl DomainMaker {
    pub fn key(mut self, id: &str) -> Self {
        self.0.key = read(Some(by_id(id)));
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.key = denied("es", "DescribeDomain");
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
    pub fn grants(mut self, grants: Vec<Grant>) -> Self {
        self.0.grants = read(grants);
        self
    }

    pub fn grants_denied(mut self) -> Self {
        self.0.grants = denied("kms", "ListGrants");
        self
    }
}
