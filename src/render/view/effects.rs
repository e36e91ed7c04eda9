//! What each gap does to each requirement: nobody should have to work that out from two lists.

use super::Input;
use super::requirements::{anchor, name_of};
use crate::model::assessment::{Answer, CatalogResult, Outcome};
use crate::model::{Gap, operation};
use serde::Serialize;
use std::collections::BTreeSet;

/// A requirement that is not decided, or weaker than it might be, because something was not read.
#[derive(Clone, Debug, Serialize)]
pub struct EffectRow {
    /// The anchor of the requirement's page.
    pub anchor: String,
    /// Framework and edition.
    pub catalog: String,
    /// The framework's id.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Its status: the word of files.
    pub status: &'static str,
    /// Its status: the words of people.
    pub status_label: &'static str,
    /// The checks that were not decided for all, with how many of how many.
    pub undecided: Vec<UndecidedCheck>,
    /// The calls without a value on which those checks rest; empty where they are unknown for another reason, such as
    /// something that nobody has declared.
    pub calls: Vec<String>,
    /// Why the population is not complete; empty when it is.
    pub incomplete: String,
}

/// A check that was not decided for all of a requirement's population.
#[derive(Clone, Debug, Serialize)]
pub struct UndecidedCheck {
    /// Its id.
    pub check: String,
    /// For how many it is unknown.
    pub unknown: usize,
    /// Of how many.
    pub of: usize,
}

/// All of them, in the order of print.
pub(super) fn effects(input: &Input<'_>) -> Vec<EffectRow> {
    let missing: BTreeSet<String> = input.snapshot.gaps.iter().map(permission).collect();
    let catalogs = &input.assessment.catalogs;
    catalogs.iter().flat_map(|c| c.outcomes.iter().filter_map(|o| effect(c, o, input, &missing))).collect()
}

fn effect(
    catalog: &CatalogResult,
    outcome: &Outcome,
    input: &Input<'_>,
    missing: &BTreeSet<String>,
) -> Option<EffectRow> {
    let undecided: Vec<UndecidedCheck> = outcome
        .checks
        .iter()
        .filter_map(|check| match check.answer {
            Answer::Counted(counts) if counts.unknown > 0 => {
                Some(UndecidedCheck { check: check.check.clone(), unknown: counts.unknown, of: counts.total() })
            }
            _ => None,
        })
        .collect();
    let population = input.assessment.population(outcome).filter(|p| p.declared && !p.complete);
    let incomplete = population.map(|p| p.incomplete_because.join("; ")).unwrap_or_default();
    if undecided.is_empty() && incomplete.is_empty() {
        return None;
    }
    let pages = input.checks.iter().filter(|page| undecided.iter().any(|u| u.check == page.id));
    let reads: BTreeSet<&str> = pages.flat_map(|page| page.reads.iter().copied()).collect();
    Some(EffectRow {
        anchor: anchor(&catalog.id, &outcome.requirement.id),
        catalog: name_of(catalog),
        id: outcome.requirement.id.clone(),
        title: outcome.requirement.title.clone(),
        status: outcome.status.word(),
        status_label: outcome.status.label(),
        undecided,
        calls: missing.iter().filter(|call| reads.contains(call.as_str())).cloned().collect(),
        incomplete,
    })
}

/// The action that a gap's call needs: the name that checks use for what they read.
pub(super) fn permission(gap: &Gap) -> String {
    let known = operation::find(&gap.service, &gap.operation).map(|o| o.permission.to_owned());
    known.unwrap_or_else(|| format!("{}:{}", gap.service, gap.operation))
}
