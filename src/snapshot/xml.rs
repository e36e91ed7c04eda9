//! What XML answers look like once they are JSON: one element or many, and every value a text.

use super::answers::{Answer, malformed};
use crate::model::reading::Gap;
use serde_json::Value;

/// The elements of a list: none when it is absent or empty, one when it is not a list, else all.
pub(super) fn items(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(list)) => list.iter().collect(),
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if text.trim().is_empty() => Vec::new(),
        Some(one) => vec![one],
    }
}

/// `true` or `false`.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value.as_str()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Takes elements out of an answer by their form: what is absent or empty is none, and what has another form than it
/// should (text in the place of elements, two where one is due) is a gap. It is never read as absent.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a> {
    pub record: Answer<'a>,
    pub subject: &'a str,
}

static NONE: Value = Value::Null;

impl<'a> Elements<'a> {
    fn gap(&self, name: &str, why: &str) -> Gap {
        malformed(&self.record, self.subject, &format!("{name} {why}"))
    }

    /// The one element of that name which holds others; null where it is absent or empty.
    pub fn inner(&self, parent: &'a Value, name: &str) -> Result<&'a Value, Gap> {
        match parent.get(name) {
            None | Some(Value::Null) => Ok(&NONE),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(&NONE),
            Some(value @ Value::Object(_)) => Ok(value),
            Some(_) => Err(self.gap(name, "does not hold the elements that it should")),
        }
    }

    /// All elements of that name, each of which holds others.
    pub fn list(&self, parent: &'a Value, name: &str) -> Result<Vec<&'a Value>, Gap> {
        let found = items(parent.get(name));
        let odd = found.iter().any(|value| !value.is_object());
        if odd { Err(self.gap(name, "does not hold the elements that it should")) } else { Ok(found) }
    }

    /// The members of a list of IAM: each of them holds elements.
    pub fn members(&self, parent: &'a Value, name: &str) -> Result<Vec<&'a Value>, Gap> {
        let list = self.inner(parent, name)?;
        if list.is_object() && list.get("member").is_none() {
            return Err(self.gap(name, "holds no members"));
        }
        self.list(list, "member")
    }

    /// The text of the one element of that name.
    pub fn text(&self, parent: &'a Value, name: &str) -> Result<Option<&'a str>, Gap> {
        match parent.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.gap(name, "is not one text")),
        }
    }

    /// The same, as `parse` understands it.
    pub fn parse<T>(
        &self,
        parent: &'a Value,
        name: &str,
        parse: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Gap> {
        match parent.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => parse(value).map(Some).ok_or_else(|| self.gap(name, "is not understood")),
        }
    }

    /// One of these words.
    pub fn word(&self, parent: &'a Value, name: &str, words: &[&str]) -> Result<Option<&'a str>, Gap> {
        self.parse(parent, name, |v| v.as_str().filter(|word| words.contains(word)))
    }

    /// A whole number.
    pub fn count(&self, parent: &'a Value, name: &str) -> Result<Option<u64>, Gap> {
        self.parse(parent, name, |v| v.as_str()?.parse().ok())
    }
}
