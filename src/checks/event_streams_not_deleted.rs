//! Was a stream deleted in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-streams-not-deleted",
    question: "Was a stream deleted in the window?",
    title: "No stream was deleted in the window",
    severity: Severity::Low,
    why: "A stream that was deleted is in no listing; its records of the window went somewhere, and nothing \
          else here shows them.",
    decided: "LookupEvents returns no DeleteDeliveryStream that succeeded, all pages read.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Write down which stream it was, and what became of its destination. A stream that should be there is made \
               anew from your own definition of it; the first window without a deletion passes. What was agreed on takes an approved exception.",
        cli: r#"aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteDeliveryStream
aws firehose create-delivery-stream --cli-input-json "file://$DEFINITION""#,
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
          - {Effect: Deny, Action: ["firehose:DeleteDeliveryStream"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["firehose:DeleteDeliveryStream"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["DeleteDeliveryStream"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no stream was deleted", events::done)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-streams-not-deleted";

    #[test]
    fn one_event_is_enough() {
        assert_eq!(World::new().region(ID).status, Status::Pass);
        assert_eq!(World::new().event(event("DeleteDeliveryStream")).region(ID).status, Status::Fail);
        assert_eq!(World::new().event(event("DeleteDeliveryStream").refused()).region(ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(World::new().event_before_a_gap(event("DeleteDeliveryStream")).region(ID).status, Status::Fail);
    }
}
