//! The nouns: plain data, no input or output, no SDK types.
//!
//! Every stage speaks in these words and in no other stage's. The order below is the order in which they come
//! to be: a [`Record`] is one call and its answer; a [`Snapshot`] is what all records of one run say; a
//! [`Finding`] is what a check says of one subject; an [`Assessment`] is what a catalog makes of the findings.

pub mod analysis;
pub mod assessment;
pub mod body;
pub mod catalog;
pub mod check;
pub mod customer;
pub mod declared;
pub mod destination;
pub mod estate;
pub mod event;
pub mod export;
pub mod finding;
pub mod history;
pub mod hops;
pub mod joined;
pub mod json;
pub mod key;
pub mod lineage;
pub mod names;
pub mod operation;
pub mod parameters;
pub mod period;
pub mod plausible;
pub mod reach;
pub mod reading;
pub mod reconciliation;
pub mod record;
pub mod refer;
pub mod run;
pub mod series;
pub mod settings;
pub mod sha256;
pub mod sink;
pub mod snapshot;
pub mod standing;
pub mod stream;
pub mod text;
pub mod time;
pub mod trail;
pub mod visible;

pub use analysis::Analysis;
pub use assessment::Assessment;
pub use body::Body;
pub use catalog::{Catalog, Loaded, Requirement};
pub use event::Event;
pub use finding::{Finding, FindingId, Status, Subject};
pub use key::Key;
pub use names::{AccountId, Region};
pub use operation::Operation;
pub use parameters::Parameters;
pub use reading::{Citation, Ev, Gap, GapFacts, GapKind, Read, Reading};
pub use record::Record;
pub use run::Run;
pub use settings::Settings;
pub use snapshot::Snapshot;
pub use stream::Stream;
pub use text::Text;
pub use time::Time;
pub use trail::Trail;
