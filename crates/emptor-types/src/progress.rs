//! Word from long work.

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
}

/// A callback that takes progress; the library itself never prints.
pub type ProgressFn<'a> = dyn Fn(Progress<'_>) + Send + Sync + 'a;

/// The callback that ignores progress.
pub fn silent(_: Progress<'_>) {}
