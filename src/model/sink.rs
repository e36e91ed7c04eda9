//! Where files of a pack are written to, one after another: nobody holds all of them at once.
//!
//! Stages write what they make into a [`Sink`] as they make it. Behind it is the pack that is being written, or a
//! map in memory where somebody compares.

use crate::model::sha256::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Takes files. Their paths are below the pack and are ours, never text that came from AWS.
pub trait Sink {
    /// Begins a file.
    ///
    /// # Errors
    /// When there is a file of this path already, the path is none of a pack, or the system refuses.
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>>;

    /// Writes a file that is there as a whole.
    ///
    /// # Errors
    /// As [`Sink::file`], and when the system refuses the bytes.
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<Written> {
        let mut out = self.file(path)?;
        out.write_all(bytes)?;
        out.finish()
    }
}

/// A file that is being written. It belongs to the pack once it is finished; one that is dropped before that makes the
/// pack fail its own verification.
pub trait Out: Write {
    /// Ends the file.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    fn finish(self: Box<Self>) -> io::Result<Written>;
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
}

/// Counts and hashes what goes through.
pub struct Hashed<W> {
    inner: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    /// Begins with nothing.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }

    /// What was written to, and what went through.
    pub fn done(self) -> (W, Written) {
        let mut sha256 = String::with_capacity(64);
        for byte in self.hasher.finalize() {
            let _ = write!(sha256, "{byte:02x}"); // writing to a String cannot fail
        }
        (self.inner, Written { sha256, bytes: self.bytes })
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The hashes of files whose bytes nobody needs, by path: enough to compare.
pub type Digests = BTreeMap<String, String>;

impl Sink for Digests {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>> {
        if self.contains_key(path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{path} is there already")));
        }
        Ok(Box::new(Gone { path: path.to_owned(), out: Hashed::new(io::sink()), digests: self }))
    }
}

struct Gone<'a> {
    path: String,
    out: Hashed<io::Sink>,
    digests: &'a mut Digests,
}

impl Write for Gone<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out for Gone<'_> {
    fn finish(self: Box<Self>) -> io::Result<Written> {
        let Self { path, out, digests } = *self;
        let (_, written) = out.done();
        digests.insert(path, written.sha256.clone());
        Ok(written)
    }
}

/// Files in memory, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Sink for Files {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>> {
        if self.contains_key(path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{path} is there already")));
        }
        Ok(Box::new(InMemory { path: path.to_owned(), out: Hashed::new(Vec::new()), files: self }))
    }
}

struct InMemory<'a> {
    path: String,
    out: Hashed<Vec<u8>>,
    files: &'a mut Files,
}

impl Write for InMemory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out for InMemory<'_> {
    fn finish(self: Box<Self>) -> io::Result<Written> {
        let Self { path, out, files } = *self;
        let (mut bytes, written) = out.done();
        bytes.shrink_to_fit();
        files.insert(path, bytes);
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_once_it_is_finished_and_only_once() {
        let mut files = Files::new();
        drop(files.file("data/a").unwrap());
        assert!(files.is_empty());
        let written = files.put("data/a", b"abc").unwrap();
        assert_eq!(written.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((written.bytes, files["data/a"].as_slice()), (3, &b"abc"[..]));
        assert!(files.file("data/a").is_err());
        let mut digests = Digests::new();
        assert_eq!(digests.put("data/a", b"abc").unwrap(), written);
        assert_eq!(digests["data/a"], written.sha256);
        assert!(digests.file("data/a").is_err());
    }
}
