//! The one place that asks what time it is; `clippy.toml` forbids it elsewhere.

use crate::model::Time;
use std::sync::atomic::{AtomicI64, Ordering};

/// The latest time that was told, in milliseconds since 1970.
static LATEST: AtomicI64 = AtomicI64::new(i64::MIN);

/// Now, in UTC. Never earlier than what was told before: a clock that is set back while the program runs would make
/// answers come before their questions, and the verifier refuses records of that kind.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn now() -> Time {
    use chrono::SubsecRound as _;
    let now = chrono::Utc::now().trunc_subsecs(3);
    let latest = LATEST.fetch_max(now.timestamp_millis(), Ordering::Relaxed).max(now.timestamp_millis());
    Time::from_timestamp_millis(latest).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_stands_still() {
        let ahead = now().timestamp_millis() + 60_000;
        LATEST.fetch_max(ahead, Ordering::Relaxed);
        assert!(now().timestamp_millis() >= ahead);
    }
}
