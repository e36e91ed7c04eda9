//! `--fail-on`: which results end a run with exit code 1.

use super::payload::{Payload, check_ids};
use crate::error::Error;
use crate::model::Status;
use crate::model::assessment::RequirementStatus;
use crate::model::finding::Severity;
use std::fmt;

/// One condition.
#[derive(Debug, PartialEq)]
pub(super) enum FailOn {
    /// A check of that severity or a higher one failed somewhere.
    Severity(Severity),
    /// That check failed somewhere.
    Check(&'static str),
    /// A requirement has that status.
    Requirement(RequirementStatus),
    /// Something is not known.
    Gaps,
}

const SEVERITIES: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

pub(super) fn parse(words: &[String]) -> Result<Vec<FailOn>, Error> {
    words.iter().map(|word| one(word)).collect()
}

fn one(word: &str) -> Result<FailOn, Error> {
    let severity = SEVERITIES.into_iter().find(|s| s.word() == word).map(FailOn::Severity);
    let status = || RequirementStatus::ALL.into_iter().find(|s| s.word() == word).map(FailOn::Requirement);
    let check = || check_ids().into_iter().find(|id| *id == word).map(FailOn::Check);
    let gaps = || (word == "gaps").then_some(FailOn::Gaps);
    severity.or_else(status).or_else(check).or_else(gaps).ok_or_else(|| {
        Error::new(format!("--fail-on does not know {word:?}"))
            .hint("a severity (low, medium, high, critical), a check's id (keywitness checks list), a requirement status, or gaps")
    })
}

impl FailOn {
    /// Whether the results meet the condition.
    pub fn is_met(&self, built: &Payload) -> bool {
        let mut failed = built.findings.iter().filter(|f| f.status == Status::Fail);
        match self {
            Self::Severity(severity) => failed.any(|f| f.severity >= *severity),
            Self::Check(id) => failed.any(|f| f.check == *id),
            Self::Requirement(status) => built.assessment.catalogs.iter().any(|c| c.count(*status) > 0),
            Self::Gaps => !built.gaps.is_empty(),
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Severity(severity) => severity.word(),
            Self::Check(id) => id,
            Self::Requirement(status) => status.word(),
            Self::Gaps => "gaps",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_word_is_known_and_no_other() {
        assert_eq!(one("high").unwrap(), FailOn::Severity(Severity::High));
        assert_eq!(one("key-enabled").unwrap(), FailOn::Check("key-enabled"));
        assert_eq!(one("not_satisfied").unwrap(), FailOn::Requirement(RequirementStatus::NotSatisfied));
        assert_eq!(one("gaps").unwrap(), FailOn::Gaps);
        assert!(one("everything").is_err());
    }
}
