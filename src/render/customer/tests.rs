//! What must be true of every customer edition on paper and on the screen.

use super::super::pdf;
use super::{Page, made, pdf as paper, render};
use crate::model::customer::{Band, Because, Card, Edition, SCHEMA, Shown};
use crate::model::sink::Files;

fn edition(statements: usize, open: bool) -> Edition {
    let shown = (0..statements).map(|n| Shown {
        check: format!("check-{n}"),
        title: "Management events of the trail are recorded, and include those of the key management service"
            .to_owned(),
        subjects: "delivery streams".to_owned(),
        shown: Band { from: 38, to: 39 },
        not_shown: Band { from: 1, to: 2 },
        of: Band::of(40),
        records: "EV-000001 to EV-000040".to_owned(),
        not_shown_because: open.then(|| Because { fail: Band::of(1), excepted: Band::of(0), unknown: Band::of(0) }),
    });
    let card = Card {
        questionnaire: "CAIQ 4".to_owned(),
        question: "CEK-03.1".to_owned(),
        topic: "enc_at_rest".to_owned(),
        coverage: "partial".to_owned(),
        statement: "At 2026-10-02T06:00Z: <b>\u{202e}".to_owned(),
        as_of: "2026-10-02T06:00Z".to_owned(),
        scope: "streams".to_owned(),
        not_covered: "other things".to_owned(),
        evidence: String::new(),
        help: "=1+1".to_owned(),
        owner_approval: String::new(),
        expires: "2026-12-31".to_owned(),
    };
    Edition {
        schema: SCHEMA.to_owned(),
        edition: "abcdefgh".to_owned(),
        customer: "Example Freight Ltd <b>".to_owned(),
        entity: Some("Halcyon Parcels".to_owned()),
        derived_from: format!("sha256:{}", "0".repeat(64)),
        collected_from: "2026-10-02T05:58Z".to_owned(),
        as_of: "2026-10-02T06:00Z".to_owned(),
        expires: "2026-12-31".to_owned(),
        sample: true,
        not_aws: false,
        regions: vec!["eu-west-1".to_owned(), "eu-central-1".to_owned()],
        streams_total: Band::of(40),
        keys_total: Band::of(2),
        not_known: Band::of(12),
        weaknesses_disclosed: open,
        shown: shown.collect(),
        streams: Vec::new(),
        keys: Vec::new(),
        requirements: Vec::new(),
        cards: vec![card],
        withheld: vec!["Names.".to_owned(), "Small counts.".to_owned()],
    }
}

#[test]
fn the_pdf_has_two_pages_at_most() {
    for (statements, open) in [(0, false), (16, false), (24, false), (60, false), (60, true)] {
        let edition = edition(statements, open);
        let page = Page::of(&edition);
        let document = paper::document(&page, made(&edition));
        let mut bytes = Vec::new();
        pdf::write(&document, &mut bytes).unwrap();
        let file = lopdf::Document::load_mem(&bytes).unwrap();
        assert!(file.get_pages().len() <= 2, "{statements} statements: {} pages", file.get_pages().len());
    }
}

#[test]
fn the_same_edition_gives_the_same_bytes_and_escapes_what_people_wrote() {
    let mut files = Files::new();
    render(&edition(16, true), &mut files).unwrap();
    let mut again = Files::new();
    render(&edition(16, true), &mut again).unwrap();
    assert!(files == again);
    let page = String::from_utf8(files.remove("data/customer.html").unwrap()).unwrap();
    assert!(page.contains("Example Freight Ltd &lt;b&gt;") && page.contains("&lt;b&gt;⟨U+202E⟩"), "escaped");
    assert!(!page.contains("<b>") && !page.contains("<script") && !page.contains("http:") && !page.contains("src="));
    let table = String::from_utf8(files.remove("data/tables/answers.csv").unwrap()).unwrap();
    assert!(table.contains("'=1+1") && table.lines().next().unwrap().contains("owner_approval,expires,neutralised"));
}

/// A draft states; it does not answer.
#[test]
fn no_draft_says_yes_or_no_and_its_approval_is_empty() {
    let page = Page::of(&edition(3, false));
    for card in &page.drafts {
        let first = card.statement.split(|c: char| !c.is_alphabetic()).next().unwrap().to_lowercase();
        assert!(!["yes", "no", "compliant"].contains(&first.as_str()));
        assert!(card.owner_approval.is_empty());
    }
}
