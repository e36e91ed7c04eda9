//! What would notice a change of a key: metric filters and alarms, rules with their targets, who is told by the topics that
//! these send to; event data stores.

use super::stores::LOGS;
use super::{Asker, Referred};
use crate::model::operation::{
    DESCRIBE_ALARMS, DESCRIBE_METRIC_FILTERS, GET_EVENT_DATA_STORE, LIST_EVENT_DATA_STORES, LIST_RULES,
    LIST_SUBSCRIPTIONS_BY_TOPIC, LIST_TARGETS_BY_RULE,
};
use crate::model::refer;
use crate::wire::{Request, service};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// AWS JSON of `CloudWatch`.
pub(super) const CLOUDWATCH: (&str, &str) = ("1.0", "GraniteServiceVersion20100801");
const EVENTS: (&str, &str) = ("1.1", "AWSEvents");
const CLOUDTRAIL: (&str, &str) = ("1.1", "CloudTrail_20131101");

pub(super) async fn read(ask: &Asker<'_, '_>, referred: &Referred) -> BTreeSet<String> {
    let filters = referred.trail_groups.iter().map(|group| async move {
        let question = json!({ "logGroupName": group, "limit": 50 });
        ask.pages(&service::LOGS, LOGS, &DESCRIBE_METRIC_FILTERS, &question, "nextToken").await
    });
    let alarms = async {
        let question = json!({ "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100 });
        ask.pages(&service::CLOUDWATCH, CLOUDWATCH, &DESCRIBE_ALARMS, &question, "NextToken").await
    };
    let noticing = async {
        let (filters, alarms, mut topics) = tokio::join!(join_all(filters), alarms, rules(ask));
        topics.extend(alarmed(&filters, &alarms));
        topics.retain(|arn| refer::is_topic(arn, &ask.region));
        join_all(topics.iter().map(|topic| subscriptions(ask, topic))).await;
    };
    let ((), keys) = tokio::join!(noticing, event_data_stores(ask));
    keys
}

/// What the alarms that may tell of a key or a delivery do.
fn alarmed(filters: &[Vec<Value>], alarms: &[Value]) -> BTreeSet<String> {
    fn word<'a>(value: &'a Value, name: &str) -> &'a str {
        value[name].as_str().unwrap_or_default()
    }
    fn each<'a>(value: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
        value[list].as_array().into_iter().flatten()
    }
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let transformations = filters
        .iter()
        .flatten()
        .flat_map(|page| each(page, "metricFilters"))
        .flat_map(|f| each(f, "metricTransformations"));
    let fed: Vec<(String, String)> =
        transformations.map(|t| (text(t, "metricNamespace"), text(t, "metricName"))).collect();
    let telling = alarms.iter().flat_map(|page| each(page, "MetricAlarms"));
    let telling: Vec<&Value> =
        telling.filter(|a| refer::may_alarm(&text(a, "Namespace"), &text(a, "MetricName"), &fed)).collect();
    let all: Vec<&Value> = alarms.iter().flat_map(|page| each(page, "CompositeAlarms")).collect();
    let rules: Vec<(&str, &str)> = all.iter().map(|a| (word(a, "AlarmName"), word(a, "AlarmRule"))).collect();
    let composed = refer::composed(&telling.iter().map(|a| word(a, "AlarmName")).collect(), &rules);
    let composed = all.into_iter().filter(|a| composed.contains(word(a, "AlarmName")));
    let acting = telling.into_iter().chain(composed);
    acting.flat_map(|a| each(a, "AlarmActions")).filter_map(|a| a.as_str().map(ToOwned::to_owned)).collect()
}

/// More pages than a topic has subscriptions, a hundred a page.
const MAX_PAGES: u32 = 1_000;

/// Who is told by a topic.
async fn subscriptions(ask: &Asker<'_, '_>, topic: &str) {
    let mut token: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = json!({ "TopicArn": topic });
        let mut fields = vec![("TopicArn", topic.to_owned())];
        if let Some(token) = &token {
            parameters["NextToken"] = json!(token);
            fields.push(("NextToken", token.clone()));
        }
        let operation = &LIST_SUBSCRIPTIONS_BY_TOPIC;
        let request = Request::form(&service::SNS, &ask.region, "2010-03-31", operation.name, fields);
        let Some(body) = ask.ask(operation, parameters, page, request).await else { return };
        let next = &body["ListSubscriptionsByTopicResponse"]["ListSubscriptionsByTopicResult"]["NextToken"];
        match next.as_str().filter(|t| !t.is_empty() && token.as_deref() != Some(*t)) {
            Some(next) => token = Some(next.to_owned()),
            None => return,
        }
    }
}

/// The rules of the default bus, where events of AWS arrive; targets only of those that could match one of a key. Gives the
/// targets.
async fn rules(ask: &Asker<'_, '_>) -> BTreeSet<String> {
    let pages = ask.pages(&service::EVENTS, EVENTS, &LIST_RULES, &json!({ "Limit": 100 }), "NextToken").await;
    let rules = pages.iter().flat_map(|page| page["Rules"].as_array().into_iter().flatten());
    let noticing = rules.filter(|r| r["EventPattern"].as_str().is_some_and(refer::may_notice_keys));
    let targets = noticing.filter_map(|r| r["Name"].as_str()).map(|name| async move {
        let question = json!({ "Rule": name, "Limit": 100 });
        ask.pages(&service::EVENTS, EVENTS, &LIST_TARGETS_BY_RULE, &question, "NextToken").await
    });
    let pages: Vec<Value> = join_all(targets).await.into_iter().flatten().collect();
    let targets = pages.iter().flat_map(|page| page["Targets"].as_array().into_iter().flatten());
    targets.filter_map(|t| t["Arn"].as_str().map(ToOwned::to_owned)).collect()
}

async fn event_data_stores(ask: &Asker<'_, '_>) -> BTreeSet<String> {
    let question = json!({ "MaxResults": 1000 });
    let pages = ask.pages(&service::CLOUDTRAIL, CLOUDTRAIL, &LIST_EVENT_DATA_STORES, &question, "NextToken").await;
    let stores = pages.iter().flat_map(|page| page["EventDataStores"].as_array().into_iter().flatten());
    let described = stores.filter_map(|s| s["EventDataStoreArn"].as_str()).map(|arn| async move {
        let answer =
            ask.json(&service::CLOUDTRAIL, CLOUDTRAIL, &GET_EVENT_DATA_STORE, &json!({ "EventDataStore": arn })).await;
        answer.and_then(|a: Value| a["KmsKeyId"].as_str().map(ToOwned::to_owned))
    });
    join_all(described).await.into_iter().flatten().collect()
}
