//! Are records kept as they came in where the stream changes them?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, fail, not_applicable, pass, resting, unknown};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-backup-of-changed-records",
    question: "Are records kept as they came in where the stream changes them?",
    title: "A destination that changes records on the way keeps a backup of all that came in",
    severity: Severity::Low,
    why: "A function that changes records can also spoil or drop them; without a backup nobody can show what came in.",
    decided: "A destination with a Lambda function in its processing has S3BackupMode Enabled, AllDocuments, AllEvents or \
              AllData. Backups of failures only keep what was not delivered, and not what came in. Where nothing is \
              changed, the question does not arise.",
    blind: "What the function does. The encryption of the backup: see stream-backup-encrypted.",
    remedy: Remedy {
        what: "Switch the backup of source records on.",
        cli: r#"aws firehose update-destination --delivery-stream-name "$STREAM" \
  --current-delivery-stream-version-id "$VERSION" --destination-id "$DESTINATION" --extended-s3-destination-update \
  "S3BackupMode=Enabled,S3BackupUpdate={RoleARN=$DELIVERY_ROLE,BucketARN=arn:aws:s3:::$BACKUP_BUCKET}""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        BucketARN: {"Fn::GetAtt": [Bucket, Arn]}
        RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}
        S3BackupMode: Enabled
        S3BackupConfiguration:
          BucketARN: {"Fn::GetAtt": [BackupBucket, Arn]}
          RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  extended_s3_configuration {
    bucket_arn     = aws_s3_bucket.landing.arn
    role_arn       = aws_iam_role.delivery.arn
    s3_backup_mode = "Enabled"
    s3_backup_configuration {
      bucket_arn = aws_s3_bucket.backup.arn
      role_arn   = aws_iam_role.delivery.arn
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
    for d in &deliveries.value {
        let answer = match &d.processors {
            Err(unread) => resting::gap(unread),
            Ok(read) if read.value.is_empty() => {
                Ok(not_applicable("nothing changes the records on their way").seen(read))
            }
            Ok(read) => match &d.backup_mode {
                Err(unread) => resting::gap(unread),
                Ok(mode) => match mode.value.as_deref() {
                    Some("Enabled" | "AllDocuments" | "AllEvents" | "AllData") => {
                        Ok(pass("what came in is kept").seen(mode).seen(read))
                    }
                    Some("Disabled") => {
                        Ok(fail("a function changes records, and no backup is kept").seen(mode).seen(read))
                    }
                    Some(other) if other.starts_with("Failed") => {
                        let told = format!("a function changes records, and only failures are kept ({other})");
                        Ok(fail(told).seen(mode).seen(read))
                    }
                    _ => {
                        let open: Unknown = unknown("AWS does not say whether a backup is kept");
                        Err(open.seen(mode))
                    }
                },
            },
        };
        answers.push((d.kind.word().to_owned(), answer));
    }
    resting::every(answers, resting::without(stream))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-backup-of-changed-records";

    #[test]
    fn who_changes_records_keeps_what_came_in() {
        let of = |to| World::new().stream(direct_put("s").delivers(to)).of_stream(ID, "s").status;
        let changed = || to(DestinationKind::ExtendedS3).changes();
        assert_eq!(of(to(DestinationKind::ExtendedS3)), Status::NotApplicable);
        assert_eq!(of(changed().mode(Some("Enabled"))), Status::Pass);
        assert_eq!(of(changed().mode(Some("Disabled"))), Status::Fail);
        assert_eq!(of(to(DestinationKind::Splunk).changes().mode(Some("FailedEventsOnly"))), Status::Fail);
        assert_eq!(of(changed().mode(None)), Status::Unknown);
        assert_eq!(of(changed().mode_denied()), Status::Unknown);
        assert_eq!(of(to(DestinationKind::Unknown)), Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
