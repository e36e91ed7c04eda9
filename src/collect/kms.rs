//! Keys: one listing of aliases, then each distinct key once.
//!
//! Which calls a key is asked follows from `DescribeKey`, because AWS never answers some of them: policies,
//! rotations, tags and last use of a key in another account; rotation of a key that cannot rotate; tags of a key that
//! AWS manages. Grants are asked of every customer key: who delivers under it may have no other permission. Of another
//! account's key they are asked where a stream's encryption uses it, and so works by one. `crate::snapshot` knows the same rules and says "not asked" where a call is missing.

use super::further::Asker;
use super::session::{FLIGHTS, Missing, Session};
use crate::model::names::Arn;
use crate::model::{Operation, Region, operation};
use aws_sdk_kms::Client;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A listing that goes on longer than this is not a listing of one Region.
const MAX_PAGES: u32 = 10_000;

/// All aliases of the Region: name to key id.
pub(super) async fn aliases(session: &Session<'_>, region: &Region, client: &Client) -> BTreeMap<String, String> {
    let question = json!({ "Limit": 100 });
    let read = pages(session, region, &operation::LIST_ALIASES, &question, |tap, marker| async {
        client.list_aliases().limit(100).set_marker(marker).customize().interceptor(tap).send().await
    })
    .await;
    let all = read.iter().flat_map(|page| page["Aliases"].as_array().into_iter().flatten());
    let pair = |a: &Value| Some((a["AliasName"].as_str()?.to_owned(), a["TargetKeyId"].as_str()?.to_owned()));
    all.filter_map(pair).collect()
}

/// What refers to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A stream's server-side encryption.
    Sse {
        /// Whether the grants are asked for.
        grants: bool,
        /// Whether the last use is asked for.
        last_usage: bool,
    },
    /// Something around the streams.
    Surroundings,
}

/// A key that was described, as far as what follows depends on it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub arn: String,
    /// Whether it can have tags that this account may read.
    tags: bool,
}

/// The tags of keys: a hundred a call, and by itself each key that the answer does not name.
pub(super) async fn tags(ask: &Asker<'_, '_>, mut keys: Vec<(&Client, &Asked)>) {
    keys.retain(|(_, key)| key.tags);
    keys.sort_by(|(_, a), (_, b)| a.arn.cmp(&b.arn));
    let here = keys.iter().map(|(_, key)| &key.arn).filter(|arn| is_of(arn, &ask.region));
    let answered = super::tags::in_bulk(ask, &here.cloned().collect::<Vec<_>>()).await;
    let each = keys.into_iter().filter(|(_, key)| !answered.contains(&key.arn)).map(|(client, key)| async move {
        let question = json!({ "KeyId": key.arn, "Limit": 50 });
        pages(ask.session, &ask.region, &operation::LIST_RESOURCE_TAGS, &question, |tap, marker| async {
            let call = client.list_resource_tags().key_id(&key.arn).limit(50).set_marker(marker);
            call.customize().interceptor(tap).send().await
        })
        .await;
    });
    stream::iter(each).for_each_concurrent(FLIGHTS, |read| read).await;
}

fn is_of(arn: &str, region: &Region) -> bool {
    Arn::parse(arn).is_some_and(|a| a.region == region.as_str())
}

/// Everything about one key but its tags. `region` is where its records are filed.
pub(super) async fn key(
    session: &Session<'_>,
    region: &Region,
    client: &Client,
    arn: String,
    by: Use,
) -> Option<Asked> {
    let parameters = json!({ "KeyId": arn });
    let send = |tap| async { client.describe_key().key_id(&arn).customize().interceptor(tap).send().await };
    let Ok(body) = session.ask(region, &operation::DESCRIBE_KEY, parameters.clone(), 1, send).await else {
        return None;
    };
    let facts = &body["KeyMetadata"];
    let text = |name: &str| facts[name].as_str().unwrap_or_default();
    let foreign = Arn::parse(&arn).is_some_and(|a| a.account != session.account.as_str());
    let aws_managed = text("KeyManager") == "AWS";
    let symmetric = text("KeySpec") == "SYMMETRIC_DEFAULT";
    let rotation = async {
        if symmetric && text("Origin") == "AWS_KMS" {
            let send =
                |tap| async { client.get_key_rotation_status().key_id(&arn).customize().interceptor(tap).send().await };
            let _recorded = session.ask(region, &operation::GET_KEY_ROTATION_STATUS, parameters.clone(), 1, send).await;
        }
    };
    let history = async {
        if symmetric && !foreign && !aws_managed {
            let question = json!({ "KeyId": arn, "Limit": 1000 });
            pages(session, region, &operation::LIST_KEY_ROTATIONS, &question, |tap, marker| async {
                let call = client.list_key_rotations().key_id(&arn).limit(1000).set_marker(marker);
                call.customize().interceptor(tap).send().await
            })
            .await;
        }
    };
    let policies = async {
        if !foreign {
            policy(session, region, client, &arn, "default").await;
            if !aws_managed {
                policy(session, region, client, &arn, "AWS_RAM").await;
            }
        }
    };
    let grants = async {
        let asked = match by {
            Use::Sse { grants, .. } => grants,
            Use::Surroundings => !foreign,
        };
        if asked && !aws_managed {
            let question = json!({ "KeyId": arn, "Limit": 100 });
            pages(session, region, &operation::LIST_GRANTS, &question, |tap, marker| async {
                client
                    .list_grants()
                    .key_id(&arn)
                    .limit(100)
                    .set_marker(marker)
                    .customize()
                    .interceptor(tap)
                    .send()
                    .await
            })
            .await;
        }
    };
    let usage = async {
        if matches!(by, Use::Sse { last_usage: true, .. }) && !foreign {
            let send =
                |tap| async { client.get_key_last_usage().key_id(&arn).customize().interceptor(tap).send().await };
            let _recorded = session.ask(region, &operation::GET_KEY_LAST_USAGE, parameters.clone(), 1, send).await;
        }
    };
    tokio::join!(rotation, history, policies, grants, usage);
    Some(Asked { tags: !foreign && !aws_managed, arn: arn.clone() })
}

async fn policy(session: &Session<'_>, region: &Region, client: &Client, arn: &str, name: &str) {
    let parameters = json!({ "KeyId": arn, "PolicyName": name });
    let send =
        |tap| async { client.get_key_policy().key_id(arn).policy_name(name).customize().interceptor(tap).send().await };
    let _recorded = session.ask(region, &operation::GET_KEY_POLICY, parameters, 1, send).await;
}

/// Follows KMS's markers to the end; a marker that comes twice ends the listing, and its record says so.
async fn pages<O, E, F, Fut>(
    session: &Session<'_>,
    region: &Region,
    op: &'static Operation,
    question: &Value,
    send: F,
) -> Vec<Value>
where
    F: Fn(super::tap::Tap, Option<String>) -> Fut,
    Fut: Future<
        Output = Result<
            O,
            aws_smithy_runtime_api::client::result::SdkError<
                E,
                aws_smithy_runtime_api::client::orchestrator::HttpResponse,
            >,
        >,
    >,
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata,
{
    let mut read = Vec::new();
    let mut marker: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = question.clone();
        if let Some(marker) = &marker {
            parameters["Marker"] = json!(marker);
        }
        let asked = marker.clone();
        let answer = session.ask(region, op, parameters, page, |tap| send(tap, asked)).await;
        let Ok(body): Result<Value, Missing> = answer else { break };
        let more = body["Truncated"].as_bool() == Some(true);
        let next = body["NextMarker"].as_str().filter(|next| more && marker.as_deref() != Some(*next));
        let next = next.map(ToOwned::to_owned);
        read.push(body);
        match next {
            Some(next) => marker = Some(next),
            None => break,
        }
    }
    read
}
