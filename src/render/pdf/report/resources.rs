//! Every stream and every key: what each is, then what each check says of it.
//!
//! The results stand in a table of their own, under numbers that a legend explains: there are more checks than a page
//! has room for columns, and what fails must be found without a search.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span, Tone};
use super::{charts, part, table, to_check};
use crate::render::view::{Report, StatusCell, StreamRow};
use ColumnKind::{Mono, Number, Status, Text};

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
    if let Some(timeline) = charts::timeline(&report.timeline) {
        blocks.push(Block::heading(Level::Two, "Rotation"));
        blocks.push(Block::text(format!(
            "The {} keys that most streams use, of {}.",
            report.timeline.lines.len(),
            report.timeline.of
        )));
        blocks.push(timeline);
    }
    let rows = report.keys.iter().map(|k| Subject { name: &k.name, region: &k.region, results: &k.results });
    blocks.extend(results(report, "Results of each key", "Key", &report.key_checks, &rows.collect::<Vec<_>>()));
    blocks
}

struct Subject<'a> {
    name: &'a str,
    region: &'a str,
    results: &'a [StatusCell],
}

/// One table of all checks: a row for each subject, with the numbers of the checks that say each thing of it.
fn results(report: &Report, title: &str, kind: &str, checks: &[&'static str], subjects: &[Subject<'_>]) -> Vec<Block> {
    if subjects.is_empty() || checks.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::heading(Level::Two, title)];
    let legend = checks.iter().enumerate().map(|(i, id)| {
        let title = report.checks.iter().find(|c| c.page.id == *id).map_or("", |c| c.page.title);
        vec![Span::bold((i + 1).to_string()), Span::plain(format!("  {title} ")), to_check(report, id, Span::mono(*id))]
    });
    blocks.push(Block::List(legend.collect()));
    let columns = [
        (kind, 28, Mono),
        ("Region", 13, Text),
        ("Fail", 15, Status),
        ("Unknown", 15, Status),
        ("Pass", 17, Text),
        ("N/A", 12, Text),
    ];
    let rows = subjects.iter().map(|s| {
        Row::new(vec![
            Cell::text(s.name),
            Cell::text(s.region),
            signed(Tone::Bad, &numbers(s.results, "fail")),
            signed(Tone::Unknown, &numbers(s.results, "unknown")),
            Cell::text(numbers(s.results, "pass")),
            Cell::text(numbers(s.results, "not_applicable")),
        ])
    });
    blocks.push(table(&columns, rows.collect(), ""));
    blocks
}

fn signed(tone: Tone, numbers: &str) -> Cell {
    if numbers.is_empty() { Cell::text("") } else { Cell::status(tone, numbers) }
}

/// The numbers of the checks that say this, those in a row as a range; a failure under an exception has its id.
fn numbers(results: &[StatusCell], word: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    let close = |run: &mut Option<(usize, usize)>, parts: &mut Vec<String>| match run.take() {
        Some((from, to)) if from == to => parts.push(from.to_string()),
        Some((from, to)) if from + 1 == to => parts.extend([from.to_string(), to.to_string()]),
        Some((from, to)) => parts.push(format!("{from}–{to}")),
        None => {}
    };
    for (number, result) in (1..).zip(results) {
        if result.word != word {
            continue;
        }
        if !result.exception.is_empty() {
            close(&mut run, &mut parts);
            parts.push(format!("{number} ({})", result.exception));
            continue;
        }
        match &mut run {
            Some((_, to)) if *to + 1 == number => *to = number,
            _ => {
                close(&mut run, &mut parts);
                run = Some((number, number));
            }
        }
    }
    close(&mut run, &mut parts);
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_a_range_and_an_exception_has_its_name() {
        let cell =
            |word, exception: &str| StatusCell { word, label: "", finding: String::new(), exception: exception.into() };
        let results = [
            cell("pass", ""),
            cell("pass", ""),
            cell("pass", ""),
            cell("fail", ""),
            cell("fail", "EX-1"),
            cell("pass", ""),
            cell("fail", ""),
            cell("fail", ""),
        ];
        assert_eq!(numbers(&results, "pass"), "1–3, 6");
        assert_eq!(numbers(&results, "fail"), "4, 5 (EX-1), 7, 8");
        assert_eq!(numbers(&results, "unknown"), "");
    }
}
