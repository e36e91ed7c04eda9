//! The pack before the one that is being made: its root, and what the new one carries of it and of those before it.

use super::payload::{FINDINGS, SERIES};
use crate::error::Error;
use crate::model::Finding;
use crate::model::Status;
use crate::model::json;
use crate::model::series::{Earlier, Measure, OpenFinding, Point, Totals};
use crate::model::standing::Standing;
use crate::pack::about::{Edition, Previous, prefixed};
use crate::pack::{self, Anchors, Code, Failure, Limits, PackJson, Report};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The table of measures.
const MEASURES: &str = "data/tables/measures.csv";

/// The pack before, as the new one names it.
pub(super) struct Before {
    pub named: Previous,
    /// Nothing of a customer edition: it does not have what a series is made of.
    pub earlier: Option<Earlier>,
}

/// Reads a pack. It must hold, though a time stamp may still be missing.
pub(super) fn read(path: &Path) -> Result<Before, Error> {
    let cannot = |why: String| Error::new(format!("cannot name {} as the previous pack: {why}", path.display()));
    let wanted = |name: &str, _| [FINDINGS, SERIES, MEASURES].contains(&name);
    // An organization's findings are long; they are read one by one, and not as values.
    let limits = Limits { document: Limits::default().kept, ..Limits::default() };
    let report = pack::verify(path, &Anchors::default(), &limits, wanted)?;
    if let Some(first) = report.failures.iter().find(|f| f.code != Code::TsMissing) {
        return Err(cannot(first.to_string()));
    }
    let (Some(about), Some(root)) = (report.pack, report.root) else { return Err(cannot("it is none".to_owned())) };
    let named = Previous { run_id: about.run_id.clone(), root: prefixed(&root) };
    if about.edition != Edition::Internal {
        return Ok(Before { named, earlier: None });
    }
    let mut earlier: Earlier = match report.contents.get(SERIES) {
        None => Earlier::default(),
        Some(bytes) => {
            let value = json::strict(bytes).map_err(|e| cannot(format!("{SERIES}: {e}")))?;
            serde_json::from_value(value).map_err(|e| cannot(format!("{SERIES}: {e}")))?
        }
    };
    let contents = |name: &str| report.contents.get(name).map(Vec::as_slice).unwrap_or_default();
    let measures = measures(contents(MEASURES)).map_err(|e| cannot(format!("{MEASURES}: {e}")))?;
    let findings = findings(contents(FINDINGS)).map_err(|e| cannot(format!("{FINDINGS}: {e}")))?;
    earlier.standing = Standing::of(&findings, about.period.collected_from);
    earlier.open = open(findings);
    earlier.packs.push(point(&about, root, measures).map_err(cannot)?);
    if let Some(why) = earlier.fault(about.period.collected_from) {
        return Err(cannot(format!("{SERIES}: {why}")));
    }
    Ok(Before { named, earlier: Some(earlier) })
}

/// Holds what a pack says of the one before it against that one, where it was given. Both were found to hold.
pub(super) fn hold_against(report: &mut Report, path: &Path, given: &[PathBuf]) {
    let own = std::fs::read(path.join(SERIES)).ok();
    let own = own.filter(|bytes| report.digests.get(SERIES) == Some(&pack::digest::sha256(bytes)));
    let Some(own) = own.and_then(|bytes| serde_json::from_slice::<Earlier>(&bytes).ok()) else { return };
    let last = |earlier: &Earlier| earlier.packs.last().and_then(|p| p.root.clone());
    for path in given {
        let wrong = match read(path) {
            Ok(Before { earlier: Some(other), .. }) if last(&other) == last(&own) && other != own => {
                "what it says of the pack before this one, or of those before that, is not what that pack says"
                    .to_owned()
            }
            Ok(_) => continue,
            // Nothing was compared, which is not the same as equal.
            Err(error) => format!("cannot be held against the pack before this one: {error}"),
        };
        report.add([Failure::new(Code::Chain, SERIES, &wrong)]);
    }
}

/// What a series tells of a pack. A count that is not there is no zero.
fn point(about: &PackJson, root: String, measures: Vec<Measure>) -> Result<Point, String> {
    let count = |name: &str| {
        let counted = about.counts.get(name).copied();
        counted.ok_or_else(|| format!("its pack.json does not count {name:?}"))
    };
    let bare = |root: &String| root.strip_prefix("sha256:").unwrap_or(root).to_owned();
    let requirements = about
        .counts
        .iter()
        .filter_map(|(name, count)| name.strip_prefix("requirements_").map(|status| (status.to_owned(), *count)));
    Ok(Point {
        run_id: about.run_id.clone(),
        root: Some(root),
        previous: about.previous.as_ref().map(|p| bare(&p.root)),
        number: about.series_number,
        version: about.tool.version.clone(),
        started: about.period.collected_from,
        events_from: about.period.events_from,
        events_to: about.period.events_to,
        accounts: about.scope.accounts.iter().map(ToString::to_string).collect(),
        regions: about.scope.regions_requested.iter().map(ToString::to_string).collect(),
        streams: count("streams")?,
        keys: count("keys")?,
        gaps: count("gaps")?,
        findings: Totals {
            fail: count(Status::Fail.word())?,
            unknown: count(Status::Unknown.word())?,
            pass: count(Status::Pass.word())?,
            not_applicable: count(Status::NotApplicable.word())?,
        },
        requirements: requirements.collect::<BTreeMap<String, u64>>(),
        measures,
    })
}

/// The measures as the table has them.
fn measures(table: &[u8]) -> Result<Vec<Measure>, csv::Error> {
    #[derive(Deserialize)]
    struct Row {
        id: String,
        name: String,
        value: String,
        number: String,
        unit: String,
    }
    let table = table.strip_prefix(b"\xef\xbb\xbf").unwrap_or(table);
    let rows = csv::Reader::from_reader(table).into_deserialize::<Row>();
    let measure = |row: Row| {
        let number = Some(row.number).filter(|n| n.parse().is_ok_and(f64::is_finite));
        Measure { id: row.id, name: row.name, unit: row.unit, value: row.value, number }
    };
    rows.map(|row| row.map(measure)).collect()
}

/// The findings.
fn findings(bytes: &[u8]) -> Result<Vec<Finding>, String> {
    #[derive(Deserialize)]
    struct File {
        findings: Vec<Finding>,
    }
    serde_json::from_slice(bytes).map(|file: File| file.findings).map_err(|e| e.to_string())
}

/// Those that fail or are not known.
fn open(findings: Vec<Finding>) -> Vec<OpenFinding> {
    let open = findings.into_iter().filter(|f| matches!(f.status, Status::Fail | Status::Unknown));
    open.map(|f| OpenFinding { id: f.id, check: f.check, subject: f.subject.name.clone(), status: f.status }).collect()
}
