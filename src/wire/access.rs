//! Credentials, endpoints and retries as AWS users know them, TLS by ring.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;

/// How AWS is reached, beyond what the environment says.
#[derive(Clone, Debug)]
pub struct Access {
    /// The AWS profile, where not the default.
    pub profile: Option<String>,
    /// Where to send all calls instead of AWS.
    pub endpoint_url: Option<String>,
    /// The Region, where not the configured one.
    pub region: Option<String>,
    /// How often a call is tried before it counts as failed.
    pub max_attempts: u32,
}

/// Environment, profile, SSO, roles, `AWS_ENDPOINT_URL`: all by the SDK's own chain.
pub async fn configure(access: &Access) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // "standard" and not "adaptive": the rate is ours to keep, and the adaptive one backs off for a minute.
    let retry =
        RetryConfig::standard().with_max_attempts(access.max_attempts).with_max_backoff(Duration::from_secs(20));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).retry_config(retry).timeout_config(timeouts);
    // Our name in the user agent: an auditor finds our calls in the account's own CloudTrail.
    if let Ok(name) = aws_config::AppName::new("keywitness") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &access.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(region) = &access.region {
        loader = loader.region(aws_config::Region::new(region.clone()));
    }
    loader.load().await
}
