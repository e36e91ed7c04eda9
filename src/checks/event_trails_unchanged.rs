//! Was a trail or its selection of events changed in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-trails-unchanged",
    question: "Was a trail or its selection of events changed in the window?",
    title: "Nobody changed a trail or its selection of events in the window",
    severity: Severity::Medium,
    why: "A selection that left KMS out for a while is complete again today, and the events of that while are \
          in no log file.",
    decided: "LookupEvents returns no UpdateTrail and no PutEventSelectors that succeeded, all pages read.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Set the selectors again, and read event history for the time between.",
        cli: r#"aws cloudtrail put-event-selectors --trail-name "$TRAIL" --event-selectors \
  '[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":[]}]'"#,
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
          - {Effect: Deny, Action: ["cloudtrail:PutEventSelectors"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["cloudtrail:PutEventSelectors"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["UpdateTrail", "PutEventSelectors"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no trail was changed", events::done)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-trails-unchanged";

    #[test]
    fn one_event_is_enough() {
        assert_eq!(World::new().region(ID).status, Status::Pass);
        assert_eq!(World::new().event(event("PutEventSelectors")).region(ID).status, Status::Fail);
        assert_eq!(World::new().event(event("PutEventSelectors").refused()).region(ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(World::new().event_before_a_gap(event("PutEventSelectors")).region(ID).status, Status::Fail);
    }
}
