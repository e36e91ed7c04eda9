//! The customer edition: what may be given away, and nothing else.
//!
//! The fields of these types are the allow list. What has no field here cannot leave, whatever AWS may add to its
//! answers. Names are pseudonyms under a key that is not in the edition; small counts are ranges.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The form of [`Edition`] that this program writes.
pub const SCHEMA: &str = "keywitness-customer/1";

/// Counts below this may point to a single tenant.
pub const SMALL: usize = 3;

/// A count, exact or as a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// At least.
    pub from: usize,
    /// At most.
    pub to: usize,
}

impl Band {
    /// A count that stands alone: 1 and 2 become a range.
    #[must_use]
    pub fn of(count: usize) -> Self {
        if (1..SMALL).contains(&count) { Self { from: 1, to: SMALL - 1 } } else { Self { from: count, to: count } }
    }

    /// A part and the rest of a whole, which itself is given by [`Band::of`]: each range stands for more than one count,
    /// whatever one works out from the other two.
    #[must_use]
    pub fn split(part: usize, whole: usize) -> (Self, Self) {
        let range = |from: usize, to: usize| Self { from, to };
        let rest = whole - part;
        let small = |count: usize| (1..SMALL).contains(&count);
        // Both below the limit leave few sums: these have one answer for several parts.
        let few = 2 * (SMALL - 1);
        match (small(part), small(rest)) {
            _ if small(whole) && rest == 0 => (Self::of(whole), Self::of(0)),
            _ if small(whole) => (range(0, SMALL - 2), range(1, SMALL - 1)),
            _ if whole == few && part > 0 && rest > 0 => (range(1, few - 1), range(1, few - 1)),
            (true, false) => (Self::of(part), range(whole - (SMALL - 1), whole - 1)),
            (false, true) => (range(whole - (SMALL - 1), whole - 1), Self::of(rest)),
            _ => (Self::of(part), Self::of(rest)),
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{} to {}", self.from, self.to) }
    }
}

/// What one check showed, over all that it was asked of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The check.
    pub check: String,
    /// A sentence that is true where it passes.
    pub title: String,
    /// What it is asked of: delivery streams, KMS keys, Regions.
    pub subjects: String,
    /// For how many the sentence was shown.
    pub shown: Band,
    /// For how many it was not: it was not so, or it is not known.
    pub not_shown: Band,
    /// Of how many, without those for which the question does not arise.
    pub of: Band,
    /// The records of the internal pack.
    pub records: String,
    /// How many failed, are excepted and are not known: only where weaknesses are disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_shown_because: Option<Because>,
}

/// Why a sentence was not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// It was not so.
    pub fail: Band,
    /// It was not so, under an approved exception.
    pub excepted: Band,
    /// It is not known.
    pub unknown: Band,
}

/// A delivery stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamFacts {
    /// Its pseudonym.
    pub stream: String,
    /// The account's pseudonym.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Where its records come from.
    pub source: String,
    /// The kinds of its destinations.
    pub destinations: String,
    /// What it is declared to carry.
    pub data_classes: String,
    /// The state of its encryption, and the pseudonym of its key: only where weaknesses are disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

/// How a stream is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// Server-side encryption.
    pub sse: String,
    /// The key's pseudonym, or whose it is.
    pub key: String,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFacts {
    /// Its pseudonym.
    pub key: String,
    /// The account's pseudonym.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Whose it is.
    pub class: String,
    /// What kind of key.
    pub spec: String,
    /// Where its material comes from.
    pub origin: String,
    /// Its state and rotation: only where weaknesses are disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life: Option<Life>,
}

/// How a key is looked after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// `KeyState`.
    pub state: String,
    /// Automatic rotation.
    pub rotation: String,
}

/// A requirement of a framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementFacts {
    /// The framework and its edition.
    pub framework: String,
    /// Its id.
    pub id: String,
    /// A short heading.
    pub title: String,
    /// The status.
    pub status: String,
}

/// A draft of an answer to a question. Never a yes or a no: a person approves it or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The questionnaire and its version.
    pub questionnaire: String,
    /// The question's id there.
    pub question: String,
    /// What of ours it is about.
    pub topic: String,
    /// How much of the question this evidence is: `partial`, `informs` or `none`.
    pub coverage: String,
    /// What the evidence says.
    pub statement: String,
    /// As of when.
    pub as_of: String,
    /// Of what.
    pub scope: String,
    /// What it does not cover.
    pub not_covered: String,
    /// The records of the internal pack.
    pub evidence: String,
    /// What helps to answer.
    pub help: String,
    /// Empty: for the owner of the answer, with name and date.
    pub owner_approval: String,
    /// The last day on which the evidence is fresh.
    pub expires: String,
}

/// Everything that a customer edition says. It is a file of the edition, and every report in it is made from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// [`SCHEMA`].
    pub schema: String,
    /// The edition's id.
    pub edition: String,
    /// For whom it is.
    pub customer: String,
    /// Whose evidence it is, as the entity calls itself.
    pub entity: Option<String>,
    /// `sha256:` and the root of the internal pack.
    pub derived_from: String,
    /// When the first call was made, to the minute.
    pub collected_from: String,
    /// When the last answer was in, to the minute.
    pub as_of: String,
    /// The last day on which the evidence is fresh.
    pub expires: String,
    /// Whether the account is invented.
    pub sample: bool,
    /// Whether something else than AWS answered.
    pub not_aws: bool,
    /// The Regions that were asked for.
    pub regions: Vec<String>,
    /// How many streams there are.
    pub streams_total: Band,
    /// How many keys they use.
    pub keys_total: Band,
    /// How many calls gave no value.
    pub not_known: Band,
    /// Whether weaknesses are disclosed.
    pub weaknesses_disclosed: bool,
    /// What each check showed.
    pub shown: Vec<Shown>,
    /// The streams; none where there are too few to hide among.
    pub streams: Vec<StreamFacts>,
    /// The keys; none where there are too few to hide among.
    pub keys: Vec<KeyFacts>,
    /// The requirements: only where weaknesses are disclosed.
    pub requirements: Vec<RequirementFacts>,
    /// Drafts of answers.
    pub cards: Vec<Card>,
    /// What was withheld, in words.
    pub withheld: Vec<String>,
}

/// Proof, for whoever gets the opening, that a pseudonym stands for a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// The place in the edition: file, `#`, JSON pointer.
    pub pointer: String,
    /// SHA-256 over salt, pointer and value.
    pub commitment: String,
}

/// What opens one commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The place in the edition.
    pub pointer: String,
    /// 16 bytes, in hex.
    pub salt: String,
    /// What stands there in the internal pack.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn small_counts_are_ranges_and_the_rest_does_not_give_them_away() {
        let text = |(a, b): (Band, Band)| format!("{a} / {b}");
        assert_eq!(text(Band::split(40, 40)), "40 / 0");
        assert_eq!(text(Band::split(39, 40)), "38 to 39 / 1 to 2");
        assert_eq!(text(Band::split(38, 40)), "38 to 39 / 1 to 2");
        assert_eq!(text(Band::split(2, 40)), "1 to 2 / 38 to 39");
        assert_eq!(text(Band::split(20, 40)), "20 / 20");
        assert_eq!(text(Band::split(1, 2)), "0 to 1 / 1 to 2");
        assert_eq!(text(Band::split(2, 2)), "1 to 2 / 0");
        assert_eq!(text(Band::split(2, 4)), "1 to 3 / 1 to 3");
        assert_eq!(Band::of(0).to_string(), "0");
        for (part, whole) in (0..50).flat_map(|w| (0..=w).map(move |p| (p, w))) {
            let (a, b) = Band::split(part, whole);
            assert!((a.from..=a.to).contains(&part) && (b.from..=b.to).contains(&(whole - part)), "{part} of {whole}");
        }
    }

    #[test]
    fn no_small_count_can_be_worked_out_from_what_stands_beside_it() {
        let mut same: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (part, whole) in (0..50).flat_map(|w| (0..=w).map(move |p| (p, w))) {
            let (shown, not_shown) = Band::split(part, whole);
            same.entry(format!("{shown} / {not_shown} / {}", Band::of(whole))).or_default().push((part, whole));
        }
        let small = |count: &usize| (1..SMALL).contains(count);
        for (text, all) in same {
            let counts = all.iter().map(|&(part, whole)| [part, whole - part, whole]);
            let counts: Vec<[usize; 3]> = counts.collect();
            for place in 0..3 {
                let distinct: BTreeSet<usize> = counts.iter().map(|c| c[place]).collect();
                assert!(distinct.len() > 1 || !distinct.iter().any(small), "{text}: {all:?}");
            }
        }
    }
}
