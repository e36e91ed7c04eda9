//! What of a log file is evidence: the file's own facts, the events that are kept whole, and the uses that are counted.
//!
//! An event is kept whole when it changes a key, a stream or a trail, or when a call on one of the keys in scope was
//! refused. Every other use of a key in scope becomes a count, because a busy key has millions of them. Which keys are
//! in scope is decided by whoever reads: those of the streams, and those that Firehose itself is seen to use.

use super::gunzip::{Fault, Gunzip, Members};
use super::record::{self, CLOUDTRAIL, FIREHOSE, KMS, Parts, Record, Text};
use super::usage::{NO_KEY, keys, other_signs, principal, stream_named};
use crate::model::event::NAMES;
use crate::model::history::{Sign, StreamSign};
use crate::model::sha256::Sha256;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The events of CloudTrail itself that tell whether a trail was recording.
pub const TRAIL_NAMES: [&str; 8] = [
    "CreateTrail",
    "DeleteTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "StartLogging",
    "StopLogging",
    "UpdateTrail",
    "DeleteEventDataStore",
];

/// Of the refused calls of one folder, so many are kept whole; all are counted.
const REFUSED: usize = 200;

/// Which events are of interest.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The accounts that are read.
    pub accounts: BTreeSet<String>,
    /// The keys in scope, by ARN.
    pub keys: BTreeSet<String>,
    /// The aliases of those keys, by ARN.
    pub aliases: BTreeSet<String>,
    /// The first and the last second for which uses are counted, as CloudTrail writes times.
    pub window: (String, String),
}

/// Uses are alike when all of this is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UseKey {
    /// The ARN of a key or alias; empty for an operation on a stream.
    pub subject: String,
    /// By which sign.
    pub sign: Sign,
    /// The role behind a session, else the caller.
    pub principal: String,
    /// `eventName`.
    pub operation: String,
    /// `invokedBy`.
    pub via: Option<String>,
    /// The stream: its ARN, or its name where the event does not tell its account.
    pub stream: Option<(String, StreamSign)>,
}

/// The count of uses that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UseCount {
    /// Distinct events.
    pub events: u64,
    /// The first one.
    pub first: String,
    /// The last one.
    pub last: String,
    /// The last one that succeeded.
    pub last_success: Option<String>,
    /// Those that failed, by `errorCode`.
    pub errors: BTreeMap<String, u64>,
}

impl UseCount {
    /// Counts one more.
    pub fn add(&mut self, time: &str, error: Option<&str>) {
        if self.events == 0 || time < self.first.as_str() {
            time.clone_into(&mut self.first);
        }
        if time > self.last.as_str() {
            time.clone_into(&mut self.last);
        }
        self.events += 1;
        match error {
            Some(error) => *self.errors.entry(error.to_owned()).or_default() += 1,
            None if self.last_success.as_deref().is_none_or(|last| last < time) => {
                self.last_success = Some(time.to_owned());
            }
            None => {}
        }
    }
}

/// One use, before it is counted.
#[derive(Clone, Debug)]
pub struct Use {
    key: UseKey,
    time: String,
    error: Option<String>,
    id: Option<String>,
}

/// What S3 said of an object; nothing for a file on the disk.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// What one log file gave.
#[derive(Clone, Debug)]
pub struct Extract {
    /// Its key in the bucket.
    pub object: String,
    /// Its size as stored.
    pub bytes: u64,
    /// What S3 said of it.
    pub stored: Stored,
    /// SHA-256 of the unpacked bytes; or what is wrong with the packing.
    pub sha256: Result<String, Fault>,
    /// The least and the greatest `eventTime`, as written.
    pub times: Option<(String, String)>,
    /// Elements of `Records`.
    pub events: u64,
    /// Why its events could not be read.
    pub unreadable: Option<String>,
    /// What is odd: the place in the file, from 1, and what.
    pub odd: Vec<(u64, &'static str)>,
    /// The events that are kept whole: `eventID`, whether it is a refused call, the event.
    pub kept: Vec<(Option<String>, bool, Value)>,
    /// The uses.
    pub uses: Vec<Use>,
}

/// Reads one log file, whatever is in it.
#[must_use]
pub fn extract(object: &str, packed: &[u8], gunzip: &mut Gunzip, scope: &Scope) -> Extract {
    let mut made = unreadable(object, packed.len() as u64, String::new());
    made.unreadable = None;
    let json = match gunzip.unpack(packed, Members::One) {
        Ok(json) => {
            made.sha256 = Ok(Sha256::new().chain_update(json).hex());
            Some(json)
        }
        Err(fault) => {
            made.sha256 = Err(fault);
            None
        }
    };
    match json {
        Some(json) => made.read_bytes(json, scope),
        // Not what CloudTrail delivered, and its events are told all the same.
        None if matches!(made.sha256, Err(Fault::Trailing(_))) => match gunzip.unpack(packed, Members::Many) {
            Ok(json) => made.read_bytes(json, scope),
            Err(fault) => made.unreadable = Some(fault.to_string()),
        },
        None => made.unreadable = made.sha256.as_ref().err().map(ToString::to_string),
    }
    made
}

/// Reads events that are not packed: those of an export.
#[must_use]
pub fn extract_plain(name: &str, json: &[u8], scope: &Scope) -> Extract {
    let mut made = unreadable(name, json.len() as u64, String::new());
    made.unreadable = None;
    made.sha256 = Ok(Sha256::new().chain_update(json).hex());
    made.read_bytes(json, scope);
    made
}

/// A log file that could not be had.
#[must_use]
pub fn unreadable(object: &str, bytes: u64, why: String) -> Extract {
    Extract {
        object: object.to_owned(),
        bytes,
        stored: Stored::default(),
        sha256: Err(Fault::NotGzip),
        times: None,
        events: 0,
        unreadable: Some(why),
        odd: Vec::new(),
        kept: Vec::new(),
        uses: Vec::new(),
    }
}

/// The records as they stand, to take some of them out.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

/// What is to be done with an event.
enum Fate {
    Skip,
    Keep,
    /// Counted, and kept when it was refused.
    Count(Vec<UseKey>),
}

impl Extract {
    fn read_bytes(&mut self, json: &[u8], scope: &Scope) {
        let read = record::text(json).and_then(|text| {
            self.read(text, scope).or_else(|error| match record::mended(text) {
                Some((text, why)) => self.read(&text, scope).map(|()| self.odd.push((0, why))),
                None => Err(error),
            })
        });
        if let Err(why) = read {
            self.forget();
            self.unreadable = Some(why);
        }
    }

    fn forget(&mut self) {
        self.kept.clear();
        self.uses.clear();
        self.odd.clear();
        self.events = 0;
        self.times = None;
    }

    fn read(&mut self, text: &str, scope: &Scope) -> Result<(), String> {
        self.forget();
        let mut wanted: Vec<(usize, Option<String>, bool)> = Vec::new();
        record::records(text, &mut |record| {
            let at = self.events;
            self.events += 1;
            if let Some(why) = record.oddity() {
                self.odd.push((at + 1, why));
            }
            self.note_time(&record);
            let id = record.id.filled().map(ToOwned::to_owned);
            let error = match &record.error {
                Text::Absent => None,
                error => Some(error.shown().unwrap_or("null").to_owned()),
            };
            let place = usize::try_from(at).unwrap_or(usize::MAX);
            match fate(&record, scope) {
                Fate::Skip => {}
                Fate::Keep => wanted.push((place, id, false)),
                Fate::Count(keys) => {
                    if error.is_some() {
                        wanted.push((place, id.clone(), true));
                    }
                    let time = record.time.shown().unwrap_or_default();
                    if scope.window.0.as_str() <= time && time <= scope.window.1.as_str() {
                        self.uses.extend(keys.into_iter().map(|key| Use {
                            key,
                            time: time.to_owned(),
                            error: error.clone(),
                            id: id.clone(),
                        }));
                    }
                }
            }
        })?;
        if !wanted.is_empty() {
            let raw: Raw<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
            for (place, id, refused) in wanted {
                let Some(record) = raw.records.get(place) else { continue };
                let value = serde_json::from_str(record.get()).map_err(|error| error.to_string())?;
                self.kept.push((id, refused, value));
            }
        }
        Ok(())
    }

    fn note_time(&mut self, record: &Record<'_>) {
        // CloudTrail's times are of one form, in which texts sort as times do.
        let Some(time) = record.time.str().filter(|t| t.len() == 20 && t.ends_with('Z')) else { return };
        match &mut self.times {
            None => self.times = Some((time.to_owned(), time.to_owned())),
            Some((low, _)) if time < low.as_str() => time.clone_into(low),
            Some((_, high)) if time > high.as_str() => time.clone_into(high),
            Some(_) => {}
        }
    }
}

fn fate(record: &Record<'_>, scope: &Scope) -> Fate {
    let (Some(source), Some(name), Some(parts)) = (record.source.str(), record.name.str(), &record.parts) else {
        return Fate::Skip;
    };
    let own = record.recipient.str().is_none_or(|account| scope.accounts.contains(account));
    match source {
        CLOUDTRAIL if own && TRAIL_NAMES.contains(&name) => Fate::Keep,
        KMS => kms_fate(record, parts, name, own, scope),
        FIREHOSE if own && NAMES.iter().any(|(known, _)| *known == name) => Fate::Keep,
        FIREHOSE if own => Fate::Count(vec![use_key(record, parts, name, String::new(), Sign::Named)]),
        _ => Fate::Skip,
    }
}

fn kms_fate(record: &Record<'_>, parts: &Parts<'_>, name: &str, own: bool, scope: &Scope) -> Fate {
    let mut subjects: Vec<(String, Sign)> = keys(record, parts).into_iter().map(|key| (key, Sign::Named)).collect();
    if subjects.is_empty() {
        subjects.extend(other_signs(record, parts).into_iter().map(|(arn, _)| {
            let sign = if arn.contains(":alias/") { Sign::Alias } else { Sign::Details };
            (arn, sign)
        }));
    }
    let by_firehose = parts.identity.invoked_by.str() == Some(FIREHOSE) || parts.request.context.stream().is_some();
    let ours = |arn: &String| scope.keys.contains(arn) || scope.aliases.contains(arn);
    let concerned = by_firehose || subjects.iter().any(|(arn, _)| ours(arn));
    let changes = NAMES.iter().any(|(known, _)| *known == name);
    // Grants are made and retired by the thousand for keys of other services.
    let grant = matches!(name, "CreateGrant" | "RetireGrant" | "RevokeGrant");
    if changes && (concerned || own && !grant) {
        return Fate::Keep;
    }
    if !concerned {
        return Fate::Skip;
    }
    if subjects.is_empty() {
        subjects.push((NO_KEY.to_owned(), Sign::Named));
    }
    let kept = subjects.into_iter().filter(|(arn, _)| by_firehose || ours(arn));
    Fate::Count(kept.map(|(arn, sign)| use_key(record, parts, name, arn, sign)).collect())
}

fn use_key(record: &Record<'_>, parts: &Parts<'_>, name: &str, subject: String, sign: Sign) -> UseKey {
    let identity = &parts.identity;
    let caller = identity.session.issuer.arn.filled().unwrap_or_else(|| principal(identity));
    let named = if subject.is_empty() {
        Some(stream_named(record, parts))
    } else {
        parts.request.context.stream_named().map(ToOwned::to_owned)
    };
    UseKey {
        subject,
        sign,
        principal: caller.to_owned(),
        operation: name.to_owned(),
        via: identity.invoked_by.filled().map(ToOwned::to_owned),
        stream: named.map(|named| (named, StreamSign::Context)),
    }
}

/// The log files of one folder, put together in the order of their names.
#[derive(Debug, Default)]
pub struct Folder {
    /// The events that are kept, with the key of their log file.
    pub kept: Vec<(String, Value)>,
    /// The uses.
    pub uses: BTreeMap<UseKey, UseCount>,
    /// Events that were there already.
    pub duplicates: u64,
    /// Refused calls that are only counted.
    pub refused_not_kept: u64,
}

impl Folder {
    /// Takes what one file gave; `seen` has the ids of all files before it.
    pub fn take(&mut self, extract: &mut Extract, seen: &mut HashSet<String>) {
        let mut new: HashSet<String> = HashSet::new();
        let mut refused = self.kept.len();
        for (id, is_refused, event) in extract.kept.drain(..) {
            if let Some(id) = id {
                if seen.contains(&id) || new.contains(&id) {
                    // A refused call is counted among the uses, and so is its second copy.
                    self.duplicates += u64::from(!is_refused);
                    continue;
                }
                new.insert(id);
            }
            if is_refused && refused >= REFUSED {
                self.refused_not_kept += 1;
                continue;
            }
            refused += 1;
            self.kept.push((extract.object.clone(), event));
        }
        let mut counted: HashSet<(String, UseKey)> = HashSet::new();
        for found in extract.uses.drain(..) {
            if let Some(id) = found.id {
                // One event may be about two keys; the same event in another file is a copy.
                if seen.contains(&id) || !counted.insert((id, found.key.clone())) {
                    self.duplicates += 1;
                    continue;
                }
            }
            self.uses.entry(found.key).or_default().add(&found.time, found.error.as_deref());
        }
        seen.extend(new);
        seen.extend(counted.into_iter().map(|(id, _)| id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::testchain::gzip;
    use serde_json::json;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn scope() -> Scope {
        Scope {
            accounts: ["111122223333".to_owned()].into(),
            keys: [KEY.to_owned()].into(),
            aliases: ["arn:aws:kms:eu-west-1:111122223333:alias/orders".to_owned()].into(),
            window: ("2026-07-01T00:00:00Z".into(), "2026-09-30T23:59:59Z".into()),
        }
    }

    fn event(id: &str, more: &Value) -> Value {
        let mut event = json!({"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "eventID": id,
            "eventTime": "2026-07-02T00:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "userIdentity": {"arn": "arn:aws:iam::111122223333:user/a"}, "resources": [{"ARN": KEY}]});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    }

    fn read(events: &[Value]) -> (Extract, Folder) {
        let packed = gzip(json!({"Records": events}).to_string().as_bytes());
        let mut extract = extract("a.json.gz", &packed, &mut Gunzip::default(), &scope());
        let mut folder = Folder::default();
        let mut seen = HashSet::new();
        let mut again = extract.clone();
        folder.take(&mut extract, &mut seen);
        folder.take(&mut again, &mut seen);
        (extract, folder)
    }

    #[test]
    fn a_second_copy_of_an_event_is_counted_as_such_and_not_again() {
        let (_, folder) = read(&[event("1", &json!({})), event("2", &json!({"eventName": "PutKeyPolicy"}))]);
        assert_eq!((folder.kept.len(), folder.duplicates), (1, 2));
        assert_eq!(folder.uses.values().map(|u| u.events).sum::<u64>(), 1);
    }

    #[test]
    fn a_refused_call_is_counted_and_kept() {
        let (_, folder) = read(&[event("1", &json!({"errorCode": "AccessDenied"}))]);
        assert_eq!(folder.kept.len(), 1);
        let count = folder.uses.values().next().unwrap();
        assert_eq!((count.events, count.errors["AccessDenied"]), (1, 1));
    }

    #[test]
    fn only_what_concerns_the_scope_is_kept() {
        let other = json!([{"ARN": KEY.replace("1234abcd", "00000000")}]);
        let (extract, folder) = read(&[
            event("1", &json!({"resources": other})),
            event("2", &json!({"resources": other, "eventName": "CreateGrant"})),
            event("3", &json!({"resources": other, "eventName": "DisableKey"})),
            event("4", &json!({"resources": other, "eventName": "DisableKey", "recipientAccountId": "444455556666"})),
            event("5", &json!({"resources": other, "userIdentity": {"invokedBy": "firehose.amazonaws.com"}})),
            event("6", &json!({"resources": null, "requestParameters": {"keyId": "alias/orders"}})),
            event("7", &json!({"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"})),
            event("8", &json!({"eventSource": "ec2.amazonaws.com"})),
            event("9", &json!({"eventTime": "2026-06-01T00:00:00Z"})),
        ]);
        assert_eq!(extract.events, 9);
        let kept: Vec<_> = folder.kept.iter().map(|(_, event)| event["eventID"].as_str().unwrap()).collect();
        assert_eq!(kept, ["3", "7"]);
        let signs: Vec<_> = folder.uses.keys().map(|key| (key.sign, key.via.is_some())).collect();
        assert_eq!(signs, [(Sign::Alias, false), (Sign::Named, true)]);
    }

    #[test]
    fn the_context_names_the_stream() {
        let arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/orders";
        let (_, folder) =
            read(&[event("1", &json!({"requestParameters": {"encryptionContext": {"aws:any:arn": arn, "b": [1]}}}))]);
        assert_eq!(folder.uses.keys().next().unwrap().stream, Some((arn.to_owned(), StreamSign::Context)));
    }

    #[test]
    fn streams_of_one_name_are_told_apart_by_account_and_region() {
        let call = |id: &str, more: Value| {
            let mut call = event(
                id,
                &json!({"eventSource": "firehose.amazonaws.com", "eventName": "ListTagsForDeliveryStream",
                "requestParameters": {"deliveryStreamName": "orders"}, "resources": null}),
            );
            call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            call
        };
        let given = "arn:aws:firehose:us-east-1:999999999999:deliverystream/orders";
        let (_, folder) = read(&[
            call("1", json!({})),
            call("2", json!({"awsRegion": "cn-north-1"})),
            call("3", json!({"requestParameters": {"deliveryStreamName": "orders", "deliveryStreamARN": given}})),
            call("4", json!({"recipientAccountId": null})),
            call("5", json!({"requestParameters": null})),
        ]);
        let streams: BTreeSet<String> = folder.uses.keys().map(|k| k.stream.clone().unwrap().0).collect();
        let made = |region: &str, partition: &str| {
            format!("arn:{partition}:firehose:{region}:111122223333:deliverystream/orders")
        };
        let expected = [
            made("eu-west-1", "aws"),
            made("cn-north-1", "aws-cn"),
            given.into(),
            "orders".into(),
            "(no stream)".into(),
        ];
        assert_eq!(streams, expected.into());
    }

    #[test]
    fn bytes_behind_the_stream_break_the_proof_and_hide_no_event() {
        let mut packed = gzip(json!({"Records": [event("1", &json!({}))]}).to_string().as_bytes());
        packed.extend(gzip(b""));
        let found = extract("a", &packed, &mut Gunzip::default(), &scope());
        assert!(found.sha256.is_err() && found.unreadable.is_none());
        assert_eq!(found.events, 1);
    }
}
