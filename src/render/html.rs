//! The report as one HTML file: no script, no outside file, readable on paper and on a phone.
//!
//! Tera escapes by the *name* of a template: `report.html` is escaped, `report.html.tera` would not be. So the
//! names end in `.html`, no template uses `safe`, and the tests look for markup in texts that a user of AWS can
//! choose. The escaping is ours, because it must also show characters that act or hide.

use super::view::Report;
use super::{RenderError, Renderer};
use crate::model::sink::Sink;
use crate::model::visible::visible;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::error::Error as _;
use std::io::Write;
use tera::{Context, Tera};

/// The report as `data/report.html`.
pub const RENDERER: Renderer = Renderer { name: "HTML", render };

const TEMPLATES: &[(&str, &str)] = &[
    ("parts.html", include_str!("../../templates/parts.html")),
    ("period.html", include_str!("../../templates/period.html")),
    ("requirement.html", include_str!("../../templates/requirement.html")),
    ("report.html", include_str!("../../templates/report.html")),
    ("style.html", include_str!("../../templates/style.html")),
    ("report.css", include_str!("../../templates/report.css")),
];

fn render(report: &Report, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let mut out = sink.file("data/report.html")?;
    page(report, &mut out).map_err(|error| {
        let cause = error.source().map(|s| format!(": {s}")).unwrap_or_default();
        RenderError::Html(format!("{error}{cause}"))
    })?;
    out.finish()?;
    Ok(())
}

fn page(report: &Report, out: &mut dyn Write) -> Result<(), tera::Error> {
    let mut tera = Tera::default();
    tera.set_escape_fn(escape);
    tera.add_raw_templates(TEMPLATES.iter().copied())?;
    let mut context = Context::new();
    context.insert("r", report);
    // The one style sheet is allowed by its digest, and nothing else is: the page cannot load or run anything.
    // It is made for each report, because what stands on every printed page can stand nowhere else: digits, times and
    // words of ours, and no text from AWS.
    let style = tera.render("style.html", &context)?;
    context.insert("style_digest", &STANDARD.encode(Sha256::digest(style.as_bytes())));
    tera.render_to("report.html", &context, out)
}

fn escape(text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let shown = visible(text);
    let mut plain = 0;
    for (i, byte) in shown.bytes().enumerate() {
        let entity: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            b'\'' => b"&#39;",
            _ => continue,
        };
        out.write_all(&shown.as_bytes()[plain..i])?;
        out.write_all(entity)?;
        plain = i + 1;
    }
    out.write_all(&shown.as_bytes()[plain..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_template_switches_the_escaping_off() {
        for (name, text) in TEMPLATES.iter().filter(|(n, _)| *n != "report.css") {
            assert!(std::path::Path::new(name).extension().is_some_and(|e| e == "html"), "{name}");
            assert!(!text.contains("safe") && !text.contains("style=\"") && !text.contains("<script"), "{name}");
        }
    }

    #[test]
    fn markup_and_unseen_characters_are_escaped() {
        let mut out = Vec::new();
        escape("<b a='\"&\u{202e}", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "&lt;b a=&#39;&quot;&amp;⟨U+202E⟩");
    }
}
