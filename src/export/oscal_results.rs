//! Findings and assessment as OSCAL knows assessment results.
//!
//! OSCAL has two states, `satisfied` and `not-satisfied`, and nothing for "not known". So:
//!
//! | status | here |
//! | --- | --- |
//! | supported in part, satisfied by evidence | `satisfied`, `pass`: of the technical slice |
//! | partly | `not-satisfied`, `other` |
//! | not satisfied | `not-satisfied`, `fail` |
//! | evidence missing, not assessed, not applicable | no finding |
//!
//! The status itself is a property of the result for every requirement. And whatever the status says: where a check
//! of the slice is undecided for any resource, nothing here is satisfied.

use super::oscal_catalog::{self, control_ids, has_slice, slice_id};
use super::text::{Each, OSCAL, at, line, own, prop, prose, string};
use super::{EvidenceFile, Input, uuid};
use crate::model::assessment::{Answer, CatalogResult, Outcome, RequirementStatus};
use crate::model::catalog::Relation;
use crate::model::finding::{Finding, FindingId, Subject, SubjectKind};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The whole document.
pub struct Document<'a> {
    input: &'a Input<'a>,
    /// The controls of each catalog, in the order of its requirements.
    controls: Vec<Vec<String>>,
    subjects: BTreeMap<&'a Subject, String>,
}

impl<'a> Document<'a> {
    /// Prepares it.
    pub fn new(input: &'a Input<'a>) -> Self {
        let controls = input.catalogs.iter().map(|c| control_ids(&c.catalog)).collect();
        let subjects = input.findings.iter().map(|f| (&*f.subject, subject_uuid(&f.subject))).collect();
        Self { input, controls, subjects }
    }

    /// Every requirement with its control and its catalog.
    fn outcomes(&self) -> impl Iterator<Item = (&CatalogResult, &Outcome, &str)> {
        let catalogs = self.input.assessment.catalogs.iter().zip(&self.controls);
        catalogs.flat_map(|(c, ids)| c.outcomes.iter().zip(ids).map(move |(o, id)| (c, o, id.as_str())))
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry("assessment-results", &Body(self))?;
        map.end()
    }
}

struct Body<'a>(&'a Document<'a>);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Input { run, evidence, version, .. } = self.0.input;
        let mut map = to.serialize_map(None)?;
        let content = (&evidence.root, version, self.0.input.findings, self.0.input.assessment);
        map.serialize_entry("uuid", &uuid::of_content("assessment-results", &content))?;
        map.serialize_entry(
            "metadata",
            &json!({
                "title": format!("Keywitness results for {}", run.subject()),
                "last-modified": at(run.ended), "version": run.id, "oscal-version": OSCAL,
                "props": [own("evidence-root", &evidence.root), own("sample", if run.sample { "yes" } else { "no" })],
                "remarks": remarks(self.0.input),
            }),
        )?;
        map.serialize_entry(
            "import-ap",
            &json!({ "href": format!("#{}", plan_uuid()), "remarks": "There is no assessment plan in OSCAL; the resource says what was done instead." }),
        )?;
        map.serialize_entry("results", &[Result_(self.0)])?;
        map.serialize_entry("back-matter", &BackMatter(self.0.input))?;
        map.end()
    }
}

fn remarks(input: &Input<'_>) -> String {
    let mut remarks = "A finding here is about the technical slice of a requirement, which is what checks can show, and never \
                       about the whole requirement. What is not known has no finding; the property `requirement-status` of the \
                       result has the status of every requirement."
        .to_owned();
    if input.run.sample {
        remarks.push_str("\n\nThe account is invented: this is no evidence of anything.");
    }
    let foreign: Vec<String> = input.run.foreign_endpoints().into_iter().map(|e| line(&e.url)).collect();
    if !foreign.is_empty() {
        remarks.push_str(&format!("\n\nNot AWS: the calls went to {}.", foreign.join(", ")));
    }
    remarks
}

/// The one result.
struct Result_<'a>(&'a Document<'a>);

impl Serialize for Result_<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let input = document.input;
        let run = input.run;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("uuid", &uuid::of("result", &input.evidence.root))?;
        map.serialize_entry("title", "Delivery streams and their keys")?;
        map.serialize_entry("description", &description(input))?;
        map.serialize_entry("start", &at(run.started))?;
        map.serialize_entry("end", &at(run.ended))?;
        if document.outcomes().next().is_some() {
            map.serialize_entry("props", &Each(|| document.outcomes().map(|(c, o, id)| status(c, o, id))))?;
        }
        map.serialize_entry("local-definitions", &LocalDefinitions(document))?;
        map.serialize_entry("reviewed-controls", &ReviewedControls(document))?;
        if !input.findings.is_empty() {
            map.serialize_entry(
                "observations",
                &Each(|| input.findings.iter().map(|f| observation(input, f, &document.subjects[&*f.subject]))),
            )?;
        }
        if document.outcomes().any(|(_, o, _)| state(document, o).is_some()) {
            map.serialize_entry(
                "findings",
                &Each(|| document.outcomes().filter_map(|(c, o, id)| finding(document, c, o, id))),
            )?;
        }
        map.end()
    }
}

fn description(input: &Input<'_>) -> String {
    let regions: Vec<&str> = input.run.regions().into_iter().map(crate::model::Region::as_str).collect();
    format!(
        "What {} answered to read-only calls in {} from {} to {}, and what follows by the published rules of each check. \
         It holds for that time and for nothing before or after it.",
        input.run.subject(),
        regions.join(", "),
        at(input.run.started),
        at(input.run.ended)
    )
}

/// The status of a requirement, whatever OSCAL has a word for.
fn status(catalog: &CatalogResult, outcome: &Outcome, control: &str) -> Value {
    let mut status = own("requirement-status", outcome.status.word());
    status["group"] = control.into();
    let reasons: Vec<String> = outcome.reasons.iter().map(|r| format!("{}: {}", r.code.word(), r.sentence)).collect();
    status["remarks"] =
        prose(&format!("{} {} {}: {}", catalog.framework, catalog.edition, outcome.requirement.id, reasons.join(" ")))
            .into();
    status
}

struct LocalDefinitions<'a>(&'a Document<'a>);

impl Serialize for LocalDefinitions<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Document { input, subjects, .. } = self.0;
        let tool = uuid::of("tool", input.version);
        let mut map = to.serialize_map(None)?;
        if !subjects.is_empty() {
            map.serialize_entry("inventory-items", &Each(|| subjects.iter().map(|(s, id)| inventory_item(s, id))))?;
        }
        map.serialize_entry(
            "assessment-assets",
            &json!({
                "components": [{
                    "uuid": tool, "type": "software", "title": "Keywitness",
                    "description": "Reads an AWS account by read-only calls and keeps every answer.",
                    "props": [prop("version", input.version)], "status": { "state": "operational" },
                }],
                "assessment-platforms": [{
                    "uuid": uuid::of("platform", input.version), "uses-components": [{ "component-uuid": tool }],
                }],
            }),
        )?;
        map.end()
    }
}

fn subject_uuid(subject: &Subject) -> String {
    let Subject { account, region, kind, id, .. } = subject;
    uuid::of("subject", &format!("{account}/{region}/{}/{id}", kind.word()))
}

fn subject_words(subject: &Subject) -> &'static str {
    match subject.kind {
        SubjectKind::Stream => "Delivery stream",
        SubjectKind::Key => "KMS key",
        SubjectKind::Region => "Region",
    }
}

fn inventory_item(subject: &Subject, id: &str) -> Value {
    json!({
        "uuid": id,
        "description": format!("{} {}", subject_words(subject), line(&subject.name)),
        "props": [
            prop("asset-id", &subject.id), own("kind", subject.kind.word()),
            own("account", subject.account.as_str()), own("region", subject.region.as_str()),
        ],
    })
}

struct ReviewedControls<'a>(&'a Document<'a>);

impl Serialize for ReviewedControls<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Document { input, controls, .. } = self.0;
        let selections = input.catalogs.iter().zip(controls).map(|(catalog, ids)| {
            let include: Vec<Value> = ids.iter().map(|id| json!({ "control-id": id })).collect();
            json!({
                "description": format!("Every requirement of {}", line(&catalog.catalog.catalog.id)),
                "links": [{ "href": format!("#{}", oscal_catalog::document_uuid(catalog)), "rel": "reference" }],
                "include-controls": include,
            })
        });
        let mut selections: Vec<Value> = selections.collect();
        if selections.is_empty() {
            // OSCAL has no word for "none": all of none.
            selections.push(json!({ "description": "No catalog was chosen.", "include-all": {} }));
        }
        let slices = self.0.outcomes().filter(|(_, o, _)| has_slice(&o.requirement));
        let slices: Vec<Value> = slices.map(|(_, _, id)| json!({ "objective-id": slice_id(id) })).collect();
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("control-selections", &selections)?;
        if !slices.is_empty() {
            map.serialize_entry(
                "control-objective-selections",
                &json!([{ "description": "The technical slices", "include-objectives": slices }]),
            )?;
        }
        map.end()
    }
}

fn observation_uuid(finding: FindingId) -> String {
    uuid::of("observation", &finding.to_string())
}

fn observation(input: &Input<'_>, finding: &Finding, subject: &str) -> Value {
    let title = input.check(&finding.check).map_or(finding.check.as_str(), |c| c.title);
    let mut props = vec![
        own("finding-id", &finding.id.to_string()),
        own("check", &finding.check),
        own("result", finding.status.word()),
        own("severity", finding.severity.word()),
    ];
    props.extend(finding.exception.iter().map(|id| own("exception", id)));
    let mut observation = json!({
        "uuid": observation_uuid(finding.id), "title": line(title), "description": prose(&finding.reason),
        "props": props, "methods": ["TEST"], "types": ["control-objective"],
        "origins": [{ "actors": [{ "type": "tool", "actor-uuid": uuid::of("tool", input.version) }] }],
        "subjects": [{ "subject-uuid": subject, "type": "inventory-item", "title": line(&finding.subject.name) }],
        "collected": at(input.run.ended),
    });
    let evidence: Vec<Value> = finding
        .citations
        .iter()
        .map(|citation| {
            let mut evidence = json!({ "description": line(&citation.to_string()) });
            if let Some(file) = input.evidence.file(citation.ev) {
                evidence["href"] = format!("#{}", file_uuid(file)).into();
            }
            evidence
        })
        .collect();
    if !evidence.is_empty() {
        observation["relevant-evidence"] = evidence.into();
    }
    observation
}

/// What OSCAL may be told of a requirement: state and reason, or nothing.
fn state(document: &Document<'_>, outcome: &Outcome) -> Option<(&'static str, &'static str)> {
    if !has_slice(&outcome.requirement) {
        return None;
    }
    match outcome.status {
        RequirementStatus::SupportedInPart | RequirementStatus::SatisfiedByEvidence => {
            all_decided(document, outcome).then_some(("satisfied", "pass"))
        }
        RequirementStatus::NotSatisfied => Some(("not-satisfied", "fail")),
        RequirementStatus::Partly => Some(("not-satisfied", "other")),
        RequirementStatus::EvidenceMissing | RequirementStatus::NotAssessed | RequirementStatus::NotApplicable => None,
    }
}

/// Whether every check of the slice was decided for every resource, without a failure.
fn all_decided(document: &Document<'_>, outcome: &Outcome) -> bool {
    let complete = document.input.assessment.population(outcome).is_some_and(|p| p.complete);
    complete
        && outcome.checks.iter().filter(|c| c.relation != Relation::Informs).all(|check| match check.answer {
            Answer::Counted(counts) => counts.unknown == 0 && counts.fail == 0 && counts.excepted == 0,
            Answer::NoSubject => true,
            Answer::NotAsked => false,
        })
}

fn finding(document: &Document<'_>, catalog: &CatalogResult, outcome: &Outcome, control: &str) -> Option<Value> {
    let (state, reason) = state(document, outcome)?;
    let requirement = &outcome.requirement;
    let reasons: Vec<String> = outcome.reasons.iter().map(|r| format!("{}: {}", r.code.word(), r.sentence)).collect();
    let mut finding = json!({
        "uuid": uuid::of("finding", &format!("{}/{}", catalog.id, requirement.id)),
        "title": line(&format!("{} {}: {}", catalog.framework, requirement.id, requirement.title)),
        "description": prose(&format!("{}. {}", outcome.status.label(), reasons.join(" "))),
        "props": [own("requirement-status", outcome.status.word())],
        "target": {
            "type": "objective-id", "target-id": slice_id(control),
            "status": { "state": state, "reason": reason, "remarks": "Of the technical slice, and not of the whole requirement." },
        },
    });
    let checks = outcome.checks.iter().filter(|c| c.relation != Relation::Informs);
    let answers = checks.filter_map(|check| document.input.assessment.answers(outcome, check));
    let ids = answers.flat_map(|a| [&a.failed, &a.excepted, &a.unknown, &a.passed, &a.not_applicable]).flatten();
    let related: Vec<Value> = ids.map(|id| json!({ "observation-uuid": observation_uuid(*id) })).collect();
    if !related.is_empty() {
        finding["related-observations"] = related.into();
    }
    Some(finding)
}

fn plan_uuid() -> String {
    uuid::of("plan", "keywitness")
}

fn file_uuid(file: &EvidenceFile) -> String {
    uuid::of("evidence-file", &file.path)
}

struct BackMatter<'a>(&'a Input<'a>);

impl Serialize for BackMatter<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let input = self.0;
        let plan = json!({
            "uuid": plan_uuid(), "title": "What was done",
            "description": "Read-only calls to AWS, every answer kept; then the checks and catalogs of the pack, by rules that anyone can \
                            follow again with `keywitness verify`.",
            "rlinks": [{ "href": "../../evidence/run.json", "media-type": "application/json" }],
        });
        let catalogs = input.catalogs.iter().map(|catalog| {
            json!({
                "uuid": oscal_catalog::document_uuid(catalog), "title": line(&format!("Catalog {}", catalog.catalog.catalog.id)),
                "rlinks": [{ "href": format!("catalog-{}.json", catalog.catalog.catalog.id), "media-type": "application/oscal+json" }],
            })
        });
        let files = input.evidence.files.iter().map(|file| {
            let path = string(file.path.strip_prefix("data/").unwrap_or(&file.path));
            json!({
                "uuid": file_uuid(file), "title": line(&path), "description": format!("Records {} to {}", file.first, file.last),
                "rlinks": [{ "href": format!("../../{path}"), "media-type": "application/jsonl",
                    "hashes": [{ "algorithm": "SHA-256", "value": file.sha256 }] }],
            })
        });
        let resources: Vec<Value> = std::iter::once(plan).chain(catalogs).chain(files).collect();
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry("resources", &resources)?;
        map.end()
    }
}
