//! Whether a folder is the pack that was sealed: a closed world, read once, trusted in nothing.
//!
//! The folder may come from an enemy. So: limits before reading; nothing is reached but plain files by checked
//! names (see [`super::folder`]); a file is hashed and parsed from the same bytes and never opened again; nothing is
//! written, executed or fetched. All failures are listed, because an auditor asks "what else?".
//!
//! Hashes alone prove nothing: whoever can write the folder can make all of them anew. Only a root or a key that
//! came by another way makes the outcome [`Outcome::Verified`](super::Outcome::Verified).

use super::about::{self, BagInfoFile, Oxum, PackJson, prefixed};
use super::digest::{is_sha256, sha256};
use super::draft::how_to;
use super::folder::{Folder, Opener, Refused, Stamp, Tree, not_plain};
use super::manifest::{self, Entries};
use super::report::{Code, Failure, Note, Report};
use super::seal::{self, Trust, key::PublicKey};
use super::{
    BAG_INFO, BAGIT, EVIDENCE, EVIDENCE_LIST, FRAMEWORKS, HOW_TO, MANIFEST, PACK_JSON, PackError, ROOT_FILE,
    SEAL_FILES, TAG_FILES,
};
use crate::model::sha256::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What came from outside the pack. Nothing inside a pack is ever an anchor.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// The pack root as it was told by mail, receipt or telephone: 64 hex digits, `sha256:` in front or not.
    pub expect_root: Option<String>,
    /// Keys one of which must have signed the pack.
    pub keys: Vec<PublicKey>,
    /// Certificates in DER under one of which the authority of the time stamp must stand.
    pub tsa_roots: Vec<Vec<u8>>,
    /// The packs before this one, for the chain that `previous` in `pack.json` makes.
    pub previous: Vec<PathBuf>,
}

/// What the verifier is willing to read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Files and folders.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// Folders within folders.
    pub depth: usize,
    /// Bytes of a line of a hash list, its end included.
    pub line: usize,
    /// Bytes of each tag file and of `data/evidence.sha256`.
    pub tag_file: u64,
    /// Bytes of each `.json` file of the payload that the caller asks to keep: a reader takes it whole. Records are read
    /// line by line and are not under this limit.
    pub document: u64,
    /// Bytes of all files that the caller asks to keep.
    pub kept: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 200_000,
            bytes: 20 << 30,
            depth: 64,
            line: 512,
            tag_file: 64 << 20,
            document: 256 << 20,
            // With what the program itself takes this stays below 1 GiB.
            kept: 896 << 20,
        }
    }
}

/// Chooses by path and length, in bytes, the payload files whose bytes a caller wants.
pub type Keep = fn(&str, u64) -> bool;

/// Looks at a pack, closed-world.
///
/// # Errors
/// When the folder or one of the previous packs cannot be opened or listed, or the expected root is no SHA-256.
/// What is wrong *in* the pack is in the report.
pub fn verify(path: &Path, anchors: &Anchors, limits: &Limits, keep: Keep) -> Result<Report, PackError> {
    let failed = |doing| move |source| PackError::Io { doing, path: path.to_owned(), source };
    let expected = anchors.expect_root.as_deref().map(expected_root).transpose()?;
    let folder = Folder::open(path).map_err(failed("open the pack"))?;
    let trust = Trust { expected_root: expected.as_deref(), keys: &anchors.keys, tsa_roots: &anchors.tsa_roots };
    let mut report = inspect(&folder, trust, limits, keep).map_err(failed("list the pack"))?;
    report.add(partial(path).map_err(failed("open the pack"))?);
    chain(&mut report, &anchors.previous, limits)?;
    Ok(report)
}

/// The failure of a folder that was never published, whatever link leads to it.
fn partial(path: &Path) -> std::io::Result<Option<Failure>> {
    let real = path.canonicalize()?;
    let is_partial = real.file_name().is_some_and(|name| name.to_string_lossy().contains(".partial-"));
    let text = "pack is not sealed: the name of the folder says that it was never published (interrupted run)";
    Ok(is_partial.then(|| Failure::new(Code::NotSealed, ".", text)))
}

/// Follows `previous` through the packs that were given. Each one's root is named by the pack after it, so each is
/// as good as the last; their own keys and time stamps are judged as that root has them.
fn chain(report: &mut Report, given: &[PathBuf], limits: &Limits) -> Result<(), PackError> {
    let mut others = Vec::new();
    for path in given {
        let failed = |source| PackError::Io { doing: "read the previous pack", path: path.clone(), source };
        let folder = Folder::open(path).map_err(failed)?;
        let mut other = inspect(&folder, Trust::default(), limits, |_, _| false).map_err(failed)?;
        other.add(partial(path).map_err(failed)?);
        others.push((path, other));
    }
    let Some(mut pack) = report.pack.clone() else { return Ok(()) };
    if pack.previous.is_none() && !given.is_empty() {
        report.add([Failure::new(Code::Chain, PACK_JSON, "previous is null: the pack names no pack before it")]);
    }
    while let Some(link) = &pack.previous {
        let is_it = |r: &Report| r.root.as_deref().is_some_and(|root| prefixed(root) == link.root);
        let Some(place) = others.iter().position(|(_, r)| is_it(r)) else {
            let text = format!("previous pack {} root {} not found", link.run_id, link.root);
            if report.previous.is_empty() && !given.is_empty() {
                report.add([Failure::new(Code::Chain, PACK_JSON, &text)]);
            } else {
                report.notes.push(Note::new(PACK_JSON, &format!("{text} (not given with --previous)")));
            }
            break;
        };
        let (path, other) = others.swap_remove(place);
        let shown = path.to_string_lossy();
        // A time stamp may still come; the root, which is what the chain is made of, does not change by it.
        if let Some(first) = other.failures.iter().find(|f| f.code != Code::TsMissing) {
            let text = format!("previous pack {} does not hold: {first}", link.run_id);
            report.add([Failure::new(Code::Chain, &shown, &text)]);
        }
        report.previous.extend(other.root);
        let Some(before) = other.pack else { break };
        if before.run_id != link.run_id {
            let text = format!("it is run {}, but {} is named as the previous one", before.run_id, link.run_id);
            report.add([Failure::new(Code::Chain, &shown, &text)]);
        }
        if before.period.collected_from > pack.period.collected_from {
            report.add([Failure::new(
                Code::Chain,
                &shown,
                "it was collected after the pack that names it as previous",
            )]);
        }
        pack = before;
    }
    for (path, _) in others {
        let text = "it is not among the packs before this one";
        report.add([Failure::new(Code::Chain, &path.to_string_lossy(), text)]);
    }
    Ok(())
}

fn expected_root(given: &str) -> Result<String, PackError> {
    let trimmed = given.trim();
    let root = trimmed.strip_prefix("sha256:").unwrap_or(trimmed).to_ascii_lowercase();
    if is_sha256(&root) { Ok(root) } else { Err(PackError::Anchor { given: given.to_owned() }) }
}

/// The rules themselves, on an open folder whatever its name.
pub(super) fn inspect(folder: &Folder, trust: Trust<'_>, limits: &Limits, keep: Keep) -> std::io::Result<Report> {
    inspect_the_rest(folder, trust, limits, keep, &BTreeMap::new())
}

/// The same where the caller has read payload files through this same folder, and made the manifest of what they hold:
/// those that are still as they were then are not read twice.
pub(super) fn inspect_the_rest(
    folder: &Folder,
    trust: Trust<'_>,
    limits: &Limits,
    keep: Keep,
    read: &BTreeMap<String, Stamp>,
) -> std::io::Result<Report> {
    let mut tree = folder.walk(limits)?;
    let failures = std::mem::take(&mut tree.failures);
    let mut look = Look { folder, limits, read, tree, failures, report: Report::default(), counted: None };
    if !look.tree.cut_short {
        look.all(trust, keep);
    }
    let Look { failures, mut report, .. } = look;
    report.add(failures);
    Ok(report)
}

/// One look at a pack.
struct Look<'a> {
    folder: &'a Folder,
    limits: &'a Limits,
    read: &'a BTreeMap<String, Stamp>,
    tree: Tree,
    failures: Vec<Failure>,
    report: Report,
    /// Bytes of the payload, as `bag-info.txt` counts them.
    counted: Option<u64>,
}

/// Reading less than this takes no time; of a larger file it is asked first whether it can be right.
const LARGE: u64 = 256 << 20;

/// What a payload file turned out to be.
enum Found {
    Equal { size: u64, kept: Option<Vec<u8>> },
    Wrong { failure: Failure, kept: Option<Vec<u8>> },
}

impl Look<'_> {
    fn fail(&mut self, code: Code, path: &str, text: impl AsRef<str>) {
        self.failures.push(Failure::new(code, path, text.as_ref()));
    }

    fn all(&mut self, trust: Trust<'_>, keep: Keep) {
        let tags = self.tag_files();
        self.root_file(tags.get(ROOT_FILE).map(Vec::as_slice), trust.expected_root, &tags);
        let listed = tags.get(MANIFEST).map(|bytes| self.payload_list(bytes));
        self.closed_world(listed.as_ref());
        let pack = self.descriptions(&tags);
        let counted = tags.get(BAG_INFO).and_then(|bytes| BagInfoFile::parse(bytes).ok());
        self.counted = counted.and_then(|file| file.oxum().split_once('.')?.0.parse().ok());
        self.seal(&tags, pack.as_ref(), trust);
        // Without its list nothing can be said of the payload, and that the list is missing was said.
        if let Some(listed) = listed {
            if let Some(bytes) = self.payload(&listed, keep) {
                self.evidence(&bytes, &listed, pack.as_ref());
            }
            if let Some(pack) = &pack {
                self.catalogs(pack, &listed);
            }
        }
        self.report.pack = pack;
    }

    /// The bytes of the six files that stand beside `data/`.
    fn tag_files(&mut self) -> BTreeMap<&'static str, Vec<u8>> {
        let names = TAG_FILES.into_iter().chain([ROOT_FILE]);
        names.filter_map(|name| Some((name, self.tag_file(name)?))).collect()
    }

    fn tag_file(&mut self, name: &str) -> Option<Vec<u8>> {
        match self.tree.files.get(name) {
            None if name == ROOT_FILE && !self.stands(name) => {
                let text = "pack is not sealed: tagmanifest-sha256.txt is missing (interrupted run or removed seal)";
                self.fail(Code::NotSealed, name, text);
                None
            }
            None => {
                self.absent(name, "required but not present");
                None
            }
            Some(size) if *size > self.limits.tag_file => {
                self.fail(Code::Limit, name, format!("larger than limit tag_file={}", self.limits.tag_file));
                None
            }
            Some(_) => match read(&mut Opener::new(self.folder), name, true) {
                Ok((_, _, bytes)) => bytes,
                Err(refused) => {
                    self.failures.push(refusal(name, refused));
                    None
                }
            },
        }
    }

    /// Whether something other than a plain file has this name.
    fn stands(&self, path: &str) -> bool {
        self.tree.folders.contains_key(path) || self.tree.odd.iter().any(|odd| odd == path)
    }

    fn absent(&mut self, path: &str, text: &str) {
        if self.stands(path) {
            self.failures.push(not_plain(path));
        } else {
            self.fail(Code::Missing, path, text);
        }
    }

    fn list(&mut self, path: &str, bytes: &[u8]) -> Entries {
        let (entries, faults) = manifest::parse(bytes, self.limits.line, self.limits.files);
        self.failures.extend(faults.into_iter().map(|f| Failure::new(f.code, path, &f.text)));
        entries
    }

    fn root_file(&mut self, bytes: Option<&[u8]>, expected: Option<&str>, tags: &BTreeMap<&'static str, Vec<u8>>) {
        let Some(bytes) = bytes else { return };
        let root = sha256(bytes);
        match expected {
            Some(expected) if expected != root => {
                let text = format!("pack root {root} is not the expected {expected} (another or older pack?)");
                self.fail(Code::Root, ROOT_FILE, text);
            }
            expected => self.report.anchored = expected.is_some(),
        }
        self.report.root = Some(root);
        let entries = self.list(ROOT_FILE, bytes);
        for name in TAG_FILES {
            match (entries.get(name), tags.get(name)) {
                (None, _) => {
                    self.fail(Code::ManifestIncomplete, ROOT_FILE, format!("tag manifest must list {name}"));
                }
                (Some(digest), Some(bytes)) if *digest != sha256(bytes) => {
                    self.failures.push(differs(name, digest, &sha256(bytes)));
                }
                _ => {}
            }
        }
        for path in entries.keys().filter(|path| !TAG_FILES.contains(&path.as_str())) {
            self.fail(Code::ManifestSyntax, ROOT_FILE, format!("tag manifest must not list {path}"));
        }
    }

    fn payload_list(&mut self, bytes: &[u8]) -> Entries {
        let mut entries = self.list(MANIFEST, bytes);
        entries.retain(|path, _| {
            let inside = path.starts_with("data/");
            if !inside {
                let text = format!("unsafe path, not opened: {path} is not below data/");
                self.failures.push(Failure::new(Code::Path, MANIFEST, &text));
            }
            inside
        });
        entries
    }

    /// Compares what is there with what is listed, both ways; without a list only what is beside the payload.
    fn closed_world(&mut self, listed: Option<&Entries>) {
        let mut failures = Vec::new();
        for path in self.tree.files.keys() {
            let name = path.as_str();
            let known = if name.starts_with("data/") {
                listed.is_none_or(|l| l.contains_key(name))
            } else {
                TAG_FILES.contains(&name) || name == ROOT_FILE || SEAL_FILES.contains(&name)
            };
            if !known {
                failures.push(Failure::new(Code::Extra, path, "present but not listed"));
            }
        }
        let named = |path: &String| TAG_FILES.contains(&path.as_str()) || listed.is_some_and(|l| l.contains_key(path));
        for (path, _) in self.tree.folders.iter().filter(|(path, count)| **count == 0 && !named(path)) {
            failures.push(Failure::new(Code::Extra, path, "an empty folder, present but not listed"));
        }
        self.failures.extend(failures);
    }

    /// Hashes the payload; gives back the bytes of `data/evidence.sha256`.
    fn payload(&mut self, listed: &Entries, keep: Keep) -> Option<Vec<u8>> {
        let wanted: u64 = self.tree.files.iter().filter(|(path, size)| keep(path, **size)).map(|(_, size)| size).sum();
        let fits = wanted <= self.limits.kept;
        if !fits {
            self.fail(Code::Limit, "data", format!("larger than limit kept={}", self.limits.kept));
        }
        if !listed.contains_key(EVIDENCE_LIST) && !self.tree.files.contains_key(EVIDENCE_LIST) {
            self.absent(EVIDENCE_LIST, "required but not present");
        }
        let (present, absent): (Vec<_>, Vec<_>) = listed.iter().partition(|(p, _)| self.tree.files.contains_key(*p));
        for (path, _) in absent {
            self.absent(path, "listed but not present");
        }
        let found = in_parallel(
            &present,
            || Opener::new(self.folder),
            |files, (path, digest)| self.one(files, path, digest, fits && keep(path, self.size(path))),
        );
        let mut evidence_list = None;
        for ((path, digest), found) in present.into_iter().zip(found) {
            let kept = match found {
                Found::Equal { size, kept } => {
                    self.report.files += 1;
                    self.report.bytes += size;
                    self.report.digests.insert(path.clone(), digest.clone());
                    kept
                }
                Found::Wrong { failure, kept } => {
                    self.failures.push(failure);
                    kept.filter(|_| path == EVIDENCE_LIST)
                }
            };
            if path == EVIDENCE_LIST {
                evidence_list.clone_from(&kept);
            }
            if let Some(bytes) = kept.filter(|_| keep(path, self.size(path))) {
                self.report.contents.insert(path.clone(), bytes);
            }
        }
        evidence_list
    }

    /// How long a file is, in bytes, as the folder was listed.
    fn size(&self, path: &str) -> u64 {
        self.tree.files.get(path).copied().unwrap_or_default()
    }

    /// Reads and hashes one payload file.
    fn one(&self, files: &mut Opener<'_>, path: &str, digest: &str, keep: bool) -> Found {
        let wrong = |failure| Found::Wrong { failure, kept: None };
        let limit = match path {
            EVIDENCE_LIST => Some(("tag_file", self.limits.tag_file)),
            _ if keep && has_extension(path, "json") => Some(("document", self.limits.document)),
            _ => None,
        };
        let size = self.size(path);
        if let Some((name, max)) = limit.filter(|(_, max)| size > *max) {
            return wrong(Failure::new(Code::Limit, path, &format!("larger than limit {name}={max}")));
        }
        if size > LARGE && self.counted.is_some_and(|counted| size > counted) {
            let text = "larger than the whole payload that bag-info.txt counts, not read";
            return wrong(Failure::new(Code::Limit, path, text));
        }
        let keep = keep || path == EVIDENCE_LIST;
        let as_it_was =
            |stamp: &Stamp| files.file(path).is_ok_and(|(file, _)| Stamp::of(&file).is_ok_and(|s| s == *stamp));
        if !keep && self.read.get(path).is_some_and(as_it_was) {
            return Found::Equal { size, kept: None };
        }
        match read(files, path, keep) {
            Err(refused) => wrong(refusal(path, refused)),
            Ok((found, size, kept)) if found == digest => Found::Equal { size, kept },
            Ok((found, _, kept)) => Found::Wrong { failure: differs(path, digest, &found), kept },
        }
    }

    /// `bagit.txt`, `bag-info.txt` and `pack.json`.
    fn descriptions(&mut self, tags: &BTreeMap<&'static str, Vec<u8>>) -> Option<PackJson> {
        if tags.get(BAGIT).is_some_and(|bytes| bytes != about::BAGIT_TXT.as_bytes()) {
            self.fail(Code::Schema, BAGIT, "unknown schema or algorithm: not the declaration of BagIt 1.0 in UTF-8");
        }
        let pack = match PackJson::parse(tags.get(PACK_JSON)?) {
            Ok(pack) => {
                self.how_to(&pack, tags.get(HOW_TO).map(Vec::as_slice));
                Some(pack)
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    self.fail(Code::Schema, PACK_JSON, mistake);
                }
                None
            }
        };
        match BagInfoFile::parse(tags.get(BAG_INFO)?) {
            Err(fault) => self.fail(Code::Schema, BAG_INFO, fault),
            Ok(file) => {
                self.report.bag_info = Some(file.told());
                let payload = self.tree.files.iter().filter(|(path, _)| path.starts_with("data/"));
                let present = payload
                    .fold(Oxum::default(), |sum, (_, size)| Oxum { octets: sum.octets + size, files: sum.files + 1 });
                if file.oxum() != present.to_string() {
                    let text = format!("counts differ: Payload-Oxum is {}, the payload has {present}", file.oxum());
                    self.fail(Code::Complete, BAG_INFO, text);
                }
                for text in pack.iter().flat_map(|pack| file.disagreements(pack)) {
                    self.fail(Code::Schema, BAG_INFO, text);
                }
            }
        }
        pack
    }

    /// The instructions are read by people who know nothing else of us; so they are ours, word for word.
    fn how_to(&mut self, pack: &PackJson, text: Option<&[u8]>) {
        if text.is_none_or(|text| text == how_to(&pack.seal_policy, pack.edition).as_bytes()) {
            return;
        }
        if pack.tool.version == env!("CARGO_PKG_VERSION") {
            self.fail(Code::Render, HOW_TO, "not the text that this version writes for such a pack");
        } else {
            let text = format!("written by version {}; not compared", pack.tool.version);
            self.report.notes.push(Note::new(HOW_TO, &text));
            self.report.uncompared.insert(HOW_TO.to_owned());
        }
    }

    /// Each catalog that `pack.json` names is a file of `data/frameworks/`, and the other way round.
    fn catalogs(&mut self, pack: &PackJson, listed: &Entries) {
        let files: Vec<_> = listed.iter().filter(|(path, _)| path.starts_with(FRAMEWORKS)).collect();
        for catalog in pack.catalogs.iter().filter(|c| files.iter().all(|(_, digest)| **digest != c.sha256)) {
            let text = format!("no file of {FRAMEWORKS} has the content of catalog {} {}", catalog.id, catalog.version);
            self.fail(Code::Complete, PACK_JSON, text);
        }
        for (path, _) in files.iter().filter(|(_, digest)| pack.catalogs.iter().all(|c| c.sha256 != **digest)) {
            self.fail(Code::Complete, path, "pack.json names no catalog with this content");
        }
    }

    /// What stands in `seal/`. Without a root file or a description there is nothing that it could be about; that
    /// they are missing was said.
    fn seal(&mut self, tags: &BTreeMap<&'static str, Vec<u8>>, pack: Option<&PackJson>, trust: Trust<'_>) {
        let present = SEAL_FILES.into_iter().filter(|name| self.tree.files.contains_key(*name) || self.stands(name));
        let present: Vec<&str> = present.collect();
        let files: BTreeMap<&'static str, Vec<u8>> = SEAL_FILES
            .into_iter()
            .filter(|name| present.contains(name))
            .filter_map(|name| Some((name, self.tag_file(name)?)))
            .collect();
        let (Some(root_file), Some(root), Some(pack)) = (tags.get(ROOT_FILE), self.report.root.clone(), pack) else {
            return;
        };
        let unreadable = |name: &str| present.contains(&name) && !files.contains_key(name);
        let subject = seal::Subject { root_file, root: &root, pack, files: &files, unreadable: &unreadable };
        let judged = seal::judge(&subject, trust);
        self.failures.extend(judged.failures);
        self.report.notes.extend(judged.notes);
        self.report.anchored |= judged.signed;
        self.report.unjudged_seal = judged.unjudged;
        self.report.signature = judged.signature;
        self.report.stamp = judged.stamp;
    }

    /// `data/evidence.sha256` lists exactly the evidence, with the digests of the manifest, and is the list that
    /// the reports name.
    fn evidence(&mut self, bytes: &[u8], listed: &Entries, pack: Option<&PackJson>) {
        let root = sha256(bytes);
        if let Some(stated) = pack.map(|p| &p.roots.evidence).filter(|stated| **stated != about::prefixed(&root)) {
            let text = format!("evidence root sha256:{root} is not roots.evidence of pack.json, {stated}");
            self.fail(Code::Hash, EVIDENCE_LIST, text);
        }
        self.report.evidence_root = Some(root);
        let entries = self.list(EVIDENCE_LIST, bytes);
        let mut named = BTreeSet::new();
        for (path, digest) in &entries {
            let path = format!("data/{path}");
            match listed.get(&path) {
                _ if !path.starts_with(EVIDENCE) => {
                    self.fail(Code::Path, EVIDENCE_LIST, format!("unsafe path, not opened: {path} is no evidence"));
                }
                None => self.fail(Code::Missing, &path, "listed in data/evidence.sha256 but not in the manifest"),
                Some(other) if other != digest => {
                    let text = format!("content differs: data/evidence.sha256 says {digest}, the manifest {other}");
                    self.fail(Code::Hash, &path, text);
                }
                Some(_) => {}
            }
            named.insert(path);
        }
        let here: BTreeSet<&String> = self.tree.files.keys().chain(listed.keys()).collect();
        let evidence: Vec<String> = here.into_iter().filter(|path| path.starts_with(EVIDENCE)).cloned().collect();
        for path in evidence.iter().filter(|path| !named.contains(*path)) {
            self.fail(Code::Extra, path, "not listed in data/evidence.sha256");
        }
        if evidence.is_empty() {
            self.fail(Code::Complete, EVIDENCE_LIST, "the pack holds no evidence");
        }
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

pub(super) fn differs(path: &str, expected: &str, found: &str) -> Failure {
    Failure::new(Code::Hash, path, &format!("content differs: expected sha256 {expected}, found {found}"))
}

pub(super) fn refusal(path: &str, refused: Refused) -> Failure {
    match refused {
        Refused::NotPlain => not_plain(path),
        Refused::Absent => Failure::new(Code::Missing, path, "vanished while the pack was read"),
        Refused::Io(source) => Failure::new(Code::Read, path, &format!("cannot be read: {source}")),
    }
}

/// The digest of a file's bytes, how many there are and, if asked for, those very bytes.
fn read(files: &mut Opener<'_>, path: &str, keep: bool) -> Result<(String, u64, Option<Vec<u8>>), Refused> {
    let (file, size) = files.file(path)?;
    // One more than its size: a file that grows while it is read differs, and cannot keep us reading.
    let mut file = file.take(size.saturating_add(1));
    if keep {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(Refused::Io)?;
        return Ok((sha256(&bytes), bytes.len() as u64, Some(bytes)));
    }
    let mut hasher = Sha256::new();
    let total = pieces(&mut file, |piece| hasher.update(piece)).map_err(Refused::Io)?;
    Ok((hasher.hex(), total, None))
}

/// Reads to the end, piece by piece; gives how many bytes there were.
pub(super) fn pieces(file: &mut impl std::io::Read, mut take: impl FnMut(&[u8])) -> std::io::Result<u64> {
    let (mut buffer, mut total) = (vec![0; 128 << 10], 0);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                take(&buffer[..count]);
                total += count as u64;
            }
            Err(again) if again.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(source),
        }
    }
}

/// Runs a job for each item on all cores, each of which has something of its own to work with; the results are in the
/// order of the items.
pub(super) fn in_parallel<T: Sync, W, R: Send>(
    items: &[T],
    with: impl Fn() -> W + Sync,
    job: impl Fn(&mut W, &T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8).min(items.len()).max(1);
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut with, mut done) = (with(), Vec::new());
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match items.get(index) {
                Some(item) => done.push((index, job(&mut with, item))),
                None => return done,
            }
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for helper in helpers {
            match helper.join() {
                Ok(part) => all.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
