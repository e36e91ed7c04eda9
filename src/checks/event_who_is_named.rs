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
        what: "An event stays as it is. What another account calls is written down here without its name: let its people take \
               a role of this account in a session that bears their own name, and take their account out of the key's policy, \
               which the last command replaces. The first window in which everybody has a name passes.",
        cli: r#"aws iam create-role --role-name "$ROLE_NAME" --assume-role-policy-document '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$OTHER_ACCOUNT"':root"},"Action":"sts:AssumeRole",
  "Condition":{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}}]}'
aws iam put-role-policy --role-name "$ROLE_NAME" --policy-name keys-of-streams --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"'"$ACTION"'","Resource":"'"$KEY"'"}]}'
aws kms put-key-policy --key-id "$KEY" --policy-name default --policy '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"}]}'
# From then on:
#   aws sts assume-role --role-arn "arn:aws:iam::$ACCOUNT:role/$ROLE_NAME" --role-session-name "$PERSON""#,
        cloudformation: r#"# Demand a session name that is the caller's own, in the trust policy of the role:
Resources:
  KeyAdministrator:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::444455556666:root"}
            Action: sts:AssumeRole
            Condition: {StringLike: {"sts:RoleSessionName": "${aws:username}"}}
      Policies:
        - PolicyName: keys-of-streams
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "kms:CreateGrant", Resource: {"Fn::GetAtt": [StreamKey, Arn]}}
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}"#,
        terraform: r#"# Demand a session name that is the caller's own, in the trust policy of the role:
resource "aws_iam_role" "key_administrator" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::444455556666:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringLike = { "sts:RoleSessionName" = "$${aws:username}" } }
    }]
  })
}

resource "aws_iam_role_policy" "keys_of_streams" {
  role = aws_iam_role.key_administrator.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:CreateGrant", Resource = aws_kms_key.stream.arn }]
  })
}

resource "aws_kms_key_policy" "stream" {
  key_id = aws_kms_key.stream.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
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
