//! From what a run read to what may be given away: fields that are on a list, pseudonyms, ranges, commitments.
//!
//! Only what [`Edition`] has a field for gets here, and every value is either a word of ours, a word from a fixed list
//! of AWS's, a Region, a date or a pseudonym. So a field that AWS adds tomorrow stays at home. [`leak`] looks again, at the
//! finished bytes, for every name that the run met.

pub mod cards;
pub mod consistent;
pub mod leak;
pub mod secret;
mod unpacked;

use crate::model::check::CheckPage;
use crate::model::customer::{
    Band, Because, Commitment, Edition, Encryption, KeyFacts, Life, Opening, RequirementFacts, SCHEMA, SMALL, Shown,
    StreamFacts,
};
use crate::model::finding::SubjectKind;
use crate::model::key::{Key, KeyManager};
use crate::model::reading::{Ev, GapKind};
use crate::model::stream::{SseKey, Stream};
use crate::model::{Assessment, Finding, Reading, Settings, Snapshot, Status, Time, time};
use cards::Questionnaire;
use chrono::TimeDelta;
use secret::Secret;
use std::collections::BTreeSet;

/// The file of an edition that has its facts.
pub const EDITION: &str = "data/evidence/edition.json";
/// The file of an edition that has its commitments.
pub const COMMITMENTS: &str = "data/evidence/commitments.json";
/// How long evidence counts as fresh.
const FRESH_DAYS: i64 = 90;

/// What an edition is made from.
pub struct Input<'a> {
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// What the checks say.
    pub findings: &'a [Finding],
    /// What the catalogs make of it.
    pub assessment: &'a Assessment,
    /// What the entity declared.
    pub settings: &'a Settings,
    /// The words of the checks.
    pub checks: &'a [CheckPage],
    /// `sha256:` and the root of the internal pack.
    pub derived_from: &'a str,
}

/// What was asked for.
pub struct Asked<'a> {
    /// For whom it is.
    pub customer: &'a str,
    /// Whether the owner discloses weaknesses.
    pub weaknesses: bool,
    /// The questionnaires to draft answers for.
    pub questionnaires: &'a [Questionnaire],
}

/// An edition, and what proves its pseudonyms.
pub struct Redacted {
    /// What may be given away.
    pub edition: Edition,
    /// What goes with it.
    pub commitments: Vec<Commitment>,
    /// What stays at home.
    pub openings: Vec<Opening>,
}

/// Makes an edition. The same input, request and secret give the same edition.
#[must_use]
pub fn redact(input: &Input<'_>, asked: &Asked<'_>, secret: &Secret) -> Redacted {
    let run = &input.snapshot.run;
    let mut book = Book { secret, commitments: Vec::new(), openings: Vec::new() };
    let regions: Vec<String> = run.regions().iter().map(ToString::to_string).collect();
    let of_check = |page| shown(page, input.findings, regions.len(), asked.weaknesses);
    let shown: Vec<Shown> = input.checks.iter().filter_map(of_check).collect();
    let mut edition = Edition {
        schema: SCHEMA.to_owned(),
        edition: secret.edition_id(input.derived_from, asked.customer),
        customer: asked.customer.to_owned(),
        entity: input.settings.entity.clone(),
        derived_from: input.derived_from.to_owned(),
        collected_from: minute(run.started),
        as_of: minute(run.ended),
        expires: expires(run.ended),
        sample: run.sample,
        not_aws: !run.foreign_endpoints().is_empty(),
        regions,
        streams_total: Band::of(input.snapshot.streams().count()),
        keys_total: Band::of(input.snapshot.keys().count()),
        not_known: Band::of(input.snapshot.gaps.len()),
        weaknesses_disclosed: asked.weaknesses,
        shown,
        streams: streams(input, asked, &mut book),
        keys: keys(input, asked, &mut book),
        requirements: if asked.weaknesses { requirements(input.assessment) } else { Vec::new() },
        cards: Vec::new(),
        withheld: Vec::new(),
    };
    edition.withheld = withheld(&edition);
    edition.cards = cards::drafts(&edition, asked.questionnaires);
    book.commitments.sort();
    Redacted { edition, commitments: book.commitments, openings: book.openings }
}

/// As times stand in an edition.
#[must_use]
pub fn minute(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%MZ").to_string()
}

fn expires(ended: Time) -> String {
    time::day(ended + TimeDelta::days(FRESH_DAYS))
}

/// An edition of nothing, which says what the program would say of any account: for whoever must tell its words from
/// names.
#[must_use]
pub fn nothing(questionnaires: &[Questionnaire]) -> Edition {
    let none = Band::of(0);
    let words = "Direct PUT, Kinesis data stream, MSK cluster, Database, S3, Redshift, Elasticsearch, OpenSearch, OpenSearch \
                 Serverless, Splunk, HTTP endpoint, Snowflake, Iceberg, other, unknown, does not apply, none, not declared, \
                 personal_data, customer-managed, AWS-managed, AWS-owned, every days, delivery streams, KMS keys, Regions, \
                 Creating, Enabled, Disabled, PendingDeletion, PendingImport, PendingReplicaDeletion, Unavailable, \
                 Updating, stream, account, records of the pack with the root, and more rows of records";
    let mut edition = Edition {
        schema: SCHEMA.to_owned(),
        edition: String::new(),
        customer: String::new(),
        entity: None,
        derived_from: String::new(),
        collected_from: String::new(),
        as_of: String::new(),
        expires: String::new(),
        sample: true,
        not_aws: true,
        regions: Vec::new(),
        streams_total: none,
        keys_total: none,
        not_known: Band::of(1),
        weaknesses_disclosed: false,
        shown: Vec::new(),
        streams: Vec::new(),
        keys: Vec::new(),
        requirements: Vec::new(),
        cards: Vec::new(),
        withheld: Vec::new(),
    };
    edition.cards = cards::drafts(&edition, questionnaires);
    edition.withheld = withheld(&edition);
    edition.withheld.extend(withheld(&Edition { weaknesses_disclosed: true, ..edition.clone() }));
    edition.withheld.push(words.to_owned());
    edition
}

/// Gives pseudonyms, and remembers how to prove them.
struct Book<'a> {
    secret: &'a Secret,
    commitments: Vec<Commitment>,
    openings: Vec<Opening>,
}

impl Book<'_> {
    fn commit(&mut self, place: &str, value: &str) {
        let (commitment, opening) = self.secret.commit(&format!("{EDITION}#{place}"), value);
        self.commitments.push(commitment);
        self.openings.push(opening);
    }
}

/// What one check showed; nothing where nobody was asked.
fn shown(page: &CheckPage, findings: &[Finding], regions: usize, weaknesses: bool) -> Option<Shown> {
    let of_check: Vec<&Finding> = findings.iter().filter(|f| f.check == page.id).collect();
    let count = |status| of_check.iter().filter(|f| f.status == status).count();
    let (pass, fail, unknown) = (count(Status::Pass), count(Status::Fail), count(Status::Unknown));
    let of = pass + fail + unknown;
    if of == 0 {
        return None;
    }
    let excepted = of_check.iter().filter(|f| f.status == Status::Fail && f.exception.is_some()).count();
    let (shown, not_shown) = Band::split(pass, of);
    let cited = of_check.iter().filter(|f| f.status != Status::NotApplicable).flat_map(|f| &f.citations).map(|c| c.ev);
    let because = Because { fail: Band::of(fail - excepted), excepted: Band::of(excepted), unknown: Band::of(unknown) };
    Some(Shown {
        check: page.id.to_owned(),
        title: page.title.to_owned(),
        subjects: subjects(page.kind).to_owned(),
        shown,
        not_shown,
        of: whole(page.kind, of, regions),
        records: spans(cited.collect()),
        not_shown_because: weaknesses.then_some(because),
    })
}

/// Of how many. Regions are named in the edition: as many as are named, or fewer, are nobody's secret, and a range beside their
/// names would only look odd. More of them are of several accounts, and how many those are is not told.
fn whole(kind: SubjectKind, of: usize, regions: usize) -> Band {
    if kind == SubjectKind::Region && of <= regions { Band { from: of, to: of } } else { Band::of(of) }
}

fn subjects(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Stream => "delivery streams",
        SubjectKind::Key => "KMS keys",
        SubjectKind::Region => "Regions",
    }
}

/// The end of a list of rows of records that leaves out one.
const MORE_ONE: &str = "and 1 more row of records";

/// Records in rows: the first few, and how many more there are.
fn spans(evs: BTreeSet<Ev>) -> String {
    const MAX: usize = 4;
    let mut spans: Vec<(Ev, Ev)> = Vec::new();
    for ev in evs {
        match spans.last_mut() {
            Some((_, last)) if last.0 + 1 == ev.0 => *last = ev,
            _ => spans.push((ev, ev)),
        }
    }
    let text = |(first, last): &(Ev, Ev)| if first == last { first.to_string() } else { format!("{first} to {last}") };
    let mut texts: Vec<String> = spans.iter().take(MAX).map(text).collect();
    if spans.len() > MAX {
        let rows = spans.len() - MAX;
        texts.push(if rows == 1 { MORE_ONE.to_owned() } else { format!("and {rows} more rows of records") });
    }
    texts.join(", ")
}

/// A reading as a word: never its text.
fn word<T>(reading: &Reading<T>, show: impl FnOnce(&T) -> String) -> String {
    match reading {
        Ok(read) => show(&read.value),
        Err(gap) if gap.kind == GapKind::Inapplicable => "does not apply".to_owned(),
        Err(_) => "unknown".to_owned(),
    }
}

fn streams(input: &Input<'_>, asked: &Asked<'_>, book: &mut Book<'_>) -> Vec<StreamFacts> {
    let all: Vec<&Stream> = input.snapshot.streams().collect();
    if all.len() < SMALL {
        return Vec::new();
    }
    let mut rows: Vec<(StreamFacts, &Stream)> =
        all.iter().map(|s| (stream(input, asked, book.secret, s), *s)).collect();
    // Not in the order of names.
    rows.sort_by(|a, b| (&a.0.stream, &a.1.arn).cmp(&(&b.0.stream, &b.1.arn)));
    for (n, (_, stream)) in rows.iter().enumerate() {
        book.commit(&format!("/streams/{n}/stream"), &stream.arn);
        book.commit(&format!("/streams/{n}/account"), stream.account.as_str());
    }
    rows.into_iter().map(|(row, _)| row).collect()
}

fn stream(input: &Input<'_>, asked: &Asked<'_>, secret: &Secret, stream: &Stream) -> StreamFacts {
    let scope = input.assessment.scope.iter().find(|s| s.arn == stream.arn && s.region == stream.region);
    let classes: Vec<&str> = scope.map(|s| s.data_classes.iter().map(|c| c.word()).collect()).unwrap_or_default();
    let key = match stream.sse.as_ref().ok().map(|s| &s.value.key) {
        Some(Ok(key)) => match &key.value {
            SseKey::AwsOwned => "AWS-owned".to_owned(),
            SseKey::Kms { arn } => secret.pseudonym("key", arn),
        },
        Some(Err(gap)) if gap.kind == GapKind::Inapplicable => "none".to_owned(),
        _ => "unknown".to_owned(),
    };
    StreamFacts {
        stream: secret.pseudonym("stream", &stream.arn),
        account: secret.pseudonym("account", stream.account.as_str()),
        region: stream.region.to_string(),
        source: word(&stream.source, |s| s.word().to_owned()),
        destinations: word(&stream.destinations, |kinds| {
            kinds.iter().map(|k| destination(k)).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
        }),
        data_classes: if classes.is_empty() { "not declared".to_owned() } else { classes.join(", ") },
        encryption: asked.weaknesses.then(|| Encryption { sse: word(&stream.sse, |s| s.state.word().to_owned()), key }),
    }
}

/// The kinds that AWS has; anything else is not repeated.
fn destination(member: &str) -> &'static str {
    match member.strip_suffix("DestinationDescription").unwrap_or(member) {
        "ExtendedS3" | "S3" => "S3",
        "Redshift" => "Redshift",
        "Elasticsearch" => "Elasticsearch",
        "Amazonopensearchservice" => "OpenSearch",
        "AmazonOpenSearchServerless" => "OpenSearch Serverless",
        "Splunk" => "Splunk",
        "HttpEndpoint" => "HTTP endpoint",
        "Snowflake" => "Snowflake",
        "Iceberg" => "Iceberg",
        _ => "other",
    }
}

fn keys(input: &Input<'_>, asked: &Asked<'_>, book: &mut Book<'_>) -> Vec<KeyFacts> {
    let all: Vec<&Key> = input.snapshot.keys().collect();
    if all.len() < SMALL {
        return Vec::new();
    }
    let mut rows: Vec<(KeyFacts, &Key)> = all.iter().map(|k| (key(asked, book.secret, k), *k)).collect();
    rows.sort_by(|a, b| (&a.0.key, &a.0.region, &a.1.arn).cmp(&(&b.0.key, &b.0.region, &b.1.arn)));
    for (n, (_, key)) in rows.iter().enumerate() {
        book.commit(&format!("/keys/{n}/key"), &key.arn);
        book.commit(&format!("/keys/{n}/account"), key.account.as_str());
    }
    rows.into_iter().map(|(row, _)| row).collect()
}

fn key(asked: &Asked<'_>, secret: &Secret, key: &Key) -> KeyFacts {
    let facts = key.facts.as_ref().ok().map(|f| &f.value);
    let of = |text: Option<String>| text.unwrap_or_else(|| "unknown".to_owned());
    KeyFacts {
        key: secret.pseudonym("key", &key.arn),
        account: secret.pseudonym("account", key.account.as_str()),
        region: key.region.to_string(),
        class: of(facts.map(|f| {
            word(&f.manager, |m| match m {
                KeyManager::Customer => "customer-managed".to_owned(),
                KeyManager::Aws => "AWS-managed".to_owned(),
            })
        })),
        spec: of(facts.map(|f| word(&f.spec, |s| if is_word(s) { s.clone() } else { "other".to_owned() }))),
        origin: of(facts.map(|f| word(&f.origin, |o| o.word().to_owned()))),
        life: asked.weaknesses.then(|| Life {
            state: of(facts.map(|f| word(&f.state, |s| s.word().to_owned()))),
            rotation: word(&key.rotation, |r| match (r.enabled, r.period_days) {
                (true, Some(days)) => format!("every {days} days"),
                (true, None) => "on".to_owned(),
                (false, _) => "off".to_owned(),
            }),
        }),
    }
}

/// Whether a text can be one of AWS's own words, such as `SYMMETRIC_DEFAULT`.
fn is_word(text: &str) -> bool {
    (1..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn requirements(assessment: &Assessment) -> Vec<RequirementFacts> {
    let published = assessment.catalogs.iter().filter(|c| c.published);
    let of = |c: &crate::model::assessment::CatalogResult| {
        let framework = format!("{} {}", c.framework, c.edition);
        let facts = c.outcomes.iter().map(move |o| RequirementFacts {
            framework: framework.clone(),
            id: o.requirement.id.clone(),
            title: o.requirement.title.clone(),
            status: o.status.label().to_owned(),
        });
        facts.collect::<Vec<_>>()
    };
    published.flat_map(of).collect()
}

/// What is not in it, in words: a reader must not take silence for absence.
fn withheld(edition: &Edition) -> Vec<String> {
    let mut withheld = vec![
        "Names and ids of accounts, streams, keys, roles, buckets and people: pseudonyms stand for accounts, streams and \
         keys, and mean nothing outside this edition."
            .to_owned(),
        "Tags, key policies, event records, destinations' addresses, request ids, the answers of AWS themselves.".to_owned(),
        format!("Exact counts of 1 to {}: ranges stand for them.", SMALL - 1),
    ];
    if edition.weaknesses_disclosed {
        withheld.push("The reason of each failure, and which calls gave no value.".to_owned());
    } else {
        withheld.push(
            "Which streams and keys a statement was not shown for, and whether that is so because it is not true or because \
             it is not known; the state of single streams and keys; the statuses of requirements."
                .to_owned(),
        );
    }
    if edition.streams.is_empty() {
        withheld.push(format!("The list of streams: there are fewer than {SMALL}."));
    }
    if edition.keys.is_empty() {
        withheld.push(format!("The list of keys: there are fewer than {SMALL}."));
    }
    withheld
}
