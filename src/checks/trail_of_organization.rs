//! Does a trail of the organization log here?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-of-organization",
    question: "Does a trail of the organization log here?",
    title: "A trail of the organization is logging in this Region",
    severity: Severity::Low,
    why: "A member account cannot stop or change a trail of its organization; a trail of its own it can.",
    decided: "A trail that is logging here says IsOrganizationTrail true.",
    blind: "Whether the account is in an organization at all; where it is not, an approved exception says so.",
    remedy: Remedy {
        what: "Make the trail one of the organization, from its management account or delegated administrator.",
        cli: r#"aws cloudtrail update-trail --name "$TRAIL" --is-organization-trail --is-multi-region-trail"#,
        cloudformation: r"Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: audit-logs
      IsMultiRegionTrail: true
      IsOrganizationTrail: true",
        terraform: r#"resource "aws_cloudtrail" "main" {
  is_organization_trail = true
  is_multi_region_trail = true
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
    judge: Judge::EachRegion(judge),
};

fn judge(_: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let organization = trail.organization.as_ref()?;
        let ruling = if organization.value {
            pass(format!("trail {} is of the organization and logging", trail.name))
        } else {
            fail(format!("trail {} is of this account only", trail.name))
        };
        let ruling = ruling.seen(organization);
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-of-organization";

    #[test]
    fn it_must_be_of_the_organization_and_log() {
        let of = |t| World::new().trail(t).region(ID).status;
        assert_eq!(of(trail("a").change(|t| t.organization = crate::checks::tests::read(true))), Status::Pass);
        assert_eq!(of(trail("a")), Status::Fail);
        assert_eq!(of(trail("a").status_denied()), Status::Unknown);
        assert_eq!(World::new().trails_denied().region(ID).status, Status::Unknown);
    }
}
