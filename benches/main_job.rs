//! The figures of the README: `cargo bench --bench main_job`.
//!
//! What one scheduled run costs, and how large a report becomes. It drives the optimized program against the
//! scripted AWS of the tests, on loopback and without pacing, so that what is measured is Keywitness and not
//! AWS's quotas. It is a report and not a test: nothing here fails because a machine is slow. It does fail when
//! two reports of one snapshot differ, because then no figure matters.
//!
//! `cargo bench --bench main_job -- serve` only serves the account of the first measurement, for trying things.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "prints figures and measures time")]

#[path = "../tests/cli/aws/mod.rs"]
mod aws;

use aws::world::{IRELAND, KeyMix};
use aws::{Aws, World};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// 150 keys in the proportions of an account that somebody looks after: two thirds are its own symmetric keys;
/// the others are what makes a collector ask less (another account's keys answer two of six questions) or
/// differently (imported and asymmetric keys do not rotate).
const KEYS: KeyMix = KeyMix { customer: 100, aws_managed: 20, foreign: 15, imported: 10, asymmetric: 5 };
const PROGRAM: &str = env!("CARGO_BIN_EXE_keywitness");

/// Runs a command and prints its CPU seconds and the most memory it ever held, from the kernel's own account.
const WRAPPER: &str = "import json, os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
json.dump({'code': os.waitstatus_to_exitcode(status), 'cpu': usage.ru_utime + usage.ru_stime,
           'kib': usage.ru_maxrss}, open(sys.argv[1], 'w'))";

fn main() {
    if std::env::args().any(|a| a == "serve") {
        let aws = Aws::start(World::of_size(500, &KEYS));
        println!("{}", aws.url());
        loop {
            std::thread::sleep(Duration::from_mins(1));
        }
    }
    println!("machine: {}", machine());
    let folder = tempfile::tempdir().expect("a temporary folder");
    whole_job(folder.path());
    large_report(folder.path());
}

fn whole_job(folder: &Path) {
    job(folder, &KEYS, &[], "with all that surrounds them");
    job(folder, &KEYS, &["--no-further-reads"], "without further reads");
    let plain = KeyMix { customer: 150, aws_managed: 0, foreign: 0, imported: 0, asymmetric: 0 };
    job(folder, &plain, &[], "all of them plain customer-managed keys, with all that surrounds them");
    job(folder, &plain, &["--no-further-reads"], "all of them plain customer-managed keys, without further reads");
}

fn job(folder: &Path, keys: &KeyMix, more: &[&str], which: &str) {
    let aws = Aws::start(World::of_size(500, keys));
    let out = folder.join(format!("run-{}-{}", keys.customer, more.len()));
    let url = aws.url();
    let arguments = ["run", "--region", IRELAND, "--endpoint-url", &url, "--no-rate-limit"];
    let arguments: Vec<&str> = arguments.into_iter().chain(more.iter().copied()).collect();
    let usage = measure(folder, &arguments, &out);
    println!("\nrun: 500 streams, {} keys, {which}, from the first call to the sealed pack", keys.total());
    usage.print();
    println!("  calls        {}", aws.requests().len());
    let mut of = BTreeMap::<String, usize>::new();
    for request in aws.requests() {
        *of.entry(request.action()).or_default() += 1;
    }
    for (action, calls) in of {
        println!("    {action:<38} {calls:>5}");
    }
}

fn large_report(folder: &Path) {
    let aws = Aws::start(World::of_size(3000, &KEYS));
    let snapshots = folder.join("snapshots");
    let url = aws.url();
    measure(folder, &["collect", "--region", IRELAND, "--endpoint-url", &url, "--no-rate-limit"], &snapshots);
    let snapshot = only_folder(&snapshots);
    let mut packs = Vec::new();
    for name in ["first", "second"] {
        let out = folder.join(name);
        let usage = measure(folder, &["report", snapshot.to_str().expect("UTF-8")], &out);
        println!("\nreport: 3,000 streams, the {name} time");
        usage.print();
        packs.push(only_folder(&out));
    }
    println!("  files");
    let first = files(&packs[0].join("data"));
    for (name, bytes) in first.iter().filter(|(n, _)| !n.starts_with("evidence/")) {
        println!("    {name:<38} {:>9} bytes", bytes.len());
    }
    let evidence: usize = first.iter().filter(|(n, _)| n.starts_with("evidence/")).map(|(_, b)| b.len()).sum();
    println!("    {:<38} {evidence:>9} bytes", "evidence/ (all records)");
    assert!(first == files(&packs[1].join("data")), "two reports of one snapshot differ");
    println!("  the second report is the same, byte for byte: {} files under data/", first.len());
}

struct Usage {
    seconds: f64,
    cpu: f64,
    mib: f64,
}

impl Usage {
    fn print(&self) {
        println!("  wall         {:.2} s", self.seconds);
        println!("  CPU          {:.2} s", self.cpu);
        println!("  peak memory  {:.1} MiB", self.mib);
    }
}

fn measure(folder: &Path, arguments: &[&str], out: &Path) -> Usage {
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
        .stderr(fs::File::create(folder.join("stderr")).expect("a file"))
        .status()
        .expect("python3");
    let seconds = started.elapsed().as_secs_f64();
    assert!(status.success(), "the wrapper failed");
    let usage: serde_json::Value = serde_json::from_slice(&fs::read(&report).expect("the report")).expect("JSON");
    let code = usage["code"].as_i64().expect("an exit code");
    let said = fs::read_to_string(folder.join("stderr")).unwrap_or_default();
    assert!(code == 0 || code == 3, "{arguments:?} ended with {code}:\n{said}");
    Usage { seconds, cpu: usage["cpu"].as_f64().expect("seconds"), mib: usage["kib"].as_f64().expect("KiB") / 1024.0 }
}

fn only_folder(parent: &Path) -> PathBuf {
    let entries = fs::read_dir(parent).expect("the output").map(|e| e.expect("an entry").path());
    let folders: Vec<PathBuf> = entries.filter(|p| p.is_dir()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders[0].clone()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// Processor, memory and kernel, as far as Linux tells.
fn machine() -> String {
    let line = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let found = text.lines().find(|l| l.starts_with(key)).and_then(|l| l.split_once(':'));
        found.map_or("unknown".to_owned(), |(_, v)| v.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{}, {cores} cores, {} of memory, Linux {}",
        line("/proc/cpuinfo", "model name"),
        line("/proc/meminfo", "MemTotal"),
        kernel.trim()
    )
}
