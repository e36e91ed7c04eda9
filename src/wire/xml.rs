//! XML answers as JSON: an element becomes a member, repeated elements a list, text a string.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

/// The root element as `{name: content}`. Attributes and namespaces are left out: AWS's answers use neither.
///
/// # Errors
/// When the bytes are not XML, or declare entities (which an AWS answer never does).
pub fn to_json(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| format!("the answer is not UTF-8: {e}"))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| format!("the answer is not XML: {e}"))?;
    let root = document.root_element();
    let mut whole = Map::new();
    whole.insert(root.tag_name().name().to_owned(), content(root, 0)?);
    Ok(Value::Object(whole))
}

fn content(node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > 64 {
        return Err("the answer nests its elements too deep".to_owned());
    }
    let mut fields: Map<String, Value> = Map::new();
    for child in node.children().filter(Node::is_element) {
        let value = content(child, depth + 1)?;
        match fields.get_mut(child.tag_name().name()) {
            None => {
                fields.insert(child.tag_name().name().to_owned(), value);
            }
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    if fields.is_empty() {
        return Ok(Value::String(node.text().unwrap_or_default().to_owned()));
    }
    Ok(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_become_members_and_repeated_ones_a_list() {
        let read = to_json(b"<A xmlns='x'><B>1</B><C><D>2</D><D>3</D></C></A>").unwrap();
        assert_eq!(read, json!({"A": {"B": "1", "C": {"D": ["2", "3"]}}}));
    }

    #[test]
    fn entities_are_refused() {
        assert!(to_json(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>").is_err());
    }
}
