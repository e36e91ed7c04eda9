//! Who would break when Firehose asks producers for both actions on the key: `kms:GenerateDataKey` and `kms:Decrypt`.
//!
//! What is asked is in the guide of Firehose. The two days are from a notice of AWS to its customers, as customers have
//! quoted it in public; the guide does not name them.

use super::{incomplete, name, unread_streams};
use crate::model::analysis::Readiness;
use crate::model::key::Key;
use crate::model::snapshot::Place;
use crate::model::{Snapshot, time};
use crate::policy::{Explained, Holder};

/// From this day on new streams ask at once.
const AT_ONCE: &str = "2026-04-20";
/// From this day on all streams ask.
pub(super) const ALL_FROM: &str = "2027-02-28";

pub(super) fn of(
    snapshot: &Snapshot,
    place: &Place,
    key: &Key,
    explained: &Result<Explained, String>,
) -> Option<Readiness> {
    let users: Vec<_> = snapshot.users_of(key).collect();
    if users.is_empty() {
        return None;
    }
    let made = |young: bool| {
        let of_age = users.iter().filter(|s| {
            s.created.as_ref().is_ok_and(|created| (time::day(created.value).as_str() >= AT_ONCE) == young)
        });
        of_age.map(|s| s.name.clone()).collect::<Vec<_>>()
    };
    let (at_once, later) = (made(true), made(false));
    let undated = users.len() - at_once.len() - later.len();
    let known = explained.as_ref().ok();
    let by_name: Vec<&Holder> = known.map(|e| e.holders.iter().filter(|h| !h.delegated).collect()).unwrap_or_default();
    let has = |h: &&&Holder, action: &str| h.uses.contains(&action);
    let names = |generates: bool, decrypts: bool| {
        let such = by_name.iter().filter(|h| has(h, "GenerateDataKey") == generates && has(h, "Decrypt") == decrypts);
        such.map(|h| if h.certain { h.principal.clone() } else { format!("{} (perhaps)", h.principal) }).collect()
    };
    let delegated = known.is_none_or(|e| e.delegates_to_iam.known() != Some(false));
    let open = match (explained, delegated) {
        (Err(why), _) => Some(why.clone()),
        (Ok(_), true) => {
            Some("the key policy leaves the key to IAM policies, which may give the missing action".to_owned())
        }
        (Ok(e), false) => incomplete(key, e).or_else(|| unread_streams(place)),
    };
    Some(Readiness {
        key: name(key),
        at_once,
        later,
        undated,
        all_from: ALL_FROM.to_owned(),
        able: names(true, true),
        would_break: names(true, false),
        open,
        source: "the two actions: the guide of Amazon Data Firehose; the two days: a notice of AWS to its customers, \
                 quoted in public by customers (second hand)"
            .to_owned(),
    })
}
