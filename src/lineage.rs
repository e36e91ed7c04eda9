//! From a snapshot to the lineage of every stream: which key protects its data at each hop, and what is not known.
//!
//! Pure. A hop that could not be read is there and unknown; one that has no key of its own says why. Nothing here is a
//! requirement of any catalog: the checks judge, this shows.

use crate::model::destination::{Destination, DestinationKind, S3Encryption, S3Part, S3Structure, Table};
use crate::model::estate::Estate;
use crate::model::hops::{self, Domain, KeyRef};
use crate::model::key::{KeyClass, KeyManager, KeyState};
use crate::model::lineage::{Hop, HopKind, Lineage, StreamLineage};
use crate::model::reading::{Citation, Gap, GapKind, Reading};
use crate::model::refer::Site;
use crate::model::snapshot::Place;
use crate::model::stream::{Source, SseKey, SseState};
use crate::model::{Snapshot, Status, Stream, Text};

/// The lineage of every stream of a snapshot.
#[must_use]
pub fn lineage(snapshot: &Snapshot) -> Lineage {
    let of = |place, stream: &Stream| StreamLineage {
        account: stream.account.clone(),
        region: stream.region.clone(),
        stream: stream.name.as_str().into(),
        arn: stream.arn.as_str().into(),
        hops: Walk { snapshot, place, stream }.hops(),
    };
    let all = snapshot.places.iter().flat_map(|place| place.streams.iter().map(move |stream| (place, stream)));
    Lineage {
        at_rest: "encrypted at rest with an enabled customer-managed key",
        in_transit: "encrypted in transit (TLS)",
        streams: all.map(|(place, stream)| of(place, stream)).collect(),
    }
}

/// One stream, and where to look things up.
struct Walk<'s> {
    snapshot: &'s Snapshot,
    place: &'s Place,
    stream: &'s Stream,
}

/// What a hop came to.
struct Found {
    key: Option<String>,
    alias: Option<String>,
    class: Option<KeyClass>,
    state: Option<KeyState>,
    status: Status,
    reason: String,
    evidence: Vec<Citation>,
}

fn found(status: Status, reason: impl Into<String>, at: Option<&Citation>) -> Found {
    let evidence = at.into_iter().cloned().collect();
    Found { key: None, alias: None, class: None, state: None, status, reason: reason.into(), evidence }
}

/// What a gap makes of a hop: something that does not apply, or something unknown.
fn missing(gap: &Gap) -> Found {
    let status = if gap.kind == GapKind::Inapplicable { Status::NotApplicable } else { Status::Unknown };
    let at = gap.record.map(Citation::whole);
    found(status, gap.sentence(), at.as_ref())
}

impl Found {
    fn of(mut self, class: KeyClass) -> Self {
        self.class = Some(class);
        self
    }
}

impl Walk<'_> {
    fn hops(&self) -> Vec<Hop> {
        let mut hops = self.source();
        hops.push(hop(HopKind::Stream, self.stream.arn.clone(), None, self.sse()));
        match &self.stream.deliveries {
            Err(gap) => hops.push(hop(HopKind::Delivery, "destinations".to_owned(), None, missing(gap))),
            Ok(all) if all.value.is_empty() => {
                let none = found(Status::Unknown, "the answer names no destination", Some(&all.at));
                hops.push(hop(HopKind::Delivery, "destinations".to_owned(), None, none));
            }
            Ok(all) => hops.extend(all.value.iter().flat_map(|d| self.destination(d))),
        }
        hops
    }

    fn source(&self) -> Vec<Hop> {
        let source = match &self.stream.source {
            Err(gap) => return vec![hop(HopKind::Source, "source".to_owned(), None, missing(gap))],
            Ok(source) => source,
        };
        let unnamed = || found(Status::Unknown, "the answer does not name the source", Some(&source.at));
        let (kind, way) = (HopKind::Source, HopKind::SourceTransit);
        match &source.value {
            Source::DirectPut => {
                let why = "producers put records: there is no source at which they rest";
                vec![hop(kind, "Direct PUT".to_owned(), None, found(Status::NotApplicable, why, Some(&source.at)))]
            }
            Source::Kinesis { arn } => {
                let stream = arn.as_ref().and_then(|arn| self.place.hops.kinesis.iter().find(|s| s.arn == *arn));
                let rests = stream.map_or_else(unnamed, |stream| match &stream.encryption {
                    Err(gap) => missing(gap),
                    Ok(read) => match &read.value {
                        None => found(Status::Fail, "the Kinesis data stream is not encrypted", Some(&read.at)),
                        Some(key) => self.key(key, &read.at),
                    },
                });
                vec![hop(kind, named(arn.as_ref(), "Kinesis data stream"), None, rests)]
            }
            Source::Msk { arn } => {
                let cluster = arn.as_ref().and_then(|arn| self.place.hops.msk.iter().find(|c| c.arn == *arn));
                let rests = cluster.map_or_else(unnamed, |cluster| match &cluster.volume_key {
                    Err(gap) => missing(gap),
                    Ok(read) => self.key(&read.value, &read.at),
                });
                let moves = cluster.map_or_else(unnamed, |cluster| match &cluster.client_broker {
                    Err(gap) => missing(gap),
                    Ok(read) if read.value == "TLS" => found(Status::Pass, "brokers take TLS only", Some(&read.at)),
                    Ok(read) => {
                        found(Status::Fail, format!("brokers take connections by {}", read.value), Some(&read.at))
                    }
                });
                let subject = named(arn.as_ref(), "MSK cluster");
                vec![hop(kind, subject.clone(), None, rests), hop(way, subject, None, moves)]
            }
            Source::Database { endpoint } => {
                let why = "Firehose does not tell how the database is encrypted";
                let subject = named(endpoint.as_ref(), "database");
                let moves = match &self.stream.source_access {
                    Err(gap) => missing(gap),
                    Ok(read) => match read.value.ssl_mode.as_deref() {
                        Some("Enabled") => found(Status::Pass, "SSL is switched on", Some(&read.at)),
                        Some("Disabled") => found(Status::Fail, "SSL is switched off", Some(&read.at)),
                        _ => found(Status::Unknown, "the answer does not say whether SSL is used", Some(&read.at)),
                    },
                };
                let rests = found(Status::Unknown, why, Some(&source.at));
                let mut hops = vec![hop(kind, subject.clone(), None, rests), hop(way, subject, None, moves)];
                if let Ok(access) = &self.stream.source_access
                    && let Some(arn) = &access.value.secret
                {
                    hops.push(hop(HopKind::Secret, arn.clone(), None, self.secret(Some(arn), &access.at)));
                }
                hops
            }
        }
    }

    fn sse(&self) -> Found {
        let sse = match &self.stream.sse {
            Err(gap) => return missing(gap),
            Ok(sse) => sse,
        };
        let at = Some(&sse.at);
        let direct = match &self.stream.source {
            Err(gap) => return missing(gap),
            Ok(source) => source.value == Source::DirectPut,
        };
        if !direct && sse.value.state == SseState::Disabled {
            let why =
                "server-side encryption is for Direct PUT; these records are protected as their source protects them";
            return found(Status::NotApplicable, why, at);
        }
        match (sse.value.state, &sse.value.key) {
            (SseState::Disabled, _) => found(Status::Fail, "server-side encryption is off", at),
            (SseState::Enabled, Err(gap)) => missing(gap),
            (SseState::Enabled, Ok(key)) => match &key.value {
                SseKey::AwsOwned => {
                    found(Status::Fail, "encrypted with a key that AWS owns", Some(&key.at)).of(KeyClass::AwsOwned)
                }
                SseKey::Kms { arn } => self.key_of(arn, &key.at),
            },
            (state, _) => {
                found(Status::Unknown, format!("server-side encryption is not settled: {}", state.word()), at)
            }
        }
    }

    fn destination(&self, d: &Destination) -> Vec<Hop> {
        let word = Some(d.kind.word());
        if d.kind == DestinationKind::Unknown {
            let why = "this program does not know this kind of destination";
            return vec![hop(HopKind::Store, d.id.clone(), word, found(Status::Unknown, why, Some(&d.at)))];
        }
        let mut hops = self.listed(d);
        for structure in &d.s3 {
            let kind = match structure.part {
                S3Part::Delivery => HopKind::Delivery,
                S3Part::Intermediate => HopKind::Intermediate,
                S3Part::Backup => HopKind::Backup,
            };
            let subject = match &structure.bucket {
                Ok(bucket) => format!("bucket {}", bucket.value),
                Err(_) => "bucket".to_owned(),
            };
            hops.push(hop(kind, subject, word, self.in_s3(structure)));
        }
        hops.extend(self.tables(d));
        if let Some(rests) = self.store(d) {
            let subject = d.store.clone().or_else(|| d.endpoint.as_ref().map(|e| e.shown.clone()));
            hops.push(hop(HopKind::Store, subject.unwrap_or_else(|| d.id.clone()), word, rests));
        }
        if let Some(endpoint) = &d.endpoint {
            let moves = match endpoint.tls {
                Some(true) => found(Status::Pass, "the address is reached by HTTPS", Some(&d.at)),
                Some(false) => found(Status::Fail, "the address is reached without TLS", Some(&d.at)),
                None => found(Status::Unknown, "the address does not say whether TLS is used", Some(&d.at)),
            };
            hops.push(hop(HopKind::Transit, endpoint.shown.clone(), word, moves));
        }
        hops.extend(self.within(d));
        hops.extend(self.error_logs(d));
        hops.sort_by_key(|h| h.kind);
        hops
    }

    /// What Firehose asks S3 for; where it asks for nothing, what the bucket does by itself.
    fn in_s3(&self, structure: &S3Structure) -> Found {
        match &structure.encryption {
            Err(gap) => missing(gap),
            Ok(read) => match &read.value {
                S3Encryption::Kms(given) => {
                    let arn = hops::resolve(&self.place.hops.aliases, self.site(), given, &read.at);
                    self.key(&KeyRef { given: given.clone(), arn }, &read.at)
                }
                S3Encryption::BucketDefault => match &structure.bucket {
                    Err(gap) => missing(gap),
                    Ok(bucket) => self.bucket_default(&bucket.value, &read.at),
                },
            },
        }
    }

    fn bucket_default(&self, name: &str, at: &Citation) -> Found {
        let estate: Option<&Estate> = self.snapshot.estate(&self.stream.account);
        let bucket = estate.and_then(|e| e.bucket(name));
        let Some(bucket) = bucket else {
            return found(Status::Unknown, format!("no record tells of bucket {name}"), Some(at));
        };
        let default = match &bucket.encryption {
            Err(gap) => return missing(gap),
            Ok(default) => default,
        };
        let mut hop = match (default.value.algorithm.as_str(), &default.value.key) {
            ("AES256", _) => {
                let why = "Firehose asks for no key, and the bucket encrypts with keys that S3 owns (SSE-S3)";
                found(Status::Fail, why, Some(&default.at)).of(KeyClass::AwsOwned)
            }
            ("aws:kms" | "aws:kms:dsse", None) => {
                let why = "Firehose asks for no key, and the bucket encrypts with the key that AWS manages for S3";
                found(Status::Fail, why, Some(&default.at)).of(KeyClass::AwsManaged)
            }
            ("aws:kms" | "aws:kms:dsse", Some(key)) => self.key(key, &default.at),
            ("none", _) => found(Status::Fail, "S3 says that the bucket has no default encryption", Some(&default.at)),
            (other, _) => found(
                Status::Unknown,
                format!("the bucket encrypts by {other}, which this program does not know"),
                Some(&default.at),
            ),
        };
        hop.evidence.push(at.clone());
        hop
    }

    /// Where records rest beside S3; `None` where S3 is all there is.
    fn store(&self, d: &Destination) -> Option<Found> {
        Some(match d.kind {
            // Tables of Iceberg are hops of their own.
            DestinationKind::S3 | DestinationKind::ExtendedS3 | DestinationKind::Iceberg | DestinationKind::Unknown => {
                return None;
            }
            DestinationKind::Redshift => self.redshift(d),
            DestinationKind::Elasticsearch | DestinationKind::OpenSearch => match self.domain(d) {
                Err(found) => found,
                Ok(domain) => {
                    self.optional(&domain.key, |at| found(Status::Fail, "the domain is not encrypted", Some(at)))
                }
            },
            DestinationKind::OpenSearchServerless => {
                let collections = &self.place.hops.collections;
                match collections.iter().find(|c| d.store.as_ref() == Some(&c.given)) {
                    None => found(Status::Unknown, "no record tells of the collection", Some(&d.at)),
                    Some(collection) => self.optional(&collection.key, |at| {
                        let why = "OpenSearch Serverless encrypts with a key of its own";
                        found(Status::Fail, why, Some(at)).of(KeyClass::AwsOwned)
                    }),
                }
            }
            DestinationKind::Splunk | DestinationKind::HttpEndpoint | DestinationKind::Snowflake => {
                let why = format!("{} is outside of AWS: no answer of AWS tells how it stores records", d.kind.word());
                found(Status::NotApplicable, why, Some(&d.at))
            }
        })
    }

    /// What a reference to a key comes to that may be absent; `none` says what its absence means.
    fn optional(&self, key: &Reading<Option<KeyRef>>, none: impl FnOnce(&Citation) -> Found) -> Found {
        match key {
            Err(gap) => missing(gap),
            Ok(read) => match &read.value {
                Some(reference) => self.key(reference, &read.at),
                None => none(&read.at),
            },
        }
    }

    /// The tables of Iceberg that the stream names, and its warehouse: their files are as the bucket encrypts by default.
    fn tables(&self, d: &Destination) -> Vec<Hop> {
        if d.kind != DestinationKind::Iceberg {
            return Vec::new();
        }
        let store = |subject: String, rests| hop(HopKind::Store, subject, Some(d.kind.word()), rests);
        let one = |table: &Table| match self.place.hops.tables.iter().find(|t| t.table == *table).map(|t| &t.bucket) {
            None => store(table.shown(), found(Status::Unknown, "no record tells of this table", Some(&d.at))),
            Some(Err(gap)) => store(table.shown(), missing(gap)),
            Some(Ok(bucket)) => {
                let subject = format!("{}, bucket {}", table.shown(), bucket.value);
                store(subject, self.bucket_default(&bucket.value, &bucket.at))
            }
        };
        let mut hops: Vec<Hop> = d.tables.iter().map(one).collect();
        if let Some(name) = &d.warehouse {
            hops.push(store(format!("warehouse, bucket {name}"), self.bucket_default(name, &d.at)));
        }
        if d.tables.is_empty() {
            let why = "the stream names no table: its records say to which they go";
            let subject = d.store.clone().unwrap_or_else(|| d.id.clone());
            hops.push(store(subject, found(Status::Unknown, why, Some(&d.at))));
        } else if let Some(unnamed) = &d.unnamed {
            let subject = d.store.clone().unwrap_or_else(|| d.id.clone());
            hops.push(store(subject, missing(unnamed)));
        }
        hops
    }

    fn domain(&self, d: &Destination) -> Result<&Domain, Found> {
        let domains = &self.place.hops.domains;
        let told = domains.iter().find(|domain| d.store.as_ref() == Some(&domain.given));
        told.ok_or_else(|| found(Status::Unknown, "no record tells of the domain", Some(&d.at)))
    }

    /// The ways within a domain, and to it for whoever else asks.
    fn within(&self, d: &Destination) -> Vec<Hop> {
        if !matches!(d.kind, DestinationKind::Elasticsearch | DestinationKind::OpenSearch) {
            return Vec::new();
        }
        let Ok(domain) = self.domain(d) else { return Vec::new() };
        let judged = |flag: &Reading<bool>, yes: &str, no: &str| match flag {
            Err(gap) => missing(gap),
            Ok(read) if read.value => found(Status::Pass, yes, Some(&read.at)),
            Ok(read) => found(Status::Fail, no, Some(&read.at)),
        };
        let nodes = judged(
            &domain.node_to_node,
            "the nodes of the domain speak TLS with each other",
            "the nodes of the domain speak with each other in the clear",
        );
        let others = judged(
            &domain.https,
            "the domain takes HTTPS only, whoever asks",
            "the domain also takes requests without TLS, though Firehose makes none",
        );
        let way = |subject: &str, moves| hop(HopKind::Transit, subject.to_owned(), Some(d.kind.word()), moves);
        vec![way("between the nodes of the domain", nodes), way("to the domain, for others", others)]
    }

    /// The secret with the credentials of a destination or source.
    fn secret(&self, arn: Option<&str>, at: &Citation) -> Found {
        let Some(arn) = arn else { return found(Status::Unknown, "the answer does not name the secret", Some(at)) };
        match self.place.hops.secrets.iter().find(|s| s.arn == arn) {
            None => found(Status::Unknown, "no record tells of the secret", Some(at)),
            Some(secret) => self.optional(&secret.key, |at| {
                let why = "the secret is encrypted with the key that AWS manages for Secrets Manager";
                found(Status::Fail, why, Some(at)).of(KeyClass::AwsManaged)
            }),
        }
    }

    fn redshift(&self, d: &Destination) -> Found {
        let Some(id) = &d.store else {
            let why = "the address is not one of a provisioned cluster, so no cluster could be asked about";
            return found(Status::Unknown, why, Some(&d.at));
        };
        let Some(cluster) = self.place.hops.redshift.iter().find(|c| c.id == *id) else {
            return found(Status::Unknown, format!("no record tells of cluster {id}"), Some(&d.at));
        };
        match (&cluster.encrypted, &cluster.key) {
            (Err(gap), _) | (Ok(_), Err(gap)) => missing(gap),
            (Ok(encrypted), Ok(_)) if !encrypted.value => {
                found(Status::Fail, "the cluster is not encrypted", Some(&encrypted.at))
            }
            (Ok(encrypted), Ok(key)) => match &key.value {
                Some(reference) => self.key(reference, &key.at),
                None => found(Status::Fail, "the cluster is encrypted without a key of KMS", Some(&encrypted.at))
                    .of(KeyClass::AwsOwned),
            },
        }
    }

    fn error_logs(&self, d: &Destination) -> Vec<Hop> {
        let word = Some(d.kind.word());
        let settings = || std::iter::once(&d.logging).chain(d.s3.iter().map(|s| &s.logging));
        let unread = settings().filter_map(|l| l.as_ref().err());
        let mut hops: Vec<Hop> =
            unread.map(|gap| hop(HopKind::ErrorLog, "error log".to_owned(), word, missing(gap))).collect();
        let groups = d.log_groups();
        if groups.is_empty() && hops.is_empty() {
            let off = found(Status::NotApplicable, "errors are not logged", Some(&d.at));
            hops.push(hop(HopKind::ErrorLog, "error log".to_owned(), word, off));
        }
        for name in groups {
            let group = self.place.hops.log_groups.iter().find(|g| g.name == name);
            let rests = match group.map(|g| &g.key) {
                None => found(Status::Unknown, "no record tells of this log group", Some(&d.at)),
                Some(Err(gap)) => missing(gap),
                Some(Ok(key)) => match &key.value {
                    Some(reference) => self.key(reference, &key.at),
                    None => found(Status::Fail, "CloudWatch Logs encrypts with a key of its own", Some(&key.at))
                        .of(KeyClass::AwsOwned),
                },
            };
            hops.push(hop(HopKind::ErrorLog, format!("log group {name}"), word, rests));
        }
        hops
    }

    fn site(&self) -> Site<'_> {
        Site {
            partition: self.snapshot.run.partition(&self.stream.account),
            account: &self.stream.account,
            region: &self.stream.region,
        }
    }

    /// What a reference to a key comes to.
    fn key(&self, reference: &KeyRef, at: &Citation) -> Found {
        match &reference.arn {
            Ok(arn) => {
                let mut hop = self.key_of(&arn.value, at);
                if arn.at != *at {
                    hop.evidence.push(arn.at.clone());
                }
                hop
            }
            Err(gap) => {
                let mut hop = missing(gap);
                hop.key = Some(reference.given.clone());
                hop.evidence.push(at.clone());
                hop
            }
        }
    }

    /// What is known of a key, by its ARN.
    fn key_of(&self, arn: &str, at: &Citation) -> Found {
        let mut hop = match self.snapshot.key_at(&self.stream.account, arn) {
            None => found(Status::Unknown, "no record tells of this key", Some(at)),
            Some(key) => {
                let mut hop = match &key.facts {
                    Err(gap) => missing(gap),
                    Ok(facts) => described(&facts.value.manager, &facts.value.state),
                };
                hop.alias = key.aliases.as_ref().ok().and_then(|a| a.value.first().cloned());
                hop.evidence.insert(0, at.clone());
                hop
            }
        };
        hop.key = Some(arn.to_owned());
        hop.evidence.dedup();
        hop
    }

    /// Who sees the records and gives them their form, which is listed and not judged; and what opens the destination.
    fn listed(&self, d: &Destination) -> Vec<Hop> {
        let word = Some(d.kind.word());
        let mut hops = Vec::new();
        match &d.processors {
            Err(gap) => hops.push(hop(HopKind::Processing, "processing".to_owned(), word, missing(gap))),
            Ok(processors) => hops.extend(processors.value.iter().map(|p| {
                let why = "the function sees the records in the clear; what it does with them is not read";
                hop(HopKind::Processing, p.arn.clone(), word, found(Status::NotApplicable, why, Some(&processors.at)))
            })),
        }
        match &d.schema {
            Err(gap) => hops.push(hop(HopKind::Schema, "schema".to_owned(), word, missing(gap))),
            Ok(schema) => hops.extend(schema.value.iter().map(|s| {
                let why = "the table holds the form of the records, and none of them";
                hop(HopKind::Schema, s.table.clone(), word, found(Status::NotApplicable, why, Some(&schema.at)))
            })),
        }
        match &d.secret {
            Err(gap) => hops.push(hop(HopKind::Secret, "secret".to_owned(), word, missing(gap))),
            Ok(secret) => hops.extend(secret.value.iter().filter(|s| s.enabled).map(|s| {
                let subject = s.arn.clone().unwrap_or_else(|| "secret".to_owned());
                hop(HopKind::Secret, subject, word, self.secret(s.arn.as_deref(), &secret.at))
            })),
        }
        hops
    }
}

/// The verdict on a key that was described.
fn described(manager: &Reading<KeyManager>, state: &Reading<KeyState>) -> Found {
    let manager = match manager {
        Err(gap) => return missing(gap),
        Ok(manager) => manager,
    };
    let at = Some(&manager.at);
    if manager.value == KeyManager::Aws {
        return found(Status::Fail, "encrypted with a key that AWS manages", at).of(KeyClass::AwsManaged);
    }
    let state = match state {
        Err(gap) => return missing(gap).of(KeyClass::CustomerManaged),
        Ok(state) => state,
    };
    let mut hop = match state.value {
        KeyState::Enabled | KeyState::Updating => {
            found(Status::Pass, "encrypted with a customer-managed key that is enabled", at)
        }
        KeyState::Creating => found(Status::Unknown, "the key is still being made", at),
        KeyState::Disabled
        | KeyState::PendingDeletion
        | KeyState::PendingImport
        | KeyState::PendingReplicaDeletion
        | KeyState::Unavailable => {
            found(Status::Fail, format!("the customer-managed key cannot be used: it is {}", state.value.word()), at)
        }
    };
    hop.state = Some(state.value);
    hop.evidence.push(state.at.clone());
    hop.of(KeyClass::CustomerManaged)
}

fn named(name: Option<&String>, otherwise: &str) -> String {
    name.cloned().unwrap_or_else(|| otherwise.to_owned())
}

fn hop(kind: HopKind, subject: String, destination: Option<&'static str>, found: Found) -> Hop {
    Hop {
        kind,
        subject: subject.into(),
        destination,
        key: found.key.map(Text::from),
        alias: found.alias.map(Text::from),
        class: found.class.map(KeyClass::word),
        state: found.state.map(KeyState::word),
        status: found.status,
        reason: found.reason.into(),
        evidence: found.evidence.into(),
    }
}
