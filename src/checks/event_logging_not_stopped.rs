//! Was a trail stopped or deleted in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-logging-not-stopped",
    question: "Was a trail stopped or deleted in the window?",
    title: "Nobody stopped or deleted a trail in the window",
    severity: Severity::Critical,
    why: "Stopping the record is what comes before what should not be recorded.",
    decided: "LookupEvents returns no StopLogging and no DeleteTrail that succeeded, all pages read. Event history \
              itself cannot be switched off.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and whatever is \
            no management event. Whether it was agreed on: an approved exception says so.",
    remedy: Remedy {
        what: "Start the trail again, and read event history for the time between.",
        cli: r#"aws cloudtrail start-logging --name "$TRAIL""#,
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
          - {Effect: Deny, Action: ["cloudtrail:StopLogging"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["cloudtrail:StopLogging"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

const NAMES: &[&str] = &["StopLogging", "DeleteTrail"];

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::none_of(context, place, NAMES, "no trail was stopped or deleted", events::done)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-logging-not-stopped";

    #[test]
    fn one_event_is_enough() {
        assert_eq!(World::new().region(ID).status, Status::Pass);
        assert_eq!(World::new().event(event("StopLogging")).region(ID).status, Status::Fail);
        assert_eq!(World::new().event(event("StopLogging").refused()).region(ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
        assert_eq!(World::new().event_before_a_gap(event("StopLogging")).region(ID).status, Status::Fail);
    }
}
