//! Did the latest change of the stream's encryption succeed?

use super::stream_sse_enabled::no_encryption_of_its_own;
use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::stream::{SseState, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-encryption-change-succeeded",
    question: "Did the latest change of the stream's encryption succeed?",
    title: "The latest change of the stream's encryption did not fail",
    severity: Severity::High,
    why: "After a failed change nobody knows without looking whether the old key, the new key or none protects \
          the records.",
    decided: "DeliveryStreamEncryptionConfiguration.Status is neither ENABLING_FAILED nor DISABLING_FAILED. AWS \
              keeps an earlier key in use after a failed start.",
    blind: "Which key was in use before.",
    remedy: Remedy {
        what: "Mend what FailureDescription names, such as the key's state or the caller's kms:CreateGrant, and \
               start encryption again.",
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
    reads: &["firehose:DescribeDeliveryStream"],
    judge: Judge::EachStream(judge),
};

fn judge(_: &Context<'_>, stream: &Stream) -> Verdict {
    let source = stream.source.as_ref()?;
    if let Some(reason) = no_encryption_of_its_own(&source.value) {
        return Ok(not_applicable(reason).seen(source));
    }
    let sse = stream.sse.as_ref()?;
    let word = sse.value.state.word();
    match sse.value.state {
        SseState::Enabled | SseState::Disabled => Ok(pass(format!("encryption is {word}")).seen(sse)),
        SseState::Enabling | SseState::Disabling => {
            Err(unknown(format!("encryption is {word}: read again later")).seen(sse))
        }
        SseState::EnablingFailed | SseState::DisablingFailed => {
            let why = sse.value.failure.as_deref().unwrap_or("AWS gave no reason");
            Ok(fail(format!("encryption is {word} ({why})")).seen(sse))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put};
    use crate::model::Status;
    use crate::model::stream::{Source, SseState};

    const ID: &str = "stream-encryption-change-succeeded";

    #[test]
    fn each_state_is_decided_on() {
        for (state, expected) in [
            (SseState::Enabled, Status::Pass),
            (SseState::Disabled, Status::Pass),
            (SseState::Enabling, Status::Unknown),
            (SseState::Disabling, Status::Unknown),
            (SseState::EnablingFailed, Status::Fail),
            (SseState::DisablingFailed, Status::Fail),
        ] {
            let world = World::new().stream(direct_put("s").state(state));
            assert_eq!(world.of_stream(ID, "s").status, expected, "{state:?}");
        }
        let other = World::new().stream(direct_put("s").source(Source::Kinesis { arn: None }));
        assert_eq!(other.of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
