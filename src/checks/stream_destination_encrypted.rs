//! Is what the stream delivers encrypted at rest?

use super::{Check, Context, Judge, Remedy, Verdict, resting, stream_remedies};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-destination-encrypted",
    question: "Is what the stream delivers encrypted at rest?",
    title: "Wherever the stream delivers within AWS, the records are encrypted at rest, with some key",
    severity: Severity::High,
    why: "The stream's own encryption ends where its records are delivered. From there on the destination protects \
          them, or nothing does.",
    decided: "Each S3 structure that records go to asks for a key of KMS, or its bucket has a default encryption; each \
              Redshift cluster is Encrypted; each OpenSearch or Elasticsearch domain has EncryptionAtRestOptions.Enabled; \
              a collection of OpenSearch Serverless always is; the files of each Iceberg table that the stream names, and of \
              its warehouse, are in a bucket with a default encryption. One place that is not encrypted fails the stream, and the \
              reason names it. A domain of another account leaves it unknown, and so do tables of S3 Tables, and those \
              that only the records name; what is outside of AWS (Splunk, HTTP endpoints, Snowflake) is not judged.",
    blind: "Whose key it is: see stream-destination-customer-key. Objects that were written before, and copies that \
            others make.",
    remedy: Remedy {
        what: "Name a key for what is written to S3; encrypt the cluster.",
        cli: stream_remedies::S3_KEY_CLI,
        cloudformation: stream_remedies::S3_KEY_CLOUDFORMATION,
        terraform: stream_remedies::S3_KEY_TERRAFORM,
    },
    reads: &[
        "firehose:DescribeDeliveryStream",
        "s3:GetBucketEncryption",
        "redshift:DescribeClusters",
        "es:DescribeDomain",
        "aoss:BatchGetCollection",
        "glue:GetTable",
        "kms:ListAliases",
    ],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let rests = resting::delivered(context, stream)?;
    // A stream of kinds that deliver elsewhere only has no place here, but it has a destination.
    resting::each(rests, resting::without(stream), resting::Kept::encrypted)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{DestinationMaker, World, bucket, direct_put, domain, redshift, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-destination-encrypted";

    #[test]
    fn a_key_that_is_asked_for_or_the_buckets_default_is_enough() {
        let of = |world: World| world.of_stream(ID, "s").status;
        let named = World::new().stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3).key("d")));
        assert_eq!(of(named), Status::Pass);
        let plain = || World::new().stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3)));
        assert_eq!(of(plain().bucket(bucket("main"))), Status::Pass);
        assert_eq!(of(plain().bucket(bucket("main").algorithm("none"))), Status::Fail);
        assert_eq!(of(plain().bucket(bucket("main").algorithm("aws:quantum"))), Status::Unknown);
        assert_eq!(of(plain().bucket(bucket("main").encryption_denied())), Status::Unknown);
        assert_eq!(of(plain()), Status::Unknown);
    }

    #[test]
    fn one_bad_place_decides_and_is_named() {
        let redshift_at = |world: World| world.stream(direct_put("s").delivers(to(DestinationKind::Redshift).key("d")));
        let bad = redshift_at(World::new().redshift(redshift("orders").open())).of_stream(ID, "s");
        assert_eq!(bad.status, Status::Fail);
        assert!(bad.reason.contains("Redshift orders") && !bad.reason.contains("bucket main"), "{}", bad.reason);
        assert_eq!(redshift_at(World::new().redshift(redshift("orders"))).of_stream(ID, "s").status, Status::Pass);
        assert_eq!(
            redshift_at(World::new().redshift(redshift("orders").denied())).of_stream(ID, "s").status,
            Status::Unknown
        );
        assert_eq!(redshift_at(World::new()).of_stream(ID, "s").status, Status::Unknown);
    }

    #[test]
    fn a_domain_says_whether_it_is_encrypted_and_a_collection_always_is() {
        let of = |world: World, kind| {
            world.stream(direct_put("s").delivers(to(kind).key("d").stored("x"))).of_stream(ID, "s").status
        };
        for kind in [DestinationKind::OpenSearch, DestinationKind::Elasticsearch] {
            assert_eq!(of(World::new().domain(domain("x").key("d")), kind), Status::Pass);
            assert_eq!(of(World::new().domain(domain("x")), kind), Status::Fail);
            assert_eq!(of(World::new().domain(domain("x").denied()), kind), Status::Unknown);
            assert_eq!(of(World::new().domain(domain("y").key("d")), kind), Status::Unknown);
        }
        let collection = DestinationKind::OpenSearchServerless;
        assert_eq!(of(World::new().collection("x", None), collection), Status::Pass);
        assert_eq!(of(World::new(), collection), Status::Unknown);
    }

    #[test]
    fn tables_of_iceberg_are_encrypted_as_their_buckets_are() {
        let of = |world: World, to: DestinationMaker| {
            world.bucket(bucket("back")).stream(direct_put("s").delivers(to)).of_stream(ID, "s").status
        };
        let iceberg = || to(DestinationKind::Iceberg).key("d");
        let lake = |b| World::new().bucket(b).table("sales", "orders", Some("lake"));
        let one = || iceberg().writes("sales", "orders");
        assert_eq!(of(lake(bucket("lake")), one()), Status::Pass);
        assert_eq!(of(lake(bucket("lake").algorithm("none")), one()), Status::Fail);
        assert_eq!(of(lake(bucket("other")), one()), Status::Unknown, "no record of the bucket");
        assert_eq!(of(World::new().table("sales", "orders", None), one()), Status::Unknown);
        assert_eq!(of(World::new(), one()), Status::Unknown);
        assert_eq!(of(lake(bucket("lake")), one().writes("sales", "returns")), Status::Unknown, "one of two");
        let warehouse = |b| of(lake(b), one().change(|d| d.warehouse = Some("lake".to_owned())));
        assert_eq!(warehouse(bucket("lake")), Status::Pass);
        assert_eq!(warehouse(bucket("lake").algorithm("none")), Status::Fail);
        assert_eq!(of(lake(bucket("lake")), iceberg()), Status::Unknown, "the records say which");
        assert_eq!(of(lake(bucket("lake")), one().unnamed()), Status::Unknown, "a warehouse of S3 Tables");
    }

    #[test]
    fn what_is_not_read_is_open_and_what_is_outside_is_not_judged() {
        let of = |kind| World::new().stream(direct_put("s").delivers(to(kind).key("d"))).of_stream(ID, "s").status;
        assert_eq!(of(DestinationKind::Iceberg), Status::Unknown);
        assert_eq!(of(DestinationKind::OpenSearch), Status::Unknown);
        assert_eq!(of(DestinationKind::Unknown), Status::Unknown);
        let serverless = to(DestinationKind::Redshift).key("d").change(|d| d.store = None);
        let world = World::new().stream(direct_put("s").delivers(serverless));
        assert_eq!(world.of_stream(ID, "s").status, Status::Unknown, "a workgroup of Redshift Serverless");
        assert_eq!(of(DestinationKind::Splunk), Status::NotApplicable);
        assert_eq!(World::new().stream(direct_put("s")).of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
