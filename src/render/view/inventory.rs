//! The cryptographic inventory: every key with what PCI DSS 12.3.3 and 3.6.1.1 and a CCM inventory ask for.

use super::Input;
use super::index::Index;
use super::keys::short_key;
use super::words::text;
use crate::model::Text;
use crate::model::declared;
use crate::model::key::Key;
use serde::Serialize;

/// A key in the inventory.
#[derive(Clone, Debug, Serialize)]
pub struct InventoryRow {
    /// The anchor of the key's row in the table of keys.
    pub anchor: Text,
    /// An alias, or the key's id.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whose it is.
    pub class: String,
    /// `KeySpec`: the algorithm and its strength, in AWS's words.
    pub spec: String,
    /// `KeyUsage`.
    pub usage: String,
    /// `Origin`.
    pub origin: String,
    /// Where it is used: how many streams name it for server-side encryption.
    pub used_by: String,
    /// The owner, as the tags of the key say; who may use it is in its policy.
    pub owner: String,
    /// When it was made.
    pub created: String,
    /// The newest rotation.
    pub last_rotation: String,
    /// The next one.
    pub next_rotation: String,
    /// How long it may be in use, as the entity has declared.
    pub cryptoperiod: String,
    /// `KeyState`.
    pub state: String,
}

/// All keys, in the order of the table of keys.
pub(super) fn inventory(input: &Input<'_>, index: &Index<'_>) -> Vec<InventoryRow> {
    input.snapshot.keys().map(|key| row(key, input, index)).collect()
}

fn row(key: &Key, input: &Input<'_>, index: &Index<'_>) -> InventoryRow {
    let shown = index.key(key);
    let usage = key.facts.as_ref().map_or_else(|_| "unknown".to_owned(), |f| text(&f.value.usage, Clone::clone));
    let owner = super::items::owner(&key.tags);
    let cryptoperiod = match declared::cryptoperiod(key, input.snapshot, input.settings) {
        Ok(Some(period)) => format!("{} days", period.days),
        Ok(None) => "not declared".to_owned(),
        Err(_) => "unknown".to_owned(),
    };
    InventoryRow {
        anchor: index.anchor(key.region.as_str(), &key.arn),
        name: short_key(key),
        arn: key.arn.clone(),
        class: shown.class,
        spec: shown.spec,
        usage,
        origin: shown.origin,
        used_by: match shown.streams {
            1 => "1 stream".to_owned(),
            n => format!("{n} streams"),
        },
        owner,
        created: shown.created,
        last_rotation: shown.last_rotation,
        next_rotation: shown.next_rotation,
        cryptoperiod,
        state: shown.state,
    }
}
