//! Do the buckets of the stream keep what is overwritten or deleted?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, resting, stream_remedies};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-buckets-keep-versions",
    question: "Do the buckets of the stream keep what is overwritten or deleted?",
    title: "Every bucket that the stream writes to keeps versions",
    severity: Severity::Low,
    why: "Without versions one call deletes what was delivered, for good, and nobody can show what was there.",
    decided: "GetBucketVersioning says Enabled. Object Lock, which needs versions, is told beside it.",
    blind: "How long old versions stay, and whether anybody could delete them by version.",
    remedy: Remedy {
        what: "Switch versioning on.",
        cli: stream_remedies::VERSIONS_CLI,
        cloudformation: stream_remedies::VERSIONS_CLOUDFORMATION,
        terraform: stream_remedies::VERSIONS_TERRAFORM,
    },
    reads: &["firehose:DescribeDeliveryStream", "s3:GetBucketVersioning", "s3:GetObjectLockConfiguration"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    resting::every(
        buckets::of_stream(context, stream, resting::ALL, buckets::keeps_versions)?,
        resting::without(stream),
    )
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-buckets-keep-versions";

    #[test]
    fn only_enabled_is_enough() {
        let of = |bucket| {
            let world = World::new().bucket(bucket).stream(direct_put("s").delivers(to(DestinationKind::S3)));
            world.of_stream(ID, "s").status
        };
        assert_eq!(of(bucket("main")), Status::Pass);
        assert_eq!(of(bucket("main").versioning(Some("Suspended"))), Status::Fail);
        assert_eq!(of(bucket("main").versioning(None)), Status::Fail);
        assert_eq!(of(bucket("main").versioning_denied()), Status::Unknown);
        assert_eq!(of(bucket("other")), Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
