//! Word from long work, and word to it: go on, or stop.

use std::ops::ControlFlow;

use thiserror::Error;

/// How far a long computation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// What is being done, e.g. `checking transactions`.
    pub phase: &'a str,
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
}

impl<'a> Progress<'a> {
    /// A report of `done` out of `total` steps, the next being `phase`.
    #[must_use]
    pub fn new(phase: &'a str, done: usize, total: usize) -> Self {
        Self { phase, done, total }
    }

    /// Reports, and hears whether to go on.
    ///
    /// # Errors
    /// If the callback says break.
    pub fn tell(self, to: &ProgressFn<'_>) -> Result<(), Cancelled> {
        match to(self) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                Err(Cancelled { phase: self.phase.to_owned(), done: self.done, total: self.total })
            }
        }
    }
}

/// The callback has stopped the work. Nothing is left half done: nothing is written while work runs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cancelled before {phase}, after {done} of {total} steps")]
pub struct Cancelled {
    /// What would have come next.
    pub phase: String,
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
}

/// A callback that takes progress before every step, and stops the work by [`ControlFlow::Break`]: a button was pressed, a
/// deadline has passed. The library itself never prints.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::time::{Duration, Instant};
///
/// use emptor_types::{Progress, ProgressFn};
///
/// let deadline = Instant::now() + Duration::from_secs(60);
/// let progress = move |step: Progress<'_>| {
///     eprintln!("{} ({} of {})", step.phase, step.done, step.total);
///     if Instant::now() > deadline { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// };
/// let told: &ProgressFn<'_> = &progress;
/// assert!(Progress::new("counting", 0, 1).tell(told).is_ok());
/// ```
pub type ProgressFn<'a> = dyn Fn(Progress<'_>) -> ControlFlow<()> + Send + Sync + 'a;

/// The callback that ignores progress and never stops.
pub fn silent(_: Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
