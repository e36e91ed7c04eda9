//! Which items an auditor looks at: chosen by a seed, the same on every machine, and by anyone again with `sha256sum`.
//!
//! The method, `keywitness-sample/1`:
//!
//! 1. The rank of an item is the SHA-256, in hex, of four lines: `keywitness-sample/1`, the seed, the name of the table,
//!    the item's key; each ends with LF.
//! 2. Items are taken by rank, the smallest first. Without strata that is all: a larger sample begins with the
//!    smaller one.
//! 3. With strata, each has at least one. What is left of `n` is shared in proportion to the items that each has left,
//!    by largest remainder; among equals the stratum comes first whose name does. Within a stratum: by rank.
//!
//! Only whole numbers and bytes are involved, so nothing depends on a machine, a locale or a random generator.

use crate::model::sha256::Sha256;
use std::collections::BTreeMap;

/// The name of the method; another method gets another name.
pub const METHOD: &str = "keywitness-sample/1";

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What tells it from the others.
    pub key: String,
    /// The stratum that it is in; the same for all where there are none.
    pub stratum: String,
}

/// An item that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its place among the items that were given.
    pub at: usize,
    /// Its rank.
    pub rank: String,
}

/// What was chosen, and from how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// By stratum, and by rank within it.
    pub chosen: Vec<Chosen>,
    /// How many items each stratum has and gives, by name.
    pub strata: BTreeMap<String, (usize, usize)>,
}

/// The rank of an item.
#[must_use]
pub fn rank(seed: &str, table: &str, key: &str) -> String {
    Sha256::new().chain_update(format!("{METHOD}\n{seed}\n{table}\n{key}\n")).hex()
}

/// Chooses `n` items.
///
/// # Errors
/// When there are more strata than `n`: which of them to leave out is not ours to choose.
pub fn choose(items: &[Item], n: usize, seed: &str, table: &str) -> Result<Sample, String> {
    let mut strata: BTreeMap<&str, Vec<Chosen>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        strata.entry(&item.stratum).or_default().push(Chosen { at, rank: rank(seed, table, &item.key) });
    }
    if n < strata.len() {
        return Err(format!("a sample of {n} cannot have one item of each of {} strata", strata.len()));
    }
    let sizes: Vec<usize> = strata.values().map(Vec::len).collect();
    let shares = share(&sizes, n);
    let mut sample = Sample { chosen: Vec::new(), strata: BTreeMap::new() };
    for ((name, mut ranked), gives) in strata.into_iter().zip(shares) {
        ranked.sort_by(|a, b| (&a.rank, &items[a.at].key).cmp(&(&b.rank, &items[b.at].key)));
        sample.strata.insert(name.to_owned(), (ranked.len(), gives));
        ranked.truncate(gives);
        sample.chosen.append(&mut ranked);
    }
    Ok(sample)
}

/// How many each stratum gives: one, and of what is left its share.
fn share(sizes: &[usize], n: usize) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    if n >= total {
        return sizes.to_vec();
    }
    let (left, spare) = (n - sizes.len(), total - sizes.len());
    // Wide enough that no product overflows.
    let part = |size: usize| (left as u128 * (size - 1) as u128, spare as u128);
    let mut shares: Vec<usize> =
        sizes.iter().map(|s| 1 + usize::try_from(part(*s).0 / part(*s).1).unwrap_or(usize::MAX)).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|i| (std::cmp::Reverse(part(sizes[*i]).0 % part(sizes[*i]).1), *i));
    let missing = n - shares.iter().sum::<usize>();
    for i in by_remainder.into_iter().take(missing) {
        shares[i] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn items(strata: &[(&str, usize)]) -> Vec<Item> {
        let of = |(stratum, count): &(&str, usize)| {
            let stratum = (*stratum).to_owned();
            (0..*count).map(move |n| Item { key: format!("{stratum}-{n}"), stratum: stratum.clone() })
        };
        strata.iter().flat_map(of).collect()
    }

    fn keys(items: &[Item], sample: &Sample) -> Vec<String> {
        sample.chosen.iter().map(|c| items[c.at].key.clone()).collect()
    }

    /// The answer on every platform, and what `sha256sum` says: a change here is a change of method.
    #[test]
    fn the_method_has_fixed_answers() {
        assert_eq!(
            rank("2026Q4", "streams", "111122223333/eu-west-1/orders"),
            "93b16ced55def45c3663af47f7d7d10b2ec3b69813d2a76a03154cb489e83810"
        );
        let items = items(&[("a", 10)]);
        assert_eq!(keys(&items, &choose(&items, 3, "2026Q4", "streams").unwrap()), ["a-0", "a-4", "a-6"]);
    }

    #[test]
    fn a_larger_sample_begins_with_the_smaller_one() {
        let items = items(&[("", 100)]);
        let of = |n| keys(&items, &choose(&items, n, "s", "streams").unwrap());
        assert_eq!(of(25)[..10], of(10));
        assert_eq!(of(200).len(), 100);
        assert_ne!(of(10), keys(&items, &choose(&items, 10, "t", "streams").unwrap()));
    }

    #[test]
    fn the_order_of_the_items_does_not_matter() {
        let mut items = items(&[("a", 30), ("b", 5)]);
        let before = keys(&items, &choose(&items, 9, "s", "t").unwrap());
        items.reverse();
        assert_eq!(keys(&items, &choose(&items, 9, "s", "t").unwrap()), before);
    }

    #[test]
    fn every_stratum_gives_one_and_the_rest_in_proportion() {
        assert_eq!(share(&[90, 9, 1], 10), [7, 2, 1]);
        assert_eq!(share(&[5, 5], 3), [2, 1]);
        assert_eq!(share(&[3, 2], 9), [3, 2]);
        let items = items(&[("a", 1), ("b", 1), ("c", 1)]);
        assert!(choose(&items, 2, "s", "t").is_err());
    }

    proptest! {
        #[test]
        fn shares_are_n_and_fit(sizes in prop::collection::vec(1_usize..500, 1..20), extra in 0_usize..2000) {
            let n = sizes.len() + extra;
            let shares = share(&sizes, n);
            prop_assert_eq!(shares.iter().sum::<usize>(), n.min(sizes.iter().sum()));
            for (size, given) in sizes.iter().zip(&shares) {
                prop_assert!((1..=*size).contains(given));
            }
        }
    }
}
