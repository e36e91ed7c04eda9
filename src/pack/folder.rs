//! A folder that nobody can lead us out of.
//!
//! It is opened once. Everything below is reached from that descriptor, one checked name at a time, never
//! following a link, so neither a link in the pack nor a folder that is swapped while we look can point us
//! elsewhere. `openat2(RESOLVE_BENEATH)` would do it in one call, but only on Linux and not under every sandbox;
//! one way that works everywhere is easier to believe than two. What is not a plain file with one name is not
//! opened, so no pipe can make us wait and no device can be touched.

use super::names;
use super::report::{Code, Failure};
use super::verify::Limits;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, statat};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Not blocking: if a file turns into a pipe after we looked, opening it still returns at once.
const PLAIN: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    fd: OwnedFd,
}

/// What is below a folder, by path.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Plain files with one name, and their sizes in bytes.
    pub files: BTreeMap<String, u64>,
    /// Folders, and how many entries each has.
    pub folders: BTreeMap<String, usize>,
    /// All else whose name is allowed: links, pipes, devices, files with a second name. Never opened.
    pub odd: Vec<String>,
    /// What was found wrong on the way.
    pub failures: Vec<Failure>,
    /// Set when a limit was reached: the rest was not looked at.
    pub cut_short: bool,
    entries: usize,
    bytes: u64,
}

/// Why a file's bytes are not there.
#[derive(Debug)]
pub(super) enum Refused {
    /// Not a plain file with one name.
    NotPlain,
    /// Nothing has this name.
    Absent,
    /// The operating system's reason.
    Io(io::Error),
}

impl From<Errno> for Refused {
    fn from(errno: Errno) -> Self {
        match errno {
            // ELOOP: a link where O_NOFOLLOW stands. ENXIO: a socket. ENOTDIR: a file in place of a folder.
            Errno::LOOP | Errno::NXIO | Errno::NOTDIR => Self::NotPlain,
            Errno::NOENT => Self::Absent,
            other => Self::Io(other.into()),
        }
    }
}

impl Folder {
    /// Opens the folder itself; here, and only here, the user's own links are followed.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { fd: rustix::fs::open(path, FOLDER, Mode::empty())? })
    }

    /// The same folder for another thread.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()? })
    }

    /// The descriptor.
    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// A folder directly inside, which is no link.
    pub fn enter(&self, name: &str) -> io::Result<Self> {
        Ok(Self { fd: openat(&self.fd, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())? })
    }

    /// Opens a plain file and tells its size; the path must be of our grammar.
    pub fn file(&self, path: &str) -> Result<(File, u64), Refused> {
        Opener::new(self).file(path)
    }

    /// Lists everything below, opening folders only.
    pub fn walk(&self, limits: &Limits) -> io::Result<Tree> {
        let mut tree = Tree::default();
        tree.visit(&self.fd, "", 0, limits)?;
        Ok(tree)
    }
}

/// Opens the files of a folder one after another. Of files that stand together the folders above are opened once: of
/// ten thousand small files that is most of the work.
pub(super) struct Opener<'a> {
    root: &'a Folder,
    /// The folder of the last file, and its path.
    last: Option<(String, OwnedFd)>,
}

impl<'a> Opener<'a> {
    /// Of the files of this folder.
    pub fn new(root: &'a Folder) -> Self {
        Self { root, last: None }
    }

    /// Opens a plain file and tells its size; the path must be of our grammar.
    pub fn file(&mut self, path: &str) -> Result<(File, u64), Refused> {
        if names::fault(path).is_some() {
            return Err(Refused::NotPlain);
        }
        let (folders, name) = path.rsplit_once('/').map_or(("", path), |(f, n)| (f, n));
        if self.last.as_ref().is_none_or(|(open, _)| open != folders) {
            let mut inner: Option<OwnedFd> = None;
            for part in folders.split('/').filter(|p| !p.is_empty()) {
                let here = inner.as_ref().unwrap_or(&self.root.fd).as_fd();
                inner = Some(openat(here, part, FOLDER | OFlags::NOFOLLOW, Mode::empty())?);
            }
            self.last = inner.map(|inner| (folders.to_owned(), inner));
        }
        let here = self.last.as_ref().map_or(&self.root.fd, |(_, fd)| fd);
        let file = File::from(openat(here, name, PLAIN, Mode::empty())?);
        let stat = rustix::fs::fstat(&file)?;
        if plain(&stat) { Ok((file, size(&stat))) } else { Err(Refused::NotPlain) }
    }
}

/// By what it is seen that a file is the one that it was, without reading it again. Whoever writes into a file changes the
/// time of its last change, which no program of the same user can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    /// Of a file as it is now.
    pub fn of(file: &File) -> io::Result<Self> {
        let told = file.metadata()?;
        Ok(Self { inode: told.ino(), size: told.size(), changed: (told.ctime(), told.ctime_nsec()) })
    }
}

impl Tree {
    fn visit(&mut self, fd: &OwnedFd, prefix: &str, depth: usize, limits: &Limits) -> io::Result<usize> {
        let mut count = 0;
        for entry in Dir::read_from(fd)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            count += 1;
            self.entries += 1;
            if self.entries > limits.files {
                self.stop(prefix, &format!("larger than limit files={}", limits.files));
            }
            if self.cut_short {
                break;
            }
            self.entry(fd, name, prefix, depth, limits)?;
        }
        Ok(count)
    }

    fn entry(&mut self, fd: &OwnedFd, name: &CStr, prefix: &str, depth: usize, limits: &Limits) -> io::Result<()> {
        let text = name.to_str().ok().filter(|n| names::component_fault(n).is_none());
        let Some(text) = text else {
            let shown = names::printable(prefix) + &names::printable_bytes(name.to_bytes());
            self.failures.push(Failure::at(Code::Path, shown, "a name that no pack has, not opened"));
            return Ok(());
        };
        let path = format!("{prefix}{text}");
        if path.len() > names::PATH_MAX {
            self.failures.push(Failure::new(Code::Path, &path, "a path longer than any in a pack, not opened"));
            return Ok(());
        }
        let stat = statat(fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return self.folder(fd, name, &path, depth + 1, limits);
        }
        if plain(&stat) {
            self.bytes = self.bytes.saturating_add(size(&stat));
            if self.bytes > limits.bytes {
                self.stop(&path, &format!("larger than limit bytes={}", limits.bytes));
            }
            self.files.insert(path, size(&stat));
        } else {
            self.failures.push(not_plain(&path));
            self.odd.push(path);
        }
        Ok(())
    }

    fn folder(&mut self, fd: &OwnedFd, name: &CStr, path: &str, depth: usize, limits: &Limits) -> io::Result<()> {
        if depth > limits.depth {
            self.stop(path, &format!("larger than limit depth={}", limits.depth));
            return Ok(());
        }
        let inner = match openat(fd, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(inner) => inner,
            Err(Errno::ACCESS) => {
                self.folders.insert(path.to_owned(), 1);
                self.failures.push(Failure::new(Code::Read, path, "cannot be read: permission denied"));
                return Ok(());
            }
            Err(other) => return Err(other.into()),
        };
        let count = self.visit(&inner, &format!("{path}/"), depth, limits)?;
        self.folders.insert(path.to_owned(), count);
        Ok(())
    }

    fn stop(&mut self, path: &str, text: &str) {
        let path = if path.is_empty() { "." } else { path };
        self.failures.push(Failure::new(Code::Limit, path, text));
        self.cut_short = true;
    }
}

/// The failure of everything that is not a plain file.
pub(super) fn not_plain(path: &str) -> Failure {
    Failure::new(Code::FileType, path, "not a plain file (symbolic link, hard link, folder, device, pipe)")
}

/// A file with one name. A second name, which a hard link is, could change the bytes from outside the pack.
fn plain(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_nlink == 1
}

fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_is_reached_through_a_link() {
        let place = tempfile::tempdir().unwrap();
        let outside = place.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("x"), "secret").unwrap();
        let inside = place.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        symlink(&outside, inside.join("data")).unwrap();
        symlink(outside.join("x"), inside.join("x")).unwrap();
        let folder = Folder::open(&inside).unwrap();
        for path in ["data/x", "x", "data", "../outside/x", "/etc/passwd", "data/../../outside/x"] {
            assert!(matches!(folder.file(path), Err(Refused::NotPlain)), "{path}");
        }
        assert!(folder.enter("data").is_err());
        let tree = folder.walk(&Limits::default()).unwrap();
        assert_eq!((tree.files.len(), tree.odd.len()), (0, 2));
    }

    #[test]
    fn a_pipe_does_not_make_us_wait() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        rustix::fs::mkfifoat(folder.fd(), "pipe", Mode::RUSR | Mode::WUSR).unwrap();
        assert!(matches!(folder.file("pipe"), Err(Refused::NotPlain)));
        assert!(matches!(folder.file("absent"), Err(Refused::Absent)));
    }

    #[test]
    fn the_walk_stops_at_each_limit() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("a/b/c")).unwrap();
        for n in 0..20 {
            std::fs::write(place.path().join(format!("a/{n}")), "12345").unwrap();
        }
        let folder = Folder::open(place.path()).unwrap();
        let fine = Limits::default();
        assert!(!folder.walk(&fine).unwrap().cut_short);
        for low in [Limits { files: 10, ..fine }, Limits { bytes: 50, ..fine }, Limits { depth: 2, ..fine }] {
            let tree = folder.walk(&low).unwrap();
            assert!(tree.cut_short && tree.failures[0].code == Code::Limit, "{low:?}");
        }
    }
}
