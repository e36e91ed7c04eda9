//! Did somebody try to change keys or streams in the window and was refused?

use super::events::Is;
use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::event::NAMES;
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-calls-not-refused",
    question: "Did somebody try to change keys or streams in the window and was refused?",
    title: "No call that changes a key of a stream, or a stream, was refused in the window",
    severity: Severity::Low,
    why: "A refused call is a slip of a deployment, or somebody who tries doors.",
    decided: "No management event of the window that is about a key that a stream of this Region names, or about a \
              stream, has an error code of a refusal (AccessDenied, UnauthorizedOperation).",
    blind: "Calls of other accounts, which are recorded there when they are refused; reads; uses of keys.",
    remedy: Remedy {
        what: "Ask who tried. Where the call was meant, give the role its permission, as the owner of the key agrees; where it \
               was not, take the credentials away, or it is tried again. The first window without a refusal passes.",
        cli: r#"aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventSource,AttributeValue=kms.amazonaws.com --max-results 50
# The call was meant:
aws iam put-role-policy --role-name "$ROLE_NAME" --policy-name was-refused --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"'"$ACTION"'","Resource":"'"$RESOURCE"'"}]}'
# It was not:
#   aws iam update-access-key --user-name "$USER_NAME" --access-key-id "$ACCESS_KEY" --status Inactive"#,
        cloudformation: r#"# The call was meant:
Resources:
  WasRefused:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: deployment
      PolicyName: was-refused
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: "kms:EnableKeyRotation", Resource: {"Fn::GetAtt": [StreamKey, Arn]}}"#,
        terraform: r#"# The call was meant:
resource "aws_iam_role_policy" "was_refused" {
  name = "was-refused"
  role = "deployment"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:EnableKeyRotation", Resource = aws_kms_key.stream.arn }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    events::none_of(context, place, &names, "no call was refused", |event| {
        let refused = event.error.as_deref().is_some_and(|e| e.contains("AccessDenied") || e.contains("Unauthorized"));
        match (refused, event.source.as_str()) {
            (false, _) => Is::Fine,
            (true, "kms.amazonaws.com") => events::about_keys(place, event),
            (true, _) => Is::Bad,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put, event, key_arn};
    use crate::model::Status;

    const ID: &str = "event-calls-not-refused";

    #[test]
    fn a_refusal_about_a_key_or_a_stream_fails() {
        let world = || World::new().stream(direct_put("s").key("k")).key(customer_key("k"));
        assert_eq!(world().event(event("PutKeyPolicy").of(&key_arn("k"))).region(ID).status, Status::Pass);
        assert_eq!(world().event(event("PutKeyPolicy").of(&key_arn("k")).refused()).region(ID).status, Status::Fail);
        assert_eq!(world().event(event("UpdateDestination").refused()).region(ID).status, Status::Fail);
        assert_eq!(world().event(event("PutKeyPolicy").of(&key_arn("x")).refused()).region(ID).status, Status::Pass);
        assert_eq!(world().events_denied().region(ID).status, Status::Unknown);
    }
}
