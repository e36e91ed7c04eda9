//! `--plan`: what a run would ask, how long it takes and what bounds it, before anything is read.

use super::trail_athena::{self, Places, Size};
use super::{out, out_json};
use crate::cli::Past;
use crate::clock;
use crate::collect::estimate::{ASSUMED, Line};
use crate::collect::{self as stage, Estimate, Plan};
use crate::error::{Error, ExitCode};
use crate::model::run::Window;
use crate::model::visible::visible;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

pub(super) fn run(plan: &Plan, past: &Past, json: bool) -> Result<ExitCode, Error> {
    let estimate = super::collect::within(async { stage::estimate(plan).await.map_err(Error::from) })?;
    let athena = past.trail_athena.as_deref().map(|place| athena(plan, &estimate, place)).transpose()?;
    let unknown = estimate.lines.iter().any(|line| line.unknown.is_some())
        || athena.as_ref().is_some_and(|size| !size.unknown.is_empty());
    let code = if unknown { ExitCode::Incomplete } else { ExitCode::Done };
    if json {
        let mut object = object(&estimate, code);
        if let Some(size) = &athena {
            object["athena"] = size.json();
        }
        out_json(&object)?;
    } else {
        let mut text = text(&estimate, plan);
        if let Some(size) = &athena {
            text.push_str(&format!("athena    {}\n", visible(&size.text())));
        }
        out(&text)?;
    }
    Ok(code)
}

/// What a query on Athena over the window would read.
fn athena(plan: &Plan, estimate: &Estimate, place: &str) -> Result<Size, Error> {
    let mut places = Places::new();
    for line in &estimate.lines {
        places.entry(line.account.clone()).or_default().push(line.region.clone());
    }
    let Some(region) = plan.regions.first().or(estimate.lines.first().map(|line| &line.region)) else {
        return Err(Error::new("there is no Region to ask in".to_owned()).hint("--region eu-west-1"));
    };
    let now = clock::now();
    let window = plan.window.unwrap_or(Window { from: now - chrono::TimeDelta::days(stage::LOOKUP_DAYS), to: now });
    super::collect::within(trail_athena::size(plan, region, place, &places, window))
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
        "seconds": estimate.seconds(),
        "bound_by": estimate.slowest().and_then(|l| l.bound).map(|o| format!("{}:{}", o.service, o.name)),
        "assumed": ASSUMED,
        "not_estimated": estimate.open(),
        "exit": code.number(),
    })
}
