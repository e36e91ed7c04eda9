//! A series of packs as one HTML page: the style of the reports, nothing loaded, nothing run.

use super::RenderError;
use super::html::templates::escape;
use super::view::series::series as view;
use crate::model::series::Series;
use crate::model::sha256::Sha256;
use crate::model::time::seconds;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::error::Error as _;
use tera::{Context, Tera};

const TEMPLATE: &str = include_str!("../../templates/compare.html");
const PARTS: &str = include_str!("../../templates/series-parts.html");
const STYLE: &str = include_str!("../../templates/report.css");

/// The page; `subject` is whose packs these are, where somebody has said so. The same series gives the same bytes.
///
/// # Errors
/// When a template is not understood: a fault of this program.
pub fn page(series: &Series, subject: &str) -> Result<String, RenderError> {
    let failed = |error: tera::Error| {
        let cause = error.source().map(|s| format!(": {s}")).unwrap_or_default();
        RenderError::Html(format!("{error}{cause}"))
    };
    let mut tera = Tera::default();
    tera.set_escape_fn(escape);
    let templates = [("compare.html", TEMPLATE), ("series-parts.html", PARTS), ("report.css", STYLE)];
    tera.add_raw_templates(templates).map_err(failed)?;
    let mut context = Context::new();
    context.insert("s", &view(series));
    context.insert("subject", subject);
    let times = (series.points.first(), series.points.last());
    let span = match times {
        (Some(first), Some(last)) => format!("{} to {}", seconds(first.started), seconds(last.started)),
        _ => String::new(),
    };
    context.insert("span", &span);
    context.insert("style_digest", &STANDARD.encode(Sha256::digest(STYLE.as_bytes())));
    tera.render("compare.html", &context).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::series::tests::point;
    use crate::model::series::{Change, Interval, Step, Turn, links, missed};

    fn series() -> Series {
        let mut points = vec![point(0, "a", None), point(91, "b", Some("a")), point(275, "c", Some("x"))];
        points[2].regions = vec!["us-east-1".to_owned()];
        points[1].measures[0].number = None;
        let interval = Interval::of(&points, Some(91));
        let change = Change {
            turn: Turn::New,
            check: "a-check".into(),
            subject: "<script>alert(1)</script>".into(),
            from: "pass".to_owned(),
            to: "fail".to_owned(),
            reason: "\u{202e}why".into(),
        };
        Series {
            names: vec!["one".to_owned(), "two".to_owned(), "three".to_owned()],
            links: links(&points),
            missed: missed(&points, interval),
            interval,
            steps: vec![
                Step { from: 0, to: 1, findings: vec![change], ..Step::default() },
                Step { from: 1, to: 2, ..Step::default() },
            ],
            rules: Vec::new(),
            remediation: None,
            points,
        }
    }

    #[test]
    fn the_page_says_all_of_the_series_and_lets_no_text_act() {
        let text = page(&series(), "Example <b>Ltd</b>").unwrap();
        assert!(!text.contains("<script") && !text.contains("<b>Ltd") && !text.contains('\u{202e}'));
        for told in [
            "&lt;script&gt;",
            "New failures: <b>1</b>",
            "Chain broken",
            "1 run was due in the 184 days after pack 2 and missed",
            "Region us-east-1 was not read before",
            "class=\"m-line\"",
            "class=\"m-open\"",
            "class=\"m-missed\"",
            "91 days between two runs, as declared",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert_eq!(text, page(&series(), "Example <b>Ltd</b>").unwrap(), "the same series gives the same bytes");
    }
}
