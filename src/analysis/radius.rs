//! The blast radius of a key: what is lost or open when the key is.

use super::{name, texts, unread_streams};
use crate::model::analysis::Radius;
use crate::model::key::{Key, KeyClass, KeyManager};
use crate::model::reading::Gap;
use crate::model::settings::ScopeSettings;
use crate::model::snapshot::Place;
use crate::model::{Settings, Snapshot, Stream, Text, declared};
use std::collections::BTreeSet;

/// What is declared of a stream.
type Declared = for<'a> fn(&'a Stream, &'a ScopeSettings) -> Result<Option<&'a str>, &'a Gap>;

pub(super) fn of(snapshot: &Snapshot, settings: &Settings, place: &Place, key: &Key) -> Radius {
    let scope = &settings.scope;
    let encrypted: Vec<&Stream> = snapshot.users_of(key).collect();
    let reach = snapshot.reach(key);
    // Whose data rests under the key at a hop is hit as well.
    let mut users = encrypted.clone();
    users.extend(reach.streams().into_iter().filter(|s| !encrypted.iter().any(|e| e.arn == s.arn)));
    let mut unread = unread_streams(place).or_else(|| reach.unread.as_ref().map(Gap::sentence));
    let mut declared_of = |of: Declared| {
        let mut found = BTreeSet::new();
        for stream in &users {
            match of(stream, scope) {
                Ok(value) => found.extend(value),
                Err(gap) => unread = unread.take().or_else(|| Some(gap.sentence())),
            }
        }
        texts(found)
    };
    let (tenants, environments) = (declared_of(declared::tenant), declared_of(declared::environment));
    let carried: Vec<_> = users.iter().map(|s| declared::carries(s, scope)).collect();
    let classes: BTreeSet<&str> = carried.iter().flat_map(|c| c.classes.iter().map(|class| class.word())).collect();
    let facts = key.facts.as_ref().ok().map(|f| &f.value);
    Radius {
        key: name(key),
        class: facts.and_then(|f| f.manager.as_ref().ok()).map(|m| class(m.value).word().into()),
        state: facts.and_then(|f| f.state.as_ref().ok()).map(|s| s.value.word().into()),
        streams: texts(encrypted.iter().map(|s| s.name.as_str())),
        others: texts(reach.places.iter().map(|(place, streams)| told(place, streams))),
        tenants,
        environments,
        data_classes: texts(classes),
        undeclared: carried.iter().filter(|c| c.declared_by.is_empty()).count(),
        incomplete: unread.map(Text::from),
    }
}

/// A place, and whose data rests there.
fn told(place: &str, streams: &[&Stream]) -> String {
    let names: Vec<&str> = streams.iter().take(3).map(|s| s.name.as_str()).collect();
    match streams.len() {
        0 => place.to_owned(),
        1..=3 => format!("{place} (of {})", names.join(", ")),
        many => format!("{place} (of {} and {} more)", names.join(", "), many - 3),
    }
}

fn class(manager: KeyManager) -> KeyClass {
    match manager {
        KeyManager::Customer => KeyClass::CustomerManaged,
        KeyManager::Aws => KeyClass::AwsManaged,
    }
}
