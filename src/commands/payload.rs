//! From records to everything that a pack holds. `report` writes it; `verify` makes it again and compares.

use super::proof;
use crate::config::Declared;
use crate::error::Error;
use crate::model::assessment::RequirementStatus;
use crate::model::catalog::{CheckScope, Loaded};
use crate::model::export::Export;
use crate::model::history::Proof;
use crate::model::record::ClockCheck;
use crate::model::run::Executable;
use crate::model::series::Earlier;
use crate::model::sink::Sink;
use crate::model::{Analysis, Assessment, Body, Finding, Gap, Record, Run, Settings, Snapshot, Status};
use crate::pack::about::{
    CatalogRef, Edition, PackGap, PackJson, Period, Previous, Redaction, Roots, SCHEMA, Scope, SealPolicy, TemplateRef,
    Tool, prefixed,
};
use crate::render::view::{self, Input};
use crate::{analysis, assess, checks, cli, export, frameworks, lineage, pack, period, render, snapshot, store};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

/// What was read, and what follows from it.
pub struct Judged {
    /// What the records say.
    pub snapshot: Snapshot,
    /// What the checks say of that.
    pub findings: Arc<Vec<Finding>>,
    /// What the catalogs make of the findings.
    pub assessment: Assessment,
    /// Duties, blast radius, recoverability and costs.
    pub analysis: Arc<Analysis>,
    /// What the digests of a trail prove, where its log files were read.
    pub proof: Option<Proof>,
}

/// By what the records are judged: with the records it decides every byte of a pack.
pub struct Basis {
    /// The catalogs, in the order of print.
    pub catalogs: Vec<Loaded>,
    /// What the entity declared.
    pub settings: Settings,
    /// The documents that it put into the pack, by path.
    pub attachments: BTreeMap<String, Vec<u8>>,
    /// Templates of the user for the HTML report, by name.
    pub templates: BTreeMap<String, String>,
    /// The forms for other programs that were asked for, each once.
    pub exports: BTreeSet<Export>,
    /// What is known of the packs before it.
    pub earlier: Option<Earlier>,
    /// How many findings may follow from the records. Who reads a pack of others knows how many it can hold.
    pub most_findings: usize,
}

/// A payload that was written, but for the files themselves.
pub struct Payload {
    /// The run whose records they are.
    pub run: Run,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What the checks say.
    pub findings: Arc<Vec<Finding>>,
    /// What the catalogs make of that.
    pub assessment: Assessment,
    /// What the pack says of itself.
    pub about: PackJson,
    /// SHA-256 of the list of evidence files.
    pub evidence_root: String,
}

/// The settings of a pack, under `data/`.
pub const SETTINGS: &str = "data/settings.json";
/// The findings of a pack.
pub const FINDINGS: &str = "data/findings.json";
/// The assessment of a pack.
pub const ASSESSMENT: &str = "data/assessment.json";
/// Which key protects each stream at each hop.
pub const LINEAGE: &str = "data/lineage.json";
/// What the pack carries of the packs before it.
pub const SERIES: &str = "data/series.json";
/// Duties, blast radius, recoverability and costs.
pub const ANALYSIS: &str = "data/analysis.json";

/// The ids of all checks.
pub fn check_ids() -> Vec<&'static str> {
    checks::ALL.iter().map(|c| c.id).collect()
}

/// The catalogs that come with the program.
pub fn own_catalogs() -> Result<Vec<Loaded>, Error> {
    Ok(frameworks::load_all(&known_checks())?)
}

/// The checks that a catalog may name, with what each is asked of.
pub fn known_checks() -> Vec<frameworks::Known<'static>> {
    checks::ALL.iter().map(|c| (c.id, CheckScope::of(c.judge.kind()))).collect()
}

/// What was declared, with the catalogs that were asked for: on the command line, else in the file, else the program's
/// default. Catalog files of the command line come beside those of the file.
pub fn basis(declared: Declared, judging: &cli::Judging) -> Result<Basis, Error> {
    render::tables::ready()?;
    let names = if judging.catalog.is_empty() { &declared.catalogs } else { &judging.catalog };
    let files = declared.frameworks.iter().chain(&judging.framework);
    let own = files.map(|file| read_catalog(file)).collect::<Result<Vec<_>, _>>()?;
    let catalogs = frameworks::choose(names, own, &known_checks())?;
    let exports = if judging.export.is_empty() { declared.exports } else { judging.export.iter().copied().collect() };
    let folder = judging.templates.as_ref().or(declared.templates.as_ref());
    let templates = folder.map(|folder| read_templates(folder)).transpose()?.unwrap_or_default();
    Ok(Basis {
        catalogs,
        settings: declared.settings,
        attachments: declared.attachments,
        exports,
        templates,
        earlier: None,
        most_findings: usize::MAX,
    })
}

/// Reads one's own templates: the `.html` files of a folder, each in the place of the program's own of that name.
pub fn read_templates(folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let cannot = |why: String| Error::new(format!("cannot use the templates in {}: {why}", folder.display()));
    let mut templates = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|e| cannot(e.to_string()))? {
        let path = entry.map_err(|e| cannot(e.to_string()))?.path();
        if path.extension().is_none_or(|e| e != "html") {
            continue;
        }
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(&path).map_err(|e| cannot(format!("{name}: {e}")))?;
        templates.insert(name, text);
    }
    if templates.is_empty() {
        return Err(cannot("no file ends in .html".to_owned()));
    }
    render::html::templates::check(&templates).map_err(cannot)?;
    Ok(templates)
}

/// Reads one's own catalog.
pub fn read_catalog(file: &Path) -> Result<Loaded, Error> {
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(frameworks::load(&name, &catalog_text(file)?, &known_checks())?)
}

/// The text of a catalog file: one byte more than a catalog may have, at most.
pub fn catalog_text(file: &Path) -> Result<String, Error> {
    let cannot = |why: &str| Error::new(format!("cannot read the catalog {}: {why}", file.display()));
    // Asked before opening: a pipe would wait for a writer for ever.
    if !std::fs::metadata(file).map_err(|e| cannot(&e.to_string()))?.is_file() {
        return Err(cannot("it is not a file"));
    }
    let opened = std::fs::File::open(file).map_err(|e| cannot(&e.to_string()))?;
    let mut bytes = Vec::new();
    opened.take(frameworks::MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|e| cannot(&e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].split(|b| *b == b'\n').count();
        cannot(&format!("line {line} is not UTF-8 text"))
    })
}

/// What follows from records, catalogs and declarations, if no more than so many findings do.
pub fn judge(
    run: Run,
    records: &[Record],
    catalogs: &[Loaded],
    settings: &Settings,
    most: usize,
) -> Result<Judged, Error> {
    judged(said(run, records), catalogs, settings, most)
}

/// What the records say, and what digests prove of it.
fn said(run: Run, records: &[Record]) -> (Snapshot, Option<Proof>) {
    let proof = proof::of(&run, records);
    let mut snapshot = snapshot::read(run, records);
    if let Some(proof) = &proof {
        proof::note(proof, &mut snapshot);
    }
    (snapshot, proof)
}

fn judged(
    (snapshot, proof): (Snapshot, Option<Proof>),
    catalogs: &[Loaded],
    settings: &Settings,
    most: usize,
) -> Result<Judged, Error> {
    let count = checks::count(&snapshot);
    if count > most {
        let text = format!("{count} findings follow from the records, and {FINDINGS} holds no more than {most}");
        return Err(Error::beyond_limit(text));
    }
    let mut findings = checks::run(&snapshot, settings);
    assess::exceptions::mark(&mut findings, &snapshot, settings);
    let assessment = assess::assess(catalogs, &findings, &snapshot, settings);
    let analysis = analysis::of(&snapshot, settings, &findings);
    Ok(Judged { snapshot, findings: Arc::new(findings), assessment, analysis: Arc::new(analysis), proof })
}

/// Writes all files of a pack. The same arguments give the same bytes.
pub fn payload(run: Run, mut records: Vec<Record>, basis: &Basis, sink: &mut dyn Sink) -> Result<Payload, Error> {
    let Basis { catalogs, settings, attachments, exports, templates, earlier, .. } = basis;
    store::write_into(sink, pack::EVIDENCE, &run, &records)?;
    let digests = sink.digests().map_err(refused)?;
    let (list, evidence_root) = pack::evidence_list(&digests);
    put(sink, pack::EVIDENCE_LIST, list.as_bytes())?;
    let started = run.started;
    let said = said(run, &records);
    let history = snapshot::history(&said.0, &records);
    // The answers are the largest thing in memory, and no longer needed: what they say is in the nouns.
    for record in &mut records {
        record.body = Body::default();
    }
    let mut judged = judged(said, catalogs, settings, basis.most_findings)?;
    if let Some(earlier) = earlier {
        let findings: &mut Vec<Finding> = Arc::make_mut(&mut judged.findings);
        earlier.date(findings, started, env!("CARGO_PKG_VERSION"));
    }
    let pages: Vec<_> = checks::ALL.iter().map(checks::Check::page).collect();
    let records = Arc::new(records);
    let period = period::build(&judged.snapshot, history, judged.proof.clone());
    let lineage = Arc::new(lineage::lineage(&judged.snapshot));
    let report = view::build(&Input {
        period: &period,
        snapshot: &judged.snapshot,
        records: &records,
        findings: &judged.findings,
        assessment: &judged.assessment,
        analysis: &judged.analysis,
        lineage: &lineage,
        settings,
        checks: &pages,
        evidence_root: &evidence_root,
        version: env!("CARGO_PKG_VERSION"),
        templates,
        earlier: earlier.as_ref(),
    });
    let mut about = about(&judged, &records, catalogs, &evidence_root);
    about.templates = templates.iter().map(TemplateRef::of).collect();
    about.exports.extend(exports);
    about.previous = earlier.as_ref().and_then(newest);
    about.series_number = Earlier::number_after(earlier.as_ref());
    let evidence = evidence_files(&digests, &records, &evidence_root);
    drop(records);
    let Judged { snapshot, findings, assessment, analysis, .. } = judged;
    let (run, gaps) = without_nouns(snapshot);
    for renderer in render::ALL {
        (renderer.render)(&report, sink)?;
    }
    drop(report);
    let input = export::Input {
        run: &run,
        findings: &findings,
        assessment: &assessment,
        catalogs,
        checks: &pages,
        evidence: &evidence,
        version: env!("CARGO_PKG_VERSION"),
    };
    export::write(&input, &about.exports, sink)?;
    put_json(sink, SETTINGS, settings)?;
    if let Some(earlier) = earlier {
        put_json(sink, SERIES, earlier)?;
    }
    put_json(sink, FINDINGS, &BTreeMap::from([("findings", findings.as_slice())]))?;
    put_json(sink, ASSESSMENT, &assessment)?;
    put_json(sink, LINEAGE, &*lineage)?;
    put_json(sink, ANALYSIS, &*analysis)?;
    for catalog in catalogs {
        put(sink, &format!("{}{}", pack::FRAMEWORKS, catalog.file_name), catalog.text.as_bytes())?;
    }
    for (path, bytes) in attachments {
        put(sink, path, bytes)?;
    }
    Ok(Payload { run, gaps, findings, assessment, about, evidence_root })
}

/// What is needed of a snapshot when its report is made: what is to be printed of the nouns is in that, and they go.
fn without_nouns(snapshot: Snapshot) -> (Run, Vec<Gap>) {
    (snapshot.run, snapshot.gaps)
}

/// The pack before this one, as `pack.json` names it.
fn newest(earlier: &Earlier) -> Option<Previous> {
    let last = earlier.packs.last()?;
    Some(Previous { run_id: last.run_id.clone(), root: prefixed(last.root.as_ref()?) })
}

/// The sink says what it could not do with which file.
fn refused(error: impl std::fmt::Display) -> Error {
    Error::new(error.to_string())
}

fn put(sink: &mut dyn Sink, path: &str, bytes: &[u8]) -> Result<(), Error> {
    sink.put(path, bytes).map_err(refused)?;
    Ok(())
}

/// The files of the records, with the numbers that each holds: records are numbered file by file.
fn evidence_files(digests: &BTreeMap<String, String>, records: &[Record], root: &str) -> export::Evidence {
    let mut found: Vec<export::EvidenceFile> = Vec::new();
    for record in records {
        let path = format!("{}{}", pack::EVIDENCE, store::path_of(record));
        if let Some(file) = found.last_mut().filter(|f| f.path == path) {
            file.last = record.ev;
        } else {
            let sha256 = digests.get(&path).cloned().unwrap_or_default();
            found.push(export::EvidenceFile { path, sha256, first: record.ev, last: record.ev });
        }
    }
    export::Evidence { root: root.to_owned(), files: found }
}

/// Indented, with a final newline: people read these files too.
fn put_json<T: Serialize>(sink: &mut dyn Sink, path: &str, value: &T) -> Result<(), Error> {
    let mut out = sink.file(path).map_err(refused)?;
    serde_json::to_writer_pretty(&mut out, value).map_err(refused)?;
    out.write_all(b"\n").map_err(refused)?;
    out.finish().map_err(refused)?;
    Ok(())
}

fn about(judged: &Judged, records: &[Record], catalogs: &[Loaded], evidence_root: &str) -> PackJson {
    let run = &judged.snapshot.run;
    PackJson {
        schema: SCHEMA.to_owned(),
        run_id: run.id.clone(),
        edition: Edition::Internal,
        sample: run.sample,
        scope: Scope {
            accounts: run.account_ids().into_iter().cloned().collect(),
            regions_requested: run.regions().into_iter().cloned().collect(),
            callers: run.callers().into_iter().map(ToOwned::to_owned).collect(),
            filters: Vec::new(),
        },
        period: Period {
            collected_from: run.started,
            collected_to: run.ended,
            events_from: run.window.from,
            events_to: run.window.to,
        },
        counts: counts(judged, records),
        gaps: judged.snapshot.gaps.iter().map(PackGap::from).collect(),
        endpoints_not_aws: run.foreign_endpoints().into_iter().cloned().collect(),
        clock: ClockCheck::of(records).into(),
        roots: Roots { evidence: prefixed(evidence_root) },
        previous: None,
        catalogs: catalogs
            .iter()
            .map(|c| CatalogRef {
                id: c.catalog.catalog.id.clone(),
                version: c.catalog.catalog.catalog_version.clone(),
                sha256: c.sha256.clone(),
            })
            .collect(),
        // Whoever writes the pack says which build it is; whoever derives it again need not be the same.
        tool: Tool::this(&Executable::unread()),
        seal_policy: SealPolicy::hashes_only(),
        templates: Vec::new(),
        redaction: Redaction { edition: Edition::Internal, withheld: withheld(records) },
        derived_from: None,
        series_number: None,
        exports: Vec::new(),
    }
}

/// What librarians' tools read of a pack. The day is that of the evidence and not of the report: the same snapshot
/// gives the same pack.
pub fn bag_info(run: &Run) -> pack::BagInfo {
    let description =
        format!("Keywitness evidence pack of {}, collected {}", run.subject(), run.ended.format("%Y-%m-%d"));
    pack::BagInfo { bagged: run.ended, description }
}

fn withheld(records: &[Record]) -> u64 {
    records.iter().map(|r| r.withheld.len() as u64).sum()
}

fn counts(judged: &Judged, records: &[Record]) -> BTreeMap<String, u64> {
    let snapshot = &judged.snapshot;
    let mut counts = BTreeMap::new();
    let mut put = |name: &str, count: usize| counts.insert(name.to_owned(), count as u64);
    put("calls", records.len());
    put("calls_failed", records.iter().filter(|r| r.error.is_some()).count());
    put("streams", snapshot.streams().count());
    put("keys", snapshot.keys().count());
    put("gaps", snapshot.gaps.len());
    put("findings", judged.findings.len());
    for status in Status::ALL {
        put(status.word(), judged.findings.iter().filter(|f| f.status == status).count());
    }
    for status in RequirementStatus::ALL {
        let requirements = judged.assessment.catalogs.iter().map(|c| c.count(status)).sum();
        put(&format!("requirements_{}", status.word()), requirements);
    }
    if let Some(proof) = &judged.proof {
        proof::counts(proof, &mut counts);
    }
    counts
}
