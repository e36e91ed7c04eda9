//! `keywitness checks`: what is asked, why, how it is decided, and what helps.

use super::out;
use crate::checks::{ALL, Check};
use crate::cli;
use crate::error::{Error, ExitCode};

pub(super) fn run(typed: &cli::Checks) -> Result<ExitCode, Error> {
    match typed {
        cli::Checks::List => {
            let width = ALL.iter().map(|c| c.id.len()).max().unwrap_or(0);
            let lines = ALL.iter().map(|c| format!("{:width$}  {:8}  {}\n", c.id, c.severity.word(), c.title));
            out(&lines.collect::<String>())?;
        }
        cli::Checks::Show { id } => {
            let check = ALL
                .iter()
                .find(|c| c.id == id)
                .ok_or_else(|| Error::new(format!("there is no check {id:?}")).hint("keywitness checks list"))?;
            out(&page(check))?;
        }
    }
    Ok(ExitCode::Done)
}

/// The page of one check, as text.
fn page(check: &Check) -> String {
    format!(
        "{}\n{}\n\n  severity  {}\n  asked of  every {}\n  reads     {}\n\nWhy\n  {}\n\nDecided by\n  {}\n\nNot seen\n  {}\n\nRemedy\n  {}\n",
        check.id,
        check.title,
        check.severity.word(),
        check.judge.kind().word(),
        check.reads.join(", "),
        check.why,
        check.decided,
        check.unseen,
        check.fix,
    )
}
