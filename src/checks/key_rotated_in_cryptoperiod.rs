//! Is the key's current material younger than the declared cryptoperiod?

use super::cryptoperiods::{Declared, UNDECLARED};
use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, unknown};
use crate::model::declared;
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyManager, Origin};
use crate::model::time;

pub(super) const CHECK: Check = Check {
    id: "key-rotated-in-cryptoperiod",
    question: "Is the key's current material younger than the declared cryptoperiod?",
    title: "The key was made or last rotated within the declared cryptoperiod",
    severity: Severity::High,
    why: "A rotation that is switched on is a plan; a rotation that took place is evidence.",
    decided: "The newest date of ListKeyRotations, automatic or on demand, else the key's CreationDate, lies no more \
              than the cryptoperiod that keywitness.toml declares for the key before the end of the run.",
    blind: "Data that was written under earlier material stays under it; and keys that were replaced by a new key.",
    remedy: Remedy {
        what: "Rotate the key on demand, or replace it and start the stream's encryption with the new one.",
        cli: r#"aws kms rotate-key-on-demand --key-id "$KEY""#,
        cloudformation: r"# CloudFormation cannot rotate on demand. A shorter period brings the next rotation forward:
Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      RotationPeriodInDays: 180",
        terraform: r#"# Terraform cannot rotate on demand. A shorter period brings the next rotation forward:
resource "aws_kms_key" "stream" {
  enable_key_rotation     = true
  rotation_period_in_days = 180
}"#,
    },
    reads: &["kms:DescribeKey", "kms:ListKeyRotations"],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let facts = key.facts.as_ref()?;
    let manager = facts.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(not_applicable("AWS manages this key and rotates it on its own schedule").seen(manager));
    }
    let created = facts.value.created.as_ref()?;
    let spec = facts.value.spec.as_ref()?;
    let origin = facts.value.origin.as_ref()?;
    // KMS keeps no history of asymmetric keys: their material is as old as they are. Material of an external
    // store can be exchanged where AWS does not see it.
    let history = match origin.value {
        Origin::ExternalKeyStore => {
            return Err(
                unknown("the material is kept outside AWS: when it last changed is not shown here").seen(origin)
            );
        }
        Origin::AwsKms | Origin::External | Origin::AwsCloudHsm if spec.value == "SYMMETRIC_DEFAULT" => {
            Some(key.rotations.as_ref()?)
        }
        Origin::AwsKms | Origin::External | Origin::AwsCloudHsm => None,
    };
    let Some(period) = declared::cryptoperiod(key, context.snapshot, context.settings)? else {
        return Err(unknown(UNDECLARED).seen(created));
    };
    let declared = Declared(&period);
    let rotated = history.and_then(|h| h.value.last());
    let (since, deed) = match rotated {
        Some(rotation) if rotation.kind == "ON_DEMAND" => (rotation.date, "rotated on demand"),
        Some(rotation) => (rotation.date, "rotated"),
        None => (created.value, "made, and never rotated since,"),
    };
    let age = (context.snapshot.run.ended - since).num_days();
    let told = format!("{deed} on {}, {age} days before the run; declared are {declared}", time::day(since));
    let ruling = match u64::try_from(age) {
        Ok(age) if age <= period.days => pass(told),
        Ok(_) => fail(told),
        Err(_) => return Err(unknown(format!("{deed} on {}, which is after the run", time::day(since))).seen(created)),
    };
    Ok(match history {
        Some(history) => ruling.seen(created).seen(history),
        None => ruling.seen(created),
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, direct_put};
    use crate::model::Status;

    const ID: &str = "key-rotated-in-cryptoperiod";

    #[test]
    fn a_young_key_needs_no_rotation_yet() {
        let world = World::new().cryptoperiod(365).key(customer_key("k").age_days(100));
        assert_eq!(world.of_key(ID, "k").status, Status::Pass);
    }

    #[test]
    fn an_old_key_needs_one_that_took_place() {
        let world = World::new().cryptoperiod(365);
        let old = customer_key("k").age_days(900).rotates(365);
        assert_eq!(world.clone().key(old.clone()).of_key(ID, "k").status, Status::Fail);
        assert_eq!(world.clone().key(old.clone().rotated(400)).of_key(ID, "k").status, Status::Fail);
        assert_eq!(world.key(old.rotated(10)).of_key(ID, "k").status, Status::Pass);
    }

    #[test]
    fn nothing_declared_is_unknown_and_never_365() {
        let world = World::new().key(customer_key("k").age_days(1));
        assert_eq!(world.of_key(ID, "k").status, Status::Unknown);
    }

    #[test]
    fn a_denied_history_is_not_an_empty_one() {
        let world = World::new().cryptoperiod(365).key(customer_key("k").age_days(1).history_denied());
        assert_eq!(world.of_key(ID, "k").status, Status::Unknown);
    }
    const RULES: &str = "
        [parameters]
        cryptoperiod_days = 50
        [[cryptoperiods]]
        key = \"alias/pay*\"
        days = 365
        [[cryptoperiods]]
        tag = \"environment\"
        value = \"test\"
        days = 730
        [[cryptoperiods]]
        tag = \"environment\"
        days = 90
        [[cryptoperiods]]
        data_class = \"pan\"
        days = 200
        [scope]
        data_class_tag = \"data\"
        tag_values = {cards = [\"pan\"], other = [\"none\"]}
    ";

    #[test]
    fn a_rule_for_the_key_wins_over_tag_class_and_all() {
        let world = World::new().declared(RULES);
        let status = |key| world.clone().key(key).of_key(ID, "k").status;
        // 100 days old: under 365, over 90 and over 50.
        assert_eq!(status(customer_key("k").alias("alias/payments").tag("environment", "production")), Status::Pass);
        assert_eq!(status(customer_key("k").alias("alias/other").tag("environment", "production")), Status::Fail);
        assert_eq!(status(customer_key("k")), Status::Fail);
    }

    #[test]
    fn among_rules_of_one_kind_the_shortest_holds() {
        let world = World::new().declared(RULES).key(customer_key("k").tag("environment", "test"));
        let finding = world.of_key(ID, "k");
        assert_eq!(finding.status, Status::Fail);
        assert!(finding.reason.contains("declared are 90 for tag environment"), "{}", finding.reason);
    }

    #[test]
    fn the_class_of_the_streams_that_use_the_key_sets_its_period() {
        let world = World::new().declared(RULES).key(customer_key("k"));
        let cards = world.clone().stream(direct_put("s").key("k").tag("data", "cards"));
        assert_eq!(cards.of_key(ID, "k").status, Status::Pass);
        let other = world.stream(direct_put("s").key("k").tag("data", "other"));
        assert_eq!(other.of_key(ID, "k").status, Status::Fail);
    }

    #[test]
    fn what_could_not_be_read_and_might_set_the_period_leaves_it_unknown() {
        let world = World::new().declared(RULES);
        let status = |world: World| world.of_key(ID, "k").status;
        assert_eq!(status(world.clone().key(customer_key("k").tags_denied())), Status::Unknown);
        let untold = world.key(customer_key("k")).stream(direct_put("s").denied().tag("data", "cards"));
        assert_eq!(status(untold), Status::Unknown);
    }

    #[test]
    fn rules_alone_leave_other_keys_unknown() {
        let rules = "[[cryptoperiods]]\nkey = \"other\"\ndays = 900\n";
        let finding = World::new().declared(rules).key(customer_key("k")).of_key(ID, "k");
        assert_eq!(finding.status, Status::Unknown);
        assert!(finding.reason.contains("no cryptoperiod is declared for this key"), "{}", finding.reason);
    }
}
