//! Will the producers of the key's streams still be able to put records?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, not_applicable, pass, policies, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::stream::Stream;
use crate::model::time;
use crate::policy::Holder;

pub(super) const CHECK: Check = Check {
    id: "key-producers-ready",
    question: "Will the producers of the key's streams still be able to put records?",
    title: "Whoever may generate data keys for the streams may also decrypt",
    severity: Severity::High,
    why: "Callers of PutRecord need kms:GenerateDataKey and kms:Decrypt on the key: at once for streams made \
          from 2026-04-20 on, and from 2027-02-28 on for all. Who has only one of the two is refused then.",
    decided: "For a key of streams with server-side encryption: every principal that the key policy lets use \
              kms:GenerateDataKey may use kms:Decrypt too, and there is one. Where the policy leaves the key to \
              the IAM policies of its account, those decide, and the answer is unknown. The two actions are in the \
              guide of Firehose; the two days are from a notice of AWS to its customers that was quoted in public, \
              not from the guide.",
    blind: "Who really puts records, the IAM policies of producers, and grants.",
    remedy: Remedy {
        what: "Give every producer both actions, in its IAM policy or in the key policy.",
        cli: r#"aws kms put-key-policy --key-id "$KEY" --policy-name default --policy \
  '{"Version":"2012-10-17","Statement":[
  {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},
   "Action":["kms:Describe*","kms:Get*","kms:List*","kms:PutKeyPolicy","kms:CreateGrant"],"Resource":"*"},
  {"Sid":"Producers","Effect":"Allow","Principal":{"AWS":"'"$PRODUCER"'"},
   "Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}]}'"#,
        cloudformation: r#"Resources:
  ProducerKeyUse:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: producer
      PolicyName: key-of-the-stream
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ["kms:GenerateDataKey", "kms:Decrypt"]
            Resource: {"Fn::GetAtt": [StreamKey, Arn]}"#,
        terraform: r#"resource "aws_iam_role_policy" "producer_key_use" {
  name = "key-of-the-stream"
  role = "producer"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
      Resource = aws_kms_key.stream.arn
    }]
  })
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "kms:DescribeKey", "kms:GetKeyPolicy"],
    judge: Judge::EachKey(judge),
};

/// The first day on which new streams ask for both actions at once.
const AT_ONCE: &str = "2026-04-20";

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let users: Vec<&Stream> = context.snapshot.users_of(key).collect();
    if users.is_empty() {
        if let Some(gap) = tenants::place(context, key).and_then(events::unread) {
            return Err(Unknown::from(gap));
        }
        return Ok(not_applicable("no stream of this Region has the key for its server-side encryption"));
    }
    let known = match policies::known(context, key)? {
        Ok(known) => known,
        Err(ruling) => return Ok(ruling),
    };
    let when = deadline(&users);
    let may = |h: &&Holder, action: &str| h.uses.contains(&action);
    let by_name = || known.explained.holders.iter().filter(|h| !h.delegated);
    let half: Vec<&str> = by_name()
        .filter(|h| h.certain && may(h, "GenerateDataKey") && !may(h, "Decrypt"))
        .map(|h| h.principal.as_str())
        .collect();
    if !half.is_empty() {
        let told = format!("may generate data keys and not decrypt, and is refused {when}: {}", half.join(", "));
        return Ok(known.cited(fail(told)));
    }
    let both: Vec<&Holder> = by_name().filter(|h| may(h, "GenerateDataKey") && may(h, "Decrypt")).collect();
    let names = || both.iter().map(|h| h.principal.as_str()).collect::<Vec<_>>().join(", ");
    let delegated = known.explained.holders.iter().any(|h| h.delegated && !h.uses.is_empty());
    if delegated || !known.explained.whole || both.iter().any(|h| !h.certain) {
        let others = if both.is_empty() { "nobody by name".to_owned() } else { names() };
        return Err(known.open(format!(
            "the key policy gives both actions to {others}; who else has them, IAM policies decide, and is refused {when} without"
        )));
    }
    if both.is_empty() {
        return Ok(known.cited(fail(format!("the key policy gives nobody both actions: producers are refused {when}"))));
    }
    known.complete(pass(format!("both actions are given to {}", names())))
}

/// From when on a producer without both actions is refused: at once where one stream of the key is young enough.
fn deadline(users: &[&Stream]) -> &'static str {
    let young = |s: &&Stream| s.created.as_ref().is_ok_and(|c| time::day(c.value).as_str() >= AT_ONCE);
    if users.iter().any(young) { "already" } else { "from 2027-02-28 on" }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, direct_put, statement};
    use crate::model::Status;

    const ID: &str = "key-producers-ready";

    fn of(statements: &[&str]) -> crate::model::Finding {
        let world = World::new().stream(direct_put("s").key("k")).key(customer_key("k").policy(statements));
        world.of_key(ID, "k")
    }

    #[test]
    fn both_actions_are_needed() {
        let role = r#"{"AWS":"arn:aws:iam::111122223333:role/producer"}"#;
        let both = statement(role, r#"kms:GenerateDataKey","kms:Decrypt"#, "{}");
        let half = statement(role, "kms:GenerateDataKey", "{}");
        let keeper = statement(role, "kms:PutKeyPolicy", "{}");
        assert_eq!(of(&[&both]).status, Status::Pass);
        let broken = of(&[OWNER, &half]);
        assert_eq!(broken.status, Status::Fail);
        assert!(broken.reason.contains("role/producer") && broken.reason.contains("2027-02-28"), "{}", broken.reason);
        assert_eq!(of(&[&keeper]).status, Status::Fail);
        assert_eq!(of(&[OWNER, &both]).status, Status::Unknown);
    }

    #[test]
    fn a_young_stream_asks_for_them_at_once() {
        let half = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/p"}"#, "kms:GenerateDataKey", "{}");
        let world = World::new().stream(direct_put("s").key("k").age_days(30)).key(customer_key("k").policy(&[&half]));
        assert!(world.of_key(ID, "k").reason.contains("already"));
    }

    #[test]
    fn without_a_stream_or_a_policy_of_ones_own_there_is_nothing_to_ask() {
        assert_eq!(World::new().key(customer_key("k")).of_key(ID, "k").status, Status::NotApplicable);
        let aws = World::new().stream(direct_put("s").key("k")).key(aws_managed("k"));
        assert_eq!(aws.of_key(ID, "k").status, Status::NotApplicable);
        let unread = World::new().stream(direct_put("s").key("k")).key(customer_key("k").policy_denied());
        assert_eq!(unread.of_key(ID, "k").status, Status::Unknown);
    }
}
