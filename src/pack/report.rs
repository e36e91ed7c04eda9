//! What the verifier found: failures with their codes, notes, roots, and the one outcome.

use super::about::{PackJson, SignerKind};
use super::names::printable;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Kinds of failure. Other programs rely on the codes, so a code never changes its meaning. The order is that of
/// reports: what concerns the whole pack comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The root file is missing, or the folder's name says that it was never published.
    NotSealed,
    /// The pack root is not the expected one.
    Root,
    /// Larger than the verifier is willing to read.
    Limit,
    /// The operating system would not let us read it: nothing is known of it.
    Read,
    /// A schema, an algorithm or a form that this version does not know.
    Schema,
    /// A line of a hash list that is not of the one allowed form, or not in its place.
    ManifestSyntax,
    /// A path is listed twice, or twice but for letter case.
    ManifestDup,
    /// The root file does not list a file that it must list.
    ManifestIncomplete,
    /// A name or path outside the grammar; nothing was opened.
    Path,
    /// Not a plain file: a link, a second name of another file, a folder, a pipe, a device.
    FileType,
    /// The bytes are not those that were listed.
    Hash,
    /// Listed or required, and not there.
    Missing,
    /// There, and not listed.
    Extra,
    /// The pack says of itself that it has more, or less, than is there.
    Complete,
    /// A signature is asked for, by the seal policy or by a key that was given, and there is none.
    SigMissing,
    /// A signature, or something that must follow from it, does not match.
    Sig,
    /// Signed, but by none of the keys that were given.
    SigUnknownKey,
    /// A time stamp is asked for, by the seal policy or by a root that was given, and there is none.
    TsMissing,
    /// The time stamp is for other data, or not what a time stamp must be.
    Ts,
    /// The authority of the time stamp does not stand under a root that was given.
    TsUntrusted,
    /// Something about the time stamp is weaker than SHA-256.
    TsWeak,
    /// The time stamp is older than the evidence.
    TsOrder,
    /// The pack before this one is another, is broken, or is not named.
    Chain,
    /// The packed findings do not follow from the packed records.
    Replay,
    /// A packed report is not what the packed findings give.
    Render,
    /// A customer edition is not what its opening or its full pack say.
    Redact,
}

impl Code {
    /// All codes, in the order of reports.
    pub const ALL: [Self; 26] = [
        Self::NotSealed,
        Self::Root,
        Self::Limit,
        Self::Read,
        Self::Schema,
        Self::ManifestSyntax,
        Self::ManifestDup,
        Self::ManifestIncomplete,
        Self::Path,
        Self::FileType,
        Self::Hash,
        Self::Missing,
        Self::Extra,
        Self::Complete,
        Self::SigMissing,
        Self::Sig,
        Self::SigUnknownKey,
        Self::TsMissing,
        Self::Ts,
        Self::TsUntrusted,
        Self::TsWeak,
        Self::TsOrder,
        Self::Chain,
        Self::Replay,
        Self::Render,
        Self::Redact,
    ];

    /// The code as it is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotSealed => "E-NOT-SEALED",
            Self::Root => "E-ROOT",
            Self::Limit => "E-LIMIT",
            Self::Read => "E-READ",
            Self::Schema => "E-SCHEMA",
            Self::ManifestSyntax => "E-MANIFEST-SYNTAX",
            Self::ManifestDup => "E-MANIFEST-DUP",
            Self::ManifestIncomplete => "E-MANIFEST-INCOMPLETE",
            Self::Path => "E-PATH",
            Self::FileType => "E-FILE-TYPE",
            Self::Hash => "E-HASH",
            Self::Missing => "E-MISSING",
            Self::Extra => "E-EXTRA",
            Self::Complete => "E-COMPLETE",
            Self::SigMissing => "E-SIG-MISSING",
            Self::Sig => "E-SIG",
            Self::SigUnknownKey => "E-SIG-UNKNOWN-KEY",
            Self::TsMissing => "E-TS-MISSING",
            Self::Ts => "E-TS",
            Self::TsUntrusted => "E-TS-UNTRUSTED",
            Self::TsWeak => "E-TS-WEAK",
            Self::TsOrder => "E-TS-ORDER",
            Self::Chain => "E-CHAIN",
            Self::Replay => "E-REPLAY",
            Self::Render => "E-RENDER",
            Self::Redact => "E-REDACT",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// One thing that is wrong with a pack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// Where: a path inside the pack, escaped for a terminal; `.` for the pack itself.
    pub path: String,
    /// What was found, escaped for a terminal.
    pub text: String,
}

impl Failure {
    /// Longest text of a failure, in characters: a hostile pack must not fill the screen.
    const TEXT_MAX: usize = 400;

    /// A failure at a path. Both texts are escaped here, so they may be hostile.
    #[must_use]
    pub fn new(code: Code, path: &str, text: &str) -> Self {
        let mut text = printable(text);
        if let Some((end, _)) = text.char_indices().nth(Self::TEXT_MAX) {
            text.truncate(end);
            text.push_str(" ...");
        }
        Self { code, path: printable(path), text }
    }

    /// A failure at a path that [`super::names::printable_bytes`] made printable already.
    pub(super) fn at(code: Code, shown: String, text: &str) -> Self {
        Self { path: shown, ..Self::new(code, "", text) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code.word(), self.path, self.text)
    }
}

/// Something that a reader should know and that is no failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// Where.
    pub path: String,
    /// What.
    pub text: String,
}

impl Note {
    /// A note about a path. Both texts are escaped here, so they may be hostile.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        let Failure { path, text, .. } = Failure::new(Code::Schema, path, text);
        Self { path, text }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "note {}: {}", self.path, self.text)
    }
}

/// A signature that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureFound {
    /// The fingerprint of the key: the SHA-256 of its DER, in hex.
    pub key: String,
    /// Where the pack says that the private key is.
    pub kind: SignerKind,
    /// The ARN that the pack gives for it.
    pub arn: Option<String>,
    /// Whether the key came from outside as well.
    pub trusted: bool,
}

/// A time stamp that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StampFound {
    /// When the root existed at the latest, RFC 3339.
    pub time: String,
    /// Whose certificate made it, as that certificate says.
    pub authority: String,
    /// Whether the authority stands under a root that came from outside.
    pub trusted: bool,
}

/// The one answer about a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything fits, and something from outside vouches for the root: the expected root, or a key that signed
    /// it. Exit code 0.
    Verified,
    /// At least one thing does not fit. Exit code 1.
    Failed,
    /// Nothing was found wrong, but something could not be read. Exit code 2.
    Unreadable,
    /// Everything fits together, but nothing from outside says that this is the pack that was sealed, or the pack
    /// holds a time stamp that nothing vouches for, or reports that only the version that wrote them can derive.
    /// Whoever can write the folder can make such a pack. Exit code 3.
    Consistent,
}

/// All that the verifier found.
#[derive(Debug, Default)]
pub struct Report {
    /// What is wrong, in the order of [`Code`], then of the paths. Whoever adds (replay does) calls
    /// [`Report::add`].
    pub failures: Vec<Failure>,
    /// What is not wrong but must be known.
    pub notes: Vec<Note>,
    /// The pack root in hex, when the root file could be read.
    pub root: Option<String>,
    /// The evidence root in hex, when `data/evidence.sha256` could be read.
    pub evidence_root: Option<String>,
    /// Whether the pack root equals one that was given from outside, or a key from outside signed it.
    pub anchored: bool,
    /// Whether `seal/` holds a time stamp that nothing from outside vouches for.
    pub unjudged_seal: bool,
    /// The signature, when it matches.
    pub signature: Option<SignatureFound>,
    /// The time stamp, when it fits.
    pub stamp: Option<StampFound>,
    /// The roots of the packs before this one that were given and are the right ones, the latest first.
    pub previous: Vec<String>,
    /// `pack.json`, when it could be understood. To be believed only when there are no failures.
    pub pack: Option<PackJson>,
    /// `Bagging-Date` and `External-Description` of `bag-info.txt`, when it could be understood.
    pub bag_info: Option<(String, String)>,
    /// The files that could not be compared, because another version of this program wrote them, or templates that were
    /// not given.
    pub uncompared: BTreeSet<String>,
    /// How many payload files were hashed and found equal.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The payload files that were hashed and found equal, with their SHA-256 in hex.
    pub digests: BTreeMap<String, String>,
    /// The payload files that the caller asked to keep: the very bytes whose hashes were found equal.
    pub contents: BTreeMap<String, Vec<u8>>,
}

impl Report {
    /// How many failures are printed; data output has all.
    pub const PRINTED: usize = 100;

    /// Adds failures and puts all in order.
    pub fn add(&mut self, more: impl IntoIterator<Item = Failure>) {
        self.failures.extend(more);
        self.failures.sort();
        self.failures.dedup();
    }

    /// What it comes to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.failures.iter().any(|f| f.code != Code::Read) {
            Outcome::Failed
        } else if !self.failures.is_empty() {
            Outcome::Unreadable
        } else if self.anchored && !self.unjudged_seal && self.uncompared.is_empty() {
            Outcome::Verified
        } else {
            Outcome::Consistent
        }
    }

    /// The failures as lines, the first [`Report::PRINTED`] of them and then how many more there are.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.failures.iter().take(Self::PRINTED).map(ToString::to_string).collect();
        if let Some(more) = self.failures.len().checked_sub(Self::PRINTED).filter(|n| *n > 0) {
            lines.push(format!("and {more} more"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_listed_in_the_order_of_reports() {
        let mut words: Vec<_> = Code::ALL.iter().map(|c| c.word()).collect();
        assert!(Code::ALL.is_sorted());
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
    }

    #[test]
    fn every_code_is_explained_and_every_explained_code_is_one() {
        let page = include_str!("../../docs/pack-format.md");
        let explained: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("| `E-")?.split('`').next()).collect();
        let codes: Vec<&str> = Code::ALL.iter().map(|c| &c.word()[2..]).collect();
        assert_eq!(explained, codes);
    }

    #[test]
    fn what_could_not_be_read_is_neither_right_nor_wrong() {
        let mut report = Report { anchored: true, ..Report::default() };
        assert_eq!(report.outcome(), Outcome::Verified);
        report.add([Failure::new(Code::Read, "data/x", "permission denied")]);
        assert_eq!(report.outcome(), Outcome::Unreadable);
        report.add([Failure::new(Code::Hash, "data/y", "content differs")]);
        assert_eq!(report.outcome(), Outcome::Failed);
    }

    #[test]
    fn a_seal_that_was_not_judged_is_not_verified() {
        let report = Report { anchored: true, unjudged_seal: true, ..Report::default() };
        assert_eq!(report.outcome(), Outcome::Consistent);
    }

    #[test]
    fn a_hundred_lines_and_then_a_count() {
        let mut report = Report::default();
        report.add((0..150).map(|n| Failure::new(Code::Extra, &format!("x{n}"), "present but not listed")));
        assert_eq!((report.failures.len(), report.lines().len()), (150, 101));
        assert_eq!(report.lines()[100], "and 50 more");
    }

    #[test]
    fn a_failure_is_one_short_line() {
        let failure = Failure::new(Code::Schema, "pack.json\x1b[0m", &"\u{202e}".repeat(5000)).to_string();
        assert!(failure.is_ascii() && !failure.contains('\x1b') && failure.len() < 500, "{failure}");
    }
}
