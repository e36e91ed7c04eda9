//! Will imported key material end by itself soon?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::key::{Expiry, Origin};
use crate::model::time;

/// Imports the material in the file `$MATERIAL`, wrapped by the key that KMS gives for it.
pub(super) const IMPORT: &str = r#"PARAMETERS=$(aws kms get-parameters-for-import --key-id "$KEY" --wrapping-algorithm RSAES_OAEP_SHA_256 \
  --wrapping-key-spec RSA_4096 --query "[PublicKey,ImportToken]" --output text)
printf %s "${PARAMETERS%%[[:space:]]*}" | openssl base64 -d -A > wrapping.der
printf %s "${PARAMETERS##*[[:space:]]}" | openssl base64 -d -A > token.bin
openssl pkeyutl -encrypt -pubin -keyform DER -inkey wrapping.der -in "$MATERIAL" -out material.bin \
  -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
aws kms import-key-material --key-id "$KEY" --encrypted-key-material fileb://material.bin \
  --import-token fileb://token.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE"#;

pub(super) const CHECK: Check = Check {
    id: "key-material-not-expiring",
    question: "Will imported key material end by itself soon?",
    title: "Imported key material does not expire within 90 days",
    severity: Severity::High,
    why: "When imported material expires, KMS deletes it at once; the stream drops its records after 24 hours, \
          and what was written cannot be read until the same material is imported again.",
    decided: "For a key of origin EXTERNAL, DescribeKey says ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE, or a \
              ValidTo that is at least 90 days after the run.",
    blind: "Whether somebody still has the material, and is going to import it in time.",
    remedy: Remedy {
        what: "Import the same material again with a later end, or without one; $MATERIAL is the file that holds its bytes.",
        cli: IMPORT,
        cloudformation: "# CloudFormation cannot import key material: use the commands.",
        terraform: r#"resource "aws_kms_external_key" "stream" {
  # Without valid_to the material does not expire.
  key_material_base64 = var.key_material
}"#,
    },
    reads: &["kms:DescribeKey"],
    judge: Judge::EachKey(judge),
};

/// How long before its end somebody should be at work.
const NOTICE_DAYS: i64 = 90;

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let facts = key.facts.as_ref()?;
    let origin = facts.value.origin.as_ref()?;
    if origin.value != Origin::External {
        let told = format!("material of origin {} does not expire", origin.value.word());
        return Ok(not_applicable(told).seen(origin));
    }
    match facts.value.material {
        None => Err(unknown("AWS does not say whether the imported material expires").seen(origin)),
        Some(Expiry::Never) => Ok(pass("the imported material does not expire").seen(facts)),
        Some(Expiry::On(end)) => {
            let days = (end - context.snapshot.run.ended).num_days();
            let told = format!("the imported material expires on {}, {days} days after the run", time::day(end));
            Ok(if days < NOTICE_DAYS { fail(told) } else { pass(told) }.seen(facts))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;

    const ID: &str = "key-material-not-expiring";
    use crate::model::key::Origin;

    #[test]
    fn imported_material_is_judged_by_its_end() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        let imported = || customer_key("k").origin(Origin::External);
        assert_eq!(of(imported().expires_in(100)), Status::Pass);
        assert_eq!(of(imported().expires_in(89)), Status::Fail);
        assert_eq!(of(imported().never_expires()), Status::Pass);
        assert_eq!(of(imported()), Status::Unknown);
        assert_eq!(of(customer_key("k")), Status::NotApplicable);
        assert_eq!(of(customer_key("k").denied()), Status::Unknown);
    }
}
