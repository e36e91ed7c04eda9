//! What the checks of hops share: where a stream's data rests, what protects it there, and how the answers of many
//! places become one.

use super::{Context, Ruling, Unknown, Verdict, fail, not_applicable, pass, unknown};
use crate::model::destination::{Destination, DestinationKind, S3Encryption, S3Part, S3Structure, Table};
use crate::model::estate::Bucket;
use crate::model::hops::{self, KeyRef};
use crate::model::key::{KeyManager, KeyState};
use crate::model::reading::{Citation, Gap, GapKind, Read, Reading};
use crate::model::refer::Site;
use crate::model::snapshot::Place;
use crate::model::stream::{Source, Stream};
use crate::model::{AccountId, Status};

/// What protects data at a place.
pub(super) enum By {
    /// Nothing; why.
    Nothing(String),
    /// A key that AWS owns and shows to nobody; which.
    Owned(String),
    /// A key that AWS manages, known by its name alone; which.
    Managed(String),
    /// The key of this ARN.
    Key(String),
}

/// What protects data at a place, and where that was read.
pub(super) struct Kept {
    pub by: By,
    pub seen: Vec<Citation>,
}

/// A place where data rests. `kept` is a verdict where there is nothing to judge: not read, or not there.
pub(super) struct Rest {
    pub name: String,
    pub kept: Result<Kept, Verdict>,
}

/// What a gap makes of a question: what AWS does not have does not arise, what was not read is open.
pub(super) fn gap(gap: &Gap) -> Verdict {
    if gap.kind != GapKind::Inapplicable {
        return Err(Unknown::from(gap));
    }
    let ruling = not_applicable(gap.sentence());
    Ok(gap.record.map(Citation::whole).iter().fold(ruling, Ruling::at))
}

/// One place that fails is a failure; else one that is open leaves the whole open; else one good place is a pass. The
/// reason names the places that decide.
pub(super) fn every(answers: Vec<(String, Verdict)>, nothing: Verdict) -> Verdict {
    let (mut failed, mut open, mut good, mut idle) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, answer) in answers {
        match answer {
            Ok(r) if r.status == Status::Fail => failed.push((name, r.reason, r.seen)),
            Ok(r) if r.status == Status::Pass => good.push((name, r.reason, r.seen)),
            Ok(r) if r.status == Status::NotApplicable => idle.push((name, r.reason, r.seen)),
            Ok(r) => open.push((name, r.reason, r.seen)),
            Err(u) => open.push((name, u.reason, u.seen)),
        }
    }
    if !failed.is_empty() {
        return Ok(told(&failed, fail));
    }
    if !open.is_empty() {
        let Ruling { reason, seen, .. } = told(&open, fail);
        return Err(Unknown { reason, seen });
    }
    match (good.is_empty(), idle.is_empty()) {
        (false, _) => Ok(told(&good, pass)),
        (true, false) => Ok(told(&idle, not_applicable)),
        (true, true) => nothing,
    }
}

type Told = (String, String, Vec<Citation>);

fn told(places: &[Told], ruling: impl Fn(String) -> Ruling) -> Ruling {
    let shown: Vec<String> = places.iter().take(3).map(|(name, why, _)| format!("{name}: {why}")).collect();
    let more = match places.len() {
        0..=3 => String::new(),
        many => format!("; and {} more", many - 3),
    };
    let seen = places.iter().flat_map(|(_, _, seen)| seen);
    seen.fold(ruling(format!("{}{more}", shown.join("; "))), Ruling::at)
}

/// The same question of each place.
pub(super) fn each(rests: Vec<Rest>, nothing: Verdict, question: impl Fn(&Kept) -> Verdict) -> Verdict {
    let answer = |rest: Rest| match rest.kept {
        Ok(kept) => (rest.name, question(&kept)),
        Err(verdict) => (rest.name, verdict),
    };
    every(rests.into_iter().map(answer).collect(), nothing)
}

impl Kept {
    fn of(by: By, seen: Vec<Citation>) -> Self {
        Self { by, seen }
    }

    fn cited(&self, ruling: Ruling) -> Ruling {
        self.seen.iter().fold(ruling, Ruling::at)
    }

    /// Whether anything protects the data.
    #[expect(clippy::unnecessary_wraps, reason = "the form of every question")]
    pub(super) fn encrypted(&self) -> Verdict {
        Ok(self.cited(match &self.by {
            By::Nothing(why) => fail(why.clone()),
            By::Owned(which) | By::Managed(which) => pass(format!("encrypted with {which}")),
            By::Key(arn) => pass(format!("encrypted with {arn}")),
        }))
    }

    /// Whether a key of the customer's own does.
    pub(super) fn by_a_customers_key(&self, context: &Context<'_>, account: &AccountId) -> Verdict {
        let arn = match &self.by {
            By::Nothing(why) => return Ok(self.cited(fail(why.clone()))),
            By::Owned(which) | By::Managed(which) => return Ok(self.cited(fail(format!("encrypted with {which}")))),
            By::Key(arn) => arn,
        };
        let manager = facts(context, account, arn)?.value.manager.as_ref()?;
        let ruling = match manager.value {
            KeyManager::Customer => pass(format!("encrypted with the customer-managed key {arn}")),
            KeyManager::Aws => fail(format!("encrypted with {arn}, which AWS manages")),
        };
        Ok(self.cited(ruling.seen(manager)))
    }

    /// Whether the key can be used now; of keys that AWS owns or manages, AWS sees to that.
    pub(super) fn usable(&self, context: &Context<'_>, account: &AccountId) -> Verdict {
        let arn = match &self.by {
            By::Nothing(why) => return Ok(self.cited(not_applicable(format!("no key: {why}")))),
            By::Owned(which) | By::Managed(which) => {
                return Ok(self.cited(not_applicable(format!("AWS keeps {which}"))));
            }
            By::Key(arn) => arn,
        };
        let key = described(context, account, arn)?;
        let facts = match &key.facts {
            Err(gap) if gap.kind == GapKind::Vanished => {
                let ruling = self.cited(fail(format!("KMS does not find the key {arn}")));
                return Ok(Unknown::from(gap).seen.iter().fold(ruling, Ruling::at));
            }
            facts => facts.as_ref()?,
        };
        let manager = facts.value.manager.as_ref()?;
        if manager.value == KeyManager::Aws {
            return Ok(self.cited(not_applicable(format!("AWS keeps {arn}")).seen(manager)));
        }
        let state = facts.value.state.as_ref()?;
        let told = format!("the key {arn} is {}", state.value.word());
        match state.value {
            KeyState::Enabled => Ok(self.cited(pass(told).seen(state))),
            KeyState::Creating | KeyState::Updating => Err(unknown(format!("{told}: read again later")).seen(state)),
            KeyState::Disabled
            | KeyState::PendingDeletion
            | KeyState::PendingImport
            | KeyState::PendingReplicaDeletion
            | KeyState::Unavailable => Ok(self.cited(fail(told).seen(state))),
        }
    }
}

/// A key, whatever refers to it.
pub(super) fn described<'a>(
    context: &'a Context<'_>,
    account: &AccountId,
    arn: &str,
) -> Result<&'a crate::model::Key, Unknown> {
    let key = context.snapshot.key_at(account, arn);
    key.ok_or_else(|| unknown(format!("no record tells of the key {arn}")))
}

fn facts<'a>(
    context: &'a Context<'_>,
    account: &AccountId,
    arn: &str,
) -> Result<&'a Read<crate::model::key::KeyFacts>, Unknown> {
    Ok(described(context, account, arn)?.facts.as_ref()?)
}

/// The Region of the stream.
pub(super) fn here<'a>(context: &'a Context<'_>, stream: &Stream) -> Result<&'a Place, Unknown> {
    let place = context.snapshot.place(&stream.account, &stream.region);
    place.ok_or_else(|| unknown(format!("no record tells of {}", stream.region)))
}

/// What a reference to a key comes to. The names `alias/aws/…` are AWS's own, so they need no answer.
pub(super) fn by_reference(reference: &KeyRef, at: &Citation) -> Result<Kept, Verdict> {
    match &reference.arn {
        Ok(arn) => Ok(Kept::of(By::Key(arn.value.clone()), vec![at.clone(), arn.at.clone()])),
        Err(_) if is_of_aws(&reference.given) => {
            Ok(Kept::of(By::Managed(format!("{}, which AWS manages", reference.given)), vec![at.clone()]))
        }
        Err(unread) => Err(gap(unread)),
    }
}

fn is_of_aws(given: &str) -> bool {
    given.starts_with("alias/aws/") || given.contains(":alias/aws/")
}

/// A key that may be absent, where its absence means a key that AWS owns.
pub(super) fn by_optional(key: &Reading<Option<KeyRef>>, owned: &str) -> Result<Kept, Verdict> {
    match key {
        Err(unread) => Err(gap(unread)),
        Ok(read) => match &read.value {
            Some(reference) => by_reference(reference, &read.at),
            None => Ok(Kept::of(By::Owned(owned.to_owned()), vec![read.at.clone()])),
        },
    }
}

/// Every place in S3 that the stream writes to and that is for one of `parts`.
pub(super) fn in_s3(context: &Context<'_>, stream: &Stream, parts: &[S3Part]) -> Result<Vec<Rest>, Unknown> {
    let deliveries = stream.deliveries.as_ref()?;
    let mut rests = Vec::new();
    for destination in &deliveries.value {
        if destination.kind == DestinationKind::Unknown {
            rests.push(Rest { name: destination.id.clone(), kept: Err(Err(strange(destination))) });
        }
        for structure in destination.s3.iter().filter(|s| parts.contains(&s.part)) {
            let kept = structure_key(context, stream, structure);
            rests.push(Rest { name: s3_name(destination, structure), kept });
        }
    }
    Ok(rests)
}

/// Of a destination of a kind that this program does not know, nothing is known.
pub(super) fn strange(destination: &Destination) -> Unknown {
    Unknown { seen: vec![destination.at.clone()], ..unknown("this program does not know this kind of destination") }
}

/// What reports call a place in S3.
pub(super) fn s3_name(destination: &Destination, structure: &S3Structure) -> String {
    let bucket = structure.bucket.as_ref().map_or("that was not read", |b| b.value.as_str());
    let of = if matches!(destination.kind, DestinationKind::S3 | DestinationKind::ExtendedS3) {
        String::new()
    } else {
        format!(" of {}", destination.kind.word())
    };
    format!("{}{of}, bucket {bucket}", structure.part.word())
}

/// What protects what is written to a place in S3: the key that Firehose asks for, else the bucket's default.
pub(super) fn structure_key(context: &Context<'_>, stream: &Stream, structure: &S3Structure) -> Result<Kept, Verdict> {
    let asked = structure.encryption.as_ref().map_err(gap)?;
    match &asked.value {
        S3Encryption::Kms(given) => {
            let place = here(context, stream).map_err(Err)?;
            let site = Site {
                partition: context.snapshot.run.partition(&stream.account),
                account: &stream.account,
                region: &stream.region,
            };
            let arn = hops::resolve(&place.hops.aliases, site, given, &asked.at);
            by_reference(&KeyRef { given: given.clone(), arn }, &asked.at)
        }
        S3Encryption::BucketDefault => {
            let bucket = structure_bucket(context, stream, structure).map_err(Err)?;
            let mut kept = bucket_default(bucket)?;
            kept.seen.push(asked.at.clone());
            Ok(kept)
        }
    }
}

/// The bucket of a structure, as far as it was read.
pub(super) fn structure_bucket<'a>(
    context: &'a Context<'_>,
    stream: &Stream,
    structure: &S3Structure,
) -> Result<&'a Bucket, Unknown> {
    let name = structure.bucket.as_ref()?;
    bucket(context, &stream.account, &name.value).map_err(|open| open.seen(name))
}

/// A bucket by its name.
pub(super) fn bucket<'a>(context: &'a Context<'_>, account: &AccountId, name: &str) -> Result<&'a Bucket, Unknown> {
    let estate = context.snapshot.estate(account);
    let found = estate.and_then(|e| e.bucket(name));
    found.ok_or_else(|| unknown(format!("no record tells of bucket {name}")))
}

/// What S3 does in a bucket where nobody asks for anything.
pub(super) fn bucket_default(bucket: &Bucket) -> Result<Kept, Verdict> {
    let default = bucket.encryption.as_ref().map_err(gap)?;
    let by = match (default.value.algorithm.as_str(), &default.value.key) {
        ("AES256", _) => By::Owned("keys that S3 owns (SSE-S3), by the bucket's default".to_owned()),
        ("aws:kms" | "aws:kms:dsse", None) => {
            By::Managed("the key that AWS manages for S3, by the bucket's default".to_owned())
        }
        ("aws:kms" | "aws:kms:dsse", Some(key)) => return by_reference(key, &default.at),
        ("none", _) => By::Nothing("S3 says that the bucket has no default encryption".to_owned()),
        (other, _) => {
            let why = format!("the bucket encrypts by {other}, which this program does not know");
            return Err(Err(unknown(why).seen(default)));
        }
    };
    Ok(Kept::of(by, vec![default.at.clone()]))
}

/// Where the records of a destination rest beside its S3 structures; none where those are all there is.
pub(super) fn stores(context: &Context<'_>, stream: &Stream, destination: &Destination) -> Vec<Rest> {
    match destination.kind {
        DestinationKind::Iceberg => tables(context, stream, destination),
        _ => store(context, stream, destination).into_iter().collect(),
    }
}

/// The tables of Iceberg that a stream names: their files are written as their bucket encrypts by default.
fn tables(context: &Context<'_>, stream: &Stream, destination: &Destination) -> Vec<Rest> {
    let open = |why: String| Err(Err(Unknown { seen: vec![destination.at.clone()], ..unknown(why) }));
    let files = |name: &str| bucket(context, &stream.account, name).map_err(Err).and_then(bucket_default);
    let one = |table: &Table| {
        let place = here(context, stream).map_err(Err)?;
        let Some(found) = place.hops.tables.iter().find(|t| t.table == *table) else {
            return open("no record tells of this table".to_owned());
        };
        let at = found.bucket.as_ref().map_err(gap)?;
        let mut kept = files(&at.value)?;
        kept.seen.push(at.at.clone());
        Ok(kept)
    };
    let word = destination.kind.word();
    let mut rests: Vec<Rest> =
        destination.tables.iter().map(|t| Rest { name: format!("{word} {}", t.shown()), kept: one(t) }).collect();
    if let Some(name) = &destination.warehouse {
        rests.push(Rest { name: format!("{word} warehouse, bucket {name}"), kept: files(name) });
    }
    if destination.tables.is_empty() {
        let why = "the stream names no table: its records say to which they go";
        rests.push(Rest { name: word.to_owned(), kept: open(why.to_owned()) });
    } else if let Some(unnamed) = &destination.unnamed {
        rests.push(Rest { name: word.to_owned(), kept: Err(gap(unnamed)) });
    }
    rests
}

/// Where they rest in one store beside S3.
fn store(context: &Context<'_>, stream: &Stream, destination: &Destination) -> Option<Rest> {
    let word = destination.kind.word();
    let kept = match destination.kind {
        DestinationKind::S3 | DestinationKind::ExtendedS3 | DestinationKind::Iceberg | DestinationKind::Unknown => {
            return None;
        }
        DestinationKind::Redshift => cluster(context, stream, destination).and_then(|cluster| {
            let encrypted = cluster.encrypted.as_ref().map_err(gap)?;
            if !encrypted.value {
                let why = "the cluster is not encrypted".to_owned();
                return Ok(Kept::of(By::Nothing(why), vec![encrypted.at.clone()]));
            }
            by_optional(&cluster.key, "a key outside KMS")
        }),
        DestinationKind::Elasticsearch | DestinationKind::OpenSearch => {
            let found =
                near(context, stream, destination, |hops, given| hops.domains.iter().find(|d| d.given == given));
            found.and_then(|domain| match &domain.key {
                Ok(Read { value: None, at }) => {
                    Ok(Kept::of(By::Nothing("the domain is not encrypted".to_owned()), vec![at.clone()]))
                }
                key => by_optional(key, ""),
            })
        }
        DestinationKind::OpenSearchServerless => {
            let found =
                near(context, stream, destination, |hops, given| hops.collections.iter().find(|c| c.given == given));
            found.and_then(|collection| by_optional(&collection.key, "a key that OpenSearch Serverless owns"))
        }
        DestinationKind::Splunk | DestinationKind::HttpEndpoint | DestinationKind::Snowflake => {
            let why = format!("{word} is outside of AWS: no answer of AWS tells how it stores records");
            Err(Ok(not_applicable(why).at(&destination.at)))
        }
    };
    let name = destination.store.as_ref().map_or_else(|| word.to_owned(), |store| format!("{word} {store}"));
    Some(Rest { name, kept })
}

/// What a destination names, as its Region's answers tell of it.
fn near<'a, T>(
    context: &'a Context<'_>,
    stream: &Stream,
    destination: &Destination,
    find: impl FnOnce(&'a hops::Hops, &str) -> Option<&'a T>,
) -> Result<&'a T, Verdict> {
    let open = |why: String| Err(Unknown { seen: vec![destination.at.clone()], ..unknown(why) });
    let Some(given) = &destination.store else {
        return Err(open("the answer names neither its ARN nor its address".to_owned()));
    };
    let place = here(context, stream).map_err(Err)?;
    find(&place.hops, given).ok_or_else(|| open(format!("no record tells of {given}")))
}

/// The provisioned Redshift cluster of a destination.
pub(super) fn cluster<'a>(
    context: &'a Context<'_>,
    stream: &Stream,
    destination: &Destination,
) -> Result<&'a hops::RedshiftCluster, Verdict> {
    let open = |why: String| Err(Unknown { seen: vec![destination.at.clone()], ..unknown(why) });
    let Some(id) = &destination.store else {
        let why = "the address is not one of a provisioned cluster, so no cluster could be asked about";
        return Err(open(why.to_owned()));
    };
    let place = here(context, stream).map_err(Err)?;
    let found = place.hops.redshift.iter().find(|c| c.id == *id);
    found.ok_or_else(|| open(format!("no record tells of cluster {id}")))
}

/// Where the records rest before Firehose reads them.
pub(super) fn source(context: &Context<'_>, stream: &Stream) -> Result<Rest, Unknown> {
    let source = stream.source.as_ref()?;
    let place = here(context, stream)?;
    let unnamed = || Err(Err(unknown("the answer does not name the source").seen(source)));
    let untold = |arn: &str| Err(Err(unknown(format!("no record tells of {arn}")).seen(source)));
    let (name, kept) = match &source.value {
        Source::DirectPut => {
            let why = "producers put records: there is no source at which they rest";
            ("Direct PUT".to_owned(), Err(Ok(not_applicable(why).seen(source))))
        }
        Source::Kinesis { arn: None } | Source::Msk { arn: None } => (source.value.word().to_owned(), unnamed()),
        Source::Kinesis { arn: Some(arn) } => {
            let found = place.hops.kinesis.iter().find(|s| s.arn == *arn);
            let kept = found.map_or_else(
                || untold(arn),
                |found| {
                    let read = found.encryption.as_ref().map_err(gap)?;
                    if let Some(key) = &read.value {
                        return by_reference(key, &read.at);
                    }
                    let why = "the Kinesis data stream is not encrypted".to_owned();
                    Ok(Kept::of(By::Nothing(why), vec![read.at.clone()]))
                },
            );
            (arn.clone(), kept)
        }
        Source::Msk { arn: Some(arn) } => {
            let found = place.hops.msk.iter().find(|c| c.arn == *arn);
            let kept = found.map_or_else(
                || untold(arn),
                |found| match (&found.volume_key, &found.serverless) {
                    (Ok(read), _) => by_reference(&read.value, &read.at),
                    (Err(_), Ok(serverless)) if serverless.value => {
                        let which = "a key that AWS keeps for serverless clusters".to_owned();
                        Ok(Kept::of(By::Owned(which), vec![serverless.at.clone()]))
                    }
                    (Err(unread), _) => Err(gap(unread)),
                },
            );
            (arn.clone(), kept)
        }
        Source::Database { endpoint } => {
            let why = "Firehose does not tell how the database is encrypted";
            (endpoint.clone().unwrap_or_else(|| "database".to_owned()), Err(Err(unknown(why).seen(source))))
        }
    };
    Ok(Rest { name, kept })
}

/// The log groups that errors of the stream go to; one that is not known stands for the settings that were not read.
pub(super) fn error_logs(context: &Context<'_>, stream: &Stream) -> Result<Vec<Rest>, Unknown> {
    let deliveries = stream.deliveries.as_ref()?;
    let place = here(context, stream)?;
    let mut rests = Vec::new();
    for destination in &deliveries.value {
        let settings = std::iter::once(&destination.logging).chain(destination.s3.iter().map(|s| &s.logging));
        for unread in settings.filter_map(|l| l.as_ref().err()) {
            rests.push(Rest { name: "error log".to_owned(), kept: Err(gap(unread)) });
        }
        for name in destination.log_groups() {
            let group = place.hops.log_groups.iter().find(|g| g.name == name);
            let untold = || Err(Err(unknown("no record tells of this log group").seen(deliveries)));
            let kept = group.map_or_else(untold, |g| by_optional(&g.key, "a key that CloudWatch Logs owns"));
            rests.push(Rest { name: format!("log group {name}"), kept });
        }
    }
    rests.dedup_by(|a, b| a.name == b.name);
    Ok(rests)
}

/// The places in S3 to which records themselves go.
pub(super) const TO: &[S3Part] = &[S3Part::Delivery, S3Part::Intermediate];
/// The places in S3 to which copies go, and what could not be delivered.
pub(super) const BESIDE: &[S3Part] = &[S3Part::Backup];
/// All places in S3.
pub(super) const ALL: &[S3Part] = &[S3Part::Delivery, S3Part::Intermediate, S3Part::Backup];

/// The places where records are delivered, in S3 and elsewhere.
pub(super) fn delivered(context: &Context<'_>, stream: &Stream) -> Result<Vec<Rest>, Unknown> {
    let mut rests = in_s3(context, stream, TO)?;
    let deliveries = stream.deliveries.as_ref()?;
    rests.extend(deliveries.value.iter().flat_map(|d| stores(context, stream, d)));
    Ok(rests)
}

/// What is said of a stream whose description names no destination: every stream has one.
pub(super) fn without(stream: &Stream) -> Verdict {
    let deliveries = stream.deliveries.as_ref()?;
    Err(unknown("the description names no destination").seen(deliveries))
}
