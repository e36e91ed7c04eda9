//! Where a stream delivers: one form for the eleven kinds that Firehose tells apart.
//!
//! Encryption at rest is set in S3 structures only, and every kind has at least one; what else a destination holds is
//! the destination's own business and is asked of its own service.

use super::reading::{Citation, Gap, Reading};

/// One destination of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// `DestinationId`.
    pub id: String,
    /// Which of the eleven kinds.
    pub kind: DestinationKind,
    /// Where the description of this kind stands.
    pub at: Citation,
    /// Its S3 structures: delivery, intermediate store, backup. The legacy copy beside an extended one is left out.
    pub s3: Vec<S3Structure>,
    /// `S3BackupMode`, as AWS wrote it.
    pub backup_mode: Reading<Option<String>>,
    /// The role that delivers; a kind without one delivers to S3 by the role of its S3 structure.
    pub role: Reading<Option<String>>,
    /// The address that is not S3's, for kinds that have one.
    pub endpoint: Option<Endpoint>,
    /// The cluster, domain or collection as AWS names it: an ARN, or the identifier within a JDBC address.
    pub store: Option<String>,
    /// Why, where its records rest beside S3 in a place that it does not name, or not so that it could be asked about.
    pub unnamed: Option<Gap>,
    /// The tables that an Iceberg destination names; empty for other kinds, and where the records say which.
    pub tables: Vec<Table>,
    /// The bucket of the warehouse in which an Iceberg destination makes tables of its own, where it names one.
    pub warehouse: Option<String>,
    /// Error logging of this structure.
    pub logging: Reading<Logging>,
    /// Lambda functions that see the records in the clear.
    pub processors: Reading<Vec<Processor>>,
    /// The Glue table that records are converted by, where they are.
    pub schema: Reading<Option<Schema>>,
    /// The secret in Secrets Manager that holds the credentials, where one does.
    pub secret: Reading<Option<Secret>>,
    /// How it is reached within one's own network, where it is.
    pub network: Option<Network>,
}

/// What Firehose calls a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DestinationKind {
    /// `S3DestinationDescription`, where no extended one stands beside it.
    S3,
    /// `ExtendedS3DestinationDescription`.
    ExtendedS3,
    /// `RedshiftDestinationDescription`.
    Redshift,
    /// `ElasticsearchDestinationDescription`.
    Elasticsearch,
    /// `AmazonopensearchserviceDestinationDescription`.
    OpenSearch,
    /// `AmazonOpenSearchServerlessDestinationDescription`.
    OpenSearchServerless,
    /// `SplunkDestinationDescription`.
    Splunk,
    /// `HttpEndpointDestinationDescription`.
    HttpEndpoint,
    /// `SnowflakeDestinationDescription`.
    Snowflake,
    /// `IcebergDestinationDescription`.
    Iceberg,
    /// A kind that this program does not know: nothing can be said of it, so nothing is.
    Unknown,
}

impl DestinationKind {
    /// All that are known.
    pub const ALL: [Self; 10] = [
        Self::S3,
        Self::ExtendedS3,
        Self::Redshift,
        Self::Elasticsearch,
        Self::OpenSearch,
        Self::OpenSearchServerless,
        Self::Splunk,
        Self::HttpEndpoint,
        Self::Snowflake,
        Self::Iceberg,
    ];

    /// The member of `DescribeDeliveryStream`.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::S3 => "S3DestinationDescription",
            Self::ExtendedS3 => "ExtendedS3DestinationDescription",
            Self::Redshift => "RedshiftDestinationDescription",
            Self::Elasticsearch => "ElasticsearchDestinationDescription",
            Self::OpenSearch => "AmazonopensearchserviceDestinationDescription",
            Self::OpenSearchServerless => "AmazonOpenSearchServerlessDestinationDescription",
            Self::Splunk => "SplunkDestinationDescription",
            Self::HttpEndpoint => "HttpEndpointDestinationDescription",
            Self::Snowflake => "SnowflakeDestinationDescription",
            Self::Iceberg => "IcebergDestinationDescription",
            Self::Unknown => "",
        }
    }

    /// The name that tables print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::S3 | Self::ExtendedS3 => "S3",
            Self::Redshift => "Redshift",
            Self::Elasticsearch => "Elasticsearch",
            Self::OpenSearch => "OpenSearch Service",
            Self::OpenSearchServerless => "OpenSearch Serverless",
            Self::Splunk => "Splunk",
            Self::HttpEndpoint => "HTTP endpoint",
            Self::Snowflake => "Snowflake",
            Self::Iceberg => "Apache Iceberg",
            Self::Unknown => "unknown kind",
        }
    }

    /// The `CloudWatch` metric of successful deliveries; kinds without one have none documented.
    #[must_use]
    pub fn success_metric(self) -> Option<&'static str> {
        match self {
            Self::S3 | Self::ExtendedS3 => Some("DeliveryToS3.Success"),
            Self::Redshift => Some("DeliveryToRedshift.Success"),
            Self::Elasticsearch => Some("DeliveryToElasticsearch.Success"),
            Self::OpenSearch => Some("DeliveryToAmazonOpenSearchService.Success"),
            Self::OpenSearchServerless => Some("DeliveryToAmazonOpenSearchServerless.Success"),
            Self::Splunk => Some("DeliveryToSplunk.Success"),
            Self::HttpEndpoint => Some("DeliveryToHttpEndpoint.Success"),
            Self::Snowflake => Some("DeliveryToSnowflake.Success"),
            Self::Iceberg | Self::Unknown => None,
        }
    }
}

/// A table in Glue's catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    /// The catalog's id, as `GetTable` takes it; `None` where the destination names no catalog that it could be asked of.
    pub catalog: Option<String>,
    /// The database.
    pub database: String,
    /// The table.
    pub name: String,
}

impl Table {
    /// The name that tables print.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("table {}.{}", self.database, self.name)
    }
}

/// One place in S3 that a destination writes to.
#[derive(Clone, Debug, PartialEq)]
pub struct S3Structure {
    /// What it is for.
    pub part: S3Part,
    /// Where it stands.
    pub at: Citation,
    /// The bucket's name.
    pub bucket: Reading<String>,
    /// The role that writes there.
    pub role: Reading<String>,
    /// The key that Firehose asks S3 for.
    pub encryption: Reading<S3Encryption>,
    /// Error logging of this structure.
    pub logging: Reading<Logging>,
    /// `ErrorOutputPrefix`, where there is one.
    pub error_prefix: Option<String>,
}

/// What an S3 structure is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum S3Part {
    /// The records themselves.
    Delivery,
    /// The store from which Redshift copies.
    Intermediate,
    /// Records as they came in, or those that could not be delivered.
    Backup,
}

impl S3Part {
    /// The word that tables print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Intermediate => "intermediate",
            Self::Backup => "backup",
        }
    }
}

/// `EncryptionConfiguration` of an S3 structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum S3Encryption {
    /// Firehose asks for none: the bucket's own default encryption decides.
    BucketDefault,
    /// `KMSEncryptionConfig`: the key's ARN, or an alias's.
    Kms(String),
}

/// `CloudWatchLoggingOptions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// Whether errors are logged.
    pub enabled: bool,
    /// Where to.
    pub group: Option<String>,
}

/// The address of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme and host, as far as the answer may be kept.
    pub shown: String,
    /// Whether the way is TLS; `None` where the address does not say.
    pub tls: Option<bool>,
}

/// A Lambda function of a destination's processing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processor {
    /// Its ARN.
    pub arn: String,
    /// The role that invokes it, where it is another than the destination's.
    pub role: Option<String>,
}

/// The table of a format conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The role that reads it.
    pub role: Option<String>,
    /// Glue's catalog, database, table and Region, joined by slashes as far as they are said.
    pub table: String,
    /// Whether conversion is switched on.
    pub enabled: bool,
}

/// `SecretsManagerConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Whether the secret is used.
    pub enabled: bool,
    /// Its ARN, where named.
    pub arn: Option<String>,
    /// The role that reads it.
    pub role: Option<String>,
}

/// How a destination is reached within one's own network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The VPC or endpoint id.
    pub id: Option<String>,
    /// The role that makes network interfaces.
    pub role: Option<String>,
}

impl Destination {
    /// The gaps of this destination's own readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let own = [
            self.backup_mode.as_ref().err(),
            self.role.as_ref().err(),
            self.logging.as_ref().err(),
            self.processors.as_ref().err(),
            self.schema.as_ref().err(),
            self.secret.as_ref().err(),
            self.unnamed.as_ref(),
        ];
        let structures = self.s3.iter().flat_map(|s| {
            [s.bucket.as_ref().err(), s.role.as_ref().err(), s.encryption.as_ref().err(), s.logging.as_ref().err()]
        });
        own.into_iter().chain(structures).flatten().collect()
    }

    /// The log groups that errors go to, each once.
    #[must_use]
    pub fn log_groups(&self) -> Vec<&str> {
        let own = std::iter::once(&self.logging).chain(self.s3.iter().map(|s| &s.logging));
        let on = own.filter_map(|l| l.as_ref().ok()).filter(|l| l.value.enabled);
        let mut groups: Vec<&str> = on.filter_map(|l| l.value.group.as_deref()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}
