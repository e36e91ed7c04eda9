//! Is the key of the stream's source customer-managed?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, resting};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-source-customer-key",
    question: "Is the key of the stream's source customer-managed?",
    title: "A customer-managed key encrypts the source that the stream reads from",
    severity: Severity::Medium,
    why: "The key of the source is where such a stream's data can first be opened; the stream's own key is not asked.",
    decided: "DescribeKey says KeyManager CUSTOMER of the key that the Kinesis data stream or the MSK cluster names. \
              alias/aws/kinesis, and the keys of serverless clusters, are AWS's. A rule of the house; no framework \
              that is mapped here demands it.",
    blind: "The key of a database, which Firehose does not tell.",
    remedy: Remedy {
        what: "Encrypt the Kinesis data stream with a key of your own.",
        cli: r#"aws kinesis start-stream-encryption --stream-name "$SOURCE" --encryption-type KMS --key-id "$KEY""#,
        cloudformation: r#"Resources:
  Source:
    Type: AWS::Kinesis::Stream
    Properties:
      StreamEncryption:
        EncryptionType: KMS
        KeyId: {"Fn::GetAtt": [DataKey, Arn]}"#,
        terraform: r#"resource "aws_kinesis_stream" "source" {
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.data.arn
}"#,
    },
    reads: &[
        "firehose:DescribeDeliveryStream",
        "kinesis:DescribeStreamSummary",
        "kafka:DescribeClusterV2",
        "kms:DescribeKey",
        "kms:ListAliases",
    ],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let nothing = Ok(not_applicable("there is no source"));
    let rests = vec![resting::source(context, stream)?];
    resting::each(rests, nothing, |kept| kept.by_a_customers_key(context, &stream.account))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key, direct_put, kinesis};
    use crate::model::Status;

    const ID: &str = "stream-source-customer-key";

    #[test]
    fn describe_key_proves_it() {
        let of = |key, source| {
            let world = World::new().key(key).kinesis(source);
            world.stream(direct_put("s").reads("in")).of_stream(ID, "s").status
        };
        assert_eq!(of(customer_key("k"), kinesis("in").key("k")), Status::Pass);
        assert_eq!(of(aws_managed("k"), kinesis("in").key("k")), Status::Fail);
        assert_eq!(of(customer_key("k").denied(), kinesis("in").key("k")), Status::Unknown);
        assert_eq!(of(customer_key("k"), kinesis("in").key_named("alias/aws/kinesis")), Status::Fail);
        assert_eq!(of(customer_key("k"), kinesis("in").key_named("alias/own")), Status::Unknown);
        assert_eq!(of(customer_key("k"), kinesis("in")), Status::Fail);
        assert_eq!(of(customer_key("k"), kinesis("in").denied()), Status::Unknown);
    }

    #[test]
    fn without_a_source_there_is_nothing_to_ask() {
        assert_eq!(World::new().stream(direct_put("s")).of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
