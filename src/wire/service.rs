//! The services that are called over the wire, and where each of them is.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// One service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// AWS's service id: `AWS_ENDPOINT_URL_<ID>` and the profile's `services` section go by it.
    pub id: &'static str,
    /// The first label of its host names.
    pub host: &'static str,
    /// The name that its signatures carry.
    pub signing: &'static str,
    /// Whether one endpoint serves a whole partition.
    pub global: bool,
}

const fn regional(id: &'static str, host: &'static str, signing: &'static str) -> Service {
    Service { id, host, signing, global: false }
}

/// Kinesis Data Streams.
pub const KINESIS: Service = regional("Kinesis", "kinesis", "kinesis");
/// Managed Streaming for Apache Kafka.
pub const KAFKA: Service = regional("Kafka", "kafka", "kafka");
/// S3.
pub const S3: Service = regional("S3", "s3", "s3");
/// Redshift.
pub const REDSHIFT: Service = regional("Redshift", "redshift", "redshift");
/// `CloudWatch` Logs.
pub const LOGS: Service = regional("CloudWatch Logs", "logs", "logs");
/// `CloudWatch`.
pub const CLOUDWATCH: Service = regional("CloudWatch", "monitoring", "monitoring");
/// `EventBridge`.
pub const EVENTS: Service = regional("EventBridge", "events", "events");
/// KMS: the calls that the SDK crate is not used for.
pub const KMS: Service = regional("KMS", "kms", "kms");
/// `CloudTrail`: the calls that the SDK crate is not used for.
pub const CLOUDTRAIL: Service = regional("CloudTrail", "cloudtrail", "cloudtrail");
/// Athena.
pub const ATHENA: Service = regional("Athena", "athena", "athena");
/// Lambda.
pub const LAMBDA: Service = regional("Lambda", "lambda", "lambda");
/// STS, by its regional endpoints.
pub const STS: Service = regional("STS", "sts", "sts");
/// Simple Notification Service.
pub const SNS: Service = regional("SNS", "sns", "sns");
/// `CloudFormation`.
pub const CLOUDFORMATION: Service = regional("CloudFormation", "cloudformation", "cloudformation");
/// Elastic Compute Cloud: it knows the Regions.
pub const EC2: Service = regional("EC2", "ec2", "ec2");
/// The Resource Groups Tagging API.
pub const TAGGING: Service = regional("Resource Groups Tagging API", "tagging", "tagging");
/// `OpenSearch` Service.
pub const OPENSEARCH: Service = regional("OpenSearch", "es", "es");
/// `OpenSearch` Serverless.
pub const OPENSEARCH_SERVERLESS: Service = regional("OpenSearchServerless", "aoss", "aoss");
/// Glue: its catalog of tables.
pub const GLUE: Service = regional("Glue", "glue", "glue");
/// Secrets Manager.
pub const SECRETS: Service = regional("Secrets Manager", "secretsmanager", "secretsmanager");
/// Identity and Access Management: one endpoint for a partition.
pub const IAM: Service = Service { id: "IAM", host: "iam", signing: "iam", global: true };
/// Organizations: one endpoint for a partition.
pub const ORGANIZATIONS: Service =
    Service { id: "Organizations", host: "organizations", signing: "organizations", global: true };

impl Service {
    /// S3 signs differently and has addresses of its own.
    #[must_use]
    pub fn is_s3(&self) -> bool {
        self.signing == "s3"
    }
}

/// Where a call goes, and for which Region it is signed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub url: String,
    pub signing_region: String,
    /// The bucket is the first part of the path, not of the host.
    pub path_style: bool,
}

/// The address that somebody set instead of AWS's own: by argument, by variable or profile, for this service or all.
pub(super) fn custom_endpoint(config: &SdkConfig, service: &Service) -> Option<String> {
    let all = config.endpoint_url().map(ToOwned::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return all;
    }
    let key =
        ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
    own.or(all)
}

pub(super) fn place(config: &SdkConfig, service: &Service, region: &str, bucket: Option<&str>) -> Place {
    let signing_region = if service.global { global_region(service, region) } else { region }.to_owned();
    if let Some(url) = custom_endpoint(config, service) {
        return Place { url, signing_region, path_style: true };
    }
    let dual = config.use_dual_stack() == Some(true);
    let fips = if config.use_fips() == Some(true) { fips(service, region, dual) } else { "" };
    let suffix = suffix(region, dual && !service.is_s3());
    let host = match (service.id, dual, fips) {
        ("Kafka", true, _) => "kafka-api",
        ("OpenSearch", true, "") => "aos",
        _ => service.host,
    };
    let host = match (service.id, service.global) {
        ("IAM", _) => match partition(region) {
            "aws" | "aws-cn" if dual => format!("iam{fips}.global.{suffix}"),
            "aws" => format!("iam{fips}.{suffix}"),
            "aws-us-gov" => format!("iam.us-gov.{suffix}"),
            _ => format!("iam.{signing_region}.{suffix}"),
        },
        _ if service.is_s3() && dual => format!("s3{fips}.dualstack.{region}.{suffix}"),
        _ => format!("{host}{fips}.{signing_region}.{suffix}"),
    };
    match bucket.filter(|b| is_host_label(b)) {
        Some(bucket) => Place { url: format!("https://{bucket}.{host}"), signing_region, path_style: false },
        None => Place { url: format!("https://{host}"), signing_region, path_style: true },
    }
}

/// What FIPS adds to a host. In `GovCloud` most services are validated at their usual address and have no other.
fn fips(service: &Service, region: &str, dual: bool) -> &'static str {
    let apart = match (partition(region), dual) {
        ("aws-us-gov", false) => {
            ["KMS", "Lambda", "OpenSearch", "Resource Groups Tagging API", "S3"].contains(&service.id)
        }
        ("aws-us-gov", true) => !["Kafka", "CloudWatch", "EventBridge"].contains(&service.id),
        _ => true,
    };
    if apart { "-fips" } else { "" }
}

/// A bucket's name that may stand in a host: with a dot in it, the certificate would not fit.
fn is_host_label(bucket: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (3..=63).contains(&bucket.len()) && bucket.bytes().all(plain) && !bucket.starts_with('-') && !bucket.ends_with('-')
}

/// The partition of a Region, by the beginning of its name.
fn partition(region: &str) -> &'static str {
    const BEGINNINGS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    BEGINNINGS.iter().find(|(begin, _)| region.starts_with(begin)).map_or("aws", |(_, partition)| partition)
}

fn suffix(region: &str, dual_stack: bool) -> &'static str {
    match (partition(region), dual_stack) {
        ("aws-cn", false) => "amazonaws.com.cn",
        ("aws-cn", true) => "api.amazonwebservices.com.cn",
        ("aws-iso", _) => "c2s.ic.gov",
        ("aws-iso-b", _) => "sc2s.sgov.gov",
        ("aws-iso-e", _) => "cloud.adc-e.uk",
        ("aws-iso-f", _) => "csp.hci.ic.gov",
        ("aws-eusc", false) => "amazonaws.eu",
        ("aws-eusc", true) => "api.amazonwebservices.eu",
        (_, false) => "amazonaws.com",
        (_, true) => "api.aws",
    }
}

/// The Region that the calls of a partition-wide service are signed for.
fn global_region<'a>(service: &Service, region: &'a str) -> &'a str {
    match partition(region) {
        "aws" => "us-east-1",
        "aws-cn" if service.id == "Organizations" => "cn-northwest-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(service: &Service, region: &str, bucket: Option<&str>) -> String {
        place(&SdkConfig::builder().build(), service, region, bucket).url
    }

    #[test]
    fn a_regional_service_is_in_its_region_and_partition() {
        assert_eq!(url(&KINESIS, "eu-west-1", None), "https://kinesis.eu-west-1.amazonaws.com");
        assert_eq!(url(&KAFKA, "cn-north-1", None), "https://kafka.cn-north-1.amazonaws.com.cn");
        assert_eq!(url(&LOGS, "us-gov-west-1", None), "https://logs.us-gov-west-1.amazonaws.com");
        assert_eq!(url(&LOGS, "eusc-de-east-1", None), "https://logs.eusc-de-east-1.amazonaws.eu");
        assert_eq!(url(&CLOUDWATCH, "us-isob-east-1", None), "https://monitoring.us-isob-east-1.sc2s.sgov.gov");
    }

    #[test]
    fn a_global_service_has_one_address_and_one_signing_region_in_a_partition() {
        let of = |service, region| {
            let place = place(&SdkConfig::builder().build(), service, region, None);
            (place.url, place.signing_region)
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(of(&IAM, "eu-west-1"), pair("https://iam.amazonaws.com", "us-east-1"));
        assert_eq!(of(&IAM, "us-gov-east-1"), pair("https://iam.us-gov.amazonaws.com", "us-gov-west-1"));
        assert_eq!(of(&IAM, "cn-northwest-1"), pair("https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"));
        let organizations = "https://organizations.us-east-1.amazonaws.com";
        assert_eq!(of(&ORGANIZATIONS, "ap-southeast-2"), pair(organizations, "us-east-1"));
    }

    #[test]
    fn a_bucket_stands_in_the_host_only_where_a_certificate_fits() {
        assert_eq!(url(&S3, "eu-west-1", Some("acme-landing")), "https://acme-landing.s3.eu-west-1.amazonaws.com");
        assert_eq!(url(&S3, "eu-west-1", Some("acme.landing")), "https://s3.eu-west-1.amazonaws.com");
        assert_eq!(url(&S3, "eu-west-1", Some("UPPER")), "https://s3.eu-west-1.amazonaws.com");
    }

    #[test]
    fn an_address_that_somebody_set_wins_and_has_the_bucket_in_its_path() {
        let mut builder = SdkConfig::builder().endpoint_url("http://127.0.0.1:4566");
        builder.insert_origin("endpoint_url", aws_types::origin::Origin::shared_config());
        let place = place(&builder.build(), &S3, "eu-west-1", Some("acme-landing"));
        assert_eq!((place.url.as_str(), place.path_style), ("http://127.0.0.1:4566", true));
    }

    #[test]
    fn fips_and_dual_stack_have_addresses_of_their_own() {
        let fips = SdkConfig::builder().use_fips(true).build();
        assert_eq!(place(&fips, &LOGS, "us-east-1", None).url, "https://logs-fips.us-east-1.amazonaws.com");
        let dual = SdkConfig::builder().use_dual_stack(true).build();
        assert_eq!(place(&dual, &LOGS, "us-east-1", None).url, "https://logs.us-east-1.api.aws");
        assert_eq!(place(&dual, &S3, "us-east-1", None).url, "https://s3.dualstack.us-east-1.amazonaws.com");
    }

    /// As AWS's own endpoint rules have them: where a service departs from the pattern.
    #[test]
    fn what_departs_from_the_pattern() {
        for (service, region, fips, dual, host) in [
            (&KINESIS, "us-gov-west-1", true, false, "kinesis.us-gov-west-1.amazonaws.com"),
            (&KINESIS, "us-gov-west-1", true, true, "kinesis-fips.us-gov-west-1.api.aws"),
            (&LOGS, "us-gov-east-1", true, false, "logs.us-gov-east-1.amazonaws.com"),
            (&EC2, "us-gov-west-1", true, false, "ec2.us-gov-west-1.amazonaws.com"),
            (&EC2, "us-gov-west-1", true, true, "ec2-fips.us-gov-west-1.api.aws"),
            (&EVENTS, "us-gov-west-1", true, true, "events.us-gov-west-1.api.aws"),
            (&CLOUDWATCH, "us-gov-west-1", true, true, "monitoring.us-gov-west-1.api.aws"),
            (&KMS, "us-gov-west-1", true, false, "kms-fips.us-gov-west-1.amazonaws.com"),
            (&LAMBDA, "us-gov-west-1", true, false, "lambda-fips.us-gov-west-1.amazonaws.com"),
            (&OPENSEARCH, "us-gov-west-1", true, false, "es-fips.us-gov-west-1.amazonaws.com"),
            (&S3, "us-gov-west-1", true, false, "s3-fips.us-gov-west-1.amazonaws.com"),
            (&S3, "us-gov-west-1", true, true, "s3-fips.dualstack.us-gov-west-1.amazonaws.com"),
            (&KAFKA, "us-gov-west-1", true, true, "kafka-api.us-gov-west-1.api.aws"),
            (&KAFKA, "eu-west-1", false, true, "kafka-api.eu-west-1.api.aws"),
            (&KAFKA, "us-east-1", true, true, "kafka-api-fips.us-east-1.api.aws"),
            (&OPENSEARCH, "eu-west-1", false, true, "aos.eu-west-1.api.aws"),
            (&OPENSEARCH, "us-east-1", true, true, "es-fips.us-east-1.api.aws"),
            (&IAM, "eu-west-1", false, true, "iam.global.api.aws"),
            (&IAM, "eu-west-1", true, true, "iam-fips.global.api.aws"),
            (&IAM, "cn-north-1", false, true, "iam.global.api.amazonwebservices.com.cn"),
            (&IAM, "us-gov-east-1", true, true, "iam.us-gov.api.aws"),
            (&ORGANIZATIONS, "us-gov-east-1", true, false, "organizations.us-gov-west-1.amazonaws.com"),
        ] {
            let config = SdkConfig::builder().use_fips(fips).use_dual_stack(dual).build();
            let found = place(&config, service, region, None).url;
            assert_eq!(found, format!("https://{host}"), "{} in {region}, fips {fips}, dual {dual}", service.id);
        }
    }
}
