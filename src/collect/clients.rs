//! SDK clients: credentials, endpoints and retries as AWS users know them, TLS by ring.

use super::Plan;
use crate::model::Region;
use crate::wire::{self, Wire};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use std::time::Duration;

/// The clients of one Region.
pub(super) struct Clients {
    pub firehose: aws_sdk_firehose::Client,
    pub kms: aws_sdk_kms::Client,
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    /// STS with few attempts: without a network the first call should fail in seconds, not in a minute.
    pub identity: aws_sdk_sts::Client,
    /// All other services.
    pub wire: Wire,
}

/// The configuration that all clients share.
pub(super) async fn configure(plan: &Plan) -> SdkConfig {
    let access = wire::Access {
        profile: plan.profile.clone(),
        endpoint_url: plan.endpoint_url.clone(),
        region: plan.regions.first().map(ToString::to_string),
        max_attempts: plan.max_attempts,
    };
    let base = wire::configure(&access).await;
    let mut config = base.to_builder();
    if plan.fips {
        config = config.use_fips(true);
    }
    if plan.dual_stack {
        config = config.use_dual_stack(true);
    }
    let timeouts = base.timeout_config().cloned();
    if let (Some(limit), Some(timeouts)) = (plan.call_timeout, timeouts) {
        config = config.timeout_config(timeouts.into_builder().operation_attempt_timeout(limit).build());
    }
    config.build()
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
            wire: Wire::new(&config),
        }
    }
}
