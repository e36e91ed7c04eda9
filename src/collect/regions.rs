//! Which Regions an account has, for `--all-regions`.
//!
//! `DescribeRegions` of EC2 and not `ListRegions` of the Account Management API: it answers in every partition, and a
//! role that may read anything may usually call it. A Region that is not enabled may still hold what was made before it
//! was disabled, so it is a gap and never "no streams".

use super::session::Session;
use crate::model::reading::{Gap, GapFacts, GapKind};
use crate::model::{AccountId, Region, operation};
use crate::wire::{self, Request, Wire};
use serde_json::{Value, json};

/// A Region, and whether anything can be read there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub region: Region,
    pub enabled: bool,
    /// EC2's own word for it.
    pub state: String,
}

impl Asked {
    /// What is not known because the Region is not enabled.
    pub fn gap(&self, account: &AccountId) -> Gap {
        Gap::from(GapFacts {
            account: account.clone(),
            region: self.region.clone(),
            service: operation::DESCRIBE_REGIONS.service.into(),
            operation: operation::DESCRIBE_REGIONS.name.into(),
            subject: self.region.to_string(),
            kind: GapKind::NotAsked,
            code: None,
            detail: format!("the Region is not enabled in this account ({}), so nothing in it can be read", self.state),
            record: None,
        })
    }
}

/// All Regions of the partition, by name.
///
/// # Errors
/// When AWS does not say which there are.
pub(super) async fn all(desk: &Session<'_>, home: &Region, wire: &Wire) -> Result<Vec<Asked>, String> {
    let parameters = json!({ "AllRegions": "true" });
    let request = Request::form(
        &wire::service::EC2,
        home,
        "2016-11-15",
        operation::DESCRIBE_REGIONS.name,
        [("AllRegions", "true".to_owned())],
    );
    let answer = desk.ask(home, &operation::DESCRIBE_REGIONS, parameters, 1, |tap| wire.send(request, tap)).await;
    let unknown = "so it is not known which Regions there are, and none was read";
    let body = answer.map_err(|_| format!("{}, {unknown}", desk.last_error()))?;
    let found = read(&body).ok_or_else(|| format!("the answer is not understood, {unknown}"))?;
    if found.iter().any(|a| a.enabled) {
        Ok(found)
    } else {
        Err(format!("the answer names no enabled Region, {unknown}"))
    }
}

fn read(body: &Value) -> Option<Vec<Asked>> {
    let items = &body["DescribeRegionsResponse"]["regionInfo"]["item"];
    let items = items.as_array().map_or_else(|| vec![items], |list| list.iter().collect());
    let one = |item: &Value| {
        let state = item["optInStatus"].as_str().unwrap_or("opt-in-not-required").to_owned();
        let enabled = matches!(state.as_str(), "opt-in-not-required" | "opted-in");
        Some(Asked { region: item["regionName"].as_str()?.parse().ok()?, enabled, state })
    };
    let mut found = items.into_iter().map(one).collect::<Option<Vec<_>>>()?;
    found.sort_by(|a, b| a.region.cmp(&b.region));
    Some(found)
}

/// The Region in which every account of a partition can be asked which others it has.
pub(super) fn home(partition: &str) -> Option<Region> {
    let name = match partition {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        _ => return None,
    };
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_nobody_opted_into_is_not_enabled() {
        let item = |name: &str, state: &str| json!({ "regionName": name, "optInStatus": state });
        let list = json!([item("me-south-1", "not-opted-in"), item("eu-west-1", "opt-in-not-required")]);
        let found = read(&json!({ "DescribeRegionsResponse": { "regionInfo": { "item": list } } })).unwrap();
        assert_eq!(found.iter().map(|a| a.enabled).collect::<Vec<_>>(), [true, false]);
        let one =
            read(&json!({ "DescribeRegionsResponse": { "regionInfo": { "item": item("eu-west-1", "opted-in") } } }));
        assert_eq!(one.unwrap().len(), 1, "XML with one element is no list");
        assert!(read(&json!({ "DescribeRegionsResponse": {} })).is_none());
    }
}
