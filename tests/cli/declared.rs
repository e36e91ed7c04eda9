//! What the entity declares, seen from outside: exceptions, documents, catalogs, the starting file, the documentation.

use crate::program::{Outcome, Pack, Program, keywitness};
use serde_json::Value;
use std::path::{Path, PathBuf};

const ENCRYPTED: &str = "stream-sse-enabled";
const SCOPE: &str = "[[scope.streams]]\nname = \"*\"\ndata_classes = [\"pan\"]\n";
const EXCEPTION: &str = "[[exceptions]]\nid = \"EX-1\"\ncheck = \"stream-sse-enabled\"\nstream = \"*\"\nreason = \"r\"\ncompensating_measure = \"c\"\nowner = \"o\"\napprover = \"a\"\n";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A report of the sample account, read on 2026-10-02.
fn report() -> Program {
    let sample = root("samples/halcyon-parcels");
    keywitness(["report", sample.to_str().expect("UTF-8"), "--json"])
}

/// The same by the smallest catalog: the reports of the others are more than half of what a report costs.
fn small() -> Program {
    report().args(["--catalog", "house-baseline"])
}

fn assessment(pack: &Pack) -> Value {
    serde_json::from_str(&pack.text("data/assessment.json")).expect("JSON")
}

/// The status of a requirement.
fn status(pack: &Pack, catalog: &str, id: &str) -> String {
    let assessment = assessment(pack);
    let of = |list: &Value, key: &str| list.as_array().expect("a list").iter().find(|x| x["id"] == key).cloned();
    let catalog = of(&assessment["catalogs"], catalog).expect("the catalog");
    let found = catalog["outcomes"].as_array().expect("a list").iter().find(|o| o["requirement"]["id"] == id);
    found.expect("the requirement")["status"].as_str().expect("a word").to_owned()
}

fn failing(pack: &Pack) -> Vec<Option<keywitness::model::Text>> {
    let findings = pack.findings().into_iter();
    findings
        .filter(|f| f.check == ENCRYPTED && f.status == keywitness::model::Status::Fail)
        .map(|f| f.exception)
        .collect()
}

#[track_caller]
fn replays(pack: &Pack) {
    pack.verify(["--expect-root", &pack.root]).expect(0);
}

#[test]
fn an_exception_stands_beside_a_failure_and_lifts_a_requirement_to_partly_at_best() {
    let without = report().configured(SCOPE).done().expect(3).pack();
    assert_eq!(status(&without, "house-baseline", "HB-1"), "not_satisfied");
    let text = format!("{SCOPE}{EXCEPTION}approved = \"2026-01-01\"\nexpires = \"2026-10-02\"\n");
    let with = report().configured(&text).args(["--fail-on", ENCRYPTED]).done().expect(1).pack();
    assert_eq!(failing(&without), [None, None]);
    assert_eq!(failing(&with), [Some("EX-1".into()), Some("EX-1".into())], "they still fail");
    assert_eq!(status(&without, "pci-dss-4.0.1", "3.5.1"), status(&with, "pci-dss-4.0.1", "3.5.1"));
    let register = with.text("data/tables/exceptions.csv");
    assert!(register.contains("EX-1,valid,") && register.contains("2026-10-02"), "{register}");
    let page = with.text("data/report.html");
    assert!(page.contains("under exception EX-1") && page.contains("counts as none"), "{}", page.len());
    replays(&with);
}

#[test]
fn an_exception_that_ended_the_day_before_counts_as_none_and_says_so() {
    let text = format!("{SCOPE}{EXCEPTION}approved = \"2026-01-01\"\nexpires = \"2026-10-01\"\n");
    let pack = small().configured(&text).done().expect(3).pack();
    assert_eq!(failing(&pack), [None, None]);
    let register = pack.text("data/tables/exceptions.csv");
    assert!(register.contains("EX-1,expired,") && register.contains("it ended on 2026-10-01"), "{register}");
    assert!(pack.text("data/report.html").contains("Exception without effect"));
    replays(&pack);
}

#[test]
fn an_exception_that_is_not_filled_in_or_approved_later_counts_as_none() {
    for (rest, state) in [
        ("approved = \"2026-10-03\"\nexpires = \"2027-01-01\"\n", "not_yet_approved"),
        ("approved = \"2026-01-01\"\n", "incomplete"),
        ("approved = \"2026-02-01\"\nexpires = \"2026-01-01\"\n", "incomplete"),
    ] {
        let pack = small().configured(&format!("{SCOPE}{EXCEPTION}{rest}")).done().expect(3).pack();
        assert_eq!(failing(&pack), [None, None], "{state}");
        assert_eq!(assessment(&pack)["exceptions"][0]["state"], state);
    }
}

#[test]
fn a_document_enters_the_pack_under_a_name_of_ours_and_is_compared() {
    let program = report();
    let name = "Key <policy> 2026.PDF";
    program.file(name, "the policy");
    let text = format!(
        "{SCOPE}[[manual_evidence]]\ncatalog = \"pci-dss-4.0.1\"\nrequirement = \"3.7.4\"\nitem = \"M1\"\nfile = \"{name}\"\n"
    );
    let pack = program.configured(&text).done().expect(3).pack();
    let files = pack.files();
    let attached: Vec<_> = files.iter().filter(|f| f.starts_with("data/attachments/")).collect();
    // By sha256sum.
    assert_eq!(attached, ["data/attachments/d5d2b0086caa4ae7-1.pdf"], "{files:?}");
    assert!(pack.text("data/tables/attachments.csv").contains(name));
    assert!(pack.text("data/report.html").contains("Key &lt;policy&gt; 2026.PDF"));
    replays(&pack);
}

#[test]
fn a_document_that_is_not_there_stops_the_run_before_it_begins() {
    let text = "[[decision_records]]\ncatalog = \"gdpr\"\nrequirement = \"32.1.a\"\nfile = \"gone.pdf\"\n";
    let outcome = report().configured(text).done().expect(2);
    assert!(outcome.stderr.contains("cannot attach") && outcome.stderr.contains("gone.pdf"), "{}", outcome.stderr);
}

#[test]
fn catalogs_are_those_that_were_asked_for_and_an_edited_one_is_told_as_such() {
    let catalogs = |pack: &Pack| -> Vec<(String, bool)> {
        let assessment = assessment(pack);
        let all = assessment["catalogs"].as_array().expect("a list").iter();
        all.map(|c| (c["id"].as_str().expect("an id").to_owned(), c["published"] == true)).collect()
    };
    let named = |names: &[&str]| names.iter().map(|n| ((*n).to_owned(), true)).collect::<Vec<_>>();
    let usual = report().done().expect(3).pack();
    assert_eq!(catalogs(&usual), named(&["house-baseline", "pci-dss-4.0.1", "hipaa-security-rule", "gdpr"]));
    let chosen = report().args(["--catalog", "soc2-tsc-2017-rev2022,gdpr"]).done().expect(3).pack();
    assert_eq!(catalogs(&chosen), named(&["gdpr", "soc2-tsc-2017-rev2022"]));
    replays(&chosen);

    let program = report();
    let ours = std::fs::read_to_string(root("frameworks/gdpr.yaml")).expect("the catalog");
    let ours = program.file("gdpr.yaml", &format!("{ours}# ours\n"));
    let edited = program.args(["--framework", &ours, "--catalog", "none"]).done().expect(3).pack();
    assert_eq!(catalogs(&edited), [("gdpr".to_owned(), false)]);
    assert!(edited.text("data/report.html").contains("not published with this program"));
    replays(&edited);
    let unknown = report().args(["--catalog", "pci-dss-4.0"]).done().expect(2);
    assert!(unknown.stderr.contains("did you mean pci-dss-4.0.1?"), "{}", unknown.stderr);
}

fn init(output: &Path) -> Outcome {
    let sample = root("samples/halcyon-parcels");
    let (sample, output) = (sample.to_str().expect("UTF-8"), output.to_str().expect("UTF-8"));
    keywitness(["init", "--from", sample, "--output", output]).done()
}

#[test]
fn the_starting_file_changes_nothing_and_is_never_written_over_another() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    init(folder.path()).expect(3);
    let file = folder.path().join("keywitness.toml");
    let written = std::fs::read_to_string(&file).expect("the file");
    let with = small().configured(&written).done().expect(3).pack();
    assert_eq!(with.root, small().done().expect(3).pack().root, "the same pack, to the byte");

    std::fs::write(&file, "entity = \"mine\"\n").expect("our own file");
    let again = init(folder.path()).expect(2);
    assert!(again.stderr.contains("left as it is"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "entity = \"mine\"\n");
}

/// The fenced blocks of that language on a page of the documentation.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root(page)).expect("the page");
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block.to_owned()).collect()
}

#[test]
fn the_declarations_in_the_documentation_are_understood() {
    let blocks = blocks("docs/declarations.md", "toml");
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let program = report();
        let folder = program.file("keys.pdf", "a policy");
        let block = block.replace("policies/keys.pdf", &folder);
        program.configured(&block).done().expect(3);
    }
}

#[test]
fn the_catalog_in_the_documentation_has_no_mistake() {
    let blocks = blocks("docs/catalogs.md", "yaml");
    let [block] = blocks.as_slice() else { panic!("one catalog") };
    let program = keywitness(["frameworks", "check"]);
    let file = program.file("our-rules.yaml", block);
    let outcome = program.args([file.as_str()]).done().expect(0);
    assert!(outcome.stdout.contains("1 requirement, no mistakes"), "{}", outcome.stdout);
    let wrong = keywitness(["frameworks", "check"]);
    let file = wrong
        .file("our-rules.yaml", &block.replace("stream-customer-managed-key, scope", "stream-customer-key, scope"));
    let outcome = wrong.args([file.as_str()]).done().expect(1);
    assert!(
        outcome.stdout.contains("our-rules.yaml:24:17") || outcome.stdout.contains("no check"),
        "{}",
        outcome.stdout
    );
}

/// The register has every field that an assessor asks for, and where more of it is kept is text and nothing to click.
#[test]
fn the_register_has_every_field_and_a_link_is_text() {
    let with = |link: &str| {
        let dates = "approved = \"2026-10-01\"\nexpires = \"2026-12-31\"\n";
        let outcome = small().configured(&format!("{EXCEPTION}{dates}link = {link:?}\n")).done();
        let text = outcome.pack().text("data/tables/exceptions.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row: std::collections::BTreeMap<String, String> =
            reader.deserialize().next().expect("a row").expect("a row");
        (row, outcome.pack())
    };
    let (row, pack) = with("https://register.example.com/?id=<b>EX-1</b>&x=1");
    for field in
        ["id", "state", "scope", "reason", "compensating_measure", "owner", "approver", "approved", "expires", "link"]
    {
        assert!(!row[field].is_empty(), "{field}: {row:?}");
    }
    assert_eq!(
        (row["state"].as_str(), row["link"].as_str()),
        ("valid", "https://register.example.com/?id=<b>EX-1</b>&x=1")
    );
    let page = pack.text("data/report.html");
    assert!(page.contains("https://register.example.com/?id=&lt;b&gt;EX-1"), "it is shown");
    assert!(!page.contains("href=\"https://register") && !page.contains("<b>EX-1</b>"), "and is text");
    let (row, _) = with("javascript:alert(1)");
    assert!(row["state"] == "incomplete" && row["because"].contains("link is no http or https address"), "{row:?}");
}
