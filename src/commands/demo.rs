//! `keywitness demo`: the embedded sample account becomes a sealed pack. No AWS, no configuration, no network.

use super::sealing::Seal;
use super::{payload, report, summary};
use crate::error::{Error, ExitCode};
use crate::pack::PackError;
use crate::seal::kms::Access;
use crate::{cli, config, samples, store};

pub(super) fn run(typed: &cli::Demo) -> Result<ExitCode, Error> {
    super::collect::ready(&typed.output)?;
    let (run, records) = store::parse(&samples::halcyon_parcels())?;
    let settings = config::declarations(samples::HALCYON_PARCELS_SETTINGS)?;
    let declared = config::Declared { settings, ..config::Declared::default() };
    let seal = Seal::new(&typed.sealing, &Access::default())?;
    let mut built = payload::payload(run, records, &payload::basis(declared, &cli::Judging::default())?)?;
    seal.promise(&mut built.about);
    let name = report::name(&built);
    // The sample is the same each time, and a pack is never written over another.
    let mut sealed = report::write(&built, &typed.output, &name, &seal);
    for again in 2.. {
        if !matches!(sealed, Err(PackError::Exists { .. })) {
            break;
        }
        sealed = report::write(&built, &typed.output, &format!("{name}-{again}"), &seal);
    }
    let sealed = sealed?;
    // The sample has gaps, so that the reader sees some; but nothing of the reader's own stayed unread.
    let code = if matches!(sealed.stamped, Some(Err(_))) { ExitCode::Incomplete } else { ExitCode::Done };
    summary::print(&built, &sealed, code, typed.json)?;
    Ok(code)
}
