//! What lies between two digests, and what lies before the first and after the last one.

use super::Judge;
use crate::model::Time;
use crate::model::time::seconds;
use crate::trail::chain::timeline::Timeline;
use crate::trail::chain::{DELIVERY, DIGEST_DELIVERY, HOUR, NEAR, SLACK, Span, TRACE, hours, hours_back};
use crate::trail::digest::{Body, Digest, Previous};
use crate::trail::layout::{self, ChainId};
use crate::trail::report::{Code, HourState};
use std::collections::BTreeMap;

impl Judge<'_> {
    /// What lies before the first valid digest.
    pub(super) fn head(&mut self, timeline: &Timeline<'_>) {
        let (digest, body) = timeline.valid[0];
        let id = timeline.id;
        let asked = self.expected.from.filter(|from| body.start - *from > SLACK);
        let traces = self.traces_before(timeline, body.start);
        let back = |from: Option<Time>| from.map_or_else(Vec::new, |from| hours_back(from, body.start));
        match &body.previous {
            Previous::Starting | Previous::Incomplete { object: None } => {
                if matches!(body.previous, Previous::Incomplete { .. }) {
                    let text = "it is the first one here, and it names no predecessor and yet has fields of one";
                    self.find(Code::PreviousIncomplete, Some(id), Some(body.start), Some(&digest.object), text);
                }
                let why = format!("nothing before {} was ever signed in this chain", seconds(body.start));
                let invalid = Self::traces_of_invalid(timeline, body.start).next().map(|end| end - HOUR);
                let invalid = invalid.filter(|from| *from < body.start);
                for span in back(asked.or(invalid)) {
                    self.hour(timeline, span, HourState::NotKnown, Code::StartsLate, &why);
                }
            }
            Previous::Is { bucket, object, .. } if *bucket != body.bucket => {
                let text = format!("its predecessor {object} is in bucket {bucket:?}");
                self.find(Code::PreviousElsewhere, Some(id), Some(body.start), Some(&digest.object), text);
                for span in back(asked) {
                    self.list(id, span, HourState::NotKnown, timeline.name_of(span.1));
                }
            }
            Previous::Is { object, .. } | Previous::Incomplete { object: Some(object) } => {
                let why = format!("{} names a predecessor, {object}", digest.object);
                let from = asked.into_iter().chain(traces).min();
                if from.is_some() {
                    for span in back(from) {
                        self.hour(timeline, span, HourState::Missing, Code::DigestMissing, &why);
                    }
                } else if self.expected.from.is_none() && !timeline.objects.contains(object.as_str()) {
                    let text = format!("{why}, which is not here; if the period begins here, say so with --from");
                    self.hour(timeline, (body.start - HOUR, body.start), HourState::NotKnown, Code::HeadOpen, &text);
                }
            }
        }
    }

    /// The ends of invalid digests, but for those that say themselves that they belong elsewhere: such a one tells of no
    /// hours but that next to the chain, since anybody can copy one.
    fn traces_of_invalid(timeline: &Timeline<'_>, start: Time) -> impl Iterator<Item = Time> {
        let ends = timeline.invalid.keys().copied();
        ends.filter(move |end| !timeline.moved.contains(end) || (start - *end).abs() <= SLACK)
    }

    /// The times of log files in the chain's part of the bucket that no valid digest names.
    fn unnamed_of(&self, timeline: &Timeline<'_>) -> impl Iterator<Item = Time> {
        let all = self.unnamed.get(&timeline.place()).into_iter().flatten();
        all.filter(|(_, part)| timeline.parts.contains(part)).map(|(time, _)| *time)
    }

    /// The earliest trace of hours before the chain: log files, invalid digests, metadata, each within a day of the
    /// next.
    fn traces_before(&self, timeline: &Timeline<'_>, start: Time) -> Option<Time> {
        let logs = self.unnamed_of(timeline);
        let orphans = self.orphans.get(timeline.id).into_iter().flat_map(BTreeMap::keys).copied();
        let ends = Self::traces_of_invalid(timeline, start).chain(orphans).map(|end| end - HOUR);
        let mut times: Vec<Time> = logs.chain(ends).filter(|t| *t < start - SLACK).collect();
        times.sort_unstable();
        let mut reached = None;
        let mut edge = start;
        for time in times.into_iter().rev().take_while(|time| {
            let near = edge - *time <= TRACE;
            edge = *time;
            near
        }) {
            reached = Some(time);
        }
        reached
    }

    /// Two valid digests that follow one another.
    pub(super) fn pair(&mut self, timeline: &Timeline<'_>, before: (&Digest, &Body), after: (&Digest, &Body)) {
        let id = timeline.id;
        let ((a, one), (b, two)) = (before, after);
        let gap = hours(one.end, two.start);
        if one.end > two.start {
            let text = format!("it begins before {} ends", a.object);
            self.find(Code::Overlap, Some(id), Some(two.start), Some(&b.object), text);
        }
        let (state, code, why) = match &two.previous {
            Previous::Starting => {
                let mut text = format!("{} is a starting digest: logging or validation was off before it", b.object);
                if let Some(event) = self.explanation(id, two.start) {
                    text = format!("{text}; the log has {event}");
                }
                self.find(Code::ChainRestarted, Some(id), Some(two.start), Some(&b.object), text.as_str());
                (HourState::NotKnown, Code::ChainRestarted, text)
            }
            Previous::Incomplete { .. } => {
                let text = "some of its fields on the predecessor are null and some are not";
                self.find(Code::PreviousIncomplete, Some(id), Some(two.start), Some(&b.object), text);
                (HourState::NotKnown, Code::TimeGap, text.to_owned())
            }
            Previous::Is { object, .. } if *object == a.object => {
                (HourState::NotKnown, Code::TimeGap, format!("{} names {} as its predecessor", b.object, a.object))
            }
            Previous::Is { bucket, object, .. } if *bucket != two.bucket => {
                let text = format!("its predecessor {object} is in bucket {bucket:?}");
                self.find(Code::PreviousElsewhere, Some(id), Some(two.start), Some(&b.object), text.as_str());
                (HourState::NotKnown, Code::PreviousElsewhere, text)
            }
            Previous::Is { object, .. } => {
                let text = format!("{} names a predecessor, {object}", b.object);
                let here = timeline.objects.contains(object.as_str());
                if !timeline.invalid.values().any(|o| o == object) && (here || gap.is_empty()) {
                    self.find(
                        Code::NotLinked,
                        Some(id),
                        Some(one.start),
                        Some(&a.object),
                        format!("{text}, and not this one"),
                    );
                }
                if !here && gap.is_empty() {
                    let end = layout::digest_name(object).map_or(two.start, |(_, end)| end);
                    self.missing_digest(id, (end - HOUR, end), Some(object.clone()), &text);
                }
                (HourState::Missing, Code::DigestMissing, text)
            }
        };
        for span in gap {
            self.hour(timeline, span, state, code, &why);
        }
    }

    /// The call in the proven logs that explains why a chain begins at this time.
    fn explanation(&self, id: &ChainId, start: Time) -> Option<String> {
        let arn_end = format!(":trail/{}", id.trail);
        let events = self.facts.values().flatten().flat_map(|fact| &fact.trail_events);
        let fits = events.filter(|event| {
            (event.time - start).abs() <= HOUR + DELIVERY
                && matches!(event.name.as_str(), "StartLogging" | "CreateTrail" | "UpdateTrail")
                && (event.trail == id.trail || event.trail.ends_with(&arn_end))
        });
        fits.map(|event| format!("{} at {}", event.name, seconds(event.time))).min()
    }

    /// What lies after the last valid digest.
    pub(super) fn tail(&mut self, timeline: &Timeline<'_>) {
        let Some(end) = timeline.end() else { return };
        let mut late: Vec<Time> = self.unnamed_of(timeline).collect();
        // A file from the last minutes before the end may belong to the next digest; if that one is long due, and nothing
        // else tells of it, then no digest is missing and the file is planted.
        let next_is_due = end + HOUR + DIGEST_DELIVERY <= self.now();
        late.retain(|time| *time >= if next_is_due { end - SLACK } else { end - DELIVERY });
        let mut traces: Vec<Time> = late.into_iter().map(|time| time.max(end) + SLACK + SLACK).collect();
        let invalid = timeline.invalid.keys().copied().filter(|named| *named > end + SLACK);
        traces.extend(invalid);
        let orphans = self.orphans.get(timeline.id).map(|o| o.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
        traces.extend(orphans.iter().copied().filter(|named| *named > end + SLACK));
        traces.sort_unstable();
        let mut reached = end;
        for time in traces {
            // A digest of another hour under this name tells of no hours but the next: anybody can copy one.
            let far = time - reached > if timeline.moved.contains(&time) { HOUR + SLACK } else { TRACE };
            if far && timeline.moved.contains(&time) {
                continue;
            }
            if far {
                break;
            }
            reached = time;
        }
        let others = self.chains.chains.iter().filter(|(id, _)| !id.backfill && *id != timeline.id);
        let newest = others.filter_map(|(id, digests)| Timeline::new(id, digests).end()).max();
        let latest = self.now().max(reached);
        let asked = self.expected.to.filter(|to| *to - end > SLACK);
        // What was asked for is judged by itself, and no other chain is needed to ask for it.
        let behind = newest.filter(|_| self.expected.to.is_none());
        let to = [Some(reached), asked, behind].into_iter().flatten().max().unwrap_or(end);
        let ends = seconds(end);
        let mut later: Option<Span> = None;
        for span in hours(end, to) {
            // The hour that only begins is nobody's to be missed yet, unless it is asked for or there are traces in it.
            let whole = span.1 - span.0 >= HOUR - SLACK;
            let span = if whole { span } else { (span.0, span.0 + HOUR) };
            let has_trace = span.0 < reached;
            let is_asked = asked.is_some_and(|to| to - span.0 > SLACK);
            let is_due = span.1 + DIGEST_DELIVERY <= latest;
            if has_trace && (is_due || orphans.iter().any(|o| *o >= span.1 - NEAR)) {
                let why = format!("the chain ends at {ends}, and there are traces of more: its digest is long due");
                self.hour(timeline, span, HourState::Missing, Code::DigestMissing, &why);
            } else if is_asked && is_due {
                let why = format!("the chain ends at {ends}, and this hour was asked for");
                self.hour(timeline, span, HourState::Missing, Code::DigestMissing, &why);
            } else if has_trace {
                let why = format!("the chain ends at {ends}, and there are log files after it");
                self.hour(timeline, span, HourState::NotKnown, Code::TailOpen, &why);
            } else if is_asked {
                later = Some(later.map_or(span, |first| (first.0, span.1)));
            } else if whole && let Some(other) = behind {
                let why = format!("the chain ends at {ends}, and another one at {}", seconds(other));
                self.hour(timeline, span, HourState::NotKnown, Code::TailBehind, &why);
            }
        }
        if let Some(span) = later {
            let why = format!("the chain ends at {ends}, and the digests of what was asked for are not due yet");
            self.hour(timeline, span, HourState::NotKnown, Code::TailOpen, &why);
        }
    }

    /// Late digests have no hourly beat: only their links can show that one is missing.
    pub(super) fn backfill(&mut self, timeline: &Timeline<'_>) {
        for (digest, body) in &timeline.valid {
            let Previous::Is { bucket, object, .. } = &body.previous else { continue };
            if *bucket != body.bucket || timeline.objects.contains(object.as_str()) {
                continue;
            }
            let end = layout::digest_name(object).map_or(body.start, |(_, end)| end);
            let span = (end - HOUR, end);
            let why = format!("{} names it as its predecessor", digest.object);
            if timeline.valid[0].1.end < end {
                self.missing_digest(timeline.id, span, Some(object.clone()), &why);
            } else {
                self.find(Code::HeadOpen, Some(timeline.id), Some(span.0), Some(object), why);
            }
        }
    }
}
