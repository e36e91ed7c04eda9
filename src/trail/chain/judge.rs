//! What the digests say of the whole: each digest, each log file that one names, each hour that none covers.

mod edges;
mod unnamed;

use super::timeline::Timeline;
use super::{Chains, Expected, HOUR, Listing, NEAR, Span, named_end};
use crate::model::Time;
use crate::model::time::seconds;
use crate::trail::digest::{Body, HASH_ALGORITHM, LogEntry, Previous};
use crate::trail::gunzip::Fault;
use crate::trail::layout::{self, ChainId, Kind, Section};
use crate::trail::logs::LogFact;
use crate::trail::report::{ChainSummary, Code, DigestCounts, Finding, Hour, HourState, LogCounts, Report};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Judge<'a> {
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
    /// The log files in the folder that no valid digest names, by account and Region: when, and in which part of the
    /// bucket.
    unnamed: BTreeMap<(String, String), Vec<(Time, &'a str)>>,
    unnamed_objects: Vec<&'a str>,
    /// Of these, the ones in parts of the bucket where no digest lies: other trails'.
    elsewhere: Vec<&'a str>,
    /// Metadata whose digest is not there, by chain.
    orphans: BTreeMap<ChainId, BTreeMap<Time, String>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
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
            elsewhere: Vec::new(),
            orphans: BTreeMap::new(),
        };
        let parts: BTreeSet<&str> =
            chains.chains.values().flatten().chain(&chains.nameless).map(|d| layout::part(&d.object)).collect();
        for object in &listing.objects {
            match layout::kind(object) {
                Kind::Log | Kind::Stray if named.contains(object) => {}
                // No trail writes there: it is nobody else's.
                Kind::Log if layout::section(object) == Section::Elsewhere => judge.unnamed_objects.push(object),
                Kind::Log | Kind::Stray => {
                    if parts.is_empty() || parts.contains(layout::part(object)) {
                        judge.unnamed_log(object);
                    } else {
                        judge.elsewhere.push(object);
                    }
                }
                Kind::Metadata => judge.orphan(object),
                Kind::Digest | Kind::Sibling | Kind::Other => {}
            }
        }
        judge
    }

    /// The time by which things are due: the one that was told, or that of the newest digest where that is later.
    fn now(&self) -> Time {
        let ends = self.chains.chains.values().flatten().filter_map(|d| d.body.as_ref()).map(|body| body.end);
        ends.chain(self.expected.now).max().unwrap_or_default()
    }

    fn unnamed_log(&mut self, object: &'a str) {
        self.unnamed_objects.push(object);
        let place = layout::log_place(object);
        if let (Some(account), Some(time), true) = (place.account, place.time, place.exact) {
            self.unnamed.entry((account.to_string(), place.region)).or_default().push((time, layout::part(object)));
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
    pub(super) fn digests(&mut self) {
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
                if *code == Code::KeyTimeUnknown {
                    // It is about the list, and one word for all digests is enough.
                    self.find(*code, None, None, None, why.as_str());
                    continue;
                }
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
        if let Some(prefix) = &self.listing.prefix {
            let text =
                format!("all digests say that they lie below {prefix:?}, and so the folder was read as a copy of that");
            self.find(Code::Prefix, None, None, None, text);
        }
        for (object, why) in &self.listing.not_read {
            self.find(Code::NotRead, None, None, Some(object), why.as_str());
        }
        for why in &self.listing.key_faults {
            self.find(Code::KeyList, None, None, None, why.as_str());
        }
    }

    /// Each log file that a valid digest names.
    pub(super) fn named(&mut self) {
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

    pub(super) fn timelines(&mut self) {
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

    pub(super) fn report(self) -> Report {
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
