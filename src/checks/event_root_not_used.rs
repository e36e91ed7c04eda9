//! Did the root user change keys, streams or trails in the window?

use super::events::Is;
use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::event::NAMES;
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-root-not-used",
    question: "Did the root user change keys, streams or trails in the window?",
    title: "The root user made none of the events that were read",
    severity: Severity::High,
    why: "The root user is nobody in particular and is bound by no policy of its own account.",
    decided: "No event of the window that succeeded was made by the ARN that ends with :root.",
    blind: "What the root user did elsewhere.",
    remedy: Remedy {
        what: "Use a role. The management account can forbid the root user of a member account these calls, by a service \
               control policy; and it can take that user's credentials away (see AssumeRoot in AWS's documents). No policy \
               binds the root user of the management account: keep its credentials locked away.",
        cli: r#"POLICY=$(aws organizations create-policy --type SERVICE_CONTROL_POLICY --name no-root --description "" --content \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["kms:*","firehose:*","cloudtrail:*"],"Resource":"*",
  "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}}]}' --query Policy.PolicySummary.Id --output text)
aws organizations attach-policy --policy-id "$POLICY" --target-id "$ACCOUNT""#,
        cloudformation: r#"Resources:
  NoRoot:
    Type: AWS::Organizations::Policy
    Properties:
      Name: no-root
      Type: SERVICE_CONTROL_POLICY
      TargetIds: ["111122223333"]
      Content:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Action: ["kms:*", "firehose:*", "cloudtrail:*"]
            Resource: "*"
            Condition: {ArnLike: {"aws:PrincipalArn": "arn:aws:iam::*:root"}}"#,
        terraform: r#"resource "aws_organizations_policy" "no_root" {
  name = "no-root"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = ["kms:*", "firehose:*", "cloudtrail:*"]
      Resource  = "*"
      Condition = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::*:root" } }
    }]
  })
}

resource "aws_organizations_policy_attachment" "no_root" {
  policy_id = aws_organizations_policy.no_root.id
  target_id = "111122223333"
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    events::none_of(context, place, &names, "the root user made no event", |event| {
        // The account field ends where "root" begins: a role of that name has a path.
        let root = event.who.starts_with("arn:") && event.who.splitn(6, ':').nth(5) == Some("root");
        if root { events::done(event) } else { Is::Fine }
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-root-not-used";

    #[test]
    fn only_the_root_user_itself_counts() {
        let of = |who| World::new().event(event("CreateKey").by(who)).region(ID).status;
        assert_eq!(of("arn:aws:iam::111122223333:root"), Status::Fail);
        assert_eq!(of("arn:aws:iam::111122223333:role/root"), Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
    }
}
