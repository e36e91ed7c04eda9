//! Did log files arrive lately?

use super::trails::{self, Delivery};
use super::{Check, Context, Judge, Remedy, Verdict};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-delivers-logs",
    question: "Did log files arrive lately?",
    title: "A trail that logs in this Region delivered log files within the last day, without an error",
    severity: Severity::Medium,
    why: "A trail that is switched on and cannot deliver records nothing.",
    decided: "GetTrailStatus of a trail that is logging here gives a time of the last delivery of log files that \
              is at most 24 hours before the end of the run, and no error.",
    blind: "Whether the files are still where they were delivered, and what is in them: see keywitness trail \
            validate.",
    remedy: Remedy {
        what: "Let CloudTrail write to the bucket, and use the trail's key where it has one; LatestDeliveryError says what is \
               amiss. A command replaces the whole policy: add the statements to those that are yours. A trail with a prefix \
               writes below it. A trail of the organization also writes below AWSLogs/ and the organization's id, \
               as in AWSLogs/o-exampleorgid/: without that in the policy the log files of the members stop.",
        cli: r#"aws cloudtrail get-trail-status --name "$TRAIL" --query "[LatestDeliveryTime,LatestDeliveryError]"
aws s3api put-bucket-policy --bucket "$BUCKET" --policy '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl",
  "Resource":"arn:aws:s3:::'"$BUCKET"'","Condition":{"StringEquals":{"aws:SourceArn":"'"$TRAIL_ARN"'"}}},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject",
  "Resource":"arn:aws:s3:::'"$BUCKET"'/AWSLogs/'"$ACCOUNT"'/*","Condition":{"StringEquals":
  {"aws:SourceArn":"'"$TRAIL_ARN"'","s3:x-amz-acl":"bucket-owner-full-control"}}}]}'
# Where the trail has a key:
aws kms put-key-policy --key-id "$TRAIL_KEY" --policy-name default --policy '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"*",
  "Action":["kms:GenerateDataKey*","kms:DescribeKey"],"Condition":{"StringEquals":{"aws:SourceArn":"'"$TRAIL_ARN"'"}}},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}]}'"#,
        cloudformation: r#"Resources:
  LogBucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: audit-logs
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: s3:GetBucketAcl
            Resource: "arn:aws:s3:::audit-logs"
            Condition: {StringEquals: {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}}
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: s3:PutObject
            Resource: "arn:aws:s3:::audit-logs/AWSLogs/111122223333/*"
            Condition:
              StringEquals:
                "aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
                "s3:x-amz-acl": bucket-owner-full-control
  # Where the trail has a key:
  TrailKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::111122223333:root"}
            Action: "kms:*"
            Resource: "*"
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: ["kms:GenerateDataKey*", "kms:DescribeKey"]
            Resource: "*"
            Condition: {StringEquals: {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}}
          - {Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: "kms:Decrypt", Resource: "*"}"#,
        terraform: r#"resource "aws_s3_bucket_policy" "audit_logs" {
  bucket = aws_s3_bucket.audit_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = aws_s3_bucket.audit_logs.arn
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
      }, {
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.audit_logs.arn}/AWSLogs/${local.account}/*"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn, "s3:x-amz-acl" = "bucket-owner-full-control" } }
    }]
  })
}

# Where the trail has a key:
resource "aws_kms_key_policy" "trail" {
  key_id = aws_kms_key.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${local.account}:root" }
      Action    = "kms:*"
      Resource  = "*"
      }, {
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["kms:GenerateDataKey*", "kms:DescribeKey"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
      }, {
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "kms:Decrypt"
      Resource  = "*"
    }]
  })
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::delivered(context, place, |status| Delivery {
        what: "log files",
        last: status.latest_delivery,
        error: status.delivery_error.as_deref(),
        hours: 24,
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-delivers-logs";
    use crate::checks::tests::hours_ago;

    #[test]
    fn the_last_delivery_must_be_recent() {
        let of = |t| World::new().trail(t).region(ID).status;
        assert_eq!(of(trail("a")), Status::Pass);
        assert_eq!(of(trail("a").status(|s| s.latest_delivery = Some(hours_ago(24 + 1)))), Status::Fail);
        assert_eq!(of(trail("a").status(|s| s.delivery_error = Some("AccessDenied".to_owned()))), Status::Fail);
        assert_eq!(of(trail("a").status(|s| s.latest_delivery = None)), Status::Unknown);
        assert_eq!(of(trail("a").status_denied()), Status::Unknown);
        assert_eq!(World::new().region(ID).status, Status::Fail);
    }
}
