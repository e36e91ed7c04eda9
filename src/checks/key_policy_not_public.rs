//! Can principals of arbitrary accounts do something with the key?

use super::{Check, Context, Judge, Remedy, Verdict, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-not-public",
    question: "Can principals of arbitrary accounts do something with the key?",
    title: "The key policy lets in nobody from an account that it does not name",
    severity: Severity::Critical,
    why: "A key that anyone may use protects nothing; one that anyone may administer can be taken away.",
    decided: "Both policies of the key (default and AWS_RAM) are evaluated for a caller from an account and an \
              organization that they do not name. Conditions and Denies count by what they do; only fixed values \
              of identity keys keep an outsider out (docs/key-policies.md).",
    blind: "What grants give, what the IAM policies of the accounts let in do, and what organization policies \
            take away.",
    remedy: Remedy {
        what: "Put a policy in force that names who may use the key. Try it first: keywitness policy explain FILE \
               --key-arn ARN.",
        cli: policies::DELEGATED_CLI,
        cloudformation: policies::DELEGATED_CLOUDFORMATION,
        terraform: policies::DELEGATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let good = "nobody outside the accounts that the policy names can do anything with the key";
    policies::judge(context, key, About::Public, |e| e.public, good)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-not-public";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k")
                .policy(&[OWNER, r#"{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }

    #[test]
    fn a_condition_that_does_not_say_who_calls_keeps_nobody_out() {
        let via =
            statement("\"*\"", "kms:Decrypt", r#"{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#);
        let world = World::new().key(customer_key("k").policy(&[OWNER, &via]));
        assert_eq!(world.of_key(ID, "k").status, Status::Fail);
        let pinned = statement("\"*\"", "kms:Decrypt", r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#);
        let world = World::new().key(customer_key("k").policy(&[OWNER, &pinned]));
        assert_eq!(world.of_key(ID, "k").status, Status::Pass);
    }
}
