//! What a pack says of itself: `bagit.txt`, `bag-info.txt` and `pack.json`, written and read in one form only.

use super::digest::is_sha256;
use crate::model::export::Export;
use crate::model::record::ClockCheck;
use crate::model::run::{Endpoint, Executable, Tool as RunTool};
use crate::model::time::{self, Time};
use crate::model::{AccountId, Ev, Gap, GapKind, Region, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The whole of `bagit.txt` (RFC 8493, 2.1.1).
pub const BAGIT_TXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// The schema of `pack.json` that this version writes and understands.
pub const SCHEMA: &str = "keywitness-pack/1";

/// The labels of `bag-info.txt`, in the order in which they stand there; each once.
const LABELS: [&str; 5] =
    ["Bag-Software-Agent", "Bagging-Date", "External-Description", "External-Identifier", "Payload-Oxum"];

/// Longest value in `bag-info.txt`, in bytes.
const VALUE_MAX: usize = 400;

/// What `bag-info.txt` says beyond what follows from `pack.json` and the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BagInfo {
    /// When the bag was made; the day is written.
    pub bagged: Time,
    /// One line for people who see the bag in a list: whose evidence of what. Printable ASCII.
    pub description: String,
}

/// `pack.json`: scope, counts, gaps, roots and the tool. It is under the pack root, so it is as good as the root.
///
/// Unknown fields are refused: a reader that skips what it does not know could miss what matters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackJson {
    /// [`SCHEMA`].
    pub schema: String,
    /// The run's id, eight characters `[0-9a-v]`.
    pub run_id: String,
    /// Who it is for.
    pub edition: Edition,
    /// Whether it shows a demonstration and no account.
    pub sample: bool,
    /// What was asked for.
    pub scope: Scope,
    /// From when to when.
    pub period: Period,
    /// Numbers of calls, streams, findings …, by name.
    pub counts: BTreeMap<String, u64>,
    /// What is not known.
    pub gaps: Vec<PackGap>,
    /// The endpoints that are not AWS's own; not empty means that the evidence is not AWS's.
    pub endpoints_not_aws: Vec<Endpoint>,
    /// The collector's clock against the `Date` of the answers.
    pub clock: Clock,
    /// Roots of lists inside the pack.
    pub roots: Roots,
    /// The pack before this one, when the packs form a chain.
    pub previous: Option<Previous>,
    /// Which run of its series the pack is: 1 without a pack before it, else one more than that pack states; none where
    /// that pack states nothing, and in a customer edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series_number: Option<u64>,
    /// The catalogs that were used; each is a file under `data/frameworks/`.
    pub catalogs: Vec<CatalogRef>,
    /// The program that wrote the pack.
    pub tool: Tool,
    /// What the seal must have.
    pub seal_policy: SealPolicy,
    /// What was withheld.
    pub redaction: Redaction,
    /// The full pack that a customer edition was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_from: Option<DerivedFrom>,
    /// The forms for other programs that the pack holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<Export>,
    /// Templates of the user that the HTML report was made with, in the place of the program's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateRef>,
}

/// A template of the user. It is not in the pack: no verifier should run what a pack brings along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateRef {
    /// Its name.
    pub name: String,
    /// SHA-256 of its text, in hex.
    pub sha256: String,
}

impl TemplateRef {
    /// Of a name and a text.
    #[must_use]
    pub fn of((name, text): (&String, &String)) -> Self {
        Self { name: name.clone(), sha256: super::digest::sha256(text.as_bytes()) }
    }
}

/// Who a pack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// Everything but secrets.
    Internal,
    /// Redacted, to be given away.
    Customer,
}

/// What was asked for, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The accounts that were to be read.
    pub accounts: Vec<AccountId>,
    /// The Regions that were asked for, whether they answered or not.
    pub regions_requested: Vec<Region>,
    /// Whose credentials asked, as STS gave them, each once.
    pub callers: Vec<String>,
    /// Every filter that left something out; empty when nothing was left out on purpose.
    pub filters: Vec<String>,
}

/// When the answers were collected, and which time the event queries asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Before the first call.
    #[serde(with = "time::millis")]
    pub collected_from: Time,
    /// After the last answer.
    #[serde(with = "time::millis")]
    pub collected_to: Time,
    /// The first second of the event queries.
    #[serde(with = "time::millis")]
    pub events_from: Time,
    /// The last second of the event queries.
    #[serde(with = "time::millis")]
    pub events_to: Time,
}

/// A gap, without its free text: error messages of AWS name people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackGap {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The service.
    pub service: Text,
    /// The API operation.
    pub operation: Text,
    /// What would have been read; empty for a whole listing.
    pub subject: String,
    /// Why it was not.
    pub kind: GapKind,
    /// AWS's error code, where AWS gave one.
    pub code: Option<String>,
    /// The record of the call, where one was made.
    pub record: Option<Ev>,
}

impl From<&Gap> for PackGap {
    fn from(gap: &Gap) -> Self {
        Self {
            account: gap.account.clone(),
            region: gap.region.clone(),
            service: gap.service.clone(),
            operation: gap.operation.clone(),
            subject: gap.subject.clone(),
            kind: gap.kind,
            code: gap.code.clone(),
            record: gap.record,
        }
    }
}

/// How far the collector's clock was off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The largest difference seen, in milliseconds; null when no answer carried a date, for that is not 0.
    pub max_abs_skew_ms: Option<u64>,
    /// How many answers carried a date.
    pub samples: u64,
}

impl From<ClockCheck> for Clock {
    fn from(check: ClockCheck) -> Self {
        let max_abs_skew_ms = (check.samples > 0).then_some(check.max_abs_skew_ms);
        Self { max_abs_skew_ms, samples: check.samples }
    }
}

/// Roots of lists inside the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roots {
    /// `sha256:` and the evidence root.
    pub evidence: String,
}

/// The pack before this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Its run id.
    pub run_id: String,
    /// `sha256:` and its pack root.
    pub root: String,
}

/// The full pack that a customer edition was made from: proof of one origin, without content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedFrom {
    /// `sha256:` and its pack root.
    pub root: String,
}

/// A catalog that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogRef {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of its file under `data/frameworks/`, in hex.
    pub sha256: String,
}

/// The program that wrote the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of the executable that wrote the pack, to be compared with published releases. It says nothing about
    /// an executable that lies, and no verification depends on it: another build derives the same.
    pub binary_sha256: Option<String>,
    /// Why that digest is not known; there exactly when it is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_unknown: Option<String>,
}

impl Tool {
    /// This very program, run from this executable.
    #[must_use]
    pub fn this(executable: &Executable) -> Self {
        let RunTool { name, version, .. } = RunTool::this();
        let (binary_sha256, binary_unknown) = match executable {
            Executable::Sha256(digest) => (Some(digest.clone()), None),
            Executable::Unknown(why) => (None, Some(why.clone())),
        };
        Self { name, version, binary_sha256, binary_unknown }
    }
}

/// What the seal must have. It is under the root, so a seal that was taken away shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealPolicy {
    /// `sha256`, the only algorithm of this schema.
    pub hash: String,
    /// Whether `seal/root.sig` must be there.
    pub signature: Demand,
    /// Who signs; null exactly when no signature is asked for. It stands under the root, so a seal by another key
    /// shows even to a reader who knows only the root.
    pub signer: Option<SignerRef>,
    /// Whether `seal/root.tsr` must be there.
    pub timestamp: Demand,
}

/// Whose key signs a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerRef {
    /// Where the private key is.
    pub kind: SignerKind,
    /// The ARN of a KMS key; null for a file, whose path is nobody's business.
    pub key: Option<String>,
    /// The SHA-256 of the DER `SubjectPublicKeyInfo`, in hex.
    pub public_key_sha256: String,
}

/// Where a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignerKind {
    /// In AWS KMS, which never gives it away.
    Kms,
    /// In a file.
    File,
}

impl SealPolicy {
    /// Hashes alone: neither signature nor time stamp.
    #[must_use]
    pub fn hashes_only() -> Self {
        Self { hash: "sha256".to_owned(), signature: Demand::None, signer: None, timestamp: Demand::None }
    }
}

/// Whether a part of the seal must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// It need not.
    None,
    /// A pack without it has lost it.
    Required,
}

/// What was withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// The same as [`PackJson::edition`].
    pub edition: Edition,
    /// How many values of the records were withheld.
    pub withheld: u64,
}

/// `sha256:` and the hex digits, as roots are written in `pack.json`.
#[must_use]
pub fn prefixed(root: &str) -> String {
    format!("sha256:{root}")
}

impl PackJson {
    /// The file's bytes: sorted keys, two blanks of indentation, a final newline.
    ///
    /// # Errors
    /// When serde cannot turn it into JSON; no value of these types is known to do that.
    pub fn render(&self) -> Result<Vec<u8>, serde_json::Error> {
        // By way of `Value`, whose maps are sorted: the order of the fields above is for readers of this file.
        let mut text = serde_json::to_vec_pretty(&serde_json::to_value(self)?)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads the file's bytes, in the written form only.
    ///
    /// # Errors
    /// What is wrong, in words: another schema, no JSON, a field that is unknown, missing, of another type or
    /// repeated, another form than [`PackJson::render`] gives, or one of [`PackJson::mistakes`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<String>> {
        let one = |text: String| vec![text];
        let head: Head = serde_json::from_slice(bytes).map_err(|e| one(format!("not a pack's description: {e}")))?;
        if head.schema != SCHEMA {
            return Err(one(format!("unknown schema {:?}; this version knows {SCHEMA:?}", head.schema)));
        }
        let pack: Self = serde_json::from_slice(bytes).map_err(|e| one(format!("not {SCHEMA}: {e}")))?;
        let written = pack.render().map_err(|e| one(format!("not {SCHEMA}: {e}")))?;
        let mut mistakes = pack.mistakes();
        // This also finds a repeated key of `counts`, which serde would let pass.
        if written != bytes {
            mistakes.push("not in the one written form (sorted keys, two blanks, final newline)".to_owned());
        }
        if mistakes.is_empty() { Ok(pack) } else { Err(mistakes) }
    }

    /// What the types cannot say: the forms of digests and ids, and that both editions agree.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let root = |r: &str| r.strip_prefix("sha256:").is_some_and(is_sha256);
        let base32 = |b: u8| b.is_ascii_digit() || (b'a'..=b'v').contains(&b);
        let run_id = |id: &str| id.len() == 8 && id.bytes().all(base32);
        let mut found = Vec::new();
        let mut must = |right: bool, what: &str| {
            if !right {
                found.push(what.to_owned());
            }
        };
        must(self.schema == SCHEMA, "schema is not keywitness-pack/1");
        must(self.tool.name == env!("CARGO_PKG_NAME"), "tool.name is not the program that writes this schema");
        must(is_version(&self.tool.version), "tool.version is not a version such as 1.2.3");
        must(run_id(&self.run_id), "run_id is not eight characters 0-9 a-v");
        must(root(&self.roots.evidence), "roots.evidence is not \"sha256:\" and 64 hex digits");
        must(self.seal_policy.hash == "sha256", "seal_policy.hash is not sha256");
        let signer = self.seal_policy.signer.as_ref();
        let demanded = self.seal_policy.signature == Demand::Required;
        must(demanded == signer.is_some(), "seal_policy: a signature without a signer, or the other way round");
        must(signer.is_none_or(|s| is_sha256(&s.public_key_sha256)), "seal_policy.signer: not 64 hex digits");
        must(
            signer.is_none_or(|s| s.key.is_some() == (s.kind == SignerKind::Kms)),
            "seal_policy.signer: a key is named exactly when it is in KMS",
        );
        must(self.redaction.edition == self.edition, "redaction.edition is not the edition");
        let internal = self.edition == Edition::Internal;
        must(
            self.scope.accounts.is_empty() != internal,
            "scope.accounts: a full pack names some, a customer edition none",
        );
        must(self.derived_from.is_none() == internal, "derived_from: a customer edition has it, a full pack does not");
        must(self.derived_from.as_ref().is_none_or(|d| root(&d.root)), "derived_from.root is no root");
        must(!self.scope.regions_requested.is_empty(), "scope.regions_requested is empty");
        must(self.period.collected_from <= self.period.collected_to, "period.collected_to is before its beginning");
        must(self.period.events_from <= self.period.events_to, "period.events_to is before its beginning");
        must(
            self.clock.max_abs_skew_ms.is_some() == (self.clock.samples > 0),
            "clock: a skew without samples, or none",
        );
        must(self.catalogs.iter().all(|c| is_sha256(&c.sha256)), "catalogs: sha256 is not 64 hex digits");
        must(self.tool.binary_sha256.as_deref().is_none_or(is_sha256), "tool.binary_sha256 is not 64 hex digits");
        must(
            self.tool.binary_sha256.is_some() == self.tool.binary_unknown.is_none(),
            "tool: a digest of the executable and a reason why there is none, or neither",
        );
        must(
            self.tool.binary_unknown.as_ref().is_none_or(|why| Executable::Unknown(why.clone()).is_one()),
            "tool.binary_unknown is not one of the reasons that the program gives",
        );
        must(
            self.templates.is_sorted_by(|a, b| a.name < b.name),
            "templates: not in the order of their names, or one twice",
        );
        must(
            self.templates.iter().all(|t| is_sha256(&t.sha256) && is_template(&t.name)),
            "templates: not the name of a template and 64 hex digits",
        );
        must(
            self.series_number.is_none_or(|n| n > 0 && internal),
            "series_number: runs are counted from 1, and a customer edition is none of a series",
        );
        if let Some(previous) = &self.previous {
            must(run_id(&previous.run_id) && root(&previous.root), "previous: not a run id and a root");
        }
        found
    }

    /// The program's name and version as `bag-info.txt` has them.
    fn agent(&self) -> String {
        format!("{} {}", self.tool.name, self.tool.version)
    }
}

/// Three numbers, and perhaps something behind them, as `cargo` writes versions.
fn is_version(text: &str) -> bool {
    let (numbers, rest) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
    let number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-+.".contains(&b);
    numbers.split('.').count() == 3 && numbers.split('.').all(number) && rest.bytes().all(fine) && text.len() <= 64
}

/// `name.html`, in small letters.
fn is_template(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.len() <= 64 && name.strip_suffix(".html").is_some_and(|stem| !stem.is_empty() && stem.bytes().all(fine))
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// Octets and files of the payload, as `Payload-Oxum` counts them (RFC 8493, 2.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Oxum {
    pub octets: u64,
    pub files: usize,
}

impl std::fmt::Display for Oxum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.octets, self.files)
    }
}

/// The bytes of `bag-info.txt`.
pub(super) fn render_bag_info(info: &BagInfo, pack: &PackJson, oxum: Oxum) -> String {
    let values =
        [pack.agent(), time::day(info.bagged), info.description.clone(), pack.run_id.clone(), oxum.to_string()];
    LABELS.iter().zip(values).fold(String::new(), |mut text, (label, value)| {
        let _ = writeln!(text, "{label}: {value}"); // writing to a String cannot fail
        text
    })
}

/// `bag-info.txt`, read in the written form only.
#[derive(Debug)]
pub(super) struct BagInfoFile {
    values: [String; LABELS.len()],
}

impl BagInfoFile {
    /// The lines, or what is wrong with the first line that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
        let mut lines = text.split_inclusive('\n');
        let mut values = LABELS.map(|_| String::new());
        for (index, (label, value)) in LABELS.iter().zip(&mut values).enumerate() {
            let line = lines.next().and_then(|line| line.strip_suffix('\n'));
            let found = line.and_then(|line| line.strip_prefix(label)?.strip_prefix(": ")).filter(|v| plain(v));
            found.ok_or_else(|| format!("line {}: not \"{label}: <text>\"", index + 1))?.clone_into(value);
        }
        match lines.next() {
            None => Ok(Self { values }),
            Some(_) => Err(format!("line {}: nothing may follow", LABELS.len() + 1)),
        }
    }

    /// What does not agree with `pack.json`, or is no date.
    pub fn disagreements(&self, pack: &PackJson) -> Vec<String> {
        let [agent, date, _, id, _] = &self.values;
        let mut found = Vec::new();
        if *agent != pack.agent() {
            found.push(format!("Bag-Software-Agent is {agent:?}, but pack.json names {:?}", pack.agent()));
        }
        if *id != pack.run_id {
            found.push(format!("External-Identifier is {id:?}, but pack.json has run_id {:?}", pack.run_id));
        }
        if !chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok_and(|d| d.to_string() == *date) {
            found.push(format!("Bagging-Date {date:?} is not a date YYYY-MM-DD"));
        }
        found
    }

    /// `Bagging-Date` and `External-Description`.
    pub fn told(&self) -> (String, String) {
        let [_, date, description, _, _] = &self.values;
        (date.clone(), description.clone())
    }

    /// `Payload-Oxum`, as text.
    pub fn oxum(&self) -> &str {
        &self.values[4]
    }
}

/// Whether a value can stand in `bag-info.txt` on one line.
fn plain(value: &str) -> bool {
    let fits = (1..=VALUE_MAX).contains(&value.len()) && value.bytes().all(|b| (b' '..=b'~').contains(&b));
    fits && !value.starts_with(' ') && !value.ends_with(' ')
}

/// What the verifier would refuse in a pack with these descriptions.
pub(super) fn mistakes(info: &BagInfo, pack: &PackJson) -> Vec<String> {
    let mut found = pack.mistakes();
    if let Err(fault) = BagInfoFile::parse(render_bag_info(info, pack, Oxum::default()).as_bytes()) {
        found.push(format!("{}: {fault}", super::BAG_INFO));
    }
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A description that has every field.
    pub fn sample(evidence_root: &str) -> PackJson {
        let at = |text: &str| text.parse::<Time>().expect("a time");
        let region: Region = "eu-west-1".parse().expect("a Region");
        PackJson {
            schema: SCHEMA.to_owned(),
            run_id: "01jd07k3".to_owned(),
            edition: Edition::Internal,
            sample: true,
            scope: Scope {
                accounts: vec!["111122223333".parse().expect("an account")],
                regions_requested: vec![region.clone()],
                callers: vec!["arn:aws:sts::111122223333:assumed-role/EvidenceReader/run".to_owned()],
                filters: vec![],
            },
            period: Period {
                collected_from: at("2026-10-01T09:00:01Z"),
                collected_to: at("2026-10-01T09:02:44.120Z"),
                events_from: at("2026-07-01T00:00:00Z"),
                events_to: at("2026-09-30T23:59:59Z"),
            },
            counts: BTreeMap::from([("streams".to_owned(), 2), ("calls".to_owned(), 9)]),
            gaps: vec![PackGap {
                account: "111122223333".parse().expect("an account"),
                region: region.clone(),
                service: "kms".into(),
                operation: "GetKeyPolicy".into(),
                subject: "arn:aws:kms:eu-west-1:111122223333:key/1".to_owned(),
                kind: GapKind::Denied,
                code: Some("AccessDeniedException".to_owned()),
                record: Some(Ev(7)),
            }],
            endpoints_not_aws: vec![Endpoint {
                service: "kms".into(),
                region,
                url: "http://127.0.0.1:4566".to_owned(),
                aws: false,
            }],
            clock: Clock { max_abs_skew_ms: Some(412), samples: 9 },
            roots: Roots { evidence: prefixed(evidence_root) },
            previous: None,
            catalogs: vec![],
            tool: Tool::this(&Executable::Sha256("cd".repeat(32))),
            templates: Vec::new(),
            seal_policy: SealPolicy::hashes_only(),
            redaction: Redaction { edition: Edition::Internal, withheld: 3 },
            series_number: None,
            derived_from: None,
            exports: Vec::new(),
        }
    }

    pub fn info() -> BagInfo {
        let bagged = "2026-10-01T09:03:00Z".parse().expect("a time");
        BagInfo { bagged, description: "Evidence of delivery stream encryption, account 111122223333".to_owned() }
    }

    fn written() -> String {
        String::from_utf8(sample(&"ab".repeat(32)).render().unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = written();
        assert_eq!(PackJson::parse(text.as_bytes()).unwrap(), sample(&"ab".repeat(32)));
        let keys: Vec<&str> = text.lines().filter(|l| l.starts_with("  \"")).collect();
        assert!(keys.is_sorted() && keys.len() == 16, "{keys:?}");
    }

    #[test]
    fn another_form_is_refused() {
        for (from, to) in [
            ("keywitness-pack/1", "keywitness-pack/2"),
            ("\"sample\": true", "\"sample\": true, \"sample\": true"),
            ("\"calls\": 9", "\"calls\": 8,\n    \"calls\": 9"),
            ("\"calls\": 9", "\"calls\": 9.0"),
            ("\"calls\": 9", "\"calls\": -9"),
            ("\"calls\": 9", "\"calls\": \"9\""),
            ("\"sample\": true", "\"sample\": true,\n  \"score\": 100"),
            ("  \"sample\": true,\n", ""),
            ("\"sample\": true", "\"sample\" : true"),
            ("\"hash\": \"sha256\"", "\"hash\": \"md5\""),
            ("\"signature\": \"none\"", "\"signature\": \"optional\""),
            ("sha256:ab", "sha1:ab"),
            ("\"withheld\": 3\n  }", "\"withheld\": 3\n  },\n  \"x\": 1"),
            ("09:02:44.120Z", "09:02:44.12Z"),
            ("eu-west-1\"", "../x\""),
            ("01jd07k3", "01JD07K3"),
            ("\"samples\": 9", "\"samples\": 0"),
        ] {
            let text = written();
            assert!(text.contains(from), "{from}");
            assert!(PackJson::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{from} -> {to}");
        }
        assert!(PackJson::parse(written().trim_end().as_bytes()).is_err());
        assert!(PackJson::parse(b"").is_err());
    }

    #[test]
    fn no_samples_of_the_clock_are_not_a_clock_that_is_right() {
        let mut pack = sample(&"ab".repeat(32));
        pack.clock = ClockCheck::of(&[]).into();
        assert_eq!(pack.clock.max_abs_skew_ms, None);
        assert_eq!(pack.mistakes(), [""; 0]);
        pack.clock.max_abs_skew_ms = Some(0);
        assert_eq!(pack.mistakes().len(), 1);
    }

    #[test]
    fn bag_info_has_five_lines_and_no_more() {
        let pack = sample(&"ab".repeat(32));
        let text = render_bag_info(&info(), &pack, Oxum { octets: 12, files: 2 });
        let file = BagInfoFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file.oxum(), "12.2");
        assert_eq!(file.disagreements(&pack), [""; 0]);
        for odd in [
            text.trim_end().to_owned(),
            text.replace('\n', "\r\n"),
            format!("{text}Extra: 1\n"),
            text.replace("Bagging-Date", "Bagging-date"),
            text.replace("12.2", ""),
            text.replace("Evidence", "Evid\u{e9}nce"),
            text.split_inclusive('\n').rev().collect(),
        ] {
            assert!(BagInfoFile::parse(odd.as_bytes()).is_err(), "{odd}");
        }
        let other = text.replace("01jd07k3", "01jd07k4").replace("2026-10-01", "2026-13-01");
        assert_eq!(BagInfoFile::parse(other.as_bytes()).unwrap().disagreements(&pack).len(), 2);
    }

    #[test]
    fn a_description_of_two_lines_is_a_mistake() {
        let info = BagInfo { description: "a\nPayload-Oxum: 0.0".to_owned(), ..info() };
        assert_eq!(mistakes(&info, &sample(&"ab".repeat(32))).len(), 1);
    }
}
