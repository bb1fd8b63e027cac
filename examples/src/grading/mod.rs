//! Grades of customers: where the indicators come from, what the grades are, and how customers move between them.

mod base;
mod movement;
mod output;
mod report;
mod report_movement;

pub use base::{GradingBase, Halves, IndicatorArgs, graded_by};
pub use movement::Movement;
pub use output::write_grading;
pub use report::{GradingResults, grading_report};
