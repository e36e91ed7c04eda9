//! Where records come from and where they rest beside S3: Kinesis, MSK, Redshift, the log groups of errors.

use super::{Asker, Referred};
use crate::model::operation::{DESCRIBE_CLUSTER_V2, DESCRIBE_CLUSTERS, DESCRIBE_LOG_GROUPS, DESCRIBE_STREAM_SUMMARY};
use crate::wire::{Request, service};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// AWS JSON of `CloudWatch` Logs.
pub(super) const LOGS: (&str, &str) = ("1.1", "Logs_20140328");

pub(super) async fn read(ask: &Asker<'_, '_>, referred: &Referred) -> BTreeSet<String> {
    let (kinesis, msk, redshift, groups) = tokio::join!(
        join_all(referred.kinesis.iter().map(|arn| kinesis(ask, arn))),
        join_all(referred.msk.iter().map(|arn| msk(ask, arn))),
        join_all(referred.redshift.iter().map(|id| redshift(ask, id))),
        join_all(referred.log_groups.iter().map(|name| log_group(ask, name))),
    );
    [kinesis, msk, redshift, groups].into_iter().flatten().flatten().collect()
}

fn text(answer: Option<&Value>, pointer: &str) -> Option<String> {
    answer?.pointer(pointer)?.as_str().filter(|t| !t.is_empty()).map(ToOwned::to_owned)
}

async fn kinesis(ask: &Asker<'_, '_>, arn: &str) -> Option<String> {
    let protocol = ("1.1", "Kinesis_20131202");
    let answer = ask.json(&service::KINESIS, protocol, &DESCRIBE_STREAM_SUMMARY, &json!({ "StreamARN": arn })).await;
    text(answer.as_ref(), "/StreamDescriptionSummary/KeyId")
}

async fn msk(ask: &Asker<'_, '_>, arn: &str) -> Option<String> {
    let path = ["api", "v2", "clusters", arn];
    let request = Request::rest(&service::KAFKA, &ask.region, DESCRIBE_CLUSTER_V2.name, "GET", &path);
    let answer = ask.ask(&DESCRIBE_CLUSTER_V2, json!({ "ClusterArn": arn }), 1, request).await;
    text(answer.as_ref(), "/clusterInfo/provisioned/encryptionInfo/encryptionAtRest/dataVolumeKMSKeyId")
}

async fn redshift(ask: &Asker<'_, '_>, id: &str) -> Option<String> {
    let fields = [("ClusterIdentifier", id.to_owned())];
    let request = Request::form(&service::REDSHIFT, &ask.region, "2012-12-01", DESCRIBE_CLUSTERS.name, fields);
    let answer = ask.ask(&DESCRIBE_CLUSTERS, json!({ "ClusterIdentifier": id }), 1, request).await;
    text(answer.as_ref(), "/DescribeClustersResponse/DescribeClustersResult/Clusters/Cluster/KmsKeyId")
}

/// By the name as a prefix: the group of exactly that name comes first among those that begin with it.
async fn log_group(ask: &Asker<'_, '_>, name: &str) -> Option<String> {
    let question = json!({ "logGroupNamePrefix": name, "limit": 50 });
    let answer = ask.json(&service::LOGS, LOGS, &DESCRIBE_LOG_GROUPS, &question).await?;
    let mut groups = answer["logGroups"].as_array().into_iter().flatten();
    groups.find(|g| g["logGroupName"] == name).and_then(|g| text(Some(g), "/kmsKeyId"))
}
