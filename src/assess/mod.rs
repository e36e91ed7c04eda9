//! Findings and catalogs become an assessment: for every requirement a status, the reasons, the counts.
//!
//! Pure: no clock, no network, no file. [`mod@rollup`] holds the rules of status; this file finds out what a
//! requirement is about, counts the answers of the checks over it, and lists what a person must still obtain.
//!
//! The resources come from the snapshot, never from the findings: a resource without a finding counts as unknown,
//! so an answer that is missing cannot look like a clean result.

pub mod exceptions;
pub mod rollup;
mod scope;

use crate::model::assessment::{
    Answer, CatalogResult, CheckOutcome, Counts, Declaration, EvSpan, ManualOutcome, Outcome, Population,
    PopulationAnswers, Reason, ReasonCode, RequirementStatus, StatusCount,
};
use crate::model::catalog::{
    AppliesWhen, Catalog, CheckLink, CheckScope, Example, Given, Loaded, Requirement, TextLicence, is_day,
};
use crate::model::finding::SubjectKind;
use crate::model::settings::Attached;
use crate::model::time::day;
use crate::model::{Assessment, Ev, Finding, Settings, Snapshot, Status};
use rollup::{Inputs, Judged, Scope, rollup};
use scope::{Classified, InScope, Resource};
use std::collections::{BTreeMap, BTreeSet};

/// The parameter that names the day for which the evidence is to stand; without it, age is not judged.
pub const EVIDENCE_AS_OF: &str = "evidence_as_of";

/// The parameter that sets how many days a reading of the configuration may be old; [`EVIDENCE_AGE_LIMIT`] if unset.
pub const EVIDENCE_AGE_DAYS: &str = "evidence_age_days";

/// How many days a reading of the configuration may be old, if nothing else is declared.
pub const EVIDENCE_AGE_LIMIT: u64 = 90;

/// The parameter that `[[cryptoperiods]]` can set too, key by key.
const CRYPTOPERIOD: &str = "cryptoperiod_days";

/// Judges every requirement of every catalog. The findings carry their exceptions already, see [`exceptions::mark`].
#[must_use]
pub fn assess(catalogs: &[Loaded], findings: &[Finding], snapshot: &Snapshot, settings: &Settings) -> Assessment {
    let streams = scope::classify(snapshot, &settings.scope);
    let mut run = Run {
        findings: index(findings),
        snapshot,
        settings,
        streams: &streams,
        stale: stale(snapshot, settings),
        groups: Vec::new(),
    };
    let results: Vec<CatalogResult> = catalogs.iter().map(|c| run.catalog(c)).collect();
    let scope = streams.iter().map(|s| scope::row(s, run.catalogs_of(s, &results))).collect();
    Assessment {
        collected_from: snapshot.run.started,
        collected_to: snapshot.run.ended,
        window: snapshot.run.window,
        catalogs: results,
        populations: run.groups.into_iter().map(|g| g.population).collect(),
        scope,
        exceptions: exceptions::register(catalogs, findings, snapshot, settings),
        unused_declarations: unused_declarations(catalogs, settings),
    }
}

/// Findings by check and resource.
type Index<'a> = BTreeMap<&'a str, BTreeMap<Resource, Vec<&'a Finding>>>;

fn index(findings: &[Finding]) -> Index<'_> {
    let mut index = Index::new();
    for finding in findings {
        let s = &finding.subject;
        let resource = (s.account.clone(), s.region.clone(), s.id.clone());
        index.entry(finding.check.as_str()).or_default().entry(resource).or_default().push(finding);
    }
    index
}

struct Run<'a> {
    findings: Index<'a>,
    snapshot: &'a Snapshot,
    settings: &'a Settings,
    streams: &'a [Classified<'a>],
    stale: Option<String>,
    groups: Vec<Group>,
}

struct Group {
    population: Population,
    in_scope: InScope,
}

impl Run<'_> {
    fn catalog(&mut self, loaded: &Loaded) -> CatalogResult {
        let header = &loaded.catalog.catalog;
        let outcomes: Vec<Outcome> =
            loaded.catalog.requirements.iter().map(|r| self.requirement(&loaded.catalog, r)).collect();
        let count =
            |status| StatusCount { status, requirements: outcomes.iter().filter(|o| o.status == status).count() };
        CatalogResult {
            id: header.id.clone(),
            framework: header.framework.clone(),
            edition: header.edition.clone(),
            publisher: header.publisher.clone(),
            source_url: header.source_url.clone(),
            catalog_version: header.catalog_version.clone(),
            reviewed_on: header.reviewed_on.clone(),
            review_due: header.review_due.clone(),
            review_overdue: header.review_due < day(self.snapshot.run.ended),
            file_name: loaded.file_name.clone(),
            sha256: loaded.sha256.clone(),
            licence_note: header.licence_note.clone(),
            disclaimer: header.disclaimer.clone(),
            own_rules: header.text_licence == TextLicence::Own,
            published: loaded.published,
            counts: RequirementStatus::ALL.map(count).to_vec(),
            outcomes,
        }
    }

    fn requirement(&mut self, catalog: &Catalog, requirement: &Requirement) -> Outcome {
        let group = self.group(requirement.applies_when.as_ref());
        let checks: Vec<CheckOutcome> =
            requirement.checks.iter().map(|link| self.check(group, link, catalog)).collect();
        let manual = self.manual(catalog, requirement);
        let here = |a: &&Attached| is_about(a, catalog, requirement) && a.is_somewhere();
        let decision_records: Vec<String> =
            self.settings.decision_records.iter().filter(here).map(Attached::place).collect();
        let (declaration, invalid) = self.declaration(catalog, requirement);
        let population = &self.groups[group].population;
        let inputs = Inputs {
            answers: checks.iter().map(|c| (c.check.clone(), c.answer)).collect(),
            scope: Scope {
                to_declare: population.to_declare.clone(),
                streams: population.streams.len(),
                incomplete_because: population.incomplete_because.clone(),
            },
            parameters: catalog
                .parameters
                .iter()
                .filter(|p| self.is_set(catalog, &p.id))
                .map(|p| p.id.clone())
                .collect(),
            measures: self.settings.declared_measures.clone(),
            decision_record: !decision_records.is_empty(),
            attached: manual.iter().filter(|m| !m.references.is_empty()).map(|m| m.id.clone()).collect(),
            declaration: declaration.clone(),
            stale: self.stale.clone(),
        };
        let Judged { status, mut reasons } = rollup(requirement, &inputs);
        reasons.extend(invalid);
        reasons.extend(undeclared_note(population, &reasons));
        Outcome {
            requirement: requirement.clone(),
            status,
            reasons,
            population: population.id.clone(),
            checks,
            manual,
            decision_records,
            declaration,
        }
    }

    /// The group of streams that a requirement is about: made once, however many requirements share it.
    fn group(&mut self, when: Option<&AppliesWhen>) -> usize {
        let id = group_id(when);
        if let Some(at) = self.groups.iter().position(|g| g.population.id == id) {
            return at;
        }
        let in_scope = scope::in_scope(self.snapshot, self.streams, when, self.settings);
        let ids = |set: &BTreeSet<Resource>| set.iter().map(|r| r.2.to_string()).collect();
        let population = Population {
            id,
            data_classes: when.map(|w| w.data_class_any.iter().copied().collect()).unwrap_or_default(),
            flag: when.and_then(|w| w.flag.clone()),
            declared: in_scope.to_declare.is_none(),
            to_declare: in_scope.to_declare.clone(),
            complete: in_scope.incomplete_because.is_empty(),
            incomplete_because: in_scope.incomplete_because.clone(),
            streams_listed: self.streams.len(),
            streams_undeclared: in_scope.streams_undeclared,
            streams: ids(&in_scope.streams),
            keys: ids(&in_scope.keys),
            keys_unknown: in_scope.keys_unknown,
            regions: ids(&in_scope.regions),
            answers: Vec::new(),
        };
        self.groups.push(Group { population, in_scope });
        self.groups.len() - 1
    }

    fn check(&mut self, group: usize, link: &CheckLink, catalog: &Catalog) -> CheckOutcome {
        let is_it = |a: &PopulationAnswers| a.check == link.check && a.scope == link.scope;
        let at = self.groups[group].population.answers.iter().position(is_it).unwrap_or_else(|| {
            let answers = self.answers(&self.groups[group].in_scope, &link.check, link.scope);
            let known = &mut self.groups[group].population.answers;
            let at = known.partition_point(|a| (&a.check, a.scope) < (&answers.check, answers.scope));
            known.insert(at, answers);
            at
        });
        let answers = &self.groups[group].population.answers[at];
        CheckOutcome {
            check: link.check.clone(),
            scope: link.scope,
            relation: link.relation,
            mandatory: link.mandatory,
            on_fail: link.on_fail,
            answer: answers.answer,
            parameters_missing: link.needs.iter().filter(|n| !self.is_set(catalog, n)).cloned().collect(),
            records: answers.records.clone(),
        }
    }

    /// What one check said of every resource in scope.
    fn answers(&self, in_scope: &InScope, check: &str, scope: CheckScope) -> PopulationAnswers {
        let none = BTreeSet::new();
        let (resources, kind) = match scope {
            CheckScope::Streams => (&in_scope.streams, Some(SubjectKind::Stream)),
            CheckScope::Keys => (&in_scope.keys, Some(SubjectKind::Key)),
            CheckScope::Account => (&in_scope.regions, Some(SubjectKind::Region)),
            CheckScope::Pack => (&none, None),
        };
        let mut tally = Tally::new(check, scope);
        let by_resource = self.findings.get(check);
        for resource in resources {
            let found = by_resource.and_then(|m| m.get(resource)).map(Vec::as_slice).unwrap_or_default();
            let right: Vec<&Finding> = found.iter().copied().filter(|f| Some(f.subject.kind) == kind).collect();
            if right.is_empty() {
                tally.without_finding(&resource.2);
            }
            for finding in right {
                tally.add(finding, finding.status);
            }
        }
        // A listing that failed stands for resources that nobody knows; they might be in scope.
        let whole_listings = by_resource.into_iter().flatten().filter(|(r, _)| r.2.ends_with("/*"));
        for finding in whole_listings.flat_map(|(_, found)| found) {
            tally.add(finding, Status::Unknown);
        }
        if scope == CheckScope::Keys {
            tally.counts.unknown += in_scope.keys_unknown;
        }
        tally.close()
    }

    fn manual(&self, catalog: &Catalog, requirement: &Requirement) -> Vec<ManualOutcome> {
        let references = |item: &str| {
            let fits = |a: &&Attached| {
                is_about(a, catalog, requirement) && a.item.as_deref() == Some(item) && a.is_somewhere()
            };
            self.settings.manual_evidence.iter().filter(fits).map(Attached::place).collect()
        };
        let outcome = |m: &crate::model::catalog::ManualEvidence| ManualOutcome {
            id: m.id.clone(),
            kind: m.kind,
            required: m.required,
            what: m.what.clone(),
            references: references(&m.id),
        };
        requirement.manual_evidence.iter().map(outcome).collect()
    }

    /// The declaration that counts, and a reason for each that does not.
    fn declaration(&self, catalog: &Catalog, requirement: &Requirement) -> (Option<Declaration>, Vec<Reason>) {
        let mut valid = None;
        let mut invalid = Vec::new();
        for d in &self.settings.not_applicable {
            if d.catalog != catalog.catalog.id || d.requirement != requirement.id {
                continue;
            }
            if d.name.trim().is_empty() || d.reason.trim().is_empty() || !is_day(&d.date) {
                let sentence = "A declaration that this is not applicable lacks a name, a day (such as 2026-11-23) or a reason, and does not count.";
                invalid.push(Reason {
                    code: ReasonCode::DeclarationInvalid,
                    check: None,
                    sentence: sentence.to_owned(),
                });
            } else if valid.is_none() {
                valid = Some(Declaration { name: d.name.clone(), date: d.date.clone(), reason: d.reason.clone() });
            }
        }
        (valid, invalid)
    }

    fn is_set(&self, catalog: &Catalog, parameter: &str) -> bool {
        // Periods by rule are a declaration too: a key that no rule is about is unknown to the check itself.
        if parameter == CRYPTOPERIOD && !self.settings.cryptoperiods.is_empty() {
            return catalog.parameters.iter().any(|p| p.id == parameter);
        }
        let declared = self.settings.parameters.get(parameter);
        catalog.parameters.iter().any(|p| p.id == parameter && declared.is_some_and(|v| p.kind.accepts(v)))
    }

    fn catalogs_of(&self, stream: &Classified<'_>, results: &[CatalogResult]) -> Vec<String> {
        let s = stream.stream;
        let resource = (s.account.clone(), s.region.clone(), s.arn.as_str().into());
        let groups: BTreeSet<&str> = self
            .groups
            .iter()
            .filter(|g| g.in_scope.streams.contains(&resource))
            .map(|g| g.population.id.as_str())
            .collect();
        let concerned = |c: &&CatalogResult| c.outcomes.iter().any(|o| groups.contains(o.population.as_str()));
        results.iter().filter(concerned).map(|c| c.id.clone()).collect()
    }
}

fn group_id(when: Option<&AppliesWhen>) -> String {
    let Some(when) = when else { return "all".to_owned() };
    let classes: Vec<&str> = when.data_class_any.iter().map(|c| c.word()).collect();
    let classes = if classes.is_empty() { "all".to_owned() } else { classes.join("+") };
    when.flag.as_ref().map_or(classes.clone(), |flag| format!("{classes},{flag}"))
}

fn is_about(attached: &Attached, catalog: &Catalog, requirement: &Requirement) -> bool {
    attached.catalog == catalog.catalog.id && attached.requirement == requirement.id
}

fn undeclared_note(population: &Population, reasons: &[Reason]) -> Option<Reason> {
    let n = population.streams_undeclared;
    let decided = |r: &Reason| {
        matches!(r.code, ReasonCode::DeclaredNotApplicable | ReasonCode::ManualOnly | ReasonCode::ScopeUndeclared)
    };
    (n > 0 && !reasons.iter().any(decided)).then(|| Reason {
        code: ReasonCode::StreamsUndeclared,
        check: None,
        sentence: format!(
            "{n} of {} streams have no declared data class and are not counted here.",
            population.streams_listed
        ),
    })
}

/// Why the evidence is too old for the day that it is to stand for.
fn stale(snapshot: &Snapshot, settings: &Settings) -> Option<String> {
    let as_of = settings.parameters.get(EVIDENCE_AS_OF)?;
    let read = as_of.as_str().filter(|t| is_day(t)).and_then(|t| t.parse::<chrono::NaiveDate>().ok());
    let Some(as_of) = read else {
        return Some(format!(
            "{EVIDENCE_AS_OF} in keywitness.toml is not a day such as 2026-11-23, so the age of the evidence is not known."
        ));
    };
    let limit = settings.parameters.get(EVIDENCE_AGE_DAYS).map_or(Some(EVIDENCE_AGE_LIMIT), serde_json::Value::as_u64);
    let Some(limit) = limit else {
        return Some(format!(
            "{EVIDENCE_AGE_DAYS} in keywitness.toml is not a number of days, so the age of the evidence is not known."
        ));
    };
    let collected = snapshot.run.ended.date_naive();
    let age = as_of.signed_duration_since(collected).num_days();
    (age > i64::try_from(limit).unwrap_or(i64::MAX)).then(|| {
        format!("The configuration was read on {collected}, {age} days before {as_of}; the limit is {limit} days.")
    })
}

/// The answers of one check, as they are counted.
struct Tally {
    counts: Counts,
    answers: PopulationAnswers,
    evidence: BTreeSet<Ev>,
}

impl Tally {
    fn new(check: &str, scope: CheckScope) -> Self {
        let answers = PopulationAnswers {
            check: check.to_owned(),
            scope,
            answer: Answer::NotAsked,
            failed: Vec::new(),
            excepted: Vec::new(),
            unknown: Vec::new(),
            passed: Vec::new(),
            not_applicable: Vec::new(),
            without_finding: Vec::new(),
            records: Vec::new(),
        };
        Self { counts: Counts::default(), answers, evidence: BTreeSet::new() }
    }

    fn without_finding(&mut self, id: &str) {
        self.counts.unknown += 1;
        self.answers.without_finding.push(id.to_owned());
    }

    fn add(&mut self, finding: &Finding, status: Status) {
        let (count, list) = match status {
            Status::Fail if finding.exception.is_some() => (&mut self.counts.excepted, &mut self.answers.excepted),
            Status::Pass => (&mut self.counts.pass, &mut self.answers.passed),
            Status::Fail => (&mut self.counts.fail, &mut self.answers.failed),
            Status::Unknown => (&mut self.counts.unknown, &mut self.answers.unknown),
            Status::NotApplicable => (&mut self.counts.not_applicable, &mut self.answers.not_applicable),
        };
        *count += 1;
        list.push(finding.id);
        self.evidence.extend(finding.citations.iter().map(|c| c.ev));
    }

    fn close(mut self) -> PopulationAnswers {
        self.answers.records = spans(&self.evidence);
        self.answers.answer = match (self.answers.scope, self.counts.total()) {
            (CheckScope::Pack, 0) => Answer::NotAsked,
            (_, 0) => Answer::NoSubject,
            _ => Answer::Counted(self.counts),
        };
        self.answers
    }
}

fn spans(evidence: &BTreeSet<Ev>) -> Vec<EvSpan> {
    let mut spans: Vec<EvSpan> = Vec::new();
    for ev in evidence {
        match spans.last_mut() {
            Some(span) if span.last.0 + 1 == ev.0 => span.last = *ev,
            _ => spans.push(EvSpan { first: *ev, last: *ev }),
        }
    }
    spans
}

/// Declarations that hit nothing: a slip of the pen there would go unnoticed otherwise.
fn unused_declarations(catalogs: &[Loaded], settings: &Settings) -> Vec<String> {
    let find = |catalog: &str, requirement: &str| {
        let catalog = catalogs.iter().find(|c| c.catalog.catalog.id == catalog);
        let catalog = catalog.ok_or_else(|| "this run has no such catalog".to_owned())?;
        let found = catalog.catalog.requirements.iter().find(|r| r.id == requirement);
        found.ok_or_else(|| "the catalog has no such requirement".to_owned())
    };
    let mut unused = Vec::new();
    for d in &settings.not_applicable {
        if let Err(why) = find(&d.catalog, &d.requirement) {
            unused.push(format!("not_applicable: {} {}: {why}", d.catalog, d.requirement));
        }
    }
    for a in &settings.decision_records {
        if let Err(why) = find(&a.catalog, &a.requirement) {
            unused.push(format!("decision_records: {} {}: {why}", a.catalog, a.requirement));
        }
    }
    for a in &settings.manual_evidence {
        let item = a.item.as_deref().unwrap_or_default();
        let found = find(&a.catalog, &a.requirement).and_then(|r| {
            let has = r.manual_evidence.iter().any(|m| m.id == item);
            has.then_some(()).ok_or_else(|| format!("the requirement asks for no item {item:?}"))
        });
        if let Err(why) = found {
            unused.push(format!("manual_evidence: {} {}: {why}", a.catalog, a.requirement));
        }
    }
    let parameters = || catalogs.iter().flat_map(|c| &c.catalog.parameters);
    for name in settings.parameters.keys() {
        let ours = [EVIDENCE_AS_OF, EVIDENCE_AGE_DAYS].contains(&name.as_str());
        if !ours && !parameters().any(|p| p.id == *name) {
            unused.push(format!("parameters: {name}: no catalog of this run asks for it"));
        }
    }
    for measure in &settings.declared_measures {
        if !parameters().any(|p| p.values.contains(measure)) {
            unused.push(format!("declared_measures: {measure}: no check of this run's catalogs speaks of it"));
        }
    }
    unused
}

/// Runs the examples inside a catalog; gives a sentence for each that comes out otherwise.
#[must_use]
pub fn failed_examples(catalog: &Catalog) -> Vec<String> {
    let mut failed = Vec::new();
    for requirement in &catalog.requirements {
        for (n, example) in requirement.tests.iter().enumerate() {
            let got = rollup(requirement, &example_inputs(requirement, example)).status;
            if got != example.expect {
                let (id, n) = (&requirement.id, n + 1);
                failed.push(format!("requirement {id}: test {n} gives {}, not {}", got.word(), example.expect.word()));
            }
        }
    }
    failed
}

fn example_inputs(requirement: &Requirement, example: &Example) -> Inputs {
    let one = |given: Given| {
        let mut counts = Counts::default();
        match given {
            Given::Pass => counts.pass = 1,
            Given::Fail => counts.fail = 1,
            Given::Excepted => counts.excepted = 1,
            Given::Unknown => counts.unknown = 1,
            Given::NotApplicable => counts.not_applicable = 1,
        }
        Answer::Counted(counts)
    };
    let attached = requirement.manual_evidence.iter().filter(|_| example.manual_attached).map(|m| m.id.clone());
    Inputs {
        answers: example.given.iter().map(|(check, given)| (check.clone(), one(*given))).collect(),
        scope: Scope { to_declare: None, streams: 1, incomplete_because: Vec::new() },
        parameters: example.parameters.clone(),
        measures: example.measures.clone(),
        decision_record: example.decision_record,
        attached: attached.collect(),
        declaration: None,
        stale: None,
    }
}

#[cfg(test)]
mod tests;
