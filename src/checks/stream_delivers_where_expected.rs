//! Does the stream deliver only to Regions that are expected?

use super::{Check, Context, Judge, Remedy, Verdict, buckets, fail, not_applicable, pass, resting};
use crate::model::estate::Bucket;
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-delivers-where-expected",
    question: "Does the stream deliver only to Regions that are expected?",
    title: "Every bucket that the stream writes to is in the stream's own Region or in one that is expected",
    severity: Severity::Medium,
    why: "A bucket in another Region can be another country, and a transfer that the record of processing does not \
          know.",
    decided: "GetBucketLocation of every bucket names the stream's own Region, or one of expected.regions in \
              keywitness.toml. What is outside of S3 is listed with its address and not judged.",
    blind: "Replication from the bucket to another one; who reads it from where; where an HTTP endpoint, Splunk or \
            Snowflake stores what it gets.",
    remedy: Remedy {
        what: "Deliver to a bucket in the stream's own Region, or declare the Region if it was agreed on.",
        cli: r#"aws firehose update-destination --delivery-stream-name "$STREAM" \
  --current-delivery-stream-version-id "$VERSION" --destination-id "$DESTINATION" \
  --extended-s3-destination-update "BucketARN=arn:aws:s3:::$BUCKET""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        BucketARN: {"Fn::GetAtt": [Bucket, Arn]}
        RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.landing.arn
    role_arn   = aws_iam_role.delivery.arn
  }
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "s3:GetBucketLocation"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let expected = &context.settings.expected.regions;
    let located = |bucket: &Bucket| {
        let region = bucket.location.as_ref()?;
        let own = region.value == stream.region.as_str();
        let told = format!("in {}", region.value);
        Ok(if own || expected.contains(&region.value) { pass(told) } else { fail(told) }.seen(region))
    };
    let mut answers = buckets::of_stream(context, stream, resting::ALL, located)?;
    for d in &stream.deliveries.as_ref()?.value {
        if let Some(endpoint) = &d.endpoint {
            let told = format!("goes to {}, whose place no answer of AWS tells", endpoint.shown);
            answers.push((d.kind.word().to_owned(), Ok(not_applicable(told).at(&d.at))));
        }
    }
    resting::every(answers, resting::without(stream))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-delivers-where-expected";

    #[test]
    fn the_region_of_the_bucket_decides() {
        let of =
            |world: World| world.stream(direct_put("s").delivers(to(DestinationKind::S3))).of_stream(ID, "s").status;
        assert_eq!(of(World::new().bucket(bucket("main"))), Status::Pass);
        let away = || World::new().bucket(bucket("main").region("us-east-1"));
        assert_eq!(of(away()), Status::Fail);
        assert_eq!(of(away().declared("[expected]\nregions = [\"us-east-1\"]")), Status::Pass);
        assert_eq!(of(World::new().bucket(bucket("main").location_denied())), Status::Unknown);
        assert_eq!(of(World::new()), Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
