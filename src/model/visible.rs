//! Text from AWS, made safe to look at.
//!
//! Tags, aliases, user agents and policies are other people's text. A terminal escape could repaint the screen, a
//! bidirectional override could turn a word round, a zero-width character could make two names look alike. Each
//! such character is shown as `⟨U+202E⟩`: nothing is hidden and nothing is lost.

use std::borrow::Cow;

/// Whether a character acts on its surroundings, or cannot be seen, instead of being read.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{e0000}'..='\u{e0fff}')
        // The last two of each plane are no characters: XML and some parsers of HTML refuse them.
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The text with every unseen character spelled out.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    // Nearly all text from AWS is plain ASCII, and most of what is written passes here.
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) || !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unseen(c) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// JSON with every unseen character of its strings as an escape of JSON: the same values, and nothing that acts on a
/// terminal.
#[must_use]
pub fn escaped(json: &str) -> Cow<'_, str> {
    if !json.contains(is_unseen) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_unseen(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::{escaped, visible};

    #[test]
    fn json_stays_the_same_value_and_holds_nothing_that_acts() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{7f}\u{9b}\u{e0041}\n\"\\", "日本語 🙂"] });
        let text = value.to_string();
        let shown = escaped(&text);
        assert!(!shown.contains(super::is_unseen), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[test]
    fn what_acts_or_hides_is_spelled_out() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\u{200b}\n"), "a⟨U+001B⟩[31mb⟨U+202E⟩c⟨U+200B⟩⟨U+000A⟩");
        assert_eq!(visible("\u{fffe}\u{1ffff}\u{fffd}"), "⟨U+FFFE⟩⟨U+1FFFF⟩\u{fffd}");
        assert_eq!(visible("日本語 café 🙂 مرحبا"), "日本語 café 🙂 مرحبا");
    }
}
