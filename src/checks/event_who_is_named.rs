//! Does every event say who did it?

use super::events::Is;
use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::event::NAMES;
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-who-is-named",
    question: "Does every event say who did it?",
    title: "Every management event that was read names who made the call",
    severity: Severity::Medium,
    why: "An event without a person, a role or a service behind it cannot be explained to anyone.",
    decided: "Each event of the window has an ARN, a service or a user name in its identity. What KMS does by \
              itself (RotateKey, DeleteKey) has none, and needs none.",
    blind: "Which person stands behind the session of a role: that is for the identity provider.",
    remedy: Remedy {
        what: "Nothing here can be mended after the fact; see that people come in through named sessions.",
        cli: r#"# The name of a session is chosen when a role is assumed:
aws sts assume-role --role-arn "$ROLE" --role-session-name "$PERSON""#,
        cloudformation: r#"# Demand a session name that is the caller's own, in the trust policy of the role:
Resources:
  KeyAdministrator:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: {Ref: "AWS::AccountId"}}
            Action: sts:AssumeRole
            Condition: {StringLike: {"sts:RoleSessionName": "${aws:username}"}}"#,
        terraform: r#"# Demand a session name that is the caller's own, in the trust policy of the role:
resource "aws_iam_role" "key_administrator" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = data.aws_caller_identity.here.account_id }
      Action    = "sts:AssumeRole"
      Condition = { StringLike = { "sts:RoleSessionName" = "$${aws:username}" } }
    }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    events::none_of(context, place, &names, "every event names who made the call", |event| {
        let by_itself = matches!(event.name.as_str(), "RotateKey" | "DeleteKey");
        if event.who.is_empty() && !by_itself { Is::Bad } else { Is::Fine }
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, event};
    use crate::model::Status;

    const ID: &str = "event-who-is-named";

    #[test]
    fn an_event_without_anybody_fails() {
        assert_eq!(World::new().event(event("CreateKey")).region(ID).status, Status::Pass);
        assert_eq!(World::new().event(event("CreateKey").by("")).region(ID).status, Status::Fail);
        assert_eq!(World::new().event(event("RotateKey").by("")).region(ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(ID).status, Status::Unknown);
    }
}
