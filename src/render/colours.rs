//! What the colours of the reports must hold, whoever looks and whatever prints.
//!
//! Areas of charts lie side by side with nothing between them but their colour, so any two differ in lightness, for a grey
//! printer, and differ for readers who do not see red, green or blue as most do. Colours of words need not: each status is
//! told by its word first and by a shape of its own.
//!
//! The simulations are the matrices of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
//! Color Vision Deficiency", IEEE TVCG 15(6), 2009, for a severity of 1.0, on linear sRGB. Lightness and distance are those
//! of CIE L*a*b* (1976, D65): a distance of about 2.3 can just be told.

use super::pdf::colours::{AREAS, signs};
use std::collections::{BTreeMap, BTreeSet};

const STYLE: &str = include_str!("../../templates/report.css");

type Rgb = [f64; 3];
type Matrix = [[f64; 3]; 3];

const SEEN_BY: [(&str, Matrix); 4] = [
    ("most", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// How far apart two areas are in lightness, and how far as colours, at least.
const LIGHTER: f64 = 6.0;
const APART: f64 = 12.0;

fn linear(hex: &str) -> Rgb {
    let hex = hex.trim_start_matches('#');
    let digits: String = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    [0, 2, 4].map(|at| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).expect("two hex digits")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn seen(color: Rgb, by: &Matrix) -> Rgb {
    by.map(|row| row.iter().zip(color).map(|(part, value)| part * value).sum::<f64>().clamp(0.0, 1.0))
}

/// L*, a*, b*.
fn lab(color: Rgb) -> [f64; 3] {
    const TO_XYZ: Matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
    const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];
    let root = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    let part = |n: usize| root(TO_XYZ[n].iter().zip(color).map(|(part, value)| part * value).sum::<f64>() / WHITE[n]);
    let (x, y, z) = (part(0), part(1), part(2));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// The variables of the style sheet, by theme: light, dark, print.
fn themes() -> [(&'static str, BTreeMap<&'static str, &'static str>); 3] {
    let mut roots = STYLE.match_indices(":root {").map(|(at, _)| {
        let block = &STYLE[at + 7..];
        let block = &block[..block.find('}').expect("an end")];
        let pairs = block.split(';').filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(": "));
        pairs.collect::<BTreeMap<_, _>>()
    });
    ["light", "dark", "print"].map(|name| (name, roots.next().expect(name)))
}

/// Any two of these areas can be told apart.
fn can_be_told(name: &str, areas: &[(String, Rgb)]) {
    for (at, (one, a)) in areas.iter().enumerate() {
        for (other, b) in &areas[..at] {
            let lighter = (lab(*a)[0] - lab(*b)[0]).abs();
            assert!(lighter >= LIGHTER, "{name}: {one} and {other} are the same grey: {lighter:.1}");
            for (who, matrix) in &SEEN_BY {
                let apart = distance(lab(seen(*a, matrix)), lab(seen(*b, matrix)));
                assert!(apart >= APART, "{name}: {one} and {other} are the same by {who}: {apart:.1}");
            }
        }
    }
}

#[test]
fn areas_of_charts_are_told_apart_in_grey_and_by_every_reader() {
    for (name, variables) in themes() {
        let areas: Vec<(String, Rgb)> = variables
            .iter()
            .filter(|(variable, _)| variable.starts_with("f-"))
            .map(|(variable, value)| ((*variable).to_owned(), linear(value)))
            .collect();
        assert_eq!(areas.len(), 6, "{name}");
        can_be_told(name, &areas);
    }
    let areas = AREAS.map(|(name, [r, g, b])| (name.to_owned(), linear(&format!("{r:02x}{g:02x}{b:02x}"))));
    can_be_told("pdf", &areas);
}

/// What fills an area of a chart is one of the colours that are judged above.
#[test]
fn no_chart_has_a_colour_of_its_own() {
    for class in ["t-", "e-", "p-"] {
        let class = format!(".{class}");
        let rules = STYLE.match_indices(&class).map(|(at, _)| &STYLE[at..]);
        let filled: Vec<&str> = rules
            .filter_map(|rule| rule.split_once('{')?.1.split_once('}'))
            .filter_map(|(body, _)| Some(body.split_once("fill: ")?.1.split([';', ' ']).next().unwrap_or_default()))
            .collect();
        assert!(filled.len() >= 3, "{class}: {filled:?}");
        assert!(filled.iter().all(|fill| fill.starts_with("var(--f-")), "{class}: {filled:?}");
    }
}

/// A status has a shape of its own before its word; the pages print the word in every place (the views' `label`).
#[test]
fn each_status_has_a_shape_beside_its_word() {
    let shape = |class: &str| {
        let rule = format!(".{class}::before");
        let at = STYLE.find(&rule).unwrap_or_else(|| panic!("{class} has no shape"));
        let body = STYLE[at..].split_once("content: \"").expect("a shape").1;
        body.split_once('"').expect("an end").0
    };
    let statuses: BTreeSet<&str> = ["s-pass", "s-fail", "s-unknown", "s-not_applicable"].map(shape).into();
    assert_eq!(statuses.len(), 4, "{statuses:?}");
    let requirements = ["q-not_satisfied", "q-evidence_missing", "q-partly", "q-not_assessed"].map(shape);
    assert_eq!(BTreeSet::from(requirements).len(), 4, "{requirements:?}");
    let signs: BTreeSet<String> = signs().into_iter().collect();
    assert_eq!(signs.len(), 6, "two tones of the PDF have one shape");
}
