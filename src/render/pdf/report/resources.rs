//! Every stream and every key: what each is, then what each check says of it.
//!
//! The results stand in tables of their own, under letters that a legend explains: the names of the checks are too
//! long for the heads of narrow columns, and no page is wide enough for all facts and all results in one row.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span};
use super::{part, status, table, to_check};
use crate::render::view::{Report, StatusCell, StreamRow};
use ColumnKind::{Mono, Number, Status, Text};

/// The most checks that fit beside a name and a Region.
const AT_ONCE: usize = 6;
/// Letters for checks, in order; more checks than letters go on with two.
const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

pub(super) fn streams(report: &Report) -> Vec<Block> {
    let mut blocks = part("Streams").to_vec();
    let rows = report.streams.iter().map(|s| {
        Row::new(vec![
            Cell::text(s.name.as_str()),
            Cell::text(s.region.as_str()),
            Cell::text(s.source.as_str()),
            Cell::text(s.destinations.as_str()),
            Cell::text(s.sse.as_str()),
            key(s),
            Cell::text(s.data_classes.as_str()),
        ])
    });
    blocks.push(table(
        &[
            ("Stream", 21, Mono),
            ("Region", 12, Text),
            ("Source", 11, Text),
            ("To", 10, Text),
            ("Encryption", 11, Text),
            ("Key", 27, Text),
            ("Declared data", 12, Text),
        ],
        rows.collect(),
        "No stream was listed.",
    ));
    let rows = report.streams.iter().map(|s| Subject { name: &s.name, region: &s.region, results: &s.results });
    blocks.extend(results(
        report,
        "Results of each stream",
        "Stream",
        &report.stream_checks,
        &rows.collect::<Vec<_>>(),
    ));
    blocks
}

/// The class of a stream's key and the key; some classes say all there is to say.
fn key(stream: &StreamRow) -> Cell {
    let mut spans = vec![Span::plain(stream.key_class)];
    if stream.key != stream.key_class {
        spans.extend([Span::plain(" "), Span::mono(stream.key.as_str())]);
    }
    Cell::Text(spans)
}

pub(super) fn keys(report: &Report) -> Vec<Block> {
    let mut blocks = part("Keys").to_vec();
    let rows = report.keys.iter().map(|k| {
        Row::new(vec![
            Cell::Text(vec![Span::bold(k.name.as_str()), Span::plain(" "), Span::mono(k.arn.as_str())]),
            Cell::text(format!("{}, {}", k.class, k.state)),
            Cell::text(format!("{}, {}", k.spec, k.origin)),
            Cell::text(k.created.as_str()),
            Cell::text(format!("{}; last: {}", k.rotation, k.last_rotation)),
            Cell::text(k.streams.to_string()),
        ])
    });
    blocks.push(table(
        &[
            ("Key", 36, Text),
            ("Class, state", 15, Text),
            ("Spec, origin", 20, Text),
            ("Made", 11, Text),
            ("Rotation", 15, Text),
            ("Streams", 8, Number),
        ],
        rows.collect(),
        "No stream names a key.",
    ));
    let rows = report.keys.iter().map(|k| Subject { name: &k.name, region: &k.region, results: &k.results });
    blocks.extend(results(report, "Results of each key", "Key", &report.key_checks, &rows.collect::<Vec<_>>()));
    blocks
}

struct Subject<'a> {
    name: &'a str,
    region: &'a str,
    results: &'a [StatusCell],
}

/// Tables of results, as many as it takes to show all checks.
fn results(report: &Report, title: &str, kind: &str, checks: &[&'static str], subjects: &[Subject<'_>]) -> Vec<Block> {
    if subjects.is_empty() || checks.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::heading(Level::Two, title)];
    for (group, ids) in checks.chunks(AT_ONCE).enumerate() {
        let from = group * AT_ONCE;
        let legend = ids.iter().enumerate().map(|(i, id)| {
            let title = report.checks.iter().find(|c| c.page.id == *id).map_or("", |c| c.page.title);
            vec![
                Span::bold(letter(from + i)),
                Span::plain(format!("  {title} ")),
                to_check(report, id, Span::mono(*id)),
            ]
        });
        blocks.push(Block::List(legend.collect()));
        let letters: Vec<String> = (from..from + ids.len()).map(letter).collect();
        let mut columns = vec![(kind, 30, Mono), ("Region", 13, Text)];
        columns.extend(letters.iter().map(|l| (l.as_str(), 11, Status)));
        let rows = subjects.iter().map(|s| {
            let mut cells = vec![Cell::text(s.name), Cell::text(s.region)];
            cells.extend(s.results.iter().skip(from).take(ids.len()).map(status));
            Row::new(cells)
        });
        blocks.push(table(&columns, rows.collect(), ""));
    }
    blocks
}

/// A, B … Z, AA, AB …
fn letter(number: usize) -> String {
    let last = char::from(LETTERS[number % LETTERS.len()]);
    match number / LETTERS.len() {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn letters_go_on_after_the_last() {
        assert_eq!([0, 25, 26, 27, 52].map(super::letter), ["A", "Z", "AA", "AB", "BA"]);
    }
}
