//! Signed calls to AWS services that have no SDK crate here: those crates would double the build.
//!
//! All that matters is still the SDK's own: credentials, signature, retries, time-outs, the user agent and the HTTP
//! stack. What is ours is the form of a request (`request.rs`), where it goes (`service.rs`) and how a service says no
//! (`refusal.rs`). An answer comes back as it was received: status, headers, bytes. Who calls decides what it means.

mod access;
mod refusal;
pub mod request;
pub mod service;
pub mod xml;

pub use access::{Access, configure};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::ServiceClockSkewInterceptor;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};
pub use refusal::Refusal;
pub use request::Request;
pub use service::Service;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a call comes to: an answer, or why there is none.
pub type Outcome = Result<Response, SdkError<Refusal, HttpResponse>>;

/// Sends requests as one AWS configuration has it. Clones share what they learn.
#[derive(Clone)]
pub struct Wire {
    config: SdkConfig,
    /// Where S3 said that a bucket is, when it was not where it was looked for.
    moved: Arc<Mutex<HashMap<String, String>>>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the configuration: it holds the credentials.
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// An answer of the 200s, as received.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the body: no allow list has seen it.
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn headers(response: &HttpResponse) -> Vec<(String, String)> {
    response.headers().iter().map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect()
}

/// Does nothing; for calls that nobody listens to.
#[derive(Clone, Copy, Debug)]
pub struct Unheard;

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Unheard {
    fn name(&self) -> &'static str {
        "Unheard"
    }
}

impl Wire {
    /// Calls as this configuration says: its credentials, endpoints, retries and time-outs.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), moved: Arc::default() }
    }

    /// Sends one request, with the retries of the SDK; `listener` sees every attempt.
    ///
    /// A bucket of another Region than the one asked is found by what S3 answers, and asked again there.
    ///
    /// # Errors
    /// When the service refused (a [`Refusal`]) or no answer came.
    pub async fn send<L: Intercept + Clone + 'static>(&self, request: Request, listener: L) -> Outcome {
        let Some(bucket) = request.bucket.clone() else { return self.attempt(request, None, listener).await };
        let known = self.moved().get(&bucket).cloned();
        let outcome = self.attempt(request.clone(), known.as_deref(), listener.clone()).await;
        let told = match &outcome {
            Err(SdkError::ServiceError(refused)) => refused.err().bucket_region().map(ToOwned::to_owned),
            _ => None,
        };
        let asked = known.unwrap_or_else(|| request.region.to_string());
        match told.filter(|region| *region != asked) {
            Some(region) => {
                self.moved().insert(bucket, region.clone());
                self.attempt(request, Some(&region), listener).await
            }
            None => outcome,
        }
    }

    fn moved(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attempt<L: Intercept + 'static>(&self, request: Request, region: Option<&str>, listener: L) -> Outcome {
        let service = request.service;
        let asked = region.unwrap_or(request.region.as_str());
        let place = service::place(&self.config, service, asked, request.bucket.as_deref());
        let operation = request.operation;
        let path_style = place.path_style;
        let retry = self.config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let mut timeouts = self.config.timeout_config().cloned().unwrap_or_else(|| TimeoutConfig::builder().build());
        if let Some(time) = request.patience {
            timeouts = timeouts.to_builder().operation_attempt_timeout(time).build();
        }
        let mut builder = Operation::builder()
            .service_name(service.id)
            .operation_name(operation)
            .endpoint_url(&place.url)
            .standard_retry(&retry)
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(timeouts)
            .with_connection_poisoning()
            .interceptor(ServiceClockSkewInterceptor::new())
            .interceptor(RequestInfoInterceptor::new())
            .interceptor(UserAgentInterceptor::new())
            .interceptor(InvocationIdInterceptor::new())
            .interceptor(listener)
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(self.layer(service, &place.signing_region))
                    .with_runtime_components(self.components()),
            )
            .serializer(move |request: Request| request.to_http(path_style))
            .deserializer(|response: &HttpResponse| {
                let status = response.status().as_u16();
                let (headers, body) = (headers(response), response.body().bytes().unwrap_or_default());
                if (200..300).contains(&status) {
                    Ok(Response { status, headers, body: body.to_vec() })
                } else {
                    Err(OrchestratorError::operation(Refusal::read(status, headers, body)))
                }
            });
        if let Some(version) = self.config.behavior_version() {
            builder = builder.behavior_version(version);
        }
        if let Some(http) = self.config.http_client() {
            builder = builder.http_client(http);
        }
        if let Some(sleep) = self.config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = self.config.time_source() {
            builder = builder.time_source(time);
        }
        builder.build().invoke(request).await
    }

    /// How the calls are signed and who they say they come from.
    fn layer(&self, service: &Service, region: &str) -> FrozenLayer {
        let mut layer = Layer::new("wire");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(ApiMetadata::new(service.signing, "1"));
        if let Some(name) = self.config.app_name() {
            layer.store_put(name.clone());
        }
        // S3 takes the path as it stands; every other service wants it encoded once more, and normalised.
        let plain = service.is_s3();
        let mut signing = SigningOptions::default();
        signing.double_uri_encode = !plain;
        signing.normalize_uri_path = !plain;
        signing.content_sha256_header = plain;
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(aws_types::region::Region::new(region.to_owned()))),
            name: Some(SigningName::from(service.signing)),
            signing_options: signing,
            ..SigV4OperationSigningConfig::default()
        });
        layer.freeze()
    }

    fn components(&self) -> RuntimeComponentsBuilder {
        let mut components = RuntimeComponentsBuilder::new("wire");
        components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )));
        components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
        if let Some(credentials) = self.config.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        if let Some(cache) = self.config.identity_cache() {
            components.set_identity_cache(Some(cache));
        }
        components
    }
}
