//! `keywitness share`: from a pack, a smaller one that may be given to a customer; and the proof that it is from that pack.

use super::payload::{self, Judged};
use super::sealing::Seal;
use super::{collect, out, out_json, replay, say, versions};
use crate::config;
use crate::error::{Error, ExitCode};
use crate::model::assessment::RequirementStatus;
use crate::model::customer::{Commitment, Edition as Facts, Opening};
use crate::model::record::ClockCheck;
use crate::model::run::Endpoint;
use crate::model::sink::{Files, Sink as _};
use crate::model::{Record, Settings, time};
use crate::pack::about::{DerivedFrom, Edition, Redaction, Roots, Scope, Tool, prefixed};
use crate::pack::{self, Anchors, BagInfo, Code, Draft, Failure, Limits, PackJson, Report};
use crate::render::customer;
use crate::seal::kms::Access;
use crate::share::cards::{Questionnaire, Topic};
use crate::share::secret::{Secret, commitment};
use crate::share::{self, Asked, COMMITMENTS, EDITION, Redacted, leak};
use crate::{checks, cli, model::json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The form of the file that stays at home.
const OPENING: &str = "keywitness-opening/1";
/// What stands in `pack.json` in the place of a name.
const WITHHELD: &str = "withheld";
/// What an edition leaves out, as `pack.json` says it.
const FILTER: &str = "customer edition: accounts, gaps and counts are withheld or in data/evidence/edition.json";
/// Longest name of a customer.
const CUSTOMER_MAX: usize = 120;
/// The questionnaires of the program: name, mapping.
const OWN: [(&str, &str); 2] = [
    ("CAIQ 4", include_str!("../../templates/questionnaires/caiq-4.csv")),
    ("HECVAT 4", include_str!("../../templates/questionnaires/hecvat-4.csv")),
];

/// What proves an edition. With the secret, all of it; without, what is listed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningFile {
    schema: String,
    customer: String,
    edition: String,
    derived_from: String,
    /// Who has it knows every name; take it out before giving single openings away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    openings: Vec<Opening>,
}

/// A pack that holds, read again from its records.
struct Source {
    about: PackJson,
    root: String,
    judged: Judged,
    records: Vec<Record>,
    settings: Settings,
}

pub(super) fn run(typed: &cli::Share) -> Result<ExitCode, Error> {
    let name = typed.customer.trim();
    if name.is_empty() || name.chars().count() > CUSTOMER_MAX || name.contains(char::is_control) {
        return Err(Error::new(format!("a customer's name has 1 to {CUSTOMER_MAX} characters, on one line")));
    }
    let questionnaires = questionnaires(&typed.questionnaire)?;
    let seal = Seal::new(&config::sealing(&typed.sealing, typed.config.as_deref())?, &Access::default())?;
    let secret = match &typed.secret {
        Some(path) => read_secret(path)?,
        None => Secret::random().map_err(Error::new)?,
    };
    let source = source(&typed.pack)?;
    collect::ready(&typed.output)?;
    let asked = Asked { customer: name, weaknesses: typed.disclose_weaknesses, questionnaires: &questionnaires };
    let redacted = redact(&source, &asked, &secret);
    let files = files(&redacted)?;
    let mut about = about(&source, &redacted.edition, &root_of(&files));
    seal.promise(&mut about);
    let folder = format!("keywitness-customer-{}-{}", about.period.collected_to.format("%Y%m%d"), about.run_id);
    let description = description(&about.run_id);
    no_leak(&source, &files, &about, &[&folder, &description], &asked)?;

    let mut draft = Draft::create(&typed.output, &folder)?;
    for (path, bytes) in &files {
        draft.put(path, bytes).map_err(|e| Error::new(e.to_string()))?;
    }
    let info = BagInfo { bagged: about.period.collected_to, description };
    let sealed = seal.with(|sealer| draft.seal(&about, &info, sealer))?;
    let opening = typed.output.join(format!("{folder}.opening.json"));
    let file = OpeningFile {
        schema: OPENING.to_owned(),
        customer: name.to_owned(),
        edition: about.run_id.clone(),
        derived_from: redacted.edition.derived_from.clone(),
        secret: Some(secret.hex()),
        openings: redacted.openings,
    };
    keep(&opening, &file)?;
    if typed.json {
        out_json(&serde_json::json!({
            "pack": sealed.path, "pack_root": sealed.root, "derived_from": redacted.edition.derived_from,
            "opening": opening, "commitments": redacted.commitments.len(), "cards": redacted.edition.cards.len(),
            "weaknesses_disclosed": typed.disclose_weaknesses, "signed_by": sealed.signed_by,
            "exit": ExitCode::Done.number(),
        }))?;
        return Ok(ExitCode::Done);
    }
    out(&format!(
        "edition      {}\npack root    {}\nfrom pack    {}\nopening      {}\n",
        sealed.path.display(),
        sealed.root,
        redacted.edition.derived_from,
        opening.display()
    ))?;
    say(
        "\nno name of the run was found in it; look at data/customer.html and data/customer.pdf before you give it away",
    );
    say("keep the opening with the full pack and give it to nobody: it has every name");
    Ok(ExitCode::Done)
}

/// Reads a pack and makes it again from its records, so that what is given away follows from them.
fn source(path: &Path) -> Result<Source, Error> {
    let mut report = pack::verify(path, &Anchors::default(), &Limits::default(), |_, _| true)?;
    if report.pack.as_ref().is_some_and(|p| p.edition == Edition::Customer) {
        return Err(Error::new(format!("{} is a customer edition already", path.display())));
    }
    // Replay takes the records apart; they are needed once more, for the names that must not leave.
    let mut kept = report.contents.clone();
    if report.failures.is_empty() {
        replay::replay(&mut report, &BTreeMap::new());
    }
    if let Some(first) = report.failures.first() {
        let hint = format!("keywitness verify {} says more", path.display());
        return Err(Error::new(format!("cannot share {}: {first}", path.display())).hint(hint));
    }
    let (Some(about), Some(root)) = (report.pack, report.root) else {
        return Err(Error::new(format!("cannot share {}: it is no pack", path.display())));
    };
    let (run, records, basis) =
        replay::ingredients(&mut kept, &[], &BTreeMap::new()).map_err(|failure| Error::new(failure.to_string()))?;
    let judged = payload::judge(run, &records, &basis.catalogs, &basis.settings, basis.most_findings)?;
    Ok(Source { about, root, judged, records, settings: basis.settings })
}

fn redact(source: &Source, asked: &Asked<'_>, secret: &Secret) -> Redacted {
    let pages: Vec<_> = checks::ALL.iter().map(checks::Check::page).collect();
    let input = share::Input {
        snapshot: &source.judged.snapshot,
        findings: &source.judged.findings,
        assessment: &source.judged.assessment,
        settings: &source.settings,
        checks: &pages,
        derived_from: &prefixed(&source.root),
    };
    share::redact(&input, asked, secret)
}

/// The files of an edition.
fn files(redacted: &Redacted) -> Result<Files, Error> {
    let mut files = Files::new();
    let failed = |e: std::io::Error| Error::new(e.to_string());
    files.put(EDITION, &pretty(&redacted.edition)?).map_err(failed)?;
    files.put(COMMITMENTS, &pretty(&redacted.commitments)?).map_err(failed)?;
    let digests = [EDITION, COMMITMENTS].map(|path| (path.to_owned(), pack::digest::sha256(&files[path])));
    let (list, _) = pack::evidence_list(digests);
    files.put(pack::EVIDENCE_LIST, list.as_bytes()).map_err(failed)?;
    customer::render(&redacted.edition, &mut files)?;
    Ok(files)
}

fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Error::new(format!("cannot write JSON: {e}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The evidence root of an edition's files.
fn root_of(files: &Files) -> String {
    prefixed(&pack::digest::sha256(&files[pack::EVIDENCE_LIST]))
}

/// What the edition says of itself: nothing that the internal pack says of the account.
fn about(source: &Source, edition: &Facts, root: &str) -> PackJson {
    let from = &source.about;
    let mut period = from.period;
    period.collected_from = to_minute(period.collected_from);
    period.collected_to = to_minute(period.collected_to);
    period.events_from = to_minute(period.events_from);
    period.events_to = to_minute(period.events_to);
    let endpoints = from.endpoints_not_aws.iter().map(|e| Endpoint { url: WITHHELD.to_owned(), ..e.clone() });
    let withheld: u64 = source.records.iter().map(|r| r.withheld.len() as u64).sum();
    PackJson {
        schema: from.schema.clone(),
        run_id: edition.edition.clone(),
        edition: Edition::Customer,
        sample: from.sample,
        scope: Scope {
            accounts: Vec::new(),
            regions_requested: from.scope.regions_requested.clone(),
            callers: vec![WITHHELD.to_owned()],
            filters: vec![FILTER.to_owned()],
        },
        period,
        counts: BTreeMap::new(),
        gaps: Vec::new(),
        endpoints_not_aws: endpoints.collect(),
        clock: ClockCheck::of(&source.records).into(),
        roots: Roots { evidence: root.to_owned() },
        previous: None,
        catalogs: Vec::new(),
        tool: Tool::this(super::executable::own()),
        seal_policy: from.seal_policy.clone(),
        redaction: Redaction { edition: Edition::Customer, withheld },
        exports: Vec::new(),
        templates: Vec::new(),
        series_number: None,
        derived_from: Some(DerivedFrom { root: edition.derived_from.clone() }),
    }
}

/// Looks for every name of the run in every byte that is about to leave.
fn no_leak(source: &Source, files: &Files, about: &PackJson, more: &[&str], asked: &Asked<'_>) -> Result<(), Error> {
    let names = leak::names(&source.judged.snapshot.run, &source.records);
    let mut bytes: Vec<(String, Vec<u8>)> = files.iter().map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    let described = about.render().map_err(|e| Error::new(e.to_string()))?;
    bytes.push((pack::PACK_JSON.to_owned(), described));
    bytes.push((pack::BAG_INFO.to_owned(), more.join("\n").into_bytes()));
    // What the owner names on purpose, and what the program would say of any account.
    let mut ours = vec![asked.customer.to_owned(), source.settings.entity.clone().unwrap_or_default()];
    ours.extend(customer::OWN_WORDS.iter().map(|w| (*w).to_owned()));
    ours.extend(OWN.iter().map(|(_, text)| (*text).to_owned()));
    ours.extend(checks::ALL.iter().map(|c| format!("{} {}", c.id, c.title)));
    ours.extend(Topic::ALL.iter().map(|t| t.not_covered().to_owned()));
    let empty = share::nothing(asked.questionnaires);
    ours.push(serde_json::to_string(&empty).unwrap_or_default());
    ours.extend(RequirementStatus::ALL.iter().map(|status| status.label().to_owned()));
    let results = &source.judged.assessment.catalogs;
    ours.extend(results.iter().map(|c| format!("{} {}", c.framework, c.edition)));
    let mut ours = vec![ours.join("\n").into_bytes()];
    for weaknesses_disclosed in [false, true] {
        let mut rendered = Files::new();
        customer::render(&Facts { weaknesses_disclosed, ..empty.clone() }, &mut rendered)?;
        ours.extend(rendered.into_values());
    }
    for questionnaire in asked.questionnaires {
        ours.extend(questionnaire.questions.iter().map(|q| format!("{} {}\n", q.id, q.help).into_bytes()));
    }
    for catalog in results {
        let words = catalog.outcomes.iter().map(|o| format!("{} {}\n", o.requirement.id, o.requirement.title));
        ours.extend(words.map(String::into_bytes));
    }
    let leaks = leak::find(&bytes, &names, &ours).map_err(Error::new)?;
    let Some(first) = leaks.first() else { return Ok(()) };
    let hint = "nothing was written; please report this: the allow list should have kept it out";
    Err(Error::new(format!(
        "a name of {} stands in {} of the edition, and {} more such places were found",
        first.source,
        first.file,
        leaks.len() - 1
    ))
    .hint(hint))
}

/// The questionnaires of the program, and the user's own.
fn questionnaires(files: &[PathBuf]) -> Result<Vec<Questionnaire>, Error> {
    let own = OWN.iter().map(|(name, text)| Questionnaire::parse(name, text).map_err(Error::new));
    let theirs = files.iter().map(|path| {
        let failed = |why: String| Error::new(format!("cannot read the questionnaire {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Questionnaire::parse(&crate::model::visible::visible(&name), &text).map_err(failed)
    });
    own.chain(theirs).collect()
}

/// The secret of an earlier edition, so that its pseudonyms stay.
fn read_secret(path: &Path) -> Result<Secret, Error> {
    let failed = |why: &str| Error::new(format!("cannot take the secret of {}: {why}", path.display()));
    let file = read_opening(path)?;
    file.secret.as_deref().and_then(Secret::parse).ok_or_else(|| failed("it has none"))
}

fn read_opening(path: &Path) -> Result<OpeningFile, Error> {
    let failed = |why: String| Error::new(format!("cannot read the opening {}: {why}", path.display()));
    let bytes = super::sealing::small_file(path)?;
    let value = json::strict(&bytes).map_err(|e| failed(e.to_string()))?;
    let file: OpeningFile = serde_json::from_value(value).map_err(|e| failed(e.to_string()))?;
    if file.schema == OPENING { Ok(file) } else { Err(failed(format!("its schema is not {OPENING}"))) }
}

/// Writes the opening: for its owner's eyes, and never over another.
fn keep(path: &Path, file: &OpeningFile) -> Result<(), Error> {
    let failed = |e: std::io::Error| Error::new(format!("cannot write the opening {}: {e}", path.display()));
    let bytes = pretty(file)?;
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    out.write_all(&bytes).and_then(|()| out.sync_all()).map_err(failed)
}

/// Makes the reports of an edition again from its facts, and adds what differs.
pub(super) fn replay_edition(report: &mut Report) {
    let contents = std::mem::take(&mut report.contents);
    match again(&contents) {
        Ok(files) => {
            let (failures, other_version) = differences(report, &contents, &files);
            for path in &other_version {
                versions::uncompared(report, path);
            }
            report.add(failures);
        }
        Err(failure) => report.add([failure]),
    }
    report.contents = contents;
}

fn again(contents: &BTreeMap<String, Vec<u8>>) -> Result<Files, Failure> {
    let edition: Facts = parse(contents, EDITION)?;
    let commitments: Vec<Commitment> = parse(contents, COMMITMENTS)?;
    let made = files(&Redacted { edition, commitments, openings: Vec::new() });
    made.map_err(|e| Failure::new(Code::Replay, EDITION, &e.to_string()))
}

fn parse<T: serde::de::DeserializeOwned>(contents: &BTreeMap<String, Vec<u8>>, path: &str) -> Result<T, Failure> {
    let bytes = contents.get(path).ok_or_else(|| Failure::new(Code::Complete, path, "the edition has none"))?;
    let value = json::strict(bytes).map_err(|e| Failure::new(Code::Schema, path, &e.to_string()))?;
    serde_json::from_value(value).map_err(|e| Failure::new(Code::Schema, path, &e.to_string()))
}

fn differences(report: &Report, contents: &BTreeMap<String, Vec<u8>>, files: &Files) -> (Vec<Failure>, Vec<String>) {
    let pack = report.pack.as_ref();
    let same_version = pack.is_some_and(|p| p.tool.version == env!("CARGO_PKG_VERSION"));
    let (mut failures, mut other_version) = (Vec::new(), Vec::new());
    for (path, made) in files {
        match report.digests.get(path) {
            None => {
                failures.push(Failure::new(Code::Complete, path, "the facts give this file, and the edition has none"));
            }
            Some(digest) if *digest == pack::digest::sha256(made) => failures.extend(versions::same(path, pack)),
            Some(_) if same_version => {
                failures.push(Failure::new(Code::Render, path, "report differs from the facts of the edition"));
            }
            // The facts have a schema of their own; whichever version wrote them, they have one form.
            Some(_) if path == EDITION || path == COMMITMENTS => {
                failures.push(Failure::new(Code::Complete, path, "not in the one form that the facts have"));
            }
            Some(_) => other_version.push(path.clone()),
        }
    }
    let extra = report.digests.keys().filter(|p| !files.contains_key(*p));
    failures.extend(extra.map(|path| Failure::new(Code::Replay, path, "nothing in the edition gives this file")));
    if let (Some(pack), Ok(edition)) = (pack, parse::<Facts>(contents, EDITION)) {
        let wrong = disagreements(pack, &edition).into_iter();
        failures
            .extend(wrong.map(|(what, why)| Failure::new(Code::Complete, pack::PACK_JSON, &format!("{what}: {why}"))));
        let mistakes = mistakes(pack, &edition, contents);
        if same_version {
            failures.extend(mistakes.into_iter().map(|why| Failure::new(Code::Replay, EDITION, why)));
        } else if !mistakes.is_empty() {
            other_version.push(EDITION.to_owned());
        }
        let expected = (time::day(pack.period.collected_to), description(&pack.run_id));
        if same_version && report.bag_info.as_ref().is_some_and(|told| *told != expected) {
            let text = format!("not what the edition gives: {} and {:?}", expected.0, expected.1);
            failures.push(Failure::new(Code::Complete, pack::BAG_INFO, &text));
        }
    }
    (failures, other_version)
}

/// What of an edition does not follow from the rest of it.
fn mistakes(pack: &PackJson, edition: &Facts, contents: &BTreeMap<String, Vec<u8>>) -> Vec<&'static str> {
    let pages: Vec<_> = checks::ALL.iter().map(checks::Check::page).collect();
    let Ok(commitments) = parse::<Vec<Commitment>>(contents, COMMITMENTS) else {
        return vec!["its commitments cannot be read"];
    };
    let mut found = share::consistent::mistakes(edition, &commitments, pack.period.collected_to, &pages);
    // Of our own questionnaires the drafts are known; of those of the owner only the edition has the mapping's words.
    let ours =
        questionnaires(&[]).map(|ours| share::cards::drafts(&Facts { cards: Vec::new(), ..edition.clone() }, &ours));
    let packed = edition.cards.iter().filter(|card| OWN.iter().any(|(name, _)| *name == card.questionnaire));
    if !ours.is_ok_and(|ours| ours.iter().eq(packed)) {
        found.push("a draft of an answer does not follow from the facts");
    }
    found
}

/// What an edition is called in lists of bags.
fn description(edition: &str) -> String {
    format!("Keywitness customer edition {edition}")
}

/// What `pack.json` says of an edition follows from the facts, or is the same in every edition.
fn disagreements(pack: &PackJson, edition: &Facts) -> Vec<(&'static str, &'static str)> {
    let (facts, never, always) =
        ("not what the facts of the edition say", "no edition has it", "not what editions say");
    let regions: Vec<&str> = pack.scope.regions_requested.iter().map(crate::model::Region::as_str).collect();
    let read = [share::minute(pack.period.collected_from), share::minute(pack.period.collected_to)];
    let period = &pack.period;
    let times = [period.collected_from, period.collected_to, period.events_from, period.events_to];
    let withheld = |e: &Endpoint| e.url == WITHHELD && !e.aws;
    let rules = [
        ("derived_from", pack.derived_from.as_ref().is_some_and(|d| d.root == edition.derived_from), facts),
        ("run_id", pack.run_id == edition.edition, facts),
        ("sample", pack.sample == edition.sample, facts),
        ("scope.regions_requested", regions == edition.regions, facts),
        ("period", read == [edition.collected_from.as_str(), edition.as_of.as_str()], facts),
        ("period", times.iter().all(|t| *t == to_minute(*t)), "times of an edition have no seconds"),
        ("period", period.events_to <= period.collected_to, "events of a time that was not over yet"),
        ("endpoints_not_aws", pack.endpoints_not_aws.is_empty() != edition.not_aws, facts),
        ("endpoints_not_aws", pack.endpoints_not_aws.iter().all(withheld), always),
        ("scope.callers", pack.scope.callers == [WITHHELD], always),
        ("scope.filters", pack.scope.filters == [FILTER], always),
        ("counts", pack.counts.is_empty(), never),
        ("gaps", pack.gaps.is_empty(), never),
        ("catalogs", pack.catalogs.is_empty(), never),
        ("exports", pack.exports.is_empty(), never),
        ("templates", pack.templates.is_empty(), never),
    ];
    rules.into_iter().filter(|(_, right, _)| !right).map(|(what, _, why)| (what, why)).collect()
}

/// To the minute: a second is enough to find a run in a log.
fn to_minute(time: crate::model::Time) -> crate::model::Time {
    use chrono::Timelike as _;
    time.with_nanosecond(0).and_then(|t| t.with_second(0)).unwrap_or(time)
}

/// What an opening proved, in words.
pub(super) fn open(report: &mut Report, opening: &Path, internal: Option<&Path>) -> Result<Vec<String>, Error> {
    let file = read_opening(opening)?;
    let mut words = Vec::new();
    let facts = parse::<Facts>(&report.contents, EDITION);
    let commitments = parse::<Vec<Commitment>>(&report.contents, COMMITMENTS);
    let (facts, commitments) = match (facts, commitments) {
        (Ok(facts), Ok(commitments)) => (facts, commitments),
        (Err(failure), _) | (_, Err(failure)) => {
            report.add([failure]);
            return Ok(words);
        }
    };
    let mut failures = Vec::new();
    let mut fail = |path: &str, text: &str| failures.push(Failure::new(Code::Redact, path, text));
    let named = (&file.edition, &file.derived_from, &file.customer);
    if named != (&facts.edition, &facts.derived_from, &facts.customer) {
        fail(EDITION, "the opening is of another edition, or for another customer");
    }
    let known: BTreeMap<&str, &str> = commitments.iter().map(|c| (c.pointer.as_str(), c.commitment.as_str())).collect();
    let mut opened = BTreeSet::new();
    for one in &file.openings {
        // An opening that is none opens nothing, least of all what was never committed to.
        let matches = commitment(one).is_some_and(|made| known.get(one.pointer.as_str()) == Some(&made.as_str()));
        if !matches {
            fail(COMMITMENTS, &format!("opening does not match commitment at {}", one.pointer));
        } else if !opened.insert(one.pointer.as_str()) {
            fail(COMMITMENTS, &format!("opened twice: {}", one.pointer));
        }
    }
    if failures.is_empty() {
        words.push(format!("{} of {} commitments opened", file.openings.len(), commitments.len()));
    }
    if let Some(path) = internal {
        let source = source(path)?;
        failures.extend(same_evidence(&source, &file, &facts, &commitments));
        failures.extend(report.pack.iter().flat_map(|packed| same_description(&source, packed, &facts)));
        if failures.is_empty() {
            words.push(match file.secret {
                Some(_) => {
                    format!("every fact and pseudonym follows from the pack with the root {}", facts.derived_from)
                }
                None => format!("every opened name is in the pack with the root {}", facts.derived_from),
            });
        }
    }
    report.add(failures);
    Ok(words)
}

/// Whether the edition follows from a full pack: made again, with the secret; else name by name.
fn same_evidence(source: &Source, file: &OpeningFile, facts: &Facts, commitments: &[Commitment]) -> Vec<Failure> {
    let fail = |path: &str, text: &str| Failure::new(Code::Redact, path, text);
    if prefixed(&source.root) != facts.derived_from {
        return vec![fail(EDITION, "the edition is from another pack")];
    }
    let Some(secret) = &file.secret else {
        let names = leak::names(&source.judged.snapshot.run, &source.records);
        let absent = file.openings.iter().filter(|o| !names.contains_key(&o.value));
        return absent
            .map(|o| fail(COMMITMENTS, &format!("the pack has no such name as the one at {}", o.pointer)))
            .collect();
    };
    let Some(secret) = Secret::parse(secret) else { return vec![fail(EDITION, "the opening's secret is none")] };
    let asked = Asked { customer: &facts.customer, weaknesses: facts.weaknesses_disclosed, questionnaires: &[] };
    let redacted = redact(source, &asked, &secret);
    let mut failures = Vec::new();
    // The drafts follow from the facts and from mappings that the edition does not have.
    if redacted.edition != (Facts { cards: Vec::new(), ..facts.clone() }) {
        failures.push(fail(EDITION, "the full pack gives other facts"));
    }
    if redacted.commitments != commitments {
        failures.push(fail(COMMITMENTS, "the full pack gives other commitments"));
    }
    failures
}

/// Whether what an edition says of the run is what the full pack gives.
fn same_description(source: &Source, packed: &PackJson, facts: &Facts) -> Vec<Failure> {
    let made = about(source, facts, &packed.roots.evidence);
    let fields = [
        ("scope", made.scope == packed.scope),
        ("period", made.period == packed.period),
        ("clock", made.clock == packed.clock),
        ("endpoints_not_aws", made.endpoints_not_aws == packed.endpoints_not_aws),
        ("redaction", made.redaction == packed.redaction),
    ];
    let wrong = fields.into_iter().filter(|(_, same)| !same);
    let told = |field| Failure::new(Code::Redact, pack::PACK_JSON, &format!("{field}: the full pack gives another"));
    wrong.map(|(field, _)| told(field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::payload::{self, Basis};
    use crate::{config, samples};
    use std::sync::OnceLock;

    /// A pack of the sample account, as `source` gives it.
    fn sample() -> &'static Source {
        static SOURCE: OnceLock<Source> = OnceLock::new();
        SOURCE.get_or_init(|| {
            let settings = config::declarations(samples::HALCYON_PARCELS_SETTINGS).unwrap();
            let basis = Basis {
                catalogs: payload::own_catalogs().unwrap(),
                settings: settings.clone(),
                attachments: BTreeMap::new(),
                templates: BTreeMap::new(),
                exports: BTreeSet::new(),
                earlier: None,
                most_findings: usize::MAX,
            };
            let (run, records) = crate::store::parse(&samples::halcyon_parcels()).unwrap();
            let judged = payload::judge(run.clone(), &records, &basis.catalogs, &settings, usize::MAX).unwrap();
            let built =
                payload::payload(run, records.clone(), &basis, &mut crate::model::sink::Digests::new()).unwrap();
            Source { about: built.about, root: "ab".repeat(32), judged, records, settings }
        })
    }

    /// An edition, what `pack.json` says of it, and its files.
    fn edition(weaknesses: bool) -> (Facts, PackJson, BTreeMap<String, Vec<u8>>) {
        let ours = questionnaires(&[]).unwrap();
        let asked = Asked { customer: "Example Freight Ltd", weaknesses, questionnaires: &ours };
        let redacted = redact(sample(), &asked, &Secret::new([7; 32]));
        let files = files(&redacted).unwrap();
        let about = about(sample(), &redacted.edition, &root_of(&files));
        (redacted.edition, about, files.into_iter().collect())
    }

    #[test]
    fn a_genuine_edition_agrees_with_itself() {
        for weaknesses in [false, true] {
            let (facts, about, files) = edition(weaknesses);
            let wrong = disagreements(&about, &facts);
            assert!(wrong.is_empty(), "{wrong:?}");
            assert_eq!(mistakes(&about, &facts, &files), [""; 0]);
            assert!(!facts.shown.is_empty() && !facts.streams.is_empty() && !facts.cards.is_empty());
            assert_eq!(about.mistakes(), [""; 0]);
        }
    }

    #[test]
    fn a_forged_edition_does_not() {
        let (genuine, about, files) = edition(false);
        let forgeries: [fn(&mut Facts); 14] = [
            |f| f.schema.push('x'),
            |f| f.expires = "2099-01-01".to_owned(),
            |f| drop(f.withheld.pop()),
            |f| f.regions.push("../x".to_owned()),
            |f| drop(f.streams.pop()),
            |f| drop(f.keys.pop()),
            |f| f.streams.reverse(),
            |f| f.streams[0].account = "111122223333".to_owned(),
            |f| f.shown[0].check.push('x'),
            |f| f.shown[0].title = "All is well".to_owned(),
            |f| f.shown[0].shown.from = 9999,
            |f| f.shown[0].records = "see the appendix".to_owned(),
            |f| f.shown.push(f.shown[0].clone()),
            |f| f.cards[0].statement.push_str(" Yes."),
        ];
        for (number, forge) in forgeries.into_iter().enumerate() {
            let mut forged = genuine.clone();
            forge(&mut forged);
            assert!(forged != genuine, "{number} changes nothing");
            assert!(!mistakes(&about, &forged, &files).is_empty(), "{number} is not found");
        }
        let descriptions: [fn(&mut PackJson); 10] = [
            |p| p.run_id = "00000000".to_owned(),
            |p| p.sample = !p.sample,
            |p| p.counts = BTreeMap::from([("pass".to_owned(), 9)]),
            |p| p.scope.callers = vec!["the auditor".to_owned()],
            |p| p.scope.filters.clear(),
            |p| drop(p.scope.regions_requested.pop()),
            |p| p.period.collected_from -= chrono::TimeDelta::days(1),
            |p| p.period.events_to += chrono::TimeDelta::seconds(1),
            |p| p.derived_from = None,
            |p| p.exports.push(crate::model::export::Export::Oscal),
        ];
        for (number, forge) in descriptions.into_iter().enumerate() {
            let mut forged = about.clone();
            forge(&mut forged);
            assert!(!disagreements(&forged, &genuine).is_empty(), "{number} is not found");
        }
        let mut commitments: Vec<Commitment> = parse(&files, COMMITMENTS).unwrap();
        commitments[0].commitment = commitments[0].commitment.to_uppercase();
        let mut other = files.clone();
        other.insert(COMMITMENTS.to_owned(), pretty(&commitments).unwrap());
        assert!(!mistakes(&about, &genuine, &other).is_empty());
        commitments.remove(0);
        other.insert(COMMITMENTS.to_owned(), pretty(&commitments).unwrap());
        assert!(!mistakes(&about, &genuine, &other).is_empty());
    }
}
