//! What an account calls itself.

use super::answers::{Here, malformed};
use super::xml::{flag, items};
use crate::model::operation::LIST_ACCOUNT_ALIASES;
use crate::model::reading::{Citation, GapKind, Read, Reading};
use serde_json::Value;

const RESULT: &str = "/ListAccountAliasesResponse/ListAccountAliasesResult";

/// The account's aliases, as IAM lists them. An empty list is an answer; an answer without a list is none.
pub(super) fn of_account(here: &Here<'_>) -> Reading<Vec<String>> {
    let more = |body: &Value| match body.pointer(RESULT)?.get("IsTruncated") {
        None => Some(false),
        Some(value) => flag(value),
    };
    let (end, pages) = here.pages(&here.all(&LIST_ACCOUNT_ALIASES), &LIST_ACCOUNT_ALIASES, "", more);
    end?;
    let mut names = Vec::new();
    for page in &pages {
        let list = match page.body.pointer(&format!("{RESULT}/AccountAliases")) {
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(Value::Object(list)) if list.contains_key("member") => list.get("member"),
            _ => return Err(malformed(page, "", "the answer holds no list of aliases")),
        };
        for name in items(list) {
            let name = name.as_str().filter(|n| !n.trim().is_empty());
            names.push(name.ok_or_else(|| malformed(page, "", "an alias is no text"))?.to_owned());
        }
    }
    let last = pages.last();
    let last = last.ok_or_else(|| here.gap(&LIST_ACCOUNT_ALIASES, "", GapKind::NotAsked, "the call was not made"))?;
    Ok(Read { value: names, at: Citation { ev: last.ev, pointer: format!("{RESULT}/AccountAliases").into() } })
}
