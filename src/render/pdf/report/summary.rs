//! The summary edition: what a board reads, on twelve pages at most, however large the account is.
//!
//! It shows the same rows as the full report, and of long lists the first ones: each says how many there are, and where
//! the others stand. Long texts end in `…`. Nothing is judged or counted here either.

use super::super::document::{Block, Cell, ColumnKind, Cover, Document, Level, Notice, NoticeTone, Row, Span};
use super::super::fonts;
use super::{about, charts, number, requirements, sign_off, table, value};
use crate::render::view::{CatalogView, CheckRow, Report, RequirementView};
use ColumnKind::{Number, Status, Text};

/// What the edition may take.
#[cfg(test)]
pub(super) const PAGES: usize = 12;
/// The most characters of one text; one that is shown by its number counts as that.
const CHARACTERS: usize = 110;
/// The most facts and notices on the cover.
const ON_COVER: usize = 3;
/// The most rows of each list.
const GAPS: usize = 8;
const REGIONS: usize = 12;
const CHECKS: usize = 28;
const CATALOGS: usize = 10;
const REQUIREMENTS: usize = 14;
const EXCEPTIONS: usize = 6;

/// The document that the summary is.
pub(super) fn document(report: &Report) -> Document<'_> {
    Document {
        parts: vec![
            Box::new(|| vec![cover(report)]),
            Box::new(|| nature(report)),
            Box::new(|| gaps(report)),
            Box::new(|| population(report)),
            Box::new(|| results(report)),
            Box::new(|| catalogs(report)),
            Box::new(|| exceptions(report)),
            Box::new(|| events(report)),
            Box::new(|| sign_off::page(report)),
        ],
        ..about(report, "summary")
    }
}

/// A text that may be anything, short enough for its place.
fn short(text: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for ch in text.chars() {
        // Beyond Latin, Greek and Cyrillic a character may be shown by its number.
        used += if ch < '\u{500}' && !fonts::is_hidden(ch) { 1 } else { 9 };
        if used > CHARACTERS {
            out.push('…');
            break;
        }
        out.push(ch);
    }
    out
}

/// The first rows of a list, and a row that says how many there are in all and where.
fn first<'a, T: 'a>(
    rows: impl ExactSizeIterator<Item = &'a T>,
    most: usize,
    columns: usize,
    place: &str,
    row: impl Fn(&'a T) -> Row,
) -> Vec<Row> {
    let all = rows.len();
    let mut shown: Vec<Row> = rows.take(most).map(row).collect();
    if all > most {
        let mut cells = vec![Cell::Text(vec![Span::bold(format!("{most} of {all} shown; all: {place}"))])];
        cells.resize(columns, Cell::text(""));
        shown.push(Row::new(cells));
    }
    shown
}

fn cover(report: &Report) -> Block {
    let mut notices: Vec<Notice> = (report.notices.iter().take(ON_COVER))
        .map(|n| Notice { tone: NoticeTone::Warn, title: n.word.to_owned(), text: vec![Span::plain(short(&n.text))] })
        .collect();
    if report.notices.len() > ON_COVER {
        notices.push(Notice {
            tone: NoticeTone::Warn,
            title: format!("{} more notices", report.notices.len() - ON_COVER),
            text: vec![Span::plain("They stand on the cover of the full report.")],
        });
    }
    Block::Cover(Cover {
        kicker: "Keywitness · summary of the evidence report".to_owned(),
        title: short(&report.title),
        subtitle:
            "How Amazon Data Firehose streams and their KMS keys are protected: the summary. The full report, the \
                   tables and the recorded answers are in the same pack."
                .to_owned(),
        facts: report.cover.iter().map(|f| (f.label.to_owned(), value(&short(&f.value)))).collect(),
        notices,
    })
}

fn nature(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "What this report is")];
    blocks.extend(report.nature.iter().map(|p| Block::text(*p)));
    blocks
}

fn gaps(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "What is not known")];
    if report.gaps.is_empty() {
        blocks.push(Block::text("Every call was answered, and every answer was understood."));
        return blocks;
    }
    blocks.push(Block::text(format!(
        "{} calls gave no value. What rests on them is \"unknown\" in every total below, and can only lower a result. {} \
         requirements are not decided or weaker for it.",
        report.gaps.len(),
        report.effects.len()
    )));
    let rows = first(report.gaps.iter(), GAPS, 4, "\"What is not known\" in report.pdf", |g| {
        Row::new(vec![
            Cell::Text(vec![Span::mono(g.call.as_str()), Span::plain(format!(" {}", g.region))]),
            Cell::text(short(&g.subject)),
            Cell::text(short(&format!("{}: {}", g.kind, g.detail))),
            Cell::text(short(&g.remedy)),
        ])
    });
    let columns = [("Call, Region", 24, Text), ("Of", 22, Text), ("Why", 30, Text), ("What closes it", 24, Text)];
    blocks.push(table(&columns, rows, ""));
    blocks
}

fn population(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "Scope and population")];
    if !report.population_complete {
        blocks.push(Block::Notice(Notice {
            tone: NoticeTone::Warn,
            title: "The population is not complete".to_owned(),
            text: vec![Span::plain("Totals below are of what is known.")],
        }));
    }
    let rows = first(report.population.iter(), REGIONS, 7, "report.pdf", |p| {
        Row::new(vec![
            Cell::text(format!("{} {}", p.account, p.region)),
            Cell::text(short(&p.listing)),
            number(p.listed, false),
            number(p.described, false),
            number(p.keys, false),
            number(p.keys_described, false),
            number(p.gaps, true),
        ])
    });
    let columns = [
        ("Account, Region", 24, Text),
        ("Listing of streams", 22, Text),
        ("Listed", 9, Number),
        ("Described", 10, Number),
        ("Keys named", 9, Number),
        ("Keys described", 10, Number),
        ("Gaps", 8, Number),
    ];
    blocks.push(table(&columns, rows, "No Region was asked for."));
    blocks
}

fn results(report: &Report) -> Vec<Block> {
    let mut blocks = vec![
        Block::heading(Level::One, "Results"),
        Block::heading(Level::Two, "Streams by the class of their key"),
        charts::key_classes(report),
        Block::heading(Level::Two, "From source to destination"),
    ];
    blocks.extend(charts::flow(&report.flow));
    blocks.push(Block::heading(Level::Two, "Findings by check"));
    let open: Vec<&CheckRow> = report.checks.iter().filter(|c| c.fail + c.unknown > 0).collect();
    blocks.push(Block::text(format!(
        "{} of {} checks found a failure or something that is not known{}. The others and every finding are in the full \
         report.",
        open.len(),
        report.checks.len(),
        if open.len() > CHECKS { format!("; the first {CHECKS} of them") } else { String::new() }
    )));
    blocks.push(charts::checks(open.into_iter().take(CHECKS)));
    blocks
}

fn catalogs(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "Requirements")];
    blocks.push(Block::text(
        "How many requirements of each catalog have which status. A status tells what the technical evidence says at the \
         time of collection; a catalog has no total, and no requirement of an external framework is shown as met.",
    ));
    let row = |catalog: &CatalogView| {
        let counts = catalog.counts.iter().filter(|t| t.count > 0);
        let words: Vec<String> = counts.map(|t| format!("{} {}", t.count, t.label.to_lowercase())).collect();
        Row::new(vec![
            Cell::Text(vec![Span::bold(short(&catalog.name))]),
            Cell::text(words.join(" · ")),
            number(catalog.requirements.len(), false),
        ])
    };
    let rows = first(report.catalogs.iter(), CATALOGS, 3, "report.pdf", row);
    let columns = [("Catalog", 30, Text), ("Requirements by status", 58, Text), ("In all", 10, Number)];
    blocks.push(table(&columns, rows, "No catalog was chosen."));
    let open: Vec<&RequirementView> = report
        .catalogs
        .iter()
        .flat_map(|c| &c.requirements)
        .filter(|r| matches!(r.status, "not_satisfied" | "evidence_missing"))
        .collect();
    blocks.push(Block::heading(Level::Two, "Contradicted by the evidence, or evidence missing"));
    let rows = first(open.iter(), REQUIREMENTS, 3, "report.pdf", |r| {
        let why = r.reasons.first().map_or("", |reason| reason.sentence.as_str());
        Row::new(vec![
            Cell::Text(vec![Span::bold(r.id.as_str()), Span::plain(format!(" {}", short(&r.title)))]),
            Cell::status(requirements::tone(r.status), r.status_label),
            Cell::text(short(why)),
        ])
    });
    let columns = [("Requirement", 36, Text), ("Status", 22, Status), ("First reason", 42, Text)];
    blocks.push(table(&columns, rows, "No requirement has such a status."));
    blocks
}

fn exceptions(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "Exceptions")];
    let rows = first(report.exceptions.iter(), EXCEPTIONS, 4, "report.pdf", |e| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(short(&e.id)), Span::plain(format!(" {}", e.state_label))]),
            Cell::text(short(&format!("{} of {}", e.check, e.scope))),
            Cell::text(short(&e.reason)),
            Cell::text(short(&format!("{}, until {}", e.approver, e.expires))),
        ])
    });
    let columns =
        [("Exception", 22, Text), ("Check, of", 28, Text), ("Reason", 28, Text), ("Approved by, until", 22, Text)];
    blocks.push(table(&columns, rows, "No exception is declared."));
    blocks
}

fn events(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "Events of the window")];
    blocks.push(Block::text(match report.events.len() {
        0 => "0 events returned by the queries of CloudTrail's event history.".to_owned(),
        count => format!("{count} events returned by the queries of CloudTrail's event history."),
    }));
    blocks.extend(charts::events(&report.event_chart));
    vec![Block::Together(blocks)]
}
