//! Can nobody make the bucket of the log files public?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, stream_remedies, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-bucket-not-public",
    question: "Can nobody make the bucket of the log files public?",
    title: "The bucket of a trail that logs in this Region blocks public access, in all four ways",
    severity: Severity::Critical,
    why: "Log files name every principal, key and address of the account.",
    decided: "A trail that is logging here writes to a bucket whose own public access block has all four switches on. A \
              bucket of another account, such as a log archive, can be read only if it lets us; else it is unknown.",
    blind: "Who may read or delete the log files without the bucket's being public; the block of the whole account.",
    remedy: Remedy {
        what: "Switch on all four parts of the bucket's public access block.",
        cli: stream_remedies::BLOCK_CLI,
        cloudformation: stream_remedies::BLOCK_CLOUDFORMATION,
        terraform: stream_remedies::BLOCK_TERRAFORM,
    },
    reads: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "s3:GetPublicAccessBlock",
        "s3:GetBucketPolicyStatus",
    ],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::bucket(context, place, buckets::closed)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, trail};
    use crate::model::Status;

    const ID: &str = "trail-bucket-not-public";

    #[test]
    fn the_bucket_of_a_trail_that_logs_decides() {
        let logs = || trail("t").change(|t| t.bucket = Some("logs".to_owned()));
        let of = |t, b| World::new().trail(t).bucket(b).region(ID).status;
        assert_eq!(of(logs(), bucket("logs")), Status::Pass);
        assert_eq!(of(logs(), bucket("logs").block(None)), Status::Fail);
        assert_eq!(of(logs(), bucket("logs").block_denied()), Status::Unknown);
        assert_eq!(of(logs(), bucket("other")), Status::Unknown);
        assert_eq!(of(logs().stopped(), bucket("logs")), Status::Fail);
        assert_eq!(of(logs().status_denied(), bucket("logs")), Status::Unknown);
        assert_eq!(of(trail("t"), bucket("logs")), Status::Unknown);
        assert_eq!(World::new().trails_denied().region(ID).status, Status::Unknown);
    }
}
