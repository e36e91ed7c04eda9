//! What must be true of the exports of every sample. The schemas themselves are judged from outside, by tests/run.

use super::text::string;
use super::{Evidence, EvidenceFile, Input, write};
use crate::model::assessment::RequirementStatus;
use crate::model::catalog::{CheckScope, Relation};
use crate::model::export::Export;
use crate::model::sink::Files;
use crate::model::{Assessment, Finding, Record, Run, Settings, Snapshot, Status};
use crate::{assess, checks, frameworks, snapshot, store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

struct Sample {
    name: String,
    snapshot: Snapshot,
    findings: Vec<Finding>,
    assessment: Assessment,
    catalogs: Vec<crate::model::Loaded>,
    evidence: Evidence,
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).unwrap();
    let mut folders: Vec<_> = folders.map(|f| f.unwrap().path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders.iter().map(|folder| sample(folder)).collect()
});

fn sample(folder: &Path) -> Sample {
    let (run, records): (Run, Vec<Record>) = store::parse(&store::load(folder).unwrap()).unwrap();
    let declared = std::fs::read_to_string(folder.join("keywitness.toml")).unwrap();
    let settings: Settings = toml::from_str(&declared).unwrap();
    let mut evidence = Evidence { root: "0".repeat(64), files: Vec::new() };
    for record in &records {
        let path = format!("data/evidence/{}", store::path_of(record));
        if let Some(file) = evidence.files.last_mut().filter(|f| f.path == path) {
            file.last = record.ev;
        } else {
            evidence.files.push(EvidenceFile { path, sha256: "1".repeat(64), first: record.ev, last: record.ev });
        }
    }
    let snapshot = snapshot::read(run, &records);
    let mut findings = checks::run(&snapshot, &settings);
    assess::exceptions::mark(&mut findings, &snapshot, &settings);
    let known: Vec<_> = checks::ALL.iter().map(|c| (c.id, CheckScope::of(c.judge.kind()))).collect();
    let catalogs = frameworks::choose(&["all".to_owned()], Vec::new(), &known).unwrap();
    let assessment = assess::assess(&catalogs, &findings, &snapshot, &settings);
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    Sample { name, snapshot, findings, assessment, catalogs, evidence }
}

fn export(sample: &Sample) -> BTreeMap<String, Vec<u8>> {
    let pages: Vec<_> = checks::ALL.iter().map(checks::Check::page).collect();
    let input = Input {
        run: &sample.snapshot.run,
        findings: &sample.findings,
        assessment: &sample.assessment,
        catalogs: &sample.catalogs,
        checks: &pages,
        evidence: &sample.evidence,
        version: "0.0.0",
    };
    let mut files = Files::new();
    write(&input, &Export::ALL, &mut files).unwrap();
    files
}

fn results(files: &BTreeMap<String, Vec<u8>>) -> Value {
    let document: Value = serde_json::from_slice(&files["data/exports/oscal/assessment-results.json"]).unwrap();
    document["assessment-results"].clone()
}

fn strings<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| strings(v, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if let Some(text) = value.as_str() {
                    found.push((key, text));
                }
                strings(value, found);
            }
        }
        _ => {}
    }
}

fn prop<'a>(of: &'a Value, name: &str) -> &'a str {
    let props = of["props"].as_array().unwrap();
    props.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("no {name}"))["value"].as_str().unwrap()
}

/// Nothing that is satisfied rests on anything that did not pass.
fn never_rounded_up(sample: &Sample) {
    let files = export(sample);
    let results = results(&files);
    let result = &results["results"][0];
    let observations: BTreeMap<&str, &str> = result["observations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|o| (o["uuid"].as_str().unwrap(), prop(o, "result")))
        .collect();
    assert_eq!(observations.len(), sample.findings.len(), "{}", sample.name);
    for finding in result["findings"].as_array().into_iter().flatten() {
        let status = prop(finding, "requirement-status");
        let state = finding["target"]["status"]["state"].as_str().unwrap();
        let related = finding["related-observations"].as_array().into_iter().flatten();
        let said: BTreeSet<&str> = related.map(|r| observations[r["observation-uuid"].as_str().unwrap()]).collect();
        if state == "satisfied" {
            assert!(["supported_in_part", "satisfied_by_evidence"].contains(&status), "{status}");
            assert!(said.iter().all(|s| ["pass", "not_applicable"].contains(s)), "{}: {said:?}", sample.name);
            assert!(said.contains("pass"), "{}: nothing passed", sample.name);
        } else {
            assert!(["partly", "not_satisfied"].contains(&status), "{status}");
        }
        assert!(finding["target"]["target-id"].as_str().unwrap().ends_with("_obj.slice"));
    }
    let text = std::str::from_utf8(&files["data/exports/ocsf/compliance-findings.jsonl"]).unwrap();
    let events: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(events.len(), sample.findings.len());
    for (event, finding) in events.iter().zip(&sample.findings) {
        assert_eq!(event["finding_info"]["uid"], finding.id.to_string());
        let expected = match finding.status {
            Status::Unknown => 0,
            Status::Pass => 1,
            Status::Fail => 3,
            Status::NotApplicable => 99,
        };
        assert_eq!(event["compliance"]["status_id"], expected, "{}", finding.id);
    }
}

#[test]
fn unknown_is_never_satisfied() {
    SAMPLES.iter().for_each(never_rounded_up);
    let satisfied = SAMPLES
        .iter()
        .filter(|s| {
            String::from_utf8(serde_json::to_vec(&results(&export(s))).unwrap())
                .unwrap()
                .contains("\"state\":\"satisfied\"")
        })
        .count();
    assert!(satisfied > 0, "no sample shows a satisfied slice, so nothing was tested");
}

/// Even where the assessment itself were wrong: a pass that is turned into unknown takes "satisfied" with it.
#[test]
fn an_undecided_check_takes_satisfied_away_whatever_the_status_says() {
    let mut tried = 0;
    for folder in ["halcyon-parcels"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(folder);
        let mut sample = sample(&path);
        for population in &mut sample.assessment.populations {
            for answers in &mut population.answers {
                let moved = answers.passed.pop();
                answers.unknown.extend(moved);
            }
        }
        for outcome in sample.assessment.catalogs.iter_mut().flat_map(|c| &mut c.outcomes) {
            let supports = outcome.checks.iter().any(|c| c.relation != Relation::Informs);
            if outcome.status == RequirementStatus::SupportedInPart && supports {
                tried += 1;
            }
            for check in &mut outcome.checks {
                if let crate::model::assessment::Answer::Counted(counts) = &mut check.answer {
                    counts.unknown += counts.pass.min(1);
                    counts.pass -= counts.pass.min(1);
                }
            }
        }
        let results = results(&export(&sample));
        let findings = results["results"][0]["findings"].as_array().cloned().unwrap_or_default();
        assert!(findings.iter().all(|f| f["target"]["status"]["state"] == "not-satisfied"), "{folder}");
    }
    assert!(tried > 0);
}

#[test]
fn every_requirement_has_its_status_and_every_reference_its_target() {
    for sample in SAMPLES.iter() {
        let files = export(sample);
        let results = results(&files);
        let result = &results["results"][0];
        let statuses = result["props"].as_array().unwrap();
        let requirements: usize = sample.assessment.catalogs.iter().map(|c| c.outcomes.len()).sum();
        assert_eq!(statuses.len(), requirements);
        let mut found = Vec::new();
        strings(&results, &mut found);
        let defined: BTreeSet<&str> = found.iter().filter(|(k, _)| *k == "uuid").map(|(_, v)| *v).collect();
        assert_eq!(defined.len(), found.iter().filter(|(k, _)| *k == "uuid").count(), "a UUID stands for two things");
        for (key, text) in &found {
            let target = match *key {
                "href" => text.strip_prefix('#'),
                "subject-uuid" | "actor-uuid" | "component-uuid" | "observation-uuid" => Some(*text),
                _ => None,
            };
            if let Some(target) = target {
                assert!(defined.contains(target), "{}: {key} {text}", sample.name);
            }
        }
        let mut ids = BTreeSet::new();
        for (path, bytes) in files.iter().filter(|(path, _)| path.contains("oscal/catalog-")) {
            let catalog: Value = serde_json::from_slice(bytes).unwrap();
            let mut found = Vec::new();
            strings(&catalog, &mut found);
            for (_, id) in found.iter().filter(|(k, _)| *k == "id") {
                assert!(ids.insert((*id).to_owned()) || *id == "publisher-of-framework", "{path}: {id} twice");
            }
        }
        for (key, text) in
            found.iter().filter(|(k, _)| ["control-id", "objective-id", "target-id", "group"].contains(k))
        {
            assert!(ids.contains(*text), "{}: {key} {text}", sample.name);
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for sample in SAMPLES.iter() {
        assert_eq!(export(sample), export(sample), "{}", sample.name);
    }
}

#[test]
fn hostile_text_keeps_the_form_of_oscal() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/halcyon-parcels");
    let mut sample = sample(&path);
    let hostile = "\u{202e}x\r\n</script><b>[a](javascript:1) {{ insert: param, p }} \u{a0}";
    for finding in &mut sample.findings {
        finding.reason = hostile.into();
        std::sync::Arc::make_mut(&mut finding.subject).name = hostile.into();
    }
    for path in ["data/exports/oscal/assessment-results.json", "data/exports/ocsf/compliance-findings.jsonl"] {
        let text = String::from_utf8(export(&sample).remove(path).unwrap()).unwrap();
        assert_eq!(text.contains("</script>"), path.contains("ocsf"), "{path}");
    }
    let results = results(&export(&sample));
    let mut found = Vec::new();
    strings(&results, &mut found);
    assert!(found.iter().any(|(_, text)| text.contains("⟨U+202E⟩")));
    for (key, text) in found {
        assert!(!text.contains('\u{202e}') && !text.contains('\r'), "{key}: {text:?}");
        if key == "value" {
            assert_eq!(text, string(text));
        }
    }
}
