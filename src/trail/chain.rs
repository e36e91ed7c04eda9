//! The chains of digests: each digest with its neighbours, each log file with its digest, each hour with both.
//!
//! Three questions that the signatures alone do not answer:
//!
//! - **Is a digest missing?** A digest names its predecessor, so a hole in the middle shows. Both ends need something
//!   else: the period that was asked for, log files and metadata that were left behind, an invalid digest, the other
//!   chains. Where something proves that there was or should be a digest, its hour is missing; where nothing tells,
//!   the hour is not known. Neither is ever silently short.
//! - **Is a log file planted?** One that lies in the time of the chain and that no valid digest names is not vouched
//!   for. CloudTrail names a file by the minute to which its events belong and delivers it up to a quarter of an hour
//!   later, so the last quarter of an hour before the end of a chain is left to the next digest.
//! - **Is a valid digest the one that was delivered?** Its hash and signature must be those in the next one. The walk
//!   goes from new to old, and a digest that failed vouches for nothing.

use super::digest::{Body, Digest, HASH_ALGORITHM, LogEntry, Previous};
use super::gunzip::Fault;
use super::layout::{self, ChainId, Section};
use super::logs::LogFact;
use super::report::{ChainSummary, Code, DigestCounts, Finding, Hour, HourState, LogCounts, Report};
use crate::model::time::seconds;
use crate::model::{AccountId, Time};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: TimeDelta = TimeDelta::hours(1);
/// Less than this between two digests is no gap.
const SLACK: TimeDelta = TimeDelta::minutes(1);
/// How far the time in a name may be from the end of an hour to be about that hour.
const NEAR: TimeDelta = TimeDelta::minutes(30);
/// How long after the minute in its name a log file may be delivered.
const DELIVERY: TimeDelta = TimeDelta::minutes(15);
/// How long after the end of its hour a digest may be delivered.
const DIGEST_DELIVERY: TimeDelta = TimeDelta::hours(2);
/// Traces further apart than this do not stand for the hours between them.
const TRACE: TimeDelta = TimeDelta::hours(24);
/// After this many hours, one more entry stands for all the rest.
const MOST_HOURS: usize = 10_000;

/// The period that should be covered, as far as it was told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    /// Its beginning.
    pub from: Option<Time>,
    /// Its end.
    pub to: Option<Time>,
}

/// What lies in the folder.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The keys of all plain files.
    pub objects: BTreeSet<String>,
    /// What was not looked at, and why.
    pub not_read: Vec<(String, String)>,
    /// Oddities of the list of public keys.
    pub key_faults: Vec<String>,
}

/// All digests, linked.
#[derive(Debug)]
pub struct Chains {
    chains: BTreeMap<ChainId, Vec<Digest>>,
    nameless: Vec<Digest>,
}

impl Chains {
    /// Sorts digests into chains and compares each with what its successor says of it.
    #[must_use]
    pub fn new(digests: Vec<Digest>) -> Self {
        let mut made = Self { chains: BTreeMap::new(), nameless: Vec::new() };
        for digest in digests {
            match &digest.name {
                Some((chain, _)) => made.chains.entry(chain.clone()).or_default().push(digest),
                None => made.nameless.push(digest),
            }
        }
        for chain in made.chains.values_mut() {
            chain.sort_by(|a, b| (named_end(a), &a.object).cmp(&(named_end(b), &b.object)));
            link(chain);
        }
        made
    }

    /// The log files that valid digests name.
    #[must_use]
    pub fn named_logs(&self) -> BTreeSet<String> {
        let bodies = self.chains.values().flatten().filter_map(|d| d.body.as_ref());
        bodies.flat_map(|body| &body.logs).map(|entry| entry.object.clone()).collect()
    }

    /// For each account and Region, the time of the valid digests all of whose log files are as they say.
    #[must_use]
    pub fn proven(
        &self,
        facts: &BTreeMap<String, Result<LogFact, String>>,
    ) -> BTreeMap<(AccountId, String), Vec<Span>> {
        let mut spans: BTreeMap<(AccountId, String), Vec<Span>> = BTreeMap::new();
        for (id, digests) in self.chains.iter().filter(|(id, _)| !id.backfill) {
            let whole = digests.iter().filter_map(|d| d.body.as_ref()).filter(|body| {
                body.logs.iter().all(|entry| entry.bucket == body.bucket && fits(facts.get(&entry.object), entry))
            });
            spans.entry((id.account.clone(), id.region.clone())).or_default().extend(whole.map(|b| (b.start, b.end)));
        }
        spans.values_mut().for_each(join);
        spans
    }

    /// The log files that a valid digest vouches for.
    #[must_use]
    pub fn vouched(&self, facts: &BTreeMap<String, Result<LogFact, String>>) -> BTreeSet<String> {
        let bodies = self.chains.values().flatten().filter_map(|d| d.body.as_ref());
        let entries = bodies.flat_map(|body| body.logs.iter().filter(|entry| entry.bucket == body.bucket));
        entries.filter(|e| fits(facts.get(&e.object), e)).map(|entry| entry.object.clone()).collect()
    }

    /// Judges the whole. `facts` holds what was found of each named log file that lies in the folder, or why it could
    /// not be read.
    #[must_use]
    pub fn judge(
        &self,
        listing: &Listing,
        facts: &BTreeMap<String, Result<LogFact, String>>,
        expected: Expected,
    ) -> Report {
        let mut judge = Judge::new(self, listing, facts, expected);
        judge.digests();
        judge.named();
        judge.timelines();
        judge.unnamed();
        judge.report()
    }
}

fn fits(fact: Option<&Result<LogFact, String>>, entry: &LogEntry) -> bool {
    let hash = fact.and_then(|fact| fact.as_ref().ok()).and_then(|fact| fact.sha256.as_deref().ok());
    entry.algorithm == HASH_ALGORITHM && hash == Some(entry.hash.as_str())
}

/// Sorts stretches of time and joins those with less than a minute between them.
fn join(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for (from, to) in spans.drain(..) {
        match joined.last_mut() {
            Some((_, end)) if from - *end <= SLACK => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    *spans = joined;
}

fn named_end(digest: &Digest) -> Option<Time> {
    digest.name.as_ref().map(|(_, end)| *end)
}

/// Condemns each valid digest of which a valid successor says something else. From new to old: a condemned digest
/// says nothing any more.
fn link(chain: &mut [Digest]) {
    let places: BTreeMap<String, usize> = chain.iter().enumerate().map(|(at, d)| (d.object.clone(), at)).collect();
    for at in (0..chain.len()).rev() {
        let Some(Body { previous: Previous::Is { object, hash, signature, .. }, .. }) = &chain[at].body else {
            continue;
        };
        let Some(&before) = places.get(object) else { continue };
        let target = &chain[before];
        let same_hash = target.sha256.as_deref() == Some(hash);
        let same_signature = target.signature.as_deref().is_some_and(|s| s.eq_ignore_ascii_case(signature));
        if target.is_valid() && !(same_hash && same_signature) {
            let what = if same_hash { "signature" } else { "hash" };
            let why = format!("the next digest, {}, names another {what} for this one", chain[at].object);
            chain[before].condemn(Code::DigestNotAsNamed, why);
        }
    }
}

/// A stretch of time.
type Span = (Time, Time);

/// Hours from a beginning on, the last one cut at the end; an end of less than a minute is no hour of its own.
fn hours(from: Time, to: Time) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = from;
    while to - at > SLACK {
        let next = if found.len() == MOST_HOURS { to } else { at + HOUR };
        let next = if to - next > SLACK { next } else { to };
        found.push((at, next));
        at = next;
    }
    found
}

/// Whole hours back from an end until a time is covered: a chain has its own beat, which a time asked for has not.
fn hours_back(from: Time, to: Time) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = to;
    while at - from > SLACK {
        let next = if found.len() == MOST_HOURS { from } else { at - HOUR };
        found.push((next, at));
        at = next;
    }
    found.reverse();
    found
}

/// Whether the time in a name is about the hour that ends here.
fn is_near(end: Time, named: Time) -> bool {
    (end - named).abs() <= NEAR
}

struct Judge<'a> {
    chains: &'a Chains,
    listing: &'a Listing,
    facts: &'a BTreeMap<String, Result<LogFact, String>>,
    expected: Expected,
    findings: BTreeSet<Finding>,
    hours: BTreeSet<Hour>,
    /// The same hours, for looking up by chain and time.
    states: BTreeMap<String, Vec<(Span, HourState)>>,
    logs: LogCounts,
    missing: BTreeMap<String, usize>,
    /// The log files in the folder that no valid digest names, by account and Region.
    unnamed: BTreeMap<(String, String), Vec<Time>>,
    unnamed_objects: Vec<&'a str>,
    /// Metadata whose digest is not there, by chain.
    orphans: BTreeMap<ChainId, BTreeMap<Time, String>>,
}

impl<'a> Judge<'a> {
    fn new(
        chains: &'a Chains,
        listing: &'a Listing,
        facts: &'a BTreeMap<String, Result<LogFact, String>>,
        expected: Expected,
    ) -> Self {
        let named = chains.named_logs();
        let mut judge = Self {
            chains,
            listing,
            facts,
            expected,
            findings: BTreeSet::new(),
            hours: BTreeSet::new(),
            states: BTreeMap::new(),
            logs: LogCounts::default(),
            missing: BTreeMap::new(),
            unnamed: BTreeMap::new(),
            unnamed_objects: Vec::new(),
            orphans: BTreeMap::new(),
        };
        for object in &listing.objects {
            match layout::section(object) {
                Section::Logs if object.ends_with(layout::ENDING) && !named.contains(object) => {
                    judge.unnamed_log(object);
                }
                Section::Digests => judge.orphan(object),
                _ => {}
            }
        }
        judge
    }

    fn unnamed_log(&mut self, object: &'a str) {
        self.unnamed_objects.push(object);
        let place = layout::log_place(object);
        if let (Some(account), Some(time), true) = (place.account, place.time, place.exact) {
            self.unnamed.entry((account.to_string(), place.region)).or_default().push(time);
        }
    }

    fn orphan(&mut self, object: &str) {
        let Some(digest) = object.strip_suffix(layout::META_ENDING) else { return };
        if !self.listing.objects.contains(digest)
            && let Some((chain, end)) = layout::digest_name(digest)
        {
            self.orphans.entry(chain).or_default().insert(end, digest.to_owned());
        }
    }

    fn find(
        &mut self,
        code: Code,
        chain: Option<&ChainId>,
        hour: Option<Time>,
        object: Option<&str>,
        text: impl Into<String>,
    ) {
        self.findings.insert(Finding {
            level: code.level(),
            code,
            chain: chain.map(ToString::to_string),
            hour: hour.map(seconds),
            object: object.map(ToOwned::to_owned),
            text: text.into(),
        });
    }

    /// Each digest by itself, and what is true of all of them.
    fn digests(&mut self) {
        if self.chains.chains.is_empty() && self.chains.nameless.is_empty() {
            self.find(
                Code::NoDigests,
                None,
                None,
                None,
                "there is no digest in the folder: was log file validation on, and was CloudTrail-Digest copied too?",
            );
        }
        let all = self.chains.chains.values().flatten().chain(&self.chains.nameless);
        let mut buckets = BTreeSet::new();
        for digest in all {
            let chain = digest.name.as_ref().map(|(chain, _)| chain);
            let hour = digest.body.as_ref().map(|b| b.start).or_else(|| named_end(digest).map(|end| end - HOUR));
            buckets.extend(digest.body.as_ref().map(|b| b.bucket.clone()));
            for (code, why) in &digest.faults {
                self.find(*code, chain, hour, Some(&digest.object), why.as_str());
            }
        }
        if buckets.len() > 1 {
            let names: Vec<String> = buckets.into_iter().collect();
            self.find(
                Code::BucketsMixed,
                None,
                None,
                None,
                format!("the digests say that they are in {}", names.join(", ")),
            );
        }
        for (object, why) in &self.listing.not_read {
            self.find(Code::NotRead, None, None, Some(object), why.as_str());
        }
        for why in &self.listing.key_faults {
            self.find(Code::KeyList, None, None, None, why.as_str());
        }
    }

    /// Each log file that a valid digest names.
    fn named(&mut self) {
        let mut entries: BTreeMap<&str, Vec<(&ChainId, &Body, &LogEntry)>> = BTreeMap::new();
        for (chain, digests) in &self.chains.chains {
            for body in digests.iter().filter_map(|d| d.body.as_ref()) {
                for entry in &body.logs {
                    entries.entry(&entry.object).or_default().push((chain, body, entry));
                }
            }
        }
        for (object, named) in entries {
            let Some(&(chain, body, entry)) = named.first() else { continue };
            if named.len() > 1 {
                self.find(
                    Code::LogTwice,
                    Some(chain),
                    Some(body.start),
                    Some(object),
                    format!("{} digests name it", named.len()),
                );
            }
            if entry.bucket != body.bucket {
                let text = format!("it is said to be in bucket {:?}", entry.bucket);
                self.find(Code::LogElsewhere, Some(chain), Some(body.start), Some(object), text);
                continue;
            }
            let faults: Vec<_> =
                named.iter().filter_map(|(c, b, e)| Some((*c, b.start, self.log_fault(object, e)?))).collect();
            match faults.first() {
                None => self.valid_log(object, &named),
                Some((_, _, (Code::LogMissing, _))) => self.logs.missing += 1,
                Some(_) => self.logs.invalid += 1,
            }
            for (chain, hour, (code, why)) in faults {
                self.find(code, Some(chain), Some(hour), Some(object), why);
            }
        }
    }

    fn log_fault(&self, object: &str, entry: &LogEntry) -> Option<(Code, String)> {
        let fact = match self.facts.get(object) {
            None => return Some((Code::LogMissing, "a valid digest names it, and it is not there".into())),
            Some(Err(why)) => return Some((Code::LogUnreadable, why.clone())),
            Some(Ok(fact)) => fact,
        };
        if entry.algorithm != HASH_ALGORITHM {
            return Some((Code::LogHashAlgorithm, format!("its hash is said to be by {:?}", entry.algorithm)));
        }
        match &fact.sha256 {
            Err(fault @ Fault::Trailing(_)) => Some((Code::LogTrailingBytes, fault.to_string())),
            Err(fault) => Some((Code::LogUnreadable, fault.to_string())),
            Ok(hash) if *hash == entry.hash => None,
            Ok(hash) => {
                Some((Code::LogChanged, format!("its SHA-256 is {hash}, and its digest says {:?}", entry.hash)))
            }
        }
    }

    fn valid_log(&mut self, object: &str, named: &[(&ChainId, &Body, &LogEntry)]) {
        self.logs.valid += 1;
        let Some(Ok(LogFact { times: Some((low, high)), .. })) = self.facts.get(object) else { return };
        for (chain, body, entry) in named {
            let outside =
                entry.oldest.is_some_and(|oldest| *low < oldest) || entry.newest.is_some_and(|newest| *high > newest);
            if outside {
                let text = format!("its events are from {} to {}", seconds(*low), seconds(*high));
                self.find(Code::EventOutsideDigest, Some(chain), Some(body.start), Some(object), text);
            }
        }
    }

    fn timelines(&mut self) {
        let chains = self.chains;
        for (id, digests) in &chains.chains {
            let timeline = Timeline::new(id, digests);
            match timeline.valid.first() {
                _ if id.backfill => self.backfill(&timeline),
                None => {
                    for span in timeline.invalid.keys().map(|end| (*end - HOUR, *end)) {
                        self.hour(&timeline, span, HourState::Invalid, Code::DigestMissing, "");
                    }
                }
                Some(_) => {
                    self.head(&timeline);
                    for pair in timeline.valid.windows(2) {
                        self.pair(&timeline, pair[0], pair[1]);
                    }
                    self.tail(&timeline);
                }
            }
        }
        for (id, orphans) in std::mem::take(&mut self.orphans) {
            for (end, object) in orphans {
                if self.hours.iter().all(|hour| hour.object.as_deref() != Some(&object)) {
                    self.missing_digest(
                        &id,
                        (end - HOUR, end),
                        Some(object),
                        "its metadata is there and the digest is not",
                    );
                }
            }
        }
    }

    /// Lists an hour without a valid digest; gives the finding with this code unless a digest for it is there, which
    /// has its own.
    fn hour(&mut self, timeline: &Timeline<'_>, span: Span, state: HourState, code: Code, why: &str) {
        let (id, end) = (timeline.id, span.1);
        if let Some((_, object)) = timeline.invalid.range(end - NEAR..=end + NEAR).next() {
            return self.list(id, span, HourState::Invalid, Some((*object).to_owned()));
        }
        let orphan = self.orphans.get(id).and_then(|o| o.range(end - NEAR..=end + NEAR).next());
        let object = orphan.map(|(_, object)| object.clone());
        let object = object.or_else(|| timeline.name_of(end));
        if state == HourState::Missing {
            self.missing_digest(id, span, object, why);
        } else {
            self.find(code, Some(id), Some(span.0), object.as_deref(), why);
            self.list(id, span, state, object);
        }
    }

    fn missing_digest(&mut self, id: &ChainId, span: Span, object: Option<String>, why: &str) {
        *self.missing.entry(id.to_string()).or_default() += 1;
        self.find(Code::DigestMissing, Some(id), Some(span.0), object.as_deref(), why);
        self.list(id, span, HourState::Missing, object);
    }

    fn list(&mut self, id: &ChainId, span: Span, state: HourState, object: Option<String>) {
        self.states.entry(id.to_string()).or_default().push((span, state));
        let hour = Hour { chain: id.to_string(), from: seconds(span.0), to: seconds(span.1), state, object };
        self.hours.insert(hour);
    }

    /// What lies before the first valid digest.
    fn head(&mut self, timeline: &Timeline<'_>) {
        let (digest, body) = timeline.valid[0];
        let id = timeline.id;
        let asked = self.expected.from.filter(|from| body.start - *from > SLACK);
        let traces = self.traces_before(timeline, body.start);
        let back = |from: Option<Time>| from.map_or_else(Vec::new, |from| hours_back(from, body.start));
        match &body.previous {
            Previous::Starting | Previous::Incomplete { object: None } => {
                if matches!(body.previous, Previous::Incomplete { .. }) {
                    let text = "it is the first one here, and it names no predecessor and yet has fields of one";
                    self.find(Code::PreviousIncomplete, Some(id), Some(body.start), Some(&digest.object), text);
                }
                let why = format!("nothing before {} was ever signed in this chain", seconds(body.start));
                let invalid = timeline.invalid.keys().next().map(|end| *end - HOUR).filter(|from| *from < body.start);
                for span in back(asked.or(invalid)) {
                    self.hour(timeline, span, HourState::NotKnown, Code::StartsLate, &why);
                }
            }
            Previous::Is { bucket, object, .. } if *bucket != body.bucket => {
                let text = format!("its predecessor {object} is in bucket {bucket:?}");
                self.find(Code::PreviousElsewhere, Some(id), Some(body.start), Some(&digest.object), text);
                for span in back(asked) {
                    self.list(id, span, HourState::NotKnown, timeline.name_of(span.1));
                }
            }
            Previous::Is { object, .. } | Previous::Incomplete { object: Some(object) } => {
                let why = format!("{} names a predecessor, {object}", digest.object);
                let from = asked.into_iter().chain(traces).min();
                if from.is_some() {
                    for span in back(from) {
                        self.hour(timeline, span, HourState::Missing, Code::DigestMissing, &why);
                    }
                } else if self.expected.from.is_none() && !timeline.objects.contains(object.as_str()) {
                    let text = format!("{why}, which is not here; if the period begins here, say so with --from");
                    self.hour(timeline, (body.start - HOUR, body.start), HourState::NotKnown, Code::HeadOpen, &text);
                }
            }
        }
    }

    /// The earliest trace of hours before the chain: log files, invalid digests, metadata, each within a day of the
    /// next.
    fn traces_before(&self, timeline: &Timeline<'_>, start: Time) -> Option<Time> {
        let logs = self.unnamed.get(&timeline.place()).into_iter().flatten().copied();
        let orphans = self.orphans.get(timeline.id).into_iter().flat_map(BTreeMap::keys);
        let ends = timeline.invalid.keys().chain(orphans).map(|end| *end - HOUR);
        let mut times: Vec<Time> = logs.chain(ends).filter(|t| *t < start - SLACK).collect();
        times.sort_unstable();
        let mut reached = None;
        let mut edge = start;
        for time in times.into_iter().rev().take_while(|time| {
            let near = edge - *time <= TRACE;
            edge = *time;
            near
        }) {
            reached = Some(time);
        }
        reached
    }

    /// Two valid digests that follow one another.
    fn pair(&mut self, timeline: &Timeline<'_>, before: (&Digest, &Body), after: (&Digest, &Body)) {
        let id = timeline.id;
        let ((a, one), (b, two)) = (before, after);
        let gap = hours(one.end, two.start);
        if one.end > two.start {
            let text = format!("it begins before {} ends", a.object);
            self.find(Code::Overlap, Some(id), Some(two.start), Some(&b.object), text);
        }
        let (state, code, why) = match &two.previous {
            Previous::Starting => {
                let mut text = format!("{} is a starting digest: logging or validation was off before it", b.object);
                if let Some(event) = self.explanation(id, two.start) {
                    text = format!("{text}; the log has {event}");
                }
                self.find(Code::ChainRestarted, Some(id), Some(two.start), Some(&b.object), text.as_str());
                (HourState::NotKnown, Code::ChainRestarted, text)
            }
            Previous::Incomplete { .. } => {
                let text = "some of its fields on the predecessor are null and some are not";
                self.find(Code::PreviousIncomplete, Some(id), Some(two.start), Some(&b.object), text);
                (HourState::NotKnown, Code::TimeGap, text.to_owned())
            }
            Previous::Is { object, .. } if *object == a.object => {
                (HourState::NotKnown, Code::TimeGap, format!("{} names {} as its predecessor", b.object, a.object))
            }
            Previous::Is { bucket, object, .. } if *bucket != two.bucket => {
                let text = format!("its predecessor {object} is in bucket {bucket:?}");
                self.find(Code::PreviousElsewhere, Some(id), Some(two.start), Some(&b.object), text.as_str());
                (HourState::NotKnown, Code::PreviousElsewhere, text)
            }
            Previous::Is { object, .. } => {
                let text = format!("{} names a predecessor, {object}", b.object);
                let here = timeline.objects.contains(object.as_str());
                if !timeline.invalid.values().any(|o| o == object) && (here || gap.is_empty()) {
                    self.find(
                        Code::NotLinked,
                        Some(id),
                        Some(one.start),
                        Some(&a.object),
                        format!("{text}, and not this one"),
                    );
                }
                if !here && gap.is_empty() {
                    let end = layout::digest_name(object).map_or(two.start, |(_, end)| end);
                    self.missing_digest(id, (end - HOUR, end), Some(object.clone()), &text);
                }
                (HourState::Missing, Code::DigestMissing, text)
            }
        };
        for span in gap {
            self.hour(timeline, span, state, code, &why);
        }
    }

    /// The call in the proven logs that explains why a chain begins at this time.
    fn explanation(&self, id: &ChainId, start: Time) -> Option<String> {
        let arn_end = format!(":trail/{}", id.trail);
        let events = self.facts.values().flatten().flat_map(|fact| &fact.trail_events);
        let fits = events.filter(|event| {
            (event.time - start).abs() <= HOUR + DELIVERY
                && matches!(event.name.as_str(), "StartLogging" | "CreateTrail" | "UpdateTrail")
                && (event.trail == id.trail || event.trail.ends_with(&arn_end))
        });
        fits.map(|event| format!("{} at {}", event.name, seconds(event.time))).min()
    }

    /// What lies after the last valid digest.
    fn tail(&mut self, timeline: &Timeline<'_>) {
        let Some(end) = timeline.end() else { return };
        let mut late: Vec<Time> = self.unnamed.get(&timeline.place()).into_iter().flatten().copied().collect();
        // A file from the last minutes before the end belongs to the next digest.
        late.retain(|time| *time >= end - DELIVERY);
        let mut traces: Vec<Time> = late.into_iter().map(|time| time.max(end) + SLACK + SLACK).collect();
        traces.extend(timeline.invalid.keys().copied().filter(|named| *named > end + SLACK));
        let orphans = self.orphans.get(timeline.id).map(|o| o.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
        traces.extend(orphans.iter().copied().filter(|named| *named > end + SLACK));
        traces.sort_unstable();
        let mut reached = end;
        for time in traces {
            if time - reached > TRACE {
                break;
            }
            reached = time;
        }
        let others = self.chains.chains.iter().filter(|(id, _)| !id.backfill && *id != timeline.id);
        let newest = others.filter_map(|(id, digests)| Timeline::new(id, digests).end()).max();
        let latest = newest.max(Some(reached)).unwrap_or(reached);
        let asked = self.expected.to.filter(|to| *to - end > HOUR);
        let behind = newest.filter(|_| self.expected.to.is_none());
        let to = [Some(reached), asked, behind].into_iter().flatten().max().unwrap_or(end);
        for span in hours(end, to) {
            // The hour that only begins is nobody's to be missed yet, unless there are traces in it.
            let whole = span.1 - span.0 >= HOUR - SLACK;
            let span = if whole { span } else { (span.0, span.0 + HOUR) };
            let has_trace = span.0 < reached;
            let proof = asked.is_some_and(|to| span.1 <= to + SLACK)
                || has_trace && (span.1 + DIGEST_DELIVERY <= latest || orphans.iter().any(|o| *o >= span.1 - NEAR));
            if proof {
                let why = format!("the chain ends at {}, and there should be more", seconds(end));
                self.hour(timeline, span, HourState::Missing, Code::DigestMissing, &why);
            } else if has_trace {
                let why = format!("the chain ends at {}, and there are log files after it", seconds(end));
                self.hour(timeline, span, HourState::NotKnown, Code::TailOpen, &why);
            } else if whole && behind.is_some() {
                let why = format!("the chain ends at {}, and another one at {}", seconds(end), seconds(latest));
                self.hour(timeline, span, HourState::NotKnown, Code::TailBehind, &why);
            }
        }
    }

    /// Late digests have no hourly beat: only their links can show that one is missing.
    fn backfill(&mut self, timeline: &Timeline<'_>) {
        for (digest, body) in &timeline.valid {
            let Previous::Is { bucket, object, .. } = &body.previous else { continue };
            if *bucket != body.bucket || timeline.objects.contains(object.as_str()) {
                continue;
            }
            let end = layout::digest_name(object).map_or(body.start, |(_, end)| end);
            let span = (end - HOUR, end);
            let why = format!("{} names it as its predecessor", digest.object);
            if timeline.valid[0].1.end < end {
                self.missing_digest(timeline.id, span, Some(object.clone()), &why);
            } else {
                self.find(Code::HeadOpen, Some(timeline.id), Some(span.0), Some(object), why);
            }
        }
    }

    /// Each log file that no valid digest names.
    fn unnamed(&mut self) {
        let timelines: Vec<_> = self.chains.chains.iter().map(|(id, digests)| Timeline::new(id, digests)).collect();
        for object in std::mem::take(&mut self.unnamed_objects) {
            let place = layout::log_place(object);
            let account = place.account.map(|a| a.to_string()).unwrap_or_default();
            let own = |t: &&Timeline<'_>| t.id.account.as_str() == account && t.id.region == place.region;
            let known = timelines.iter().any(|t| own(&t));
            // An account or Region without digests is judged by the time that the others cover.
            let near: Vec<&Timeline<'_>> = timelines.iter().filter(|t| !known || own(t)).collect();
            let (code, text) = self.unnamed_code(&near, known, place.time, place.exact);
            if code == Code::LogOutside {
                self.logs.outside_period += 1;
            } else {
                self.logs.not_vouched_for += 1;
            }
            let id = near.first().filter(|_| known).map(|t| t.id);
            self.find(code, id, place.time.filter(|_| place.exact), Some(object), text);
        }
    }

    fn unnamed_code(
        &self,
        near: &[&Timeline<'_>],
        known: bool,
        time: Option<Time>,
        exact: bool,
    ) -> (Code, &'static str) {
        const OUTSIDE: &str = "no digest covers its time";
        if near.is_empty() {
            return (Code::LogOutside, "there are no digests");
        }
        let Some(time) = time else {
            return (Code::LogNotVouchedFor, "no valid digest names it, and neither name nor folder tells its time");
        };
        let last = if exact { time } else { time + TimeDelta::days(1) };
        let covers = |t: &&&Timeline<'_>| t.extent().is_some_and(|(start, end)| last >= start && time < end - DELIVERY);
        let states = near.iter().filter(|_| exact && known).filter_map(|t| self.state(t, time));
        match states.min() {
            Some(HourState::Missing) => return (Code::LogWithoutDigest, "the digest of its hour is missing"),
            Some(HourState::Invalid) => return (Code::LogWithoutDigest, "the digest of its hour is invalid"),
            Some(HourState::NotKnown) => return (Code::LogOutside, OUTSIDE),
            None => {}
        }
        match (near.iter().any(|t| covers(&t)), known) {
            (true, true) => (Code::LogNotVouchedFor, "its hour has valid digests, and none of them names it"),
            (true, false) => {
                (Code::LogNotVouchedFor, "its account and Region have no digests, and others have them for its time")
            }
            (false, _) => (Code::LogOutside, OUTSIDE),
        }
    }

    /// The state of the hour without a digest in which a log file lies, if it lies in one.
    fn state(&self, timeline: &Timeline<'_>, time: Time) -> Option<HourState> {
        let time = match timeline.end() {
            Some(end) if time < end && time >= end - DELIVERY => end,
            _ => time,
        };
        let spans = self.states.get(&timeline.id.to_string()).into_iter().flatten();
        spans.filter(|((from, to), _)| time >= *from && time < *to).map(|(_, state)| *state).min()
    }

    fn report(self) -> Report {
        let mut report = Report { logs: self.logs, ..Report::default() };
        report.digests.invalid = self.chains.nameless.len();
        for (id, digests) in &self.chains.chains {
            let timeline = Timeline::new(id, digests);
            let chain = id.to_string();
            let valid = digests.iter().filter(|d| d.is_valid()).count();
            let missing = self.missing.get(&chain).copied().unwrap_or_default();
            let counts = DigestCounts { valid, invalid: digests.len() - valid, missing };
            report.digests.valid += counts.valid;
            report.digests.invalid += counts.invalid;
            let hours = self.hours.iter().filter(|h| h.chain == chain && h.state == HourState::Missing);
            let first = timeline.valid.first().map(|(_, body)| *body);
            report.chains.push(ChainSummary {
                chain: chain.clone(),
                account: id.account.to_string(),
                region: id.region.clone(),
                trail: id.trail.clone(),
                home_region: id.home.clone(),
                backfill: id.backfill,
                from: first.map(|body| seconds(body.start)),
                to: timeline.end().map(seconds),
                begins_with_starting_digest: first.is_some_and(|body| body.previous == Previous::Starting),
                digests: counts,
                hours_missing: hours.map(|h| h.from.clone()).collect(),
            });
        }
        report.digests.missing = self.missing.values().sum();
        (report.hours_invalid, report.hours_missing) =
            self.hours.into_iter().partition(|hour| hour.state == HourState::Invalid);
        report.findings = self.findings.into_iter().collect();
        report
    }
}

/// One chain, ready to be walked along.
struct Timeline<'a> {
    id: &'a ChainId,
    /// The valid digests, by time.
    valid: Vec<(&'a Digest, &'a Body)>,
    /// The invalid ones, by the end of the hour that their name claims.
    invalid: BTreeMap<Time, &'a str>,
    /// All of them.
    objects: BTreeSet<&'a str>,
}

impl<'a> Timeline<'a> {
    fn new(id: &'a ChainId, digests: &'a [Digest]) -> Self {
        let mut valid: Vec<_> = digests.iter().filter_map(|d| Some((d, d.body.as_ref()?))).collect();
        valid.sort_by_key(|(digest, body)| (body.start, body.end, &digest.object));
        let invalid = digests.iter().filter(|d| !d.is_valid());
        Self {
            id,
            valid,
            invalid: invalid.filter_map(|d| Some((named_end(d)?, d.object.as_str()))).collect(),
            objects: digests.iter().map(|d| d.object.as_str()).collect(),
        }
    }

    fn end(&self) -> Option<Time> {
        self.valid.iter().map(|(_, body)| body.end).max()
    }

    /// The time that the chain covers; by the names, where no digest is valid.
    fn extent(&self) -> Option<Span> {
        match (self.valid.first(), self.end()) {
            (Some((_, first)), Some(end)) => Some((first.start, end)),
            _ => Some((*self.invalid.keys().next()? - HOUR, *self.invalid.keys().next_back()? + DELIVERY)),
        }
    }

    fn place(&self) -> (String, String) {
        (self.id.account.to_string(), self.id.region.clone())
    }

    /// The name of the digest for the hour that ends here: the one that a digest names as its predecessor, else the
    /// one that the neighbours' names lead to.
    fn name_of(&self, end: Time) -> Option<String> {
        let previous = self.valid.iter().filter_map(|(_, body)| match &body.previous {
            Previous::Is { object, .. } => Some(object),
            _ => None,
        });
        let named = previous
            .filter(|object| !self.objects.contains(object.as_str()))
            .find(|object| layout::digest_name(object).is_some_and(|(_, named)| is_near(end, named)));
        named.cloned().or_else(|| layout::sibling_digest(&self.valid.first()?.0.object, end))
    }
}
