//! Will the producers of the key's streams still be able to put records?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, not_applicable, pass, policies, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;
use crate::model::reading::Gap;
use crate::model::stream::Stream;
use crate::model::time;
use crate::policy::{self, Answer, Holder, Producer};

pub(super) const CHECK: Check = Check {
    id: "key-producers-ready",
    question: "Will the producers of the key's streams still be able to put records?",
    title: "Whoever may generate data keys for the streams may also decrypt",
    severity: Severity::High,
    why: "Callers of PutRecord need kms:GenerateDataKey and kms:Decrypt on the key: at once for streams made \
          from 2026-04-20 on, and from 2027-02-28 on for all. Who has only one of the two is refused then.",
    decided: "For a key of streams with server-side encryption: every principal that the key policy lets use \
              kms:GenerateDataKey may use kms:Decrypt too, and there is one. Where the policy leaves the key to \
              the IAM policies of its account, those of every user and role are evaluated: whoever may PutRecord or \
              PutRecordBatch on one of the streams must have both actions, by the key policy, by IAM where the key \
              policy leaves that action to it, or by a grant without a constraint; a Deny stops all of them. What a \
              condition or a constraint of a grant leaves open is unknown, and so is all of it where the IAM policies \
              were not read. The two actions are in the guide of \
              Firehose; the two days are from a notice of AWS to its customers that was quoted in public, not from the \
              guide.",
    blind: "Who of them really puts records; producers of other accounts; policies of the organization.",
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
    reads: &[
        "firehose:DescribeDeliveryStream",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:ListGrants",
        "iam:GetAccountAuthorizationDetails",
    ],
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
    let delegated = known.explained.holders.iter().any(|h| h.delegated && !h.uses.is_empty());
    let whole = known.explained.whole && by_name().all(|h| h.certain);
    let both: Vec<&str> =
        by_name().filter(|h| may(h, "GenerateDataKey") && may(h, "Decrypt")).map(|h| h.principal.as_str()).collect();
    let half: Vec<&str> = by_name()
        .filter(|h| h.certain && may(h, "GenerateDataKey") && !may(h, "Decrypt"))
        .map(|h| h.principal.as_str())
        .collect();
    let refused = |mut who: Vec<String>| {
        let more = if who.len() > 5 { format!(" and {} more", who.len() - 5) } else { String::new() };
        who.truncate(5);
        let told = format!("has not both actions, and is refused {when}: {}{more}", who.join(", "));
        Ok(known.cited(fail(told)))
    };
    let nobody = || {
        let told = format!("the key policy gives nobody both actions: producers are refused {when}");
        Ok(known.cited(fail(told)))
    };
    let Some(iam) = of_the_account(context, key, &users, &known, &half) else {
        if !delegated && !half.is_empty() {
            return refused(half.iter().map(ToString::to_string).collect());
        }
        if !delegated && whole && both.is_empty() {
            return nobody();
        }
        let others = if both.is_empty() { "nobody by name".to_owned() } else { both.join(", ") };
        return Err(known.open(format!(
            "the key policy gives both actions to {others}; what IAM policies add or deny was not read, and who has not \
             both is refused {when}"
        )));
    };
    let lacking = iam.iter().filter(|p| p.puts == Answer::Yes && p.key == Answer::No);
    let lacking: Vec<String> = lacking.map(|p| format!("{} ({})", p.arn, p.why)).collect();
    if !lacking.is_empty() {
        return refused(lacking);
    }
    if !delegated && whole && both.is_empty() {
        return nobody();
    }
    if let Some(open) = iam.iter().find(|p| p.puts == Answer::Unknown || p.key == Answer::Unknown) {
        return Err(known.open(format!("whether {} puts records and has both actions: {}", open.arn, open.why)));
    }
    if !whole {
        return Err(known.open("a statement of the key policy is not decided"));
    }
    let named = if both.is_empty() { String::new() } else { format!("; the key policy names {}", both.join(", ")) };
    let told = format!("all {} identities that may put records, by IAM, have both actions{named}", iam.len());
    known.complete(pass(told))
}

/// The identities of the key's account that may put records into its streams, where IAM was read; and whom the key
/// policy gives one action and not the other, with what IAM adds.
fn of_the_account(
    context: &Context<'_>,
    key: &Key,
    users: &[&Stream],
    known: &policies::Known<'_>,
    half: &[&str],
) -> Option<Vec<Producer>> {
    let principals = context.snapshot.estate(&key.account)?.principals.as_ref().ok()?;
    let asked = policy::Context::new(&key.arn).ok()?;
    let candidates = context.policies.candidates(key, || {
        let found = policy::candidates(&principals.value, &asked);
        found.into_iter().map(|p| p.arn.clone()).collect()
    });
    let named: Vec<_> = principals.value.iter().filter(|p| candidates.contains(&p.arn)).collect();
    let streams: Vec<&str> = users.iter().map(|s| s.arn.as_str()).collect();
    let unread = key.grants.as_ref().err().map(Gap::sentence).unwrap_or_default();
    let grants = key.grants.as_ref().map(|g| g.value.as_slice()).map_err(|_| unread.as_str());
    let mut all = policy::producers(&named, &streams, &asked, known.policy, grants);
    for arn in half {
        if all.iter().any(|p| p.arn == *arn) {
            continue;
        }
        let principal = principals.value.iter().find(|p| p.arn == *arn);
        // Of another account's principal, what the key policy does not give it, nothing here does.
        let (key, why) = principal.map_or((Answer::No, "lacks kms:Decrypt in the key policy".to_owned()), |p| {
            policy::key_use(&policy::identity(p), &asked, known.policy, grants)
        });
        all.push(Producer { arn: (*arn).to_owned(), puts: Answer::Yes, key, why });
    }
    Some(all)
}

/// From when on a producer without both actions is refused: at once where one stream of the key is young enough.
fn deadline(users: &[&Stream]) -> &'static str {
    let young = |s: &&Stream| s.created.as_ref().is_ok_and(|c| time::day(c.value).as_str() >= AT_ONCE);
    if users.iter().any(young) { "already" } else { "from 2027-02-28 on" }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{OWNER, World, aws_managed, customer_key, direct_put, role, statement};
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
        // A Deny of IAM could still stop it.
        assert_eq!(of(&[&both]).status, Status::Unknown);
        let read = World::new().stream(direct_put("s").key("k")).identities(vec![]);
        assert_eq!(read.clone().key(customer_key("k").policy(&[&both])).of_key(ID, "k").status, Status::Pass);
        assert_eq!(read.key(customer_key("k").policy(&[OWNER, &half])).of_key(ID, "k").status, Status::Fail);
        assert_eq!(of(&[OWNER, &half]).status, Status::Unknown);
        let broken = of(&[&half]);
        assert_eq!(broken.status, Status::Fail);
        assert!(broken.reason.contains("role/producer") && broken.reason.contains("2027-02-28"), "{}", broken.reason);
        assert_eq!(of(&[&keeper]).status, Status::Fail);
        assert_eq!(of(&[OWNER, &both]).status, Status::Unknown);
    }

    #[test]
    fn where_iam_decides_the_policies_of_the_account_are_read() {
        const PUT: &str = r#"{"Effect":"Allow","Action":"firehose:PutRecord","Resource":"*"}"#;
        const BOTH: &str = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;
        let of = |roles| {
            let world = World::new().stream(direct_put("s").key("k")).key(customer_key("k").policy(&[OWNER]));
            world.identities(roles).of_key(ID, "k")
        };
        assert_eq!(of(vec![role("app", &[PUT, BOTH]), role("reader", &[BOTH])]).status, Status::Pass);
        let broken = of(vec![role("app", &[PUT, BOTH]), role("old", &[PUT])]);
        assert_eq!(broken.status, Status::Fail);
        assert!(broken.reason.contains("role/old (lacks"), "{}", broken.reason);
        let when = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}"#;
        assert_eq!(of(vec![role("app", &[PUT, when])]).status, Status::Unknown);
        assert_eq!(of(vec![]).status, Status::Pass);
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
