//! `keywitness report`: a snapshot becomes a sealed pack.

use super::archive::Archived;
use super::fail_on::FailOn;
use super::payload::{self, Basis, Payload};
use super::sealing::Seal;
use super::{collect, executable, fail_on, log, summary};
use crate::error::{Error, ExitCode};
use crate::model::{Record, Run, Status, joined};
use crate::pack::about::Tool;
use crate::pack::{Draft, PackError, Sealed};
use crate::seal::kms::Access;
use crate::{cli, config, store};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn run(typed: &cli::Report) -> Result<ExitCode, Error> {
    let fail_on = fail_on::parse(&typed.fail_on)?;
    let basis = payload::basis(config::declared(typed.config.as_deref())?, &typed.judging)?;
    let seal = Seal::new(&config::sealing(&typed.sealing, typed.config.as_deref())?, &Access::default())?;
    let basis = Basis { earlier: seal.earlier()?, ..basis };
    let (run, records) = joined(&typed.snapshot)?;
    collect::ready(&typed.output)?;
    let (built, sealed) = make(run, records, &basis, &typed.output, &seal)?;
    finish(&built, &sealed, None, &fail_on, typed.json)
}

/// The folder itself where it is a snapshot, else the snapshots that lie in it, as the tasks of a shared folder leave them.
fn within(folder: &Path) -> Vec<PathBuf> {
    let found = || {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let named = |path: &PathBuf| {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with("snapshot-") && path.join(store::RUN).is_file()
        };
        let mut found: Vec<PathBuf> = entries.filter(named).collect();
        found.sort();
        found
    };
    match if folder.join(store::RUN).exists() { Vec::new() } else { found() } {
        none if none.is_empty() => vec![folder.to_owned()],
        found => found,
    }
}

/// Reads the snapshots. Several are joined, and their records numbered anew.
fn joined(folders: &[PathBuf]) -> Result<(Run, Vec<Record>), Error> {
    let read = |folder: &PathBuf| {
        store::read(folder).map_err(|error| {
            let said = Error::new(format!("{}: {error}", folder.display()));
            said.hint(format!("{} should be a folder that `keywitness collect` made", folder.display()))
        })
    };
    let snapshots: Vec<PathBuf> = folders.iter().flat_map(|folder| within(folder)).collect();
    let snapshots = snapshots.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let several = snapshots.len() > 1;
    let (run, mut records) = joined::join(snapshots).map_err(|error| {
        Error::new(format!("cannot make one pack of these snapshots: {error}"))
            .hint("name each account's snapshot once")
    })?;
    if several {
        store::number(&mut records);
    }
    Ok((run, records))
}

/// Collects nothing, judges, writes and seals: the second half of `run`.
pub(super) fn make(
    run: Run,
    records: Vec<Record>,
    basis: &Basis,
    output: &Path,
    seal: &Seal,
) -> Result<(Payload, Sealed), Error> {
    let draft = Draft::create(output, &name(&run))?;
    let (built, sealed) = write(draft, run, records, basis, seal)?;
    Ok((built, sealed?))
}

/// Prints what was judged and where the pack is; the exit code follows from gaps and `--fail-on`.
pub(super) fn finish(
    built: &Payload,
    sealed: &Sealed,
    archived: Option<&Archived>,
    fail_on: &[FailOn],
    json: bool,
) -> Result<ExitCode, Error> {
    let met = fail_on.iter().find(|f| f.is_met(&built.judged));
    let code = match met {
        Some(_) => ExitCode::No,
        None if built.judged.snapshot.gaps.is_empty() && !matches!(sealed.stamped, Some(Err(_))) => ExitCode::Done,
        None => ExitCode::Incomplete,
    };
    let findings = &built.judged.findings;
    let count = |status| findings.iter().filter(|f| f.status == status).count();
    log::result(json!({
        "pack": sealed.path,
        "pack_root": sealed.root,
        "gaps": built.judged.snapshot.gaps.len(),
        "fail": count(Status::Fail),
        "unknown": count(Status::Unknown),
        "pass": count(Status::Pass),
        "fail_on": met.map(ToString::to_string),
    }));
    summary::print(built, sealed, archived, code, json)?;
    if let Some(what) = met {
        super::say(&format!("--fail-on {what} was met"));
    }
    Ok(code)
}

/// `keywitness-111122223333-20261123T090000Z-01jdz7k3`.
pub(super) fn name(run: &Run) -> String {
    format!("keywitness-{}-{}-{}", run.slug(), run.started.format("%Y%m%dT%H%M%SZ"), run.id)
}

/// Writes a pack, each file as it is made, and seals it.
pub(super) fn write(
    mut draft: Draft,
    run: Run,
    records: Vec<Record>,
    basis: &Basis,
    seal: &Seal,
) -> Result<(Payload, Result<Sealed, PackError>), Error> {
    let mut built = payload::payload(run, records, basis, &mut draft)?;
    built.about.tool = Tool::this(executable::own());
    seal.promise(&mut built.about);
    let info = payload::bag_info(&built.judged.snapshot.run);
    let sealed = seal.with(|sealer| draft.seal(&built.about, &info, sealer));
    Ok((built, sealed))
}
