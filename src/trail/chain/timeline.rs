//! One chain, ready to be walked along.

use super::{DELIVERY, HOUR, Span, is_near, named_end};
use crate::model::Time;
use crate::trail::digest::{Body, Digest, Previous};
use crate::trail::layout::{self, ChainId};
use crate::trail::report::Code;
use std::collections::{BTreeMap, BTreeSet};

/// One chain, ready to be walked along.
pub(super) struct Timeline<'a> {
    pub id: &'a ChainId,
    /// The valid digests, by time.
    pub valid: Vec<(&'a Digest, &'a Body)>,
    /// The invalid ones, by the end of the hour that their name claims.
    pub invalid: BTreeMap<Time, &'a str>,
    /// Of these, the ends of those that say themselves that they belong elsewhere.
    pub moved: BTreeSet<Time>,
    /// The parts of the bucket in which they lie; usually one.
    pub parts: BTreeSet<&'a str>,
    /// All of them.
    pub objects: BTreeSet<&'a str>,
}

impl<'a> Timeline<'a> {
    pub fn new(id: &'a ChainId, digests: &'a [Digest]) -> Self {
        let mut valid: Vec<_> = digests.iter().filter_map(|d| Some((d, d.body.as_ref()?))).collect();
        valid.sort_by_key(|(digest, body)| (body.start, body.end, &digest.object));
        let invalid = digests.iter().filter(|d| !d.is_valid());
        let moved = digests.iter().filter(|d| d.faults.iter().any(|(code, _)| *code == Code::DigestMoved));
        Self {
            id,
            valid,
            invalid: invalid.filter_map(|d| Some((named_end(d)?, d.object.as_str()))).collect(),
            moved: moved.filter_map(named_end).collect(),
            parts: digests.iter().map(|d| layout::part(&d.object)).collect(),
            objects: digests.iter().map(|d| d.object.as_str()).collect(),
        }
    }

    pub fn end(&self) -> Option<Time> {
        self.valid.iter().map(|(_, body)| body.end).max()
    }

    /// The time that the chain covers; by the names, where no digest is valid.
    pub fn extent(&self) -> Option<Span> {
        match (self.valid.first(), self.end()) {
            (Some((_, first)), Some(end)) => Some((first.start, end)),
            _ => Some((*self.invalid.keys().next()? - HOUR, *self.invalid.keys().next_back()? + DELIVERY)),
        }
    }

    pub fn place(&self) -> (String, String) {
        (self.id.account.to_string(), self.id.region.clone())
    }

    /// The name of the digest for the hour that ends here: the one that a digest names as its predecessor, else the
    /// one that the neighbours' names lead to.
    pub fn name_of(&self, end: Time) -> Option<String> {
        let previous = self.valid.iter().filter_map(|(_, body)| match &body.previous {
            Previous::Is { object, .. } => Some(object),
            _ => None,
        });
        let named = previous
            .filter(|object| !self.objects.contains(object.as_str()))
            .find(|object| layout::digest_name(object).is_some_and(|(_, named)| is_near(end, named)));
        named.cloned().or_else(|| layout::sibling_digest(&self.valid.first()?.0.object, end))
    }
}
