//! Writing a pack: under a name that is not its own, sealed last, and then published at once or not at all.
//!
//! A folder with the final name is always whole. Until the last step everything is in `.NAME.partial-…`, which the
//! verifier never accepts; what is hashed is what the disk gives back; the root file is written after all else; the
//! verifier looks at all of it before the name is given; and the name is given by a rename that refuses to replace
//! anything. A program that is killed leaves at most a partial folder, which hinders nobody and may be deleted.

use super::about::{self, BagInfo, Demand, Edition, Oxum, PackJson, SealPolicy};
use super::digest::sha256;
use super::folder::{Folder, Stamp};
use super::manifest::{self, Entries};
use super::report::Code;
use super::seal::{self, Sealer, Trust};
use super::verify::{Limits, inspect_the_rest};
use super::written::{Checked, Follower, Unread, read_back};
use super::{BAG_INFO, BAGIT, HOW_TO, MANIFEST, PACK_JSON, PackError, ROOT_FILE, names};
use crate::failpoint;
use crate::model::Time;
use crate::model::sink::{Digests, Out, Sink};
use rustix::fs::{Mode, OFlags, RenameFlags, mkdirat, openat, renameat, renameat_with};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread::ScopedJoinHandle;

/// The text for auditors, but for the steps about a seal.
const HOW_TO_TEXT: &str = include_str!("HOW-TO-VERIFY.txt");
/// The same for whoever gets a customer edition.
const HOW_TO_CUSTOMER: &str = include_str!("HOW-TO-CUSTOMER.txt");
/// The step about a signature.
const HOW_TO_SIGNATURE: &str = include_str!("HOW-TO-SIGNATURE.txt");
/// The step about a time stamp.
const HOW_TO_TIMESTAMP: &str = include_str!("HOW-TO-TIMESTAMP.txt");

/// As the user's umask has it: whether evidence may be read by others is not ours to loosen or to guess.
const FOLDER_MODE: Mode = Mode::RWXU.union(Mode::RWXG).union(Mode::RWXO);
const FILE_MODE: Mode =
    Mode::RUSR.union(Mode::WUSR).union(Mode::RGRP).union(Mode::WGRP).union(Mode::ROTH).union(Mode::WOTH);

/// So many bytes keep a processor busy for a while: they are read back, and the disk begins, while others are written.
const MUCH: u64 = 16 << 20;

/// Reports come in small pieces.
const BUFFER: usize = 64 << 10;

/// A pack that is being written. When it is dropped before [`Draft::seal`] is done, its folder is removed.
#[derive(Debug)]
pub struct Draft {
    parent: Folder,
    parent_path: PathBuf,
    name: String,
    partial: String,
    folder: Folder,
    /// The folder that the last file was written into, and its path: the next one mostly goes there too.
    inner: Option<(String, OwnedFd)>,
    /// What was read back, with its digest.
    payload: Entries,
    /// The same files as they were then.
    stamps: BTreeMap<String, Stamp>,
    /// What was written since, and how much that is.
    unread: Vec<Unread>,
    unread_bytes: u64,
    /// Who reads back what was written before these, since the last time.
    follower: Option<Follower>,
    oxum: Oxum,
    folded: BTreeSet<String>,
    published: bool,
    killer: Killer,
}

/// A pack that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Where it is.
    pub path: PathBuf,
    /// The pack root: the SHA-256 of `tagmanifest-sha256.txt`, in hex.
    pub root: String,
    /// The fingerprint of the key that signed it, if any did.
    pub signed_by: Option<String>,
    /// The time stamp that was asked for: its time, or why there is none. The pack is then sealed without it, and
    /// it can be added later.
    pub stamped: Option<Result<Time, String>>,
}

impl Draft {
    /// Begins a pack that will be `parent/name`. Its folder is on the same file system, under a name of its own.
    ///
    /// # Errors
    /// When the name is outside the grammar, something has it already, or the folder cannot be made.
    pub fn create(parent: &Path, name: &str) -> Result<Self, PackError> {
        Self::begin(parent, name, Killer::default())
    }

    fn begin(parent_path: &Path, name: &str, killer: Killer) -> Result<Self, PackError> {
        if let Some(why) = names::component_fault(name) {
            return Err(PackError::Name { name: names::printable(name), why });
        }
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| PackError::Io { doing, path, source }
        };
        let parent = Folder::open(parent_path).map_err(failed("open the folder for packs", parent_path))?;
        let target = parent_path.join(name);
        if target.symlink_metadata().is_ok() {
            return Err(PackError::Exists { path: target });
        }
        killer.step().map_err(failed("make", &target))?;
        let partial = make_partial(&parent, name).map_err(failed("make a partial folder for", &target))?;
        let folder = parent.enter(&partial).map_err(failed("open the partial folder of", &target))?;
        Ok(Self {
            parent,
            parent_path: parent_path.to_owned(),
            name: name.to_owned(),
            partial,
            folder,
            inner: None,
            payload: Entries::new(),
            stamps: BTreeMap::new(),
            unread: Vec::new(),
            unread_bytes: 0,
            follower: None,
            oxum: Oxum::default(),
            folded: BTreeSet::new(),
            published: false,
            killer,
        })
    }

    /// Adds one file of the payload; `path` begins with `data/`.
    ///
    /// # Errors
    /// When the path is outside the grammar, is taken (letter case does not count), or cannot be written.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), PackError> {
        let mut file = self.open(path)?;
        file.take(bytes)?;
        file.end()?;
        Ok(())
    }

    /// Begins one file of the payload.
    fn open(&mut self, path: &str) -> Result<Adding<'_>, PackError> {
        let refuse = |why| Err(PackError::Path { path: names::printable(path), why });
        if let Some(why) = names::fault(path) {
            return refuse(why);
        }
        if !path.starts_with("data/") {
            return refuse("the payload is below data/");
        }
        if !self.folded.insert(path.to_ascii_lowercase()) {
            return refuse("there is a file of this name already, perhaps in other letter case");
        }
        let file = self.create_file(path).map_err(|source| self.unwritten(path, source))?;
        Ok(Adding { draft: self, path: path.to_owned(), out: BufWriter::with_capacity(BUFFER, Checked::new(file)) })
    }

    /// Seals the pack and publishes it: the payload is read back and hashed; then the tag files are written, the root
    /// file last; then signature and time stamp of the root file; then the whole is verified; then it is forced to the
    /// disk; then it gets its name.
    ///
    /// An authority that gives no time stamp does not stop it: [`Sealed::stamped`] says why.
    ///
    /// # Errors
    /// When the descriptions have mistakes or promise another seal than this one, something cannot be written or
    /// signed, what is read back does not verify, or something got the final name in the meantime. In all these
    /// cases nothing was published. Only an error at the very last step, forcing the name itself to the disk, comes
    /// after the publication, and says so.
    pub fn seal(mut self, pack: &PackJson, info: &BagInfo, sealer: &Sealer<'_>) -> Result<Sealed, PackError> {
        let mut mistakes = about::mistakes(info, pack);
        if pack.seal_policy != sealer.policy() {
            mistakes.push("seal_policy is not what the pack is sealed with".to_owned());
        }
        if !mistakes.is_empty() {
            return Err(PackError::About { mistakes });
        }
        self.settle()?;
        let (root, root_file) = self.write_tag_files(pack, info)?;
        let stamped = self.write_seal(pack, &root, &root_file, sealer)?;
        // Nothing is written any more, so the disk can work while the processors verify.
        let (folder, without_stamp) = (&self.folder, stamped.as_ref().is_some_and(Result::is_err));
        let flushed = std::thread::scope(|scope| {
            let flushing = scope.spawn(|| flush(folder));
            self.look(&root, sealer, without_stamp)?;
            self.step("force to the disk")?;
            Ok(joined(flushing))
        })?;
        flushed.map_err(self.failed("force to the disk"))?;
        self.step("publish")?;
        failpoint::step("publish");
        let path = self.parent_path.join(&self.name);
        publish(&self.parent, &self.partial, &self.name).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => PackError::Exists { path: path.clone() },
            _ => PackError::Io { doing: "publish", path: path.clone(), source },
        })?;
        self.published = true;
        failpoint::step("published");
        self.step("finish")?;
        rustix::fs::fsync(self.parent.fd())
            .map_err(|e| self.failed("be sure that a power failure spares the published pack")(e.into()))?;
        Ok(Sealed { path, root, signed_by: sealer.signing.as_ref().map(|s| s.key.fingerprint()), stamped })
    }

    /// Signature and time stamp; nothing when neither is asked for.
    fn write_seal(
        &mut self,
        pack: &PackJson,
        root: &str,
        root_file: &[u8],
        sealer: &Sealer<'_>,
    ) -> Result<Option<Result<Time, String>>, PackError> {
        self.step("sign")?;
        failpoint::step("sign");
        let signature = sealer.signing.as_ref().map(|signing| seal::sign_root(root_file, signing)).transpose()?;
        if let Some(signature) = &signature {
            self.write(seal::SIGNATURE, &signature.der)?;
        }
        failpoint::step("stamp");
        // Before the statement, which names it.
        let stamped = sealer.stamping.as_ref().map(|stamping| seal::stamp(root_file, pack, stamping));
        let stamp = stamped.as_ref().and_then(|s| s.as_ref().ok());
        for (path, bytes) in stamp.iter().flat_map(|s| &s.files) {
            self.write(path, bytes)?;
        }
        if let (Some(signing), Some(signature)) = (&sealer.signing, &signature) {
            for (path, bytes) in seal::signature_files(pack, root, signature, stamp, signing)? {
                self.write(path, &bytes)?;
            }
        }
        Ok(stamped.map(|s| s.map(|s| s.time)))
    }

    /// Writes what stands beside `data/`; gives the root, and the bytes that it is the hash of.
    fn write_tag_files(&mut self, pack: &PackJson, info: &BagInfo) -> Result<(String, Vec<u8>), PackError> {
        let description = pack.render().map_err(|e| self.failed("describe")(e.into()))?;
        let bag_info = about::render_bag_info(info, pack, self.oxum);
        let manifest = manifest::render(&self.payload);
        let how_to = how_to(&pack.seal_policy, pack.edition);
        let files: [(&str, &[u8]); 5] = [
            (BAGIT, about::BAGIT_TXT.as_bytes()),
            (BAG_INFO, bag_info.as_bytes()),
            (PACK_JSON, &description),
            (HOW_TO, how_to.as_bytes()),
            (MANIFEST, manifest.as_bytes()),
        ];
        let mut tags = Entries::new();
        for (name, bytes) in files {
            tags.insert(name.to_owned(), self.write(name, bytes)?);
        }
        let root_file = manifest::render(&tags).into_bytes();
        Ok((self.write(ROOT_FILE, &root_file)?, root_file))
    }

    /// A file was written. Small packs are read back all at once; of a large one, what was written while the rest is.
    fn wrote(&mut self, file: Unread) -> io::Result<()> {
        self.oxum = Oxum { octets: self.oxum.octets + file.sum.bytes, files: self.oxum.files + 1 };
        self.unread_bytes += file.sum.bytes;
        self.unread.push(file);
        if self.unread_bytes < MUCH {
            return Ok(());
        }
        let follower = match self.follower.take() {
            Some(follower) => follower,
            None => Follower::of(&self.folder)?,
        };
        follower.give(std::mem::take(&mut self.unread));
        self.unread_bytes = 0;
        self.follower = Some(follower);
        Ok(())
    }

    /// Reads back what was written since the last time: the manifest holds the digests of what is on the disk, after it
    /// was compared with what was to be there. So each file is read once, by all processors.
    fn settle(&mut self) -> Result<(), PackError> {
        self.step("read back")?;
        failpoint::step("read-back");
        let (unread, follower) = (std::mem::take(&mut self.unread), self.follower.take());
        self.unread_bytes = 0;
        // The disk begins while the processors read. What it says counts: an error of writing is told once.
        let (flushed, results) = std::thread::scope(|scope| {
            let flushing = follower.is_some().then(|| scope.spawn(|| flush(&self.folder)));
            let results = match follower {
                None => Ok(read_back(&self.folder, &unread)),
                Some(follower) => {
                    follower.give(unread);
                    follower.end(&self.folder)
                }
            };
            (flushing.map_or(Ok(()), joined), results)
        });
        flushed.map_err(self.failed("force to the disk"))?;
        let results = results.map_err(self.failed("read back"))?;
        let mut failures = Vec::new();
        for result in results {
            match result {
                Ok(file) => {
                    self.stamps.insert(file.path.clone(), file.stamp);
                    self.payload.insert(file.path, file.sha256);
                }
                Err(failure) => failures.push(failure),
            }
        }
        failures.sort_by(|a, b| a.path.cmp(&b.path));
        if failures.is_empty() { Ok(()) } else { Err(PackError::self_check(failures)) }
    }

    /// The verifier's look at the whole, which spares it the files that this draft has read and nobody has touched since.
    fn look(&self, root: &str, sealer: &Sealer<'_>, without_stamp: bool) -> Result<(), PackError> {
        self.step("verify")?;
        failpoint::step("verify");
        let keys: Vec<_> = sealer.signing.iter().map(|s| s.key.clone()).collect();
        let trust = Trust { expected_root: Some(root), keys: &keys, tsa_roots: &[] };
        let mut report = inspect_the_rest(&self.folder, trust, &Limits::default(), |_, _| false, &self.stamps)
            .map_err(self.failed("verify"))?;
        // The promise stands: until the time stamp is added, everybody is told that it is missing.
        report.failures.retain(|f| !(without_stamp && f.code == Code::TsMissing));
        if report.failures.is_empty() { Ok(()) } else { Err(PackError::self_check(report.failures)) }
    }

    /// Writes one file that was not there; gives the digest of the bytes handed to the system.
    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<String, PackError> {
        let created = self.create_file(path);
        let written = created.and_then(|mut file| {
            self.killer.step()?;
            failpoint::step("pack-file");
            file.write_all(bytes)?;
            self.killer.step()
        });
        written.map_err(|source| self.unwritten(path, source))?;
        Ok(sha256(bytes))
    }

    fn unwritten(&self, path: &str, source: io::Error) -> PackError {
        PackError::Io { doing: "write", path: self.partial_path().join(path), source }
    }

    fn create_file(&mut self, path: &str) -> io::Result<File> {
        self.killer.step()?;
        let (folders, name) = path.rsplit_once('/').map_or(("", path), |(f, n)| (f, n));
        if self.inner.as_ref().is_none_or(|(open, _)| open != folders) {
            self.inner = self.make_folders(folders)?.map(|inner| (folders.to_owned(), inner));
        }
        let here = self.inner.as_ref().map_or(self.folder.fd(), |(_, fd)| fd);
        let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(here, name, new, FILE_MODE)?.into())
    }

    /// Makes the folders of a path that are not there, and opens the innermost; none for the folder of the pack itself.
    fn make_folders(&self, folders: &str) -> io::Result<Option<OwnedFd>> {
        let mut inner: Option<OwnedFd> = None;
        let enter = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for part in folders.split('/').filter(|p| !p.is_empty()) {
            let here = inner.as_ref().unwrap_or(self.folder.fd()).as_fd();
            match mkdirat(here, part, FOLDER_MODE) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(other) => return Err(other.into()),
            }
            inner = Some(openat(here, part, enter, Mode::empty())?);
        }
        Ok(inner)
    }

    fn partial_path(&self) -> PathBuf {
        self.parent_path.join(&self.partial)
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(io::Error) -> PackError {
        let path = if self.published { self.parent_path.join(&self.name) } else { self.partial_path() };
        move |source| PackError::Io { doing, path, source }
    }

    fn step(&self, doing: &'static str) -> Result<(), PackError> {
        self.killer.step().map_err(self.failed(doing))
    }
}

impl Sink for Draft {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>> {
        Ok(Box::new(self.open(path).map_err(io::Error::other)?))
    }

    fn digests(&mut self) -> io::Result<Digests> {
        self.settle().map_err(io::Error::other)?;
        Ok(self.payload.clone())
    }
}

/// What a thread that forces files to the disk came to.
fn joined(flushing: ScopedJoinHandle<'_, io::Result<()>>) -> io::Result<()> {
    flushing.join().unwrap_or_else(|_| Err(io::Error::other("the thread that forces it ended early")))
}

/// Forces files and folders to the disk. On Linux one call for the file system is much cheaper than one for each of
/// thousands of files, and it reports errors of writing as well.
fn flush(folder: &Folder) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::syncfs(folder.fd()) {
        Err(Errno::NOSYS) => {} // some sandboxes
        other => return Ok(other?),
    }
    flush_each(folder)
}

fn flush_each(folder: &Folder) -> io::Result<()> {
    let tree = folder.walk(&Limits::default())?;
    let open = |path: &str| {
        let how = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(folder.fd(), path, how, Mode::empty())
    };
    for path in tree.files.keys().chain(tree.folders.keys()) {
        rustix::fs::fsync(open(path)?)?;
    }
    Ok(rustix::fs::fsync(folder.fd())?)
}

/// A file of the payload that is being written.
struct Adding<'a> {
    draft: &'a mut Draft,
    path: String,
    out: BufWriter<Checked<File>>,
}

impl Adding<'_> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        self.out.write_all(bytes).map_err(|source| self.draft.unwritten(&self.path, source))
    }

    fn end(self) -> Result<(), PackError> {
        let Self { draft, path, out } = self;
        failpoint::step("pack-file");
        let written = draft.killer.step().and_then(|()| {
            let written = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            draft.killer.step()?;
            Ok(written)
        });
        let sum = written.map_err(|source| draft.unwritten(&path, source))?.sum();
        let file = Unread { path, sum };
        draft.wrote(file).map_err(draft.failed("read back"))
    }
}

impl Write for Adding<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Out for Adding<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.end().map_err(io::Error::other)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published && !self.killer.killed() {
            // Best effort: a partial folder that stays behind is never taken for a pack.
            let _ = std::fs::remove_dir_all(self.partial_path());
        }
    }
}

/// The text for auditors: the steps that this pack needs, numbered.
pub(super) fn how_to(policy: &SealPolicy, edition: Edition) -> String {
    let (signed, stamped) = (policy.signature == Demand::Required, policy.timestamp == Demand::Required);
    let (mut seal, mut step) = (String::new(), 6);
    for (_, text) in [(signed, HOW_TO_SIGNATURE), (stamped, HOW_TO_TIMESTAMP)].iter().filter(|(asked, _)| *asked) {
        seal.push_str(&text.replace("@STEP@", &step.to_string()));
        step += 1;
    }
    let with = match (signed, stamped) {
        (true, true) => ", or the key with \"--key\",\n   and the root certificate with \"--tsa-root\"",
        (true, false) => ",\n   or the key with \"--key\"",
        (false, true) => ",\n   and the root certificate with \"--tsa-root\"",
        (false, false) => "",
    };
    let mut proved = String::new();
    if signed {
        proved.push_str("- With step 6: whoever held the private key signed exactly this pack root.\n");
    }
    if stamped {
        let text = "- With step @: the pack root existed not later than the time in the time stamp.\n";
        proved.push_str(&text.replace('@', &(step - 1).to_string()));
    }
    let unproved = match (signed, stamped) {
        (true, true) => "- That the holder of the private key is honest, or was alone in holding it.\n",
        (true, false) => {
            "- That the holder of the private key is honest, or was alone in holding it; and when the pack was made.\n"
        }
        (false, _) => "- Who made the pack, beyond what the person says who gave you the pack root.\n",
    };
    let when = if signed || stamped { "" } else { "- When it was made, beyond what that person says.\n" };
    let text = match edition {
        Edition::Internal => HOW_TO_TEXT,
        Edition::Customer => HOW_TO_CUSTOMER,
    };
    text.replace("@SEAL@\n", &seal)
        .replace("@LAST@", &step.to_string())
        .replace("@WITH@", with)
        .replace("@PROVED@", &proved)
        .replace("@UNPROVED@", &format!("{unproved}{when}"))
}

/// Makes `.NAME.partial-<random>`. The name need not be secret, only not in use.
fn make_partial(parent: &Folder, name: &str) -> io::Result<String> {
    for _ in 0..16 {
        let partial = format!(".{name}.partial-{:016x}", RandomState::new().hash_one(name));
        match mkdirat(parent.fd(), &partial, FOLDER_MODE) {
            Ok(()) => return Ok(partial),
            Err(Errno::EXIST) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Errno::EXIST.into())
}

/// Gives a folder its final name if nothing has it. A plain rename would silently replace an empty folder.
fn publish(parent: &Folder, from: &str, to: &str) -> io::Result<()> {
    match renameat_with(parent.fd(), from, parent.fd(), to, RenameFlags::NOREPLACE) {
        // Some network file systems know no NOREPLACE.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => publish_by_claim(parent, from, to),
        other => Ok(other?),
    }
}

/// The same in two steps: making the empty folder is the claim, which only one can win, and renaming onto it
/// replaces nothing but that empty folder. A crash in between leaves an empty folder, which is no pack.
fn publish_by_claim(parent: &Folder, from: &str, to: &str) -> io::Result<()> {
    mkdirat(parent.fd(), to, FOLDER_MODE)?;
    Ok(renameat(parent.fd(), from, parent.fd(), to)?)
}

/// Lets a test stop the writing at any step as if the program had been killed there. Costs nothing elsewhere.
#[cfg(not(test))]
#[derive(Debug, Default)]
struct Killer {}

#[cfg(not(test))]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the tests have another one of the same shape")]
impl Killer {
    fn step(&self) -> io::Result<()> {
        Ok(())
    }
    fn killed(&self) -> bool {
        false
    }
}

#[cfg(test)]
use tests::Killer;

#[cfg(test)]
pub(super) mod tests;
