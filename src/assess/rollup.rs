//! The roll-up: from the counts of the checks to the one status of a requirement.
//!
//! The rules, in the order in which they win:
//!
//! 1. declared not applicable, with name, date and reason;
//! 2. nothing to judge it by (no checks), or nothing to judge (scope undeclared or empty): not assessed;
//! 3. a resource without a valid exception failed a check that contradicts: not satisfied;
//! 4. something needed is unknown, undeclared, incomplete or stale: evidence missing;
//! 5. the checks give facts only, or no check that supports has a result that counts: not assessed;
//! 6. a check that weakens failed, or an exception was used: partly;
//! 7. coverage full and nothing outstanding: satisfied by evidence; else supported in part.
//!
//! Two rules are stricter than a plain reading, so that no status improves when an answer is taken away: a check
//! that is not mandatory counts, while it is unknown, as if it had failed; and "partly" needs a check that supports and
//! has passed or failed (a failing check that merely informs cannot lift "not assessed").

use crate::model::assessment::{Answer, Declaration, Reason, ReasonCode, RequirementStatus};
use crate::model::catalog::{CheckLink, CheckScope, Coverage, OnFail, Relation, Requirement};
use std::collections::{BTreeMap, BTreeSet};

/// What the roll-up of one requirement rests on.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// What each check said of the population; a check that is not here was not asked.
    pub answers: BTreeMap<String, Answer>,
    /// The streams in scope.
    pub scope: Scope,
    /// The parameters that the entity has declared.
    pub parameters: BTreeSet<String>,
    /// The measures that the entity has declared as its own.
    pub measures: BTreeSet<String>,
    /// Whether a decision record is on file.
    pub decision_record: bool,
    /// The manual-evidence items that are attached.
    pub attached: BTreeSet<String>,
    /// The declaration that the requirement is not applicable.
    pub declaration: Option<Declaration>,
    /// Why the evidence is too old, where it is.
    pub stale: Option<String>,
}

/// The streams in scope of a requirement.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// What the entity must declare before anything is in scope; `None` when it has.
    pub to_declare: Option<String>,
    /// How many streams are in scope.
    pub streams: usize,
    /// Why not every resource in scope is known; empty when all are.
    pub incomplete_because: Vec<String>,
}

/// A status and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The status.
    pub status: RequirementStatus,
    /// The reasons: those that decide first, then whatever else a reader must know. Never empty.
    pub reasons: Vec<Reason>,
}

/// Rolls up one requirement.
#[must_use]
pub fn rollup(requirement: &Requirement, inputs: &Inputs) -> Judged {
    nothing_to_judge(requirement, inputs).unwrap_or_else(|| judge(requirement, inputs))
}

fn nothing_to_judge(requirement: &Requirement, inputs: &Inputs) -> Option<Judged> {
    if let Some(d) = &inputs.declaration {
        let sentence = format!("Declared not applicable by {} on {}: {}", d.name, d.date, d.reason);
        let reasons = vec![reason(ReasonCode::DeclaredNotApplicable, sentence)];
        return Some(Judged { status: RequirementStatus::NotApplicable, reasons });
    }
    let first = if requirement.coverage == Coverage::ManualOnly || requirement.checks.is_empty() {
        reason(ReasonCode::ManualOnly, "No check speaks to this requirement; a person must show it.".to_owned())
    } else if let Some(what) = &inputs.scope.to_declare {
        reason(ReasonCode::ScopeUndeclared, what.clone())
    } else if inputs.scope.streams == 0 {
        reason(ReasonCode::NothingInScope, "No stream that was read is declared to be in scope.".to_owned())
    } else {
        return None;
    };
    let mut reasons = vec![first];
    if reasons[0].code != ReasonCode::ManualOnly {
        reasons.extend(incomplete(inputs));
    }
    Some(Judged { status: RequirementStatus::NotAssessed, reasons })
}

fn judge(requirement: &Requirement, inputs: &Inputs) -> Judged {
    let mut tally = Tally::default();
    for link in &requirement.checks {
        tally.weigh(link, inputs);
    }
    tally.missing.extend(incomplete(inputs));
    if let Some(why) = &inputs.stale {
        tally.missing.push(reason(ReasonCode::Stale, why.clone()));
    }
    tally.decision(inputs.decision_record);

    let mut notes = Vec::new();
    let status = if !tally.contradicts.is_empty() {
        RequirementStatus::NotSatisfied
    } else if !tally.missing.is_empty() {
        RequirementStatus::EvidenceMissing
    } else if requirement.coverage == Coverage::Informs {
        let sentence = "The checks give facts that an assessor may use; no result follows from them.";
        notes.push(reason(ReasonCode::InformsOnly, sentence.to_owned()));
        RequirementStatus::NotAssessed
    } else if !tally.grounded {
        let sentence = "No check that could support this requirement has passed for a resource in scope.";
        notes.push(reason(ReasonCode::NoPositiveEvidence, sentence.to_owned()));
        RequirementStatus::NotAssessed
    } else if !tally.weak.is_empty() {
        RequirementStatus::Partly
    } else {
        supported(requirement, &inputs.attached, &mut notes)
    };
    let reasons = if status == RequirementStatus::NotAssessed {
        notes.into_iter().chain(tally.weak).collect()
    } else {
        [tally.contradicts, tally.missing, tally.weak, notes].into_iter().flatten().collect()
    };
    Judged { status, reasons }
}

fn supported(requirement: &Requirement, attached: &BTreeSet<String>, notes: &mut Vec<Reason>) -> RequirementStatus {
    let open: Vec<&str> = requirement
        .manual_evidence
        .iter()
        .filter(|m| m.required && !attached.contains(&m.id))
        .map(|m| m.id.as_str())
        .collect();
    let full = requirement.coverage == Coverage::Full;
    if full && open.is_empty() {
        let sentence = "Every check passed for every resource in scope, and the checks cover all of this rule.";
        notes.push(reason(ReasonCode::AllShown, sentence.to_owned()));
        return RequirementStatus::SatisfiedByEvidence;
    }
    if !full {
        let sentence = "The checks show a part of this requirement and can never show all of it.";
        notes.push(reason(ReasonCode::CoveragePartial, sentence.to_owned()));
    }
    if !open.is_empty() {
        let sentence = format!("Still to be obtained by a person: {}.", open.join(", "));
        notes.push(reason(ReasonCode::ManualOutstanding, sentence));
    }
    RequirementStatus::SupportedInPart
}

fn incomplete(inputs: &Inputs) -> impl Iterator<Item = Reason> + '_ {
    inputs.scope.incomplete_because.iter().map(|why| reason(ReasonCode::PopulationIncomplete, why.clone()))
}

fn reason(code: ReasonCode, sentence: String) -> Reason {
    Reason { code, check: None, sentence }
}

/// What the checks of one requirement come to.
#[derive(Default)]
struct Tally {
    contradicts: Vec<Reason>,
    missing: Vec<Reason>,
    weak: Vec<Reason>,
    /// Failures that ask for a decision record.
    decision: Vec<Reason>,
    /// A check that supports has passed, or its failure weighs, for at least one resource.
    grounded: bool,
}

/// What a failure means, once the entity's own declarations are taken into account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Contradicts,
    ContradictsOwnMeasure,
    Weakens,
    NeedsDecisionRecord,
    None,
}

impl Effect {
    fn of(link: &CheckLink, measures: &BTreeSet<String>) -> Self {
        let declared =
            link.on_fail_if_declared.is_some() && link.measure.as_ref().is_some_and(|m| measures.contains(m));
        match link.on_fail {
            OnFail::Contradicts => Self::Contradicts,
            _ if declared => Self::ContradictsOwnMeasure,
            OnFail::Weakens => Self::Weakens,
            OnFail::NeedsDecisionRecord => Self::NeedsDecisionRecord,
            OnFail::None => Self::None,
        }
    }
}

impl Tally {
    fn weigh(&mut self, link: &CheckLink, inputs: &Inputs) {
        let effect = Effect::of(link, &inputs.measures);
        let unset: Vec<&str> =
            link.needs.iter().filter(|n| !inputs.parameters.contains(*n)).map(String::as_str).collect();
        if !unset.is_empty() {
            let names = unset.join(", ");
            let sentence =
                format!("{} needs {names}, which only the entity can declare, and it is not declared.", link.check);
            self.unknown(link, effect, ReasonCode::ParamMissing, sentence);
            return;
        }
        let answer = inputs.answers.get(&link.check).copied().unwrap_or(Answer::NotAsked);
        if answer == Answer::NotAsked {
            self.unknown(link, effect, ReasonCode::NoResult, format!("{} gave no result.", link.check));
            return;
        }
        let counts = answer.counts();
        let of = |n: usize| format!("{n} of {} {}", counts.total(), noun(link.scope, counts.total()));
        if counts.unknown > 0 {
            let sentence = format!("{} is not known for {}.", link.check, of(counts.unknown));
            self.unknown(link, effect, ReasonCode::CheckUnknown, sentence);
        }
        if counts.fail > 0 {
            self.failed(link, effect, &of(counts.fail));
        }
        if counts.excepted > 0 && effect != Effect::None {
            let sentence = format!("{} fails for {} under an approved exception.", link.check, of(counts.excepted));
            self.weak.push(about(link, ReasonCode::ExceptionUsed, sentence));
        }
        if link.relation != Relation::Informs {
            // A failure that means nothing here is no ground for a result either.
            let weighs = effect != Effect::None && counts.fail + counts.excepted > 0;
            self.grounded |= counts.pass > 0 || weighs;
        }
    }

    /// An answer that is not there. Had it been there, it could have been a failure: so it lowers the result as far
    /// as the failure would have, except that nothing contradicts.
    fn unknown(&mut self, link: &CheckLink, effect: Effect, code: ReasonCode, sentence: String) {
        let only_weakens = effect == Effect::Weakens && link.relation == Relation::Informs;
        if link.mandatory || (effect != Effect::None && !only_weakens) {
            self.missing.push(about(link, code, sentence));
        } else if effect != Effect::None {
            self.weak.push(about(link, ReasonCode::OptionalUnknown, sentence));
        }
    }

    fn failed(&mut self, link: &CheckLink, effect: Effect, of: &str) {
        let sentence = format!("{} failed for {of}.", link.check);
        match effect {
            Effect::Contradicts => self.contradicts.push(about(link, ReasonCode::Contradicts, sentence)),
            Effect::ContradictsOwnMeasure => {
                let measure = link.measure.as_deref().unwrap_or_default();
                let sentence = format!("{sentence} The entity has declared {measure} as its own measure.");
                self.contradicts.push(about(link, ReasonCode::ContradictsOwnMeasure, sentence));
            }
            Effect::Weakens => self.weak.push(about(link, ReasonCode::Weakens, sentence)),
            Effect::NeedsDecisionRecord => {
                self.decision.push(about(link, ReasonCode::DecisionRecordMissing, sentence));
            }
            Effect::None => {}
        }
    }

    fn decision(&mut self, on_file: bool) {
        for mut reason in std::mem::take(&mut self.decision) {
            if on_file {
                reason.code = ReasonCode::AlternativeOnFile;
                reason.sentence.push_str(" A decision record is on file; it was not evaluated.");
                self.weak.push(reason);
            } else {
                reason.sentence.push_str(
                    " This specification is addressable: the record of why, and of what is done instead, is not on file.",
                );
                self.missing.push(reason);
            }
        }
    }
}

fn about(link: &CheckLink, code: ReasonCode, sentence: String) -> Reason {
    Reason { code, check: Some(link.check.clone()), sentence }
}

fn noun(scope: CheckScope, count: usize) -> &'static str {
    match (scope, count) {
        (CheckScope::Streams, 1) => "stream",
        (CheckScope::Streams, _) => "streams",
        (CheckScope::Keys, 1) => "key",
        (CheckScope::Keys, _) => "keys",
        (CheckScope::Account, 1) => "Region",
        (CheckScope::Account, _) => "Regions",
        (CheckScope::Pack, 1) => "pack",
        (CheckScope::Pack, _) => "packs",
    }
}
