//! Any bytes as a key policy, alone and as the policy of Resource Access Manager: an answer, never a crash; and
//! another statement that denies everything leaves nothing open.

use keywitness::policy::{Answer, Context, evaluate};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
const ROLE: &str = "arn:aws:iam::111122223333:role/delivery";
const SHUT: &str = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;

/// One input.
pub fn run(bytes: &[u8]) {
    let context = Context::new(KEY).and_then(|c| c.with_role(ROLE)).expect("both are well formed");
    let alone = evaluate(bytes, &context);
    assert!(!alone.reasons.is_empty());
    assert_eq!(alone.public == Answer::Yes, alone.cross_account.iter().any(|id| id == "*"));
    let shared = evaluate(SHUT, &context.clone().with_shared(bytes));
    assert_eq!(shared.public, Answer::No);
    let shut = evaluate(bytes, &context.with_shared(SHUT));
    assert_ne!(shut.public, Answer::Yes);
    assert_ne!(shut.grants_firehose_role, Answer::Yes);
}
