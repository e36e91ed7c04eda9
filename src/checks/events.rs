//! What the checks of events share: a group of queries was read to the end, or it was not.

use super::{Ruling, Verdict, pass};
use crate::model::event::{EventGroup, NAMES};
use crate::model::snapshot::Place;
use crate::model::time;
use crate::model::{Run, event};

/// Passes when every query of the group came to its end; tells how many events there were. No event is a
/// statement about the query, not about the world.
pub(super) fn judge(run: &Run, place: &Place, group: EventGroup) -> Verdict {
    let names: Vec<&str> = NAMES.iter().filter(|(_, g)| *g == group).map(|(n, _)| *n).collect();
    let queries: Vec<&event::EventQuery> = place.events.iter().filter(|q| names.contains(&q.name.as_str())).collect();
    let mut ruling: Option<Ruling> = None;
    let mut counts = Vec::new();
    let mut total = 0;
    for query in queries {
        let events = query.events.as_ref()?;
        total += events.value.len();
        if !events.value.is_empty() {
            counts.push(format!("{} {}", events.value.len(), query.name));
        }
        ruling = Some(ruling.unwrap_or_else(|| pass("")).seen(events));
    }
    let told = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    let window = run.account(&place.account).map_or(run.window, |account| account.window);
    let (from, to) = (time::seconds(window.from), time::seconds(window.to));
    let reason = format!("{total} events returned by {} queries for {from} to {to}{told}", names.len());
    Ok(Ruling { reason, ..ruling.unwrap_or_else(|| pass("")) })
}
