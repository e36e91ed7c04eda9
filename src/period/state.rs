//! What each stream, key and trail was, from … to ….
//!
//! The states are rebuilt from both ends: an event says what was from then on, and sometimes what was before; today's
//! reading says how it ended. Where the two contradict each other, a change was not seen, and the time after the last
//! event is not known. Where no source tells of a time, neither is the state, whatever it was before and after.

use crate::model::history::{History, PastEvent, Span};
use crate::model::key::{Key, Origin};
use crate::model::period::{Basis, Covered, Lane, LaneSpan, Mark, Tone};
use crate::model::stream::{SseKey, SseState, Stream};
use crate::model::trail::Trail;
use crate::model::{Citation, Snapshot, Time};
use serde_json::Value;
use std::collections::BTreeSet;

/// A state, and how good it is.
#[derive(Clone, Debug, PartialEq)]
struct State {
    word: String,
    tone: Tone,
}

fn state(word: impl Into<String>, tone: Tone) -> State {
    State { word: word.into(), tone }
}

/// A moment from which on something else was.
struct Change {
    time: Time,
    after: State,
    /// What must have been before it, where the event tells.
    before: Option<State>,
    at: Citation,
}

/// The reading at the end, where there is one.
type Today = Option<(State, Citation)>;

/// All lanes, in the order of the snapshot.
pub(super) fn lanes(snapshot: &Snapshot, history: &History, coverage: &[Covered], window: Span) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for place in &snapshot.places {
        let (account, region) = (place.account.as_str(), place.region.as_str());
        let here: Vec<&Covered> = coverage.iter().filter(|c| c.account == account && c.region == region).collect();
        let maker = Maker { history, here: &here, window, account, region };
        lanes.extend(place.streams.iter().map(|stream| maker.encryption(stream, snapshot)));
        lanes.extend(place.keys.iter().flat_map(|key| maker.key(key)));
        let trails = place.trails.as_ref().map_or(&[][..], |read| read.value.as_slice());
        lanes.extend(trails.iter().map(|trail| maker.logging(trail)));
    }
    let mut seen = BTreeSet::new();
    // A trail of several Regions is told of in each; the lanes of one Region say it all when they are alike.
    lanes.retain(|lane: &Lane| lane.kind != "trail" || seen.insert((lane.subject.clone(), lane.region.clone())));
    lanes
}

struct Maker<'a> {
    history: &'a History,
    here: &'a [&'a Covered],
    window: Span,
    account: &'a str,
    region: &'a str,
}

impl Maker<'_> {
    fn lane(&self, kind: &'static str, subject: &str, name: &str, topic: &'static str) -> Lane {
        Lane {
            account: self.account.into(),
            region: self.region.into(),
            kind,
            subject: subject.into(),
            name: name.into(),
            topic,
            spans: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// The successful calls of these names that `about` is true of.
    fn events<'e>(
        &'e self,
        names: &'e [&str],
        about: impl Fn(&PastEvent) -> bool + 'e,
    ) -> impl Iterator<Item = &'e PastEvent> + 'e {
        self.history.events.iter().filter(move |e| {
            e.error.is_none() && e.time <= self.window.1 && names.contains(&e.name.as_str()) && about(e)
        })
    }

    fn marks<'e>(&self, events: impl Iterator<Item = &'e PastEvent>) -> Vec<Mark> {
        let within = events.filter(|e| e.time >= self.window.0);
        let mark = |e: &PastEvent| Mark { time: e.time, what: told(e), who: e.who.principal.clone(), at: e.at.clone() };
        within.map(mark).collect()
    }

    fn encryption(&self, stream: &Stream, snapshot: &Snapshot) -> Lane {
        let mut lane = self.lane("stream", &stream.name, &stream.name, "encryption");
        let about = |e: &PastEvent| e.source == "firehose.amazonaws.com" && e.is_about(stream);
        let customer = |arn: &str| {
            let key = snapshot.key(stream, arn).ok().and_then(|k| k.facts.as_ref().ok());
            let manager = key.and_then(|facts| facts.value.manager.as_ref().ok());
            manager.map(|m| m.value == crate::model::key::KeyManager::Customer)
        };
        let with = |kind: Option<&str>, arn: Option<&str>| match (kind, arn) {
            (Some("CUSTOMER_MANAGED_CMK"), Some(arn)) => {
                let tone = match customer(arn) {
                    Some(true) => Tone::Good,
                    Some(false) => Tone::Bad,
                    None => Tone::Unknown,
                };
                state(format!("on, with {arn}"), tone)
            }
            (Some("CUSTOMER_MANAGED_CMK"), None) => state("on, with a key that is not named", Tone::Unknown),
            (Some("AWS_OWNED_CMK"), _) => state("on, with a key that AWS owns", Tone::Bad),
            // Withheld, left out, or a type that AWS did not have when this was written.
            (Some(_) | None, _) => state("on, with a key that the event does not tell", Tone::Unknown),
        };
        let input = |e: &PastEvent| {
            let parameters = &e.detail["requestParameters"];
            let input = &parameters["deliveryStreamEncryptionConfigurationInput"];
            (
                input["keyType"].as_str().map(ToOwned::to_owned),
                input["keyARN"].as_str().map(ToOwned::to_owned),
                // Parameters that are not there tell nothing; parameters without this one tell that it is off.
                parameters.is_object() && !parameters["deliveryStreamName"].is_null() && input.is_null(),
            )
        };
        let names = [
            "CreateDeliveryStream",
            "StartDeliveryStreamEncryption",
            "StopDeliveryStreamEncryption",
            "DeleteDeliveryStream",
        ];
        let changes = self.events(&names, about).map(|e| {
            let (kind, arn, none) = input(e);
            let (after, before) = match e.name.as_str() {
                "CreateDeliveryStream" if none => (state("off", Tone::Bad), Some(state("not there", Tone::Neutral))),
                "CreateDeliveryStream" => {
                    (with(kind.as_deref(), arn.as_deref()), Some(state("not there", Tone::Neutral)))
                }
                "StartDeliveryStreamEncryption" => (with(kind.as_deref(), arn.as_deref()), None),
                "StopDeliveryStreamEncryption" => (state("off", Tone::Bad), None),
                _ => (state("deleted", Tone::Neutral), None),
            };
            Change { time: e.time, after, before, at: e.at.clone() }
        });
        let today = stream.sse.as_ref().ok().and_then(|sse| {
            let word = match (sse.value.state, &sse.value.key) {
                (SseState::Enabled, Ok(key)) => match &key.value {
                    SseKey::Kms { arn } => with(Some("CUSTOMER_MANAGED_CMK"), Some(arn)),
                    SseKey::AwsOwned => with(Some("AWS_OWNED_CMK"), None),
                },
                (SseState::Disabled, _) => state("off", Tone::Bad),
                _ => return None,
            };
            Some((word, sse.at.clone()))
        });
        let born = stream.created.as_ref().ok().map(|created| created.value);
        lane.spans = self.spans(changes.collect(), &today, born);
        lane.marks = self.marks(self.events(&["UpdateDestination", "TagDeliveryStream", "UntagDeliveryStream"], about));
        lane
    }

    fn key(&self, key: &Key) -> Vec<Lane> {
        let about = |e: &PastEvent| e.source == "kms.amazonaws.com" && e.keys.contains_key(&key.arn);
        let born = key.facts.as_ref().ok().and_then(|f| f.value.created.as_ref().ok()).map(|c| c.value);
        let mut lane = self.lane("key", &key.arn, key.name(), "state");
        let names = [
            "CreateKey",
            "EnableKey",
            "DisableKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "DeleteKey",
            "ImportKeyMaterial",
            "DeleteImportedKeyMaterial",
        ];
        let changes = self.events(&names, about).map(|e| {
            let after = match e.name.as_str() {
                "CreateKey" => created(e, key),
                "EnableKey" | "ImportKeyMaterial" => key_state("Enabled"),
                "DisableKey" | "CancelKeyDeletion" => key_state("Disabled"),
                "ScheduleKeyDeletion" => key_state("PendingDeletion"),
                "DeleteKey" => key_state("deleted"),
                _ => key_state("PendingImport"),
            };
            let before = match e.name.as_str() {
                "CreateKey" => Some(state("not there", Tone::Neutral)),
                "EnableKey" => Some(key_state("Disabled")),
                "DisableKey" => Some(key_state("Enabled")),
                "CancelKeyDeletion" | "DeleteKey" => Some(key_state("PendingDeletion")),
                _ => None,
            };
            Change { time: e.time, after, before, at: e.at.clone() }
        });
        let read = key.facts.as_ref().ok().and_then(|facts| facts.value.state.as_ref().ok());
        let today = read.map(|s| (key_state(s.value.word()), s.at.clone()));
        lane.spans = self.spans(changes.collect(), &today, born);
        let moments = [
            "PutKeyPolicy",
            "CreateGrant",
            "RevokeGrant",
            "RetireGrant",
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
            "ScheduleKeyDeletion",
            "UpdatePrimaryRegion",
        ];
        lane.marks = self.marks(self.events(&moments, about));
        let mut lanes = vec![lane];
        if !matches!(key.unrotatable(), Ok(Some(_))) {
            lanes.push(self.rotation(key, about, born));
        }
        lanes
    }

    fn rotation(&self, key: &Key, about: impl Fn(&PastEvent) -> bool + Copy, born: Option<Time>) -> Lane {
        let mut lane = self.lane("key", &key.arn, key.name(), "automatic rotation");
        let (on, off) = (state("on", Tone::Good), state("off", Tone::Bad));
        let changes = self.events(&["CreateKey", "EnableKeyRotation", "DisableKeyRotation"], about).map(|e| {
            let (after, before) = match e.name.as_str() {
                "CreateKey" => (off.clone(), Some(state("not there", Tone::Neutral))),
                // Calling it again changes the period, so what was before is not told.
                "EnableKeyRotation" => (on.clone(), None),
                // It may be called twice too.
                _ => (off.clone(), None),
            };
            Change { time: e.time, after, before, at: e.at.clone() }
        });
        // While deletion is pending KMS says that rotation is off, whatever it was.
        let pending = key.facts.as_ref().ok().and_then(|f| f.value.state.as_ref().ok());
        let pending = pending.is_some_and(|s| s.value.word().starts_with("Pending"));
        let today = key
            .rotation
            .as_ref()
            .ok()
            .filter(|_| !pending)
            .map(|r| (if r.value.enabled { on.clone() } else { off.clone() }, r.at.clone()));
        lane.spans = self.spans(changes.collect(), &today, born);
        lane.marks = self.marks(self.events(&["RotateKey", "RotateKeyOnDemand"], about));
        lane
    }

    fn logging(&self, trail: &Trail) -> Lane {
        let mut lane = self.lane("trail", &trail.arn, &trail.name, "logging");
        let about = |e: &PastEvent| {
            let named = e.detail["requestParameters"]["name"].as_str();
            let named = named.or_else(|| e.detail["requestParameters"]["trailName"].as_str());
            e.source == "cloudtrail.amazonaws.com"
                && named.is_some_and(|n| {
                    n == trail.arn || n == trail.name && trail.arn.contains(&format!(":{}:", e.region))
                })
        };
        let (on, off) = (state("recording", Tone::Good), state("not recording", Tone::Bad));
        let changes = self.events(&["CreateTrail", "StartLogging", "StopLogging", "DeleteTrail"], about).map(|e| {
            let (after, before) = match e.name.as_str() {
                "CreateTrail" => (off.clone(), Some(state("not there", Tone::Neutral))),
                // Both may be called twice.
                "StartLogging" => (on.clone(), None),
                "StopLogging" => (off.clone(), None),
                _ => (state("deleted", Tone::Bad), None),
            };
            Change { time: e.time, after, before, at: e.at.clone() }
        });
        let today = trail.status.as_ref().ok();
        let today = today.map(|s| (if s.value.logging { on.clone() } else { off.clone() }, s.at.clone()));
        lane.spans = self.spans(changes.collect(), &today, None);
        lane.marks = self.marks(self.events(&["UpdateTrail", "PutEventSelectors"], about));
        lane
    }

    /// The states without a hole, cut where the basis changes.
    fn spans(&self, mut changes: Vec<Change>, today: &Today, born: Option<Time>) -> Vec<LaneSpan> {
        changes.sort_by_key(|c| c.time);
        let (from, to) = self.window;
        let mut pieces: Vec<(Time, Time, Option<State>, Vec<Citation>)> = Vec::new();
        let mut at = from;
        let mut now: (Option<State>, Vec<Citation>) = match changes.first() {
            None => (today.as_ref().map(|(s, _)| s.clone()), today.iter().map(|(_, c)| c.clone()).collect()),
            Some(first) => (first.before.clone(), vec![first.at.clone()]),
        };
        if let Some(born) = born.filter(|born| *born > from) {
            let end = born.min(to);
            pieces.push((from, end, Some(state("not there", Tone::Neutral)), Vec::new()));
            at = end;
        }
        for change in &changes {
            if change.time > at {
                pieces.push((at, change.time, now.0.clone(), now.1.clone()));
                at = change.time;
            }
            now = (Some(change.after.clone()), vec![change.at.clone()]);
        }
        if let (Some(last), Some((read, cited))) = (changes.last(), today) {
            if last.after == *read {
                now.1.push(cited.clone());
            } else {
                let word = format!(
                    "not known: {} by the last event, {} as it was read at the end, and no event between tells of a change",
                    last.after.word, read.word
                );
                now = (Some(state(word, Tone::Unknown)), vec![last.at.clone(), cited.clone()]);
            }
        }
        if at < to {
            pieces.push((at, to, now.0, now.1));
        }
        pieces.into_iter().flat_map(|piece| self.cut(piece)).collect()
    }

    /// One piece, cut by what is known of its time.
    fn cut(&self, (from, to, what, at): (Time, Time, Option<State>, Vec<Citation>)) -> Vec<LaneSpan> {
        let mut cut = Vec::new();
        for covered in self.here {
            let (a, b) = (covered.span.0.max(from), covered.span.1.min(to));
            if a >= b {
                continue;
            }
            let (word, tone) = match (&what, covered.basis) {
                (None, _) => ("not known: no event tells".to_owned(), Tone::Unknown),
                // A thing that was not made yet needs no event to be not there.
                (Some(s), _) if s.word == "not there" => (s.word.clone(), s.tone),
                (Some(s), Basis::Nothing) => {
                    (format!("not known: no source tells of this time; {} at its edge", s.word), Tone::Unknown)
                }
                (Some(s), _) => (s.word.clone(), s.tone),
            };
            let at = at.as_slice().into();
            cut.push(LaneSpan { from: a, to: b, state: word.into(), tone, basis: covered.basis, at });
        }
        cut
    }
}

/// What a key is when it is made: one whose material somebody brings along waits for it.
fn created(event: &PastEvent, key: &Key) -> State {
    let request = &event.detail["requestParameters"];
    let read = key.facts.as_ref().ok().and_then(|facts| facts.value.origin.as_ref().ok()).map(|o| o.value);
    match (request["origin"].as_str(), read) {
        (Some("EXTERNAL"), _) | (None, Some(Origin::External)) => key_state("PendingImport"),
        // A request without an origin asks for AWS's own; without parameters the event does not tell.
        (None, None) if !request.is_object() => state("made, with or without key material", Tone::Unknown),
        _ => key_state("Enabled"),
    }
}

fn key_state(word: &str) -> State {
    let (word, tone) = match word {
        "Enabled" => ("enabled", Tone::Good),
        "Disabled" => ("disabled", Tone::Bad),
        "PendingDeletion" => ("deletion scheduled", Tone::Bad),
        "PendingReplicaDeletion" => ("deletion scheduled, once its replicas are gone", Tone::Bad),
        "PendingImport" => ("without key material", Tone::Bad),
        "Unavailable" => ("not available: its key store is disconnected", Tone::Bad),
        other => (other, Tone::Neutral),
    };
    state(word, tone)
}

/// An event in a line: its name, and the parameters that say what it did.
fn told(event: &PastEvent) -> String {
    let request = &event.detail["requestParameters"];
    let text = |name: &str| request[name].as_str().map(ToOwned::to_owned);
    let more = match event.name.as_str() {
        "CreateGrant" => {
            let operations = request["operations"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let list = operations.collect::<Vec<_>>().join(", ");
            text("granteePrincipal").map(|who| format!("to {who}: {list}"))
        }
        "RevokeGrant" => text("grantId"),
        "RetireGrant" => event.detail["additionalEventData"]["grantId"].as_str().map(ToOwned::to_owned),
        "CreateAlias" | "UpdateAlias" | "DeleteAlias" => text("aliasName"),
        "ScheduleKeyDeletion" => {
            let days = request["pendingWindowInDays"].as_u64().map(|days| format!("{days} days to wait"));
            let date =
                event.detail["responseElements"]["deletionDate"].as_str().map(|date| format!("deletion on {date}"));
            let parts: Vec<String> = days.into_iter().chain(date).collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        }
        "RotateKey" => event.detail["serviceEventDetails"]["rotationType"].as_str().map(ToOwned::to_owned),
        _ => None,
    };
    more.map_or_else(|| event.name.clone(), |more| format!("{}: {more}", event.name))
}
