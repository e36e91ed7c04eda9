//! One file per check; this one has what they share: [`Check`], [`Judge`], [`Verdict`], [`ALL`], and the loop.
//!
//! A check is a value in a table. Its `judge` is pure and answers for one subject; `?` on a reading that is not
//! there becomes "unknown" with the gap's reason, so no check can forget it. Which subjects there are, and what
//! is said when the list of them could not be read, is decided here, once.

mod alarm_on_key_changes;
mod alarm_on_trail_changes;
mod event_calls_not_refused;
mod event_destinations_unchanged;
mod event_encryption_not_stopped;
mod event_grants_created_as_expected;
mod event_key_deletion_not_scheduled;
mod event_key_material_not_deleted;
mod event_key_policies_unchanged;
mod event_keys_not_disabled;
mod event_logging_not_stopped;
mod event_root_not_used;
mod event_rotation_not_disabled;
mod event_streams_not_deleted;
mod event_trails_unchanged;
mod event_who_is_named;
mod guard_encryption_not_stopped;
mod guard_keys_not_removed;
mod guard_logging_not_stopped;
mod key_access_events;
mod key_account_expected;
mod key_administrators_expected;
mod key_blast_radius;
mod key_enabled;
mod key_grants_expected;
mod key_grants_limited;
mod key_has_alias;
mod key_management_events;
mod key_material_not_expiring;
mod key_not_pending_deletion;
mod key_not_shared_by_ram;
mod key_one_environment;
mod key_one_tenant;
mod key_origin_expected;
mod key_policy_accounts_expected;
mod key_policy_grants_limited;
mod key_policy_no_deleted_principals;
mod key_policy_no_lock_out;
mod key_policy_not_broad;
mod key_policy_not_public;
mod key_policy_separates_duties;
mod key_policy_statements_effective;
mod key_producers_ready;
mod key_required_tags;
mod key_rotated_in_cryptoperiod;
mod key_rotation_enabled;
mod key_rotation_not_overdue;
mod key_rotation_period;
mod key_single_region;
mod key_spec_symmetric;
mod key_stream_limit;
mod key_tenant_tag_matches;
mod stream_active;
mod stream_backup_customer_key;
mod stream_backup_encrypted;
mod stream_backup_of_changed_records;
mod stream_buckets_keep_versions;
mod stream_buckets_not_public;
mod stream_customer_managed_key;
mod stream_data_class_declared;
mod stream_delivers_where_expected;
mod stream_delivery_succeeds;
mod stream_delivery_watched;
mod stream_destination_customer_key;
mod stream_destination_encrypted;
mod stream_destination_key_named;
mod stream_destination_key_usable;
mod stream_destination_tls;
mod stream_encryption_change_succeeded;
mod stream_error_log_customer_key;
mod stream_error_logging;
mod stream_events;
mod stream_grant_alive;
mod stream_inventory_complete;
mod stream_key_usable;
mod stream_keys_answered;
mod stream_redshift_not_public;
mod stream_required_tags;
mod stream_role_can_use_keys;
mod stream_secrets_managed;
mod stream_source_customer_key;
mod stream_source_encrypted;
mod stream_source_tls;
mod stream_sse_enabled;
mod stream_tenant_own_key;
mod trail_bucket_data_events;
mod trail_bucket_keeps_versions;
mod trail_bucket_locked;
mod trail_bucket_mfa_delete;
mod trail_bucket_not_public;
mod trail_bucket_retention;
mod trail_delivers_digests;
mod trail_delivers_logs;
mod trail_encrypted_with_key;
mod trail_key_customer_managed;
mod trail_log_file_validation;
mod trail_logging_multi_region;
mod trail_of_organization;
mod trail_records_all_management_events;
mod trail_records_kms_events;
mod trail_stores_protected;
mod trail_stores_record_kms_events;
mod trail_to_log_group;

mod buckets;
mod composites;
mod cryptoperiods;
mod data_events;
mod events;
mod guards;
mod metrics;
mod noticed;
mod patterns;
mod policies;
mod resting;
mod stream_remedies;
mod tags;
mod tenants;
mod trails;

use crate::model::check::{CheckPage, Remedy};
use crate::model::finding::{FindingId, Severity, SubjectKind};
use crate::model::reading::{Citation, Gap, Read};
use crate::model::snapshot::Place;
use crate::model::{Finding, Key, Settings, Snapshot, Status, Stream, Subject};
use std::sync::Arc;

/// All checks, in the order in which reports print them. Ids are never used again for another question.
pub const ALL: &[Check] = &[
    stream_inventory_complete::CHECK,
    stream_sse_enabled::CHECK,
    stream_customer_managed_key::CHECK,
    stream_required_tags::CHECK,
    key_enabled::CHECK,
    key_not_pending_deletion::CHECK,
    key_rotation_enabled::CHECK,
    key_rotation_period::CHECK,
    key_rotated_in_cryptoperiod::CHECK,
    key_required_tags::CHECK,
    trail_logging_multi_region::CHECK,
    trail_log_file_validation::CHECK,
    trail_records_kms_events::CHECK,
    trail_delivers_digests::CHECK,
    trail_delivers_logs::CHECK,
    trail_encrypted_with_key::CHECK,
    trail_of_organization::CHECK,
    trail_records_all_management_events::CHECK,
    trail_to_log_group::CHECK,
    trail_key_customer_managed::CHECK,
    trail_bucket_not_public::CHECK,
    trail_bucket_keeps_versions::CHECK,
    trail_bucket_locked::CHECK,
    trail_bucket_retention::CHECK,
    trail_bucket_data_events::CHECK,
    trail_bucket_mfa_delete::CHECK,
    trail_stores_record_kms_events::CHECK,
    trail_stores_protected::CHECK,
    key_management_events::CHECK,
    key_access_events::CHECK,
    key_administrators_expected::CHECK,
    key_not_shared_by_ram::CHECK,
    key_policy_accounts_expected::CHECK,
    key_policy_grants_limited::CHECK,
    key_policy_no_deleted_principals::CHECK,
    key_policy_no_lock_out::CHECK,
    key_policy_not_broad::CHECK,
    key_policy_not_public::CHECK,
    key_policy_separates_duties::CHECK,
    key_policy_statements_effective::CHECK,
    key_account_expected::CHECK,
    key_blast_radius::CHECK,
    key_has_alias::CHECK,
    key_material_not_expiring::CHECK,
    key_one_environment::CHECK,
    key_one_tenant::CHECK,
    key_origin_expected::CHECK,
    key_rotation_not_overdue::CHECK,
    key_single_region::CHECK,
    key_spec_symmetric::CHECK,
    key_stream_limit::CHECK,
    key_tenant_tag_matches::CHECK,
    key_producers_ready::CHECK,
    key_grants_expected::CHECK,
    key_grants_limited::CHECK,
    stream_events::CHECK,
    stream_active::CHECK,
    stream_data_class_declared::CHECK,
    stream_encryption_change_succeeded::CHECK,
    stream_key_usable::CHECK,
    stream_tenant_own_key::CHECK,
    stream_source_encrypted::CHECK,
    stream_source_customer_key::CHECK,
    stream_source_tls::CHECK,
    stream_destination_encrypted::CHECK,
    stream_destination_customer_key::CHECK,
    stream_destination_key_named::CHECK,
    stream_destination_key_usable::CHECK,
    stream_destination_tls::CHECK,
    stream_secrets_managed::CHECK,
    stream_redshift_not_public::CHECK,
    stream_delivers_where_expected::CHECK,
    stream_backup_encrypted::CHECK,
    stream_backup_customer_key::CHECK,
    stream_backup_of_changed_records::CHECK,
    stream_buckets_not_public::CHECK,
    stream_buckets_keep_versions::CHECK,
    stream_error_logging::CHECK,
    stream_error_log_customer_key::CHECK,
    stream_grant_alive::CHECK,
    stream_role_can_use_keys::CHECK,
    stream_keys_answered::CHECK,
    stream_delivery_succeeds::CHECK,
    stream_delivery_watched::CHECK,
    event_calls_not_refused::CHECK,
    event_destinations_unchanged::CHECK,
    event_encryption_not_stopped::CHECK,
    event_grants_created_as_expected::CHECK,
    event_key_deletion_not_scheduled::CHECK,
    event_key_material_not_deleted::CHECK,
    event_key_policies_unchanged::CHECK,
    event_keys_not_disabled::CHECK,
    event_logging_not_stopped::CHECK,
    event_root_not_used::CHECK,
    event_rotation_not_disabled::CHECK,
    event_streams_not_deleted::CHECK,
    event_trails_unchanged::CHECK,
    event_who_is_named::CHECK,
    alarm_on_key_changes::CHECK,
    alarm_on_trail_changes::CHECK,
    guard_keys_not_removed::CHECK,
    guard_encryption_not_stopped::CHECK,
    guard_logging_not_stopped::CHECK,
];

/// The checks that have a column of their own in the tables of streams and keys. The others stand in the findings: a
/// table of forty columns is read by nobody.
const COLUMNS: &[&str] = &[
    stream_sse_enabled::CHECK.id,
    stream_customer_managed_key::CHECK.id,
    stream_required_tags::CHECK.id,
    key_enabled::CHECK.id,
    key_not_pending_deletion::CHECK.id,
    key_rotation_enabled::CHECK.id,
    key_rotation_period::CHECK.id,
    key_rotated_in_cryptoperiod::CHECK.id,
    key_required_tags::CHECK.id,
];

/// One question about one kind of subject.
#[derive(Clone, Copy)]
pub struct Check {
    /// Kebab-case; the name of the file that asks it.
    pub id: &'static str,
    /// The question, as its file begins.
    pub question: &'static str,
    /// A sentence that is true of a subject that passes.
    pub title: &'static str,
    /// How much a failure matters.
    pub severity: Severity,
    /// Why anyone asks.
    pub why: &'static str,
    /// How the answer follows from what was read.
    pub decided: &'static str,
    /// What the answer does not show.
    pub blind: &'static str,
    /// What makes a failing subject pass.
    pub remedy: Remedy,
    /// The calls on which the answer rests, as `service:Operation`.
    pub reads: &'static [&'static str],
    /// The question itself.
    pub judge: Judge,
}

/// The question, by the kind of its subject.
#[derive(Clone, Copy)]
pub enum Judge {
    /// Asked of every stream.
    EachStream(fn(&Context<'_>, &Stream) -> Verdict),
    /// Asked of every key that a stream refers to.
    EachKey(fn(&Context<'_>, &Key) -> Verdict),
    /// Asked of every Region.
    EachRegion(fn(&Context<'_>, &Place) -> Verdict),
}

impl Check {
    /// Its words, for reports.
    #[must_use]
    pub fn page(&self) -> CheckPage {
        let Self { id, question, title, severity, why, decided, blind, remedy, reads, judge } = *self;
        let (kind, column) = (judge.kind(), COLUMNS.contains(&id));
        CheckPage { id, question, title, severity, kind, why, decided, blind, remedy, reads, column }
    }
}

impl Judge {
    /// The kind of subject.
    #[must_use]
    pub fn kind(self) -> SubjectKind {
        match self {
            Self::EachStream(_) => SubjectKind::Stream,
            Self::EachKey(_) => SubjectKind::Key,
            Self::EachRegion(_) => SubjectKind::Region,
        }
    }
}

/// What a check may look at: what was read, and what was declared.
pub struct Context<'a> {
    /// All that was read.
    pub snapshot: &'a Snapshot,
    /// What the entity declared.
    pub settings: &'a Settings,
    /// What the key policies give, each evaluated once.
    pub policies: policies::Policies,
}

/// A ruling, or why there is none.
pub type Verdict = Result<Ruling, Unknown>;

/// What the evidence shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    status: Status,
    reason: String,
    seen: Vec<Citation>,
}

/// Why the evidence does not decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    reason: String,
    seen: Vec<Citation>,
}

/// The title is true of the subject. A pass without a citation becomes "unknown" (see [`run`]).
pub fn pass(reason: impl Into<String>) -> Ruling {
    Ruling { status: Status::Pass, reason: reason.into(), seen: Vec::new() }
}

/// The title is not true of the subject.
pub fn fail(reason: impl Into<String>) -> Ruling {
    Ruling { status: Status::Fail, reason: reason.into(), seen: Vec::new() }
}

/// The question does not arise.
pub fn not_applicable(reason: impl Into<String>) -> Ruling {
    Ruling { status: Status::NotApplicable, reason: reason.into(), seen: Vec::new() }
}

/// The evidence was read and does not decide, or a declaration is missing.
pub fn unknown(reason: impl Into<String>) -> Unknown {
    Unknown { reason: reason.into(), seen: Vec::new() }
}

impl Ruling {
    /// Cites where a reading stands.
    #[must_use]
    pub fn seen<T>(mut self, reading: &Read<T>) -> Self {
        self.seen.push(reading.at.clone());
        self
    }

    /// Cites a place.
    #[must_use]
    pub fn at(mut self, citation: &Citation) -> Self {
        self.seen.push(citation.clone());
        self
    }
}

impl Unknown {
    /// Cites where a reading stands.
    #[must_use]
    pub fn seen<T>(mut self, reading: &Read<T>) -> Self {
        self.seen.push(reading.at.clone());
        self
    }
}

impl From<&Gap> for Unknown {
    fn from(gap: &Gap) -> Self {
        Self { reason: gap.sentence(), seen: gap.record.map(Citation::whole).into_iter().collect() }
    }
}

impl From<Gap> for Unknown {
    fn from(gap: Gap) -> Self {
        Self::from(&gap)
    }
}

/// Asks every check of every subject. The order is that of [`ALL`], then of account, Region and subject.
#[must_use]
pub fn run(snapshot: &Snapshot, settings: &Settings) -> Vec<Finding> {
    let context = Context { snapshot, settings, policies: policies::Policies::of(snapshot) };
    let asked: Vec<Asked<'_>> = snapshot.places.iter().map(Asked::of).collect();
    let mut findings = Vec::with_capacity(count(snapshot));
    for check in ALL {
        for place in &asked {
            place.ask(check, &context, &mut findings);
        }
    }
    findings
}

/// How many findings [`run`] gives, known before one is made: a snapshot of an enemy's records may give more than memory
/// holds.
#[must_use]
pub fn count(snapshot: &Snapshot) -> usize {
    let [streams, keys, regions] = [SubjectKind::Stream, SubjectKind::Key, SubjectKind::Region].map(asked_of);
    let of_place = |place: &Place| {
        let unlisted = if place.listing.is_err() { streams + keys } else { 0 };
        place.streams.len() * streams + place.keys.len() * keys + regions + unlisted
    };
    snapshot.places.iter().map(of_place).sum()
}

/// How many checks are asked of each subject of that kind.
#[must_use]
pub fn asked_of(kind: SubjectKind) -> usize {
    ALL.iter().filter(|check| check.judge.kind() == kind).count()
}

/// A place and the subjects in it, which all findings about them share.
struct Asked<'a> {
    place: &'a Place,
    streams: Vec<Arc<Subject>>,
    keys: Vec<Arc<Subject>>,
    region: Arc<Subject>,
}

impl<'a> Asked<'a> {
    fn of(place: &'a Place) -> Self {
        Self {
            place,
            streams: place.streams.iter().map(|s| Arc::new(stream_subject(s))).collect(),
            keys: place.keys.iter().map(|k| Arc::new(key_subject(k))).collect(),
            region: Arc::new(region_subject(place)),
        }
    }

    fn ask(&self, check: &Check, context: &Context<'_>, findings: &mut Vec<Finding>) {
        let place = self.place;
        match check.judge {
            Judge::EachStream(judge) => {
                let each = place.streams.iter().zip(&self.streams);
                findings.extend(each.map(|(stream, of)| finding(check, Arc::clone(of), judge(context, stream))));
                findings.extend(unlisted(check, place));
            }
            Judge::EachKey(judge) => {
                let each = place.keys.iter().zip(&self.keys);
                findings.extend(each.map(|(key, of)| finding(check, Arc::clone(of), judge(context, key))));
                findings.extend(unlisted(check, place));
            }
            Judge::EachRegion(judge) => {
                findings.push(finding(check, Arc::clone(&self.region), judge(context, place)));
            }
        }
    }
}

/// When the listing of streams did not come to its end there are subjects that nobody knows: one "unknown" says so.
fn unlisted(check: &Check, place: &Place) -> Option<Finding> {
    let gap = place.listing.as_ref().err()?;
    let kind = check.judge.kind();
    let subject = Subject {
        account: place.account.clone(),
        region: place.region.clone(),
        kind,
        id: format!("{}/{}/*", place.account, place.region).into(),
        name: format!("every {} in {} that was not listed", kind.word(), place.region).into(),
    };
    Some(finding(check, Arc::new(subject), Err(Unknown::from(gap))))
}

fn finding(check: &Check, subject: Arc<Subject>, verdict: Verdict) -> Finding {
    let (status, reason, mut citations) = match verdict {
        Ok(Ruling { status: Status::Pass, seen, .. }) if seen.is_empty() => {
            (Status::Unknown, "the check cites no evidence for its answer".to_owned(), seen)
        }
        Ok(ruling) => (ruling.status, ruling.reason, ruling.seen),
        Err(unknown) => (Status::Unknown, unknown.reason, unknown.seen),
    };
    citations.sort();
    citations.dedup();
    Finding {
        id: FindingId::of(check.id, &subject),
        check: check.id.into(),
        subject,
        status,
        severity: check.severity,
        reason: reason.into(),
        citations: citations.into(),
        exception: None,
        first_seen: None,
        last_seen: None,
    }
}

fn stream_subject(stream: &Stream) -> Subject {
    Subject {
        account: stream.account.clone(),
        region: stream.region.clone(),
        kind: SubjectKind::Stream,
        id: stream.arn.as_str().into(),
        name: stream.name.as_str().into(),
    }
}

fn key_subject(key: &Key) -> Subject {
    Subject {
        account: key.account.clone(),
        region: key.region.clone(),
        kind: SubjectKind::Key,
        id: key.arn.as_str().into(),
        name: key.name().into(),
    }
}

fn region_subject(place: &Place) -> Subject {
    Subject {
        account: place.account.clone(),
        region: place.region.clone(),
        kind: SubjectKind::Region,
        id: format!("{}/{}", place.account, place.region).into(),
        name: place.region.as_str().into(),
    }
}

#[cfg(test)]
mod docs;
#[cfg(test)]
mod makers;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod taken_away;

#[cfg(test)]
pub(crate) mod tests;
