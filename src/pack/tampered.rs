//! One recipe for each way to break a pack, each with the codes that it must give: all of them and no others.
//!
//! Recipes of the first table change a pack and leave its hashes as they are. Those of the second make all hashes
//! anew afterwards, as whoever can write the folder can, so that only the rule in question is left to object.

use super::about::SCHEMA;
use super::digest::sha256;
use super::draft::tests::{NAME, pack_in, sealed_in};
use super::manifest::{Entries, render};
use super::verify::{Anchors, Limits, verify};
use super::{BAG_INFO, BAGIT, Code, EVIDENCE_LIST, HOW_TO, MANIFEST, Outcome, PACK_JSON, PackError, ROOT_FILE};
use super::{Report, Sealed, Sealer, TAG_FILES};
use rustix::fs::{CWD, Mode, mkfifoat};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

const REPORT: &str = "data/report.html";
const STREAMS: &str = "data/evidence/111122223333/eu-west-1/firehose.DescribeDeliveryStream.jsonl";
const CATALOG: &str = "data/frameworks/baseline.yaml";

/// A pack to be broken.
pub(super) struct Victim {
    pub path: PathBuf,
    pub root: String,
    pub place: tempfile::TempDir,
}

impl Victim {
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let Sealed { path, root, .. } = pack_in(place.path());
        Self { path, root, place }
    }

    /// One that is sealed with more than hashes.
    pub fn sealed_with(sealer: &Sealer<'_>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let Sealed { path, root, .. } = sealed_in(place.path(), sealer);
        Self { path, root, place }
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    pub fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.put(path, text.replacen(from, to, 1));
    }

    pub fn append(&self, path: &str, more: &str) {
        self.put(path, self.text(path) + more);
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.at(path)).unwrap();
    }

    pub fn lines(&self, path: &str, change: impl Fn(&mut Vec<String>)) {
        let mut lines: Vec<String> = self.text(path).lines().map(str::to_owned).collect();
        change(&mut lines);
        self.put(path, lines.join("\n") + "\n");
    }

    /// A line for a file of this content.
    pub fn line(path: &str, content: &str) -> String {
        format!("{}  {path}\n", sha256(content.as_bytes()))
    }

    /// Makes the root file anew from the tag files that are there.
    pub fn redo_root(&self) {
        let there = TAG_FILES.iter().filter(|name| self.at(name).is_file());
        let entries: Entries =
            there.map(|name| ((*name).to_owned(), sha256(&fs::read(self.at(name)).unwrap()))).collect();
        self.put(ROOT_FILE, render(&entries));
    }

    /// Makes every hash anew, the evidence root and the counts included: the forger who does it well.
    pub fn redo_all(&self) {
        let mut files = Vec::new();
        collect(&self.at("data"), "data", &mut files);
        let entries: Entries =
            files.iter().map(|path| (path.clone(), sha256(&fs::read(self.at(path)).unwrap()))).collect();
        self.put(MANIFEST, render(&entries));
        let octets: u64 = files.iter().map(|path| self.at(path).metadata().unwrap().len()).sum();
        self.lines(BAG_INFO, |lines| lines[4] = format!("Payload-Oxum: {octets}.{}", files.len()));
        self.redo_root();
    }

    /// Makes the evidence list and its root in `pack.json` anew.
    pub fn redo_evidence(&self) {
        let mut files = Vec::new();
        collect(&self.at("data/evidence"), "evidence", &mut files);
        let digest = |path: &String| sha256(&fs::read(self.at("data").join(path)).unwrap());
        let list = render(&files.iter().map(|path| (path.clone(), digest(path))).collect());
        self.put(EVIDENCE_LIST, &list);
        self.lines(PACK_JSON, |lines| {
            let line = lines.iter_mut().find(|l| l.contains("\"evidence\"")).unwrap();
            *line = format!("    \"evidence\": \"sha256:{}\"", sha256(list.as_bytes()));
        });
    }

    pub fn judge(&self, expect_root: Option<&str>) -> Report {
        let anchors = Anchors { expect_root: expect_root.map(str::to_owned), ..Anchors::default() };
        verify(&self.path, &anchors, &Limits::default(), |_, _| true).unwrap()
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}/{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() { collect(&entry.path(), &path, files) } else { files.push(path) }
    }
}

type Recipe = (&'static str, &'static [Code], fn(&Victim));

/// Every recipe is judged without and with the true root; both must fail with exactly these codes. With the true
/// root, E-ROOT comes in addition whenever the root file is another one.
fn try_all(recipes: &[Recipe], forge: fn(&Victim)) {
    let mut wrong = Vec::new();
    for (name, expected, recipe) in recipes {
        let victim = Victim::new();
        recipe(&victim);
        forge(&victim);
        let report = victim.judge(None);
        let mut codes: Vec<Code> = report.failures.iter().map(|f| f.code).collect();
        codes.dedup();
        if codes != *expected || report.outcome() != Outcome::Failed {
            wrong.push(format!("{name}: {:?}\n    {}", report.outcome(), report.lines().join("\n    ")));
        }
        let anchored = victim.judge(Some(&victim.root));
        let same_root = anchored.root.as_ref().is_none_or(|root| *root == victim.root);
        let says_root = anchored.failures.iter().any(|f| f.code == Code::Root);
        if anchored.outcome() != Outcome::Failed || says_root == same_root {
            wrong.push(format!("{name}, with the root: {:?} {:?}", anchored.outcome(), anchored.lines()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn hashes_left_as_they_were() {
    let recipes: &[Recipe] = &[
        ("changed-byte", &[Code::Hash], |v| v.replace(REPORT, "Report", "Reqort")),
        ("changed-byte-in-pdf-sized-binary", &[Code::Hash, Code::Complete], |v| v.put(REPORT, vec![7; 300_000])),
        ("truncated-file", &[Code::Hash, Code::Complete], |v| v.put(REPORT, "")),
        ("appended-newline", &[Code::Hash, Code::Complete], |v| v.append(REPORT, "\n")),
        ("changed-record", &[Code::Hash], |v| v.replace(STREAMS, "EV-000001", "EV-000002")),
        ("two-files-swapped", &[Code::Hash], |v| {
            let (one, two) = (v.text(REPORT), v.text(STREAMS));
            v.put(REPORT, two);
            v.put(STREAMS, one);
        }),
        ("missing-file", &[Code::Missing, Code::Complete], |v| v.remove(REPORT)),
        ("missing-record-file", &[Code::Missing, Code::Extra, Code::Complete], |v| v.remove(STREAMS)),
        ("missing-evidence-list", &[Code::Missing, Code::Complete], |v| v.remove(EVIDENCE_LIST)),
        ("missing-data", &[Code::Missing, Code::Complete], |v| fs::remove_dir_all(v.at("data")).unwrap()),
        ("extra-file-in-data", &[Code::Extra, Code::Complete], |v| v.put("data/x.txt", "x")),
        ("extra-empty-file-in-data", &[Code::Extra, Code::Complete], |v| v.put("data/x.txt", "")),
        ("extra-record-file", &[Code::Extra, Code::Complete], |v| v.put("data/evidence/x.jsonl", "{}\n")),
        ("extra-file-at-the-top", &[Code::Extra], |v| v.put("README.txt", "all is well")),
        ("extra-folder-with-a-file", &[Code::Extra], |v| v.put("more/x.txt", "x")),
        ("extra-empty-folder", &[Code::Extra], |v| fs::create_dir(v.at("data/evidence/999999999999")).unwrap()),
        ("extra-empty-folder-at-the-top", &[Code::Extra], |v| fs::create_dir(v.at("tmp")).unwrap()),
        ("empty-seal-folder", &[Code::Extra], |v| fs::create_dir(v.at("seal")).unwrap()),
        ("unknown-name-in-seal", &[Code::Extra], |v| v.put("seal/trusted-key.pem", "x")),
        ("folder-in-seal", &[Code::FileType, Code::Extra], |v| v.put("seal/root.sig/x", "x")),
        ("signature-that-nobody-promised", &[Code::Extra], |v| v.put("seal/root.sig", "anything")),
        ("key-that-nobody-promised", &[Code::Extra], |v| v.put("seal/signer.pub.pem", "anything")),
        ("statement-that-nobody-promised", &[Code::Extra], |v| v.put("seal/statement.dsse.json", "{}")),
        ("time-stamp-of-nothing", &[Code::Missing], |v| v.put("seal/root.tsr", "anything")),
        ("request-without-a-time-stamp", &[Code::Extra], |v| v.put("seal/root.tsq", "anything")),
        ("certificates-without-a-time-stamp", &[Code::Extra], |v| v.put("seal/tsa-chain.pem", "anything")),
        ("pipe-in-seal", &[Code::FileType], |v| {
            fs::create_dir(v.at("seal")).unwrap();
            mkfifoat(CWD, v.at("seal/root.sig"), Mode::RUSR | Mode::WUSR).unwrap();
        }),
        ("seal-is-a-link", &[Code::FileType], |v| symlink("data", v.at("seal")).unwrap()),
        ("hidden-file", &[Code::Path], |v| v.put(".hidden", "x")),
        ("md5-manifest", &[Code::Extra], |v| v.put("manifest-md5.txt", "")),
        ("sha512-tag-manifest", &[Code::Extra], |v| v.put("tagmanifest-sha512.txt", "")),
        ("fetch-txt", &[Code::Extra], |v| v.put("fetch.txt", "https://example.com/x - data/x\n")),
        ("case-variant", &[Code::Missing, Code::Extra], |v| {
            fs::rename(v.at(REPORT), v.at("data/Report.html")).unwrap();
        }),
        ("case-variant-beside-it", &[Code::Extra, Code::Complete], |v| v.put("data/REPORT.html", "x")),
        ("renamed-file", &[Code::Missing, Code::Extra], |v| fs::rename(v.at(REPORT), v.at("data/index.html")).unwrap()),
        ("link-to-equal-content", &[Code::FileType, Code::Complete], |v| {
            let aside = v.place.path().join("aside");
            fs::rename(v.at(REPORT), &aside).unwrap();
            symlink(&aside, v.at(REPORT)).unwrap();
        }),
        ("link-within-the-pack", &[Code::FileType], |v| symlink("report.html", v.at("data/index.html")).unwrap()),
        ("dangling-link", &[Code::FileType], |v| symlink("nowhere", v.at("data/x")).unwrap()),
        ("link-to-a-folder-of-equal-content", &[Code::FileType, Code::Missing, Code::Complete], |v| {
            let aside = v.place.path().join("aside");
            fs::rename(v.at("data/tables"), &aside).unwrap();
            symlink(&aside, v.at("data/tables")).unwrap();
        }),
        ("data-is-a-link", &[Code::FileType, Code::Missing, Code::Complete], |v| {
            let aside = v.place.path().join("aside");
            fs::rename(v.at("data"), &aside).unwrap();
            symlink(&aside, v.at("data")).unwrap();
        }),
        ("manifest-is-a-link", &[Code::FileType], |v| {
            let aside = v.place.path().join("aside");
            fs::rename(v.at(MANIFEST), &aside).unwrap();
            symlink(&aside, v.at(MANIFEST)).unwrap();
        }),
        ("root-file-is-a-link", &[Code::FileType], |v| {
            let aside = v.place.path().join("aside");
            fs::rename(v.at(ROOT_FILE), &aside).unwrap();
            symlink(&aside, v.at(ROOT_FILE)).unwrap();
        }),
        ("hard-link-from-outside", &[Code::FileType, Code::Complete], |v| {
            fs::hard_link(v.at(REPORT), v.place.path().join("aside")).unwrap();
        }),
        ("hard-link-of-a-tag-file", &[Code::FileType], |v| {
            fs::hard_link(v.at(PACK_JSON), v.place.path().join("aside")).unwrap();
        }),
        ("pipe-in-data", &[Code::FileType, Code::Complete], |v| {
            v.remove(REPORT);
            mkfifoat(CWD, v.at(REPORT), Mode::RUSR | Mode::WUSR).unwrap();
        }),
        ("pipe-as-root-file", &[Code::FileType], |v| {
            v.remove(ROOT_FILE);
            mkfifoat(CWD, v.at(ROOT_FILE), Mode::RUSR | Mode::WUSR).unwrap();
        }),
        ("pipe-that-nobody-lists", &[Code::FileType], |v| mkfifoat(CWD, v.at("data/x"), Mode::RUSR).unwrap()),
        ("socket", &[Code::FileType], |v| drop(UnixListener::bind(v.at("data/s")).unwrap())),
        ("folder-instead-of-a-file", &[Code::FileType, Code::Complete], |v| {
            v.remove(REPORT);
            fs::create_dir(v.at(REPORT)).unwrap();
        }),
        ("folder-instead-of-a-tag-file", &[Code::FileType], |v| {
            v.remove(BAG_INFO);
            fs::create_dir(v.at(BAG_INFO)).unwrap();
        }),
        ("folder-instead-of-the-root-file", &[Code::FileType, Code::Extra], |v| {
            v.remove(ROOT_FILE);
            fs::create_dir(v.at(ROOT_FILE)).unwrap();
        }),
        ("file-instead-of-a-folder", &[Code::Missing, Code::Extra, Code::Complete], |v| {
            fs::remove_dir_all(v.at("data/tables")).unwrap();
            v.put("data/tables", "x");
        }),
        ("name-that-is-not-utf-8", &[Code::Path], |v| {
            fs::write(v.at("data").join(OsStr::from_bytes(b"a\xff.html")), "x").unwrap();
        }),
        ("name-with-a-line-break", &[Code::Path], |v| fs::write(v.at("data/x\nOK"), "x").unwrap()),
        ("name-with-terminal-codes", &[Code::Path], |v| fs::write(v.at("\x1b[2Jx"), "x").unwrap()),
        ("name-that-reads-backwards", &[Code::Path], |v| fs::write(v.at("data/\u{202e}lmth.troper"), "x").unwrap()),
        ("name-in-another-normal-form", &[Code::Path], |v| fs::write(v.at("data/re\u{301}port.html"), "x").unwrap()),
        ("folder-with-a-strange-name", &[Code::Path], |v| fs::create_dir(v.at("data/a b")).unwrap()),
        ("root-file-removed", &[Code::NotSealed], |v| v.remove(ROOT_FILE)),
        ("root-file-emptied", &[Code::ManifestIncomplete], |v| v.put(ROOT_FILE, "")),
        ("root-file-lacks-a-line", &[Code::ManifestIncomplete], |v| v.lines(ROOT_FILE, |l| drop(l.remove(4)))),
        ("root-file-lacks-the-manifest", &[Code::ManifestIncomplete], |v| v.lines(ROOT_FILE, |l| drop(l.remove(3)))),
        ("root-file-lists-payload", &[Code::ManifestSyntax], |v| {
            let line = Victim::line(REPORT, &v.text(REPORT));
            v.lines(ROOT_FILE, |l| l.insert(3, line.trim_end().to_owned()));
        }),
        ("root-file-lists-itself", &[Code::ManifestSyntax], |v| v.append(ROOT_FILE, &Victim::line(ROOT_FILE, "x"))),
        ("root-file-with-a-comment", &[Code::ManifestSyntax], |v| v.append(ROOT_FILE, "# sealed\n")),
        ("root-file-lists-a-hash-of-nothing", &[Code::Hash], |v| {
            v.lines(ROOT_FILE, |l| l[0] = Victim::line(HOW_TO, "").trim_end().to_owned());
        }),
        ("missing-manifest", &[Code::Missing], |v| v.remove(MANIFEST)),
        ("missing-bagit-txt", &[Code::Missing], |v| v.remove(BAGIT)),
        ("missing-bag-info", &[Code::Missing], |v| v.remove(BAG_INFO)),
        ("missing-pack-json", &[Code::Missing], |v| v.remove(PACK_JSON)),
        ("missing-how-to", &[Code::Missing], |v| v.remove(HOW_TO)),
        ("changed-how-to", &[Code::Hash, Code::Render], |v| v.append(HOW_TO, "Call 555-0100 for the root.\n")),
        ("changed-count", &[Code::Hash], |v| v.replace(PACK_JSON, "\"streams\": 2", "\"streams\": 9")),
        ("gap-removed", &[Code::Hash], |v| {
            let text = v.text(PACK_JSON);
            let (start, end) = (text.find("\"gaps\": [").unwrap() + 9, text.find("],\n  \"period\"").unwrap());
            v.put(PACK_JSON, format!("{}{}", &text[..start], &text[end..]));
        }),
        ("changed-date", &[Code::Hash], |v| v.replace(BAG_INFO, "2026-10-01", "2026-10-02")),
        ("evidence-list-changed", &[Code::Hash, Code::Extra, Code::Complete], |v| {
            v.lines(EVIDENCE_LIST, |l| drop(l.remove(0)));
        }),
    ];
    assert!(recipes.len() >= 45);
    try_all(recipes, |_| ());
}

#[test]
fn manifest_changed_and_the_root_file_made_anew() {
    let recipes: &[Recipe] = &[
        ("manifest-emptied", &[Code::Extra, Code::Complete], |v| v.put(MANIFEST, "")),
        ("manifest-lacks-a-line", &[Code::Extra], |v| v.lines(MANIFEST, |l| l.retain(|l| !l.ends_with(REPORT)))),
        ("manifest-with-crlf", &[Code::ManifestSyntax, Code::Extra, Code::Complete], |v| {
            v.put(MANIFEST, v.text(MANIFEST).replace('\n', "\r\n"));
        }),
        ("manifest-with-upper-case-hex", &[Code::ManifestSyntax, Code::Extra], |v| {
            v.lines(MANIFEST, |l| l[0] = l[0][..64].to_uppercase() + &l[0][64..]);
        }),
        ("manifest-without-final-newline", &[Code::ManifestSyntax, Code::Extra], |v| {
            v.put(MANIFEST, v.text(MANIFEST).trim_end());
        }),
        ("manifest-with-a-line-twice", &[Code::ManifestDup], |v| v.lines(MANIFEST, |l| l.insert(0, l[0].clone()))),
        ("manifest-with-two-hashes-for-a-path", &[Code::ManifestDup], |v| {
            v.lines(MANIFEST, |l| l.insert(1, format!("{}{}", sha256(b"x"), &l[0][64..])));
        }),
        ("manifest-with-a-case-variant", &[Code::ManifestDup], |v| {
            v.append(MANIFEST, &Victim::line("data/Tables/streams.csv", "x"));
        }),
        ("manifest-out-of-order", &[Code::ManifestSyntax], |v| v.lines(MANIFEST, |l| l.reverse())),
        ("manifest-with-a-comment", &[Code::ManifestSyntax], |v| {
            v.lines(MANIFEST, |l| l.insert(0, "# all of it".into()));
        }),
        ("manifest-with-an-empty-line", &[Code::ManifestSyntax], |v| v.lines(MANIFEST, |l| l.insert(1, String::new()))),
        ("manifest-with-a-binary-mark", &[Code::ManifestSyntax, Code::Extra], |v| {
            v.replace(MANIFEST, "  data/report", " *data/report");
        }),
        ("manifest-with-one-blank", &[Code::ManifestSyntax, Code::Extra], |v| {
            v.replace(MANIFEST, "  data/report", " data/report");
        }),
        ("manifest-with-a-bom", &[Code::ManifestSyntax, Code::Extra], |v| {
            v.put(MANIFEST, "\u{feff}".to_owned() + &v.text(MANIFEST));
        }),
        ("manifest-with-short-hash", &[Code::ManifestSyntax, Code::Extra], |v| {
            v.lines(MANIFEST, |l| l[0] = l[0][1..].to_owned());
        }),
        ("manifest-with-an-md5-line", &[Code::ManifestSyntax], |v| {
            v.lines(MANIFEST, |l| l.insert(0, "d41d8cd98f00b204e9800998ecf8427e  data/a.txt".into()));
        }),
        ("manifest-with-an-absolute-path", &[Code::Path], |v| v.append(MANIFEST, &Victim::line("/etc/hostname", "x"))),
        ("manifest-that-climbs-out", &[Code::Path], |v| {
            v.append(MANIFEST, &Victim::line("data/../../../etc/hostname", "x"));
        }),
        ("manifest-that-climbs-in", &[Code::Path, Code::Extra], |v| {
            v.replace(MANIFEST, REPORT, "data/tables/../report.html");
        }),
        ("manifest-with-dot-slash", &[Code::Path, Code::Extra], |v| v.replace(MANIFEST, REPORT, "./data/report.html")),
        ("manifest-with-two-slashes", &[Code::Path, Code::Extra], |v| v.replace(MANIFEST, REPORT, "data//report.html")),
        ("manifest-with-a-backslash", &[Code::Path, Code::Extra], |v| v.replace(MANIFEST, REPORT, "data\\report.html")),
        ("manifest-with-a-percent-escape", &[Code::Path, Code::Extra], |v| {
            v.replace(MANIFEST, REPORT, "data/report%2Ehtml");
        }),
        ("manifest-with-a-home-path", &[Code::Path], |v| v.append(MANIFEST, &Victim::line("~/x", "x"))),
        ("manifest-with-a-drive", &[Code::Path], |v| v.append(MANIFEST, &Victim::line("C:/x", "x"))),
        ("manifest-with-a-nul", &[Code::Path, Code::Extra], |v| v.replace(MANIFEST, REPORT, "data/report.html\0.txt")),
        ("manifest-with-a-blank-in-a-path", &[Code::Path, Code::Extra], |v| {
            v.replace(MANIFEST, REPORT, "data/re port.html");
        }),
        ("manifest-with-bidi", &[Code::Path], |v| v.append(MANIFEST, &Victim::line("data/\u{202e}x", "x"))),
        ("manifest-that-is-not-utf-8", &[Code::Path, Code::Extra], |v| {
            let bytes = v.text(MANIFEST).into_bytes();
            let at = bytes.windows(6).position(|w| w == b"report").unwrap();
            v.put(MANIFEST, [&bytes[..at], b"\xff", &bytes[at + 1..]].concat());
        }),
        ("manifest-with-a-path-beside-data", &[Code::Path], |v| v.append(MANIFEST, &Victim::line("fetch.txt", "x"))),
        ("manifest-that-lists-a-tag-file", &[Code::Path], |v| {
            v.append(MANIFEST, &Victim::line(PACK_JSON, &v.text(PACK_JSON)));
        }),
        ("manifest-with-a-huge-line", &[Code::Limit], |v| {
            v.append(MANIFEST, &Victim::line(&("data/".to_owned() + &"x".repeat(9000)), "x"));
        }),
        ("manifest-of-one-endless-line", &[Code::Limit, Code::Extra, Code::Complete], |v| {
            v.put(MANIFEST, "x".repeat(3_000_000));
        }),
        ("manifest-that-lists-what-is-not-there", &[Code::Missing], |v| {
            v.append(MANIFEST, &Victim::line("data/zz.txt", "x"));
        }),
        ("manifest-that-lists-a-folder", &[Code::ManifestSyntax, Code::FileType], |v| {
            v.append(MANIFEST, &Victim::line("data/tables", "x"));
        }),
        ("manifest-agrees-with-a-changed-report-only", &[Code::Complete], |v| {
            let line = Victim::line(REPORT, &v.text(REPORT));
            v.append(REPORT, "<p>All is well.");
            v.replace(MANIFEST, &line, &Victim::line(REPORT, &v.text(REPORT)));
        }),
    ];
    try_all(recipes, Victim::redo_root);
}

#[test]
fn every_hash_made_anew() {
    let recipes: &[Recipe] = &[
        ("bagit-0.97", &[Code::Schema], |v| v.replace(BAGIT, "1.0", "0.97")),
        ("bagit-in-another-encoding", &[Code::Schema], |v| v.replace(BAGIT, "UTF-8", "UTF-16")),
        ("bagit-with-a-bom", &[Code::Schema], |v| v.put(BAGIT, "\u{feff}".to_owned() + &v.text(BAGIT))),
        ("bag-info-with-a-sixth-line", &[Code::Schema], |v| v.append(BAG_INFO, "Contact-Name: x\n")),
        ("bag-info-with-a-label-twice", &[Code::Schema], |v| v.lines(BAG_INFO, |l| l.insert(0, l[0].clone()))),
        ("bag-info-of-another-run", &[Code::Schema], |v| v.replace(BAG_INFO, "01jd07k3", "01jd07k4")),
        ("bag-info-of-another-program", &[Code::Schema], |v| v.replace(BAG_INFO, "keywitness ", "keywitness 9.")),
        ("bag-info-with-a-day-that-is-none", &[Code::Schema], |v| v.replace(BAG_INFO, "2026-10-01", "2026-02-30")),
        ("unknown-schema", &[Code::Schema], |v| v.replace(PACK_JSON, SCHEMA, "keywitness-pack/99")),
        ("schema-of-another-program", &[Code::Schema], |v| v.replace(PACK_JSON, SCHEMA, "evidence-pack/1")),
        ("pack-json-with-a-key-twice", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"sample\": true", "\"sample\": false,\n  \"sample\": true");
        }),
        ("pack-json-with-a-count-twice", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"streams\": 2", "\"streams\": 9,\n    \"streams\": 2");
        }),
        ("pack-json-with-an-escaped-key-twice", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"sample\": true", "\"s\\u0061mple\": false,\n  \"sample\": true");
        }),
        ("pack-json-with-an-unknown-field", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"sample\": true", "\"certified\": true,\n  \"sample\": true");
        }),
        ("pack-json-without-gaps", &[Code::Schema], |v| v.replace(PACK_JSON, "\"gaps\"", "\"holes\"")),
        ("pack-json-with-a-float", &[Code::Schema], |v| v.replace(PACK_JSON, "\"streams\": 2", "\"streams\": 2.0")),
        ("pack-json-with-a-huge-number", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"streams\": 2", "\"streams\": 99999999999999999999");
        }),
        ("pack-json-in-another-form", &[Code::Schema], |v| v.replace(PACK_JSON, "  \"sample\"", "\t\"sample\"")),
        ("pack-json-with-something-behind-it", &[Code::Schema], |v| v.append(PACK_JSON, "{}\n")),
        ("pack-json-too-deep", &[Code::Schema], |v| v.put(PACK_JSON, "[".repeat(200_000))),
        ("pack-json-emptied", &[Code::Schema], |v| v.put(PACK_JSON, "")),
        ("pack-json-with-a-weak-hash", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"hash\": \"sha256\"", "\"hash\": \"sha1\"");
        }),
        ("pack-json-that-asks-for-a-signature", &[Code::Missing, Code::SigMissing, Code::Render], |v| {
            let signer = format!(
                "{{\n      \"key\": null,\n      \"kind\": \"file\",\n      \"public_key_sha256\": \"{}\"\n    }}",
                sha256(b"a key")
            );
            v.replace(PACK_JSON, "\"signer\": null", &format!("\"signer\": {signer}"));
            v.replace(PACK_JSON, "\"signature\": \"none\"", "\"signature\": \"required\"");
        }),
        ("pack-json-that-asks-for-a-signature-by-nobody", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"signature\": \"none\"", "\"signature\": \"required\"");
        }),
        ("pack-json-that-asks-for-a-time-stamp", &[Code::TsMissing, Code::Render], |v| {
            v.replace(PACK_JSON, "\"timestamp\": \"none\"", "\"timestamp\": \"required\"");
        }),
        ("two-editions", &[Code::Schema], |v| {
            v.replace(PACK_JSON, "\"edition\": \"internal\"", "\"edition\": \"customer\"");
        }),
        ("evidence-root-of-another-pack", &[Code::Hash], |v| {
            let root = sha256(v.text(EVIDENCE_LIST).as_bytes());
            v.replace(PACK_JSON, &root, &sha256(b"another"));
        }),
        ("catalog-changed", &[Code::Complete], |v| v.append(CATALOG, "requirements: []\n")),
        ("catalog-removed", &[Code::Extra, Code::Complete], |v| v.remove(CATALOG)),
        ("catalog-added", &[Code::Complete], |v| v.put("data/frameworks/more.yaml", "id: more\n")),
        ("record-changed", &[Code::Hash], |v| v.replace(STREAMS, "EV-000001", "EV-000002")),
        ("record-file-added", &[Code::Extra], |v| v.put("data/evidence/x.jsonl", "{}\n")),
        ("record-file-removed", &[Code::Missing, Code::Extra], |v| v.remove(STREAMS)),
        ("record-file-moved-out-of-its-list", &[Code::Missing, Code::Extra], |v| {
            fs::rename(v.at(STREAMS), v.at("data/calls.jsonl")).unwrap();
        }),
        ("evidence-list-removed", &[Code::Missing], |v| v.remove(EVIDENCE_LIST)),
        ("evidence-list-lacks-a-line", &[Code::Hash, Code::Extra], |v| v.lines(EVIDENCE_LIST, |l| drop(l.remove(0)))),
        ("evidence-list-out-of-order", &[Code::ManifestSyntax, Code::Hash], |v| {
            v.lines(EVIDENCE_LIST, |l| l.reverse());
        }),
        ("evidence-list-names-a-report", &[Code::Path, Code::Hash], |v| {
            v.append(EVIDENCE_LIST, &Victim::line("report.html", &v.text(REPORT)));
        }),
        ("evidence-list-climbs-out", &[Code::Path, Code::Hash], |v| {
            v.append(EVIDENCE_LIST, &Victim::line("evidence/../../../etc/hostname", "x"));
        }),
        ("no-evidence-at-all", &[Code::Complete], |v| {
            fs::remove_dir_all(v.at("data/evidence")).unwrap();
            fs::create_dir(v.at("data/evidence")).unwrap();
            v.redo_evidence();
            fs::remove_dir(v.at("data/evidence")).unwrap();
        }),
    ];
    try_all(recipes, Victim::redo_all);
}

#[test]
fn no_byte_of_any_file_changes_unnoticed() {
    let victim = Victim::new();
    let mut files = Vec::new();
    collect(&victim.path, "", &mut files);
    assert_eq!(files.len(), 13);
    for file in files {
        let path = victim.at(&file[1..]);
        let whole = fs::read(&path).unwrap();
        // A step that has no factor in common with the length of a line, so that every column has its turn.
        for at in (0..whole.len()).step_by(11) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert_eq!(victim.judge(None).outcome(), Outcome::Failed, "{file} byte {at}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(victim.judge(None).outcome(), Outcome::Failed, "without {file}");
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(victim.judge(Some(&victim.root)).outcome(), Outcome::Verified);
}

#[test]
fn a_wrong_count_of_the_payload_is_found() {
    for odd in ["1.1", "999999999999.6", "", "6", "x.y", "18446744073709551616.6"] {
        let victim = Victim::new();
        victim.lines(BAG_INFO, |lines| lines[4] = format!("Payload-Oxum: {odd}"));
        victim.redo_root();
        assert_eq!(victim.judge(None).outcome(), Outcome::Failed, "{odd}");
    }
}

#[test]
fn a_bag_info_that_is_not_text_is_found() {
    let victim = Victim::new();
    victim.put(BAG_INFO, b"\xff\xfe\x00");
    victim.redo_root();
    let codes: Vec<Code> = victim.judge(None).failures.iter().map(|f| f.code).collect();
    assert_eq!(codes, [Code::Schema]);
}

#[test]
fn a_forgery_with_all_hashes_made_anew_is_consistent_and_never_verified() {
    let victim = Victim::new();
    victim.replace(REPORT, "Report", "All is well");
    victim.replace(STREAMS, "EV-000001", "EV-000002");
    victim.redo_evidence();
    victim.redo_all();
    let report = victim.judge(None);
    assert_eq!((report.outcome(), report.lines()), (Outcome::Consistent, vec![]));
    let report = victim.judge(Some(&victim.root));
    assert_eq!(report.outcome(), Outcome::Failed);
    assert_eq!(report.failures.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::Root]);
}

#[test]
fn the_root_of_another_pack_is_no_anchor() {
    let report = Victim::new().judge(Some(&sha256(b"another")));
    assert_eq!((report.outcome(), report.anchored), (Outcome::Failed, false));
    assert!(report.lines()[0].starts_with("E-ROOT tagmanifest-sha256.txt: pack root "), "{:?}", report.lines());
}

#[test]
fn a_root_that_is_no_hash_is_an_error_and_no_anchor() {
    let victim = Victim::new();
    for odd in ["", "sha256:", &victim.root[..63], "sha512:00", "none"] {
        let anchors = Anchors { expect_root: Some(odd.to_owned()), ..Anchors::default() };
        let result = verify(&victim.path, &anchors, &Limits::default(), |_, _| false);
        assert!(matches!(result, Err(PackError::Anchor { .. })), "{odd}");
    }
}

#[test]
fn a_pack_under_a_partial_name_is_not_sealed() {
    let victim = Victim::new();
    let partial = victim.place.path().join(format!(".{NAME}.partial-0011223344556677"));
    fs::rename(&victim.path, &partial).unwrap();
    let anchors = Anchors { expect_root: Some(victim.root.clone()), ..Anchors::default() };
    for path in [partial.clone(), partial.join("data/..")] {
        let report = verify(&path, &anchors, &Limits::default(), |_, _| false).unwrap();
        assert_eq!(report.failures.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::NotSealed]);
    }
    let link = victim.place.path().join("latest");
    symlink(&partial, &link).unwrap();
    assert_eq!(verify(&link, &anchors, &Limits::default(), |_, _| false).unwrap().outcome(), Outcome::Failed);
}

#[test]
fn a_pack_may_be_moved_and_reached_by_the_users_own_link() {
    let victim = Victim::new();
    let moved = victim.place.path().join("Q3 evidence (final)");
    fs::rename(&victim.path, &moved).unwrap();
    let link = victim.place.path().join("latest");
    symlink(&moved, &link).unwrap();
    let anchors = Anchors { expect_root: Some(victim.root.clone()), ..Anchors::default() };
    assert_eq!(verify(&link, &anchors, &Limits::default(), |_, _| false).unwrap().outcome(), Outcome::Verified);
}

#[test]
fn what_is_not_there_or_no_folder_cannot_be_judged() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "x").unwrap();
    for path in ["nothing", "file"] {
        let path = place.path().join(path);
        let result = verify(&path, &Anchors::default(), &Limits::default(), |_, _| false);
        assert!(matches!(result, Err(PackError::Io { .. })), "{}", path.display());
    }
}

#[test]
fn an_empty_folder_is_not_sealed() {
    let place = tempfile::tempdir().unwrap();
    let report = verify(place.path(), &Anchors::default(), &Limits::default(), |_, _| false).unwrap();
    assert_eq!((report.outcome(), report.failures[0].code), (Outcome::Failed, Code::NotSealed));
}

#[test]
fn limits_are_applied_before_anything_is_read() {
    let victim = Victim::new();
    let fine = Limits::default();
    for (name, limits) in [
        ("files", Limits { files: 5, ..fine }),
        ("bytes", Limits { bytes: 10, ..fine }),
        ("depth", Limits { depth: 2, ..fine }),
        ("tag_file", Limits { tag_file: 20, ..fine }),
        ("document", Limits { document: 1, ..fine }),
        ("line", Limits { line: 70, ..fine }),
        ("kept", Limits { kept: 10, ..fine }),
    ] {
        let report = verify(&victim.path, &Anchors::default(), &limits, |_, _| true).unwrap();
        let limit = report.failures.iter().find(|f| f.code == Code::Limit);
        assert!(limit.is_some_and(|f| f.text.contains(&format!("{name}="))), "{name}: {:?}", report.lines());
        assert_eq!(report.outcome(), Outcome::Failed, "{name}");
    }
    // A document of which only the hash is wanted may have any length: an organization's findings do.
    let hashes = verify(&victim.path, &Anchors::default(), &Limits { document: 1, ..fine }, |_, _| false).unwrap();
    assert_eq!(hashes.failures, []);
}

#[test]
fn a_file_with_a_hole_of_many_gigabytes_is_not_read() {
    let victim = Victim::new();
    let file = fs::OpenOptions::new().write(true).open(victim.at(REPORT)).unwrap();
    file.set_len(21 << 30).unwrap();
    let report = victim.judge(None);
    assert_eq!(report.failures.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::Limit]);
}

#[test]
fn only_bytes_whose_hash_was_right_are_handed_on() {
    let victim = Victim::new();
    let expected = victim.text(STREAMS);
    victim.replace(REPORT, "Report", "Reqort");
    let evidence = |path: &str, _| path.starts_with("data/evidence/") || path == REPORT;
    let report = verify(&victim.path, &Anchors::default(), &Limits::default(), evidence).unwrap();
    assert_eq!(report.contents.len(), 2);
    assert_eq!(report.contents[STREAMS], expected.as_bytes());
    assert_eq!(report.files, 6, "seven files, one of them changed");
}

#[test]
fn verify_changes_nothing() {
    let victim = Victim::new();
    let state = || {
        let mut files = Vec::new();
        collect(&victim.path, "", &mut files);
        let stamp = |f: &String| victim.path.join(&f[1..]).metadata().unwrap().modified().unwrap();
        let mut all: Vec<_> = files.iter().map(|f| (f.clone(), stamp(f))).collect();
        all.sort();
        all
    };
    let before = state();
    victim.judge(None);
    assert_eq!(state(), before);
}

/// The commands of HOW-TO-VERIFY.txt: the lines with four blanks in front.
fn commands(text: &str) -> Vec<&str> {
    text.lines().filter_map(|l| l.strip_prefix("    ")).filter(|l| !l.starts_with(' ')).collect()
}

fn shell(command: &str, folder: &Path) -> (bool, String) {
    let output = Command::new("sh").arg("-c").arg(command).current_dir(folder).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_commands_for_auditors_work_as_printed() {
    let victim = Victim::new();
    let text = victim.text(HOW_TO);
    let bagit = shell("command -v bagit.py", &victim.path).0;
    let commands = commands(&text);
    assert!(commands.len() >= 12, "{commands:?}");
    let mut printed = String::new();
    for command in commands.iter().filter(|c| bagit || !c.starts_with("bagit.py")) {
        let (right, output) = shell(command, &victim.path);
        assert!(right, "{command}: {output}");
        assert!(output.is_empty() || !command.starts_with('!'), "{command}: {output}");
        printed += &output;
    }
    let report = victim.judge(Some(&victim.root));
    assert_eq!(report.outcome(), Outcome::Verified, "a command left something behind: {:?}", report.lines());
    assert!(printed.contains(&format!("{}  {ROOT_FILE}", victim.root)));
    assert!(printed.contains(&format!("{}  {EVIDENCE_LIST}", report.evidence_root.unwrap())));
    assert!(!text.split_whitespace().any(super::digest::is_sha256), "a hash in the text would be under itself");
}

#[test]
fn the_commands_for_auditors_find_what_sha256sum_alone_does_not() {
    let tricks: &[fn(&Victim)] = &[
        |v| v.put("data/extra.txt", "x"),
        |v| v.put("extra.txt", "x"),
        |v| v.put("seal/certificate.pdf", "x"),
        |v| v.put("seal/data/report.html", "x"),
        |v| v.put("certificates/a.pdf", "x"),
        |v| fs::create_dir(v.at("data/certificates")).unwrap(),
        |v| fs::create_dir(v.at("seal")).unwrap(),
        |v| fs::hard_link(v.at(REPORT), v.place.path().join("aside")).unwrap(),
        |v| symlink("report.html", v.at("data/index.html")).unwrap(),
        |v| {
            v.append(MANIFEST, "# nothing to see\n");
            v.redo_root();
        },
        |v| {
            let outside = v.text(REPORT);
            fs::write(v.place.path().join("x"), &outside).unwrap();
            v.append(MANIFEST, &Victim::line("data/../../x", &outside));
            v.redo_root();
        },
    ];
    for (index, trick) in tricks.iter().enumerate() {
        let victim = Victim::new();
        trick(&victim);
        assert!(shell("sha256sum --strict -c tagmanifest-sha256.txt manifest-sha256.txt", &victim.path).0, "{index}");
        assert_ne!(victim.judge(None).failures.len(), 0, "{index}");
        let text = victim.text(HOW_TO);
        let silent = commands(&text).into_iter().filter(|c| c.starts_with('!')).all(|c| shell(c, &victim.path).0);
        assert!(!silent, "trick {index} goes unnoticed");
    }
}
