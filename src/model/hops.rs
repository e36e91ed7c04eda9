//! What surrounds the streams of one Region: their sources and stores, the logs, rules and alarms, the metrics.

use super::names::{AccountId, Region};
use super::reading::{Citation, Gap, GapFacts, GapKind, Read, Reading};
use super::refer::{KeyMeant, Site};
use super::text::Text;
use super::time::Time;
use std::collections::BTreeMap;

/// The further reads of one account and Region. Each list has one entry for each thing that something refers to, in
/// the order of names; what could not be read is there with its gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Hops {
    /// Kinesis data streams that are sources, by ARN.
    pub kinesis: Vec<KinesisStream>,
    /// MSK clusters that are sources, by ARN.
    pub msk: Vec<MskCluster>,
    /// Redshift clusters that are destinations, by identifier.
    pub redshift: Vec<RedshiftCluster>,
    /// Domains of `OpenSearch` and Elasticsearch that are destinations, by ARN or address as streams name them.
    pub domains: Vec<Domain>,
    /// Collections of `OpenSearch` Serverless that are destinations, by address.
    pub collections: Vec<Collection>,
    /// Tables of Glue's catalog that Iceberg destinations write.
    pub tables: Vec<IcebergTable>,
    /// Secrets with the credentials of destinations and sources, by ARN.
    pub secrets: Vec<StoredSecret>,
    /// Log groups of error logging and of trails, by name.
    pub log_groups: Vec<LogGroup>,
    /// Metric filters of the log groups that trails of this Region deliver to.
    pub metric_filters: Reading<Vec<MetricFilter>>,
    /// The alarms of the Region.
    pub alarms: Reading<Vec<Alarm>>,
    /// The alarms of the Region that go off by the states of others.
    pub composites: Reading<Vec<CompositeAlarm>>,
    /// The rules on the default event bus.
    pub rules: Reading<Vec<EventRule>>,
    /// The topics of this Region that rules and alarms send to, by ARN: who is told by each.
    pub topics: BTreeMap<String, Reading<Vec<Subscription>>>,
    /// `CloudTrail` Lake.
    pub event_data_stores: Reading<Vec<EventDataStore>>,
    /// Alias to key id, of the whole Region.
    pub aliases: Reading<BTreeMap<String, String>>,
    /// Metrics by stream name.
    pub metrics: BTreeMap<String, Reading<Metrics>>,
}

/// A reference to a key, as something wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRef {
    /// A key's ARN, its id, an alias or an alias's ARN.
    pub given: String,
    /// The ARN of the key that it stands for.
    pub arn: Reading<String>,
}

/// A Kinesis data stream that a stream reads from.
#[derive(Clone, Debug, PartialEq)]
pub struct KinesisStream {
    /// Its ARN.
    pub arn: String,
    /// `DescribeStreamSummary`: the key, or `None` where the stream is not encrypted.
    pub encryption: Reading<Option<KeyRef>>,
    /// `RetentionPeriodHours`.
    pub retention_hours: Reading<u64>,
}

/// An MSK cluster that a stream reads from.
#[derive(Clone, Debug, PartialEq)]
pub struct MskCluster {
    /// Its ARN.
    pub arn: String,
    /// Whether it is serverless: then its encryption is AWS's business and has no key to name.
    pub serverless: Reading<bool>,
    /// The key of its volumes.
    pub volume_key: Reading<KeyRef>,
    /// `TLS`, `TLS_PLAINTEXT` or `PLAINTEXT` between clients and brokers.
    pub client_broker: Reading<String>,
    /// Whether brokers speak TLS with each other.
    pub in_cluster: Reading<bool>,
}

/// A Redshift cluster that a stream delivers to.
#[derive(Clone, Debug, PartialEq)]
pub struct RedshiftCluster {
    /// `ClusterIdentifier`.
    pub id: String,
    /// `Encrypted`.
    pub encrypted: Reading<bool>,
    /// `KmsKeyId`; `None` where it is encrypted without KMS, or not.
    pub key: Reading<Option<KeyRef>>,
    /// `PubliclyAccessible`.
    pub public: Reading<bool>,
}

/// A domain of `OpenSearch` or Elasticsearch that a stream delivers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// Its ARN or its address, as the stream names it.
    pub given: String,
    /// `EncryptionAtRestOptions`: the key, or `None` where it is not encrypted.
    pub key: Reading<Option<KeyRef>>,
    /// Whether its nodes speak TLS with each other.
    pub node_to_node: Reading<bool>,
    /// Whether it takes no request without TLS, whoever asks.
    pub https: Reading<bool>,
}

/// A collection of `OpenSearch` Serverless that a stream delivers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Its address, as the stream names it.
    pub given: String,
    /// `kmsKeyArn`; `None` where AWS encrypts with a key of its own.
    pub key: Reading<Option<KeyRef>>,
}

/// A table of Glue's catalog that a stream writes.
#[derive(Clone, Debug, PartialEq)]
pub struct IcebergTable {
    /// Which one.
    pub table: super::destination::Table,
    /// The bucket of its files.
    pub bucket: Reading<String>,
}

/// A secret of Secrets Manager.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSecret {
    /// Its ARN.
    pub arn: String,
    /// `KmsKeyId`; `None` where it is the key that AWS manages for Secrets Manager.
    pub key: Reading<Option<KeyRef>>,
}

/// A log group.
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// `kmsKeyId`; `None` where `CloudWatch` Logs encrypts with a key of its own.
    pub key: Reading<Option<KeyRef>>,
    /// `retentionInDays`; `None` is for ever.
    pub retention_days: Reading<Option<u64>>,
}

/// A metric filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricFilter {
    /// Its log group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The pattern, as its owner wrote it.
    pub pattern: String,
    /// Namespace and name of each metric that it feeds.
    pub metrics: Vec<(String, String)>,
}

/// A metric alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Namespace and name of its metric; `None` for one that works on expressions.
    pub metric: Option<(String, String)>,
    /// Its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// Whether its actions are switched on.
    pub actions_enabled: bool,
    /// What it does when it goes off.
    pub actions: Vec<String>,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub state: Option<String>,
}

/// An alarm that goes off by the states of other alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompositeAlarm {
    /// Its name.
    pub name: String,
    /// `AlarmRule`, such as `ALARM(a) OR ALARM(b)`.
    pub rule: String,
    /// Whether its actions are switched on.
    pub actions_enabled: bool,
    /// What it does when it goes off.
    pub actions: Vec<String>,
    /// The alarm that keeps its actions back while it is in alarm.
    pub suppressor: Option<String>,
}

/// One that a topic tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// `email`, `lambda`, `https` …
    pub protocol: String,
    /// Whether it was confirmed: nothing is sent to one that was not.
    pub confirmed: bool,
}

/// An `EventBridge` rule.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// `ENABLED`, `DISABLED`, `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: String,
    /// The pattern as JSON text, for a rule that has one.
    pub pattern: Option<String>,
    /// The ARNs of its targets; asked of rules only whose pattern can match an event of KMS or `CloudTrail`.
    pub targets: Reading<Vec<String>>,
}

/// An event data store of `CloudTrail` Lake.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDataStore {
    /// Its ARN.
    pub arn: String,
    /// `Name`.
    pub name: Reading<String>,
    /// `Status`.
    pub status: Reading<String>,
    /// `MultiRegionEnabled`.
    pub multi_region: Reading<bool>,
    /// `OrganizationEnabled`.
    pub organization: Reading<bool>,
    /// `RetentionPeriod` in days.
    pub retention_days: Reading<u64>,
    /// `TerminationProtectionEnabled`.
    pub termination_protection: Reading<bool>,
    /// `KmsKeyId`; `None` where `CloudTrail` encrypts with a key of its own.
    pub key: Reading<Option<KeyRef>>,
    /// Which events it stores.
    pub selectors: Reading<super::trail::Selectors>,
}

/// What `CloudWatch` counted for one stream in the window. An empty list is no data point: no traffic, or nothing of
/// the kind; never 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Metric name to its points.
    pub points: BTreeMap<Text, Vec<MetricPoint>>,
}

/// One day of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricPoint {
    /// The day's beginning.
    pub time: Time,
    /// Sum of the `KMSKey*` metrics, average of `*.Success`.
    pub value: f64,
}

/// The key that a reference stands for: by its ARN, its id, or an alias of the Region.
///
/// An alias is never asked of KMS (that could create a key): the Region's listing is the only source, so an alias of
/// another account or Region stays unknown.
///
/// # Errors
/// The gap, when no answer tells which key is meant.
pub fn resolve(
    aliases: &Reading<BTreeMap<String, String>>,
    site: Site<'_>,
    given: &str,
    at: &Citation,
) -> Reading<String> {
    let gap = |what, kind, why| unasked(site.account, site.region, what, given, why).of_kind(kind);
    let describe = ("kms", "DescribeKey");
    match site.key(given) {
        // A key's own ARN needs no other answer: the place that cites it is the place that gave it.
        KeyMeant::Arn(arn) => Ok(Read { value: arn, at: at.clone() }),
        KeyMeant::Alias(name) => {
            let names = aliases.as_ref().map_err(Clone::clone)?;
            let why = "the Region's listing has no alias of that name with a key behind it";
            let id = names.value.get(&name).ok_or_else(|| gap(("kms", "ListAliases"), GapKind::Vanished, why))?;
            Ok(Read { value: site.key_arn(id), at: names.at.clone() })
        }
        KeyMeant::Elsewhere => {
            let why = "the alias is of another account or Region, and is not asked by name";
            Err(gap(describe, GapKind::NotAsked, why))
        }
        KeyMeant::Nothing => Err(gap(describe, GapKind::NotAsked, "it is neither a key's ARN or id nor an alias")),
    }
}

/// The metrics that say that a key failed a stream.
pub const KEY_METRICS: [&str; 4] = ["KMSKeyAccessDenied", "KMSKeyDisabled", "KMSKeyInvalidState", "KMSKeyNotFound"];

/// A gap of a thing that was never asked about.
#[must_use]
pub fn unasked(
    account: &AccountId,
    region: &Region,
    (service, operation): (&str, &str),
    subject: &str,
    why: &str,
) -> Gap {
    Gap::from(GapFacts {
        account: account.clone(),
        region: region.clone(),
        service: service.into(),
        operation: operation.into(),
        subject: subject.to_owned(),
        kind: GapKind::NotAsked,
        code: None,
        detail: why.to_owned(),
        record: None,
    })
}

impl Hops {
    /// Of a place about which nothing further was asked.
    #[must_use]
    pub fn unasked(account: &AccountId, region: &Region) -> Self {
        let gap = |what| unasked(account, region, what, "", "the call was not made");
        Self {
            kinesis: Vec::new(),
            msk: Vec::new(),
            redshift: Vec::new(),
            domains: Vec::new(),
            collections: Vec::new(),
            tables: Vec::new(),
            secrets: Vec::new(),
            log_groups: Vec::new(),
            metric_filters: Err(gap(("logs", "DescribeMetricFilters"))),
            alarms: Err(gap(("cloudwatch", "DescribeAlarms"))),
            composites: Err(gap(("cloudwatch", "DescribeAlarms"))),
            rules: Err(gap(("events", "ListRules"))),
            topics: BTreeMap::new(),
            event_data_stores: Err(gap(("cloudtrail", "ListEventDataStores"))),
            aliases: Err(gap(("kms", "ListAliases"))),
            metrics: BTreeMap::new(),
        }
    }

    /// Of a place that is unknown for one reason.
    #[must_use]
    pub fn unread(gap: &Gap) -> Self {
        Self {
            metric_filters: Err(gap.clone()),
            alarms: Err(gap.clone()),
            composites: Err(gap.clone()),
            rules: Err(gap.clone()),
            topics: BTreeMap::new(),
            event_data_stores: Err(gap.clone()),
            aliases: Err(gap.clone()),
            ..Self::unasked(&gap.account, &gap.region)
        }
    }

    /// The gaps of these readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let mut gaps: Vec<&Gap> = Vec::new();
        for stream in &self.kinesis {
            gaps.extend(stream.encryption.as_ref().err());
            gaps.extend(stream.retention_hours.as_ref().err());
            gaps.extend(
                stream.encryption.as_ref().ok().and_then(|e| e.value.as_ref()).and_then(|k| k.arn.as_ref().err()),
            );
        }
        for cluster in &self.msk {
            gaps.extend(cluster.serverless.as_ref().err());
            gaps.extend(cluster.volume_key.as_ref().err());
            gaps.extend(cluster.volume_key.as_ref().ok().and_then(|k| k.value.arn.as_ref().err()));
            gaps.extend(cluster.client_broker.as_ref().err());
            gaps.extend(cluster.in_cluster.as_ref().err());
        }
        for cluster in &self.redshift {
            gaps.extend(cluster.encrypted.as_ref().err());
            gaps.extend(key_gaps(&cluster.key));
            gaps.extend(cluster.public.as_ref().err());
        }
        for domain in &self.domains {
            gaps.extend(key_gaps(&domain.key));
            gaps.extend(domain.node_to_node.as_ref().err());
            gaps.extend(domain.https.as_ref().err());
        }
        gaps.extend(self.collections.iter().filter_map(|c| key_gaps(&c.key)));
        gaps.extend(self.tables.iter().filter_map(|t| t.bucket.as_ref().err()));
        gaps.extend(self.secrets.iter().filter_map(|s| key_gaps(&s.key)));
        for group in &self.log_groups {
            gaps.extend(key_gaps(&group.key));
            gaps.extend(group.retention_days.as_ref().err());
        }
        gaps.extend(self.metric_filters.as_ref().err());
        gaps.extend(self.alarms.as_ref().err());
        // One listing gives both.
        gaps.extend(self.composites.as_ref().err().filter(|_| self.alarms.is_ok()));
        match &self.rules {
            Ok(rules) => gaps.extend(rules.value.iter().filter_map(|r| r.targets.as_ref().err())),
            Err(gap) => gaps.push(gap),
        }
        gaps.extend(self.topics.values().filter_map(|t| t.as_ref().err()));
        match &self.event_data_stores {
            Ok(stores) => gaps.extend(stores.value.iter().flat_map(EventDataStore::gaps)),
            Err(gap) => gaps.push(gap),
        }
        gaps.extend(self.metrics.values().filter_map(|m| m.as_ref().err()));
        gaps
    }

    /// Every key that something here refers to.
    pub fn keys(&self) -> impl Iterator<Item = &KeyRef> {
        let kinesis = self.kinesis.iter().filter_map(|s| s.encryption.as_ref().ok()?.value.as_ref());
        let msk = self.msk.iter().filter_map(|c| c.volume_key.as_ref().ok()).map(|k| &k.value);
        let redshift = self.redshift.iter().filter_map(|c| c.key.as_ref().ok()?.value.as_ref());
        let domains = self.domains.iter().map(|d| &d.key).chain(self.collections.iter().map(|c| &c.key));
        let optional = domains.chain(self.secrets.iter().map(|s| &s.key));
        let optional = optional.filter_map(|key| key.as_ref().ok()?.value.as_ref());
        let groups = self.log_groups.iter().filter_map(|g| g.key.as_ref().ok()?.value.as_ref());
        let stores = self.event_data_stores.iter().flat_map(|s| &s.value);
        let stores = stores.filter_map(|s| s.key.as_ref().ok()?.value.as_ref());
        kinesis.chain(msk).chain(redshift).chain(optional).chain(groups).chain(stores)
    }
}

fn key_gaps(key: &Reading<Option<KeyRef>>) -> Option<&Gap> {
    match key {
        Ok(read) => read.value.as_ref()?.arn.as_ref().err(),
        Err(gap) => Some(gap),
    }
}

impl EventDataStore {
    fn gaps(&self) -> Vec<&Gap> {
        let own = [
            self.name.as_ref().err(),
            self.status.as_ref().err(),
            self.multi_region.as_ref().err(),
            self.organization.as_ref().err(),
            self.retention_days.as_ref().err(),
            self.termination_protection.as_ref().err(),
            key_gaps(&self.key),
            self.selectors.as_ref().err(),
        ];
        own.into_iter().flatten().collect()
    }
}
