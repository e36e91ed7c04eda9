//! Who does what: AWS's part and the entity's part of each requirement, with room for the papers about AWS's part.

use super::Input;
use super::requirements::{anchor, name_of};
use serde::Serialize;

/// The parts of one requirement.
#[derive(Clone, Debug, Serialize)]
pub struct ResponsibilityRow {
    /// The anchor of the requirement's page.
    pub anchor: String,
    /// Framework and edition.
    pub catalog: String,
    /// The framework's id.
    pub id: String,
    /// AWS's part.
    pub aws: String,
    /// The entity's part.
    pub entity: String,
    /// What shows AWS's part: the attestation, agreement or report to ask AWS for. Its reference is left blank.
    pub shown_by: String,
}

/// All requirements whose catalog says who does what.
pub(super) fn responsibilities(input: &Input<'_>) -> Vec<ResponsibilityRow> {
    let outcomes = input.assessment.catalogs.iter().flat_map(|c| c.outcomes.iter().map(move |o| (c, o)));
    let rows = outcomes.filter_map(|(catalog, outcome)| {
        let shared = outcome.requirement.shared_responsibility.as_ref()?;
        Some(ResponsibilityRow {
            anchor: anchor(&catalog.id, &outcome.requirement.id),
            catalog: name_of(catalog),
            id: outcome.requirement.id.clone(),
            aws: shared.aws.clone(),
            entity: shared.entity.clone(),
            shown_by: shared.evidence_of_aws_part.clone().unwrap_or_default(),
        })
    });
    rows.collect()
}
