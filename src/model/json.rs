//! JSON that means one thing: a text with a repeated key is refused.
//!
//! `serde_json` keeps the last of two equal keys without a word, so two readers of one answer, or of one key
//! policy, could see different things. Here such a text is an error, and errors become "not understood".

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// What a text may take in memory beside sixteen times its length. No answer of AWS comes near; `[{"":0},{"":0}, ...]` takes
/// a hundred times its length.
const ALLOWANCE: usize = 64 << 20;

/// What no text may take, however long it is. `tests/hostile/memory.py` comes close.
const MOST: usize = 512 << 20;

/// What the refusal says.
pub const TOO_LARGE: &str = "larger than limit memory: more values than the program keeps";

/// What a value takes, its place in a list or an object included.
const VALUE: usize = 48;
/// What the first entries of an object take, however few they are.
const OBJECT: usize = 640;
/// What each entry takes beyond those.
const ENTRY: usize = 112;
/// How many entries the first ones are.
const FIRST: usize = 6;

/// Reads one JSON text; depth is limited to 127 by `serde_json`.
///
/// # Errors
/// When the text is not JSON, is too deep, repeats a key within one object, or takes far more memory than it has bytes.
pub fn strict(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut unshared = usize::MAX;
    strict_within(text, &mut unshared)
}

/// The same, with a further limit to what the value takes in memory, in bytes, which many texts share; what it took is
/// subtracted.
///
/// # Errors
/// As [`strict`].
pub fn strict_within(text: &[u8], memory: &mut usize) -> Result<Value, serde_json::Error> {
    let own = ALLOWANCE.saturating_add(text.len().saturating_mul(16)).min(MOST).min(*memory);
    let left = Cell::new(own);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Unique(&left).deserialize(&mut reader)?;
    reader.end()?;
    *memory -= own - left.get();
    Ok(value)
}

/// Reads a value, and counts down what is left.
#[derive(Clone, Copy)]
struct Unique<'a>(&'a Cell<usize>);

impl Unique<'_> {
    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.ok_or_else(|| E::custom(TOO_LARGE))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        self.take(VALUE)?;
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value without repeated keys")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }
    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Value, E> {
        self.take(v.len())?;
        Ok(Value::String(v.to_owned()))
    }
    fn visit_string<E: serde::de::Error>(self, v: String) -> Result<Value, E> {
        self.take(v.len())?;
        Ok(Value::String(v))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice")));
            }
            let entry = match fields.len() {
                0 => OBJECT,
                1..FIRST => 0,
                _ => ENTRY,
            };
            self.take(entry + key.len())?;
            let value = map.next_value_seed(self)?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_refused_at_any_depth() {
        assert!(strict(br#"{"a":1,"b":{"c":[{"d":1,"d":2}]}}"#).is_err());
        assert!(strict(br#"{"a":1,"\u0061":2}"#).is_err());
        assert_eq!(
            strict(br#"{"b":1.5,"a":[null,true,"x"]}"#).unwrap().to_string(),
            r#"{"a":[null,true,"x"],"b":1.5}"#
        );
    }

    #[test]
    fn a_text_that_takes_far_more_memory_than_it_has_bytes_is_refused() {
        let bomb = |one: &str, many: usize| format!("[{}{one}]", format!("{one},").repeat(many));
        assert!(strict(bomb("{\"\":0}", 200_000).as_bytes()).unwrap_err().to_string().contains("limit memory"));
        // What people write passes, whatever its size.
        let record = r#"{"ev":"EV-000001","body":{"KeyMetadata":{"Enabled":true,"KeyId":"1043952d"}}}"#;
        assert!(strict(bomb(record, 10_000).as_bytes()).is_ok());
    }

    #[test]
    fn a_limit_counts_what_was_read_before() {
        let text = br#"[0,{"a":"bcd"}]"#;
        let mut left = 10_000;
        strict_within(text, &mut left).unwrap();
        let took = 10_000 - left;
        assert_eq!(took, 4 * VALUE + OBJECT + 4);
        left = 2 * took;
        assert!(strict_within(text, &mut left).is_ok() && strict_within(text, &mut left).is_ok());
        assert!(strict_within(text, &mut left).is_err());
        assert!(strict_within(b"[] []", &mut 1000).is_err());
    }

    #[test]
    fn depth_is_limited() {
        assert!(strict("[".repeat(100_000).as_bytes()).is_err());
    }
}
