//! Clusters of rows: exact k-means on columns, and what tells whether the clusters can be trusted.
//!
//! Rows are lent as [`Points`]: columns of `f64`, with an optional standardisation and optional weights. This crate
//! knows no data frames and no customers.

mod advice;
mod agreement;
mod error;
mod kmeans;
mod matching;
mod mixture;
mod moments;
mod one_dimensional;
mod points;
mod quality;

pub use advice::{
    Advice, AdviceOptions, AdviceOptionsBuilder, Candidate, Recommendation, advise, advise_with_progress,
};
pub use agreement::{BestMatch, Contingency, Disagreement, Kappa};
pub use error::ClusterError;
pub use kmeans::{
    Assignment, FittedKMeans, KMeans, KMeansBuilder, KMeansReport, KMeansTermination, MiniBatchKMeans, Start,
};
pub use matching::{Matching, least_cost_matching, match_by_overlap, match_labels};
pub use mixture::{FittedGaussianMixture, GaussianMixture, GaussianMixtureBuilder, Responsibilities};
pub use one_dimensional::{FittedOneDimensionalKMeans, OneDimensionalKMeans};
pub use points::Points;
pub use quality::{
    BootstrapStability, ClusterQuality, ClusterStability, Estimate, Gap, GapStatistic, Resampling, SeedStability,
    Silhouette, Trust, bootstrap_stability, gap_statistic, prediction_strength, seed_stability,
};
