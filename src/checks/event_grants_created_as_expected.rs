//! Who created grants on the keys of streams in the window, and are they expected?

use super::events::Is;
use super::{Check, Context, Judge, Remedy, Verdict, events};
use crate::model::finding::Severity;
use crate::model::settings::glob;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "event-grants-created-as-expected",
    question: "Who created grants on the keys of streams in the window, and are they expected?",
    title: "Only those who are expected created grants on the keys of streams in the window",
    severity: Severity::Medium,
    why: "A grant is a permission that no policy shows; one that an unexpected hand made is a way in.",
    decided: "Every CreateGrant of the window that succeeded and is about a key that a stream of this Region names \
              was made by somebody who matches expected.grant_creators of keywitness.toml. Firehose makes its \
              grant with the credentials of whoever starts the encryption.",
    blind: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), and what the \
            grant allows: see grants-live.",
    remedy: Remedy {
        what: "Revoke the grant if nobody can explain it; else add its creator to expected.grant_creators.",
        cli: r#"aws kms revoke-grant --key-id "$KEY" --grant-id "$GRANT""#,
        cloudformation: r#"# An event of the past cannot be undone by a template; what can be prevented is that it happens again:
Resources:
  Guardrail:
    Type: AWS::Organizations::Policy
    Properties:
      Name: keys-of-streams
      Type: SERVICE_CONTROL_POLICY
      Content:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Action: ["kms:CreateGrant"], Resource: "*"}"#,
        terraform: r#"# An event of the past cannot be undone by a configuration; what can be prevented is that it happens again:
resource "aws_organizations_policy" "guardrail" {
  name = "keys-of-streams"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = ["kms:CreateGrant"], Resource = "*" }]
  })
}"#,
    },
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    let expected = &context.settings.expected.grant_creators;
    let good = "no grant was created by anyone who is not expected";
    events::none_of(context, place, &["CreateGrant"], good, |event| match events::done_to_a_key(place, event) {
        Is::Bad if expected.is_empty() => events::undeclared(event, "expected.grant_creators"),
        Is::Bad if expected.iter().any(|e| glob(e, &event.who)) => Is::Fine,
        is => is,
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put, event, key_arn};
    use crate::model::Status;

    const ID: &str = "event-grants-created-as-expected";

    #[test]
    fn the_creator_must_be_expected() {
        let world = || World::new().stream(direct_put("s").key("k")).key(customer_key("k"));
        let grant = || event("CreateGrant").of(&key_arn("k")).by("arn:aws:iam::111122223333:role/Deployment");
        let declared = |who: &str| world().declared(&format!("[expected]\ngrant_creators = [\"{who}\"]"));
        assert_eq!(world().region(ID).status, Status::Pass);
        assert_eq!(world().event(grant()).region(ID).status, Status::Unknown);
        assert_eq!(declared("*:role/Deployment").event(grant()).region(ID).status, Status::Pass);
        assert_eq!(declared("*:role/Other").event(grant()).region(ID).status, Status::Fail);
        assert_eq!(world().events_denied().region(ID).status, Status::Unknown);
    }
}
