//! What else leads to a key beside the server-side encryption of streams: what it protects at the hops around them.

use super::destination::{DestinationKind, S3Encryption};
use super::estate::Estate;
use super::hops::{self, KeyRef};
use super::names::Arn;
use super::reading::{Gap, GapKind, Reading};
use super::refer::Site;
use super::snapshot::Place;
use super::stream::Source;
use super::{Key, Snapshot, Stream};
use std::collections::BTreeMap;

/// What a key protects at hops.
#[derive(Clone, Debug, Default)]
pub struct Reach<'a> {
    /// Places by the name that tables print, each with the streams whose data rests there; none for logs of trails, and
    /// for secrets.
    pub places: BTreeMap<String, Vec<&'a Stream>>,
    /// Why there may be more of them.
    pub unread: Option<Gap>,
}

impl<'a> Reach<'a> {
    fn note(&mut self, place: String, stream: Option<&'a Stream>) {
        let streams = self.places.entry(place).or_default();
        // Streams come one after another, so one that is there already is the last.
        if let Some(stream) = stream
            && streams.last().is_none_or(|s| s.arn != stream.arn)
        {
            streams.push(stream);
        }
    }

    fn open(&mut self, gap: &Gap) {
        if gap.kind != GapKind::Inapplicable && self.unread.is_none() {
            self.unread = Some(gap.clone());
        }
    }

    fn optional(&mut self, key: &Key, at: &'a Reading<Option<KeyRef>>, place: String, stream: Option<&'a Stream>) {
        match at {
            Ok(read) => {
                if let Some(reference) = &read.value {
                    self.reference(key, reference, place, stream);
                }
            }
            Err(gap) => self.open(gap),
        }
    }

    fn reference(&mut self, key: &Key, reference: &'a KeyRef, place: String, stream: Option<&'a Stream>) {
        match &reference.arn {
            Ok(arn) if arn.value == key.arn => self.note(place, stream),
            Ok(_) => {}
            Err(gap) => self.open(gap),
        }
    }

    /// The streams whose data rests under the key at some hop, each once.
    #[must_use]
    pub fn streams(&self) -> Vec<&'a Stream> {
        let mut all: Vec<&Stream> = self.places.values().flatten().copied().collect();
        all.sort_by(|a, b| a.arn.cmp(&b.arn));
        all.dedup_by(|a, b| a.arn == b.arn);
        all
    }
}

impl Snapshot {
    /// What a key protects at the hops around the streams of its account.
    #[must_use]
    pub fn reach(&self, key: &Key) -> Reach<'_> {
        let mut reach = Reach::default();
        let estate = self.estate(&key.account);
        for place in self.places.iter().filter(|p| p.account == key.account) {
            let site =
                Site { partition: self.run.partition(&place.account), account: &place.account, region: &place.region };
            for stream in &place.streams {
                source(&mut reach, key, place, stream);
                destinations(&mut reach, key, place, estate, site, stream);
            }
            for store in place.hops.event_data_stores.iter().flat_map(|s| &s.value) {
                reach.optional(key, &store.key, format!("event data store {}", store.arn), None);
            }
            for trail in place.trails.iter().flat_map(|t| &t.value) {
                if trail.kms_key.as_deref() == Some(key.arn.as_str()) {
                    reach.note(format!("log files of trail {}", trail.name), None);
                }
            }
        }
        reach
    }
}

/// Whether an ARN is of the account and Region of the key.
fn of_its_place(arn: &str, key: &Key) -> bool {
    let arn = Arn::parse(arn);
    arn.is_some_and(|a| a.account == key.account.as_str() && a.region == key.region.as_str())
}

fn source<'a>(reach: &mut Reach<'a>, key: &Key, place: &'a Place, stream: &'a Stream) {
    match stream.source.as_ref().map(|s| &s.value) {
        Err(gap) => reach.open(gap),
        Ok(Source::Kinesis { arn: Some(arn) }) => {
            for found in place.hops.kinesis.iter().filter(|s| s.arn == *arn) {
                reach.optional(key, &found.encryption, format!("source {arn}"), Some(stream));
            }
        }
        Ok(Source::Msk { arn: Some(arn) }) => {
            for found in place.hops.msk.iter().filter(|c| c.arn == *arn) {
                match &found.volume_key {
                    Ok(read) => reach.reference(key, &read.value, format!("source {arn}"), Some(stream)),
                    Err(gap) => reach.open(gap),
                }
            }
        }
        Ok(_) => {}
    }
}

fn destinations<'a>(
    reach: &mut Reach<'a>,
    key: &Key,
    place: &'a Place,
    estate: Option<&'a Estate>,
    site: Site<'_>,
    stream: &'a Stream,
) {
    let deliveries = match &stream.deliveries {
        Ok(deliveries) => deliveries,
        Err(gap) => return reach.open(gap),
    };
    for destination in &deliveries.value {
        for structure in &destination.s3 {
            let (asked, bucket) = match (&structure.encryption, &structure.bucket) {
                (Ok(asked), Ok(bucket)) => (asked, bucket),
                (Err(gap), _) | (_, Err(gap)) => {
                    reach.open(gap);
                    continue;
                }
            };
            let name = format!("bucket {}", bucket.value);
            match &asked.value {
                S3Encryption::Kms(given) => {
                    match (hops::resolve(&place.hops.aliases, site, given, &asked.at), &place.hops.aliases) {
                        (Ok(arn), _) if arn.value == key.arn => reach.note(name, Some(stream)),
                        // An alias may stand for any key while nobody could list them; those of AWS are for AWS's own.
                        (Err(why), Err(listing)) if why == *listing && !given.contains("alias/aws/") => {
                            reach.open(listing);
                        }
                        // An alias of the key's own account and Region, written by a stream of another Region.
                        (Err(why), _) if why.kind == GapKind::NotAsked && of_its_place(given, key) => reach.open(&why),
                        _ => {}
                    }
                }
                S3Encryption::BucketDefault => {
                    let Some(bucket) = estate.and_then(|e| e.bucket(&bucket.value)) else { continue };
                    match &bucket.encryption {
                        Ok(default) => {
                            if let Some(reference) = &default.value.key {
                                reach.reference(key, reference, name, Some(stream));
                            }
                        }
                        Err(gap) => reach.open(gap),
                    }
                }
            }
        }
        if let Some(gap) = &destination.unnamed {
            reach.open(gap);
        }
        if destination.kind == DestinationKind::Redshift {
            for cluster in place.hops.redshift.iter().filter(|c| destination.store.as_ref() == Some(&c.id)) {
                reach.optional(key, &cluster.key, format!("Redshift cluster {}", cluster.id), Some(stream));
            }
        }
        let tables = place.hops.tables.iter().filter(|t| destination.tables.contains(&t.table));
        let named = tables.filter_map(|t| match &t.bucket {
            Ok(bucket) => Some(bucket.value.as_str()),
            Err(gap) => {
                reach.open(gap);
                None
            }
        });
        let files: Vec<&str> = named.chain(destination.warehouse.as_deref()).collect();
        for name in files {
            let Some(bucket) = estate.and_then(|e| e.bucket(name)) else { continue };
            match &bucket.encryption {
                Ok(default) => {
                    if let Some(reference) = &default.value.key {
                        reach.reference(key, reference, format!("bucket {name}"), Some(stream));
                    }
                }
                Err(gap) => reach.open(gap),
            }
        }
        for domain in place.hops.domains.iter().filter(|d| destination.store.as_ref() == Some(&d.given)) {
            reach.optional(key, &domain.key, format!("OpenSearch domain {}", domain.given), Some(stream));
        }
        for collection in place.hops.collections.iter().filter(|c| destination.store.as_ref() == Some(&c.given)) {
            reach.optional(key, &collection.key, format!("OpenSearch collection {}", collection.given), Some(stream));
        }
        match &destination.secret {
            Err(gap) => reach.open(gap),
            Ok(secret) => {
                let arn = secret.value.as_ref().filter(|s| s.enabled).and_then(|s| s.arn.as_ref());
                for stored in place.hops.secrets.iter().filter(|s| Some(&s.arn) == arn) {
                    reach.optional(key, &stored.key, format!("secret {}", stored.arn), None);
                }
            }
        }
        for name in destination.log_groups() {
            for group in place.hops.log_groups.iter().filter(|g| g.name == name) {
                reach.optional(key, &group.key, format!("log group {name}"), Some(stream));
            }
        }
    }
}
