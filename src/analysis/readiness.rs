//! Who would break when Firehose asks producers for both actions on the key: `kms:GenerateDataKey` and `kms:Decrypt`.
//!
//! What is asked is in the guide of Firehose. The two days are from a notice of AWS to its customers, as customers have
//! quoted it in public; the guide does not name them.

use super::{incomplete, name, texts, unread_streams};
use crate::model::analysis::Readiness;
use crate::model::estate::Principal;
use crate::model::key::Key;
use crate::model::reading::Gap;
use crate::model::snapshot::Place;
use crate::model::{Snapshot, Text, time};
use crate::policy::{self, Answer, Explained, Holder, KeyPolicy, Producer};

/// From this day on new streams ask at once.
const AT_ONCE: &str = "2026-04-20";
/// From this day on all streams ask.
pub(super) const ALL_FROM: &str = "2027-02-28";

pub(super) fn of(
    snapshot: &Snapshot,
    place: &Place,
    key: &Key,
    explained: &Result<Explained, String>,
    opened: Option<&KeyPolicy>,
    candidates: Option<&[&Principal]>,
) -> Option<Readiness> {
    let users: Vec<_> = snapshot.users_of(key).collect();
    if users.is_empty() {
        return None;
    }
    let made = |young: bool| {
        let of_age = users.iter().filter(|s| {
            s.created.as_ref().is_ok_and(|created| (time::day(created.value).as_str() >= AT_ONCE) == young)
        });
        texts(of_age.map(|s| s.name.as_str()))
    };
    let (at_once, later) = (made(true), made(false));
    let undated = users.len() - at_once.len() - later.len();
    let known = explained.as_ref().ok();
    let by_name: Vec<&Holder> = known.map(|e| e.holders.iter().filter(|h| !h.delegated).collect()).unwrap_or_default();
    let has = |h: &&&Holder, action: &str| h.uses.contains(&action);
    let by_iam = opened.zip(candidates).and_then(|(policy, candidates)| {
        let asked = policy::Context::new(&key.arn).ok()?;
        let streams: Vec<&str> = users.iter().map(|s| s.arn.as_str()).collect();
        let unread = key.grants.as_ref().err().map(Gap::sentence).unwrap_or_default();
        let grants = key.grants.as_ref().map(|g| g.value.as_slice()).map_err(|_| unread.as_str());
        Some(policy::producers(candidates, &streams, &asked, policy, grants))
    });
    let of_iam = |h: &Holder| by_iam.iter().flatten().find(|p| p.arn == h.principal);
    let names = |generates: bool, decrypts: bool| -> Vec<String> {
        let such = by_name.iter().filter(|h| has(h, "GenerateDataKey") == generates && has(h, "Decrypt") == decrypts);
        // Who is asked by IAM as well stands there, with both answers.
        let such = such.filter(|h| of_iam(h).is_none());
        such.map(|h| if h.certain { h.principal.clone() } else { format!("{} (perhaps)", h.principal) }).collect()
    };
    let (mut able, mut would_break) = (names(true, true), names(true, false));
    let certain = |p: &&Producer, key: Answer| p.puts == Answer::Yes && p.key == key;
    able.extend(by_iam.iter().flatten().filter(|p| certain(p, Answer::Yes)).map(|p| format!("{} (by IAM)", p.arn)));
    let broken = by_iam.iter().flatten().filter(|p| certain(p, Answer::No));
    would_break.extend(broken.map(|p| format!("{} (by IAM: {})", p.arn, p.why)));
    let undecided: Vec<&Producer> =
        by_iam.iter().flatten().filter(|p| p.puts == Answer::Unknown || p.key == Answer::Unknown).collect();
    let delegated = known.is_none_or(|e| e.delegates_to_iam.known() != Some(false));
    let open = match (explained, delegated) {
        (Err(why), _) => Some(why.clone()),
        (Ok(_), _) if !undecided.is_empty() => {
            let first = undecided[0];
            let why = if first.why.is_empty() { "whether it puts records is not decided" } else { first.why.as_str() };
            Some(format!("{} identities by IAM, such as {}: {why}", undecided.len(), first.arn))
        }
        (Ok(e), true) if by_iam.is_some() => incomplete(key, e).or_else(|| unread_streams(place)),
        (Ok(_), true) => Some("the key policy leaves the key to IAM policies, which were not read".to_owned()),
        (Ok(e), false) => incomplete(key, e).or_else(|| unread_streams(place)),
    };
    Some(Readiness {
        key: name(key),
        at_once,
        later,
        undated,
        all_from: ALL_FROM.into(),
        able: texts(able),
        would_break: texts(would_break),
        open: open.map(Text::from),
        source: "the two actions: the guide of Amazon Data Firehose; the two days: a notice of AWS to its customers, \
                 quoted in public by customers (second hand); who may put records: key policy, grants \
                 and, where they were read, the IAM policies of the account, without those of the organization"
            .into(),
    })
}
