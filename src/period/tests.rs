//! The period over the sample account with events added to its records: what an event, a reading and a source each add.

use super::build;
use crate::model::history::{Proof, ProofOutcome, StreamSign};
use crate::model::operation::LOG_FILES;
use crate::model::period::{Basis, Expected, Lane, Period, Tone, Widening};
use crate::model::stream::Source;
use crate::model::time::seconds;
use crate::model::{Ev, Record, Run, Snapshot, Time};
use crate::{samples, snapshot, store};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The sample, its first stream with a customer's key, and that key.
struct Sample {
    run: Run,
    records: Vec<Record>,
    snapshot: Snapshot,
    stream: String,
    key: String,
}

fn sample() -> Sample {
    let (run, records) = store::parse(&samples::halcyon_parcels()).unwrap();
    let snapshot = snapshot::read(run.clone(), &records);
    let settled = |s: &&crate::model::Stream| {
        let key = s.sse_key_arn().and_then(|arn| snapshot.key(s, arn).ok());
        key.is_some_and(|key| key.policy.is_ok() && key.rotation.as_ref().is_ok_and(|r| r.value.enabled))
    };
    let found = snapshot.streams().find(settled).expect("a stream with a readable key that rotates");
    let (stream, key) = (found.name.clone(), found.sse_key_arn().unwrap().to_owned());
    Sample { run, records, snapshot, stream, key }
}

impl Sample {
    fn at(&self, days: i64) -> Time {
        self.run.window.to - TimeDelta::days(days)
    }

    fn event(&self, id: &str, name: &str, days: i64, more: &Value) -> Value {
        let region = self.key.split(':').nth(3).unwrap();
        let mut event = json!({"eventSource": "kms.amazonaws.com", "eventName": name, "eventID": id,
            "eventTime": seconds(self.at(days)), "awsRegion": region, "recipientAccountId": self.key.split(':').nth(4),
            "userIdentity": {"arn": "arn:aws:iam::111122223333:user/ann"}, "resources": [{"ARN": self.key}]});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    }

    /// The period with these events in a log file, and these counted uses.
    fn period(&self, events: &[Value], uses: &Value, proof: Option<Proof>) -> Period {
        let region = self.key.split(':').nth(3).unwrap().parse().unwrap();
        let mut record = self.records[0].clone();
        record.ev = Ev(u32::try_from(self.records.len() + 1).unwrap());
        record.region = region;
        record.service = LOG_FILES.service.into();
        record.operation = LOG_FILES.name.into();
        record.parameters = json!({ "Source": "bucket" }).into();
        let kept: Vec<Value> = events.iter().map(|e| json!({"Object": "a.json.gz", "Record": e})).collect();
        record.body = json!({"Files": [{"Object": "a.json.gz", "Events": events.len()}], "Events": kept, "Uses": uses,
            "OddRecords": [], "Duplicates": 0})
        .into();
        let mut records = self.records.clone();
        records.push(record);
        let history = snapshot::history(&self.snapshot, &records);
        build(&self.snapshot, history, proof)
    }

    fn lane<'p>(&self, period: &'p Period, kind: &str, topic: &str) -> &'p Lane {
        let subject = if kind == "stream" { &self.stream } else { &self.key };
        period.lanes.iter().find(|l| l.kind == kind && l.topic == topic && l.subject == *subject).unwrap()
    }
}

fn words(lane: &Lane) -> Vec<&str> {
    let mut words: Vec<&str> = lane.spans.iter().map(|s| s.state.as_str()).collect();
    words.dedup();
    words
}

fn no_hole(lane: &Lane, period: &Period) {
    assert_eq!(lane.spans.first().unwrap().from, period.window.0);
    assert_eq!(lane.spans.last().unwrap().to, period.window.1);
    assert!(lane.spans.windows(2).all(|pair| pair[0].to == pair[1].from), "{lane:#?}");
}

#[test]
fn a_key_that_was_off_for_a_while_is_told_so_from_to() {
    let sample = sample();
    let period = sample.period(
        &[
            sample.event("a", "DisableKey", 20, &json!({})),
            sample.event("b", "EnableKey", 18, &json!({})),
            sample.event("c", "DisableKeyRotation", 9, &json!({})),
            sample.event("d", "EnableKeyRotation", 8, &json!({})),
        ],
        &json!([]),
        None,
    );
    let lane = sample.lane(&period, "key", "state");
    no_hole(lane, &period);
    assert_eq!(words(lane)[words(lane).len() - 3..], ["enabled", "disabled", "enabled"]);
    let off = lane.spans.iter().find(|s| s.state == "disabled").unwrap();
    assert_eq!((off.from, off.to, off.tone), (sample.at(20), sample.at(18), Tone::Bad));
    let rotation = sample.lane(&period, "key", "automatic rotation");
    no_hole(rotation, &period);
    let off = rotation.spans.iter().find(|s| s.state == "off").unwrap();
    assert_eq!((off.from, off.to), (sample.at(9), sample.at(8)));
}

#[test]
fn a_key_whose_material_is_brought_along_waits_for_it() {
    let sample = sample();
    let request = json!({"requestParameters": {"origin": "EXTERNAL"}});
    let events = [sample.event("a", "CreateKey", 20, &request), sample.event("b", "ImportKeyMaterial", 18, &json!({}))];
    let period = sample.period(&events, &json!([]), None);
    let lane = sample.lane(&period, "key", "state");
    no_hole(lane, &period);
    let waiting = lane.spans.iter().find(|s| s.state == "without key material").unwrap();
    assert_eq!((waiting.from, waiting.to, waiting.tone), (sample.at(20), sample.at(18), Tone::Bad));
    let period = sample.period(&[sample.event("a", "CreateKey", 20, &json!({}))], &json!([]), None);
    assert!(!words(sample.lane(&period, "key", "state")).contains(&"without key material"));
}

#[test]
fn a_last_event_that_today_contradicts_leaves_the_rest_unknown() {
    let sample = sample();
    let period = sample.period(&[sample.event("a", "DisableKey", 20, &json!({}))], &json!([]), None);
    let lane = sample.lane(&period, "key", "state");
    let last = lane.spans.last().unwrap();
    assert_eq!((last.tone, last.from), (Tone::Unknown, sample.at(20)));
    assert!(last.state.contains("no event between"), "{}", last.state);
}

#[test]
fn a_stream_is_told_with_which_key_it_was_encrypted_and_how_long_it_was_not() {
    let sample = sample();
    let about = |more: Value| {
        let mut request = json!({"deliveryStreamName": sample.stream});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"eventSource": "firehose.amazonaws.com", "resources": null, "requestParameters": request})
    };
    let input = json!({"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": sample.key});
    let period = sample.period(
        &[
            sample.event("a", "StopDeliveryStreamEncryption", 30, &about(json!({}))),
            sample.event(
                "b",
                "StartDeliveryStreamEncryption",
                28,
                &about(json!({"deliveryStreamEncryptionConfigurationInput": input})),
            ),
        ],
        &json!([]),
        None,
    );
    let lane = sample.lane(&period, "stream", "encryption");
    no_hole(lane, &period);
    let off = lane.spans.iter().find(|s| s.state == "off").unwrap();
    assert_eq!((off.from, off.to), (sample.at(30), sample.at(28)));
    assert_eq!(lane.spans.last().unwrap().state, format!("on, with {}", sample.key));
    let mean = period.kpis.iter().find(|k| k.id == "remediation-mean").unwrap();
    assert_eq!(mean.number, Some(48.0), "{mean:?}");
}

#[test]
fn a_key_that_an_event_does_not_tell_is_not_known_and_not_that_of_aws() {
    let sample = sample();
    let started = |request: Value| {
        let more = json!({"eventSource": "firehose.amazonaws.com", "resources": null, "requestParameters": request});
        let event = sample.event("a", "StartDeliveryStreamEncryption", 30, &more);
        // Ends where the next begins: what it was until then, this event alone tells.
        let stop = json!({"eventSource": "firehose.amazonaws.com", "resources": null,
            "requestParameters": {"deliveryStreamName": sample.stream}});
        let period =
            sample.period(&[event, sample.event("b", "StopDeliveryStreamEncryption", 20, &stop)], &json!([]), None);
        let lane = sample.lane(&period, "stream", "encryption");
        lane.spans.iter().find(|s| s.from == sample.at(30)).unwrap().tone
    };
    let with = |input: Value| json!({"deliveryStreamName": sample.stream, "deliveryStreamEncryptionConfigurationInput": input});
    assert_eq!(started(with(json!({"keyType": "AWS_OWNED_CMK"}))), Tone::Bad);
    assert_eq!(started(with(json!({"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": sample.key}))), Tone::Good);
    let elsewhere =
        json!({"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": "arn:aws:kms:eu-west-1:444455556666:key/never-read"});
    for untold in
        [elsewhere, json!({"keyType": "OF_TOMORROW"}), json!({"withheld": "not on the allow list"}), json!({})]
    {
        assert_eq!(started(with(untold.clone())), Tone::Unknown, "{untold}");
    }
}

#[test]
fn what_no_source_covers_is_not_known_whatever_stands_around_it() {
    let mut sample = sample();
    // LookupEvents sees 90 days; the window is made longer.
    sample.snapshot.run.window.from -= TimeDelta::days(200);
    for place in &mut sample.snapshot.places {
        for query in &mut place.events {
            query.events = crate::checks::tests::denied("cloudtrail", "LookupEvents");
        }
    }
    let period = sample.period(&[], &json!([]), None);
    assert!(period.coverage.iter().all(|c| c.basis == Basis::Nothing));
    let lane = sample.lane(&period, "stream", "encryption");
    no_hole(lane, &period);
    let known = |s: &&crate::model::period::LaneSpan| s.tone == Tone::Good;
    assert_eq!(lane.spans.iter().filter(known).count(), 0);
}

#[test]
fn proven_time_is_told_apart() {
    let sample = sample();
    let place = &sample.snapshot.places.iter().find(|p| p.keys.iter().any(|k| k.arn == sample.key)).unwrap();
    let span = (sample.at(10), sample.at(5));
    let proof = Proof {
        outcome: ProofOutcome::Proven,
        proven: [((place.account.clone(), place.region.clone()), vec![span])].into(),
        ..Proof::default()
    };
    let period = sample.period(&[], &json!([]), Some(proof));
    let proven: Vec<_> = period.coverage.iter().filter(|c| c.basis == Basis::Proven).collect();
    assert_eq!((proven.len(), proven[0].span), (1, span));
}

#[test]
fn a_policy_change_is_shown_line_by_line_and_judged() {
    let sample = sample();
    let statement = |principal: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "Use", "Effect": "Allow",
            "Principal": {"AWS": principal}, "Action": "kms:Decrypt", "Resource": "*"}]})
    };
    let put = |policy: Value| json!({"requestParameters": {"keyId": sample.key, "policy": policy.to_string()}});
    let period = sample.period(
        &[
            sample.event("a", "PutKeyPolicy", 20, &put(statement("arn:aws:iam::111122223333:role/one"))),
            sample.event("b", "PutKeyPolicy", 10, &put(statement("*"))),
            sample.event("c", "PutKeyPolicy", 5, &put(statement("arn:aws:iam::111122223333:role/one"))),
        ],
        &json!([]),
        None,
    );
    let changes: Vec<_> =
        period.policies.iter().filter(|p| p.key == sample.key && p.diff.len() + p.against.len() > 0).collect();
    let wider = changes.iter().find(|p| p.time == sample.at(10)).unwrap();
    assert!(matches!(&wider.widening, Widening::Wider(more) if more[0].contains("arbitrary")), "{:?}", wider.widening);
    let lines: Vec<String> =
        wider.diff.iter().filter(|l| l.sign != ' ').map(|l| format!("{}{}", l.sign, l.text.trim())).collect();
    assert_eq!(lines, ["-\"AWS\": \"arn:aws:iam::111122223333:role/one\"", "+\"AWS\": \"*\""]);
    let back = changes.iter().find(|p| p.time == sample.at(5)).unwrap();
    assert_eq!(back.widening, Widening::NotWider);
    assert!(back.against.contains("another change was not seen"), "{}", back.against);
}

#[test]
fn the_matrix_says_what_the_key_policy_lets_one_expect_and_labels_a_guess() {
    let sample = sample();
    let row = |principal: &str, via: Option<&str>| {
        json!({"Subject": sample.key, "Sign": "named", "Principal": principal, "Operation": "Decrypt", "Via": via,
            "Stream": null, "Events": 3, "First": seconds(sample.at(9)), "Last": seconds(sample.at(8)), "Errors": {"AccessDenied": 1}})
    };
    let period = sample.period(
        &[],
        &json!([
            row("arn:aws:iam::999988887777:role/stranger", None),
            row("firehose.amazonaws.com", Some("firehose.amazonaws.com"))
        ]),
        None,
    );
    let of = |principal: &str| period.uses.iter().find(|r| r.uses.principal == principal).unwrap();
    let stranger = of("arn:aws:iam::999988887777:role/stranger");
    assert_eq!((&stranger.expected, stranger.uses.events), (&Expected::Unexpected, 3));
    assert_eq!(stranger.uses.errors["AccessDenied"], 1);
    let users = sample.snapshot.streams().filter(|s| s.sse_key_arn() == Some(&sample.key)).count();
    let guess = of("firehose.amazonaws.com").uses.stream.clone();
    let arn = &sample.snapshot.streams().find(|s| s.name == sample.stream).unwrap().arn;
    assert_eq!(guess, (users == 1).then(|| (arn.clone(), StreamSign::OnlyUser)));
}

#[test]
fn streams_of_one_name_in_two_accounts_are_told_apart_or_said_not_to_be() {
    let mut sample = sample();
    let mut twin =
        sample.snapshot.places.iter().find(|p| p.streams.iter().any(|s| s.name == sample.stream)).unwrap().clone();
    twin.streams.retain(|s| s.name == sample.stream);
    let stream = &mut twin.streams[0];
    let own = stream.arn.clone();
    stream.arn = own.replace(stream.account.as_str(), "999988887777");
    stream.account = "999988887777".parse().unwrap();
    let other = stream.arn.clone();
    sample.snapshot.places.push(twin);
    let row = |operation: &str, stream: Option<&str>| {
        json!({"Subject": sample.key, "Sign": "named", "Principal": "firehose.amazonaws.com", "Operation": operation,
            "Via": "firehose.amazonaws.com", "Stream": stream, "Events": 1, "First": seconds(sample.at(9)),
            "Last": seconds(sample.at(8)), "Errors": {}})
    };
    let uses = json!([
        row("Decrypt", Some(&own)),
        row("Encrypt", Some(&other)),
        row("GenerateDataKey", Some(&sample.stream)),
        row("DescribeKey", None)
    ]);
    let period = sample.period(&[], &uses, None);
    let of = |operation: &str| period.uses.iter().find(|r| r.uses.operation == operation).unwrap().uses.stream.clone();
    assert_eq!(of("Decrypt"), Some((own, StreamSign::Context)));
    assert_eq!(of("Encrypt"), Some((other, StreamSign::Context)));
    assert_eq!(of("GenerateDataKey"), Some((sample.stream.clone(), StreamSign::SharedName)));
    assert_eq!(of("DescribeKey"), None, "two streams use the key now, so neither is guessed");
}

#[test]
fn a_trail_that_was_stopped_is_told_so_from_to() {
    let sample = sample();
    let trails = sample.snapshot.places.iter().filter_map(|place| place.trails.as_ref().ok()).flat_map(|t| &t.value);
    let trail =
        trails.into_iter().find(|t| t.status.as_ref().is_ok_and(|s| s.value.logging)).expect("a trail that records");
    let call = |id: &str, name: &str, days: i64, more: Value| {
        let mut event =
            sample.event(id, name, days, &json!({"eventSource": "cloudtrail.amazonaws.com", "resources": null}));
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let named = |name: &str| json!({"requestParameters": {"name": name}});
    let period = sample.period(
        &[
            call("a", "StopLogging", 20, named(&trail.arn)),
            call("b", "StartLogging", 18, named(&trail.arn)),
            // Of another trail, and refused: they change nothing.
            call("c", "StopLogging", 9, named("arn:aws:cloudtrail:eu-west-1:111122223333:trail/other")),
            call("d", "StopLogging", 8, json!({"requestParameters": {"name": trail.arn}, "errorCode": "AccessDenied"})),
            call("e", "PutEventSelectors", 7, json!({"requestParameters": {"trailName": trail.arn}})),
        ],
        &json!([]),
        None,
    );
    let lane =
        period.lanes.iter().find(|l| l.kind == "trail" && l.topic == "logging" && l.subject == trail.arn).unwrap();
    no_hole(lane, &period);
    let off: Vec<_> = lane.spans.iter().filter(|s| s.state == "not recording").collect();
    assert_eq!(
        (off[0].from, off[off.len() - 1].to, off[0].tone),
        (sample.at(20), sample.at(18), Tone::Bad),
        "{lane:#?}"
    );
    assert_eq!(lane.spans.last().unwrap().state, "recording");
    assert_eq!(
        lane.marks.iter().map(|m| (m.what.as_str(), m.time)).collect::<Vec<_>>(),
        [("PutEventSelectors", sample.at(7))]
    );
}

#[test]
fn a_key_whose_deletion_was_scheduled_and_cancelled_is_told_so_from_to() {
    let sample = sample();
    let scheduled = json!({"requestParameters": {"pendingWindowInDays": 7},
        "responseElements": {"deletionDate": "Jul 8, 2026, 12:00:00 AM"}});
    let grant = |more: Value| json!({"requestParameters": more});
    let period = sample.period(
        &[
            sample.event("a", "ScheduleKeyDeletion", 12, &scheduled),
            sample.event("b", "CancelKeyDeletion", 10, &json!({})),
            sample.event("c", "EnableKey", 9, &json!({})),
            sample.event(
                "d",
                "CreateGrant",
                8,
                &grant(json!({"granteePrincipal": "p", "operations": ["Decrypt", "Encrypt"]})),
            ),
            sample.event("e", "RevokeGrant", 7, &grant(json!({"grantId": "one"}))),
            sample.event(
                "f",
                "RetireGrant",
                6,
                &json!({"requestParameters": null, "additionalEventData": {"grantId": "two"}}),
            ),
        ],
        &json!([]),
        None,
    );
    let lane = sample.lane(&period, "key", "state");
    no_hole(lane, &period);
    assert_eq!(words(lane)[words(lane).len() - 3..], ["deletion scheduled", "disabled", "enabled"]);
    let pending: Vec<_> = lane.spans.iter().filter(|s| s.state == "deletion scheduled").collect();
    assert_eq!(
        (pending[0].from, pending[pending.len() - 1].to, pending[0].tone),
        (sample.at(12), sample.at(10), Tone::Bad)
    );
    let marks: Vec<(&str, Time)> = lane.marks.iter().map(|m| (m.what.as_str(), m.time)).collect();
    let days = [12, 8, 7, 6].map(|days| sample.at(days));
    let what = [
        "ScheduleKeyDeletion: 7 days to wait, deletion on Jul 8, 2026, 12:00:00 AM",
        "CreateGrant: to p: Decrypt, Encrypt",
        "RevokeGrant: one",
        "RetireGrant: two",
    ];
    for (what, day) in what.into_iter().zip(days) {
        assert!(marks.contains(&(what, day)), "{what}: {marks:?}");
    }
}

#[test]
fn refused_and_administrative_calls_are_listed_with_who_did_them() {
    let sample = sample();
    let period = sample.period(
        &[
            sample.event("a", "DisableKey", 3, &json!({"errorCode": "AccessDenied"})),
            sample.event(
                "b",
                "CreateGrant",
                2,
                &json!({"requestParameters": {"granteePrincipal": "p", "operations": ["Decrypt"]}}),
            ),
        ],
        &json!([]),
        None,
    );
    assert!(period.refused.iter().any(|r| r.operation == "DisableKey" && r.error == "AccessDenied"));
    let grant = period.admins.iter().find(|a| a.operation == "CreateGrant" && a.subject == sample.key).unwrap();
    assert_eq!(grant.principal, "arn:aws:iam::111122223333:user/ann");
    let lane = sample.lane(&period, "key", "state");
    assert!(lane.marks.iter().any(|m| m.what == "CreateGrant: to p: Decrypt"), "{:?}", lane.marks);
    assert_eq!(lane.spans.last().unwrap().state, "enabled", "a refused call changes nothing");
}

#[test]
fn streams_whose_source_keeps_the_records_have_no_part_in_the_share_of_keys() {
    let sample = sample();
    let period = sample.period(&[], &json!([]), None);
    let share = period.kpis.iter().find(|k| k.id == "customer-key-share").unwrap();
    let active = |s: &&crate::model::Stream| s.status.as_ref().is_ok_and(|status| status.value == "ACTIVE");
    let direct = |s: &&crate::model::Stream| s.source.as_ref().is_ok_and(|source| source.value == Source::DirectPut);
    let (of, elsewhere): (Vec<_>, Vec<_>) = sample.snapshot.streams().filter(active).partition(direct);
    assert!(!elsewhere.is_empty());
    assert!(share.value.contains(&format!(" of {}, 2 unknown", of.len())), "two are changing: {}", share.value);
    assert!(share.population.contains(&format!("{} whose source", elsewhere.len())), "{}", share.population);
}
