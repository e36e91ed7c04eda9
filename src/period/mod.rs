//! What happened over the period, from the events and from what stands today.
//!
//! Pure. Events tell what changed; today's state tells how it ended; the sources tell for which time either can be
//! relied on. A stretch of time that no source covers is never filled with what was before and after it.

mod coverage;
mod delivery;
mod diff;
mod kpi;
mod last_use;
mod matrix;
mod policies;
mod state;
#[cfg(test)]
mod tests;

pub use diff::lines as diff;

use crate::model::Snapshot;
use crate::model::history::{History, Proof};
use crate::model::period::Period;
use std::sync::Arc;

/// Puts the period together.
#[must_use]
pub fn build(snapshot: &Snapshot, history: History, proof: Option<Proof>) -> Period {
    let window = (snapshot.run.window.from, snapshot.run.window.to);
    let coverage = coverage::of(snapshot, &history, proof.as_ref(), window);
    let policies = policies::changes(snapshot, &history, window);
    let lanes = state::lanes(snapshot, &history, &coverage, window);
    let uses = matrix::uses(snapshot, &history);
    let uses_known =
        history.has_logs || history.sources.iter().any(|s| s.origin != crate::model::history::Origin::Lookup);
    let mut kpis = kpi::all(snapshot, &lanes, &policies, &coverage);
    kpis.extend(delivery::all(snapshot));
    Period {
        window,
        uses_known,
        admins: matrix::admins(snapshot, &history, window),
        refused: matrix::refused(snapshot, &history, window),
        last_uses: last_use::all(&history, window),
        sources: history.sources,
        proof,
        coverage,
        uses,
        lanes: Arc::new(lanes),
        policies,
        kpis,
    }
}
