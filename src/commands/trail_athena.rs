//! The question of `trail sql`, put to Amazon Athena within a run: for trails that are too large to read.
//!
//! Athena costs by what it reads, so the log files of the window are listed first and their size and its price are told.
//! Without `--yes` a terminal is asked; where nobody can answer, the run does not begin.

use super::{say, trail_source};
use crate::collect::Plan;
use crate::collect::athena::{self, Query};
use crate::collect::bucket::Bucket;
use crate::config::{Athena, Past};
use crate::error::Error;
use crate::model::operation::GET_QUERY_EXECUTION;
use crate::model::run::{Run, Window};
use crate::model::sha256::Sha256;
use crate::model::{AccountId, Record, Region};
use crate::trail::sql::{self, Question};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The accounts that are asked about, each with its Regions.
pub(super) type Places = BTreeMap<AccountId, Vec<Region>>;

/// What the query will read.
#[derive(Debug)]
pub(super) struct Size {
    pub files: u64,
    pub bytes: u64,
    /// What could not be listed, and why: then it may be more.
    pub unknown: Vec<(String, String)>,
}

impl Size {
    /// In a sentence.
    pub fn text(&self) -> String {
        let more = self.unknown.first().map(|(place, why)| format!("; or more: {place} could not be listed: {why}"));
        format!(
            "{} log files, {:.1} MB as stored: about {:.4} US dollars at {} a terabyte ({}){}",
            self.files,
            self.bytes as f64 / 1e6,
            sql::dollars(self.bytes),
            sql::DOLLARS_A_TERABYTE,
            sql::PRICE_AS_OF,
            more.unwrap_or_default()
        )
    }

    pub fn json(&self) -> Value {
        json!({
            "log_files": self.files, "bytes": self.bytes, "dollars": sql::dollars(self.bytes),
            "dollars_a_terabyte": sql::DOLLARS_A_TERABYTE, "price_as_of": sql::PRICE_AS_OF, "not_listed": self.unknown,
        })
    }
}

/// Finds out before a long run whether the question can be put.
pub(super) fn ready(past: &Past) -> Result<(), Error> {
    let Some(athena) = &past.athena else { return Ok(()) };
    let place = &athena.place;
    let Some(named) = trail_source::bucket(place) else {
        return Err(Error::new(format!("{place} is no place of a trail's log files"))
            .hint("--trail-athena s3://BUCKET/PREFIX, as DescribeTrails tells them: S3BucketName and S3KeyPrefix"));
    };
    named?;
    table(athena)?;
    if !athena.yes && !std::io::stdin().is_terminal() {
        return Err(Error::new("a query on Athena costs money, and nobody is here to be asked".to_owned())
            .hint("--yes allows it, or athena_yes in keywitness.toml; --plan tells before what it costs"));
    }
    Ok(())
}

fn table(athena: &Athena) -> Result<(&str, &str), Error> {
    let named = athena.table.split_once('.');
    named.ok_or_else(|| Error::new(format!("{:?} is no table", athena.table)).hint("--athena-table DATABASE.TABLE"))
}

/// The log files of the days that a query over this window reads.
pub(super) async fn size(
    plan: &Plan,
    region: &Region,
    place: &str,
    of: &Places,
    window: Window,
) -> Result<Size, Error> {
    let Some(named) = trail_source::bucket(place) else {
        return Err(Error::new(format!("{place} is no place of a trail's log files")));
    };
    let (name, prefix) = named?;
    let bucket = Bucket::open(plan, region, name).await;
    let (objects, unknown) = trail_source::sizes(&bucket, prefix, of, &["CloudTrail"], window).await;
    Ok(Size { files: objects.len() as u64, bytes: objects.iter().map(|(_, bytes)| bytes).sum(), unknown })
}

/// Puts the question and adds all that was said about it to the records.
pub(super) fn add(past: &Past, plan: &Plan, run: &mut Run, records: &mut Vec<Record>) -> Result<(), Error> {
    let Some(wanted) = &past.athena else { return Ok(()) };
    let place = &wanted.place;
    let asker = run.selection.asker.clone();
    let places: Places = run.accounts.iter().map(|a| (a.account.clone(), a.regions.clone())).collect();
    let (database, name) = table(wanted)?;
    let question = Question {
        database: database.to_owned(),
        table: name.to_owned(),
        location: trail_source::location(place),
        accounts: places.keys().cloned().collect(),
        regions: run.regions().into_iter().cloned().collect(),
        from: run.window.from,
        to: run.window.to,
    };
    question.check().map_err(|error| Error::new(format!("cannot ask Athena: {error}")))?;
    let size = super::collect::within(size(plan, &asker.region, place, &places, run.window))?;
    say(&format!("Athena would read {}", size.text()));
    if !wanted.yes && !agreed()? {
        say("Athena was not asked");
        return Ok(());
    }
    let text = question.query();
    let digest = Sha256::digest(text.as_bytes()).iter().fold(String::new(), |t, b| t + &format!("{b:02x}"));
    let query = Query {
        region: asker.region.clone(),
        workgroup: wanted.workgroup.clone(),
        database: database.to_owned(),
        output: wanted.output.clone(),
        sql: text,
        token: format!("keywitness-{}-{digest}", run.id),
    };
    let (made, endpoints) = super::collect::within(async {
        let stop = Arc::new(AtomicBool::new(false));
        let signal = Arc::clone(&stop);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                say("stopping: the query on Athena is cancelled");
                signal.store(true, Ordering::Relaxed);
            }
        });
        Ok(athena::ask(plan, &asker.account, &query, &stop).await)
    })?;
    say(&outcome(&made));
    records.extend(made);
    run.selection.endpoints.extend(endpoints);
    Ok(())
}

/// How it ended, for whoever waits.
fn outcome(records: &[Record]) -> String {
    let failed = records.iter().find_map(|r| r.error.as_ref().map(|e| format!("{}: {}", e.code, e.message)));
    let last = records.iter().rev().find(|r| r.operation == GET_QUERY_EXECUTION.name);
    let told = last.map(|r| {
        let body = r.body.value();
        let execution = &body["QueryExecution"];
        // A query that failed costs nothing.
        let succeeded = execution["Status"]["State"] == "SUCCEEDED";
        let scanned = execution["Statistics"]["DataScannedInBytes"].as_u64().filter(|_| succeeded);
        let scanned = scanned.map(|bytes| format!(", {bytes} bytes scanned: {:.4} US dollars", sql::dollars(bytes)));
        format!(
            "query {} {}{}",
            r.parameter("QueryExecutionId").unwrap_or_default(),
            execution["Status"]["State"].as_str().unwrap_or("of which the state is not known"),
            scanned.unwrap_or_default()
        )
    });
    match (told, failed) {
        (told, Some(failed)) => format!("Athena: {}{failed}", told.map(|t| format!("{t}; ")).unwrap_or_default()),
        (Some(told), None) => format!("Athena: {told}"),
        (None, None) => "Athena was not asked".to_owned(),
    }
}

fn agreed() -> Result<bool, Error> {
    say("ask it? [y/N]");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| Error::new(format!("cannot read an answer: {e}")))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
