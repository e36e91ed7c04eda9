//! Is the key in the account of its streams, or in one that is expected?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::names::Arn;

pub(super) const CHECK: Check = Check {
    id: "key-account-expected",
    question: "Is the key in the account of its streams, or in one that is expected?",
    title: "The key is in the streams' own account or in an expected one",
    severity: Severity::Medium,
    why: "The owner of a key in another account can switch it off or delete it; its policy, tags and rotation \
          history cannot be read from here.",
    decided: "The account in the key's ARN is the account that was read, or stands in expected.accounts of \
              keywitness.toml.",
    blind: "Who the other account belongs to.",
    remedy: Remedy {
        what: "Start the stream's encryption with a key of its own account, or write the key's account into \
               expected.accounts.",
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
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let Some(owner) = Arn::parse(&key.arn).and_then(|a| Some(a.place()?.0)) else {
        return Err(unknown("the key is not named by the ARN of a key"));
    };
    let ruling = if owner == key.account {
        pass("the key is in the account of its streams")
    } else if context.settings.expected.accounts.iter().any(|a| a == owner.as_str()) {
        pass(format!("the key is in account {owner}, as expected"))
    } else {
        fail(format!("the key is in account {owner}, which expected.accounts does not name"))
    };
    // The ARN stands where the streams name it.
    let named = context.snapshot.users_of(key).filter_map(|s| s.sse.as_ref().ok()?.value.key.as_ref().ok());
    Ok(named.take(3).fold(ruling, super::Ruling::seen))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put};
    use crate::model::Status;

    const ID: &str = "key-account-expected";
    const FOREIGN: &str = "arn:aws:kms:eu-west-1:444455556666:key/k";

    #[test]
    fn another_account_must_be_expected() {
        let own = World::new().stream(direct_put("s").key("k")).key(customer_key("k"));
        assert_eq!(own.of_key(ID, "k").status, Status::Pass);
        let foreign = World::new().stream(direct_put("s").key_arn(FOREIGN)).key(customer_key("k").named(FOREIGN));
        assert_eq!(foreign.find(ID, FOREIGN).status, Status::Fail);
        let expected = foreign.declared("[expected]\naccounts = [\"444455556666\"]");
        assert_eq!(expected.find(ID, FOREIGN).status, Status::Pass);
        let odd = World::new().key(customer_key("k").named("alias/x"));
        assert_eq!(odd.find(ID, "alias/x").status, Status::Unknown);
    }
}
