//! Customer editions by a forger who gets every hash right. An edition is judged without the records that it is from, so
//! what finds him is that its parts follow from each other; whatever he makes up beyond that, the full pack refutes.
#![allow(clippy::semicolon_if_nothing_returned, reason = "a recipe is one expression, and so one or three lines")]

use crate::program::{Outcome, Pack, keywitness, small_sample};
use keywitness::model::sha256::Sha256;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;

const ABOUT: &str = "pack.json";
const INFO: &str = "bag-info.txt";
const FACTS: &str = "data/evidence/edition.json";
const COMMITMENTS: &str = "data/evidence/commitments.json";
const LIST: &str = "data/evidence.sha256";

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

struct Genuine {
    full: Pack,
    pack: Pack,
    opening: PathBuf,
}

fn genuine() -> &'static Genuine {
    static GENUINE: OnceLock<Genuine> = OnceLock::new();
    GENUINE.get_or_init(|| {
        let full = small_sample().pack();
        let how = ["share", full.path.to_str().expect("UTF-8"), "--customer", "Example Freight Ltd", "--json"];
        let shared = keywitness(how).done().expect(0);
        let opening = shared.work.join(shared.json()["opening"].as_str().expect("a path"));
        Genuine { full, pack: shared.pack(), opening }
    })
}

struct Forged {
    pack: Pack,
    place: TempDir,
}

impl Forged {
    fn new() -> Self {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        Self { pack: genuine().pack.copy(place.path()), place }
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.pack.path.join(path)).expect("a file of the edition")
    }

    fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.pack.path.join(path), bytes).expect("a file of the edition");
    }

    fn json(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value: Value = serde_json::from_slice(&self.bytes(path)).expect("JSON");
        change(&mut value);
        self.put(path, format!("{value:#}\n"));
    }

    /// Edits a text of a file whose fields stand in an order of their own.
    #[track_caller]
    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.pack.text(path);
        assert!(text.contains(from), "{path} does not hold {from:?}");
        self.put(path, text.replacen(from, to, 1));
    }

    /// Every hash anew; the root.
    fn hashes(&self) -> String {
        let list = [COMMITMENTS, FACTS].map(|f| format!("{}  {}\n", hex(&self.bytes(f)), &f["data/".len()..])).concat();
        self.put(LIST, &list);
        self.json(ABOUT, |about| about["roots"]["evidence"] = json!(format!("sha256:{}", hex(list.as_bytes()))));
        let files: Vec<String> = self.pack.files().into_iter().filter(|f| f.starts_with("data/")).collect();
        let octets: usize = files.iter().map(|f| self.bytes(f).len()).sum();
        let info = self.pack.text(INFO);
        let (head, _) = info.split_once("Payload-Oxum").expect("the count");
        self.put(INFO, format!("{head}Payload-Oxum: {octets}.{}\n", files.len()));
        let lines =
            |files: &[String]| files.iter().fold(String::new(), |l, f| l + &format!("{}  {f}\n", hex(&self.bytes(f))));
        self.put("manifest-sha256.txt", lines(&files));
        let tags = ["HOW-TO-VERIFY.txt", INFO, "bagit.txt", "manifest-sha256.txt", ABOUT].map(str::to_owned);
        self.put("tagmanifest-sha256.txt", lines(&tags));
        hex(&self.bytes("tagmanifest-sha256.txt"))
    }

    fn judged(&self) -> Outcome {
        let root = self.hashes();
        self.pack.verify(["--expect-root", &root])
    }

    /// What an opening says, changed, proves of the genuine edition.
    fn opened(&self, change: impl FnOnce(&mut Value)) -> Outcome {
        let mut opening: Value = serde_json::from_slice(&fs::read(&genuine().opening).expect("a file")).expect("JSON");
        change(&mut opening);
        let path = self.place.path().join("opening.json");
        fs::write(&path, opening.to_string()).expect("a file");
        self.pack.verify(["--expect-root", &self.pack.root, "--opening", path.to_str().expect("UTF-8")])
    }
}

#[test]
fn with_every_hash_made_anew_an_edition_is_what_it_was() {
    let forged = Forged::new();
    assert_eq!(forged.hashes(), forged.pack.root, "the forger makes what we make");
    forged.pack.verify(["--expect-root", &forged.pack.root]).expect(0);
    let opened = forged.opened(|_| ()).expect(0);
    assert!(opened.stdout.contains("commitments opened"), "{}", opened.stdout);
}

type Recipe = (&'static str, &'static str, fn(&Forged));

#[test]
fn what_an_edition_says_of_itself_follows_from_the_rest_of_it() {
    let recipes: &[Recipe] = &[
        ("sample", "E-COMPLETE", |f| f.json(ABOUT, |a| a["sample"] = json!(false))),
        ("counts", "E-COMPLETE", |f| f.json(ABOUT, |a| a["counts"] = json!({ "pass": 99 }))),
        ("gaps", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| {
                a["gaps"] = json!([{ "account": "111122223333", "region": "eu-west-1", "service": "kms",
                    "operation": "DescribeKey", "subject": "", "kind": "denied", "code": null, "record": null }]);
            });
        }),
        ("callers", "E-COMPLETE", |f| f.json(ABOUT, |a| a["scope"]["callers"] = json!(["the auditor"]))),
        ("filters", "E-COMPLETE", |f| f.json(ABOUT, |a| a["scope"]["filters"] = json!([]))),
        ("regions", "E-COMPLETE", |f| f.json(ABOUT, |a| a["scope"]["regions_requested"] = json!(["sa-east-1"]))),
        ("time", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| a["period"]["collected_from"] = json!("2020-01-01T00:00:00.000Z"))
        }),
        ("seconds", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| a["period"]["events_from"] = json!("2020-01-01T00:00:01.000Z"))
        }),
        ("events-of-the-future", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| a["period"]["events_to"] = json!("2099-01-01T00:00:00.000Z"))
        }),
        ("words-in-the-verdict", "E-SCHEMA", |f| f.json(ABOUT, |a| a["tool"]["binary_unknown"] = json!("VERIFIED"))),
        ("not-aws", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| {
                a["endpoints_not_aws"] =
                    json!([{ "service": "kms", "region": "eu-west-1", "url": "http://x", "aws": false }]);
            });
        }),
        ("templates", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| a["templates"] = json!([{ "name": "open.html", "sha256": "ab".repeat(32) }]))
        }),
        ("exports", "E-COMPLETE", |f| f.json(ABOUT, |a| a["exports"] = json!(["oscal"]))),
        ("origin", "E-COMPLETE", |f| {
            f.json(ABOUT, |a| a["derived_from"]["root"] = json!(format!("sha256:{}", "0".repeat(64))))
        }),
        ("description", "E-COMPLETE", |f| f.replace(INFO, "Keywitness customer edition", "PCI DSS certificate of")),
        ("day", "E-COMPLETE", |f| {
            let info = f.pack.text(INFO);
            let day = info.lines().find_map(|l| l.strip_prefix("Bagging-Date: ")).expect("a day").to_owned();
            f.replace(INFO, &day, "2020-02-02");
        }),
        ("schema-of-facts", "E-REPLAY", |f| f.replace(FACTS, "keywitness-customer/1", "keywitness-customer/2")),
        ("check-that-is-none", "E-REPLAY", |f| f.replace(FACTS, "\"check\": \"", "\"check\": \"x")),
        ("check-with-another-title", "E-REPLAY", |f| f.replace(FACTS, "\"title\": \"", "\"title\": \"Always: ")),
        ("check-removed-twice", "E-REPLAY", |f| {
            let text = f.pack.text(FACTS);
            let first = text.find("    {\n      \"check\"").expect("a statement");
            let end = text[first..].find("\n    },\n").expect("its end") + first + 8;
            f.put(FACTS, format!("{}{}{}", &text[..end], &text[first..end], &text[end..]));
        }),
        ("records-that-are-none", "E-REPLAY", |f| f.replace(FACTS, "\"records\": \"EV-", "\"records\": \"see EV-")),
        ("range-turned-round", "E-REPLAY", |f| f.replace(FACTS, "\"from\": 0", "\"from\": 9999")),
        ("fresh-for-ever", "E-REPLAY", |f| {
            let facts: Value = serde_json::from_slice(&f.bytes(FACTS)).expect("JSON");
            let until = format!("\"expires\": \"{}\"", facts["expires"].as_str().expect("a day"));
            f.replace(FACTS, &until, "\"expires\": \"2099-01-01\"");
        }),
        ("nothing-withheld", "E-REPLAY", |f| f.replace(FACTS, "Tags, key policies", "Key policies")),
        ("name-of-an-account", "E-REPLAY", |f| f.replace(FACTS, "\"account\": \"account-", "\"account\": \"1111")),
        ("commitment-removed", "E-REPLAY", |f| {
            f.put(COMMITMENTS, {
                let text = f.pack.text(COMMITMENTS);
                let end = text.find("  },\n").expect("the first one") + 5;
                format!("[\n{}", &text[end..])
            });
        }),
        ("commitment-in-capitals", "E-REPLAY", |f| {
            let list: Value = serde_json::from_slice(&f.bytes(COMMITMENTS)).expect("JSON");
            let one = list[0]["commitment"].as_str().expect("a hash");
            f.replace(COMMITMENTS, one, &one.to_uppercase());
        }),
        ("commitment-of-another-place", "E-REPLAY", |f| f.replace(COMMITMENTS, "#/keys/0/key", "#/keys/0/name")),
        ("report", "E-RENDER", |f| f.replace("data/customer.html", "<title>", "<title>Certified: ")),
    ];
    let mut wrong = Vec::new();
    for (name, code, lie) in recipes {
        let forged = Forged::new();
        lie(&forged);
        let said = forged.judged();
        if said.code != 1 || !said.stdout.lines().any(|l| l.starts_with(&format!("{code} "))) {
            wrong.push(format!("{name}: exit {}, not {code}\n{}{}", said.code, said.stdout, said.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Forged {
    fn version(&self, version: &str) {
        self.replace(INFO, &format!("keywitness {}", env!("CARGO_PKG_VERSION")), &format!("keywitness {version}"));
        self.json(ABOUT, |about| about["tool"]["version"] = json!(version));
    }

    fn spoil_pdf(&self) {
        self.put("data/customer.pdf", [self.bytes("data/customer.pdf"), b"\n% more\n".to_vec()].concat());
    }
}

/// As with full packs: only the version that wrote an edition can make its reports again.
#[test]
fn another_version_is_not_verified() {
    let forged = Forged::new();
    let own = format!("Keywitness {}<", env!("CARGO_PKG_VERSION"));
    forged.version("0.0.9");
    forged.replace("data/customer.html", "<title>", "<title>Certified: ");
    forged.replace("data/customer.html", &own, "Keywitness 0.0.9<");
    let mut pdf = forged.bytes("data/customer.pdf");
    for at in (0..pdf.len() - own.len()).filter(|at| pdf[*at..].starts_with(own.as_bytes())).collect::<Vec<_>>() {
        pdf[at..at + own.len()].copy_from_slice(b"Keywitness 0.0.9<");
    }
    forged.put("data/customer.pdf", pdf);
    let said = forged.judged().expect(3);
    assert!(said.stdout.contains("note data/customer.html: written by version 0.0.9"), "{}", said.stdout);
    assert!(said.stdout.contains("NOT COMPARED, and so not vouched for"), "{}", said.stdout);
}

#[test]
fn a_version_that_is_not_that_of_the_reports_is_a_lie() {
    let lies: [fn(&Forged); 3] = [
        |_| (),
        |f| f.replace("data/customer.html", "<title>", "<title>Certified: "),
        |f| {
            f.replace("data/customer.html", "<title>", "<title>Certified: ");
            f.spoil_pdf();
        },
    ];
    let paths = [&genuine().opening, &genuine().full.path].map(|p| p.to_str().expect("UTF-8").to_owned());
    for lie in lies {
        let forged = Forged::new();
        forged.version("0.0.9");
        lie(&forged);
        let said = forged.judged().expect(1);
        assert!(said.stdout.contains("E-RENDER data/customer."), "{}", said.stdout);
        let root = forged.hashes();
        forged.pack.verify(["--expect-root", &root, "--opening", &paths[0], "--internal", &paths[1]]).expect(1);
    }
}

/// What an edition says of the run is not in its facts. Whoever has the full pack sees it.
#[test]
fn the_full_pack_refutes_what_an_edition_makes_up() {
    let genuine = genuine();
    let paths = [&genuine.opening, &genuine.full.path].map(|p| p.to_str().expect("UTF-8").to_owned());
    let judged = |lie: fn(&mut Value)| {
        let forged = Forged::new();
        forged.json(ABOUT, lie);
        let root = forged.hashes();
        forged.pack.verify(["--expect-root", &root, "--opening", &paths[0], "--internal", &paths[1]])
    };
    judged(|_| ()).expect(0);
    let said = judged(|about| about["clock"]["max_abs_skew_ms"] = json!(7)).expect(1);
    assert!(said.stdout.contains("E-REDACT pack.json: clock"), "{}", said.stdout);
    let said = judged(|about| about["redaction"]["withheld"] = json!(7)).expect(1);
    assert!(said.stdout.contains("E-REDACT pack.json: redaction"), "{}", said.stdout);
}

#[test]
fn an_opening_that_is_none_opens_nothing() {
    let forged = Forged::new();
    let refused = |change: fn(&mut Value)| {
        let said = forged.opened(change).expect(1);
        assert!(said.stdout.contains("E-REDACT"), "{}", said.stdout);
    };
    refused(|o| o["customer"] = json!("Somebody Else Ltd"));
    refused(|o| o["edition"] = json!("00000000"));
    refused(|o| o["derived_from"] = json!(format!("sha256:{}", "0".repeat(64))));
    refused(|o| o["openings"][0]["value"] = json!("another"));
    refused(|o| o["openings"][0]["salt"] = json!("00".repeat(16)));
    refused(|o| o["openings"][0]["salt"] = json!("zz"));
    // Neither a salt nor a place that was committed to: twice nothing is not the same thing.
    refused(|o| o["openings"][0] = json!({ "pointer": "x", "salt": "zz", "value": "invented" }));
    refused(|o| {
        let first = o["openings"][0].clone();
        o["openings"].as_array_mut().expect("a list").push(first);
    });
}
