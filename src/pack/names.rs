//! The names that a pack may hold, and how a name that it may not hold is shown.
//!
//! Names are ours, never text from AWS. With so small a grammar there is no traversal, no hidden file, no
//! percent-escaping (RFC 8493, 2.1.3), no Unicode normalisation and, with the rule on letter case, no clash on
//! file systems that ignore case.

use std::fmt::Write as _;

/// Longest component, in bytes.
pub const COMPONENT_MAX: usize = 120;
/// Longest path, in bytes: with digest, blanks and line end it stays below the limit for a manifest line.
pub const PATH_MAX: usize = 440;

/// Why a path cannot stand in a pack; `None` when it can.
pub fn fault(path: &str) -> Option<&'static str> {
    if path.len() > PATH_MAX {
        return Some("the path is longer than 440 bytes");
    }
    path.split('/').find_map(component_fault)
}

/// Why one component of a path cannot stand in a pack.
pub fn component_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("a component is empty");
    }
    if name.len() > COMPONENT_MAX {
        return Some("a component is longer than 120 bytes");
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return Some("only A-Z a-z 0-9 . _ - may stand in a name");
    }
    // A leading dot hides a file from `ls`, a leading hyphen turns it into an option, and Windows drops a final dot.
    if name.starts_with(['.', '-']) || name.ends_with('.') {
        return Some("a name may not start with . or - nor end with .");
    }
    None
}

/// A text with everything escaped that could move a cursor, hide, reorder or imitate: control characters, bidi
/// and zero-width characters, and the backslash itself. One line, whatever it was.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
        out
    })
}

/// The same for a file name, which need not be text at all: what is not UTF-8 becomes `\xNN`.
pub fn printable_bytes(name: &[u8]) -> String {
    name.utf8_chunks().fold(String::with_capacity(name.len()), |mut out, chunk| {
        out.push_str(&printable(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}"); // writing to a String cannot fail
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_the_design_are_allowed() {
        let long = "a".repeat(COMPONENT_MAX);
        for fine in [
            "data/report.html",
            "data/evidence/111122223333/us-gov-east-1/firehose.DescribeDeliveryStream.jsonl",
            "HOW-TO-VERIFY.txt",
            "tagmanifest-sha256.txt",
            &format!("data/{long}"),
        ] {
            assert_eq!(fault(fine), None, "{fine}");
        }
    }

    #[test]
    fn what_could_leave_the_folder_or_deceive_is_refused() {
        let long = format!("data/{}", "a".repeat(COMPONENT_MAX + 1));
        let deep = "a/".repeat(300) + "a";
        for odd in [
            "",
            "/etc/passwd",
            "data//x",
            "data/",
            "data/../x",
            "./data/x",
            "..",
            "data/.x",
            "data/-rf",
            "data/x.",
            "data/a b",
            "data\\x",
            "data/x\0y",
            "data/x\n",
            "data/ü",
            "data/a%0Ab",
            "data/c:x",
            "~/x",
            &long,
            &deep,
        ] {
            assert!(fault(odd).is_some(), "{odd:?}");
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_comes_through() {
        let hostile = "a\x1b[2J\r\n\u{9b}31m\u{202e}txt\u{200b}\u{feff}\u{2066}\\";
        let shown = printable(hostile);
        assert!(shown.is_ascii(), "{shown}");
        assert!(!shown.bytes().any(|b| b < b' ' || b == 0x7f), "{shown}");
        assert_eq!(printable("Zürich, 東京"), "Zürich, 東京");
    }

    #[test]
    fn two_names_never_look_the_same() {
        assert_eq!(printable_bytes(b"a\xffb"), "a\\xffb");
        assert_eq!(printable_bytes(br"a\xffb"), "a\\\\xffb");
    }
}
