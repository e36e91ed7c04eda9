//! Does KMS rotate the key by itself?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyManager, KeyState, MultiRegion};

pub(super) const CHECK: Check = Check {
    id: "key-rotation-enabled",
    question: "Does KMS rotate the key by itself?",
    title: "Automatic rotation of the key is on",
    severity: Severity::Medium,
    why: "A key that nobody rotates is used for longer than anyone decided.",
    decided: "GetKeyRotationStatus says KeyRotationEnabled true, for a key that KMS can rotate and that is enabled: \
              a disabled key does not rotate, and a key that waits for deletion hides its setting.",
    blind: "Whether a rotation took place: see key-rotated-in-cryptoperiod. Data that was written before stays \
             encrypted under the earlier material.",
    remedy: Remedy {
        what: "Switch rotation on, with the period that your key-management policy declares.",
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

fn judge(_: &Context<'_>, key: &Key) -> Verdict {
    if let Some(reason) = key.unrotatable()? {
        let facts = key.facts.as_ref()?;
        return Ok(not_applicable(format!("{reason}; show how it is replaced by hand")).seen(facts));
    }
    let facts = key.facts.as_ref()?;
    let state = facts.value.state.as_ref()?;
    match state.value {
        KeyState::Enabled => {}
        KeyState::Disabled => return Ok(fail("the key is Disabled, and a disabled key does not rotate").seen(state)),
        KeyState::PendingDeletion
        | KeyState::PendingReplicaDeletion
        | KeyState::Creating
        | KeyState::PendingImport
        | KeyState::Unavailable
        | KeyState::Updating => {
            return Err(
                unknown(format!("the key is {}: its rotation setting is not shown", state.value.word())).seen(state)
            );
        }
    }
    let manager = facts.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(not_applicable("AWS manages this key and rotates it on its own schedule").seen(manager));
    }
    let rotation = key.rotation.as_ref()?;
    let replica = if facts.value.multi_region == MultiRegion::Replica { " (set on its primary key)" } else { "" };
    Ok(match (rotation.value.enabled, rotation.value.period_days) {
        (true, Some(days)) => pass(format!("rotates every {days} days{replica}")),
        (true, None) => pass(format!("rotates by itself; AWS did not say how often{replica}")),
        (false, _) => fail(format!("automatic rotation is off{replica}")),
    }
    .seen(rotation)
    .seen(state))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;
    use crate::model::key::{KeyState, Origin};

    const ID: &str = "key-rotation-enabled";

    #[test]
    fn on_passes_and_off_fails() {
        assert_eq!(World::new().key(customer_key("k").rotates(365)).of_key(ID, "k").status, Status::Pass);
        assert_eq!(World::new().key(customer_key("k").no_rotation()).of_key(ID, "k").status, Status::Fail);
    }

    #[test]
    fn a_key_that_kms_cannot_rotate_is_not_applicable() {
        assert_eq!(
            World::new().key(customer_key("k").origin(Origin::External)).of_key(ID, "k").status,
            Status::NotApplicable
        );
        assert_eq!(World::new().key(customer_key("k").spec("RSA_2048")).of_key(ID, "k").status, Status::NotApplicable);
    }

    #[test]
    fn a_key_that_waits_for_deletion_hides_its_setting() {
        let world = World::new().key(customer_key("k").no_rotation().state(KeyState::PendingDeletion));
        assert_eq!(world.of_key(ID, "k").status, Status::Unknown);
    }

    #[test]
    fn a_denied_status_is_unknown_and_not_off() {
        assert_eq!(World::new().key(customer_key("k").rotation_denied()).of_key(ID, "k").status, Status::Unknown);
    }
}
