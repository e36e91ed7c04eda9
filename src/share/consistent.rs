//! Whether an edition is one that this program can have made: what follows from the rest of it does follow, and every
//! word has the form that it has in editions. Whether it is true, only the full pack shows.

use super::secret::is_pseudonym;
use super::{EDITION, MORE_ONE, expires, subjects, withheld};
use crate::model::check::CheckPage;
use crate::model::customer::{Band, Commitment, Edition, SCHEMA, SMALL};
use crate::model::{Ev, Region, Time};
use std::collections::BTreeSet;

/// What cannot be so.
#[must_use]
pub fn mistakes(edition: &Edition, commitments: &[Commitment], ended: Time, checks: &[CheckPage]) -> Vec<&'static str> {
    let rules = [
        (edition.schema == SCHEMA, "its schema is not the one that this program knows"),
        (edition.expires == expires(ended), "it is not fresh until the day that follows from when it was collected"),
        (edition.withheld == withheld(edition), "what it says is withheld is not what is missing"),
        (regions(edition), "its Regions are not Regions in their order"),
        (counted(edition), "it counts other streams or keys than it lists"),
        (names(edition), "a stream, key or account has a name that no edition gives, or they are out of order"),
        (shown(edition, checks), "a statement is not one of the checks, or counts more than there is"),
        (disclosed(edition), "weaknesses are told and not disclosed, or the other way round"),
        (committed(edition, commitments), "the commitments are not those of the names in it"),
    ];
    rules.into_iter().filter(|(right, _)| !right).map(|(_, why)| why).collect()
}

fn regions(edition: &Edition) -> bool {
    let resources = edition.streams.iter().map(|s| &s.region).chain(edition.keys.iter().map(|k| &k.region));
    edition.regions.is_sorted_by(|a, b| a < b)
        && resources.chain(&edition.regions).all(|region| region.parse::<Region>().is_ok())
}

/// Rows stand for all there are, or there are too few to hide among.
fn counted(edition: &Edition) -> bool {
    let right = |rows: usize, total: Band| if rows == 0 { total.to < SMALL } else { total == Band::of(rows) };
    right(edition.streams.len(), edition.streams_total) && right(edition.keys.len(), edition.keys_total)
}

fn names(edition: &Edition) -> bool {
    edition.streams.iter().all(|s| is_pseudonym("stream", &s.stream) && is_pseudonym("account", &s.account))
        && edition.keys.iter().all(|k| is_pseudonym("key", &k.key) && is_pseudonym("account", &k.account))
        && edition.streams.is_sorted_by_key(|s| &s.stream)
        && edition.keys.is_sorted_by_key(|k| (&k.key, &k.region))
}

fn shown(edition: &Edition, checks: &[CheckPage]) -> bool {
    let mut once = BTreeSet::new();
    edition.shown.iter().all(|shown| {
        let check = checks.iter().find(|c| c.id == shown.check);
        let same = check.is_some_and(|c| c.title == shown.title && subjects(c.kind) == shown.subjects);
        let bands = [shown.shown, shown.not_shown, shown.of];
        let ordered = |b: Band| b.from <= b.to;
        same && once.insert(&shown.check)
            && bands.into_iter().all(ordered)
            && shown.shown.from + shown.not_shown.from <= shown.of.to
            && shown.of.from <= shown.shown.to + shown.not_shown.to
            && are_records(&shown.records)
    })
}

/// `EV-000003 to EV-000009, EV-000012, and 3 more rows of records`, or nothing.
fn are_records(text: &str) -> bool {
    let number = |text: &str| text.parse::<Ev>().ok().filter(|ev| ev.to_string() == text);
    let span = |part: &str| match part.split_once(" to ") {
        Some((first, last)) => number(first).zip(number(last)).is_some_and(|(first, last)| first < last),
        None => number(part).is_some(),
    };
    let more = |part: &str| {
        let count = part.strip_prefix("and ").and_then(|p| p.strip_suffix(" more rows of records"));
        part == MORE_ONE || count.is_some_and(|c| c.parse::<u32>().is_ok_and(|n| n > 1 && n.to_string() == c))
    };
    let parts: Vec<&str> = text.split(", ").collect();
    text.is_empty() || (parts.len() <= 5 && parts.iter().enumerate().all(|(n, p)| span(p) || (n == 4 && more(p))))
}

fn disclosed(edition: &Edition) -> bool {
    let told = edition.weaknesses_disclosed;
    edition.shown.iter().all(|s| s.not_shown_because.is_some() == told)
        && edition.streams.iter().all(|s| s.encryption.is_some() == told)
        && edition.keys.iter().all(|k| k.life.is_some() == told)
        && (told || edition.requirements.is_empty())
}

/// One for each name, in their order.
fn committed(edition: &Edition, commitments: &[Commitment]) -> bool {
    let places = |kind: &str, name: &str, count: usize| -> Vec<String> {
        (0..count).flat_map(|n| [name, "account"].map(|field| format!("{EDITION}#/{kind}/{n}/{field}"))).collect()
    };
    let mut expected = places("streams", "stream", edition.streams.len());
    expected.extend(places("keys", "key", edition.keys.len()));
    expected.sort();
    let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    commitments.iter().map(|c| &c.pointer).eq(&expected) && commitments.iter().all(|c| hex(&c.commitment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_records_have_one_form() {
        for fine in [
            "",
            "EV-000003",
            "EV-000003 to EV-000009, EV-000012",
            "EV-000001, EV-000003, EV-000005, EV-000007, and 2 more rows of records",
        ] {
            assert!(are_records(fine), "{fine}");
        }
        for odd in
            ["EV-3", "EV-000009 to EV-000003", "and 2 more rows of records", "EV-000003,EV-000004", "x", "EV-000001x"]
        {
            assert!(!are_records(odd), "{odd}");
        }
    }
}
