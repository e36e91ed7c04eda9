//! Can the keys of what the stream delivers be used now?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, resting};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-destination-key-usable",
    question: "Can the keys of what the stream delivers be used now?",
    title: "Every key of KMS that encrypts what the stream delivers, or its source, exists and is enabled",
    severity: Severity::Critical,
    why: "When such a key is disabled or gone, Firehose can neither write nor read; it waits for up to 24 hours and \
          then drops the records. What lies in the bucket cannot be read any more.",
    decided: "DescribeKey says KeyState Enabled of each key: of S3 structures and backups, of buckets' defaults, of \
              Redshift clusters, OpenSearch domains and collections, the buckets of Iceberg tables, and of a Kinesis or MSK source. A key that KMS does not find is a failure. Keys that \
              AWS owns are AWS's to keep.",
    blind: "Whether policies and grants let Firehose use it: see stream-role-can-use-keys.",
    remedy: Remedy {
        what: "Enable the key, cancel its deletion, or name another key.",
        cli: r#"aws kms cancel-key-deletion --key-id "$KEY"   # only where deletion is pending
aws kms enable-key --key-id "$KEY""#,
        cloudformation: r"Resources:
  DataKey:
    Type: AWS::KMS::Key
    Properties:
      Enabled: true",
        terraform: r#"resource "aws_kms_key" "data" {
  is_enabled = true
}"#,
    },
    reads: &[
        "firehose:DescribeDeliveryStream",
        "kms:DescribeKey",
        "kms:ListAliases",
        "s3:GetBucketEncryption",
        "redshift:DescribeClusters",
        "es:DescribeDomain",
        "aoss:BatchGetCollection",
        "glue:GetTable",
        "kinesis:DescribeStreamSummary",
        "kafka:DescribeClusterV2",
    ],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let mut rests = resting::in_s3(context, stream, resting::ALL)?;
    let deliveries = stream.deliveries.as_ref()?;
    rests.extend(deliveries.value.iter().flat_map(|d| resting::stores(context, stream, d)));
    rests.push(resting::source(context, stream)?);
    let nothing = Ok(not_applicable("no key of KMS is named").seen(deliveries));
    resting::each(rests, nothing, |kept| kept.usable(context, &stream.account))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, customer_key, direct_put, kinesis, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;
    use crate::model::key::KeyState;

    const ID: &str = "stream-destination-key-usable";

    fn s3() -> crate::checks::tests::StreamMaker {
        direct_put("s").delivers(to(DestinationKind::ExtendedS3).key("d"))
    }

    #[test]
    fn the_state_of_each_key_decides() {
        let of = |key| World::new().key(key).stream(s3()).of_stream(ID, "s").status;
        assert_eq!(of(customer_key("d")), Status::Pass);
        assert_eq!(of(customer_key("d").state(KeyState::PendingDeletion)), Status::Fail);
        assert_eq!(of(customer_key("d").vanished()), Status::Fail);
        assert_eq!(of(customer_key("d").state(KeyState::Creating)), Status::Unknown);
        assert_eq!(of(customer_key("d").denied()), Status::Unknown);
        assert_eq!(of(customer_key("another")), Status::Unknown);
    }

    #[test]
    fn a_key_of_the_source_or_a_backup_counts() {
        let world = || World::new().key(customer_key("d")).key(customer_key("x").state(KeyState::Disabled));
        let backed = direct_put("s").delivers(to(DestinationKind::ExtendedS3).key("d").backup(Some("x")));
        assert_eq!(world().stream(backed).of_stream(ID, "s").status, Status::Fail);
        let read = world().kinesis(kinesis("in").key("x")).stream(s3().reads("in"));
        let found = read.of_stream(ID, "s");
        assert_eq!(found.status, Status::Fail);
        assert!(found.reason.contains("stream/in"), "{}", found.reason);
    }

    #[test]
    fn keys_that_aws_owns_are_not_asked_about() {
        let world = World::new().bucket(bucket("main")).stream(direct_put("s").delivers(to(DestinationKind::S3)));
        assert_eq!(world.of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
