//! What happened to the delivery streams of this Region in the window?

use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::event::EventGroup;
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "stream-events",
    question: "What happened to the delivery streams of this Region in the window?",
    title: "Every change of delivery streams in the window was read to the last page",
    severity: Severity::Medium,
    why: "Encryption that was stopped and started again leaves no other trace than its events.",
    decided: "LookupEvents by event name, each query to its last page, for the window of the run.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), calls from other \
             accounts that were refused there, and whatever is no management event.",
    remedy: Remedy {
        what: "Allow cloudtrail:LookupEvents to the reading role, and choose a window within the last 90 days.",
        cli: r#"aws iam put-role-policy --role-name "$READER" --policy-name keywitness-events --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudtrail:LookupEvents","Resource":"*"}]}'"#,
        cloudformation: r#"Resources:
  ReadEvents:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: evidence-reader
      PolicyName: keywitness-events
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: "cloudtrail:LookupEvents", Resource: "*"}"#,
        terraform: r#"resource "aws_iam_role_policy" "events" {
  name   = "keywitness-events"
  role   = "evidence-reader"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "cloudtrail:LookupEvents", Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::judge(&context.snapshot.run, place, EventGroup::Stream)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::World;
    use crate::model::Status;

    #[test]
    fn no_events_is_an_answer_and_a_denied_query_is_not() {
        assert_eq!(World::new().region(CHECK_ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(CHECK_ID).status, Status::Unknown);
    }

    const CHECK_ID: &str = super::CHECK.id;
}
