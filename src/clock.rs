//! The one place that asks what time it is; `clippy.toml` forbids it elsewhere.

use crate::model::Time;

/// Now, in UTC.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn now() -> Time {
    use chrono::SubsecRound as _;
    chrono::Utc::now().trunc_subsecs(3)
}
