//! Does the organization keep encryption from being stopped?

use super::{Check, Context, Judge, Remedy, Verdict, guards};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "guard-encryption-not-stopped",
    question: "Does the organization keep encryption from being stopped?",
    title: "A policy of the organization denies stopping the encryption of streams",
    severity: Severity::Medium,
    why: "One call stops the encryption of a stream, and records are kept in the clear of its key from then on. A guardrail stops whoever has the permission.",
    decided: "A service control policy, or for KMS a resource control policy, that is attached to the account, to a unit \
              that it is in (ListParents, up to the root) or to the root denies firehose:StopDeliveryStreamEncryption on all resources, without a condition or sparing some principals only. Where the \
              units above the account could not be read, policies of units leave it open, and so does every condition on \
              something else. Nothing binds the management account. An account of no organization is not \
              asked; from a member account the policies cannot be read, which is unknown and not none.",
    blind: guards::LIMIT,
    remedy: Remedy {
        what: "Attach a service control policy that denies it, from the management account.",
        cli: r#"POLICY=$(aws organizations create-policy --type SERVICE_CONTROL_POLICY --name guard-encryption-not-stopped --description "" --content \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["firehose:StopDeliveryStreamEncryption"],
  "Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"'"$BREAK_GLASS"'"}}}]}' \
  --query Policy.PolicySummary.Id --output text)
aws organizations attach-policy --policy-id "$POLICY" --target-id "$ACCOUNT""#,
        cloudformation: r#"Resources:
  Guardrail:
    Type: AWS::Organizations::Policy
    Properties:
      Name: guard-encryption-not-stopped
      Type: SERVICE_CONTROL_POLICY
      TargetIds: ["111122223333"]
      Content:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Action: ["firehose:StopDeliveryStreamEncryption"], Resource: "*"}"#,
        terraform: r#"resource "aws_organizations_policy" "guardrail" {
  name = "guard-encryption-not-stopped"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["firehose:StopDeliveryStreamEncryption"], Resource = "*" }]
  })
}"#,
    },
    reads: &[
        "organizations:ListPolicies",
        "organizations:DescribePolicy",
        "organizations:ListTargetsForPolicy",
        "organizations:ListParents",
    ],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    guards::judge(context, place, &["firehose:StopDeliveryStreamEncryption"])
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, guardrail};
    use crate::model::Status;

    const ID: &str = "guard-encryption-not-stopped";

    #[test]
    fn a_service_control_policy_must_deny_it() {
        let of = |policies| World::new().guardrails(policies).region(ID).status;
        assert_eq!(of(vec![guardrail(r#""firehose:StopDeliveryStreamEncryption""#)]), Status::Pass);
        assert_eq!(of(vec![guardrail(r#""firehose:*""#)]), Status::Pass);
        assert_eq!(of(vec![guardrail(r#""firehose:*""#).resources()]), Status::Fail);
        assert_eq!(of(vec![guardrail(r#""kms:*""#)]), Status::Fail);
        assert_eq!(World::new().region(ID).status, Status::Unknown);
        assert_eq!(World::new().alone().region(ID).status, Status::NotApplicable);
    }
}
