//! Does the organization keep keys from being disabled or deleted?

use super::{Check, Context, Judge, Remedy, Verdict, guards};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "guard-keys-not-removed",
    question: "Does the organization keep keys from being disabled or deleted?",
    title: "Policies of the organization deny disabling keys and scheduling their deletion",
    severity: Severity::High,
    why: "Whoever administers a key can take it away, and with it everything that it encrypts. A guardrail leaves that to a few.",
    decided: "A service control policy, or for KMS a resource control policy, that is attached to the account, to a unit \
              that it is in (ListParents, up to the root) or to the root denies kms:DisableKey and kms:ScheduleKeyDeletion on all resources, without a condition or sparing some principals only. Where the \
              units above the account could not be read, policies of units leave it open, and so does every condition on \
              something else. Nothing binds the management account. An account of no organization is not \
              asked; from a member account the policies cannot be read, which is unknown and not none.",
    blind: guards::LIMIT,
    remedy: Remedy {
        what: "Attach a service control policy that denies it, from the management account.",
        cli: r#"POLICY=$(aws organizations create-policy --type SERVICE_CONTROL_POLICY --name guard-keys-not-removed --description "" --content \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["kms:DisableKey","kms:ScheduleKeyDeletion"],
  "Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"'"$BREAK_GLASS"'"}}}]}' \
  --query Policy.PolicySummary.Id --output text)
aws organizations attach-policy --policy-id "$POLICY" --target-id "$ACCOUNT""#,
        cloudformation: r#"Resources:
  Guardrail:
    Type: AWS::Organizations::Policy
    Properties:
      Name: guard-keys-not-removed
      Type: SERVICE_CONTROL_POLICY
      TargetIds: ["111122223333"]
      Content:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Action: ["kms:DisableKey", "kms:ScheduleKeyDeletion"], Resource: "*"}"#,
        terraform: r#"resource "aws_organizations_policy" "guardrail" {
  name = "guard-keys-not-removed"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["kms:DisableKey", "kms:ScheduleKeyDeletion"], Resource = "*" }]
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
    guards::judge(context, place, &["kms:DisableKey", "kms:ScheduleKeyDeletion"])
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, guardrail};
    use crate::model::Status;

    const ID: &str = "guard-keys-not-removed";
    const BOTH: &str = r#""kms:DisableKey","kms:ScheduleKeyDeletion""#;

    #[test]
    fn both_must_be_denied_where_the_account_is() {
        let of = |policies| World::new().guardrails(policies).region(ID).status;
        assert_eq!(of(vec![guardrail(BOTH)]), Status::Pass);
        assert_eq!(of(vec![guardrail(r#""kms:DisableKey""#)]), Status::Fail);
        assert_eq!(of(vec![guardrail(BOTH).on("111122223333")]), Status::Pass);
        assert_eq!(of(vec![guardrail(BOTH).on("444455556666")]), Status::Fail);
        assert_eq!(of(vec![guardrail(BOTH).on("ou-abcd-12345678")]), Status::Unknown);
        let within = |parents: &[&str]| {
            let world = World::new().guardrails(vec![guardrail(BOTH).on("ou-abcd-12345678")]);
            world.parents(parents).region(ID).status
        };
        assert_eq!(within(&["ou-abcd-99999999", "ou-abcd-12345678", "r-abcd"]), Status::Pass);
        assert_eq!(within(&["ou-abcd-99999999", "r-abcd"]), Status::Fail);
        assert_eq!(of(vec![guardrail(BOTH).of("111122223333")]), Status::Fail);
        assert_eq!(of(vec![guardrail(BOTH).resources()]), Status::Pass);
        assert_eq!(of(vec![]), Status::Fail);
    }

    #[test]
    fn what_was_not_read_is_open_and_no_organization_is_not_asked() {
        assert_eq!(World::new().region(ID).status, Status::Unknown);
        assert_eq!(World::new().guardrails(vec![guardrail(BOTH).text_denied()]).region(ID).status, Status::Unknown);
        assert_eq!(World::new().guardrails(vec![guardrail(BOTH).targets_denied()]).region(ID).status, Status::Unknown);
        assert_eq!(World::new().alone().region(ID).status, Status::NotApplicable);
    }
}
