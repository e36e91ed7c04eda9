//! All tables in one workbook: a sheet each, the same cells as the CSV files, with numbers and times as such.
//!
//! No cell is ever a formula: text is written as text whatever it begins with, and carries the same apostrophe as in
//! CSV, so that saving a sheet as CSV gives no formula either. Nothing in it depends on the day on which it is made.
//!
//! Neither a sheet of many thousand rows nor the whole is kept in memory: they are written into files without names in the
//! temporary folder.

use super::super::RenderError;
use super::super::view::Report;
use super::{Column, Kind, Table};
use crate::model::Time;
use crate::model::visible::visible;
use chrono::{DateTime, NaiveDate, NaiveTime};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::fs::File;
use std::io::{self, Seek as _};

/// The most that a cell of a workbook holds, in UTF-16 units.
const CELL_MAX: usize = 32_767;
/// The rows of a sheet, its head included.
const ROWS_MAX: u32 = 1_048_576;
/// Columns are as wide as their longest cell, up to this many characters.
const WIDTH_MAX: usize = 60;

struct Formats {
    head: Format,
    time: Format,
    day: Format,
}

/// Whether there is a temporary folder to write sheets into.
///
/// # Errors
/// When nothing can be written there.
pub fn ready() -> Result<(), RenderError> {
    let folder = std::env::temp_dir();
    Workbook::new().set_tempdir(&folder).map(|_| ()).map_err(|e| {
        let why = format!("cannot write into the temporary folder {}: {e}; TMPDIR names another", folder.display());
        RenderError::Table("tables.xlsx", why)
    })
}

/// Makes the workbook, after a first sheet of facts; gives the file that it is in, to be read from its beginning.
pub fn write(title: &str, made: Time, facts: &[(String, String)], tables: Vec<Table<'_>>) -> Result<File, RenderError> {
    ready()?;
    // Where a temporary file takes no more, the library knows no error but panics.
    let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| book(title, made, facts, tables)));
    written.unwrap_or_else(|_| {
        let folder = std::env::temp_dir();
        let why = format!("the temporary folder {} did not take it: is there room?", folder.display());
        Err(RenderError::Table("tables.xlsx", why))
    })
}

fn book(title: &str, made: Time, facts: &[(String, String)], tables: Vec<Table<'_>>) -> Result<File, RenderError> {
    let failed = |name: &'static str| move |e: XlsxError| RenderError::Table(name, e.to_string());
    let mut workbook = Workbook::new();
    let made = moment(made).map_err(failed("tables.xlsx"))?;
    let title = format!("Keywitness tables of {}", visible(title));
    workbook.set_properties(&DocProperties::new().set_title(title).set_author("").set_creation_datetime(&made));
    let formats = Formats {
        head: Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0xE7_EC_F1))
            .set_border_bottom(FormatBorder::Thin)
            .set_align(FormatAlign::Top),
        time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss").set_align(FormatAlign::Left),
        day: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
    };
    first(&mut workbook, facts, &formats).map_err(failed("about"))?;
    for table in tables {
        let name = table.name;
        sheets(&mut workbook, table, &formats).map_err(failed(name))?;
    }
    // A zip file is not written from its beginning to its end, as a pack's files are.
    let folder = std::env::temp_dir();
    let refused = |e: io::Error| {
        RenderError::Table("tables.xlsx", format!("the temporary folder {} refuses it: {e}", folder.display()))
    };
    let mut file = tempfile::tempfile_in(&folder).map_err(refused)?;
    workbook.save_to_writer(&mut file).map_err(failed("tables.xlsx"))?;
    file.rewind().map_err(refused)?;
    Ok(file)
}

/// What the other sheets are worth, before anyone counts a row.
pub fn about(report: &Report) -> Vec<(String, String)> {
    let mut facts = vec![("title", report.title.clone())];
    facts.extend(report.notices.iter().map(|n| (n.word, n.text.clone())));
    facts.push(("collected", report.collected.clone()));
    facts.push(("evidence root", report.evidence_root.clone()));
    facts.push((
        "not known",
        format!(
            "{} calls gave no value; the sheet \"gaps\" lists them, and nothing else counts them.",
            report.gaps.len()
        ),
    ));
    facts.push((
        "times",
        "All times are UTC. A cell that says unknown was not read, which is not the same as empty.".to_owned(),
    ));
    facts.push(("columns", "The sheet \"dictionary\" says what each column means.".to_owned()));
    facts.extend(report.nature.iter().map(|text| ("nature", (*text).to_owned())));
    facts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

fn first(workbook: &mut Workbook, facts: &[(String, String)], formats: &Formats) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet_with_constant_memory().set_name("about")?;
    sheet.set_column_width(0, 18)?.set_column_width(1, 100)?;
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (row, (name, text)) in (0..).zip(facts) {
        sheet.write_string_with_format(row, 0, cut(&super::neutralise(name)), &formats.head)?;
        sheet.write_string_with_format(row, 1, cut(&super::neutralise(text)), &wrap)?;
    }
    Ok(())
}

/// A sheet, and more where one is full.
fn sheets(workbook: &mut Workbook, table: Table<'_>, formats: &Formats) -> Result<(), XlsxError> {
    let (name, heads) = (table.name, table.heads());
    let mut rows = table.safe_rows().peekable();
    for part in 1.. {
        let sheet = workbook.add_worksheet_with_constant_memory();
        if part == 1 {
            sheet.set_name(name)?
        } else {
            sheet.set_name(format!("{name} {part}"))?
        };
        one(sheet, &heads, &mut rows, formats)?;
        if rows.peek().is_none() {
            break;
        }
    }
    Ok(())
}

fn one(
    sheet: &mut Worksheet,
    heads: &[Column],
    rows: &mut impl Iterator<Item = Vec<String>>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let mut widths: Vec<usize> = heads.iter().map(|c| c.name.len() + 3).collect();
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(0, column, &head.name, &formats.head)?;
    }
    let mut last = 0;
    for row in (1..ROWS_MAX).map_while(|n| Some((n, rows.next()?))) {
        last = row.0;
        for ((column, head), text) in (0..).zip(heads).zip(&row.1) {
            cell(sheet, row.0, column, head.kind, text, formats)?;
            let width = &mut widths[usize::from(column)];
            *width = (*width).max(text.chars().take(WIDTH_MAX).count() + 1);
        }
    }
    for (column, width) in (0..).zip(&widths) {
        #[expect(clippy::cast_precision_loss, reason = "at most 61")]
        sheet.set_column_width(column, *width as f64)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let columns = u16::try_from(heads.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last, columns)?;
    Ok(())
}

/// A cell: what it says where it is of its column's kind, else its text. Never a formula.
fn cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    kind: Kind,
    text: &str,
    formats: &Formats,
) -> Result<(), XlsxError> {
    if text.is_empty() {
        return Ok(());
    }
    let number = (kind == Kind::Number).then(|| text.parse::<u32>().ok()).flatten();
    let time = (kind == Kind::Time).then(|| DateTime::parse_from_rfc3339(text).ok()).flatten();
    let day = (kind == Kind::Day).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    if let Some(number) = number {
        sheet.write_number(row, column, number)?;
    } else if let Some(Ok(time)) = time.map(|t| moment(t.to_utc())) {
        sheet.write_datetime_with_format(row, column, &time, &formats.time)?;
    } else if let Some(Ok(day)) = day.map(|d| moment(d.and_time(NaiveTime::MIN).and_utc())) {
        sheet.write_datetime_with_format(row, column, &day, &formats.day)?;
    } else {
        sheet.write_string(row, column, cut(text))?;
    }
    Ok(())
}

fn moment(time: Time) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_timestamp(time.timestamp())
}

/// A cell has an end. What does not fit is in the CSV file, and the cell says so.
fn cut(text: &str) -> String {
    const SAYS: &str = " … cut here: the CSV file has the whole text";
    if text.encode_utf16().count() <= CELL_MAX {
        return text.to_owned();
    }
    let room = CELL_MAX - SAYS.encode_utf16().count();
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= room
        })
        .collect();
    kept + SAYS
}
