//! A pack proves itself to our verifier and to stock tools; whatever is changed in it shows.

use crate::aws::{Aws, World};
use crate::program::{Outcome, Pack, keywitness, run};
use keywitness::model::sha256::Sha256;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

fn sealed() -> (Outcome, Pack) {
    let aws = Aws::start(World::of_one_stream());
    let outcome = run(&aws).done();
    let pack = outcome.pack();
    (outcome, pack)
}

fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder")
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn hash_of(path: &Path) -> String {
    hex(&fs::read(path).expect("a file"))
}

/// What a forger would do: every hash list made new.
fn reseal(pack: &Pack) -> String {
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let lines = pack.text(manifest);
        let again = lines.lines().map(|line| {
            let (_, path) = line.split_once("  ").expect("a manifest line");
            format!("{}  {path}\n", hash_of(&pack.path.join(path)))
        });
        fs::write(pack.path.join(manifest), again.collect::<String>()).expect("a manifest");
    }
    hash_of(&pack.path.join("tagmanifest-sha256.txt"))
}

#[test]
fn a_fresh_pack_is_consistent_and_with_its_root_verified() {
    let (_outcome, pack) = sealed();
    assert_eq!(pack.root, hash_of(&pack.path.join("tagmanifest-sha256.txt")));
    pack.verify([]).expect(3);
    pack.verify(["--expect-root", &pack.root]).expect(0);
    pack.verify(["--expect-root", &"0".repeat(64)]).expect(1);
}

/// The sheets of the workbook pass through the temporary folder: where there is none, nothing is said of the pack, and
/// a run says so before its first call.
#[test]
fn without_a_temporary_folder_nothing_is_judged() {
    let aws = Aws::start(World::of_one_stream());
    let refused = run(&aws).env("TMPDIR", "/nowhere").done().expect(2);
    assert!(refused.stderr.contains("/nowhere") && refused.stderr.contains("TMPDIR"), "{}", refused.stderr);
    assert!(aws.requests().is_empty());
    let pack = run(&aws).done().pack();
    let verify = ["verify", pack.path.to_str().expect("a path"), "--expect-root", &pack.root];
    let refused = keywitness(verify).env("TMPDIR", "/nowhere").done().expect(2);
    assert!(refused.stderr.contains("TMPDIR"), "{}", refused.stderr);
}

#[test]
fn the_evidence_root_is_the_hash_of_the_evidence_list() {
    let (outcome, pack) = sealed();
    let root = hash_of(&pack.path.join("data/evidence.sha256"));
    assert_eq!(outcome.json()["evidence_root"], root.as_str());
    assert!(pack.text("data/report.html").contains(&root));
}

/// Whether `sha256sum` accepts a list of hashes.
fn stock(folder: &Path, list: &str) -> bool {
    let said = Command::new("sha256sum").args(["--strict", "-c", list]).current_dir(folder).output();
    said.expect("sha256sum").status.success()
}

#[test]
fn sha256sum_accepts_every_list_of_hashes() {
    let (_outcome, pack) = sealed();
    assert!(stock(&pack.path, "manifest-sha256.txt"));
    assert!(stock(&pack.path, "tagmanifest-sha256.txt"));
    assert!(stock(&pack.path.join("data"), "evidence.sha256"));
}

#[test]
fn one_changed_byte_in_any_file_shows() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    let files = copy.files();
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let path = copy.path.join(&file);
        let whole = fs::read(&path).expect("a file");
        let mut spoiled = whole.clone();
        let middle = spoiled.len() / 2;
        spoiled[middle] ^= 1;
        fs::write(&path, &spoiled).expect("a file");
        let outcome = copy.verify(["--expect-root", &pack.root]);
        assert_eq!(outcome.code, 1, "{file} was changed: {}", outcome.stdout);
        assert!(outcome.stdout.contains(&file), "{file} is not named: {}", outcome.stdout);
        fs::write(&path, &whole).expect("a file");
    }
    copy.verify(["--expect-root", &pack.root]).expect(0);
}

#[test]
fn a_missing_file_shows_and_so_does_an_added_one() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    let gone = copy.path.join("data/findings.json");
    let text = fs::read(&gone).expect("a file");
    fs::remove_file(&gone).expect("a file");
    assert!(copy.verify([]).expect(1).stdout.contains("E-MISSING"));
    fs::write(&gone, text).expect("a file");
    for extra in ["data/extra.txt", "extra.txt", "fetch.txt", "manifest-md5.txt", "seal/extra"] {
        let path = copy.path.join(extra);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, "x").expect("a file");
        let outcome = copy.verify([]);
        assert_eq!(outcome.code, 1, "{extra} was added: {}", outcome.stdout);
        fs::remove_file(&path).expect("a file");
    }
}

#[test]
fn a_pack_without_its_tag_manifest_is_not_sealed() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    fs::remove_file(copy.path.join("tagmanifest-sha256.txt")).expect("a file");
    assert!(copy.verify([]).expect(1).stdout.contains("E-NOT-SEALED"));
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_file_shows() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    let file = copy.path.join("data/findings.json");
    let elsewhere = place.path().join("elsewhere.json");
    fs::rename(&file, &elsewhere).expect("a move");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("a link");
    assert!(copy.verify([]).expect(1).stdout.contains("E-FILE-TYPE"));
}

#[test]
fn a_finding_turned_round_with_every_hash_redone_is_found_by_replay() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    let path = copy.path.join("data/findings.json");
    let text = fs::read_to_string(&path).expect("a file");
    let turned = text.replacen("\"status\":\"unknown\"", "\"status\":\"pass\"", 1);
    let turned =
        if turned == text { text.replacen("\"status\": \"unknown\"", "\"status\": \"pass\"", 1) } else { turned };
    assert_ne!(turned, text);
    fs::write(&path, turned).expect("a file");
    reoxum(&copy);
    let root = reseal(&copy);
    assert!(stock(&copy.path, "manifest-sha256.txt"), "the forger's hashes fit");
    let outcome = copy.verify(["--expect-root", &root]).expect(1);
    assert!(outcome.stdout.contains("E-REPLAY"), "{}", outcome.stdout);
}

#[test]
fn an_answer_turned_round_with_every_hash_redone_is_found_by_replay() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    let file = "data/evidence/111122223333/eu-west-1/kms.DescribeKey.jsonl";
    let path = copy.path.join(file);
    let text = fs::read_to_string(&path).expect("a file");
    let turned = text.replacen("\"KeyManager\":\"CUSTOMER\"", "\"KeyManager\":\"AWS\"", 1);
    assert_ne!(turned, text);
    fs::write(&path, turned).expect("a file");
    // The forger also renews the evidence list, and writes its new root wherever the old one stands.
    let list = copy.path.join("data/evidence.sha256");
    let old_root = hash_of(&list);
    let lines = fs::read_to_string(&list).expect("a file");
    let mut again = String::new();
    for line in lines.lines() {
        let (_, name) = line.split_once("  ").expect("a line");
        again.extend([&hash_of(&copy.path.join("data").join(name)), "  ", name, "\n"]);
    }
    fs::write(&list, again).expect("a file");
    let new_root = hash_of(&list);
    for name in copy.files() {
        let path = copy.path.join(&name);
        if let Ok(text) = fs::read_to_string(&path) {
            fs::write(&path, text.replace(&old_root, &new_root)).expect("a file");
        }
    }
    reoxum(&copy);
    let root = reseal(&copy);
    let outcome = copy.verify(["--expect-root", &root]).expect(1);
    assert!(outcome.stdout.contains("E-RE"), "replay or rendering: {}", outcome.stdout);
}

/// Brings `Payload-Oxum` into line with the payload.
fn reoxum(pack: &Pack) {
    let payload: Vec<String> = pack.files().into_iter().filter(|f| f.starts_with("data/")).collect();
    let octets: u64 = payload.iter().map(|f| fs::metadata(pack.path.join(f)).expect("a file").len()).sum();
    let info = pack.text("bag-info.txt");
    let line = |l: &str| {
        if l.starts_with("Payload-Oxum:") {
            format!("Payload-Oxum: {octets}.{}\n", payload.len())
        } else {
            format!("{l}\n")
        }
    };
    fs::write(pack.path.join("bag-info.txt"), info.lines().map(line).collect::<String>()).expect("a file");
}

#[test]
fn a_run_leaves_nothing_half_done_beside_the_pack() {
    let aws = Aws::start(World::of_one_stream());
    let outcome = run(&aws).args(["--output", "packs"]).done();
    let names: Vec<String> = fs::read_dir(outcome.work.join("packs"))
        .expect("the output")
        .map(|e| e.expect("an entry").file_name().into_string().expect("ASCII"))
        .collect();
    assert!(names.iter().all(|n| n.starts_with("keywitness-111122223333-") && !n.contains("partial")), "{names:?}");
    let pack = outcome.pack();
    assert!(pack.path.starts_with(outcome.work.join("packs")));
}

#[test]
fn the_demo_makes_a_pack_that_verifies_without_aws() {
    let outcome = keywitness(["demo", "--json"]).done();
    assert!(outcome.code == 0 || outcome.code == 3, "{}", outcome.stderr);
    let pack = outcome.pack();
    pack.verify(["--expect-root", &pack.root]).expect(0);
    assert!(pack.findings().len() > 50);
}

#[test]
fn verify_speaks_json_too() {
    let (_outcome, pack) = sealed();
    let said = pack.verify(["--expect-root", &pack.root, "--json"]).expect(0);
    assert!(said.json().is_object());
}

#[test]
fn a_killed_run_leaves_no_half_pack_under_a_final_name() {
    for milliseconds in [100, 300, 500, 700, 900, 1100, 1400, 1800, 2400] {
        let aws = Aws::start(World::of_one_stream());
        let outcome = run(&aws).args(["--output", "packs"]).killed_after(Duration::from_millis(milliseconds));
        let Ok(entries) = fs::read_dir(outcome.work.join("packs")) else { continue };
        for path in entries.map(|e| e.expect("an entry").path()) {
            let name = path.file_name().and_then(|n| n.to_str()).expect("ASCII");
            if name.starts_with("keywitness-") && !name.contains("partial") {
                let pack = Pack { root: String::new(), path, _folder: None };
                pack.verify([]).expect(3);
            }
        }
    }
}

#[test]
fn runs_side_by_side_do_not_touch_each_other() {
    let aws = Aws::start(World::of_one_stream());
    let place = folder();
    let output = place.path().join("packs").display().to_string();
    let one = || {
        let outcome = run(&aws).args(["--output", &output]).done();
        outcome.pack().verify([]).expect(3);
        outcome.pack().path
    };
    let mut packs = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
        runs.into_iter().map(|r| r.join().expect("a run")).collect::<Vec<_>>()
    });
    packs.sort();
    packs.dedup();
    assert_eq!(packs.len(), 4);
}

/// `HOW-TO-VERIFY.txt` tells somebody who has never seen this program what to type.
#[test]
fn every_command_of_the_instructions_does_what_they_say() {
    let (_outcome, pack) = sealed();
    let text = pack.text("HOW-TO-VERIFY.txt");
    let commands: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("    ")).map(str::trim).collect();
    let stock = commands.iter().filter(|c| !c.starts_with("bagit.py") && !c.starts_with("keywitness"));
    let mut typed = 0;
    for command in stock {
        let said = Command::new("bash").args(["-c", command]).current_dir(&pack.path).output().expect("bash");
        let told = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(said.status.success(), "{command}: {told}");
        assert!(!command.starts_with('!') || told.is_empty(), "{command} must print nothing: {told}");
        typed += 1;
    }
    assert!(typed >= 8, "{commands:?}");
}

#[test]
fn the_instructions_show_a_file_that_was_added() {
    let (_outcome, pack) = sealed();
    let place = folder();
    let copy = pack.copy(place.path());
    fs::write(copy.path.join("data/added.txt"), "x").expect("a file");
    let text = copy.text("HOW-TO-VERIFY.txt");
    let commands = text.lines().filter_map(|l| l.strip_prefix("    ")).map(str::trim);
    let refused = commands.filter(|c| c.starts_with('!')).filter(|command| {
        let said = Command::new("bash").args(["-c", command]).current_dir(&copy.path).output().expect("bash");
        String::from_utf8_lossy(&said.stdout).contains("data/added.txt")
    });
    assert!(refused.count() >= 1);
}
