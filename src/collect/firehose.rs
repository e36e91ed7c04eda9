//! Delivery streams: the list, each description, each stream's tags; and the keys as their ARNs turn up.

use super::clients::Clients;
use super::further::{Asker, Referred};
use super::kms;
use super::session::{FLIGHTS, Missing, Session};
use crate::model::names::Arn;
use crate::model::{Region, operation};
use aws_sdk_firehose::Client;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashSet;
use tokio::sync::mpsc;

/// AWS's largest page: the default of 10 would be a call for every tenth stream.
const PAGE: i32 = 10_000;
/// A listing that goes on longer than this is not a listing of one account.
const MAX_PAGES: u32 = 1_000;

/// Lists the streams, asks for each, and for each distinct key as soon as a stream names it. Gives the keys.
pub(super) async fn streams_and_keys(
    ask: &Asker<'_, '_>,
    clients: &Clients,
    referred: &RefCell<Referred>,
    by: kms::Use,
) -> Vec<kms::Asked> {
    let (session, region) = (ask.session, &ask.region);
    let names = list(session, region, &clients.firehose).await;
    let (found, keys) = mpsc::unbounded_channel::<String>();
    let tagged = all_tags(ask, &clients.firehose, &names);
    let described = async {
        let known = RefCell::new(HashSet::new());
        let one = async |name: &String| {
            let Some(body) = describe(session, region, &clients.firehose, name).await else { return };
            referred.borrow_mut().stream(&body["DeliveryStreamDescription"]);
            if let Some(arn) = sse_key(&body).filter(|arn| known.borrow_mut().insert(arn.clone())) {
                // The other end is read below until this one is dropped.
                let _sent = found.send(arn);
            }
        };
        stream::iter(&names).for_each_concurrent(FLIGHTS, one).await;
        drop(found);
    };
    let read = stream::unfold(keys, async |mut keys| keys.recv().await.map(|arn| (arn, keys)))
        .map(|arn| kms::key(session, region, &clients.kms, arn, by))
        .buffer_unordered(FLIGHTS)
        .filter_map(async |key| key)
        .collect();
    let ((), (), keys) = tokio::join!(tagged, described, read);
    keys
}

/// The tags of streams: a hundred a call, and by itself each stream that the answer does not name.
async fn all_tags(ask: &Asker<'_, '_>, client: &Client, names: &[String]) {
    let (session, region) = (ask.session, &ask.region);
    let arn =
        |name: &str| format!("arn:{}:firehose:{region}:{}:deliverystream/{name}", session.partition, session.account);
    let arns: Vec<String> = names.iter().map(|name| arn(name)).collect();
    let answered = super::tags::in_bulk(ask, &arns).await;
    let rest = names.iter().filter(|name| !answered.contains(&arn(name)));
    stream::iter(rest).for_each_concurrent(FLIGHTS, |name| tags(session, region, client, name)).await;
}

/// All pages of the list. There is no token: the last name starts the next page.
pub(super) async fn list(session: &Session<'_>, region: &Region, client: &Client) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for page in 1..=MAX_PAGES {
        let start = names.last().cloned();
        let mut parameters = json!({ "Limit": PAGE });
        if let Some(name) = &start {
            parameters["ExclusiveStartDeliveryStreamName"] = json!(name);
        }
        let send = |tap| async {
            let call = client.list_delivery_streams().limit(PAGE).set_exclusive_start_delivery_stream_name(start);
            call.customize().interceptor(tap).send().await
        };
        let Ok(body) = session.ask(region, &operation::LIST_DELIVERY_STREAMS, parameters, page, send).await else {
            break;
        };
        let before = names.len();
        names.extend(strings(&body["DeliveryStreamNames"]).filter(|n| known.insert(n.clone())));
        let more = body["HasMoreDeliveryStreams"].as_bool() == Some(true);
        // A page without anything new would be asked for again for ever; its record says that more was promised.
        if !more || names.len() == before {
            break;
        }
    }
    names
}

/// One stream's description.
async fn describe(session: &Session<'_>, region: &Region, client: &Client, name: &str) -> Option<Value> {
    let send = |tap| async {
        client.describe_delivery_stream().delivery_stream_name(name).customize().interceptor(tap).send().await
    };
    let parameters = json!({ "DeliveryStreamName": name });
    session.ask(region, &operation::DESCRIBE_DELIVERY_STREAM, parameters, 1, send).await.ok()
}

/// The ARN of the key of server-side encryption, in a description.
fn sse_key(body: &Value) -> Option<String> {
    let sse = &body["DeliveryStreamDescription"]["DeliveryStreamEncryptionConfiguration"];
    // Only a key's own ARN: DescribeKey of an unused alias of AWS would make AWS create that key.
    let is_key = |arn: &&str| Arn::parse(arn).is_some_and(|a| a.service == "kms" && a.resource.starts_with("key/"));
    sse["KeyARN"].as_str().filter(is_key).map(ToOwned::to_owned)
}

/// One stream's tags, all pages.
async fn tags(session: &Session<'_>, region: &Region, client: &Client, name: &str) {
    let mut start: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = json!({ "DeliveryStreamName": name, "Limit": 50 });
        if let Some(key) = &start {
            parameters["ExclusiveStartTagKey"] = json!(key);
        }
        let from = start.clone();
        let send = |tap| async {
            let call = client.list_tags_for_delivery_stream().delivery_stream_name(name).limit(50);
            call.set_exclusive_start_tag_key(from).customize().interceptor(tap).send().await
        };
        let answer = session.ask(region, &operation::LIST_TAGS_FOR_DELIVERY_STREAM, parameters, page, send).await;
        let Ok(body): Result<Value, Missing> = answer else { return };
        let last = body["Tags"].as_array().and_then(|t| t.last()).and_then(|t| t["Key"].as_str());
        match last {
            Some(key) if body["HasMoreTags"].as_bool() == Some(true) && start.as_deref() != Some(key) => {
                start = Some(key.to_owned());
            }
            _ => return,
        }
    }
}

/// The strings of a JSON list.
fn strings(list: &Value) -> impl Iterator<Item = String> + '_ {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(ToOwned::to_owned))
}
