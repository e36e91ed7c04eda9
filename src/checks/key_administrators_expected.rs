//! Who may delete or disable the key or change its policy, and are they expected?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, policies};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::settings::glob;

pub(super) const CHECK: Check = Check {
    id: "key-administrators-expected",
    question: "Who may delete or disable the key or change its policy, and are they expected?",
    title: "Only the expected administrators can delete or disable the key or change its policy",
    severity: Severity::High,
    why: "Whoever holds one of these actions can end the data or open it.",
    decided: "Every principal that the policies give a critical administrative action must match \
              expected.administrators of keywitness.toml. Where the owner's account as a whole is given such an \
              action, its IAM policies decide, and the answer is unknown.",
    blind: "Grants cannot administer; organization policies may take more away.",
    remedy: Remedy {
        what: "Name the administrators in the policy, give the account as a whole reads only, and write them into \
               expected.administrators.",
        cli: policies::SEPARATED_CLI,
        cloudformation: policies::SEPARATED_CLOUDFORMATION,
        terraform: policies::SEPARATED_TERRAFORM,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let known = match policies::known(context, key)? {
        Ok(known) => known,
        Err(ruling) => return Ok(ruling),
    };
    let expected = &context.settings.expected.administrators;
    let holders: Vec<_> = known.explained.holders.iter().filter(|h| !h.administers.is_empty()).collect();
    let named = |delegated: bool| {
        let some =
            holders.iter().filter(|h| h.delegated == delegated && !expected.iter().any(|e| glob(e, &h.principal)));
        some.map(|h| format!("{} ({})", h.principal, h.administers.join(", "))).collect::<Vec<_>>()
    };
    let (others, accounts) = (named(false), named(true));
    if !expected.is_empty() && !others.is_empty() && holders.iter().all(|h| h.certain) {
        return Ok(known.cited(fail(format!("not expected: {}", others.join("; ")))));
    }
    if expected.is_empty() {
        let all: Vec<&str> = holders.iter().map(|h| h.principal.as_str()).collect();
        return Err(known.open(format!(
            "no administrators are declared: set expected.administrators in keywitness.toml; found: {}",
            if all.is_empty() { "nobody".to_owned() } else { all.join(", ") }
        )));
    }
    if !accounts.is_empty() {
        return Err(known.open(format!("IAM policies decide who of these may administer: {}", accounts.join("; "))));
    }
    if !others.is_empty() || !known.explained.whole {
        return Err(known.open(format!("perhaps not expected: {}", others.join("; "))));
    }
    known.complete(pass(format!("{} administrators, all expected", holders.len())))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, statement};
    use crate::model::Status;

    const ID: &str = "key-administrators-expected";

    #[test]
    fn administrators_are_those_that_were_declared() {
        let world = || World::new().declared("[expected]\nadministrators = [\"arn:aws:iam::111122223333:role/Key*\"]");
        let keeper = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/KeyKeeper"}"#, "kms:PutKeyPolicy", "{}");
        let other = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, "kms:DisableKey", "{}");
        let of = |key| world().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").policy(&[&keeper])), Status::Pass);
        assert_eq!(of(customer_key("k").policy(&[&keeper, &other])), Status::Fail);
        assert_eq!(of(customer_key("k").policy(&[&keeper, OWNER])), Status::Unknown);
        // Who reads through IAM administers nothing.
        let reads = statement(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "kms:Describe*", "{}");
        assert_eq!(of(customer_key("k").policy(&[&keeper, &reads])), Status::Pass);
        assert_eq!(of(customer_key("k").policy_denied()), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
        assert_eq!(World::new().key(customer_key("k").policy(&[&keeper])).of_key(ID, "k").status, Status::Unknown);
    }
}
