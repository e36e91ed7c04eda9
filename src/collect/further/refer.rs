//! What streams and trails refer to, taken from their recorded answers.

use crate::model::destination::DestinationKind;
use crate::model::refer::{self, Site};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the answers of one Region refer to, each once.
#[derive(Debug, Default)]
pub struct Referred {
    pub keys: BTreeSet<String>,
    pub kinesis: BTreeSet<String>,
    pub msk: BTreeSet<String>,
    pub redshift: BTreeSet<String>,
    /// Domains by ARN or address, collections by address, secrets by ARN.
    pub domains: BTreeSet<String>,
    pub collections: BTreeSet<String>,
    pub secrets: BTreeSet<String>,
    /// Tables of Iceberg: the ARN of the catalog, database and name.
    pub tables: BTreeSet<(String, String, String)>,
    pub log_groups: BTreeSet<String>,
    pub trail_groups: BTreeSet<String>,
    pub buckets: BTreeSet<String>,
    /// The metrics of delivery that each stream has.
    pub metrics: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Referred {
    /// What trails name, from the answer of `DescribeTrails`.
    pub fn trails(&mut self, trails: Option<&Value>, site: Site<'_>) {
        for trail in trails.into_iter().flat_map(|t| t["trailList"].as_array().into_iter().flatten()) {
            self.buckets.extend(trail["S3BucketName"].as_str().map(ToOwned::to_owned));
            self.keys.extend(trail["KmsKeyId"].as_str().map(ToOwned::to_owned));
            if let Some(group) = trail["CloudWatchLogsLogGroupArn"].as_str().and_then(|a| site.log_group(a)) {
                self.trail_groups.insert(group.to_owned());
                self.log_groups.insert(group.to_owned());
            }
        }
    }

    /// What a stream names, from its description.
    pub fn stream(&mut self, stream: &Value) {
        let text = |pointer: &str| stream.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
        self.kinesis.extend(text("/Source/KinesisStreamSourceDescription/KinesisStreamARN"));
        self.msk.extend(text("/Source/MSKSourceDescription/MSKClusterARN"));
        self.secrets.extend(text(
            "/Source/DatabaseSourceDescription/DatabaseSourceAuthenticationConfiguration/SecretsManagerConfiguration/SecretARN",
        ));
        let Some(name) = text("/DeliveryStreamName") else { return };
        let metrics = self.metrics.entry(name).or_default();
        for destination in stream["Destinations"].as_array().into_iter().flatten() {
            let kinds = DestinationKind::ALL.iter().filter(|k| destination[k.member()].is_object());
            metrics.extend(kinds.filter_map(|k| k.success_metric()));
        }
        for destination in stream["Destinations"].as_array().into_iter().flatten() {
            for kind in DestinationKind::ALL {
                let description = &destination[kind.member()];
                let named = |member: &str| description[member].as_str().map(ToOwned::to_owned);
                match kind {
                    DestinationKind::Redshift => {
                        self.redshift.extend(named("ClusterJDBCURL").as_deref().and_then(refer::redshift_cluster));
                    }
                    DestinationKind::Elasticsearch | DestinationKind::OpenSearch => {
                        self.domains.extend(named("DomainARN").or_else(|| named("ClusterEndpoint")));
                    }
                    DestinationKind::Iceberg => self.iceberg(description),
                    DestinationKind::OpenSearchServerless => self.collections.extend(named("CollectionEndpoint")),
                    _ => {}
                }
                let secret = &description["SecretsManagerConfiguration"];
                if secret["Enabled"].as_bool() == Some(true) {
                    self.secrets.extend(secret["SecretARN"].as_str().map(ToOwned::to_owned));
                }
                for structure in
                    [description, &description["S3DestinationDescription"], &description["S3BackupDescription"]]
                {
                    self.structure(structure);
                }
            }
        }
    }

    fn iceberg(&mut self, description: &Value) {
        let text = |value: &Value, name: &str| value[name].as_str().map(ToOwned::to_owned);
        let catalog = &description["CatalogConfiguration"];
        let warehouse = catalog["WarehouseLocation"].as_str().and_then(refer::bucket_of_location);
        self.buckets.extend(warehouse.map(ToOwned::to_owned));
        let Some(arn) = text(catalog, "CatalogARN") else { return };
        for table in description["DestinationTableConfigurationList"].as_array().into_iter().flatten() {
            let named = text(table, "DestinationDatabaseName").zip(text(table, "DestinationTableName"));
            self.tables.extend(named.map(|(database, name)| (arn.clone(), database, name)));
        }
    }

    fn structure(&mut self, structure: &Value) {
        let key = &structure["EncryptionConfiguration"]["KMSEncryptionConfig"]["AWSKMSKeyARN"];
        self.keys.extend(key.as_str().map(ToOwned::to_owned));
        self.buckets.extend(structure["BucketARN"].as_str().and_then(refer::bucket).map(ToOwned::to_owned));
        let logging = &structure["CloudWatchLoggingOptions"];
        if logging["Enabled"].as_bool() == Some(true) {
            self.log_groups.extend(logging["LogGroupName"].as_str().filter(|g| !g.is_empty()).map(ToOwned::to_owned));
        }
    }
}
