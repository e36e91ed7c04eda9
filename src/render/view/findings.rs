//! Checks with their counts, and findings.

use super::index::{Index, sign};
use crate::model::check::CheckPage;
use crate::model::reading::Ev;
use crate::model::series::Earlier;
use crate::model::time::seconds;
use crate::model::{Finding, FindingId, Status, Text, Time};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A check with its counts.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// Its words.
    pub page: CheckPage,
    /// Counts by status.
    pub pass: usize,
    /// Counts by status.
    pub fail: usize,
    /// Counts by status.
    pub unknown: usize,
    /// Counts by status.
    pub not_applicable: usize,
    /// How many of those that fail stand under an approved exception.
    pub excepted: usize,
    /// The findings that fail or are not known, failures first, those together of which the same was seen.
    #[serde(skip)]
    pub groups: Vec<FindingGroup>,
    /// Its number among the checks of its kind.
    pub number: usize,
    /// Findings with nothing open about what has no row of its own, such as a Region.
    pub settled: Vec<SettledFinding>,
}

/// A finding that passes or does not apply.
#[derive(Clone, Debug, Serialize)]
pub struct SettledFinding {
    /// Its id.
    pub id: FindingId,
    /// What it is about.
    pub subject: Text,
    /// A shape for its status.
    pub sign: &'static str,
    /// What was seen.
    pub reason: Text,
    /// The records in which it was seen.
    pub records: Vec<Ev>,
}

/// Findings that say the same of many subjects: the reason is read once.
#[derive(Clone, Debug, Serialize)]
pub struct FindingGroup {
    /// The status.
    pub status: StatusCell,
    /// What was seen.
    pub reason: Text,
    /// Where in the records, for all alike: JSON pointers.
    pub places: Text,
    /// Of what.
    pub members: Vec<FindingMember>,
    /// Since when, and when last; empty where no pack before this one was named.
    pub seen_since: String,
}

/// One finding of a group.
#[derive(Clone, Debug, Serialize)]
pub struct FindingMember {
    /// The finding's id.
    pub id: FindingId,
    /// What it is about.
    pub subject: Text,
    /// The anchor of that one's row; empty where there is none.
    pub anchor: Text,
    /// Where.
    pub account: Text,
    /// Where.
    pub region: Text,
    /// The records in which it was seen.
    pub records: Vec<Ev>,
}

/// A status, and the finding that has it.
#[derive(Clone, Debug, Serialize)]
pub struct StatusCell {
    /// The word of files.
    pub word: &'static str,
    /// The word of people.
    pub label: &'static str,
    /// The finding's id; empty when there is none.
    pub finding: String,
    /// The approved exception under which a failure stands; empty when there is none. It stands beside the status.
    pub exception: Text,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct FindingRow {
    /// Its id.
    pub id: FindingId,
    /// The check.
    pub check: Text,
    /// The check's title.
    pub title: &'static str,
    /// How much a failure matters.
    pub severity: &'static str,
    /// Where.
    pub account: Text,
    /// Where.
    pub region: Text,
    /// Stream, key or Region.
    pub kind: &'static str,
    /// What people call it.
    pub subject: Text,
    /// Its ARN.
    pub subject_id: Text,
    /// The status.
    pub status: StatusCell,
    /// What was seen.
    pub reason: Text,
    /// Where it was seen.
    pub citations: String,
    /// The beginning of the first run of the series that found it so.
    pub first_seen: String,
    /// The beginning of the newest run that did.
    pub last_seen: String,
}

/// Every finding: rows that are made when they are asked for, since there may be half a million.
#[derive(Clone, Debug)]
pub struct Findings {
    all: Arc<Vec<Finding>>,
    titles: HashMap<&'static str, &'static str>,
}

impl Findings {
    pub(super) fn of(input: &super::Input<'_>) -> Self {
        let titles = input.checks.iter().map(|page| (page.id, page.title)).collect();
        Self { all: Arc::clone(input.findings), titles }
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = FindingRow> {
        self.all
            .iter()
            .map(|finding| finding_row(finding, self.titles.get(finding.check.as_str()).copied().unwrap_or_default()))
    }
}

pub(super) fn check_row(page: CheckPage, index: &Index<'_>) -> CheckRow {
    let mine = || index.of_check(page.id).iter().copied();
    let count = |status| mine().filter(|f| f.status == status).count();
    let of = |status| mine().filter(move |f| f.status == status);
    let open: Vec<&Finding> = of(Status::Fail).chain(of(Status::Unknown)).collect();
    CheckRow {
        page,
        pass: count(Status::Pass),
        fail: count(Status::Fail),
        unknown: count(Status::Unknown),
        not_applicable: count(Status::NotApplicable),
        excepted: of(Status::Fail).filter(|f| f.exception.is_some()).count(),
        groups: groups(&open, index),
        number: index.number(page.kind, page.id),
        settled: of(Status::Pass).chain(of(Status::NotApplicable)).filter_map(|f| settled(f, index)).collect(),
    }
}

/// What findings of one group have in common: status, words, exception, places, and since when.
type Alike<'a> = (Status, String, Option<&'a str>, String, Option<Time>);

/// Findings with the same words at the same places, in the order of the first of each. The name of the subject is no
/// difference.
fn groups(open: &[&Finding], index: &Index<'_>) -> Vec<FindingGroup> {
    let mut groups: Vec<FindingGroup> = Vec::new();
    let mut known: HashMap<Alike<'_>, usize> = HashMap::new();
    for finding in open {
        let places: Vec<&str> = finding.citations.iter().map(|c| c.pointer.as_str()).collect();
        let nameless = nameless(finding);
        let alike =
            (finding.status, nameless.clone(), finding.exception.as_deref(), places.join("\n"), finding.first_seen);
        let at = *known.entry(alike).or_insert_with(|| {
            let mut places: Vec<&str> = finding.citations.iter().map(|c| c.pointer.as_str()).collect();
            places.retain(|p| !p.is_empty());
            places.sort_unstable();
            places.dedup();
            let reason = finding.reason.clone();
            groups.push(FindingGroup {
                status: cell(finding),
                reason,
                places: places.join(" ").into(),
                members: Vec::new(),
                seen_since: seen_since(finding),
            });
            groups.len() - 1
        });
        if groups[at].reason != finding.reason {
            groups[at].reason = nameless.into();
        }
        groups[at].members.push(FindingMember {
            id: finding.id,
            subject: subject(finding),
            anchor: index.anchor(finding.subject.region.as_str(), &finding.subject.id),
            account: finding.subject.account.text(),
            region: finding.subject.region.text(),
            records: records(finding),
        });
    }
    groups
}

/// Since when a finding is what it is, in words.
fn seen_since(finding: &Finding) -> String {
    match (finding.first_seen, finding.last_seen) {
        (Some(first), Some(last)) if first == last => format!("first seen in this run, {}", seconds(last)),
        (Some(first), Some(last)) => format!("first seen {}, last seen {}", seconds(first), seconds(last)),
        (None, Some(last)) => format!("first seen: {NOT_KNOWN}, last seen {}", seconds(last)),
        (_, None) => String::new(),
    }
}

const NOT_KNOWN: &str = "not known";

/// What the first and last sight of findings rests on.
pub(super) fn seen(earlier: Option<&Earlier>, version: &str) -> &'static str {
    match earlier.and_then(|e| e.packs.last().filter(|_| !e.standing.is_empty())) {
        None => "First seen and last seen over the series are not known: no pack before this one was named.",
        Some(last) if last.version != version => {
            "First seen is not known: the pack before this one is by another version of the program, whose checks may differ."
        }
        Some(_) => {
            "First seen is the beginning of the first run of the series that found the same status, with every run since; \
             last seen is this run."
        }
    }
}

/// What was seen, without the name of what it was seen of.
fn nameless(finding: &Finding) -> String {
    let name = finding.subject.name.as_str();
    let words = finding.reason.split(' ').map(|word| {
        let (bare, end) =
            word.strip_suffix([':', ',', '.', ';']).map_or((word, ""), |bare| (bare, &word[bare.len()..]));
        if bare == name { format!("each of these{end}") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn settled(finding: &Finding, index: &Index<'_>) -> Option<SettledFinding> {
    let row = index.anchor(finding.subject.region.as_str(), &finding.subject.id);
    row.is_empty().then(|| SettledFinding {
        id: finding.id,
        subject: subject(finding),
        sign: sign(finding.status),
        reason: finding.reason.clone(),
        records: records(finding),
    })
}

fn records(finding: &Finding) -> Vec<Ev> {
    let evs: BTreeSet<_> = finding.citations.iter().map(|c| c.ev).collect();
    evs.into_iter().collect()
}

/// What people call the subject: of a key without alias its id.
fn subject(finding: &Finding) -> Text {
    let name = &finding.subject.name;
    name.rsplit_once(":key/").map_or_else(|| name.clone(), |(_, id)| id.into())
}

/// The word of people for a status.
#[must_use]
pub fn label(status: Status) -> &'static str {
    match status {
        Status::Pass => "Pass",
        Status::Fail => "Fail",
        Status::Unknown => "Unknown",
        Status::NotApplicable => "N/A",
    }
}

pub(super) fn cell(finding: &Finding) -> StatusCell {
    StatusCell {
        word: finding.status.word(),
        label: label(finding.status),
        finding: finding.id.to_string(),
        exception: finding.exception.clone().unwrap_or_default(),
    }
}

fn finding_row(finding: &Finding, title: &'static str) -> FindingRow {
    let citations: Vec<String> = finding.citations.iter().map(ToString::to_string).collect();
    FindingRow {
        id: finding.id,
        check: finding.check.clone(),
        title,
        severity: finding.severity.word(),
        account: finding.subject.account.text(),
        region: finding.subject.region.text(),
        kind: finding.subject.kind.word(),
        subject: subject(finding),
        subject_id: finding.subject.id.clone(),
        status: cell(finding),
        reason: finding.reason.clone(),
        citations: citations.join(" "),
        first_seen: finding.first_seen.map_or_else(|| NOT_KNOWN.to_owned(), seconds),
        last_seen: finding.last_seen.map_or_else(|| NOT_KNOWN.to_owned(), seconds),
    }
}
