//! Whether the pattern of a rule, or of a metric filter, matches an event of which some members are known.
//!
//! Three-valued: what depends on a member that is not known here is neither a match nor none.

use serde_json::{Value, json};

/// Whether a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fits {
    No,
    Perhaps,
    Yes,
}

impl Fits {
    fn of(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }
}

/// An event of CloudTrail as `EventBridge` delivers it, as far as it is the same for every call of that name.
pub(super) fn sample(account: &str, region: &str, service: &str, name: &str) -> Value {
    json!({
        "source": format!("aws.{service}"),
        "detail-type": "AWS API Call via CloudTrail",
        "account": account,
        "region": region,
        "detail": record(account, region, service, name),
    })
}

/// The same event as CloudTrail writes it to a log group.
pub(super) fn record(account: &str, region: &str, service: &str, name: &str) -> Value {
    json!({
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": region,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "readOnly": false,
        "managementEvent": true,
        "recipientAccountId": account,
    })
}

/// Whether the pattern of an `EventBridge` rule matches.
pub(super) fn event_pattern(pattern: &str, event: &Value) -> Fits {
    match serde_json::from_str::<Value>(pattern) {
        Ok(pattern) => matches(&pattern, Some(event)),
        Err(_) => Fits::Perhaps,
    }
}

/// A member that the event lacks here may be in the real one.
fn matches(pattern: &Value, event: Option<&Value>) -> Fits {
    let Some(members) = pattern.as_object() else { return Fits::Perhaps };
    let one = |(name, wanted): (&String, &Value)| {
        if name == "$or" {
            let ways = wanted.as_array().map(|ways| ways.iter().map(|w| matches(w, event)).max());
            return ways.flatten().unwrap_or(Fits::Perhaps);
        }
        match (wanted, event.and_then(|e| e.get(name))) {
            (Value::Object(_), inner) => matches(wanted, inner),
            (Value::Array(ways), Some(held)) => ways.iter().map(|way| value(way, held)).max().unwrap_or(Fits::No),
            _ => Fits::Perhaps,
        }
    };
    members.iter().map(one).min().unwrap_or(Fits::Yes)
}

/// One way in which a pattern describes a value.
fn value(way: &Value, held: &Value) -> Fits {
    let Some(operators) = way.as_object() else { return Fits::of(way == held) };
    let text = held.as_str();
    let one = |(operator, wanted): (&String, &Value)| {
        let by = |test: &dyn Fn(&str, &str) -> bool| match (text, wanted) {
            (Some(text), Value::String(wanted)) => Fits::of(test(text, wanted)),
            _ => Fits::Perhaps,
        };
        match operator.as_str() {
            "prefix" => by(&|text, wanted| text.starts_with(wanted)),
            "suffix" => by(&|text, wanted| text.ends_with(wanted)),
            "equals-ignore-case" => by(&|text, wanted| text.eq_ignore_ascii_case(wanted)),
            "wildcard" => by(&|text, wanted| crate::model::settings::glob(wanted, text)),
            "exists" => wanted.as_bool().map_or(Fits::Perhaps, Fits::of),
            "anything-but" => match wanted {
                Value::Array(list) => list.iter().map(|w| value(w, held)).max().unwrap_or(Fits::No).not(),
                other => value(other, held).not(),
            },
            _ => Fits::Perhaps,
        }
    };
    operators.iter().map(one).min().unwrap_or(Fits::Perhaps)
}

/// Whether the pattern of a metric filter matches. Patterns in braces are about members; others are terms, all of
/// which must stand somewhere in the event.
pub(super) fn filter_pattern(pattern: &str, event: &Value) -> Fits {
    let text = pattern.trim();
    if text.is_empty() {
        return Fits::Yes;
    }
    if let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        let tokens = tokens(inner);
        let mut reader = Reader { tokens: &tokens, event, depth: 0 };
        let found = reader.either();
        return match (found, reader.tokens) {
            (Some(fits), []) => fits,
            _ => Fits::Perhaps,
        };
    }
    if text.contains(['[', '?', '-', '%', '*']) {
        return Fits::Perhaps;
    }
    // Terms: sure when each is the whole value of a known member.
    let held: Vec<&str> = event.as_object().into_iter().flatten().filter_map(|(_, v)| v.as_str()).collect();
    let term = |term: &str| held.contains(&term.trim_matches('"'));
    if text.split_whitespace().all(term) { Fits::Yes } else { Fits::Perhaps }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Equal,
    Differs,
    /// A word, without its quotes.
    Word(String),
    /// Anything else that acts.
    Strange,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '&' if rest.starts_with("&&") => (Token::And, 2),
            '|' if rest.starts_with("||") => (Token::Or, 2),
            '!' if rest.starts_with("!=") => (Token::Differs, 2),
            '=' => (Token::Equal, 1),
            '"' => match rest[1..].find('"') {
                Some(end) => (Token::Word(rest[1..=end].to_owned()), end + 2),
                None => (Token::Strange, rest.len()),
            },
            '<' | '>' | '&' | '|' | '!' => (Token::Strange, 1),
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()&|!=<>\"".contains(c)).unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    found
}

/// Reads an expression from the front of what is left.
struct Reader<'a> {
    tokens: &'a [Token],
    event: &'a Value,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, wanted: &Token) -> bool {
        match self.tokens.split_first() {
            Some((first, rest)) if first == wanted => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn either(&mut self) -> Option<Fits> {
        let mut fits = self.all()?;
        while self.take(&Token::Or) {
            fits = fits.max(self.all()?);
        }
        Some(fits)
    }

    fn all(&mut self) -> Option<Fits> {
        let mut fits = self.one()?;
        while self.take(&Token::And) {
            fits = fits.min(self.one()?);
        }
        Some(fits)
    }

    fn one(&mut self) -> Option<Fits> {
        if self.take(&Token::Open) {
            // Text of a user's: as deep as people write, and no deeper.
            self.depth += 1;
            if self.depth > 40 {
                return None;
            }
            let inner = self.either()?;
            return self.take(&Token::Close).then_some(inner);
        }
        let (Token::Word(path), rest) = self.tokens.split_first()? else { return None };
        let (operator, rest) = rest.split_first()?;
        let (Token::Word(wanted), rest) = rest.split_first()? else { return None };
        self.tokens = rest;
        let name = path.strip_prefix("$.")?;
        let held = self.event.get(name).and_then(Value::as_str);
        let equal = held.map_or(Fits::Perhaps, |held| Fits::of(crate::model::settings::glob(wanted, held)));
        match operator {
            Token::Equal => Some(equal),
            Token::Differs => Some(equal.not()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disable() -> Value {
        sample("111122223333", "eu-west-1", "kms", "DisableKey")
    }

    #[test]
    fn a_rule_matches_by_its_members() {
        let of = |pattern: &str| event_pattern(pattern, &disable());
        assert_eq!(of(r#"{"source":["aws.kms"]}"#), Fits::Yes);
        assert_eq!(
            of(r#"{"source":["aws.kms"],"detail":{"eventName":["DisableKey","ScheduleKeyDeletion"]}}"#),
            Fits::Yes
        );
        assert_eq!(of(r#"{"source":["aws.kms"],"detail":{"eventName":["ScheduleKeyDeletion"]}}"#), Fits::No);
        assert_eq!(of(r#"{"source":["aws.ec2"]}"#), Fits::No);
        assert_eq!(of(r#"{"detail":{"eventName":[{"prefix":"Disable"}]}}"#), Fits::Yes);
        assert_eq!(of(r#"{"detail":{"eventName":[{"anything-but":["DisableKey"]}]}}"#), Fits::No);
        assert_eq!(of(r#"{"detail":{"eventName":[{"anything-but":{"prefix":"Put"}}]}}"#), Fits::Yes);
        assert_eq!(of(r#"{"$or":[{"source":["aws.s3"]},{"source":["aws.kms"]}]}"#), Fits::Yes);
        assert_eq!(of(r#"{"detail":{"requestParameters":{"keyId":["x"]}}}"#), Fits::Perhaps);
        assert_eq!(of(r#"{"source":["aws.s3"],"detail":{"requestParameters":{"keyId":["x"]}}}"#), Fits::No);
        assert_eq!(of("{"), Fits::Perhaps);
    }

    #[test]
    fn a_filter_is_read_as_an_expression() {
        let event = record("111122223333", "eu-west-1", "kms", "DisableKey");
        let of = |pattern: &str| filter_pattern(pattern, &event);
        let cis =
            "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }";
        assert_eq!(of(cis), Fits::Yes);
        assert_eq!(of("{ $.eventName = \"ScheduleKeyDeletion\" }"), Fits::No);
        assert_eq!(of("{ $.eventName = \"Disable*\" }"), Fits::Yes);
        assert_eq!(of("{ $.eventName != DisableKey }"), Fits::No);
        assert_eq!(of("{ ($.eventName = DisableKey) && ($.errorCode NOT EXISTS) }"), Fits::Perhaps);
        assert_eq!(of("{ $.userIdentity.type = Root && $.eventName = DisableKey }"), Fits::Perhaps);
        assert_eq!(of("{ $.userIdentity.type = Root && $.eventName = Other }"), Fits::No);
        assert_eq!(of("DisableKey"), Fits::Yes);
        assert_eq!(of("\"AccessDenied\""), Fits::Perhaps);
        assert_eq!(of(""), Fits::Yes);
        assert_eq!(of("{ $.a = 1"), Fits::Perhaps);
        assert_eq!(of(&format!("{{{}", "(".repeat(100_000))), Fits::Perhaps);
        assert_eq!(of(&format!("{{{}}}", "(".repeat(100_000))), Fits::Perhaps);
    }
}
