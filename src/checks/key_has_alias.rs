//! Has the key a name that people can read?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-has-alias",
    question: "Has the key a name that people can read?",
    title: "The key has an alias",
    severity: Severity::Low,
    why: "People who must act on a key at night find it by its name; a bare id is mistyped and mistaken.",
    decided: "An alias of ListAliases, all pages, has the key as its target.",
    blind: "Whether the name says what the key is for. Streams name keys by ARN, so moving an alias does not \
            move a stream.",
    remedy: Remedy {
        what: "Give the key an alias.",
        cli: r#"aws kms create-alias --alias-name "alias/$NAME" --target-key-id "$KEY""#,
        cloudformation: r"Resources:
  StreamKeyAlias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: alias/orders
      TargetKeyId: {Ref: StreamKey}",
        terraform: r#"resource "aws_kms_alias" "stream" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.stream.key_id
}"#,
    },
    reads: &["kms:ListAliases"],
    judge: Judge::EachKey(judge),
};

fn judge(_: &Context<'_>, key: &Key) -> Verdict {
    let aliases = key.aliases.as_ref()?;
    Ok(match aliases.value.first() {
        Some(name) => pass(format!("is called {name}")),
        None => fail("no alias points to the key"),
    }
    .seen(aliases))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;

    const ID: &str = "key-has-alias";

    #[test]
    fn a_name_is_an_alias() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").alias("alias/orders")), Status::Pass);
        assert_eq!(of(customer_key("k")), Status::Fail);
        assert_eq!(of(customer_key("k").aliases_denied()), Status::Unknown);
    }
}
