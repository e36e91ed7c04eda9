//! Any bytes as a snapshot: a head, and one file of records. What is read is written again and read as the same.
#![no_main]

use keywitness::store::{files, parse};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

const LINES: &str = "111122223333/eu-west-1/kms.DescribeKey.jsonl";
const HEAD: &[u8] = br#"{"format":1,"id":"01jd07k3","tool":{"name":"keywitness","version":"0.1.0"},
"started":"2026-10-01T09:00:01.000Z","ended":"2026-10-01T09:02:44.000Z","account":"111122223333","partition":"aws",
"caller":"arn:aws:sts::111122223333:assumed-role/Reader/run","regions":["eu-west-1"],
"window":{"from":"2026-07-01T00:00:00.000Z","to":"2026-09-30T23:59:59.000Z"},"endpoints":[],"rate":"none",
"command":"keywitness run","interrupted":false,"sample":true}"#;

fuzz_target!(|bytes: &[u8]| {
    // The first byte says which of the two is hostile.
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let head = if choice % 2 == 0 { HEAD } else { bytes };
    let mut given = BTreeMap::from([("run.json".to_owned(), head.to_vec())]);
    if choice % 2 == 0 {
        given.insert(LINES.to_owned(), bytes.to_vec());
    }
    if let Ok((run, records)) = parse(&given) {
        let again = parse(&files(&run, &records).expect("what was read can be written")).expect("and read");
        assert_eq!(again, (run, records));
    }
});
