//! Promotion: what campaigns brought beyond what would have come anyway.

mod audience;
mod cost;
mod credit;
mod decomp;
mod dependence;
mod effect;
mod findings;
mod funnel;
mod means;
mod panel;
mod pressure;
mod price;
mod ranking;
mod result;
mod section;
mod settings;
#[cfg(test)]
mod tests;
mod uplift;
mod validity;

pub use effect::{Earnings, Effect, break_even_lift, break_even_response, earnings, effect, none_seen};
pub use means::{Cuped, MeanDifference, cuped, difference_of_means, standardised_difference};
pub use price::{BaselineRule, Elasticity, ProductWeek, PromotionUnits, baseline_units, elasticity, promotion_units};
pub use ranking::uplift_tables;
pub use section::section;
pub use settings::{Outcome, PromotionSettings};
pub use uplift::{CurveForm, UpliftCurve, UpliftPoint};
