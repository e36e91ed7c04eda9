//! `keywitness report`: a snapshot becomes a sealed pack.

use super::archive::{self, Archive, Archived};
use super::fail_on::FailOn;
use super::payload::{self, Basis, Payload};
use super::sealing::Seal;
use super::snapshots::{self, Reach};
use super::{collect, executable, fail_on, log, summary};
use crate::error::{Error, ExitCode};
use crate::model::{Record, Run, Status};
use crate::pack::about::Tool;
use crate::pack::{Draft, PackError, Sealed};
use crate::seal::kms::Access;
use crate::{cli, config};
use serde_json::json;
use std::path::Path;

pub(super) fn run(typed: &cli::Report) -> Result<ExitCode, Error> {
    log::accept_gaps(typed.ending.accept_gaps);
    let fail_on = fail_on::parse(&typed.ending.fail_on)?;
    let basis = payload::basis(config::declared(typed.config.as_deref())?, &typed.judging)?;
    let seal = Seal::new(&config::sealing(&typed.ending.sealing, typed.config.as_deref())?, &Access::default())?;
    let basis = Basis { earlier: seal.earlier()?, ..basis };
    let access = crate::archive::Access {
        endpoint_url: typed.ending.archive_endpoint_url.clone(),
        ..crate::archive::Access::default()
    };
    let archive = Archive::new(&typed.ending.locking, typed.ending.archive.as_deref(), access.clone())?;
    let reach = Reach { access, owner: typed.ending.locking.bucket_owner.clone() };
    let (run, records) = snapshots::read(&typed.snapshot, &reach)?;
    collect::ready(&typed.output)?;
    let (built, sealed) = make(run, records, &basis, &typed.output, &seal)?;
    let archived = archive::put_sealed(archive.as_ref(), &sealed, &seal)?;
    finish(&built, &sealed, archived.as_ref(), &fail_on, typed.json)
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
    let met = fail_on.iter().find(|f| f.is_met(built));
    let code = match met {
        Some(_) => ExitCode::No,
        None if built.gaps.is_empty() && !matches!(sealed.stamped, Some(Err(_))) => ExitCode::Done,
        None => ExitCode::Incomplete,
    };
    let findings = &built.findings;
    let count = |status| findings.iter().filter(|f| f.status == status).count();
    log::result(json!({
        "pack": sealed.path,
        "pack_root": sealed.root,
        "gaps": built.gaps.len(),
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
    let info = payload::bag_info(&built.run);
    let sealed = seal.with(|sealer| draft.seal(&built.about, &info, sealer));
    Ok((built, sealed))
}
