//! The checks: what they say of how many, and each finding that fails or is not known.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span};
use super::{anchor, charts, heading, number, part, status, table};
use crate::render::view::{CheckRow, FindingGroup, FindingMember, Report, spaced};
use ColumnKind::{Number, Status, Text};

pub(super) fn overview(report: &Report) -> Vec<Block> {
    let mut blocks = part("Results by check").to_vec();
    blocks.push(Block::heading(Level::Two, "Streams by the class of their key"));
    blocks.push(charts::key_classes(report));
    blocks.push(Block::heading(Level::Two, "From source to destination"));
    blocks.push(Block::text(
        "Streams by where their records come from, whether the stream encrypts them, whose key that is, and where they go. \
         A band is as thick as the number of streams.",
    ));
    blocks.extend(charts::flow(&report.flow));
    blocks.push(Block::heading(Level::Two, "Findings by check"));
    blocks.push(charts::checks(&report.checks));
    blocks.push(Block::heading(Level::Two, "Checks"));
    let rows = report.checks.iter().map(|c| {
        Row::new(vec![
            Cell::Text(vec![Span::plain(c.page.title).to(anchor(c.page.id))]),
            Cell::text(c.page.severity.word()),
            Cell::text(c.page.kind.word()),
            number(c.fail, true),
            number(c.unknown, true),
            number(c.pass, false),
            number(c.not_applicable, false),
        ])
    });
    blocks.push(table(
        &[
            ("Check", 40, Text),
            ("Severity", 9, Text),
            ("Asked of", 9, Text),
            ("Fail", 7, Number),
            ("Unknown", 8, Number),
            ("Pass", 7, Number),
            ("N/A", 7, Number),
        ],
        rows.collect(),
        "No check was asked.",
    ));
    blocks
}

pub(super) fn lead(report: &Report) -> Vec<Block> {
    let mut blocks = part("Findings that fail or are not known").to_vec();
    blocks.push(Block::text(
        "All findings, those that pass included, are in data/findings.json and data/tables/findings.csv, and attached to \
         this file as findings.json.",
    ));
    blocks.push(Block::text(report.seen));
    blocks
}

pub(super) fn of_check(check: &CheckRow) -> Vec<Block> {
    let page = check.page;
    let mut head = vec![
        heading(Level::Two, page.title, anchor(page.id)),
        Block::Paragraph(vec![
            Span::mono(page.id),
            Span::plain(format!(" · severity {} · ", page.severity.word())),
            Span::bold(format!("{} fail, {} unknown", check.fail, check.unknown)),
            Span::plain(format!(", {} pass, {} not applicable", check.pass, check.not_applicable)),
        ]),
        Block::Paragraph(vec![
            Span::plain(page.why),
            Span::bold(" Decided by: "),
            Span::plain(page.decided),
            Span::bold(" Not seen: "),
            Span::plain(page.blind),
        ]),
    ];
    if check.fail > 0 {
        head.push(Block::Paragraph(vec![Span::bold("Remedy: "), Span::plain(page.remedy.what)]));
    }
    let mut blocks = vec![Block::Together(head)];
    if check.groups.is_empty() {
        return blocks;
    }
    let rows = check.groups.iter().flat_map(group);
    blocks.push(table(
        &[
            ("Result", 11, Status),
            ("What was seen, and where in the records", 33, Text),
            ("Of what: records, finding", 56, Text),
        ],
        rows.collect(),
        "",
    ));
    blocks
}

/// How many members stand in one row: a row of ten thousand is a hundred pages on which nothing says what was seen.
const MEMBERS: usize = 100;

/// The rows of a group: what was seen, once, and all of whom.
fn group(group: &FindingGroup) -> impl Iterator<Item = Row> {
    let all = group.members.len();
    (0..).zip(group.members.chunks(MEMBERS)).map(move |(row, some)| {
        let mut seen = if row == 0 { what_was_seen(group) } else { vec![Span::plain("The same")] };
        if all > MEMBERS {
            let first = row * MEMBERS + 1;
            seen.push(Span::plain(format!(", {first} to {} of {all}", first + some.len() - 1)));
        }
        Row::new(vec![status(&group.status), Cell::Text(seen), Cell::Text(members(some))])
    })
}

fn what_was_seen(group: &FindingGroup) -> Vec<Span> {
    let mut seen = vec![Span::plain(group.reason.as_str())];
    if !group.places.is_empty() {
        seen.extend([Span::plain(" "), Span::mono(group.places.as_str())]);
    }
    if !group.seen_since.is_empty() {
        seen.push(Span::plain(format!(" {}", group.seen_since)));
    }
    seen
}

/// Members, each with the records and the finding's id.
fn members(members: &[FindingMember]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(4 * members.len());
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            spans.push(Span::plain("; "));
        }
        spans.push(Span::bold(member.subject.as_str()));
        spans.push(Span::plain(format!(" {}: ", member.region)));
        spans.push(Span::mono(format!("{} {}", spaced(&member.records), member.id)));
    }
    spans
}
