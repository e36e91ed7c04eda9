//! Are the grants of the key limited to what they are for?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, resting};
use crate::model::finding::Severity;
use crate::model::key::{Grant, Key};

pub(super) const CHECK: Check = Check {
    id: "key-grants-limited",
    question: "Are the grants of the key limited to what they are for?",
    title: "Every grant of the key to a principal is bound to a context or a source, and no two are the same",
    severity: Severity::Medium,
    why: "A grant without a constraint opens whatever the key protects, and one that may make grants opens it to \
          others. Grants that nobody needs any more stay until somebody revokes them.",
    decided: "ListGrants: a grant whose grantee is not a service of AWS has an encryption context or a SourceArn among \
              its constraints, or allows nothing that opens data. The same grantee, operations and constraints twice \
              is a failure too. Grants are read of every customer-managed key of the account that \
              a stream or a hop around it names.",
    blind: "Whether the context is a good one, and who still needs the grant.",
    remedy: Remedy {
        what: "Revoke the grant, and make one with a constraint where it is needed.",
        cli: r#"aws kms revoke-grant --key-id "$KEY" --grant-id "$GRANT""#,
        cloudformation: "# Grants are no part of a template: revoke it by the command.",
        terraform: r#"resource "aws_kms_grant" "reader" {
  key_id            = aws_kms_key.stream.key_id
  grantee_principal = aws_iam_role.reader.arn
  operations        = ["Decrypt"]
  constraints {
    encryption_context_subset = { tenant = "acme" }
  }
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "kms:DescribeKey", "kms:ListGrants"],
    judge: Judge::EachKey(judge),
};

/// The operations of a grant that open or close data, or pass the right to do so on.
const OPEN: [&str; 6] =
    ["Decrypt", "GenerateDataKey", "GenerateDataKeyPair", "ReEncryptFrom", "CreateGrant", "DeriveSharedSecret"];

fn judge(_: &Context<'_>, key: &Key) -> Verdict {
    let grants = match &key.grants {
        Err(gap) => return resting::gap(gap),
        Ok(grants) => grants,
    };
    if grants.value.is_empty() {
        return Ok(not_applicable("the key has no grant").seen(grants));
    }
    let mut bad: Vec<String> =
        grants.value.iter().filter(|g| is_open(g)).map(|g| format!("grant {} has no constraint", g.id)).collect();
    for (i, grant) in grants.value.iter().enumerate() {
        if let Some(twin) = grants.value[..i].iter().find(|other| same(grant, other)) {
            bad.push(format!("grant {} is the same as {}", grant.id, twin.id));
        }
    }
    if bad.is_empty() {
        return Ok(pass(format!("all {} grants are limited", grants.value.len())).seen(grants));
    }
    let more = if bad.len() > 3 { format!("; and {} more", bad.len() - 3) } else { String::new() };
    bad.truncate(3);
    Ok(fail(format!("{}{more}", bad.join("; "))).seen(grants))
}

fn is_service(grant: &Grant) -> bool {
    grant.grantee.as_deref().is_some_and(|g| g.contains(".amazonaws.com"))
}

fn is_open(grant: &Grant) -> bool {
    let opens = grant.operations.iter().any(|o| OPEN.contains(&o.as_str()));
    !is_service(grant) && grant.context.is_empty() && grant.source_arn.is_none() && opens
}

/// Two grants of a service may be for two resources that they do not name.
fn same(a: &Grant, b: &Grant) -> bool {
    !is_service(a)
        && a.grantee == b.grantee
        && a.operations == b.operations
        && a.context == b.context
        && a.source_arn == b.source_arn
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, grant};
    use crate::model::Status;

    const ID: &str = "key-grants-limited";
    const APP: &str = "arn:aws:iam::111122223333:role/app";

    #[test]
    fn a_principal_needs_a_constraint_and_a_service_does_not() {
        let of = |grants| World::new().key(customer_key("k").grants(grants)).of_key(ID, "k").status;
        assert_eq!(of(vec![grant("firehose.amazonaws.com"), grant("firehose.amazonaws.com")]), Status::Pass);
        assert_eq!(of(vec![grant(APP)]), Status::Fail);
        let mut bound = grant(APP);
        bound.context.insert("tenant".to_owned(), "acme".to_owned());
        assert_eq!(of(vec![bound.clone()]), Status::Pass);
        assert_eq!(of(vec![bound.clone(), bound]), Status::Fail);
        let mut harmless = grant(APP);
        harmless.operations = vec!["DescribeKey".to_owned()];
        assert_eq!(of(vec![harmless]), Status::Pass);
    }

    #[test]
    fn without_grants_there_is_nothing_to_ask() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").grants(vec![])), Status::NotApplicable);
        assert_eq!(of(customer_key("k").grants_denied()), Status::Unknown);
    }
}
