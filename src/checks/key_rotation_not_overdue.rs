//! Did the rotation that was due take place?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::key::KeyManager;
use crate::model::time;

pub(super) const CHECK: Check = Check {
    id: "key-rotation-not-overdue",
    question: "Did the rotation that was due take place?",
    title: "The next rotation of the key lies ahead",
    severity: Severity::Medium,
    why: "A rotation that is switched on and does not happen looks like one that does, until somebody reads \
          its dates.",
    decided: "GetKeyRotationStatus says that rotation is on, and gives a NextRotationDate after the end of the \
              run.",
    blind: "Rotations before the present period: see key-rotated-in-cryptoperiod.",
    remedy: Remedy {
        what: "Rotate the key on demand, which leaves the schedule as it is; set the schedule anew by switching rotation off \
               and on, for it counts from the day of switching on; and ask AWS Support why the date passed. That rotation \
               was off for a moment is an event that event-rotation-not-disabled tells.",
        cli: r#"aws kms rotate-key-on-demand --key-id "$KEY"
aws kms disable-key-rotation --key-id "$KEY"
aws kms enable-key-rotation --key-id "$KEY" --rotation-period-in-days "$DAYS""#,
        cloudformation: r"# No template rotates on demand: use the command. The schedule counts from the day of switching on: deploy false, then
# true.
Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      RotationPeriodInDays: 365",
        terraform: r#"# No configuration rotates on demand: use the command. The schedule counts from the day of switching on: apply false,
# then true.
resource "aws_kms_key" "stream" {
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
        return Ok(not_applicable("AWS rotates the keys that it manages").seen(manager));
    }
    let rotation = key.rotation.as_ref()?;
    if !rotation.value.enabled {
        return Ok(not_applicable("automatic rotation is off: none is due").seen(rotation));
    }
    let Some(next) = rotation.value.next else {
        return Err(unknown("AWS does not say when the next rotation is due").seen(rotation));
    };
    let told = format!("the next rotation is due on {}", time::day(next));
    Ok(if next < context.snapshot.run.ended { fail(format!("{told}, before the run")) } else { pass(told) }
        .seen(rotation))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, aws_managed, customer_key};
    use crate::model::Status;

    const ID: &str = "key-rotation-not-overdue";
    use crate::model::key::Origin;

    #[test]
    fn a_date_that_passed_is_a_rotation_that_did_not_happen() {
        let of = |key| World::new().key(key).of_key(ID, "k").status;
        assert_eq!(of(customer_key("k").next_rotation(10)), Status::Pass);
        assert_eq!(of(customer_key("k").next_rotation(-1)), Status::Fail);
        assert_eq!(of(customer_key("k")), Status::Unknown);
        assert_eq!(of(customer_key("k").rotation_denied()), Status::Unknown);
        assert_eq!(of(customer_key("k").no_rotation()), Status::NotApplicable);
        assert_eq!(of(customer_key("k").origin(Origin::External)), Status::NotApplicable);
        assert_eq!(of(aws_managed("k")), Status::NotApplicable);
    }
}
