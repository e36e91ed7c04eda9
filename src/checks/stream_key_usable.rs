//! Can the key of the stream be used now?

use super::stream_sse_enabled::no_encryption_of_its_own;
use super::{Check, Context, Judge, Remedy, Unknown, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::KeyState;
use crate::model::reading::GapKind;
use crate::model::stream::{SseKey, SseState, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-key-usable",
    question: "Can the key of the stream be used now?",
    title: "The key of the stream's encryption exists and is enabled",
    severity: Severity::Critical,
    why: "With a key that is disabled, waiting for deletion or gone, Firehose keeps records for up to 24 hours \
          and then drops them, while the stream still says ENABLED.",
    decided: "The stream is encrypted with a key of KMS, and DescribeKey says KeyState Enabled. A key that KMS \
              does not find is a failure.",
    blind: "Whether policy and grants let Firehose and the producers use it.",
    remedy: Remedy {
        what: "Enable the key, cancel its deletion, or start the stream's encryption with another key.",
        cli: r#"aws kms cancel-key-deletion --key-id "$KEY"   # only where deletion is pending
aws kms enable-key --key-id "$KEY""#,
        cloudformation: r"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      Enabled: true",
        terraform: r#"resource "aws_kms_key" "stream" {
  is_enabled = true
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
    if sse.value.state == SseState::Disabled {
        return Ok(not_applicable("server-side encryption is DISABLED: no key is used").seen(sse));
    }
    let named = sse.value.key.as_ref()?;
    let SseKey::Kms { arn } = &named.value else {
        return Ok(not_applicable("AWS keeps the key that it owns").seen(named));
    };
    let key = context.snapshot.key(stream, arn)?;
    let facts = match &key.facts {
        Err(gap) if gap.kind == GapKind::Vanished => {
            let ruling = fail(format!("KMS does not find the key {arn}")).seen(named);
            return Ok(Unknown::from(gap).seen.iter().fold(ruling, super::Ruling::at));
        }
        facts => facts.as_ref()?,
    };
    let state = facts.value.state.as_ref()?;
    let told = format!("the key {arn} is {}", state.value.word());
    match state.value {
        KeyState::Enabled => Ok(pass(told).seen(state).seen(named)),
        KeyState::Creating | KeyState::Updating => Err(unknown(format!("{told}: read again later")).seen(state)),
        KeyState::Disabled
        | KeyState::PendingDeletion
        | KeyState::PendingImport
        | KeyState::PendingReplicaDeletion
        | KeyState::Unavailable => Ok(fail(told).seen(state).seen(named)),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put};
    use crate::model::Status;
    use crate::model::key::KeyState;
    use crate::model::stream::{Source, SseState};

    const ID: &str = "stream-key-usable";

    #[test]
    fn the_state_of_the_key_decides() {
        let of = |key| World::new().stream(direct_put("s").key("k")).key(key).of_stream(ID, "s").status;
        assert_eq!(of(customer_key("k")), Status::Pass);
        assert_eq!(of(customer_key("k").state(KeyState::Disabled)), Status::Fail);
        assert_eq!(of(customer_key("k").state(KeyState::PendingDeletion)), Status::Fail);
        assert_eq!(of(customer_key("k").vanished()), Status::Fail);
        assert_eq!(of(customer_key("k").state(KeyState::Creating)), Status::Unknown);
        assert_eq!(of(customer_key("k").denied()), Status::Unknown);
        assert_eq!(of(customer_key("another")), Status::Unknown);
    }

    #[test]
    fn without_a_key_of_its_own_the_question_does_not_arise() {
        let of = |stream| World::new().stream(stream).of_stream(ID, "s").status;
        assert_eq!(of(direct_put("s")), Status::NotApplicable);
        assert_eq!(of(direct_put("s").state(SseState::Disabled)), Status::NotApplicable);
        assert_eq!(of(direct_put("s").source(Source::Msk { arn: None })), Status::NotApplicable);
    }
}
