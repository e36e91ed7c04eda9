//! Any bytes as a catalog: its mistakes, or a catalog; never a crash, and never longer than a moment.

use keywitness::frameworks::load;

/// One input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match load("any.yaml", text, &[]) {
        Ok(loaded) => assert_eq!(loaded.text, text),
        Err(mistakes) => assert!(!mistakes.to_string().is_empty()),
    }
}
