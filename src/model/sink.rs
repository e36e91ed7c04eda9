//! Where files of a pack are written to, one after another: nobody holds all of them at once.
//!
//! Stages write what they make into a [`Sink`] as they make it. Behind it is the pack that is being written, or a
//! map in memory where somebody compares.

use crate::model::sha256::Sha256;
use std::collections::BTreeMap;
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
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut out = self.file(path)?;
        out.write_all(bytes)?;
        out.finish()
    }

    /// SHA-256 in hex of each file that was finished, by path. Where files go to a disk it is of what the disk gives
    /// back, so this is asked for when it is needed and not for each file.
    ///
    /// # Errors
    /// When a file cannot be read back, or is not what was written.
    fn digests(&mut self) -> io::Result<Digests>;
}

/// A file that is being written. It belongs to the pack once it is finished; one that is dropped before that makes the
/// pack fail its own verification.
pub trait Out: Write {
    /// Ends the file.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// SHA-256 in hex, by path. As a sink it takes files whose bytes nobody needs: enough to compare.
pub type Digests = BTreeMap<String, String>;

impl Sink for Digests {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>> {
        if self.contains_key(path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{path} is there already")));
        }
        Ok(Box::new(Gone { path: path.to_owned(), hasher: Sha256::new(), digests: self }))
    }

    fn digests(&mut self) -> io::Result<Digests> {
        Ok(self.clone())
    }
}

struct Gone<'a> {
    path: String,
    hasher: Sha256,
    digests: &'a mut Digests,
}

impl Write for Gone<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out for Gone<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { path, hasher, digests } = *self;
        digests.insert(path, hasher.hex());
        Ok(())
    }
}

/// Files in memory, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Sink for Files {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>> {
        if self.contains_key(path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{path} is there already")));
        }
        Ok(Box::new(InMemory { path: path.to_owned(), bytes: Vec::new(), files: self }))
    }

    fn digests(&mut self) -> io::Result<Digests> {
        Ok(self.iter().map(|(path, bytes)| (path.clone(), Sha256::new().chain_update(bytes).hex())).collect())
    }
}

struct InMemory<'a> {
    path: String,
    bytes: Vec<u8>,
    files: &'a mut Files,
}

impl Write for InMemory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out for InMemory<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { path, mut bytes, files } = *self;
        bytes.shrink_to_fit();
        files.insert(path, bytes);
        Ok(())
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
        files.put("data/a", b"abc").unwrap();
        assert_eq!(files["data/a"], b"abc");
        assert!(files.file("data/a").is_err());
        let mut digests = Digests::new();
        digests.put("data/a", b"abc").unwrap();
        assert_eq!(digests["data/a"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(digests.file("data/a").is_err());
        assert_eq!((files.digests().unwrap(), digests.digests().unwrap()), (digests.clone(), digests));
    }
}
