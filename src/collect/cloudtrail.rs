//! Trails as each Region sees them, and the management events of the window.

use super::session::Session;
use crate::model::run::Window;
use crate::model::{Region, event, operation};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// More pages than 90 days of one event name can fill at AWS's own rate in a night.
const MAX_PAGES: u32 = 100_000;

/// The trails, those of other Regions included, each with its status and selectors here. By ARN: a trail of
/// another Region is not found by its name.
pub(super) async fn trails(session: &Session<'_>, region: &Region, client: &Client) -> Option<Value> {
    let send =
        |tap| async { client.describe_trails().include_shadow_trails(true).customize().interceptor(tap).send().await };
    let parameters = json!({ "includeShadowTrails": true });
    let Ok(body) = session.ask(region, &operation::DESCRIBE_TRAILS, parameters, 1, send).await else { return None };
    let arns = body["trailList"].as_array().into_iter().flatten().filter_map(|t| t["TrailARN"].as_str());
    join_all(arns.map(|arn| trail(session, region, client, arn))).await;
    Some(body)
}

async fn trail(session: &Session<'_>, region: &Region, client: &Client, arn: &str) {
    let status = |tap| async { client.get_trail_status().name(arn).customize().interceptor(tap).send().await };
    let selectors =
        |tap| async { client.get_event_selectors().trail_name(arn).customize().interceptor(tap).send().await };
    let _recorded = tokio::join!(
        session.ask(region, &operation::GET_TRAIL_STATUS, json!({ "Name": arn }), 1, status),
        session.ask(region, &operation::GET_EVENT_SELECTORS, json!({ "TrailName": arn }), 1, selectors),
    );
}

/// One query per event name, each to its last page.
pub(super) async fn events(session: &Session<'_>, region: &Region, client: &Client, window: Window) {
    join_all(event::NAMES.iter().map(|(name, _)| query(session, region, client, name, window))).await;
}

async fn query(session: &Session<'_>, region: &Region, client: &Client, name: &str, window: Window) {
    // An event name is never refused by the builder: both fields are set.
    let Ok(attribute) =
        LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(name).build()
    else {
        return;
    };
    let (from, to) = (window.from.timestamp(), window.to.timestamp());
    let mut token: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = json!({
            "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": name }],
            "StartTime": from, "EndTime": to, "MaxResults": 50,
        });
        if let Some(token) = &token {
            parameters["NextToken"] = json!(token);
        }
        let call = client
            .lookup_events()
            .lookup_attributes(attribute.clone())
            .start_time(DateTime::from_secs(from))
            .end_time(DateTime::from_secs(to))
            .max_results(50)
            .set_next_token(token.clone());
        let send = |tap| async { call.customize().interceptor(tap).send().await };
        let Ok(body) = session.ask(region, &operation::LOOKUP_EVENTS, parameters, page, send).await else { return };
        match body["NextToken"].as_str() {
            Some(next) if token.as_deref() != Some(next) => token = Some(next.to_owned()),
            _ => return,
        }
    }
}

/// How long after the end of its hour a digest may be signed.
const SIGNED_WITHIN: i64 = 2 * 3600;

/// The public keys by which the digests of the window were signed; each Region has its own.
pub(super) async fn public_keys(session: &Session<'_>, region: &Region, client: &Client, window: Window) {
    let (from, to) = (window.from.timestamp(), window.to.timestamp() + SIGNED_WITHIN);
    let mut token: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = json!({ "StartTime": from, "EndTime": to });
        if let Some(token) = &token {
            parameters["NextToken"] = json!(token);
        }
        let call = client
            .list_public_keys()
            .start_time(DateTime::from_secs(from))
            .end_time(DateTime::from_secs(to))
            .set_next_token(token.clone());
        let send = |tap| async { call.customize().interceptor(tap).send().await };
        let Ok(body) = session.ask(region, &operation::LIST_PUBLIC_KEYS, parameters, page, send).await else { return };
        match body["NextToken"].as_str() {
            Some(next) if token.as_deref() != Some(next) => token = Some(next.to_owned()),
            _ => return,
        }
    }
}
