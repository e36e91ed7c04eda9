//! Charts: shapes for the eye, with the numbers beside them in words. Their measures are the view's.

use super::super::document::{At, Bar, Block, Chart, Figure, Stroke, Tone};
use super::super::style;
use crate::render::view::{CheckRow, EventChart, FULL, Flow, FlowNode, Report, Timeline, TimelineRow};

/// The tone of a word of the view.
fn tone(word: &str) -> Tone {
    match word {
        "good" => Tone::Good,
        "weak" => Tone::Caution,
        "bad" => Tone::Bad,
        "none" | "plain" => Tone::Neutral,
        _ => Tone::Unknown,
    }
}

/// How many streams have a key of each class.
pub(super) fn key_classes(report: &Report) -> Block {
    let bars = report.key_classes.iter().map(|share| Bar {
        label: share.label.to_owned(),
        parts: vec![(tone(share.tone), share.count as u64)],
        of: share.of as u64,
        note: share.text.clone(),
    });
    Block::Chart(Chart { legend: Vec::new(), bars: bars.collect() })
}

/// What each check says of how many.
pub(super) fn checks<'a>(checks: impl IntoIterator<Item = &'a CheckRow>) -> Block {
    let bars = checks.into_iter().map(|c| {
        let counts =
            [(Tone::Bad, c.fail), (Tone::Unknown, c.unknown), (Tone::Good, c.pass), (Tone::Neutral, c.not_applicable)];
        Bar {
            label: c.page.id.to_owned(),
            parts: counts.iter().map(|&(tone, count)| (tone, count as u64)).collect(),
            of: counts.iter().map(|&(_, count)| count as u64).sum(),
            note: format!("{} fail, {} unknown, {} pass", c.fail, c.unknown, c.pass),
        }
    });
    let legend =
        [(Tone::Bad, "fail"), (Tone::Unknown, "unknown"), (Tone::Good, "pass"), (Tone::Neutral, "not applicable")];
    let legend = legend.iter().map(|&(tone, word)| (tone, word.to_owned())).collect();
    Block::Chart(Chart { legend, bars: bars.collect() })
}

/// A length on paper, from thousandths of a length.
#[expect(clippy::cast_precision_loss, reason = "thousandths of a page")]
pub(super) fn part(thousandths: i64, of: f32) -> f32 {
    of * thousandths as f32 / FULL as f32
}

pub(super) fn text(x: f32, y: f32, width: f32, at: At, text: impl Into<String>) -> Stroke {
    Stroke::Text { x, y, width, at, strong: false, text: text.into() }
}

pub(super) fn line(from: (f32, f32), to: (f32, f32)) -> Stroke {
    Stroke::Line { from, to, tone: Tone::Neutral, arrow: false }
}

/// Swatches with words, from the left.
pub(super) fn legend(words: &[(Tone, &str)], y: f32, strokes: &mut Vec<Stroke>) {
    let mut x = 0.0;
    for &(tone, word) in words {
        strokes.push(Stroke::Bar { tone, x, y: y + 1.5, width: 8.0, height: 7.0 });
        strokes.push(text(x + 12.0, y, 140.0, At::Left, word));
        x += 150.0;
    }
}

/// How high the columns of events may be.
const EVENTS_HEIGHT: f32 = 84.0;

/// When the events were, by what they are about. None when there are none: that is a sentence and no drawing.
pub(super) fn events(chart: &EventChart) -> Option<Block> {
    let (first, last) = (chart.bars.first()?, chart.bars.last()?);
    if chart.most == 0 {
        return None;
    }
    let (left, top, bottom) = (34.0, 18.0, 18.0 + EVENTS_HEIGHT);
    let width = style::CONTENT_WIDTH - left;
    let mut strokes = Vec::new();
    let series = [(Tone::Partial, "life of keys"), (Tone::Caution, "access to keys"), (Tone::Neutral, "streams")];
    legend(&series, 0.0, &mut strokes);
    strokes.push(text(0.0, top - 4.0, left - 5.0, At::Right, chart.most.to_string()));
    strokes.push(text(0.0, bottom - 8.0, left - 5.0, At::Right, "0"));
    strokes.push(line((left, bottom), (style::CONTENT_WIDTH, bottom)));
    strokes.push(line((left, top), (left, bottom)));
    for bar in &chart.bars {
        let mut y = bottom;
        let parts = [bar.lifecycle_height, bar.access_height, bar.stream_height];
        for ((tone, _), height) in series.iter().zip(parts) {
            let height = part(height, EVENTS_HEIGHT);
            if height > 0.0 {
                y -= height;
                let (x, width) = (left + part(bar.x, width), (part(bar.width, width) - 1.2).max(1.0));
                strokes.push(Stroke::Bar { tone: *tone, x, y, width, height });
            }
        }
    }
    strokes.push(text(left, bottom + 3.0, 100.0, At::Left, first.from.as_str()));
    strokes.push(text(style::CONTENT_WIDTH - 100.0, bottom + 3.0, 100.0, At::Right, last.to.as_str()));
    let counts: Vec<String> = (chart.bars.iter())
        .filter(|bar| bar.lifecycle + bar.access + bar.stream > 0)
        .map(|bar| {
            format!(
                "{} to {}: {} of keys, {} of access, {} of streams",
                bar.from, bar.to, bar.lifecycle, bar.access, bar.stream
            )
        })
        .collect();
    let unfinished = if chart.complete { "" } else { " Not every query came to its end: columns may be too low." };
    let alt =
        format!("Column chart of events, {} days a column. {}.{unfinished}", chart.days_per_bar, counts.join("; "));
    Some(Block::Figure(Figure { alt, height: bottom + 16.0, strokes }))
}

/// From one key of the timeline to the next.
const KEY_ROW: f32 = 13.0;
/// The room for a key's name.
const KEY_NAME: f32 = 128.0;

/// When keys were made and rotated, and will be. None when no key's life is known.
#[expect(clippy::cast_precision_loss, reason = "at most thirty lines")]
pub(super) fn timeline(timeline: &Timeline) -> Option<Block> {
    if timeline.lines.is_empty() {
        return None;
    }
    let (left, top) = (KEY_NAME + 8.0, 26.0);
    let width = style::CONTENT_WIDTH - left;
    let bottom = top + KEY_ROW * timeline.lines.len() as f32;
    let now = left + part(timeline.now, width);
    let mut strokes = Vec::new();
    let marks = "thick bar: rotated; thin bar: made; empty box: next rotation; diamond: to be deleted";
    strokes.push(text(0.0, 0.0, style::CONTENT_WIDTH, At::Left, marks));
    strokes.push(text(left, 12.0, 80.0, At::Left, timeline.from.as_str()));
    strokes.push(text((now - 100.0).max(left + 60.0), 12.0, 97.0, At::Right, "collection"));
    strokes.push(text(style::CONTENT_WIDTH - 60.0, bottom + 2.0, 60.0, At::Right, timeline.to.as_str()));
    strokes.push(line((now, top - 4.0), (now, bottom)));
    for (at, row) in timeline.lines.iter().enumerate() {
        life(row, left, width, timeline.now, top + KEY_ROW * at as f32, &mut strokes);
    }
    let lives: Vec<String> = timeline.lines.iter().map(|row| format!("{}: {}", row.name, row.text)).collect();
    let alt = format!(
        "Timeline of {} of {} keys, from {} to {}. {}.",
        timeline.lines.len(),
        timeline.of,
        timeline.from,
        timeline.to,
        lives.join("; ")
    );
    Some(Block::Figure(Figure { alt, height: bottom + 14.0, strokes }))
}

fn life(row: &TimelineRow, left: f32, width: f32, now: i64, y: f32, strokes: &mut Vec<Stroke>) {
    let x = |at: i64| left + part(at, width);
    let middle = y + KEY_ROW / 2.0;
    strokes.push(text(0.0, y + 1.5, KEY_NAME, At::Left, row.name.as_str()));
    strokes.push(line((x(row.begins), middle), (x(now).max(x(row.begins) + 1.0), middle)));
    if row.made_here {
        strokes.push(Stroke::Bar { tone: Tone::Neutral, x: x(row.begins), y: middle - 3.5, width: 1.2, height: 7.0 });
    }
    for at in &row.rotated {
        strokes.push(Stroke::Bar { tone: Tone::Good, x: x(*at) - 1.6, y: middle - 4.0, width: 3.2, height: 8.0 });
    }
    if let Some(at) = row.next {
        let x = (x(at) - 3.0).min(style::CONTENT_WIDTH - 6.0);
        strokes.push(Stroke::Frame { x, y: middle - 3.0, width: 6.0, height: 6.0, tone: Tone::Partial });
    }
    if let Some(at) = row.deleted {
        strokes.push(Stroke::Sign { tone: Tone::Bad, x: x(at).min(style::CONTENT_WIDTH - 4.0), y: middle });
    }
}

/// How high the flow is, its headings apart.
const FLOW_HEIGHT: f32 = 290.0;
/// How wide its nodes are.
const NODE: f32 = 7.0;
/// The room for the words of the last column: nothing is drawn to the right of it, so they lie over no band.
const FLOW_END: f32 = 104.0;

/// From where the streams' records come, how and by whose key they are encrypted, and where they go.
#[expect(clippy::cast_precision_loss, reason = "four columns")]
pub(super) fn flow(flow: &Flow) -> Option<Block> {
    if flow.nodes.is_empty() {
        return None;
    }
    let top = 16.0;
    let columns = flow.columns.len();
    let last = columns.saturating_sub(1).max(1);
    let between = (style::CONTENT_WIDTH - NODE - FLOW_END) / last as f32;
    let x = |column: usize| between * column as f32;
    let room = |column: usize| if column == last { FLOW_END - 4.0 } else { between - NODE - 10.0 };
    let mut strokes = Vec::new();
    for ribbon in &flow.ribbons {
        let height = part(ribbon.height, FLOW_HEIGHT).max(0.6);
        let from = (x(ribbon.column) + NODE, top + part(ribbon.left, FLOW_HEIGHT));
        let to = (x(ribbon.column + 1), top + part(ribbon.right, FLOW_HEIGHT));
        strokes.push(Stroke::Band { from, to, height, tone: tone(ribbon.tone) });
    }
    for (column, heading) in flow.columns.iter().enumerate() {
        let (x, width) = (x(column), room(column) + NODE + 4.0);
        strokes.push(Stroke::Text { x, y: 0.0, width, at: At::Left, strong: true, text: (*heading).to_owned() });
    }
    for node in &flow.nodes {
        let (y, height) = (top + part(node.y, FLOW_HEIGHT), part(node.height, FLOW_HEIGHT).max(1.0));
        strokes.push(Stroke::Bar { tone: tone(node.tone), x: x(node.column), y, width: NODE, height });
        let (left, words) = (x(node.column) + NODE + 4.0, format!("{} ({})", node.label, node.count));
        strokes.push(text(left, y + height / 2.0 - 5.0, room(node.column), At::Left, words));
    }
    let of = |column: usize| {
        let nodes = flow.nodes.iter().filter(|node| node.column == column);
        nodes.map(|FlowNode { label, count, .. }| format!("{label} {count}")).collect::<Vec<_>>().join(", ")
    };
    let said: Vec<String> =
        flow.columns.iter().enumerate().map(|(column, heading)| format!("{heading}: {}", of(column))).collect();
    let alt = format!("Diagram of the flow of streams through four columns. {}.", said.join(". "));
    Some(Block::Figure(Figure { alt, height: top + FLOW_HEIGHT + 8.0, strokes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_last_column_lie_over_no_band_and_within_the_page() {
        for sample in crate::render::samples::all() {
            let Some(Block::Figure(figure)) = flow(&sample.report.flow) else { continue };
            let bands =
                figure.strokes.iter().filter_map(|s| if let Stroke::Band { to, .. } = s { Some(to.0) } else { None });
            let end = bands.fold(0.0, f32::max);
            let last = figure.strokes.iter().filter_map(|s| match s {
                Stroke::Text { x, y, width, .. } if *x >= end && *y > 0.0 => Some(x + width),
                _ => None,
            });
            let column = sample.report.flow.columns.len() - 1;
            let nodes = sample.report.flow.nodes.iter().filter(|n| n.column == column).count();
            let ends: Vec<f32> = last.collect();
            assert_eq!(ends.len(), nodes, "each stands to the right of every band");
            assert!(ends.iter().all(|end| *end <= style::CONTENT_WIDTH), "{ends:?}");
        }
    }
}
