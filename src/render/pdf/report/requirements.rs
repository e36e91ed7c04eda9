//! The catalogs: an overview of each, then a work paper per requirement with room for the assessor's pen.

use super::super::document::{Block, Cell, ColumnKind, Level, Notice, NoticeTone, Row, Span, Tone};
use super::{facts, heading, number, part, table, to_check};
use crate::render::view::{CatalogView, ManualView, Report, RequirementCheck, RequirementView};
use ColumnKind::{Mono, Number, Status, Text};

pub(super) fn lead() -> Vec<Block> {
    let mut blocks = part("Requirements").to_vec();
    blocks.push(Block::text(
        "A status tells what the technical evidence of this pack says about a requirement at the time of collection. It \
         is never a score, and a catalog has no total.",
    ));
    blocks
}

pub(super) fn catalog(report: &Report, catalog: &CatalogView, number: usize) -> Vec<Block> {
    let mut blocks = if number > 0 { vec![Block::PageBreak] } else { Vec::new() };
    blocks.extend(overview(catalog));
    blocks.extend(catalog.requirements.iter().map(|r| Block::Together(work_paper(report, r))));
    blocks
}

pub(super) fn tone(status: &str) -> Tone {
    match status {
        "not_satisfied" => Tone::Bad,
        "evidence_missing" => Tone::Unknown,
        "partly" => Tone::Caution,
        "supported_in_part" => Tone::Partial,
        "satisfied_by_evidence" => Tone::Good,
        _ => Tone::Neutral,
    }
}

fn overview(catalog: &CatalogView) -> Vec<Block> {
    let mut blocks = vec![heading(Level::Two, catalog.name.as_str(), catalog.id.as_str())];
    if catalog.own_rules {
        blocks.push(Block::Notice(Notice {
            tone: NoticeTone::Info,
            title: "The organization's own rules".to_owned(),
            text: vec![Span::plain(
                "They are no requirement of any framework below or above, and move none of their statuses.",
            )],
        }));
    }
    if !catalog.published {
        blocks.push(Block::Notice(Notice {
            tone: NoticeTone::Info,
            title: "Not published with this program".to_owned(),
            text: vec![Span::plain("The rules and words of this catalog are those of whoever wrote the file.")],
        }));
    }
    if !catalog.disclaimer.is_empty() {
        blocks.push(Block::text(catalog.disclaimer.as_str()));
    }
    blocks.push(facts(&catalog.facts));
    let counts = catalog.counts.iter().filter(|t| t.count > 0);
    let rows = counts.map(|t| Row::new(vec![Cell::status(tone(t.word), t.label), number(t.count, false)]));
    blocks.push(table(&[("Status", 8, Status), ("Requirements", 2, Number)], rows.collect(), "No requirement."));
    let rows = catalog.requirements.iter().map(|r| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(r.id.as_str()).to(r.anchor.as_str())]),
            Cell::text(r.title.as_str()),
            Cell::text(r.obligation),
            Cell::status(tone(r.status), r.status_label),
            Cell::PageOf(r.anchor.clone()),
        ])
    });
    blocks.push(table(
        &[
            ("Requirement", 14, Text),
            ("Title", 38, Text),
            ("Obligation", 13, Text),
            ("Status", 29, Status),
            ("Page", 6, Number),
        ],
        rows.collect(),
        "No requirement.",
    ));
    blocks
}

/// A table of more rows has enough of them beside the cells that follow it, and may be longer than a page.
const LONG: usize = 15;

fn work_paper(report: &Report, r: &RequirementView) -> Vec<Block> {
    let mut blocks = vec![
        heading(Level::Three, format!("{}  {}", r.id, r.title), r.anchor.as_str()),
        Block::text(r.paraphrase.as_str()),
    ];
    if !r.official_text.is_empty() {
        blocks.push(Block::Notice(Notice {
            tone: NoticeTone::Info,
            title: "Official text".to_owned(),
            text: vec![Span::plain(r.official_text.as_str())],
        }));
    }
    let mut facts = vec![
        ("Status".to_owned(), Cell::status(tone(r.status), r.status_label)),
        ("Obligation".to_owned(), Cell::text(format!("{} · coverage by checks: {}", r.obligation, r.coverage))),
    ];
    let records = r.decision_records.join("; ");
    let texts = [
        ("Group", &r.group),
        ("Population", &r.population),
        ("Decision records on file, not evaluated", &records),
        ("Not shown", &r.not_shown),
        ("Related; no status is carried over", &r.related),
        ("Sources", &r.sources),
    ];
    facts.extend(texts.iter().filter(|(_, t)| !t.is_empty()).map(|(l, t)| ((*l).to_owned(), Cell::text(t.as_str()))));
    blocks.push(Block::KeyValues(facts));
    if !r.reasons.is_empty() {
        blocks.push(Block::Label("Why this status".to_owned()));
        let reasons = r.reasons.iter();
        let reasons = reasons.map(|reason| vec![Span::plain(format!("{} ", reason.sentence)), Span::mono(reason.code)]);
        blocks.push(Block::List(reasons.collect()));
    }
    let mut sections = vec![checks(report, &r.checks), procedures(r), manual(&r.manual)];
    if !r.responsibility.is_empty() {
        sections.push(vec![Block::Label("Who does what".to_owned()), super::facts(&r.responsibility)]);
    }
    sections.retain(|section| !section.is_empty());
    // Free cells alone on a page would be a page about nothing: they stay with what they are about.
    let mut last = sections.pop().unwrap_or_default();
    blocks.extend(sections.into_iter().flatten());
    let is_long = last.iter().any(|block| matches!(block, Block::Table(table) if table.rows.len() > LONG));
    last.extend(assessor());
    if is_long {
        blocks.extend(last);
    } else {
        blocks.push(Block::Together(last));
    }
    blocks
}

/// Free cells: what the assessor adds is no part of the evidence.
fn assessor() -> [Block; 2] {
    let columns = [
        ("Work paper reference", 20, Text),
        ("Tested by, on", 22, Text),
        ("Sample", 18, Text),
        ("Conclusion", 40, Text),
    ];
    let row = Row::new(vec![Cell::Room, Cell::Room, Cell::Room, Cell::Room]);
    [Block::Label("For the assessor".to_owned()), table(&columns, vec![row], "")]
}

fn checks(report: &Report, checks: &[RequirementCheck]) -> Vec<Block> {
    if checks.is_empty() {
        return Vec::new();
    }
    let count = |c: &RequirementCheck, count| if c.counted { number(count, false) } else { Cell::text("–") };
    let rows = checks.iter().map(|c| {
        let mut name = vec![to_check(report, &c.check, Span::plain(c.title))];
        if !c.counted {
            name.push(Span::bold(format!(" ({})", c.answer)));
        }
        Row::new(vec![
            Cell::Text(name),
            Cell::text(c.relation.as_str()),
            Cell::text(c.on_fail),
            count(c, c.pass),
            count(c, c.fail),
            count(c, c.excepted),
            count(c, c.unknown),
            count(c, c.not_applicable),
            Cell::text(c.records.as_str()),
        ])
    });
    let columns = [
        ("Check", 26, Text),
        ("Relation", 11, Text),
        ("If it fails", 11, Text),
        ("Pass", 6, Number),
        ("Fail", 6, Number),
        ("Exc.", 6, Number),
        ("Unkn.", 6, Number),
        ("N/A", 6, Number),
        ("Evidence", 24, Mono),
    ];
    vec![Block::Label("Checks".to_owned()), table(&columns, rows.collect(), "")]
}

fn procedures(r: &RequirementView) -> Vec<Block> {
    if r.procedures.is_empty() {
        return Vec::new();
    }
    let rows = r.procedures.iter().map(|p| {
        Row::new(vec![
            Cell::text(p.id.as_str()),
            Cell::text(p.methods.as_str()),
            Cell::text(p.object.as_str()),
            Cell::text(p.contribution),
        ])
    });
    let columns = [("Procedure", 14, Text), ("Methods", 18, Text), ("Object", 48, Text), ("This evidence", 18, Text)];
    vec![Block::Label("May be used in".to_owned()), table(&columns, rows.collect(), "")]
}

/// What a person must obtain: two columns stay free for the assessor.
fn manual(items: &[ManualView]) -> Vec<Block> {
    if items.is_empty() {
        return Vec::new();
    }
    let rows = items.iter().map(|m| {
        Row::new(vec![
            Cell::text(m.id.as_str()),
            Cell::text(m.what.as_str()),
            Cell::text(format!("{}, {}", m.kind, m.required)),
            if m.reference.is_empty() { Cell::Room } else { Cell::text(m.reference.as_str()) },
            Cell::Room,
        ])
    });
    let columns = [
        ("Item", 8, Text),
        ("What", 36, Text),
        ("Kind, need", 16, Text),
        ("Reference", 22, Text),
        ("Obtained by, on", 20, Text),
    ];
    vec![Block::Label("A person must still obtain".to_owned()), table(&columns, rows.collect(), "")]
}
