//! Findings and assessment in the forms of other programs: OSCAL and OCSF.
//!
//! Both know fewer shades than we do. What they cannot say is left out or said in a field of our own, and never
//! rounded up: a finding that is unknown becomes neither satisfied nor a pass (see `docs/exports.md`).
//!
//! Elements are made one at a time while they are written, so an export of thousands of findings costs its bytes.

mod ocsf;
mod oscal_catalog;
mod oscal_results;
#[cfg(test)]
mod tests;
mod text;
mod uuid;

use crate::model::catalog::Loaded;
use crate::model::check::CheckPage;
use crate::model::export::Export;
use crate::model::sink::Sink;
use crate::model::{Assessment, Ev, Finding, Run};
use serde::Serialize;
use std::io::{self, Write as _};

/// Where exports stand in a pack.
pub const FOLDER: &str = "data/exports/";

/// Why an export could not be written: what takes the files refused, and says why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExportError(#[from] io::Error);

/// What an export is made of.
pub struct Input<'a> {
    /// The run.
    pub run: &'a Run,
    /// What the checks found.
    pub findings: &'a [Finding],
    /// What the catalogs make of it.
    pub assessment: &'a Assessment,
    /// The catalogs.
    pub catalogs: &'a [Loaded],
    /// The words of the checks.
    pub checks: &'a [CheckPage],
    /// The records.
    pub evidence: &'a Evidence,
    /// The version of this program.
    pub version: &'a str,
}

/// The files that hold the records.
pub struct Evidence {
    /// SHA-256 of the list of evidence files.
    pub root: String,
    /// The files, in the order of their records' numbers.
    pub files: Vec<EvidenceFile>,
}

/// One file of records, which have the numbers from the first to the last.
pub struct EvidenceFile {
    /// The path in the pack.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The number of its first record.
    pub first: Ev,
    /// The number of its last record.
    pub last: Ev,
}

impl Evidence {
    /// The file that holds a record.
    fn file(&self, ev: Ev) -> Option<&EvidenceFile> {
        let at = self.files.partition_point(|f| f.last < ev);
        self.files.get(at).filter(|f| f.first <= ev)
    }
}

impl Input<'_> {
    fn check(&self, id: &str) -> Option<&CheckPage> {
        self.checks.iter().find(|c| c.id == id)
    }
}

/// Writes the exports that were asked for. The same input gives the same bytes.
///
/// # Errors
/// When the sink refuses.
pub fn write(input: &Input<'_>, asked: &[Export], sink: &mut dyn Sink) -> Result<(), ExportError> {
    if asked.contains(&Export::Oscal) {
        for loaded in input.catalogs {
            let path = format!("{FOLDER}oscal/catalog-{}.json", loaded.catalog.catalog.id);
            file(sink, &path, std::iter::once(oscal_catalog::Document(loaded)))?;
        }
        let results = oscal_results::Document::new(input);
        file(sink, &format!("{FOLDER}oscal/assessment-results.json"), std::iter::once(results))?;
    }
    if asked.contains(&Export::Ocsf) {
        file(sink, &format!("{FOLDER}ocsf/compliance-findings.jsonl"), ocsf::events(input))?;
    }
    Ok(())
}

/// A file of documents, a line each.
fn file(sink: &mut dyn Sink, path: &str, documents: impl Iterator<Item = impl Serialize>) -> Result<(), ExportError> {
    let mut out = sink.file(path)?;
    for document in documents {
        serde_json::to_writer(&mut out, &document).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.finish()?;
    Ok(())
}
