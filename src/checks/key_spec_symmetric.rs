//! Is the key one that Firehose can use?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-spec-symmetric",
    question: "Is the key one that Firehose can use?",
    title: "The key is symmetric and meant for encryption",
    severity: Severity::High,
    why: "Firehose, S3 and Kinesis encrypt with symmetric keys only; another spec cannot protect a stream.",
    decided: "DescribeKey says KeySpec SYMMETRIC_DEFAULT and KeyUsage ENCRYPT_DECRYPT.",
    blind: "Whether policies and grants let the stream use the key.",
    remedy: Remedy {
        what: "Make a symmetric key and start the stream's encryption with it; the spec of a key cannot be changed.",
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
    let facts = &key.facts.as_ref()?.value;
    let (spec, usage) = (facts.spec.as_ref()?, facts.usage.as_ref()?);
    let told = format!("spec {}, usage {}", spec.value, usage.value);
    let fits = spec.value == "SYMMETRIC_DEFAULT" && usage.value == "ENCRYPT_DECRYPT";
    Ok(if fits { pass(told) } else { fail(told) }.seen(spec).seen(usage))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;

    const ID: &str = "key-spec-symmetric";

    #[test]
    fn only_symmetric_keys_pass() {
        assert_eq!(World::new().key(customer_key("k")).of_key(ID, "k").status, Status::Pass);
        assert_eq!(World::new().key(customer_key("k").spec("RSA_2048")).of_key(ID, "k").status, Status::Fail);
        assert_eq!(World::new().key(customer_key("k").denied()).of_key(ID, "k").status, Status::Unknown);
    }
}
