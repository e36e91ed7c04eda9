//! Can one user or role both administer and use the key by its policy?

use super::{Check, Context, Judge, Remedy, Verdict, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-separates-duties",
    question: "Can one user or role both administer and use the key by its policy?",
    title: "The key policy lets no single user or role both administer and use the key",
    severity: Severity::Medium,
    why: "Who can read the data and also change who may read it has nobody to answer to.",
    decided: "For each user and role that the policy can mean: a critical administrative action (PutKeyPolicy, \
              ScheduleKeyDeletion, DisableKey, DisableKeyRotation, DeleteImportedKeyMaterial, UpdatePrimaryRegion) \
              and a cryptographic one, after the Denies.",
    blind: "What IAM policies add where the policy leaves the key to its account, and grants: see the matrix of \
            duties.",
    remedy: Remedy {
        what: "Give administration and use to different roles.",
        cli: policies::SEPARATED_CLI,
        cloudformation: policies::SEPARATED_CLOUDFORMATION,
        terraform: policies::SEPARATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let good = "no user or role both administers and uses the key by its policy";
    policies::judge(context, key, About::AdminAndUserOverlap, |e| e.admin_and_user_overlap, good)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-separates-duties";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k").policy(&[
                OWNER,
                &statement(
                    r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#,
                    r#"kms:PutKeyPolicy","kms:Decrypt"#,
                    "{}"
                )
            ])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }
}
