//! Sees every attempt of a call as it went over the wire: times, status, headers and the body as received.
//!
//! The SDK's typed outputs would not do: they drop fields that they do not know, and their `Debug` prints
//! secrets (a Splunk `HECToken` among them).

use super::pace::Pace;
use crate::clock;
use crate::model::Time;
use crate::model::record::Attempt;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A listener for one call; clones share what they heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Tap {
    heard: Arc<Mutex<Heard>>,
    pace: Option<Arc<Pace>>,
}

/// What was heard of one call.
#[derive(Default)]
pub(super) struct Heard {
    /// Every attempt, the last one last.
    pub attempts: Vec<Attempt>,
    /// Scheme, host and port of the last attempt.
    pub endpoint: Option<String>,
    /// The last answer.
    pub answer: Option<Answer>,
    started: Option<Time>,
}

/// An answer as received.
pub(super) struct Answer {
    pub status: u16,
    pub date: Option<String>,
    pub request_id: Option<String>,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the body: it has not met the allow list yet.
        f.debug_struct("Heard").field("attempts", &self.attempts.len()).finish_non_exhaustive()
    }
}

impl Tap {
    /// One whose repeated attempts count against a pace.
    pub fn paced(pace: Option<Arc<Pace>>) -> Self {
        Self { heard: Arc::default(), pace }
    }

    /// What was heard, once the call is over.
    pub fn take(&self) -> Heard {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Tap {
    fn name(&self) -> &'static str {
        "Tap"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut heard = self.lock();
        heard.started = Some(clock::now());
        heard.answer = None;
        if let (Some(pace), false) = (&self.pace, heard.attempts.is_empty()) {
            // The SDK has waited already, as its own rule says; here the calls that come after it are told.
            pace.take();
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut heard = self.lock();
        heard.endpoint = origin(context.request().uri());
        heard.started = Some(clock::now());
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let received = clock::now();
        let mut heard = self.lock();
        let sent = heard.started.take().unwrap_or(received);
        let response = context.response();
        let failed = matches!(context.output_or_error(), Some(Err(_)) | None);
        heard.attempts.push(Attempt {
            sent,
            received,
            status: response.map(|r| r.status().as_u16()),
            error: failed.then(|| response.map_or("no answer", |_| "refused or not understood").to_owned()),
        });
        heard.answer = response.map(answer);
        Ok(())
    }
}

fn answer(response: &HttpResponse) -> Answer {
    let header = |name: &str| response.headers().get(name).map(ToOwned::to_owned);
    Answer {
        status: response.status().as_u16(),
        date: header("date"),
        request_id: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")),
        body: response.body().bytes().unwrap_or_default().to_vec(),
    }
}

/// `https://kms.eu-west-1.amazonaws.com` of a whole URI: no user, path or query.
fn origin(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_has_no_user_path_or_query() {
        let shown = origin("https://user:secret@kms.eu-west-1.amazonaws.com:8443/path?x=1");
        assert_eq!(shown.as_deref(), Some("https://kms.eu-west-1.amazonaws.com:8443"));
        assert_eq!(origin("nonsense"), None);
    }
}
