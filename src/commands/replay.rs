//! The proof that a pack's findings follow from its records: everything is derived again and compared byte by byte.
//!
//! The bytes are those whose hashes were just found equal; nothing is read twice. A pack by another version of the
//! program may look different, so its reports are then compared only in a note; its findings must follow all the same.

use super::payload::{self, ASSESSMENT, Basis, FINDINGS, Payload, SERIES, SETTINGS};
use super::versions;
use crate::config::ATTACHMENTS;
use crate::error::Error;
use crate::model::catalog::Loaded;
use crate::model::export::Export;
use crate::model::finding::SubjectKind;
use crate::model::series::Earlier;
use crate::model::sink::Digests;
use crate::model::{Finding, FindingId, Record, Run, Settings, json, plausible, time};
use crate::pack::about::TemplateRef;
use crate::pack::{self, Code, Failure, Limits, Note, Report};
use crate::render::html;
use crate::store::{self, StoreError};
use crate::{checks, frameworks};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Derives the payload again and adds what differs.
pub(super) fn replay(report: &mut Report, templates: &BTreeMap<String, String>) {
    let mut contents = std::mem::take(&mut report.contents);
    let exports = report.pack.as_ref().map(|p| p.exports.clone()).unwrap_or_default();
    let templates = named(report, templates);
    let listed = report.digests.contains_key(FINDINGS);
    match guarded(|| derive(&mut contents, listed, &exports, &templates)) {
        Ok((again, files)) => compare(report, &contents, &again, &files),
        Err(failure) => report.add([failure]),
    }
}

/// Of the templates that were given, those that the pack names, by content. A pack that names none was made with none,
/// whatever was given.
fn named(report: &Report, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let named = report.pack.as_ref().map(|p| p.templates.as_slice()).unwrap_or_default();
    let given = given.iter().filter(|one| named.contains(&TemplateRef::of(*one)));
    given.map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// What the kept files and the values in the records may take, in bytes. The values of three thousand streams take a
/// seventh of it, those of ten thousand half. They are never all there at once; but what follows from them is, and grows with
/// them.
const MEMORY: usize = 896 << 20;
/// All catalogs together, in bytes: what they come to is ten times as much, and more with every stream.
const CATALOGS_MAX: usize = 16 << 20;
/// The largest list of findings that is looked through for those that differ.
const FINDINGS_MAX: usize = 64 << 20;
/// What a finding takes in its file, at least; those of the samples take twice as much.
const FINDING_MIN: usize = 300;
/// So many are derived whatever the pack has, to say which of them are missing.
const FINDINGS_FEW: usize = 50_000;
/// The most findings that are derived. They and what is made of them take up to 1.5 KiB each.
pub(super) const FINDINGS_MOST: usize = 600_000;
/// How often a listing may name the same stream: once, but for pages that AWS repeats.
const REPEATED: usize = 4;

/// The files whose bytes are needed to derive the others, or to say what differs. Of all others the hash is enough.
pub(super) fn needs(path: &str, size: u64) -> bool {
    [pack::EVIDENCE, pack::FRAMEWORKS, ATTACHMENTS].iter().any(|folder| path.starts_with(folder))
        || [SETTINGS, SERIES].contains(&path)
        || (path == FINDINGS && size <= Limits::default().document)
}

/// The records may be made to break us, and a program that breaks off has said nothing. What cannot be derived is a
/// failure like any other; and the text of a panic, which may quote records, is not printed.
fn guarded<T>(derive: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(derive));
    std::panic::set_hook(hook);
    let broken = |_| Failure::new(Code::Replay, "data", "deriving from these records broke off: no program wrote them");
    result.map_err(broken).flatten()
}

fn derive(
    contents: &mut BTreeMap<String, Vec<u8>>,
    listed: bool,
    exports: &[Export],
    templates: &BTreeMap<String, String>,
) -> Result<(Payload, Digests), Failure> {
    let (run, records, mut basis) = ingredients(contents, exports, templates)?;
    basis.most_findings = room(contents, listed, &records)?;
    let mut files = Digests::new();
    let replayed = payload::payload(run, records, &basis, &mut files);
    let refused = |error: Error| match too_many(basis.most_findings) {
        Code::Limit if error.is_limit() => {
            let text = format!(
                "more findings follow from the records than limit findings={FINDINGS_MOST}; hashes, lists and seal are \
                 judged with --no-replay"
            );
            Failure::new(Code::Limit, FINDINGS, &text)
        }
        _ => Failure::new(Code::Replay, "data", error.what()),
    };
    Ok((replayed.map_err(refused)?, files))
}

/// How many findings the pack has room for; `listed` says whether it has a list of them at all. Listings that name so many
/// streams that theirs cannot be among them are refused before anything is made of a name.
fn room(contents: &mut BTreeMap<String, Vec<u8>>, listed: bool, records: &[Record]) -> Result<usize, Failure> {
    let most = match contents.get(FINDINGS).map(Vec::len) {
        Some(bytes) => bytes / FINDING_MIN,
        // Too large to be kept.
        None if listed => FINDINGS_MOST,
        None => 0,
    };
    if most > FINDINGS_MAX / FINDING_MIN {
        // What is not looked through need not be kept.
        contents.remove(FINDINGS);
    }
    let most = most.clamp(FINDINGS_FEW, FINDINGS_MOST);
    let listings = records.iter().filter(|r| r.service == "firehose" && r.operation == "ListDeliveryStreams");
    let named = |r: &Record| r.body.value()["DeliveryStreamNames"].as_array().map_or(0, Vec::len);
    let streams: usize = listings.map(named).sum();
    if streams / REPEATED * checks::asked_of(SubjectKind::Stream) > most {
        let text = format!("{streams} streams are listed, and there is room for {most} findings");
        return Err(Failure::new(too_many(most), FINDINGS, &text));
    }
    Ok(most)
}

/// More findings than the most that are derived are beyond a limit of ours; more than the pack has room for are not its own.
fn too_many(most: usize) -> Code {
    if most == FINDINGS_MOST { Code::Limit } else { Code::Replay }
}

/// The records of a pack, and by what it was judged. They are taken out of its contents.
pub(super) fn ingredients(
    contents: &mut BTreeMap<String, Vec<u8>>,
    exports: &[Export],
    templates: &BTreeMap<String, String>,
) -> Result<(Run, Vec<Record>, Basis), Failure> {
    let kept = contents.values().map(Vec::len).sum();
    // Taken out and not copied: the records are the largest thing in a pack.
    let mut under = |prefix: &str| -> BTreeMap<String, Vec<u8>> {
        let taken = contents.extract_if(.., |path, _| path.starts_with(prefix));
        taken.map(|(path, bytes)| (path[prefix.len()..].to_owned(), bytes)).collect()
    };
    let evidence = under(pack::EVIDENCE);
    let frameworks = under(pack::FRAMEWORKS);
    let mut memory = MEMORY.saturating_sub(kept);
    let settings = settings(contents, &mut memory)?;
    let told = series(contents, &mut memory)?;
    let (run, records) = store::parse_within(evidence, memory).map_err(|e| {
        let (code, path) = match &e {
            StoreError::Limit { path, .. } => (Code::Limit, format!("{}{path}", pack::EVIDENCE)),
            _ => (Code::Complete, pack::EVIDENCE.to_owned()),
        };
        Failure::new(code, &path, &e.to_string())
    })?;
    impossible(&run, &records)?;
    builds(&run)?;
    let catalogs = catalogs(&frameworks)?;
    let attachments = attachments(contents, &settings)?;
    let earlier = told.map(|told| earlier(told, &run)).transpose()?;
    let exports = exports.iter().copied().collect();
    let templates = templates.clone();
    let most_findings = usize::MAX;
    Ok((run, records, Basis { catalogs, settings, attachments, templates, exports, earlier, most_findings }))
}

/// What a pack carries of those before it. It follows from no record of its own, but from the pack that it names.
fn series(contents: &BTreeMap<String, Vec<u8>>, memory: &mut usize) -> Result<Option<Earlier>, Failure> {
    let Some(bytes) = contents.get(SERIES) else { return Ok(None) };
    let value = within(SERIES, bytes, memory)?;
    serde_json::from_value(value).map(Some).map_err(|e| Failure::new(Code::Schema, SERIES, &e.to_string()))
}

fn earlier(told: Earlier, run: &Run) -> Result<Earlier, Failure> {
    match told.fault(run.started) {
        None => Ok(told),
        Some(why) => Err(Failure::new(Code::Chain, SERIES, why)),
    }
}

/// Any JSON of the pack, with what it takes counted.
fn within(path: &str, bytes: &[u8], memory: &mut usize) -> Result<Value, Failure> {
    json::strict_within(bytes, memory).map_err(|e| {
        let text = e.to_string();
        Failure::new(if text.contains(json::TOO_LARGE) { Code::Limit } else { Code::Schema }, path, &text)
    })
}

/// What no collector can have written: a record, or a head that does not fit who asked and where.
fn impossible(run: &Run, records: &[Record]) -> Result<(), Failure> {
    let found = records.iter().find_map(|record| Some((record.ev, *plausible::faults(record, run).first()?)));
    let text = match found {
        Some((ev, what)) => Some(format!("{ev} is not a record of this run: {what}")),
        None => plausible::unnamed_caller(run, records).or_else(|| {
            plausible::miscalled_endpoint(run).map(|e| format!("{}: whose host it is, is told wrong", e.url))
        }),
    };
    text.map_or(Ok(()), |text| Err(Failure::new(Code::Complete, pack::EVIDENCE, &text)))
}

/// Which build collected is told by a digest or by one of a few reasons, never in words of somebody's own.
fn builds(run: &Run) -> Result<(), Failure> {
    let mut tools = std::iter::once(&run.tool).chain(run.parts.iter().map(|p| &p.tool));
    let wrong = |text: &str| Failure::new(Code::Complete, pack::EVIDENCE, text);
    match tools.find(|tool| tool.executable.as_ref().is_some_and(|e| !e.is_one())) {
        Some(_) => Err(wrong("the executable that collected: neither a SHA-256 nor a reason that the program gives")),
        None => Ok(()),
    }
}

/// The declarations of a pack.
fn settings(contents: &BTreeMap<String, Vec<u8>>, memory: &mut usize) -> Result<Settings, Failure> {
    let bytes =
        contents.get(SETTINGS).ok_or_else(|| Failure::new(Code::Complete, SETTINGS, "the declarations are missing"))?;
    let value = within(SETTINGS, bytes, memory)?;
    serde_json::from_value(value).map_err(|e| Failure::new(Code::Schema, SETTINGS, &e.to_string()))
}

/// The documents that the declarations name. Others are not taken, and so are told as files that nothing gives.
fn attachments(
    contents: &mut BTreeMap<String, Vec<u8>>,
    settings: &Settings,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut attachments = BTreeMap::new();
    for named in settings.attachments() {
        let wrong = |code, why: &str| Failure::new(code, &named.path, why);
        if !named.path.starts_with(ATTACHMENTS) {
            return Err(Failure::new(Code::Schema, SETTINGS, "a document is named that is not among the attachments"));
        }
        // Taken and not copied; the same bytes may have two names, and are in the pack once.
        let bytes = attachments.remove(&named.path).or_else(|| contents.remove(&named.path));
        let bytes = bytes.ok_or_else(|| wrong(Code::Complete, "a declared document is missing"))?;
        if bytes.len() as u64 != named.bytes || pack::digest::sha256(&bytes) != named.sha256 {
            return Err(wrong(Code::Replay, "the document is not the one that was declared"));
        }
        attachments.insert(named.path.clone(), bytes);
    }
    Ok(attachments)
}

/// The packed catalogs, in the order of print.
fn catalogs(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<Loaded>, Failure> {
    if files.values().map(Vec::len).sum::<usize>() > CATALOGS_MAX {
        let text = format!("larger than limit catalogs={CATALOGS_MAX}");
        return Err(Failure::new(Code::Limit, pack::FRAMEWORKS, &text));
    }
    let known = payload::known_checks();
    let mut catalogs = Vec::new();
    for (name, bytes) in files {
        let path = format!("{}{name}", pack::FRAMEWORKS);
        let text = std::str::from_utf8(bytes).map_err(|e| Failure::new(Code::Schema, &path, &e.to_string()))?;
        let loaded =
            frameworks::load(name, text, &known).map_err(|e| Failure::new(Code::Schema, &path, &e.to_string()))?;
        catalogs.push(loaded);
    }
    frameworks::sort(&mut catalogs);
    Ok(catalogs)
}

fn compare(report: &mut Report, contents: &BTreeMap<String, Vec<u8>>, again: &Payload, files: &Digests) {
    let mut failures = Vec::new();
    let packed_version = report.pack.as_ref().map(|p| p.tool.version.clone()).unwrap_or_default();
    let same_version = packed_version == again.about.tool.version;
    let absent = absent_templates(report, again);
    failures.extend(absent.iter().filter(|t| same_version && !html::templates::is_known(&t.name)).map(|t| {
        Failure::new(Code::Render, pack::PACK_JSON, &format!("templates: {} is no template of this version", t.name))
    }));
    for (path, derived) in files {
        match report.digests.get(path) {
            None => {
                failures.push(Failure::new(Code::Complete, path, "the records give this file, and the pack has none"));
            }
            Some(packed) if packed == derived => {
                failures.extend(versions::same(path, report.pack.as_ref()));
                // A template that every report prints has left no trace in this one.
                let printed = |t: &&TemplateRef| html::is_in_every_report(&t.name) && !is_own(t);
                let claimed = absent.iter().filter(|_| path == html::PATH && same_version).find(printed);
                failures.extend(claimed.map(|t| {
                    let text = format!(
                        "made without {}, a template that pack.json names (if it prints the same, give it with --templates)",
                        t.name
                    );
                    Failure::new(Code::Render, path, &text)
                }));
            }
            Some(_) if path == html::PATH && !absent.is_empty() => {
                let text =
                    "made with templates of its own, which pack.json names; not compared (give them with --templates)";
                report.notes.push(Note::new(path, text));
                report.uncompared.insert(path.clone());
            }
            // The form of records has a number of its own; whichever version wrote them, they have one form.
            Some(_) if path.starts_with(pack::EVIDENCE) || path == pack::EVIDENCE_LIST => {
                failures.push(Failure::new(Code::Complete, path, "not in the one form that records have"));
            }
            Some(_) if path == FINDINGS => {
                failures.extend(findings(contents.get(path).map(Vec::as_slice), &again.findings));
            }
            Some(_) if path == ASSESSMENT => {
                failures.push(Failure::new(
                    Code::Replay,
                    path,
                    "the assessment does not follow from findings, catalogs and declarations",
                ));
            }
            Some(_) if same_version => failures.push(Failure::new(Code::Render, path, "report differs from findings")),
            Some(_) => versions::uncompared(report, path),
        }
    }
    for path in report.digests.keys().filter(|p| !files.contains_key(*p)) {
        failures.push(Failure::new(Code::Replay, path, "nothing in the records gives this file"));
    }
    if let Some(packed) = &report.pack {
        failures.extend(about(packed, &again.about));
    }
    let info = payload::bag_info(&again.run);
    let expected = (time::day(info.bagged), info.description);
    if report.bag_info.as_ref().is_some_and(|told| *told != expected) {
        if same_version {
            let text = format!("not what the records give: {} and {:?}", expected.0, expected.1);
            failures.push(Failure::new(Code::Complete, pack::BAG_INFO, &text));
        } else {
            versions::uncompared(report, pack::BAG_INFO);
        }
    }
    report.add(failures);
}

/// The templates that the pack names and that were not given.
fn absent_templates(report: &Report, again: &Payload) -> Vec<TemplateRef> {
    let named = report.pack.iter().flat_map(|p| &p.templates);
    named.filter(|t| !again.about.templates.contains(t)).cloned().collect()
}

/// Whether a template is the program's own, word for word.
fn is_own(named: &TemplateRef) -> bool {
    html::templates::own(&named.name).is_some_and(|text| pack::digest::sha256(text.as_bytes()) == named.sha256)
}

/// Which findings differ, by id.
fn findings(packed: Option<&[u8]>, derived: &[Finding]) -> Vec<Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        findings: Vec<Finding>,
    }
    let Some(packed) = packed else {
        return vec![Failure::new(Code::Replay, FINDINGS, "not the findings that the evidence gives")];
    };
    let parsed = json::strict(packed).map_err(|e| e.to_string());
    let parsed = parsed.and_then(|v| serde_json::from_value::<File>(v).map_err(|e| e.to_string()));
    let packed = match parsed {
        Ok(file) => file.findings,
        Err(why) => return vec![Failure::new(Code::Schema, FINDINGS, &why)],
    };
    let (said, gives) = (by_id(&packed), by_id(derived));
    let mut failures = Vec::new();
    for (id, finding) in &gives {
        let text = match said.get(id) {
            None => format!("finding {id}: missing; the evidence gives {}", finding.status.word()),
            Some(s) if s.status != finding.status => {
                format!("finding {id}: pack says {}, evidence gives {}", s.status.word(), finding.status.word())
            }
            Some(s) if s != finding => format!("finding {id}: its words or citations are not what the evidence gives"),
            Some(_) => continue,
        };
        failures.push(Failure::new(Code::Replay, FINDINGS, &text));
    }
    let extra = said.keys().filter(|id| !gives.contains_key(*id));
    failures.extend(
        extra.map(|id| {
            Failure::new(Code::Replay, FINDINGS, &format!("finding {id}: the evidence gives no such finding"))
        }),
    );
    if failures.is_empty() {
        failures.push(Failure::new(
            Code::Replay,
            FINDINGS,
            "the findings are not in the order or form that the evidence gives",
        ));
    }
    failures
}

/// What the pack says of itself must follow from the records as well.
fn about(packed: &pack::PackJson, derived: &pack::PackJson) -> Vec<Failure> {
    let fields: [(&str, bool); 11] = [
        ("run_id", packed.run_id == derived.run_id),
        ("edition", packed.edition == derived.edition),
        ("sample", packed.sample == derived.sample),
        ("scope", packed.scope == derived.scope),
        ("period", packed.period == derived.period),
        ("counts differ", packed.counts == derived.counts),
        ("gaps", packed.gaps == derived.gaps),
        ("endpoints_not_aws", packed.endpoints_not_aws == derived.endpoints_not_aws),
        ("clock", packed.clock == derived.clock),
        ("exports", packed.exports == derived.exports),
        ("redaction", packed.redaction == derived.redaction),
    ];
    // A pack of a version that did not state its number is not wrong about it.
    let other_version = packed.tool.version != derived.tool.version && packed.series_number.is_none();
    let counted = ("series_number", packed.series_number == derived.series_number || other_version);
    let wrong = fields.into_iter().chain([counted]).filter(|(_, same)| !same);
    let mut failures: Vec<Failure> = wrong
        .map(|(field, _)| Failure::new(Code::Complete, pack::PACK_JSON, &format!("{field}: not what the records give")))
        .collect();
    if packed.previous != derived.previous {
        let text = match &derived.previous {
            Some(_) => format!("previous: not the newest pack of {SERIES}"),
            None => format!("previous: a pack that follows another has {SERIES}, and this one has none"),
        };
        failures.push(Failure::new(Code::Chain, pack::PACK_JSON, &text));
    }
    if packed.catalogs != derived.catalogs {
        failures.push(Failure::new(Code::Complete, pack::PACK_JSON, "catalogs: not what the files say"));
    }
    failures
}

/// So that each is found again.
fn by_id(list: &[Finding]) -> BTreeMap<FindingId, &Finding> {
    list.iter().map(|f| (f.id, f)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_has_room_for_what_its_list_can_hold_and_none_is_no_long_one() {
        let room = |bytes: Option<usize>, listed| {
            let mut contents: BTreeMap<_, _> =
                bytes.map(|length| (FINDINGS.to_owned(), vec![b' '; length])).into_iter().collect();
            let most = room(&mut contents, listed, &[]).unwrap();
            (most, contents.contains_key(FINDINGS))
        };
        assert_eq!(room(None, false), (FINDINGS_FEW, false));
        assert_eq!(room(Some(1), true), (FINDINGS_FEW, true));
        assert_eq!(room(Some(60_000 * FINDING_MIN), true), (60_000, true));
        assert_eq!(room(Some(FINDINGS_MAX + FINDING_MIN), true), (FINDINGS_MAX / FINDING_MIN + 1, false));
        assert_eq!(room(None, true), (FINDINGS_MOST, false), "a list that is too long to be kept");
    }

    #[test]
    fn more_than_is_ever_derived_is_a_limit_and_more_than_the_pack_has_room_for_is_not_its_own() {
        assert_eq!(
            [FINDINGS_FEW, FINDINGS_MOST - 1, FINDINGS_MOST].map(too_many),
            [Code::Replay, Code::Replay, Code::Limit]
        );
    }
}
