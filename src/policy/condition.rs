//! Conditions, and when they hold.
//!
//! A condition is asked about a request of which some things are known, some are free (whoever calls may choose
//! them) and some are fixed but not known here. So the answer is not one bit but two questions: can it hold, and
//! can it fail. An Allow gives where its conditions can hold; a Deny takes away only where they cannot fail.

use super::actions::Actions;
use super::glob::{Fit, Pattern, Sym};
use serde_json::Value;

/// Three-valued: `Maybe` is "cannot be decided from what is known".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tri {
    No,
    Maybe,
    Yes,
}

/// Whether something can be true of a request, and whether it can be false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Truth {
    pub can_hold: Tri,
    pub can_fail: Tri,
}

impl Truth {
    pub const YES: Self = Self { can_hold: Tri::Yes, can_fail: Tri::No };
    pub const NO: Self = Self { can_hold: Tri::No, can_fail: Tri::Yes };
    /// Whoever calls decides.
    pub const FREE: Self = Self { can_hold: Tri::Yes, can_fail: Tri::Yes };
    /// Decided, but not known here.
    pub const UNKNOWN: Self = Self { can_hold: Tri::Maybe, can_fail: Tri::Maybe };

    pub fn of(known: bool) -> Self {
        if known { Self::YES } else { Self::NO }
    }

    pub fn and(self, other: Self) -> Self {
        Self { can_hold: self.can_hold.min(other.can_hold), can_fail: self.can_fail.max(other.can_fail) }
    }

    pub fn or(self, other: Self) -> Self {
        Self { can_hold: self.can_hold.max(other.can_hold), can_fail: self.can_fail.min(other.can_fail) }
    }

    pub fn not(self) -> Self {
        Self { can_hold: self.can_fail, can_fail: self.can_hold }
    }
}

/// What a request has under a condition key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    /// These values (one, for most keys).
    Values(Vec<Vec<Sym>>),
    /// Nothing: the key is not in the request.
    Absent,
    /// What the caller chooses, nothing included.
    Free,
    /// Something, or nothing; not known here.
    Unknown,
    /// One of these; not known here which.
    OneOf(Vec<Held>),
    /// A place in that organization: `o-…/r-…/ou-…/`.
    InOrg(Vec<Sym>),
    /// An ARN of something that belongs to that account.
    OwnedBy(Vec<Sym>),
    /// The ARN of some bucket, or of something in it.
    SomeBucket { partition: String },
}

impl Held {
    pub fn text(text: &str) -> Self {
        Self::Values(vec![Sym::text(text)])
    }
}

/// The side of a statement that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Allow,
    Deny,
}

/// A request, as conditions see it.
pub(crate) trait Request {
    /// What it has under the key of that name (lower case).
    fn held(&self, key: &str, side: Side) -> Held;
    /// What "fits some and not others" means for it: free for any request, unknown for a certain one.
    fn undecided(&self) -> Truth;
    /// The value of a policy variable, where the request fixes it.
    fn variable(&self, key: &str) -> Option<String>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text {
        ignore_case: bool,
    },
    Arn,
    Number(Order),
    Bool,
    /// Whether the key is there at all.
    Null,
    /// Dates, addresses and bytes: nothing that a key policy is judged for here has such a value.
    Elsewhere,
}

/// `ForAnyValue:`, `ForAllValues:` or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    One,
    Any,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operator {
    kind: Kind,
    wildcards: bool,
    negated: bool,
    if_exists: bool,
    quantity: Quantity,
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (quantity, rest) = match lower.split_once(':') {
            Some(("foranyvalue", rest)) => (Quantity::Any, rest),
            Some(("forallvalues", rest)) => (Quantity::All, rest),
            Some(_) => return None,
            None => (Quantity::One, lower.as_str()),
        };
        let (base, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |base| (base, true));
        let text = |ignore_case| Kind::Text { ignore_case };
        let (kind, wildcards, negated) = match base {
            "stringequals" => (text(false), false, false),
            "stringnotequals" => (text(false), false, true),
            "stringequalsignorecase" => (text(true), false, false),
            "stringnotequalsignorecase" => (text(true), false, true),
            "stringlike" => (text(false), true, false),
            "stringnotlike" => (text(false), true, true),
            // ArnEquals behaves as ArnLike does.
            "arnequals" | "arnlike" => (Kind::Arn, true, false),
            "arnnotequals" | "arnnotlike" => (Kind::Arn, true, true),
            "numericequals" => (Kind::Number(Order::Equal), false, false),
            "numericnotequals" => (Kind::Number(Order::Equal), false, true),
            "numericlessthan" => (Kind::Number(Order::Less), false, false),
            "numericlessthanequals" => (Kind::Number(Order::LessEqual), false, false),
            "numericgreaterthan" => (Kind::Number(Order::Greater), false, false),
            "numericgreaterthanequals" => (Kind::Number(Order::GreaterEqual), false, false),
            "bool" => (Kind::Bool, false, false),
            "null" => (Kind::Null, false, false),
            "dateequals"
            | "datelessthan"
            | "datelessthanequals"
            | "dategreaterthan"
            | "dategreaterthanequals"
            | "binaryequals"
            | "ipaddress" => (Kind::Elsewhere, false, false),
            "datenotequals" | "notipaddress" => (Kind::Elsewhere, false, true),
            _ => return None,
        };
        Some(Self { kind, wildcards, negated, if_exists, quantity })
    }
}

/// One key under one operator.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    operator: Operator,
    /// As written, for reasons.
    pub shown: String,
    /// In lower case: condition keys are case-insensitive.
    pub key: String,
    /// The actions whose requests can have the key; `None` means all.
    pub scope: Option<Actions>,
    pub values: Vec<Pattern>,
}

/// Reads a `Condition` element.
///
/// Beside them: what in it is not a condition that AWS knows. The statement is then in doubt.
pub(crate) fn parse(element: &Value, variables: bool) -> (Vec<Condition>, Vec<String>) {
    let (mut conditions, mut doubts) = (Vec::new(), Vec::new());
    let Some(operators) = element.as_object() else {
        return (conditions, vec!["its Condition is not an object".to_owned()]);
    };
    for (name, keys) in operators {
        let (Some(operator), Some(keys)) = (Operator::parse(name), keys.as_object()) else {
            doubts.push(format!("its condition operator {name:?} is not one of AWS's, or holds no keys"));
            continue;
        };
        for (key, values) in keys {
            match texts(values) {
                Some(texts) => {
                    let pattern = |text: &String| {
                        let pattern = Pattern::read(text, operator.wildcards, variables);
                        if operator.kind == (Kind::Text { ignore_case: true }) { pattern.lowercase() } else { pattern }
                    };
                    let values = texts.iter().map(pattern).collect();
                    let (shown, key) = (format!("{name} {key}"), key.to_ascii_lowercase());
                    conditions.push(Condition { operator, shown, scope: scope(&key), key, values });
                }
                None => doubts.push(format!("the values of its condition {name} {key} are not texts")),
            }
        }
    }
    (conditions, doubts)
}

/// A scalar or a list of scalars; AWS takes numbers and booleans for their texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => Some(vec![one(other)?]),
    }
}

/// The actions whose requests can have that key, for the keys of KMS that are not in all: `None` means all.
fn scope(key: &str) -> Option<Actions> {
    let of = |names: &[&str]| Some(Actions::named(names));
    match key {
        "kms:grantisforawsresource" => of(&["CreateGrant", "ListGrants", "RevokeGrant"]),
        "kms:grantoperations" | "kms:grantconstrainttype" | "kms:granteeprincipal" | "kms:retiringprincipal" => {
            of(&["CreateGrant"])
        }
        "kms:scheduledeletionpendingwindowindays" => of(&["ScheduleKeyDeletion"]),
        "kms:rotationperiodindays" => of(&["EnableKeyRotation"]),
        "kms:bypasspolicylockoutsafetycheck" => of(&["PutKeyPolicy"]),
        "kms:primaryregion" => of(&["UpdatePrimaryRegion"]),
        "kms:replicaregion" => of(&["ReplicateKey"]),
        "kms:messagetype" | "kms:signingalgorithm" => of(&["Sign", "Verify"]),
        "kms:macalgorithm" => of(&["GenerateMac", "VerifyMac"]),
        "kms:reencryptonsamekey" => of(&["ReEncryptFrom", "ReEncryptTo"]),
        "kms:datakeypairspec" => of(&["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]),
        "kms:expirationmodel" | "kms:validto" => of(&["ImportKeyMaterial"]),
        "kms:wrappingalgorithm" | "kms:wrappingkeyspec" => of(&["GetParametersForImport"]),
        "aws:tagkeys" => of(&["TagResource", "UntagResource", "ReplicateKey"]),
        _ if is_encryption_context(key) => of(&[
            "CreateGrant",
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "ReEncryptFrom",
            "ReEncryptTo",
            "RetireGrant",
        ]),
        _ if key.starts_with("aws:requesttag/") => of(&["TagResource", "ReplicateKey"]),
        _ => None,
    }
}

/// `kms:EncryptionContext:…` and `kms:EncryptionContextKeys`.
pub(crate) fn is_encryption_context(key: &str) -> bool {
    key.starts_with("kms:encryptioncontext:") || key == "kms:encryptioncontextkeys"
}

impl Condition {
    /// Whether it can let through only requests that have the key with one of its values.
    pub fn positive(&self) -> bool {
        !self.operator.negated
            && !self.operator.if_exists
            && self.operator.quantity != Quantity::All
            && self.operator.kind != Kind::Null
    }

    /// Whether it fails only for requests that have the key with one of its values.
    pub fn negative(&self) -> bool {
        self.operator.negated && self.operator.kind != Kind::Null
    }

    /// Whether it holds of a request that has `held` under its key.
    pub fn holds(&self, held: &Held, request: &dyn Request) -> Truth {
        if self.operator.kind == Kind::Null {
            return self.null(held);
        }
        match held {
            Held::Absent => self.of_absent(),
            Held::Free | Held::Unknown => {
                if self.values.is_empty() && self.of_absent() == Truth::NO && !self.operator.negated {
                    return Truth::NO;
                }
                if *held == Held::Free { Truth::FREE } else { Truth::UNKNOWN }
            }
            Held::OneOf(all) => {
                let mut truths = all.iter().map(|one| self.holds(one, request));
                let first = truths.next().unwrap_or(Truth::UNKNOWN);
                if truths.all(|t| t == first) { first } else { request.undecided() }
            }
            Held::Values(values) => self.of_values(values, |p, text| self.fit(p, text), request),
            Held::InOrg(org) => self.of_values(std::slice::from_ref(org), org_fit, request),
            Held::OwnedBy(account) => self.of_values(std::slice::from_ref(account), owner_fit, request),
            Held::SomeBucket { partition } => {
                let fit = |pattern: &Pattern, _: &[Sym]| bucket_fit(pattern, partition);
                self.of_values(&[Vec::new()], fit, request)
            }
        }
    }

    fn null(&self, held: &Held) -> Truth {
        let absent = match held {
            Held::Absent => Truth::YES,
            Held::Free => Truth::FREE,
            Held::Unknown => Truth::UNKNOWN,
            Held::OneOf(all) if all.contains(&Held::Absent) => Truth::UNKNOWN,
            _ => Truth::NO,
        };
        let one = |value: &Pattern| match value.fixed().map(|v| v.to_ascii_lowercase()).as_deref() {
            Some("true") => absent,
            Some("false") => absent.not(),
            _ => Truth::UNKNOWN,
        };
        self.values.iter().map(one).fold(Truth::NO, Truth::or)
    }

    fn of_absent(&self) -> Truth {
        let Operator { if_exists, quantity, negated, .. } = self.operator;
        Truth::of(match quantity {
            _ if if_exists => true,
            Quantity::All => true,
            Quantity::Any => false,
            Quantity::One => negated,
        })
    }

    fn of_values(&self, held: &[Vec<Sym>], fit: impl Fn(&Pattern, &[Sym]) -> Fit, request: &dyn Request) -> Truth {
        if self.values.is_empty() {
            return if self.operator.negated { Truth::UNKNOWN } else { Truth::NO };
        }
        let one = |text: &Vec<Sym>| {
            let truths = self.values.iter().map(|pattern| {
                let fit = if pattern.has_variable() {
                    fit(&pattern.resolved(|name| request.variable(name)), text)
                } else {
                    fit(pattern, text)
                };
                match fit {
                    Fit::Yes => Truth::YES,
                    Fit::No => Truth::NO,
                    Fit::Some | Fit::Variable => request.undecided(),
                }
            });
            let any = truths.fold(Truth::NO, Truth::or);
            if self.operator.negated { any.not() } else { any }
        };
        let each = held.iter().map(one);
        match (self.operator.quantity, self.operator.negated) {
            (Quantity::All, _) | (Quantity::One, true) => each.fold(Truth::YES, Truth::and),
            (Quantity::Any, _) | (Quantity::One, false) => each.fold(Truth::NO, Truth::or),
        }
    }

    fn fit(&self, pattern: &Pattern, text: &[Sym]) -> Fit {
        match self.operator.kind {
            Kind::Text { ignore_case: true } => pattern.fit(&lower(text)),
            Kind::Text { ignore_case: false } => pattern.fit(text),
            Kind::Arn => arn_fit(pattern, text),
            Kind::Bool => pattern.clone().lowercase().fit(&lower(text)),
            Kind::Number(order) => number_fit(order, pattern, text),
            Kind::Null | Kind::Elsewhere => Fit::Some,
        }
    }
}

fn lower(text: &[Sym]) -> Vec<Sym> {
    let one = |sym: &Sym| match sym {
        Sym::Is(c) => c.to_lowercase().map(Sym::Is).collect(),
        Sym::Any => vec![Sym::Any],
    };
    text.iter().flat_map(one).collect()
}

fn all(fits: impl Iterator<Item = Fit>) -> Fit {
    let rank = |fit: &Fit| match fit {
        Fit::No => 0,
        Fit::Some => 1,
        Fit::Variable => 2,
        Fit::Yes => 3,
    };
    fits.min_by_key(rank).unwrap_or(Fit::No)
}

/// ARN operators compare the six fields one by one.
fn arn_fit(pattern: &Pattern, text: &[Sym]) -> Fit {
    if pattern.is_any() {
        return Fit::Yes;
    }
    let wanted = pattern.fields(6);
    let held: Vec<&[Sym]> = text.splitn(6, |s| *s == Sym::Is(':')).collect();
    if wanted.len() == 6 && held.len() == 6 {
        return all(wanted.iter().zip(held).map(|(pattern, text)| pattern.fit(text)));
    }
    if pattern.has_variable() { Fit::Variable } else { Fit::No }
}

fn number_fit(order: Order, pattern: &Pattern, text: &[Sym]) -> Fit {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let held: Option<String> = text.iter().map(|s| if let Sym::Is(c) = s { Some(*c) } else { None }).collect();
    let Some(wanted) = pattern.fixed() else { return Fit::Variable };
    match (held, number(&wanted)) {
        (_, None) => Fit::No,
        (None, Some(_)) => {
            if order == Order::Equal {
                Fit::No
            } else {
                Fit::Some
            }
        }
        (Some(held), Some(wanted)) => match number(&held) {
            None => Fit::No,
            Some(held) => {
                let fits = match order {
                    // Both come from decimal texts: the same text gives the same bits.
                    Order::Equal => held.total_cmp(&wanted).is_eq(),
                    Order::Less => held < wanted,
                    Order::LessEqual => held <= wanted,
                    Order::Greater => held > wanted,
                    Order::GreaterEqual => held >= wanted,
                };
                if fits { Fit::Yes } else { Fit::No }
            }
        },
    }
}

/// `o-…/r-…/ou-…/*` against a place somewhere in an organization.
fn org_fit(pattern: &Pattern, org: &[Sym]) -> Fit {
    if pattern.is_any() {
        return Fit::Yes;
    }
    let (head, rest) = pattern.before_slash();
    match (head.fit(org), rest) {
        (Fit::No, _) => Fit::No,
        (Fit::Variable, _) => Fit::Variable,
        (Fit::Yes, Some(rest)) if rest.is_any() => Fit::Yes,
        // Without a slash only a wildcard can reach over the rest of the path.
        (_, None) if head.fixed().is_some() => Fit::No,
        (Fit::Yes, None) => Fit::Yes,
        (Fit::Yes | Fit::Some, _) => Fit::Some,
    }
}

/// An ARN pattern against something that belongs to an account. An ARN without an account, such as a bucket's, names
/// one thing: whoever owns it, nobody else.
fn owner_fit(pattern: &Pattern, account: &[Sym]) -> Fit {
    if pattern.is_any() {
        return Fit::Yes;
    }
    let fields = pattern.fields(6);
    let (Some(owner), Some(resource)) = (fields.get(4), fields.get(5)) else {
        return if pattern.fixed().is_some() { Fit::No } else { Fit::Some };
    };
    match owner.fit(account) {
        _ if owner.len() == 0 && resource.starts_wild() => Fit::Some,
        _ if owner.len() == 0 => {
            if account.contains(&Sym::Any) {
                Fit::No
            } else {
                Fit::Some
            }
        }
        Fit::Yes | Fit::Some => Fit::Some,
        other => other,
    }
}

/// A pattern against the ARN of a bucket that nobody named: it fits if it fits every bucket.
fn bucket_fit(pattern: &Pattern, partition: &str) -> Fit {
    let bucket = format!("arn:{partition}:s3:::");
    let mut text = Sym::text(&bucket);
    text.extend([Sym::Any; 40]);
    let whole = pattern.fit(&text);
    text.push(Sym::Is('/'));
    text.extend([Sym::Any; 8]);
    if whole == Fit::Yes && pattern.fit(&text) == Fit::Yes { Fit::Yes } else { Fit::Some }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;
    impl Request for Plain {
        fn held(&self, _: &str, _: Side) -> Held {
            Held::Absent
        }
        fn undecided(&self) -> Truth {
            Truth::UNKNOWN
        }
        fn variable(&self, _: &str) -> Option<String> {
            None
        }
    }

    fn truth(operator: &str, value: &Value, held: &Held) -> Truth {
        let element = serde_json::json!({ operator: { "k": value } });
        let (conditions, doubts) = parse(&element, true);
        assert_eq!(doubts, Vec::<String>::new());
        conditions[0].holds(held, &Plain)
    }

    #[test]
    fn an_absent_key_is_what_the_operator_makes_of_it() {
        for (operator, expected) in [
            ("StringEquals", Truth::NO),
            ("StringNotEquals", Truth::YES),
            ("StringEqualsIfExists", Truth::YES),
            ("StringNotEqualsIfExists", Truth::YES),
            ("ForAllValues:StringEquals", Truth::YES),
            ("ForAnyValue:StringEquals", Truth::NO),
            ("ForAnyValue:StringNotEquals", Truth::NO),
            ("ArnNotLike", Truth::YES),
            ("Bool", Truth::NO),
            ("NumericLessThan", Truth::NO),
            ("NotIpAddress", Truth::YES),
        ] {
            assert_eq!(truth(operator, &"1".into(), &Held::Absent), expected, "{operator}");
        }
        assert_eq!(truth("Null", &"true".into(), &Held::Absent), Truth::YES);
        assert_eq!(truth("Null", &false.into(), &Held::text("x")), Truth::YES);
        assert_eq!(truth("null", &false.into(), &Held::Absent), Truth::NO);
    }

    #[test]
    fn equals_takes_a_star_as_a_star() {
        assert_eq!(truth("StringEquals", &"*".into(), &Held::text("111122223333")), Truth::NO);
        assert_eq!(truth("StringLike", &"*".into(), &Held::text("111122223333")), Truth::YES);
        assert_eq!(
            truth("ArnEquals", &"arn:aws:iam::*:role/x".into(), &Held::text("arn:aws:iam::1:role/x")),
            Truth::YES
        );
    }

    #[test]
    fn values_are_alternatives_and_negation_excludes_all() {
        let values = serde_json::json!(["a", "b"]);
        assert_eq!(truth("StringEquals", &values, &Held::text("b")), Truth::YES);
        assert_eq!(truth("StringNotEquals", &values, &Held::text("b")), Truth::NO);
        assert_eq!(truth("StringNotEquals", &values, &Held::text("c")), Truth::YES);
        let none = serde_json::json!([]);
        assert_eq!(truth("StringEquals", &none, &Held::text("b")), Truth::NO);
        assert_eq!(truth("StringEquals", &none, &Held::Free), Truth::NO);
    }

    #[test]
    fn sets_are_asked_value_by_value() {
        let two = Held::Values(vec![Sym::text("a"), Sym::text("b")]);
        assert_eq!(truth("ForAllValues:StringEquals", &"a".into(), &two), Truth::NO);
        assert_eq!(truth("ForAnyValue:StringEquals", &"a".into(), &two), Truth::YES);
        assert_eq!(truth("ForAnyValue:StringNotEquals", &"a".into(), &two), Truth::YES);
        assert_eq!(truth("ForAllValues:StringNotEquals", &"c".into(), &two), Truth::YES);
    }

    #[test]
    fn numbers_and_booleans_are_their_texts() {
        assert_eq!(truth("StringEquals", &111_122_223_333_u64.into(), &Held::text("111122223333")), Truth::YES);
        assert_eq!(truth("Bool", &true.into(), &Held::text("true")), Truth::YES);
        assert_eq!(truth("NumericLessThanEquals", &7.into(), &Held::text("7")), Truth::YES);
    }

    #[test]
    fn an_operator_of_nobody_is_a_doubt() {
        let (_, doubts) = parse(&serde_json::json!({"StringEqual": {"k": "v"}, "ForSome:Bool": {"k": "v"}}), true);
        assert_eq!(doubts.len(), 2);
    }
}
