//! A collection on its way, on disk: one line for each call, written as soon as its answer is there.
//!
//! `.keywitness-ACCOUNT-START-ID.partial/` holds `head.json`, which says what the run is, and `journal.jsonl`. Killed at
//! any moment, the folder has every answer but the one that was being written, and `--resume` goes on from there. It
//! goes away when what it was for is whole.
//!
//! A line that was cut off is the last one and is dropped. Calls that failed are asked again: a refusal or a broken
//! connection may have been the interruption itself.

use crate::clock;
use crate::failpoint;
use crate::model::run::{Pause, Window};
use crate::model::{AccountId, Parameters, Record, Region, Run, Time, json};
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const HEAD: &str = "head.json";
const LINES: &str = "journal.jsonl";
/// How much a power failure may cost. A kill costs nothing but the line that was being written.
const FORCE_EVERY: Duration = Duration::from_secs(5);

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("cannot {deed} {}: {source}", .path.display())]
    Io {
        /// What was being done.
        deed: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error("cannot resume from {}: {why}", .path.display())]
    Form {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another program has it.
    #[error("cannot resume from {}: another run is writing there", .path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// What was collected could not be kept.
    #[error("stopped, because answers could not be kept in {}: {why}", .path.display())]
    Broken {
        /// The folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

/// What the next part of a run must repeat, so that it asks the same questions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    id: String,
    #[serde(with = "crate::model::time::millis")]
    started: Time,
    account: AccountId,
    window: Window,
    regions: Vec<Region>,
    pauses: Vec<Pause>,
}

/// A run that is to be gone on with.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Its id.
    pub id: String,
    /// When its first call was made.
    pub started: Time,
    /// The account whose credentials began it.
    pub account: AccountId,
    /// The window of its event queries.
    pub window: Window,
    /// Its Regions.
    pub regions: Vec<Region>,
    /// Its interruptions, this one included.
    pub pauses: Vec<Pause>,
}

/// One question, as it would be sent.
pub(super) struct Question<'a> {
    pub account: &'a AccountId,
    pub region: &'a Region,
    pub service: &'a str,
    pub operation: &'a str,
    /// Everything that is asked, the token of the page included.
    pub parameters: &'a Parameters,
    pub page: u32,
}

impl Question<'_> {
    fn key(&self) -> String {
        let Self { account, region, service, operation, parameters, page } = self;
        format!("{account} {region} {service} {operation} {page} {parameters}")
    }
}

/// What an earlier part of a run got.
#[derive(Clone)]
pub(super) struct Kept {
    pub endpoint: Option<String>,
    pub record: Record,
}

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<R> {
    endpoint: Option<String>,
    record: R,
}

/// Keeps what comes, and knows what came before.
pub struct Book {
    stop: Arc<AtomicBool>,
    known: HashMap<String, Kept>,
    pen: Mutex<Pen>,
}

#[derive(Default)]
struct Pen {
    folder: PathBuf,
    file: Option<File>,
    forced: Option<Instant>,
    broken: Option<String>,
}

fn failed<'a>(deed: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> JournalError + use<'a> {
    move |source| JournalError::Io { deed, path: path.to_owned(), source }
}

/// The folder of a run below the one for results.
fn folder_of(output: &Path, run: &Run) -> PathBuf {
    output.join(format!(".keywitness-{}-{}-{}.partial", run.slug(), run.started.format("%Y%m%dT%H%M%SZ"), run.id))
}

/// Folders of runs that broke off, in the folder for results.
#[must_use]
pub fn left_behind(output: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(output).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| is_journal(p) && !is_busy(p)).collect();
    found.sort();
    found
}

fn is_journal(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with(".keywitness-") && name.ends_with(".partial") && path.join(HEAD).is_file()
}

fn is_busy(path: &Path) -> bool {
    File::open(path.join(LINES)).is_ok_and(|f| rustix::fs::flock(&f, FlockOperation::NonBlockingLockExclusive).is_err())
}

impl Book {
    /// For a run that begins. `stop` is set when something cannot be kept.
    #[must_use]
    pub fn new(stop: Arc<AtomicBool>) -> Self {
        Self { stop, known: HashMap::new(), pen: Mutex::default() }
    }

    /// For a run that broke off: takes the folder over, and says what the run is.
    ///
    /// # Errors
    /// When it is no such folder, another run is writing there, or it cannot be read.
    pub fn resume(folder: &Path, stop: Arc<AtomicBool>) -> Result<(Self, Begun), JournalError> {
        let form = |path: &Path, why: String| JournalError::Form { path: path.to_owned(), why };
        let head_path = folder.join(HEAD);
        let head = fs::read(&head_path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => form(folder, "it is not the folder of a run that broke off".to_owned()),
            _ => failed("read", &head_path)(e),
        })?;
        let head = json::strict(&head).and_then(serde_json::from_value::<Head>);
        let mut head = head.map_err(|e| form(&head_path, e.to_string()))?;
        if head.format != crate::model::run::FORMAT {
            return Err(form(&head_path, format!("format {} is not the one that this program knows", head.format)));
        }
        let path = folder.join(LINES);
        let file = OpenOptions::new().append(true).open(&path).map_err(failed("open", &path))?;
        lock(&file, folder)?;
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |last| last + 1);
        file.set_len(whole as u64).map_err(failed("shorten", &path))?;
        let (mut known, mut last) = (HashMap::new(), head.started);
        for (number, line) in (1..).zip(bytes[..whole].split_inclusive(|b| *b == b'\n')) {
            let wrong = |e: serde_json::Error| form(&path, format!("line {number}: {e}"));
            let Line::<Record> { endpoint, record } =
                json::strict(line).and_then(serde_json::from_value).map_err(wrong)?;
            last = last.max(record.received);
            // Who asks is asked anew: it may be somebody else by now.
            if record.error.is_none() && record.operation != "GetCallerIdentity" {
                known.insert(question_of(&record).key(), Kept { endpoint, record });
            }
        }
        head.pauses.push(Pause { stopped: last, resumed: clock::now(), kept: known.len() as u64 });
        let begun = Begun {
            id: head.id.clone(),
            started: head.started,
            account: head.account.clone(),
            window: head.window,
            regions: head.regions.clone(),
            pauses: head.pauses.clone(),
        };
        write_head(folder, &head)?;
        let pen = Pen { folder: folder.to_owned(), file: Some(file), ..Pen::default() };
        Ok((Self { stop, known, pen: Mutex::new(pen) }, begun))
    }

    /// Makes the folder, once it is known what the run is. A run that is resumed has one.
    pub fn begin(&self, output: &Path, run: &Run) {
        let mut pen = self.pen();
        if pen.file.is_some() || pen.broken.is_some() {
            return;
        }
        pen.folder = folder_of(output, run);
        match create(&pen.folder, run) {
            Ok(file) => pen.file = Some(file),
            Err(error) => {
                pen.broken = Some(error.to_string());
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.pen().folder.clone()
    }

    /// Whether everything could be kept.
    ///
    /// # Errors
    /// When something could not.
    pub fn whole(&self) -> Result<(), JournalError> {
        let pen = self.pen();
        match &pen.broken {
            Some(why) => Err(JournalError::Broken { path: pen.folder.clone(), why: why.clone() }),
            None => Ok(()),
        }
    }

    /// Takes the folder away: what it was for is whole.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(self) -> Result<(), JournalError> {
        let pen = self.pen.into_inner().unwrap_or_else(PoisonError::into_inner);
        if pen.file.is_none() {
            return Ok(());
        }
        fs::remove_dir_all(&pen.folder).map_err(failed("remove", &pen.folder))
    }

    /// Whether there was an earlier part of this run.
    pub(super) fn knows_any(&self) -> bool {
        !self.known.is_empty()
    }

    /// The answer that an earlier part of this run got to the very same question.
    pub(super) fn known(&self, asked: &Question<'_>) -> Option<Kept> {
        self.known.get(&asked.key()).cloned()
    }

    /// Keeps a call. When it cannot, the collection stops.
    pub(super) fn keep(&self, endpoint: Option<String>, record: &Record) {
        let mut pen = self.pen();
        if let Err(error) = write_line(&mut pen, endpoint, record) {
            pen.broken.get_or_insert(error.to_string());
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn pen(&self) -> std::sync::MutexGuard<'_, Pen> {
        self.pen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock(file: &File, folder: &Path) -> Result<(), JournalError> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Err(JournalError::Busy { path: folder.to_owned() }),
        // A file system without locks: two at once would have to be started by hand.
        _ => Ok(()),
    }
}

fn create(folder: &Path, run: &Run) -> Result<File, JournalError> {
    fs::create_dir(folder).map_err(failed("create folder", folder))?;
    let path = folder.join(LINES);
    let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(failed("create", &path))?;
    lock(&file, folder)?;
    failpoint::step("journal-head");
    let head = Head {
        format: run.format,
        id: run.id.clone(),
        started: run.started,
        account: run.selection.asker.account.clone(),
        window: run.window,
        regions: run.selection.regions.clone(),
        pauses: run.pauses.clone(),
    };
    write_head(folder, &head)?;
    Ok(file)
}

/// Written beside and renamed: a head is whole or is not there.
fn write_head(folder: &Path, head: &Head) -> Result<(), JournalError> {
    let (path, beside) = (folder.join(HEAD), folder.join("head.new"));
    let text = serde_json::to_vec_pretty(head).map_err(|e| failed("write", &path)(e.into()))?;
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()
    });
    written.map_err(failed("write", &beside))?;
    fs::rename(&beside, &path).map_err(failed("write", &path))
}

fn write_line(pen: &mut Pen, endpoint: Option<String>, record: &Record) -> io::Result<()> {
    let Some(file) = pen.file.as_mut() else { return Ok(()) };
    let mut bytes = serde_json::to_vec(&Line { endpoint, record })?;
    bytes.push(b'\n');
    failpoint::step("journal");
    if cfg!(debug_assertions) {
        // In halves, so that a test can kill the program between them.
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(first)?;
        failpoint::step("journal-line");
        file.write_all(rest)?;
    } else {
        file.write_all(&bytes)?;
    }
    if pen.forced.is_none_or(|last| last.elapsed() > FORCE_EVERY) {
        file.sync_data()?;
        pen.forced = Some(Instant::now());
    }
    Ok(())
}

fn question_of(record: &Record) -> Question<'_> {
    let Record { account, region, service, operation, parameters, page, .. } = record;
    Question { account, region, service, operation, parameters, page: *page }
}
