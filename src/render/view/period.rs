//! The period: measures, proof, timeline, who used and who administered, in rows that are ready to print.

use crate::model::history::{Span, StreamSign};
use crate::model::period::{Basis, Expected, Lane, Period, Widening};
use crate::model::time::seconds;
use crate::model::{Citation, Text};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chart is so wide.
const FULL: i64 = 1000;
/// Reports show so many rows of a table; the table under `data/tables` has all.
const SHOWN: usize = 300;
/// A chart shows so many lanes.
const DRAWN: usize = 60;

/// The period, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct PeriodView {
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// The measures.
    pub kpis: Vec<KpiRow>,
    /// The sources.
    pub sources: Vec<SourceRow>,
    /// What of the sources could not be read or is odd.
    pub oddities: Vec<OddRow>,
    /// Whether digests were judged.
    pub has_proof: bool,
    /// What it came to.
    pub outcome: &'static str,
    /// Digests and log files in numbers.
    pub proof: Vec<super::Fact>,
    /// The findings of the proof.
    pub proof_findings: Vec<ProofRow>,
    /// What is known of which time.
    pub coverage: Vec<CoverageRow>,
    /// The lanes in which something happened, or is not as it should be.
    #[serde(skip)]
    pub lanes: Lanes,
    /// How many others there are, in which nothing happened.
    pub quiet: usize,
    /// The changes of key policies.
    pub policies: Vec<PolicyRow>,
    /// Whether uses are known at all.
    pub uses_known: bool,
    /// The usage matrix, as far as reports show it.
    pub uses: Vec<UsageRow>,
    /// All of it.
    #[serde(skip)]
    pub all_uses: Vec<UsageRow>,
    /// How many rows it has.
    pub uses_total: usize,
    /// Who administered, as far as reports show it.
    pub admins: Vec<AdminView>,
    /// All of it.
    #[serde(skip)]
    pub all_admins: Vec<AdminView>,
    /// How many rows it has.
    pub admins_total: usize,
    /// What was refused, as far as reports show it.
    pub refused: Vec<RefusedView>,
    /// All of it.
    #[serde(skip)]
    pub all_refused: Vec<RefusedView>,
    /// How many rows it has.
    pub refused_total: usize,
    /// AWS's own word on last uses.
    pub last_uses: Vec<LastUseRow>,
}

/// One measure.
#[derive(Clone, Debug, Serialize)]
pub struct KpiRow {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// As a number.
    pub number: String,
    /// Of that number.
    pub unit: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Over what.
    pub population: String,
    /// What is not known.
    pub unknowns: String,
}

/// One source of events.
#[derive(Clone, Debug, Serialize)]
pub struct SourceRow {
    /// Which kind.
    pub origin: &'static str,
    /// The folder, bucket or file.
    pub name: String,
    /// Files, or pages.
    pub files: u64,
    /// Events in them.
    pub events: u64,
    /// Kept whole.
    pub kept: u64,
    /// There already.
    pub duplicates: u64,
    /// Files that could not be read.
    pub unreadable: usize,
    /// Records that are odd.
    pub odd: u64,
}

/// What could not be read, or is odd.
#[derive(Clone, Debug, Serialize)]
pub struct OddRow {
    /// The file.
    pub file: String,
    /// The place in it.
    pub place: String,
    /// Why.
    pub why: String,
}

/// One finding of the proof.
#[derive(Clone, Debug, Serialize)]
pub struct ProofRow {
    /// `wrong`, `unknown`, `note`.
    pub level: &'static str,
    /// The code.
    pub code: &'static str,
    /// The chain.
    pub chain: String,
    /// The hour.
    pub hour: String,
    /// The object.
    pub object: String,
    /// What was seen.
    pub text: String,
}

/// A stretch of time, by what it is known.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// By what.
    pub basis: &'static str,
    /// Whether nothing tells of it.
    pub open: bool,
}

/// One lane of the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct LaneRow {
    /// `stream`, `key`, `trail`.
    pub kind: &'static str,
    /// Its name.
    pub name: Text,
    /// The subject.
    pub subject: Text,
    /// What of it.
    pub topic: &'static str,
    /// Where.
    pub region: Text,
    /// What is drawn.
    pub bars: Vec<BarRow>,
    /// Moments that are drawn.
    pub ticks: Vec<TickRow>,
    /// In words.
    pub spans: Vec<SpanRow>,
    /// In words.
    pub marks: Vec<MarkRow>,
    /// How many rows it has in words.
    pub height: usize,
}

/// A stretch as it is drawn.
#[derive(Clone, Debug, Serialize)]
pub struct BarRow {
    /// The left edge, in thousandths of the period.
    pub x: i64,
    /// The width.
    pub width: i64,
    /// For the eye.
    pub tone: &'static str,
    /// In words.
    pub title: String,
}

/// A moment as it is drawn.
#[derive(Clone, Debug, Serialize)]
pub struct TickRow {
    /// In thousandths of the period.
    pub x: i64,
    /// In words.
    pub title: String,
}

/// A stretch in words.
#[derive(Clone, Debug, Serialize)]
pub struct SpanRow {
    /// `stream`, `key`, `trail`.
    pub kind: &'static str,
    /// The subject.
    pub subject: Text,
    /// What of it.
    pub topic: &'static str,
    /// Where.
    pub account: Text,
    /// Where.
    pub region: Text,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// What it was.
    pub state: Text,
    /// For the eye.
    pub tone: &'static str,
    /// By what it is known.
    pub basis: &'static str,
    /// Where it stands.
    pub citations: String,
}

/// A moment in words.
#[derive(Clone, Debug, Serialize)]
pub struct MarkRow {
    /// The subject.
    pub subject: Text,
    /// When.
    pub time: String,
    /// What.
    pub what: String,
    /// Who.
    pub who: String,
    /// Where it stands.
    pub citation: String,
}

/// A change of a key policy.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyRow {
    /// The key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When.
    pub time: String,
    /// Who.
    pub who: String,
    /// To what the difference is.
    pub against: String,
    /// Whether it gives more, in a word.
    pub widened: &'static str,
    /// What it gives, or why that cannot be told.
    pub gives: String,
    /// The lines of the difference.
    pub diff: Vec<DiffRow>,
    /// Where it stands.
    pub citation: String,
}

/// A line of a difference.
#[derive(Clone, Debug, Serialize)]
pub struct DiffRow {
    /// `added`, `removed`, `same`.
    pub kind: &'static str,
    /// With its sign in front.
    pub text: String,
}

/// A row of the usage matrix.
#[derive(Clone, Debug, Serialize)]
pub struct UsageRow {
    /// The key, alias or nothing.
    pub key: String,
    /// Its name.
    pub name: String,
    /// By which sign.
    pub sign: &'static str,
    /// Who.
    pub principal: String,
    /// What.
    pub operation: String,
    /// In whose name.
    pub via: String,
    /// For which stream: its ARN, or its name where its account is not known.
    pub stream: String,
    /// The same as people read it.
    pub stream_shown: String,
    /// How that is known.
    pub stream_sign: &'static str,
    /// How often.
    pub events: u64,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
    /// Errors.
    pub errors: String,
    /// What the key policy lets one expect.
    pub expected: String,
    /// Whether somebody should look at it.
    pub odd: bool,
    /// Where it stands.
    pub citations: String,
}

/// Administrative calls.
#[derive(Clone, Debug, Serialize)]
pub struct AdminView {
    /// The key or stream.
    pub subject: String,
    /// Its name.
    pub name: String,
    /// Who.
    pub principal: String,
    /// What.
    pub operation: String,
    /// How often.
    pub events: u64,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
    /// Errors.
    pub errors: String,
    /// Where they stand.
    pub citations: String,
}

/// A refused call.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedView {
    /// When.
    pub time: String,
    /// What.
    pub operation: String,
    /// Who.
    pub principal: String,
    /// On what.
    pub subject: String,
    /// Why it failed.
    pub error: String,
    /// From where.
    pub source: String,
    /// Where it stands.
    pub citation: String,
}

/// AWS's own word on the last use of a key.
#[derive(Clone, Debug, Serialize)]
pub struct LastUseRow {
    /// The key.
    pub key: String,
    /// What AWS says.
    pub said: String,
    /// What the events say.
    pub seen: String,
    /// Whether the two contradict each other.
    pub differs: bool,
    /// Whether they agree.
    pub verdict: String,
}

/// Makes the rows.
#[must_use]
pub fn view(period: &Period) -> PeriodView {
    let lanes = Lanes::of(period);
    let all_uses: Vec<UsageRow> = uses(period);
    let all_admins: Vec<AdminView> = admins(period);
    let all_refused: Vec<RefusedView> = refused(period);
    let (outcome, proof, proof_findings) = proof(period);
    PeriodView {
        from: seconds(period.window.0),
        to: seconds(period.window.1),
        kpis: kpis(period),
        sources: sources(period),
        oddities: oddities(period),
        has_proof: period.proof.is_some(),
        outcome,
        proof,
        proof_findings,
        coverage: coverage(period),
        quiet: period.lanes.len() - lanes.count(),
        lanes,
        policies: policies(period),
        uses_known: period.uses_known,
        uses: all_uses.iter().take(SHOWN).cloned().collect(),
        uses_total: all_uses.len(),
        all_uses,
        admins: all_admins.iter().take(SHOWN).cloned().collect(),
        admins_total: all_admins.len(),
        all_admins,
        refused: all_refused.iter().take(SHOWN).cloned().collect(),
        refused_total: all_refused.len(),
        all_refused,
        last_uses: last_uses(period),
    }
}

/// What is known of each stream, key and trail over the period: rows that are made when they are asked for, since there may
/// be a hundred thousand.
#[derive(Clone, Debug)]
pub struct Lanes {
    all: Arc<Vec<Lane>>,
    window: Span,
    loud: usize,
}

impl Lanes {
    fn of(period: &Period) -> Self {
        let loud = period.lanes.iter().filter(|lane| !is_quiet(lane)).count();
        Self { all: Arc::clone(&period.lanes), window: period.window, loud }
    }

    /// In how many lanes something happened, or is not as it should be.
    #[must_use]
    pub fn count(&self) -> usize {
        self.loud
    }

    /// The rows of those lanes.
    pub fn rows(&self) -> impl Iterator<Item = LaneRow> {
        self.all.iter().filter(|lane| !is_quiet(lane)).map(|lane| lane_row(lane, self.window))
    }

    /// The first of them, which are drawn.
    pub fn drawn(&self) -> impl Iterator<Item = LaneRow> {
        self.rows().take(DRAWN)
    }

    /// Every state of every lane.
    pub fn spans(&self) -> impl Iterator<Item = SpanRow> {
        self.all.iter().flat_map(span_rows)
    }

    /// Every moment of every lane.
    pub fn marks(&self) -> impl Iterator<Item = MarkRow> {
        self.all.iter().flat_map(mark_rows)
    }
}

/// Nothing happened, all of it is known, and it is as it should be.
fn is_quiet(lane: &Lane) -> bool {
    let good = |tone| matches!(tone, crate::model::period::Tone::Good | crate::model::period::Tone::Neutral);
    lane.marks.is_empty() && lane.spans.len() <= 1 && lane.spans.iter().all(|s| good(s.tone))
}

fn lane_row(lane: &Lane, window: Span) -> LaneRow {
    let whole = (window.1 - window.0).num_seconds().max(1);
    let x = |time: crate::model::Time| ((time - window.0).num_seconds() * FULL / whole).clamp(0, FULL);
    let bars = lane.spans.iter().map(|span| {
        let (left, right) = (x(span.from), x(span.to));
        BarRow {
            x: left,
            width: (right - left).max(2),
            tone: span.tone.word(),
            title: format!("{} to {}: {} ({})", seconds(span.from), seconds(span.to), span.state, span.basis.word()),
        }
    });
    let ticks = lane
        .marks
        .iter()
        .map(|m| TickRow { x: x(m.time), title: format!("{}: {}, by {}", seconds(m.time), m.what, m.who) });
    LaneRow {
        kind: lane.kind,
        name: lane.name.clone(),
        subject: lane.subject.clone(),
        topic: lane.topic,
        region: lane.region.clone(),
        bars: bars.collect(),
        ticks: ticks.collect(),
        spans: span_rows(lane),
        marks: mark_rows(lane),
        height: lane.spans.len() + lane.marks.len(),
    }
}

fn span_rows(lane: &Lane) -> Vec<SpanRow> {
    let rows = lane.spans.iter().map(|span| SpanRow {
        kind: lane.kind,
        subject: lane.subject.clone(),
        topic: lane.topic,
        account: lane.account.clone(),
        region: lane.region.clone(),
        from: seconds(span.from),
        to: seconds(span.to),
        state: span.state.clone(),
        tone: span.tone.word(),
        basis: span.basis.word(),
        citations: cited(&span.at),
    });
    rows.collect()
}

fn mark_rows(lane: &Lane) -> Vec<MarkRow> {
    let rows = lane.marks.iter().map(|mark| MarkRow {
        subject: lane.subject.clone(),
        time: seconds(mark.time),
        what: mark.what.clone(),
        who: mark.who.clone(),
        citation: mark.at.to_string(),
    });
    rows.collect()
}

fn cited(at: &[Citation]) -> String {
    at.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn errors(errors: &BTreeMap<String, u64>) -> String {
    errors.iter().map(|(code, count)| format!("{code} {count}")).collect::<Vec<_>>().join(", ")
}

fn kpis(period: &Period) -> Vec<KpiRow> {
    let rows = period.kpis.iter().map(|kpi| KpiRow {
        id: kpi.id,
        name: kpi.name,
        value: kpi.value.clone(),
        number: kpi.number.map(|n| format!("{n:.4}")).unwrap_or_default(),
        unit: kpi.unit,
        formula: kpi.formula,
        population: kpi.population.clone(),
        unknowns: kpi.unknowns.clone(),
    });
    rows.collect()
}

fn sources(period: &Period) -> Vec<SourceRow> {
    let rows = period.sources.iter().map(|source| SourceRow {
        origin: source.origin.word(),
        name: source.name.clone(),
        files: source.files,
        events: source.events,
        kept: source.kept,
        duplicates: source.duplicates,
        unreadable: source.unreadable.len(),
        odd: source.odd_count,
    });
    rows.collect()
}

fn oddities(period: &Period) -> Vec<OddRow> {
    let mut rows = Vec::new();
    for source in &period.sources {
        let unreadable = source.unreadable.iter();
        rows.extend(unreadable.map(|(file, why)| OddRow {
            file: file.clone(),
            place: String::new(),
            why: why.clone(),
        }));
        let odd = source.odd.iter();
        rows.extend(odd.map(|(file, at, why)| OddRow { file: file.clone(), place: at.to_string(), why: why.clone() }));
    }
    rows
}

fn proof(period: &Period) -> (&'static str, Vec<super::Fact>, Vec<ProofRow>) {
    let Some(proof) = &period.proof else { return ("", Vec::new(), Vec::new()) };
    let [valid, invalid, missing] = proof.digests;
    let [good, bad, gone, planted, outside] = proof.logs;
    let facts = vec![
        super::fact("Outcome", proof.outcome.word()),
        super::fact("Digests", format!("{valid} valid, {invalid} invalid, {missing} missing")),
        super::fact(
            "Log files",
            format!(
                "{good} valid, {bad} invalid, {gone} missing, {planted} that no valid digest vouches for, {outside} outside of the time of the digests"
            ),
        ),
    ];
    let findings = proof.findings.iter().map(|f| ProofRow {
        level: f.level,
        code: f.code,
        chain: f.chain.clone(),
        hour: f.hour.clone(),
        object: f.object.clone(),
        text: f.text.clone(),
    });
    (proof.outcome.word(), facts, findings.collect())
}

fn coverage(period: &Period) -> Vec<CoverageRow> {
    let rows = period.coverage.iter().map(|covered| CoverageRow {
        account: covered.account.clone(),
        region: covered.region.clone(),
        from: seconds(covered.span.0),
        to: seconds(covered.span.1),
        basis: covered.basis.word(),
        open: covered.basis == Basis::Nothing,
    });
    rows.collect()
}

fn policies(period: &Period) -> Vec<PolicyRow> {
    let rows = period.policies.iter().map(|change| {
        let (widened, gives) = match &change.widening {
            Widening::Wider(more) => ("wider", more.join("; ")),
            Widening::NotWider => ("not wider", String::new()),
            Widening::Unknown(why) => ("not known", why.clone()),
        };
        let diff = change.diff.iter().map(|line| DiffRow {
            kind: match line.sign {
                '+' => "added",
                '-' => "removed",
                _ => "same",
            },
            text: format!("{} {}", line.sign, line.text),
        });
        PolicyRow {
            key: change.key.clone(),
            name: change.name.clone(),
            time: seconds(change.time),
            who: change.who.clone(),
            against: change.against.clone(),
            widened,
            gives,
            diff: diff.collect(),
            citation: change.at.to_string(),
        }
    });
    rows.collect()
}

fn uses(period: &Period) -> Vec<UsageRow> {
    let rows = period.uses.iter().map(|row| {
        let uses = &row.uses;
        let expected = match &row.expected {
            Expected::Unknown(why) => format!("not known: {why}"),
            other => other.word().to_owned(),
        };
        UsageRow {
            key: uses.subject.clone(),
            name: row.name.clone(),
            sign: uses.sign.word(),
            principal: uses.principal.clone(),
            operation: uses.operation.clone(),
            via: uses.via.clone().unwrap_or_default(),
            stream_shown: uses.stream.as_ref().map(|(named, _)| stream_shown(named)).unwrap_or_default(),
            stream: uses.stream.as_ref().map(|(named, _)| named.clone()).unwrap_or_default(),
            stream_sign: match &uses.stream {
                None => "",
                Some((_, StreamSign::SharedName)) => "one of several of this name: the event tells no account",
                Some(_) if uses.subject.is_empty() => "",
                Some((_, StreamSign::Context)) => "by encryption context (heuristic)",
                Some((_, StreamSign::OnlyUser)) => "the only stream with this key (heuristic)",
            },
            events: uses.events,
            first: uses.first.clone(),
            last: uses.last.clone(),
            errors: errors(&uses.errors),
            odd: row.expected == Expected::Unexpected,
            expected,
            citations: cited(&uses.at),
        }
    });
    rows.collect()
}

/// A stream's ARN as people read it: its name, then where it is.
fn stream_shown(named: &str) -> String {
    let parts: Vec<&str> = named.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, _, region, account, resource] => {
            format!("{} ({account}, {region})", resource.strip_prefix("deliverystream/").unwrap_or(resource))
        }
        _ => named.to_owned(),
    }
}

fn admins(period: &Period) -> Vec<AdminView> {
    let rows = period.admins.iter().map(|row| AdminView {
        subject: row.subject.clone(),
        name: row.name.clone(),
        principal: row.principal.clone(),
        operation: row.operation.clone(),
        events: row.events,
        first: row.first.clone(),
        last: row.last.clone(),
        errors: errors(&row.errors),
        citations: cited(&row.at),
    });
    rows.collect()
}

fn refused(period: &Period) -> Vec<RefusedView> {
    let rows = period.refused.iter().map(|row| RefusedView {
        time: seconds(row.time),
        operation: row.operation.clone(),
        principal: row.principal.clone(),
        subject: row.subject.clone(),
        error: row.error.clone(),
        source: row.source.clone(),
        citation: row.at.to_string(),
    });
    rows.collect()
}

fn last_uses(period: &Period) -> Vec<LastUseRow> {
    let rows = period.last_uses.iter().map(|row| LastUseRow {
        key: row.key.clone(),
        said: row.said.clone(),
        seen: row.seen.clone(),
        differs: row.differs,
        verdict: row.verdict.clone(),
    });
    rows.collect()
}
