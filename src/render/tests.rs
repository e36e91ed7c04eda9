//! What must be true of the reports of every sample, whatever the format; the PDF's own tests stand beside it.

use super::samples::{self, Sample};
use super::{ALL, Report};
use crate::model::sha256::Sha256;
use crate::model::sink::Files;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};
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
            .filter(|(path, _)| !matches!(path.as_str(), "data/report.pdf" | "data/summary.pdf" | "data/tables.xlsx"))
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
    const ELEMENTS: &str = "html head meta title style body a header p b i h1 h2 h3 h4 h5 dl div dt dd nav ol ul li span main \
                            section table thead tbody tr th td code br small article blockquote svg g rect path circle text \
                            details summary footer label input select option script pre";
    const ATTRIBUTES: &str = "lang charset http-equiv content name href class id role scope title colspan aria-label \
                              aria-labelledby aria-hidden viewBox preserveAspectRatio width height open for type hidden \
                              autocomplete spellcheck tabindex value x y d cx cy r rowspan data-s data-r data-of data-box data-count";
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
        assert_eq!(page.to_lowercase().matches("<script").count(), 1, "{}", sample.name);
        assert!(!page.contains("<img"), "{}", sample.name);
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
        let script =
            elements(&tree).filter(|e| e.has_tag_name("script")).map(|e| e.text().unwrap()).collect::<Vec<_>>();
        // A browser hashes what stands between the tags; nothing that came from AWS may stand there.
        assert_eq!(script, [include_str!("../../templates/report.js")], "{}", sample.name);
        let script = STANDARD.encode(Sha256::digest(script[0].as_bytes()));
        let policy = elements(&tree).find(|e| e.attribute("http-equiv") == Some("Content-Security-Policy")).unwrap();
        let expected = format!(
            "default-src 'none'; style-src 'sha256-{digest}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
        );
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
            assert!(page.contains(&format!("<article class=\"requirement\" id=\"{}\" ", requirement.anchor)));
        }
    }
}

#[test]
fn every_finding_requirement_and_record_has_a_place_that_one_can_link_to() {
    for sample in samples::all() {
        let page = page(sample);
        let tree = tree(page);
        let ids: BTreeSet<&str> = elements(&tree).filter_map(|e| e.attribute("id")).collect();
        let report = &sample.report;
        let requirements = report.catalogs.iter().flat_map(|c| &c.requirements).map(|r| &r.anchor);
        let records: Vec<String> = report.evidence.rows().map(|e| e.ev).collect();
        let findings: Vec<String> = report.findings.rows().map(|f| f.id.to_string()).collect();
        for id in findings.iter().chain(requirements).chain(&records) {
            assert!(ids.contains(id.as_str()), "{}: {id}", sample.name);
        }
    }
}

#[test]
fn no_row_is_dropped() {
    for sample in samples::all() {
        let page = page(sample);
        let tree = tree(page);
        let rows = |prefix: &str| {
            elements(&tree)
                .filter(|e| e.has_tag_name("tr") && e.attribute("id").is_some_and(|i| i.starts_with(prefix)))
                .count()
        };
        assert_eq!(rows("s-"), sample.report.streams.len(), "{}", sample.name);
        assert_eq!(rows("k-"), sample.report.keys.len(), "{}", sample.name);
    }
}

/// Control catalogs, section 8.2: where each of the twenty pages is.
#[test]
fn every_page_that_an_auditor_asks_for_is_in_the_report() {
    const PAGES: [&str; 20] = [
        "top",
        "nature",
        "population",
        "reconciliation",
        "method",
        "evidence",
        "custody",
        "streams",
        "sampling",
        "findings",
        "requirements",
        "exceptions",
        "events",
        "gaps",
        "series",
        "responsibility",
        "sign-off",
        "inventory",
        "retention",
        "effects",
    ];
    for sample in samples::all() {
        let page = page(sample);
        let tree = tree(page);
        let ids: BTreeSet<&str> = elements(&tree).filter_map(|e| e.attribute("id")).collect();
        let files = &FILES[sample.name.as_str()];
        let pages: serde_json::Value = serde_json::from_slice(&files[super::pages::PATH]).unwrap();
        for id in PAGES {
            assert!(ids.contains(id), "{}: {id}", sample.name);
            let page = &pages[id];
            assert!(
                page.is_array() || page.as_object().is_some_and(|p| !p.is_empty()),
                "{}: {id} as data",
                sample.name
            );
            for file in page["files"].as_array().into_iter().flatten() {
                // What is no report is written by others: findings, assessment, lineage, the list of evidence.
                let table = file.as_str().unwrap();
                assert!(!table.starts_with("data/tables/") || files.contains_key(table), "{}: {table}", sample.name);
            }
        }
        assert_eq!(pages.as_object().unwrap().len(), PAGES.len());
    }
}

/// The files that are text; what a PDF says is tested beside its renderer.
fn texts(files: &Files) -> impl Iterator<Item = (&str, &str)> {
    files.iter().filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)))
}

/// Percentages of a text that lack their numerator, denominator or unknowns.
fn bare_percentages(text: &str) -> Vec<&str> {
    let whole = regex_lite::Regex::new(
        r"[0-9]+ of [0-9]+, [0-9]+ unknown \([0-9]{1,3}\.[0-9] %\)|80 % of AWS's request quotas",
    )
    .unwrap();
    let any = regex_lite::Regex::new(r"[0-9]\s?%$").unwrap();
    // Only what stands around a sign is looked at: whole reports are long.
    let around = |at: usize| &text[text.floor_char_boundary(at.saturating_sub(80))..text.ceil_char_boundary(at + 40)];
    let percentages = text
        .match_indices('%')
        .filter(|(at, _)| any.is_match(&text[text.floor_char_boundary(at.saturating_sub(4))..=*at]));
    let told = |at: usize| {
        let offset = at - text.floor_char_boundary(at.saturating_sub(80));
        whole.find_iter(around(at)).any(|m| m.range().contains(&offset))
    };
    percentages
        .filter(|(at, _)| !told(*at))
        .map(|(at, _)| &text[text.floor_char_boundary(at.saturating_sub(40))..=at])
        .collect()
}

#[test]
fn a_percentage_always_has_its_numerator_its_denominator_and_its_unknowns() {
    assert_eq!(bare_percentages("3 of 4, 1 unknown (75.0 %)"), Vec::<&str>::new());
    assert_eq!(bare_percentages("75 %"), ["75 %"]);
    let mut seen = 0;
    for sample in samples::all() {
        for (path, text) in texts(&FILES[sample.name.as_str()]) {
            // The style sheet has widths.
            let text = text.split_once("</style>").map_or(text, |(_, after)| after);
            assert_eq!(bare_percentages(text), Vec::<&str>::new(), "{} {path}", sample.name);
            seen += text.matches(" %)").count();
        }
    }
    assert!(seen > 0, "there is a percentage to look at");
}

#[test]
fn there_is_no_percentage_of_an_incomplete_population() {
    let report = samples::without("halcyon-parcels", |record| {
        record.operation == "DescribeDeliveryStream" && record.parameter("DeliveryStreamName") == Some("fraud-signals")
    });
    assert!(!report.population_complete);
    let files = render(&report);
    assert!(texts(&files).count() > 5);
    for (path, text) in texts(&files) {
        assert!(!text.contains(" %)"), "{path}");
    }
}
