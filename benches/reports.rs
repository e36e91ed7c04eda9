//! What reports cost, format by format: `cargo bench --bench reports`.
//!
//! Time, memory and size for 30, 300 and 3,000 streams. Each format is made in a process of its own, so that its memory
//! can be told from the others'; "view" is what all of them begin with. Nothing here fails because a machine is slow; it
//! does fail when a format gives other bytes the second time, because then no figure matters.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "prints figures and measures time")]

use keywitness::model::catalog::CheckScope;
use keywitness::model::sha256::Sha256;
use keywitness::model::sink::{Digests, Out, Sink};
use keywitness::model::{Body, Settings};
use keywitness::render::view::{self, Input};
use keywitness::{analysis, assess, checks, frameworks, lineage, pack, period, render, snapshot, store};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Runs a command and prints its CPU seconds and the most memory it ever held, from the kernel's own account.
const WRAPPER: &str = "import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, format, snapshot, ..] = arguments.as_slice()
        && word == "make"
    {
        return make(format, Path::new(snapshot));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!(
        "{:>7}  {:<8} {:>8} {:>10} {:>12}  growth of CPU, memory, bytes for ten times the streams",
        "streams", "format", "CPU s", "peak MiB", "bytes"
    );
    let mut smaller: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    for streams in [30, 300, 3000] {
        let snapshot = folder.path().join(format!("snapshot-{streams}"));
        enlarge(&snapshot, streams);
        let formats = std::iter::once("view").chain(render::ALL.iter().map(|r| r.name));
        for format in formats {
            let (first, cpu, mib) = measured(format, &snapshot);
            let (second, ..) = measured(format, &snapshot);
            assert_eq!(first, second, "{format} of {streams} streams differs the second time");
            let bytes = first.lines().last().unwrap_or("0");
            let now = [cpu, mib, bytes.parse().expect("a number of bytes")];
            let grown = smaller.insert(format, now).map_or_else(String::new, |before| growth(before, now));
            println!("{streams:>7}  {format:<8} {cpu:>8.2} {mib:>10.1} {bytes:>12}  {grown}");
        }
    }
    println!("every format was made twice, with the same bytes");
}

/// How many times as much; ten is linear, less is what does not grow with the streams.
fn growth(before: [f64; 3], now: [f64; 3]) -> String {
    let times = before
        .iter()
        .zip(now)
        .map(|(before, now)| if *before > 0.0 { format!("×{:.1}", now / before) } else { "-".to_owned() });
    times.collect::<Vec<_>>().join(" ")
}

/// A snapshot of so many streams, from the sample.
fn enlarge(snapshot: &Path, streams: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = Command::new("python3")
        .arg(root.join("tests/browser/large.py"))
        .arg(root.join("samples/halcyon-parcels"))
        .arg(snapshot)
        .arg(streams.to_string())
        .status();
    assert!(made.expect("python3").success(), "no snapshot of {streams} streams");
}

/// What a process printed that made one format, its CPU seconds and its peak memory.
fn measured(format: &str, snapshot: &Path) -> (String, f64, f64) {
    let this = std::env::current_exe().expect("the path of this program");
    let ran = Command::new("python3").args(["-c", WRAPPER]).arg(this).args(["make", format]).arg(snapshot).output();
    let printed = String::from_utf8(ran.expect("python3").stdout).expect("text");
    let (made, usage) = printed.trim_end().rsplit_once('\n').expect("two parts");
    let numbers: Vec<f64> = usage.split(' ').map(|n| n.parse().expect("a number")).collect();
    assert!(numbers[0].abs() < f64::EPSILON, "{format} broke off: {made}");
    (made.to_owned(), numbers[1], numbers[2])
}

/// Makes one format and prints the digests of its files, then how many bytes they have.
fn make(format: &str, folder: &Path) {
    let (run, mut records) = store::parse(&store::load(folder).expect("a snapshot")).expect("records");
    let settings = Settings::default();
    let mut digests = Digests::new();
    store::write_into(&mut digests, pack::EVIDENCE, &run, &records).expect("records");
    let (_, evidence_root) = pack::evidence_list(digests);
    let snapshot = snapshot::read(run, &records);
    let findings = checks::run(&snapshot, &settings);
    let known: Vec<_> = checks::ALL.iter().map(|c| (c.id, CheckScope::of(c.judge.kind()))).collect();
    let catalogs = frameworks::choose(&[], Vec::new(), &known).expect("catalogs");
    let assessment = assess::assess(&catalogs, &findings, &snapshot, &settings);
    let pages: Vec<_> = checks::ALL.iter().map(checks::Check::page).collect();
    let analysis = analysis::of(&snapshot, &settings, &findings);
    let period = period::build(&snapshot, snapshot::history(&snapshot, &records), None);
    // As a report does once the nouns are there.
    for record in &mut records {
        record.body = Body::default();
    }
    let report = view::build(&Input {
        analysis: &Arc::new(analysis),
        lineage: &Arc::new(lineage::lineage(&snapshot)),
        period: &period,
        snapshot: &snapshot,
        records: &Arc::new(records),
        findings: &Arc::new(findings),
        assessment: &assessment,
        settings: &settings,
        checks: &pages,
        evidence_root: &evidence_root,
        version: env!("CARGO_PKG_VERSION"),
        templates: &BTreeMap::new(),
        earlier: None,
    });
    let mut counted = Counted::default();
    if let Some(renderer) = render::ALL.iter().find(|r| r.name == format) {
        (renderer.render)(&report, &mut counted).expect("a report");
    }
    for (path, sha256) in &counted.digests {
        println!("{path} {sha256}");
    }
    println!("{}", counted.bytes);
}

/// Takes files and keeps nothing of them but digest and size.
#[derive(Default)]
struct Counted {
    digests: Digests,
    bytes: u64,
}

impl Sink for Counted {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Out + '_>> {
        Ok(Box::new(Counting { path: path.to_owned(), hasher: Sha256::new(), bytes: 0, to: self }))
    }

    fn digests(&mut self) -> io::Result<Digests> {
        Ok(self.digests.clone())
    }
}

struct Counting<'a> {
    path: String,
    hasher: Sha256,
    bytes: u64,
    to: &'a mut Counted,
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out for Counting<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { path, hasher, bytes, to } = *self;
        to.bytes += bytes;
        to.digests.insert(path, hasher.hex());
        Ok(())
    }
}
