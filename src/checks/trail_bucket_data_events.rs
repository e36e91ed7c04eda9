//! Is it recorded who reads, overwrites or deletes the log files?

use super::data_events::{Covered, covered};
use super::{Check, Context, Judge, Remedy, Ruling, Unknown, Verdict, fail, pass, resting, trails, unknown};
use crate::model::finding::Severity;
use crate::model::reading::Citation;
use crate::model::snapshot::Place;
use crate::model::trail::Trail;
use std::collections::BTreeSet;

pub(super) const CHECK: Check = Check {
    id: "trail-bucket-data-events",
    question: "Is it recorded who reads, overwrites or deletes the log files?",
    title: "Data events of the log files of a trail that logs in this Region are recorded, reads and writes",
    severity: Severity::Medium,
    why: "Management events tell who changed the bucket, not who took a log file out of it or deleted one. That is in \
          data events only, and those are recorded where somebody asked for them.",
    decided: "The event selectors of the trails of the account that log, and of its event data stores, are evaluated for \
              every object below the place of the log files of a trail that is logging here: classic selectors by their \
              DataResources, advanced ones by all their conditions. Reads and writes must be recorded, by one or by \
              several of them together. Who records must see the Region of the bucket: a trail of all Regions, or one that \
              was made there. A selector that takes some of these objects or some of these events leaves it open.",
    blind: "A bucket of another account: what its owner's trails record is read with that account only, and the events \
            of others than this account are there. Server access logs, another record of the same.",
    remedy: Remedy {
        what: "Record data events of the log files. They are charged by their number; the reads are those of auditors and of \
               whatever evaluates the logs.",
        cli: r#"aws cloudtrail put-event-selectors --trail-name "$TRAIL" --event-selectors \
  '[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":[],
  "DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::'"$BUCKET"'/"]}]}]'"#,
        cloudformation: r#"Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: {Ref: LogBucket}
      EventSelectors:
        - ReadWriteType: All
          IncludeManagementEvents: true
          DataResources:
            - Type: AWS::S3::Object
              Values: [{"Fn::Sub": "${LogBucket.Arn}/"}]"#,
        terraform: r#"resource "aws_cloudtrail" "main" {
  event_selector {
    read_write_type           = "All"
    include_management_events = true
    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.logs.arn}/"]
    }
  }
}"#,
    },
    reads: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:ListEventDataStores",
        "cloudtrail:GetEventDataStore",
        "s3:GetBucketLocation",
    ],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let Some(bucket) = &trail.bucket else {
            let untold = unknown(format!("the answer names no bucket of trail {}", trail.name));
            return Err(Unknown { seen: vec![trail.listed.clone()], ..untold });
        };
        let ruling = of_bucket(context, place, trail, bucket)?;
        Ok(cited.iter().fold(ruling.at(&trail.listed), Ruling::at))
    })
}

/// What of one recorder's conditions was looked at.
#[derive(Default)]
struct Found {
    covered: Covered,
    by: BTreeSet<String>,
    seen: Vec<Citation>,
    open: Option<Unknown>,
}

impl Found {
    fn add(&mut self, name: String, covered: Covered, at: &Citation) {
        if covered != Covered::default() {
            self.by.insert(name);
        }
        self.covered.and(covered);
        self.seen.push(at.clone());
    }

    fn leave(&mut self, open: impl Into<Unknown>) {
        self.open = self.open.take().or_else(|| Some(open.into()));
    }
}

fn of_bucket(context: &Context<'_>, place: &Place, trail: &Trail, name: &str) -> Verdict {
    let prefix = trail.prefix.as_ref().map(|p| format!("{}/", p.trim_end_matches('/'))).unwrap_or_default();
    let below = format!("arn:{}:s3:::{name}/{prefix}AWSLogs/", context.snapshot.run.partition(&place.account));
    let location = resting::bucket(context, &place.account, name).map(|b| &b.location);
    let mut found = Found::default();
    let places = || context.snapshot.places.iter().filter(|p| p.account == place.account);
    for other in places() {
        recorders(other, &below, &location, &mut found);
    }
    let read = |region: &str| places().any(|p| p.region.as_str() == region);
    let Found { covered, by, seen, open } = found;
    let by: Vec<String> = by.into_iter().collect();
    let told = |ruling: Ruling| seen.iter().fold(ruling, Ruling::at);
    if covered.whole() {
        return Ok(told(pass(format!("data events of bucket {name} are recorded by {}", by.join(", ")))));
    }
    if let Some(part) = covered.part {
        let reason = format!("{} records some data events of bucket {name}: it has {part}", by.join(", "));
        return Err(Unknown { reason, seen });
    }
    if let Some(open) = open {
        return Err(open);
    }
    let at = location?.as_ref()?;
    if !read(&at.value) {
        let reason = format!("bucket {name} is in {}, whose own trails were not read", at.value);
        return Err(Unknown { reason, seen });
    }
    Ok(told(fail(match (covered.reads, covered.writes) {
        (true, false) => format!("of the log files in bucket {name} reads are recorded, and no writes or deletions"),
        (false, true) => format!("of the log files in bucket {name} writes are recorded, and no reads"),
        _ => format!("nothing records data events of the log files in bucket {name}"),
    })))
}

/// The trails and event data stores that one Region shows, as far as they see the Region of the bucket.
fn recorders(
    place: &Place,
    below: &str,
    location: &Result<&crate::model::Reading<String>, Unknown>,
    found: &mut Found,
) {
    let here = |found: &mut Found, of_all: bool, home: &str| match location {
        _ if of_all => true,
        Ok(Ok(at)) => at.value == home,
        Ok(Err(gap)) => {
            found.leave(gap);
            false
        }
        Err(open) => {
            found.leave(open.clone());
            false
        }
    };
    match &place.trails {
        Err(gap) => found.leave(gap),
        Ok(trails) => {
            for trail in &trails.value {
                match trails::logs_here(trail) {
                    Err(open) => found.leave(open),
                    Ok(Err(_)) => {}
                    Ok(Ok(_)) => match (&trail.selectors, &trail.multi_region) {
                        (Err(gap), _) | (_, Err(gap)) => found.leave(gap),
                        (Ok(selectors), Ok(of_all)) => {
                            let covered = covered(&selectors.value, below);
                            if covered == Covered::default() || here(found, of_all.value, place.region.as_str()) {
                                found.add(format!("trail {}", trail.name), covered, &selectors.at);
                            }
                        }
                    },
                }
            }
        }
    }
    match &place.hops.event_data_stores {
        Err(gap) => found.leave(gap),
        Ok(stores) => {
            for store in &stores.value {
                match (&store.selectors, &store.multi_region, &store.status) {
                    (Err(gap), _, _) | (_, Err(gap), _) | (_, _, Err(gap)) => found.leave(gap),
                    (Ok(selectors), Ok(of_all), Ok(status)) => {
                        let covered = covered(&selectors.value, below);
                        let stores = status.value == "ENABLED" && covered != Covered::default();
                        if stores && here(found, of_all.value, place.region.as_str()) {
                            found.add(format!("event data store {}", store.arn), covered, &selectors.at);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{TrailMaker, World, bucket, read, store, trail};
    use crate::model::Status;
    use crate::model::trail::{AdvancedSelector, FieldSelector, Selectors};

    const ID: &str = "trail-bucket-data-events";

    fn logs(made: TrailMaker) -> TrailMaker {
        made.change(|t| t.bucket = Some("logs".to_owned()))
    }

    fn world() -> World {
        World::new().bucket(bucket("logs")).stores(vec![])
    }

    #[test]
    fn reads_and_writes_of_the_log_files_must_be_recorded() {
        let of = |t| world().trail(logs(t)).region(ID);
        assert_eq!(of(trail("t").data("All", &["arn:aws:s3:::logs/"])).status, Status::Pass);
        assert_eq!(of(trail("t").data("All", &["arn:aws:s3"])).status, Status::Pass);
        let nothing = of(trail("t"));
        assert_eq!(nothing.status, Status::Fail);
        assert!(nothing.reason.contains("nothing records") && !nothing.citations.is_empty(), "{}", nothing.reason);
        let writes = of(trail("t").data("WriteOnly", &["arn:aws:s3:::logs/"]));
        assert_eq!(writes.status, Status::Fail);
        assert!(writes.reason.contains("no reads"), "{}", writes.reason);
        assert_eq!(of(trail("t").data("All", &["arn:aws:s3:::other/"])).status, Status::Fail);
        assert_eq!(of(trail("t").data("All", &["arn:aws:s3:::logs/AWSLogs/1/"])).status, Status::Unknown);
        let below =
            trail("t").data("All", &["arn:aws:s3:::logs/audit/"]).change(|t| t.prefix = Some("audit".to_owned()));
        assert_eq!(of(below).status, Status::Pass, "all that the trail writes there");
    }

    #[test]
    fn another_trail_or_a_store_may_record_them() {
        let recorder = || trail("data").data("All", &["arn:aws:s3:::logs/"]);
        assert_eq!(world().trail(logs(trail("t"))).trail(recorder()).region(ID).status, Status::Pass);
        assert_eq!(world().trail(logs(trail("t"))).trail(recorder().stopped()).region(ID).status, Status::Fail);
        let field = |name: &str, value: &str| FieldSelector {
            field: name.to_owned(),
            equals: vec![value.to_owned()],
            ..FieldSelector::default()
        };
        let fields = vec![field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object")];
        let all = Selectors::Advanced(vec![AdvancedSelector { fields }]);
        let lake = || store("lake").change(|s| s.selectors = read(all.clone()));
        let of = |made| world().trail(logs(trail("t"))).stores(vec![made]).region(ID).status;
        assert_eq!(of(lake()), Status::Pass);
        assert_eq!(of(lake().change(|s| s.status = read("STOPPED_INGESTION".to_owned()))), Status::Fail);
        assert_eq!(of(store("lake").denied()), Status::Unknown);
    }

    #[test]
    fn who_records_must_see_the_region_of_the_bucket() {
        let one = || trail("data").data("All", &["arn:aws:s3"]).one_region();
        let of = |made| World::new().stores(vec![]).bucket(made).trail(logs(trail("t"))).trail(one()).region(ID).status;
        assert_eq!(of(bucket("logs")), Status::Pass);
        assert_eq!(of(bucket("logs").region("us-east-1")), Status::Unknown, "the trails of that Region were not read");
        assert_eq!(of(bucket("logs").location_denied()), Status::Unknown);
    }

    #[test]
    fn what_was_not_read_is_open() {
        let silent = || trail("other").change(|t| t.selectors = crate::checks::tests::denied("cloudtrail", "x"));
        assert_eq!(world().trail(logs(trail("t"))).trail(silent()).region(ID).status, Status::Unknown);
        assert_eq!(World::new().bucket(bucket("logs")).trail(logs(trail("t"))).region(ID).status, Status::Unknown);
        assert_eq!(world().trail(trail("t")).region(ID).status, Status::Unknown, "no bucket is named");
        assert_eq!(world().trails_denied().region(ID).status, Status::Unknown);
        assert_eq!(world().region(ID).status, Status::Fail, "no trail");
    }
}
