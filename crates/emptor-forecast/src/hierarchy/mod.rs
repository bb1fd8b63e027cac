//! Forecasts that add up: totals equal the sum of their parts, and both are the better for it.
//!
//! Series of products, regions and their totals are forecast one by one, and the forecasts contradict each other. A
//! [`Hierarchy`] says what sums to what; [`Reconciliation`] says how contradictions are settled; fitted to the past of the
//! hierarchy it is a [`Reconciler`], which turns the forecasts of all nodes into coherent ones: points, intervals, or whole
//! sample paths.
//!
//! ```text
//! ỹ = S G ŷ        S sums bottom series to nodes, G makes bottom series of the forecasts of all nodes
//! ```
//!
//! | method | G takes | paper |
//! |---|---|---|
//! | [`BottomUp`](ReconciliationMethod::BottomUp) | the bottom forecasts | Orcutt, Watts & Edwards 1968 |
//! | [`TopDown`](ReconciliationMethod::TopDown) | the total's, split by [`Proportions`] | Gross & Sohl 1990; Athanasopoulos, Ahmed & Hyndman 2009 |
//! | [`MiddleOut`](ReconciliationMethod::MiddleOut) | those of one level, split below, summed above | Athanasopoulos et al. 2009 |
//! | [`Ols`](ReconciliationMethod::Ols) | all, moved as little as possible | Hyndman, Ahmed, Athanasopoulos & Shang 2011 |
//! | [`WlsStructural`](ReconciliationMethod::WlsStructural) | all, those of large sums moved more | Athanasopoulos et al. 2017 |
//! | [`WlsVariance`](ReconciliationMethod::WlsVariance) | all, those with large errors moved more | Hyndman, Lee & Wang 2016 |
//! | [`MinTraceShrink`](ReconciliationMethod::MinTraceShrink) | all, by the shrunk covariance of their errors | Wickramasuriya, Athanasopoulos & Hyndman 2019 |
//!
//! ```
//! use emptor_forecast::hierarchy::{Hierarchy, HierarchyHistory, Reconciliation, ReconciliationMethod};
//! use emptor_types::Fit;
//!
//! let shops = Hierarchy::nested(&[["a", "b"]])?;
//! let method = Reconciliation::new(ReconciliationMethod::Ols);
//! let reconciler = method.fit(&HierarchyHistory::new(&shops))?;
//! // The total was forecast at 13, its parts at 4 and 6: each gives way by the same.
//! let coherent = reconciler.reconcile(&[13.0, 4.0, 6.0])?;
//! assert!(coherent.iter().zip([12.0, 5.0, 7.0]).all(|(found, exact)| (found - exact).abs() < 1e-12));
//! # Ok::<(), emptor_forecast::ForecastError>(())
//! ```
//!
//! A good default for a customer base: sample paths of the bottom series, summed ([`ReconciliationMethod::BottomUp`] and
//! [`Reconciler::paths`]), where the bottom series are long and smooth; otherwise `MinTraceShrink` with residuals, or
//! `WlsStructural` without.

mod cholesky;
mod history;
mod method;
mod operator;
mod proportions;
mod reconciler;
mod structure;
#[cfg(test)]
mod tests;
mod weights;

pub use history::HierarchyHistory;
pub use method::{Proportions, Reconciliation, ReconciliationMethod};
pub use reconciler::Reconciler;
pub use structure::Hierarchy;
