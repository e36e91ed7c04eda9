//! Does anyone but the owner's account have too much of the key at once?

use super::{Check, Context, Judge, Remedy, Verdict, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-not-broad",
    question: "Does anyone but the owner's account have too much of the key at once?",
    title: "The key policy gives nobody everything, no whole account direct use, and no service use for anyone",
    severity: Severity::High,
    why: "Somebody who holds all of a key can use it, give it away and destroy it; a service that acts for \
          anyone is a way around its owner.",
    decided: "Broad is: public; kms:*, * or NotAction to anyone but the owner's account, with administration and \
              use both left after the Denies; a whole account or organization with direct use; a service with use \
              and no source (docs/key-policies.md).",
    blind: "What grants give, what the IAM policies of the accounts let in do, and what organization policies \
            take away.",
    remedy: Remedy {
        what: "Name the actions that each principal needs, and bind services by aws:SourceAccount or aws:SourceArn.",
        cli: policies::SEPARATED_CLI,
        cloudformation: policies::SEPARATED_CLOUDFORMATION,
        terraform: policies::SEPARATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let good = "nobody but the owner's account has every action, and every use is bound to somebody";
    policies::judge(context, key, About::Broad, |e| e.broad, good)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-not-broad";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k")
                .policy(&[OWNER, &statement(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, "kms:*", "{}")])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }
}
