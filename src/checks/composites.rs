//! Who hears of an alarm: by its own actions, or by a composite alarm that goes off when it does.
//!
//! The rule of a composite alarm is evaluated with what is known: that the one alarm is in alarm. What depends on other
//! alarms is open.

use super::noticed::{Heard, heard};
use super::patterns::Fits;
use crate::model::hops::{Alarm, CompositeAlarm};
use crate::model::snapshot::Place;

/// Somebody hears of an alarm, and by which of them.
pub(super) struct Told {
    /// The alarm itself, or the composite alarm on it, as reasons call it.
    pub by: String,
    pub heard: Heard,
}

/// Who hears when this alarm goes off. The best known way decides.
pub(super) fn told(place: &Place, alarm: &Alarm) -> Told {
    let own = format!("alarm {}", alarm.name);
    let mut best = if !alarm.actions_enabled || alarm.actions.is_empty() {
        Told { by: own, heard: Heard::Nobody("it does nothing when it goes off".to_owned()) }
    } else {
        Told { by: own, heard: heard(place, &alarm.actions) }
    };
    if matches!(best.heard, Heard::By(_)) {
        return best;
    }
    let composites = match &place.hops.composites {
        Ok(composites) => &composites.value,
        Err(gap) => {
            if matches!(best.heard, Heard::Nobody(_)) {
                best.heard = Heard::Perhaps(format!("a composite alarm may act for it: {}", gap.sentence()));
            }
            return best;
        }
    };
    for composite in composites.iter().filter(|c| c.actions_enabled && !c.actions.is_empty()) {
        let goes = goes_off(composite, &alarm.name, composites);
        if goes == Fits::No {
            continue;
        }
        let by = format!("composite alarm {} on alarm {}", composite.name, alarm.name);
        let open = match (goes, &composite.suppressor) {
            (Fits::Yes, None) => None,
            (Fits::Yes, Some(other)) => Some(format!("alarm {other} may keep its actions back")),
            _ => Some("its rule depends on more than this alarm".to_owned()),
        };
        match (heard(place, &composite.actions), open) {
            (Heard::By(at), None) => return Told { by, heard: Heard::By(at) },
            (Heard::By(_), Some(why)) | (Heard::Perhaps(why), _) => {
                if matches!(best.heard, Heard::Nobody(_)) {
                    best = Told { by, heard: Heard::Perhaps(why) };
                }
            }
            (Heard::Nobody(_), _) => {}
        }
    }
    best
}

/// Whether a composite alarm goes off whenever the alarm of that name does; one that does not depend on it does not.
fn goes_off(composite: &CompositeAlarm, alarm: &str, all: &[CompositeAlarm]) -> Fits {
    follow(composite, alarm, all, &mut Path { within: Vec::new(), left: MOST })
}

/// More rules than any set of alarms has that people made: what names each other without end is open.
const MOST: u32 = 1_000;

/// The composite alarms that led here.
struct Path<'a> {
    within: Vec<&'a str>,
    left: u32,
}

fn follow<'a>(composite: &'a CompositeAlarm, alarm: &str, all: &'a [CompositeAlarm], path: &mut Path<'a>) -> Fits {
    if path.within.contains(&composite.name.as_str()) || path.left == 0 {
        return Fits::Perhaps;
    }
    path.left -= 1;
    let Some(rule) = parse(&composite.rule) else {
        // Not understood: as far as its text goes it may depend on anything that it names.
        let mut others = all.iter().map(|c| c.name.as_str()).filter(|other| *other != composite.name);
        let depends = composite.rule.contains(alarm) || others.any(|other| composite.rule.contains(other));
        return if depends { Fits::Perhaps } else { Fits::No };
    };
    path.within.push(&composite.name);
    let depends = std::cell::Cell::new(false);
    let found = rule.eval(&mut |state, name| {
        let is = if named(name, alarm) {
            depends.set(true);
            Fits::Yes
        } else {
            let other = all.iter().find(|c| named(name, &c.name));
            let is = other.map_or(Fits::No, |c| follow(c, alarm, all, path));
            if is == Fits::No {
                // It does not hang on the alarm, so nothing is known of it.
                return Fits::Perhaps;
            }
            depends.set(true);
            is
        };
        match state {
            State::Alarm => is,
            State::Other => is.not(),
        }
    });
    path.within.pop();
    if depends.get() { found } else { Fits::No }
}

/// A rule names alarms by name or by ARN.
fn named(given: &str, name: &str) -> bool {
    given == name || given.split_once(":alarm:").is_some_and(|(arn, of)| arn.starts_with("arn:") && of == name)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Alarm,
    /// `OK` and `INSUFFICIENT_DATA`.
    Other,
}

#[derive(Debug)]
enum Rule {
    Const(bool),
    In(State, String),
    Not(Box<Rule>),
    And(Vec<Rule>),
    Or(Vec<Rule>),
}

impl Rule {
    fn eval(&self, of: &mut dyn FnMut(State, &str) -> Fits) -> Fits {
        match self {
            Self::Const(true) => Fits::Yes,
            Self::Const(false) => Fits::No,
            Self::In(state, name) => of(*state, name),
            Self::Not(rule) => rule.eval(of).not(),
            // Every part is looked at: each may name the alarm.
            Self::And(rules) => rules.iter().fold(Fits::Yes, |all, r| all.min(r.eval(of))),
            Self::Or(rules) => rules.iter().fold(Fits::No, |any, r| any.max(r.eval(of))),
        }
    }
}

/// How deep parentheses may go.
const DEEPEST: usize = 32;

/// `ALARM(a) AND (OK("b c") OR NOT INSUFFICIENT_DATA(d))`; none where it is something else, such as `AT_LEAST`. AND and OR side
/// by side are not understood: which of them binds first is not documented.
fn parse(text: &str) -> Option<Rule> {
    let mut rest = text;
    let rule = any(&mut rest, 0)?;
    rest.trim_start().is_empty().then_some(rule)
}

fn word<'t>(rest: &mut &'t str, wanted: &'t str) -> bool {
    let text = rest.trim_start();
    let Some(after) = text.strip_prefix(wanted) else { return false };
    if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && wanted != "(" && wanted != ")" {
        return false;
    }
    *rest = after;
    true
}

fn any(rest: &mut &str, depth: usize) -> Option<Rule> {
    let first = one(rest, depth)?;
    let (join, make): (&str, fn(Vec<Rule>) -> Rule) = if word(rest, "AND") {
        ("AND", Rule::And)
    } else if word(rest, "OR") {
        ("OR", Rule::Or)
    } else {
        return Some(first);
    };
    let mut all = vec![first, one(rest, depth)?];
    while word(rest, join) {
        all.push(one(rest, depth)?);
    }
    Some(make(all))
}

fn one(rest: &mut &str, depth: usize) -> Option<Rule> {
    if depth > DEEPEST {
        return None;
    }
    if word(rest, "NOT") {
        return Some(Rule::Not(Box::new(one(rest, depth + 1)?)));
    }
    if word(rest, "(") {
        let rule = any(rest, depth + 1)?;
        return word(rest, ")").then_some(rule);
    }
    if word(rest, "TRUE") {
        return Some(Rule::Const(true));
    }
    if word(rest, "FALSE") {
        return Some(Rule::Const(false));
    }
    let states = [("ALARM", State::Alarm), ("OK", State::Other), ("INSUFFICIENT_DATA", State::Other)];
    let (_, state) = states.into_iter().find(|(name, _)| word(rest, name))?;
    if !word(rest, "(") {
        return None;
    }
    let text = rest.trim_start();
    let (name, after) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => (text.get(..text.find(')')?)?.trim_end(), text.get(text.find(')')?..)?),
    };
    *rest = after;
    (word(rest, ")") && !name.is_empty()).then(|| Rule::In(state, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composite(name: &str, rule: &str) -> CompositeAlarm {
        CompositeAlarm {
            name: name.to_owned(),
            rule: rule.to_owned(),
            actions_enabled: true,
            actions: Vec::new(),
            suppressor: None,
        }
    }

    fn off(rule: &str) -> Fits {
        let others = [composite("both", "ALARM(a) AND ALARM(b)"), composite("either", "ALARM(a) OR ALARM(b)")];
        goes_off(&composite("c", rule), "a", &others)
    }

    #[test]
    fn a_rule_is_decided_by_the_one_alarm_or_open() {
        for rule in [
            "ALARM(a)",
            "ALARM(\"a\") OR ALARM(b)",
            "ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a)",
            "NOT OK(a)",
            "(ALARM(a) OR ALARM(b)) AND TRUE",
            "NOT (OK(a) AND ALARM(b))",
            "ALARM(either)",
        ] {
            assert_eq!(off(rule), Fits::Yes, "{rule}");
        }
        for rule in [
            "ALARM(a) AND ALARM(b)",
            "ALARM(a) AND NOT ALARM(\"b (c)\")",
            "ALARM(both)",
            "AT_LEAST(1, ALARM, (a, b))",
            "ALARM(a) AND ALARM(b) OR ALARM(d)",
            "ALARM(a",
        ] {
            assert_eq!(off(rule), Fits::Perhaps, "{rule}");
        }
        for rule in ["ALARM(b)", "OK(a)", "ALARM(a) AND FALSE", "TRUE", "ALARM(aa)", "INSUFFICIENT_DATA(a)"] {
            assert_eq!(off(rule), Fits::No, "{rule}");
        }
    }

    #[test]
    fn alarms_that_name_each_other_come_to_an_end() {
        let round = [composite("x", "ALARM(y) OR ALARM(a)"), composite("y", "ALARM(x)")];
        assert_eq!(goes_off(&round[0], "a", &round), Fits::Yes);
        assert_eq!(goes_off(&round[1], "a", &round), Fits::Yes);
        let round = [composite("x", "ALARM(y)"), composite("y", "ALARM(x)")];
        assert_ne!(goes_off(&round[0], "a", &round), Fits::Yes);
    }

    #[test]
    fn many_that_all_name_each_other_are_open_and_soon() {
        let names = (0..60).map(|n| format!("ALARM(n{n})")).collect::<Vec<_>>().join(" OR ");
        let all: Vec<CompositeAlarm> = (0..60).map(|n| composite(&format!("n{n}"), &names)).collect();
        assert_eq!(goes_off(&all[0], "a", &all), Fits::Perhaps);
    }

    #[test]
    fn depth_has_an_end() {
        assert!(parse(&format!("{}ALARM(a){}", "(".repeat(20), ")".repeat(20))).is_some());
        assert!(parse(&format!("{}ALARM(a){}", "(".repeat(5_000), ")".repeat(5_000))).is_none());
        assert!(parse(&"NOT ".repeat(5_000)).is_none());
    }
}
