//! Key lineage, ready to print: which key protects the records of each stream, from their source to the last copy.
//!
//! Streams that are alike in every hop share a drawing. Where that would be too many drawings, streams share one whose
//! hops differ in nothing but names, and the rows below it say whose is what. Every stream has a row in any case.

use super::index::{Index, sign};
use crate::model::lineage::{Hop, HopKind, StreamLineage};
use crate::model::reading::Ev;
use crate::model::{Status, Text};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// More drawings than this are no help to anybody.
const DRAWINGS: usize = 40;
/// A drawing with more rows than this is no help either, and no page holds it.
const ROWS: usize = 10;
/// Different reasons of one hop beyond these are counted.
const REASONS: usize = 3;

/// The lineage of all streams.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LineageView {
    /// What the status of a place at rest answers.
    pub at_rest: &'static str,
    /// What the status of a way answers.
    pub in_transit: &'static str,
    /// What the hops of each kind come to.
    pub totals: Vec<HopTotal>,
    /// How many streams there are.
    pub streams: usize,
    /// How many groups of streams there are.
    pub groups_count: usize,
    /// How many of them are drawn.
    pub drawn: usize,
    /// Whether the streams of a group differ in nothing at all.
    pub exact: bool,
    /// Streams that are alike. Templates get them one by one.
    #[serde(skip)]
    pub groups: Vec<LineageGroup>,
}

/// What the hops of one kind come to.
#[derive(Clone, Debug, Serialize)]
pub struct HopTotal {
    /// The kind, in words.
    pub label: &'static str,
    /// How many fail.
    pub fail: usize,
    /// How many are not known.
    pub unknown: usize,
    /// How many pass.
    pub pass: usize,
    /// How many do not apply.
    pub not_applicable: usize,
}

/// Streams whose hops are alike.
#[derive(Clone, Debug, Serialize)]
pub struct LineageGroup {
    /// Its number, from 1.
    pub number: usize,
    /// The first of its streams, and how many others there are.
    pub title: String,
    /// Statuses that matter to whoever filters: `fail`, `unknown`, both, or `pass`.
    pub worst: String,
    /// The hops, in the order in which a record meets them.
    pub hops: Vec<HopRow>,
    /// Which hops differ between the streams, by index into `hops`.
    pub differing: Vec<usize>,
    /// How many streams there are.
    pub streams_count: usize,
    /// The streams. Templates get them page by page.
    #[serde(skip)]
    pub streams: Vec<LineageRow>,
    /// How it is drawn; `None` for a group that comes after too many others.
    pub drawing: Option<LineageDrawing>,
}

/// A hop of a group.
#[derive(Clone, Debug, Serialize)]
pub struct HopRow {
    /// The kind, in words.
    pub kind: &'static str,
    /// The kind of destination that it belongs to; may be empty.
    pub destination: &'static str,
    /// Which one; where the streams of the group differ, how many.
    pub subject: String,
    /// Its key, by alias or id; empty where there is none to name.
    pub key: String,
    /// Class of the key; may be empty.
    pub class: &'static str,
    /// The key's state; may be empty.
    pub state: &'static str,
    /// The status, as files have it.
    pub word: &'static str,
    /// The status, as people read it.
    pub label: &'static str,
    /// A shape for it.
    pub sign: &'static str,
    /// Why.
    pub reason: String,
    /// Where it was seen, for the first stream of the group.
    pub records: Vec<Ev>,
}

/// A stream of a group.
#[derive(Clone, Debug, Serialize)]
pub struct LineageRow {
    /// Where.
    pub account: Text,
    /// Where.
    pub region: Text,
    /// Its name.
    pub name: Text,
    /// The anchor of its row among the streams.
    pub anchor: Text,
    /// What it has at each of the differing hops: what, and by which key.
    pub has: Vec<(Text, Text)>,
}

/// How a group is drawn: boxes in a grid, and lines between them.
#[derive(Clone, Debug, Serialize)]
pub struct LineageDrawing {
    /// How many columns the grid has.
    pub columns: usize,
    /// How many rows.
    pub rows: usize,
    /// The boxes.
    pub nodes: Vec<LineageNode>,
    /// The lines.
    pub edges: Vec<LineageEdge>,
    /// All that in words.
    pub text: String,
}

/// A box: a place where records rest, or what is listed beside.
#[derive(Clone, Debug, Serialize)]
pub struct LineageNode {
    /// From 0.
    pub column: usize,
    /// From 0.
    pub row: usize,
    /// The hop, by index.
    pub hop: usize,
    /// What it is.
    pub heading: String,
    /// Which one, short.
    pub subject: String,
    /// The status in words, with class and state of the key.
    pub verdict: String,
    /// The key, short; may be empty.
    pub key: String,
    /// The status, as files have it.
    pub word: &'static str,
    /// A shape for it.
    pub sign: &'static str,
}

/// A line from one box to another.
#[derive(Clone, Debug, Serialize)]
pub struct LineageEdge {
    /// The place in the grid where it begins: column and row.
    pub from: (usize, usize),
    /// Where it ends.
    pub to: (usize, usize),
    /// What is known of the way; empty where nothing is asked of it.
    pub label: String,
    /// The status of the way; empty where nothing is asked.
    pub word: &'static str,
    /// A shape for it.
    pub sign: &'static str,
    /// Whether records go along it.
    pub flows: bool,
}

impl Index<'_> {
    /// The lineage of all streams, alike ones together.
    pub(super) fn lineage(&self) -> LineageView {
        let all = &self.input.lineage.streams;
        let mut groups = grouped(all, true);
        let exact = groups.len() <= DRAWINGS;
        if !exact {
            groups = grouped(all, false);
            // The drawings go to those that most streams have.
            groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        }
        let groups: Vec<LineageGroup> =
            (1..).zip(&groups).map(|(number, streams)| self.group(number, streams)).collect();
        LineageView {
            at_rest: self.input.lineage.at_rest,
            in_transit: self.input.lineage.in_transit,
            totals: totals(all),
            streams: all.len(),
            groups_count: groups.len(),
            drawn: groups.iter().filter(|g| g.drawing.is_some()).count(),
            exact,
            groups,
        }
    }

    fn group(&self, number: usize, streams: &[&StreamLineage]) -> LineageGroup {
        let hops: Vec<HopRow> = (0..streams[0].hops.len()).map(|i| hop_row(streams, i)).collect();
        let named = |stream: &StreamLineage, i: usize| {
            let hop = &stream.hops[i];
            (hop.subject.clone(), key_name(hop))
        };
        let same = |i: &usize| streams.iter().all(|s| named(s, *i) == named(streams[0], *i));
        // The stream's own box is its name, and each row begins with that.
        let own = |i: usize| streams[0].hops[i].kind == HopKind::Stream;
        let differing: Vec<usize> = (0..hops.len())
            .filter(
                |i| if own(*i) { streams.iter().any(|s| named(s, *i).1 != named(streams[0], *i).1) } else { !same(i) },
            )
            .collect();
        let rows: Vec<LineageRow> = streams
            .iter()
            .map(|stream| LineageRow {
                account: stream.account.text(),
                region: stream.region.text(),
                name: stream.stream.clone(),
                anchor: self.anchor(stream.region.as_str(), &stream.arn),
                has: differing
                    .iter()
                    .map(|i| {
                        let (subject, key) = named(stream, *i);
                        (if own(*i) { Text::default() } else { subject }, key)
                    })
                    .collect(),
            })
            .collect();
        let others = match streams.len() {
            1 => String::new(),
            2 => " and 1 other".to_owned(),
            n => format!(" and {} others", n - 1),
        };
        let title = format!("{}{others}", streams[0].stream);
        let open = ["fail", "unknown"].into_iter().filter(|word| hops.iter().any(|h| h.word == *word));
        let worst = open.collect::<Vec<_>>().join(" ");
        LineageGroup {
            number,
            worst: if worst.is_empty() { "pass".to_owned() } else { worst },
            drawing: (number <= DRAWINGS)
                .then(|| drawing(&title, &streams[0].hops, &hops))
                .filter(|drawing| drawing.rows <= ROWS),
            title,
            differing,
            streams_count: streams.len(),
            streams: rows,
            hops,
        }
    }
}

/// Streams that are alike, in the order of the first of each.
fn grouped(all: &[StreamLineage], exact: bool) -> Vec<Vec<&StreamLineage>> {
    let shape = |hop: &Hop| {
        let named = exact.then(|| {
            let own = hop.kind == HopKind::Stream;
            ((!own).then(|| hop.subject.clone()), hop.key.clone(), hop.reason.clone())
        });
        (hop.kind, hop.destination, hop.class, hop.state, hop.status, named)
    };
    let mut numbers: BTreeMap<Vec<_>, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&StreamLineage>> = Vec::new();
    for stream in all {
        let number = *numbers.entry(stream.hops.iter().map(shape).collect()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[number].push(stream);
    }
    groups
}

fn totals(all: &[StreamLineage]) -> Vec<HopTotal> {
    let mut of: BTreeMap<HopKind, HopTotal> = BTreeMap::new();
    for hop in all.iter().flat_map(|s| &s.hops) {
        let zero = HopTotal { label: hop.kind.word(), fail: 0, unknown: 0, pass: 0, not_applicable: 0 };
        let total = of.entry(hop.kind).or_insert(zero);
        *match hop.status {
            Status::Fail => &mut total.fail,
            Status::Unknown => &mut total.unknown,
            Status::Pass => &mut total.pass,
            Status::NotApplicable => &mut total.not_applicable,
        } += 1;
    }
    of.into_values().collect()
}

/// An alias, else the id at the end of the ARN.
fn key_name(hop: &Hop) -> Text {
    let name = hop.alias.as_deref().or(hop.key.as_deref()).unwrap_or_default();
    name.rsplit_once(":key/").map_or(name, |(_, id)| id).into()
}

/// The values that the streams of a group have at a hop, each once: the one, or how many.
fn one_of(values: BTreeSet<Text>, many: &str) -> String {
    if values.len() > 1 {
        return format!("{} {many}", values.len());
    }
    values.into_iter().next().unwrap_or_default().into()
}

fn hop_row(streams: &[&StreamLineage], i: usize) -> HopRow {
    let first = &streams[0].hops[i];
    let all = || streams.iter().map(|s| &s.hops[i]);
    let mut reasons: Vec<&str> = Vec::new();
    for hop in all() {
        if !reasons.contains(&hop.reason.as_str()) {
            reasons.push(&hop.reason);
        }
        if reasons.len() > REASONS {
            break;
        }
    }
    let more = reasons.len() > REASONS;
    let mut reason = reasons.into_iter().take(REASONS).collect::<Vec<_>>().join("; ");
    if more {
        reason.push_str("; and others, each in data/tables/lineage.csv");
    }
    let own = first.kind == HopKind::Stream && streams.len() > 1;
    HopRow {
        kind: first.kind.word(),
        destination: first.destination.unwrap_or_default(),
        subject: if own {
            format!("{} streams", streams.len())
        } else {
            one_of(all().map(|h| h.subject.clone()).collect(), "different ones")
        },
        key: one_of(all().map(key_name).collect(), "different keys"),
        class: first.class.unwrap_or_default(),
        state: first.state.unwrap_or_default(),
        word: first.status.word(),
        label: super::label(first.status),
        sign: sign(first.status),
        reason,
        records: first.evidence.iter().map(|c| c.ev).collect::<BTreeSet<_>>().into_iter().collect(),
    }
}

/// In which column of a full grid a hop stands; a way is no box.
fn phase(kind: HopKind) -> Option<usize> {
    Some(match kind {
        HopKind::SourceTransit | HopKind::Transit => return None,
        HopKind::Source => 0,
        HopKind::Stream => 1,
        HopKind::Processing | HopKind::Schema | HopKind::Secret => 2,
        HopKind::Intermediate => 3,
        HopKind::Delivery | HopKind::Store | HopKind::Backup | HopKind::ErrorLog => 4,
    })
}

/// Where each hop stands: from left to right as records go, with copies and logs below everything else.
fn drawing(title: &str, hops: &[Hop], rows: &[HopRow]) -> LineageDrawing {
    let used: BTreeSet<usize> = hops.iter().filter_map(|h| phase(h.kind)).collect();
    let column = |phase: usize| used.iter().filter(|p| **p < phase).count();
    let below = |kind| matches!(kind, HopKind::Backup | HopKind::ErrorLog);
    let mut filled: BTreeMap<usize, usize> = BTreeMap::new();
    let mut nodes: Vec<LineageNode> = Vec::new();
    for copies in [false, true] {
        if copies {
            let depth = filled.values().copied().max().unwrap_or(0);
            filled.insert(column(4), depth);
        }
        for (i, hop) in hops.iter().enumerate().filter(|(_, h)| below(h.kind) == copies) {
            let Some(phase) = phase(hop.kind) else { continue };
            let row = filled.entry(column(phase)).or_default();
            nodes.push(node(i, column(phase), *row, &rows[i]));
            *row += 1;
        }
    }
    nodes.sort_by_key(|n| n.hop);
    let edges = edges(hops, rows, &nodes);
    let said: Vec<String> = rows.iter().map(spoken).collect();
    LineageDrawing {
        columns: used.len(),
        rows: filled.values().copied().max().unwrap_or(0),
        nodes,
        edges,
        text: format!("Key lineage of {title}. {}.", said.join(". ")),
    }
}

/// A hop in a sentence.
fn spoken(row: &HopRow) -> String {
    let key = if row.key.is_empty() { String::new() } else { format!(", key {}", row.key) };
    format!("{}: {}{key}: {}, {}", row.kind, row.subject, row.label, row.reason)
}

/// What is left of an ARN when what all share is taken away: `stream/orders` of a data stream's.
fn short(subject: &str) -> String {
    let resource = subject.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4));
    let resource = resource.unwrap_or(subject);
    resource.strip_prefix("deliverystream/").unwrap_or(resource).to_owned()
}

fn node(hop: usize, column: usize, row: usize, of: &HopRow) -> LineageNode {
    // A box is narrow, and a key is enabled unless something is said of it.
    let words = [of.label, of.class, if of.state == "Enabled" { "" } else { of.state }];
    let verdict: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
    LineageNode {
        column,
        row,
        hop,
        heading: if of.destination.is_empty() {
            of.kind.to_owned()
        } else {
            format!("{}: {}", of.kind, of.destination)
        },
        subject: short(&of.subject),
        verdict: verdict.join(", "),
        key: of.key.clone(),
        word: of.word,
        sign: of.sign,
    }
}

fn edges(hops: &[Hop], rows: &[HopRow], nodes: &[LineageNode]) -> Vec<LineageEdge> {
    let of = |kinds: &[HopKind]| -> Vec<&LineageNode> {
        nodes.iter().filter(|n| kinds.contains(&hops[n.hop].kind)).collect()
    };
    let way = |kind| hops.iter().position(|h| h.kind == kind).map(|i| &rows[i]);
    let mut edges = Vec::new();
    let mut draw = |from: &LineageNode, to: &LineageNode, way: Option<&HopRow>, flows| {
        edges.push(LineageEdge {
            from: (from.column, from.row),
            to: (to.column, to.row),
            label: way.map(|w| w.label.to_owned()).unwrap_or_default(),
            word: way.map_or("", |w| w.word),
            sign: way.map_or("", |w| w.sign),
            flows,
        });
    };
    let stream = of(&[HopKind::Stream]);
    let Some(stream) = stream.first() else { return edges };
    for source in of(&[HopKind::Source]) {
        draw(source, stream, way(HopKind::SourceTransit), true);
    }
    let seen = of(&[HopKind::Processing]);
    for function in &seen {
        draw(stream, function, None, true);
    }
    for beside in of(&[HopKind::Schema, HopKind::Secret]) {
        draw(stream, beside, None, false);
    }
    let before = seen.first().copied().unwrap_or(stream);
    let between = of(&[HopKind::Intermediate]);
    for store in &between {
        draw(before, store, None, true);
    }
    let before = between.first().copied().unwrap_or(before);
    for to in of(&[HopKind::Delivery, HopKind::Store]) {
        // The way that was asked about is the one to what is not S3.
        let asked = if hops[to.hop].kind == HopKind::Store { way(HopKind::Transit) } else { None };
        draw(before, to, asked, true);
    }
    for copy in of(&[HopKind::Backup, HopKind::ErrorLog]) {
        draw(stream, copy, None, true);
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn every_stream_of_a_sample_has_one_row_and_each_group_a_drawing_of_all_its_places() {
        for sample in samples::all() {
            let view = &sample.report.lineage;
            let rows: usize = view.groups.iter().map(|g| g.streams.len()).sum();
            assert_eq!((rows, view.streams), (sample.report.streams.len(), rows), "{}", sample.name);
            for group in &view.groups {
                let Some(drawing) = &group.drawing else { continue };
                let places: BTreeSet<(usize, usize)> = drawing.nodes.iter().map(|n| (n.column, n.row)).collect();
                assert_eq!(places.len(), drawing.nodes.len(), "no two boxes at one place: {}", group.title);
                let ways = group.hops.iter().filter(|h| h.kind.starts_with("way ")).count();
                assert_eq!(drawing.nodes.len() + ways, group.hops.len(), "{}", group.title);
                assert!(drawing.nodes.iter().all(|n| n.column < drawing.columns && n.row < drawing.rows));
                assert!(drawing.edges.iter().all(|e| places.contains(&e.from) && places.contains(&e.to)));
            }
        }
    }

    #[test]
    fn no_hop_is_without_a_reason() {
        for group in samples::all().iter().flat_map(|s| &s.report.lineage.groups) {
            assert!(group.hops.iter().all(|h| !h.reason.is_empty() && !h.label.is_empty()), "{}", group.title);
        }
    }

    fn hop(kind: HopKind, subject: &str) -> Hop {
        Hop {
            kind,
            subject: subject.into(),
            destination: None,
            key: None,
            alias: None,
            class: None,
            state: None,
            status: Status::Unknown,
            reason: format!("nobody told of {subject}").into(),
            evidence: Box::default(),
        }
    }

    fn stream(name: &str, hops: Vec<Hop>) -> StreamLineage {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        StreamLineage { account, region, stream: name.into(), arn: format!("arn:{name}").into(), hops }
    }

    #[test]
    fn streams_that_differ_in_a_name_are_one_group_only_where_names_do_not_count() {
        let to = |name: &str, bucket: &str| {
            stream(name, vec![hop(HopKind::Stream, name), hop(HopKind::Delivery, bucket), hop(HopKind::Backup, "same")])
        };
        let all = [to("a", "one"), to("b", "two"), stream("c", vec![hop(HopKind::Stream, "c")])];
        let groups = grouped(&all, false);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(grouped(&all, true).len(), 3);
        let row = hop_row(&groups[0], 1);
        assert_eq!(
            (row.subject.as_str(), row.reason.as_str()),
            ("2 different ones", "nobody told of one; nobody told of two")
        );
        assert_eq!(hop_row(&groups[0], 2).subject, "same");
    }

    #[test]
    fn copies_and_logs_stand_below_everything_else() {
        let kinds = [
            HopKind::Source,
            HopKind::SourceTransit,
            HopKind::Stream,
            HopKind::Processing,
            HopKind::Schema,
            HopKind::Secret,
            HopKind::Intermediate,
            HopKind::Store,
            HopKind::Transit,
            HopKind::Backup,
            HopKind::ErrorLog,
        ];
        let all = stream("all", kinds.map(|kind| hop(kind, kind.word())).to_vec());
        let rows: Vec<HopRow> = (0..kinds.len()).map(|i| hop_row(&[&all], i)).collect();
        let drawn = drawing("all", &all.hops, &rows);
        let at = |kind: HopKind| drawn.nodes.iter().find(|n| all.hops[n.hop].kind == kind).map(|n| (n.column, n.row));
        assert_eq!((drawn.columns, drawn.rows), (5, 5));
        assert_eq!((at(HopKind::Secret), at(HopKind::Store)), (Some((2, 2)), Some((4, 0))));
        assert_eq!((at(HopKind::Backup), at(HopKind::ErrorLog)), (Some((4, 3)), Some((4, 4))));
        assert_eq!(at(HopKind::Transit), None, "a way is a line");
        let ways: Vec<_> = drawn.edges.iter().filter(|e| e.word == "unknown").map(|e| (e.from, e.to)).collect();
        assert_eq!(ways, [((0, 0), (1, 0)), ((3, 0), (4, 0))]);
        assert!(kinds.iter().all(|kind| drawn.text.contains(kind.word())), "{}", drawn.text);
    }

    #[test]
    fn an_arn_is_shown_by_what_it_names() {
        assert_eq!(short("arn:aws:kinesis:eu-west-1:111122223333:stream/orders"), "stream/orders");
        assert_eq!(short("arn:aws:firehose:eu-west-1:111122223333:deliverystream/orders"), "orders");
        assert_eq!(short("bucket acme-landing"), "bucket acme-landing");
        assert_eq!(short("arn:"), "arn:");
    }
}
