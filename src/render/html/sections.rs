//! The parts of the HTML report, in their order.
//!
//! A part is a line of this table and a template that has its id as name; the large tables have a second template for
//! a page of their rows. What is not known comes before any total.

use super::super::view::Report;
use super::printer::Printer;

/// Prints the rows of a section.
type PrintRows = fn(&mut Printer<'_>, &Report) -> Result<(), tera::Error>;

/// One part of the report.
pub struct Section {
    /// Its anchor, and the name of its template.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Under what the contents list it.
    pub group: &'static str,
    /// What the contents count beside it.
    pub count: Option<fn(&Report) -> usize>,
    /// Whether a report has it; without this, each does.
    pub only: Option<fn(&Report) -> bool>,
    /// Whether its rows can be searched and filtered.
    pub filter: bool,
    /// Prints the rows of its tables, page by page, after its template.
    pub rows: Option<PrintRows>,
}

/// Rows on one page of a table: the first page is open, the others are opened by whoever wants them.
const PAGE: usize = 100;
/// Keys on one page, where each has several lines.
const KEYS: usize = 40;

const FIRST: &str = "Read first";
const RESULTS: &str = "Results";
const BEHIND: &str = "What is behind them";
const PEOPLE: &str = "For people to fill in";

/// All parts.
pub const SECTIONS: &[Section] = &[
    plain("nature", "What this report is", FIRST),
    Section {
        count: Some(|r| r.gaps.len()),
        rows: Some(|p, r| p.pages("gaps-rows.html", &r.gaps, PAGE)),
        ..plain("gaps", "What is not known", FIRST)
    },
    plain("population", "Scope and population", FIRST),
    Section {
        count: Some(|r| r.account_count),
        only: Some(|r| r.account_count > 1),
        ..plain("accounts", "Accounts", FIRST)
    },
    plain("results", "Results by check", RESULTS),
    Section {
        count: Some(|r| r.counts.requirements),
        filter: true,
        rows: Some(requirements),
        ..plain("requirements", "Requirements", RESULTS)
    },
    Section {
        count: Some(|r| r.streams.len()),
        filter: true,
        rows: Some(|p, r| p.pages("streams-rows.html", &r.streams, PAGE)),
        ..plain("streams", "Streams", RESULTS)
    },
    Section {
        count: Some(|r| r.keys.len()),
        filter: true,
        rows: Some(|p, r| p.pages("keys-rows.html", &r.keys, PAGE)),
        ..plain("keys", "Keys", RESULTS)
    },
    Section {
        count: Some(|r| r.counts.fail + r.counts.unknown),
        filter: true,
        rows: Some(findings),
        ..plain("findings", "Findings that fail or are not known", RESULTS)
    },
    Section { count: Some(|r| r.exceptions.len()), ..plain("exceptions", "Exceptions", RESULTS) },
    Section {
        count: Some(|r| r.inventory.len()),
        rows: Some(|p, r| p.pages("inventory-rows.html", &r.inventory, PAGE)),
        ..plain("inventory", "Cryptographic inventory", BEHIND)
    },
    Section {
        count: Some(|r| r.lineage.streams),
        filter: true,
        rows: Some(lineage),
        ..plain("lineage", "Key lineage", BEHIND)
    },
    Section {
        rows: Some(|p, r| p.pages("duties-rows.html", &r.analysis.duties, KEYS)),
        ..plain("duties", "Who may do what with each key", BEHIND)
    },
    Section {
        rows: Some(|p, r| p.pages("blast-radius-rows.html", &r.analysis.blast_radius, KEYS)),
        ..plain("blast-radius", "What hangs on each key", BEHIND)
    },
    Section {
        rows: Some(|p, r| p.pages("recoverability-rows.html", &r.analysis.recoverability, KEYS)),
        ..plain("recoverability", "What can be undone", BEHIND)
    },
    Section { rows: Some(costs), ..plain("costs", "What keys and remedies cost", BEHIND) },
    Section {
        count: Some(|r| r.events.len()),
        rows: Some(|p, r| p.pages("events-rows.html", &r.events, PAGE)),
        ..plain("events", "Events of the window", BEHIND)
    },
    Section { rows: Some(period), ..plain("period", "The period", BEHIND) },
    plain("responsibility", "Who does what", BEHIND),
    plain("sampling", "Sampling", BEHIND),
    Section { count: Some(|r| r.attachments.len()), ..plain("documents", "Documents of the entity", BEHIND) },
    plain("method", "Method", BEHIND),
    plain("series", "Series", BEHIND),
    Section {
        count: Some(|r| r.evidence.count()),
        rows: Some(evidence),
        ..plain("evidence", "Evidence by number", BEHIND)
    },
    plain("custody", "Custody and retention", PEOPLE),
    plain("sign-off", "Sign-off", PEOPLE),
];

const fn plain(id: &'static str, title: &'static str, group: &'static str) -> Section {
    Section { id, title, group, count: None, only: None, filter: false, rows: None }
}

/// Each catalog, and a page for each of its requirements.
fn requirements(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    for catalog in &report.catalogs {
        printer.with("c", catalog);
        printer.with("rows", &catalog.requirements);
        printer.print("catalog.html")?;
        for requirement in &catalog.requirements {
            printer.with("q", requirement);
            printer.print("requirement.html")?;
        }
        printer.print("catalog-end.html")?;
    }
    Ok(())
}

/// Each check, and what is open of it.
fn findings(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    for check in &report.checks {
        printer.with("c", check);
        printer.print("check.html")?;
        for group in &check.groups {
            printer.with("g", group);
            printer.print("finding-group.html")?;
        }
        printer.print("check-end.html")?;
    }
    Ok(())
}

/// Streams that are alike: their drawing, their hops in words, and whose is what.
fn lineage(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    for group in &report.lineage.groups {
        printer.with("g", group);
        printer.print("lineage-group.html")?;
        printer.pages("lineage-rows.html", &group.streams, PAGE)?;
        printer.print("lineage-end.html")?;
    }
    Ok(())
}

/// The estimate is one page.
fn costs(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    printer.with("costs", &report.analysis.costs);
    printer.print("costs-rows.html")
}

/// What the lanes of the timeline were, and what is known of keys and people besides.
fn period(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    let lanes = &report.period.lanes;
    printer.pages_of("period-rows.html", lanes.count(), lanes.rows(), PAGE)?;
    printer.print("period-end.html")
}

/// The records by file; within a file they are numbered in a row.
fn evidence(printer: &mut Printer<'_>, report: &Report) -> Result<(), tera::Error> {
    for rows in report.evidence.files() {
        printer.with("rows", &rows);
        printer.print("evidence-rows.html")?;
    }
    Ok(())
}
