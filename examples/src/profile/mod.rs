//! The seven Ps: tables, words, files.

mod report;
mod tables;
mod write;

pub use report::{one_table, questions, seven_p_report};
pub use tables::{ProductArgs, grain, profile_tables, unit, usual_start};
pub use write::write_profile;
