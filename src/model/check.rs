//! A check as reports print it: its words, without the question itself.

use super::finding::{Severity, SubjectKind};
use serde::Serialize;

/// The page of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CheckPage {
    /// Its id.
    pub id: &'static str,
    /// The question that it asks.
    pub question: &'static str,
    /// A sentence that is true of a subject that passes.
    pub title: &'static str,
    /// How much a failure matters.
    pub severity: Severity,
    /// What it is asked of.
    pub kind: SubjectKind,
    /// Why anyone asks.
    pub why: &'static str,
    /// How the answer follows from what was read.
    pub decided: &'static str,
    /// What the answer does not show.
    pub blind: &'static str,
    /// What makes a failing subject pass.
    pub remedy: Remedy,
    /// The calls on which it rests.
    pub reads: &'static [&'static str],
    /// Whether it has a column of its own in the tables of streams and keys.
    pub column: bool,
}

/// What makes a failing subject pass: in words, and in the three forms in which people change AWS.
///
/// Commands take what is theirs from shell variables (`$STREAM`, `$KEY` …), so they can be run as they stand. Where a
/// tool cannot do it, its form is a comment that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// In a sentence.
    pub what: &'static str,
    /// Commands of the AWS CLI.
    pub cli: &'static str,
    /// The part of a `CloudFormation` template that matters.
    pub cloudformation: &'static str,
    /// The part of a Terraform configuration that matters.
    pub terraform: &'static str,
}
