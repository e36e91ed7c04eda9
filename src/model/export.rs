//! The forms for other programs that a pack can hold beside its reports.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// One such form. Nobody gets one who did not ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// NIST OSCAL: each catalog, and one assessment-results document.
    Oscal,
    /// The Open Cybersecurity Schema Framework: one compliance finding a line.
    Ocsf,
}

impl Export {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Oscal, Self::Ocsf];

    /// The word of options and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Oscal => "oscal",
            Self::Ocsf => "ocsf",
        }
    }
}

impl FromStr for Export {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|e| e.word() == text);
        found.ok_or_else(|| format!("{text:?} is no export: there are {}", Self::ALL.map(Self::word).join(" and ")))
    }
}
