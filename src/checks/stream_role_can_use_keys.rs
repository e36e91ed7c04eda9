//! Can the roles of the stream use the keys of its destinations and its source?

use super::policies::RoleUse;
use super::resting::{self, By, Kept};
use super::{Check, Context, Judge, Remedy, Ruling, Unknown, Verdict, fail, not_applicable, pass, unknown};
use crate::model::estate::Principal;
use crate::model::finding::Severity;
use crate::model::key::{Key, KeyManager};
use crate::model::reading::Reading;
use crate::model::stream::{Source, Stream};
use crate::policy::{self, Answer, KeyPolicy, Question, Way};

pub(super) const CHECK: Check = Check {
    id: "stream-role-can-use-keys",
    question: "Can the roles of the stream use the keys of its destinations and its source?",
    title: "Every role of the stream can use the customer-managed keys that it needs",
    severity: Severity::High,
    why: "Deliveries fail as soon as the role may not use the key: Firehose tries for up to 24 hours and then drops the \
          records.",
    decided: "For each customer-managed key of an S3 structure, or of its bucket's default: its role needs \
              kms:GenerateDataKey and kms:Decrypt through S3; for the key of a Kinesis source, kms:Decrypt through \
              Kinesis. The key policy may give them by name, or leave them to IAM policies, which must then allow \
              them; or a grant may give them. A Deny and a permissions boundary count. A grant with a constraint is \
              undecided, unless it is for another bucket. What is not decided by what was read is unknown, with the \
              reason. The key of server-side encryption is used by Firehose itself: see stream-grant-alive.",
    blind: "Policies of the organization; conditions on what a request holds beyond role, account, Region and service.",
    remedy: Remedy {
        what: "Let the role use the key, in the key policy or in a policy of the role.",
        cli: r#"aws iam put-role-policy --role-name "$ROLE_NAME" --policy-name keys-of-the-stream --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
  "Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"'"$KEY"'"}]}'"#,
        cloudformation: r#"Resources:
  DeliveryKeyUse:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: delivery
      PolicyName: keys-of-the-stream
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ["kms:GenerateDataKey", "kms:Decrypt"]
            Resource: {"Fn::GetAtt": [DataKey, Arn]}"#,
        terraform: r#"resource "aws_iam_role_policy" "delivery_key_use" {
  name = "keys-of-the-stream"
  role = "delivery"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
      Resource = aws_kms_key.data.arn
    }]
  })
}"#,
    },
    reads: &[
        "firehose:DescribeDeliveryStream",
        "s3:GetBucketEncryption",
        "kinesis:DescribeStreamSummary",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:ListAliases",
        "kms:ListGrants",
        "iam:GetAccountAuthorizationDetails",
    ],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let deliveries = stream.deliveries.as_ref()?;
    let mut answers = Vec::new();
    for destination in &deliveries.value {
        if destination.s3.is_empty() {
            answers.push((destination.id.clone(), Err(resting::strange(destination))));
        }
        for structure in &destination.s3 {
            let answer = match (resting::structure_key(context, stream, structure), &structure.role) {
                (Err(verdict), _) => verdict,
                (Ok(_), Err(unread)) => resting::gap(unread),
                (Ok(kept), Ok(role)) => {
                    let bucket = structure.bucket.as_ref().ok().map(|b| b.value.as_str());
                    let asked = Asked { way: Way::Delivery, bucket, actions: &["GenerateDataKey", "Decrypt"] };
                    allowed(context, stream, &kept, &role.value, &asked)
                }
            };
            answers.push((resting::s3_name(destination, structure), answer));
        }
    }
    if matches!(&stream.source, Ok(source) if matches!(source.value, Source::Kinesis { .. })) {
        let rest = resting::source(context, stream)?;
        let access = stream.source_access.as_ref();
        let answer = match (rest.kept, access.map(|a| a.value.role.as_deref())) {
            (Err(verdict), _) => verdict,
            (Ok(_), Err(unread)) => resting::gap(unread),
            (Ok(_), Ok(None)) => Err(unknown("the answer names no role that reads the source")),
            (Ok(kept), Ok(Some(role))) => {
                let asked = Asked { way: Way::Service("kinesis"), bucket: None, actions: &["Decrypt"] };
                allowed(context, stream, &kept, role, &asked)
            }
        };
        answers.push((rest.name, answer));
    } else if let Err(unread) = &stream.source {
        answers.push(("source".to_owned(), resting::gap(unread)));
    }
    resting::every(answers, resting::without(stream))
}

/// Whether a policy of the key or of the role, or a grant, may ask for which bucket the key is used.
fn bound_to_bucket(key: &Key, role: Option<&Principal>) -> bool {
    // Condition keys know no case, and JSON may write any letter as an escape.
    let asks = |text: &str| text.contains('\\') || text.to_ascii_lowercase().contains("encryptioncontext");
    let of_key = key.policy.iter().map(|p| p.value.as_str());
    let shared = key.ram_policy.iter().filter_map(|p| p.value.as_deref());
    let of_role = role.into_iter().flat_map(|r| r.policies.iter().chain(&r.boundary)).map(|p| p.text.as_str());
    let constrained = key.grants.as_ref().is_ok_and(|grants| grants.value.iter().any(|g| !g.context.is_empty()));
    constrained || of_key.chain(shared).chain(of_role).any(asks)
}

/// What a role needs of a key, and how it asks.
struct Asked<'a> {
    way: Way,
    bucket: Option<&'a str>,
    actions: &'static [&'static str],
}

fn allowed(context: &Context<'_>, stream: &Stream, kept: &Kept, role: &str, asked: &Asked<'_>) -> Verdict {
    let By::Key(arn) = &kept.by else {
        let ruling = not_applicable("no key that a role must be let use");
        return Ok(kept.seen.iter().fold(ruling, Ruling::at));
    };
    let key = resting::described(context, &stream.account, arn)?;
    let manager = key.facts.as_ref()?.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(not_applicable(format!("{arn} is AWS's: whoever may use the store may use it")).seen(manager));
    }
    let text = key.policy.as_ref()?;
    let estate = context.snapshot.estate(&stream.account);
    let unread = || unknown(format!("no record tells of the role {role}"));
    let principals: &Reading<Vec<Principal>> = estate.map(|e| &e.principals).ok_or_else(unread)?;
    let principals = principals.as_ref()?;
    // What was not read of them may give or deny something.
    key.ram_policy.as_ref()?;
    let way = match asked.way {
        // What conditions on a bucket decide is asked of each bucket by itself.
        Way::Delivery if bound_to_bucket(key, principals.value.iter().find(|p| p.arn == role)) => {
            format!("s3 {}", asked.bucket.unwrap_or_default())
        }
        Way::Delivery => "s3".to_owned(),
        Way::Service(name) => name.to_owned(),
        Way::Itself => String::new(),
    };
    let policy = context.policies.opened(key).ok_or_else(|| unknown("the key has no ARN of a key").seen(text))?;
    let of = || decide(key, policy, &principals.value, role, asked);
    let found = context.policies.role_use(key, role, &way, of);
    let cited = |ruling: Ruling| {
        let ruling = ruling.seen(text).seen(principals);
        kept.seen.iter().fold(ruling, Ruling::at)
    };
    match &*found {
        RoleUse::Can(why) => Ok(cited(pass(format!("{role} can use {arn}: {why}")))),
        RoleUse::Cannot(why) => Ok(cited(fail(format!("{role} cannot use {arn}: {why}")))),
        RoleUse::Open(why) => {
            let open: Unknown = unknown(format!("whether {role} can use {arn} is not decided: {why}"));
            Err(open.seen(text).seen(principals))
        }
    }
}

fn decide(key: &Key, policy: &KeyPolicy, principals: &[Principal], role: &str, asked: &Asked<'_>) -> RoleUse {
    let context = policy::Context::new(&key.arn).and_then(|c| c.with_role(role));
    let mut context = match context {
        Ok(context) => context,
        Err(why) => return RoleUse::Open(why.to_string()),
    };
    if let Some(bucket) = asked.bucket
        && let Ok(named) = context.clone().with_bucket(&format!("arn:aws:s3:::{bucket}"))
    {
        context = named;
    }
    let Some(principal) = principals.iter().find(|p| p.arn == role) else {
        return RoleUse::Open("the account has no role of that ARN, and another account's are not read".to_owned());
    };
    let unread = key.grants.as_ref().err().map(|gap| gap.detail.clone()).unwrap_or_default();
    let grants = key.grants.as_ref().map(|g| g.value.as_slice()).map_err(|_| unread.as_str());
    let question = Question { way: asked.way, actions: asked.actions, grants };
    let found = policy::usable(&policy::identity(principal), policy, &context, &question);
    match found.answer {
        Answer::Yes => RoleUse::Can(found.why),
        Answer::No => RoleUse::Cannot(found.why),
        Answer::Unknown => RoleUse::Open(found.why),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{
        OWNER, World, aws_managed, bucket, customer_key, direct_put, grant, kinesis, read, role, statement, to,
    };
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-role-can-use-keys";
    const BY_NAME: &str = r#"{"AWS":"arn:aws:iam::111122223333:role/delivery"}"#;
    const ALLOW: &str = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;
    const DENY: &str = r#"{"Effect":"Deny","Action":"kms:*","Resource":"*"}"#;

    fn of(key: crate::checks::tests::KeyMaker, policies: &[&str]) -> crate::model::Finding {
        let world = World::new().key(key).identities(vec![role("delivery", policies)]);
        world.stream(direct_put("s").delivers(to(DestinationKind::ExtendedS3).key("d"))).of_stream(ID, "s")
    }

    #[test]
    fn the_key_policy_may_name_the_role() {
        let named = statement(BY_NAME, r#"kms:GenerateDataKey","kms:Decrypt"#, "{}");
        assert_eq!(of(customer_key("d").policy(&[&named]), &[]).status, Status::Pass);
        assert_eq!(of(customer_key("d").policy(&[&named]), &[DENY]).status, Status::Fail);
        let half = statement(BY_NAME, "kms:Decrypt", "{}");
        assert_eq!(of(customer_key("d").policy(&[&half]), &[]).status, Status::Fail);
    }

    #[test]
    fn or_leave_it_to_iam() {
        assert_eq!(of(customer_key("d").policy(&[OWNER]), &[ALLOW]).status, Status::Pass);
        let denied = of(customer_key("d").policy(&[OWNER]), &[ALLOW, DENY]);
        assert_eq!(denied.status, Status::Fail);
        assert!(denied.reason.contains("denied by"), "{}", denied.reason);
        assert_eq!(of(customer_key("d").policy(&[OWNER]), &[]).status, Status::Fail);
        assert_eq!(of(customer_key("d").policy(&[OWNER]).grants_denied(), &[]).status, Status::Unknown);
    }

    /// Condition keys know no case, and the role's own policies may ask for the bucket as well as the key's.
    #[test]
    fn what_is_allowed_for_one_bucket_is_not_allowed_for_another() {
        let bound = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*",
            "Condition":{"StringLike":{"kms:encryptioncontext:aws:s3:arn":"arn:aws:s3:::main*"}}}"#;
        let by_key = statement(
            BY_NAME,
            r#"kms:GenerateDataKey","kms:Decrypt"#,
            r#"{"StringLike":{"KMS:ENCRYPTIONCONTEXT:aws:s3:arn":"arn:aws:s3:::main*"}}"#,
        );
        for (policy, own) in [(OWNER, bound), (by_key.as_str(), "")] {
            let to_other =
                to(DestinationKind::ExtendedS3).key("d").change(|d| d.s3[0].bucket = read("other".to_owned()));
            let own: &[&str] = if own.is_empty() { &[] } else { &[own] };
            let world = World::new().key(customer_key("d").policy(&[policy])).identities(vec![role("delivery", own)]);
            let world = world.stream(direct_put("a").delivers(to(DestinationKind::ExtendedS3).key("d")));
            let world = world.stream(direct_put("b").delivers(to_other));
            assert_eq!(world.of_stream(ID, "a").status, Status::Pass);
            assert_eq!(world.of_stream(ID, "b").status, Status::Fail);
        }
    }

    #[test]
    fn or_a_grant_gives_it() {
        let role = "arn:aws:iam::111122223333:role/delivery";
        let by_grant = |grant| of(customer_key("d").policy(&[OWNER]).grants(vec![grant]), &[]);
        let given = by_grant(grant(role));
        assert_eq!(given.status, Status::Pass);
        assert!(given.reason.contains("grant grant-"), "{}", given.reason);
        assert_eq!(by_grant(grant("arn:aws:iam::111122223333:role/other")).status, Status::Fail);
        let mut half = grant(role);
        half.operations.retain(|o| o == "Decrypt");
        assert_eq!(by_grant(half).status, Status::Fail);
        let mut bound = grant(role);
        bound.context.insert("tenant".to_owned(), "acme".to_owned());
        assert_eq!(by_grant(bound).status, Status::Unknown);
        let mut elsewhere = grant(role);
        elsewhere.context.insert("aws:s3:arn".to_owned(), "arn:aws:s3:::another".to_owned());
        assert_eq!(by_grant(elsewhere).status, Status::Fail);
        assert_eq!(of(customer_key("d").policy(&[OWNER]).grants(vec![grant(role)]), &[DENY]).status, Status::Fail);
    }

    #[test]
    fn what_was_not_read_is_open() {
        assert_eq!(of(customer_key("d").policy_denied(), &[ALLOW]).status, Status::Unknown);
        assert_eq!(of(customer_key("d").ram_denied(), &[ALLOW]).status, Status::Unknown);
        assert_eq!(of(customer_key("another"), &[ALLOW]).status, Status::Unknown);
        let stream = || direct_put("s").delivers(to(DestinationKind::ExtendedS3).key("d"));
        let unread = World::new().key(customer_key("d")).stream(stream());
        assert_eq!(unread.of_stream(ID, "s").status, Status::Unknown);
        let stranger = World::new().key(customer_key("d")).identities(vec![role("other", &[])]).stream(stream());
        assert_eq!(stranger.of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }

    #[test]
    fn keys_of_aws_need_no_leave() {
        assert_eq!(of(aws_managed("d"), &[]).status, Status::NotApplicable);
        let plain = World::new().bucket(bucket("main")).stream(direct_put("s").delivers(to(DestinationKind::S3)));
        assert_eq!(plain.of_stream(ID, "s").status, Status::NotApplicable);
    }

    #[test]
    fn the_key_of_the_source_is_read_through_kinesis() {
        let through = |service: &str| {
            format!(
                r#"{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{"kms:ViaService":"{service}.eu-west-1.amazonaws.com"}}}}}}"#
            )
        };
        let of = |policy: &str| {
            let world = World::new().key(customer_key("k")).bucket(bucket("main")).kinesis(kinesis("in").key("k"));
            let stream = direct_put("s").reads("in").source_role("delivery").delivers(to(DestinationKind::S3));
            world.identities(vec![role("delivery", &[policy])]).stream(stream).of_stream(ID, "s").status
        };
        assert_eq!(of(&through("kinesis")), Status::Pass);
        assert_eq!(of(&through("s3")), Status::Fail);
    }
}
