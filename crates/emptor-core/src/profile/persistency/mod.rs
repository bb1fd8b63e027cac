//! Persistency: how loyal customers are, for how long, and where loyalty goes.
//!
//! Three questions, from tables to sentences by [`section`], each kernel also alone on slices:
//!
//! | question | kernels |
//! |---|---|
//! | degree: how loyal? | [`Rate`], [`overlap`], [`buying_patterns`], [`net_promoter_score`], [`mean_score`], [`wallet_allocation`], [`importance_performance`], [`LoyaltyQuadrant`] |
//! | durability: how long? | [`Cohorts`], [`first_silence`], [`join_spells`], [`lifetime_by_silence`], [`lifetime_by_contract`], [`wait_after`] with [`KaplanMeier`](crate::statistics::KaplanMeier) |
//! | change: which way? | [`growth()`], [`revenue_movements`], [`expected_interval`], [`trend`], [`loyalty_state`] |
//!
//! **Retention** is a word for contracts, where leaving is observed. Elsewhere customers are active or silent, and rates
//! say so by their [`RateKind`]: a share of buyers who bought again, put where a formula wants retention, counts everybody
//! who skips a period as lost (Fader & Hardie 2012, "Reconciling and clarifying CLV formulas"). Whoever calls a silent
//! customer gone carries the [`ChurnRule`] along.
//!
//! Only sales make a customer active; returns, free goods, credits and fees do not. Anonymous sales belong to nobody and
//! are in no customer's history: the coverage of tables says how many there are.

mod activity;
mod answers;
mod attitude;
mod base;
mod cohort;
mod cohort_table;
mod contracts;
mod curves;
mod customers;
mod findings;
mod frames;
mod growth;
mod measures;
mod patterns;
mod periods;
mod rates;
mod section;
mod settings;
mod standing;
mod survival;
#[cfg(test)]
mod tests;
mod timeline;
mod wallets;

pub(crate) use wallets::yearly_wallets;

pub use activity::{Activity, ActivityCell};
pub use attitude::{
    Action, Estimate, derived_importance, importance_performance, mean_score, net_promoter_score, wallet_allocation,
};
pub use cohort::{CohortCell, CohortClock, CohortMode, Cohorts};
pub use growth::{Growth, RevenueMovement, growth, revenue_movements};
pub use patterns::{BuyingPattern, buying_patterns, overlap};
pub use rates::{ChurnRule, Overlap, Rate, RateKind, compound};
pub use section::section;
pub use settings::{PersistencySettings, SilenceLimit};
pub use standing::{LoyaltyQuadrant, LoyaltyState, Trend, expected_interval, loyalty_state, trend};
pub use survival::{
    Lifetime, Spell, first_silence, join_spells, lifetime_by_contract, lifetime_by_silence, wait_after,
};
pub use timeline::Timeline;
