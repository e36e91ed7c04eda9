//! What the checks of trails share: which trails cover a Region, and what stays open when one could not be read.

use super::patterns::Fits;
use super::{Context, Ruling, Unknown, Verdict, fail, pass, resting, unknown};
use crate::model::estate::Bucket;
use crate::model::reading::{Citation, Read};
use crate::model::snapshot::Place;
use crate::model::trail::{AdvancedSelector, ClassicSelector, Selectors, Trail, TrailStatus};
use crate::model::{Time, time};

/// What the remedies say that give a trail a key.
pub(super) const KEYED: &str = "Give the trail a key whose policy lets CloudTrail encrypt, and decrypt where the bucket \
                                has an S3 Bucket Key.";
/// The same as commands.
pub(super) const KEYED_CLI: &str = r#"KEY=$(aws kms create-key --query KeyMetadata.Arn --output text --policy \
  '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"*",
  "Action":["kms:GenerateDataKey*","kms:DescribeKey"],"Condition":{"StringEquals":{"aws:SourceArn":"'"$TRAIL_ARN"'"}}},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}]}')
aws cloudtrail update-trail --name "$TRAIL" --kms-key-id "$KEY""#;
/// The same as a template.
pub(super) const KEYED_CLOUDFORMATION: &str = r#"Resources:
  TrailKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: ["kms:GenerateDataKey*", "kms:DescribeKey"]
            Resource: "*"
            Condition: {StringEquals: {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}}
          - {Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: "kms:Decrypt", Resource: "*"}
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      TrailName: main
      IsLogging: true
      S3BucketName: audit-logs
      KMSKeyId: {"Fn::GetAtt": [TrailKey, Arn]}"#;
/// The same for Terraform.
pub(super) const KEYED_TERRAFORM: &str = r#"resource "aws_kms_key" "trail" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "kms:*"
      Resource  = "*"
      }, {
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["kms:GenerateDataKey*", "kms:DescribeKey"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main" } }
      }, {
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "kms:Decrypt"
      Resource  = "*"
    }]
  })
}

resource "aws_cloudtrail" "main" {
  name       = "main"
  kms_key_id = aws_kms_key.trail.arn
}"#;

/// One trail is enough to pass; a trail that could not be read keeps the answer open; else it is a failure.
pub(super) fn any(place: &Place, none: &str, judge: impl Fn(&Trail) -> Verdict) -> Verdict {
    let trails = place.trails.as_ref()?;
    let mut open: Option<Unknown> = None;
    let mut failed: Vec<Ruling> = Vec::new();
    for trail in &trails.value {
        match judge(trail) {
            Ok(ruling) if ruling.status == crate::model::Status::Pass => return Ok(ruling),
            Ok(ruling) => failed.push(ruling),
            Err(unknown) => open = open.or(Some(unknown)),
        }
    }
    if let Some(unknown) = open {
        return Err(unknown);
    }
    let reasons: Vec<String> = failed.iter().map(|r| r.reason.clone()).collect();
    let told = if reasons.is_empty() { none.to_owned() } else { reasons.join("; ") };
    let seen: Vec<Citation> = failed.into_iter().flat_map(|r| r.seen).collect();
    Ok(seen.iter().fold(fail(told).seen(trails), Ruling::at))
}

/// What is asked of the bucket of a trail that logs here.
pub(super) fn bucket(context: &Context<'_>, place: &Place, question: impl Fn(&Bucket) -> Verdict) -> Verdict {
    any(place, "no trail covers this Region", |trail| {
        let cited = match logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let Some(name) = &trail.bucket else {
            let untold = unknown(format!("the answer names no bucket of trail {}", trail.name));
            return Err(Unknown { seen: vec![trail.listed.clone()], ..untold });
        };
        let ruling = question(resting::bucket(context, &place.account, name)?)?;
        let ruling = Ruling { reason: format!("trail {}, bucket {name}: {}", trail.name, ruling.reason), ..ruling };
        Ok(cited.iter().fold(ruling.at(&trail.listed), Ruling::at))
    })
}

/// Whether a trail logs here, as `GetTrailStatus` of this Region says.
pub(super) fn logs_here(trail: &Trail) -> Result<Result<Vec<Citation>, Ruling>, Unknown> {
    let status = trail.status.as_ref()?;
    Ok(match (status.value.logging, &status.value.delivery_error) {
        (true, None) => Ok(vec![status.at.clone()]),
        (true, Some(error)) => {
            Err(fail(format!("trail {} cannot deliver its logs ({error})", trail.name)).seen(status))
        }
        (false, _) => Err(fail(format!("trail {} is not logging", trail.name)).seen(status)),
    })
}

/// After how many hours without a delivery a trail's log group counts as no longer fed.
pub(super) const LOG_GROUP_HOURS: i64 = 24;

/// Whether the events of a trail reach its log group: what reads there sees nothing of a trail that stopped delivering.
pub(super) fn reaches_log_group(status: &TrailStatus, now: Time) -> Fits {
    match (status.logging, &status.log_group_error, status.latest_log_group) {
        (true, None, Some(last)) if (now - last).num_hours() < LOG_GROUP_HOURS => Fits::Yes,
        _ => Fits::No,
    }
}

/// What a trail delivers, and when it last did.
pub(super) struct Delivery<'a> {
    /// In a sentence.
    pub what: &'static str,
    /// The time, where AWS gives one.
    pub last: Option<Time>,
    /// Why it could not.
    pub error: Option<&'a str>,
    /// The longest time since the last one that is no failure.
    pub hours: i64,
}

/// Whether a trail that logs here delivered lately, as `GetTrailStatus` of this Region says.
pub(super) fn delivered(
    context: &Context<'_>,
    place: &Place,
    delivery: impl for<'t> Fn(&'t TrailStatus) -> Delivery<'t>,
) -> Verdict {
    any(place, "no trail covers this Region", |trail| {
        let cited = match logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let status = trail.status.as_ref()?;
        let Delivery { what, last, error, hours } = delivery(&status.value);
        if let Some(error) = error {
            return Ok(fail(format!("trail {} cannot deliver {what} ({error})", trail.name)).seen(status));
        }
        let Some(last) = last else {
            return Err(
                unknown(format!("AWS does not say when trail {} last delivered {what}", trail.name)).seen(status)
            );
        };
        let told = format!("trail {} last delivered {what} at {}", trail.name, time::seconds(last));
        let late = (context.snapshot.run.ended - last).num_hours() >= hours;
        let ruling = if late { fail(told) } else { pass(told) };
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

/// What a trail leaves out of all management events; nothing only where selectors without a condition, or one for reads
/// and one for writes, let all of them pass.
pub(super) fn left_out(selectors: &Selectors) -> Option<String> {
    let (mut reads, mut writes, mut excluded) = (false, false, Vec::new());
    match selectors {
        Selectors::Classic(list) => {
            for selector in list.iter().filter(|s| s.management) {
                excluded.extend(selector.excluded.iter().cloned());
                reads |= selector.excluded.is_empty() && selector.read_write != "WriteOnly";
                writes |= selector.excluded.is_empty() && selector.read_write != "ReadOnly";
            }
        }
        Selectors::Advanced(list) => {
            for selector in list {
                let (kind, category): (Vec<_>, Vec<_>) = selector.fields.iter().partition(|f| f.field == "readOnly");
                let management = category.iter().any(|f| f.field == "eventCategory" && f.meets("Management"));
                let others: Vec<&str> =
                    category.iter().filter(|f| f.field != "eventCategory").map(|f| f.field.as_str()).collect();
                if management && others.is_empty() {
                    reads |= kind.iter().all(|f| f.meets("true"));
                    writes |= kind.iter().all(|f| f.meets("false"));
                } else if management {
                    excluded.extend(others.iter().map(|field| format!("some by {field}")));
                }
            }
        }
    }
    match (reads, writes) {
        (true, true) => None,
        (true, false) => Some("management events that write".to_owned()),
        (false, true) => Some("management events that read".to_owned()),
        (false, false) if excluded.is_empty() => Some("all management events".to_owned()),
        (false, false) => Some(format!("management events: {}", excluded.join(", "))),
    }
}

/// Which management events of KMS a trail records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub reads: bool,
    pub writes: bool,
}

/// Evaluates selectors instead of looking for one spelling: an event is recorded when some selector lets it pass.
/// `None` when a condition is about something that this program cannot decide.
pub(super) fn kms_events(selectors: &Selectors) -> Option<Recorded> {
    match selectors {
        Selectors::Classic(list) => {
            let open = |s: &&ClassicSelector| s.management && !s.excluded.iter().any(|e| e == "kms.amazonaws.com");
            let records = |word: &str| list.iter().filter(open).any(|s| s.read_write == "All" || s.read_write == word);
            Some(Recorded { reads: records("ReadOnly"), writes: records("WriteOnly") })
        }
        Selectors::Advanced(list) => Some(Recorded { reads: passes(list, true)?, writes: passes(list, false)? }),
    }
}

fn passes(selectors: &[AdvancedSelector], read_only: bool) -> Option<bool> {
    let mut undecided = false;
    for selector in selectors {
        match passes_one(selector, read_only) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => undecided = true,
        }
    }
    (!undecided).then_some(false)
}

/// All conditions must hold for every management event of KMS; one that depends on the event leaves it open.
fn passes_one(selector: &AdvancedSelector, read_only: bool) -> Option<bool> {
    let mut open = false;
    for field in &selector.fields {
        let value = match field.field.as_str() {
            "eventCategory" => "Management",
            "eventSource" => "kms.amazonaws.com",
            "readOnly" if read_only => "true",
            "readOnly" => "false",
            _ => {
                open = true;
                continue;
            }
        };
        if !field.meets(value) {
            return Some(false);
        }
    }
    (!open).then_some(true)
}

/// The citation of a reading, for a list.
pub(super) fn cite<T>(reading: &Read<T>) -> Citation {
    reading.at.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trail::FieldSelector;

    fn classic(read_write: &str, excluded: &[&str]) -> Selectors {
        Selectors::Classic(vec![ClassicSelector {
            management: true,
            read_write: read_write.to_owned(),
            excluded: excluded.iter().map(ToString::to_string).collect(),
            data: Vec::new(),
        }])
    }

    fn field(name: &str, change: impl FnOnce(&mut FieldSelector)) -> FieldSelector {
        let mut field = FieldSelector { field: name.to_owned(), ..FieldSelector::default() };
        change(&mut field);
        field
    }

    fn management() -> FieldSelector {
        field("eventCategory", |f| f.equals = vec!["Management".to_owned()])
    }

    #[test]
    fn a_classic_selector_excludes_kms_by_source() {
        assert_eq!(kms_events(&classic("All", &[])), Some(Recorded { reads: true, writes: true }));
        assert_eq!(kms_events(&classic("WriteOnly", &[])), Some(Recorded { reads: false, writes: true }));
        assert_eq!(kms_events(&classic("All", &["kms.amazonaws.com"])), Some(Recorded { reads: false, writes: false }));
    }

    #[test]
    fn an_advanced_selector_can_exclude_kms_in_many_ways() {
        let kms = || vec!["kms.amazonaws.com".to_owned()];
        let ways = [
            field("eventSource", |f| f.not_equals = kms()),
            field("eventSource", |f| f.not_starts_with = vec!["kms".to_owned()]),
            field("eventSource", |f| f.not_ends_with = vec!["amazonaws.com".to_owned()]),
            field("eventSource", |f| f.equals = vec!["ec2.amazonaws.com".to_owned()]),
            field("eventSource", |f| f.starts_with = vec!["s3".to_owned()]),
        ];
        for way in ways {
            let selectors = Selectors::Advanced(vec![AdvancedSelector { fields: vec![management(), way.clone()] }]);
            assert_eq!(kms_events(&selectors), Some(Recorded { reads: false, writes: false }), "{way:?}");
        }
    }

    #[test]
    fn several_selectors_add_up() {
        let writes = field("readOnly", |f| f.equals = vec!["false".to_owned()]);
        let data = field("eventCategory", |f| f.equals = vec!["Data".to_owned()]);
        let selectors = Selectors::Advanced(vec![
            AdvancedSelector { fields: vec![data] },
            AdvancedSelector { fields: vec![management(), writes] },
        ]);
        assert_eq!(kms_events(&selectors), Some(Recorded { reads: false, writes: true }));
    }

    #[test]
    fn a_condition_on_the_event_itself_leaves_it_open() {
        let name = field("eventName", |f| f.not_equals = vec!["Decrypt".to_owned()]);
        let selectors = Selectors::Advanced(vec![AdvancedSelector { fields: vec![management(), name] }]);
        assert_eq!(kms_events(&selectors), None);
    }
}
