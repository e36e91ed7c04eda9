//! The rows of keys.

use crate::model::Text;
use crate::model::finding::SubjectKind;
use crate::model::key::{Key, KeyClass};
use crate::model::reading::Ev;
use crate::model::time::day;
use serde::Serialize;

use super::classes::key_class;
use super::findings::StatusCell;
use super::index::{Index, StripCell, StripRun, runs, worst};
use super::words::{tags, text};

/// One key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// An alias, or the key's id.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// All its aliases.
    pub aliases: String,
    /// Whose it is.
    pub class: String,
    /// `KeyState`.
    pub state: String,
    /// `KeySpec`.
    pub spec: String,
    /// `Origin`.
    pub origin: String,
    /// When it was made.
    pub created: String,
    /// Automatic rotation.
    pub rotation: String,
    /// The newest rotation.
    pub last_rotation: String,
    /// The next one.
    pub next_rotation: String,
    /// How many streams use it.
    pub streams: usize,
    /// Its tags.
    pub tags: String,
    /// One for each of [`Report::key_checks`].
    pub results: Vec<StatusCell>,
    /// The anchor of its row.
    pub anchor: Text,
    /// What every check of keys says of it; empty in a dense report, which has `runs`.
    pub strip: Vec<StripCell>,
    /// The same by status, for reports with so many findings that not each can have a mark of its own.
    pub runs: Vec<StripRun>,
    /// The statuses of its findings that matter to whoever filters: `fail`, `unknown`, or `pass` when nothing is open.
    pub worst: String,
    /// The records that its findings cite.
    pub records: Vec<Ev>,
}

impl Index<'_> {
    /// The row of a key.
    pub(super) fn key(&self, key: &Key) -> KeyRow {
        let facts = key.facts.as_ref().ok().map(|f| &f.value);
        let fact = |f: Option<String>| f.unwrap_or_else(|| "unknown".to_owned());
        let strip = self.strip(SubjectKind::Key, key.region.as_str(), &key.arn);
        KeyRow {
            account: key.account.to_string(),
            region: key.region.to_string(),
            name: short_key(key),
            arn: key.arn.clone(),
            aliases: text(&key.aliases, |a| a.join(", ")),
            class: key_class(key).map_or("unknown", KeyClass::word).to_owned(),
            state: fact(facts.map(|f| text(&f.state, |s| s.word().to_owned()))),
            spec: fact(facts.map(|f| text(&f.spec, Clone::clone))),
            origin: fact(facts.map(|f| text(&f.origin, |o| o.word().to_owned()))),
            created: fact(facts.map(|f| text(&f.created, |t| day(*t)))),
            rotation: text(&key.rotation, |r| match (r.enabled, r.period_days) {
                (true, Some(days)) => format!("every {days} days"),
                (true, None) => "on, period not told".to_owned(),
                (false, _) => "off".to_owned(),
            }),
            last_rotation: text(&key.rotations, |r| r.last().map_or_else(|| "none yet".to_owned(), |r| day(r.date))),
            next_rotation: text(&key.rotation, |r| r.next.map_or_else(|| "not told".to_owned(), day)),
            streams: self.users(key),
            tags: tags(&key.tags),
            results: self.results(SubjectKind::Key, key.region.as_str(), &key.arn),
            anchor: self.anchor(key.region.as_str(), &key.arn),
            worst: worst(&strip),
            runs: runs(&strip),
            strip: if self.dense { Vec::new() } else { strip },
            records: self.records(key.region.as_str(), &key.arn),
        }
    }
}

/// An alias, else the id at the end of the ARN.
pub(super) fn short_key(key: &Key) -> String {
    let name = key.name();
    name.rsplit_once(":key/").map_or(name, |(_, id)| id).to_owned()
}
