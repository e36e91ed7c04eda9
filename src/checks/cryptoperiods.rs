//! The words for a declared cryptoperiod that two checks share.

use crate::model::declared::Period;
use std::fmt;

/// What is said when nobody has declared one.
pub(super) const UNDECLARED: &str = "no cryptoperiod is declared for this key: set parameters.cryptoperiod_days or \
                                     [[cryptoperiods]] in keywitness.toml";

/// A period, with the rule that says so.
pub(super) struct Declared<'a>(pub &'a Period);

impl fmt::Display for Declared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.days)?;
        if self.0.by.is_empty() { Ok(()) } else { write!(f, " for {}", self.0.by) }
    }
}
