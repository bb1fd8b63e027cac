//! Methods without parameters to tune: what every other method has to beat.

pub(crate) mod bands;
mod drift;
mod mean;
mod seasonal;
#[cfg(test)]
mod tests;

pub use drift::{Drift, FittedDrift};
pub use mean::{FittedMean, Mean};
pub use seasonal::{FittedSeasonalNaive, Naive, SeasonalNaive};
