//! Does the key rotate at least as often as the declared cryptoperiod asks?

use super::cryptoperiods::{Declared, UNDECLARED};
use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::declared;
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyManager};

pub(super) const CHECK: Check = Check {
    id: "key-rotation-period",
    question: "Does the key rotate at least as often as the declared cryptoperiod asks?",
    title: "The key's rotation period is not longer than the declared cryptoperiod",
    severity: Severity::Medium,
    why: "Rotation may be set to anything from 90 to 2560 days; \"on\" does not say that it is often enough.",
    decided: "GetKeyRotationStatus gives RotationPeriodInDays, compared with the cryptoperiod that \
              keywitness.toml declares for the key. Nothing declared is nothing decided: no framework fixes a number of days.",
    blind: "Who set the cryptoperiod, and why it is long enough or short enough.",
    remedy: Remedy {
        what: "Set the rotation period to at most the declared number of days.",
        cli: r#"aws kms enable-key-rotation --key-id "$KEY" --rotation-period-in-days "$DAYS""#,
        cloudformation: r"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      RotationPeriodInDays: 365",
        terraform: r#"resource "aws_kms_key" "stream" {
  enable_key_rotation     = true
  rotation_period_in_days = 365
}"#,
    },
    reads: &["kms:DescribeKey", "kms:GetKeyRotationStatus"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let facts = key.facts.as_ref()?;
    if let Some(reason) = key.unrotatable()? {
        return Ok(not_applicable(reason).seen(facts));
    }
    let manager = facts.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(not_applicable("AWS manages this key and sets its period").seen(manager));
    }
    let rotation = key.rotation.as_ref()?;
    let Some(period) = declared::cryptoperiod(key, context.snapshot, context.settings)? else {
        return Err(unknown(UNDECLARED).seen(rotation));
    };
    let declared = Declared(&period);
    if !rotation.value.enabled {
        return Ok(not_applicable("automatic rotation is off: there is no period to compare").seen(rotation));
    }
    let Some(days) = rotation.value.period_days else {
        return Err(unknown("the answer does not say how often the key rotates").seen(rotation));
    };
    Ok(if u64::from(days) <= period.days {
        pass(format!("rotates every {days} days; declared are {declared}")).seen(rotation)
    } else {
        fail(format!("rotates every {days} days; declared are {declared}")).seen(rotation)
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;

    const ID: &str = "key-rotation-period";

    #[test]
    fn without_a_declared_cryptoperiod_nothing_is_decided() {
        assert_eq!(World::new().key(customer_key("k").rotates(365)).of_key(ID, "k").status, Status::Unknown);
    }

    #[test]
    fn the_declared_period_is_the_measure() {
        let world = World::new().cryptoperiod(365);
        assert_eq!(world.clone().key(customer_key("k").rotates(365)).of_key(ID, "k").status, Status::Pass);
        assert_eq!(world.key(customer_key("k").rotates(400)).of_key(ID, "k").status, Status::Fail);
    }
}
