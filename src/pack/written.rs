//! Files that were written and are to be read back: the digest of a file is of what the disk gives, once that is seen
//! to be what was handed to the system.
//!
//! A CRC-32 tells the one from the other. It is against a disk that loses bytes, and cheap enough to be made while a
//! file is written; against people it is nothing, and need not be: whoever can change the folder of a draft runs as
//! the same user as the program, and could change what it writes.

use super::folder::{Folder, Opener, Refused, Stamp};
use super::report::{Code, Failure};
use super::verify::{in_parallel, pieces, refusal};
use crate::model::sha256::Sha256;
use std::io::{self, Read as _, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use zlib_rs::crc32::crc32;

/// Length and CRC-32 (ISO 3309) of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub bytes: u64,
    crc: u32,
}

impl Sum {
    fn update(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.crc = crc32(self.crc, piece);
    }
}

/// Sums what goes through.
pub(super) struct Checked<W> {
    inner: W,
    sum: Sum,
}

impl<W: Write> Checked<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, sum: Sum::default() }
    }

    /// Of all that went through.
    pub fn sum(&self) -> Sum {
        self.sum
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.sum.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file that was written and not yet read.
#[derive(Debug)]
pub(super) struct Unread {
    pub path: String,
    pub sum: Sum,
}

/// A file that was read back.
#[derive(Debug)]
pub(super) struct ReadBack {
    pub path: String,
    pub sha256: String,
    /// As it was when it was opened.
    pub stamp: Stamp,
}

/// Files that were read back, and what is wrong with others.
pub(super) type Results = Vec<Result<ReadBack, Failure>>;

/// Reads files back, by all processors.
pub(super) fn read_back(folder: &Folder, files: &[Unread]) -> Results {
    in_parallel(files, || Opener::new(folder), one)
}

/// Reads files back while others are written.
#[derive(Debug)]
pub(super) struct Follower {
    files: Sender<Unread>,
    given: Arc<Mutex<Receiver<Unread>>>,
    thread: JoinHandle<Results>,
}

impl Follower {
    /// Of files in this folder.
    pub fn of(folder: &Folder) -> io::Result<Self> {
        let folder = folder.again()?;
        let (files, given) = mpsc::channel();
        let given = Arc::new(Mutex::new(given));
        let mine = Arc::clone(&given);
        let thread = std::thread::spawn(move || take(&folder, &mine));
        Ok(Self { files, given, thread })
    }

    /// Gives it files, which are whole.
    pub fn give(&self, files: impl IntoIterator<Item = Unread>) {
        for file in files {
            // It takes them until it is ended; if it broke off, that is told then.
            let _ = self.files.send(file);
        }
    }

    /// All that it was given, once that is read: with the help of whoever waits for it.
    pub fn end(self, folder: &Folder) -> io::Result<Results> {
        let Self { files, given, thread } = self;
        drop(files);
        let mut results = take(folder, &given);
        let followed = thread.join().map_err(|_| io::Error::other("the thread that reads back ended early"))?;
        results.extend(followed);
        Ok(results)
    }
}

/// Reads back what is given, until nothing more can come.
fn take(folder: &Folder, given: &Mutex<Receiver<Unread>>) -> Results {
    let mut open = Opener::new(folder);
    let next = || given.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    std::iter::from_fn(next).map(|file| one(&mut open, &file)).collect()
}

fn one(files: &mut Opener<'_>, file: &Unread) -> Result<ReadBack, Failure> {
    match read(files, file) {
        Ok((sum, read)) if sum == file.sum => Ok(read),
        Ok((sum, _)) => {
            let text = format!(
                "content differs: {} bytes of CRC-32 {:08x} were written, {} of {:08x} are read back",
                file.sum.bytes, file.sum.crc, sum.bytes, sum.crc
            );
            Err(Failure::new(Code::Hash, &file.path, &text))
        }
        Err(refused) => Err(refusal(&file.path, refused)),
    }
}

fn read(files: &mut Opener<'_>, written: &Unread) -> Result<(Sum, ReadBack), Refused> {
    let (file, size) = files.file(&written.path)?;
    let stamp = Stamp::of(&file).map_err(Refused::Io)?;
    let (mut sum, mut hasher) = (Sum::default(), Sha256::new());
    let take = |piece: &[u8]| {
        sum.update(piece);
        hasher.update(piece);
    };
    // One more than its size: a file that grows while it is read differs, and cannot keep us reading.
    pieces(&mut file.take(size.saturating_add(1)), take).map_err(Refused::Io)?;
    Ok((sum, ReadBack { path: written.path.clone(), sha256: hasher.hex(), stamp }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_sum_is_the_one_that_iso_3309_gives_for_the_nine_digits_however_they_come() {
        let mut checked = Checked::new(Vec::new());
        checked.write_all(b"1234").unwrap();
        checked.write_all(b"56789").unwrap();
        assert_eq!(checked.sum(), Sum { bytes: 9, crc: 0xcbf4_3926 });
    }

    #[test]
    fn what_the_disk_lost_or_changed_has_no_digest_and_the_rest_has() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let files = ["same", "shorter", "longer", "changed", "gone"].map(|path| {
            let mut sum = Sum::default();
            sum.update(b"bytes");
            Unread { path: path.to_owned(), sum }
        });
        for (path, bytes) in [("same", "bytes"), ("shorter", "byte"), ("longer", "bytes\0"), ("changed", "bytet")] {
            std::fs::write(place.path().join(path), bytes).unwrap();
        }
        let all = read_back(&folder, &files);
        let follower = Follower::of(&folder).unwrap();
        let mut files = Vec::from(files);
        let later = files.split_off(2);
        follower.give(files);
        follower.give(later);
        for results in [all, follower.end(&folder).unwrap()] {
            let (good, failures): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
            let good: Vec<_> = good.into_iter().flatten().map(|read| (read.path, read.sha256)).collect();
            assert_eq!(good, [("same".to_owned(), Sha256::new().chain_update("bytes").hex())]);
            let failures: Vec<_> = failures.into_iter().filter_map(Result::err).collect();
            let told: BTreeSet<_> = failures.iter().map(|f| (f.path.as_str(), f.code)).collect();
            let hash = Code::Hash;
            let wrong = [("shorter", hash), ("longer", hash), ("changed", hash), ("gone", Code::Missing)];
            assert_eq!(told, BTreeSet::from(wrong));
            let texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
            assert_eq!(texts.iter().filter(|text| text.contains("5 bytes of CRC-32")).count(), 3, "{texts:?}");
        }
    }
}
