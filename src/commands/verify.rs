//! `keywitness verify`: is this the pack that was sealed, and do its findings follow from its records?

use super::{before, out, out_json, payload, replay, sealing, share, versions};
use crate::cli::{self, Demanded};
use crate::error::{Error, ExitCode};
use crate::pack::about::Edition;
use crate::pack::{self, Anchors, Code, Failure, Limits, Note, Outcome};
use crate::render;
use serde_json::json;

/// What `--no-replay` leaves open, whatever the verdict is.
const NOT_REPLAYED: &str = "--no-replay: only hashes, lists and seal were judged; whether findings and reports follow from the \
                            records was not";

pub(super) fn run(typed: &cli::Verify) -> Result<ExitCode, Error> {
    let anchors = Anchors {
        expect_root: typed.expect_root.clone(),
        keys: sealing::keys(&typed.key)?,
        tsa_roots: sealing::roots(&typed.tsa_root)?,
        previous: typed.previous.clone(),
    };
    let templates = typed.templates.as_deref().map(payload::read_templates).transpose()?.unwrap_or_default();
    let keep: pack::Keep = if typed.no_replay { |_, _| false } else { replay::needs };
    let mut report = pack::verify(&typed.pack, &anchors, &Limits::default(), keep)?;
    demand(&mut report, typed.policy);
    // Records that do not fit their hashes would only repeat what is already known to be wrong.
    let replayed = !typed.no_replay && report.failures.is_empty();
    let edition = report.pack.as_ref().is_some_and(|p| p.edition == Edition::Customer);
    if replayed {
        render::tables::ready()?;
    }
    match (replayed, edition) {
        (true, false) => replay::replay(&mut report, &templates),
        (true, true) => share::replay_edition(&mut report),
        (false, _) => {}
    }
    versions::contradictions(&mut report, &typed.pack);
    if typed.no_replay {
        report.notes.push(Note::new(".", NOT_REPLAYED));
    }
    if replayed && !edition {
        before::hold_against(&mut report, &typed.pack, &typed.previous);
    }
    let opened = opened(typed, &mut report, edition)?;
    let outcome = report.outcome();
    let code = match outcome {
        Outcome::Verified => ExitCode::Done,
        Outcome::Failed => ExitCode::No,
        Outcome::Unreadable => ExitCode::CouldNotRun,
        Outcome::Consistent => ExitCode::Incomplete,
    };
    let verdict = verdict(&report);
    if typed.json {
        out_json(&json!({
            "verdict": verdict,
            "exit": code.number(),
            "pack_root": report.root,
            "evidence_root": report.evidence_root,
            "anchored": report.anchored,
            "signature": report.signature,
            "timestamp": report.stamp,
            "previous": report.previous,
            "replayed": replayed,
            "tool": report.pack.as_ref().map(|p| &p.tool),
            "derived_from": report.pack.as_ref().and_then(|p| p.derived_from.as_ref()),
            "opened": opened,
            "reports_compared": replayed && report.uncompared.is_empty(),
            "not_compared": report.uncompared,
            "files": report.files,
            "bytes": report.bytes,
            "failures": report.failures,
            "notes": report.notes,
        }))?;
        return Ok(code);
    }
    out(&told(&report, verdict, replayed, &opened))?;
    Ok(code)
}

/// What `--policy` asks for and the pack does not have. A pack may promise nothing, and then lacks nothing by itself.
fn demand(report: &mut pack::Report, policy: Demanded) {
    use Demanded::{Both, Signed, Timestamped};
    let told = |codes: &[Code]| report.failures.iter().any(|f| codes.contains(&f.code));
    let signed = report.signature.is_some() || told(&[Code::Sig, Code::SigMissing, Code::SigUnknownKey]);
    let stamped = report.stamp.is_some() || told(&[Code::Ts, Code::TsMissing, Code::TsWeak, Code::TsOrder]);
    let asked = [
        (matches!(policy, Signed | Both) && !signed, Code::SigMissing, "--policy asks for a signature, none found"),
        (
            matches!(policy, Timestamped | Both) && !stamped,
            Code::TsMissing,
            "--policy asks for a time stamp, none found",
        ),
    ];
    let missing = asked.into_iter().filter(|(missing, _, _)| *missing);
    report.add(missing.map(|(_, code, text)| Failure::new(code, "seal", text)).collect::<Vec<_>>());
}

/// The first word of the answer.
fn verdict(report: &pack::Report) -> &'static str {
    match report.outcome() {
        Outcome::Verified => "VERIFIED",
        Outcome::Failed => "FAILED",
        Outcome::Unreadable => "COULD NOT BE READ",
        Outcome::Consistent if !report.anchored => "CONSISTENT, NOT ANCHORED",
        Outcome::Consistent if report.uncompared.is_empty() => "CONSISTENT, TIME STAMP NOT JUDGED",
        Outcome::Consistent => "CONSISTENT, NOT ALL COMPARED",
    }
}

/// All that is told to people.
fn told(report: &pack::Report, verdict: &str, replayed: bool, opened: &[String]) -> String {
    let mut text = format!("{verdict}\n");
    for line in report.lines() {
        text.push_str(&format!("{line}\n"));
    }
    for note in &report.notes {
        text.push_str(&format!("{note}\n"));
    }
    text.push_str(&format!("{} files, {} bytes under data/ hashed and found equal\n", report.files, report.bytes));
    if replayed && report.pack.as_ref().is_some_and(|p| p.edition == Edition::Customer) {
        text.push_str("reports made again from the facts of the edition\n");
    } else if replayed {
        let what =
            if report.uncompared.is_empty() { "findings, assessment and reports" } else { "findings and assessment" };
        text.push_str(&format!("{what} derived again from the records\n"));
    }
    if let Some(root) = &report.root {
        text.push_str(&format!("pack root {root}\n"));
    }
    if let Some(from) = report.pack.as_ref().and_then(|p| p.derived_from.as_ref()) {
        text.push_str(&format!("customer edition, made from the pack with the root {}\n", from.root));
    }
    for proven in opened {
        text.push_str(&format!("{proven}\n"));
    }
    text.push_str(&seal(report));
    text.push_str(&build(report));
    if report.outcome() == Outcome::Consistent && !report.anchored {
        text.push_str(
            "nothing from outside the pack vouches for it: whoever can write the folder can make one like it.\n",
        );
        text.push_str(
            "compare the pack root with the one that you were told by another way (--expect-root HEX), or\n\
             give the signer's public key, had by another way (--key FILE)\n",
        );
    }
    if !report.uncompared.is_empty() {
        text.push_str(&format!(
            "NOT COMPARED, and so not vouched for, whatever else holds: {}. Another version of this program wrote the pack, \
             or templates that were not given; only with them can these files be made again\n",
            report.uncompared.iter().map(|path| pack::printable(path)).collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

/// What an opening proved, where one was given.
fn opened(typed: &cli::Verify, report: &mut pack::Report, edition: bool) -> Result<Vec<String>, Error> {
    match &typed.opening {
        // What does not hold is told as such, whatever else was asked of it.
        Some(_) if !report.failures.is_empty() => Ok(Vec::new()),
        Some(_) if !edition => {
            Err(Error::new("only a customer edition can be opened").hint("name the edition, not the full pack"))
        }
        Some(_) if typed.no_replay => Err(Error::new("an opening needs what --no-replay leaves out")),
        Some(opening) => share::open(report, opening, typed.internal.as_deref()),
        None => Ok(Vec::new()),
    }
}

/// Which build wrote the pack. Nothing depends on it; people compare it with published checksums.
fn build(report: &pack::Report) -> String {
    let Some(tool) = report.pack.as_ref().map(|p| &p.tool) else { return String::new() };
    let (name, version) = (&tool.name, &tool.version);
    match (&tool.binary_sha256, &tool.binary_unknown) {
        (Some(digest), _) => format!(
            "written by {name} {version}, whose executable had SHA-256 {digest} (as it says; any build of the version \
             derives the same)\n"
        ),
        (None, why) => {
            let why = pack::printable(why.as_deref().unwrap_or("no reason is given"));
            format!("written by {name} {version}; the SHA-256 of its executable is not known: {why}\n")
        }
    }
}

/// Who signed and when, as far as that is known.
fn seal(report: &pack::Report) -> String {
    let mut text = String::new();
    if let Some(signature) = &report.signature {
        let whose = if signature.trusted { "a key that you trust" } else { "the key that pack.json names" };
        text.push_str(&format!("signed by {whose}, {}\n", signature.key));
    }
    if let Some(stamp) = &report.stamp {
        let whose = if stamp.trusted { "an authority that you trust" } else { "an authority that was not judged" };
        text.push_str(&format!("existed at {}, says {whose} ({})\n", stamp.time, pack::printable(&stamp.authority)));
    }
    for root in &report.previous {
        text.push_str(&format!("previous pack root {root}\n"));
    }
    text
}
