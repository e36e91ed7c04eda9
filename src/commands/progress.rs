//! Progress: a bar where somebody watches, plain lines where a log is kept.

use crate::collect::Progress;
use crate::collect::journal::Book;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts calls and shows them.
pub(super) struct Watch<'a> {
    book: Option<&'a Book>,
    bar: Option<ProgressBar>,
    planned: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    told: Mutex<Instant>,
}

/// How often a log gets a line.
const EVERY: Duration = Duration::from_secs(10);

impl<'a> Watch<'a> {
    pub fn new(book: Option<&'a Book>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("  {bar:32} {pos} of {len} calls  {per_sec}  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸ "));
            bar
        });
        Self { book, bar, planned: 0.into(), done: 0.into(), failed: 0.into(), told: Mutex::new(Instant::now()) }
    }

    /// Ends the display, with the totals of a reading that came to its end.
    pub fn finish(&self, done: bool) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if done {
            super::say(&format!("  done     {}", self.line()));
        }
    }

    fn line(&self) -> String {
        let (done, planned) = (self.done.load(Ordering::Relaxed), self.planned.load(Ordering::Relaxed));
        let failed = self.failed.load(Ordering::Relaxed);
        format!("{done} of {planned} calls, {failed} without a value")
    }
}

impl Progress for Watch<'_> {
    fn journal(&self) -> Option<&Book> {
        self.book
    }

    fn planned(&self, calls: u64) {
        let planned = self.planned.fetch_add(calls, Ordering::Relaxed) + calls;
        if let Some(bar) = &self.bar {
            bar.set_length(planned);
        }
    }

    fn done(&self, failed: bool) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if failed {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
            let failed = self.failed.load(Ordering::Relaxed);
            if failed > 0 {
                bar.set_message(format!("{failed} without a value"));
            }
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= EVERY {
            *told = Instant::now();
            super::say(&format!("  reading  {}", self.line()));
        }
    }
}
