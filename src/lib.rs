//! Keywitness: evidence of how Amazon Data Firehose streams and their KMS keys are protected.
//!
//! ```text
//! collect ──> Snapshot ──> checks ──> Findings ──> assess ──> Assessment ──> render ──> files ──> pack
//! (AWS, async) (frozen)    (pure)                  (+ catalogs)                (pure)             (sealed)
//! ```
//!
//! Nothing to the right of `Snapshot` needs AWS, a clock or a network: the same records, catalogs and settings
//! give the same bytes, today and in three years.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod archive;
pub mod assess;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod commands;
pub mod config;
pub mod error;
pub mod export;
pub mod failpoint;
pub mod frameworks;
pub mod lineage;
pub mod model;
pub mod pack;
pub mod period;
pub mod policy;
pub mod render;
pub mod samples;
pub mod sampling;
pub mod seal;
pub mod share;
pub mod snapshot;
pub mod store;
pub mod trail;
pub mod wire;
