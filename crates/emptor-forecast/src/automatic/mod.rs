//! The method of choice.

mod method;
#[cfg(test)]
mod tests;

pub use method::{FittedMethod, Method};
