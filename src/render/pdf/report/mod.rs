//! The report as a document for paper: the same words in the same order as the HTML report.
//!
//! Here and in the files beside this one every line of the shared view gets its place on A4. Nothing is judged or
//! counted. What does not fit a page's width (many checks beside one stream) becomes a table of its own.

mod accounts;
mod attachment;
mod charts;
mod closing;
mod findings;
mod front;
mod lanes;
mod lineage;
mod period;
mod requirements;
mod resources;
mod series;
mod sign_off;
mod summary;
#[cfg(test)]
mod tests;

use super::document::{
    Block, Cell, Column, ColumnKind, Contents, Document, Heading, Level, Part, Row, Span, Table, Target, Tone,
};
use crate::model::sha256::Sha256;
use crate::model::sink::Sink;
use crate::render::view::{Fact, Report, StatusCell};
use crate::render::{RenderError, Renderer};
use std::collections::BTreeSet;

/// The report as `data/report.pdf`, and what fits twelve pages as `data/summary.pdf`.
pub const RENDERER: Renderer = Renderer { name: "PDF", render };

/// A running head repeats the title and the classification; what is longer stands in full on the cover only.
const HEAD_CHARACTERS: usize = 90;
const LABEL_CHARACTERS: usize = 30;

fn render(report: &Report, sink: &mut dyn Sink) -> Result<(), RenderError> {
    put(sink, "data/summary.pdf", &summary::document(report))?;
    put(sink, "data/report.pdf", &document(report))
}

fn put(sink: &mut dyn Sink, path: &str, document: &Document<'_>) -> Result<(), RenderError> {
    let mut out = sink.file(path)?;
    super::write(document, &mut out).map_err(|error| RenderError::Pdf(error.to_string()))?;
    out.finish()?;
    Ok(())
}

/// The document that the report is.
pub(super) fn document(report: &Report) -> Document<'_> {
    let front = || {
        let contents = Block::Contents(Contents { title: "Contents".to_owned(), depth: Level::Two });
        let mut blocks = vec![front::cover(report), contents, Block::PageBreak];
        blocks.extend(front::nature(report));
        blocks
    };
    let mut parts: Vec<Part<'_>> = vec![
        Box::new(front),
        Box::new(|| sign_off::page(report)),
        Box::new(|| front::gaps(report)),
        Box::new(|| front::population(report)),
        Box::new(|| accounts::all(report)),
    ];
    for account in &report.accounts {
        parts.push(Box::new(move || accounts::one(report, account)));
    }
    parts.push(Box::new(|| findings::overview(report)));
    parts.push(Box::new(requirements::lead));
    for (number, catalog) in report.catalogs.iter().enumerate() {
        parts.push(Box::new(move || requirements::catalog(report, catalog, number)));
    }
    parts.push(Box::new(|| resources::streams(report)));
    parts.push(Box::new(|| resources::keys(report)));
    parts.push(Box::new(|| lineage::lead(report)));
    for group in &report.lineage.groups {
        parts.push(Box::new(|| lineage::group(group)));
    }
    parts.push(Box::new(|| closing::inventory(report)));
    parts.push(Box::new(|| findings::lead(report)));
    for check in &report.checks {
        parts.push(Box::new(|| findings::of_check(check)));
    }
    parts.push(Box::new(|| front::exceptions(report)));
    parts.push(Box::new(|| front::documents(report)));
    parts.push(Box::new(|| front::events(report)));
    parts.push(Box::new(|| period::all(report)));
    parts.push(Box::new(|| closing::responsibilities(report)));
    parts.push(Box::new(|| front::method(report)));
    parts.push(Box::new(|| closing::custody(report)));
    let attachment = Some(attachment::findings(report));
    Document { parts, attachment, ..about(report, "evidence report") }
}

/// The document that the summary is.
#[cfg(test)]
pub(super) fn summary(report: &Report) -> Document<'_> {
    summary::document(report)
}

/// What both editions say of themselves.
fn about(report: &Report, kind: &str) -> Document<'static> {
    let title = format!("Keywitness {kind}: {}", report.title);
    Document {
        subject: "How Amazon Data Firehose streams and their KMS keys are protected".to_owned(),
        author: String::new(),
        created: report.collected_to,
        language: "en".to_owned(),
        id_seed: Sha256::new().chain_update(&report.evidence_root).chain_update("\n").chain_update(&title).finalize(),
        running_head: running_head(report, kind),
        running_foot: vec![
            format!("Evidence root {}", report.evidence_root),
            format!("Collected {}", report.collected),
        ],
        title,
        parts: Vec::new(),
        attachment: None,
        facts: vec![
            (
                "evidenceRoot",
                "SHA-256 of the list of evidence files in the pack that this report belongs to",
                report.evidence_root.clone(),
            ),
            ("collected", "From when to when the evidence was collected", report.collected.clone()),
        ],
    }
}

/// The title, and the words that lower what every page is worth.
fn running_head(report: &Report, kind: &str) -> String {
    let mut words: Vec<String> = report.classification.iter().map(|c| cut(c, LABEL_CHARACTERS)).collect();
    for word in report.notices.iter().filter(|n| n.on_every_page).map(|n| n.word.to_uppercase()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let mut head = String::new();
    if !words.is_empty() {
        head = format!("{} · ", words.join(" · "));
    }
    format!("{head}{} · Keywitness {kind}", cut(&report.title, HEAD_CHARACTERS))
}

/// The first so many characters, and a sign where there are more.
fn cut(text: &str, characters: usize) -> String {
    let mut cut: String = text.chars().take(characters).collect();
    if text.chars().nth(characters).is_some() {
        cut.push('…');
    }
    cut
}

/// A part: on a new page.
fn part(text: &str) -> [Block; 2] {
    [Block::PageBreak, Block::heading(Level::One, text)]
}

fn heading(level: Level, text: impl Into<String>, anchor: impl Into<String>) -> Block {
    Block::Heading(Heading { level, text: text.into(), anchor: Some(anchor.into()) })
}

fn table(columns: &[(&str, u16, ColumnKind)], rows: Vec<Row>, empty: &str) -> Block {
    let columns = columns.iter().map(|&(title, weight, kind)| Column::new(title, weight, kind)).collect();
    Block::Table(Table { columns, rows, empty: empty.to_owned() })
}

/// A number in a cell; bold when it is one that somebody must look at.
fn number(count: usize, matters: bool) -> Cell {
    let text = count.to_string();
    Cell::Text(vec![if matters && count > 0 { Span::bold(text) } else { Span::plain(text) }])
}

fn status(cell: &StatusCell) -> Cell {
    let tone = match cell.word {
        "pass" => Tone::Good,
        "fail" => Tone::Bad,
        "not_applicable" => Tone::Neutral,
        _ => Tone::Unknown,
    };
    if cell.exception.is_empty() {
        Cell::status(tone, cell.label)
    } else {
        Cell::status(tone, format!("{} · {}", cell.label, cell.exception))
    }
}

fn facts(facts: &[Fact]) -> Block {
    Block::KeyValues(facts.iter().map(|f| (f.label.to_owned(), value(&f.value))).collect())
}

/// A value beside its name: addresses as links, digests and ARNs in letters of one width.
fn value(text: &str) -> Cell {
    Cell::Text(vec![if text.starts_with("https://") {
        Span { target: Some(Target::Uri(text.to_owned())), ..Span::plain(text) }
    } else if text.len() > 16 && !text.contains(char::is_whitespace) {
        Span::mono(text)
    } else {
        Span::plain(text)
    }])
}

/// The anchor of a check's section.
fn anchor(check: &str) -> String {
    format!("check-{check}")
}

/// A check's name that leads to its section, where there is one.
fn to_check(report: &Report, check: &str, span: Span) -> Span {
    let known: BTreeSet<&str> = report.checks.iter().map(|c| c.page.id).collect();
    if known.contains(check) { span.to(anchor(check)) } else { span }
}
