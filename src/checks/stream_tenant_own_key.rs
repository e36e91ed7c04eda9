//! Is the stream of a tenant encrypted with a key that no other tenant uses?

use super::stream_sse_enabled::no_encryption_of_its_own;
use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, not_applicable, pass, tenants, unknown};
use crate::model::declared;
use crate::model::finding::Severity;
use crate::model::key::KeyManager;
use crate::model::stream::{SseKey, SseState, Stream};

pub(super) const CHECK: Check = Check {
    id: "stream-tenant-own-key",
    question: "Is the stream of a tenant encrypted with a key that no other tenant uses?",
    title: "The stream's key serves no other tenant",
    severity: Severity::Medium,
    why: "Only a key of its own lets a tenant's data be revoked or destroyed apart from everyone else's.",
    decided: "The stream has a declared tenant and names a key of KMS, which is customer-managed and which no \
              stream of another tenant names. A key that AWS owns or manages serves everyone.",
    blind: "Destinations, and tenants within one stream.",
    remedy: Remedy {
        what: "Start the stream's encryption with a key of its tenant.",
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
    reads: &["firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream", "kms:DescribeKey"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let scope = &context.settings.scope;
    if !(tenants::TENANT.declared)(scope) {
        return Ok(not_applicable(tenants::TENANT.nothing()));
    }
    let source = stream.source.as_ref()?;
    if let Some(reason) = no_encryption_of_its_own(&source.value) {
        return Ok(not_applicable(reason).seen(source));
    }
    let Some(tenant) = declared::tenant(stream, scope)? else {
        return Ok(not_applicable("the stream has no declared tenant").at(&stream.listed));
    };
    let sse = stream.sse.as_ref()?;
    match sse.value.state {
        SseState::Disabled => return Ok(fail(format!("of tenant {tenant}, and not encrypted")).seen(sse)),
        SseState::Enabled => {}
        state => {
            return Err(
                unknown(format!("encryption is {}: which key is in use is not settled", state.word())).seen(sse)
            );
        }
    }
    let named = sse.value.key.as_ref()?;
    let SseKey::Kms { arn } = &named.value else {
        return Ok(fail(format!("of tenant {tenant}, on a key that AWS owns and shares")).seen(named));
    };
    let key = context.snapshot.key(stream, arn)?;
    let manager = key.facts.as_ref()?.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(fail(format!("of tenant {tenant}, on a key that AWS manages for the whole account")).seen(manager));
    }
    let mut open = None;
    for other in context.snapshot.users_of(key) {
        match declared::tenant(other, scope) {
            Ok(Some(t)) if t != tenant => {
                let told = format!("of tenant {tenant}; stream {} of {t} uses the same key", other.name);
                return Ok(fail(told).seen(named).at(&other.listed));
            }
            Ok(Some(_)) => {}
            Ok(None) => {
                open = open.or_else(|| {
                    Some(unknown(format!("stream {} uses the same key and has no declared tenant", other.name)))
                });
            }
            Err(gap) => open = open.or_else(|| Some(Unknown::from(gap))),
        }
    }
    let unread = tenants::place(context, key).and_then(events::unread).map(Unknown::from);
    match open.or(unread) {
        Some(open) => Err(open),
        None => Ok(pass(format!("the key serves tenant {tenant} only")).seen(named).seen(manager)),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key, direct_put};
    use crate::model::Status;

    const ID: &str = "stream-tenant-own-key";

    fn world() -> World {
        World::new().declared("[scope]\ntenant_tag = \"tenant\"")
    }

    #[test]
    fn a_key_that_serves_another_tenant_fails() {
        let acme = || direct_put("s").tag("tenant", "acme");
        let own = || world().stream(acme().key("k")).key(customer_key("k"));
        assert_eq!(own().of_stream(ID, "s").status, Status::Pass);
        let two = own().stream(direct_put("t").key("k").tag("tenant", "other"));
        assert_eq!(two.of_stream(ID, "s").status, Status::Fail);
        assert_eq!(world().stream(acme()).of_stream(ID, "s").status, Status::Fail);
        assert_eq!(world().stream(acme().key("k")).key(aws_managed("k")).of_stream(ID, "s").status, Status::Fail);
        for open in [direct_put("t").denied(), direct_put("t").key("k"), direct_put("t").key("k").tags_denied()] {
            assert_eq!(own().stream(open).of_stream(ID, "s").status, Status::Unknown);
        }
        assert_eq!(world().stream(direct_put("s").tags_denied()).of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(world().stream(direct_put("s")).of_stream(ID, "s").status, Status::NotApplicable);
        assert_eq!(World::new().stream(acme()).of_stream(ID, "s").status, Status::NotApplicable);
    }
}
