//! Was the encryption of a stream stopped in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-encryption-not-stopped",
    question: "Was the encryption of a stream stopped in the window?",
    title: "No stream's encryption was stopped in the window",
    severity: Severity::High,
    why: "Encryption that was stopped and started again leaves records of the time between unprotected, and no \
          trace in the stream's present state.",
    decided: "LookupEvents returns no StopDeliveryStreamEncryption that succeeded, all pages read.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Start the stream's encryption again, ask who stopped it and why, and write down what was put \
               meanwhile.",
        cli: r#"aws firehose start-delivery-stream-encryption --delivery-stream-name "$STREAM" \
  --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$KEY""#,
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
          - {Effect: Deny, Action: ["firehose:StopDeliveryStreamEncryption"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["firehose:StopDeliveryStreamEncryption"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["StopDeliveryStreamEncryption"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no encryption was stopped", events::done)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-encryption-not-stopped";

    #[test]
    fn one_event_is_enough() {
        assert_eq!(World::new().region(ID).status, Status::Pass);
        assert_eq!(World::new().event(event("StopDeliveryStreamEncryption")).region(ID).status, Status::Fail);
        assert_eq!(World::new().event(event("StopDeliveryStreamEncryption").refused()).region(ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(
            World::new().event_before_a_gap(event("StopDeliveryStreamEncryption")).region(ID).status,
            Status::Fail
        );
    }
}
