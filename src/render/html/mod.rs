//! The report as one HTML file: no outside file, readable without script, on paper and on a phone.
//!
//! It is printed section by section and its tables page by page, so a report of many thousand rows needs no more memory
//! than one page. [`sections`] is the table of its parts.
//!
//! Tera escapes by the *name* of a template: `report.html` is escaped, `report.html.tera` would not be. So the
//! names end in `.html`, no template uses `safe`, and the tests look for markup in texts that a user of AWS can
//! choose. The escaping is ours, because it must also show characters that act or hide.

mod printer;
mod sections;
pub mod templates;

use super::view::Report;
use super::{RenderError, Renderer};
use crate::model::sha256::Sha256;
use crate::model::sink::Sink;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use printer::Printer;
use sections::SECTIONS;
use serde::Serialize;
use std::error::Error as _;

/// The report as `data/report.html`.
pub const RENDERER: Renderer = Renderer { name: "HTML", render };

/// Its path in a pack.
pub const PATH: &str = "data/report.html";

/// A line of the contents.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    title: &'static str,
    group: &'static str,
    opens: bool,
    filter: bool,
    counted: bool,
    count: usize,
}

/// Whether every report prints the template of that name, whatever there is to report.
#[must_use]
pub fn is_in_every_report(name: &str) -> bool {
    let mut always = SECTIONS.iter().filter(|s| s.only.is_none());
    ["head.html", "open.html", "close.html", "foot.html"].contains(&name)
        || name.strip_suffix(".html").is_some_and(|id| always.any(|s| s.id == id))
}

fn render(report: &Report, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let mut out = sink.file(PATH)?;
    let failed = |error: tera::Error| {
        let cause = error.source().map(|s| format!(": {s}")).unwrap_or_default();
        RenderError::Html(format!("{error}{cause}"))
    };
    let mut printer = Printer::new(report, &mut out).map_err(failed)?;
    page(&mut printer, report).map_err(failed)?;
    out.finish()?;
    Ok(())
}

fn page(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    let sections: Vec<_> = SECTIONS.iter().filter(|s| s.only.is_none_or(|only| only(report))).collect();
    let entries: Vec<Entry> = sections
        .iter()
        .map(|s| Entry {
            id: s.id,
            title: s.title,
            group: s.group,
            opens: sections.iter().find(|first| first.group == s.group).is_some_and(|first| first.id == s.id),
            filter: s.filter,
            counted: s.count.is_some(),
            count: s.count.map_or(0, |count| count(report)),
        })
        .collect();
    // The one style sheet and the one script are allowed by their digests, and nothing else is: the page cannot load
    // or run anything. The style is made for each report, because what stands on every printed page can stand nowhere
    // else: digits, times and words of ours, and no text from AWS.
    for (name, template) in [("style_digest", "style.html"), ("script_digest", "script.html")] {
        let text = printer.text(template)?;
        printer.with(name, &STANDARD.encode(Sha256::digest(text.as_bytes())));
    }
    printer.with("contents", &entries);
    printer.with("drawn", &report.period.lanes.drawn().collect::<Vec<_>>());
    printer.with("lane_count", &report.period.lanes.count());
    printer.print("head.html")?;
    for (section, entry) in sections.iter().zip(&entries) {
        printer.with("section", entry);
        printer.print("open.html")?;
        printer.print(&format!("{}.html", section.id))?;
        if let Some(rows) = section.rows {
            rows(printer, report)?;
        }
        printer.print("close.html")?;
    }
    printer.print("foot.html")
}
