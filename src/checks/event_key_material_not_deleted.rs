//! Was imported material of a stream's key deleted in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events, key_material_not_expiring};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-key-material-not-deleted",
    question: "Was imported material of a stream's key deleted in the window?",
    title: "Nobody deleted imported material of a stream's key in the window",
    severity: Severity::High,
    why: "Without its material a key cannot decrypt; only the very same material brings the data back.",
    decided: "LookupEvents returns no DeleteImportedKeyMaterial that succeeded and is about a key that a stream of \
              this Region names, all pages read.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Import the same material again; $MATERIAL is the file that holds its bytes.",
        cli: key_material_not_expiring::IMPORT,
        cloudformation: r#"# An event of the past cannot be undone by a template; what can be prevented is that it happens again:
Resources:
  Guardrail:
    Type: AWS::Organizations::Policy
    Properties:
      Name: keys-of-streams
      Type: SERVICE_CONTROL_POLICY
      Content:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Action: ["kms:DeleteImportedKeyMaterial"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["kms:DeleteImportedKeyMaterial"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["DeleteImportedKeyMaterial"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no imported material was deleted", |event| {
        events::done_to_a_key(place, event)
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put, event, key_arn};
    use crate::model::Status;

    const ID: &str = "event-key-material-not-deleted";

    #[test]
    fn what_was_done_to_the_key_of_a_stream_fails() {
        let world = || World::new().stream(direct_put("s").key("k")).key(customer_key("k"));
        let done = event("DeleteImportedKeyMaterial").of(&key_arn("k"));
        assert_eq!(world().region(ID).status, Status::Pass);
        assert_eq!(world().event(done.clone()).region(ID).status, Status::Fail);
        assert_eq!(world().event(done.clone().refused()).region(ID).status, Status::Pass);
        assert_eq!(world().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(world().event_before_a_gap(done).region(ID).status, Status::Fail);
    }

    #[test]
    fn another_key_does_not_matter_unless_it_may_be_that_of_an_unread_stream() {
        let other = event("DeleteImportedKeyMaterial").of(&key_arn("other"));
        let world = || World::new().stream(direct_put("s").key("k")).key(customer_key("k")).event(other.clone());
        assert_eq!(world().region(ID).status, Status::Pass);
        assert_eq!(world().stream(direct_put("t").denied()).region(ID).status, Status::Unknown);
    }
}
