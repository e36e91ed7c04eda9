//! What each operation answers, from the data of the world, paged as AWS pages.
//!
//! The awkward rules are AWS's own: streams page by the last name and not by a token, a shadow trail is found
//! by its ARN only, a page token of `LookupEvents` is worth nothing beside other parameters, and some reads of
//! a key never work from another account.

use super::world::{Key, Place, Stream, Trail, World};
use super::{Reply, Request};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

type Answer = Result<Value, Reply>;

/// The true answer to a request.
pub fn answer(world: &World, request: &Request) -> Reply {
    if let Some(reply) = super::objects::answer(&world.buckets, request) {
        return reply;
    }
    if let Some(reply) = super::members::answer(world, request) {
        return reply;
    }
    if request.service == "sts" {
        return caller_identity(world);
    }
    let nowhere = Place::default();
    let place = world.places.get(&request.region).unwrap_or(&nowhere);
    if let Some(reply) = super::surroundings::answer(world, place, request) {
        return reply;
    }
    let result = match (request.service.as_str(), request.operation.as_str()) {
        ("firehose", "ListDeliveryStreams") => list_streams(world, place, request),
        ("firehose", "DescribeDeliveryStream") => stream(place, request).map(describe_stream),
        ("firehose", "ListTagsForDeliveryStream") => stream(place, request).map(|s| stream_tags(world, s, request)),
        ("kms", "ListAliases") => aliases(world, place, request),
        ("kms", "DescribeKey") => key(place, request).map(|k| json!({ "KeyMetadata": k.metadata })),
        ("kms", "GetKeyRotationStatus") => key(place, request).and_then(rotation_status),
        ("kms", "ListKeyRotations") => own_key(world, place, request).and_then(|k| rotations(world, k, request)),
        ("kms", "GetKeyPolicy") => own_key(world, place, request).and_then(|k| key_policy(k, request)),
        ("kms", "ListResourceTags") => own_key(world, place, request).and_then(|k| key_tags(world, k, request)),
        ("kms", "GetKeyLastUsage") => own_key(world, place, request).map(|k| last_usage(world, k)),
        ("cloudtrail", "DescribeTrails") => {
            Ok(json!({ "trailList": place.trails.iter().map(|t| &t.description).collect::<Vec<_>>() }))
        }
        ("cloudtrail", "GetTrailStatus") => trail(place, request, "Name").map(|t| t.status.clone()),
        ("cloudtrail", "GetEventSelectors") => trail(place, request, "TrailName").map(selectors),
        ("cloudtrail", "LookupEvents") => lookup_events(world, place, request),
        ("kms", "ListGrants") => key(place, request).and_then(|k| grants(world, k, request)),
        _ => Err(Reply::error(400, "UnknownOperationException", "this account has no such operation")),
    };
    result.map_or_else(|error| error, |body| Reply::json(&body))
}

fn caller_identity(world: &World) -> Reply {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  \
         <GetCallerIdentityResult>\n    <Arn>{}</Arn>\n    <UserId>AROAEXAMPLEEXAMPLE:run</UserId>\n    \
         <Account>{}</Account>\n  </GetCallerIdentityResult>\n  <ResponseMetadata>\n    \
         <RequestId>6f1d0b7e-0000-4000-8000-0000000000aa</RequestId>\n  </ResponseMetadata>\n\
         </GetCallerIdentityResponse>\n",
        world.caller, world.account
    );
    Reply::xml(body)
}

fn not_found(message: &str) -> Reply {
    Reply::error(400, "ResourceNotFoundException", message)
}

fn invalid(code: &str) -> Reply {
    Reply::error(400, code, "the parameter is not valid")
}

fn limit(request: &Request, name: &str, default: u64, max: u64, page: usize) -> Result<usize, Reply> {
    let asked = request.body.get(name).map_or(Some(default), Value::as_u64);
    let asked = asked.filter(|n| (1..=max).contains(n)).ok_or_else(|| invalid("ValidationException"))?;
    Ok(page.min(usize::try_from(asked).unwrap_or(page)))
}

fn list_streams(world: &World, place: &Place, request: &Request) -> Answer {
    let size = limit(request, "Limit", 10, 10_000, world.pages.streams)?;
    let after = request.text("ExclusiveStartDeliveryStreamName").unwrap_or("");
    let mut names = place.streams.keys().filter(|n| n.as_str() > after);
    let page: Vec<&String> = names.by_ref().take(size).collect();
    Ok(json!({ "DeliveryStreamNames": page, "HasMoreDeliveryStreams": names.next().is_some() }))
}

fn stream<'a>(place: &'a Place, request: &Request) -> Result<&'a Stream, Reply> {
    let name = request.text("DeliveryStreamName").unwrap_or("");
    let known = place.streams.get(name).filter(|s| s.description.is_object());
    known.ok_or_else(|| not_found(&format!("Firehose {name} not found.")))
}

fn describe_stream(stream: &Stream) -> Value {
    json!({ "DeliveryStreamDescription": stream.description })
}

fn stream_tags(world: &World, stream: &Stream, request: &Request) -> Value {
    let after = request.text("ExclusiveStartTagKey").unwrap_or("");
    let mut tags = stream.tags.iter().filter(|(k, _)| k.as_str() > after);
    let page: Vec<Value> = tags.by_ref().take(world.pages.tags).map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    json!({ "Tags": page, "HasMoreTags": tags.next().is_some() })
}

/// A page of a KMS listing: the marker is the offset, in AWS's opaque manner.
fn kms_page(name: &str, items: &[Value], size: usize, request: &Request) -> Answer {
    let start = match request.text("Marker") {
        None => 0,
        Some(marker) => marker
            .strip_prefix("AE0A-")
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| invalid("InvalidMarkerException"))?,
    };
    let end = (start + size).min(items.len());
    let mut body = json!({ name: &items[start.min(end)..end], "Truncated": end < items.len() });
    if end < items.len() {
        body["NextMarker"] = Value::from(format!("AE0A-{end}"));
    }
    Ok(body)
}

fn aliases(world: &World, place: &Place, request: &Request) -> Answer {
    kms_page("Aliases", &place.aliases, limit(request, "Limit", 50, 100, world.pages.aliases)?, request)
}

/// A key by ARN, id, alias name or alias ARN: all four work at KMS, and a test can see which one was used.
fn key<'a>(place: &'a Place, request: &Request) -> Result<&'a Key, Reply> {
    let asked = request.text("KeyId").unwrap_or("");
    let by_alias = |a: &&Value| a["AliasName"] == asked || a["AliasArn"] == asked;
    let alias = place.aliases.iter().find(by_alias).and_then(|a| a["TargetKeyId"].as_str());
    let id = alias.unwrap_or_else(|| asked.rsplit('/').next().unwrap_or(asked));
    place.keys.get(id).ok_or_else(|| Reply::error(400, "NotFoundException", &format!("Key '{asked}' does not exist")))
}

/// The same for the operations that KMS never answers across accounts.
fn own_key<'a>(world: &World, place: &'a Place, request: &Request) -> Result<&'a Key, Reply> {
    let key = key(place, request)?;
    if key.metadata["AWSAccountId"] == world.account.as_str() {
        return Ok(key);
    }
    Err(Reply::error(400, "AccessDeniedException", "the key belongs to another account"))
}

fn last_usage(world: &World, key: &Key) -> Value {
    let arn = &key.metadata["Arn"];
    let used = arn.as_str().and_then(|arn| world.last_usage.get(arn)).cloned();
    json!({ "KeyId": arn, "KeyLastUsage": used.unwrap_or_else(|| json!({})), "TrackingStartDate": world.now - 8e7,
        "KeyCreationDate": key.metadata["CreationDate"] })
}

fn rotation_status(key: &Key) -> Answer {
    key.rotation.clone().ok_or_else(|| Reply::error(400, "UnsupportedOperationException", "this key does not rotate"))
}

fn rotations(world: &World, key: &Key, request: &Request) -> Answer {
    if key.rotation.is_none() {
        return Err(Reply::error(400, "UnsupportedOperationException", "this key does not rotate"));
    }
    kms_page("Rotations", &key.rotations, limit(request, "Limit", 100, 1000, world.pages.rotations)?, request)
}

fn key_policy(key: &Key, request: &Request) -> Answer {
    let name = request.text("PolicyName").unwrap_or("default");
    let text = key
        .policies
        .get(name)
        .ok_or_else(|| Reply::error(400, "NotFoundException", &format!("No such policy exists: {name}")))?;
    Ok(json!({ "Policy": text, "PolicyName": name }))
}

fn key_tags(world: &World, key: &Key, request: &Request) -> Answer {
    let tags: Vec<Value> = key.tags.iter().map(|(k, v)| json!({ "TagKey": k, "TagValue": v })).collect();
    kms_page("Tags", &tags, limit(request, "Limit", 50, 50, world.pages.tags)?, request)
}

fn grants(world: &World, key: &Key, request: &Request) -> Answer {
    kms_page("Grants", &key.grants, limit(request, "Limit", 50, 100, world.pages.further)?, request)
}

fn trail<'a>(place: &'a Place, request: &Request, parameter: &str) -> Result<&'a Trail, Reply> {
    let asked = request.text(parameter).unwrap_or("");
    let found = place.trails.iter().find(|t| {
        let home = t.description["HomeRegion"] == request.region.as_str();
        t.description["TrailARN"] == asked || (home && t.description["Name"] == asked)
    });
    found.ok_or_else(|| Reply::error(400, "TrailNotFoundException", &format!("Unknown trail: {asked}")))
}

fn selectors(trail: &Trail) -> Value {
    let mut body = trail.selectors.clone();
    body["TrailARN"] = trail.description["TrailARN"].clone();
    body
}

fn lookup_events(world: &World, place: &Place, request: &Request) -> Answer {
    let attributes = request.body["LookupAttributes"].as_array().cloned().unwrap_or_default();
    if attributes.len() > 1 {
        return Err(invalid("InvalidLookupAttributesException"));
    }
    let size = limit(request, "MaxResults", 50, 50, world.pages.events)?;
    let bound = |name: &str, otherwise: f64| request.body.get(name).and_then(Value::as_f64).unwrap_or(otherwise);
    let (from, to) = (bound("StartTime", 0.0), bound("EndTime", world.now));
    if from > to {
        return Err(invalid("InvalidTimeRangeException"));
    }
    let oldest = (world.now - 90.0 * 86_400.0).max(from);
    let wanted = |event: &&Value| {
        let time = event["EventTime"].as_f64().unwrap_or(0.0);
        oldest <= time && time <= to && attributes.iter().all(|a| a["AttributeValue"] == event[key_of(a)])
    };
    let mut events: Vec<&Value> = place.events.iter().filter(wanted).collect();
    events.sort_by(|a, b| b["EventTime"].as_f64().unwrap_or(0.0).total_cmp(&a["EventTime"].as_f64().unwrap_or(0.0)));
    let mut question = request.body.clone();
    question.as_object_mut().map(|q| q.remove("NextToken"));
    let mut hasher = DefaultHasher::new();
    question.to_string().hash(&mut hasher);
    let token = format!("{:016x}/", hasher.finish());
    let start = match request.text("NextToken") {
        None => 0,
        Some(text) => {
            let offset = text.strip_prefix(&token).and_then(|n| n.parse().ok());
            offset.ok_or_else(|| invalid("InvalidNextTokenException"))?
        }
    };
    let end = (start + size).min(events.len());
    let mut body = json!({ "Events": &events[start.min(end)..end] });
    if end < events.len() {
        body["NextToken"] = Value::from(format!("{token}{end}"));
    }
    Ok(body)
}

fn key_of(attribute: &Value) -> &str {
    attribute["AttributeKey"].as_str().unwrap_or("")
}
