//! Does the bucket of the log files keep what is overwritten or deleted?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, stream_remedies, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-bucket-keeps-versions",
    question: "Does the bucket of the log files keep what is overwritten or deleted?",
    title: "The bucket of a trail that logs in this Region keeps versions",
    severity: Severity::Medium,
    why: "Digests show that a log file was changed; only an older version shows what it said.",
    decided: "A trail that is logging here writes to a bucket for which GetBucketVersioning says Enabled.",
    blind: "How long old versions stay, and who may delete them.",
    remedy: Remedy {
        what: "Switch versioning on.",
        cli: stream_remedies::VERSIONS_CLI,
        cloudformation: stream_remedies::VERSIONS_CLOUDFORMATION,
        terraform: stream_remedies::VERSIONS_TERRAFORM,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "s3:GetBucketVersioning"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::bucket(context, place, buckets::keeps_versions)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, trail};
    use crate::model::Status;

    const ID: &str = "trail-bucket-keeps-versions";

    #[test]
    fn only_enabled_is_enough() {
        let of = |b| {
            World::new().trail(trail("t").change(|t| t.bucket = Some("logs".to_owned()))).bucket(b).region(ID).status
        };
        assert_eq!(of(bucket("logs")), Status::Pass);
        assert_eq!(of(bucket("logs").versioning(Some("Suspended"))), Status::Fail);
        assert_eq!(of(bucket("logs").versioning(None)), Status::Fail);
        assert_eq!(of(bucket("logs").versioning_denied()), Status::Unknown);
        assert_eq!(World::new().region(ID).status, Status::Fail);
    }
}
