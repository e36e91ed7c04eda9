//! The series page: rows, lines and lists that are ready to print, for the page of `compare` and for reports alike.

use super::charts::FULL;
use crate::model::series::{
    Change, Interval, Link, Point, RequirementChange, Rules, Series, Step, Turn, measures, scope_changes,
};
use crate::model::time::{day, seconds};
use serde::Serialize;

/// So many changes of one kind stand open on a page; more are behind a line that opens.
const OPEN: usize = 25;
/// The room of a chart in the page's own units: its lines lie within.
const EDGE: i64 = 20;
/// How high its lines may be, in the same units.
const HEIGHT: i64 = 150;

/// The series, ready to print.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SeriesView {
    /// The packs, oldest first.
    pub packs: Vec<PackRow>,
    /// The lines over them.
    pub charts: Vec<SeriesChart>,
    /// The interval, in a sentence.
    pub interval: String,
    /// Where runs are missed, in sentences.
    pub missed: Vec<String>,
    /// How many runs are missed.
    pub missed_runs: i64,
    /// Whether there is an interval by which to tell.
    pub judged: bool,
    /// `intact`, `broken` or `not shown`.
    pub chain: &'static str,
    /// What changed between neighbours.
    pub steps: Vec<StepView>,
    /// What the newest rules say otherwise.
    pub rules: Vec<RulesView>,
    /// How long remedies took, in a sentence.
    pub remediation: Option<String>,
}

/// One pack.
#[derive(Clone, Debug, Serialize)]
pub struct PackRow {
    /// From 1.
    pub number: usize,
    /// What it is called.
    pub name: String,
    /// When it was read.
    pub collected: String,
    /// From when to when its events are.
    pub events: String,
    /// Its root.
    pub root: String,
    /// How it hangs on the one before it.
    pub link: String,
    /// `pass`, `fail` or `unknown`: whether that holds.
    pub link_word: &'static str,
    /// The version of the program.
    pub version: String,
    /// Accounts and Regions.
    pub scope: String,
    /// How many streams.
    pub streams: u64,
    /// How many keys.
    pub keys: u64,
    /// How many gaps.
    pub gaps: u64,
    /// Findings that fail.
    pub fail: u64,
    /// Findings that are not known.
    pub unknown: u64,
    /// Findings that pass.
    pub pass: u64,
    /// Findings that do not apply.
    pub not_applicable: u64,
    /// All of them.
    pub total: u64,
    /// Which runs are missed after it.
    pub missed: Option<String>,
}

/// One line over the packs.
#[derive(Clone, Debug, Serialize)]
pub struct SeriesChart {
    /// What it shows.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The value of the newest pack.
    pub now: String,
    /// The value at the upper edge.
    pub most: String,
    /// Each value as printed, by pack.
    pub values: Vec<String>,
    /// Stretches of known values, as points of the page.
    pub lines: Vec<String>,
    /// The known values.
    pub dots: Vec<Dot>,
    /// Where a value is not known.
    pub open: Vec<Dot>,
    /// Where runs are missed.
    pub missed: Vec<Dot>,
    /// All of it in a sentence.
    pub alt: String,
}

/// A place on a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dot {
    /// In thousandths of the width.
    pub across: i64,
    /// In thousandths of the height, from below.
    pub up: i64,
    /// In units of the page.
    pub x: i64,
    /// In units of the page, from above.
    pub y: i64,
    /// What is there.
    pub text: String,
}

impl Dot {
    fn at(across: i64, up: i64, text: String) -> Self {
        Self { across, up, x: EDGE + across, y: EDGE + (FULL - up) * HEIGHT / FULL, text }
    }
}

/// What changed between two neighbours.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// Its anchor.
    pub anchor: String,
    /// When the older one was read.
    pub from: String,
    /// When the newer one was.
    pub to: String,
    /// Accounts and Regions that only one of the two reads.
    pub scope: Vec<String>,
    /// How many findings became what.
    pub counts: Vec<CountRow>,
    /// Findings that changed, by what became of them.
    pub groups: Vec<ChangeGroup>,
    /// Streams and keys that came, went or changed.
    pub lists: Vec<ListView>,
    /// Requirements whose status changed.
    pub requirements: Vec<ChangeRow>,
    /// Key policies that changed.
    pub policies: Vec<PolicyDiff>,
    /// Whether nothing changed.
    pub nothing: bool,
}

/// How many findings became what.
#[derive(Clone, Debug, Serialize)]
pub struct CountRow {
    /// What became of them.
    pub heading: &'static str,
    /// How many.
    pub count: usize,
}

/// Findings of which the same became.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeGroup {
    /// What became of them.
    pub heading: &'static str,
    /// How many.
    pub count: usize,
    /// Whether the page shows them at once.
    pub open: bool,
    /// They.
    pub rows: Vec<ChangeRow>,
}

/// A finding or requirement that changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRow {
    /// The check, or the catalog.
    pub what: String,
    /// What it is about, or the requirement.
    pub subject: String,
    /// Before.
    pub from: String,
    /// Before, as people read it.
    pub from_label: String,
    /// Now.
    pub to: String,
    /// Now, as people read it.
    pub to_label: String,
    /// Why.
    pub reason: String,
}

impl ChangeRow {
    fn finding(change: &Change) -> Self {
        Self {
            what: change.check.to_string(),
            subject: change.subject.to_string(),
            from_label: label(&change.from),
            from: change.from.clone(),
            to_label: label(&change.to),
            to: change.to.clone(),
            reason: change.reason.to_string(),
        }
    }

    fn requirement(change: &RequirementChange) -> Self {
        Self {
            what: change.catalog.clone(),
            subject: change.id.clone(),
            from_label: label(&change.from),
            from: change.from.clone(),
            to_label: label(&change.to),
            to: change.to.clone(),
            reason: String::new(),
        }
    }
}

fn label(word: &str) -> String {
    word.replace('_', " ")
}

/// Lines about streams or keys.
#[derive(Clone, Debug, Serialize)]
pub struct ListView {
    /// About what.
    pub heading: &'static str,
    /// How many.
    pub count: usize,
    /// Whether the page shows them at once.
    pub open: bool,
    /// The lines.
    pub lines: Vec<String>,
}

/// How a key policy changed.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyDiff {
    /// The key.
    pub key: String,
    /// The lines.
    pub lines: Vec<DiffRow>,
}

/// A line of a policy.
#[derive(Clone, Debug, Serialize)]
pub struct DiffRow {
    /// `added`, `removed` or `same`.
    pub class: &'static str,
    /// With its sign.
    pub text: String,
}

/// What the newest rules say otherwise of one pack.
#[derive(Clone, Debug, Serialize)]
pub struct RulesView {
    /// The pack, from 1.
    pub number: usize,
    /// When it was read.
    pub collected: String,
    /// Program and catalogs that are others now, in sentences.
    pub others: Vec<String>,
    /// How many findings are judged otherwise.
    pub count: usize,
    /// Whether the page shows them at once.
    pub open: bool,
    /// They.
    pub rows: Vec<ChangeRow>,
}

/// The page of a series.
#[must_use]
pub fn series(series: &Series) -> SeriesView {
    let Series { names, points, links, interval, missed, steps, rules, remediation } = series;
    let whole = links.iter().all(Link::is_whole);
    let broken = links.iter().any(|link| link.word() == "broken");
    let hole = |at: usize| {
        let found = missed.iter().find(|m| m.after == at)?;
        let noun = if found.runs == 1 { "run was" } else { "runs were" };
        Some(format!("{} {noun} due in the {} days after pack {} and missed", found.runs, found.days, at + 1))
    };
    let packs = points.iter().enumerate().map(|(at, point)| {
        let name = names.get(at).cloned().unwrap_or_default();
        PackRow { missed: hole(at), ..pack_row(at, point, &links[at], name) }
    });
    SeriesView {
        packs: packs.collect(),
        charts: charts(points, &missed.iter().map(|m| m.after).collect::<Vec<_>>()),
        interval: interval_text(*interval),
        missed: (0..points.len()).filter_map(hole).collect(),
        judged: interval.days().is_some(),
        missed_runs: missed.iter().map(|m| m.runs).sum(),
        chain: if whole {
            "intact"
        } else if broken {
            "broken"
        } else {
            "not shown"
        },
        steps: steps.iter().map(|step| step_view(points, step)).collect(),
        rules: rules.iter().enumerate().filter_map(|(at, rules)| rules_view(at, &points[at], rules)).collect(),
        remediation: remediation.map(|r| {
            format!(
                "From pack to pack, {} streams got a customer's key; it took {:.1} days on average and {:.1} at the median.",
                r.streams, r.mean, r.median
            )
        }),
    }
}

fn pack_row(at: usize, point: &Point, link: &Link, name: String) -> PackRow {
    let accounts = match point.accounts.as_slice() {
        [one] => format!("account {one}"),
        many => format!("{} accounts", many.len()),
    };
    PackRow {
        number: at + 1,
        name,
        collected: seconds(point.started),
        events: format!("{} to {}", day(point.events_from), day(point.events_to)),
        root: point.root.clone().unwrap_or_else(|| match link {
            Link::NoPack => "-".to_owned(),
            _ => "in its seal: a pack cannot name its own root".to_owned(),
        }),
        link: link.text(),
        link_word: match link {
            _ if link.is_whole() => "pass",
            Link::NamesAbsent(_) | Link::NamesOther(_) => "fail",
            _ => "unknown",
        },
        version: point.version.clone(),
        scope: format!("{accounts}; {}", point.regions.join(", ")),
        streams: point.streams,
        keys: point.keys,
        gaps: point.gaps,
        fail: point.findings.fail,
        unknown: point.findings.unknown,
        pass: point.findings.pass,
        not_applicable: point.findings.not_applicable,
        total: point.findings.all(),
        missed: None,
    }
}

fn interval_text(interval: Interval) -> String {
    match interval {
        Interval::Declared(days) => format!("{days} days between two runs, as declared"),
        Interval::Inferred(days) => {
            format!("{days} days between two runs, inferred from these packs: nobody declared it (runs_every_days)")
        }
        Interval::Unknown => {
            "not declared (runs_every_days), and too few packs to infer it: whether runs were missed is not judged"
                .to_owned()
        }
    }
}

/// How far each pack is from the first, in thousandths of the whole time.
fn places(points: &[Point]) -> Vec<i64> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let whole = (last.started - first.started).num_seconds();
    let place = |p: &Point| (p.started - first.started).num_seconds().saturating_mul(FULL).checked_div(whole);
    points.iter().map(|p| place(p).unwrap_or(FULL / 2)).collect()
}

/// Totals first, then the measures.
fn charts(points: &[Point], missed: &[usize]) -> Vec<SeriesChart> {
    let of = |name: &str, unit: &str, value: fn(&Point) -> u64| {
        let values = points.iter().map(|p| (value(p).to_string(), u32::try_from(value(p)).ok().map(f64::from)));
        chart(points, missed, (name, unit), values.collect())
    };
    let mut charts = vec![
        of("Findings that fail", "findings", |p| p.findings.fail),
        of("Findings that are not known", "findings", |p| p.findings.unknown),
        of("Findings that pass", "findings", |p| p.findings.pass),
        of("Streams", "streams", |p| p.streams),
        of("Gaps", "gaps", |p| p.gaps),
    ];
    charts.extend(measures(points).into_iter().map(|(measure, values)| {
        let value = |m: Option<&crate::model::series::Measure>| match m {
            Some(m) => (m.value.clone(), m.number()),
            None => ("not in this pack".to_owned(), None),
        };
        chart(points, missed, (&measure.name, &measure.unit), values.into_iter().map(value).collect())
    }));
    charts
}

fn chart(points: &[Point], missed: &[usize], what: (&str, &str), values: Vec<(String, Option<f64>)>) -> SeriesChart {
    let (name, unit) = what;
    let numbers = values.iter().filter_map(|(_, number)| *number);
    let least = numbers.clone().fold(0.0, f64::min);
    let most = if unit == "%" { 100.0 } else { numbers.fold(0.0, f64::max) };
    let range = if most > least { most - least } else { 1.0 };
    #[expect(clippy::cast_possible_truncation, reason = "from 0 to 1000")]
    let up = |number: f64| ((number - least) / range * 1000.0).round().clamp(0.0, 1000.0) as i64;
    let across = places(points);
    let (mut lines, mut run, mut dots, mut open) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((point, x), (value, number)) in points.iter().zip(&across).zip(&values) {
        let text = format!("{}: {value}", day(point.started));
        if let Some(number) = number {
            let dot = Dot::at(*x, up(*number), text);
            run.push(format!("{},{}", dot.x, dot.y));
            dots.push(dot);
        } else {
            lines.push(std::mem::take(&mut run));
            open.push(Dot::at(*x, 0, format!("{}: not known ({value})", day(point.started))));
        }
    }
    lines.push(run);
    let between = |at: &usize| {
        let middle = i64::midpoint(across[*at], *across.get(at + 1)?);
        Some(Dot::at(middle, 0, format!("runs were missed after {}", day(points[*at].started))))
    };
    let told: Vec<&str> = dots.iter().chain(&open).map(|dot| dot.text.as_str()).collect();
    SeriesChart {
        alt: format!("{name} over {} packs, {unit}. {}.", points.len(), told.join("; ")),
        now: values.last().map(|(value, _)| value.clone()).unwrap_or_default(),
        most: most.to_string(),
        values: values.into_iter().map(|(value, _)| value).collect(),
        lines: lines.into_iter().filter(|run| run.len() > 1).map(|run| run.join(" ")).collect(),
        missed: missed.iter().filter_map(between).collect(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        dots,
        open,
    }
}

fn step_view(points: &[Point], step: &Step) -> StepView {
    let of = |turn: Turn| step.findings.iter().filter(move |c| c.turn == turn);
    let group = |turn: Turn| {
        let rows: Vec<ChangeRow> = of(turn).map(ChangeRow::finding).collect();
        (!rows.is_empty()).then(|| ChangeGroup {
            heading: turn.heading(),
            count: rows.len(),
            open: rows.len() <= OPEN,
            rows,
        })
    };
    let lists = [("Streams", &step.streams), ("Keys", &step.keys)].into_iter().filter(|(_, lines)| !lines.is_empty());
    let lists = lists.map(|(heading, lines)| ListView {
        heading,
        count: lines.len(),
        open: lines.len() <= OPEN,
        lines: lines.clone(),
    });
    let policies = step.policies.iter().map(|(key, lines)| PolicyDiff {
        key: key.clone(),
        lines: lines.iter().map(|line| diff_row(line.sign, &line.text)).collect(),
    });
    StepView {
        anchor: format!("step-{}", step.to + 1),
        from: day(points[step.from].started),
        to: day(points[step.to].started),
        scope: scope_changes(&points[step.from], &points[step.to]),
        counts: Turn::ALL.iter().map(|t| CountRow { heading: t.heading(), count: of(*t).count() }).collect(),
        groups: Turn::ALL.into_iter().filter_map(group).collect(),
        lists: lists.collect(),
        requirements: step.requirements.iter().map(ChangeRow::requirement).collect(),
        policies: policies.collect(),
        nothing: points[step.from].regions == points[step.to].regions
            && points[step.from].accounts == points[step.to].accounts
            && step.findings.is_empty()
            && step.requirements.is_empty()
            && step.streams.is_empty()
            && step.keys.is_empty()
            && step.policies.is_empty(),
    }
}

fn diff_row(sign: char, text: &str) -> DiffRow {
    let class = match sign {
        '+' => "added",
        '-' => "removed",
        _ => "same",
    };
    DiffRow { class, text: format!("{sign} {text}") }
}

fn rules_view(at: usize, point: &Point, rules: &Rules) -> Option<RulesView> {
    let version = rules.version.iter().map(|new| format!("program {}, and {new} now", point.version));
    let catalogs = rules.catalogs.iter().map(|id| format!("catalog {id} is another edition now"));
    let unread = rules.findings.is_none().then(|| Rules::UNREAD.to_owned());
    let findings = rules.findings.as_deref().unwrap_or_default();
    (!rules.is_empty()).then(|| RulesView {
        number: at + 1,
        collected: day(point.started),
        others: version.chain(catalogs).chain(unread).collect(),
        count: findings.len(),
        open: findings.len() <= OPEN,
        rows: findings.iter().map(ChangeRow::finding).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::series::tests::point;
    use crate::model::series::{links, missed};

    fn quarters() -> Vec<Point> {
        let mut points =
            [point(0, "a", None), point(91, "b", Some("a")), point(275, "c", Some("b")), point(366, "d", Some("x"))];
        points[1].measures[0].number = None;
        points[1].measures[0].value = "not known".to_owned();
        points[3].measures[0].number = Some("100".to_owned());
        points.to_vec()
    }

    fn view(points: Vec<Point>) -> SeriesView {
        let interval = Interval::of(&points, None);
        series(&Series {
            names: points.iter().map(|p| p.run_id.clone()).collect(),
            links: links(&points),
            missed: missed(&points, interval),
            interval,
            steps: Vec::new(),
            rules: Vec::new(),
            remediation: None,
            points,
        })
    }

    #[test]
    fn a_line_is_broken_where_a_value_is_not_known_and_nothing_is_drawn_as_zero() {
        let view = view(quarters());
        let share = view.charts.iter().find(|c| c.name == "Share").unwrap();
        assert_eq!((share.dots.len(), share.open.len(), share.lines.len()), (3, 1, 1));
        assert!(share.open[0].text.contains("not known"), "{share:?}");
        assert_eq!((share.dots[0].up, share.dots[2].up), (500, 1000), "a share is of a hundred");
        assert_eq!((share.dots[0].across, share.dots[2].across), (0, FULL));
        assert_eq!(share.missed.len(), 1);
        assert!(view.charts.iter().all(|c| c.dots.iter().all(|d| (0..=FULL).contains(&d.up))));
    }

    #[test]
    fn missed_runs_and_a_broken_chain_are_told() {
        let view = view(quarters());
        assert_eq!((view.missed_runs, view.chain), (1, "broken"));
        assert!(view.packs[1].missed.as_ref().unwrap().contains("1 run was due"), "{:?}", view.packs[1].missed);
        assert_eq!(view.packs.iter().map(|p| p.link_word).collect::<Vec<_>>(), ["pass", "pass", "pass", "fail"]);
        assert!(view.interval.contains("inferred"), "{}", view.interval);
    }

    #[test]
    fn a_region_that_is_read_no_more_is_told_with_the_step() {
        let mut points = quarters();
        points[3].regions = Vec::new();
        let step = step_view(&points, &Step { from: 2, to: 3, ..Step::default() });
        assert!(step.scope[0].contains("eu-west-1 was read before") && !step.nothing, "{step:?}");
        assert!(step_view(&points, &Step { from: 0, to: 1, ..Step::default() }).nothing);
    }

    #[test]
    fn one_pack_is_a_series_too() {
        let view = view(quarters()[..1].to_vec());
        assert_eq!((view.chain, view.missed_runs), ("intact", 0));
        assert_eq!(view.charts[0].dots[0].across, FULL / 2);
    }
}
