//! Exact k-means on columns.

mod distinct;
mod fence;
mod fitted;
mod kernel;
mod lloyd;
mod lookup;
mod minibatch;
#[cfg(test)]
mod naive;
mod pass;
mod report;
mod screen;
mod search;
mod spec;
mod spread;
mod start;
mod sums;
#[cfg(test)]
mod tests;

pub use fitted::{Assignment, FittedKMeans};
pub use minibatch::MiniBatchKMeans;
pub use report::{KMeansReport, KMeansTermination};
pub use spec::{KMeans, KMeansBuilder, Start};
