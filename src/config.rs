//! What was typed, what the file says and what the environment says become one plan, checked before any call.
//!
//! Flags win over the environment (clap joins those two), and both over `keywitness.toml`.

use crate::cli;
use crate::collect::Plan;
use crate::error::Error;
use crate::model::run::Window;
use crate::model::{Settings, Time};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The file that is read when none is named.
pub const FILE: &str = "keywitness.toml";

/// The `[run]` table of the file: the same names as the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RunTable {
    regions: Vec<String>,
    profile: Option<String>,
    endpoint_url: Option<String>,
    quota_share: Option<f64>,
    max_attempts: Option<u32>,
}

/// The declarations of a configuration file.
///
/// # Errors
/// When the file cannot be read or holds what is not understood, with line and column.
pub fn settings(named: Option<&Path>) -> Result<Settings, Error> {
    Ok(load(named)?.1)
}

/// The declarations in the text of a configuration file.
///
/// # Errors
/// When it holds what is not understood.
pub fn declarations(text: &str) -> Result<Settings, Error> {
    parse(text).map(|(_, settings)| settings).map_err(|e| Error::new(format!("cannot read the declarations: {e}")))
}

/// The plan of a run, and its declarations.
///
/// # Errors
/// When the file or an argument does not make sense.
pub fn plan(typed: &cli::Reading, command: String) -> Result<(Plan, Settings), Error> {
    let (file, settings) = load(typed.config.as_deref())?;
    let names = if typed.region.is_empty() { &file.regions } else { &typed.region };
    let regions: Result<Vec<_>, String> = names.iter().map(|name| name.parse()).collect();
    let regions = regions.map_err(|why| Error::new(why).hint("a Region looks like eu-west-1"))?;
    let share = typed.quota_share.or(file.quota_share).unwrap_or(0.8);
    if !(share > 0.0 && share <= 1.0) {
        return Err(Error::new(format!("a quota share of {share} is not above 0 and at most 1")));
    }
    let max_attempts = typed.max_attempts.or(file.max_attempts).unwrap_or(8);
    if max_attempts == 0 {
        return Err(Error::new("a call must be tried at least once").hint("--max-attempts 1"));
    }
    let plan = Plan {
        regions,
        profile: typed.profile.clone().or(file.profile),
        endpoint_url: typed.endpoint_url.clone().or(file.endpoint_url),
        window: window(typed)?,
        quota_share: (!typed.no_rate_limit).then_some(share),
        max_attempts,
        command,
    };
    Ok((plan, settings))
}

fn load(named: Option<&Path>) -> Result<(RunTable, Settings), Error> {
    let path = match named {
        Some(path) => path.to_owned(),
        None if Path::new(FILE).exists() => PathBuf::from(FILE),
        None => return Ok((RunTable::default(), Settings::default())),
    };
    let text =
        std::fs::read_to_string(&path).map_err(|e| Error::new(format!("cannot read {}: {e}", path.display())))?;
    parse(&text).map_err(|e| Error::new(format!("cannot read {}: {}", path.display(), e.to_string().trim_end())))
}

fn parse(text: &str) -> Result<(RunTable, Settings), toml::de::Error> {
    /// The file as a whole: what `Settings` has, and `[run]`.
    #[derive(Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[derive(Default)]
    struct File {
        run: RunTable,
        entity: Option<String>,
        scope: crate::model::settings::ScopeSettings,
        parameters: std::collections::BTreeMap<String, serde_json::Value>,
        required_tags: crate::model::settings::RequiredTags,
        declared_measures: std::collections::BTreeSet<String>,
        not_applicable: Vec<crate::model::settings::NotApplicable>,
        decision_records: Vec<crate::model::settings::Attached>,
        manual_evidence: Vec<crate::model::settings::Attached>,
    }
    let file: File = toml::from_str(text)?;
    let settings = Settings {
        entity: file.entity,
        scope: file.scope,
        parameters: file.parameters,
        required_tags: file.required_tags,
        declared_measures: file.declared_measures,
        not_applicable: file.not_applicable,
        decision_records: file.decision_records,
        manual_evidence: file.manual_evidence,
    };
    Ok((file.run, settings))
}

fn window(typed: &cli::Reading) -> Result<Option<Window>, Error> {
    if let Some(quarter) = &typed.quarter {
        return parse_quarter(quarter)
            .map(Some)
            .ok_or_else(|| Error::new(format!("{quarter:?} is not a quarter")).hint("a quarter looks like 2026Q3"));
    }
    let parse = |text: &Option<String>, end| text.as_deref().map(|t| parse_time(t, end)).transpose();
    let (from, to) = (parse(&typed.from, false)?, parse(&typed.to, true)?);
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from <= to => Ok(Some(Window { from, to })),
        (Some(_), Some(_)) => Err(Error::new("--from is after --to")),
        // To the end of time: the collector ends a window at the present.
        (Some(from), None) => Ok(Some(Window { from, to: DateTime::<Utc>::MAX_UTC })),
        (None, Some(to)) => Ok(Some(Window { from: to - TimeDelta::days(crate::collect::LOOKUP_DAYS), to })),
    }
}

/// A day, from its first or to its last second, or a time.
fn parse_time(text: &str, end: bool) -> Result<Time, Error> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|d| d.and_time(NaiveTime::MIN).and_utc());
    let day = day.map(|d| if end { d + TimeDelta::days(1) - TimeDelta::seconds(1) } else { d });
    day.ok_or_else(|| Error::new(format!("{text:?} is not a day or a time")).hint("2026-07-01 or 2026-07-01T12:00:00Z"))
}

/// `2026Q3` is from 1 July to 30 September.
fn parse_quarter(text: &str) -> Option<Window> {
    let (year, quarter) = text.split_once(['Q', 'q'])?;
    let year: i32 = (year.len() == 4).then(|| year.parse().ok())??;
    let quarter: u32 = match quarter {
        "1" | "2" | "3" | "4" => quarter.parse().ok()?,
        _ => return None,
    };
    let first = NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1)?;
    let next = first.checked_add_months(chrono::Months::new(3))?;
    debug_assert_eq!(next.day(), 1);
    let at = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    Some(Window { from: at(first), to: at(next) - TimeDelta::seconds(1) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::seconds;

    #[test]
    fn a_quarter_is_its_three_months() {
        let window = parse_quarter("2026Q3").unwrap();
        assert_eq!(seconds(window.from), "2026-07-01T00:00:00Z");
        assert_eq!(seconds(window.to), "2026-09-30T23:59:59Z");
        assert_eq!(seconds(parse_quarter("2026q4").unwrap().to), "2026-12-31T23:59:59Z");
        for odd in ["2026", "2026Q0", "2026Q5", "26Q1", "Q1", "2026Q", "2026Q+1"] {
            assert!(parse_quarter(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_day_ends_with_its_last_second() {
        assert_eq!(seconds(parse_time("2026-02-28", true).unwrap()), "2026-02-28T23:59:59Z");
        assert!(parse_time("2026-02-30", true).is_err());
    }

    #[test]
    fn an_unknown_setting_is_an_error_with_its_line() {
        let error = parse("entity = \"x\"\ncryptoperiod = 365\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("cryptoperiod"), "{error}");
    }

    #[test]
    fn the_run_table_and_the_declarations_stand_in_one_file() {
        let (run, settings) =
            parse("entity = \"x\"\n[run]\nregions = [\"eu-west-1\"]\n[parameters]\ncryptoperiod_days = 365\n").unwrap();
        assert_eq!(run.regions, ["eu-west-1"]);
        assert_eq!(settings.number("cryptoperiod_days"), Some(365));
    }
}
