//! Was the destination of a stream changed in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-destinations-unchanged",
    question: "Was the destination of a stream changed in the window?",
    title: "No stream's destination was changed in the window",
    severity: Severity::Medium,
    why: "A destination that was changed sends the same records somewhere else, with another key or none.",
    decided: "LookupEvents returns no UpdateDestination that succeeded, all pages read.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Compare the destination with what was approved, and put the approved one back; the change itself is in the \
               events. The file has the form of ExtendedS3DestinationUpdate. A destination of the same type keeps what the file does \
               not name, so name all that the change set: a function is switched off by ProcessingConfiguration with \
               Enabled false. A backup cannot be switched off again: name an approved bucket in S3BackupUpdate, or make the \
               stream anew. Putting back is a change as well: the first window without one passes. What was agreed on takes \
               an approved exception.",
        cli: r#"aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=UpdateDestination
aws firehose update-destination --delivery-stream-name "$STREAM" --current-delivery-stream-version-id "$VERSION" \
  --destination-id "$DESTINATION" --extended-s3-destination-update "file://$APPROVED""#,
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
          - {Effect: Deny, Action: ["firehose:UpdateDestination"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["firehose:UpdateDestination"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["UpdateDestination"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no destination was changed", events::done)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-destinations-unchanged";

    #[test]
    fn one_event_is_enough() {
        assert_eq!(World::new().region(ID).status, Status::Pass);
        assert_eq!(World::new().event(event("UpdateDestination")).region(ID).status, Status::Fail);
        assert_eq!(World::new().event(event("UpdateDestination").refused()).region(ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(World::new().event_before_a_gap(event("UpdateDestination")).region(ID).status, Status::Fail);
    }
}
