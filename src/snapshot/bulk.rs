//! Tags from `GetResources`, where it named a resource; what it did not name is read from the resource's own service.

use super::answers::{Answer, Here};
use crate::model::Record;
use crate::model::operation::GET_RESOURCES;
use crate::model::reading::{Citation, Read, Reading};
use crate::model::stream::Tags;
use serde_json::Value;
use std::collections::HashMap;

/// Where the tags of a resource stand.
pub(super) struct Bulk<'a>(HashMap<&'a str, (Answer<'a>, usize)>);

impl<'a> Bulk<'a> {
    pub fn new(here: &Here<'a>) -> Self {
        let mut found = HashMap::new();
        for record in here.all(&GET_RESOURCES).iter().filter(|r| r.error.is_none()) {
            let named = record.body["ResourceTagMappingList"].as_array().into_iter().flatten();
            for (i, resource) in named.enumerate() {
                if let Some(arn) = resource["ResourceARN"].as_str() {
                    found.insert(arn, (*record, i));
                }
            }
        }
        Self(found)
    }

    /// The tags of a resource that an answer names; `None` for one that none does.
    pub fn tags(&self, arn: &str) -> Option<Reading<Tags>> {
        let (record, i) = self.0.get(arn)?;
        let pointer = format!("/ResourceTagMappingList/{i}/Tags");
        let malformed = |why: &str| Some(Err(super::answers::malformed(record, arn, why)));
        let Some(list) = record.body.pointer(&pointer).and_then(Value::as_array) else {
            return malformed("the answer holds no list of tags");
        };
        let mut tags = Tags::new();
        for tag in list {
            match (tag["Key"].as_str(), &tag["Value"]) {
                (Some(key), Value::String(value)) => drop(tags.insert(key.to_owned(), value.clone())),
                (Some(key), Value::Null) => drop(tags.insert(key.to_owned(), String::new())),
                _ => return malformed("a tag has no key, or a value that is not a text"),
            }
        }
        Some(Ok(Read { value: tags, at: Citation { ev: record.ev, pointer: pointer.into() } }))
    }
}

/// A refused call whose every resource was then asked about by itself leaves nothing unknown.
pub(super) fn is_replaced(record: &Record) -> bool {
    record.service == GET_RESOURCES.service && record.operation == GET_RESOURCES.name
}
