//! The difference of two JSON texts, line by line, in a form that a person can read.

use crate::model::json;
use crate::model::period::DiffLine;

/// Unchanged lines that stand around changed ones.
const AROUND: usize = 2;
/// Texts of more lines than this are not compared line by line.
const MOST: usize = 2_000;

/// The difference of two texts; JSON is laid out first, with its members in the order of their names, so that only
/// what means something else differs.
#[must_use]
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new) = (laid_out(old), laid_out(new));
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let all = if a.len() > MOST || b.len() > MOST { whole(&a, &b) } else { compare(&a, &b) };
    near_changes(all)
}

/// Whether two texts mean the same as JSON, or are the same where they are none.
#[must_use]
pub fn same(old: &str, new: &str) -> bool {
    laid_out(old) == laid_out(new)
}

fn laid_out(text: &str) -> String {
    json::strict(text.as_bytes())
        .ok()
        .and_then(|v| serde_json::to_string_pretty(&v).ok())
        .unwrap_or_else(|| text.to_owned())
}

fn line(sign: char, text: &str) -> DiffLine {
    DiffLine { sign, text: text.to_owned() }
}

fn whole(a: &[&str], b: &[&str]) -> Vec<DiffLine> {
    a.iter().map(|l| line('-', l)).chain(b.iter().map(|l| line('+', l))).collect()
}

/// By the longest common subsequence.
fn compare(a: &[&str], b: &[&str]) -> Vec<DiffLine> {
    let width = b.len() + 1;
    let mut longest = vec![0_u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            found.push(line(' ', a[i]));
            i += 1;
            j += 1;
        } else if j == b.len() || i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            found.push(line('-', a[i]));
            i += 1;
        } else {
            found.push(line('+', b[j]));
            j += 1;
        }
    }
    found
}

fn near_changes(all: Vec<DiffLine>) -> Vec<DiffLine> {
    let changed: Vec<usize> = all.iter().enumerate().filter(|(_, l)| l.sign != ' ').map(|(at, _)| at).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|c| *c + AROUND < at);
        changed.get(next).is_some_and(|c| *c <= at + AROUND)
    };
    let kept: Vec<bool> = (0..all.len()).map(near).collect();
    let mut found = Vec::new();
    let mut skipped = false;
    for (keep, line) in kept.into_iter().zip(all) {
        if keep {
            if skipped && !found.is_empty() {
                found.push(DiffLine { sign: ' ', text: "…".to_owned() });
            }
            skipped = false;
            found.push(line);
        } else {
            skipped = true;
        }
    }
    found
}
