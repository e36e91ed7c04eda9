//! Do production and test share the key?

use super::{Check, Context, Judge, Remedy, Verdict, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-one-environment",
    question: "Do production and test share the key?",
    title: "All streams of the key are of one environment",
    severity: Severity::Medium,
    why: "Test is where more people may do more; a shared key lets them do it to production.",
    decided: "The environment of each stream that names the key, or whose records rest under it (at the source, where they \
              are delivered or backed up, in the log of errors), by scope.environment_tag or a rule of \
              scope.streams. Where nobody declares any, the question does not arise.",
    blind: "Whether tags and rules tell the truth, and resources under the same key that no stream leads to.",
    remedy: Remedy {
        what: "Start the encryption of the streams of each environment with a key of its own, and name one where their records rest.",
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
    tenants::apart(context, key, &tenants::ENVIRONMENT)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put};
    use crate::model::Status;

    const ID: &str = "key-one-environment";

    fn world() -> World {
        let world = World::new().declared("[scope]\nenvironment_tag = \"environment\"").key(customer_key("k"));
        world.stream(direct_put("a").key("k").tag("environment", "one"))
    }

    #[test]
    fn two_of_them_on_one_key_fail() {
        assert_eq!(world().of_key(ID, "k").status, Status::Pass);
        let two = world().stream(direct_put("b").key("k").tag("environment", "two"));
        assert_eq!(two.of_key(ID, "k").status, Status::Fail);
        assert_eq!(two.stream(direct_put("c").key("k").tags_denied()).of_key(ID, "k").status, Status::Fail);
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
