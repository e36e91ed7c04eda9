//! What the checks of events share: a group of queries was read to the end, or it was not; and whether something was
//! done to the keys of streams that should not have been.

use super::{Context, Ruling, Unknown, Verdict, fail, pass, unknown};
use crate::model::event::{Event, EventGroup, EventQuery, NAMES};
use crate::model::reading::{Gap, GapKind};
use crate::model::snapshot::Place;
use crate::model::time;
use crate::model::{Key, Run};

/// Passes when every query of the group came to its end; tells how many events there were. No event is a
/// statement about the query, not about the world.
pub(super) fn judge(run: &Run, place: &Place, group: EventGroup) -> Verdict {
    let names: Vec<&str> = NAMES.iter().filter(|(_, g)| *g == group).map(|(n, _)| *n).collect();
    let mut ruling: Option<Ruling> = None;
    let mut counts = Vec::new();
    let mut total = 0;
    for query in queries(place, &names) {
        let events = query.events.as_ref()?;
        total += events.value.len();
        if !events.value.is_empty() {
            counts.push(format!("{} {}", events.value.len(), query.name));
        }
        ruling = Some(ruling.unwrap_or_else(|| pass("")).seen(events));
    }
    let told = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    let reason = format!("{total} events returned by {} queries for {}{told}", names.len(), window(run, place));
    Ok(Ruling { reason, ..ruling.unwrap_or_else(|| pass("")) })
}

/// The window of the account: each goes back from when it was asked.
fn window(run: &Run, place: &Place) -> String {
    let window = run.account(&place.account).map_or(run.window, |account| account.window);
    format!("{} to {}", time::seconds(window.from), time::seconds(window.to))
}

/// The queries of those names.
fn queries<'a>(place: &'a Place, names: &[&str]) -> Vec<&'a EventQuery> {
    place.events.iter().filter(|q| names.contains(&q.name.as_str())).collect()
}

/// What an event is to the question.
pub(super) enum Is {
    /// It is what must not happen.
    Bad,
    /// It is not about this.
    Fine,
    /// What was read does not decide it.
    Open(Unknown),
}

/// Fails when an event of these names is bad, in the pages before a gap too; passes only when all queries came to
/// their end and no event was left open.
pub(super) fn none_of(
    context: &Context<'_>,
    place: &Place,
    names: &[&str],
    good: &str,
    is: impl Fn(&Event) -> Is,
) -> Verdict {
    let mut bad = Vec::new();
    let mut open: Option<Unknown> = None;
    let mut ruling = pass(format!("{good} ({})", window(&context.snapshot.run, place)));
    for query in queries(place, names) {
        let found = match &query.events {
            Ok(events) => {
                ruling = ruling.seen(events);
                &events.value
            }
            Err(gap) => {
                open = open.or_else(|| Some(Unknown::from(gap)));
                &query.partial
            }
        };
        for event in found {
            match is(event) {
                Is::Bad => bad.push(event),
                Is::Fine => {}
                Is::Open(why) => open = open.or(Some(why)),
            }
        }
    }
    if !bad.is_empty() {
        // Newest first, whatever the query.
        bad.sort_by(|a, b| (b.time, &a.id).cmp(&(a.time, &b.id)));
        return Ok(bad.iter().fold(fail(listed(&bad)), |ruling, event| ruling.at(&event.at)));
    }
    open.map_or(Ok(ruling), Err)
}

/// Up to three events in words, and how many more there are.
fn listed(events: &[&Event]) -> String {
    let one = |event: &&Event| {
        let who = if event.who.is_empty() { "somebody whom the event does not name" } else { &event.who };
        let what = event.resources.first().map(|r| format!(" of {r}")).unwrap_or_default();
        format!("{}{what} by {who} at {}", event.name, time::seconds(event.time))
    };
    let shown = events.iter().take(3).map(one).collect::<Vec<_>>().join("; ");
    match events.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// A call that was made and not refused.
pub(super) fn done(event: &Event) -> Is {
    if event.error.is_none() { Is::Bad } else { Is::Fine }
}

/// A call that was made, not refused, and is about a key of a stream.
pub(super) fn done_to_a_key(place: &Place, event: &Event) -> Is {
    if event.error.is_some() { Is::Fine } else { about_keys(place, event) }
}

/// Whether an event is about a key of a stream: by ARN, by id, by alias. An event that names no key may be about any.
pub(super) fn about_keys(place: &Place, event: &Event) -> Is {
    if event.resources.is_empty() || place.keys.iter().any(|key| names_key(event, key)) {
        return Is::Bad;
    }
    // A stream that was not described, or was not even listed, may use the key.
    match unread(place).or_else(|| aliases_unread(place, event)) {
        Some(gap) => Is::Open(Unknown::from(gap)),
        None => Is::Fine,
    }
}

fn names_key(event: &Event, key: &Key) -> bool {
    let id = key.arn.rsplit_once(":key/").map_or(key.arn.as_str(), |(_, id)| id);
    let aliases = key.aliases.as_ref().map_or(&[][..], |a| a.value.as_slice());
    event.resources.iter().any(|r| {
        *r == key.arn || r == id || aliases.iter().any(|alias| r == alias || r.ends_with(&format!(":{alias}")))
    })
}

/// Why the keys of streams are not all known.
pub(super) fn unread(place: &Place) -> Option<&Gap> {
    let of_streams = place.streams.iter().filter_map(|s| match &s.sse {
        Err(gap) => Some(gap),
        Ok(sse) => sse.value.key.as_ref().err(),
    });
    place.listing.as_ref().err().into_iter().chain(of_streams).find(|gap| gap.kind != GapKind::Inapplicable)
}

/// An event that names an alias only, where no alias could be read.
fn aliases_unread<'a>(place: &'a Place, event: &Event) -> Option<&'a Gap> {
    let by_alias = event.resources.iter().all(|r| r.starts_with("alias/") || r.contains(":alias/"));
    let unread = place.keys.iter().find_map(|k| k.aliases.as_ref().err().filter(|g| g.kind != GapKind::Inapplicable));
    unread.filter(|_| by_alias)
}

/// Whether nobody declared who may do it.
pub(super) fn undeclared(event: &Event, setting: &str) -> Is {
    let why = format!("{} by {}: set {setting} in keywitness.toml to say who may", event.name, event.who);
    Is::Open(Unknown { seen: vec![event.at.clone()], ..unknown(why) })
}
