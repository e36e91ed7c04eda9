//! How fast one operation may be called in one account and Region.
//!
//! A pace and no bucket to empty at once: AWS documents no bursts, so none are planned. Each call takes the next free
//! moment, in the order in which calls ask. An attempt that the SDK repeats takes one too, after the fact: it was
//! sent whether there was room for it or not, so the calls behind it wait that much longer.

use crate::model::Operation;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The pace of one operation in one place.
#[derive(Debug)]
pub(super) struct Pace {
    period: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    /// A share of what AWS allows.
    pub fn new(operation: &Operation, share: f64) -> Self {
        let rate = f64::from(operation.per_second) * share;
        Self { period: Duration::from_secs_f64(1.0 / rate.max(0.001)), next: Mutex::new(Instant::now()) }
    }

    /// Waits for the next free moment.
    pub async fn ready(&self) {
        sleep_until(self.take()).await;
    }

    /// Takes the next free moment and says when it is.
    pub fn take(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = (*next).max(Instant::now());
        *next = at + self.period;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operation::DESCRIBE_DELIVERY_STREAM;

    #[test]
    fn calls_are_a_period_apart_and_a_repeated_attempt_takes_its_turn() {
        let pace = Pace::new(&DESCRIBE_DELIVERY_STREAM, 0.5);
        let first = pace.take();
        assert_eq!(pace.take() - first, Duration::from_millis(400), "5 a second, and half of that");
        let _repeated = pace.take();
        assert_eq!(pace.take() - first, Duration::from_millis(1200));
    }

    #[test]
    fn time_that_nobody_used_is_gone() {
        let pace = Pace::new(&DESCRIBE_DELIVERY_STREAM, 1.0);
        let past = Instant::now();
        *pace.next.lock().unwrap() = past;
        std::thread::sleep(Duration::from_millis(450));
        let first = pace.take();
        assert!(first - past >= Duration::from_millis(450));
        assert_eq!(pace.take() - first, Duration::from_millis(200), "no burst for the time that went by");
    }
}
