//! From the shared view to bytes; one file per format.
//!
//! A renderer does not filter, sort, count, judge or ask the time: [`view`] did, for all formats alike, so HTML,
//! PDF and CSV cannot disagree.

pub mod csv;
pub mod html;
pub mod pdf;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
pub mod view;

use std::collections::BTreeMap;
pub use view::Report;

/// Why a report could not be written: always a fault of this program or of a template, never of the evidence.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The HTML template.
    #[error("cannot render the HTML report: {0}")]
    Html(String),
    /// A table.
    #[error("cannot write table {0}: {1}")]
    Table(&'static str, String),
    /// The PDF.
    #[error("cannot render the PDF report: {0}")]
    Pdf(String),
}

/// Files below a pack, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// One format.
pub struct Renderer {
    /// What messages call it.
    pub name: &'static str,
    /// Report in, files out: path below `data/` to bytes.
    pub render: fn(&Report) -> Result<Files, RenderError>,
}

/// All formats.
pub const ALL: &[Renderer] = &[html::RENDERER, pdf::report::RENDERER, csv::RENDERER];
