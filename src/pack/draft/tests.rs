//! Drafts that are killed, disturbed, raced and given up.

use super::super::about::tests::{info, sample};
use super::super::{Anchors, Code, EVIDENCE_LIST, Outcome, evidence_list, verify};
use super::*;
use std::cell::Cell;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Barrier;

/// Counts steps and stops at one of them, from where on nothing works and nothing is cleaned up.
#[derive(Debug, Default)]
pub struct Killer {
    at: Option<usize>,
    done: Cell<usize>,
}

impl Killer {
    pub fn step(&self) -> io::Result<()> {
        if self.killed() {
            return Err(io::Error::other("killed by the test"));
        }
        self.done.set(self.done.get() + 1);
        Ok(())
    }
    pub fn killed(&self) -> bool {
        self.at.is_some_and(|at| self.done.get() >= at)
    }
}

#[test]
fn the_instructions_have_the_steps_of_the_seal_and_no_marks() {
    for (signature, timestamp, last) in [(0, 0, "6"), (1, 0, "7"), (0, 1, "7"), (1, 1, "8")] {
        let demand = |n| if n == 1 { Demand::Required } else { Demand::None };
        let policy =
            SealPolicy { signature: demand(signature), timestamp: demand(timestamp), ..SealPolicy::hashes_only() };
        let text = how_to(&policy, Edition::Internal);
        assert!(text.contains(&format!("\n{last}. WITH THE PROGRAM")), "{text}");
        assert_eq!(text.contains("root.sig"), signature == 1);
        assert_eq!(text.contains("root.tsr"), timestamp == 1);
        assert!(!text.contains("@SEAL") && !text.contains("@LAST") && !text.contains("@STEP"), "{text}");
        assert!(!text.contains("PROVED@") && !text.contains("@WITH") && text.is_ascii(), "{text}");
    }
}

pub const NAME: &str = "keywitness-111122223333-20261001T090001Z-01jd07k3";
const STREAMS: &str = "data/evidence/111122223333/eu-west-1/firehose.DescribeDeliveryStream.jsonl";

/// Adds a small payload; gives the description that goes with it.
pub fn fill(draft: &mut Draft) -> Result<PackJson, PackError> {
    let records = [
        (STREAMS.to_owned(), b"{\"ev\":\"EV-000001\"}\n".to_vec()),
        ("data/evidence/run.json".to_owned(), b"{}\n".to_vec()),
    ];
    let (list, root) = evidence_list(records.iter().map(|(path, bytes)| (path, sha256(bytes))));
    for (path, bytes) in &records {
        draft.add(path, bytes)?;
    }
    draft.add(EVIDENCE_LIST, list.as_bytes())?;
    draft.add("data/report.html", b"<!doctype html><title>Report</title>\n")?;
    draft.add("data/tables/streams.csv", b"name\r\norders\r\n")?;
    draft.add("data/findings.json", b"[]\n")?;
    let catalog = b"id: baseline\n";
    draft.add("data/frameworks/baseline.yaml", catalog)?;
    let catalogs = vec![about::CatalogRef { id: "baseline".into(), version: "1".into(), sha256: sha256(catalog) }];
    Ok(PackJson { catalogs, ..sample(&root) })
}

fn write(parent: &Path, killer: Killer) -> Result<Sealed, PackError> {
    let mut draft = Draft::begin(parent, NAME, killer)?;
    let pack = fill(&mut draft)?;
    draft.seal(&pack, &info(), &Sealer::default())
}

/// A whole pack in an empty folder.
/// A pack that is sealed with signature and time stamp, as the sealer has them.
pub fn sealed_in(parent: &Path, sealer: &Sealer<'_>) -> Sealed {
    let mut draft = Draft::create(parent, NAME).unwrap();
    let pack = PackJson { seal_policy: sealer.policy(), ..fill(&mut draft).unwrap() };
    draft.seal(&pack, &info(), sealer).unwrap()
}

pub fn pack_in(parent: &Path) -> Sealed {
    write(parent, Killer::default()).unwrap()
}

fn outcome(path: &Path, expect_root: Option<String>) -> (Outcome, Vec<String>) {
    let report =
        verify(path, &Anchors { expect_root, ..Anchors::default() }, &Limits::default(), |_, _| false).unwrap();
    (report.outcome(), report.lines())
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_fresh_pack_is_consistent_and_with_its_root_verified() {
    let place = tempfile::tempdir().unwrap();
    let sealed = pack_in(place.path());
    assert_eq!(outcome(&sealed.path, None), (Outcome::Consistent, vec![]));
    assert_eq!(outcome(&sealed.path, Some(sealed.root.clone())), (Outcome::Verified, vec![]));
    assert_eq!(outcome(&sealed.path, Some(format!(" sha256:{} ", sealed.root.to_uppercase()))).0, Outcome::Verified);
    assert_eq!(sha256(&std::fs::read(sealed.path.join(ROOT_FILE)).unwrap()), sealed.root);
    assert_eq!(names_in(place.path()), [NAME]);
}

#[test]
fn the_same_payload_gives_the_same_root() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(pack_in(one.path()).root, pack_in(two.path()).root);
}

#[test]
fn killed_at_any_step_nothing_looks_like_a_pack_that_is_none() {
    let mut steps = 0;
    loop {
        let place = tempfile::tempdir().unwrap();
        let result = write(place.path(), Killer { at: Some(steps), ..Killer::default() });
        let done = result.is_ok();
        for name in names_in(place.path()) {
            let (outcome, lines) = outcome(&place.path().join(&name), None);
            if name == NAME {
                assert_eq!((outcome, lines), (Outcome::Consistent, vec![]), "step {steps}");
            } else {
                assert!(name.contains(".partial-"), "{name}");
                assert_eq!(outcome, Outcome::Failed, "step {steps}");
                assert!(lines[0].starts_with(Code::NotSealed.word()), "step {steps}: {lines:?}");
            }
        }
        match write(place.path(), Killer::default()) {
            Ok(again) => assert_eq!(outcome(&again.path, Some(again.root)).0, Outcome::Verified),
            Err(PackError::Exists { path }) => assert_eq!(outcome(&path, None).0, Outcome::Consistent),
            Err(other) => panic!("step {steps}: {other}"),
        }
        if done {
            break;
        }
        steps += 1;
    }
    assert!(steps > 40, "only {steps} steps: has the test lost its hold?");
}

#[test]
fn files_and_folders_can_be_forced_to_the_disk_one_by_one() {
    let place = tempfile::tempdir().unwrap();
    let mut draft = Draft::create(place.path(), NAME).unwrap();
    fill(&mut draft).unwrap();
    flush_each(&draft.folder).unwrap();
}

#[test]
fn a_draft_that_is_given_up_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let mut draft = Draft::create(place.path(), NAME).unwrap();
    fill(&mut draft).unwrap();
    drop(draft);
    assert_eq!(names_in(place.path()), [""; 0]);
}

#[test]
fn of_two_packs_with_one_name_one_wins_and_the_other_says_so() {
    let place = tempfile::tempdir().unwrap();
    let ready = Barrier::new(8);
    let results: Vec<_> = std::thread::scope(|scope| {
        let one = || {
            let mut draft = Draft::create(place.path(), NAME)?;
            let pack = fill(&mut draft)?;
            ready.wait();
            draft.seal(&pack, &info(), &Sealer::default())
        };
        let running: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|r| r.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    let others: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    assert!(others.iter().all(|e| matches!(e, PackError::Exists { .. })), "{others:?}");
    assert!(others[0].to_string().contains("something is there already"), "{}", others[0]);
    assert_eq!(names_in(place.path()), [NAME]);
    assert_eq!(outcome(&place.path().join(NAME), None).0, Outcome::Consistent);
}

#[test]
fn nothing_that_has_the_name_is_replaced() {
    for make in [
        |path: &Path| std::fs::create_dir(path).unwrap(),
        |path: &Path| std::fs::write(path, "mine").unwrap(),
        |path: &Path| std::os::unix::fs::symlink("nowhere", path).unwrap(),
    ] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(NAME);
        let mut late = Draft::create(place.path(), NAME).unwrap();
        let pack = fill(&mut late).unwrap();
        make(&path);
        let before = path.symlink_metadata().unwrap().file_type();
        assert!(matches!(Draft::create(place.path(), NAME), Err(PackError::Exists { .. })));
        assert!(matches!(late.seal(&pack, &info(), &Sealer::default()), Err(PackError::Exists { .. })));
        assert_eq!(path.symlink_metadata().unwrap().file_type(), before);
        assert_eq!(names_in(place.path()), [NAME]);
    }
}

#[test]
fn without_noreplace_the_claim_keeps_the_same_promise() {
    let place = tempfile::tempdir().unwrap();
    let parent = Folder::open(place.path()).unwrap();
    std::fs::create_dir_all(place.path().join("from/data")).unwrap();
    std::fs::create_dir(place.path().join("taken")).unwrap();
    let refused = publish_by_claim(&parent, "from", "taken").unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    publish_by_claim(&parent, "from", "to").unwrap();
    assert!(place.path().join("to/data").is_dir() && !place.path().join("from").exists());
}

#[test]
fn a_disk_that_does_not_keep_what_it_got_is_noticed() {
    let place = tempfile::tempdir().unwrap();
    let mut draft = Draft::create(place.path(), NAME).unwrap();
    let pack = fill(&mut draft).unwrap();
    std::fs::write(draft.partial_path().join("data/report.html"), "other").unwrap();
    std::fs::write(draft.partial_path().join("data/extra"), "other").unwrap();
    let error = draft.seal(&pack, &info(), &Sealer::default()).unwrap_err();
    let PackError::SelfCheck { failures, .. } = &error else { panic!("{error}") };
    let codes: Vec<_> = failures.iter().map(|f| f.code).collect();
    assert_eq!(codes, [Code::Hash]);
    assert_eq!(names_in(place.path()), [""; 0]);
}

#[test]
fn what_is_changed_after_it_was_read_back_is_noticed() {
    let place = tempfile::tempdir().unwrap();
    let mut draft = Draft::create(place.path(), NAME).unwrap();
    let pack = fill(&mut draft).unwrap();
    let path = draft.partial_path().join(STREAMS);
    assert!(draft.digests().unwrap().contains_key(STREAMS));
    let bytes = std::fs::read(&path).unwrap().to_ascii_uppercase();
    let before = path.metadata().unwrap();
    let changed = |m: &std::fs::Metadata| (m.ctime(), m.ctime_nsec());
    // The clock of a file system may tick as seldom as a hundred times a second.
    while changed(&path.metadata().unwrap()) == changed(&before) {
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(path.metadata().unwrap().len(), before.len());
    let error = draft.seal(&pack, &info(), &Sealer::default()).unwrap_err();
    let PackError::SelfCheck { failures, .. } = &error else { panic!("{error}") };
    assert!(failures.iter().any(|f| f.code == Code::Hash && f.path == STREAMS), "{failures:?}");
    assert_eq!(names_in(place.path()), [""; 0]);
}

#[test]
fn a_path_that_is_not_ours_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let mut draft = Draft::create(place.path(), NAME).unwrap();
    draft.add("data/Report.html", b"").unwrap();
    for path in ["data/report.html", "data/Report.html", "pack.json", "data/../x", "/data/x", "data/a b", "data", ""] {
        assert!(matches!(draft.add(path, b""), Err(PackError::Path { .. })), "{path}");
    }
    for name in ["", ".", "..", "a/b", ".hidden", "x\n"] {
        assert!(matches!(Draft::create(place.path(), name), Err(PackError::Name { .. })), "{name:?}");
    }
}

#[test]
fn a_description_with_mistakes_is_not_sealed() {
    let place = tempfile::tempdir().unwrap();
    let mut draft = Draft::create(place.path(), NAME).unwrap();
    let pack = PackJson { run_id: "../../x".to_owned(), ..fill(&mut draft).unwrap() };
    assert!(matches!(draft.seal(&pack, &info(), &Sealer::default()), Err(PackError::About { .. })));
    assert_eq!(names_in(place.path()), [""; 0]);
}
