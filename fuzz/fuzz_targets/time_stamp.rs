//! See `bodies/time_stamp.rs`, which the program's own tests run as well.
#![no_main]

#[path = "../bodies/time_stamp.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::run(bytes));
