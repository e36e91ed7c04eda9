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
