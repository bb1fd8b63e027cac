//! The emptor engine: customer value, customer equity, grading, and the whole analysis.
//!
//! Three jobs over one set of tables: [`value`] (lifetime value and equity), [`grade`] (grading by clusters over four
//! kinds of information), and [`analysis`], which runs everything from tables to one row per customer.

pub mod analysis;
mod columns;
pub mod grade;
mod table;
pub mod value;

pub use columns::ColumnSpec;
