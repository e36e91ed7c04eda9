//! What XML answers look like once they are JSON: one element or many, and every value a text.

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

/// A whole number.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}
