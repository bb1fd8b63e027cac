//! Exponential smoothing.

mod choice;
mod dual;
mod estimate;
mod filter;
mod fitted;
mod form;
mod options;
mod problem;
mod rough;
mod scaled;
mod simulate;
mod size;
mod stability;
#[cfg(test)]
mod tests;
mod variance;

pub use choice::Ets;
pub use fitted::{EtsParameters, EtsStates, FittedEts};
pub use form::{ErrorType, EtsForm, SeasonType, TrendType};
pub use options::{Estimation, InformationCriterion, InitialStates, ParameterBounds};
