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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Request, Unheard, Wire, service};
    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
    use std::sync::{Arc, Mutex};

    /// Where requests would have gone; nothing is sent.
    #[derive(Clone, Debug, Default)]
    struct Seen(Arc<Mutex<Vec<String>>>);

    impl HttpConnector for Seen {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let (_, rest) = request.uri().split_once("//").expect("an address");
            let host = rest.split('/').next().expect("a host").to_owned();
            assert!(request.uri().starts_with("https://"), "{}", request.uri());
            self.0.lock().expect("ours").push(host);
            HttpConnectorFuture::ready(Err(ConnectorError::user("not sent".into())))
        }
    }

    impl HttpClient for Seen {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    /// The hosts that every client of a Region calls.
    async fn hosts(region: &str, fips: bool, dual_stack: bool) -> Vec<String> {
        let plan = Plan { fips, dual_stack, ..Plan::of(region) };
        let region = plan.regions[0].clone();
        let seen = Seen::default();
        let keys = aws_sdk_sts::config::Credentials::new("AKIAEXAMPLE", "example", None, None, "test");
        let config = configure(&plan).await.to_builder();
        let config = config
            .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(keys))
            .http_client(SharedHttpClient::new(seen.clone()))
            .build();
        let clients = Clients::new(&config, &region);
        let _ = clients.firehose.list_delivery_streams().send().await;
        let _ = clients.kms.list_aliases().send().await;
        let _ = clients.cloudtrail.describe_trails().send().await;
        let _ = clients.identity.get_caller_identity().send().await;
        let request = Request::form(&service::EC2, &region, "2016-11-15", "DescribeRegions", []);
        let _ = Wire::new(&config).send(request, Unheard).await;
        seen.0.lock().expect("ours").clone()
    }

    /// Each client, SDK or not, in each partition and in each way of reaching it. The hosts are AWS's, as its endpoint
    /// rules give them; ours for EC2 is checked by the same table.
    #[tokio::test]
    async fn every_client_calls_the_endpoint_of_its_partition() {
        let services = ["firehose", "kms", "cloudtrail", "sts", "ec2"];
        for (region, fips, dual_stack, middle, end) in [
            ("eu-west-1", false, false, "", "amazonaws.com"),
            ("us-east-1", true, false, "-fips", "amazonaws.com"),
            ("us-east-1", false, true, "", "api.aws"),
            ("us-east-1", true, true, "-fips", "api.aws"),
            ("cn-north-1", false, false, "", "amazonaws.com.cn"),
            ("cn-northwest-1", false, true, "", "api.amazonwebservices.com.cn"),
            ("us-gov-west-1", false, false, "", "amazonaws.com"),
            ("us-gov-west-1", true, true, "-fips", "api.aws"),
        ] {
            let expected: Vec<String> =
                services.iter().map(|service| format!("{service}{middle}.{region}.{end}")).collect();
            assert_eq!(hosts(region, fips, dual_stack).await, expected, "{region} fips {fips} dual stack {dual_stack}");
        }
    }

    /// In `GovCloud` some services answer to FIPS at their usual address.
    #[tokio::test]
    async fn fips_in_govcloud_is_where_aws_says() {
        let found = hosts("us-gov-west-1", true, false).await;
        assert_eq!(found[1], "kms-fips.us-gov-west-1.amazonaws.com", "{found:?}");
        assert_eq!(found[3], "sts.us-gov-west-1.amazonaws.com", "{found:?}");
        for host in &found {
            assert!(host.ends_with(".us-gov-west-1.amazonaws.com"), "{found:?}");
        }
    }
}
