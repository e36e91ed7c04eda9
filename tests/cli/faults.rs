//! Faults at random, in many runs: no wrong pass, no stream lost without a gap, no hang, no panic; and where no fault
//! stays, the findings of a calm run.
//!
//! Each run is the real program's `collect` against a scripted AWS with faults of one seed; its snapshot is judged here.
//! The seed is printed. `KEYWITNESS_FAULT_RUNS=500` makes 500 runs instead of a few, and `KEYWITNESS_FAULT_SEED` the
//! first seed.

use crate::aws::chaos::Chaos;
use crate::aws::{Aws, World};
use crate::program::{keywitness, panicked};
use keywitness::model::{Snapshot, Status};
use keywitness::{checks, config, snapshot, store};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longer than the time-out of a call that the runs below have.
const LATE: Duration = Duration::from_millis(2600);
/// No run may take longer: eight attempts at a time, each with its time-out, are far below.
const HANG: Duration = Duration::from_secs(90);

type Findings = BTreeMap<(String, String, String), Status>;

fn judged(folder: &Path) -> (Snapshot, Findings) {
    let (run, records) = store::parse(&store::load(folder).expect("a snapshot")).expect("a whole snapshot");
    let snapshot = snapshot::read(run, &records);
    let settings = config::declarations(crate::DECLARED).expect("declarations");
    let findings = checks::run(&snapshot, &settings);
    let found = findings
        .into_iter()
        .map(|f| ((f.check.into(), f.subject.region.to_string(), f.subject.id.to_string()), f.status));
    let found = found.collect();
    (snapshot, found)
}

fn collect(aws: &Aws) -> (PathBuf, crate::program::Outcome) {
    let outcome = keywitness(["collect"]).over(aws).args(["--call-timeout", "2"]).done();
    let path = outcome.json()["snapshot"].as_str().map(|p| outcome.work.join(p)).unwrap_or_default();
    (path, outcome)
}

fn world() -> World {
    World::of_every_class().with_small_pages()
}

/// One run with the faults of a seed; what is wrong with it.
fn wrong(seed: u64, calm: &Findings) -> Vec<String> {
    let mut world = world();
    let streams: Vec<(String, String)> = world
        .places
        .iter()
        .flat_map(|(region, place)| place.streams.keys().map(move |name| (region.clone(), name.clone())))
        .collect();
    let chaos = Chaos::of(seed, LATE);
    let finals = chaos.finals.clone();
    world.chaos = Some(chaos);
    let aws = Aws::start(world);
    let started = Instant::now();
    let (folder, outcome) = collect(&aws);
    let mut wrong = Vec::new();
    if started.elapsed() > HANG {
        wrong.push(format!("it took {:?}", started.elapsed()));
    }
    if panicked(&outcome.stderr) || !matches!(outcome.code, 0 | 3) {
        wrong.push(format!("it ended with {}: {}", outcome.code, outcome.stderr));
        return wrong;
    }
    let (snapshot, found) = judged(&folder);
    for (region, name) in &streams {
        let place = snapshot.places.iter().find(|p| p.region.as_str() == region);
        let known = place.is_some_and(|p| p.listing.is_err() || p.streams.iter().any(|s| s.name == *name));
        if !known {
            wrong.push(format!("stream {name} in {region} is lost, and no gap says so"));
        }
    }
    for (subject, status) in &found {
        let before = calm.get(subject);
        // The one finding that a calm run has not stands for the streams after the end of a list that broke off.
        if *status != Status::Unknown && before != Some(status) {
            wrong.push(format!("{subject:?} is {status:?}, and {before:?} in a calm run"));
        }
    }
    if finals.is_empty() && found != *calm {
        let lost = calm.iter().filter(|(subject, status)| found.get(*subject) != Some(*status)).count();
        wrong.push(format!("no fault stayed, and {lost} findings are not those of a calm run"));
        wrong.extend(snapshot.gaps.iter().take(3).map(|g| format!("gap {}", g.sentence())));
    }
    if !wrong.is_empty() {
        wrong.push(format!("final faults: {finals:?}"));
    }
    wrong
}

#[test]
fn random_faults_never_make_anything_better() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let runs = number("KEYWITNESS_FAULT_RUNS").unwrap_or(9);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let first = number("KEYWITNESS_FAULT_SEED").unwrap_or(now);
    eprintln!("{runs} runs with faults; KEYWITNESS_FAULT_SEED={first} has them again");
    let aws = Aws::start(world());
    let calm = judged(&collect(&aws).0).1;
    assert!(calm.values().any(|s| *s == Status::Pass) && calm.len() > 50, "the calm run finds something");
    let next = AtomicU64::new(0);
    let started = Instant::now();
    // The runs wait for time-outs and back-offs most of the time, so many go side by side.
    let broken: Vec<(u64, Vec<String>)> = std::thread::scope(|scope| {
        let worker = || {
            let mut broken = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= runs {
                    return broken;
                }
                let found = wrong(first + n, &calm);
                if !found.is_empty() {
                    broken.push((first + n, found));
                }
            }
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|w| w.join().expect("a worker")).collect()
    });
    eprintln!("{runs} runs in {:.0} s", started.elapsed().as_secs_f64());
    assert!(broken.is_empty(), "{} of {runs} runs: {broken:#?}", broken.len());
}
