//! A part of a whole as reports print it: with the whole, with what is not known, and never as a bare percentage.

use serde::Serialize;

/// How many of how many, and of how many it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ratio {
    /// The numerator.
    pub count: usize,
    /// The denominator.
    pub of: usize,
    /// How many of the denominator are not known.
    pub unknown: usize,
    /// All of that in words, with a percentage only where the population is complete.
    pub text: String,
}

impl Ratio {
    /// `complete` says whether the denominator is all there is: a percentage of a part would be taken for one of the
    /// whole.
    #[must_use]
    pub fn new(count: usize, of: usize, unknown: usize, complete: bool) -> Self {
        let text = match tenths(count, of).filter(|_| complete) {
            Some(tenths) => format!("{count} of {of}, {unknown} unknown ({}.{} %)", tenths / 10, tenths % 10),
            None => format!("{count} of {of}, {unknown} unknown"),
        };
        Self { count, of, unknown, text }
    }
}

/// Tenths of a percent, rounded to the nearest; but what is not all is never 100 %, and what is something never 0 %.
fn tenths(count: usize, of: usize) -> Option<usize> {
    let rounded = (count.checked_mul(2000)?.checked_add(of)?).checked_div(of.checked_mul(2)?)?;
    Some(match rounded {
        1000.. if count < of => 999,
        0 if count > 0 => 1,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_has_its_whole_and_its_unknown_beside_it() {
        assert_eq!(Ratio::new(1, 3, 1, true).text, "1 of 3, 1 unknown (33.3 %)");
        assert_eq!(Ratio::new(3, 3, 0, true).text, "3 of 3, 0 unknown (100.0 %)");
    }

    #[test]
    fn there_is_none_of_an_incomplete_population_or_of_nothing() {
        assert_eq!(Ratio::new(1, 3, 1, false).text, "1 of 3, 1 unknown");
        assert_eq!(Ratio::new(0, 0, 0, true).text, "0 of 0, 0 unknown");
    }

    #[test]
    fn rounding_never_makes_all_or_nothing() {
        assert_eq!(Ratio::new(9_999, 10_000, 1, true).text, "9999 of 10000, 1 unknown (99.9 %)");
        assert_eq!(Ratio::new(1, 10_000, 0, true).text, "1 of 10000, 0 unknown (0.1 %)");
    }
}
