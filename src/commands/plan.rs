//! `--plan`: what a run would ask, how long it takes and what bounds it, before anything is read.

use super::{out, out_json};
use crate::collect::estimate::{ASSUMED, Line};
use crate::collect::{self as stage, Estimate, Plan};
use crate::error::{Error, ExitCode};
use crate::model::visible::visible;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

pub(super) fn run(plan: &Plan, json: bool) -> Result<ExitCode, Error> {
    let estimate = super::collect::within(async { stage::estimate(plan).await.map_err(Error::from) })?;
    let unknown = estimate.lines.iter().any(|line| line.unknown.is_some());
    let code = if unknown { ExitCode::Incomplete } else { ExitCode::Done };
    if json {
        out_json(&object(&estimate, code))?;
    } else {
        out(&text(&estimate, plan))?;
    }
    Ok(code)
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
