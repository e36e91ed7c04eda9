//! Does every statement of the key policy do something?

use super::{Check, Context, Judge, Remedy, Verdict, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-statements-effective",
    question: "Does every statement of the key policy do something?",
    title: "Every statement of the key policy has an effect",
    severity: Severity::Low,
    why: "A statement that does nothing, such as one without Resource, is a rule that somebody believes in and \
          that AWS does not apply.",
    decided: "No statement is without effect: AWS ignores those without Resource, for another resource, or with \
              principals that stand for nobody.",
    blind: "Whether the effect is the one that was meant.",
    remedy: Remedy {
        what: "Mend or remove the statement; a missing Resource becomes the star.",
        cli: policies::DELEGATED_CLI,
        cloudformation: policies::DELEGATED_CLOUDFORMATION,
        terraform: policies::DELEGATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    policies::remark(context, key, About::StatementWithoutEffect, "every statement has an effect")
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key};
    use crate::model::Status;

    const ID: &str = "key-policy-statements-effective";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k")
                .policy(&[OWNER, r#"{"Sid":"Deny","Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy"}"#])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }
}
