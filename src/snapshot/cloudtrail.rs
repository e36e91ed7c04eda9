//! Trails and events from `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors` and `LookupEvents`.

use super::answers::{Answer, Fields, Here, malformed};
use crate::model::event::{self, Event, EventQuery};
use crate::model::history::{History, Origin};
use crate::model::operation::{DESCRIBE_TRAILS, GET_EVENT_SELECTORS, GET_TRAIL_STATUS, LOOKUP_EVENTS};
use crate::model::reading::{Citation, Gap, GapKind, Read, Reading};
use crate::model::run::AccountRun;
use crate::model::snapshot::Place;
use crate::model::trail::{AdvancedSelector, ClassicSelector, FieldSelector, Selectors, Trail, TrailStatus};
use crate::model::{Time, time};
use chrono::TimeDelta;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// How far back `LookupEvents` sees.
const LOOKUP_DAYS: i64 = 90;

/// The trails that this Region sees, by ARN.
pub(super) fn trails(here: &Here<'_>) -> Reading<Vec<Trail>> {
    let all = here.all(&DESCRIBE_TRAILS);
    let record = here.one(Some(&all), &DESCRIBE_TRAILS, "")?;
    let list = record.body["trailList"].as_array();
    let list = list.ok_or_else(|| malformed(&record, "", "the answer holds no list of trails"))?;
    let status = here.by_parameter(&GET_TRAIL_STATUS, "Name");
    let selectors = here.by_parameter(&GET_EVENT_SELECTORS, "TrailName");
    let mut trails = Vec::new();
    for i in 0..list.len() {
        let base = format!("/trailList/{i}");
        let fields = Fields { record, base: &base, subject: "" };
        let arn = fields.text("TrailARN")?.value;
        let fields = Fields { subject: &arn, ..fields };
        trails.push(Trail {
            name: fields.text("Name")?.value,
            home_region: fields.text("HomeRegion"),
            multi_region: fields.flag("IsMultiRegionTrail"),
            organization: fields.flag("IsOrganizationTrail"),
            validation: fields.flag("LogFileValidationEnabled"),
            bucket: fields.optional_text("S3BucketName")?,
            prefix: fields.optional_text("S3KeyPrefix")?.filter(|p| !p.is_empty()),
            kms_key: fields.optional_text("KmsKeyId")?,
            log_group: fields.optional_text("CloudWatchLogsLogGroupArn")?,
            listed: Citation { ev: record.ev, pointer: base.as_str().into() },
            status: here.one(status.get(arn.as_str()), &GET_TRAIL_STATUS, &arn).and_then(|r| trail_status(r, &arn)),
            selectors: here
                .one(selectors.get(arn.as_str()), &GET_EVENT_SELECTORS, &arn)
                .and_then(|r| read_selectors(r, &arn)),
            arn,
        });
    }
    trails.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(Read { value: trails, at: Citation { ev: record.ev, pointer: "/trailList".into() } })
}

fn trail_status(record: Answer<'_>, arn: &str) -> Reading<TrailStatus> {
    let fields = Fields { record, base: "", subject: arn };
    Ok(fields.whole(TrailStatus {
        logging: fields.flag("IsLogging")?.value,
        latest_delivery: fields.optional_time("LatestDeliveryTime")?,
        delivery_error: fields.optional_text("LatestDeliveryError")?.filter(|e| !e.is_empty()),
        latest_digest: fields.optional_time("LatestDigestDeliveryTime")?,
        digest_error: fields.optional_text("LatestDigestDeliveryError")?.filter(|e| !e.is_empty()),
        latest_log_group: fields.optional_time("LatestCloudWatchLogsDeliveryTime")?,
        log_group_error: fields.optional_text("LatestCloudWatchLogsDeliveryError")?.filter(|e| !e.is_empty()),
    }))
}

pub(super) fn read_selectors(record: Answer<'_>, arn: &str) -> Reading<Selectors> {
    let fields = Fields { record, base: "", subject: arn };
    let filled = |name: &str| fields.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
    let parsed = match (filled("AdvancedEventSelectors"), filled("EventSelectors")) {
        (Some(list), None) => list.iter().map(advanced).collect::<Option<_>>().map(Selectors::Advanced),
        (None, Some(list)) => list.iter().map(classic).collect::<Option<_>>().map(Selectors::Classic),
        _ => None,
    };
    parsed.map(|s| fields.whole(s)).ok_or_else(|| malformed(&record, arn, "the selectors are not understood"))
}

fn classic(value: &Value) -> Option<ClassicSelector> {
    Some(ClassicSelector {
        management: value.get("IncludeManagementEvents")?.as_bool()?,
        read_write: value.get("ReadWriteType")?.as_str()?.to_owned(),
        // Absent is AWS's way to say that no source is excluded.
        excluded: texts(value.get("ExcludeManagementEventSources"))?,
        data: data_resources(value.get("DataResources"))?,
    })
}

fn data_resources(value: Option<&Value>) -> Option<Vec<(String, Vec<String>)>> {
    let one = |resource: &Value| Some((resource.get("Type")?.as_str()?.to_owned(), texts(resource.get("Values"))?));
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(list) => list.as_array()?.iter().map(one).collect(),
    }
}

fn advanced(value: &Value) -> Option<AdvancedSelector> {
    let fields = value.get("FieldSelectors")?.as_array()?.iter().map(field).collect::<Option<Vec<_>>>()?;
    (!fields.is_empty()).then_some(AdvancedSelector { fields })
}

fn field(value: &Value) -> Option<FieldSelector> {
    const OPERATORS: [&str; 6] = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"];
    let members = value.as_object()?;
    // A condition that is not known could exclude anything.
    if members.keys().any(|k| k != "Field" && !OPERATORS.contains(&k.as_str())) {
        return None;
    }
    let list = |name: &str| texts(members.get(name));
    Some(FieldSelector {
        field: members.get("Field")?.as_str()?.to_owned(),
        equals: list("Equals")?,
        starts_with: list("StartsWith")?,
        ends_with: list("EndsWith")?,
        not_equals: list("NotEquals")?,
        not_starts_with: list("NotStartsWith")?,
        not_ends_with: list("NotEndsWith")?,
    })
}

/// A list of texts; absent is empty, anything else is not understood.
fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(list) => list.as_array()?.iter().map(|v| v.as_str().map(ToOwned::to_owned)).collect(),
    }
}

/// The queries of the run, in the order of [`event::NAMES`].
pub(super) fn events(here: &Here<'_>, run: &AccountRun) -> Vec<EventQuery> {
    let mut by_name: HashMap<String, Vec<Answer<'_>>> = HashMap::new();
    for record in here.all(&LOOKUP_EVENTS) {
        let asked = record.parameters.value("LookupAttributes").unwrap_or_default();
        let name = asked[0]["AttributeValue"].as_str();
        by_name.entry(name.unwrap_or_default().to_owned()).or_default().push(record);
    }
    event::NAMES.iter().map(|(name, _)| query(here, run, name, by_name.get(*name).map_or(&[], Vec::as_slice))).collect()
}

fn query(here: &Here<'_>, run: &AccountRun, name: &str, found: &[Answer<'_>]) -> EventQuery {
    let more = |body: &Value| match &body["NextToken"] {
        Value::Null => Some(false),
        Value::String(_) => Some(true),
        _ => None,
    };
    let (end, pages) = here.pages(found, &LOOKUP_EVENTS, name, more);
    let mut seen = BTreeSet::new();
    let mut events = Vec::new();
    let mut odd = None;
    for page in &pages {
        match page_events(*page, name) {
            Ok(list) => events.extend(list.into_iter().filter(|e| within(run, e) && seen.insert(e.id.clone()))),
            Err(gap) => odd = odd.or(Some(gap)),
        }
    }
    events.sort_by(|a, b| (b.time, &a.id).cmp(&(a.time, &b.id)));
    let whole = end.and_then(|()| odd.map_or(Ok(()), Err)).and_then(|()| beyond_sight(here, run, name));
    match (whole, pages.last()) {
        (Ok(()), Some(last)) => {
            let at = Citation { ev: last.ev, pointer: "/Events".into() };
            EventQuery { name: name.to_owned(), events: Ok(Read { value: events, at }), partial: Vec::new() }
        }
        (Err(gap), _) => EventQuery { name: name.to_owned(), events: Err(gap), partial: events },
        (Ok(()), None) => {
            let gap = here.gap(&LOOKUP_EVENTS, name, GapKind::NotAsked, "the call was not made");
            EventQuery { name: name.to_owned(), events: Err(gap), partial: events }
        }
    }
}

/// Adds the events that log files and exports have and `LookupEvents` did not give. What could not be looked up stays a
/// gap: only the proof of a trail tells whether its log files are all there.
pub(super) fn add(place: &mut Place, history: &History) {
    for query in &mut place.events {
        let found: &mut Vec<Event> = match &mut query.events {
            Ok(read) => &mut read.value,
            Err(_) => &mut query.partial,
        };
        let known: BTreeSet<String> = found.iter().map(|e| e.id.clone()).collect();
        let here = history.events.iter().filter(|e| {
            e.origin != Origin::Lookup
                && e.name == query.name
                && e.region == place.region.as_str()
                && e.account == place.account.as_str()
                && !known.contains(&e.id)
        });
        found.extend(here.map(|e| Event {
            id: e.id.clone(),
            name: e.name.clone(),
            source: e.source.clone(),
            time: e.time,
            who: e.who.session.clone().unwrap_or_else(|| e.who.principal.clone()),
            error: e.error.clone(),
            resources: resources(&e.detail, None),
            at: e.at.clone(),
        }));
        found.sort_by(|a, b| (b.time, &a.id).cmp(&(a.time, &b.id)));
    }
}

fn within(run: &AccountRun, event: &Event) -> bool {
    // The query's ends are whole seconds, and both belong to it.
    event.time.timestamp() >= run.window.from.timestamp() && event.time.timestamp() <= run.window.to.timestamp()
}

/// `LookupEvents` answers "nothing" for what is older than it can see: that is no "0 events".
fn beyond_sight(here: &Here<'_>, run: &AccountRun, name: &str) -> Result<(), Gap> {
    let horizon: Time = run.started - TimeDelta::days(LOOKUP_DAYS);
    // The window is asked for in whole seconds, and the default window begins at the horizon.
    if run.window.from.timestamp() >= horizon.timestamp() {
        return Ok(());
    }
    let detail = format!(
        "the window begins at {}, but LookupEvents sees only {LOOKUP_DAYS} days back: nothing is known before {}",
        time::seconds(run.window.from),
        time::seconds(horizon)
    );
    Err(here.gap(&LOOKUP_EVENTS, name, GapKind::Incomplete, detail))
}

fn page_events(record: Answer<'_>, name: &str) -> Result<Vec<Event>, Gap> {
    let list = record.body["Events"].as_array();
    let list = list.ok_or_else(|| malformed(&record, name, "the answer holds no list of events"))?;
    let mut events = Vec::new();
    for i in 0..list.len() {
        if let Some(event) = read_event(record, name, i)? {
            events.push(event);
        }
    }
    Ok(events)
}

/// The services whose events are meant: others have events of the same names.
const SOURCES: [&str; 3] = ["kms.amazonaws.com", "firehose.amazonaws.com", "cloudtrail.amazonaws.com"];

/// One event; `None` when another service has an event of the same name.
fn read_event(record: Answer<'_>, name: &str, i: usize) -> Result<Option<Event>, Gap> {
    let base = format!("/Events/{i}");
    let fields = Fields { record, base: &base, subject: name };
    let source = fields.text("EventSource")?.value;
    if !SOURCES.contains(&source.as_str()) {
        return Ok(None);
    }
    if fields.text("EventName")?.value != name {
        return Err(fields.gap("EventName", "is not the name that was asked for"));
    }
    let detail = fields.get("CloudTrailEvent").filter(|v| v.get("eventID").is_some());
    let detail = detail.ok_or_else(|| fields.gap("CloudTrailEvent", "is not the record of an event"))?;
    Ok(Some(Event {
        id: fields.text("EventId")?.value,
        name: name.to_owned(),
        source,
        time: fields.time("EventTime")?.value,
        who: who(detail, fields.get("Username")),
        error: detail["errorCode"].as_str().map(ToOwned::to_owned),
        resources: resources(detail, fields.get("Resources")),
        at: Citation { ev: record.ev, pointer: base.as_str().into() },
    }))
}

fn who(detail: &Value, username: Option<&Value>) -> String {
    let identity = &detail["userIdentity"];
    let named = [identity.get("arn"), identity.get("invokedBy"), username];
    named.into_iter().flatten().find_map(|v| v.as_str().filter(|s| !s.is_empty())).unwrap_or_default().to_owned()
}

/// Whatever the event names: the listed resources, and the key or stream of its parameters and details.
fn resources(detail: &Value, listed: Option<&Value>) -> Vec<String> {
    let lists = [listed, detail.get("resources")].into_iter().flatten().filter_map(Value::as_array).flatten();
    let of_lists = lists.flat_map(|r| [&r["ARN"], &r["arn"], &r["ResourceName"]]);
    let of_fields = [
        &detail["requestParameters"]["keyId"],
        &detail["serviceEventDetails"]["keyId"],
        &detail["requestParameters"]["deliveryStreamName"],
        &detail["requestParameters"]["aliasName"],
    ];
    let names: BTreeSet<String> =
        of_lists.chain(of_fields).filter_map(|v| v.as_str()).filter(|s| !s.is_empty()).map(ToOwned::to_owned).collect();
    names.into_iter().collect()
}
