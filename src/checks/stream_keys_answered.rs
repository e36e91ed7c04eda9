//! Did every key answer whenever the stream needed it?

use super::{Check, Context, Judge, Remedy, Verdict, fail, metrics, not_applicable, pass};
use crate::model::finding::Severity;
use crate::model::hops::KEY_METRICS;
use crate::model::stream::Stream;
use crate::model::time;

pub(super) const CHECK: Check = Check {
    id: "stream-keys-answered",
    question: "Did every key answer whenever the stream needed it?",
    title: "CloudWatch counted deliveries of the stream in the window, and no failure of a key",
    severity: Severity::High,
    why: "A key that was disabled, denied or gone for some hours leaves no trace in the stream's configuration; it does in \
          its metrics, and records may be lost.",
    decided: "The metrics KMSKeyAccessDenied, KMSKeyDisabled, KMSKeyInvalidState and KMSKeyNotFound of the stream have no \
              data point above 0 in the window, and there was traffic: some other metric has data points. Without any \
              data point nothing was asked of a key, and the question does not arise.",
    blind: "Failures that CloudWatch has forgotten; which of several keys it was.",
    remedy: Remedy {
        what: "Mend the key or its policy, and see whether records were lost: what happened stays in the metrics until the \
               window has passed.",
        cli: r#"aws kms enable-key --key-id "$KEY""#,
        cloudformation: r"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      Enabled: true",
        terraform: r#"resource "aws_kms_key" "stream" {
  is_enabled = true
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "cloudwatch:GetMetricData"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let found = metrics::of(context, stream)?;
    let mut failures = Vec::new();
    for name in KEY_METRICS {
        let bad: Vec<_> = metrics::points(&found.value, name).iter().filter(|p| p.value > 0.0).collect();
        if let (Some(first), Some(last)) = (bad.first(), bad.last()) {
            let days = bad.len();
            failures.push(format!("{name} on {days} days, {} to {}", time::day(first.time), time::day(last.time)));
        }
    }
    if !failures.is_empty() {
        return Ok(fail(failures.join("; ")).seen(found));
    }
    if found.value.points.values().all(Vec::is_empty) {
        return Ok(not_applicable("no data point of any metric: no traffic in the window").seen(found));
    }
    Ok(pass("deliveries were counted, and no failure of a key").seen(found))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-keys-answered";

    #[test]
    fn a_failure_of_a_key_is_told_with_its_days() {
        let stream = || direct_put("s").delivers(to(DestinationKind::ExtendedS3));
        let of = |points: &[(&str, f64)]| World::new().stream(stream()).metrics("s", points).of_stream(ID, "s");
        assert_eq!(of(&[("DeliveryToS3.Success", 1.0)]).status, Status::Pass);
        assert_eq!(of(&[("DeliveryToS3.Success", 1.0), ("KMSKeyDisabled", 0.0)]).status, Status::Pass);
        let bad = of(&[("DeliveryToS3.Success", 1.0), ("KMSKeyDisabled", 4.0)]);
        assert_eq!(bad.status, Status::Fail);
        assert!(bad.reason.contains("KMSKeyDisabled on 1 days"), "{}", bad.reason);
        assert_eq!(of(&[]).status, Status::NotApplicable);
    }

    #[test]
    fn metrics_that_were_not_read_are_open() {
        let stream = || direct_put("s").delivers(to(DestinationKind::ExtendedS3));
        assert_eq!(World::new().stream(stream()).metrics_denied("s").of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(World::new().stream(stream()).of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
