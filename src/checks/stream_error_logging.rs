//! Does somebody learn of deliveries that fail?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, resting};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-error-logging",
    question: "Does somebody learn of deliveries that fail?",
    title: "Every destination of the stream logs its errors",
    severity: Severity::Low,
    why: "A key that may not be used any more shows first as deliveries that fail. Without a log nobody sees why.",
    decided: "CloudWatchLoggingOptions.Enabled is true for every destination and each of its S3 structures, and names a \
              log group. Where AWS tells of no options, nothing is logged.",
    blind: "Whether anybody reads the log. Its key: see stream-error-log-customer-key.",
    remedy: Remedy {
        what: "Switch error logging on, with a log group and a log stream.",
        cli: r#"aws firehose update-destination --delivery-stream-name "$STREAM" \
  --current-delivery-stream-version-id "$VERSION" --destination-id "$DESTINATION" \
  --extended-s3-destination-update "CloudWatchLoggingOptions={Enabled=true,LogGroupName=$LOG_GROUP,LogStreamName=$LOG_STREAM}""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        BucketARN: {"Fn::GetAtt": [Bucket, Arn]}
        RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}
        CloudWatchLoggingOptions:
          Enabled: true
          LogGroupName: {Ref: StreamErrors}
          LogStreamName: delivery"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.landing.arn
    role_arn   = aws_iam_role.delivery.arn
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.errors.name
      log_stream_name = "delivery"
    }
  }
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream"],
    judge: Judge::EachStream(judge),
};

fn judge(_: &Context<'_>, stream: &Stream) -> Verdict {
    let deliveries = stream.deliveries.as_ref()?;
    let mut answers = Vec::new();
    for destination in &deliveries.value {
        let own = (destination.kind.word().to_owned(), &destination.logging);
        let inner = destination.s3.iter().map(|s| (resting::s3_name(destination, s), &s.logging));
        // The extended S3 destination is its own S3 structure: what it says twice is asked once.
        let same = destination.s3.iter().any(|s| s.at == destination.at);
        let all = std::iter::once(own).filter(|_| !same).chain(inner);
        answers.extend(all.map(|(name, logging)| {
            let answer = match logging {
                Err(unread) => resting::gap(unread),
                Ok(read) => Ok(match (&read.value.enabled, &read.value.group) {
                    (true, Some(group)) => pass(format!("errors go to {group}")).seen(read),
                    (true, None) => fail("logging is on and names no log group").seen(read),
                    (false, _) => fail("errors are not logged").seen(read),
                }),
            };
            (name, answer)
        }));
    }
    resting::every(answers, resting::without(stream))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-error-logging";

    #[test]
    fn every_structure_must_log() {
        let of = |to| World::new().stream(direct_put("s").delivers(to)).of_stream(ID, "s");
        assert_eq!(of(to(DestinationKind::ExtendedS3)).status, Status::Fail);
        assert_eq!(of(to(DestinationKind::ExtendedS3).logs("errors")).status, Status::Pass);
        assert_eq!(of(to(DestinationKind::Splunk).logs("errors")).status, Status::Pass);
        assert_eq!(of(to(DestinationKind::ExtendedS3).logging_denied()).status, Status::Unknown);
        assert_eq!(of(to(DestinationKind::Unknown)).status, Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
