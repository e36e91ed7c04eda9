//! Does the trail that logs here record every management event, of every service?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-records-all-management-events",
    question: "Does the trail that logs here record every management event, of every service?",
    title: "A trail that logs in this Region records all management events that read and write",
    severity: Severity::Medium,
    why: "An event that a trail leaves out cannot be found later; the exclusion itself is the first thing that \
          an intruder would set.",
    decided: "The event selectors of a trail that is logging here let every management event pass, whatever its \
              service, name or kind; one condition beyond the category leaves some out.",
    blind: "Data events, and the time before the selectors were set.",
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
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let selectors = trail.selectors.as_ref()?;
        let ruling = match trails::left_out(&selectors.value) {
            None => pass(format!("trail {} records all management events", trail.name)),
            Some(what) => fail(format!("trail {} leaves out {what}", trail.name)),
        };
        let ruling = ruling.seen(selectors);
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-records-all-management-events";
    use crate::checks::tests::read;
    use crate::model::trail::{AdvancedSelector, ClassicSelector, FieldSelector, Selectors};

    fn advanced(fields: &[(&str, &str)]) -> Selectors {
        let field = |(name, value): &(&str, &str)| FieldSelector {
            field: (*name).to_owned(),
            equals: vec![(*value).to_owned()],
            ..FieldSelector::default()
        };
        Selectors::Advanced(vec![AdvancedSelector { fields: fields.iter().map(field).collect() }])
    }

    fn of(selectors: Selectors) -> Status {
        World::new().trail(trail("a").change(|t| t.selectors = read(selectors))).region(ID).status
    }

    #[test]
    fn any_condition_leaves_something_out() {
        let classic = |read_write: &str, excluded: &[&str]| {
            let excluded = excluded.iter().map(ToString::to_string).collect();
            Selectors::Classic(vec![ClassicSelector {
                management: true,
                read_write: read_write.to_owned(),
                excluded,
                data: Vec::new(),
            }])
        };
        assert_eq!(of(classic("All", &[])), Status::Pass);
        assert_eq!(of(classic("WriteOnly", &[])), Status::Fail);
        assert_eq!(of(classic("All", &["rdsdata.amazonaws.com"])), Status::Fail);
        assert_eq!(of(advanced(&[("eventCategory", "Management")])), Status::Pass);
        assert_eq!(of(advanced(&[("eventCategory", "Management"), ("readOnly", "false")])), Status::Fail);
        assert_eq!(of(advanced(&[("eventCategory", "Data")])), Status::Fail);
        assert_eq!(World::new().trail(trail("a").status_denied()).region(ID).status, Status::Unknown);
        assert_eq!(World::new().trails_denied().region(ID).status, Status::Unknown);
    }

    #[test]
    fn two_selectors_can_cover_reads_and_writes_together() {
        let (Selectors::Advanced(mut reads), Selectors::Advanced(writes)) = (
            advanced(&[("eventCategory", "Management"), ("readOnly", "true")]),
            advanced(&[("eventCategory", "Management"), ("readOnly", "false")]),
        ) else {
            unreachable!("both are advanced")
        };
        reads.extend(writes);
        assert_eq!(of(Selectors::Advanced(reads)), Status::Pass);
    }
}
