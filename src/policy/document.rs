//! A key policy, read from its text.
//!
//! Strict where a lenient reader would guess (a key that stands twice, an element of the wrong type), forgiving where
//! AWS is (an object for a list, a scalar for a list of one). A statement that is only partly understood stays, with
//! the widest meaning it could have and a doubt: what it would give, it may give; what it would deny, it may deny.

use super::actions::{Actions, meaning};
use super::condition::{self, Condition};
use super::context::KeyName;
use super::glob::{Fit, Pattern, Sym};
use super::principal::Principal;
use crate::model::json;
use serde_json::{Map, Value};

/// What a statement does, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
    /// Not said, or not in AWS's words.
    Either,
}

/// Whom a statement means.
#[derive(Clone, Debug)]
pub(crate) enum Principals {
    These(Vec<Principal>),
    /// `NotPrincipal`.
    AllBut(Vec<Principal>),
}

/// One statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Its Sid, else `Statement[index]`.
    pub label: String,
    pub effect: Effect,
    pub principals: Principals,
    /// Whether it may name others than `principals` says.
    pub may_name_others: bool,
    pub actions: Actions,
    /// Whether one pattern of `Action` fits everything, or `NotAction` is used.
    pub whole: bool,
    pub conditions: Vec<Condition>,
    /// Why it does nothing.
    pub inert: Option<String>,
    /// Why it is not certain what it does.
    pub doubts: Vec<String>,
}

impl Statement {
    /// Whether it names everyone, or everyone but some.
    pub fn names_everyone(&self) -> bool {
        match &self.principals {
            Principals::These(list) => list.contains(&Principal::Anyone),
            Principals::AllBut(_) => true,
        }
    }

    pub fn listed(&self) -> &[Principal] {
        match &self.principals {
            Principals::These(list) | Principals::AllBut(list) => list,
        }
    }

    pub fn may_allow(&self) -> bool {
        self.inert.is_none() && self.effect != Effect::Deny
    }

    pub fn may_deny(&self) -> bool {
        self.inert.is_none() && self.effect != Effect::Allow
    }

    /// A statement of which nothing is understood.
    pub fn opaque(label: String, why: String) -> Self {
        Self {
            label,
            effect: Effect::Either,
            principals: Principals::These(vec![Principal::Anyone]),
            may_name_others: true,
            actions: Actions::ALL,
            whole: true,
            conditions: Vec::new(),
            inert: None,
            doubts: vec![why],
        }
    }
}

/// A text that is larger than this is not a key policy: `PutKeyPolicy` takes 131,072 characters in the service's model,
/// and 32 KB by its documentation. Room is left for layout, which AWS may not keep.
const MAX_BYTES: usize = 1 << 20;

/// Reads a policy. `origin` stands before the labels of its statements.
///
/// # Errors
/// Why the text is not a policy at all.
pub(crate) fn read(text: &[u8], key: &KeyName, origin: &str) -> Result<Vec<Statement>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("it has {} bytes, and no key policy has more than {MAX_BYTES}", text.len()));
    }
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut document = json::strict(text).map_err(|e| format!("it is not JSON that means one thing: {e}"))?;
    // The answer of GetKeyPolicy, with the policy as a text in it.
    if let Some(Value::String(inner)) = document.get("Policy")
        && document.get("Statement").is_none()
    {
        document = json::strict(inner.as_bytes()).map_err(|e| format!("its Policy is not JSON: {e}"))?;
    }
    let Value::Object(document) = document else { return Err("it is not a JSON object".to_owned()) };
    // Absent means 2008-10-17, in which variables are plain text; another version is refused by AWS.
    let variables = match document.get("Version") {
        None => false,
        Some(Value::String(version)) => match version.as_str() {
            "2012-10-17" => true,
            "2008-10-17" => false,
            other => return Err(format!("its Version {other:?} is not one of AWS's")),
        },
        Some(_) => return Err("its Version is not a text".to_owned()),
    };
    let statements: &[Value] = match document.get("Statement") {
        None => return Err("it has no Statement".to_owned()),
        Some(Value::Array(list)) => list,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(_) => return Err("its Statement is neither an object nor a list".to_owned()),
    };
    let reader = Reader { key, variables };
    Ok(statements.iter().enumerate().map(|(i, s)| reader.statement(s, i, origin)).collect())
}

/// One statement of a policy of IAM: whoever carries the policy is meant, and the resources say which keys.
#[derive(Clone, Debug)]
pub(crate) struct IdentityStatement {
    pub statement: Statement,
    resources: Vec<Pattern>,
    negated: bool,
}

impl IdentityStatement {
    /// Whether it is about the key: `None` for no, else whether that is sure.
    pub fn fits(&self, key: &KeyName) -> Option<bool> {
        if self.statement.inert.is_some() {
            return None;
        }
        let arn = Sym::text(&key.arn);
        let fits: Vec<Fit> = self.resources.iter().map(|p| p.fit(&arn)).collect();
        match (fits.contains(&Fit::Yes), fits.iter().all(|f| *f == Fit::No), self.negated) {
            (true, _, false) | (_, true, true) => Some(true),
            (true, _, true) | (_, true, false) => None,
            _ => Some(false),
        }
    }
}

/// Reads a policy of IAM.
///
/// # Errors
/// Why the text is not a policy at all.
pub(crate) fn read_identity(text: &str) -> Result<Vec<IdentityStatement>, String> {
    let document = json::strict(text.as_bytes()).map_err(|e| e.to_string())?;
    let variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let statements: &[Value] = match document.get("Statement") {
        Some(Value::Array(list)) => list,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err("it has no Statement".to_owned()),
    };
    Ok(statements.iter().enumerate().map(|(i, s)| identity_statement(s, i, variables)).collect())
}

fn identity_statement(value: &Value, index: usize, variables: bool) -> IdentityStatement {
    let numbered = format!("Statement[{index}]");
    let anything = vec![Pattern::wild("*")];
    let Some(fields) = value.as_object() else {
        let statement = Statement::opaque(numbered, "it is not an object".to_owned());
        return IdentityStatement { statement, resources: anything, negated: false };
    };
    let mut s = Statement { doubts: Vec::new(), ..Statement::opaque(labelled(fields, numbered, ""), String::new()) };
    s.may_name_others = false;
    for name in fields.keys().filter(|n| !MEMBERS.contains(&n.as_str()) || n.ends_with("Principal")) {
        s.doubts.push(format!("it has a member {name:?} that a policy of IAM has not"));
    }
    s.effect = effect(fields, &mut s.doubts);
    actions(fields, &mut s);
    let (value, negated) = match element(fields, "Resource", "NotResource") {
        Element::Plain(value) => (Some(value), false),
        Element::Not(value) => (Some(value), true),
        Element::Missing => {
            s.inert.get_or_insert("it has no Resource".to_owned());
            (None, false)
        }
        Element::Both => {
            s.doubts.push("it has both Resource and NotResource".to_owned());
            (None, false)
        }
    };
    let resources = match value.map(texts) {
        Some(Some(patterns)) => patterns.iter().map(|p| Pattern::read(p, true, variables)).collect(),
        Some(None) => {
            s.doubts.push("its resources are not texts".to_owned());
            anything
        }
        None => anything,
    };
    if let Some(element) = fields.get("Condition") {
        let (conditions, doubts) = condition::parse(element, variables);
        s.conditions = conditions;
        s.doubts.extend(doubts);
    }
    IdentityStatement { statement: s, resources, negated }
}

/// The Sid of a statement, else its number.
fn labelled(fields: &Map<String, Value>, numbered: String, origin: &str) -> String {
    match fields.get("Sid") {
        Some(Value::String(sid)) if !sid.is_empty() => format!("{origin}{sid}"),
        _ => numbered,
    }
}

fn effect(fields: &Map<String, Value>, doubts: &mut Vec<String>) -> Effect {
    match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => {
            doubts.push("its Effect is neither Allow nor Deny".to_owned());
            Effect::Either
        }
    }
}

struct Reader<'a> {
    key: &'a KeyName,
    variables: bool,
}

/// An element that is there in one form, in the negated form, or not at all.
enum Element<'a> {
    Plain(&'a Value),
    Not(&'a Value),
    Missing,
    Both,
}

fn element<'a>(statement: &'a Map<String, Value>, plain: &str, not: &str) -> Element<'a> {
    match (statement.get(plain), statement.get(not)) {
        (Some(value), None) => Element::Plain(value),
        (None, Some(value)) => Element::Not(value),
        (None, None) => Element::Missing,
        (Some(_), Some(_)) => Element::Both,
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|i| i.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

const MEMBERS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl Reader<'_> {
    fn statement(&self, value: &Value, index: usize, origin: &str) -> Statement {
        let numbered = format!("{origin}Statement[{index}]");
        let Some(fields) = value.as_object() else {
            return Statement::opaque(numbered, "it is not an object".to_owned());
        };
        let label = labelled(fields, numbered, origin);
        let mut s = Statement { doubts: Vec::new(), ..Statement::opaque(label, String::new()) };
        for name in fields.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            s.doubts.push(format!("it has a member {name:?} that AWS does not know"));
        }
        s.effect = effect(fields, &mut s.doubts);
        self.principals(fields, &mut s);
        actions(fields, &mut s);
        self.resources(fields, &mut s);
        if let Some(element) = fields.get("Condition") {
            let (conditions, doubts) = condition::parse(element, self.variables);
            s.conditions = conditions;
            s.doubts.extend(doubts);
        }
        s
    }

    fn principals(&self, fields: &Map<String, Value>, s: &mut Statement) {
        s.may_name_others = false;
        s.principals = match element(fields, "Principal", "NotPrincipal") {
            Element::Plain(value) => Principals::These(self.names(value, s)),
            Element::Not(value) => Principals::AllBut(self.names(value, s)),
            Element::Missing => {
                s.inert = Some("it names no principal".to_owned());
                Principals::These(Vec::new())
            }
            Element::Both => {
                s.doubts.push("it has both Principal and NotPrincipal".to_owned());
                s.may_name_others = true;
                Principals::These(vec![Principal::Anyone])
            }
        };
        if matches!(&s.principals, Principals::These(list) if list.is_empty()) && s.inert.is_none() {
            s.inert = Some("its list of principals is empty".to_owned());
        }
    }

    fn names(&self, value: &Value, s: &mut Statement) -> Vec<Principal> {
        let Some(kinds) = value.as_object() else {
            // Only "*" may stand here without a kind.
            if let Some(names) = texts(value) {
                return names.iter().map(|name| self.bare(name)).collect();
            }
            s.doubts.push("its principals are not texts".to_owned());
            s.may_name_others = true;
            return vec![Principal::Anyone];
        };
        let mut list = Vec::new();
        for (kind, names) in kinds {
            let Some(names) = texts(names) else {
                s.doubts.push(format!("its principals of kind {kind:?} are not texts"));
                s.may_name_others = true;
                list.push(Principal::Anyone);
                continue;
            };
            list.extend(names.into_iter().map(|name| match kind.as_str() {
                "AWS" => Principal::of_aws(&name, self.key),
                "Service" => Principal::Service(name),
                "Federated" => Principal::Federated(name),
                "CanonicalUser" => Principal::Canonical(name),
                _ => Principal::Refused { text: name, why: "AWS knows no such kind of principal" },
            }));
        }
        list
    }

    fn bare(&self, name: &str) -> Principal {
        match Principal::of_aws(name, self.key) {
            Principal::Anyone => Principal::Anyone,
            _ => Principal::Refused { text: name.to_owned(), why: "only * may stand without the kind of principal" },
        }
    }

    fn resources(&self, fields: &Map<String, Value>, s: &mut Statement) {
        let (value, negated) = match element(fields, "Resource", "NotResource") {
            Element::Plain(value) => (value, false),
            Element::Not(value) => (value, true),
            Element::Missing => {
                s.inert.get_or_insert("it has no Resource, and such a statement has no effect".to_owned());
                return;
            }
            Element::Both => {
                s.doubts.push("it has both Resource and NotResource".to_owned());
                return;
            }
        };
        let Some(patterns) = texts(value) else {
            s.doubts.push("its resources are not texts".to_owned());
            return;
        };
        let key = Sym::text(&self.key.arn);
        let fits: Vec<Fit> = patterns.iter().map(|p| Pattern::read(p, true, self.variables).fit(&key)).collect();
        let fits_key = fits.contains(&Fit::Yes);
        if !fits_key && fits.contains(&Fit::Variable) {
            s.doubts.push("a policy variable decides whether it applies to this key".to_owned());
        } else if fits_key == negated {
            let why = if negated { "its NotResource is this key" } else { "its Resource is not this key" };
            s.inert.get_or_insert(why.to_owned());
        }
    }
}

fn actions(fields: &Map<String, Value>, s: &mut Statement) {
    let (value, negated) = match element(fields, "Action", "NotAction") {
        Element::Plain(value) => (value, false),
        Element::Not(value) => (value, true),
        Element::Missing => {
            s.inert.get_or_insert("it names no action".to_owned());
            return;
        }
        Element::Both => {
            s.doubts.push("it has both Action and NotAction".to_owned());
            return;
        }
    };
    let Some(patterns) = texts(value) else {
        s.doubts.push("its actions are not texts".to_owned());
        return;
    };
    let meant = meaning(&patterns);
    (s.actions, s.whole) =
        if negated { (Actions::ALL.without(meant.actions), true) } else { (meant.actions, meant.whole) };
    if s.actions.is_empty() {
        s.inert.get_or_insert("it names no action of KMS on a key".to_owned());
    }
}
