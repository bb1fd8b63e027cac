//! The seven Ps: tables, words, files.

mod args;
mod report;
mod tables;
mod write;

pub use args::BaseArgs;
pub use report::{one_table, questions, section_report, seven_p_report, table_report};
pub use tables::{ProductArgs, grain, profile_tables, unit};
pub use write::write_profile;
