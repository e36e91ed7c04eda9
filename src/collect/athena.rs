//! A query on Amazon Athena: started, waited for, its rows fetched page by page.
//!
//! Every call is a record: the query with its text, each look at its state (the last one tells how many bytes were
//! scanned), each page of rows. The table must be there already: making one would be a write.

use super::journal::Book;
use super::session::{Progress, Session};
use super::{Plan, clients};
use crate::model::run::Endpoint;
use crate::model::{AccountId, Operation, Record, Region, operation};
use crate::wire::{self, Request, Wire};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The protocol, and what stands before an operation's name.
const TARGET: (&str, &str) = ("1.1", "AmazonAthena");
/// Athena ends a query after half an hour by itself.
const PATIENCE: Duration = Duration::from_mins(35);
/// Between two looks at a query: at first a second, then longer and longer up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// So many rows are a page.
const ROWS: u32 = 1000;
/// More pages than an account can have keys, principals and operations.
const MAX_PAGES: u32 = 10_000;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Query {
    /// In which Region.
    pub region: Region,
    /// The workgroup; its settings say where results go and how much may be scanned.
    pub workgroup: String,
    /// The database.
    pub database: String,
    /// Where results go, if the workgroup does not say.
    pub output: Option<String>,
    /// The text.
    pub sql: String,
    /// The same text with the same token is one query, however often it is sent.
    pub token: String,
}

/// A query that is given up is stopped, and that is a call too: the session never stops by itself.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Nobody watches: the query is one line of the command's own.
struct Unwatched;

impl Progress for Unwatched {
    fn planned(&self, _calls: u64) {}
    fn done(&self, _failed: bool) {}
    fn journal(&self) -> Option<&Book> {
        None
    }
}

/// Runs a query and gives all that was said about it. What went wrong stands in the records.
pub async fn ask(plan: &Plan, account: &AccountId, query: &Query, stop: &AtomicBool) -> (Vec<Record>, Vec<Endpoint>) {
    let wire = Wire::new(&clients::configure(plan).await);
    let session =
        Session::new(account.clone(), std::slice::from_ref(&query.region), plan.quota_share, &NEVER, &Unwatched);
    let desk = Desk { session: &session, wire: &wire, query };
    if let Some(id) = desk.start().await
        && desk.wait(&id, stop).await
    {
        desk.rows(&id).await;
    }
    session.close()
}

struct Desk<'a> {
    session: &'a Session<'a>,
    wire: &'a Wire,
    query: &'a Query,
}

impl Desk<'_> {
    async fn call(&self, operation: &'static Operation, parameters: Value, page: u32) -> Option<Value> {
        let region = &self.query.region;
        let request = Request::json(&wire::service::ATHENA, region, TARGET, operation.name, &parameters);
        self.session.ask(region, operation, parameters, page, |tap| self.wire.send(request, tap)).await.ok()
    }

    async fn start(&self) -> Option<String> {
        let Query { workgroup, database, output, sql, token, .. } = self.query;
        let mut parameters = json!({
            "QueryString": sql, "ClientRequestToken": token, "WorkGroup": workgroup,
            "QueryExecutionContext": { "Database": database },
        });
        if let Some(place) = output {
            parameters["ResultConfiguration"] = json!({ "OutputLocation": place });
        }
        let body = self.call(&operation::START_QUERY_EXECUTION, parameters, 1).await?;
        body["QueryExecutionId"].as_str().map(ToOwned::to_owned)
    }

    /// Whether it succeeded. A query that nobody waits for any longer is stopped: it costs by what it reads.
    async fn wait(&self, id: &str, stop: &AtomicBool) -> bool {
        let began = tokio::time::Instant::now();
        let mut pause = Duration::from_secs(1);
        let parameters = json!({ "QueryExecutionId": id });
        for look in 1..=MAX_PAGES {
            let Some(body) = self.call(&operation::GET_QUERY_EXECUTION, parameters.clone(), look).await else {
                return false;
            };
            match body["QueryExecution"]["Status"]["State"].as_str() {
                Some("SUCCEEDED") => return true,
                Some("QUEUED" | "RUNNING") if began.elapsed() < PATIENCE && !stop.load(Ordering::Relaxed) => {}
                Some("QUEUED" | "RUNNING") => {
                    self.call(&operation::STOP_QUERY_EXECUTION, parameters, 1).await;
                    return false;
                }
                _ => return false,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_WAIT);
        }
        false
    }

    async fn rows(&self, id: &str) {
        let mut token: Option<String> = None;
        for page in 1..=MAX_PAGES {
            let mut parameters = json!({ "QueryExecutionId": id, "MaxResults": ROWS });
            if let Some(token) = &token {
                parameters["NextToken"] = json!(token);
            }
            let Some(body) = self.call(&operation::GET_QUERY_RESULTS, parameters, page).await else { return };
            match body["NextToken"].as_str() {
                Some(next) if !next.is_empty() && token.as_deref() != Some(next) => token = Some(next.to_owned()),
                _ => return,
            }
        }
    }
}
