//! Key lineage: the drawings of the HTML report, each with its hops in words and the streams that have it.

use super::super::document::{At, Block, Cell, ColumnKind, Figure, Level, Row, Span, Stroke, Tone};
use super::super::style;
use super::{heading, number, part, table};
use crate::render::view::{HopRow, LineageDrawing, LineageGroup, LineageNode, Report};
use ColumnKind::{Mono, Number, Status, Text};

/// The room between two columns of boxes.
const BETWEEN: f32 = 26.0;
/// How high a box is.
const BOX: f32 = 46.0;
/// From one box to the one below.
const STEP: f32 = 55.0;
/// More streams than these are named in the tables.
const NAMES: usize = 60;

pub(super) fn lead(report: &Report) -> Vec<Block> {
    let view = &report.lineage;
    let mut blocks = part("Key lineage").to_vec();
    blocks.push(Block::text(format!(
        "A stream is only as protected as each place where its records rest, and each way that they go. Of a place the \
         question is: {}. Of a way: {}. The answers show and are no requirement of any catalog. What could not be read \
         is there and unknown.",
        view.at_rest, view.in_transit
    )));
    let rows = view.totals.iter().map(|t| {
        Row::new(vec![
            Cell::text(t.label),
            number(t.fail, true),
            number(t.unknown, true),
            number(t.pass, false),
            number(t.not_applicable, false),
        ])
    });
    let columns =
        [("Hop", 40, Text), ("Fail", 12, Number), ("Unknown", 12, Number), ("Pass", 12, Number), ("N/A", 12, Number)];
    blocks.push(table(&columns, rows.collect(), "No stream was listed."));
    if !view.groups.is_empty() {
        let alike = if view.exact {
            "Streams that are alike in every hop share a drawing"
        } else {
            "Streams share a drawing whose hops differ in nothing but names"
        };
        blocks.push(Block::text(format!(
            "{alike}: {} for {} streams, {} of them drawn. Every hop of every stream is in data/tables/lineage.csv and \
             data/lineage.json.",
            view.groups_count, view.streams, view.drawn
        )));
    }
    blocks
}

pub(super) fn group(group: &LineageGroup) -> Vec<Block> {
    let title = heading(Level::Two, format!("{}: {}", group.number, group.title), format!("lineage-{}", group.number));
    let mut blocks = match &group.drawing {
        Some(drawing) => vec![Block::Together(vec![title, figure(drawing)])],
        None => vec![title],
    };
    let rows = group.hops.iter().map(|h| {
        let kind = if h.destination.is_empty() { h.kind.to_owned() } else { format!("{}: {}", h.kind, h.destination) };
        Row::new(vec![
            Cell::text(kind),
            Cell::text(h.subject.as_str()),
            Cell::Text(key(h)),
            Cell::status(tone(h.word), h.label),
            Cell::text(h.reason.as_str()),
        ])
    });
    let columns = [("Hop", 15, Text), ("What", 22, Mono), ("Key", 20, Text), ("Status", 11, Status), ("Why", 32, Text)];
    blocks.push(table(&columns, rows.collect(), ""));
    if group.streams.len() > 1 {
        blocks.push(streams(group));
    }
    blocks
}

/// The names; where keys or places differ, the table that every format has as a file says which is whose.
fn streams(group: &LineageGroup) -> Block {
    let names = group.streams.iter().take(NAMES).map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
    let more = match group.streams.len().saturating_sub(NAMES) {
        0 => String::new(),
        n => format!(" and {n} more, in data/tables/lineage.csv"),
    };
    Block::Paragraph(vec![Span::bold(format!("{} streams: ", group.streams.len())), Span::plain(names + &more)])
}

fn key(hop: &HopRow) -> Vec<Span> {
    let mut spans = Vec::new();
    if !hop.key.is_empty() {
        spans.push(Span::mono(hop.key.as_str()));
    }
    let said: Vec<&str> = [hop.class, hop.state].into_iter().filter(|w| !w.is_empty()).collect();
    if !said.is_empty() {
        let space = if spans.is_empty() { "" } else { " " };
        spans.push(Span::plain(format!("{space}{}", said.join(", "))));
    }
    spans
}

fn tone(word: &str) -> Tone {
    match word {
        "pass" => Tone::Good,
        "fail" => Tone::Bad,
        "not_applicable" => Tone::Neutral,
        _ => Tone::Unknown,
    }
}

/// Where boxes and lines of a grid stand.
struct Grid {
    width: f32,
}

impl Grid {
    fn left(&self, column: usize) -> f32 {
        steps(column, self.width + BETWEEN)
    }

    fn middle(row: usize) -> f32 {
        steps(row, STEP) + BOX / 2.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "five columns and ten rows")]
fn steps(count: usize, step: f32) -> f32 {
    count as f32 * step
}

fn figure(drawing: &LineageDrawing) -> Block {
    let columns = steps(drawing.columns.max(1), 1.0);
    let grid = Grid { width: ((style::CONTENT_WIDTH - BETWEEN * (columns - 1.0)) / columns).min(150.0) };
    let mut strokes = Vec::new();
    for edge in &drawing.edges {
        let (from, to) = (edge.from, edge.to);
        let (x, y) = (grid.left(from.0) + grid.width, Grid::middle(from.1));
        let (end, level) = (grid.left(to.0), Grid::middle(to.1));
        let turn = x + BETWEEN / 2.0 - 3.0;
        let line = |from, to, arrow| Stroke::Line { from, to, tone: Tone::Neutral, arrow };
        strokes.push(line((x, y), (turn, y), false));
        if from.1 != to.1 {
            strokes.push(line((turn, y), (turn, level), false));
        }
        strokes.push(line((turn, level), (end, level), edge.flows));
        if !edge.word.is_empty() {
            strokes.push(Stroke::Sign { tone: tone(edge.word), x: turn + 3.0, y: level - 14.0 });
            let (x, width) = (end - BETWEEN, BETWEEN);
            strokes.push(Stroke::Text {
                x,
                y: level - 10.0,
                width,
                at: At::Middle,
                strong: false,
                text: "TLS".to_owned(),
            });
        }
    }
    for node in &drawing.nodes {
        draw(&grid, node, &mut strokes);
    }
    Block::Figure(Figure { alt: drawing.text.clone(), height: steps(drawing.rows, STEP), strokes })
}

fn draw(grid: &Grid, node: &LineageNode, strokes: &mut Vec<Stroke>) {
    let (x, y, tone) = (grid.left(node.column), steps(node.row, STEP), tone(node.word));
    strokes.push(Stroke::Frame { x, y, width: grid.width, height: BOX, tone });
    let mut text = |inset: f32, line: f32, strong, text: &str| {
        let (width, text) = (grid.width - inset - 4.0, text.to_owned());
        strokes.push(Stroke::Text { x: x + inset, y: y + line, width, at: At::Left, strong, text });
    };
    text(5.0, 2.0, false, &node.heading);
    text(5.0, 12.5, true, &node.subject);
    text(15.0, 23.0, false, &node.verdict);
    text(5.0, 33.5, false, &node.key);
    strokes.push(Stroke::Sign { tone, x: x + 9.0, y: y + 28.5 });
}
