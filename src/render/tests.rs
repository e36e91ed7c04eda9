//! What must be true of the reports of every sample, whatever the format; the PDF's own tests stand beside it.

use super::samples::{self, Sample};
use super::{ALL, Report};
use crate::model::sink::Files;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The files of a report, in every format.
fn render(report: &Report) -> Files {
    let mut files = Files::new();
    for renderer in ALL {
        (renderer.render)(report, &mut files).unwrap();
    }
    files
}

/// The files of all samples, made once.
static FILES: LazyLock<BTreeMap<&str, Files>> =
    LazyLock::new(|| samples::all().iter().map(|s| (s.name.as_str(), render(&s.report))).collect());

fn page(sample: &Sample) -> &'static str {
    std::str::from_utf8(&FILES[sample.name.as_str()]["data/report.html"]).unwrap()
}

/// The page without its first line: all after it is XML too, so a parser can tell what is markup and what is text.
fn tree(page: &str) -> Document<'_> {
    Document::parse(page.strip_prefix("<!doctype html>\n").unwrap()).unwrap()
}

fn elements<'a>(tree: &'a Document<'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    tree.descendants().filter(Node::is_element)
}

#[test]
fn the_same_report_gives_the_same_bytes_in_every_format() {
    for sample in samples::all() {
        let first = &FILES[sample.name.as_str()];
        assert!(first.contains_key("data/report.html") && first.contains_key("data/report.pdf"));
        let again = render(&sample.report);
        assert_eq!(first.len(), again.len());
        for (path, bytes) in again {
            // Not `assert_eq`: nobody reads two reports in numbers.
            assert!(first.get(&path) == Some(&bytes), "{} {path}", sample.name);
        }
    }
}

#[test]
fn no_report_says_what_no_tool_may_say() {
    for sample in samples::all() {
        for (path, bytes) in FILES[sample.name.as_str()]
            .iter()
            .filter(|(path, _)| !matches!(path.as_str(), "data/report.pdf" | "data/summary.pdf"))
        {
            assert_no_claim(std::str::from_utf8(bytes).unwrap(), &format!("{} {path}", sample.name));
        }
    }
}

/// Words that promise what evidence cannot, also where the spaces between words are lost.
pub(super) fn assert_no_claim(text: &str, place: &str) {
    let text = text.to_lowercase();
    for claim in ["compliant", "certified", "pci approved", "passes hipaa", "pciapproved", "passeshipaa"] {
        if let Some(at) = text.find(claim) {
            panic!("{place}: …{}…", text[at.saturating_sub(80)..].chars().take(160).collect::<String>());
        }
    }
}

#[test]
fn text_from_aws_is_text_and_never_markup() {
    const ELEMENTS: &str = "html head meta title style body a header p b h1 h2 h3 h4 h5 dl div dt dd nav ol ul li span main \
                            section table thead tbody tr th td code br small article blockquote svg rect details summary footer";
    const ATTRIBUTES: &str = "lang charset http-equiv content name href class id role scope title colspan aria-label \
                              aria-hidden viewBox preserveAspectRatio width height open";
    let (known, allowed): (BTreeSet<_>, BTreeSet<_>) =
        (ELEMENTS.split_whitespace().collect(), ATTRIBUTES.split_whitespace().collect());
    for sample in samples::all() {
        let page = page(sample);
        for element in elements(&tree(page)) {
            assert!(known.contains(element.tag_name().name()), "{}: {element:?}", sample.name);
            for attribute in element.attributes() {
                assert!(allowed.contains(attribute.name()), "{}: {attribute:?}", sample.name);
            }
        }
        assert!(!page.to_lowercase().contains("<script") && !page.contains("<img"), "{}", sample.name);
    }
}

#[test]
fn hostile_names_are_on_the_page_as_they_are() {
    let sample = samples::all().iter().find(|s| s.name == "hostile-names").unwrap();
    let page = page(sample);
    let tree = tree(page);
    let texts: String = tree.descendants().filter_map(|node| node.text()).collect();
    for text in ["<script>alert(", "<img src=x onerror=alert(1)>", "</td></tr></table></body></html>", "{{ 7*7 }}"] {
        assert!(texts.contains(text), "{text}");
    }
}

#[test]
fn the_page_loads_nothing_and_its_style_is_the_one_that_the_policy_allows() {
    for sample in samples::all() {
        let page = page(sample);
        let tree = tree(page);
        let style = elements(&tree).find(|e| e.has_tag_name("style")).unwrap();
        let digest = STANDARD.encode(Sha256::digest(style.text().unwrap().as_bytes()));
        let policy = elements(&tree).find(|e| e.attribute("http-equiv") == Some("Content-Security-Policy")).unwrap();
        let expected = format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'");
        assert_eq!(policy.attribute("content"), Some(expected.as_str()));
        assert!(!style.text().unwrap().contains("url(") && !style.text().unwrap().contains("@import"));
        for element in elements(&tree) {
            assert!(element.attribute("href").is_none_or(|to| to.starts_with('#')), "{element:?}");
        }
    }
}

#[test]
fn every_link_leads_to_one_place() {
    for sample in samples::all() {
        let page = page(sample);
        let tree = tree(page);
        let mut ids = BTreeSet::new();
        for id in elements(&tree).filter_map(|e| e.attribute("id")) {
            assert!(ids.insert(id), "{}: {id} twice", sample.name);
        }
        for to in elements(&tree).filter_map(|e| e.attribute("href")) {
            assert!(ids.contains(&to[1..]), "{}: {to}", sample.name);
        }
    }
}

#[test]
fn the_page_has_the_evidence_root_and_the_collection_time_and_gaps_before_totals() {
    for sample in samples::all() {
        let page = page(sample);
        let foot = page.rsplit_once("<footer").unwrap().1;
        let printed = page.split_once("@bottom-left").unwrap().1.split_once('}').unwrap().0;
        for place in [foot, printed] {
            assert!(place.contains(&sample.report.evidence_root) && place.contains(&sample.report.collected));
        }
        assert!(page.find("id=\"gaps\"").unwrap() < page.find("id=\"results\"").unwrap());
        for gap in &sample.report.gaps {
            assert!(page.contains(&gap.call), "{}", gap.call);
        }
        for requirement in sample.report.catalogs.iter().flat_map(|c| &c.requirements) {
            assert!(page.contains(&format!("<article class=\"requirement\" id=\"{}\">", requirement.anchor)));
        }
    }
}
