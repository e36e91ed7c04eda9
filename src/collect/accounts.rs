//! Which accounts are read, and how each is entered.
//!
//! The credentials of the command read their own account. With a role they read any number of others: the accounts are
//! named, or AWS Organizations lists them. The role is never taken in the account that the credentials belong to: in an
//! organization that is the management account, which no stack set reaches. An account that cannot be entered, or is
//! suspended, is unknown in every Region and no reason to stop.

use super::clients::Clients;
use super::regions::{self, Asked};
use super::session::{Progress, Session};
use super::sts::{self, Caller};
use super::{CollectError, Plan, reading, window};
use crate::clock;
use crate::model::reading::{Gap, GapFacts, GapKind};
use crate::model::run::{AccountRun, Endpoint, SelectedBy, Shard};
use crate::model::{AccountId, Record, Region, Time, names, operation};
use crate::wire::{self, Request, Wire};
use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_sdk_sts::config::SharedCredentialsProvider;
use serde_json::json;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many accounts are read side by side. Their quotas are apart, our memory and connections are not.
pub(super) const SIDE_BY_SIDE: usize = 8;
/// More pages than an organization can fill.
const MAX_PAGES: u32 = 10_000;

/// How accounts are found and entered.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// The role to take in each; `None` reads the account of the credentials alone.
    pub role: Option<Role>,
    /// The accounts by name.
    pub listed: Vec<AccountId>,
    /// Whether AWS Organizations is asked for all of them.
    pub organization: bool,
    /// What a role may ask of whoever takes it.
    pub external_id: Option<String>,
    /// The name of our sessions, where not `keywitness-<run id>`.
    pub session_name: Option<String>,
    /// Which part of them to read.
    pub shard: Option<Shard>,
}

/// The ARN of a role with `{account}` in the place of the account's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role(String);

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sample = text.replace("{account}", "111122223333");
        let arn = names::Arn::parse(&sample).filter(|a| a.service == "iam" && a.resource.starts_with("role/"));
        match arn {
            Some(arn) if text.contains("::{account}:") && arn.account == "111122223333" => Ok(Self(text.to_owned())),
            _ => Err(format!("{text:?} is not a role such as arn:aws:iam::{{account}}:role/KeywitnessReader")),
        }
    }
}

impl Role {
    /// The role as it was written, with its placeholder.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.0
    }

    fn of(&self, account: &AccountId) -> String {
        self.0.replace("{account}", account.as_str())
    }

    fn partition(&self) -> String {
        self.0.split(':').nth(1).unwrap_or("aws").to_owned()
    }
}

/// The accounts to be read.
pub(super) struct Found {
    pub by: SelectedBy,
    pub organization: Option<String>,
    /// With what AWS Organizations says of those that cannot be entered.
    pub accounts: BTreeMap<AccountId, Option<String>>,
}

/// Finds out which accounts there are.
///
/// # Errors
/// When the organization's accounts cannot be listed to the end: then nobody knows what is missing.
pub(super) async fn find(
    plan: &Accounts,
    desk: &Session<'_>,
    home: &Region,
    wire: &Wire,
    own: &AccountId,
) -> Result<Found, CollectError> {
    if plan.organization {
        return organization(desk, home, wire).await;
    }
    let (by, ids) = match plan.listed.as_slice() {
        [] => (SelectedBy::Credentials, std::slice::from_ref(own)),
        listed => (SelectedBy::List, listed),
    };
    Ok(Found { by, organization: None, accounts: ids.iter().map(|id| (id.clone(), None)).collect() })
}

async fn organization(desk: &Session<'_>, home: &Region, wire: &Wire) -> Result<Found, CollectError> {
    let mut found = Found { by: SelectedBy::Organization, organization: None, accounts: BTreeMap::new() };
    let mut token: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let mut parameters = json!({ "MaxResults": 20 });
        if let Some(token) = &token {
            parameters["NextToken"] = json!(token);
        }
        let target = ("1.1", "AWSOrganizationsV20161128");
        let request = Request::json(&wire::service::ORGANIZATIONS, home, target, "ListAccounts", &parameters);
        let answer = desk.ask(home, &operation::LIST_ACCOUNTS, parameters, page, |tap| wire.send(request, tap)).await;
        let Ok(body) = answer else { return Err(CollectError::Organization(desk.last_error())) };
        let Some(list) = body["Accounts"].as_array() else {
            return Err(CollectError::Organization("the answer holds no list of accounts".to_owned()));
        };
        for account in list {
            let Some(id) = account["Id"].as_str().and_then(|id| id.parse().ok()) else {
                return Err(CollectError::Organization("the list holds an account without an id".to_owned()));
            };
            let state = account["State"].as_str().or(account["Status"].as_str()).unwrap_or("UNKNOWN");
            found.accounts.insert(id, (state != "ACTIVE").then(|| state.to_owned()));
            // arn:aws:organizations::111111111111:account/o-exampleorgid/222222222222
            let arn = account["Arn"].as_str().and_then(|arn| arn.split('/').nth(1));
            found.organization = found.organization.or(arn.map(ToOwned::to_owned));
        }
        // An empty page with a token is no end; the same token again would go round for ever.
        match body["NextToken"].as_str() {
            None | Some("") => return Ok(found),
            Some(next) if token.as_deref() == Some(next) => break,
            Some(next) => token = Some(next.to_owned()),
        }
    }
    Err(CollectError::Organization("the list of accounts does not come to an end".to_owned()))
}

/// What all accounts of a run share.
pub(super) struct Tour<'a> {
    pub plan: &'a Plan,
    pub base: &'a SdkConfig,
    pub home: &'a Region,
    pub own_partition: &'a str,
    pub run_id: &'a str,
    /// When the run began.
    pub started: Time,
    pub stop: &'a AtomicBool,
    pub progress: &'a dyn Progress,
}

/// Calls that were made, and where they went.
type Heard = (Vec<Record>, Vec<Endpoint>);

/// Why an account is unknown as a whole.
pub(super) struct Closed {
    operation: &'static operation::Operation,
    kind: GapKind,
    pub detail: String,
}

impl Tour<'_> {
    /// Reads one account, all Regions side by side. `caller` is who we are there, where that is known already.
    pub async fn read(&self, id: &AccountId, state: Option<&str>, caller: Option<Caller>) -> (AccountRun, Vec<Record>) {
        // Where the run began, its first call was made already; and a run that is gone on with asks what it asked before.
        let begun = caller.is_some() || self.plan.begun.is_some();
        let started = if begun { self.started } else { clock::now() };
        match self.enter(id, state, caller).await {
            // Everything that is asked of an account is in this future: it is too large for the stack of another.
            Ok((config, caller)) => Box::pin(self.inside(id, config, caller, started)).await,
            Err(closed) => (self.closed(id, started, &closed), Vec::new()),
        }
    }

    /// Who we are in an account, with the configuration for its calls.
    pub async fn enter(
        &self,
        id: &AccountId,
        state: Option<&str>,
        caller: Option<Caller>,
    ) -> Result<(SdkConfig, Caller), Closed> {
        if let Some(caller) = caller {
            return Ok((self.base.clone(), caller));
        }
        let closed = |kind, detail: String| Closed { operation: &operation::ASSUME_ROLE, kind, detail };
        if let Some(state) = state {
            return Err(closed(GapKind::NotAsked, format!("AWS Organizations says that the account is {state}")));
        }
        if self.stop.load(Ordering::Relaxed) {
            return Err(closed(GapKind::NotAsked, "the run was stopped before this account".to_owned()));
        }
        let Some(role) = &self.plan.accounts.role else {
            return Err(closed(GapKind::NotAsked, "no role was named that opens this account".to_owned()));
        };
        let arn = role.of(id);
        let name = self.plan.accounts.session_name.clone().unwrap_or_else(|| format!("keywitness-{}", self.run_id));
        let at_home = self.base.to_builder().region(aws_config::Region::new(self.home.to_string())).build();
        let mut builder = AssumeRoleProvider::builder(arn.as_str()).session_name(name).configure(&at_home);
        if let Some(external) = &self.plan.accounts.external_id {
            builder = builder.external_id(external);
        }
        let provider = SharedCredentialsProvider::new(builder.build().await);
        let config = self.base.to_builder().credentials_provider(provider).build();
        let caller = sts::identify(&Clients::new(&config, self.home).identity, self.home).await.map_err(|why| {
            let denied = why.contains("AccessDenied");
            closed(if denied { GapKind::Denied } else { GapKind::Failed }, format!("{arn}: {why}"))
        })?;
        if caller.account != *id {
            return Err(closed(GapKind::Malformed, format!("{arn} led into account {}", caller.account)));
        }
        Ok((config, caller))
    }

    async fn inside(
        &self,
        id: &AccountId,
        config: SdkConfig,
        caller: Caller,
        started: Time,
    ) -> (AccountRun, Vec<Record>) {
        let (partition, arn) = (caller.partition.clone(), caller.arn.clone());
        let (asked, (mut records, mut endpoints)) = match self.regions(id, &config).await {
            Ok(found) => found,
            Err((why, (records, endpoints))) => {
                let operation = &operation::DESCRIBE_REGIONS;
                let failed = Closed { operation, kind: GapKind::Incomplete, detail: why };
                let run = AccountRun { caller: arn, partition, endpoints, ..self.closed(id, started, &failed) };
                return (run, records);
            }
        };
        let open: Vec<Region> = asked.iter().filter(|a| a.enabled).map(|a| a.region.clone()).collect();
        let mut session = self.session(id, &open);
        session.partition.clone_from(&partition);
        caller.record(&session);
        // An account's own: what it can see goes back from when it was asked, and not from when another one was.
        let window = window(self.plan, started);
        reading::account(&session, &config, &open, window, self.plan).await;
        let (read, more) = session.close();
        records.extend(read);
        endpoints.extend(more);
        endpoints.sort();
        endpoints.dedup();
        let run = AccountRun {
            account: id.clone(),
            partition,
            caller: arn,
            started,
            ended: clock::now(),
            window,
            unread: asked.iter().filter(|a| !a.enabled).map(|a| a.gap(id)).collect(),
            regions: asked.into_iter().map(|a| a.region).collect(),
            endpoints,
        };
        (run, records)
    }

    /// The Regions of an account, with what was asked to find them.
    pub async fn regions(&self, id: &AccountId, config: &SdkConfig) -> Result<(Vec<Asked>, Heard), (String, Heard)> {
        if !self.plan.all_regions {
            let named = |r: &Region| Asked { region: r.clone(), enabled: true, state: String::new() };
            return Ok((self.plan.regions.iter().map(named).collect(), Heard::default()));
        }
        let desk = self.session(id, std::slice::from_ref(self.home));
        let found = regions::all(&desk, self.home, &Wire::new(config)).await;
        match found {
            Ok(asked) => Ok((asked, desk.close())),
            Err(why) => Err((why, desk.close())),
        }
    }

    pub fn session(&self, id: &AccountId, regions: &[Region]) -> Session<'_> {
        Session::new(id.clone(), regions, self.plan.quota_share, self.stop, self.progress)
    }

    /// An account that nobody got into: one gap for each Region that was asked for.
    fn closed(&self, id: &AccountId, started: Time, why: &Closed) -> AccountRun {
        let regions = if self.plan.all_regions { vec![self.home.clone()] } else { self.plan.regions.clone() };
        let gap = |region: &Region| {
            Gap::from(GapFacts {
                account: id.clone(),
                region: region.clone(),
                service: why.operation.service.into(),
                operation: why.operation.name.into(),
                subject: String::new(),
                kind: why.kind,
                code: None,
                detail: why.detail.clone(),
                record: None,
            })
        };
        AccountRun {
            account: id.clone(),
            partition: self.plan.accounts.role.as_ref().map_or(self.own_partition.to_owned(), Role::partition),
            caller: String::new(),
            started,
            ended: clock::now(),
            window: window(self.plan, started),
            unread: regions.iter().map(gap).collect(),
            regions,
            endpoints: Vec::<Endpoint>::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_the_account_where_its_account_stands() {
        let role: Role = "arn:aws-us-gov:iam::{account}:role/audit/Reader".parse().unwrap();
        let account = "222233334444".parse().unwrap();
        assert_eq!(role.of(&account), "arn:aws-us-gov:iam::222233334444:role/audit/Reader");
        assert_eq!(role.partition(), "aws-us-gov");
        for odd in [
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:iam::{account}:user/x",
            "{account}",
            "arn:aws:iam::1:role/{account}",
        ] {
            assert!(odd.parse::<Role>().is_err(), "{odd}");
        }
    }
}
