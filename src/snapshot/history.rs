//! The history of the period: from the answers of `LookupEvents`, from log files and from exports to one list of events.
//!
//! Each event is there once, by its id; log files come first, because digests can vouch for them. Which key an event is
//! about is told by the strongest sign that it has. An alias leads to the key that it led to at that time: by the
//! events that moved it, and where none did, as it stands today.

use super::athena;
use crate::model::history::{Caller, History, LastUseSaid, Origin, PastEvent, Sign, Source, StreamSign, UseRow};
use crate::model::operation::{EVENTS_EXPORT, GET_KEY_LAST_USAGE, LOG_FILES, LOOKUP_EVENTS};
use crate::model::{Citation, Record, Snapshot, Time};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Reads the history out of the records of a run.
#[must_use]
pub fn history(snapshot: &Snapshot, records: &[Record]) -> History {
    let mut reader = Reader { aliases: Aliases::of_today(snapshot), ..Reader::default() };
    let of = |service: &'static str, name: &'static str| {
        records.iter().filter(move |r| r.service == service && r.operation == name && r.error.is_none())
    };
    for (operation, origin) in [(&LOG_FILES, Origin::Log), (&EVENTS_EXPORT, Origin::Export)] {
        for record in of(operation.service, operation.name) {
            reader.files(record, origin, snapshot.run.partition(&record.account));
        }
    }
    for record in of(LOOKUP_EVENTS.service, LOOKUP_EVENTS.name) {
        reader.lookup(record, snapshot.run.partition(&record.account));
    }
    reader.athena(snapshot, records);
    let mut history = reader.finish(snapshot);
    let (service, name) = (GET_KEY_LAST_USAGE.service, GET_KEY_LAST_USAGE.name);
    history.last_uses =
        records.iter().filter(|r| r.service == service && r.operation == name).filter_map(last_use).collect();
    history
}

/// AWS's own word on the last use of a key.
fn last_use(record: &Record) -> Option<LastUseSaid> {
    let time = |value: &Value| value.as_f64().and_then(crate::model::time::from_epoch);
    let body = record.body.value();
    let used = match (&record.error, body["KeyLastUsage"].as_object()) {
        (Some(error), _) => Err(format!("{}: {}", error.code, error.message)),
        (None, None) => Err("the answer does not hold KeyLastUsage".to_owned()),
        (None, Some(used)) if used.is_empty() => Ok(None),
        (None, Some(used)) => {
            match (used.get("Operation").and_then(Value::as_str), used.get("Timestamp").and_then(time)) {
                (Some(operation), Some(time)) => Ok(Some((operation.to_owned(), time))),
                _ => Err("the answer holds KeyLastUsage and not what or when".to_owned()),
            }
        }
    };
    Some(LastUseSaid {
        key: record.parameter("KeyId")?.to_owned(),
        used,
        tracked: time(&body["TrackingStartDate"]),
        at: Citation { ev: record.ev, pointer: "/KeyLastUsage".into() },
    })
}

#[derive(Default)]
struct Reader {
    events: Vec<PastEvent>,
    seen: HashSet<String>,
    sources: BTreeMap<(Origin, String), Source>,
    uses: BTreeMap<UseId, UseRow>,
    /// Counts of uses, read once all moves of aliases are known.
    counted: Vec<(Value, Citation)>,
    aliases: Aliases,
    /// The aliases by which an event names a key, by the event's place in the list.
    named: Vec<Vec<String>>,
}

type UseId = (String, Sign, String, String, Option<String>, Option<String>);

impl Reader {
    fn source(&mut self, origin: Origin, name: &str) -> &mut Source {
        self.sources.entry((origin, name.to_owned())).or_insert_with(|| Source {
            origin,
            name: name.to_owned(),
            files: 0,
            events: 0,
            kept: 0,
            duplicates: 0,
            unreadable: Vec::new(),
            odd: Vec::new(),
            odd_count: 0,
        })
    }

    /// A record of log files, or of one export.
    fn files(&mut self, record: &Record, origin: Origin, partition: &str) {
        let name = record.parameter("Source").or_else(|| record.parameter("File")).unwrap_or_default().to_owned();
        let body = record.body.value();
        let list = |field: &str| body[field].as_array().map_or(&[][..], Vec::as_slice);
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let source = self.source(origin, &name);
        for file in list("Files") {
            source.files += 1;
            source.events += number(&file["Events"]);
            if let Some(why) = file["Unreadable"].as_str() {
                source.unreadable.push((text(file, "Object").to_owned(), why.to_owned()));
            }
        }
        for odd in list("OddRecords") {
            let (object, why) = (text(odd, "Object").to_owned(), text(odd, "Why").to_owned());
            source.odd.push((object, number(&odd["Place"]), why));
        }
        source.odd_count += list("OddRecords").len() as u64;
        source.duplicates += number(&body["Duplicates"]);
        for (at, kept) in list("Events").iter().enumerate() {
            let place = Citation { ev: record.ev, pointer: format!("/Events/{at}/Record").into() };
            let object = (origin == Origin::Log).then(|| text(kept, "Object").to_owned());
            self.event(&kept["Record"], origin, &name, place, object, record, partition);
        }
        for (at, row) in list("Uses").iter().enumerate() {
            self.counted.push((row.clone(), Citation { ev: record.ev, pointer: format!("/Uses/{at}").into() }));
        }
    }

    fn lookup(&mut self, record: &Record, partition: &str) {
        let body = record.body.value();
        let list = body["Events"].as_array().map_or(&[][..], Vec::as_slice);
        let source = self.source(Origin::Lookup, "LookupEvents");
        source.files += 1;
        source.events += list.len() as u64;
        for (at, found) in list.iter().enumerate() {
            let detail = &found["CloudTrailEvent"];
            let place = Citation { ev: record.ev, pointer: format!("/Events/{at}/CloudTrailEvent").into() };
            if detail.get("eventID").is_some() {
                self.event(detail, Origin::Lookup, "LookupEvents", place, None, record, partition);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an event and where it comes from")]
    fn event(
        &mut self,
        detail: &Value,
        origin: Origin,
        source: &str,
        at: Citation,
        object: Option<String>,
        record: &Record,
        partition: &str,
    ) {
        let id = text(detail, "eventID").to_owned();
        if !id.is_empty() && !self.seen.insert(id.clone()) {
            self.source(origin, source).duplicates += 1;
            return;
        }
        let Some(time) = instant(text(detail, "eventTime")) else {
            let source = self.source(origin, source);
            source.odd_count += 1;
            source.odd.push((object.unwrap_or_default(), 0, format!("the event {id} has no time")));
            return;
        };
        let filled = |name: &str| Some(text(detail, name)).filter(|t| !t.is_empty()).map(ToOwned::to_owned);
        let mut event = PastEvent {
            id,
            name: text(detail, "eventName").to_owned(),
            source: text(detail, "eventSource").to_owned(),
            time,
            account: filled("recipientAccountId").unwrap_or_else(|| record.account.to_string()),
            region: filled("awsRegion").unwrap_or_else(|| record.region.to_string()),
            who: caller(&detail["userIdentity"]),
            error: match &detail["errorCode"] {
                Value::Null => None,
                Value::String(code) => Some(code.clone()),
                other => Some(other.to_string()),
            },
            keys: BTreeMap::new(),
            stream: stream(detail),
            detail: detail.clone(),
            origin,
            at,
            object,
        };
        let named = signs(&mut event, partition);
        self.aliases.note(&event, partition);
        self.source(origin, source).kept += 1;
        self.events.push(event);
        self.named.push(named);
    }

    fn uses_of(&mut self, row: &Value, at: &Citation) {
        let own = |name: &str| text(row, name).to_owned();
        let some = |name: &str| row[name].as_str().map(ToOwned::to_owned);
        let sign = match text(row, "Sign") {
            "by alias" => Sign::Alias,
            "by details" => Sign::Details,
            _ => Sign::Named,
        };
        let (first, last) = (own("First"), own("Last"));
        let mut subject = own("Subject");
        if sign == Sign::Alias
            && let (Some(from), Some(to)) = (instant(&first), instant(&last))
            && let Some(key) = self.aliases.steady(&subject, from, to)
        {
            subject = key;
        }
        let id = (subject.clone(), sign, own("Principal"), own("Operation"), some("Via"), some("Stream"));
        let made = self.uses.entry(id).or_insert_with(|| UseRow {
            subject,
            sign,
            principal: own("Principal"),
            operation: own("Operation"),
            via: some("Via"),
            stream: some("Stream").map(|name| (name, StreamSign::Context)),
            events: 0,
            first: first.clone(),
            last: last.clone(),
            last_success: None,
            errors: BTreeMap::new(),
            at: Vec::new(),
        });
        made.events += row["Events"].as_u64().unwrap_or_default();
        made.first = made.first.clone().min(first);
        made.last_success = made.last_success.take().max(some("LastSuccess"));
        made.last = made.last.clone().max(last);
        for (code, count) in row["Errors"].as_object().into_iter().flatten() {
            *made.errors.entry(code.clone()).or_default() += count.as_u64().unwrap_or_default();
        }
        made.at.push(at.clone());
    }

    /// What Athena counted for the keys of the streams; used where nothing else tells of uses.
    fn athena(&mut self, snapshot: &Snapshot, records: &[Record]) {
        let counted_already = self.sources.keys().any(|(origin, _)| *origin != Origin::Lookup);
        for (id, query) in athena::queries(records).into_iter().filter(|(_, query)| query.is_whole()) {
            let uses = query.uses();
            let scanned = query.scanned().map(|bytes| format!(", {bytes} bytes scanned")).unwrap_or_default();
            let unused = if counted_already { "; not used, since log files or exports were read" } else { "" };
            let source = self.source(Origin::Athena, &format!("query {id}{scanned}{unused}"));
            source.events = uses.iter().filter_map(|(row, _)| row["Events"].as_u64()).sum();
            let of_streams =
                uses.into_iter().filter(|(row, _)| snapshot.keys().any(|k| row["Subject"] == k.arn.as_str()));
            if !counted_already {
                self.counted.extend(of_streams);
            }
        }
    }

    fn finish(mut self, snapshot: &Snapshot) -> History {
        for (row, at) in std::mem::take(&mut self.counted) {
            self.uses_of(&row, &at);
        }
        for (event, named) in self.events.iter_mut().zip(&self.named) {
            for alias in named {
                if let Some(key) = self.aliases.at(alias, event.time) {
                    event.keys.entry(key).or_insert(Sign::Alias);
                }
            }
        }
        self.events.sort_by(|a, b| (a.time, &a.id, &a.at).cmp(&(b.time, &b.id, &b.at)));
        let only = only_users(snapshot);
        let mut of_name: HashMap<&str, Vec<&str>> = HashMap::new();
        for stream in snapshot.streams() {
            of_name.entry(stream.name.as_str()).or_default().push(stream.arn.as_str());
        }
        let mut uses: Vec<UseRow> = self.uses.into_values().collect();
        for row in &mut uses {
            let by_firehose =
                [Some(row.principal.as_str()), row.via.as_deref()].contains(&Some("firehose.amazonaws.com"));
            if row.stream.is_none()
                && by_firehose
                && let Some(stream) = only.get(row.subject.as_str())
            {
                row.stream = Some(((*stream).to_owned(), StreamSign::OnlyUser));
            }
            // A name without an account: of the one stream that has it, or of nobody knows which.
            if let Some((named, sign)) = &mut row.stream {
                match of_name.get(named.as_str()).map(Vec::as_slice) {
                    Some([arn]) => *named = (*arn).to_owned(),
                    Some(_) => *sign = StreamSign::SharedName,
                    None => {}
                }
            }
        }
        let has_logs = self.sources.keys().any(|(origin, _)| *origin == Origin::Log);
        History {
            events: self.events,
            uses,
            last_uses: Vec::new(),
            sources: self.sources.into_values().collect(),
            has_logs,
        }
    }
}

/// For each key that one stream alone uses, that stream, by ARN: two accounts may have streams of one name.
fn only_users(snapshot: &Snapshot) -> HashMap<&str, &str> {
    let mut users: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for stream in snapshot.streams() {
        if let Some(key) = stream.sse_key_arn() {
            users.entry(key).or_default().insert(stream.arn.as_str());
        }
    }
    users
        .into_iter()
        .filter_map(|(key, arns)| Some((key, arns.first().copied().filter(|_| arns.len() == 1)?)))
        .collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn instant(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc))
}

fn caller(identity: &Value) -> Caller {
    let filled = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(ToOwned::to_owned);
    let arn = filled(&identity["arn"]);
    let issuer = filled(&identity["sessionContext"]["sessionIssuer"]["arn"]).or_else(|| arn.as_deref().and_then(role));
    let via = filled(&identity["invokedBy"]);
    let session = issuer.as_ref().and(arn.clone());
    let names = [issuer, arn, via.clone(), filled(&identity["principalId"]), filled(&identity["type"])];
    let principal = names.into_iter().flatten().next().unwrap_or_else(|| "(none)".to_owned());
    Caller { principal, session, via }
}

/// The role of a session's ARN; its path is not in there, so this is as near as the event comes.
pub(super) fn role(arn: &str) -> Option<String> {
    let (head, rest) = arn.split_once(":assumed-role/")?;
    let (name, _session) = rest.split_once('/')?;
    Some(format!("{}:role/{name}", head.replacen(":sts:", ":iam:", 1)))
}

fn stream(detail: &Value) -> Option<String> {
    if text(detail, "eventSource") != "firehose.amazonaws.com" {
        return None;
    }
    let of = |part: &str| {
        let name = detail[part]["deliveryStreamName"].as_str();
        let arn = detail[part]["deliveryStreamARN"].as_str().and_then(|arn| arn.rsplit('/').next());
        name.or(arn).filter(|name| !name.is_empty()).map(ToOwned::to_owned)
    };
    of("requestParameters").or_else(|| of("responseElements"))
}

/// Puts in the keys that the event names, and gives the ARNs of the aliases by which it names others.
fn signs(event: &mut PastEvent, partition: &str) -> Vec<String> {
    let PastEvent { detail, account, region, .. } = &*event;
    let mut keys: BTreeMap<String, Sign> = BTreeMap::new();
    let mut aliases = Vec::new();
    let made = |resource: &str| format!("arn:{partition}:kms:{region}:{account}:{resource}");
    let mut take = |id: &str, sign: Sign| {
        if id.contains(":key/") {
            let known = keys.entry(id.to_owned()).or_insert(sign);
            *known = (*known).min(sign);
        } else if id.contains(":alias/") {
            aliases.push(id.to_owned());
        } else if id.starts_with("alias/") {
            aliases.push(made(id));
        } else if is_key_id(id) {
            keys.entry(made(&format!("key/{id}"))).or_insert(sign);
        }
    };
    for resource in detail["resources"].as_array().into_iter().flatten() {
        take(text(resource, "ARN"), Sign::Named);
        take(text(resource, "arn"), Sign::Named);
    }
    let request = &detail["requestParameters"];
    take(text(request, "keyId"), Sign::Named);
    take(text(request, "targetKeyId"), Sign::Named);
    take(text(&request["deliveryStreamEncryptionConfigurationInput"], "keyARN"), Sign::Named);
    for part in ["serviceEventDetails", "responseElements", "additionalEventData"] {
        take(text(&detail[part], "keyId"), Sign::Details);
    }
    event.keys = keys;
    aliases
}

/// A UUID, or `mrk-` and 32 hex digits.
fn is_key_id(id: &str) -> bool {
    let hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(rest) = id.strip_prefix("mrk-") {
        return rest.len() == 32 && hex(rest);
    }
    let parts: Vec<&str> = id.split('-').collect();
    parts.iter().map(|p| p.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|p| hex(p))
}

/// Which key each alias led to, and from when on.
#[derive(Default)]
struct Aliases {
    today: HashMap<String, String>,
    /// By the alias's ARN: the moment, and the key from then on; `None` for a deleted alias.
    moves: HashMap<String, BTreeMap<Time, Option<String>>>,
}

impl Aliases {
    fn of_today(snapshot: &Snapshot) -> Self {
        let mut today = HashMap::new();
        for key in snapshot.keys() {
            let Some((place, _)) = key.arn.split_once(":key/") else { continue };
            for alias in key.aliases.as_ref().map_or(&[][..], |read| read.value.as_slice()) {
                today.insert(format!("{place}:{alias}"), key.arn.clone());
            }
        }
        Self { today, moves: HashMap::new() }
    }

    fn note(&mut self, event: &PastEvent, partition: &str) {
        if event.error.is_some() || event.source != "kms.amazonaws.com" {
            return;
        }
        let request = &event.detail["requestParameters"];
        let alias = text(request, "aliasName");
        let target = match event.name.as_str() {
            "CreateAlias" | "UpdateAlias" if !alias.is_empty() => {
                let target = text(request, "targetKeyId");
                let full = event.keys.keys().find(|key| key.ends_with(target)).cloned();
                Some(full.unwrap_or_else(|| target.to_owned()))
            }
            "DeleteAlias" if !alias.is_empty() => None,
            _ => return,
        };
        let arn = if alias.starts_with("arn:") {
            alias.to_owned()
        } else {
            format!("arn:{partition}:kms:{}:{}:{alias}", event.region, event.account)
        };
        self.moves.entry(arn).or_default().insert(event.time, target);
    }

    /// The key at a time. Before the first move that is seen, nothing is known.
    fn at(&self, alias: &str, when: Time) -> Option<String> {
        match self.moves.get(alias) {
            None => self.today.get(alias).cloned(),
            Some(moves) => moves.range(..=when).next_back().and_then(|(_, target)| target.clone()),
        }
    }

    /// The key, if it was the same all the time.
    fn steady(&self, alias: &str, from: Time, to: Time) -> Option<String> {
        let moved = self.moves.get(alias).is_some_and(|moves| moves.range(from..=to).next().is_some());
        if moved { None } else { self.at(alias, from) }
    }
}
