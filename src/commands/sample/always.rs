//! What is looked at one and all, beside what is drawn: streams with cardholder or health data, as an assessor would
//! take them. They are set aside before anything is drawn, and told apart from it.

use super::Population;
use crate::cli;
use crate::error::Error;
use crate::model::settings::DataClass;

/// The declared classes whose streams are looked at one and all.
const CLASSES: [DataClass; 3] = [DataClass::Pan, DataClass::Sad, DataClass::Ephi];

/// The rows that are set aside, or why none is.
pub(super) struct Always {
    /// What became of the rule.
    pub rule: Rule,
    /// Where the rows stand in the population.
    pub at: Vec<usize>,
    /// Streams of the population that nobody has declared a class of.
    pub undeclared: usize,
    /// Streams that carry such data too, and that the conditions left out.
    pub outside: usize,
}

/// Whether the rule is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It is.
    Applied,
    /// The user has switched it off: so many rows are drawn from like all others.
    SwitchedOff(usize),
    /// It is about streams, and something else is chosen.
    NotStreams,
}

impl Always {
    /// The rows that are set aside, and the population without them; `whole` is the table before any condition.
    pub fn set_aside(
        whole: &Population,
        population: &Population,
        typed: &cli::Sample,
    ) -> Result<(Self, Population), Error> {
        if typed.of != cli::Population::Streams {
            let none = Self { rule: Rule::NotStreams, at: Vec::new(), undeclared: 0, outside: 0 };
            return Ok((none, population.clone()));
        }
        let column = population.column("data_classes")?;
        let carries = |row: &Vec<String>| row[column].split(", ").any(|c| CLASSES.iter().any(|k| k.word() == c));
        let found = population.rows.iter().enumerate().filter(|(_, row)| carries(row)).map(|(at, _)| at);
        let at: Vec<usize> = found.collect();
        let undeclared = population.rows.iter().filter(|row| row[column] == "not declared").count();
        let outside = whole.rows.iter().filter(|row| carries(row)).count() - at.len();
        if typed.no_always_include {
            let off = Self { rule: Rule::SwitchedOff(at.len()), at: Vec::new(), undeclared, outside };
            return Ok((off, population.clone()));
        }
        let mut rest = population.clone();
        rest.rows.retain(|row| !carries(row));
        Ok((Self { rule: Rule::Applied, at, undeclared, outside }, rest))
    }

    /// The rule and what came of it, in a sentence: nobody must have to guess whether it was asked.
    pub fn sentence(&self) -> String {
        let classes = CLASSES.map(DataClass::word).join(", ");
        let and = |n: usize, what: &str| if n == 0 { String::new() } else { format!("; {n} {what}") };
        let more = and(self.undeclared, "have no declared class, and may carry it")
            + &and(self.outside, "more that carry it are left out by --only");
        match self.rule {
            Rule::Applied if self.at.is_empty() => {
                format!("none: no stream here is declared to carry cardholder or health data ({classes}){more}")
            }
            Rule::Applied => format!(
                "streams declared to carry cardholder or health data ({classes}), not drawn from but looked at one and all: \
                 {}{more}",
                self.at.len()
            ),
            Rule::SwitchedOff(n) => format!(
                "switched off by --no-always-include: streams declared to carry cardholder or health data ({classes}), drawn \
                 from like all others: {n}{more}"
            ),
            Rule::NotStreams => "none: the rule is about streams (--of streams)".to_owned(),
        }
    }
}
