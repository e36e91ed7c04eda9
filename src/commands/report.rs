//! `keywitness report`: a snapshot becomes a sealed pack.

use super::fail_on::FailOn;
use super::payload::{self, Basis, Payload};
use super::sealing::Seal;
use super::{collect, fail_on, summary};
use crate::error::{Error, ExitCode};
use crate::model::{Record, Run};
use crate::pack::{Draft, PackError, Sealed};
use crate::seal::kms::Access;
use crate::{cli, config, store};
use std::path::Path;

pub(super) fn run(typed: &cli::Report) -> Result<ExitCode, Error> {
    let fail_on = fail_on::parse(&typed.fail_on)?;
    let basis = payload::basis(config::declared(typed.config.as_deref())?, &typed.judging)?;
    let seal = Seal::new(&config::sealing(&typed.sealing, typed.config.as_deref())?, &Access::default())?;
    let (run, records) = store::parse(&store::load(&typed.snapshot)?).map_err(|error| {
        Error::from(error)
            .hint(format!("{} should be a folder that `keywitness collect` made", typed.snapshot.display()))
    })?;
    collect::ready(&typed.output)?;
    let (built, sealed) = make(run, records, &basis, &typed.output, &seal)?;
    finish(&built, &sealed, &fail_on, typed.json)
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
pub(super) fn finish(built: &Payload, sealed: &Sealed, fail_on: &[FailOn], json: bool) -> Result<ExitCode, Error> {
    let met = fail_on.iter().find(|f| f.is_met(&built.judged));
    let code = match met {
        Some(_) => ExitCode::No,
        None if built.judged.snapshot.gaps.is_empty() && !matches!(sealed.stamped, Some(Err(_))) => ExitCode::Done,
        None => ExitCode::Incomplete,
    };
    summary::print(built, sealed, code, json)?;
    if let Some(what) = met {
        super::say(&format!("--fail-on {what} was met"));
    }
    Ok(code)
}

/// `keywitness-111122223333-20261123T090000Z-01jdz7k3`.
pub(super) fn name(run: &Run) -> String {
    format!("keywitness-{}-{}-{}", run.account, run.started.format("%Y%m%dT%H%M%SZ"), run.id)
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
    seal.promise(&mut built.about);
    let info = payload::bag_info(&built.judged.snapshot.run);
    let sealed = seal.with(|sealer| draft.seal(&built.about, &info, sealer));
    Ok((built, sealed))
}
