//! Purchase, lifetime and spend models on slices: when do customers buy, are they still there, and what do they spend?
//!
//! Purchases, where nobody says that they leave:
//!
//! | model | story | paper |
//! |---|---|---|
//! | [`Nbd`] | nobody leaves: the baseline | Ehrenberg 1959 |
//! | [`ParetoNbd`] | customers may leave at any time | Schmittlein, Morrison & Colombo 1987 |
//! | [`BetaGeoNbd`] | customers may leave after a repeat purchase | Fader, Hardie & Lee 2005 |
//! | [`ModifiedBetaGeoNbd`] | customers may leave after any purchase, the first included | Batislam, Denizel & Filiztekin 2007 |
//! | [`GammaGompertzNbd`] | as Pareto/NBD, where leaving becomes more likely with age | Bemmaor & Glady 2012 |
//! | [`BetaGeoCnbdK`], [`ModifiedBetaGeoCnbdK`] | the same for customers who buy regularly | Platzer & Reutterer 2016; Reutterer, Platzer & Schröder 2021 |
//! | [`BetaGeoBetaBinomial`] | there are discrete opportunities to buy | Fader, Hardie & Shang 2010 |
//!
//! Contracts, where it is seen when customers leave, and spend:
//!
//! | model | answers | paper |
//! |---|---|---|
//! | [`ShiftedBetaGeo`] | retention and remaining lifetime of customers under contract | Fader & Hardie 2007 |
//! | [`BetaDiscreteWeibull`] | the same, where a customer's own churn changes with tenure | Fader et al. 2018 |
//! | [`GammaGamma`] | expected spend per purchase | Fader & Hardie 2013 |
//!
//! | beside the models | |
//! |---|---|
//! | [`PurchaseModel`] | the questions that every purchase model answers |
//! | [`FittedPurchaseModel`], [`select`] | any of them as a value, and the best of several |
//! | [`validation`] | how good a fitted model is on data that it has not seen |
//! | [`special`] | the special functions behind the likelihoods |
//! | [`sampling`] | random draws behind the simulations |
//!
//! A model is `spec.fit(&history) -> fitted`: the spec holds checked settings, the fitted model holds parameters and a
//! report, neither holds data. The history is a [`HistoryView`](emptor_types::HistoryView) of borrowed slices; this
//! crate knows no data frames. How good a fitted model is on data it has not seen is for [`validation`] to say.
//!
//! ```
//! use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, FittedGammaGamma, GammaGammaParameters, PurchaseModel};
//! use emptor_types::{HistoryView, Horizon, TimeUnit};
//!
//! // Published parameters for CDNOW, time in weeks, money in dollars.
//! let cdnow = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
//! let purchases = FittedBetaGeoNbd::from_parameters(cdnow, TimeUnit::Week)?;
//! let spend = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
//!
//! let history = HistoryView::new(&[2.0], &[30.43], &[38.86], Some(&[22.35]), TimeUnit::Week)?;
//! let count = purchases.expected_purchases(&history, Horizon::weeks(39.0)?)?;
//! let value = spend.expected_spend(&history)?;
//! assert!((count[0] * value[0] - 30.2).abs() < 0.1); // dollars expected over 39 weeks
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beta_bernoulli;
mod beta_geometric;
mod contract;
mod error;
mod estimation;
mod family;
mod gamma_gamma;
mod independent;
mod matrix;
mod optimize;
mod parameters;
mod periods;
mod purchase;
mod quadrature;
mod sample;
pub mod sampling;
pub mod special;
#[cfg(test)]
mod testing;
pub mod validation;

pub use beta_bernoulli::{BetaGeoBetaBinomial, BetaGeoBetaBinomialParameters, FittedBetaGeoBetaBinomial};
pub use beta_geometric::{
    BetaGeoCnbdK, BetaGeoCnbdKParameters, BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoCnbdK, FittedBetaGeoNbd,
    FittedModifiedBetaGeoCnbdK, FittedModifiedBetaGeoNbd, ModifiedBetaGeoCnbdK, ModifiedBetaGeoCnbdKParameters,
    ModifiedBetaGeoNbd, ModifiedBetaGeoNbdParameters,
};
pub use contract::{
    BetaDiscreteWeibull, BetaDiscreteWeibullParameters, FittedBetaDiscreteWeibull, FittedContract,
    FittedShiftedBetaGeo, Segments, ShiftedBetaGeo, ShiftedBetaGeoParameters, SimulatedContracts, Standing,
};
pub use error::LifetimeError;
pub use estimation::{Bootstrap, Direction, Estimate, Interval, Model, Scored, Spec, SpecBuilder, Uncertain};
pub use family::{
    Candidate, CandidateSummary, FamilySettings, FittedPurchaseModel, PurchaseModelKind, Selection, select,
};
pub use gamma_gamma::{FittedGammaGamma, GammaGamma, GammaGammaParameters};
pub use independent::{
    FittedGammaGompertzNbd, FittedNbd, FittedParetoNbd, GammaGompertzNbd, GammaGompertzNbdParameters, Nbd,
    NbdParameters, ParetoNbd, ParetoNbdParameters,
};
pub use purchase::{ActsOn, Coefficient, Fitted, PurchaseModel, PurchaseOptions, SimulatedHistory};
