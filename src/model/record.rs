//! One call and its answer, as it is written down.

use super::body::Body;
use super::names::{AccountId, Region};
use super::operation;
use super::parameters::Parameters;
use super::reading::Ev;
use super::text::Text;
use super::time::{self, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest answer that is written down, in bytes. AWS's answers are a hundredth of it; a longer one is not known.
pub const ANSWER_MAX: usize = 12 << 20;

/// One call to AWS: what was asked, when, and what came back. A call that failed is a record too.
///
/// `body` is the answer after the allow list took the secrets out (see `docs/pack-format.md`): JSON as AWS sent
/// it with sorted keys, or, for a service that speaks XML, its elements as JSON. It is `null` when no answer
/// came or it could not be parsed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The number that reports cite.
    pub ev: Ev,
    /// The account whose credentials asked.
    pub account: AccountId,
    /// The Region that was asked.
    pub region: Region,
    /// The service, as in its IAM prefix.
    pub service: Text,
    /// The API operation.
    pub operation: Text,
    /// What was asked.
    pub parameters: Parameters,
    /// The page of the listing, from 1; 1 where there are no pages.
    pub page: u32,
    /// When the first attempt was sent.
    #[serde(with = "time::millis")]
    pub sent: Time,
    /// When the last attempt was over.
    #[serde(with = "time::millis")]
    pub received: Time,
    /// The `Date` header of the answer, as AWS wrote it.
    pub date: Option<Text>,
    /// AWS's id of the request: the `requestID` of its CloudTrail event.
    pub request_id: Option<Box<str>>,
    /// Every attempt, the last one last; more than one means that the call was retried.
    pub attempts: Vec<Attempt>,
    /// The HTTP status of the last attempt that was answered.
    pub status: Option<u16>,
    /// Why there is no answer, when there is none.
    pub error: Option<Box<CallError>>,
    /// Places in the body whose values were withheld: JSON pointers.
    pub withheld: Vec<String>,
    /// The answer.
    pub body: Body,
}

/// One attempt of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When it was sent.
    #[serde(with = "time::millis")]
    pub sent: Time,
    /// When it was over.
    #[serde(with = "time::millis")]
    pub received: Time,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// AWS's error code, or what went wrong before an answer came.
    pub error: Option<String>,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallError {
    /// AWS's error code, or `Timeout`, `Connection`, `Malformed`.
    pub code: String,
    /// AWS's message, or ours.
    pub message: String,
}

/// How far the collector's clock was from AWS's, as the `Date` headers of the answers tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockCheck {
    /// The largest distance, in milliseconds. A `Date` has whole seconds, so up to 500 of it may be rounding.
    pub max_abs_skew_ms: u64,
    /// How many answers had a `Date`.
    pub samples: u64,
}

impl ClockCheck {
    /// From all answers: `Date` against the middle of the last attempt.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let skews = records.iter().filter_map(|record| {
            let date = time::http_date(record.date.as_deref()?)? + chrono::TimeDelta::milliseconds(500);
            let last = record.attempts.last()?;
            let middle = last.sent + (last.received - last.sent) / 2;
            Some((date - middle).num_milliseconds().unsigned_abs())
        });
        skews.fold(Self::default(), |c, skew| Self {
            max_abs_skew_ms: c.max_abs_skew_ms.max(skew),
            samples: c.samples + 1,
        })
    }
}

impl Record {
    /// Reads a record from the value of its line. The answer becomes text as it stands there.
    ///
    /// # Errors
    /// When a field is missing, unknown or of another form.
    pub fn read(mut line: Value) -> Result<Self, serde_json::Error> {
        let answer = line.get_mut("body").map(Value::take);
        let record: Self = serde_json::from_value(line)?;
        Ok(Self { body: answer.map(Body::from).unwrap_or_default(), ..record })
    }

    /// What was asked, without what only turns the page.
    #[must_use]
    pub fn question(&self) -> Parameters {
        self.parameters.without(operation::find(&self.service, &self.operation).map_or(&[][..], |o| o.paging))
    }

    /// The order of records in a snapshot, and so of their numbers: by place, operation, question and page,
    /// never by the time at which an answer happened to come.
    #[must_use]
    pub fn order(&self) -> (AccountId, Region, Text, Text, String, u32) {
        let question = self.question().to_string();
        let (service, operation) = (self.service.clone(), self.operation.clone());
        (self.account.clone(), self.region.clone(), service, operation, question, self.page)
    }

    /// A text parameter of the request.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.text(name)
    }
}
