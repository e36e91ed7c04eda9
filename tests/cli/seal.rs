//! Signature and time stamp from outside: keys of the program and of `openssl`, authorities run by `openssl`, and
//! `openssl` as the judge.

use crate::authority::{Authority, Keys, Mood, OTHER_POLICY, POLICY, openssl};
use crate::program::{Outcome, Pack, Program, keywitness, small};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A key pair that `keygen` made.
struct Signer {
    place: TempDir,
}

impl Signer {
    fn new() -> Self {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let signer = Self { place };
        keywitness(["keygen", "--output", &signer.private()]).done().expect(0);
        signer
    }

    fn path(&self, name: &str) -> String {
        self.place.path().join(name).display().to_string()
    }

    fn private(&self) -> String {
        self.path("seal.pem")
    }

    fn public(&self) -> String {
        self.path("seal.pub.pem")
    }

    fn name(&self) -> String {
        format!("file:{}", self.private())
    }
}

fn made<'a>(more: impl IntoIterator<Item = &'a str>) -> Program {
    small().args(more)
}

/// A pack, signed by a key and stamped by an authority.
fn sealed(signer: &Signer, authority: &Authority) -> (Outcome, Pack) {
    let outcome = made(["--sign", &signer.name(), "--tsa", &authority.url()]).done().expect(0);
    let pack = outcome.pack();
    (outcome, pack)
}

/// What a shell says of a command in a folder, with what the instructions tell the reader to set.
fn shell(command: &str, folder: &Path, key: &str, root: &str) -> (bool, String) {
    let mut bash = Command::new("bash");
    bash.args(["-o", "pipefail", "-c", command]).current_dir(folder).env("KEY", key).env("TSAROOT", root);
    let said = bash.output().expect("bash");
    let told = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    (said.status.success(), told)
}

#[test]
fn a_key_pair_is_what_openssl_takes_for_one() {
    let signer = Signer::new();
    let mode = fs::metadata(signer.private()).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let derived = openssl(signer.place.path(), &["pkey", "-in", "seal.pem", "-pubout"]);
    assert_eq!(derived, fs::read_to_string(signer.public()).expect("a file"));
    let before = fs::read(signer.private()).expect("a file");
    keywitness(["keygen", "--output", &signer.private()]).done().expect(2);
    assert_eq!(fs::read(signer.private()).expect("a file"), before);
}

#[test]
fn a_signed_pack_is_verified_by_its_key_and_by_no_other() {
    let (signer, other) = (Signer::new(), Signer::new());
    let outcome = made(["--sign", &signer.name()]).done().expect(0);
    let pack = outcome.pack();
    pack.verify([]).expect(3);
    let verified = pack.verify(["--key", &signer.public(), "--json"]).expect(0).json();
    assert_eq!(verified["signature"]["trusted"], true);
    assert_eq!(verified["signature"]["key"], outcome.json()["signed_by"]);
    pack.verify(["--key", &other.public(), "--key", &signer.public()]).expect(0);
    pack.verify(["--expect-root", &pack.root]).expect(0);
    assert!(pack.verify(["--key", &other.public()]).expect(1).stdout.contains("E-SIG-UNKNOWN-KEY"));
    // A pack's own key is not something that the user brings; but if it is brought, it is the user's word.
    let arguments = ["dgst", "-sha256", "-verify", &signer.public(), "-signature", "seal/root.sig"];
    assert!(openssl(&pack.path, &[&arguments[..], &["tagmanifest-sha256.txt"]].concat()).contains("Verified OK"));
}

#[test]
fn a_key_that_openssl_made_signs_as_well() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    openssl(place.path(), &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "k.pem"]);
    openssl(place.path(), &["pkey", "-in", "k.pem", "-pubout", "-out", "k.pub"]);
    openssl(place.path(), &["genpkey", "-algorithm", "RSA", "-out", "rsa.pem"]);
    let path = |name: &str| place.path().join(name).display().to_string();
    let outcome = made(["--sign", &format!("file:{}", path("k.pem"))]).done().expect(0);
    outcome.pack().verify(["--key", &path("k.pub")]).expect(0);
    let refused = made(["--sign", &format!("file:{}", path("rsa.pem"))]).done().expect(2);
    assert!(refused.stderr.contains("P-256"), "{}", refused.stderr);
    assert!(fs::read_dir(&refused.work).expect("a folder").next().is_none(), "nothing was made");
    let refused = outcome.pack().verify(["--key", &path("rsa.pem")]).expect(2);
    assert!(refused.stderr.contains("public key"), "{}", refused.stderr);
}

#[test]
fn an_unsigned_pack_is_not_what_somebody_with_a_key_expects() {
    let signer = Signer::new();
    let outcome = made([]).done().expect(0);
    let pack = outcome.pack();
    let said = pack.verify(["--key", &signer.public(), "--expect-root", &pack.root]).expect(1);
    assert!(said.stdout.contains("E-SIG-MISSING"), "{}", said.stdout);
    let authority = Authority::start(Keys::P256, Mood::Honest);
    let said = pack.verify(["--tsa-root", &authority.root(), "--expect-root", &pack.root]).expect(1);
    assert!(said.stdout.contains("E-TS-MISSING"), "{}", said.stdout);
}

#[test]
fn every_kind_of_authority_is_understood_and_judged() {
    let signer = Signer::new();
    for keys in [Keys::Rsa, Keys::P256, Keys::P384] {
        let (authority, other) = (Authority::start(keys, Mood::Honest), Authority::start(keys, Mood::Honest));
        let (outcome, pack) = sealed(&signer, &authority);
        let time = outcome.json()["timestamp"].as_str().expect("a time").to_owned();
        let both = pack.verify(["--key", &signer.public(), "--tsa-root", &authority.root(), "--json"]).expect(0).json();
        assert_eq!((&both["timestamp"]["trusted"], &both["timestamp"]["time"]), (&true.into(), &time.into()));
        pack.verify(["--key", &signer.public()]).expect(0);
        pack.verify(["--expect-root", &pack.root]).expect(0);
        // A time stamp says when, and not who.
        pack.verify(["--tsa-root", &authority.root()]).expect(3);
        for wrong in [other.root(), authority.leaf()] {
            let said = pack.verify(["--key", &signer.public(), "--tsa-root", &wrong]).expect(1);
            assert!(said.stdout.contains("E-TS-UNTRUSTED"), "{keys:?}: {}", said.stdout);
        }
    }
}

#[test]
fn the_instructions_of_a_sealed_pack_work_as_printed() {
    let signer = Signer::new();
    let authority = Authority::start(Keys::Rsa, Mood::Honest);
    let (_outcome, pack) = sealed(&signer, &authority);
    let text = pack.text("HOW-TO-VERIFY.txt");
    let commands = text.lines().filter_map(|l| l.strip_prefix("    ")).filter(|l| !l.starts_with("bagit.py"));
    let mut all = String::new();
    for command in commands {
        let (fine, told) = shell(command, &pack.path, &signer.public(), &authority.root());
        assert!(fine, "{command}: {told}");
        all += &told;
    }
    assert!(all.contains("Verified OK\n") && all.contains("Verification: OK\n"), "{all}");
    let fingerprint = pack.verify(["--json"]).json()["signature"]["key"].as_str().expect("a key").to_owned();
    assert_eq!(all.matches(&fingerprint).count(), 2, "by openssl and from pack.json");
    pack.verify(["--key", &signer.public(), "--tsa-root", &authority.root()]).expect(0);
}

#[test]
fn the_instructions_find_another_key_another_root_and_another_file() {
    let (signer, other) = (Signer::new(), Signer::new());
    let authority = Authority::start(Keys::P256, Mood::Honest);
    let stranger = Authority::start(Keys::P256, Mood::Honest);
    let (_outcome, pack) = sealed(&signer, &authority);
    let text = pack.text("HOW-TO-VERIFY.txt");
    let command = |start: &str| text.lines().filter_map(|l| l.strip_prefix("    ")).find(|l| l.starts_with(start));
    let dgst = command("openssl dgst").expect("the signature's");
    let ts = command("openssl ts -verify").expect("the time stamp's");
    assert!(!shell(dgst, &pack.path, &other.public(), "").0);
    assert!(!shell(ts, &pack.path, "", &stranger.root()).0);
    fs::write(pack.path.join("tagmanifest-sha256.txt"), "another").expect("a file");
    assert!(!shell(dgst, &pack.path, &signer.public(), "").0);
    assert!(!shell(ts, &pack.path, "", &authority.root()).0);
}

#[test]
fn openssl_accepts_a_time_stamp_years_after_its_certificates_have_ended() {
    let signer = Signer::new();
    let authority = Authority::start(Keys::P384, Mood::Honest);
    let (_outcome, pack) = sealed(&signer, &authority);
    let verify = "openssl ts -verify -data tagmanifest-sha256.txt -in seal/root.tsr -CAfile \"$TSAROOT\"";
    let later = format!("{verify} -attime $(( $(date +%s) + 12 * 31557600 ))");
    let (fine, told) = shell(&later, &pack.path, "", &authority.root());
    assert!(!fine && told.contains("expired"), "{told}");
    let text = pack.text("HOW-TO-VERIFY.txt");
    let printed = text.lines().find_map(|l| l.strip_prefix("    ").filter(|l| l.starts_with("openssl ts -verify")));
    // The printed command names the time itself, so it does not matter when it is typed.
    assert!(printed.expect("the command").contains("-attime"));
    assert!(shell(printed.expect("the command"), &pack.path, "", &authority.root()).0);
    let query = "openssl ts -verify -queryfile seal/root.tsq -in seal/root.tsr -CAfile \"$TSAROOT\"";
    assert!(shell(query, &pack.path, "", &authority.root()).0, "the stored request is the one that was answered");
}

#[test]
fn an_authority_that_answers_badly_is_told_and_can_be_asked_again() {
    let signer = Signer::new();
    let bad = Authority::start(Keys::P256, Mood::OtherNonce);
    let outcome = made(["--sign", &signer.name(), "--tsa", &bad.url()]).done().expect(3);
    let why = outcome.json()["timestamp_missing"].as_str().expect("a reason").to_owned();
    assert!(why.contains("nonce"), "{why}");
    let pack = outcome.pack();
    let path = pack.path.display().to_string();
    let missing = || {
        let said = pack.verify(["--key", &signer.public(), "--no-replay"]).expect(1);
        assert!(said.stdout.contains("E-TS-MISSING") && said.stdout.matches("E-").count() == 1, "{}", said.stdout);
        assert!(!pack.path.join("seal/root.tsr").exists());
    };
    missing();
    for (mood, words) in [
        (Mood::OtherNonce, "nonce"),
        (Mood::OtherData, "other data"),
        (Mood::Sha1, "E-TS-WEAK"),
        (Mood::Truncated, "time stamp reply"),
        (Mood::Longer, "time stamp reply"),
        (Mood::Page, "something else"),
        (Mood::Down, "HTTP status 500"),
        (Mood::Bare, "certificate"),
        (Mood::Endless, "more than"),
    ] {
        let bad = Authority::start(Keys::P256, mood);
        let refused = keywitness(["timestamp", &path, "--tsa", &bad.url()]).done().expect(2);
        assert!(refused.stderr.contains(words), "{mood:?}: {}", refused.stderr);
        missing();
    }
    added_later(&signer, &Authority::start(Keys::P256, Mood::Honest), &pack);
}

fn added_later(signer: &Signer, honest: &Authority, pack: &Pack) {
    let path = pack.path.display().to_string();
    let before: Vec<(String, Vec<u8>)> =
        pack.files().into_iter().map(|f| (f.clone(), fs::read(pack.path.join(f)).expect("a file"))).collect();
    keywitness(["timestamp", &path, "--tsa", &honest.url(), "--tsa-root", &honest.root()]).done().expect(0);
    for (file, bytes) in &before {
        assert_eq!(&fs::read(pack.path.join(file)).expect("a file"), bytes, "{file} was changed");
    }
    assert_eq!(pack.files().len(), before.len() + 3);
    // The signer has not seen this token, so only its authority can vouch for it.
    pack.verify(["--key", &signer.public()]).expect(3);
    pack.verify(["--key", &signer.public(), "--tsa-root", &honest.root()]).expect(0);
    let again = keywitness(["timestamp", &path, "--tsa", &honest.url()]).done().expect(2);
    assert!(again.stderr.contains("it has one"), "{}", again.stderr);
}

/// What ring lacks and authorities use: SHA-512 with ECDSA, and the curve P-521, in token and chain alike.
#[test]
fn an_authority_may_sign_with_anything_that_is_strong_enough() {
    let signer = Signer::new();
    let stranger = Authority::start(Keys::P256Sha512, Mood::Honest);
    for keys in [Keys::P256Sha512, Keys::P384Sha512, Keys::P521, Keys::P521Sha256, Keys::RsaSha512] {
        let authority = Authority::start(keys, Mood::Honest);
        let (_outcome, pack) = sealed(&signer, &authority);
        let trusted = ["--no-replay", "--key", &signer.public(), "--tsa-root"];
        pack.verify([&trusted[..], &[&authority.root()]].concat()).expect(0);
        let said = pack.verify([&trusted[..], &[&stranger.root()]].concat()).expect(1);
        assert!(said.stdout.contains("E-TS-UNTRUSTED"), "{keys:?}: {}", said.stdout);
    }
}

/// What cannot be verified is told, and the pack is sealed without it.
#[test]
fn an_authority_whose_signatures_nothing_here_can_verify_is_told() {
    let signer = Signer::new();
    let authority = Authority::start(Keys::Brainpool, Mood::Honest);
    let said = made(["--sign", &signer.name(), "--tsa", &authority.url()]).done().expect(3);
    let text = format!("{}{}", said.stderr, said.stdout);
    assert!(text.contains("key is of a kind that is not supported: supported are RSA (PKCS #1 and PSS)"), "{text}");
}

/// A pack may promise nothing; whoever verifies may ask for more.
#[test]
fn a_verifier_asks_for_a_seal_that_the_pack_does_not_promise() {
    let bare = made([]).done().expect(0).pack();
    for (policy, codes) in [
        ("signed", &["E-SIG-MISSING"][..]),
        ("timestamped", &["E-TS-MISSING"]),
        ("both", &["E-SIG-MISSING", "E-TS-MISSING"]),
    ] {
        let said = bare.verify(["--expect-root", &bare.root, "--no-replay", "--policy", policy]).expect(1);
        assert!(codes.iter().all(|code| said.stdout.contains(code)), "{policy}: {}", said.stdout);
    }
    let said = bare.verify(["--expect-root", &bare.root, "--no-replay", "--policy", "none"]).expect(0);
    assert!(said.stdout.contains("--no-replay: only hashes, lists and seal were judged"), "{}", said.stdout);
    let signer = Signer::new();
    let pack = made(["--sign", &signer.name()]).done().expect(0).pack();
    let trusted = ["--key", &signer.public(), "--no-replay", "--policy"];
    pack.verify([&trusted[..], &["signed"]].concat()).expect(0);
    let said = pack.verify([&trusted[..], &["both", "--json"]].concat()).expect(1).json();
    assert_eq!((&said["failures"][0]["code"], &said["replayed"]), (&"E-TS-MISSING".into(), &false.into()));
    assert!(said["notes"].to_string().contains("--no-replay"), "{said}");
}

#[test]
fn nobody_there_and_the_pack_is_sealed_all_the_same() {
    let signer = Signer::new();
    // A port that nobody listens at: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let url = format!("http://127.0.0.1:{port}/");
    let outcome = keywitness(["demo", "--sign", &signer.name(), "--tsa", &url]).done().expect(3);
    assert!(outcome.stdout.contains("time stamp     MISSING"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("keywitness timestamp ") || outcome.stderr.contains(" timestamp "));
}

#[test]
fn the_policy_that_was_asked_for_is_the_one_stamped_under() {
    let authority = Authority::start(Keys::P256, Mood::Honest);
    let asked = |policy: &str| made(["--tsa", &authority.url(), "--tsa-policy", policy]).done();
    for policy in [POLICY, OTHER_POLICY] {
        let outcome = asked(policy).expect(0);
        outcome.pack().verify(["--tsa-root", &authority.root()]).expect(3);
    }
    let outcome = asked("1.2.3.4.99").expect(3);
    assert!(outcome.json()["timestamp_missing"].as_str().expect("a reason").contains("did not grant"));
    made(["--tsa", &authority.url(), "--tsa-policy", "1.2.x"]).done().expect(2);
}

#[test]
fn a_root_that_was_given_is_asked_before_sealing() {
    let (authority, other) = (Authority::start(Keys::P256, Mood::Honest), Authority::start(Keys::P256, Mood::Honest));
    made(["--tsa", &authority.url(), "--tsa-root", &authority.root()]).done().expect(0);
    let outcome = made(["--tsa", &authority.url(), "--tsa-root", &other.root()]).done().expect(3);
    assert!(outcome.json()["timestamp_missing"].as_str().expect("a reason").contains("E-TS-UNTRUSTED"));
}

#[test]
fn what_cannot_sign_stops_the_run_before_it_begins() {
    for odd in ["kms:alias/seal", "file:", "seal.pem", "file:/nowhere/seal.pem"] {
        let outcome = made(["--sign", odd]).done().expect(2);
        assert!(outcome.stderr.starts_with("error: "), "{odd}: {}", outcome.stderr);
        assert!(fs::read_dir(&outcome.work).expect("a folder").next().is_none(), "{odd}: something was made");
    }
    let outcome = made(["--tsa", "http://me:secret@127.0.0.1/"]).done().expect(2);
    assert!(outcome.stderr.contains("password"), "{}", outcome.stderr);
}

#[test]
fn packs_form_a_chain_and_a_hole_in_it_shows() {
    let signer = Signer::new();
    let first = made(["--sign", &signer.name()]).done().expect(0);
    let first_pack = first.pack();
    let path = |pack: &Pack| pack.path.display().to_string();
    let second = made(["--sign", &signer.name(), "--previous", &path(&first_pack)]).done().expect(0);
    let third = made(["--sign", &signer.name(), "--previous", &path(&second.pack())]).done().expect(0);
    let (second_pack, pack) = (second.pack(), third.pack());
    let key = signer.public();
    let (one, two) = (path(&first_pack), path(&second_pack));
    let whole = pack.verify(["--key", &key, "--previous", &one, "--previous", &two, "--json"]).expect(0).json();
    assert_eq!(whole["previous"], serde_json::json!([second_pack.root, first_pack.root]));
    pack.verify(["--key", &key, "--previous", &two]).expect(0);
    pack.verify(["--key", &key]).expect(0);
    for wrong in [&[one.as_str()][..], &[&two, &path(&pack)]] {
        let given = wrong.iter().flat_map(|p| ["--previous", p]);
        let said = pack.verify(["--key", key.as_str()].into_iter().chain(given)).expect(1);
        assert!(said.stdout.contains("E-CHAIN"), "{}", said.stdout);
    }
    let said = first_pack.verify(["--key", &key, "--previous", &two]).expect(1);
    assert!(said.stdout.contains("E-CHAIN"), "{}", said.stdout);
    fs::remove_file(second_pack.path.join("data/report.html")).expect("a file");
    let said = pack.verify(["--key", &key, "--previous", &two]).expect(1);
    assert!(said.stdout.contains("E-CHAIN") && said.stdout.contains("E-MISSING"), "{}", said.stdout);
    made(["--previous", &two]).done().expect(2);
}

#[test]
fn the_settings_file_names_signer_and_authority() {
    let signer = Signer::new();
    let authority = Authority::start(Keys::P256, Mood::Honest);
    let text = format!(
        "[run]\nsign = {:?}\ntsa = {:?}\ntsa_policy = {POLICY:?}\ntsa_root = [{:?}]\n",
        signer.name(),
        authority.url(),
        authority.root()
    );
    let made = made([]).done().expect(0);
    let snapshot: PathBuf = made.pack().path.join("data/evidence");
    let report = keywitness(["report", "--json", &snapshot.display().to_string()]).configured(&text).done();
    assert_eq!(report.json()["timestamp_missing"], serde_json::Value::Null, "{}", report.stderr);
    report.pack().verify(["--key", &signer.public(), "--tsa-root", &authority.root()]).expect(0);
}

#[test]
fn the_permissions_for_signing_are_for_one_key_and_one_algorithm() {
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let policy = keywitness(["permissions", "--sign", &format!("kms:{arn}")]).done().expect(0).json();
    let statements = policy["Statement"].as_array().expect("statements").clone();
    assert_eq!(statements.len(), 3);
    for statement in &statements[1..] {
        assert_eq!(statement["Resource"], arn);
    }
    assert_eq!(statements[2]["Condition"]["StringEquals"]["kms:MessageType"], "DIGEST");
    let plain = keywitness(["permissions"]).done().expect(0).json();
    assert_eq!(plain["Statement"], serde_json::json!([statements[0]]));
}
