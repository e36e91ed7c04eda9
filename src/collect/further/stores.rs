//! Where records come from and where they rest beside S3: Kinesis, MSK, Redshift, `OpenSearch`, the log groups of errors;
//! and the secrets that open them.

use super::{Asker, Referred};
use crate::model::operation::{
    BATCH_GET_COLLECTION, DESCRIBE_CLUSTER_V2, DESCRIBE_CLUSTERS, DESCRIBE_DOMAIN, DESCRIBE_LOG_GROUPS,
    DESCRIBE_SECRET, DESCRIBE_STREAM_SUMMARY, GET_TABLE,
};
use crate::model::refer::{self, Site};
use crate::wire::{Request, service};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// AWS JSON of `CloudWatch` Logs.
pub(super) const LOGS: (&str, &str) = ("1.1", "Logs_20140328");

/// As many collections as one call may name.
const COLLECTIONS: usize = 100;

/// The references to keys that the answers hold, and the buckets of tables.
pub(super) async fn read(ask: &Asker<'_, '_>, referred: &Referred) -> (BTreeSet<String>, BTreeSet<String>) {
    let site = Site { partition: &ask.session.partition, account: &ask.session.account, region: &ask.region };
    // Each once, however it is named; what is of another place is not asked here.
    let domains: BTreeSet<&str> = referred.domains.iter().filter_map(|given| site.domain(given)).collect();
    let ids: BTreeSet<&str> = referred.collections.iter().filter_map(|given| site.collection(given)).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let secrets = referred.secrets.iter().filter(|arn| site.is_secret(arn));
    let named = referred.tables.iter();
    let tables: BTreeSet<(String, &str, &str)> =
        named.filter_map(|(arn, db, name)| Some((site.catalog(arn)?, db.as_str(), name.as_str()))).collect();
    let around = async {
        tokio::join!(
            join_all(domains.iter().map(|name| domain(ask, name))),
            join_all(ids.chunks(COLLECTIONS).map(|ids| collections(ask, ids))),
            join_all(secrets.map(|arn| secret(ask, arn))),
            join_all(tables.iter().map(|(catalog, database, name)| table(ask, catalog, database, name))),
        )
    };
    let (kinesis, msk, redshift, groups, (domains, collections, secrets, tables)) = tokio::join!(
        join_all(referred.kinesis.iter().map(|arn| kinesis(ask, arn))),
        join_all(referred.msk.iter().map(|arn| msk(ask, arn))),
        join_all(referred.redshift.iter().map(|id| redshift(ask, id))),
        join_all(referred.log_groups.iter().map(|name| log_group(ask, name))),
        around,
    );
    let single = [kinesis, msk, redshift, groups, domains, secrets].into_iter().flatten().flatten();
    (single.chain(collections.into_iter().flatten()).collect(), tables.into_iter().flatten().collect())
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

/// By name: domains of Elasticsearch are among those of `OpenSearch`.
async fn domain(ask: &Asker<'_, '_>, name: &str) -> Option<String> {
    let path = ["2021-01-01", "opensearch", "domain", name];
    let request = Request::rest(&service::OPENSEARCH, &ask.region, DESCRIBE_DOMAIN.name, "GET", &path);
    let answer = ask.ask(&DESCRIBE_DOMAIN, json!({ "DomainName": name }), 1, request).await;
    text(answer.as_ref(), "/DomainStatus/EncryptionAtRestOptions/KmsKeyId")
}

async fn collections(ask: &Asker<'_, '_>, ids: &[&str]) -> Vec<String> {
    let (protocol, question) = (("1.0", "OpenSearchServerless"), json!({ "ids": ids }));
    let answer = ask.json(&service::OPENSEARCH_SERVERLESS, protocol, &BATCH_GET_COLLECTION, &question).await;
    let answer = answer.unwrap_or_default();
    let details = answer["collectionDetails"].as_array().into_iter().flatten();
    details.filter_map(|d| d["kmsKeyArn"].as_str().map(ToOwned::to_owned)).collect()
}

/// The bucket of a table's files.
async fn table(ask: &Asker<'_, '_>, catalog: &str, database: &str, name: &str) -> Option<String> {
    let question = json!({ "CatalogId": catalog, "DatabaseName": database, "Name": name });
    let answer = ask.json(&service::GLUE, ("1.1", "AWSGlue"), &GET_TABLE, &question).await?;
    let location = answer.pointer("/Table/StorageDescriptor/Location")?.as_str()?;
    refer::bucket_of_location(location).map(ToOwned::to_owned)
}

async fn secret(ask: &Asker<'_, '_>, arn: &str) -> Option<String> {
    let (protocol, question) = (("1.1", "secretsmanager"), json!({ "SecretId": arn }));
    let answer = ask.json(&service::SECRETS, protocol, &DESCRIBE_SECRET, &question).await;
    text(answer.as_ref(), "/KmsKeyId")
}

/// By the name as a prefix: the group of exactly that name comes first among those that begin with it.
async fn log_group(ask: &Asker<'_, '_>, name: &str) -> Option<String> {
    let question = json!({ "logGroupNamePrefix": name, "limit": 50 });
    let answer = ask.json(&service::LOGS, LOGS, &DESCRIBE_LOG_GROUPS, &question).await?;
    let mut groups = answer["logGroups"].as_array().into_iter().flatten();
    groups.find(|g| g["logGroupName"] == name).and_then(|g| text(Some(g), "/kmsKeyId"))
}
