//! One file per subcommand; the only code that knows two stages.

mod archive;
pub mod arguments;
mod before;
mod checks;
mod collect;
mod compare;
mod demo;
mod executable;
mod fail_on;
mod frameworks;
mod init;
mod keygen;
pub mod log;
mod man;
mod page;
mod payload;
mod permissions;
mod plan;
mod policy;
mod progress;
mod proof;
mod replay;
mod report;
mod run;
mod sample;
mod sealing;
mod share;
mod snapshots;
mod summary;
mod timestamp;
mod trail;
mod trail_athena;
mod trail_logs;
mod trail_source;
mod verify;
mod versions;

use crate::cli::{Cli, Command};
use crate::error::{Error, ExitCode};
use crate::model::visible;
use std::io::{self, Write};

/// Runs what was typed.
///
/// # Errors
/// When the command could not run.
pub fn run(cli: Cli) -> Result<ExitCode, Error> {
    log::start(cli.log_format);
    if matches!(cli.command, Command::Run(_) | Command::Collect(_) | Command::Report(_)) {
        log::scheduled();
    }
    match cli.command {
        Command::Demo(typed) => demo::run(&typed),
        Command::Run(typed) => run::run(&typed),
        Command::Collect(typed) => collect::run(&typed),
        Command::Report(typed) => report::run(&typed),
        Command::Compare(typed) => compare::run(&typed),
        Command::Init(typed) => init::run(&typed),
        Command::Share(typed) => share::run(&typed),
        Command::Sample(typed) => sample::run(&typed),
        Command::Verify(typed) => verify::run(&typed),
        Command::Timestamp(typed) => timestamp::run(&typed),
        Command::Keygen(typed) => keygen::run(&typed),
        Command::Checks(typed) => checks::run(&typed),
        Command::Frameworks(typed) => frameworks::run(&typed),
        Command::Policy(typed) => policy::run(&typed),
        Command::Archive(typed) => archive::run(&typed),
        Command::Permissions(typed) => permissions::run(&typed),
        Command::Trail(typed) => trail::run(&typed),
        Command::Man { output } => man::run(output.as_deref()),
        Command::Completions { shell } => completions(shell),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Error> {
    use clap::CommandFactory;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keywitness", &mut script);
    out(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}

/// Writes the product: the one way to stdout. A reader that has seen enough is no error.
fn out(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// One JSON object on a line of its own. Names in it are other people's text, as elsewhere.
fn out_json(value: &serde_json::Value) -> Result<(), Error> {
    out(&format!("{}\n", visible::escaped(&value.to_string())))
}

/// A line for whoever watches.
fn say(line: &str) {
    log::say(line);
}
