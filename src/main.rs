//! Arguments, run, exit code; nothing else.

#![forbid(unsafe_code)]

use clap::Parser;
use keywitness::error::ExitCode;
use keywitness::{cli, commands};

fn main() -> std::process::ExitCode {
    match commands::run(cli::Cli::parse()) {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::CouldNotRun.into()
        }
    }
}
