//! How much hangs on the key?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, not_applicable, pass, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-blast-radius",
    question: "How much hangs on the key?",
    title: "No more streams use the key than the entity allows on one",
    severity: Severity::Medium,
    why: "Whoever loses or leaks a key loses or leaks everything under it at once.",
    decided: "The streams of this account and Region that name the key are counted, against \
              expected.streams_per_key of keywitness.toml.",
    blind: "Other resources under the same key that no stream leads to.",
    remedy: Remedy {
        what: "Start the encryption of some streams with a key of their own.",
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

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let Some(limit) = context.settings.expected.streams_per_key else {
        return Ok(not_applicable("no limit is declared (expected.streams_per_key in keywitness.toml)"));
    };
    let users: Vec<_> = context.snapshot.users_of(key).collect();
    let told = format!("{} streams use the key; at most {limit} are expected", users.len());
    let cited = |ruling| users.iter().take(3).fold(ruling, |r: super::Ruling, s| r.at(&s.listed));
    if users.len() as u64 > limit {
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

    const ID: &str = "key-blast-radius";

    fn with(streams: usize) -> World {
        let world = World::new().declared("[expected]\nstreams_per_key = 2").key(customer_key("k"));
        (0..streams).fold(world, |w, n| w.stream(direct_put(&format!("s{n}")).key("k")))
    }

    #[test]
    fn the_declared_number_is_the_measure() {
        assert_eq!(with(2).of_key(ID, "k").status, Status::Pass);
        assert_eq!(with(3).of_key(ID, "k").status, Status::Fail);
        assert_eq!(with(2).unlisted().of_key(ID, "k").status, Status::Unknown);
        assert_eq!(World::new().key(customer_key("k")).of_key(ID, "k").status, Status::NotApplicable);
    }
}
