//! What an assessor files: who does what, the inventory of keys, custody, retention, the series.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span};
use super::{part, series, table};
use crate::render::view::Report;
use ColumnKind::{Mono, Text};

/// Who does what, requirement by requirement.
pub(super) fn responsibilities(report: &Report) -> Vec<Block> {
    let mut blocks = part("Shared responsibility").to_vec();
    blocks.push(Block::text(
        "What AWS does and what the entity does, for each requirement that both have a part in. The last cell is free for \
         the attestation or agreement that shows AWS's part to this assessor.",
    ));
    let rows = report.responsibilities.iter().map(|r| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(r.id.as_str()).to(r.anchor.as_str()), Span::plain(format!(" {}", r.catalog))]),
            Cell::text(r.aws.as_str()),
            Cell::text(r.entity.as_str()),
            Cell::text(r.shown_by.as_str()),
            Cell::Room,
        ])
    });
    let columns = [
        ("Requirement", 18, Text),
        ("AWS", 24, Text),
        ("Entity", 26, Text),
        ("AWS's part is shown by", 18, Text),
        ("Reference", 14, Text),
    ];
    blocks.push(table(&columns, rows.collect(), "No catalog of this report says who does what."));
    blocks
}

/// The keys as an inventory: what is used for what, since when, until when.
pub(super) fn inventory(report: &Report) -> Vec<Block> {
    let mut blocks = part("Cryptographic inventory").to_vec();
    blocks.push(Block::text(
        "Every key of the population, with what is declared about it. Keys that nothing here uses are not \
         part of it.",
    ));
    let rows = report.inventory.iter().map(|k| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(k.name.as_str()), Span::plain(" "), Span::mono(k.arn.as_str())]),
            Cell::text(format!("{}; {}; {}; {}", k.class, k.spec, k.usage, k.origin)),
            Cell::text(k.used_by.as_str()),
            Cell::text(format!("{}; made {}", k.owner, k.created)),
            Cell::text(format!("last {}; next {}; cryptoperiod {}", k.last_rotation, k.next_rotation, k.cryptoperiod)),
            Cell::text(k.state.as_str()),
        ])
    });
    let columns = [
        ("Key", 26, Text),
        ("Class, spec, use, origin", 18, Text),
        ("Used by", 19, Text),
        ("Owner, made", 13, Text),
        ("Rotation", 16, Text),
        ("State", 8, Text),
    ];
    blocks.push(table(&columns, rows.collect(), "No stream names a key."));
    blocks
}

/// Who had the evidence, how long it is kept, and what came before it.
pub(super) fn custody(report: &Report) -> Vec<Block> {
    let mut blocks = part("Custody, retention and series").to_vec();
    blocks.push(Block::heading(Level::Two, "Chain of custody"));
    let cell = |text: &str| if text.is_empty() { Cell::Room } else { Cell::text(text) };
    let rows =
        report.custody.iter().map(|c| Row::new(vec![Cell::text(c.step), cell(&c.when), cell(&c.who), cell(&c.place)]));
    let columns = [("Step", 28, Text), ("When", 20, Text), ("Who", 26, Text), ("Where", 26, Text)];
    blocks.push(table(&columns, rows.collect(), ""));
    blocks.push(Block::heading(Level::Two, "Retention"));
    let rows =
        report.retention.iter().map(|r| Row::new(vec![Cell::text(r.who), Cell::text(r.years), Cell::text(r.because)]));
    blocks.push(table(&[("Who asks", 26, Text), ("How long", 20, Text), ("Why", 54, Text)], rows.collect(), ""));
    blocks.extend(series::all(report));
    blocks
}

/// A second source for each count that has one, and the strata of the population.
pub(super) fn reconciliation(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::Two, "Reconciliation")];
    blocks.push(Block::text(
        "Where a count has a second source, both stand here. A difference makes the population incomplete.",
    ));
    let rows = report.reconciliation.iter().map(|r| {
        Row::new(vec![
            Cell::text(format!("{} {}", r.account, r.region)),
            Cell::text(r.what),
            Cell::text(r.first.as_str()),
            Cell::text(r.second.as_str()),
            Cell::Text(vec![Span::bold(r.result), Span::plain(format!(" {}", r.difference))]),
        ])
    });
    let columns = [
        ("Account, Region", 18, Text),
        ("What", 22, Text),
        ("First source", 20, Text),
        ("Second source", 20, Text),
        ("Result", 20, Text),
    ];
    blocks.push(table(&columns, rows.collect(), "No count has a second source."));
    blocks.push(Block::heading(Level::Two, "Strata and samples"));
    blocks.extend(report.sampling.iter().map(|text| Block::text(*text)));
    let rows = report.strata.iter().map(|s| {
        Row::new(vec![
            Cell::text(format!("{} {}", s.account, s.region)),
            Cell::text(s.source.as_str()),
            Cell::text(s.key_class),
            Cell::text(s.data_classes.as_str()),
            super::number(s.streams, false),
        ])
    });
    let columns = [
        ("Account, Region", 26, Text),
        ("Source", 20, Text),
        ("Class of key", 20, Text),
        ("Declared data", 22, Text),
        ("Streams", 10, ColumnKind::Number),
    ];
    blocks.push(table(&columns, rows.collect(), "No stream was listed."));
    blocks
}

/// What the gaps do to the requirements.
pub(super) fn effects(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::Two, "What that does to the requirements")];
    let rows = report.effects.iter().map(|e| {
        let checks: Vec<String> =
            e.undecided.iter().map(|u| format!("{}: {} of {} not known", u.check, u.unknown, u.of)).collect();
        let mut because = e.calls.join(" ");
        if !e.incomplete.is_empty() {
            because.push_str(&format!(" {}", e.incomplete));
        }
        Row::new(vec![
            Cell::Text(vec![
                Span::bold(e.id.as_str()).to(e.anchor.as_str()),
                Span::plain(format!(" {} · {}", e.title, e.catalog)),
            ]),
            Cell::status(super::requirements::tone(e.status), e.status_label),
            Cell::text(checks.join("; ")),
            Cell::text(because),
        ])
    });
    let columns = [
        ("Requirement", 30, Text),
        ("Status", 18, ColumnKind::Status),
        ("Checks not decided for all", 28, Text),
        ("For want of", 24, Mono),
    ];
    blocks.push(table(&columns, rows.collect(), "No requirement rests on a call that gave no value."));
    blocks
}
