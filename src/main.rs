//! Arguments, run, exit code; nothing else.

#![forbid(unsafe_code)]

use clap::Parser;
use keywitness::error::ExitCode;
use keywitness::{cli, commands};

fn main() -> std::process::ExitCode {
    let code = commands::run(cli::Cli::parse()).unwrap_or_else(|error| {
        commands::log::failed(&error);
        ExitCode::CouldNotRun
    });
    commands::log::end(code);
    code.into()
}
