//! Where the value of a customer base lies: how concentrated it is, who makes it and who destroys it.
//!
//! | question | answer |
//! |---|---|
//! | which customers make the profit, which lose it? | [`WhaleCurve`] |
//! | do 20 % of the customers make 80 % of it? | [`WhaleCurve::top`], [`WhaleCurve::reach`] |
//! | how unequal is revenue? | [`LorenzCurve`], [`gini`] |
//! | who is worth much now, who could be? | [`ValueMatrix`] |
//! | what else is a customer worth than money? | [`sufficient_values`] |
//! | loss, low, mid or high? | [`ProfitClasses`] |
//!
//! Amounts are one per customer, in one currency, at most [`ExactSum::LIMIT`](emptor_types::ExactSum::LIMIT) in absolute
//! value. Sums are exact and rounded once, so that the order of rows and the number of threads do not matter. Curves need
//! every amount; matrix, vector and classes take `NaN` for *unknown* and leave that customer unassigned, in place.
//!
//! References: Kaplan & Narayanan (2001), "Measuring and managing customer profitability", Journal of Cost Management 15
//! (whale curve); Gini (1914); Zeithaml, Rust & Lemon (2001), "The customer pyramid", California Management Review 43;
//! Qi, Han & Li (2002) (sufficient customer value).

mod checks;
mod class;
mod lorenz;
mod matrix;
mod pareto;
mod sufficient;
#[cfg(test)]
mod tests;
mod whale;

pub use class::{ClassPart, ProfitClass, ProfitClasses};
pub use lorenz::{LorenzCurve, LorenzPoint, gini};
pub use matrix::{MatrixCuts, MatrixPart, Quadrant, ValueMatrix};
pub use pareto::{Basis, ParetoPoint, TopShare};
pub use sufficient::{DevelopmentItem, SufficientValue, sufficient_values};
pub use whale::{WhaleCurve, WhalePoint, WhaleSummary};
