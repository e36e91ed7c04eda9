//! What the two checks of required tags share.

use super::{Verdict, fail, pass, unknown};
use crate::model::reading::Reading;
use crate::model::stream::Tags;

/// Judges tags against the ones that the entity demands. Nothing demanded is nothing decided.
pub(super) fn judge(tags: &Reading<Tags>, required: &[String], setting: &str) -> Verdict {
    let tags = tags.as_ref()?;
    if required.is_empty() {
        return Err(unknown(format!("no required tags are declared: set {setting} in keywitness.toml")).seen(tags));
    }
    // A tag without a value names nobody.
    let missing: Vec<&str> = required
        .iter()
        .map(String::as_str)
        .filter(|name| tags.value.get(*name).is_none_or(|value| value.trim().is_empty()))
        .collect();
    Ok(if missing.is_empty() {
        pass(format!("has {}", required.join(", "))).seen(tags)
    } else {
        fail(format!("without a value for {}", missing.join(", "))).seen(tags)
    })
}
