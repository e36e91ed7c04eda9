//! Lets a test kill the program at a named step, as a power failure would: no destructor runs, nothing is flushed.
//!
//! `KEYWITNESS_TEST_KILL=publish:1` kills it when it comes to that step for the first time. Only in builds with debug
//! assertions; a release does not look at the variable. `publish:panic` panics there, with a text that nobody may see.

/// A step at which the program may be killed.
#[cfg(not(debug_assertions))]
#[inline]
pub fn step(_name: &str) {}

/// A step at which the program may be killed.
///
/// # Panics
/// When a test asks for it.
#[cfg(debug_assertions)]
pub fn step(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static TIMES: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var("KEYWITNESS_TEST_KILL") else { return };
    let Some((at, nth)) = wanted.split_once(':') else { return };
    assert!(!(at == name && nth == "panic"), "canary-of-a-panic");
    if at == name && nth.parse() == Ok(TIMES.fetch_add(1, Ordering::SeqCst) + 1) {
        // To oneself a signal is delivered before the call returns.
        let _killed = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
