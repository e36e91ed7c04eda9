//! What `CloudWatch` counted for each stream: keys that failed it, and deliveries that succeeded.

use super::Asker;
use super::notice::CLOUDWATCH;
use crate::model::hops::KEY_METRICS;
use crate::model::operation::GET_METRIC_DATA;
use crate::model::run::Window;
use crate::wire::service;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// As many queries as one call may hold.
const BATCH: usize = 500;
const DAY: i64 = 86_400;

/// One query a metric and stream, a value a day; 100 streams a call.
pub(super) async fn read(ask: &Asker<'_, '_>, streams: &BTreeMap<String, BTreeSet<&'static str>>, window: Window) {
    let mut queries = Vec::new();
    for (stream, delivered) in streams {
        queries.extend(KEY_METRICS.iter().map(|name| query(stream, name, "Sum")));
        queries.extend(delivered.iter().map(|name| query(stream, name, "Average")));
    }
    // Whole days: the same window gives the same question.
    let from = window.from.timestamp().div_euclid(DAY) * DAY;
    let to = (window.to.timestamp().div_euclid(DAY) + 1) * DAY;
    for batch in queries.chunks(BATCH) {
        let numbered = batch.iter().enumerate().map(|(i, query)| {
            let mut query = query.clone();
            query["Id"] = json!(format!("q{i}"));
            query
        });
        let question = json!({
            "MetricDataQueries": numbered.collect::<Vec<_>>(), "StartTime": from, "EndTime": to, "ScanBy": "TimestampAscending",
        });
        ask.pages(&service::CLOUDWATCH, CLOUDWATCH, &GET_METRIC_DATA, &question, "NextToken").await;
    }
}

fn query(stream: &str, metric: &str, statistic: &str) -> Value {
    json!({
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Firehose",
                "MetricName": metric,
                "Dimensions": [{ "Name": "DeliveryStreamName", "Value": stream }],
            },
            "Period": DAY,
            "Stat": statistic,
        },
        "ReturnData": true,
    })
}
