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
    /// How the entity classifies the report, for the cover and the head of every page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    /// How many days the entity lets pass between two runs: tells which were missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_every_days: Option<u32>,
    /// Which streams carry what.
    pub scope: ScopeSettings,
    /// Parameters that catalogs ask for, such as `cryptoperiod_days`.
    pub parameters: BTreeMap<String, Value>,
    /// How long keys may be in use, where that is not the same for all.
    pub cryptoperiods: Vec<Cryptoperiod>,
    /// The tags that the entity demands.
    pub required_tags: RequiredTags,
    /// What the entity expects where AWS cannot know it.
    pub expected: Expected,
    /// Measures that the entity has declared as its own for GDPR Art. 32, such as `encryption`.
    pub declared_measures: BTreeSet<String>,
    /// Requirements that the entity has declared not applicable.
    pub not_applicable: Vec<NotApplicable>,
    /// Decision records for addressable specifications (45 CFR 164.306(d)(3)).
    pub decision_records: Vec<Attached>,
    /// Manual evidence that is at hand.
    pub manual_evidence: Vec<Attached>,
    /// Failures that somebody has approved for a time. They stay failures.
    pub exceptions: Vec<Exception>,
}

/// Which streams carry which class of data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeSettings {
    /// The tag whose value names the data class of a stream.
    pub data_class_tag: Option<String>,
    /// What each value of that tag stands for.
    pub tag_values: BTreeMap<String, BTreeSet<DataClass>>,
    /// The tag whose value names the tenant of a stream or key.
    pub tenant_tag: Option<String>,
    /// The tag whose value names the environment of a stream or key, such as production or test.
    pub environment_tag: Option<String>,
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
    /// What these streams carry; empty says: none of the classes below. Left out, the rule says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_classes: Option<BTreeSet<DataClass>>,
    /// Whose they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Where they run: production, test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

/// How long some keys may be in use before they are changed. Rules for a key win over rules by tag, those over rules by
/// data class, and all over `parameters.cryptoperiod_days`; among equals the shortest period holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cryptoperiod {
    /// The period, in days.
    pub days: u64,
    /// Keys by ARN, key id or alias; `*` stands for any characters.
    #[serde(default)]
    pub key: Option<String>,
    /// Keys with this tag.
    #[serde(default)]
    pub tag: Option<String>,
    /// Only where the tag has this value.
    #[serde(default)]
    pub value: Option<String>,
    /// Keys of streams that are declared to carry this.
    #[serde(default)]
    pub data_class: Option<DataClass>,
    /// Only in this account.
    #[serde(default)]
    pub account: Option<String>,
    /// Only in this Region.
    #[serde(default)]
    pub region: Option<String>,
}

/// What a stream carries, as far as a framework cares.
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Where the document is, in the entity's own words.
    #[serde(default)]
    pub reference: String,
    /// The document itself, where it is in the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
}

/// A document that the entity has put into the pack. This program has not read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its path in the pack, `data/attachments/…`.
    pub path: String,
    /// The name that it had, which may be any text.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

impl Attached {
    /// Whether it says where a document is at all.
    #[must_use]
    pub fn is_somewhere(&self) -> bool {
        self.attachment.is_some() || !self.reference.trim().is_empty()
    }

    /// Where the document is, as reports print it.
    #[must_use]
    pub fn place(&self) -> String {
        let file = self.attachment.as_ref().map(|a| format!("{} in this pack ({})", a.path, a.name));
        let reference = Some(self.reference.trim()).filter(|r| !r.is_empty()).map(str::to_owned);
        [reference, file].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// What the entity expects to find: whoever and whatever is not on these lists was not agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expected {
    /// Account ids and organization ids, beside the entity's own account, that may use keys or receive data.
    pub accounts: Vec<String>,
    /// Principals that may administer keys: ARNs, `*` stands for any characters.
    pub administrators: Vec<String>,
    /// Principals and services that may create grants: ARNs or service names, `*` stands for any characters.
    pub grant_creators: Vec<String>,
    /// Origins of key material beside `AWS_KMS`.
    pub key_origins: Vec<String>,
    /// How many streams one key may protect.
    pub streams_per_key: Option<u64>,
    /// Regions to which streams may deliver, beside their own.
    pub regions: Vec<String>,
    /// How many days the log files of trails must be kept.
    pub log_retention_days: Option<u64>,
}

/// A failure that somebody has approved for a time, with what is done instead. What is not filled in is empty, and then
/// the exception counts as none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exception {
    /// Its id in the entity's own register.
    pub id: String,
    /// The check whose failures it is about.
    pub check: String,
    /// Streams by name; `*` stands for any characters.
    pub stream: Option<String>,
    /// Keys by ARN, key id or alias; `*` stands for any characters.
    pub key: Option<String>,
    /// Streams or keys with this tag.
    pub tag: Option<String>,
    /// Only where the tag has this value.
    pub value: Option<String>,
    /// Only in this account.
    pub account: Option<String>,
    /// Only in this Region.
    pub region: Option<String>,
    /// Why the failure is accepted.
    pub reason: String,
    /// What is done instead.
    pub compensating_measure: String,
    /// Who owns the risk.
    pub owner: String,
    /// Who approved it.
    pub approver: String,
    /// On which day, as `YYYY-MM-DD`.
    pub approved: String,
    /// Until the end of which day.
    pub expires: String,
    /// Where more of it is kept: an address that is shown and that nothing ever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Whether a text is an address of the web that can be shown as such: `http` or `https`, with a host, and with nothing that
/// could be a password.
#[must_use]
pub fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#', '\\']).next());
    let host_is_one = host.is_some_and(|host| !host.is_empty() && !host.starts_with(':') && !host.contains('@'));
    host_is_one && text.len() <= 2048 && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

impl Settings {
    /// A whole-number parameter.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.parameters.get(name)?.as_u64()
    }

    /// The documents that are in the pack, each once, in the order of their paths.
    #[must_use]
    pub fn attachments(&self) -> Vec<&Attachment> {
        let attached = self.decision_records.iter().chain(&self.manual_evidence);
        attached.filter_map(|a| a.attachment.as_ref()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Whether a text is what a pattern says: `*` stands for any characters, also for none; everything else for itself.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in [("cards", "cards"), ("card*", "cards"), ("*", ""), ("a*b*c", "a-bb-c"), ("*s", "cards")]
        {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("cards", "cards2"), ("card*", "xcards"), ("a*b*c", "a-c"), ("ab*b", "ab"), ("", "x")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_link_is_an_address_of_the_web_and_holds_no_password() {
        for fine in ["https://register.example.com/EX-1", "http://10.0.0.7:8080/?id=1#a", "https://wiki/x@y"] {
            assert!(is_link(fine), "{fine}");
        }
        let long = format!("https://example.com/{}", "a".repeat(2100));
        for odd in [
            "",
            "https://",
            "http:///path",
            "https://:443/",
            "HTTPS://example.com",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://user:word@example.com/",
            "https://user@example.com\\x",
            "https://example.com/a b",
            "https://example.com/\u{0}",
            "//example.com",
            &long,
        ] {
            assert!(!is_link(odd), "{odd}");
        }
    }

    #[test]
    fn the_same_file_twice_is_one_attachment() {
        let file = |name: &str| Attachment {
            path: "data/attachments/0123-1.pdf".to_owned(),
            name: name.to_owned(),
            sha256: "0".repeat(64),
            bytes: 1,
        };
        let attached = |attachment| Attached {
            catalog: "gdpr".to_owned(),
            requirement: "32.1.a".to_owned(),
            item: None,
            reference: " ".to_owned(),
            attachment,
        };
        let settings = Settings {
            decision_records: vec![attached(Some(file("a.pdf"))), attached(None)],
            manual_evidence: vec![attached(Some(file("a.pdf")))],
            ..Settings::default()
        };
        assert_eq!(settings.attachments().len(), 1);
        assert!(!settings.decision_records[1].is_somewhere());
        assert_eq!(settings.decision_records[0].place(), "data/attachments/0123-1.pdf in this pack (a.pdf)");
    }
}
