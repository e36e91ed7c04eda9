//! The measures, each with its formula, its population, and what could change it and is not known.

use crate::model::key::KeyManager;
use crate::model::period::{Basis, Covered, Kpi, Lane, PolicyChange, Tone, Widening};
use crate::model::stream::{Source, SseKey, SseState, Stream};
use crate::model::{Snapshot, Status};

/// All of them, in the order of print.
pub(super) fn all(snapshot: &Snapshot, lanes: &[Lane], policies: &[PolicyChange], coverage: &[Covered]) -> Vec<Kpi> {
    let unknown = unknown_time(coverage);
    let mut kpis = vec![customer_share(snapshot)];
    kpis.extend(remediation(lanes, &unknown));
    kpis.extend(alerts(policies, &unknown));
    kpis
}

fn unknown_time(coverage: &[Covered]) -> String {
    let open = coverage.iter().filter(|c| c.basis == Basis::Nothing);
    let hours: i64 = open.map(|c| (c.span.1 - c.span.0).num_hours()).sum();
    if hours == 0 {
        "none: some source covers the whole period".to_owned()
    } else {
        format!("{hours} hours that no source covers")
    }
}

/// Whether a stream is encrypted with a customer-managed key; unknown where that is not settled.
fn with_customer_key(snapshot: &Snapshot, stream: &Stream) -> Status {
    let Ok(sse) = &stream.sse else { return Status::Unknown };
    match (sse.value.state, &sse.value.key) {
        (SseState::Disabled, _) => Status::Fail,
        (SseState::Enabled, Ok(key)) => match &key.value {
            SseKey::AwsOwned => Status::Fail,
            SseKey::Kms { arn } => {
                let facts = snapshot.key(stream, arn).ok().and_then(|key| key.facts.as_ref().ok());
                match facts.and_then(|facts| facts.value.manager.as_ref().ok()).map(|m| m.value) {
                    Some(KeyManager::Customer) => Status::Pass,
                    Some(KeyManager::Aws) => Status::Fail,
                    None => Status::Unknown,
                }
            }
        },
        _ => Status::Unknown,
    }
}

fn customer_share(snapshot: &Snapshot) -> Kpi {
    let (mut with, mut without, mut unknown) = (0_u32, 0_u32, 0_u32);
    let (mut other, mut elsewhere) = (0_u32, 0_u32);
    for stream in snapshot.streams() {
        match (&stream.status, &stream.source) {
            (Ok(status), _) if status.value != "ACTIVE" => other += 1,
            (Ok(_), Ok(source)) if source.value != Source::DirectPut => elsewhere += 1,
            (Ok(_), Ok(_)) => match with_customer_key(snapshot, stream) {
                Status::Pass => with += 1,
                Status::Fail => without += 1,
                _ => unknown += 1,
            },
            _ => unknown += 1,
        }
    }
    let active = with + without + unknown;
    // A share of a population that is not complete would be of nobody knows how many.
    let complete = snapshot.places.iter().all(|p| p.listing.is_ok() && p.streams.iter().all(|s| s.source.is_ok()));
    let number = (active > 0 && complete).then(|| f64::from(with) * 100.0 / f64::from(active));
    Kpi {
        id: "customer-key-share",
        name: "Active streams by Direct PUT on a customer-managed key",
        value: match number {
            Some(share) => format!("{with} of {active}, {unknown} unknown ({share:.1} %)"),
            None if active == 0 => "no active stream that is known".to_owned(),
            None => format!("{with} of {active}, {unknown} unknown; no share, since the population is not complete"),
        },
        number,
        unit: "%",
        formula: "streams with status ACTIVE that take records by Direct PUT and whose server-side encryption is ENABLED with a key that DescribeKey calls CUSTOMER, divided by all such streams; what is not known counts as not",
        population: format!(
            "{active} active streams by Direct PUT; {other} in another status are left out, and {elsewhere} whose source keeps the records, so that they can have no encryption of their own"
        ),
        unknowns: format!(
            "{unknown} streams whose status, source, encryption or key could not be read or is not settled"
        ),
    }
}

/// How long streams were without a customer's key, from the event that began it to the event that ended it.
fn remediation(lanes: &[Lane], unknown: &str) -> Vec<Kpi> {
    let (mut hours, mut open, mut doubtful) = (Vec::new(), 0, 0);
    for lane in lanes.iter().filter(|lane| lane.kind == "stream" && lane.topic == "encryption") {
        let mut began = None;
        let mut begins_in_sight = false;
        for (at, span) in lane.spans.iter().enumerate() {
            match span.tone {
                Tone::Bad if began.is_none() => {
                    began = Some(span.from);
                    begins_in_sight = at > 0;
                }
                Tone::Good => {
                    if let Some(from) = began.take() {
                        if begins_in_sight {
                            hours.push((span.from - from).num_minutes() as f64 / 60.0);
                        } else {
                            doubtful += 1;
                        }
                    }
                }
                Tone::Unknown if began.take().is_some() => doubtful += 1,
                Tone::Bad | Tone::Neutral | Tone::Unknown => {}
            }
        }
        open += u32::from(began.is_some());
    }
    hours.sort_by(f64::total_cmp);
    let count = hours.len();
    let mean = (count > 0).then(|| hours.iter().sum::<f64>() / count as f64);
    let median = (count > 0).then(|| f64::midpoint(hours[(count - 1) / 2], hours[count / 2]));
    let population = format!(
        "{count} times that began and ended within the period; {open} that have not ended, {doubtful} whose beginning or end is not known, are left out"
    );
    let make = |id, name, number: Option<f64>, formula| Kpi {
        id,
        name,
        value: number
            .map_or_else(|| "nothing was remediated within the period".to_owned(), |n| format!("{n:.1} hours")),
        number,
        unit: "hours",
        formula,
        population: population.clone(),
        unknowns: unknown.to_owned(),
    };
    vec![
        make(
            "remediation-mean",
            "Mean time to remediate",
            mean,
            "arithmetic mean of the time from StopDeliveryStreamEncryption, or from the creation of a stream without a customer's key, to the event that put a customer's key in use",
        ),
        make(
            "remediation-median",
            "Median time to remediate",
            median,
            "median of the same times; of an even number the mean of the two in the middle",
        ),
    ]
}

fn alerts(policies: &[PolicyChange], unknown: &str) -> Vec<Kpi> {
    let count = |wanted: fn(&Widening) -> bool| policies.iter().filter(|p| wanted(&p.widening)).count();
    let wider = count(|w| matches!(w, Widening::Wider(_)));
    let doubtful = count(|w| matches!(w, Widening::Unknown(_)));
    let population = format!("{} successful PutKeyPolicy of the keys of the streams", policies.len());
    vec![
        Kpi {
            id: "policy-changes",
            name: "Changes of key policies",
            value: policies.len().to_string(),
            number: Some(policies.len() as f64),
            unit: "changes",
            formula: "number of successful PutKeyPolicy events on keys that a stream refers to",
            population: population.clone(),
            unknowns: unknown.to_owned(),
        },
        Kpi {
            id: "policy-widened",
            name: "Changes that widened access",
            value: if doubtful == 0 {
                wider.to_string()
            } else {
                format!("{wider}, and {doubtful} that cannot be told")
            },
            number: Some(wider as f64),
            unit: "changes",
            formula: "of these, those after which the evaluator of key policies answers yes to a question that it answered no to before, or lists an account, a principal or an action that it did not",
            population,
            unknowns: format!(
                "{doubtful} changes whose version before is in no event, or that were not understood in full; {unknown}"
            ),
        },
    ]
}
