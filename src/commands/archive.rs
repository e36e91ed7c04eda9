//! `keywitness archive`: a pack into S3 under Object Lock, and a receipt of it; `archive verify`: is it still there?

use super::sealing::{self, Seal};
use super::{out, out_json, say};
use crate::archive::{
    Access, ArchiveError, Code, Item, Lock, Mode, Plan, Receipt, Store, Target, check, put_beside, upload,
};
use crate::error::{Error, ExitCode};
use crate::model::time::seconds;
use crate::model::{AccountId, Time};
use crate::pack::about::Edition;
use crate::pack::seal::key::PublicKey;
use crate::pack::{self, Anchors, Limits, PackJson};
use crate::{cli, clock, seal};
use serde_json::json;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// A pack that holds, and what of it is put where.
struct Whole {
    about: PackJson,
    root: String,
    items: Vec<Item>,
    name: String,
}

/// Where an archive is and how it is locked, checked before anything is collected or read.
pub(super) struct Archive {
    target: Target,
    mode: Mode,
    retain: String,
    owner: Option<AccountId>,
    access: Access,
}

impl Archive {
    /// From what was typed; nothing when no archive was named.
    pub fn new(typed: &cli::Locking, target: Option<&str>, access: Access) -> Result<Option<Self>, Error> {
        let Some(target) = target else { return Ok(None) };
        let missing = |what: &str, hint: &str| Error::new(format!("an archive needs {what}, said by you")).hint(hint);
        let mode = match typed.lock {
            Some(cli::LockMode::Governance) => Mode::Governance,
            Some(cli::LockMode::Compliance) => Mode::Compliance,
            None => {
                return Err(missing(
                    "a mode of Object Lock",
                    "--lock governance (who has s3:BypassGovernanceRetention can lift it) or --lock compliance (nobody can)",
                ));
            }
        };
        let retain = typed
            .retain
            .clone()
            .ok_or_else(|| missing("a retention", "--retain 3y, --retain 6y or --retain 2033-01-31"))?;
        let owner = typed.bucket_owner.as_deref().map(str::parse).transpose().map_err(Error::new)?;
        let archive = Self { target: target.parse()?, mode, retain, owner, access };
        // What is no retention is told now, and not after the collection.
        archive.lock(clock::now())?;
        Ok(Some(archive))
    }

    fn lock(&self, collected: Time) -> Result<Lock, ArchiveError> {
        Lock::new(self.mode, &self.retain, collected, clock::now())
    }

    /// The account that must own the bucket: named, or the one that the pack is of.
    fn owner(&self, about: &PackJson) -> Result<AccountId, Error> {
        match (&self.owner, about.scope.accounts.as_slice()) {
            (Some(owner), _) | (None, [owner]) => Ok(owner.clone()),
            _ => Err(Error::new("the pack is of several accounts, and nobody said which one owns the bucket")
                .hint("--bucket-owner 111122223333")),
        }
    }
}

/// What came of it.
pub(super) struct Archived {
    pub receipt: Receipt,
    pub file: PathBuf,
    pub signature: Option<PathBuf>,
    /// Where the receipt is in the bucket.
    pub key: String,
}

pub(super) fn run(typed: &cli::Archive) -> Result<ExitCode, Error> {
    if let Some(cli::ArchiveCommand::Verify(typed)) = &typed.command {
        return verify(typed);
    }
    // Clap sees to it that both are there when no subcommand is.
    let (Some(pack), Some(target)) = (&typed.pack, &typed.target) else {
        return Err(Error::new("nothing to archive was named").hint("keywitness archive PACK s3://BUCKET/PREFIX"));
    };
    let access = access(&typed.access);
    let Some(archive) = Archive::new(&typed.locking, Some(target.as_str()), access)? else { return Ok(ExitCode::Done) };
    let kms =
        seal::kms::Access { profile: typed.access.profile.clone(), endpoint_url: typed.access.endpoint_url.clone() };
    let sealing = cli::Sealing { sign: typed.sign.clone(), ..cli::Sealing::default() };
    let seal = Seal::new(&sealing, &kms)?;
    let archived = put(&archive, pack, &seal)?;
    if typed.json {
        out_json(&summary(&archived))?;
    } else {
        out(&lines(&archived))?;
    }
    Ok(ExitCode::Done)
}

pub(super) fn access(typed: &cli::S3Access) -> Access {
    Access {
        profile: typed.profile.clone(),
        endpoint_url: typed.endpoint_url.clone(),
        region: typed.region.clone(),
        max_attempts: typed.max_attempts,
    }
}

/// Puts a pack into the bucket, writes the receipt beside it and beside the pack, signed when there is a signer.
pub(super) fn put(archive: &Archive, path: &Path, seal: &Seal) -> Result<Archived, Error> {
    let whole = whole(path)?;
    let lock = archive.lock(whole.about.period.collected_to)?;
    let owner = archive.owner(&whole.about)?;
    say(&format!("archiving {} to {}", whole.name, archive.target));
    say(&format!("  lock     {} until {}", lock.mode.word(), seconds(lock.until)));
    say(&format!("  owner    the bucket must belong to account {owner}"));
    if lock.mode == Mode::Compliance && whole.about.edition == Edition::Internal {
        say(
            "  note     nobody can delete this before its time: names of people and addresses that are in it stay in it",
        );
    }
    let read = |file: &str| std::fs::read(path.join(file)).map_err(|e| e.to_string());
    let terminal = std::io::stderr().is_terminal();
    let told = |done: usize, of: usize| {
        if !terminal && (done == of || done.is_multiple_of(500)) {
            say(&format!("  {done} of {of} objects"));
        }
    };
    let plan = Plan {
        prefix: archive.target.folder(
            &whole.about.scope.accounts,
            whole.about.period.collected_to,
            &whole.name,
            &whole.root,
        ),
        pack: whole.name.clone(),
        run_id: whole.about.run_id.clone(),
        root: whole.root.clone(),
        lock,
        endpoint: archive.access.endpoint_url.clone(),
        items: whole.items,
        read: &read,
        told: &told,
        now: &clock::now,
    };
    let key = archive.target.receipt(&whole.name, &whole.root);
    let beside = |ending: &str| path.with_file_name(format!("{}{ending}", whole.name));
    let (file, signature_file) = (beside(".receipt.json"), beside(".receipt.sig"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ArchiveError::Runtime)?;
    let (receipt, signed) = runtime.block_on(async {
        let store = Store::new(&archive.access, &archive.target.bucket, &owner).await?;
        let receipt = upload(&store, &plan).await?;
        Ok::<_, ArchiveError>((receipt, store))
    })?;
    let bytes = receipt.render()?;
    // Not within the runtime: a key in KMS has one of its own.
    let signature = seal.sign(&bytes)?;
    replace(&file, &bytes)?;
    if let Some(signature) = &signature {
        replace(&signature_file, signature)?;
    }
    // The time in it differs each time: a second receipt of one pack stands beside the first.
    let key = key.replace(".receipt.json", &format!("-{}.receipt.json", receipt.archived.format("%Y%m%dT%H%M%S%3fZ")));
    runtime.block_on(async {
        put_beside(&signed, &key, bytes, lock).await?;
        if let Some(signature) = signature.clone() {
            put_beside(&signed, &key.replace(".receipt.json", ".receipt.sig"), signature, lock).await?;
        }
        Ok::<_, ArchiveError>(())
    })?;
    Ok(Archived { receipt, file, signature: signature.map(|_| signature_file), key })
}

/// The same at the end of a run: an archive that fails leaves a sealed pack, and says so.
pub(super) fn put_sealed(
    archive: Option<&Archive>,
    sealed: &pack::Sealed,
    seal: &Seal,
) -> Result<Option<Archived>, Error> {
    let put = |archive| {
        put(archive, &sealed.path, seal).map_err(|e| {
            e.or_hint("the pack is sealed and stays where it is")
                .after(format!("the pack is sealed: {}", sealed.path.display()))
        })
    };
    archive.map(put).transpose()
}

/// Only a pack that holds is archived, and only the bytes that were found to hold.
fn whole(path: &Path) -> Result<Whole, Error> {
    let report = pack::verify(path, &Anchors::default(), &Limits::default(), |_, _| false)?;
    let missing_stamp = |f: &&pack::Failure| f.code != pack::Code::TsMissing;
    if let Some(first) = report.failures.iter().find(missing_stamp) {
        return Err(Error::new(format!("cannot archive {}: it does not verify: {first}", path.display()))
            .hint(format!("keywitness verify {}", path.display())));
    }
    let (Some(about), Some(root)) = (report.pack, report.root) else {
        return Err(Error::new(format!("cannot archive {}: it is no pack", path.display())));
    };
    let failed = |file: &str, e: &dyn std::fmt::Display| Error::new(format!("cannot read {file} of the pack: {e}"));
    let read = |file: &str| std::fs::read(path.join(file)).map_err(|e| failed(file, &e));
    let mut items = Vec::new();
    let root_bytes = read(pack::ROOT_FILE)?;
    for (list, bytes) in [(pack::MANIFEST, read(pack::MANIFEST)?), (pack::ROOT_FILE, root_bytes.clone())] {
        let (entries, faults) = pack::manifest::parse(&bytes, 512, 1_000_000);
        if let Some(fault) = faults.first() {
            return Err(failed(list, &fault.text));
        }
        items.extend(entries.into_iter().map(|(path, sha256)| Item { path, sha256 }));
    }
    for name in pack::SEAL_FILES.into_iter().filter(|name| path.join(name).is_file()) {
        items.push(Item { path: name.to_owned(), sha256: pack::digest::sha256(&read(name)?) });
    }
    if pack::digest::sha256(&root_bytes) != root {
        return Err(failed(pack::ROOT_FILE, &"it changed after the pack was verified"));
    }
    items.push(Item { path: pack::ROOT_FILE.to_owned(), sha256: root.clone() });
    // The folder may have been renamed since; then the run's id is what is left of its name.
    let folder = path.canonicalize().ok().and_then(|p| Some(p.file_name()?.to_str()?.to_owned()));
    let own = |name: &String| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        name.starts_with("keywitness-") && name.ends_with(&about.run_id) && name.len() <= 120 && name.bytes().all(plain)
    };
    let name = folder.filter(own).unwrap_or_else(|| format!("keywitness-{}", about.run_id));
    Ok(Whole { about, root, items, name })
}

/// A receipt may be written again: the objects are the same, and the newest look at them counts.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    let failed = |e: std::io::Error| Error::new(format!("cannot write {}: {e}", path.display()));
    let partial = path.with_extension("partial");
    let mut file = std::fs::File::create(&partial).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&partial, path).map_err(failed)
}

pub(super) fn summary(archived: &Archived) -> serde_json::Value {
    let Receipt { pack, root, bucket, prefix, mode, retain_until, objects, .. } = &archived.receipt;
    json!({
        "pack": pack, "pack_root": root, "bucket": bucket, "prefix": prefix, "mode": mode,
        "retain_until": seconds(*retain_until), "objects": objects.len(),
        "receipt": archived.file, "receipt_signature": archived.signature, "receipt_key": archived.key,
    })
}

pub(super) fn lines(archived: &Archived) -> String {
    let Receipt { bucket, prefix, mode, retain_until, objects, .. } = &archived.receipt;
    let signed = if archived.signature.is_some() { "signed" } else { "not signed (--sign)" };
    format!(
        "archive        s3://{bucket}/{prefix}\nobjects        {}, read back and found equal\nlocked         {} until {}\n\
         receipt        {} ({signed})\n",
        objects.len(),
        mode.word(),
        seconds(*retain_until),
        archived.file.display(),
    )
}

fn verify(typed: &cli::ArchiveVerify) -> Result<ExitCode, Error> {
    let keys = sealing::keys(&typed.key)?;
    let failed = |path: &Path, e: std::io::Error| Error::new(format!("cannot read {}: {e}", path.display()));
    let bytes = std::fs::read(&typed.receipt).map_err(|e| failed(&typed.receipt, e))?;
    let receipt = Receipt::parse(&bytes)?;
    let vouched = vouched(typed, &receipt, &bytes, &keys)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ArchiveError::Runtime)?;
    let checked = runtime.block_on(async {
        let store = Store::new(&access(&typed.access), &receipt.bucket, &receipt.bucket_owner).await?;
        Ok::<_, ArchiveError>(check(&store, &receipt).await)
    })?;
    let bad = checked.failures.iter().any(|f| f.code != Code::Read) || vouched == Vouched::Not;
    let code = match (bad, checked.failures.is_empty(), vouched) {
        (true, _, _) => ExitCode::No,
        (false, false, _) => ExitCode::CouldNotRun,
        (false, true, Vouched::Nobody) => ExitCode::Incomplete,
        (false, true, _) => ExitCode::Done,
    };
    let verdict = match code {
        ExitCode::Done => "VERIFIED",
        ExitCode::No => "FAILED",
        ExitCode::CouldNotRun => "COULD NOT BE READ",
        ExitCode::Incomplete => "CONSISTENT, RECEIPT NOT ANCHORED",
    };
    if typed.json {
        out_json(&json!({
            "verdict": verdict, "exit": code.number(), "receipt": vouched.word(), "pack": receipt.pack,
            "pack_root": receipt.root, "objects": checked.objects, "failures": checked.failures,
        }))?;
        return Ok(code);
    }
    let mut text = format!("{verdict}\n");
    if vouched == Vouched::Not {
        text.push_str(&format!("E-ARCHIVE-RECEIPT {}: {}\n", typed.receipt.display(), vouched.word()));
    }
    for failure in checked.failures.iter().take(100) {
        text.push_str(&format!("{}\n", pack::printable(&failure.to_string())));
    }
    if let Some(more) = checked.failures.len().checked_sub(100).filter(|n| *n > 0) {
        text.push_str(&format!("and {more} more\n"));
    }
    text.push_str(&format!(
        "{} of {} objects are there, by version, equal and locked by {} until {}\nreceipt: {}\npack root {}\n",
        checked.objects,
        receipt.objects.len(),
        receipt.mode.word(),
        seconds(receipt.retain_until),
        vouched.word(),
        receipt.root.trim_start_matches("sha256:"),
    ));
    out(&text)?;
    Ok(code)
}

/// Who says that a receipt is the one that was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vouched {
    Key,
    Root,
    Nobody,
    Not,
}

impl Vouched {
    fn word(self) -> &'static str {
        match self {
            Self::Key => "signed by a key that you trust",
            Self::Root => "of the pack root that you expect; its versions and locks are as it says",
            Self::Nobody => {
                "nothing vouches for it: give the signer's key (--key FILE) or the pack root (--expect-root HEX)"
            }
            Self::Not => "it is not signed by a key that you trust, or of another pack root",
        }
    }
}

fn vouched(typed: &cli::ArchiveVerify, receipt: &Receipt, bytes: &[u8], keys: &[PublicKey]) -> Result<Vouched, Error> {
    if let Some(expected) = &typed.expect_root {
        let expected = expected.trim().trim_start_matches("sha256:").to_ascii_lowercase();
        if !pack::digest::is_sha256(&expected) {
            return Err(Error::new(format!(
                "cannot compare with the expected root {expected:?}: it is not 64 hex digits"
            )));
        }
        if receipt.root != format!("sha256:{expected}") {
            return Ok(Vouched::Not);
        }
    }
    if !keys.is_empty() {
        let beside = typed.receipt.to_string_lossy().replace(".receipt.json", ".receipt.sig");
        let path = typed.signature.clone().unwrap_or_else(|| PathBuf::from(beside));
        let signature = std::fs::read(&path).map_err(|e| {
            Error::new(format!("cannot read the signature {}: {e}", path.display())).hint("--signature FILE")
        })?;
        return Ok(if keys.iter().any(|k| k.verifies(bytes, &signature)) { Vouched::Key } else { Vouched::Not });
    }
    Ok(if typed.expect_root.is_some() { Vouched::Root } else { Vouched::Nobody })
}
