//! Does the trail that logs here record the management events of KMS?

use super::trails::{self, Recorded};
use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, unknown};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-records-kms-events",
    question: "Does the trail that logs here record the management events of KMS?",
    title: "A trail that logs in this Region records all management events of KMS",
    severity: Severity::High,
    why: "Trails can leave KMS out to save cost; then nobody can show afterwards who used a key or changed it.",
    decided: "The event selectors of a trail that is logging here are evaluated for a reading and for a writing \
              management event of kms.amazonaws.com; both must be recorded.",
    blind: "The time before: a selector that was changed yesterday says nothing about last month.",
    remedy: Remedy {
        what: "Record all management events, and exclude no source.",
        cli: r#"aws cloudtrail put-event-selectors --trail-name "$TRAIL" --event-selectors \
  '[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":[]}]'"#,
        cloudformation: r"Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: audit-logs
      EventSelectors:
        - ReadWriteType: All
          IncludeManagementEvents: true
          ExcludeManagementEventSources: []",
        terraform: r#"resource "aws_cloudtrail" "main" {
  event_selector {
    read_write_type                  = "All"
    include_management_events        = true
    exclude_management_event_sources = []
  }
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"],
    judge: Judge::EachRegion(judge),
};

fn judge(_: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let mut cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let selectors = trail.selectors.as_ref()?;
        cited.push(trails::cite(selectors));
        let name = &trail.name;
        let ruling = match trails::kms_events(&selectors.value) {
            None => {
                let reason = format!("trail {name} selects events by conditions that depend on each event");
                return Err(unknown(reason).seen(selectors));
            }
            Some(Recorded { reads: true, writes: true }) => {
                pass(format!("trail {name} records all management events of KMS"))
            }
            Some(Recorded { reads: false, writes: true }) => {
                fail(format!("trail {name} leaves out events of KMS that read, such as Decrypt"))
            }
            Some(Recorded { reads: true, writes: false }) => {
                fail(format!("trail {name} leaves out events of KMS that change keys"))
            }
            Some(Recorded { reads: false, writes: false }) => fail(format!("trail {name} leaves KMS out")),
        };
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-records-kms-events";

    #[test]
    fn a_trail_that_leaves_kms_out_fails() {
        assert_eq!(World::new().trail(trail("a")).region(ID).status, Status::Pass);
        assert_eq!(World::new().trail(trail("a").without_kms()).region(ID).status, Status::Fail);
    }
}
