//! Any bytes as a hash list: what is read is written again as the same bytes, or something was wrong with it.

use keywitness::pack::manifest::{parse, render};

/// One input.
pub fn run(bytes: &[u8]) {
    let (entries, faults) = parse(bytes, 512, 1000);
    if faults.is_empty() {
        assert_eq!(render(&entries).as_bytes(), bytes);
    }
    for path in entries.keys() {
        assert!(path.is_ascii() && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.')));
    }
}
