//! How it was collected: the facts, and each operation.

use super::{Fact, Input, fact, front};
use crate::model::Record;
use crate::model::Run;
use crate::model::record::ClockCheck;
use crate::model::run::{Executable, Pause, Tool};
use crate::model::time::seconds;
use serde::Serialize;
use std::collections::BTreeMap;

/// One API operation.
#[derive(Clone, Debug, Serialize)]
pub struct OperationRow {
    /// Where.
    pub region: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Calls recorded.
    pub calls: usize,
    /// Calls without an answer.
    pub failed: usize,
    /// Attempts beyond the first.
    pub retries: usize,
    /// First and last record.
    pub records: String,
}

pub(super) fn method(input: &Input<'_>, clock: ClockCheck) -> Vec<Fact> {
    let run = &input.snapshot.run;
    let records = input.records;
    let failed = records.iter().filter(|r| r.error.is_some()).count();
    let retried: usize = records.iter().map(|r| r.attempts.len().saturating_sub(1)).sum();
    let withheld: usize = records.iter().map(|r| r.withheld.len()).sum();
    let mut hosts: Vec<&str> = run.endpoints().map(|e| e.url.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let pauses: Vec<String> = run.pauses.iter().map(|p| pause(*p)).collect();
    let interruptions = match (pauses.is_empty(), run.interrupted) {
        (true, false) => "none".to_owned(),
        (true, true) => "stopped before its end, and not gone on with".to_owned(),
        (false, false) => pauses.join("; "),
        (false, true) => format!("{}; then stopped before its end", pauses.join("; ")),
    };
    vec![
        fact("Collected by", format!("{} {}", run.tool.name, run.tool.version)),
        fact("Executable", executable(run)),
        fact("Report by", format!("keywitness {}; the SHA-256 of its executable is in pack.json", input.version)),
        fact("Command", run.command.clone()),
        fact("Caller", front::callers(run)),
        fact(
            "Rate",
            if run.rate == "none" { "not limited".to_owned() } else { format!("{} of AWS's request quotas", run.rate) },
        ),
        fact("Interruptions", interruptions),
        fact("Calls", format!("{} recorded, {failed} without an answer, {retried} attempts repeated", records.len())),
        fact("Endpoints", hosts.join(", ")),
        fact(
            "Clock",
            if clock.samples == 0 {
                "no answer had a Date header to compare with".to_owned()
            } else {
                format!(
                    "at most {} ms from AWS's Date headers, over {} answers (a Date has whole seconds)",
                    clock.max_abs_skew_ms, clock.samples
                )
            },
        ),
        fact(
            "Withheld",
            format!(
                "{withheld} values that are secret or not on the allow list; their places are named in the records"
            ),
        ),
        fact(
            "Events",
            "LookupEvents, by event name: management events of the last 90 days, one attribute a query. Delivery takes minutes, \
              and requests that another account refused are recorded only there. It shows events of KMS even where trails \
              leave them out, so it is no proof that a trail records them.",
        ),
        fact("Regions not asked", front::regions_not_asked(run)),
        fact(
            "Population",
            "Streams: every name that ListDeliveryStreams gave, to HasMoreDeliveryStreams false. Keys: each distinct key that \
              a stream names, or that encrypts its source, a destination or a log group, or the log files of a trail.",
        ),
    ]
}

/// Which build collected. It stands in the snapshot, so the report is the same whichever build writes it.
fn executable(run: &Run) -> String {
    let one = |tool: &Tool| match &tool.executable {
        Some(Executable::Sha256(digest)) => format!("SHA-256 {digest}"),
        Some(Executable::Unknown(why)) => format!("SHA-256 not known: {why}"),
        None => "SHA-256 not known: nothing was written down about it".to_owned(),
    };
    let tools = if run.parts.is_empty() { vec![&run.tool] } else { run.parts.iter().map(|p| &p.tool).collect() };
    let mut builds: Vec<String> = tools.into_iter().map(one).collect();
    builds.sort();
    builds.dedup();
    let builds = builds.join("; ");
    if run.pauses.is_empty() { builds } else { format!("{builds} (of the part after the last interruption)") }
}

fn pause(pause: Pause) -> String {
    format!(
        "broke off at {} and gone on with at {}: {} answers were kept and not asked for again",
        seconds(pause.stopped),
        seconds(pause.resumed),
        pause.kept
    )
}

pub(super) fn operations(records: &[Record]) -> Vec<OperationRow> {
    let mut groups: BTreeMap<(&str, &str, &str), Vec<&Record>> = BTreeMap::new();
    for record in records {
        groups.entry((record.region.as_str(), &record.service, &record.operation)).or_default().push(record);
    }
    let rows = groups.into_iter().map(|((region, service, operation), records)| OperationRow {
        region: region.to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        calls: records.len(),
        failed: records.iter().filter(|r| r.error.is_some()).count(),
        retries: records.iter().map(|r| r.attempts.len().saturating_sub(1)).sum(),
        records: match (records.first(), records.last()) {
            (Some(first), Some(last)) if first.ev != last.ev => format!("{} to {}", first.ev, last.ev),
            (Some(first), _) => first.ev.to_string(),
            _ => String::new(),
        },
    });
    rows.collect()
}
