//! Does the key carry the tags that its owner demands?

use super::{Check, Context, Judge, Remedy, Verdict, not_applicable, tags};
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyManager};

pub(super) const CHECK: Check = Check {
    id: "key-required-tags",
    question: "Does the key carry the tags that its owner demands?",
    title: "The key carries every required tag, each with a value",
    severity: Severity::Low,
    why: "Tags name the owner of a key and what it protects.",
    decided: "ListResourceTags, all pages, against required_tags.keys of keywitness.toml.",
    blind: "Whether a tag tells the truth.",
    remedy: Remedy {
        what: "Add the missing tags to the key.",
        cli: r#"aws kms tag-resource --key-id "$KEY" --tags TagKey="$TAG",TagValue="$VALUE""#,
        cloudformation: r"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      Tags:
        - {Key: owner, Value: payments}",
        terraform: r#"resource "aws_kms_key" "stream" {
  tags = { owner = "payments" }
}"#,
    },
    reads: &["kms:DescribeKey", "kms:ListResourceTags"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let manager = key.facts.as_ref()?.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(not_applicable("AWS manages this key; nobody else can tag it").seen(manager));
    }
    tags::judge(&key.tags, &context.settings.required_tags.keys, "required_tags.keys")
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key};
    use crate::model::Status;

    const ID: &str = "key-required-tags";

    #[test]
    fn nobody_can_tag_a_key_that_aws_manages() {
        let world = World::new().require_key_tags(&["owner"]).key(aws_managed("k"));
        assert_eq!(world.of_key(ID, "k").status, Status::NotApplicable);
    }

    #[test]
    fn a_missing_tag_fails() {
        let world = World::new().require_key_tags(&["owner"]).key(customer_key("k"));
        assert_eq!(world.of_key(ID, "k").status, Status::Fail);
    }
}
