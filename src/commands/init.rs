//! `keywitness init`: a starting `keywitness.toml`, with every setting explained and the names that were found.
//!
//! Every line is a comment, so the file changes nothing until somebody takes a `#` away: what a stream carries or how
//! long a key may live is for the entity to say, and a guess in a file soon looks like a decision. Lines that begin
//! with `#` and no blank are settings; the others explain them.

use super::{collect, out, out_json, payload, say};
use crate::config::{self, FILE};
use crate::error::{Error, ExitCode};
use crate::model::catalog::{Parameter, ParameterKind};
use crate::model::key::KeyManager;
use crate::model::time::seconds;
use crate::model::visible::{is_unseen, visible};
use crate::model::{Key, Reading, Snapshot};
use crate::{cli, snapshot, store};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// How many tags, values of a tag, groups of streams and keys are listed.
const LISTED: usize = 25;

pub(super) fn run(typed: &cli::Init) -> Result<ExitCode, Error> {
    let path = typed.output.join(FILE);
    collect::ready(&typed.output)?;
    // Told before a long reading, and once more when it is written.
    if path.symlink_metadata().is_ok() {
        return Err(exists(&path));
    }
    let (run, records) = if let Some(folder) = &typed.from {
        store::parse(&store::load(folder)?).map_err(|error| {
            Error::from(error).hint(format!("{} should be a folder that `keywitness collect` made", folder.display()))
        })?
    } else {
        let (plan, _, _) = config::plan(&typed.reading(), collect::command_line())?;
        let (run, mut records) = collect::read(&plan)?;
        store::number(&mut records);
        (run, records)
    };
    let found = snapshot::read(run, &records);
    let parameters = parameters()?;
    write(&path, &starting_file(&found, &parameters))?;
    let gaps = found.gaps.len();
    let code = if gaps == 0 { ExitCode::Done } else { ExitCode::Incomplete };
    if typed.json {
        out_json(&json!({ "file": path, "gaps": gaps, "exit": code.number() }))?;
    } else {
        out(&format!("file  {}\ngaps  {gaps}\n", path.display()))?;
        say("everything in it is a comment: take away the # of what you declare, then `keywitness run` or `report`");
    }
    Ok(code)
}

fn exists(path: &Path) -> Error {
    Error::new(format!("cannot write {}: it is there already, and it was left as it is", path.display()))
        .hint("name another folder with --output, or move the file away")
}

/// Writes a new file, never over another.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => Error::new(format!("cannot write {}: {error}", path.display())),
    })
}

/// Every parameter that a catalog of the program asks for, once, with the catalogs that do.
fn parameters() -> Result<Vec<(Parameter, Vec<String>)>, Error> {
    let mut found: Vec<(Parameter, Vec<String>)> = Vec::new();
    for loaded in payload::own_catalogs()? {
        for parameter in &loaded.catalog.parameters {
            let id = loaded.catalog.catalog.id.clone();
            match found.iter_mut().find(|(p, _)| p.id == parameter.id) {
                Some((_, catalogs)) => catalogs.push(id),
                None => found.push((parameter.clone(), vec![id])),
            }
        }
    }
    Ok(found)
}

/// The text of the file.
fn starting_file(found: &Snapshot, parameters: &[(Parameter, Vec<String>)]) -> String {
    let parts = [
        head(found),
        run_table(found),
        scope(found),
        parameter_table(parameters),
        cryptoperiods(found),
        required_tags(found),
        REQUIREMENTS.to_owned(),
        EXCEPTIONS.to_owned(),
    ];
    parts.join("\n")
}

fn head(found: &Snapshot) -> String {
    let run = &found.run;
    let regions: Vec<&str> = run.regions().into_iter().map(crate::model::Region::as_str).collect();
    format!(
        "# What only you can say about {} ({}), as it was read on {}.\n\
         # Everything is a comment: nothing is declared until you take away a #. Lines with a # and no blank after it are\n\
         # settings, with examples; the names and numbers in other lines are what was found. docs/declarations.md says more.\n\
         # Of every setting: left out, the report says what is not declared, and no result is better for it.\n\
         \n\
         # The name of the assessed entity, for the cover.\n\
         #entity = \"Example Ltd\"\n\
         \n\
         # Measures of GDPR Art. 32 that you have declared as your own. A failing check then contradicts them.\n\
         #declared_measures = [\"encryption\"]\n\
         \n\
         # How many days lie between two runs by your own plan: reports then say which runs were missed.\n\
         #runs_every_days = 92\n",
        run.subject(),
        regions.join(", "),
        seconds(run.ended)
    )
}

fn run_table(found: &Snapshot) -> String {
    let regions: Vec<String> = found.run.regions().into_iter().map(|r| quoted(r.as_str())).collect();
    format!(
        "# --- How to read; the flags of `keywitness run` win over this table.\n\
         #[run]\n\
         #regions = [{}]\n\
         # The AWS profile.\n\
         #profile = \"audit\"\n\
         # The share of AWS's request quotas that may be used, and how often a call is tried.\n\
         #quota_share = 0.8\n\
         #max_attempts = 8\n\
         # The catalogs to judge by (`keywitness frameworks list`), and files of your own, relative to this file.\n\
         #catalogs = [\"default\", \"soc2-tsc-2017-rev2022\"]\n\
         #frameworks = [\"our-rules.yaml\"]\n\
         # Templates of your own for the HTML report: a folder, relative to this file.\n\
         #templates = \"report-templates\"\n\
         # The findings also for other programs.\n\
         #export = [\"oscal\", \"ocsf\"]\n\
         # Who signs packs: a KMS key (ECC_NIST_P256), or a file that `keywitness keygen` made.\n\
         #sign = \"kms:arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"\n\
         # Who stamps them (RFC 3161), under which policy, and the root certificate that it must stand under.\n\
         #tsa = \"http://tsa.example.com/\"\n\
         #tsa_policy = \"1.2.3.4.1\"\n\
         #tsa_root = [\"tsa-root.pem\"]\n\
         # The log files of a trail, proven by their digests: its bucket, or a copy of it.\n\
         #trail_logs = \"s3://BUCKET/PREFIX\"\n\
         # Or a query on Athena, for a trail that is too large to read. Where nobody can be asked it is asked only if\n\
         # you agree here to what it costs.\n\
         #trail_athena = \"s3://BUCKET/PREFIX\"\n\
         #athena_output = \"s3://BUCKET/PREFIX/\"\n\
         #athena_yes = true\n\
         # AWS's own word on the last use of each key; five keys a second.\n\
         #key_last_usage = true\n",
        regions.join(", ")
    )
}

fn scope(found: &Snapshot) -> String {
    let tags = Seen::of(found.streams().map(|s| &s.tags));
    let mut text = String::from(
        "# --- Which streams carry what. Classes: pan, sad (PCI DSS), ephi (HIPAA), personal_data (GDPR), none.\n\
         # Without it every requirement about such data is \"not assessed\".\n",
    );
    text.push_str(&tags.listed("streams"));
    text.push_str(&format!(
        "#[scope]\n\
         # The tag whose value tells what a stream carries, and what each value stands for.\n\
         #data_class_tag = {}\n\
         # The tags that tell whose a stream is and where it runs: for the tables of scope.\n\
         #tenant_tag = {}\n\
         #environment_tag = {}\n",
        quoted(tags.named(&["class", "sensitiv", "data"]).unwrap_or("data-classification")),
        quoted(tags.named(&["tenant", "customer"]).unwrap_or("tenant")),
        quoted(tags.named(&["env", "stage"]).unwrap_or("environment")),
    ));
    text.push_str("\n#[scope.tag_values]\n");
    let values = tags.named(&["class", "sensitiv", "data"]).and_then(|tag| tags.tags.get(tag));
    let values: Vec<&str> = values.map(|v| v.keys().copied().take(LISTED).collect()).unwrap_or_default();
    for value in &values {
        text.push_str(&format!("#{} = [\"say which\"]\n", quoted(value)));
    }
    if values.is_empty() {
        text.push_str("#cardholder = [\"pan\"]\n");
    }
    text.push_str("\n# Streams by name; * stands for any characters. A rule adds to what the tag says.\n");
    let groups = groups(found);
    for (pattern, names) in groups.iter().take(LISTED) {
        let shown: Vec<String> = names.iter().take(6).map(|n| visible(n).into_owned()).collect();
        let more = if names.len() > 6 { format!(" and {} more", names.len() - 6) } else { String::new() };
        text.push_str(&format!("# {}: {}{more}\n", count(names.len(), "stream"), shown.join(", ")));
        text.push_str(&format!("#[[scope.streams]]\n#name = {}\n#data_classes = [\"say which\"]\n", quoted(pattern)));
    }
    if groups.len() > LISTED {
        text.push_str(&format!("# and {} more groups of streams\n", groups.len() - LISTED));
    }
    if groups.is_empty() {
        text.push_str("# No stream was found.\n#[[scope.streams]]\n#name = \"cards-*\"\n#data_classes = [\"pan\"]\n");
    }
    text.push_str(
        "# Further fields of a rule:\n#account = \"111122223333\"\n#region = \"eu-west-1\"\n#tenant = \"acme\"\n#environment = \"production\"\n",
    );
    text
}

fn parameter_table(parameters: &[(Parameter, Vec<String>)]) -> String {
    let mut text = String::from("# --- Values that catalogs ask for. None has a default.\n#[parameters]\n");
    for (parameter, catalogs) in parameters.iter().filter(|(p, _)| p.id != "declared_measures") {
        let what = parameter.what.as_deref().unwrap_or("A value that the catalog asks for.");
        let example = match parameter.kind {
            ParameterKind::Integer => "180",
            ParameterKind::List => "[]",
            ParameterKind::Date => "\"2026-11-23\"",
            ParameterKind::Bool => "true",
            ParameterKind::String => "\"text\"",
        };
        text.push_str(&format!("# {} ({})\n#{} = {example}\n", what.trim_end(), catalogs.join(", "), parameter.id));
    }
    text.push_str(
        "# The day for which the evidence is to stand, and how many days old it may then be (90 if left out).\n\
         #evidence_as_of = \"2026-12-31\"\n#evidence_age_days = 90\n",
    );
    text
}

fn cryptoperiods(found: &Snapshot) -> String {
    let mut text = String::from(
        "# --- Cryptoperiods that are not the same for all keys. Each entry names a key, a tag or a data class; a key wins\n\
         # over a tag, a tag over a data class, and all over parameters.cryptoperiod_days. No framework fixes a number.\n",
    );
    let keys: Vec<&Key> = found.keys().collect();
    for key in keys.iter().take(LISTED) {
        text.push_str(&format!("# {} ({}): {}\n", visible(key.name()), key.region, rotation(key)));
    }
    if keys.len() > LISTED {
        text.push_str(&format!("# and {} more keys\n", keys.len() - LISTED));
    }
    let example = keys.first().map_or("alias/example", |k| k.name());
    text.push_str(&format!(
        "#[[cryptoperiods]]\n#key = {}\n#days = 180\n#[[cryptoperiods]]\n#tag = \"environment\"\n#value = \"production\"\n#days = 180\n\
         #[[cryptoperiods]]\n#data_class = \"pan\"\n#days = 180\n",
        quoted(example)
    ));
    text
}

fn rotation(key: &Key) -> String {
    let manager = key.facts.as_ref().ok().and_then(|f| f.value.manager.as_ref().ok());
    if manager.is_some_and(|m| m.value == KeyManager::Aws) {
        return "AWS manages it".to_owned();
    }
    match key.rotation.as_ref().map(|r| (r.value.enabled, r.value.period_days)) {
        Ok((true, Some(days))) => format!("rotates every {days} days"),
        Ok((true, None)) => "rotates; the period is not told".to_owned(),
        Ok((false, _)) => "automatic rotation is off".to_owned(),
        Err(_) => "rotation could not be read".to_owned(),
    }
}

/// What AWS cannot know: each list closes a question that is otherwise open or failed.
const EXPECTED: &str = "
# --- What you expect. Accounts, administrators and grants that are not on these lists were not agreed on.
#[expected]
#accounts = [\"444455556666\", \"o-exampleorgid\"]
#administrators = [\"arn:aws:iam::111122223333:role/KeyAdministrator\"]
#grant_creators = [\"firehose.amazonaws.com\", \"arn:aws:sts::111122223333:assumed-role/Deployment/*\"]
#key_origins = [\"EXTERNAL\"]
#streams_per_key = 20
#regions = [\"eu-central-1\"]
#log_retention_days = 365
";

fn required_tags(found: &Snapshot) -> String {
    let keys = Seen::of(found.keys().map(|k| &k.tags));
    format!(
        "# --- The tags that you demand, each with some value.\n{}#[required_tags]\n#streams = [\"owner\"]\n#keys = [\"owner\"]\n{EXPECTED}",
        keys.listed("keys")
    )
}

const REQUIREMENTS: &str = "# --- Requirements that do not apply, with name, day and reason.
#[[not_applicable]]
#catalog = \"pci-dss-4.0.1\"
#requirement = \"3.7.9\"
#name = \"Head of information security\"
#date = \"2026-11-23\"
#reason = \"No keys are shared with customers\"

# --- Decision records for addressable specifications of HIPAA. A reference says where the record is; a file (relative to
# this file) goes into the pack, hashed. Neither is evaluated.
#[[decision_records]]
#catalog = \"hipaa-security-rule\"
#requirement = \"164.312(a)(2)(iv)\"
#reference = \"DMS 2026-117\"

# --- Manual evidence that is at hand, by the item of the requirement's page; reference, file or both.
#[[manual_evidence]]
#catalog = \"pci-dss-4.0.1\"
#requirement = \"3.7.4\"
#item = \"M1\"
#reference = \"Key management policy 4.2, section 5\"
";

const EXCEPTIONS: &str = "# --- Failures that somebody has approved for a time. They stay failures; a requirement is partly supported at best. Every
# field must be filled in, and at least one of stream, key, tag, account, region.
#[[exceptions]]
#id = \"EX-2026-01\"
#check = \"key-rotation-enabled\"
#key = \"alias/example\"
#reason = \"Key is replaced in the migration\"
#compensating_measure = \"Use is limited to one role and watched\"
#owner = \"Platform team lead\"
#approver = \"Head of information security\"
#approved = \"2026-10-01\"
#expires = \"2026-12-31\"
#link = \"https://register.example.com/EX-2026-01\"
";

/// The tags of many resources: each tag with its values, and how many resources have each.
struct Seen<'a> {
    tags: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
    unread: usize,
}

impl<'a> Seen<'a> {
    fn of(readings: impl Iterator<Item = &'a Reading<crate::model::stream::Tags>>) -> Self {
        let mut seen = Self { tags: BTreeMap::new(), unread: 0 };
        for reading in readings {
            match reading {
                Ok(tags) => {
                    for (key, value) in &tags.value {
                        *seen.tags.entry(key.as_str()).or_default().entry(value.as_str()).or_default() += 1;
                    }
                }
                Err(_) => seen.unread += 1,
            }
        }
        seen
    }

    /// The tag on most resources whose name has one of these pieces.
    fn named(&self, pieces: &[&str]) -> Option<&'a str> {
        let fits = |tag: &str| pieces.iter().any(|piece| tag.to_lowercase().contains(piece));
        let all = self.tags.iter().filter(|(tag, _)| fits(tag));
        all.max_by_key(|(_, values)| values.values().sum::<usize>()).map(|(tag, _)| *tag)
    }

    fn listed(&self, what: &str) -> String {
        let mut text = format!("# Tags on {what}:{}\n", if self.tags.is_empty() { " none were read" } else { "" });
        for (tag, values) in self.tags.iter().take(LISTED) {
            let shown = values.iter().take(LISTED).map(|(value, n)| format!("{} ({n})", visible(value)));
            let more =
                if values.len() > LISTED { format!(" and {} more", values.len() - LISTED) } else { String::new() };
            text.push_str(&format!("#   {}: {}{more}\n", visible(tag), shown.collect::<Vec<_>>().join(", ")));
        }
        if self.tags.len() > LISTED {
            text.push_str(&format!("#   and {} more tags\n", self.tags.len() - LISTED));
        }
        if self.unread > 0 {
            text.push_str(&format!("#   the tags of {} {what} could not be read\n", self.unread));
        }
        text
    }
}

/// Streams by the first word of their names: a pattern, and the names that it stands for.
fn groups<'a>(found: &'a Snapshot) -> Vec<(String, Vec<&'a str>)> {
    let mut names: Vec<&str> = found.streams().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let first = |name: &str| name.find(['-', '_', '.']).map_or(name.len(), |at| at + 1);
    let mut groups: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    for name in names {
        groups.entry(&name[..first(name)]).or_default().push(name);
    }
    let pattern = |(prefix, names): (&str, Vec<&'a str>)| match names.as_slice() {
        [one] => ((*one).to_owned(), names),
        _ => (format!("{prefix}*"), names),
    };
    groups.into_iter().map(pattern).collect()
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A TOML string on one line, whatever the text holds.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if is_unseen(c) => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Settings;
    use crate::samples;

    fn sample() -> Snapshot {
        let (run, records) = store::parse(&samples::halcyon_parcels()).unwrap();
        snapshot::read(run, &records)
    }

    /// The file with the `#` of every setting taken away, and every question of what streams carry answered.
    fn declared(text: &str) -> String {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n").replace("say which", "ephi")
    }

    #[test]
    fn the_file_declares_nothing() {
        let text = starting_file(&sample(), &parameters().unwrap());
        assert_eq!(config::declarations(&text).unwrap(), Settings::default());
        assert!(text.lines().all(|l| l.is_empty() || l.starts_with('#')), "{text}");
    }

    #[test]
    fn every_setting_in_it_can_be_declared_as_it_stands() {
        let text = declared(&starting_file(&sample(), &parameters().unwrap()));
        let settings = config::declarations(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(settings.exceptions.len(), 1);
        assert_eq!(settings.cryptoperiods.len(), 3);
        assert_eq!(settings.scope.data_class_tag.as_deref(), Some("data-classification"));
        assert!(settings.scope.streams.len() > 3 && !settings.scope.tag_values.is_empty());
        assert!(settings.parameters.contains_key("soc2_system"));
    }

    /// An empty list would say "none of these", and that is for somebody to decide.
    #[test]
    fn what_a_stream_carries_must_be_answered() {
        let text = declared(&starting_file(&sample(), &[])).replace("ephi", "say which");
        let why = config::declarations(&text).unwrap_err().to_string();
        assert!(why.contains("say which") && why.contains("personal_data"), "{why}");
    }

    #[test]
    fn it_names_what_was_found() {
        let text = starting_file(&sample(), &parameters().unwrap());
        for found in ["111122223333", "card-authorizations", "cardholder (", "alias/", "rotates every 365 days"] {
            assert!(text.contains(found), "no {found:?} in\n{text}");
        }
    }

    #[test]
    fn names_from_aws_stay_within_their_line() {
        let mut found = sample();
        let hostile = "0\nentity = \"owned\"\u{202e}\u{2028}\"\\";
        let stream = &mut found.places[0].streams[0];
        hostile.clone_into(&mut stream.name);
        if let Ok(tags) = &mut stream.tags {
            tags.value.insert(hostile.to_owned(), hostile.to_owned());
        }
        let text = starting_file(&found, &[]);
        assert_eq!(config::declarations(&text).unwrap(), Settings::default());
        let settings = config::declarations(&declared(&text)).unwrap();
        assert!(settings.scope.streams.iter().any(|r| r.name == hostile));
        assert_eq!(settings.entity.as_deref(), Some("Example Ltd"));
    }
}
