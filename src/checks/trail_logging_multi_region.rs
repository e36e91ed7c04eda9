//! Does a trail of all Regions log here now?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-logging-multi-region",
    question: "Does a trail of all Regions log here now?",
    title: "A multi-Region trail is logging management events in this Region",
    severity: Severity::High,
    why: "Without a trail, events are gone after 90 days, and nobody can show who changed a key.",
    decided: "A trail that DescribeTrails shows here says IsMultiRegionTrail true; GetTrailStatus of this Region says \
              IsLogging true without a delivery error; and its selectors record management events that write.",
    blind: "Whether log files can be changed or deleted in their bucket, and event data stores of CloudTrail Lake.",
    remedy: Remedy {
        what: "Make the trail one of all Regions, and start its logging.",
        cli: r#"aws cloudtrail update-trail --name "$TRAIL" --is-multi-region-trail
aws cloudtrail start-logging --name "$TRAIL""#,
        cloudformation: r"Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: audit-logs
      IsMultiRegionTrail: true
      IncludeGlobalServiceEvents: true",
        terraform: r#"resource "aws_cloudtrail" "main" {
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_logging                = true
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"],
    judge: Judge::EachRegion(judge),
};

fn judge(_: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let multi = trail.multi_region.as_ref()?;
        if !multi.value {
            return Ok(fail(format!("trail {} is of one Region only", trail.name)).seen(multi));
        }
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let selectors = trail.selectors.as_ref()?;
        if !selectors.value.records_management_writes() {
            return Ok(fail(format!("trail {} does not record management events", trail.name)).seen(selectors));
        }
        let ruling =
            pass(format!("trail {} records all Regions and is logging", trail.name)).seen(multi).seen(selectors);
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-logging-multi-region";

    #[test]
    fn no_trail_fails_and_an_unread_list_is_unknown() {
        assert_eq!(World::new().region(ID).status, Status::Fail);
        assert_eq!(World::new().trails_denied().region(ID).status, Status::Unknown);
    }

    #[test]
    fn one_good_trail_is_enough() {
        let world = World::new().trail(trail("a").stopped()).trail(trail("b"));
        assert_eq!(world.region(ID).status, Status::Pass);
    }

    #[test]
    fn a_stopped_or_one_region_trail_fails() {
        assert_eq!(World::new().trail(trail("a").stopped()).region(ID).status, Status::Fail);
        assert_eq!(World::new().trail(trail("a").one_region()).region(ID).status, Status::Fail);
    }

    #[test]
    fn a_trail_whose_status_was_denied_keeps_it_open() {
        let world = World::new().trail(trail("a").status_denied()).trail(trail("b").stopped());
        assert_eq!(world.region(ID).status, Status::Unknown);
    }
}
