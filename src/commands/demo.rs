//! `keywitness demo`: the embedded sample account becomes a sealed pack. No AWS, no configuration, no network.

use super::payload::{self, Basis, Payload};
use super::sealing::Seal;
use super::{report, summary};
use crate::error::{Error, ExitCode};
use crate::pack::{Draft, PackError, Sealed};
use crate::seal::kms::Access;
use crate::{cli, config, samples, store};

pub(super) fn run(typed: &cli::Demo) -> Result<ExitCode, Error> {
    super::collect::ready(&typed.output)?;
    let settings = config::declarations(samples::HALCYON_PARCELS_SETTINGS)?;
    let declared = config::Declared { settings, ..config::Declared::default() };
    let basis = payload::basis(declared, &cli::Judging::default())?;
    let seal = Seal::new(&typed.sealing, &Access::default())?;
    let basis = Basis { earlier: seal.earlier()?, ..basis };
    let (built, sealed) = pack(typed, &basis, &seal)?;
    // The sample has gaps, so that the reader sees some; but nothing of the reader's own stayed unread.
    let code = if matches!(sealed.stamped, Some(Err(_))) { ExitCode::Incomplete } else { ExitCode::Done };
    summary::print(&built, &sealed, None, code, typed.json)?;
    Ok(code)
}

/// The sample is the same each time, and a pack is never written over another: the next name that is free.
fn pack(typed: &cli::Demo, basis: &Basis, seal: &Seal) -> Result<(Payload, Sealed), Error> {
    let mut again = 1;
    loop {
        let (run, records) = store::parse(&samples::halcyon_parcels())?;
        let name = report::name(&run);
        let name = if again == 1 { name } else { format!("{name}-{again}") };
        again += 1;
        let draft = match Draft::create(&typed.output, &name) {
            Err(PackError::Exists { .. }) => continue,
            draft => draft?,
        };
        match report::write(draft, run, records, basis, seal)? {
            (_, Err(PackError::Exists { .. })) => {}
            (built, sealed) => return Ok((built, sealed?)),
        }
    }
}
