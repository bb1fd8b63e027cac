//! How certain a value is: no equity figure without its range.
//!
//! | source | question | by |
//! |---|---|---|
//! | [`Covers::Parameters`] | the models were estimated from finitely many customers: how far off may they be? | [`ParameterUncertainty`] |
//! | [`Covers::Customers`] | what would another base of the same size, drawn from the same market, be worth? | [`CustomerBootstrap`] |
//! | [`Covers::Both`] | the two together | [`ValueRange::combined_with`], [`ValueRange::with_parameters`] |
//! | [`Covers::Inputs`] | margin, rate and other inputs are known as "from, most likely, to" | [`UncertainInputs`] |
//! | [`Covers::Scenarios`] | which of several thought-out futures is best and which is worst? | [`Scenarios`] |
//!
//! None of them covers a wrong model, a changed market, or an error in the data.
//!
//! ```
//! use emptor_core::value::uncertainty::{Covers, CustomerBootstrap, ParameterUncertainty};
//! use emptor_core::value::ValueError;
//! use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, FittedGammaGamma, GammaGamma};
//! use emptor_lifetime::{GammaGammaParameters, PurchaseModel};
//! use emptor_types::{Fit, HistoryView, Horizon, Level, TimeUnit};
//!
//! // A base of customers, and both models fitted to it.
//! let truth = BetaGeoNbdParameters { r: 0.6, alpha: 4.4, a: 0.8, b: 2.4 };
//! let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[52.0; 2000], None, 7)?;
//! let paid = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
//! let money = paid.simulate(&base.frequency, 8)?;
//! let history = HistoryView::new(&base.frequency, &base.recency, &base.t, Some(&money), TimeUnit::Week)?;
//! let purchases = BetaGeoNbd::builder().build()?.fit(&history)?;
//! let spend = GammaGamma::builder().build()?.fit(&history)?;
//!
//! // Any valuation will do: here a margin of 30 % over a year, without discount.
//! let year = Horizon::years(1.0)?;
//! let value = |purchases: &FittedBetaGeoNbd, spend: &FittedGammaGamma| -> Result<Vec<f64>, ValueError> {
//!     let (count, money) = (purchases.expected_purchases(&history, year)?, spend.expected_spend(&history)?);
//!     Ok(count.iter().zip(&money).map(|(count, money)| 0.3 * count * money).collect())
//! };
//! let level = Level::new(0.95)?;
//! let values = value(&purchases, &spend)?;
//! let parameters = ParameterUncertainty::of_both(&purchases, &spend, value)
//!     .and_then(|known| known.learned_from(&[&purchases, &spend], &history)) // fitted to these very customers
//!     .and_then(|known| known.total(level));
//! let equity = CustomerBootstrap::new(1).total(&values, level)?.with_parameters(parameters)?;
//! assert_eq!(equity.covers(), Covers::Both);
//! assert!(equity.low() < equity.value() && equity.value() < equity.high());
//!
//! // Published parameters say nothing about how certain they are; the range then says what it leaves out.
//! let parameters = ParameterUncertainty::of_both(&purchases, &paid, value).and_then(|known| known.total(level));
//! let equity = CustomerBootstrap::new(1).total(&values, level)?.with_parameters(parameters)?;
//! assert_eq!(equity.covers(), Covers::Customers);
//! assert!(equity.not_covered().is_some_and(|why| why.contains("given, not estimated")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod customers;
mod influence;
mod inputs;
mod parameters;
mod parts;
mod range;
mod ranks;
mod resample;
mod scenarios;
#[cfg(test)]
mod tests;
mod triangular;

pub use customers::CustomerBootstrap;
pub use inputs::{InputSimulation, UncertainInputs};
pub use parameters::ParameterUncertainty;
pub use range::{Covers, ValueRange};
pub use scenarios::Scenarios;
pub use triangular::Triangular;
