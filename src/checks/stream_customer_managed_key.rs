//! Is the stream encrypted with a key that its owner controls?

use super::stream_sse_enabled::no_encryption_of_its_own;
use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::KeyManager;
use crate::model::stream::{SseKey, SseState, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-customer-managed-key",
    question: "Is the stream encrypted with a key that its owner controls?",
    title: "The stream is encrypted with a customer-managed key",
    severity: Severity::High,
    why: "Only the owner of a customer-managed key decides who may use it, when it rotates and when it ends.",
    decided: "The stream names a key by ARN, and kms:DescribeKey says KeyManager CUSTOMER. KeyType alone proves \
              nothing: it says what was asked for, not whose key it is.",
    blind: "Who may use the key: see its policy. No framework that Keywitness maps demands this; it is a rule of \
             the house baseline.",
    remedy: Remedy {
        what: "Start the stream's encryption with the ARN of a key of your own.",
        cli: r#"aws firehose start-delivery-stream-encryption --delivery-stream-name "$STREAM" \
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
    reads: &["firehose:DescribeDeliveryStream", "kms:DescribeKey"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let source = stream.source.as_ref()?;
    if let Some(reason) = no_encryption_of_its_own(&source.value) {
        return Ok(not_applicable(reason).seen(source));
    }
    let sse = stream.sse.as_ref()?;
    match sse.value.state {
        SseState::Disabled => return Ok(fail("server-side encryption is DISABLED").seen(sse)),
        SseState::Enabled => {}
        SseState::Enabling | SseState::EnablingFailed | SseState::Disabling | SseState::DisablingFailed => {
            let state = sse.value.state.word();
            return Err(unknown(format!("encryption is {state}: which key is in use is not settled")).seen(sse));
        }
    }
    let key = sse.value.key.as_ref()?;
    let arn = match &key.value {
        SseKey::AwsOwned => return Ok(fail("encrypted with an AWS-owned key").seen(key).seen(sse)),
        SseKey::Kms { arn } => arn,
    };
    let facts = context.snapshot.key(stream, arn)?.facts.as_ref()?;
    let manager = facts.value.manager.as_ref()?;
    Ok(match manager.value {
        KeyManager::Customer => pass(format!("encrypted with the customer-managed key {arn}")),
        KeyManager::Aws => fail(format!("encrypted with {arn}, which AWS manages")),
    }
    .seen(key)
    .seen(manager)
    .seen(sse))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key, direct_put};
    use crate::model::Status;
    use crate::model::stream::SseState;

    const ID: &str = "stream-customer-managed-key";

    #[test]
    fn describe_key_proves_it_and_key_type_does_not() {
        let world = World::new().key(customer_key("k")).stream(direct_put("s").key("k"));
        assert_eq!(world.of_stream(ID, "s").status, Status::Pass);
        let world = World::new().key(aws_managed("k")).stream(direct_put("s").key("k"));
        assert_eq!(world.of_stream(ID, "s").status, Status::Fail);
    }

    #[test]
    fn a_key_that_could_not_be_described_is_unknown() {
        let world = World::new().key(customer_key("k").denied()).stream(direct_put("s").key("k"));
        assert_eq!(world.of_stream(ID, "s").status, Status::Unknown);
        let world = World::new().stream(direct_put("s").key("k"));
        assert_eq!(world.of_stream(ID, "s").status, Status::Unknown);
    }

    #[test]
    fn an_aws_owned_key_and_no_encryption_fail() {
        assert_eq!(World::new().stream(direct_put("s")).of_stream(ID, "s").status, Status::Fail);
        let off = World::new().stream(direct_put("s").state(SseState::Disabled));
        assert_eq!(off.of_stream(ID, "s").status, Status::Fail);
    }

    #[test]
    fn a_failed_change_keeps_an_earlier_key_and_so_decides_nothing() {
        let world =
            World::new().key(customer_key("k")).stream(direct_put("s").key("k").state(SseState::EnablingFailed));
        assert_eq!(world.of_stream(ID, "s").status, Status::Unknown);
    }
}
