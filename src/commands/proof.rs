//! What the digests of a trail prove, among the other facts of a run: its findings become gaps, its counts stand in
//! `pack.json`. Made from the records alone, so `verify` makes it again.

use crate::model::history::{Proof, ProofFinding};
use crate::model::operation::{DIGEST_FILES, LOG_FILES};
use crate::model::{Gap, GapFacts, GapKind, Record, Run, Snapshot};
use crate::trail::{Expected, evidence};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Of the findings of a proof, so many become gaps of their own; one more stands for the rest.
const LISTED: usize = 200;
/// The digest of an hour in which something happened may come so long after it: the rest of its hour, and two more.
const DELIVERY: TimeDelta = TimeDelta::hours(3);

/// The proof, where log files were read.
pub fn of(run: &Run, records: &[Record]) -> Option<Proof> {
    // Digests of the last hours before the collection need not be there yet.
    let to = run.window.to.min(run.started - DELIVERY);
    let expected =
        Expected { from: Some(run.window.from), to: (to > run.window.from).then_some(to), now: Some(run.started) };
    evidence::prove(records, expected).map(|(_, proof)| proof)
}

/// Lists what is not proven among the gaps.
pub fn note(proof: &Proof, snapshot: &mut Snapshot) {
    let open: Vec<&ProofFinding> = proof.findings.iter().filter(|f| f.level != "note").collect();
    let Some((account, region)) = snapshot.places.first().map(|p| (p.account.clone(), p.region.clone())) else {
        return;
    };
    let gap = |subject: &str, kind: GapKind, code: Option<&str>, detail: String| {
        Gap::from(GapFacts {
            account: account.clone(),
            region: region.clone(),
            service: DIGEST_FILES.service.into(),
            operation: if code.is_some_and(|c| c.starts_with("log-")) { LOG_FILES.name } else { DIGEST_FILES.name }
                .into(),
            subject: subject.to_owned(),
            kind,
            code: code.map(ToOwned::to_owned),
            detail,
            record: None,
        })
    };
    let listed = open.iter().take(LISTED).map(|found| {
        let kind = if found.level == "wrong" { GapKind::Malformed } else { GapKind::Incomplete };
        let subject = if found.object.is_empty() { &found.chain } else { &found.object };
        let hour = if found.hour.is_empty() { String::new() } else { format!("hour from {}: ", found.hour) };
        gap(subject, kind, Some(found.code), format!("{hour}{}", found.text))
    });
    snapshot.gaps.extend(listed);
    if open.len() > LISTED {
        let rest = open.len() - LISTED;
        let detail =
            format!("{rest} more hours, digests or log files are not proven: the table trail-proof lists them all");
        snapshot.gaps.push(gap("", GapKind::Incomplete, None, detail));
    }
    snapshot.gaps.sort();
    snapshot.gaps.dedup();
}

/// The counts for `pack.json`.
pub fn counts(proof: &Proof, counts: &mut BTreeMap<String, u64>) {
    let names = ["valid", "invalid", "missing"].map(|word| format!("trail_digests_{word}"));
    let logs = ["valid", "invalid", "missing", "not_vouched_for", "outside_period"].map(|w| format!("trail_logs_{w}"));
    let all = names.into_iter().chain(logs).zip(proof.digests.iter().chain(&proof.logs));
    counts.extend(all.map(|(name, count)| (name, *count as u64)));
}
