//! Are the secrets of the stream's destinations kept in Secrets Manager?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, resting};
use crate::model::destination::DestinationKind;
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-secrets-managed",
    question: "Are the secrets of the stream's destinations kept in Secrets Manager?",
    title: "No password, key or token of a destination stands in the stream's own configuration",
    severity: Severity::Medium,
    why: "A secret in a configuration is seen by whoever may deploy the stream, stands in templates, and nobody \
          changes it.",
    decided: "Redshift, Splunk, HTTP endpoint and Snowflake destinations have SecretsManagerConfiguration.Enabled true. \
              Other destinations are reached by a role, without a secret.",
    blind: "An HTTP endpoint that asks for no key at all. The secret's own key stands in the lineage of the stream; its \
            policy is not read, nor whether it is ever changed. This program never keeps a secret that AWS shows.",
    remedy: Remedy {
        what: "Move the secret into Secrets Manager, let the delivery role read it, and name it in the destination.",
        cli: r#"aws firehose update-destination --delivery-stream-name "$STREAM" \
  --current-delivery-stream-version-id "$VERSION" --destination-id "$DESTINATION" \
  --splunk-destination-update "SecretsManagerConfiguration={Enabled=true,SecretARN=$SECRET,RoleARN=$DELIVERY_ROLE}""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      SplunkDestinationConfiguration:
        HECEndpoint: https://splunk.example.com:8088
        HECEndpointType: Raw
        SecretsManagerConfiguration: {Enabled: true, SecretARN: {Ref: SplunkToken}}
        S3Configuration:
          BucketARN: {"Fn::GetAtt": [Bucket, Arn]}
          RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  splunk_configuration {
    hec_endpoint = "https://splunk.example.com:8088"
    secrets_manager_configuration {
      enabled    = true
      secret_arn = aws_secretsmanager_secret.splunk.arn
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
        let answer = match (d.kind, &d.secret) {
            (DestinationKind::Unknown, _) => Err(resting::strange(d)),
            (
                DestinationKind::Redshift
                | DestinationKind::Splunk
                | DestinationKind::HttpEndpoint
                | DestinationKind::Snowflake,
                secret,
            ) => match secret {
                Err(unread) => resting::gap(unread),
                Ok(read) if read.value.as_ref().is_some_and(|s| s.enabled) => {
                    Ok(pass("the credentials are a secret of Secrets Manager").seen(read))
                }
                Ok(read) => Ok(fail("the credentials stand in the stream's configuration").seen(read)),
            },
            _ => Ok(not_applicable("reached by a role, without a secret").at(&d.at)),
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

    const ID: &str = "stream-secrets-managed";

    #[test]
    fn whatever_has_credentials_must_have_them_from_secrets_manager() {
        let of = |to| World::new().stream(direct_put("s").delivers(to)).of_stream(ID, "s").status;
        assert_eq!(of(to(DestinationKind::Splunk).secret(true)), Status::Pass);
        assert_eq!(of(to(DestinationKind::Splunk).secret(false)), Status::Fail);
        assert_eq!(of(to(DestinationKind::Snowflake)), Status::Fail);
        assert_eq!(of(to(DestinationKind::Redshift).secret_denied()), Status::Unknown);
        assert_eq!(of(to(DestinationKind::ExtendedS3)), Status::NotApplicable);
        assert_eq!(of(to(DestinationKind::Unknown)), Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
