//! A series for the terminal.

use crate::model::series::{Change, Interval, Link, Measure, Rules, Series, Step, Turn, scope_changes};
use crate::model::time::seconds;
use crate::model::visible::visible;

/// The text shows so many changes of one kind; `--json` has all.
const SHOWN: usize = 100;

pub(super) fn of(series: &Series) -> String {
    let mut text = String::from("SERIES\n");
    for (at, (point, name)) in series.points.iter().zip(&series.names).enumerate() {
        let totals = point.findings;
        text.push_str(&format!(
            "  {:<2} {}  {}\n     {} streams, {} keys, {} Regions; {} fail, {} unknown, {} pass; {} gaps\n",
            at + 1,
            seconds(point.started),
            visible(name),
            point.streams,
            point.keys,
            point.regions.len(),
            totals.fail,
            totals.unknown,
            totals.pass,
            point.gaps
        ));
        if let Some(root) = &point.root {
            text.push_str(&format!("     root {}\n", visible(root)));
        }
        let link = &series.links[at];
        if *link != Link::Begins {
            text.push_str(&format!("     {}\n", visible(&link.text())));
        }
        if let Some(hole) = series.missed.iter().find(|m| m.after == at) {
            text.push_str(&format!("     MISSED: {} of the runs due in the {} days after it\n", hole.runs, hole.days));
        }
    }
    text.push_str(&format!("  {}\n", interval(series.interval)));
    for step in &series.steps {
        text.push_str(&step_text(series, step));
    }
    text.push_str(&rules(series));
    text.push_str("\nMEASURES over the series, oldest first\n");
    for (measure, values) in series.measures() {
        let numbers: Vec<Option<f64>> = values.iter().map(|m| m.and_then(Measure::number)).collect();
        text.push_str(&format!(
            "  {}  {} ({}): now {}\n",
            spark(&numbers),
            visible(&measure.name),
            visible(&measure.unit),
            visible(&measure.value)
        ));
    }
    if let Some(found) = series.remediation {
        text.push_str(&format!(
            "  from pack to pack: {} streams got a customer's key, mean {:.1} days, median {:.1} days\n",
            found.streams, found.mean, found.median
        ));
    }
    text
}

fn interval(interval: Interval) -> String {
    match interval {
        Interval::Declared(days) => format!("interval: {days} days, as declared"),
        Interval::Inferred(days) => format!(
            "interval: {days} days, inferred from these packs; --every or runs_every_days in keywitness.toml declares it"
        ),
        Interval::Unknown => {
            "whether runs were missed is not judged: say with --every how many days lie between two".to_owned()
        }
    }
}

/// Eight heights, from nothing to the highest.
fn spark(values: &[Option<f64>]) -> String {
    let known = values.iter().flatten();
    let most = known.clone().copied().fold(f64::MIN, f64::max);
    let least = known.copied().fold(f64::MAX, f64::min).min(0.0);
    let bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    values
        .iter()
        .map(|value| match value {
            None => '·',
            Some(_) if most <= least => bars[0],
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
            Some(value) => bars[((value - least) / (most - least) * 7.0).round().clamp(0.0, 7.0) as usize],
        })
        .collect()
}

fn step_text(series: &Series, step: &Step) -> String {
    let (a, b) = (&series.points[step.from], &series.points[step.to]);
    let mut text = format!("\nFACTS that changed from {} to {}\n", seconds(a.started), seconds(b.started));
    for told in scope_changes(a, b) {
        text.push_str(&format!("  SCOPE: {}\n", visible(&told)));
    }
    let mut lines: Vec<String> = step.streams.iter().chain(&step.keys).map(|l| visible(l).into_owned()).collect();
    for turn in Turn::ALL {
        let found: Vec<&Change> = step.findings.iter().filter(|c| c.turn == turn).collect();
        if !found.is_empty() {
            lines.push(format!("{} ({}):", turn.heading(), found.len()));
            lines.extend(found.into_iter().map(|change| format!("  {}", change_text(change))));
        }
    }
    lines.extend(
        step.requirements.iter().map(|r| format!("{} {}: {} -> {}", visible(&r.catalog), visible(&r.id), r.from, r.to)),
    );
    for (key, diff) in &step.policies {
        lines.push(format!("policy of {}:", visible(key)));
        lines.extend(diff.iter().map(|line| format!("    {} {}", line.sign, visible(&line.text))));
    }
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    let more = lines.len().saturating_sub(SHOWN);
    for line in lines.iter().take(SHOWN) {
        text.push_str(&format!("  {line}\n"));
    }
    if more > 0 {
        text.push_str(&format!("  and {more} more: --json and --html list them all\n"));
    }
    text
}

fn rules(series: &Series) -> String {
    let mut text =
        String::from("\nRULES that changed: what a pack says, against the same records by the newest rules\n");
    let mut any = false;
    for (at, (rules, point)) in series.rules.iter().zip(&series.points).enumerate() {
        any |= !rules.is_empty();
        if let Some(version) = &rules.version {
            text.push_str(&format!("  {}  program {} -> {version}\n", at + 1, visible(&point.version)));
        }
        for id in &rules.catalogs {
            text.push_str(&format!("  {}  catalog {} is another edition\n", at + 1, visible(id)));
        }
        if rules.findings.is_none() {
            text.push_str(&format!("  {}  {}\n", at + 1, Rules::UNREAD));
        }
        for change in rules.findings.iter().flatten().take(SHOWN) {
            text.push_str(&format!("  {}  {}\n", at + 1, change_text(change)));
        }
    }
    if !any {
        text.push_str("  none\n");
    }
    text
}

fn change_text(change: &Change) -> String {
    format!(
        "{} {}: {} -> {}  ({})",
        visible(&change.check),
        visible(&change.subject),
        change.from,
        change.to,
        visible(&change.reason)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_shows_what_is_not_known() {
        assert_eq!(spark(&[Some(0.0), None, Some(50.0), Some(100.0)]), "▁·▅█");
        assert_eq!(spark(&[Some(0.0), Some(0.0)]), "▁▁");
        assert_eq!(spark(&[]), "");
    }
}
