//! The method of choice: what is fitted to which series, what is combined, and what no forecast may say.

mod combination;
mod guard;
mod method;
#[cfg(test)]
mod tests;
mod widening;

pub use combination::{Combination, FittedCombination};
pub use method::{FittedMethod, Method};
