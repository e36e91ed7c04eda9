//! The chains of digests: each digest with its neighbours, each log file with its digest, each hour with both.
//!
//! Three questions that the signatures alone do not answer:
//!
//! - **Is a digest missing?** A digest names its predecessor, so a hole in the middle shows. Both ends need something
//!   else: the period that was asked for, log files and metadata that were left behind, an invalid digest, the other
//!   chains. Where something proves that there was or should be a digest, its hour is missing; where nothing tells,
//!   the hour is not known. Neither is ever silently short.
//! - **Is a log file planted?** One that no valid digest names is not vouched for. CloudTrail names a file by the minute
//!   to which its events belong and delivers it up to a quarter of an hour later, so a file from the last quarter of an
//!   hour of a chain may belong to the next digest: as long as that one may still be on its way, and no longer.
//! - **Is a valid digest the one that was delivered?** Its hash and signature must be those in the next one. The walk
//!   goes from new to old, and a digest that failed vouches for nothing.

mod judge;
mod timeline;

use super::digest::{Body, Digest, HASH_ALGORITHM, LogEntry, Previous};
use super::layout::ChainId;
use super::logs::LogFact;
use super::report::{Code, Report};
use crate::model::{AccountId, Time};
use chrono::TimeDelta;
use judge::Judge;
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
    /// When this is asked: it tells which digests must have been delivered by now.
    pub now: Option<Time>,
}

/// What lies in the folder.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The keys of all plain files.
    pub objects: BTreeSet<String>,
    /// What was not looked at, and why.
    pub not_read: Vec<(String, String)>,
    /// The prefix that was not told and that the digests name.
    pub prefix: Option<String>,
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
    /// The prefix below which the digests say that they lie, when none is valid without it and all name the same.
    #[must_use]
    pub fn prefix_meant(digests: &[Digest]) -> Option<String> {
        if digests.iter().any(Digest::is_valid) {
            return None;
        }
        let prefix = |digest: &Digest| Some(digest.says.as_deref()?.strip_suffix(&digest.object)?.to_owned());
        let mut named = digests.iter().filter_map(prefix);
        let first = named.next().filter(|prefix| prefix.ends_with('/'))?;
        named.all(|other| other == first).then_some(first)
    }

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
