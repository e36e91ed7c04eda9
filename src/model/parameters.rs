//! What a call asked, kept small.
//!
//! Most calls ask with one name or two, and a hundred thousand maps for them take more memory than the answers. What is
//! no plain text, such as five hundred queries for metrics, is kept as JSON text, as an answer is.

use super::body::Body;
use super::text::Text;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// The parameters of a call, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Box<[(Text, Given)]>);

#[derive(Clone, Debug, PartialEq)]
enum Given {
    Text(Box<str>),
    Other(Body),
}

impl Given {
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(&**text),
            Self::Other(body) => body.value(),
        }
    }
}

impl Parameters {
    fn given(&self, name: &str) -> Option<&Given> {
        self.0.iter().find(|(known, _)| *known == *name).map(|(_, given)| given)
    }

    /// One that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.given(name)? {
            Given::Text(text) => Some(text),
            Given::Other(_) => None,
        }
    }

    /// One, whatever it is.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        self.given(name).map(Given::value)
    }

    /// All of them, as they are sent.
    #[must_use]
    pub fn map(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, given)| (name.to_string(), given.value())).collect()
    }

    /// The others than these.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }
}

impl From<Map<String, Value>> for Parameters {
    fn from(map: Map<String, Value>) -> Self {
        let given = |value| match value {
            Value::String(text) => Given::Text(text.into()),
            other => Given::Other(other.into()),
        };
        Self(map.into_iter().map(|(name, value)| (name.into(), given(value))).collect())
    }
}

impl From<Value> for Parameters {
    /// A call that asks with nothing has no parameters.
    fn from(value: Value) -> Self {
        if let Value::Object(map) = value { map.into() } else { Self::default() }
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, given) in &self.0 {
            match given {
                Given::Text(text) => map.serialize_entry(name, text)?,
                Given::Other(body) => map.serialize_entry(name, body)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

/// As JSON, in the order of the names.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_written_as_the_map_that_they_are() {
        let value =
            json!({ "NextToken": "x\"\n", "Limit": 50, "Ids": ["b", {"z": null, "a": 1.5}], "Deep": {}, "None": null });
        let parameters = Parameters::from(value.clone());
        assert_eq!(parameters.to_string(), value.to_string());
        assert_eq!(serde_json::to_value(&parameters).unwrap(), value);
        assert_eq!(serde_json::from_value::<Parameters>(value.clone()).unwrap(), parameters);
        assert_eq!(Value::Object(parameters.map()), value);
        assert_eq!((parameters.text("NextToken"), parameters.text("Limit")), (Some("x\"\n"), None));
        assert_eq!((parameters.value("Limit"), parameters.value("Limits")), (Some(json!(50)), None));
        let rest = parameters.without(&["Ids", "NextToken", "Deep"]);
        assert_eq!(rest.to_string(), r#"{"Limit":50,"None":null}"#);
        assert_eq!(Parameters::from(Value::Null).to_string(), "{}");
        assert!(serde_json::from_value::<Parameters>(json!(["a"])).is_err());
    }
}
