//! Grading on tables of the data-frame engine: indicators in, grades and reasons out.

mod explain;
mod grades;
mod input;
mod movement;

pub use input::IndicatorTable;
