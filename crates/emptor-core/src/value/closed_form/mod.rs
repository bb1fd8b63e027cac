//! Published formulas of lifetime value, each for the relationship that it was made for.
//!
//! | question | formula | here |
//! |---|---|---|
//! | constant margin and retention | six textbook conventions, growth, endless or not | [`ConstantRelationship`], [`ClosedForm`] |
//! | how many margins is a customer worth | Gupta & Lehmann 2003 | [`margin_multiple`], [`break_even_retention`] |
//! | a contract of fixed length | the annuity | [`lifetime_annuity`] |
//! | cycles, profit that changes, migration | Berger & Nasr 1998, cases 1 to 5 | [`berger_nasr`] |
//! | states: recency, grades | Pfeifer & Carraway 2000 | [`MarkovValue`] |
//! | contracts whose customers differ | Fader & Hardie 2010 | [`ContractModel`], [`acquisition_value`], [`residual_value`] |
//! | which customers are worth a mailing | break-even response, Bult & Wansbeek 1995 | [`ContactEconomics`] |
//!
//! The values are expectations. A retention rate is a [`RetentionRate`](crate::value::RetentionRate), which a repeat-buying
//! rate cannot become; a sum that has no value is refused with the numbers that make it diverge.

mod annuity;
pub mod berger_nasr;
mod contact;
mod contract;
mod conventions;
mod growth;
mod markov;
mod multiple;
mod quadrature;
mod relationship;
#[cfg(test)]
mod tests;

pub use annuity::{ContractTerm, lifetime_annuity};
pub use contact::ContactEconomics;
pub use contract::{ContractModel, acquisition_value, residual_value, residual_values};
pub use conventions::{ClosedForm, Purpose};
pub use growth::{GrowthFrom, MarginGrowth};
pub use markov::{MarkovValue, StopRule};
pub use multiple::{break_even_retention, margin_multiple, margin_multiple_with_growth};
pub use relationship::{ConstantRelationship, ExpectedValue};
