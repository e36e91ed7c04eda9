//! `keywitness run`: collect, judge, report, seal.

use super::{collect, fail_on, report};
use crate::error::{Error, ExitCode};
use crate::{cli, config};

pub(super) fn run(typed: &cli::Run) -> Result<ExitCode, Error> {
    let fail_on = fail_on::parse(&typed.fail_on)?;
    let (plan, settings) = config::plan(&typed.reading, collect::command_line())?;
    collect::ready(&typed.reading.output)?;
    let (run, mut records) = collect::read(&plan)?;
    crate::store::number(&mut records);
    let (built, sealed) = report::make(run, &records, &settings, &typed.reading.output)?;
    report::finish(&built, &sealed, &records, &fail_on, typed.reading.json)
}
