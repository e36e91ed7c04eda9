//! What surrounds the streams of a Region: sources, stores, logs, rules, alarms, metrics.

use super::answers::{Answer, Fields, Here, malformed};
use super::references::Aliases;
use super::stores;
use super::xml::{flag, items};
use crate::model::hops::{
    Alarm, CompositeAlarm, EventDataStore, EventRule, Hops, KeyRef, KinesisStream, LogGroup, MetricFilter, MetricPoint,
    Metrics, MskCluster, RedshiftCluster, Subscription,
};
use crate::model::operation::{
    DESCRIBE_ALARMS, DESCRIBE_CLUSTER_V2, DESCRIBE_CLUSTERS, DESCRIBE_LOG_GROUPS, DESCRIBE_METRIC_FILTERS,
    DESCRIBE_STREAM_SUMMARY, GET_EVENT_DATA_STORE, GET_METRIC_DATA, LIST_EVENT_DATA_STORES, LIST_RULES,
    LIST_SUBSCRIPTIONS_BY_TOPIC, LIST_TARGETS_BY_RULE, Operation,
};
use crate::model::reading::{Citation, Gap, GapKind, Read, Reading};
use crate::model::stream::{Source, Stream};
use crate::model::trail::Trail;
use crate::model::{refer, time};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Everything that the streams and trails of this place refer to, once each.
pub(super) fn hops(here: &Here<'_>, streams: &[Stream], trails: &Reading<Vec<Trail>>, aliases: &Aliases<'_>) -> Hops {
    let sources: Vec<&Source> = streams.iter().filter_map(|s| s.source.as_ref().ok()).map(|s| &s.value).collect();
    let named = |pick: fn(&Source) -> Option<&String>| -> BTreeSet<&str> {
        sources.iter().filter_map(|s| pick(s)).map(String::as_str).collect()
    };
    let kinesis = named(|s| if let Source::Kinesis { arn } = s { arn.as_ref() } else { None });
    let msk = named(|s| if let Source::Msk { arn } = s { arn.as_ref() } else { None });
    let destinations = || streams.iter().filter_map(|s| s.deliveries.as_ref().ok()).flat_map(|d| &d.value);
    let redshift: BTreeSet<&str> = destinations()
        .filter(|d| d.kind == crate::model::destination::DestinationKind::Redshift)
        .filter_map(|d| d.store.as_deref())
        .collect();
    let of_trails = trail_groups(aliases, trails);
    let mut groups: BTreeSet<&str> = destinations().flat_map(|d| d.log_groups()).collect();
    groups.extend(of_trails.iter().copied());
    let (metric_filters, alarms, rules) = (metric_filters(here, trails, &of_trails), alarms(here), rules(here));
    let composites = composites(here);
    let topics = topics(here, &rules, (&alarms, &composites), &metric_filters);
    Hops {
        kinesis: each(here, &DESCRIBE_STREAM_SUMMARY, "StreamARN", kinesis, |arn, found| {
            kinesis_stream(arn, found, aliases)
        }),
        msk: each(here, &DESCRIBE_CLUSTER_V2, "ClusterArn", msk, |arn, found| msk_cluster(arn, found, aliases)),
        redshift: each(here, &DESCRIBE_CLUSTERS, "ClusterIdentifier", redshift, |id, found| {
            redshift_cluster(id, found, aliases)
        }),
        domains: stores::domains(here, streams, aliases),
        collections: stores::collections(here, streams, aliases),
        tables: stores::tables(here, streams),
        secrets: stores::secrets(here, streams, aliases),
        log_groups: each(here, &DESCRIBE_LOG_GROUPS, "logGroupNamePrefix", groups, |name, found| {
            log_group(name, found, aliases)
        }),
        metric_filters,
        alarms,
        composites,
        topics,
        rules,
        event_data_stores: event_data_stores(here, aliases),
        aliases: aliases.names.clone(),
        metrics: metrics(here, streams),
    }
}

/// One entry for each thing that is referred to, with the record that tells of it, if there is one.
fn each<'a, T>(
    here: &Here<'a>,
    operation: &Operation,
    parameter: &str,
    named: BTreeSet<&str>,
    read: impl Fn(&str, Result<Answer<'a>, Gap>) -> T,
) -> Vec<T> {
    let found = here.by_parameter(operation, parameter);
    named.into_iter().map(|name| read(name, here.one(found.get(name), operation, name))).collect()
}

type Found<'a> = Result<Answer<'a>, Gap>;

/// A key that is named where it is a customer's choice, and left out or empty where it is not.
pub(super) fn optional_key(fields: &Fields<'_>, name: &str, aliases: &Aliases<'_>) -> Reading<Option<KeyRef>> {
    let at = fields.at(name);
    match fields.optional_text(name)?.filter(|k| !k.is_empty()) {
        Some(given) => Ok(Read { value: Some(aliases.resolve(&given, &at)), at }),
        // What is not there has no place of its own: the whole says that it is not.
        None => Ok(fields.whole(None)),
    }
}

fn kinesis_stream(arn: &str, found: Found<'_>, aliases: &Aliases<'_>) -> KinesisStream {
    let base = "/StreamDescriptionSummary";
    let about = found.and_then(|record| {
        let fields = Fields { record, base, subject: arn };
        let same = fields.text("StreamARN")?.value == arn;
        if same { Ok(record) } else { Err(fields.gap("StreamARN", "names another stream than the one asked for")) }
    });
    match about {
        Err(gap) => KinesisStream { arn: arn.to_owned(), encryption: Err(gap.clone()), retention_hours: Err(gap) },
        Ok(record) => {
            let fields = Fields { record, base, subject: arn };
            let encryption = fields.text("EncryptionType").and_then(|kind| match kind.value.as_str() {
                "NONE" => Ok(Read { value: None, at: kind.at }),
                "KMS" => {
                    let given = fields.text("KeyId")?;
                    Ok(given.clone().map(|text| Some(aliases.resolve(&text, &given.at))))
                }
                _ => Err(fields.gap("EncryptionType", "is neither NONE nor KMS")),
            });
            KinesisStream {
                arn: arn.to_owned(),
                encryption,
                retention_hours: fields.parse("RetentionPeriodHours", Value::as_u64),
            }
        }
    }
}

fn msk_cluster(arn: &str, found: Found<'_>, aliases: &Aliases<'_>) -> MskCluster {
    let arn = arn.to_owned();
    let record = match found {
        Ok(record) => record,
        Err(gap) => {
            return MskCluster {
                serverless: Err(gap.clone()),
                volume_key: Err(gap.clone()),
                client_broker: Err(gap.clone()),
                in_cluster: Err(gap),
                arn,
            };
        }
    };
    let fields = Fields { record, base: "/clusterInfo", subject: &arn };
    let serverless = fields.parse("clusterType", |v| match v.as_str()? {
        "SERVERLESS" => Some(true),
        "PROVISIONED" => Some(false),
        _ => None,
    });
    let is_serverless = serverless.as_ref().is_ok_and(|s| s.value);
    let inner = |base: &'static str| Fields { record, base, subject: &arn };
    let rest = inner("/clusterInfo/provisioned/encryptionInfo/encryptionAtRest");
    let transit = inner("/clusterInfo/provisioned/encryptionInfo/encryptionInTransit");
    let of_provisioned = |gap: Gap| {
        let why = "a serverless cluster has no such setting: AWS encrypts its storage and speaks TLS only";
        let mut gap = gap;
        if is_serverless {
            gap.change(|gap| (gap.kind, gap.detail) = (GapKind::Inapplicable, why.to_owned()));
        }
        gap
    };
    MskCluster {
        volume_key: rest
            .text("dataVolumeKMSKeyId")
            .map(|given| given.clone().map(|text| aliases.resolve(&text, &given.at)))
            .map_err(of_provisioned),
        client_broker: transit.text("clientBroker").map_err(of_provisioned),
        in_cluster: transit.flag("inCluster").map_err(of_provisioned),
        serverless,
        arn,
    }
}

fn redshift_cluster(id: &str, found: Found<'_>, aliases: &Aliases<'_>) -> RedshiftCluster {
    let base = "/DescribeClustersResponse/DescribeClustersResult/Clusters/Cluster";
    let about = found.and_then(|record| {
        let fields = Fields { record, base, subject: id };
        let same = fields.text("ClusterIdentifier")?.value.eq_ignore_ascii_case(id);
        if same { Ok(record) } else { Err(fields.gap("ClusterIdentifier", "names another cluster")) }
    });
    match about {
        Err(gap) => {
            RedshiftCluster { id: id.to_owned(), encrypted: Err(gap.clone()), key: Err(gap.clone()), public: Err(gap) }
        }
        Ok(record) => {
            let fields = Fields { record, base, subject: id };
            let key = optional_key(&fields, "KmsKeyId", aliases);
            RedshiftCluster {
                id: id.to_owned(),
                encrypted: fields.parse("Encrypted", flag),
                key,
                public: fields.parse("PubliclyAccessible", flag),
            }
        }
    }
}

fn log_group(name: &str, found: Found<'_>, aliases: &Aliases<'_>) -> LogGroup {
    let place = found.and_then(|record| {
        let list = record.body["logGroups"].as_array();
        let list = list.ok_or_else(|| malformed(&record, name, "the answer holds no list of log groups"))?;
        // The list is in the order of names, so one that begins with the name and is the name comes first.
        match list.iter().position(|g| g["logGroupName"] == name) {
            Some(i) => Ok((record, format!("/logGroups/{i}"))),
            None if record.body["nextToken"].is_string() => {
                let detail = "the answer ends before the log group that was asked for";
                Err(malformed(&record, name, detail).of_kind(GapKind::Incomplete))
            }
            None => {
                let detail = "there is no log group of that name";
                Err(malformed(&record, name, detail).of_kind(GapKind::Vanished))
            }
        }
    });
    match place {
        Err(gap) => LogGroup { name: name.to_owned(), key: Err(gap.clone()), retention_days: Err(gap) },
        Ok((record, base)) => {
            let fields = Fields { record, base: &base, subject: name };
            LogGroup {
                name: name.to_owned(),
                key: optional_key(&fields, "kmsKeyId", aliases),
                retention_days: fields.optional("retentionInDays", Value::as_u64).map(|days| fields.whole(days)),
            }
        }
    }
}

/// The name in `arn:aws:logs:<Region>:<account>:log-group:<name>:*`, for groups of this place.
fn trail_groups<'t>(aliases: &Aliases<'_>, trails: &'t Reading<Vec<Trail>>) -> BTreeSet<&'t str> {
    let groups = trails.iter().flat_map(|t| &t.value).filter_map(|t| t.log_group.as_deref());
    groups.filter_map(|arn| aliases.site.log_group(arn)).collect()
}

/// A listing that pages by a token: what it holds, when it came to its end.
fn listing<T>(
    here: &Here<'_>,
    found: &[Answer<'_>],
    operation: &Operation,
    subject: &str,
    (list, token): (&str, &str),
    read: impl Fn(&Fields<'_>) -> Result<T, Gap>,
) -> Reading<Vec<T>> {
    let more = |body: &Value| match body.get(token) {
        None | Some(Value::Null) => Some(false),
        Some(Value::String(token)) => Some(!token.is_empty()),
        Some(_) => None,
    };
    let (end, pages) = here.pages(found, operation, subject, more);
    end?;
    let mut all = Vec::new();
    for page in &pages {
        let length = match page.body.get(list) {
            Some(Value::Array(items)) => items.len(),
            // Some services leave an empty list out.
            None | Some(Value::Null) => 0,
            Some(_) => return Err(malformed(page, subject, &format!("{list} is not a list"))),
        };
        for i in 0..length {
            let base = format!("/{list}/{i}");
            all.push(read(&Fields { record: *page, base: &base, subject })?);
        }
    }
    let end = pages.last().ok_or_else(|| here.gap(operation, subject, GapKind::NotAsked, "the call was not made"))?;
    Ok(Read { value: all, at: Citation { ev: end.ev, pointer: format!("/{list}").into() } })
}

/// The filters of every group that a trail delivers to. No such group: there is nothing that a filter could see.
fn metric_filters(
    here: &Here<'_>,
    trails: &Reading<Vec<Trail>>,
    groups: &BTreeSet<&str>,
) -> Reading<Vec<MetricFilter>> {
    let at = trails.as_ref().map_err(Clone::clone)?.at.clone();
    let found = here.by_parameter(&DESCRIBE_METRIC_FILTERS, "logGroupName");
    let mut all = Read { value: Vec::new(), at };
    for group in groups {
        let records = found.get(group).map_or(&[][..], Vec::as_slice);
        let lists = ("metricFilters", "nextToken");
        let filters = listing(here, records, &DESCRIBE_METRIC_FILTERS, group, lists, |fields| {
            let feeds = fields.get("metricTransformations").and_then(Value::as_array).into_iter().flatten();
            let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
            Ok(MetricFilter {
                group: (*group).to_owned(),
                name: fields.text("filterName")?.value,
                pattern: fields.optional_text("filterPattern")?.unwrap_or_default(),
                metrics: feeds.map(|f| (text(f, "metricNamespace"), text(f, "metricName"))).collect(),
            })
        })?;
        all.value.extend(filters.value);
        all.at = filters.at;
    }
    Ok(all)
}

fn alarms(here: &Here<'_>) -> Reading<Vec<Alarm>> {
    let lists = ("MetricAlarms", "NextToken");
    listing(here, &here.all(&DESCRIBE_ALARMS), &DESCRIBE_ALARMS, "", lists, |fields| {
        let metric = fields.optional_text("Namespace")?.zip(fields.optional_text("MetricName")?);
        let dimensions = fields.get("Dimensions").and_then(Value::as_array).into_iter().flatten();
        let pair = |d: &Value| Some((d["Name"].as_str()?.to_owned(), d["Value"].as_str()?.to_owned()));
        Ok(Alarm {
            name: fields.text("AlarmName")?.value,
            metric,
            dimensions: dimensions.filter_map(pair).collect(),
            actions_enabled: fields.flag("ActionsEnabled")?.value,
            actions: actions(fields)?,
            state: fields.optional_text("StateValue")?,
        })
    })
}

fn composites(here: &Here<'_>) -> Reading<Vec<CompositeAlarm>> {
    let found = here.all(&DESCRIBE_ALARMS);
    // Without a word on the kinds of alarms AWS gives metric alarms only.
    let asked = |record: &Answer<'_>| {
        let kinds = record.parameters.value("AlarmTypes");
        kinds.is_some_and(|kinds| kinds.as_array().is_some_and(|kinds| kinds.iter().any(|k| k == "CompositeAlarm")))
    };
    if !found.iter().all(asked) {
        return Err(here.gap(&DESCRIBE_ALARMS, "", GapKind::NotAsked, "composite alarms were not asked for"));
    }
    listing(here, &found, &DESCRIBE_ALARMS, "", ("CompositeAlarms", "NextToken"), |fields| {
        Ok(CompositeAlarm {
            name: fields.text("AlarmName")?.value,
            rule: fields.text("AlarmRule")?.value,
            actions_enabled: fields.flag("ActionsEnabled")?.value,
            actions: actions(fields)?,
            suppressor: fields.optional_text("ActionsSuppressor")?.filter(|s| !s.is_empty()),
        })
    })
}

/// What an alarm does when it goes off; AWS may leave an empty list out.
fn actions(fields: &Fields<'_>) -> Result<Vec<String>, Gap> {
    let text = |action: &Value| action.as_str().map(ToOwned::to_owned);
    let actions = fields.optional("AlarmActions", |v| v.as_array()?.iter().map(text).collect::<Option<Vec<_>>>())?;
    Ok(actions.unwrap_or_default())
}

fn rules(here: &Here<'_>) -> Reading<Vec<EventRule>> {
    let targets = here.by_parameter(&LIST_TARGETS_BY_RULE, "Rule");
    listing(here, &here.all(&LIST_RULES), &LIST_RULES, "", ("Rules", "NextToken"), |fields| {
        let name = fields.text("Name")?.value;
        let pattern = fields.optional_text("EventPattern")?;
        let found = targets.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let asked = pattern.as_deref().is_some_and(refer::may_notice_keys);
        let targets = if asked || !found.is_empty() {
            listing(here, found, &LIST_TARGETS_BY_RULE, &name, ("Targets", "NextToken"), |f| Ok(f.text("Arn")?.value))
        } else {
            let why = "its pattern matches no event of KMS or CloudTrail";
            Err(here.gap(&LIST_TARGETS_BY_RULE, &name, GapKind::Inapplicable, why))
        };
        Ok(EventRule { state: fields.text("State")?.value, name, pattern, targets })
    })
}

/// Who is told by the topics that rules send to, and those alarms that may tell of a key or a delivery, by themselves or
/// through a composite one.
fn topics(
    here: &Here<'_>,
    rules: &Reading<Vec<EventRule>>,
    (alarms, composites): (&Reading<Vec<Alarm>>, &Reading<Vec<CompositeAlarm>>),
    filters: &Reading<Vec<MetricFilter>>,
) -> BTreeMap<String, Reading<Vec<Subscription>>> {
    let targets = rules.iter().flat_map(|r| &r.value).filter_map(|r| r.targets.as_ref().ok()).flat_map(|t| &t.value);
    let fed: Vec<(String, String)> = filters.iter().flat_map(|f| &f.value).flat_map(|f| f.metrics.clone()).collect();
    let telling = |a: &&Alarm| a.metric.as_ref().is_some_and(|(n, m)| refer::may_alarm(n, m, &fed));
    let telling: Vec<&Alarm> = alarms.iter().flat_map(|a| &a.value).filter(telling).collect();
    let all = || composites.iter().flat_map(|c| &c.value);
    let rules_of: Vec<(&str, &str)> = all().map(|c| (c.name.as_str(), c.rule.as_str())).collect();
    let composed = refer::composed(&telling.iter().map(|a| a.name.as_str()).collect(), &rules_of);
    let composed = all().filter(|c| composed.contains(c.name.as_str())).flat_map(|c| &c.actions);
    let actions = telling.into_iter().flat_map(|a| &a.actions).chain(composed);
    let named: BTreeSet<&String> = targets.chain(actions).filter(|arn| refer::is_topic(arn, here.region)).collect();
    let found = here.by_parameter(&LIST_SUBSCRIPTIONS_BY_TOPIC, "TopicArn");
    let of = |arn: &str| found.get(arn).map_or(&[][..], Vec::as_slice);
    named.into_iter().map(|arn| (arn.clone(), subscriptions(here, arn, of(arn)))).collect()
}

const SUBSCRIPTIONS: &str = "/ListSubscriptionsByTopicResponse/ListSubscriptionsByTopicResult";

fn subscriptions<'a>(here: &Here<'a>, topic: &str, found: &[Answer<'a>]) -> Reading<Vec<Subscription>> {
    let more = |body: &Value| match body.pointer(SUBSCRIPTIONS)?.get("NextToken") {
        None | Some(Value::Null) => Some(false),
        Some(Value::String(token)) => Some(!token.trim().is_empty()),
        Some(_) => None,
    };
    let (end, pages) = here.pages(found, &LIST_SUBSCRIPTIONS_BY_TOPIC, topic, more);
    end?;
    let mut all = Vec::new();
    for page in &pages {
        // An empty element is the empty list; none at all is an answer that was not understood, and not "nobody".
        let list = match page.body.pointer(&format!("{SUBSCRIPTIONS}/Subscriptions")) {
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(Value::Object(list)) if list.contains_key("member") => list.get("member"),
            _ => return Err(malformed(page, topic, "the answer holds no list of subscriptions")),
        };
        for entry in items(list) {
            let text = |name: &str| entry[name].as_str();
            let (Some(protocol), Some(arn)) = (text("Protocol"), text("SubscriptionArn")) else {
                return Err(malformed(page, topic, "a subscription has no protocol or no ARN"));
            };
            // Until it is confirmed, the words "PendingConfirmation" stand in the place of its ARN.
            all.push(Subscription { protocol: protocol.to_owned(), confirmed: arn.starts_with("arn:") });
        }
    }
    let ev = pages.last().map(|p| p.ev).unwrap_or_default();
    Ok(Read { value: all, at: Citation { ev, pointer: SUBSCRIPTIONS.into() } })
}

fn event_data_stores(here: &Here<'_>, aliases: &Aliases<'_>) -> Reading<Vec<EventDataStore>> {
    let described = here.by_parameter(&GET_EVENT_DATA_STORE, "EventDataStore");
    let lists = ("EventDataStores", "NextToken");
    listing(here, &here.all(&LIST_EVENT_DATA_STORES), &LIST_EVENT_DATA_STORES, "", lists, |fields| {
        let arn = fields.text("EventDataStoreArn")?.value;
        let found = here.one(described.get(arn.as_str()), &GET_EVENT_DATA_STORE, &arn);
        Ok(event_data_store(arn, found, aliases))
    })
}

fn event_data_store(arn: String, found: Found<'_>, aliases: &Aliases<'_>) -> EventDataStore {
    match found {
        Err(gap) => EventDataStore {
            arn,
            name: Err(gap.clone()),
            status: Err(gap.clone()),
            multi_region: Err(gap.clone()),
            organization: Err(gap.clone()),
            retention_days: Err(gap.clone()),
            termination_protection: Err(gap.clone()),
            key: Err(gap.clone()),
            selectors: Err(gap),
        },
        Ok(record) => {
            let fields = Fields { record, base: "", subject: &arn };
            EventDataStore {
                name: fields.text("Name"),
                status: fields.text("Status"),
                multi_region: fields.flag("MultiRegionEnabled"),
                organization: fields.flag("OrganizationEnabled"),
                retention_days: fields.parse("RetentionPeriod", Value::as_u64),
                termination_protection: fields.flag("TerminationProtectionEnabled"),
                key: optional_key(&fields, "KmsKeyId", aliases),
                selectors: super::cloudtrail::read_selectors(record, &arn),
                arn,
            }
        }
    }
}

/// What each stream's queries gave. The record says which query was which: its parameters hold them.
fn metrics(here: &Here<'_>, streams: &[Stream]) -> BTreeMap<String, Reading<Metrics>> {
    let mut by_batch: BTreeMap<String, Vec<Answer<'_>>> = BTreeMap::new();
    for record in here.all(&GET_METRIC_DATA) {
        by_batch.entry(record.question().to_string()).or_default().push(record);
    }
    let mut found: HashMap<String, Reading<Metrics>> = HashMap::new();
    for records in by_batch.values() {
        batch(here, records, &mut found);
    }
    let described = streams.iter().filter(|s| s.deliveries.is_ok());
    let absent = |name: &str| Err(here.gap(&GET_METRIC_DATA, name, GapKind::NotAsked, "the call was not made"));
    described.map(|s| (s.name.clone(), found.remove(&s.name).unwrap_or_else(|| absent(&s.name)))).collect()
}

/// One batch of queries and all pages of its answer.
fn batch(here: &Here<'_>, records: &[Answer<'_>], found: &mut HashMap<String, Reading<Metrics>>) {
    let queries = records.first().and_then(|r| r.parameters.value("MetricDataQueries")).unwrap_or_default();
    let mut asked: HashMap<&str, (&str, &str)> = HashMap::new();
    for query in queries.as_array().into_iter().flatten() {
        let metric = &query["MetricStat"]["Metric"];
        let stream = metric["Dimensions"][0]["Value"].as_str();
        if let (Some(id), Some(stream), Some(name)) = (query["Id"].as_str(), stream, metric["MetricName"].as_str()) {
            asked.insert(id, (stream, name));
        }
    }
    let more = |body: &Value| match body.get("NextToken") {
        None | Some(Value::Null) => Some(false),
        Some(Value::String(token)) => Some(!token.is_empty()),
        Some(_) => None,
    };
    let (end, pages) = here.pages(records, &GET_METRIC_DATA, "", more);
    let at = pages.last().or(records.last()).map(|r| Citation { ev: r.ev, pointer: "/MetricDataResults".into() });
    let Some(at) = at else { return };
    for (stream, name) in asked.values() {
        let empty = || match &end {
            Ok(()) => Ok(Read { value: Metrics::default(), at: at.clone() }),
            Err(gap) => {
                let mut gap = gap.clone();
                gap.change(|gap| (*stream).clone_into(&mut gap.subject));
                Err(gap)
            }
        };
        if let Ok(metrics) = found.entry((*stream).to_owned()).or_insert_with(empty) {
            metrics.value.points.entry((*name).into()).or_default();
        }
    }
    for page in pages {
        for result in page.body["MetricDataResults"].as_array().into_iter().flatten() {
            let Some((stream, name)) = result["Id"].as_str().and_then(|id| asked.get(id)) else { continue };
            let Some(slot) = found.get_mut(*stream) else { continue };
            match (points(result), result["StatusCode"].as_str()) {
                (Some(points), Some("Complete" | "PartialData")) => {
                    if let Ok(metrics) = slot {
                        let list = metrics.value.points.entry((*name).into()).or_default();
                        list.extend(points);
                        list.sort_by_key(|p| p.time);
                    }
                }
                _ => *slot = Err(malformed(&page, stream, &format!("CloudWatch gave no values of {name}"))),
            }
        }
    }
}

fn points(result: &Value) -> Option<Vec<MetricPoint>> {
    let times = result["Timestamps"].as_array()?;
    let values = result["Values"].as_array()?;
    let point =
        |(t, v): (&Value, &Value)| Some(MetricPoint { time: time::from_epoch(t.as_f64()?)?, value: v.as_f64()? });
    (times.len() == values.len()).then(|| times.iter().zip(values).map(point).collect::<Option<_>>()).flatten()
}
