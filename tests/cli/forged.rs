//! Packs by a forger who gets every hash right: evidence list, payload list, counts, root, wherever the old evidence
//! root stood. All that is left to find him is that the parts of a pack follow from each other.
//!
//! Each recipe is one lie. The pack is judged with the forger's own root as the expected one, so only what `verify`
//! derives can refuse it.
#![allow(clippy::semicolon_if_nothing_returned, reason = "a recipe is one expression, and so one or three lines")]

use crate::aws::{Aws, World};
use crate::program::{Pack, run};
use keywitness::model::Record;
use keywitness::model::sha256::Sha256;
use serde_json::{Value, json};
use std::fs;
use std::sync::OnceLock;
use tempfile::TempDir;

const ABOUT: &str = "pack.json";
const INFO: &str = "bag-info.txt";
const RUN: &str = "data/evidence/run.json";
const KEYS: &str = "data/evidence/111122223333/eu-west-1/kms.DescribeKey.jsonl";
const CATALOG: &str = "data/frameworks/gdpr.yaml";

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A copy of a genuine pack, to be changed.
pub struct Forged {
    pub pack: Pack,
    _place: TempDir,
}

impl Forged {
    fn new() -> Self {
        static GENUINE: OnceLock<Pack> = OnceLock::new();
        let genuine = GENUINE.get_or_init(|| {
            let aws = Aws::start(World::of_one_stream());
            run(&aws).args(["--catalog", "gdpr"]).done().pack()
        });
        Self::of(genuine)
    }

    pub fn of(genuine: &Pack) -> Self {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        Self { pack: genuine.copy(place.path()), _place: place }
    }

    /// Takes records away: the pages behind them move up, and all are numbered anew.
    fn without(&self, gone: impl Fn(&Record) -> bool) {
        let (taken, mut left): (Vec<Record>, Vec<Record>) = self.pack.records().into_iter().partition(gone);
        assert!(!taken.is_empty(), "nothing was taken away");
        for one in &taken {
            let behind = |r: &&mut Record| {
                r.page > one.page
                    && keywitness::store::path_of(r) == keywitness::store::path_of(one)
                    && r.question() == one.question()
            };
            left.iter_mut().filter(behind).for_each(|r| r.page -= 1);
        }
        keywitness::store::number(&mut left);
        let head = serde_json::from_slice(&self.bytes(RUN)).expect("the head");
        let files = keywitness::store::files(&head, &left).expect("files");
        let old = self.payload().into_iter().filter(|f| f.starts_with("data/evidence/"));
        old.for_each(|f| self.remove(&f));
        for (path, bytes) in files {
            self.put(&format!("data/evidence/{path}"), bytes);
        }
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.pack.path.join(path)).expect("a file of the pack")
    }

    fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.pack.path.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file of the pack");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.pack.path.join(path)).expect("a file of the pack");
    }

    #[track_caller]
    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.pack.text(path);
        assert!(text.contains(from), "{path} does not hold {from:?}");
        self.put(path, text.replacen(from, to, 1));
    }

    pub fn json(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value: Value = serde_json::from_slice(&self.bytes(path)).expect("JSON");
        change(&mut value);
        self.put(path, format!("{value:#}\n"));
    }

    /// Edits the head's first line with that field.
    #[track_caller]
    fn head(&self, field: &str, value: &str) {
        let text = self.pack.text(RUN);
        let line =
            text.lines().find(|l| l.trim_start().starts_with(&format!("\"{field}\":"))).expect("a line of the head");
        let comma = if line.ends_with(',') { "," } else { "" };
        let blanks = &line[..line.len() - line.trim_start().len()];
        self.replace(RUN, line, &format!("{blanks}\"{field}\": {value}{comma}"));
    }

    /// Edits the first record of a file.
    fn record(&self, path: &str, change: impl FnOnce(&mut keywitness::model::Record)) {
        let text = self.pack.text(path);
        let (first, rest) = text.split_once('\n').expect("a line");
        let mut record = serde_json::from_str(first).expect("a record");
        change(&mut record);
        self.put(path, format!("{}\n{rest}", serde_json::to_string(&record).expect("JSON")));
    }

    fn version(&self, version: &str) {
        let own = env!("CARGO_PKG_VERSION");
        self.replace(INFO, &format!("keywitness {own}"), &format!("keywitness {version}"));
        self.json(ABOUT, |about| about["tool"]["version"] = json!(version));
    }

    /// The version that the reports name, each in its own place, beside that of `pack.json`.
    fn version_of_reports(&self, version: &str) {
        let own = env!("CARGO_PKG_VERSION");
        assert_eq!(own.len(), version.len(), "a PDF counts bytes");
        for (from, to) in [("keywitness ", ";"), ("Keywitness ", "<")] {
            self.replace("data/report.html", &format!("{from}{own}{to}"), &format!("{from}{version}{to}"));
        }
        for path in ["data/report.pdf", "data/summary.pdf"] {
            let mut bytes = self.bytes(path);
            let name = format!("Keywitness {own}<");
            let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(name.as_bytes())).collect();
            assert!(!places.is_empty(), "{path} names its program");
            for at in places {
                let from = at + "Keywitness ".len();
                bytes[from..from + version.len()].copy_from_slice(version.as_bytes());
            }
            self.put(path, bytes);
        }
    }

    fn payload(&self) -> Vec<String> {
        self.pack.files().into_iter().filter(|f| f.starts_with("data/")).collect()
    }

    /// Every hash anew, and every place that names one.
    pub fn hashes(&self) -> String {
        let old = hex(&self.bytes("data/evidence.sha256"));
        let evidence = self.payload().into_iter().filter(|f| f.starts_with("data/evidence/"));
        let list =
            evidence.fold(String::new(), |l, f| l + &format!("{}  {}\n", hex(&self.bytes(&f)), &f["data/".len()..]));
        self.put("data/evidence.sha256", &list);
        let new = hex(list.as_bytes());
        for file in self.pack.files().iter().filter(|f| !f.starts_with("data/evidence")) {
            if let Ok(text) = String::from_utf8(self.bytes(file)).map(|t| t.replace(&old, &new)) {
                self.put(file, text);
            }
        }
        let catalogs = self.payload();
        self.json(ABOUT, |about| {
            for catalog in about["catalogs"].as_array_mut().expect("catalogs") {
                let path = format!("data/frameworks/{}.yaml", catalog["id"].as_str().expect("an id"));
                if catalogs.contains(&path) {
                    catalog["sha256"] = json!(hex(&self.bytes(&path)));
                }
            }
        });
        let files = self.payload();
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
}

/// A lie, its name, the codes one of which tells it, and the exit code.
type Recipe = (&'static str, &'static [&'static str], fn(&Forged));

fn try_all(recipes: &[Recipe]) {
    try_all_on(Forged::new, recipes);
}

fn try_all_on(genuine: fn() -> Forged, recipes: &[Recipe]) {
    let mut wrong = Vec::new();
    for (name, codes, lie) in recipes {
        let forged = genuine();
        lie(&forged);
        let root = forged.hashes();
        let said = forged.pack.verify(["--expect-root", &root]);
        if said.code != 1 || !codes.iter().any(|c| said.stdout.lines().any(|l| l.starts_with(&format!("{c} ")))) {
            wrong.push(format!("{name}: exit {}, not {codes:?}\n{}{}", said.code, said.stdout, said.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_pack_whose_hashes_were_all_made_anew_and_nothing_else_is_what_it_was() {
    let forged = Forged::new();
    assert_eq!(forged.hashes(), forged.pack.root, "the forger makes what we make");
    forged.pack.verify(["--expect-root", &forged.pack.root]).expect(0);
}

#[test]
fn what_the_pack_says_of_itself() {
    try_all(&[
        ("counts", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["counts"]["streams"] = json!(9))),
        ("count-removed", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| drop(a["counts"].as_object_mut().expect("counts").remove("fail")));
        }),
        ("count-added", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["counts"]["certified"] = json!(1))),
        ("gap-invented", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| {
                a["gaps"] = json!([{ "account": "111122223333", "region": "eu-west-1", "service": "kms",
                    "operation": "DescribeKey", "subject": "", "kind": "denied", "code": null, "record": null }]);
            });
        }),
        ("period", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| a["period"]["events_from"] = json!("2020-01-01T00:00:00.000Z"))
        }),
        ("region-not-asked", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| a["scope"]["regions_requested"] = json!(["eu-west-1", "us-east-1"]));
        }),
        ("another-account", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["scope"]["accounts"] = json!(["999999999999"]))),
        ("another-caller", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| a["scope"]["callers"] = json!(["arn:aws:iam::1:root"]))
        }),
        ("filter-invented", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["scope"]["filters"] = json!(["none"]))),
        ("clock", &["E-COMPLETE", "E-SCHEMA"], |f| {
            f.json(ABOUT, |a| a["clock"] = json!({ "max_abs_skew_ms": 0, "samples": 1 }))
        }),
        ("sample", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["sample"] = json!(true))),
        ("not-an-emulator", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["endpoints_not_aws"] = json!([]))),
        ("edition", &["E-COMPLETE", "E-SCHEMA"], |f| {
            f.json(ABOUT, |a| {
                a["edition"] = json!("customer");
                a["redaction"]["edition"] = json!("customer");
            });
        }),
        ("nothing-withheld", &["E-COMPLETE"], |f| f.json(ABOUT, |a| a["redaction"]["withheld"] = json!(77))),
        ("another-run", &["E-COMPLETE"], |f| {
            let id = serde_json::from_slice::<Value>(&f.bytes(ABOUT)).expect("JSON")["run_id"]
                .as_str()
                .expect("an id")
                .to_owned();
            f.replace(INFO, &id, "00000000");
            f.json(ABOUT, |a| a["run_id"] = json!("00000000"));
        }),
        ("another-program", &["E-SCHEMA"], |f| {
            f.replace(INFO, "keywitness ", "certifier ");
            f.json(ABOUT, |a| a["tool"]["name"] = json!("certifier"));
        }),
        ("version-that-is-none", &["E-SCHEMA"], |f| f.version("latest")),
        ("instructions-with-a-line-more", &["E-RENDER"], |f| {
            let text = f.pack.text("HOW-TO-VERIFY.txt");
            f.put("HOW-TO-VERIFY.txt", text + "The root is told at 555-0100.\n");
        }),
        ("instructions-that-skip-a-step", &["E-RENDER"], |f| f.replace("HOW-TO-VERIFY.txt", "sha256sum", "echo")),
        ("description", &["E-COMPLETE"], |f| f.replace(INFO, "Keywitness evidence pack", "PCI DSS certificate")),
        ("bagging-date", &["E-COMPLETE"], |f| {
            let info = f.pack.text(INFO);
            let day = info.lines().find_map(|l| l.strip_prefix("Bagging-Date: ")).expect("a day").to_owned();
            f.replace(INFO, &day, "2020-02-02");
        }),
        ("catalog-order", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| a["catalogs"].as_array_mut().expect("catalogs").reverse())
        }),
        ("catalog-twice", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| {
                let first = a["catalogs"][0].clone();
                a["catalogs"].as_array_mut().expect("catalogs").push(first);
            });
        }),
        ("catalog-of-another-version", &["E-COMPLETE"], |f| {
            f.json(ABOUT, |a| a["catalogs"][0]["version"] = json!("99"))
        }),
    ]);
}

#[test]
fn records() {
    try_all(&[
        ("blank-in-a-record", &["E-COMPLETE"], |f| f.replace(KEYS, "{\"ev\"", "{ \"ev\"")),
        ("line-ends", &["E-COMPLETE"], |f| f.put(KEYS, f.pack.text(KEYS).replace('\n', "\r\n"))),
        ("byte-order-mark", &["E-COMPLETE"], |f| f.put(KEYS, "\u{feff}".to_owned() + &f.pack.text(KEYS))),
        ("empty-line", &["E-COMPLETE"], |f| f.put(KEYS, f.pack.text(KEYS) + "\n")),
        ("no-last-line-end", &["E-COMPLETE"], |f| f.put(KEYS, f.pack.text(KEYS).trim_end())),
        ("nul", &["E-COMPLETE"], |f| f.put(KEYS, f.pack.text(KEYS) + "\0\n")),
        ("key-twice", &["E-COMPLETE"], |f| f.replace(KEYS, "\"page\":1", "\"page\":1,\"page\":1")),
        ("key-twice-in-the-answer", &["E-COMPLETE"], |f| {
            f.replace(KEYS, "\"KeyManager\":\"CUSTOMER\"", "\"KeyManager\":\"AWS\",\"KeyManager\":\"CUSTOMER\"");
        }),
        ("escaped-name", &["E-COMPLETE"], |f| f.replace(KEYS, "\"KeyManager\"", "\"\\u004beyManager\"")),
        ("number-in-another-form", &["E-COMPLETE"], |f| f.replace(KEYS, "\"page\":1", "\"page\":1.0")),
        ("unknown-field", &["E-COMPLETE"], |f| f.replace(KEYS, "{\"ev\"", "{\"note\":1,\"ev\"")),
        ("answer-turned-round", &["E-REPLAY", "E-RENDER"], |f| {
            f.replace(KEYS, "\"KeyManager\":\"CUSTOMER\"", "\"KeyManager\":\"AWS\"");
        }),
        ("number-twice", &["E-COMPLETE"], |f| f.record(KEYS, |r| r.ev = keywitness::model::Ev(1))),
        ("number-that-leaves-a-hole", &["E-COMPLETE"], |f| f.record(KEYS, |r| r.ev = keywitness::model::Ev(900_000))),
        ("file-removed", &["E-COMPLETE"], |f| f.remove(KEYS)),
        ("file-emptied", &["E-COMPLETE"], |f| f.put(KEYS, "")),
        ("file-of-another-region", &["E-COMPLETE"], |f| {
            f.put("data/evidence/111122223333/us-east-1/kms.DescribeKey.jsonl", f.bytes(KEYS));
            f.remove(KEYS);
        }),
        ("file-of-another-operation", &["E-COMPLETE"], |f| {
            f.put("data/evidence/111122223333/eu-west-1/kms.Decrypt.jsonl", f.bytes(KEYS));
            f.remove(KEYS);
        }),
        ("file-beside-the-records", &["E-COMPLETE"], |f| f.put("data/evidence/notes.txt", "x")),
        ("no-attempt", &["E-COMPLETE"], |f| f.record(KEYS, |r| r.attempts.clear())),
        ("sent-before-the-run", &["E-COMPLETE"], |f| f.record(KEYS, |r| r.sent -= chrono::TimeDelta::days(30))),
        ("an-error-with-an-answer", &["E-COMPLETE"], |f| {
            f.record(KEYS, |r| {
                r.error = Some(Box::new(keywitness::model::record::CallError {
                    code: "X".to_owned(),
                    message: "x".to_owned(),
                }));
            });
        }),
        ("no-answer-and-no-error", &["E-COMPLETE"], |f| f.record(KEYS, |r| r.status = Some(503))),
        ("withheld-that-is-not", &["E-COMPLETE"], |f| {
            f.record(KEYS, |r| r.withheld.push("/KeyMetadata/Nothing".to_owned()))
        }),
        ("withheld-unnamed", &["E-COMPLETE"], |f| {
            f.record(KEYS, |r| {
                let mut body = r.body.value();
                body["KeyMetadata"]["KeyState"] = json!({ "withheld": "secret" });
                r.body = body.into();
            });
        }),
        ("head-with-a-key-twice", &["E-COMPLETE"], |f| {
            f.replace(RUN, "\"format\": 2,", "\"format\": 2,\n  \"format\": 2,")
        }),
        ("head-of-another-format", &["E-COMPLETE"], |f| f.replace(RUN, "\"format\": 2,", "\"format\": 1,")),
        ("head-of-another-format", &["E-COMPLETE"], |f| f.head("format", "99")),
        ("head-that-ends-before-its-records", &["E-COMPLETE"], |f| f.head("ended", "\"2020-01-01T00:00:00.000Z\"")),
        ("head-of-another-account", &["E-COMPLETE"], |f| {
            let text = f.pack.text(RUN);
            f.put(RUN, text.replace("111122223333", "999999999999"));
        }),
        ("head-that-was-interrupted", &["E-RENDER"], |f| f.head("interrupted", "true")),
        ("head-of-aws-itself", &["E-COMPLETE"], |f| {
            let text = f.pack.text(RUN);
            f.put(RUN, text.replace("\"aws\": false", "\"aws\": true"));
        }),
        ("head-with-another-command", &["E-RENDER"], |f| f.head("command", "\"keywitness run --all\"")),
    ]);
}

/// Records that were taken away, with all numbers made anew; `deleted.rs` does the same with every file and page.
#[test]
fn records_taken_away() {
    const LIST: &str = "ListDeliveryStreams";
    try_all_on(
        || Forged::of(&crate::every_class().pack),
        &[
            ("delete-last-record", &["E-REPLAY"], |f| {
                let last = f.pack.records_of("kms:DescribeKey").pop().expect("a key");
                f.without(|r| r.ev == last.ev);
            }),
            ("delete-operation", &["E-REPLAY"], |f| f.without(|r| r.operation == "GetKeyRotationStatus")),
            ("delete-last-page", &["E-REPLAY"], |f| {
                let last = f.pack.records_of("firehose:ListDeliveryStreams").iter().map(|r| r.page).max();
                f.without(|r| r.operation == LIST && Some(r.page) == last);
            }),
            ("delete-page-in-the-middle", &["E-COMPLETE"], |f| f.without(|r| r.operation == LIST && r.page == 2)),
            ("delete-first-page", &["E-COMPLETE"], |f| f.without(|r| r.operation == LIST && r.page == 1)),
            ("delete-caller", &["E-COMPLETE"], |f| f.without(|r| r.operation == "GetCallerIdentity")),
            ("delete-last-event", &["E-REPLAY", "E-RENDER"], |f| {
                let mut records = f.pack.records_of("cloudtrail:LookupEvents");
                let with_events = |r: &Record| r.body.value()["Events"].as_array().is_some_and(|e| !e.is_empty());
                let last = records.iter().rposition(with_events).expect("an event");
                let record = &mut records[last];
                let from = serde_json::to_string(record).expect("JSON");
                let mut body = record.body.value();
                body["Events"].as_array_mut().expect("events").pop();
                record.body = (&body).into();
                let gone = |pointer: &String| body.pointer(pointer).is_none();
                let gone: Vec<String> = record.withheld.iter().filter(|p| gone(p)).cloned().collect();
                record.withheld.retain(|p| !gone.contains(p));
                let path = format!("data/evidence/{}", keywitness::store::path_of(record));
                f.replace(&path, &from, &serde_json::to_string(record).expect("JSON"));
            }),
        ],
    );
}

#[test]
fn what_follows_from_records() {
    try_all(&[
        ("report", &["E-RENDER"], |f| f.replace("data/report.html", "unknown", "pass")),
        ("pdf", &["E-RENDER"], |f| {
            let mut bytes = f.bytes("data/report.pdf");
            bytes.extend(b"\n% more\n");
            f.put("data/report.pdf", bytes);
        }),
        ("table", &["E-RENDER"], |f| {
            f.put("data/tables/streams.csv", f.pack.text("data/tables/streams.csv") + "x\r\n")
        }),
        ("table-removed", &["E-COMPLETE"], |f| f.remove("data/tables/streams.csv")),
        ("table-added", &["E-REPLAY"], |f| f.put("data/tables/certificates.csv", "x")),
        ("file-added", &["E-REPLAY"], |f| f.put("data/certificate.pdf", "x")),
        ("attachment-that-nobody-declared", &["E-REPLAY"], |f| f.put("data/attachments/policy.pdf", "x")),
        ("finding-removed", &["E-REPLAY"], |f| {
            f.json("data/findings.json", |v| drop(v["findings"].as_array_mut().expect("findings").remove(0)));
        }),
        ("findings-with-a-key-twice", &["E-SCHEMA"], |f| {
            f.replace("data/findings.json", "\"findings\"", "\"findings\": [], \"findings\"")
        }),
        ("findings-with-a-line-more", &["E-REPLAY"], |f| {
            f.put("data/findings.json", f.pack.text("data/findings.json") + "\n")
        }),
        ("assessment", &["E-REPLAY"], |f| f.put("data/assessment.json", f.pack.text("data/assessment.json") + " ")),
        ("settings-with-a-blank", &["E-RENDER"], |f| {
            f.put("data/settings.json", f.pack.text("data/settings.json") + " ")
        }),
        ("settings-with-a-key-twice", &["E-SCHEMA"], |f| {
            f.replace("data/settings.json", "\"scope\"", "\"scope\": null, \"scope\"")
        }),
        ("settings-removed", &["E-COMPLETE"], |f| f.remove("data/settings.json")),
        ("catalog-with-a-remark", &["E-REPLAY", "E-RENDER"], |f| f.put(CATALOG, f.pack.text(CATALOG) + "# approved\n")),
        ("catalog-that-asks-less", &["E-REPLAY", "E-SCHEMA"], |f| {
            f.replace(CATALOG, "key-enabled", "stream-sse-enabled")
        }),
        ("catalog-that-is-none", &["E-SCHEMA"], |f| f.put(CATALOG, "id: gdpr\n")),
        ("catalog-with-other-line-ends", &["E-REPLAY", "E-RENDER", "E-SCHEMA"], |f| {
            f.put(CATALOG, f.pack.text(CATALOG).replace('\n', "\r\n"));
        }),
    ]);
}

/// What only the version that wrote a pack can derive is not derived by another: such a pack is not "verified", and every
/// file that nobody compared is named. Records and findings are judged all the same.
#[test]
fn another_version_excuses_nothing_but_the_form_of_reports() {
    let excused = Forged::new();
    excused.version("0.0.9");
    excused.version_of_reports("0.0.9");
    excused.replace("data/report.html", "unknown", "pass");
    let root = excused.hashes();
    let said = excused.pack.verify(["--expect-root", &root]).expect(3);
    assert!(said.stdout.starts_with("CONSISTENT, NOT ALL COMPARED\n"), "{}", said.stdout);
    assert!(said.stdout.contains("note data/report.html: written by version 0.0.9"), "{}", said.stdout);
    assert!(said.stdout.contains("NOT COMPARED, and so not vouched for"), "{}", said.stdout);
    assert!(!said.stdout.contains("VERIFIED"), "{}", said.stdout);
    let json = excused.pack.verify(["--expect-root", &root, "--json"]).expect(3).json();
    assert_eq!(json["not_compared"], json!(["data/report.html", "data/report.pdf", "data/summary.pdf"]));
    try_all(&[
        ("record", &["E-COMPLETE"], |f| {
            f.version("0.0.9");
            f.replace(KEYS, "{\"ev\"", "{ \"ev\"");
        }),
        ("finding", &["E-REPLAY"], |f| {
            f.version("9.0.0");
            f.json("data/findings.json", |v| drop(v["findings"].as_array_mut().expect("findings").remove(0)));
        }),
        ("file", &["E-REPLAY"], |f| {
            f.version("9.0.0");
            f.put("data/certificate.pdf", "x");
        }),
    ]);
}

/// To name another version is no way around the comparison: the reports say which version wrote them.
#[test]
fn a_version_that_is_not_that_of_the_reports_is_a_lie() {
    try_all(&[
        ("older", &["E-RENDER"], |f| f.version("0.0.9")),
        ("newer", &["E-RENDER"], |f| f.version("9.9.9")),
        ("almost", &["E-RENDER"], |f| f.version(concat!(env!("CARGO_PKG_VERSION"), "+1"))),
        ("report-changed", &["E-RENDER"], |f| {
            f.version("0.0.9");
            f.replace("data/report.html", "unknown", "pass");
        }),
        ("every-report-changed", &["E-RENDER"], |f| {
            f.version("0.0.9");
            f.replace("data/report.html", "unknown", "pass");
            for pdf in ["data/report.pdf", "data/summary.pdf"] {
                f.put(pdf, [f.bytes(pdf), b"\n% more\n".to_vec()].concat());
            }
        }),
        ("reports-of-a-third-version", &["E-RENDER"], |f| {
            f.version("0.0.9");
            f.version_of_reports("0.0.8");
        }),
        ("data-changed", &["E-RENDER"], |f| {
            f.version("0.0.9");
            f.put("data/analysis.json", f.pack.text("data/analysis.json") + " ");
        }),
        ("instructions-changed", &["E-RENDER"], |f| {
            f.version("0.0.9");
            f.replace("HOW-TO-VERIFY.txt", "sha256sum", "echo");
        }),
        ("description-changed", &["E-RENDER"], |f| {
            f.version("0.0.9");
            f.replace(INFO, "Keywitness evidence pack", "PCI DSS certificate");
        }),
        ("reports-of-another-version", &["E-RENDER"], |f| f.version_of_reports("0.0.9")),
    ]);
}

/// Templates that were not given cannot be compared, and everything else is; templates that left no trace are a lie.
#[test]
fn templates_excuse_nothing_but_the_form_of_one_page() {
    fn claim(f: &Forged, name: &str) {
        let digest = "ab".repeat(32);
        f.json(ABOUT, |a| a["templates"] = json!([{ "name": name, "sha256": digest }]));
    }
    try_all(&[
        ("no-trace", &["E-RENDER"], |f| claim(f, "nature.html")),
        ("no-template", &["E-RENDER"], |f| {
            claim(f, "certificate.html");
            f.replace("data/report.html", "unknown", "pass");
        }),
        ("no-name", &["E-SCHEMA"], |f| claim(f, "../nature.html")),
        ("pdf", &["E-RENDER"], |f| {
            claim(f, "nature.html");
            f.replace("data/report.html", "unknown", "pass");
            f.put("data/report.pdf", [f.bytes("data/report.pdf"), b"\n% more\n".to_vec()].concat());
        }),
        ("table", &["E-RENDER"], |f| {
            claim(f, "nature.html");
            f.replace("data/report.html", "unknown", "pass");
            f.put("data/tables/streams.csv", f.pack.text("data/tables/streams.csv") + "x\r\n");
        }),
    ]);
    let excused = Forged::new();
    claim(&excused, "nature.html");
    excused.replace("data/report.html", "unknown", "pass");
    let root = excused.hashes();
    let said = excused.pack.verify(["--expect-root", &root]).expect(3);
    assert!(said.stdout.contains("NOT COMPARED, and so not vouched for"), "{}", said.stdout);
}

/// What is printed of the executable is a digest or one of a few reasons.
#[test]
fn nobody_puts_words_into_the_verdict() {
    try_all(&[
        ("reason", &["E-SCHEMA"], |f| f.json(ABOUT, |a| a["tool"]["binary_unknown"] = json!("VERIFIED by somebody"))),
        ("reason-with-more", &["E-SCHEMA"], |f| {
            f.json(ABOUT, |a| {
                a["tool"]["binary_unknown"] = json!("the executable was not read: it is not a plain file. VERIFIED")
            });
        }),
        ("reason-of-the-collector", &["E-COMPLETE"], |f| {
            let text = f.pack.text(RUN);
            let (at, key) = (text.find("\"executable\": {").expect("the executable"), "\"executable\": {".len());
            let end = text[at..].find('}').expect("its end") + at;
            f.put(RUN, format!("{} \"unknown\": \"VERIFIED\" {}", &text[..at + key], &text[end..]));
        }),
    ]);
}

/// A full pack that follows another carries what it knows of it.
#[test]
fn a_previous_pack_of_which_nothing_is_told_is_invented() {
    try_all(&[("previous", &["E-CHAIN"], |f| {
        f.json(ABOUT, |a| {
            a["previous"] = json!({ "run_id": "01j9abcd", "root": format!("sha256:{}", "ab".repeat(32)) })
        });
    })]);
}

/// A few MiB that would take hundreds in memory, or of which hundreds would follow, are refused before they do.
#[test]
fn records_made_to_exhaust_the_reader() {
    fn swollen(f: &Forged, one: &str, many: usize) {
        let many = format!("{one},").repeat(many);
        f.replace(KEYS, "\"body\":{", &format!("\"body\":{{\"A\":[{many}{one}],"));
    }
    try_all(&[
        ("long-line", &["E-LIMIT"], |f| swollen(f, "\"0123456789abcdef\"", 1_800_000)),
        ("many-objects", &["E-LIMIT"], |f| swollen(f, "{\"\":0}", 1_000_000)),
        ("declarations", &["E-LIMIT"], |f| {
            let many = "{\"\":0},".repeat(1_000_000);
            f.put("data/settings.json", format!("{{\"a\":[{many}0]}}"));
        }),
        ("many-streams", &["E-REPLAY data/findings.json:"], |f| {
            f.record("data/evidence/111122223333/eu-west-1/firehose.ListDeliveryStreams.jsonl", |r| {
                let mut body = r.body.value();
                body["DeliveryStreamNames"] = (0..40_000).map(|n| json!(format!("{n:06}"))).collect();
                r.body = body.into();
            });
        }),
    ]);
}
