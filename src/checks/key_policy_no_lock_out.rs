//! Can the owner's account always get back to the key?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::{About, Answer};

pub(super) const CHECK: Check = Check {
    id: "key-policy-no-lock-out",
    question: "Can the owner's account always get back to the key?",
    title: "The key policy names the owner's account, so that its administrators cannot lock themselves out",
    severity: Severity::Medium,
    why: "Where the account is not named, whoever loses the named principals loses the key and everything \
          under it; only AWS Support can help then.",
    decided: "A statement gives something to the owner's account as such (its root ARN or bare id).",
    blind: "Whether anybody in the account holds the IAM permission, and whether that is more than it should be.",
    remedy: Remedy {
        what: "Add the statement for the account, which leaves the key to its IAM policies.",
        cli: policies::DELEGATED_CLI,
        cloudformation: policies::DELEGATED_CLOUDFORMATION,
        terraform: policies::DELEGATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let known = match policies::known(context, key)? {
        Ok(known) => known,
        Err(ruling) => return Ok(ruling),
    };
    let why = policies::because(known.explained, About::DelegatesToIam);
    match known.explained.delegates_to_iam {
        Answer::Yes => Ok(known.cited(pass(why))),
        // The policy of Resource Access Manager names other accounts only, so the one that was read decides.
        Answer::No => Ok(known.cited(fail(why))),
        Answer::Unknown => Err(known.open(why)),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-no-lock-out";

    #[test]
    fn the_account_must_be_named() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        let role = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, "kms:*", "{}");
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(of(customer_key("k").policy(&[&role])), Status::Fail);
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }
}
