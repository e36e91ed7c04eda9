//! The tables of the pack, for spreadsheets: RFC 4180, UTF-8, one row a thing, columns that stay.
//!
//! A spreadsheet runs a cell that begins like a formula, and tag values, event users and key policies are other
//! people's text. Such a cell gets an apostrophe in front, and the last column, `neutralised`, names the columns
//! to which that happened; the JSON files have the text as it was.

use super::view::{Report, StatusCell};
use super::{RenderError, Renderer};
use crate::model::sink::Sink;
use ::csv::{QuoteStyle, Terminator, WriterBuilder};
use std::io::Write;

/// The tables as files under `data/tables/`.
pub const RENDERER: Renderer = Renderer { name: "CSV", render };

/// A table whose rows are made one by one, as they are written.
struct Table<'a> {
    name: &'static str,
    columns: Vec<String>,
    rows: Box<dyn Iterator<Item = Vec<String>> + 'a>,
}

fn render(report: &Report, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let tables = [
        streams(report),
        keys(report),
        findings(report),
        requirements(report),
        gaps(report),
        populations(report),
        events(report),
        queries(report),
        evidence(report),
        exceptions(report),
        attachments(report),
        kpis(report),
        timeline(report),
        moments(report),
        coverage(report),
        usage(report),
        administration(report),
        refused(report),
        trail_proof(report),
        policy_changes(report),
        event_sources(report),
        oddities(report),
    ];
    for table in tables {
        let mut out = sink.file(&format!("data/tables/{}.csv", table.name))?;
        write(table, &mut out)?;
        out.finish()?;
    }
    Ok(())
}

fn write(table: Table<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    let failed = |e: ::csv::Error| match e.into_kind() {
        ::csv::ErrorKind::Io(refused) => RenderError::Refused(refused),
        other => RenderError::Table(table.name, format!("{other:?}")),
    };
    let mut writer =
        WriterBuilder::new().quote_style(QuoteStyle::Necessary).terminator(Terminator::CRLF).from_writer(out);
    let heads = table.columns.iter().map(String::as_str).chain(["neutralised"]);
    writer.write_record(heads).map_err(failed)?;
    for row in table.rows {
        let mut changed = Vec::new();
        let mut cells = Vec::with_capacity(row.len() + 1);
        for (column, cell) in table.columns.iter().zip(&row) {
            let neutral = neutralise(cell);
            if neutral != *cell {
                changed.push(column.as_str());
            }
            cells.push(neutral);
        }
        cells.push(changed.join(" "));
        writer.write_record(&cells).map_err(failed)?;
    }
    writer.flush()?;
    Ok(())
}

/// A cell that no spreadsheet takes for a formula: an apostrophe in front where the first character that is to be
/// seen could begin one.
fn neutralise(cell: &str) -> String {
    let unseen = |c: char| {
        c == ' '
            || c == '\u{a0}'
            || matches!(c, '\0' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let first = cell.trim_start_matches(unseen).chars().next();
    let begins = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    if begins { format!("'{cell}") } else { cell.to_owned() }
}

fn columns<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(|n| n.replace('-', "_")).collect()
}

fn words(cells: &[StatusCell]) -> impl Iterator<Item = String> + '_ {
    cells.iter().map(|c| c.word.to_owned())
}

fn streams(report: &Report) -> Table<'_> {
    const FIXED: [&str; 15] = [
        "account",
        "region",
        "name",
        "arn",
        "status",
        "source",
        "destinations",
        "sse",
        "key_class",
        "key",
        "created",
        "data_classes",
        "tenant",
        "environment",
        "tags",
    ];
    let rows = report.streams.iter().map(|s| {
        let fixed = [
            &s.account,
            &s.region,
            &s.name,
            &s.arn,
            &s.status,
            &s.source,
            &s.destinations,
            &s.sse,
            &s.key_class.to_owned(),
            &s.key,
            &s.created,
            &s.data_classes,
            &s.tenant,
            &s.environment,
            &s.tags,
        ];
        fixed.into_iter().cloned().chain(words(&s.results)).collect()
    });
    Table {
        name: "streams",
        columns: columns(FIXED.into_iter().chain(report.stream_checks.iter().copied())),
        rows: Box::new(rows),
    }
}

fn keys(report: &Report) -> Table<'_> {
    const FIXED: [&str; 15] = [
        "account",
        "region",
        "name",
        "arn",
        "aliases",
        "class",
        "state",
        "spec",
        "origin",
        "created",
        "rotation",
        "last_rotation",
        "next_rotation",
        "streams",
        "tags",
    ];
    let rows = report.keys.iter().map(|k| {
        let fixed = [
            &k.account,
            &k.region,
            &k.name,
            &k.arn,
            &k.aliases,
            &k.class,
            &k.state,
            &k.spec,
            &k.origin,
            &k.created,
            &k.rotation,
            &k.last_rotation,
            &k.next_rotation,
            &k.streams.to_string(),
            &k.tags,
        ];
        fixed.into_iter().cloned().chain(words(&k.results)).collect()
    });
    Table {
        name: "keys",
        columns: columns(FIXED.into_iter().chain(report.key_checks.iter().copied())),
        rows: Box::new(rows),
    }
}

/// A table whose columns and cells stand side by side.
macro_rules! table {
    ($name:literal, $rows:expr, |$row:ident| { $($column:literal: $cell:expr),+ $(,)? }) => {
        Table {
            name: $name,
            columns: vec![$($column.to_owned()),+],
            rows: Box::new($rows.map(|$row| vec![$($cell.to_string()),+])),
        }
    };
}

fn findings(report: &Report) -> Table<'_> {
    table!("findings", report.findings.iter(), |f| {
        "id": f.id, "check": f.check, "title": f.title, "severity": f.severity, "account": f.account,
        "region": f.region, "kind": f.kind, "subject": f.subject, "subject_id": f.subject_id,
        "status": f.status.word, "reason": f.reason, "citations": f.citations,
        "exception": f.status.exception,
    })
}

fn requirements(report: &Report) -> Table<'_> {
    table!("requirements", report.catalogs.iter().flat_map(|c| &c.requirements), |r| {
        "catalog": r.catalog, "id": r.id, "title": r.title, "obligation": r.obligation, "coverage": r.coverage,
        "status": r.status,
        "reason_codes": r.reasons.iter().map(|x| x.code).collect::<Vec<_>>().join(" "),
        "reasons": r.reasons.iter().map(|x| x.sentence.as_str()).collect::<Vec<_>>().join(" "),
        "population": r.population,
        "checks": r.checks.iter().map(|c| c.check.as_str()).collect::<Vec<_>>().join(" "),
        "manual_outstanding": r.manual.iter().filter(|m| m.reference.is_empty()).map(|m| m.id.as_str()).collect::<Vec<_>>().join(" "),
        "reference": "", "obtained_by": "", "obtained_on": "",
    })
}

fn exceptions(report: &Report) -> Table<'_> {
    table!("exceptions", report.exceptions.iter(), |e| {
        "id": e.id, "state": e.state, "because": e.because, "check": e.check, "scope": e.scope, "reason": e.reason,
        "compensating_measure": e.compensating_measure, "owner": e.owner, "approver": e.approver,
        "approved": e.approved, "expires": e.expires, "findings": e.findings.join(" "),
    })
}

fn attachments(report: &Report) -> Table<'_> {
    table!("attachments", report.attachments.iter(), |a| {
        "path": a.path, "name": a.name, "bytes": a.bytes, "sha256": a.sha256, "used_for": a.used_for,
    })
}

fn gaps(report: &Report) -> Table<'_> {
    table!("gaps", report.gaps.iter(), |g| {
        "account": g.account, "region": g.region, "call": g.call, "subject": g.subject, "kind": g.kind,
        "code": g.code, "detail": g.detail, "remedy": g.remedy, "record": g.record,
    })
}

fn populations(report: &Report) -> Table<'_> {
    table!("populations", report.population.iter(), |p| {
        "account": p.account, "region": p.region, "listing": p.listing, "streams_listed": p.listed,
        "streams_described": p.described, "keys": p.keys, "keys_described": p.keys_described, "trails": p.trails,
        "gaps": p.gaps,
    })
}

fn events(report: &Report) -> Table<'_> {
    table!("events", report.events.iter(), |e| {
        "account": e.account, "region": e.region, "time": e.time, "name": e.name, "source": e.source, "who": e.who,
        "resources": e.resources, "error": e.error, "event_id": e.id, "citation": e.citation,
    })
}

fn queries(report: &Report) -> Table<'_> {
    table!("event-queries", report.queries.iter(), |q| {
        "account": q.account, "region": q.region, "event_name": q.name, "returned": q.returned,
    })
}

fn kpis(report: &Report) -> Table<'_> {
    table!("measures", report.period.kpis.iter(), |k| {
        "id": k.id, "name": k.name, "value": k.value, "number": k.number, "unit": k.unit, "formula": k.formula,
        "population": k.population, "unknowns": k.unknowns,
    })
}

fn timeline(report: &Report) -> Table<'_> {
    table!("timeline", report.period.spans.iter(), |s| {
        "account": s.account, "region": s.region, "kind": s.kind, "subject": s.subject, "topic": s.topic,
        "from": s.from, "to": s.to, "state": s.state, "tone": s.tone, "basis": s.basis, "citations": s.citations,
    })
}

fn moments(report: &Report) -> Table<'_> {
    table!("moments", report.period.marks.iter(), |m| {
        "subject": m.subject, "time": m.time, "what": m.what, "who": m.who, "citation": m.citation,
    })
}

fn coverage(report: &Report) -> Table<'_> {
    table!("event-coverage", report.period.coverage.iter(), |c| {
        "account": c.account, "region": c.region, "from": c.from, "to": c.to, "basis": c.basis,
    })
}

fn usage(report: &Report) -> Table<'_> {
    table!("usage", report.period.all_uses.iter(), |u| {
        "key": u.key, "name": u.name, "sign": u.sign, "principal": u.principal, "operation": u.operation,
        "via": u.via, "stream": u.stream, "stream_sign": u.stream_sign, "events": u.events, "first": u.first,
        "last": u.last, "errors": u.errors, "key_policy": u.expected, "citations": u.citations,
    })
}

fn administration(report: &Report) -> Table<'_> {
    table!("administration", report.period.all_admins.iter(), |a| {
        "subject": a.subject, "name": a.name, "principal": a.principal, "operation": a.operation,
        "events": a.events, "first": a.first, "last": a.last, "errors": a.errors, "citations": a.citations,
    })
}

fn refused(report: &Report) -> Table<'_> {
    table!("refused", report.period.all_refused.iter(), |f| {
        "time": f.time, "operation": f.operation, "principal": f.principal, "subject": f.subject,
        "error": f.error, "source": f.source, "citation": f.citation,
    })
}

fn trail_proof(report: &Report) -> Table<'_> {
    table!("trail-proof", report.period.proof_findings.iter(), |f| {
        "level": f.level, "code": f.code, "chain": f.chain, "hour": f.hour, "object": f.object, "text": f.text,
    })
}

fn policy_changes(report: &Report) -> Table<'_> {
    table!("policy-changes", report.period.policies.iter(), |p| {
        "key": p.key, "name": p.name, "time": p.time, "who": p.who, "against": p.against, "widened": p.widened,
        "gives": p.gives,
        "difference": p.diff.iter().map(|d| d.text.as_str()).collect::<Vec<_>>().join("\n"),
        "citation": p.citation,
    })
}

fn event_sources(report: &Report) -> Table<'_> {
    table!("event-sources", report.period.sources.iter(), |s| {
        "source": s.origin, "name": s.name, "files": s.files, "events": s.events, "kept": s.kept,
        "duplicates": s.duplicates, "unreadable": s.unreadable, "odd": s.odd,
    })
}

fn oddities(report: &Report) -> Table<'_> {
    table!("event-oddities", report.period.oddities.iter(), |o| {
        "file": o.file, "place": o.place, "why": o.why,
    })
}

fn evidence(report: &Report) -> Table<'_> {
    table!("evidence", report.evidence.iter(), |e| {
        "ev": e.ev, "account": e.account, "region": e.region, "service": e.service, "operation": e.operation,
        "parameters": e.parameters, "page": e.page, "sent": e.sent, "request_id": e.request_id,
        "http_status": e.status, "error": e.error, "attempts": e.attempts, "withheld": e.withheld, "file": e.file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_gets_an_apostrophe() {
        for formula in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u{feff}=1", "\u{200b}@x", "\u{202e}=1", "＝1", "\r\n=1"]
        {
            assert_eq!(neutralise(formula), format!("'{formula}"));
        }
        for text in ["", "a=b", "1-2", "owner@example", "日本", "'=1"] {
            assert_eq!(neutralise(text), text);
        }
    }

    #[test]
    fn the_last_column_names_what_was_neutralised() {
        let table = Table {
            name: "t",
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: Box::new([vec!["=1".to_owned(), "x, \"y\"".to_owned()]].into_iter()),
        };
        let mut bytes = Vec::new();
        write(table, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "a,b,neutralised\r\n'=1,\"x, \"\"y\"\"\",a\r\n");
    }
}
