//! Customer equity: what the base is worth, and which lever moves that worth.

mod flows;
mod static_equity;

pub use flows::BaseFlows;
pub(super) use flows::Flow;
pub use static_equity::{CustomerEquity, EquityPart};
