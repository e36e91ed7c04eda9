//! The reports of the samples, for tests: every stage, as the commands join them.

use super::view::{self, Input, Report};
use crate::model::catalog::CheckScope;
use crate::model::sink::Digests;
use crate::model::{Record, Run, Settings};
use crate::{analysis, assess, checks, frameworks, lineage, pack, period, snapshot, store};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// A sample and its report.
pub(crate) struct Sample {
    /// The name of its folder.
    pub name: String,
    /// Its report.
    pub report: Report,
}

/// Made once: reading the catalogs is slow without optimization.
static ALL: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= 3, "{folders:?}");
    folders.iter().map(|path| sample(path)).collect()
});

/// Every folder in `samples/`.
pub(crate) fn all() -> &'static [Sample] {
    &ALL
}

/// One of them.
pub(crate) fn named(name: &str) -> &'static Report {
    &ALL.iter().find(|s| s.name == name).unwrap().report
}

fn sample(folder: &Path) -> Sample {
    let (run, records) = store::parse(&store::load(folder).unwrap()).unwrap();
    let declared = std::fs::read_to_string(folder.join("keywitness.toml")).unwrap();
    let settings: Settings = toml::from_str(&declared).unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    // One is judged by the usual catalogs. The others show other facts, and need no more than two of them for that.
    let catalogs = if name == "halcyon-parcels" { &[][..] } else { &["house-baseline", "gdpr"] };
    let report = report(run, records, &settings, catalogs);
    Sample { name, report }
}

/// A report of a sample from which some records are taken away.
pub(crate) fn without(name: &str, missing: impl Fn(&Record) -> bool) -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    let (run, mut records) = store::parse(&store::load(&folder).unwrap()).unwrap();
    records.retain(|record| !missing(record));
    store::number(&mut records);
    report(run, records, &Settings::default(), &["house-baseline", "gdpr"])
}

fn report(run: Run, records: Vec<Record>, settings: &Settings, catalogs: &[&str]) -> Report {
    let mut digests = Digests::new();
    store::write_into(&mut digests, pack::EVIDENCE, &run, &records).unwrap();
    let (_, evidence_root) = pack::evidence_list(digests);
    let snapshot = snapshot::read(run, &records);
    let findings = checks::run(&snapshot, settings);
    let known: Vec<_> = checks::ALL.iter().map(|c| (c.id, CheckScope::of(c.judge.kind()))).collect();
    let names: Vec<_> = catalogs.iter().map(|name| (*name).to_owned()).collect();
    let catalogs = frameworks::choose(&names, Vec::new(), &known).unwrap();
    let assessment = assess::assess(&catalogs, &findings, &snapshot, settings);
    let pages: Vec<_> = checks::ALL.iter().map(checks::Check::page).collect();
    let analysis = analysis::of(&snapshot, settings, &findings);
    let history = snapshot::history(&snapshot, &records);
    let period = period::build(&snapshot, history, None);
    view::build(&Input {
        period: &period,
        snapshot: &snapshot,
        analysis: &Arc::new(analysis),
        lineage: &Arc::new(lineage::lineage(&snapshot)),
        records: &Arc::new(records),
        findings: &Arc::new(findings),
        assessment: &assessment,
        settings,
        checks: &pages,
        evidence_root: &evidence_root,
        version: "0.0.0",
        templates: &std::collections::BTreeMap::new(),
        earlier: None,
    })
}
