//! An organization behind the one endpoint: members that are entered by a role, and Regions that are switched off.
//!
//! A member is a world like any other. Its ARNs are written with the one account id of `world.rs`, and the id is
//! exchanged on the way in and out. Whose answer it is follows from the access key, as at AWS.

use super::operations;
use super::world::{ACCOUNT, World};
use super::{Reply, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The secret of the sessions that are handed out: it must never be seen again.
pub const SESSION_SECRET: &str = "canary/SessionSecretAccessKey/not/for/us";
/// The id of the organization.
pub const ORGANIZATION: &str = "o-exampleorgid";
/// The beginning of the access key of a session; the account's id follows.
const SESSION: &str = "ASIAROLE";

/// The other accounts, and what does not work there.
#[derive(Default)]
pub struct Members {
    pub worlds: BTreeMap<String, World>,
    /// Those that AWS has suspended.
    pub suspended: BTreeSet<String>,
    /// Those whose role does not trust us.
    pub closed: BTreeSet<String>,
    /// What every role asks for.
    pub external_id: Option<String>,
    /// Regions that exist and are not enabled.
    pub off: Vec<String>,
    /// How long a session lasts; `None` is long.
    pub session: Option<Duration>,
}

/// The answers that are about accounts and Regions as such, and those of a member; `None` leaves it to the account.
pub fn answer(world: &World, request: &Request) -> Option<Reply> {
    match (request.service.as_str(), request.operation.as_str()) {
        ("sts", "AssumeRole") => return Some(assume(&world.members, request)),
        ("organizations", "ListAccounts") => return Some(list(world, request)),
        ("ec2", "DescribeRegions") => return Some(regions(world, request)),
        _ => {}
    }
    let account = request.access_key.strip_prefix(SESSION)?;
    let member = world.members.worlds.get(account)?;
    let ends = request.header("x-amz-security-token").and_then(|token| token.rsplit('-').next()?.parse::<u128>().ok());
    if ends.is_none_or(|ends| ends < now()) {
        return Some(Reply::error(
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ));
    }
    let body = serde_json::from_str(&request.body.to_string().replace(account, ACCOUNT)).expect("our own JSON");
    let mut reply = operations::answer(member, &Request { body, access_key: String::new(), ..request.clone() });
    reply.body = String::from_utf8(reply.body).expect("our own text").replace(ACCOUNT, account).into_bytes();
    Some(reply)
}

fn assume(members: &Members, request: &Request) -> Reply {
    let arn = request.text("RoleArn").unwrap_or("");
    let account = arn.split(':').nth(4).unwrap_or("");
    let trusted = members.worlds.contains_key(account) && !members.closed.contains(account);
    let external = members.external_id.as_deref() == request.text("ExternalId");
    if !trusted || !external || members.suspended.contains(account) {
        let text = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole on resource: {arn}</Message>\
             </Error><RequestId>6f1d0b7e-0000-4000-8000-00000000dead</RequestId></ErrorResponse>"
        );
        return Reply { status: 403, ..Reply::xml(text) };
    }
    let session = request.text("RoleSessionName").unwrap_or("");
    let role = arn.rsplit('/').next().unwrap_or("");
    let ends = now() + members.session.unwrap_or(Duration::from_hours(1)).as_millis();
    let expiration = chrono::DateTime::from_timestamp_millis(i64::try_from(ends).expect("a time of this age"));
    let expiration = expiration.expect("a time").to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Reply::xml(format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>{SESSION}{account}</AccessKeyId><SecretAccessKey>{SESSION_SECRET}</SecretAccessKey>\
         <SessionToken>canary-session-token-{ends}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:{session}</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/{role}/{session}</Arn></AssumedRoleUser></AssumeRoleResult>\
         <ResponseMetadata><RequestId>6f1d0b7e-0000-4000-8000-0000000000bb</RequestId></ResponseMetadata>\
         </AssumeRoleResponse>"
    ))
}

/// Milliseconds since 1970.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis())
}

/// Two accounts a page, and an empty page in the middle, as AWS warns of.
fn list(world: &World, request: &Request) -> Reply {
    let ids: Vec<&str> =
        std::iter::once(world.account.as_str()).chain(world.members.worlds.keys().map(String::as_str)).collect();
    let start: usize = request.text("NextToken").map_or(Some(0), |t| t.parse().ok()).unwrap_or(0);
    if start == 2 && request.text("NextToken") == Some("2") {
        return Reply::json(&json!({ "Accounts": [], "NextToken": "02" }));
    }
    let end = (start + 2).min(ids.len());
    let account = |id: &&str| {
        let state = if world.members.suspended.contains(*id) { "SUSPENDED" } else { "ACTIVE" };
        json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::{}:account/{ORGANIZATION}/{id}", world.account),
            "Email": format!("owner-{id}@example.com"),
            "Name": format!("account {id}"),
            "Status": state,
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": world.now - 1000.0,
        })
    };
    let mut body = json!({ "Accounts": ids[start..end].iter().map(account).collect::<Vec<Value>>() });
    if end < ids.len() {
        body["NextToken"] = end.to_string().into();
    }
    Reply::json(&body)
}

fn regions(world: &World, request: &Request) -> Reply {
    let account = request.access_key.strip_prefix(SESSION);
    let places = account.and_then(|a| world.members.worlds.get(a)).map_or(&world.places, |member| &member.places);
    let item = |name: &str, state: &str| {
        format!(
            "<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>\
                 <optInStatus>{state}</optInStatus></item>"
        )
    };
    let on = places.keys().map(|name| item(name, "opt-in-not-required"));
    let off = world.members.off.iter().map(|name| item(name, "not-opted-in"));
    let items: String = on.chain(off).collect();
    Reply::xml(format!(
        "<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>59dbff89</requestId>\
         <regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    ))
}
