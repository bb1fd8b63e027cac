//! Tests of k-means.
