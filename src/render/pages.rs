//! The pages that an auditor asks for, as data: what stands in sentences and small tables of the report, member by member,
//! and for the rest the file that holds it.

use super::view::Report;
use super::{RenderError, Renderer};
use crate::model::sink::Sink;
use serde_json::{Map, Value, json};
use std::io::Write as _;

/// Where they are.
pub const PATH: &str = "data/pages.json";

/// The pages as JSON.
pub const RENDERER: Renderer = Renderer { name: "pages", render };

fn render(report: &Report, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let mut out = sink.file(PATH)?;
    serde_json::to_writer_pretty(&mut out, &pages(report)).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    out.finish()?;
    Ok(())
}

/// By the anchors of the HTML report, in its order. A page is what it says, or where that is.
fn pages(report: &Report) -> Map<String, Value> {
    let files = |names: &[&str]| json!({ "files": names });
    let pages = [
        (
            "top",
            json!({
                "title": report.title,
                "notices": report.notices,
                "facts": report.cover,
                "collected": report.collected,
                "evidence_root": report.evidence_root,
                "classification": report.classification,
                "counts": report.counts,
            }),
        ),
        ("nature", json!(report.nature)),
        ("gaps", files(&["data/tables/gaps.csv"])),
        ("effects", json!(report.effects)),
        (
            "population",
            json!({
                "complete": report.population_complete,
                "regions": report.population,
                "regions_not_asked": report.regions_not_asked,
                "files": ["data/tables/population.csv", "data/tables/populations.csv"],
            }),
        ),
        ("reconciliation", json!(report.reconciliation)),
        ("streams", files(&["data/tables/streams.csv", "data/tables/lineage.csv", "data/lineage.json"])),
        ("findings", files(&["data/findings.json", "data/tables/findings.csv"])),
        ("requirements", files(&["data/assessment.json", "data/tables/requirements.csv"])),
        (
            "events",
            files(&["data/tables/events.csv", "data/tables/event-queries.csv", "data/tables/event-coverage.csv"]),
        ),
        ("exceptions", files(&["data/tables/exceptions.csv"])),
        ("sampling", json!({ "how": report.sampling, "strata": report.strata })),
        ("inventory", json!(report.inventory)),
        ("responsibility", json!(report.responsibilities)),
        ("method", json!({ "facts": report.method, "operations": report.operations })),
        ("series", json!({ "facts": report.series, "packs": report.packs })),
        ("custody", json!(report.custody)),
        ("retention", json!(report.retention)),
        ("sign-off", json!(report.sign_off)),
        ("evidence", files(&["data/tables/evidence.csv", "data/evidence.sha256"])),
    ];
    pages.into_iter().map(|(name, page)| (name.to_owned(), page)).collect()
}
