//! Did log files arrive lately?

use super::trails::{self, Delivery};
use super::{Check, Context, Judge, Remedy, Verdict};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-delivers-logs",
    question: "Did log files arrive lately?",
    title: "A trail that logs in this Region delivered log files within the last day, without an error",
    severity: Severity::Medium,
    why: "A trail that is switched on and cannot deliver records nothing.",
    decided: "GetTrailStatus of a trail that is logging here gives a time of the last delivery of log files that \
              is at most 24 hours before the end of the run, and no error.",
    blind: "Whether the files are still where they were delivered, and what is in them: see keywitness trail \
            validate.",
    remedy: Remedy {
        what: "Mend what LatestDeliveryError names: the bucket, its policy, or the trail's key.",
        cli: r#"aws cloudtrail get-trail-status --name "$TRAIL" --query "[LatestDeliveryTime,LatestDeliveryError]""#,
        cloudformation: r#"Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: audit-logs
      KMSKeyId: {"Fn::GetAtt": [TrailKey, Arn]}"#,
        terraform: r#"resource "aws_cloudtrail" "main" {
  s3_bucket_name = aws_s3_bucket.audit_logs.id
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::delivered(context, place, |status| Delivery {
        what: "log files",
        last: status.latest_delivery,
        error: status.delivery_error.as_deref(),
        hours: 24,
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-delivers-logs";
    use crate::checks::tests::hours_ago;

    #[test]
    fn the_last_delivery_must_be_recent() {
        let of = |t| World::new().trail(t).region(ID).status;
        assert_eq!(of(trail("a")), Status::Pass);
        assert_eq!(of(trail("a").status(|s| s.latest_delivery = Some(hours_ago(24 + 1)))), Status::Fail);
        assert_eq!(of(trail("a").status(|s| s.delivery_error = Some("AccessDenied".to_owned()))), Status::Fail);
        assert_eq!(of(trail("a").status(|s| s.latest_delivery = None)), Status::Unknown);
        assert_eq!(of(trail("a").status_denied()), Status::Unknown);
        assert_eq!(World::new().region(ID).status, Status::Fail);
    }
}
