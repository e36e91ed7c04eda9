//! Stores and secrets that streams name: domains and collections of `OpenSearch`, tables of Iceberg, secrets of Secrets
//! Manager.

use super::answers::{Answer, Fields, Here, answered, malformed};
use super::hops::optional_key;
use super::references::Aliases;
use crate::model::destination::{Destination, DestinationKind, Table};
use crate::model::hops::{Collection, Domain, IcebergTable, KeyRef, StoredSecret};
use crate::model::operation::{BATCH_GET_COLLECTION, DESCRIBE_DOMAIN, DESCRIBE_SECRET, GET_TABLE};
use crate::model::reading::{Gap, GapKind, Reading};
use crate::model::stream::Stream;
use crate::model::{Read, refer};
use serde_json::Value;
use std::collections::BTreeSet;

fn destinations(streams: &[Stream]) -> impl Iterator<Item = &Destination> {
    streams.iter().filter_map(|s| s.deliveries.as_ref().ok()).flat_map(|d| &d.value)
}

fn named<'s>(streams: &'s [Stream], kinds: &[DestinationKind]) -> BTreeSet<&'s str> {
    destinations(streams).filter(|d| kinds.contains(&d.kind)).filter_map(|d| d.store.as_deref()).collect()
}

/// The domains that streams name, by ARN or by address.
pub(super) fn domains(here: &Here<'_>, streams: &[Stream], aliases: &Aliases<'_>) -> Vec<Domain> {
    let found = here.by_parameter(&DESCRIBE_DOMAIN, "DomainName");
    let named = named(streams, &[DestinationKind::Elasticsearch, DestinationKind::OpenSearch]);
    let one = |given: &str| match aliases.site.domain(given) {
        None => {
            let why = "it is no domain of this account and Region, as far as its ARN or address tells";
            Err(here.gap(&DESCRIBE_DOMAIN, given, GapKind::NotAsked, why))
        }
        Some(name) => here.one(found.get(name), &DESCRIBE_DOMAIN, given).and_then(|record| same(record, given)),
    };
    named.into_iter().map(|given| domain(given, one(given), aliases)).collect()
}

const DOMAIN: &str = "/DomainStatus";

/// The answer, if it is about the domain that the stream names: a name may stand in two accounts.
fn same<'a>(record: Answer<'a>, given: &str) -> Result<Answer<'a>, Gap> {
    let fields = Fields { record, base: DOMAIN, subject: given };
    if given.starts_with("arn:") {
        let same = fields.text("ARN")?.value == given;
        return if same { Ok(record) } else { Err(fields.gap("ARN", "names another domain than the one asked for")) };
    }
    let within = given.split_once("://").map_or(given, |(_, rest)| rest);
    let host = within.split(['/', ':', '?']).next().unwrap_or(within);
    let own = fields.get("Endpoint").and_then(Value::as_str);
    let vpc = fields.get("Endpoints").and_then(|e| e.get("vpc")).and_then(Value::as_str);
    if own.into_iter().chain(vpc).any(|endpoint| endpoint.eq_ignore_ascii_case(host)) {
        Ok(record)
    } else {
        Err(fields.gap("Endpoint", "is another address than the one that the stream names"))
    }
}

fn domain(given: &str, found: Result<Answer<'_>, Gap>, aliases: &Aliases<'_>) -> Domain {
    let given = given.to_owned();
    match found {
        Err(gap) => Domain { given, key: Err(gap.clone()), node_to_node: Err(gap.clone()), https: Err(gap) },
        Ok(record) => {
            let inner = |base: &'static str| Fields { record, base, subject: &given };
            let rest = inner("/DomainStatus/EncryptionAtRestOptions");
            let key = rest.flag("Enabled").and_then(|enabled| {
                if !enabled.value {
                    return Ok(Read { value: None, at: enabled.at });
                }
                let key = rest.text("KmsKeyId")?;
                Ok(key.clone().map(|text| Some(aliases.resolve(&text, &key.at))))
            });
            Domain {
                key,
                node_to_node: inner("/DomainStatus/NodeToNodeEncryptionOptions").flag("Enabled"),
                https: inner("/DomainStatus/DomainEndpointOptions").flag("EnforceHTTPS"),
                given: given.clone(),
            }
        }
    }
}

/// The collections that streams name, by address.
pub(super) fn collections(here: &Here<'_>, streams: &[Stream], aliases: &Aliases<'_>) -> Vec<Collection> {
    let records = here.all(&BATCH_GET_COLLECTION);
    let one = |given: &str| {
        let Some(id) = aliases.site.collection(given) else {
            let why = "it is no address of a collection of this Region";
            return Err(here.gap(&BATCH_GET_COLLECTION, given, GapKind::NotAsked, why));
        };
        let asks = |r: &&Answer<'_>| {
            r.parameters.value("ids").is_some_and(|ids| ids.as_array().is_some_and(|ids| ids.iter().any(|i| i == id)))
        };
        let asked: Vec<Answer<'_>> = records.iter().filter(asks).copied().collect();
        let record = here.one(Some(&asked), &BATCH_GET_COLLECTION, given)?;
        collection_key(record, given, id, aliases)
    };
    let named = named(streams, &[DestinationKind::OpenSearchServerless]);
    named.into_iter().map(|given| Collection { given: given.to_owned(), key: one(given) }).collect()
}

fn collection_key(record: Answer<'_>, given: &str, id: &str, aliases: &Aliases<'_>) -> Reading<Option<KeyRef>> {
    let record = answered(record, given)?;
    let list = |name: &str| record.body.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let Some(i) = list("collectionDetails").iter().position(|c| c["id"] == id) else {
        let told = list("collectionErrorDetails").iter().find(|c| c["id"] == id);
        let why = told.and_then(|c| c["errorMessage"].as_str()).unwrap_or("the answer does not tell of the collection");
        let kind = if told.is_some() { GapKind::Vanished } else { GapKind::Malformed };
        return Err(malformed(&record, given, why).of_kind(kind));
    };
    let base = format!("/collectionDetails/{i}");
    let fields = Fields { record, base: &base, subject: given };
    let key = fields.text("kmsKeyArn")?;
    // The word stands where nobody chose a key.
    let value = (key.value != "auto").then(|| aliases.resolve(&key.value, &key.at));
    Ok(Read { value, at: key.at })
}

/// The tables that Iceberg destinations name.
pub(super) fn tables(here: &Here<'_>, streams: &[Stream]) -> Vec<IcebergTable> {
    let named: BTreeSet<&Table> = destinations(streams).flat_map(|d| &d.tables).collect();
    let one = |table: &Table| {
        let shown = table.shown();
        let Some(catalog) = &table.catalog else {
            return Err(here.gap(&GET_TABLE, &shown, GapKind::NotAsked, "its catalog is not one of this Region"));
        };
        let asks = |r: &&Answer<'_>| {
            let has = |name: &str, value: &str| r.parameter(name) == Some(value);
            has("CatalogId", catalog) && has("DatabaseName", &table.database) && has("Name", &table.name)
        };
        let asked: Vec<Answer<'_>> = here.all(&GET_TABLE).iter().filter(asks).copied().collect();
        let record = here.one(Some(&asked), &GET_TABLE, &shown)?;
        let told = Fields { record, base: "/Table", subject: &shown }.text("Name")?.value;
        let fields = Fields { record, base: "/Table/StorageDescriptor", subject: &shown };
        // Glue keeps names in lower case.
        if !told.eq_ignore_ascii_case(&table.name) {
            return Err(fields.gap("Location", "is of another table than the one asked for"));
        }
        let location = fields.text("Location")?;
        let bucket = refer::bucket_of_location(&location.value).ok_or_else(|| {
            let why = "its files are in no bucket of S3 that could be asked about, such as one of S3 Tables";
            malformed(&record, &shown, why).of_kind(GapKind::NotAsked)
        })?;
        Ok(Read { value: bucket.to_owned(), at: location.at })
    };
    named.into_iter().map(|table| IcebergTable { table: table.clone(), bucket: one(table) }).collect()
}

/// The secrets of destinations, where they are in use, and of database sources.
pub(super) fn secrets(here: &Here<'_>, streams: &[Stream], aliases: &Aliases<'_>) -> Vec<StoredSecret> {
    let found = here.by_parameter(&DESCRIBE_SECRET, "SecretId");
    let of_destinations = destinations(streams).filter_map(|d| d.secret.as_ref().ok()?.value.as_ref());
    let of_destinations = of_destinations.filter(|s| s.enabled).filter_map(|s| s.arn.as_deref());
    let of_sources = streams.iter().filter_map(|s| s.source_access.as_ref().ok()?.value.secret.as_deref());
    let arns: BTreeSet<&str> = of_destinations.chain(of_sources).collect();
    let one = |arn: &str| {
        if !aliases.site.is_secret(arn) {
            let why = "it is no secret of this Region";
            return Err(here.gap(&DESCRIBE_SECRET, arn, GapKind::NotAsked, why));
        }
        let record = here.one(found.get(arn), &DESCRIBE_SECRET, arn)?;
        let fields = Fields { record, base: "", subject: arn };
        // The ARN may be given without its last six characters.
        let told = fields.text("ARN")?.value;
        if !told.starts_with(arn) {
            return Err(fields.gap("ARN", "names another secret than the one asked for"));
        }
        optional_key(&fields, "KmsKeyId", aliases)
    };
    arns.into_iter().map(|arn| StoredSecret { arn: arn.to_owned(), key: one(arn) }).collect()
}
