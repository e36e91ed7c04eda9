//! Are the log files kept as long as declared?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, trails, unknown};
use crate::model::estate::{Bucket, LifecycleRule};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-bucket-retention",
    question: "Are the log files kept as long as declared?",
    title: "No lifecycle rule of a trail's bucket deletes log files before the declared time",
    severity: Severity::Medium,
    why: "Whoever must show what happened a year ago needs log files of a year ago. Event history keeps 90 days only.",
    decided: "expected.log_retention_days in keywitness.toml says how long. The lifecycle of the bucket of a trail that is \
              logging here has no enabled rule that lets objects expire sooner, where they may be log files: under any \
              prefix, as the prefix of the trail is not kept. A bucket without such a rule keeps them until somebody \
              deletes them. Without the declaration it is unknown: no number is taken for granted.",
    blind: "Deletion by hand, and objects that are moved to another store; whether the files of that time are really \
            there.",
    remedy: Remedy {
        what: "Let log files expire after the declared time and not before.",
        cli: r#"aws s3api put-bucket-lifecycle-configuration --bucket "$BUCKET" --lifecycle-configuration \
  "{\"Rules\":[{\"ID\":\"logs\",\"Status\":\"Enabled\",\"Filter\":{\"Prefix\":\"\"},\"Expiration\":{\"Days\":$DAYS}}]}""#,
        cloudformation: r"Resources:
  LogBucket:
    Type: AWS::S3::Bucket
    Properties:
      LifecycleConfiguration:
        Rules: [{Id: logs, Status: Enabled, ExpirationInDays: 400}]",
        terraform: r#"resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    id     = "logs"
    status = "Enabled"
    filter {}
    expiration {
      days = 400
    }
  }
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "s3:GetBucketLifecycleConfiguration"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    let Some(wanted) = context.settings.expected.log_retention_days else {
        let told = "how long log files must be kept is not declared (expected.log_retention_days in keywitness.toml)";
        return Err(unknown(told));
    };
    trails::bucket(context, place, |bucket| kept(bucket, wanted))
}

fn kept(bucket: &Bucket, wanted: u64) -> Verdict {
    let rules = bucket.lifecycle.as_ref()?;
    let name = |id: &Option<String>| id.clone().unwrap_or_else(|| "without a name".to_owned());
    let enabled = || rules.value.iter().filter(|r| r.enabled);
    let early = |r: &LifecycleRule| r.expires_days.filter(|days| *days < wanted);
    let mut whole = enabled().filter(|r| !r.filtered);
    if let Some((rule, days)) = whole.find_map(|r| Some((r, early(r)?))) {
        let told = format!("rule {} deletes after {days} days, and {wanted} are declared", name(&rule.id));
        return Ok(fail(told).seen(rules));
    }
    let doubtful = |r: &&LifecycleRule| r.expires_date.is_some() || (r.filtered && early(r).is_some());
    if let Some(rule) = enabled().find(doubtful) {
        let told = format!("rule {} deletes some objects, by a date or by more than a prefix", name(&rule.id));
        return Err(unknown(told).seen(rules));
    }
    Ok(match enabled().filter_map(|r| r.expires_days).min() {
        Some(days) => pass(format!("kept for {days} days, and {wanted} are declared")),
        None => pass("no rule deletes them"),
    }
    .seen(rules))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, trail};
    use crate::model::Status;

    const ID: &str = "trail-bucket-retention";

    #[test]
    fn no_rule_may_delete_too_early() {
        let of = |b| {
            let world = World::new().declared("[expected]\nlog_retention_days = 365");
            world.trail(trail("t").change(|t| t.bucket = Some("logs".to_owned()))).bucket(b).region(ID).status
        };
        assert_eq!(of(bucket("logs")), Status::Pass);
        assert_eq!(of(bucket("logs").expires("", 400)), Status::Pass);
        assert_eq!(of(bucket("logs").expires("", 400).expires("AWSLogs/", 90)), Status::Fail);
        assert_eq!(of(bucket("logs").expires_some(90)), Status::Unknown);
        assert_eq!(of(bucket("logs").lifecycle_denied()), Status::Unknown);
    }

    #[test]
    fn without_a_declaration_it_is_open() {
        let world = World::new().trail(trail("t").change(|t| t.bucket = Some("logs".to_owned())));
        assert_eq!(world.bucket(bucket("logs").expires("", 1)).region(ID).status, Status::Unknown);
    }
}
