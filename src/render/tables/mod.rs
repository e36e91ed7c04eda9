//! The tables of the pack: which there are, their columns, and what each column means. CSV and workbook write the
//! same cells, so they cannot disagree; rows are made one at a time, so a large table costs its bytes only.
//!
//! Columns keep their name, order and meaning; new ones come before those of the checks, or in a table of their own.
//!
//! A spreadsheet runs a cell that begins like a formula, and tag values, event users and key policies are other
//! people's text. Such a cell gets an apostrophe in front; a character that acts or hides is spelled out. The last column,
//! `neutralised`, names the columns to which either happened; the JSON files have the text as it was.

mod analysis;
mod csv;
mod define;
mod lineage;
mod rows;
#[cfg(test)]
mod tests;
mod workbook;

use super::view::Report;
use super::{RenderError, Renderer};
use crate::model::Time;
use crate::model::sink::Sink;
use crate::model::visible::visible;
use std::borrow::Cow;
use std::io;

/// The tables as CSV files under `data/tables/`, and the workbook beside them.
pub const RENDERER: Renderer = Renderer { name: "tables", render };

/// A table whose rows are made when they are asked for.
pub struct Table<'a> {
    /// The file's name, and the sheet's.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// Its columns, without `neutralised`.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Box<dyn Iterator<Item = Vec<String>> + 'a>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its head.
    pub name: String,
    /// What its cells hold.
    pub kind: Kind,
    /// What they mean.
    pub what: Cow<'static, str>,
}

/// What the cells of a column hold. A cell may be empty, or say `unknown`, whatever its column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A word of a fixed list.
    Word,
    /// A whole number.
    Number,
    /// A point in time, UTC: `2026-11-23T09:00:01Z`.
    Time,
    /// A day: `2026-11-23`.
    Day,
}

impl Kind {
    /// The word of the dictionary.
    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word => "word",
            Self::Number => "number",
            Self::Time => "time",
            Self::Day => "day",
        }
    }
}

/// The last column of every table.
fn neutralised() -> Column {
    let what = "The columns of this row whose text was changed so that no spreadsheet runs it and nothing in it hides";
    Column { name: "neutralised".to_owned(), kind: Kind::Text, what: Cow::Borrowed(what) }
}

fn render(report: &Report, sink: &mut dyn Sink) -> Result<(), RenderError> {
    for table in rows::all(report) {
        write_csv(table, sink)?;
    }
    write_workbook(&report.title, report.collected_to, &workbook::about(report), rows::all(report), sink)
}

pub use workbook::ready;

/// Writes a table as `data/tables/NAME.csv`.
pub fn write_csv(table: Table<'_>, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let mut out = sink.file(&format!("data/tables/{}.csv", table.name))?;
    csv::write(table, &mut out)?;
    out.finish()?;
    Ok(())
}

/// Writes tables as `data/tables.xlsx`; the facts stand on its first sheet.
pub fn write_workbook(
    title: &str,
    made: Time,
    facts: &[(String, String)],
    tables: Vec<Table<'_>>,
    sink: &mut dyn Sink,
) -> Result<(), RenderError> {
    let mut made = workbook::write(title, made, facts, tables)?;
    let mut out = sink.file("data/tables.xlsx")?;
    io::copy(&mut made, &mut out)?;
    out.finish()?;
    Ok(())
}

impl Table<'_> {
    /// The heads, `neutralised` included.
    fn heads(&self) -> Vec<Column> {
        self.columns.iter().cloned().chain([neutralised()]).collect()
    }

    /// The rows as they are written: neutralised, with the column that says so.
    fn safe_rows(self) -> impl Iterator<Item = Vec<String>> {
        let columns = self.columns;
        self.rows.map(move |row| {
            let mut changed: Vec<&str> = Vec::new();
            let mut cells = Vec::with_capacity(row.len() + 1);
            for (column, cell) in columns.iter().zip(row) {
                let neutral = neutralise(&cell);
                if neutral != cell {
                    changed.push(&column.name);
                }
                cells.push(neutral.into_owned());
            }
            cells.push(changed.join(" "));
            cells
        })
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe in front where the first character that is to be
/// seen could begin one, and every unseen character spelled out.
fn neutralise(cell: &str) -> Cow<'_, str> {
    let unseen = |c: char| {
        c == ' '
            || c == '\u{a0}'
            || matches!(c, '\0' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let first = cell.trim_start_matches(unseen).chars().next();
    let begins = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    let seen = visible(cell);
    if begins { Cow::Owned(format!("'{seen}")) } else { seen }
}
