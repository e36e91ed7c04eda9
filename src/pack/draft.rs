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
pub(super) mod tests {
    use super::super::about::tests::{info, sample};
    use super::super::{Anchors, Code, EVIDENCE_LIST, Outcome, evidence_list, verify};
    use super::*;
    use std::cell::Cell;
    use std::os::unix::fs::MetadataExt as _;
    use std::sync::Barrier;

    /// Counts steps and stops at one of them, from where on nothing works and nothing is cleaned up.
    #[derive(Debug, Default)]
    pub struct Killer {
        at: Option<usize>,
        done: Cell<usize>,
    }

    impl Killer {
        pub fn step(&self) -> io::Result<()> {
            if self.killed() {
                return Err(io::Error::other("killed by the test"));
            }
            self.done.set(self.done.get() + 1);
            Ok(())
        }
        pub fn killed(&self) -> bool {
            self.at.is_some_and(|at| self.done.get() >= at)
        }
    }

    #[test]
    fn the_instructions_have_the_steps_of_the_seal_and_no_marks() {
        for (signature, timestamp, last) in [(0, 0, "6"), (1, 0, "7"), (0, 1, "7"), (1, 1, "8")] {
            let demand = |n| if n == 1 { Demand::Required } else { Demand::None };
            let policy =
                SealPolicy { signature: demand(signature), timestamp: demand(timestamp), ..SealPolicy::hashes_only() };
            let text = how_to(&policy, Edition::Internal);
            assert!(text.contains(&format!("\n{last}. WITH THE PROGRAM")), "{text}");
            assert_eq!(text.contains("root.sig"), signature == 1);
            assert_eq!(text.contains("root.tsr"), timestamp == 1);
            assert!(!text.contains("@SEAL") && !text.contains("@LAST") && !text.contains("@STEP"), "{text}");
            assert!(!text.contains("PROVED@") && !text.contains("@WITH") && text.is_ascii(), "{text}");
        }
    }

    pub const NAME: &str = "keywitness-111122223333-20261001T090001Z-01jd07k3";
    const STREAMS: &str = "data/evidence/111122223333/eu-west-1/firehose.DescribeDeliveryStream.jsonl";

    /// Adds a small payload; gives the description that goes with it.
    pub fn fill(draft: &mut Draft) -> Result<PackJson, PackError> {
        let records = [
            (STREAMS.to_owned(), b"{\"ev\":\"EV-000001\"}\n".to_vec()),
            ("data/evidence/run.json".to_owned(), b"{}\n".to_vec()),
        ];
        let (list, root) = evidence_list(records.iter().map(|(path, bytes)| (path, sha256(bytes))));
        for (path, bytes) in &records {
            draft.add(path, bytes)?;
        }
        draft.add(EVIDENCE_LIST, list.as_bytes())?;
        draft.add("data/report.html", b"<!doctype html><title>Report</title>\n")?;
        draft.add("data/tables/streams.csv", b"name\r\norders\r\n")?;
        draft.add("data/findings.json", b"[]\n")?;
        let catalog = b"id: baseline\n";
        draft.add("data/frameworks/baseline.yaml", catalog)?;
        let catalogs = vec![about::CatalogRef { id: "baseline".into(), version: "1".into(), sha256: sha256(catalog) }];
        Ok(PackJson { catalogs, ..sample(&root) })
    }

    fn write(parent: &Path, killer: Killer) -> Result<Sealed, PackError> {
        let mut draft = Draft::begin(parent, NAME, killer)?;
        let pack = fill(&mut draft)?;
        draft.seal(&pack, &info(), &Sealer::default())
    }

    /// A whole pack in an empty folder.
    /// A pack that is sealed with signature and time stamp, as the sealer has them.
    pub fn sealed_in(parent: &Path, sealer: &Sealer<'_>) -> Sealed {
        let mut draft = Draft::create(parent, NAME).unwrap();
        let pack = PackJson { seal_policy: sealer.policy(), ..fill(&mut draft).unwrap() };
        draft.seal(&pack, &info(), sealer).unwrap()
    }

    pub fn pack_in(parent: &Path) -> Sealed {
        write(parent, Killer::default()).unwrap()
    }

    fn outcome(path: &Path, expect_root: Option<String>) -> (Outcome, Vec<String>) {
        let report =
            verify(path, &Anchors { expect_root, ..Anchors::default() }, &Limits::default(), |_, _| false).unwrap();
        (report.outcome(), report.lines())
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_fresh_pack_is_consistent_and_with_its_root_verified() {
        let place = tempfile::tempdir().unwrap();
        let sealed = pack_in(place.path());
        assert_eq!(outcome(&sealed.path, None), (Outcome::Consistent, vec![]));
        assert_eq!(outcome(&sealed.path, Some(sealed.root.clone())), (Outcome::Verified, vec![]));
        assert_eq!(
            outcome(&sealed.path, Some(format!(" sha256:{} ", sealed.root.to_uppercase()))).0,
            Outcome::Verified
        );
        assert_eq!(sha256(&std::fs::read(sealed.path.join(ROOT_FILE)).unwrap()), sealed.root);
        assert_eq!(names_in(place.path()), [NAME]);
    }

    #[test]
    fn the_same_payload_gives_the_same_root() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(pack_in(one.path()).root, pack_in(two.path()).root);
    }

    #[test]
    fn killed_at_any_step_nothing_looks_like_a_pack_that_is_none() {
        let mut steps = 0;
        loop {
            let place = tempfile::tempdir().unwrap();
            let result = write(place.path(), Killer { at: Some(steps), ..Killer::default() });
            let done = result.is_ok();
            for name in names_in(place.path()) {
                let (outcome, lines) = outcome(&place.path().join(&name), None);
                if name == NAME {
                    assert_eq!((outcome, lines), (Outcome::Consistent, vec![]), "step {steps}");
                } else {
                    assert!(name.contains(".partial-"), "{name}");
                    assert_eq!(outcome, Outcome::Failed, "step {steps}");
                    assert!(lines[0].starts_with(Code::NotSealed.word()), "step {steps}: {lines:?}");
                }
            }
            match write(place.path(), Killer::default()) {
                Ok(again) => assert_eq!(outcome(&again.path, Some(again.root)).0, Outcome::Verified),
                Err(PackError::Exists { path }) => assert_eq!(outcome(&path, None).0, Outcome::Consistent),
                Err(other) => panic!("step {steps}: {other}"),
            }
            if done {
                break;
            }
            steps += 1;
        }
        assert!(steps > 40, "only {steps} steps: has the test lost its hold?");
    }

    #[test]
    fn files_and_folders_can_be_forced_to_the_disk_one_by_one() {
        let place = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(place.path(), NAME).unwrap();
        fill(&mut draft).unwrap();
        flush_each(&draft.folder).unwrap();
    }

    #[test]
    fn a_draft_that_is_given_up_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(place.path(), NAME).unwrap();
        fill(&mut draft).unwrap();
        drop(draft);
        assert_eq!(names_in(place.path()), [""; 0]);
    }

    #[test]
    fn of_two_packs_with_one_name_one_wins_and_the_other_says_so() {
        let place = tempfile::tempdir().unwrap();
        let ready = Barrier::new(8);
        let results: Vec<_> = std::thread::scope(|scope| {
            let one = || {
                let mut draft = Draft::create(place.path(), NAME)?;
                let pack = fill(&mut draft)?;
                ready.wait();
                draft.seal(&pack, &info(), &Sealer::default())
            };
            let running: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            running.into_iter().map(|r| r.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        let others: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
        assert!(others.iter().all(|e| matches!(e, PackError::Exists { .. })), "{others:?}");
        assert!(others[0].to_string().contains("something is there already"), "{}", others[0]);
        assert_eq!(names_in(place.path()), [NAME]);
        assert_eq!(outcome(&place.path().join(NAME), None).0, Outcome::Consistent);
    }

    #[test]
    fn nothing_that_has_the_name_is_replaced() {
        for make in [
            |path: &Path| std::fs::create_dir(path).unwrap(),
            |path: &Path| std::fs::write(path, "mine").unwrap(),
            |path: &Path| std::os::unix::fs::symlink("nowhere", path).unwrap(),
        ] {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join(NAME);
            let mut late = Draft::create(place.path(), NAME).unwrap();
            let pack = fill(&mut late).unwrap();
            make(&path);
            let before = path.symlink_metadata().unwrap().file_type();
            assert!(matches!(Draft::create(place.path(), NAME), Err(PackError::Exists { .. })));
            assert!(matches!(late.seal(&pack, &info(), &Sealer::default()), Err(PackError::Exists { .. })));
            assert_eq!(path.symlink_metadata().unwrap().file_type(), before);
            assert_eq!(names_in(place.path()), [NAME]);
        }
    }

    #[test]
    fn without_noreplace_the_claim_keeps_the_same_promise() {
        let place = tempfile::tempdir().unwrap();
        let parent = Folder::open(place.path()).unwrap();
        std::fs::create_dir_all(place.path().join("from/data")).unwrap();
        std::fs::create_dir(place.path().join("taken")).unwrap();
        let refused = publish_by_claim(&parent, "from", "taken").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        publish_by_claim(&parent, "from", "to").unwrap();
        assert!(place.path().join("to/data").is_dir() && !place.path().join("from").exists());
    }

    #[test]
    fn a_disk_that_does_not_keep_what_it_got_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(place.path(), NAME).unwrap();
        let pack = fill(&mut draft).unwrap();
        std::fs::write(draft.partial_path().join("data/report.html"), "other").unwrap();
        std::fs::write(draft.partial_path().join("data/extra"), "other").unwrap();
        let error = draft.seal(&pack, &info(), &Sealer::default()).unwrap_err();
        let PackError::SelfCheck { failures, .. } = &error else { panic!("{error}") };
        let codes: Vec<_> = failures.iter().map(|f| f.code).collect();
        assert_eq!(codes, [Code::Hash]);
        assert_eq!(names_in(place.path()), [""; 0]);
    }

    #[test]
    fn what_is_changed_after_it_was_read_back_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(place.path(), NAME).unwrap();
        let pack = fill(&mut draft).unwrap();
        let path = draft.partial_path().join(STREAMS);
        assert!(draft.digests().unwrap().contains_key(STREAMS));
        let bytes = std::fs::read(&path).unwrap().to_ascii_uppercase();
        let before = path.metadata().unwrap();
        let changed = |m: &std::fs::Metadata| (m.ctime(), m.ctime_nsec());
        // The clock of a file system may tick as seldom as a hundred times a second.
        while changed(&path.metadata().unwrap()) == changed(&before) {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(path.metadata().unwrap().len(), before.len());
        let error = draft.seal(&pack, &info(), &Sealer::default()).unwrap_err();
        let PackError::SelfCheck { failures, .. } = &error else { panic!("{error}") };
        assert!(failures.iter().any(|f| f.code == Code::Hash && f.path == STREAMS), "{failures:?}");
        assert_eq!(names_in(place.path()), [""; 0]);
    }

    #[test]
    fn a_path_that_is_not_ours_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(place.path(), NAME).unwrap();
        draft.add("data/Report.html", b"").unwrap();
        for path in
            ["data/report.html", "data/Report.html", "pack.json", "data/../x", "/data/x", "data/a b", "data", ""]
        {
            assert!(matches!(draft.add(path, b""), Err(PackError::Path { .. })), "{path}");
        }
        for name in ["", ".", "..", "a/b", ".hidden", "x\n"] {
            assert!(matches!(Draft::create(place.path(), name), Err(PackError::Name { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_description_with_mistakes_is_not_sealed() {
        let place = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(place.path(), NAME).unwrap();
        let pack = PackJson { run_id: "../../x".to_owned(), ..fill(&mut draft).unwrap() };
        assert!(matches!(draft.seal(&pack, &info(), &Sealer::default()), Err(PackError::About { .. })));
        assert_eq!(names_in(place.path()), [""; 0]);
    }
}
