//! Who we are: the account and the role that read it.

use super::session::Session;
use super::{CollectError, allow};
use crate::model::names::Arn;
use crate::model::{AccountId, Region, operation};
use serde_json::json;

/// The caller, as STS named it.
pub(super) struct Caller {
    pub account: AccountId,
    pub arn: String,
    pub partition: String,
}

/// Asks once before the run: without an answer there is no account to read.
pub(super) async fn identify(client: &aws_sdk_sts::Client) -> Result<Caller, CollectError> {
    let answer = client.get_caller_identity().send().await;
    let answer = answer.map_err(|e| CollectError::Identity(allow::text(&causes(&e))))?;
    let arn = answer.arn().unwrap_or_default().to_owned();
    let parsed = Arn::parse(&arn);
    let account = answer.account().unwrap_or_default().parse();
    match (parsed, account) {
        (Some(parts), Ok(account)) => {
            let partition = parts.partition.to_owned();
            Ok(Caller { account, arn, partition })
        }
        _ => Err(CollectError::Identity(format!("STS named the caller {arn:?}, which is not an ARN of an account"))),
    }
}

/// An error with its causes, each by its own words: the SDK's `Debug` would print whole requests.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |e| e.source());
    let mut words: Vec<String> = chain.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// Asks again within the run, for the record.
pub(super) async fn record(session: &Session<'_>, region: &Region, client: &aws_sdk_sts::Client) {
    let send = |tap| async { client.get_caller_identity().customize().interceptor(tap).send().await };
    // Whatever comes of it is in the record.
    let _recorded = session.ask(region, &operation::GET_CALLER_IDENTITY, json!({}), 1, send).await;
}
