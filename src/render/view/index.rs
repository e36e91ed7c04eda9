//! Findings, scope and uses, found by what they are about.

use super::Input;
use super::findings::{StatusCell, cell};
use crate::model::Finding;
use crate::model::assessment::ScopedStream;
use crate::model::finding::SubjectKind;
use std::collections::HashMap;

/// Findings by check and subject; scope by stream; streams by key.
pub(super) struct Index<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) findings: HashMap<(&'a str, &'a str, &'a str), &'a Finding>,
    pub(super) scope: HashMap<(&'a str, &'a str), &'a ScopedStream>,
    pub(super) users: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Index<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        let mut users: HashMap<(&str, &str), usize> = HashMap::new();
        for stream in input.snapshot.streams() {
            if let Some(arn) = stream.sse_key_arn() {
                *users.entry((stream.region.as_str(), arn)).or_default() += 1;
            }
        }
        let place = |f: &'a Finding| (f.check.as_str(), f.subject.region.as_str(), f.subject.id.as_str());
        Self {
            input,
            findings: input.findings.iter().map(|f| (place(f), f)).collect(),
            scope: input.assessment.scope.iter().map(|s| ((s.region.as_str(), s.name.as_str()), s)).collect(),
            users,
        }
    }

    pub(super) fn ids(&self, kind: SubjectKind) -> Vec<&'static str> {
        self.input.checks.iter().filter(|c| c.kind == kind && c.column).map(|c| c.id).collect()
    }

    pub(super) fn results(&self, kind: SubjectKind, region: &str, id: &str) -> Vec<StatusCell> {
        let none =
            || StatusCell { word: "unknown", label: "Unknown", finding: String::new(), exception: String::new() };
        let of = |check| self.findings.get(&(check, region, id)).map_or_else(none, |f| cell(f));
        self.ids(kind).into_iter().map(of).collect()
    }
}
