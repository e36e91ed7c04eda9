//! `keywitness sample`: what it chooses follows from pack, seed and table, and anyone can choose it again.

use crate::program::{Outcome, Pack, keywitness, small_sample};
use keywitness::model::sha256::Sha256;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

fn pack() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/halcyon-parcels");
        let report = ["report", sample.to_str().expect("UTF-8"), "--json", "--catalog", "house-baseline"];
        keywitness(report).done().expect(3).pack()
    })
}

fn sample<'a>(pack: &Pack, more: impl IntoIterator<Item = &'a str>) -> Outcome {
    keywitness(["sample", pack.path.to_str().expect("UTF-8"), "--json"]).args(more).done()
}

fn keys(outcome: &Outcome) -> Vec<String> {
    let object: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {}", outcome.stderr));
    let chosen = object["sample"].as_array().expect("a list");
    chosen.iter().map(|c| c["key"].as_str().expect("a key").to_owned()).collect()
}

/// The same by hand, from the table and SHA-256 alone.
fn by_hand(pack: &Pack, n: usize, seed: &str) -> Vec<String> {
    let text = pack.text("data/tables/findings.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut ranked: Vec<(Vec<u8>, String)> = reader
        .records()
        .map(|row| row.expect("a row")[0].to_owned())
        .map(|id| (Sha256::digest(format!("keywitness-sample/1\n{seed}\nfindings\n{id}\n")).to_vec(), id))
        .collect();
    ranked.sort();
    ranked.into_iter().take(n).map(|(_, id)| id).collect()
}

#[test]
fn a_seed_chooses_the_same_again_and_by_hand() {
    let pack = pack();
    let of = |seed: &str| keys(&sample(pack, ["--n", "7", "--seed", seed, "--of", "findings"]));
    assert_eq!(of("2026Q4"), of("2026Q4"));
    assert_eq!(of("2026Q4"), by_hand(pack, 7, "2026Q4"));
    assert_ne!(of("2026Q4"), of("2027Q1"));
    let without = sample(pack, ["--n", "7", "--of", "findings"]);
    assert_eq!(keys(&without), by_hand(pack, 7, &pack.root));
    assert!(without.stderr.contains("--seed"), "{}", without.stderr);
}

#[test]
fn every_stratum_is_in_the_sample_and_conditions_hold() {
    let pack = pack();
    let outcome = sample(pack, ["--n", "9", "--seed", "s", "--of", "findings", "--strata", "status"]);
    let object: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let strata: BTreeSet<&str> =
        object["strata"].as_array().expect("a list").iter().map(|s| s["stratum"].as_str().expect("a word")).collect();
    assert_eq!(strata, BTreeSet::from(["fail", "not_applicable", "pass", "unknown"]));
    let chosen = object["sample"].as_array().expect("a list");
    let seen: BTreeSet<&str> = chosen.iter().map(|c| c["row"]["status"].as_str().expect("a word")).collect();
    assert_eq!((seen, chosen.len()), (strata, 9));
    let passes = sample(pack, ["--n", "5", "--seed", "s", "--of", "findings", "--only", "status=pass"]);
    let object: Value = serde_json::from_str(&passes.stdout).expect("JSON");
    assert!(object["sample"].as_array().expect("a list").iter().all(|c| c["row"]["status"] == "pass"));
    assert_eq!(object["population"], pack.count(keywitness::model::Status::Pass));
}

#[test]
fn nothing_is_chosen_from_a_pack_that_does_not_hold_or_by_words_that_mean_nothing() {
    let whole = pack();
    let folder = tempfile::tempdir().expect("a folder");
    let broken = whole.copy(folder.path());
    let table = broken.path.join("data/tables/streams.csv");
    std::fs::write(&table, broken.text("data/tables/streams.csv") + "x\r\n").expect("written");
    let refused = sample(&broken, ["--n", "1"]).expect(2);
    assert!(refused.stderr.contains("E-HASH"), "{}", refused.stderr);
    assert!(sample(whole, ["--n", "1", "--strata", "colour"]).expect(2).stderr.contains("no column"));
    assert!(sample(whole, ["--n", "1", "--strata", "region,name"]).expect(2).stderr.contains("strata"));
    assert!(sample(whole, ["--n", "1", "--only", "region=nowhere"]).expect(2).stderr.contains("nothing to choose"));
}

/// The sample account with its own declarations: some of its streams carry cardholder data.
fn declared() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| small_sample().pack())
}

fn object(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {}", outcome.stderr))
}

/// A table by its column heads.
fn table(pack: &Pack, name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = pack.text(&format!("data/tables/{name}.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn the_population_has_a_numbered_row_for_each_stream_and_key() {
    let pack = declared();
    let (all, streams, keys) = (table(pack, "population"), table(pack, "streams"), table(pack, "keys"));
    assert_eq!(all.len(), streams.len() + keys.len());
    let numbers: Vec<usize> = all.iter().map(|row| row["number"].parse().expect("a number")).collect();
    assert_eq!(numbers, (1..=all.len()).collect::<Vec<_>>());
    for (kind, rows) in [("stream", streams), ("key", keys)] {
        for row in rows {
            let fits = |p: &&std::collections::BTreeMap<String, String>| {
                p["kind"] == kind && ["account", "region", "arn", "name"].iter().all(|c| p[*c] == row[*c])
            };
            let found: Vec<_> = all.iter().filter(fits).collect();
            assert_eq!(found.len(), 1, "{row:?}");
            assert!(found[0]["created"].starts_with(&row["created"]) || row["created"] == "unknown", "{row:?}");
        }
    }
    let of = |kind: &str, column: &str| {
        all.iter().filter(|r| r["kind"] == kind).map(|r| r[column].clone()).collect::<BTreeSet<String>>()
    };
    assert!(of("stream", "last_changed").len() > 1 && of("key", "last_changed") == BTreeSet::from([String::new()]));
    assert!(of("stream", "source").len() > 2 && of("stream", "owner").len() > 1);
    assert_eq!(of("stream", "population").len(), 1);
}

#[test]
fn streams_with_cardholder_or_health_data_are_set_aside_and_never_silently() {
    let pack = declared();
    let carry: BTreeSet<String> = table(pack, "streams")
        .into_iter()
        .filter(|s| s["data_classes"].split(", ").any(|c| ["pan", "sad", "ephi"].contains(&c)))
        .map(|s| format!("{}/{}/{}", s["account"], s["region"], s["arn"]))
        .collect();
    let all = table(pack, "streams").len();
    assert!(!carry.is_empty() && carry.len() < all);
    let made = object(&sample(pack, ["--n", "100", "--seed", "s"]));
    let always = made["always_include"]["rows"].as_array().expect("a list");
    let aside: BTreeSet<String> = always.iter().map(|r| r["key"].as_str().expect("a key").to_owned()).collect();
    assert_eq!(aside, carry);
    let drawn = made["sample"].as_array().expect("a list");
    assert_eq!(drawn.len(), all - carry.len());
    assert!(drawn.iter().all(|r| !carry.contains(r["key"].as_str().expect("a key"))));
    let numbered = table(pack, "population");
    for row in always.iter().chain(drawn) {
        let number = usize::try_from(row["row_number"].as_u64().expect("a number")).expect("small");
        assert_eq!(numbered[number - 1]["arn"], row["row"]["arn"]);
    }

    let off = object(&sample(pack, ["--n", "100", "--seed", "s", "--no-always-include"]));
    assert_eq!(
        (&off["always_include"]["rule"], off["sample"].as_array().expect("a list").len()),
        (&"switched_off".into(), all)
    );
    let path = pack.path.to_str().expect("UTF-8");
    let text = keywitness(["sample", path, "--n", "2", "--seed", "s", "--no-always-include"]).done();
    assert!(text.stdout.contains("switched off by --no-always-include"), "{}", text.stdout);
    let text = keywitness(["sample", path, "--n", "2", "--seed", "s"]).done();
    assert!(text.stdout.contains("Always looked at:") && text.stdout.contains("Drawn:"), "{}", text.stdout);
    let elsewhere = object(&sample(pack, ["--n", "1", "--seed", "s", "--only", "data_classes=none"]));
    let says = elsewhere["always_include"]["says"].as_str().expect("a sentence");
    assert!(says.contains(&format!("{} more that carry it are left out", carry.len())), "{says}");
    let keys = object(&sample(pack, ["--n", "1", "--seed", "s", "--of", "keys"]));
    assert_eq!(keys["always_include"]["rule"], "not_streams");
}
