//! Promotion: what campaigns brought beyond what would have come anyway.
//!
//! | question | answer |
//! |---|---|
//! | everything that the tables say | [`section`] |
//! | how many responses would not have come anyway? | [`effect`], against a control group |
//! | what did it earn, and what is it said to have earned? | [`earnings`], incremental beside gross |
//! | how much more did the treated spend? | [`difference_of_means`], and surer with what they spent before: [`cuped`] |
//! | when does a contact pay? | [`break_even_lift`], [`break_even_response`] |
//! | nobody responded: how great may the rate be? | [`none_seen`] |
//! | were the arms alike before? | [`standardised_difference`] |
//! | does a score find those whom a campaign moves? | [`UpliftCurve`], [`uplift_tables`] |
//! | what would a product have sold without its promotion? | [`baseline_units`], [`promotion_units`] |
//! | how do units go with the price? | [`elasticity`] |
//!
//! # Campaigns
//!
//! Customers count in the arm that they were assigned to, whether or not anything reached them (intention to treat): who was
//! reached is not by chance. A customer responds by an order (or a response row, see [`Outcome`]) from the first day of the
//! campaign, or the assignment where that is later, to its last day and the days of grace. What is sold in that time counts
//! with what of it comes back, whenever it does; what was sold earlier and comes back in that time does not count. Margin is
//! revenue less the cost of products; where a cost is unknown, by the campaign's margin rate, and without one by the rate of
//! what is known, if that is most of it.
//!
//! ```text
//! incremental responders = R_T − R_C · N_T / N_C
//! incremental profit     = N_T · (margin per treated − margin per control) − cost
//! gross profit           = margin of the treated − cost            what is often reported
//! ```
//!
//! Campaigns that reach the same customers at the same time both count an order in their comparison, for so it is counted
//! among their controls; taking it from one of them would take it from the treated alone. The table `campaign_credit` counts
//! every order once, and is no effect. Without controls nothing incremental is computed: comparing with the time before, or
//! with customers who were not chosen, needs assumptions that the tables cannot check.
//!
//! # Prices
//!
//! Price promotions are no experiments. Their decomposition holds the weeks of a product against its own weeks without
//! promotion, see [`baseline_units`], and says so. Lines are on promotion if `is_promo` says it, or where lines do not have
//! it, if they have a discount.

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
mod read;
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
