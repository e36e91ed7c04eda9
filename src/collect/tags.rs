//! Tags of many resources at a time.
//!
//! The Resource Groups Tagging API answers for a hundred resources a call, where the services answer for one. It leaves
//! out what never had a tag, and what is left out could as well be what it has not heard of yet: so whatever it does not
//! name is asked of its own service. Nothing is taken for untagged because an answer is silent.

use super::further::Asker;
use crate::model::operation::GET_RESOURCES;
use crate::wire::service;
use serde_json::json;
use std::collections::HashSet;

/// As many ARNs as one call may name.
const BATCH: usize = 100;

/// The resources whose tags are in a recorded answer now. A refused call is not made again for the next hundred.
pub(super) async fn in_bulk(ask: &Asker<'_, '_>, arns: &[String]) -> HashSet<String> {
    let protocol = ("1.1", "ResourceGroupsTaggingAPI_20170126");
    let mut answered = HashSet::new();
    for batch in arns.chunks(BATCH) {
        let question = json!({ "ResourceARNList": batch });
        let Some(body) = ask.json(&service::TAGGING, protocol, &GET_RESOURCES, &question).await else { break };
        let named = body["ResourceTagMappingList"].as_array().into_iter().flatten();
        answered.extend(named.filter_map(|r| r["ResourceARN"].as_str()).map(ToOwned::to_owned));
    }
    answered
}
