//! The accounts of a run over more than one: all in a table, then each with what fails there or is not known.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span};
use super::{facts, number, part, table};
use crate::render::view::{AccountRow, Report};
use ColumnKind::{Mono, Number, Text};

/// The table of accounts. A run over one account has none: that account is on the cover.
pub(super) fn all(report: &Report) -> Vec<Block> {
    if report.accounts.len() < 2 {
        return Vec::new();
    }
    let mut blocks = part("Accounts").to_vec();
    blocks.push(Block::text(
        "Every account that was to be read. One that nobody got into is here too, with what that leaves open.",
    ));
    let rows = report.accounts.iter().map(|a| {
        let caller = if a.caller.is_empty() { "nobody got in" } else { a.caller.as_str() };
        Row::new(vec![
            Cell::Text(vec![Span::bold(a.account.as_str()), Span::plain(format!(" {} ", a.alias)), Span::mono(caller)]),
            Cell::text(a.regions.as_str()),
            number(a.streams, false),
            number(a.keys, false),
            number(a.fail, true),
            number(a.unknown, true),
            number(a.pass, false),
            number(a.gaps, true),
        ])
    });
    let columns = [
        ("Account, alias, read as", 34, Text),
        ("Regions", 18, Text),
        ("Streams", 8, Number),
        ("Keys", 7, Number),
        ("Fail", 7, Number),
        ("Unknown", 8, Number),
        ("Pass", 8, Number),
        ("Gaps", 7, Number),
    ];
    blocks.push(table(&columns, rows.collect(), ""));
    blocks
}

/// One account.
pub(super) fn one(report: &Report, account: &AccountRow) -> Vec<Block> {
    if report.accounts.len() < 2 {
        return Vec::new();
    }
    let mut blocks = vec![Block::heading(Level::Two, format!("Account {}", account.account))];
    if !account.facts.is_empty() {
        blocks.push(facts(&account.facts));
    }
    let rows = account.open.iter().map(|o| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(o.status), Span::plain(" "), Span::mono(o.check.as_str())]),
            Cell::text(o.subject.as_str()),
            Cell::text(o.region.as_str()),
            Cell::text(o.reason.as_str()),
        ])
    });
    let columns = [("Result, check", 28, Text), ("Of", 24, Mono), ("Region", 14, Text), ("What was seen", 34, Text)];
    blocks.push(table(&columns, rows.collect(), "Nothing fails here, and nothing is unknown."));
    if account.more > 0 {
        blocks.push(Block::text(format!("{} more are among the findings below.", account.more)));
    }
    blocks
}
