//! A table as CSV: RFC 4180, UTF-8, a head, one row a thing.

use super::super::RenderError;
use super::Table;
use ::csv::{QuoteStyle, Terminator, WriterBuilder};
use std::io::Write;

/// Writes it.
pub fn write(table: Table<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    let name = table.name;
    let failed = |e: ::csv::Error| match e.into_kind() {
        ::csv::ErrorKind::Io(refused) => RenderError::Refused(refused),
        other => RenderError::Table(name, format!("{other:?}")),
    };
    let mut writer =
        WriterBuilder::new().quote_style(QuoteStyle::Necessary).terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(table.heads().iter().map(|c| &c.name)).map_err(failed)?;
    for row in table.safe_rows() {
        writer.write_record(&row).map_err(failed)?;
    }
    writer.flush()?;
    Ok(())
}
