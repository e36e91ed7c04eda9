//! What stands before everything else: notices, the cover, what the report is.

use super::exceptions::exception_id;
use super::requirements::name_of;
use super::{Fact, Input, fact};
use crate::model::Run;
use crate::model::record::ClockCheck;
use crate::model::series::Earlier;
use crate::model::time::seconds;
use serde::Serialize;

/// What must be seen before anything else.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeRow {
    /// What it is about, in a word or two.
    pub word: &'static str,
    /// Why it matters.
    pub text: String,
    /// It changes what the whole report is worth, so the word stands on every page.
    pub on_every_page: bool,
}

pub(super) const NATURE: &[&str] = &[
    "This report says what the named account answered to read-only calls during the collection, and what follows from \
     those answers by the published rules of each check. It is a statement about a point in time, with the management \
     events of a stated window; it does not say what was so before, between or after.",
    "It is no opinion, no attestation and no legal advice. No requirement of an external framework is shown as met by \
     this tool alone: where its technical evidence supports a requirement, the page of that requirement lists what a \
     person must still obtain.",
    "What could not be read is \"unknown\". It is listed before any total, it can only lower a result, and it is never \
     counted as a pass, as \"not encrypted\" or as \"0 events\".",
    "The organization's own baseline (a customer-managed key for every stream) is a catalog of its own. PCI DSS, HIPAA \
     and GDPR do not demand it, and their statuses do not depend on it.",
    "Every finding cites the recorded answers on which it rests, as EV number and JSON pointer. The records are in \
     data/evidence; HOW-TO-VERIFY.txt says how to check them with stock tools.",
];

pub(super) fn notices(input: &Input<'_>, clock: ClockCheck) -> Vec<NoticeRow> {
    let run = &input.snapshot.run;
    let mut notices = Vec::new();
    let mut notice = |on_every_page, word, text: String| notices.push(NoticeRow { word, text, on_every_page });
    if run.sample {
        notice(
            true,
            "Sample",
            "This account is invented: the records were made for demonstration and are no evidence of anything."
                .to_owned(),
        );
    }
    let mut foreign: Vec<&str> = run.foreign_endpoints().into_iter().map(|e| e.url.as_str()).collect();
    foreign.sort_unstable();
    foreign.dedup();
    if !foreign.is_empty() {
        notice(
            true,
            "Not AWS",
            format!(
                "The calls went to {}: an emulator or a proxy answered, and this is no evidence about an AWS account.",
                foreign.join(", ")
            ),
        );
    }
    if run.interrupted {
        notice(
            true,
            "Interrupted",
            "The run was stopped before its end; every call that was not made is listed as a gap.".to_owned(),
        );
    }
    for pause in &run.pauses {
        notice(
            false,
            "Resumed",
            format!(
                "The run broke off at {} and was gone on with at {}. The {} answers that it had by then were kept and \
                 not asked for again; what they show is of the time before.",
                seconds(pause.stopped),
                seconds(pause.resumed),
                pause.kept
            ),
        );
    }
    if clock.max_abs_skew_ms > 60_000 {
        notice(
            false,
            "Clock",
            format!("The collector's clock was up to {} seconds away from AWS's.", clock.max_abs_skew_ms / 1000),
        );
    }
    for catalog in input.assessment.catalogs.iter().filter(|c| c.review_overdue) {
        notice(
            false,
            "Review due",
            format!("The catalog {} was to be compared with its sources by {}.", catalog.id, catalog.review_due),
        );
    }
    for catalog in input.assessment.catalogs.iter().filter(|c| !c.published) {
        notice(
            true,
            "Own catalog",
            format!(
                "The catalog {} is not published with this program: its rules and words are those of whoever wrote \
                 data/frameworks/{}.",
                catalog.id, catalog.file_name
            ),
        );
    }
    for outcome in input.assessment.exceptions.iter().filter(|e| !e.because.is_empty()) {
        notice(
            false,
            "Exception without effect",
            format!("{}: {}.", exception_id(outcome), outcome.because.join("; ")),
        );
    }
    for declaration in &input.assessment.unused_declarations {
        notice(false, "Declaration without effect", declaration.clone());
    }
    notices
}

pub(super) fn cover(input: &Input<'_>) -> Vec<Fact> {
    let run = &input.snapshot.run;
    let regions: Vec<&str> = run.regions().into_iter().map(crate::model::Region::as_str).collect();
    let frameworks: Vec<String> = input.assessment.catalogs.iter().map(name_of).collect();
    vec![
        fact("Account", accounts(run)),
        fact("Account alias", super::accounts::aliases(input.snapshot)),
        fact("Regions", regions.join(", ")),
        fact("Regions not asked", regions_not_asked(run)),
        fact("Collected", format!("{} to {}", seconds(run.started), seconds(run.ended))),
        fact("Events from", format!("{} to {}", seconds(run.window.from), seconds(run.window.to))),
        fact("Read as", callers(run)),
        fact("Catalogs", frameworks.join("; ")),
        fact("Run", run.id.clone()),
        fact("Run number in series", run_number(input.earlier)),
        fact("Edition", "internal: everything but secrets"),
        fact("Classification", input.settings.classification.as_deref().unwrap_or("not declared")),
        fact("Evidence root", input.evidence_root),
        fact("Written by", format!("Keywitness {}", input.version)),
    ]
}

/// The accounts and their partition; of many, how many there are, since each has its line further on.
fn accounts(run: &Run) -> String {
    let ids: Vec<String> = run.account_ids().into_iter().map(ToString::to_string).collect();
    let named = if ids.len() > 8 { run.subject() } else { ids.join(", ") };
    format!("{named} (partition {})", run.partitions().join(", "))
}

/// Which run of its series it is, as far as the packs before it say so.
pub(super) fn run_number(earlier: Option<&Earlier>) -> String {
    match (earlier, Earlier::number_after(earlier)) {
        (None, _) => "1: no pack before it was named".to_owned(),
        (Some(_), Some(number)) => number.to_string(),
        (Some(_), None) => "not stated: the pack before it does not state its own".to_owned(),
    }
}

/// What is left out by the choice of Regions. Which Regions an account has enabled is known only where it was asked.
pub(super) fn regions_not_asked(run: &Run) -> String {
    if run.selection.regions.is_empty() {
        return "none: DescribeRegions named those that the account has enabled, and each was asked; one that gave no answer \
                is among the gaps"
            .to_owned();
    }
    "every other: the Regions were named, and the account was not asked which it has enabled. Streams in others are not in \
     this report"
        .to_owned()
}

/// Who read: the first callers by name, and how many more there are.
pub(super) fn callers(run: &Run) -> String {
    match run.callers().as_slice() {
        [] => "nobody: no account could be read".to_owned(),
        all if all.len() <= 4 => all.join(", "),
        all => format!("{} and {} more", all[..3].join(", "), all.len() - 3),
    }
}
