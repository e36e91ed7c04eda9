//! What whoever watches is told, on stderr: lines for people, or one JSON object a line for a log.
//!
//! The commands that one schedules (`run`, `collect`, `report`) end with one line of fixed form, whatever happens:
//! `keywitness: exit=3 result=incomplete …`, names and values without blanks. With `--log-format json` it is the object
//! whose `event` is `end`.

use crate::cli::LogFormat;
use crate::clock;
use crate::error::{Error, ExitCode};
use crate::model::time;
use crate::model::visible;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

static FORMAT: OnceLock<LogFormat> = OnceLock::new();
/// The fields of the last line; `None` for a command that has none.
static END: Mutex<Option<Map<String, Value>>> = Mutex::new(None);
/// Whether gaps are no failure.
static ACCEPT: AtomicBool = AtomicBool::new(false);

/// Sets the form, before anything is said.
pub(super) fn start(format: LogFormat) {
    let _first = FORMAT.set(format);
}

pub(super) fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// A line for whoever watches.
pub(super) fn say(line: &str) {
    if !is_json() {
        eprintln!("{line}");
    } else if !line.trim().is_empty() {
        event("message", json!({ "message": line.trim() }));
    }
}

/// Something that happened: in a log an object, for people the line.
pub(super) fn tell(name: &str, fields: Value, line: &str) {
    if is_json() { event(name, fields) } else { eprintln!("{line}") }
}

fn event(name: &str, fields: Value) {
    let mut object = Map::new();
    object.insert("time".to_owned(), time::seconds(clock::now()).into());
    object.insert("event".to_owned(), name.into());
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    eprintln!("{}", visible::escaped(&Value::Object(object).to_string()));
}

/// From here on the program ends with the line for schedulers.
pub(super) fn scheduled() {
    end_fields(|end| {
        end.get_or_insert_default();
    });
}

/// What the last line says beside the exit code. A value that is no plain word stands in JSON's quotes.
pub(super) fn result(fields: Value) {
    end_fields(|end| {
        if let (Some(end), Value::Object(fields)) = (end, fields) {
            end.extend(fields);
        }
    });
}

fn end_fields(change: impl FnOnce(&mut Option<Map<String, Value>>)) {
    change(&mut END.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Exit code 3 is 0 from here on, if so: for whoever knows success and failure only.
pub(super) fn accept_gaps(accept: bool) {
    ACCEPT.store(accept, Ordering::Relaxed);
}

/// The number that the program ends with.
pub(super) fn number(code: ExitCode) -> u8 {
    if code == ExitCode::Incomplete && ACCEPT.load(Ordering::Relaxed) { 0 } else { code.number() }
}

/// Says why a command could not run.
pub fn failed(error: &Error) {
    tell("error", json!({ "message": error.to_string() }), &error.to_string());
}

/// The last line, for the commands that have one. Gives the number that the program ends with.
pub fn end(code: ExitCode) -> u8 {
    let number = number(code);
    let Some(fields) = END.lock().unwrap_or_else(PoisonError::into_inner).take() else { return number };
    let word = match code {
        ExitCode::Done => "done",
        ExitCode::No => "no",
        ExitCode::CouldNotRun => "could_not_run",
        ExitCode::Incomplete => "incomplete",
    };
    let words: Vec<String> = fields.iter().map(|(name, value)| format!(" {name}={}", plain(value))).collect();
    let words = words.concat();
    let line = format!("keywitness: exit={number} result={word}{words}");
    let mut object = fields;
    object.insert("exit".to_owned(), number.into());
    object.insert("result".to_owned(), word.into());
    tell("end", Value::Object(object), &line);
    number
}

/// A value without blanks, so that the line splits at them.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"') => {
            text.clone()
        }
        other => other.to_string().replace(' ', "\\u0020"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_last_line_has_no_blank() {
        assert_eq!(plain(&json!("/a/b-c")), "/a/b-c");
        assert_eq!(plain(&json!("/a b")), "\"/a\\u0020b\"");
        assert_eq!(plain(&json!("")), "\"\"");
        assert_eq!(plain(&json!(7)), "7");
        assert_eq!(plain(&json!("a\nb")), "\"a\\nb\"");
    }
}
