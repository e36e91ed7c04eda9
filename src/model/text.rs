//! Text that many hold and nobody changes.
//!
//! An account of ten thousand streams has half a million findings, and they say the same few hundred sentences, cite the
//! same places of answers and name the same subjects. Kept once each, they take a tenth of the memory.

use arcstr::ArcStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;

/// How many texts are remembered, and how long each may be in bytes: what somebody else wrote must not fill the memory.
const REMEMBERED: usize = 1 << 16;
const LONGEST: usize = 1 << 10;

thread_local! {
    /// The texts that this thread made, to find one again.
    static KNOWN: RefCell<HashSet<ArcStr>> = RefCell::default();
}

/// A text that is shared: a copy is a pointer of one word, and the same words made twice are one text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(ArcStr);

impl Text {
    /// The bare text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::from("")
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.len() > LONGEST {
            return Self(ArcStr::from(text));
        }
        KNOWN.with_borrow_mut(|known| {
            if let Some(one) = known.get(text) {
                return Self(ArcStr::clone(one));
            }
            let one = ArcStr::from(text);
            if known.len() < REMEMBERED {
                known.insert(ArcStr::clone(&one));
            }
            Self(one)
        })
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<Text> for str {
    fn eq(&self, other: &Text) -> bool {
        *self == *other.0
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        **self == *other.0
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        **self == *other.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_one_text_in_every_form() {
        let (one, two) = (Text::from("SSE is off"), Text::from(String::from("SSE is off")));
        assert!(ArcStr::ptr_eq(&one.0, &two.0) && one == two && one == "SSE is off");
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(json, "\"SSE is off\"");
        let read: Text = serde_json::from_str(&json).unwrap();
        assert!(ArcStr::ptr_eq(&one.0, &read.0));
        assert_eq!(format!("{one:<12}|{one:?}"), "SSE is off  |\"SSE is off\"");
    }

    #[test]
    fn what_is_too_long_or_too_many_is_not_remembered() {
        let long = "x".repeat(LONGEST + 1);
        assert!(!ArcStr::ptr_eq(&Text::from(long.as_str()).0, &Text::from(long.as_str()).0));
        std::thread::spawn(|| {
            for n in 0..=REMEMBERED {
                assert_eq!(Text::from(n.to_string()), n.to_string());
            }
            let last = REMEMBERED.to_string();
            assert!(!ArcStr::ptr_eq(&Text::from(last.as_str()).0, &Text::from(last.as_str()).0));
            assert_eq!(KNOWN.with_borrow(HashSet::len), REMEMBERED);
        })
        .join()
        .unwrap();
    }
}
