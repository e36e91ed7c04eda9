//! What can be recovered: whether a key is on its way out, who could send it there, and whether that would erase one
//! tenant and nobody else.

use super::{incomplete, name, texts, unread_streams};
use crate::model::analysis::{KeyDuties, Recovery, Shredding, Via};
use crate::model::event::Event;
use crate::model::key::{Expiry, Key, KeyFacts, KeyManager, Origin};
use crate::model::names::Arn;
use crate::model::snapshot::Place;
use crate::model::{Settings, Snapshot, Text, Time, declared, time};
use crate::policy::Explained;
use std::collections::BTreeSet;

pub(super) fn of(
    snapshot: &Snapshot,
    settings: &Settings,
    place: &Place,
    key: &Key,
    explained: Option<&Explained>,
    (duties, iam): (&KeyDuties, bool),
) -> Recovery {
    let facts = key.facts.as_ref().ok().map(|f| &f.value);
    let deletion = facts.and_then(|f| f.deletion);
    let may = |action: &str| holders(key, duties, iam, action);
    let (may_delete, may_disable) = (may("ScheduleKeyDeletion"), may("DisableKey"));
    Recovery {
        key: name(key),
        state: facts.and_then(|f| f.state.as_ref().ok()).map(|s| s.value.word().into()),
        deletion: deletion.map(|day| time::day(day).into()),
        days_left: deletion.map(|day| (day - snapshot.run.ended).num_days()),
        scheduled: deletion.and_then(|day| scheduled(place, key, day)).map(Text::from),
        material: facts.and_then(material).map(Text::from),
        may_delete,
        may_disable,
        open: open(key, explained, duties, iam).map(Text::from),
        shredding: shredding(snapshot, settings, place, key),
    }
}

/// Who may, by the matrix of duties. Where the IAM policies of the key's account were read, its identities stand there,
/// and not the account.
fn holders(key: &Key, duties: &KeyDuties, iam: bool, action: &str) -> Box<[Text]> {
    let owner = Arn::parse(&key.arn).map(|a| format!("account {}", a.account)).unwrap_or_default();
    let may = duties.holders.iter().filter(|d| d.administers.iter().any(|a| a == action));
    let may = may.filter(|d| !(iam && d.via == Via::Account && d.principal == owner));
    let named = may.map(|d| {
        let by = match d.via {
            Via::Account => " (by its IAM policies)",
            Via::IamPolicy => " (by IAM)",
            Via::KeyPolicy | Via::Grant => "",
        };
        format!("{}{by}{}", d.principal, if d.certain { "" } else { " (perhaps)" })
    });
    texts(named)
}

fn open(key: &Key, explained: Option<&Explained>, duties: &KeyDuties, iam: bool) -> Option<String> {
    let manager = key.facts.as_ref().ok().and_then(|f| f.value.manager.as_ref().ok()).map(|m| m.value);
    let in_part = || {
        let part = duties.holders.iter().find(|d| d.via == Via::IamPolicy && d.by.starts_with("not known"));
        part.map(|d| format!("whether {} may is not known", d.principal))
    };
    match explained {
        _ if manager == Some(KeyManager::Aws) => Some("nobody but AWS can delete a key that AWS manages".to_owned()),
        None => Some("the key policy is not known".to_owned()),
        Some(e) if incomplete(key, e).is_some() => incomplete(key, e),
        Some(e) if e.delegates_to_iam.known() != Some(false) && !iam => {
            Some("which identities of the account may, its IAM policies decide, and they were not read".to_owned())
        }
        Some(_) => in_part(),
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
        None => return Shredding::Unknown { why: "whose key it is, is not known".into() },
        Some(KeyManager::Aws) => return Shredding::No { why: "nobody but AWS can delete it".into() },
        Some(KeyManager::Customer) => {}
    }
    let (mut tenants, mut without) = (BTreeSet::new(), 0_usize);
    let reach = snapshot.reach(key);
    let mut unread = unread_streams(place).or_else(|| reach.unread.as_ref().map(crate::model::Gap::sentence));
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
        (Some(one), Some(other), _, _) => {
            Shredding::No { why: format!("tenants {one} and {other} share the key").into() }
        }
        (_, _, 1.., _) => Shredding::No { why: format!("{without} streams of the key have no declared tenant").into() },
        (_, _, _, Some(why)) => Shredding::Unknown { why: why.into() },
        (Some(tenant), None, 0, None) => Shredding::Candidate { tenant: tenant.into() },
        (None, _, 0, None) => Shredding::No { why: "no stream uses the key, and no data of one rests under it".into() },
    }
}
