//! The population by strata, for whoever draws a sample from it.

use super::streams::StreamRow;
use serde::Serialize;
use std::collections::BTreeMap;

/// Streams that are alike in what an assessor stratifies by.
#[derive(Clone, Debug, Serialize)]
pub struct StratumRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// Where their records come from.
    pub source: String,
    /// The class of their key.
    pub key_class: &'static str,
    /// What they are declared to carry.
    pub data_classes: String,
    /// How many.
    pub streams: usize,
}

/// How a sample is drawn, in sentences.
pub(super) const SAMPLING: &[&str] = &[
    "Nothing in this report is sampled: every stream and every key of the population was judged.",
    "An assessor who tests a sample by other means (an interview, a look at a console) chooses it from the population, \
     and not from this report's findings. The population is in data/tables/population.csv, one numbered row for each \
     stream and each key, in a fixed order; more of each is in data/tables/streams.csv and data/tables/keys.csv.",
    "The command `keywitness sample PACK --n 25 --seed WORD --strata source,key_class` draws it by a published \
     method from a seed that the assessor names, so everybody who has the pack gets the same rows. Streams that are declared \
     to carry cardholder or health data are set aside first, to be looked at one and all.",
];

/// The strata, in the order of their names.
pub(super) fn strata(streams: &[StreamRow]) -> Vec<StratumRow> {
    let mut counts: BTreeMap<(&str, &str, &str, &'static str, &str), usize> = BTreeMap::new();
    for s in streams {
        *counts.entry((&s.account, &s.region, &s.source, s.key_class, &s.data_classes)).or_default() += 1;
    }
    let rows = counts.into_iter().map(|((account, region, source, key_class, data_classes), streams)| StratumRow {
        account: account.to_owned(),
        region: region.to_owned(),
        source: source.to_owned(),
        key_class,
        data_classes: data_classes.to_owned(),
        streams,
    });
    rows.collect()
}
