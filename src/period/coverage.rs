//! For which time each place is known, and by what. The best source of each moment counts.

use crate::model::history::{History, Origin, Proof, Span};
use crate::model::period::{Basis, Covered};
use crate::model::snapshot::Place;
use crate::model::{GapKind, Snapshot, Time};
use chrono::TimeDelta;

/// How far back `LookupEvents` sees.
const LOOKUP_DAYS: i64 = 90;

/// Every place's window, cut into stretches of one basis each, without a hole.
pub(super) fn of(snapshot: &Snapshot, history: &History, proof: Option<&Proof>, window: Span) -> Vec<Covered> {
    let mut covered = Vec::new();
    for place in &snapshot.places {
        let proven = proof.and_then(|p| p.proven.get(&(place.account.clone(), place.region.clone())));
        let proven: Vec<Span> = proven.into_iter().flatten().filter_map(|span| cut(*span, window)).collect();
        let looked_up: Vec<Span> =
            looked_up(place, snapshot.run.started).and_then(|s| cut(s, window)).into_iter().collect();
        let logged = logged(history, proof, place).and_then(|span| cut(span, window));
        let mut edges: Vec<Time> = vec![window.0, window.1];
        edges.extend(proven.iter().chain(&looked_up).chain(&logged).flat_map(|(a, b)| [*a, *b]));
        edges.sort_unstable();
        edges.dedup();
        let basis = |at: Time| {
            let within = |spans: &[Span]| spans.iter().any(|(from, to)| *from <= at && at < *to);
            if within(&proven) {
                Basis::Proven
            } else if within(&looked_up) {
                Basis::LookedUp
            } else if within(logged.as_slice()) {
                Basis::Logged
            } else {
                Basis::Nothing
            }
        };
        let mut last: Option<Covered> = None;
        for pair in edges.windows(2) {
            let next = basis(pair[0]);
            match &mut last {
                Some(before) if before.basis == next => before.span.1 = pair[1],
                _ => {
                    covered.extend(last.take());
                    let (account, region) = (place.account.to_string(), place.region.to_string());
                    last = Some(Covered { account, region, span: (pair[0], pair[1]), basis: next });
                }
            }
        }
        covered.extend(last);
    }
    covered
}

fn cut(span: Span, window: Span) -> Option<Span> {
    let (from, to) = (span.0.max(window.0), span.1.min(window.1));
    (from < to).then_some((from, to))
}

/// The time for which every query of the place came to its end.
fn looked_up(place: &Place, started: Time) -> Option<Span> {
    let horizon = started - TimeDelta::days(LOOKUP_DAYS);
    let mut from = Time::MIN_UTC;
    for query in &place.events {
        match &query.events {
            Ok(_) => {}
            // The pages came to their end; only the beginning of the window is out of sight.
            Err(gap) if gap.kind == GapKind::Incomplete && gap.record.is_none() => from = from.max(horizon),
            Err(_) => return None,
        }
    }
    (!place.events.is_empty()).then_some((from, started))
}

/// From the first to the last event of log files that nothing proves; a weak basis, and said to be so.
fn logged(history: &History, proof: Option<&Proof>, place: &Place) -> Option<Span> {
    proof?;
    let here = history.events.iter().filter(|e| {
        e.origin == Origin::Log && e.region == place.region.as_str() && e.account == place.account.as_str()
    });
    let times = here.map(|e| e.time);
    let (low, high) = (times.clone().min()?, times.max()?);
    Some((low, high + TimeDelta::seconds(1)))
}
