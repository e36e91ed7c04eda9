//! Does the key policy still name somebody who has been deleted?

use super::{Check, Context, Judge, Remedy, Verdict, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-no-deleted-principals",
    question: "Does the key policy still name somebody who has been deleted?",
    title: "The key policy names no principal that has been deleted",
    severity: Severity::Low,
    why: "AWS shows a deleted user or role by its unique id; such entries show that nobody reviews who may use \
          the key.",
    decided: "No statement names a unique id (AIDA…, AROA…) as a principal.",
    blind: "Principals that exist and should not, and roles that were made anew under the same name.",
    remedy: Remedy {
        what: "Take the id out of the policy.",
        cli: policies::DELEGATED_CLI,
        cloudformation: policies::DELEGATED_CLOUDFORMATION,
        terraform: policies::DELEGATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    policies::remark(
        context,
        key,
        About::DeletedPrincipal,
        "every principal of the policy is named by what it is called",
    )
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-no-deleted-principals";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k")
                .policy(&[OWNER, &statement(r#"{"AWS":"AROAEXAMPLEEXAMPLE123"}"#, "kms:Decrypt", "{}")])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }
}
