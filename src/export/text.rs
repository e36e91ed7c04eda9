//! Text in the data types of OSCAL. Its prose is Markdown, so what AWS or a user wrote is escaped there; its
//! strings may not begin or end with white space, and its tokens know letters, digits and `.-_` only.

use crate::model::visible::visible;
use crate::model::{Time, time};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// The namespace of our own names.
pub const NS: &str = "urn:keywitness:oscal:v1";

/// The version of OSCAL that is written.
pub const OSCAL: &str = "1.2.1";

/// A string of one line; `-` where there is nothing to say.
pub fn string(text: &str) -> String {
    let text = visible(text);
    let text = text.trim();
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// One line of Markdown that shows the text as it is.
pub fn line(text: &str) -> String {
    escape(&string(text))
}

/// Markdown that shows the text as it is, line by line.
pub fn prose(text: &str) -> String {
    text.trim_end()
        .split('\n')
        .map(|l| if l.trim().is_empty() { String::new() } else { line(l) })
        .collect::<Vec<_>>()
        .join("\n")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let acts =
            matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '{' | '}' | '~' | '^' | '$' | '|' | '&' | '#');
        // Only at the beginning do these make a list.
        if acts || at == 0 && matches!(c, '-' | '+') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// An id as a token: brackets become dots, what no token may hold becomes `_`. The id itself stands in a `label`.
pub fn token(id: &str) -> String {
    let mut token = String::with_capacity(id.len());
    for c in id.chars() {
        match c {
            '(' | '[' => token.push('.'),
            ')' | ']' => {}
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') => token.push(c),
            _ => token.push('_'),
        }
    }
    token
}

/// A time with its zone.
pub fn at(when: Time) -> String {
    time::seconds(when)
}

/// A property of OSCAL's own.
pub fn prop(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": string(value) })
}

/// A property in our namespace.
pub fn own(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NS, "value": string(value) })
}

/// An array whose elements are made while they are written.
pub struct Each<F>(pub F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: IntoIterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_tokens() {
        assert_eq!(token("164.312(a)(2)(iv)"), "164.312.a.2.iv");
        assert_eq!(token("3.7.4"), "3.7.4");
        assert_eq!(token("CC6.1 a/b"), "CC6.1_a_b");
    }

    #[test]
    fn text_cannot_act_as_markdown_or_break_a_line() {
        assert_eq!(
            line("- <b>[x](javascript:1)</b> {{ insert: param, p }}\n"),
            "\\- \\<b\\>\\[x\\](javascript:1)\\</b\\> \\{\\{ insert: param, p \\}\\}⟨U+000A⟩"
        );
        assert_eq!(prose("one\n\n# two\n"), "one\n\n\\# two");
        assert_eq!(string(" \u{a0}"), "-");
    }
}
