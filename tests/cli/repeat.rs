//! The same account gives the same findings, in whatever order the answers come.

use crate::DECLARED;
use crate::aws::{Aws, World};
use crate::program::{Outcome, keywitness, run, walk};
use keywitness::model::Record;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A run over days that do not move while the tests run.
fn fixed(world: World) -> Outcome {
    let (from, to) = (world.day(60.0), world.day(1.0));
    let aws = Aws::start(world);
    run(&aws).configured(DECLARED).args(["--from", &from, "--to", &to]).done().expect(3)
}

/// A record without what two runs cannot share: times, ids, and tokens that hold them.
fn timeless(record: &Record) -> Value {
    let mut value = serde_json::to_value(record).expect("a record");
    for field in ["sent", "received", "date", "request_id"] {
        value[field] = Value::Null;
    }
    value["attempts"] = json!(record.attempts.len());
    value
}

#[test]
fn two_runs_differ_only_in_times_and_ids() {
    let (first, second) = (fixed(World::of_every_class()), fixed(World::of_every_class()));
    let (a, b) = (first.pack(), second.pack());
    assert_eq!(a.text("data/findings.json"), b.text("data/findings.json"));
    let bare = |p: &crate::program::Pack| p.records().iter().map(timeless).collect::<Vec<_>>();
    for (x, y) in bare(&a).iter().zip(bare(&b).iter()) {
        assert_eq!(x, y);
    }
    assert_eq!(a.records().len(), b.records().len());
    assert_ne!(a.path.file_name(), b.path.file_name(), "two runs, two names");
    assert_ne!(a.root, b.root);
}

#[test]
fn the_order_of_answers_changes_nothing() {
    let calm = fixed(World::of_every_class().with_small_pages());
    for seed in [1, 2] {
        let stormy = fixed(World::of_every_class().with_small_pages().with_jitter(seed));
        assert_eq!(calm.pack().text("data/findings.json"), stormy.pack().text("data/findings.json"), "seed {seed}");
    }
}

fn all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    walk(folder, &mut |path| {
        let name = path.strip_prefix(folder).expect("below").display().to_string();
        files.insert(name, std::fs::read(path).expect("a file"));
    });
    files
}

#[test]
fn two_reports_of_one_snapshot_are_the_same_bytes() {
    let aws = Aws::start(World::of_every_class());
    let collected = keywitness(["collect", "--output", "snapshots"]).over(&aws).done();
    let folder = std::fs::read_dir(collected.work.join("snapshots")).expect("the output");
    let snapshot = folder.map(|e| e.expect("an entry").path()).find(|p| p.is_dir()).expect("a snapshot");
    let report = || keywitness(["report", snapshot.to_str().expect("UTF-8"), "--json"]).configured(DECLARED).done();
    let (first, second) = (report(), report());
    let (a, b) = (all(&first.pack().path.join("data")), all(&second.pack().path.join("data")));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(bytes == &b[name], "{name} differs");
    }
    first.pack().verify(["--expect-root", &first.pack().root]).expect(0);
}

#[test]
fn a_run_reports_what_collect_and_report_would() {
    let day = "2026-10-01";
    let aws = Aws::start(World::of_every_class());
    let window = ["--from", day, "--to", day];
    let ran = run(&aws).configured(DECLARED).args(window).done().expect(3);
    let collected = keywitness(["collect", "--output", "snapshots"]).over(&aws).args(window).done();
    let folder = std::fs::read_dir(collected.work.join("snapshots")).expect("the output");
    let snapshot = folder.map(|e| e.expect("an entry").path()).find(|p| p.is_dir()).expect("a snapshot");
    let reported = keywitness(["report", snapshot.to_str().expect("UTF-8"), "--json"]).configured(DECLARED).done();
    assert_eq!(ran.pack().text("data/findings.json"), reported.expect(3).pack().text("data/findings.json"));
}
