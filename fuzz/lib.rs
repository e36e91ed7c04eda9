//! What of the program reads texts that others wrote, and nothing else: the same files, without AWS's SDK and without the
//! reports, which are nine tenths of the build. Each of these stages knows `model` and itself, so they stand alone.
#![forbid(unsafe_code)]
#![allow(missing_docs, dead_code, reason = "the program's own lints judge these files")]

#[path = "../src/failpoint.rs"]
pub mod failpoint;
#[path = "../src/frameworks/mod.rs"]
pub mod frameworks;
#[path = "../src/model/mod.rs"]
pub mod model;
#[path = "../src/pack/mod.rs"]
pub mod pack;
#[path = "../src/policy/mod.rs"]
pub mod policy;
#[path = "../src/samples.rs"]
pub mod samples;
#[path = "../src/store.rs"]
pub mod store;
