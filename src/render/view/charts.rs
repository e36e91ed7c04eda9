//! The numbers behind the charts, for all formats alike. Positions are whole thousandths of a chart's width or height,
//! so that every format draws the same and no fraction is printed in two ways.

use super::index::Index;
use super::keys::short_key;
use super::streams::StreamRow;
use crate::model::event::{EventGroup, NAMES};
use crate::model::time::day;
use crate::model::{Key, Snapshot, Text, Time};
use chrono::TimeDelta;
use serde::Serialize;
use std::collections::BTreeMap;

/// A chart is so wide and so high.
pub const FULL: i64 = 1000;
/// More bars than this are thinner than their gaps.
const BARS: i64 = 30;
/// More lines than this are a table.
const LINES: usize = 30;
/// A timeline shows so many days back.
const TIMELINE_DAYS: i64 = 3 * 365;
/// Space between two nodes of a flow.
const GAP: i64 = 36;
/// Labels of one column beyond these are drawn as one.
const NODES: usize = 9;

/// Events over the window.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventChart {
    /// How many days each bar stands for.
    pub days_per_bar: i64,
    /// The highest bar.
    pub most: usize,
    /// The bars, oldest first; days without an event have one too.
    pub bars: Vec<EventBar>,
    /// Whether every query came to its end. If not, bars may be too low.
    pub complete: bool,
}

/// Some days.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventBar {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The left edge.
    pub x: i64,
    /// The width.
    pub width: i64,
    /// Events of the life of keys, and their height.
    pub lifecycle: usize,
    /// Height.
    pub lifecycle_height: i64,
    /// Events of who may use keys.
    pub access: usize,
    /// Height.
    pub access_height: i64,
    /// Events of streams and trails.
    pub stream: usize,
    /// Height.
    pub stream_height: i64,
}

/// When keys were made and rotated, and will be.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Where the day of the collection is.
    pub now: i64,
    /// The keys, those that most streams use first.
    pub lines: Vec<TimelineRow>,
    /// How many keys there are, shown or not.
    pub of: usize,
}

/// One key of a timeline.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineRow {
    /// The key's row.
    pub anchor: Text,
    /// An alias, or the key's id.
    pub name: String,
    /// Where its line begins: the day on which it was made, or the left edge where that is longer ago.
    pub begins: i64,
    /// Whether that day is to be seen.
    pub made_here: bool,
    /// Where it was rotated.
    pub rotated: Vec<i64>,
    /// Where it will be rotated next, as AWS says.
    pub next: Option<i64>,
    /// Where it will be deleted.
    pub deleted: Option<i64>,
    /// All that in a sentence.
    pub text: String,
}

/// Where records come from, how they are encrypted and by whose key, and where they go.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flow {
    /// The columns' headings.
    pub columns: Vec<&'static str>,
    /// The nodes, by column and from the top.
    pub nodes: Vec<FlowNode>,
    /// What flows between the nodes of neighbouring columns.
    pub ribbons: Vec<FlowRibbon>,
}

/// Streams that are alike in one thing.
#[derive(Clone, Debug, Serialize)]
pub struct FlowNode {
    /// From 0.
    pub column: usize,
    /// What they have in common.
    pub label: String,
    /// How many.
    pub count: usize,
    /// The upper edge.
    pub y: i64,
    /// The height.
    pub height: i64,
    /// A stable name for colours and patterns.
    pub tone: &'static str,
}

/// Streams that belong to two neighbouring nodes.
#[derive(Clone, Debug, Serialize)]
pub struct FlowRibbon {
    /// The column on the left.
    pub column: usize,
    /// The upper edge on the left.
    pub left: i64,
    /// The upper edge on the right.
    pub right: i64,
    /// The height.
    pub height: i64,
    /// How many streams.
    pub count: usize,
    /// From what.
    pub from: String,
    /// To what.
    pub to: String,
    /// The tone of the node that says how they are protected.
    pub tone: &'static str,
}

pub(super) fn event_chart(snapshot: &Snapshot) -> EventChart {
    let window = snapshot.run.window;
    let first = window.from.date_naive();
    let days = (window.to.date_naive() - first).num_days() + 1;
    if days < 1 {
        return EventChart::default();
    }
    let per_bar = (days + BARS - 1) / BARS;
    let count = (days + per_bar - 1) / per_bar;
    let edge = |bar: i64| bar * FULL / count;
    let mut bars: Vec<EventBar> = (0..count)
        .map(|bar| EventBar {
            from: (first + TimeDelta::days(bar * per_bar)).to_string(),
            to: (first + TimeDelta::days(((bar + 1) * per_bar).min(days) - 1)).to_string(),
            x: edge(bar),
            width: edge(bar + 1) - edge(bar),
            ..EventBar::default()
        })
        .collect();
    let queries = || snapshot.places.iter().flat_map(|p| &p.events);
    for query in queries() {
        let group = NAMES.iter().find(|(name, _)| *name == query.name).map(|(_, group)| *group);
        for event in query.events.as_ref().map_or(query.partial.as_slice(), |e| e.value.as_slice()) {
            let bar = (event.time.date_naive() - first).num_days().div_euclid(per_bar);
            let Some(bar) = usize::try_from(bar).ok().and_then(|bar| bars.get_mut(bar)) else { continue };
            match group {
                Some(EventGroup::KeyAccess) => bar.access += 1,
                Some(EventGroup::Stream | EventGroup::Trail) => bar.stream += 1,
                Some(EventGroup::KeyLifecycle) | None => bar.lifecycle += 1,
            }
        }
    }
    let most = bars.iter().map(|b| b.lifecycle + b.access + b.stream).max().unwrap_or(0);
    for bar in &mut bars {
        bar.lifecycle_height = share(bar.lifecycle, most);
        bar.access_height = share(bar.access, most);
        bar.stream_height = share(bar.stream, most);
    }
    EventChart { days_per_bar: per_bar, most, bars, complete: queries().all(|q| q.events.is_ok()) }
}

fn share(count: usize, of: usize) -> i64 {
    let thousandths = count.saturating_mul(1000).checked_div(of).unwrap_or(0);
    i64::try_from(thousandths).unwrap_or(FULL)
}

pub(super) fn timeline(snapshot: &Snapshot, index: &Index<'_>) -> Timeline {
    let now = snapshot.run.ended;
    let mut keys: Vec<(usize, &Key)> =
        snapshot.keys().filter(|k| created(k).is_some()).map(|k| (index.users(k), k)).collect();
    keys.sort_by_key(|(users, _)| std::cmp::Reverse(*users));
    let of = snapshot.keys().count();
    keys.truncate(LINES);
    let earliest = keys.iter().filter_map(|(_, k)| created(k)).min().unwrap_or(now);
    let from = earliest.max(now - TimeDelta::days(TIMELINE_DAYS)).min(now);
    let ahead = keys.iter().flat_map(|(_, k)| [next(k), deletion(k)]).flatten().max().unwrap_or(now).max(now);
    let span = (ahead - from).num_days().max(1);
    let at = |time: Time| ((time - from).num_days() * FULL / span).clamp(0, FULL);
    let lines = keys.iter().map(|(_, key)| line(key, index, from, &at)).collect();
    Timeline { from: day(from), to: day(ahead), now: at(now), lines, of }
}

fn line(key: &Key, index: &Index<'_>, from: Time, at: &dyn Fn(Time) -> i64) -> TimelineRow {
    let made = created(key).unwrap_or(from);
    let rotations: &[_] = key.rotations.as_ref().map_or(&[], |r| r.value.as_slice());
    let rotated: Vec<Time> = rotations.iter().map(|r| r.date).collect();
    let mut text = format!("made {}", day(made));
    match rotated.last() {
        Some(last) => text.push_str(&format!(", rotated {} times, last {}", rotated.len(), day(*last))),
        None if key.rotations.is_err() => text.push_str(", rotations not known or not applicable"),
        None => text.push_str(", not rotated yet"),
    }
    if let Some(next) = next(key) {
        text.push_str(&format!(", next rotation {}", day(next)));
    }
    if let Some(deletion) = deletion(key) {
        text.push_str(&format!(", to be deleted {}", day(deletion)));
    }
    TimelineRow {
        anchor: index.anchor(key.region.as_str(), &key.arn),
        name: short_key(key),
        begins: at(made),
        made_here: made >= from,
        rotated: rotated.into_iter().filter(|t| *t >= from).map(at).collect(),
        next: next(key).map(at),
        deleted: deletion(key).map(at),
        text,
    }
}

fn created(key: &Key) -> Option<Time> {
    Some(key.facts.as_ref().ok()?.value.created.as_ref().ok()?.value)
}

fn next(key: &Key) -> Option<Time> {
    key.rotation.as_ref().ok()?.value.next
}

fn deletion(key: &Key) -> Option<Time> {
    key.facts.as_ref().ok()?.value.deletion
}

/// The columns of the flow, with the tone of each label where it has one.
const COLUMNS: [&str; 4] = ["Source", "Encryption at rest in the stream", "Key", "Destination"];

pub(super) fn flow(streams: &[StreamRow]) -> Flow {
    let labels = |s: &StreamRow| {
        let to = if s.destinations.is_empty() { "none".to_owned() } else { s.destinations.clone() };
        [s.source.clone(), s.sse.clone(), s.key_class.to_owned(), to]
    };
    let mut rows: Vec<([String; 4], &'static str)> =
        streams.iter().map(|s| (labels(s), super::classes::tone(s.key_class))).collect();
    let total = i64::try_from(rows.len()).unwrap_or(FULL).max(1);
    for column in 0..COLUMNS.len() {
        let order = by_count(&rows, column);
        let rare: Vec<String> = order.into_iter().skip(NODES).map(|(label, _)| label).collect();
        for (labels, _) in rows.iter_mut().filter(|(labels, _)| rare.contains(&labels[column])) {
            "others".clone_into(&mut labels[column]);
        }
    }
    let mut nodes = Vec::new();
    for column in 0..COLUMNS.len() {
        let order = by_count(&rows, column);
        let room = FULL - GAP * (i64::try_from(order.len()).unwrap_or(0) - 1).max(0);
        let mut y = 0;
        for (label, count) in order {
            let height = (i64::try_from(count).unwrap_or(total) * room / total).max(2);
            let tone = if column == 2 { super::classes::tone(&label) } else { "plain" };
            nodes.push(FlowNode { column, label, count, y, height, tone });
            y += height + GAP;
        }
    }
    let ribbons = (0..COLUMNS.len() - 1).flat_map(|column| ribbons(column, &rows, &nodes)).collect();
    Flow { columns: COLUMNS.to_vec(), nodes, ribbons }
}

/// The labels of a column with how many streams have each, most first.
fn by_count(rows: &[([String; 4], &'static str)], column: usize) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (labels, _) in rows {
        *counts.entry(&labels[column]).or_default() += 1;
    }
    let mut order: Vec<(String, usize)> = counts.into_iter().map(|(l, c)| (l.to_owned(), c)).collect();
    order.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    order
}

fn ribbons(column: usize, rows: &[([String; 4], &'static str)], nodes: &[FlowNode]) -> Vec<FlowRibbon> {
    let place = |column: usize, label: &str| nodes.iter().position(|n| n.column == column && n.label == label);
    // By the places of both ends, so that ribbons do not cross more than they must.
    let mut flows: BTreeMap<(usize, usize, &'static str), usize> = BTreeMap::new();
    for (labels, tone) in rows {
        let ends = (place(column, &labels[column]), place(column + 1, &labels[column + 1]));
        if let (Some(left), Some(right)) = ends {
            *flows.entry((left, right, tone)).or_default() += 1;
        }
    }
    let mut used: Vec<(usize, usize)> = vec![(0, 0); nodes.len()];
    let part = |node: &FlowNode, count: usize| {
        let count = i64::try_from(count).unwrap_or(0);
        count * node.height / i64::try_from(node.count).unwrap_or(1).max(1)
    };
    let mut ribbons = Vec::new();
    for ((left, right, tone), count) in flows {
        let (from, to) = (&nodes[left], &nodes[right]);
        ribbons.push(FlowRibbon {
            column,
            left: from.y + part(from, used[left].1),
            right: to.y + part(to, used[right].0),
            height: part(from, count).max(1),
            count,
            from: from.label.clone(),
            to: to.label.clone(),
            tone,
        });
        used[left].1 += count;
        used[right].0 += count;
    }
    ribbons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn every_event_of_the_window_is_in_a_bar() {
        for sample in samples::all() {
            let chart = &sample.report.event_chart;
            let drawn: usize = chart.bars.iter().map(|b| b.lifecycle + b.access + b.stream).sum();
            assert_eq!(drawn, sample.report.events.len(), "{}", sample.name);
            assert_eq!(chart.bars.last().map(|b| b.x + b.width), Some(FULL));
        }
    }

    #[test]
    fn each_column_of_the_flow_has_every_stream_once_and_ribbons_fill_their_nodes() {
        for sample in samples::all() {
            let flow = &sample.report.flow;
            for column in 0..COLUMNS.len() {
                let here = flow.nodes.iter().filter(|n| n.column == column);
                assert_eq!(here.map(|n| n.count).sum::<usize>(), sample.report.streams.len(), "{}", sample.name);
            }
            for column in 0..COLUMNS.len() - 1 {
                let here = flow.ribbons.iter().filter(|r| r.column == column);
                assert_eq!(here.map(|r| r.count).sum::<usize>(), sample.report.streams.len());
            }
            for node in &flow.nodes {
                assert!(node.y >= 0 && node.height > 0, "{node:?}");
            }
        }
    }

    #[test]
    fn nothing_on_the_timeline_is_outside_of_it() {
        for sample in samples::all() {
            for line in &sample.report.timeline.lines {
                let all = line.rotated.iter().chain(line.next.iter()).chain(line.deleted.iter());
                assert!(all.chain([&line.begins]).all(|x| (0..=FULL).contains(x)), "{line:?}");
            }
        }
    }
}
