//! A snapshot as a folder: `run.json` and one file of JSON Lines per account, Region and operation.
//!
//! The same form on disk after `collect` and inside a pack under `data/evidence/`. Written into a folder of a
//! temporary name and renamed once whole, so a folder with the final name is never half a snapshot.

use crate::model::names::{AccountId, Region};
use crate::model::sink::{Files, Sink};
use crate::model::{Ev, Record, Run, json, plausible, run};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The name of the head of a snapshot.
pub const RUN: &str = "run.json";

/// Why a snapshot could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {deed} {}: {source}", path.display())]
    Io {
        /// What was being done.
        deed: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// What takes the files refused; it says why.
    #[error("{0}")]
    Refused(io::Error),
    /// A file is not what this program writes.
    #[error("cannot read {path}: {why}")]
    Form {
        /// The file, relative to the snapshot.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file, or all up to it, are larger than the program takes in.
    #[error("cannot read {path}: larger than limit {name}={most}")]
    Limit {
        /// The file, relative to the snapshot.
        path: String,
        /// Which limit.
        name: &'static str,
        /// What it is, in bytes.
        most: usize,
    },
}

fn form(path: &str, why: impl Into<String>) -> StoreError {
    StoreError::Form { path: path.to_owned(), why: why.into() }
}

/// Puts records into their order and numbers them from 1: the order in which answers came leaves no trace.
pub fn number(records: &mut [Record]) {
    records.sort_by_cached_key(Record::order);
    for (ev, record) in (1..).zip(records.iter_mut()) {
        record.ev = Ev(ev);
    }
}

/// Writes the files of a snapshot, record by record; `prefix` stands before their paths.
///
/// # Errors
/// When the sink refuses, or the records are not in their order.
pub fn write_into(sink: &mut dyn Sink, prefix: &str, run: &Run, records: &[Record]) -> Result<(), StoreError> {
    sink.put(&format!("{prefix}{RUN}"), &head(run)?).map_err(StoreError::Refused)?;
    // In their order, the records of one file stand together.
    for records in records.chunk_by(same_file) {
        let mut out = sink.file(&format!("{prefix}{}", path_of(&records[0]))).map_err(StoreError::Refused)?;
        for record in records {
            serde_json::to_writer(&mut out, record).map_err(|e| StoreError::Refused(e.into()))?;
            out.write_all(b"\n").map_err(StoreError::Refused)?;
        }
        out.finish().map_err(StoreError::Refused)?;
    }
    Ok(())
}

/// `run.json`.
fn head(run: &Run) -> Result<Vec<u8>, StoreError> {
    let mut head = serde_json::to_vec_pretty(run).map_err(|e| form(RUN, e.to_string()))?;
    head.push(b'\n');
    Ok(head)
}

/// The files of a snapshot in memory, by path relative to its folder.
///
/// # Errors
/// As [`write_into`].
pub fn files(run: &Run, records: &[Record]) -> Result<Files, StoreError> {
    let mut files = Files::new();
    write_into(&mut files, "", run, records)?;
    Ok(files)
}

fn same_file(a: &Record, b: &Record) -> bool {
    (&a.account, &a.region, &a.service, &a.operation) == (&b.account, &b.region, &b.service, &b.operation)
}

/// `111122223333/eu-west-1/kms.DescribeKey.jsonl`, the file of a record: account and Region passed their grammar, the rest is ours.
pub fn path_of(record: &Record) -> String {
    format!("{}/{}/{}.{}.jsonl", record.account, record.region, record.service, record.operation)
}

/// Reads the files of a snapshot again and refuses whatever this program would not have written: an unknown
/// format, a record in the wrong file, an operation that is not known, numbers with holes or out of order, a page of a
/// listing that does not go on where the one before it ended.
///
/// # Errors
/// With the file and the reason, for the first such thing.
pub fn parse(files: &BTreeMap<String, Vec<u8>>) -> Result<(Run, Vec<Record>), StoreError> {
    let run = parse_head(files.get(RUN).ok_or_else(|| form(RUN, "the file is missing"))?)?;
    let (mut records, mut unlimited) = (Vec::new(), usize::MAX);
    for (path, bytes) in files.iter().filter(|(path, _)| *path != RUN) {
        parse_lines(path, bytes, &run, &mut records, &mut unlimited)?;
    }
    Ok((run, whole(records)?))
}

/// The longest record, in bytes: [`crate::model::record::ANSWER_MAX`] and what stands around an answer, with room for what
/// JSON spells out.
pub const LINE_MAX: usize = 32 << 20;

/// Reads the files of a pack as [`parse`] does. Whoever wrote them may mean to exhaust us: a record has a longest length,
/// all of them together may take so many bytes of memory, and each file's text is let go once it is read.
///
/// # Errors
/// As [`parse`], and [`StoreError::Limit`].
pub fn parse_within(mut files: BTreeMap<String, Vec<u8>>, mut memory: usize) -> Result<(Run, Vec<Record>), StoreError> {
    let limit = |path: &str, name: &'static str, most: usize| StoreError::Limit { path: path.to_owned(), name, most };
    let given = memory;
    let of = |path: &str, error| match error {
        StoreError::Form { why, .. } if why.contains(json::TOO_LARGE) => limit(path, "memory", given),
        other => other,
    };
    let head = files.remove(RUN).ok_or_else(|| form(RUN, "the file is missing"))?;
    let run = parse_head_within(&head, &mut memory).map_err(|error| of(RUN, error))?;
    let mut records = Vec::new();
    while let Some((path, bytes)) = files.pop_first() {
        if bytes.split(|b| *b == b'\n').any(|line| line.len() >= LINE_MAX) {
            return Err(limit(&path, "line", LINE_MAX));
        }
        parse_lines(&path, &bytes, &run, &mut records, &mut memory).map_err(|error| of(&path, error))?;
        memory += bytes.len();
    }
    Ok((run, whole(records)?))
}

/// Reads a snapshot folder as [`parse`] does, one file at a time: no two files are in memory at once.
///
/// # Errors
/// When the folder holds anything else, or the file system refuses; and as [`parse`].
pub fn read(folder: &Path) -> Result<(Run, Vec<Record>), StoreError> {
    let open = |path: &str| {
        let file = folder.join(path);
        fs::read(&file).map_err(|source| StoreError::Io { deed: "read", path: file, source })
    };
    let mut paths = Vec::new();
    list_into(folder, "", 0, &mut paths)?;
    paths.sort();
    if !paths.iter().any(|path| path == RUN) {
        return Err(form(RUN, "the file is missing"));
    }
    let run = parse_head(&open(RUN)?)?;
    let (mut records, mut unlimited) = (Vec::new(), usize::MAX);
    for path in paths.iter().filter(|path| *path != RUN) {
        parse_lines(path, &open(path)?, &run, &mut records, &mut unlimited)?;
    }
    Ok((run, whole(records)?))
}

fn parse_head(head: &[u8]) -> Result<Run, StoreError> {
    let mut unlimited = usize::MAX;
    parse_head_within(head, &mut unlimited)
}

fn parse_head_within(head: &[u8], memory: &mut usize) -> Result<Run, StoreError> {
    let head = json::strict_within(head, memory).map_err(|e| form(RUN, e.to_string()))?;
    match head["format"].as_u64() {
        Some(format) if format == u64::from(run::FORMAT) => {}
        Some(format) => {
            return Err(form(RUN, format!("format {format} is not the one that this program knows ({})", run::FORMAT)));
        }
        None => return Err(form(RUN, "it names no format")),
    }
    serde_json::from_value(head).map_err(|e| form(RUN, e.to_string()))
}

/// All records of a snapshot, once they are numbered without holes and in their order, and listings have all their pages.
fn whole(mut records: Vec<Record>) -> Result<Vec<Record>, StoreError> {
    records.shrink_to_fit();
    records.sort_by_key(|r: &Record| r.ev);
    for (ev, record) in (1..).zip(&records) {
        if record.ev != Ev(ev) {
            return Err(form(
                &path_of(record),
                format!("{} stands where {} should: a record is missing or doubled", record.ev, Ev(ev)),
            ));
        }
    }
    if !records.is_sorted_by_key(Record::order) {
        return Err(form(RUN, "the records are not numbered in their order"));
    }
    if let Some((record, what)) = plausible::loose_page(&records) {
        return Err(form(&path_of(record), format!("{} is missing what led to it: {what}", record.ev)));
    }
    Ok(records)
}

fn parse_lines(
    path: &str,
    bytes: &[u8],
    run: &Run,
    records: &mut Vec<Record>,
    memory: &mut usize,
) -> Result<(), StoreError> {
    let Some(body) = bytes.strip_suffix(b"\n") else { return Err(form(path, "the last line has no end")) };
    for (line, text) in (1..).zip(body.split(|b| *b == b'\n')) {
        let value = json::strict_within(text, memory).map_err(|e| form(path, format!("line {line}: {e}")))?;
        let record = Record::read(value).map_err(|e| form(path, format!("line {line}: {e}")))?;
        if path_of(&record) != path {
            return Err(form(path, format!("line {line}: {} belongs into {}", record.ev, path_of(&record))));
        }
        if crate::model::operation::find(&record.service, &record.operation).is_none() {
            return Err(form(path, format!("line {line}: this program knows no operation of that name")));
        }
        if !run.names(&record.account, &record.region) {
            return Err(form(path, format!("line {line}: {} is of a place that the run does not name", record.ev)));
        }
        records.push(record);
    }
    Ok(())
}

/// Writes a snapshot folder; never over one that exists.
///
/// # Errors
/// When the folder exists or the file system refuses.
pub fn write(folder: &Path, run: &Run, records: &[Record]) -> Result<(), StoreError> {
    let io = |deed, path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Io { deed, path, source }
    };
    let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // A run that was killed here and gone on with finds the folder of its first try: it is left alone.
    let partial = |n: u32| folder.with_file_name(format!(".{name}.partial-{n}"));
    let partial = (1..1000).map(partial).find(|p| p.symlink_metadata().is_err()).unwrap_or_else(|| partial(1000));
    fs::create_dir(&partial).map_err(io("create folder", &partial))?;
    let put = |path: &str, bytes: &[u8]| {
        let file = partial.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(io("create folder", parent))?;
        }
        crate::failpoint::step("snapshot-file");
        fs::write(&file, bytes).map_err(io("write", &file))
    };
    put(RUN, &head(run)?)?;
    // The records of one file stand side by side, so one file at a time is in memory.
    for of_one_file in records.chunk_by(same_file) {
        let path = path_of(&of_one_file[0]);
        let mut lines = Vec::new();
        for record in of_one_file {
            serde_json::to_writer(&mut lines, record).map_err(|e| form(&path, e.to_string()))?;
            lines.push(b'\n');
        }
        put(&path, &lines)?;
    }
    crate::failpoint::step("snapshot");
    let cwd = rustix::fs::CWD;
    rustix::fs::renameat_with(cwd, &partial, cwd, folder, rustix::fs::RenameFlags::NOREPLACE)
        .map_err(|e| io("publish", folder)(e.into()))
}

/// The files of a snapshot folder, by relative path. Two levels of folders, `.jsonl` files and `run.json` only.
///
/// # Errors
/// When the folder holds anything else, or the file system refuses.
pub fn load(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
    let mut paths = Vec::new();
    list_into(folder, "", 0, &mut paths)?;
    let read = |path: String| {
        let file = folder.join(&path);
        let bytes = fs::read(&file).map_err(|source| StoreError::Io { deed: "read", path: file, source })?;
        Ok::<_, StoreError>((path, bytes))
    };
    paths.into_iter().map(read).collect()
}

fn list_into(folder: &Path, prefix: &str, depth: u8, paths: &mut Vec<String>) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { deed: "read", path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(io)?;
        let is_place = match depth {
            0 => name.parse::<AccountId>().is_ok(),
            1 => name.parse::<Region>().is_ok(),
            _ => false,
        };
        let is_lines = Path::new(&name).extension().is_some_and(|e| e == "jsonl");
        let is_file = (depth == 0 && name == RUN) || (depth == 2 && is_lines);
        if kind.is_dir() && is_place {
            list_into(&entry.path(), &format!("{path}/"), depth + 1, paths)?;
        } else if kind.is_file() && is_file {
            paths.push(path);
        } else if !(depth == 0 && name == "keywitness.toml") {
            return Err(form(&path, "it does not belong into a snapshot"));
        }
    }
    Ok(())
}
