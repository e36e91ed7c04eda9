//! `keywitness compare`: what changed between packs, and the measures over the series.
//!
//! A finding can change because the world did or because the rules did. So the records of every pack are judged once
//! more by the same rules, those of the newest: what differs then between two packs is a changed fact; what differs
//! between that and what a pack itself says is a changed rule.

mod json;
mod text;

use super::payload::{self, FINDINGS, Judged};
use super::{out, out_json, proof, replay};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::model::catalog::Loaded;
use crate::model::series::{self, Change, Interval, Point, Remediation, RequirementChange, Rules, Series, Step};
use crate::model::{Finding, FindingId, Record, Run, Settings, Status, Time};
use crate::pack::{self, Anchors, Limits};
use crate::render::series::page;
use crate::{period, snapshot, store};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The check whose failures tell when a stream was without a customer's key.
const CUSTOMER_KEY: &str = "stream-customer-managed-key";

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
    let every = typed.every.or(newest.settings.runs_every_days);
    let rules = Basis { catalogs: newest.catalogs, settings: newest.settings };
    let (mut names, mut reads) = (Vec::new(), Vec::new());
    for (_, path) in &heads {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        names.push(name);
        reads.push(read(open(path)?, &rules)?);
    }
    let subject = rules.settings.entity.clone().unwrap_or_default();
    let series = series(names, reads, every);
    let code = if series.is_whole() { ExitCode::Done } else { ExitCode::Incomplete };
    if let Some(file) = &typed.html {
        let cannot = |e: String| Error::new(format!("cannot write the series {}: {e}", file.display()));
        let text = page(&series, &subject).map_err(|e| cannot(e.to_string()))?;
        std::fs::write(file, text).map_err(|e| cannot(e.to_string()))?;
    }
    if typed.json {
        let mut value = json::of(&series);
        value["exit"] = code.number().into();
        out_json(&value)?;
    } else {
        out(&text::of(&series))?;
    }
    Ok(code)
}

/// The file of findings.
#[derive(Deserialize)]
struct List {
    findings: Vec<Finding>,
}

/// A pack as it stands on the disk.
struct Opened {
    run: Run,
    records: Vec<Record>,
    settings: Settings,
    catalogs: Vec<Loaded>,
    /// What the pack itself says; nothing for a snapshot, and an error where it is not understood.
    findings: Option<Result<Vec<Finding>, serde_json::Error>>,
    version: String,
    root: Option<String>,
    previous: Option<String>,
}

/// By what everything is judged.
struct Basis {
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
            previous: None,
        });
    }
    // Its own findings too, whatever their length: without them nothing could be said of changed rules.
    let needed: pack::Keep = |path, size| replay::needs(path, size) || path == FINDINGS;
    let mut report = pack::verify(path, &Anchors::default(), &Limits::default(), needed)?;
    if let Some(failure) = report.failures.first() {
        return Err(Error::new(format!("cannot compare {}: {failure}", path.display()))
            .hint(format!("keywitness verify {}", path.display())));
    }
    let broken = |failure: pack::Failure| Error::new(format!("cannot compare {}: {failure}", path.display()));
    let own = |bytes: &Vec<u8>| serde_json::from_slice(bytes).map(|list: List| list.findings);
    let findings = report.contents.get(FINDINGS).map(own);
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
        previous: report.pack.as_ref().and_then(|p| p.previous.as_ref()).map(|p| bare(&p.root)),
        root: report.root,
    })
}

/// A root as the terminal prints it, without the name of the hash.
fn bare(root: &str) -> String {
    root.strip_prefix("sha256:").unwrap_or(root).to_owned()
}

/// What one pack comes to under the common rules, beyond what stays of it in a series.
struct Read {
    point: Point,
    findings: Arc<Vec<Finding>>,
    requirements: BTreeMap<(String, String), &'static str>,
    streams: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
    policies: BTreeMap<String, String>,
    /// Findings that its own rules judged otherwise, where its own findings are understood.
    rule_changes: Option<Vec<Change>>,
    /// The catalogs that it was judged by, with their hashes.
    catalogs: BTreeMap<String, String>,
}

fn read(opened: Opened, rules: &Basis) -> Result<Read, Error> {
    let Opened { run, records, findings: own, version, root, previous, catalogs, .. } = opened;
    let proven = proof::of(&run, &records);
    let judged = payload::judge(run, &records, &rules.catalogs, &rules.settings, replay::FINDINGS_MOST)?;
    let history = snapshot::history(&judged.snapshot, &records);
    let period = period::build(&judged.snapshot, history, proven);
    let Judged { snapshot, findings, assessment, .. } = judged;
    let point = Point { root, previous, ..Point::of(&snapshot, &findings, &assessment, &period, &version) };
    let requirements = assessment.catalogs.iter().flat_map(|catalog| {
        catalog.outcomes.iter().map(|o| ((catalog.id.clone(), o.requirement.id.clone()), o.status.word()))
    });
    Ok(Read {
        requirements: requirements.collect(),
        streams: snapshot.streams().map(|s| (s.arn.clone(), stream_words(s))).collect(),
        keys: snapshot.keys().map(|k| (k.arn.clone(), key_words(k))).collect(),
        policies: snapshot
            .keys()
            .filter_map(|k| Some((k.arn.clone(), k.policy.as_ref().ok()?.value.clone())))
            .collect(),
        rule_changes: match own {
            None => Some(Vec::new()),
            Some(own) => own.ok().map(|own| series::changes(&own, &findings)),
        },
        catalogs: catalogs.iter().map(|c| (c.catalog.catalog.id.clone(), c.sha256.clone())).collect(),
        findings,
        point,
    })
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

fn step(from: usize, a: &Read, b: &Read) -> Step {
    let requirements = b.requirements.iter().filter_map(|((catalog, id), status)| {
        let before = a.requirements.get(&(catalog.clone(), id.clone())).copied().unwrap_or("not there");
        (before != *status).then(|| RequirementChange {
            catalog: catalog.clone(),
            id: id.clone(),
            from: before.to_owned(),
            to: (*status).to_owned(),
        })
    });
    let policies = b.policies.iter().filter_map(|(key, policy)| {
        let before = a.policies.get(key)?;
        let lines = period::diff(before, policy);
        (!lines.is_empty()).then(|| (key.clone(), lines))
    });
    Step {
        from,
        to: from + 1,
        findings: series::changes(&a.findings, &b.findings),
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

/// What the newest rules say otherwise of a pack's own records.
fn rules(read: &Read, newest: &Read) -> Rules {
    let version = (read.point.version != newest.point.version).then(|| newest.point.version.clone());
    let other =
        |(id, sha256): (&String, &String)| read.catalogs.get(id).is_some_and(|old| old != sha256).then(|| id.clone());
    Rules { version, catalogs: newest.catalogs.iter().filter_map(other).collect(), findings: read.rule_changes.clone() }
}

/// From pack to pack: how long a failure of the check lasted, as far as packs can tell.
fn remediation(reads: &[Read]) -> Option<Remediation> {
    let mut since: BTreeMap<FindingId, Time> = BTreeMap::new();
    let mut days = Vec::new();
    for read in reads {
        let started = read.point.started;
        for finding in read.findings.iter().filter(|f| f.check == CUSTOMER_KEY) {
            match finding.status {
                Status::Fail => {
                    since.entry(finding.id).or_insert(started);
                }
                Status::Pass => {
                    if let Some(began) = since.remove(&finding.id) {
                        days.push((started - began).num_hours() as f64 / 24.0);
                    }
                }
                Status::Unknown | Status::NotApplicable => {}
            }
        }
    }
    days.sort_by(f64::total_cmp);
    let streams = days.len();
    (streams > 0).then(|| Remediation {
        streams,
        mean: days.iter().sum::<f64>() / streams as f64,
        median: f64::midpoint(days[(streams - 1) / 2], days[streams / 2]),
    })
}

fn series(names: Vec<String>, reads: Vec<Read>, every: Option<u32>) -> Series {
    let steps = reads.windows(2).enumerate().map(|(at, pair)| step(at, &pair[0], &pair[1])).collect();
    let rules = reads.iter().map(|read| reads.last().map(|newest| rules(read, newest)).unwrap_or_default()).collect();
    let remediation = remediation(&reads);
    let points: Vec<Point> = reads.into_iter().map(|read| read.point).collect();
    let interval = Interval::of(&points, every);
    Series {
        names,
        links: series::links(&points),
        missed: series::missed(&points, interval),
        interval,
        points,
        steps,
        rules,
        remediation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_names_what_came_went_and_changed() {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let told = inventory(&map(&[("a", "1"), ("b", "1"), ("c", "1")]), &map(&[("b", "2"), ("c", "1"), ("d", "1")]));
        assert_eq!(told, ["gone: a (was 1)", "b: 1 -> 2", "new: d (1)"]);
    }
}
