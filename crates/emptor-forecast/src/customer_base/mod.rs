//! The customer base ahead: how many are won, lost and there, by segment, and how sure that is.
//!
//! ```text
//! C(t) = Σ_{s ≤ t} A(s) · S(t − s)        customers at the end of period t: all cohorts ever won, as far as they are left
//! L(t) = C(t−1) + A(t) − C(t)             lost in period t;  churn = L(t) / C(t−1)
//! revenue(t) = ARPU · (C(t−1) + C(t)) / 2
//! ```
//! (McCarthy, Fader & Hardie 2017, "Valuing subscription-based businesses using publicly disclosed customer data",
//! *Journal of Marketing* 81.) Three things go in: the [`Cohort`]s that are there now with their ages, how long customers
//! stay as a [`Survival`] curve of any source, and how many come as [`Acquisition`]. [`CustomerBase`] puts them together;
//! [`future_cohorts_value`] says what those who come are worth.
//!
//! ```
//! use emptor_forecast::customer_base::{Acquisition, BaseSegment, Cohort, CustomerBase, Survival};
//! use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
//! use emptor_types::TimeUnit;
//!
//! // Contracts of "High End" customers (Fader & Hardie 2007), three cohorts there, a thousand more every year.
//! let parameters = ShiftedBetaGeoParameters { alpha: 0.668, beta: 3.806 };
//! let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
//! let high_end = BaseSegment::new("high end", Survival::new(model.survival_curve(40))?)
//!     .with_cohorts([Cohort::new(2, 743.0), Cohort::new(1, 869.0), Cohort::new(0, 1000.0)])
//!     .with_acquisition(Acquisition::planned(vec![1000.0; 5]));
//! let rows = CustomerBase::new(vec![high_end])?.forecast(5)?;
//!
//! let next = &rows[0]; // the first period of the total
//! assert!((next.start + next.new - next.lost - next.end).abs() < 1e-9);
//! assert!(next.churn().is_some_and(|churn| churn < 0.15)); // old cohorts are loyal
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acquisition;
mod base;
mod draws;
mod flow;
mod forecast;
mod growth;
mod s_curve;
mod simulate;
mod survival;
#[cfg(test)]
mod tests;
mod value;

pub use acquisition::Acquisition;
pub use base::{BaseSegment, Cohort, CustomerBase};
pub use draws::positive_draws;
pub use forecast::CustomerBaseForecast;
pub use s_curve::{SCurve, SCurveBacktest, SCurveFit, SCurveProblem};
pub use simulate::SimulatedBase;
pub use survival::Survival;
pub use value::future_cohorts_value;
