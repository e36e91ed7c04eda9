//! What can be recovered: whether a key is on its way out, who could send it there, and whether that would erase one
//! tenant and nobody else.

use super::{incomplete, name, unread_streams};
use crate::model::analysis::{Recovery, Shredding};
use crate::model::event::Event;
use crate::model::key::{Expiry, Key, KeyFacts, KeyManager, Origin};
use crate::model::snapshot::Place;
use crate::model::{Settings, Snapshot, Time, declared, time};
use crate::policy::Explained;
use std::collections::BTreeSet;

pub(super) fn of(
    snapshot: &Snapshot,
    settings: &Settings,
    place: &Place,
    key: &Key,
    explained: Option<&Explained>,
) -> Recovery {
    let facts = key.facts.as_ref().ok().map(|f| &f.value);
    let deletion = facts.and_then(|f| f.deletion);
    let (may_delete, may_disable) = (holders(explained, "ScheduleKeyDeletion"), holders(explained, "DisableKey"));
    Recovery {
        key: name(key),
        state: facts.and_then(|f| f.state.as_ref().ok()).map(|s| s.value.word().to_owned()),
        deletion: deletion.map(time::day),
        days_left: deletion.map(|day| (day - snapshot.run.ended).num_days()),
        scheduled: deletion.and_then(|day| scheduled(place, key, day)),
        material: facts.and_then(material),
        may_delete,
        may_disable,
        open: open(key, explained),
        shredding: shredding(snapshot, settings, place, key),
    }
}

fn holders(explained: Option<&Explained>, action: &str) -> Vec<String> {
    let holds = |h: &&crate::policy::Holder| h.administers.contains(&action);
    let named = |h: &crate::policy::Holder| {
        let doubt = if h.certain { "" } else { " (perhaps)" };
        let iam = if h.delegated { " (by its IAM policies)" } else { "" };
        format!("{}{iam}{doubt}", h.principal)
    };
    explained.map(|e| e.holders.iter().filter(holds).map(named).collect()).unwrap_or_default()
}

fn open(key: &Key, explained: Option<&Explained>) -> Option<String> {
    let manager = key.facts.as_ref().ok().and_then(|f| f.value.manager.as_ref().ok()).map(|m| m.value);
    match explained {
        _ if manager == Some(KeyManager::Aws) => Some("nobody but AWS can delete a key that AWS manages".to_owned()),
        None => Some("the key policy is not known".to_owned()),
        Some(e) if incomplete(key, e).is_some() => incomplete(key, e),
        Some(e) if e.delegates_to_iam.known() != Some(false) => {
            Some("which identities of the account may, its IAM policies decide".to_owned())
        }
        Some(_) => None,
    }
}

/// The newest scheduling of this key's deletion that the events tell of; both days give the waiting period.
fn scheduled(place: &Place, key: &Key, deletion: Time) -> Option<String> {
    let query = place.events.iter().find(|q| q.name == "ScheduleKeyDeletion")?;
    let events = query.events.as_ref().map_or(query.partial.as_slice(), |e| e.value.as_slice());
    let id = key.arn.rsplit_once(":key/").map_or(key.arn.as_str(), |(_, id)| id);
    let about = |e: &&Event| e.error.is_none() && e.resources.iter().any(|r| *r == key.arn || r == id);
    let event = events.iter().filter(about).max_by_key(|e| e.time)?;
    let days = (deletion - event.time).num_hours().div_euclid(24);
    Some(format!("on {} by {}, with {days} days to wait", time::day(event.time), event.who))
}

fn material(facts: &KeyFacts) -> Option<String> {
    let origin = facts.origin.as_ref().ok()?.value;
    Some(match (origin, facts.material) {
        (Origin::AwsKms, _) => "made by KMS: once the key is deleted, nothing brings it back".to_owned(),
        (Origin::External, Some(Expiry::On(end))) => {
            format!(
                "imported, ends on {}; the same material can be imported again while the key exists",
                time::day(end)
            )
        }
        (Origin::External, _) => "imported; the same material can be imported again while the key exists".to_owned(),
        (Origin::AwsCloudHsm, _) => "in the owner's CloudHSM cluster: its backups decide".to_owned(),
        (Origin::ExternalKeyStore, _) => "outside AWS: its keeper decides".to_owned(),
    })
}

fn shredding(snapshot: &Snapshot, settings: &Settings, place: &Place, key: &Key) -> Shredding {
    let facts = key.facts.as_ref().ok().map(|f| &f.value);
    match facts.and_then(|f| f.manager.as_ref().ok()).map(|m| m.value) {
        None => return Shredding::Unknown { why: "whose key it is, is not known".to_owned() },
        Some(KeyManager::Aws) => return Shredding::No { why: "nobody but AWS can delete it".to_owned() },
        Some(KeyManager::Customer) => {}
    }
    let (mut tenants, mut without) = (BTreeSet::new(), 0_usize);
    let reach = snapshot.reach(key);
    let mut unread = unread_streams(place).or_else(|| reach.unread.map(crate::model::Gap::sentence));
    let encrypted: Vec<_> = snapshot.users_of(key).collect();
    let resting = reach.streams().into_iter().filter(|s| !encrypted.iter().any(|e| e.arn == s.arn));
    for stream in encrypted.iter().copied().chain(resting) {
        match declared::tenant(stream, &settings.scope) {
            Ok(Some(tenant)) => drop(tenants.insert(tenant)),
            Ok(None) => without += 1,
            Err(gap) => unread = unread.or_else(|| Some(gap.sentence())),
        }
    }
    let mut tenants = tenants.into_iter();
    match (tenants.next(), tenants.next(), without, unread) {
        (Some(one), Some(other), _, _) => Shredding::No { why: format!("tenants {one} and {other} share the key") },
        (_, _, 1.., _) => Shredding::No { why: format!("{without} streams of the key have no declared tenant") },
        (_, _, _, Some(why)) => Shredding::Unknown { why },
        (Some(tenant), None, 0, None) => Shredding::Candidate { tenant: tenant.to_owned() },
        (None, _, 0, None) => {
            Shredding::No { why: "no stream uses the key, and no data of one rests under it".to_owned() }
        }
    }
}
