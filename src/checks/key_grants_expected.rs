//! Are the grants of the key for expected accounts only?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, not_applicable, pass, resting, unknown};
use crate::model::finding::Severity;
use crate::model::key::{Grant, Key};
use crate::model::names::Arn;

pub(super) const CHECK: Check = Check {
    id: "key-grants-expected",
    question: "Are the grants of the key for expected accounts only?",
    title: "No grant of the key lets in, or was made by, an account that is not expected",
    severity: Severity::High,
    why: "A grant is a permission beside all policies. A policy that lets nobody in says nothing of it.",
    decided: "ListGrants: grantee, retiring principal and issuing account of every grant are services of AWS, of the \
              key's own account, or of one in expected.accounts of keywitness.toml. Grants are read of every \
              customer-managed key of the account that a stream or a hop around it names.",
    blind: "Which of the expected accounts' principals need theirs.",
    remedy: Remedy {
        what: "Revoke the grant, or declare the account if it was agreed on.",
        cli: r#"aws kms revoke-grant --key-id "$KEY" --grant-id "$GRANT""#,
        cloudformation: "# Grants are no part of a template: revoke it by the command.",
        terraform: "# Remove the aws_kms_grant, or revoke a grant that was made by hand by the command.",
    },
    reads: &["firehose:DescribeDeliveryStream", "kms:DescribeKey", "kms:ListGrants"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let grants = match &key.grants {
        Err(gap) => return resting::gap(gap),
        Ok(grants) => grants,
    };
    if grants.value.is_empty() {
        return Ok(not_applicable("the key has no grant").seen(grants));
    }
    let owner = Arn::parse(&key.arn).map(|a| a.account.to_owned()).unwrap_or_default();
    let expected = |account: &str| account == owner || context.settings.expected.accounts.iter().any(|e| e == account);
    let mut strange = Vec::new();
    let mut odd = Vec::new();
    for grant in &grants.value {
        match foreign(grant, &expected) {
            Ok(None) => {}
            Ok(Some(who)) => strange.push(format!("grant {} ({who})", grant.id)),
            Err(what) => odd.push(format!("grant {} ({what})", grant.id)),
        }
    }
    let cited = |ruling: Ruling| ruling.seen(grants);
    if !strange.is_empty() {
        return Ok(cited(fail(format!("accounts that are not expected: {}", strange.join(", ")))));
    }
    if !odd.is_empty() {
        return Err(unknown(format!("of whom this program cannot say whose they are: {}", odd.join(", "))).seen(grants));
    }
    Ok(cited(pass(format!("all {} grants are of the account, or expected", grants.value.len()))))
}

/// The party of a grant that is not expected; an error for one that is not understood.
fn foreign<'g>(grant: &'g Grant, expected: &dyn Fn(&str) -> bool) -> Result<Option<&'g str>, &'g str> {
    for party in [&grant.grantee, &grant.retiring, &grant.issuer].into_iter().flatten() {
        let account = match Arn::parse(party) {
            Some(arn) => arn.account.to_owned(),
            None if party.ends_with(".amazonaws.com") || party.ends_with(".amazonaws.com.cn") => continue,
            None if party.len() == 12 && party.bytes().all(|b| b.is_ascii_digit()) => party.clone(),
            None => return Err(party),
        };
        if !expected(&account) {
            return Ok(Some(party));
        }
    }
    if grant.grantee.is_none() { Err("it names no grantee") } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, grant};
    use crate::model::Status;

    const ID: &str = "key-grants-expected";

    #[test]
    fn every_party_must_be_expected() {
        let of = |who: &str| World::new().key(customer_key("k").grants(vec![grant(who)])).of_key(ID, "k").status;
        assert_eq!(of("firehose.amazonaws.com"), Status::Pass);
        assert_eq!(of("arn:aws:iam::111122223333:role/app"), Status::Pass);
        assert_eq!(of("arn:aws:iam::444455556666:role/app"), Status::Fail);
        assert_eq!(of("AROAEXAMPLE"), Status::Unknown);
        let agreed = World::new().declared("[expected]\naccounts = [\"444455556666\"]");
        let key = customer_key("k").grants(vec![grant("arn:aws:iam::444455556666:role/app")]);
        assert_eq!(agreed.key(key).of_key(ID, "k").status, Status::Pass);
    }

    #[test]
    fn without_grants_there_is_nothing_to_ask() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").grants(vec![])), Status::NotApplicable);
        assert_eq!(of(customer_key("k").grants_denied()), Status::Unknown);
    }
}
