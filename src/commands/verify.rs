//! `keywitness verify`: is this the pack that was sealed, and do its findings follow from its records?

use super::{out, out_json, replay};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::pack::{self, Anchors, Limits, Outcome};
use serde_json::json;

pub(super) fn run(typed: &cli::Verify) -> Result<ExitCode, Error> {
    let anchors = Anchors { expect_root: typed.expect_root.clone() };
    let keep: fn(&str) -> bool = if typed.no_replay { |_| false } else { |_| true };
    let mut report = pack::verify(&typed.pack, &anchors, &Limits::default(), keep)?;
    // Records that do not fit their hashes would only repeat what is already known to be wrong.
    let replayed = !typed.no_replay && report.failures.is_empty();
    if replayed {
        replay::replay(&mut report);
    }
    let outcome = report.outcome();
    let code = match outcome {
        Outcome::Verified => ExitCode::Done,
        Outcome::Failed => ExitCode::No,
        Outcome::Unreadable => ExitCode::CouldNotRun,
        Outcome::Consistent => ExitCode::Incomplete,
    };
    let verdict = match outcome {
        Outcome::Verified => "VERIFIED",
        Outcome::Failed => "FAILED",
        Outcome::Unreadable => "COULD NOT BE READ",
        Outcome::Consistent => "CONSISTENT, NOT ANCHORED",
    };
    if typed.json {
        out_json(&json!({
            "verdict": verdict,
            "exit": code.number(),
            "pack_root": report.root,
            "evidence_root": report.evidence_root,
            "anchored": report.anchored,
            "replayed": replayed,
            "files": report.files,
            "bytes": report.bytes,
            "failures": report.failures,
            "notes": report.notes,
        }))?;
        return Ok(code);
    }
    let mut text = format!("{verdict}\n");
    for line in report.lines() {
        text.push_str(&format!("{line}\n"));
    }
    for note in &report.notes {
        text.push_str(&format!("{note}\n"));
    }
    text.push_str(&format!("{} files, {} bytes under data/ hashed and found equal\n", report.files, report.bytes));
    if replayed {
        text.push_str("findings, assessment and reports derived again from the records\n");
    }
    if let Some(root) = &report.root {
        text.push_str(&format!("pack root {root}\n"));
    }
    if outcome == Outcome::Consistent && !report.anchored {
        text.push_str(
            "nothing from outside the pack vouches for it: whoever can write the folder can make one like it.\n",
        );
        text.push_str("compare the pack root with the one that you were told by another way (--expect-root HEX)\n");
    }
    out(&text)?;
    Ok(code)
}
