//! Arguments, run, exit code; nothing else.

#![forbid(unsafe_code)]

use keywitness::commands;
use keywitness::error::{Error, ExitCode};

fn main() -> std::process::ExitCode {
    keep_secrets();
    let code = match std::panic::catch_unwind(|| commands::arguments::parse().map(commands::run)) {
        Ok(Some(Ok(code))) => code,
        Ok(Some(Err(error))) => {
            commands::log::failed(&error);
            ExitCode::CouldNotRun
        }
        // Told by what read the arguments, or by the hook.
        Ok(None) | Err(_) => ExitCode::CouldNotRun,
    };
    commands::log::end(code).into()
}

/// What is in memory stays there, whatever happens: no core dump, and no text of a panic, which may quote an answer of
/// AWS. Where the fault is can be told.
fn keep_secrets() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    // Where that is refused, there was no core dump to begin with, or somebody insists on one.
    let _refused = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        let what = format!("keywitness {} has a fault of its own at {place}", env!("CARGO_PKG_VERSION"));
        commands::log::failed(&Error::new(what).hint("please report this line; it holds nothing of what was read"));
    }));
}
