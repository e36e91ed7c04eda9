//! Is there room for further streams on the key?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, pass, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-stream-limit",
    question: "Is there room for further streams on the key?",
    title: "At most 450 of the 500 streams that Firehose allows on one key use it",
    severity: Severity::Low,
    why: "Firehose encrypts at most 500 streams with one customer-managed key; the next one fails with \
          LimitExceededException.",
    decided: "The streams of this account and Region that name the key are counted.",
    blind: "Streams of other accounts on the same key.",
    remedy: Remedy {
        what: "Start the encryption of some streams with another key.",
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
    reads: &["firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream"],
    judge: Judge::EachKey(judge),
};

/// `StartDeliveryStreamEncryption`: "up to 500 delivery streams".
const LIMIT: usize = 500;
const ROOM: usize = 50;

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let users: Vec<_> = context.snapshot.users_of(key).collect();
    let told = format!("{} of {LIMIT} streams", users.len());
    let cited = |ruling| users.iter().take(3).fold(ruling, |r: super::Ruling, s| r.at(&s.listed));
    if users.len() > LIMIT - ROOM {
        return Ok(cited(fail(told)));
    }
    match tenants::place(context, key).and_then(events::unread) {
        Some(gap) => Err(Unknown::from(gap)),
        None => Ok(cited(pass(told))),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put};
    use crate::model::Status;

    const ID: &str = "key-stream-limit";

    fn with(streams: usize) -> World {
        (0..streams).fold(World::new().key(customer_key("k")), |w, n| w.stream(direct_put(&format!("s{n}")).key("k")))
    }

    #[test]
    fn streams_are_counted() {
        assert_eq!(with(3).of_key(ID, "k").status, Status::Pass);
        assert_eq!(with(451).of_key(ID, "k").status, Status::Fail);
        assert_eq!(with(3).stream(direct_put("other").denied()).of_key(ID, "k").status, Status::Unknown);
    }
}
