//! Can somebody who is no administrator of the key give it on to anyone?

use super::{Check, Context, Judge, Remedy, Verdict, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-grants-limited",
    question: "Can somebody who is no administrator of the key give it on to anyone?",
    title: "The key policy lets only administrators create grants without a limit",
    severity: Severity::Medium,
    why: "A grant is a permission that no policy shows; whoever can create any grant can let in anyone.",
    decided: "A statement that allows kms:CreateGrant to a principal without administrative actions must have a \
              condition on kms:GrantIsForAWSResource or kms:GrantOperations.",
    blind: "Grants that exist already, and what IAM policies allow where the policy leaves the key to its \
            account.",
    remedy: Remedy {
        what: "Add the condition kms:GrantIsForAWSResource to the statement, or take kms:CreateGrant out of it.",
        cli: r#"aws kms put-key-policy --key-id "$KEY" --policy-name default --policy \
  '{"Version":"2012-10-17","Statement":[
  {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"},
  {"Sid":"GrantsForServices","Effect":"Allow","Principal":{"AWS":"'"$DELIVERY_ROLE"'"},"Action":"kms:CreateGrant",
   "Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}]}'"#,
        cloudformation: r#"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Account
            Effect: Allow
            Principal: {AWS: {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
            Action: "kms:*"
            Resource: "*"
          - Sid: GrantsForServices
            Effect: Allow
            Principal: {AWS: {"Fn::GetAtt": [DeliveryRole, Arn]}}
            Action: kms:CreateGrant
            Resource: "*"
            Condition: {Bool: {"kms:GrantIsForAWSResource": "true"}}"#,
        terraform: r#"data "aws_iam_policy_document" "key" {
  statement {
    sid       = "GrantsForServices"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.delivery.arn]
    }
    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

resource "aws_kms_key_policy" "stream" {
  key_id = aws_kms_key.stream.id
  policy = data.aws_iam_policy_document.key.json
}"#,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    policies::remark(
        context,
        key,
        About::UnlimitedGrants,
        "nobody but administrators can create grants without a limit",
    )
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-grants-limited";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k").policy(&[
                OWNER,
                &statement(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, "kms:CreateGrant", "{}")
            ])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }

    #[test]
    fn grants_for_aws_resources_are_limited() {
        let condition = r#"{"Bool":{"kms:GrantIsForAWSResource":"true"}}"#;
        let limited = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, "kms:CreateGrant", condition);
        let world = World::new().key(customer_key("k").policy(&[OWNER, &limited]));
        assert_eq!(world.of_key(ID, "k").status, Status::Pass);
    }
}
