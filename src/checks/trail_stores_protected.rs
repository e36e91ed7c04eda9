//! Are the event data stores protected and kept as long as declared?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass, resting};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "trail-stores-protected",
    question: "Are the event data stores protected and kept as long as declared?",
    title: "Every event data store is protected against deletion, has a customer-managed key, and keeps events as declared",
    severity: Severity::Medium,
    why: "A store that one call deletes, or that forgets too early, is no record.",
    decided: "GetEventDataStore: TerminationProtectionEnabled is true; KmsKeyId is a key for which DescribeKey says \
              KeyManager CUSTOMER; RetentionPeriod is at least expected.log_retention_days, where that is declared.",
    blind: "Who may switch the protection off. Where there is no store there is nothing to ask.",
    remedy: Remedy {
        what: "Switch termination protection on, give the store a key whose policy lets CloudTrail use it, and keep events \
               long enough. AWS supports neither aws:SourceArn nor aws:SourceAccount in the policy of such a key. The key of a \
               store can never be changed or taken away again: where the store has one, leave it out of the command.",
        cli: r#"KEY=$(aws kms create-key --query KeyMetadata.Arn --output text --policy '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"},
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"*",
  "Action":["kms:GenerateDataKey","kms:Decrypt","kms:DescribeKey"]}]}')
aws cloudtrail update-event-data-store --event-data-store "$STORE" --termination-protection-enabled \
  --kms-key-id "$KEY" --retention-period "$DAYS""#,
        cloudformation: r#"Resources:
  TrailKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"]
            Resource: "*"
  Store:
    Type: AWS::CloudTrail::EventDataStore
    Properties:
      TerminationProtectionEnabled: true
      RetentionPeriod: 400
      KmsKeyId: {"Fn::GetAtt": [TrailKey, Arn]}"#,
        terraform: r#"resource "aws_kms_key" "trail" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "kms:*"
      Resource  = "*"
      }, {
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"]
      Resource  = "*"
    }]
  })
}

resource "aws_cloudtrail_event_data_store" "store" {
  name                           = "management"
  termination_protection_enabled = true
  retention_period               = 400
  kms_key_id                     = aws_kms_key.trail.arn
}"#,
    },
    reads: &["cloudtrail:ListEventDataStores", "cloudtrail:GetEventDataStore", "kms:DescribeKey", "kms:ListAliases"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    let stores = place.hops.event_data_stores.as_ref()?;
    let mut answers = Vec::new();
    for store in &stores.value {
        let name = store.name.as_ref().map_or_else(|_| store.arn.clone(), |n| n.value.clone());
        let name = format!("store {name}");
        let protected = match &store.termination_protection {
            Err(unread) => resting::gap(unread),
            Ok(read) if read.value => Ok(pass("protected against deletion").seen(read)),
            Ok(read) => Ok(fail("one call deletes it: termination protection is off").seen(read)),
        };
        let keyed = match resting::by_optional(&store.key, "a key that CloudTrail owns") {
            Err(verdict) => verdict,
            Ok(kept) => kept.by_a_customers_key(context, &place.account),
        };
        answers.push((name.clone(), protected));
        answers.push((name.clone(), keyed));
        if let Some(wanted) = context.settings.expected.log_retention_days {
            let retained = match &store.retention_days {
                Err(unread) => resting::gap(unread),
                Ok(read) if read.value >= wanted => {
                    Ok(pass(format!("keeps events for {} days", read.value)).seen(read))
                }
                Ok(read) => {
                    let told = format!("keeps events for {} days, and {wanted} are declared", read.value);
                    Ok(fail(told).seen(read))
                }
            };
            answers.push((name, retained));
        }
    }
    resting::every(answers, Ok(not_applicable("there is no event data store").seen(stores)))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, customer_key, store};
    use crate::model::Status;

    const ID: &str = "trail-stores-protected";

    #[test]
    fn each_of_the_three_can_fail() {
        let of = |stores| World::new().key(customer_key("k")).stores(stores).region(ID).status;
        assert_eq!(of(vec![store("s").key("k")]), Status::Pass);
        assert_eq!(of(vec![store("s")]), Status::Fail);
        assert_eq!(of(vec![store("s").key("k").unprotected()]), Status::Fail);
        assert_eq!(of(vec![store("s").denied()]), Status::Unknown);
        assert_eq!(of(vec![store("s").key("other")]), Status::Unknown);
        assert_eq!(of(vec![]), Status::NotApplicable);
        assert_eq!(World::new().region(ID).status, Status::Unknown);
        let longer = World::new().declared("[expected]\nlog_retention_days = 4000").key(customer_key("k"));
        assert_eq!(longer.stores(vec![store("s").key("k")]).region(ID).status, Status::Fail);
    }
}
