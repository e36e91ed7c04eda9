//! Archives: a pack goes into S3 whole or is gone on with, nothing is written over, and whatever happens to it there shows.

use crate::program::{Outcome, Pack, Program, keywitness, small};
use crate::s3::{S3, State, Trouble, Version};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Something that happens to a thing in the bucket.
type Happens<T> = fn(&mut T);

const TARGET: &str = "s3://acme-evidence/packs";
const LOCK: [&str; 4] = ["--lock", "governance", "--retain", "6y"];

/// A signed pack in a folder of its own, with the keys beside it.
struct Case {
    place: TempDir,
    pack: Pack,
}

impl Case {
    fn new() -> Self {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let case = |name: &str| place.path().join(name).to_str().expect("UTF-8").to_owned();
        keywitness(["keygen", "--output", &case("key.pem")]).done().expect(0);
        let sign = format!("file:{}", case("key.pem"));
        let made = small().args(["--output", &case("packs"), "--sign", &sign]).done().expect(0);
        let pack = made.pack();
        Self { place, pack }
    }

    fn path(&self, name: &str) -> String {
        self.place.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// With few attempts: the SDK waits between them.
    fn archive(&self, s3: &S3) -> Program {
        self.patiently(s3, "2")
    }

    fn patiently(&self, s3: &S3, attempts: &str) -> Program {
        let (pack, url, key) =
            (self.pack.path.to_str().expect("UTF-8"), s3.url(), format!("file:{}", self.path("key.pem")));
        keywitness(["archive", pack, TARGET, "--endpoint-url", &url, "--region", "eu-west-1", "--json", "--sign", &key])
            .args(LOCK)
            .args(["--max-attempts", attempts])
    }

    fn receipt(&self) -> PathBuf {
        let name = self.pack.path.file_name().expect("a name").to_str().expect("UTF-8");
        self.pack.path.with_file_name(format!("{name}.receipt.json"))
    }

    fn verify(&self, s3: &S3) -> Outcome {
        let (receipt, url) = (self.receipt(), s3.url());
        let receipt = receipt.to_str().expect("UTF-8");
        keywitness(["archive", "verify", receipt, "--endpoint-url", &url, "--region", "eu-west-1"])
            .args(["--key", &self.path("key.pub.pem")])
            .done()
    }

    /// How many objects the pack itself has.
    fn objects(&self) -> usize {
        self.pack.files().len()
    }
}

/// The keys of the pack, not those of receipts.
fn keys(state: &State) -> Vec<String> {
    state.objects.keys().filter(|k| !k.contains("/receipts/")).cloned().collect()
}

fn is_there(state: &State) -> bool {
    keys(state).iter().any(|k| k.ends_with("/tagmanifest-sha256.txt"))
}

#[test]
fn a_pack_is_put_with_locks_and_checksums_its_root_file_last_and_its_receipt_is_signed() {
    let (case, s3) = (Case::new(), S3::start([]));
    let said = case.archive(&s3).done().expect(0).json();
    assert_eq!(said["objects"], case.objects());
    assert_eq!(said["mode"], "GOVERNANCE");
    {
        let state = s3.state();
        let puts: Vec<&String> =
            state.log.iter().filter(|l| l.starts_with("PUT") && !l.contains("/receipts/")).collect();
        assert_eq!(puts.len(), case.objects());
        assert!(puts.last().expect("a put").contains("tagmanifest-sha256.txt"));
        for version in state.objects.values().flatten() {
            let (mode, until) = version.lock.clone().expect("a lock");
            assert_eq!((mode.as_str(), &until[..4]), ("GOVERNANCE", "2032"));
        }
        let folder = format!(
            "packs/111122223333/2026/{}-{}/",
            case.pack.path.file_name().expect("a name").display(),
            &case.pack.root[..12]
        );
        assert!(keys(&state).iter().all(|k| k.starts_with(&folder)), "{:?}", keys(&state));
        assert_eq!(state.objects.keys().filter(|k| k.contains("/receipts/")).count(), 2, "a receipt and its signature");
    }
    // Stock tools judge the receipt's signature.
    let (receipt, key) = (case.receipt(), case.path("key.pub.pem"));
    let signature = receipt.to_str().expect("UTF-8").replace(".receipt.json", ".receipt.sig");
    let openssl = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-verify", &key, "-signature", &signature])
        .arg(&receipt)
        .output()
        .expect("openssl");
    assert!(openssl.status.success(), "{openssl:?}");
    let said = case.verify(&s3).expect(0);
    assert!(said.stdout.starts_with("VERIFIED\n"), "{}", said.stdout);
}

#[test]
fn an_upload_that_was_cut_anywhere_is_gone_on_with() {
    let case = Case::new();
    let last = case.objects();
    for cut in [1, 2, 10, last - 1, last] {
        let s3 = S3::start([Trouble::CutFrom(cut)]);
        let said = case.archive(&s3).done().expect(2);
        assert!(said.stderr.contains("goes on where this one stopped"), "{}", said.stderr);
        assert!(!is_there(&s3.state()), "cut at {cut}: the root file is there");
        assert!(!case.receipt().exists(), "cut at {cut}: a receipt of half an upload");
        let before = s3.state().objects.clone();
        s3.calm();
        case.archive(&s3).done().expect(0);
        let state = s3.state();
        assert!(is_there(&state));
        for (key, versions) in &before {
            assert_eq!(state.objects[key].len(), versions.len(), "{key} was put twice");
        }
        drop(state);
        case.verify(&s3).expect(0);
        fs::remove_file(case.receipt()).expect("the receipt");
    }
}

#[test]
fn killed_anywhere_it_is_gone_on_with_and_done_again_it_changes_nothing() {
    let (case, s3) = (Case::new(), S3::start([]));
    for step in ["archive:1", "archive:20", "archive-root:1"] {
        case.archive(&s3).env("KEYWITNESS_TEST_KILL", step).dies();
        assert!(!is_there(&s3.state()), "{step}");
    }
    case.archive(&s3).done().expect(0);
    let before: Vec<usize> =
        s3.state().objects.iter().filter(|(k, _)| !k.contains("/receipts/")).map(|(_, v)| v.len()).collect();
    assert!(before.iter().all(|n| *n == 1));
    case.archive(&s3).done().expect(0);
    let after: Vec<usize> =
        s3.state().objects.iter().filter(|(k, _)| !k.contains("/receipts/")).map(|(_, v)| v.len()).collect();
    assert_eq!(before, after);
    case.verify(&s3).expect(0);
}

#[test]
fn what_s3_does_to_the_hasty_is_borne() {
    let case = Case::new();
    for trouble in [Trouble::Conflict(3), Trouble::SlowDown(2, 3), Trouble::LostAnswer(4), Trouble::Silent] {
        let s3 = S3::start([trouble]);
        case.patiently(&s3, "6").done().expect(0);
        case.verify(&s3).expect(0);
        assert!(s3.state().objects.values().all(|v| v.len() == 1), "{trouble:?}");
    }
}

#[test]
fn what_is_damaged_on_the_way_is_refused_by_s3_and_told() {
    let (case, s3) = (Case::new(), S3::start([Trouble::Damage(5)]));
    let said = case.archive(&s3).done().expect(2);
    assert!(said.stderr.contains("BadDigest"), "{}", said.stderr);
    assert!(!is_there(&s3.state()));
}

#[test]
fn nothing_is_written_over_and_no_weaker_lock_is_taken_for_ours() {
    let case = Case::new();
    let spoil: [(&str, Happens<Version>); 4] = [
        ("something else is there", |v| v.bytes.push(1)),
        ("not locked", |v| v.lock = None),
        ("locked by GOVERNANCE until 2027", |v| {
            v.lock = Some(("GOVERNANCE".to_owned(), "2027-01-01T00:00:00Z".to_owned()));
        }),
        ("something else is there", |v| v.bytes.clear()),
    ];
    for (words, change) in spoil {
        let s3 = S3::start([Trouble::CutFrom(6)]);
        case.archive(&s3).done().expect(2);
        s3.calm();
        let key = keys(&s3.state()).remove(0);
        change(&mut s3.state().objects.get_mut(&key).expect("an object")[0]);
        let said = case.archive(&s3).done().expect(2);
        assert!(said.stderr.contains("E-ARCHIVE-CONFLICT") && said.stderr.contains(words), "{words}: {}", said.stderr);
        assert_eq!(s3.state().objects[&key].len(), 1);
    }
}

#[test]
fn a_bucket_without_locks_or_versions_gets_nothing() {
    let case = Case::new();
    let spoil: [(&str, Happens<State>); 3] = [
        ("Object Lock", |s| s.lock_enabled = false),
        ("versioning", |s| s.versioned = false),
        ("Object Lock could not be read", |s| s.trouble.push(Trouble::Denied)),
    ];
    for (words, change) in spoil {
        let s3 = S3::start([]);
        change(&mut s3.state());
        let said = case.archive(&s3).done().expect(2);
        assert!(said.stderr.contains(words), "{}", said.stderr);
        assert!(s3.state().objects.is_empty());
    }
}

#[test]
fn mode_and_retention_are_said_by_whoever_archives() {
    let (case, s3) = (Case::new(), S3::start([]));
    let (pack, url) = (case.pack.path.to_str().expect("UTF-8"), s3.url());
    let plain = || keywitness(["archive", pack, TARGET, "--endpoint-url", &url, "--region", "eu-west-1"]);
    let cases: [(&[&str], &str); 5] = [
        (&[], "mode of Object Lock"),
        (&["--lock", "governance"], "retention"),
        (&["--retain", "6y"], "mode of Object Lock"),
        (&["--lock", "compliance", "--retain", "7y"], "neither 3y nor 6y"),
        (&["--lock", "compliance", "--retain", "2020-01-01"], "it is over"),
    ];
    for (args, words) in cases {
        let said = plain().args(args.iter().copied()).done().expect(2);
        assert!(said.stderr.contains(words), "{args:?}: {}", said.stderr);
    }
    let said = plain().args(["--lock", "compliance", "--retain", "3y"]).done().expect(0);
    assert!(said.stderr.contains("nobody can delete this"), "{}", said.stderr);
    assert!(s3.state().objects.values().flatten().all(|v| v.lock.as_ref().is_some_and(|(m, _)| m == "COMPLIANCE")));
    let receipt = case.receipt();
    let unsigned =
        keywitness(["archive", "verify", receipt.to_str().expect("UTF-8"), "--endpoint-url", &url]).done().expect(3);
    assert!(unsigned.stdout.contains("nothing vouches for it"), "{}", unsigned.stdout);
}

#[test]
fn a_pack_that_does_not_hold_is_not_archived() {
    let (case, s3) = (Case::new(), S3::start([]));
    fs::write(case.pack.path.join("data/report.html"), "x").expect("a file");
    let said = case.archive(&s3).done().expect(2);
    assert!(said.stderr.contains("it does not verify") && said.stderr.contains("E-"), "{}", said.stderr);
    assert!(s3.state().log.is_empty(), "S3 was not even asked");
}

/// What is done, the code that tells it, and how it is done.
type Spoil<'a> = (&'a str, &'a str, Box<dyn Fn(&mut State)>);

/// One archive, spoiled in every way that S3 allows somebody, and what is said of it.
#[test]
fn whatever_happens_to_an_archive_shows() {
    let (case, s3) = (Case::new(), S3::start([]));
    case.archive(&s3).done().expect(0);
    let whole = s3.state().objects.clone();
    let key = keys(&s3.state()).into_iter().find(|k| k.ends_with("data/report.pdf")).expect("the report");
    let of = |change: fn(&mut Vec<Version>)| {
        let key = key.clone();
        Box::new(move |state: &mut State| change(state.objects.get_mut(&key).expect("an object")))
            as Box<dyn Fn(&mut State)>
    };
    let spoils: [Spoil<'_>; 9] = [
        ("removed", "E-ARCHIVE-MISSING", of(Vec::clear)),
        ("changed", "E-ARCHIVE-CHANGED", of(|v| v[0].bytes.push(b' '))),
        ("emptied", "E-ARCHIVE-CHANGED", of(|v| v[0].bytes.clear())),
        ("unlocked", "E-ARCHIVE-UNLOCKED", of(|v| v[0].lock = None)),
        (
            "shortened",
            "E-ARCHIVE-SHORTENED",
            of(|v| v[0].lock = Some(("GOVERNANCE".to_owned(), "2031-01-01T00:00:00Z".to_owned()))),
        ),
        (
            "superseded",
            "E-ARCHIVE-SUPERSEDED",
            of(|v| {
                let newer = Version { id: "v9".to_owned(), bytes: b"x".to_vec(), ..v[0].clone() };
                v.push(newer);
            }),
        ),
        (
            "marked as deleted",
            "E-ARCHIVE-SUPERSEDED",
            of(|v| {
                v.push(Version { id: "m1".to_owned(), bytes: Vec::new(), lock: None, deleted: true });
            }),
        ),
        ("put beside", "E-ARCHIVE-EXTRA", {
            let beside = key.replace("report.pdf", "report2.pdf");
            Box::new(move |s: &mut State| {
                s.objects.insert(
                    beside.clone(),
                    vec![Version { id: "v9".to_owned(), bytes: b"x".to_vec(), lock: None, deleted: false }],
                );
            })
        }),
        ("all removed", "E-ARCHIVE-MISSING", Box::new(|s: &mut State| s.objects.clear())),
    ];
    for (what, code, change) in spoils {
        s3.state().objects.clone_from(&whole);
        change(&mut s3.state());
        let said = case.verify(&s3);
        assert_eq!(said.code, 1, "{what}: {}", said.stdout);
        assert!(said.stdout.lines().any(|l| l.starts_with(code)), "{what}: {}", said.stdout);
    }
    s3.state().objects.clone_from(&whole);
    case.verify(&s3).expect(0);
    // What cannot be read is not "missing", and not "fine".
    s3.state().trouble.push(Trouble::Denied);
    let said = case.verify(&s3).expect(2);
    assert!(said.stdout.contains("E-ARCHIVE-READ"), "{}", said.stdout);
    s3.calm();
    // The longer lock is fine.
    for version in s3.state().objects.values_mut().flatten() {
        version.lock = Some(("COMPLIANCE".to_owned(), "2060-01-01T00:00:00Z".to_owned()));
    }
    case.verify(&s3).expect(0);
}

#[test]
fn a_receipt_that_was_touched_is_nobodys() {
    let (case, s3) = (Case::new(), S3::start([]));
    case.archive(&s3).done().expect(0);
    let text = fs::read_to_string(case.receipt()).expect("the receipt");
    for (from, to) in [("\"v0", "\"w0"), ("\"GOVERNANCE\"", "\"COMPLIANCE\""), ("2032-", "2031-")] {
        assert!(text.contains(from), "{from}");
        fs::write(case.receipt(), text.replacen(from, to, 1)).expect("the receipt");
        let said = case.verify(&s3);
        assert_eq!(said.code, 1, "{from}: {}", said.stdout);
        assert!(said.stdout.contains("E-ARCHIVE-RECEIPT"), "{}", said.stdout);
    }
    fs::write(case.receipt(), text.replacen('{', "{ ", 1)).expect("the receipt");
    assert!(case.verify(&s3).expect(2).stderr.contains("one written form"));
}

#[test]
fn the_policy_for_archiving_can_neither_delete_nor_lift_a_lock() {
    let said = keywitness(["permissions", "--archive", TARGET]).done().expect(0);
    let policy: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    let text = policy.to_string();
    for needed in [
        "s3:PutObject",
        "s3:PutObjectRetention",
        "s3:GetObjectVersion",
        "s3:GetObjectRetention",
        "s3:ListBucketVersions",
    ] {
        assert!(text.contains(needed), "{needed}");
    }
    assert!(text.contains("arn:aws:s3:::acme-evidence/packs/*"));
    for never in ["Delete", "Bypass", "s3:*"] {
        assert!(!text.contains(never), "{never}");
    }
}

#[test]
fn one_scheduled_command_collects_seals_and_archives() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let path = |name: &str| place.path().join(name).to_str().expect("UTF-8").to_owned();
    keywitness(["keygen", "--output", &path("key.pem")]).done().expect(0);
    let (aws, s3) = (crate::aws::Aws::start(crate::aws::World::of_one_stream()), S3::start([]));
    let sign = format!("file:{}", path("key.pem"));
    let said = crate::program::run(&aws)
        .args(["--sign", &sign, "--archive", TARGET])
        .args(LOCK)
        .args(["--archive-endpoint-url", &s3.url()])
        .done()
        .expect(0);
    let json = said.json();
    let archived = &json["archive"];
    assert!(archived["objects"].as_u64().is_some_and(|n| n > 20), "{archived}");
    assert!(said.work.join(archived["receipt"].as_str().expect("a file")).exists());
    assert!(is_there(&s3.state()));
}
