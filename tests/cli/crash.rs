//! Killed at any step, without disk space, twice at once: never a pack or snapshot that looks whole and is not, never one
//! that was written over, and the next run works, or goes on from what there is.

use crate::aws::rules::on;
use crate::aws::{Aws, World};
use crate::program::{Outcome, Pack, Program, keywitness, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder")
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// What stands in the folder for results: finished things, and what was left behind.
fn results(output: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let entries = fs::read_dir(output).map(|e| e.map(|e| e.expect("an entry").path()).collect::<Vec<_>>());
    let entries = entries.unwrap_or_default();
    entries.into_iter().partition(|p| !p.file_name().expect("a name").to_string_lossy().starts_with('.'))
}

fn left_by(output: &Path) -> Vec<PathBuf> {
    results(output).1.into_iter().filter(|p| p.join("head.json").is_file()).collect()
}

fn killed_at(program: Program, step: &str) -> Outcome {
    program.env("KEYWITNESS_TEST_KILL", step).dies()
}

#[test]
fn killed_at_any_step_a_run_leaves_nothing_that_looks_whole_and_the_next_one_works() {
    let aws = Aws::start(World::of_one_stream());
    let place = folder();
    let key = text(&place.path().join("key.pem"));
    keywitness(["keygen", "--output", &key]).done().expect(0);
    let sign = format!("file:{key}");
    let steps = [
        "journal-head:1",
        "journal:1",
        "journal:9",
        "journal-line:1",
        "journal-line:20",
        "pack-file:1",
        "pack-file:20",
        "sign:1",
        "stamp:1",
        "read-back:1",
        "publish:1",
        "published:1",
    ];
    for step in steps {
        let output = place.path().join(step.replace(':', "-"));
        let named = text(&output);
        killed_at(run(&aws).args(["--output", &named, "--sign", &sign]), step);
        let (whole, _) = results(&output);
        for path in &whole {
            assert_eq!(step, "published:1", "{} stands there", path.display());
            Pack { root: String::new(), path: path.clone(), _folder: None }.verify([]).expect(3);
        }
        for partial in results(&output).1 {
            let said = keywitness(["verify", &text(&partial)]).done();
            assert!(said.code == 1 && said.stdout.contains("E-NOT-SEALED"), "{step}: {}", said.stdout);
        }
        let next = run(&aws).args(["--output", &named, "--sign", &sign]).done().expect(0);
        next.pack().verify(["--key", &text(&place.path().join("key.pub.pem"))]).expect(0);
        assert_eq!(results(&output).0.len(), whole.len() + 1, "{step}: nothing was written over");
    }
}

#[test]
fn a_collection_that_was_killed_goes_on_from_what_it_has() {
    let place = folder();
    let output = text(place.path());
    let aws = Aws::start(World::of_every_class().with_small_pages());
    killed_at(run(&aws).args(["--output", &output]), "journal-line:60");
    let asked: Vec<_> = aws.requests();
    let left = left_by(place.path());
    assert_eq!(left.len(), 1, "{left:?}");

    let again = Aws::start(World::of_every_class().with_small_pages());
    let resumed = resume(&again, &left[0], &output).done().expect(3);
    assert!(resumed.stderr.contains("resuming run"), "{}", resumed.stderr);
    // 59 lines were whole, one of which says who asks; that is asked anew.
    let whole = run(&Aws::start(World::of_every_class().with_small_pages())).done().expect(3);
    let (resumed, whole) = (resumed.pack(), whole.pack());
    let (all, more) = (whole.records().len(), again.requests().len());
    assert_eq!(resumed.records().len(), all);
    assert!((all - 60..all).contains(&more), "{more} of {all} calls were made again, {} before", asked.len());
    let statuses = |pack: &Pack| {
        let found = pack.findings();
        found.into_iter().map(|f| (f.check, f.subject.id.clone(), f.status)).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&resumed), statuses(&whole));
    assert!(resumed.text("data/report.html").contains("broke off"), "the report says so");
    assert!(resumed.text("data/evidence/run.json").contains("\"pauses\""));
    resumed.verify(["--expect-root", &resumed.root]).expect(0);
    assert_eq!(left_by(place.path()), Vec::<PathBuf>::new(), "the journal went away");
}

fn resume(aws: &Aws, left: &Path, output: &str) -> Program {
    let (url, left) = (aws.url(), text(left));
    let how = ["--endpoint-url", &url, "--no-rate-limit", "--json", "--max-attempts", "2"];
    keywitness(["run", "--resume", &left, "--output", output]).args(how)
}

#[test]
fn a_snapshot_too_is_gone_on_with_and_never_half() {
    let place = folder();
    let output = text(place.path());
    let aws = Aws::start(World::of_one_stream());
    for step in ["journal-line:12", "snapshot-file:3", "snapshot:1"] {
        killed_at(keywitness(["collect"]).over(&aws).args(["--output", &output]), step);
        assert_eq!(results(place.path()).0.len(), 0, "{step}");
        let left = left_by(place.path());
        let (url, folder) = (aws.url(), text(&left[0]));
        let how = ["--endpoint-url", &url, "--no-rate-limit", "--json", "--output", &output];
        let made = keywitness(["collect", "--resume", &folder]).args(how).done().expect(0);
        let snapshot = made.json()["snapshot"].as_str().expect("a folder").to_owned();
        assert!(left_by(place.path()).is_empty());
        fs::remove_dir_all(snapshot).expect("the snapshot");
        for rest in results(place.path()).1 {
            fs::remove_dir_all(rest).expect("what was left");
        }
    }
}

/// Ctrl-C makes a pack of what there is, and leaves the way to a whole one.
#[test]
fn a_run_that_was_stopped_makes_its_pack_and_is_gone_on_with() {
    let place = folder();
    let slow = on("kms:*").waits(std::time::Duration::from_millis(700));
    let aws = Aws::scripted(World::of_one_stream(), [slow]);
    let output = text(place.path());
    let home = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_keywitness"))
        .args(["run", "--region", "eu-west-1", "--endpoint-url", &aws.url(), "--no-rate-limit", "--output", &output])
        .args(["--catalog", "house-baseline"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIACANARYCANARY0001")
        .env("AWS_SECRET_ACCESS_KEY", crate::program::SECRET_KEY)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program that cargo built");
    while aws.requests_of("kms:ListAliases").is_empty() && aws.requests_of("kms:DescribeKey").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("our own child");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("a pipe"), &mut said).expect("what it says");
    assert_eq!(child.wait().expect("our own child").code(), Some(3), "{said}");
    assert!(said.contains("to go on where it stopped: --resume"), "{said}");
    let (packs, _) = results(place.path());
    let stopped = Pack { root: String::new(), path: packs[0].clone(), _folder: None };
    stopped.verify([]).expect(3);
    assert!(stopped.text("data/report.html").contains("Interrupted"));
    let again = Aws::start(World::of_one_stream());
    let whole = resume(&again, &left_by(place.path())[0], &output).done().expect(0).pack();
    assert!(again.requests().len() < aws.requests().len() + 20);
    whole.verify(["--expect-root", &whole.root]).expect(0);
    assert_eq!(results(place.path()).0.len(), 2, "both packs stand");
    assert!(left_by(place.path()).is_empty());
}

#[test]
fn what_is_no_journal_or_of_another_account_is_not_gone_on_with() {
    let place = folder();
    let output = text(place.path());
    let aws = Aws::start(World::of_one_stream());
    let said = resume(&aws, place.path(), &output).done().expect(2);
    assert!(said.stderr.contains("cannot resume"), "{}", said.stderr);
    killed_at(run(&aws).args(["--output", &output]), "journal:9");
    let left = left_by(place.path()).remove(0);
    let head = left.join("head.json");
    let text = fs::read_to_string(&head).expect("the head");
    fs::write(&head, text.replace("111122223333", "999999999999")).expect("the head");
    let said = resume(&aws, &left, &output).done().expect(2);
    assert!(said.stderr.contains("account 999999999999"), "{}", said.stderr);
    fs::write(&head, &text).expect("the head");
    let lines = left.join("journal.jsonl");
    let before = fs::read_to_string(&lines).expect("the journal");
    fs::write(&lines, before.replacen("\"page\":1", "\"page\":1,\"page\":2", 1)).expect("the journal");
    let said = resume(&aws, &left, &output).done().expect(2);
    assert!(said.stderr.contains("line 1"), "{}", said.stderr);
}

#[test]
fn a_call_that_had_failed_is_asked_again() {
    let place = folder();
    let output = text(place.path());
    let denied = on("firehose:DescribeDeliveryStream").denied();
    let aws = Aws::scripted(World::of_one_stream(), [denied]);
    killed_at(run(&aws).args(["--output", &output]), "publish:1");
    let left = left_by(place.path()).remove(0);
    let aws = Aws::start(World::of_one_stream());
    let pack = resume(&aws, &left, &output).done().expect(0).pack();
    assert_eq!(pack.finding(crate::check::ENCRYPTED, "orders").status, keywitness::model::Status::Pass);
    assert_eq!(aws.requests_of("firehose:ListDeliveryStreams").len(), 0, "that was known");
}

#[test]
fn a_run_says_what_an_earlier_one_left() {
    let place = folder();
    let output = text(place.path());
    let aws = Aws::start(World::of_one_stream());
    killed_at(run(&aws).args(["--output", &output]), "journal:9");
    let said = run(&aws).args(["--output", &output]).done().expect(0);
    assert!(said.stderr.contains("--resume goes on with it"), "{}", said.stderr);
}

/// The system refuses to make any file larger than so many KiB, as a full disk would.
fn with_files_up_to(kib: u32, aws: &Aws, output: &Path) -> (Option<i32>, String) {
    let home = folder();
    let said = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &kib.to_string(), env!("CARGO_BIN_EXE_keywitness")])
        .args(["run", "--region", "eu-west-1", "--endpoint-url", &aws.url(), "--no-rate-limit", "--output"])
        .arg(output)
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIACANARYCANARY0001")
        .env("AWS_SECRET_ACCESS_KEY", crate::program::SECRET_KEY)
        .output()
        .expect("bash");
    (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[test]
fn a_disk_that_is_full_is_told_and_costs_nothing_that_was_read() {
    let place = folder();
    let aws = Aws::start(World::of_one_stream());
    // Too little for the journal.
    let (code, said) = with_files_up_to(4, &aws, place.path());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("answers could not be kept") && said.contains("File too large"), "{said}");
    assert!(results(place.path()).0.is_empty());
    fs::remove_dir_all(&left_by(place.path())[0]).expect("the journal");
    // Enough for the journal, too little for the report.
    let (code, said) = with_files_up_to(160, &aws, place.path());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot write") && said.contains("--resume"), "{said}");
    assert!(results(place.path()).0.is_empty());
    let asked = aws.requests().len();
    let left = left_by(place.path()).remove(0);
    resume(&aws, &left, &text(place.path())).done().expect(0).pack().verify([]).expect(3);
    // Who asks; and again what AWS refuses because there is none: a policy of the key, lock and lifecycle of two
    // buckets, policies of two kinds in no organization.
    assert_eq!(aws.requests().len() - asked, 1 + 1 + 4 + 2);
}

#[test]
fn two_cannot_go_on_with_the_same_run_and_eight_at_once_make_eight_packs() {
    let place = folder();
    let output = text(place.path());
    let aws = Aws::start(World::of_one_stream());
    killed_at(run(&aws).args(["--output", &output]), "journal:9");
    let left = left_by(place.path()).remove(0);
    let held = fs::File::open(left.join("journal.jsonl")).expect("the journal");
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).expect("a lock");
    let said = resume(&aws, &left, &output).done().expect(2);
    assert!(said.stderr.contains("another run is writing there"), "{}", said.stderr);
    drop(held);
    resume(&aws, &left, &output).done().expect(0);
    let one = || run(&aws).args(["--output", &output]).done().expect(0).pack().path;
    let mut packs = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        runs.into_iter().map(|r| r.join().expect("a run")).collect::<Vec<_>>()
    });
    packs.sort();
    packs.dedup();
    assert_eq!(packs.len(), 8);
    assert_eq!(results(place.path()).0.len(), 9);
}
