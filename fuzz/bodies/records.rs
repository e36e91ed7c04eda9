//! Any bytes as a snapshot: a head, and one file of records. What is read is written again and read as the same.

use keywitness::samples::halcyon_parcels;
use keywitness::store::{files, parse};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const LINES: &str = "111122223333/eu-west-1/kms.DescribeKey.jsonl";

/// The head of the sample account.
fn head() -> &'static [u8] {
    static HEAD: OnceLock<Vec<u8>> = OnceLock::new();
    HEAD.get_or_init(|| halcyon_parcels().remove("run.json").expect("the head of the sample"))
}

/// One input.
pub fn run(bytes: &[u8]) {
    // The first byte says which of the two is hostile.
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let head = if choice % 2 == 0 { head() } else { bytes };
    let mut given = BTreeMap::from([("run.json".to_owned(), head.to_vec())]);
    if choice % 2 == 0 {
        given.insert(LINES.to_owned(), bytes.to_vec());
    }
    if let Ok((run, records)) = parse(&given) {
        let again = parse(&files(&run, &records).expect("what was read can be written")).expect("and read");
        assert_eq!(again, (run, records));
    }
}
