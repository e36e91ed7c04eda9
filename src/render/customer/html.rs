//! The customer edition as one HTML file: nothing is loaded, nothing runs.

use super::super::RenderError;
use super::super::html::templates::escape;
use super::Page;
use crate::model::sha256::Sha256;
use crate::model::sink::Sink;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::error::Error as _;
use tera::{Context, Tera};

pub const TEMPLATE: &str = include_str!("../../../templates/customer.html");
pub const STYLE: &str = include_str!("../../../templates/customer.css");

pub fn write(page: &Page, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let failed = |error: tera::Error| {
        let cause = error.source().map(|s| format!(": {s}")).unwrap_or_default();
        RenderError::Html(format!("{error}{cause}"))
    };
    let mut tera = Tera::default();
    tera.set_escape_fn(escape);
    tera.add_raw_templates([("customer.html", TEMPLATE), ("customer.css", STYLE)]).map_err(failed)?;
    let mut context = Context::new();
    context.insert("p", page);
    context.insert("style_digest", &STANDARD.encode(Sha256::digest(STYLE.as_bytes())));
    let mut out = sink.file("data/customer.html")?;
    tera.render_to("customer.html", &context, &mut out).map_err(failed)?;
    out.finish()?;
    Ok(())
}
