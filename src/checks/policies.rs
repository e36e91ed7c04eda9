//! What the checks of key policies share: each policy is evaluated once, and an answer becomes a verdict.
//!
//! A key can have two policies. What one of them gives is certain; that nobody else is let in is certain only when both
//! were read.

use super::{Ruling, Unknown, Verdict, fail, not_applicable, pass, unknown};
use crate::model::key::{Key, KeyManager};
use crate::model::reading::{Citation, Gap};
use crate::model::{AccountId, Region, Snapshot};
use crate::policy::{self, About, Answer, Explained, KeyPolicy};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A key by account, Region and ARN.
type Name = (AccountId, Region, String);

/// ARNs of principals by account and Region.
type Candidates = HashMap<(AccountId, Region), Rc<HashSet<String>>>;

/// The evaluated policies of a snapshot.
pub struct Policies {
    keys: HashMap<Name, (Explained, KeyPolicy)>,
    /// What roles may do with keys, each asked once: many streams share a role and a key.
    roles: RefCell<HashMap<(Name, String, String), Rc<RoleUse>>>,
    /// Who may put records at all, by account and Region.
    candidates: RefCell<Candidates>,
}

impl Policies {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let keys = snapshot.keys().filter_map(|key| Some((name(key), evaluate(key)?))).collect();
        Self { keys, roles: RefCell::default(), candidates: RefCell::default() }
    }

    /// The evaluated policy of a key, if it was read.
    pub(crate) fn get(&self, key: &Key) -> Option<&Explained> {
        self.keys.get(&name(key)).map(|(explained, _)| explained)
    }

    /// The policies of a key themselves, where they could be read.
    pub(super) fn opened(&self, key: &Key) -> Option<&KeyPolicy> {
        self.keys.get(&name(key)).map(|(_, policy)| policy)
    }

    /// The ARNs of those who may put records in the place of a key; `of` works it out the first time.
    pub(super) fn candidates(&self, key: &Key, of: impl FnOnce() -> HashSet<String>) -> Rc<HashSet<String>> {
        let place = (key.account.clone(), key.region.clone());
        if let Some(known) = self.candidates.borrow().get(&place) {
            return Rc::clone(known);
        }
        let found = Rc::new(of());
        self.candidates.borrow_mut().insert(place, Rc::clone(&found));
        found
    }

    /// What a role may do with a key; `of` works it out the first time.
    pub(super) fn role_use(&self, key: &Key, role: &str, way: &str, of: impl FnOnce() -> RoleUse) -> Rc<RoleUse> {
        let asked = (name(key), role.to_owned(), way.to_owned());
        if let Some(known) = self.roles.borrow().get(&asked) {
            return Rc::clone(known);
        }
        let found = Rc::new(of());
        self.roles.borrow_mut().insert(asked, Rc::clone(&found));
        found
    }
}

/// Whether a role can use a key, by the key's policy, the role's own policies, and grants.
pub(super) enum RoleUse {
    /// It can, and why.
    Can(String),
    /// It cannot, and why.
    Cannot(String),
    /// It is not decided, and why.
    Open(String),
}

fn name(key: &Key) -> Name {
    (key.account.clone(), key.region.clone(), key.arn.clone())
}

fn evaluate(key: &Key) -> Option<(Explained, KeyPolicy)> {
    let text = &key.policy.as_ref().ok()?.value;
    let mut context = policy::Context::new(&key.arn).ok()?;
    if let Ok(shared) = &key.ram_policy
        && let Some(shared) = &shared.value
    {
        context = context.with_shared(shared.clone());
    }
    let policy = KeyPolicy::read(text, &context).unwrap_or_default();
    Some((policy::evaluate(text, &context), policy))
}

/// What is known of a key's policies.
pub(super) struct Known<'a> {
    pub explained: &'a Explained,
    /// The policies themselves.
    pub policy: &'a KeyPolicy,
    /// Where the policies stand.
    pub seen: Vec<Citation>,
    /// Why the second policy is not known.
    pub unread: Option<&'a Gap>,
}

/// The policies of a key that a customer manages; a ruling where the question does not arise.
pub(super) fn known<'a>(context: &'a super::Context<'_>, key: &'a Key) -> Result<Result<Known<'a>, Ruling>, Unknown> {
    let manager = key.facts.as_ref()?.value.manager.as_ref()?;
    if manager.value == KeyManager::Aws {
        return Ok(Err(not_applicable("AWS writes the policy of the keys that it manages").seen(manager)));
    }
    let text = key.policy.as_ref()?;
    let no_arn = || unknown("the key has no ARN of a key").seen(text);
    let explained = context.policies.get(key).ok_or_else(no_arn)?;
    let policy = context.policies.opened(key).ok_or_else(no_arn)?;
    let mut seen = vec![text.at.clone()];
    if !explained.readable {
        return Err(unknown(because(explained, About::Policy)).seen(text));
    }
    let unread = match &key.ram_policy {
        Ok(shared) => {
            seen.push(shared.at.clone());
            None
        }
        Err(gap) => Some(gap),
    };
    Ok(Ok(Known { explained, policy, seen, unread }))
}

/// A question whose "yes" is the failure.
pub(super) fn judge(
    context: &super::Context<'_>,
    key: &Key,
    about: About,
    answer: impl Fn(&Explained) -> Answer,
    good: &str,
) -> Verdict {
    let known = match known(context, key)? {
        Ok(known) => known,
        Err(ruling) => return Ok(ruling),
    };
    match answer(known.explained) {
        Answer::Yes => Ok(known.cited(fail(because(known.explained, about)))),
        Answer::Unknown => Err(known.open(because(known.explained, about))),
        Answer::No => known.complete(pass(good)),
    }
}

/// A remark of the evaluator whose presence is the failure.
pub(super) fn remark(context: &super::Context<'_>, key: &Key, about: About, good: &str) -> Verdict {
    let known = match known(context, key)? {
        Ok(known) => known,
        Err(ruling) => return Ok(ruling),
    };
    if known.explained.reasons.iter().any(|r| r.about == about) {
        return Ok(known.cited(fail(because(known.explained, about))));
    }
    if !known.explained.whole {
        return Err(known.open(because(known.explained, About::StatementInDoubt)));
    }
    known.complete(pass(good))
}

impl Known<'_> {
    /// With the places of both policies.
    pub(super) fn cited(&self, ruling: Ruling) -> Ruling {
        self.seen.iter().fold(ruling, Ruling::at)
    }

    /// Undecided, with the places of both policies.
    pub(super) fn open(&self, reason: impl Into<String>) -> Unknown {
        Unknown { reason: reason.into(), seen: self.seen.clone() }
    }

    /// What holds only when both policies were read.
    pub(super) fn complete(&self, ruling: Ruling) -> Verdict {
        match self.unread {
            None => Ok(self.cited(ruling)),
            Some(gap) => Err(Unknown::from(gap)),
        }
    }
}

/// Why an answer is what it is: at most three statements, and how many more there are.
pub(super) fn because(explained: &Explained, about: About) -> String {
    let told: Vec<String> = explained
        .reasons
        .iter()
        .filter(|r| r.about == about)
        .map(|r| match &r.statement {
            Some(statement) => format!("{statement} {}", r.text),
            None => r.text.clone(),
        })
        .collect();
    let shown = told.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
    match told.len() {
        0 => "the policy does not decide it".to_owned(),
        1..=3 => shown,
        more => format!("{shown}; and {} more", more - 3),
    }
}

/// The policy that leaves the key to the IAM policies of its own account: AWS's default, and a safe place to start.
pub(super) const DELEGATED_CLI: &str = r#"aws kms put-key-policy --key-id "$KEY" --policy-name default --policy \
  '{"Version":"2012-10-17","Statement":[{"Sid":"Account","Effect":"Allow",
  "Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},"Action":"kms:*","Resource":"*"}]}'"#;
/// The same as a template.
pub(super) const DELEGATED_CLOUDFORMATION: &str = r#"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Account
            Effect: Allow
            Principal: {AWS: {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
            Action: "kms:*"
            Resource: "*""#;
/// The same for Terraform.
pub(super) const DELEGATED_TERRAFORM: &str = r#"resource "aws_kms_key" "stream" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}"#;

/// One role that administers and cannot use the key, another that uses and cannot administer it.
pub(super) const SEPARATED_CLI: &str = r#"aws kms put-key-policy --key-id "$KEY" --policy-name default --policy \
  '{"Version":"2012-10-17","Statement":[
  {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$ACCOUNT"':root"},
   "Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"},
  {"Sid":"Administration","Effect":"Allow","Principal":{"AWS":"'"$ADMINISTRATOR"'"},
   "Action":["kms:Describe*","kms:Get*","kms:List*","kms:Put*","kms:Enable*","kms:Disable*","kms:TagResource",
   "kms:UntagResource","kms:RevokeGrant","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"],"Resource":"*"},
  {"Sid":"Use","Effect":"Allow","Principal":{"AWS":"'"$DELIVERY_ROLE"'"},
   "Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"}]}'"#;
/// The same as a template.
pub(super) const SEPARATED_CLOUDFORMATION: &str = r#"Resources:
  StreamKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Account
            Effect: Allow
            Principal: {AWS: {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
            Action: ["kms:Describe*", "kms:Get*", "kms:List*"]
            Resource: "*"
          - Sid: Administration
            Effect: Allow
            Principal: {AWS: {"Fn::GetAtt": [KeyAdministrator, Arn]}}
            Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Enable*", "kms:Disable*",
              "kms:TagResource", "kms:UntagResource", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]
            Resource: "*"
          - Sid: Use
            Effect: Allow
            Principal: {AWS: {"Fn::GetAtt": [DeliveryRole, Arn]}}
            Action: ["kms:Decrypt", "kms:GenerateDataKey"]
            Resource: "*""#;
/// The same for Terraform.
pub(super) const SEPARATED_TERRAFORM: &str = r#"resource "aws_kms_key" "stream" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:root" }
        Action    = ["kms:Describe*", "kms:Get*", "kms:List*"]
        Resource  = "*"
      },
      {
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.key_administrator.arn }
        Action = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Enable*", "kms:Disable*",
        "kms:TagResource", "kms:UntagResource", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]
        Resource = "*"
      },
      {
        Sid       = "Use"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.delivery.arn }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
    ]
  })
}"#;
