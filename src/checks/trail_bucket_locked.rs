//! Are the log files locked against deletion?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-bucket-locked",
    question: "Are the log files locked against deletion?",
    title: "The bucket of a trail that logs in this Region has Object Lock with a default retention",
    severity: Severity::Low,
    why: "With Object Lock nobody, or nearly nobody, can delete a log file before its time, whatever permissions they \
          have.",
    decided: "A trail that is logging here writes to a bucket whose Object Lock is Enabled, with a default retention in \
              mode GOVERNANCE or COMPLIANCE.",
    blind: "Who may bypass GOVERNANCE. Log files that were written before. What keeps another store, such as an archive of \
            other software.",
    remedy: Remedy {
        what: "Switch on Object Lock with a default retention; the bucket must keep versions.",
        cli: r#"aws s3api put-object-lock-configuration --bucket "$BUCKET" --object-lock-configuration \
  "ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=GOVERNANCE,Days=$DAYS}}""#,
        cloudformation: r"Resources:
  LogBucket:
    Type: AWS::S3::Bucket
    Properties:
      ObjectLockEnabled: true
      ObjectLockConfiguration:
        ObjectLockEnabled: Enabled
        Rule: {DefaultRetention: {Mode: GOVERNANCE, Days: 400}}",
        terraform: r#"resource "aws_s3_bucket_object_lock_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 400
    }
  }
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "s3:GetObjectLockConfiguration"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::bucket(context, place, buckets::locked)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, trail};
    use crate::model::Status;

    const ID: &str = "trail-bucket-locked";

    #[test]
    fn a_lock_without_a_default_locks_nothing_by_itself() {
        let of = |b| {
            World::new().trail(trail("t").change(|t| t.bucket = Some("logs".to_owned()))).bucket(b).region(ID).status
        };
        assert_eq!(of(bucket("logs").lock(true, Some("COMPLIANCE"), Some(400))), Status::Pass);
        assert_eq!(of(bucket("logs").lock(true, None, None)), Status::Fail);
        assert_eq!(of(bucket("logs").lock(false, None, None)), Status::Fail);
        assert_eq!(of(bucket("logs").lock(true, Some("GUESSED"), Some(4))), Status::Unknown);
        assert_eq!(of(bucket("logs").lock(true, Some("COMPLIANCE"), None)), Status::Unknown);
        assert_eq!(of(bucket("logs")), Status::Fail);
        assert_eq!(of(bucket("logs").lock_denied()), Status::Unknown);
    }
}
