//! What the policies of an identity say about one action on one resource, and what a policy of the organization denies.
//!
//! Pure, and as careful as the evaluator of key policies: a condition on something that is not known here leaves the
//! answer unknown, and so does a statement that is not understood. Nothing is taken for granted that was not read.

use super::actions::Actions;
use super::caller::{Caller, Setting};
use super::condition::{self, Condition, Held, Request, Side, Tri, Truth};
use super::context::Context;
use super::explained::Answer;
use super::glob::{Fit, Pattern, Sym};
use super::principal::Who;
use crate::model::json;
use crate::model::names::Arn;
use serde_json::{Map, Value};

/// The policies of one identity: names and texts.
#[derive(Clone, Debug, Default)]
pub struct Identity<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// Its own policies, and those attached to it or to its groups.
    pub policies: Vec<(&'a str, &'a str)>,
    /// Its permissions boundary.
    pub boundary: Option<(&'a str, &'a str)>,
    /// Whether there are policies beside these that were not read.
    pub more: bool,
}

/// What is asked of an identity.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// By Firehose, delivering to S3 in the key's Region.
    Delivery,
    /// By that service of the key's Region, such as `kinesis`.
    Service(&'static str),
    /// By itself; nothing is known of the request.
    Itself,
}

/// An answer, and what decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether its policies let it.
    pub answer: Answer,
    /// Whether a Deny stops it, whatever else allows it.
    pub denied: Answer,
    /// Whether its permissions boundary leaves it room; yes without one.
    pub bounded: Answer,
    /// The policy and statement that decide, or what is missing.
    pub why: String,
}

/// Whether the policies of an identity let it call `action` on `resource`. `context` names the key, for what the request
/// has by it.
#[must_use]
pub fn may(identity: &Identity<'_>, context: &Context, way: Way, action: &str, resource: &str) -> Decision {
    let account = Arn::parse(identity.arn).map(|a| a.account.to_owned()).unwrap_or_default();
    let who = Who::Identity { arn: identity.arn.to_owned(), account: account.clone() };
    let request: Box<dyn Request + '_> = match way {
        Way::Delivery => Box::new(Caller::new(who, context).in_setting(Setting::Delivery)),
        Way::Service(name) => {
            let via = format!("{name}.{}.amazonaws.com", context.key.region);
            Box::new(Plain { arn: identity.arn, account, key: context, via: Some(via) })
        }
        Way::Itself => Box::new(Plain { arn: identity.arn, account, key: context, via: None }),
    };
    let asked = Asked { action, resource, request: &*request };
    let own = asked.of_all(&identity.policies);
    let bound = identity.boundary.map(|boundary| asked.of_all(&[boundary]));
    let said = own.within(bound);
    if !identity.more || said.denied == Answer::Yes {
        return said;
    }
    // A policy that was not read may allow, and may deny.
    let why = format!("a policy of {} was not read", identity.arn);
    Decision { answer: Answer::Unknown, denied: Answer::Unknown, bounded: said.bounded, why }
}

impl Decision {
    fn within(self, boundary: Option<Self>) -> Self {
        let Some(boundary) = boundary else { return self };
        let denied = match (self.denied, boundary.denied) {
            (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
            (Answer::No, Answer::No) => Answer::No,
            _ => Answer::Unknown,
        };
        let (answer, why) = match (self.answer, boundary.answer) {
            (_, Answer::No) if boundary.denied == Answer::Yes => (Answer::No, boundary.why),
            (Answer::Yes | Answer::Unknown, Answer::No) => {
                (Answer::No, "its permissions boundary does not allow it".to_owned())
            }
            (Answer::Yes, Answer::Unknown) => (Answer::Unknown, boundary.why),
            (own, _) => (own, self.why),
        };
        Self { answer, denied, bounded: boundary.answer, why }
    }
}

/// A request of which nothing is known but who makes it, and by way of which service.
struct Plain<'a> {
    arn: &'a str,
    account: String,
    key: &'a Context,
    via: Option<String>,
}

impl Request for Plain<'_> {
    fn held(&self, key: &str, _: Side) -> Held {
        match key {
            "aws:principalarn" => Held::text(self.arn),
            "aws:principalaccount" | "kms:calleraccount" => Held::text(&self.account),
            // Neither KMS nor Firehose takes a request without TLS.
            "aws:securetransport" => Held::text("true"),
            "aws:requestedregion" => Held::text(&self.key.key.region),
            "aws:resourceaccount" => Held::text(&self.key.key.account),
            "kms:viaservice" => self.via.as_deref().map_or(Held::Unknown, Held::text),
            _ => Held::Unknown,
        }
    }

    fn undecided(&self) -> Truth {
        Truth::UNKNOWN
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// What is asked, of one policy after the other.
struct Asked<'a> {
    action: &'a str,
    resource: &'a str,
    request: &'a dyn Request,
}

/// One statement, as far as it is about what is asked.
struct Said {
    deny: Option<bool>,
    truth: Truth,
    label: String,
    doubt: Option<String>,
}

impl Asked<'_> {
    fn of_all(&self, policies: &[(&str, &str)]) -> Decision {
        let (mut allowed, mut perhaps, mut may_deny) = (None, None, None);
        for (name, text) in policies {
            let statements = match statements(text) {
                Ok(statements) => statements,
                Err(why) => {
                    perhaps = perhaps.or_else(|| Some(format!("{name} cannot be read: {why}")));
                    may_deny = may_deny.or_else(|| perhaps.clone());
                    continue;
                }
            };
            let (list, variables) = statements;
            for (index, statement) in list.iter().enumerate() {
                let Some(said) = self.of_one(statement, index, variables) else { continue };
                let label = format!("{name}, {}", said.label);
                let sure = said.doubt.is_none();
                if said.deny == Some(true) && said.truth.can_fail == Tri::No && sure {
                    let why = format!("denied by {label}");
                    return Decision { answer: Answer::No, denied: Answer::Yes, bounded: Answer::Yes, why };
                }
                if said.deny != Some(false) && said.truth.can_hold != Tri::No {
                    may_deny = may_deny.or_else(|| Some(format!("{label} may deny it")));
                }
                if said.deny != Some(true) && said.truth.can_hold != Tri::No {
                    let unconditional = said.truth.can_fail == Tri::No;
                    if said.truth.can_hold == Tri::Yes && unconditional && sure && said.deny == Some(false) {
                        allowed = allowed.or_else(|| Some(format!("allowed by {label}")));
                    } else {
                        perhaps = perhaps.or_else(|| Some(format!("{label} allows it under conditions")));
                    }
                }
            }
        }
        let denied = if may_deny.is_some() { Answer::Unknown } else { Answer::No };
        let (answer, why) = match (allowed, may_deny, perhaps) {
            (Some(why), None, _) => (Answer::Yes, why),
            (Some(_), Some(why), _) | (None, _, Some(why)) => (Answer::Unknown, why),
            (None, _, None) => (Answer::No, format!("no statement allows {}", self.action)),
        };
        Decision { answer, denied, bounded: Answer::Yes, why }
    }

    /// `None` for a statement that is not about it.
    fn of_one(&self, statement: &Value, index: usize, variables: bool) -> Option<Said> {
        let numbered = format!("Statement[{index}]");
        let Some(fields) = statement.as_object() else {
            let doubt = Some("it is not an object".to_owned());
            return Some(Said { deny: None, truth: Truth::UNKNOWN, label: numbered, doubt });
        };
        let label = fields.get("Sid").and_then(Value::as_str).filter(|s| !s.is_empty());
        let label = label.map_or(numbered, ToOwned::to_owned);
        let mut doubt = None;
        let deny = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Some(false),
            Some("Deny") => Some(true),
            _ => {
                doubt = Some("its Effect is neither Allow nor Deny".to_owned());
                None
            }
        };
        let action = self.action.to_lowercase();
        let of_action = |text: &str| Pattern::wild(&text.to_lowercase()).fit(&Sym::text(&action));
        let of_resource = |text: &str| Pattern::read(text, true, variables).fit(&Sym::text(self.resource));
        for fit in
            [meant(fields, "Action", "NotAction", of_action), meant(fields, "Resource", "NotResource", of_resource)]
        {
            match fit {
                Tri::No => return None,
                Tri::Maybe => doubt = doubt.or_else(|| Some("what it is about is not certain".to_owned())),
                Tri::Yes => {}
            }
        }
        let mut truth = Truth::YES;
        if let Some(element) = fields.get("Condition") {
            let (conditions, doubts) = condition::parse(element, variables);
            doubt = doubt.or_else(|| doubts.into_iter().next());
            let side = if deny == Some(true) { Side::Deny } else { Side::Allow };
            truth = conditions.iter().fold(truth, |truth, c| truth.and(self.holds(c, side)));
        }
        if doubt.is_some() {
            // What is only partly understood may hold and may not.
            let can_hold = if truth.can_hold == Tri::No { Tri::No } else { Tri::Maybe };
            truth = Truth { can_hold, can_fail: truth.can_fail.max(Tri::Maybe) };
        }
        Some(Said { deny, truth, label, doubt })
    }

    fn holds(&self, condition: &Condition, side: Side) -> Truth {
        let name = self.action.split_once(':').map_or(self.action, |(_, name)| name);
        // Some keys of KMS are in the requests of some of its actions only.
        let absent = match condition.scope {
            Some(scope) => !scope.meets(Actions::named(&[name])),
            None => condition.key.starts_with("kms:") && !self.action.starts_with("kms:"),
        };
        let held = if absent { Held::Absent } else { self.request.held(&condition.key, side) };
        condition.holds(&held, self.request)
    }
}

/// Whether an element in its plain or negated form means what is asked.
fn meant(fields: &Map<String, Value>, plain: &str, not: &str, fit: impl Fn(&str) -> Fit) -> Tri {
    let (value, negated) = match (fields.get(plain), fields.get(not)) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        // Without the element a statement has no effect; AWS takes none with both.
        (None, None) => return Tri::No,
        (Some(_), Some(_)) => return Tri::Maybe,
    };
    let texts: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let Some(texts) = texts else { return Tri::Maybe };
    let one = |text: &&str| match fit(text) {
        Fit::Yes => Tri::Yes,
        Fit::No => Tri::No,
        Fit::Some | Fit::Variable => Tri::Maybe,
    };
    let any = texts.iter().map(one).max().unwrap_or(Tri::No);
    match (any, negated) {
        (any, false) => any,
        (Tri::Yes, true) => Tri::No,
        (Tri::No, true) => Tri::Yes,
        (Tri::Maybe, true) => Tri::Maybe,
    }
}

/// The statements of a policy, and whether variables act in it.
fn statements(text: &str) -> Result<(Vec<Value>, bool), String> {
    let document = json::strict(text.as_bytes()).map_err(|e| e.to_string())?;
    let variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    match document.get("Statement") {
        Some(Value::Array(list)) => Ok((list.clone(), variables)),
        Some(one @ Value::Object(_)) => Ok((vec![one.clone()], variables)),
        _ => Err("it has no Statement".to_owned()),
    }
}

/// How far a policy of the organization denies an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denies {
    /// To everybody, everywhere; the statement.
    All(String),
    /// To everybody but some principals, as its conditions name them; the statement.
    AllBut(String),
    /// Under conditions or on resources that this program does not decide; the statement.
    Perhaps(String),
    /// Not at all.
    No,
}

/// Whether a service or resource control policy denies an action on whatever resource.
#[must_use]
pub fn denies(text: &str, action: &str) -> Denies {
    let (list, _) = match statements(text) {
        Ok(found) => found,
        Err(why) => return Denies::Perhaps(format!("the policy cannot be read: {why}")),
    };
    let mut best = Denies::No;
    let lower = action.to_lowercase();
    for (index, statement) in list.iter().enumerate() {
        let Some(fields) = statement.as_object() else { continue };
        if fields.get("Effect").and_then(Value::as_str) != Some("Deny") {
            continue;
        }
        let label = fields.get("Sid").and_then(Value::as_str).filter(|s| !s.is_empty());
        let label = label.map_or_else(|| format!("Statement[{index}]"), ToOwned::to_owned);
        let of_action = |text: &str| Pattern::wild(&text.to_lowercase()).fit(&Sym::text(&lower));
        match meant(fields, "Action", "NotAction", of_action) {
            Tri::No => continue,
            Tri::Maybe => {
                best = best.or(Denies::Perhaps(label));
                continue;
            }
            Tri::Yes => {}
        }
        let everything = |value: &Value| match value {
            Value::String(text) => text == "*",
            Value::Array(items) => items.iter().any(|i| i == "*"),
            _ => false,
        };
        let everyone = match fields.get("Principal") {
            None => !fields.contains_key("NotPrincipal"),
            Some(Value::Object(kinds)) => kinds.get("AWS").is_some_and(everything),
            Some(value) => everything(value),
        };
        let found = match (fields.get("Resource").is_some_and(everything) && everyone, fields.get("Condition")) {
            (true, None) => Denies::All(label),
            (true, Some(element)) if spares_principals(element) => Denies::AllBut(label),
            _ => Denies::Perhaps(label),
        };
        best = best.or(found);
    }
    best
}

impl Denies {
    fn or(self, other: Self) -> Self {
        let rank = |d: &Self| match d {
            Self::All(_) => 3,
            Self::AllBut(_) => 2,
            Self::Perhaps(_) => 1,
            Self::No => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// Whether conditions do nothing but spare some principals by name or tag.
fn spares_principals(element: &Value) -> bool {
    let Some(operators) = element.as_object() else { return false };
    operators.iter().all(|(operator, keys)| {
        let negated = ["ArnNotLike", "ArnNotEquals", "StringNotLike", "StringNotEquals"];
        let by_name = |key: &String| {
            let key = key.to_ascii_lowercase();
            key == "aws:principalarn" || key.starts_with("aws:principaltag/")
        };
        let some = |values: &Value| match values {
            Value::String(text) => names_some(text),
            Value::Array(items) => items.iter().all(|i| i.as_str().is_some_and(names_some)),
            _ => false,
        };
        negated.contains(&operator.as_str())
            && keys.as_object().is_some_and(|keys| keys.iter().all(|(key, values)| by_name(key) && some(values)))
    })
}

/// Whether a pattern of principals names somebody: one that fits every role, or everybody, spares them all.
fn names_some(pattern: &str) -> bool {
    let last = pattern.rsplit(':').next().unwrap_or_default();
    let kinds = ["role/", "user/", "assumed-role/", "federated-user/"];
    let named = kinds.iter().find_map(|kind| last.strip_prefix(kind)).unwrap_or(last);
    let named = named.trim_matches(['*', '?', '/']);
    !named.is_empty() && !["role", "user"].contains(&named)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
    const ROLE: &str = "arn:aws:iam::111122223333:role/delivery";

    fn policy(statements: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
    }

    fn asked(texts: &[&str], boundary: Option<&str>, way: Way) -> Decision {
        let context = Context::new(KEY).unwrap().with_role(ROLE).unwrap();
        let policies = texts.iter().map(|t| ("own", *t)).collect();
        let identity = Identity { arn: ROLE, policies, boundary: boundary.map(|b| ("boundary", b)), more: false };
        may(&identity, &context, way, "kms:Decrypt", KEY)
    }

    fn of(statements: &str) -> Decision {
        asked(&[&policy(statements)], None, Way::Delivery)
    }

    const ALLOW: &str = r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#;

    #[test]
    fn an_allow_that_means_the_key_is_enough() {
        assert_eq!(of(ALLOW).answer, Answer::Yes);
        assert_eq!(
            of(r#"{"Effect":"Allow","Action":["KMS:de*"],"Resource":["arn:aws:kms:*:*:key/k"]}"#).answer,
            Answer::Yes
        );
        assert_eq!(of(r#"{"Effect":"Allow","NotAction":"s3:*","NotResource":"arn:aws:s3:::x"}"#).answer, Answer::Yes);
        assert_eq!(of(r#"{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}"#).answer, Answer::No);
        let other = r#"{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:eu-west-1:111122223333:key/x"}"#;
        assert_eq!(of(other).answer, Answer::No);
        assert_eq!(of("").answer, Answer::No);
    }

    #[test]
    fn a_deny_wins_and_says_so() {
        let denied = of(&format!(r#"{ALLOW},{{"Sid":"Stop","Effect":"Deny","Action":"kms:*","Resource":"*"}}"#));
        assert!(
            denied.answer == Answer::No && denied.denied == Answer::Yes && denied.why.contains("Stop"),
            "{denied:?}"
        );
        let escaped =
            r#"{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
        assert_eq!(of(&format!("{ALLOW},{escaped}")).answer, Answer::Yes);
        let perhaps = r#"{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/x":"y"}}}"#;
        assert_eq!(of(&format!("{ALLOW},{perhaps}")).answer, Answer::Unknown);
    }

    #[test]
    fn the_service_that_calls_decides_conditions_on_it() {
        let via = |service: &str| {
            format!(
                r#"{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{"kms:ViaService":"{service}.eu-west-1.amazonaws.com"}}}}}}"#
            )
        };
        assert_eq!(of(&via("s3")).answer, Answer::Yes);
        assert_eq!(of(&via("kinesis")).answer, Answer::No);
        assert_eq!(asked(&[&policy(&via("kinesis"))], None, Way::Service("kinesis")).answer, Answer::Yes);
        assert_eq!(asked(&[&policy(&via("kinesis"))], None, Way::Itself).answer, Answer::Unknown);
    }

    #[test]
    fn a_boundary_only_takes_away() {
        let allow = policy(ALLOW);
        let narrow = policy(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
        assert_eq!(asked(&[&allow], Some(&allow), Way::Delivery).answer, Answer::Yes);
        assert_eq!(asked(&[&allow], Some(&narrow), Way::Delivery).answer, Answer::No);
        assert_eq!(asked(&[&narrow], Some(&allow), Way::Delivery).answer, Answer::No);
        assert_eq!(asked(&[&allow], Some("no JSON"), Way::Delivery).answer, Answer::Unknown);
    }

    #[test]
    fn what_was_not_read_or_not_understood_is_open() {
        assert_eq!(asked(&["{"], None, Way::Delivery).answer, Answer::Unknown);
        assert_eq!(of(r#"{"Effect":"Maybe","Action":"*","Resource":"*"}"#).answer, Answer::Unknown);
        let variable = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:eu-west-1:111122223333:key/${aws:PrincipalTag/k}"}"#;
        assert_eq!(of(variable).answer, Answer::Unknown);
        let context = Context::new(KEY).unwrap();
        let text = policy(ALLOW);
        let more = Identity { arn: ROLE, policies: vec![("own", &text)], boundary: None, more: true };
        assert_eq!(may(&more, &context, Way::Itself, "kms:Decrypt", KEY).answer, Answer::Unknown);
    }

    #[test]
    fn a_guardrail_denies_to_all_or_spares_some() {
        let of = |statement: &str| denies(&policy(statement), "kms:ScheduleKeyDeletion");
        let deny =
            |more: &str| format!(r#"{{"Sid":"S","Effect":"Deny","Action":["kms:Schedule*"],"Resource":"*"{more}}}"#);
        assert_eq!(of(&deny("")), Denies::All("S".to_owned()));
        let but = r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/BreakGlass"}}"#;
        assert_eq!(of(&deny(but)), Denies::AllBut("S".to_owned()));
        let nobody = r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"*"}}"#;
        assert_eq!(of(&deny(nobody)), Denies::Perhaps("S".to_owned()));
        for everybody in ["arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:*", "*:role/?*", "?*"] {
            let spares = format!(r#","Condition":{{"ArnNotLike":{{"aws:PrincipalArn":["*/Break", "{everybody}"]}}}}"#);
            assert_eq!(of(&deny(&spares)), Denies::Perhaps("S".to_owned()), "{everybody}");
        }
        let region = r#","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#;
        assert_eq!(of(&deny(region)), Denies::Perhaps("S".to_owned()));
        assert_eq!(of(&deny(r#","Principal":"*""#)), Denies::All("S".to_owned()));
        assert_eq!(of(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#), Denies::No);
        assert_eq!(of(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#), Denies::No);
        assert!(matches!(denies("{", "kms:DisableKey"), Denies::Perhaps(_)));
    }
}
