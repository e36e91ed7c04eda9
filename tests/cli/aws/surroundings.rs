//! What surrounds the streams of the scripted AWS: its data, and what the services answer from it.

use super::world::{ACCOUNT, IRELAND, Pages, Place, World};
use super::{Reply, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Answer = Result<Value, Reply>;

/// What one Region has beside streams, keys and trails.
#[derive(Default)]
pub struct Surroundings {
    /// `StreamDescriptionSummary` by ARN.
    pub kinesis: BTreeMap<String, Value>,
    /// `clusterInfo` by ARN.
    pub msk: BTreeMap<String, Value>,
    /// Members of a `Cluster` by its identifier.
    pub redshift: BTreeMap<String, Vec<(&'static str, String)>>,
    /// `DomainStatus` by the domain's name.
    pub domains: BTreeMap<String, Value>,
    /// Members of `collectionDetails` by id.
    pub collections: BTreeMap<String, Value>,
    /// `Table` by database and name.
    pub tables: BTreeMap<(String, String), Value>,
    /// What `DescribeSecret` answers, by ARN.
    pub secrets: BTreeMap<String, Value>,
    /// By name.
    pub log_groups: BTreeMap<String, Value>,
    pub metric_filters: Vec<Value>,
    pub alarms: Vec<Value>,
    /// Rules with their targets.
    pub rules: Vec<(Value, Vec<Value>)>,
    /// Subscriptions by the ARN of their topic: protocol, own ARN or the words of AWS until it is confirmed, and address.
    pub topics: BTreeMap<String, Vec<[String; 3]>>,
    pub event_data_stores: Vec<Value>,
    /// Values of a metric by stream and name.
    pub metrics: BTreeMap<(String, String), Vec<(f64, f64)>>,
}

/// What the account has once.
pub struct Account {
    /// Answers that differ from those of a well-kept bucket: by bucket and operation, XML or the code of a refusal.
    pub buckets: BTreeMap<(String, &'static str), Result<String, &'static str>>,
    /// `RoleDetailList` and so on: list, and the XML of one member.
    pub identities: Vec<(&'static str, String)>,
    /// What the account calls itself; AWS allows one name.
    pub aliases: Vec<&'static str>,
    /// Policies with text and targets; `None` for an account of no organization.
    pub policies: Option<Vec<(Value, String, Vec<Value>)>>,
    /// The unit or root that an account or unit is in.
    pub parents: BTreeMap<String, Value>,
    /// Whether the Resource Groups Tagging API may be used.
    pub tagging: bool,
}

impl Default for Account {
    fn default() -> Self {
        let role = role("delivery", &json!({ "Version": "2012-10-17", "Statement": [] }), &[]);
        Self {
            buckets: BTreeMap::new(),
            identities: vec![("RoleDetailList", role)],
            aliases: vec!["acme-orders"],
            policies: None,
            parents: BTreeMap::new(),
            tagging: true,
        }
    }
}

/// Text as XML has it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn encoded(document: &Value) -> String {
    percent_encoding::utf8_percent_encode(&document.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A role with one policy of its own, and policies attached to it.
pub fn role(name: &str, policy: &Value, attached: &[&str]) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "firehose.amazonaws.com" } }] });
    let attached = attached.iter().fold(String::new(), |text, arn| {
        text + &format!("<member><PolicyName>x</PolicyName><PolicyArn>{arn}</PolicyArn></member>")
    });
    format!(
        "<Path>/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE</RoleId>\
         <Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument><RolePolicyList><member><PolicyName>own</PolicyName>\
         <PolicyDocument>{}</PolicyDocument></member></RolePolicyList>\
         <AttachedManagedPolicies>{attached}</AttachedManagedPolicies><Tags/>",
        encoded(&trust),
        encoded(policy)
    )
}

/// A managed policy in its version in force, after one that is not.
pub fn managed_policy(arn: &str, policy: &Value) -> String {
    let version = |id: &str, default: bool, text: &Value| {
        format!(
            "<member><Document>{}</Document><VersionId>{id}</VersionId><IsDefaultVersion>{default}</IsDefaultVersion>\
             </member>",
            encoded(text)
        )
    };
    let old = json!({ "Version": "2012-10-17", "Statement": [] });
    format!(
        "<PolicyName>x</PolicyName><Arn>{arn}</Arn><DefaultVersionId>v2</DefaultVersionId><PolicyVersionList>{}{}\
         </PolicyVersionList>",
        version("v1", false, &old),
        version("v2", true, policy)
    )
}

/// The answer of one of these services; `None` for another.
pub fn answer(world: &World, place: &Place, request: &Request) -> Option<Reply> {
    let near = &place.surroundings;
    let json = |result: Answer| Some(result.map_or_else(|refused| refused, |body| Reply::json(&body)));
    match request.action().as_str() {
        "kinesis:DescribeStreamSummary" => {
            let found = near.kinesis.get(request.text("StreamARN").unwrap_or(""));
            json(found.map(|s| json!({ "StreamDescriptionSummary": s })).ok_or_else(gone))
        }
        "kafka:DescribeClusterV2" => {
            let found = near.msk.get(request.text("ClusterArn").unwrap_or(""));
            json(found.map(|c| json!({ "clusterInfo": c })).ok_or_else(gone))
        }
        "redshift:DescribeClusters" => Some(redshift(near, request)),
        "es:DescribeDomain" => {
            let found = near.domains.get(request.text("DomainName").unwrap_or(""));
            json(found.map(|d| json!({ "DomainStatus": d })).ok_or_else(gone))
        }
        "aoss:BatchGetCollection" => json(Ok(collections(near, request))),
        "glue:GetTable" => {
            let text = |name: &str| request.text(name).unwrap_or("").to_owned();
            let found = near.tables.get(&(text("DatabaseName"), text("Name")));
            let none = || Reply::error(400, "EntityNotFoundException", "there is no such table");
            json(found.map(|t| json!({ "Table": t })).ok_or_else(none))
        }
        "secretsmanager:DescribeSecret" => {
            json(near.secrets.get(request.text("SecretId").unwrap_or("")).cloned().ok_or_else(gone))
        }
        "logs:DescribeLogGroups" => {
            let prefix = request.text("logGroupNamePrefix").unwrap_or("");
            let found: Vec<&Value> =
                near.log_groups.iter().filter(|(n, _)| n.starts_with(prefix)).map(|(_, g)| g).take(50).collect();
            json(Ok(json!({ "logGroups": found })))
        }
        "logs:DescribeMetricFilters" => {
            let of_group = near.metric_filters.iter().filter(|f| f["logGroupName"] == request.body["logGroupName"]);
            json(page(&world.pages, "metricFilters", "nextToken", &of_group.cloned().collect::<Vec<_>>(), request))
        }
        "cloudwatch:DescribeAlarms" => json(page(&world.pages, "MetricAlarms", "NextToken", &near.alarms, request)),
        "cloudwatch:GetMetricData" => json(metric_data(near, request)),
        "events:ListRules" => {
            let rules: Vec<Value> = near.rules.iter().map(|(rule, _)| rule.clone()).collect();
            json(page(&world.pages, "Rules", "NextToken", &rules, request))
        }
        "events:ListTargetsByRule" => {
            let found = near.rules.iter().find(|(rule, _)| rule["Name"] == request.body["Rule"]);
            json(found.ok_or_else(gone).and_then(|(_, t)| page(&world.pages, "Targets", "NextToken", t, request)))
        }
        "cloudtrail:ListEventDataStores" => {
            let named = near.event_data_stores.iter();
            let named = named.map(|s| json!({ "EventDataStoreArn": s["EventDataStoreArn"], "Name": s["Name"] }));
            json(page(&world.pages, "EventDataStores", "NextToken", &named.collect::<Vec<_>>(), request))
        }
        "cloudtrail:GetEventDataStore" => {
            let found =
                near.event_data_stores.iter().find(|s| s["EventDataStoreArn"] == request.body["EventDataStore"]);
            json(found.cloned().ok_or_else(gone))
        }
        "iam:GetAccountAuthorizationDetails" => Some(identities(world, request)),
        "iam:ListAccountAliases" => Some(aliases(world)),
        "tag:GetResources" => json(resources(world, place, request)),
        _ if request.service == "s3" => Some(bucket(world, request)),
        "organizations:ListPolicies"
        | "organizations:DescribePolicy"
        | "organizations:ListTargetsForPolicy"
        | "organizations:ListParents" => json(organization(world, request)),
        "sns:ListSubscriptionsByTopic" => Some(subscriptions(world, near, request)),
        _ => None,
    }
}

fn gone() -> Reply {
    Reply::error(400, "ResourceNotFoundException", "there is no such thing")
}

/// A page of a listing: the token is the offset.
fn page(pages: &Pages, list: &str, token: &str, items: &[Value], request: &Request) -> Answer {
    let start = match request.text(token) {
        None => 0,
        Some(text) => text.strip_prefix("from-").and_then(|n| n.parse().ok()).ok_or_else(gone)?,
    };
    let end = (start + pages.further).min(items.len());
    let mut body = json!({ list: &items[start.min(end)..end] });
    if end < items.len() {
        body[token] = json!(format!("from-{end}"));
    }
    Ok(body)
}

fn collections(near: &Surroundings, request: &Request) -> Value {
    let ids: Vec<&str> = request.body["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let details: Vec<&Value> = ids.iter().filter_map(|id| near.collections.get(*id)).collect();
    let unknown = ids.iter().filter(|id| !near.collections.contains_key(**id));
    let errors = unknown.map(|id| json!({ "id": id, "errorCode": "NOT_FOUND", "errorMessage": "there is none" }));
    json!({ "collectionDetails": details, "collectionErrorDetails": errors.collect::<Vec<_>>() })
}

fn redshift(near: &Surroundings, request: &Request) -> Reply {
    match near.redshift.get(request.text("ClusterIdentifier").unwrap_or("")) {
        Some(members) => {
            let inner =
                members.iter().fold(String::new(), |text, (name, value)| text + &format!("<{name}>{value}</{name}>"));
            Reply::xml(format!(
                "<DescribeClustersResponse xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\">\
                 <DescribeClustersResult><Clusters><Cluster>{inner}<MasterUsername>awsuser</MasterUsername></Cluster>\
                 </Clusters></DescribeClustersResult></DescribeClustersResponse>"
            ))
        }
        None => refusal(404, "ClusterNotFound"),
    }
}

fn subscriptions(world: &World, near: &Surroundings, request: &Request) -> Reply {
    let topic = request.text("TopicArn").unwrap_or("");
    let Some(all) = near.topics.get(topic) else { return refusal(404, "NotFound") };
    let start = request.text("NextToken").and_then(|m| m.parse().ok()).unwrap_or(0).min(all.len());
    let end = (start + world.pages.further).min(all.len());
    let inner = all[start..end].iter().fold(String::new(), |text, [protocol, arn, endpoint]| {
        text + &format!(
            "<member><TopicArn>{topic}</TopicArn><Protocol>{protocol}</Protocol><SubscriptionArn>{arn}\
             </SubscriptionArn><Owner>{ACCOUNT}</Owner><Endpoint>{}</Endpoint></member>",
            escape(endpoint)
        )
    });
    let token = if end < all.len() { format!("<NextToken>{end}</NextToken>") } else { String::new() };
    Reply::xml(format!(
        "<ListSubscriptionsByTopicResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
         <ListSubscriptionsByTopicResult><Subscriptions>{inner}</Subscriptions>{token}\
         </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
    ))
}

/// A refusal of the query protocol.
pub fn refusal(status: u16, code: &str) -> Reply {
    let text = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>it was refused</Message></Error>\
         <RequestId>6f1d0b7e-0000-4000-8000-00000000dead</RequestId></ErrorResponse>"
    );
    Reply { status, ..Reply::xml(text) }
}

/// A refusal of S3.
pub fn s3_refusal(status: u16, code: &str) -> Reply {
    Reply { status, ..Reply::xml(format!("<Error><Code>{code}</Code><Message>it was refused</Message></Error>")) }
}

fn metric_data(near: &Surroundings, request: &Request) -> Answer {
    let queries = request.body["MetricDataQueries"].as_array().cloned().unwrap_or_default();
    if queries.len() > 500 {
        return Err(Reply::error(400, "ValidationError", "too many queries"));
    }
    let results = queries.iter().map(|query| {
        let metric = &query["MetricStat"]["Metric"];
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let key = (text(&metric["Dimensions"][0]["Value"]), text(&metric["MetricName"]));
        let points = near.metrics.get(&key).cloned().unwrap_or_default();
        let (times, values): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
        json!({ "Id": query["Id"], "Label": key.1, "Timestamps": times, "Values": values, "StatusCode": "Complete" })
    });
    Ok(json!({ "MetricDataResults": results.collect::<Vec<_>>(), "Messages": [] }))
}

fn aliases(world: &World) -> Reply {
    let listed = world.once.aliases.iter().map(|name| format!("<member>{}</member>", escape(name)));
    Reply::xml(format!(
        "<ListAccountAliasesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListAccountAliasesResult>\
         <IsTruncated>false</IsTruncated><AccountAliases>{}</AccountAliases></ListAccountAliasesResult>\
         </ListAccountAliasesResponse>",
        listed.collect::<String>()
    ))
}

fn identities(world: &World, request: &Request) -> Reply {
    let all = &world.once.identities;
    let start = request.text("Marker").and_then(|m| m.parse().ok()).unwrap_or(0).min(all.len());
    let end = (start + world.pages.further).min(all.len());
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for (list, member) in &all[start..end] {
        lists.entry(list).or_default().push_str(&format!("<member>{member}</member>"));
    }
    let lists = lists.iter().fold(String::new(), |text, (name, inner)| text + &format!("<{name}>{inner}</{name}>"));
    let more = end < all.len();
    let marker = if more { format!("<Marker>{end}</Marker>") } else { String::new() };
    Reply::xml(format!(
        "<GetAccountAuthorizationDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <GetAccountAuthorizationDetailsResult><IsTruncated>{more}</IsTruncated>{marker}{lists}\
         </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"
    ))
}

/// Tags of streams and keys by ARN; what never had a tag is left out, as AWS does.
fn resources(world: &World, place: &Place, request: &Request) -> Answer {
    let asked = request.body["ResourceARNList"].as_array().cloned().unwrap_or_default();
    if !world.once.tagging {
        return Err(Reply::error(400, "AccessDeniedException", "not authorized to perform: tag:GetResources"));
    }
    if asked.is_empty() || asked.len() > 100 {
        return Err(Reply::error(400, "InvalidParameterException", "one to a hundred ARNs"));
    }
    let named = asked.iter().filter_map(|arn| {
        let name = arn.as_str()?.rsplit('/').next()?;
        let stream = place.streams.get(name).filter(|s| s.description["DeliveryStreamARN"] == *arn).map(|s| &s.tags);
        let tags = stream.or_else(|| place.keys.get(name).filter(|k| k.metadata["Arn"] == *arn).map(|k| &k.tags))?;
        let list: Vec<Value> = tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
        (!list.is_empty()).then(|| json!({ "ResourceARN": arn, "Tags": list }))
    });
    Ok(json!({ "PaginationToken": "", "ResourceTagMappingList": named.collect::<Vec<_>>() }))
}

/// A well-kept bucket, unless the account says otherwise.
fn bucket(world: &World, request: &Request) -> Reply {
    let name = request.text("Bucket").unwrap_or("").to_owned();
    let operation = request.operation.as_str();
    let own = world.once.buckets.iter().find(|((bucket, of), _)| *bucket == name && *of == operation).map(|(_, a)| a);
    match own {
        Some(Ok(text)) => return Reply::xml(text.clone()),
        Some(Err(code)) => return s3_refusal(if *code == "AccessDenied" { 403 } else { 404 }, code),
        None => {}
    }
    match operation {
        "GetBucketLocation" => Reply::xml(format!("<LocationConstraint>{IRELAND}</LocationConstraint>")),
        "GetBucketEncryption" => Reply::xml(encryption("AES256", None)),
        "GetPublicAccessBlock" => Reply::xml(
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
             <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
             <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
        ),
        "GetBucketPolicyStatus" => Reply::xml("<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>"),
        "GetBucketVersioning" => {
            Reply::xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        }
        "GetObjectLockConfiguration" => s3_refusal(404, "ObjectLockConfigurationNotFoundError"),
        "GetBucketLifecycleConfiguration" => s3_refusal(404, "NoSuchLifecycleConfiguration"),
        _ => s3_refusal(501, "NotImplemented"),
    }
}

/// The answer of `GetBucketEncryption`.
pub fn encryption(algorithm: &str, key: Option<&str>) -> String {
    let key = key.map(|k| format!("<KMSMasterKeyID>{}</KMSMasterKeyID>", escape(k))).unwrap_or_default();
    format!(
        "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>\
         <ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm>{key}\
         </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>\
         </ServerSideEncryptionConfiguration>"
    )
}

fn organization(world: &World, request: &Request) -> Answer {
    let Some(policies) = &world.once.policies else {
        return Err(Reply::error(400, "AWSOrganizationsNotInUseException", "not a member of an organization"));
    };
    let one = || {
        let found = policies.iter().find(|(policy, ..)| policy["Id"] == request.body["PolicyId"]);
        found.ok_or_else(|| Reply::error(400, "PolicyNotFoundException", "no such policy"))
    };
    match request.operation.as_str() {
        "ListPolicies" => {
            let of_kind = policies.iter().map(|(p, ..)| p).filter(|p| p["Type"] == request.body["Filter"]);
            page(&world.pages, "Policies", "NextToken", &of_kind.cloned().collect::<Vec<_>>(), request)
        }
        "DescribePolicy" => {
            one().map(|(policy, text, _)| json!({ "Policy": { "PolicySummary": policy, "Content": text } }))
        }
        "ListTargetsForPolicy" => {
            one().and_then(|(_, _, targets)| page(&world.pages, "Targets", "NextToken", targets, request))
        }
        "ListParents" => match world.once.parents.get(request.text("ChildId").unwrap_or("")) {
            Some(parent) => Ok(json!({ "Parents": [parent] })),
            None => Err(Reply::error(400, "ChildNotFoundException", "no such child")),
        },
        _ => Err(gone()),
    }
}

impl World {
    /// A Redshift destination over that cluster, with an intermediate bucket and a backup.
    pub fn add_redshift_stream(&mut self, region: &str, name: &str, cluster: &str, bucket: &str) {
        let s3 = |encryption: Value| {
            json!({
                "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"),
                "BucketARN": format!("arn:aws:s3:::{bucket}"),
                "BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 300 },
                "CompressionFormat": "UNCOMPRESSED",
                "EncryptionConfiguration": encryption,
                "CloudWatchLoggingOptions": { "Enabled": true, "LogGroupName": "/aws/kinesisfirehose/errors",
                                              "LogStreamName": "S3" },
            })
        };
        let destination = json!({
            "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"),
            "ClusterJDBCURL": format!("jdbc:redshift://{cluster}.abc123.{region}.redshift.amazonaws.com:5439/dev"),
            "CopyCommand": { "DataTableName": "orders" },
            "S3DestinationDescription": s3(json!({ "NoEncryptionConfig": "NoEncryption" })),
            "S3BackupMode": "Enabled",
            "S3BackupDescription": s3(json!({ "NoEncryptionConfig": "NoEncryption" })),
            "CloudWatchLoggingOptions": { "Enabled": true, "LogGroupName": "/aws/kinesisfirehose/errors",
                                          "LogStreamName": "redshift" },
        });
        self.add_stream(region, name).destination("RedshiftDestinationDescription", &destination);
        let near = &mut self.place(region).surroundings;
        near.redshift.insert(
            cluster.to_owned(),
            vec![
                ("ClusterIdentifier", cluster.to_owned()),
                ("Encrypted", "true".to_owned()),
                ("PubliclyAccessible", "false".to_owned()),
            ],
        );
        let group = json!({ "logGroupName": "/aws/kinesisfirehose/errors", "retentionInDays": 30, "storedBytes": 12 });
        near.log_groups.insert("/aws/kinesisfirehose/errors".to_owned(), group);
    }

    /// Destinations of `OpenSearch`, each over a store of its own with that key, and one of Splunk with a secret.
    pub fn add_search_streams(&mut self, region: &str, key: &str, bucket: &str) {
        let s3 = json!({
            "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/delivery"),
            "BucketARN": format!("arn:aws:s3:::{bucket}"),
            "BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 300 },
            "CompressionFormat": "UNCOMPRESSED",
            "EncryptionConfiguration": { "NoEncryptionConfig": "NoEncryption" },
            "CloudWatchLoggingOptions": { "Enabled": false },
        });
        let domain = format!("arn:aws:es:{region}:{ACCOUNT}:domain/orders");
        let endpoint = format!("https://07tjusf2h91cunochc.{region}.aoss.amazonaws.com");
        let secret = format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:splunk-a1b2c3");
        for (name, kind, own) in [
            ("search", "AmazonopensearchserviceDestinationDescription", json!({ "DomainARN": domain })),
            (
                "collection",
                "AmazonOpenSearchServerlessDestinationDescription",
                json!({ "CollectionEndpoint": endpoint }),
            ),
            (
                "hec",
                "SplunkDestinationDescription",
                json!({ "HECEndpoint": "https://splunk.example.com:8088",
                        "SecretsManagerConfiguration": { "Enabled": true, "SecretARN": secret } }),
            ),
            (
                "tables",
                "IcebergDestinationDescription",
                json!({ "CatalogConfiguration": { "CatalogARN": format!("arn:aws:glue:{region}:{ACCOUNT}:catalog") },
                        "DestinationTableConfigurationList": [{ "DestinationDatabaseName": "sales",
                                                               "DestinationTableName": "orders" }] }),
            ),
        ] {
            let mut destination = own;
            destination["S3DestinationDescription"] = s3.clone();
            self.add_stream(region, name).destination(kind, &destination);
        }
        let near = &mut self.place(region).surroundings;
        near.domains.insert(
            "orders".to_owned(),
            json!({ "DomainName": "orders", "ARN": domain, "AccessPolicies": "{}",
                    "EncryptionAtRestOptions": { "Enabled": true, "KmsKeyId": key },
                    "NodeToNodeEncryptionOptions": { "Enabled": true },
                    "DomainEndpointOptions": { "EnforceHTTPS": false } }),
        );
        near.collections.insert(
            "07tjusf2h91cunochc".to_owned(),
            json!({ "id": "07tjusf2h91cunochc", "name": "orders", "status": "ACTIVE", "kmsKeyArn": key,
                    "description": "of the orders team" }),
        );
        near.tables.insert(
            ("sales".to_owned(), "orders".to_owned()),
            json!({ "Name": "orders", "DatabaseName": "sales", "CatalogId": ACCOUNT, "Owner": "the orders team",
                    "StorageDescriptor": { "Location": "s3://acme-lake/sales/orders", "Columns": [] } }),
        );
        self.once.buckets.insert(("acme-lake".to_owned(), "GetBucketEncryption"), Ok(encryption("aws:kms", Some(key))));
        let near = &mut self.place(region).surroundings;
        near.secrets.insert(
            secret.clone(),
            json!({ "ARN": secret, "Name": "splunk", "KmsKeyId": key, "Description": "the token of the collector" }),
        );
    }

    /// Fills the surroundings of [`World::of_every_class`]: something of every kind that a call tells of.
    pub fn surround(&mut self, region: &str, key: &str) {
        let account = ACCOUNT;
        self.add_redshift_stream(region, "redshift", "orders", "acme-warehouse");
        self.add_search_streams(region, key, "acme-warehouse");
        let near = &mut self.place(region).surroundings;
        let stream = format!("arn:aws:kinesis:{region}:{account}:stream/orders");
        near.kinesis.insert(
            stream.clone(),
            json!({ "StreamName": "orders", "StreamARN": stream, "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24,
                    "EncryptionType": "KMS", "KeyId": key, "EnhancedMonitoring": [] }),
        );
        let cluster = format!("arn:aws:kafka:{region}:{account}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-1");
        near.msk.insert(
            cluster.clone(),
            json!({ "clusterArn": cluster, "clusterName": "orders", "clusterType": "PROVISIONED", "state": "ACTIVE",
                    "provisioned": { "encryptionInfo": {
                        "encryptionAtRest": { "dataVolumeKMSKeyId": key },
                        "encryptionInTransit": { "clientBroker": "TLS", "inCluster": true } },
                        "zookeeperConnectString": "z-1.orders:2181" } }),
        );
        near.metric_filters.push(json!({
            "filterName": "key-changes", "filterPattern": "{ $.eventName = DisableKey }", "logGroupName": "trail",
            "metricTransformations": [{ "metricName": "KeyChanges", "metricNamespace": "Trail", "metricValue": "1" }],
        }));
        near.metric_filters.push(json!({
            "filterName": "other", "filterPattern": "ERROR", "logGroupName": "trail", "metricTransformations": [],
        }));
        near.log_groups.insert("trail".to_owned(), json!({ "logGroupName": "trail", "kmsKeyId": key }));
        for (name, metric) in [("key-changes", "KeyChanges"), ("latency", "Latency")] {
            near.alarms.push(json!({
                "AlarmName": name, "Namespace": "Trail", "MetricName": metric, "ActionsEnabled": true, "Dimensions": [],
                "AlarmActions": [format!("arn:aws:sns:{region}:{account}:security")], "StateValue": "OK",
            }));
        }
        let pattern = json!({ "source": ["aws.kms"], "detail": { "eventName": ["DisableKey"] } }).to_string();
        let target =
            |id: &str| json!({ "Id": id, "Arn": format!("arn:aws:sns:{region}:{account}:{id}"), "Input": "x" });
        near.rules.push((
            json!({ "Name": "keys", "State": "ENABLED", "EventPattern": pattern, "EventBusName": "default" }),
            vec![target("security"), target("operations")],
        ));
        for name in ["security", "operations"] {
            let topic = format!("arn:aws:sns:{region}:{account}:{name}");
            let told = ["sqs", "email"].map(|protocol| {
                let confirmed =
                    if protocol == "sqs" { format!("{topic}:0a1b2c3d") } else { "PendingConfirmation".into() };
                [protocol.to_owned(), confirmed, format!("{name}@example.com")]
            });
            near.topics.insert(topic, told.to_vec());
        }
        let other = json!({ "source": ["aws.ec2"] }).to_string();
        near.rules.push((json!({ "Name": "machines", "State": "ENABLED", "EventPattern": other }), Vec::new()));
        for name in ["lake", "archive"] {
            near.event_data_stores.push(json!({
                "EventDataStoreArn": format!("arn:aws:cloudtrail:{region}:{account}:eventdatastore/{name}"),
                "Name": name, "Status": "ENABLED", "MultiRegionEnabled": true, "OrganizationEnabled": false,
                "RetentionPeriod": 2557, "TerminationProtectionEnabled": true, "KmsKeyId": key,
                "AdvancedEventSelectors": [{ "Name": "management", "FieldSelectors": [
                    { "Field": "eventCategory", "Equals": ["Management"] }] }],
            }));
        }
        let deny = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Resource": "*",
            "Action": ["firehose:StopDeliveryStreamEncryption", "kms:ScheduleKeyDeletion"] }] });
        let policy = |id: &str, kind: &str| json!({ "Id": id, "Name": id, "Type": kind, "AwsManaged": false });
        let targets =
            vec![json!({ "TargetId": "r-abcd", "Type": "ROOT" }), json!({ "TargetId": account, "Type": "ACCOUNT" })];
        self.once.policies = Some(vec![
            (policy("p-keys", "SERVICE_CONTROL_POLICY"), deny.to_string(), targets.clone()),
            (
                policy("p-full", "SERVICE_CONTROL_POLICY"),
                deny.to_string(),
                vec![json!({ "TargetId": "ou-abcd-11111111", "Type": "ORGANIZATIONAL_UNIT" })],
            ),
            (policy("p-resources", "RESOURCE_CONTROL_POLICY"), deny.to_string(), targets),
        ]);
        let unit = |id: &str| json!({ "Id": id, "Type": "ORGANIZATIONAL_UNIT" });
        self.once.parents = BTreeMap::from([
            (account.to_owned(), unit("ou-abcd-22222222")),
            ("ou-abcd-22222222".to_owned(), unit("ou-abcd-11111111")),
            ("ou-abcd-11111111".to_owned(), json!({ "Id": "r-abcd", "Type": "ROOT" })),
        ]);
        let puts = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Resource": "*",
            "Action": ["firehose:PutRecord", "kms:GenerateDataKey"] }] });
        let managed = format!("arn:aws:iam::{account}:policy/producers");
        self.once.identities.push(("RoleDetailList", role("producer", &puts, &[&managed])));
        self.once.identities.push(("Policies", managed_policy(&managed, &puts)));
        for place in self.places.values_mut() {
            for trail in &mut place.trails {
                trail.description["CloudWatchLogsLogGroupArn"] =
                    json!(format!("arn:aws:logs:{region}:{account}:log-group:trail:*"));
            }
        }
    }
}
