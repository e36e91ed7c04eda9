//! `--plan`: what a run would ask, how long it takes and what bounds it, before anything is read.

use super::trail_athena::{self, Places, Size};
use super::trail_source;
use super::{out, out_json};
use crate::clock;
use crate::collect::bucket::Bucket;
use crate::collect::estimate::{ASSUMED, Line};
use crate::collect::{self as stage, Estimate, Plan};
use crate::config::Past;
use crate::error::{Error, ExitCode};
use crate::model::Region;
use crate::model::run::Window;
use crate::model::visible::visible;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

pub(super) fn run(plan: &Plan, past: &Past, json: bool) -> Result<ExitCode, Error> {
    let estimate = super::collect::within(async { stage::estimate(plan).await.map_err(Error::from) })?;
    let scene = Scene::of(plan, &estimate);
    let athena = match &past.athena {
        None => None,
        Some(asked) => {
            let (region, window) = (scene.region()?, scene.window);
            Some(super::collect::within(trail_athena::size(plan, region, &asked.place, &scene.places, window))?)
        }
    };
    let logs = past.trail_logs.as_deref().map(|place| logs(plan, &scene, place)).transpose()?.flatten();
    let sizes = [&athena, &logs];
    let unknown = estimate.lines.iter().any(|line| line.unknown.is_some())
        || sizes.into_iter().flatten().any(|size| !size.unknown.is_empty());
    let code = if unknown { ExitCode::Incomplete } else { ExitCode::Done };
    if json {
        let mut object = object(&estimate, code);
        if let Some(size) = &athena {
            object["athena"] = size.json();
        }
        if let Some(size) = &logs {
            object["trail_logs"] = json!({ "objects": size.files, "bytes": size.bytes, "not_listed": size.unknown });
        }
        out_json(&object)?;
    } else {
        let mut text = text(&estimate, plan);
        if let Some(size) = &athena {
            text.push_str(&format!("athena    {}\n", visible(&size.text())));
        }
        if let Some(size) = &logs {
            let more = size.unknown.first();
            let more = more.map(|(place, why)| format!("; or more: {place} could not be listed: {why}"));
            text.push_str(&format!(
                "logs      {} log files and digests, {:.1} MB as stored, each fetched once (s3:GetObject){}\n",
                size.files,
                size.bytes as f64 / 1e6,
                visible(&more.unwrap_or_default())
            ));
        }
        out(&text)?;
    }
    Ok(code)
}

/// Where and of when the other sources of events are asked.
struct Scene<'a> {
    places: Places,
    region: Option<&'a Region>,
    window: Window,
}

impl<'a> Scene<'a> {
    fn of(plan: &'a Plan, estimate: &'a Estimate) -> Self {
        let mut places = Places::new();
        for line in &estimate.lines {
            places.entry(line.account.clone()).or_default().push(line.region.clone());
        }
        let now = clock::now();
        let window = plan.window.unwrap_or(Window { from: now - chrono::TimeDelta::days(stage::LOOKUP_DAYS), to: now });
        let window = Window { to: window.to.min(now), ..window };
        Self { places, region: plan.regions.first().or(estimate.lines.first().map(|line| &line.region)), window }
    }

    fn region(&self) -> Result<&'a Region, Error> {
        self.region.ok_or_else(|| Error::new("there is no Region to ask in".to_owned()).hint("--region eu-west-1"))
    }
}

/// What of a trail's bucket would be fetched; nothing where a copy of it is read.
fn logs(plan: &Plan, scene: &Scene<'_>, place: &str) -> Result<Option<Size>, Error> {
    let Some(named) = trail_source::bucket(place) else { return Ok(None) };
    let ((name, prefix), region) = (named?, scene.region()?);
    let sections = ["CloudTrail", "CloudTrail-Digest"];
    super::collect::within(async {
        let bucket = Bucket::open(plan, region, name).await;
        let (objects, unknown) = trail_source::sizes(&bucket, prefix, &scene.places, &sections, scene.window).await;
        let bytes = objects.iter().map(|(_, bytes)| bytes).sum();
        Ok(Some(Size { files: objects.len() as u64, bytes, unknown }))
    })
}

/// `26 s`, `12 min`, `3.4 h`; rounded up, since nothing gets faster than its quota.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{:.0} s", s.ceil()),
        s if s < 7200.0 => format!("{:.0} min", (s / 60.0).ceil()),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn bound(line: &Line) -> String {
    line.bound.map_or_else(String::new, |o| format!("{}:{} ({} a second)", o.service, o.name, o.per_second))
}

fn text(estimate: &Estimate, plan: &Plan) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["ACCOUNT", "REGION", "STREAMS", "CALLS", "TIME", "BOUND BY"]);
    for line in &estimate.lines {
        let time = line.seconds.map_or_else(|| "-".to_owned(), duration);
        let why = line.unknown.as_deref().map_or_else(|| bound(line), |why| format!("unknown: {}", visible(why)));
        let row = [line.account.to_string(), line.region.to_string(), line.streams.to_string(), line.calls.to_string()];
        table.add_row(row.into_iter().chain([time, why]));
    }
    for column in 2..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{}\n{table}\n\n", estimate.subject);
    let places = estimate.lines.len();
    text.push_str(&format!("total     {} calls; {places} lists of streams\n", estimate.calls()));
    match (estimate.seconds(), plan.quota_share, estimate.slowest()) {
        (Some(seconds), Some(share), Some(line)) => text.push_str(&format!(
            "time      about {}, at {share} of AWS's quotas; bound by {} in {}/{}\n",
            duration(seconds),
            bound(line),
            line.account,
            line.region
        )),
        _ => text.push_str("time      not bound by quotas: the rate is not limited\n"),
    }
    for assumed in ASSUMED {
        text.push_str(&format!("assumed   {assumed}\n"));
    }
    if !estimate.open().is_empty() {
        text.push_str(&format!(
            "not in it {}: how often depends on what the streams name\n",
            estimate.open().join(", ")
        ));
    }
    text
}

fn object(estimate: &Estimate, code: ExitCode) -> serde_json::Value {
    let places = estimate.lines.iter().map(|line| {
        json!({
            "account": line.account, "region": line.region, "streams": line.streams, "calls": line.calls,
            "seconds": line.seconds, "unknown": line.unknown,
            "bound_by": line.bound.map(|o| format!("{}:{}", o.service, o.name)),
        })
    });
    json!({
        "places": places.collect::<Vec<_>>(),
        "calls": estimate.calls(),
        "by_operation": estimate.by_operation(),
        "seconds": estimate.seconds(),
        "bound_by": estimate.slowest().and_then(|l| l.bound).map(|o| format!("{}:{}", o.service, o.name)),
        "assumed": ASSUMED,
        "not_estimated": estimate.open(),
        "exit": code.number(),
    })
}
