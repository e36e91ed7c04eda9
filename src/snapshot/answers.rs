//! Finds the record that answers a question, or says why there is none; takes fields out of it the same way.
//!
//! Answers are parsed one operation of one place at a time, when that is asked for, and let go with the place.

use super::read_at;
use crate::model::reading::{Gap, GapFacts, GapKind, Reading};
use crate::model::run::AccountRun;
use crate::model::{AccountId, Citation, Operation, Read, Record, Region, Time, time};
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Deref;

/// A record, and its answer as a value.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub record: &'a Record,
    pub body: &'a Value,
}

impl Deref for Answer<'_> {
    type Target = Record;
    fn deref(&self) -> &Record {
        self.record
    }
}

/// All records of a run, by where they are from.
pub(super) struct Answers<'r>(HashMap<(&'r AccountId, &'r Region), Vec<&'r Record>>);

impl<'r> Answers<'r> {
    pub fn new(records: &'r [Record]) -> Self {
        let mut by_place: HashMap<_, Vec<&Record>> = HashMap::new();
        for record in records {
            by_place.entry((&record.account, &record.region)).or_default().push(record);
        }
        Self(by_place)
    }

    /// The answers of one place; what is parsed of them lives as long as this.
    pub fn of(&self, account: &AccountId, region: &Region) -> Opened<'r> {
        let mut by_operation: HashMap<_, Asked<'r>> = HashMap::new();
        for record in self.0.get(&(account, region)).into_iter().flatten() {
            let operation = (record.service.as_str(), record.operation.as_str());
            by_operation.entry(operation).or_default().records.push(record);
        }
        Opened(by_operation)
    }
}

/// The records of one place, by operation.
pub(super) struct Opened<'r>(HashMap<(&'r str, &'r str), Asked<'r>>);

/// The records of one operation, and their bodies once somebody asked for them.
#[derive(Default)]
struct Asked<'r> {
    records: Vec<&'r Record>,
    bodies: OnceCell<Vec<Value>>,
}

impl Opened<'_> {
    pub fn at<'a>(&'a self, run: &'a AccountRun, region: &'a Region) -> Here<'a> {
        Here { opened: self, account: &run.account, region, partition: &run.partition }
    }
}

/// Who asks what in one place.
pub(super) struct Here<'a> {
    opened: &'a Opened<'a>,
    pub account: &'a AccountId,
    pub region: &'a Region,
    /// The partition of the account, for ARNs that no answer gives.
    pub partition: &'a str,
}

impl<'a> Here<'a> {
    /// All records of one operation here.
    pub fn all(&self, operation: &Operation) -> Vec<Answer<'a>> {
        let Some(asked) = self.opened.0.get(&(operation.service, operation.name)) else { return Vec::new() };
        let bodies = asked.bodies.get_or_init(|| asked.records.iter().map(|r| r.body.value()).collect());
        asked.records.iter().zip(bodies).map(|(record, body)| Answer { record, body }).collect()
    }

    /// The records of one operation by the text of one parameter: for operations that are asked per resource.
    pub fn by_parameter(&self, operation: &Operation, name: &str) -> HashMap<&'a str, Vec<Answer<'a>>> {
        let mut found: HashMap<&str, Vec<Answer<'a>>> = HashMap::new();
        for answer in self.all(operation) {
            if let Some(value) = answer.record.parameter(name) {
                found.entry(value).or_default().push(answer);
            }
        }
        found
    }

    /// A gap here, with no record behind it.
    pub fn gap(&self, operation: &Operation, subject: &str, kind: GapKind, detail: impl Into<String>) -> Gap {
        Gap::from(GapFacts {
            account: self.account.clone(),
            region: self.region.clone(),
            service: operation.service.into(),
            operation: operation.name.into(),
            subject: subject.to_owned(),
            kind,
            code: None,
            detail: detail.into(),
            record: None,
        })
    }

    /// The one record that answers, of those found for a subject.
    pub fn one(
        &self,
        found: Option<&Vec<Answer<'a>>>,
        operation: &Operation,
        subject: &str,
    ) -> Result<Answer<'a>, Gap> {
        match found.map(Vec::as_slice) {
            None | Some([]) => Err(self.gap(operation, subject, GapKind::NotAsked, "the call was not made")),
            Some([record]) => answered(*record, subject),
            Some([record, ..]) => Err(malformed(record, subject, "several records answer one question")),
        }
    }

    /// All pages of a listing, in order; `more` reads from an answer whether another page follows, and gives
    /// `None` when the answer does not say.
    ///
    /// The second value holds the pages that were read before a gap.
    pub fn pages(
        &self,
        found: &[Answer<'a>],
        operation: &Operation,
        subject: &str,
        more: impl Fn(&Value) -> Option<bool>,
    ) -> (Result<(), Gap>, Vec<Answer<'a>>) {
        let mut pages = found.to_vec();
        pages.sort_by_key(|r| r.page);
        let mut read = Vec::new();
        for (expected, record) in (1..).zip(&pages) {
            if record.page != expected {
                let detail = format!("page {expected} of the listing is missing");
                return (Err(malformed(record, subject, &detail).of_kind(GapKind::Incomplete)), read);
            }
            if let Err(gap) = answered(*record, subject) {
                return (Err(gap), read);
            }
            read.push(*record);
        }
        let Some(last) = read.last() else {
            return (Err(self.gap(operation, subject, GapKind::NotAsked, "the call was not made")), read);
        };
        let end = match more(last.body) {
            Some(false) => Ok(()),
            Some(true) => {
                let detail = "the last page that was read says that more follow";
                Err(malformed(last, subject, detail).of_kind(GapKind::Incomplete))
            }
            None => Err(malformed(last, subject, "the answer does not say whether more follow")),
        };
        (end, read)
    }
}

/// The record, if its call was answered.
pub(super) fn answered<'a>(record: Answer<'a>, subject: &str) -> Result<Answer<'a>, Gap> {
    if record.error.is_some() { Err(gap_of(&record, subject.to_owned())) } else { Ok(record) }
}

/// The gap of a failed call.
pub(super) fn gap_of(record: &Record, subject: String) -> Gap {
    let error = record.error.as_ref();
    let code = error.map(|e| e.code.as_str()).unwrap_or_default();
    Gap::from(GapFacts {
        account: record.account.clone(),
        region: record.region.clone(),
        service: record.service.clone(),
        operation: record.operation.clone(),
        subject,
        kind: kind(code),
        code: (!code.is_empty()).then(|| code.to_owned()),
        detail: error.map_or_else(|| "the call failed".to_owned(), |e| e.message.clone()),
        record: Some(record.ev),
    })
}

/// A gap because an answer lacks a field or holds what is not understood.
pub(super) fn malformed(record: &Record, subject: &str, why: &str) -> Gap {
    let mut gap = gap_of(record, subject.to_owned());
    gap.change(|gap| (gap.kind, gap.code, gap.detail) = (GapKind::Malformed, None, why.to_owned()));
    gap
}

/// What AWS's error codes mean; they differ by service, and the common ones are in no service model.
fn kind(code: &str) -> GapKind {
    const DENIED: &[&str] = &[
        "AccessDeniedException",
        "AccessDenied",
        "UnauthorizedOperation",
        "AuthorizationError",
        "NotAuthorized",
        "Forbidden",
        "InsufficientDependencyServiceAccessPermissionException",
    ];
    const THROTTLED: &[&str] = &[
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ProvisionedThroughputExceededException",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
    ];
    const VANISHED: &[&str] = &[
        "ResourceNotFoundException",
        "NotFoundException",
        "TrailNotFoundException",
        "NotFound",
        "NoSuchBucket",
        "ClusterNotFound",
        "PolicyNotFoundException",
        "EventDataStoreNotFoundException",
        "EntityNotFoundException",
    ];
    match code {
        _ if DENIED.contains(&code) => GapKind::Denied,
        _ if THROTTLED.contains(&code) => GapKind::Throttled,
        _ if VANISHED.contains(&code) => GapKind::Vanished,
        "Malformed" => GapKind::Malformed,
        _ => GapKind::Failed,
    }
}

/// Takes fields out of one answer.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub record: Answer<'a>,
    /// Pointer to the object in which the fields stand.
    pub base: &'a str,
    pub subject: &'a str,
}

impl<'a> Fields<'a> {
    /// The value under a member, unless it is absent, null or withheld.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.record.body.pointer(self.base)?.get(name).filter(|v| !v.is_null())
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// The place of a member.
    pub fn at(&self, name: &str) -> Citation {
        Citation { ev: self.record.ev, pointer: self.pointer(name).into() }
    }

    /// A gap for a member.
    pub fn gap(&self, name: &str, why: &str) -> Gap {
        malformed(&self.record, self.subject, &format!("{} {why}", self.pointer(name)))
    }

    /// The whole member as something that `parse` understands.
    pub fn parse<T>(&self, name: &str, parse: impl FnOnce(&'a Value) -> Option<T>) -> Reading<T> {
        let value = self.get(name).ok_or_else(|| self.gap(name, "is not in the answer"))?;
        let parsed =
            parse(value).ok_or_else(|| self.gap(name, &format!("holds {}, which is not understood", short(value))))?;
        read_at(parsed, &self.record, &self.pointer(name))
    }

    pub fn text(&self, name: &str) -> Reading<String> {
        self.parse(name, |v| v.as_str().map(ToOwned::to_owned))
    }

    pub fn flag(&self, name: &str) -> Reading<bool> {
        self.parse(name, Value::as_bool)
    }

    /// A time in epoch seconds, as the JSON protocols write it.
    pub fn time(&self, name: &str) -> Reading<Time> {
        self.parse(name, |v| time::from_epoch(v.as_f64()?))
    }

    /// A member that AWS leaves out when there is nothing to say; one that is there must be understood.
    pub fn optional<T>(&self, name: &str, parse: impl FnOnce(&'a Value) -> Option<T>) -> Result<Option<T>, Gap> {
        match self.get(name) {
            None => Ok(None),
            Some(_) => self.parse(name, parse).map(|r| Some(r.value)),
        }
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<String>, Gap> {
        self.optional(name, |v| v.as_str().map(ToOwned::to_owned))
    }

    pub fn optional_time(&self, name: &str) -> Result<Option<Time>, Gap> {
        self.optional(name, |v| time::from_epoch(v.as_f64()?))
    }

    /// A reading of the whole object.
    pub fn whole<T>(&self, value: T) -> Read<T> {
        Read { value, at: Citation { ev: self.record.ev, pointer: self.base.into() } }
    }
}

/// A value, short enough for a sentence.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(57).chain("...".chars()).collect() }
}
