//! Is the grant alive by which Firehose uses the key of the stream?

use super::stream_sse_enabled::no_encryption_of_its_own;
use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::{Grant, KeyManager};
use crate::model::reading::GapKind;
use crate::model::stream::{SseKey, SseState, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-grant-alive",
    question: "Is the grant alive by which Firehose uses the key of the stream?",
    title: "The key of the stream's encryption has a grant for Firehose",
    severity: Severity::High,
    why: "Firehose uses the key by a grant that it made when encryption was started. Revoke it, and the stream still says \
          ENABLED while its records can be neither written nor read.",
    decided: "For a stream whose encryption is ENABLED with a customer-managed key: ListGrants has a grant whose grantee \
              is Firehose, and that does not name other streams only. A key without any grant is a failure. AWS does not \
              document the form of this grant; other grants than these leave the answer unknown.",
    blind: "Whether the grant was made for this very stream, where it does not say.",
    remedy: Remedy {
        what: "Start the stream's encryption with another key: Firehose makes a grant on it. AWS does not say that it makes one \
               for the key that the stream has already.",
        cli: r#"aws firehose start-delivery-stream-encryption --delivery-stream-name "$STREAM" \
  --delivery-stream-encryption-configuration-input "KeyType=CUSTOMER_MANAGED_CMK,KeyARN=$KEY""#,
        cloudformation: r#"# With another key than before: CloudFormation sees no change otherwise.
Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: DirectPut
      DeliveryStreamEncryptionConfigurationInput:
        KeyType: CUSTOMER_MANAGED_CMK
        KeyARN: {"Fn::GetAtt": [StreamKey, Arn]}"#,
        terraform: r#"# With another key than before: Terraform sees no change otherwise.
resource "aws_kinesis_firehose_delivery_stream" "stream" {
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.stream.arn
  }
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "kms:DescribeKey", "kms:ListGrants"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let source = stream.source.as_ref()?;
    if let Some(reason) = no_encryption_of_its_own(&source.value) {
        return Ok(not_applicable(reason).seen(source));
    }
    let sse = stream.sse.as_ref()?;
    match sse.value.state {
        SseState::Enabled => {}
        SseState::Disabled => return Ok(not_applicable("server-side encryption is DISABLED").seen(sse)),
        state => return Err(unknown(format!("server-side encryption is {}: not settled", state.word())).seen(sse)),
    }
    let named = sse.value.key.as_ref()?;
    let SseKey::Kms { arn } = &named.value else {
        return Ok(not_applicable("a key that AWS owns needs no grant").seen(named));
    };
    let key = context.snapshot.key(stream, arn)?;
    if let Ok(facts) = &key.facts
        && let Ok(manager) = &facts.value.manager
        && manager.value == KeyManager::Aws
    {
        return Ok(not_applicable("AWS keeps the grants of the keys that it manages").seen(manager));
    }
    let grants = match &key.grants {
        Err(gap) if gap.kind == GapKind::Inapplicable => return Err(unknown(gap.sentence()).seen(named)),
        grants => grants.as_ref()?,
    };
    let cited = |ruling: Ruling| ruling.seen(grants).seen(named).seen(sse);
    if grants.value.is_empty() {
        return Ok(cited(fail(format!("ENABLED, and the key {arn} has no grant at all"))));
    }
    let of_firehose: Vec<&Grant> = grants.value.iter().filter(|g| is_firehoses(g)).collect();
    if let Some(grant) = of_firehose.iter().find(|g| names_stream(g, &stream.arn)) {
        return Ok(cited(pass(format!("grant {} names the stream", grant.id))));
    }
    if let Some(grant) = of_firehose.iter().find(|g| !names(g, ":deliverystream/")) {
        return Ok(cited(pass(format!("grant {} is for Firehose, and does not say for which stream", grant.id))));
    }
    let told = match of_firehose.len() {
        0 => format!("none of the {} grants of {arn} says that it is for Firehose", grants.value.len()),
        some => format!("the {some} grants for Firehose on {arn} name other streams"),
    };
    Err(unknown(format!("{told}; AWS does not document the form of this grant")).seen(grants).seen(named))
}

fn is_firehoses(grant: &Grant) -> bool {
    grant.grantee.as_deref().is_some_and(|g| g.contains("firehose")) || names(grant, ":deliverystream/")
}

/// Whether a constraint of the grant holds that ARN, and not that of a stream whose name only begins like it.
fn names_stream(grant: &Grant, arn: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let mut values = grant.source_arn.iter().chain(grant.context.values());
    values.any(|value| value.match_indices(arn).any(|(at, _)| ends(&value[at + arn.len()..])))
}

/// Whether a constraint of the grant holds that text.
fn names(grant: &Grant, text: &str) -> bool {
    grant.source_arn.iter().chain(grant.context.values()).any(|value| value.contains(text))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key, direct_put, grant};
    use crate::model::Status;
    use crate::model::stream::{Source, SseState};

    const ID: &str = "stream-grant-alive";

    #[test]
    fn a_grant_for_firehose_must_be_there() {
        let of = |key| World::new().stream(direct_put("s").key("k")).key(key).of_stream(ID, "s").status;
        assert_eq!(of(customer_key("k").grants(vec![grant("firehose.amazonaws.com")])), Status::Pass);
        assert_eq!(of(customer_key("k").grants(vec![])), Status::Fail);
        assert_eq!(of(customer_key("k").grants(vec![grant("arn:aws:iam::111122223333:role/x")])), Status::Unknown);
        assert_eq!(of(customer_key("k").grants_denied()), Status::Unknown);
        assert_eq!(of(customer_key("another")), Status::Unknown);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }

    #[test]
    fn a_grant_for_another_stream_is_none_for_this() {
        let of = |stream: &str| {
            let mut made = grant("firehose.amazonaws.com");
            made.source_arn = Some(format!("arn:aws:firehose:eu-west-1:111122223333:deliverystream/{stream}"));
            let key = customer_key("k").grants(vec![made]);
            World::new().stream(direct_put("s").key("k")).key(key).of_stream(ID, "s").status
        };
        assert_eq!(of("s"), Status::Pass);
        assert_eq!(of("s-2"), Status::Unknown, "a name that begins alike");
        assert_eq!(of("other"), Status::Unknown);
    }

    #[test]
    fn without_a_key_of_ones_own_there_is_no_grant() {
        let of = |stream| World::new().stream(stream).of_stream(ID, "s").status;
        assert_eq!(of(direct_put("s")), Status::NotApplicable);
        assert_eq!(of(direct_put("s").state(SseState::Disabled)), Status::NotApplicable);
        assert_eq!(of(direct_put("s").key("k").state(SseState::EnablingFailed)), Status::Unknown);
        assert_eq!(of(direct_put("s").source(Source::Kinesis { arn: None })), Status::NotApplicable);
        assert_eq!(of(direct_put("s").denied()), Status::Unknown);
    }
}
