//! A series of packs: what each comes to, what changed between neighbours, whether the runs came when they should, and
//! whether each pack names the one before it.

use super::assessment::{Assessment, RequirementStatus};
use super::finding::{Finding, FindingId, Status};
use super::period::{DiffLine, Kpi, Period};
use super::snapshot::Snapshot;
use super::standing::Standing;
use super::text::Text;
use super::time::{Time, millis};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One pack of a series, by what stays of it. It is small, so that a pack can hold those of all packs before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The run.
    pub run_id: String,
    /// The pack root, in hex; none for a snapshot, and for the pack that is being written.
    pub root: Option<String>,
    /// The root of the pack before it, as the pack itself names it.
    pub previous: Option<String>,
    /// Which run of its series it is, from 1; none where the pack does not state it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The version of the program that wrote it.
    pub version: String,
    /// When the reading began.
    #[serde(with = "millis")]
    pub started: Time,
    /// From when on events were looked up.
    #[serde(with = "millis")]
    pub events_from: Time,
    /// Until when.
    #[serde(with = "millis")]
    pub events_to: Time,
    /// The accounts.
    pub accounts: Vec<String>,
    /// The Regions.
    pub regions: Vec<String>,
    /// How many streams.
    pub streams: u64,
    /// How many keys.
    pub keys: u64,
    /// How many gaps.
    pub gaps: u64,
    /// Findings by status.
    pub findings: Totals,
    /// Requirements by status, of all catalogs.
    pub requirements: BTreeMap<String, u64>,
    /// The measures.
    pub measures: Vec<Measure>,
}

impl Point {
    /// What stays of a pack that is being made, or judged again. It has no root yet and names no pack before it.
    #[must_use]
    pub fn of(
        snapshot: &Snapshot,
        findings: &[Finding],
        assessment: &Assessment,
        period: &Period,
        version: &str,
    ) -> Self {
        let run = &snapshot.run;
        let requirements = RequirementStatus::ALL.into_iter().map(|status| {
            let count: usize = assessment.catalogs.iter().map(|c| c.count(status)).sum();
            (status.word().to_owned(), count as u64)
        });
        Self {
            run_id: run.id.clone(),
            root: None,
            previous: None,
            number: None,
            version: version.to_owned(),
            started: run.started,
            events_from: run.window.from,
            events_to: run.window.to,
            accounts: run.account_ids().into_iter().map(ToString::to_string).collect(),
            regions: run.regions().into_iter().map(ToString::to_string).collect(),
            streams: snapshot.streams().count() as u64,
            keys: snapshot.keys().count() as u64,
            gaps: snapshot.gaps.len() as u64,
            findings: Totals::of(findings),
            requirements: requirements.collect(),
            measures: period.kpis.iter().map(Measure::of).collect(),
        }
    }
}

/// What a pack carries of the packs before it: so its series page needs no other pack, and each pack says the same of it
/// as the one before. It is as good as the root of the last of them, which `pack.json` names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// Oldest first; the last one is the pack before this one.
    pub packs: Vec<Point>,
    /// The findings of the last one that fail or are not known there.
    pub open: Vec<OpenFinding>,
    /// All findings of the last one, by since when they are what they are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Standing>,
}

/// A finding that fails or is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFinding {
    /// Its id.
    pub id: FindingId,
    /// The check.
    pub check: Text,
    /// What it is about.
    pub subject: Text,
    /// `fail` or `unknown`.
    pub status: Status,
}

impl Earlier {
    /// What no program can have written, if anything: times that go back, packs that do not name one another.
    #[must_use]
    pub fn fault(&self, started: Time) -> Option<&'static str> {
        let hex = |root: &String| root.len() == 64 && root.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let Some(last) = self.packs.last() else { return Some("it names no pack") };
        if !self.packs.iter().all(|p| p.root.as_ref().is_some_and(hex) && p.previous.as_ref().is_none_or(hex)) {
            return Some("a pack has no root, or one that is no SHA-256");
        }
        if last.started > started || self.packs.windows(2).any(|p| p[0].started > p[1].started) {
            return Some("its packs are not in the order of their times");
        }
        if self.packs.windows(2).any(|p| p[1].previous != p[0].root) {
            return Some("a pack in it does not name the one before it");
        }
        // A pack of another version may not state its number; one that does counts on from the one before it.
        let follows = |p: &[Point]| p[1].number.is_none_or(|n| p[0].number.and_then(|b| b.checked_add(1)) == Some(n));
        if !self.packs.windows(2).all(follows)
            || self.packs.iter().any(|p| p.number.is_some_and(|n| (n == 1) != p.previous.is_none()))
        {
            return Some("the numbers of its runs do not follow one another");
        }
        let open = |f: &OpenFinding| matches!(f.status, Status::Fail | Status::Unknown);
        if !self.open.iter().all(open) {
            return Some("an open finding in it is not open");
        }
        self.standing_fault()
    }

    /// Which run of the series a pack is that carries this of those before it: 1 where it carries nothing, and none where
    /// the pack before it does not state its own number.
    #[must_use]
    pub fn number_after(earlier: Option<&Self>) -> Option<u64> {
        match earlier {
            None => Some(1),
            Some(earlier) => earlier.packs.last()?.number?.checked_add(1),
        }
    }

    /// What became of the findings: those that are open now or were open in the pack before, each by the rules of its
    /// own pack.
    #[must_use]
    pub fn changes(&self, findings: &[Finding]) -> Vec<Change> {
        let now: BTreeMap<FindingId, &Finding> = findings.iter().map(|f| (f.id, f)).collect();
        let before: BTreeSet<FindingId> = self.open.iter().map(|f| f.id).collect();
        let was_open = self.open.iter().filter_map(|old| {
            let new = now.get(&old.id);
            let (from, to) = (old.status.word(), new.map_or("not there", |f| f.status.word()));
            (from != to).then(|| Change {
                turn: Turn::of(from, to),
                check: old.check.clone(),
                subject: old.subject.clone(),
                from: from.to_owned(),
                to: to.to_owned(),
                reason: new.map(|f| f.reason.clone()).unwrap_or_default(),
            })
        });
        let is_open = findings.iter().filter(|f| matches!(f.status, Status::Fail | Status::Unknown));
        let opened = is_open.filter(|f| !before.contains(&f.id)).map(|f| Change {
            turn: Turn::of(NOT_OPEN, f.status.word()),
            check: f.check.clone(),
            subject: f.subject.name.clone(),
            from: NOT_OPEN.to_owned(),
            to: f.status.word().to_owned(),
            reason: f.reason.clone(),
        });
        let mut changes: Vec<Change> = was_open.chain(opened).collect();
        changes.sort();
        changes
    }

    /// The series that ends with a pack.
    #[must_use]
    pub fn series(&self, last: Point, findings: &[Finding], every: Option<u32>) -> Series {
        let mut points = self.packs.clone();
        let number = Self::number_after(Some(self));
        points.push(Point { previous: points.last().and_then(|p| p.root.clone()), number, ..last });
        let interval = Interval::of(&points, every);
        let to = points.len() - 1;
        let mut names: Vec<String> = points.iter().map(|p| format!("run {}", p.run_id)).collect();
        if let Some(own) = names.last_mut() {
            "this pack".clone_into(own);
        }
        Series {
            links: links(&points),
            missed: missed(&points, interval),
            steps: vec![Step { from: to - 1, to, findings: self.changes(findings), ..Step::default() }],
            rules: Vec::new(),
            remediation: None,
            interval,
            names,
            points,
        }
    }
}

/// Of a finding that was neither failing nor unknown: whether it was there at all is not kept.
const NOT_OPEN: &str = "not open";

/// Findings by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Those that fail.
    pub fail: u64,
    /// Those that are not known.
    pub unknown: u64,
    /// Those that pass.
    pub pass: u64,
    /// Those that ask what does not apply.
    pub not_applicable: u64,
}

impl Totals {
    /// Counts findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let with = |status| findings.iter().filter(|f| f.status == status).count() as u64;
        Self {
            fail: with(Status::Fail),
            unknown: with(Status::Unknown),
            pass: with(Status::Pass),
            not_applicable: with(Status::NotApplicable),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.fail + self.unknown + self.pass + self.not_applicable
    }
}

/// A measure in one pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its id, the same in every pack.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The unit of its number.
    pub unit: String,
    /// Its value as printed.
    pub value: String,
    /// Its number, as text: so it is the same after it was written and read. None where it is not known.
    pub number: Option<String>,
}

impl Measure {
    /// The measure of a period.
    #[must_use]
    pub fn of(kpi: &Kpi) -> Self {
        Self {
            id: kpi.id.to_owned(),
            name: kpi.name.to_owned(),
            unit: kpi.unit.to_owned(),
            value: kpi.value.clone(),
            number: kpi.number.filter(|n| n.is_finite()).map(|n| n.to_string()),
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.number.as_deref()?.parse().ok().filter(|n: &f64| n.is_finite())
    }
}

/// A finding that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What became of it.
    pub turn: Turn,
    /// The check.
    pub check: Text,
    /// What it is about.
    pub subject: Text,
    /// Its status before; `not there` where there was no such finding.
    pub from: String,
    /// Its status now.
    pub to: String,
    /// Why it has that.
    pub reason: Text,
}

/// What became of a finding, in the order in which people want to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It fails, and did not before.
    New,
    /// It is not known, and was.
    Lost,
    /// It failed, and passes.
    Fixed,
    /// It was not known, and is.
    Known,
    /// Its subject came or went, or it applies now or no more.
    Other,
}

impl Turn {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::New, Self::Lost, Self::Fixed, Self::Known, Self::Other];

    /// Of two statuses.
    #[must_use]
    pub fn of(from: &str, to: &str) -> Self {
        match (from, to) {
            (_, "fail") => Self::New,
            (_, "unknown") => Self::Lost,
            ("fail", "pass") => Self::Fixed,
            ("unknown", "pass") => Self::Known,
            _ => Self::Other,
        }
    }

    /// The word of machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Lost => "not_known_any_more",
            Self::Fixed => "fixed",
            Self::Known => "known_now",
            Self::Other => "other",
        }
    }

    /// The heading of reports.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::New => "New failures",
            Self::Lost => "Not known any more",
            Self::Fixed => "Fixed",
            Self::Known => "Known now, and passing",
            Self::Other => "Other changes of findings",
        }
    }
}

/// Findings that differ in status, and those that only one side has; those that fail now come first.
#[must_use]
pub fn changes(old: &[Finding], new: &[Finding]) -> Vec<Change> {
    let by_id = |list: &'_ [Finding]| -> BTreeMap<FindingId, usize> {
        list.iter().enumerate().map(|(at, f)| (f.id, at)).collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    let ids: BTreeSet<&FindingId> = before.keys().chain(after.keys()).collect();
    let changed = ids.into_iter().filter_map(|id| {
        let (a, b) = (before.get(id).map(|at| &old[*at]), after.get(id).map(|at| &new[*at]));
        let word = |f: Option<&Finding>| f.map_or("not there", |f| f.status.word());
        let (from, to) = (word(a), word(b));
        let told = b.or(a)?;
        (from != to).then(|| Change {
            turn: Turn::of(from, to),
            check: told.check.clone(),
            subject: told.subject.name.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            reason: told.reason.clone(),
        })
    });
    let mut changed: Vec<Change> = changed.collect();
    changed.sort();
    changed
}

/// A requirement whose status is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementChange {
    /// The catalog.
    pub catalog: String,
    /// The requirement.
    pub id: String,
    /// Its status before.
    pub from: String,
    /// Its status now.
    pub to: String,
}

/// What changed between two neighbours of the series, by the same rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The place of the older one.
    pub from: usize,
    /// The place of the newer one.
    pub to: usize,
    /// Findings.
    pub findings: Vec<Change>,
    /// Requirements.
    pub requirements: Vec<RequirementChange>,
    /// Streams that came, went or are protected in another way.
    pub streams: Vec<String>,
    /// Keys.
    pub keys: Vec<String>,
    /// Key policies.
    pub policies: Vec<(String, Vec<DiffLine>)>,
}

/// What the newest rules say otherwise of one pack's own records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The newest version, where that is another one.
    pub version: Option<String>,
    /// Catalogs that are another edition now.
    pub catalogs: Vec<String>,
    /// Findings that are judged otherwise; `None` where those that the pack has are of a form that this version does not
    /// know, so that nothing can be said of them.
    pub findings: Option<Vec<Change>>,
}

impl Rules {
    /// What is said where [`Rules::findings`] is `None`.
    pub const UNREAD: &str =
        "its own findings are of a form that this version does not know: what the rules changed is not known";

    /// Whether it is known that nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.version.is_none() && self.catalogs.is_empty() && self.findings.as_ref().is_some_and(Vec::is_empty)
    }
}

/// How many days should lie between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Somebody said so.
    Declared(i64),
    /// The shorter half of the runs kept it.
    Inferred(i64),
    /// Nobody said so, and two runs or fewer tell nothing.
    Unknown,
}

impl Interval {
    /// What was declared, else what the runs themselves show: the middle one of the times between them.
    #[must_use]
    pub fn of(points: &[Point], declared: Option<u32>) -> Self {
        if let Some(days) = declared.filter(|days| *days > 0) {
            return Self::Declared(days.into());
        }
        let mut between: Vec<i64> = points.windows(2).map(|p| (p[1].started - p[0].started).num_hours()).collect();
        between.sort_unstable();
        let days = if between.len() < 2 { 0 } else { (between[(between.len() - 1) / 2] + 12) / 24 };
        if days > 0 { Self::Inferred(days) } else { Self::Unknown }
    }

    /// The days.
    #[must_use]
    pub fn days(self) -> Option<i64> {
        match self {
            Self::Declared(days) | Self::Inferred(days) => Some(days),
            Self::Unknown => None,
        }
    }

    /// The word of machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared(_) => "declared",
            Self::Inferred(_) => "inferred",
            Self::Unknown => "unknown",
        }
    }
}

/// A hole in the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// After which pack.
    pub after: usize,
    /// How many runs.
    pub runs: i64,
    /// How many days lie between the two packs.
    pub days: i64,
}

/// The runs that should have been there.
#[must_use]
pub fn missed(points: &[Point], interval: Interval) -> Vec<Missed> {
    let Some(every) = interval.days() else { return Vec::new() };
    let holes = points.windows(2).enumerate().filter_map(|(at, pair)| {
        let hours = (pair[1].started - pair[0].started).num_hours();
        // Half an interval late is late; beyond that a run was missed.
        let runs = (hours * 2 + every * 24) / (every * 48) - 1;
        (runs > 0).then_some(Missed { after: at, runs, days: hours / 24 })
    });
    holes.collect()
}

/// Whether a pack names the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It names none, and none is before it here.
    Begins,
    /// It is the oldest here, and names one before it.
    NamesEarlier(String),
    /// It names the root of the pack before it.
    Holds,
    /// It names none, though there is one before it.
    NamesNone,
    /// It names another one, which is not here.
    NamesAbsent(String),
    /// It names another one, which is the one at this place.
    NamesOther(usize),
    /// It is a snapshot, or the one before it is: those have no root.
    NoPack,
}

impl Link {
    /// The word of machines.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Begins => "begins",
            Self::NamesEarlier(_) => "names_earlier",
            Self::Holds => "holds",
            Self::NamesNone => "names_none",
            Self::NamesAbsent(_) | Self::NamesOther(_) => "broken",
            Self::NoPack => "no_pack",
        }
    }

    /// Whether the chain is shown to hold here.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Begins | Self::NamesEarlier(_) | Self::Holds)
    }

    /// In a sentence.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Begins => "the first of the chain: it names no pack before it".to_owned(),
            Self::NamesEarlier(root) => format!("names a pack before it that is not here: {root}"),
            Self::Holds => "names the root of the pack before it".to_owned(),
            Self::NamesNone => "names no pack before it: nothing ties the two together".to_owned(),
            Self::NamesAbsent(root) => format!("broken: it names a pack that is not here: {root}"),
            Self::NamesOther(at) => format!("broken: it names pack {} and not the one before it", at + 1),
            Self::NoPack => "a snapshot has no root, and names none".to_owned(),
        }
    }
}

/// How each pack hangs on the one before it.
#[must_use]
pub fn links(points: &[Point]) -> Vec<Link> {
    let place = |root: &str| points.iter().position(|p| p.root.as_deref() == Some(root));
    let link = |(at, point): (usize, &Point)| {
        let before = at.checked_sub(1).map(|before| &points[before]);
        let last = at + 1 == points.len();
        match (before, &point.previous) {
            // The pack that is being written has no root yet.
            _ if point.root.is_none() && !(last && point.previous.is_some()) => Link::NoPack,
            (None, None) => Link::Begins,
            (None, Some(root)) => Link::NamesEarlier(root.clone()),
            (Some(before), _) if before.root.is_none() => Link::NoPack,
            (Some(_), None) => Link::NamesNone,
            (Some(before), Some(root)) if before.root.as_ref() == Some(root) => Link::Holds,
            (Some(_), Some(root)) => match place(root) {
                Some(at) => Link::NamesOther(at),
                None => Link::NamesAbsent(root.clone()),
            },
        }
    };
    points.iter().enumerate().map(link).collect()
}

/// Accounts and Regions that only one of two packs reads: what is there or not there because of them changed in no account.
#[must_use]
pub fn scope_changes(before: &Point, now: &Point) -> Vec<String> {
    let differ = |what: &'static str, old: &[String], new: &[String]| -> Vec<String> {
        let only = |these: &[String], those: &[String], text: &str| -> Vec<String> {
            these.iter().filter(|one| !those.contains(one)).map(|one| format!("{what} {one} {text}")).collect()
        };
        let mut told = only(old, new, "was read before and is not now");
        told.extend(only(new, old, "was not read before"));
        told
    };
    let mut told = differ("account", &before.accounts, &now.accounts);
    told.extend(differ("Region", &before.regions, &now.regions));
    told
}

/// From pack to pack, how long a stream was without a customer's key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Remediation {
    /// How many streams.
    pub streams: usize,
    /// In days.
    pub mean: f64,
    /// In days.
    pub median: f64,
}

/// A series of packs, by their times.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What each is called.
    pub names: Vec<String>,
    /// The packs.
    pub points: Vec<Point>,
    /// How each hangs on the one before it.
    pub links: Vec<Link>,
    /// How many days should lie between two.
    pub interval: Interval,
    /// Where runs are missed.
    pub missed: Vec<Missed>,
    /// What changed in the accounts.
    pub steps: Vec<Step>,
    /// What the newest rules say otherwise of each pack.
    pub rules: Vec<Rules>,
    /// How long remedies took, as far as packs can tell.
    pub remediation: Option<Remediation>,
}

impl Series {
    /// Whether all of it is known: no run is missed, no pack has gaps, the chain of roots is not broken.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let broken = self.links.iter().any(|link| matches!(link, Link::NamesAbsent(_) | Link::NamesOther(_)));
        self.missed.is_empty() && !broken && self.points.iter().all(|p| p.gaps == 0)
    }

    /// The measures of the newest pack, each with what it was in every pack.
    #[must_use]
    pub fn measures(&self) -> Vec<(&Measure, Vec<Option<&Measure>>)> {
        measures(&self.points)
    }
}

/// The measures of the newest pack, each with what it was in every pack.
#[must_use]
pub fn measures(points: &[Point]) -> Vec<(&Measure, Vec<Option<&Measure>>)> {
    let Some(newest) = points.last() else { return Vec::new() };
    let of = |measure: &'_ Measure| points.iter().map(|p| p.measures.iter().find(|m| m.id == measure.id)).collect();
    newest.measures.iter().map(|measure| (measure, of(measure))).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use chrono::TimeDelta;

    /// A pack of that day, counted from the first of January.
    pub(crate) fn point(day: i64, root: &str, previous: Option<&str>) -> Point {
        let start: Time = "2026-01-01T06:00:00Z".parse().unwrap();
        let started = start + TimeDelta::days(day);
        Point {
            run_id: format!("run-{day}"),
            root: Some(root.to_owned()).filter(|r| !r.is_empty()),
            previous: previous.map(ToOwned::to_owned),
            number: None,
            version: "0.1.0".to_owned(),
            started,
            events_from: started - TimeDelta::days(90),
            events_to: started,
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            streams: 3,
            keys: 2,
            gaps: 0,
            findings: Totals { fail: 2, unknown: 1, pass: 6, not_applicable: 1 },
            requirements: BTreeMap::new(),
            measures: vec![Measure {
                id: "share".to_owned(),
                name: "Share".to_owned(),
                unit: "%".to_owned(),
                value: "50 %".to_owned(),
                number: Some("50".to_owned()),
            }],
        }
    }

    #[test]
    fn what_was_declared_wins_over_what_the_runs_show() {
        let quarters = [0, 91, 182, 366].map(|day| point(day, "r", None));
        assert_eq!(Interval::of(&quarters, Some(30)), Interval::Declared(30));
        assert_eq!(Interval::of(&quarters, None), Interval::Inferred(91));
        assert_eq!(Interval::of(&quarters[..2], None), Interval::Unknown, "one time between two runs is no interval");
        let holes = missed(&quarters, Interval::Inferred(91));
        assert_eq!(holes, [Missed { after: 2, runs: 1, days: 184 }]);
        assert_eq!(missed(&quarters, Interval::Unknown), []);
        assert_eq!(Interval::of(&[0, 0, 0].map(|day| point(day, "r", None)), None), Interval::Unknown);
    }

    #[test]
    fn a_pack_that_names_another_than_the_one_before_it_breaks_the_chain() {
        let of = |points: &[Point]| links(points).iter().map(Link::word).collect::<Vec<_>>();
        let (a, b) = (point(0, "a", None), point(90, "b", Some("a")));
        assert_eq!(of(&[a.clone(), b.clone(), point(180, "c", Some("b"))]), ["begins", "holds", "holds"]);
        assert_eq!(links(&[a.clone(), b.clone(), point(180, "c", Some("a"))])[2], Link::NamesOther(0));
        assert_eq!(links(&[a.clone(), b.clone(), point(180, "c", Some("x"))])[2], Link::NamesAbsent("x".to_owned()));
        assert_eq!(of(&[a.clone(), point(90, "b", None)]), ["begins", "names_none"]);
        assert_eq!(of(std::slice::from_ref(&b)), ["names_earlier"]);
        assert_eq!(of(&[a.clone(), point(90, "", None)]), ["begins", "no_pack"], "a snapshot");
        assert_eq!(of(&[a, point(90, "", Some("a"))]), ["begins", "holds"], "the pack that is being written");
    }

    #[test]
    fn a_series_that_no_program_wrote_is_refused() {
        let root = |c: &str| c.repeat(64);
        let (a, b) = (point(0, &root("a"), None), point(90, &root("b"), Some(&root("a"))));
        let whole = Earlier { packs: vec![a.clone(), b.clone()], open: Vec::new(), standing: Vec::new() };
        assert_eq!(whole.fault(b.started), None);
        assert!(whole.fault(a.started).is_some(), "this pack is older than one before it");
        let wrong = [
            vec![],
            vec![b.clone(), a.clone()],
            vec![a.clone(), point(90, &root("b"), None)],
            vec![point(0, "", None)],
            vec![point(0, "x", None)],
        ];
        for packs in wrong {
            assert!(Earlier { packs, open: Vec::new(), standing: Vec::new() }.fault(b.started).is_some());
        }
        let passes =
            OpenFinding { id: FindingId::named("i"), check: "c".into(), subject: "s".into(), status: Status::Pass };
        assert!(Earlier { open: vec![passes], ..whole }.fault(b.started).is_some());
    }

    #[test]
    fn what_is_no_longer_read_is_no_change_of_an_account_and_is_told() {
        let (a, mut b) = (point(0, "a", None), point(90, "b", Some("a")));
        assert_eq!(scope_changes(&a, &b), Vec::<String>::new());
        b.regions = vec!["us-east-1".to_owned()];
        let told = scope_changes(&a, &b);
        assert_eq!(told, ["Region eu-west-1 was read before and is not now", "Region us-east-1 was not read before"]);
    }

    #[test]
    fn a_turn_says_what_became_of_a_finding() {
        for (from, to, turn) in [
            ("pass", "fail", Turn::New),
            ("not there", "fail", Turn::New),
            ("unknown", "fail", Turn::New),
            ("fail", "unknown", Turn::Lost),
            ("fail", "pass", Turn::Fixed),
            ("unknown", "pass", Turn::Known),
            ("fail", "not there", Turn::Other),
            ("pass", "not_applicable", Turn::Other),
        ] {
            assert_eq!(Turn::of(from, to), turn, "{from} {to}");
        }
    }

    #[test]
    fn a_measure_is_the_same_after_it_was_written_and_read() {
        let mut point = point(0, "a", None);
        point.measures[0].number = Some((100.0_f64 / 3.0).to_string());
        let text = serde_json::to_string(&point).unwrap();
        let again: Point = serde_json::from_str(&text).unwrap();
        assert_eq!((&again, again.measures[0].number()), (&point, Some(100.0 / 3.0)));
        assert!(serde_json::from_str::<Point>(&text.replacen('{', "{\"more\":1,", 1)).is_err());
    }
}
