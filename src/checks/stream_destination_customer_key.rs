//! Are the keys of what the stream delivers customer-managed?

use super::{Check, Context, Judge, Remedy, Verdict, resting, stream_remedies};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-destination-customer-key",
    question: "Are the keys of what the stream delivers customer-managed?",
    title: "Wherever the stream delivers within AWS, a customer-managed key encrypts the records",
    severity: Severity::Medium,
    why: "Only the owner of a customer-managed key decides who may read what was delivered, sees each use, and can \
          end it.",
    decided: "For each S3 structure that records go to: the key that Firehose asks for, else the default of the \
              bucket; for each Redshift cluster, OpenSearch domain and collection its key; for each Iceberg table \
              that the stream names the default of its bucket. DescribeKey must say KeyManager \
              CUSTOMER of each. SSE-S3, and names of the form alias/aws/…, are failures. No framework that is mapped here demands it; it is a \
              rule of the house.",
    blind: "Keys of what is outside of AWS.",
    remedy: Remedy {
        what: "Name a key of your own for what is written to S3; give the cluster one. A domain gets one by \
               update-domain-config, a collection when it is made.",
        cli: stream_remedies::S3_KEY_CLI,
        cloudformation: stream_remedies::S3_KEY_CLOUDFORMATION,
        terraform: stream_remedies::S3_KEY_TERRAFORM,
    },
    reads: &[
        "firehose:DescribeDeliveryStream",
        "kms:DescribeKey",
        "kms:ListAliases",
        "s3:GetBucketEncryption",
        "redshift:DescribeClusters",
        "es:DescribeDomain",
        "aoss:BatchGetCollection",
        "glue:GetTable",
    ],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let rests = resting::delivered(context, stream)?;
    resting::each(rests, resting::without(stream), |kept| kept.by_a_customers_key(context, &stream.account))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, bucket, customer_key, direct_put, domain, redshift, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-destination-customer-key";

    #[test]
    fn describe_key_proves_it() {
        let world =
            |key| World::new().key(key).stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3).key("d")));
        assert_eq!(world(customer_key("d")).of_stream(ID, "s").status, Status::Pass);
        assert_eq!(world(aws_managed("d")).of_stream(ID, "s").status, Status::Fail);
        assert_eq!(world(customer_key("d").denied()).of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(world(customer_key("another")).of_stream(ID, "s").status, Status::Unknown);
    }

    #[test]
    fn where_the_stream_asks_for_none_the_bucket_decides() {
        let of = |bucket| {
            let world = World::new().key(customer_key("d")).bucket(bucket);
            world.stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3))).of_stream(ID, "s").status
        };
        assert_eq!(of(bucket("main")), Status::Fail);
        assert_eq!(of(bucket("main").key("d")), Status::Pass);
        assert_eq!(of(bucket("main").algorithm("aws:kms")), Status::Fail);
        assert_eq!(of(bucket("main").encryption_denied()), Status::Unknown);
    }

    #[test]
    fn an_alias_is_looked_up_and_those_of_aws_need_no_answer() {
        let of = |alias: &str| {
            let world = World::new().key(customer_key("d")).aliases(&[("alias/own", "d")]);
            let world = world.stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3).key_named(alias)));
            world.of_stream(ID, "s").status
        };
        assert_eq!(of("arn:aws:kms:eu-west-1:111122223333:alias/own"), Status::Pass);
        assert_eq!(of("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"), Status::Fail);
        assert_eq!(of("arn:aws:kms:eu-west-1:111122223333:alias/other"), Status::Unknown);
    }

    #[test]
    fn a_domain_and_a_collection_have_keys_of_their_own() {
        let of = |world: World, kind| {
            let to = to(kind).key("d").stored("x");
            world.key(customer_key("d")).key(aws_managed("m")).stream(direct_put("s").delivers(to)).of_stream(ID, "s")
        };
        let domain = |id: &str| of(World::new().domain(domain("x").key(id)), DestinationKind::OpenSearch);
        assert_eq!(domain("d").status, Status::Pass);
        assert_eq!(domain("m").status, Status::Fail);
        let collection = |key| of(World::new().collection("x", key), DestinationKind::OpenSearchServerless);
        assert_eq!(collection(Some("d")).status, Status::Pass);
        let owned = collection(None);
        assert_eq!(owned.status, Status::Fail);
        assert!(owned.reason.contains("OpenSearch Serverless owns"), "{}", owned.reason);
    }

    #[test]
    fn the_cluster_and_its_intermediate_bucket_both_count() {
        let of = |cluster| {
            let world = World::new().key(customer_key("d")).redshift(cluster);
            world.stream(direct_put("s").delivers(to(DestinationKind::Redshift).key("d"))).of_stream(ID, "s")
        };
        assert_eq!(of(redshift("orders").key("d")).status, Status::Pass);
        let owned = of(redshift("orders"));
        assert_eq!(owned.status, Status::Fail);
        assert!(owned.reason.contains("Redshift orders"), "{}", owned.reason);
    }
}
