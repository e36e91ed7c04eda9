//! Each log file in the folder that no valid digest names.

use super::Judge;
use crate::model::Time;
use crate::trail::chain::timeline::Timeline;
use crate::trail::chain::{DELIVERY, DIGEST_DELIVERY, HOUR};
use crate::trail::layout::{self, Section};
use crate::trail::report::{Code, HourState};
use chrono::TimeDelta;

impl Judge<'_> {
    /// Each log file that no valid digest names.
    pub(in crate::trail::chain) fn unnamed(&mut self) {
        let timelines: Vec<_> = self.chains.chains.iter().map(|(id, digests)| Timeline::new(id, digests)).collect();
        for object in std::mem::take(&mut self.unnamed_objects) {
            let place = layout::log_place(object);
            let account = place.account.map(|a| a.to_string()).unwrap_or_default();
            let part = layout::part(object);
            let own = |t: &&Timeline<'_>| {
                t.id.account.as_str() == account && t.id.region == place.region && t.parts.contains(part)
            };
            let known = timelines.iter().any(|t| own(&t));
            // An account or Region without digests is judged by the time that the others cover.
            let near: Vec<&Timeline<'_>> = timelines.iter().filter(|t| !known || own(t)).collect();
            let (code, text) = self.unnamed_code(object, &near, known, place.time, place.exact);
            if code == Code::LogOutside {
                self.logs.outside_period += 1;
            } else {
                self.logs.not_vouched_for += 1;
            }
            let id = near.first().filter(|_| known).map(|t| t.id);
            self.find(code, id, place.time.filter(|_| place.exact), Some(object), text);
        }
        for object in std::mem::take(&mut self.elsewhere) {
            self.logs.outside_period += 1;
            let place = layout::log_place(object);
            let text = "there is no digest in its part of the bucket: it is another trail's, without validation";
            self.find(Code::LogOutside, None, place.time.filter(|_| place.exact), Some(object), text);
        }
    }

    fn unnamed_code(
        &self,
        object: &str,
        near: &[&Timeline<'_>],
        known: bool,
        time: Option<Time>,
        exact: bool,
    ) -> (Code, &'static str) {
        let place = layout::section(object);
        if place == Section::Elsewhere && !near.is_empty() {
            return (
                Code::LogNotVouchedFor,
                "it lies outside of the folders of log files, and no valid digest names it",
            );
        }
        if near.is_empty() {
            return (Code::LogOutside, "there are no digests");
        }
        let Some(time) = time else {
            return (Code::LogNotVouchedFor, "no valid digest names it, and neither name nor folder tells its time");
        };
        let last = if exact { time } else { time + TimeDelta::days(1) };
        let covers = |t: &&&Timeline<'_>| t.extent().is_some_and(|(start, end)| last >= start && time < end - DELIVERY);
        let states = near.iter().filter(|_| exact && known).filter_map(|t| self.state(t, time));
        match states.min() {
            Some(HourState::Missing) => return (Code::LogWithoutDigest, "the digest of its hour is missing"),
            Some(HourState::Invalid) => return (Code::LogWithoutDigest, "the digest of its hour is invalid"),
            Some(HourState::NotKnown) | None => {}
        }
        let now = self.now();
        // Of the clocks of AWS and of this machine, neither is a quarter of an hour wrong.
        let is_pending = time + HOUR + DIGEST_DELIVERY > now && time <= now + DELIVERY;
        let after = near.iter().filter_map(|t| t.extent()).all(|(_, end)| time >= end - DELIVERY);
        let before = near.iter().filter_map(|t| t.extent()).all(|(start, _)| last < start);
        match (near.iter().any(|t| covers(&t)), known) {
            (true, true) => (Code::LogNotVouchedFor, "its hour has valid digests, and none of them names it"),
            (true, false) => {
                (Code::LogNotVouchedFor, "its account and Region have no digests, and others have them for its time")
            }
            (false, _) if after && is_pending => (Code::LogOutside, "its digest may not have been delivered yet"),
            (false, _) if self.expected.from.is_some_and(|from| last < from) => {
                (Code::LogOutside, "it is from before the period that was asked for")
            }
            (false, _) if before => {
                (Code::LogNotVouchedFor, "it is from before the first digest; if the period begins later, say --from")
            }
            (false, _) if after => {
                (Code::LogNotVouchedFor, "it is from after the newest digest, and the next is long due")
            }
            (false, _) => (Code::LogNotVouchedFor, "no digest covers its time: nothing was signed then"),
        }
    }

    /// The state of the hour without a digest in which a log file lies, if it lies in one.
    fn state(&self, timeline: &Timeline<'_>, time: Time) -> Option<HourState> {
        let time = match timeline.end() {
            Some(end) if time < end && time >= end - DELIVERY => end,
            _ => time,
        };
        let spans = self.states.get(&timeline.id.to_string()).into_iter().flatten();
        spans.filter(|((from, to), _)| time >= *from && time < *to).map(|(_, state)| *state).min()
    }
}
