//! SDK clients: credentials, endpoints and retries as AWS users know them, TLS by ring.

use super::Plan;
use crate::model::Region;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;

/// The clients of one Region.
pub(super) struct Clients {
    pub firehose: aws_sdk_firehose::Client,
    pub kms: aws_sdk_kms::Client,
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    /// STS with few attempts: without a network the first call should fail in seconds, not in a minute.
    pub identity: aws_sdk_sts::Client,
}

/// Environment, profile, SSO, roles, `AWS_ENDPOINT_URL`: all by the SDK's own chain.
pub(super) async fn configure(plan: &Plan) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // "standard" and not "adaptive": the rate is ours to keep, and the adaptive one backs off for a minute.
    let retry = RetryConfig::standard().with_max_attempts(plan.max_attempts).with_max_backoff(Duration::from_secs(20));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retry)
        .timeout_config(timeouts)
        .app_name_opt();
    if let Some(profile) = &plan.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &plan.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(region) = plan.regions.first() {
        loader = loader.region(aws_config::Region::new(region.to_string()));
    }
    loader.load().await
}

trait AppName {
    fn app_name_opt(self) -> Self;
}

impl AppName for aws_config::ConfigLoader {
    /// Our name in the user agent: an auditor finds our calls in the account's own CloudTrail.
    fn app_name_opt(self) -> Self {
        match aws_config::AppName::new("keywitness") {
            Ok(name) => self.app_name(name),
            Err(_) => self,
        }
    }
}

impl Clients {
    pub fn new(base: &SdkConfig, region: &Region) -> Self {
        let config = base.to_builder().region(aws_config::Region::new(region.to_string())).build();
        let few = RetryConfig::standard().with_max_attempts(3).with_max_backoff(Duration::from_secs(2));
        Self {
            firehose: aws_sdk_firehose::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
            identity: aws_sdk_sts::Client::new(&config.to_builder().retry_config(few).build()),
        }
    }
}
