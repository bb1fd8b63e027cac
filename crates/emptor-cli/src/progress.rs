//! What the engine is doing, on standard error.

use std::io::IsTerminal;
use std::ops::ControlFlow;

use emptor::types::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// A spinner where people watch; nothing where they do not, or want none.
pub(crate) fn shown(quiet: bool) -> impl Fn(Progress<'_>) -> ControlFlow<()> + Send + Sync {
    let watched = !quiet && std::io::stderr().is_terminal();
    let spinner = watched.then(|| ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()));
    move |step| {
        if let Some(spinner) = &spinner {
            spinner.set_message(format!("{} ({}/{})", step.phase, step.done, step.total));
            spinner.tick();
            if step.done >= step.total {
                spinner.finish_and_clear();
            }
        }
        ControlFlow::Continue(())
    }
}
