//! From the shared view to bytes; one file per format.
//!
//! A renderer does not filter, sort, count, judge or ask the time: [`view`] did, for all formats alike, so HTML,
//! PDF and CSV cannot disagree.

#[cfg(test)]
mod colours;
pub mod customer;
pub mod html;
pub mod pages;
pub mod pdf;
#[cfg(test)]
pub(crate) mod samples;
pub mod series;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod view;

use crate::model::sink::Sink;
pub use view::Report;

/// Why a report could not be written: a fault of this program, of a template or of the disk, never of the evidence.
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
    /// What takes the files refused; it says why.
    #[error("{0}")]
    Refused(#[from] std::io::Error),
}

/// One format.
pub struct Renderer {
    /// What messages call it.
    pub name: &'static str,
    /// Report in, files out, one after another and each as it is made: a report may be larger than the memory.
    pub render: fn(&Report, &mut dyn Sink) -> Result<(), RenderError>,
}

/// All formats.
pub const ALL: &[Renderer] = &[html::RENDERER, pdf::report::RENDERER, tables::RENDERER, pages::RENDERER];
