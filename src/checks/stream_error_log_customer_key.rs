//! Are the error logs of the stream encrypted with a customer-managed key?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, resting};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-error-log-customer-key",
    question: "Are the error logs of the stream encrypted with a customer-managed key?",
    title: "A customer-managed key encrypts every log group that errors of the stream go to",
    severity: Severity::Low,
    why: "Messages about failed deliveries can quote from records, and stand beside all protection of the bucket.",
    decided: "Each log group of CloudWatchLoggingOptions has a kmsKeyId, and DescribeKey says KeyManager CUSTOMER. \
              Without one CloudWatch Logs encrypts with a key of its own. A rule of the house.",
    blind: "What the messages hold, and events that were logged before the key was given.",
    remedy: Remedy {
        what: "Give the log group a key whose policy lets CloudWatch Logs use it.",
        cli: r#"KEY=$(aws kms create-key --query KeyMetadata.Arn --output text --policy '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"},
  {"Effect":"Allow","Principal":{"Service":"logs.'"$REGION"'.amazonaws.com"},"Resource":"*",
  "Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],
  "Condition":{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":
  "arn:aws:logs:'"$REGION"':'"$ACCOUNT"':log-group:'"$LOG_GROUP"'"}}}]}')
aws logs associate-kms-key --log-group-name "$LOG_GROUP" --kms-key-id "$KEY""#,
        cloudformation: r#"Resources:
  LogKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}
          - Effect: Allow
            Principal: {Service: logs.eu-west-1.amazonaws.com}
            Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
            Resource: "*"
            Condition:
              ArnEquals: {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:log-group:errors"}
  StreamErrors:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: errors
      KmsKeyId: {"Fn::GetAtt": [LogKey, Arn]}"#,
        terraform: r#"resource "aws_kms_key" "logs" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "kms:*"
      Resource  = "*"
      }, {
      Effect    = "Allow"
      Principal = { Service = "logs.eu-west-1.amazonaws.com" }
      Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
      Resource  = "*"
      Condition = {
        ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-west-1:111122223333:log-group:errors" }
      }
    }]
  })
}

resource "aws_cloudwatch_log_group" "errors" {
  name       = "errors"
  kms_key_id = aws_kms_key.logs.arn
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "logs:DescribeLogGroups", "kms:DescribeKey", "kms:ListAliases"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let rests = resting::error_logs(context, stream)?;
    let deliveries = stream.deliveries.as_ref()?;
    let nothing = Ok(not_applicable("errors are not logged").seen(deliveries));
    resting::each(rests, nothing, |kept| kept.by_a_customers_key(context, &stream.account))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key, direct_put, log_group, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-error-log-customer-key";

    #[test]
    fn the_key_of_the_group_decides() {
        let logged = || direct_put("s").delivers(to(DestinationKind::ExtendedS3).logs("errors"));
        let of = |world: World| world.stream(logged()).of_stream(ID, "s").status;
        assert_eq!(of(World::new().key(customer_key("l")).log_group(log_group("errors").key("l"))), Status::Pass);
        assert_eq!(of(World::new().key(aws_managed("l")).log_group(log_group("errors").key("l"))), Status::Fail);
        assert_eq!(of(World::new().log_group(log_group("errors").key("l"))), Status::Unknown);
        assert_eq!(of(World::new().log_group(log_group("errors"))), Status::Fail);
        assert_eq!(of(World::new().log_group(log_group("errors").denied())), Status::Unknown);
        assert_eq!(of(World::new()), Status::Unknown);
    }

    #[test]
    fn without_a_log_there_is_nothing_to_ask() {
        let world = World::new().stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3)));
        assert_eq!(world.of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
        let unread = World::new().stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3).logging_denied()));
        assert_eq!(unread.of_stream(ID, "s").status, Status::Unknown);
    }
}
