//! The rows of the tables about duties, blast radius, readiness, recoverability and costs.

use super::super::view::Report;
use super::Table;
use super::define::{BLAST_RADIUS, DUTIES, KEY_COSTS, READINESS, RECOVERABILITY, REMEDY_COSTS};
use crate::model::Text;
use crate::model::analysis::{Between, Dollars, Duty, KeyDuties, KeyName};

const UNKNOWN: &str = "unknown";

/// All of them, in the order of the sheets.
pub(super) fn all(report: &Report) -> [Table<'_>; 6] {
    [
        duties(report),
        blast_radius(report),
        readiness(report),
        recoverability(report),
        key_costs(report),
        remedies(report),
    ]
}

fn row(key: &KeyName, cells: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut row = vec![key.account.to_string(), key.region.to_string(), key.name.to_string(), key.arn.to_string()];
    row.extend(cells);
    row
}

fn yes(truth: bool) -> String {
    if truth { "yes" } else { "no" }.to_owned()
}

fn text(value: Option<&Text>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// A value that was not read says so.
fn known(value: Option<&Text>) -> String {
    value.map_or(UNKNOWN, Text::as_str).to_owned()
}

fn listed(values: &[Text]) -> String {
    values.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")
}

fn duties(report: &Report) -> Table<'_> {
    DUTIES.of(&[], report.analysis.duties.iter().flat_map(duty_rows))
}

fn duty_rows(duties: &KeyDuties) -> Vec<Vec<String>> {
    let delegates = duties.delegates_to_iam.map_or_else(|| UNKNOWN.to_owned(), yes);
    let of = |duty: &Duty| {
        let cells = [
            duty.principal.to_string(),
            duty.via.word().to_owned(),
            yes(duty.certain),
            listed(&duty.administers),
            listed(&duty.uses),
            yes(duty.creates_grants),
            yes(duty.ends_grants),
            yes(duty.both),
            duty.by.to_string(),
            delegates.clone(),
            text(duties.unread.as_ref()),
        ];
        row(&duties.key, cells)
    };
    if !duties.holders.is_empty() {
        return duties.holders.iter().map(of).collect();
    }
    // A key of which nothing is known has a row too: no row would look like nobody.
    let nobody = if duties.unread.is_some() { UNKNOWN } else { "nobody" };
    let cells = [nobody, "", "", "", "", "", "", "", "", &delegates, &text(duties.unread.as_ref())];
    vec![row(&duties.key, cells.map(ToOwned::to_owned))]
}

fn blast_radius(report: &Report) -> Table<'_> {
    let rows = report.analysis.blast_radius.iter().map(|r| {
        let cells = [
            known(r.class.as_ref()),
            known(r.state.as_ref()),
            r.streams.len().to_string(),
            listed(&r.streams),
            listed(&r.others),
            listed(&r.tenants),
            listed(&r.environments),
            listed(&r.data_classes),
            r.undeclared.to_string(),
            text(r.incomplete.as_ref()),
        ];
        row(&r.key, cells)
    });
    BLAST_RADIUS.of(&[], rows)
}

fn readiness(report: &Report) -> Table<'_> {
    let rows = report.analysis.readiness.iter().map(|r| {
        let cells = [
            listed(&r.at_once),
            listed(&r.later),
            r.all_from.to_string(),
            r.undated.to_string(),
            listed(&r.able),
            listed(&r.would_break),
            text(r.open.as_ref()),
            r.source.to_string(),
        ];
        row(&r.key, cells)
    });
    READINESS.of(&[], rows)
}

fn recoverability(report: &Report) -> Table<'_> {
    let rows = report.analysis.recoverability.iter().map(|r| {
        let cells = [
            known(r.state.as_ref()),
            text(r.deletion.as_ref()),
            r.days_left.map(|days| days.max(0).to_string()).unwrap_or_default(),
            text(r.scheduled.as_ref()),
            known(r.material.as_ref()),
            listed(&r.may_delete),
            listed(&r.may_disable),
            text(r.open.as_ref()),
            r.shredding.sentence(),
        ];
        row(&r.key, cells)
    });
    RECOVERABILITY.of(&[], rows)
}

fn amounts(monthly: Option<&Between>) -> [String; 2] {
    let most = |to: Option<Dollars>| to.map(|d| d.to_string()).unwrap_or_default();
    monthly.map_or_else(|| [UNKNOWN.to_owned(), UNKNOWN.to_owned()], |m| [m.from.to_string(), most(m.to)])
}

fn key_costs(report: &Report) -> Table<'_> {
    let costs = &report.analysis.costs;
    let rows = costs.keys.iter().map(|k| {
        let [from, to] = amounts(k.monthly.as_ref());
        row(&k.key, [from, to, k.basis.to_string(), costs.prices_as_of.clone()])
    });
    KEY_COSTS.of(&[], rows)
}

fn remedies(report: &Report) -> Table<'_> {
    let costs = &report.analysis.costs;
    let rows = costs.remedies.iter().map(|r| {
        let [from, to] = amounts(Some(&r.each));
        vec![r.check.to_string(), r.failing.to_string(), from, to, r.basis.to_owned(), costs.prices_as_of.clone()]
    });
    REMEDY_COSTS.of(&[], rows)
}
