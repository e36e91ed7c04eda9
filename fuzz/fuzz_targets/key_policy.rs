//! See `bodies/key_policy.rs`, which the program's own tests run as well.
#![no_main]

#[path = "../bodies/key_policy.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::run(bytes));
