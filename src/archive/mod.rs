//! A pack in S3 under Object Lock: written once, read back, and found again years later.
//!
//! Keys are bound to the content: the same pack has the same keys, so an upload that broke off is gone on with by asking
//! for it again. Every object is put with `If-None-Match: *`, so nothing is ever written over; with the SHA-256 that the
//! pack's own lists have, so S3 itself refuses what was damaged on the way; and with its lock. The root file comes last:
//! a prefix without it is half an upload.
//!
//! Object Lock protects versions. It does not keep anybody from putting a new version, or a delete marker, on top; so
//! whoever reads the archive reads versions by id, and those stand in the receipt.

mod check;
mod place;
mod receipt;
mod snapshots;
mod store;
mod upload;

pub use check::{Checked, Code, Failure, check};
pub use place::{Lock, Mode, Target};
pub use receipt::{Object, Receipt, SCHEMA};
pub use snapshots::{Below, LIST, fetch_object, fetch_snapshot, list_snapshots, upload_snapshot};
pub use store::{Access, Store};
pub use upload::{Item, Plan, put_beside, upload};

/// Why a pack could not be archived, or an archive not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A bucket, a lock or a receipt that is none.
    #[error("{what}")]
    Given {
        /// What was given, and what is wrong with it.
        what: String,
        /// What to give instead.
        hint: String,
    },
    /// The bucket is not fit for an archive.
    #[error("cannot archive to s3://{bucket}: {why}")]
    Bucket {
        /// The bucket.
        bucket: String,
        /// What it lacks.
        why: String,
    },
    /// S3 refused a call, or gave no answer.
    #[error("cannot {deed} s3://{bucket}/{key}: {why}")]
    Call {
        /// What was being done.
        deed: &'static str,
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// Why it failed.
        why: String,
    },
    /// Something else has the key, or the same content under a weaker lock.
    #[error("E-ARCHIVE-CONFLICT s3://{bucket}/{key}: {why}")]
    Conflict {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// What is there.
        why: String,
    },
    /// What was read back is not what was written.
    #[error("what was read back is not what was written: {first} ({count} in all)")]
    ReadBack {
        /// The first failure.
        first: String,
        /// How many there are.
        count: usize,
    },
    /// The pack changed while it was read.
    #[error("cannot read {path} of the pack: {why}")]
    Pack {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The runtime for calls could not be started.
    #[error("cannot start calling out: {0}")]
    Runtime(std::io::Error),
}

impl ArchiveError {
    /// What to type, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Given { hint, .. } => Some(hint.clone()),
            Self::Bucket { .. } => Some(
                "make a bucket with `aws s3api create-bucket --object-lock-enabled-for-bucket`, and archive there"
                    .to_owned(),
            ),
            Self::Call { .. } => Some(
                "`keywitness permissions --archive s3://BUCKET/PREFIX` prints what is needed; the same command again \
                 goes on where this one stopped"
                    .to_owned(),
            ),
            Self::Conflict { .. } => {
                Some("nothing was written over; archive to another prefix, or with the lock that is there".to_owned())
            }
            _ => None,
        }
    }
}
