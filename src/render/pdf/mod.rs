//! A document in, a PDF out: the same document gives the same bytes.
//!
//! ```text
//! Document ──strips──> Strips ──layout──> display list ──canvas──> printpdf ──finish──> bytes
//! (words)   (wrapped)          (pages)                  (operators)          (lopdf)
//! ```
//!
//! This module knows nothing of streams, keys or findings. [`document`] has the words to describe a document;
//! [`style`] says how it looks; the rest does it. printpdf draws, but neither wraps nor paginates text, and writes
//! neither nested bookmarks nor fixed identifiers: that is done here. Another library could take its place behind the
//! display list.

mod canvas;
pub mod display;
pub mod document;
mod finish;
pub mod fonts;
mod layout;
mod shapes;
mod strips;
pub mod style;
mod table;
mod text;

pub use document::Document;

/// Why a document could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// A font in the program cannot be used.
    #[error("cannot use the font {0}")]
    Font(String),
    /// A row does not match its table.
    #[error("cannot set row {row} of a table: it has {cells} cells for {columns} columns")]
    Ragged {
        /// From 1.
        row: usize,
        /// How many it has.
        cells: usize,
        /// How many it should have.
        columns: usize,
    },
    /// A table has no columns.
    #[error("cannot set a table that has no columns")]
    NoColumns,
    /// A column is narrower than a letter may be wide.
    #[error("cannot set the column \"{column}\": too narrow for a page")]
    Narrow {
        /// Its title.
        column: String,
    },
    /// Something that cannot be cut is higher than it may be.
    #[error("cannot set {what}: it is too high for a page")]
    High {
        /// What it is.
        what: &'static str,
    },
    /// A link leads nowhere.
    #[error("cannot link to \"{anchor}\": no heading or row has that name")]
    Nowhere {
        /// The name.
        anchor: String,
    },
    /// Two places have one name.
    #[error("cannot name a heading or row \"{anchor}\": another one has that name")]
    Twice {
        /// The name.
        anchor: String,
    },
    /// A link to something that is not a page of the web.
    #[error("cannot link to the address \"{uri}\": it begins with neither https:// nor http://")]
    Address {
        /// The address.
        uri: String,
    },
    /// The PDF library warned or failed.
    #[error("cannot write the PDF: {0}")]
    BackEnd(String),
}

/// Writes a document as PDF.
///
/// # Errors
/// When the document contradicts itself (a link to nowhere, a row with too few cells), has a table that no page can
/// hold, or the PDF library complains.
pub fn write(document: &Document) -> Result<Vec<u8>, PdfError> {
    let fonts = fonts::Fonts::embedded()?;
    let mut layout = layout::lay_out(document, fonts)?;
    let drawn = canvas::draw(&mut layout, fonts)?;
    finish::finish(drawn, document, &layout.headings)
}
