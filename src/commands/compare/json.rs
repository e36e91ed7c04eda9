//! A series for machines: all that the page has, and nothing cut.

use crate::model::series::{Change, Link, Measure, Series, Step, Turn, scope_changes};
use crate::model::time::seconds;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn of(series: &Series) -> Value {
    let packs: Vec<Value> = (0..series.points.len()).map(|at| pack(series, at)).collect();
    let kpis: BTreeMap<&str, Value> = series
        .measures()
        .into_iter()
        .map(|(measure, values)| {
            let value = |m: Option<&Measure>| match m {
                Some(m) => json!({ "value": m.value, "number": m.number() }),
                None => json!({ "value": "-", "number": null }),
            };
            let list: Vec<Value> = values.into_iter().map(value).collect();
            (measure.id.as_str(), json!({ "name": measure.name, "unit": measure.unit, "series": list }))
        })
        .collect();
    let missed: Vec<Value> =
        series.missed.iter().map(|m| json!({ "after": m.after + 1, "runs": m.runs, "days": m.days })).collect();
    let broken = series.links.iter().any(|link| link.word() == "broken");
    json!({
        "packs": packs,
        "changed_facts": series.steps.iter().map(|s| step(series, s)).collect::<Vec<_>>(),
        "kpis": kpis,
        "every_days": series.interval.days(),
        "interval": series.interval.word(),
        "missed": missed,
        "chain": if series.links.iter().all(Link::is_whole) { "intact" } else if broken { "broken" } else { "not_shown" },
        "remediation_from_pack_to_pack": series.remediation.map(|found| {
            json!({ "streams": found.streams, "mean_days": found.mean, "median_days": found.median })
        }),
    })
}

fn change(c: &Change) -> Value {
    json!({
        "turn": c.turn.word(), "check": c.check, "subject": c.subject, "from": c.from, "to": c.to, "reason": c.reason,
    })
}

fn pack(series: &Series, at: usize) -> Value {
    let (point, rules, link) = (&series.points[at], &series.rules[at], &series.links[at]);
    json!({
        "name": series.names[at], "pack_root": point.root, "previous_root": point.previous,
        "link": link.word(), "link_text": link.text(), "run_id": point.run_id, "version": point.version,
        "collected": seconds(point.started), "window": [seconds(point.events_from), seconds(point.events_to)],
        "accounts": point.accounts, "regions": point.regions,
        "streams": point.streams, "keys": point.keys, "gaps": point.gaps, "findings": point.findings,
        "requirements": point.requirements,
        "other_version": rules.version, "other_catalogs": rules.catalogs,
        "changed_rules": rules.findings.as_ref().map(|all| all.iter().map(change).collect::<Vec<_>>()),
    })
}

fn step(series: &Series, step: &Step) -> Value {
    let policies = step.policies.iter().map(|(key, diff)| {
        let lines: Vec<String> = diff.iter().map(|l| format!("{} {}", l.sign, l.text)).collect();
        json!({ "key": key, "diff": lines })
    });
    let requirements = step
        .requirements
        .iter()
        .map(|r| json!({ "catalog": r.catalog, "requirement": r.id, "from": r.from, "to": r.to }));
    let counts: BTreeMap<&str, usize> =
        Turn::ALL.iter().map(|turn| (turn.word(), step.findings.iter().filter(|c| c.turn == *turn).count())).collect();
    json!({
        "from": step.from + 1, "to": step.to + 1, "streams": step.streams, "keys": step.keys,
        "counts": counts,
        "scope": scope_changes(&series.points[step.from], &series.points[step.to]),
        "findings": step.findings.iter().map(change).collect::<Vec<_>>(),
        "requirements": requirements.collect::<Vec<_>>(), "policies": policies.collect::<Vec<_>>(),
    })
}
