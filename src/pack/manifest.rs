//! Hash lists: written in one form only, and read in that form only.
//!
//! The form is what `sha256sum -c` reads, narrowed until a set of files has exactly one list: LF, a final newline,
//! lower-case hex, two blanks, byte order of the paths, no comments, no duplicates. `sha256sum` itself skips lines
//! that begin with `#`, even with `--strict`, and follows `..`; so a reader must not be as generous.

use super::digest::{is_sha256, sha256};
use super::names;
use super::report::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A path of a list and its SHA-256 in hex.
pub type Entries = BTreeMap<String, String>;

/// Something wrong with one line of a list; the text names the line.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub code: Code,
    /// What was found, with the number of the line.
    pub text: String,
}

/// Writes a list.
#[must_use]
pub fn render(entries: &Entries) -> String {
    entries.iter().fold(String::new(), |mut list, (path, digest)| {
        let _ = writeln!(list, "{digest}  {path}"); // writing to a String cannot fail
        list
    })
}

/// The hash list of the evidence and its own SHA-256, the evidence root.
///
/// `files` are paths inside the pack (`data/evidence/…`) with the digests of their bytes, in any order. The list's paths
/// are relative to `data/`, so that `cd data && sha256sum -c evidence.sha256` works.
#[must_use]
pub fn evidence_list<P: AsRef<str>, D: Into<String>>(files: impl IntoIterator<Item = (P, D)>) -> (String, String) {
    let relative = |path: &str| path.strip_prefix("data/").unwrap_or(path).to_owned();
    let entries = files.into_iter().map(|(path, digest)| (relative(path.as_ref()), digest.into())).collect();
    let list = render(&entries);
    let root = sha256(list.as_bytes());
    (list, root)
}

/// Reads a list strictly: the lines that are right, and what is wrong with the others.
///
/// `line_max` bytes a line, its end included; after `count_max` lines reading stops.
#[must_use]
pub fn parse(list: &[u8], line_max: usize, count_max: usize) -> (Entries, Vec<Fault>) {
    let mut reader = Reader::default();
    for (index, line) in list.split_inclusive(|b| *b == b'\n').enumerate() {
        if index == count_max {
            reader.fault(Code::Limit, index, format_args!("larger than limit manifest lines={count_max}"));
            break;
        }
        if line.len() > line_max {
            reader.fault(Code::Limit, index, format_args!("larger than limit manifest line={line_max}"));
            continue;
        }
        match line.strip_suffix(b"\n") {
            Some(line) => reader.line(index, line),
            None => reader.fault(Code::ManifestSyntax, index, format_args!("the final newline is missing")),
        }
    }
    (reader.entries, reader.faults)
}

#[derive(Default)]
struct Reader {
    entries: Entries,
    folded: BTreeSet<String>,
    faults: Vec<Fault>,
    last: String,
}

impl Reader {
    fn fault(&mut self, code: Code, index: usize, text: std::fmt::Arguments<'_>) {
        self.faults.push(Fault { code, text: format!("line {}: {text}", index + 1) });
    }

    fn line(&mut self, index: usize, line: &[u8]) {
        let Some((digest, path)) = split(line) else {
            return self.fault(Code::ManifestSyntax, index, format_args!("not \"<64 hex>  <path>\""));
        };
        let path = match std::str::from_utf8(path) {
            Ok(path) if names::fault(path).is_none() => path,
            _ => {
                let shown = names::printable_bytes(path);
                return self.fault(Code::Path, index, format_args!("unsafe path, not opened: {shown}"));
            }
        };
        if self.entries.contains_key(path) {
            return self.fault(Code::ManifestDup, index, format_args!("path listed twice: {path}"));
        }
        if !self.folded.insert(path.to_ascii_lowercase()) {
            return self.fault(Code::ManifestDup, index, format_args!("path listed twice but for case: {path}"));
        }
        if path < self.last.as_str() {
            self.fault(Code::ManifestSyntax, index, format_args!("not in the byte order of the paths: {path}"));
        }
        path.clone_into(&mut self.last);
        self.entries.insert(path.to_owned(), digest.to_owned());
    }
}

/// `<64 hex>  <path>`; a carriage return anywhere is a wrong line end, not a strange name.
fn split(line: &[u8]) -> Option<(&str, &[u8])> {
    let (digest, rest) = line.split_at_checked(64)?;
    let digest = std::str::from_utf8(digest).ok().filter(|d| is_sha256(d))?;
    let path = rest.strip_prefix(b"  ").filter(|p| !p.is_empty() && !p.contains(&b'\r'))?;
    Some((digest, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn codes(list: &[u8]) -> Vec<Code> {
        parse(list, 512, 10).1.into_iter().map(|f| f.code).collect()
    }

    #[test]
    fn the_evidence_list_is_in_path_order_and_relative_to_data() {
        let (list, root) =
            evidence_list([("data/evidence/b.jsonl", sha256(b"abc")), ("data/evidence/a.jsonl", sha256(b""))]);
        let empty = sha256(b"");
        assert_eq!(list, format!("{empty}  evidence/a.jsonl\n{HASH}  evidence/b.jsonl\n"));
        assert_eq!(root, sha256(list.as_bytes()));
    }

    #[test]
    fn one_form_is_read_and_no_other() {
        assert_eq!(codes(format!("{HASH}  a\n{HASH}  b\n").as_bytes()), []);
        assert_eq!(codes(b""), []);
        for (list, code) in [
            (format!("{HASH}  a"), Code::ManifestSyntax),
            (format!("{HASH}  a\r\n"), Code::ManifestSyntax),
            (format!("{HASH} *a\n"), Code::ManifestSyntax),
            (format!("{HASH} a\n"), Code::ManifestSyntax),
            (format!("{HASH}\ta\n"), Code::ManifestSyntax),
            (format!("{HASH}  \n"), Code::ManifestSyntax),
            (format!("\\{HASH}  a\n"), Code::ManifestSyntax),
            (format!("\u{feff}{HASH}  a\n"), Code::ManifestSyntax),
            (format!("{}  a\n", HASH.to_uppercase()), Code::ManifestSyntax),
            ("# comment\n".to_owned(), Code::ManifestSyntax),
            ("\n".to_owned(), Code::ManifestSyntax),
            (format!("{HASH}  b\n{HASH}  a\n"), Code::ManifestSyntax),
            (format!("{HASH}  a\n{HASH}  a\n"), Code::ManifestDup),
            (format!("{HASH}  A\n{HASH}  a\n"), Code::ManifestDup),
            (format!("{HASH}  ../a\n"), Code::Path),
            (format!("{HASH}  /a\n"), Code::Path),
            (format!("{HASH}   a\n"), Code::Path),
            (format!("{HASH}  a\0b\n"), Code::Path),
            (format!("{HASH}  {}\n", "a".repeat(500)), Code::Limit),
        ] {
            assert_eq!(codes(list.as_bytes()), [code], "{list:?}");
        }
    }

    #[test]
    fn reading_stops_at_the_limit_of_lines() {
        let faults = parse(&b"\n".repeat(1_000_000), 512, 10).1;
        assert_eq!(faults.len(), 11);
        assert_eq!(faults[10].code, Code::Limit);
    }

    proptest! {
        #[test]
        fn what_is_read_without_fault_is_what_would_be_written(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let (entries, faults) = parse(&bytes, 512, 100);
            prop_assert!(!faults.is_empty() || render(&entries).as_bytes() == bytes);
        }

        #[test]
        fn every_change_of_a_byte_is_a_fault_or_another_list(
            names in proptest::collection::btree_set("[a-z]{1,8}", 1..6),
            at in any::<prop::sample::Index>(),
            to in any::<u8>(),
        ) {
            let written: Entries = names.into_iter().map(|n| (format!("data/{n}"), HASH.to_owned())).collect();
            let mut bytes = render(&written).into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            let (entries, faults) = parse(&bytes, 512, 100);
            prop_assert!(!faults.is_empty() || entries != written);
        }
    }
}
