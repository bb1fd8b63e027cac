//! Integration tests, one binary. Families: `correctness_*` (published numbers), `inputs_*` (bad input),
//! `consistency_*` (identities, shuffles, threads), `runs_*` (end to end), `graph`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod consistency_analysis;
mod correctness_covariates;
mod correctness_models;
mod correctness_rfm;
mod correctness_value;
mod graph;
mod inputs_covariates;
mod inputs_models;
mod inputs_tables;
mod inputs_value_tables;
mod real_data;
mod runs_analyze;
mod runs_equity;
mod runs_models;
mod runs_real_data;
mod runs_sample;
