//! Which sources of events there are beside `LookupEvents`: what was typed, and for the rest what the file says.
//!
//! What belongs to a source goes with it: a bucket that is typed is not read with the prefix or the keys that the file
//! has for another one.

use super::RunTable;
use crate::cli;
use crate::error::Error;
use std::path::{Path, PathBuf};

/// The sources, as they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The trail's bucket, or a copy of it.
    pub trail_logs: Option<String>,
    /// What stands in the bucket before the paths of a copy.
    pub trail_prefix: String,
    /// A file with the public keys of the digests.
    pub trail_keys: Option<PathBuf>,
    /// The query on Athena.
    pub athena: Option<Athena>,
    /// Answers of `LookupEvents` in files.
    pub events_export: Vec<PathBuf>,
    /// Whether AWS is asked for the last use of each key.
    pub key_last_usage: bool,
}

/// A query on Athena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Athena {
    /// Where the log files are.
    pub place: String,
    /// `DATABASE.TABLE`.
    pub table: String,
    /// Who is asked.
    pub workgroup: String,
    /// Where the rows go, where the workgroup does not say.
    pub output: Option<String>,
    /// Whether it is asked without asking anybody.
    pub yes: bool,
}

/// Joins what was typed and what the file says; its paths are relative to its folder.
///
/// # Errors
/// When something is said of a source that is not named.
pub(super) fn past(typed: &cli::Past, file: &RunTable, folder: &Path) -> Result<Past, Error> {
    let below = |path: &PathBuf| folder.join(path);
    let mut found = Past {
        trail_logs: typed.trail_logs.clone(),
        trail_prefix: typed.trail_prefix.clone().unwrap_or_default(),
        trail_keys: typed.trail_keys.clone(),
        athena: None,
        events_export: typed.events_export.clone(),
        key_last_usage: typed.key_last_usage || file.key_last_usage,
    };
    if typed.trail_logs.is_none() {
        found.trail_logs = file.trail_logs.as_ref().map(|place| match place.strip_prefix("s3://") {
            Some(_) => place.clone(),
            None => folder.join(place).display().to_string(),
        });
        found.trail_prefix = typed.trail_prefix.clone().or_else(|| file.trail_prefix.clone()).unwrap_or_default();
        found.trail_keys = typed.trail_keys.clone().or_else(|| file.trail_keys.as_ref().map(below));
    }
    if found.events_export.is_empty() {
        found.events_export = file.events_export.iter().map(below).collect();
    }
    let of_the_file = typed.trail_athena.is_none();
    let filed = |value: &Option<String>| if of_the_file { value.clone() } else { None };
    let output = typed.athena_output.clone().or_else(|| filed(&file.athena_output));
    let table = typed.athena_table.clone().or_else(|| filed(&file.athena_table));
    let workgroup = typed.athena_workgroup.clone().or_else(|| filed(&file.athena_workgroup));
    let yes = typed.yes || (of_the_file && file.athena_yes);
    if let Some(place) = typed.trail_athena.clone().or_else(|| file.trail_athena.clone()) {
        found.athena = Some(Athena {
            place,
            table: table.unwrap_or_else(|| "default.keywitness_trail".to_owned()),
            workgroup: workgroup.unwrap_or_else(|| "primary".to_owned()),
            output,
            yes,
        });
    } else if let Some(what) = [
        (output.is_some(), "--athena-output (athena_output)"),
        (table.is_some(), "--athena-table (athena_table)"),
        (workgroup.is_some(), "--athena-workgroup (athena_workgroup)"),
        (yes, "--yes (athena_yes)"),
    ]
    .into_iter()
    .find_map(|(said, what)| said.then_some(what))
    {
        return Err(Error::new(format!("{what} is of a query on Athena, and none is asked"))
            .hint("--trail-athena s3://BUCKET/PREFIX, or trail_athena under [run] in keywitness.toml"));
    }
    if found.trail_logs.is_none() && (!found.trail_prefix.is_empty() || found.trail_keys.is_some()) {
        let what =
            if found.trail_prefix.is_empty() { "--trail-keys (trail_keys)" } else { "--trail-prefix (trail_prefix)" };
        return Err(Error::new(format!("{what} is of a trail's log files, and none are named"))
            .hint("--trail-logs s3://BUCKET/PREFIX, or trail_logs under [run] in keywitness.toml"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(typed: &cli::Past, file: &str) -> Result<Past, Error> {
        past(typed, &toml::from_str(file).unwrap(), Path::new("/etc/audit"))
    }

    #[test]
    fn a_schedule_declares_its_sources_and_paths_are_relative_to_the_file() {
        let file = "trail_logs = \"s3://logs/audit\"\ntrail_keys = \"keys.json\"\nkey_last_usage = true\n\
                    events_export = [\"a.json\"]\ntrail_athena = \"s3://logs\"\nathena_yes = true\n";
        let found = joined(&cli::Past::default(), file).unwrap();
        assert_eq!(found.trail_logs.as_deref(), Some("s3://logs/audit"));
        assert_eq!(found.trail_keys, Some(PathBuf::from("/etc/audit/keys.json")));
        assert_eq!(found.events_export, [PathBuf::from("/etc/audit/a.json")]);
        assert!(found.key_last_usage);
        let athena = found.athena.unwrap();
        assert_eq!((athena.table.as_str(), athena.yes), ("default.keywitness_trail", true));
        let copy = joined(&cli::Past::default(), "trail_logs = \"copy\"\ntrail_prefix = \"p\"\n").unwrap();
        assert_eq!((copy.trail_logs.as_deref(), copy.trail_prefix.as_str()), (Some("/etc/audit/copy"), "p"));
    }

    #[test]
    fn what_is_typed_wins_and_takes_nothing_from_another_source() {
        let file = "trail_logs = \"s3://logs\"\ntrail_keys = \"keys.json\"\ntrail_athena = \"s3://logs\"\n\
                    athena_table = \"a.b\"\nathena_yes = true\n";
        let typed = cli::Past {
            trail_logs: Some("copy".to_owned()),
            trail_athena: Some("s3://other".to_owned()),
            ..cli::Past::default()
        };
        let found = joined(&typed, file).unwrap();
        assert_eq!((found.trail_logs.as_deref(), found.trail_keys), (Some("copy"), None));
        let athena = found.athena.unwrap();
        assert_eq!((athena.place.as_str(), athena.table.as_str()), ("s3://other", "default.keywitness_trail"));
        assert!(!athena.yes, "the file agreed to another query");
        let table = cli::Past { athena_table: Some("c.d".to_owned()), ..cli::Past::default() };
        let athena = joined(&table, file).unwrap().athena.unwrap();
        assert_eq!((athena.table.as_str(), athena.yes), ("c.d", true));
    }

    #[test]
    fn what_belongs_to_no_source_is_refused() {
        for (typed, word) in [
            (cli::Past { yes: true, ..cli::Past::default() }, "--yes"),
            (cli::Past { athena_table: Some("a.b".to_owned()), ..cli::Past::default() }, "--athena-table"),
            (cli::Past { trail_keys: Some("k".into()), ..cli::Past::default() }, "--trail-keys"),
            (cli::Past { trail_prefix: Some("p".to_owned()), ..cli::Past::default() }, "--trail-prefix"),
        ] {
            let why = joined(&typed, "").unwrap_err().to_string();
            assert!(why.contains(word), "{why}");
        }
    }
}
