//! Does it take more than a permission to delete versions of log files?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-bucket-mfa-delete",
    question: "Does it take more than a permission to delete versions of log files?",
    title: "The bucket of a trail that logs in this Region has MFA delete, or Object Lock in mode COMPLIANCE",
    severity: Severity::Low,
    why: "Versions keep what is overwritten, until somebody deletes the versions. Whoever may do that, by a stolen key too, \
          can take out the log files that tell of it.",
    decided: "A trail that is logging here writes to a bucket for which GetBucketVersioning says MfaDelete Enabled: only \
              the root user with its device can delete a version. Or its Object Lock has a default retention in mode \
              COMPLIANCE: then nobody can, which is more. GOVERNANCE can be bypassed with a permission and is not enough.",
    blind: "Where the device of the root user is. Deletion of the whole account. Log files that were written before.",
    remedy: Remedy {
        what: "Switch on MFA delete, which only the root user can, or lock objects in mode COMPLIANCE, which nobody can take \
               back before the time. CloudFormation has no MFA delete.",
        cli: r#"aws s3api put-bucket-versioning --bucket "$BUCKET" --mfa "$MFA_DEVICE $MFA_CODE" \
  --versioning-configuration Status=Enabled,MFADelete=Enabled   # as the root user"#,
        cloudformation: r"Resources:
  LogBucket:
    Type: AWS::S3::Bucket
    Properties:
      ObjectLockEnabled: true
      ObjectLockConfiguration:
        ObjectLockEnabled: Enabled
        Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 400}}",
        terraform: r#"resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  mfa    = var.mfa
  versioning_configuration {
    status     = "Enabled"
    mfa_delete = "Enabled"
  }
}"#,
    },
    reads: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "s3:GetBucketVersioning",
        "s3:GetObjectLockConfiguration",
    ],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::bucket(context, place, buckets::deletes_by_two)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, trail};
    use crate::model::Status;

    const ID: &str = "trail-bucket-mfa-delete";

    #[test]
    fn a_second_factor_or_a_lock_that_nobody_opens() {
        let of = |b| {
            World::new().trail(trail("t").change(|t| t.bucket = Some("logs".to_owned()))).bucket(b).region(ID).status
        };
        assert_eq!(of(bucket("logs")), Status::Fail);
        assert_eq!(of(bucket("logs").mfa_delete()), Status::Pass);
        assert_eq!(of(bucket("logs").lock(true, Some("COMPLIANCE"), Some(400))), Status::Pass);
        assert_eq!(of(bucket("logs").lock(true, Some("GOVERNANCE"), Some(400))), Status::Fail);
        assert_eq!(of(bucket("logs").lock(false, Some("COMPLIANCE"), Some(400))), Status::Fail);
        assert_eq!(of(bucket("logs").lock(true, Some("COMPLIANCE"), None)), Status::Unknown);
        assert_eq!(of(bucket("logs").lock_denied()), Status::Unknown);
        assert_eq!(of(bucket("logs").mfa_delete().lock_denied()), Status::Pass);
        assert_eq!(of(bucket("logs").versioning_denied()), Status::Unknown);
        assert_eq!(World::new().region(ID).status, Status::Fail);
    }
}
