//! How good forecasts and their intervals were.
//!
//! | question | measure |
//! |---|---|
//! | how far off, in units | [`mae`], [`rmse`] |
//! | … as a share of what came | [`wape`], [`smape`] |
//! | … beside a naive forecast, comparable between series | [`mase`], [`rmsse`] |
//! | too high or too low | [`mean_error`], [`sum_ratio`] |
//! | are the intervals right, and narrow | [`coverage`], [`winkler`], [`msis`], [`pinball`] |
//! | better than a benchmark | [`Accuracy::owa`], [`Accuracy::skill`] |
//!
//! Measures take what came first. They pass over pairs of which one is not a finite number, and say `None` where they are
//! not defined: nothing to compare, or a zero below the line.

mod intervals;
mod points;
mod scaled;
mod summary;
#[cfg(test)]
mod tests;

pub use intervals::{coverage, msis, pinball, winkler};
pub use points::{mae, mean_error, rmse, smape, sum_ratio, wape};
pub use scaled::{mase, naive_error, rmsse};
pub use summary::{Accuracy, IntervalAccuracy};
