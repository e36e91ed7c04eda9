//! How close a paced run comes to what AWS's quotas allow: `cargo bench --bench quotas`.
//!
//! A loopback endpoint enforces the published rates, answers `ThrottlingException` (Firehose: `LimitExceededException`)
//! beyond them, and takes 20 ms for every answer. 200 streams in two Regions, each with a key of its own. It fails when
//! the wall time of the whole job, report included, is more than 1.15 times the least that the quotas allow for the
//! calls that were made, when a stream is lost, or when a finding differs from that of a run without limits.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "prints figures and measures time")]

#[path = "../tests/cli/aws/mod.rs"]
mod aws;

use aws::world::{IRELAND, VIRGINIA};
use aws::{Aws, World};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_keywitness");
const STREAMS: usize = 100;

fn world() -> World {
    let mut world = World::empty();
    for region in [IRELAND, VIRGINIA] {
        for n in 0..STREAMS {
            let key = world.add_key(region, &format!("key-{n:03}"));
            world.add_stream(region, &format!("orders-{n:03}")).encrypt(&key);
        }
    }
    world.add_trail(IRELAND, "main");
    world
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let free = Aws::start(world());
    let (_, plain) = run(&free, folder.path(), &["--no-rate-limit"]);
    let mut limited = world();
    limited.wait = Duration::from_millis(20);
    limited.quotas = Some(aws::quotas::Quotas::default());
    let limited = Aws::start(limited);
    let (wall, paced) = run(&limited, folder.path(), &["--quota-share", "1.0"]);
    let spent = limited.world().quotas.as_ref().expect("quotas").spent();
    println!("200 streams in 2 Regions, 200 keys, AWS's published rates enforced, 20 ms an answer, --quota-share 1.0");
    let mut least: f64 = 0.0;
    for (action, (calls, seconds, refused)) in &spent {
        println!(
            "  {action:<40} {calls:>5} calls in one Region  {seconds:>6.2} s at AWS's rate  {refused:>3} throttled"
        );
        least = least.max(*seconds);
    }
    let ratio = wall.as_secs_f64() / least;
    println!("  least        {least:.2} s");
    println!("  wall         {:.2} s, {ratio:.3} of the least (bar: 1.15)", wall.as_secs_f64());
    let streams = paced.iter().filter(|f| f.0 == "stream-sse-enabled").count();
    println!("  streams      {streams}, {} findings, the same as without limits: {}", paced.len(), paced == plain);
    assert_eq!(streams, 2 * STREAMS, "a stream was lost");
    assert!(paced == plain, "the findings differ from those of a run without limits");
    assert!(ratio <= 1.15, "{ratio:.3} of the least that the quotas allow");
}

/// What was found: check, subject, status.
type Found = Vec<(String, String, String)>;

fn run(aws: &Aws, folder: &Path, how: &[&str]) -> (Duration, Found) {
    let output = tempfile::tempdir_in(folder).expect("a folder");
    let url = aws.url();
    let started = Instant::now();
    let status = Command::new(PROGRAM)
        .args(["run", "--region", IRELAND, "--region", VIRGINIA, "--endpoint-url", &url, "--output"])
        .arg(output.path())
        .args(how)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status()
        .expect("the program that cargo built");
    let wall = started.elapsed();
    assert!(matches!(status.code(), Some(0 | 3)), "{status}");
    let pack = std::fs::read_dir(output.path()).expect("the output").next().expect("a pack").expect("an entry").path();
    let text = std::fs::read_to_string(pack.join("data/findings.json")).expect("findings");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let findings = file["findings"].as_array().expect("a list").iter();
    let mut found: Found =
        findings.map(|f| (word(&f["check"]), word(&f["subject"]["id"]), word(&f["status"]))).collect();
    found.sort();
    (wall, found)
}
