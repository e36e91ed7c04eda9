//! Are the log files encrypted with a key of KMS?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-encrypted-with-key",
    question: "Are the log files encrypted with a key of KMS?",
    title: "The log files of a trail that logs in this Region are encrypted with a key of KMS",
    severity: Severity::Medium,
    why: "With a key of its own, reading the logs needs a permission that the bucket alone does not give.",
    decided: "A trail that is logging here has a KmsKeyId.",
    blind: "Whose key it is and who may use it: see trail-key-customer-managed.",
    remedy: Remedy {
        what: trails::KEYED,
        cli: trails::KEYED_CLI,
        cloudformation: trails::KEYED_CLOUDFORMATION,
        terraform: trails::KEYED_TERRAFORM,
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
        let ruling = match &trail.kms_key {
            Some(key) => pass(format!("trail {} is logging, encrypted with {key}", trail.name)),
            None => fail(format!("trail {} has no key of KMS", trail.name)),
        };
        let ruling = ruling.at(&trail.listed);
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-encrypted-with-key";

    #[test]
    fn a_trail_that_logs_must_have_a_key() {
        let keyed = || trail("a").change(|t| t.kms_key = Some("arn:aws:kms:eu-west-1:111122223333:key/t".to_owned()));
        let of = |t| World::new().trail(t).region(ID).status;
        assert_eq!(of(keyed()), Status::Pass);
        assert_eq!(of(trail("a")), Status::Fail);
        assert_eq!(of(keyed().stopped()), Status::Fail);
        assert_eq!(of(keyed().status_denied()), Status::Unknown);
        assert_eq!(World::new().trails_denied().region(ID).status, Status::Unknown);
    }
}
