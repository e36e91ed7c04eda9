//! What is not known, and what closes it.

use super::effects::permission;
use crate::model::check::CheckPage;
use serde::Serialize;

/// One thing that is not known.
#[derive(Clone, Debug, Serialize)]
pub struct GapRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// What was asked.
    pub call: String,
    /// Of what.
    pub subject: String,
    /// Why there is no value.
    pub kind: &'static str,
    /// AWS's code.
    pub code: String,
    /// In a sentence.
    pub detail: String,
    /// What closes it.
    pub remedy: String,
    /// The record of the call.
    pub record: String,
    /// The checks that rest on such calls.
    pub checks: Vec<&'static str>,
}

pub(super) fn gap_row(gap: &crate::model::Gap, checks: &[CheckPage]) -> GapRow {
    use crate::model::GapKind;
    let remedy = match (gap.kind, gap.permission()) {
        (GapKind::Denied, Some(permission)) if gap.service == "kms" && !gap.subject.is_empty() => {
            format!("Allow {permission} on this key, in its key policy or (where that delegates) in IAM.")
        }
        // No policy of a member helps: AWS answers these to two kinds of account only.
        (GapKind::Denied, Some(permission)) if permission.starts_with("organizations:") => format!(
            "Read it from the management account or a delegated administrator of the organization, with {permission}."
        ),
        (GapKind::Denied, Some(permission)) => format!("Allow {permission} to the reading role."),
        (GapKind::Denied, None) => "Allow the call to the reading role.".to_owned(),
        (GapKind::Throttled, _) => "Run again at a quieter time, or with a lower --quota-share.".to_owned(),
        (GapKind::Failed, _) => "Run again.".to_owned(),
        (GapKind::Vanished, _) => "Run again: what was listed or named is gone.".to_owned(),
        (GapKind::Malformed, _) => "Look at the record: this program does not understand the answer.".to_owned(),
        (GapKind::Incomplete, _) => "Run again, or choose a window that AWS can still see.".to_owned(),
        (GapKind::NotAsked, _) => "Read it where it can be read, such as the key's own account.".to_owned(),
        (GapKind::Inapplicable, _) => String::new(),
    };
    let call = permission(gap);
    let checks = checks.iter().filter(|c| c.reads.contains(&call.as_str())).map(|c| c.id).collect();
    GapRow {
        checks,
        account: gap.account.to_string(),
        region: gap.region.to_string(),
        call: format!("{}:{}", gap.service, gap.operation),
        subject: gap.subject.clone(),
        kind: gap.kind.word(),
        code: gap.code.clone().unwrap_or_default(),
        detail: gap.detail.clone(),
        remedy,
        record: gap.record.map(|ev| ev.to_string()).unwrap_or_default(),
    }
}
