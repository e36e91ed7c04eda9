//! What would notice a change of a key: metric filters and alarms, rules with their targets, event data stores.

use super::stores::LOGS;
use super::{Asker, Referred};
use crate::model::operation::{
    DESCRIBE_ALARMS, DESCRIBE_METRIC_FILTERS, GET_EVENT_DATA_STORE, LIST_EVENT_DATA_STORES, LIST_RULES,
    LIST_TARGETS_BY_RULE,
};
use crate::model::refer;
use crate::wire::service;
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
        let question = json!({ "AlarmTypes": ["MetricAlarm"], "MaxRecords": 100 });
        ask.pages(&service::CLOUDWATCH, CLOUDWATCH, &DESCRIBE_ALARMS, &question, "NextToken").await
    };
    let (_, _, (), keys) = tokio::join!(join_all(filters), alarms, rules(ask), event_data_stores(ask));
    keys
}

/// The rules of the default bus, where events of AWS arrive; targets only of those that could match one of a key.
async fn rules(ask: &Asker<'_, '_>) {
    let pages = ask.pages(&service::EVENTS, EVENTS, &LIST_RULES, &json!({ "Limit": 100 }), "NextToken").await;
    let rules = pages.iter().flat_map(|page| page["Rules"].as_array().into_iter().flatten());
    let noticing = rules.filter(|r| r["EventPattern"].as_str().is_some_and(refer::may_notice_keys));
    let targets = noticing.filter_map(|r| r["Name"].as_str()).map(|name| async move {
        let question = json!({ "Rule": name, "Limit": 100 });
        ask.pages(&service::EVENTS, EVENTS, &LIST_TARGETS_BY_RULE, &question, "NextToken").await
    });
    join_all(targets).await;
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
