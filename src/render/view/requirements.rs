//! Catalogs, and one page of a work paper for each requirement.

use super::{Fact, Input, fact};
use crate::model::assessment::{Answer, CatalogResult, CheckOutcome, EvSpan, Outcome, RequirementStatus};
use crate::model::catalog::Crosswalk;
use crate::model::check::CheckPage;
use serde::Serialize;

/// One catalog.
#[derive(Clone, Debug, Serialize)]
pub struct CatalogView {
    /// Its id.
    pub id: String,
    /// Framework and edition.
    pub name: String,
    /// Who publishes it, and the version and digest of the file.
    pub facts: Vec<Fact>,
    /// What the catalog is not.
    pub disclaimer: String,
    /// Set when nobody has compared it with its sources for too long.
    pub overdue: bool,
    /// The organization's own rules and no external framework.
    pub own_rules: bool,
    /// Whether the file is one that comes or came with this program.
    pub published: bool,
    /// How many requirements have each status.
    pub counts: Vec<StatusTotal>,
    /// Its requirements. Templates get them one by one.
    #[serde(skip)]
    pub requirements: Vec<RequirementView>,
}

/// How many requirements have a status.
#[derive(Clone, Debug, Serialize)]
pub struct StatusTotal {
    /// The word of files.
    pub word: &'static str,
    /// The words of people.
    pub label: &'static str,
    /// How many.
    pub count: usize,
}

/// One requirement: a page for an assessor's work paper.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementView {
    /// Anchor of its page.
    pub anchor: String,
    /// The catalog.
    pub catalog: String,
    /// The framework's id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Our words.
    pub paraphrase: String,
    /// Its own words, where the licence allows.
    pub official_text: String,
    /// The group under which it is printed.
    pub group: String,
    /// How binding.
    pub obligation: &'static str,
    /// How much the checks can show.
    pub coverage: &'static str,
    /// The word of files.
    pub status: &'static str,
    /// The words of people.
    pub status_label: &'static str,
    /// Why, the deciding reason first.
    pub reasons: Vec<ReasonView>,
    /// On what it was judged.
    pub population: String,
    /// The checks.
    pub checks: Vec<RequirementCheck>,
    /// The assessor's procedures.
    pub procedures: Vec<ProcedureView>,
    /// What a person must obtain.
    pub manual: Vec<ManualView>,
    /// Where the decision records are that the entity has declared; not evaluated.
    pub decision_records: Vec<String>,
    /// Statements of other catalogs that are about related things. No status is carried over.
    pub related: String,
    /// Who does what.
    pub responsibility: Vec<Fact>,
    /// What is not shown.
    pub not_shown: String,
    /// Where the facts come from.
    pub sources: String,
}

/// Why a requirement has its status.
#[derive(Clone, Debug, Serialize)]
pub struct ReasonView {
    /// The code.
    pub code: &'static str,
    /// The sentence.
    pub sentence: String,
}

/// A check on a requirement's page.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementCheck {
    /// Its id.
    pub check: String,
    /// Its title.
    pub title: &'static str,
    /// How it speaks to the requirement.
    pub relation: String,
    /// What its failing means.
    pub on_fail: &'static str,
    /// Counts, or why there are none.
    pub answer: String,
    /// Whether there are counts: a question that nothing was asked of has none, which is not the same as 0.
    pub counted: bool,
    /// Counts by status.
    pub pass: usize,
    /// Counts by status.
    pub fail: usize,
    /// Counts by status.
    pub excepted: usize,
    /// Counts by status.
    pub unknown: usize,
    /// Counts by status.
    pub not_applicable: usize,
    /// The records behind it.
    pub records: String,
    /// The same, one by one.
    pub spans: Vec<EvSpan>,
}

/// One of an assessor's procedures.
#[derive(Clone, Debug, Serialize)]
pub struct ProcedureView {
    /// Its id.
    pub id: String,
    /// Examine, interview …
    pub methods: String,
    /// With what.
    pub object: String,
    /// How much of it this evidence is.
    pub contribution: &'static str,
}

/// What a person must obtain.
#[derive(Clone, Debug, Serialize)]
pub struct ManualView {
    /// Its id.
    pub id: String,
    /// What kind.
    pub kind: &'static str,
    /// What exactly.
    pub what: String,
    /// Required or welcome.
    pub required: &'static str,
    /// Where it is; empty for the assessor to fill in.
    pub reference: String,
}

pub(super) fn name_of(catalog: &CatalogResult) -> String {
    if catalog.framework == catalog.edition {
        catalog.framework.clone()
    } else {
        format!("{} {}", catalog.framework, catalog.edition)
    }
}

pub(super) fn catalog(result: &CatalogResult, input: &Input<'_>) -> CatalogView {
    let mut facts = vec![
        fact("Publisher", result.publisher.clone()),
        fact("Catalog file", format!("data/frameworks/{} version {}", result.file_name, result.catalog_version)),
        fact("SHA-256 of the file", result.sha256.clone()),
        fact("File", if result.published { "published with this program" } else { "not published with this program" }),
        fact("Reviewed", format!("{}; due again {}", result.reviewed_on, result.review_due)),
    ];
    facts.extend(result.source_url.iter().map(|u| fact("Publisher's text", u.clone())));
    facts.extend(result.licence_note.iter().map(|n| fact("Licence", n.clone())));
    CatalogView {
        id: result.id.clone(),
        name: name_of(result),
        facts,
        disclaimer: result.disclaimer.clone().unwrap_or_default(),
        overdue: result.review_overdue,
        own_rules: result.own_rules,
        published: result.published,
        counts: RequirementStatus::ALL
            .iter()
            .map(|s| StatusTotal { word: s.word(), label: s.label(), count: result.count(*s) })
            .collect(),
        requirements: result.outcomes.iter().map(|o| requirement(result, o, input)).collect(),
    }
}

fn requirement(catalog: &CatalogResult, outcome: &Outcome, input: &Input<'_>) -> RequirementView {
    let entry = &outcome.requirement;
    let population = input.assessment.population(outcome);
    let responsibility = entry.shared_responsibility.as_ref().map(|s| {
        let mut facts = vec![fact("AWS", s.aws.clone()), fact("Entity", s.entity.clone())];
        facts.extend(s.evidence_of_aws_part.iter().map(|e| fact("Shown by", e.clone())));
        facts
    });
    RequirementView {
        anchor: anchor(&catalog.id, &entry.id),
        catalog: catalog.id.clone(),
        id: entry.id.clone(),
        title: entry.title.clone(),
        paraphrase: entry.paraphrase.clone(),
        official_text: entry.official_text.clone().unwrap_or_default(),
        group: entry.group.clone().unwrap_or_default(),
        obligation: entry.obligation.word(),
        coverage: entry.coverage.word(),
        status: outcome.status.word(),
        status_label: outcome.status.label(),
        reasons: outcome
            .reasons
            .iter()
            .map(|r| ReasonView { code: r.code.word(), sentence: r.sentence.clone() })
            .collect(),
        population: population.map(population_sentence).unwrap_or_default(),
        checks: outcome.checks.iter().map(|c| requirement_check(c, input.checks)).collect(),
        procedures: entry
            .procedures
            .iter()
            .map(|p| ProcedureView {
                id: p.id.clone(),
                methods: p.methods.iter().map(|m| m.word()).collect::<Vec<_>>().join(", "),
                object: p.object.clone(),
                contribution: p.tool_contribution.word(),
            })
            .collect(),
        manual: outcome
            .manual
            .iter()
            .map(|m| ManualView {
                id: m.id.clone(),
                kind: m.kind.word(),
                what: m.what.clone(),
                required: if m.required { "required" } else { "welcome" },
                reference: m.references.join("; "),
            })
            .collect(),
        decision_records: outcome.decision_records.clone(),
        related: related(&entry.crosswalk),
        responsibility: responsibility.unwrap_or_default(),
        not_shown: entry.not_shown.clone().unwrap_or_default(),
        sources: entry.sources.join("; "),
    }
}

/// Related statements of other catalogs, in a sentence.
fn related(crosswalk: &[Crosswalk]) -> String {
    let one = |c: &Crosswalk| format!("{} {} ({})", c.catalog, c.id, c.relation().replace('-', " "));
    crosswalk.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// An anchor that HTML and PDF both can have: `pci-dss-4.0.1-3.7.4`, `hipaa-security-rule-164.312-a-2-iv`.
pub(super) fn anchor(catalog: &str, id: &str) -> String {
    let mut anchor = format!("{catalog}-");
    for c in id.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => anchor.push(c),
            _ if !anchor.ends_with('-') => anchor.push('-'),
            _ => {}
        }
    }
    anchor.trim_end_matches('-').to_owned()
}

fn population_sentence(population: &crate::model::assessment::Population) -> String {
    let about = if population.data_classes.is_empty() {
        "all streams".to_owned()
    } else {
        let classes: Vec<&str> = population.data_classes.iter().map(|c| c.word()).collect();
        format!("streams declared to carry {}", classes.join(" or "))
    };
    if let Some(what) = population.to_declare.as_ref().filter(|_| !population.declared) {
        return format!("About {about}. {what}");
    }
    let complete = if population.complete {
        String::new()
    } else {
        format!(" Incomplete: {}.", population.incomplete_because.join("; "))
    };
    format!(
        "About {about}: {} of {} listed streams, {} keys, {} Regions.{complete}",
        population.streams.len(),
        population.streams_listed,
        population.keys.len(),
        population.regions.len()
    )
}

fn requirement_check(outcome: &CheckOutcome, checks: &[CheckPage]) -> RequirementCheck {
    let counts = outcome.answer.counts();
    let answer = match outcome.answer {
        Answer::NotAsked => "not asked".to_owned(),
        Answer::NoSubject => "nothing in scope to ask it of".to_owned(),
        Answer::Counted(c) => format!("{} of {}", c.pass, c.total()),
    };
    let records: Vec<String> = outcome.records.iter().map(ToString::to_string).collect();
    RequirementCheck {
        check: outcome.check.clone(),
        title: checks.iter().find(|c| c.id == outcome.check).map_or("", |c| c.title),
        relation: format!("{}{}", outcome.relation.word(), if outcome.mandatory { ", mandatory" } else { "" }),
        on_fail: outcome.on_fail.word(),
        answer,
        counted: matches!(outcome.answer, Answer::Counted(_)),
        pass: counts.pass,
        fail: counts.fail,
        excepted: counts.excepted,
        unknown: counts.unknown,
        not_applicable: counts.not_applicable,
        records: records.join(", "),
        spans: outcome.records.clone(),
    }
}
