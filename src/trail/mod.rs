//! CloudTrail's log files: how keys were used, and the proof that nothing was changed, removed or added.
//!
//! ```text
//! log files ──gunzip──> records ──> Usage                              (scan)
//! digests + metadata + public keys ──> Chains ──┐
//! log files ──gunzip──> LogFact ────────────────┴──> Report            (validate)
//! ```
//!
//! Everything here is pure over bytes: who calls reads the files, so that a folder, a bucket and a pack are judged
//! by the same code. All bytes are taken for hostile: sizes are capped, nothing that is read names a file to open,
//! and what cannot be read is listed and never counted as nothing.

pub mod chain;
pub mod digest;
pub mod evidence;
pub mod extract;
pub mod gunzip;
pub mod keys;
pub mod layout;
pub mod logs;
pub mod record;
pub mod report;
pub mod sql;
pub mod usage;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tampered;
#[cfg(test)]
mod testchain;

pub use chain::{Chains, Expected, Listing};
pub use digest::Digest;
pub use gunzip::Gunzip;
pub use keys::PublicKeys;
pub use logs::LogFact;
pub use report::{Code, Report};
pub use usage::Usage;
