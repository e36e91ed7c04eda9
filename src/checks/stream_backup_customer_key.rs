//! Are the keys of the stream's backups customer-managed?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, resting, stream_remedies};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-backup-customer-key",
    question: "Are the keys of the stream's backups customer-managed?",
    title: "A customer-managed key encrypts every bucket for backups and failures of the stream",
    severity: Severity::Medium,
    why: "A backup under another key than the delivery is a second way to the same data.",
    decided: "For each backup structure: the key that Firehose asks for, else the default of the bucket. DescribeKey \
              must say KeyManager CUSTOMER. A rule of the house; no framework that is mapped here demands it.",
    blind: "Whether it is the same key as that of the delivery, and who reads the backup.",
    remedy: Remedy {
        what: "Make a key of your own the default of the backup bucket, or name it for the backup.",
        cli: stream_remedies::BUCKET_KEY_CLI,
        cloudformation: stream_remedies::BUCKET_KEY_CLOUDFORMATION,
        terraform: stream_remedies::BUCKET_KEY_TERRAFORM,
    },
    reads: &["firehose:DescribeDeliveryStream", "kms:DescribeKey", "kms:ListAliases", "s3:GetBucketEncryption"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let rests = resting::in_s3(context, stream, resting::BESIDE)?;
    let deliveries = stream.deliveries.as_ref()?;
    let nothing = Ok(not_applicable("no destination keeps a backup in S3").seen(deliveries));
    resting::each(rests, nothing, |kept| kept.by_a_customers_key(context, &stream.account))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, bucket, customer_key, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-backup-customer-key";

    #[test]
    fn the_key_of_the_backup_decides() {
        let of = |key, backup| {
            let world = World::new().key(key).bucket(bucket("back"));
            let to = to(DestinationKind::ExtendedS3).backup(backup);
            world.stream(direct_put("s").delivers(to)).of_stream(ID, "s").status
        };
        assert_eq!(of(customer_key("b"), Some("b")), Status::Pass);
        assert_eq!(of(aws_managed("b"), Some("b")), Status::Fail);
        assert_eq!(of(customer_key("b").denied(), Some("b")), Status::Unknown);
        assert_eq!(of(customer_key("b"), None), Status::Fail);
    }

    #[test]
    fn without_a_backup_there_is_nothing_to_ask() {
        let world = World::new().stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3)));
        assert_eq!(world.of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
