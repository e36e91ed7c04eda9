//! A small account for the tests of checks, built from nouns; and the tests over the table of checks.

pub(crate) use super::makers::*;
use super::*;
use crate::model::estate::Estate;
use crate::model::event::{Event, EventQuery, NAMES};
use crate::model::key::{Expiry, KeyFacts, KeyManager, KeyState, MultiRegion, Origin, Rotation, RotationEvent};
use crate::model::reading::{Ev, GapFacts, GapKind, Reading};
use crate::model::run::{AccountRun, Window};
use crate::model::stream::{Source, Sse, SseKey, SseState};
use crate::model::trail::{ClassicSelector, Selectors, Trail, TrailStatus};
use crate::model::{AccountId, Region, Time};
use chrono::TimeDelta;

pub(super) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(super) fn home() -> Region {
    "eu-west-1".parse().unwrap()
}

pub(super) fn now() -> Time {
    crate::model::time::http_date("Mon, 02 Nov 2026 06:00:00 GMT").unwrap()
}

/// A reading of that value.
#[expect(clippy::unnecessary_wraps, reason = "a Reading is a Result")]
pub(crate) fn read<T>(value: T) -> Reading<T> {
    Ok(Read { value, at: Citation { ev: Ev(1), pointer: "/x".into() } })
}

/// A reading that was denied.
pub(crate) fn denied<T>(service: &str, operation: &str) -> Reading<T> {
    Err(Gap::from(GapFacts {
        account: account(),
        region: home(),
        service: service.into(),
        operation: operation.into(),
        subject: "x".to_owned(),
        kind: GapKind::Denied,
        code: Some("AccessDeniedException".to_owned()),
        detail: "no".to_owned(),
        record: Some(Ev(2)),
    }))
}

pub(crate) fn key_arn(id: &str) -> String {
    format!("arn:aws:kms:eu-west-1:111122223333:key/{id}")
}

/// One Region, filled by the test.
#[derive(Clone)]
pub(crate) struct World {
    pub(super) place: Place,
    pub(super) estate: Estate,
    settings: Settings,
}

impl World {
    pub fn new() -> Self {
        let query = |name: &str| EventQuery { name: name.to_owned(), events: read(Vec::new()), partial: Vec::new() };
        let place = Place {
            account: account(),
            region: home(),
            listing: read(0),
            streams: Vec::new(),
            keys: Vec::new(),
            trails: read(Vec::new()),
            events: NAMES.iter().map(|(n, _)| query(n)).collect(),
            hops: Hops::unasked(&account(), &home()),
        };
        Self { place, estate: Estate::unasked(&account(), &home()), settings: Settings::default() }
    }

    pub fn stream(mut self, stream: StreamMaker) -> Self {
        self.place.streams.push(stream.0);
        self.place.listing = read(self.place.streams.len());
        self
    }

    pub fn key(mut self, key: KeyMaker) -> Self {
        self.place.keys.push(key.0);
        self
    }

    pub fn trail(mut self, trail: TrailMaker) -> Self {
        if let Ok(trails) = &mut self.place.trails {
            trails.value.push(trail.0);
        }
        self
    }

    pub fn unlisted(mut self) -> Self {
        self.place.listing = denied("firehose", "ListDeliveryStreams");
        self
    }

    pub fn trails_denied(mut self) -> Self {
        self.place.trails = denied("cloudtrail", "DescribeTrails");
        self
    }

    pub fn events_denied(mut self) -> Self {
        for query in &mut self.place.events {
            query.events = denied("cloudtrail", "LookupEvents");
        }
        self
    }

    fn query(&mut self, name: &str) -> &mut EventQuery {
        self.place.events.iter_mut().find(|q| q.name == name).unwrap()
    }

    pub fn event(mut self, event: EventMaker) -> Self {
        let query = self.query(&event.0.name);
        query.events.as_mut().unwrap().value.push(event.0);
        self
    }

    /// An event on a page that was read, before one that was refused.
    pub fn event_before_a_gap(mut self, event: EventMaker) -> Self {
        let query = self.query(&event.0.name);
        query.events = denied("cloudtrail", "LookupEvents");
        query.partial.push(event.0);
        self
    }

    pub fn cryptoperiod(mut self, days: u64) -> Self {
        self.settings.parameters.insert("cryptoperiod_days".to_owned(), days.into());
        self
    }

    /// The declarations in the text of a configuration file.
    pub fn declared(mut self, toml: &str) -> Self {
        self.settings = toml::from_str(toml).unwrap();
        self
    }

    pub fn require_stream_tags(mut self, tags: &[&str]) -> Self {
        self.settings.required_tags.streams = tags.iter().map(ToString::to_string).collect();
        self
    }

    pub fn require_key_tags(mut self, tags: &[&str]) -> Self {
        self.settings.required_tags.keys = tags.iter().map(ToString::to_string).collect();
        self
    }

    pub fn findings(&self) -> Vec<Finding> {
        run_checks(&self.snapshot(), &self.settings)
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn snapshot(&self) -> Snapshot {
        let run = AccountRun {
            account: account(),
            partition: "aws".to_owned(),
            caller: "arn:aws:sts::111122223333:assumed-role/r/s".to_owned(),
            started: now(),
            ended: now(),
            window: Window { from: now() - TimeDelta::days(90), to: now() },
            regions: vec![home()],
            unread: Vec::new(),
            endpoints: Vec::new(),
        }
        .alone();
        Snapshot { run, places: vec![self.place.clone()], estates: vec![self.estate.clone()], gaps: Vec::new() }
    }

    pub fn find(&self, check: &str, id: &str) -> Finding {
        self.findings().into_iter().find(|f| f.check == check && f.subject.id == id).unwrap()
    }

    pub fn of_stream(&self, check: &str, name: &str) -> Finding {
        self.find(check, &format!("arn:aws:firehose:eu-west-1:111122223333:deliverystream/{name}"))
    }

    pub fn of_key(&self, check: &str, id: &str) -> Finding {
        self.find(check, &key_arn(id))
    }

    pub fn region(&self, check: &str) -> Finding {
        self.find(check, "111122223333/eu-west-1")
    }
}

fn run_checks(snapshot: &Snapshot, settings: &Settings) -> Vec<Finding> {
    super::run(snapshot, settings)
}

/// A stream under construction.
#[derive(Clone)]
pub(crate) struct StreamMaker(pub(super) Stream);

/// A Direct PUT stream on an AWS-owned key.
pub(crate) fn direct_put(name: &str) -> StreamMaker {
    StreamMaker(Stream {
        account: account(),
        region: home(),
        name: name.to_owned(),
        arn: format!("arn:aws:firehose:eu-west-1:111122223333:deliverystream/{name}"),
        listed: Citation::whole(Ev(1)),
        source: read(Source::DirectPut),
        sse: read(Sse { state: SseState::Enabled, key: read(SseKey::AwsOwned), failure: None }),
        status: read("ACTIVE".to_owned()),
        created: read(now() - TimeDelta::days(400)),
        changed: read(None),
        destinations: read(vec!["ExtendedS3DestinationDescription".to_owned()]),
        deliveries: read(Vec::new()),
        source_access: read(SourceAccess::default()),
        tags: read(Tags::new()),
    })
}

use crate::model::hops::Hops;
use crate::model::stream::{SourceAccess, Tags};

impl StreamMaker {
    pub fn state(mut self, state: SseState) -> Self {
        if let Ok(sse) = &mut self.0.sse {
            sse.value.state = state;
        }
        self
    }

    pub fn key(mut self, id: &str) -> Self {
        if let Ok(sse) = &mut self.0.sse {
            sse.value.key = read(SseKey::Kms { arn: key_arn(id) });
        }
        self
    }

    pub fn key_arn(mut self, arn: &str) -> Self {
        if let Ok(sse) = &mut self.0.sse {
            sse.value.key = read(SseKey::Kms { arn: arn.to_owned() });
        }
        self
    }

    pub fn status(mut self, status: &str) -> Self {
        self.0.status = read(status.to_owned());
        self
    }

    pub fn age_days(mut self, days: i64) -> Self {
        self.0.created = read(now() - TimeDelta::days(days));
        self
    }

    pub fn tags_denied(mut self) -> Self {
        self.0.tags = denied("firehose", "ListTagsForDeliveryStream");
        self
    }

    pub fn source(mut self, source: Source) -> Self {
        self.0.source = read(source);
        self
    }

    pub fn tag(mut self, name: &str, value: &str) -> Self {
        if let Ok(tags) = &mut self.0.tags {
            tags.value.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.source = denied("firehose", "DescribeDeliveryStream");
        self.0.sse = denied("firehose", "DescribeDeliveryStream");
        self.0.status = denied("firehose", "DescribeDeliveryStream");
        self.0.created = denied("firehose", "DescribeDeliveryStream");
        self.0.destinations = denied("firehose", "DescribeDeliveryStream");
        self.0.deliveries = denied("firehose", "DescribeDeliveryStream");
        self.0.source_access = denied("firehose", "DescribeDeliveryStream");
        self
    }
}

/// A key under construction.
#[derive(Clone)]
pub(crate) struct KeyMaker(pub(super) Key);

/// An enabled symmetric customer-managed key that rotates every 365 days, 100 days old.
pub(crate) fn customer_key(id: &str) -> KeyMaker {
    KeyMaker(Key {
        account: account(),
        region: home(),
        arn: key_arn(id),
        facts: read(KeyFacts {
            manager: read(KeyManager::Customer),
            state: read(KeyState::Enabled),
            usage: read("ENCRYPT_DECRYPT".to_owned()),
            spec: read("SYMMETRIC_DEFAULT".to_owned()),
            origin: read(Origin::AwsKms),
            created: read(now() - TimeDelta::days(100)),
            deletion: None,
            material: None,
            multi_region: MultiRegion::No,
        }),
        aliases: read(Vec::new()),
        rotation: read(Rotation { enabled: true, period_days: Some(365), next: None }),
        rotations: read(Vec::new()),
        policy: read(policy_of(&[OWNER])),
        ram_policy: read(None),
        tags: read(Tags::new()),
        grants: read(Vec::new()),
    })
}

/// The statement that AWS writes into every new policy.
pub(crate) const OWNER: &str = r#"{"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;

/// A statement that allows an action, its principal and conditions as JSON.
pub(crate) fn statement(principal: &str, action: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":["{action}"],"Resource":"*","Condition":{condition}}}"#
    )
}

fn policy_of(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// A key that AWS manages.
pub(crate) fn aws_managed(id: &str) -> KeyMaker {
    customer_key(id).facts(|f| f.manager = read(KeyManager::Aws))
}

impl KeyMaker {
    fn facts(mut self, change: impl FnOnce(&mut KeyFacts)) -> Self {
        if let Ok(facts) = &mut self.0.facts {
            change(&mut facts.value);
        }
        self
    }

    pub fn denied(mut self) -> Self {
        self.0.facts = denied("kms", "DescribeKey");
        self
    }

    pub fn policy(mut self, statements: &[&str]) -> Self {
        self.0.policy = read(policy_of(statements));
        self
    }

    pub fn shared(mut self, statements: &[&str]) -> Self {
        self.0.ram_policy = read(Some(policy_of(statements)));
        self
    }

    pub fn policy_denied(mut self) -> Self {
        self.0.policy = denied("kms", "GetKeyPolicy");
        self
    }

    pub fn ram_denied(mut self) -> Self {
        self.0.ram_policy = denied("kms", "GetKeyPolicy");
        self
    }

    pub fn state(self, state: KeyState) -> Self {
        self.facts(|f| f.state = read(state))
    }

    pub fn origin(self, origin: Origin) -> Self {
        self.facts(|f| f.origin = read(origin))
    }

    pub fn spec(self, spec: &str) -> Self {
        self.facts(|f| f.spec = read(spec.to_owned()))
    }

    pub fn named(mut self, arn: &str) -> Self {
        arn.clone_into(&mut self.0.arn);
        self
    }

    pub fn vanished(mut self) -> Self {
        self.0.facts = denied("kms", "DescribeKey").map_err(|gap| gap.of_kind(GapKind::Vanished));
        self
    }

    pub fn deleted_in(self, days: i64) -> Self {
        self.facts(|f| f.deletion = Some(now() + TimeDelta::days(days)))
    }

    pub fn expires_in(self, days: i64) -> Self {
        self.facts(|f| f.material = Some(Expiry::On(now() + TimeDelta::days(days))))
    }

    pub fn never_expires(self) -> Self {
        self.facts(|f| f.material = Some(Expiry::Never))
    }

    pub fn multi_region(self, multi_region: MultiRegion) -> Self {
        self.facts(|f| f.multi_region = multi_region)
    }

    pub fn next_rotation(mut self, days: i64) -> Self {
        let next = Some(now() + TimeDelta::days(days));
        self.0.rotation = read(Rotation { enabled: true, period_days: Some(365), next });
        self
    }

    pub fn aliases_denied(mut self) -> Self {
        self.0.aliases = denied("kms", "ListAliases");
        self
    }

    pub fn age_days(self, days: i64) -> Self {
        self.facts(|f| f.created = read(now() - TimeDelta::days(days)))
    }

    pub fn rotates(mut self, days: u32) -> Self {
        self.0.rotation = read(Rotation { enabled: true, period_days: Some(days), next: None });
        self
    }

    pub fn no_rotation(mut self) -> Self {
        self.0.rotation = read(Rotation { enabled: false, period_days: None, next: None });
        self
    }

    pub fn rotation_denied(mut self) -> Self {
        self.0.rotation = denied("kms", "GetKeyRotationStatus");
        self
    }

    pub fn alias(mut self, alias: &str) -> Self {
        self.0.aliases = read(vec![alias.to_owned()]);
        self
    }

    pub fn tag(mut self, name: &str, value: &str) -> Self {
        if let Ok(tags) = &mut self.0.tags {
            tags.value.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub fn tags_denied(mut self) -> Self {
        self.0.tags = denied("kms", "ListResourceTags");
        self
    }

    pub fn history_denied(mut self) -> Self {
        self.0.rotations = denied("kms", "ListKeyRotations");
        self
    }

    pub fn rotated(mut self, days_ago: i64) -> Self {
        let event = RotationEvent { date: now() - TimeDelta::days(days_ago), kind: "AUTOMATIC".to_owned() };
        self.0.rotations = read(vec![event]);
        self
    }
}

/// An event under construction.
#[derive(Clone)]
pub(crate) struct EventMaker(Event);

/// An event of that name, by a role, about nothing in particular.
pub(crate) fn event(name: &str) -> EventMaker {
    let service = match NAMES.iter().find(|(known, _)| *known == name).unwrap().1 {
        crate::model::event::EventGroup::Stream => "firehose",
        crate::model::event::EventGroup::Trail => "cloudtrail",
        _ => "kms",
    };
    EventMaker(Event {
        id: format!("id-{name}"),
        name: name.to_owned(),
        source: format!("{service}.amazonaws.com"),
        time: now() - TimeDelta::days(3),
        who: "arn:aws:sts::111122223333:assumed-role/Platform/robin".to_owned(),
        error: None,
        resources: Vec::new(),
        at: Citation { ev: Ev(3), pointer: "/Events/0".into() },
    })
}

impl EventMaker {
    pub fn of(mut self, resource: &str) -> Self {
        self.0.resources.push(resource.to_owned());
        self
    }

    pub fn by(mut self, who: &str) -> Self {
        who.clone_into(&mut self.0.who);
        self
    }

    pub fn refused(mut self) -> Self {
        self.0.error = Some("AccessDenied".to_owned());
        self
    }
}

/// A time so many hours before the run.
pub(crate) fn hours_ago(hours: i64) -> Time {
    now() - TimeDelta::hours(hours)
}

/// A trail under construction.
#[derive(Clone)]
pub(crate) struct TrailMaker(Trail);

/// A multi-Region trail that logs and validates all management events.
pub(crate) fn trail(name: &str) -> TrailMaker {
    let selector =
        ClassicSelector { management: true, read_write: "All".to_owned(), excluded: Vec::new(), data: Vec::new() };
    TrailMaker(Trail {
        arn: format!("arn:aws:cloudtrail:eu-west-1:111122223333:trail/{name}"),
        name: name.to_owned(),
        home_region: read("eu-west-1".to_owned()),
        multi_region: read(true),
        organization: read(false),
        validation: read(true),
        bucket: None,
        prefix: None,
        kms_key: None,
        log_group: None,
        listed: Citation::whole(Ev(1)),
        status: read(logging()),
        selectors: read(Selectors::Classic(vec![selector])),
    })
}

fn logging() -> TrailStatus {
    let recently = Some(now() - TimeDelta::minutes(10));
    TrailStatus {
        logging: true,
        latest_delivery: recently,
        delivery_error: None,
        latest_digest: recently,
        digest_error: None,
        latest_log_group: recently,
        log_group_error: None,
    }
}

impl TrailMaker {
    pub fn status(mut self, change: impl FnOnce(&mut TrailStatus)) -> Self {
        if let Ok(status) = &mut self.0.status {
            change(&mut status.value);
        }
        self
    }

    pub fn change(mut self, change: impl FnOnce(&mut Trail)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn stopped(self) -> Self {
        self.status(|s| s.logging = false)
    }

    pub fn one_region(mut self) -> Self {
        self.0.multi_region = read(false);
        self
    }

    pub fn unvalidated(mut self) -> Self {
        self.0.validation = read(false);
        self
    }

    pub fn status_denied(mut self) -> Self {
        self.0.status = denied("cloudtrail", "GetTrailStatus");
        self
    }

    /// Records data events of S3 as well, classic selectors: reads, writes or all, of these ARNs.
    pub fn data(mut self, read_write: &str, arns: &[&str]) -> Self {
        let data = vec![("AWS::S3::Object".to_owned(), arns.iter().map(ToString::to_string).collect())];
        let selector =
            ClassicSelector { management: true, read_write: read_write.to_owned(), excluded: Vec::new(), data };
        self.0.selectors = read(Selectors::Classic(vec![selector]));
        self
    }

    pub fn without_kms(mut self) -> Self {
        let excluded = vec!["kms.amazonaws.com".to_owned()];
        let selector = ClassicSelector { management: true, read_write: "All".to_owned(), excluded, data: Vec::new() };
        self.0.selectors = read(Selectors::Classic(vec![selector]));
        self
    }
}

#[test]
fn ids_are_unique_kebab_case_and_the_names_of_their_files() {
    let mut ids: Vec<&str> = ALL.iter().map(|c| c.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for id in ids {
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{id}");
        let file = format!("{}/src/checks/{}.rs", env!("CARGO_MANIFEST_DIR"), id.replace('-', "_"));
        assert!(std::path::Path::new(&file).exists(), "{file}");
    }
}

#[test]
fn every_check_names_operations_that_the_collectors_know() {
    for check in ALL {
        assert!(!check.reads.is_empty(), "{}", check.id);
        for read in check.reads {
            let (service, operation) = read.split_once(':').unwrap();
            assert!(crate::model::operation::find(service, operation).is_some(), "{read}");
        }
    }
}

#[test]
fn a_listing_that_failed_is_one_unknown_for_each_check_of_streams_and_keys() {
    let findings = World::new().unlisted().findings();
    let asked_of_listed = ALL.iter().filter(|c| c.judge.kind() != SubjectKind::Region).count();
    let unlisted: Vec<_> = findings.iter().filter(|f| f.subject.id.ends_with("/*")).collect();
    assert_eq!(unlisted.len(), asked_of_listed);
    assert!(unlisted.iter().all(|f| f.status == Status::Unknown && !f.citations.is_empty()));
}

#[test]
fn no_pass_is_without_evidence() {
    let world =
        World::new().cryptoperiod(365).key(customer_key("k")).stream(direct_put("s").key("k")).trail(trail("t"));
    let findings = world.findings();
    assert!(findings.iter().any(|f| f.status == Status::Pass));
    for finding in findings.iter().filter(|f| f.status == Status::Pass) {
        assert!(!finding.citations.is_empty(), "{}", finding.check);
    }
}

#[test]
fn a_finding_has_the_same_id_in_every_run() {
    let world = World::new().stream(direct_put("s"));
    assert_eq!(world.of_stream("stream-sse-enabled", "s").id, world.of_stream("stream-sse-enabled", "s").id);
    let mut ids: Vec<_> = world.findings().into_iter().map(|f| f.id).collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
