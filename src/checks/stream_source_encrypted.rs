//! Are records encrypted at rest before the stream reads them?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, resting};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-source-encrypted",
    question: "Are records encrypted at rest before the stream reads them?",
    title: "The source that the stream reads from is encrypted at rest, with some key",
    severity: Severity::High,
    why: "A stream that reads from Kinesis or MSK keeps nothing at rest itself: its records rest in the source, and \
          are protected as the source protects them.",
    decided: "A Kinesis data stream says EncryptionType KMS; an MSK cluster names the key of its volumes, and AWS \
              encrypts those of a serverless one. How a database is encrypted Firehose does not tell. Direct PUT has \
              no source: see stream-sse-enabled.",
    blind: "Whose key it is: see stream-source-customer-key. Records that were there before encryption was started.",
    remedy: Remedy {
        what: "Start the encryption of the Kinesis data stream.",
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
        "kms:ListAliases",
    ],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let nothing = Ok(not_applicable("there is no source"));
    resting::each(vec![resting::source(context, stream)?], nothing, resting::Kept::encrypted)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, kinesis, msk};
    use crate::model::Status;
    use crate::model::stream::Source;

    const ID: &str = "stream-source-encrypted";

    #[test]
    fn the_source_stream_decides() {
        let of = |world: World| world.stream(direct_put("s").reads("in")).of_stream(ID, "s").status;
        assert_eq!(of(World::new().kinesis(kinesis("in").key("k"))), Status::Pass);
        assert_eq!(of(World::new().kinesis(kinesis("in"))), Status::Fail);
        assert_eq!(of(World::new().kinesis(kinesis("in").denied())), Status::Unknown);
        assert_eq!(of(World::new()), Status::Unknown);
    }

    #[test]
    fn every_cluster_is_encrypted_and_a_database_is_not_told() {
        let of = |world: World, source| world.stream(direct_put("s").source(source)).of_stream(ID, "s").status;
        let arn = || Source::Msk { arn: Some("arn:aws:kafka:eu-west-1:111122223333:cluster/c/1".to_owned()) };
        assert_eq!(of(World::new().msk(msk("c").key("k")), arn()), Status::Pass);
        assert_eq!(of(World::new().msk(msk("c")), arn()), Status::Pass);
        assert_eq!(of(World::new().msk(msk("c").denied()), arn()), Status::Unknown);
        assert_eq!(of(World::new(), Source::Database { endpoint: None }), Status::Unknown);
        assert_eq!(of(World::new(), Source::DirectPut), Status::NotApplicable);
        assert_eq!(of(World::new(), Source::Kinesis { arn: None }), Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
