//! What is about the whole: cover, nature, gaps, population, events, method.

use super::super::document::{Block, Cell, ColumnKind, Cover, Level, Notice, NoticeTone, Row, Span};
use super::{charts, closing, facts, number, part, table, value};
use crate::render::view::{NoticeRow, Report, spaced};
use ColumnKind::{Mono, Number, Text};

pub(super) fn cover(report: &Report) -> Block {
    let notice = |n: &NoticeRow| Notice {
        tone: NoticeTone::Warn,
        title: n.word.to_owned(),
        text: vec![Span::plain(n.text.as_str())],
    };
    Block::Cover(Cover {
        kicker: "Keywitness · evidence report".to_owned(),
        title: report.title.clone(),
        subtitle:
            "How Amazon Data Firehose streams and their KMS keys are protected, as the account answered at the time \
                   of collection"
                .to_owned(),
        facts: report.cover.iter().map(|f| (f.label.to_owned(), value(&f.value))).collect(),
        notices: report.notices.iter().map(notice).collect(),
    })
}

pub(super) fn nature(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "What this report is")];
    blocks.extend(report.nature.iter().map(|p| Block::text(*p)));
    blocks
}

pub(super) fn gaps(report: &Report) -> Vec<Block> {
    let mut blocks = part("What is not known").to_vec();
    if report.gaps.is_empty() {
        blocks.push(Block::text("Every call was answered, and every answer was understood."));
    } else {
        blocks.push(Block::text(
            "Each line is a call that gave no value, or a value that is not there. What rests on it is \"unknown\" in \
             every table below.",
        ));
        let rows = report.gaps.iter().map(|g| {
            let mut why = vec![Span::bold(g.kind)];
            if !g.code.is_empty() {
                why.extend([Span::plain(" "), Span::mono(g.code.as_str())]);
            }
            why.push(Span::plain(format!(": {}", g.detail)));
            Row::new(vec![
                Cell::Text(vec![Span::mono(g.call.as_str()), Span::plain(format!(" {} {}", g.region, g.record))]),
                Cell::text(g.subject.as_str()),
                Cell::Text(why),
                Cell::text(g.remedy.as_str()),
            ])
        });
        let columns =
            [("Call, Region, record", 22, Text), ("Of", 26, Mono), ("Why", 30, Text), ("What closes it", 22, Text)];
        blocks.push(table(&columns, rows.collect(), ""));
    }
    blocks.extend(closing::effects(report));
    blocks
}

pub(super) fn population(report: &Report) -> Vec<Block> {
    let mut blocks = part("Scope and population").to_vec();
    let mut words = vec![Span::plain(
        "Every stream of every Region that was asked for is in the population; nothing was sampled or left out by a \
         filter. Keys are those that streams name, and those that encrypt their sources, destinations and log groups or \
         the log files of the trails.",
    )];
    if !report.population_complete {
        words.push(Span::bold(" The population is not complete: totals below are of what is known."));
    }
    blocks.push(Block::Paragraph(words));
    blocks.push(Block::text(format!("Regions that were not asked: {}.", report.regions_not_asked)));
    let rows = report.population.iter().map(|p| {
        Row::new(vec![
            Cell::text(p.account.as_str()),
            Cell::text(p.region.as_str()),
            Cell::text(p.listing.as_str()),
            number(p.listed, false),
            number(p.described, false),
            number(p.keys, false),
            number(p.keys_described, false),
            Cell::text(p.trails.as_str()),
            number(p.gaps, true),
        ])
    });
    blocks.push(table(
        &[
            ("Account", 12, Text),
            ("Region", 12, Text),
            ("Listing of streams", 18, Text),
            ("Listed", 8, Number),
            ("Described", 8, Number),
            ("Keys named", 8, Number),
            ("Keys described", 8, Number),
            ("Trails seen", 8, Number),
            ("Gaps", 7, Number),
        ],
        rows.collect(),
        "No Region was asked for.",
    ));
    blocks.extend(closing::reconciliation(report));
    blocks.push(Block::heading(Level::Two, "What was declared"));
    blocks.push(Block::text("Only the entity can say these. They come from keywitness.toml and were not checked."));
    let rows = report
        .declarations
        .iter()
        .map(|d| Row::new(vec![Cell::text(d.setting.as_str()), Cell::text(d.value.as_str())]));
    blocks.push(table(&[("Setting", 2, Mono), ("Value", 3, Text)], rows.collect(), "Nothing was declared."));
    blocks
}

/// The register, with every field that the entity declares.
pub(super) fn exceptions(report: &Report) -> Vec<Block> {
    let mut blocks = part("Exceptions").to_vec();
    blocks.push(Block::text(
        "Failures that the entity has approved for a time. A failure under an exception stays a failure, and a requirement \
         that rests on one is partly supported at best. One that is expired, not yet approved or not filled in counts as \
         none.",
    ));
    let rows = report.exceptions.iter().map(|e| {
        let mut name = vec![Span::bold(e.id.as_str()), Span::plain(format!(" {}", e.state_label))];
        if !e.because.is_empty() {
            name.push(Span::plain(format!(": {}", e.because)));
        }
        let under = if e.findings.is_empty() { "none".to_owned() } else { spaced(&e.findings) };
        Row::new(vec![
            Cell::Text(name),
            Cell::text(format!("{} of {}", e.check, e.scope)),
            Cell::text(e.reason.as_str()),
            Cell::text(e.compensating_measure.as_str()),
            Cell::text(format!("{}; {}, {}", e.owner, e.approver, e.approved)),
            Cell::text(e.expires.as_str()),
            Cell::text(if e.link.is_empty() { "none" } else { e.link.as_str() }),
            Cell::text(under),
        ])
    });
    let columns = [
        ("Exception", 14, Text),
        ("Check, of", 16, Text),
        ("Reason", 15, Text),
        ("Done instead", 15, Text),
        ("Owner; approved by, on", 15, Text),
        ("Ends", 9, Text),
        ("Link", 12, Mono),
        ("Failures under it", 12, Mono),
    ];
    blocks.push(table(&columns, rows.collect(), "No exception is declared."));
    blocks
}

/// The files that the entity has put into the pack.
pub(super) fn documents(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, "Documents of the entity")];
    blocks.push(Block::text(
        "The entity has put these files into the pack. This program has hashed them and has not read them.",
    ));
    let rows = report.attachments.iter().map(|a| {
        Row::new(vec![
            Cell::text(a.path.as_str()),
            Cell::text(a.name.as_str()),
            Cell::text(a.bytes.to_string()),
            Cell::text(a.sha256.as_str()),
            Cell::text(a.used_for.as_str()),
        ])
    });
    let columns = [
        ("File in this pack", 22, Mono),
        ("Name that it had", 18, Text),
        ("Bytes", 8, Number),
        ("SHA-256", 30, Mono),
        ("For", 20, Text),
    ];
    blocks.push(table(&columns, rows.collect(), "No document is in this pack."));
    blocks
}

pub(super) fn events(report: &Report) -> Vec<Block> {
    let mut blocks = part("Events of the window").to_vec();
    blocks.push(Block::text(
        "Management events that CloudTrail's LookupEvents returned. A query that returned nothing says that this query \
         returned nothing.",
    ));
    blocks.push(Block::heading(Level::Two, "Queries"));
    let rows = report.queries.iter().map(|q| {
        Row::new(vec![Cell::text(q.region.as_str()), Cell::text(q.name.as_str()), Cell::text(q.returned.as_str())])
    });
    let columns = [("Region", 2, Text), ("Event name", 4, Mono), ("Returned", 6, Text)];
    blocks.push(table(&columns, rows.collect(), "No event was asked for."));
    blocks.push(Block::heading(Level::Two, "Events"));
    blocks.extend(charts::events(&report.event_chart));
    let rows = report.events.iter().map(|e| {
        let mut name = vec![Span::plain(e.name.as_str())];
        if !e.error.is_empty() {
            name.push(Span::bold(format!(" {}", e.error)));
        }
        Row::new(vec![
            Cell::text(format!("{} {}", e.time, e.region)),
            Cell::Text(name),
            Cell::text(e.who.as_str()),
            Cell::text(e.resources.as_str()),
            Cell::text(e.citation.as_str()),
        ])
    });
    blocks.push(table(
        &[
            ("Time, Region", 18, Text),
            ("Event, error", 18, Text),
            ("Who", 23, Mono),
            ("To what", 24, Mono),
            ("Evidence", 17, Mono),
        ],
        rows.collect(),
        "0 events returned by these queries.",
    ));
    blocks
}

pub(super) fn method(report: &Report) -> Vec<Block> {
    let mut blocks = part("Method").to_vec();
    blocks.push(facts(&report.method));
    blocks.push(Block::heading(Level::Two, "Operations called"));
    let rows = report.operations.iter().map(|o| {
        Row::new(vec![
            Cell::text(o.region.as_str()),
            Cell::text(format!("{}:{}", o.service, o.operation)),
            number(o.calls, false),
            number(o.failed, true),
            number(o.retries, false),
            Cell::text(o.records.as_str()),
        ])
    });
    blocks.push(table(
        &[
            ("Region", 12, Text),
            ("Operation", 26, Mono),
            ("Calls", 7, Number),
            ("Without an answer", 9, Number),
            ("Repeated attempts", 9, Number),
            ("Records", 20, Mono),
        ],
        rows.collect(),
        "No call was made.",
    ));
    blocks.push(Block::text(
        "Parameters, times, request ids and attempts of every call: data/tables/evidence.csv and the records themselves.",
    ));
    blocks
}
