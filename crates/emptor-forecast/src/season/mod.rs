//! Seasons: whether there are any, how great they are, and the series without them.

mod indices;
mod test;
#[cfg(test)]
mod tests;

pub use indices::{Decomposition, SeasonForm, Seasonality};
pub use test::{autocorrelations, is_seasonal};
