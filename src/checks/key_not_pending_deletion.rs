//! Is the key going to be deleted?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass};
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyState};
use crate::model::time;

pub(super) const CHECK: Check = Check {
    id: "key-not-pending-deletion",
    question: "Is the key going to be deleted?",
    title: "The key is not scheduled for deletion",
    severity: Severity::Critical,
    why: "Whatever is encrypted with a deleted key is lost.",
    decided: "DescribeKey says a KeyState other than PendingDeletion and PendingReplicaDeletion.",
    blind: "Who may schedule a deletion, and whether one is planned.",
    remedy: Remedy {
        what: "Cancel the deletion, then enable the key: a cancelled key comes back disabled.",
        cli: r#"aws kms cancel-key-deletion --key-id "$KEY"
aws kms enable-key --key-id "$KEY""#,
        cloudformation: r"# CloudFormation cannot cancel a deletion. Cancel it by the command; keep the key when its stack goes:
Resources:
  StreamKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Enabled: true",
        terraform: r#"# Terraform cannot cancel a deletion. Cancel it by the command; then guard the key:
resource "aws_kms_key" "stream" {
  is_enabled              = true
  deletion_window_in_days = 30
  lifecycle {
    prevent_destroy = true
  }
}"#,
    },
    reads: &["kms:DescribeKey"],
    judge: Judge::EachKey(judge),
};

fn judge(_: &Context<'_>, key: &Key) -> Verdict {
    let facts = key.facts.as_ref()?;
    let state = facts.value.state.as_ref()?;
    let ruling = match state.value {
        KeyState::PendingDeletion => match facts.value.deletion {
            Some(day) => fail(format!("the key will be deleted on {}", time::day(day))),
            None => fail("the key is scheduled for deletion; AWS gave no date"),
        },
        KeyState::PendingReplicaDeletion => fail("the key will be deleted once its replicas are gone"),
        KeyState::Creating
        | KeyState::Enabled
        | KeyState::Disabled
        | KeyState::PendingImport
        | KeyState::Unavailable
        | KeyState::Updating => pass(format!("no deletion is scheduled; the key is {}", state.value.word())),
    };
    Ok(ruling.seen(state))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key};
    use crate::model::Status;
    use crate::model::key::KeyState;

    #[test]
    fn both_ways_of_waiting_for_deletion_fail() {
        for state in [KeyState::PendingDeletion, KeyState::PendingReplicaDeletion] {
            let world = World::new().key(customer_key("k").state(state));
            assert_eq!(world.of_key("key-not-pending-deletion", "k").status, Status::Fail);
        }
        let world = World::new().key(customer_key("k").state(KeyState::Disabled));
        assert_eq!(world.of_key("key-not-pending-deletion", "k").status, Status::Pass);
    }
}
