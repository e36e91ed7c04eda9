//! Findings, scope and uses, found by what they are about.

use super::Input;
use super::findings::{StatusCell, cell};
use crate::model::assessment::ScopedStream;
use crate::model::finding::SubjectKind;
use crate::model::reading::Ev;
use crate::model::{Finding, FindingId, Key, Status, Text};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// Findings beyond which a report is dense. At 500 streams each answer still has its own mark.
const DENSE: usize = 20_000;

/// Findings by subject and by check; scope by stream; streams by key.
pub(super) struct Index<'a> {
    pub(super) input: &'a Input<'a>,
    /// Whether there are so many findings that not each can have a mark of its own.
    pub(super) dense: bool,
    pub(super) scope: HashMap<(&'a str, &'a str), &'a ScopedStream>,
    pub(super) users: HashMap<(&'a str, &'a str), usize>,
    subjects: HashMap<(&'a str, &'a str), Vec<&'a Finding>>,
    checks: HashMap<&'a str, Vec<&'a Finding>>,
    anchors: HashMap<(&'a str, &'a str), Text>,
    numbers: HashMap<(SubjectKind, &'a str), usize>,
}

/// One check's answer, in a row of all checks that were asked of a subject.
#[derive(Clone, Debug, Serialize)]
pub struct StripCell {
    /// The check's number among those of its kind.
    pub number: usize,
    /// The word of files.
    pub word: &'static str,
    /// A shape for the word, which survives print and colour blindness.
    pub sign: &'static str,
    /// The finding's id.
    pub finding: FindingId,
}

/// The checks that say the same of a subject, in a row.
#[derive(Clone, Debug, Serialize)]
pub struct StripRun {
    /// The word of files.
    pub word: &'static str,
    /// A shape for the word.
    pub sign: &'static str,
    /// The numbers of the checks.
    pub numbers: String,
}

impl<'a> Index<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        let mut users: HashMap<(&str, &str), usize> = HashMap::new();
        for stream in input.snapshot.streams() {
            if let Some(arn) = stream.sse_key_arn() {
                *users.entry((stream.region.as_str(), arn)).or_default() += 1;
            }
        }
        let mut subjects: HashMap<_, Vec<&Finding>> = HashMap::new();
        let mut checks: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in input.findings.iter() {
            let subject = (finding.subject.region.as_str(), finding.subject.id.as_str());
            subjects.entry(subject).or_default().push(finding);
            checks.entry(finding.check.as_str()).or_default().push(finding);
        }
        let mut anchors = HashMap::new();
        for (number, stream) in (1..).zip(input.snapshot.streams()) {
            anchors.insert((stream.region.as_str(), stream.arn.as_str()), format!("s-{number}").into());
        }
        for (number, key) in (1..).zip(input.snapshot.keys()) {
            anchors.entry((key.region.as_str(), key.arn.as_str())).or_insert_with(|| format!("k-{number}").into());
        }
        let mut numbers = HashMap::new();
        let mut last: HashMap<SubjectKind, usize> = HashMap::new();
        for check in input.checks {
            let last = last.entry(check.kind).or_default();
            *last += 1;
            numbers.insert((check.kind, check.id), *last);
        }
        Self {
            input,
            dense: input.findings.len() > DENSE,
            scope: input.assessment.scope.iter().map(|s| ((s.region.as_str(), s.arn.as_str()), s)).collect(),
            users,
            subjects,
            checks,
            anchors,
            numbers,
        }
    }

    /// What a check says, in the order of its subjects.
    pub(super) fn of_check(&self, check: &str) -> &[&'a Finding] {
        self.checks.get(check).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the checks say of a subject.
    fn of_subject<'s>(&'s self, region: &'s str, id: &'s str) -> &'s [&'s Finding] {
        self.subjects.get(&(region, id)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The anchor of the row of a stream or key; empty where there is no such row.
    pub(super) fn anchor(&self, region: &str, arn: &str) -> Text {
        self.anchors.get(&(region, arn)).cloned().unwrap_or_default()
    }

    /// How many streams name a key.
    pub(super) fn users(&self, key: &Key) -> usize {
        self.users.get(&(key.region.as_str(), key.arn.as_str())).copied().unwrap_or(0)
    }

    /// What every check of its kind says of a subject, in the order of the checks' numbers.
    pub(super) fn strip(&self, kind: SubjectKind, region: &str, id: &str) -> Vec<StripCell> {
        let mut cells: Vec<StripCell> = self
            .of_subject(region, id)
            .iter()
            .filter_map(|f| {
                let number = *self.numbers.get(&(kind, f.check.as_str()))?;
                Some(StripCell { number, word: f.status.word(), sign: sign(f.status), finding: f.id })
            })
            .collect();
        cells.shrink_to_fit();
        cells.sort_by_key(|c| c.number);
        cells
    }

    /// The number of a check among those of its kind.
    pub(super) fn number(&self, kind: SubjectKind, check: &str) -> usize {
        self.numbers.get(&(kind, check)).copied().unwrap_or(0)
    }

    /// The records that the findings of a subject cite, each once.
    pub(super) fn records(&self, region: &str, id: &str) -> Vec<Ev> {
        let evs: BTreeSet<_> = self.of_subject(region, id).iter().flat_map(|f| &f.citations).map(|c| c.ev).collect();
        evs.into_iter().collect()
    }

    pub(super) fn ids(&self, kind: SubjectKind) -> Vec<&'static str> {
        self.input.checks.iter().filter(|c| c.kind == kind && c.column).map(|c| c.id).collect()
    }

    pub(super) fn results(&self, kind: SubjectKind, region: &str, id: &str) -> Vec<StatusCell> {
        let none =
            || StatusCell { word: "unknown", label: "Unknown", finding: String::new(), exception: Text::default() };
        let findings = self.of_subject(region, id);
        let of = |check: &str| findings.iter().rfind(|f| f.check == *check).map_or_else(none, |f| cell(f));
        self.ids(kind).into_iter().map(of).collect()
    }
}

/// The answers of a subject by status, those that matter most first.
pub(super) fn runs(strip: &[StripCell]) -> Vec<StripRun> {
    [Status::Fail, Status::Unknown, Status::Pass, Status::NotApplicable]
        .into_iter()
        .filter_map(|status| {
            let numbers: Vec<String> =
                strip.iter().filter(|c| c.word == status.word()).map(|c| c.number.to_string()).collect();
            let run = StripRun { word: status.word(), sign: sign(status), numbers: numbers.join(" ") };
            (!run.numbers.is_empty()).then_some(run)
        })
        .collect()
}

/// A shape for a status.
pub(super) fn sign(status: Status) -> &'static str {
    match status {
        Status::Pass => "✓",
        Status::Fail => "✕",
        Status::Unknown => "?",
        Status::NotApplicable => "–",
    }
}

/// `fail`, `unknown`, both, or `pass` when nothing is open.
pub(super) fn worst(strip: &[StripCell]) -> String {
    let open: Vec<&str> =
        ["fail", "unknown"].into_iter().filter(|word| strip.iter().any(|c| c.word == *word)).collect();
    if open.is_empty() { "pass".to_owned() } else { open.join(" ") }
}
