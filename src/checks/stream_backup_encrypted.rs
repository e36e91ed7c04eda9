//! Are the copies and failures that the stream keeps encrypted at rest?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, resting, stream_remedies};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-backup-encrypted",
    question: "Are the copies and failures that the stream keeps encrypted at rest?",
    title: "Every bucket for backups and failures of the stream encrypts at rest, with some key",
    severity: Severity::Medium,
    why: "What could not be delivered, and what came in before it was changed, holds the same data and is easily \
          forgotten.",
    decided: "Each backup structure asks for a key of KMS, or its bucket has a default encryption. A stream without \
              one has no such copies.",
    blind: "Whose key it is: see stream-backup-customer-key. How long the copies stay.",
    remedy: Remedy {
        what: "Give the backup bucket a default encryption, or name a key for the backup.",
        cli: stream_remedies::BUCKET_KEY_CLI,
        cloudformation: stream_remedies::BUCKET_KEY_CLOUDFORMATION,
        terraform: stream_remedies::BUCKET_KEY_TERRAFORM,
    },
    reads: &["firehose:DescribeDeliveryStream", "s3:GetBucketEncryption", "kms:ListAliases"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let rests = resting::in_s3(context, stream, resting::BESIDE)?;
    let deliveries = stream.deliveries.as_ref()?;
    let nothing = Ok(not_applicable("no destination keeps a backup in S3").seen(deliveries));
    resting::each(rests, nothing, resting::Kept::encrypted)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-backup-encrypted";

    #[test]
    fn the_backup_decides_and_not_the_delivery() {
        let of = |world: World, to| world.stream(direct_put("s").delivers(to)).of_stream(ID, "s").status;
        let extended = || to(DestinationKind::ExtendedS3);
        assert_eq!(of(World::new(), extended()), Status::NotApplicable);
        assert_eq!(of(World::new(), extended().backup(Some("b"))), Status::Pass);
        assert_eq!(of(World::new().bucket(bucket("back")), extended().backup(None)), Status::Pass);
        assert_eq!(of(World::new().bucket(bucket("back").algorithm("none")), extended().backup(None)), Status::Fail);
        assert_eq!(
            of(World::new().bucket(bucket("back").encryption_denied()), extended().backup(None)),
            Status::Unknown
        );
        assert_eq!(of(World::new(), to(DestinationKind::Splunk).key("b")), Status::Pass);
    }

    #[test]
    fn a_stream_that_was_not_described_is_open() {
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
        let strange = World::new().stream(direct_put("s").delivers(to(DestinationKind::Unknown)));
        assert_eq!(strange.of_stream(ID, "s").status, Status::Unknown);
    }
}
