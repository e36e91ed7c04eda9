//! Which accounts and organizations beside the owner does the key policy let in, and are they expected?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::policy::About;

pub(super) const CHECK: Check = Check {
    id: "key-policy-accounts-expected",
    question: "Which accounts and organizations beside the owner does the key policy let in, and are they expected?",
    title: "The key policy lets in no other account or organization than the expected ones",
    severity: Severity::High,
    why: "Whoever may use the key from another account can read what it protects; nobody may be there whom \
          nobody agreed on.",
    decided: "Both policies of the key are evaluated for the accounts and organizations that they name or open up; \
              each must stand in expected.accounts of keywitness.toml.",
    blind: "What the other account does with its permission, grants, and accounts within an organization that is \
            let in as a whole.",
    remedy: Remedy {
        what: "Take the account out of the policy, or write it into expected.accounts once it has been agreed on.",
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
    let found = &known.explained.cross_account;
    let expected = &context.settings.expected.accounts;
    let others: Vec<&str> = found.iter().filter(|id| !expected.contains(id)).map(String::as_str).collect();
    if !others.is_empty() {
        let why = policies::because(known.explained, About::CrossAccount);
        return Ok(
            known.cited(fail(format!("lets in {}, which expected.accounts does not name: {why}", others.join(", "))))
        );
    }
    if known.explained.cross_account_incomplete {
        return Err(known.open(policies::because(known.explained, About::CrossAccount)));
    }
    known.complete(pass(if found.is_empty() {
        "no other account or organization is let in".to_owned()
    } else {
        format!("lets in {}, as expected", found.join(", "))
    }))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-policy-accounts-expected";

    #[test]
    fn the_policy_decides_and_an_unread_one_does_not() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[OWNER])), Status::Pass);
        assert_eq!(
            of(customer_key("k")
                .policy(&[OWNER, &statement(r#"{"AWS":"arn:aws:iam::444455556666:root"}"#, "kms:Decrypt", "{}")])),
            Status::Fail
        );
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").policy(&[OWNER]).ram_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }

    #[test]
    fn an_account_that_was_agreed_on_passes() {
        let other = statement(r#"{"AWS":"arn:aws:iam::444455556666:root"}"#, "kms:Decrypt", "{}");
        let world = World::new().declared("[expected]\naccounts = [\"444455556666\"]");
        let world = world.key(customer_key("k").policy(&[OWNER, &other]));
        assert_eq!(world.of_key(ID, "k").status, Status::Pass);
    }
}
