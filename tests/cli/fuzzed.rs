//! The bodies of the fuzz targets, on the stable toolchain: over seeds that are right, and over thousands of inputs that are
//! almost right. A fuzzer finds more; this keeps the targets building and shows that they hold what they promise.

use keywitness::samples;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[path = "../../fuzz/bodies/catalog.rs"]
mod catalog;
#[path = "../../fuzz/bodies/descriptions.rs"]
mod descriptions;
#[path = "../../fuzz/bodies/key_policy.rs"]
mod key_policy;
#[path = "../../fuzz/bodies/manifest.rs"]
mod manifest;
#[path = "../../fuzz/bodies/records.rs"]
mod records;
#[path = "../../fuzz/bodies/time_stamp.rs"]
mod time_stamp;

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (end.max(1) as u64)).expect("below a usize")
    }
}

/// What breaks readers: control characters, halves of characters, quotes, numbers that do not fit, deep nesting.
const PIECES: [&[u8]; 18] = [
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\"",
    b"\\",
    b"\\ud800",
    b"{",
    b"[[[[[[[[",
    b"}",
    b"\r\n",
    b"\n",
    b"  ",
    b"../",
    b"#",
    b"99999999999999999999",
    b"1e999",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
];

/// The seed, cut short, doubled, with bits turned and pieces put in; `times` of them.
fn around(seed: &[u8], times: usize, run: fn(&[u8])) {
    run(seed);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed.len() as u64);
    for _ in 0..times {
        let mut bytes = seed.to_vec();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len() + 1);
            match dice.below(5) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
                2 => drop(bytes.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
                3 => {
                    let end = at + dice.below(bytes.len() - at + 1).min(64);
                    let part = bytes[at..end].to_vec();
                    drop(bytes.splice(at..at, part));
                }
                _ => {
                    let end = at + dice.below(bytes.len() - at + 1).min(16);
                    drop(bytes.drain(at..end));
                }
            }
        }
        run(&bytes);
    }
}

#[test]
fn every_target_is_built_from_a_body_that_is_tested_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stems = |folder: &str| {
        let entries = fs::read_dir(root.join(folder)).expect("a folder").map(|e| e.expect("an entry").path());
        let mut stems: Vec<String> =
            entries.map(|p| p.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
        stems.sort();
        stems
    };
    let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("the manifest");
    let own = include_str!("fuzzed.rs");
    // What reads a pack compares the program's version.
    assert!(manifest.contains(&format!("version = \"{}\"\n", env!("CARGO_PKG_VERSION"))), "fuzz/Cargo.toml");
    assert_eq!(stems("fuzz/bodies"), stems("fuzz/fuzz_targets"));
    for stem in stems("fuzz/bodies") {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{stem}.rs\"")), "{stem} is no target");
        assert!(own.contains(&format!("around_{stem}()")), "{stem} is not tried here");
        let target = fs::read_to_string(root.join(format!("fuzz/fuzz_targets/{stem}.rs"))).expect("a target");
        assert!(target.contains(&format!("../bodies/{stem}.rs")), "{stem} runs something else");
    }
}

#[test]
fn around_key_policy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/halcyon-parcels");
    let mut policies = vec![
        br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*",
        "Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}}]}"#
            .to_vec(),
    ];
    crate::program::walk(&folder, &mut |path| {
        if path.ends_with("kms.GetKeyPolicy.jsonl") {
            for line in fs::read_to_string(path).expect("records").lines() {
                let record: serde_json::Value = serde_json::from_str(line).expect("a record");
                policies.extend(record["body"]["Policy"].as_str().map(|p| p.as_bytes().to_vec()));
            }
        }
    });
    policies.dedup();
    assert!(policies.len() > 2);
    for policy in policies.iter().take(6) {
        around(policy, 400, key_policy::run);
    }
}

#[test]
fn around_manifest() {
    let lines =
        ["bagit.txt", "data/a.csv", "data/b/c.jsonl", "pack.json"].map(|p| format!("{}  {p}\n", "ab".repeat(32)));
    around(lines.concat().as_bytes(), 4000, manifest::run);
}

#[test]
fn around_records() {
    let files: BTreeMap<String, Vec<u8>> = samples::halcyon_parcels();
    let lines = files.get("111122223333/eu-west-1/kms.DescribeKey.jsonl").expect("records of the sample");
    let first = lines.split_inclusive(|b| *b == b'\n').next().expect("a line");
    around(&[&[0], first].concat(), 2000, records::run);
    around(&[&[1], files["run.json"].as_slice()].concat(), 1000, records::run);
}

#[test]
fn around_time_stamp() {
    // A reply of openssl to the very question that the target asks would have another nonce; the forms are what matters.
    around(include_bytes!("../../fuzz/seeds/reply.tsr"), 3000, time_stamp::run);
    around(include_bytes!("../../fuzz/seeds/certificate.der"), 2000, time_stamp::run);
    around(include_bytes!("../../fuzz/seeds/certificate.pem"), 1000, time_stamp::run);
}

#[test]
fn around_descriptions() {
    let pack = crate::every_class().pack.text("pack.json");
    around(pack.as_bytes(), 2000, descriptions::run);
    around(br#"{"a":[1,-2.5,"\u00e9",{"b":null}],"c":18446744073709551615}"#, 2000, descriptions::run);
}

#[test]
fn around_catalog() {
    let catalog = include_bytes!("../../frameworks/house-baseline.yaml");
    around(catalog, 150, catalog::run);
    around(b"a: &x [*x]\n", 300, catalog::run);
}
