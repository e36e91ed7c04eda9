//! What only the entity can say: what its streams carry, its periods, its own measures. It goes into the pack,
//! because a finding that rests on a declaration is only as good as the declaration.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The declarations of `keywitness.toml`. Nothing has a default that could make a result better.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The name of the assessed entity, for the cover.
    pub entity: Option<String>,
    /// Which streams carry what.
    pub scope: ScopeSettings,
    /// Parameters that catalogs ask for, such as `cryptoperiod_days`.
    pub parameters: BTreeMap<String, Value>,
    /// The tags that the entity demands.
    pub required_tags: RequiredTags,
    /// Measures that the entity has declared as its own for GDPR Art. 32, such as `encryption`.
    pub declared_measures: BTreeSet<String>,
    /// Requirements that the entity has declared not applicable.
    pub not_applicable: Vec<NotApplicable>,
    /// Decision records for addressable specifications (45 CFR 164.306(d)(3)).
    pub decision_records: Vec<Attached>,
    /// Manual evidence that is at hand.
    pub manual_evidence: Vec<Attached>,
}

/// Which streams carry which class of data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeSettings {
    /// The tag whose value names the data class of a stream.
    pub data_class_tag: Option<String>,
    /// What each value of that tag stands for.
    pub tag_values: BTreeMap<String, BTreeSet<DataClass>>,
    /// Streams by name; a rule adds to what the tag says.
    pub streams: Vec<StreamRule>,
}

/// One rule by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRule {
    /// A stream's name; `*` stands for any characters.
    pub name: String,
    /// Only in this account.
    #[serde(default)]
    pub account: Option<String>,
    /// Only in this Region.
    #[serde(default)]
    pub region: Option<String>,
    /// What these streams carry; empty says: none of the classes below.
    pub data_classes: BTreeSet<DataClass>,
}

/// What a stream carries, as far as a framework cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Primary account numbers (PCI DSS).
    Pan,
    /// Sensitive authentication data (PCI DSS).
    Sad,
    /// Electronic protected health information (HIPAA).
    Ephi,
    /// Personal data (GDPR).
    PersonalData,
    /// Declared to be none of these.
    None,
}

impl DataClass {
    /// The word of files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::Sad => "sad",
            Self::Ephi => "ephi",
            Self::PersonalData => "personal_data",
            Self::None => "none",
        }
    }
}

/// The tags that must be there, each with some value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequiredTags {
    /// On streams.
    pub streams: Vec<String>,
    /// On keys.
    pub keys: Vec<String>,
}

/// A declared "not applicable".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotApplicable {
    /// The catalog's id.
    pub catalog: String,
    /// The requirement's id.
    pub requirement: String,
    /// Who declares it.
    pub name: String,
    /// When, as `YYYY-MM-DD`.
    pub date: String,
    /// Why.
    pub reason: String,
}

/// A document that the entity holds against a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    /// The catalog's id.
    pub catalog: String,
    /// The requirement's id.
    pub requirement: String,
    /// The manual-evidence id within the requirement (`M1`); not used for decision records.
    #[serde(default)]
    pub item: Option<String>,
    /// Where the document is.
    pub reference: String,
}

impl Settings {
    /// A whole-number parameter.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.parameters.get(name)?.as_u64()
    }
}
