//! Grading on tables of the data-frame engine: indicators in, grades and reasons out.

mod explain;
mod features;
mod grades;
mod input;
mod learning;
mod movement;

pub use features::FeatureTable;
pub use input::IndicatorTable;
