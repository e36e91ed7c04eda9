//! The answer of a call, kept as text.
//!
//! A parsed answer takes five times the memory of its text, and a run of an organization has a hundred thousand of
//! them. So a record keeps the text, in the one form in which it is written down, and whoever reads an answer parses it
//! and lets go of what it parsed.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;

/// An answer as JSON, with sorted keys and without spaces; `null` where there is none.
#[derive(Clone, Default)]
pub struct Body(Option<Box<RawValue>>);

impl Body {
    /// Whether there is no answer.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.as_ref().map_or("null", |raw| raw.get())
    }

    /// The answer, parsed anew each time.
    ///
    /// Every text here was written from a value, so it can be read; one that is nested deeper than the program reads
    /// (no answer that it accepts is) counts as none, and what is looked for in it is missing.
    #[must_use]
    pub fn value(&self) -> Value {
        self.0.as_ref().map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap_or_default())
    }
}

impl From<&Value> for Body {
    fn from(value: &Value) -> Self {
        Self(if value.is_null() { None } else { to_raw_value(value).ok() })
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    #[test]
    fn the_text_is_what_the_value_is_written_as_and_is_read_as_the_same_value() {
        let texts = [
            "null",
            "false",
            "\"\"",
            "[]",
            r#"{"b":1.0,"a":[null,true,"x\n\u0001é🔑\u2028"],"A":{}}"#,
            r#"{"n":[0,-0.0,-1,18446744073709551615,18446744073709551616,-9223372036854775808,1517327059.013,1e300,5e-324]}"#,
        ];
        for text in texts {
            let value = json::strict(text.as_bytes()).unwrap();
            let body = Body::from(&value);
            assert_eq!(body.text(), value.to_string());
            assert_eq!(body.value(), value);
            assert_eq!(serde_json::to_string(&body).unwrap(), serde_json::to_string(&value).unwrap());
            assert_eq!(serde_json::to_value(&body).unwrap(), value);
            assert_eq!(serde_json::from_value::<Body>(value.clone()).unwrap(), body);
            assert_eq!(serde_json::from_str::<Body>(text).unwrap(), body);
            assert_eq!(body.is_null(), value.is_null());
        }
    }

    #[test]
    fn a_record_without_the_field_of_its_answer_is_none() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/empty-account");
        let (_, records) = crate::store::read(&folder).unwrap();
        let mut line = serde_json::to_value(&records[0]).unwrap();
        assert!(super::super::Record::read(line.clone()).is_ok());
        line.as_object_mut().unwrap().remove("body");
        let refused = super::super::Record::read(line).unwrap_err();
        assert!(refused.to_string().contains("missing field `body`"), "{refused}");
    }

    #[test]
    fn the_deepest_answer_that_is_read_is_read_again() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let value = json::strict(nested(127).as_bytes()).unwrap();
        assert_eq!(Body::from(&value).value(), value);
        assert!(json::strict(nested(128).as_bytes()).is_err());
        let deeper = Body::from(Value::Array(vec![value]));
        assert!(!deeper.is_null() && deeper.value().is_null());
    }
}
