//! Charts: shapes for the eye, with the numbers beside them in words.

use super::super::document::{At, Bar, Block, Chart, Figure, Stroke, Tone};
use super::super::style;
use crate::render::view::{CheckRow, EventRow, Report};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What the shares of the key classes are drawn as.
fn tone(word: &str) -> Tone {
    match word {
        "good" => Tone::Good,
        "weak" => Tone::Caution,
        "bad" => Tone::Bad,
        "none" => Tone::Neutral,
        _ => Tone::Unknown,
    }
}

/// How many streams have a key of each class.
pub(super) fn key_classes(report: &Report) -> Block {
    let bars = report.key_classes.iter().map(|share| Bar {
        label: share.label.to_owned(),
        parts: vec![(tone(share.tone), share.count as u64)],
        of: share.of as u64,
        note: format!("{} of {}", share.count, share.of),
    });
    Block::Chart(Chart { legend: Vec::new(), bars: bars.collect() })
}

/// What each check says of how many.
pub(super) fn checks<'a>(checks: impl IntoIterator<Item = &'a CheckRow>) -> Block {
    let bars = checks.into_iter().map(|c| {
        let parts =
            [(Tone::Bad, c.fail), (Tone::Unknown, c.unknown), (Tone::Good, c.pass), (Tone::Neutral, c.not_applicable)];
        Bar {
            label: c.page.id.to_owned(),
            parts: parts.iter().map(|&(tone, count)| (tone, count as u64)).collect(),
            of: parts.iter().map(|&(_, count)| count as u64).sum(),
            note: format!("{} fail, {} unknown, {} pass", c.fail, c.unknown, c.pass),
        }
    });
    let legend =
        [(Tone::Bad, "fail"), (Tone::Unknown, "unknown"), (Tone::Good, "pass"), (Tone::Neutral, "not applicable")];
    let legend = legend.iter().map(|&(tone, word)| (tone, word.to_owned())).collect();
    Block::Chart(Chart { legend, bars: bars.collect() })
}

/// The most columns that can be told apart.
const COLUMNS: u16 = 92;
/// How high the columns of events may be.
const HEIGHT: f32 = 84.0;

/// When the events were, day by day or week by week. None when there are none: that is a sentence and no drawing.
#[expect(clippy::cast_precision_loss, reason = "lengths on paper")]
pub(super) fn events(events: &[EventRow]) -> Option<Block> {
    let day = |event: &EventRow| NaiveDate::parse_from_str(event.time.get(..10)?, "%Y-%m-%d").ok();
    let mut days: BTreeMap<NaiveDate, u32> = BTreeMap::new();
    for event in events {
        *days.entry(day(event)?).or_default() += 1;
    }
    let (first, last) = (*days.keys().next()?, *days.keys().next_back()?);
    let span = u16::try_from((last - first).num_days() + 1).ok()?;
    let (step, unit) = if span > COLUMNS { (span.div_ceil(COLUMNS), "part of the time") } else { (1, "day") };
    let columns = span.div_ceil(step);
    let mut counts = vec![0_u32; usize::from(columns)];
    for (day, count) in &days {
        let at = usize::try_from((*day - first).num_days()).ok()? / usize::from(step);
        *counts.get_mut(at)? += count;
    }
    let most = counts.iter().copied().max()?.max(1);
    let left = 34.0;
    let width = (style::CONTENT_WIDTH - left) / f32::from(columns);
    let mut strokes = Vec::new();
    let text = |x, y, width, at, text: String| Stroke::Text { x, y, width, at, strong: false, text };
    strokes.push(text(0.0, 0.0, left - 5.0, At::Right, most.to_string()));
    strokes.push(text(0.0, HEIGHT - 6.0, left - 5.0, At::Right, "0".to_owned()));
    for (from, to) in
        [((left, HEIGHT + 2.0), (style::CONTENT_WIDTH, HEIGHT + 2.0)), ((left, 4.0), (left, HEIGHT + 2.0))]
    {
        strokes.push(Stroke::Line { from, to, tone: Tone::Neutral, arrow: false });
    }
    for (at, count) in (0_u16..).zip(&counts) {
        if *count > 0 {
            let height = ((HEIGHT - 4.0) * *count as f32 / most as f32).max(1.2);
            let (x, y) = (left + width * f32::from(at), HEIGHT + 2.0 - height);
            strokes.push(Stroke::Bar { tone: Tone::Partial, x, y, width: (width - 0.8).clamp(1.0, 26.0), height });
        }
    }
    strokes.push(text(left, HEIGHT + 5.0, 90.0, At::Left, first.to_string()));
    if last != first {
        strokes.push(text(style::CONTENT_WIDTH - 90.0, HEIGHT + 5.0, 90.0, At::Right, last.to_string()));
    }
    let alt = format!(
        "Column chart of {} events from {first} to {last}; at most {most} in one {unit}. The table below lists them.",
        events.len()
    );
    Some(Block::Figure(Figure { alt, height: HEIGHT + 18.0, strokes }))
}
