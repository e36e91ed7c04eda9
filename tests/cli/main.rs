//! Keywitness from outside: the real program against a scripted AWS on loopback, one fact a test.
//!
//! `aws` is the AWS, `program` runs Keywitness without anything of this machine, and every other module holds
//! tests about one kind of promise. The emulator run in `tests/emulator` asks the same of an AWS that was not
//! written here.
#![allow(clippy::disallowed_methods, reason = "the scripted AWS has a clock of its own, as AWS has")]

mod aws;
mod layering;
mod program;
