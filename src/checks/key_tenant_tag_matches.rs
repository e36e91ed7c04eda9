//! Does the key say the same tenant as its streams?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, not_applicable, pass, tenants};
use crate::model::declared;
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-tenant-tag-matches",
    question: "Does the key say the same tenant as its streams?",
    title: "The key's tenant tag names the tenant of its streams",
    severity: Severity::Low,
    why: "Whoever destroys the key of a tenant goes by the tag on the key.",
    decided: "ListResourceTags gives the tag that scope.tenant_tag names, and it equals the tenant of every stream \
              that names the key.",
    blind: "Whether either tells the truth.",
    remedy: Remedy {
        what: "Tag the key with its tenant.",
        cli: r#"aws kms tag-resource --key-id "$KEY" --tags TagKey="$TENANT_TAG",TagValue="$TENANT""#,
        cloudformation: r"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      Tags:
        - {Key: tenant, Value: acme}",
        terraform: r#"resource "aws_kms_key" "stream" {
  tags = { tenant = "acme" }
}"#,
    },
    reads: &["kms:ListResourceTags", "firehose:ListTagsForDeliveryStream"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let scope = &context.settings.scope;
    let Some(tag) = &scope.tenant_tag else {
        return Ok(not_applicable("no tag of tenants is declared (scope.tenant_tag in keywitness.toml)"));
    };
    let (mut found, mut gap) = (Vec::new(), None);
    for stream in context.snapshot.users_of(key) {
        match declared::tenant(stream, scope) {
            Ok(Some(tenant)) => found.push((tenant, stream)),
            Ok(None) => {}
            Err(unread) => gap = gap.or(Some(unread)),
        }
    }
    let tags = key.tags.as_ref()?;
    let says = tags.value.get(tag).map(String::as_str);
    if let Some((tenant, stream)) = found.iter().find(|(tenant, _)| Some(*tenant) != says) {
        let told = match says {
            Some(says) => format!("the tag {tag} of the key says {says}; stream {} is of {tenant}", stream.name),
            None => format!("the key has no tag {tag}; stream {} is of {tenant}", stream.name),
        };
        return Ok(fail(told).seen(tags).at(&stream.listed));
    }
    if let Some(gap) = gap.or_else(|| tenants::place(context, key).and_then(events::unread)) {
        return Err(Unknown::from(gap));
    }
    Ok(match found.first() {
        None => not_applicable("no stream of this key has a declared tenant").seen(tags),
        Some((tenant, stream)) => pass(format!("key and streams are of tenant {tenant}")).seen(tags).at(&stream.listed),
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put};
    use crate::model::Status;

    const ID: &str = "key-tenant-tag-matches";

    #[test]
    fn key_and_streams_must_agree() {
        let world = || World::new().declared("[scope]\ntenant_tag = \"tenant\"");
        let streams = |w: World| w.stream(direct_put("a").key("k").tag("tenant", "acme"));
        let of = |key| streams(world()).key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").tag("tenant", "acme")), Status::Pass);
        assert_eq!(of(customer_key("k").tag("tenant", "other")), Status::Fail);
        assert_eq!(of(customer_key("k")), Status::Fail);
        assert_eq!(of(customer_key("k").tags_denied()), Status::Unknown);
        let open = streams(world()).stream(direct_put("b").denied()).key(customer_key("k").tag("tenant", "acme"));
        assert_eq!(open.of_key(ID, "k").status, Status::Unknown);
        assert_eq!(world().key(customer_key("k")).of_key(ID, "k").status, Status::NotApplicable);
    }
}
