//! Do the event data stores record the events of KMS?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, resting, trails, unknown};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-stores-record-kms-events",
    question: "Do the event data stores record the events of KMS?",
    title: "Every event data store of management events records those of KMS",
    severity: Severity::Medium,
    why: "Who asks the store for what happened to a key, and gets nothing, takes it for nothing having happened.",
    decided: "The selectors of each store that records management events are evaluated for events of KMS that write: in \
              whatever way they exclude them, the answer is the same. A selector that depends on the event itself leaves \
              it open. CloudTrail Lake is closed to new customers; where there is no store there is nothing to ask.",
    blind: "Whether the store was fed at all times.",
    remedy: Remedy {
        what: "Let the store's selectors take all management events.",
        cli: r#"aws cloudtrail update-event-data-store --event-data-store "$STORE" --advanced-event-selectors \
  '[{"Name":"management","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]'"#,
        cloudformation: r"Resources:
  Store:
    Type: AWS::CloudTrail::EventDataStore
    Properties:
      AdvancedEventSelectors:
        - Name: management
          FieldSelectors: [{Field: eventCategory, Equals: [Management]}]",
        terraform: r#"resource "aws_cloudtrail_event_data_store" "store" {
  name = "management"
  advanced_event_selector {
    name = "management"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
}"#,
    },
    reads: &["cloudtrail:ListEventDataStores", "cloudtrail:GetEventDataStore"],
    judge: Judge::EachRegion(judge),
};

fn judge(_: &Context<'_>, place: &Place) -> Verdict {
    let stores = place.hops.event_data_stores.as_ref()?;
    let mut answers = Vec::new();
    for store in &stores.value {
        let name = store.name.as_ref().map_or_else(|_| store.arn.clone(), |n| n.value.clone());
        let answer = match &store.selectors {
            Err(unread) => resting::gap(unread),
            Ok(read) if !read.value.records_management_writes() => {
                let kms = trails::kms_events(&read.value);
                match kms {
                    Some(_) => Ok(not_applicable("records no management events that write").seen(read)),
                    None => Err(unknown("what it records depends on the event itself").seen(read)),
                }
            }
            Ok(read) => match trails::kms_events(&read.value).map(|r| r.writes) {
                Some(true) => Ok(pass("records the events of KMS").seen(read)),
                Some(false) => Ok(fail("leaves out the events of KMS").seen(read)),
                None => Err(unknown("what it records of KMS depends on the event itself").seen(read)),
            },
        };
        answers.push((format!("store {name}"), answer));
    }
    resting::every(answers, Ok(not_applicable("there is no event data store").seen(stores)))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, store};
    use crate::model::Status;

    const ID: &str = "trail-stores-record-kms-events";

    #[test]
    fn selectors_are_evaluated() {
        let of = |stores| World::new().stores(stores).region(ID).status;
        assert_eq!(of(vec![store("s")]), Status::Pass);
        assert_eq!(of(vec![store("s").without_kms()]), Status::Fail);
        assert_eq!(of(vec![store("s"), store("t").without_kms()]), Status::Fail);
        assert_eq!(of(vec![store("s").denied()]), Status::Unknown);
        assert_eq!(of(vec![]), Status::NotApplicable);
        assert_eq!(World::new().region(ID).status, Status::Unknown);
    }
}
