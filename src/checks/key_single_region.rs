//! Does the key exist in one Region only?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::key::MultiRegion;

pub(super) const CHECK: Check = Check {
    id: "key-single-region",
    question: "Does the key exist in one Region only?",
    title: "The key is a key of one Region",
    severity: Severity::Low,
    why: "The material of a multi-Region key exists in every Region with a replica; each replica has a policy \
          of its own.",
    decided: "DescribeKey gives no MultiRegionConfiguration.",
    blind: "Whether replicas are wanted; where they are, an approved exception says so.",
    remedy: Remedy {
        what: "Use a key of one Region; a multi-Region key cannot become one.",
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

fn judge(_: &Context<'_>, key: &Key) -> Verdict {
    let facts = key.facts.as_ref()?;
    Ok(match facts.value.multi_region {
        MultiRegion::No => pass("the key exists in this Region only"),
        MultiRegion::Primary => fail("the key is the primary of a multi-Region key: its material may exist elsewhere"),
        MultiRegion::Replica => fail("the key is a replica: its material exists in other Regions too"),
    }
    .seen(facts))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;

    const ID: &str = "key-single-region";
    use crate::model::key::MultiRegion;

    #[test]
    fn primary_and_replica_fail() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k")), Status::Pass);
        assert_eq!(of(customer_key("k").multi_region(MultiRegion::Primary)), Status::Fail);
        assert_eq!(of(customer_key("k").multi_region(MultiRegion::Replica)), Status::Fail);
        assert_eq!(of(customer_key("k").denied()), Status::Unknown);
    }
}
