//! What was typed, what the file says and what the environment says become one plan, checked before any call.
//!
//! Flags win over the environment (clap joins those two), and both over `keywitness.toml`.

mod attachments;
mod past;

use crate::cli;
use crate::collect::{Accounts, Plan, Role};
use crate::error::Error;
use crate::model::export::Export;
use crate::model::run::{Shard, Window};
use crate::model::settings::{Attached, Cryptoperiod, Exception, Expected, NotApplicable, RequiredTags, ScopeSettings};
use crate::model::{AccountId, Settings, Time};
use attachments::Attachments;
pub use attachments::FOLDER as ATTACHMENTS;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
pub use past::{Athena, Past};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is read when none is named.
pub const FILE: &str = "keywitness.toml";

/// The `[run]` table of the file: the same names as the flags.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the file")]
struct RunTable {
    regions: Vec<String>,
    all_regions: bool,
    account_role: Option<String>,
    accounts: Vec<String>,
    organization: bool,
    external_id: Option<String>,
    fips: bool,
    dual_stack: bool,
    profile: Option<String>,
    endpoint_url: Option<String>,
    quota_share: Option<f64>,
    max_attempts: Option<u32>,
    catalogs: Vec<String>,
    frameworks: Vec<PathBuf>,
    templates: Option<PathBuf>,
    export: BTreeSet<Export>,
    sign: Option<String>,
    tsa: Option<String>,
    tsa_policy: Option<String>,
    tsa_root: Vec<PathBuf>,
    trail_logs: Option<String>,
    trail_prefix: Option<String>,
    trail_keys: Option<PathBuf>,
    trail_athena: Option<String>,
    athena_table: Option<String>,
    athena_workgroup: Option<String>,
    athena_output: Option<String>,
    athena_yes: bool,
    events_export: Vec<PathBuf>,
    key_last_usage: bool,
}

/// How packs are sealed: what was typed, and for the rest what the file says.
///
/// # Errors
/// When the file cannot be read or holds what is not understood.
pub fn sealing(typed: &cli::Sealing, named: Option<&Path>) -> Result<cli::Sealing, Error> {
    let file = load(named)?;
    let below = |name: &String| match name.strip_prefix("file:") {
        Some(path) => format!("file:{}", file.folder.join(path).display()),
        None => name.clone(),
    };
    let sign = typed.sign.clone().or_else(|| file.table.run.sign.as_ref().map(below));
    Ok(cli::Sealing { sign, stamp: merge(&typed.stamp, file), previous: typed.previous.clone() })
}

/// Who gives time stamps: what was typed, and for the rest what the file says.
///
/// # Errors
/// When the file cannot be read or holds what is not understood.
pub fn stamp(typed: &cli::Stamp, named: Option<&Path>) -> Result<cli::Stamp, Error> {
    Ok(merge(typed, load(named)?))
}

/// Paths in the file are relative to it, as those of documents are.
fn merge(typed: &cli::Stamp, file: File) -> cli::Stamp {
    let File { table, folder } = file;
    let mut tsa_root = typed.tsa_root.clone();
    if tsa_root.is_empty() {
        tsa_root = table.run.tsa_root.iter().map(|path| folder.join(path)).collect();
    }
    cli::Stamp {
        tsa: typed.tsa.clone().or(table.run.tsa),
        tsa_policy: typed.tsa_policy.clone().or(table.run.tsa_policy),
        tsa_root,
    }
}

/// The file as a whole: `[run]`, and what becomes [`Settings`].
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    run: RunTable,
    entity: Option<String>,
    classification: Option<String>,
    runs_every_days: Option<u32>,
    scope: ScopeSettings,
    parameters: BTreeMap<String, serde_json::Value>,
    cryptoperiods: Vec<Cryptoperiod>,
    required_tags: RequiredTags,
    expected: Expected,
    declared_measures: BTreeSet<String>,
    not_applicable: Vec<NotApplicable>,
    decision_records: Vec<Document>,
    manual_evidence: Vec<Document>,
    exceptions: Vec<Exception>,
}

/// A document against a requirement, as it is written in the file.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    catalog: String,
    requirement: String,
    item: Option<String>,
    #[serde(default)]
    reference: String,
    /// Relative to the configuration file.
    file: Option<PathBuf>,
}

/// A configuration file that was read and understood. Its documents are not read yet.
#[derive(Debug, Default)]
pub struct File {
    table: Table,
    folder: PathBuf,
}

/// What a configuration file says about the judging of a run.
#[derive(Debug, Default)]
pub struct Declared {
    /// The declarations.
    pub settings: Settings,
    /// The documents for the pack, by path in it.
    pub attachments: BTreeMap<String, Vec<u8>>,
    /// The catalogs that the file names.
    pub catalogs: Vec<String>,
    /// The catalog files that it names.
    pub frameworks: Vec<PathBuf>,
    /// The folder with templates of the user's own for the HTML report.
    pub templates: Option<PathBuf>,
    /// The forms for other programs that it asks for.
    pub exports: BTreeSet<Export>,
}

impl File {
    /// The declarations, with the documents that they name.
    ///
    /// # Errors
    /// When a document cannot be read.
    pub fn declared(self) -> Result<Declared, Error> {
        let Self { table, folder } = self;
        let mut attachments = Attachments::default();
        let mut attach = |documents: Vec<Document>| -> Result<Vec<Attached>, Error> {
            let attached = documents.into_iter().map(|d| {
                let attachment = d.file.map(|file| attachments.take(&folder.join(file))).transpose()?;
                let Document { catalog, requirement, item, reference, .. } = d;
                Ok(Attached { catalog, requirement, item, reference, attachment })
            });
            attached.collect()
        };
        let settings = Settings {
            entity: table.entity,
            classification: table.classification,
            runs_every_days: table.runs_every_days,
            scope: table.scope,
            parameters: table.parameters,
            cryptoperiods: table.cryptoperiods,
            required_tags: table.required_tags,
            expected: table.expected,
            declared_measures: table.declared_measures,
            not_applicable: table.not_applicable,
            decision_records: attach(table.decision_records)?,
            manual_evidence: attach(table.manual_evidence)?,
            exceptions: table.exceptions,
        };
        Ok(Declared {
            settings,
            attachments: attachments.files,
            catalogs: table.run.catalogs,
            exports: table.run.export,
            frameworks: table.run.frameworks.into_iter().map(|f| folder.join(f)).collect(),
            templates: table.run.templates.map(|f| folder.join(f)),
        })
    }
}

/// What a configuration file says, with the documents that it names.
///
/// # Errors
/// When the file or a document cannot be read, or the file holds what is not understood, with line and column.
pub fn declared(named: Option<&Path>) -> Result<Declared, Error> {
    load(named)?.declared()
}

/// The declarations in the text of a configuration file that stands in no folder.
///
/// # Errors
/// When it holds what is not understood, or names a document.
pub fn declarations(text: &str) -> Result<Settings, Error> {
    let table = parse(text).map_err(|e| Error::new(format!("cannot read the declarations: {e}")))?;
    Ok(File { table, folder: PathBuf::new() }.declared()?.settings)
}

/// The plan of a run, its other sources of events, and the file behind both.
///
/// # Errors
/// When the file or an argument does not make sense.
pub fn plan(typed: &cli::Reading, command: String) -> Result<(Plan, Past, File), Error> {
    let read = load(typed.config.as_deref())?;
    let file = &read.table.run;
    let past = past::past(&typed.past, file, &read.folder)?;
    let names = if typed.region.is_empty() { &file.regions } else { &typed.region };
    let regions: Result<Vec<_>, String> = names.iter().map(|name| name.parse()).collect();
    let regions = regions.map_err(|why| Error::new(why).hint("a Region looks like eu-west-1"))?;
    let all_regions = typed.all_regions || (typed.region.is_empty() && file.all_regions);
    let share = typed.quota_share.or(file.quota_share).unwrap_or(0.8);
    if !(share > 0.0 && share <= 1.0) {
        return Err(Error::new(format!("a quota share of {share} is not above 0 and at most 1")));
    }
    let max_attempts = typed.max_attempts.or(file.max_attempts).unwrap_or(8);
    if max_attempts == 0 {
        return Err(Error::new("a call must be tried at least once").hint("--max-attempts 1"));
    }
    let plan = Plan {
        regions: if all_regions { Vec::new() } else { regions },
        all_regions,
        accounts: accounts(&typed.accounts, file)?,
        fips: typed.fips || file.fips,
        dual_stack: typed.dual_stack || file.dual_stack,
        profile: typed.profile.clone().or_else(|| file.profile.clone()),
        endpoint_url: typed.endpoint_url.clone().or_else(|| file.endpoint_url.clone()),
        window: window(typed)?,
        quota_share: (!typed.no_rate_limit).then_some(share),
        max_attempts,
        further: !typed.no_further_reads,
        call_timeout: typed.call_timeout.map(Duration::from_secs),
        key_last_usage: past.key_last_usage,
        public_keys: past.trail_logs.is_some() && past.trail_keys.is_none(),
        command,
        begun: None,
    };
    Ok((plan, past, read))
}

/// Which accounts: what was typed, and for the rest what the file says.
fn accounts(typed: &cli::Accounts, file: &RunTable) -> Result<Accounts, Error> {
    let wrong = |why: String| Error::new(why);
    let role = typed.account_role.as_ref().or(file.account_role.as_ref());
    let role = role.map(|text| text.parse::<Role>().map_err(wrong)).transpose()?;
    let names = if typed.account.is_empty() && !typed.organization { &file.accounts } else { &typed.account };
    let listed = names.iter().map(|id| id.parse().map_err(wrong)).collect::<Result<Vec<AccountId>, _>>()?;
    let organization = typed.organization || (typed.account.is_empty() && file.organization);
    let shard = typed.shard.as_ref().map(|text| text.parse::<Shard>().map_err(wrong)).transpose()?;
    let many = organization || !listed.is_empty();
    if many && role.is_none() {
        return Err(Error::new("several accounts are read by taking a role in each, and no role was named")
            .hint("--account-role 'arn:aws:iam::{account}:role/KeywitnessReader'"));
    }
    if !many && (role.is_some() || shard.is_some()) {
        return Err(Error::new("no accounts were named to take a role in, or to make parts of")
            .hint("--account 111122223333, as often as you need, or --organization"));
    }
    let session_name = typed.role_session_name.clone();
    let plain = |name: &String| {
        (2..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    };
    if let Some(name) = session_name.as_ref().filter(|name| !plain(name)) {
        return Err(Error::new(format!("{name:?} cannot be the name of a session"))
            .hint("2 to 64 letters, digits and the characters _ + = , . @ -"));
    }
    let external_id = typed.external_id.clone().or_else(|| file.external_id.clone());
    Ok(Accounts { role, listed, organization, external_id, session_name, shard })
}

fn load(named: Option<&Path>) -> Result<File, Error> {
    let path = match named {
        Some(path) => path.to_owned(),
        None if Path::new(FILE).exists() => PathBuf::from(FILE),
        None => return Ok(File::default()),
    };
    let text =
        std::fs::read_to_string(&path).map_err(|e| Error::new(format!("cannot read {}: {e}", path.display())))?;
    let table =
        parse(&text).map_err(|why| Error::new(format!("cannot read {}: {}", path.display(), why.trim_end())))?;
    Ok(File { table, folder: path.parent().map(Path::to_owned).unwrap_or_default() })
}

fn parse(text: &str) -> Result<Table, String> {
    let table: Table = toml::from_str(text).map_err(|e| e.to_string())?;
    if table.runs_every_days == Some(0) {
        return Err("runs_every_days is 0: say how many days lie between two runs, such as 92".to_owned());
    }
    let nth = |what: &str, n: usize, why: &str| format!("entry {} of {what} {why}", n + 1);
    for (n, rule) in table.scope.streams.iter().enumerate() {
        if rule.data_classes.is_none() && rule.tenant.is_none() && rule.environment.is_none() {
            return Err(nth("scope.streams", n, "says nothing: give it data_classes, tenant or environment"));
        }
    }
    for (n, period) in table.cryptoperiods.iter().enumerate() {
        let names = [period.key.is_some(), period.tag.is_some(), period.data_class.is_some()];
        let why = match names.into_iter().filter(|named| *named).count() {
            _ if period.days == 0 => "has a period of 0 days",
            0 => "names no key, tag or data_class; for all keys there is cryptoperiod_days under [parameters]",
            1 if period.value.is_some() && period.tag.is_none() => "names the value of a tag without the tag",
            1 => continue,
            _ => "names more than one of key, tag and data_class",
        };
        return Err(nth("cryptoperiods", n, why));
    }
    for (what, documents) in
        [("decision_records", &table.decision_records), ("manual_evidence", &table.manual_evidence)]
    {
        for (n, document) in documents.iter().enumerate() {
            if document.reference.trim().is_empty() && document.file.is_none() {
                return Err(nth(what, n, "says nowhere where the document is: give it reference, file or both"));
            }
        }
    }
    Ok(table)
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
///
/// # Errors
/// When the text is neither.
pub fn parse_time(text: &str, end: bool) -> Result<Time, Error> {
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
        let error = parse("entity = \"x\"\ncryptoperiod = 365\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("cryptoperiod"), "{error}");
    }

    #[test]
    fn every_setting_is_documented() {
        let document = include_str!("../docs/declarations.md");
        let tables = [
            "",
            "[run]",
            "[scope]",
            "[[scope.streams]]",
            "[[cryptoperiods]]",
            "[required_tags]",
            "[expected]",
            "[[not_applicable]]",
            "[[manual_evidence]]",
            "[[exceptions]]",
        ];
        for table in tables {
            // What there is, is in the error about what there is not.
            let error = parse(&format!("{table}\nno_such_setting = 1\n")).unwrap_err();
            let (_, names) = error.split_once("expected ").unwrap_or_else(|| panic!("{table}: {error}"));
            let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
            assert!(names.len() > 1, "{table}: {error}");
            for name in names {
                let told = [format!("`{name}`"), format!("\n{name} = "), format!("[{name}]"), format!(".{name}]")];
                assert!(told.iter().any(|t| document.contains(t.as_str())), "{table} {name} is not in declarations.md");
            }
        }
    }

    #[test]
    fn the_run_table_and_the_declarations_stand_in_one_file() {
        let text = "entity = \"x\"\n[run]\nregions = [\"eu-west-1\"]\n[parameters]\ncryptoperiod_days = 365\n";
        assert_eq!(parse(text).unwrap().run.regions, ["eu-west-1"]);
        assert_eq!(declarations(text).unwrap().number("cryptoperiod_days"), Some(365));
    }
    #[test]
    fn what_says_nothing_is_refused() {
        let refused = |text: &str, words: &str| {
            let why = parse(text).unwrap_err();
            assert!(why.contains(words), "{why}");
        };
        refused("[[scope.streams]]\nname = \"a\"\n", "entry 1 of scope.streams says nothing");
        refused("[[cryptoperiods]]\ndays = 90\n", "names no key, tag or data_class");
        refused("[[cryptoperiods]]\ndays = 0\nkey = \"*\"\n", "has a period of 0 days");
        refused("[[cryptoperiods]]\ndays = 9\nkey = \"*\"\nvalue = \"x\"\n", "without the tag");
        refused("[[cryptoperiods]]\ndays = 9\nkey = \"*\"\ntag = \"x\"\n", "more than one of");
        refused(
            "[[manual_evidence]]\ncatalog = \"gdpr\"\nrequirement = \"32.1.a\"\nitem = \"M1\"\n",
            "says nowhere where",
        );
        // What resolves a file is ours to say, never the file's.
        refused("[[manual_evidence]]\ncatalog = \"g\"\nrequirement = \"1\"\nattachment = {}\n", "attachment");
    }

    #[test]
    fn a_document_is_found_beside_the_file_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("papers")).unwrap();
        std::fs::write(folder.path().join("papers/risk.pdf"), b"paper").unwrap();
        let config = folder.path().join("k.toml");
        let text = "[run]\nframeworks = [\"own.yaml\"]\n[[manual_evidence]]\ncatalog = \"gdpr\"\nrequirement = \"32.1.a\"\nitem = \"M1\"\nfile = \"papers/risk.pdf\"\n";
        std::fs::write(&config, text).unwrap();
        let declared = declared(Some(&config)).unwrap();
        let attached = declared.settings.manual_evidence[0].attachment.clone().unwrap();
        assert_eq!((attached.name.as_str(), attached.bytes), ("risk.pdf", 5));
        assert_eq!(declared.attachments[&attached.path], b"paper");
        assert_eq!(declared.frameworks, [folder.path().join("own.yaml")]);
    }
}
