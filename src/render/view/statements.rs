//! Pages that people fill in: custody, sign-off, and how long evidence is kept.

use super::series::SeriesView;
use super::{Fact, Input, fact};
use crate::model::time::seconds;
use serde::Serialize;

/// A step in the life of the evidence. What happens after the report was written is blank, for people to fill in.
#[derive(Clone, Debug, Serialize)]
pub struct CustodyRow {
    /// What was done.
    pub step: &'static str,
    /// When.
    pub when: String,
    /// By whom.
    pub who: String,
    /// Where it is, and what shows it.
    pub place: String,
}

/// Somebody who signs.
#[derive(Clone, Debug, Serialize)]
pub struct SignOffRow {
    /// As what.
    pub role: &'static str,
    /// What is stated by signing.
    pub statement: &'static str,
}

/// For how long somebody asks that evidence is kept.
#[derive(Clone, Debug, Serialize)]
pub struct RetentionRow {
    /// Who.
    pub who: &'static str,
    /// How long.
    pub years: &'static str,
    /// From when, and by which text.
    pub because: &'static str,
}

/// What is known of the custody when the report is written, then the steps that come after it.
pub(super) fn custody(input: &Input<'_>) -> Vec<CustodyRow> {
    let run = &input.snapshot.run;
    let blank =
        |step, place: &str| CustodyRow { step, when: String::new(), who: String::new(), place: place.to_owned() };
    vec![
        CustodyRow {
            step: "Collected",
            when: format!("{} to {}", seconds(run.started), seconds(run.ended)),
            who: run.selection.asker.caller.clone(),
            place: "data/evidence, one record for each call".to_owned(),
        },
        blank("Sealed", "pack.json names the signer; seal/ holds signature and time stamp, where there are any"),
        blank("Archived", "the receipt names bucket, key, version, lock mode and the day until which it holds"),
        blank("Handed over", ""),
        blank("Received, verified", "the pack root, and the line that `keywitness verify` or `sha256sum -c` printed"),
    ]
}

/// Who signs.
pub(super) const SIGN_OFF: &[SignOffRow] = &[
    SignOffRow {
        role: "Prepared by",
        statement: "I ran the collection with the permissions and declarations that this report names, and have left \
                    nothing out of the population.",
    },
    SignOffRow {
        role: "Reviewed by",
        statement: "I have read what is not known, the exceptions and the declarations, and they are true as far as I \
                    know.",
    },
    SignOffRow { role: "Accepted by (assessor)", statement: "I have verified the pack root by another way." },
];

/// How long.
pub(super) const RETENTION: &[RetentionRow] = &[
    RetentionRow {
        who: "PCI DSS assessor's work papers",
        years: "at least 3 years",
        because: "The programme asks assessors to keep what a report rests on.",
    },
    RetentionRow {
        who: "HIPAA documentation",
        years: "6 years",
        because: "From the day it was made, or was last in effect: 45 CFR 164.316(b)(2)(i).",
    },
    RetentionRow {
        who: "GDPR",
        years: "no longer than needed",
        because: "Art. 5(1)(e): names of principals in events and policies are personal data, so a period has an end.",
    },
];

/// The series that the pack is part of, as far as the pack knows it.
pub(super) fn series(input: &Input<'_>, packs: Option<&SeriesView>) -> Vec<Fact> {
    let run = &input.snapshot.run;
    let this = fact("This run", format!("{}, collected {}", run.id, seconds(run.ended)));
    let between = fact(
        "Between runs",
        "not observed: configuration is known at the time of collection only, events for the window that is stated",
    );
    let number = fact("Run number in series", super::front::run_number(input.earlier));
    let Some(packs) = packs else {
        let interval = match input.settings.runs_every_days {
            Some(days) => format!("{days} days, as declared; one pack cannot show whether it was kept"),
            None => "not declared (runs_every_days); one pack cannot show whether it was kept".to_owned(),
        };
        let before = "named in pack.json under \"previous\", with its root, where there is one";
        return vec![this, number, fact("Pack before this one", before), between, fact("Interval", interval)];
    };
    let before = packs.packs.iter().rev().nth(1).map(|p| format!("collected {}, root {}", p.collected, p.root));
    let missed = match packs.missed.as_slice() {
        [] if packs.judged => "none, by that interval".to_owned(),
        [] => "not judged".to_owned(),
        some => some.join("; "),
    };
    vec![
        this,
        number,
        fact("Pack before this one", before.unwrap_or_default()),
        fact("Packs of the series", packs.packs.len().to_string()),
        fact("Interval", packs.interval.clone()),
        fact("Runs missed", missed),
        fact("Chain of roots", packs.chain),
        between,
    ]
}
