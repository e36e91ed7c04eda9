//! Looks for every name that a run met in the bytes that are about to leave.
//!
//! The allow list keeps names out; this finds out whether it did. Names are taken from the records themselves, as
//! AWS gave them, and not from the nouns, so that a name that the nouns never held is looked for as well.

use crate::model::{Record, Run, operation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Shorter texts are words of everyday: they would be found everywhere and mean nothing.
const SHORTEST: usize = 5;

/// A name that was found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The file.
    pub file: String,
    /// The record that has the name: the name itself is not repeated.
    pub source: String,
}

/// The names of a run, each with the place it is from.
pub fn names(run: &Run, records: &[Record]) -> BTreeMap<String, String> {
    let mut names = Names { found: BTreeMap::new(), place: "run.json".to_owned() };
    run.account_ids().iter().for_each(|id| names.text(id.as_str()));
    run.accounts.iter().for_each(|account| names.text(&account.caller));
    names.text(run.selection.asker.account.as_str());
    names.text(&run.selection.asker.caller);
    run.selection.organization.iter().chain(&run.selection.role).for_each(|name| names.text(name));
    names.text(&run.id);
    for record in records {
        names.place = record.ev.to_string();
        names.text(record.account.as_str());
        record.request_id.iter().for_each(|id| names.text(id));
        names.value(&Value::Object(record.parameters.clone()));
        names.value(&record.body);
    }
    names.found
}

struct Names {
    found: BTreeMap<String, String>,
    place: String,
}

impl Names {
    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(values) => values.iter().for_each(|v| self.value(v)),
            Value::Object(fields) => {
                // A value beside a tag's name may be any word, whatever the field is called.
                let is_tag = ["Key", "TagKey"].iter().any(|name| fields.get(*name).is_some_and(Value::is_string));
                for (name, value) in fields {
                    if is_tag || !is_vocabulary(name, value) {
                        self.value(value);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A text, and the parts of it that are names by themselves: of an ARN the account and all that follows it.
    fn text(&mut self, text: &str) {
        if let Some(inner) = text.trim_start().strip_prefix('{').and_then(|_| serde_json::from_str::<Value>(text).ok())
        {
            self.value(&inner);
            return;
        }
        self.keep(text);
        if text.starts_with("arn:") {
            let parts: Vec<&str> = text.splitn(6, ':').collect();
            if let [_, _, _, _, account, resource] = parts.as_slice() {
                self.keep(account);
                resource.split(['/', ':']).for_each(|part| self.keep(part));
            }
        }
    }

    fn keep(&mut self, text: &str) {
        let text = text.trim();
        let is_name = text.len() >= SHORTEST && !is_word_of_aws(text);
        if is_name && !self.found.contains_key(text) {
            self.found.insert(text.to_owned(), self.place.clone());
        }
    }
}

/// Fields whose values are words from a list of AWS's, or times.
fn is_vocabulary(name: &str, value: &Value) -> bool {
    const FIELDS: [&str; 22] = [
        "AwsRegion",
        "CompressionFormat",
        "CustomerMasterKeySpec",
        "DeliveryStreamEncryptionStatus",
        "DeliveryStreamStatus",
        "DeliveryStreamType",
        "EventName",
        "EventSource",
        "HomeRegion",
        "KeyManager",
        "KeySpec",
        "KeyState",
        "KeyType",
        "KeyUsage",
        "Origin",
        "RotationType",
        "S3BackupMode",
        "Status",
        "awsRegion",
        "eventName",
        "eventSource",
        "eventTime",
    ];
    FIELDS.contains(&name) && value.is_string()
}

/// A word in capitals, the name of a service, a version of a policy, a Region, a kind of resource: nobody's name.
fn is_word_of_aws(text: &str) -> bool {
    let capitals = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    let date = text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    let region = text.parse::<crate::model::Region>().is_ok();
    let kind =
        ["deliverystream", "alias", "assumed-role", "default", "trail", "Allow", "Deny", "false"].contains(&text);
    // An edition names the services whose endpoints were not AWS's own; a grant may be called by the same word.
    let service = operation::every().any(|o| o.service == text);
    capitals || date || region || kind || service || text.ends_with(".amazonaws.com")
}

/// The names that stand in one of the files, as they are or as JSON, HTML or a table writes them. What stands in
/// `ours`, texts of the program that no run has any part in, cannot be told from it and is not a leak.
#[must_use]
pub fn find(files: &[(String, Vec<u8>)], names: &BTreeMap<String, String>, ours: &[u8]) -> Vec<Leak> {
    let mut leaks = Vec::new();
    let own = Haystack::new(ours);
    for (file, bytes) in files {
        let haystack = Haystack::new(bytes);
        let mut sources: BTreeSet<&String> = BTreeSet::new();
        for (name, source) in names {
            if forms(name).iter().any(|form| haystack.has(form)) && !forms(name).iter().any(|form| own.has(form)) {
                sources.insert(source);
            }
        }
        leaks.extend(sources.into_iter().map(|source| Leak { file: file.clone(), source: source.clone() }));
    }
    leaks
}

fn forms(name: &str) -> Vec<Vec<u8>> {
    let html = name
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    let json = serde_json::to_string(name).unwrap_or_default();
    let mut forms: Vec<Vec<u8>> = vec![name.into(), html.into(), json.trim_matches('"').into()];
    // How a PDF writes text in its metadata.
    forms.push(name.encode_utf16().flat_map(u16::to_be_bytes).collect());
    forms.sort();
    forms.dedup();
    forms
}

/// Bytes with an index of the pairs that occur: most names are told to be absent by their first letters.
struct Haystack<'a> {
    bytes: &'a [u8],
    at: BTreeMap<[u8; 3], Vec<usize>>,
}

impl<'a> Haystack<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut at: BTreeMap<[u8; 3], Vec<usize>> = BTreeMap::new();
        for (n, three) in bytes.windows(3).enumerate() {
            at.entry([three[0], three[1], three[2]]).or_default().push(n);
        }
        Self { bytes, at }
    }

    fn has(&self, needle: &[u8]) -> bool {
        let Some(first) = needle.first_chunk::<3>() else { return false };
        self.at.get(first).is_some_and(|at| at.iter().any(|n| self.bytes[*n..].starts_with(needle)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> BTreeMap<String, String> {
        let mut names = Names { found: BTreeMap::new(), place: "EV-000001".to_owned() };
        for text in texts {
            names.text(text);
        }
        names.found
    }

    #[test]
    fn an_arn_is_looked_for_with_its_parts() {
        let texts = ["arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab", "ENABLED", "eu-west-1", "firehose"];
        let names = names(&texts);
        let found: Vec<&str> = names.keys().map(String::as_str).collect();
        assert_eq!(found, ["111122223333", "1234abcd-12ab", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab"]);
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let names = names(&["Tom & \"Co\" <x>"]);
        let utf16: Vec<u8> = "Tom & \"Co\" <x>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for written in [
            b"..Tom & \"Co\" <x>".to_vec(),
            b"Tom &amp; &quot;Co&quot; &lt;x&gt;".to_vec(),
            b"Tom & \\\"Co\\\" <x>".to_vec(),
            utf16,
        ] {
            assert_eq!(find(&[("f".to_owned(), written.clone())], &names, b"").len(), 1, "{written:?}");
        }
        assert!(find(&[("f".to_owned(), b"Tom & Co".to_vec())], &names, b"").is_empty());
    }

    #[test]
    fn what_stands_in_our_own_words_cannot_be_told_from_them() {
        let names = names(&["orders"]);
        let files = [("f".to_owned(), b"the orders of a customer".to_vec())];
        assert_eq!(find(&files, &names, b"").len(), 1);
        assert!(find(&files, &names, b"our own words: orders").is_empty());
    }
}
