//! The arguments, or what is wrong with them: told in the form that was asked for, with the last line that was promised.

use super::log;
use crate::cli::{Cli, LogFormat};
use crate::error::Error;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use std::ffi::{OsStr, OsString};

/// The option that says in which form things are told, and its variable.
const FORMAT: (&str, &str) = ("--log-format", "KEYWITNESS_LOG_FORMAT");
/// Those that end with the line for schedulers.
const SCHEDULED: [&str; 3] = ["run", "collect", "report"];

/// What was typed; nothing when it was not understood, which is told then. Help and version are printed here, and end the
/// program.
#[must_use]
pub fn parse() -> Option<Cli> {
    let mut command = without_empty(Cli::command());
    let typed = command.try_get_matches_from_mut(std::env::args_os()).and_then(|m| Cli::from_arg_matches(&m));
    let error = match typed {
        Ok(cli) => return Some(cli),
        Err(error) => error.format(&mut command),
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        error.exit();
    }
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let environment = std::env::var_os(FORMAT.1);
    let (is_json, command) = glance(&words, environment.as_deref());
    log::start(if is_json { LogFormat::Json } else { LogFormat::Text });
    if command.is_some_and(|name| SCHEDULED.iter().any(|s| *s == name)) {
        log::scheduled();
    }
    if is_json {
        log::failed(&in_one_line(&error.render().to_string()));
    } else {
        // Nobody is there to be told that nobody can be told.
        let _closed = error.print();
    }
    None
}

/// A variable that is there and empty says nothing: workflows and task definitions set what they have no value for.
fn without_empty(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if arg.get_env().is_some_and(is_empty) { arg.env("").hide_env(true) } else { arg })
        .mut_subcommands(without_empty)
}

/// The form and the subcommand of arguments that were not understood.
fn glance<'a>(words: &'a [OsString], environment: Option<&OsStr>) -> (bool, Option<&'a OsStr>) {
    let mut form = environment.map(|value| value == "json");
    let mut command = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy();
        if text == "--" {
            break;
        }
        if text == FORMAT.0 {
            form = rest.next().map(|value| value == "json");
        } else if let Some(value) = text.strip_prefix(FORMAT.0).and_then(|rest| rest.strip_prefix('=')) {
            form = Some(value == "json");
        } else if !text.starts_with('-') && command.is_none() {
            command = Some(word.as_os_str());
        }
    }
    (form == Some(true), command)
}

/// Clap's page as a message and a hint.
fn in_one_line(page: &str) -> Error {
    let line = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, rest) = page.split_once("\n\n").unwrap_or((page, ""));
    let first = line(first);
    let error = Error::new(first.strip_prefix("error: ").unwrap_or(&first));
    if rest.trim().is_empty() { error } else { error.hint(line(rest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_command_are_found_in_what_is_not_understood() {
        let seen = |text: &str, environment: Option<&str>| {
            let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
            let (is_json, command) = glance(&words, environment.map(OsStr::new));
            (is_json, command.map(|c| c.to_string_lossy().into_owned()))
        };
        let run = Some("run".to_owned());
        assert_eq!(seen("run --log-format json --call-timeout 0", None), (true, run.clone()));
        assert_eq!(seen("--log-format=json run --nonsense", None), (true, run.clone()));
        assert_eq!(seen("run --quota-share abc", Some("json")), (true, run.clone()));
        assert_eq!(seen("--log-format text run x", Some("json")), (false, run.clone()));
        assert_eq!(seen("--log-format xml run", None), (false, run.clone()));
        assert_eq!(seen("run -- --log-format json", None), (false, run));
        assert_eq!(seen("--log-format json", None), (true, None));
    }

    #[test]
    fn a_page_becomes_a_message_and_a_hint() {
        let page = "error: invalid value '0'\n  for x\n\nUsage: keywitness run\n\nFor more, try '--help'.\n";
        let error = in_one_line(page).to_string();
        assert_eq!(error, "error: invalid value '0' for x\nhint: Usage: keywitness run For more, try '--help'.");
    }
}
