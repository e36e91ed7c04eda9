//! Is the key shared through Resource Access Manager?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-not-shared-by-ram",
    question: "Is the key shared through Resource Access Manager?",
    title: "Resource Access Manager shares the key with nobody beyond the expected accounts",
    severity: Severity::Medium,
    why: "A share of Resource Access Manager is a second policy that most tools do not read.",
    decided: "GetKeyPolicy of the policy AWS_RAM says that there is none; or there is one, and every account that \
              the two policies let in stands in expected.accounts.",
    blind: "Shares that are offered and not yet accepted.",
    remedy: Remedy {
        what: "Take the key out of the resource share, or write the account into expected.accounts once it has been agreed on.",
        cli: r#"aws ram disassociate-resource-share --resource-share-arn "$SHARE" --resource-arns "$KEY""#,
        cloudformation: r"# Take the key out of ResourceArns:
Resources:
  Share:
    Type: AWS::RAM::ResourceShare
    Properties:
      Name: shared
      ResourceArns: []",
        terraform: r#"# Remove the aws_ram_resource_association of the key:
resource "aws_ram_resource_share" "shared" {
  name                      = "shared"
  allow_external_principals = false
}"#,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let known = match policies::known(context, key)? {
        Ok(known) => known,
        Err(ruling) => return Ok(ruling),
    };
    let shared = key.ram_policy.as_ref()?;
    if shared.value.is_none() {
        return Ok(pass("Resource Access Manager does not share the key").seen(shared));
    }
    let expected = &context.settings.expected.accounts;
    let others: Vec<&str> =
        known.explained.cross_account.iter().filter(|id| !expected.contains(id)).map(String::as_str).collect();
    if !others.is_empty() {
        return Ok(known.cited(fail(format!("the key is shared; not expected: {}", others.join(", ")))));
    }
    if known.explained.cross_account_incomplete || known.explained.cross_account.is_empty() {
        return Err(known.open("the key is shared, and with whom is not understood"));
    }
    Ok(known.cited(pass(format!("shared with {}, as expected", known.explained.cross_account.join(", ")))))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-not-shared-by-ram";

    #[test]
    fn a_share_is_a_policy_of_its_own() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        let share = statement(r#"{"AWS":"arn:aws:iam::444455556666:root"}"#, "kms:Decrypt", "{}");
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).shared(&[&share])), Status::Fail);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
        let world = World::new().declared("[expected]\naccounts = [\"444455556666\"]");
        let world = world.key(customer_key("k").policy(&[OWNER]).shared(&[&share]));
        assert_eq!(world.of_key(ID, "k").status, Status::Pass);
    }
}
