//! Snapshots that were collected apart become one, and read then as if one run had made them.
//!
//! Nothing is thrown away and nothing is chosen between: two snapshots of one account are two answers to one question,
//! so they are refused. What the parts disagree about (the window, the rate, the command) is kept by account or by part.

use super::names::AccountId;
use super::run::{Part, Run, SelectedBy, Window};
use super::{Record, Region};
use crate::model::sha256::Sha256;
use std::collections::BTreeSet;

/// Why snapshots cannot become one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// There is nothing to join.
    #[error("there is no snapshot to join")]
    Nothing,
    /// One run was given twice.
    #[error("run {0} was given twice")]
    Twice(String),
    /// Two runs read one account.
    #[error("account {account} is in two snapshots, of runs {} and {}", runs[0], runs[1])]
    Account {
        /// The account.
        account: AccountId,
        /// The two runs.
        runs: [String; 2],
    },
    /// An invented account beside a real one.
    #[error("samples and accounts that were read cannot be joined")]
    Sample,
}

/// Joins snapshots. One alone stays as it is. The records are in no particular order afterwards, and not numbered.
///
/// # Errors
/// When a run or an account was given twice, or a sample beside an account that was read.
pub fn join(mut snapshots: Vec<(Run, Vec<Record>)>) -> Result<(Run, Vec<Record>), JoinError> {
    snapshots.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    for pair in snapshots.windows(2) {
        if pair[0].0.id == pair[1].0.id {
            return Err(JoinError::Twice(pair[0].0.id.clone()));
        }
        if pair[0].0.sample != pair[1].0.sample {
            return Err(JoinError::Sample);
        }
    }
    if snapshots.len() == 1 {
        return snapshots.pop().ok_or(JoinError::Nothing);
    }
    let (runs, records): (Vec<Run>, Vec<Vec<Record>>) = snapshots.into_iter().unzip();
    Ok((run(&runs)?, records.into_iter().flatten().collect()))
}

fn run(runs: &[Run]) -> Result<Run, JoinError> {
    let first = runs.first().ok_or(JoinError::Nothing)?;
    let mut joined = first.clone();
    joined.id = id(runs);
    joined.shard = None;
    joined.parts = runs.iter().flat_map(parts).collect();
    joined.command = told(runs.iter().map(|r| r.command.as_str()));
    joined.rate = told(runs.iter().map(|r| r.rate.as_str()));
    joined.accounts.clear();
    joined.pauses = runs.iter().flat_map(|r| r.pauses.clone()).collect();
    let mut owner: Vec<(&AccountId, &str)> = Vec::new();
    for run in runs {
        joined.started = joined.started.min(run.started);
        joined.ended = joined.ended.max(run.ended);
        joined.interrupted |= run.interrupted;
        joined.window =
            Window { from: joined.window.from.min(run.window.from), to: joined.window.to.max(run.window.to) };
        for account in &run.accounts {
            if let Some((_, other)) = owner.iter().find(|(id, _)| **id == account.account) {
                let runs = [(*other).to_owned(), run.id.clone()];
                return Err(JoinError::Account { account: account.account.clone(), runs });
            }
            owner.push((&account.account, &run.id));
            joined.accounts.push(account.clone());
        }
    }
    joined.accounts.sort_by(|a, b| a.account.cmp(&b.account));
    select(&mut joined, runs);
    Ok(joined)
}

/// The selections add up: whoever was to be read by one of them is missed when nobody read it.
fn select(joined: &mut Run, runs: &[Run]) {
    let all: BTreeSet<&AccountId> = runs.iter().flat_map(|r| &r.selection.accounts).collect();
    joined.selection.accounts = all.into_iter().cloned().collect();
    let regions: BTreeSet<&Region> = runs.iter().flat_map(|r| &r.selection.regions).collect();
    joined.selection.regions = regions.into_iter().cloned().collect();
    let endpoints: BTreeSet<_> = runs.iter().flat_map(|r| &r.selection.endpoints).collect();
    joined.selection.endpoints = endpoints.into_iter().cloned().collect();
    let same = |f: fn(&Run) -> Option<&str>| runs.iter().all(|r| f(r) == f(&runs[0]));
    if !same(|r| r.selection.organization.as_deref()) {
        joined.selection.organization = None;
    }
    if !same(|r| r.selection.role.as_deref()) {
        joined.selection.role = None;
    }
    if runs.iter().any(|r| r.selection.by != SelectedBy::Organization) {
        joined.selection.by = SelectedBy::List;
    }
}

/// A run that was joined already is known by its own parts.
fn parts(run: &Run) -> Vec<Part> {
    if !run.parts.is_empty() {
        return run.parts.clone();
    }
    vec![Part {
        id: run.id.clone(),
        tool: run.tool.clone(),
        started: run.started,
        ended: run.ended,
        asker: run.selection.asker.clone(),
        shard: run.shard,
        command: run.command.clone(),
        accounts: run.accounts.iter().map(|a| a.account.clone()).collect(),
    }]
}

/// What they all say, or the first of several things and how many more there are; the parts have each.
fn told<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    match distinct.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} (and {} more, see parts in run.json)", rest.len()),
    }
}

/// Follows from the ids of the parts: the same snapshots give the same pack.
fn id(runs: &[Run]) -> String {
    let ids: Vec<&str> = runs.iter().map(|r| r.id.as_str()).collect();
    let digest = Sha256::digest(ids.join("\n").as_bytes());
    digest.iter().take(8).map(|b| char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::from(b & 31)])).collect()
}

impl Run {
    /// Whether records of this place belong to the run: it was asked for, or a run began there.
    #[must_use]
    pub fn names(&self, account: &AccountId, region: &Region) -> bool {
        let mut askers = self.parts.iter().map(|p| &p.asker).chain([&self.selection.asker]);
        askers.any(|a| a.account == *account && a.region == *region)
            || self.account(account).is_some_and(|a| a.regions.contains(region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::run::{AccountRun, Shard};

    fn snapshot(id: &str, accounts: &[&str], number: u32) -> (Run, Vec<Record>) {
        let at = |n: u32| crate::model::time::from_epoch(1_790_000_000.0 + f64::from(n)).unwrap();
        let account = |name: &&str| AccountRun {
            account: name.parse().unwrap(),
            partition: "aws".to_owned(),
            caller: String::new(),
            started: at(number),
            ended: at(number + 9),
            window: Window { from: at(0), to: at(number) },
            regions: vec!["eu-west-1".parse().unwrap()],
            unread: Vec::new(),
            endpoints: Vec::new(),
        };
        let mut run = account(&"999999999999").alone();
        run.accounts = accounts.iter().map(account).collect();
        run.selection.accounts = ["111111111111", "222222222222", "333333333333"].map(|a| a.parse().unwrap()).to_vec();
        run.id = id.to_owned();
        run.shard = Some(Shard { number, of: 3 });
        run.command = format!("keywitness collect --shard {number}/3");
        (run, Vec::new())
    }

    #[test]
    fn the_order_of_the_snapshots_does_not_matter() {
        let parts =
            || [snapshot("b", &["222222222222"], 1), snapshot("a", &["111111111111"], 2), snapshot("c", &[], 3)];
        let mut reversed = parts().to_vec();
        reversed.reverse();
        let (one, other) = (join(parts().to_vec()).unwrap().0, join(reversed).unwrap().0);
        assert_eq!(one, other);
        assert_eq!(one.parts.len(), 3);
        assert_eq!((one.started, one.ended), (parts()[0].0.started, parts()[2].0.ended));
        assert_eq!(one.missing().len(), 1, "nobody read the third account");
    }

    #[test]
    fn an_account_or_run_that_comes_twice_is_refused() {
        let twice = join(vec![snapshot("a", &["111111111111"], 1), snapshot("b", &["111111111111"], 2)]);
        assert!(matches!(twice, Err(JoinError::Account { .. })));
        let same = join(vec![snapshot("a", &["111111111111"], 1), snapshot("a", &["222222222222"], 2)]);
        assert_eq!(same.unwrap_err(), JoinError::Twice("a".to_owned()));
        let mut sample = snapshot("b", &["222222222222"], 2);
        sample.0.sample = true;
        assert_eq!(join(vec![snapshot("a", &[], 1), sample]).unwrap_err(), JoinError::Sample);
        assert_eq!(join(Vec::new()).unwrap_err(), JoinError::Nothing);
    }

    #[test]
    fn one_alone_stays_as_it_is() {
        let alone = snapshot("a", &["111111111111"], 1);
        assert_eq!(join(vec![alone.clone()]).unwrap(), alone);
    }
}
