//! Do deliveries of the stream succeed?

use super::{Check, Context, Judge, Remedy, Verdict, fail, metrics, not_applicable, pass, resting};
use crate::model::finding::Severity;
use crate::model::stream::Stream;
use crate::model::time;

pub(super) const CHECK: Check = Check {
    id: "stream-delivery-succeeds",
    question: "Do deliveries of the stream succeed?",
    title: "On every day of the window with traffic, at least 99 of 100 of the stream's deliveries succeeded",
    severity: Severity::Medium,
    why: "Deliveries that fail end in the error bucket or are dropped; the evidence of what was delivered is then not \
          whole.",
    decided: "For each destination: the daily average of its metric of success is 0.99 or more on each day that has one; \
              a few failed attempts are repeated by Firehose. A destination without data points had no traffic, which is \
              no failure. AWS documents no such metric for Iceberg tables.",
    blind: "Why deliveries failed, and whether what failed was delivered later.",
    remedy: Remedy {
        what: "Read the error log of the destination; most often it is a permission, a key or a closed endpoint. Let the \
               delivery role write to the bucket, and use the key of its objects where they have one. The policies have \
               names of their own: under a name that the role has already, a command replaces what is there. A day that \
               failed stays in the metrics until the window has passed it.",
        cli: r#"aws logs filter-log-events --log-group-name "$LOG_GROUP" --filter-pattern errorCode
aws iam put-role-policy --role-name "$ROLE_NAME" --policy-name keywitness-delivery --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:AbortMultipartUpload","s3:GetBucketLocation",
  "s3:GetObject","s3:ListBucket","s3:ListBucketMultipartUploads","s3:PutObject"],
  "Resource":["arn:aws:s3:::'"$BUCKET"'","arn:aws:s3:::'"$BUCKET"'/*"]}]}'
# Where the objects have a key:
aws iam put-role-policy --role-name "$ROLE_NAME" --policy-name keywitness-delivery-key --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],
  "Resource":"'"$KEY"'"}]}'"#,
        cloudformation: r#"Resources:
  Delivery:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: delivery
      PolicyName: keywitness-delivery
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - s3:AbortMultipartUpload
              - s3:GetBucketLocation
              - s3:GetObject
              - s3:ListBucket
              - s3:ListBucketMultipartUploads
              - s3:PutObject
            Resource: ["arn:aws:s3:::landing", "arn:aws:s3:::landing/*"]
  # Where the objects have a key:
  DeliveryKey:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: delivery
      PolicyName: keywitness-delivery-key
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ["kms:GenerateDataKey", "kms:Decrypt"]
            Resource: {"Fn::GetAtt": [DataKey, Arn]}"#,
        terraform: r#"resource "aws_iam_role_policy" "delivery" {
  name = "keywitness-delivery"
  role = "delivery"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket",
        "s3:ListBucketMultipartUploads", "s3:PutObject",
      ]
      Resource = [aws_s3_bucket.landing.arn, "${aws_s3_bucket.landing.arn}/*"]
    }]
  })
}

# Where the objects have a key:
resource "aws_iam_role_policy" "delivery_key" {
  name = "keywitness-delivery-key"
  role = "delivery"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
      Resource = aws_kms_key.data.arn
    }]
  })
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "cloudwatch:GetMetricData"],
    judge: Judge::EachStream(judge),
};

/// The share of deliveries that must succeed on a day.
const ENOUGH: f64 = 0.99;

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let names = metrics::success(stream)?;
    let found = metrics::of(context, stream)?;
    let mut answers = Vec::new();
    for name in names {
        let points = metrics::points(&found.value, name);
        let bad: Vec<_> = points.iter().filter(|p| p.value < ENOUGH).collect();
        let worst = bad.iter().min_by(|a, b| a.value.total_cmp(&b.value));
        let ruling = match (points.len(), worst) {
            (0, _) => not_applicable("no data point: no traffic in the window"),
            (days, None) => pass(format!("enough on each of {days} days")),
            (days, Some(worst)) => {
                let share = worst.value * 100.0;
                let day = time::day(worst.time);
                fail(format!("too few on {} of {days} days, {share:.1} % on {day}", bad.len()))
            }
        };
        answers.push((name.to_owned(), Ok(ruling.seen(found))));
    }
    let nothing = match resting::without(stream) {
        Err(_) if stream.deliveries.as_ref().is_ok_and(|d| !d.value.is_empty()) => {
            Ok(not_applicable("AWS documents no metric of success for this kind of destination").seen(found))
        }
        other => other,
    };
    resting::every(answers, nothing)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-delivery-succeeds";

    #[test]
    fn the_worst_day_is_told() {
        let of = |points: &[(&str, f64)]| {
            let stream = direct_put("s").delivers(to(DestinationKind::ExtendedS3));
            World::new().stream(stream).metrics("s", points).of_stream(ID, "s")
        };
        assert_eq!(of(&[("DeliveryToS3.Success", 1.0), ("DeliveryToS3.Success", 0.995)]).status, Status::Pass);
        let bad = of(&[("DeliveryToS3.Success", 1.0), ("DeliveryToS3.Success", 0.25)]);
        assert_eq!(bad.status, Status::Fail);
        assert!(bad.reason.contains("25.0 %"), "{}", bad.reason);
        assert_eq!(of(&[]).status, Status::NotApplicable);
    }

    #[test]
    fn a_kind_without_a_metric_is_not_asked_and_an_unread_one_is_open() {
        let iceberg = || direct_put("s").delivers(to(DestinationKind::Iceberg));
        assert_eq!(World::new().stream(iceberg()).metrics("s", &[]).of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(iceberg()).metrics_denied("s").of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
