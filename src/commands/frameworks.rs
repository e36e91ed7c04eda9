//! `keywitness frameworks`: the catalogs, for reading and for checking one's own.

use super::{out, payload};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::frameworks;
use crate::model::Requirement;
use crate::model::catalog::Loaded;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn run(typed: &cli::Frameworks) -> Result<ExitCode, Error> {
    match typed {
        cli::Frameworks::List => list()?,
        cli::Frameworks::Show { catalog, requirement } => show(catalog, requirement.as_deref())?,
        cli::Frameworks::Check { file } => return check(file),
    }
    Ok(ExitCode::Done)
}

fn list() -> Result<(), Error> {
    let mut text = String::new();
    for loaded in payload::own_catalogs()? {
        let head = &loaded.catalog.catalog;
        let _ = writeln!(
            text,
            "{:22}  {:3} requirements  {} {}",
            head.id,
            loaded.catalog.requirements.len(),
            head.framework,
            head.edition
        );
    }
    out(&text)
}

fn show(id: &str, requirement: Option<&str>) -> Result<(), Error> {
    let catalogs = payload::own_catalogs()?;
    let loaded = catalogs.iter().find(|c| c.catalog.catalog.id == id);
    let loaded =
        loaded.ok_or_else(|| Error::new(format!("there is no catalog {id:?}")).hint("keywitness frameworks list"))?;
    let Some(wanted) = requirement else { return out(&contents(loaded)) };
    let found = loaded.catalog.requirements.iter().find(|r| r.id == wanted);
    let found = found.ok_or_else(|| {
        Error::new(format!("{id} has no requirement {wanted:?}")).hint(format!("keywitness frameworks show {id}"))
    })?;
    out(&page(found))
}

fn contents(loaded: &Loaded) -> String {
    let head = &loaded.catalog.catalog;
    let mut text = format!("{} {}\n{}\n\n", head.framework, head.edition, head.publisher);
    for note in [&head.licence_note, &head.disclaimer].into_iter().flatten() {
        let _ = writeln!(text, "{note}\n");
    }
    for requirement in &loaded.catalog.requirements {
        let _ = writeln!(text, "{:24}  {:11}  {}", requirement.id, requirement.coverage.word(), requirement.title);
    }
    text
}

fn page(requirement: &Requirement) -> String {
    let mut text = format!("{}  {}\n\n{}\n", requirement.id, requirement.title, requirement.paraphrase.trim_end());
    if let Some(official) = &requirement.official_text {
        let _ = writeln!(text, "\n\"{}\"", official.trim_end());
    }
    let _ = writeln!(
        text,
        "\n  obligation  {}\n  coverage    {}",
        requirement.obligation.word(),
        requirement.coverage.word()
    );
    let mut part = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{title}");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
    };
    part(
        "Checks",
        requirement
            .checks
            .iter()
            .map(|c| format!("{} ({}, if it fails: {})", c.check, c.relation.word(), c.on_fail.word()))
            .collect(),
    );
    part("May be used in", requirement.procedures.iter().map(|p| format!("{}: {}", p.id, p.object)).collect());
    part(
        "A person must still obtain",
        requirement.manual_evidence.iter().map(|m| format!("{} ({}): {}", m.id, m.kind.word(), m.what)).collect(),
    );
    part("Not shown", requirement.not_shown.iter().map(|n| n.trim_end().to_owned()).collect());
    part("Sources", requirement.sources.clone());
    text
}

/// Lists every mistake of a catalog file; exit code 1 when there are any.
fn check(file: &Path) -> Result<ExitCode, Error> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::new(format!("cannot read {}: {e}", file.display())))?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match frameworks::load(&name, &text, &payload::check_ids()) {
        Ok(loaded) => {
            out(&format!("{}: {} requirements, no mistakes\n", file.display(), loaded.catalog.requirements.len()))?;
            Ok(ExitCode::Done)
        }
        Err(mistakes) => {
            out(&format!("{mistakes}\n"))?;
            Ok(ExitCode::No)
        }
    }
}
