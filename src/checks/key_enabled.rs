//! Can the key be used?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, unknown};
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyState};

pub(super) const CHECK: Check = Check {
    id: "key-enabled",
    question: "Can the key be used?",
    title: "The key is enabled and meant for encryption",
    severity: Severity::Critical,
    why: "A stream whose key cannot be used keeps its records for up to 24 hours and then drops them, while its own \
          status still says ENABLED.",
    decided: "DescribeKey says KeyState Enabled and KeyUsage ENCRYPT_DECRYPT.",
    blind: "Whether policies and grants let the stream use the key.",
    remedy: Remedy {
        what: "Enable the key; where its deletion is pending, cancel that first.",
        cli: r#"aws kms enable-key --key-id "$KEY""#,
        cloudformation: r"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      Enabled: true
      KeyUsage: ENCRYPT_DECRYPT",
        terraform: r#"resource "aws_kms_key" "stream" {
  is_enabled = true
  key_usage  = "ENCRYPT_DECRYPT"
}"#,
    },
    reads: &["kms:DescribeKey"],
    judge: Judge::EachKey(judge),
};

fn judge(_: &Context<'_>, key: &Key) -> Verdict {
    let facts = key.facts.as_ref()?;
    let state = facts.value.state.as_ref()?;
    let usage = facts.value.usage.as_ref()?;
    let word = state.value.word();
    match state.value {
        KeyState::Enabled if usage.value == "ENCRYPT_DECRYPT" => Ok(pass("the key is Enabled").seen(state).seen(usage)),
        KeyState::Enabled => Ok(fail(format!("the key's usage is {}", usage.value)).seen(usage)),
        KeyState::Creating | KeyState::Updating => {
            Err(unknown(format!("the key is {word}: read again later")).seen(state))
        }
        KeyState::Disabled
        | KeyState::PendingDeletion
        | KeyState::PendingImport
        | KeyState::PendingReplicaDeletion
        | KeyState::Unavailable => Ok(fail(format!("the key is {word}")).seen(state)),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;
    use crate::model::key::KeyState;

    #[test]
    fn every_state_is_decided_on() {
        for (state, expected) in [
            (KeyState::Enabled, Status::Pass),
            (KeyState::Disabled, Status::Fail),
            (KeyState::PendingDeletion, Status::Fail),
            (KeyState::PendingReplicaDeletion, Status::Fail),
            (KeyState::PendingImport, Status::Fail),
            (KeyState::Unavailable, Status::Fail),
            (KeyState::Creating, Status::Unknown),
            (KeyState::Updating, Status::Unknown),
        ] {
            let world = World::new().key(customer_key("k").state(state));
            assert_eq!(world.of_key("key-enabled", "k").status, expected, "{state:?}");
        }
    }
}
