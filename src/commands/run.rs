//! `keywitness run`: collect, judge, report, seal.

use super::archive::{self, Archive};
use super::collect::{Collected, Unfinished};
use super::sealing::Seal;
use super::{collect, fail_on, log, payload, report, trail_logs};
use crate::error::{Error, ExitCode};
use crate::seal::kms::Access;
use crate::{cli, config};

pub(super) fn run(typed: &cli::Run) -> Result<ExitCode, Error> {
    log::accept_gaps(typed.ending.accept_gaps);
    let fail_on = fail_on::parse(&typed.ending.fail_on)?;
    let (plan, past, file) = config::plan(&typed.reading, collect::command_line())?;
    // Everything that can be wrong with declarations, documents and catalogs is told before the first call.
    let basis = payload::basis(file.declared()?, &typed.judging)?;
    if typed.reading.plan {
        return super::plan::run(&plan, &past, typed.reading.json);
    }
    collect::ready(&typed.reading.output)?;
    trail_logs::ready(&past)?;
    // Before the reading: an hour of it would be lost if it turned out then that nobody can sign.
    let access = Access { profile: plan.profile.clone(), endpoint_url: plan.endpoint_url.clone() };
    let seal = Seal::new(&config::sealing(&typed.ending.sealing, typed.reading.config.as_deref())?, &access)?;
    let basis = payload::Basis { earlier: seal.earlier()?, ..basis };
    let archive_access = crate::archive::Access {
        profile: plan.profile.clone(),
        endpoint_url: typed.ending.archive_endpoint_url.clone().or_else(|| plan.endpoint_url.clone()),
        region: plan.regions.first().map(ToString::to_string),
        max_attempts: Some(plan.max_attempts),
    };
    let archive = Archive::new(&typed.ending.locking, typed.ending.archive.as_deref(), archive_access)?;
    let Collected { mut run, mut records, book } = collect::read_kept(plan.clone(), &typed.reading)?;
    trail_logs::add(&past, &plan, &mut run, &mut records)?;
    crate::store::number(&mut records);
    let unfinished = Unfinished::of(&run, &records);
    let (built, sealed) = report::make(run, records, &basis, &typed.reading.output, &seal)
        .map_err(|e| e.or_hint(format!("everything that was read is kept: --resume {}", book.folder().display())))?;
    collect::close(book, unfinished)?;
    let archived = archive::put_sealed(archive.as_ref(), &sealed, &seal)?;
    report::finish(&built, &sealed, archived.as_ref(), &fail_on, typed.reading.json)
}
