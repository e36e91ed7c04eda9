//! Buckets: once each for the account, wherever they are.

use super::Asker;
use crate::model::Operation;
use crate::model::operation::{
    GET_BUCKET_ENCRYPTION, GET_BUCKET_LIFECYCLE_CONFIGURATION, GET_BUCKET_LOCATION, GET_BUCKET_POLICY_STATUS,
    GET_BUCKET_VERSIONING, GET_OBJECT_LOCK_CONFIGURATION, GET_PUBLIC_ACCESS_BLOCK,
};
use crate::wire::Request;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(in super::super) async fn read(ask: &Asker<'_, '_>, buckets: &BTreeSet<String>) -> BTreeSet<String> {
    let keys = join_all(buckets.iter().map(|bucket| one(ask, bucket))).await;
    keys.into_iter().flatten().collect()
}

/// The first call finds out where the bucket is, for the others as well.
async fn one(ask: &Asker<'_, '_>, bucket: &str) -> Option<String> {
    read_one(ask, &GET_BUCKET_LOCATION, bucket, "location").await;
    let encryption = read_one(ask, &GET_BUCKET_ENCRYPTION, bucket, "encryption").await;
    let others: [(&'static Operation, &str); 5] = [
        (&GET_PUBLIC_ACCESS_BLOCK, "publicAccessBlock"),
        (&GET_BUCKET_POLICY_STATUS, "policyStatus"),
        (&GET_BUCKET_VERSIONING, "versioning"),
        (&GET_OBJECT_LOCK_CONFIGURATION, "object-lock"),
        (&GET_BUCKET_LIFECYCLE_CONFIGURATION, "lifecycle"),
    ];
    join_all(others.into_iter().map(|(operation, name)| read_one(ask, operation, bucket, name))).await;
    let rule = encryption?.pointer("/ServerSideEncryptionConfiguration/Rule")?.clone();
    let key = rule.pointer("/ApplyServerSideEncryptionByDefault/KMSMasterKeyID")?.as_str()?;
    Some(key.to_owned()).filter(|k| !k.is_empty())
}

async fn read_one(ask: &Asker<'_, '_>, operation: &'static Operation, bucket: &str, name: &str) -> Option<Value> {
    let request = Request::bucket(&ask.region, operation.name, "GET", bucket).parameter(name);
    ask.ask(operation, json!({ "Bucket": bucket }), 1, request).await
}
