//! Where does the key's material come from, and is that expected?

use super::{Check, Context, Judge, Remedy, Verdict, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::key::Origin;

pub(super) const CHECK: Check = Check {
    id: "key-origin-expected",
    question: "Where does the key's material come from, and is that expected?",
    title: "The key's material was made by KMS, or has an origin that is expected",
    severity: Severity::Low,
    why: "Imported material and outside key stores are somebody's duty: to keep a copy, to stay reachable, to \
          renew. Where nobody expects them, nobody does it.",
    decided: "DescribeKey says Origin AWS_KMS, or an origin that stands in expected.key_origins of \
              keywitness.toml.",
    blind: "Where the imported material came from and who else has it. No origin makes data unreadable to a \
            service that works for its owner.",
    remedy: Remedy {
        what: "Use a key whose material KMS makes, or write the origin into expected.key_origins once somebody owns \
               its upkeep.",
        cli: r#"KEY=$(aws kms create-key --tags TagKey=owner,TagValue="$OWNER" --query KeyMetadata.Arn --output text)
aws firehose start-delivery-stream-encryption --delivery-stream-name "$STREAM" \
  --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$KEY""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: DirectPut
      DeliveryStreamEncryptionConfigurationInput:
        KeyType: CUSTOMER_MANAGED_CMK
        KeyARN: {"Fn::GetAtt": [StreamKey, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.stream.arn
  }
}"#,
    },
    reads: &["kms:DescribeKey"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let origin = key.facts.as_ref()?.value.origin.as_ref()?;
    let word = origin.value.word();
    if origin.value == Origin::AwsKms {
        return Ok(pass("KMS made the key's material").seen(origin));
    }
    if context.settings.expected.key_origins.iter().any(|o| o == word) {
        return Ok(pass(format!("the key's material is of origin {word}, as expected")).seen(origin));
    }
    let told =
        format!("the key's material is of origin {word}: set expected.key_origins in keywitness.toml if that is meant");
    Err(unknown(told).seen(origin))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;

    const ID: &str = "key-origin-expected";
    use crate::model::key::Origin;

    #[test]
    fn another_origin_must_be_expected() {
        assert_eq!(World::new().key(customer_key("k")).of_key(ID, "k").status, Status::Pass);
        let imported = || customer_key("k").origin(Origin::External);
        assert_eq!(World::new().key(imported()).of_key(ID, "k").status, Status::Unknown);
        let world = World::new().declared("[expected]\nkey_origins = [\"EXTERNAL\"]").key(imported());
        assert_eq!(world.of_key(ID, "k").status, Status::Pass);
        assert_eq!(World::new().key(customer_key("k").denied()).of_key(ID, "k").status, Status::Unknown);
    }
}
