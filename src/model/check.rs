//! A check as reports print it: its words, without the question itself.

use super::finding::{Severity, SubjectKind};
use serde::Serialize;

/// The page of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CheckPage {
    /// Its id.
    pub id: &'static str,
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
    pub unseen: &'static str,
    /// What makes a failing subject pass.
    pub fix: &'static str,
    /// The calls on which it rests.
    pub reads: &'static [&'static str],
}
