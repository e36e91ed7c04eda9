//! Does the trail that logs here write digest files?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-log-file-validation",
    question: "Does the trail that logs here write digest files?",
    title: "A trail that logs in this Region has log file validation on",
    severity: Severity::Medium,
    why: "Digest files let anyone prove later that log files were not changed, added or removed.",
    decided: "A trail that is logging here says LogFileValidationEnabled true.",
    blind: "Whether anybody validates: a digest that nobody checks detects nothing.",
    remedy: Remedy {
        what: "Switch log file validation on.",
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

fn judge(_: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let validation = trail.validation.as_ref()?;
        let ruling = if validation.value {
            pass(format!("trail {} is logging with log file validation on", trail.name))
        } else {
            fail(format!("trail {} has log file validation off", trail.name))
        };
        Ok(cited.iter().fold(ruling.seen(validation), Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-log-file-validation";

    #[test]
    fn the_trail_that_validates_must_be_the_one_that_logs() {
        let world = World::new().trail(trail("a").stopped()).trail(trail("b").unvalidated());
        assert_eq!(world.region(ID).status, Status::Fail);
        assert_eq!(World::new().trail(trail("a")).region(ID).status, Status::Pass);
    }
}
