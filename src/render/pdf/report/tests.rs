//! The documents of all samples: what stands on their pages.

use super::super::display::{Item, Page};
use super::super::fonts::{self, FaceId, Fonts};
use super::super::{layout, write};
use super::document;
use crate::render::samples::{self, Sample};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The pages of all samples, made once.
static PAGES: LazyLock<BTreeMap<&str, Vec<Page>>> = LazyLock::new(|| {
    let pages = |report| layout::lay_out(&document(report), Fonts::embedded().unwrap()).unwrap().pages;
    samples::all().iter().map(|s| (s.name.as_str(), pages(&s.report))).collect()
});

fn pages(sample: &Sample) -> &'static [Page] {
    &PAGES[sample.name.as_str()]
}

/// All that a page shows, without spaces: a line may end where a space was.
fn words(page: &Page) -> String {
    let glyphs = page.items.iter().flat_map(|item| if let Item::Text(text) = item { &text.glyphs[..] } else { &[] });
    glyphs.map(|g| g.ch).filter(|ch| !ch.is_whitespace()).collect()
}

/// A text as [`words`] shows it.
fn squeezed(text: &str) -> String {
    let fonts = Fonts::embedded().unwrap();
    let shown = |ch| fonts.glyph(FaceId::Regular, ch).map_or_else(|| fonts::mark(ch), |_| String::from(ch));
    text.chars().filter(|ch| !ch.is_whitespace()).map(shown).collect()
}

#[test]
fn every_page_says_on_which_evidence_it_rests_and_that_a_sample_is_one() {
    for sample in samples::all() {
        let pages = pages(sample);
        assert!(pages.len() > 50, "{}: {}", sample.name, pages.len());
        for (number, page) in (1..).zip(pages) {
            let words = words(page);
            assert!(words.contains(&squeezed(&format!("Evidence root {}", sample.report.evidence_root))), "{words}");
            assert!(words.contains(&squeezed(&format!("Collected {}", sample.report.collected))), "{words}");
            assert!(words.contains(&format!("Page{number}of{}", pages.len())));
            assert!(words.contains(if number == 1 { "Sample" } else { "SAMPLE" }), "{words}");
        }
    }
}

#[test]
fn gaps_come_before_totals_and_nothing_is_left_out() {
    for sample in samples::all() {
        let all: String = pages(sample).iter().map(words).collect();
        let (gaps, totals) = (all.rfind("Whatisnotknown"), all.rfind("Resultsbycheck"));
        assert!(gaps.is_some() && gaps < totals);
        let report = &sample.report;
        let gaps = report.gaps.iter().flat_map(|g| [&g.call, &g.detail, &g.remedy]);
        let requirements = report.catalogs.iter().flat_map(|c| &c.requirements);
        let requirements = requirements.flat_map(|r| [&r.id, &r.title, &r.paraphrase]);
        let streams = report.streams.iter().map(|s| &s.name);
        let keys = report.keys.iter().map(|k| &k.name);
        for text in gaps.chain(requirements).chain(streams).chain(keys) {
            assert!(all.contains(&squeezed(text)), "{}: {text}", sample.name);
        }
    }
}

#[test]
fn the_gaps_of_the_sample_account_are_on_paper() {
    assert!(!samples::named("halcyon-parcels").gaps.is_empty());
}

#[test]
fn hostile_names_make_a_file_that_a_reader_of_pdf_can_open() {
    let sample = samples::all().iter().find(|s| s.name == "hostile-names").unwrap();
    let bytes = write(&document(&sample.report)).unwrap();
    let file = lopdf::Document::load_mem(&bytes).unwrap();
    assert_eq!(file.get_pages().len(), pages(sample).len());
    assert!(!bytes.windows(11).any(|w| w == b"/JavaScript"));
}

#[test]
fn no_page_says_what_no_tool_may_say() {
    for sample in samples::all() {
        for page in pages(sample) {
            crate::render::tests::assert_no_claim(&words(page), &sample.name);
        }
    }
}

#[test]
fn the_head_of_a_long_title_is_short() {
    let mut report = samples::named("empty-account").clone();
    report.title = "A very long name ".repeat(60);
    let document = document(&report);
    assert!(document.running_head.chars().count() < 160 && document.running_head.contains('…'));
    assert!(write(&document).is_ok());
}
