//! Delivery streams from `ListDeliveryStreams`, `DescribeDeliveryStream` and `ListTagsForDeliveryStream`.

use super::answers::{Answer, Fields, Here, malformed};
use super::bulk::Bulk;
use super::read_at;
use crate::model::names::Arn;
use crate::model::operation::{DESCRIBE_DELIVERY_STREAM, LIST_DELIVERY_STREAMS, LIST_TAGS_FOR_DELIVERY_STREAM};
use crate::model::reading::{Citation, Gap, GapKind, Read, Reading};
use crate::model::stream::{Source, Sse, SseKey, SseState, Stream, Tags};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

const DESCRIPTION: &str = "/DeliveryStreamDescription";
const SSE: &str = "/DeliveryStreamDescription/DeliveryStreamEncryptionConfiguration";

/// How many streams there are, once the listing came to its end, and each of those that it named.
pub(super) fn streams(here: &Here<'_>) -> (Reading<usize>, Vec<Stream>) {
    let found = here.all(&LIST_DELIVERY_STREAMS);
    let (end, pages) = here.pages(&found, &LIST_DELIVERY_STREAMS, "", |body| body["HasMoreDeliveryStreams"].as_bool());
    let mut names: BTreeMap<String, Citation> = BTreeMap::new();
    let mut odd = None;
    for page in &pages {
        match page.body["DeliveryStreamNames"].as_array() {
            Some(list) => {
                for (i, name) in list.iter().enumerate() {
                    let at = Citation { ev: page.ev, pointer: format!("/DeliveryStreamNames/{i}").into() };
                    match name.as_str() {
                        Some(name) => drop(names.entry(name.to_owned()).or_insert(at)),
                        None => odd = Some(malformed(page, "", "the listing holds what is not a name")),
                    }
                }
            }
            None => odd = Some(malformed(page, "", "the answer holds no list of names")),
        }
    }
    let described = here.by_parameter(&DESCRIBE_DELIVERY_STREAM, "DeliveryStreamName");
    let tagged = here.by_parameter(&LIST_TAGS_FOR_DELIVERY_STREAM, "DeliveryStreamName");
    let bulk = Bulk::new(here);
    let streams: Vec<Stream> =
        names.into_iter().map(|(name, at)| stream(here, name, at, &described, &tagged, &bulk)).collect();
    let listing = end.and_then(|()| match (odd, pages.last()) {
        (Some(gap), _) => Err(gap),
        (None, Some(last)) => read_at(streams.len(), last, "/HasMoreDeliveryStreams"),
        (None, None) => Err(here.gap(&LIST_DELIVERY_STREAMS, "", GapKind::NotAsked, "the call was not made")),
    });
    (listing, streams)
}

type ByName<'a> = HashMap<&'a str, Vec<Answer<'a>>>;

fn stream(
    here: &Here<'_>,
    name: String,
    listed: Citation,
    described: &ByName<'_>,
    tagged: &ByName<'_>,
    bulk: &Bulk<'_>,
) -> Stream {
    let arn = format!("arn:{}:firehose:{}:{}:deliverystream/{name}", here.partition, here.region, here.account);
    let tags = bulk.tags(&arn).unwrap_or_else(|| tags(here, &name, tagged));
    let described = here
        .one(described.get(name.as_str()), &DESCRIBE_DELIVERY_STREAM, &name)
        .and_then(|record| is_about(record, &name));
    let (account, region) = (here.account.clone(), here.region.clone());
    match described {
        Err(gap) => Stream {
            source: Err(gap.clone()),
            sse: Err(gap.clone()),
            status: Err(gap.clone()),
            created: Err(gap.clone()),
            changed: Err(gap.clone()),
            destinations: Err(gap.clone()),
            deliveries: Err(gap.clone()),
            source_access: Err(gap),
            account,
            region,
            name,
            arn,
            listed,
            tags,
        },
        Ok(record) => {
            let fields = Fields { record, base: DESCRIPTION, subject: &name };
            let source = source(&fields);
            Stream {
                account,
                region,
                arn: fields.text("DeliveryStreamARN").map_or(arn, |a| a.value),
                listed,
                sse: sse(record, &name, &source),
                source,
                status: fields.text("DeliveryStreamStatus"),
                created: fields.time("CreateTimestamp"),
                changed: fields
                    .optional_time("LastUpdateTimestamp")
                    .map(|value| Read { value, at: fields.at("LastUpdateTimestamp") }),
                destinations: destinations(&fields),
                deliveries: super::destination::destinations(record, &name, here.partition),
                source_access: super::destination::source_access(record, &name),
                tags,
                name,
            }
        }
    }
}

/// An answer about another stream than the one that was asked for proves nothing about either.
fn is_about<'a>(record: Answer<'a>, name: &str) -> Result<Answer<'a>, Gap> {
    let fields = Fields { record, base: DESCRIPTION, subject: name };
    let answered = fields.text("DeliveryStreamName")?;
    let same = answered.value == name;
    if same { Ok(record) } else { Err(fields.gap("DeliveryStreamName", "names another stream than the one asked for")) }
}

fn source(fields: &Fields<'_>) -> Reading<Source> {
    let inner = |outer: &str, name: &str| {
        let value = fields.get("Source").and_then(|s| s.get(outer)).and_then(|s| s.get(name));
        value.and_then(Value::as_str).map(ToOwned::to_owned)
    };
    fields.parse("DeliveryStreamType", |v| {
        Some(match v.as_str()? {
            "DirectPut" => Source::DirectPut,
            "KinesisStreamAsSource" => {
                Source::Kinesis { arn: inner("KinesisStreamSourceDescription", "KinesisStreamARN") }
            }
            "MSKAsSource" => Source::Msk { arn: inner("MSKSourceDescription", "MSKClusterARN") },
            "DatabaseAsSource" => Source::Database { endpoint: inner("DatabaseSourceDescription", "Endpoint") },
            _ => return None,
        })
    })
}

fn sse(record: Answer<'_>, name: &str, source: &Reading<Source>) -> Reading<Sse> {
    let outer = Fields { record, base: DESCRIPTION, subject: name };
    if outer.get("DeliveryStreamEncryptionConfiguration").is_none() {
        let gap = outer.gap("DeliveryStreamEncryptionConfiguration", "is not in the answer");
        let direct = matches!(source.as_ref().map(|s| &s.value), Ok(Source::DirectPut) | Err(_));
        // Streams that read from elsewhere have no encryption of their own to describe.
        return Err(if direct { gap } else { gap.of_kind(GapKind::Inapplicable) });
    }
    let fields = Fields { record, base: SSE, subject: name };
    let state = fields.parse("Status", |v| SseState::parse(v.as_str()?))?;
    let failure = fields.get("FailureDescription").map(|f| {
        let part = |n: &str| f.get(n).and_then(Value::as_str).unwrap_or("not stated").to_owned();
        format!("{}: {}", part("Type"), part("Details"))
    });
    Ok(fields.whole(Sse { state: state.value, key: sse_key(&fields, state.value), failure }))
}

/// `KeyType` says who was meant to hold the key; only `DescribeKey` proves it, so all that is taken from here is
/// which key it is.
fn sse_key(fields: &Fields<'_>, state: SseState) -> Reading<SseKey> {
    let arn = fields.optional_text("KeyARN")?;
    let is_key = |arn: &str| {
        Arn::parse(arn).is_some_and(|a| a.service == "kms" && a.resource.starts_with("key/") && a.place().is_some())
    };
    match (fields.optional_text("KeyType")?.as_deref(), arn) {
        (Some("AWS_OWNED_CMK"), None) => fields.parse("KeyType", |_| Some(SseKey::AwsOwned)),
        (Some("AWS_OWNED_CMK"), Some(_)) => {
            Err(fields.gap("KeyARN", "names a key although KeyType says that AWS owns it"))
        }
        (Some("CUSTOMER_MANAGED_CMK") | None, Some(arn)) if is_key(&arn) => {
            fields.parse("KeyARN", |_| Some(SseKey::Kms { arn }))
        }
        (Some("CUSTOMER_MANAGED_CMK") | None, Some(_)) => Err(fields.gap("KeyARN", "is not the ARN of a KMS key")),
        (None, None) if state == SseState::Disabled => {
            Err(fields.gap("KeyARN", "is not in the answer: encryption is off").of_kind(GapKind::Inapplicable))
        }
        (Some("CUSTOMER_MANAGED_CMK") | None, None) => Err(fields.gap("KeyARN", "is not in the answer")),
        (Some(_), _) => Err(fields.gap("KeyType", "is neither AWS_OWNED_CMK nor CUSTOMER_MANAGED_CMK")),
    }
}

/// Which kinds of destination there are. `S3DestinationDescription` beside `ExtendedS3DestinationDescription` is
/// the same destination told twice.
fn destinations(fields: &Fields<'_>) -> Reading<Vec<String>> {
    fields.parse("Destinations", |v| {
        let mut kinds: Vec<String> = Vec::new();
        for destination in v.as_array()? {
            let members = destination.as_object()?;
            let extended = members.contains_key("ExtendedS3DestinationDescription");
            let names = members.keys().filter(|k| k.ends_with("DestinationDescription"));
            kinds.extend(names.filter(|k| !(extended && *k == "S3DestinationDescription")).cloned());
        }
        Some(kinds)
    })
}

fn tags(here: &Here<'_>, name: &str, tagged: &ByName<'_>) -> Reading<Tags> {
    let found = tagged.get(name).map_or(&[][..], Vec::as_slice);
    let more = |body: &Value| body["HasMoreTags"].as_bool();
    let (end, pages) = here.pages(found, &LIST_TAGS_FOR_DELIVERY_STREAM, name, more);
    end?;
    collect_tags(&pages, name, "Key", "Value")
}

/// Tags from all pages of a listing; the names of the two members differ by service.
pub(super) fn collect_tags(pages: &[Answer<'_>], subject: &str, key: &str, value: &str) -> Reading<Tags> {
    let mut tags = Tags::new();
    for page in pages {
        let list =
            page.body["Tags"].as_array().ok_or_else(|| malformed(page, subject, "the answer holds no list of tags"))?;
        for tag in list {
            let name = tag[key].as_str().ok_or_else(|| malformed(page, subject, "a tag has no key"))?;
            // A tag may have no value; AWS then leaves the member out or empty.
            let text = match &tag[value] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                _ => return Err(malformed(page, subject, "a tag's value is not a text")),
            };
            tags.insert(name.to_owned(), text);
        }
    }
    let ev = pages.last().map(|p| p.ev).unwrap_or_default();
    Ok(Read { value: tags, at: Citation { ev, pointer: "/Tags".into() } })
}
