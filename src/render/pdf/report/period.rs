//! The period: measures, states from … to …, proof, who used and who administered.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span};
use super::{facts, lanes, part, table};
use crate::render::view::Report;
use ColumnKind::{Mono, Number, Text};

/// Paper shows so many rows of a table; the tables of the pack have all.
const SHOWN: usize = 100;

pub(super) fn all(report: &Report) -> Vec<Block> {
    let period = &report.period;
    let mut blocks = part("The period").to_vec();
    blocks.push(Block::text(format!(
        "From {} to {}: rebuilt from events and from what stood at the end. A time that no source tells of is not known, \
         whatever was before and after it.",
        period.from, period.to
    )));
    blocks.push(Block::heading(Level::Two, "Measures"));
    let rows = period.kpis.iter().map(|k| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(k.name)]),
            Cell::text(k.value.as_str()),
            Cell::text(k.formula),
            Cell::text(k.population.as_str()),
            Cell::text(k.unknowns.as_str()),
        ])
    });
    let columns = [
        ("Measure", 18, Text),
        ("Value", 14, Text),
        ("Formula", 28, Text),
        ("Population", 22, Text),
        ("Not known", 18, Text),
    ];
    blocks.push(table(&columns, rows.collect(), ""));
    blocks.extend(timeline(report));
    blocks.extend(known(report));
    blocks.extend(people(report));
    blocks
}

fn timeline(report: &Report) -> Vec<Block> {
    let period = &report.period;
    let mut blocks = vec![Block::heading(Level::Two, "Timeline")];
    blocks.extend(lanes::all(report));
    let mut rows = Vec::new();
    for lane in period.lanes.rows() {
        let what = format!("{}, {}", lane.name, lane.topic);
        rows.extend(lane.spans.iter().map(|s| {
            let state = if s.tone == "good" { Span::plain(s.state.as_str()) } else { Span::bold(s.state.as_str()) };
            Row::new(vec![
                Cell::text(what.as_str()),
                Cell::text(s.from.as_str()),
                Cell::text(s.to.as_str()),
                Cell::Text(vec![state]),
                Cell::text(s.basis),
            ])
        }));
        rows.extend(lane.marks.iter().map(|m| {
            Row::new(vec![
                Cell::text(what.as_str()),
                Cell::text(m.time.as_str()),
                Cell::text(""),
                Cell::text(m.what.as_str()),
                Cell::text(m.who.as_str()),
            ])
        }));
    }
    let columns = [
        ("Of what", 24, Text),
        ("From", 15, Text),
        ("To", 15, Text),
        ("State or event", 28, Text),
        ("Known, who", 18, Text),
    ];
    blocks.push(table(&columns, rows, "Nothing changed, and all is as it should be."));
    blocks.push(Block::text(format!(
        "{} more lanes are as they should be from the beginning to the end: data/tables/timeline.csv.",
        period.quiet
    )));
    blocks
}

fn known(report: &Report) -> Vec<Block> {
    let period = &report.period;
    let mut blocks = vec![Block::heading(Level::Two, "What is known of which time")];
    let rows = period.coverage.iter().map(|c| {
        let basis = if c.open { Span::bold(c.basis) } else { Span::plain(c.basis) };
        Row::new(vec![
            Cell::text(c.region.as_str()),
            Cell::text(c.from.as_str()),
            Cell::text(c.to.as_str()),
            Cell::Text(vec![basis]),
        ])
    });
    blocks.push(table(
        &[("Region", 18, Text), ("From", 22, Text), ("To", 22, Text), ("Known", 38, Text)],
        rows.collect(),
        "",
    ));
    let rows = period.sources.iter().map(|s| {
        let mut cells = vec![Cell::text(s.origin), Cell::text(s.name.as_str())];
        let numbers = [s.files, s.events, s.kept, s.duplicates, s.unreadable as u64, s.odd];
        cells.extend(numbers.iter().map(|n| Cell::text(n.to_string())));
        Row::new(cells)
    });
    let columns = [
        ("Source", 14, Text),
        ("Name", 28, Mono),
        ("Files", 9, Number),
        ("Events", 11, Number),
        ("Kept", 9, Number),
        ("Twice", 9, Number),
        ("Not read", 10, Number),
        ("Odd", 10, Number),
    ];
    blocks.push(table(&columns, rows.collect(), "There is no source of events."));
    if !period.has_proof {
        blocks.push(Block::text(
            "No log files of a trail were read: nothing here is proven by digests, and uses of keys are not known.",
        ));
        return blocks;
    }
    blocks.push(Block::heading(Level::Two, "Proof of the log files"));
    blocks.push(facts(&period.proof));
    let rows = period.proof_findings.iter().take(SHOWN).map(|f| {
        Row::new(vec![
            Cell::text(f.hour.as_str()),
            Cell::text(f.code),
            Cell::text(f.object.as_str()),
            Cell::text(f.text.as_str()),
        ])
    });
    let columns = [("Hour from", 16, Text), ("Code", 16, Mono), ("Object", 38, Mono), ("What was seen", 30, Text)];
    blocks.push(table(&columns, rows.collect(), "Nothing is wrong, and everything is known."));
    blocks
}

fn people(report: &Report) -> Vec<Block> {
    let period = &report.period;
    let mut blocks = vec![Block::heading(Level::Two, "Changes of key policies")];
    let rows = period.policies.iter().map(|p| {
        Row::new(vec![
            Cell::text(p.time.as_str()),
            Cell::text(p.name.as_str()),
            Cell::text(p.who.as_str()),
            Cell::Text(vec![Span::bold(p.widened), Span::plain(format!(" {}", p.gives))]),
            Cell::text(p.citation.as_str()),
        ])
    });
    let columns =
        [("Time", 15, Text), ("Key", 18, Text), ("Who", 24, Mono), ("Gives more", 27, Text), ("Evidence", 16, Mono)];
    blocks.push(table(&columns, rows.collect(), "No change of a key policy in the events of the period."));
    blocks.push(Block::heading(Level::Two, "Who used the keys"));
    let rows = period.uses.iter().take(SHOWN).map(|u| {
        Row::new(vec![
            Cell::text(u.name.as_str()),
            Cell::text(u.principal.as_str()),
            Cell::text(u.operation.as_str()),
            Cell::text(u.stream_shown.as_str()),
            Cell::text(u.events.to_string()),
            Cell::text(format!("{} {}", u.first, u.last)),
            Cell::Text(vec![if u.odd { Span::bold(u.expected.as_str()) } else { Span::plain(u.expected.as_str()) }]),
        ])
    });
    let columns = [
        ("Key", 14, Text),
        ("Who", 22, Mono),
        ("Operation", 13, Text),
        ("Stream", 12, Text),
        ("Events", 8, Number),
        ("First, last", 15, Text),
        ("Key policy", 16, Text),
    ];
    let empty = if period.uses_known {
        "The sources have no use of these keys."
    } else {
        "Not known: only log files and exports have uses of keys."
    };
    blocks.push(table(&columns, rows.collect(), empty));
    blocks.push(Block::text(format!("{} rows in all: data/tables/usage.csv.", period.uses_total)));
    if !period.last_uses.is_empty() {
        blocks.push(Block::heading(Level::Two, "AWS's own word on last uses"));
        let rows = period.last_uses.iter().take(SHOWN).map(|l| {
            let verdict = if l.differs { Span::bold(l.verdict.as_str()) } else { Span::plain(l.verdict.as_str()) };
            Row::new(vec![
                Cell::text(l.key.as_str()),
                Cell::text(l.said.as_str()),
                Cell::text(l.seen.as_str()),
                Cell::Text(vec![verdict]),
            ])
        });
        let columns = [("Key", 30, Mono), ("GetKeyLastUsage", 24, Text), ("Events", 18, Text), ("Verdict", 28, Text)];
        blocks.push(table(&columns, rows.collect(), ""));
    }
    blocks.push(Block::heading(Level::Two, "Who administered"));
    let rows = period.admins.iter().take(SHOWN).map(|a| {
        Row::new(vec![
            Cell::text(a.name.as_str()),
            Cell::text(a.principal.as_str()),
            Cell::text(a.operation.as_str()),
            Cell::text(a.events.to_string()),
            Cell::text(format!("{} {}", a.first, a.last)),
            Cell::text(a.errors.as_str()),
        ])
    });
    let columns = [
        ("Key or stream", 20, Text),
        ("Who", 26, Mono),
        ("Operation", 18, Text),
        ("Events", 8, Number),
        ("First, last", 16, Text),
        ("Errors", 12, Text),
    ];
    blocks.push(table(&columns, rows.collect(), "No administrative call in the events of the period."));
    blocks.push(Block::heading(Level::Two, "Refused and failed calls"));
    let rows = period.refused.iter().take(SHOWN).map(|f| {
        Row::new(vec![
            Cell::text(f.time.as_str()),
            Cell::text(f.operation.as_str()),
            Cell::text(f.principal.as_str()),
            Cell::text(f.subject.as_str()),
            Cell::Text(vec![Span::bold(f.error.as_str())]),
        ])
    });
    let columns =
        [("Time", 15, Text), ("Operation", 16, Text), ("Who", 26, Mono), ("On what", 27, Mono), ("Error", 16, Text)];
    blocks.push(table(
        &columns,
        rows.collect(),
        "No refused call on these keys and streams among the events that are kept whole.",
    ));
    blocks
}
