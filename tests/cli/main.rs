//! Keywitness from outside: the real program against a scripted AWS on loopback, one fact a test.
//!
//! `aws` is the AWS, `program` runs Keywitness without anything of this machine, and every other module holds
//! tests about one kind of promise. The emulator run in `tests/emulator` asks the same of an AWS that was not
//! written here.
#![allow(clippy::disallowed_methods, reason = "the scripted AWS has a clock of its own, as AWS has")]

mod accounts;
mod archive;
mod arguments;
mod asking;
mod authority;
mod aws;
mod book;
mod compare;
mod corpus;
mod cover;
mod crash;
mod declared;
mod deleted;
mod deploy;
mod faults;
mod forged;
mod forged_edition;
mod fuzzed;
mod hops;
mod hostile;
mod joined;
mod layering;
mod planned;
mod policy;
mod program;
mod recorded;
mod records;
mod repeat;
mod s3;
mod sampling;
mod seal;
mod secrets;
mod series;
mod share;
mod shown;
mod templates;
mod trail_athena;
mod trail_bucket;
mod trail_pack;
mod trouble;
mod verdicts;
mod verify;
mod watching;
mod wire;

use aws::{Aws, Request, World};
use program::{Outcome, Pack, keywitness_in};
use std::sync::OnceLock;

/// The settings under which [`EveryClass`] was judged.
const DECLARED: &str = "
[parameters]
cryptoperiod_days = 365

[required_tags]
streams = [\"owner\"]
keys = [\"owner\"]
";

/// One run over [`World::of_every_class`] with small pages, that many tests look at.
struct EveryClass {
    requests: Vec<Request>,
    outcome: Outcome,
    pack: Pack,
}

fn every_class() -> &'static EveryClass {
    static RUN: OnceLock<EveryClass> = OnceLock::new();
    RUN.get_or_init(|| {
        let aws = Aws::start(World::of_every_class().with_small_pages());
        let outcome = keywitness_in("every-class", ["run"]).over(&aws).configured(DECLARED).done().expect(3);
        EveryClass { requests: aws.requests(), pack: outcome.pack(), outcome }
    })
}

/// The ids of the checks that the tests name.
mod check {
    pub const ENCRYPTED: &str = "stream-sse-enabled";
    pub const CUSTOMER_KEY: &str = "stream-customer-managed-key";
    pub const STREAM_TAGS: &str = "stream-required-tags";
    pub const KEY_ENABLED: &str = "key-enabled";
    pub const KEY_STAYS: &str = "key-not-pending-deletion";
    pub const ROTATION: &str = "key-rotation-enabled";
    pub const PERIOD: &str = "key-rotation-period";
    pub const ROTATED: &str = "key-rotated-in-cryptoperiod";
    pub const KEY_TAGS: &str = "key-required-tags";
    pub const TRAIL_LOGS: &str = "trail-logging-multi-region";
    pub const TRAIL_VALIDATION: &str = "trail-log-file-validation";
    pub const TRAIL_KMS: &str = "trail-records-kms-events";
    pub const INVENTORY: &str = "stream-inventory-complete";
    pub const ACCESS_EVENTS: &str = "key-access-events";
}
