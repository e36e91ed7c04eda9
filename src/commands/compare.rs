//! `keywitness compare`: what changed between packs, and the measures over the series.
//!
//! A finding can change because the world did or because the rules did. So the records of every pack are judged once
//! more by the same rules, those of the newest: what differs then between two packs is a changed fact; what differs
//! between that and what a pack itself says is a changed rule.

use super::payload::{self, FINDINGS, Judged};
use super::{out, out_json, proof, replay};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::model::catalog::Loaded;
use crate::model::period::{DiffLine, Kpi};
use crate::model::time::seconds;
use crate::model::visible::visible;
use crate::model::{Finding, Record, Run, Settings, Status, Time};
use crate::pack::{self, Anchors, Limits};
use crate::{period, snapshot, store};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The check whose failures tell when a stream was without a customer's key.
const CUSTOMER_KEY: &str = "stream-customer-managed-key";
/// The text shows so many changes of one kind; `--json` has all.
const SHOWN: usize = 100;

pub(super) fn run(typed: &cli::Compare) -> Result<ExitCode, Error> {
    let mut paths = vec![&typed.old];
    paths.extend(&typed.new);
    // The newest pack decides the rules, whatever the order in which they were named.
    let mut heads = Vec::new();
    for path in &paths {
        let opened = open(path)?;
        heads.push((opened.run.started, *path));
    }
    heads.sort();
    let newest = open(heads.last().map_or(&typed.old, |(_, path)| path))?;
    let rules = Rules { catalogs: newest.catalogs, settings: newest.settings };
    let mut points = Vec::new();
    for (_, path) in &heads {
        points.push(point(path, open(path)?, &rules));
    }
    let series = Series::new(points, typed.every);
    let code = if series.whole() { ExitCode::Done } else { ExitCode::Incomplete };
    if let Some(file) = &typed.html {
        std::fs::write(file, series.html())
            .map_err(|e| Error::new(format!("cannot write the series {}: {e}", file.display())))?;
    }
    if typed.json {
        let mut value = series.json();
        value["exit"] = code.number().into();
        out_json(&value)?;
    } else {
        out(&series.text())?;
    }
    Ok(code)
}

/// A pack as it stands on the disk.
struct Opened {
    run: Run,
    records: Vec<Record>,
    settings: Settings,
    catalogs: Vec<Loaded>,
    /// What the pack itself says; nothing for a snapshot.
    findings: Option<Vec<Finding>>,
    version: String,
    root: Option<String>,
}

/// By what everything is judged.
struct Rules {
    catalogs: Vec<Loaded>,
    settings: Settings,
}

/// Opens a pack, whose hashes must hold, or a snapshot folder.
fn open(path: &Path) -> Result<Opened, Error> {
    if path.join(store::RUN).is_file() {
        let (run, records) = store::parse(&store::load(path)?)?;
        let version = run.tool.version.clone();
        let catalogs = payload::own_catalogs()?;
        return Ok(Opened {
            run,
            records,
            settings: Settings::default(),
            catalogs,
            findings: None,
            version,
            root: None,
        });
    }
    let mut report = pack::verify(path, &Anchors::default(), &Limits::default(), replay::needs)?;
    if let Some(failure) = report.failures.first() {
        return Err(Error::new(format!("cannot compare {}: {failure}", path.display()))
            .hint(format!("keywitness verify {}", path.display())));
    }
    let broken = |failure: pack::Failure| Error::new(format!("cannot compare {}: {failure}", path.display()));
    let findings = report.contents.get(FINDINGS).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let findings = findings.and_then(|mut value| serde_json::from_value(value["findings"].take()).ok());
    let exports = report.pack.as_ref().map(|p| p.exports.clone()).unwrap_or_default();
    let (run, records, basis) =
        replay::ingredients(&mut report.contents, &exports, &BTreeMap::new()).map_err(broken)?;
    Ok(Opened {
        run,
        records,
        settings: basis.settings,
        catalogs: basis.catalogs,
        findings,
        version: report.pack.as_ref().map(|p| p.tool.version.clone()).unwrap_or_default(),
        root: report.root,
    })
}

/// What one pack comes to under the common rules.
struct Point {
    name: String,
    root: Option<String>,
    id: String,
    version: String,
    started: Time,
    window: (Time, Time),
    gaps: usize,
    findings: Vec<Finding>,
    requirements: BTreeMap<(String, String), &'static str>,
    streams: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
    policies: BTreeMap<String, String>,
    kpis: Vec<Kpi>,
    /// Findings that its own rules judged otherwise: id, check, subject, before, after.
    rule_changes: Vec<Change>,
    catalogs: BTreeMap<String, String>,
}

/// A finding that is not what it was.
#[derive(Clone)]
struct Change {
    check: String,
    subject: String,
    from: &'static str,
    to: &'static str,
    reason: String,
}

fn point(path: &Path, opened: Opened, rules: &Rules) -> Point {
    let Opened { run, records, findings: own, version, root, catalogs, .. } = opened;
    let (id, started, window) = (run.id.clone(), run.started, (run.window.from, run.window.to));
    let proven = proof::of(&run, &records);
    let Judged { snapshot, findings, assessment, .. } = payload::judge(run, &records, &rules.catalogs, &rules.settings);
    let history = snapshot::history(&snapshot, &records);
    let period = period::build(&snapshot, history, proven);
    let rule_changes = own.map_or_else(Vec::new, |own| transitions(&own, &findings));
    let requirements = assessment.catalogs.iter().flat_map(|catalog| {
        catalog.outcomes.iter().map(|o| ((catalog.id.clone(), o.requirement.id.clone()), o.status.word()))
    });
    Point {
        name: path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned()),
        root,
        id,
        version,
        started,
        window,
        gaps: snapshot.gaps.len(),
        requirements: requirements.collect(),
        streams: snapshot.streams().map(|s| (s.arn.clone(), stream_words(s))).collect(),
        keys: snapshot.keys().map(|k| (k.arn.clone(), key_words(k))).collect(),
        policies: snapshot
            .keys()
            .filter_map(|k| Some((k.arn.clone(), k.policy.as_ref().ok()?.value.clone())))
            .collect(),
        kpis: period.kpis,
        findings,
        rule_changes,
        catalogs: catalogs.iter().map(|c| (c.catalog.catalog.id.clone(), c.sha256.clone())).collect(),
    }
}

fn stream_words(stream: &crate::model::Stream) -> String {
    let status = stream.status.as_ref().map_or("status not known", |s| s.value.as_str());
    let sse = match &stream.sse {
        Err(_) => "encryption not known".to_owned(),
        Ok(sse) => {
            let key = match &sse.value.key {
                Ok(key) => match &key.value {
                    crate::model::stream::SseKey::AwsOwned => "a key that AWS owns".to_owned(),
                    crate::model::stream::SseKey::Kms { arn } => arn.clone(),
                },
                Err(_) => "key not known".to_owned(),
            };
            format!("encryption {}, {key}", sse.value.state.word())
        }
    };
    format!("{status}, {sse}")
}

fn key_words(key: &crate::model::Key) -> String {
    let Ok(facts) = &key.facts else { return "not described".to_owned() };
    let state = facts.value.state.as_ref().map_or("state not known", |s| s.value.word());
    let rotation = match &key.rotation {
        Ok(r) if r.value.enabled => "rotation on".to_owned(),
        Ok(_) => "rotation off".to_owned(),
        Err(gap) => format!("rotation {}", gap.kind.word()),
    };
    format!("{state}, {rotation}")
}

/// Findings that differ in status, and those that only one side has.
fn transitions(old: &[Finding], new: &[Finding]) -> Vec<Change> {
    let by_id =
        |list: &[Finding]| -> BTreeMap<String, Finding> { list.iter().map(|f| (f.id.clone(), f.clone())).collect() };
    let (before, after) = (by_id(old), by_id(new));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = ids.into_iter().filter_map(|id| {
        let (a, b) = (before.get(id), after.get(id));
        let word = |f: Option<&Finding>| f.map_or("not there", |f| f.status.word());
        let (from, to) = (word(a), word(b));
        let told = b.or(a)?;
        (from != to).then(|| Change {
            check: told.check.clone(),
            subject: told.subject.name.clone(),
            from,
            to,
            reason: told.reason.clone(),
        })
    });
    changed.collect()
}

/// What changed between two neighbours of the series, by the same rules.
struct Step {
    from: usize,
    to: usize,
    findings: Vec<Change>,
    requirements: Vec<(String, String, &'static str, &'static str)>,
    streams: Vec<String>,
    keys: Vec<String>,
    policies: Vec<(String, Vec<DiffLine>)>,
}

/// A hole in the series.
struct Missed {
    after: usize,
    runs: i64,
    days: i64,
}

struct Series {
    points: Vec<Point>,
    steps: Vec<Step>,
    every: Option<u32>,
    missed: Vec<Missed>,
    remediation: Option<(usize, f64, f64)>,
}

impl Series {
    fn new(points: Vec<Point>, every: Option<u32>) -> Self {
        let steps = (1..points.len()).map(|at| step(&points, at - 1, at)).collect();
        let missed = every.map_or_else(Vec::new, |days| missed(&points, i64::from(days)));
        let remediation = remediation(&points);
        Self { points, steps, every, missed, remediation }
    }

    /// Whether all of it is known.
    fn whole(&self) -> bool {
        self.missed.is_empty() && self.points.iter().all(|p| p.gaps == 0)
    }
}

fn step(points: &[Point], from: usize, to: usize) -> Step {
    let (a, b) = (&points[from], &points[to]);
    let requirements = b.requirements.iter().filter_map(|(id, status)| {
        let before = a.requirements.get(id).copied().unwrap_or("not there");
        (before != *status).then(|| (id.0.clone(), id.1.clone(), before, *status))
    });
    let policies = b.policies.iter().filter_map(|(key, policy)| {
        let before = a.policies.get(key)?;
        let lines = period::diff(before, policy);
        (!lines.is_empty()).then(|| (key.clone(), lines))
    });
    Step {
        from,
        to,
        findings: transitions(&a.findings, &b.findings),
        requirements: requirements.collect(),
        streams: inventory(&a.streams, &b.streams),
        keys: inventory(&a.keys, &b.keys),
        policies: policies.collect(),
    }
}

fn inventory(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let told = ids.into_iter().filter_map(|id| match (old.get(id), new.get(id)) {
        (None, Some(now)) => Some(format!("new: {id} ({now})")),
        (Some(before), None) => Some(format!("gone: {id} (was {before})")),
        (Some(before), Some(now)) if before != now => Some(format!("{id}: {before} -> {now}")),
        _ => None,
    });
    told.collect()
}

fn missed(points: &[Point], every: i64) -> Vec<Missed> {
    let holes = points.windows(2).enumerate().filter_map(|(at, pair)| {
        let hours = (pair[1].started - pair[0].started).num_hours();
        // Half an interval late is late; beyond that a run was missed.
        let runs = (hours * 2 + every * 24) / (every * 48) - 1;
        (runs > 0).then_some(Missed { after: at, runs, days: hours / 24 })
    });
    holes.collect()
}

/// From pack to pack: how long a failure of the check lasted, as far as packs can tell.
fn remediation(points: &[Point]) -> Option<(usize, f64, f64)> {
    let mut since: BTreeMap<&str, Time> = BTreeMap::new();
    let mut days = Vec::new();
    for point in points {
        for finding in point.findings.iter().filter(|f| f.check == CUSTOMER_KEY) {
            match finding.status {
                Status::Fail => {
                    since.entry(&finding.id).or_insert(point.started);
                }
                Status::Pass => {
                    if let Some(began) = since.remove(finding.id.as_str()) {
                        days.push((point.started - began).num_hours() as f64 / 24.0);
                    }
                }
                Status::Unknown | Status::NotApplicable => {}
            }
        }
    }
    days.sort_by(f64::total_cmp);
    let count = days.len();
    (count > 0).then(|| {
        let mean = days.iter().sum::<f64>() / count as f64;
        (count, mean, f64::midpoint(days[(count - 1) / 2], days[count / 2]))
    })
}

/// Eight heights, from nothing to the highest.
fn spark(values: &[Option<f64>]) -> String {
    let known = values.iter().flatten();
    let most = known.clone().copied().fold(f64::MIN, f64::max);
    let least = known.copied().fold(f64::MAX, f64::min).min(0.0);
    let bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    values
        .iter()
        .map(|value| match value {
            None => '·',
            Some(_) if most <= least => bars[0],
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
            Some(value) => bars[((value - least) / (most - least) * 7.0).round().clamp(0.0, 7.0) as usize],
        })
        .collect()
}

/// Id, name and formula of a measure, and its value in each pack.
type KpiRow = (&'static str, &'static str, &'static str, Vec<(String, Option<f64>)>);

impl Series {
    fn kpi_rows(&self) -> Vec<KpiRow> {
        let Some(newest) = self.points.last() else { return Vec::new() };
        let row = |kpi: &Kpi| {
            let values = self.points.iter().map(|p| {
                let found = p.kpis.iter().find(|k| k.id == kpi.id);
                found.map_or_else(|| ("-".to_owned(), None), |k| (k.value.clone(), k.number))
            });
            (kpi.id, kpi.name, kpi.unit, values.collect())
        };
        newest.kpis.iter().map(row).collect()
    }

    fn text(&self) -> String {
        let mut text = String::from("PACKS, by the rules of the newest\n");
        for (at, point) in self.points.iter().enumerate() {
            text.push_str(&format!(
                "  {:<2} {}  {}  {} streams, {} keys, {} gaps\n",
                at + 1,
                seconds(point.started),
                visible(&point.name),
                point.streams.len(),
                point.keys.len(),
                point.gaps
            ));
            if let Some(hole) = self.missed.iter().find(|m| m.after == at) {
                text.push_str(&format!(
                    "     MISSED: {} of the runs due in the {} days after it\n",
                    hole.runs, hole.days
                ));
            }
        }
        if self.every.is_none() {
            text.push_str("  whether runs were missed is not judged: say with --every how many days lie between two\n");
        }
        for step in &self.steps {
            text.push_str(&self.step_text(step));
        }
        text.push_str(&self.rules_text());
        text.push_str("\nMEASURES over the series, oldest first\n");
        for (_, name, unit, values) in self.kpi_rows() {
            let numbers: Vec<Option<f64>> = values.iter().map(|(_, n)| *n).collect();
            let last = values.last().map(|(v, _)| v.as_str()).unwrap_or_default();
            text.push_str(&format!("  {}  {name} ({unit}): now {last}\n", spark(&numbers)));
        }
        if let Some((count, mean, median)) = self.remediation {
            text.push_str(&format!(
                "  from pack to pack: {count} streams got a customer's key, mean {mean:.1} days, median {median:.1} days\n"
            ));
        }
        text
    }

    fn step_text(&self, step: &Step) -> String {
        let (a, b) = (&self.points[step.from], &self.points[step.to]);
        let mut text = format!("\nFACTS that changed from {} to {}\n", seconds(a.started), seconds(b.started));
        let mut lines: Vec<String> = step.streams.iter().chain(&step.keys).map(|l| visible(l).into_owned()).collect();
        lines.extend(step.findings.iter().map(change_text));
        lines.extend(step.requirements.iter().map(|(catalog, id, from, to)| format!("{catalog} {id}: {from} -> {to}")));
        for (key, diff) in &step.policies {
            lines.push(format!("policy of {}:", visible(key)));
            lines.extend(diff.iter().map(|line| format!("    {} {}", line.sign, visible(&line.text))));
        }
        if lines.is_empty() {
            lines.push("none".to_owned());
        }
        let more = lines.len().saturating_sub(SHOWN);
        for line in lines.iter().take(SHOWN) {
            text.push_str(&format!("  {line}\n"));
        }
        if more > 0 {
            text.push_str(&format!("  and {more} more: --json lists them all\n"));
        }
        text
    }

    fn rules_text(&self) -> String {
        let mut text =
            String::from("\nRULES that changed: what a pack says, against the same records by the newest rules\n");
        let mut any = false;
        let newest = self.points.last();
        for (at, point) in self.points.iter().enumerate() {
            let other = newest.filter(|n| n.version != point.version);
            if let Some(newest) = other {
                any = true;
                text.push_str(&format!("  {}  program {} -> {}\n", at + 1, point.version, newest.version));
            }
            for (id, sha256) in newest.into_iter().flat_map(|n| &n.catalogs) {
                if point.catalogs.get(id).is_some_and(|old| old != sha256) {
                    any = true;
                    text.push_str(&format!("  {}  catalog {id} is another edition\n", at + 1));
                }
            }
            for change in point.rule_changes.iter().take(SHOWN) {
                any = true;
                text.push_str(&format!("  {}  {}\n", at + 1, change_text(change)));
            }
        }
        if !any {
            text.push_str("  none\n");
        }
        text
    }

    fn json(&self) -> Value {
        let change = |c: &Change| json!({ "check": c.check, "subject": c.subject, "from": c.from, "to": c.to, "reason": c.reason });
        let packs: Vec<Value> = self
            .points
            .iter()
            .map(|p| {
                json!({
                    "name": p.name, "pack_root": p.root, "run_id": p.id, "version": p.version,
                    "collected": seconds(p.started), "window": [seconds(p.window.0), seconds(p.window.1)],
                    "streams": p.streams.len(), "keys": p.keys.len(), "gaps": p.gaps,
                    "changed_rules": p.rule_changes.iter().map(change).collect::<Vec<_>>(),
                })
            })
            .collect();
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|s| {
                let policies = s.policies.iter().map(|(key, diff)| {
                    let lines: Vec<String> = diff.iter().map(|l| format!("{} {}", l.sign, l.text)).collect();
                    json!({ "key": key, "diff": lines })
                });
                let requirements = s.requirements.iter().map(
                    |(catalog, id, from, to)| json!({ "catalog": catalog, "requirement": id, "from": from, "to": to }),
                );
                json!({
                    "from": s.from + 1, "to": s.to + 1, "streams": s.streams, "keys": s.keys,
                    "findings": s.findings.iter().map(change).collect::<Vec<_>>(),
                    "requirements": requirements.collect::<Vec<_>>(), "policies": policies.collect::<Vec<_>>(),
                })
            })
            .collect();
        let kpis: BTreeMap<&str, Value> = self
            .kpi_rows()
            .into_iter()
            .map(|(id, name, unit, values)| {
                let list: Vec<Value> = values.iter().map(|(v, n)| json!({ "value": v, "number": n })).collect();
                (id, json!({ "name": name, "unit": unit, "series": list }))
            })
            .collect();
        let missed: Vec<Value> =
            self.missed.iter().map(|m| json!({ "after": m.after + 1, "runs": m.runs, "days": m.days })).collect();
        json!({
            "packs": packs, "changed_facts": steps, "kpis": kpis, "every_days": self.every, "missed": missed,
            "remediation_from_pack_to_pack": self.remediation.map(|(count, mean, median)| {
                json!({ "streams": count, "mean_days": mean, "median_days": median })
            }),
        })
    }

    /// The series as one page with its own drawing: nothing is loaded and nothing runs.
    fn html(&self) -> String {
        let escape = |text: &str| {
            let shown = visible(text).into_owned();
            shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
        };
        let mut body = String::new();
        for (_, name, unit, values) in self.kpi_rows() {
            let most = values.iter().filter_map(|(_, n)| *n).fold(0.0, f64::max).max(1e-9);
            let width = 900.0 / values.len().max(1) as f64;
            let mut bars = String::new();
            for (at, ((value, number), point)) in values.iter().zip(&self.points).enumerate() {
                let height = number.unwrap_or(0.0) / most * 100.0;
                let x = at as f64 * width + 4.0;
                let class = if number.is_some() { "bar" } else { "open" };
                let height = if number.is_some() { height.max(1.0) } else { 100.0 };
                bars.push_str(&format!(
                    "<g><title>{}: {}</title><rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/></g>",
                    seconds(point.started),
                    escape(value),
                    110.0 - height,
                    (width - 8.0).max(2.0)
                ));
                if self.missed.iter().any(|m| m.after == at) {
                    bars.push_str(&format!("<path class=\"missed\" d=\"M{:.1} 5 v110\"/>", x + width - 6.0));
                }
            }
            let now = values.last().map(|(v, _)| escape(v)).unwrap_or_default();
            body.push_str(&format!(
                "<h2>{name} ({unit})</h2><svg viewBox=\"0 0 910 120\" role=\"img\" aria-label=\"{name} over the series\">{bars}</svg><p>Now {now}</p>\n"
            ));
        }
        let list: String = escape(&self.text());
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Keywitness series</title>\
             <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}svg{{width:100%}}\
             .bar{{fill:#1d4f91}}.open{{fill:#d8dde5}}.missed{{stroke:#a4161a;stroke-width:3;stroke-dasharray:6 4}}\
             pre{{white-space:pre-wrap;overflow-wrap:anywhere}}</style>\
             <h1>Series of {} packs</h1><p>A grey bar is a measure that is not known; a broken red line stands where runs were missed.</p>\n{body}<pre>{list}</pre></html>\n",
            self.points.len()
        )
    }
}

fn change_text(change: &Change) -> String {
    format!(
        "{} {}: {} -> {}  ({})",
        change.check,
        visible(&change.subject),
        change.from,
        change.to,
        visible(&change.reason)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_shows_what_is_not_known() {
        assert_eq!(spark(&[Some(0.0), None, Some(50.0), Some(100.0)]), "▁·▅█");
        assert_eq!(spark(&[Some(0.0), Some(0.0)]), "▁▁");
        assert_eq!(spark(&[]), "");
    }

    #[test]
    fn an_inventory_names_what_came_went_and_changed() {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let told = inventory(&map(&[("a", "1"), ("b", "1"), ("c", "1")]), &map(&[("b", "2"), ("c", "1"), ("d", "1")]));
        assert_eq!(told, ["gone: a (was 1)", "b: 1 -> 2", "new: d (1)"]);
    }
}
