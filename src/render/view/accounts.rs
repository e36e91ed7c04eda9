//! The accounts of a run, each with what it comes to: for reports over more than one.

use super::{Fact, Input, fact};
use crate::model::{AccountId, Snapshot, Status, Text};
use serde::Serialize;
use std::collections::BTreeMap;

/// One account.
#[derive(Clone, Debug, Serialize)]
pub struct AccountRow {
    /// Its id.
    pub account: String,
    /// Its partition; empty when nothing was read.
    pub partition: String,
    /// What it calls itself: its alias, `none`, or that it is not known and why.
    pub alias: String,
    /// Who read it; empty when nobody got in.
    pub caller: String,
    /// The Regions that were asked for.
    pub regions: String,
    /// Streams that are known.
    pub streams: usize,
    /// Keys that are known.
    pub keys: usize,
    /// Findings that fail.
    pub fail: usize,
    /// Findings that are not known.
    pub unknown: usize,
    /// Findings that pass.
    pub pass: usize,
    /// What is not known.
    pub gaps: usize,
    /// For its page: what else there is to say.
    pub facts: Vec<Fact>,
    /// For its page: what fails or is not known, at most [`SHOWN`] lines.
    pub open: Vec<OpenRow>,
    /// How many more there are.
    pub more: usize,
}

/// A finding that fails or is not known.
#[derive(Clone, Debug, Serialize)]
pub struct OpenRow {
    /// The word of the status.
    pub status: &'static str,
    /// The check.
    pub check: Text,
    /// Where.
    pub region: String,
    /// Of what.
    pub subject: Text,
    /// Why.
    pub reason: Text,
}

/// So many lines does the page of an account have; the table of findings has all.
const SHOWN: usize = 50;

/// Every account that was to be read, in the order of their ids.
pub(super) fn accounts(input: &Input<'_>) -> Vec<AccountRow> {
    let snapshot = input.snapshot;
    let mut rows: BTreeMap<&str, AccountRow> = BTreeMap::new();
    for id in snapshot.run.account_ids() {
        let read = snapshot.run.account(id);
        let regions = snapshot.places.iter().filter(|p| p.account == *id).map(|p| p.region.as_str());
        let row = AccountRow {
            account: id.to_string(),
            partition: read.map(|a| a.partition.clone()).unwrap_or_default(),
            alias: alias(snapshot, id),
            caller: read.map(|a| a.caller.clone()).unwrap_or_default(),
            regions: regions.collect::<Vec<_>>().join(", "),
            streams: 0,
            keys: 0,
            fail: 0,
            unknown: 0,
            pass: 0,
            gaps: snapshot.gaps.iter().filter(|g| g.account == *id).count(),
            facts: Vec::new(),
            open: Vec::new(),
            more: 0,
        };
        rows.insert(id.as_str(), row);
    }
    for place in &snapshot.places {
        if let Some(row) = rows.get_mut(place.account.as_str()) {
            row.streams += place.streams.len();
            row.keys += place.keys.len();
        }
    }
    for finding in input.findings.iter() {
        let Some(row) = rows.get_mut(finding.subject.account.as_str()) else { continue };
        match finding.status {
            Status::Fail => row.fail += 1,
            Status::Unknown => row.unknown += 1,
            Status::Pass => row.pass += 1,
            Status::NotApplicable => {}
        }
        if matches!(finding.status, Status::Fail | Status::Unknown) {
            if row.open.len() == SHOWN {
                row.more += 1;
                continue;
            }
            row.open.push(OpenRow {
                status: finding.status.word(),
                check: finding.check.clone(),
                region: finding.subject.region.to_string(),
                subject: finding.subject.name.clone(),
                reason: finding.reason.clone(),
            });
        }
    }
    let mut rows: Vec<AccountRow> = rows.into_values().collect();
    for row in &mut rows {
        let caller = if row.caller.is_empty() { "nobody: see what is not known" } else { &row.caller };
        row.facts = vec![
            fact("Alias", row.alias.clone()),
            fact("Read as", caller),
            fact("Regions", row.regions.clone()),
            fact("Streams", row.streams.to_string()),
            fact("Keys", row.keys.to_string()),
            fact("Not known", format!("{} gaps", row.gaps)),
        ];
    }
    rows
}

/// What an account calls itself. An account without a name is not one whose name is not known.
fn alias(snapshot: &Snapshot, account: &AccountId) -> String {
    match snapshot.estate(account).map(|estate| &estate.aliases) {
        Some(Ok(read)) if read.value.is_empty() => NONE.to_owned(),
        Some(Ok(read)) => read.value.join(", "),
        Some(Err(gap)) => format!("{NOT_KNOWN}: {}", gap.kind.word()),
        None => format!("{NOT_KNOWN}: the account could not be read"),
    }
}

const NONE: &str = "none";
const NOT_KNOWN: &str = "not known";

/// The names of all accounts, for the cover: of many, how many have one, since each has its line further on.
pub(super) fn aliases(snapshot: &Snapshot) -> String {
    let ids = snapshot.run.account_ids();
    let named: Vec<(&AccountId, String)> = ids.into_iter().map(|id| (id, alias(snapshot, id))).collect();
    match named.as_slice() {
        [(_, one)] => one.clone(),
        few if few.len() <= 8 => few.iter().map(|(id, name)| format!("{id}: {name}")).collect::<Vec<_>>().join("; "),
        many => {
            let none = many.iter().filter(|(_, name)| name == NONE).count();
            let unknown = many.iter().filter(|(_, name)| name.starts_with(NOT_KNOWN)).count();
            let have = many.len() - none - unknown;
            format!(
                "{have} accounts have one, {none} have none, of {unknown} it is not known; each is named under Accounts"
            )
        }
    }
}
