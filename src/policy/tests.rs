//! The cases of `tests/policies/`, and properties that no policy may break.

use super::{About, Answer, Context, Explained, evaluate};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::111122223333:role/delivery";

const FILES: &[(&str, &str)] = &[
    ("public", include_str!("../../tests/policies/public.yaml")),
    ("deny", include_str!("../../tests/policies/deny.yaml")),
    ("accounts", include_str!("../../tests/policies/accounts.yaml")),
    ("broad", include_str!("../../tests/policies/broad.yaml")),
    ("delegation", include_str!("../../tests/policies/delegation.yaml")),
    ("delivery", include_str!("../../tests/policies/delivery.yaml")),
    ("form", include_str!("../../tests/policies/form.yaml")),
    ("conditions", include_str!("../../tests/policies/conditions.yaml")),
    ("odd", include_str!("../../tests/policies/odd.yaml")),
    ("seen", include_str!("../../tests/policies/seen.yaml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    key: Option<String>,
    role: Option<Value>,
    bucket: Option<String>,
    statements: Option<Vec<Value>>,
    policy: Option<Value>,
    text: Option<String>,
    shared: Option<Value>,
    shared_text: Option<String>,
    #[serde(default)]
    unreadable: bool,
    #[serde(default)]
    expect: BTreeMap<String, Value>,
    #[serde(default)]
    decides: BTreeMap<String, String>,
}

fn owner() -> Value {
    json!({"Sid": "Enable IAM User Permissions", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"})
}

impl Case {
    fn delegates(&self) -> bool {
        self.statements.iter().flatten().any(|s| s == "OWNER")
    }

    fn text(&self) -> String {
        match (&self.statements, &self.policy, &self.text) {
            (Some(list), None, None) => {
                let list = list.iter().map(|s| if s == "OWNER" { owner() } else { s.clone() });
                json!({"Version": "2012-10-17", "Statement": list.collect::<Vec<_>>()}).to_string()
            }
            (None, Some(policy), None) => policy.to_string(),
            (None, None, Some(text)) => text.clone(),
            _ => panic!("{}: one of statements, policy and text", self.name),
        }
    }

    fn context(&self) -> Context {
        let mut context = Context::new(self.key.as_deref().unwrap_or(KEY)).unwrap();
        match &self.role {
            None => {}
            Some(Value::Bool(true)) => context = context.with_role(ROLE).unwrap(),
            Some(role) => context = context.with_role(role.as_str().unwrap()).unwrap(),
        }
        if let Some(bucket) = &self.bucket {
            context = context.with_bucket(bucket).unwrap();
        }
        match (&self.shared, &self.shared_text) {
            (Some(shared), _) => context.with_shared(shared.to_string()),
            (None, Some(text)) => context.with_shared(text.as_str()),
            (None, None) => context,
        }
    }

    /// The expected answers, with what the case leaves out filled in.
    fn expected(&self) -> BTreeMap<&str, Value> {
        let mut expected = BTreeMap::from([
            ("public", json!(false)),
            ("cross_account", json!([])),
            ("broad", json!(false)),
            ("grants", Value::Null),
            ("delegates", json!(self.delegates())),
            ("overlap", json!(false)),
            ("incomplete", json!(false)),
            ("whole", json!(true)),
        ]);
        assert_eq!(self.role.is_some(), self.expect.contains_key("grants"), "{}: a role is asked about", self.name);
        for (name, value) in &self.expect {
            let slot = expected.get_mut(name.as_str());
            *slot.unwrap_or_else(|| panic!("{}: no answer is called {name}", self.name)) = value.clone();
        }
        expected
    }
}

fn seen(explained: &Explained) -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("public", json!(explained.public.known())),
        ("cross_account", json!(explained.cross_account)),
        ("broad", json!(explained.broad.known())),
        ("grants", json!(explained.grants_firehose_role.known())),
        ("delegates", json!(explained.delegates_to_iam.known())),
        ("overlap", json!(explained.admin_and_user_overlap.known())),
        ("incomplete", json!(explained.cross_account_incomplete)),
        ("whole", json!(explained.whole)),
    ])
}

fn cases() -> Vec<Case> {
    let load = |(name, text): &(&str, &str)| -> Vec<Case> {
        serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    FILES.iter().flat_map(load).collect()
}

#[test]
fn every_case_has_the_answers_that_its_author_reasoned_out() {
    let cases = cases();
    assert!(cases.len() >= 120, "{}", cases.len());
    let names: BTreeSet<&str> = cases.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
    let mut wrong = Vec::new();
    for case in &cases {
        let explained = evaluate(case.text(), &case.context());
        if case.unreadable {
            if explained.readable || explained.public != Answer::Unknown || explained.reasons.is_empty() {
                wrong.push(format!("{}: {} ({explained:?})", case.name, case.why));
            }
            continue;
        }
        for (name, value) in case.expected() {
            if seen(&explained)[name] != value {
                wrong.push(format!(
                    "{}: {name} is {}, expected {value}: {}\n    {}",
                    case.name,
                    seen(&explained)[name],
                    case.why,
                    serde_json::to_string(&explained.reasons).unwrap()
                ));
            }
        }
        for (about, statement) in &case.decides {
            let names = |r: &super::Reason| r.about.word() == about && r.statement.as_deref() == Some(statement);
            if !explained.reasons.iter().any(names) {
                let reasons = serde_json::to_string(&explained.reasons).unwrap();
                wrong.push(format!("{}: {about} does not name {statement}: {reasons}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_question_of_every_case_has_a_reason() {
    let questions = [
        About::Public,
        About::CrossAccount,
        About::Broad,
        About::GrantsFirehoseRole,
        About::DelegatesToIam,
        About::AdminAndUserOverlap,
    ];
    for case in cases().iter().filter(|c| !c.unreadable) {
        let explained = evaluate(case.text(), &case.context());
        for question in questions {
            let found = explained.reasons.iter().any(|r| r.about == question && !r.text.is_empty());
            assert!(found, "{}: {question:?}", case.name);
        }
    }
}

#[test]
fn an_unread_policy_has_no_answers() {
    let explained = evaluate("{", &Context::new(KEY).unwrap());
    let json = serde_json::to_value(&explained).unwrap();
    for member in ["public", "broad", "grants_firehose_role", "admin_and_user_overlap"] {
        assert_eq!(json[member], Value::Null, "{member}");
    }
    // These two have no null by contract; the exit code and the reason say that nothing was read.
    assert_eq!((&json["cross_account"], &json["delegates_to_iam"]), (&json!([]), &json!(false)));
    assert!(explained.cross_account_incomplete && explained.delegates_to_iam == Answer::Unknown);
    assert_eq!(json["reasons"][0]["about"], "policy");
}

/// What one statement leaves open does not take back what another says.
#[test]
fn the_delegation_in_json_is_what_is_stated() {
    let context = Context::new(KEY).unwrap();
    let of = |statements: Value| {
        let explained = evaluate(json!({"Statement": statements}).to_string(), &context);
        (explained.delegates_to_iam, serde_json::to_value(&explained).unwrap()["delegates_to_iam"].clone())
    };
    assert_eq!(of(json!([owner(), 7])), (Answer::Unknown, json!(true)));
    assert_eq!(of(json!([7])), (Answer::Unknown, json!(false)));
    let mut small = owner();
    small["Effect"] = json!("allow");
    assert_eq!(of(json!([small])), (Answer::Unknown, json!(false)));
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"});
    assert_eq!(of(json!([owner(), deny])), (Answer::No, json!(false)));
}

#[test]
fn who_holds_what_is_listed_once() {
    let policy = json!({"Statement": [
        owner(),
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:CreateGrant", "Resource": "*"},
    ]});
    let holders = evaluate(policy.to_string(), &Context::new(KEY).unwrap()).holders;
    let by_name: Vec<&str> = holders.iter().map(|h| h.principal.as_str()).collect();
    assert_eq!(by_name, ["account 111122223333", ROLE]);
    assert!(holders[0].delegated && holders[0].administers.contains(&"PutKeyPolicy"));
    assert!(!holders[1].delegated && holders[1].certain && holders[1].grants);
    assert_eq!((&holders[1].uses[..], &holders[1].administers[..]), (&["Decrypt"][..], &[][..]));
}

#[test]
fn an_account_does_not_hold_what_its_roles_are_given_by_name() {
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:Describe*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:PutKeyPolicy", "Resource": "*"},
    ]});
    let holders = evaluate(policy.to_string(), &Context::new(KEY).unwrap()).holders;
    assert!(holders[0].delegated && holders[0].administers.is_empty() && holders[0].certain, "{:?}", holders[0]);
    assert_eq!(holders[1].administers, ["PutKeyPolicy"]);
}

/// A policy that is built to be slow is given up, not waited for; one of AWS's size never is.
#[test]
fn size_is_bounded() {
    let statement = |i: usize| {
        json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::111122223333:role/r{i}")},
            "Action": ["kms:Decrypt", "kms:PutKeyPolicy"], "Resource": "*"})
    };
    let policy = |n: usize| json!({"Statement": (0..n).map(statement).collect::<Vec<_>>()}).to_string();
    let context = Context::new(KEY).unwrap();
    let fits = policy(1000);
    assert!(fits.len() > 131_072, "as large as AWS accepts");
    assert_eq!(evaluate(fits, &context).admin_and_user_overlap, Answer::Yes);
    let huge = evaluate(policy(6_500), &context);
    assert_eq!((huge.public, huge.admin_and_user_overlap), (Answer::No, Answer::Unknown));
    assert!(!evaluate(vec![b' '; 2 << 20], &context).readable);
}

// What follows builds policies from parts that matter to each other.

fn principal() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("*")),
        Just(json!({"AWS": "*"})),
        Just(json!({"AWS": "arn:aws:iam::111122223333:root"})),
        Just(json!({"AWS": ["444455556666", ROLE]})),
        Just(json!({"AWS": ROLE})),
        Just(json!({"AWS": "arn:aws:sts::111122223333:assumed-role/delivery/s"})),
        Just(json!({"AWS": ["arn:aws:iam::444455556666:role/x", "arn:aws:iam::777788889999:user/y"]})),
        Just(json!({"AWS": "arn:aws:iam::*:root"})),
        Just(json!({"Service": "cloudtrail.amazonaws.com"})),
        Just(json!({"AWS": "AROAEXAMPLEEXAMPLE123"})),
        Just(json!({"AWS": []})),
    ]
}

fn action() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("kms:*")),
        Just(json!("*")),
        Just(json!(["kms:Decrypt", "kms:GenerateDataKey"])),
        Just(json!(["kms:PutKeyPolicy", "kms:Encrypt"])),
        Just(json!("kms:DescribeKey")),
        Just(json!("kms:CreateGrant")),
        Just(json!("kms:Levitate")),
        Just(json!("s3:*")),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let operators = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "ForAnyValue:StringLike",
        "ForAllValues:StringNotLike",
        "ArnLike",
        "ArnNotEquals",
        "Bool",
        "Null",
        "StringDiffers",
    ]);
    let keys = prop::sample::select(vec![
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalAccount",
        "kms:CallerAccount",
        "aws:PrincipalArn",
        "kms:ViaService",
        "aws:SourceAccount",
        "aws:SourceArn",
        "kms:GrantIsForAWSResource",
        "kms:EncryptionContext:aws:s3:arn",
        "aws:PrincipalTag/x",
        "aws:SecureTransport",
    ]);
    let values = prop::sample::select(vec![
        json!("111122223333"),
        json!("444455556666"),
        json!(["111122223333", "777788889999"]),
        json!("o-a1b2c3d4e5"),
        json!("o-a1b2c3d4e5/*"),
        json!("*"),
        json!("1111*"),
        json!("true"),
        json!("false"),
        json!([]),
        json!(ROLE),
        json!("arn:aws:iam::*:role/delivery"),
        json!("s3.eu-central-1.amazonaws.com"),
        json!("${aws:PrincipalAccount}"),
        json!("arn:aws:s3:::parcel-events/*"),
    ]);
    prop::collection::vec((operators, keys, values), 0..3).prop_map(|parts| {
        let mut condition = serde_json::Map::new();
        for (operator, key, value) in parts {
            let keys = condition.entry(operator).or_insert_with(|| json!({}));
            keys[key] = value;
        }
        Value::Object(condition)
    })
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    (principal(), any::<bool>(), action(), prop::bool::weighted(0.2), condition(), 0..8_u8).prop_map(
        move |(principal, not_principal, action, not_action, condition, resource)| {
            let mut statement = json!({"Effect": effect, "Condition": condition});
            let not_principal = not_principal && principal.is_object();
            statement[if not_principal { "NotPrincipal" } else { "Principal" }] = principal;
            statement[if not_action { "NotAction" } else { "Action" }] = action;
            match resource {
                0 => {}
                1 => statement["Resource"] = json!(KEY),
                2 => statement["NotResource"] = json!(KEY),
                _ => statement["Resource"] = json!("*"),
            }
            statement
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![4 => statement("Allow"), 2 => statement("Deny"), 1 => Just(owner())];
    prop::collection::vec(one, 0..5)
}

fn judged(statements: &[Value]) -> Explained {
    let context = Context::new(KEY).unwrap().with_role(ROLE).unwrap();
    evaluate(json!({"Version": "2012-10-17", "Statement": statements}).to_string(), &context)
}

/// The answers without the reasons, which name places.
fn answers(explained: &Explained) -> (Vec<Option<bool>>, Vec<String>, bool) {
    let all = [
        explained.public,
        explained.broad,
        explained.grants_firehose_role,
        explained.delegates_to_iam,
        explained.admin_and_user_overlap,
    ];
    (all.map(Answer::known).to_vec(), explained.cross_account.clone(), explained.cross_account_incomplete)
}

/// How much an answer grants: no, perhaps, yes.
fn width(answer: Answer) -> u8 {
    match answer {
        Answer::No => 0,
        Answer::Unknown => 1,
        Answer::Yes => 2,
    }
}

/// The same policy in other words: scalars for lists of one, lists reversed, actions in capitals.
fn reworded(value: &Value, within: &str) -> Value {
    match value {
        Value::Array(items) if items.len() == 1 && within != "Statement" => reworded(&items[0], within),
        Value::Array(items) => items.iter().rev().map(|v| reworded(v, within)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(k, v)| (k.clone(), reworded(v, if within == "Condition" { within } else { k })))
            .collect(),
        Value::String(text) if within == "Action" || within == "NotAction" => json!(text.to_uppercase()),
        other => other.clone(),
    }
}

/// Any JSON, with the words of policies strewn in.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Principal",
        "NotPrincipal",
        "AWS",
        "*",
        "Action",
        "NotAction",
        "kms:*",
        "Resource",
        "NotResource",
        "Condition",
        "StringLike",
        "Null",
        "aws:PrincipalArn",
        "arn:aws:iam::",
        "Version",
        "2012-10-17",
        "${",
        "}",
        "o-/",
        ":",
        "ForAllValues:",
        "AROA",
        "",
    ]);
    let text = prop_oneof![word.clone().prop_map(str::to_owned), ".{0,12}"];
    let leaf = prop_oneof![
        text.clone().prop_map(Value::String),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((text.clone(), inner), 0..6).prop_map(|f| Value::Object(f.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_a_deny_never_widens(mut policy in statements(), deny in statement("Deny"), at in 0..6_usize) {
        let before = judged(&policy);
        let for_services = policy.iter().any(|s| s["Effect"] == "Allow" && s["Principal"].get("Service").is_some());
        policy.insert(at.min(policy.len()), deny);
        let after = judged(&policy);
        prop_assert!(width(after.public) <= width(before.public));
        prop_assert!(width(after.broad) <= width(before.broad));
        prop_assert!(width(after.grants_firehose_role) <= width(before.grants_firehose_role));
        prop_assert!(width(after.delegates_to_iam) <= width(before.delegates_to_iam));
        prop_assert!(width(after.admin_and_user_overlap) <= width(before.admin_and_user_overlap));
        // A Deny that leaves a part of "everyone", or of those on whose behalf a service acts, names that part; it never
        // adds to what was closed.
        if before.public == Answer::No && !for_services {
            let known: BTreeSet<_> = before.cross_account.iter().collect();
            prop_assert!(after.cross_account.iter().all(|id| known.contains(id)));
        }
    }

    #[test]
    fn order_and_wording_never_matter(policy in statements(), by in 0..5_usize) {
        let plain = answers(&judged(&policy));
        let mut turned = policy.clone();
        turned.rotate_left(if policy.is_empty() { 0 } else { by % policy.len() });
        prop_assert_eq!(&answers(&judged(&turned)), &plain);
        turned.reverse();
        prop_assert_eq!(&answers(&judged(&turned)), &plain);
        let reworded: Vec<Value> = policy.iter().map(|s| reworded(s, "")).collect();
        prop_assert_eq!(&answers(&judged(&reworded)), &plain);
    }

    #[test]
    fn one_statement_is_the_same_as_an_object(one in statement("Allow")) {
        let context = Context::new(KEY).unwrap().with_role(ROLE).unwrap();
        let object = evaluate(json!({"Version": "2012-10-17", "Statement": one}).to_string(), &context);
        prop_assert_eq!(answers(&object), answers(&judged(&[one])));
    }

    #[test]
    fn what_is_public_is_broad_and_open_to_all(policy in statements()) {
        let explained = judged(&policy);
        prop_assert_eq!(explained.public == Answer::Yes, explained.cross_account.iter().any(|id| id == "*"));
        prop_assert!(width(explained.broad) >= width(explained.public));
        prop_assert!(explained.cross_account.is_sorted());
    }

    #[test]
    fn nothing_makes_it_stop(value in any_json(), role in any::<bool>()) {
        let mut context = Context::new(KEY).unwrap();
        if role {
            context = context.with_role(ROLE).unwrap();
        }
        let whole = json!({"Statement": value.clone()});
        for text in [value.to_string(), whole.to_string()] {
            let explained = evaluate(&text, &context.clone().with_shared(text.as_str()));
            prop_assert!(!explained.reasons.is_empty());
        }
    }

    #[test]
    fn not_even_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let explained = evaluate(bytes, &Context::new(KEY).unwrap());
        prop_assert!(!explained.reasons.is_empty());
    }
}

/// The cheap part of fuzzing, the same in every run: the cases with bytes changed, cut out and put in.
#[test]
fn mutated_cases_never_stop_it() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (below as u64 + 1)).unwrap_or(0)
    };
    let words: [&[u8]; 8] = [b"\"*\"", b"{", b"}", b"[", b"null", b"\"Deny\"", b"\xff", b"${"];
    for case in cases() {
        let text = case.text().into_bytes();
        for _ in 0..12 {
            let mut bytes = text.clone();
            for _ in 0..=next(2) {
                let at = next(bytes.len().saturating_sub(1)).min(bytes.len());
                match next(3) {
                    0 if !bytes.is_empty() => bytes[at] = u8::try_from(next(255)).unwrap_or(0),
                    1 => bytes.truncate(at),
                    2 => {
                        let end = (at + next(9)).min(bytes.len());
                        bytes.drain(at..end);
                    }
                    _ => {
                        bytes.splice(at..at, words[next(7)].iter().copied());
                    }
                }
            }
            let explained = evaluate(&bytes, &case.context());
            assert!(!explained.reasons.is_empty(), "{}", case.name);
        }
    }
}
