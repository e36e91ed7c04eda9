//! The rows of the tables, in the order of the sheets: cells are made from the shared view when they are asked for.

use super::super::view::{Report, StatusCell, spaced};
use super::define::{
    ACCOUNTS, ADMINISTRATION, ATTACHMENTS, DICTIONARY, EVENT_COVERAGE, EVENT_ODDITIES, EVENT_SOURCES, EVENTS, EVIDENCE,
    EXCEPTIONS, FINDINGS, GAPS, KEYS, LAST_USES, MEASURES, MOMENTS, POLICY_CHANGES, POPULATION, POPULATIONS, QUERIES,
    REFUSED, REQUIREMENTS, STREAMS, TIMELINE, TRAIL_PROOF, USAGE,
};
use super::{Table, neutralised};

fn words(cells: &[StatusCell]) -> impl Iterator<Item = String> + '_ {
    cells.iter().map(|c| c.word.to_owned())
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(" ")
}

/// The cells of a row, side by side.
macro_rules! row {
    ($($cell:expr),+ $(,)?) => { vec![$($cell.to_string()),+] };
}

/// The tables of a report, in the order of the sheets.
pub fn all(report: &Report) -> Vec<Table<'_>> {
    let mut tables = vec![
        streams(report),
        keys(report),
        findings(report),
        requirements(report),
        gaps(report),
        populations(report),
        population(report),
        accounts(report),
        events(report),
        queries(report),
        evidence(report),
        exceptions(report),
        attachments(report),
        measures(report),
        timeline(report),
        moments(report),
        event_coverage(report),
        usage(report),
        last_uses(report),
        administration(report),
        refused(report),
        trail_proof(report),
        policy_changes(report),
        event_sources(report),
        event_oddities(report),
    ];
    tables.extend(super::analysis::all(report));
    tables.push(super::lineage::lineage(report));
    let dictionary = dictionary(&tables);
    tables.push(dictionary);
    tables
}

fn streams(report: &Report) -> Table<'_> {
    STREAMS.of(
        &report.stream_checks,
        report.streams.iter().map(|s| {
            let mut row = row![
                s.account,
                s.region,
                s.name,
                s.arn,
                s.status,
                s.source,
                s.destinations,
                s.sse,
                s.key_class,
                s.key,
                s.created,
                s.data_classes,
                s.tenant,
                s.environment,
                s.tags,
            ];
            row.extend(words(&s.results));
            row
        }),
    )
}

fn keys(report: &Report) -> Table<'_> {
    KEYS.of(
        &report.key_checks,
        report.keys.iter().map(|k| {
            let mut row = row![
                k.account,
                k.region,
                k.name,
                k.arn,
                k.aliases,
                k.class,
                k.state,
                k.spec,
                k.origin,
                k.created,
                k.rotation,
                k.last_rotation,
                k.next_rotation,
                k.streams,
                k.tags,
            ];
            row.extend(words(&k.results));
            row
        }),
    )
}

fn findings(report: &Report) -> Table<'_> {
    FINDINGS.of(
        &[],
        report.findings.rows().map(|f| {
            row![
                f.id,
                f.check,
                f.title,
                f.severity,
                f.account,
                f.region,
                f.kind,
                f.subject,
                f.subject_id,
                f.status.word,
                f.reason,
                f.citations,
                f.status.exception,
                f.first_seen,
                f.last_seen,
            ]
        }),
    )
}

fn requirements(report: &Report) -> Table<'_> {
    REQUIREMENTS.of(
        &[],
        report.catalogs.iter().flat_map(|c| &c.requirements).map(|r| {
            let outstanding = r.manual.iter().filter(|m| m.reference.is_empty());
            row![
                r.catalog,
                r.id,
                r.title,
                r.obligation,
                r.coverage,
                r.status,
                joined(r.reasons.iter().map(|x| x.code)),
                joined(r.reasons.iter().map(|x| x.sentence.as_str())),
                r.population,
                joined(r.checks.iter().map(|c| c.check.as_str())),
                joined(outstanding.map(|m| m.id.as_str())),
                "",
                "",
                "",
            ]
        }),
    )
}

fn gaps(report: &Report) -> Table<'_> {
    GAPS.of(
        &[],
        report
            .gaps
            .iter()
            .map(|g| row![g.account, g.region, g.call, g.subject, g.kind, g.code, g.detail, g.remedy, g.record]),
    )
}

fn populations(report: &Report) -> Table<'_> {
    POPULATIONS.of(
        &[],
        report.population.iter().map(|p| {
            row![p.account, p.region, p.listing, p.listed, p.described, p.keys, p.keys_described, p.trails, p.gaps,]
        }),
    )
}

fn population(report: &Report) -> Table<'_> {
    let whole = if report.population_complete { "complete" } else { "incomplete" };
    POPULATION.of(
        &[],
        report.items.iter().map(move |i| {
            row![
                i.number,
                i.kind,
                i.account,
                i.region,
                i.name,
                i.arn,
                i.source,
                i.destinations,
                i.key_class,
                i.data_classes,
                i.environment,
                i.owner,
                i.created,
                i.changed,
                whole,
            ]
        }),
    )
}

fn accounts(report: &Report) -> Table<'_> {
    ACCOUNTS.of(
        &[],
        report.accounts.iter().map(|a| {
            row![
                a.account,
                a.partition,
                a.caller,
                a.regions,
                a.streams,
                a.keys,
                a.fail,
                a.unknown,
                a.pass,
                a.gaps,
                a.alias
            ]
        }),
    )
}

fn events(report: &Report) -> Table<'_> {
    EVENTS.of(
        &[],
        report.events.iter().map(|e| {
            row![e.account, e.region, e.time, e.name, e.source, e.who, e.resources, e.error, e.id, e.citation]
        }),
    )
}

fn queries(report: &Report) -> Table<'_> {
    QUERIES.of(&[], report.queries.iter().map(|q| row![q.account, q.region, q.name, q.returned]))
}

fn evidence(report: &Report) -> Table<'_> {
    EVIDENCE.of(
        &[],
        report.evidence.rows().map(|e| {
            row![
                e.ev,
                e.account,
                e.region,
                e.service,
                e.operation,
                e.parameters,
                e.page,
                e.sent,
                e.request_id,
                e.status,
                e.error,
                e.attempts,
                e.withheld,
                e.file,
            ]
        }),
    )
}

fn exceptions(report: &Report) -> Table<'_> {
    EXCEPTIONS.of(
        &[],
        report.exceptions.iter().map(|e| {
            row![
                e.id,
                e.state,
                e.because,
                e.check,
                e.scope,
                e.reason,
                e.compensating_measure,
                e.owner,
                e.approver,
                e.approved,
                e.expires,
                spaced(&e.findings),
                e.link,
            ]
        }),
    )
}

fn attachments(report: &Report) -> Table<'_> {
    ATTACHMENTS.of(&[], report.attachments.iter().map(|a| row![a.path, a.name, a.bytes, a.sha256, a.used_for]))
}

fn measures(report: &Report) -> Table<'_> {
    MEASURES.of(
        &[],
        report
            .period
            .kpis
            .iter()
            .map(|p| row![p.id, p.name, p.value, p.number, p.unit, p.formula, p.population, p.unknowns]),
    )
}

fn timeline(report: &Report) -> Table<'_> {
    TIMELINE.of(
        &[],
        report.period.lanes.spans().map(|p| {
            row![p.account, p.region, p.kind, p.subject, p.topic, p.from, p.to, p.state, p.tone, p.basis, p.citations]
        }),
    )
}

fn moments(report: &Report) -> Table<'_> {
    MOMENTS.of(&[], report.period.lanes.marks().map(|p| row![p.subject, p.time, p.what, p.who, p.citation]))
}

fn event_coverage(report: &Report) -> Table<'_> {
    EVENT_COVERAGE.of(&[], report.period.coverage.iter().map(|p| row![p.account, p.region, p.from, p.to, p.basis]))
}

fn usage(report: &Report) -> Table<'_> {
    USAGE.of(
        &[],
        report.period.all_uses.iter().map(|p| {
            row![
                p.key,
                p.name,
                p.sign,
                p.principal,
                p.operation,
                p.via,
                p.stream,
                p.stream_sign,
                p.events,
                p.first,
                p.last,
                p.errors,
                p.expected,
                p.citations
            ]
        }),
    )
}

fn last_uses(report: &Report) -> Table<'_> {
    LAST_USES.of(&[], report.period.last_uses.iter().map(|p| row![p.key, p.said, p.seen, p.differs, p.verdict]))
}

fn administration(report: &Report) -> Table<'_> {
    ADMINISTRATION.of(
        &[],
        report.period.all_admins.iter().map(|p| {
            row![p.subject, p.name, p.principal, p.operation, p.events, p.first, p.last, p.errors, p.citations]
        }),
    )
}

fn refused(report: &Report) -> Table<'_> {
    REFUSED.of(
        &[],
        report
            .period
            .all_refused
            .iter()
            .map(|p| row![p.time, p.operation, p.principal, p.subject, p.error, p.source, p.citation]),
    )
}

fn trail_proof(report: &Report) -> Table<'_> {
    TRAIL_PROOF
        .of(&[], report.period.proof_findings.iter().map(|p| row![p.level, p.code, p.chain, p.hour, p.object, p.text]))
}

fn policy_changes(report: &Report) -> Table<'_> {
    POLICY_CHANGES.of(
        &[],
        report.period.policies.iter().map(|p| {
            row![
                p.key,
                p.name,
                p.time,
                p.who,
                p.against,
                p.widened,
                p.gives,
                p.diff.iter().map(|d| d.text.as_str()).collect::<Vec<_>>().join(" | "),
                p.citation
            ]
        }),
    )
}

fn event_sources(report: &Report) -> Table<'_> {
    EVENT_SOURCES.of(
        &[],
        report
            .period
            .sources
            .iter()
            .map(|p| row![p.origin, p.name, p.files, p.events, p.kept, p.duplicates, p.unreadable, p.odd]),
    )
}

fn event_oddities(report: &Report) -> Table<'_> {
    EVENT_ODDITIES.of(&[], report.period.oddities.iter().map(|p| row![p.file, p.place, p.why]))
}

/// Of the tables before it, and of itself.
fn dictionary(tables: &[Table<'_>]) -> Table<'static> {
    let itself = DICTIONARY.of(&[], std::iter::empty());
    let rows: Vec<Vec<String>> = tables
        .iter()
        .chain([&itself])
        .flat_map(|table| {
            let numbered = (1..).zip(table.columns.iter().cloned().chain([neutralised()]));
            numbered.map(|(n, c)| row![table.name, table.row, n, c.name, c.kind.word(), c.what]).collect::<Vec<_>>()
        })
        .collect();
    DICTIONARY.of(&[], rows.into_iter())
}
