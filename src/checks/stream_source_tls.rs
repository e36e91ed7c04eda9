//! Are records encrypted on their way from the source?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, resting, unknown};
use crate::model::finding::Severity;
use crate::model::stream::{Source, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-source-tls",
    question: "Are records encrypted on their way from the source?",
    title: "The stream's source takes connections over TLS only",
    severity: Severity::High,
    why: "A cluster that also takes plain connections hands out the same records in the clear to whoever asks so.",
    decided: "An MSK cluster says EncryptionInTransit.ClientBroker TLS; a serverless one takes nothing else. A database \
              source says SSLMode Enabled. A Kinesis data stream is read by an API of AWS over TLS, and Direct PUT has \
              no source.",
    blind: "Certificates and cipher suites; connections of other clients than Firehose to a database.",
    remedy: Remedy {
        what: "Let the cluster's brokers take TLS only. What the brokers speak among themselves cannot be changed: a \
               template with another value makes a new cluster.",
        cli: r#"aws kafka update-security --cluster-arn "$CLUSTER" --current-version "$CLUSTER_VERSION" \
  --encryption-info "EncryptionInTransit={ClientBroker=TLS}""#,
        cloudformation: r"Resources:
  Cluster:
    Type: AWS::MSK::Cluster
    Properties:
      EncryptionInfo:
        # Leave InCluster as it is (without a value it is true): another value makes a new cluster.
        EncryptionInTransit: {ClientBroker: TLS}",
        terraform: r#"resource "aws_msk_cluster" "source" {
  encryption_info {
    encryption_in_transit {
      client_broker = "TLS"
      # Leave in_cluster as it is (without a value it is true): another value makes a new cluster.
    }
  }
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "kafka:DescribeClusterV2"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let source = stream.source.as_ref()?;
    match &source.value {
        Source::DirectPut => Ok(not_applicable("producers put records: Firehose takes TLS only").seen(source)),
        Source::Kinesis { .. } => Ok(pass("the data stream is read by an API of AWS over TLS").seen(source)),
        Source::Msk { arn: None } => Err(unknown("the answer does not name the source").seen(source)),
        Source::Msk { arn: Some(arn) } => {
            let found = resting::here(context, stream)?.hops.msk.iter().find(|c| c.arn == *arn);
            let cluster = found.ok_or_else(|| unknown(format!("no record tells of {arn}")).seen(source))?;
            if let Ok(serverless) = &cluster.serverless
                && serverless.value
            {
                return Ok(pass("a serverless cluster takes TLS only").seen(serverless));
            }
            let way = cluster.client_broker.as_ref()?;
            Ok(match way.value.as_str() {
                "TLS" => pass(format!("{arn} takes TLS only")),
                other => fail(format!("{arn} takes connections by {other}")),
            }
            .seen(way))
        }
        Source::Database { .. } => {
            let access = stream.source_access.as_ref()?;
            match access.value.ssl_mode.as_deref() {
                Some("Enabled") => Ok(pass("SSL is switched on").seen(access)),
                Some("Disabled") => Ok(fail("SSL is switched off").seen(access)),
                _ => Err(unknown("the answer does not say whether SSL is used").seen(access)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, msk};
    use crate::model::Status;
    use crate::model::stream::Source;

    const ID: &str = "stream-source-tls";

    #[test]
    fn brokers_must_take_tls_only() {
        let of = |world: World| {
            let arn = Some("arn:aws:kafka:eu-west-1:111122223333:cluster/c/1".to_owned());
            world.stream(direct_put("s").source(Source::Msk { arn })).of_stream(ID, "s").status
        };
        assert_eq!(of(World::new().msk(msk("c"))), Status::Pass);
        assert_eq!(of(World::new().msk(msk("c").way("TLS_PLAINTEXT"))), Status::Fail);
        assert_eq!(of(World::new().msk(msk("c").denied())), Status::Unknown);
        assert_eq!(of(World::new()), Status::Unknown);
    }

    #[test]
    fn other_sources_say_it_themselves() {
        let of = |source| World::new().stream(direct_put("s").source(source)).of_stream(ID, "s").status;
        assert_eq!(of(Source::DirectPut), Status::NotApplicable);
        assert_eq!(of(Source::Kinesis { arn: None }), Status::Pass);
        assert_eq!(of(Source::Msk { arn: None }), Status::Unknown);
        assert_eq!(of(Source::Database { endpoint: None }), Status::Unknown);
        let database = |mode| {
            let stream = direct_put("s").source(Source::Database { endpoint: None }).ssl(mode);
            World::new().stream(stream).of_stream(ID, "s").status
        };
        assert_eq!(database("Enabled"), Status::Pass);
        assert_eq!(database("Disabled"), Status::Fail);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
