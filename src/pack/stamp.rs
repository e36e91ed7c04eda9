//! A time stamp for a pack that was sealed without one: three files are added to `seal/`, and nothing is changed.
//!
//! A late token still proves that the pack existed not later than it says. The files are written beside the pack,
//! forced to the disk, and renamed into it, the token last. Killed in between, the pack has a part of a time stamp,
//! which the verifier reports and the next call replaces.

use super::folder::Folder;
use super::report::{Code, Failure};
use super::seal::{self, Stamping, Trust};
use super::verify::{Limits, inspect};
use super::{PackError, ROOT_FILE};
use crate::model::Time;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, mkdirat, openat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

const PLAIN_FILE: Mode = Mode::RUSR.union(Mode::WUSR).union(Mode::RGRP).union(Mode::ROTH);

/// Asks an authority for a time stamp of a pack and adds it. Gives the time that the token states.
///
/// # Errors
/// When the pack has one already, does not hold, or cannot be written; or the authority gives no good answer. In
/// all these cases the pack is as it was.
pub fn add_stamp(path: &Path, stamping: &Stamping<'_>) -> Result<Time, PackError> {
    let failed = |doing| move |source| PackError::Io { doing, path: path.to_owned(), source };
    let refuse = |why: String| PackError::Stamp { path: path.to_owned(), why };
    let folder = Folder::open(path).map_err(failed("open the pack"))?;
    let report =
        inspect(&folder, Trust::default(), &Limits::default(), |_, _| false).map_err(failed("list the pack"))?;
    if report.stamp.is_some() || is_there(&folder, seal::REPLY) {
        return Err(refuse("it has one, which is left as it is".to_owned()));
    }
    if let Some(first) = report.failures.iter().find(|f| !is_what_a_stamp_mends(f)) {
        return Err(refuse(format!("it does not hold: {first}")));
    }
    let pack = report.pack.ok_or_else(|| refuse("it does not describe itself".to_owned()))?;
    let root_file = root_file(&folder).map_err(failed("read the root file of"))?;
    let stamped = seal::stamp(&root_file, &pack, stamping).map_err(refuse)?;
    write(&folder, &stamped.files).map_err(failed("add the time stamp to"))?;
    let after = inspect(&folder, Trust::default(), &Limits::default(), |_, _| false).map_err(failed("read back"))?;
    match after.failures.first() {
        None => Ok(stamped.time),
        Some(first) => Err(refuse(format!("read back, it does not hold: {first}"))),
    }
}

/// That there is no time stamp, or a part of one.
fn is_what_a_stamp_mends(failure: &Failure) -> bool {
    failure.code == Code::TsMissing
        || failure.code == Code::Extra && seal::OF_STAMP.contains(&failure.path.as_str())
        || failure.code == Code::Extra && failure.path == "seal"
}

fn is_there(folder: &Folder, path: &str) -> bool {
    rustix::fs::statat(folder.fd(), path, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// The bytes whose hashes were just found equal, unless somebody is changing the pack at this very moment, which
/// reading back would show.
fn root_file(folder: &Folder) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match folder.file(ROOT_FILE) {
        Ok((file, size)) => file.take(size).read_to_end(&mut bytes).map(|_| bytes),
        Err(refused) => Err(io::Error::other(format!("{refused:?}"))),
    }
}

fn write(folder: &Folder, files: &[(&'static str, Vec<u8>); 3]) -> io::Result<()> {
    match mkdirat(folder.fd(), "seal", Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(other) => return Err(other.into()),
    }
    let seal = folder.enter("seal")?;
    for (path, bytes) in files {
        let name = path.strip_prefix("seal/").unwrap_or(path);
        let partial = format!(".{name}.partial");
        for leftover in [partial.as_str(), name] {
            match unlinkat(seal.fd(), leftover, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(seal.fd(), partial.as_str(), new, PLAIN_FILE)?);
        file.write_all(bytes)?;
        file.sync_all()?;
        renameat_with(seal.fd(), partial.as_str(), seal.fd(), name, RenameFlags::NOREPLACE)?;
    }
    Ok(rustix::fs::fsync(seal.fd())?)
}
