//! How a reading is shown in a cell.

use crate::model::reading::Reading;

/// A reading in a cell: its value, "does not apply" or "unknown".
pub(super) fn text<T>(reading: &Reading<T>, show: impl FnOnce(&T) -> String) -> String {
    match reading {
        Ok(read) => show(&read.value),
        Err(gap) if gap.kind == crate::model::GapKind::Inapplicable => "does not apply".to_owned(),
        Err(_) => "unknown".to_owned(),
    }
}

pub(super) fn tags(reading: &Reading<crate::model::stream::Tags>) -> String {
    text(reading, |tags| {
        if tags.is_empty() {
            "none".to_owned()
        } else {
            tags.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("; ")
        }
    })
}

/// Ids or numbers, one after another.
pub(in crate::render) fn spaced(all: &[impl std::fmt::Display]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
