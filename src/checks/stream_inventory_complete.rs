//! Did the list of streams come to its end, and was every stream on it described?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, unknown};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "stream-inventory-complete",
    question: "Did the list of streams come to its end, and was every stream on it described?",
    title: "Every delivery stream of the Region was listed and described",
    severity: Severity::High,
    why: "A total over streams means nothing while streams may be missing from it.",
    decided: "The pages of ListDeliveryStreams end with HasMoreDeliveryStreams false, and each listed name was \
              described by an answer about that very name.",
    blind: "Streams made or deleted while the run was under way, and Regions that were not asked for.",
    remedy: Remedy {
        what: "Allow the reading role to list and describe delivery streams, and run again.",
        cli: r#"aws iam put-role-policy --role-name "$READER" --policy-name keywitness-streams --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["firehose:ListDeliveryStreams","firehose:DescribeDeliveryStream"],"Resource":"*"}]}'"#,
        cloudformation: r#"Resources:
  ReadStreams:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: evidence-reader
      PolicyName: keywitness-streams
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ["firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream"]
            Resource: "*""#,
        terraform: r#"resource "aws_iam_role_policy" "streams" {
  name   = "keywitness-streams"
  role   = "evidence-reader"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream"]
      Resource = "*"
    }]
  })
}"#,
    },
    reads: &["firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream"],
    judge: Judge::EachRegion(judge),
};

fn judge(_: &Context<'_>, place: &Place) -> Verdict {
    let listing = place.listing.as_ref()?;
    let unread = place.streams.iter().filter(|s| s.source.is_err()).count();
    if unread > 0 {
        return Err(
            unknown(format!("{unread} of {} listed streams could not be described", listing.value)).seen(listing)
        );
    }
    if listing.value != place.streams.len() {
        return Ok(fail(format!("{} streams listed, {} read", listing.value, place.streams.len())).seen(listing));
    }
    Ok(pass(format!("{} streams listed, all described", listing.value)).seen(listing))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::World;
    use crate::model::Status;

    #[test]
    fn an_empty_region_is_complete_when_the_listing_ended() {
        let world = World::new();
        assert_eq!(world.region("stream-inventory-complete").status, Status::Pass);
    }

    #[test]
    fn a_listing_that_did_not_end_is_unknown() {
        let world = World::new().unlisted();
        assert_eq!(world.region("stream-inventory-complete").status, Status::Unknown);
    }
}
