//! What the account calls itself, who may do what in it, and what its organization forbids.

use super::Asker;
use crate::model::operation::{
    DESCRIBE_POLICY, GET_ACCOUNT_AUTHORIZATION_DETAILS, LIST_ACCOUNT_ALIASES, LIST_PARENTS, LIST_POLICIES,
    LIST_TARGETS_FOR_POLICY, Operation,
};
use crate::model::refer;
use crate::wire::{Request, service};
use futures_util::future::join_all;
use serde_json::{Value, json};

const ORGANIZATIONS: (&str, &str) = ("1.1", "AWSOrganizationsV20161128");
/// More pages than an account has users and roles.
const MAX_PAGES: u32 = 1_000;
/// The control policies: service and resource.
const KINDS: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

pub(in super::super) async fn read(ask: &Asker<'_, '_>) {
    let organization = async {
        let units = join_all(KINDS.map(|kind| policies(ask, kind))).await;
        if units.contains(&true) {
            parents(ask).await;
        }
    };
    let every = json!({ "MaxItems": 1000 });
    let aliases = pages(ask, &LIST_ACCOUNT_ALIASES, &every, &[]);
    tokio::join!(authorization_details(ask), aliases, organization);
}

/// The units that the account is in, up to the root. Units nest five deep.
async fn parents(ask: &Asker<'_, '_>) {
    const DEPTH: usize = 8;
    let mut child = ask.session.account.to_string();
    for _ in 0..DEPTH {
        let question = json!({ "ChildId": child, "MaxResults": 20 });
        let pages = ask.pages(&service::ORGANIZATIONS, ORGANIZATIONS, &LIST_PARENTS, &question, "NextToken").await;
        let parent = pages.iter().flat_map(|p| p["Parents"].as_array().into_iter().flatten()).next();
        match parent.and_then(|p| p["Id"].as_str()) {
            Some(id) if refer::is_unit(id) && id != child => id.clone_into(&mut child),
            _ => return,
        }
    }
}

/// Every user, group, role and policy in pages of a thousand. Asked role by role, the same would take three calls a role
/// and two a policy, and would not tell who else may put records or use a key.
async fn authorization_details(ask: &Asker<'_, '_>) {
    const FILTER: [&str; 5] = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
    let kinds = (1..).zip(FILTER).map(|(i, kind)| (format!("Filter.member.{i}"), kind.to_owned()));
    let question = json!({ "Filter": FILTER, "MaxItems": 1000 });
    pages(ask, &GET_ACCOUNT_AUTHORIZATION_DETAILS, &question, &kinds.collect::<Vec<_>>()).await;
}

/// All pages of a listing of IAM, a thousand entries each; `fields` are those of the form that say what the question says
/// as JSON.
async fn pages(ask: &Asker<'_, '_>, operation: &'static Operation, question: &Value, fields: &[(String, String)]) {
    let result = format!("/{0}Response/{0}Result", operation.name);
    let mut marker: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = question.clone();
        let mut sent = vec![("MaxItems", "1000".to_owned())];
        sent.extend(fields.iter().map(|(name, value)| (name.as_str(), value.clone())));
        if let Some(marker) = &marker {
            parameters["Marker"] = json!(marker);
            sent.push(("Marker", marker.clone()));
        }
        let request = Request::form(&service::IAM, &ask.region, "2010-05-08", operation.name, sent);
        let Some(body) = ask.ask(operation, parameters, page, request).await else { return };
        let text = |name: &str| body.pointer(&result).and_then(|r| r[name].as_str());
        match text("Marker").filter(|m| !m.is_empty() && marker.as_deref() != Some(*m)) {
            Some(next) if text("IsTruncated") == Some("true") => marker = Some(next.to_owned()),
            _ => return,
        }
    }
}

/// The policies of one kind, each with its text and what it is attached to; whether one is attached to a unit.
async fn policies(ask: &Asker<'_, '_>, kind: &str) -> bool {
    let question = json!({ "Filter": kind, "MaxResults": 20 });
    let pages = ask.pages(&service::ORGANIZATIONS, ORGANIZATIONS, &LIST_POLICIES, &question, "NextToken").await;
    let listed = pages.iter().flat_map(|p| p["Policies"].as_array().into_iter().flatten());
    let ids = listed.filter_map(|p| Some((p["Id"].as_str()?, p["AwsManaged"] == true)));
    let each = ids.map(|(id, aws_managed)| async move {
        let asked = json!({ "PolicyId": id });
        let text = ask.json(&service::ORGANIZATIONS, ORGANIZATIONS, &DESCRIBE_POLICY, &asked);
        let question = json!({ "PolicyId": id, "MaxResults": 20 });
        let targets =
            ask.pages(&service::ORGANIZATIONS, ORGANIZATIONS, &LIST_TARGETS_FOR_POLICY, &question, "NextToken");
        let (_, targets) = tokio::join!(text, targets);
        let mut targets = targets.iter().flat_map(|p| p["Targets"].as_array().into_iter().flatten());
        // AWS's own policies allow, and where they are attached decides nothing.
        !aws_managed && targets.any(|t| t["TargetId"].as_str().is_some_and(refer::is_unit))
    });
    join_all(each).await.contains(&true)
}
