//! The customer edition: what leaves, what does not, and how it is proved to be from the full pack.

use crate::program::{Outcome, Pack, holds, keywitness, small_sample, walk};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

struct Edition {
    outcome: Outcome,
    path: PathBuf,
    root: String,
    opening: PathBuf,
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A full pack of the sample account, made once.
fn full() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| small_sample().pack())
}

fn share<'a>(more: impl IntoIterator<Item = &'a str>) -> Edition {
    let pack = full().path.to_str().expect("UTF-8");
    let arguments = ["share", pack, "--customer", "Example Freight Ltd", "--output", "out", "--json"];
    let outcome = keywitness(arguments).args(more).done().expect(0);
    let object: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let at = |name: &str| outcome.work.join(object[name].as_str().expect("a text"));
    let (path, opening) = (at("pack"), at("opening"));
    Edition { path, opening, root: object["pack_root"].as_str().expect("a root").to_owned(), outcome }
}

/// One edition that several tests look at.
fn edition() -> &'static Edition {
    static EDITION: OnceLock<Edition> = OnceLock::new();
    EDITION.get_or_init(|| share([]))
}

impl Edition {
    fn facts(&self) -> Value {
        serde_json::from_str(&text(&self.path.join("data/evidence/edition.json"))).expect("JSON")
    }

    fn verify<'a>(&'a self, more: impl IntoIterator<Item = &'a str>) -> Outcome {
        keywitness(["verify", self.path.to_str().expect("UTF-8")]).args(more).done()
    }

    /// All bytes of all files, with the names of the files.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        walk(&self.path, &mut |path| all.push((path.to_owned(), std::fs::read(path).expect("read"))));
        all
    }
}

/// The names that the records hold: found here by other means than the program's own.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for record in full().records() {
        names.extend(record.request_id.as_deref().map(str::to_owned));
        names.insert(record.account.to_string());
        let all = format!("{} {}", record.parameters, record.body);
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_/:.@".contains(c);
        for word in all.split(|c: char| !is_part(c)) {
            let id = word.len() == 36 && word.bytes().filter(|b| *b == b'-').count() == 4;
            if word.starts_with("arn:") || word.starts_with("alias/") || id || word.contains('@') {
                names.insert(word.to_owned());
                // A last part of one plain word, such as `customers`, is also a word of the edition's own sentences.
                let is_name = |last: &&str| last.len() > 5 && last.contains(['-', '_', '1', '2', '3']);
                names.extend(word.rsplit(['/', ':']).next().filter(is_name).map(str::to_owned));
            }
        }
        names.extend(record.parameter("DeliveryStreamName").map(str::to_owned));
    }
    names.retain(|name| name.chars().any(char::is_alphabetic) || name.len() > 5);
    assert!(names.len() > 100, "{}", names.len());
    names
}

/// Whether a name stands in a text: a short one as a whole word.
fn stands(text: &[u8], name: &str) -> bool {
    if name.len() >= 5 {
        return holds(text, name);
    }
    let touches = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b"-_".contains(b) || *b >= 0x80);
    let at = |n: &usize| text[*n..].starts_with(name.as_bytes());
    (0..text.len())
        .filter(at)
        .any(|n| !touches(n.checked_sub(1).map(|b| &text[b])) && !touches(text.get(n + name.len())))
}

/// What stands in a file once it is unpacked, with its name: members of the workbook, streams and words of the PDF. Beside
/// each whether it is text, in which a short name can be told.
fn unpacked(path: &Path, bytes: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned().into_bytes();
    let mut parts = vec![(bytes.to_vec(), std::str::from_utf8(bytes).is_ok()), (name, true)];
    match path.extension().and_then(|e| e.to_str()) {
        Some("xlsx") => {
            let listed = std::process::Command::new("python3")
                .args(["-c", "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nsys.stdout.buffer.write(b'\\n'.join(n.encode() + b'\\n' + z.read(n) for n in z.namelist()))"])
                .arg(path)
                .output()
                .expect("python3");
            assert!(listed.status.success() && holds(&listed.stdout, "<worksheet"), "{listed:?}");
            parts.push((listed.stdout, true));
        }
        Some("pdf") => {
            let file = lopdf::Document::load_mem(bytes).expect("a PDF");
            let streams = file.objects.values().filter_map(|o| o.as_stream().ok());
            let packed: Vec<_> = streams.filter(|s| s.dict.get(b"Filter").is_ok()).collect();
            assert!(!packed.is_empty(), "a PDF without a packed stream");
            parts.extend(packed.into_iter().map(|s| (s.decompressed_content().expect("FlateDecode"), false)));
            let pages: Vec<u32> = file.get_pages().keys().copied().collect();
            let words = file.extract_text(&pages).expect("the words");
            assert!(words.contains("Example Freight"), "the words are not to be read: {words:?}");
            parts.push((words.split_whitespace().collect::<String>().into_bytes(), false));
            parts.push((words.into_bytes(), true));
        }
        _ => {}
    }
    parts
}

#[test]
fn no_name_of_the_run_is_in_any_byte_of_the_edition() {
    let edition = edition();
    let names = names();
    for (path, bytes) in edition.bytes() {
        for (part, is_text) in unpacked(&path, &bytes) {
            let told = |name: &&String| (is_text || name.len() >= 5) && stands(&part, name);
            let leaked: Vec<&String> = names.iter().filter(told).collect();
            assert!(leaked.is_empty(), "{}: {leaked:?}", path.display());
        }
    }
    assert!(!edition.path.to_string_lossy().contains("111122223333"));
}

/// Regions are named: how many were asked is no range beside them. And the running head has the title once.
#[test]
fn named_regions_are_counted_as_such_and_the_title_stands_once_above_a_page() {
    let facts = edition().facts();
    let named = facts["regions"].as_array().expect("a list").len() as u64;
    let of_regions: Vec<&Value> =
        facts["shown"].as_array().expect("a list").iter().filter(|s| s["subjects"] == "Regions").collect();
    assert!(!of_regions.is_empty());
    for shown in of_regions {
        assert_eq!(shown["of"]["from"], shown["of"]["to"], "{shown}");
        assert!(shown["of"]["to"].as_u64().expect("a number") <= named, "{shown}");
    }
    let file = lopdf::Document::load(edition().path.join("data/customer.pdf")).expect("a PDF");
    let words = file.extract_text(&[1]).expect("the words").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words.matches("how delivery streams and").count(), 2, "the heading and one running head: {words}");
    assert!(words.contains("Customer edition for Example Freight Ltd"), "{words}");
}

/// A search that finds nothing must be able to find: what does stand in workbook and PDF is found by it, and a short word
/// only where it is a word.
#[test]
fn the_search_finds_what_is_there() {
    let edition = edition();
    let facts = edition.facts();
    let pseudonym = facts["streams"][0]["stream"].as_str().expect("a pseudonym");
    for file in ["data/tables.xlsx", "data/customer.pdf"] {
        let path = edition.path.join(file);
        let bytes = std::fs::read(&path).expect("read");
        let word = if file.ends_with("xlsx") { pseudonym } else { "Not shown for" };
        assert!(!stands(&bytes, word), "{file} is packed");
        assert!(unpacked(&path, &bytes).iter().any(|(part, _)| stands(part, word)), "{word} in {file}");
    }
    assert!(stands(b"the crm, of one", "crm") && !stands(b"scrm crms x-crm crm_2", "crm"));
}

#[test]
fn the_pdf_has_two_pages_and_its_metadata_name_nobody() {
    let file = lopdf::Document::load(edition().path.join("data/customer.pdf")).expect("a PDF");
    assert!(file.get_pages().len() <= 2, "{}", file.get_pages().len());
    let info = file.trailer.get(b"Info").and_then(lopdf::Object::as_reference).expect("a reference");
    let info = format!("{:?}", file.get_dictionary(info).expect("metadata"));
    assert!(!info.contains("111122223333") && !info.contains("arn"), "{info}");
}

#[test]
fn the_edition_is_sealed_and_its_reports_follow_from_its_facts() {
    let edition = edition();
    let verified = edition.verify(["--expect-root", &edition.root]).expect(0);
    assert!(
        verified.stdout.contains(&format!("made from the pack with the root sha256:{}", full().root)),
        "{}",
        verified.stdout
    );
    assert_eq!(edition.facts()["derived_from"], format!("sha256:{}", full().root));
    let pack: Value = serde_json::from_str(&text(&edition.path.join("pack.json"))).expect("JSON");
    assert_eq!(pack["edition"], "customer");
    assert_eq!(pack["scope"]["accounts"], Value::Array(Vec::new()));
    let how_to = text(&edition.path.join("HOW-TO-VERIFY.txt"));
    assert!(how_to.contains("customer edition") && !how_to.contains("@LAST@"));
}

#[test]
fn the_full_pack_proves_that_it_is_the_same_evidence() {
    let edition = edition();
    let opening = edition.opening.to_str().expect("UTF-8");
    let internal = full().path.to_str().expect("UTF-8");
    let all = ["--expect-root", &edition.root, "--opening", opening, "--internal", internal];
    let proven = edition.verify(all).expect(0);
    assert!(proven.stdout.contains("every fact and pseudonym follows from the pack"), "{}", proven.stdout);

    // A few openings, without the secret: what one shows to one's customer.
    let mut file: Value = serde_json::from_str(&text(&edition.opening)).expect("JSON");
    file.as_object_mut().expect("an object").remove("secret");
    file["openings"].as_array_mut().expect("a list").truncate(3);
    let folder = tempfile::tempdir().expect("a folder");
    let some = folder.path().join("some.json");
    std::fs::write(&some, file.to_string()).expect("written");
    let some = some.to_str().expect("UTF-8");
    let proven = edition.verify(["--expect-root", &edition.root, "--opening", some, "--internal", internal]).expect(0);
    assert!(
        proven.stdout.contains("3 of ") && proven.stdout.contains("every opened name is in the pack"),
        "{}",
        proven.stdout
    );

    // Another name opens nothing.
    file["openings"][0]["value"] = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/other".into();
    let lie = folder.path().join("lie.json");
    std::fs::write(&lie, file.to_string()).expect("written");
    let refused = edition.verify(["--expect-root", &edition.root, "--opening", lie.to_str().expect("UTF-8")]).expect(1);
    assert!(refused.stdout.contains("E-REDACT") && refused.stdout.contains("does not match"), "{}", refused.stdout);
}

#[test]
fn another_pack_or_another_edition_proves_nothing() {
    let edition = edition();
    let other = share(["--disclose-weaknesses"]);
    let opening = other.opening.to_str().expect("UTF-8");
    let refused = edition.verify(["--expect-root", &edition.root, "--opening", opening]).expect(1);
    assert!(refused.stdout.contains("E-REDACT"), "{}", refused.stdout);
    let twice = keywitness(["share", edition.path.to_str().expect("UTF-8"), "--customer", "x"]).done().expect(2);
    assert!(twice.stderr.contains("customer edition already"), "{}", twice.stderr);
}

#[test]
fn weaknesses_leave_only_where_they_are_asked_for() {
    let (closed, open) = (edition(), share(["--disclose-weaknesses"]));
    let facts = closed.facts();
    assert_eq!(facts["requirements"], Value::Array(Vec::new()));
    for word in ["not_shown_because", "\"sse\"", "\"rotation\"", "ENABLING_FAILED", "DISABLED"] {
        assert!(!facts.to_string().contains(word), "{word}");
        for table in ["shown", "streams", "keys"] {
            assert!(!text(&closed.path.join(format!("data/tables/{table}.csv"))).contains(word), "{table}: {word}");
        }
    }
    let facts = open.facts();
    assert!(!facts["requirements"].as_array().expect("a list").is_empty());
    assert!(facts["shown"][0]["not_shown_because"].is_object() && facts["streams"][0]["encryption"].is_object());
    open.verify(["--expect-root", &open.root]).expect(0);
}

/// What is not known is never among what was shown.
#[test]
fn unknown_counts_as_not_shown() {
    use keywitness::model::Status;
    let facts = edition().facts();
    for shown in facts["shown"].as_array().expect("a list") {
        let of_check: Vec<Status> =
            full().findings().iter().filter(|f| *f.check == shown["check"]).map(|f| f.status).collect();
        let count = |status| of_check.iter().filter(|s| **s == status).count();
        let number = |of: &Value, end: &str| usize::try_from(of[end].as_u64().expect("a number")).expect("small");
        let pass = count(Status::Pass);
        assert!((number(&shown["shown"], "from")..=number(&shown["shown"], "to")).contains(&pass), "{shown}");
        let rest = count(Status::Fail) + count(Status::Unknown);
        assert!((number(&shown["not_shown"], "from")..=number(&shown["not_shown"], "to")).contains(&rest), "{shown}");
    }
}

#[test]
fn pseudonyms_stay_under_one_secret_and_differ_under_another() {
    let first = edition();
    let same = share(["--secret", first.opening.to_str().expect("UTF-8")]);
    let other = share([]);
    let streams = |e: &Edition| -> BTreeSet<String> {
        let facts = e.facts();
        facts["streams"].as_array().expect("a list").iter().map(|s| s["stream"].to_string()).collect()
    };
    assert!(!streams(first).is_empty());
    assert_eq!(streams(first), streams(&same));
    assert!(streams(first).is_disjoint(&streams(&other)), "two customers cannot compare");
}

#[test]
fn an_edition_promises_nothing_that_evidence_cannot_show() {
    for (path, bytes) in edition().bytes() {
        // What stands in the PDF and the workbook stands in the page and the tables too.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let text = text.to_lowercase();
        for claim in ["compliant", "certified", "pci approved", "passes hipaa"] {
            assert!(!text.contains(claim), "{} says {claim:?}", path.display());
        }
    }
}

#[test]
fn drafts_of_answers_state_and_never_answer() {
    let own = "question_id,our_topic\nN.1.4,key_rotation\n";
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = folder.path().join("our-questions.csv");
    std::fs::write(&mapping, own).expect("written");
    let edition = share(["--questionnaire", mapping.to_str().expect("UTF-8")]);
    let table = text(&edition.path.join("data/tables/answers.csv"));
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let heads = reader.headers().expect("heads").clone();
    let at = |row: &csv::StringRecord, name: &str| row[heads.iter().position(|h| h == name).expect(name)].to_owned();
    let mut questions = BTreeSet::new();
    for row in reader.records().map(|r| r.expect("a row")) {
        questions.insert(format!("{} {}", at(&row, "questionnaire"), at(&row, "question")));
        assert_eq!(at(&row, "owner_approval"), "");
        for filled in ["statement", "as_of", "scope", "not_covered", "expires"] {
            assert!(!at(&row, filled).is_empty(), "{filled}");
        }
        let first = at(&row, "statement").split(|c: char| !c.is_alphabetic()).next().expect("a word").to_lowercase();
        assert!(!["yes", "no"].contains(&first.as_str()), "{first}");
        assert_ne!(at(&row, "coverage"), "full");
    }
    for question in ["CAIQ 4 CEK-03.1", "CAIQ 4 LOG-11.1", "HECVAT 4 DATA-03", "our-questions N.1.4"] {
        assert!(questions.contains(question), "{question}: {questions:?}");
    }
    assert_eq!(questions.iter().filter(|q| q.starts_with("HECVAT")).count(), 3, "the three safe ids");
    let page = text(&edition.path.join("data/customer.html"));
    assert!(page.contains("CEK-21.1") && page.contains("Draft: not an answer until its owner approves it"));
    std::fs::write(&mapping, "question_id,our_topic\nX,rotation\n").expect("written");
    let arguments = ["share", full().path.to_str().expect("UTF-8"), "--customer", "x", "--questionnaire"];
    let refused = keywitness(arguments).args([mapping.to_str().expect("UTF-8")]).done().expect(2);
    assert!(refused.stderr.contains("line 2"), "{}", refused.stderr);
}

#[test]
fn the_opening_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let edition = edition();
    let mode = std::fs::metadata(&edition.opening).expect("a file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let secret: Value = serde_json::from_str(&text(&edition.opening)).expect("JSON");
    let secret = secret["secret"].as_str().expect("a secret").to_owned();
    for (path, bytes) in edition.bytes() {
        assert!(!holds(&bytes, &secret), "{}", path.display());
    }
    assert!(!edition.outcome.stdout.contains(&secret) && !edition.outcome.stderr.contains(&secret));
}

/// The customer has no program of ours: the instructions of an edition work as printed, and show what was planted.
#[test]
fn every_command_of_the_instructions_does_what_they_say() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let genuine = Pack { path: edition().path.clone(), root: edition().root.clone(), _folder: None };
    let pack = genuine.copy(place.path());
    let instructions = pack.text("HOW-TO-VERIFY.txt");
    let commands: Vec<&str> = instructions.lines().filter_map(|l| l.strip_prefix("    ")).map(str::trim).collect();
    let shell = |command: &str| {
        let typed = std::process::Command::new("bash").args(["-c", command]).current_dir(&pack.path).output();
        let said = typed.expect("bash");
        (said.status.success(), String::from_utf8_lossy(&said.stdout).into_owned())
    };
    let mut all = String::new();
    for command in commands.iter().filter(|c| !c.starts_with("bagit.py") && !c.starts_with("keywitness")) {
        let (right, told) = shell(command);
        assert!(right && (told.is_empty() || !command.starts_with('!')), "{command}: {told}");
        all += &told;
    }
    assert!(all.contains(&pack.root), "{all}");
    for planted in ["data/certificate.pdf", "seal/certificate.pdf", "certificate.pdf", "data/certificates/", "seal/"] {
        let path = pack.path.join(planted);
        let folder = if planted.ends_with('/') { path.as_path() } else { path.parent().expect("a folder") };
        let made = !folder.exists();
        std::fs::create_dir_all(folder).expect("a folder");
        if !planted.ends_with('/') {
            std::fs::write(&path, "x").expect("a file");
        }
        let told: String = commands.iter().filter(|c| c.starts_with('!')).map(|c| shell(c).1).collect();
        assert!(told.contains(planted.trim_end_matches('/')), "{planted}: {told}");
        if !planted.ends_with('/') {
            std::fs::remove_file(&path).expect("a file");
        }
        if made {
            std::fs::remove_dir(folder).expect("a folder");
        }
    }
}
