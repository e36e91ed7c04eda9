//! How keys and streams were used: counts over the records of log files.
//!
//! The counting rules, which `docs/cloudtrail-logs.md` repeats for readers:
//!
//! - Every element of `Records` is one event. Nothing is dropped as a duplicate; `unique_events` says how many
//!   distinct event ids there are (CloudTrail does deliver some events twice), and an event without an id counts as
//!   one of its own.
//! - The keys of a KMS event are the distinct `resources[].ARN` (or `arn`: both are seen) with `:key/` in them; without one, the `keyId` of the
//!   request when it is a key ARN or a bare key id; else the event counts under [`NO_KEY`]. An event with two keys
//!   counts under each. These rules need no state of the world, so any reader of the same files gets the same counts.
//! - What other signs say of the events under [`NO_KEY`] (an alias, service event details) is told
//!   beside, never mixed in: an alias can move to another key.

use super::gunzip::{Gunzip, Members};
use super::record::{self, FIREHOSE, Identity, KMS, Params, Parts, Record, Text, is_stream_arn};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a KMS event counts that names no key.
pub const NO_KEY: &str = "(no key)";
/// Where a Firehose event counts that names no stream.
pub const NO_STREAM: &str = "(no stream)";
/// What an absent value is called in a group's counts.
const NULL: &str = "null";
/// What an absent value is called in the totals, and as the account in an ARN made from a record that names none.
const ABSENT: &str = "None";

/// Files with more records than this are read twice: once to see that they can be read to the end, once to count.
const AT_ONCE: usize = 8192;
/// How many odd records are listed; all are counted.
const LISTED: usize = 1000;

/// The counts of everything read so far.
#[derive(Debug, Default)]
pub struct Usage {
    files: u64,
    bytes_gz: u64,
    bytes_json: u64,
    events: u64,
    unreadable: BTreeMap<String, String>,
    odd: BTreeSet<(String, u64, &'static str)>,
    odd_count: u64,
    doubtful: u64,
    ids: Ids,
    without_id: u64,
    by_source: Counts,
    by_account: Counts,
    by_region: Counts,
    kms: Group,
    keys: HashMap<String, Group>,
    other_signs: HashMap<String, OtherSigns>,
    aliases: BTreeMap<String, BTreeSet<AliasChange>>,
    firehose: Group,
    streams: HashMap<String, Group>,
}

/// One event that gave an alias a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct AliasChange {
    time: String,
    event: String,
    target: String,
}

#[derive(Debug, Default)]
struct OtherSigns {
    how: BTreeSet<&'static str>,
    group: Group,
}

/// Counts by a name. Neighbours are often alike, so the last name is counted apart from the others.
#[derive(Debug, Default)]
struct Counts {
    by_name: HashMap<String, u64>,
    last: String,
    pending: u64,
}

impl Counts {
    fn add(&mut self, name: &str) {
        if self.last != name {
            self.settle();
            name.clone_into(&mut self.last);
        }
        self.pending += 1;
    }

    fn settle(&mut self) {
        let more = std::mem::take(&mut self.pending);
        match self.by_name.get_mut(&self.last) {
            Some(count) => *count += more,
            None if more > 0 => {
                self.by_name.insert(self.last.clone(), more);
            }
            None => {}
        }
    }

    fn merge(&mut self, mut other: Self) {
        other.settle();
        for (name, count) in other.by_name {
            *self.by_name.entry(name).or_default() += count;
        }
    }

    fn sorted(mut self) -> BTreeMap<String, u64> {
        self.settle();
        self.by_name.into_iter().collect()
    }
}

/// A set of event ids: UUIDs as numbers, because there are millions; anything else as it is.
#[derive(Debug, Default)]
struct Ids {
    uuids: Vec<u128>,
    texts: BTreeSet<Box<str>>,
}

impl Ids {
    fn add(&mut self, id: &str) {
        match uuid(id) {
            Some(number) => self.uuids.push(number),
            None => {
                self.texts.insert(id.into());
            }
        }
    }

    fn merge(&mut self, other: Self) {
        if self.uuids.is_empty() {
            self.uuids = other.uuids;
        } else {
            self.uuids.extend(other.uuids);
        }
        self.texts.extend(other.texts);
    }

    fn distinct(mut self) -> u64 {
        self.uuids.sort_unstable();
        self.uuids.dedup();
        (self.uuids.len() + self.texts.len()) as u64
    }
}

/// The value of each lower-case hex digit; all else has a high bit.
const DIGITS: [u8; 256] = {
    let mut digits = [0x80; 256];
    let mut at = 0_u8;
    while at < 16 {
        digits[b"0123456789abcdef"[at as usize] as usize] = at;
        at += 1;
    }
    digits
};

/// The number of a UUID in its one usual form; any other spelling is another text.
fn uuid(text: &str) -> Option<u128> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if [bytes[8], bytes[13], bytes[18], bytes[23]] != *b"----" {
        return None;
    }
    // No branch for each digit: there is one id in every event.
    let mut odd = 0;
    let mut part = |from: usize, to: usize| {
        bytes[from..to].iter().fold(0_u64, |number, byte| {
            let digit = DIGITS[usize::from(*byte)];
            odd |= digit;
            number << 4 | u64::from(digit & 0xf)
        })
    };
    let high = part(0, 8) << 32 | part(9, 13) << 16 | part(14, 18);
    let low = part(19, 23) << 48 | part(24, 36);
    (odd & 0x80 == 0).then_some(u128::from(high) << 64 | u128::from(low))
}

/// The counts of one key, one stream, or of all of them.
#[derive(Debug, Default)]
struct Group {
    events: u64,
    ids: Ids,
    without_id: u64,
    first: Option<String>,
    last: Option<String>,
    by_event_name: Counts,
    by_principal: Counts,
    by_issuer: Counts,
    error_codes: Counts,
    by_day: Counts,
}

impl Group {
    fn add(&mut self, record: &Record<'_>, parts: &Parts<'_>) {
        self.events += 1;
        self.by_event_name.add(record.name.shown().unwrap_or(NULL));
        let principal = principal(&parts.identity);
        self.by_principal.add(principal);
        self.by_issuer.add(parts.identity.session.issuer.arn.filled().unwrap_or(principal));
        if !matches!(record.error, Text::Absent) {
            self.error_codes.add(record.error.shown().unwrap_or(NULL));
        }
        match record.id.filled() {
            Some(id) => self.ids.add(id),
            None => self.without_id += 1,
        }
        let time = record.time.shown().unwrap_or_default();
        let day = time.char_indices().nth(10).map_or(time, |(end, _)| &time[..end]);
        self.by_day.add(day);
        if self.first.as_deref().is_none_or(|first| time < first) {
            self.first = Some(time.to_owned());
        }
        if self.last.as_deref().is_none_or(|last| time > last) {
            self.last = Some(time.to_owned());
        }
    }

    fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.without_id += other.without_id;
        self.ids.merge(other.ids);
        self.first = match (self.first.take(), other.first) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.last = self.last.take().max(other.last);
        self.by_event_name.merge(other.by_event_name);
        self.by_principal.merge(other.by_principal);
        self.by_issuer.merge(other.by_issuer);
        self.error_codes.merge(other.error_codes);
        self.by_day.merge(other.by_day);
    }

    fn summary(self) -> GroupSummary {
        GroupSummary {
            events: self.events,
            unique_events: self.ids.distinct() + self.without_id,
            first: self.first,
            last: self.last,
            by_event_name: self.by_event_name.sorted(),
            by_principal: self.by_principal.sorted(),
            by_issuer: self.by_issuer.sorted(),
            error_codes: self.error_codes.sorted(),
            by_day: self.by_day.sorted(),
        }
    }
}

/// Who made the call, by the most telling name there is.
pub(super) fn principal<'r>(who: &'r Identity<'_>) -> &'r str {
    let names = [&who.arn, &who.invoked_by, &who.principal_id, &who.kind];
    names.into_iter().find_map(Text::filled).unwrap_or("(none)")
}

impl Usage {
    /// Counts the records of one packed log file, all of them or none; `name` is how it is listed when it cannot be
    /// read.
    pub fn add_packed(&mut self, name: &str, packed: &[u8], gunzip: &mut Gunzip) {
        match gunzip.unpack(packed, Members::Many) {
            Ok(json) => self.add_json(name, packed.len() as u64, json),
            Err(fault) => self.unreadable(name, &fault.to_string()),
        }
    }

    /// Counts the records of one log file that is not packed.
    pub fn add_plain(&mut self, name: &str, json: &[u8]) {
        self.add_json(name, json.len() as u64, json);
    }

    /// Lists a file that could not be read.
    pub fn unreadable(&mut self, name: &str, why: &str) {
        self.unreadable.insert(name.to_owned(), why.to_owned());
    }

    /// Whether everything that was given could be read for what it says. An event without an id is only odd.
    #[must_use]
    pub fn all_read(&self) -> bool {
        self.unreadable.is_empty() && self.doubtful == 0
    }

    fn add_json(&mut self, name: &str, bytes_stored: u64, json: &[u8]) {
        let counted = record::text(json).and_then(|text| {
            self.count(name, text).or_else(|error| match record::mended(text) {
                Some((text, why)) => self.count(name, &text).inspect(|()| self.odd(name, 0, why)),
                None => Err(error),
            })
        });
        match counted {
            Ok(()) => {
                self.files += 1;
                self.bytes_gz += bytes_stored;
                self.bytes_json += json.len() as u64;
            }
            Err(error) => self.unreadable(name, &error),
        }
    }

    /// Counts all records or, when the file turns out to be damaged, none.
    fn count(&mut self, name: &str, text: &str) -> Result<(), String> {
        // A record takes about a thousand bytes of text.
        let mut kept = Vec::with_capacity((text.len() / 1000).min(AT_ONCE));
        let mut total = 0_usize;
        record::records(text, &mut |record| {
            total += 1;
            if total <= AT_ONCE {
                kept.push(record);
            }
        })?;
        let mut at = 0;
        if total <= AT_ONCE {
            for record in &kept {
                at += 1;
                self.add(name, at, record);
            }
            return Ok(());
        }
        drop(kept);
        record::records(text, &mut |record| {
            at += 1;
            self.add(name, at, &record);
        })
    }

    fn odd(&mut self, name: &str, at: u64, why: &'static str) {
        self.odd_count += 1;
        self.doubtful += u64::from(why != record::NO_ID);
        self.odd.insert((name.to_owned(), at, why));
        if self.odd.len() > LISTED {
            self.odd.pop_last();
        }
    }

    fn add(&mut self, file: &str, at: u64, record: &Record<'_>) {
        self.events += 1;
        if let Some(why) = record.oddity() {
            self.odd(file, at, why);
            if record.no_object {
                return;
            }
        }
        match record.id.filled() {
            Some(id) => self.ids.add(id),
            None => self.without_id += 1,
        }
        let source = record.source.shown().unwrap_or(ABSENT);
        self.by_source.add(source);
        self.by_account.add(record.recipient.shown().unwrap_or(ABSENT));
        self.by_region.add(record.region.shown().unwrap_or(ABSENT));
        match (source, &record.parts) {
            (KMS, Some(parts)) => self.add_kms(record, parts),
            (FIREHOSE, Some(parts)) => {
                self.firehose.add(record, parts);
                group(&mut self.streams, stream(parts)).add(record, parts);
            }
            _ => {}
        }
    }

    fn add_kms(&mut self, record: &Record<'_>, parts: &Parts<'_>) {
        self.kms.add(record, parts);
        let keys = keys(record, parts);
        if keys.is_empty() {
            group(&mut self.keys, NO_KEY).add(record, parts);
            for (arn, how) in other_signs(record, parts) {
                let signs = self.other_signs.entry(arn).or_default();
                signs.how.insert(how);
                signs.group.add(record, parts);
            }
        }
        for key in &keys {
            group(&mut self.keys, key).add(record, parts);
        }
        self.note_alias(record, &parts.request);
    }

    fn note_alias(&mut self, record: &Record<'_>, request: &Params<'_>) {
        let named = (record.name.str(), request.alias_name.str(), request.target_key_id.str());
        if let (Some(event @ ("CreateAlias" | "UpdateAlias")), Some(alias), Some(target)) = named
            && matches!(record.error, Text::Absent)
        {
            let time = record.time.shown().unwrap_or_default().to_owned();
            let change = AliasChange { time, event: event.to_owned(), target: target.to_owned() };
            self.aliases.entry(alias_arn(record, alias)).or_default().insert(change);
        }
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.bytes_gz += other.bytes_gz;
        self.bytes_json += other.bytes_json;
        self.events += other.events;
        self.unreadable.extend(other.unreadable);
        self.odd_count += other.odd_count;
        self.doubtful += other.doubtful;
        self.odd.extend(other.odd);
        self.ids.merge(other.ids);
        self.without_id += other.without_id;
        self.by_source.merge(other.by_source);
        self.by_account.merge(other.by_account);
        self.by_region.merge(other.by_region);
        self.kms.merge(other.kms);
        self.firehose.merge(other.firehose);
        for (key, counts) in other.keys {
            group(&mut self.keys, &key).merge(counts);
        }
        for (stream, counts) in other.streams {
            group(&mut self.streams, &stream).merge(counts);
        }
        for (arn, signs) in other.other_signs {
            let mine = self.other_signs.entry(arn).or_default();
            mine.how.extend(signs.how);
            mine.group.merge(signs.group);
        }
        for (alias, changes) in other.aliases {
            self.aliases.entry(alias).or_default().extend(changes);
        }
    }

    /// The result: the same for the same files, however they were shared out.
    #[must_use]
    pub fn summary(self) -> Summary {
        let groups = |map: HashMap<String, Group>| map.into_iter().map(|(name, g)| (name, g.summary())).collect();
        let signs = self
            .other_signs
            .into_iter()
            .map(|(arn, signs)| (arn, OtherSignsSummary { how: signs.how, counts: signs.group.summary() }));
        Summary {
            files: self.files,
            bytes_gz: self.bytes_gz,
            bytes_json: self.bytes_json,
            events: self.events,
            unreadable_files: self.unreadable.into_iter().collect(),
            odd_records: self.odd_count,
            odd_records_listed: self.odd.into_iter().take(LISTED).collect(),
            unique_event_ids: self.ids.distinct(),
            events_without_event_id: self.without_id,
            by_event_source: self.by_source.sorted(),
            by_account: self.by_account.sorted(),
            by_region: self.by_region.sorted(),
            kms: KmsSummary { total: self.kms.summary() },
            keys: groups(self.keys),
            no_key_by_other_signs: signs.collect(),
            aliases: self.aliases,
            firehose: FirehoseSummary { total: self.firehose.summary(), streams: groups(self.streams) },
        }
    }
}

fn group<'m>(groups: &'m mut HashMap<String, Group>, name: &str) -> &'m mut Group {
    // A name is copied only when it is new; the borrow checker does not see that `get_mut` would do.
    if !groups.contains_key(name) {
        groups.insert(name.to_owned(), Group::default());
    }
    groups.get_mut(name).expect("it was put in just now")
}

/// The keys of a KMS event, by the rules at the head of this file.
pub(super) fn keys(record: &Record<'_>, parts: &Parts<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for arn in parts.resources.items.iter().filter_map(|r| r.upper.filled().or(r.lower.filled())) {
        if arn.contains(":key/") && !found.iter().any(|f| f == arn) {
            found.push(arn.to_owned());
        }
    }
    if found.is_empty() {
        found.extend(parts.request.key_id.str().and_then(|id| key_arn(record, id)));
    }
    found
}

/// The ARN that a key id stands for, when it is an ARN or a bare id.
fn key_arn(record: &Record<'_>, id: &str) -> Option<String> {
    if id.starts_with("arn:") {
        return id.contains(":key/").then(|| id.to_owned());
    }
    is_key_id(id).then(|| made_arn(record, &format!("key/{id}")))
}

fn alias_arn(record: &Record<'_>, alias: &str) -> String {
    if alias.starts_with("arn:") { alias.to_owned() } else { made_arn(record, alias) }
}

fn made_arn(record: &Record<'_>, resource: &str) -> String {
    made_arn_of("kms", record, resource)
}

fn made_arn_of(service: &str, record: &Record<'_>, resource: &str) -> String {
    let region = record.region.shown().unwrap_or_default();
    let partition = match region {
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("cn-") => "aws-cn",
        _ => "aws",
    };
    let account = record.recipient.shown().unwrap_or(ABSENT);
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

/// A UUID, or `mrk-` and 32 lower-case hex digits.
fn is_key_id(id: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(rest) = id.strip_prefix("mrk-") {
        return rest.len() == 32 && hex(rest) && !rest.bytes().any(|b| b.is_ascii_uppercase());
    }
    let parts: Vec<&str> = id.split('-').collect();
    parts.iter().map(|p| p.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|p| hex(p))
}

/// What an event without a key by the rules may be about all the same, and by which sign.
pub(super) fn other_signs(record: &Record<'_>, parts: &Parts<'_>) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    let mut take = |arn: &str, key: &'static str, alias: &'static str| {
        if arn.contains(":key/") {
            found.insert((arn.to_owned(), key));
        } else if arn.contains(":alias/") {
            found.insert((arn.to_owned(), alias));
        }
    };
    for resource in &parts.resources.items {
        take(resource.upper.filled().or(resource.lower.filled()).unwrap_or_default(), "resource", "alias");
    }
    for (params, sign) in [(&parts.service, "service_event_details"), (&parts.response, "response")] {
        let arn = params.key_id.str().and_then(|id| key_arn(record, id));
        take(&arn.unwrap_or_default(), sign, sign);
    }
    let Params { key_id, alias_name, target_key_id, .. } = &parts.request;
    for alias in [key_id, alias_name].into_iter().filter_map(Text::str) {
        if alias.starts_with("alias/") || alias.contains(":alias/") {
            take(&alias_arn(record, alias), "alias", "alias");
        }
    }
    let target = target_key_id.str().and_then(|id| key_arn(record, id));
    take(&target.unwrap_or_default(), "alias_target", "alias_target");
    found
}

/// The stream of a Firehose event: its name, else the name in its ARN.
pub(super) fn stream<'r>(parts: &'r Parts<'_>) -> &'r str {
    for params in [&parts.request, &parts.response] {
        if let Some(name) = params.stream_name.filled() {
            return name;
        }
        if let Some(arn) = params.stream_arn.filled() {
            return arn.rsplit('/').next().unwrap_or(arn);
        }
    }
    NO_STREAM
}

/// What tells most of the stream of a Firehose event: its ARN, given or made of name, Region and recipient account; where
/// the event has not all of these, its name.
pub(super) fn stream_named(record: &Record<'_>, parts: &Parts<'_>) -> String {
    let given = [&parts.request, &parts.response].into_iter().filter_map(|params| params.stream_arn.filled());
    if let Some(arn) = given.into_iter().find(|arn| is_stream_arn(arn)) {
        return arn.to_owned();
    }
    let name = stream(parts);
    let made = made_arn_of("firehose", record, &format!("deliverystream/{name}"));
    if name != NO_STREAM && is_stream_arn(&made) { made } else { name.to_owned() }
}

/// Everything counted, as it is printed.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Files that could be read.
    pub files: u64,
    /// Their size as stored, in bytes.
    pub bytes_gz: u64,
    /// Their size unpacked, in bytes.
    pub bytes_json: u64,
    /// Elements of `Records`.
    pub events: u64,
    /// Files that could not be read, and why; none of their events is counted.
    pub unreadable_files: Vec<(String, String)>,
    /// Records that are not as CloudTrail writes them.
    pub odd_records: u64,
    /// The first of them: file, place in the file (0: the whole file), what is odd.
    pub odd_records_listed: Vec<(String, u64, &'static str)>,
    /// Distinct `eventID`s.
    pub unique_event_ids: u64,
    /// Events that have none.
    pub events_without_event_id: u64,
    /// Events by `eventSource`.
    pub by_event_source: BTreeMap<String, u64>,
    /// Events by `recipientAccountId`.
    pub by_account: BTreeMap<String, u64>,
    /// Events by `awsRegion`.
    pub by_region: BTreeMap<String, u64>,
    /// All KMS events.
    pub kms: KmsSummary,
    /// KMS events by key ARN.
    pub keys: BTreeMap<String, GroupSummary>,
    /// What other signs say of the events without a key, by ARN of the key or alias.
    pub no_key_by_other_signs: BTreeMap<String, OtherSignsSummary>,
    /// Which key each alias was given, by events within these files.
    aliases: BTreeMap<String, BTreeSet<AliasChange>>,
    /// All Firehose events.
    pub firehose: FirehoseSummary,
}

/// All KMS events.
#[derive(Debug, Serialize)]
pub struct KmsSummary {
    /// Each event once, however many keys it has.
    pub total: GroupSummary,
}

/// All Firehose events.
#[derive(Debug, Serialize)]
pub struct FirehoseSummary {
    /// All of them.
    pub total: GroupSummary,
    /// By name of the stream.
    pub streams: BTreeMap<String, GroupSummary>,
}

/// The events of one ARN that only other signs connect with it.
#[derive(Debug, Serialize)]
pub struct OtherSignsSummary {
    /// The signs: `alias`, `alias_target`, `resource`, `response`, `service_event_details`.
    pub how: BTreeSet<&'static str>,
    /// The counts.
    #[serde(flatten)]
    pub counts: GroupSummary,
}

/// The counts of a group.
#[derive(Debug, PartialEq, Serialize)]
pub struct GroupSummary {
    /// Events, duplicates included.
    pub events: u64,
    /// Distinct events.
    pub unique_events: u64,
    /// The least `eventTime`, as written; none without events.
    pub first: Option<String>,
    /// The greatest.
    pub last: Option<String>,
    /// By `eventName`.
    pub by_event_name: BTreeMap<String, u64>,
    /// By who called.
    pub by_principal: BTreeMap<String, u64>,
    /// By the role behind the session, else by who called.
    pub by_issuer: BTreeMap<String, u64>,
    /// By `errorCode`, of the events that have one.
    pub error_codes: BTreeMap<String, u64>,
    /// By the first ten characters of `eventTime`.
    pub by_day: BTreeMap<String, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::testchain::gzip;
    use serde_json::{Value, json};

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn scan(records: &Value) -> Summary {
        let mut usage = Usage::default();
        usage.add_packed("a", &gzip(json!({"Records": records}).to_string().as_bytes()), &mut Gunzip::default());
        usage.summary()
    }

    fn event(more: &Value) -> Value {
        let mut event = json!({"eventSource": KMS, "eventName": "Decrypt", "eventTime": "2026-07-01T00:00:00Z",
            "eventID": "aaaaaaaa-0000-4000-8000-000000000001", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333"});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    }

    fn keys_of(more: &Value) -> Vec<String> {
        scan(&json!([event(more)])).keys.into_keys().collect()
    }

    #[test]
    fn the_keys_of_an_event_are_those_of_the_rules() {
        let arn = |n: u8| format!("arn:aws:kms:eu-west-1:111122223333:key/{n}");
        let two = json!({"resources": [{"ARN": arn(2)}, {"ARN": arn(1)}, {"ARN": arn(2)}, {"ARN": "arn:x:alias/a"}]});
        assert_eq!(keys_of(&two), [arn(1), arn(2)]);
        assert_eq!(keys_of(&json!({"requestParameters": {"keyId": arn(3)}})), [arn(3)]);
        let whole = format!("arn:aws:kms:eu-west-1:111122223333:key/{KEY}");
        assert_eq!(keys_of(&json!({"requestParameters": {"keyId": KEY}, "resources": null})), [whole]);
        for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")] {
            let made = keys_of(&json!({"requestParameters": {"keyId": KEY}, "awsRegion": region}));
            assert_eq!(made, [format!("arn:{partition}:kms:{region}:111122223333:key/{KEY}")]);
        }
        for id in ["alias/a", "arn:aws:kms:eu-west-1:111122223333:alias/a", "1", "mrk-12", ""] {
            assert_eq!(keys_of(&json!({"requestParameters": {"keyId": id}})), [NO_KEY], "{id}");
        }
        assert_eq!(keys_of(&json!({"requestParameters": "text", "resources": [null, {}]})), [NO_KEY]);
    }

    #[test]
    fn other_signs_stand_beside_the_counts_and_never_in_them() {
        let alias = "arn:aws:kms:eu-west-1:111122223333:alias/a";
        let key = format!("arn:aws:kms:eu-west-1:111122223333:key/{KEY}");
        let found = scan(&json!([
            event(&json!({"requestParameters": {"keyId": "alias/a"}})),
            event(&json!({"requestParameters": {"keyId": alias}})),
            event(&json!({"serviceEventDetails": {"keyId": KEY}, "requestParameters": null})),
            event(
                &json!({"eventName": "CreateAlias", "requestParameters": {"aliasName": "alias/a", "targetKeyId": KEY}})
            ),
        ]));
        assert_eq!((found.keys.len(), found.keys[NO_KEY].events), (1, 4));
        assert_eq!(found.no_key_by_other_signs[alias].counts.events, 3);
        assert_eq!(found.no_key_by_other_signs[&key].counts.events, 2);
        let how: Vec<_> = found.no_key_by_other_signs[&key].how.iter().copied().collect();
        assert_eq!(how, ["alias_target", "service_event_details"]);
        assert_eq!(found.aliases[alias].first().unwrap().target, KEY);
    }

    #[test]
    fn a_resource_in_lower_case_an_empty_id_and_no_name_count_as_in_the_query() {
        let key = format!("arn:aws:kms:eu-west-1:111122223333:key/{KEY}");
        let found = scan(&json!([
            event(&json!({"eventID": "", "resources": [{"arn": key}]})),
            event(&json!({"eventID": "", "resources": [{"ARN": "", "arn": key}, {"ARN": key}], "eventName": null})),
        ]));
        let group = &found.keys[&key];
        assert_eq!((found.keys.len(), group.events, group.unique_events), (1, 2, 2));
        assert_eq!((found.unique_event_ids, found.events_without_event_id), (0, 2));
        assert_eq!(group.by_event_name["null"], 1);
    }

    #[test]
    fn an_event_delivered_twice_is_two_events_and_one_unique() {
        let found = scan(&json!([event(&json!({})), event(&json!({})), event(&json!({"eventID": null}))]));
        let group = &found.keys[NO_KEY];
        assert_eq!((group.events, group.unique_events), (3, 2));
        assert_eq!((found.unique_event_ids, found.events_without_event_id), (1, 1));
    }

    #[test]
    fn the_principal_is_the_most_telling_name() {
        let who = |identity: Value| {
            scan(&json!([event(&json!({"userIdentity": identity}))])).kms.total.by_principal.into_keys().next().unwrap()
        };
        assert_eq!(
            who(json!({"arn": "", "invokedBy": "firehose.amazonaws.com", "type": "AWSService"})),
            "firehose.amazonaws.com"
        );
        assert_eq!(who(json!({"principalId": "P", "type": "T"})), "P");
        assert_eq!(who(json!("text")), "(none)");
    }

    #[test]
    fn a_damaged_file_is_listed_and_none_of_it_is_counted() {
        let good = gzip(json!({"Records": [event(&json!({}))]}).to_string().as_bytes());
        let mut usage = Usage::default();
        let mut gunzip = Gunzip::default();
        usage.add_packed("cut", &good[..good.len() - 1], &mut gunzip);
        usage.add_packed("half", &gzip(br#"{"Records":[{"eventID":"a"},{"ev"#), &mut gunzip);
        usage.add_packed("none", &gzip(br#"{"records":[]}"#), &mut gunzip);
        usage.add_packed("tail", &[&good[..], b"x"].concat(), &mut gunzip);
        assert!(!usage.all_read());
        let found = usage.summary();
        assert_eq!((found.files, found.events, found.unreadable_files.len()), (0, 0, 4));
    }

    #[test]
    fn a_file_with_very_many_records_is_counted_whole_or_not_at_all() {
        let many = vec!["{}"; AT_ONCE + 5].join(",");
        let mut usage = Usage::default();
        usage.add_plain("whole", format!(r#"{{"Records":[{many}]}}"#).as_bytes());
        usage.add_plain("cut", format!(r#"{{"Records":[{many}"#).as_bytes());
        let found = usage.summary();
        assert_eq!((found.files, found.events), (1, AT_ONCE as u64 + 5));
    }

    #[test]
    fn half_a_surrogate_pair_in_a_parameter_hides_nothing() {
        let mut usage = Usage::default();
        usage.add_plain("a", br#"{"Records":[{"eventSource":"kms.amazonaws.com","eventID":"a","requestParameters":{"keyId":"\ud800"}}]}"#);
        assert!(!usage.all_read());
        let found = usage.summary();
        assert_eq!((found.events, found.odd_records), (1, 1));
    }

    #[test]
    fn the_order_of_files_changes_nothing() {
        let files: Vec<Vec<u8>> = (0..6)
            .map(|n| json!({"Records": [event(&json!({"eventID": format!("id{}", n % 4), "eventTime": n.to_string()}))]}))
            .map(|file| file.to_string().into_bytes())
            .collect();
        let count = |order: &[usize], split: usize| {
            let (mut one, mut two) = (Usage::default(), Usage::default());
            for (at, file) in order.iter().enumerate() {
                let usage = if at < split { &mut one } else { &mut two };
                usage.add_plain(&file.to_string(), &files[*file]);
            }
            one.merge(two);
            serde_json::to_string(&one.summary()).unwrap()
        };
        let expected = count(&[0, 1, 2, 3, 4, 5], 6);
        assert_eq!(count(&[5, 3, 1, 0, 2, 4], 2), expected);
        assert_eq!(count(&[2, 5, 0, 4, 1, 3], 0), expected);
    }

    #[test]
    fn a_uuid_is_a_number_only_in_its_usual_form() {
        assert_eq!(uuid("00000000-0000-0000-0000-0000000000ff"), Some(255));
        for odd in [
            "00000000-0000-0000-0000-0000000000FF",
            "0000000000000-0000-0000-0000000000ff",
            "x",
            "00000000-0000-0000-0000-00000000-0ff",
        ] {
            assert_eq!(uuid(odd), None, "{odd}");
        }
    }
}
