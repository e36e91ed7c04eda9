//! Documents that the entity put into the pack.

use crate::model::Settings;
use crate::model::settings::Attachment;
use serde::Serialize;

/// One document that the entity put into the pack.
#[derive(Clone, Debug, Serialize)]
pub struct AttachmentRow {
    /// The path in the pack.
    pub path: String,
    /// The name that it had.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: String,
    /// What it is attached to.
    pub used_for: String,
}

pub(super) fn attachments(settings: &Settings) -> Vec<AttachmentRow> {
    let all = settings.decision_records.iter().map(|a| (a, "decision record"));
    let all: Vec<_> =
        all.chain(settings.manual_evidence.iter().map(|a| (a, a.item.as_deref().unwrap_or("")))).collect();
    let row = |attachment: &Attachment| {
        let uses = all.iter().filter(|(a, _)| a.attachment.as_ref() == Some(attachment));
        let uses: Vec<String> = uses.map(|(a, what)| format!("{} {} {what}", a.catalog, a.requirement)).collect();
        AttachmentRow {
            path: attachment.path.clone(),
            name: attachment.name.clone(),
            bytes: attachment.bytes,
            sha256: attachment.sha256.clone(),
            used_for: uses.join("; "),
        }
    };
    settings.attachments().into_iter().map(row).collect()
}
