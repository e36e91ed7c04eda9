//! See `bodies/catalog.rs`, which the program's own tests run as well.
#![no_main]

#[path = "../bodies/catalog.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::run(bytes));
