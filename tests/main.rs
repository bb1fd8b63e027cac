//! Integration tests, one binary. Families: `correctness_*` (published numbers), `inputs_*` (bad input),
//! `consistency_*` (identities, shuffles, threads), `runs_*` (end to end), `graph`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod consistency_analysis;
mod consistency_known;
mod consistency_levers;
mod consistency_pipeline;
mod consistency_profile;
mod consistency_scorer;
mod consistency_segments;
mod consistency_value;
mod correctness_berger_nasr;
mod correctness_bridge;
mod correctness_closed_forms;
mod correctness_cost_to_serve;
mod correctness_covariates;
mod correctness_discounting;
mod correctness_equity;
mod correctness_indicators;
mod correctness_marketing;
mod correctness_models;
mod correctness_potential;
mod correctness_profit;
mod correctness_project;
mod correctness_relationships;
mod correctness_rfm;
mod correctness_true_equity;
mod correctness_value;
mod correctness_whale;
mod golden_equity;
mod golden_grading;
mod golden_grading_clusters;
mod golden_grading_learn;
mod golden_grading_movement;
mod golden_index;
mod golden_index_equity;
mod golden_index_grading;
mod golden_index_profile;
mod graph;
mod inputs_covariates;
mod inputs_models;
mod inputs_service_tables;
mod inputs_tables;
mod inputs_value_tables;
mod program;
mod real_data;
mod real_grading;
mod runs_analyze;
mod runs_equity;
mod runs_forecast;
mod runs_grading;
mod runs_models;
mod runs_real_data;
mod runs_sample;
mod runs_seven_p;
mod runs_sql;
