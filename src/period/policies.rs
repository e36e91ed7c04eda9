//! The versions of each key policy: what changed, who changed it, and whether it gives more than before.

use super::diff;
use crate::model::history::{History, PastEvent, Span};
use crate::model::key::Key;
use crate::model::period::{PolicyChange, Widening};
use crate::model::time::seconds;
use crate::model::{Snapshot, Time};
use crate::policy::{self, Answer, Context, Explained};
use std::collections::BTreeSet;

/// How the evaluator calls a principal that is anybody.
const EVERYONE: &str = "everyone (*)";

/// The changes within the window, by key and time.
pub(super) fn changes(snapshot: &Snapshot, history: &History, window: Span) -> Vec<PolicyChange> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for key in snapshot.keys() {
        // Streams of several places may use one key; its versions are told once.
        if seen.insert(key.arn.as_str()) {
            found.extend(of_key(key, history, window));
        }
    }
    found
}

fn of_key(key: &Key, history: &History, window: Span) -> Vec<PolicyChange> {
    let puts = history.events.iter().filter(|e| e.name == "PutKeyPolicy" && e.error.is_none());
    let puts: Vec<&PastEvent> = puts.filter(|e| e.keys.contains_key(&key.arn)).collect();
    let mut before: Option<(Time, &str)> = None;
    let mut found = Vec::new();
    for put in &puts {
        let text = put.detail["requestParameters"]["policy"].as_str();
        if (window.0..=window.1).contains(&put.time) {
            found.push(change(key, put, before, text));
        }
        before = text.map(|text| (put.time, text));
    }
    if let (Some((time, last)), Ok(today), Some(change)) = (before, &key.policy, found.last_mut())
        && !diff::same(last, &today.value)
    {
        let remark = format!(
            "the policy that was read at the end is not the one put at {}: another change was not seen",
            seconds(time)
        );
        change.against = if change.against.is_empty() { remark } else { format!("{}; {remark}", change.against) };
    }
    found
}

fn change(key: &Key, put: &PastEvent, before: Option<(Time, &str)>, text: Option<&str>) -> PolicyChange {
    let (diff, against, widening) = match (before, text) {
        (_, None) => (Vec::new(), String::new(), Widening::Unknown("the event does not hold the policy".to_owned())),
        (None, Some(_)) => (
            Vec::new(),
            "the version before it is in no event".to_owned(),
            Widening::Unknown("the version before it is not known".to_owned()),
        ),
        (Some((time, old)), Some(new)) => {
            (diff::lines(old, new), format!("the version of {}", seconds(time)), widening(&key.arn, old, new))
        }
    };
    PolicyChange {
        key: key.arn.clone(),
        name: key.name().to_owned(),
        time: put.time,
        who: put.who.principal.clone(),
        diff,
        against,
        widening,
        at: put.at.clone(),
    }
}

/// Whether the evaluator sees more in the new policy than in the old one.
fn widening(key: &str, old: &str, new: &str) -> Widening {
    let context = match Context::new(key) {
        Ok(context) => context,
        Err(error) => return Widening::Unknown(error.to_string()),
    };
    let (old, new) = (policy::evaluate(old, &context), policy::evaluate(new, &context));
    if !old.readable || !new.readable {
        return Widening::Unknown("one of the two versions cannot be read".to_owned());
    }
    let mut more = Vec::new();
    let mut doubt = Vec::new();
    let mut answer = |what: &str, old: Answer, new: Answer| match (old, new) {
        (Answer::No, Answer::Yes) => more.push(what.to_owned()),
        (Answer::No, Answer::Unknown) | (Answer::Unknown, Answer::Yes) => doubt.push(what.to_owned()),
        _ => {}
    };
    answer("arbitrary accounts can do something with the key", old.public, new.public);
    answer("somebody beside the account itself has too much at once", old.broad, new.broad);
    answer("the IAM policies of the account count", old.delegates_to_iam, new.delegates_to_iam);
    answer("one identity can both administer and use the key", old.admin_and_user_overlap, new.admin_and_user_overlap);
    let had: BTreeSet<&String> = old.cross_account.iter().collect();
    more.extend(
        new.cross_account.iter().filter(|a| !had.contains(a)).map(|a| format!("{a} can do something with the key")),
    );
    more.extend(holders(&old, &new));
    if !more.is_empty() {
        return Widening::Wider(more);
    }
    if !old.whole || !new.whole || new.cross_account_incomplete && !old.cross_account_incomplete {
        doubt.push("a statement was not understood in full".to_owned());
    }
    if doubt.is_empty() { Widening::NotWider } else { Widening::Unknown(doubt.join("; ")) }
}

/// Which principal may do what it could not do before.
fn holders(old: &Explained, new: &Explained) -> Vec<String> {
    let mut more = Vec::new();
    for holder in &new.holders {
        // What everyone may, nobody gains.
        let before = || old.holders.iter().filter(|h| h.principal == holder.principal || h.principal == EVERYONE);
        let had = |action: &&'static str| before().any(|h| h.administers.contains(action) || h.uses.contains(action));
        let gained: Vec<&str> = holder.administers.iter().chain(&holder.uses).filter(|a| !had(a)).copied().collect();
        if !gained.is_empty() {
            more.push(format!("{} may {}", holder.principal, gained.join(", ")));
        }
    }
    more
}
