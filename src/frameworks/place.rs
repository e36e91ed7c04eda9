//! Where each value of a YAML text stands, so that a mistake found after reading can still name line and column.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// One value of the text, and its place.
#[derive(Debug)]
pub(super) struct Node {
    line: u64,
    column: u64,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Map(BTreeMap<String, Node>),
    List(Vec<Node>),
    Scalar,
}

/// One step on the way to a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Node {
    /// The place of the value at the end of the way; of the last one that exists, where the way ends early.
    pub(super) fn find(&self, way: &[Step<'_>]) -> (u64, u64) {
        let next = match (way.first(), &self.inner) {
            (Some(Step::Key(key)), Inner::Map(map)) => map.get(*key),
            (Some(Step::Index(index)), Inner::List(list)) => list.get(*index),
            _ => None,
        };
        next.map_or((self.line, self.column), |node| node.find(&way[1..]))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Inner>::deserialize(from)?;
        Ok(Self { line: spanned.referenced.line(), column: spanned.referenced.column(), inner: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(InnerVisitor)
    }
}

struct InnerVisitor;

macro_rules! scalars {
    ($($method:ident: $type:ty),+ $(,)?) => { $(fn $method<E>(self, _: $type) -> Result<Inner, E> { Ok(Inner::Scalar) })+ };
}

impl<'de> Visitor<'de> for InnerVisitor {
    type Value = Inner;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64, visit_str: &str);
    fn visit_unit<E>(self) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }
    fn visit_none<E>(self) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Inner, D::Error> {
        Inner::deserialize(from)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inner, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Inner::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inner, A::Error> {
        let mut nodes = BTreeMap::new();
        while let Some((key, node)) = map.next_entry()? {
            nodes.insert(key, node);
        }
        Ok(Inner::Map(nodes))
    }
}
