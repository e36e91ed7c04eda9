//! One call at a time: paced, sent, listened to, filtered, written down.

use super::allow;
use super::journal::{Book as Journal, Question};
use super::pace::Pace;
use super::tap::{Answer, Heard, Tap};
use crate::clock;
use crate::model::operation::Operation;
use crate::model::record::{ANSWER_MAX, Attempt, CallError, Record};
use crate::model::run::{Endpoint, is_aws};
use crate::model::{AccountId, Body, Ev, Region, Text, Time, json, operation};
use crate::wire::xml;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Watches a collection; a terminal shows a bar, a log gets lines.
pub trait Progress: Send + Sync {
    /// So many more calls are now known to be needed.
    fn planned(&self, calls: u64);
    /// One call is over; `failed` when it gave no value.
    fn done(&self, failed: bool);
    /// Where answers are kept while they come, if they are.
    fn journal(&self) -> Option<&Journal> {
        None
    }
}

/// A call that gave no value. The record of it, if one was made, says why.
#[derive(Debug)]
pub(super) struct Missing;

/// What all calls of one account share.
pub(super) struct Session<'a> {
    pub account: AccountId,
    /// `aws`, `aws-cn` …: what its ARNs begin with.
    pub partition: String,
    paces: HashMap<(Region, &'static str, &'static str), Arc<Pace>>,
    flights: Semaphore,
    stop: &'a AtomicBool,
    progress: &'a dyn Progress,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    records: Vec<Record>,
    endpoints: BTreeMap<(Text, Region), BTreeSet<String>>,
}

/// How many calls may be under way in one Region at once; more only fills AWS's queues.
pub(super) const FLIGHTS: usize = 24;

impl<'a> Session<'a> {
    pub fn new(
        account: AccountId,
        regions: &[Region],
        share: Option<f64>,
        stop: &'a AtomicBool,
        progress: &'a dyn Progress,
    ) -> Self {
        let paces = share.map_or_else(HashMap::new, |share| {
            let each = regions.iter().flat_map(|r| operation::every().map(move |o| (r, o)));
            each.map(|(r, o)| ((r.clone(), o.service, o.name), Arc::new(Pace::new(o, share)))).collect()
        });
        let flights = Semaphore::new(FLIGHTS * regions.len().clamp(1, 4));
        Self { account, partition: "aws".to_owned(), paces, flights, stop, progress, book: Mutex::default() }
    }

    /// Makes one call and writes it down, whatever comes of it. The value is the answer as it was recorded, so
    /// no later step can see more than the records hold.
    pub async fn ask<O, E, F, Fut>(
        &self,
        region: &Region,
        operation: &'static Operation,
        parameters: Value,
        page: u32,
        send: F,
    ) -> Result<Value, Missing>
    where
        F: FnOnce(Tap) -> Fut,
        Fut: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata,
    {
        self.progress.planned(1);
        if let Some(value) = self.known(region, operation, &parameters, page) {
            return Ok(value);
        }
        let quota = self.paces.get(&(region.clone(), operation.service, operation.name));
        if let Some(quota) = quota {
            quota.ready().await;
        }
        let Ok(_flight) = self.flights.acquire().await else { return Err(Missing) };
        if self.stop.load(Ordering::Relaxed) {
            // Nothing is written down: a call that was never made has no record, and reads as "not asked".
            self.progress.done(true);
            return Err(Missing);
        }
        let tap = Tap::paced(quota.cloned());
        let asked = clock::now();
        let outcome = send(tap.clone()).await;
        let error = outcome.err().map(|e| call_error(&e));
        let (record, answer) = self.record(region, operation, parameters, page, tap.take(), error, asked);
        self.keep(&record);
        self.progress.done(record.error.is_some());
        let value = if record.error.is_none() { Ok(answer) } else { Err(Missing) };
        self.book().records.push(record);
        value
    }

    /// Writes down a call that was made before there was a session: that of the caller's identity.
    pub fn note(&self, region: &Region, operation: &Operation, heard: Heard, asked: Time) {
        let (record, _) = self.record(region, operation, Value::Null, 1, heard, None, asked);
        self.keep(&record);
        self.book().records.push(record);
    }

    /// The call that gave no value last, in words.
    pub fn last_error(&self) -> String {
        let book = self.book();
        let failed = book.records.iter().rev().find_map(|r| r.error.as_ref().map(|e| (r, e)));
        failed.map_or_else(
            || "the call was not made".to_owned(),
            |(r, e)| format!("{}:{} gave no answer: {}: {}", r.service, r.operation, e.code, e.message),
        )
    }

    /// What an earlier part of this run was answered; it counts as any other answer.
    fn known(&self, region: &Region, operation: &Operation, parameters: &Value, page: u32) -> Option<Value> {
        let journal = self.progress.journal().filter(|journal| journal.knows_any())?;
        let (account, parameters) = (&self.account, &parameters.clone().into());
        let asked =
            Question { account, region, service: operation.service, operation: operation.name, parameters, page };
        let kept = journal.known(&asked)?;
        if let Some(url) = kept.endpoint {
            self.heard_from(operation.service, region, url);
        }
        let value = kept.record.body.value();
        self.book().records.push(kept.record);
        self.progress.done(false);
        Some(value)
    }

    fn keep(&self, record: &Record) {
        let Some(journal) = self.progress.journal() else { return };
        let place = (record.service.clone(), record.region.clone());
        let endpoint = self.book().endpoints.get(&place).and_then(|urls| urls.last().cloned());
        journal.keep(endpoint, record);
    }

    fn heard_from(&self, service: &str, region: &Region, url: String) {
        self.book().endpoints.entry((service.into(), region.clone())).or_default().insert(url);
    }

    /// All records, and where their calls went.
    pub fn close(self) -> (Vec<Record>, Vec<Endpoint>) {
        let book = self.book.into_inner().unwrap_or_else(PoisonError::into_inner);
        let endpoints = book.endpoints.into_iter().flat_map(|((service, region), urls)| {
            urls.into_iter().map(move |url| {
                let aws = is_aws(&url);
                Endpoint { service: service.clone(), region: region.clone(), url, aws }
            })
        });
        (book.records, endpoints.collect())
    }

    /// A call as it is written down, and its answer.
    #[expect(clippy::too_many_arguments, reason = "the parts of one record")]
    fn record(
        &self,
        region: &Region,
        operation: &Operation,
        parameters: Value,
        page: u32,
        heard: Heard,
        mut error: Option<CallError>,
        asked: Time,
    ) -> (Record, Value) {
        if let Some(url) = &heard.endpoint {
            self.heard_from(operation.service, region, url.clone());
        }
        let (body, withheld) = match heard.answer.as_ref().map(|a| open(operation, a)) {
            Some(Ok(filtered)) => (filtered.body, filtered.withheld),
            Some(Err(why)) => {
                let why = CallError { code: "Malformed".to_owned(), message: why };
                error.get_or_insert(why);
                (Value::Null, Vec::new())
            }
            None => (Value::Null, Vec::new()),
        };
        let mut attempts = heard.attempts;
        if attempts.is_empty() {
            // The call ended before its first attempt, for want of credentials or of an endpoint.
            attempts.push(Attempt { sent: asked, received: clock::now(), status: None, error: None });
        }
        if let (Some(last), Some(error)) = (attempts.last_mut(), &error) {
            last.error = Some(error.code.clone());
        }
        attempts.shrink_to_fit();
        let record = Record {
            ev: Ev::default(),
            account: self.account.clone(),
            region: region.clone(),
            service: operation.service.into(),
            operation: operation.name.into(),
            parameters: parameters.into(),
            page,
            sent: attempts.first().map_or(asked, |a| a.sent),
            received: attempts.last().map_or(asked, |a| a.received),
            date: heard.answer.as_ref().and_then(|a| a.date.as_deref()).map(Text::from),
            request_id: heard.answer.as_ref().and_then(|a| a.request_id.as_deref()).map(Box::from),
            status: heard.answer.as_ref().map(|a| a.status),
            attempts,
            error: error.map(Box::new),
            withheld,
            body: Body::from(&body),
        };
        (record, body)
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The services that answer in XML.
const XML: [&str; 6] = ["ec2", "iam", "redshift", "sns", "s3", "sts"];

/// Parses an answer and takes out what may not be written down.
fn open(operation: &Operation, answer: &Answer) -> Result<allow::Filtered, String> {
    if answer.status >= 300 {
        // AWS's error answers repeat code and message, which the record has; the rest is withheld.
        return Ok(allow::Filtered { body: Value::Null, withheld: Vec::new() });
    }
    if answer.body.len() > ANSWER_MAX {
        return Err(format!("the answer has {} bytes, more than can be written down", answer.body.len()));
    }
    let body = if XML.contains(&operation.service) {
        xml::to_json(&answer.body)?
    } else {
        json::strict(&answer.body).map_err(|e| format!("the answer is not JSON that means one thing: {e}"))?
    };
    Ok(allow::filter(operation.service, operation.name, body))
}

fn call_error<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> CallError {
    let plain = |code: &str, message: &str| CallError { code: code.to_owned(), message: message.to_owned() };
    match error {
        SdkError::TimeoutError(_) => plain("Timeout", "no answer in time"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => plain("Timeout", "no answer in time"),
        SdkError::DispatchFailure(_) => {
            plain("Connection", "the endpoint could not be reached or broke the connection")
        }
        SdkError::ConstructionFailure(_) => plain("Construction", "the request could not be built, signed or sent"),
        SdkError::ResponseError(_) => plain("Malformed", "the answer was cut off or not understood"),
        SdkError::ServiceError(service) => {
            let metadata = service.err();
            CallError {
                code: allow::text(metadata.code().unwrap_or("Malformed")),
                message: allow::text(metadata.message().unwrap_or("AWS gave no message")),
            }
        }
        _ => plain("Unknown", "the call failed in a way that this program does not know"),
    }
}
