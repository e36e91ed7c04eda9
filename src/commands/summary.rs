//! The short table at the end of a run, or its JSON.

use super::archive::{self, Archived};
use super::payload::Payload;
use super::{out, out_json, say, sealing};
use crate::checks;
use crate::error::{Error, ExitCode};
use crate::model::Status;
use crate::model::assessment::RequirementStatus;
use crate::model::visible::visible;
use crate::pack::Sealed;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;
use std::collections::HashMap;

pub(super) fn print(
    built: &Payload,
    sealed: &Sealed,
    archived: Option<&Archived>,
    code: ExitCode,
    json: bool,
) -> Result<(), Error> {
    if json {
        let mut object = object(built, sealed, code);
        if let Some(archived) = archived {
            object["archive"] = archive::summary(archived);
        }
        return out_json(&object);
    }
    let run = &built.run;
    let mut text = String::new();
    if run.sample {
        text.push_str("Sample account: everything below is invented.\n\n");
    }
    text.push_str(&gaps(built));
    text.push_str(&format!("{}\n\n{}\n\n", by_check(built), by_catalog(built)));
    text.push_str(&format!("pack           {}\n", sealed.path.display()));
    text.push_str(&format!("pack root      {}\n", sealed.root));
    text.push_str(&format!("evidence root  {}\n", built.evidence_root));
    if let Some(key) = &sealed.signed_by {
        text.push_str(&format!("signed by key  {key}\n"));
    }
    let path = sealed.path.display();
    match sealing::stamp_text(sealed) {
        Some(Ok(time)) => text.push_str(&format!("time stamp     {time}\n")),
        Some(Err(_)) => text.push_str("time stamp     MISSING\n"),
        None => {}
    }
    text.push_str(&archived.map(archive::lines).unwrap_or_default());
    out(&text)?;
    if let Some(Err(why)) = sealing::stamp_text(sealed) {
        say(&format!("\nno time stamp: {}", visible(&why)));
        say(&format!("the pack is sealed without it; add it with: {} timestamp {path} --tsa URL", me()));
    }
    say("\nnext:");
    say(&format!("  open {path}/data/report.html in a browser, or data/report.pdf; data/summary.pdf is for a board"));
    say(&format!("  {} verify {path} --expect-root {}", me(), sealed.root));
    say(&format!("  less {path}/HOW-TO-VERIFY.txt    (with stock tools, without this program)"));
    say("keep the pack root apart from the pack: it is what makes a later change visible");
    Ok(())
}

/// The program as it was called, so that the next command can be typed as it stands.
fn me() -> String {
    std::env::args().next().filter(|name| name.ends_with("keywitness")).unwrap_or_else(|| "keywitness".to_owned())
}

/// What is not known comes before any total.
fn gaps(built: &Payload) -> String {
    let gaps = &built.gaps;
    if gaps.is_empty() {
        return "Every call was answered, and every answer was understood.\n\n".to_owned();
    }
    let mut text = format!("Not known ({}):\n", gaps.len());
    for gap in gaps.iter().take(10) {
        text.push_str(&format!("  {} {}\n", gap.region, visible(&gap.sentence())));
    }
    if gaps.len() > 10 {
        text.push_str(&format!("  and {} more, all in the report\n", gaps.len() - 10));
    }
    text.push('\n');
    text
}

fn by_check(built: &Payload) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["CHECK", "FAIL", "UNKNOWN", "PASS", "N/A"]);
    let mut counts: HashMap<(&str, Status), usize> = HashMap::new();
    for finding in built.findings.iter() {
        *counts.entry((finding.check.as_str(), finding.status)).or_default() += 1;
    }
    for check in checks::ALL {
        let numbers = Status::ALL.map(|s| counts.get(&(check.id, s)).copied().unwrap_or_default().to_string());
        table.add_row(std::iter::once(check.id.to_owned()).chain(numbers));
    }
    for column in 1..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn by_catalog(built: &Payload) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["REQUIREMENTS", "STATUS", "COUNT"]);
    for catalog in &built.assessment.catalogs {
        let mut name = catalog.id.clone();
        for status in RequirementStatus::ALL {
            if catalog.count(status) > 0 {
                table.add_row([
                    std::mem::take(&mut name),
                    status.label().to_owned(),
                    catalog.count(status).to_string(),
                ]);
            }
        }
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn object(built: &Payload, sealed: &Sealed, code: ExitCode) -> serde_json::Value {
    let count = |status| built.findings.iter().filter(|f| f.status == status).count();
    let counts: serde_json::Map<_, _> = Status::ALL.iter().map(|s| (s.word().to_owned(), count(*s).into())).collect();
    json!({
        "pack": sealed.path,
        "pack_root": sealed.root,
        "evidence_root": built.evidence_root,
        "calls": built.about.counts.get("calls"),
        "signed_by": sealed.signed_by,
        "timestamp": sealing::stamp_text(sealed).and_then(Result::ok),
        "timestamp_missing": sealing::stamp_text(sealed).and_then(Result::err),
        "gaps": built.gaps.len(),
        "counts": counts,
        "exit": super::log::number(code),
    })
}
