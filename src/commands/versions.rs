//! Which version a pack says that wrote it, against what its reports say.
//!
//! Only the version that wrote a report can make it again, so of another version's reports nothing is known. That must not
//! be a way around the comparison: a pack cannot name another version than its reports do, nor hold what this very
//! version writes.

use crate::pack::about::PackJson;
use crate::pack::{Code, Failure, Note, Report};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// This program's version.
pub(super) const OWN: &str = env!("CARGO_PKG_VERSION");

/// Where reports name the version that wrote them: what stands before it and after it. No name that a user of AWS can
/// choose may stand in one, for all text is escaped.
const MARKS: [(&str, &str); 4] = [
    ("<dt>Report by</dt><dd>keywitness ", ";"),
    ("<dt>Written by</dt><dd>Keywitness ", "<"),
    ("<pdf:Producer>Keywitness ", "<"),
    ("\"product\":{\"name\":\"Keywitness\",\"vendor_name\":\"Keywitness\",\"version\":\"", "\""),
];

/// Bytes of the longest version that `pack.json` may name.
const LONGEST: usize = 64;

/// Whether a file of a pack always names the version that wrote it, and so cannot be the same by two versions. Templates
/// of a user need not print it.
fn names_version(path: &str, pack: &PackJson) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    ends(&[".pdf", "/assessment-results.json"]) || ends(&[".html"]) && pack.templates.is_empty()
}

/// What is told of a file that was made again and is the same, in a pack that names a version: another version cannot have
/// written what this one writes, its own name in it.
pub(super) fn same(path: &str, packed: Option<&PackJson>) -> Option<Failure> {
    let packed = packed.filter(|p| p.tool.version != OWN && names_version(path, p))?;
    let named = &packed.tool.version;
    let text = format!("written by version {OWN}, byte for byte; pack.json names version {named}");
    Some(Failure::new(Code::Render, path, &text))
}

/// A file that differs from what this version makes, in a pack of another one: nothing is known of it.
pub(super) fn uncompared(report: &mut Report, path: &str) {
    let named = report.pack.as_ref().map(|p| p.tool.version.clone()).unwrap_or_default();
    let text = format!("written by version {named}; not compared: it differs from what this version, {OWN}, makes");
    report.notes.push(Note::new(path, &text));
    report.uncompared.insert(path.to_owned());
}

/// Looks into the reports that could not be compared for the version that each names, and adds what contradicts
/// `pack.json`.
pub(super) fn contradictions(report: &mut Report, pack: &Path) {
    let Some(named) = report.pack.as_ref().map(|p| p.tool.version.clone()) else { return };
    let found: Vec<Failure> = report
        .uncompared
        .iter()
        .filter(|path| report.digests.contains_key(*path))
        .filter_map(|path| {
            let other = stated(&pack.join(path)).into_iter().find(|version| *version != named)?;
            let text = format!("says that version {other} wrote it; pack.json names version {named}");
            Some(Failure::new(Code::Render, path, &text))
        })
        .collect();
    report.add(found);
}

/// The versions that a file names, each once; a few are enough.
fn stated(path: &Path) -> Vec<String> {
    let Ok(mut file) = File::open(path) else { return Vec::new() };
    let longest = MARKS.iter().map(|(mark, _)| mark.len()).max().unwrap_or_default() + LONGEST + 1;
    let (mut versions, mut window, mut piece) = (Vec::new(), Vec::new(), vec![0; 64 << 10]);
    while let Ok(count) = file.read(&mut piece) {
        window.extend_from_slice(&piece[..count]);
        for (mark, end) in MARKS {
            for version in after(&window, mark.as_bytes(), end.as_bytes()) {
                if !versions.contains(&version) && versions.len() < 8 {
                    versions.push(version);
                }
            }
        }
        // What straddles two pieces is found with the next one.
        let keep = window.len().min(longest);
        window.drain(..window.len() - keep);
        if count == 0 {
            break;
        }
    }
    versions
}

/// What stands between each mark and the end behind it.
fn after(bytes: &[u8], mark: &[u8], end: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let places = (0..bytes.len()).filter(|at| bytes[*at] == mark[0] && bytes[*at..].starts_with(mark));
    for at in places {
        let rest = &bytes[at + mark.len()..];
        let rest = &rest[..rest.len().min(LONGEST + 1)];
        if let Some(length) = rest.iter().position(|b| end.contains(b)) {
            found.push(String::from_utf8_lossy(&rest[..length]).into_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_wherever_it_stands() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("report.html");
        for (mark, end) in MARKS {
            for blanks in [0, 1, (64 << 10) - 20, (64 << 10) - mark.len(), (64 << 10) - mark.len() - 3, 200_000] {
                std::fs::write(&path, format!("{}{mark}1.2.3{end} and more", " ".repeat(blanks))).unwrap();
                assert_eq!(stated(&path), ["1.2.3"], "{mark} after {blanks}");
            }
            std::fs::write(&path, format!("{mark}1.2.3{end}{mark}1.2.4{end}{mark}{}", "9".repeat(99))).unwrap();
            assert_eq!(stated(&path), ["1.2.3", "1.2.4"]);
        }
        assert!(stated(&place.path().join("absent")).is_empty());
    }
}
