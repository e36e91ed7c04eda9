//! The rows of the table of hops: every hop of every stream.

use super::super::view::Report;
use super::Table;
use super::define::LINEAGE;
use crate::model::lineage::{Hop, StreamLineage};

pub(super) fn lineage(report: &Report) -> Table<'_> {
    let streams = report.hops.streams.iter();
    LINEAGE.of(&[], streams.flat_map(|s| (1..).zip(&s.hops).map(move |(number, hop)| row(s, number, hop))))
}

fn row(stream: &StreamLineage, number: usize, hop: &Hop) -> Vec<String> {
    let given = |text: Option<&str>| text.unwrap_or_default().to_owned();
    vec![
        stream.account.to_string(),
        stream.region.to_string(),
        stream.stream.to_string(),
        number.to_string(),
        hop.kind.word().to_owned(),
        given(hop.destination),
        hop.subject.to_string(),
        given(hop.key.as_deref()),
        given(hop.alias.as_deref()),
        given(hop.class),
        given(hop.state),
        hop.status.word().to_owned(),
        hop.reason.to_string(),
        hop.evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    ]
}
