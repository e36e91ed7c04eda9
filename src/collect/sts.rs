//! Who we are: the account and the role that read it.

use super::allow;
use super::session::Session;
use super::tap::{Heard, Tap};
use crate::clock;
use crate::model::names::Arn;
use crate::model::{AccountId, Region, Time, operation};

/// The caller, as STS named it, and the call that said so.
pub(super) struct Caller {
    pub account: AccountId,
    pub arn: String,
    pub partition: String,
    region: Region,
    heard: Heard,
    asked: Time,
}

/// Asks before anything else: without an answer there is no account to read.
pub(super) async fn identify(client: &aws_sdk_sts::Client, region: &Region) -> Result<Caller, String> {
    let (tap, asked) = (Tap::default(), clock::now());
    let answer = client.get_caller_identity().customize().interceptor(tap.clone()).send().await;
    let answer = answer.map_err(|e| allow::text(&causes(&e)))?;
    let arn = answer.arn().unwrap_or_default().to_owned();
    let parsed = Arn::parse(&arn);
    let account = answer.account().unwrap_or_default().parse();
    match (parsed, account) {
        (Some(parts), Ok(account)) => {
            let partition = parts.partition.to_owned();
            Ok(Caller { account, arn, partition, region: region.clone(), heard: tap.take(), asked })
        }
        _ => Err(format!("STS named the caller {arn:?}, which is not an ARN of an account")),
    }
}

impl Caller {
    /// Writes the call down.
    pub fn record(self, session: &Session<'_>) {
        session.note(&self.region, &operation::GET_CALLER_IDENTITY, self.heard, self.asked);
    }
}

/// An error with its causes, each by its own words: the SDK's `Debug` would print whole requests.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |e| e.source());
    let mut words: Vec<String> = chain.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
