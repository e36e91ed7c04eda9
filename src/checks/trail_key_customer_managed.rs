//! Is the key of the log files customer-managed, and usable?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, resting, trails};
use crate::model::finding::Severity;
use crate::model::hops::{self, KeyRef};
use crate::model::refer::Site;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-key-customer-managed",
    question: "Is the key of the log files customer-managed, and usable?",
    title: "A customer-managed key that is enabled encrypts the log files of a trail that logs in this Region",
    severity: Severity::Medium,
    why: "Reading the logs then needs a second permission that the bucket alone does not give; and a key that was \
          disabled stops the delivery of logs.",
    decided: "The trail's own KmsKeyId, else the default of its bucket; DescribeKey says KeyManager CUSTOMER and KeyState \
              Enabled. The key of another account may not let itself be described: then it is unknown.",
    blind: "Who may decrypt with it.",
    remedy: Remedy {
        what: trails::KEYED,
        cli: trails::KEYED_CLI,
        cloudformation: trails::KEYED_CLOUDFORMATION,
        terraform: trails::KEYED_TERRAFORM,
    },
    reads: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "s3:GetBucketEncryption",
        "kms:DescribeKey",
        "kms:ListAliases",
    ],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let kept = match (&trail.kms_key, &trail.bucket) {
            (Some(given), _) => {
                let site = Site {
                    partition: context.snapshot.run.partition(&place.account),
                    account: &place.account,
                    region: &place.region,
                };
                let arn = hops::resolve(&place.hops.aliases, site, given, &trail.listed);
                resting::by_reference(&KeyRef { given: given.clone(), arn }, &trail.listed)
            }
            (None, Some(name)) => resting::bucket_default(resting::bucket(context, &place.account, name)?),
            (None, None) => {
                return Ok(fail(format!("trail {} names no key and no bucket", trail.name)).at(&trail.listed));
            }
        };
        let answers = match kept {
            Err(verdict) => vec![(format!("trail {}", trail.name), verdict)],
            Ok(kept) => vec![
                (format!("trail {}", trail.name), kept.by_a_customers_key(context, &place.account)),
                (format!("trail {}", trail.name), kept.usable(context, &place.account)),
            ],
        };
        let ruling = resting::every(answers, Ok(fail("no key")))?;
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, bucket, customer_key, key_arn, trail};
    use crate::model::Status;
    use crate::model::key::KeyState;

    const ID: &str = "trail-key-customer-managed";

    #[test]
    fn whose_key_it_is_and_its_state_decide() {
        let of =
            |key| World::new().key(key).trail(trail("t").change(|t| t.kms_key = Some(key_arn("l")))).region(ID).status;
        assert_eq!(of(customer_key("l")), Status::Pass);
        assert_eq!(of(aws_managed("l")), Status::Fail);
        assert_eq!(of(customer_key("l").state(KeyState::Disabled)), Status::Fail);
        assert_eq!(of(customer_key("l").denied()), Status::Unknown);
        assert_eq!(of(customer_key("other")), Status::Unknown);
    }

    #[test]
    fn without_a_key_the_default_of_the_bucket_decides() {
        let of = |b| {
            let t = trail("t").change(|t| t.bucket = Some("logs".to_owned()));
            World::new().key(customer_key("l")).trail(t).bucket(b).region(ID).status
        };
        assert_eq!(of(bucket("logs").key("l")), Status::Pass);
        assert_eq!(of(bucket("logs")), Status::Fail);
        assert_eq!(of(bucket("logs").encryption_denied()), Status::Unknown);
        assert_eq!(World::new().trail(trail("t")).region(ID).status, Status::Fail);
        assert_eq!(World::new().trails_denied().region(ID).status, Status::Unknown);
    }
}
