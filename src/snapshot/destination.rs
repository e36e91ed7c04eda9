//! Destinations from `DescribeDeliveryStream`: eleven kinds become one form.

use super::answers::{Answer, Fields, malformed};
use crate::model::destination::{
    Destination, DestinationKind, Endpoint, Logging, Network, Processor, S3Encryption, S3Part, S3Structure, Schema,
    Secret, Table,
};
use crate::model::reading::{Citation, Gap, GapKind, Reading};
use crate::model::refer::Site;
use crate::model::stream::SourceAccess;
use crate::model::{Read, refer};
use serde_json::Value;

const DESCRIPTION: &str = "/DeliveryStreamDescription";

/// All destinations of a stream. A destination of a kind that is not known is one all the same.
pub(super) fn destinations(record: Answer<'_>, name: &str, partition: &str) -> Reading<Vec<Destination>> {
    let site = Site { partition, account: &record.account, region: &record.region };
    let fields = Fields { record, base: DESCRIPTION, subject: name };
    let list = fields.parse("Destinations", |v| v.as_array().map(Vec::len))?;
    if fields.get("HasMoreDestinations").and_then(Value::as_bool) == Some(true) {
        return Err(fields.gap("HasMoreDestinations", "says that there are more destinations than the answer holds"));
    }
    let mut all = Vec::new();
    for i in 0..list.value {
        let base = format!("{DESCRIPTION}/Destinations/{i}");
        let fields = Fields { record, base: &base, subject: name };
        let id = fields.text("DestinationId").map(|r| r.value).unwrap_or_default();
        all.extend(kinds(&fields).into_iter().map(|kind| destination(record, name, &base, &id, kind, site)));
    }
    // Nearly every stream has one, and a list that grows takes room for four.
    all.shrink_to_fit();
    Ok(Read { value: all, at: list.at })
}

/// The kinds that one entry holds: the legacy S3 form stands beside the extended one for the same destination.
fn kinds(fields: &Fields<'_>) -> Vec<DestinationKind> {
    let mut found: Vec<DestinationKind> =
        DestinationKind::ALL.into_iter().filter(|kind| fields.get(kind.member()).is_some()).collect();
    if found.contains(&DestinationKind::ExtendedS3) {
        found.retain(|kind| *kind != DestinationKind::S3);
    }
    if found.is_empty() { vec![DestinationKind::Unknown] } else { found }
}

fn destination(
    record: Answer<'_>,
    name: &str,
    entry: &str,
    id: &str,
    kind: DestinationKind,
    site: Site<'_>,
) -> Destination {
    let base = if kind == DestinationKind::Unknown { entry.to_owned() } else { format!("{entry}/{}", kind.member()) };
    let fields = Fields { record, base: &base, subject: name };
    let at = Citation { ev: record.ev, pointer: base.as_str().into() };
    let unknown = || -> Gap { fields.gap("DestinationId", "is of a kind that this program does not know") };
    let known = kind != DestinationKind::Unknown;
    Destination {
        id: id.to_owned(),
        kind,
        s3: s3_structures(record, name, &base, kind),
        backup_mode: if known { optional_text(&fields, "S3BackupMode") } else { Err(unknown()) },
        role: if known { optional_text(&fields, "RoleARN") } else { Err(unknown()) },
        endpoint: endpoint(&fields, kind),
        store: store(&fields, kind),
        unnamed: unnamed(&fields, kind),
        tables: tables(&fields, kind, site),
        warehouse: warehouse(&fields, kind),
        logging: if known { logging(&fields) } else { Err(unknown()) },
        processors: if known { processors(&fields) } else { Err(unknown()) },
        schema: if known { schema(&fields) } else { Err(unknown()) },
        secret: if known { secret(&fields) } else { Err(unknown()) },
        network: network(&fields),
        at,
    }
}

/// The S3 structures of a kind, by the table of the reference: each member, what it is for, whether it must be there.
fn s3_structures(record: Answer<'_>, name: &str, base: &str, kind: DestinationKind) -> Vec<S3Structure> {
    let structure = |pointer: String, part| {
        let fields = Fields { record, base: &pointer, subject: name };
        S3Structure {
            part,
            at: Citation { ev: record.ev, pointer: pointer.as_str().into() },
            bucket: bucket(&fields),
            role: fields.text("RoleARN"),
            encryption: encryption(&fields),
            logging: logging(&fields),
            error_prefix: fields.get("ErrorOutputPrefix").and_then(Value::as_str).map(ToOwned::to_owned),
        }
    };
    let has = |member: &str| record.body.pointer(base).and_then(|d| d.get(member)).is_some_and(|v| !v.is_null());
    let backup =
        || has("S3BackupDescription").then(|| structure(format!("{base}/S3BackupDescription"), S3Part::Backup));
    let inner = |part| structure(format!("{base}/S3DestinationDescription"), part);
    let mut structures = match kind {
        DestinationKind::S3 => vec![structure(base.to_owned(), S3Part::Delivery)],
        DestinationKind::ExtendedS3 => {
            let own = structure(base.to_owned(), S3Part::Delivery);
            std::iter::once(own).chain(backup()).collect()
        }
        DestinationKind::Redshift => std::iter::once(inner(S3Part::Intermediate)).chain(backup()).collect(),
        // Iceberg writes its tables to the warehouse; its S3 structure takes what could not be delivered.
        DestinationKind::Elasticsearch
        | DestinationKind::OpenSearch
        | DestinationKind::OpenSearchServerless
        | DestinationKind::Splunk
        | DestinationKind::HttpEndpoint
        | DestinationKind::Snowflake
        | DestinationKind::Iceberg => vec![inner(S3Part::Backup)],
        DestinationKind::Unknown => Vec::new(),
    };
    structures.shrink_to_fit();
    structures
}

/// An access point has no such name, and cannot be asked about.
fn bucket(fields: &Fields<'_>) -> Reading<String> {
    fields.parse("BucketARN", |v| refer::bucket(v.as_str()?).map(ToOwned::to_owned))
}

/// Exactly one of the two forms; neither, or both, says nothing.
fn encryption(fields: &Fields<'_>) -> Reading<S3Encryption> {
    fields.parse("EncryptionConfiguration", |v| {
        let none = v.get("NoEncryptionConfig").filter(|x| !x.is_null());
        let kms = v.get("KMSEncryptionConfig").filter(|x| !x.is_null());
        match (none, kms) {
            (Some(word), None) if word == "NoEncryption" => Some(S3Encryption::BucketDefault),
            (None, Some(kms)) => Some(S3Encryption::Kms(kms.get("AWSKMSKeyARN")?.as_str()?.to_owned())),
            _ => None,
        }
    })
}

/// AWS leaves the options out where they were never set: errors are then not logged.
fn logging(fields: &Fields<'_>) -> Reading<Logging> {
    const NAME: &str = "CloudWatchLoggingOptions";
    if fields.get(NAME).is_none() {
        return Ok(fields.whole(Logging { enabled: false, group: None }));
    }
    fields.parse(NAME, |v| {
        let group = v.get("LogGroupName").and_then(Value::as_str).filter(|g| !g.is_empty()).map(ToOwned::to_owned);
        let enabled = match v.get("Enabled") {
            None | Some(Value::Null) => false,
            Some(flag) => flag.as_bool()?,
        };
        Some(Logging { enabled, group })
    })
}

fn processors(fields: &Fields<'_>) -> Reading<Vec<Processor>> {
    const NAME: &str = "ProcessingConfiguration";
    if fields.get(NAME).is_none() {
        return Ok(fields.whole(Vec::new()));
    }
    fields.parse(NAME, |v| {
        if v.get("Enabled").and_then(Value::as_bool) != Some(true) {
            return Some(Vec::new());
        }
        let mut found = Vec::new();
        for processor in v.get("Processors").and_then(Value::as_array).into_iter().flatten() {
            if processor.get("Type")? != "Lambda" {
                continue;
            }
            let parameter = |name: &str| {
                let list = processor.get("Parameters").and_then(Value::as_array).into_iter().flatten();
                list.filter(|p| p["ParameterName"] == name)
                    .find_map(|p| p["ParameterValue"].as_str())
                    .map(str::to_owned)
            };
            found.push(Processor { arn: parameter("LambdaArn")?, role: parameter("RoleArn") });
        }
        Some(found)
    })
}

fn schema(fields: &Fields<'_>) -> Reading<Option<Schema>> {
    const NAME: &str = "DataFormatConversionConfiguration";
    if fields.get(NAME).is_none() {
        return Ok(fields.whole(None));
    }
    fields.parse(NAME, |v| {
        let schema = match v.get("SchemaConfiguration") {
            None | Some(Value::Null) => return Some(None),
            Some(schema) => schema,
        };
        let text = |name: &str| schema.get(name).and_then(Value::as_str);
        let parts = [text("CatalogId"), text("DatabaseName"), text("TableName"), text("Region")];
        Some(Some(Schema {
            role: text("RoleARN").map(ToOwned::to_owned),
            table: parts.into_iter().flatten().collect::<Vec<_>>().join("/"),
            // AWS: enabled unless said otherwise.
            enabled: v.get("Enabled").is_none_or(|e| e.as_bool() != Some(false)),
        }))
    })
}

fn secret(fields: &Fields<'_>) -> Reading<Option<Secret>> {
    const NAME: &str = "SecretsManagerConfiguration";
    if fields.get(NAME).is_none() {
        return Ok(fields.whole(None));
    }
    fields.parse(NAME, |v| {
        let text = |name: &str| v.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        Some(Some(Secret { enabled: v.get("Enabled")?.as_bool()?, arn: text("SecretARN"), role: text("RoleARN") }))
    })
}

/// The address of a destination that is not S3, and whether the way there is encrypted.
fn endpoint(fields: &Fields<'_>, kind: DestinationKind) -> Option<Endpoint> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let of = |shown: String| {
        let scheme = shown.split_once("://").map(|(s, _)| s.to_ascii_lowercase());
        let tls = scheme.map(|s| s == "https");
        Endpoint { shown, tls }
    };
    match kind {
        DestinationKind::HttpEndpoint => {
            let inner = fields.get("EndpointConfiguration")?;
            inner.get("Url").and_then(Value::as_str).map(|u| of(u.to_owned()))
        }
        DestinationKind::Splunk => text("HECEndpoint").map(of),
        DestinationKind::Elasticsearch | DestinationKind::OpenSearch => {
            // Named by domain, Firehose finds the address itself and speaks HTTPS.
            text("ClusterEndpoint")
                .map(of)
                .or_else(|| text("DomainARN").map(|shown| Endpoint { shown, tls: Some(true) }))
        }
        DestinationKind::OpenSearchServerless => text("CollectionEndpoint").map(of),
        DestinationKind::Snowflake => text("AccountUrl").map(of),
        // A JDBC address: Firehose does not say whether the driver was told to use TLS.
        DestinationKind::Redshift => text("ClusterJDBCURL").map(|shown| Endpoint { shown, tls: None }),
        DestinationKind::S3 | DestinationKind::ExtendedS3 | DestinationKind::Iceberg | DestinationKind::Unknown => None,
    }
}

/// What the destination's own service would be asked about.
fn store(fields: &Fields<'_>, kind: DestinationKind) -> Option<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    match kind {
        DestinationKind::Redshift => refer::redshift_cluster(&text("ClusterJDBCURL")?),
        DestinationKind::Elasticsearch | DestinationKind::OpenSearch => {
            text("DomainARN").or_else(|| text("ClusterEndpoint"))
        }
        DestinationKind::OpenSearchServerless => text("CollectionEndpoint"),
        DestinationKind::Iceberg => fields
            .get("CatalogConfiguration")
            .and_then(|c| c.get("CatalogARN"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        _ => None,
    }
}

/// Why a kind that has a place of its own beside S3 does not name it, or names one that nobody could be asked about.
fn unnamed(fields: &Fields<'_>, kind: DestinationKind) -> Option<Gap> {
    let open = |why: &str| Some(malformed(&fields.record, fields.subject, why).of_kind(GapKind::NotAsked));
    let listed =
        fields.get("DestinationTableConfigurationList").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named =
        |table: &Value| table["DestinationDatabaseName"].is_string() && table["DestinationTableName"].is_string();
    let nameless = !listed.iter().all(named);
    let location = fields.get("CatalogConfiguration").and_then(|c| c.get("WarehouseLocation"));
    match kind {
        DestinationKind::Redshift if store(fields, kind).is_none() => {
            open("the address is not one of a provisioned Redshift cluster; Redshift Serverless is not asked")
        }
        DestinationKind::Elasticsearch | DestinationKind::OpenSearch if store(fields, kind).is_none() => {
            open("the answer names neither the domain nor its address")
        }
        DestinationKind::OpenSearchServerless if store(fields, kind).is_none() => {
            open("the answer does not name the address of the collection")
        }
        DestinationKind::Iceberg if listed.is_empty() => {
            open("the stream names no table of Iceberg: its records say to which they go")
        }
        DestinationKind::Iceberg if nameless => {
            open("the stream lists a table of Iceberg without its database or name")
        }
        DestinationKind::Iceberg if location.is_some_and(|l| !l.is_null()) && warehouse(fields, kind).is_none() => {
            open("the warehouse is in no bucket of S3 that could be asked about, such as one of S3 Tables")
        }
        _ => None,
    }
}

/// The tables of Iceberg that the stream itself names.
fn tables(fields: &Fields<'_>, kind: DestinationKind, site: Site<'_>) -> Vec<Table> {
    if kind != DestinationKind::Iceberg {
        return Vec::new();
    }
    let arn = fields.get("CatalogConfiguration").and_then(|c| c.get("CatalogARN")).and_then(Value::as_str);
    let catalog = arn.and_then(|arn| site.catalog(arn));
    let listed = fields.get("DestinationTableConfigurationList").and_then(Value::as_array).into_iter().flatten();
    let named = listed.filter_map(|table| {
        let text = |name: &str| table[name].as_str().map(ToOwned::to_owned);
        let (database, name) = (text("DestinationDatabaseName")?, text("DestinationTableName")?);
        Some(Table { catalog: catalog.clone(), database, name })
    });
    let mut tables: Vec<Table> = named.collect();
    tables.sort();
    tables.dedup();
    tables
}

fn warehouse(fields: &Fields<'_>, kind: DestinationKind) -> Option<String> {
    let catalog = fields.get("CatalogConfiguration").filter(|_| kind == DestinationKind::Iceberg)?;
    let location = catalog.get("WarehouseLocation")?.as_str()?;
    refer::bucket_of_location(location).map(ToOwned::to_owned)
}

fn network(fields: &Fields<'_>) -> Option<Network> {
    let vpc = fields.get("VpcConfigurationDescription");
    let link = fields.get("SnowflakeVpcConfiguration");
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    match (vpc, link) {
        (Some(vpc), _) => Some(Network { id: text(vpc, "VpcId"), role: text(vpc, "RoleARN") }),
        (None, Some(link)) => Some(Network { id: text(link, "PrivateLinkVpceId"), role: None }),
        (None, None) => None,
    }
}

fn optional_text(fields: &Fields<'_>, name: &str) -> Reading<Option<String>> {
    Ok(fields.whole(fields.optional_text(name)?))
}

/// How a stream gets at its source.
#[expect(clippy::unnecessary_wraps, reason = "the form of every reading")]
pub(super) fn source_access(record: Answer<'_>, name: &str) -> Reading<SourceAccess> {
    let fields = Fields { record, base: DESCRIPTION, subject: name };
    let Some(source) = fields.get("Source") else { return Ok(fields.whole(SourceAccess::default())) };
    let text = |pointer: &str| source.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
    let first = |pointers: &[&str]| pointers.iter().find_map(|p| text(p));
    let access = SourceAccess {
        role: first(&[
            "/KinesisStreamSourceDescription/RoleARN",
            "/MSKSourceDescription/AuthenticationConfiguration/RoleARN",
        ]),
        ssl_mode: text("/DatabaseSourceDescription/SSLMode"),
        secret: text(
            "/DatabaseSourceDescription/DatabaseSourceAuthenticationConfiguration/SecretsManagerConfiguration/SecretARN",
        ),
    };
    Ok(Read { value: access, at: Citation { ev: record.ev, pointer: format!("{DESCRIPTION}/Source").into() } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ev, Record};
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "json! makes it on the spot")]
    fn record(destination: Value) -> Record {
        let body =
            json!({ "DeliveryStreamDescription": { "Destinations": [destination], "HasMoreDestinations": false } });
        let time = "2026-10-01T00:00:00.000Z";
        serde_json::from_value(json!({
            "ev": "EV-000000", "account": "111122223333", "region": "eu-west-1", "service": "firehose",
            "operation": "DescribeDeliveryStream", "parameters": {}, "page": 1, "sent": time, "received": time,
            "date": null, "request_id": null, "attempts": [], "status": 200, "error": null, "withheld": [], "body": body,
        }))
        .unwrap()
    }

    fn s3(bucket: &str) -> Value {
        json!({ "BucketARN": format!("arn:aws:s3:::{bucket}"), "RoleARN": "arn:aws:iam::111122223333:role/d",
                "EncryptionConfiguration": { "NoEncryptionConfig": "NoEncryption" } })
    }

    fn one(destination: Value) -> Destination {
        let record = record(destination);
        let body = record.body.value();
        let mut all = destinations(Answer { record: &record, body: &body }, "orders", "aws").unwrap().value;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn the_legacy_form_beside_the_extended_one_is_the_same_destination() {
        let both = json!({ "DestinationId": "d", "S3DestinationDescription": s3("a"),
                           "ExtendedS3DestinationDescription": s3("a") });
        assert_eq!(one(both).kind, DestinationKind::ExtendedS3);
        assert_eq!(one(json!({ "DestinationId": "d", "S3DestinationDescription": s3("a") })).kind, DestinationKind::S3);
    }

    #[test]
    fn every_kind_shows_its_s3_structures() {
        for kind in DestinationKind::ALL {
            let mut inner = match kind {
                DestinationKind::S3 | DestinationKind::ExtendedS3 => s3("main"),
                _ => json!({ "S3DestinationDescription": s3("main") }),
            };
            if matches!(kind, DestinationKind::ExtendedS3 | DestinationKind::Redshift) {
                inner["S3BackupDescription"] = s3("backup");
            }
            let found = one(json!({ "DestinationId": "d", kind.member(): inner }));
            let buckets: Vec<&str> = found.s3.iter().map(|s| s.bucket.as_ref().unwrap().value.as_str()).collect();
            let expected: &[&str] = match kind {
                DestinationKind::ExtendedS3 | DestinationKind::Redshift => &["main", "backup"],
                _ => &["main"],
            };
            assert_eq!((found.kind, buckets.as_slice()), (kind, expected));
        }
    }

    #[test]
    fn a_kind_that_is_not_known_is_a_destination_all_the_same() {
        let found = one(json!({ "DestinationId": "d", "QuantumDestinationDescription": {} }));
        assert_eq!(found.kind, DestinationKind::Unknown);
        assert!(found.logging.is_err() && found.role.is_err());
    }

    #[test]
    fn a_place_beside_s3_that_is_not_named_is_a_gap() {
        let of = |kind: DestinationKind, more: Value| {
            let mut inner = json!({ "S3DestinationDescription": s3("main") });
            inner.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let found = one(json!({ "DestinationId": "d", kind.member(): inner }));
            assert_eq!(found.gaps().contains(&found.unnamed.as_ref().unwrap_or(&gap())), found.unnamed.is_some());
            found.unnamed.map(|gap| (gap.kind, gap.detail.clone()))
        };
        let open = |kind, more, word: &str| {
            let (gap, why) = of(kind, more).unwrap_or_else(|| panic!("{word}"));
            assert!(gap == GapKind::NotAsked && why.contains(word), "{why}");
        };
        open(DestinationKind::OpenSearch, json!({ "IndexName": "i" }), "neither the domain nor its address");
        open(DestinationKind::Elasticsearch, json!({}), "neither the domain nor its address");
        open(DestinationKind::OpenSearchServerless, json!({}), "address of the collection");
        let workgroup = "jdbc:redshift://wg.111122223333.eu-west-1.redshift-serverless.amazonaws.com:5439/dev";
        open(DestinationKind::Redshift, json!({ "ClusterJDBCURL": workgroup }), "Redshift Serverless is not asked");
        open(DestinationKind::Iceberg, json!({}), "its records say to which they go");
        let table = json!([{ "DestinationDatabaseName": "d", "DestinationTableName": "t" }]);
        let warehouse = json!({ "WarehouseLocation": "s3://abc--table-s3/x" });
        let tables = |list: &Value| json!({ "DestinationTableConfigurationList": list });
        open(DestinationKind::Iceberg, tables(&json!([{ "DestinationTableName": "t" }])), "without its database");
        let mut of_tables = tables(&table);
        of_tables["CatalogConfiguration"] = warehouse;
        open(DestinationKind::Iceberg, of_tables, "such as one of S3 Tables");
        assert_eq!(of(DestinationKind::Iceberg, tables(&table)), None);
        let domain = json!({ "DomainARN": "arn:aws:es:eu-west-1:111122223333:domain/d" });
        assert_eq!(of(DestinationKind::OpenSearch, domain), None);
        for outside in [DestinationKind::Splunk, DestinationKind::HttpEndpoint, DestinationKind::Snowflake] {
            assert_eq!(of(outside, json!({})), None);
        }
    }

    fn gap() -> Gap {
        let record = record(json!({}));
        malformed(&record, "", "another")
    }

    #[test]
    fn a_missing_or_doubled_encryption_is_unknown_and_not_none() {
        for odd in
            [json!({}), json!({ "NoEncryptionConfig": "NoEncryption", "KMSEncryptionConfig": { "AWSKMSKeyARN": "x" } })]
        {
            let mut structure = s3("a");
            structure["EncryptionConfiguration"] = odd;
            let found = one(json!({ "DestinationId": "d", "ExtendedS3DestinationDescription": structure }));
            assert!(found.s3[0].encryption.is_err());
        }
    }

    #[test]
    fn more_destinations_than_the_answer_holds_is_a_gap() {
        let record = record(json!({ "DestinationId": "d", "S3DestinationDescription": s3("a") }));
        let mut body = record.body.value();
        body["DeliveryStreamDescription"]["HasMoreDestinations"] = json!(true);
        assert!(destinations(Answer { record: &record, body: &body }, "orders", "aws").is_err());
        assert_eq!(record.ev, Ev::default());
    }
}
