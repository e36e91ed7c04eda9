//! Progress: a bar where somebody watches, lines with rate and time left where a log is kept.
//!
//! How many calls there will be is learned on the way (a stream names a key, a page says that more follow), so the time
//! left is for what is known by now, and grows at first.

use super::log;
use crate::collect::Progress;
use crate::collect::journal::Book;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde_json::json;
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts calls and shows them.
pub(super) struct Watch<'a> {
    book: Option<&'a Book>,
    bar: Option<ProgressBar>,
    started: Instant,
    planned: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    told: Mutex<Instant>,
}

/// How often a log gets a line.
const EVERY: Duration = Duration::from_secs(10);

impl<'a> Watch<'a> {
    pub fn new(book: Option<&'a Book>) -> Self {
        let seen = std::io::stderr().is_terminal() && !log::is_json();
        let bar = seen.then(|| {
            let bar = ProgressBar::new(0);
            let template = "  {bar:32} {pos} of {len} calls  {rate} a second  {left} left  {msg}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let rate = |state: &ProgressState, w: &mut dyn Write| {
                let _shown = write!(w, "{:.1}", state.per_sec());
            };
            let left = |state: &ProgressState, w: &mut dyn Write| {
                let _shown = w.write_str(&super::plan::duration(state.eta().as_secs_f64()));
            };
            bar.set_style(style.with_key("rate", rate).with_key("left", left).progress_chars("━╸ "));
            bar
        });
        let now = Instant::now();
        Self { book, bar, started: now, planned: 0.into(), done: 0.into(), failed: 0.into(), told: Mutex::new(now) }
    }

    /// Ends the display, with the totals of a reading that came to its end.
    pub fn finish(&self, done: bool) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if done {
            self.tell("collected", "  done     ");
        }
    }

    /// Where the reading stands.
    fn tell(&self, event: &str, word: &str) {
        let (done, planned) = (self.done.load(Ordering::Relaxed), self.planned.load(Ordering::Relaxed));
        let failed = self.failed.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let (rate, open) = (done as f64 / seconds.max(0.001), planned.saturating_sub(done) as f64);
        let left = if done == 0 { None } else { Some(open / rate) };
        let mut line = format!("{word}{done} of {planned} calls, {failed} without a value, {rate:.1} a second");
        if let Some(left) = left.filter(|left| *left > 0.0) {
            line.push_str(&format!(", {} left of what is known", super::plan::duration(left)));
        }
        let tenth = |x: f64| (x * 10.0).round() / 10.0;
        let fields = json!({
            "done": done, "planned": planned, "failed": failed, "seconds": tenth(seconds),
            "calls_per_second": tenth(rate), "seconds_left": left.map(tenth),
        });
        log::tell(event, fields, &line);
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
            self.tell("progress", "  reading  ");
        }
    }
}
