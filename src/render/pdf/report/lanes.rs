//! The period as a drawing: each lane a bar from its beginning to its end, cut where the state changed.

use super::super::document::{At, Block, Figure, Stroke, Tone};
use super::super::style;
use super::charts::{legend, line, part, text};
use crate::render::view::{LaneRow, Report};

/// From one lane to the next.
const ROW: f32 = 15.0;
/// The room for the name of a lane.
const NAME: f32 = 158.0;
/// So many lanes are one drawing, which no page cuts.
const LANES: usize = 30;

fn tone(word: &str) -> Tone {
    match word {
        "good" => Tone::Good,
        "bad" => Tone::Bad,
        "neutral" => Tone::Neutral,
        _ => Tone::Unknown,
    }
}

/// The lanes that the HTML report draws too; none, where there is none.
pub(super) fn all(report: &Report) -> Vec<Block> {
    let drawn: Vec<LaneRow> = report.period.lanes.drawn().collect();
    drawn.chunks(LANES).map(|lanes| Block::Figure(figure(report, lanes))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "at most thirty lanes")]
fn figure(report: &Report, lanes: &[LaneRow]) -> Figure {
    let (left, top) = (NAME + 8.0, 28.0);
    let width = style::CONTENT_WIDTH - left;
    let bottom = top + ROW * lanes.len() as f32;
    let mut strokes = Vec::new();
    let words = [(Tone::Good, "as it should be"), (Tone::Bad, "not as it should be"), (Tone::Unknown, "not known")];
    legend(&words, 0.0, &mut strokes);
    strokes.push(text(0.0, 14.0, NAME, At::Left, "grey: not there; line: an event"));
    strokes.push(text(left, 14.0, 120.0, At::Left, report.period.from.as_str()));
    strokes.push(text(style::CONTENT_WIDTH - 120.0, 14.0, 120.0, At::Right, report.period.to.as_str()));
    for (at, lane) in lanes.iter().enumerate() {
        let y = top + ROW * at as f32;
        strokes.push(text(0.0, y, NAME, At::Left, format!("{}, {}", lane.name, lane.topic)));
        for bar in &lane.bars {
            let (x, width) = (left + part(bar.x, width), part(bar.width, width).max(1.0));
            strokes.push(Stroke::Bar { tone: tone(bar.tone), x, y: y + 1.0, width, height: ROW - 6.0 });
        }
        for tick in &lane.ticks {
            let x = left + part(tick.x, width);
            strokes.push(line((x, y - 1.0), (x, y + ROW - 3.0)));
        }
    }
    let told = lanes.iter().map(|lane| {
        let states: Vec<&str> = lane.bars.iter().map(|bar| bar.title.as_str()).collect();
        format!("{} {}, {}: {}", lane.kind, lane.name, lane.topic, states.join(", then "))
    });
    let alt = format!(
        "Timeline from {} to {}. {}. The table below has the same, with the events.",
        report.period.from,
        report.period.to,
        told.collect::<Vec<_>>().join("; ")
    );
    Figure { alt, height: bottom + 4.0, strokes }
}
