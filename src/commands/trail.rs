//! `keywitness trail`: log files in a folder, counted, or proven by their digests.
//!
//! Here are the folder and the threads; what the bytes mean is in `crate::trail`. No link is followed and only plain
//! files are opened, so that a folder from somebody else leads nowhere but into itself.

use super::{out, out_json, say};
use crate::cli;
use crate::clock;
use crate::config::parse_time;
use crate::error::{Error, ExitCode};
use crate::model::time::seconds;
use crate::model::visible::visible;
use crate::trail::digest::Place;
use crate::trail::layout::{self, Kind, Section};
use crate::trail::report::{Level, Outcome};
use crate::trail::sql::Question;
use crate::trail::usage::Summary;
use crate::trail::{Chains, Digest, Expected, Gunzip, Listing, LogFact, PublicKeys, Report, Usage};
use rustix::fs::{Mode, OFlags};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Folders deeper than this are not CloudTrail's.
const DEPTH: usize = 40;
/// The largest file that is read, as stored, in bytes.
const LARGEST: u64 = 256 << 20;
/// How many findings the text shows; `--json` has all.
const SHOWN: usize = 200;

pub(super) fn run(typed: &cli::Trail) -> Result<ExitCode, Error> {
    match typed {
        cli::Trail::Scan(typed) => scan(typed),
        cli::Trail::Validate(typed) => validate(typed),
        cli::Trail::Sql(typed) => sql(typed),
    }
}

fn sql(typed: &cli::TrailSql) -> Result<ExitCode, Error> {
    fn each<T: FromStr<Err = String>>(texts: &[String]) -> Result<Vec<T>, Error> {
        texts.iter().map(|text| text.parse().map_err(Error::new)).collect()
    }
    let question = Question {
        database: typed.database.clone(),
        table: typed.table.clone(),
        location: typed.location.clone(),
        accounts: each(&typed.account)?,
        regions: each(&typed.region)?,
        from: parse_time(&typed.from, false)?,
        to: parse_time(&typed.to, true)?,
    };
    question.check().map_err(|error| Error::new(format!("cannot write the query: {error}")))?;
    if typed.query {
        out(&question.query())?;
    } else {
        out(&format!("{};\n\n{};\n", question.table().trim_end(), question.query().trim_end()))?;
    }
    Ok(ExitCode::Done)
}

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Plain files, with `/` between the parts of their paths.
    pub files: BTreeSet<String>,
    /// All else, and why it was not looked at.
    pub not_read: Vec<(String, String)>,
}

pub(super) fn list(folder: &Path) -> Result<Found, Error> {
    let mut found = Found::default();
    visit(folder, "", 0, &mut found)
        .map_err(|error| Error::new(format!("cannot read the folder {}: {error}", folder.display())))?;
    found.not_read.sort();
    Ok(found)
}

fn visit(folder: &Path, prefix: &str, depth: usize, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = format!("{prefix}{}", name.to_string_lossy());
        let kind = entry.file_type()?;
        let mut skip = |why: &str| found.not_read.push((path.clone(), why.to_owned()));
        if name.to_str().is_none() {
            skip("its name is not UTF-8");
        } else if kind.is_file() {
            found.files.insert(path);
        } else if kind.is_symlink() {
            skip("a link, not followed");
        } else if !kind.is_dir() {
            skip("neither a file nor a folder");
        } else if depth == DEPTH {
            skip("too deep");
        } else if let Err(error) = visit(&entry.path(), &format!("{path}/"), depth + 1, found) {
            found.not_read.push((path, error.to_string()));
        }
    }
    Ok(())
}

/// Reads a plain file into a buffer that is used again.
pub(super) fn read<'b>(path: &Path, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
    // Not blocking: what was a file when the folder was listed may have become a pipe.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    buffer.clear();
    file.take(LARGEST + 1).read_to_end(buffer)?;
    if buffer.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("larger than {LARGEST} bytes")));
    }
    Ok(buffer)
}

/// What a thread keeps from file to file.
#[derive(Default)]
pub(super) struct Desk {
    pub packed: Vec<u8>,
    pub more: Vec<u8>,
    pub gunzip: Gunzip,
}

/// Does the work for each item on all processors; gives what each thread made, in no order.
pub(super) fn on_all<I: Sync, T: Default + Send>(items: &[I], work: impl Fn(&mut Desk, &mut T, &I) + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let turn = || {
        let (mut desk, mut made) = (Desk::default(), T::default());
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(&mut desk, &mut made, item);
        }
        made
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(turn)).collect();
        let mut made = vec![turn()];
        for other in others {
            match other.join() {
                Ok(part) => made.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    })
}

/// Files by what they are for.
#[derive(Debug, Default)]
struct Sorted {
    logs: Vec<String>,
    plain: Vec<String>,
    digests: usize,
    siblings: usize,
    others: usize,
}

fn sort(folder: &Path, found: &Found) -> Sorted {
    // The folder may itself be one of the bucket's: then the path to it says what its files are for.
    let above = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let above = above.to_string_lossy();
    let mut sorted = Sorted::default();
    for file in &found.files {
        let whole = format!("{above}/{file}");
        let object = match layout::section(file) {
            Section::Elsewhere if layout::section(&whole) != Section::Sibling => &whole,
            _ => file,
        };
        match layout::kind(object) {
            Kind::Log if layout::is_packed(file) => sorted.logs.push(file.clone()),
            Kind::Log => sorted.plain.push(file.clone()),
            Kind::Digest | Kind::Metadata => sorted.digests += 1,
            Kind::Other if layout::section(object) == Section::Digests => sorted.digests += 1,
            Kind::Sibling => sorted.siblings += 1,
            Kind::Stray | Kind::Other => sorted.others += 1,
        }
    }
    sorted
}

fn scan(typed: &cli::TrailScan) -> Result<ExitCode, Error> {
    let found = list(&typed.folder)?;
    let mut sorted = sort(&typed.folder, &found);
    if typed.plain_json {
        sorted.logs.append(&mut sorted.plain);
    }
    let usage = count(&typed.folder, &sorted.logs);
    let complete = usage.all_read() && found.not_read.is_empty() && sorted.plain.is_empty() && !sorted.logs.is_empty();
    let code = if complete { ExitCode::Done } else { ExitCode::Incomplete };
    let summary = usage.summary();
    if typed.json {
        let mut value =
            serde_json::to_value(&summary).map_err(|e| Error::new(format!("cannot print the counts: {e}")))?;
        value["not_read"] = json!(found.not_read);
        value["plain_json_not_read"] = json!(sorted.plain);
        value["files_skipped"] =
            json!({"digests": sorted.digests, "other_cloudtrail": sorted.siblings, "other": sorted.others});
        value["exit"] = code.number().into();
        out_json(&value)?;
    } else {
        out(&scan_text(&summary, &found, &sorted))?;
    }
    if sorted.logs.is_empty() {
        say("hint: log files are those that end with .json.gz below a folder CloudTrail, as in the trail's bucket");
    }
    if !sorted.plain.is_empty() {
        say(&format!("hint: {} files are not packed; --plain-json reads them too", sorted.plain.len()));
    }
    Ok(code)
}

/// Counts the records of log files on all processors.
fn count(folder: &Path, logs: &[String]) -> Usage {
    let parts =
        on_all(logs, |desk, usage: &mut Usage, name: &String| match read(&folder.join(name), &mut desk.packed) {
            Err(error) => usage.unreadable(name, &error.to_string()),
            Ok(bytes) if layout::is_packed(name) => usage.add_packed(name, bytes, &mut desk.gunzip),
            Ok(bytes) => usage.add_plain(name, bytes),
        });
    parts
        .into_iter()
        .reduce(|mut all, part| {
            all.merge(part);
            all
        })
        .unwrap_or_default()
}

fn scan_text(summary: &Summary, found: &Found, sorted: &Sorted) -> String {
    let mut text = format!(
        "{} files read, {} bytes, {} unpacked; {} events, {} distinct\n",
        summary.files,
        summary.bytes_gz,
        summary.bytes_json,
        summary.events,
        summary.unique_event_ids + summary.events_without_event_id,
    );
    text.push_str(&format!(
        "{} KMS events, {} Firehose events; not read: {} digests, {} other files\n",
        summary.kms.total.events,
        summary.firehose.total.events,
        sorted.digests,
        sorted.siblings + sorted.others,
    ));
    let rows = summary.keys.iter().map(|(key, group)| (key, group, "")).chain(
        summary
            .no_key_by_other_signs
            .iter()
            .map(|(key, signs)| (key, &signs.counts, "  (by other signs, of those without a key)")),
    );
    for (key, group, remark) in
        rows.chain(summary.firehose.streams.iter().map(|(name, group)| (name, group, "  (stream)")))
    {
        let errors: u64 = group.error_codes.values().sum();
        let (first, last) = (group.first.as_deref().unwrap_or("-"), group.last.as_deref().unwrap_or("-"));
        text.push_str(&format!(
            "\n{}{remark}\n  {} events, {} distinct, {errors} with an error, from {} to {}\n",
            visible(key),
            group.events,
            group.unique_events,
            visible(first),
            visible(last),
        ));
        for (name, count) in &group.by_event_name {
            text.push_str(&format!("  {count:>9}  {}\n", visible(name)));
        }
    }
    let unread = summary.unreadable_files.iter().chain(&found.not_read);
    for (name, why) in unread.take(SHOWN) {
        text.push_str(&format!("\nnot read  {}: {}", visible(name), visible(why)));
    }
    for (name, at, why) in summary.odd_records_listed.iter().take(SHOWN) {
        text.push_str(&format!("\nodd       {} record {at}: {why}", visible(name)));
    }
    text.push('\n');
    text
}

fn validate(typed: &cli::TrailValidate) -> Result<ExitCode, Error> {
    let file = &typed.public_keys;
    let cannot = |why: String| Error::new(format!("cannot read the public keys {}: {why}", file.display()));
    let bytes = fs::read(file).map_err(|e| cannot(e.to_string()))?;
    let keys = PublicKeys::parse(&bytes).map_err(|e| {
        cannot(e.to_string()).hint("aws cloudtrail list-public-keys --region R --start-time T --end-time T > keys.json")
    })?;
    let at = |text: &Option<String>, end| text.as_deref().map(|t| parse_time(t, end)).transpose();
    let expected = Expected { from: at(&typed.from, false)?, to: at(&typed.to, true)?, now: Some(clock::now()) };
    if let (Some(from), Some(to)) = (expected.from, expected.to)
        && from > to
    {
        return Err(Error::new("--from is after --to"));
    }
    let report = prove(typed, &keys, expected)?;
    let code = match report.outcome() {
        Outcome::Proven => ExitCode::Done,
        Outcome::NotProven => ExitCode::No,
        Outcome::NotAllKnown => ExitCode::Incomplete,
    };
    if typed.json {
        out_json(&validate_json(&report, &keys, expected, code)?)?;
    } else {
        out(&validate_text(&report, expected))?;
    }
    hint(&report);
    Ok(code)
}

/// The folder as a bucket: names of objects and where their bytes are.
struct Copy<'t> {
    folder: &'t Path,
    prefix: String,
}

impl Copy<'_> {
    fn path(&self, object: &str) -> PathBuf {
        // Only objects that were listed are asked for, so the name leads to a file below the folder.
        self.folder.join(object.strip_prefix(&self.prefix).unwrap_or(object))
    }

    fn object(&self, file: &str) -> String {
        format!("{}{file}", self.prefix)
    }
}

fn prove(typed: &cli::TrailValidate, keys: &PublicKeys, expected: Expected) -> Result<Report, Error> {
    let found = list(&typed.folder)?;
    let prefix = typed.prefix.trim_start_matches('/');
    let prefix = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
    let mut copy = Copy { folder: &typed.folder, prefix };
    let place = Place { bucket: typed.bucket.clone() };
    let (mut objects, mut digests) = read_digests(&copy, &found, keys, &place);
    let meant = Some(Chains::prefix_meant(&digests)).filter(|_| copy.prefix.is_empty()).flatten();
    if let Some(prefix) = &meant {
        copy.prefix.clone_from(prefix);
        (objects, digests) = read_digests(&copy, &found, keys, &place);
    }
    let chains = Chains::new(digests);
    let named: Vec<String> = chains.named_logs().into_iter().filter(|name| objects.contains(name)).collect();
    let facts = on_all(&named, |desk, facts: &mut BTreeMap<_, _>, name: &String| {
        let fact = read(&copy.path(name), &mut desk.packed).map_err(|error| error.to_string());
        facts.insert(name.clone(), fact.map(|bytes| LogFact::examine(bytes, &mut desk.gunzip)));
    });
    let facts = facts.into_iter().flatten().collect();
    let listing = Listing { objects, not_read: found.not_read, prefix: meant, key_faults: keys.faults.clone() };
    Ok(chains.judge(&listing, &facts, expected))
}

/// The names of all objects, and the digests among them.
fn read_digests(copy: &Copy<'_>, found: &Found, keys: &PublicKeys, place: &Place) -> (BTreeSet<String>, Vec<Digest>) {
    let objects: BTreeSet<String> = found.files.iter().map(|file| copy.object(file)).collect();
    let is_digest = |o: &&String| layout::kind(o) == Kind::Digest;
    let names: Vec<&String> = objects.iter().filter(is_digest).collect();
    let parts = on_all(&names, |desk, digests: &mut Vec<Digest>, name: &&String| {
        let metadata = format!("{name}{}", layout::META_ENDING);
        // Metadata that cannot be read is metadata that is not there: the digest is then invalid and says so.
        let meta = objects.get(&metadata).and_then(|meta| read(&copy.path(meta), &mut desk.more).ok());
        digests.push(match read(&copy.path(name), &mut desk.packed) {
            Ok(bytes) => Digest::examine(name, bytes, meta, keys, place, &mut desk.gunzip),
            Err(error) => Digest::unreadable(name, &error.to_string()),
        });
    });
    let digests = parts.into_iter().flatten().collect();
    (objects, digests)
}

fn validate_json(report: &Report, keys: &PublicKeys, expected: Expected, code: ExitCode) -> Result<Value, Error> {
    let mut value = serde_json::to_value(report).map_err(|e| Error::new(format!("cannot print the report: {e}")))?;
    value["outcome"] = json!(report.outcome());
    value["exit"] = code.number().into();
    value["codes"] = json!(report.codes());
    value["public_keys"] = keys.count().into();
    // Without a period only traces tell whether something was taken away at the ends.
    value["asked"] = json!({"from": expected.from.map(seconds), "to": expected.to.map(seconds)});
    value["end_judged"] = expected.to.is_some().into();
    Ok(value)
}

fn validate_text(report: &Report, expected: Expected) -> String {
    let word = match report.outcome() {
        Outcome::Proven => "PROVEN",
        Outcome::NotProven => "NOT PROVEN",
        Outcome::NotAllKnown => "NOTHING WRONG, NOT EVERYTHING KNOWN",
    };
    let (digests, logs) = (report.digests, report.logs);
    let mut text = format!(
        "{word}\ndigests  {} valid, {} invalid, {} missing\nlogs     {} valid, {} invalid, {} missing, {} not vouched for, {} outside of the digests' time\n",
        digests.valid,
        digests.invalid,
        digests.missing,
        logs.valid,
        logs.invalid,
        logs.missing,
        logs.not_vouched_for,
        logs.outside_period,
    );
    for chain in &report.chains {
        let (from, to) = (chain.from.as_deref().unwrap_or("-"), chain.to.as_deref().unwrap_or("-"));
        text.push_str(&format!(
            "chain    {} from {from} to {to}: {} valid, {} invalid, {} missing\n",
            visible(&chain.chain),
            chain.digests.valid,
            chain.digests.invalid,
            chain.digests.missing,
        ));
    }
    for finding in report.findings.iter().take(SHOWN) {
        let level = match finding.level {
            Level::No => "WRONG",
            Level::Unknown => "UNKNOWN",
            Level::Note => "note",
        };
        let hour = finding.hour.as_deref().map(|hour| format!(" [{hour}]")).unwrap_or_default();
        let object = finding.object.as_deref().map(|object| format!("\n    {}", visible(object))).unwrap_or_default();
        text.push_str(&format!("{level:7}  {}{hour}{object}\n    {}\n", finding.code.word(), visible(&finding.text)));
    }
    if expected.to.is_none() && !report.chains.is_empty() {
        text.push_str("what was removed after the end of a chain without a trace is not seen: say with --to how far it should go\n");
    }
    if report.findings.len() > SHOWN {
        text.push_str(&format!("and {} more findings: --json lists them all\n", report.findings.len() - SHOWN));
    }
    text
}

/// What to do when nothing could be proven for one reason.
fn hint(report: &Report) {
    let codes = report.codes();
    let all = |code| report.digests.valid == 0 && codes.get(code) == Some(&report.digests.invalid);
    if all("digest-metadata") {
        say("hint: copying a bucket leaves the metadata behind; for each digest:");
        say("hint: aws s3api head-object --bucket B --key KEY > KEY.meta.json");
    } else if all("digest-moved") {
        say("hint: if the folder is a copy of what is below a prefix, name it with --prefix");
    }
}
