//! How fast log files of CloudTrail are counted and proven: `cargo bench --bench trail_scan`.
//!
//! It makes a bucket of a million events (`-- --events N` for another size), the same each time but for signatures'
//! randomness, runs the optimized program over it, and puts the figures beside what bounds them: unpacking the same
//! files in memory with the same library, and `zcat`. Where Python has `duckdb`, the same question is asked there too.
//! It is a report and not a test: nothing here fails because a machine is slow. It does fail when a count differs
//! from what was generated, because then no figure matters.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "prints figures and measures time")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

#[path = "../src/trail/testchain.rs"]
mod testchain;

use chrono::TimeDelta;
use keywitness::model::sha256::Sha256;
use keywitness::trail::gunzip::{Gunzip, Members};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use testchain::{Files, Maker, Signer, at, gzip_at};

const PROGRAM: &str = env!("CARGO_BIN_EXE_keywitness");
const FILES_AN_HOUR: u64 = 12;
const EVENTS_A_FILE: u64 = 333;
/// Of a hundred events, so many are of KMS and so many of Firehose.
const KMS_SHARE: u64 = 4;
const FIREHOSE_SHARE: u64 = 1;

/// Runs a command and prints its CPU seconds, wall seconds and the most memory it ever held, from the kernel's own
/// account.
const WRAPPER: &str = "import json, os, sys, time
start = time.monotonic()
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
json.dump({'code': os.waitstatus_to_exitcode(status), 'cpu': usage.ru_utime + usage.ru_stime,
           'wall': time.monotonic() - start, 'kib': usage.ru_maxrss}, open(sys.argv[1], 'w'))";

/// The same question for DuckDB: events by key, of KMS.
const DUCKDB: &str = "import duckdb, json, sys
types = \"STRUCT(eventSource VARCHAR, eventName VARCHAR, eventID VARCHAR, resources STRUCT(ARN VARCHAR)[])[]\"
duckdb.sql(\"SET enable_progress_bar = false\")
rows = duckdb.sql(f\"\"\"WITH e AS (SELECT unnest(Records) AS r FROM read_json('{sys.argv[1]}/AWSLogs/*/CloudTrail/*/*/*/*/*.json.gz',
    columns={{Records: '{types}'}}, maximum_object_size=1000000000))
  SELECT r.resources[1].ARN, count(*) FROM e WHERE r.eventSource = 'kms.amazonaws.com' GROUP BY 1\"\"\").fetchall()
print(json.dumps(dict(rows)))";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, first, list] = &arguments[..]
        && ["--unpack", "--hash"].contains(&first.as_str())
    {
        return unpack(list, first == "--hash");
    }
    let asked = arguments.iter().position(|a| a == "--events").and_then(|at| arguments.get(at + 1));
    let events: u64 = asked.map_or(1_000_000, |n| n.parse().expect("--events N"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let started = Instant::now();
    let made = generate(folder.path(), events);
    println!("machine      {} processors", std::thread::available_parallelism().map_or(1, usize::from));
    println!(
        "corpus       {} events in {} files, {:.0} MB of JSON in {:.0} MB of gzip, {} digests; made in {:.0} s",
        made.events,
        made.files.len(),
        mb(made.json),
        mb(made.packed),
        made.digests,
        started.elapsed().as_secs_f64()
    );
    let paths: Vec<&str> = made.files.iter().map(|f| f.to_str().expect("UTF-8")).collect();
    let list = folder.path().join("list");
    fs::write(&list, paths.join("\n")).expect("a file in the temporary folder");
    let this = std::env::current_exe().expect("this program");
    let at_best = |how: &str| {
        let run = best(folder.path(), &[this.to_str().expect("UTF-8"), how, list.to_str().expect("UTF-8")]);
        assert_eq!(String::from_utf8_lossy(&run.out), made.json.to_string());
        mb(made.json) / run.cpu
    };
    let bound = at_best("--unpack");
    println!("gunzip       {bound:.0} MB/s per core (in memory, the same library, nothing done with it)");
    // A proof is over the unpacked bytes. Without the processor's SHA instructions that alone is slower than unpacking.
    let hashed = at_best("--hash");
    println!(
        "and SHA-256  {hashed:.0} MB/s per core (the same, and the digest that a proof needs: the bound of \"prove\")"
    );
    let zcat = measure(folder.path(), &[&["zcat"], &paths[..]].concat());
    println!("zcat         {:.0} MB/s per core", mb(made.json) / zcat.cpu);
    let bucket = made.bucket.to_str().expect("UTF-8");
    let scan = best(folder.path(), &[PROGRAM, "trail", "scan", bucket, "--json"]);
    check(&scan, &made);
    scan.print("count", &made, bound);
    let keys = folder.path().join("keys.json");
    let keys = keys.to_str().expect("UTF-8");
    let proof = best(folder.path(), &[PROGRAM, "trail", "validate", bucket, "--public-keys", keys, "--json"]);
    let report: Value = serde_json::from_slice(&proof.out).expect("JSON");
    assert_eq!(
        (proof.code, report["logs"]["valid"].as_u64()),
        (0, Some(made.files.len() as u64)),
        "{}",
        report["codes"]
    );
    proof.print("prove", &made, bound);
    println!("             {:.2} of gunzip and SHA-256", mb(made.json) / proof.cpu / hashed);
    duckdb(folder.path(), bucket, &made, &scan);
}

fn duckdb(folder: &Path, bucket: &str, made: &Made, scan: &Measured) {
    let has = Command::new("python3").args(["-c", "import duckdb"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        println!("duckdb       not installed for python3; pip install duckdb in a virtual environment to compare");
        return;
    }
    let asked = measure(folder, &["python3", "-c", DUCKDB, bucket]);
    let counted: BTreeMap<String, u64> = serde_json::from_slice(&asked.out).expect("JSON");
    assert_eq!(counted, made.keys, "what DuckDB counts for each key");
    println!(
        "duckdb       {:.0} MB/s per core, {:.1} s by the clock; counting here is {:.0} times as fast by the clock",
        mb(made.json) / asked.cpu,
        asked.wall,
        asked.wall / scan.wall
    );
}

struct Made {
    bucket: PathBuf,
    files: Vec<PathBuf>,
    digests: usize,
    events: u64,
    json: u64,
    packed: u64,
    keys: BTreeMap<String, u64>,
    groups: BTreeMap<String, Group>,
    firehose: u64,
}

/// What was made of one key, beside how many events.
#[derive(Default)]
struct Group {
    names: BTreeMap<String, u64>,
    principals: BTreeMap<String, u64>,
    errors: BTreeMap<String, u64>,
    first: String,
    last: String,
}

impl Group {
    fn add(&mut self, name: &str, principal: String, error: Option<&str>, time: &str) {
        *self.names.entry(name.to_owned()).or_default() += 1;
        *self.principals.entry(principal).or_default() += 1;
        if let Some(error) = error {
            *self.errors.entry(error.to_owned()).or_default() += 1;
        }
        if self.first.is_empty() || time < self.first.as_str() {
            time.clone_into(&mut self.first);
        }
        if time > self.last.as_str() {
            time.clone_into(&mut self.last);
        }
    }
}

fn generate(folder: &Path, events: u64) -> Made {
    let bucket = folder.join("bucket");
    let signer = Signer::first();
    let mut maker = Maker::new(&signer);
    let start = at("2026-07-01T00:00:00Z");
    let mut random = Random(42);
    let mut made = Made {
        bucket: bucket.clone(),
        files: Vec::new(),
        digests: 0,
        events: 0,
        json: 0,
        packed: 0,
        keys: BTreeMap::new(),
        groups: BTreeMap::new(),
        firehose: 0,
    };
    let mut hour = 0;
    while made.events < events {
        let mut files = Files::new();
        let from = start + TimeDelta::hours(hour);
        let mut logs = Vec::new();
        for slot in 0..FILES_AN_HOUR {
            let minute = from + TimeDelta::minutes(i64::try_from(slot * 5).expect("an hour"));
            let count = EVENTS_A_FILE.min(events - made.events);
            if count == 0 {
                break;
            }
            let name = maker.log_name(minute, &format!("{:016x}", random.next()));
            let json = log(&mut random, minute, count, &mut made);
            made.json += json.len() as u64;
            files.insert(name.clone(), gzip_at(json.as_bytes(), 6));
            logs.push(name);
        }
        maker.digest(&mut files, from, from + TimeDelta::hours(1), &logs);
        made.digests += 1;
        for (name, bytes) in files {
            let path = bucket.join(&name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in the temporary folder");
            fs::write(&path, &bytes).expect("a file in the temporary folder");
            if name.contains("/CloudTrail/") {
                made.packed += bytes.len() as u64;
                made.files.push(path);
            }
        }
        hour += 1;
    }
    let keys = Signer::list(&[&signer], "2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z");
    fs::write(folder.join("keys.json"), keys).expect("a file in the temporary folder");
    made
}

/// A small generator of numbers (splitmix64): the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }
}

const OTHERS: [(&str, &str); 6] = [
    ("sts.amazonaws.com", "AssumeRole"),
    ("ec2.amazonaws.com", "DescribeInstances"),
    ("logs.amazonaws.com", "CreateLogStream"),
    ("ssm.amazonaws.com", "GetParameters"),
    ("iam.amazonaws.com", "GetRole"),
    ("s3.amazonaws.com", "GetBucketAcl"),
];

fn log(random: &mut Random, minute: testchain::Time, count: u64, made: &mut Made) -> String {
    let mut text = String::from("{\"Records\":[");
    for n in 0..count {
        if n > 0 {
            text.push(',');
        }
        event(random, minute, &mut text, made);
        made.events += 1;
    }
    text.push_str("]}");
    text
}

/// One event of about 1.2 kB, in the order of fields that CloudTrail uses.
fn event(random: &mut Random, minute: testchain::Time, text: &mut String, made: &mut Made) {
    let pick = random.below(100);
    let time =
        (minute + TimeDelta::seconds(i64::try_from(random.below(300)).expect("small"))).format("%Y-%m-%dT%H:%M:%SZ");
    let role = random.below(40);
    let session = format!("i-{:017x}", random.next() >> 8);
    let (source, name, request, resources) = if pick < KMS_SHARE {
        let key = random.below(25);
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-{key:012x}");
        *made.keys.entry(arn.clone()).or_default() += 1;
        let request = json!({"keyId": arn, "keySpec": "AES_256", "encryptionContext":
            {"aws:kinesisfirehose:arn": format!("arn:aws:firehose:eu-west-1:111122223333:deliverystream/s{key}")}});
        let resources = json!([{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": arn}]);
        ("kms.amazonaws.com", ["GenerateDataKey", "Decrypt"][usize::from(pick.is_multiple_of(2))], request, resources)
    } else if pick < KMS_SHARE + FIREHOSE_SHARE {
        made.firehose += 1;
        let request =
            json!({"deliveryStreamName": format!("s{}", random.below(25)), "exclusiveStartDestinationId": null});
        ("firehose.amazonaws.com", "DescribeDeliveryStream", request, json!(null))
    } else {
        let (source, name) = OTHERS[usize::try_from(random.below(6)).expect("small")];
        let request = json!({"roleArn": format!("arn:aws:iam::111122223333:role/service-{role}"), "roleSessionName": session,
            "durationSeconds": 3600, "filterSet": {"items": [{"name": "tag:owner", "valueSet": {"items": [{"value": random.uuid()}]}}]}});
        (source, name, request, json!(null))
    };
    let (access, request_id, event_id) = (random.next(), random.uuid(), random.uuid());
    let refused = (source == "kms.amazonaws.com" && access.is_multiple_of(64)).then_some("AccessDenied");
    let error = refused.map(|code| format!("\"errorCode\":\"{code}\",")).unwrap_or_default();
    if let Some(key) = resources[0]["ARN"].as_str() {
        let principal = format!("arn:aws:sts::111122223333:assumed-role/service-{role}/{session}");
        made.groups.entry(key.to_owned()).or_default().add(name, principal, refused, &time.to_string());
    }
    write!(
        text,
        "{{\"eventVersion\":\"1.10\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"principalId\":\"AROAEXAMPLE{role:010}:{session}\",\
         \"arn\":\"arn:aws:sts::111122223333:assumed-role/service-{role}/{session}\",\"accountId\":\"111122223333\",\
         \"accessKeyId\":\"ASIAEXAMPLE{access:016X}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\
         \"principalId\":\"AROAEXAMPLE{role:010}\",\"arn\":\"arn:aws:iam::111122223333:role/service-{role}\",\
         \"accountId\":\"111122223333\",\"userName\":\"service-{role}\"}},\"webIdFederationData\":{{}},\
         \"attributes\":{{\"creationDate\":\"{time}\",\"mfaAuthenticated\":\"false\"}}}}}},\"eventTime\":\"{time}\",\
         \"eventSource\":\"{source}\",\"eventName\":\"{name}\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"10.{}.{}.{}\",\
         \"userAgent\":\"aws-sdk-java/2.25.11 Linux/5.10.210-201.852.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.10\",\
         {error}\"requestParameters\":{request},\"responseElements\":null,\"requestID\":\"{request_id}\",\"eventID\":\"{event_id}\",\
         \"readOnly\":true,\"resources\":{resources},\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\
         \"recipientAccountId\":\"111122223333\",\"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\
         \"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{source}\"}}}}",
        random.below(256),
        random.below(256),
        random.below(256),
    )
    .expect("a text grows");
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Unpacks every file in a list and does nothing else, or hashes it: this program again, so that it is measured like the
/// others.
fn unpack(list: &str, hash: bool) {
    let mut gunzip = Gunzip::default();
    let list = fs::read_to_string(list).expect("the list of files");
    let bytes: usize = list
        .lines()
        .map(|file| {
            let packed = fs::read(file).expect("a file just made");
            let json = gunzip.unpack(&packed, Members::One).expect("gzip");
            if hash {
                std::hint::black_box(Sha256::digest(json));
            }
            json.len()
        })
        .sum();
    print!("{bytes}");
}

struct Measured {
    code: i64,
    cpu: f64,
    wall: f64,
    kib: u64,
    out: Vec<u8>,
}

impl Measured {
    fn print(&self, what: &str, made: &Made, bound: f64) {
        let speed = mb(made.json) / self.cpu;
        println!(
            "{what:12} {speed:.0} MB/s and {:.0} events/s per core, {:.2} of gunzip; {:.2} s by the clock on {:.1} cores, peak {} MiB",
            made.events as f64 / self.cpu,
            speed / bound,
            self.wall,
            self.cpu / self.wall,
            self.kib / 1024
        );
    }
}

fn measure(folder: &Path, command: &[&str]) -> Measured {
    let usage = folder.join("usage.json");
    let out = folder.join("out");
    let program = fs::canonicalize(command[0]).map_or_else(|_| which(command[0]), |p| p.display().to_string());
    let mut python = Command::new("python3");
    python.args(["-c", WRAPPER]).arg(&usage).arg(program).args(&command[1..]);
    python.stdout(fs::File::create(if command[0] == "zcat" { Path::new("/dev/null") } else { &out }).expect("a file"));
    assert!(python.status().expect("python3").success(), "{:?}", &command[..2]);
    let usage: Value = serde_json::from_slice(&fs::read(usage).expect("what the wrapper wrote")).expect("JSON");
    let out = fs::read(&out).unwrap_or_default();
    let number = |name: &str| usage[name].as_f64().expect("a number");
    Measured {
        code: usage["code"].as_i64().expect("a code"),
        cpu: number("cpu"),
        wall: number("wall"),
        kib: usage["kib"].as_u64().expect("a size"),
        out,
    }
}

/// The one of three runs that took the least processor time: other programs only ever add to it.
fn best(folder: &Path, command: &[&str]) -> Measured {
    let runs = (0..3).map(|_| measure(folder, command));
    runs.min_by(|a, b| a.cpu.total_cmp(&b.cpu)).expect("three runs")
}

fn which(name: &str) -> String {
    let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().expect("sh");
    String::from_utf8_lossy(&found.stdout).trim().to_owned()
}

/// The counts are those that were generated.
fn check(scan: &Measured, made: &Made) {
    let counts: Value = serde_json::from_slice(&scan.out).expect("JSON");
    assert_eq!(scan.code, 0);
    assert_eq!(counts["events"].as_u64(), Some(made.events));
    assert_eq!(counts["unique_event_ids"].as_u64(), Some(made.events));
    assert_eq!(counts["firehose"]["total"]["events"].as_u64(), Some(made.firehose));
    let keys = counts["keys"].as_object().expect("keys");
    assert_eq!(keys.len(), made.keys.len());
    for (key, count) in &made.keys {
        assert_eq!(keys[key]["events"].as_u64(), Some(*count), "{key}");
        assert_eq!(keys[key]["unique_events"].as_u64(), Some(*count), "{key}");
        let group = &made.groups[key];
        for (field, truth) in
            [("by_event_name", &group.names), ("by_principal", &group.principals), ("error_codes", &group.errors)]
        {
            let counted: BTreeMap<String, u64> = serde_json::from_value(keys[key][field].clone()).expect("counts");
            // Not printed: there are thousands of sessions.
            assert!(counted == *truth, "{field} of {key}");
        }
        let ends = (keys[key]["first"].as_str(), keys[key]["last"].as_str());
        assert_eq!(ends, (Some(group.first.as_str()), Some(group.last.as_str())), "{key}");
    }
}
