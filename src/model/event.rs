//! A CloudTrail management event, and the query that found it.

use super::reading::{Citation, Reading};
use super::time::Time;

/// The event names that Keywitness looks up, with the service that emits them. A query by name costs the same
/// however many keys there are; a query by event source would page through every use of every key.
pub const NAMES: &[(&str, EventGroup)] = &[
    ("CreateKey", EventGroup::KeyLifecycle),
    ("EnableKey", EventGroup::KeyLifecycle),
    ("DisableKey", EventGroup::KeyLifecycle),
    ("EnableKeyRotation", EventGroup::KeyLifecycle),
    ("DisableKeyRotation", EventGroup::KeyLifecycle),
    ("RotateKeyOnDemand", EventGroup::KeyLifecycle),
    ("RotateKey", EventGroup::KeyLifecycle),
    ("ScheduleKeyDeletion", EventGroup::KeyLifecycle),
    ("CancelKeyDeletion", EventGroup::KeyLifecycle),
    ("DeleteKey", EventGroup::KeyLifecycle),
    ("ImportKeyMaterial", EventGroup::KeyLifecycle),
    ("DeleteImportedKeyMaterial", EventGroup::KeyLifecycle),
    ("UpdatePrimaryRegion", EventGroup::KeyLifecycle),
    ("CreateAlias", EventGroup::KeyLifecycle),
    ("UpdateAlias", EventGroup::KeyLifecycle),
    ("DeleteAlias", EventGroup::KeyLifecycle),
    ("PutKeyPolicy", EventGroup::KeyAccess),
    ("CreateGrant", EventGroup::KeyAccess),
    ("RevokeGrant", EventGroup::KeyAccess),
    ("RetireGrant", EventGroup::KeyAccess),
    ("CreateDeliveryStream", EventGroup::Stream),
    ("DeleteDeliveryStream", EventGroup::Stream),
    ("UpdateDestination", EventGroup::Stream),
    ("StartDeliveryStreamEncryption", EventGroup::Stream),
    ("StopDeliveryStreamEncryption", EventGroup::Stream),
    ("TagDeliveryStream", EventGroup::Stream),
    ("UntagDeliveryStream", EventGroup::Stream),
    ("StopLogging", EventGroup::Trail),
    ("DeleteTrail", EventGroup::Trail),
    ("UpdateTrail", EventGroup::Trail),
    ("PutEventSelectors", EventGroup::Trail),
];

/// What a group of events is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventGroup {
    /// Keys made, rotated, disabled, scheduled for deletion, renamed.
    KeyLifecycle,
    /// Who may use a key: its policy and its grants.
    KeyAccess,
    /// Streams made, changed, encrypted.
    Stream,
    /// Trails stopped, deleted, changed: whether there is a record of the rest.
    Trail,
}

/// All pages of one query: one Region, one event name, the window of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct EventQuery {
    /// The event name.
    pub name: String,
    /// What was found, newest first as AWS gives it; a gap when the pages did not come to their end.
    pub events: Reading<Vec<Event>>,
    /// What the pages before a gap gave.
    pub partial: Vec<Event>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `EventId`.
    pub id: String,
    /// `EventName`.
    pub name: String,
    /// `EventSource`, such as `kms.amazonaws.com`.
    pub source: String,
    /// `EventTime`.
    pub time: Time,
    /// Who did it, as AWS names them; empty where AWS names none.
    pub who: String,
    /// The error code of a call that failed or was refused.
    pub error: Option<String>,
    /// ARNs and names of what it was done to.
    pub resources: Vec<String>,
    /// Where it stands.
    pub at: Citation,
}
