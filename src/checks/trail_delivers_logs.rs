//! Did log files arrive lately?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails, unknown};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;
use crate::model::time;

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

/// The longest time since the last delivery.
const HOURS: i64 = 24;

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let status = trail.status.as_ref()?;
        if let Some(error) = &status.value.delivery_error {
            return Ok(fail(format!("trail {} cannot deliver log files ({error})", trail.name)).seen(status));
        }
        let Some(last) = status.value.latest_delivery else {
            return Err(
                unknown(format!("AWS does not say when trail {} last delivered log files", trail.name)).seen(status)
            );
        };
        let told = format!("trail {} last delivered log files at {}", trail.name, time::seconds(last));
        let late = (context.snapshot.run.ended - last).num_hours() >= HOURS;
        let ruling = if late { fail(told) } else { pass(told) };
        Ok(cited.iter().fold(ruling, Ruling::at))
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
