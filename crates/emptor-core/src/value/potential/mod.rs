//! Potential profit, `PRP_it`: what a relationship could bring beyond what it brings.
//!
//! Every source is a [`PotentialComponent`] with a probability, a [`Ramp`] in time and a cost:
//!
//! | component | expected profit of a customer in period t |
//! |---|---|
//! | [`cross_sell`](PotentialComponent::cross_sell) | `Σ_j P_j(t) · m_j · (1 − cannibalisation_j) − contact cost_j` over the [`Offers`] worth making |
//! | [`up_sell`](PotentialComponent::up_sell) | `ΔP · ramp(t) · Δm` |
//! | [`share_of_wallet`](PotentialComponent::share_of_wallet) | `W · (SOW* − SOW)⁺ · κ · cm · ramp(t)` |
//! | [`referral`](PotentialComponent::referral) | value of those who would not have come, cost saved on the others |
//! | [`win_back`](PotentialComponent::win_back) | `P(react) · CLV(second life) − cost` |
//! | [`opportunities`](PotentialComponent::opportunities) | `P(win) · amount · margin rate − cost to close` |
//! | [`supplied`](PotentialComponent::supplied) | the caller's own |
//!
//! [`Potential`] adds them up within each customer's [`Wallet`] and says what each component keeps and loses;
//! [`PotentialShare`] says how much of a value rests on potential, and flags more than half.
//!
//! Components are **incremental** to the current profit (what its forecast contains is no potential), and they are
//! profits of a living relationship: survival multiplies current and potential profit alike, later, in
//! [`ProfitStreams`](crate::value::ProfitStreams), so it must not be in a component already.
//!
//! ```
//! use emptor_core::value::potential::{Potential, PotentialComponent, PotentialShare, Ramp};
//! use emptor_core::value::{CurrentProfit, FirstPayment, LifetimeValue, ProfitStreams, RetentionRate, Survival};
//! use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
//!
//! let up_sell = PotentialComponent::up_sell(&[0.5], &[40.0], Ramp::linear(2)?)?;
//! let potential = Potential::builder(1, 3).add(up_sell).build()?;
//! assert_eq!(potential.of(0), Some(&[10.0, 20.0, 20.0][..]));
//!
//! let spec = LifetimeValue::builder()
//!     .rate(DiscountRate::annual_effective(0.12)?)
//!     .horizon(Horizon::years(3.0)?)
//!     .period(TimeUnit::Year)
//!     .timing(Timing::End)
//!     .build()?;
//! let survival = Survival::Constant { retention: RetentionRate::new(0.8, TimeUnit::Year)?, first: FirstPayment::AtRisk };
//! let streams = ProfitStreams::new(CurrentProfit::level(vec![100.0])?)
//!     .with_potential(potential.into_profit()?)?
//!     .with_survival(survival)?;
//! let values = spec.compute(&streams)?;
//! assert!((values.current()[0] - 158.892_128).abs() < 1e-6);
//! assert!((values.total()[0] - 183.527_697).abs() < 1e-6);
//! assert!(!PotentialShare::new(&values).is_base_high());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! References: Hwang, Jung & Suh (2004), Expert Systems with Applications 26; Kumar, Petersen & Leone (2010), Journal of
//! Marketing 74; Stauss & Friege (1999), Journal of Service Research 1.

mod adoption;
mod adoption_fit;
mod adoption_scores;
mod category_sets;
mod combine;
mod component;
mod levels;
mod offers;
mod offers_builder;
mod opportunity;
mod per_offer;
mod ramp;
mod referral;
mod share;
mod wallet;

#[cfg(test)]
mod tests;

pub use adoption::{AdoptionHistory, AdoptionModel, AdoptionModelBuilder};
pub use adoption_fit::FittedAdoptionModel;
pub use adoption_scores::AdoptionScores;
pub use category_sets::CategorySets;
pub use combine::{ComponentTotal, Potential, PotentialBuilder};
pub use component::{ComponentKind, PotentialComponent};
pub use offers::{Offer, Offers, TakeUp};
pub use offers_builder::OffersBuilder;
pub use opportunity::{Opportunity, OverdueClose};
pub use per_offer::PerOffer;
pub use ramp::Ramp;
pub use referral::{Referral, referral_value};
pub use share::PotentialShare;
pub use wallet::{Wallet, WalletBelowSpend};
