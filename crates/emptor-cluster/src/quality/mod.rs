//! How good clusters are, and how far to trust them.

mod bootstrap;
mod estimate;
mod gap;
mod indices;
mod prediction;
mod resampling;
mod seeds;
mod silhouette;
#[cfg(test)]
mod tests;
mod tile;

pub use bootstrap::{BootstrapStability, ClusterStability, bootstrap_stability};
pub use estimate::{Estimate, Trust};
pub use gap::{Gap, GapStatistic, gap_statistic};
pub(crate) use gap::{gap_of, of_clusters};
pub use indices::ClusterQuality;
pub use prediction::prediction_strength;
pub use resampling::Resampling;
pub(crate) use resampling::{Sample, reseeded};
pub use seeds::{SeedStability, seed_stability};
pub use silhouette::Silhouette;
pub(crate) use silhouette::silhouettes;
pub(crate) use tile::{chunks, read_column};
