//! Do streams of different tenants share the key?

use super::{Check, Context, Judge, Remedy, Verdict, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-one-tenant",
    question: "Do streams of different tenants share the key?",
    title: "All streams of the key are of one tenant",
    severity: Severity::Medium,
    why: "A key of one tenant can be revoked, handed over or destroyed for that tenant alone.",
    decided: "The tenant of each stream that names the key, or whose records rest under it (at the source, where they \
              are delivered or backed up, in the log of errors), by scope.tenant_tag or a rule of scope.streams. Where \
              nobody declares any, the question does not arise.",
    blind: "Whether tags and rules tell the truth, and resources under the same key that no stream leads to.",
    remedy: Remedy {
        what: "Start the encryption of the streams of each tenant with a key of its own, and name one where their records rest.",
        cli: r#"KEY=$(aws kms create-key --tags TagKey=owner,TagValue="$OWNER" --query KeyMetadata.Arn --output text)
aws firehose start-delivery-stream-encryption --delivery-stream-name "$STREAM" \
  --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$KEY""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: DirectPut
      DeliveryStreamEncryptionConfigurationInput:
        KeyType: CUSTOMER_MANAGED_CMK
        KeyARN: {"Fn::GetAtt": [StreamKey, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.stream.arn
  }
}"#,
    },
    reads: tenants::READS,
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    tenants::apart(context, key, &tenants::TENANT)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, customer_key, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "key-one-tenant";

    fn world() -> World {
        let world = World::new().declared("[scope]\ntenant_tag = \"tenant\"").key(customer_key("k"));
        world.stream(direct_put("a").key("k").tag("tenant", "one"))
    }

    #[test]
    fn two_of_them_on_one_key_fail() {
        assert_eq!(world().of_key(ID, "k").status, Status::Pass);
        let two = world().stream(direct_put("b").key("k").tag("tenant", "two"));
        assert_eq!(two.of_key(ID, "k").status, Status::Fail);
        assert_eq!(two.stream(direct_put("c").key("k").tags_denied()).of_key(ID, "k").status, Status::Fail);
    }

    /// One key for the encryption of one tenant's stream and for the bucket of another's is shared all the same.
    #[test]
    fn what_rests_under_the_key_counts_as_what_names_it() {
        let other = || direct_put("b").tag("tenant", "two").delivers(to(DestinationKind::ExtendedS3));
        let asked = world().stream(direct_put("b").tag("tenant", "two").delivers(to(DestinationKind::S3).key("k")));
        let shared = asked.of_key(ID, "k");
        assert_eq!(shared.status, Status::Fail);
        assert!(shared.reason.contains("two (b)"), "{}", shared.reason);
        assert_eq!(world().stream(other()).bucket(bucket("main").key("k")).of_key(ID, "k").status, Status::Fail);
        assert_eq!(world().stream(other()).bucket(bucket("main")).of_key(ID, "k").status, Status::Pass);
        let unread = world().stream(other()).bucket(bucket("main").encryption_denied());
        assert_eq!(unread.of_key(ID, "k").status, Status::Unknown);
        let by_alias = |world: World| {
            let to = to(DestinationKind::S3).key_named("arn:aws:kms:eu-west-1:111122223333:alias/x");
            world.stream(direct_put("b").tag("tenant", "two").delivers(to)).of_key(ID, "k").status
        };
        assert_eq!(by_alias(world()), Status::Unknown, "the aliases were not listed");
        assert_eq!(by_alias(world().aliases(&[("alias/x", "k")])), Status::Fail);
        assert_eq!(by_alias(world().aliases(&[("alias/x", "other")])), Status::Pass);
        let resting = World::new().declared("[scope]\ntenant_tag = \"tenant\"").key(customer_key("k"));
        assert_eq!(resting.stream(other()).bucket(bucket("main").key("k")).of_key(ID, "k").status, Status::Pass);
    }

    #[test]
    fn what_could_not_be_read_may_be_another_one() {
        for unread in [direct_put("b").key("k").tags_denied(), direct_put("b").denied()] {
            assert_eq!(world().stream(unread).of_key(ID, "k").status, Status::Unknown);
        }
        assert_eq!(world().unlisted().of_key(ID, "k").status, Status::Unknown);
        assert_eq!(world().stream(direct_put("b").key("k")).of_key(ID, "k").status, Status::Unknown);
    }

    #[test]
    fn where_nothing_is_declared_the_question_does_not_arise() {
        let world = World::new().key(customer_key("k")).stream(direct_put("a").key("k"));
        assert_eq!(world.of_key(ID, "k").status, Status::NotApplicable);
    }
}
