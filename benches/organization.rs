//! What an organization costs: `cargo bench --bench organization`.
//!
//! 10,000 streams and 5,000 keys in 20 accounts, behind one loopback endpoint without quotas; the real program from the
//! first call to the sealed pack. Prints wall time, CPU and the most memory that the program ever held, beside the bar of
//! 300 MiB. It is a report and not a test: it fails only when a stream is lost.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "prints figures and measures time")]

#[path = "../tests/cli/aws/mod.rs"]
mod aws;

use aws::members::Members;
use aws::world::IRELAND;
use aws::{Aws, World};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_keywitness");
const ACCOUNTS: usize = 20;
const STREAMS: usize = 500;
const KEYS: usize = 250;
const BAR_MIB: f64 = 300.0;

/// Runs a command and prints its CPU seconds and the most memory it ever held, from the kernel's own account.
const WRAPPER: &str = "import json, os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
json.dump({'code': os.waitstatus_to_exitcode(status), 'cpu': usage.ru_utime + usage.ru_stime,
           'kib': usage.ru_maxrss}, open(sys.argv[1], 'w'))";

fn account() -> World {
    let mut world = World::empty();
    let keys: Vec<String> = (0..KEYS).map(|n| world.add_key(IRELAND, &format!("key-{n:04}"))).collect();
    for n in 0..STREAMS {
        world.add_stream(IRELAND, &format!("orders-{n:05}")).encrypt(&keys[n % KEYS]);
    }
    world.add_trail(IRELAND, "main");
    world
}

fn main() {
    let mut world = account();
    world.members = Members {
        worlds: (1..ACCOUNTS).map(|n| (format!("2000000000{n:02}"), account())).collect(),
        ..Members::default()
    };
    let aws = Aws::start(world);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = aws.url();
    let role = "arn:aws:iam::{account}:role/KeywitnessReader";
    let wide =
        ["--organization", "--account-role", role, "--region", IRELAND, "--endpoint-url", &url, "--no-rate-limit"];
    println!("{} streams and {} keys in {ACCOUNTS} accounts, from loopback", ACCOUNTS * STREAMS, ACCOUNTS * KEYS);
    let snapshots = folder.path().join("snapshots");
    measure(folder.path(), "collect", &[&["collect"], &wide[..]].concat(), &snapshots);
    let snapshots = snapshots.display().to_string();
    let pack = folder.path().join("pack");
    measure(folder.path(), "report", &["report", &snapshots], &pack);
    let pack = std::fs::read_dir(pack).expect("the output").next().expect("a pack").expect("an entry").path();
    let about = std::fs::read_to_string(pack.join("pack.json")).expect("pack.json");
    let about: serde_json::Value = serde_json::from_str(&about).expect("JSON");
    let counts = &about["counts"];
    println!(
        "  streams {}, keys {}, findings {}, calls {}",
        counts["streams"], counts["keys"], counts["findings"], counts["calls"]
    );
    assert_eq!(counts["streams"].as_u64(), Some((ACCOUNTS * STREAMS) as u64), "a stream was lost");
}

fn measure(folder: &Path, name: &str, arguments: &[&str], out: &Path) {
    let report = folder.join("usage.json");
    let started = Instant::now();
    let status = Command::new("python3")
        .args(["-c", WRAPPER])
        .arg(&report)
        .arg(PROGRAM)
        .args(arguments)
        .arg("--output")
        .arg(out)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("python3");
    let seconds = started.elapsed().as_secs_f64();
    assert!(status.success(), "the wrapper failed");
    let usage: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).expect("the report")).expect("JSON");
    let code = usage["code"].as_i64().expect("an exit code");
    assert!(code == 0 || code == 3, "{arguments:?} ended with {code}");
    let mib = usage["kib"].as_f64().expect("KiB") / 1024.0;
    let met = if mib < BAR_MIB { "within" } else { "over" };
    println!(
        "{name:<8} wall {seconds:>7.1} s   CPU {:>7.1} s   peak memory {mib:>7.1} MiB, {met} the bar of {BAR_MIB} MiB",
        usage["cpu"].as_f64().expect("seconds")
    );
}
