//! Clusters of rows: exact k-means on columns, and what tells whether the clusters can be trusted.
//!
//! Rows are lent as [`Points`]: columns of `f64`, with an optional standardisation and optional weights. This crate
//! knows no data frames and no customers.

mod agreement;
mod error;
mod kmeans;
mod matching;
mod one_dimensional;
mod points;

pub use agreement::{BestMatch, Contingency, Disagreement, Kappa};
pub use error::ClusterError;
pub use kmeans::{
    Assignment, FittedKMeans, KMeans, KMeansBuilder, KMeansReport, KMeansTermination, MiniBatchKMeans, Start,
};
pub use matching::{Assignment, assign, match_by_overlap, match_labels};
pub use one_dimensional::{FittedOneDimensionalKMeans, OneDimensionalKMeans};
pub use points::Points;
