//! Can nobody make the buckets of the stream public?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, resting, stream_remedies};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-buckets-not-public",
    question: "Can nobody make the buckets of the stream public?",
    title: "Every bucket that the stream writes to blocks public access, in all four ways",
    severity: Severity::Critical,
    why: "Encryption at rest does not help against somebody whom the bucket lets in: S3 decrypts for every reader who \
          may use the key, and with keys that S3 owns for every reader at all.",
    decided: "The bucket's own public access block has all four switches on. Without that, a bucket policy that S3 \
              itself calls public is told first. Delivery, intermediate store and backup all count.",
    blind: "The block of the whole account, which may do the same; access points; who may read the bucket without \
            its being public.",
    remedy: Remedy {
        what: "Switch on all four parts of the bucket's public access block.",
        cli: stream_remedies::BLOCK_CLI,
        cloudformation: stream_remedies::BLOCK_CLOUDFORMATION,
        terraform: stream_remedies::BLOCK_TERRAFORM,
    },
    reads: &["firehose:DescribeDeliveryStream", "s3:GetPublicAccessBlock", "s3:GetBucketPolicyStatus"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    resting::every(buckets::of_stream(context, stream, resting::ALL, buckets::closed)?, resting::without(stream))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-buckets-not-public";

    #[test]
    fn all_four_switches_must_be_on() {
        let of = |bucket| {
            let world = World::new().bucket(bucket).stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3)));
            world.of_stream(ID, "s")
        };
        assert_eq!(of(bucket("main")).status, Status::Pass);
        assert_eq!(of(bucket("main").block(None)).status, Status::Fail);
        assert_eq!(of(bucket("main").block(Some([true, true, false, true]))).status, Status::Fail);
        let public = of(bucket("main").block(None).policy_public(Some(true)));
        assert!(public.reason.contains("public"), "{}", public.reason);
        assert_eq!(of(bucket("main").block_denied()).status, Status::Unknown);
        assert_eq!(of(bucket("other")).status, Status::Unknown);
    }

    #[test]
    fn the_bucket_of_a_backup_counts() {
        let backed = direct_put("s").delivers(to(DestinationKind::ExtendedS3).backup(None));
        let world = World::new().bucket(bucket("main")).bucket(bucket("back").block(None)).stream(backed);
        let found = world.of_stream(ID, "s");
        assert_eq!(found.status, Status::Fail);
        assert!(found.reason.contains("bucket back"), "{}", found.reason);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
