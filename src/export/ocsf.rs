//! Findings as compliance findings of OCSF 1.8: one event for each check and subject.
//!
//! OCSF has "pass", "warning", "fail" and "unknown" for a compliance check, and we use the words as they are:
//! unknown is unknown, and a question that does not arise is "other". An event never says that a requirement is
//! met: it names the requirements that the check speaks to, with their status in a field of our own.

use super::Input;
use crate::model::Status;
use crate::model::assessment::RequirementStatus;
use crate::model::finding::{Finding, FindingId, Severity, SubjectKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version of OCSF that is written.
const OCSF: &str = "1.8.0";

/// A requirement that a check speaks to.
struct Spoken<'a> {
    standard: String,
    catalog: &'a str,
    id: &'a str,
    status: RequirementStatus,
}

/// One event for each finding, in the order of the findings.
pub fn events<'a>(input: &'a Input<'a>) -> impl Iterator<Item = Value> + 'a {
    let requirements = requirements(input);
    let populations = populations(input);
    input.findings.iter().map(move |finding| {
        let of = populations.get(&finding.id).map(Vec::as_slice).unwrap_or_default();
        let spoken = of.iter().filter_map(|p| requirements.get(&(*p, finding.check.as_str()))).flatten();
        event(input, finding, &spoken.collect::<Vec<_>>())
    })
}

/// The requirements that a check speaks to, by population and check.
fn requirements<'a>(input: &'a Input<'a>) -> BTreeMap<(&'a str, &'a str), Vec<Spoken<'a>>> {
    let mut requirements: BTreeMap<_, Vec<Spoken<'a>>> = BTreeMap::new();
    for catalog in &input.assessment.catalogs {
        for outcome in &catalog.outcomes {
            for check in &outcome.checks {
                requirements.entry((outcome.population.as_str(), check.check.as_str())).or_default().push(Spoken {
                    standard: format!("{} {}", catalog.framework, catalog.edition),
                    catalog: &catalog.id,
                    id: &outcome.requirement.id,
                    status: outcome.status,
                });
            }
        }
    }
    requirements
}

/// The populations that each finding belongs to: what is not in scope of a framework is not said to speak to it.
fn populations<'a>(input: &'a Input<'a>) -> BTreeMap<FindingId, Vec<&'a str>> {
    let mut populations: BTreeMap<FindingId, Vec<&str>> = BTreeMap::new();
    for population in &input.assessment.populations {
        for answers in &population.answers {
            let lists =
                [&answers.failed, &answers.excepted, &answers.unknown, &answers.passed, &answers.not_applicable];
            for finding in lists.into_iter().flatten() {
                let of = populations.entry(*finding).or_default();
                if of.last() != Some(&population.id.as_str()) {
                    of.push(&population.id);
                }
            }
        }
    }
    populations
}

fn event(input: &Input<'_>, finding: &Finding, spoken: &[&Spoken<'_>]) -> Value {
    let run = input.run;
    let page = input.check(&finding.check);
    let title = page.map_or(finding.check.as_str(), |c| c.title);
    let (severity_id, severity) = severity(finding);
    let (status_id, status) = status(finding.status);
    let (collected, started) = (run.ended.timestamp_millis(), run.started.timestamp_millis());
    let resource = resource(input, finding);
    let mut standards: Vec<&str> = Vec::new();
    for s in spoken {
        if !standards.contains(&s.standard.as_str()) {
            standards.push(&s.standard);
        }
    }
    let requirements: Vec<String> = spoken.iter().map(|s| format!("{} {}", s.standard, s.id)).collect();
    let statuses: Vec<Value> =
        spoken.iter().map(|s| json!({ "catalog": s.catalog, "id": s.id, "status": s.status.word() })).collect();
    let mut event = json!({
        "activity_id": 1, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2003, "class_name": "Compliance Finding",
        "type_uid": 200_301, "type_name": "Compliance Finding: Create",
        "time": collected, "start_time": started, "end_time": collected,
        "severity_id": severity_id, "severity": severity,
        "status_id": 1, "status": "New",
        "message": format!("{title}: {}", finding.status.word()),
        "metadata": {
            "version": OCSF, "profiles": ["cloud"],
            "uid": format!("{}/{}", run.id, finding.id),
            "product": { "name": "Keywitness", "vendor_name": "Keywitness", "version": input.version },
        },
        "cloud": {
            "provider": "AWS", "region": finding.subject.region, "cloud_partition": run.partition(&finding.subject.account),
            "account": { "uid": finding.subject.account, "type": "AWS Account", "type_id": 10 },
        },
        "finding_info": {
            "uid": finding.id, "title": title, "desc": finding.reason, "created_time": collected,
            "data_sources": ["AWS API"], "types": ["Compliance check"],
            "analytic": { "uid": finding.check, "name": title, "type": "Rule", "type_id": 1 },
        },
        "compliance": {
            "control": finding.check, "desc": title,
            "standards": standards, "requirements": requirements,
            "status_id": status_id, "status": status, "status_details": [finding.reason],
        },
        "resources": [resource],
        "unmapped": {
            "evidence_root": input.evidence.root, "sample": run.sample, "requirements": statuses,
            "result": finding.status.word(), "exception": finding.exception,
            "endpoints_not_aws": run.foreign_endpoints().into_iter().map(|e| e.url.as_str()).collect::<Vec<_>>(),
        },
    });
    let evidences: Vec<Value> = finding
        .citations
        .iter()
        .map(|c| {
            let file = input.evidence.file(c.ev).map(|f| f.path.as_str());
            json!({ "uid": c.ev, "name": c.to_string(), "data": { "file": file, "pointer": c.pointer } })
        })
        .collect();
    if !evidences.is_empty() {
        event["evidences"] = evidences.into();
    }
    if let Some(page) = page.filter(|_| finding.status == Status::Fail) {
        event["remediation"] = json!({ "desc": page.remedy.what });
    }
    event
}

fn resource(input: &Input<'_>, finding: &Finding) -> Value {
    let kind = match finding.subject.kind {
        SubjectKind::Stream => "AWS::KinesisFirehose::DeliveryStream",
        SubjectKind::Key => "AWS::KMS::Key",
        SubjectKind::Region => "AWS::Account",
    };
    json!({
        "uid": finding.subject.id, "name": finding.subject.name, "type": kind, "region": finding.subject.region,
        "cloud_partition": input.run.partition(&finding.subject.account), "provider": "AWS",
    })
}

/// How much a failure matters; a result that is no failure matters to nobody, and one that is not known might.
fn severity(finding: &Finding) -> (u8, &'static str) {
    match (finding.status, finding.severity) {
        (Status::Fail, Severity::Low) => (2, "Low"),
        (Status::Fail, Severity::Medium) => (3, "Medium"),
        (Status::Fail, Severity::High) => (4, "High"),
        (Status::Fail, Severity::Critical) => (5, "Critical"),
        (Status::Unknown, _) => (0, "Unknown"),
        (Status::Pass | Status::NotApplicable, _) => (1, "Informational"),
    }
}

fn status(status: Status) -> (u8, &'static str) {
    match status {
        Status::Unknown => (0, "Unknown"),
        Status::Pass => (1, "Pass"),
        Status::Fail => (3, "Fail"),
        Status::NotApplicable => (99, "Not Applicable"),
    }
}
