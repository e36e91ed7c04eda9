//! Records that were taken away, by a forger who numbers the rest anew and derives everything again from what is left. No
//! hash and no comparison finds that. What finds it: every answer says what must have been asked next, so what is missing
//! is a gap or leaves pages that do not follow from each other, and nothing gets better by it.

use crate::every_class;
use keywitness::model::{Gap, Record, Run, Settings, Status, plausible};
use keywitness::{checks, snapshot, store};
use std::collections::{BTreeMap, BTreeSet};

/// A gap without the number of its record.
type Told = (String, String, String, String, String);

fn told(gap: &Gap) -> Told {
    let place = format!("{}/{}", gap.account, gap.region);
    (place, gap.service.to_string(), gap.operation.to_string(), gap.subject.clone(), format!("{:?}", gap.kind))
}

/// What follows from records: the gaps, and the status of each finding.
struct Seen {
    gaps: BTreeSet<Told>,
    statuses: BTreeMap<(String, String), Status>,
}

fn seen(run: &Run, records: &[Record], settings: &Settings) -> Seen {
    let snapshot = snapshot::read(run.clone(), records);
    let findings = checks::run(&snapshot, settings);
    Seen {
        gaps: snapshot.gaps.iter().map(told).collect(),
        statuses: findings.into_iter().map(|f| ((f.check.into(), f.subject.id.to_string()), f.status)).collect(),
    }
}

#[test]
fn whatever_is_taken_away_is_missed_and_nothing_gets_better_by_it() {
    let pack = &every_class().pack;
    let evidence = pack.files().into_iter().filter(|f| f.starts_with("data/evidence/"));
    let evidence = evidence
        .map(|f| (f["data/evidence/".len()..].to_owned(), pack.text(&f).into_bytes()))
        .collect::<BTreeMap<_, _>>();
    let (run, records) = store::parse(&evidence).expect("the records of a pack");
    let settings: Settings = serde_json::from_str(&pack.text("data/settings.json")).expect("the declarations");
    let whole = seen(&run, &records, &settings);
    assert_eq!(plausible::loose_page(&records), None);

    let mut taken: Vec<(String, Vec<usize>)> = Vec::new();
    let mut files: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        files.entry(store::path_of(record)).or_default().push(at);
        // Every page that has a page behind it, the first ones included.
        if records.get(at + 1).is_some_and(|next| next.page == record.page + 1) {
            taken.push((format!("page {} of {}", record.page, store::path_of(record)), vec![at]));
        }
    }
    for (file, lines) in files {
        taken.push((format!("the last record of {file}"), lines.last().copied().into_iter().collect()));
        taken.push((format!("all of {file}"), lines));
    }
    assert!(taken.len() > 90, "{}", taken.len());

    let mut wrong = Vec::new();
    for (what, gone) in taken {
        let mut left: Vec<Record> =
            records.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, r)| r.clone()).collect();
        // As the forger does it: the pages behind the gap move up.
        for &at in &gone {
            let (question, page) = (records[at].question(), records[at].page);
            let same = |r: &&mut Record| store::path_of(r) == store::path_of(&records[at]) && r.question() == question;
            left.iter_mut().filter(same).filter(|r| r.page > page).for_each(|r| r.page -= 1);
        }
        store::number(&mut left);
        if plausible::loose_page(&left).is_some() || plausible::unnamed_caller(&run, &left).is_some() {
            continue; // Refused, by `report` or by `verify`, whatever else follows from them.
        }
        let after = seen(&run, &left, &settings);
        // A call that was refused, and whose place others took, gave nothing that could be missed.
        let replaced = gone.iter().all(|at| records[*at].error.is_some()) && after.statuses == whole.statuses;
        if after.gaps.is_subset(&whole.gaps) && !replaced {
            wrong.push(format!("{what}: nobody misses it"));
        }
        for (finding, status) in &after.statuses {
            let before = whole.statuses.get(finding);
            if *status == Status::Pass && before.is_some_and(|b| *b != Status::Pass) {
                wrong.push(format!("{what}: {finding:?} was {before:?} and passes now"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
