//! The evidence pack: a strict `BagIt` 1.0 bag, sealed last, published at once, verified as a closed world.
//!
//! Everything in a pack hangs by hashes from one file, `tagmanifest-sha256.txt`; the SHA-256 of that file is the
//! *pack root*. Why `BagIt`: its manifest is exactly what `sha256sum -c` reads, so nobody needs this program to
//! check a pack. Why stricter than `BagIt`: stock tools accept an emptied tag manifest, added files, links and
//! comment lines, so [`verify`] allows exactly what [`Draft`] writes and nothing else. The format, the rules and
//! the codes are in `docs/pack-format.md`.

pub mod about;
pub mod digest;
mod draft;
mod folder;
pub mod manifest;
mod names;
mod report;
pub mod seal;
mod stamp;
#[cfg(test)]
mod tampered;
#[cfg(test)]
mod tampered_more;
#[cfg(test)]
mod tampered_seal;
pub mod verify;
mod written;

pub use about::{BagInfo, PackJson};
pub use draft::{Draft, Sealed};
pub use manifest::evidence_list;
pub use names::printable;
pub use report::{Code, Failure, Note, Outcome, Report, SignatureFound, StampFound};
pub use seal::{Sealer, Signing, Stamping};
pub use stamp::add_stamp;
pub use verify::{Anchors, Keep, Limits, verify};

use std::io;
use std::path::PathBuf;

/// Declares the bag; its bytes are always [`about::BAGIT_TXT`].
pub const BAGIT: &str = "bagit.txt";
/// Labels for librarians' tools; see [`BagInfo`].
pub const BAG_INFO: &str = "bag-info.txt";
/// What the pack says of itself; see [`PackJson`].
pub const PACK_JSON: &str = "pack.json";
/// For a reader who has never seen this program.
pub const HOW_TO: &str = "HOW-TO-VERIFY.txt";
/// The hash list of all that is under `data/`.
pub const MANIFEST: &str = "manifest-sha256.txt";
/// The root file: the hash list of the five files above. Its own SHA-256 is the pack root.
pub const ROOT_FILE: &str = "tagmanifest-sha256.txt";
/// The hash list of the evidence, within the payload. Its own SHA-256 is the evidence root.
pub const EVIDENCE_LIST: &str = "data/evidence.sha256";
/// Where the records are.
pub const EVIDENCE: &str = "data/evidence/";
/// Where the catalogs are that the run used.
pub const FRAMEWORKS: &str = "data/frameworks/";

/// What the root file lists, in its order: exactly these.
pub const TAG_FILES: [&str; 5] = [HOW_TO, BAG_INFO, BAGIT, MANIFEST, PACK_JSON];

/// The names that may stand in `seal/`. They come after the root and so cannot be under it.
pub const SEAL_FILES: [&str; 7] =
    [seal::SIGNATURE, seal::QUERY, seal::REPLY, seal::SIGNER, seal::PUBLIC_KEY, seal::STATEMENT, seal::CHAIN];

/// Why a pack could not be written, or could not be looked at. What `verify` finds *in* a pack is no error but a
/// [`Failure`].
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The name of the pack is outside the grammar.
    #[error("cannot use {name:?} as the name of a pack: {why}")]
    Name {
        /// The name that was asked for.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The path of a file in the pack is outside the grammar, or taken.
    #[error("cannot add {path:?} to the pack: {why}")]
    Path {
        /// The path that was asked for.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Something already has the final name; nothing was overwritten.
    #[error("cannot publish the pack as {}: something is there already, and it was left as it is", .path.display())]
    Exists {
        /// The final path.
        path: PathBuf,
    },
    /// A text for `bag-info.txt` or `pack.json` that the verifier would refuse.
    #[error("cannot seal the pack: {}", .mistakes.join("; "))]
    About {
        /// All mistakes found.
        mistakes: Vec<String>,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The pack was written and, read back before it was published, did not verify. Nothing was published.
    #[error("the pack does not verify when read back, so it was not published: {first} ({count} in all)")]
    SelfCheck {
        /// The first failure, as a line.
        first: String,
        /// How many there are.
        count: usize,
        /// All of them.
        failures: Vec<Failure>,
    },
    /// The signer gave no signature, or none that fits its key.
    #[error("cannot sign the pack: {why}")]
    Sign {
        /// Why not.
        why: String,
    },
    /// A time stamp cannot be added to this pack.
    #[error("cannot add a time stamp to {}: {why}", .path.display())]
    Stamp {
        /// The pack.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The expected root is not a SHA-256.
    #[error("cannot compare with the expected root {given:?}: it is not a SHA-256 of 64 hex digits")]
    Anchor {
        /// What was given.
        given: String,
    },
}

impl PackError {
    /// Of at least one failure that was found when a pack was read back.
    fn self_check(failures: Vec<Failure>) -> Self {
        let first = failures.first().map(ToString::to_string).unwrap_or_default();
        Self::SelfCheck { first, count: failures.len(), failures }
    }
}
