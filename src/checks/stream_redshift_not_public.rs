//! Is the cluster that the stream delivers to kept off the internet?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, resting};
use crate::model::destination::DestinationKind;
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-redshift-not-public",
    question: "Is the cluster that the stream delivers to kept off the internet?",
    title: "No Redshift cluster that the stream delivers to is publicly accessible",
    severity: Severity::High,
    why: "A cluster with a public address needs one wrong rule of a security group to be open, whatever key it has.",
    decided: "DescribeClusters says PubliclyAccessible false. A stream without a Redshift destination is not asked.",
    blind: "Security groups and routes, and who has a password. Firehose itself reaches a cluster without a public \
            address only by a VPC endpoint that Redshift manages.",
    remedy: Remedy {
        what: "Take the public address away.",
        cli: r#"aws redshift modify-cluster --cluster-identifier "$CLUSTER" --no-publicly-accessible"#,
        cloudformation: r"Resources:
  Cluster:
    Type: AWS::Redshift::Cluster
    Properties:
      PubliclyAccessible: false",
        terraform: r#"resource "aws_redshift_cluster" "orders" {
  publicly_accessible = false
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "redshift:DescribeClusters"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let deliveries = stream.deliveries.as_ref()?;
    let mut answers = Vec::new();
    for d in &deliveries.value {
        let answer = match d.kind {
            DestinationKind::Redshift => match resting::cluster(context, stream, d) {
                Err(verdict) => verdict,
                Ok(cluster) => match &cluster.public {
                    Err(unread) => resting::gap(unread),
                    Ok(read) if read.value => Ok(fail("publicly accessible").seen(read)),
                    Ok(read) => Ok(pass("not publicly accessible").seen(read)),
                },
            },
            DestinationKind::Unknown => Err(resting::strange(d)),
            _ => Ok(not_applicable("no cluster of Redshift").at(&d.at)),
        };
        answers.push((d.store.clone().unwrap_or_else(|| d.kind.word().to_owned()), answer));
    }
    resting::every(answers, resting::without(stream))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, redshift, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-redshift-not-public";

    #[test]
    fn the_cluster_says_so() {
        let of = |world: World| {
            world.stream(direct_put("s").delivers(to(DestinationKind::Redshift))).of_stream(ID, "s").status
        };
        assert_eq!(of(World::new().redshift(redshift("orders"))), Status::Pass);
        assert_eq!(of(World::new().redshift(redshift("orders").public())), Status::Fail);
        assert_eq!(of(World::new().redshift(redshift("orders").denied())), Status::Unknown);
        assert_eq!(of(World::new()), Status::Unknown);
        let serverless = to(DestinationKind::Redshift).change(|d| d.store = None);
        let world = World::new().redshift(redshift("orders")).stream(direct_put("s").delivers(serverless));
        assert_eq!(world.of_stream(ID, "s").status, Status::Unknown, "a workgroup of Redshift Serverless");
    }

    #[test]
    fn other_destinations_are_not_asked() {
        let of = |stream| World::new().stream(stream).of_stream(ID, "s").status;
        assert_eq!(of(direct_put("s").delivers(to(DestinationKind::S3))), Status::NotApplicable);
        assert_eq!(of(direct_put("s").delivers(to(DestinationKind::Unknown))), Status::Unknown);
        assert_eq!(of(direct_put("s").denied()), Status::Unknown);
    }
}
