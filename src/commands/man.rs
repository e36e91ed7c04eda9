//! `keywitness man`: the manual, made from the very definitions that read the arguments.

use super::out;
use crate::cli::Cli;
use crate::error::{Error, ExitCode};
use clap::CommandFactory as _;
use std::path::Path;

pub(super) fn run(output: Option<&Path>) -> Result<ExitCode, Error> {
    match output {
        None => {
            let mut page = Vec::new();
            let failed = |e: std::io::Error| Error::new(format!("cannot write the manual page: {e}"));
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(failed)?;
            out(&String::from_utf8_lossy(&page))?;
        }
        Some(folder) => {
            let failed =
                |e: std::io::Error| Error::new(format!("cannot write the manual into {}: {e}", folder.display()));
            std::fs::create_dir_all(folder).map_err(failed)?;
            clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
        }
    }
    Ok(ExitCode::Done)
}
