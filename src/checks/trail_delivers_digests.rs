//! Did digest files arrive lately?

use super::trails::{self, Delivery};
use super::{Check, Context, Judge, Remedy, Verdict};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-delivers-digests",
    question: "Did digest files arrive lately?",
    title: "A trail that logs in this Region delivered a digest file within the last three hours, without an error",
    severity: Severity::Medium,
    why: "Digests are written every hour; where they stop, nobody can prove afterwards that no log file is \
          missing.",
    decided: "GetTrailStatus of a trail that is logging here gives a time of the last delivery of digest files \
              that is at most 3 hours before the end of the run, and no error.",
    blind: "Whether the files are still where they were delivered, and what is in them: see keywitness trail \
            validate.",
    remedy: Remedy {
        what: "Switch log file validation on: a digest comes with every hour. What LatestDigestDeliveryError names is mended like \
               what LatestDeliveryError names: see trail-delivers-logs.",
        cli: r#"aws cloudtrail update-trail --name "$TRAIL" --enable-log-file-validation"#,
        cloudformation: r"Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: audit-logs
      EnableLogFileValidation: true",
        terraform: r#"resource "aws_cloudtrail" "main" {
  enable_log_file_validation = true
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::delivered(context, place, |status| Delivery {
        what: "digest files",
        last: status.latest_digest,
        error: status.digest_error.as_deref(),
        hours: 3,
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-delivers-digests";
    use crate::checks::tests::hours_ago;

    #[test]
    fn the_last_delivery_must_be_recent() {
        let of = |t| World::new().trail(t).region(ID).status;
        assert_eq!(of(trail("a")), Status::Pass);
        assert_eq!(of(trail("a").status(|s| s.latest_digest = Some(hours_ago(3 + 1)))), Status::Fail);
        assert_eq!(of(trail("a").status(|s| s.digest_error = Some("AccessDenied".to_owned()))), Status::Fail);
        assert_eq!(of(trail("a").status(|s| s.latest_digest = None)), Status::Unknown);
        assert_eq!(of(trail("a").status_denied()), Status::Unknown);
        assert_eq!(World::new().region(ID).status, Status::Fail);
    }
}
