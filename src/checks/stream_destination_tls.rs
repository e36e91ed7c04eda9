//! Are records encrypted on their way out?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, fail, pass, resting, unknown};
use crate::model::destination::DestinationKind;
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-destination-tls",
    question: "Are records encrypted on their way out?",
    title: "Every destination of the stream is reached over TLS",
    severity: Severity::High,
    why: "What was encrypted at rest is open on the way where an address is not https.",
    decided: "S3 and Iceberg tables are reached by APIs of AWS that Firehose calls over TLS, as its guide says, and so \
              is an OpenSearch domain that is named by ARN. Any other address must begin with https. A JDBC address of \
              Redshift does not say, so it leaves the answer unknown.",
    blind: "Versions of TLS, cipher suites and certificates. The way from producers to Firehose, which takes TLS only.",
    remedy: Remedy {
        what: "Give the destination an address that begins with https.",
        cli: r#"aws firehose update-destination --delivery-stream-name "$STREAM" \
  --current-delivery-stream-version-id "$VERSION" --destination-id "$DESTINATION" \
  --splunk-destination-update HECEndpoint="https://$SPLUNK_HOST:8088""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      SplunkDestinationConfiguration:
        HECEndpoint: https://splunk.example.com:8088
        HECEndpointType: Raw
        S3Configuration:
          BucketARN: {"Fn::GetAtt": [Bucket, Arn]}
          RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  splunk_configuration {
    hec_endpoint = "https://splunk.example.com:8088"
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
        let open = |why: &str| Err(Unknown { seen: vec![d.at.clone()], ..unknown(why) });
        let answer = match (&d.endpoint, d.kind) {
            (_, DestinationKind::Unknown) => Err(resting::strange(d)),
            (None, DestinationKind::S3 | DestinationKind::ExtendedS3 | DestinationKind::Iceberg) => {
                Ok(pass("reached by an API of AWS over TLS").at(&d.at))
            }
            (None, _) => open("the answer names no address"),
            (Some(endpoint), _) => match endpoint.tls {
                Some(true) => Ok(pass(format!("{} is reached over TLS", endpoint.shown)).at(&d.at)),
                Some(false) => Ok(fail(format!("{} is reached without TLS", endpoint.shown)).at(&d.at)),
                None => open("the address does not say whether TLS is used"),
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

    const ID: &str = "stream-destination-tls";

    #[test]
    fn the_address_decides() {
        let of = |to| World::new().stream(direct_put("s").delivers(to)).of_stream(ID, "s").status;
        assert_eq!(of(to(DestinationKind::ExtendedS3)), Status::Pass);
        assert_eq!(of(to(DestinationKind::Splunk).at("https://splunk.example.com:8088", Some(true))), Status::Pass);
        assert_eq!(of(to(DestinationKind::Splunk).at("http://splunk.example.com:8088", Some(false))), Status::Fail);
        assert_eq!(of(to(DestinationKind::Redshift).at("jdbc:redshift://x", None)), Status::Unknown);
        assert_eq!(of(to(DestinationKind::HttpEndpoint)), Status::Unknown);
        assert_eq!(of(to(DestinationKind::Unknown)), Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }

    #[test]
    fn of_several_destinations_the_bad_one_is_named() {
        let both = direct_put("s").delivers(to(DestinationKind::S3));
        let both = both.delivers(to(DestinationKind::HttpEndpoint).at("http://example.com", Some(false)));
        let found = World::new().stream(both).of_stream(ID, "s");
        assert_eq!(found.status, Status::Fail);
        assert!(found.reason.starts_with("HTTP endpoint:"), "{}", found.reason);
    }
}
