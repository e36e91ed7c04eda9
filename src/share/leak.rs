//! Looks for every name that a run met in the bytes that are about to leave.
//!
//! The allow list keeps names out; this finds out whether it did. Names are taken from the records themselves, as
//! AWS gave them, and not from the nouns, so that a name that the nouns never held is looked for as well. Workbook and PDF are
//! searched as they stand and unpacked.

use super::unpacked::{Kind, parts};
use crate::model::{Record, Run, operation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Shorter texts would be found within other words. They are looked for as whole words, and only where they are what a
/// resource is called: as values of anything else they are words of everyday.
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
        names.value(&Value::Object(record.parameters.map()));
        names.value(&record.body.value());
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
                    if is_what_something_is_called(name) {
                        self.short(value);
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
                self.short_text(resource.rsplit(['/', ':']).next().unwrap_or_default());
            }
        }
    }

    fn keep(&mut self, text: &str) {
        if text.trim().len() >= SHORTEST {
            self.add(text);
        }
    }

    /// Names that may be short: one, or each of a list.
    fn short(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.short_text(text.strip_prefix("alias/").unwrap_or(text)),
            Value::Array(values) => values.iter().for_each(|v| self.short(v)),
            Value::Object(fields) => fields.get("member").into_iter().for_each(|v| self.short(v)),
            _ => {}
        }
    }

    /// A number is no name: it could not be told from a count.
    fn short_text(&mut self, text: &str) {
        if text.trim().chars().any(char::is_alphabetic) {
            self.add(text);
        }
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        if !is_word_of_aws(text) && !self.found.contains_key(text) {
            self.found.insert(text.to_owned(), self.place.clone());
        }
    }
}

/// Fields that hold what a resource is called.
fn is_what_something_is_called(field: &str) -> bool {
    const FIELDS: [&str; 14] = [
        "AccountAliases",
        "AlarmName",
        "AliasName",
        "Bucket",
        "DeliveryStreamName",
        "DeliveryStreamNames",
        "GroupName",
        "logGroupName",
        "PolicyName",
        "RoleName",
        "S3BucketName",
        "StreamName",
        "UserName",
        "ruleName",
    ];
    FIELDS.contains(&field)
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
/// `ours`, files and texts of the program that no run has any part in, cannot be told from it and is not a leak.
///
/// # Errors
/// When a file cannot be unpacked: then nobody knows what is in it.
pub fn find(
    files: &[(String, Vec<u8>)],
    names: &BTreeMap<String, String>,
    ours: &[Vec<u8>],
) -> Result<Vec<Leak>, String> {
    let mut leaks = Vec::new();
    let mut own = Vec::new();
    for text in ours {
        own.extend(parts(text)?);
    }
    let own: Vec<Haystack<'_>> = own.iter().map(|part| Haystack::new(&part.bytes, part.kind)).collect();
    for (file, bytes) in files {
        let parts = parts(bytes).map_err(|why| format!("cannot look into {file}: {why}"))?;
        let haystacks: Vec<Haystack<'_>> = parts.iter().map(|part| Haystack::new(&part.bytes, part.kind)).collect();
        let mut sources: BTreeSet<&String> = BTreeSet::new();
        for (name, source) in names {
            let forms = forms(name);
            if haystacks.iter().any(|h| h.tells(name, &forms)) && !own.iter().any(|h| h.tells(name, &forms)) {
                sources.insert(source);
            }
        }
        leaks.extend(sources.into_iter().map(|source| Leak { file: file.clone(), source: source.clone() }));
    }
    Ok(leaks)
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

/// Bytes with an index of the threes that occur: most names are told to be absent by their first letters.
struct Haystack<'a> {
    bytes: &'a [u8],
    kind: Kind,
    at: HashMap<[u8; 3], Vec<usize>>,
}

impl<'a> Haystack<'a> {
    fn new(bytes: &'a [u8], kind: Kind) -> Self {
        let mut at: HashMap<[u8; 3], Vec<usize>> = HashMap::new();
        for (n, three) in bytes.windows(3).enumerate() {
            at.entry([three[0], three[1], three[2]]).or_default().push(n);
        }
        Self { bytes, kind, at }
    }

    /// Whether a name stands here in one of its forms: a short one as a word of its own, and not in what is no text.
    fn tells(&self, name: &str, forms: &[Vec<u8>]) -> bool {
        let short = name.len() < SHORTEST;
        match self.kind {
            Kind::Bytes if short => false,
            // Without what stands between words, only what is no word is told from them.
            Kind::Joined if short || name.chars().all(char::is_alphabetic) => false,
            _ => forms.iter().any(|form| self.places(form).iter().any(|at| !short || self.is_word(*at, form.len()))),
        }
    }

    fn places(&self, needle: &[u8]) -> Vec<usize> {
        let here = |n: &usize| self.bytes[*n..].starts_with(needle);
        match needle.first_chunk::<3>() {
            Some(first) => self.at.get(first).into_iter().flatten().copied().filter(here).collect(),
            None if needle.is_empty() => Vec::new(),
            None => (0..self.bytes.len()).filter(here).collect(),
        }
    }

    /// Whether no letter, digit, `-` or `_` touches these bytes.
    fn is_word(&self, at: usize, length: usize) -> bool {
        let touches = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80 || matches!(b, b'-' | b'_');
        let before = at.checked_sub(1).and_then(|n| self.bytes.get(n));
        !before.is_some_and(touches) && !self.bytes.get(at + length).is_some_and(touches)
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
            assert_eq!(find(&[("f".to_owned(), written.clone())], &names, &[]).unwrap().len(), 1, "{written:?}");
        }
        assert!(find(&[("f".to_owned(), b"Tom & Co".to_vec())], &names, &[]).unwrap().is_empty());
    }

    #[test]
    fn what_stands_in_our_own_words_cannot_be_told_from_them() {
        let names = names(&["orders"]);
        let files = [("f".to_owned(), b"the orders of a customer".to_vec())];
        assert_eq!(find(&files, &names, &[]).unwrap().len(), 1);
        assert!(find(&files, &names, &[b"our own words: orders".to_vec()]).unwrap().is_empty());
    }

    fn of_record(body: &Value) -> BTreeMap<String, String> {
        let mut names = Names { found: BTreeMap::new(), place: "EV-000001".to_owned() };
        names.value(body);
        names.found
    }

    #[test]
    fn a_short_name_is_looked_for_as_a_word_and_only_where_something_is_called_by_it() {
        let names = of_record(&serde_json::json!({
            "DeliveryStreamNames": ["crm"], "AliasName": "alias/hr", "Status": "on", "ResourceARN": "arn:aws:s3:::pay", "Days": "30"
        }));
        assert_eq!(
            names.keys().map(String::as_str).collect::<Vec<_>>(),
            ["alias/hr", "arn:aws:s3:::pay", "crm", "hr", "pay"]
        );
        let leaks = |text: &[u8]| find(&[("f".to_owned(), text.to_vec())], &names, &[]).unwrap().len();
        assert_eq!(leaks(b"a stream crm, of one"), 1);
        assert_eq!((leaks(b"scrm crms crm-2 x_crm"), leaks(b"three hrs of payments")), (0, 0), "within words");
        assert_eq!(leaks(b"\xff\xfe crm \x80"), 0, "in what is no text every short word stands somewhere");
        let own = [b"crm is a word of ours".to_vec()];
        assert!(find(&[("f".to_owned(), b"crm".to_vec())], &names, &own).unwrap().is_empty());
    }

    #[test]
    fn a_name_is_found_in_a_workbook_and_in_a_pdf_however_they_are_packed() {
        let names = names(&["tenant-42-orders"]);
        let hidden = |bytes: Vec<u8>| {
            assert!(!bytes.windows(16).any(|w| w == b"tenant-42-orders"), "packed");
            find(&[("f".to_owned(), bytes)], &names, &[]).unwrap().len()
        };
        let text = "<t>tenant-42-orders</t>".repeat(40);
        assert_eq!(hidden(super::super::unpacked::tests::zip("xl/sheet.xml", &text)), 1);
        let mut file = lopdf::Document::with_version("1.7");
        let mut stream = lopdf::Stream::new(lopdf::Dictionary::new(), text.into_bytes());
        stream.compress().unwrap();
        let id = file.add_object(stream);
        file.trailer.set("Root", id);
        let mut bytes = Vec::new();
        file.save_to(&mut bytes).unwrap();
        assert_eq!(hidden(bytes), 1);
    }
}
