//! Exceptions: failures that somebody has approved for a time, with what is done instead.
//!
//! An exception never turns a failure into a pass. It stands beside the finding, the requirement is "partly supported"
//! at best, and the register is printed with every field. One that is expired, not yet approved or not filled in
//! counts as none, and says so. The day that decides is the day on which the evidence was complete, so a pack tells the
//! same in three years.

use crate::model::assessment::{ExceptionOutcome, ExceptionState};
use crate::model::catalog::{Loaded, is_day};
use crate::model::finding::SubjectKind;
use crate::model::settings::{Exception, is_link};
use crate::model::time::day;
use crate::model::{Finding, Key, Settings, Snapshot, Status, Stream, declared};
use std::collections::{BTreeSet, HashMap};

/// Writes beside every failing finding the first exception that covers it and counts.
pub fn mark(findings: &mut [Finding], snapshot: &Snapshot, settings: &Settings) {
    let valid: Vec<&Exception> = states(snapshot, settings)
        .into_iter()
        .filter(|(_, state, _)| *state == ExceptionState::Valid)
        .map(|(exception, _, _)| exception)
        .collect();
    if valid.is_empty() {
        return;
    }
    let subjects = Subjects::of(snapshot);
    for finding in findings.iter_mut().filter(|f| f.status == Status::Fail) {
        let covering = valid.iter().find(|e| e.check == finding.check && subjects.covered(e, finding));
        finding.exception = covering.map(|e| e.id.as_str().into());
    }
}

/// The register: every declared exception, whether it counts, and what stands under it.
pub(super) fn register(
    catalogs: &[Loaded],
    findings: &[Finding],
    snapshot: &Snapshot,
    settings: &Settings,
) -> Vec<ExceptionOutcome> {
    let links = catalogs.iter().flat_map(|c| &c.catalog.requirements).flat_map(|r| &r.checks);
    // One by one: to collect a set is to collect and sort a list of all first.
    let mut known = BTreeSet::new();
    known.extend(links.map(|l| l.check.as_str()));
    known.extend(findings.iter().map(|f| f.check.as_str()));
    let outcome = |(exception, mut state, mut because): (&Exception, ExceptionState, Vec<String>)| {
        if !exception.check.is_empty() && !known.contains(exception.check.as_str()) {
            state = ExceptionState::Incomplete;
            because.push(format!("no check of this run is called {}", exception.check));
        }
        let under = findings.iter().filter(|f| {
            state == ExceptionState::Valid && f.status == Status::Fail && f.exception.as_deref() == Some(&exception.id)
        });
        let findings = under.map(|f| f.id).collect();
        ExceptionOutcome { exception: exception.clone(), state, because, findings }
    };
    states(snapshot, settings).into_iter().map(outcome).collect()
}

/// Each exception, whether it counts, and why not.
fn states<'a>(snapshot: &Snapshot, settings: &'a Settings) -> Vec<(&'a Exception, ExceptionState, Vec<String>)> {
    let today = day(snapshot.run.ended);
    let mut seen = BTreeSet::new();
    let state = |exception: &'a Exception| {
        let mut because = missing(exception);
        if !exception.id.trim().is_empty() && !seen.insert(exception.id.as_str()) {
            because.push(format!("the id {} stands twice", exception.id));
        }
        let state = if !because.is_empty() {
            ExceptionState::Incomplete
        } else if exception.expires < today {
            because.push(format!("it ended on {}, and the evidence is of {today}", exception.expires));
            ExceptionState::Expired
        } else if exception.approved > today {
            because.push(format!("it was approved on {}, and the evidence is of {today}", exception.approved));
            ExceptionState::NotYetApproved
        } else {
            ExceptionState::Valid
        };
        (exception, state, because)
    };
    settings.exceptions.iter().map(state).collect()
}

/// What is not filled in or makes no sense.
fn missing(exception: &Exception) -> Vec<String> {
    let fields = [
        ("id", &exception.id),
        ("check", &exception.check),
        ("reason", &exception.reason),
        ("compensating_measure", &exception.compensating_measure),
        ("owner", &exception.owner),
        ("approver", &exception.approver),
    ];
    let empty = fields.into_iter().filter(|(_, text)| text.trim().is_empty());
    let mut because: Vec<String> = empty.map(|(name, _)| format!("{name} is not filled in")).collect();
    for (name, text) in [("approved", &exception.approved), ("expires", &exception.expires)] {
        if !is_day(text) {
            because.push(format!("{name} is not a day such as 2026-11-23"));
        }
    }
    if is_day(&exception.approved) && is_day(&exception.expires) && exception.expires < exception.approved {
        because.push("it expires before it was approved".to_owned());
    }
    let scope = [&exception.stream, &exception.key, &exception.tag, &exception.account, &exception.region];
    if scope.iter().all(|s| s.is_none()) {
        because.push("it names no stream, key, tag, account or Region, so it has no scope".to_owned());
    }
    if exception.link.as_ref().is_some_and(|link| !is_link(link)) {
        because.push("link is no http or https address without a user name".to_owned());
    }
    if exception.value.is_some() && exception.tag.is_none() {
        because.push("it names the value of a tag without the tag".to_owned());
    }
    if exception.stream.is_some() && exception.key.is_some() {
        because.push("it names a stream and a key, and no finding is about both".to_owned());
    }
    because
}

/// The streams and keys of a run, by place and ARN.
struct Subjects<'a> {
    streams: HashMap<(&'a str, &'a str, &'a str), &'a Stream>,
    keys: HashMap<(&'a str, &'a str, &'a str), &'a Key>,
}

impl<'a> Subjects<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let streams = snapshot.streams().map(|s| ((s.account.as_str(), s.region.as_str(), s.arn.as_str()), s));
        let keys = snapshot.keys().map(|k| ((k.account.as_str(), k.region.as_str(), k.arn.as_str()), k));
        Self { streams: streams.collect(), keys: keys.collect() }
    }

    fn covered(&self, exception: &Exception, finding: &Finding) -> bool {
        let subject = &finding.subject;
        let place = (subject.account.as_str(), subject.region.as_str(), subject.id.as_str());
        match subject.kind {
            SubjectKind::Stream => self.streams.get(&place).is_some_and(|s| declared::covers_stream(exception, s)),
            SubjectKind::Key => self.keys.get(&place).is_some_and(|k| declared::covers_key(exception, k)),
            SubjectKind::Region => declared::covers_region(exception, place.0, place.1),
        }
    }
}
