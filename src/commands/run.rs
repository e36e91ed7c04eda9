//! `keywitness run`: collect, judge, report, seal.

use super::{collect, fail_on, payload, report};
use crate::error::{Error, ExitCode};
use crate::{cli, config};

pub(super) fn run(typed: &cli::Run) -> Result<ExitCode, Error> {
    let fail_on = fail_on::parse(&typed.fail_on)?;
    let (plan, file) = config::plan(&typed.reading, collect::command_line())?;
    // Everything that can be wrong with declarations, documents and catalogs is told before the first call.
    let basis = payload::basis(file.declared()?, &typed.judging)?;
    collect::ready(&typed.reading.output)?;
    let (run, mut records) = collect::read(&plan)?;
    crate::store::number(&mut records);
    let (built, sealed) = report::make(run, records, &basis, &typed.reading.output)?;
    report::finish(&built, &sealed, &fail_on, typed.reading.json)
}
