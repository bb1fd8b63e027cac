//! Small statistics that the results share: quantiles, intervals of shares, tests, trends.
//!
//! They are exact or hold their level for small numbers, because customer bases are often small where it matters: a
//! campaign with forty answers, a product bought by nine.

mod contingency;
mod kaplan_meier;
mod multiple;
mod proportion;
mod quantile;
mod trend;

pub use contingency::{Association, Tail, association, fisher_exact, goodness_of_fit};
pub use kaplan_meier::{KaplanMeier, SurvivalStep};
pub use multiple::benjamini_hochberg;
pub use proportion::{Difference, Interval, difference, wilson};
pub use quantile::{ascending, median, quantile};
pub use trend::{MannKendall, mann_kendall, theil_sen};
