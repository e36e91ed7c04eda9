//! Is server-side encryption of the stream on, and settled?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::reading::Read;
use crate::model::stream::{Source, Sse, SseState, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-sse-enabled",
    question: "Is server-side encryption of the stream on, and settled?",
    title: "Server-side encryption of the stream is on and settled",
    severity: Severity::High,
    why: "Records of a Direct PUT stream rest in the service until they are delivered.",
    decided: "DeliveryStreamEncryptionConfiguration.Status is ENABLED. ENABLING and DISABLING are not settled; \
              ENABLING_FAILED and DISABLING_FAILED tell of the latest attempt only, and an earlier key stays in use.",
    blind: "Whether records were encrypted before they were put, and what AWS itself does in its storage when this \
             encryption is off.",
    remedy: Remedy {
        what: "Start the stream's server-side encryption.",
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
    match sse.value.state {
        SseState::Enabled => Ok(pass("server-side encryption is ENABLED").seen(sse)),
        SseState::Disabled => Ok(fail("server-side encryption is DISABLED").seen(sse)),
        SseState::Enabling => {
            Err(unknown("server-side encryption is ENABLING: not yet in effect, read again later").seen(sse))
        }
        SseState::Disabling => Err(unknown("server-side encryption is DISABLING: read again later").seen(sse)),
        SseState::EnablingFailed => Err(unknown(attempt_failed(sse, "start")).seen(sse)),
        SseState::DisablingFailed => Err(unknown(attempt_failed(sse, "stop")).seen(sse)),
    }
}

fn attempt_failed(sse: &Read<Sse>, deed: &str) -> String {
    let why = sse.value.failure.as_deref().unwrap_or("AWS gave no reason");
    format!(
        "the latest attempt to {deed} encryption failed ({why}); {} does not say whether an earlier key is still in use",
        sse.value.state.word()
    )
}

/// Firehose offers this encryption for Direct PUT only (`StartDeliveryStreamEncryption`); other streams keep nothing
/// at rest here, and what protects the data is the encryption of their source.
pub(super) fn no_encryption_of_its_own(source: &Source) -> Option<String> {
    let (kind, what, name) = match source {
        Source::DirectPut => return None,
        Source::Kinesis { arn } => ("a Kinesis data stream", "that stream", arn),
        Source::Msk { arn } => ("an MSK cluster", "that cluster", arn),
        Source::Database { endpoint } => ("a database", "that database", endpoint),
    };
    let named = name.as_deref().map(|n| format!(" ({n})")).unwrap_or_default();
    Some(format!("reads from {kind}{named}: Firehose has no server-side encryption here, {what} must be encrypted"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put};
    use crate::model::Status;
    use crate::model::stream::{Source, SseState};

    fn status(state: SseState) -> Status {
        World::new().stream(direct_put("s").state(state)).of_stream("stream-sse-enabled", "s").status
    }

    #[test]
    fn only_enabled_passes_and_only_disabled_fails() {
        assert_eq!(status(SseState::Enabled), Status::Pass);
        assert_eq!(status(SseState::Disabled), Status::Fail);
        for unsettled in [SseState::Enabling, SseState::Disabling, SseState::EnablingFailed, SseState::DisablingFailed]
        {
            assert_eq!(status(unsettled), Status::Unknown, "{unsettled:?}");
        }
    }

    #[test]
    fn other_sources_are_not_applicable_with_their_reason() {
        for source in [Source::Kinesis { arn: None }, Source::Msk { arn: None }, Source::Database { endpoint: None }] {
            let world = World::new().stream(direct_put("s").source(source));
            let finding = world.of_stream("stream-sse-enabled", "s");
            assert_eq!(finding.status, Status::NotApplicable);
            assert!(finding.reason.contains("must be encrypted"), "{}", finding.reason);
        }
    }

    #[test]
    fn a_stream_that_was_not_described_is_unknown() {
        let world = World::new().stream(direct_put("s").denied());
        assert_eq!(world.of_stream("stream-sse-enabled", "s").status, Status::Unknown);
    }
}
