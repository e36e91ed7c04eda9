//! Keys: one listing of aliases, then each distinct key once.
//!
//! Which calls a key is asked follows from `DescribeKey`, because AWS never answers some of them: policies,
//! rotations, tags and last use of a key in another account; rotation of a key that cannot rotate; tags of a key that
//! AWS manages. `crate::snapshot` knows the same rules and says "not asked" where a call is missing.

use super::session::{Missing, Session};
use crate::model::names::Arn;
use crate::model::{Operation, Region, operation};
use aws_sdk_kms::Client;
use serde_json::{Value, json};

/// A listing that goes on longer than this is not a listing of one Region.
const MAX_PAGES: u32 = 10_000;

/// All aliases of the Region.
pub(super) async fn aliases(session: &Session<'_>, region: &Region, client: &Client) {
    pages(session, region, &operation::LIST_ALIASES, &json!({ "Limit": 100 }), |tap, marker| async {
        client.list_aliases().limit(100).set_marker(marker).customize().interceptor(tap).send().await
    })
    .await;
}

/// Everything about one key.
pub(super) async fn key(session: &Session<'_>, region: &Region, client: &Client, arn: String, last_usage: bool) {
    let parameters = json!({ "KeyId": arn });
    let send = |tap| async { client.describe_key().key_id(&arn).customize().interceptor(tap).send().await };
    let Ok(body) = session.ask(region, &operation::DESCRIBE_KEY, parameters.clone(), 1, send).await else { return };
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
    let tags = async {
        if !foreign && !aws_managed {
            let question = json!({ "KeyId": arn, "Limit": 50 });
            pages(session, region, &operation::LIST_RESOURCE_TAGS, &question, |tap, marker| async {
                let call = client.list_resource_tags().key_id(&arn).limit(50).set_marker(marker);
                call.customize().interceptor(tap).send().await
            })
            .await;
        }
    };
    let usage = async {
        if last_usage && !foreign {
            let send =
                |tap| async { client.get_key_last_usage().key_id(&arn).customize().interceptor(tap).send().await };
            let _recorded = session.ask(region, &operation::GET_KEY_LAST_USAGE, parameters.clone(), 1, send).await;
        }
    };
    tokio::join!(rotation, history, policies, tags, usage);
}

async fn policy(session: &Session<'_>, region: &Region, client: &Client, arn: &str, name: &str) {
    let parameters = json!({ "KeyId": arn, "PolicyName": name });
    let send =
        |tap| async { client.get_key_policy().key_id(arn).policy_name(name).customize().interceptor(tap).send().await };
    let _recorded = session.ask(region, &operation::GET_KEY_POLICY, parameters, 1, send).await;
}

/// Follows KMS's markers to the end; a marker that comes twice ends the listing, and its record says so.
async fn pages<O, E, F, Fut>(session: &Session<'_>, region: &Region, op: &'static Operation, question: &Value, send: F)
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
    let mut marker: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = question.clone();
        if let Some(marker) = &marker {
            parameters["Marker"] = json!(marker);
        }
        let asked = marker.clone();
        let answer = session.ask(region, op, parameters, page, |tap| send(tap, asked)).await;
        let Ok(body): Result<Value, Missing> = answer else { return };
        match body["NextMarker"].as_str() {
            Some(next) if body["Truncated"].as_bool() == Some(true) && marker.as_deref() != Some(next) => {
                marker = Some(next.to_owned());
            }
            _ => return,
        }
    }
}
