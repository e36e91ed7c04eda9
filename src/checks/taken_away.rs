//! No result improves when an answer is taken away: every reading of rich accounts becomes a gap, one at a time.

use super::run;
use super::tests::{
    OWNER, World, alarm, aws_managed, bucket, customer_key, denied, direct_put, domain, event, grant, guardrail,
    key_arn, kinesis, log_group, msk, read, redshift, role, rule, statement, store, to, trail,
};
use crate::model::destination::DestinationKind;
use crate::model::estate::Estate;
use crate::model::key::{KeyState, Origin};
use crate::model::snapshot::Place;
use crate::model::stream::{Source, SseState};
use crate::model::{Finding, FindingId, Snapshot, Status};
use std::collections::HashMap;

const DECLARED: &str = r#"
[scope]
tenant_tag = "tenant"
environment_tag = "environment"
data_class_tag = "class"
[scope.tag_values]
cards = ["pan"]
[parameters]
cryptoperiod_days = 365
[required_tags]
streams = ["owner"]
keys = ["owner"]
[expected]
administrators = ["arn:aws:iam::111122223333:role/Key*"]
grant_creators = ["*Platform*"]
streams_per_key = 2
"#;

/// What is good, what is bad, and what is open, side by side.
fn worlds() -> Vec<World> {
    let keeper = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/KeyKeeper"}"#, "kms:PutKeyPolicy", "{}");
    let app = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, "kms:*", "{}");
    let public = statement("\"*\"", "kms:Decrypt", "{}");
    let good = || {
        let stream = |name: &str| direct_put(name).key("k").tag("tenant", "acme").tag("environment", "production");
        World::new()
            .declared(DECLARED)
            .stream(stream("a").tag("owner", "x").tag("class", "cards"))
            .stream(stream("b").tag("owner", "x").tag("class", "cards"))
            .key(
                customer_key("k")
                    .policy(&[OWNER])
                    .tag("owner", "x")
                    .tag("tenant", "acme")
                    .alias("alias/k")
                    .next_rotation(9),
            )
            .trail(trail("t").change(|t| {
                t.kms_key = Some(key_arn("t"));
                t.log_group = Some("arn:aws:logs:eu-west-1:111122223333:log-group:t".to_owned());
                t.organization = read(true);
            }))
    };
    let bad = good()
        .stream(direct_put("c").key("k").tag("tenant", "other").tag("environment", "test"))
        .stream(direct_put("d"))
        .stream(direct_put("e").state(SseState::Disabled))
        .stream(direct_put("f").state(SseState::EnablingFailed).key("p").status("CREATING_FAILED"))
        .stream(direct_put("g").source(Source::Kinesis { arn: None }))
        .stream(direct_put("h").key("m").tag("tenant", "acme"))
        .key(customer_key("p").policy(&[&app, &public]).no_rotation().state(KeyState::Disabled))
        .key(customer_key("q").policy(&[&keeper]).origin(Origin::External).expires_in(10))
        .key(customer_key("v").origin(Origin::External).never_expires())
        .key(customer_key("r").state(KeyState::PendingDeletion).deleted_in(9).spec("RSA_2048"))
        .key(aws_managed("m"))
        .trail(trail("u").stopped().without_kms().unvalidated().one_region());
    let names = ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant", "DisableKeyRotation"];
    let eventful = names.iter().fold(bad.clone(), |w, name| w.event(event(name).of(&key_arn("k"))));
    let eventful = ["StopDeliveryStreamEncryption", "StopLogging", "PutEventSelectors", "UpdateDestination"]
        .iter()
        .fold(eventful, |w, name| w.event(event(name)));
    let eventful = eventful
        .event(event("CreateGrant").of(&key_arn("k")).refused())
        .event(event("CreateKey").by("arn:aws:iam::111122223333:root"))
        .event(event("EnableKey").by(""));
    vec![World::new(), good(), bad, eventful, surrounded(good()), badly_surrounded(good())]
}

/// Everything around the streams, as it should be.
fn surrounded(world: World) -> World {
    let extended = || to(DestinationKind::ExtendedS3).key("k").backup(Some("k")).logs("errors");
    let allow = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;
    let denied = r#""kms:DisableKey","kms:ScheduleKeyDeletion","firehose:*","cloudtrail:*""#;
    let logs = trail("logs").data("All", &["arn:aws:s3:::main/"]).change(|t| {
        t.bucket = Some("main".to_owned());
        t.kms_key = Some(key_arn("k"));
        t.log_group = Some("arn:aws:logs:eu-west-1:111122223333:log-group:trail:*".to_owned());
    });
    world
        .trail(logs)
        .filter("trail", "{ $.eventSource = \"cloudtrail.amazonaws.com\" }", ("Audit", "Trails"))
        .alarms(vec![
            alarm("Audit", "Trails"),
            alarm("AWS/Firehose", "KMSKeyDisabled").of("DeliveryStreamName", "to-s3"),
        ])
        .rules(vec![rule("keys", r#"{"source":["aws.kms"]}"#)])
        .stores(vec![store("lake").key("k")])
        .guardrails(vec![guardrail(denied)])
        .identities(vec![role("delivery", &[allow])])
        .metrics("to-s3", &[("DeliveryToS3.Success", 1.0)])
        .metrics("from-kinesis", &[])
        .key(customer_key("granted").grants(vec![grant("firehose.amazonaws.com")]))
        .stream(direct_put("granted").key("granted"))
        .bucket(bucket("main").key("k").lock(true, Some("COMPLIANCE"), Some(400)))
        .bucket(bucket("back").key("k"))
        .kinesis(kinesis("in").key("k"))
        .msk(msk("c").key("k"))
        .redshift(redshift("orders").key("k"))
        .domain(domain("search").key("k"))
        .collection("https://c", Some("k"))
        .table("sales", "orders", Some("main"))
        .stream(
            direct_put("to-table").key("k").delivers(to(DestinationKind::Iceberg).key("k").writes("sales", "orders")),
        )
        .stream(direct_put("to-search").key("k").delivers(to(DestinationKind::OpenSearch).key("k").stored("search")))
        .stream(
            direct_put("to-collection")
                .key("k")
                .delivers(to(DestinationKind::OpenSearchServerless).key("k").stored("https://c")),
        )
        .log_group(log_group("errors").key("k"))
        .aliases(&[("alias/k", "k")])
        .stream(direct_put("to-s3").key("k").delivers(extended().changes().mode(Some("Enabled"))))
        .stream(direct_put("by-default").key("k").delivers(to(DestinationKind::S3).logs("errors")))
        .stream(direct_put("from-kinesis").reads("in").delivers(extended()))
        .stream(direct_put("from-msk").source(cluster()).delivers(extended()))
        .stream(direct_put("to-redshift").key("k").delivers(to(DestinationKind::Redshift).key("k").secret(true)))
        .stream(
            direct_put("to-splunk").key("k").delivers(
                to(DestinationKind::Splunk).key("k").at("https://splunk.example.com", Some(true)).secret(true),
            ),
        )
}

fn cluster() -> Source {
    Source::Msk { arn: Some("arn:aws:kafka:eu-west-1:111122223333:cluster/c/1".to_owned()) }
}

/// Everything around the streams, as it should not be.
fn badly_surrounded(world: World) -> World {
    let deny = r#"{"Effect":"Deny","Action":"kms:*","Resource":"*"}"#;
    world
        .rules(vec![])
        .alarms(vec![alarm("AWS/Firehose", "KMSKeyDisabled").of("DeliveryStreamName", "to-s3").mute()])
        .filters(vec![])
        .stores(vec![store("lake").unprotected().without_kms()])
        .guardrails(vec![guardrail(r#""kms:DisableKey""#).on("ou-abcd-1"), guardrail(r#""s3:*""#)])
        .parents(&["ou-abcd-2", "r-abcd"])
        .identities(vec![role("delivery", &[deny])])
        .metrics("to-s3", &[("DeliveryToS3.Success", 0.5), ("KMSKeyDisabled", 3.0)])
        .trail(trail("logs").change(|t| t.bucket = Some("back".to_owned())))
        .key(customer_key("bare").grants(vec![grant("arn:aws:iam::444455556666:role/x")]))
        .key(aws_managed("m"))
        .key(customer_key("p").state(KeyState::PendingDeletion))
        .bucket(bucket("main").block(None).policy_public(Some(true)).versioning(None).region("us-east-1"))
        .bucket(bucket("back").algorithm("none").lock(true, None, None).expires("", 30))
        .kinesis(kinesis("in"))
        .msk(msk("c").way("PLAINTEXT"))
        .redshift(redshift("orders").open().public())
        .domain(domain("search"))
        .collection("https://c", None)
        .table("sales", "orders", Some("back"))
        .stream(direct_put("to-table").delivers(to(DestinationKind::Iceberg).writes("sales", "orders")))
        .stream(direct_put("to-search").delivers(to(DestinationKind::Elasticsearch).stored("search")))
        .stream(direct_put("to-collection").delivers(to(DestinationKind::OpenSearchServerless).stored("https://c")))
        .log_group(log_group("errors"))
        .stream(direct_put("to-s3").key("k").delivers(to(DestinationKind::ExtendedS3).key("p").backup(None)))
        .stream(direct_put("managed").key("k").delivers(to(DestinationKind::ExtendedS3).key("m").logs("errors")))
        .stream(direct_put("changed").delivers(to(DestinationKind::S3).changes().mode(Some("Disabled"))))
        .stream(direct_put("from-kinesis").reads("in").delivers(to(DestinationKind::S3)))
        .stream(direct_put("from-msk").source(cluster()).delivers(to(DestinationKind::OpenSearch)))
        .stream(direct_put("to-redshift").delivers(to(DestinationKind::Redshift)))
        .stream(direct_put("to-splunk").delivers(to(DestinationKind::Splunk).at("http://example.com", Some(false))))
        .stream(direct_put("strange").delivers(to(DestinationKind::Unknown)))
}

/// The snapshot with one answer less, once for each answer.
#[expect(clippy::too_many_lines, reason = "a list of all readings there are")]
fn with_one_less(snapshot: &Snapshot) -> Vec<(String, Snapshot)> {
    let mut all = Vec::new();
    let mut take = |name: String, change: &dyn Fn(&mut Place, &mut Estate)| {
        let mut less = snapshot.clone();
        change(&mut less.places[0], &mut less.estates[0]);
        all.push((name, less));
    };
    macro_rules! gone {
        ($what:expr, $place:ident => $($path:tt)+) => {
            take($what, &|$place: &mut Place, _: &mut Estate| $($path)+ = denied("kms", "DescribeKey"));
        };
    }
    macro_rules! gone_from_the_estate {
        ($what:expr, $estate:ident => $($path:tt)+) => {
            take($what, &|_: &mut Place, $estate: &mut Estate| $($path)+ = denied("s3", "GetBucketEncryption"));
        };
    }
    gone!("the listing".to_owned(), p => p.listing);
    gone!("the list of trails".to_owned(), p => p.trails);
    let place = &snapshot.places[0];
    for (i, stream) in place.streams.iter().enumerate() {
        let of = |what: &str| format!("{what} of stream {}", stream.name);
        gone!(of("source"), p => p.streams[i].source);
        gone!(of("sse"), p => p.streams[i].sse);
        gone!(of("status"), p => p.streams[i].status);
        gone!(of("created"), p => p.streams[i].created);
        gone!(of("destinations"), p => p.streams[i].destinations);
        gone!(of("tags"), p => p.streams[i].tags);
        gone!(of("deliveries"), p => p.streams[i].deliveries);
        gone!(of("access to the source"), p => p.streams[i].source_access);
        for d in 0..stream.deliveries.as_ref().unwrap().value.len() {
            macro_rules! less {
                ($field:ident) => {
                    gone!(of(stringify!($field)), p => p.streams[i].deliveries.as_mut().unwrap().value[d].$field);
                };
            }
            less!(backup_mode);
            less!(role);
            less!(logging);
            less!(processors);
            less!(secret);
            for s in 0..stream.deliveries.as_ref().unwrap().value[d].s3.len() {
                macro_rules! less {
                    ($field:ident) => {
                        gone!(of(stringify!($field)), p => p.streams[i].deliveries.as_mut().unwrap().value[d].s3[s].$field);
                    };
                }
                less!(bucket);
                less!(role);
                less!(encryption);
                less!(logging);
            }
        }
        take(of("key"), &|p, _| {
            p.streams[i].sse.as_mut().unwrap().value.key = denied("firehose", "DescribeDeliveryStream");
        });
    }
    gone!("the aliases of the Region".to_owned(), p => p.hops.aliases);
    gone!("the alarms".to_owned(), p => p.hops.alarms);
    gone!("the composite alarms".to_owned(), p => p.hops.composites);
    gone!("the rules".to_owned(), p => p.hops.rules);
    gone!("the filters".to_owned(), p => p.hops.metric_filters);
    gone!("the stores".to_owned(), p => p.hops.event_data_stores);
    gone_from_the_estate!("the identities".to_owned(), e => e.principals);
    gone_from_the_estate!("the organization".to_owned(), e => e.organization);
    for name in place.hops.metrics.keys() {
        take(format!("metrics of {name}"), &|p, _| {
            p.hops.metrics.insert(name.clone(), denied("cloudwatch", "GetMetricData"));
        });
    }
    for topic in place.hops.topics.keys() {
        take(format!("subscriptions of {topic}"), &|p, _| {
            p.hops.topics.insert(topic.clone(), denied("sns", "ListSubscriptionsByTopic"));
        });
    }
    for i in 0..place.hops.rules.as_ref().map_or(0, |r| r.value.len()) {
        gone!(format!("targets of rule {i}"), p => p.hops.rules.as_mut().unwrap().value[i].targets);
    }
    for i in 0..place.hops.event_data_stores.as_ref().map_or(0, |r| r.value.len()) {
        gone!(format!("key of store {i}"), p => p.hops.event_data_stores.as_mut().unwrap().value[i].key);
        gone!(format!("selectors of store {i}"), p => p.hops.event_data_stores.as_mut().unwrap().value[i].selectors);
        take(format!("protection of store {i}"), &|p, _| {
            p.hops.event_data_stores.as_mut().unwrap().value[i].termination_protection =
                denied("cloudtrail", "GetEventDataStore");
        });
    }
    take("the units".to_owned(), &|_, e| {
        if let Ok(organization) = &mut e.organization {
            organization.value.parents = denied("organizations", "ListParents");
        }
    });
    for i in 0..snapshot.estates[0].organization.as_ref().map_or(0, |o| o.value.policies.len()) {
        gone_from_the_estate!(format!("text of policy {i}"), e => e.organization.as_mut().unwrap().value.policies[i].text);
        take(format!("targets of policy {i}"), &|_, e| {
            e.organization.as_mut().unwrap().value.policies[i].targets =
                denied("organizations", "ListTargetsForPolicy");
        });
    }
    for i in 0..place.hops.kinesis.len() {
        gone!(format!("source {i}"), p => p.hops.kinesis[i].encryption);
    }
    for i in 0..place.hops.msk.len() {
        gone!(format!("kind of cluster {i}"), p => p.hops.msk[i].serverless);
        gone!(format!("key of cluster {i}"), p => p.hops.msk[i].volume_key);
        gone!(format!("way to cluster {i}"), p => p.hops.msk[i].client_broker);
    }
    for i in 0..place.hops.redshift.len() {
        gone!(format!("encryption of Redshift {i}"), p => p.hops.redshift[i].encrypted);
        gone!(format!("key of Redshift {i}"), p => p.hops.redshift[i].key);
        gone!(format!("address of Redshift {i}"), p => p.hops.redshift[i].public);
    }
    for i in 0..place.hops.domains.len() {
        gone!(format!("key of domain {i}"), p => p.hops.domains[i].key);
    }
    for i in 0..place.hops.tables.len() {
        gone!(format!("bucket of table {i}"), p => p.hops.tables[i].bucket);
    }
    for i in 0..place.hops.collections.len() {
        gone!(format!("key of collection {i}"), p => p.hops.collections[i].key);
    }
    for i in 0..place.hops.log_groups.len() {
        gone!(format!("key of log group {i}"), p => p.hops.log_groups[i].key);
    }
    for i in 0..snapshot.estates[0].buckets.len() {
        gone_from_the_estate!(format!("place of bucket {i}"), e => e.buckets[i].location);
        gone_from_the_estate!(format!("encryption of bucket {i}"), e => e.buckets[i].encryption);
        gone_from_the_estate!(format!("block of bucket {i}"), e => e.buckets[i].public_access_block);
        gone_from_the_estate!(format!("policy of bucket {i}"), e => e.buckets[i].policy_public);
        gone_from_the_estate!(format!("versions of bucket {i}"), e => e.buckets[i].versioning);
        gone_from_the_estate!(format!("MFA delete of bucket {i}"), e => e.buckets[i].mfa_delete);
        gone_from_the_estate!(format!("lock of bucket {i}"), e => e.buckets[i].object_lock);
        gone_from_the_estate!(format!("lifecycle of bucket {i}"), e => e.buckets[i].lifecycle);
    }
    for (i, key) in place.keys.iter().enumerate() {
        let of = |what: &str| format!("{what} of key {}", key.arn);
        gone!(of("facts"), p => p.keys[i].facts);
        gone!(of("aliases"), p => p.keys[i].aliases);
        gone!(of("rotation"), p => p.keys[i].rotation);
        gone!(of("rotations"), p => p.keys[i].rotations);
        gone!(of("grants"), p => p.keys[i].grants);
        gone!(of("policy"), p => p.keys[i].policy);
        gone!(of("policy of RAM"), p => p.keys[i].ram_policy);
        gone!(of("tags"), p => p.keys[i].tags);
        gone!(of("manager"), p => p.keys[i].facts.as_mut().unwrap().value.manager);
        gone!(of("state"), p => p.keys[i].facts.as_mut().unwrap().value.state);
        gone!(of("usage"), p => p.keys[i].facts.as_mut().unwrap().value.usage);
        gone!(of("spec"), p => p.keys[i].facts.as_mut().unwrap().value.spec);
        gone!(of("origin"), p => p.keys[i].facts.as_mut().unwrap().value.origin);
        gone!(of("created"), p => p.keys[i].facts.as_mut().unwrap().value.created);
        take(of("expiry"), &|p, _| p.keys[i].facts.as_mut().unwrap().value.material = None);
    }
    for (i, trail) in place.trails.as_ref().unwrap().value.iter().enumerate() {
        let of = |what: &str| format!("{what} of trail {}", trail.name);
        gone!(of("regions"), p => p.trails.as_mut().unwrap().value[i].multi_region);
        gone!(of("organization"), p => p.trails.as_mut().unwrap().value[i].organization);
        gone!(of("validation"), p => p.trails.as_mut().unwrap().value[i].validation);
        gone!(of("status"), p => p.trails.as_mut().unwrap().value[i].status);
        gone!(of("selectors"), p => p.trails.as_mut().unwrap().value[i].selectors);
    }
    for (i, query) in place.events.iter().enumerate() {
        gone!(format!("all events {}", query.name), p => p.events[i].events);
        take(format!("the end of the events {}", query.name), &|p, _| {
            p.events[i].partial = p.events[i].events.as_ref().unwrap().value.clone();
            p.events[i].events = denied("cloudtrail", "LookupEvents");
        });
    }
    all
}

/// What a finding may become when less is known.
fn may_become(before: Status, after: Status) -> bool {
    match before {
        Status::Pass => true,
        Status::Fail | Status::Unknown => matches!(after, Status::Fail | Status::Unknown),
        Status::NotApplicable => matches!(after, Status::NotApplicable | Status::Unknown | Status::Fail),
    }
}

#[test]
fn no_finding_improves_when_an_answer_is_taken_away() {
    let mut compared = 0;
    for world in worlds() {
        let snapshot = world.snapshot();
        let before = findings(&snapshot, &world);
        for (taken, less) in with_one_less(&snapshot) {
            let after = findings(&less, &world);
            for (id, was) in &before {
                let is = &after[id];
                compared += 1;
                assert!(
                    may_become(was.status, is.status),
                    "without {taken}: {} of {} was {} ({}) and is {} ({})",
                    was.check,
                    was.subject.id,
                    was.status.word(),
                    was.reason,
                    is.status.word(),
                    is.reason
                );
            }
        }
    }
    assert!(compared > 20_000, "{compared}");
}

fn findings(snapshot: &Snapshot, world: &World) -> HashMap<FindingId, Finding> {
    run(snapshot, world.settings()).into_iter().map(|f| (f.id, f)).collect()
}

/// The worlds are rich enough: every check has a good or an open answer there, and nearly every one another as well.
#[test]
fn nearly_every_check_has_two_answers_there() {
    let all: Vec<Finding> = worlds().iter().flat_map(World::findings).collect();
    let mut several = 0;
    for check in super::ALL {
        let has = |status| all.iter().any(|f| f.check == check.id && f.status == status);
        assert!(has(Status::Pass) || has(Status::Unknown), "{} never passes", check.id);
        several += usize::from(Status::ALL.iter().filter(|s| has(**s)).count() > 1);
    }
    assert!(several * 10 >= super::ALL.len() * 8, "{several} of {}", super::ALL.len());
}
