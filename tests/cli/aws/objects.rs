//! Buckets with objects, as far as a reader needs them: listings in pages, folders, objects with their metadata.
//!
//! What a file `NAME.meta.json` beside an object holds is that object's metadata, and no object of its own.

use super::{Reply, Request};
use std::collections::{BTreeMap, BTreeSet};

const META: &str = ".meta.json";

/// By the bucket's name: its objects by key.
pub type Buckets = BTreeMap<String, BTreeMap<String, Vec<u8>>>;

/// How many keys a page has, so that every listing has pages.
const PAGE: usize = 9;

/// The answer of a bucket that there is; `None` leaves it to others.
pub fn answer(buckets: &Buckets, request: &Request) -> Option<Reply> {
    let objects = buckets.get(request.text("Bucket")?).filter(|_| request.service == "s3")?;
    match request.operation.as_str() {
        "ListObjectsV2" => Some(list(objects, request)),
        "GetObject" => Some(get(objects, request.text("Key")?)),
        _ => None,
    }
}

fn get(objects: &BTreeMap<String, Vec<u8>>, key: &str) -> Reply {
    let Some(bytes) = objects.get(key).filter(|_| !key.ends_with(META)) else {
        let text = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
        return Reply { status: 404, ..Reply::xml(text) };
    };
    let mut reply = Reply { body: bytes.clone(), content_type: "application/json", ..Reply::xml("") }
        .header("ETag", &format!("\"{:032x}\"", bytes.len()))
        .header("x-amz-version-id", "v1");
    if let Some(meta) = objects.get(&format!("{key}{META}")) {
        let fields: BTreeMap<String, String> = serde_json::from_slice(meta).expect("our own metadata");
        for (name, value) in fields {
            reply = reply.header(&format!("x-amz-meta-{name}"), &value);
        }
    }
    reply
}

fn list(objects: &BTreeMap<String, Vec<u8>>, request: &Request) -> Reply {
    let text = |name: &str| request.text(name).unwrap_or_default();
    let (prefix, after) = (text("prefix"), text("start-after").max(text("continuation-token")));
    let mut xml = String::from("<ListBucketResult>");
    if text("delimiter") == "/" {
        let below = objects.keys().filter_map(|key| key.strip_prefix(prefix)?.split_once('/'));
        let folders: BTreeSet<&str> = below.map(|(folder, _)| folder).collect();
        for folder in folders {
            xml.push_str(&format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>"));
        }
        return Reply::xml(format!("{xml}<IsTruncated>false</IsTruncated></ListBucketResult>"));
    }
    let keys = objects.keys().filter(|key| key.starts_with(prefix) && key.as_str() > after && !key.ends_with(META));
    let keys: Vec<&String> = keys.collect();
    for key in keys.iter().take(PAGE) {
        let size = objects[*key].len();
        xml.push_str(&format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>"));
    }
    let more = keys.len() > PAGE;
    if more {
        xml.push_str(&format!("<NextContinuationToken>{}</NextContinuationToken>", keys[PAGE - 1]));
    }
    Reply::xml(format!("{xml}<IsTruncated>{more}</IsTruncated></ListBucketResult>"))
}
