//! Was the policy of a stream's key changed in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-key-policies-unchanged",
    question: "Was the policy of a stream's key changed in the window?",
    title: "No policy of a stream's key was changed in the window",
    severity: Severity::Medium,
    why: "A policy that was opened and closed again looks sound today; only its events tell.",
    decided: "LookupEvents returns no PutKeyPolicy that succeeded and is about a key that a stream of this Region \
              names, all pages read.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Compare the policy with what was approved: keywitness policy explain FILE --key-arn ARN, for each \
               version that the events hold; and put the approved one back. That is a change as well: the first window \
               without one passes. What was agreed on takes an approved exception.",
        cli: r#"aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=PutKeyPolicy
aws kms put-key-policy --key-id "$KEY" --policy-name default --policy "file://$APPROVED""#,
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
          - {Effect: Deny, Action: ["kms:PutKeyPolicy"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["kms:PutKeyPolicy"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["PutKeyPolicy"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no policy of a stream's key was changed", |event| {
        events::done_to_a_key(place, event)
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put, event, key_arn};
    use crate::model::Status;

    const ID: &str = "event-key-policies-unchanged";

    #[test]
    fn what_was_done_to_the_key_of_a_stream_fails() {
        let world = || World::new().stream(direct_put("s").key("k")).key(customer_key("k"));
        let done = event("PutKeyPolicy").of(&key_arn("k"));
        assert_eq!(world().region(ID).status, Status::Pass);
        assert_eq!(world().event(done.clone()).region(ID).status, Status::Fail);
        assert_eq!(world().event(done.clone().refused()).region(ID).status, Status::Pass);
        assert_eq!(world().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(world().event_before_a_gap(done).region(ID).status, Status::Fail);
    }

    #[test]
    fn another_key_does_not_matter_unless_it_may_be_that_of_an_unread_stream() {
        let other = event("PutKeyPolicy").of(&key_arn("other"));
        let world = || World::new().stream(direct_put("s").key("k")).key(customer_key("k")).event(other.clone());
        assert_eq!(world().region(ID).status, Status::Pass);
        assert_eq!(world().stream(direct_put("t").denied()).region(ID).status, Status::Unknown);
    }
}
