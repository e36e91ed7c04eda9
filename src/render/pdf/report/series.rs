//! The series: the packs before this one, how each hangs on the one before it, and the measures as lines.

use super::super::document::{At, Block, Cell, ColumnKind, Figure, Level, Row, Span, Stroke, Tone};
use super::super::style;
use super::charts::{line, part, text};
use super::{facts, number, table};
use crate::render::view::Report;
use crate::render::view::series::{ChangeRow, PackRow, SeriesChart, StepView};
use ColumnKind::{Mono, Text};

/// Charts beside each other.
const ACROSS: usize = 3;
/// Between two of them.
const GUTTER: f32 = 16.0;
/// How high the lines of one are.
const HEIGHT: f32 = 46.0;
/// Of the findings that changed, so many stand here; the HTML report has all.
const SHOWN: usize = 200;

pub(super) fn all(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::Two, "Series"), facts(&report.series)];
    let Some(series) = &report.packs else { return blocks };
    blocks.push(Block::text(
        "What each pack says of itself, by its own rules. The command compare judges all by the rules of the newest, and \
         tells changed facts from changed rules.",
    ));
    blocks.push(packs(&series.packs));
    blocks.push(Block::heading(Level::Three, "Chain of roots"));
    blocks.push(chain(&series.packs));
    blocks.push(Block::heading(Level::Three, "Measures from pack to pack"));
    blocks.push(Block::text(
        "A line is a value from pack to pack, by the days between them. A question mark stands where a value is not known: \
         the line is broken there, and it is not zero. An upright line stands where runs were missed.",
    ));
    blocks.extend(series.charts.chunks(ACROSS).map(figure));
    for step in &series.steps {
        blocks.extend(changes(step));
    }
    blocks
}

fn packs(packs: &[PackRow]) -> Block {
    let rows = packs.iter().map(|p| {
        let count = |n: u64, matters| number(usize::try_from(n).unwrap_or(usize::MAX), matters);
        let collected = match &p.missed {
            Some(missed) => vec![Span::plain(p.collected.as_str()), Span::bold(format!(" {missed}"))],
            None => vec![Span::plain(p.collected.as_str())],
        };
        Row::new(vec![
            Cell::text(p.number.to_string()),
            Cell::Text(collected),
            Cell::text(p.scope.as_str()),
            count(p.streams, false),
            count(p.keys, false),
            count(p.fail, true),
            count(p.unknown, true),
            count(p.pass, false),
            count(p.gaps, true),
        ])
    });
    let columns = [
        ("#", 5, Text),
        ("Collected", 23, Text),
        ("Scope", 24, Text),
        ("Streams", 8, Text),
        ("Keys", 7, Text),
        ("Fail", 8, Text),
        ("Unknown", 9, Text),
        ("Pass", 8, Text),
        ("Gaps", 8, Text),
    ];
    table(&columns, rows.collect(), "")
}

fn chain(packs: &[PackRow]) -> Block {
    let rows = packs.iter().map(|p| {
        let (tone, word) = match p.link_word {
            "pass" => (Tone::Good, "holds"),
            "fail" => (Tone::Bad, "broken"),
            _ => (Tone::Unknown, "not shown"),
        };
        Row::new(vec![
            Cell::text(p.number.to_string()),
            Cell::text(p.root.as_str()),
            Cell::status(tone, word),
            Cell::text(p.link.as_str()),
        ])
    });
    let columns = [("#", 5, Text), ("Pack root", 45, Mono), ("Chain", 14, Text), ("The pack before it", 36, Text)];
    table(&columns, rows.collect(), "")
}

/// Some charts beside each other.
#[expect(clippy::cast_precision_loss, reason = "three charts")]
fn figure(charts: &[SeriesChart]) -> Block {
    let width = (style::CONTENT_WIDTH - GUTTER * (ACROSS as f32 - 1.0)) / ACROSS as f32;
    let mut strokes = Vec::new();
    for (at, chart) in charts.iter().enumerate() {
        draw(chart, (width + GUTTER) * at as f32, width, &mut strokes);
    }
    let alt = charts.iter().map(|chart| chart.alt.as_str()).collect::<Vec<_>>().join(" ");
    Block::Figure(Figure { alt: format!("Line charts. {alt}"), height: HEIGHT + 40.0, strokes })
}

fn draw(chart: &SeriesChart, left: f32, width: f32, strokes: &mut Vec<Stroke>) {
    let (top, bottom) = (16.0, 16.0 + HEIGHT);
    let place = |across: i64, up: i64| (left + 3.0 + part(across, width - 6.0), bottom - part(up, HEIGHT));
    strokes.push(Stroke::Text { x: left, y: 0.0, width, at: At::Left, strong: true, text: chart.name.clone() });
    strokes.push(line((left, bottom + 2.0), (left + width, bottom + 2.0)));
    for hole in &chart.missed {
        let (x, _) = place(hole.across, 0);
        strokes.push(Stroke::Line { from: (x, top), to: (x, bottom), tone: Tone::Bad, arrow: false });
    }
    // Known values stand in the order of the packs; an unknown one lies between those that the line must not join.
    for pair in chart.dots.windows(2) {
        if !chart.open.iter().any(|open| open.across > pair[0].across && open.across < pair[1].across) {
            let (from, to) = (place(pair[0].across, pair[0].up), place(pair[1].across, pair[1].up));
            strokes.push(Stroke::Line { from, to, tone: Tone::Partial, arrow: false });
        }
    }
    for dot in &chart.dots {
        let (x, y) = place(dot.across, dot.up);
        strokes.push(Stroke::Bar { tone: Tone::Partial, x: x - 1.6, y: y - 1.6, width: 3.2, height: 3.2 });
    }
    for open in &chart.open {
        let (x, _) = place(open.across, 0);
        strokes.push(Stroke::Sign { tone: Tone::Unknown, x, y: f32::midpoint(top, bottom) });
    }
    strokes.push(text(left, bottom + 5.0, width, At::Left, format!("now {}", chart.now)));
}

fn changes(step: &StepView) -> Vec<Block> {
    let counts: Vec<String> = step.counts.iter().map(|c| format!("{}: {}", c.heading, c.count)).collect();
    let mut blocks = vec![
        Block::heading(Level::Three, format!("What changed since {}", step.from)),
        Block::text(format!(
            "Findings that are open now or were open in the pack before. {}. At most {SHOWN} stand here; the HTML report lists \
             all.",
            counts.join("; ")
        )),
    ];
    blocks.extend(step.scope.iter().map(|told| Block::text(format!("Scope: {told}."))));
    let rows: Vec<(&str, &ChangeRow)> =
        step.groups.iter().flat_map(|g| g.rows.iter().map(|row| (g.heading, row))).take(SHOWN).collect();
    let rows = rows.into_iter().map(|(heading, row)| {
        Row::new(vec![
            Cell::text(heading),
            Cell::text(row.what.as_str()),
            Cell::text(row.subject.as_str()),
            Cell::text(format!("{} → {}", row.from_label, row.to_label)),
        ])
    });
    let columns = [("What", 22, Text), ("Check", 32, Text), ("About", 26, Text), ("Was → is", 20, Text)];
    blocks.push(table(&columns, rows.collect(), "No finding opened or closed."));
    blocks
}
