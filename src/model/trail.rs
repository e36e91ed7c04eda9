//! A CloudTrail trail, as one Region sees it.

use super::reading::{Citation, Gap, Reading};
use super::time::Time;

/// One trail. Status and selectors are asked in the Region that lists it: a trail can log here and not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// Where it was made.
    pub home_region: Reading<String>,
    /// Whether it records every Region.
    pub multi_region: Reading<bool>,
    /// Whether it belongs to the organization.
    pub organization: Reading<bool>,
    /// Whether digest files are written.
    pub validation: Reading<bool>,
    /// The bucket of its log files.
    pub bucket: Option<String>,
    /// The prefix of its log files there.
    pub prefix: Option<String>,
    /// The key of its log files.
    pub kms_key: Option<String>,
    /// The log group that its events go to as well.
    pub log_group: Option<String>,
    /// Where the list of trails describes it.
    pub listed: Citation,
    /// `GetTrailStatus`.
    pub status: Reading<TrailStatus>,
    /// `GetEventSelectors`.
    pub selectors: Reading<Selectors>,
}

/// What `GetTrailStatus` says.
#[derive(Clone, Debug, PartialEq)]
pub struct TrailStatus {
    /// Logging now.
    pub logging: bool,
    /// The last delivery of log files.
    pub latest_delivery: Option<Time>,
    /// Why the last delivery failed; empty or absent when it did not.
    pub delivery_error: Option<String>,
    /// The last delivery of a digest file.
    pub latest_digest: Option<Time>,
    /// Why the last delivery of a digest failed.
    pub digest_error: Option<String>,
    /// The last delivery to the log group.
    pub latest_log_group: Option<Time>,
    /// Why the last delivery to the log group failed.
    pub log_group_error: Option<String>,
}

/// The selectors, as far as management events and data events of S3 are concerned.
#[derive(Clone, Debug, PartialEq)]
pub enum Selectors {
    /// The older form: all of them together.
    Classic(Vec<ClassicSelector>),
    /// The newer form: field conditions.
    Advanced(Vec<AdvancedSelector>),
}

/// One `EventSelector`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassicSelector {
    /// `IncludeManagementEvents`; AWS's default is true.
    pub management: bool,
    /// `ReadWriteType`: `All`, `ReadOnly`, `WriteOnly`.
    pub read_write: String,
    /// `ExcludeManagementEventSources`.
    pub excluded: Vec<String>,
    /// `DataResources`: kinds of resources, each with the ARNs, or beginnings of ARNs, whose data events are recorded.
    pub data: Vec<(String, Vec<String>)>,
}

/// One `AdvancedEventSelector`: all its conditions must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvancedSelector {
    /// The conditions.
    pub fields: Vec<FieldSelector>,
}

/// One condition of an advanced selector: an event passes when each operator that is not empty is met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// `eventCategory`, `eventSource`, `readOnly` …
    pub field: String,
    /// Equal to one of these.
    pub equals: Vec<String>,
    /// Starting with one of these.
    pub starts_with: Vec<String>,
    /// Ending with one of these.
    pub ends_with: Vec<String>,
    /// Equal to none of these.
    pub not_equals: Vec<String>,
    /// Starting with none of these.
    pub not_starts_with: Vec<String>,
    /// Ending with none of these.
    pub not_ends_with: Vec<String>,
}

impl Selectors {
    /// Whether management events that write are recorded at all, of whatever service.
    #[must_use]
    pub fn records_management_writes(&self) -> bool {
        match self {
            Self::Classic(list) => list.iter().any(|s| s.management && s.read_write != "ReadOnly"),
            Self::Advanced(list) => list.iter().any(|s| {
                let meets =
                    |field: &str, value: &str| s.fields.iter().filter(|f| f.field == field).all(|f| f.meets(value));
                s.fields.iter().any(|f| f.field == "eventCategory")
                    && meets("eventCategory", "Management")
                    && meets("readOnly", "false")
            }),
        }
    }
}

impl FieldSelector {
    /// Whether a field of that value meets the condition.
    #[must_use]
    pub fn meets(&self, value: &str) -> bool {
        let any = |list: &[String], test: &dyn Fn(&str) -> bool| list.is_empty() || list.iter().any(|x| test(x));
        let none = |list: &[String], test: &dyn Fn(&str) -> bool| !list.iter().any(|x| test(x));
        any(&self.equals, &|x| value == x)
            && any(&self.starts_with, &|x| value.starts_with(x))
            && any(&self.ends_with, &|x| value.ends_with(x))
            && none(&self.not_equals, &|x| value == x)
            && none(&self.not_starts_with, &|x| value.starts_with(x))
            && none(&self.not_ends_with, &|x| value.ends_with(x))
    }
}

impl Trail {
    /// The gaps of this trail's own readings.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        [
            self.home_region.as_ref().err(),
            self.multi_region.as_ref().err(),
            self.organization.as_ref().err(),
            self.validation.as_ref().err(),
            self.status.as_ref().err(),
            self.selectors.as_ref().err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
