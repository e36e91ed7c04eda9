//! Everything that one run read; never changed once it is there.

use super::estate::Estate;
use super::event::EventQuery;
use super::hops::Hops;
use super::key::Key;
use super::names::{AccountId, Region};
use super::reading::{Gap, GapFacts, GapKind, Reading};
use super::run::Run;
use super::stream::Stream;
use super::trail::Trail;

/// What all records of a run say.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The run's head.
    pub run: Run,
    /// One for each account and Region, in the order of their names.
    pub places: Vec<Place>,
    /// What each account has once, in the order of their ids.
    pub estates: Vec<Estate>,
    /// All that is not known, in a stable order, each once.
    pub gaps: Vec<Gap>,
}

/// One Region of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// How many streams the listing named, once it came to its end.
    pub listing: Reading<usize>,
    /// The streams that it named, by name; without the listing's end, those before the gap.
    pub streams: Vec<Stream>,
    /// The keys that streams and what surrounds them refer to, by ARN; each stands in one place of its account: its own
    /// Region's, or the first that was read.
    pub keys: Vec<Key>,
    /// The trails that this Region sees, by ARN.
    pub trails: Reading<Vec<Trail>>,
    /// The event queries, in the order of [`super::event::NAMES`].
    pub events: Vec<EventQuery>,
    /// What surrounds the streams.
    pub hops: Hops,
}

impl Snapshot {
    /// All streams.
    pub fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.places.iter().flat_map(|p| &p.streams)
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.places.iter().flat_map(|p| &p.keys)
    }

    /// The key that a stream refers to.
    ///
    /// # Errors
    /// A gap, when no record tells of it.
    pub fn key(&self, stream: &Stream, arn: &str) -> Result<&Key, Gap> {
        let place = self.places.iter().find(|p| p.account == stream.account && p.region == stream.region);
        place.and_then(|p| p.keys.iter().find(|k| k.arn == arn)).ok_or_else(|| {
            Gap::from(GapFacts {
                account: stream.account.clone(),
                region: stream.region.clone(),
                service: "kms".into(),
                operation: "DescribeKey".into(),
                subject: arn.to_owned(),
                kind: GapKind::NotAsked,
                code: None,
                detail: "no record tells of this key".to_owned(),
                record: None,
            })
        })
    }

    /// A key by its ARN, whatever refers to it.
    #[must_use]
    pub fn key_at(&self, account: &AccountId, arn: &str) -> Option<&Key> {
        self.places.iter().filter(|p| p.account == *account).flat_map(|p| &p.keys).find(|k| k.arn == arn)
    }

    /// What an account has once.
    #[must_use]
    pub fn estate(&self, account: &AccountId) -> Option<&Estate> {
        self.estates.iter().find(|e| e.account == *account)
    }

    /// The Region of an account that a stream is in.
    #[must_use]
    pub fn place(&self, account: &AccountId, region: &Region) -> Option<&Place> {
        self.places.iter().find(|p| p.account == *account && p.region == *region)
    }

    /// The streams that refer to a key.
    pub fn users_of<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = &'a Stream> {
        let here = move |s: &&Stream| s.account == key.account && s.region == key.region;
        self.streams().filter(here).filter(|s| s.sse_key_arn() == Some(key.arn.as_str()))
    }
}
