//! `keywitness frameworks`: the catalogs, for reading and for checking one's own.

use super::{out, page, payload};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::frameworks;
use crate::model::catalog::{AppliesTo, AppliesWhen, CheckLink, Loaded, SharedResponsibility};
use crate::model::{Catalog, Requirement};
use page::Page;
use std::path::Path;

/// The JSON Schema of the catalog format; a test keeps it equal to what the types say.
const SCHEMA: &str = include_str!("../../docs/catalog.schema.json");

pub(super) fn run(typed: &cli::Frameworks) -> Result<ExitCode, Error> {
    match typed {
        cli::Frameworks::List => list()?,
        cli::Frameworks::Show { catalog, requirement } => show(catalog, requirement.as_deref())?,
        cli::Frameworks::Check { file } => return check(file),
        cli::Frameworks::Schema => out(SCHEMA)?,
    }
    Ok(ExitCode::Done)
}

fn list() -> Result<(), Error> {
    let mut text = String::new();
    for loaded in payload::own_catalogs()? {
        let head = &loaded.catalog.catalog;
        let used = if frameworks::DEFAULT.contains(&head.id.as_str()) { "default" } else { "" };
        let count = loaded.catalog.requirements.len();
        text.push_str(&format!(
            "{:22}  {:7}  {count:3} requirements  {} {}\n",
            head.id, used, head.framework, head.edition
        ));
    }
    out(&text)
}

/// One of the program's catalogs by its id, or a file.
fn find(name: &str) -> Result<Loaded, Error> {
    if Path::new(name).is_file() {
        return payload::read_catalog(Path::new(name));
    }
    let catalogs = frameworks::choose(&[name.to_owned()], Vec::new(), &payload::known_checks());
    catalogs?.into_iter().next().ok_or_else(|| frameworks::unknown_catalog(name).into())
}

fn show(name: &str, requirement: Option<&str>) -> Result<(), Error> {
    let loaded = find(name)?;
    let Some(wanted) = requirement else { return out(&contents(&loaded)) };
    let found = loaded.catalog.requirements.iter().find(|r| r.id == wanted);
    let found = found.ok_or_else(|| {
        Error::new(format!("{name} has no requirement {wanted:?}")).hint(format!("keywitness frameworks show {name}"))
    })?;
    out(&requirement_page(&loaded, found, page::width()))
}

fn contents(loaded: &Loaded) -> String {
    let head = &loaded.catalog.catalog;
    let mut page = Page::new(page::width());
    page.title(&format!("{} {}", head.framework, head.edition));
    page.paragraph(&head.publisher);
    if !loaded.published {
        page.paragraph("Not published with this program.");
    }
    for note in [&head.licence_note, &head.disclaimer].into_iter().flatten() {
        page.paragraph(note);
    }
    page.pairs(&[
        ("file", format!("{} version {}", loaded.file_name, head.catalog_version)),
        ("SHA-256", loaded.sha256.clone()),
        ("reviewed", format!("{}; due again {}", head.reviewed_on, head.review_due)),
    ]);
    let width = loaded.catalog.requirements.iter().map(|r| r.id.chars().count()).max().unwrap_or(0);
    let mut group = None;
    for requirement in &loaded.catalog.requirements {
        if requirement.group != group {
            group.clone_from(&requirement.group);
            page.heading(group.as_deref().unwrap_or("Further requirements"));
        }
        let id = format!("{:width$}  {:11}", requirement.id, requirement.coverage.word());
        page.item(&id, &requirement.title);
    }
    page.text()
}

fn requirement_page(loaded: &Loaded, requirement: &Requirement, width: usize) -> String {
    let head = &loaded.catalog.catalog;
    let mut page = Page::new(width);
    page.title(&format!("{} {} · {}", head.framework, head.edition, requirement.id));
    page.strong(&requirement.title);
    page.paragraph(&requirement.paraphrase);
    if let Some(official) = &requirement.official_text {
        page.paragraph(&format!("\"{}\"", official.trim_end()));
    }
    page.pairs(&facts(loaded, requirement));
    page.heading("Checks");
    for link in &requirement.checks {
        page.item(&link.check, &meaning(link));
    }
    if requirement.checks.is_empty() {
        page.paragraph("None: only a person can show this.");
    }
    page.heading_if("May be used in", !requirement.procedures.is_empty());
    for procedure in &requirement.procedures {
        let methods: Vec<&str> = procedure.methods.iter().map(|m| m.word()).collect();
        let share = procedure.tool_contribution.word();
        page.item(&procedure.id, &format!("{}: {} (this evidence: {share})", methods.join(", "), procedure.object));
    }
    page.heading_if("A person must still obtain", !requirement.manual_evidence.is_empty());
    for item in &requirement.manual_evidence {
        let need = if item.required { "" } else { ", welcome" };
        page.item(&item.id, &format!("{} ({}{need})", item.what, item.kind.word()));
    }
    if let Some(not_shown) = &requirement.not_shown {
        page.heading("Not shown");
        page.paragraph(not_shown);
    }
    if let Some(SharedResponsibility { aws, entity, evidence_of_aws_part }) = &requirement.shared_responsibility {
        page.heading("Who does what");
        let mut parts = vec![("AWS", aws.clone()), ("entity", entity.clone())];
        parts.extend(evidence_of_aws_part.iter().map(|e| ("shown by", e.clone())));
        page.pairs(&parts);
    }
    page.heading_if("Related statements; no status is carried over", !requirement.crosswalk.is_empty());
    for walk in &requirement.crosswalk {
        page.item(&format!("{} {}", walk.catalog, walk.id), &walk.relation().replace('-', " "));
    }
    page.heading_if("Sources", !requirement.sources.is_empty());
    for source in &requirement.sources {
        page.paragraph(source);
    }
    page.text()
}

fn facts(loaded: &Loaded, requirement: &Requirement) -> Vec<(&'static str, String)> {
    let to: Vec<&str> = requirement.applies_to.iter().map(|a| AppliesTo::word(*a)).collect();
    let mut facts = vec![
        ("obligation", format!("{}, for {}", requirement.obligation.word(), to.join(", "))),
        ("coverage", requirement.coverage.word().to_owned()),
    ];
    facts.extend(requirement.group.iter().map(|g| ("group", g.clone())));
    facts.extend(requirement.parent.iter().map(|p| ("part of", p.clone())));
    facts.extend(requirement.effective_from.iter().map(|d| ("in effect", format!("since {d}"))));
    facts.extend(requirement.applies_when.iter().map(|when| ("about", about(when, &loaded.catalog))));
    facts
}

fn about(when: &AppliesWhen, catalog: &Catalog) -> String {
    let classes: Vec<&str> = when.data_class_any.iter().map(|c| c.word()).collect();
    let streams = match classes.as_slice() {
        [] => "all streams".to_owned(),
        _ => format!("streams declared to carry {}", classes.join(" or ")),
    };
    let Some(flag) = &when.flag else { return streams };
    let what = catalog.parameters.iter().find(|p| p.id == *flag).and_then(|p| p.what.clone()).unwrap_or_default();
    format!("{streams}, where parameters.{flag} is declared as true. {what}")
}

fn meaning(link: &CheckLink) -> String {
    let must = if link.mandatory { ", mandatory" } else { "" };
    let mut text = format!("{}{must}; a failure: {}", link.relation.word(), link.on_fail.word());
    if let Some(measure) = &link.measure {
        text.push_str(&format!("; contradicts where {measure} is a declared measure"));
    }
    if !link.needs.is_empty() {
        text.push_str(&format!("; needs {}", link.needs.join(", ")));
    }
    text
}

/// Lists every mistake of a catalog file; exit code 1 when there are any.
fn check(file: &Path) -> Result<ExitCode, Error> {
    let text = payload::catalog_text(file)?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match frameworks::load(&name, &text, &payload::known_checks()) {
        Ok(loaded) => {
            let count = loaded.catalog.requirements.len();
            let noun = if count == 1 { "requirement" } else { "requirements" };
            let failed = crate::assess::failed_examples(&loaded.catalog);
            if failed.is_empty() {
                out(&format!("{}: {count} {noun}, no mistakes\n", file.display()))?;
                return Ok(ExitCode::Done);
            }
            let lines: Vec<String> = failed.iter().map(|f| format!("  {}\n", page::shown(f))).collect();
            out(&format!("{}: a test of its own comes out otherwise\n{}", file.display(), lines.concat()))?;
            Ok(ExitCode::No)
        }
        Err(mistakes) => {
            out(&format!("{mistakes}\n"))?;
            Ok(ExitCode::No)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: &str, requirement: &str, width: usize) -> String {
        let loaded = find(id).unwrap();
        let found = loaded.catalog.requirements.iter().find(|r| r.id == requirement).unwrap();
        requirement_page(&loaded, found, width)
    }

    #[test]
    fn every_page_keeps_to_its_width() {
        for name in frameworks::ids() {
            let loaded = find(name).unwrap();
            for requirement in &loaded.catalog.requirements {
                let text = requirement_page(&loaded, requirement, 72);
                let long = text.lines().find(|l| l.chars().count() > 72 && l.trim_start().contains(' '));
                // Only one word that is longer than the line may stick out.
                assert!(long.is_none_or(|l| l.split_whitespace().count() < 3), "{name} {}: {long:?}", requirement.id);
            }
        }
    }

    #[test]
    fn a_page_says_what_the_catalog_says() {
        let text = shown("pci-dss-4.0.1", "3.7.4", 80);
        for words in
            ["PCI DSS 4.0.1 · 3.7.4", "CHECKS", "needs cryptoperiod_days", "3.7.4.b", "M3", "NOT SHOWN", "SC-12"]
        {
            assert!(text.contains(words), "no {words:?} in\n{text}");
        }
    }

    #[test]
    fn text_of_a_foreign_file_cannot_act_on_the_terminal() {
        let mut loaded = find("house-baseline").unwrap();
        "\u{1b}]0;owned\u{7}\u{202e}".clone_into(&mut loaded.catalog.requirements[0].title);
        let text = requirement_page(&loaded, &loaded.catalog.requirements[0], 80);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && text.contains("⟨U+001B⟩"), "{text}");
    }

    #[test]
    fn a_slip_of_the_pen_is_guessed() {
        assert!(find("pci-dss-4.0").unwrap_err().to_string().contains("did you mean pci-dss-4.0.1?"));
        assert!(find("something").unwrap_err().to_string().contains("frameworks list"));
    }
}
